"""Arrow tips: what they look like, and how far they reach. Shapes and sizes are those of TikZ's arrows.meta."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from .scene import Circle, Close, Curve, Line, Move, Part, Path, Point, Shape, Style, Tip, map_part, outline, polygon


@dataclass(frozen=True, slots=True)
class Form:
    """A tip that points along x with its apex at the origin. Its line ends `back` before the apex; `length` is its own.

    `stroke` is the width of its outline, 0 where it is filled.
    """

    parts: tuple[Part, ...]
    back: float
    length: float
    stroke: float = 0.0


def _to(width: float) -> Form:
    # The arrow of Computer Modern: two arcs drawn with a round pen of 0.8 line widths.
    a = 0.28 + 0.3 * width
    x = -(0.75 * a + 0.4 * width)
    parts = (
        Move((x - 3 * a, 4 * a)), Curve((x - 2.75 * a, 2.5 * a), (x, 0.25 * a), (x + 0.75 * a, 0.0)),
        Curve((x, -0.25 * a), (x - 2.75 * a, -2.5 * a), (x - 3 * a, -4 * a)),
    )  # fmt: skip
    return Form(parts, 0.4 * width + 0.3 * a, 3.75 * a + 0.4 * width, 0.8 * width)


def _stealth_old(width: float) -> Form:
    a = 0.28 + 0.3 * width
    return Form(polygon([(0, 0), (-8 * a, 4 * a), (-5 * a, 0), (-8 * a, -4 * a)]), 4.5 * a, 8 * a)


def _latex_old(width: float) -> Form:
    a = 0.28 + 0.3 * width
    parts = (
        Move((0, 0)), Curve((-2.6667 * a, 0.5 * a), (-7 * a, 2 * a), (-10 * a, 3.75 * a)), Line((-10 * a, -3.75 * a)),
        Curve((-7 * a, -2 * a), (-2.6667 * a, -0.5 * a), (0, 0)), Close(),
    )  # fmt: skip
    return Form(parts, 9 * a, 10 * a)


def _stealth(width: float) -> Form:
    length = 3 + 4.5 * width
    half, inset = 0.375 * length, 0.325 * length
    return Form(polygon([(0, 0), (-length, half), (inset - length, 0), (-length, -half)]), length - inset, length)


def _latex(width: float) -> Form:
    length = 3 + 4.5 * width
    half = 0.375 * length
    parts = (
        Move((0, 0)), Curve((-0.27 * length, 0.05 * length), (-0.7 * length, 0.2 * length), (-length, half)),
        Line((-length, -half)), Curve((-0.7 * length, -0.2 * length), (-0.27 * length, -0.05 * length), (0, 0)),
        Close(),
    )  # fmt: skip
    return Form(parts, 0.9 * length, length)


def _triangle(width: float) -> Form:
    length = 3 + 4.5 * width
    return Form(polygon([(0, 0), (-length, length / 2), (-length, -length / 2)]), length - width / 2, length)


def _bar(width: float) -> Form:
    reach = 2 + 1.5 * width
    return Form((Move((-width / 2, reach)), Line((-width / 2, -reach))), width / 2, width, width)


def _disc(width: float) -> Form:
    radius = (2.39365 + 3.191538 * width) / 2
    return Form(outline(Circle((-radius, 0.0), radius)), radius, 2 * radius)


def _angle(width: float) -> Form:
    reach = 2.4 + 2.4 * width
    parts = (Move((-reach - width / 2, reach)), Line((-width / 2, 0)), Line((-reach - width / 2, -reach)))
    return Form(parts, width / 2, reach + width, width)


def _round_bracket(width: float) -> Form:
    reach = 2 + 1.5 * width
    bow = Curve((-0.2 * reach, 0.6 * reach), (-0.2 * reach, -0.6 * reach), (-0.7 * reach, -reach))
    return Form((Move((-0.7 * reach, reach)), bow), 0.2 * reach, 0.7 * reach, width)


def _square_bracket(width: float) -> Form:
    reach, foot = 2 + 1.5 * width, 1.2 + width
    points = [(-foot, reach), (-width / 2, reach), (-width / 2, -reach), (-foot, -reach)]
    return Form(polygon(points, closed=False), width / 2, foot, width)


FORMS: Final[Mapping[str, Callable[[float], Form]]] = {
    "to": _to, "To": _to, "stealth": _stealth_old, "latex": _latex_old, "latex'": _latex, "stealth'": _stealth,
    "Stealth": _stealth, "Latex": _latex, "LaTeX": _latex, "Triangle": _triangle, "triangle 45": _triangle,
    "triangle 60": _triangle, "triangle 90": _triangle, "|": _bar, "Bar": _bar, "*": _disc, "Circle": _disc,
    "angle 90": _angle, "angle 60": _angle, "angle 45": _angle, "Straight Barb": _angle, "Parenthesis": _round_bracket,
    "Bracket": _square_bracket, "Computer Modern Rightarrow": _to, "Classical TikZ Rightarrow": _to,
    "Implies": _angle, "implies": _angle,
}  # fmt: skip
"""The tips there are, by TikZ's names."""


