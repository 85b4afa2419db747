#!/usr/bin/env python3
"""Runs the ```console blocks of the documents, so that what they show is true.

  docs_test.py PAGE…          run these pages; TEGULA_BIN names the folder of the programs
  docs_test.py --self-test

A line `$ command` is run; the lines behind it, if there are any, are its output (both streams). A
line `...` stands for any lines, `...` or `…` inside a line for any text. The command must succeed
unless its output shows `error:`. The blocks of a page share a folder, which shows the tree's
models/ and examples/, and a fresh TEGULA_HOME. Blocks of other languages (```sh) are not run.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

COMMAND_SECONDS_MAX = 300
SOURCE = pathlib.Path(
    os.environ.get("TEGULA_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[1])
)


def commands(page):
    """(line, command, expected lines) of the console blocks."""
    found, inside = [], False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append((number, line[2:], []))
        elif inside and found:
            found[-1][2].append(line)
    return found


def pattern_of(lines):
    """The regular expression that the expected lines stand for."""
    parts = []
    for line in lines:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            pieces = re.split(r"\.\.\.|…", line.rstrip())
            parts.append(".*".join(re.escape(piece) for piece in pieces) + r"[ \t]*\n")
    return "".join(parts)


def wrong_with(expected, status, output):
    """What is wrong, or None."""
    wants_error = any("error:" in line for line in expected)
    if (status == 0) == wants_error:
        return f"exit status {status}"
    if expected and not re.fullmatch(
        pattern_of(expected), output if output.endswith("\n") else output + "\n"
    ):
        return "another output"
    return None


def environment(work):
    programs = os.environ.get("TEGULA_BIN", str(SOURCE / "build/release/bin"))
    kept = {n: os.environ[n] for n in ("TEGULA_ENGINE",) if n in os.environ}
    return {
        **kept,
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(work),
        "TEGULA_HOME": str(work / ".tegula"),
        "LANG": "C.UTF-8",
    }


def run_page(page, say=print):
    """The number of commands, the number of faults."""
    faults, found = 0, commands(page)
    with tempfile.TemporaryDirectory(prefix="tegula-docs-") as folder:
        work = pathlib.Path(folder)
        for name in ("models", "examples"):
            if (SOURCE / name).exists():
                (work / name).symlink_to(SOURCE / name)
        for number, command, expected in found:
            done = subprocess.run(
                ["/bin/bash", "-c", command],
                cwd=work,
                env=environment(work),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_SECONDS_MAX,
            )
            output = done.stdout.decode(errors="replace")
            wrong = wrong_with(expected, done.returncode, output)
            if wrong:
                faults += 1
                say(f"{page}:{number}: error: {wrong}: $ {command}\n{output}")
    return len(found), faults


SELF_CASES = [
    (0, "```console\n$ echo a; echo b >&2\na\nb\n```\n"),
    (0, "```console\n$ seq 9\n1\n...\n9\n$ echo took 3 s\ntook … s\n```\n"),
    (0, "```console\n$ echo anything\n```\n```sh\n$ false\n```\n"),
    (0, "```console\n$ echo 'tegula: error: no'; exit 3\ntegula: error: no\n```\n"),
    (1, "```console\n$ echo a\nb\n```\n"),
    (1, "```console\n$ false\n```\n"),
    (1, "```console\n$ echo 'tegula: error: no'\ntegula: error: no\n```\n"),
    (1, "```console\n$ seq 3\n1\n2\n```\n"),
]


def self_test():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.md"
        for want, text in SELF_CASES:
            page.write_text(text)
            _, faults = run_page(page, lambda said: None)
            if faults != want:
                wrong += 1
                print(f"docs_test.py: error: want {want} faults, got {faults}:\n{text}")
    print(f"{len(SELF_CASES)} pages, {wrong} wrong")
    return wrong


def main():
    if sys.argv[1:] == ["--self-test"]:
        return 1 if self_test() else 0
    total = [run_page(pathlib.Path(name)) for name in sys.argv[1:]]
    faults = sum(f for _, f in total)
    print(f"{len(total)} pages, {sum(c for c, _ in total)} commands, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
