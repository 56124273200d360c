"""Sentences of plane geometry → a plan: "triangle ABC with a right angle at B, AB = 3, BC = 4"."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from ..scene import Point
from .cursor import Amount, Cursor, NoMatch
from .plan import Mark, Names, Plan, Polygon, Reach, Round, Stroke, Three, Two, area, perimeter
from .solver import Places, Residual

_CORNERS: Final = {
    "triangle": 3, "right triangle": 3, "isosceles triangle": 3, "equilateral triangle": 3,
    "right isosceles triangle": 3, "square": 4, "rectangle": 4, "quadrilateral": 4, "parallelogram": 4, "rhombus": 4,
    "trapezoid": 4, "isosceles trapezoid": 4, "kite": 4, "pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8,
    "nonagon": 9, "decagon": 10, "dodecagon": 12,
}  # fmt: skip
_TRIANGLE: Final = ((0.0, 0.0), (5.0, 0.0), (1.6, 3.6))
_QUADRILATERAL: Final = ((0.0, 0.0), (5.0, 0.0), (4.3, 3.2), (0.9, 2.7))
_REGULAR: Final = frozenset(
    ("equilateral triangle", "square", "pentagon", "hexagon", "heptagon", "octagon", "nonagon", "decagon", "dodecagon")
)
_NONE: Final[Names] = ()
_CENTERS: Final = ("incenter", "circumcenter", "centroid", "orthocenter")


def read(cursor: Cursor, plan: Plan) -> None:
    """One sentence; what it says is added to the plan. Raises NoMatch where it is no such sentence."""
    before = len(plan.elements) + len(plan.conditions)
    while not cursor.done:
        at = cursor.at
        if not any(_tried(form, cursor, plan) for form in _FORMS):
            raise NoMatch
        if cursor.at == at:
            raise NoMatch
        while cursor.comma() or cursor.take("word", "with") is not None:
            pass
    if plan.loose > 1 or not plan.evidence or before == len(plan.elements) + len(plan.conditions):
        raise NoMatch


def _tried(form: Callable[[Cursor, Plan], bool], cursor: Cursor, plan: Plan) -> bool:
    """Whether the form fits here; forms change the plan only after all that they need was found."""
    before = cursor.at
    if form(cursor, plan):
        return True
    cursor.at = before
    return False


def _looks(cursor: Cursor) -> tuple[str, tuple[str, ...]]:
    """Colour and looks before a noun."""
    color, looks = "", _NONE
    while True:
        if (found := cursor.take("color")) is not None:
            color = found
        elif (look := cursor.take("look")) is not None:
            looks = (*looks, look)
        elif cursor.take("size") is None:
            return color, looks


# Polygons


def _polygon(cursor: Cursor, plan: Plan) -> bool:
    color, looks = _looks(cursor)
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
    if kind in _REGULAR or kind.endswith("-gon"):
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


# Sizes


def _equation(cursor: Cursor, plan: Plan) -> bool:
    """AB = 3, AB = CD, AB = BC = 4, AB ∥ CD, AB ⊥ CD."""
    for noun in (("shape", "line"), ("measure", "side"), ("construction", "segment")):
        if cursor.take(*noun):
            break
    first = cursor.two()
    if first is None:
        return False
    if cursor.take("construction", "parallel") or cursor.take("construction", "perpendicular"):
        kind = cursor.tokens[cursor.at - 1].means("construction", "parallel")
        for noun in (("shape", "line"), ("measure", "side")):
            cursor.take(*noun)
        second = cursor.two()
        if second is None:
            return False
        for name in (*first, *second):
            plan.point(name)
        (plan.parallel if kind else plan.perpendicular)(*first, *second)
        _connect(plan, *first)
        _connect(plan, *second)
        plan.evidence += 1
        return True
    pairs = [first]
    amount: Amount | None = None
    if not cursor.take("word", "is") and not cursor.take("word", "of"):
        return False
    while True:
        cursor.take("word", "is", "of")
        second = cursor.two()
        if second is not None:
            pairs.append(second)
        elif (amount := cursor.value()) is not None:
            factor = cursor.two()
            if factor is not None:
                _lengths(plan, pairs)
                _lengths(plan, [factor])
                plan.same_length(*pairs[-1], *factor, amount.value)
                return True
        else:
            return False
        if not cursor.take("word", "is"):
            break
    if amount is None and len(pairs) < 2:
        return False
    if amount is not None and amount.value <= 0:
        cursor.at -= 1
        cursor.refuse("a length is more than zero")
    _lengths(plan, pairs)
    for pair in pairs[1:]:
        plan.same_length(*first, *pair)
        plan.draw(Mark("equal", (*first, *pair)))
    if amount is not None:
        set_length(plan, first[0], first[1], amount)
    return True


def _lengths(plan: Plan, pairs: Sequence[Two]) -> None:
    plan.evidence += 1
    for pair in pairs:
        for name in pair:
            plan.point(name)
        _connect(plan, *pair)


def _connect(plan: Plan, a: str, b: str) -> None:
    """Draws the segment unless a line runs there already, of which it may be a part."""
    on_one = any(f"{name} on " in one.text and {a, b} & set(one.text) for one in plan.conditions for name in (a, b))
    if not plan.connects(a, b) and not on_one:
        plan.draw(Stroke(a, b))


def set_length(plan: Plan, a: str, b: str, amount: Amount) -> None:
    """The distance of two points, written at the line between them."""
    plan.distance(a, b, amount.value)
    plan.draw(Mark("length", (a, b), amount.text))


def _sizes(cursor: Cursor, plan: Plan) -> bool:
    """Radius 3, sides 3, 4 and 5, base BC = 4, legs 3 and 4, hypotenuse 5, area 6, perimeter 12."""
    cursor.take("word", "with", "of")
    kind = cursor.take("measure", "radius", "diameter", "side", "base", "leg", "hypotenuse", "width", "height", "area",
                       "perimeter", "length")  # fmt: skip
    if kind is None:
        return False
    pair = cursor.two()
    cursor.take("word", "is", "of")
    amounts = _amounts(cursor)
    if kind in ("radius", "diameter"):
        return bool(plan.rounds) and _radius(plan, kind, pair, amounts)
    if not plan.polygons:
        return False
    polygon = plan.polygons[0]
    return _polygon_size(cursor, plan, polygon, kind, pair, amounts)


def _amounts(cursor: Cursor) -> list[Amount]:
    found: list[Amount] = []
    while True:
        before = cursor.at
        if found and not cursor.comma() and not cursor.take("word", "by"):
            break
        amount = cursor.value()
        if amount is None:
            cursor.at = before
            break
        if amount.value <= 0:
            cursor.at -= 1
            cursor.refuse("a length is more than zero")
        found.append(amount)
    return found


def _radius(plan: Plan, kind: str, pair: Two | None, amounts: list[Amount]) -> bool:
    circle = plan.rounds[-1]
    if len(amounts) > 1 or not (amounts or pair):
        return False
    if pair is not None:
        a, b = (plan.point(name) for name in pair)
        if kind == "radius":
            plan.holds(f"{circle.center} is {a}", lambda p: tuple(p[a][k] - p[circle.center][k] for k in (0, 1)))
        else:
            plan.along(circle.center, a, b, 0.5)
            plan.on_circle(a, circle)
        plan.on_circle(b, circle)
        plan.draw(Stroke(a, b))
    if amounts:
        half = amounts[0].value / (2 if kind == "diameter" else 1)
        plan.measures(circle, half)
        plan.evidence += 1
        if pair is not None:
            plan.draw(Mark("length", pair, amounts[0].text))
        else:
            _show_radius(plan, circle, kind, amounts[0])
    return True


def _show_radius(plan: Plan, circle: Round, kind: str, amount: Amount) -> None:
    """The radius as a line with its length."""
    x, y = plan.guesses[circle.center]
    end = plan.hidden((x + amount.value, y))
    plan.holds("a radius", lambda p: (p[end][0] - p[circle.center][0] - p.length(circle.radius),
                                      p[end][1] - p[circle.center][1]))  # fmt: skip
    start = circle.center
    if kind == "diameter":
        start = plan.hidden((x - amount.value, y))
        plan.along(circle.center, start, end, 0.5)
    plan.draw(Stroke(start, end))
    plan.draw(Mark("length", (start, end), amount.text))


def _polygon_size(
    cursor: Cursor, plan: Plan, polygon: Polygon, kind: str, pair: Two | None, amounts: list[Amount]
) -> bool:
    c = polygon.corners
    sides = list(zip(c, (*c[1:], c[0]), strict=True))
    if pair is not None and kind in ("base", "side", "leg", "hypotenuse"):
        if not set(pair) <= set(c) or len(amounts) > 1:
            return False
        if kind == "base" and polygon.kind.endswith("triangle"):
            plan.holds(f"base {' '.join(pair)}", lambda p: ())
        if kind == "hypotenuse":
            plan.holds(f"hypotenuse {''.join(pair)}", lambda p: ())
        if amounts:
            set_length(plan, *pair, amounts[0])
        plan.evidence += 1
        return True
    if pair is not None or not amounts:
        return False
    plan.evidence += 1
    values = [amount.value for amount in amounts]
    match kind, len(amounts):
        case "area", 1:
            plan.given.append(math.sqrt(values[0]))
            plan.holds(f"area {values[0]:g}", lambda p: (math.sqrt(abs(area(p, c))) - math.sqrt(values[0]),))
        case "perimeter", 1:
            plan.given.append(values[0] / len(c))
            plan.holds(f"perimeter {values[0]:g}", lambda p: (perimeter(p, c) - values[0],))
        case "side" | "length", 1 if (
            polygon.kind in _REGULAR or polygon.kind.endswith("-gon") or polygon.kind == "rhombus"
        ):
            set_length(plan, *sides[0], amounts[0])
        case "side" | "leg", 1 if polygon.kind == "isosceles triangle":
            plan.holds(f"base {c[0]} {c[1]}", lambda p: ())
            set_length(plan, c[0], c[2], amounts[0])
            plan.draw(Mark("length", (c[1], c[2]), amounts[0].text))
        case "side" | "leg", n if n == len(c) and kind == "side":
            for side, amount in zip(sides, amounts, strict=True):
                set_length(plan, *side, amount)
        case "side", 2 if polygon.kind in ("rectangle", "parallelogram"):
            set_length(plan, *sides[0], amounts[0])
            set_length(plan, *sides[1], amounts[1])
        case "width", 1 if polygon.kind == "rectangle":
            set_length(plan, *sides[0], amounts[0])
        case "height", 1 if polygon.kind == "rectangle":
            set_length(plan, *sides[1], amounts[0])
        case "leg", _ if polygon.kind.startswith("right"):
            corner = c[2]
            set_length(plan, corner, c[1], amounts[0])
            if len(amounts) == 2:
                set_length(plan, corner, c[0], amounts[1])
        case "hypotenuse", 1 if polygon.kind.startswith("right"):
            set_length(plan, c[0], c[1], amounts[0])
        case "base", 1 if polygon.kind.endswith("triangle"):
            plan.holds(f"base {c[0]} {c[1]}", lambda p: ())
            set_length(plan, c[0], c[1], amounts[0])
        case "base", 2 if polygon.kind.endswith("trapezoid"):
            set_length(plan, c[0], c[1], amounts[0])
            set_length(plan, c[3], c[2], amounts[1])
        case "height", 1 if len(c) == 3 or polygon.kind in ("trapezoid", "isosceles trapezoid", "parallelogram"):
            _height(plan, c, amounts[0])
        case _:
            cursor.at -= 1
            return False
    return True


def _height(plan: Plan, c: Names, amount: Amount) -> None:
    foot = plan.hidden(plan.middle(c[0], c[1]))
    top = c[2] if len(c) == 3 else c[3]
    plan.on_line(foot, c[0], c[1])
    plan.perpendicular(top, foot, c[0], c[1])
    plan.draw(Stroke(top, foot, look="dashed"))
    plan.draw(Mark("right", (top, foot, c[1])))
    set_length(plan, top, foot, amount)


def _by(cursor: Cursor, plan: Plan) -> bool:
    """A rectangle 5 by 3."""
    if not plan.polygons or plan.polygons[0].kind != "rectangle":
        return False
    amounts = _amounts(cursor)
    if len(amounts) != 2:
        return False
    c = plan.polygons[0].corners
    set_length(plan, c[0], c[1], amounts[0])
    set_length(plan, c[1], c[2], amounts[1])
    plan.evidence += 1
    return True


def _angle(cursor: Cursor, plan: Plan) -> bool:
    """Angle B = 60°, angle ABC is a right angle, a right angle at B, angle A = angle B, angle AOB of 40 degrees."""
    if cursor.take("measure", "right angle"):
        cursor.take("word", "at", "of")
        cursor.take("measure", "vertex")
        return _right_angle(cursor, plan)
    if not cursor.take("measure", "angle"):
        return False
    first = _angle_names(cursor, plan)
    if first is None:
        return False
    cursor.take("word", "is", "of", "at")
    if cursor.take("measure", "right angle") or _is_right(cursor):
        return _set_right(plan, first)
    amount = cursor.value()
    if amount is not None:
        if not 0 < amount.value < 180:
            cursor.at -= 1
            cursor.refuse("an angle of a figure lies between 0 and 180 degrees")
        return _set_angle(plan, first, amount)
    cursor.take("measure", "angle")
    second = _angle_names(cursor, plan)
    if second is not None:
        for names in (first, second):
            _show_angle(plan, names)
        plan.same_angle(first, second)
        plan.draw(Mark("angle", first))
        plan.draw(Mark("angle", second))
        plan.evidence += 1
        return True
    _show_angle(plan, first)
    plan.draw(Mark("angle", first))
    plan.evidence += 1
    return True


def _is_right(cursor: Cursor) -> bool:
    token = cursor.token
    if token is not None and token.text.lower() in ("right", "прямой"):
        cursor.at += 1
        return True
    return False


def _angle_names(cursor: Cursor, plan: Plan) -> Three | None:
    """Three points, or the corner of a polygon with its neighbours."""
    names = cursor.three()
    if names is not None:
        return names
    one = cursor.names(1)
    if one is None:
        return None
    around = _neighbours(plan, one[0])
    if around is None:
        return None
    return around[0], one[0], around[1]


def _neighbours(plan: Plan, name: str) -> tuple[str, str] | None:
    for polygon in plan.polygons:
        if name in polygon.corners:
            at, n = polygon.corners.index(name), len(polygon.corners)
            return polygon.corners[at - 1], polygon.corners[(at + 1) % n]
    return None


def _show_angle(plan: Plan, names: Three) -> None:
    for name in names:
        plan.point(name)
    for end in (names[0], names[2]):
        if not plan.connects(names[1], end):
            plan.draw(Stroke(names[1], end, "ray"))


def _set_angle(plan: Plan, names: Three, amount: Amount) -> bool:
    if abs(amount.value - 90) < 1e-9:
        return _set_right(plan, names)
    label = amount.text if r"^\circ" in amount.text else rf"{amount.text}^\circ"
    _show_angle(plan, names)
    plan.angle(*names, amount.value)
    plan.draw(Mark("angle", names, label))
    plan.evidence += 1
    return True


def _set_right(plan: Plan, names: Three) -> bool:
    _show_angle(plan, names)
    plan.perpendicular(names[1], names[0], names[1], names[2])
    plan.draw(Mark("right", names))
    plan.evidence += 1
    return True


def _right_angle(cursor: Cursor, plan: Plan) -> bool:
    names = _angle_names(cursor, plan)
    return names is not None and _set_right(plan, names)


# Lines of a triangle


def _from_corner(cursor: Cursor, plan: Plan) -> bool:
    """Altitudes, medians and bisectors: from a corner, by their ends, or all three."""
    _, looks = _looks(cursor)
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


def _midline(cursor: Cursor, plan: Plan) -> bool:
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


def _center(cursor: Cursor, plan: Plan) -> bool:
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


def _circle_of_triangle(cursor: Cursor, plan: Plan) -> bool:
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


def _inscribed(cursor: Cursor, plan: Plan) -> bool:
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


# Points and lines


def _points(cursor: Cursor, plan: Plan) -> bool:
    """Points A, B and C; A(1, 2); the point (1, 2); point D on AB."""
    noun = cursor.take("construction", "point") is not None
    cursor.take("word", "with")
    cursor.take("measure", "coordinates")
    place = cursor.pair()
    if place is not None and noun:
        while place is not None:
            name = plan.hidden()
            plan.at(name, place[0].value, place[1].value)
            plan.draw(Mark("dot", (name,)))
            before = cursor.at
            place = cursor.pair() if cursor.comma() else None
            if place is None:
                cursor.at = before
        plan.axes = True
        plan.evidence += 1
        return True
    if place is not None:
        return False
    names = cursor.names()
    if names is None or (not noun and (len(names) > 1 or not cursor.sees_sign("(") and not _on_follows(cursor))):
        return False
    while True:
        if len(names) > 1 and not noun:
            return False
        for name in names:
            plan.point(name)
        place = cursor.pair() if len(names) == 1 else None
        if len(names) == 1 and place is None:
            before = cursor.at
            cursor.take("word", "is", "at", "with")
            cursor.take("measure", "coordinates")
            place = cursor.pair()
            if place is None:
                cursor.at = before
        if place is not None:
            plan.at(names[0], place[0].value, place[1].value)
            plan.axes = True
        for name in names:
            if not any(name in one.corners for one in plan.polygons):
                plan.draw(Mark("dot", (name,)))
        if len(names) == 1 and place is None:
            _where(cursor, plan, names[0])
        before = cursor.at
        if not cursor.comma() or (more := cursor.names()) is None or not noun and not cursor.sees_sign("("):
            cursor.at = before
            break
        names = more
    plan.evidence += 1
    return True


def _on_follows(cursor: Cursor) -> bool:
    return cursor.sees("word", "on") or (cursor.sees("word", "is") and cursor.anywhere("construction", "midpoint"))


def _where(cursor: Cursor, plan: Plan, name: str) -> None:
    """On AB, on the circle, is the midpoint of AB."""
    before = cursor.at
    cursor.take("word", "is")
    if cursor.take("construction", "midpoint"):
        for noun in (("measure", "side"), ("shape", "line")):
            cursor.take(*noun)
        pair = cursor.two()
        if pair is not None:
            _midpoint_of(plan, name, pair)
            return
    if cursor.take("word", "on"):
        for words in (("measure", "side", "base", "hypotenuse"), ("shape", "line"), ("construction", "line")):
            cursor.take(*words)
        side = cursor.two()
        if side is not None:
            a, b = (plan.point(one) for one in side)
            plan.guesses[name] = (
                0.6 * plan.guesses[a][0] + 0.4 * plan.guesses[b][0], 0.6 * plan.guesses[a][1] + 0.4 * plan.guesses[b][1]
            )  # fmt: skip
            plan.on_line(name, a, b)
            plan.between(name, a, b)
            return
        if cursor.take("shape", "circle") and plan.rounds:
            x, y = plan.guesses[plan.rounds[-1].center]
            reach = plan.lengths[plan.rounds[-1].radius]
            turn = 0.9 + 2.1 * len(plan.guesses)
            plan.guesses[name] = (x + reach * math.cos(turn), y + reach * math.sin(turn))
            plan.on_circle(name, plan.rounds[-1])
            return
    cursor.at = before


def _midpoint_of(plan: Plan, name: str, pair: Two) -> None:
    a, b = (plan.point(one) for one in pair)
    plan.guesses[name] = plan.middle(a, b)
    plan.along(name, a, b, 0.5)
    _connect(plan, a, b)
    plan.draw(Mark("equal", (a, name, name, b)))
    plan.draw(Mark("dot", (name,)))


def _midpoint(cursor: Cursor, plan: Plan) -> bool:
    """The midpoint M of AB."""
    if not cursor.take("construction", "midpoint"):
        return False
    name = cursor.names(1)
    cursor.take("word", "of")
    for noun in (("measure", "side", "base", "hypotenuse"), ("shape", "line")):
        cursor.take(*noun)
    pair = cursor.two()
    if pair is None:
        return False
    plan.evidence += 1
    _midpoint_of(plan, plan.point(name[0]) if name else plan.hidden(), pair)
    return True


_STROKES: Final[dict[str, Reach]] = {"segment": "segment", "line": "line", "ray": "ray", "vector": "vector"}


def _stroke(cursor: Cursor, plan: Plan) -> bool:
    """Segment AB of length 5, line AB, ray OA, vector AB, a segment from (0, 0) to (3, 2)."""
    color, looks = _looks(cursor)
    kind = cursor.take("construction", *_STROKES)
    if kind is None:
        return False
    reach = _STROKES[kind]
    if cursor.take("word", "from", "through", "between") is not None:
        return _from_to(cursor, plan, reach, color, looks)
    pair = cursor.two()
    if pair is None:
        return False
    first = True
    while pair is not None:
        for name in pair:
            plan.point(name)
            if first and kind != "vector" and not any(name in one.corners for one in plan.polygons):
                plan.draw(Mark("dot", (name,)))
        plan.draw(Stroke(*pair, reach, looks[0] if looks else "", color=color))
        last = pair
        before = cursor.at
        pair = cursor.two() if cursor.comma() else None
        if pair is not None and cursor.sees("word", "is"):
            pair = None
        if pair is None:
            cursor.at = before
    plan.evidence += 1
    before = cursor.at
    cursor.take("word", "of", "with", "is")
    cursor.take("measure", "length")
    cursor.take("word", "of", "is")
    amount = cursor.value()
    if amount is not None and amount.value > 0:
        set_length(plan, *last, amount)
    else:
        cursor.at = before
    return True


def _from_to(cursor: Cursor, plan: Plan, reach: Reach, color: str, looks: tuple[str, ...]) -> bool:
    cursor.take("construction", "point")
    ends: list[str] = []
    for number in (0, 1):
        if number and cursor.take("word", "to", "and") is None:
            return False
        cursor.take("construction", "point")
        place = cursor.pair()
        if place is not None:
            name = plan.hidden()
            plan.at(name, place[0].value, place[1].value)
            plan.axes = True
        elif cursor.take("construction", "origin"):
            name = plan.hidden()
            plan.at(name, 0.0, 0.0)
            plan.axes = True
        else:
            one = cursor.names(1)
            if one is None:
                return False
            name = plan.point(one[0])
            plan.draw(Mark("dot", (name,)))
        ends.append(name)
    plan.draw(Stroke(ends[0], ends[1], reach, looks[0] if looks else "", color=color))
    plan.evidence += 1
    return True


def _line_through(cursor: Cursor, plan: Plan) -> bool:
    """A line through A parallel to BC."""
    if not cursor.take("construction", "line"):
        return False
    label = cursor.letter()
    at = cursor.at
    name = None
    if cursor.take("word", "through"):
        cursor.take("construction", "point")
        name = cursor.names(1)
    kind = cursor.take("construction", "parallel", "perpendicular")
    for noun in (("measure", "side"), ("shape", "line"), ("construction", "line")):
        cursor.take(*noun)
    pair = cursor.two() if kind else None
    if name is None and pair is not None and cursor.take("word", "through"):
        cursor.take("construction", "point")
        name = cursor.names(1)
    if kind is None or pair is None or name is None:
        cursor.at = at
        return False
    start = plan.point(name[0])
    for one in pair:
        plan.point(one)
    x, y = plan.guesses[start]
    (ax, ay), (bx, by) = plan.guesses[pair[0]], plan.guesses[pair[1]]
    across = (bx - ax, by - ay) if kind == "parallel" else (ay - by, bx - ax)
    end = plan.hidden((x + across[0], y + across[1]))
    (plan.parallel if kind == "parallel" else plan.perpendicular)(start, end, *pair)
    size = max(math.hypot(*across), 1e-6)
    plan.holds("far enough", lambda p: (math.dist(p[start], p[end]) - size,))
    other = plan.hidden((x - across[0], y - across[1]))
    plan.along(start, other, end, 0.5)
    plan.draw(Stroke(other, end, label=label or ""))
    plan.draw(Mark("dot", (start,)))
    _connect(plan, *pair)
    plan.evidence += 1
    return True


def _two_lines(cursor: Cursor, plan: Plan) -> bool:
    """Two parallel lines a and b, cut by a transversal c; perpendicular lines; lines a and b that meet at O."""
    count = cursor.count()
    kind = cursor.take("construction", "parallel", "perpendicular")
    if not cursor.take("construction", "line") or (count not in (None, 2, 3)):
        return False
    labels = cursor.listed(cursor.letter)
    kind = kind or ("parallel" if cursor.take("construction", "parallel") else None)
    kind = kind or ("perpendicular" if cursor.take("construction", "perpendicular") else None)
    meeting = cursor.names(1) if cursor.take("construction", "intersection") else None
    if kind is None and meeting is None:
        return False
    number = count or max(2, len(labels))
    labels = [*labels, *[""] * (number - len(labels))]
    plan.evidence += 1
    if kind == "parallel":
        for row in range(number):
            a, b = plan.hidden((0.0, -2.0 * row)), plan.hidden((6.0, -2.0 * row))
            _pin(plan, a, b)
            plan.draw(Stroke(a, b, "line", label=labels[row]))
    else:
        turn = 90.0 if kind == "perpendicular" else 55.0
        center = plan.point(meeting[0], (0.0, 0.0)) if meeting else plan.hidden((0.0, 0.0))
        plan.holds("fixed", lambda p: p[center])
        ends = []
        for row in range(2):
            angle = math.radians(turn * row)
            a = plan.hidden((3 * math.cos(angle), 3 * math.sin(angle)))
            b = plan.hidden((-3 * math.cos(angle), -3 * math.sin(angle)))
            _pin(plan, a, b)
            plan.draw(Stroke(b, a, "line", label=labels[row]))
            ends.append(a)
        if kind == "perpendicular":
            plan.draw(Mark("right", (ends[0], center, ends[1])))
        if meeting:
            plan.draw(Mark("dot", (center,)))
    cursor.comma()
    if cursor.take("construction", "transversal"):
        if kind != "parallel":
            return False
        a, b = plan.hidden((1.2, -2.0 * number + 1.0)), plan.hidden((4.6, 1.0))
        _pin(plan, a, b)
        plan.draw(Stroke(a, b, "segment", label=cursor.letter() or ""))
    return True


def _pin(plan: Plan, *names: str) -> None:
    for name in names:
        x, y = plan.guesses[name]
        plan.holds("fixed", _pinned(name, x, y))


def _pinned(name: str, x: float, y: float) -> Residual:
    return lambda p: (p[name][0] - x, p[name][1] - y)


def _perpendicular_bisector(cursor: Cursor, plan: Plan) -> bool:
    if not cursor.take("construction", "perpendicular bisector"):
        return False
    for noun in (("measure", "side"), ("shape", "line")):
        cursor.take(*noun)
    pair = cursor.two()
    if pair is None:
        return False
    a, b = (plan.point(name) for name in pair)
    (ax, ay), (bx, by) = plan.guesses[a], plan.guesses[b]
    middle = plan.hidden(plan.middle(a, b))
    plan.along(middle, a, b, 0.5)
    end = plan.hidden((plan.guesses[middle][0] + (ay - by) / 2, plan.guesses[middle][1] + (bx - ax) / 2))
    plan.holds("across", lambda p: (p[end][0] - p[middle][0] - (p[a][1] - p[b][1]) / 2,
                                    p[end][1] - p[middle][1] - (p[b][0] - p[a][0]) / 2))  # fmt: skip
    _connect(plan, a, b)
    other = plan.hidden((2 * plan.guesses[middle][0] - plan.guesses[end][0],
                         2 * plan.guesses[middle][1] - plan.guesses[end][1]))  # fmt: skip
    plan.along(middle, other, end, 0.5)
    plan.draw(Stroke(other, end))
    plan.draw(Mark("right", (end, middle, b)))
    plan.draw(Mark("equal", (a, middle, middle, b)))
    plan.evidence += 1
    return True


# Circles


def _circle(cursor: Cursor, plan: Plan) -> bool:
    """A circle with centre O and radius 3, with the diameter AB, through A, B and C."""
    color, looks = _looks(cursor)
    if not cursor.take("shape", "circle"):
        return False
    if plan.rounds and not cursor.sees("measure") and not cursor.sees("word") and cursor.done:
        return False
    center: str | None = None
    place: tuple[Amount, Amount] | None = None
    before = cursor.at
    cursor.take("word", "with", "of")
    if cursor.take("measure", "center") is not None:
        cursor.take("word", "is", "at", "in")
        cursor.take("construction", "point")
        place, center = _center_of(cursor)
        if place is None and center is None:
            return False
    else:
        cursor.at = before
        if cursor.take("word", "through"):
            return _circle_through(cursor, plan)
    guess = (place[0].value, place[1].value) if place else (0.0, 0.0)
    name = plan.point(center, guess) if center else plan.hidden(guess)
    if place is not None:
        plan.at(name, *guess)
        plan.axes = True
    circle = Round(name, plan.radius(), looks, color)
    plan.draw(circle)
    if center is not None or place is not None:
        plan.draw(Mark("dot", (name,)))
        plan.evidence += 1
    else:
        plan.loose += 1
        _later_center(cursor, plan, circle)
    return True


def _center_of(cursor: Cursor) -> tuple[tuple[Amount, Amount] | None, str | None]:
    place = cursor.pair()
    if place is not None:
        return place, None
    if cursor.take("construction", "origin"):
        zero = Amount(0.0, "0")
        return (zero, zero), None
    name = cursor.names(1)
    if name is None:
        return None, None
    return cursor.pair(), name[0]


def _later_center(cursor: Cursor, plan: Plan, circle: Round) -> None:
    """A radius first and the centre after it: "a circle of radius 3 centred at O"."""
    before = cursor.at
    cursor.take("word", "with", "of")
    kind = cursor.take("measure", "radius", "diameter")
    if kind is None:
        cursor.at = before
        return
    cursor.take("word", "is", "of")
    amount = cursor.value()
    if amount is None or amount.value <= 0:
        cursor.at = before
        return
    after = cursor.at
    cursor.take("word", "and", "with")
    if cursor.take("measure", "center") is None:
        cursor.at = after
    else:
        cursor.take("word", "at", "is", "in")
        cursor.take("construction", "point")
        place, name = _center_of(cursor)
        if place is None and name is None:
            raise NoMatch
        if name is not None:
            plan.guesses[name] = plan.guesses.pop(circle.center)
            renamed = Round(name, circle.radius, circle.looks, circle.color)
            plan.elements[plan.elements.index(circle)] = renamed
            circle = renamed
        if place is not None:
            plan.at(circle.center, place[0].value, place[1].value)
            plan.axes = True
        plan.loose -= 1
        plan.draw(Mark("dot", (circle.center,)))
    plan.measures(circle, amount.value / (2 if kind == "diameter" else 1))
    plan.evidence += 1
    _show_radius(plan, circle, kind, amount)


def _circle_through(cursor: Cursor, plan: Plan) -> bool:
    cursor.take("construction", "point")
    found = [one for names in cursor.listed(cursor.names) for one in names]
    if not 2 <= len(found) <= 3:
        return False
    for one in found:
        plan.point(one)
    circle = Round(plan.hidden(plan.middle(*found)), plan.radius())
    for one in found:
        plan.on_circle(one, circle)
        plan.draw(Mark("dot", (one,)))
    plan.draw(circle)
    plan.evidence += 1
    return True


def _chord(cursor: Cursor, plan: Plan) -> bool:
    """A chord AB, a tangent at A, of the last circle."""
    kind = cursor.take("construction", "chord", "tangent")
    if kind is None or not plan.rounds:
        return False
    circle = plan.rounds[-1]
    if kind == "chord":
        pair = cursor.two()
        if pair is None:
            return False
        for number, end_of_chord in enumerate(pair):
            _on_rim(plan, circle, end_of_chord, 0.5 + 2.0 * number)
        plan.draw(Stroke(*pair))
        plan.evidence += 1
        return True
    cursor.take("word", "at")
    cursor.take("construction", "point")
    name = cursor.names(1)
    if name is None:
        return False
    touch = _on_rim(plan, circle, name[0], 0.9)
    (x, y), (cx, cy) = plan.guesses[touch], plan.guesses[circle.center]
    end = plan.hidden((x - (y - cy), y + (x - cx)))
    plan.perpendicular(touch, end, touch, circle.center)
    plan.same_length(touch, end, touch, circle.center)
    start = plan.hidden((x + (y - cy), y - (x - cx)))
    plan.along(touch, start, end, 0.5)
    plan.draw(Stroke(start, end))
    plan.draw(Stroke(circle.center, touch))
    plan.draw(Mark("right", (circle.center, touch, end)))
    plan.draw(Mark("dot", (touch,)))
    plan.evidence += 1
    return True


def _on_rim(plan: Plan, circle: Round, name: str, turn: float) -> str:
    if name not in plan.guesses:
        (cx, cy), reach = plan.guesses[circle.center], plan.lengths[circle.radius]
        plan.point(name, (cx + reach * math.cos(turn), cy + reach * math.sin(turn)))
        plan.on_circle(name, circle)
    return name


def _diagonals(cursor: Cursor, plan: Plan) -> bool:
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


def _axes(cursor: Cursor, plan: Plan) -> bool:
    cursor.take("word", "on", "in", "with")
    if not cursor.take("construction", "axes"):
        return False
    plan.axes = plan.fixed = True
    plan.evidence += 1
    return True


def _with_corners(cursor: Cursor, plan: Plan) -> bool:
    """Vertices A(0, 0), B(4, 0) and C(0, 3), or without names, of the last polygon."""
    cursor.take("word", "with")
    if not cursor.take("measure", "vertex") or not plan.polygons:
        return False
    cursor.take("word", "at", "is", "in")
    cursor.take("construction", "point")
    corners = plan.polygons[0].corners
    found: list[tuple[str | None, tuple[Amount, Amount]]] = []
    while len(found) < len(corners):
        name = cursor.names(1)
        place = cursor.pair()
        if place is None:
            return False
        found.append((name[0] if name else None, place))
        if len(found) < len(corners):
            cursor.comma()
    for corner, (told, (x, y)) in zip(corners, found, strict=True):
        if told is not None and told != corner:
            return False
        plan.at(corner, x.value, y.value)
    plan.axes = True
    plan.evidence += 1
    return True


_FORMS: Final = (
    _with_corners, _polygon, _circle_of_triangle, _inscribed, _angle, _from_corner, _perpendicular_bisector, _midline,
    _center, _midpoint, _two_lines, _line_through, _stroke, _circle, _chord, _diagonals, _sizes, _by, _equation, _axes,
    _points,
)  # fmt: skip
