#!/usr/bin/env python3
"""Checks every #include of src/ and cmd/ against layers.txt.

  layers_test.py [--root FOLDER]    check a tree
  layers_test.py --self-test        plant faults in a tree of its own and see each one reported
"""
import argparse
import fnmatch
import pathlib
import re
import sys
import tempfile

import sources

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Layers:
    """layers.txt, parsed."""

    def __init__(self, path):
        self.path = path
        self.headers = {}  # group -> patterns
        self.layer = {}  # module -> number
        self.line = {}  # module -> line in layers.txt
        self.modules = {}  # module -> modules it may include, or {"*"}
        self.groups = {}  # module -> header groups
        section = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            if line in ("[headers]", "[modules]"):
                section = line
            elif section == "[headers]":
                group, *patterns = line.split()
                self.headers[group] = patterns
            else:
                self.add_module(line, number)

    def add_module(self, line, number):
        left, _, right = line.partition("|")
        layer, name, *modules = left.split()
        self.layer[name] = int(layer)
        self.line[name] = number
        self.modules[name] = set(modules) - {"-"}
        self.groups[name] = set(right.split())

    def may_include(self, module, other, is_test):
        if other == module or "*" in self.modules[module] or other in self.modules[module]:
            return True
        return is_test and self.layer[other] < self.layer[module]

    def group_of(self, header):
        for group, patterns in self.headers.items():
            if any(fnmatch.fnmatch(header, pattern) for pattern in patterns):
                return group
        return None

    def own_faults(self):
        """Layers only go down or sideways without a cycle; every name is known."""
        for name, modules in self.modules.items():
            for other in sorted(modules - {"*"}):
                if other not in self.layer:
                    yield fault(
                        self.path, self.line[name], f'unknown module "{other}"', "a row of its own"
                    )
                elif self.layer[other] > self.layer[name]:
                    yield fault(
                        self.path,
                        self.line[name],
                        f"{name} includes {other} of a higher layer",
                        "the layer below",
                    )
            for group in sorted(self.groups[name] - set(self.headers)):
                yield fault(
                    self.path,
                    self.line[name],
                    f'unknown header group "{group}"',
                    "a row in [headers]",
                )
        for cycle in self.cycles():
            yield fault(
                self.path, self.line[cycle[0]], f"cycle {' -> '.join(cycle)}", "one direction"
            )

    def cycles(self):
        done = set()

        def visit(name, path):
            if name in path:
                yield path[path.index(name) :] + [name]
            elif name not in done:
                for other in sorted(self.modules.get(name, set()) - {"*", name}):
                    yield from visit(other, path + [name])
                done.add(name)

        for name in self.modules:
            yield from visit(name, [])


def fault(path, line, text, use):
    return f"{path}:{line}: error: {text}, use {use}"


def is_standard(header):
    """<vector>, <cstdint>: standard headers have neither a dot nor a slash."""
    return "." not in header and "/" not in header


def check_include(layers, module, is_test, bracket, header):
    """The fault of one include as (text, use), or None."""
    if bracket == '"':
        other = header.split("/")[0]
        if "/" not in header:
            return f'"{header}" is not a path from src/', f'"{module}/{header}"'
        if other not in layers.layer:
            return (
                f'"{header}" is in no module of layers.txt',
                "a module, or <> for other people's headers",
            )
        if layers.may_include(module, other, is_test):
            return None
        return (
            f"{module} may not include {other}",
            f"one of: {' '.join(sorted(layers.modules[module])) or 'nothing'}",
        )
    if is_standard(header) and not header.startswith("Q"):
        return None
    group = layers.group_of(header)
    if group is None:
        return f"<{header}> is in no group of layers.txt", "a header that a group lists"
    if group in layers.groups[module] or (
        is_test and group in ("test", "posix", "json", "openssl")
    ):
        return None
    owners = sorted(m for m in layers.groups if group in layers.groups[m])
    return (
        f"{module} may not include <{header}> ({group})",
        f"what wraps it: {' '.join(owners) or 'no module'}",
    )


def module_of(root, path):
    parts = path.relative_to(root).parts
    return parts[1] if parts[0] == "src" else "cmd"


def check_file(layers, root, path):
    module = module_of(root, path)
    name = path.relative_to(root)
    if module not in layers.layer:
        yield fault(
            name, 1, f'folder "{module}" has no row in layers.txt', "a module of layers.txt"
        )
        return
    is_test = sources.is_test(path)
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            wrong = check_include(layers, module, is_test, *match.groups())
            if wrong:
                yield fault(name, number, *wrong)


def check_tree(root):
    layers = Layers(root / "layers.txt")
    layers.path = pathlib.Path("layers.txt")
    faults = list(layers.own_faults())
    files = sources.cxx_files(root)
    for path in files:
        faults += check_file(layers, root, path)
    return faults, len(files)


SELF_LAYERS = """
[headers]
fmt fmt/*
json nlohmann/*
test gtest/*
[modules]
0 base - | fmt
1 os base | fmt
1 codec base | json
2 net base os | fmt
"""

# file, its text, what must be reported (None: nothing)
SELF_CASES = [
    ("src/os/a.cc", '#include "base/b.h"\n#include <vector>\n#include <fmt/core.h>\n', None),
    ("src/os/a.cc", '#include "net/b.h"\n', "os may not include net"),
    ("src/base/a.h", '\n#include "os/b.h"\n', "src/base/a.h:2: error: base may not include os"),
    ("src/os/a.cc", '#include "b.h"\n', "not a path from src/"),
    ("src/os/a.cc", '#include "extra/b.h"\n', "in no module of layers.txt"),
    (
        "src/net/a.cc",
        "#include <nlohmann/json.hpp>\n",
        "net may not include <nlohmann/json.hpp> (json), use what wraps it: codec",
    ),
    ("src/net/a.cc", "#include <zlib.h>\n", "in no group"),
    ("src/net/a_test.cc", '#include "codec/b.h"\n#include <gtest/gtest.h>\n', None),
    ("src/net/a.cc", '#include "codec/b.h"\n', "net may not include codec"),
    ("src/odd/a.cc", "", "has no row in layers.txt"),
    ("layers.txt", SELF_LAYERS.replace("1 os base", "1 os base net"), "cycle os -> net -> os"),
    (
        "layers.txt",
        SELF_LAYERS.replace("0 base -", "0 base os"),
        "base includes os of a higher layer",
    ),
    ("layers.txt", SELF_LAYERS.replace("base | json", "base | jsn"), 'unknown header group "jsn"'),
    ("layers.txt", SELF_LAYERS.replace("1 codec base", "1 codec bass"), 'unknown module "bass"'),
]


def self_test():
    wrong = 0
    for name, text, want in SELF_CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "layers.txt").write_text(SELF_LAYERS)
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            faults, _ = check_tree(root)
            if any(want in f for f in faults) if want else not faults:
                continue
            wrong += 1
            print(f"layers_test.py: error: {name}: want {want!r}, got {faults}")
    print(f"{len(SELF_CASES)} planted cases, {wrong} wrong")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2]
    )
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return 1 if self_test() else 0
    faults, count = check_tree(arguments.root)
    print("\n".join(faults + [f"{count} files, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
