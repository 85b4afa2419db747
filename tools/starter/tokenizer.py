#!/usr/bin/env python3
"""Byte-level BPE of the starter model, with the pre-tokenizer rules known as "qwen2".

A word with and without a leading space is cut at the same points: merges are learnt on words
without their space, and the merges that put a space in front of a token come last. So copying
" Maria" from a sentence into "Maria" in JSON is the same sequence but for the first token.

    tokenizer.py --seed 1 --dialogues 60000 --vocab 1024 --out tokenizer.json
"""
from __future__ import annotations

import argparse
import json
import random
import re
import sys
import unicodedata
from collections import Counter
from functools import lru_cache
from pathlib import Path

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
SPACE = "\u0120"  # how byte-level BPE writes a space
QWEN2_REGEX = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
               r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


@lru_cache(maxsize=None)
def category_class(letter: str) -> str:
    """The inside of a character class for \\p{L} or \\p{N}, which Python's `re` lacks."""
    ranges, start = [], None
    for point in range(sys.maxunicode + 2):
        inside = point <= sys.maxunicode and unicodedata.category(chr(point))[0] == letter
        if inside and start is None:
            start = point
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{point - 1:08x}")
            start = None
    return "".join(ranges)


@lru_cache(maxsize=None)
def pretokenizer() -> re.Pattern:
    letters, numbers = category_class("L"), category_class("N")
    pattern = QWEN2_REGEX
    for name, chars in (("L", letters), ("N", numbers)):
        pattern = pattern.replace(f"[^\\r\\n\\p{{{name}}}", f"[^\\r\\n{chars}")
    pattern = pattern.replace(r"\p{L}+", f"[{letters}]+").replace(r"|\p{N}|", f"|[{numbers}]|")
    return re.compile(pattern.replace(r"\p{L}", letters).replace(r"\p{N}", numbers))


