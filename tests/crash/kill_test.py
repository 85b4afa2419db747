#!/usr/bin/env python3
"""Kills the real program at random moments, and two at once, and looks whether anything is lost.

  kill_test.py [--seed N] [--kills N]   TEGULA_BIN names the folder of the program
  kill_test.py --self-test              damage that must be found

An exact model of the names and their versions goes along: what a command acknowledged by exit 0 is
there from then on; a command that was killed has done all or nothing. The moment is drawn from the
whole time that such a command takes here, so that kills land inside the work.
"""
import argparse
import collections
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import programs
from programs import Failed, Home, check

KILLS = 300
TRIES_PER_KILL_MAX = 4
THOROUGH_EVERY = 30
ROUNDS_OF_TWO = 30
MODELS = 6
NAMES = ["a:latest", "a:old", "b:latest", "team/c:latest", "d:v1"]
MIB = 8
# Kills that left a lease, an upload, a temporary or trash, of 300: far less than is usual.
KILLS_INSIDE_MIN = 30


def kill_later(process, seconds):
    """Kills it, unless it ends before."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()


class Command:
    """Arguments, and what the names are once it has ended well."""

    def __init__(self, kind, arguments, name=None, versions=None):
        self.kind = kind
        self.arguments = arguments
        self.name = name
        self.versions = versions  # of `name`; None: it is removed

    def after(self, names):
        out = dict(names)
        if self.name is not None:
            out.pop(self.name, None)
            if self.versions is not None:
                out[self.name] = self.versions
        return out

    def __str__(self):
        return " ".join(map(str, self.arguments))


class Test:
    def __init__(self, work, seed):
        self.random = random.Random(seed)
        self.home = Home(work / "home")
        self.names = {}
        self.seconds = {}  # kind -> how long such a command takes
        self.counts = collections.Counter()
        self.files = {}  # path -> digest of the model made of it
        for number, folder in zip(range(MODELS), self.folders(work) * MODELS):
            path = folder / f"model-{number}.gguf"
            programs.write_model(path, number, MIB)
            self.files[path] = None
        # In a home of its own, since here every build shall have work to do.
        for path in self.files:
            scratch = Home(work / "scratch")
            self.files[path] = scratch.json("build", "-t", "x", path)["digest"]
            shutil.rmtree(scratch.path)

    def folders(self, work):
        """On the store's disk files come in by link or reflink, from another by copy."""
        self.memory = tempfile.TemporaryDirectory(
            dir="/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
        )
        (work / "files").mkdir()
        return [work / "files", pathlib.Path(self.memory.name)]

    # --- commands ---

    def build(self, name):
        path = self.random.choice(list(self.files))
        return Command("build", ["build", "-t", name, path], name, self.with_version(name, path))

    def with_version(self, name, path):
        return self.appended(name, self.files[path])

    def appended(self, name, digest):
        versions = self.names.get(name, [])
        return versions if versions[-1:] == [digest] else versions + [digest]

    def draw(self):
        kinds = ["build"] * 6 + ["gc"] * 4 + ["rm"] * 4 + ["cp", "tag", "rollback"]
        kind = self.random.choice(kinds if self.names else ["build", "gc"])
        if kind == "build":
            return self.build(self.random.choice(NAMES))
        if kind == "gc":
            return Command("gc", ["store", "gc", "--grace", "0"])
        name = self.random.choice(sorted(self.names))
        if kind == "rm":
            return Command("rm", ["rm", name], name)
        if kind == "rollback":
            return self.rollback(name) or self.build(name)
        target = self.random.choice(NAMES) if kind == "cp" else name.split(":")[0] + ":tagged"
        given = target if kind == "cp" else "tagged"
        return Command(
            kind, [kind, name, given], target, self.appended(target, self.names[name][-1])
        )

    def rollback(self, name):
        versions = self.names[name]
        older = [digest for digest in versions if digest != versions[-1]]
        if not older:
            return None
        return Command("rollback", ["rollback", name], name, versions + older[-1:])

    # --- what must hold ---

    def check_names(self, command=None):
        """The names are as before the command or as after it."""
        now = programs.histories(self.home)
        new = command.after(self.names) if command else self.names
        check(now in (self.names, new), f"names are {now}, want {self.names} or {new}")
        self.names = now
        for digest in {digest for versions in now.values() for digest in versions}:
            programs.check_pack(self.home, digest)

    def check_list(self):
        listed = self.home.json("list")["models"]
        got = {model["name"]: model["digest"] for model in listed}
        want = {name: versions[-1] for name, versions in self.names.items()}
        check(got == want, f"list says {got}, want {want}")

    def check_all(self):
        report = self.home.json("store", "verify")
        check(report["good"] and not report["faults"], f"store verify: {report}")
        programs.check_bytes(self.home)
        for name, versions in self.names.items():
            history = self.home.json("history", name)["versions"]
            got = [version["digest"] for version in reversed(history)]
            check(got == versions, f"history of {name} is {got}, want {versions}")
            check(history[0]["current"], f"the newest version of {name} is not current")
        for name in self.random.sample(sorted(self.names), min(1, len(self.names))):
            check(self.home.json("show", name)["digest"] == self.names[name][-1], f"show {name}")
            check(self.home.json("verify", name)["good"], f"verify {name}")

    # --- one process ---

    def end_one(self):
        """One command in peace, so that there are names to work with."""
        command = self.draw()
        self.home.must(*command.arguments)
        self.names = command.after(self.names)
        self.check_names()

    def kill_one(self):
        """True if it was killed before it had ended."""
        command = self.draw()
        usual = self.seconds.get(command.kind, 0.05)
        process = self.home.start(*command.arguments)
        began = time.monotonic()
        kill_later(process, self.random.uniform(0, usual))
        _, err = process.communicate(timeout=programs.SECONDS_MAX)
        took = time.monotonic() - began
        was_killed = process.returncode == -signal.SIGKILL
        check(was_killed or process.returncode == 0, f"{command}: {process.returncode}: {err}")
        if was_killed:
            # The next one of its kind gets more time, where this one still had all to do.
            self.seconds[command.kind] = max(usual, took) * 1.02
            self.check_names(command)
            self.check_list()
        else:
            self.seconds[command.kind] = (usual + took) / 2
            self.names = command.after(self.names)
            self.check_names()
        self.count(command, was_killed)
        return was_killed

    def count(self, command, was_killed):
        self.counts[f"{command.kind} {'killed' if was_killed else 'ended'}"] += 1
        if was_killed and programs.leftovers(self.home):
            self.counts["inside"] += 1

    def kill_many(self, kills):
        killed = tries = 0
        while killed < kills:
            tries += 1
            check(tries <= TRIES_PER_KILL_MAX * kills, f"only {killed} of {tries} kills landed")
            if tries % 2 == 0:
                self.end_one()
            killed += self.kill_one()
            if tries % THOROUGH_EVERY == 0:
                self.check_all()
        self.check_all()
        least = KILLS_INSIDE_MIN * kills // KILLS
        inside = self.counts["inside"]
        check(inside >= least, f"only {inside} of {killed} kills left work behind")

    # --- two at once ---

    def two_at_once(self, kill):
        """Two builds, perhaps of one file, or a build and a collection; perhaps one is killed."""
        first, second = self.random.sample(NAMES, 2)
        pair = [self.build(first), self.random.choice([self.build(second), self.draw_gc()])]
        processes = [self.home.start(*command.arguments) for command in pair]
        victim = self.random.randrange(2) if kill else None
        if kill:
            kill_later(processes[victim], self.random.uniform(0, self.seconds.get("build", 0.05)))
        for number, (command, process) in enumerate(zip(pair, processes)):
            _, err = process.communicate(timeout=programs.SECONDS_MAX)
            killed = number == victim and process.returncode == -signal.SIGKILL
            check(killed or process.returncode == 0, f"{command}: {process.returncode}: {err}")
            if not killed:
                self.names = command.after(self.names)
        self.check_names(pair[victim] if kill else None)

    def draw_gc(self):
        return Command("gc", ["store", "gc", "--grace", "0"])

    def clean_up(self):
        """What all the kills left behind goes with one collection."""
        self.home.must("store", "gc", "--grace", "0")
        left = programs.leftovers(self.home)
        check(not left, f"left over: {left}")
        self.check_names()
        self.check_all()

    def run(self, kills):
        self.kill_many(kills)
        self.clean_up()
        for number in range(ROUNDS_OF_TWO):
            self.two_at_once(kill=number % 2 == 1)
        self.clean_up()
        print(", ".join(f"{count} {what}" for what, count in sorted(self.counts.items())))


