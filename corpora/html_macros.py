r"""What a page tells its renderer of formulas: macros, delimiters, and where to look for formulas.

Settings are JavaScript, which is not run: the parts that matter are literals and are read as such, from MathJax 2
(`MathJax.Hub.Config({tex2jax: {…}, TeX: {Macros: {…}}})`), MathJax 3 and 4 (`MathJax = {tex: {…}, options: {…}}`) and
KaTeX (`renderMathInElement(…, {delimiters: […], macros: {…}})`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree
from panmath.convert.readers.tex.tokens import Macro, join_parameters, tokenize

_MAX_SCRIPT = 200_000
"""Characters of a script that are looked at; settings are short and stand in scripts of their own."""
_CONCERNED = re.compile(r"mathjax|katex|rendermath|asciimath|jsmath", re.IGNORECASE)
_PAIRS = re.compile(r"(inlineMath|displayMath)\W{1,6}?(\[\s*\[(?:[^\]]|\]\s*,)*\]\s*\])")
_ASCIIMATH_DELIMITERS = re.compile(
    r"asciimath\w*\W{1,3}\{[^{}]*delimiters\W{1,3}(\[\s*\[(?:[^\]]|\]\s*,)*\]\s*\])", re.I
)
_LEFT_RIGHT = re.compile(
    r"left\W{1,3}(?=[\"'`])(?P<left>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')\s*,\s*[\"']?right\W{1,3}(?=[\"'`])"
    r"(?P<right>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')(?:\s*,\s*[\"']?display[\"']?\s*:\s*(?P<display>true|false|!0|!1))?"
)
_MACROS = re.compile(r"[\"']?\b[Mm]acros[\"']?\s*:\s*\{")
_CLASS = re.compile(r"(ignore|process)(?:Html)?Class\W{1,3}(?=[\"'])(\"[^\"]{0,300}\"|'[^']{0,300}')")
_ASCIIMATH = re.compile(
    r"asciimath|asciimath2jax|input/asciimath|config=[\w-]*AM[_-]|AM_CHTML|AM_HTMLorMML", re.IGNORECASE
)
_LITERAL = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)|(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d+)
    |(?P<mark>[{}\[\]:,+])|//[^\n]*|/\*.*?\*/|\s+""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|\n|.)", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Delimiter:
    """What opens and closes a formula in the text of a page."""

    opening: str
    closing: str
    display: bool
    asciimath: bool = False


@dataclass(slots=True)
class Settings:
    """What a page says of its formulas."""

    renderer: bool = False
    """Whether the page loads something that draws formulas."""
    dollars: bool = False
    """Whether it says that `$` is a delimiter."""
    asciimath: bool = False
    delimiters: list[Delimiter] = field(default_factory=list)
    """Those that are not usual, the longest first."""
    macros: dict[str, Macro] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    processed: set[str] = field(default_factory=set)


_USUAL = frozenset({("$", "$"), ("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"), ("`", "`")})


def settings(root: etree._Element) -> Settings:
    """What all scripts of the page say together."""
    found = Settings()
    for script in root.iter("script", "link"):
        address = script.get("src") or script.get("href") or ""
        text = script.text or ""
        if script.get("type", "").startswith("math/") or len(text) > _MAX_SCRIPT:
            continue
        if not (_CONCERNED.search(address) or _CONCERNED.search(text) or "acros" in text or "inlineMath" in text):
            continue
        found.renderer = True
        found.asciimath = found.asciimath or _ASCIIMATH.search(address + text) is not None
        _read(text, found)
    found.delimiters.sort(key=lambda delimiter: -len(delimiter.opening))
    return found


def _read(text: str, found: Settings) -> None:
    """Adds what one script says."""
    for kind, pairs in _PAIRS.findall(text):
        strings = [_string(match["string"]) for match in _LITERAL.finditer(pairs) if match["string"]]
        for opening, closing in zip(strings[::2], strings[1::2], strict=False):
            _add_delimiter(found, Delimiter(opening, closing, kind == "displayMath"))
    for match in _ASCIIMATH_DELIMITERS.finditer(text):
        found.asciimath = True
        strings = [_string(match["string"]) for match in _LITERAL.finditer(match[1]) if match["string"]]
        for opening, closing in zip(strings[::2], strings[1::2], strict=False):
            _add_delimiter(found, Delimiter(opening, closing, False, asciimath=True))
    for match in _LEFT_RIGHT.finditer(text):
        display = match["display"] in ("true", "!0")
        _add_delimiter(found, Delimiter(_string(match["left"]), _string(match["right"]), display))
    for match in _MACROS.finditer(text):
        found.macros.update(_macros(text[match.end() :]))
    for kind, written in _CLASS.findall(text):
        names = _WORD.findall(_string(written))
        (found.ignored if kind == "ignore" else found.processed).update(names)


def _add_delimiter(found: Settings, delimiter: Delimiter) -> None:
    pair = delimiter.opening, delimiter.closing
    if pair == ("$", "$"):
        found.dollars = True
    elif pair not in _USUAL and all(pair) and not pair[0].startswith("\\begin"):
        found.delimiters.append(delimiter)


def _string(literal: str) -> str:
    """The value of a string of JavaScript."""

    def meant(match: re.Match[str]) -> str:
        escape = match[1]
        if escape[0] in "ux" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        return _PLAIN_ESCAPES.get(escape, escape)

    return _ESCAPED.sub(meant, literal[1:-1])


def _macros(text: str) -> Iterator[tuple[str, Macro]]:
    """The macros of an object of JavaScript, whose brace has been opened: `RR: "…"`, `f: ["…", 1, "default"]`."""
    tokens = _tokens(text)
    for name in tokens:
        if name == "}":
            return
        if name == ",":
            continue
        if next(tokens, "}") != ":":
            return
        value = next(tokens, "}")
        parts: list[str | int] = []
        if value == "[":
            for part in tokens:
                if part == "]":
                    break
                if part != ",":
                    parts.append(part.value if isinstance(part, _Value) else part)
        elif isinstance(value, _Value):
            parts = [value.value]
        else:
            return
        key = str(name.value if isinstance(name, _Value) else name)
        macro = _macro(parts)
        if macro is not None:
            yield (key if key.startswith("\\") else f"\\{key}"), macro


@dataclass(frozen=True, slots=True)
class _Value:
    value: str | int


def _tokens(text: str) -> Iterator[str | _Value]:
    """Strings joined by `+`, numbers, names and marks, up to what is none of them."""
    at = 0
    pending: str | None = None
    joined = False
    while (match := _LITERAL.match(text, at)) is not None and match.end() > at:
        at = match.end()
        if match["string"] is not None:
            pending = (pending or "") + _string(match["string"]) if joined else _string(match["string"])
            joined = False
            continue
        if match["mark"] == "+" and pending is not None:
            joined = True
            continue
        if match.lastgroup is None:
            continue
        if pending is not None:
            yield _Value(pending)
            pending = None
        yield _Value(int(match["number"])) if match["number"] else match["mark"] or match["name"]
    if pending is not None:
        yield _Value(pending)


def _macro(parts: list[str | int]) -> Macro | None:
    """A macro from its body, the number of its arguments and the default of the first."""
    if not parts or not isinstance(parts[0], str):
        return None
    body = join_parameters(tokenize(parts[0]))
    used = [int(token[1]) for token in body if len(token) == 2 and token[0] == "#" and token[1].isdecimal()]
    count = int(parts[1]) if len(parts) > 1 and isinstance(parts[1], int) else max(used, default=0)
    if count > 9 or any(not 1 <= number <= count for number in used):
        return None
    default = tuple(tokenize(parts[2])) if len(parts) > 2 and isinstance(parts[2], str) and count else None
    return Macro(tuple(f"#{number}" for number in range(1, count + 1)), body, default)
