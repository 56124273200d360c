"""Where paths cross: the library intersections."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from ..scene import Part, Point, flatten

MAX_PAIRS: Final = 20_000_000
_STEPS: Final = 48


def crossings(first: tuple[Part, ...], second: tuple[Part, ...]) -> list[Point]:
    """The points where two paths meet, in the order in which the first runs through them.

    Curves are taken as lines of 1/48 of each, so that points are exact to a hundredth of a point in a usual figure.
    Raises ValueError where the paths have too many parts.
    """
    a, b = (_segments(parts) for parts in (first, second))
    if len(a) * len(b) > MAX_PAIRS:
        raise ValueError("the paths have too many parts")
    if not len(a) or not len(b):
        return []
    start, along = a[:, None, 0], (a[:, 1] - a[:, 0])[:, None]
    other, across = b[None, :, 0], (b[:, 1] - b[:, 0])[None]
    cross = along[..., 0] * across[..., 1] - along[..., 1] * across[..., 0]
    apart = other - start
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (apart[..., 0] * across[..., 1] - apart[..., 1] * across[..., 0]) / cross
        u = (apart[..., 0] * along[..., 1] - apart[..., 1] * along[..., 0]) / cross
    # A little more than the segment, so that none is lost where two of a curve join.
    meets = (np.abs(cross) > 1e-12) & (t > -1e-6) & (t < 1 + 1e-6) & (u > -1e-6) & (u < 1 + 1e-6)
    rows, columns = np.nonzero(meets)
    order = np.lexsort((t[rows, columns], rows))
    points = start[rows, 0] + t[rows, columns][:, None] * along[rows, 0]
    found: list[Point] = []
    for x, y in points[order].tolist():
        if all(abs(x - p) + abs(y - q) > 0.02 for p, q in found):
            found.append((x, y))
    return found


def _segments(parts: tuple[Part, ...]) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """Segments × ends × coordinates."""
    pairs = [pair for run in flatten(parts, _STEPS) for pair in pairwise(run) if pair[0] != pair[1]]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2, 2)
