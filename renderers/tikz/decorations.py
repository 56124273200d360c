"""What TikZ does to finished paths: zigzags, waves, braces and marks along them, and hatching; and its matrices."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ...convert.readers.tex.tokens import tokenize
from ..labels import corners
from ..scene import (
    Circle,
    Curve,
    Item,
    Line,
    Move,
    Part,
    Path,
    Point,
    Scene,
    Shape,
    Style,
    bounds,
    flatten,
    multiply,
    polygon,
    rotation,
)
from .options import State, unbraced

if TYPE_CHECKING:
    from .keys import Keys
    from .painting import Painting

MAX_POINTS: Final = 20_000
_ARROW: Final = re.compile(
    r"\s*\\(arrow|arrowreversed)\s*(?:\[([^\]]*)\])?\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*[;,]?\s*", re.DOTALL
)


def _runs(parts: list[Part]) -> list[list[Point]]:
    return [run for run in flatten(parts, 24) if len(run) > 1]


def _length(points: list[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


def point_at(points: list[Point], distance: float) -> tuple[Point, float]:
    """The point so far along a line, and the direction there in radians."""
    for a, b in pairwise(points):
        step = math.dist(a, b)
        if step and (distance <= step or b is points[-1]):
            share = distance / step
            return (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])), math.atan2(b[1] - a[1], b[0] - a[0])
        distance -= step
    return points[-1], 0.0


def decorated(reader: Painting, state: State, parts: list[Part]) -> list[Part]:
    """The path as its decoration draws it; marks are emitted, and the path itself is gone."""
    options = state.decoration
    name = options.get("name", "lineto")
    raise_by = reader.length(options["raise"], state) if "raise" in options else 0.0
    amplitude = reader.length(options.get("amplitude", "2.5pt"), state)
    segment = reader.length(options.get("segment length", "10pt"), state)
    if "mirror" in options:
        amplitude, raise_by = -amplitude, -raise_by
    if name in ("markings",) or "marks" in options and name == "lineto":
        for run in _runs(parts):
            _marks(reader, state, run, options.get("marks", ""))
        return []
    if segment <= 0.05:
        raise reader.refuse("the segments of a decoration are too short")
    result: list[Part] = []
    for run in _runs(parts):
        pre = reader.length(options.get("pre length", "0"), state) if "pre" in options or "pre length" in options else 0
        post = (
            reader.length(options.get("post length", "0"), state)
            if "post" in options or "post length" in options
            else 0
        )
        result += _one(reader, name, run, amplitude, segment, raise_by, pre, post)
    return result


def _one(
    reader: Painting,
    name: str,
    run: list[Point],
    amplitude: float,
    segment: float,
    raise_by: float,
    pre: float,
    post: float,
) -> list[Part]:
    total = _length(run)
    if total / segment > MAX_POINTS / 16:
        raise reader.refuse("a decoration has too many segments")

    def place(along: float, aside: float) -> Point:
        (x, y), angle = point_at(run, along)
        aside += raise_by
        return (x - math.sin(angle) * aside, y + math.cos(angle) * aside)

    inner = total - pre - post
    match name:
        case "brace":
            return _brace(place, total, amplitude)
        case "zigzag" | "saw":
            count = max(1, int(inner / segment + 1e-6))
            points = [place(0, 0), place(pre, 0)] if pre else [place(0, 0)]
            for n in range(count):
                points += [place(pre + (n + 0.25) * segment, amplitude), place(pre + (n + 0.75) * segment, -amplitude)]
            return list(polygon([*points, place(pre + count * segment, 0), place(total, 0)], False))
        case "snake" | "bent" | "wave":
            steps = max(8, int(inner / segment * 16))
            whole = int(inner / segment * 2 + 1e-6) / 2 * segment
            points = [place(0, 0)]
            for n in range(steps + 1):
                along = whole * n / steps
                points.append(place(pre + along, amplitude * math.sin(2 * math.pi * along / segment)))
            return list(polygon([*points, place(total, 0)], False))
        case "coil":
            steps = max(16, int(inner / segment * 24))
            points = [place(0, 0)]
            for n in range(steps + 1):
                t = 2 * math.pi * inner / segment * n / steps
                along = (
                    pre
                    + inner * n / steps
                    - 0.5 * abs(amplitude) * (1 - math.cos(t)) * 0.5
                    + 0.5 * abs(amplitude) * 0.5
                )
                points.append(place(min(max(along, 0), total), amplitude * math.sin(t)))
            return list(polygon([*points, place(total, 0)], False))
        case "lineto" | "curveto" | "moveto":
            return list(polygon([place(0, 0), *run[1:-1], place(total, 0)], False))
        case "ticks" | "border":
            result: list[Part] = []
            for n in range(int(total / segment) + 1):
                result += polygon([place(n * segment, amplitude), place(n * segment, -amplitude)], False)
            return result
        case "random steps":
            count = max(1, int(total / segment))
            points = [place(n * segment, amplitude * (0.7 if n * 7 % 3 else -0.6)) for n in range(1, count)]
            return list(polygon([place(0, 0), *points, place(total, 0)], False))
    raise reader.refuse(f"the decoration {name!r} is not known")


def _brace(place, total: float, amplitude: float) -> list[Part]:  # type: ignore[no-untyped-def]
    a, half = abs(amplitude), total / 2
    reach = min(a, half / 2)
    return [
        Move(place(0, 0)),
        Curve(place(0.3 * reach, 0.5 * amplitude), place(reach * 0.6, 0.5 * amplitude), place(reach, 0.5 * amplitude)),
        Line(place(half - reach, 0.5 * amplitude)),
        Curve(place(half - 0.5 * reach, 0.5 * amplitude), place(half - 0.15 * reach, 0.7 * amplitude), place(half,
        amplitude)),
        Curve(
            place(half + 0.15 * reach, 0.7 * amplitude), place(half + 0.5 * reach, 0.5 * amplitude),
            place(half + reach, 0.5 * amplitude),
        ),
        Line(place(total - reach, 0.5 * amplitude)),
        Curve(place(total - 0.6 * reach, 0.5 * amplitude), place(total - 0.3 * reach, 0.5 * amplitude), place(total,
        0)),
    ]  # fmt: skip


def _marks(reader: Painting, state: State, run: list[Point], marks: str) -> None:
    total = _length(run)
    for mark in filter(None, marks.split("\0")):
        match = re.match(r"\s*at position\s+(\S+)\s+with\s*(.*)", mark, re.DOTALL)
        several = re.match(r"\s*between positions\s+(\S+)\s+and\s+(\S+)\s+step\s+(\S+)\s+with\s*(.*)", mark, re.DOTALL)
        if match is not None:
            places, body = [reader.evaluate(match[1], state)], match[2]
        elif several is not None:
            low, high = (reader.evaluate(several[n], state) for n in (1, 2))
            step = reader.evaluate(several[3], state)
            size = step[0] / total if step[1] else step[0]
            if size <= 0.0005:
                raise reader.refuse("marks stand too close")
            places = [(low[0] + n * size, False) for n in range(int((high[0] - low[0]) / size + 1e-6) + 1)]
            body = several[4]
        else:
            raise reader.refuse(f"the mark {mark.strip()[:40]!r} is not understood")
        for share, is_length in places:
            at, angle = point_at(run, share if is_length else share * total)
            _mark(reader, state, unbraced(body), at, angle)


def _mark(reader: Painting, state: State, body: str, at: Point, angle: float) -> None:
    arrow = _ARROW.match(body)
    inner = state.copy()
    inner.decorates, inner.post = False, ()
    rest = body[arrow.end() :] if arrow is not None else body
    if rest.strip():
        placed = inner.copy()
        placed.matrix = multiply(rotation(math.degrees(angle)), (1, 0, 0, 1, *at))
        reader.bind("\\pgfdecoratedangle", f"{math.degrees(angle):.5f}")
        reader.sub(tokenize(rest), placed)
    if arrow is None:
        return
    inner.draws = True
    if arrow[2]:
        reader.apply(inner, arrow[2])
    written = arrow[3].strip()
    options = re.match(r"(.*?)\[(.*)\]\s*\Z", written, re.DOTALL)
    if options is not None and not options[1].strip():
        written = ">"
    tip = inner.resolved(reader.tip(written, inner, ">"))
    if tip is None:
        return
    if arrow[1] == "arrowreversed":
        tip = replace(tip, reversed=not tip.reversed)
    x, y = math.cos(angle), math.sin(angle)
    start = (at[0] - 0.01 * x, at[1] - 0.01 * y)
    style = replace(inner.style(), fill="", dash=())
    reader.emit(state, Path((Move(start), Line(at)), style, end=tip))


def hatched(pattern: str, shape: Shape, color: str, reader: Keys) -> tuple[Item, ...]:
    """Lines of a pattern over the box of a shape; the caller clips them."""
    box = bounds(Scene((replace(shape, style=Style()),)), corners)
    name = pattern.partition("[")[0].strip()
    if box is None:
        return ()
    left, bottom, right, top = box
    if (right - left) * (top - bottom) > 4_000_000:
        raise reader.refuse("a pattern covers too large a part")
    style = Style(stroke=color, width=0.4)
    lines: list[Item] = []
    known = {
        "north east lines": (45,), "north west lines": (135,), "horizontal lines": (0,), "vertical lines": (90,),
        "crosshatch": (45, 135), "grid": (0, 90), "Lines": (0,), "Hatch": (0, 90),
    }  # fmt: skip
    if name in ("dots", "crosshatch dots"):
        filled = Style(fill=color)
        for m in range(math.floor(left / 3), math.ceil(right / 3) + 1):
            lines += [
                Circle((m * 3, n * 3), 0.5, filled) for n in range(math.floor(bottom / 3), math.ceil(top / 3) + 1)
            ]
        return tuple(lines)
    if name not in known:
        raise reader.refuse(f"the pattern {pattern!r} is not known")
    center, reach = ((left + right) / 2, (bottom + top) / 2), math.hypot(right - left, top - bottom) / 2
    gap = 3 / math.sqrt(2) if 45 in known[name] or 135 in known[name] else 3.0
    for angle in known[name]:
        x, y = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        count = math.ceil(reach / gap)
        for n in range(-count, count + 1):
            mid = (center[0] - y * n * gap, center[1] + x * n * gap)
            ends = [(mid[0] - x * reach, mid[1] - y * reach), (mid[0] + x * reach, mid[1] + y * reach)]
            lines.append(Path(polygon(ends, False), style))
    return tuple(lines)
