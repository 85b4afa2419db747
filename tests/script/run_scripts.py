#!/usr/bin/env python3
"""Runs script tests: commands against the real programs, and what they must say.

  run_scripts.py SCRIPT…      run these; TEGULA_BIN names the folder of the programs
  run_scripts.py --self-test  scripts that must pass, fail and be skipped

docs/testing.md describes the language. Every script has a work folder, a home and a TEGULA_HOME of
its own, no terminal, and no standard input but what it gives itself. With TEGULA_ACCEPT=1 a failing
`cmp` rewrites the expected text in the script; such a run counts as skipped, never as passed.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

COMMAND_SECONDS_MAX = 300
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
SECTION = re.compile(r"^-- (\S+) --$")


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


class Script:
    """One script file: its lines with their numbers, and the files behind them."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        self.files = {}
        name = None
        for number, line in enumerate(path.read_text().split("\n"), 1):
            section = SECTION.match(line)
            if section:
                name = section.group(1)
                self.files[name] = []
            elif name is None:
                self.lines.append((number, line))
            else:
                self.files[name].append(line)
        self.files = {n: "\n".join(lines).rstrip("\n") + "\n" for n, lines in self.files.items()}

    def accept(self, name, text):
        """Rewrites the inline file `name`."""
        self.files[name] = text
        head = "\n".join(line for _, line in self.lines)
        parts = [f"-- {n} --\n{content}" for n, content in self.files.items()]
        self.path.write_text(head.rstrip("\n") + "\n\n" + "".join(parts))


class Run:
    """The state of a running script: its folder, its environment, the last command's results."""

    def __init__(self, script, work):
        self.script = script
        self.work = work
        self.environment = environment(work)
        self.last = None  # (command, status, stdout, stderr)
        self.status_checked = True
        self.accepted = False
        for name, text in script.files.items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    # --- statements ---

    def execute(self, command):
        self.end_command()
        try:
            done = subprocess.run(
                ["/bin/bash", "-c", command],
                cwd=self.work,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=COMMAND_SECONDS_MAX,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"no end within {COMMAND_SECONDS_MAX} s: {command}")
        self.last = (command, done.returncode, self.text_of(done.stdout), self.text_of(done.stderr))
        self.status_checked = False

    def fails(self, command):
        self.execute(command)
        self.status_checked = True
        if self.last[1] == 0:
            raise Failed("exit status 0, want another")

    def status(self, want):
        self.status_checked = True
        if self.last[1] != int(want):
            raise Failed(f"exit status {self.last[1]}, want {want}")

    def end_command(self):
        """A status that no line asked for must be 0."""
        if not self.status_checked and self.last[1] != 0:
            raise Failed(f"exit status {self.last[1]}, want 0")
        self.status_checked = True

    def match(self, stream, pattern, negated):
        found = re.search(pattern, self.stream(stream), re.MULTILINE)
        if bool(found) == negated:
            raise Failed(f"{stream} {'has' if negated else 'lacks'} {pattern!r}")

    def json(self, path, pattern):
        try:
            value = json.loads(self.stream("stdout"))
            for key in path.split("."):
                value = value[int(key)] if isinstance(value, list) else value[key]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise Failed(f"stdout has no {path}: {error!r}")
        text = value if isinstance(value, str) else json.dumps(value)
        if not re.fullmatch(pattern, text):
            raise Failed(f"{path} is {text!r}, want {pattern!r}")

    def cmp(self, left, right):
        got, want = self.content(left), self.content(right)
        if got == want:
            return
        if os.environ.get("TEGULA_ACCEPT") and right in self.script.files:
            self.script.accept(right, got)
            self.accepted = True
            return
        raise Failed(f"{left} differs from {right}:\n--- want\n{want}\n--- got\n{got}")

    def exists(self, path, negated):
        if (self.work / path).exists() == negated:
            raise Failed(f"{path} {'is' if negated else 'is not'} there")

    def env(self, assignment):
        name, equals, value = assignment.partition("=")
        if equals:
            known = self.environment
            self.environment[name] = re.sub(r"\$(\w+)", lambda m: known.get(m.group(1), ""), value)
        else:
            self.environment.pop(name, None)

    def needs(self, what):
        engine = self.environment.get("TEGULA_ENGINE") or (
            pathlib.Path(os.environ.get("TEGULA_BIN", "")) / "tegula-engine"
        )
        have = {
            "engine": lambda: pathlib.Path(engine).exists(),
            "starter": lambda: any((source_dir() / "models/starter").glob("*.gguf")),
            "llama": lambda: bool(self.environment.get("LLAMA_SOURCE")),
            "root": lambda: os.getuid() == 0,
            "user": lambda: os.getuid() != 0,
            "linux": lambda: sys.platform == "linux",
        }
        if what not in have:
            raise Failed(f"needs {what}: unknown, one of {' '.join(have)}")
        if not have[what]():
            raise Skipped(f"no {what}")

    # --- helpers ---

    def stream(self, name):
        if self.last is None:
            raise Failed("no command before this line")
        return self.last[2] if name == "stdout" else self.last[3]

    def content(self, name):
        if name in ("stdout", "stderr"):
            return self.stream(name)
        path = self.work / name
        if not path.exists():
            raise Failed(f"{name} is not there")
        return path.read_text(errors="replace")

    def text_of(self, output):
        """Output with this run's folder called $WORK, so that scripts can compare it."""
        return output.decode(errors="replace").replace(str(self.work), "$WORK")

    def statement(self, line):
        if line.startswith("$ "):
            return self.execute(line[2:])
        if line.startswith("! exec "):
            return self.fails(line[len("! exec ") :])
        if re.fullmatch(r"\[\d+\]", line):
            return self.status(line[1:-1])
        negated = line.startswith("! ")
        words = shlex.split(line[2:] if negated else line)
        verbs = {
            "stdout": (1, lambda pattern: self.match("stdout", pattern, negated)),
            "stderr": (1, lambda pattern: self.match("stderr", pattern, negated)),
            "exists": (1, lambda path: self.exists(path, negated)),
            "json": (2, self.json),
            "cmp": (2, self.cmp),
            "env": (1, self.env),
            "needs": (1, self.needs),
        }
        count, verb = verbs.get(words[0], (None, None))
        if verb is None or len(words) - 1 != count:
            raise Failed(f"not a statement: {line}")
        if negated and words[0] not in ("stdout", "stderr", "exists"):
            raise Failed(f"cannot be negated: {line}")
        return verb(*words[1:])


