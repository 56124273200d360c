"""Polygons: "square ABCD", "an isosceles triangle with base AB", and what their kinds say of their corners."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from ..scene import Point
from .cursor import Cursor
from .plan import Mark, Names, Plan, Polygon, Stroke, Two

_CORNERS: Final = {
    "triangle": 3, "right triangle": 3, "isosceles triangle": 3, "equilateral triangle": 3,
    "right isosceles triangle": 3, "square": 4, "rectangle": 4, "quadrilateral": 4, "parallelogram": 4, "rhombus": 4,
    "trapezoid": 4, "isosceles trapezoid": 4, "kite": 4, "pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8,
    "nonagon": 9, "decagon": 10, "dodecagon": 12,
}  # fmt: skip


_TRIANGLE: Final = ((0.0, 0.0), (5.0, 0.0), (1.6, 3.6))


_QUADRILATERAL: Final = ((0.0, 0.0), (5.0, 0.0), (4.3, 3.2), (0.9, 2.7))


REGULAR: Final = frozenset(
    ("equilateral triangle", "square", "pentagon", "hexagon", "heptagon", "octagon", "nonagon", "decagon", "dodecagon")
)


_NONE: Final[Names] = ()


def take_looks(cursor: Cursor) -> tuple[str, tuple[str, ...]]:
    """Colour and looks before a noun."""
    color, looks = "", _NONE
    while True:
        if (found := cursor.take("color")) is not None:
            color = found
        elif (look := cursor.take("look")) is not None:
            looks = (*looks, look)
        elif cursor.take("size") is None:
            return color, looks


def read_polygon(cursor: Cursor, plan: Plan) -> bool:
    color, looks = take_looks(cursor)
    kind = cursor.take("shape", *_CORNERS)
    count = _CORNERS[kind] if kind else 0
    if kind is None and cursor.take("regular") is not None:
        names = cursor.names()
        if names is None or len(names) < 3:
            return False
        cursor.at -= 1
        kind, count = f"{len(names)}-gon", len(names)
    if kind is None:
        return False
    corners = cursor.names(count) or _corners_told_later(cursor, count)
    if corners is None and cursor.sees("name"):
        return False
    if corners is not None and len(set(corners)) < count:
        return False
    if corners is not None and any(set(one.corners) == set(corners) for one in plan.polygons):
        return kind == "triangle"
    if corners is None:
        if plan.polygons and kind == "triangle" and plan.polygons[-1].kind.endswith("triangle"):
            return True
        plan.loose += 1
    make_polygon(plan, corners, kind, count, color, looks)
    return True


def _corners_told_later(cursor: Cursor, count: int) -> Names | None:
    """The names in "with vertices A(0, 0), B(4, 0) and C(0, 3)", which are read again for their places."""
    before = cursor.at
    found: list[str] = []
    cursor.take("word", "with")
    if cursor.take("measure", "vertex"):
        while (name := cursor.names(1)) is not None and cursor.pair() is not None:
            found.append(name[0])
            cursor.comma()
    cursor.at = before
    return tuple(found) if len(found) == count else None


def make_polygon(
    plan: Plan, corners: Names | None, kind: str, count: int, color: str = "", looks: tuple[str, ...] = ()
) -> Polygon:
    """Adds the polygon with what its kind says."""
    guess = _guess(kind, count)
    if corners is None:
        corners = tuple(plan.hidden(guess[k]) for k in range(count))
    else:
        plan.evidence += 1
        for name, point in zip(corners, guess, strict=True):
            plan.point(name, point)
    found = Polygon(corners, kind, color, looks)
    plan.elements.insert(0, found)
    _by_kind(plan, found)
    return found


def _guess(kind: str, count: int) -> Sequence[Point]:
    if kind in ("triangle", "right triangle", "isosceles triangle", "right isosceles triangle"):
        return _TRIANGLE
    if kind == "square":
        return ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
    if kind == "rectangle":
        return ((0.0, 0.0), (5.0, 0.0), (5.0, 3.2), (0.0, 3.2))
    if kind in ("parallelogram", "rhombus"):
        return ((0.0, 0.0), (5.0, 0.0), (6.5, 3.2), (1.5, 3.2))
    if kind in ("trapezoid", "isosceles trapezoid"):
        return ((0.0, 0.0), (6.0, 0.0), (4.4, 3.0), (1.0, 3.0))
    if kind == "kite":
        return ((0.0, 0.0), (2.0, -1.6), (5.5, 0.0), (2.0, 1.6))
    if count == 4:
        return _QUADRILATERAL
    turn = -math.pi / 2 - math.pi / count
    return [(3 * math.cos(turn + 2 * math.pi * k / count), 3 * math.sin(turn + 2 * math.pi * k / count))
            for k in range(count)]  # fmt: skip


def _by_kind(plan: Plan, polygon: Polygon) -> None:
    """The conditions that the kind of a polygon says."""
    c, kind = polygon.corners, polygon.kind
    sides = list(zip(c, (*c[1:], c[0]), strict=True))
    if kind in REGULAR or kind.endswith("-gon"):
        for side in sides[1:]:
            plan.same_length(*sides[0], *side)
        around = [(c[k - 1], c[k], c[(k + 1) % len(c)]) for k in range(len(c))]
        for corner in around[1:]:
            plan.same_angle(around[0], corner)
        return
    match kind:
        case "rectangle":
            plan.holds("a parallelogram", _closes(c))
            plan.perpendicular(*sides[0], *sides[1])
        case "parallelogram":
            plan.holds("a parallelogram", _closes(c))
        case "rhombus":
            plan.holds("a parallelogram", _closes(c))
            plan.same_length(*sides[0], *sides[1])
        case "trapezoid":
            plan.parallel(*sides[0], c[3], c[2])
        case "isosceles trapezoid":
            plan.parallel(*sides[0], c[3], c[2])
            plan.same_length(*sides[1], *sides[3])
            plan.same_angle((c[3], c[0], c[1]), (c[0], c[1], c[2]))
        case "kite":
            plan.same_length(*sides[0], *sides[3])
            plan.same_length(*sides[1], *sides[2])
        case _:
            pass


def _closes(c: Names) -> Callable[..., tuple[float, ...]]:
    return lambda p: tuple(p[c[0]][k] + p[c[2]][k] - p[c[1]][k] - p[c[3]][k] for k in (0, 1))


def settle(plan: Plan) -> None:
    """What a kind leaves to the rest of the sentence: where the right angle and the equal sides are."""
    for polygon in plan.polygons:
        c = polygon.corners
        right = [one for one in plan.elements if isinstance(one, Mark) and one.kind == "right" and one.points[1] in c]
        if polygon.kind in ("right triangle", "right isosceles triangle"):
            if not right:
                corner = _longest_opposite(plan, c)
                a, b = (name for name in c if name != corner)
                plan.perpendicular(corner, a, corner, b)
                plan.draw(Mark("right", (a, corner, b)))
                right = [Mark("right", (a, corner, b))]
            if polygon.kind == "right isosceles triangle":
                a, corner, b = right[0].points
                plan.same_length(corner, a, corner, b)
                plan.draw(Mark("equal", (corner, a, corner, b)))
        elif polygon.kind == "isosceles triangle":
            apex = _apex(plan, c)
            a, b = (name for name in c if name != apex)
            plan.same_length(apex, a, apex, b)
            plan.draw(Mark("equal", (apex, a, apex, b)))


def _longest_opposite(plan: Plan, c: Names) -> str:
    """The corner of the right angle: opposite the hypotenuse where that is named, else the last corner."""
    named = [one.text.removeprefix("hypotenuse ") for one in plan.conditions if one.text.startswith("hypotenuse ")]
    for corner in c:
        if any(set(text) == set(c) - {corner} for text in named):
            return corner
    return c[2]


def _apex(plan: Plan, c: Names) -> str:
    named = [one.text.removeprefix("base ") for one in plan.conditions if one.text.startswith("base ")]
    for corner in c:
        if any(set(text.split()) == set(c) - {corner} for text in named):
            return corner
    equal = {frozenset(one.text.split(" = ")) for one in plan.conditions if " = " in one.text}
    for corner in c:
        a, b = (name for name in c if name != corner)
        if frozenset((f"{corner}{a}", f"{corner}{b}")) in equal or frozenset((f"{a}{corner}", f"{corner}{b}")) in equal:
            return corner
    return c[2]


def read_diagonals(cursor: Cursor, plan: Plan) -> bool:
    """Diagonals AC and BD, that meet at O; the diagonals."""
    count = cursor.count()
    if not cursor.take("construction", "diagonal") or count not in (None, 2) or not plan.polygons:
        return False
    c = plan.polygons[0].corners
    plural = cursor.tokens[cursor.at - 1].text.lower() in ("diagonals", "диагонали", "диагоналями", "диагоналей")
    pairs: list[Two] = []
    while (pair := cursor.two()) is not None:
        pairs.append(pair)
        before = cursor.at
        if not cursor.comma():
            break
        if not cursor.sees("name"):
            cursor.at = before
            break
    if any(not set(pair) <= set(c) for pair in pairs):
        return False
    if not pairs:
        if len(c) < 4:
            return False
        every = [(c[i], c[j]) for i in range(len(c)) for j in range(i + 2, len(c)) if (i, j) != (0, len(c) - 1)]
        pairs = list(every) if plural or count else [every[0]]
    for pair in pairs:
        plan.draw(Stroke(*pair))
    plan.evidence += 1
    if cursor.take("construction", "intersection"):
        name = cursor.names(1)
        if name is None or len(pairs) != 2:
            return False
        point = plan.point(name[0], plan.middle(*c))
        plan.on_line(point, *pairs[0])
        plan.on_line(point, *pairs[1])
        plan.draw(Mark("dot", (point,)))
    return True
