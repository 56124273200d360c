"""A picture of a formula → the symbols and bars on it, by the symbol detector."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from . import pictures
from .detector import EM, STRIDE, Found, SymbolDetector
from .device import placed
from .loading import network
from .pictures import Ink
from .symbols import Bar, Page, Symbol

_LARGEST: Final = 1_600_000
"""Pixels that go through the network at a time."""
_PEAK: Final = 0.3
"""How sure the network must be that a symbol stands somewhere."""
_BAR: Final = 0.5
_SAME: Final = 0.5
"""From which share of the area of both on two boxes are those of one symbol."""
_INSIDE: Final = 0.7
"""And from which share of the smaller one."""
_OTHERS: Final = 3
_LEAST: Final = 0.02
"""How likely another name must be to be remembered."""
_MISSED: Final = 1.12
"""How far from the size that the network knows a formula may be before it is looked at again."""
_STROKES: Final = 14.5
"""Font size over the thickness of strokes in Computer Modern; strokes thinner than a pixel and a half tell nothing."""
_SMALL: Final = 19.0
"""The font size that is supposed then."""


class Seen(NamedTuple):
    """What is on a picture, and the picture itself as the network saw it last, `scale` times the size that it had."""

    page: Page
    ink: Ink
    scale: float


class Detector:
    """One checkpoint of the symbol detector."""

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        self._network: Any = placed(network(SymbolDetector, folder), device, precision)
        self._device = device

    def look(self, ink: Ink) -> Seen:
        """What stands on a picture: `ink` is as `pictures.ink` gives it."""
        marks = pictures.cropped(ink)
        if not marks.size:
            return Seen(Page((), ()), marks, 1.0)
        thick = pictures.stroke(marks)
        scale = _fitting(EM / (_STROKES * thick if thick > 1.6 else _SMALL), marks)
        seen = self.at(marks, scale)
        for _ in range(2):
            size = _largest(seen.page)
            if not size or 1 / _MISSED < size / EM < _MISSED:
                break
            scale = _fitting(scale * min(max(EM / size, 0.4), 2.5), marks)
            seen = self.at(marks, scale)
        return seen

    def at(self, marks: Ink, scale: float) -> Seen:
        """What stands on a picture that is looked at `scale` times as large."""
        ink, config = pictures.scaled(marks, scale), self._network.config
        return Seen(page(self._asked(ink), config.symbols, config.metrics, ink), ink, scale)

    @torch.inference_mode()
    def _asked(self, ink: Ink) -> Found:
        height, width = (16 * (side // 16 + 1) for side in ink.shape)
        padded = torch.zeros(1, 1, height, width)
        padded[0, 0, : ink.shape[0], : ink.shape[1]] = torch.from_numpy(ink)
        weights = next(self._network.parameters())
        found = self._network(padded.to(self._device, weights.dtype))
        return Found(*(part.float().cpu() for part in found))


def _fitting(scale: float, marks: Ink) -> float:
    """The scale, less where the picture would become too large."""
    return min(scale, float((_LARGEST / marks.size) ** 0.5))


def _largest(page: Page) -> float:
    """The font size of the formula: that of its largest symbols, but not of a single one among many."""
    sizes = sorted(symbol.size for symbol in page.symbols)
    return float(np.percentile(sizes, 85)) if sizes else 0.0


def page(found: Found, names: list[str], metrics: dict[str, list[float]], ink: Ink) -> Page:
    """The symbols and bars that the network tells of, for one picture."""
    chance = found.centre.sigmoid()
    peaks = (functional.max_pool2d(chance, 3, 1, 1) == chance) & (chance > _PEAK)
    _, rows, columns = peaks.nonzero(as_tuple=True)
    likely = found.names[0, :, rows, columns].softmax(0)
    best, numbers = likely.topk(min(_OTHERS, len(names)), dim=0)
    geometry = found.geometry[0, :, rows, columns].numpy()
    symbols = []
    for at, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
        left, top, right, bottom, baseline = (float(value) * EM for value in geometry[:5, at])
        name, *others = [
            (names[int(number)], float(value)) for number, value in zip(numbers[:, at], best[:, at], strict=True)
        ]
        size, baseline = _measured(EM * float(np.exp(geometry[5, at])), top, bottom, baseline, metrics.get(name[0]))
        symbols.append(Symbol(
            name[0], x + left, y + top, x + right, y + bottom, y + baseline, size,
            name[1] * float(chance[0, row, column]), tuple(other for other in others if other[1] > _LEAST),
        ))  # fmt: skip
    return Page(tuple(_distinct(symbols)), tuple(_bars(found.bar[0].sigmoid().numpy() > _BAR, ink)))


def _measured(
    size: float, top: float, bottom: float, baseline: float, metrics: list[float] | None
) -> tuple[float, float]:
    """The font size and the baseline of a symbol: what the network says of them, and what its box says."""
    if metrics is None or bottom - top < 0.2 * size:
        return size, baseline
    above, below = metrics
    boxed = min(max((bottom - top) / (above + below), 0.5 * size), 2 * size)
    size = (size * boxed) ** 0.5
    return size, (baseline + (top + above * size + bottom - below * size) / 2) / 2


def _distinct(symbols: list[Symbol]) -> list[Symbol]:
    """The symbols without those that are seen twice: of two boxes that mostly cover each other the surer one stays."""
    kept: list[Symbol] = []
    for symbol in sorted(symbols, key=lambda symbol: -symbol.weight):
        if not any(_is_same(symbol, other) for other in kept):
            kept.append(symbol)
    return sorted(kept, key=lambda symbol: (symbol.left, symbol.top))


_AROUND: Final = frozenset(
    (r"\sqrt", *(rf"\{name}" for name in "hat check tilde acute grave dot ddot breve bar vec".split()))
)
"""What may stand around or on another symbol."""


def _is_same(one: Symbol, other: Symbol) -> bool:
    """Whether two boxes are those of one symbol."""
    shared = _shared(one, other)
    areas = [(box.right - box.left) * (box.bottom - box.top) for box in (one, other)]
    if shared > _SAME * (sum(areas) - shared):
        return True
    return shared > _INSIDE * min(areas) and one.name not in _AROUND and other.name not in _AROUND


def _shared(one: Symbol, other: Symbol) -> float:
    """The area that two boxes share."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(width, 0.0) * max(height, 0.0)


