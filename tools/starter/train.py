#!/usr/bin/env python3
"""Trains the starter model from nothing on a CPU; see README.md for the command and the seed.

Dialogues are generated as they are needed, so no example is seen twice but by chance.
Matrices of the blocks are trained with Muon (momentum made orthogonal), the rest with AdamW.

Each worker is a process with one thread: it makes gradients on its own batches, and updates its
own share of the weights, which lie in shared memory. On a busy machine this is about twice as
fast as one process with as many threads, which would wait for each other in every operation.
"""
from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from typing import Iterator

import torch
import torch.multiprocessing as mp
import torch.nn.functional as F

import corpus
from model import Config, Llama, exact, render, save
from tokenizer import Tokenizer


def batches(tok: Tokenizer, seed: str, tokens: int, context: int,
            single: float) -> Iterator[tuple]:
    """Batches of about `tokens` tokens, of dialogues that are about equally long."""
    rng = random.Random(seed)
    while True:
        pool = []
        while len(pool) < 4096:
            ids, wanted = render(tok, corpus.dialogue(rng, single)["messages"])
            if len(ids) <= context:
                pool.append((ids, wanted))
        pool.sort(key=lambda pair: len(pair[0]))
        ready, at = [], 0
        while at < len(pool):
            size = max(1, tokens // len(pool[min(at + 20, len(pool) - 1)][0]))
            ready.append(pool[at:at + size])
            at += size
        rng.shuffle(ready)
        for part in ready:
            width = max(len(ids) for ids, _ in part)
            ids = torch.tensor([ids + [0] * (width - len(ids)) for ids, _ in part])
            wanted = torch.tensor([w + [0] * (width - len(w)) for _, w in part],
                                  dtype=torch.bool)
            yield ids[:, :-1], ids[:, 1:], wanted[:, 1:], sum(len(ids) for ids, _ in part)


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal, by five Newton-Schulz steps."""

    def __init__(self, params, lr: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})

    @staticmethod
    def orthogonal(g: torch.Tensor) -> torch.Tensor:
        x = (g / (g.norm() + 1e-7)).bfloat16()
        flip = x.shape[0] > x.shape[1]
        x = x.t().contiguous() if flip else x
        for _ in range(5):
            a = x @ x.t()
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
        return (x.t() if flip else x).float()

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                memory = self.state[p].setdefault("memory", torch.zeros_like(p))
                memory.mul_(group["momentum"]).add_(p.grad)
                step = self.orthogonal(p.grad + group["momentum"] * memory)
                scale = max(1.0, p.shape[0] / p.shape[1]) ** 0.5
                p.mul_(1 - group["lr"] * group["decay"]).add_(step, alpha=-group["lr"] * scale)


def schedule(step: int, steps: int, first: int, warmup: int = 100,
             decay_from: float = 0.4) -> float:
    """Warm up, also after a restart, hold, then fall linearly to nothing."""
    start = steps * decay_from
    return min(1.0, (step - first + 1) / warmup, (steps - step) / (steps - start))


def loss_of(model: Llama, batch: tuple) -> torch.Tensor:
    inputs, targets, wanted, _ = batch
    with torch.cpu.amp.autocast(dtype=torch.bfloat16):
        logits = model(inputs, wanted)
    return F.cross_entropy(logits.float(), targets[wanted])


def report(model: Llama, tok: Tokenizer, probe: list[dict]) -> str:
    good = exact(model, tok, probe)
    parts = []
    for task in corpus.TASKS:
        mine = [g for g, row in zip(good, probe) if row["task"] == task]
        parts.append(f"{task} {100 * sum(mine) / len(mine):.0f}%")
    return ", ".join(parts)


def optimizers_for(model: Llama, args: argparse.Namespace, rank: int) -> list:
    """The optimizers of one worker's share of the weights."""
    mine = [(n, p) for i, (n, p) in enumerate(model.named_parameters())
            if i % args.workers == rank]
    matrices = [p for n, p in mine if p.dim() == 2 and n.startswith("blocks")]
    others = [p for n, p in mine if p.dim() == 1 or not n.startswith("blocks")]
    made = [Muon(matrices, lr=args.lr)]
    if others:
        made.append(torch.optim.AdamW(others, lr=args.adam_lr, betas=(0.9, 0.95),
                                      weight_decay=0.0))
    return made


def update(model: Llama, args: argparse.Namespace, optimizers: list, shared: torch.Tensor,
           rank: int) -> None:
    """Takes the mean of the workers' gradients and updates this worker's share."""
    at, owned = 0, []
    for i, p in enumerate(model.parameters()):
        if i % args.workers == rank:
            p.grad = shared[:, at:at + p.numel()].mean(0).view_as(p)
            owned.append(p)
        at += p.numel()
    torch.nn.utils.clip_grad_norm_(owned, 1.0)
    for optimizer in optimizers:
        optimizer.step()


def work(rank: int, args: argparse.Namespace, tok: Tokenizer, model: Llama, first: int,
         shared: torch.Tensor, barrier) -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    optimizers = optimizers_for(model, args, rank)
    groups = [group for o in optimizers for group in o.param_groups]
    peaks = [group["lr"] for group in groups]
    probe = corpus.heldout_set(seed=args.seed + 1000, per_task=60)
    started, seen, total = time.time(), 0, 0.0
    data = batches(tok, f"{args.seed}/{first}/{rank}", args.batch_tokens // args.workers,
                   model.config.context, args.single)
    for step in range(first, args.stop or args.steps):
        batch = next(data)
        loss = loss_of(model, batch)
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.cat([p.grad.reshape(-1) for p in model.parameters()], out=shared[rank])
        barrier.wait()
        for group, peak in zip(groups, peaks):
            group["lr"] = peak * schedule(step, args.steps, first)
        update(model, args, optimizers, shared, rank)
        barrier.wait()
        seen, total = seen + batch[3] * args.workers, total + loss.item()
        if rank == 0 and (step + 1) % 20 == 0:
            spent = time.time() - started
            print(f"step {step + 1} loss {total / 20:.4f} tokens {seen} {spent:.0f} s "
                  f"{seen / spent:.0f} tokens/s", flush=True)
            total = 0.0
        if rank == 0 and (step + 1) % 200 == 0:
            save(model, args.out / "checkpoint.pt", step=step + 1)
            print(f"  held out: {report(model, tok, probe)}", flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--stop", type=int, help="end early, at this step")
    parser.add_argument("--resume", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--restart", action="store_true",
                        help="count the steps of --resume from 0 again")
    parser.add_argument("--batch-tokens", type=int, default=6144, help="of all workers together")
    parser.add_argument("--weights", nargs="*", default=[], metavar="TASK=WEIGHT",
                        help="how often tasks are drawn, where it differs from corpus.py")
    parser.add_argument("--follow", type=float, default=corpus.World.follow,
                        help="the chance of one more question about a note")
    parser.add_argument("--single", type=float, default=0.9,
                        help="the share of dialogues that keep to one task")
    parser.add_argument("--lr", type=float, default=0.02, help="of Muon")
    parser.add_argument("--adam-lr", type=float, default=0.003)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=5)
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--ffn", type=int, default=640)
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    args = parse()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)  # threads of the parent would not live on in the workers
    corpus.WEIGHTS.update({k: int(v) for k, v in (pair.split("=") for pair in args.weights)})
    corpus.World.follow = args.follow
    args.out.mkdir(parents=True, exist_ok=True)
    tok = Tokenizer.load(args.tokenizer)
    model, first = Llama(Config(vocab=len(tok.tokens), width=args.width, layers=args.layers,
                                heads=args.heads, ffn=args.ffn)), 0
    if args.resume:
        data = torch.load(args.resume)
        model.load_state_dict(data["model"])
        first = 0 if args.restart else data["step"]
    model.share_memory()
    count = sum(p.numel() for p in model.parameters())
    print(f"{count} parameters", flush=True)
    shared = torch.zeros(args.workers, count).share_memory_()
    context = mp.get_context("fork")
    barrier = context.Barrier(args.workers)
    workers = [context.Process(target=work, args=(r, args, tok, model, first, shared, barrier))
               for r in range(1, args.workers)]
    for worker in workers:
        worker.start()
    work(0, args, tok, model, first, shared, barrier)
    for worker in workers:
        worker.join()
    save(model, args.out / "final.pt", step=args.stop or args.steps)


if __name__ == "__main__":
    main()
