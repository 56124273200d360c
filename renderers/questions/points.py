"""Questions about the named points of a drawing: angles, lengths, which is longer, right angles, kinds of triangles.

A label that is a capital letter names the corner, end or centre that is nearest to it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

from ...convert.errors import UnsupportedError
from .. import labels
from ..figure_words.cursor import NoMatch
from ..scene import Circle, Close, Curve, Label, Line, Move, Path, Point, Rectangle, Scene, leaves, normal, outline
from .table import Answer, is_most, say

_NAME: Final = re.compile(r"[A-Z](?:_\{?(\d+)\}?|(\d))?('|\^\{?\\prime\}?)?")
_REACH: Final = 40.0
"""How far from its point a name may stand."""
_ALIKE: Final = 0.02
"""Lengths that differ by less are equal."""
_RIGHT: Final = 1.5
"""Degrees within which an angle is a right one, and lines are parallel."""
_SPLIT: Final = re.compile(r"[A-Z]\d?'?")

MAX_NAMES: Final = 200
"""Named points of a drawing."""
MAX_EDGES: Final = 10_000
"""Straight edges, and places that may have names, of a drawing with named points."""


def answer(form: str, scene: Scene, said: Mapping[str, str | None], russian: bool) -> Answer:
    """The answer to a question of a form, whose named parts are `said`. Raises NoMatch where no points are named."""
    drawing = Drawing(scene)
    if not drawing.points:
        raise NoMatch
    match form:
        case "names":
            return Answer(", ".join(sorted(drawing.points)))
        case "right":
            found = [corner for corner in drawing.corners() if _type(drawing.angle(corner)) == "right"]
            return Answer(", ".join(map(_shown, found)) or say("no", russian))
        case "angle":
            corner = drawing.corner(said["name"] or "")
            return Answer(f"{_whole(drawing.angle(corner))}°", (_shown(corner),))
        case "length":
            side = drawing.side(said["side"] or "")
            return Answer(drawing.length_told(side), ("".join(side),))
        case "longest":
            return _extreme_side(drawing, said)
        case "widest":
            return _extreme_angle(drawing, said)
        case "longer":
            return _compared(drawing, said, russian)
        case "direction":
            return _direction(drawing, said, russian)
        case "type":
            corner = drawing.corner(said["name"] or "")
            degrees = drawing.angle(corner)
            told = f"{_shown(corner)}: {_whole(degrees)}°"
            return Answer(say("yes" if _type(degrees) == _word(said) else "no", russian), (told,))
        case _:
            return _triangle(drawing, said, russian)


class Drawing:
    """Points by their names, and the straight edges between them."""

    def __init__(self, scene: Scene) -> None:
        found = list(leaves(normal(scene).items))
        self.edges = [edge for leaf in found if isinstance(leaf, Path | Rectangle) for edge in _edges(leaf)]
        ends = [point for edge in self.edges for point in edge]
        ends += [leaf.center for leaf in found if isinstance(leaf, Circle)]
        self.labels = [leaf for leaf in found if isinstance(leaf, Label)]
        self.points = _named(self.labels, list(dict.fromkeys(ends)))
        if self.points and len(self.edges) > MAX_EDGES:
            raise UnsupportedError(f"the figure has named points and more than {MAX_EDGES} edges")

    def __getitem__(self, name: str) -> Point:
        if name not in self.points:
            raise UnsupportedError(f"the figure has no point {name}; it has {', '.join(sorted(self.points))}")
        return self.points[name]

    def side(self, text: str) -> tuple[str, str]:
        """The names of two points that are written together."""
        first, second = _SPLIT.findall(text)
        return first, second

    def corner(self, text: str) -> tuple[str, str, str]:
        """The names of an angle, the middle one its vertex; of one letter, those to which lines lead from there."""
        names = _SPLIT.findall(text)
        if len(names) == 3:
            return names[0], names[1], names[2]
        (vertex,) = names
        arms = [name for name in self.points if name != vertex and self._joined(vertex, name)]
        arms = [name for name in arms if not any(self._between(vertex, other, name) for other in arms if other != name)]
        if len(arms) != 2:
            raise UnsupportedError(
                f"{len(arms)} lines lead from {vertex} to named points; name the angle by three letters"
            )
        first, second = sorted(arms)
        return first, vertex, second

    def corners(self) -> list[tuple[str, str, str]]:
        """The angles at named points from which two lines lead."""
        found = []
        for name in self.points:
            try:
                found.append(self.corner(name))
            except UnsupportedError:
                continue
        return found

    def _joined(self, first: str, second: str) -> bool:
        """Whether an edge runs from one point along the other."""
        return not self._along[self[first]].isdisjoint(self._along[self[second]])

    @cached_property
    def _along(self) -> dict[Point, frozenset[int]]:
        """The numbers of the edges that run through each point."""
        return {
            point: frozenset(number for number, edge in enumerate(self.edges) if _near(edge, point) < 1.0)
            for point in self.points.values()
        }

    def _between(self, start: str, middle: str, end: str) -> bool:
        a, b, c = self[start], self[middle], self[end]
        return math.dist(a, b) + math.dist(b, c) - math.dist(a, c) < 0.01 * math.dist(a, c)

    def angle(self, corner: tuple[str, str, str]) -> float:
        """In degrees, from 0 to 180."""
        (ax, ay), (x, y), (bx, by) = (self[name] for name in corner)
        u, v = (ax - x, ay - y), (bx - x, by - y)
        return math.degrees(math.atan2(abs(u[0] * v[1] - u[1] * v[0]), u[0] * v[0] + u[1] * v[1]))

    def length(self, side: tuple[str, str]) -> float:
        return math.dist(self[side[0]], self[side[1]])

    def written(self, side: tuple[str, str]) -> str:
        """What is written at the middle of a side, "" where nothing is."""
        (ax, ay), (bx, by) = self[side[0]], self[side[1]]
        middle = ((ax + bx) / 2, (ay + by) / 2)
        near = min(((math.dist(center, middle), text) for center, text in self._remarks), default=(math.inf, ""))
        if near[0] < min(_REACH, 0.45 * self.length(side)):
            return near[1]
        return ""

    @cached_property
    def _remarks(self) -> list[tuple[Point, str]]:
        """What is written that is no name, each with its middle."""
        return [(_center(one), text) for one in self.labels if not _NAME.fullmatch(text := _text(one))]

    def length_told(self, side: tuple[str, str]) -> str:
        """What is written at a side; else its length in the unit of what is written at others, or as it is drawn."""
        if written := self.written(side):
            return written
        return f"{self.length(side):.4g} pt" if self._unit is None else f"{self.length(side) * self._unit:.3g}"

    @cached_property
    def _unit(self) -> float | None:
        """What a point of length stands for by the numbers that are written at sides, if they agree."""
        units = [float(text) / self.length(one) for one in self.named_edges if _is_number(text := self.written(one))]
        if units and max(units) - min(units) <= _ALIKE * max(units):
            return sum(units) / len(units)
        return None

    @cached_property
    def named_edges(self) -> list[tuple[str, str]]:
        """The pairs of named points that an edge joins from end to end."""
        joined = (sorted(_at(self.points, end) for end in edge) for edge in self.edges)
        return sorted({(first, second) for first, second in joined if first and first != second})


def _edges(shape: Path | Rectangle) -> Iterator[tuple[Point, Point]]:
    start = here = (0.0, 0.0)
    for part in outline(shape):
        match part:
            case Move(to):
                start = here = to
            case Line(to):
                yield here, to
                here = to
            case Curve(_, _, to):
                here = to
            case Close():
                if math.dist(here, start) > 1e-6:
                    yield here, start
                here = start


def _named(found: Sequence[Label], places: Sequence[Point]) -> dict[str, Point]:
    """Each name with the place that is nearest to it and to no other name."""
    names = {text: label for label in found if _NAME.fullmatch(text := _text(label))}
    if len(names) > MAX_NAMES:
        raise UnsupportedError(f"the figure has more than {MAX_NAMES} named points")
    if names and len(places) > MAX_EDGES:
        raise UnsupportedError(f"the figure has named points and more than {MAX_EDGES} places that may be theirs")
    ranked = sorted(
        (math.dist(_center(label), place), name, place) for name, label in names.items() for place in places
    )
    points: dict[str, Point] = {}
    for distance, name, place in ranked:
        if (
            distance <= _REACH
            and name not in points
            and not any(math.dist(place, one) < 0.5 for one in points.values())
        ):
            points[name] = place
    return {re.sub(r"[_{}]|\^|\\prime", lambda part: "'" if part[0] == r"\prime" else "", name): at
            for name, at in points.items()}  # fmt: skip


def _text(label: Label) -> str:
    return " ".join(labels.write_line(line) for line in label.lines).strip("$ ")


def _center(label: Label) -> Point:
    corners = labels.corners(label)
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def _near(edge: tuple[Point, Point], point: Point) -> float:
    """How far a point is from a straight piece."""
    (ax, ay), (bx, by) = edge
    length = math.dist(*edge)
    if not length:
        return math.dist(edge[0], point)
    share = ((point[0] - ax) * (bx - ax) + (point[1] - ay) * (by - ay)) / length**2
    share = min(max(share, 0.0), 1.0)
    return math.dist(point, (ax + share * (bx - ax), ay + share * (by - ay)))


def _at(points: Mapping[str, Point], place: Point) -> str:
    return next((name for name, point in points.items() if math.dist(point, place) < 1.0), "")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?", text) is not None


def _shown(corner: tuple[str, str, str]) -> str:
    return f"∠{''.join(corner)}"


def _whole(degrees: float) -> str:
    return f"{round(degrees, 1):g}"


def _extreme_side(drawing: Drawing, said: Mapping[str, str | None]) -> Answer:
    sides = drawing.named_edges
    if not sides:
        raise UnsupportedError("no lines are drawn between named points")
    best = (max if is_most(said) else min)(sides, key=drawing.length)
    return Answer("".join(best), tuple(f"{''.join(side)}: {drawing.length_told(side)}" for side in sides))


def _extreme_angle(drawing: Drawing, said: Mapping[str, str | None]) -> Answer:
    corners = drawing.corners()
    if not corners:
        raise UnsupportedError("no angles are drawn at named points")
    best = (max if is_most(said) else min)(corners, key=drawing.angle)
    return Answer(best[1], tuple(f"{_shown(corner)}: {_whole(drawing.angle(corner))}°" for corner in corners))


def _compared(drawing: Drawing, said: Mapping[str, str | None], russian: bool) -> Answer:
    first, second = drawing.side(said["side"] or ""), drawing.side(said["other"] or "")
    a, b = drawing.length(first), drawing.length(second)
    shapes = tuple(f"{''.join(side)}: {drawing.length_told(side)}" for side in (first, second))
    equal = abs(a - b) <= _ALIKE * max(a, b)
    how = (said["how"] or "").lower()
    if how.startswith(("equal", "as", "the same", "of equal", "равн")):
        return Answer(say("yes" if equal else "no", russian), shapes)
    longer = how.startswith(("long", "длин"))
    if said.get("choice") is not None:
        return Answer("".join(first if (a > b) == longer else second), shapes)
    return Answer(say("yes" if not equal and (a > b) == longer else "no", russian), shapes)


def _direction(drawing: Drawing, said: Mapping[str, str | None], russian: bool) -> Answer:
    first, second = drawing.side(said["side"] or ""), drawing.side(said["other"] or "")
    turns = [math.degrees(math.atan2(drawing[b][1] - drawing[a][1], drawing[b][0] - drawing[a][0]))
             for a, b in (first, second)]  # fmt: skip
    between = abs(turns[0] - turns[1]) % 180
    between = min(between, 180 - between)
    wanted = 0.0 if (said["how"] or "").lower().startswith(("paral", "парал")) else 90.0
    return Answer(say("yes" if abs(between - wanted) <= _RIGHT else "no", russian),
                  (f"∠({''.join(first)}, {''.join(second)}): {_whole(between)}°",))  # fmt: skip


def _type(degrees: float) -> str:
    if abs(degrees - 90) <= _RIGHT:
        return "right"
    return "acute" if degrees < 90 else "obtuse"


def _word(said: Mapping[str, str | None]) -> str:
    """The kind of an angle that was said, in English."""
    how = (said.get("how") or "").lower()
    return next(
        (word for start, word in (("прям", "right"), ("остр", "acute"), ("туп", "obtuse")) if how.startswith(start)),
        how,
    )


def _triangle(drawing: Drawing, said: Mapping[str, str | None], russian: bool) -> Answer:
    a, b, c = _SPLIT.findall(said["name"] or "")
    sides = sorted(drawing.length(side) for side in ((a, b), (b, c), (c, a)))
    angles = [drawing.angle(corner) for corner in ((c, a, b), (a, b, c), (b, c, a))]
    pairs = sum(second - first <= _ALIKE * second for first, second in pairwise(sides))
    equal = "equilateral" if pairs == 2 else "isosceles" if pairs else "scalene"
    kind = _type(max(angles))
    told = tuple(f"∠{name}: {_whole(angle)}°" for name, angle in zip((a, b, c), angles, strict=True))
    if how := said.get("how"):
        has = {equal, kind} | ({"isosceles"} if equal == "equilateral" else set())
        return Answer(say("yes" if how.lower() in has else "no", russian), told)
    words = ["equilateral"] if equal == "equilateral" else [kind] if equal == "scalene" else [kind, "isosceles"]
    return Answer(" ".join(say(word, russian) for word in words), told)
