"""Checks what was read from a picture: the formula is drawn, looked at in the same way, and compared symbol by symbol.

Spaces differ between the programs that set formulas, so that whole pictures cannot be laid over each other. The
symbols can: each has to stand on both pictures, at the same height of the line and in the same size, in the same order
from left to right, and has to look the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from panmath.convert.errors import PanmathError, TableError
from panmath.convert.fi import fi
from panmath.convert.logistic import Logistic, from_table, json_table
from panmath.convert.readers import tex as tex_reader
from panmath.convert.result import Verification
from panmath.convert.source import Source
from panmath.renderers.formula import FONTS, draw

from . import layout, pictures, store
from .detector import EM
from .image_to_tex import EDGE, evidence, is_detector, look, spare_ink
from .pictures import Ink
from .seeing import Detector, Seen
from .symbols import Page, Symbol

_DPI: Final = 200.0
_POINTS: Final = 10.0
_DOUBTFUL: Final = -10.0
_REACH: Final = 4
"""How many pixels a symbol may stand off the place that was measured."""
_SAME_FONT: Final = 0.88
"""The mean correlation of ink from which on no other font is tried."""
_WIDEST: Final = 60
"""Pixels of the sides of a symbol that are compared."""


class Agreement(NamedTuple):
    """How alike two pictures of a formula are.

    `ink` is the mean correlation of the symbols' ink and `worst` that of the least alike, `height` the largest
    difference of baselines in ems, `size` of the logarithms of sizes, `order` the share of neighbours from left to
    right that change places, `spare` the ink of the picture that no symbol explains, `read` 1 where the drawing is
    read as the same formula; `mass` and `width` are how far the logarithms of all their ink and of their widths in ems
    are apart. `total` and `doubt` are how sure the network was of the symbols on the picture, all of them and the
    least: `Evidence.total` and `Evidence.worst`.
    """

    ink: float
    worst: float
    height: float
    size: float
    order: float
    spare: float
    read: float
    mass: float
    width: float
    total: float
    doubt: float


_MOST: Final = Agreement(1.0, 1.0, 0.5, 0.5, 0.1, 0.1, 1.0, 0.5, 0.3, 0.0, 0.0)
"""No feature counts for more than this: what is worse is just bad."""


class Judge(NamedTuple):
    """How likely two pictures that agree so far show one formula, and from which probability on that is verified."""

    regression: Logistic
    least: float

    def probability(self, found: Agreement) -> float:
        """How likely two pictures show the same formula."""
        return self.regression.probability(bounded(found))


def bounded(found: Agreement) -> Agreement:
    """An agreement whose features are no greater than they count."""
    return Agreement(*(min(value, most) for value, most in zip(found, _MOST, strict=True)))


@lru_cache(maxsize=4)
def judge(folder: Path) -> Judge | None:
    """The judge that was fitted to a checkpoint; None where it has none, and nothing can be verified."""
    file = folder / "verification.json"
    if not file.is_file():
        return None
    content = json_table(file)
    regression = from_table(content, Agreement._fields, file.name)
    try:
        return Judge(regression, float(content["least"]))
    except (ValueError, KeyError, TypeError) as error:
        raise TableError(f"{file.name}: no least probability: {error}") from error


def drawn_back(
    picture: bytes, tex: Source, *, model: str = "", device: str = "auto", precision: str = "auto", **_: object
) -> Verification:
    """Whether a formula, drawn, looks like the picture from which it was read."""
    from .device import chosen
    from .seeing import loaded

    folder = _eyes(model)
    detector, judging = loaded(folder, chosen(device), precision), judge(folder)
    if judging is None:
        return Verification("unchecked", "no judge was fitted to the checkpoint")
    try:
        found = compared(look(picture, detector), tex, detector)
    except PanmathError as error:
        return Verification("refuted", f"the formula cannot be drawn: {error}", 0.0)
    if found is None:
        return Verification("refuted", "drawn again, other symbols", 0.0)
    score = judging.probability(found)
    if score >= judging.least:
        return Verification("verified", "drawn again, the same symbols in the same places", score)
    return Verification("unchecked", "drawn again, not quite the same picture", score)


def _eyes(model: str) -> Path:
    """The checkpoint that looks at both pictures: the one that was asked if it finds symbols, else the shipped one."""
    folder = store.find(model, EDGE)
    return folder if is_detector(folder) else store.find("", EDGE)


def compared(seen: Seen, tex: Source, detector: Detector) -> Agreement | None:
    """How alike a picture and our drawing of a formula are, in the font in which they are most alike; None where the
    symbols are not the same ones in any font.
    """
    best: Agreement | None = None
    for font in FONTS:
        found = agreement(seen, drawing(tex, detector, scale(seen.page), font), tex.text)
        if found is not None and (best is None or found.ink > best.ink):
            best = found
        if best is not None and best.ink > _SAME_FONT:
            break
    return best


def drawing(tex: Source, detector: Detector, size: float, font: str) -> Seen:
    """What is seen on our own drawing of a formula, where its font is `size` pixels large."""
    node = tex_reader.read(tex, losses=[], strict=True)
    picture = draw(node, losses=[], format="png", font=font, size=_POINTS, dpi=_DPI, margin=3, embed=False)
    marks = pictures.cropped(pictures.ink(pictures.opened(picture)))
    return detector.at(marks, size / (_POINTS * _DPI / 72)) if marks.size else Seen(Page((), ()), marks, 1.0)


def agreement(seen: Seen, drawn: Seen, tex: str) -> Agreement | None:
    """How alike what is seen on two pictures is; None where the symbols are not the same ones."""
    pairs = matched(seen.page, drawn.page)
    known = evidence(seen.page.symbols, spare_ink(seen)) if pairs else None
    if known is None or len(seen.page.bars) != len(drawn.page.bars):
        return None
    alike = [_alike(one, seen.ink, other, drawn.ink) for one, other in pairs]
    scales = [scale(page) for page in (seen.page, drawn.page)]
    shifts = np.asarray([one.baseline / scales[0] - other.baseline / scales[1] for one, other in pairs])
    sizes = np.asarray([np.log(one.size / scales[0] / (other.size / scales[1])) for one, other in pairs])
    heights = np.abs(shifts - np.median(shifts))
    places = [other.middle for _, other in sorted(pairs, key=lambda pair: pair[0].middle)]
    turned = sum(after < before - 0.2 * EM for before, after in pairwise(places))
    return Agreement(
        float(np.mean(alike)), float(np.min(alike)), float(heights.max()), float(np.abs(sizes).max()),
        turned / len(pairs), known.spare, float(fi(layout.read(drawn.page)) == fi(tex)),
        abs(float(np.log(max(seen.ink.sum(), 1.0) / max(drawn.ink.sum(), 1.0) * (scales[1] / scales[0]) ** 2))),
        abs(float(np.log(seen.ink.shape[1] / scales[0] / (drawn.ink.shape[1] / scales[1])))),
        max(known.total, _DOUBTFUL), known.worst,
    )  # fmt: skip


def scale(page: Page) -> float:
    """The font size of a formula in pixels."""
    if not page.symbols:
        return EM
    return float(np.percentile([symbol.size for symbol in page.symbols], 85))


def matched(one: Page, other: Page) -> list[tuple[Symbol, Symbol]]:
    """The symbols of two pages that are each other's: of each name the first with the first, from left to right. Empty
    where one page has symbols that the other lacks.
    """
    sides = [_by_name(page.symbols) for page in (one, other)]
    if {name: len(found) for name, found in sides[0].items()} != {name: len(found) for name, found in sides[1].items()}:
        return []
    return [pair for name, found in sides[0].items() for pair in zip(found, sides[1][name], strict=True)]


def _by_name(symbols: Sequence[Symbol]) -> dict[str, list[Symbol]]:
    found: defaultdict[str, list[Symbol]] = defaultdict(list)
    for symbol in sorted(symbols, key=lambda symbol: (round(symbol.middle / (0.3 * EM)), symbol.centre)):
        found[symbol.name].append(symbol)
    return dict(found)


def _window(symbol: Symbol, width: int, height: int, ink: Ink, reach: int) -> npt.NDArray[np.float32]:
    """The ink around a symbol's middle, `reach` pixels more on each side; paper outside the picture."""
    left, top = round(symbol.middle - width / 2) - reach, round(symbol.centre - height / 2) - reach
    out = np.zeros((height + 2 * reach, width + 2 * reach), np.float32)
    rows, columns = (
        range(max(top, 0), min(top + out.shape[0], ink.shape[0])),
        range(max(left, 0), min(left + out.shape[1], ink.shape[1])),
    )
    if rows and columns:
        out[rows[0] - top : rows[-1] + 1 - top, columns[0] - left : columns[-1] + 1 - left] = ink[
            rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1
        ]
    return out


