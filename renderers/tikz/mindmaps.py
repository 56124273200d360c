"""Mind maps: concepts, and the bars that grow out of their circles. Sizes are those of the library mindmap."""

from __future__ import annotations

import math
from typing import Final

from ..scene import Close, Curve, Line, Matrix, Move, Part, Path, Point, Style, apply, arc, map_part, multiply, rotation
from .nodes import NodeBox

STYLES: Final = {
    "root concept": r"minimum size=4cm, text width=3.5cm, font=\large",
    "level 1 concept": r"minimum size=2.25cm, level distance=5cm, text width=2cm, sibling angle=60, font=\small",
    "level 2 concept": (
        r"minimum size=1.75cm, level distance=2.9cm, text width=1.5cm, sibling angle=60, font=\footnotesize"
    ),
    "level 3 concept": r"minimum size=1.15cm, level distance=2.4cm, text width=1cm, sibling angle=30, font=\tiny",
    "level 4 concept": r"minimum size=0.9cm, level distance=1.85cm, text width=0.7cm, sibling angle=30, font=\tiny",
    "small mindmap": (
        r"root concept/.style={minimum size=2.3cm, text width=2.1cm, font=\footnotesize}, "
        r"level 1 concept/.style={minimum size=1.5cm, level distance=2.8cm, text width=1.4cm, sibling angle=75, "
        r"font=\scriptsize}, level 2 concept/.style={minimum size=1.1cm, level distance=2.2cm, text width=1.1cm, "
        r"sibling angle=60, font=\tiny}, mindmap"
    ),
    "mindmap": (
        "concepts in trees, very thick, outer sep=0pt, inner sep=1pt, align=center, root concept, "
        + ", ".join(f"level {level}/.append style={{level {level} concept}}" for level in range(1, 5))
    ),
    "extra concept": "concept color=black!50, level 2 concept, concept",
    "concept connection": "line width=1mm, shorten <=2mm, shorten >=2mm, line cap=round, draw=black!50",
}
"""Styles by their names, for what the user has not defined."""
_ANGLE: Final = 20.0
"""Half of the part of a circle, in degrees, that a bar grows out of."""


def bar(start: NodeBox, end: NodeBox, color: str) -> Path:
    """The bar between two circles, as an outline that begins and ends at the first circle."""
    (x0, y0), (x1, y1) = start.center, end.center
    distance = math.dist(start.center, end.center)
    first, last = start.half_width, end.half_width
    half = 0.175 * min(first, last) / 2
    # The last circle is the first one seen from the other side.
    back: Matrix = (-1.0, 0.0, 0.0, -1.0, distance, 0.0)
    parts: list[Part] = [Move(_polar(first, _ANGLE)), *_out(first, half)]
    parts += [Line(apply(back, (1.5 * last, half))), *(map_part(part, back) for part in _into(last, half))]
    parts += [map_part(part, back) for part in _out(last, half)]
    parts += [Line((1.5 * first, half)), *_into(first, half), Close()]
    place = multiply(rotation(math.degrees(math.atan2(y1 - y0, x1 - x0))), (1.0, 0.0, 0.0, 1.0, x0, y0))
    return Path(tuple(map_part(part, place) for part in parts), Style(fill=color))


def _polar(radius: float, degrees: float) -> Point:
    return (radius * math.cos(math.radians(degrees)), radius * math.sin(math.radians(degrees)))


def _out(radius: float, half: float) -> list[Part]:
    """Around the circle to its lower point, and out to the lower edge of the bar."""
    x, y = _polar(radius, -_ANGLE)
    dx, dy = _polar(0.25 * radius, 90 - _ANGLE)
    curve = Curve((x + dx, y + dy), (1.25 * radius, -half), (1.5 * radius, -half))
    return [*arc((0.0, 0.0), radius, radius, _ANGLE, -_ANGLE), curve]


def _into(radius: float, half: float) -> list[Part]:
    """From the upper edge of the bar to the upper point of the circle."""
    x, y = _polar(radius, _ANGLE)
    dx, dy = _polar(0.25 * radius, _ANGLE - 90)
    return [Curve((1.25 * radius, half), (x + dx, y + dy), (x, y))]
