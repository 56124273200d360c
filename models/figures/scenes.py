"""Shapes in pixels → a scene in points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from panmath.renderers.labels import write_line
from panmath.renderers.scene import (
    Axes,
    Circle,
    Close,
    Curve,
    Ellipse,
    Group,
    Item,
    Label,
    Line,
    Move,
    Part,
    Path,
    Point,
    Rectangle,
    Scene,
    Shape,
    Style,
    Tip,
    arc,
    polygon,
)
from panmath.renderers.tips import form

from .charts import charted
from .fitting import Arc, Pair, Round, Segment, Smooth
from .labels import Read
from .trace import Color, Drawn, Polyline

POINTS_PER_INCH: Final = 72.27
_LONG: Final = 40.0
"""Pixels of lines that tell how a picture is turned."""
_TURNED: Final = math.radians(2.6)


class Frame(NamedTuple):
    """From pixels to points: `unit` points are a pixel; the picture is turned back by `turn` radians."""

    unit: float
    height: float
    turn: float = 0.0

    def point(self, pair: Pair) -> Point:
        """A place of the picture in the figure, where y goes up."""
        x, y = pair[0], self.height - pair[1]
        c, s = math.cos(self.turn), math.sin(self.turn)
        return round(self.unit * (c * x - s * y), 3), round(self.unit * (s * x + c * y), 3)


def scene(drawn: Sequence[Drawn], words: Sequence[Read], frame: Frame) -> Scene:
    """The scene, with axes, nodes and edges where they can be told."""
    plain: list[Shape | Label] = [item(one, frame) for one in drawn]
    plain += [_label(word, frame) for word in words]
    found = charted(plain)
    if not any(isinstance(one, Axes) for one in found):
        found = _graph(plain)
    return Scene(tuple(found))


def _label(word: Read, frame: Frame) -> Label:
    size = round(2 * word.em * frame.unit) / 2
    # Letters are thin, so that black ones are grey on a coarse or blurred picture.
    gray = max(word.color) - min(word.color) < 45 and max(word.color) < 165
    color = "#000000" if gray or max(word.color) < 70 else _hex(word.color)
    return Label(frame.point(word.center), (word.node,), max(size, 1.0), color, turn=90.0 if word.turned else 0.0)


def _graph(items: Sequence[Shape | Label]) -> list[Item]:
    """Circles of one size with a label in each are nodes, and the lines between two of them edges."""
    inner: dict[int, int] = {}
    for at, one in enumerate(items):
        if isinstance(one, Circle):
            within = [
                number for number, other in enumerate(items)
                if isinstance(other, Label) and math.dist(other.at, one.center) < 0.5 * one.radius
            ]  # fmt: skip
            if len(within) == 1:
                inner[at] = within[0]
    circles = {at: one for at, one in enumerate(items) if isinstance(one, Circle) and at in inner}
    radii = sorted(circle.radius for circle in circles.values())
    if len(circles) < 2 or radii[-1] > 2.2 * radii[0]:
        return list(items)
    found: list[Item] = []
    for at, one in enumerate(items):
        if at in circles:
            label = items[inner[at]]
            assert isinstance(label, Label)
            name = write_line(label.lines[0]).strip("$")
            found.append(Group((one, label), role="node", name=name))
        elif isinstance(one, Path) and len(one.parts) == 2 and _joins(one, list(circles.values())):
            found.append(Group((one,), role="edge"))
        elif at not in inner.values():
            found.append(one)
    return found


def _joins(path: Path, circles: Sequence[Circle]) -> bool:
    ends = [part.to for part in path.parts if isinstance(part, Move | Line)]
    return all(any(math.dist(end, circle.center) < 1.15 * circle.radius + 3 for circle in circles) for end in ends)


def turn(drawn: Sequence[Drawn]) -> float:
    """By how many radians a picture was turned on the scanner: lines that nearly lie or stand tell."""
    found: list[tuple[float, float]] = []
    for one in drawn:
        points: Sequence[Pair] = one.shape.points if isinstance(one.shape, Polyline) else []
        if isinstance(one.shape, Segment):
            points = [one.shape.start, one.shape.end]
        for (x, y), (u, v) in pairwise(points):
            size = math.hypot(u - x, v - y)
            angle = math.atan2(v - y, u - x)
            off = (angle + math.pi / 4) % (math.pi / 2) - math.pi / 4
            if size > _LONG and abs(off) < _TURNED:
                found.append((off, size))
    if len(found) < 2:
        return 0.0
    found.sort()
    total, reached = sum(size for _, size in found), 0.0
    middle = 0.0
    for off, size in found:
        reached += size
        if reached >= total / 2:
            middle = off
            break
    agreeing = sum(size for off, size in found if abs(off - middle) < 0.007)
    return middle if agreeing > 0.6 * total and abs(middle) > 0.002 else 0.0


def item(drawn: Drawn, frame: Frame) -> Shape:
    """A shape of the scene."""
    style = Style(
        stroke=_hex(drawn.stroke), fill=_hex(drawn.fill),
        width=round(max(0.1, drawn.width * frame.unit), 2) if drawn.stroke else 0.4,
        dash=tuple(round(length * frame.unit, 1) for length in drawn.dash),
    )  # fmt: skip
    match drawn.shape:
        case Round(center, rx, ry, turn):
            if abs(rx - ry) < 0.02 * max(rx, ry) + 0.3:
                return Circle(frame.point(center), round((rx + ry) / 2 * frame.unit, 3), style)
            angle = round(math.degrees(-turn + frame.turn) % 180, 1)
            if min(angle, 180 - angle) < 1.5:
                angle = 0.0
            radii = round(rx * frame.unit, 3), round(ry * frame.unit, 3)
            return Ellipse(frame.point(center), radii, angle, style)
        case Polyline(points, closed):
            places = _straightened([frame.point(pair) for pair in points], closed)
            box = _rectangle(places) if closed else None
            if box is not None:
                (x, y), (u, v) = box
                return Rectangle((x, y), round(u - x, 3), round(v - y, 3), 0.0, style)
            return _tipped(Path(polygon(places, closed), style), drawn, frame)
        case Segment(start, end):
            return _tipped(Path(polygon(_upright([frame.point(start), frame.point(end)]), False), style), drawn, frame)
        case Arc(center, radius, start, sweep):
            middle, r = frame.point(center), radius * frame.unit
            begin = math.degrees(-start + frame.turn)
            curves = arc(middle, r, r, begin, begin - math.degrees(sweep))
            first = (middle[0] + r * math.cos(math.radians(begin)), middle[1] + r * math.sin(math.radians(begin)))
            return _tipped(Path((Move(first), *curves), style), drawn, frame)
        case Smooth(curves):
            parts: list[Part] = [Move(frame.point(_pair(curves[0][0])))]
            parts += [Curve(*(frame.point(_pair(place)) for place in curve[1:])) for curve in curves]
            if drawn.fill is not None:
                parts.append(Close())
            return _tipped(Path(tuple(parts), style), drawn, frame)


def _pair(values: Sequence[float]) -> Pair:
    return float(values[0]), float(values[1])


def _hex(color: Color | None) -> str:
    if color is None:
        return ""
    return "#" + "".join(f"{min(max(round(value), 0), 255):02x}" for value in color)


def _upright(places: list[Point]) -> list[Point]:
    """A line that hardly leans stands straight."""
    (x, y), (u, v) = places
    size = math.dist((x, y), (u, v))
    if abs(v - y) < min(0.018 * size, 1.2):
        return [(x, round((y + v) / 2, 3)), (u, round((y + v) / 2, 3))]
    if abs(u - x) < min(0.018 * size, 1.2):
        return [(round((x + u) / 2, 3), y), (round((x + u) / 2, 3), v)]
    return places


def _straightened(places: list[Point], closed: bool) -> list[Point]:
    """A way whose sides stand straight where they hardly lean."""
    found = list(places)
    for at in range(len(found) if closed else len(found) - 1):
        onward = (at + 1) % len(found)
        found[at], found[onward] = _upright([found[at], found[onward]])
    return found


def _rectangle(places: Sequence[Point]) -> tuple[Point, Point] | None:
    """The corners of a rectangle along the axes."""
    if len(places) != 4:
        return None
    xs, ys = sorted(x for x, _ in places), sorted(y for _, y in places)
    slack = 0.02 * max(xs[3] - xs[0], ys[3] - ys[0]) + 0.4
    if xs[1] - xs[0] > slack or xs[3] - xs[2] > slack or ys[1] - ys[0] > slack or ys[3] - ys[2] > slack:
        return None
    if math.dist(places[0], places[2]) < 0.8 * math.dist((xs[0], ys[0]), (xs[3], ys[3])):
        return None
    return ((xs[0] + xs[1]) / 2, (ys[0] + ys[1]) / 2), ((xs[2] + xs[3]) / 2, (ys[2] + ys[3]) / 2)


def _tipped(path: Path, drawn: Drawn, frame: Frame) -> Path:
    start, end = (_tip(tip, path.style.width, frame) for tip in drawn.tips)
    return Path(path.parts, path.style, start, end)


def _tip(found: tuple[str, float] | None, width: float, frame: Frame) -> Tip | None:
    if found is None:
        return None
    kind, size = found
    usual = form(Tip(kind), width).length
    scale = round(size * frame.unit / max(usual, 0.1), 1)
    return Tip(kind, 1.0 if 0.7 < scale < 1.45 else min(max(scale, 0.3), 4.0))
