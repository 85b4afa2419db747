#!/usr/bin/env python3
"""Pulls and builds from a hub in the shape of Hugging Face's, and from a web server.

  hub_test.py [--mebibytes N] [TEST…]    as bench.py says
"""
import json
import os
import pathlib
import struct
import sys

import gguf
import servers
from bench import check, main, sha256, write_model


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


TESTS = {name: test for name, test in list(globals().items()) if name.startswith("test_")}

if __name__ == "__main__":
    sys.exit(main(TESTS))
