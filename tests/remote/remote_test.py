#!/usr/bin/env python3
"""Pulls and pushes against real servers, and against servers that behave badly.

  remote_test.py [--mebibytes N] [TEST…]    N: size of the model that is pulled in pieces

Skipped (exit 77) where docker-registry, skopeo or nginx is not installed.
"""
import argparse
import hashlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

import gguf
import servers

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "crash"))
from programs import SECONDS_MAX, SKIPPED, Failed, check, tegula, write_model  # noqa: E402

PIECE = 1 << 20
PULLED = "x/big"


def sha256(path):
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


class Home:
    """A TEGULA_HOME, and commands that work on it."""

    def __init__(self, path):
        self.path = path
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(path), "TEGULA_HOME": str(path)}
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
        )

    def run(self, *arguments):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=SECONDS_MAX)
        return process.returncode, out, err

    def must(self, *arguments):
        status, out, err = self.run(*arguments)
        check(status == 0, f"tegula {' '.join(map(str, arguments))}: exit {status}: {err}")
        return out

    def json(self, *arguments):
        return json.loads(self.must(*arguments, "--json"))

    def refuses(self, want, text, *arguments):
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


def test_registry_round_trip(bench):
    """A pack goes to docker-registry and back, byte for byte; skopeo sees the same bytes."""
    registry = bench.keep(servers.DockerRegistry(bench.place("registry")))
    home, digest, _ = bench.built()
    name = f"{registry.host}/{PULLED}:v1"
    first = home.json("push", PULLED, name)
    check(first["already_there"] == 0 and first["digest"] == digest, f"pushed: {first}")
    again = home.json("push", PULLED, name)
    check(again["already_there"] == again["blobs"], f"pushed again: {again}")
    raw = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{name}")
    check("sha256:" + hashlib.sha256(raw.encode()).hexdigest() == digest, "skopeo sees other bytes")
    other = bench.home()
    check(other.json("pull", name)["digest"] == digest, "another digest came back")
    other.must("verify", name)
    check(first["referrers"] == 2, f"pushed: {first}")
    check(other.must("show", "--lock", name) == home.must("show", "--lock", PULLED), "the lock")
    check(other.json("rebuild", name)["verdict"] == "same", "rebuilt from what came along")
    check(not other.json("pull", name)["changed"], "pulled twice, changed twice")
    check(other.json("pull", f"{registry.host}/{PULLED}@{digest}")["digest"] == digest, "by digest")
    home.must("cp", PULLED, name)
    moved = home.json("push", name, f"{registry.host}/elsewhere:v1")
    check(moved["bytes"] == 0, f"sent again what the registry had: {moved}")


def test_all_targets(bench):
    """Each target under a tag, an index of them all; a pull of the index takes what runs here."""
    registry = bench.keep(servers.DockerRegistry(bench.place("registry")))
    source = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"]) / "models/starter/safetensors"
    home = bench.home()
    (home.path / "Modelfile").write_text(
        f"FROM {source}\nTARGET gguf quant=Q8_0\nTARGET gguf quant=Q4_0\nTARGET mlx bits=4\n"
    )
    digest = home.json("build", "-t", "multi", home.path)["digest"]
    pushed = home.json("push", "--all-targets", "multi", f"{registry.host}/multi:v1")
    tags = [target["name"].rpartition(":")[2] for target in pushed["targets"]]
    check(tags == ["v1-gguf-q8_0", "v1-gguf-q4_0", "v1-mlx-4bit", "v1-all"], f"tags {tags}")
    raw = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{registry.host}/multi:v1-all")
    targets = [m["annotations"]["dev.tegula.target"] for m in json.loads(raw)["manifests"]]
    check(targets == ["gguf", "gguf", "mlx"], f"targets {targets}")
    other = bench.home()
    check(other.json("pull", f"{registry.host}/multi:v1-all")["digest"] == digest, "not the first")
    name = f"{registry.host}/multi:v1-mlx-4bit"
    other.must("pull", name)
    check(json.loads(other.must("show", "--json", name))["target"] == "mlx", "no pack for MLX")
    home.must("build", "-t", "one", bench.model)
    one = home.json("push", "--all-targets", "one", f"{registry.host}/one")
    check([t["name"][-4:] for t in one["targets"]] == ["gguf", "-all"], f"one target: {one}")


