"""Logits of a gemma4 in float64: what it has that gemma3 has not.

Its norms have no one added; some layers take an earlier one's keys and values; the layers that see
everything have larger heads, whose keys may be values too; every layer gets an embedding of its
own of each token.
"""
import math

import numpy

from reference_forward import Forward, gelu_tanh, softmax

GEMMA4_FAULTS = (
    "rotary pairs",
    "rotary base",
    "rotated part",
    "local rotary base",
    "window",
    "window off by one",
    "embedding scale",
    "gate function",
    "gate and up",
    "query norm",
    "value norm",
    "keys for values",
    "shared keys",
    "attention scale",
    "one layer's norm",
    "per-layer embedding",
    "per-layer projection",
    "per-layer scale",
    "layer scalar",
    "softcap",
)


class Gemma4(Forward):
    def __init__(self, config, floats, faults=()):
        super().__init__(config, floats, faults)
        self.own_layers = config["num_hidden_layers"] - config["num_kv_shared_layers"]
        self.kept = {}  # whether it slides -> keys and values of the last layer that has some

    def slides(self, layer):
        return self.config["layer_types"][layer] == "sliding_attention"

    def head(self, slides):
        """(heads of keys, elements of a head)"""
        if slides:
            return self.kv_heads, self.size
        return self.config["num_global_key_value_heads"], self.config["global_head_dim"]

    def frequencies(self, slides):
        rope = self.config["rope_parameters"]
        other = "local rotary base" if slides else "rotary base"
        local = slides != (other in self.faults)
        base = rope["sliding_attention" if local else "full_attention"]["rope_theta"]
        size = self.head(slides)[1]
        out = base ** -(numpy.arange(0, size, 2) / size)
        if not slides and "rotated part" not in self.faults:
            out[int(size * rope["full_attention"]["partial_rotary_factor"] / 2) :] = 0
        return out

    def rms(self, x):
        return x / numpy.sqrt((x * x).mean(axis=-1, keepdims=True) + self.config["rms_norm_eps"])

    def keys_and_values(self, x, layer):
        name, slides = f"layers.{layer}.self_attn", self.slides(layer)
        count, size = self.head(slides)
        keys = (x @ self.weight(f"{name}.k_proj").T).reshape(-1, count, size)
        values = keys
        if slides or not self.config["attention_k_eq_v"]:
            values = (x @ self.weight(f"{name}.v_proj").T).reshape(-1, count, size)
        if "value norm" not in self.faults:
            values = self.rms(values)
        keys = self.norm(keys, f"{name}.k_norm")
        if "keys for values" in self.faults and not slides:
            values = keys
        return self.rotate(keys.swapaxes(0, 1), slides), values.swapaxes(0, 1)

    def attention(self, x, layer):
        name, slides = f"layers.{layer}.self_attn", self.slides(layer)
        count, size = self.head(slides)
        q = (x @ self.weight(f"{name}.q_proj").T).reshape(-1, self.heads, size)
        if "query norm" not in self.faults:
            q = self.norm(q, f"{name}.q_norm")
        q = self.rotate(q.swapaxes(0, 1), slides)
        if layer < self.own_layers:
            self.kept[slides] = self.keys_and_values(x, layer)
        k, v = self.kept[slides]
        if layer >= self.own_layers and "shared keys" in self.faults:
            k = numpy.zeros_like(k)
        group = numpy.arange(self.heads) // (self.heads // count)
        scores = q @ k[group].swapaxes(1, 2)
        if "attention scale" in self.faults:
            scores /= math.sqrt(size)
        scores[:, self.mask(len(x), slides)] = -numpy.inf
        out = softmax(scores) @ v[group]
        return out.swapaxes(0, 1).reshape(len(x), -1) @ self.weight(f"{name}.o_proj").T

    def embed(self, tokens):
        x = super().embed(tokens)
        size = self.config["hidden_size_per_layer_input"]
        own = self.floats("model.embed_tokens_per_layer.weight", tokens).astype(numpy.float64)
        own = own.reshape(len(tokens), -1, size)
        if "per-layer scale" not in self.faults:
            own = own * math.sqrt(size)
        if "per-layer embedding" in self.faults:
            own = 0 * own
        projected = x @ self.weight("per_layer_model_projection").T
        projected = projected.reshape(own.shape) / math.sqrt(self.config["hidden_size"])
        projected = self.norm(projected, "per_layer_projection_norm")
        if "per-layer projection" in self.faults:
            projected = 0 * projected
        self.inputs = (own + projected) / math.sqrt(2)
        return x

    def layer(self, x, layer):
        name = f"layers.{layer}"
        x = super().layer(x, layer)
        own = gelu_tanh(x @ self.weight(f"{name}.per_layer_input_gate").T) * self.inputs[:, layer]
        own = own @ self.weight(f"{name}.per_layer_projection").T
        x = x + self.norm(own, f"{name}.post_per_layer_input_norm")
        if "layer scalar" in self.faults:
            return x
        return x * self.floats(f"model.{name}.layer_scalar").astype(numpy.float64)

    def logits(self, tokens, every, step=32768):
        out = super().logits(tokens, every, step)
        if "softcap" in self.faults:
            return out
        cap = self.config["final_logit_softcapping"]
        return cap * numpy.tanh(out / cap)
