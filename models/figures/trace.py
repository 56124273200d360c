"""What is drawn on a picture, as shapes with their looks; still in pixels, and without saying what they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.measure import find_contours

from . import fitting
from .fitting import Arc, Fitted, Pair, Round, Segment, Smooth, samples
from .ink import CLEAN, Mask, Region, Sheet
from .marks import Dot, Marks, Piece
from .strokes import Points, Stroke, length, strokes

Color: TypeAlias = tuple[float, float, float]

_OTHER_TINT: Final = 0.9
"""The cosine of the angle between two colours, as they lie from the paper's, below which they are different."""
_RING: Final = 5.0
"""Radians of a circle from which on it is meant whole."""


@dataclass(frozen=True, slots=True)
class Polyline:
    """Straight lines through points."""

    points: tuple[Pair, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A shape as it is painted. `tips` are the kinds of arrow tips at its start and end, each with its length."""

    shape: Fitted | Polyline
    stroke: Color | None = None
    fill: Color | None = None
    width: float = 1.0
    dash: tuple[float, ...] = ()
    tips: tuple[tuple[str, float] | None, tuple[str, float] | None] = (None, None)
    role: str = ""


@dataclass(slots=True)
class _Line:
    """A piece of a stroke while it is worked on."""

    shape: Fitted
    free: list[bool]
    color: Color
    width: float
    dash: tuple[float, ...] = ()
    tips: list[tuple[str, float] | None] = field(default_factory=lambda: [None, None])


def traced(sheet: Sheet, found: Marks) -> list[Drawn]:
    """The shapes of a picture without its labels, those that lie below first."""
    half = sheet.half
    ways, tips = _tipped(strokes(found.lines, half, sheet.colors - sheet.paper), found.lines, half, found.em)
    lines: list[_Line] = []
    tolerance = 0.85 + 0.35 * half + 0.12 * min(sheet.noise, 6.0)
    for stroke, tip in zip(ways, tips, strict=True):
        lines += _lines(stroke, tip, sheet, tolerance)
    lines += [line for chain in found.dashed for line in _broken(chain, sheet, tolerance, found.lines)]
    lines = _rings(lines, tolerance + 0.8)
    _join_ends(lines, 2.2 * half + 2.4)
    lines = [line for line in lines if not isinstance(line.shape, Segment) or math.dist(*line.shape) > 1.5]
    lines = _merged(lines, half, found.lines)
    shapes = _polylines(lines, half)
    areas = [area for region in sheet.regions if (area := _area(region, half, tolerance)) is not None]
    below, shapes = _filled(areas, shapes, half)
    apexes = [(end, tip[1]) for line in lines for end, tip in zip(_ends_of(line), line.tips, strict=False) if tip]
    dots = [_dot(dot, sheet) for dot in found.dots if not any(math.dist(dot.center, at) < size for at, size in apexes)]
    return [*below, *shapes, *dots]


def is_bar(drawn: Drawn) -> bool:
    """Whether a shape is a line that lies, as formulas have them."""
    if not isinstance(drawn.shape, Segment):
        return False
    (x, y), (u, v) = drawn.shape
    return abs(v - y) < 0.05 * abs(u - x)


def is_figure(drawn: Drawn, em: float) -> bool:
    """Whether a shape is one that formulas do not have: a large circle, an area, an arrow, a broken line."""
    large = isinstance(drawn.shape, Round) and drawn.shape.ry > 0.7 * em
    return large or (drawn.fill is not None and drawn.role != "dot") or any(drawn.tips) or bool(drawn.dash)


# Arrow tips

_Tip: TypeAlias = tuple[str, float] | None


class _Section(NamedTuple):
    """What lies across a stroke at a distance from its end: how far its ink reaches on each side without a gap, and how
    far the outermost ink near it is on each side, 0 where there is none.
    """

    left: float
    right: float
    outer_left: float
    outer_right: float

    @property
    def width(self) -> float:
        return self.left + self.right


def _tipped(ways: list[Stroke], lines: Mask, half: float, em: float) -> tuple[list[Stroke], list[list[_Tip]]]:
    """The strokes without those that are parts of arrow tips, and which ends have one."""
    tips: list[list[_Tip]] = [[None, None] for _ in ways]
    ways = list(ways)
    most = min(max(0.85 * em, 9 * half), 30 * half + 4) if em else 14 * half
    gone: set[int] = set()
    for at, stroke in enumerate(ways):
        if stroke.closed or length(stroke.points) < 1.6 * most:
            continue
        for side in (0, -1):
            tip = _tip_at(stroke.points if side == 0 else stroke.points[::-1], lines, half, most)
            tip = tip or _barbs(at, side, ways, half, most)
            if tip is None:
                continue
            end = ways[at].points[side]
            parts = [
                other for other, one in enumerate(ways)
                if other != at and not one.closed and length(one.points) < 0.9 * most
                and np.hypot(*(one.points - end).T).max() < 1.25 * tip[1] + 2 * half
            ]  # fmt: skip
            tips[at][side] = tip
            gone.update(parts)
            ways[at] = _to_apex(ways[at], side, lines, half, tip[1])
    kept = [at for at in range(len(ways)) if at not in gone]
    return [ways[at] for at in kept], [tips[at] for at in kept]


def _tip_at(points: Points, lines: Mask, half: float, most: float) -> _Tip:
    """The arrow tip at the beginning of a stroke: ink that grows wider from the end on, on both sides alike, and then
    is as narrow as the line at once.
    """
    steps = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    far = points[np.searchsorted(steps, min(1.7 * most, steps[-1] - 1))]
    near = points[np.searchsorted(steps, min(0.9 * most, steps[-1] - 1))]
    way = far - near if math.dist(far, near) > 3 else far - points[0]
    way = way / max(float(np.hypot(*way)), 1e-9)
    if abs(float((near - points[0]) @ np.array([-way[1], way[0]]))) > 2.5 + half:
        return None  # a bow
    first = half + 1.2
    places = np.arange(first, 1.7 * most, 0.5)
    sections = [_section(points[0] + place * way, way, lines, 0.55 * most + 2) for place in places]
    tail = [one.width for one, place in zip(sections, places, strict=True) if place > 1.1 * most]
    base = float(np.median(tail)) if tail else 2 * half
    solid = [one.width for one, place in zip(sections, places, strict=True) if place < 1.1 * most]
    peak = int(np.argmax(solid))
    place = float(places[peak])
    widest = sections[peak]
    least = base + max(2.0, 0.8 * base)
    even = min(widest.left, widest.right) > 0.28 * widest.width
    behind = [width for width, at in zip(solid, places, strict=False) if place + 2.5 < at < place + 5.5]
    before = [width for width, at in zip(solid, places, strict=False) if at < 0.45 * place]
    narrows = not before or float(np.mean(before)) < 0.78 * widest.width
    if widest.width >= least and even and behind and max(behind) < base + 1.6 and narrows and place > 2.2 * half + 1:
        return ("Triangle" if widest.width > 1.02 * place else "Stealth"), place + 0.5
    return _open_tip(sections, places, half, most)


def _open_tip(sections: Sequence[_Section], places: npt.NDArray[np.float64], half: float, most: float) -> _Tip:
    """Two lines that lean back from the end."""
    pairs = [
        (float(place), (one.outer_left + one.outer_right) / 2)
        for one, place in zip(sections, places, strict=True)
        if place < 0.9 * most and min(one.outer_left, one.outer_right) > 1.5 * half + 0.8
        and abs(one.outer_left - one.outer_right) < 1.3 + 0.25 * max(one.outer_left, one.outer_right)
    ]  # fmt: skip
    if len(pairs) < 4:
        return None
    reach, spread = max(place for place, _ in pairs), max(apart for _, apart in pairs)
    low = [apart for place, apart in pairs if place < 0.5 * reach]
    after = [one for one, place in zip(sections, places, strict=True) if reach + 2 < place < reach + 5]
    if spread < 1.5 * half + 2 or (low and max(low) > 0.95 * spread) or not after:
        return None
    if any(min(one.outer_left, one.outer_right) > 0 for one in after) or len(pairs) < 0.5 * (reach - float(places[0])):
        return None
    return "to", reach


def _barbs(at: int, side: int, ways: Sequence[Stroke], half: float, most: float) -> _Tip:
    """A small open tip: short strokes that meet the end of a long one and lean back on both sides."""
    points = ways[at].points if side == -1 else ways[at].points[::-1]
    apex = points[-1]
    way = apex - points[max(0, len(points) - 16)]
    way = way / max(float(np.hypot(*way)), 1e-9)
    backs: list[tuple[float, float]] = []
    for other, stroke in enumerate(ways):
        if other == at or stroke.closed or length(stroke.points) > 1.6 * most:
            continue
        if float(np.hypot(*(stroke.points - apex).T).min()) > 2 * half + 1.5:
            continue
        for end in (stroke.points[0], stroke.points[-1]):
            along, aside = float((end - apex) @ way), float((end - apex) @ np.array([-way[1], way[0]]))
            if along < -0.8 and abs(aside) > half + 1:
                backs.append((along, aside))
    left, right = [one for one in backs if one[1] > 0], [one for one in backs if one[1] < 0]
    if len(left) != 1 or len(right) != 1:
        return None
    (a, b), (c, d) = left[0], right[0]
    if max(-a, -c) > 2.0 * min(-a, -c) + 2 or max(b, -d) > 1.8 * min(b, -d) + 1.5:
        return None
    return "to", max(-a, -c) + half


def _section(place: npt.NDArray[np.float64], way: npt.NDArray[np.float64], lines: Mask, reach: float) -> _Section:
    offsets = np.arange(0.0, reach, 0.5)
    sides = []
    for sign in (1, -1):
        x = np.rint(place[0] - sign * way[1] * offsets).astype(int)
        y = np.rint(place[1] + sign * way[0] * offsets).astype(int)
        within = (x >= 0) & (y >= 0) & (x < lines.shape[1]) & (y < lines.shape[0])
        ink = np.zeros(len(offsets), bool)
        ink[within] = lines[y[within], x[within]]
        run = int(np.argmin(ink)) if not ink.all() else len(ink)
        rest = np.flatnonzero(ink[run:])
        sides.append((run * 0.5, float(offsets[run + rest[-1]]) if rest.size else 0.0))
    (left, outer_left), (right, outer_right) = sides
    return _Section(left, right, outer_left, outer_right)


def _to_apex(stroke: Stroke, side: int, lines: Mask, half: float, size: float) -> Stroke:
    """The stroke straight to where its tip ends."""
    points = stroke.points if side == -1 else stroke.points[::-1]
    steps = np.cumsum(np.hypot(*np.diff(points[::-1], axis=0).T))
    keep = max(len(points) - 1 - int(np.searchsorted(steps, 1.1 * size)), 2)
    inner = points[:keep]
    way = inner[-1] - inner[max(0, len(inner) - 14)]
    way = way / max(float(np.hypot(*way)), 1e-9)
    reach = float((points[-1] - inner[-1]) @ way)
    if stroke.free[side]:
        while reach < 1.1 * size + 4 * half + 6:
            x, y = np.rint(inner[-1] + (reach + 0.5) * way).astype(int)
            if not (0 <= y < lines.shape[0] and 0 <= x < lines.shape[1] and lines[y, x]):
                break
            reach += 0.5
    line = np.concatenate([inner, [inner[-1] + max(reach, 1.0) * way]])
    return stroke._replace(points=line if side == -1 else line[::-1])


# Looks


def _looks(points: Points, sheet: Sheet) -> tuple[Color, float]:
    """The colour of a stroke and its width in pixels."""
    count = min(60, max(6, int(length(points))))
    steps = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    places = np.linspace(0.12, 0.88, count) * steps[-1]
    along = np.stack([np.interp(places, steps, points[:, axis]) for axis in (0, 1)], axis=1)
    ahead = np.gradient(along, axis=0)
    size = np.maximum(np.hypot(*ahead.T), 1e-9)
    normal = np.stack([-ahead[:, 1] / size, ahead[:, 0] / size], axis=1)
    reach = 2.4 * sheet.half + 2.5
    offsets = np.arange(-reach, reach + 0.01, 0.5)
    where = along[:, None] + offsets[None, :, None] * normal[:, None]
    rows, columns = where[..., 1], where[..., 0]
    profile = np.median(ndimage.map_coordinates(sheet.away, [rows, columns], order=1, mode="nearest"), axis=0)
    profile = np.maximum(profile - min(profile[0], profile[-1]), 0)
    x, y = (
        np.clip(np.rint(along[:, axis]).astype(int), 0, side - 1)
        for axis, side in ((0, sheet.away.shape[1]), (1, sheet.away.shape[0]))
    )
    best = np.zeros(count)
    color = np.zeros((count, 3))
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            u, v = np.clip(x + dx, 0, sheet.away.shape[1] - 1), np.clip(y + dy, 0, sheet.away.shape[0] - 1)
            better = sheet.away[v, u] > best
            best = np.where(better, sheet.away[v, u], best)
            color[better] = sheet.colors[v, u][better]
    top = best >= np.percentile(best, 70)
    seen = color[top].mean(axis=0)
    peak = float(best[top].mean())
    width = float(profile.sum()) * 0.5 / max(peak, 1e-6)
    across = seen - sheet.paper
    if width < 1.25:
        # Thinner than a pixel: what is seen is a mixture with the paper.
        room = np.where(
            across < -1,
            sheet.paper / np.maximum(-across, 1e-6),
            np.where(across > 1, (255 - sheet.paper) / np.maximum(across, 1e-6), 9.0),
        )
        factor = float(min(max(room.min(), 1.0), 6.0))
        seen, width = sheet.paper + factor * across, width * max(peak, 0.3) if factor > 1.3 else width
    return _color(seen, sheet.noise), max(width, 0.3)


def _color(values: npt.NDArray[np.float64], noise: float = 0.0) -> Color:
    """A colour; what is nearly black is black, the more so on a scan."""
    r, g, b = (float(min(max(value, 0), 255)) for value in values)
    dark = max(r, g, b) < 45 or (noise > CLEAN and max(r, g, b) < 95 and max(r, g, b) - min(r, g, b) < 30)
    return (0.0, 0.0, 0.0) if dark else (r, g, b)


def _lines(stroke: Stroke, tip: list[_Tip], sheet: Sheet, tolerance: float) -> list[_Line]:
    half = sheet.half
    if length(stroke.points) < max(1.6, 1.1 * half):
        return []
    color, width = _looks(stroke.points, sheet)
    pieces = fitting.fitted(stroke.points, stroke.closed, tolerance)
    found = []
    for at, piece in enumerate(pieces):
        free = [
            at == 0 and stroke.free[0] and not stroke.closed,
            at == len(pieces) - 1 and stroke.free[1] and not stroke.closed,
        ]
        line = _Line(piece, free, color, width)
        line.tips = [tip[0] if at == 0 else None, tip[1] if at == len(pieces) - 1 else None]
        if isinstance(piece, Segment):
            line.shape = _stretched(
                piece,
                max(half - 0.3, 0) if free[0] and not line.tips[0] else 0,
                max(half - 0.3, 0) if free[1] and not line.tips[1] else 0,
            )
            found.append(line)
            found += _parts(line, sheet)
        else:
            found.append(line)
    return found


def _parts(line: _Line, sheet: Sheet) -> list[_Line]:
    """Parts of a straight line that are drawn over it, bolder or in another colour."""
    assert isinstance(line.shape, Segment)
    start, end = np.asarray(line.shape.start), np.asarray(line.shape.end)
    size = float(np.hypot(*(end - start)))
    if size < 30:
        return []
    places = np.arange(2.0, size - 2.0)
    way = (end - start) / size
    along = start + places[:, None] * way
    offsets = np.arange(-4 * sheet.half - 3, 4 * sheet.half + 3.1, 0.5)
    across = along[:, None] + offsets[None, :, None] * np.array([-way[1], way[0]])
    ink = ndimage.map_coordinates(sheet.away, [across[..., 1], across[..., 0]], order=1, mode="nearest")
    thick = ndimage.median_filter(ink.sum(axis=1) * 0.5, 7)
    x, y = np.rint(along).astype(int).T
    tint = (sheet.colors - sheet.paper)[np.clip(y, 0, sheet.away.shape[0] - 1), np.clip(x, 0, sheet.away.shape[1] - 1)]
    length_of = np.maximum(np.linalg.norm(tint, axis=1), 1e-6)
    usual = np.median(tint / length_of[:, None], axis=0)
    usual = usual / max(float(np.linalg.norm(usual)), 1e-6)
    other_tint = ndimage.median_filter(((tint @ usual) / length_of < _OTHER_TINT).astype(np.uint8), 7) > 0
    base = float(np.percentile(thick, 30))
    special = (thick > 1.8 * base + 0.4) | other_tint
    for tip, away in zip(line.tips, (places, size - places), strict=True):
        special &= away > 1.4 * tip[1] + 3 if tip else True
    numbers, count = ndimage.label(special)
    found = []
    for at in range(1, count + 1):
        run = places[numbers == at]
        if len(run) < max(10, 5 * sheet.half) or len(run) > size - 12:
            continue
        a, b = start + (run[0] - 0.5) * way, start + (run[-1] + 0.5) * way
        color, width = _looks(np.stack([a, b]), sheet)
        found.append(
            _Line(Segment((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))), [False, False], color, width)
        )
    if found:
        numbers, count = ndimage.label(~special)
        rest = max((places[numbers == at] for at in range(1, count + 1)), key=len, default=places)
        line.color, line.width = _looks(np.stack([start + rest[0] * way, start + rest[-1] * way]), sheet)
    return found


def _stretched(segment: Segment, before: float, behind: float) -> Segment:
    (x, y), (u, v) = segment
    size = max(math.dist(segment.start, segment.end), 1e-9)
    dx, dy = (u - x) / size, (v - y) / size
    return Segment((x - before * dx, y - before * dy), (u + behind * dx, v + behind * dy))


def _broken(chain: Sequence[Piece], sheet: Sheet, tolerance: float, lines: Mask) -> list[_Line]:
    """A broken line: through the ends of its dashes, and on to a line that it begins or ends at."""
    points: list[Pair] = []
    for at, piece in enumerate(chain):
        dx, dy = math.cos(piece.angle) * (piece.length - 1) / 2, math.sin(piece.angle) * (piece.length - 1) / 2
        ends = [(piece.center[0] - dx, piece.center[1] - dy), (piece.center[0] + dx, piece.center[1] + dy)]
        other = chain[at + 1] if at + 1 < len(chain) else chain[at - 1]
        ends.sort(key=lambda end: math.dist(end, other.center), reverse=at + 1 < len(chain))
        points += ends
    gaps = [math.dist(points[at], points[at + 1]) for at in range(1, len(points) - 1, 2)]
    on = float(np.median([piece.length for piece in chain[1:-1] or chain]))
    off = max(float(np.median(gaps)) - 1.0, 1.0) if gaps else on
    color, width = _looks(np.asarray(points[len(chain) // 2 * 2 : len(chain) // 2 * 2 + 2]), sheet)
    dense = np.concatenate([np.linspace(a, b, 6)[:-1] for a, b in pairwise(points)] + [np.asarray(points[-1:])])
    closed = len(chain) > 6 and math.dist(points[0], points[-1]) < 1.8 * off + 2
    pieces = fitting.fitted(dense, closed, tolerance + 0.6)
    found = [_Line(piece, [False, False], color, width, (on, off)) for piece in pieces]
    if not closed and isinstance(pieces[0], Segment):
        found[0].shape = _stretched(pieces[0], _reach(pieces[0].end, pieces[0].start, off, lines), 0)
    if not closed and isinstance(found[-1].shape, Segment):
        last = found[-1].shape
        found[-1].shape = _stretched(last, 0, _reach(last.start, last.end, off, lines))
    return found


def _reach(start: Pair, end: Pair, most: float, lines: Mask) -> float:
    """How far from its end a line has to go on to meet ink; 0 where there is none near."""
    size = max(math.dist(start, end), 1e-9)
    for step in np.arange(0.5, 1.6 * most + 3, 0.5):
        x, y = (round(end[axis] + (end[axis] - start[axis]) / size * float(step)) for axis in (0, 1))
        if not (0 <= y < lines.shape[0] and 0 <= x < lines.shape[1]):
            return 0.0
        if lines[y, x]:
            return float(step) + 1.0
    return 0.0


# Putting pieces together


def _alike(one: _Line, other: _Line) -> bool:
    apart = max(abs(a - b) for a, b in zip(one.color, other.color, strict=True))
    return (
        apart < 70
        and bool(one.dash) == bool(other.dash)
        and max(one.width, other.width) < 2.0 * min(one.width, other.width) + 0.8
    )


def _rings(lines: list[_Line], tolerance: float) -> list[_Line]:
    """Arcs of one circle, together most of it, as the whole circle."""
    arcs = [line for line in lines if isinstance(line.shape, Arc)]
    used: set[int] = set()
    found: list[_Line] = []
    for line in sorted(arcs, key=lambda line: -abs(line.shape.sweep) * line.shape.radius):  # type: ignore[union-attr]
        if id(line) in used or not isinstance(line.shape, Arc):
            continue
        center, radius = line.shape.center, line.shape.radius
        group = []
        for other in lines:
            if id(other) in used or isinstance(other.shape, Round):
                continue
            points = samples(other.shape, 1.5)
            off = np.abs(np.hypot(points[:, 0] - center[0], points[:, 1] - center[1]) - radius)
            if float(off.max()) < tolerance + 0.03 * radius and (
                isinstance(other.shape, Arc) or length(points) < 0.8 * radius
            ):
                group.append((other, points))
        swept = sum(length(points) for _, points in group) / max(radius, 1e-9)
        if swept < _RING:
            continue
        circle = fitting.circle_of(np.concatenate([points for _, points in group]))
        if circle is None:
            continue
        used.update(id(other) for other, _ in group)
        found.append(
            _Line(Round(circle[0], circle[1], circle[1], 0.0), [False, False], line.color, line.width, line.dash)
        )
    return [line for line in lines if id(line) not in used] + found


def _ends_of(line: _Line) -> list[Pair]:
    match line.shape:
        case Segment(start, end):
            return [start, end]
        case Arc(_, _, start, sweep):
            return [line.shape.at(start), line.shape.at(start + sweep)]
        case Smooth(curves):
            return [tuple(curves[0][0].tolist()), tuple(curves[-1][3].tolist())]
    return []


def _join_ends(lines: list[_Line], near: float) -> None:
    """Lines that meet are drawn exactly to where they meet."""
    ends = [(at, side, place) for at, line in enumerate(lines) for side, place in enumerate(_ends_of(line))]
    group = list(range(len(ends)))

    def root(at: int) -> int:
        while group[at] != at:
            at = group[at]
        return at

    for one in range(len(ends)):
        for other in range(one + 1, len(ends)):
            if ends[one][0] != ends[other][0] and math.dist(ends[one][2], ends[other][2]) < near:
                group[root(other)] = root(one)
    members: dict[int, list[int]] = {}
    for at in range(len(ends)):
        members.setdefault(root(at), []).append(at)
    for all_of in members.values():
        straight = [lines[ends[at][0]].shape for at in all_of]
        segments = [shape for shape in straight if isinstance(shape, Segment)]
        place = np.mean([ends[at][2] for at in all_of], axis=0)
        meeting = _meeting(segments) if len(segments) > 1 else None
        if meeting is not None and math.dist(meeting, place) < 1.6 * near:
            place = np.asarray(meeting)
        elif len(all_of) == 1:
            continue
        for at in all_of:
            number, side, _ = ends[at]
            if lines[number].tips[side] is None:
                _move_end(lines[number], side, (float(place[0]), float(place[1])))
    lone = [ends[all_of[0]] for all_of in members.values() if len(all_of) == 1]
    for number, side, place in lone:
        _join_middle(lines[number], side, place, lines, 1.2 * near)


def _join_middle(line: _Line, side: int, place: Pair, lines: Sequence[_Line], near: float) -> None:
    """An end that lies on the middle of another line is put exactly there."""
    if not isinstance(line.shape, Segment) or line.tips[side] is not None:
        return
    for other in lines:
        if other is line or not isinstance(other.shape, Segment):
            continue
        meeting = fitting.crossing(line.shape, other.shape)
        if meeting is None or math.dist(meeting, place) > near:
            continue
        whole = math.dist(other.shape.start, other.shape.end)
        if max(math.dist(meeting, end) for end in other.shape) < whole:
            if math.dist(line.shape[1 - side], meeting) > 1:
                _move_end(line, side, meeting)
            return


def _meeting(segments: Sequence[Segment]) -> Pair | None:
    """The point nearest to several lines."""
    rows, right = [], []
    for (x, y), (u, v) in segments:
        size = math.hypot(u - x, v - y)
        if size < 3:
            continue
        normal = ((y - v) / size, (u - x) / size)
        rows.append(normal)
        right.append(normal[0] * x + normal[1] * y)
    if len(rows) < 2:
        return None
    values = np.linalg.svd(np.asarray(rows), compute_uv=False)
    if values[-1] < 0.15:
        return None
    found = np.linalg.lstsq(np.asarray(rows), np.asarray(right), rcond=None)[0]
    return float(found[0]), float(found[1])


def _move_end(line: _Line, side: int, place: Pair) -> None:
    match line.shape:
        case Segment(start, end):
            line.shape = Segment(place, end) if side == 0 else Segment(start, place)
        case Smooth(curves):
            moved = curves.copy()
            if side == 0:
                moved[0][1] += np.asarray(place) - moved[0][0]
                moved[0][0] = place
            else:
                moved[-1][2] += np.asarray(place) - moved[-1][3]
                moved[-1][3] = place
            line.shape = Smooth(moved)
        case _:
            pass


def _merged(lines: list[_Line], half: float, ink: Mask) -> list[_Line]:
    """Straight pieces of one line as one."""
    found: list[_Line] = []
    for line in sorted(lines, key=lambda line: -length(samples(line.shape)) if isinstance(line.shape, Segment) else 0):
        if not isinstance(line.shape, Segment):
            found.append(line)
            continue
        for other in found:
            if (
                isinstance(other.shape, Segment)
                and _alike(line, other)
                and (whole := _one_line(other, line, half, ink)) is not None
            ):
                other.shape, other.tips = whole
                break
        else:
            found.append(line)
    return found


def _one_line(one: _Line, other: _Line, half: float, ink: Mask) -> tuple[Segment, list[_Tip]] | None:
    assert isinstance(one.shape, Segment)
    assert isinstance(other.shape, Segment)
    start, end = np.asarray(one.shape.start), np.asarray(one.shape.end)
    size = float(np.hypot(*(end - start)))
    if size < 4:
        return None
    way = (end - start) / size
    places = [np.asarray(place) for place in other.shape]
    off = [abs(float((place - start) @ np.array([-way[1], way[0]]))) for place in places]
    along = [float((place - start) @ way) for place in places]
    if max(off) > 0.8 + 0.5 * half:
        return None
    gap = max(min(along) - size, -max(along))
    if gap > 2.2 * half + 2 and not _is_inked(
        start, way, (size, min(along)) if min(along) > size else (max(along), 0.0), ink
    ):
        return None
    low, high = min(0.0, *along), max(size, *along)
    tips = list(one.tips)
    if low < 0 and other.tips[int(np.argmin(along))]:
        tips[0] = other.tips[int(np.argmin(along))]
    if high > size and other.tips[int(np.argmax(along))]:
        tips[1] = other.tips[int(np.argmax(along))]
    first, last = start + low * way, start + high * way
    return Segment((float(first[0]), float(first[1])), (float(last[0]), float(last[1]))), tips


def _is_inked(start: npt.NDArray[np.float64], way: npt.NDArray[np.float64], span: Pair, ink: Mask) -> bool:
    """Whether there is ink all along a part of a line, as where a curve lies on it."""
    places = start + np.arange(span[0], span[1], 1.0)[:, None] * way
    x, y = np.rint(places).astype(int).T
    within = (x >= 0) & (y >= 0) & (x < ink.shape[1]) & (y < ink.shape[0])
    return bool(within.all()) and bool(ink[y, x].all())


def _polylines(lines: list[_Line], half: float) -> list[Drawn]:
    """Lines of one look that meet end to end, two at a time, as one; closed ones as polygons."""
    segments = [line for line in lines if isinstance(line.shape, Segment)]
    at_place: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for number, line in enumerate(segments):
        for side, place in enumerate(_ends_of(line)):
            at_place.setdefault((round(place[0] * 2), round(place[1] * 2)), []).append((number, side))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in at_place.values():
        if len(ends) == 2 and ends[0][0] != ends[1][0]:
            (a, s), (b, t) = ends
            if _alike(segments[a], segments[b]) and segments[a].tips[s] is None and segments[b].tips[t] is None:
                partner[ends[0]], partner[ends[1]] = ends[1], ends[0]
    used: set[int] = set()
    found: list[Drawn] = []
    starts = [(number, side) for number in range(len(segments)) for side in (0, 1) if (number, side) not in partner]
    for number, side in [*starts, *((number, 0) for number in range(len(segments)))]:
        if number not in used:
            found.append(_polyline(number, side, segments, partner, used))
    others = (line for line in lines if not isinstance(line.shape, Segment))
    found += [Drawn(one.shape, one.color, None, one.width, one.dash, (one.tips[0], one.tips[1])) for one in others]
    return found


def _polyline(
    number: int, side: int, segments: list[_Line], partner: dict[tuple[int, int], tuple[int, int]], used: set[int]
) -> Drawn:  # fmt: skip
    first, first_side = number, side
    points: list[Pair] = [_ends_of(segments[number])[side]]
    members = []
    while True:
        used.add(number)
        members.append(segments[number])
        points.append(_ends_of(segments[number])[1 - side])
        onward = partner.get((number, 1 - side))
        if onward is None or onward[0] in used:
            break
        number, side = onward
    closed = len(members) > 2 and partner.get((first, first_side), (None,))[0] == number
    longest = max(members, key=lambda line: length(samples(line.shape)))
    width = float(np.mean([line.width for line in members]))
    tips = (segments[first].tips[first_side], segments[number].tips[1 - side])
    if closed or (len(points) > 3 and math.dist(points[0], points[-1]) < 1.5):
        return Drawn(Polyline(tuple(points[:-1]), True), longest.color, None, width, longest.dash)
    if len(points) == 2:
        return Drawn(Segment(points[0], points[1]), longest.color, None, width, longest.dash, tips)
    return Drawn(Polyline(tuple(points), False), longest.color, None, width, longest.dash, tips)


# Areas


def _area(region: Region, half: float, tolerance: float) -> Drawn | None:
    """The shape of an area, drawn out to the middle of its edge where there is a stroke."""
    mask = np.pad(ndimage.binary_fill_holes(region.mask), 2)
    contours = find_contours(mask.astype(float), 0.5)
    if not contours:
        return None
    ring = max(contours, key=len)[:, ::-1] + np.array([region.left - 2, region.top - 2])
    points = fitting._smoothed(ring)
    grow = half if region.edged > 0.4 else 0.0
    shape: Fitted | Polyline
    whole = fitting.round_of(points, 0.75) if len(points) > 12 else None
    box = ring.min(axis=0), ring.max(axis=0)
    if whole is not None:
        shape = whole._replace(rx=whole.rx + grow, ry=whole.ry + grow)
    elif mask.sum() > 0.93 * float(np.prod(box[1] - box[0])):
        (x, y), (u, v) = ((float(side[0]), float(side[1])) for side in box)
        shape = Polyline(((x - grow, y - grow), (u + grow, y - grow), (u + grow, v + grow), (x - grow, v + grow)), True)
    else:
        corners = fitting.polygon_of(ring, tolerance + 0.5)
        if corners is not None:
            shape = Polyline(_grown(corners, grow), True)
        else:
            shape = Smooth(fitting.bezier(np.concatenate([points, points[:1]]), 0.8))
    return Drawn(shape, None, region.color, role="edged" if region.edged > 0.25 else "")


def _grown(corners: Sequence[Pair], by: float) -> tuple[Pair, ...]:
    """A polygon whose sides are moved outwards."""
    area = sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(corners, (*corners[1:], corners[0]), strict=True))
    sign = 1 if area > 0 else -1
    sides = []
    for (x, y), (u, v) in zip(corners, (*corners[1:], corners[0]), strict=True):
        size = max(math.hypot(u - x, v - y), 1e-9)
        dx, dy = sign * (v - y) / size * by, -sign * (u - x) / size * by
        sides.append(Segment((x + dx, y + dy), (u + dx, v + dy)))
    found = fitting.corners_of(sides)
    return tuple(found)


def _filled(areas: list[Drawn], shapes: list[Drawn], half: float) -> tuple[list[Drawn], list[Drawn]]:
    """The areas that no stroke surrounds, and the strokes with the areas that they surround."""
    below: list[Drawn] = []
    shapes = list(shapes)
    for area in areas:
        at = next(
            (at for at, shape in enumerate(shapes) if shape.fill is None and _surrounds(shape.shape, area.shape, half)),
            None,
        )
        if at is None:
            below.append(replace(area, role=""))
        else:
            shapes[at] = replace(shapes[at], fill=area.fill)
    # What is filled lies below what is not, so that no line is hidden.
    return below, sorted(shapes, key=lambda shape: (shape.fill is None, -_extent(shape.shape)))


def _extent(shape: Fitted | Polyline) -> float:
    points = np.asarray(shape.points) if isinstance(shape, Polyline) else samples(shape)
    return float(np.prod(np.ptp(points, axis=0) + 1))


def _surrounds(line: Fitted | Polyline, area: Fitted | Polyline, half: float) -> bool:
    near = 2.5 * half + 2.5
    if isinstance(line, Round) and isinstance(area, Round):
        return (
            math.dist(line.center, area.center) < near
            and abs(line.rx - area.rx) < near
            and abs(line.ry - area.ry) < near
        )
    if (
        isinstance(line, Polyline)
        and isinstance(area, Polyline)
        and line.closed
        and len(line.points) == len(area.points)
    ):
        return all(min(math.dist(one, other) for other in area.points) < 1.5 * near for one in line.points)
    return False


def _dot(dot: Dot, sheet: Sheet) -> Drawn:
    x, y = dot.center
    height, width = sheet.away.shape
    rows, columns = np.mgrid[
        max(int(y - dot.radius), 0) : min(int(y + dot.radius) + 2, height),
        max(int(x - dot.radius), 0) : min(int(x + dot.radius) + 2, width),
    ]
    apart = np.hypot(rows - y, columns - x)
    inside = apart < max(dot.radius - 0.8, 0.8)
    middle = np.median(sheet.colors[rows[inside], columns[inside]], axis=0)
    if not dot.is_open:
        return Drawn(Round(dot.center, dot.radius, dot.radius, 0.0), None, _color(middle, sheet.noise), role="dot")
    rim = (apart > dot.radius - 1.5 * sheet.half) & (apart < dot.radius + 0.8)
    far = np.abs(sheet.colors - sheet.paper).max(axis=2)[rows[rim], columns[rim]]
    dark = sheet.colors[rows[rim], columns[rim]][far >= np.percentile(far, 70)].mean(axis=0)
    core = apart < max(dot.radius - 2 * sheet.half, 0.8)
    fill = np.median(sheet.colors[rows[core], columns[core]], axis=0)
    return Drawn(
        Round(dot.center, dot.radius, dot.radius, 0.0),
        _color(dark, sheet.noise),
        _color(fill),
        2 * sheet.half,
        role="dot",
    )
