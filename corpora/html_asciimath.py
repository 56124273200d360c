r"""AsciiMath (asciimath.org) → TeX: the grammar of its authors, and its table of signs in tables/html_asciimath.tsv.

    expression = intermediate expression | intermediate "/" intermediate
    intermediate = simple ["_" simple] ["^" simple]
    simple = sign | open expression close | unary simple | binary simple simple

Round brackets around what is an argument vanish, as in `sqrt(x)` or `(a+b)/2`; brackets around rows in brackets with
commas, as in `[[a,b],[c,d]]`, are a matrix.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from panmath.convert.errors import TableError

MAX_INPUT = 5_000
MAX_DEPTH = 60

_TABLE = "html_asciimath.tsv"
_KINDS = frozenset("symbol under function open close both unary binary around root infix sub sup font text".split())
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_BLANKS = re.compile(r"\s+")
_QUOTED = re.compile(r'"([^"]*)"')
_ROW = re.compile(r"\s*([\[(])")
_COMMA = re.compile(r"\s*,(?=\s*[\[(])")
_END = re.compile(r"\s*(?:[)\]}|]|:\}|:\))")
_RAW = re.compile(r"\s*(?:\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}|(\w))")
_CLOSING = {"(": ")", "[": "]"}
_MATRICES = {("(", ")"): "pmatrix", ("[", "]"): "bmatrix", ("|", "|"): "vmatrix", ("\\|", "\\|"): "Vmatrix"}


class _Sign(NamedTuple):
    typed: str
    kind: str
    tex: str


class _Piece(NamedTuple):
    """What has been read: its TeX, and its content where it stands in brackets that an argument drops."""

    tex: str
    inner: str = ""
    bracketed: bool = False

    @property
    def argument(self) -> str:
        return self.inner if self.bracketed else self.tex


@cache
def _signs() -> tuple[dict[str, _Sign], re.Pattern[str]]:
    """The table, and a pattern for its signs, the longest first."""
    signs: dict[str, _Sign] = {}
    text = files(__package__).joinpath("tables", _TABLE).read_text(encoding="utf-8")
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith(("# ", "typed\t")):
            continue
        cells = line.split("\t")
        if len(cells) != 3 or cells[1] not in _KINDS or cells[0] in signs:
            raise TableError(f"{_TABLE}:{number}: not a new sign, a kind and TeX")
        signs[cells[0]] = _Sign(*cells)
    longest = sorted(signs, key=len, reverse=True)
    return signs, re.compile("|".join(map(re.escape, longest)))


def to_tex(text: str) -> str:
    """The formula in TeX; nothing is refused, as the renderers of AsciiMath refuse nothing."""
    text = text.strip()
    return _Reader(text[:MAX_INPUT]).read() if text else ""


class _Reader:
    def __init__(self, text: str, depth: int = 0) -> None:
        self.text, self.at, self.depth = text, 0, depth
        self.signs, self.pattern = _signs()

    def read(self) -> str:
        written = []
        while self.at < len(self.text):
            written.append(self.expression(self.depth))
            sign = self.peek()
            if sign is not None:
                # A bracket that nothing has opened.
                written.append(sign.tex if sign.tex != "." else "")
                self.take(sign)
        return _joined(written)

    def peek(self) -> _Sign | None:
        """The next sign of the table, or None for numbers, letters, text and the end."""
        blanks = _BLANKS.match(self.text, self.at)
        if blanks:
            self.at = blanks.end()
        found = self.pattern.match(self.text, self.at)
        return self.signs[found[0]] if found else None

    def take(self, sign: _Sign) -> None:
        self.at += len(sign.typed)

    def expression(self, depth: int, closing: str = "") -> str:
        """Up to a closing bracket, which is left, or the end."""
        written: list[str] = []
        while True:
            sign = self.peek()
            if self.at >= len(self.text) or (
                sign is not None and (sign.kind == "close" or (sign.kind == "both" and sign.tex == closing))
            ):
                return _joined(written)
            start = self.at
            piece = self.intermediate(depth + 1)
            after = self.peek()
            if after is not None and after.kind == "infix":
                self.take(after)
                den = self.intermediate(depth + 1)
                piece = _Piece(f"\\frac{{{piece.argument}}}{{{den.argument}}}")
            if self.at == start:
                self.at += 1
            written.append(piece.tex)

    def intermediate(self, depth: int) -> _Piece:
        piece = self.simple(depth)
        sub = sup = ""
        sign = self.peek()
        if sign is not None and sign.kind == "sub":
            self.take(sign)
            sub = self.simple(depth).argument
            sign = self.peek()
        if sign is not None and sign.kind == "sup":
            self.take(sign)
            sup = self.simple(depth).argument
        if not sub and not sup:
            return piece
        scripts = (f"_{_braced(sub)}" if sub else "") + (f"^{_braced(sup)}" if sup else "")
        return _Piece(f"{piece.tex}{scripts}")

    def simple(self, depth: int) -> _Piece:
        sign = self.peek()
        if depth > MAX_DEPTH or self.at >= len(self.text):
            rest, self.at = self.text[self.at :], len(self.text)
            return _Piece(f"\\text{{{rest}}}" if rest else "")
        number = _NUMBER.match(self.text, self.at)
        if number:
            self.at = number.end()
            return _Piece(number[0])
        quoted = _QUOTED.match(self.text, self.at)
        if quoted:
            self.at = quoted.end()
            return _Piece(f"\\text{{{quoted[1]}}}")
        if sign is None:
            char = self.text[self.at]
            self.at += 1
            return _Piece({"%": "\\%", "#": "\\#", "&": "\\&", "$": "\\$"}.get(char, char))
        self.take(sign)
        return self.of_sign(sign, depth + 1)

    def of_sign(self, sign: _Sign, depth: int) -> _Piece:
        match sign.kind:
            case "open" | "both":
                return self.brackets(sign, depth)
            case "unary" | "font":
                return _Piece(f"{sign.tex}{{{self.simple(depth).argument}}}")
            case "around":
                return _Piece(sign.tex.replace("%", self.simple(depth).argument))
            case "binary":
                first = self.simple(depth).argument
                return _Piece(f"{sign.tex}{{{first}}}{{{self.simple(depth).argument}}}")
            case "root":
                index = self.simple(depth).argument
                return _Piece(f"\\sqrt[{index}]{{{self.simple(depth).argument}}}")
            case "text":
                return _Piece(f"\\text{{{self.raw()}}}")
            case "infix" | "sub" | "sup":
                return _Piece({"/": "/", "_": "\\_", "^": "{}^{}"}[sign.typed])
            case _:
                return _Piece(sign.tex)

    def raw(self) -> str:
        """The text in brackets, word for word."""
        found = _RAW.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return next(part for part in found.groups() if part is not None)

    def brackets(self, opening: _Sign, depth: int) -> _Piece:
        if opening.kind == "both":
            inner = self.expression(depth, opening.tex)
            sign = self.peek()
            if sign is None or sign.tex != opening.tex or not inner:
                return _Piece(_joined([opening.tex, inner]))
            self.take(sign)
            return _Piece(f"\\left{opening.tex}{inner}\\right{opening.tex}")
        rows = self.matrix(depth)
        if rows is None:
            inner = self.expression(depth)
        sign = self.peek()
        closing = sign.tex if sign is not None and sign.kind == "close" else ""
        if sign is not None and sign.kind == "close":
            self.take(sign)
        if rows is not None:
            return _Piece(_matrix(opening.tex, closing or ".", rows))
        if not closing:
            return _Piece(f"{'' if opening.tex == '.' else opening.tex} {inner}".strip())
        if opening.tex == "." and closing == ".":
            return _Piece(inner, inner, bracketed=True)
        tall = "\\" in inner and any(
            name in inner for name in ("\\frac", "\\sum", "\\int", "\\prod", "\\sqrt", "matrix")
        )
        left, right = ("\\left", "\\right") if tall or "." in (opening.tex, closing) else ("", "")
        written = _joined([f"{left}{opening.tex}", inner, f"{right}{closing}"])
        return _Piece(written, inner, bracketed=opening.tex in ("(", "[", "\\{") and closing in (")", "]", "\\}"))

    def matrix(self, depth: int) -> list[list[str]] | None:
        """The rows of `[[a,b],[c,d]]`, whose first bracket has been taken, or None; nothing is taken then."""
        found = _ROW.match(self.text, self.at)
        if found is None or depth > MAX_DEPTH // 2:
            return None
        opening = found[1]
        rows, at = [], self.at
        while (found := _ROW.match(self.text, at)) is not None and found[1] == opening:
            end = self.end_of(found.end(), opening, _CLOSING[opening])
            if end < 0:
                return None
            rows.append(_cells(self.text[found.end() : end]))
            at = end + 1
            comma = _COMMA.match(self.text, at)
            if comma is None:
                break
            at = comma.end()
        even = (
            rows
            and len({len(cells) for cells in rows}) == 1
            and (len(rows) > 1 or (len(rows[0]) > 1 and opening == "["))
        )
        if not even or _END.match(self.text, at) is None:
            return None
        self.at = at
        return [[_Reader(cell, depth + 1).read() for cell in cells] for cells in rows]

    def end_of(self, start: int, opening: str, closing: str) -> int:
        depth = 1
        for n in range(start, len(self.text)):
            depth += (self.text[n] == opening) - (self.text[n] == closing)
            if depth == 0:
                return n
        return -1


def _cells(text: str) -> list[str]:
    """The parts of a row between its commas, those in brackets aside."""
    cells, depth = [""], 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            cells.append("")
        else:
            cells[-1] += char
    return cells


def _matrix(opening: str, closing: str, rows: list[list[str]]) -> str:
    body = " \\\\ ".join(" & ".join(cells) for cells in rows)
    if (opening, closing) == ("\\{", "."):
        return f"\\begin{{cases}} {body} \\end{{cases}}"
    name = _MATRICES.get((opening, closing))
    if name:
        return f"\\begin{{{name}}} {body} \\end{{{name}}}"
    return f"\\left{opening}\\begin{{matrix}} {body} \\end{{matrix}}\\right{closing}"


def _braced(tex: str) -> str:
    return tex if len(tex) == 1 else f"{{{tex}}}"


def _joined(parts: list[str]) -> str:
    r"""The parts one after another, with a blank where a command would swallow a letter."""
    text = ""
    for part in filter(None, parts):
        if re.search(r"\\[A-Za-z]+$", text) and part[0].isalpha():
            text += " "
        text += part
    return text