def test_skopeo_carries_a_pack(bench):
    """Exported, copied by skopeo into a registry, pulled, and copied out again and imported."""
    registry = bench.keep(servers.DockerRegistry(bench.place("registry")))
    home, digest, _ = bench.built()
    layout, back = bench.place("layout"), bench.place("back")
    home.must("export", "--oci", layout, PULLED)
    docker = f"docker://{registry.host}/copied:v1"
    skopeo("copy", "--dest-tls-verify=false", f"oci:{layout}:{PULLED}:latest", docker)
    other = bench.home()
    check(other.json("pull", f"{registry.host}/copied:v1")["digest"] == digest, "pulled another")
    skopeo("copy", "--src-tls-verify=false", docker, f"oci:{back}:again:v1")
    third = bench.home()
    imported = third.json("import", "--oci", back)["models"]
    check([m["name"] for m in imported] == ["again:v1"], f"imported: {imported}")
    check(imported[0]["digest"] == digest, "imported another")
    third.refuses(3, "holds no model", "import", "--oci", back, "gone:v1")


def write_modctl_layout(folder, model):
    """An OCI layout as modctl writes one, and annotations of modctl and KitOps in the manifest."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    when = "1970-01-01T00:00:00Z"

    def add(data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def compact(value):
        return json.dumps(value, separators=(",", ":")).encode()

    def layer(kind, name, data):
        out = add(data, f"application/vnd.cncf.model.{kind}.v1.raw")
        file = {"name": name, "mode": 420, "uid": 0, "gid": 0, "size": len(data), "mtime": when}
        out["annotations"] = {
            "org.cncf.model.file.mediatype.untested": "false",
            "org.cncf.model.file.metadata+json": compact({**file, "typeflag": 0}).decode(),
            "org.cncf.model.filepath": name,
            "org.opencontainers.image.title": name,
        }
        return out

    layers = [
        layer("weight.config", "config.json", b'{"architectures":["LlamaForCausalLM"]}\n'),
        layer("weight", "tiny-1M-v1.0-F32.gguf", model.read_bytes()),
        layer("doc", "LICENSE", b"Apache-2.0\n"),
        layer("code", "Modelfile", b"NAME tiny\nMODEL *.gguf\n"),
    ]
    config = {
        "descriptor": {"createdAt": when, "family": "llama", "name": "tiny", "version": "1.0"},
        "config": {"architecture": "transformer", "format": "gguf", "paramSize": "1M"},
        "modelfs": {"type": "layers", "diffIds": [each["digest"] for each in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.cncf.model.manifest.v1+json",
        "config": add(compact(config), "application/vnd.cncf.model.config.v1+json"),
        "layers": layers,
        "annotations": {
            "org.cncf.modctl.modelfile": "NAME tiny\nMODEL *.gguf\n",
            "ml.kitops.modelkit.kitfile": '{"manifestVersion":"1.0.0"}',
            "org.opencontainers.image.created": when,
        },
    }
    entry = add(compact(manifest), manifest["mediaType"])
    entry["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (folder / "index.json").write_bytes(compact({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return entry["digest"]


def test_a_pack_of_another_tool(bench):
    """It keeps its bytes on the way, and what it holds becomes a pack of ours, same blobs."""
    registry = bench.keep(servers.DockerRegistry(bench.place("registry")))
    layout, back = bench.place("layout"), bench.place("back")
    digest = write_modctl_layout(layout, bench.model)
    name = f"{registry.host}/theirs:v1"
    skopeo("copy", "--dest-tls-verify=false", f"oci:{layout}:v1", f"docker://{name}")
    skopeo("copy", "--src-tls-verify=false", f"docker://{name}", f"oci:{back}:v1")
    entry = json.loads((back / "index.json").read_text())["manifests"][0]
    check(entry["digest"] == digest, f"came back as another: {entry}")
    home = bench.home()
    home.must("pull", name)
    home.must("verify", name)
    shown = home.json("show", name)
    layers = {layer["file"]: layer["digest"] for layer in shown["layers"]}
    check(layers["tiny-1M-v1.0-F32.gguf"] == sha256(bench.model), f"layers: {layers}")
    check(home.must("show", "--license", name).strip() == "Apache-2.0", "its license")
    home.must("pull", f"{registry.host}/theirs@{digest}")
    home.refuses(3, "manifest unknown", "pull", f"{registry.host}/theirs:v2")


def test_registry_with_a_password(bench):
    registry = bench.keep(servers.DockerRegistry(bench.place("registry"), {"ann": "p:w"}))
    home, digest, _ = bench.built()
    name = f"{registry.host}/team/m:v1"
    home.refuses(5, "docker login", "push", PULLED, name)
    file = bench.place("auth.json")
    entry = {"username": "ann", "password": "p:w"}
    file.write_text(json.dumps({"auths": {registry.host: entry}}))
    home.environment["REGISTRY_AUTH_FILE"] = str(file)
    home.must("push", PULLED, name)
    helper = bench.place("bin") / "docker-credential-test"
    helper.parent.mkdir()
    answer = json.dumps({"ServerURL": registry.host, "Username": "ann", "Secret": "p:w"})
    asked = f"get {registry.host}"
    helper.write_text(
        f"#!/bin/sh\nread host || true\n[ \"$1 $host\" = '{asked}' ] || exit 9\necho '{answer}'\n"
    )
    helper.chmod(0o755)
    file.write_text(json.dumps({"credsStore": "test"}))
    other = bench.home()
    other.environment["REGISTRY_AUTH_FILE"] = str(file)
    other.refuses(5, "docker-credential-test", "pull", name)
    other.environment["PATH"] += f":{helper.parent}"
    other.must("pull", name)
    entry["password"] = "wrong"
    file.write_text(json.dumps({"auths": {registry.host: entry}}))
    home.refuses(5, "401", "pull", name)


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


def test_hub(bench):
    plain = bench.folder / "README.md"
    plain.write_text("hello")
    other = bench.place("other").with_suffix(".gguf")
    write_model(other, 2, 1)
    files = {"m-Q4_K_M.gguf": other, "sub/m-Q8_0.gguf": bench.model, "README.md": plain}
    hub = bench.keep(servers.Hub({"Org/Repo": files}, token="secret"))
    home = bench.home()
    home.environment["HF_ENDPOINT"] = hub.url
    home.refuses(5, "HF_TOKEN", "pull", "hf.co/Org/Repo:q8_0")
    home.environment["HF_TOKEN"] = "secret"
    home.refuses(2, "m-Q4_K_M.gguf", "pull", "hf.co/Org/Repo")
    home.refuses(3, "README", "pull", "hf.co/Org/Repo:README.md")
    pulled = home.json("pull", "hf.co/Org/Repo:q8_0@main")
    check(pulled["name"] == "hf.co/org/repo:q8_0", f"named {pulled['name']}")
    shown = json.loads(home.must("show", "--manifest", pulled["name"]))
    check(sha256(bench.model) in [layer["digest"] for layer in shown["layers"]], "other weights")
    check(all(seen[2] is None for seen in hub.storage.seen), "the token went to the storage")
    (home.path / "Modelfile").write_text("FROM hf.co/Org/Repo:q8_0\nSYSTEM be kind\n")
    home.must("build", "-t", "kind", home.path)
    check(home.must("show", "--system", "kind").strip() == "be kind", "not built on it")


def test_hub_folder(bench):
    """A repository of safetensors is a model as a whole, and is converted as a folder is."""
    source = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"]) / "models/starter/safetensors"
    files = {path.name: path for path in source.iterdir()}
    (bench.folder / "README.md").write_text("a card")
    files["README.md"] = bench.folder / "README.md"
    hub = bench.keep(servers.Hub({"Org/Tiny": files}))
    home = bench.home()
    home.environment["HF_ENDPOINT"] = hub.url
    (home.path / "Modelfile").write_text("FROM hf.co/Org/Tiny\nTARGET gguf quant=Q8_0\n")
    built = home.json("build", "-t", "tiny", home.path)
    lock = json.loads((home.path / "Modelfile.lock").read_text())
    names = [one["name"] for one in lock["inputs"] if one["origin"] == "hub"]
    check("hf.co/Org/Tiny/config.json" in names, f"inputs {names}")
    check(not any("README" in name for name in names), "the card is an input")
    (home.path / "Local").write_text(f"FROM {source}\nTARGET gguf quant=Q8_0\n")
    local = home.json("build", "-t", "local", "-f", home.path / "Local", home.path)
    digest = lambda made: made["layers"][1]["digest"]
    check(digest(built) == digest(local), "another file than from the folder")
    home.must("rebuild", "tiny")
    pulled = home.json("pull", "hf.co/Org/Tiny")
    check(json.loads(home.must("show", "--json", pulled["name"]))["target"] == "safetensors", "")


def test_hub_adapter(bench):
    """A repository of PEFT is an adapter; it gives what the same folder gives."""
    source = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"]) / "models/starter/starter-q8_0.gguf"
    lora = bench.folder / "helper"
    write_peft(lora)
    hub = bench.keep(servers.Hub({"Org/Helper": {path.name: path for path in lora.iterdir()}}))
    home = bench.home()
    home.environment["HF_ENDPOINT"] = hub.url
    (home.path / "Modelfile").write_text(f"FROM {source}\nADAPTER hf.co/Org/Helper scale=0.5\n")
    built = home.json("build", "-t", "helped", home.path)
    (home.path / "Local").write_text(f"FROM {source}\nADAPTER {lora} scale=0.5\n")
    local = home.json("build", "-t", "local", "-f", home.path / "Local", home.path)
    check(built["digest"] == local["digest"], "another pack than from the folder")
    lock = json.loads((home.path / "Modelfile.lock").read_text())
    names = [one["name"] for one in lock["inputs"] if one["role"] == "adapter"]
    check("hf.co/Org/Helper/adapter_model.safetensors" in names, f"inputs {names}")
    home.must("build", "--locked", "-t", "helped", home.path)
    home.must("rebuild", "helped")
    home.refuses(2, "is an adapter, not a model", "pull", "hf.co/Org/Helper")


def write_peft(folder):
    """A LoRA of the starter's first output projection."""
    folder.mkdir()
    path = "base_model.model.model.layers.0.self_attn.o_proj.lora_"
    header = {
        path + "A.weight": {"dtype": "F32", "shape": [2, 256], "data_offsets": [0, 2048]},
        path + "B.weight": {"dtype": "F32", "shape": [256, 2], "data_offsets": [2048, 4096]},
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    data = struct.pack("<1024f", *(i / 4096 for i in range(1024)))
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 2, "lora_alpha": 4}')


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


