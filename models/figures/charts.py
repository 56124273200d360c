"""Shapes and labels → axes with what is plotted on them, where that can be told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from panmath.convert.nodes import Node, Num, Sym, items_of
from panmath.renderers.scene import (
    Axes,
    AxisLines,
    Circle,
    Curve,
    Item,
    Label,
    Path,
    Plot,
    Point,
    Rectangle,
    Shape,
    Style,
    Ticks,
    flatten,
    outline,
)

_TICK: Final = 10.0
"""Points of the longest tick."""
_NEAR: Final = 4.5
"""How far a label may be from the tick that it belongs to, along the axis …"""
_AWAY: Final = 22.0
"""… and across."""


class _Line(NamedTuple):
    """A straight line along an axis: from `low` to `high` at `at`."""

    low: float
    high: float
    at: float
    item: int


class _Scale(NamedTuple):
    """Places along an axis as numbers: value = slope · place + shift; the ticks, and the labels that say them."""

    slope: float
    shift: float
    ticks: tuple[float, ...]
    labels: tuple[int, ...]
    named: tuple[Node, ...]

    def value(self, place: float) -> float:
        number = self.slope * place + self.shift
        step = 10.0 ** (math.floor(math.log10(max(abs(self.slope), 1e-12))) - 1)
        return round(number / step) * step if step > 1e-9 else number


def charted(items: Sequence[Shape | Label]) -> list[Item]:
    """The items, with those that make up axes as axes; unchanged where there are none."""
    across, up = _lines(items, 0), _lines(items, 1)
    frame = _frame(items, across, up)
    if frame is not None:
        chart = _chart(items, *frame)
        if chart is not None:
            return chart
    line = _number_line(items, across) if across else None
    return line if line is not None else list(items)


def _points(shape: Shape) -> list[Point]:
    return [point for run in flatten(outline(shape), 12) for point in run]


def _lines(items: Sequence[Shape | Label], axis: int) -> list[_Line]:
    """The straight lines across (axis 0) or up (axis 1)."""
    found = []
    for at, item in enumerate(items):
        if not isinstance(item, Path) or item.style.dash or any(isinstance(part, Curve) for part in item.parts):
            continue
        points = _points(item)
        for one, other in pairwise(points):
            if abs(one[1 - axis] - other[1 - axis]) < 0.02 * abs(one[axis] - other[axis]) + 0.01:
                low, high = sorted((one[axis], other[axis]))
                found.append(_Line(low, high, (one[1 - axis] + other[1 - axis]) / 2, at))
    return found


def _frame(
    items: Sequence[Shape | Label], across: list[_Line], up: list[_Line]
) -> tuple[_Line, _Line, AxisLines] | None:
    """The two axes: sides of a box with ticks, or the longest lines that cross."""
    for at, item in enumerate(items):
        if isinstance(item, Rectangle) and not item.style.fill and item.width > 60 and item.height > 40:
            (x, y), w, h = item.corner, item.width, item.height
            inside = sum(_inside(other, item) for other in items)
            if inside >= 3:
                return _Line(x, x + w, y, at), _Line(y, y + h, x, at), "box"
    best: tuple[float, _Line, _Line] | None = None
    for one in across:
        for other in up:
            meets = one.low - 2 < other.at < one.high + 2 and other.low - 2 < one.at < other.high + 2
            ticks = len(_ticks(one, up)) + len(_ticks(other, across))
            size = one.high - one.low + other.high - other.low + _TICK * ticks
            if meets and one.high - one.low > 50 and other.high - other.low > 35 and (best is None or size > best[0]):
                best = size, one, other
    if best is None:
        return None
    _, one, other = best
    corner = abs(other.at - one.low) < 0.06 * (one.high - one.low) and abs(one.at - other.low) < 0.06 * (
        other.high - other.low
    )
    return one, other, "left" if corner else "middle"


def _inside(item: Shape | Label, box: Rectangle) -> bool:
    (x, y), w, h = box.corner, box.width, box.height
    points = [item.at] if isinstance(item, Label) else _points(item)
    return item is not box and all(x - 1 <= u <= x + w + 1 and y - 1 <= v <= y + h + 1 for u, v in points)


def _number(node: Node) -> float | None:
    """The number that a label says."""
    parts = items_of(node)
    sign = 1.0
    if parts and isinstance(parts[0], Sym) and parts[0].text in ("−", "-"):
        sign, parts = -1.0, parts[1:]
    if len(parts) == 1 and isinstance(parts[0], Num):
        try:
            return sign * float(parts[0].text.replace(",", "."))
        except ValueError:
            return None
    return None


def _ticks(line: _Line, others: Sequence[_Line]) -> list[float]:
    """Where short lines across an axis stand."""
    found = sorted(
        other.at for other in others
        if 0.8 < other.high - other.low < _TICK and other.low - 1.5 < line.at < other.high + 1.5
        and line.low - 2 < other.at < line.high + 2
    )  # fmt: skip
    kept: list[float] = []
    for place in found:
        if not kept or place - kept[-1] > 2:
            kept.append(place)
    return kept


def _scale(items: Sequence[Shape | Label], line: _Line, axis: int, ticks: Sequence[float]) -> _Scale | None:
    """The numbers along an axis, from its labels, which stand in a row beside it."""
    beside: list[tuple[float, float | None, int]] = []
    for at, item in enumerate(items):
        if not isinstance(item, Label) or item.turn:
            continue
        along, away = item.at[axis], line.at - item.at[1 - axis]
        if line.low - 8 < along < line.high + 8 and 1.5 < away < _AWAY + (10 if axis else 0):
            beside.append((along, _number(item.lines[0]), at))
    numbered = [(along, value, at) for along, value, at in beside if value is not None]
    if len(numbered) < 2:
        return None
    fit = _straight([(along, value) for along, value, _ in numbered])
    if fit is None:
        return None
    slope, shift = fit
    if slope <= 0:
        return None
    right = [(along, value, at) for along, value, at in numbered if abs((value - shift) / slope - along) < _NEAR]
    if len(right) < 2:
        return None
    right.sort()
    places = [(value - shift) / slope for _, value, _ in right]
    more = [tick for tick in ticks if all(abs(tick - place) > _NEAR for place in places)]
    values = [*(value for _, value, _ in right), *(slope * tick + shift for tick in more)]
    labels = tuple(at for _, _, at in right)
    named = tuple(items[at].lines[0] for at in labels)  # type: ignore[union-attr]
    return _Scale(slope, shift, tuple(values), labels, named)


def _straight(pairs: Sequence[tuple[float, float]]) -> Point | None:
    """The line through most pairs of place and value."""
    best: tuple[int, float, Point] | None = None
    for at, (x, v) in enumerate(pairs):
        for y, w in pairs[at + 1 :]:
            if abs(y - x) < 4 or w == v:
                continue
            slope = (w - v) / (y - x)
            shift = v - slope * x
            off = [abs((value - shift) / slope - place) for place, value in pairs]
            count, total = sum(one < _NEAR for one in off), sum(min(one, _NEAR) for one in off)
            if best is None or (count, -total) > (best[0], -best[1]):
                best = count, total, (slope, shift)
    if best is None or best[0] < max(2, 0.6 * len(pairs)):
        return None
    slope, shift = best[2]
    kept = [(place, value) for place, value in pairs if abs((value - shift) / slope - place) < _NEAR]
    fit = np.polyfit([place for place, _ in kept], [value for _, value in kept], 1)
    return float(fit[0]), float(fit[1])


def _counted(items: Sequence[Shape | Label], line: _Line, bars: Sequence[Rectangle]) -> _Scale | None:
    """Bars with names: the first stands at 1."""
    middles = sorted(bar.corner[0] + bar.width / 2 for bar in bars)
    steps = np.diff(middles)
    if len(middles) < 2 or steps.min() < 4 or steps.max() > 1.3 * steps.min():
        return None
    slope = 1 / float(np.mean(steps))
    shift = 1 - slope * middles[0]
    names: list[tuple[float, int]] = []
    for at, item in enumerate(items):
        if isinstance(item, Label) and 1.5 < line.at - item.at[1] < _AWAY and line.low - 8 < item.at[0] < line.high + 8:
            names.append((item.at[0], at))
    names.sort()
    fits = len(names) == len(middles) and all(abs(a - b) < _NEAR for (a, _), b in zip(names, middles, strict=True))
    if not fits:
        names = []
    named = tuple(items[at].lines[0] for _, at in names)  # type: ignore[union-attr]
    return _Scale(slope, shift, tuple(float(at + 1) for at in range(len(middles))), tuple(at for _, at in names), named)


def _chart(items: Sequence[Shape | Label], across: _Line, up: _Line, lines: AxisLines) -> list[Item] | None:
    x_ticks, y_ticks = _ticks(across, _lines(items, 1)), _ticks(up, _lines(items, 0))
    bars = _bars(items, across, up)
    y_scale = _scale(items, up, 1, y_ticks)
    x_scale = _scale(items, across, 0, x_ticks)
    if bars and (x_scale is None or len(x_scale.labels) < len(bars)):
        x_scale = _counted(items, across, [items[at] for at in bars]) or x_scale  # type: ignore[misc]
    if x_scale is None or y_scale is None:
        return None
    used = {across.item, up.item, *x_scale.labels, *y_scale.labels}
    low, high = (across.low, up.low), (across.high, up.high)
    grid = 0
    rest: list[int] = []
    for at, item in enumerate(items):
        if at in used or at in bars or isinstance(item, Label):
            continue
        points = _points(item)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if min(xs) < low[0] - 3 or max(xs) > high[0] + 3 or min(ys) < low[1] - 3 or max(ys) > high[1] + 3:
            continue
        wide, tall = max(xs) - min(xs), max(ys) - min(ys)
        straight = isinstance(item, Path) and len(item.parts) == 2
        if straight and min(wide, tall) < 0.5 and max(wide, tall) < _TICK:
            used.add(at)
        elif straight and (
            tall < 0.5 and wide > 0.97 * (high[0] - low[0]) or wide < 0.5 and tall > 0.97 * (high[1] - low[1])
        ):
            used.add(at)
            grid += 1
        else:
            rest.append(at)
    plots, taken = _plots(items, rest, bars, x_scale, y_scale)
    if not plots:
        return None
    used.update(taken)
    names: dict[str, tuple[Node, ...]] = {"x": (), "y": ()}
    for at, item in enumerate(items):
        if isinstance(item, Label) and at not in used:
            which = _names_axis(item, across, up, lines)
            if which and not names[which]:
                names[which] = item.lines
                used.add(at)
    axes = Axes(
        (low[0], low[1]), high[0] - low[0], high[1] - low[1],
        (x_scale.value(low[0]), x_scale.value(high[0])), (y_scale.value(low[1]), y_scale.value(high[1])),
        tuple(plots), lines, Ticks(x_scale.ticks, x_scale.named), Ticks(y_scale.ticks, y_scale.named),
        names["x"], names["y"], grid=grid >= 3, drawn=tuple(items[at] for at in sorted(used)),
    )  # fmt: skip
    return [axes, *(item for at, item in enumerate(items) if at not in used)]


def _names_axis(label: Label, across: _Line, up: _Line, lines: AxisLines) -> str:
    """Whether a label is the name of an axis: at its end, or beside its middle where there is a box."""
    (x, y) = label.at
    if label.turn and x < up.at:
        return "y"
    if lines == "box":
        middle = (across.low + across.high) / 2
        if across.at - 45 < y < across.at - 10 and abs(x - middle) < 25:
            return "x"
        return ""
    if across.high - 12 < x < across.high + 25 and abs(y - across.at) < 16:
        return "x"
    if up.high - 12 < y < up.high + 22 and abs(x - up.at) < 22:
        return "y"
    return ""


def _bars(items: Sequence[Shape | Label], across: _Line, up: _Line) -> list[int]:
    """Filled rectangles of one width and colour that stand on the axis."""
    standing = [
        at for at, item in enumerate(items)
        if isinstance(item, Rectangle) and item.style.fill and abs(item.corner[1] - across.at) < 3
        and across.low - 3 < item.corner[0] and item.corner[0] + item.width < across.high + 3
    ]  # fmt: skip
    widths = [items[at].width for at in standing]  # type: ignore[union-attr]
    if len(standing) < 2 or max(widths) > 1.25 * min(widths) + 1:
        return []
    return standing


def _plots(
    items: Sequence[Shape | Label], rest: Sequence[int], bars: Sequence[int], x: _Scale, y: _Scale
) -> tuple[list[Plot], set[int]]:
    def place(point: Point) -> Point:
        return float(f"{x.slope * point[0] + x.shift:.4g}"), float(f"{y.slope * point[1] + y.shift:.4g}")

    plots: list[Plot] = []
    taken: set[int] = set()
    if bars:
        boxes = [items[at] for at in bars]
        tops = []
        for box in boxes:
            assert isinstance(box, Rectangle)
            middle = (box.corner[0] + box.width / 2, box.corner[1] + box.height)
            value = place(middle)
            tops.append(
                (
                    float(round(value[0])) if abs(value[0] - round(value[0])) < 0.1 else value[0],
                    _rounded(value[1], y.slope),
                )
            )
        first = boxes[0]
        assert isinstance(first, Rectangle)
        edges = [at for at in rest if _is_edge(items[at], boxes)]
        stroke = next((items[at].style.stroke for at in edges), first.style.stroke)  # type: ignore[union-attr]
        style = Style(fill=first.style.fill, stroke=stroke, width=0.5)
        plots.append(Plot(tuple(sorted(tops)), "bars", style, bar_width=float(f"{first.width * x.slope:.3g}")))
        taken.update(bars, edges)
        rest = [at for at in rest if at not in edges]
    dots: dict[str, list[tuple[Point, Circle]]] = {}
    for at in rest:
        item = items[at]
        if isinstance(item, Circle) and item.radius < 5:
            dots.setdefault(item.style.fill, []).append((place(item.center), item))
            taken.add(at)
        elif isinstance(item, Path) and item.style.stroke and not item.style.fill:
            taken.add(at)
            points = [place(point) for point in _points(item)]
            if points[0] > points[-1]:
                points.reverse()
            _add_line(plots, points, replace(item.style, dash=item.style.dash), x.slope, y.slope)
    for fill, marks in dots.items():
        style = replace(marks[0][1].style, stroke=marks[0][1].style.stroke or fill)
        is_open = fill == "#ffffff"
        plots.append(Plot(tuple(point for point, _ in marks), "points", style, marks="o" if is_open else "*"))
    return plots, taken


def _rounded(value: float, slope: float) -> float:
    """A value as precise as a quarter of a point on the paper is."""
    for digits in range(-2, 8):
        if abs(round(value, digits) - value) < 0.6 * slope:
            return round(value, digits)
    return value


def _is_edge(item: Shape | Label, boxes: Sequence[Shape | Label]) -> bool:
    if isinstance(item, Label):
        return False
    return any(
        isinstance(box, Rectangle)
        and all(
            box.corner[0] - 2 < x < box.corner[0] + box.width + 2
            and box.corner[1] - 2 < y < box.corner[1] + box.height + 2
            for x, y in _points(item)
        )
        for box in boxes
    )


def _add_line(plots: list[Plot], points: list[Point], style: Style, dx: float, dy: float) -> None:
    """A curve, joined to one of the same colour that ends where it begins."""
    for at, plot in enumerate(plots):
        if plot.kind != "line" or plot.style.stroke != style.stroke or bool(plot.style.dash) != bool(style.dash):
            continue
        for one, other in ((plot.points, tuple(points)), (tuple(points), plot.points)):
            if abs(one[-1][0] - other[0][0]) < 3 * abs(dx) and abs(one[-1][1] - other[0][1]) < 3 * abs(dy):
                plots[at] = replace(plot, points=(*one, *other[1:]))
                return
    plots.append(Plot(tuple(points), "line", style))


def _width(item: Shape | Label) -> float:
    return 0.0 if isinstance(item, Label) else item.style.width


def _looks_like(item: Shape | Label, other: Shape | Label) -> bool:
    """Whether two lines have one width and colour."""
    if isinstance(item, Label) or isinstance(other, Label):
        return False
    colors = [bytes.fromhex((one.style.stroke or "#000000")[1:]) for one in (item, other)]
    apart = max(abs(a - b) for a, b in zip(*colors, strict=True))
    return apart < 110 and item.style.width < 1.6 * other.style.width + 0.1


def _number_line(items: Sequence[Shape | Label], across: list[_Line]) -> list[Item] | None:
    """A line with ticks and numbers below, and nothing much beside it."""
    longest = max(across, key=lambda one: one.high - one.low)
    row = [one for one in across if abs(one.at - longest.at) < 1.5]
    line = longest._replace(low=min(one.low for one in row), high=max(one.high for one in row))
    if line.high - line.low < 80:
        return None
    thin = min((items[one.item] for one in row), key=_width)
    own = {one.item for one in row if _looks_like(items[one.item], thin)}
    ticks = _ticks(line, _lines(items, 1))
    scale = _scale(items, line, 0, ticks)
    if scale is None or len(scale.labels) < 3:
        return None
    used = {*own, *scale.labels}
    plots: list[Plot] = []
    for at, item in enumerate(items):
        if at in used or isinstance(item, Label):
            continue
        points = _points(item)
        if any(abs(y - line.at) > _TICK for _, y in points):
            return None
        used.add(at)
        spread = max(x for x, _ in points) - min(x for x, _ in points)
        if isinstance(item, Circle):
            style = replace(item.style, stroke=item.style.stroke or item.style.fill)
            value = _rounded(scale.slope * item.center[0] + scale.shift, scale.slope * 2)
            plots.append(Plot(((value, 0.0),), "points", style, marks="o" if item.style.fill == "#ffffff" else "*"))
        elif isinstance(item, Path) and spread > 6:
            ends = [
                _rounded(scale.slope * x + scale.shift, scale.slope * 2)
                for x in (min(p[0] for p in points), max(p[0] for p in points))
            ]
            plots.append(Plot(((ends[0], 0.0), (ends[1], 0.0)), "line", item.style))
    axes = Axes(
        (line.low, line.at), line.high - line.low, 0.0, (scale.value(line.low), scale.value(line.high)), (-1.0, 1.0),
        tuple(plots), "middle", Ticks(scale.ticks, scale.named), Ticks(), drawn=tuple(items[at] for at in sorted(used)),
    )  # fmt: skip
    return [axes, *(item for at, item in enumerate(items) if at not in used)]
