#!/usr/bin/env python3
"""One model, one Modelfile, every target: built by the real program, held against everyone else.

  targets_test.py MODEL [TEST…]    a model of make_models.py

The GGUF files run in the pinned llama.cpp (llama-results writes its logits) and are compared with
reference_forward.py, with llama-quantize, and with what @huggingface/gguf reads. MLX's and
safetensors files are read back by formats.py.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "crash"))
from formats import Gguf, Safetensors, bf16, mlx_codes, mlx_dequantise  # noqa: E402
from make_models import MODELS, make_model  # noqa: E402
from programs import Failed, Home, check, node_program, sharded  # noqa: E402
from reference_forward import FAULTS, Forward  # noqa: E402
from reference_gemma4 import GEMMA4_FAULTS, Gemma4  # noqa: E402
from restored import Restored  # noqa: E402

TARGETS = """
TARGET gguf quant=F16
TARGET gguf quant=Q8_0
TARGET gguf quant=Q4_K_M
TARGET mlx bits=4 group=64
TARGET safetensors dtype=bf16
"""
BITS, GROUP = 4, 64
PROMPT = """Once upon a time there were 12 llamas, and they didn't know what "attention" was:
неужели?
for i in range(10): print(i)   # 3.14159 → ünïcödé, 🦙!"""

# How far the engine's logits may be from those in float64, over the latter's standard deviation:
# root of the mean square, and the worst one. The engine rounds what it multiplies with F16 weights
# to 11 bits, and with quantised ones to 8 bits of a block's largest; attention, which looks at few
# places, makes that several times larger. So F16 is compared with the model that was converted, and
# must show every fault that conversion could have; the others with the weights that their files
# hold, whose distance to the model test_weights bounds one by one. Seen: 0.0016 and 0.011, 0.040
# and 0.27, 0.059 and 0.51.
TOLERANCES = {"F16": (0.003, 0.03), "Q8_0": (0.08, 0.6), "Q4_K_M": (0.12, 1.0)}
FAULT_MIN = 10 * TOLERANCES["F16"][0]
LEFT_ALONE = {"per_layer_model_proj.weight"}  # by llama-quantize: it stays BF16 there
EVERY = 8  # of the logits; test_weights looks at what makes the others, the embeddings


class Skipped(Exception):
    pass


class Subject:
    """A model's folder, a home, and what was built there."""

    def __init__(self, folder, name):
        self.name = name
        self.folder = folder
        self.bin = pathlib.Path(os.environ["TEGULA_BIN"])
        self.llama = pathlib.Path(os.environ["TEGULA_LLAMA_SOURCE"])
        self.vocabulary = self.llama / "models" / f"ggml-vocab-{MODELS[name][0]}.gguf"
        self.source = folder / name
        make_model(self.llama, self.source, name)
        self.config = json.loads((self.source / "config.json").read_text())
        self.weights = Safetensors(self.source / "model.safetensors")
        self.home = self.new_home()
        self.built = self.build(self.home, name, TARGETS)
        self.files = self.files_of(self.built)
        self.opened, self.ran = {}, {}
        self.forward = Gemma4 if name == "gemma4" else Forward

    def new_home(self):
        return Home(pathlib.Path(tempfile.mkdtemp(prefix="home", dir=self.folder)))

    def build(self, home, tag, targets):
        modelfile = self.folder / f"Modelfile.{tag}"
        modelfile.write_text(f"FROM ./{self.name}\n{targets.lstrip()}")
        return home.json("build", "-t", tag, "-f", modelfile, self.folder)["targets"]

    def files_of(self, built):
        """target -> file name -> the blob under that name."""
        out = {}
        for target in built:
            at = self.folder / "built" / target["target"]
            at.mkdir(parents=True, exist_ok=True)
            out[target["target"]] = files = {}
            for layer in target["layers"]:
                path = at / layer["file"]
                if not path.exists():
                    path.symlink_to(sharded(self.home.store / "blobs", layer["digest"]))
                files[layer["file"]] = path
        return out

    def gguf(self, quant):
        (path,) = (p for p in self.files[f"gguf-{quant.lower()}"].values() if p.suffix == ".gguf")
        return path

    def read(self, quant):
        if quant not in self.opened:
            self.opened[quant] = Gguf(self.gguf(quant))
        return self.opened[quant]

    def must(self, program, *arguments):
        done = subprocess.run([self.bin / program, *arguments], capture_output=True)
        log = (done.stdout + done.stderr).decode(errors="replace")
        check(done.returncode == 0, f"{program}: exit {done.returncode}: {log[-1500:]}")
        return log

    def results(self, quant):
        """Tokens and every so many logits of PROMPT, from llama.cpp with keys and values in F32."""
        if quant not in self.ran:
            out = self.folder / "results.gguf"
            exact = ["-fa", "off", "-ctk", "f32", "-ctv", "f32", "-c", "256"]
            self.must("llama-results", "-m", self.gguf(quant), "-o", out, "-p", PROMPT, *exact)
            read = Gguf(out)
            tokens = read.floats("tokens").copy()
            logits = read.floats("logits").reshape(len(tokens), -1)
            self.ran[quant] = tokens, logits[:, ::EVERY].copy()
            out.unlink()
        return self.ran[quant]