def _alike(one: Symbol, first: Ink, other: Symbol, second: Ink) -> float:
    """The greatest correlation of the ink of two symbols: neither is put exactly where it stands."""
    width, height = (
        max(3, min(round((sum(sides)) / 2) + 2, _WIDEST))
        for sides in (
            (one.right - one.left, other.right - other.left),
            (one.bottom - one.top, other.bottom - other.top),
        )
    )
    fixed = _window(one, width, height, first, 0)
    around = _window(other, width, height, second, _REACH)
    windows = np.lib.stride_tricks.sliding_window_view(around, fixed.shape).reshape(-1, fixed.size)
    return _likeness(fixed.ravel(), windows)


def _likeness(one: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> float:
    """The greatest correlation of a piece of ink with others, one a row; full pieces, as of dashes, are alike."""
    spread, spreads = one.std(), others.std(axis=1)
    apart = others.mean(axis=1) - one.mean()
    full = (spread < 0.1) & (spreads < 0.1)
    found = np.where(full & (np.abs(apart) < 0.3), 1.0, 0.0)
    compared = ~full & (spread >= 1e-3) & (spreads >= 1e-3)
    products = (others - others.mean(axis=1, keepdims=True)) @ (one - one.mean()) / one.size
    found[compared] = products[compared] / (spread * spreads[compared])
    return float(found.max())
