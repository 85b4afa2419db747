#!/usr/bin/env python3
"""Exact match of the starter model on held-out combinations, four tasks, greedy decoding.

    evaluate.py --folder models/starter/safetensors            in PyTorch (weights as shipped)
    evaluate.py --tegula build/tegula --model starter          through the program
    evaluate.py --server http://127.0.0.1:8080                 through a chat completions server

Exits with 1 if any task is below the bar.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import corpus

Rows = list[dict]


def by_torch(folder: Path, rows: Rows) -> list[str | None]:
    """The expected answer where the model gives it, otherwise what it says instead."""
    import torch
    from export import load_folder
    from model import answer, exact
    from tokenizer import Tokenizer
    torch.set_flush_denormal(True)
    model, tok = load_folder(folder), Tokenizer.load(folder / "tokenizer.json")
    good = exact(model, tok, rows)
    return [row["messages"][1]["content"] if ok else answer(model, tok, row["messages"][:1])
            for ok, row in zip(good, rows)]


def by_tegula(binary: str, name: str, rows: Rows) -> list[str | None]:
    out: list[str | None] = []
    for row in rows:
        command = [binary, "run", name, "--temperature", "0", "--json",
                   row["messages"][0]["content"]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode:
            sys.exit(f"{binary} failed: {done.stderr.strip()}")
        out.append(json.loads(done.stdout)["response"])
    return out


def by_server(url: str, name: str, rows: Rows) -> list[str | None]:
    out: list[str | None] = []
    for row in rows:
        body = {"model": name, "messages": row["messages"][:1], "temperature": 0,
                "max_tokens": 160}
        request = urllib.request.Request(f"{url}/v1/chat/completions", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            out.append(json.load(reply)["choices"][0]["message"]["content"])
    return out


def main() -> None:
    here = Path(__file__).resolve().parents[2] / "models" / "starter"
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=here / "safetensors")
    parser.add_argument("--tegula", help="the tegula program")
    parser.add_argument("--server", help="base URL of a chat completions server")
    parser.add_argument("--model", default="starter")
    parser.add_argument("--count", type=int, default=500, help="combinations per task")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rows", type=Path, help="a heldout.jsonl instead of generated rows")
    parser.add_argument("--bar", type=float, default=90.0, help="per cent, for each task")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--failures", type=int, default=0, help="failures to print per task")
    args = parser.parse_args()
    if args.rows:
        flat = [json.loads(line) for line in args.rows.read_text("utf-8").splitlines()]
        rows = [{"task": r["task"], "messages": corpus.messages(
            [(r["prompt"], r["expected"])], None)} for r in flat]
    else:
        rows = corpus.heldout_set(args.seed, args.count)
    said = (by_tegula(args.tegula, args.model, rows) if args.tegula else
            by_server(args.server, args.model, rows) if args.server else
            by_torch(args.folder, rows))
    scores = {}
    for task in corpus.TASKS:
        mine = [(r["messages"], s) for r, s in zip(rows, said) if r["task"] == task]
        bad = [(m, s) for m, s in mine if s != m[1]["content"]]
        scores[task] = {"count": len(mine), "exact": len(mine) - len(bad),
                        "percent": round(100 * (1 - len(bad) / len(mine)), 1)}
        for m, s in bad[:args.failures]:
            print(f"{m[0]['content']}\n  want {m[1]['content']}\n  got  {s}", file=sys.stderr)
    if args.json:
        print(json.dumps(scores))
    else:
        print("\n".join(["task      exact  of     %"] + [
            f"{t:8} {s['exact']:6} {s['count']:4} {s['percent']:5.1f}" for t, s in scores.items()]))
    sys.exit(any(s["percent"] < args.bar for s in scores.values()))


if __name__ == "__main__":
    main()
