"""What is said of sizes: "AB = 3", "angle A is 60 degrees", "with sides 3, 4 and 5", "area 12"."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .cursor import Amount, Cursor
from .plan import Mark, Names, Plan, Polygon, Round, Stroke, Three, Two, area, perimeter
from .polygons import REGULAR


def read_equation(cursor: Cursor, plan: Plan) -> bool:
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
        connect(plan, *first)
        connect(plan, *second)
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
        connect(plan, *pair)


def connect(plan: Plan, a: str, b: str) -> None:
    """Draws the segment unless a line runs there already, of which it may be a part."""
    on_one = any(f"{name} on " in one.text and {a, b} & set(one.text) for one in plan.conditions for name in (a, b))
    if not plan.connects(a, b) and not on_one:
        plan.draw(Stroke(a, b))


def set_length(plan: Plan, a: str, b: str, amount: Amount) -> None:
    """The distance of two points, written at the line between them."""
    plan.distance(a, b, amount.value)
    plan.draw(Mark("length", (a, b), amount.text))


def read_sizes(cursor: Cursor, plan: Plan) -> bool:
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
            show_radius(plan, circle, kind, amounts[0])
    return True


def show_radius(plan: Plan, circle: Round, kind: str, amount: Amount) -> None:
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
            polygon.kind in REGULAR or polygon.kind.endswith("-gon") or polygon.kind == "rhombus"
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


def read_by(cursor: Cursor, plan: Plan) -> bool:
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


def read_angle(cursor: Cursor, plan: Plan) -> bool:
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