def distance(got, want):
    """(root of the mean square, worst) difference, over the deviation of what is wanted."""
    difference = numpy.abs(got - want) / want.std()
    return float(numpy.sqrt((difference**2).mean())), float(difference.max())


# --- GGUF ---


def weight_limit(kind, weights):
    """How far a type may be from each weight."""
    if kind in ("F32", "F16"):
        return numpy.abs(weights) * 2.0**-11 + 2.0**-24  # to nearest, or Gemma's + 1 in F32
    blocks = weights.reshape(-1, 32)
    largest = numpy.abs(blocks).max(axis=1, keepdims=True)
    spread = blocks.max(axis=1, keepdims=True) - blocks.min(axis=1, keepdims=True)
    limit = {
        # Half a step, and the scale is rounded to F16.
        "Q8_0": largest * (0.5 / 127 + 2.0**-11),
        # Of rows too short for Q4_K. A step: one end of the range lacks a code.
        "Q5_0": largest * (1 / 16 + 2.0**-11),
        # A step and a half: the group's scale is chosen, and has 6 bits of the block's.
        "Q4_K": numpy.maximum(spread, largest) / 15 * 1.5,
        "Q6_K": numpy.abs(weights.reshape(-1, 256)).max(axis=1).repeat(8)[:, None] / 31,
    }[kind]
    return numpy.broadcast_to(limit, blocks.shape).reshape(weights.shape)


def test_weights(subject):
    """Every tensor of the model is in each file, as close as its type allows."""
    for quant in TOLERANCES:
        gguf = subject.read(quant)
        restored = Restored(gguf, subject.config)
        names = {restored.name(name) for name in subject.weights.tensors}
        added = {"rope_freqs.weight"} if subject.name in ("llama", "gemma4") else set()
        check(set(gguf.tensors) == names | added, f"{quant}: {set(gguf.tensors) ^ names}")
        for name in subject.weights.tensors:
            want, got = subject.weights.floats(name), restored.floats(name)
            check(got.shape == want.shape, f"{quant} {name}: {got.shape}, want {want.shape}")
            kind = restored.type(name)
            over = numpy.abs(got - want) > weight_limit(kind, want)
            check(not over.any(), f"{quant} {name} ({kind}): {over.sum()} of {over.size} weights")


def test_logits(subject):
    for quant, tolerance in TOLERANCES.items():
        tokens, logits = subject.results(quant)
        floats = subject.weights.floats
        if quant != "F16":
            floats = Restored(subject.read(quant), subject.config).floats
        want = subject.forward(subject.config, floats).logits(tokens, EVERY)
        off = distance(logits, want)
        print(f"   {quant}: {off[0]:.2g} rms, {off[1]:.2g} at most, {len(tokens)} tokens")
        check(all(a <= b for a, b in zip(off, tolerance)), f"{quant}: {off}, want {tolerance}")


