"""How alike two figures are as figures: their segments, curves, circles, areas and labels, matched one to one.

Ink alone does not see that a label says something else, or that a circle has become a polygon; shapes alone do not see
what covers what. Both figures are put upon each other, their parts are matched within each kind by the assignment that
makes the sum of their likenesses largest (Hungarian method), and the ink of both is compared as in `compare`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias, assert_never, get_args

import numpy as np
import numpy.typing as npt

from ..convert.distance import levenshtein
from ..convert.errors import MissingExtraError, UnsupportedError
from . import charts, drawing, labels, scene
from .compare import likeness
from .raster import raster

Kind: TypeAlias = Literal["segment", "curve", "circle", "area", "label"]

MAX_PARTS: Final = 4_000
"""Parts of one kind: an assignment takes time with the cube of their number."""
_REACH: Final = 0.05
"""A part that is off by this share of the figure's diagonal is none of the other figure's."""
_DPI: Final = 72.0


class _Part(NamedTuple):
    """`points` lie along a line, on the rim of an area, or in the middle of a label; `weight` is how much it counts."""

    points: tuple[scene.Point, ...]
    color: str = ""
    text: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Resemblance:
    """`kinds` has the likeness, 0 to 1, of each kind of part that either figure has; `ink` is the chamfer F1."""

    kinds: tuple[tuple[Kind, float], ...]
    ink: float

    @property
    def structure(self) -> float:
        """The mean over the kinds; 1 where there is no part at all."""
        return sum(value for _, value in self.kinds) / len(self.kinds) if self.kinds else 1.0

    @property
    def score(self) -> float:
        """The mean of structure and ink."""
        return (self.structure + self.ink) / 2


def resemblance(first: scene.Scene, second: scene.Scene) -> Resemblance:
    """Compares two figures, whatever their place and their size as a whole.

    Raises UnsupportedError where one has too many parts, and MissingExtraError without SciPy.
    """
    if find_spec("scipy") is None:
        raise MissingExtraError('comparing figures needs scipy, which is not installed: pip install "panmath[figures]"')
    found = [_parts(figure) for figure in (first, second)]
    kinds = tuple(
        (kind, _matched(found[0][kind], found[1][kind])) for kind in get_args(Kind) if found[0][kind] or found[1][kind]
    )
    pictures = [raster(drawing.draw(figure, losses=[]), dpi=_DPI, background="white") for figure in (first, second)]
    return Resemblance(kinds, likeness(pictures[0], pictures[1]).score)


def _parts(figure: scene.Scene) -> dict[Kind, list[_Part]]:
    """The parts of each kind, in a square of side 1 that holds the figure's diagonal."""
    found: dict[Kind, list[_Part]] = {kind: [] for kind in get_args(Kind)}
    for leaf in scene.leaves(scene.normal(_plain(figure)).items):
        match leaf:
            case scene.Label():
                text = "\n".join(labels.write_line(line).strip("$") for line in leaf.lines)
                if text.strip():
                    middle = tuple(np.mean(labels.corners(leaf), axis=0))
                    found["label"].append(_Part(((float(middle[0]), float(middle[1])),), leaf.color, text))
            case scene.Axes():
                raise AssertionError("axes are drawn before they are compared")
            case scene.Circle(center, radius, style):
                found["circle"].append(_Part(_square(center, radius, radius), style.stroke or style.fill))
            case scene.Ellipse(center, (rx, ry), _, style):
                found["circle"].append(_Part(_square(center, rx, ry), style.stroke or style.fill))
            case scene.Path() | scene.Rectangle():
                _lines(leaf, found)
            case _:
                assert_never(leaf)
        if not isinstance(leaf, scene.Label) and leaf.style.fill:
            rim = [point for run in scene.flatten(scene.outline(leaf), 8) for point in run]
            found["area"].append(_Part(_along(rim, 16), leaf.style.fill))
    for kind, parts in found.items():
        if len(parts) > MAX_PARTS:
            raise UnsupportedError(f"the figure has {len(parts)} parts of the kind {kind}, more than {MAX_PARTS}")
    return _framed(found)


def _plain(figure: scene.Scene) -> scene.Scene:
    """The figure with its axes as the lines and labels that they are drawn with."""
    items: list[scene.Item] = []
    for leaf in scene.leaves(figure.items):
        items += (leaf.drawn or charts.draw_axes(leaf)) if isinstance(leaf, scene.Axes) else (leaf,)
    return scene.Scene(tuple(items))


