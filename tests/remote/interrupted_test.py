#!/usr/bin/env python3
"""Pulls that are killed, and pulls from servers that lie, stop short, change or know no ranges.

  interrupted_test.py [--mebibytes N] [TEST…]    as bench.py says
"""
import signal
import sys
import time

import servers
from bench import PULLED, SECONDS_MAX, check, main

PIECE = 1 << 20


def test_killed_pulls_fetch_nothing_twice(bench):
    """Killed five times, it never asks again for a piece that it had noted."""
    proxy, digest, weights = bench.pushed()
    home = bench.home()
    name = f"{proxy.host}/{PULLED}:v1"
    total = -(-bench.model.stat().st_size // PIECE)
    rate = f"{max(total // 4, 4)}MiB"
    for _ in range(5):
        before = home.journal(weights)
        asked = len(proxy.seen)
        process = home.start("pull", name, "--limit-rate", rate)
        want = min(len(before) + max(total // 8, 1), total - 1)
        deadline = time.monotonic() + SECONDS_MAX
        while len(home.journal(weights)) < want and process.poll() is None:
            check(time.monotonic() < deadline, "nothing comes")
            time.sleep(0.005)
        check(process.poll() is None, f"the pull ended by itself: {process.stderr}")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        proxy.wait_until_idle()
        expect_nothing_twice(proxy.seen[asked:], weights, before)
    before = home.journal(weights)
    check(before, "nothing was noted")
    asked = len(proxy.seen)
    check(home.json("pull", name)["digest"] == digest, "another digest")
    expect_nothing_twice(proxy.seen[asked:], weights, before)
    home.must("store", "verify")


def expect_nothing_twice(seen, weights, before):
    """What was asked for has no piece of those that were noted, and no piece more than once."""
    asked = []
    for digest, first, last in seen:
        if digest == weights:
            asked += range(first // PIECE, last // PIECE + 1)
    check(not before & set(asked), f"asked again for {sorted(before & set(asked))}")
    check(len(asked) == len(set(asked)), "asked twice for a piece")


def test_a_flipped_bit_costs_one_piece(bench):
    proxy, digest, weights = bench.pushed()
    flipped = []

    def flip(blob, first, body):
        at = 2 * PIECE + 77 - first
        if blob == weights and 0 <= at < len(body) and not flipped:
            flipped.append(at)
            body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        return body

    proxy.spoil = flip
    home = bench.home()
    check(home.json("pull", f"{proxy.host}/{PULLED}:v1")["digest"] == digest, "another digest")
    check(flipped, "nothing was flipped")
    asked = sum(last - first + 1 for blob, first, last in proxy.seen if blob == weights)
    check(asked == bench.model.stat().st_size + PIECE, f"{asked} bytes were asked for")
    home.must("store", "verify")


def test_a_server_that_always_lies_is_named(bench):
    proxy, _, weights = bench.pushed()

    def flip(blob, first, body):
        at = 2 * PIECE + 77 - first
        if blob == weights and 0 <= at < len(body):
            body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        return body

    proxy.spoil = flip
    home = bench.home()
    name = f"{proxy.host}/{PULLED}:v1"
    home.refuses(4, "piece 2", "pull", name)
    check(home.json("list")["models"] == [], "a half-pulled model has a name")
    proxy.spoil = lambda blob, first, body: body
    home.must("pull", name)


def test_short_answers_are_tried_again(bench):
    proxy, digest, weights = bench.pushed()
    cut = []

    def shorten(blob, first, body):
        if blob == weights and len(cut) < 3:
            cut.append(first)
            return body[: len(body) // 2]
        return body

    proxy.spoil = shorten
    home = bench.home()
    check(home.json("pull", f"{proxy.host}/{PULLED}:v1")["digest"] == digest, "another digest")


def test_a_file_that_changes_while_it_comes(bench):
    """Its entity tag is another one in the middle: all begins anew, and the digest decides."""
    hub = bench.keep(servers.Hub({"org/repo": {"m.gguf": bench.model}}))
    answers = iter(range(1 << 30))

    class Tags(dict):
        def get(self, path, usual):
            return '"old"' if next(answers) < 2 else usual

    hub.storage.tags = Tags()
    home = bench.home()
    home.environment["HF_ENDPOINT"] = hub.url
    home.must("pull", "hf.co/org/repo")
    home.must("store", "verify")

    class Restless(dict):
        def get(self, path, usual):
            return f'"{next(answers)}"'

    hub.storage.tags = Restless()
    other = bench.home()
    other.environment["HF_ENDPOINT"] = hub.url
    other.refuses(5, "changed twice", "pull", "hf.co/org/repo")


def test_a_server_without_ranges(bench):
    hub = bench.keep(servers.Hub({"org/repo": {"m.gguf": bench.model}}))
    hub.storage.knows_ranges = False
    home = bench.home()
    home.environment["HF_ENDPOINT"] = hub.url
    home.must("pull", "hf.co/org/repo")
    check(len(hub.storage.seen) == 1, f"asked {len(hub.storage.seen)} times")


TESTS = {name: test for name, test in list(globals().items()) if name.startswith("test_")}

if __name__ == "__main__":
    sys.exit(main(TESTS))
