"""What the tests of pulls and pushes share: homes, a model, servers that end with a test, and the
program that runs them.

  …_test.py [--mebibytes N] [TEST…]    N: size of the model that is pulled in pieces

Skipped (exit 77) where docker-registry, skopeo or nginx is not installed.
"""
import argparse
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import time

import servers

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "crash"))
import programs  # noqa: E402
from programs import SECONDS_MAX, SKIPPED, Failed, check, write_model  # noqa: E402

PULLED = "x/big"


def sha256(path):
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


class Home(programs.Home):
    """With a look at what a pull has noted."""

    def refuses(self, want, text, *arguments):
        """With this status and text; there is no hint where nobody here can help."""
        status, out, err = self.run(*arguments)
        line = f"tegula {' '.join(map(str, arguments))}"
        check(status == want, f"{line}: exit {status}, want {want}: {out}{err}")
        check(text in err, f"{line}: no {text!r} in {err!r}")

    def journal(self, digest):
        """The pieces that a partial blob has, by its journal."""
        path = self.path / "store/partial" / digest.removeprefix("sha256:") / "journal"
        if not path.exists():
            return set()
        lines = path.read_text().splitlines()[3:]
        return {int(line.split(" ")[0]) for line in lines if len(line.split(" ")[-1]) == 64}


class Bench:
    """What the tests share: a folder, a model in it, servers that end with it."""

    def __init__(self, folder, mebibytes):
        self.folder = folder
        self.model = folder / "big.gguf"
        write_model(self.model, 1, mebibytes)
        self.closing = []
        self.count = 0

    def home(self):
        self.count += 1
        path = self.folder / f"home{self.count}"
        path.mkdir()
        return Home(path)

    def place(self, name):
        self.count += 1
        return self.folder / f"{name}{self.count}"

    def keep(self, server):
        self.closing.append(server)
        return server

    def close(self):
        for server in self.closing:
            server.close()

    def built(self):
        """A home with the model, its digest, and the digest of its weights."""
        home = self.home()
        digest = home.json("build", "-t", PULLED, self.model)["digest"]
        return home, digest, sha256(self.model)

    def pushed(self):
        """A registry with the model behind a proxy; the same two digests."""
        registry = self.keep(servers.DockerRegistry(self.place("registry")))
        home, digest, weights = self.built()
        home.must("push", PULLED, f"{registry.host}/{PULLED}:v1")
        return self.keep(servers.Proxy(registry.port)), digest, weights


def skopeo(*arguments):
    done = subprocess.run(
        ["skopeo", "--insecure-policy", *map(str, arguments)], capture_output=True, text=True
    )
    check(done.returncode == 0, f"skopeo {arguments}: {done.stderr}")
    return done.stdout


def main(tests):
    parser = argparse.ArgumentParser()
    parser.add_argument("--mebibytes", type=int, default=40)
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    missing = servers.missing_programs("docker-registry", "skopeo", "nginx")
    if missing:
        print(f"skipped: {', '.join(missing)} not installed")
        return SKIPPED
    failed = 0
    for name, test in tests.items():
        if options.tests and name not in options.tests:
            continue
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(pathlib.Path(folder), options.mebibytes)
            begun = time.monotonic()
            try:
                test(bench)
                print(f"ok {name} ({time.monotonic() - begun:.1f} s)")
            except Failed as problem:
                failed += 1
                print(f"FAILED {name}: {problem}")
            finally:
                bench.close()
    return 1 if failed else 0
