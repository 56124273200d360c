"""Points, segments, lines and rays, and how they lie: parallel, perpendicular, through, between."""

from __future__ import annotations

import math
from typing import Final

from .cursor import Amount, Cursor
from .plan import Mark, Plan, Reach, Stroke, Two
from .polygons import take_looks
from .sizes import connect, set_length
from .solver import Residual


def read_points(cursor: Cursor, plan: Plan) -> bool:
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
    connect(plan, a, b)
    plan.draw(Mark("equal", (a, name, name, b)))
    plan.draw(Mark("dot", (name,)))


def read_midpoint(cursor: Cursor, plan: Plan) -> bool:
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


def read_stroke(cursor: Cursor, plan: Plan) -> bool:
    """Segment AB of length 5, line AB, ray OA, vector AB, a segment from (0, 0) to (3, 2)."""
    color, looks = take_looks(cursor)
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


def read_line_through(cursor: Cursor, plan: Plan) -> bool:
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
    connect(plan, *pair)
    plan.evidence += 1
    return True


def read_two_lines(cursor: Cursor, plan: Plan) -> bool:
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


def read_perpendicular_bisector(cursor: Cursor, plan: Plan) -> bool:
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
    connect(plan, a, b)
    other = plan.hidden((2 * plan.guesses[middle][0] - plan.guesses[end][0],
                         2 * plan.guesses[middle][1] - plan.guesses[end][1]))  # fmt: skip
    plan.along(middle, other, end, 0.5)
    plan.draw(Stroke(other, end))
    plan.draw(Mark("right", (end, middle, b)))
    plan.draw(Mark("equal", (a, middle, middle, b)))
    plan.evidence += 1
    return True


def read_axes(cursor: Cursor, plan: Plan) -> bool:
    cursor.take("word", "on", "in", "with")
    if not cursor.take("construction", "axes"):
        return False
    plan.axes = plan.fixed = True
    plan.evidence += 1
    return True


def read_with_corners(cursor: Cursor, plan: Plan) -> bool:
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