def test_nginx_and_a_digest(bench):
    nginx = bench.keep(servers.Nginx(bench.place("nginx"), bench.folder))
    address = f"http://127.0.0.1:{nginx.port}/{bench.model.name}"
    home = bench.home()
    home.must("pull", f"{address}@{sha256(bench.model)}", "--as", "big")
    home.refuses(4, "digest does not match", "pull", f"{address}@sha256:{'0' * 64}", "--as", "bad")
    home.refuses(3, "404", "pull", f"{address}x@sha256:{'0' * 64}", "--as", "bad")
    home.refuses(2, "has no digest", "pull", address)
    home.refuses(4, "not encrypted", "pull", f"http://files.test/m@sha256:{'0' * 64}")
    home.refuses(2, "names no place", "pull", "big")


def built_for_targets(bench):
    """A home with the model "multi" of three targets."""
    source = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"]) / "models/starter/safetensors"
    home = bench.home()
    (home.path / "Modelfile").write_text(
        f"FROM {source}\nTARGET gguf quant=Q8_0\nTARGET gguf quant=Q4_0\nTARGET mlx bits=4\n"
    )
    return home, home.json("build", "-t", "multi:v1", home.path)


def test_an_index_is_kept_and_pushed(bench):
    """name:tag-all in the store is what --all-targets makes in a registry, byte for byte."""
    registry = bench.keep(servers.DockerRegistry(bench.place("registry")))
    home, built = built_for_targets(bench)
    digest = built["all"]["digest"]
    pushed = home.json("push", "--all-targets", "multi:v1", f"{registry.host}/multi:v1")
    check(pushed["targets"][-1]["digest"] == digest, "another index than the store's")
    name = f"{registry.host}/again:v2-all"
    again = home.json("push", "multi:v1-all", name)
    check(again["digest"] == digest, f"pushed: {again}")
    tags = [target["name"].rpartition(":")[2] for target in again["targets"]]
    check(tags == ["v2-gguf-q8_0", "v2-gguf-q4_0", "v2-mlx-4bit"], f"tags {tags}")
    layout = bench.place("layout")
    skopeo("copy", "--all", "--src-tls-verify=false", f"docker://{name}", f"oci:{layout}:m:v2-all")
    other = bench.home()
    imported = other.json("import", "--oci", layout)["models"]
    check([one["name"] for one in imported] == ["m:v2-all"], f"imported {imported}")
    targets = other.json("verify", "m:v2-all")["targets"]  # skopeo writes the index anew
    want = [target["digest"] for target in built["targets"]]
    check([target["digest"] for target in targets] == want, f"other models: {targets}")
    check(other.json("pull", name)["digest"] == built["digest"], "a pull takes what runs here")
    plain = home.json("push", "multi:v1-all", f"{registry.host}/plain:v3")
    check(all("@sha256:" in target["name"] for target in plain["targets"]), f"{plain}")
    home.refuses(2, "index", "push", "--ollama", "multi:v1-all", f"{registry.host}/x:v1-all")


