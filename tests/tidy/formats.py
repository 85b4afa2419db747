"""The pages of docs/reference/ that mirror the code: formats.md, limits.md, errors.md."""
import pathlib
import re

FORMATS = pathlib.Path("docs/reference/formats.md")
LIMITS = pathlib.Path("docs/reference/limits.md")
ERRORS = pathlib.Path("docs/reference/errors.md")
RESULT_H = pathlib.Path("src/base/result.h")
LIMITS_H = pathlib.Path("src/base/limits.h")
CONSTANT = re.compile(r"inline constexpr [\w:]+ (k\w+)\s*(?:=\s*([^;]+?)|\{([^}]*)\});")
UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def constants(root):
    """Name -> (line, value) of limits.h; values in bytes, counts or seconds."""
    values = {}
    for number, line in enumerate(read(root / LIMITS_H), 1):
        match = CONSTANT.search(line)
        if match:
            name, plain, braced = match.groups()
            expression = re.sub(r"'|(?<=\d)[uUlL]+\b", "", plain or braced)
            values[name] = (number, eval(expression, {}, {k: v for k, (_, v) in values.items()}))
    return values


def read(path):
    return path.read_text().splitlines() if path.exists() else []


def rows(path):
    """(line, cells) of the tables of a page, without their heads and rules."""
    for number, line in enumerate(read(path), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and not re.fullmatch(r"[\s|:-]+", line):
            yield number, cells


def value_of(text):
    """`4 MiB` -> 4194304, `600 s` -> 600, `10,000` -> 10000."""
    match = re.fullmatch(r"([\d,]+)(?: (KiB|MiB|GiB|TiB|s|bytes))?", text)
    if not match:
        return None
    return int(match.group(1).replace(",", "")) * UNITS.get(match.group(2) or "", 1)


def check_limits(root, fault):
    known = constants(root)
    documented = {}
    for number, cells in rows(root / LIMITS):
        for name in re.findall(r"`(k\w+)`", cells[0]):
            documented[name] = number
            if name not in known:
                yield fault(LIMITS, number, f"{name} is not in limits.h", "a name that is")
            elif value_of(cells[1]) != known[name][1]:
                yield fault(
                    LIMITS, number, f'{name} is {known[name][1]}, not "{cells[1]}"', "its value"
                )
    for name, (number, _) in known.items():
        if name not in documented and name not in [f"k{unit}" for unit in UNITS]:
            yield fault(LIMITS_H, number, f"{name} is not in {LIMITS}", "a row there")


def check_corners(root, fault):
    known, targets = constants(root), set()
    registered = set(
        re.findall(r"tegula_fuzz\((\w+)", "\n".join(read(root / "fuzz/CMakeLists.txt")))
    )
    for number, cells in rows(root / FORMATS):
        if len(cells) < 4 or not re.search(r"`\w+`", cells[3]):
            continue
        wrong = lambda text, use, line=number: fault(FORMATS, line, text, use)
        for page in re.findall(r"\]\(([^)#]+)", cells[1]) or [None]:
            if page is None or not (root / FORMATS.parent / page).exists():
                yield wrong(f"{cells[0]}: no document", "a link to a page that exists")
        for limit in re.findall(r"`(k\w+)`", cells[2]) or [None]:
            if limit not in known:
                yield wrong(f"{cells[0]}: no limit {limit}", "names of limits.h")
        for target in re.findall(r"`(\w+)`", cells[3]):
            targets.add(target)
            if not (root / f"fuzz/{target}_fuzz.cc").exists() or target not in registered:
                yield wrong(
                    f"{cells[0]}: no fuzz target {target}", f"fuzz/{target}_fuzz.cc and tegula_fuzz"
                )
            if not any((root / "fuzz/corpus" / target).glob("*")):
                yield wrong(f"{cells[0]}: no seeds", f"fuzz/corpus/{target}/")
    for target in sorted(registered - targets):
        yield fault("fuzz/CMakeLists.txt", 1, f"{target} is not in {FORMATS}", "a row there")


def check_errors(root, fault):
    """Every enumerator of Code has its row."""
    text = "\n".join(read(root / RESULT_H))
    body = re.search(r"enum class Code \{(.*?)\n\};", text, re.DOTALL)
    codes = re.findall(r"^\s*(\w+),", body.group(1), re.MULTILINE) if body else []
    documented = {cells[0].strip("`") for _, cells in rows(root / ERRORS)}
    for code in codes:
        if code not in documented:
            yield fault(ERRORS, 1, f"Code::{code} is missing", "a row for each code of result.h")


def check(root, fault):
    return [
        *check_limits(root, fault),
        *check_corners(root, fault),
        *check_errors(root, fault),
    ]
