#!/usr/bin/env python3
"""`tegula verify` of one large layer by its tree, beside `openssl speed` SHA-256.

The whole process counts, reading from the page cache included; the peer hashes the same 16 KiB of
memory again and again. Once on one processor core, once on all of them."""
import os
import statistics

import common

BAR = 0.9


def compare(scenario, what, verify, size, cores, prefix):
    runs = common.interleaved(
        scenario.pick(7, 1),
        tegula=lambda: size / common.must_run([*prefix, *verify], home=scenario.folder).wall_ms,
        openssl=lambda: common.openssl_speed(cores, 1, prefix) / 1000,
    )
    ours, peer = (statistics.median(runs[name]) / 1e6 for name in ("tegula", "openssl"))
    scenario.row(
        f"verification by tree, {what}",
        f"{ours:.2f} GB/s",
        f"`openssl speed` {peer:.2f} GB/s",
        f"{ours / peer:.2f}",
        f"≥ {BAR}",
        ours >= BAR * peer,
    )


def main():
    with common.Scenario(__doc__) as scenario:
        tegula = common.program("tegula")
        model = common.make_model(scenario.folder / "model.gguf", scenario.pick(1024, 4))
        common.must_run([tegula, "build", "-t", "model", model], home=scenario.folder)
        verify = [tegula, "verify", "model"]
        common.must_run(verify, home=scenario.folder)  # the page cache is warm
        size = model.stat().st_size
        first, cores = min(os.sched_getaffinity(0)), len(os.sched_getaffinity(0))
        compare(scenario, "one core", verify, size, 1, ["taskset", "-c", str(first)])
        if cores > 1:
            compare(scenario, f"all {cores} cores", verify, size, cores, [])


main()
