"""What axes show, in their own coordinates: from the axes of a scene, or from the group that an SVG draws them as.

An SVG that panmath writes keeps in the name of that group what its shapes do not tell: ranges, labels, formulas.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..convert.nodes import Node
from ..convert.writers import tex as tex_writer
from . import description, labels
from .scene import Axes, Circle, Group, Item, Path, Point, Rectangle, Scene, Style, flatten, outline, unshare


class Curve(NamedTuple):
    """A curve or data in the coordinates of its axes. `names` is what it may be called, `color` its everyday name."""

    kind: str
    points: tuple[Point, ...]
    color: str
    names: tuple[str, ...]


class Chart(NamedTuple):
    """Axes: their ranges, what is written at them, and what is plotted."""

    x: Point
    y: Point
    x_label: str
    y_label: str
    title: str
    x_names: tuple[tuple[float, str], ...]
    curves: tuple[Curve, ...]


def charts(scene: Scene) -> list[Chart]:
    """The axes of a scene."""
    return list(_charts(scene.items))


def _charts(items: Sequence[Item]) -> Iterator[Chart]:
    for item in items:
        if isinstance(item, Axes):
            yield _of_axes(item)
        elif isinstance(item, Group):
            found = _of_group(item) if item.role == "axes" else None
            if found is not None:
                yield found
            else:
                yield from _charts(item.items)


def _of_axes(axes: Axes) -> Chart:
    curves = tuple(
        Curve(
            plot.kind, plot.points, _color(plot.style),
            tuple(_written(one) for one in (plot.legend, (plot.formula,) if plot.formula is not None else ()) if one),
        )
        for plot in axes.plots
    )  # fmt: skip
    names = tuple((at, _plain(label)) for at, label in zip(axes.x_ticks.at, axes.x_ticks.labels, strict=False))
    words = (_written(axes.x_label), _written(axes.y_label), _written(axes.title))
    return Chart(axes.x_range, axes.y_range, *words, names, curves)


def kept(axes: Axes) -> str:
    """What an SVG keeps of axes beside their drawing, as JSON; `charts` reads it."""
    told = {
        "x": axes.x_range, "y": axes.y_range, "log": [axes.x_log, axes.y_log],
        "labels": [_written(axes.x_label), _written(axes.y_label), _written(axes.title)],
        "ticks": [[at, _plain(label)] for at, label in zip(axes.x_ticks.at, axes.x_ticks.labels, strict=False)],
        "plots": [_written((plot.formula,) if plot.formula is not None else plot.legend) for plot in axes.plots],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False)


def _of_group(group: Group) -> Chart | None:
    """The axes that a group shows whose name tells of them; None where it does not."""
    try:
        told = json.loads(group.name)
        x_log, y_log = map(bool, told["log"])
        x, y = _limits(told["x"], x_log), _limits(told["y"], y_log)
        words = tuple(str(one) for one in told["labels"])
        names = tuple((_finite(at), str(label)) for at, label in told["ticks"])
        plots = [str(one) for one in told["plots"]]
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return None
    inner = next((one for one in group.items if isinstance(one, Group) and one.role == "plots"), None)
    if inner is None or inner.clip is None or len(words) != 3:
        return None
    corners = [point for run in flatten(outline(inner.clip)) for point in run]
    if not corners:
        return None
    (left, right), (bottom, top) = ((min(values), max(values)) for values in zip(*corners, strict=True))
    if not (left < right and bottom < top):
        return None

    def back(point: Point) -> Point:
        """A point of the figure in the coordinates of the axes."""
        return (
            unshare((point[0] - left) / (right - left), x, x_log),
            unshare((point[1] - bottom) / (top - bottom), y, y_log),
        )

    try:
        return Chart(x, y, *words, names, tuple(_drawn(inner, back, plots)))
    except ArithmeticError:  # what lies far outside of an axis of logarithms
        return None


def _limits(told: Sequence[float], log: bool) -> Point:
    """The range of an axis. Raises ValueError where none is drawn so."""
    low, high = map(_finite, told)
    if not low < high or log and low <= 0 or not math.isfinite(high - low) or log and not math.isfinite(high / low):
        raise ValueError(f"no range of an axis: {low} to {high}")
    return low, high


def _finite(told: float) -> float:
    value = float(told)
    if not math.isfinite(value):
        raise ValueError(f"no place on an axis: {value}")
    return value


def _drawn(plots: Group, back: Callable[[Point], Point], names: Sequence[str]) -> Iterator[Curve]:
    bars: dict[str, list[Point]] = {}
    lines = [item for item in plots.items if isinstance(item, Path) and item.style.stroke]
    for number, line in enumerate(lines):
        points: list[Point] = []
        for run in flatten(line.parts, 24):
            points += [*map(back, run), (math.nan, math.nan)]
        own = names[number] if len(lines) == len(names) else ""
        yield Curve("line", tuple(points), _color(line.style), (own,) if own else ())
    for item in plots.items:
        if isinstance(item, Rectangle):
            top = (item.corner[0] + item.width / 2, item.corner[1] + item.height)
            low = back(item.corner)[1]
            x, y = back(top)
            bars.setdefault(_color(item.style), []).append((x, y if abs(y) > abs(low) else low))
    for shade, tops in bars.items():
        yield Curve("bars", tuple(tops), shade, ())
    dots = [back(item.center) for item in plots.items if isinstance(item, Circle)]
    if dots:
        yield Curve("points", tuple(dots), "", ())


def _color(style: Style) -> str:
    shown = style.stroke if style.stroke and style.stroke != "#000000" else style.fill or style.stroke
    return description.color_name(shown) if shown else ""


def _written(line: Sequence[Node]) -> str:
    return " ".join(tex_writer.write(node, losses=[]) for node in line)


def _plain(node: Node) -> str:
    """A label of a tick as words."""
    return re.sub(r"\\text(?:rm)?\s*\{([^{}]*)\}|[$\\]", r"\1", labels.write_line(node)).strip()
