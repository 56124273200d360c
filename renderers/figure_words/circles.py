"""Circles: about a centre, through points, with chords and tangents."""

from __future__ import annotations

import math

from .cursor import Amount, Cursor, NoMatch
from .plan import Mark, Plan, Round, Stroke
from .polygons import take_looks
from .sizes import show_radius


def read_circle(cursor: Cursor, plan: Plan) -> bool:
    """A circle with centre O and radius 3, with the diameter AB, through A, B and C."""
    color, looks = take_looks(cursor)
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
    show_radius(plan, circle, kind, amount)


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


def read_chord(cursor: Cursor, plan: Plan) -> bool:
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
