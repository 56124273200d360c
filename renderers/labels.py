"""The words and formulas of figures: LaTeX text → trees, trees → boxes that are measured and drawn by formula.py."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ..convert.errors import Losses
from ..convert.nodes import Node, Row, Text
from ..convert.readers import tex as tex_reader
from ..convert.source import Source
from ..convert.writers import tex as tex_writer
from .formula import draw
from .scene import Label, Matrix, Point, apply, multiply, rotation

LEADING: Final = 1.2
"""From baseline to baseline, in sizes of the letters."""
_HEAD: Final = re.compile(r'<svg [^>]*width="([\d.]+)pt" height="([\d.]+)pt" style="vertical-align:(-?[\d.e-]+)pt">')
_DEFS: Final = re.compile(r"<defs>.*</defs>", re.DOTALL)
_SYMBOL: Final = re.compile(r'<symbol id="([^"]*)".*?</symbol>', re.DOTALL)
_WHOLE_FORMULA: Final = re.compile(r"\s*(?:\$\$?([^$]+)\$\$?|\\\((.+)\\\)|\\\[(.+)\\\])\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Setting:
    """One line as it is drawn: sizes in points, SVG with y down from the top of the line, symbols that it uses."""

    width: float
    height: float
    depth: float
    svg: str
    symbols: tuple[tuple[str, str], ...]


def read_line(text: str, *, losses: Losses, macros: Mapping[str, object] | None = None) -> Node:
    """One line of LaTeX text, with formulas between dollars; the tree of a formula alone is that of the formula."""
    whole = _WHOLE_FORMULA.match(text)
    inner = next(filter(None, whole.groups())) if whole else rf"\text{{{text}}}"
    return tex_reader.read(Source(inner, "<label>"), losses=losses, macros=macros)  # type: ignore[arg-type]


def write_line(line: Node) -> str:
    """A line as LaTeX text."""
    if isinstance(line, Text) and not line.font:
        return line.text.replace("\\", r"\textbackslash ").translate(_ESCAPES)
    if isinstance(line, Row) and not line.items:
        return ""
    return f"${tex_writer.write(line, losses=[])}$"


_ESCAPES: Final = str.maketrans({character: "\\" + character for character in "{}$%&#_"})


@lru_cache(maxsize=4096)
def setting(line: Node, display: bool = False) -> Setting:
    """The line in letters of 10 points."""
    if line == Row(()) or line == Text(""):
        return Setting(0.0, 0.0, 0.0, "", ())
    svg = str(draw(line, format="svg", embed=False, margin=0.0, size=10.0, display=display))
    head = _HEAD.match(svg)
    assert head is not None
    width, total, depth = float(head[1]), float(head[2]), -float(head[3])
    body = svg[head.end() : -len("</svg>")]
    symbols = tuple((match[1], match[0]) for match in _SYMBOL.finditer(body))
    return Setting(width, total - depth, depth, _DEFS.sub("", body), symbols)


@dataclass(frozen=True, slots=True)
class Box:
    """A label set: its size, and each line with the place of its baseline's left end, from that of the first line."""

    width: float
    height: float
    depth: float
    lines: tuple[tuple[Setting, float, float], ...]


@lru_cache(maxsize=4096)
def box(lines: tuple[Node, ...], size: float, align: str, leading: float, display: bool) -> Box:
    """`leading` 0 is that of TeX for the size."""
    factor = size / 10
    settings = [setting(line, display) for line in lines]
    width = max((one.width for one in settings), default=0.0) * factor
    shift = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    placed, base = [], 0.0
    for number, one in enumerate(settings):
        if number:
            step = (leading or LEADING * size) if leading or size else 0.0
            # TeX keeps lines apart by a point where they would touch.
            step = max(step, (settings[number - 1].depth + one.height) * factor + 1.0)
            base -= step
        placed.append((one, (width - one.width * factor) * shift, base))
    height = settings[0].height * factor if settings else 0.0
    depth = settings[-1].depth * factor - base if settings else 0.0
    return Box(width, height, depth, tuple(placed))


def set_label(label: Label) -> Box:
    return box(label.lines, label.size, label.align, label.leading, label.display)


def origin(label: Label, found: Box) -> Point:
    """Where the left end of the first baseline lies from the anchor, before the label is turned."""
    x = {"w": 0.0, "e": -found.width}.get(_side(label.anchor), -found.width / 2)
    if label.anchor.startswith("base"):
        return x, 0.0
    if label.anchor.startswith("north"):
        return x, -found.height
    if label.anchor.startswith("south"):
        return x, found.depth
    return x, (found.depth - found.height) / 2


def _side(anchor: str) -> str:
    last = anchor.split()[-1]
    return last[0] if last in ("west", "east") else ""


def placement(label: Label) -> Matrix:
    """From the label's own plane, with its anchor at the origin, into the figure."""
    return multiply(multiply(rotation(label.turn), label.matrix), (1, 0, 0, 1, *label.at))


def corners(label: Label) -> Sequence[Point]:
    """The corners of the label's box in the figure."""
    found = set_label(label)
    x, y = origin(label, found)
    low, high = y - found.depth, y + found.height
    matrix = placement(label)
    return [apply(matrix, point) for point in ((x, low), (x + found.width, low), (x + found.width, high), (x, high))]
