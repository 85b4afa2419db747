#!/usr/bin/env python3
"""Writes a trained checkpoint as a Hugging Face folder (F16 safetensors) and as GGUF (Q8_0).

    export.py --checkpoint build/starter/final.pt --tokenizer build/starter/tokenizer.json \\
        --out models/starter
"""
from __future__ import annotations

import argparse
import json
import shutil
import struct
from pathlib import Path

import numpy as np
import torch

from model import Config, Llama, load
from tokenizer import SPECIALS, Tokenizer

NAME = "Tegula Starter"
DESCRIPTION = ("A very small language model trained from scratch on a synthetic small world: JSON "
               "extraction, two-digit sums, questions about a note, tool calls.")
ALIGNMENT = 32
F32, Q8_0 = 0, 8  # ggml types

# A tool's result is shown to the model as a user turn: it never saw the role `tool`.
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- set role = 'user' if message['role'] == 'tool' else message['role'] -%}"
    "{{- '<|im_start|>' + role + '\\n' -}}"
    "{%- if message['content'] is string -%}{{- message['content'] -}}"
    "{%- elif message['content'] is iterable -%}"
    "{%- for part in message['content'] -%}"
    "{%- if part['type'] == 'text' -%}{{- part['text'] -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- endif -%}"
    "{{- '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}")

# Part of a block: its name in Hugging Face and in GGUF.
PARTS = {
    "input_layernorm": ("input_layernorm", "attn_norm"),
    "post_attention_layernorm": ("post_attention_layernorm", "ffn_norm"),
    "q_proj": ("self_attn.q_proj", "attn_q"), "k_proj": ("self_attn.k_proj", "attn_k"),
    "v_proj": ("self_attn.v_proj", "attn_v"), "o_proj": ("self_attn.o_proj", "attn_output"),
    "gate_proj": ("mlp.gate_proj", "ffn_gate"), "up_proj": ("mlp.up_proj", "ffn_up"),
    "down_proj": ("mlp.down_proj", "ffn_down"),
}


def hf_name(name: str) -> str:
    if name.startswith("blocks."):
        _, index, part, weight = name.split(".")
        return f"model.layers.{index}.{PARTS[part][0]}.{weight}"
    return {"embed.weight": "model.embed_tokens.weight", "norm.weight": "model.norm.weight"}[name]


