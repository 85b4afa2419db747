#!/usr/bin/env python3
"""Disks that are really full or read-only, and a store without permissions.

  disk_test.py   TEGULA_BIN names the folder of the program

The disks are small ones in memory, in a mount namespace of our own, for which one has to be root;
without that only the permissions are tested, and as the user one is.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import programs
from programs import Failed, Home, check

IN_NAMESPACE = "TEGULA_DISK_TEST_WORK"
NOBODY = 65534
KIB = 1024
MIB = 1024 * KIB
DISK_MIB, SMALL_MIB, FILLER_MIB, BIG_MIB = 16, 2, 6, 6
STEP = 8 * KIB
STEPS_MAX = 64


class Disk:
    """A file system in memory, of this size."""

    def __init__(self, path):
        self.path = path
        path.mkdir()
        options = f"size={DISK_MIB}m,mode=0755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", path], check=True)

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.path], check=True)

    def free(self):
        now = os.statvfs(self.path)
        return now.f_bavail * now.f_frsize


def expect_only_small(home):
    names = [model["name"] for model in home.json("list")["models"]]
    check(names == ["small:latest"], f"names are {names}")
    check(home.json("store", "verify")["good"], "store verify finds faults")
    check(home.json("verify", "small")["good"], "small has faults")
    check(not programs.leftovers(home), f"left over: {programs.leftovers(home)}")
    programs.check_bytes(home)


def full_disk(work, files):
    """A model that is larger than what is left, by far or by a little, changes nothing."""
    disk = Disk(work / "full")
    home = Home(disk.path / "home")
    home.must("build", "-t", "small", files["small"])
    err = home.refuses(6, "build", "-t", "huge", files["huge"])
    check("store gc" in err and "huge" in err, f"says nothing of use: {err!r}")
    expect_only_small(home)

    # Less and less in the way, until it fits: each time another of its files is the one too many.
    filler = disk.path / "filler"
    filler.write_bytes(b"x" * (disk.free() - BIG_MIB * MIB))
    refusals = 0
    for _ in range(STEPS_MAX):
        free = disk.free()
        status, _, err = home.run("build", "-t", "big", files["big"])
        if status == 0:
            break
        check(status == 6 and "hint: " in err, f"exit {status}: {err!r}")
        expect_only_small(home)
        home.must("store", "gc", "--grace", "0")
        lost = free - disk.free()
        check(lost < STEP, f"a refused build keeps {lost} bytes")
        os.truncate(filler, filler.stat().st_size - STEP)
        refusals += 1
    check(refusals > 2, f"refused {refusals} times only")
    check(status == 0, "never fits")
    check(home.json("verify", "big")["good"], "big has faults")

    # A full disk lets names go and space be freed.
    filler.write_bytes(filler.read_bytes() + b"x" * disk.free())
    home.must("rm", "big")
    home.must("store", "gc", "--grace", "0")
    filler.unlink()
    expect_only_small(home)
    print(f"full disk: refused {1 + refusals} times")


def expect_readable_only(home, files):
    """What only reads works, what changes is refused, and nothing is changed."""
    expect_only_small(home)
    home.must("show", "small")
    home.must("history", "small")
    home.must("store", "df")
    for change in (
        ["build", "-t", "big", files["big"]],
        ["cp", "small", "other"],
        ["rm", "small"],
    ):
        home.refuses(5, *change)
    expect_only_small(home)


def read_only_disk(work, files):
    disk = Disk(work / "read-only")
    home = Home(disk.path / "home")
    home.must("build", "-t", "small", files["small"])
    disk.remount("ro")
    expect_readable_only(home, files)
    fresh = Home(disk.path / "fresh")
    fresh.refuses(5, "build", "-t", "small", files["small"])
    disk.remount("rw")
    home.must("build", "-t", "big", files["big"])
    check(home.json("verify", "big")["good"], "big has faults")
    print("read-only disk: as it should be")


def set_modes(folder, file_mode, folder_mode):
    for path in [*folder.rglob("*"), folder]:
        if not path.is_symlink():
            path.chmod(folder_mode if path.is_dir() else file_mode)


def missing_permission(work, files):
    """An ordinary user's store without write permission, and without any."""
    home = Home(work / "permissions", NOBODY if os.getuid() == 0 else None)
    home.path.mkdir()
    if home.user:
        os.chown(home.path, home.user, home.user)
    try:
        home.must("build", "-t", "small", files["small"])
    except PermissionError:
        print("permissions: skipped, an ordinary user cannot reach the program")
        return False
    set_modes(home.path, 0o444, 0o555)
    expect_readable_only(home, files)
    home.store.chmod(0)
    for command in (["list"], ["verify", "small"], ["build", "-t", "big", files["big"]]):
        home.refuses(5, *command)
    home.store.chmod(0o555)
    expect_only_small(home)
    set_modes(home.path, 0o644, 0o755)
    home.must("build", "-t", "big", files["big"])
    print("permissions: as it should be")
    return True


def make_files(work):
    out = {}
    for number, (name, size) in enumerate(
        {"small": SMALL_MIB, "big": BIG_MIB, "huge": 2 * DISK_MIB}.items()
    ):
        out[name] = work / f"{name}.gguf"
        programs.write_model(out[name], number, size)
        out[name].chmod(0o444)
    return out


def can_mount():
    """Whether a namespace of our own with disks of our own can be had."""
    if os.getuid() != 0 or not shutil.which("unshare"):
        return False
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(probe, capture_output=True).returncode == 0


def main():
    work = os.environ.get(IN_NAMESPACE)
    if work is None:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            again = [sys.executable, "-B", __file__]
            if can_mount():
                again = ["unshare", "--mount", *again]
            return subprocess.run(again, env={**os.environ, IN_NAMESPACE: folder}).returncode
    work = pathlib.Path(work)
    has_mounts = can_mount()
    files = make_files(work)
    try:
        if has_mounts:
            full_disk(work, files)
            read_only_disk(work, files)
        else:
            print("disks: skipped, only root can mount them")
        was_tested = missing_permission(work, files)
    except Failed as error:
        print(f"disk_test: {error}", file=sys.stderr)
        return 1
    return 0 if has_mounts or was_tested else programs.SKIPPED


if __name__ == "__main__":
    sys.exit(main())