def test_ollamas_twin(bench):
    """The twin beside a pack shares its weights, and is read back as what the pack says."""
    registry = bench.keep(servers.DockerRegistry(bench.place("registry")))
    home = bench.home()
    (home.path / "Modelfile").write_text(
        f"FROM {bench.model}\nSYSTEM be kind\nPARAMETER num_ctx 2048\nPARAMETER temperature 0.5\n"
        "PARAMETER stop <end>\nMESSAGE user hi\nMESSAGE assistant hello\nLICENSE MIT\n"
        'TEMPLATE "{{ .System }} {{ .Prompt }}"\n'
    )
    home.must("build", "-t", "kind", home.path)
    name = f"{registry.host}/team/kind:v1"
    pushed = home.json("push", "--ollama", "kind", name)
    twin = pushed["ollama"]
    check(twin["name"] == f"{name}-ollama", f"pushed as {twin}")
    size = bench.model.stat().st_size
    check(twin["bytes"] < size / 10, f"the weights were sent again: {twin}")
    manifest = json.loads(servers.get(f"http://{registry.host}/v2/team/kind/manifests/v1-ollama"))
    kinds = [layer["mediaType"].rpartition(".")[2] for layer in manifest["layers"]]
    want = ["model", "template", "system", "params", "messages", "license"]
    check(kinds == want, f"layers {kinds}")
    check(manifest["layers"][0]["digest"] == sha256(bench.model), "other weights")
    again = home.json("push", "--ollama", "kind", name)["ollama"]
    check((again["digest"], again["bytes"]) == (twin["digest"], 0), f"pushed again: {again}")
    other = bench.home()
    back = other.json("pull", f"{name}-ollama")["name"]
    want, got = home.json("show", "kind"), other.json("show", back)
    for member in ("settings", "system", "template", "license"):
        check(want[member] == got[member], f"{member}: {want[member]} became {got[member]}")
    licenses = home.must("show", "--license", "kind"), other.must("show", "--license", back)
    check(licenses[0] == licenses[1], f"licences {licenses}")
    folder = bench.place("models")
    home.must("export", "--ollama", folder, "kind")
    written = folder / "manifests/registry.ollama.ai/library/kind/latest"
    check("sha256:" + hashlib.sha256(written.read_bytes()).hexdigest() == twin["digest"], "another")
    third = bench.home()
    third.environment["OLLAMA_MODELS"] = str(folder)
    check(third.json("show", "ollama/kind")["system"] == "be kind", "not read in place")


