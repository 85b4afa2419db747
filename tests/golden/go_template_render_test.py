#!/usr/bin/env python3
"""Renders the Jinja of tests/golden/go_template and compares with the prompts Ollama makes."""
import json
import os
import pathlib
import sys

try:
    import jinja2
except ImportError:
    print("skipped: no jinja2")
    sys.exit(77)


def tojson(value, separators=None):
    return json.dumps(value, ensure_ascii=False, separators=separators)


def main():
    root = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"]) / "tests/golden/go_template"
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = tojson
    faults = 0
    for folder in sorted(root.iterdir()):
        with open(folder / "template.jinja", newline="") as file:
            template = environment.from_string(file.read())
        for case in json.loads((folder / "prompts.json").read_text()):
            got = template.render(
                messages=case["messages"], tools=case["tools"], add_generation_prompt=True
            )
            if got != case["prompt"]:
                faults += 1
                print(f"{folder.name}: error: want {case['prompt']!r}, got {got!r}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
