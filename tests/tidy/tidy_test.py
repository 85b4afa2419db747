#!/usr/bin/env python3
"""The house rules that a machine can check, one line a fault: `path:line: error: …, use …`.

  tidy_test.py [--root FOLDER]    check a tree
  tidy_test.py --self-test        plant faults in a tree of its own and see each one reported

A line that must break a rule says so on itself: `// tidy: allow RULE: why`.
"""
import argparse
import fnmatch
import pathlib
import re
import subprocess
import sys

import cxx
import formats
import sources

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
TEST_FUNCTION_LINES_MAX = 120
FILE_LINES_WARN = 600
FILE_LINES_MAX = 800

CODE = {".h", ".cc", ".py", ".sh", ".cmake"}
TEXT = CODE | {".md", ".txt", ".json", ".pin", ".toml"}
TODO = "TO" + "DO"
TODO_KINDS = "soon, someday, perf, security, port or test"
NOTE_WITHOUT_KIND = (
    rf"\b({TODO}|FIX" + r"ME|XX" + r"X)(:|\((?!(now|soon|someday|perf|security|port|test)\)))"
)

# rule, where (function of path), pattern, text, what to use. C++ patterns see code without comments
# and strings.
CXX_RULES = [
    (
        "throw",
        lambda p: in_src(p) and not sources.is_test(p),
        r"\bthrow\b",
        "throw",
        "Result and fail()",
    ),
    (
        "using",
        lambda p: p.suffix == ".h",
        r"\busing\s+namespace\b",
        "using namespace in a header",
        "full names",
    ),
    ("using-std", lambda p: True, r"\busing\s+namespace\s+std\s*;", "using namespace std", "std::"),
    (
        "stdout",
        lambda p: in_src(p) and module(p) != "cli" and not sources.is_test(p),
        r"\bstd::(cout|cerr|clog|printf|puts|putchar)\b",
        "printing outside cli",
        "a value, or the log",
    ),
    (
        "getenv",
        lambda p: in_src(p) and module(p) != "os" and not sources.is_test(p),
        r"\b(secure_)?getenv\b",
        "getenv outside os",
        "the environment that main hands down",
    ),
    (
        "ifdef",
        lambda p: in_src(p) and not sources.is_test(p),
        r"^\s*#\s*(if|ifdef|ifndef|elif)\b",
        "conditional compilation",
        "a file of its own per platform",
    ),
    (
        "sleep",
        lambda p: p.stem.endswith("_test"),
        r"\b(sleep_for|sleep_until|usleep|nanosleep)\b",
        "a sleep in a test",
        "a clock that the test owns, or wait for the event",
    ),
    (
        "new",
        lambda p: in_src(p),
        r"(?<!operator )\b(malloc|calloc|realloc|strcpy|strcat|sprintf|gets)\s*\(",
        "a C function that forgets sizes or owners",
        "containers, fmt",
    ),
    ("endl", lambda p: True, r"\bstd::endl\b", "std::endl", r"'\n'"),
]

# Of every text file, comments included. Split so that this file does not match itself.
ANY_RULES = [
    ("todo-now", TODO + r"\(now\)", "a note for now", "do it now"),
    ("todo", NOTE_WITHOUT_KIND, "a TODO without a kind", f"{TODO}(kind): with kind {TODO_KINDS}"),
    (
        "machine-path",
        r"/wo" + r"rk/|/ro" + r"ot/[.\w]|/Us" + r"ers/\w",
        "a path of one machine",
        "a path in the tree",
    ),
    (
        "mirror",
        r"npm" + r"js\.|npm" + r"mirror|py" + r"pi\.org|python" + r"hosted|deb\.deb" + r"ian\.org"
        r"|arti" + r"factory",
        "the address of a package registry",
        "the package's name and digest",
    ),
    (
        "lock-address",
        r'"resol' + r'ved"\s*:',
        "a download address in a lock file",
        "omit-lockfile-registry-resolved",
    ),
]


def in_src(path):
    return "src" in path.parts


def module(path):
    return path.parts[path.parts.index("src") + 1]


def fault(path, line, text, use):
    return f"{path}:{line}: error: {text}, use {use}"


def files_of(root):
    """What git knows and what it would add; everything but build/ where git cannot say."""
    run = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True
    )
    if run.returncode == 0 and run.stdout:
        found = [root / name for name in run.stdout.splitlines()]
    else:
        found = [p for p in root.rglob("*") if not {"build", ".git", ".cache"} & set(p.parts)]
    return sorted(p for p in found if p.is_file() and not p.is_symlink())


def is_text(path, root):
    name = path.relative_to(root)
    if name.parts[:2] == ("fuzz", "corpus") or "testdata" in name.parts or "golden" in name.parts:
        return False
    return path.suffix in TEXT or name.name in ("run", "CMakeLists.txt", "Modelfile", "LICENSE")