def test_faults_are_seen(subject):
    """A model that is wrong in one thing has other logits: the comparison above would notice."""
    tokens, logits = subject.results("F16")
    faults = [fault for fault, models in FAULTS.items() if subject.name in models]
    for fault in GEMMA4_FAULTS if subject.name == "gemma4" else faults:
        forward = subject.forward(subject.config, subject.weights.floats, {fault})
        off = distance(logits, forward.logits(tokens, EVERY))
        check(off[0] >= FAULT_MIN, f"{fault}: only {off}")


def test_runs(subject):
    """Tegula's own engine loads each file and goes on from a prompt."""
    for target in subject.built:
        if not target["target"].startswith("gguf"):
            continue
        run = ["--temperature", "0", "--max-tokens", "4", target["name"], "hello"]
        said = subject.home.json("run", *run)
        check(said["completion_tokens"] >= 1, f"{target['name']}: {said}")


def test_tokens(subject):
    """Texts are cut as the tokenizer's makers cut them."""
    model = subject.gguf("Q4_K_M")
    texts, ids = (model.with_name(f"{model.name}.{end}") for end in ("inp", "out"))
    shutil.copy(f"{subject.vocabulary}.inp", texts)
    shutil.copy(f"{subject.vocabulary}.out", ids)
    subject.must("llama-test-tokenizer", model)
    lines = ids.read_text().splitlines()
    check(len(lines) > 40, f"{len(lines)} texts")
    ids.write_text("\n".join([*lines[:-1], lines[-1] + " 1"]) + "\n")
    done = subprocess.run([subject.bin / "llama-test-tokenizer", model], capture_output=True)
    check(done.returncode == 3, "a token too many was not seen")
    tokens, _ = subject.results("Q4_K_M")
    settings = json.loads((subject.source / "tokenizer_config.json").read_text())
    begins = tokens[0] == subject.config["bos_token_id"]
    check(begins == settings["add_bos_token"], f"it begins with {tokens[0]}")


def test_llama_quantize_agrees(subject):
    """llama-quantize, from a file that holds the model as it is, writes the same tensors."""
    stored = {"bfloat16": "BF16", "float16": "F16"}[subject.config["torch_dtype"]]
    more = f"TARGET gguf quant=Q4_0\nTARGET gguf quant={stored}\n"
    subject.files.update(subject.files_of(subject.build(subject.home, "bytes", more)))
    output = subject.folder / "quantised.gguf"
    for quant in ("F16", "Q8_0", "Q4_0", "Q4_K_M"):
        subject.must("llama-quantize", subject.gguf(stored), output, quant)
        ours, theirs = subject.read(quant), Gguf(output)
        check(set(ours.tensors) == set(theirs.tensors), f"{quant}: other tensors")
        for name in ours.tensors.keys() - LEFT_ALONE:
            check(ours.tensors[name][:2] == theirs.tensors[name][:2], f"{quant} {name}: type")
            same = numpy.array_equal(ours.bytes(name), theirs.bytes(name))
            check(same, f"{quant} {name}: other bytes")
        # It adds the version of quantisation to F16 too, where it says nothing.
        version = {"general.quantization_version": 2}
        check({**ours.metadata, **version} == theirs.metadata, f"{quant}: other metadata")
        output.unlink()


def target_name(subject, quant):
    return f"{subject.name}:latest-gguf-{quant.lower()}"


def as_text(value):
    """As JavaScript reads it: without a byte order mark, which is a token of its own."""
    if isinstance(value, list):
        return [as_text(each) for each in value]
    return value.decode().removeprefix("\ufeff") if isinstance(value, bytes) else value