def sabotages(home):
    """What a crash must not leave, one after the other, each in a sound store."""
    manifest = next(home.store.glob("manifests/sha256/??/*"))
    blob = max(home.store.glob("blobs/sha256/??/*"), key=lambda path: path.stat().st_size)
    tag = home.store / "repos/_local/b/_tags/latest"
    tree = next(home.store.glob("trees/sha256/??/*"))
    yield "a lost name", tag.unlink
    yield "an empty name", lambda: tag.write_text("")
    yield "a lost version", lambda: tag.write_text(tag.read_text().split("\n", 1)[1])
    yield "a lost manifest", manifest.unlink
    yield "a manifest of zeros", lambda: rewrite(manifest, b"\0" * 100)
    yield "a lost blob", blob.unlink
    yield "a short blob", lambda: rewrite(blob, blob.read_bytes()[:-1])
    yield "a blob of zeros", lambda: rewrite(blob, b"\0" * blob.stat().st_size)
    yield "a lost tree", tree.unlink
    yield "a lost store", lambda: shutil.rmtree(home.store)


def rewrite(path, data):
    path.unlink()
    path.write_bytes(data)


def self_test(work):
    test = Test(work, 1)
    first, second = list(test.files)[:2]
    for path in (first, second):
        test.home.must("build", "-t", "b", path)
        test.names["b:latest"] = test.with_version("b:latest", path)
    test.check_names()
    test.check_all()
    saved = work / "saved"
    shutil.copytree(test.home.path, saved)
    for number in range(len(list(sabotages(test.home)))):
        what, spoil = list(sabotages(test.home))[number]
        spoil()
        try:
            test.check_names()
            test.check_all()
        except Failed:
            pass
        else:
            raise Failed(f"{what} was not noticed")
        shutil.rmtree(test.home.path)
        shutil.copytree(saved, test.home.path)
        test.names = programs.histories(test.home)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as work:
        try:
            if options.self_test:
                self_test(pathlib.Path(work))
            else:
                Test(pathlib.Path(work), options.seed).run(options.kills)
        except Failed as error:
            print(f"kill_test: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
