"""Formulas set by TeX, each with the place of every glyph: pictures whose symbols are known exactly.

`latex` writes a DVI file with a formula a page, `dvipng` draws it, and the DVI file itself tells where each character
and rule stands (Knuth and Fuchs, "The DVI file format"). Both programs have to be installed; TeX runs without shell
escape, in a folder of its own, within a limit of time.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from matplotlib import dviread
from panmath.convert.errors import EdgeError
from PIL import Image

from ..layout import ACCENTS
from ..symbols import Bar, Page, Symbol
from .glyphs import name

Gray = npt.NDArray[np.uint8]
"""Height × width, 0 for ink and 255 for paper."""

_HEAD: Final = r"""\documentclass{article}
\usepackage{amsmath,amssymb,bm,mathrsfs}
\nonstopmode\hoffset=0.1in\voffset=0.1in\begin{document}
"""
_WIDTH, _HEIGHT = 8.0, 3.5
"""Inches of a page, and 0.1 before the formula."""
_SECONDS: Final = 120
_MARGIN: Final = 4
_SP_PER_INCH: Final = 65536 * 72.27


class Picture(NamedTuple):
    """A formula, how it looks, and what stands where."""

    tex: str
    gray: Gray
    page: Page


def typeset(formulas: Sequence[str], dpi: int) -> Iterator[Picture]:
    """The formulas that TeX accepts, that fit on a page, and whose glyphs are all known."""
    with TemporaryDirectory(prefix="panmath-tex-") as folder:
        wrong = _latex(formulas, Path(folder))
        _run(
            ["dvipng", "-q", "-D", str(dpi), "-T", f"{_WIDTH}in,{_HEIGHT}in", "-bg", "White", "-o", "p%d.png", "f.dvi"],
            folder,
        )
        with _Dvi(Path(folder) / "f.dvi", None) as pages:
            for number, (text, rules) in enumerate(cast(Any, pages)):
                page = None if number in wrong else _page(text, rules, dpi / _SP_PER_INCH)
                if page is not None:
                    with Image.open(Path(folder) / f"p{number + 1}.png") as opened:
                        gray = np.asarray(opened.convert("L"))
                    yield Picture(formulas[number], *cropped(gray, page))


def _latex(formulas: Sequence[str], folder: Path) -> set[int]:
    """Sets the formulas; the numbers of those with errors."""
    body = "".join(
        f"\\typeout{{panmath:{number}}}\\shipout\\vbox{{\\hbox{{$\\displaystyle {tex}$}}}}\n"
        for number, tex in enumerate(formulas)
    )
    (folder / "f.tex").write_text(_HEAD + body + "\\end{document}\n", encoding="utf-8")
    _run(["latex", "-no-shell-escape", "-interaction=nonstopmode", "f.tex"], str(folder), may_fail=True)
    wrong, number = set(), -1
    for line in (folder / "f.log").read_text(encoding="latin-1").splitlines():
        if line.startswith("panmath:"):
            number = int(line[8:])
        elif line.startswith(("!", "Missing character", "LaTeX Font Warning")):
            wrong.add(number)
    return wrong


def _run(command: Sequence[str], folder: str, *, may_fail: bool = False) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, stdin=subprocess.DEVNULL)
    if done.returncode and not may_fail:
        raise EdgeError(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")


class _Dvi(dviread.Dvi):
    """The characters and rules of each page in the units of the file, where they stand on it."""

    def _output(self: Any) -> Any:
        return list(self.text), list(self.boxes)


LIFTED: Final = 0.5
"""Ems from the baseline of an accent to its ink, which TeX's metrics do not tell."""
AXIS: Final = 0.25
"""Ems from the baseline to the axis, around which large signs stand."""


def _page(text: Sequence[Any], rules: Sequence[Any], scale: float) -> Page | None:
    """What stands on a page, in pixels; None if we do not know one of the glyphs."""
    symbols: list[Symbol] = []
    for x, y, font, code, width in text:
        font_name = font.texname.decode()
        found = name(font_name, code)
        if found is None:
            return None
        metrics = font._metrics.get_metrics(code)
        unit = font._scale / 2**20 * scale
        size, left, baseline = font._scale * scale, x * scale, y * scale
        top, bottom = baseline - metrics.tex_height * unit, baseline + metrics.tex_depth * unit
        right = left + width * scale
        if found in ACCENTS and not font_name.startswith("cmex"):
            bottom = baseline - LIFTED * size
        if found == r"\not":
            right = left + 0.78 * size
        if font_name.startswith("cmex"):
            baseline = (top + bottom) / 2 + AXIS * size
        symbols.append(Symbol(found, left, top, right, bottom, baseline, size))
    bars = [
        Bar(box.x * scale, (box.x + box.width) * scale, (box.y - box.height / 2) * scale)
        for box in rules
        if box.width > box.height > 0
    ]
    return Page(tuple(merged(symbols)), tuple(bars))


