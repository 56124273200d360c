"""Lines, centres and circles of triangles: altitudes, medians, bisectors, midlines, the incircle, the orthocentre."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from .cursor import Cursor
from .plan import Mark, Names, Plan, Polygon, Round, Stroke
from .polygons import take_looks
from .solver import Places

_CENTERS: Final = ("incenter", "circumcenter", "centroid", "orthocenter")


def read_from_corner(cursor: Cursor, plan: Plan) -> bool:
    """Altitudes, medians and bisectors: from a corner, by their ends, or all three."""
    _, looks = take_looks(cursor)
    many = cursor.count()
    if cursor.take("word", "all") or cursor.take("word", "two"):
        many = many or 3
    kind = cursor.take("construction", "altitude", "median", "bisector")
    if kind is None:
        return False
    triangle = _triangle(plan)
    if triangle is None:
        return False
    ends: list[tuple[str, str | None]] = []
    while True:
        before = cursor.at
        if ends and not cursor.comma():
            break
        pair = cursor.two()
        if pair is not None and pair[0] in triangle:
            ends.append((pair[0], pair[1]))
            continue
        if cursor.take("word", "from", "at", "of", "to"):
            cursor.take("measure", "vertex", "angle")
        one = cursor.names()
        if one is not None and len(one) == 1 and one[0] in triangle:
            ends.append((one[0], None))
        elif one is not None and len(one) == 3 and one[1] in triangle and kind == "bisector":
            ends.append((one[1], None))
        elif one is not None and len(one) == 2 and set(one) <= set(triangle) and not ends:
            ends.append((next(name for name in triangle if name not in one), None))
        else:
            cursor.at = before
            break
    if not ends:
        ends = [(name, None) for name in (triangle[2], triangle[0], triangle[1])[: many or 1]]
    if cursor.take("word", "to", "of"):
        side = cursor.take("measure", "side", "base", "hypotenuse")
        names = cursor.two()
        if names is None and side is None:
            return False
        if names is not None and (set(names) | {ends[0][0]} != set(triangle)):
            return False
    for corner, foot in ends:
        _cevian(plan, kind, corner, foot, triangle, looks)
    plan.evidence += 1
    return True


def _triangle(plan: Plan) -> Names | None:
    return next((one.corners for one in plan.polygons if len(one.corners) == 3), None)


def _cevian(plan: Plan, kind: str, corner: str, foot: str | None, triangle: Names, looks: tuple[str, ...]) -> None:
    a, b = (name for name in triangle if name != corner)
    guess = plan.middle(a, b)
    end = plan.point(foot, guess) if foot else plan.hidden(guess)
    match kind:
        case "altitude":
            plan.on_line(end, a, b)
            plan.perpendicular(corner, end, a, b)
            plan.draw(Mark("right", (corner, end, b)))
        case "median":
            plan.along(end, a, b, 0.5)
            plan.draw(Mark("equal", (a, end, end, b)))
        case _:
            plan.holds(f"{end} on the bisector", _on_bisector(end, corner, a, b))
            plan.draw(Mark("angle", (a, corner, end)))
            plan.draw(Mark("angle", (end, corner, b)))
    plan.draw(Stroke(corner, end, look=looks[0] if looks else ""))


def _on_bisector(end: str, corner: str, a: str, b: str) -> Callable[..., tuple[float, ...]]:
    def residual(p: Places) -> tuple[float, ...]:
        first, second = math.dist(p[corner], p[a]), math.dist(p[corner], p[b])
        share = first / max(first + second, 1e-9)
        return tuple(p[end][k] - p[a][k] - share * (p[b][k] - p[a][k]) for k in (0, 1))

    return residual


def read_midline(cursor: Cursor, plan: Plan) -> bool:
    if not cursor.take("construction", "midline"):
        return False
    triangle = _triangle(plan)
    if triangle is None:
        return False
    names = cursor.two()
    a, b, c = triangle
    first, second = (
        plan.point(name, plan.middle(*pair)) if name else plan.hidden(plan.middle(*pair))
        for name, pair in zip(names or (None, None), ((a, c), (b, c)), strict=True)
    )
    plan.along(first, a, c, 0.5)
    plan.along(second, b, c, 0.5)
    plan.draw(Stroke(first, second))
    plan.evidence += 1
    return True


def read_center(cursor: Cursor, plan: Plan) -> bool:
    """Incentre I, centroid G and others of the triangle."""
    kind = cursor.take("construction", *_CENTERS)
    triangle = _triangle(plan)
    if kind is None or triangle is None:
        return False
    name = cursor.names(1)
    center = plan.point(name[0], plan.middle(*triangle)) if name else plan.hidden(plan.middle(*triangle))
    make_center(plan, kind, center, triangle)
    plan.draw(Mark("dot", (center,)))
    plan.evidence += 1
    return True


def make_center(plan: Plan, kind: str, center: str, triangle: Names) -> None:
    """The conditions that make a point a centre of a triangle."""
    a, b, c = triangle
    match kind:
        case "centroid":
            plan.holds("the centroid", lambda p: tuple(3 * p[center][k] - p[a][k] - p[b][k] - p[c][k] for k in (0, 1)))
        case "circumcenter":
            plan.same_length(center, a, center, b)
            plan.same_length(center, b, center, c)
        case "orthocenter":
            plan.holds("the orthocentre", lambda p: (_dot(p, a, center, b, c), _dot(p, b, center, a, c)))
        case _:
            plan.holds("the incentre", _incenter(center, a, b, c))


def _dot(p: Places, a: str, b: str, c: str, d: str) -> float:
    ax, ay = p[a]
    bx, by = p[b]
    cx, cy = p[c]
    dx, dy = p[d]
    return float(((bx - ax) * (dx - cx) + (by - ay) * (dy - cy)) / max(math.hypot(dx - cx, dy - cy), 1e-9))


def _incenter(center: str, a: str, b: str, c: str) -> Callable[..., tuple[float, ...]]:
    def residual(p: Places) -> tuple[float, ...]:
        sides = [math.dist(p[y], p[z]) for y, z in ((b, c), (a, c), (a, b))]
        whole = max(sum(sides), 1e-9)
        return tuple(
            p[center][k] - sum(side * p[name][k] for side, name in zip(sides, (a, b, c), strict=True)) / whole
            for k in (0, 1)
        )

    return residual


def read_circle_of_triangle(cursor: Cursor, plan: Plan) -> bool:
    """The incircle and the circumcircle, also as "inscribed in a circle"."""
    kind = cursor.take("construction", "incircle", "circumcircle")
    if kind is None:
        return False
    polygon = next(iter(plan.polygons), None)
    if polygon is None:
        return False
    name = None
    cursor.take("word", "with")
    if cursor.take("measure", "center") is not None:
        cursor.take("word", "is", "at")
        name = cursor.names(1)
    make_circle_of(plan, kind, polygon, name[0] if name else None)
    plan.evidence += 1
    return True


def make_circle_of(plan: Plan, kind: str, polygon: Polygon, name: str | None) -> Round:
    """The circle through the corners of a polygon, or the one that touches its sides."""
    c = polygon.corners
    guess = plan.middle(*c)
    center = plan.point(name, guess) if name else plan.hidden(guess)
    circle = Round(center, plan.radius(1.5))
    if kind == "circumcircle":
        for corner in c:
            plan.on_circle(corner, circle)
    elif len(c) == 3:
        make_center(plan, "incenter", center, c)
        plan.touches(circle, c[0], c[1])
    else:
        for first, second in zip(c, (*c[1:], c[0]), strict=True):
            plan.touches(circle, first, second)
    plan.draw(circle)
    if name:
        plan.draw(Mark("dot", (name,)))
    return circle


def read_inscribed(cursor: Cursor, plan: Plan) -> bool:
    kind = cursor.take("construction", "inscribed", "circumscribed about")
    if kind is None or not cursor.take("shape", "circle") or not plan.polygons:
        return False
    plan.evidence += 1
    name = None
    before = cursor.at
    if cursor.take("word", "with") and cursor.take("measure", "center"):
        name = cursor.names(1)
    else:
        cursor.at = before
    make_circle_of(
        plan, "circumcircle" if kind == "inscribed" else "incircle", plan.polygons[0], name[0] if name else None
    )
    return True
