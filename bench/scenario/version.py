#!/usr/bin/env python3
"""`tegula version`, the whole process, beside /bin/true."""
import common

BAR_MS = 5


def main():
    with common.Scenario(__doc__) as scenario:
        tegula = common.program("tegula")
        runs = common.interleaved(
            scenario.pick(300, 3),
            tegula=lambda: common.must_run([tegula, "version"], home=scenario.folder),
            true=lambda: common.must_run(["/bin/true"]),
        )
        ours, peer = common.median_ms(runs["tegula"]), common.median_ms(runs["true"])
        scenario.row(
            "`tegula version`, whole process",
            f"{ours:.2f} ms",
            f"`/bin/true` {peer:.2f} ms",
            f"{ours / peer:.2f}",
            f"≤ {BAR_MS} ms",
            ours <= BAR_MS,
        )


main()
