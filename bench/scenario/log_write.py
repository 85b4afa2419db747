#!/usr/bin/env python3
"""Durable writes of 512 bytes to a log, and how long until one is provable with two witnesses.

Log and load generator share the machine. The disk's own speed stands beside: an fsync of 4 KiB, and
how many of them the log asked for, counted by strace in a run of its own. The peer is Tessera's
POSIX driver with its own load generator, which isn't here: its figure was taken on the reference
machine (two cores), so only there does the ratio mean anything."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import threading
import time

import common

TESSERA = 5700  # entries a second, two cores, 512 bytes, checkpoints every second
BAR, LATENCY_BAR_MS = 12000, 1000
BYTES = 512


class Process:
    """A `log serve` or `witness serve`, and its port."""

    def __init__(self, home, *words, prefix=()):
        self.process = subprocess.Popen(
            [*prefix, common.program("tegula"), *words, "--listen", "127.0.0.1:0"],
            env={"PATH": os.environ["PATH"], "TEGULA_HOME": str(home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        self.port = int(line.rsplit(":", 1)[1])
        self.pid = self.process.pid
        if prefix:  # strace keeps signals to itself
            children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
            self.pid = int(children.split()[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGINT)
        self.process.wait()


def tegula(home, *words):
    return subprocess.run(
        [common.program("tegula"), *map(str, words)],
        env={"PATH": os.environ["PATH"], "TEGULA_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def load(port, connections, seconds):
    words = [common.program("tegula-load-log"), port, connections, seconds, BYTES, time.time_ns()]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def fsync_ms(folder):
    times = []
    with open(folder / "sync", "wb", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(4096))
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def writes(scenario):
    log = scenario.folder / "log"
    tegula(scenario.folder, "log", "init", "--kind", "generic", "--origin", "bench", log)
    seconds, connections = scenario.pick(20, 1), scenario.pick(4000, 50)
    with Process(scenario.folder, "log", "serve", log, "--checkpoint-gap", "1000") as server:
        done = load(server.port, connections, seconds)
    rate = done["acknowledged"] / seconds
    scenario.row(
        "durable writes of 512 bytes, two cores with the load",
        f"{rate:,.0f}/s, p50 {done['p50_ms']:.0f} ms, p99 {done['p99_ms']:.0f} ms",
        f"Tessera POSIX {TESSERA:,}/s (reference machine)",
        f"{rate / TESSERA:.1f}",
        f"≥ {BAR:,}/s",
        rate >= BAR,
    )
    scenario.row("an fsync of 4 KiB on that disk", f"{fsync_ms(scenario.folder):.2f} ms")
    tegula(scenario.folder, "log", "fsck", log)


def syncs(scenario):
    """Each acknowledged entry was covered by an fsync: strace sees them."""
    if shutil.which("strace") is None:
        return
    log, trace = scenario.folder / "traced", scenario.folder / "trace"
    tegula(scenario.folder, "log", "init", "--kind", "generic", "--origin", "bench", log)
    prefix = ["strace", "-f", "-qq", "-e", "trace=fsync", "-o", str(trace)]
    seconds = scenario.pick(5, 1)
    with Process(scenario.folder, "log", "serve", log, prefix=prefix) as server:
        done = load(server.port, scenario.pick(500, 50), seconds)
    count = len(re.findall(r"fsync\(\d+\) += 0", trace.read_text()))
    scenario.row(
        "fsyncs under strace",
        f"{count / seconds:,.0f}/s for {done['acknowledged'] / seconds:,.0f} entries/s",
    )


def provable(port, number):
    """Milliseconds from sending an entry until a published checkpoint covers it."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    start = time.monotonic()
    connection.request("POST", "/add", f"latency {number} {time.time_ns()}")
    index = int(connection.getresponse().read())
    while True:
        connection.request("GET", "/checkpoint")
        reply = connection.getresponse()
        note = reply.read().decode()
        if reply.status == 200 and int(note.split("\n")[1]) > index:
            return (time.monotonic() - start) * 1000
        time.sleep(0.005)


def latency(scenario):
    home, log = scenario.folder, scenario.folder / "witnessed"
    # The log names its witnesses when it is made, and they name it; its key comes first.
    key = tegula(home, "log", "init", "--kind", "generic", "--origin", "bench", log)
    names = ["w1", "w2"]
    keys = [tegula(home, "witness", "init", "--name", n, "--log", key, home / n) for n in names]
    with Process(home, "witness", "serve", home / "w1") as one:
        with Process(home, "witness", "serve", home / "w2") as two:
            lines = [
                f"witness {name} {vkey} http://127.0.0.1:{server.port}"
                for name, vkey, server in zip(names, keys, (one, two))
            ]
            (log / "policy").write_text(
                f"log {key}\n" + "\n".join(lines) + "\ngroup all all w1 w2\nquorum all\n"
            )
            with Process(home, "log", "serve", log) as server:
                times = []

                def client(first):
                    for number in range(first, first + scenario.pick(50, 2)):
                        times.append(provable(server.port, number))

                threads = [threading.Thread(target=client, args=(1000 * i,)) for i in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
    times.sort()
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
    scenario.row(
        "from submission to a checkpoint that two witnesses have cosigned",
        f"p50 {statistics.median(times):.0f} ms, p99 {p99:.0f} ms",
        "",
        "",
        f"≤ {LATENCY_BAR_MS} ms",
        p99 <= LATENCY_BAR_MS,
    )


def main():
    with common.Scenario(__doc__) as scenario:
        writes(scenario)
        syncs(scenario)
        latency(scenario)


main()