def byte_alphabet() -> dict[int, str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {b: chr(b) for b in keep}, 0
    for byte in range(256):
        if byte not in table:
            table[byte] = chr(256 + extra)
            extra += 1
    return table


BYTES = byte_alphabet()
UNBYTES = {char: byte for byte, char in BYTES.items()}


def to_alphabet(text: str) -> str:
    return "".join(BYTES[b] for b in text.encode("utf-8"))


class Tokenizer:
    def __init__(self, merges: list[tuple[str, str]]) -> None:
        self.merges = merges
        self.tokens = [BYTES[b] for b in sorted(BYTES, key=lambda b: ord(BYTES[b]))]
        self.tokens += [a + b for a, b in merges] + list(SPECIALS)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.ranks = {pair: i for i, pair in enumerate(merges)}
        self.cache: dict[str, list[int]] = {}

    def special(self, token: str) -> int:
        return self.ids[token]

    def split(self, word: str) -> list[str]:
        parts = list(word)
        while len(parts) > 1:
            pairs = [(self.ranks.get(pair, 1 << 30), i) for i, pair in
                     enumerate(zip(parts, parts[1:]))]
            rank, at = min(pairs)
            if rank == 1 << 30:
                break
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        return parts

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; text that looks like a special token stays plain text."""
        out: list[int] = []
        for word in pretokenizer().findall(text):
            ids = self.cache.get(word)
            if ids is None:
                ids = [self.ids[part] for part in self.split(to_alphabet(word))]
                if len(self.cache) < 500_000:
                    self.cache[word] = ids
            out += ids
        return out

    def decode(self, ids: list[int]) -> str:
        special = set(SPECIALS)
        data = bytearray()
        for i in ids:
            token = self.tokens[i]
            data += token.encode() if token in special else bytes(UNBYTES[c] for c in token)
        return data.decode("utf-8", errors="replace")

    def to_json(self) -> dict:
        """The Hugging Face tokenizer.json."""
        added = [{"id": self.ids[t], "content": t, "single_word": False, "lstrip": False,
                  "rstrip": False, "normalized": False, "special": True} for t in SPECIALS]
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
                      "use_regex": False}
        return {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": QWEN2_REGEX}, "behavior": "Isolated",
                 "invert": False}, byte_level]},
            "post_processor": None, "decoder": byte_level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None,
                      "continuing_subword_prefix": "", "end_of_word_suffix": "",
                      "fuse_unk": False, "byte_fallback": False,
                      "vocab": {t: i for t, i in self.ids.items() if t not in SPECIALS},
                      "merges": [f"{a} {b}" for a, b in self.merges]}}

    @staticmethod
    def load(path: Path | str) -> "Tokenizer":
        merges = json.loads(Path(path).read_text("utf-8"))["model"]["merges"]
        return Tokenizer([tuple(m.split(" ")) if isinstance(m, str) else tuple(m)
                          for m in merges])


def learn_merges(words: Counter, count: int) -> list[tuple[str, str]]:
    """Plain BPE: merge the most frequent pair, `count` times; ties go to the smaller pair."""
    parts = {word: list(word) for word in words}
    merges: list[tuple[str, str]] = []
    pairs: Counter = Counter()
    where: dict[tuple[str, str], set[str]] = {}
    for word, n in words.items():
        for pair in zip(parts[word], parts[word][1:]):
            pairs[pair] += n
            where.setdefault(pair, set()).add(word)
    while len(merges) < count:
        best = max(pairs, key=lambda p: (pairs[p], p[::-1]))
        merges.append(best)
        for word in where.pop(best):
            old = parts[word]
            for pair in zip(old, old[1:]):
                pairs[pair] -= words[word]
            new, i = [], 0
            while i < len(old):
                step = 2 if tuple(old[i:i + 2]) == best else 1
                new.append("".join(old[i:i + step]))
                i += step
            parts[word] = new
            for pair in zip(new, new[1:]):
                pairs[pair] += words[word]
                where.setdefault(pair, set()).add(word)
        pairs.pop(best, None)
    return merges


def train(texts: list[str], vocab: int, spaced_share: float = 0.4) -> Tokenizer:
    words, spaced = Counter(), Counter()
    for text in texts:
        for word in pretokenizer().findall(text):
            mapped = to_alphabet(word)
            if len(mapped) > 1 and mapped[0] == SPACE:
                spaced[mapped[1:]] += 1
                mapped = mapped[1:]
            words[mapped] += 1
    total = vocab - 256 - len(SPECIALS)
    inner = learn_merges(words, int(total * (1 - spaced_share)))
    first, plain = Counter(), Tokenizer(inner)
    for word, n in spaced.items():
        first[plain.split(word)[0]] += n
    common = sorted(first, key=lambda t: (-first[t], t))[:total - len(inner)]
    return Tokenizer(inner + [(SPACE, token) for token in common])


def self_check(tokenizer: Tokenizer, texts: list[str]) -> None:
    odd = ["", " ", "a  b\n\n c", "Zoë's 12.5% — naïve 日本 🙂", "\t{\"a\": [1,2]}\r\n", "x" * 99]
    for text in [*odd, *texts]:
        assert tokenizer.decode(tokenizer.encode(text)) == text, text


def main() -> None:
    import corpus
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialogues", type=int, default=60_000)
    parser.add_argument("--vocab", type=int, default=1024)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rng = random.Random(f"{args.seed}/tokenizer")
    texts = [m["content"] for _ in range(args.dialogues)
             for m in corpus.dialogue(rng)["messages"]]
    tokenizer = train(texts, args.vocab)
    self_check(tokenizer, texts[:5000])
    args.out.write_text(json.dumps(tokenizer.to_json(), ensure_ascii=False, indent=1) + "\n",
                        "utf-8")
    count = sum(len(tokenizer.encode(t)) for t in texts)
    print(f"{len(tokenizer.tokens)} tokens, {sum(map(len, texts)) / count:.2f} characters a token, "
          f"{count / args.dialogues:.0f} tokens a dialogue")


if __name__ == "__main__":
    main()
