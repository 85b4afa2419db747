"""Logits of a llama, mistral, qwen2, qwen3 or gemma3 in float64, from the models' definitions.

Weights and config.json are Hugging Face's, so that whatever conversion does to them has to be right
for the logits to be the same. `faults` are mistakes to make on purpose: what a converter could get
wrong, to see that a comparison notices.
"""
import math

import numpy

ALL = ("llama", "mistral", "qwen2", "qwen3", "gemma")
FAULTS = {
    # fault -> the models that have what it breaks
    "rotary pairs": ALL,
    "rotary base": ALL,
    "rotary scaling": ("llama", "gemma"),
    "local rotary base": ("gemma",),
    "window": ("gemma",),
    "window off by one": ("gemma",),
    "norm plus one": ("gemma",),
    "embedding scale": ("gemma",),
    "layer pattern": ("gemma",),
    "gate function": ALL,
    "gate and up": ALL,
    "norm epsilon": ("llama", "mistral"),
    "query norm": ("qwen3", "gemma"),
    "query bias": ("qwen2",),
    "value bias": ("qwen2",),
    "shared heads": ("llama", "mistral", "qwen2", "qwen3"),
    "one layer's norm": ALL,
    "tied output": ("mistral", "qwen2"),
}


def silu(x):
    return x / (1 + numpy.exp(-x))


