"""Axes as shapes and labels, for whatever draws shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..convert.nodes import Node
from . import scene

TICK: Final = 4.2
INK: Final = "#000000"


def steps(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Round numbers from `low` to `high`, at most `most` and one of them."""
    if not high > low:
        return (low,)
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999999), 10 * power)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))


def powers(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Powers of ten from `low` to `high`, which are positive, at most `most` and one of them."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first) / max(1, most)))
    return tuple(10.0**power for power in range(first, last + 1) if power % step == 0)


def curve_parts(points: Sequence[scene.Point], smooth: bool = False, tension: float = 0.5) -> tuple[scene.Part, ...]:
    """A curve through points; a gap where one is not finite."""
    parts: list[scene.Part] = []
    run: list[scene.Point] = []
    for point in [*points, (math.nan, math.nan)]:
        if math.isfinite(point[0]) and math.isfinite(point[1]):
            run.append(point)
            continue
        if len(run) > 1:
            parts += smoothed(run, tension) if smooth and len(run) > 2 else scene.polygon(run, closed=False)
        run = []
    return tuple(parts)


def smoothed(points: Sequence[scene.Point], tension: float = 0.5, closed: bool = False) -> list[scene.Part]:
    """TikZ's smooth curve: at each point it runs along the line between the neighbours."""
    factor = 0.2775 * tension  # as pgf has it
    around = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    parts: list[scene.Part] = [scene.Move(points[0])]
    count = len(points) if closed else len(points) - 1
    for index in range(count):
        before, here, there, after = around[index], around[index + 1], around[index + 2], around[index + 3]
        first = (here[0] + factor * (there[0] - before[0]), here[1] + factor * (there[1] - before[1]))
        second = (there[0] - factor * (after[0] - here[0]), there[1] - factor * (after[1] - here[1]))
        if not closed and index == 0:
            first = here
        if not closed and index == count - 1:
            second = there
        parts.append(scene.Curve(first, second, there))
    if closed:
        parts.append(scene.Close())
    return parts


def draw_axes(axes: scene.Axes) -> tuple[scene.Item, ...]:
    """The axes, their ticks, curves and words."""
    (x, y), w, h = axes.corner, axes.width, axes.height
    items: list[scene.Item] = []
    origin = _origin(axes)
    thin = scene.Style(stroke="#808080", width=0.2)
    if axes.grid:
        items += [
            scene.Path(scene.polygon([(t, y), (t, y + h)], False), replace(thin, stroke="#bfbfbf")) for t in _xs(axes)
        ]
        items += [
            scene.Path(scene.polygon([(x, t), (x + w, t)], False), replace(thin, stroke="#bfbfbf")) for t in _ys(axes)
        ]
    clip = scene.Rectangle(axes.corner, w, h) if h > 0 else None  # a number line has no height
    curves = tuple(item for plot in axes.plots for item in draw_plot(axes, plot))
    items += _lines(axes, origin)
    items += _ticks(axes, origin)
    items.append(scene.Group(curves, role="plots", clip=clip))
    items += _words(axes, origin)
    items += legend(axes)
    return tuple(items)


def _origin(axes: scene.Axes) -> scene.Point:
    """Where the axes' lines cross, in the figure."""
    return axes.place(axes.crossing) if axes.lines == "middle" else axes.corner


def _xs(axes: scene.Axes) -> list[float]:
    return [axes.place((value, axes.y_range[0]))[0] for value in axes.x_ticks.at]


def _ys(axes: scene.Axes) -> list[float]:
    return [axes.place((axes.x_range[0], value))[1] for value in axes.y_ticks.at]


def _lines(axes: scene.Axes, origin: scene.Point) -> list[scene.Item]:
    (x, y), w, h = axes.corner, axes.width, axes.height
    style = scene.Style(stroke=INK)
    match axes.lines:
        case "box":
            return [scene.Rectangle(axes.corner, w, h, 0.0, style)]
        case "none":
            return []
        case _:
            tip = scene.Tip("Stealth")
            lines: list[scene.Item] = [
                scene.Path(scene.polygon([(x, origin[1]), (x + w, origin[1])], False), style, end=tip)
            ]
            if h > 0:
                lines.append(scene.Path(scene.polygon([(origin[0], y), (origin[0], y + h)], False), style, end=tip))
            return lines


def _ticks(axes: scene.Axes, origin: scene.Point) -> list[scene.Item]:
    (x, y), w, h = axes.corner, axes.width, axes.height
    style = scene.Style(stroke="#808080", width=0.2)
    items: list[scene.Item] = []
    box = axes.lines == "box"
    for place, label in _labelled(_xs(axes), axes.x_ticks.labels):
        low = y if box else origin[1] - TICK / 2
        items.append(scene.Path(scene.polygon([(place, low), (place, low + TICK)], False), style))
        if box:
            items.append(scene.Path(scene.polygon([(place, y + h), (place, y + h - TICK)], False), style))
        if label is not None and (box or axes.lines != "middle" or abs(place - origin[0]) > 1 or h <= 0):
            items.append(scene.Label((place, (y if box else origin[1]) - 4.5), (label,), anchor="north"))
    for place, label in _labelled(_ys(axes), axes.y_ticks.labels):
        low = x if box else origin[0] - TICK / 2
        items.append(scene.Path(scene.polygon([(low, place), (low + TICK, place)], False), style))
        if box:
            items.append(scene.Path(scene.polygon([(x + w, place), (x + w - TICK, place)], False), style))
        if label is not None and (box or axes.lines != "middle" or abs(place - origin[1]) > 1):
            items.append(scene.Label(((x if box else origin[0]) - 4.5, place), (label,), anchor="east"))
    return items


def _labelled(places: list[float], labels: tuple[Node, ...]) -> list[tuple[float, Node | None]]:
    padded: list[Node | None] = [*labels, *[None] * len(places)]
    return list(zip(places, padded[: len(places)], strict=True))


def _words(axes: scene.Axes, origin: scene.Point) -> list[scene.Item]:
    (x, y), w, h = axes.corner, axes.width, axes.height
    items: list[scene.Item] = []
    if axes.lines in ("middle", "left"):
        if axes.x_label:
            items.append(scene.Label((x + w + 3, origin[1]), axes.x_label, anchor="west"))
        if axes.y_label:
            items.append(scene.Label((origin[0], y + h + 3), axes.y_label, anchor="south"))
    else:
        if axes.x_label:
            items.append(scene.Label((x + w / 2, y - 20), axes.x_label, anchor="north"))
        if axes.y_label:
            items.append(scene.Label((x - 26, y + h / 2), axes.y_label, anchor="south", turn=90))
    if axes.title:
        items.append(scene.Label((x + w / 2, y + h + 6), axes.title, anchor="south", size=12))
    return items


def draw_plot(axes: scene.Axes, plot: scene.Plot) -> list[scene.Item]:
    """One curve or set of data in the figure; the caller clips it."""
    points = [
        axes.place(point) if math.isfinite(point[0]) and math.isfinite(point[1]) else (math.nan, math.nan)
        for point in plot.points
    ]
    base = axes.place((axes.x_range[0], axes.y_range[0] if axes.y_log else 0.0))
    items: list[scene.Item] = []
    match plot.kind:
        case "line":
            parts = curve_parts(points, plot.smooth)
            items += [scene.Path(parts, plot.style)] if parts else []
        case "region":
            finite = [point for point in points if math.isfinite(point[0]) and math.isfinite(point[1])]
            items += [scene.Path(scene.polygon(finite), plot.style)] if len(finite) > 2 else []
        case "bars":
            half = plot.bar_width / 2
            for (_, y), (at, _) in zip(points, plot.points, strict=True):
                if math.isfinite(y):
                    low, high = sorted((base[1], y))
                    left, right = (axes.place((at + side, axes.y_range[0]))[0] for side in (-half, half))
                    items.append(scene.Rectangle((left, low), right - left, high - low, 0.0, plot.style))
        case "stems":
            line = replace(plot.style, fill="")
            items += [
                scene.Path(scene.polygon([(x, base[1]), (x, y)], False), line) for x, y in points if math.isfinite(y)
            ]
        case "points":
            pass
    if plot.marks:
        filled = scene.Style(fill=plot.style.stroke or plot.style.fill or INK)
        if plot.kind == "points" and plot.marks == "o":
            filled = plot.style
        items += [scene.Circle(point, 2.0, filled) for point in points if math.isfinite(point[1])]
    return items


def legend(axes: scene.Axes) -> list[scene.Item]:
    """A box that says which curve is which."""
    rows = [plot for plot in axes.plots if plot.legend]
    if not rows:
        return []
    from .labels import set_label  # here, because few axes have one

    labels = [scene.Label((0.0, 0.0), plot.legend, anchor="base west") for plot in rows]
    boxes = [set_label(label) for label in labels]
    heights = [max(12.0, box.height + box.depth + 3) for box in boxes]
    width = 24 + 6 + max(box.width for box in boxes) + 4
    height = sum(heights) + 4
    (x, y), w, h = axes.corner, axes.width, axes.height
    left = x + 6 if "west" in axes.legend_at else x + w - width - 6
    top = y + height + 6 if "south" in axes.legend_at else y + h - 6
    items: list[scene.Item] = [
        scene.Rectangle((left, top - height), width, height, 0.0, scene.Style(stroke=INK, fill="#ffffff"))
    ]
    for plot, label, box, step in zip(rows, labels, boxes, heights, strict=True):
        top -= step
        middle = top + step / 2 - 2
        sample = replace(plot.style, fill="" if plot.kind == "line" else plot.style.fill)
        items.append(scene.Path((scene.Move((left + 4, middle)), scene.Line((left + 22, middle))), sample))
        base = middle - (box.height - box.depth) / 2
        items.append(replace(label, at=(left + 27, base)))
    return [scene.Group(tuple(items), role="legend", transform=scene.IDENTITY)]
