"""The figure AST: what a figure shows, whoever drew it.

Readers of figure code and of SVG make a `Scene`; writers of TikZ, matplotlib, SVG and words spend it. All classes are
frozen, so that scenes compare, hash and can be shared. Lengths are TeX points (1/72.27 inch), angles degrees, `y` goes
up. Colours are ``#rrggbb``, or "" for none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple, TypeAlias, assert_never

from ..convert.nodes import Node

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
"""``(left, bottom, right, top)``."""
Matrix: TypeAlias = tuple[float, float, float, float, float, float]
"""``(a, b, c, d, e, f)`` sends (x, y) to (a x + c y + e, b x + d y + f), as in SVG."""

IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
KAPPA: Final = 0.5522847498307936
"""How far from its ends the control points of a quarter of a circle lie, in radii."""


class Move(NamedTuple):
    """A new sub-path begins here."""

    to: Point


class Line(NamedTuple):
    to: Point


class Curve(NamedTuple):
    """A cubic Bézier curve."""

    first: Point
    second: Point
    to: Point


class Close(NamedTuple):
    """A line back to where the sub-path began."""


Part: TypeAlias = Move | Line | Curve | Close


@dataclass(frozen=True, slots=True)
class Style:
    """How a shape is painted: `stroke` and `fill` are colours, `width` and `dash` lengths."""

    stroke: str = ""
    fill: str = ""
    width: float = 0.4
    dash: tuple[float, ...] = ()
    cap: Literal["butt", "round", "square"] = "butt"
    join: Literal["miter", "round", "bevel"] = "miter"
    stroke_opacity: float = 1.0
    fill_opacity: float = 1.0
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class Tip:
    """An arrow tip: its name as TikZ has it, and how large it is next to what its line makes it."""

    kind: str = "to"
    scale: float = 1.0
    reversed: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class Path:
    """Lines and curves. `start` and `end` are the tips that its first and last point carry."""

    parts: tuple[Part, ...]
    style: Style = Style()
    start: Tip | None = None
    end: Tip | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    center: Point
    radius: float
    style: Style = Style()


@dataclass(frozen=True, slots=True)
class Ellipse:
    """`turn` is the angle from the x axis to the first of its two radii."""

    center: Point
    radii: Point
    turn: float = 0.0
    style: Style = Style()


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Sides along the axes; `corner` is the lower left one, `rounding` the radius of the corners."""

    corner: Point
    width: float
    height: float
    rounding: float = 0.0
    style: Style = Style()


