"""A GGUF file's weights under Hugging Face's names and in its order: conversion undone."""
import re

import numpy

NAMES = {
    "model.embed_tokens": "token_embd",
    "model.embed_tokens_per_layer": "per_layer_token_embd",
    "model.per_layer_model_projection": "per_layer_model_proj",
    "model.per_layer_projection_norm": "per_layer_proj_norm",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
GEMMA_NAMES = {
    **NAMES,
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "per_layer_input_gate": "inp_gate",
    "per_layer_projection": "proj",
    "post_per_layer_input_norm": "post_norm",
}
LAYER = re.compile(r"model\.layers\.(\d+)\.(.*)\.(weight|bias)")
SCALAR = re.compile(r"model\.layers\.(\d+)\.layer_scalar")


class Restored:
    def __init__(self, gguf, config):
        self.gguf = gguf
        self.config = config
        self.gemma = "gemma" in config["model_type"]

    def name(self, name):
        """GGUF's name of a tensor."""
        names = GEMMA_NAMES if self.gemma else NAMES
        if layer := LAYER.fullmatch(name):
            return f"blk.{layer[1]}.{names[layer[2]]}.{layer[3]}"
        if layer := SCALAR.fullmatch(name):
            return f"blk.{layer[1]}.layer_output_scale.weight"
        return names[name.removesuffix(".weight")] + ".weight"

    def type(self, name):
        return self.gguf.type(self.name(name))

    def floats(self, name, rows=slice(None)):
        values = self.gguf.floats(self.name(name), rows)
        if self.config["model_type"] == "gemma3_text" and name.endswith("norm.weight"):
            return values - numpy.float32(1)
        kind = re.search(r"\.([qk])_proj\.", name)
        if kind and self.config["model_type"] in ("llama", "mistral"):
            which = "attention" if kind[1] == "q" else "key_value"
            heads = self.config[f"num_{which}_heads"]
            # Rows 2j and 2j + 1 of a head are rows j of its halves.
            values = values.reshape(heads, -1, 2, values.shape[1]).swapaxes(1, 2)
            values = values.reshape(-1, values.shape[-1])
        return values
