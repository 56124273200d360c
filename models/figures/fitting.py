"""Strokes and edges of areas → lines, arcs, circles, ellipses and smooth curves, by least squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .strokes import Points, length

Pair: TypeAlias = tuple[float, float]

_CORNER: Final = math.radians(34)
"""From which turn on, over a short way, a stroke has a corner."""
_SWEEP: Final = math.radians(14)
"""Less of a circle is a line or a curve."""
_PIECES: Final = 64


class Segment(NamedTuple):
    start: Pair
    end: Pair


class Arc(NamedTuple):
    """A part of a circle: from the angle `start` on by `sweep`, in radians, clockwise on the picture if positive."""

    center: Pair
    radius: float
    start: float
    sweep: float

    def at(self, angle: float) -> Pair:
        """The point at an angle."""
        return self.center[0] + self.radius * math.cos(angle), self.center[1] + self.radius * math.sin(angle)


class Round(NamedTuple):
    """A whole circle or ellipse; `turn` is the angle of the first radius, in radians."""

    center: Pair
    rx: float
    ry: float
    turn: float


class Smooth(NamedTuple):
    """Cubic Bézier curves one after the other: count × 4 × (x, y)."""

    curves: npt.NDArray[np.float64]


Fitted: TypeAlias = Segment | Arc | Round | Smooth


def fitted(points: Points, closed: bool, tolerance: float) -> list[Fitted]:
    """What a stroke is; the pieces of a stroke with corners in order."""
    if closed and len(points) > 4:
        whole = round_of(points, tolerance)
        if whole is not None:
            return [whole]
        points = _opened(points)
    return _pieces(points, tolerance, _PIECES)


def _opened(points: Points) -> Points:
    """A closed stroke from its sharpest corner around to it."""
    ring = points[:-1] if math.dist(points[0], points[-1]) < 0.5 else points
    turns = _turns(np.concatenate([ring, ring, ring]), 5.0)[len(ring) : 2 * len(ring)]
    at = int(np.argmax(turns))
    return np.concatenate([ring[at:], ring[: at + 1]])


def round_of(points: Points, tolerance: float) -> Round | None:
    """The circle or ellipse that a closed way is."""
    circle = circle_of(points)
    if circle is not None:
        (x, y), radius = circle
        off = np.abs(np.hypot(points[:, 0] - x, points[:, 1] - y) - radius)
        if float(np.percentile(off, 95)) < max(tolerance, 0.04 * radius) and radius > 1.5:
            return Round((x, y), radius, radius, 0.0)
    return _ellipse(points, tolerance)


def circle_of(points: Points) -> tuple[Pair, float] | None:
    """The circle with the least algebraic distance to points (Kåsa, 1976)."""
    if len(points) < 3:
        return None
    middle = points.mean(axis=0)
    x, y = (points - middle).T
    matrix = np.stack([x, y, np.ones_like(x)], axis=1)
    found, _, rank, _ = np.linalg.lstsq(matrix, x * x + y * y, rcond=None)
    if rank < 3:
        return None
    cx, cy = found[0] / 2, found[1] / 2
    square = found[2] + cx * cx + cy * cy
    if square <= 0:
        return None
    return (float(cx + middle[0]), float(cy + middle[1])), float(math.sqrt(square))


def _ellipse(points: Points, tolerance: float) -> Round | None:
    """The ellipse of points (Halíř and Flusser, "Numerically stable direct least squares fitting", 1998)."""
    if len(points) < 12:
        return None
    middle, size = points.mean(axis=0), float(np.ptp(points, axis=0).max()) / 2
    if size < 3:
        return None
    x, y = ((points - middle) / size).T
    quadratic = np.stack([x * x, x * y, y * y], axis=1)
    linear = np.stack([x, y, np.ones_like(x)], axis=1)
    try:
        back = -np.linalg.solve(linear.T @ linear, linear.T @ quadratic)
        reduced = quadratic.T @ quadratic + quadratic.T @ linear @ back
        reduced = np.stack([reduced[2] / 2, -reduced[1], reduced[0] / 2])
        _, vectors = np.linalg.eig(reduced)
    except np.linalg.LinAlgError:
        return None
    vectors = np.real(vectors)
    condition = 4 * vectors[0] * vectors[2] - vectors[1] ** 2
    if not (condition > 0).any():
        return None
    a, b, c = vectors[:, int(np.argmax(condition))]
    d, e, f = back @ np.array([a, b, c])
    matrix, shift = np.array([[a, b / 2], [b / 2, c]]), np.array([d, e])
    center = np.linalg.solve(matrix, -shift / 2)
    level = -(f + shift @ center / 2)
    values, axes = np.linalg.eigh(matrix)
    if (level / values <= 0).any():
        return None
    radii = np.sqrt(level / values)
    first = int(np.argmax(radii))
    local = ((points - middle) / size - center) @ axes
    rho = np.hypot(local[:, 0] / radii[0], local[:, 1] / radii[1])
    off = np.abs(rho - 1) / np.maximum(rho, 1e-9) * np.hypot(*local.T) * size
    if float(np.percentile(off, 95)) > max(tolerance, 0.03 * size):
        return None
    rx, ry = float(radii[first]) * size, float(radii[1 - first]) * size
    place = center * size + middle
    return Round((float(place[0]), float(place[1])), rx, ry, math.atan2(axes[1, first], axes[0, first]))


def _pieces(points: Points, tolerance: float, left: int) -> list[Fitted]:
    line = segment_of(points, tolerance)
    if line is not None or left <= 1 or len(points) < 6:
        return [line or Segment(_pair(points[0]), _pair(points[-1]))]
    whole = _arc(points, tolerance) or _trimmed(points, tolerance)
    if whole is not None:
        return [whole]
    corners = _corners(points)
    if corners:
        found: list[Fitted] = []
        for start, end in zip((0, *corners), (*corners, len(points) - 1), strict=True):
            if end - start >= 2:
                found += _pieces(points[start : end + 1], tolerance, left // 2)
        return found
    bent = _bent(points, tolerance)
    if bent is not None:
        return bent
    return [Smooth(bezier(points, max(0.7, 0.6 * tolerance)))]


def _trimmed(points: Points, tolerance: float) -> Segment | None:
    """A line whose ends lean a little, as the middle of a stroke does where it meets another."""
    cut = min(7, len(points) // 8)
    line = segment_of(points[cut:-cut], tolerance) if cut else None
    if line is None:
        return None
    start, way = np.asarray(line.start), np.asarray(line.end) - np.asarray(line.start)
    size = float(np.hypot(*way))
    way = way / max(size, 1e-9)
    off = np.abs((points - start) @ np.array([-way[1], way[0]]))
    if float(off.max()) > 3 * tolerance:
        return None
    first, last = (start + float((end - start) @ way) * way for end in (points[0], points[-1]))
    return Segment(_pair(first), _pair(last))


def segment_of(points: Points, tolerance: float) -> Segment | None:
    """The line of points that none of them is far from."""
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    along, aside = (points - middle) @ axes[0], (points - middle) @ axes[-1]
    inner = slice(1, -1) if len(points) > 8 else slice(None)
    if len(points) > 2 and not _is_near(np.abs(aside[inner]), tolerance):
        return None
    low, high = float(along[[0, -1]].min()), float(along[[0, -1]].max())
    ends = middle + low * axes[0], middle + high * axes[0]
    if along[0] > along[-1]:
        ends = ends[1], ends[0]
    return Segment(_pair(ends[0]), _pair(ends[1]))


def _is_near(off: npt.NDArray[np.float64], tolerance: float) -> bool:
    """Whether points are near what is fitted; where another stroke touches, a few of them may be farther."""
    if len(off) < 30:
        return float(off.max()) <= tolerance
    return float(np.percentile(off, 95)) <= 0.8 * tolerance and float(off.max()) <= 2.2 * tolerance


def _pair(point: npt.NDArray[np.float64]) -> Pair:
    return float(point[0]), float(point[1])


def _arc(points: Points, tolerance: float) -> Arc | None:
    if length(points) < 7:
        return None
    inner = points[1:-1] if len(points) > 12 else points
    circle = circle_of(inner)
    if circle is None or circle[1] > 4 * length(points):
        return None
    (x, y), radius = circle
    off = np.abs(np.hypot(inner[:, 0] - x, inner[:, 1] - y) - radius)
    if not _is_near(off, tolerance):
        return None
    angles = np.unwrap(np.arctan2(points[:, 1] - y, points[:, 0] - x))
    sweep = float(angles[-1] - angles[0])
    if abs(sweep) < _SWEEP or abs(sweep) > 6.4:
        return None
    return Arc((x, y), radius, float(angles[0]), sweep)


def _turns(points: Points, reach: float) -> npt.NDArray[np.float64]:
    """How far the way turns at each point, looked at over `reach` before and behind it."""
    steps = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    before = np.searchsorted(steps, steps - reach)
    behind = np.minimum(np.searchsorted(steps, steps + reach), len(points) - 1)
    back, ahead = points - points[before], points[behind] - points
    turn = np.arctan2(
        back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0], back[:, 0] * ahead[:, 0] + back[:, 1] * ahead[:, 1]
    )
    turn = np.abs(turn)
    turn[(steps < 0.6 * reach) | (steps > steps[-1] - 0.6 * reach)] = 0
    return turn


def _corners(points: Points) -> list[int]:
    """Where a way turns sharply: much more than on the ways to and from there."""
    whole = length(points)
    reach = min(8.0, max(3.5, whole / 8))
    near, wide = _turns(points, reach), _turns(points, 2.2 * reach)
    found: list[int] = []
    order = np.argsort(-near)
    for at in order.tolist():
        if near[at] < _CORNER:
            break
        if wide[at] > 1.75 * near[at] and near[at] < 1.2:  # a narrow bow turns on
            continue
        if all(length(points[min(at, other) : max(at, other) + 1]) > 1.2 * reach for other in found):
            found.append(at)
    return sorted(found)


def _bent(points: Points, tolerance: float) -> list[Fitted] | None:
    """Two lines with a blunt corner between them."""
    ends = points[-1] - points[0]
    size = float(np.hypot(*ends))
    if size < 12:
        return None
    aside = np.abs((points - points[0]) @ np.array([-ends[1], ends[0]])) / size
    at = int(np.argmax(aside))
    if at < 4 or at > len(points) - 5:
        return None
    sides = [segment_of(part, tolerance) for part in (points[: at + 1], points[at:])]
    return [side for side in sides if side is not None] if all(side is not None for side in sides) else None


def bezier(points: Points, tolerance: float) -> npt.NDArray[np.float64]:
    """Cubic curves through the first and last of the points and near all others (Schneider, "An algorithm for
    automatically fitting digitized curves", 1990).
    """
    points = _smoothed(points)
    return np.asarray(_bezier(points, _heading(points), _heading(points[::-1]), tolerance, 0))


def _smoothed(points: Points) -> Points:
    """The points without the steps of the grid."""
    if len(points) < 9:
        return points
    kernel = np.array([1, 2, 3, 2, 1]) / 9
    inner = np.stack([np.convolve(points[:, axis], kernel, "valid") for axis in (0, 1)], axis=1)
    return np.concatenate([points[:1], inner, points[-1:]])


def _heading(points: Points) -> npt.NDArray[np.float64]:
    ahead = points[min(len(points) - 1, 6)] - points[0]
    return np.asarray(ahead / max(float(np.hypot(*ahead)), 1e-9))


def _bezier(
    points: Points, first: npt.NDArray[np.float64], last: npt.NDArray[np.float64], tolerance: float, depth: int
) -> list[npt.NDArray[np.float64]]:
    steps = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    if len(points) < 4 or steps[-1] < 4:
        reach = steps[-1] / 3
        return [np.stack([points[0], points[0] + reach * first, points[-1] + reach * last, points[-1]])]
    times = steps / steps[-1]
    curve = _through(points, times, first, last)
    for _ in range(4):
        apart = np.hypot(*(_at(curve, times) - points).T)
        if float(apart.max()) < tolerance:
            return [curve]
        times = _nearer(curve, points, times)
        curve = _through(points, times, first, last)
    apart = np.hypot(*(_at(curve, times) - points).T)
    at = int(np.argmax(apart))
    if float(apart[at]) < tolerance or depth > 6:
        return [curve]
    at = min(max(at, 3), len(points) - 4)
    if at < 3 or len(points) < 8:
        return [curve]
    way = points[min(at + 4, len(points) - 1)] - points[max(at - 4, 0)]
    way = way / max(float(np.hypot(*way)), 1e-9)
    return [
        *_bezier(points[: at + 1], first, -way, tolerance, depth + 1),
        *_bezier(points[at:], way, last, tolerance, depth + 1),
    ]


def _through(
    points: Points, times: npt.NDArray[np.float64], first: npt.NDArray[np.float64], last: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The curve with given ends and headings that is nearest to points at their times."""
    t, u = times[:, None], 1 - times[:, None]
    one, two = 3 * u * u * t * first, 3 * u * t * t * last
    rest = points - (u**3 + 3 * u * u * t) * points[0] - (t**3 + 3 * u * t * t) * points[-1]
    matrix = np.array([[(one * one).sum(), (one * two).sum()], [(one * two).sum(), (two * two).sum()]])
    right = np.array([(one * rest).sum(), (two * rest).sum()])
    size = float(np.hypot(*(points[-1] - points[0])))
    det = float(np.linalg.det(matrix))
    reach = np.linalg.solve(matrix, right) if abs(det) > 1e-9 else np.array([size / 3, size / 3])
    whole = length(points)
    if (reach < 0.02 * whole).any() or (reach > 1.5 * whole).any():
        reach = np.array([whole / 3, whole / 3])
    return np.stack([points[0], points[0] + reach[0] * first, points[-1] + reach[1] * last, points[-1]])


def _at(curve: npt.NDArray[np.float64], times: npt.NDArray[np.float64]) -> Points:
    t, u = times[:, None], 1 - times[:, None]
    found: Points = u**3 * curve[0] + 3 * u * u * t * curve[1] + 3 * u * t * t * curve[2] + t**3 * curve[3]
    return found


def _nearer(curve: npt.NDArray[np.float64], points: Points, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One step of Newton's method towards the nearest points of the curve."""
    t, u = times[:, None], 1 - times[:, None]
    steps = np.diff(curve, axis=0)
    slope = 3 * (u * u * steps[0] + 2 * u * t * steps[1] + t * t * steps[2])
    bend = 6 * (u * (steps[1] - steps[0]) + t * (steps[2] - steps[1]))
    apart = _at(curve, times) - points
    above = (apart * slope).sum(axis=1)
    below = (slope * slope).sum(axis=1) + (apart * bend).sum(axis=1)
    moved = times - np.where(np.abs(below) > 1e-9, above / np.where(below == 0, 1, below), 0)
    return np.clip(np.maximum.accumulate(np.clip(moved, 0, 1)), 0, 1)


def samples(shape: Fitted, step: float = 2.0) -> Points:
    """Points along a shape, about `step` apart."""
    match shape:
        case Segment(start, end):
            count = max(2, int(math.dist(start, end) / step) + 1)
            return np.linspace(start, end, count)
        case Arc(center, radius, start, sweep):
            count = max(3, int(abs(sweep) * radius / step) + 1)
            angles = np.linspace(start, start + sweep, count)
            return np.stack([center[0] + radius * np.cos(angles), center[1] + radius * np.sin(angles)], axis=1)
        case Round(center, rx, ry, turn):
            count = max(12, int(3.2 * (rx + ry) / step))
            angles = np.linspace(0, 2 * math.pi, count)
            x, y = rx * np.cos(angles), ry * np.sin(angles)
            c, s = math.cos(turn), math.sin(turn)
            return np.stack([center[0] + c * x - s * y, center[1] + s * x + c * y], axis=1)
        case Smooth(curves):
            parts = [_at(curve, np.linspace(0, 1, max(4, int(length(curve) / step)))) for curve in curves]
            return np.concatenate(parts)


def crossing(one: Segment, other: Segment) -> Pair | None:
    """Where two lines cross, drawn out as far as needed; None where they hardly do."""
    (x1, y1), (x2, y2) = one
    (x3, y3), (x4, y4) = other
    ax, ay, bx, by = x2 - x1, y2 - y1, x4 - x3, y4 - y3
    det = ax * by - ay * bx
    if abs(det) < 0.12 * math.hypot(ax, ay) * math.hypot(bx, by) or det == 0:
        return None
    share = ((x3 - x1) * by - (y3 - y1) * bx) / det
    return x1 + share * ax, y1 + share * ay


def polygon_of(points: Points, tolerance: float) -> list[Pair] | None:
    """The corners of a closed way of straight sides; None where it has others, or more than twelve."""
    pieces = fitted(points, True, tolerance)
    sides = [piece for piece in pieces if isinstance(piece, Segment)]
    if len(sides) != len(pieces) or not 3 <= len(sides) <= 12:
        return None
    return corners_of(sides)


def corners_of(sides: Sequence[Segment]) -> list[Pair]:
    """Where each side meets the next one, around."""
    found: list[Pair] = []
    for at, side in enumerate(sides):
        before = sides[at - 1]
        meeting = crossing(before, side)
        middle = ((before.end[0] + side.start[0]) / 2, (before.end[1] + side.start[1]) / 2)
        found.append(meeting if meeting is not None and math.dist(meeting, middle) < 8 else middle)
    return found
