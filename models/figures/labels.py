"""The labels of a figure: their letters are cut out, put on one sheet, and read there as formulas are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from panmath.convert.errors import PanmathError
from panmath.convert.nodes import Node
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from scipy import ndimage

from .. import layout
from ..detector import EM
from ..pictures import Ink
from ..seeing import Detector
from ..symbols import Page, Symbol
from .ink import Sheet
from .marks import Marks

_GAP: Final = 1.3
"""Ems between labels on the sheet."""
_SURE: Final = 0.3
"""The mean weight of the symbols of a label, below which it is none."""
_WIDE: Final = 26.0
"""Ems of the width of the sheet."""
_MEASURED: Final = 1.035
"""How much larger than they are letters are taken to be."""
_UNUSUAL: Final = ("bf:", "cal:", "scr:", "frak:", "bb:", "sf:", "tt:", "it:")
_SELDOM: Final = 0.08
"""How likely a letter of an unusual alphabet is in a figure, next to the same sign in the usual one."""
_BOLD: Final = 0.97
_NO_LABELS: Final = frozenset(
    (".", r"\cdot", r"\bullet", r"\circ", "-", "|", "/", r"\backslash", "'", ",", r"\ast", r"\star")
)
"""What is no label by itself but a mark of the figure."""


class Read(NamedTuple):
    """A label: what it says, the middle of its ink and the size of its letters in pixels, how sure it is, and whether
    it stands upright on its side. `word` is its place in `Marks.words`.
    """

    node: Node
    tex: str
    center: tuple[float, float]
    em: float
    color: tuple[float, float, float]
    weight: float
    turned: bool
    word: int


class _Cut(NamedTuple):
    """The ink of a word, how dark it is at most, and its box on the picture."""

    ink: Ink
    box: tuple[int, int, int, int]
    color: tuple[float, float, float]
    word: int
    turned: bool


def labels(sheet: Sheet, found: Marks, detector: Detector) -> list[Read]:
    """The words that can be read as labels."""
    if not found.words:
        return []
    cuts = [cut for at, word in enumerate(found.words) for cut in _cuts(sheet, found, at, word)]
    pages, scale = _seen(cuts, found.em, detector)
    best: dict[int, Read] = {}
    for cut, page in zip(cuts, pages, strict=True):
        read = _read(cut, page, scale)
        if read is not None and (cut.word not in best or read.weight > best[cut.word].weight):
            best[cut.word] = read
    return _even([best[at] for at in sorted(best)])


def _cuts(sheet: Sheet, found: Marks, at: int, word: Sequence[int]) -> list[_Cut]:
    pieces = [found.pieces[number] for number in word]
    pad = 2
    left, top = max(min(piece.left for piece in pieces) - pad, 0), max(min(piece.top for piece in pieces) - pad, 0)
    right, bottom = max(piece.right for piece in pieces) + pad, max(piece.bottom for piece in pieces) + pad
    numbers = found.numbers[top:bottom, left:right]
    own = np.isin(numbers, word)
    others = (numbers > 0) & ~own
    ink = np.where(others, 0, sheet.grain[top:bottom, left:right])
    ink = np.where(ndimage.binary_dilation(own, np.ones((3, 3), bool), iterations=2), ink, 0)
    dark = float(np.percentile(ink[own], 92))
    colors = sheet.colors[top:bottom, left:right][own]
    color = colors[ink[own] >= np.percentile(ink[own], 80)].mean(axis=0)
    shares = np.clip(ink / max(dark, 0.05), 0, 1).astype(np.float32)
    box = (left, top, right, bottom)
    cut = _Cut(shares, box, (float(color[0]), float(color[1]), float(color[2])), at, False)
    upright = bottom - top > 1.25 * (right - left) and bottom - top > 1.2 * found.em and len(pieces) > 1
    return [cut, cut._replace(ink=np.ascontiguousarray(np.rot90(shares, -1)), turned=True)] if upright else [cut]


def _seen(cuts: Sequence[_Cut], em: float, detector: Detector) -> tuple[list[Page], float]:
    """What stands on each cut, in the pixels of the sheet's scale, which is given too."""
    gap = int(_GAP * em) + 2
    width = max(int(_WIDE * em), *(cut.ink.shape[1] + 2 * gap for cut in cuts))
    places: list[tuple[int, int]] = []
    x, y, tall = gap, gap, 0
    for cut in cuts:
        height, across = cut.ink.shape
        if x + across + gap > width:
            x, y, tall = gap, y + tall + gap, 0
        places.append((x, y))
        x, tall = x + across + gap, max(tall, height)
    whole = np.zeros((y + tall + gap, width), np.float32)
    for (x, y), cut in zip(places, cuts, strict=True):
        whole[y : y + cut.ink.shape[0], x : x + cut.ink.shape[1]] = cut.ink
    scale = EM / max(em, 4.0)
    seen = detector.at(whole, scale)
    sizes = [symbol.size for symbol in seen.page.symbols if symbol.weight > 0.4]
    if sizes:
        usual = float(np.percentile(sizes, 75))
        if not 1 / 1.15 < usual / EM < 1.15:
            scale *= min(max(EM / usual, 0.5), 2.0)
            seen = detector.at(whole, scale)
    pages = []
    for (x, y), cut in zip(places, cuts, strict=True):
        height, across = cut.ink.shape
        box = [(side * scale) for side in (x - gap / 2, y - gap / 2, x + across + gap / 2, y + height + gap / 2)]
        symbols = [one for one in seen.page.symbols if box[0] < one.middle < box[2] and box[1] < one.centre < box[3]]
        bars = [
            bar for bar in seen.page.bars if box[0] < (bar.left + bar.right) / 2 < box[2] and box[1] < bar.y < box[3]
        ]
        pages.append(Page(tuple(symbols), tuple(bars)))
    return pages, scale


def _read(cut: _Cut, page: Page, scale: float) -> Read | None:
    if not page.symbols:
        return None
    weight = math.prod(symbol.weight for symbol in page.symbols) ** (1 / len(page.symbols))
    if weight < _SURE or (len(page.symbols) == 1 and page.symbols[0].name in _NO_LABELS):
        return None
    page = Page(tuple(_usual(symbol) for symbol in page.symbols), page.bars)
    tex = layout.read(page)
    try:
        node = tex_reader.read(Source(tex), losses=[], strict=True)
    except (PanmathError, RecursionError):
        return None
    em = _size(page.symbols) / scale / _MEASURED
    left, top, right, bottom = cut.box
    center = ((left + right - 1) / 2, (top + bottom - 1) / 2)
    return Read(node, tex, center, em, cut.color, weight, cut.turned, cut.word)


def _usual(symbol: Symbol) -> Symbol:
    """The symbol with the name that is likeliest in a figure."""
    names = ((symbol.name, symbol.weight), *symbol.others)
    best = max(names, key=lambda one: one[1] * (_SELDOM if one[0].startswith(_UNUSUAL) else 1.0))
    if best[0].startswith("bf:") and best[1] < _BOLD:
        best = best[0][3:], best[1]  # coarse letters look bold
    return symbol if best[0] == symbol.name else symbol._replace(name=best[0], weight=best[1])


def _size(symbols: Sequence[Symbol]) -> float:
    return float(np.percentile([symbol.size for symbol in symbols], 80))


def _even(found: list[Read]) -> list[Read]:
    """Letters of nearly one size are of one size."""
    if not found:
        return found
    usual = float(np.median([one.em for one in found]))
    return [one._replace(em=usual if 0.84 < one.em / usual < 1.19 else one.em) for one in found]
