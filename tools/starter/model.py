"""The starter model: a plain Llama in PyTorch, with the chat layout it is trained on."""
from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from tokenizer import Tokenizer


@dataclass
class Config:
    vocab: int = 1024
    width: int = 256
    layers: int = 5
    heads: int = 8
    ffn: int = 640
    context: int = 512
    rope_theta: float = 10000.0
    norm_eps: float = 1e-5

    @property
    def head_dim(self) -> int:
        return self.width // self.heads


class RMSNorm(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.float()
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.weight


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """RoPE in the half-split layout of Hugging Face; export.py permutes for GGUF."""
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Block(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.c = c
        self.input_layernorm = RMSNorm(c.width, c.norm_eps)
        self.post_attention_layernorm = RMSNorm(c.width, c.norm_eps)
        self.q_proj = nn.Linear(c.width, c.width, bias=False)
        self.k_proj = nn.Linear(c.width, c.width, bias=False)
        self.v_proj = nn.Linear(c.width, c.width, bias=False)
        self.o_proj = nn.Linear(c.width, c.width, bias=False)
        self.gate_proj = nn.Linear(c.width, c.ffn, bias=False)
        self.up_proj = nn.Linear(c.width, c.ffn, bias=False)
        self.down_proj = nn.Linear(c.ffn, c.width, bias=False)

    def forward(self, x: torch.Tensor, rope: tuple, mask: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        h = self.input_layernorm(x)
        q, k, v = (p(h).view(batch, length, self.c.heads, -1).transpose(1, 2)
                   for p in (self.q_proj, self.k_proj, self.v_proj))
        q, k = rotate(q, *rope), rotate(k, *rope)
        scores = (q * self.c.head_dim ** -0.5) @ k.transpose(-1, -2)
        weights = torch.softmax(scores + mask, -1, dtype=scores.dtype)
        x = x + self.o_proj((weights @ v).transpose(1, 2).reshape(batch, length, width))
        h = self.post_attention_layernorm(x)
        return x + self.down_proj(F.silu(self.gate_proj(h)) * self.up_proj(h))


class Llama(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_eps)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                last = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(p, std=0.02 / (2 * config.layers) ** 0.5 if last else 0.02)

    def hidden(self, ids: torch.Tensor) -> torch.Tensor:
        c, length = self.config, ids.shape[1]
        inverse = c.rope_theta ** (-torch.arange(0, c.head_dim, 2).float() / c.head_dim)
        angles = torch.arange(length).float()[:, None] * inverse
        dtype = torch.bfloat16 if torch.is_autocast_cpu_enabled() else torch.float32
        rope = angles.cos().to(dtype), angles.sin().to(dtype)
        mask = torch.full((length, length), float("-inf"), dtype=dtype).triu(1)
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, rope, mask)
        return self.norm(x)

    def forward(self, ids: torch.Tensor, keep: torch.Tensor | None = None) -> torch.Tensor:
        """Logits everywhere, or only at the positions where `keep` is true."""
        h = self.hidden(ids)
        return F.linear(h if keep is None else h[keep], self.embed.weight)


def render(tok: Tokenizer, messages: list[dict], generate: bool = False
           ) -> tuple[list[int], list[int]]:
    """ChatML ids, and 1 for each id that the assistant has to produce."""
    start, end = tok.special("<|im_start|>"), tok.special("<|im_end|>")
    ids, wanted = [], []
    for m in messages:
        head = [start, *tok.encode(m["role"] + "\n")]
        body = [*tok.encode(m["content"]), end]
        ids += head + body + tok.encode("\n")
        wanted += [0] * len(head) + [int(m["role"] == "assistant")] * len(body) + [0]
    if generate:
        head = [start, *tok.encode("assistant\n")]
        ids, wanted = ids + head, wanted + [0] * len(head)
    return ids, wanted


def save(model: Llama, path, **extra) -> None:
    torch.save({"config": asdict(model.config), "model": model.state_dict(), **extra}, path)


def load(path) -> Llama:
    data = torch.load(path, map_location="cpu")
    model = Llama(Config(**data["config"]))
    model.load_state_dict(data["model"])
    return model.eval()


@torch.no_grad()
def exact(model: Llama, tok: Tokenizer, rows: list[dict]) -> list[bool]:
    """Whether greedy decoding gives the expected answer, end token included.

    Greedy decoding gives it exactly when each expected token is the most likely one after the
    expected tokens before it, so one pass over the whole dialogue decides it.
    """
    rendered = [render(tok, row["messages"]) for row in rows]
    order = sorted(range(len(rows)), key=lambda i: len(rendered[i][0]))
    out = [False] * len(rows)
    for at in range(0, len(order), 64):
        part = order[at:at + 64]
        width = max(len(rendered[i][0]) for i in part)
        ids = torch.tensor([rendered[i][0] + [0] * (width - len(rendered[i][0])) for i in part])
        best = model(ids[:, :-1]).argmax(-1)
        for row, i in enumerate(part):
            wanted = torch.tensor(rendered[i][1][1:], dtype=torch.bool)
            length = len(wanted)
            good = best[row, :length] == ids[row, 1:length + 1]
            out[i] = bool(good[wanted].all())
    return out


@torch.no_grad()
def answer(model: Llama, tok: Tokenizer, messages: list[dict], limit: int = 160) -> str:
    ids, made = render(tok, messages, generate=True)[0], []
    end = tok.special("<|im_end|>")
    while len(made) < limit and len(ids) < model.config.context:
        token = int(model(torch.tensor([ids]))[0, -1].argmax())
        if token == end:
            break
        made.append(token)
        ids.append(token)
    return tok.decode(made)
