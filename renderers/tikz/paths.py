"""A path while it is being drawn: where it is, which nodes it touches, and where its labels go."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ..scene import Close, Curve, Line, Move, Part, Point, bezier
from .nodes import NodeBox
from .options import State


@dataclass(slots=True)
class Builder:
    """`corner` holds for each part the rounding of the corner at its end; `along` gives points of the last piece.

    `recent` is the node that a path begins with, where its edges begin, `tree` the one that children hang from, and
    `from_parent` what is said of the edge that leads to it: options, and the nodes on it.
    """

    parts: list[Part] = field(default_factory=list)
    corner: list[float] = field(default_factory=list)
    last: Point = (0.0, 0.0)
    node: NodeBox | None = None
    begun: Point = (0.0, 0.0)
    along: Callable[[float], tuple[Point, float]] | None = None
    rounding: float = 0.0
    recent: NodeBox | None = None
    tree: NodeBox | None = None
    from_parent: tuple[str, tuple[tuple[str, State, str], ...]] = ("", ())

    def add(self, part: Part) -> None:
        self.parts.append(part)
        self.corner.append(self.rounding)

    def move(self, point: Point, node: NodeBox | None = None) -> None:
        self.last, self.node, self.begun = point, node, point
        self.along = lambda t: (point, 0.0)
        self.add(Move(point))

    def leave(self, toward: Point) -> Point:
        """The point where a line begins: the border of a node, where the path is at one."""
        if self.node is None:
            if not self.parts or isinstance(self.parts[-1], Close):
                self.add(Move(self.last))
            return self.last
        start = self.node.border(toward)
        self.add(Move(start))
        return start

    def line(self, point: Point, node: NodeBox | None = None) -> None:
        start = self.leave(point)
        to = node.border(self.last) if node is not None else point
        self.add(Line(to))
        self.along = straight(start, to)
        self.last, self.node = point, node

    def bent(self, point: Point, node: NodeBox | None, across_first: bool) -> None:
        """``-|`` or ``|-``."""
        knee = (point[0], self.last[1]) if across_first else (self.last[0], point[1])
        start = self.leave(knee)
        to = node.border(knee) if node is not None else point
        self.add(Line(knee))
        self.add(Line(to))
        first, second = straight(start, knee), straight(knee, to)
        self.along = lambda t: first(2 * t) if t < 0.5 else second(2 * t - 1)
        self.last, self.node = point, node

    def curve(self, first: Point, second: Point, point: Point, node: NodeBox | None = None) -> None:
        start = self.leave(first)
        to = node.border(second) if node is not None else point
        self.add(Curve(first, second, to))
        self.along = curved(start, first, second, to)
        self.last, self.node = point, node

    def close(self) -> None:
        for part in reversed(self.parts):
            if isinstance(part, Move):
                self.along = straight(self.last, part.to)
                self.last = part.to
                break
        self.add(Close())
        self.node = None

    def place(self, t: float) -> tuple[Point, float]:
        """The point at `t` of the last piece, and the direction there in degrees."""
        return self.along(t) if self.along is not None else (self.last, 0.0)


def straight(start: Point, end: Point) -> Callable[[float], tuple[Point, float]]:
    angle = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0])) if start != end else 0.0
    return lambda t: ((start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])), angle)


def curved(start: Point, first: Point, second: Point, end: Point) -> Callable[[float], tuple[Point, float]]:
    def at(t: float) -> tuple[Point, float]:
        point = bezier(start, first, second, end, t)
        before, after = (bezier(start, first, second, end, s) for s in (max(0.0, t - 0.001), min(1.0, t + 0.001)))
        return point, math.degrees(math.atan2(after[1] - before[1], after[0] - before[0]))

    return at


def rounded(parts: list[Part], corner: list[float]) -> list[Part]:
    """The path with its corners between straight lines rounded."""
    if not any(corner):
        return parts
    result: list[Part] = []
    runs: list[list[int]] = []
    for index, part in enumerate(parts):
        if isinstance(part, Move) or not runs:
            runs.append([])
        runs[-1].append(index)
    for run in runs:
        result += _rounded_run([parts[index] for index in run], [corner[index] for index in run])
    return result


def _rounded_run(parts: list[Part], corner: list[float]) -> list[Part]:
    closed = isinstance(parts[-1], Close)
    body = parts[:-1] if closed else list(parts)
    start = body[0]
    assert isinstance(start, Move)
    if closed and len(body) > 1 and math.dist(_end(body[-1]), start.to) > 1e-6:
        body.append(Line(start.to))
        corner = [*corner[:-1], corner[-1], corner[-1]]
    result: list[Part] = [start]
    for index in range(1, len(body)):
        part = body[index]
        following = body[index + 1] if index + 1 < len(body) else body[1] if closed and len(body) > 1 else None
        radius = corner[index]
        if radius and isinstance(part, Line) and isinstance(following, Line):
            before, here, after = _end(result[-1]), part.to, following.to
            a, b = _toward(here, before, radius), _toward(here, after, radius)
            result += [Line(a), Curve(_mix(a, here, 0.5523), _mix(b, here, 0.5523), b)]
            if index + 1 == len(body):
                result[0] = Move(b)
        else:
            result.append(part)
    return [*result, Close()] if closed else result


def _end(part: Part) -> Point:
    assert not isinstance(part, Close)
    return part.to


def _toward(start: Point, end: Point, length: float) -> Point:
    distance = math.dist(start, end)
    return _mix(start, end, min(0.5, length / distance)) if distance else start


def _mix(start: Point, end: Point, share: float) -> Point:
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
