"""Finds the symbols on a picture with the detector, at the size that it was trained for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .detector import EM, STRIDE, Found, SymbolDetector
from .device import placed
from .loading import network
from .pictures import Ink, scaled
from .symbols import Bar, Page, Symbol

_SCALES: Final = (0.7, 0.95, 1.3, 1.9)
_TALL: Final = 300
"""Rows of a picture from which on it is also looked at much smaller."""
_THERE: Final = 0.35
"""The probability from which on there is a symbol, or a bar."""
_UNLIKELY: Final = 0.02
"""Names of a symbol that are less likely than this are not told."""
_SHORTEST: Final = 2
"""Cells of the shortest bar."""
_MOST_PIXELS: Final = 3_000_000
"""Pixels of the largest picture that the network gets, after scaling."""


class Reader:
    """A symbol detector, ready to look at pictures."""

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        self._network: SymbolDetector = placed(network(SymbolDetector, folder), device, precision)
        self._names: list[str] = self._network.config.symbols

    def page(self, ink: Ink) -> Page:
        """All symbols and bars on a picture, in its own pixels. Empty where none is found.

        The size of the letters is not known before some are read: several are tried, and that one is taken at which
        the network is surest.
        """
        largest = math.sqrt(_MOST_PIXELS / ink.size)
        tried = {
            scale: self._look(scaled(ink, scale)) for scale in {min(scale, largest) for scale in self._scales(ink)}
        }
        best = max(tried, key=lambda scale: _sureness(tried[scale]))
        sizes = sorted(symbol.size for symbol in tried[best].symbols)
        finer = min(best * EM / sizes[len(sizes) * 3 // 4], largest) if sizes else best
        again = self._look(scaled(ink, finer))
        if _sureness(again) > _sureness(tried[best]):
            return _scaled(again, 1 / finer)
        return _scaled(tried[best], 1 / best)

    def _scales(self, ink: Ink) -> Iterator[float]:
        yield from _SCALES
        if ink.shape[0] > _TALL:
            yield from (_TALL / ink.shape[0] / 4, _TALL / ink.shape[0] / 2, _TALL / ink.shape[0])

    @torch.inference_mode()
    def _look(self, ink: Ink) -> Page:
        height, width = ink.shape
        first = next(self._network.parameters())
        pixels = torch.zeros(1, 1, -(-height // 16) * 16, -(-width // 16) * 16)
        pixels[0, 0, :height, :width] = torch.from_numpy(ink)
        found = self._network(pixels.to(first.device, first.dtype))
        return Page(tuple(self._symbols(found)), tuple(_bars(found.bar[0].sigmoid().cpu(), ink)))

    def _symbols(self, found: Found) -> list[Symbol]:
        there = found.centre[0].sigmoid()
        peaks = there == functional.max_pool2d(there[None, None], 3, 1, 1)[0, 0]
        rows, columns = torch.nonzero(peaks & (there > _THERE), as_tuple=True)
        chances = found.names[0, :, rows, columns].softmax(0).T
        geometry = found.geometry[0, :, rows, columns].T
        return [
            self._symbol(int(row), int(column), float(there[row, column]), names, measures)
            for row, column, names, measures in zip(rows, columns, chances.cpu(), geometry.cpu(), strict=True)
        ]

    def _symbol(self, row: int, column: int, there: float, chances: Tensor, geometry: Tensor) -> Symbol:
        x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
        left, top, right, bottom, baseline, size = geometry.tolist()
        likely = [(self._names[at], float(chances[at])) for at in chances.argsort(descending=True)[:4].tolist()]
        (name, weight), *others = likely
        return Symbol(
            name, x + left * EM, y + top * EM, x + right * EM, y + bottom * EM, y + baseline * EM, EM * math.exp(size),
            there * weight, tuple((other, chance) for other, chance in others if chance > _UNLIKELY),
        )  # fmt: skip


def _sureness(page: Page) -> float:
    """How sure the network is of its symbols; few of them count less than many."""
    count = len(page.symbols)
    return sum(symbol.weight for symbol in page.symbols) / (count + 1) if count else 0.0


def _bars(chances: Tensor, ink: Ink) -> list[Bar]:
    """Runs of cells through which a bar passes, each at the row of pixels that has most ink."""
    found: list[Bar] = []
    cells = (chances > _THERE).numpy()
    for row in range(cells.shape[0]):
        for start, end in _runs(cells[row]):
            above = float(chances[row - 1, start:end].mean()) if row else 0.0
            below = float(chances[row + 1, start:end].mean()) if row + 1 < cells.shape[0] else 0.0
            here = float(chances[row, start:end].mean())
            if end - start < _SHORTEST or above > here or below >= here:
                continue
            top = max(row * STRIDE - 2, 0)
            band = ink[top : (row + 1) * STRIDE + 2, start * STRIDE : end * STRIDE].mean(1)
            y = top + int(np.argmax(band)) + 0.5 if band.size else (row + 0.5) * STRIDE
            found.append(Bar(start * STRIDE + 1.0, end * STRIDE - 1.0, y))
    return found


def _runs(cells: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], cells.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _scaled(page: Page, scale: float) -> Page:
    return Page(
        tuple(
            symbol._replace(
                left=symbol.left * scale, top=symbol.top * scale, right=symbol.right * scale,
                bottom=symbol.bottom * scale, baseline=symbol.baseline * scale, size=symbol.size * scale,
            )
            for symbol in page.symbols
        ),
        tuple(Bar(bar.left * scale, bar.right * scale, bar.y * scale) for bar in page.bars),
    )  # fmt: skip


@lru_cache(maxsize=4)
def loaded(folder: Path, device: str, precision: str) -> Reader:
    """The reader of a folder; each is loaded once in a process."""
    return Reader(folder, device, precision)
