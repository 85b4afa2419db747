#!/usr/bin/env python3
"""SIGKILLs a log under write load, again and again, and looks with eyes of its own at what it left.

Clients write and note what was acknowledged; a reader notes every checkpoint that was served. After
each kill the log is started again and must come back by itself. Then, from the files alone: every
acknowledged entry lies at its index, and every checkpoint that anybody saw is the root over the
entries that are there now, which makes any two of them consistent.

  log_kill_test.py [--seed N] [--kills N]
  log_kill_test.py --self-test    also damage the log and see each damage noticed
"""
import argparse
import base64
import hashlib
import http.client
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

import programs
from programs import SECONDS_MAX, Failed, Server, check

KILLS = 500
CLIENTS = 6
LIVES_MS = (5, 250)  # after the server listens
LOOK_EVERY = 25


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def serve(home, folder):
    pace = ["--checkpoint-gap", "10"]
    return Server(home, "log", "serve", folder, "--listen", "127.0.0.1:0", *pace)


class Client(threading.Thread):
    """Writes until the server is gone; what was acknowledged is noted."""

    def __init__(self, port, rng, number):
        super().__init__()
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.random = random.Random(rng.random())
        self.number = number
        self.acknowledged = []

    def run(self):
        try:
            while True:
                size = self.random.choice([8, 40, 512, 3000])
                entry = self.number.to_bytes(2) + self.random.randbytes(size)
                self.connection.request("POST", "/add", entry)
                reply = self.connection.getresponse()
                body = reply.read()
                if reply.status == 200:
                    self.acknowledged.append((int(body), entry))
        except (OSError, http.client.HTTPException, ValueError):
            self.connection.close()


class Reader(threading.Thread):
    """Reads checkpoints until the server is gone."""

    def __init__(self, port):
        super().__init__()
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.seen = set()

    def run(self):
        try:
            while True:
                self.connection.request("GET", "/checkpoint")
                reply = self.connection.getresponse()
                note = reply.read()
                if reply.status == 200:
                    self.seen.add(head_of(note.decode()))
        except (OSError, http.client.HTTPException):
            self.connection.close()


def head_of(note):
    _, size, root = note.split("\n")[:3]
    return int(size), base64.b64decode(root)


def index_path(index):
    path = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        path = f"x{index % 1000:03}/{path}"
    return path