def _lines(shape: scene.Path | scene.Rectangle, found: dict[Kind, list[_Part]]) -> None:
    """The segments and curves of an outline, where it is drawn."""
    if not shape.style.stroke:
        return
    at = begun = (0.0, 0.0)
    for part in scene.outline(shape):
        match part:
            case scene.Move(to):
                begun = to
            case scene.Line(to):
                found["segment"].append(_segment(at, to, shape.style.stroke))
            case scene.Curve(first, second, to):
                points = tuple(scene.bezier(at, first, second, to, t / 8) for t in range(9))
                found["curve"].append(_Part(points, shape.style.stroke, weight=_length(points)))
            case scene.Close():
                if math.dist(at, begun) > 0.01:
                    found["segment"].append(_segment(at, begun, shape.style.stroke))
                to = begun
        at = to


def _segment(start: scene.Point, end: scene.Point, color: str) -> _Part:
    return _Part((start, end), color, weight=math.dist(start, end))


def _square(center: scene.Point, rx: float, ry: float) -> tuple[scene.Point, ...]:
    x, y = center
    return ((x - rx, y), (x, y - ry), (x + rx, y), (x, y + ry))


def _length(points: Sequence[scene.Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


def _along(points: Sequence[scene.Point], count: int) -> tuple[scene.Point, ...]:
    """Points at even distances along a rim, from its lowest left one, so that rims of one shape begin alike."""
    start = min(range(len(points)), key=lambda at: (round(points[at][0] + points[at][1], 3), points[at]))
    turned = [*points[start:], *points[: start + 1]]
    lengths = np.concatenate(([0.0], np.cumsum([math.dist(a, b) for a, b in pairwise(turned)])))
    at = np.linspace(0.0, lengths[-1], count, endpoint=False)
    xs, ys = (np.interp(at, lengths, [point[axis] for point in turned]) for axis in (0, 1))
    return tuple(zip(xs.tolist(), ys.tolist(), strict=True))


def _framed(found: dict[Kind, list[_Part]]) -> dict[Kind, list[_Part]]:
    """The parts moved so that the figure begins at the origin, and shrunk so that its diagonal is 1.

    Labels are left out of the frame where there is anything else: one more or less must not move all the rest.
    """
    shapes = [part for kind, parts in found.items() for part in parts if kind != "label"] or found["label"]
    points = np.array([point for part in shapes for point in part.points] or [(0.0, 0.0)])
    low, high = points.min(axis=0), points.max(axis=0)
    diagonal = float(np.hypot(*(high - low))) or 1.0

    def framed(part: _Part) -> _Part:
        moved = tuple(((x - low[0]) / diagonal, (y - low[1]) / diagonal) for x, y in part.points)
        return part._replace(points=moved)

    return {kind: [framed(part) for part in parts] for kind, parts in found.items()}


def _matched(first: Sequence[_Part], second: Sequence[_Part]) -> float:
    """The likeness of two sets of parts of one kind: of all their weight the share that is matched, and how well."""
    from scipy.optimize import linear_sum_assignment

    total = sum(part.weight for part in first) + sum(part.weight for part in second)
    if not first or not second or not total:
        return 0.0
    alike = _likenesses(first, second)
    weights = np.add.outer([part.weight for part in first], [part.weight for part in second])
    rows, columns = linear_sum_assignment(alike * weights, maximize=True)
    return float((alike * weights)[rows, columns].sum() / total)


def _likenesses(first: Sequence[_Part], second: Sequence[_Part]) -> npt.NDArray[np.float64]:
    """First × second, 0 to 1: by how far their points are apart, either way round, what they say and their colour."""
    a, b = (np.array([part.points for part in parts]) for parts in (first, second))
    apart = np.minimum(_apart(a, b), _apart(a, b[:, ::-1]))
    alike = np.clip(1 - apart / _REACH, 0.0, 1.0)
    same_color = np.array([part.color for part in first])[:, None] == np.array([part.color for part in second])
    alike *= np.where(same_color, 1.0, 0.8)
    if first[0].text:
        alike *= np.array([[_same_text(one.text, other.text) for other in second] for one in first])
    return alike


def _apart(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The mean distance of the points of each of `a` from those of each of `b`, pair by pair, without large arrays."""
    total: npt.NDArray[np.float64] = np.zeros((len(a), len(b)))
    for number in range(a.shape[1]):
        total += np.hypot(np.subtract.outer(a[:, number, 0], b[:, number, 0]),
                          np.subtract.outer(a[:, number, 1], b[:, number, 1]))  # fmt: skip
    total /= a.shape[1]
    return total


def _same_text(first: str, second: str) -> float:
    return 1 - levenshtein(first, second) / max(len(first), len(second))
