"""Makes what in the documents follows from the tables and from the converters themselves.

    python docs/build.py [--output DIR]

writes symbols.md and commands.md, the reference of all that is read, and images/graph.svg and images/forms.svg, the
pictures of README.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from panmath.convert import convert
from panmath.convert.constructs import commands, environments
from panmath.convert.edges import EDGES
from panmath.convert.symbols import Symbol, rows

HERE = Path(__file__).parent
CLASSES = {
    "letter": "Letters",
    "ord": "Ordinary symbols",
    "op": "Big operators",
    "int": "Integrals",
    "fn": "Named functions",
    "fnlim": "Named functions with limits",
    "bin": "Binary operators",
    "rel": "Relations",
    "open": "Opening delimiters",
    "close": "Closing delimiters",
    "punct": "Punctuation",
    "inner": "Dots",
    "accent": "Accents",
    "wide": "Wide accents, over",
    "under": "Wide accents, under",
}
FORMULA = r"f(x) = \frac{1}{\sigma\sqrt{2\pi}} \exp\left( -\frac{(x - \mu)^2}{2\sigma^2} \right)"
"""The formula that README.md shows in its forms."""

TITLES = {
    "tex": "LaTeX, read",
    "unicode": "Unicode",
    "spoken.en": "English",
    "spoken.ru": "Russian",
    "typst": "Typst",
    "sympy": "SymPy",
    "python": "Python",
    "mathml": "MathML",
}

STYLE = """
text { font: 15px system-ui, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; fill: #1d1f27 }
.code, .code tspan { font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace }
.soft { fill: #5d6270; font-size: 13px } .mid { text-anchor: middle }
.paper { fill: #ffffff } .box { fill: #f5f4f0; stroke: #e0ded6 } .hub { fill: #3344a5 }
.hub-name { fill: #fff; font-weight: 600 }
.edge { fill: none; stroke: #8d97cf; stroke-width: 1.6 } .side { stroke: #b3b0a4; stroke-dasharray: 4 4 }
"""
"""Both pictures stand on a light card of their own, so that they are read on light pages and dark ones."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the reference pages and the pictures of the documents.")
    parser.add_argument("--output", type=Path, default=HERE)
    output = parser.parse_args(arguments).output
    (output / "images").mkdir(parents=True, exist_ok=True)
    pages = {
        "symbols.md": symbols_page(rows()),
        "commands.md": commands_page(),
        "images/graph.svg": graph_picture(),
        "images/forms.svg": forms_picture(FORMULA),
    }
    for name, text in pages.items():
        (output / name).write_text(text, "utf-8")
        print(output / name)
    return 0


# The reference pages.


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of Markdown; bars inside cells are escaped."""
    shown = (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *shown])


def code(text: str) -> str:
    r"""Text as code in Markdown; ``\``` itself needs longer fences."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def symbols_page(symbols: Sequence[Symbol]) -> str:
    """All symbols by class; words that nobody has reviewed are in italics."""

    def line(symbol: Symbol) -> tuple[str, ...]:
        words = (
            f"*{word}*" if word and language in symbol.unreviewed else word or ""
            for language, word in (("en", symbol.en), ("ru", symbol.ru))
        )
        return (symbol.char, " ".join(map(code, symbol.tex)), code(symbol.name), *words)

    parts = [
        "# Symbols",
        f"{len(symbols)} rows of convert/tables/symbols.tsv. TeX reads every spelling and writes the first.",
    ]
    for name, title in CLASSES.items():
        lines = [line(symbol) for symbol in symbols if symbol.cls == name]
        parts += [f"## {title}", table(("", "TeX", "name", "English", "Russian"), lines)]
    return "\n\n".join(parts) + "\n"


def commands_page() -> str:
    """All commands with their arguments, by kind, and the environments."""
    parts = [
        "# Commands and environments",
        "Rows of convert/tables/constructs.tsv. The letters of arguments are explained in convert/constructs.py.",
    ]
    ordered = sorted(commands().values(), key=lambda row: row.kind)
    for kind, found in groupby(ordered, key=lambda row: row.kind):
        lines = [(code(row.spelling), row.args, code(row.value) if row.value else "") for row in found]
        parts += [f"## {kind}", table(("command", "arguments", "value"), lines)]
    lines = [(code(row.spelling), row.args, code(row.value) if row.value else "") for row in environments().values()]
    parts += ["## Environments", table(("environment", "arguments", "value"), lines)]
    return "\n\n".join(parts) + "\n"


# The pictures.


class Box(NamedTuple):
    """A rectangle with a name in it; `x` and `y` are its middle."""

    name: str
    x: float
    y: float
    width: float = 108.0

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2


def svg(width: int, height: int, inside: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="paper" width="{width}" height="{height}" rx="14"/>\n' + "\n".join(inside) + "\n</svg>\n"
    )


def curve(x1: float, y1: float, x2: float, y2: float, bow: float, style: str = "edge") -> str:
    """A line from one point to the other, drawn out to `bow` between them."""
    return f'<path class="{style}" d="M{x1:g} {y1:g}C{bow:g} {y1:g} {bow:g} {y2:g} {x2:g} {y2:g}"/>'


def edge(start: Box, end: Box) -> str:
    """From the right side of one box to the left side of another."""
    return curve(start.right, start.y, end.left, end.y, (start.right + end.left) / 2)


def label(x: float, y: float, *lines: str) -> str:
    """Words in lines, `y` their middle."""
    top = y + 5 - 9 * (len(lines) - 1)
    return "".join(f'<text class="soft" x="{x:g}" y="{top + 18 * n:g}">{line}</text>' for n, line in enumerate(lines))


def box(place: Box, style: str = "box", name: str = "") -> str:
    return (
        f'<rect class="{style}" x="{place.left:g}" y="{place.y - 16:g}" width="{place.width:g}" height="32" rx="9"/>'
        f'<text class="mid {name}" x="{place.x:g}" y="{place.y + 5:g}">{escape(place.name)}</text>'
    )


def column(names: Sequence[str], x: float, height: float) -> dict[str, Box]:
    """Boxes one below the other, with the middle of the picture as theirs."""
    step = 42
    top = height / 2 + 14 - step * (len(names) - 1) / 2
    return {name: Box(name, x, top + step * place) for place, name in enumerate(names)}


def graph_picture() -> str:
    """Formats and edges as the tables have them: what is read, the tree, what is written, and the ways beside it."""
    through = [edge for edge in EDGES if "ast" in (edge.source, edge.target)]
    beside = [edge for edge in EDGES if edge not in through]
    read = [edge.source for edge in through if edge.target == "ast"]
    recovered = [edge.source for edge in beside if edge.kind == "recovery"]
    written = [edge.target for edge in through if edge.source == "ast"]
    voices = [edge for edge in beside if edge.kind == "voice"]
    behind = 1 + max(written.index(edge.source) for edge in voices)
    shown = [*written[:behind], voices[0].target, *written[behind:]]
    width, height = 860, 42 * max(len(read) + len(recovered), len(shown)) + 60
    left = column([*read, *recovered], 250, height)
    right = column(shown, 650, height)
    tree = Box("tree", 450, height / 2 + 14, 92)
    parts = [edge(left[name], tree) for name in read] + [edge(tree, right[name]) for name in written]
    for start, end in ((left[edge.source], left[edge.target]) for edge in beside if edge.kind == "recovery"):
        bow = start.left - 40 - 0.22 * (start.y - end.y)
        parts.append(curve(start.left, start.y, end.left, end.y, bow, "edge side"))
    for start, end in ((right[edge.source], right[edge.target]) for edge in beside if edge.kind in ("raster", "voice")):
        bow = start.right + 30 + 0.3 * (end.y - start.y)
        parts.append(curve(start.right, start.y, end.right, end.y, bow, "edge side"))
    parts += [box(place) for place in (*left.values(), *right.values())] + [box(tree, "hub", "hub-name")]
    parts += [
        '<text class="mid soft" x="250" y="26">read</text><text class="mid soft" x="650" y="26">written</text>',
        label(24, (left[recovered[0]].y + left[recovered[-1]].y) / 2, "the source that", "pictures carry"),
        label(772, right["image"].y, "any SVG", "drawn"),
        label(772, right["spoken.ru"].y, "words said", "aloud"),
    ]
    return svg(width, height, parts)


def forms_picture(tex: str) -> str:
    """One formula in its forms: the drawing above, the texts below, the long ones over the whole width."""
    width, margin, gap = 940, 28, 20
    half, whole = (width - 2 * margin - gap) / 2, width - 2 * margin
    drawing = convert(tex, "svg", "tex", embed=False).value
    rows = (("tex", "unicode"), ("spoken.en",), ("spoken.ru",), ("typst", "sympy"), ("python",), ("mathml",))
    parts, y = [nested(drawing, width / 2, 74, 86)], 150.0
    for row in rows:
        wide = half if len(row) > 1 else whole
        texts = [tex if name == "tex" else convert(tex, name, "tex").value for name in row]
        wrapped = [wrap(text, int((wide - 28) / 8)) for text in texts]
        tall = 40 + 18 * max(map(len, wrapped))
        for place, (name, lines) in enumerate(zip(row, wrapped, strict=True)):
            parts.append(text_box(TITLES[name], lines, margin + place * (half + gap), y, wide, tall))
        y += tall + 16
    return svg(width, round(y + 12), parts)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters, broken behind a space, comma, or tag where one is near."""
    lines: list[str] = []
    for line in text.split("\n"):
        while len(line) > width:
            breaks = [match.end() for match in re.finditer(r"[ ,]|>(?=<)", line[:width])]
            cut = breaks[-1] if breaks and breaks[-1] > width // 2 else width
            lines.append(line[:cut])
            line = line[cut:]
        lines.append(line)
    return lines


def text_box(title: str, lines: Sequence[str], x: float, y: float, width: float, height: float) -> str:
    spans = "".join(
        f'<tspan x="{x + 14:g}" y="{y + 44 + 18 * number:g}" xml:space="preserve">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    return (
        f'<rect class="box" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="9"/>'
        f'<text class="soft" x="{x + 14:g}" y="{y + 22:g}">{escape(title)}</text><text class="code">{spans}</text>'
    )


def nested(picture: str, x: float, y: float, height: float) -> str:
    """A picture inside a picture, `x` and `y` its middle, scaled to a height."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
    if box is None:
        raise ValueError("the picture has no viewBox that begins at 0")
    width = float(box[1]) * height / float(box[2])
    start = picture.index("<svg")
    opening = re.sub(r' (?:width|height|x|y)="[^"]*"', "", picture[start : picture.index(">", start)])
    rest = picture[picture.index(">", start) :]
    place = f'x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}"'
    return f"{opening} {place}{rest}"


if __name__ == "__main__":
    sys.exit(main())
