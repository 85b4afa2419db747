"""The sources of the tree and what each folder's CMakeLists.txt lists; shared by the two checks."""
import re

CALL = re.compile(
    r"^\s*(tegula_module|tegula_test|add_executable|add_library|target_sources)\s*\(([^)]*)\)",
    re.MULTILINE,
)
KEYWORD = re.compile(r"^[A-Z_]+$")


def cxx_files(root, tops=("src", "cmd")):
    return [p for top in tops for p in sorted((root / top).rglob("*")) if p.suffix in (".h", ".cc")]


def listed_sources(folder):
    """File names in the folder's CMakeLists.txt -> True where they belong to a test."""
    path = folder / "CMakeLists.txt"
    if not path.exists():
        return {}
    listed = {}
    text = re.sub(r"#.*", "", path.read_text())
    for call, body in CALL.findall(text):
        name, *words = body.split()
        all_tests = call == "tegula_test" or name.endswith("_testing")
        keyword = ""
        for word in words:
            if KEYWORD.match(word):
                keyword = word
            elif word.endswith((".cc", ".h")):
                listed[word] = all_tests or keyword == "TESTS"
    return listed


def mentioned_sources(folder):
    """Every source that the folder's CMakeLists.txt names anywhere, a set() of platform files too.

    `${folder}_vectors_test.cc` stands for every name that fits."""
    path = folder / "CMakeLists.txt"
    text = re.sub(r"#.*", "", path.read_text()) if path.exists() else ""
    words = re.findall(r"[\w$/{}.-]+\.cc\b", text)
    return [re.sub(r"\$\{\w+\}", "*", word.split("/")[-1]) for word in words]


def is_test(path):
    """A *_test.cc, or a helper that only tests link."""
    if path.stem.endswith("_test") or path.parent.name == "testing":
        return True
    return listed_sources(path.parent).get(path.stem + ".cc", False)
