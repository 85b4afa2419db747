"""What the scenarios share: programs, timed runs with what they read and wrote, the table.

A scenario is an executable NAME.py of this folder; `./run bench NAME` runs it. It measures a peer
in the same run, prints rows that can be pasted into docs/benchmarks.md, and exits with 0 whatever
they say: it is a benchmark, not a test. --quick runs it for a moment with small models.
"""
import argparse
import dataclasses
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

MIB = 1024 * 1024
SETTLED_SECONDS = 2.1  # a file younger than that is not remembered as checked


def find_program(name):
    """From $TEGULA_BIN, else from $PATH; None if it is in neither."""
    folder = os.environ.get("TEGULA_BIN")
    return shutil.which(name, path=folder) if folder else shutil.which(name)


def program(name):
    found = find_program(name)
    if found is None:
        sys.exit(f"{name} is not built; use: ./run bench")
    return found


@dataclasses.dataclass
class Run:
    started: int  # CLOCK_MONOTONIC, nanoseconds
    wall_ms: float
    bytes_read: int  # by calls that read, from files and caches alike
    bytes_written: int
    status: int


def run(argv, home=None, environment=None, log=None):
    """Runs a program to its end. `log` gets both its streams."""
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(environment or {})}
    if home is not None:
        env["TEGULA_HOME"] = str(home)
    out = str(log or os.devnull)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    words = [str(word) for word in argv]
    started = time.monotonic_ns()
    pid = os.posix_spawnp(words[0], words, env, file_actions=actions)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    ended = time.monotonic_ns()
    counts = io_counts(pid)
    _, status = os.waitpid(pid, 0)
    return Run(
        started,
        (ended - started) / 1e6,
        counts["rchar"],
        counts["wchar"],
        os.waitstatus_to_exitcode(status),
    )


def io_counts(pid):
    """What a process that ended but was not reaped yet has read and written."""
    lines = pathlib.Path(f"/proc/{pid}/io").read_text().splitlines()
    return {name: int(value) for name, value in (line.split(": ") for line in lines)}


def must_run(argv, **options):
    """As run, for programs that must succeed."""
    done = run(argv, **options)
    if done.status != 0:
        sys.exit(f"{' '.join(map(str, argv))}: exit status {done.status}")
    return done


def peak_mib(argv):
    """The most memory that a program has resident. What starts a program counts in its peak, so
    a small process does."""
    words = [str(word) for word in argv]
    child = "import os, sys; pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)"
    code = f"{child}; _, status, usage = os.wait4(pid, 0); print(status, usage.ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    status, kib = done.stdout.splitlines()[-1].split()
    if status != "0":
        sys.exit(f"{' '.join(words)}: failed")
    return int(kib) / 1024


def interleaved(rounds, **sides):
    """Calls each side once a round, in turns, and returns the lists of what they returned."""
    results = {name: [] for name in sides}
    names = list(sides)
    for i in range(rounds):
        for name in names if i % 2 == 0 else reversed(names):
            results[name].append(sides[name]())
    return results


def median_ms(runs):
    return statistics.median(run.wall_ms for run in runs)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_model(path, mib, *more):
    must_run([program("tegula-make-model"), path, mib, *more])
    return path


def openssl_speed(processes=1, seconds=1, prefix=()):
    """Bytes a second of `openssl speed`, SHA-256 over 16 KiB messages, by the clock on the wall."""
    many = ["-multi", str(processes)] if processes > 1 else []
    command = [*prefix, "openssl", "speed", "-elapsed", "-seconds", str(seconds), "-bytes", "16384"]
    output = subprocess.run(
        [*command, *many, "-evp", "sha256"], capture_output=True, text=True, check=True
    ).stdout
    line = [line for line in output.splitlines() if line.startswith("sha256 ")][-1]
    return float(line.split()[-1].rstrip("k")) * 1000


class Scenario:
    """Arguments, a folder for files, and the table."""

    def __init__(self, description):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--quick", action="store_true", help="small models, few runs")
        parser.add_argument("--folder", help="where the models and stores go; removed afterwards")
        arguments = parser.parse_args()
        self.quick = arguments.quick
        self._temporary = tempfile.TemporaryDirectory(
            prefix="tegula-bench-", dir=arguments.folder, ignore_cleanup_errors=True
        )
        self.folder = pathlib.Path(self._temporary.name)
        self.rows = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._temporary.cleanup()
        if error[0] is None:
            self.print_table()

    def pick(self, full, quick):
        return quick if self.quick else full

    def settle(self):
        """Waits until a check of the files made so far is worth remembering."""
        if not self.quick:
            time.sleep(SETTLED_SECONDS)

    def row(self, what, ours, peer="", ratio="", bar="", met=None):
        self.rows.append((what, ours, peer, ratio, bar, {None: "", True: "yes", False: "no"}[met]))

    def print_table(self):
        if self.quick:
            print("(--quick: the figures mean nothing)")
        print("| measured | Tegula | beside it | ratio | bar | met |")
        print("|---|---|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")
