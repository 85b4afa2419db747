"""The self-test of tidy_test.py: faults planted in a small tree, each of which must be reported."""
import pathlib
import tempfile

HEADER = "// What it is for.\n#pragma once\n"

# A tree without faults.
GOOD = {
    "src/base/limits.h": HEADER + "inline constexpr std::uint64_t kAMax = 4 * 1024;\n",
    "src/base/a.h": HEADER,
    "src/base/a.cc": '#include "base/a.h"\n\n#include <vector>\n',
    "src/base/CMakeLists.txt": "tegula_module(base SOURCES a.cc TESTS a_test.cc)\n",
    "src/base/a_test.cc": '#include "base/a.h"\n',
    "fuzz/CMakeLists.txt": "tegula_fuzz(a LINKS tegula_base)\n",
    "fuzz/a_fuzz.cc": "int f();\n",
    "fuzz/corpus/a/seed": "\t bytes, not text ",
    "docs/reference/limits.md": "| limit | value |\n|---|---|\n| `kAMax` | 4 KiB |\n",
    "docs/reference/formats.md": "| format | document | limits | fuzz |\n|---|---|---|---|\n"
    "| a | [a](a.md) | `kAMax` | `a` |\n",
    "docs/reference/a.md": "[there](../reference/limits.md), [page](https://example.org)\n",
}


def body(lines, head="int f() {"):
    return head + "\n" + "  g();\n" * (lines - 2) + "}\n"


# file, its text, what must be reported (None: nothing)
CASES = [
    (
        "src/base/a.cc",
        '#include "base/a.h"\nint f() { throw 1; }\n',
        "src/base/a.cc:2: error: throw, use",
    ),
    ("src/base/a.cc", '#include "base/a.h"\n// we never throw\nauto x = "throw";\n', None),
    (
        "src/base/a.cc",
        '#include "base/a.h"\nauto x = R"(\nthrow)"; int c = \'"\'; int n = 1\'0;\n',
        None,
    ),
    ("src/base/a.h", HEADER + "using namespace tegula;\n", "using namespace in a header"),
    ("src/base/a.h", "// Purpose.\n", "#pragma once"),
    ("src/base/a.h", "#pragma once\n", "no opening comment"),
    ("src/base/a.cc", '#include <vector>\n#include "base/a.h"\n', "another header before its own"),
    (
        "src/base/a.cc",
        '#include "base/a.h"\nvoid f() { std::cout << 1; }\n',
        "printing outside cli",
    ),
    ("src/base/a.cc", '#include "base/a.h"\nauto h = std::getenv("HOME");\n', "getenv outside os"),
    (
        "src/base/a.cc",
        '#include "base/a.h"\nauto h = std::getenv("HOME");  // tidy: allow getenv: planted\n',
        None,
    ),
    ("src/base/a.cc", '#include "base/a.h"\n#ifdef __linux__\n#endif\n', "conditional compilation"),
    ("src/base/a.cc", '#include "base/a.h"\n// TO' + "DO(now): more\n", "do it now"),
    ("src/base/a.cc", '#include "base/a.h"\n// TO' + "DO: more\n", "a TODO without a kind"),
    ("src/base/a.cc", '#include "base/a.h"\n// TODO(perf): more\n', None),
    (
        "src/base/a.cc",
        '#include "base/a.h"\nResult<A> f() {\n  return A{.b = 1,\n           .c = TRY(g())};\n}\n',
        "src/base/a.cc:4: error: TRY inside the braces of a value",
    ),
    (
        "src/base/a.cc",
        '#include "base/a.h"\nvoid f() {\n  use({{1, h(TRY(g()))}});\n}\n',
        "src/base/a.cc:3: error: TRY inside the braces of a value",
    ),
    (
        "src/base/a.cc",
        '#include "base/a.h"\nvoid f() {\n  const auto one = [&](int x) -> Result<A> {\n'
        "    if (x) { TRY(g(x)); }\n    return B{}.c(TRY(g(x)));\n  };\n}\n",
        None,
    ),
    ("src/base/a_test.cc", "void f() { std::this_thread::sleep_for(1s); }\n", "a sleep in a test"),
    (
        "src/base/a.cc",
        '#include "base/a.h"\n' + body(71),
        "src/base/a.cc:2: error: a function of 71 lines",
    ),
    ("src/base/a.cc", '#include "base/a.h"\n' + body(70), None),
    (
        "src/base/a.cc",
        '#include "base/a.h"\nnamespace a {\nclass A {\n' + body(71, "A() : b_{1}\n {") + "};\n}\n",
        "a function of 7",
    ),
    ("src/base/a.cc", '#include "base/a.h"\nnamespace a {\n' + body(50) + body(50) + "}\n", None),
    ("src/base/a.cc", '#include "base/a.h"\n' + "int x;\n" * 800, "801 lines in a file"),
    ("src/base/a.cc", '#include "base/a.h"\n' + "int x" + "x" * 95 + ";\n", "101 columns"),
    ("src/base/a.cc", '#include "base/a.h" \n', "white space at the end"),
    ("src/base/a.cc", '#include "base/a.h"\n\tint x;\n', "a tab"),
    ("src/base/a.cc", '#include "base/a.h"', "no newline at the end"),
    (
        "src/base/b.cc",
        "int x;\n",
        "a source that no CMakeLists.txt lists, use src/base/CMakeLists.txt",
    ),
    (
        "src/base/limits.h",
        HEADER + "inline constexpr int kAMax = 4 * 1024;\ninline constexpr int kB{2};\n",
        "src/base/limits.h:4: error: kB is not in docs/reference/limits.md",
    ),
    (
        "src/base/limits.h",
        HEADER + "inline constexpr int kAMax = 5'000;\n",
        'kAMax is 5000, not "4 KiB"',
    ),
    (
        "docs/reference/limits.md",
        "| `kAMax` | 4 KiB |\n| `kCMax` | 1 |\n",
        "kCMax is not in limits.h",
    ),
    ("docs/reference/formats.md", "| a | [a](b.md) | `kAMax` | `a` |\n", "a: no document"),
    ("docs/reference/formats.md", "| a | [a](a.md) | none | `a` |\n", "a: no limit"),
    ("docs/reference/formats.md", "| b | [a](a.md) | `kAMax` | `b` |\n", "b: no fuzz target b"),
    ("docs/reference/formats.md", "nothing\n", "a is not in docs/reference/formats.md"),
    (
        "src/base/result.h",
        HEADER + "enum class Code {\n  NotFound,  // gone\n};\n",
        "Code::NotFound is missing",
    ),
    ("fuzz/corpus/a/seed", None, "a: no seeds"),
    ("docs/x.md", "[gone](gone.md)\n", 'a link to "gone.md"'),
    ("docs/x.md", "kept at /wo" + "rk/x\n", "a path of one machine"),
    ("docs/x.md", "from registry.npm" + "js.example\n", "the address of a package registry"),
    ("run", "echo " + "x" * 100 + "\n", "run:1: error: 105 columns"),
]


def check_one(check_tree, name, text):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, content in {**GOOD, name: text}.items():
            if content is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(content)
        return check_tree(root)[0]


def run(check_tree):
    wrong = 0
    for name, text, want in [("src/base/a_test.cc", "int x;\n", None), *CASES]:
        faults = check_one(check_tree, name, text)
        if any(want in f for f in faults) if want else not faults:
            continue
        wrong += 1
        print(f"planted.py: error: {name}: want {want!r}, got {faults}")
    print(f"{len(CASES) + 1} planted cases, {wrong} wrong")
    return wrong