def check_form(path, name, lines):
    """Columns, white space, length: what a formatter keeps, for the files it does not see too."""
    for number, line in enumerate(lines, 1):
        code = path.suffix in CODE or path.name in ("run", "CMakeLists.txt")
        if code and len(line) > COLUMNS_MAX and "tidy: allow long" not in line:
            yield fault(name, number, f"{len(line)} columns", f"at most {COLUMNS_MAX}")
        if line.rstrip() != line:
            yield fault(name, number, "white space at the end of the line", "none")
        if "\t" in line and path.suffix in (".h", ".cc", ".py", ".md"):
            yield fault(name, number, "a tab", "spaces")
    if path.suffix in CODE and len(lines) > FILE_LINES_MAX:
        yield fault(
            name,
            FILE_LINES_MAX,
            f"{len(lines)} lines in a file",
            f"at most {FILE_LINES_MAX}, better {FILE_LINES_WARN}",
        )
    elif path.suffix in CODE and len(lines) > FILE_LINES_WARN:
        print(f"{name}:{FILE_LINES_WARN}: warning: {len(lines)} lines in a file, split it soon")


def check_any(path, name, lines):
    for number, line in enumerate(lines, 1):
        for rule, pattern, text, use in ANY_RULES:
            if rule == "todo" and path.suffix not in CODE:
                continue
            if re.search(pattern, line) and f"tidy: allow {rule}:" not in line:
                yield fault(name, number, text, use)


def check_cxx(path, name, text):
    lines = text.splitlines()
    code = cxx.without_comments_and_strings(text)
    for number, line in enumerate(code.splitlines(), 1):
        for rule, where, pattern, what, use in CXX_RULES:
            if (
                re.search(pattern, line)
                and where(path)
                and f"tidy: allow {rule}:" not in lines[number - 1]
            ):
                yield fault(name, number, what, use)
    for line in cxx.tries_in_braces(code):
        # It returns past what the braces have made so far, which g++ then never destroys.
        yield fault(name, line, "TRY inside the braces of a value", "a name of its own before them")
    longest = TEST_FUNCTION_LINES_MAX if sources.is_test(path) else FUNCTION_LINES_MAX
    for function in cxx.functions(code):
        if function.lines > longest:
            yield fault(
                name, function.line, f"a function of {function.lines} lines", f"at most {longest}"
            )
    yield from check_head(path, name, lines)


def check_head(path, name, lines):
    includes = [(n, l) for n, l in enumerate(lines, 1) if l.startswith("#include")]
    if path.suffix == ".h":
        if "#pragma once" not in lines:
            yield fault(name, 1, "no include guard", "#pragma once")
        if not lines or not lines[0].startswith("//"):
            yield fault(name, 1, "no opening comment", "a first line that says what this is for")
    elif includes and in_src(path) and path.with_suffix(".h").exists():
        inside = path.parts[path.parts.index("src") + 1 : -1]
        own = f'#include "{"/".join(inside)}/{path.stem}.h"'
        if includes[0][1] != own:
            yield fault(name, includes[0][0], "another header before its own", own)


def check_lists(root):
    """Every source is in its folder's CMakeLists.txt: a forgotten test would never run."""
    for path in sources.cxx_files(root, ("src", "cmd", "tests")):
        if path.suffix != ".cc":
            continue
        folder = path.parent
        while folder != root and not (folder / "CMakeLists.txt").exists():
            folder = folder.parent
        listed = sources.mentioned_sources(folder)
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in listed):
            yield fault(
                path.relative_to(root),
                1,
                "a source that no CMakeLists.txt lists",
                f"{folder.relative_to(root)}/CMakeLists.txt",
            )


def check_links(path, name, lines):
    fenced = False
    for number, line in enumerate(lines, 1):
        fenced ^= line.startswith("```")
        for target in (
            [] if fenced else re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line))
        ):
            if re.match(r"[a-z]+:|#", target):
                continue
            if not (path.parent / target.split("#")[0]).exists():
                yield fault(
                    name, number, f'a link to "{target}", which is not there', "a path that exists"
                )


def check_tree(root):
    faults, count = [], 0
    for path in files_of(root):
        if not is_text(path, root):
            continue
        count += 1
        name = path.relative_to(root)
        text = path.read_text(errors="replace")
        lines = text.split("\n")
        if lines.pop() != "" and text:
            faults.append(fault(name, len(lines) + 1, "no newline at the end", "one"))
        faults += check_form(path, name, lines)
        faults += check_any(path, name, lines)
        if path.suffix in (".h", ".cc"):
            faults += check_cxx(path, name, text)
        if path.suffix == ".md":
            faults += check_links(path, name, lines)
    faults += check_lists(root)
    faults += formats.check(root, fault)
    return faults, count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2]
    )
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        import planted

        return 1 if planted.run(check_tree) else 0
    faults, count = check_tree(arguments.root)
    print("\n".join(faults + [f"{count} files, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