Anchor: TypeAlias = Literal[
    "center", "north", "south", "east", "west", "north east", "north west", "south east", "south west",
    "base", "base west", "base east",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """Words and formulas, one tree a line. `anchor` is the point of the text's box that lies at `at`.

    `size` is that of the letters, `turn` how far the box is turned about `at`. `matrix` is whatever else was done to
    it: a slant, a mirror, a stretch.
    """

    at: Point
    lines: tuple[Node, ...]
    size: float = 10.0
    color: str = "#000000"
    anchor: Anchor = "center"
    align: Literal["left", "center", "right"] = "left"
    turn: float = 0.0
    opacity: float = 1.0
    matrix: Matrix = IDENTITY
    leading: float = 0.0
    display: bool = False


Shape: TypeAlias = Path | Circle | Ellipse | Rectangle


@dataclass(frozen=True, slots=True)
class Group:
    """Items that belong together. `role` says as what ("node", "edge", "point", "legend", …), `name` which."""

    items: tuple[Item, ...]
    role: str = ""
    name: str = ""
    transform: Matrix = IDENTITY
    clip: Shape | None = None
    opacity: float = 1.0


PlotKind: TypeAlias = Literal["line", "bars", "stems", "points", "region"]


@dataclass(frozen=True, slots=True)
class Plot:
    """A curve or data of axes, in their coordinates. A gap in a curve is a point of NaN.

    `formula` is what was plotted, where that is known; `marks` is the kind of mark at each point, "" for none.
    """

    points: tuple[Point, ...]
    kind: PlotKind = "line"
    style: Style = Style(stroke="#000000")
    marks: str = ""
    formula: Node | None = None
    legend: tuple[Node, ...] = ()
    smooth: bool = False
    bar_width: float = 0.8


@dataclass(frozen=True, slots=True)
class Ticks:
    """Where the marks of an axis stand, in its coordinates, and what is written at them."""

    at: tuple[float, ...] = ()
    labels: tuple[Node, ...] = ()


AxisLines: TypeAlias = Literal["box", "left", "middle", "none"]


@dataclass(frozen=True, slots=True)
class Axes:
    """Two axes with ticks, and what is plotted on them. `corner`, `width` and `height` are of the box in the figure."""

    corner: Point
    width: float
    height: float
    x_range: Point
    y_range: Point
    plots: tuple[Plot, ...] = ()
    lines: AxisLines = "box"
    x_ticks: Ticks = Ticks()
    y_ticks: Ticks = Ticks()
    x_label: tuple[Node, ...] = ()
    y_label: tuple[Node, ...] = ()
    title: tuple[Node, ...] = ()
    grid: bool = False
    legend_at: str = "north east"
    drawn: tuple[Item, ...] = field(default=(), compare=False)
    """What a reader that knows the looks to the letter has drawn; writers of pictures take this where it is there."""
    x_log: bool = False
    y_log: bool = False
    """Whether equal steps along an axis are equal ratios."""

    def place(self, point: Point) -> Point:
        """A point of the axes in the figure; NaN where a logarithmic axis does not have it."""
        return (
            self.corner[0] + share(point[0], self.x_range, self.x_log) * self.width,
            self.corner[1] + share(point[1], self.y_range, self.y_log) * self.height,
        )

    @property
    def crossing(self) -> Point:
        """Where axes that lie in the middle cross: at zero, or as near to it as they come."""
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        return (x0 if self.x_log else min(max(0.0, x0), x1), y0 if self.y_log else min(max(0.0, y0), y1))


def share(value: float, limits: Point, log: bool) -> float:
    """How far along an axis a value lies, from 0 to 1 within its limits."""
    low, high = limits
    if not log:
        return (value - low) / (high - low)
    return math.log(value / low) / math.log(high / low) if value > 0 else math.nan


def unshare(part: float, limits: Point, log: bool) -> float:
    """The value that lies so far along an axis."""
    low, high = limits
    return low * (high / low) ** part if log else low + part * (high - low)


Item: TypeAlias = Path | Circle | Ellipse | Rectangle | Label | Group | Axes


@dataclass(frozen=True, slots=True)
class Scene:
    """A figure. `box` is what it takes up, as (left, bottom, right, top); None where its ink says so.

    `origin` says what made it: the engine that drew it, or the sandbox that it was drawn in.
    """

    items: tuple[Item, ...]
    box: Box | None = None
    background: str = ""
    origin: str = field(default="", compare=False)


# Geometry


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does `first` and then `then`."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def apply(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    x, y = point
    return (a * x + c * y + e, b * x + d * y + f)


def rotation(degrees: float) -> Matrix:
    """Turns about the origin; quarter turns are exact."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    if degrees % 90 == 0:
        cosine, sine = round(cosine), round(sine)
    return (cosine, sine, -sine, cosine, 0.0, 0.0)


def invert(matrix: Matrix) -> Matrix:
    """The way back; ValueError where there is none."""
    a, b, c, d, e, f = matrix
    det = a * d - b * c
    if abs(det) < 1e-12:
        raise ValueError("the matrix squeezes the plane to a line")
    return (d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det)


def scale_of(matrix: Matrix) -> float:
    """By how much lengths grow, on the average over the directions."""
    return math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))


def map_part(part: Part, matrix: Matrix) -> Part:
    match part:
        case Move(to):
            return Move(apply(matrix, to))
        case Line(to):
            return Line(apply(matrix, to))
        case Curve(first, second, to):
            return Curve(apply(matrix, first), apply(matrix, second), apply(matrix, to))
        case Close():
            return part
    assert_never(part)


def polygon(points: Sequence[Point], closed: bool = True) -> tuple[Part, ...]:
    """Straight lines through the points."""
    head: list[Part] = [Move(points[0]), *(Line(point) for point in points[1:])]
    return (*head, Close()) if closed else tuple(head)


def arc(center: Point, rx: float, ry: float, start: float, end: float) -> list[Curve]:
    """An arc of an ellipse as curves of an eighth of a turn at most."""
    count = max(1, math.ceil(abs(end - start) / 45.0001))
    step = math.radians(end - start) / count
    reach = 4 / 3 * math.tan(step / 4)
    curves = []
    for number in range(count):
        a = math.radians(start) + number * step
        b = a + step
        p = (center[0] + rx * math.cos(a), center[1] + ry * math.sin(a))
        q = (center[0] + rx * math.cos(b), center[1] + ry * math.sin(b))
        curves.append(
            Curve(
                (p[0] - reach * rx * math.sin(a), p[1] + reach * ry * math.cos(a)),
                (q[0] + reach * rx * math.sin(b), q[1] - reach * ry * math.cos(b)),
                q,
            )
        )
    return curves


def outline(shape: Shape) -> tuple[Part, ...]:
    """Any shape as lines and curves."""
    match shape:
        case Path():
            return shape.parts
        case Circle(center, radius):
            return _round(center, radius, radius, 0)
        case Ellipse(center, (rx, ry), turn):
            return _round(center, rx, ry, turn)
        case Rectangle((x, y), width, height, rounding):
            right, top = x + width, y + height
            r = min(rounding, abs(width) / 2, abs(height) / 2)
            if r <= 0:
                return polygon([(x, y), (right, y), (right, top), (x, top)])
            k = r * (1 - KAPPA)
            return (
                Move((x + r, y)), Line((right - r, y)), Curve((right - k, y), (right, y + k), (right, y + r)),
                Line((right, top - r)), Curve((right, top - k), (right - k, top), (right - r, top)),
                Line((x + r, top)), Curve((x + k, top), (x, top - k), (x, top - r)),
                Line((x, y + r)), Curve((x, y + k), (x + k, y), (x + r, y)), Close(),
            )  # fmt: skip
    assert_never(shape)


def _round(center: Point, rx: float, ry: float, turn: float) -> tuple[Part, ...]:
    parts: list[Part] = [Move((center[0] + rx, center[1])), *arc(center, rx, ry, 0, 360), Close()]
    if turn:
        about = multiply(multiply((1, 0, 0, 1, -center[0], -center[1]), rotation(turn)), (1, 0, 0, 1, *center))
        parts = [map_part(part, about) for part in parts]
    return tuple(parts)


def transformed(shape: Shape, matrix: Matrix) -> Shape:
    """The shape after the matrix, its lines as much wider; it stays what it is where it can."""
    a, b, c, d, _, _ = matrix
    if matrix == IDENTITY:
        return shape
    factor = scale_of(matrix)
    dash = tuple(length * factor for length in shape.style.dash)
    style = replace(shape.style, width=shape.style.width * factor, dash=dash)
    match shape:
        case Path():
            return replace(shape, parts=tuple(map_part(part, matrix) for part in shape.parts), style=style)
        case Circle(center, radius):
            if _is_similar(matrix):
                return Circle(apply(matrix, center), radius * factor, style)
            if abs(b) < 1e-9 and abs(c) < 1e-9:
                return Ellipse(apply(matrix, center), (abs(a) * radius, abs(d) * radius), 0.0, style)
        case Ellipse(center, (rx, ry), turn):
            if _is_similar(matrix):
                angle = math.degrees(math.atan2(b, a))
                turned = angle + turn if a * d - b * c > 0 else angle - turn
                return Ellipse(apply(matrix, center), (rx * factor, ry * factor), turned, style)
            if abs(b) < 1e-9 and abs(c) < 1e-9 and turn % 180 == 0:
                return Ellipse(apply(matrix, center), (abs(a) * rx, abs(d) * ry), 0.0, style)
        case Rectangle(corner, width, height, rounding):
            if abs(b) < 1e-9 and abs(c) < 1e-9 and (not rounding or abs(abs(a) - abs(d)) < 1e-9):
                (x0, y0), (x1, y1) = apply(matrix, corner), apply(matrix, (corner[0] + width, corner[1] + height))
                return Rectangle(
                    (min(x0, x1), min(y0, y1)), abs(x1 - x0), abs(y1 - y0), rounding * factor, style
                )  # fmt: skip
    return Path(tuple(map_part(part, matrix) for part in outline(shape)), style)


def _is_similar(matrix: Matrix) -> bool:
    a, b, c, d, _, _ = matrix
    size = abs(a) + abs(b) + 1e-12
    same = abs(a - d) + abs(b + c) < 1e-6 * size
    return same or abs(a + d) + abs(b - c) < 1e-6 * size


def flatten(parts: Sequence[Part], steps: int = 16) -> list[list[Point]]:
    """Each sub-path as points along it; a curve as `steps` lines."""
    found: list[list[Point]] = []
    for part in parts:
        match part:
            case Move(to):
                found.append([to])
            case Line(to):
                found[-1].append(to)
            case Curve(first, second, to):
                start = found[-1][-1]
                found[-1] += [bezier(start, first, second, to, number / steps) for number in range(1, steps + 1)]
            case Close():
                found[-1].append(found[-1][0])
    return found


def bezier(start: Point, first: Point, second: Point, to: Point, t: float) -> Point:
    """The point of a cubic curve at `t` from 0 to 1."""
    u = 1 - t
    a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    return (
        a * start[0] + b * first[0] + c * second[0] + d * to[0],
        a * start[1] + b * first[1] + c * second[1] + d * to[1],
    )


def leaves(items: Sequence[Item]) -> Iterator[Shape | Label | Axes]:
    """Everything that is drawn, in order, where its groups put it; clips and the opacity of groups are left out."""
    yield from _leaves(items, IDENTITY)


def _leaves(items: Sequence[Item], matrix: Matrix) -> Iterator[Shape | Label | Axes]:
    for item in items:
        match item:
            case Group():
                yield from _leaves(item.items, multiply(item.transform, matrix))
            case Label():
                yield moved_label(item, matrix)
            case Axes():
                yield item if matrix == IDENTITY else moved_axes(item, matrix)
            case Path() | Circle() | Ellipse() | Rectangle():
                yield transformed(item, matrix)
            case _:
                assert_never(item)


def moved_label(label: Label, matrix: Matrix) -> Label:
    if matrix == IDENTITY:
        return label
    at = apply(matrix, label.at)
    a, b = matrix[0], matrix[1]
    if _is_similar(matrix) and a * matrix[3] - b * matrix[2] > 0:
        turn = label.turn + math.degrees(math.atan2(b, a))
        return replace(label, at=at, turn=turn, size=label.size * scale_of(matrix))
    return replace(label, at=at, matrix=multiply(label.matrix, (*matrix[:4], 0.0, 0.0)))


def moved_axes(axes: Axes, matrix: Matrix) -> Axes:
    """The axes moved and scaled; a turn is not for them."""
    corner = apply(matrix, axes.corner)
    drawn = (Group(axes.drawn, transform=matrix),) if axes.drawn else ()
    return replace(
        axes, corner=corner, width=axes.width * matrix[0], height=axes.height * matrix[3], drawn=drawn
    )  # fmt: skip


def bounds(scene: Scene, measure: Callable[[Label], Sequence[Point]]) -> Box | None:
    """The box around all that is drawn and not cut off, lines with half their width; None where nothing is.

    `measure` gives the corners of a label.
    """
    return _bounds(scene.items, IDENTITY, measure)


def _bounds(items: Sequence[Item], matrix: Matrix, measure: Callable[[Label], Sequence[Point]]) -> Box | None:
    points: list[Point] = []
    for item in items:
        match item:
            case Label():
                points += measure(moved_label(item, matrix))
            case Axes(corner=(x, y), width=width, height=height):
                points += [apply(matrix, (x, y)), apply(matrix, (x + width, y + height))]
                points += _corners(_bounds(item.drawn, matrix, measure))
            case Group():
                inner = multiply(item.transform, matrix)
                found = _bounds(item.items, inner, measure)
                if found is not None and item.clip is not None:
                    found = _cut(found, _bounds((replace(item.clip, style=Style()),), inner, measure))
                points += _corners(found)
            case Path() | Circle() | Ellipse() | Rectangle():
                shape = transformed(item, matrix)
                half = shape.style.width / 2 if shape.style.stroke else 0.0
                for run in flatten(outline(shape), 8):
                    for x, y in run:
                        points += [(x - half, y - half), (x + half, y + half)]
            case _:
                assert_never(item)
    if not points:
        return None
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def _corners(box: Box | None) -> list[Point]:
    return [(box[0], box[1]), (box[2], box[3])] if box is not None else []


def _cut(box: Box, by: Box | None) -> Box | None:
    """What two boxes have in common."""
    if by is None:
        return None
    left, bottom, right, top = max(box[0], by[0]), max(box[1], by[1]), min(box[2], by[2]), min(box[3], by[3])
    return (left, bottom, right, top) if left <= right and bottom <= top else None


# The normal form

_GRID: Final = 0.01


def normal(scene: Scene) -> Scene:
    """What "equal" means: groups gone, whole paths split into shapes that they are, numbers on a grid of 0.01 pt, what
    shows nothing left out. The order stays, since what comes later covers what came before.
    """
    items: list[Item] = []
    for leaf in leaves(scene.items):
        match leaf:
            case Label():
                items.append(replace(leaf, at=_snap(leaf.at), turn=round(leaf.turn % 360, 2), size=round(leaf.size, 2)))
            case Axes():
                items.append(replace(leaf, corner=_snap(leaf.corner), drawn=()))
            case _:
                if _shows(leaf.style):
                    items.append(_normal_shape(leaf))
    return Scene(tuple(items), None, scene.background)


def _shows(style: Style) -> bool:
    return bool(style.stroke and style.stroke_opacity and style.width or style.fill and style.fill_opacity)


def _snap(point: Point) -> Point:
    return (round(point[0] / _GRID) * _GRID + 0.0, round(point[1] / _GRID) * _GRID + 0.0)


def _normal_shape(shape: Shape) -> Shape:
    if isinstance(shape, Path) and shape.start is None and shape.end is None:
        shape = recognise(shape)
    style = replace(shape.style, width=round(shape.style.width, 3))
    match shape:
        case Path():
            parts = tuple(_snap_part(part) for part in shape.parts)
            return replace(shape, parts=parts, style=style)
        case Circle(center, radius):
            return Circle(_snap(center), round(radius, 2), style)
        case Ellipse(center, (rx, ry), turn):
            if abs(rx - ry) < _GRID:
                return Circle(_snap(center), round(rx, 2), style)
            if rx < ry:
                rx, ry, turn = ry, rx, turn + 90
            return Ellipse(_snap(center), (round(rx, 2), round(ry, 2)), round(turn % 180, 2), style)
        case Rectangle(corner, width, height, rounding):
            return Rectangle(_snap(corner), round(width, 2), round(height, 2), round(rounding, 2), style)
    assert_never(shape)


def _snap_part(part: Part) -> Part:
    match part:
        case Move(to):
            return Move(_snap(to))
        case Line(to):
            return Line(_snap(to))
        case Curve(first, second, to):
            return Curve(_snap(first), _snap(second), _snap(to))
        case Close():
            return part
    assert_never(part)


def recognise(path: Path) -> Shape:
    """The circle, ellipse or rectangle that a closed path is, within a hundredth of a point; else the path itself."""
    parts = path.parts
    if not parts or not isinstance(parts[0], Move) or not isinstance(parts[-1], Close):
        return path
    body = parts[1:-1]
    if any(isinstance(part, Move | Close) for part in body):
        return path
    if len(body) >= 3 and all(isinstance(part, Line) for part in body):
        corners = [parts[0].to, *(part.to for part in body if isinstance(part, Line))]
        if math.dist(corners[0], corners[-1]) < _GRID:
            corners.pop()
        return _as_rectangle(corners, path) if len(corners) == 4 else path
    if body and all(isinstance(part, Curve) for part in body) and math.dist(parts[0].to, body[-1].to) < _GRID:  # type: ignore[union-attr]
        return _as_ellipse(path)
    return path


def _as_rectangle(corners: list[Point], path: Path) -> Shape:
    xs, ys = sorted({round(x, 3) for x, _ in corners}), sorted({round(y, 3) for _, y in corners})
    if len(xs) == len(ys) == 2:
        a, b, c, d = corners
        across = abs(a[0] - c[0]) > _GRID and abs(a[1] - c[1]) > _GRID
        if across and abs(a[0] + c[0] - b[0] - d[0]) < _GRID and abs(a[1] + c[1] - b[1] - d[1]) < _GRID:
            return Rectangle((xs[0], ys[0]), xs[1] - xs[0], ys[1] - ys[0], 0.0, path.style)
    return path


def _as_ellipse(path: Path) -> Shape:
    points = flatten(path.parts, 8)[0][:-1]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    center = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    rx, ry = (max(xs) - min(xs)) / 2, (max(ys) - min(ys)) / 2
    if rx < _GRID or ry < _GRID:
        return path
    off = max(abs(((x - center[0]) / rx) ** 2 + ((y - center[1]) / ry) ** 2 - 1) for x, y in points)
    if off > 0.002:
        return path
    if abs(rx - ry) < 2 * _GRID:
        return Circle(center, (rx + ry) / 2, path.style)
    return Ellipse(center, (rx, ry), 0.0, path.style)
