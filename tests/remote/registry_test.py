#!/usr/bin/env python3
"""Pushes to docker-registry and pulls from it: packs, targets and indices of them.

  registry_test.py [--mebibytes N] [TEST…]    as bench.py says
"""
import hashlib
import json
import os
import pathlib
import sys

import servers
from bench import PULLED, check, main, skopeo


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


def built_for_targets(bench):
    """A home with the model "multi" of three targets."""
    source = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"]) / "models/starter/safetensors"
    home = bench.home()
    (home.path / "Modelfile").write_text(
        f"FROM {source}\nTARGET gguf quant=Q8_0\nTARGET gguf quant=Q4_0\nTARGET mlx bits=4\n"
    )
    return home, home.json("build", "-t", "multi:v1", home.path)


def test_all_targets(bench):
    """Each target under a tag, an index of them all; a pull of the index takes what runs here."""
    registry = bench.keep(servers.DockerRegistry(bench.place("registry")))
    home, built = built_for_targets(bench)
    pushed = home.json("push", "--all-targets", "multi:v1", f"{registry.host}/multi:v1")
    tags = [target["name"].rpartition(":")[2] for target in pushed["targets"]]
    check(tags == ["v1-gguf-q8_0", "v1-gguf-q4_0", "v1-mlx-4bit", "v1-all"], f"tags {tags}")
    raw = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{registry.host}/multi:v1-all")
    targets = [m["annotations"]["dev.tegula.target"] for m in json.loads(raw)["manifests"]]
    check(targets == ["gguf", "gguf", "mlx"], f"targets {targets}")
    other = bench.home()
    pulled = other.json("pull", f"{registry.host}/multi:v1-all")
    check(pulled["digest"] == built["digest"], "not the first")
    name = f"{registry.host}/multi:v1-mlx-4bit"
    other.must("pull", name)
    check(json.loads(other.must("show", "--json", name))["target"] == "mlx", "no pack for MLX")
    home.must("build", "-t", "one", bench.model)
    one = home.json("push", "--all-targets", "one", f"{registry.host}/one")
    check([t["name"][-4:] for t in one["targets"]] == ["gguf", "-all"], f"one target: {one}")


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


TESTS = {name: test for name, test in list(globals().items()) if name.startswith("test_")}

if __name__ == "__main__":
    sys.exit(main(TESTS))