def form(tip: Tip, width: float) -> Form:
    """The tip on a line of this width."""
    found = FORMS[tip.kind](width)
    if tip.reversed:
        mirrored = tuple(map_part(part, (-1, 0, 0, 1, -found.length, 0)) for part in found.parts)
        found = Form(mirrored, found.length - 0.1 * width, found.length, found.stroke)
    if tip.scale != 1.0:
        s = tip.scale
        parts = tuple(map_part(part, (s, 0, 0, s, 0, 0)) for part in found.parts)
        found = Form(parts, found.back * s, found.length * s, found.stroke)
    if tip.count > 1:
        step = found.length * 0.7
        parts = tuple(
            map_part(part, (1, 0, 0, 1, -number * step, 0)) for number in range(tip.count) for part in found.parts
        )
        found = Form(parts, found.back, found.length + (tip.count - 1) * step, found.stroke)
    return found


def dressed(path: Path) -> tuple[Shape, ...]:
    """The path as it is drawn: cut short where tips stand, and the tips."""
    if path.start is None and path.end is None or not path.style.stroke:
        return (path,)
    parts = list(path.parts)
    found: list[Shape] = []
    if path.end is not None and (direction := end_direction(parts)) is not None:
        shape = form(path.end, path.style.width)
        found.append(_placed(shape, end_point(parts), direction, path.style))
        parts = cut_end(parts, direction, shape.back)
    if path.start is not None and (direction := end_direction(backwards(parts))) is not None:
        shape = form(path.start, path.style.width)
        turned = backwards(parts)
        found.append(_placed(shape, end_point(turned), direction, path.style))
        parts = backwards(cut_end(turned, direction, shape.back))
    return (replace(path, parts=tuple(parts), start=None, end=None), *found)


def _placed(shape: Form, at: Point, direction: Point, style: Style) -> Path:
    x, y = direction
    parts = tuple(map_part(part, (x, y, -y, x, *at)) for part in shape.parts)
    if shape.stroke:
        drawn = Style(
            stroke=style.stroke, width=shape.stroke, cap="round", join="round", stroke_opacity=style.stroke_opacity
        )
    else:
        drawn = Style(fill=style.stroke, fill_opacity=style.stroke_opacity)
    return Path(parts, drawn)


def end_point(parts: list[Part]) -> Point:
    last = parts[-1]
    assert not isinstance(last, Close)
    return last.to


def end_direction(parts: list[Part]) -> Point | None:
    """The unit vector in which a path ends; None for one that is closed or has no length."""
    if len(parts) < 2 or any(isinstance(part, Close) for part in parts):
        return None
    last, before = parts[-1], parts[-2]
    assert not isinstance(last, Close)
    assert not isinstance(before, Close)
    candidates = [before.to]
    if isinstance(last, Curve):
        candidates = [last.second, last.first, before.to]
    for point in candidates:
        x, y = last.to[0] - point[0], last.to[1] - point[1]
        length = math.hypot(x, y)
        if length > 1e-6:
            return x / length, y / length
    return None


def cut_end(parts: list[Part], direction: Point, length: float) -> list[Part]:
    """The path with its end drawn back along its direction."""
    last = parts[-1]
    assert not isinstance(last, Close)
    to = (last.to[0] - direction[0] * length, last.to[1] - direction[1] * length)
    if isinstance(last, Curve):
        shift = (-direction[0] * length, -direction[1] * length)
        second = (last.second[0] + shift[0], last.second[1] + shift[1])
        return [*parts[:-1], Curve(last.first, second, to)]
    return [*parts[:-1], Line(to) if isinstance(last, Line) else Move(to)]


def backwards(parts: list[Part]) -> list[Part]:
    """An open path from its end to its start; sub-paths keep their order from the end too."""
    runs: list[list[Part]] = []
    for part in parts:
        if isinstance(part, Move):
            runs.append([part])
        else:
            runs[-1].append(part)
    turned: list[Part] = []
    for run in reversed(runs):
        if any(isinstance(part, Close) for part in run):
            turned += run
            continue
        points = [part.to for part in run if not isinstance(part, Close)]
        turned.append(Move(points[-1]))
        for index in range(len(run) - 1, 0, -1):
            part = run[index]
            if isinstance(part, Curve):
                turned.append(Curve(part.second, part.first, points[index - 1]))
            else:
                turned.append(Line(points[index - 1]))
    return turned
