"""Just enough of C++ for the house rules: code without comments and strings, and where functions
begin and end. A heuristic over clang-formatted sources, not a parser."""
import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<raw>\bR"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
      | (?P<line>//[^\n]*)
      | (?P<block>/\*.*?\*/)
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<number>\b\d(?:'?[\da-fA-FxX.])*)
      | (?P<char>'(?:\\.|[^'\\\n])+')""",
    re.DOTALL | re.VERBOSE,
)


def without_comments_and_strings(text):
    """The same lines with comments gone and strings emptied; #include lines stay."""

    def blank(match):
        newlines = "\n" * match.group().count("\n")
        if match.lastgroup == "number" or match.group("number"):
            return match.group()
        return newlines if match.group("line") or match.group("block") else '""' + newlines

    lines = []
    for part in re.split(r"(?m)(^#include .*$)", text):
        lines.append(part if part.startswith("#include") else TOKEN.sub(blank, part))
    return "".join(lines)


BLOCK = re.compile(
    r"([);:{}]|\b(else|do|const|noexcept|override|try|mutable)|\]"
    r"|\)\s*(const\s*)?->\s*[\w:<>,\s*&]+|\b(namespace|struct|class|enum|union)\b[^;{}()]*)$"
)


def tries_in_braces(code):
    """The lines with a TRY inside the braces that make a value."""
    found, stack = [], []
    for match in re.finditer(r"[(){}\[\]]|\bTRY\(", code):
        sign = match.group()
        if sign == "TRY(":
            block = max((i for i, kind in enumerate(stack) if kind == "block"), default=-1)
            if "value" in stack[block + 1 :]:
                found.append(code.count("\n", 0, match.start()) + 1)
            stack.append("other")
        elif sign == "{":
            head = code[: match.start()].rstrip()[-200:]
            nested = head.endswith("{") and stack[-1:] == ["value"]
            stack.append("value" if nested or not BLOCK.search(head) else "block")
        elif sign in "([":
            stack.append("other")
        elif stack:
            stack.pop()
    return found


@dataclass
class Function:
    line: int
    lines: int


SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b[^()]*$|\bextern\s*\"\"\s*$")
MEMBER = re.compile(r"\)[^;]*(?<!:):(?!:)[^;]*\w$", re.DOTALL)


def functions(code):
    """Blocks with parentheses in their head that stand directly in a namespace or a class."""
    code = re.sub(r"(?m)^\s*#.*(?:\\\n.*)*$", lambda m: "\n" * m.group().count("\n"), code)
    found, stack = [], []
    head_start, line, depth = 0, 1, 0
    for match in re.finditer(r"[{};\n()]", code):
        sign = match.group()
        if sign == "\n":
            line += 1
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "{":
            head = code[head_start : match.start()].strip()
            if MEMBER.search(head):  # `A() : a_{1} {`: the head goes on behind the braces
                stack.append(("member", line))
                continue
            outer = all(kind == "scope" for kind, _ in stack)
            kind = "scope" if depth == 0 and SCOPE.search(head) else "inner"
            if outer and kind == "inner" and "(" in head and not head.endswith("="):
                kind = "function"
            stack.append((kind, line - head.count("\n")))
            head_start = match.end()
        elif sign == "}":
            kind, begun = stack.pop() if stack else ("inner", line)
            if kind == "member":
                continue
            if kind == "function":
                found.append(Function(begun, line - begun + 1))
            head_start = match.end()
        elif depth == 0:
            head_start = match.end()
    return found
