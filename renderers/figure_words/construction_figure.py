"""A plan of a construction → the figure: the points are found, turned as one draws them, and labelled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from ...convert.errors import Losses, UnsupportedError
from ...convert.nodes import Ident, Node, Num, Row, Script, Sym
from .. import labels
from ..charts import draw_axes, steps
from ..scene import (
    Axes,
    Circle,
    Group,
    Item,
    Label,
    Line,
    Move,
    Path,
    Point,
    Scene,
    Style,
    Ticks,
    Tip,
    arc,
    bounds,
    polygon,
)
from .plan import HIDDEN, Mark, Names, Plan, Polygon, Round, Stroke, angle_at, area
from .polygons import settle
from .solver import Places, solve

EXTENT: Final = 160.0
_BEYOND: Final = 22.0
"""How far a line is drawn beyond its points."""
_RIGHT: Final = 7.0
_ARC: Final = 15.0
_LINE: Final = Style(stroke="#000000", width=0.8)
_THIN: Final = Style(stroke="#000000", width=0.5)
_MARKED: Final = "#000000"


def scene(plan: Plan, *, losses: Losses) -> Scene:
    """The figure. UnsupportedError where the conditions contradict each other or leave nothing to see."""
    settle(plan)
    places, worst = solve(_sized(plan), dict(plan.lengths), plan.conditions, lambda p: _quality(plan, p))
    if places is None:
        hint = f": {worst.text} does not go with the rest" if worst is not None else ""
        raise UnsupportedError(f"there is no such figure{hint}")
    if _quality(plan, places) < 0.01:
        raise UnsupportedError("there is no such figure: its points lie on one line, or upon each other")
    points = {name: places[name] for name in places.names}
    radii = {name: abs(places.length(name)) for name in plan.lengths}
    if not plan.fixed:
        points = _turned(plan, points)
    return framed(_Drawing(plan, points, radii).items())


def framed(items: Iterable[Item]) -> Scene:
    """A scene in a box that has room for the numbers at axes."""
    found = tuple(items)
    drawn = tuple(Group(draw_axes(item)) if isinstance(item, Axes) else item for item in found)
    return Scene(found, bounds(Scene(drawn), labels.corners))


def _sized(plan: Plan) -> dict[str, Point]:
    """The guesses in the size of the lengths that were given."""
    if not plan.given or plan.fixed:
        return dict(plan.guesses)
    pairs = [one.points for one in plan.elements if isinstance(one, Mark) and one.kind == "length"]
    now = [math.dist(plan.guesses[a], plan.guesses[b]) for a, b in pairs] or [4.0]
    factor = (sum(plan.given) / len(plan.given)) / max(sum(now) / len(now), 1e-6)
    return {name: (x * factor, y * factor) for name, (x, y) in plan.guesses.items()}


def _quality(plan: Plan, p: Places) -> float:
    """0 for what collapses, above one half for what looks like what it is called: corners apart, sides uncrossed."""
    points = [p[name] for name in p.names]
    extent = max((math.dist(a, b) for a, b in combinations(points, 2)), default=1.0)
    if not math.isfinite(extent) or extent < 1e-9:
        return 1.0 if len(points) < 2 else 0.0
    found = 1.0
    for one in plan.polygons:
        corners = one.corners
        nearest = min(math.dist(p[a], p[b]) for a, b in combinations(corners, 2))
        size = abs(area(p, corners)) / extent**2
        if nearest < 1e-3 * extent or size < 1e-4:
            return 0.0
        sharpest = min(
            angle_at(p, corners[k - 1], corners[k], corners[(k + 1) % len(corners)]) for k in range(len(corners))
        )
        found = min(found, 0.9 if sharpest > 0.12 else 0.4)
        if len(corners) > 3 and not _is_convex(p, corners):
            found = min(found, 0.3)
    for circle in plan.rounds:
        if p.length(circle.radius) < 1e-3 * extent:
            return 0.0
    return found


def _is_convex(p: Places, corners: Names) -> bool:
    signs = set()
    for k in range(len(corners)):
        (ax, ay), (bx, by), (cx, cy) = (p[corners[(k + step) % len(corners)]] for step in (0, 1, 2))
        signs.add((bx - ax) * (cy - by) - (by - ay) * (cx - bx) > 0)
    total = sum(math.pi - angle_at(p, corners[k - 1], corners[k], corners[(k + 1) % len(corners)])
                for k in range(len(corners)))  # fmt: skip
    return len(signs) == 1 and abs(total - 2 * math.pi) < 1e-3


def _turned(plan: Plan, points: dict[str, Point]) -> dict[str, Point]:
    """The points turned so that the first polygon stands on its first side, or on a leg of its right angle, with the
    rest above.
    """
    if not plan.polygons:
        return _levelled(plan, points)
    corners = plan.polygons[0].corners
    first, second = corners[0], corners[1]
    equal = [one.points for one in plan.elements if isinstance(one, Mark) and one.kind == "equal"]
    apex = next((p[0] for p in equal if len(corners) == 3 and set(p) == set(corners) and p[0] == p[2]), None)
    if apex is not None:
        first, second = (name for name in corners if name != apex)
    right = next((one for one in plan.elements if isinstance(one, Mark) and one.kind == "right"
                  and set(one.points) == set(corners)), None)  # fmt: skip
    if right is not None and len(corners) == 3 and right.points[1] == corners[2]:
        first, second = corners[2], next(name for name in corners if name != corners[2])
        first, second = second, first
    (ax, ay), (bx, by) = points[first], points[second]
    angle = -math.atan2(by - ay, bx - ax)
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = {name: (x * cosine - y * sine, x * sine + y * cosine) for name, (x, y) in points.items()}
    level = turned[first][1]
    above = sum(turned[name][1] - level for name in corners)
    flip = -1.0 if above < 0 else 1.0
    return {name: (x, flip * (y - level)) for name, (x, y) in turned.items()}


def _levelled(plan: Plan, points: dict[str, Point]) -> dict[str, Point]:
    """The points turned so that the first line runs to the right."""
    stroke = next((one for one in plan.elements if isinstance(one, Stroke)), None)
    if stroke is None or plan.rounds:
        return points
    (ax, ay), (bx, by) = points[stroke.first], points[stroke.second]
    angle = -math.atan2(by - ay, bx - ax)
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = {name: (x * cosine - y * sine, x * sine + y * cosine) for name, (x, y) in points.items()}
    level = turned[stroke.first][1]
    flip = -1.0 if sum(y - level for _, y in turned.values()) < -1e-9 else 1.0
    return {name: (x, flip * (y - level)) for name, (x, y) in turned.items()}


class _Drawing:
    """The items of a construction in points of the page."""

    def __init__(self, plan: Plan, points: dict[str, Point], radii: dict[str, float]) -> None:
        self.plan, self.radii = plan, radii
        xs, ys = _reach(plan, points, radii)
        self.axes = _axes(xs, ys) if plan.axes else None
        self.scale = EXTENT / max(xs[1] - xs[0], ys[1] - ys[0], 1e-9)
        if self.axes is not None:
            self.scale = self.axes.width / (self.axes.x_range[1] - self.axes.x_range[0])
            self.at = {name: self.axes.place(point) for name, point in points.items()}
        else:
            self.at = {name: (x * self.scale, y * self.scale) for name, (x, y) in points.items()}

    def items(self) -> Iterator[Item]:
        if self.axes is not None:
            yield self.axes
        order = (Polygon, Round, Stroke, Mark)
        for one in sorted(self.plan.elements, key=lambda element: order.index(type(element))):
            match one:
                case Polygon():
                    yield self.polygon(one)
                case Round(center, radius, looks, color):
                    style = _styled(_LINE, looks, color)
                    yield Circle(self.at[center], self.radii[radius] * self.scale, style)
                case Stroke():
                    yield from self.stroke(one)
                case Mark():
                    yield from self.mark(one)
        yield from self.names()

    def polygon(self, one: Polygon) -> Item:
        return Path(polygon([self.at[name] for name in one.corners]), _styled(_LINE, one.looks, one.color))

    def stroke(self, one: Stroke) -> Iterator[Item]:
        a, b = self.at[one.first], self.at[one.second]
        length = max(math.dist(a, b), 1e-9)
        ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        if one.reach == "line":
            a = (a[0] - _BEYOND * ux, a[1] - _BEYOND * uy)
        if one.reach in ("line", "ray"):
            b = (b[0] + _BEYOND * ux, b[1] + _BEYOND * uy)
        style = _styled(_LINE, (one.look,) if one.look else (), "")
        if one.color:
            style = Style(stroke=one.color, width=style.width, dash=style.dash)
        yield Path((Move(a), Line(b)), style, end=Tip("Stealth") if one.reach == "vector" else None)
        if one.label:
            yield Label((b[0] + 7 * ux - 6 * uy, b[1] + 7 * uy + 6 * ux), (Ident(one.label),))

    def mark(self, one: Mark) -> Iterator[Item]:
        match one.kind:
            case "dot":
                yield Circle(self.at[one.points[0]], 1.6, Style(fill=_MARKED))
            case "length":
                yield self.length(one)
            case "angle":
                yield from self.angle(one)
            case "right":
                yield self.right(one)
            case "equal":
                for a, b in ((one.points[0], one.points[1]), (one.points[2], one.points[3])):
                    yield self.tick(a, b)

    def length(self, one: Mark) -> Item:
        a, b = (self.at[name] for name in one.points)
        share = 0.5
        if any(math.dist(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), spot) < 14
               for name, spot in self.at.items() if name not in one.points):  # fmt: skip
            share = 0.28
        middle = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
        size = max(math.dist(a, b), 1e-9)
        nx, ny = (b[1] - a[1]) / size, (a[0] - b[0]) / size
        cx, cy = self.center()
        if (middle[0] + nx - cx) ** 2 + (middle[1] + ny - cy) ** 2 < (middle[0] - cx) ** 2 + (middle[1] - cy) ** 2:
            nx, ny = -nx, -ny
        line = _written(one.label)
        box = labels.set_label(Label((0.0, 0.0), (line,)))
        room = 4 + abs(nx) * box.width / 2 + abs(ny) * (box.height + box.depth) / 2
        return Label((middle[0] + room * nx, middle[1] + room * ny), (line,))

    def center(self) -> Point:
        corners = [name for one in self.plan.polygons for name in one.corners] or list(self.at)
        return (
            sum(self.at[name][0] for name in corners) / len(corners),
            sum(self.at[name][1] for name in corners) / len(corners),
        )

    def angle(self, one: Mark) -> Iterator[Item]:
        a, vertex, b = (self.at[name] for name in one.points)
        first = math.degrees(math.atan2(a[1] - vertex[1], a[0] - vertex[0]))
        second = math.degrees(math.atan2(b[1] - vertex[1], b[0] - vertex[0]))
        sweep = (second - first) % 360
        if sweep > 180:
            first, sweep = second, 360 - sweep
        reach = min(_ARC, 0.4 * math.dist(a, vertex), 0.4 * math.dist(b, vertex))
        curves = arc(vertex, reach, reach, first, first + sweep)
        start = math.radians(first)
        yield Path(
            (Move((vertex[0] + reach * math.cos(start), vertex[1] + reach * math.sin(start))), *curves), _THIN
        )  # fmt: skip
        if one.label:
            half = math.radians(first + sweep / 2)
            line = _written(one.label)
            box = labels.set_label(Label((0.0, 0.0), (line,), size=9))
            room = reach + 3 + abs(math.cos(half)) * box.width / 2 + abs(math.sin(half)) * box.height / 2
            yield Label((vertex[0] + room * math.cos(half), vertex[1] + room * math.sin(half)), (line,), size=9)

    def right(self, one: Mark) -> Item:
        a, vertex, b = (self.at[name] for name in one.points)
        size = min(_RIGHT, 0.35 * math.dist(a, vertex), 0.35 * math.dist(b, vertex))
        u, v = (_towards(vertex, end, size) for end in (a, b))
        far = (u[0] + v[0] - vertex[0], u[1] + v[1] - vertex[1])
        return Path((Move(u), Line(far), Line(v)), _THIN)

    def tick(self, a: str, b: str) -> Item:
        (ax, ay), (bx, by) = self.at[a], self.at[b]
        size = max(math.dist((ax, ay), (bx, by)), 1e-9)
        nx, ny = 3 * (by - ay) / size, 3 * (ax - bx) / size
        x, y = (ax + bx) / 2, (ay + by) / 2
        return Path((Move((x - nx, y - ny)), Line((x + nx, y + ny))), _THIN)

    def names(self) -> Iterator[Item]:
        """The names of points, each where its lines leave room."""
        for name, (x, y) in self.at.items():
            if name.startswith(HIDDEN):
                continue
            turn = self.free_direction(name)
            line = point_name(name)
            box = labels.set_label(Label((0.0, 0.0), (line,)))
            room = 4 + abs(math.cos(turn)) * box.width / 2 + abs(math.sin(turn)) * box.height / 2
            yield Label((x + room * math.cos(turn), y + room * math.sin(turn)), (line,))

    def free_direction(self, name: str) -> float:
        """The middle of the widest angle between the lines at a point."""
        here = self.at[name]
        turns = sorted(math.atan2(y - here[1], x - here[0]) % (2 * math.pi) for x, y in self.ends(name))
        if not turns:
            return math.pi / 4
        gaps = [
            (((turns[(k + 1) % len(turns)] - turn) % (2 * math.pi)) or 2 * math.pi, turn)
            for k, turn in enumerate(turns)
        ]
        gap, turn = max(gaps)
        return turn + gap / 2

    def ends(self, name: str) -> Iterator[Point]:
        """Points in whose directions lines run from a point."""
        here = self.at[name]
        for one in self.plan.elements:
            pairs: Sequence[tuple[str, str]] = ()
            if isinstance(one, Polygon):
                pairs = list(zip(one.corners, (*one.corners[1:], one.corners[0]), strict=True))
            elif isinstance(one, Stroke):
                pairs = [(one.first, one.second)]
            elif isinstance(one, Round) and name != one.center:
                (cx, cy), reach = self.at[one.center], self.radii[one.radius] * self.scale
                if abs(math.dist(here, (cx, cy)) - reach) < 1e-3 * reach:
                    yield here[0] - (here[1] - cy), here[1] + (here[0] - cx)
                    yield here[0] + (here[1] - cy), here[1] - (here[0] - cx)
                    yield cx, cy
            for a, b in pairs:
                first, second = self.at[a], self.at[b]
                beyond = isinstance(one, Stroke) and one.reach in ("line", "ray")
                if name == a:
                    yield second
                    if isinstance(one, Stroke) and one.reach == "line":
                        yield 2 * here[0] - second[0], 2 * here[1] - second[1]
                elif name == b:
                    yield first
                    if beyond:
                        yield 2 * here[0] - first[0], 2 * here[1] - first[1]
                elif _lies_between(here, first, second):
                    yield first
                    yield second


def _towards(start: Point, end: Point, size: float) -> Point:
    length = max(math.dist(start, end), 1e-9)
    return start[0] + size * (end[0] - start[0]) / length, start[1] + size * (end[1] - start[1]) / length


def _lies_between(point: Point, first: Point, second: Point) -> bool:
    return math.dist(first, point) + math.dist(point, second) - math.dist(first, second) < 0.05


def _styled(style: Style, looks: Sequence[str], color: str) -> Style:
    dash = (4.0, 3.0) if "dashed" in looks else (1.0, 2.0) if "dotted" in looks else ()
    width = 2.0 if "thick" in looks else style.width
    fill = color if color and "hollow" not in looks else "#c0c0c0" if "filled" in looks else ""
    stroke = color if color and "hollow" in looks else style.stroke
    return Style(stroke=stroke, fill=fill, width=width, dash=dash)


def _reach(plan: Plan, points: dict[str, Point], radii: dict[str, float]) -> tuple[Point, Point]:
    xs, ys = [x for x, _ in points.values()], [y for _, y in points.values()]
    for one in plan.rounds:
        x, y = points[one.center]
        r = radii[one.radius]
        xs, ys = [*xs, x - r, x + r], [*ys, y - r, y + r]
    if not xs:
        xs = ys = [-5.0, 5.0]
    return (min(xs), max(xs)), (min(ys), max(ys))


def _axes(xs: Point, ys: Point) -> Axes:
    """Axes of equal units around all, with the origin."""
    left, right = min(xs[0], 0.0) - 1, max(xs[1], 0.0) + 1
    low, high = min(ys[0], 0.0) - 1, max(ys[1], 0.0) + 1
    scale = 1.3 * EXTENT / max(right - left, high - low)
    across, up = steps(left, right, 8), steps(low, high, 8)
    return Axes(
        (0.0, 0.0), (right - left) * scale, (high - low) * scale, (left, right), (low, high), (), "middle",
        Ticks(across, tuple(map(number, across))), Ticks(up, tuple(map(number, up))), (Ident("x"),), (Ident("y"),),
    )  # fmt: skip


def number(value: float) -> Node:
    """A number as it is written at an axis."""
    text = f"{abs(value):.6g}"
    return Row((Sym("−", "ord"), Num(text))) if value < 0 else Num(text)


def point_name(name: str) -> Node:
    """The name of a point: digits are an index, primes stay."""
    head, tail = name[0], name[1:]
    if not tail:
        return Ident(head)
    return Script(Ident(head), sub=Num(tail)) if tail.isdigit() else Script(Ident(head), sup=Sym("′", "ord"))


def _written(tex: str) -> Node:
    return labels.read_line(f"${tex}$", losses=[])