def _bars(cells: npt.NDArray[np.bool_], ink: Ink) -> list[Bar]:
    """Runs of cells as bars, each put where its ink is."""
    runs: list[list[int]] = []
    for row in range(cells.shape[0]):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], cells[row].view(np.int8), [0]))))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            above = [run for run in runs if run[3] == row - 1 and run[0] < end + 1 and start < run[1] + 1]
            if above:
                run = above[0]
                run[0], run[1], run[3] = min(run[0], start), max(run[1], end), row
                for other in above[1:]:
                    run[0], run[1], run[2] = min(run[0], other[0]), max(run[1], other[1]), min(run[2], other[2])
                    runs.remove(other)
            else:
                runs.append([int(start), int(end), row, row])
    return _joined([bar for run in runs if (bar := _bar(run, ink)) is not None])


def _joined(bars: list[Bar]) -> list[Bar]:
    """The bars with those made one that were seen in pieces, or in two rows of cells."""
    found: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: bar.left):
        for at, other in enumerate(found):
            gap = bar.left - other.right
            if abs(bar.y - other.y) < (2.5 if gap > 0 else STRIDE + 1.5) and gap < STRIDE - 1:
                longer = max(bar, other, key=lambda one: one.right - one.left)
                found[at] = Bar(min(bar.left, other.left), max(bar.right, other.right), longer.y)
                break
        else:
            found.append(bar)
    return found


def _bar(run: list[int], ink: Ink) -> Bar | None:
    left, right, top, bottom = run[0] * STRIDE, run[1] * STRIDE, run[2] * STRIDE, (run[3] + 1) * STRIDE
    top, bottom = max(top - 2, 0), min(bottom + 2, ink.shape[0])
    part = ink[top:bottom, left : min(right, ink.shape[1])]
    if not part.size:
        return None
    means = part.mean(axis=1)
    at = int(means.argmax())
    y = top + at
    band = ink[max(y - 1, 0) : y + 2].max(axis=0) > 0.4 * float(means[at])
    start, end = min(left + STRIDE, len(band) - 1), min(right - STRIDE, len(band) - 1)
    while start > max(left - STRIDE, 0) and band[start - 1]:
        start -= 1
    while end < min(right + STRIDE, len(band)) - 1 and band[end + 1]:
        end += 1
    return Bar(float(start), float(end + 1), y + 0.5) if end > start else None


@lru_cache(maxsize=4)
def loaded(folder: Path, device: str, precision: str) -> Detector:
    """The detector of a folder; each is loaded once in a process."""
    return Detector(folder, device, precision)
