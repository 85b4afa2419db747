#!/usr/bin/env python3
"""Small models with random weights and the tokenizers of grown ones, as Hugging Face has them.

  make_models.py LLAMA_SOURCE FOLDER [NAME…]

Tokenizers come from the vocabularies beside llama.cpp's source. The weights are such that every
part of the model tells in its logits: attention looks at few places, so that positions matter.
"""
import json
import math
import pathlib
import struct
import sys
import zlib

import numpy

from formats import Gguf, bf16, write_safetensors

COMMON = {"hidden_size": 256, "intermediate_size": 512, "max_position_embeddings": 512}
LETTERS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

# name -> the vocabulary, and config.json
MODELS = {
    "llama": (
        "llama-bpe",
        {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "rms_norm_eps": 1e-5,
            "rope_theta": 500000.0,
            "rope_scaling": {
                "rope_type": "llama3",
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            },
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
        },
    ),
    "mistral": (
        "llama-spm",
        {
            "architectures": ["MistralForCausalLM"],
            "model_type": "mistral",
            "num_hidden_layers": 2,
            "num_attention_heads": 8,
            "num_key_value_heads": 2,
            "rms_norm_eps": 1e-5,
            "rope_theta": 10000.0,
            "sliding_window": None,
            "tie_word_embeddings": False,
            "torch_dtype": "float16",
        },
    ),
    "qwen2": (
        "qwen2",
        {
            "architectures": ["Qwen2ForCausalLM"],
            "model_type": "qwen2",
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1000000.0,
            "use_sliding_window": False,
            "tie_word_embeddings": False,
            "torch_dtype": "bfloat16",
        },
    ),
    "qwen3": (
        "qwen2",
        {
            "architectures": ["Qwen3ForCausalLM"],
            "model_type": "qwen3",
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 128,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1000000.0,
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
        },
    ),
    "gemma": (
        "gemma-4",  # Gemma 3 has the same pieces under other special tokens
        {
            "architectures": ["Gemma3ForCausalLM"],
            "model_type": "gemma3_text",
            "num_hidden_layers": 7,  # the sixth sees everything, the others a window
            "num_attention_heads": 4,
            "num_key_value_heads": 1,
            "head_dim": 128,
            "query_pre_attn_scalar": 128,
            "rms_norm_eps": 1e-6,
            "hidden_activation": "gelu_pytorch_tanh",
            "sliding_window": 8,
            "sliding_window_pattern": 6,
            "rope_theta": 1000000.0,
            "rope_local_base_freq": 10000.0,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0},
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
        },
    ),
    "gemma4": (
        "gemma-4",
        {
            "architectures": ["Gemma4ForCausalLM"],
            "model_type": "gemma4_text",
            "num_hidden_layers": 4,
            "layer_types": ["sliding_attention", "full_attention"] * 2,
            "num_kv_shared_layers": 2,  # the last two have the first two's keys and values
            "use_double_wide_mlp": True,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "num_global_key_value_heads": 1,
            "head_dim": 64,
            "global_head_dim": 128,
            "attention_k_eq_v": True,
            "hidden_size_per_layer_input": 64,
            "rms_norm_eps": 1e-6,
            "hidden_activation": "gelu_pytorch_tanh",
            "sliding_window": 8,
            "rope_parameters": {
                "full_attention": {
                    "rope_type": "proportional",
                    "rope_theta": 1000000.0,
                    "partial_rotary_factor": 0.25,
                },
                "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
            },
            "final_logit_softcapping": 2.0,
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
        },
    ),
}


# --- weights ---


def shapes(config):
    """name -> (shape, mean, deviation)"""
    hidden, kind = config["hidden_size"], config["model_type"]
    gemma4 = kind == "gemma4_text"
    one = 0.0 if kind == "gemma3_text" else 1.0  # its norms multiply with 1 + weight
    norms = ["input_layernorm", "post_attention_layernorm"]
    if "gemma" in kind:
        norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]

    out = {"embed_tokens.weight": matrix(config["vocab_size"], hidden)}
    if gemma4:
        all_layers = config["hidden_size_per_layer_input"] * config["num_hidden_layers"]
        out["embed_tokens_per_layer.weight"] = matrix(config["vocab_size"], all_layers)
        out["per_layer_model_projection.weight"] = matrix(all_layers, hidden)
        out["per_layer_projection_norm.weight"] = ((64,), 1.0, 0.15)
    for i in range(config["num_hidden_layers"]):
        layer = {f"{name}.weight": ((hidden,), one, 0.15) for name in norms}
        layer.update(attention_shapes(config, i, one))
        layer.update(feed_forward_shapes(config, i))
        if gemma4:
            layer.update(per_layer_shapes(config))
        out.update({f"layers.{i}.{name}": how for name, how in layer.items()})
    out["norm.weight"] = ((hidden,), one, 0.15)
    out = {f"model.{name}": how for name, how in out.items()}
    if not config["tie_word_embeddings"]:
        out["lm_head.weight"] = matrix(config["vocab_size"], hidden)
    return out


