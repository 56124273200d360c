"""What a construction consists of: points, conditions on them, and what is drawn through them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ...convert.errors import UnsupportedError
from ..scene import Point
from .solver import MOST_UNKNOWNS, Condition, Places

Names: TypeAlias = tuple[str, ...]
Two: TypeAlias = tuple[str, str]
Three: TypeAlias = tuple[str, str, str]
Reach: TypeAlias = Literal["segment", "ray", "line", "vector"]

HIDDEN = "_"
"""Points that nobody named begin with it; they have no label."""


@dataclass(frozen=True, slots=True)
class Polygon:
    corners: Names
    kind: str
    color: str = ""
    looks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight piece through two points: as far as both, or beyond one or both."""

    first: str
    second: str
    reach: Reach = "segment"
    look: str = ""
    label: str = ""
    color: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """A circle about a point; `radius` is the name of a free length."""

    center: str
    radius: str
    looks: tuple[str, ...] = ()
    color: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A label or sign: the length of a segment, the size of an angle, a right angle, equal parts, a lone point."""

    kind: Literal["length", "angle", "right", "equal", "dot"]
    points: Names
    label: str = ""
    count: int = 1


Element: TypeAlias = Polygon | Stroke | Round | Mark


@dataclass(slots=True)
class Plan:
    """A construction as far as it was read."""

    guesses: dict[str, Point] = field(default_factory=dict)
    lengths: dict[str, float] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    given: list[float] = field(default_factory=list)
    """Lengths that were given, from which the first guess takes its size."""
    fixed: bool = False
    """Whether points have coordinates, so that nothing may be turned."""
    axes: bool = False
    evidence: int = 0
    """How many things were said that only a construction has."""
    loose: int = 0
    """Shapes without names, of which there may be one."""

    # Points

    def point(self, name: str, guess: Point | None = None) -> str:
        """The point of that name, made where there is none."""
        if name not in self.guesses:
            number = len(self.guesses)
            if 2 * number >= MOST_UNKNOWNS:
                raise UnsupportedError(f"a construction has at most {MOST_UNKNOWNS // 2} points")
            self.guesses[name] = guess or (1.7 + 2.3 * math.cos(2.4 * number), 1.3 + 2.3 * math.sin(2.4 * number))
        return name

    def hidden(self, guess: Point | None = None) -> str:
        """A point that nobody named."""
        return self.point(f"{HIDDEN}{len(self.guesses)}", guess)

    def radius(self, guess: float = 2.0) -> str:
        """A free length."""
        name = f"r{len(self.lengths)}"
        self.lengths[name] = guess
        return name

    def middle(self, *names: str) -> Point:
        """A guess between points."""
        points = [self.guesses[name] for name in names]
        return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)

    # Things that were said

    @property
    def polygons(self) -> list[Polygon]:
        return [one for one in self.elements if isinstance(one, Polygon)]

    @property
    def rounds(self) -> list[Round]:
        return [one for one in self.elements if isinstance(one, Round)]

    def draw(self, element: Element) -> None:
        """Adds an element that is not there yet."""
        if element not in self.elements:
            self.elements.append(element)

    def holds(self, text: str, residual: Callable[[Places], Sequence[float]]) -> None:
        self.conditions.append(Condition(text, residual))

    def connects(self, a: str, b: str) -> bool:
        """Whether a line is drawn between the points."""
        for one in self.elements:
            if isinstance(one, Polygon):
                for first, second in zip(one.corners, (*one.corners[1:], one.corners[0]), strict=True):
                    if {first, second} == {a, b}:
                        return True
            elif isinstance(one, Stroke) and {one.first, one.second} == {a, b}:
                return True
        return False

    # Conditions

    def at(self, name: str, x: float, y: float) -> None:
        self.guesses[name] = (x, y)
        self.fixed = True
        self.holds(f"{name} at ({x:g}, {y:g})", lambda p: (p[name][0] - x, p[name][1] - y))

    def distance(self, a: str, b: str, value: float) -> None:
        self.given.append(value)
        self.holds(f"{a}{b} = {value:g}", lambda p: (math.dist(p[a], p[b]) - value,))

    def same_length(self, a: str, b: str, c: str, d: str, factor: float = 1.0) -> None:
        self.holds(f"{a}{b} = {c}{d}", lambda p: (math.dist(p[a], p[b]) - factor * math.dist(p[c], p[d]),))

    def angle(self, a: str, vertex: str, b: str, degrees: float) -> None:
        turn = math.radians(degrees)
        self.holds(f"angle {a}{vertex}{b} = {degrees:g}°", lambda p: (angle_at(p, a, vertex, b) - turn,))

    def same_angle(self, first: Three, second: Three) -> None:
        self.holds(
            f"angle {''.join(first)} = {''.join(second)}", lambda p: (angle_at(p, *first) - angle_at(p, *second),)
        )

    def perpendicular(self, a: str, b: str, c: str, d: str) -> None:
        self.holds(f"{a}{b} ⊥ {c}{d}", lambda p: (_cosine(p, a, b, c, d),))

    def parallel(self, a: str, b: str, c: str, d: str) -> None:
        self.holds(f"{a}{b} ∥ {c}{d}", lambda p: (_sine(p, a, b, c, d),))

    def along(self, name: str, a: str, b: str, share: float) -> None:
        """The point lies a share of the way from `a` to `b`."""
        self.holds(
            f"{name} on {a}{b}",
            lambda p: tuple(p[name][k] - (1 - share) * p[a][k] - share * p[b][k] for k in (0, 1)),
        )

    def on_line(self, name: str, a: str, b: str) -> None:
        self.holds(f"{name} on {a}{b}", lambda p: (_sine(p, a, name, a, b) * min(1.0, math.dist(p[a], p[name])),))

    def between(self, name: str, a: str, b: str) -> None:
        """The point lies between the others, not only on their line."""
        self.holds(
            f"{name} between {a} and {b}",
            lambda p: (max(0.0, math.dist(p[a], p[name]) + math.dist(p[name], p[b]) - math.dist(p[a], p[b]) - 1e-9),),
        )

    def on_circle(self, name: str, circle: Round) -> None:
        self.holds(f"{name} on the circle", lambda p: (math.dist(p[name], p[circle.center]) - p.length(circle.radius),))

    def touches(self, circle: Round, a: str, b: str) -> None:
        self.holds(
            f"{a}{b} touches the circle",
            lambda p: (
                abs(cross(p, a, b, circle.center)) / max(math.dist(p[a], p[b]), 1e-9) - p.length(circle.radius),
            ),
        )

    def measures(self, circle: Round, value: float) -> None:
        self.given.append(value)
        self.lengths[circle.radius] = value
        self.holds(f"radius {value:g}", lambda p: (p.length(circle.radius) - value,))


def cross(p: Places, a: str, b: str, c: str) -> float:
    """Twice the area of the triangle, positive where it runs against the clock."""
    (ax, ay), (bx, by), (cx, cy) = p[a], p[b], p[c]
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


def angle_at(p: Places, a: str, vertex: str, b: str) -> float:
    """The angle at the vertex in radians, from 0 to π."""
    (ax, ay), (vx, vy), (bx, by) = p[a], p[vertex], p[b]
    u, v = (ax - vx, ay - vy), (bx - vx, by - vy)
    return math.atan2(abs(u[0] * v[1] - u[1] * v[0]), u[0] * v[0] + u[1] * v[1])


def area(p: Places, corners: Sequence[str]) -> float:
    """The area that a polygon encloses, positive where it runs against the clock."""
    points = [p[name] for name in corners]
    pairs = zip(points, (*points[1:], points[0]), strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs) / 2


def perimeter(p: Places, corners: Sequence[str]) -> float:
    """The sum of the sides."""
    points = [p[name] for name in corners]
    return sum(math.dist(first, second) for first, second in zip(points, (*points[1:], points[0]), strict=True))


def _directions(p: Places, a: str, b: str, c: str, d: str) -> tuple[float, float, float, float, float]:
    u = (p[b][0] - p[a][0], p[b][1] - p[a][1])
    v = (p[d][0] - p[c][0], p[d][1] - p[c][1])
    return (*u, *v, max(math.hypot(*u) * math.hypot(*v), 1e-12))


def _cosine(p: Places, a: str, b: str, c: str, d: str) -> float:
    ux, uy, vx, vy, size = _directions(p, a, b, c, d)
    return (ux * vx + uy * vy) / size


def _sine(p: Places, a: str, b: str, c: str, d: str) -> float:
    ux, uy, vx, vy, size = _directions(p, a, b, c, d)
    return (ux * vy - uy * vx) / size