_ARROWS: Final = {
    ("-", r"\to"): r"\to", (r"\gets", "-"): r"\gets", ("=", r"\Rightarrow"): r"\Rightarrow",
    (r"\Leftarrow", "="): r"\Leftarrow", (r"\lhook", r"\to"): r"\hookrightarrow",
    (r"\gets", r"\rhook"): r"\hookleftarrow", (r"\mapsto", r"\to"): r"\mapsto",
    (r"\mapsto", "-"): r"\mapsto", (r"\gets", r"\to"): r"\leftrightarrow",
    (r"\Leftarrow", r"\Rightarrow"): r"\Leftrightarrow", ("-", "-"): "-",
}  # fmt: skip
"""Signs that TeX puts together of two; the long ones are the short ones here."""
PIECES: Final = frozenset(
    (*"()[]|", r"\|", r"\{", r"\}", r"\sqrt", r"\lfloor", r"\rfloor", r"\lceil", r"\rceil", "brace")
)


def merged(symbols: Sequence[Symbol]) -> list[Symbol]:
    """The symbols with those made one that only together are a sign: pieces, long arrows, what is struck out."""
    found: list[Symbol] = []
    for symbol in symbols:
        joined = next((at for at in range(len(found) - 1, -1, -1) if _together(found[at], symbol)), None)
        if joined is None:
            found.append(symbol)
        else:
            found[joined] = _together(found[joined], symbol) or symbol
    return [symbol for symbol in found if symbol.name != r"\mapsto" or symbol.right - symbol.left > 0.3 * symbol.size]


def _together(one: Symbol, other: Symbol) -> Symbol | None:
    slack = 0.12 * one.size
    if one.name in (r"\not", "/") and other.left - slack < one.middle < other.right + slack:
        level = abs(one.baseline - other.baseline) < slack
        near = abs(one.middle - other.middle) < 0.3 * one.size
        return other._replace(name=rf"\not{other.name}") if level and near else None
    if one.name == other.name and one.name in PIECES:
        upright = (
            abs(one.left - other.left) < slack and one.top - slack < other.bottom and other.top < one.bottom + slack
        )
        lying = one.name == "brace" and abs(one.centre - other.centre) < slack and other.left < one.right + slack
        return _around(one, other, one.name) if upright or lying else None
    name = _ARROWS.get((one.name, other.name))
    if name and abs(one.baseline - other.baseline) < slack and one.left <= other.left < one.right - 0.02 * one.size:
        return _around(one, other, name)
    return None


def _around(one: Symbol, other: Symbol, name: str) -> Symbol:
    """Both as one symbol."""
    top, bottom = min(one.top, other.top), max(one.bottom, other.bottom)
    lowered = (top + bottom) / 2 + AXIS * one.size if name in PIECES else other.baseline
    return Symbol(name, min(one.left, other.left), top, max(one.right, other.right), bottom, lowered, one.size)


def cropped(gray: Gray, page: Page) -> tuple[Gray, Page]:
    """The picture cut to its ink, with the places of the page moved along."""
    rows, columns = (np.flatnonzero((gray < 200).any(axis)) for axis in (1, 0))
    if not rows.size:
        return gray, page
    x, y = max(columns[0] - _MARGIN, 0), max(rows[0] - _MARGIN, 0)
    cut = gray[y : rows[-1] + _MARGIN, x : columns[-1] + _MARGIN]
    return cut, moved(page, -float(x), -float(y), 1.0)


def moved(page: Page, x: float, y: float, scale: float) -> Page:
    """A page moved and then scaled."""
    return Page(
        tuple(
            Symbol(one.name, (one.left + x) * scale, (one.top + y) * scale, (one.right + x) * scale,
                   (one.bottom + y) * scale, (one.baseline + y) * scale, one.size * scale)
            for one in page.symbols
        ),
        tuple(Bar((bar.left + x) * scale, (bar.right + x) * scale, (bar.y + y) * scale) for bar in page.bars),
    )  # fmt: skip