def gelu_tanh(x):
    return 0.5 * x * (1 + numpy.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    x = numpy.exp(x - x.max(axis=-1, keepdims=True))
    return x / x.sum(axis=-1, keepdims=True)


class Forward:
    """floats(name) gives a weight of the model, by Hugging Face's name."""

    def __init__(self, config, floats, faults=()):
        self.config = config
        self.floats = floats
        self.faults = faults
        self.gemma = "gemma" in config["model_type"]
        self.plus_one = config["model_type"] == "gemma3_text" and "norm plus one" not in faults
        self.normed = "head_dim" in config  # queries and keys are
        self.biased = config["model_type"] == "qwen2"
        self.unbiased = [fault[0] for fault in faults if fault.endswith(" bias")]
        self.heads = config["num_attention_heads"]
        self.kv_heads = config["num_key_value_heads"]
        self.size = config.get("head_dim", config["hidden_size"] // self.heads)

    def weight(self, name):
        return self.floats(f"model.{name}.weight").astype(numpy.float64)

    def norm(self, x, name):
        weight = self.weight(name)
        if self.plus_one:
            weight = weight + 1
        if name.endswith("layers.1.input_layernorm") and "one layer's norm" in self.faults:
            weight = numpy.ones_like(weight)
        epsilon = self.config["rms_norm_eps"]
        if "norm epsilon" in self.faults:
            epsilon *= 1000
        return x / numpy.sqrt((x * x).mean(axis=-1, keepdims=True) + epsilon) * weight

    def slides(self, layer):
        every = self.config.get("sliding_window_pattern")
        if "layer pattern" in self.faults:
            every -= 1
        return bool(every) and (layer + 1) % every != 0

    def frequencies(self, slides):
        """Radians a position, for each pair of a head."""
        base = self.config["rope_theta"]
        if slides:
            base = self.config["rope_local_base_freq"]
            if "local rotary base" in self.faults:
                base = self.config["rope_theta"]
        elif "rotary base" in self.faults:
            base = 10000 if base > 10000 else 1000000
        out = base ** -(numpy.arange(0, self.size, 2) / self.size)
        scaling = self.config.get("rope_scaling")
        if not scaling or slides or "rotary scaling" in self.faults:
            return out
        if scaling["rope_type"] == "linear":
            return out / scaling["factor"]
        # Llama 3: long waves are stretched, short ones stay, those between are mixed.
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        turns = scaling["original_max_position_embeddings"] * out / (2 * math.pi)
        part = numpy.clip((turns - low) / (high - low), 0, 1)
        return (1 - part) * out / scaling["factor"] + part * out

    def rotate(self, x, slides):
        """x: heads, positions, elements. The first half of a head turns with the second."""
        angles = numpy.arange(x.shape[1])[:, None] * self.frequencies(slides)
        cos, sin = numpy.cos(angles), numpy.sin(angles)
        half = x.shape[-1] // 2
        one, two = slice(None, half), slice(half, None)
        if "rotary pairs" in self.faults:
            one, two = slice(0, None, 2), slice(1, None, 2)
        out = numpy.empty_like(x)
        out[..., one] = x[..., one] * cos - x[..., two] * sin
        out[..., two] = x[..., two] * cos + x[..., one] * sin
        return out

    def mask(self, count, slides):
        """What must not be seen: later positions, and in a window earlier ones."""
        distance = numpy.arange(count)[:, None] - numpy.arange(count)
        hidden = distance < 0
        if slides and "window" not in self.faults:
            window = self.config["sliding_window"] + ("window off by one" in self.faults)
            hidden |= distance >= window
        return hidden

    def attention(self, x, layer):
        name = f"layers.{layer}.self_attn"

        def heads(kind, count):
            out = x @ self.weight(f"{name}.{kind}").T
            if self.biased and kind[0] not in self.unbiased:
                out = out + self.floats(f"model.{name}.{kind}.bias").astype(numpy.float64)
            return out.reshape(-1, count, self.size)

        q, k = heads("q_proj", self.heads), heads("k_proj", self.kv_heads)
        v = heads("v_proj", self.kv_heads).swapaxes(0, 1)
        if self.normed:
            if "query norm" not in self.faults:
                q = self.norm(q, f"{name}.q_norm")
            k = self.norm(k, f"{name}.k_norm")
        slides = self.slides(layer)
        q, k = (self.rotate(each.swapaxes(0, 1), slides) for each in (q, k))
        group = numpy.arange(self.heads) // (self.heads // self.kv_heads)
        if "shared heads" in self.faults:
            group = numpy.arange(self.heads) % self.kv_heads
        scale = self.config.get("query_pre_attn_scalar", self.size) ** -0.5
        scores = q @ k[group].swapaxes(1, 2) * scale
        scores[:, self.mask(len(x), slides)] = -numpy.inf
        out = softmax(scores) @ v[group]
        return out.swapaxes(0, 1).reshape(len(x), -1) @ self.weight(f"{name}.o_proj").T

    def feed_forward(self, x, layer):
        gate, up, down = (
            self.weight(f"layers.{layer}.mlp.{kind}_proj").T for kind in ("gate", "up", "down")
        )
        if "gate and up" in self.faults:
            gate, up = up, gate
        act = gelu_tanh if self.gemma != ("gate function" in self.faults) else silu
        return (act(x @ gate) * (x @ up)) @ down

    def layer(self, x, layer):
        name = f"layers.{layer}"
        out = self.attention(self.norm(x, f"{name}.input_layernorm"), layer)
        if not self.gemma:
            x = x + out
            return x + self.feed_forward(self.norm(x, f"{name}.post_attention_layernorm"), layer)
        x = x + self.norm(out, f"{name}.post_attention_layernorm")
        out = self.feed_forward(self.norm(x, f"{name}.pre_feedforward_layernorm"), layer)
        return x + self.norm(out, f"{name}.post_feedforward_layernorm")

    def embed(self, tokens):
        x = self.floats("model.embed_tokens.weight", tokens).astype(numpy.float64)
        if self.gemma and "embedding scale" not in self.faults:
            x *= math.sqrt(self.config["hidden_size"])
        return x

    def states(self, tokens):
        """The last layer's, normed: one row a token."""
        x = self.embed(tokens)
        for layer in range(self.config["num_hidden_layers"]):
            x = self.layer(x, layer)
        return self.norm(x, "norm")

    def logits(self, tokens, every, step=32768):
        """One row a token of the text; of the vocabulary the first, and `every` tokens further."""
        states = self.states(tokens)
        tied = self.config["tie_word_embeddings"] or "tied output" in self.faults
        name = "model.embed_tokens.weight" if tied else "lm_head.weight"
        count = self.config["vocab_size"]
        parts = []
        for at in range(0, count, every * step):
            rows = self.floats(name, slice(at, min(at + every * step, count), every))
            parts.append(states @ rows.astype(numpy.float64).T)
        return numpy.concatenate(parts, axis=1)