def gguf_name(name: str) -> str:
    if name.startswith("blocks."):
        _, index, part, weight = name.split(".")
        return f"blk.{index}.{PARTS[part][1]}.{weight}"
    return {"embed.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}[name]


# --- safetensors ----------------------------------------------------------------------------------

def write_safetensors(path: Path, tensors: dict[str, np.ndarray]) -> None:
    header: dict = {"__metadata__": {"format": "pt"}}
    at, names = 0, sorted(tensors)
    for name in names:
        size = tensors[name].nbytes
        header[name] = {"dtype": "F16", "shape": list(tensors[name].shape),
                        "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name in names:
            f.write(tensors[name].tobytes())


def load_folder(folder: Path) -> Llama:
    """The model of an exported folder, for measuring what is shipped."""
    c = json.loads((folder / "config.json").read_text())
    model = Llama(Config(vocab=c["vocab_size"], width=c["hidden_size"],
                         layers=c["num_hidden_layers"], heads=c["num_attention_heads"],
                         ffn=c["intermediate_size"], context=c["max_position_embeddings"],
                         rope_theta=c["rope_theta"], norm_eps=c["rms_norm_eps"]))
    data = (folder / "model.safetensors").read_bytes()
    size = struct.unpack_from("<Q", data)[0]
    header, base = json.loads(data[8:8 + size]), 8 + size
    state = {}
    for name in model.state_dict():
        info = header[hf_name(name)]
        begin, end = info["data_offsets"]
        array = np.frombuffer(data[base + begin:base + end], dtype=np.float16)
        state[name] = torch.from_numpy(array.reshape(info["shape"]).astype(np.float32))
    model.load_state_dict(state)
    return model.eval()


def write_folder(folder: Path, model: Llama, tok: Tokenizer, tokenizer_json: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    c, end, pad = model.config, tok.special("<|im_end|>"), tok.special("<|endoftext|>")
    write_safetensors(folder / "model.safetensors",
                      {hf_name(k): v.numpy().astype(np.float16)
                       for k, v in model.state_dict().items()})
    files = {
        "config.json": {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": c.vocab,
            "hidden_size": c.width, "intermediate_size": c.ffn, "num_hidden_layers": c.layers,
            "num_attention_heads": c.heads, "num_key_value_heads": c.heads,
            "head_dim": c.head_dim, "max_position_embeddings": c.context, "hidden_act": "silu",
            "rms_norm_eps": c.norm_eps, "rope_theta": c.rope_theta, "rope_scaling": None,
            "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": True,
            "bos_token_id": pad, "eos_token_id": end, "pad_token_id": pad,
            "torch_dtype": "float16"},
        "generation_config.json": {"bos_token_id": pad, "eos_token_id": end, "pad_token_id": pad,
                                   "do_sample": False, "max_new_tokens": 160},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": False,
            "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
            "unk_token": None, "model_max_length": c.context,
            "clean_up_tokenization_spaces": False, "chat_template": CHAT_TEMPLATE,
            "added_tokens_decoder": {str(tok.special(t)): {
                "content": t, "lstrip": False, "normalized": False, "rstrip": False,
                "single_word": False, "special": True} for t in SPECIALS}},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")
    shutil.copyfile(tokenizer_json, folder / "tokenizer.json")


# --- GGUF version 3 -------------------------------------------------------------------------------

def gguf_string(text: str) -> bytes:
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def gguf_value(value: object) -> bytes:
    """Type and value; bool before int because a Python bool is an int."""
    if isinstance(value, bool):
        return struct.pack("<iB", 7, value)
    if isinstance(value, int):
        return struct.pack("<iI", 4, value)
    if isinstance(value, float):
        return struct.pack("<if", 6, value)
    if isinstance(value, str):
        return struct.pack("<i", 8) + gguf_string(value)
    assert isinstance(value, list) and value
    if isinstance(value[0], str):
        return struct.pack("<iiQ", 9, 8, len(value)) + b"".join(map(gguf_string, value))
    return struct.pack("<iiQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)


def interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of q and k from the half-split RoPE layout to the interleaved one of ggml's llama."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(
        rows, columns)


def quantize_q8_0(weight: np.ndarray) -> bytes:
    """Blocks of 32: one F16 scale and 32 signed bytes, rounded as ggml rounds."""
    blocks = weight.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    scaled = blocks * inverse
    quants = (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)).astype(np.int8)
    out = np.empty(len(blocks), dtype=[("d", "<f2"), ("q", "i1", 32)])
    out["d"], out["q"] = scale[:, 0], quants
    return out.tobytes()


def metadata(model: Llama, tok: Tokenizer) -> dict[str, object]:
    c, end, pad = model.config, tok.special("<|im_end|>"), tok.special("<|endoftext|>")
    count = sum(p.numel() for p in model.parameters())
    return {
        "general.architecture": "llama", "general.type": "model", "general.name": NAME,
        "general.description": DESCRIPTION, "general.license": "apache-2.0",
        "general.size_label": f"{count / 1e6:.1f}M", "general.languages": ["en"],
        "general.alignment": ALIGNMENT, "general.file_type": 7,
        "general.quantization_version": 2,
        "llama.vocab_size": c.vocab, "llama.context_length": c.context,
        "llama.embedding_length": c.width, "llama.block_count": c.layers,
        "llama.feed_forward_length": c.ffn, "llama.attention.head_count": c.heads,
        "llama.attention.head_count_kv": c.heads,
        "llama.attention.layer_norm_rms_epsilon": c.norm_eps,
        "llama.rope.dimension_count": c.head_dim, "llama.rope.freq_base": c.rope_theta,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.tokens": tok.tokens,
        "tokenizer.ggml.token_type": [3 if t in SPECIALS else 1 for t in tok.tokens],
        "tokenizer.ggml.merges": [f"{a} {b}" for a, b in tok.merges],
        # No token is put in front, but readers want to know one.
        "tokenizer.ggml.bos_token_id": pad, "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.eos_token_id": end, "tokenizer.ggml.eot_token_id": end,
        "tokenizer.ggml.padding_token_id": pad,
        "tokenizer.chat_template": CHAT_TEMPLATE,
    }


def write_gguf(path: Path, model: Llama, tok: Tokenizer) -> None:
    pairs = metadata(model, tok)
    infos, blobs, at = [], [], 0
    for name, tensor in model.state_dict().items():
        weight = tensor.numpy()
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            weight = interleave(weight, model.config.heads)
        kind = F32 if weight.ndim == 1 else Q8_0
        data = weight.astype("<f4").tobytes() if kind == F32 else quantize_q8_0(weight)
        shape = weight.shape[::-1]  # ggml's first dimension is the contiguous one
        infos.append(gguf_string(gguf_name(name)) + struct.pack(
            f"<I{len(shape)}qiQ", len(shape), *shape, kind, at))
        data += b"\0" * (-len(data) % ALIGNMENT)
        blobs.append(data)
        at += len(data)
    head = b"GGUF" + struct.pack("<Iqq", 3, len(infos), len(pairs))
    head += b"".join(gguf_string(k) + gguf_value(v) for k, v in pairs.items()) + b"".join(infos)
    head += b"\0" * (-len(head) % ALIGNMENT)
    path.write_bytes(head + b"".join(blobs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    model, tok = load(args.checkpoint), Tokenizer.load(args.tokenizer)
    write_folder(args.out / "safetensors", model, tok, args.tokenizer)
    write_gguf(args.out / "starter-q8_0.gguf", model, tok)
    for path in sorted(args.out.rglob("*")):
        if path.is_file():
            print(f"{path.stat().st_size:>9} {path.relative_to(args.out)}")


if __name__ == "__main__":
    main()