def test_gguf_js_agrees(subject):
    """Hugging Face's reader, ours, and the one of this test see the same file."""
    program = node_program(pathlib.Path(__file__).parent / "gguf_js/read.mjs", subject.folder)
    if program is None:
        raise Skipped("Node 20 with npm's registry is needed")
    for quant in TOLERANCES:
        command = ["node", program, subject.gguf(quant)]
        done = subprocess.run(command, capture_output=True, text=True)
        check(done.returncode == 0, f"{quant}: {done.stderr[-1000:]}")
        theirs, own = json.loads(done.stdout), subject.read(quant)
        counts = {"version": 3, "tensor_count": len(own.tensors), "kv_count": len(own.metadata)}
        want = {**counts, **{key: as_text(value) for key, value in own.metadata.items()}}
        keys = want.keys() | theirs["metadata"].keys()
        other = {key for key in keys if want.get(key) != theirs["metadata"].get(key)}
        check(not other, f"{quant}: other {other}")
        shown = subject.home.json("show", "--verbose", target_name(subject, quant))
        ours = [(t["name"], t["type"], t["shape"], t["offset"]) for t in shown["tensors"]]
        begin = theirs["begin"]
        js = [(t["name"], t["type"], t["shape"], begin + t["offset"]) for t in theirs["tensors"]]
        check(js == ours, f"{quant}: gguf.js {js[:3]}, show {ours[:3]}")
        tests = [
            (name, kind[0], list(shape[::-1]), own.begin + offset)
            for name, (kind, shape, offset) in own.tensors.items()
        ]
        check(tests == ours, f"{quant}: this test {tests[:3]}, show {ours[:3]}")


# --- MLX and safetensors ---


def mlx_off(weights, codes, scales, biases, rounding):
    """How many steps each weight is off, less what the rounding of scale and bias explains."""
    got = mlx_dequantise(codes, scales, biases, GROUP)
    shape = (len(weights), -1, GROUP)
    step = numpy.abs(scales)[..., None]
    slack = (numpy.abs(biases)[..., None] + codes.reshape(shape) * step) * rounding
    off = (numpy.abs(got - weights).reshape(shape) - slack) / step
    return off.reshape(weights.shape)


