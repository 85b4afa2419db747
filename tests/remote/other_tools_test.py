#!/usr/bin/env python3
"""Packs that other tools carry, wrote, or are to read.

  other_tools_test.py [--mebibytes N] [TEST…]    as bench.py says
"""
import hashlib
import json
import sys

import servers
from bench import PULLED, check, main, sha256, skopeo


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


TESTS = {name: test for name, test in list(globals().items()) if name.startswith("test_")}

if __name__ == "__main__":
    sys.exit(main(TESTS))
