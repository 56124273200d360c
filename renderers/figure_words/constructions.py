"""Sentences of plane geometry → a plan: "triangle ABC with a right angle at B, AB = 3, BC = 4"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .circles import read_chord, read_circle
from .cursor import Cursor, NoMatch
from .lines import (
    read_axes,
    read_line_through,
    read_midpoint,
    read_perpendicular_bisector,
    read_points,
    read_stroke,
    read_two_lines,
    read_with_corners,
)
from .plan import Plan
from .polygons import read_diagonals, read_polygon
from .sizes import read_angle, read_by, read_equation, read_sizes
from .triangles import read_center, read_circle_of_triangle, read_from_corner, read_inscribed, read_midline


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


_FORMS: Final = (
    read_with_corners, read_polygon, read_circle_of_triangle, read_inscribed, read_angle, read_from_corner,
    read_perpendicular_bisector, read_midline, read_center, read_midpoint, read_two_lines, read_line_through,
    read_stroke, read_circle, read_chord, read_diagonals, read_sizes, read_by, read_equation, read_axes, read_points,
)  # fmt: skip