def split_gguf(path, folder, stem):
    """The file in three parts as gguf-split writes them; the second has no tensors."""
    data = path.read_bytes()
    whole = gguf.Header(data)
    folder.mkdir(parents=True, exist_ok=True)
    cuts = [(0, 1), (1, 1), (1, len(whole.tensors))]
    out = {}
    for number, (first, end) in enumerate(cuts):
        name = f"{stem}-{number + 1:05}-of-{len(cuts):05}.gguf"
        (folder / name).write_bytes(whole.part(data, first, end, number, len(cuts)))
        out[name] = folder / name
    return out


def test_a_hubs_model_in_parts(bench):
    """All parts come, are joined into the file that was split, and are rebuilt from the lock."""
    starter = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"]) / "models/starter/starter-q8_0.gguf"
    parts = split_gguf(starter, bench.place("parts"), "m-Q8_0")
    first, second, third = parts
    hub = bench.keep(servers.Hub({"Org/Parts": parts}))
    home = bench.home()
    home.environment["HF_ENDPOINT"] = hub.url
    pulled = home.json("pull", "hf.co/Org/Parts:q8_0")
    shown = json.loads(home.must("show", "--manifest", pulled["name"]))
    layers = {l["annotations"]["org.cncf.model.filepath"]: l["digest"] for l in shown["layers"]}
    check(layers["m-Q8_0.gguf"] == sha256(starter), "joined into another file than was split")
    lock = json.loads(home.must("show", "--lock", pulled["name"]))
    names = [one["name"] for one in lock["inputs"] if one["role"] == "from"]
    check(names == [f"hf.co/Org/Parts:q8_0/{name}" for name in parts], f"inputs {names}")
    check(home.json("rebuild", pulled["name"])["verdict"] == "same", "rebuilt from the parts")
    # The same from a folder, where the first part is named.
    local = home.json("build", "-t", "local", parts[first])
    check(sha256(starter) in [layer["digest"] for layer in local["layers"]], "another from here")
    check(home.json("rebuild", "local")["verdict"] == "same", "rebuilt from the folder's parts")
    home.refuses(2, first, "build", "-t", "no", parts[second])
    parts[third].rename(parts[third].with_name("away"))
    home.refuses(3, third, "build", "-t", "no", parts[first])
    hub.repositories["Org/Parts"] = {name: parts[name] for name in (first, second)}
    home.refuses(3, third, "pull", "hf.co/Org/Parts:q8_0", "--as", "no")


TESTS = {name: test for name, test in list(globals().items()) if name.startswith("test_")}


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


if __name__ == "__main__":
    sys.exit(main(TESTS))