class Files:
    """The log's files, read without the program."""

    def __init__(self, folder):
        self.public = folder / "public"
        self.head = head_of((self.public / "checkpoint").read_text())

    def bundle(self, index, width):
        full = self.public / "tile/entries" / index_path(index)
        partial = full.with_name(f"{full.name}.p") / str(width)
        data = (full if full.exists() else partial).read_bytes()
        entries = []
        while data:
            size = int.from_bytes(data[:2])
            check(len(data) >= size + 2, f"bundle {index} is cut short")
            entries.append(data[2 : size + 2])
            data = data[size + 2 :]
        check(len(entries) >= width, f"bundle {index} holds {len(entries)} entries, not {width}")
        return entries[:width]

    def entries(self):
        size = self.head[0]
        for index in range((size + 255) // 256):
            yield from self.bundle(index, min(256, size - 256 * index))


class Roots:
    """The root after each entry, from the complete subtrees of the right edge."""

    def __init__(self):
        self.edge = []  # (leaves, hash), largest first

    def add(self, entry):
        leaves, top = 1, sha256(b"\0", entry)
        while self.edge and self.edge[-1][0] == leaves:
            top = sha256(b"\1", self.edge.pop()[1], top)
            leaves *= 2
        self.edge.append((leaves, top))

    def root(self):
        if not self.edge:
            return sha256()
        out = self.edge[-1][1]
        for _, left in reversed(self.edge[:-1]):
            out = sha256(b"\1", left, out)
        return out


class Test:
    def __init__(self, work, seed):
        self.random = random.Random(seed)
        self.home = programs.Home(work / "home")
        self.home.path.mkdir()
        self.folder = work / "log"
        self.home.must("log", "init", "--kind", "generic", "--origin", "log.test", self.folder)
        self.acknowledged = {}
        self.checkpoints = set()
        self.killed_idle = 0

    def kill_one(self):
        server = serve(self.home, self.folder)
        clients = [Client(server.port, self.random, i) for i in range(CLIENTS)]
        reader = Reader(server.port)
        for thread in [*clients, reader]:
            thread.start()
        time.sleep(self.random.uniform(*LIVES_MS) / 1000)
        server.close(signal.SIGKILL)
        for thread in [*clients, reader]:
            thread.join()
        before = len(self.acknowledged)
        for client in clients:
            for index, entry in client.acknowledged:
                check(self.acknowledged.get(index, entry) == entry, f"index {index} given twice")
                self.acknowledged[index] = entry
        self.checkpoints |= reader.seen
        self.killed_idle += before == len(self.acknowledged)

    def publish(self):
        """Lets the log come back and publish what it has sequenced."""
        server = serve(self.home, self.folder)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        want = max(self.acknowledged, default=-1) + 1
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            connection.request("GET", "/checkpoint")
            reply = connection.getresponse()
            note = reply.read()
            if reply.status == 200 and head_of(note.decode())[0] >= want:
                break
            check(time.monotonic() < deadline, f"entry {want - 1} is not published")
        connection.close()
        server.close(signal.SIGKILL)

    def look(self):
        self.publish()
        files = Files(self.folder)
        wanted = {}
        for size, root in self.checkpoints | {files.head}:
            check(wanted.setdefault(size, root) == root, f"two checkpoints of {size} entries")
        check(max(wanted) <= files.head[0], "the log is shorter than a checkpoint that was seen")
        roots, number = Roots(), 0
        check(wanted.get(0, sha256()) == sha256(), "an empty tree with a root")
        for entry in files.entries():
            acknowledged = self.acknowledged.get(number, entry)
            check(acknowledged == entry, f"entry {number} is not the one that was acknowledged")
            roots.add(entry)
            number += 1
            if number in wanted:
                check(wanted[number] == roots.root(), f"the checkpoint of {number} is another's")
        check(number > max(self.acknowledged, default=-1), "acknowledged entries are gone")
        self.home.must("log", "fsck", self.folder)

    def prove_some(self):
        for index in self.random.sample(sorted(self.acknowledged), 5):
            proof = self.folder.with_name("proof")
            proof.write_text(self.home.must("log", "prove", self.folder, "--index", index))
            entry = self.folder.with_name("entry")
            entry.write_bytes(self.acknowledged[index])
            policy = self.folder / "policy"
            self.home.must("log", "verify", "--policy", policy, proof, entry)

    def run(self, kills):
        for number in range(1, kills + 1):
            self.kill_one()
            if number % LOOK_EVERY == 0:
                self.look()
        self.look()
        check(self.acknowledged, "nothing was ever acknowledged")
        self.prove_some()
        print(
            f"{kills} kills, {len(self.acknowledged)} entries acknowledged,"
            f" {len(self.checkpoints)} checkpoints seen, {self.killed_idle} kills before any entry"
        )


def self_test(test):
    """Damages that must not pass."""
    index = min(test.acknowledged)
    sound = dict(test.acknowledged), set(test.checkpoints)
    size, root = max(test.checkpoints)
    damages = [
        ("a changed entry", lambda: test.acknowledged.update({index: b"another"})),
        ("a lost entry", lambda: test.acknowledged.update({10**9: b"beyond the end"})),
        ("another history", lambda: test.checkpoints.add((size, sha256(root)))),
        ("a longer history", lambda: test.checkpoints.add((10**9, root))),
    ]
    publish, test.publish = test.publish, lambda: None
    for what, damage in damages:
        damage()
        try:
            test.look()
        except Failed:
            pass
        else:
            raise Failed(f"{what} was not noticed")
        test.acknowledged, test.checkpoints = dict(sound[0]), set(sound[1])
    test.publish = publish


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as work:
        try:
            test = Test(pathlib.Path(work), options.seed)
            test.run(options.kills)
            if options.self_test:
                self_test(test)
        except Failed as error:
            print(f"log_kill_test: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