def source_dir():
    here = pathlib.Path(__file__).resolve().parents[2]
    return pathlib.Path(os.environ.get("TEGULA_SOURCE_DIR", here))


def environment(work):
    """Nothing of the caller's but where the programs are."""
    for name in ("home", "tmp"):
        (work / name).mkdir()
    programs = os.environ.get("TEGULA_BIN", str(source_dir() / "build/release/bin"))
    kept = {
        name: text
        for name, text in os.environ.items()
        if name in ("TEGULA_ENGINE", "LLAMA_SOURCE") or name.endswith("SAN_OPTIONS")
    }
    return {
        **kept,
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(work / "home"),
        "TEGULA_HOME": str(work / "home/tegula"),
        "TMPDIR": str(work / "tmp"),
        "LANG": "C.UTF-8",
        "WORK": str(work),
        "SOURCE": str(source_dir()),
    }


def joined(lines):
    """(number, statement): comments and empty lines gone, lines that end in \\ joined."""
    pending, start = "", 0
    for number, line in lines:
        start = start if pending else number
        if line.endswith("\\"):
            pending += line[:-1]
            continue
        line, pending = pending + line, ""
        if line.strip() and not line.startswith("#"):
            yield start, line.strip()


def run_script(path, say=print):
    """ "passed", "failed" or "skipped"; says what went wrong."""
    script = Script(path)
    with tempfile.TemporaryDirectory(prefix="tegula-script-") as folder:
        run = Run(script, pathlib.Path(folder).resolve())
        number = 0
        try:
            for number, line in joined(script.lines):
                run.statement(line)
            run.end_command()
        except Skipped as reason:
            say(f"{path}:{number}: skipped: {reason}")
            return "skipped"
        except Failed as reason:
            say(f"{path}:{number}: error: {reason}")
            if run.last:
                command, status, stdout, stderr = run.last
                say(f"$ {command}\n[{status}]\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
            return "failed"
        finally:
            make_removable(folder)
    if run.accepted:
        say(f"{path}: accepted")
        return "skipped"
    return "passed"


def make_removable(folder):
    for root, folders, _ in os.walk(folder):
        for name in folders:
            path = pathlib.Path(root) / name
            if not path.is_symlink():
                path.chmod(0o700)


SELF_CASES = [
    ("passed", "$ echo hello\nstdout '^hello$'\n! stderr .\n"),
    ("passed", "$ exit 3\n[3]\n"),
    ("passed", "! exec false\n"),
    ("passed", "$ cat a/b.txt\ncmp stdout a/b.txt\nexists a/b.txt\n! exists c\n-- a/b.txt --\nx\n"),
    ("passed", "env A=$HOME/x\n$ echo $A; pwd\nstdout WORK/home/x\n"),
    ("passed", '$ echo \'{"a": [{"b": 1}], "c": "d"}\'\njson a.0.b 1\njson c d\n'),
    ("passed", "# a comment\n\n$ echo one \\\n  two\nstdout 'one two'\n$ cat\n! stdout .\n"),
    ("failed", "$ false\n"),
    ("failed", "$ false\n$ true\n"),
    ("failed", "$ true\n[1]\n"),
    ("failed", "! exec true\n"),
    ("failed", "$ echo a\nstdout b\n"),
    ("failed", "$ echo a\n! stdout a\n"),
    ("failed", "$ echo b\ncmp stdout a\n-- a --\na\n"),
    ("failed", "$ echo '{\"a\": 1}'\njson a 2\n"),
    ("failed", "$ echo '{'\njson a 2\n"),
    ("failed", "stdout a\n"),
    ("failed", "exists a\n"),
    ("failed", "sdtout a\n"),
    ("failed", "! env A\n"),
    ("failed", "needs luck\n"),
    ("skipped", "needs " + ("user" if os.getuid() == 0 else "root") + "\n$ false\n"),
]


def self_test():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "case.txt"
        for want, text in SELF_CASES:
            path.write_text(text)
            said = []
            got = run_script(path, said.append)
            if got != want:
                wrong += 1
                print(f"run_scripts.py: error: want {want}, got {got}:\n{text}", *said)
    print(f"{len(SELF_CASES)} scripts, {wrong} wrong")
    return wrong


def main():
    if sys.argv[1:] == ["--self-test"]:
        return 1 if self_test() else 0
    if not sys.argv[1:]:
        print(__doc__)
        return 2
    results = [run_script(pathlib.Path(name)) for name in sys.argv[1:]]
    print(", ".join(f"{results.count(r)} {r}" for r in ("passed", "failed", "skipped")))
    if "failed" in results:
        return 1
    return SKIPPED if "passed" not in results else 0


if __name__ == "__main__":
    sys.exit(main())
