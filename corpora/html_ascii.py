r"""Formulas that are typed into the text as on a typewriter: `x^2 + y^2 = r^2`, `f(x) = sqrt(x+1)`.

Text is full of signs that are no formulas, so only what nothing else looks like is taken: single letters, numbers and
names of functions, with a power and a relation or an operation, or the definition of a function. Products of letters
have two at most, and none is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import html_asciimath

MAX_LENGTH = 200
"""Characters of a formula that is typed into a line."""
MAX_LINE = 20_000
"""Characters of a line in which there may be some."""

FUNCTIONS = frozenset(
    "sin cos tan sec csc cot sinh cosh tanh coth arcsin arccos arctan log ln exp lim max min sup inf det dim gcd lcm "
    "mod arg ker deg sgn".split()
)
_CALLED = "sqrt|abs|" + "|".join(sorted(FUNCTIONS, key=len, reverse=True))
_GREEK = "alpha|beta|gamma|delta|epsilon|theta|lambda|mu|pi|rho|sigma|tau|phi|psi|omega|infinity|oo"
_NO_PRODUCT = "am|an|as|at|be|by|do|go|he|if|in|is|it|me|my|no|of|on|or|so|to|up|us|we|vs|cm|mm|km|kg|mg|ml|ft|Hz"
_SCRIPT = r"(?:\^(?:-?\d+|[A-Za-z](?![A-Za-z])|\((?:[^()\s]|\([^()\s]*\)){1,30}\))|_(?:\d+|[A-Za-z](?![A-Za-z])))"
_ATOM = (
    rf"(?:(?:{_CALLED})(?:(?=\()| (?=[A-Za-z0-9(]))|(?:{_GREEK})(?![A-Za-z])|\d++(?:\.\d++)?|"
    rf"(?<=\d)[A-Z]{{2}}(?![A-Za-z])|(?!(?:{_NO_PRODUCT})(?![A-Za-z]))[A-Za-z][a-z]?'{{0,3}}(?![A-Za-z]))"
)
_UNIT = rf"(?:\(-?){{0,10}}+{_ATOM}{_SCRIPT}{{0,2}}+(?:\){{1,10}}+{_SCRIPT}{{0,2}}+){{0,10}}+!?"
_OPERATOR = rf"(?: ?(?:<=|>=|!=|\+-|[-+*/=<>]) ?-?|, ?| (?=(?:{_CALLED})[ (]))"
_RUN = re.compile(rf"(?:^|(?<=[\s\"'“‘«—]))(?>-?{_UNIT}(?:{_OPERATOR}?{_UNIT}){{0,60}})(?![\w^$\\`@#:(\[|&{{%=<>+*/-])")
_POWER = re.compile(r"[A-Za-z0-9)]\^[-\w(]")
_RELATION = re.compile(r"[\w)!'] ?(?:<=|>=|!=|[=<>]) ?-?[\w(]")
_OPERATION = re.compile(r"[\w)!'](?: [-+*/] |[-+*/])[\w(]")
_DEFINITION = re.compile(r"[A-Za-z]\([a-z](?:, ?[a-z])*\) ?= ?[^=]")
_ORDER = re.compile(r"[A-Za-z]\([^()]*\^[^()]*\)")
_NOT_BEFORE = re.compile(r"(?:\d|\b(?:var|let|const|int|long|double|float|return|d/d\w)) $")
"""What stands before a unit, a program, and half a formula."""
_ARTICLE = re.compile(r"[=<>+*/-] ?[aAI]$")


def runs(line: str) -> Iterator[tuple[int, int, str]]:
    """The formulas of a line: offsets of begin and end, and their TeX."""
    if ("^" not in line and ") =" not in line and ")=" not in line) or len(line) > MAX_LINE:
        return
    for found in _RUN.finditer(line):
        if _NOT_BEFORE.search(line, max(0, found.start() - 8), found.start()):
            continue
        for begin, stop in _parts(line, *found.span()):
            start, end = _without_brackets(line, begin, stop)
            run = line[start:end]
            if (
                len(run) <= MAX_LENGTH
                and _is_evident(run)
                and not (_ARTICLE.search(run) and line[end : end + 1] == " ")
            ):
                yield start, end, html_asciimath.to_tex(run)


def _parts(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between commas outside brackets."""
    depth, begin = 0, start
    for at in range(start, end):
        depth += (line[at] == "(") - (line[at] == ")")
        if line[at] == "," and depth <= 0:
            yield begin, at
            begin = at + 1 + (line[at + 1] == " ")
    yield begin, end


def _without_brackets(line: str, start: int, end: int) -> tuple[int, int]:
    """Without brackets of the text: those around all of it, and those whose partner is elsewhere."""
    while end > start:
        depth, lowest, last = 0, 0, start
        for at in range(start, end):
            depth += (line[at] == "(") - (line[at] == ")")
            lowest = min(lowest, depth)
            if depth == 0 and at < end - 1:
                last = at
        if depth < 0 and line[end - 1] == ")":
            end -= 1
        elif depth > 0 and line[start] == "(":
            start += 1
        elif depth == lowest == 0 and line[start] == "(" and line[end - 1] == ")" and last == start:
            start, end = start + 1, end - 1
        else:
            break
    return start, end


def _is_evident(run: str) -> bool:
    """Whether a run is a formula, and no text, number, unit or program."""
    if run.count("(") != run.count(")") or not re.search("[A-Za-z]", run):
        return False
    if _POWER.search(run) is None:
        return _DEFINITION.match(run) is not None and re.search(r"\d|[-+*/]", run) is not None
    return any(pattern.search(run) for pattern in (_RELATION, _OPERATION)) or _ORDER.fullmatch(run) is not None
