#!/usr/bin/env python3
"""First token and decoding of a warm engine behind the launcher, beside llama-server.

llama-server is made of the same objects, gets the words that the engine configures itself with, the
same model file and the same request, and is asked by a bare client over a Unix socket (see
bench/time_chat.cc). They take turns; both keep the prompt's cache."""
import json
import os
import statistics

import common

FIRST_BAR_MS = 2
DECODE_BAR = 1.01


def compare(scenario, server):
    log = scenario.folder / "figures.json"
    rounds, tokens = scenario.pick((10, 256), (1, 8))
    threads = scenario.pick(len(os.sched_getaffinity(0)), 1)
    tool, engine = common.program("tegula-time-chat"), common.program("tegula-engine")
    here = ["env", "-C", scenario.folder]
    what = [scenario.folder / "store", "model", engine, server, rounds, tokens, threads]
    common.must_run([*here, tool, *what], log=log)
    return json.loads(log.read_text())


def median(samples, member):
    return statistics.median(sample[member] for sample in samples)


def report(scenario, figures):
    ours, peer = figures["tegula"], figures["server"]
    pieces = {sample["pieces"] for sample in ours + peer}
    if not figures["same_text"] or len(pieces) != 1:
        print(f"the answers differ, so the figures don't compare (pieces: {sorted(pieces)})")
    first, first_peer = median(ours, "first_ms"), median(peer, "first_ms")
    rest, rest_peer = median(ours, "rest_ms"), median(peer, "rest_ms")
    scenario.row(
        "first token",
        f"{first:.1f} ms",
        f"llama-server {first_peer:.1f} ms",
        f"{first - first_peer:+.2f} ms",
        f"≤ {FIRST_BAR_MS} ms more",
        first - first_peer <= FIRST_BAR_MS,
    )
    count = min(pieces) - 1
    scenario.row(
        "decoding",
        f"{count / rest * 1000:.2f} tokens/s",
        f"llama-server {count / rest_peer * 1000:.2f} tokens/s",
        f"{rest / rest_peer:.4f} of the time",
        f"≤ {DECODE_BAR}",
        rest <= DECODE_BAR * rest_peer,
    )


def main():
    with common.Scenario(__doc__) as scenario:
        model = common.make_model(scenario.folder / "model.gguf", scenario.pick(1024, 4))
        common.must_run(
            [common.program("tegula"), "build", "-t", "model", model], home=scenario.folder
        )
        server = common.find_program("llama-server")
        figures = compare(scenario, server or "-")
        if server is None:
            print("llama-server is not built, so nothing is compared; ./run bench builds it")
        else:
            report(scenario, figures)


main()