def matrix(rows, columns, gain=1.0):
    return (rows, columns), 0.0, gain / math.sqrt(columns)


def shares(config, layer):
    """Whether it has the keys and values of an earlier layer."""
    return layer >= config["num_hidden_layers"] - config.get("num_kv_shared_layers", 0)


def attention_shapes(config, layer, one):
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    kv_heads, head = config["num_key_value_heads"], config.get("head_dim", hidden // heads)
    gemma4 = "global_head_dim" in config
    full = gemma4 and config["layer_types"][layer] == "full_attention"
    if full:
        kv_heads, head = config["num_global_key_value_heads"], config["global_head_dim"]
    queries, keys = heads * head, kv_heads * head
    # Scores deviate by some two, with norms of heads or without.
    out = {"q_proj.weight": matrix(queries, hidden, 1.5)}
    out["k_proj.weight"] = matrix(keys, hidden, 1.5)
    out["v_proj.weight"] = matrix(keys, hidden)
    out["o_proj.weight"] = matrix(hidden, queries)
    if config["model_type"] == "qwen2":
        out.update({f"{each}_proj.bias": ((queries,), 0.0, 0.5) for each in "q"})
        out.update({f"{each}_proj.bias": ((keys,), 0.0, 0.5) for each in "kv"})
    if "head_dim" in config:
        mean = 0.45 if gemma4 else one + 0.5  # Gemma 4 has no other scale
        out.update({f"{each}_norm.weight": ((head,), mean, 0.15) for each in "qk"})
    if full and config["attention_k_eq_v"]:
        del out["v_proj.weight"]
    if shares(config, layer):
        out = {name: how for name, how in out.items() if name[0] in "qo"}
    return {f"self_attn.{name}": how for name, how in out.items()}


def feed_forward_shapes(config, layer):
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    if config.get("use_double_wide_mlp") and shares(config, layer):
        wide *= 2
    out = {f"mlp.{each}_proj.weight": matrix(wide, hidden, 1.5) for each in ("gate", "up")}
    return {**out, "mlp.down_proj.weight": matrix(hidden, wide)}


def per_layer_shapes(config):
    hidden, size = config["hidden_size"], config["hidden_size_per_layer_input"]
    return {
        "per_layer_input_gate.weight": matrix(size, hidden, 1.5),
        "per_layer_projection.weight": matrix(hidden, size),
        "post_per_layer_input_norm.weight": ((hidden,), 1.0, 0.15),
        "layer_scalar": ((1,), 0.8, 0.1),
    }


def write_weights(folder, config, seed):
    random = numpy.random.Generator(numpy.random.PCG64(seed))
    half = config["torch_dtype"] == "float16"
    tensors = {}
    for name, (shape, mean, deviation) in shapes(config).items():
        values = random.standard_normal(shape, numpy.float32) * numpy.float32(deviation)
        values += numpy.float32(mean)
        tensors[name] = ("F16", values.astype(numpy.float16)) if half else ("BF16", bf16(values))
    write_safetensors(folder / "model.safetensors", tensors)


# --- tokenizers ---

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6


class Tokens:
    """What a vocabulary file holds."""

    def __init__(self, gguf):
        def get(name):
            return gguf.metadata.get(f"tokenizer.ggml.{name}")

        self.texts = [raw.decode() for raw in get("tokens")]
        self.types, self.scores = get("token_type"), get("scores")
        self.merges = [raw.decode() for raw in get("merges") or []]
        self.pre = (get("pre") or b"").decode()
        names = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
        self.special = {name: get(f"{long}_token_id") for name, long in names.items()}

    def added(self):
        return [
            {"id": i, "content": text, "special": kind == CONTROL, "normalized": False}
            for i, (text, kind) in enumerate(zip(self.texts, self.types))
            if kind in (CONTROL, UNKNOWN, USER_DEFINED) and not text.startswith("[PAD")
        ]

    def begins_with_bos(self):
        """A "post_processor" of tokenizer.json."""
        bos = {"SpecialToken": {"id": self.texts[self.special["bos"]], "type_id": 0}}
        text = {"Sequence": {"id": "A", "type_id": 0}}
        return {"type": "TemplateProcessing", "single": [bos, text]}

    def model(self):
        """The "model" of tokenizer.json."""
        kept = (i for i, kind in enumerate(self.types) if kind in (NORMAL, BYTE))
        pieces = {self.texts[i]: i for i in kept}
        merges = []
        for merge in self.merges:
            at = merge.index(" ", 1)
            merges.append([merge[:at], merge[at + 1 :]])
        return {"type": "BPE", "vocab": pieces, "merges": merges}


def byte_level(tokens):
    """tokenizer.json as Llama 3 and Qwen have it."""
    numbers = {"llama-bpe": r"\p{N}{1,3}", "qwen2": r"\p{N}"}[tokens.pre]
    split = {"Regex": LETTERS + numbers + REST}
    steps = [
        {"type": "Split", "pattern": split, "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
    ]
    out = {"added_tokens": tokens.added()}
    out["normalizer"] = None if tokens.pre == "llama-bpe" else {"type": "NFC"}
    out["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": steps}
    if tokens.pre == "llama-bpe":
        out["post_processor"] = tokens.begins_with_bos()
    out["model"] = {**tokens.model(), "ignore_merges": tokens.pre == "llama-bpe"}
    return out


def byte_fallback(tokens):
    """tokenizer.json as Gemma has it."""
    space = {"String": " "}
    return {
        "added_tokens": tokens.added(),
        "normalizer": {"type": "Replace", "pattern": space, "content": "\u2581"},
        "pre_tokenizer": {"type": "Split", "pattern": space, "behavior": "MergedWithPrevious"},
        "post_processor": tokens.begins_with_bos(),
        "model": {**tokens.model(), "byte_fallback": True, "fuse_unk": True, "unk_token": "<unk>"},
    }


def sentencepiece(tokens):
    """tokenizer.model: pieces, and the trainer's word that they are of BPE."""

    def varint(value):
        out = b""
        while value > 127:
            out += bytes([value & 127 | 128])
            value >>= 7
        return out + bytes([value])

    def field(number, raw):
        return bytes([number << 3 | 2]) + varint(len(raw)) + raw

    out = bytearray()
    for text, score, kind in zip(tokens.texts, tokens.scores, tokens.types):
        piece = field(1, text.encode()) + b"\x15" + struct.pack("<f", score)
        out += field(1, piece + b"\x18" + bytes([kind]))
    return bytes(out + field(2, b"\x18\x02"))


def write_tokenizer(folder, tokens):
    if tokens.scores and not tokens.merges:
        (folder / "tokenizer.model").write_bytes(sentencepiece(tokens))
    else:
        whole = byte_level(tokens) if tokens.pre else byte_fallback(tokens)
        text = json.dumps({"version": "1.0", **whole}, ensure_ascii=False)
        (folder / "tokenizer.json").write_text(text)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": tokens.pre != "qwen2"}
    for name, number in tokens.special.items():
        if number is not None:
            config[f"{name}_token"] = tokens.texts[number]
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


# --- whole models ---


def make_model(source, folder, name):
    vocabulary, config = MODELS[name]
    folder.mkdir(parents=True)
    tokens = Tokens(Gguf(source / "models" / f"ggml-vocab-{vocabulary}.gguf"))
    config = {**COMMON, **config, "vocab_size": len(tokens.texts)}
    for each in ("bos", "eos", "pad"):
        if tokens.special[each] is not None:
            config[f"{each}_token_id"] = tokens.special[each]
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    write_tokenizer(folder, tokens)
    write_weights(folder, config, zlib.crc32(name.encode()))


def main():
    source, folder, *names = sys.argv[1:]
    for name in names or MODELS:
        make_model(pathlib.Path(source), pathlib.Path(folder) / name, name)


if __name__ == "__main__":
    main()
