#!/usr/bin/env python3
"""The start of a model that was verified before, until the engine loads it.

The model has a vocabulary of 128k tokens, as large ones have. Two parts make up the time: from the
start of `tegula run` until the engine's program runs (a program in its place says when), and from
there until the engine, inside its perimeter, begins to load. Beside it: the first start, which
verifies every byte."""
import json
import re
import statistics
import sys

import common

BAR_MS = 50
VOCABULARY = 128_256


def start_ms(tegula, scenario):
    """Until the program that stands in for the engine runs; it then ends, and so does tegula."""
    log = scenario.folder / "run.log"
    done = common.run(
        [tegula, "run", "--context", "512", "model", "hello"],
        home=scenario.folder,
        environment={"TEGULA_ENGINE": common.program("tegula-mark-start")},
        log=log,
    )
    mark = re.search(r"mark-start: (\d+)", log.read_text())
    if mark is None:
        sys.exit(f"the engine did not start: {log.read_text()}")
    return (int(mark.group(1)) - done.started) / 1e6


def engine_ms(scenario):
    """From starting the engine's program until it begins to load; none without the engine."""
    tool, engine = (common.find_program(name) for name in ("tegula-time-chat", "tegula-engine"))
    if tool is None or engine is None:
        return None
    log = scenario.folder / "engine.json"
    store = scenario.folder / "store"
    command = ["env", "-C", scenario.folder, tool, store, "model", engine, "-", 1, 2, 1]
    times = []
    for _ in range(scenario.pick(5, 1)):
        common.must_run(command, log=log)
        figures = json.loads(log.read_text())
        times.append(figures["start_ms"] - figures["load_ms"])
    return statistics.median(times)


def main():
    with common.Scenario(__doc__) as scenario:
        tegula = common.program("tegula")
        model = scenario.folder / "model.gguf"
        common.make_model(model, scenario.pick(1024, 4), 1, scenario.pick(VOCABULARY, 1000))
        common.must_run([tegula, "build", "-t", "model", model], home=scenario.folder)
        scenario.settle()
        first = start_ms(tegula, scenario)
        second = statistics.median(
            start_ms(tegula, scenario) for _ in range(scenario.pick(20, 2))
        )
        inside = engine_ms(scenario)
        total = second + (inside or 0)
        parts = f"{second:.1f} ms, then {inside:.1f} ms in the engine" if inside else "no engine"
        scenario.row(
            "second start, until the model is loaded",
            f"{total:.1f} ms ({parts})",
            f"the first start, until the engine runs, {first:.0f} ms",
            f"{second / first:.3f}",
            f"< {BAR_MS} ms",
            total < BAR_MS,
        )


main()
