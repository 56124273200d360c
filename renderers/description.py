"""Scene → words: what a figure shows, how many of each, in which colours, where, and what is written on it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple, assert_never

from ..convert.errors import Losses
from ..convert.writers import tex as tex_writer
from . import labels, scene

_COLORS: Final = {
    "black": ((0, 0, 0),), "white": ((255, 255, 255),), "gray": ((128, 128, 128), (90, 90, 90)),
    "light gray": ((205, 205, 205),), "red": ((225, 20, 20), (240, 70, 60)), "dark red": ((139, 0, 0),),
    "pink": ((255, 170, 180), (227, 119, 194)), "orange": ((255, 140, 0), (255, 127, 80)),
    "yellow": ((250, 240, 30), (255, 215, 0)), "brown": ((150, 85, 35), (140, 86, 75), (205, 110, 40), (210, 180, 140)),
    "green": ((0, 140, 0), (0, 215, 0), (44, 160, 44), (50, 190, 100)), "light green": ((150, 230, 150),),
    "dark green": ((0, 80, 0), (45, 106, 79)), "teal": ((0, 128, 128), (40, 160, 150)),
    "cyan": ((0, 225, 235), (23, 190, 207)),
    "blue": ((20, 40, 240), (31, 119, 180), (70, 130, 180), (30, 120, 255)),
    "light blue": ((160, 195, 255), (135, 206, 235)), "dark blue": ((0, 0, 130), (30, 60, 110)),
    "purple": ((130, 0, 150), (148, 103, 189), (110, 50, 220)), "magenta": ((255, 0, 255), (230, 60, 160)),
}  # fmt: skip
"""Everyday names of colours with examples, from all over the range that has the name."""
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SIDES: Final = {3: "triangle", 4: "quadrilateral", 5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}
_LINES: Final = frozenset(("line", "arrow", "curve", "broken line", "double arrow"))
_IRREGULAR: Final = {
    "sheep": "sheep", "fish": "fish", "scissors": "scissors", "skis": "skis", "broccoli": "broccoli", "knife": "knives",
    "person": "people", "mouse": "mice",
}  # fmt: skip
_MOST: Final = 24
"""Shapes that are told one by one; of more only the counts."""


class _Told(NamedTuple):
    """A shape or thing as it is told: its name, its place, what is said of its size, and its outline."""

    name: str
    center: scene.Point
    size: str
    is_area: bool
    is_dashed: bool


def write(figure: scene.Scene, *, losses: Losses) -> str:
    """A paragraph: counts first, then each shape or thing with its place, the axes, and the labels."""
    things, items = _apart(figure.items)
    found = list(scene.leaves(scene.normal(replace(figure, items=tuple(items))).items))
    shapes = [leaf for leaf in found if not isinstance(leaf, scene.Label | scene.Axes)]
    words = [leaf for leaf in found if isinstance(leaf, scene.Label)]
    box = figure.box or _extent([*shapes, *(shape for _, parts in things for shape in parts)])
    told = [*map(_thing, things), *map(_shape, shapes)]
    lines: list[str] = []
    listing = _listing([_count(number, name) for name, number in Counter(one.name for one in told).most_common()])
    charts = sum(isinstance(leaf, scene.Axes) for leaf in found)
    if listing or not charts:
        lines.append(f"The figure shows {listing or 'no shapes'}.")
    if len(told) <= _MOST and box is not None:
        lines += [_sentence(one, box) for one in told]
        lines += _relations(told)
    for leaf in found:
        if isinstance(leaf, scene.Axes):
            lines += _axes(leaf)
    if words:
        lines.append(f"Labels: {', '.join(_text(label) for label in words)}.")
    return "\n".join(lines)


def _apart(items: Sequence[scene.Item]) -> tuple[list[tuple[str, list[scene.Shape]]], list[scene.Item]]:
    """The things that are drawn as groups, each with its shapes, and what is none of them."""
    things: list[tuple[str, list[scene.Shape]]] = []
    rest: list[scene.Item] = []
    for item in items:
        if isinstance(item, scene.Group) and item.role == "thing" and item.name:
            leaves = scene.leaves(scene.normal(scene.Scene((item,))).items)
            things.append((item.name, [leaf for leaf in leaves if not isinstance(leaf, scene.Label | scene.Axes)]))
        else:
            rest.append(item)
    return things, rest


def _thing(thing: tuple[str, list[scene.Shape]]) -> _Told:
    name, shapes = thing
    left, bottom, right, top = _extent(shapes) or (0.0, 0.0, 0.0, 0.0)
    color = shown_color(max(shapes, key=_size).style)
    middle = ((left + right) / 2, (bottom + top) / 2)
    told = f", {right - left:.3g} by {top - bottom:.3g} pt"
    return _Told(f"{color_name(color)} {name}" if color else name, middle, told, True, False)


def _size(shape: scene.Shape) -> float:
    left, bottom, right, top = _extent([shape]) or (0.0, 0.0, 0.0, 0.0)
    return (right - left) * (top - bottom)


def _shape(shape: scene.Shape) -> _Told:
    size = ""
    match shape:
        case scene.Circle(_, radius):
            size = f", radius {radius:.3g} pt"
        case scene.Rectangle(_, width, height):
            size = f", {width:.3g} by {height:.3g} pt"
        case _:
            pass
    return _Told(named(shape), center(shape), size, kind(shape) not in _LINES, bool(shape.style.dash))


def color_name(color: str) -> str:
    """The everyday name of the colour whose examples are nearest."""
    channels = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
    return min(_COLORS, key=lambda name: min(math.dist(channels, example) for example in _COLORS[name]))


def kind(shape: scene.Shape) -> str:
    """What a shape is called: circle, square, triangle, arrow, line, curve and others."""
    match shape:
        case scene.Circle():
            return "circle"
        case scene.Ellipse():
            return "ellipse"
        case scene.Rectangle(_, width, height):
            return "square" if abs(width - height) < 0.02 * max(abs(width), abs(height)) else "rectangle"
        case scene.Path(parts):
            if shape.start or shape.end:
                return "double arrow" if shape.start and shape.end else "arrow"
            if any(isinstance(part, scene.Curve) for part in parts):
                return "closed curve" if isinstance(parts[-1], scene.Close) else "curve"
            sides = sum(isinstance(part, scene.Line) for part in parts) + 1
            if isinstance(parts[-1], scene.Close):
                runs = scene.flatten(parts)
                corners = len({(round(x, 1), round(y, 1)) for x, y in runs[0]})
                return _SIDES.get(corners, "polygon") if len(runs) == 1 else "shape with holes"
            return "line" if sides == 2 else "broken line"
    assert_never(shape)


def shown_color(style: scene.Style) -> str:
    return style.fill if style.fill and style.fill_opacity > 0.01 else style.stroke


def named(shape: scene.Shape) -> str:
    color = shown_color(shape.style)
    return f"{color_name(color)} {kind(shape)}" if color and color != "#000000" else kind(shape)


def center(shape: scene.Shape) -> scene.Point:
    points = [point for run in scene.flatten(scene.outline(shape), 8) for point in run]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def place(point: scene.Point, box: Sequence[float]) -> str:
    """Where in the figure a point lies: `at the top left`, `in the middle`."""
    across = (point[0] - box[0]) / max(box[2] - box[0], 1e-9)
    up = (point[1] - box[1]) / max(box[3] - box[1], 1e-9)
    row = "top" if up > 2 / 3 else "bottom" if up < 1 / 3 else ""
    column = "right" if across > 2 / 3 else "left" if across < 1 / 3 else ""
    if not row and not column:
        return "in the middle"
    return f"at the {' '.join(filter(None, (row, column)))}"


def _extent(shapes: Sequence[scene.Shape]) -> tuple[float, float, float, float] | None:
    points = [point for shape in shapes for run in scene.flatten(scene.outline(shape), 8) for point in run]
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _count(number: int, name: str) -> str:
    if number == 1:
        return f"{'an' if name[0] in 'aeio' else 'a'} {name}"
    many = name.replace("shape with", "shapes with") if " with " in name else _plural(name)
    return f"{_NUMBERS[number] if number < len(_NUMBERS) else number} {many}"


def _plural(name: str) -> str:
    """The plural of a name in English: sheep, buses, knives, people."""
    for one, many in _IRREGULAR.items():
        if name.endswith(one):
            return name.removesuffix(one) + many
    if name.endswith(("s", "x", "ch", "sh")):
        return f"{name}es"
    return f"{name.removesuffix('y')}ies" if re.search(r"[^aeiou]y$", name) else f"{name}s"


def _listing(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _sentence(one: _Told, box: Sequence[float]) -> str:
    head = _count(1, f"{'dashed ' if one.is_dashed else ''}{one.name}")
    return f"{head[0].upper()}{head[1:]} {place(one.center, box)}{one.size}."


def _relations(told: Sequence[_Told]) -> list[str]:
    """How the first shapes and things stand to each other; lines are left out."""
    lines = []
    for first, second in pairwise([one for one in told if one.is_area][:4]):
        (ax, ay), (bx, by) = first.center, second.center
        if abs(ax - bx) < 1 and abs(ay - by) < 1:
            relation = "in the same place as"
        elif abs(ax - bx) >= abs(ay - by):
            relation = "to the left of" if ax < bx else "to the right of"
        else:
            relation = "above" if ay > by else "below"
        lines.append(f"The {first.name} is {relation} the {second.name}.")
    return lines


def _axes(axes: scene.Axes) -> list[str]:
    (x0, x1), (y0, y1) = axes.x_range, axes.y_range
    if axes.height <= 0:
        return [f"A number line from {x0:.4g} to {x1:.4g}.", *(_piece(plot) for plot in axes.plots)]
    names = [" ".join(labels.write_line(line) for line in label) for label in (axes.x_label, axes.y_label)]
    across, up = (f" ({name})" if name else "" for name in names)
    lines = [f"Axes from {x0:.4g} to {x1:.4g} across{across} and from {y0:.4g} to {y1:.4g} up{up}."]
    if axes.x_log or axes.y_log:
        which = "Both axes are" if axes.x_log and axes.y_log else f"The {'x' if axes.x_log else 'y'} axis is"
        lines.append(f"{which} logarithmic.")
    return lines + [_plot(plot) for plot in axes.plots]


def _piece(plot: scene.Plot) -> str:
    """A piece or point of a number line."""
    color = color_name(shown_color(plot.style))
    formula = f" of ${tex_writer.write(plot.formula, losses=[])}$" if plot.formula is not None else ""
    if plot.kind == "points":
        where = _listing([f"{x:.4g}" for x, _ in plot.points])
        kind = "an open point" if plot.marks == "o" else f"a {color} point"
        head = kind if len(plot.points) == 1 else f"{kind.partition(' ')[2]}s"
        return f"{head[0].upper()}{head[1:]}{formula} at {where}."
    (low, _), (high, _) = plot.points[0], plot.points[-1]
    return f"A {color} piece{formula} from {low:.4g} to {high:.4g}."


def _plot(plot: scene.Plot) -> str:
    color = shown_color(plot.style)
    name = {
        "line": "curve",
        "bars": "set of bars",
        "stems": "set of stems",
        "points": "set of points",
        "region": "region",
    }
    head = _count(1, f"{color_name(color)} {name[plot.kind]}" if color else name[plot.kind])
    formula = f" of ${tex_writer.write(plot.formula, losses=[])}$" if plot.formula is not None else ""
    count = len(plot.points)
    told = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    number = f" with {told} of them" if plot.kind in ("bars", "stems", "points") else ""
    return f"{head[0].upper()}{head[1:]}{formula}{number}."


def _text(label: scene.Label) -> str:
    return " ".join(labels.write_line(line) for line in label.lines)
