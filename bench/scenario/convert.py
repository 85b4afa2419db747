#!/usr/bin/env python3
"""From a folder of safetensors in F16 to a GGUF file in F16, and from that to smaller types.

Quantising is compared with llama-quantize of the same llama.cpp: the whole process, on as many
threads, each writing a file that is in the page cache; the tensors must be the same bytes. The
converters run alone (bench/convert_model.cc), without the hashes and syncs of a store."""
import json
import os
import random
import struct

import common
import gguf_file

BAR_GBS = 1
BAR_MIB = 64
BAR_RATIO = 1
TYPES = ("Q8_0", "Q4_0", "Q4_K_M", "Q6_K")
WIDTH, HEADS, KV_HEADS, FEED_FORWARD, VOCABULARY = 2048, 32, 8, 5632, 4096


def sentencepiece():
    """A SentencePiece model of unknown, BOS, EOS and the bytes."""

    def piece(text, kind):
        raw = text.encode()
        body = b"\x0a" + bytes([len(raw)]) + raw + b"\x15" + struct.pack("<f", 0)
        return b"\x0a" + bytes([len(body) + 2]) + body + b"\x18" + bytes([kind])

    pieces = [piece("<unk>", 2), piece("<s>", 3), piece("</s>", 3)]
    pieces += [piece(f"<0x{byte:02X}>", 6) for byte in range(256)]
    return b"".join(pieces) + b"\x12\x02\x18\x02"  # trained as BPE


def tensors(layers):
    kv = WIDTH // HEADS * KV_HEADS
    yield "model.embed_tokens", (VOCABULARY, WIDTH)
    yield "model.norm", (WIDTH,)
    yield "lm_head", (VOCABULARY, WIDTH)
    for layer in (f"model.layers.{i}" for i in range(layers)):
        yield f"{layer}.input_layernorm", (WIDTH,)
        yield f"{layer}.post_attention_layernorm", (WIDTH,)
        for name, rows in (("q", WIDTH), ("k", kv), ("v", kv), ("o", WIDTH)):
            yield f"{layer}.self_attn.{name}_proj", (rows, WIDTH)
        yield f"{layer}.mlp.gate_proj", (FEED_FORWARD, WIDTH)
        yield f"{layer}.mlp.up_proj", (FEED_FORWARD, WIDTH)
        yield f"{layer}.mlp.down_proj", (WIDTH, FEED_FORWARD)


def weights(seed):
    """A MiB of F16, about as trained models have them."""
    numbers = random.Random(seed)
    return struct.pack(f"<{common.MIB // 2}e", *(numbers.gauss(0, 0.03) for _ in range(524288)))


def make_folder(folder, layers):
    """A Llama model; the same MiB of weights over and over, each time begun elsewhere."""
    folder.mkdir()
    header, offset = {}, 0
    for name, shape in tensors(layers):
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[f"{name}.weight"] = {
            "dtype": "F16",
            "shape": shape,
            "data_offsets": [offset, offset + size],
        }
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    block = weights(1) * 2
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for at in range(0, offset, common.MIB):
            start = at // common.MIB * 4098 % common.MIB
            file.write(block[start : start + min(common.MIB, offset - at)])
    config = {
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": WIDTH,
        "intermediate_size": FEED_FORWARD,
        "num_hidden_layers": layers,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.model").write_bytes(sentencepiece())
    (folder / "tokenizer_config.json").write_text('{"bos_token":"<s>","eos_token":"</s>"}')
    return offset


def converting(scenario, ours, folder, size, out):
    """F16 as it is. Beside it `cat`, which does nothing to the bytes."""
    shards = sorted(folder.glob("*.safetensors"))
    runs = common.interleaved(
        scenario.pick(9, 1),
        tegula=lambda: common.must_run([ours, folder, out, "F16"]),
        cat=lambda: common.must_run(["cat", *shards], log=out.with_suffix(".cat")),
    )
    out.with_suffix(".cat").unlink()
    speed, peer = (size / common.median_ms(runs[name]) / 1e6 for name in ("tegula", "cat"))
    peak = common.peak_mib([ours, folder, out, "F16"])
    scenario.row(
        "safetensors to GGUF, F16",
        f"{speed:.2f} GB/s",
        f"`cat` {peer:.2f} GB/s",
        f"{speed / peer:.2f}",
        f"≥ {BAR_GBS} GB/s",
        speed >= BAR_GBS,
    )
    scenario.row("its memory", f"{peak:.0f} MiB", "", "", f"< {BAR_MIB} MiB", peak < BAR_MIB)


def quantising(scenario, ours, theirs, source, kind, out):
    other = out.with_suffix(".peer")
    mine, peer = [ours, source, out, kind], [theirs, source, other, kind, os.cpu_count()]
    runs = common.interleaved(
        scenario.pick(3, 1),
        tegula=lambda: common.must_run(mine),
        peer=lambda: common.must_run(peer),
    )
    mine_mib, peer_mib = common.peak_mib(mine), common.peak_mib(peer)
    same = gguf_file.tensors(out) == gguf_file.tensors(other)
    mine_ms, peer_ms = (common.median_ms(runs[name]) for name in ("tegula", "peer"))
    scenario.row(
        f"F16 to {kind}" + ("" if same else ", OTHER BYTES"),
        f"{mine_ms:.0f} ms, {mine_mib:.0f} MiB",
        f"`llama-quantize` {peer_ms:.0f} ms, {peer_mib:.0f} MiB",
        f"{peer_ms / mine_ms:.2f} × its speed",
        f"≥ {BAR_RATIO:.1f}",
        same and peer_ms >= BAR_RATIO * mine_ms,
    )


def main():
    with common.Scenario(__doc__) as scenario:
        ours, theirs = common.program("tegula-convert-model"), common.find_program("llama-quantize")
        folder, source = scenario.folder / "model", scenario.folder / "f16.gguf"
        size = make_folder(folder, scenario.pick(12, 1))
        converting(scenario, ours, folder, size, source)
        if not scenario.quick:  # quantising takes much longer
            small = scenario.folder / "small"
            make_folder(small, 2)
            common.must_run([ours, small, source, "F16"])
        if theirs is None:
            print("quantising is left out: llama-quantize is not built; use: ./run bench")
            return
        for kind in scenario.pick(TYPES, TYPES[:1]):
            quantising(scenario, ours, theirs, source, kind, scenario.folder / "out.gguf")


main()
