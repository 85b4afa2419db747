"""What tests at the command line share: the program, its servers, models, a look at the store."""
import hashlib
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import struct
import subprocess

SECONDS_MAX = 300  # of one command on a busy machine
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
U32, TEXT, F32 = 4, 8, 0  # GGUF's numbers for types


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


def tegula():
    return pathlib.Path(os.environ["TEGULA_BIN"]) / "tegula"


def write_model(path, seed, mebibytes):
    """A GGUF file of one matrix of random numbers: enough to be built, too little to run."""

    def text(value):
        raw = value.encode()
        return struct.pack("<Q", len(raw)) + raw

    def number(name, value):
        return text(f"llama.{name}") + struct.pack("<II", U32, value)

    rows = mebibytes * 256  # 1024 columns of 4 bytes
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 5)
    head += text("general.architecture") + struct.pack("<I", TEXT) + text("llama")
    head += number("context_length", 64) + number("embedding_length", 1024)
    head += number("block_count", 1)
    head += text("tokenizer.ggml.model") + struct.pack("<I", TEXT) + text("no_vocab")
    head += text("token_embd.weight") + struct.pack("<IQQIQ", 2, 1024, rows, F32, 0)
    head += b"\0" * (-len(head) % 32)
    numbers = random.Random(seed)
    with path.open("wb") as file:
        file.write(head)
        for _ in range(mebibytes):
            file.write(numbers.randbytes(1 << 20))


class Home:
    """One TEGULA_HOME, and the commands that work on it."""

    def __init__(self, path, user=None):
        self.path = path
        self.store = path / "store"
        self.user = user  # the uid that commands run as
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(path), "LANG": "C.UTF-8"}
        self.environment["TEGULA_HOME"] = str(path)
        for name, value in os.environ.items():
            if name.endswith("SAN_OPTIONS"):
                self.environment[name] = value

    def start(self, *arguments):
        return subprocess.Popen(
            [tegula(), *map(str, arguments)],
            env=self.environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def run(self, *arguments):
        """(status, stdout, stderr)"""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=SECONDS_MAX)
        return process.returncode, out, err

    def must(self, *arguments):
        status, out, err = self.run(*arguments)
        check(status == 0, f"tegula {' '.join(map(str, arguments))}: exit {status}: {err}")
        return out

    def json(self, *arguments):
        return json.loads(self.must(*arguments, "--json"))

    def refuses(self, want, *arguments):
        """The command fails with this status, says why, and says what to do."""
        status, out, err = self.run(*arguments)
        line = f"tegula {' '.join(map(str, arguments))}"
        check(status == want, f"{line}: exit {status}, want {want}: {out}{err}")
        check("error: " in err and "hint: " in err, f"{line}: no error with a hint: {err!r}")
        return err


class Server:
    """A command that says where it listens, until close()."""

    def __init__(self, home, *arguments):
        self.process = home.start(*arguments)
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS_MAX)
        line = self.process.stdout.readline() if ready else ""
        if not line.startswith("listening on "):
            self.process.kill()
            words = " ".join(map(str, arguments))
            raise Failed(f"tegula {words} does not listen: {self.process.communicate()[1]}")
        self.port = int(line.rsplit(":", 1)[1])

    def close(self, number=signal.SIGINT):
        """What it said on stderr."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=SECONDS_MAX)[1]


# --- the store as docs/reference/store.md describes it, read without the program ---


def histories(home):
    """name -> digests of its versions, oldest first."""
    out = {}
    for path in sorted(home.store.glob("repos/_local/**/_tags/*")):
        if path.name.startswith(".tegula-tmp-"):
            continue
        text = path.read_text()
        check(text.endswith("\n"), f"{path} is cut short")
        repo = path.parent.parent.relative_to(home.store / "repos/_local")
        out[f"{repo}:{path.name}"] = [line.split(" ")[0] for line in text.splitlines()]
    return out


def sharded(folder, digest, suffix=""):
    hexadecimal = digest.removeprefix("sha256:")
    return folder / "sha256" / hexadecimal[:2] / (hexadecimal + suffix)


def check_pack(home, digest):
    """The manifest has its digest, and its blobs and their trees are there."""
    path = sharded(home.store / "manifests", digest)
    check(path.exists(), f"manifest {digest} is gone")
    raw = path.read_bytes()
    check("sha256:" + hashlib.sha256(raw).hexdigest() == digest, f"{path} has other bytes")
    manifest = json.loads(raw)
    for blob in [manifest["config"], *manifest["layers"]]:
        at = sharded(home.store / "blobs", blob["digest"])
        check(at.exists(), f"blob {blob['digest']} is gone")
        check(at.stat().st_size == blob["size"], f"{at} has another size")
        check(sharded(home.store / "trees", blob["digest"], ".bt2").exists(), f"{at} has no tree")


def check_bytes(home):
    """Whatever has a digest's name has its bytes."""
    for folder in ("blobs", "manifests"):
        for path in home.store.glob(f"{folder}/sha256/??/*"):
            if not path.name.startswith(".tegula-tmp-"):
                got = hashlib.sha256(path.read_bytes()).hexdigest()
                check(got == path.name, f"{path} has other bytes")


def leftovers(home):
    """What work in progress, or a kill, leaves."""
    out = [p for f in ("uploads", "leases", "trash") for p in home.store.glob(f"{f}/*")]
    return out + list(home.store.rglob("*tmp-*"))


def node_program(script, folder):
    """A copy of `script` with what it imports, as its lock file pins it; None where that can't be
    had."""
    try:
        version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    except FileNotFoundError:
        return None
    if int(re.match(r"v(\d+)|", version).group(1) or 0) < 20:
        return None
    shutil.copytree(script.parent, folder / "js")
    environment = {**os.environ, "HOME": str(folder)}
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    command += ["--fetch-retries=1", "--fetch-timeout=30000"]
    try:
        done = subprocess.run(
            command, cwd=folder / "js", env=environment, capture_output=True, text=True, timeout=200
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        print(done.stderr[-500:])
        return None
    return folder / "js" / script.name