def check_mlx_matrix(subject, name, mlx):
    weights, stem = subject.weights.floats(name), name.removesuffix(".weight")
    kind, (rows, columns) = subject.weights.dtype(name), weights.shape
    check(mlx.dtype(name) == "U32", f"{name} is {mlx.dtype(name)}")
    check(mlx.shape(name) == (rows, columns * BITS // 32), f"{name}: {mlx.shape(name)}")
    for each in ("scales", "biases"):
        part = f"{stem}.{each}"
        check(mlx.dtype(part) == kind, f"{part} is {mlx.dtype(part)}, the model {kind}")
        check(mlx.shape(part) == (rows, columns // GROUP), f"{part}: {mlx.shape(part)}")
    rounding = {"BF16": 2.0**-8, "F16": 2.0**-11}[kind]
    # A part of a large embedding at a time.
    for at in range(0, rows, 16384):
        part = slice(at, at + 16384)
        codes = mlx_codes(mlx.bits(name)[part], BITS)
        scales, biases = (mlx.floats(f"{stem}.{each}", part) for each in ("scales", "biases"))
        off = mlx_off(weights[part], codes, scales, biases, rounding)
        # The scale is such that zero has a code. So the weights at one end of the range may be
        # beyond the last code, by up to a step.
        last = codes == 2**BITS - 1
        check(off[~last].max() <= 0.5 + 1e-5, f"{name}: {off[~last].max()} steps off")
        check(off.max() <= 1.5, f"{name}: {off.max()} steps off")
        swapped = mlx_off(weights[part], codes[:, ::-1], scales, biases, rounding)
        check(swapped.max() > 4, f"{name}: codes in another order look right")


def test_mlx(subject):
    files = subject.files["mlx-4bit"]
    config = json.loads(files["config.json"].read_text())
    quantised = {"bits": BITS, "group_size": GROUP, "mode": "affine"}
    for key in ("quantization", "quantization_config"):
        check(config.pop(key, None) == quantised, f"{key}: {config}")
    check(config == subject.config, f"{config}")
    mlx = Safetensors(files["model.safetensors"])
    check(mlx.metadata == {"format": "mlx"}, f"{mlx.metadata}")
    index = json.loads(files["model.safetensors.index.json"].read_text())
    check(index["weight_map"] == dict.fromkeys(mlx.tensors, "model.safetensors"), "weight_map")
    total = sum(one["data_offsets"][1] - one["data_offsets"][0] for one in mlx.tensors.values())
    check(index["metadata"]["total_size"] == total, f"{index['metadata']}, want {total}")
    names = set()
    for name in subject.weights.tensors:
        names.add(name)
        if len(subject.weights.shape(name)) == 2:
            check_mlx_matrix(subject, name, mlx)
            names |= {name.removesuffix("weight") + each for each in ("scales", "biases")}
        else:
            check(mlx.dtype(name) == subject.weights.dtype(name), f"{name}: {mlx.dtype(name)}")
            same = numpy.array_equal(mlx.bits(name), subject.weights.bits(name))
            check(same, f"{name}: other values")
    check(set(mlx.tensors) == names, f"{set(mlx.tensors) ^ names}")
    check_other_files(subject, files)


def check_other_files(subject, files):
    for name in ("tokenizer.json", "tokenizer.model", "tokenizer_config.json"):
        if (subject.source / name).exists():
            same = files[name].read_bytes() == (subject.source / name).read_bytes()
            check(same, f"{name}: other bytes")


def test_safetensors(subject):
    files = subject.files["safetensors-bf16"]
    config = json.loads(files["config.json"].read_text())
    check(config == {**subject.config, "torch_dtype": "bfloat16"}, f"{config}")
    out = Safetensors(files["model.safetensors"])
    check(set(out.tensors) == set(subject.weights.tensors), "other tensors")
    for name in out.tensors:
        want = bf16(subject.weights.floats(name))
        check(out.dtype(name) == "BF16", f"{name} is {out.dtype(name)}")
        check(numpy.array_equal(out.bits(name), want), f"{name}: other values")
    check_other_files(subject, files)


# --- again ---


def test_same_again(subject):
    """Each target is built again from its record; in another home, the digests are the same."""
    rebuilt = subject.home.json("rebuild", "--from", subject.folder, subject.name)
    check(rebuilt["verdict"] == "same", f"{rebuilt}")
    check(len(rebuilt["outputs"]) == len(subject.built), f"{rebuilt['outputs']}")
    if subject.name == "mistral":  # the smallest
        again = subject.build(subject.new_home(), subject.name, TARGETS)
        both = [[each["digest"] for each in built] for built in (subject.built, again)]
        check(both[0] == both[1], f"{both}")


def test_changed_inputs_are_named(subject):
    for name in ("model.safetensors", "config.json"):
        path = subject.source / name
        with open(path, "r+b") as file:
            file.seek(-2, os.SEEK_END)
            last = file.read(1)
            file.seek(-2, os.SEEK_END)
            file.write(bytes([last[0] ^ 1]))
        err = subject.home.refuses(4, "rebuild", "--from", subject.folder, subject.name)
        check(f'"./{subject.name}/{name}"' in err, err)
        with open(path, "r+b") as file:
            file.seek(-2, os.SEEK_END)
            file.write(last)


TESTS = {name: test for name, test in list(globals().items()) if name.startswith("test_")}


def main():
    model, *wanted = sys.argv[1:]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tegula-targets-") as folder:
        begun = time.monotonic()
        subject = Subject(pathlib.Path(folder), model)
        print(f"ok made and built ({time.monotonic() - begun:.1f} s)")
        for name, test in TESTS.items():
            if wanted and name not in wanted:
                continue
            begun = time.monotonic()
            try:
                test(subject)
                print(f"ok {name} ({time.monotonic() - begun:.1f} s)")
            except Skipped as why:
                print(f"skipped {name}: {why}")
            except (Failed, subprocess.TimeoutExpired) as problem:
                failed += 1
                print(f"FAILED {name}: {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
