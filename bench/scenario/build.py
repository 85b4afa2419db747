#!/usr/bin/env python3
"""`tegula build` from a GGUF file: what it reads and writes, and how long it takes.

Beside it: `openssl dgst -sha256` of the same file, which is one hash pass and nothing else, and
`cp`. `build` hashes twice in one pass, flat digest and tree. Everybody reads from the page cache.
Where the store is on another disk there is no link: the file is copied, and still read once."""
import os
import pathlib
import shutil

import common

REPEATED_BAR_MS = 50
OTHER_DISK = pathlib.Path("/dev/shm")
LARGE = 16 * common.MIB  # room for libraries, headers and small files beside the model itself


class Build:
    """Builds of one model, each into a new store."""

    def __init__(self, scenario, home):
        self.tegula = common.program("tegula")
        self.model = scenario.folder / "model.gguf"
        self.size = self.model.stat().st_size
        self.home = home

    def again(self):
        return common.must_run([self.tegula, "build", "-t", "model", self.model], home=self.home)

    def fresh(self):
        shutil.rmtree(self.home, ignore_errors=True)
        if self.model.stat().st_mode & 0o200 == 0:
            self.model.chmod(0o644)  # a build that links the file makes it read-only
        return self.again()

    def share(self, count):
        return f"{count / self.size:.2f} × the file"


def first_build(scenario, build):
    runs = common.interleaved(
        scenario.pick(5, 1),
        tegula=build.fresh,
        openssl=lambda: common.must_run(["openssl", "dgst", "-sha256", build.model]),
        cp=lambda: common.must_run(["cp", "--reflink=never", build.model, f"{build.model}.copy"]),
    )
    os.remove(f"{build.model}.copy")
    ours, hashing, copying = (common.median_ms(runs[name]) for name in ("tegula", "openssl", "cp"))
    scenario.row(
        "`build` from a GGUF file",
        f"{ours:.0f} ms",
        f"`openssl dgst` {hashing:.0f} ms, `cp` {copying:.0f} ms",
        f"{ours / hashing:.2f} of the hash, {ours / copying:.2f} of the copy",
    )
    last = runs["tegula"][-1]
    reads_once = last.bytes_read < build.size + LARGE
    copies_nothing = last.bytes_written < LARGE
    scenario.row("its reads", build.share(last.bytes_read), "", "", "one pass", reads_once)
    scenario.row("its writes", build.share(last.bytes_written), "", "", "no copy", copies_nothing)


def repeated_build(scenario, build):
    scenario.settle()
    build.fresh()
    runs = [build.again() for _ in range(scenario.pick(20, 2))]
    ours = common.median_ms(runs)
    scenario.row(
        "the same `build` again",
        f"{ours:.1f} ms",
        "",
        "",
        f"< {REPEATED_BAR_MS} ms",
        ours < REPEATED_BAR_MS,
    )


def build_on_another_disk(scenario, build):
    def cp_and_hash():
        copy = build.home.with_suffix(".copy")
        copied = common.must_run(["cp", build.model, copy])
        copied.wall_ms += common.must_run(["openssl", "dgst", "-sha256", copy]).wall_ms
        os.remove(copy)
        return copied

    runs = common.interleaved(scenario.pick(3, 1), tegula=build.fresh, peer=cp_and_hash)
    shutil.rmtree(build.home)
    ours, peer = common.median_ms(runs["tegula"]), common.median_ms(runs["peer"])
    last = runs["tegula"][-1]
    reads_once = last.bytes_read < build.size + LARGE
    scenario.row(
        "`build` into a store on another disk",
        f"{ours:.0f} ms",
        f"`cp`, then `openssl dgst`, {peer:.0f} ms",
        f"{ours / peer:.2f}",
    )
    scenario.row("its reads", build.share(last.bytes_read), "", "", "one pass", reads_once)
    scenario.row("its writes", build.share(last.bytes_written))


def has_other_disk(folder, size):
    if not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == folder.stat().st_dev:
        return False
    return shutil.disk_usage(OTHER_DISK).free > 3 * size


def main():
    with common.Scenario(__doc__) as scenario:
        model = common.make_model(scenario.folder / "model.gguf", scenario.pick(1024, 40))
        build = Build(scenario, scenario.folder / "home")
        first_build(scenario, build)
        repeated_build(scenario, build)
        if has_other_disk(scenario.folder, model.stat().st_size):
            home = OTHER_DISK / f"tegula-bench-{os.getpid()}"
            build_on_another_disk(scenario, Build(scenario, home))


main()
