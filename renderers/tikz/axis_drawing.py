"""Axes as pgfplots draws them: what their options say, and the lines, marks, curves and words that come of it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from ...convert.nodes import Node
from .. import labels, scene
from ..charts import curve_parts, smoothed
from .decorations import point_at
from .nodes import NodeBox
from .options import State, pair, split
from .paths import Builder

if TYPE_CHECKING:
    from .reader import Reader


@dataclass(slots=True)
class Frame:
    """What the options of an axis say."""

    width: float = 240.0
    height: float = 207.0
    only: bool = False
    limits: dict[str, float] = field(default_factory=dict)
    lines: scene.AxisLines = "box"
    ticks: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)
    grid: bool = False
    legend_at: str = "north east"
    legend_style: str = ""
    at: scene.Point | None = None
    anchor: str = "south west"
    enlarge: bool | float | None = None
    bars: str = ""
    bar_width: float = 10.0
    hidden: bool = False
    const: bool = False
    radians: bool = False
    clip: bool = True
    equal: bool = False
    sizes: set[str] = field(default_factory=set)
    log: dict[str, float] = field(default_factory=dict)
    scaled: set[str] = field(default_factory=lambda: {"x", "y"})
    exponents: dict[str, int] = field(default_factory=dict)
    """Of the axes whose numbers are written without a power of ten, which stands at their end."""
    minor_grid: bool = False


@dataclass(slots=True)
class Drawn:
    """A plot, with the state that it is painted in."""

    points: list[scene.Point]
    state: State
    kind: scene.PlotKind
    legend: str = ""
    closed: bool = False
    forgotten: bool = False
    nodes: list[str] = field(default_factory=list)
    """The tokens of the nodes on it."""


class Drawing:
    """The axes as pgfplots draws them."""

    def __init__(self, reader: Reader, state: State, frame: Frame, axes: scene.Axes, plots: list[Drawn]) -> None:
        self.reader, self.state, self.frame, self.axes, self.plots = reader, state, frame, axes, plots
        self.line = scene.Style(stroke="#000000", width=state.width)
        self.size = state.size
        corner = (axes.x_range[0], axes.y_range[0])
        self.origin = axes.place(axes.crossing if axes.lines == "middle" else corner)
        self.minor: dict[str, list[float]] = {"x": [], "y": []}
        for axis, base in frame.log.items():
            ticks, limits = (axes.x_ticks, axes.x_range) if axis == "x" else (axes.y_ticks, axes.y_range)
            small = _between(ticks, limits, base)
            self.minor[axis] = [self.across(value) if axis == "x" else self.up(value) for value in small]

    def across(self, value: float) -> float:
        """Where a value of the x axis lies in the figure."""
        return self.axes.place((value, self.axes.y_range[0]))[0]

    def up(self, value: float) -> float:
        """Where a value of the y axis lies in the figure."""
        return self.axes.place((self.axes.x_range[0], value))[1]

    def items(self) -> list[scene.Item]:
        axes = self.axes
        (x, y), w, h = axes.corner, axes.width, axes.height
        found: list[scene.Item] = []
        for wanted, xs, ys in (
            (self.frame.minor_grid, self.minor["x"], self.minor["y"]),
            (axes.grid, list(map(self.across, axes.x_ticks.at)), list(map(self.up, axes.y_ticks.at))),
        ):
            if not wanted:
                continue
            gray = scene.Style(stroke="#bfbfbf", width=0.4)
            found += [scene.Path(scene.polygon([(t, y), (t, y + h)], False), gray) for t in xs]
            found += [scene.Path(scene.polygon([(x, t), (x + w, t)], False), gray) for t in ys]
        found += self.ticks()
        found += self.lines()
        curves = [item for plot in self.plots for item in self.curve(plot)]
        found.append(scene.Group(tuple(curves), role="plots", clip=scene.Rectangle(axes.corner, w, h)))
        found += [item for plot in self.plots for item in self.marks(plot)]
        found += self.words()
        found += self.legend()
        return found

    def lines(self) -> list[scene.Item]:
        axes = self.axes
        (x, y), w, h = axes.corner, axes.width, axes.height
        if axes.lines == "none":
            return []
        if axes.lines == "box":
            return [scene.Rectangle(axes.corner, w, h, 0.0, self.line)]
        tip = scene.Tip("stealth")
        return [
            scene.Path(scene.polygon([(x, self.origin[1]), (x + w, self.origin[1])], False), self.line, end=tip),
            scene.Path(scene.polygon([(self.origin[0], y), (self.origin[0], y + h)], False), self.line, end=tip),
        ]

    def ticks(self) -> list[scene.Item]:
        axes = self.axes
        if axes.lines == "none":
            return []
        (x, y), w, h = axes.corner, axes.width, axes.height
        box = axes.lines == "box"
        style = scene.Style(stroke="#808080", width=0.2)
        if self.state.width > 0.4:
            style = scene.Style(stroke="#808080" if box else "#000000", width=0.8)
        reach = 4.2679
        found = self.small_ticks(style)
        for number, value in enumerate(axes.x_ticks.at):
            place = self.across(value)
            if (
                axes.lines == "middle"
                and abs(place - self.origin[0]) < 1e-6
                and axes.x_range[0] < 0
                or (axes.lines == "middle" and abs(value) < 1e-9)
            ):
                continue
            low = y if box else self.origin[1] - reach / 2
            found.append(scene.Path(scene.polygon([(place, low), (place, low + reach)], False), style))
            if box:
                found.append(scene.Path(scene.polygon([(place, y + h), (place, y + h - reach)], False), style))
            if number < len(axes.x_ticks.labels):
                below = (y if box else self.origin[1] - reach / 2) - 3.333
                found.append(scene.Label((place, below), (axes.x_ticks.labels[number],), self.size, anchor="north"))
        for number, value in enumerate(axes.y_ticks.at):
            place = self.up(value)
            if axes.lines == "middle" and abs(value) < 1e-9:
                continue
            low = x if box else self.origin[0] - reach / 2
            found.append(scene.Path(scene.polygon([(low, place), (low + reach, place)], False), style))
            if box:
                found.append(scene.Path(scene.polygon([(x + w, place), (x + w - reach, place)], False), style))
            if number < len(axes.y_ticks.labels):
                left = (x if box else self.origin[0] - reach / 2) - 3.333
                found.append(scene.Label((left, place), (axes.y_ticks.labels[number],), self.size, anchor="east"))
        return found

    def small_ticks(self, style: scene.Style) -> list[scene.Item]:
        """The marks between the powers of a logarithmic axis."""
        (x, y), w, h = self.axes.corner, self.axes.width, self.axes.height
        reach, box = 2.8453, self.axes.lines == "box"
        found: list[scene.Item] = []
        for place in self.minor["x"]:
            low = y if box else self.origin[1] - reach / 2
            found.append(scene.Path(scene.polygon([(place, low), (place, low + reach)], False), style))
            if box:
                found.append(scene.Path(scene.polygon([(place, y + h), (place, y + h - reach)], False), style))
        for place in self.minor["y"]:
            left = x if box else self.origin[0] - reach / 2
            found.append(scene.Path(scene.polygon([(left, place), (left + reach, place)], False), style))
            if box:
                found.append(scene.Path(scene.polygon([(x + w, place), (x + w - reach, place)], False), style))
        return found

    def nodes_on(self, plot: Drawn) -> None:
        """Emits the nodes that stand on a plot: at its end, or at a share of its length."""
        placed = [self.axes.place(p) for p in plot.points if all(map(math.isfinite, p))]
        points = [p for p in placed if all(map(math.isfinite, p))]
        if not points or not plot.nodes:
            return
        length = sum(math.dist(a, b) for a, b in pairwise(points))

        def along(share: float) -> tuple[scene.Point, float]:
            point, direction = point_at(points, share * length)
            return point, math.degrees(direction)

        state = plot.state.copy()
        state.matrix, state.draws, state.fills = scene.IDENTITY, False, False
        after: list[scene.Item] = []
        self.reader.inline(plot.nodes, state, Builder(last=points[-1], along=along), after)
        for item in after:
            self.reader.emit(state, item)

    def curve(self, plot: Drawn) -> list[scene.Item]:
        state = plot.state.copy()
        if plot.kind == "points" or state.stroke_color == "none":
            return []
        style = state.style()
        if style.fill and plot.kind == "line" and not state.fill_color and not plot.closed:
            style = replace(style, fill=state.paint)
        points = [self.axes.place(p) if all(map(math.isfinite, p)) else (math.nan, math.nan) for p in plot.points]
        base = self.up(self.axes.y_range[0] if self.axes.y_log else 0.0)
        if plot.kind == "bars":
            half = self.frame.bar_width / 2
            return [
                scene.Rectangle((x - half, min(base, y)), 2 * half, abs(y - base), 0.0, style)
                for x, y in points if math.isfinite(y)
            ]  # fmt: skip
        if plot.kind == "stems":
            return [scene.Path(scene.polygon([(x, base), (x, y)], False), style) for x, y in points if math.isfinite(y)]
        finite = [p for p in points if math.isfinite(p[0]) and math.isfinite(p[1])]
        if len(finite) == len(points) and state.smooth and len(points) > 2:
            parts = tuple(smoothed(points, state.tension))
        else:
            parts = curve_parts(points, bool(state.smooth), state.tension)
        if plot.closed and finite:
            edges = (scene.Line((finite[-1][0], base)), scene.Line((finite[0][0], base)), scene.Line(finite[0]))
            parts = (*parts, *edges)
        if not parts:
            return []
        if state.path_name:
            self.reader.named_paths.setdefault(state.path_name, []).append(scene.Path(parts))
        return [scene.Path(parts, style)] if style.stroke or style.fill else []

    def marks(self, plot: Drawn) -> list[scene.Item]:
        if plot.state.mark in ("", "none"):
            return []
        filled = _mark_style(plot)
        (x, y), w, h = self.axes.corner, self.axes.width, self.axes.height
        placed = [self.axes.place(p) for p in plot.points if all(map(math.isfinite, p))]
        return [scene.Circle(p, 2.0, filled) for p in placed if x <= p[0] <= x + w and y <= p[1] <= y + h]

    def words(self) -> list[scene.Item]:
        axes = self.axes
        (x, y), w, h = axes.corner, axes.width, axes.height
        found: list[scene.Item] = []
        under = max((self.label_box(node) for node in axes.x_ticks.labels), default=(0.0, 0.0), key=lambda box: box[1])[
            1
        ]
        beside = max((self.label_box(node)[0] for node in axes.y_ticks.labels), default=0.0)
        tick = 0.0 if axes.lines == "box" else 2.134
        gap = 3.333
        if axes.x_label:
            if axes.lines == "middle":
                found += self.styled("xlabel", axes.x_label, (x + w, self.origin[1]), "south east")
            else:
                low = y - (tick + 2 * gap + under if axes.x_ticks.at else 0.0)
                found += self.styled("xlabel", axes.x_label, (x + w / 2, low), "north")
        if axes.y_label:
            if axes.lines == "middle":
                found += self.styled("ylabel", axes.y_label, (self.origin[0], y + h), "north west")
            else:
                left = x - (tick + 2 * gap + beside if axes.y_ticks.at else 0.0)
                found += self.styled("ylabel", axes.y_label, (left, y + h / 2), "south", 90.0)
        for axis, power in self.frame.exponents.items():
            text = (self.reader.line_node(f"$\\cdot10^{{{power}}}$"),)
            at = (x, y + h + 0.3 * self.size) if axis == "y" else (x + w, y - 2 * self.size)
            anchor = "south west" if axis == "y" else "east"
            found.append(scene.Label(at, text, self.size, anchor=anchor))  # type: ignore[arg-type]
        if axes.title:
            found += self.styled("title", axes.title, (x + w / 2, y + h + 2.5), "south")
        return found

    def styled(
        self, key: str, lines: tuple[Node, ...], at: scene.Point, anchor: str, turn: float = 0.0
    ) -> list[scene.Item]:
        """A label of the axes, as a node with its padding and what a style says of it."""
        state = self.reader.node_state(self.state)
        state.matrix = (1, 0, 0, 1, 0, 0)
        state.anchor = anchor
        if turn:
            state.matrix = scene.multiply((0, 1, -1, 0, 0, 0), state.matrix)
        if self.frame.styles.get(key):
            self.reader.apply(state, self.frame.styles[key])
        state.node_matrix, state.matrix = state.matrix, (1, 0, 0, 1, 0, 0)
        text = " \\\\ ".join(labels.write_line(line) for line in lines)
        size = re.match(r"\s*\\([A-Za-z]+)", self.frame.words.get(key, ""))
        if size is not None:
            text = (
                f"\\{size[1]} {text}"
                if size[1] in ("large", "Large", "small", "footnotesize", "huge", "tiny")
                else text
            )
        return self.reader.build(state, text, state.at or at, 0.0)[0]

    def label_box(self, node: Node) -> tuple[float, float]:
        found = labels.set_label(scene.Label((0.0, 0.0), (node,), self.size))
        return found.width, found.height + found.depth

    def legend(self) -> list[scene.Item]:
        rows = [plot for plot in self.plots if plot.legend.strip()]
        if not rows or self.axes.lines == "none" and self.frame.hidden:
            return []
        state = self.reader.node_state(self.state)
        at: scene.Point | None = None
        for option in split(self.frame.legend_style):
            key, value = pair(option)
            if key == "at" and value:
                numbers = re.findall(r"-?[\d.]+", value)
                at = (float(numbers[0]), float(numbers[1])) if len(numbers) == 2 else None
            elif key in ("font", "anchor", "draw", "fill"):
                self.reader.option(state, option.strip())
        size = state.size
        made = []
        for plot in rows:
            node = self.reader.line_node(plot.legend.strip())
            label = scene.Label((0.0, 0.0), (node,), size, anchor="base west")
            box = labels.set_label(label)
            made.append((plot, label, box.width, max(box.height, 0.0), max(0.15 * size, 0.0)))
        heights = [height + depth + 4 for _, _, _, height, depth in made]
        width = 3 + 17.07 + 4 + max(row[2] for row in made) + 3
        height = sum(heights) + 4
        (x, y), w, h = self.axes.corner, self.axes.width, self.axes.height
        east, north = "west" not in self.frame.legend_at, "south" not in self.frame.legend_at
        if at is not None:
            anchor = NodeBox("rectangle", width / 2, height / 2, 0).local_anchor(state.anchor) or (0.0, 0.0)
            left = x + at[0] * w - anchor[0] - width / 2
            top = y + at[1] * h - anchor[1] + height / 2
        else:
            left = x + 0.97 * w - width if east else x + 0.03 * w
            top = y + 0.97 * h if north else y + 0.03 * h + height
        found: list[scene.Item] = [
            scene.Rectangle((left, top - height), width, height, 0.0, replace(self.line, fill="#ffffff"))
        ]
        row_top = top - 2
        for (plot, label, _, _, depth), step in zip(made, heights, strict=True):
            base = row_top - step + 2 + depth
            middle = base + 0.25 * size
            style = plot.state.style()
            if plot.kind == "bars":
                found.append(scene.Rectangle((left + 8, base - 1), 6.0, 6.0, 0.0, style))
            elif style.stroke:
                line = (scene.Move((left + 3, middle)), scene.Line((left + 20.07, middle)))
                found.append(scene.Path(line, replace(style, fill="")))
            if plot.state.mark not in ("", "none"):
                found.append(scene.Circle((left + 11.54, middle), 2.0, _mark_style(plot)))
            found.append(replace(label, at=(left + 3 + 17.07 + 2, base)))
            row_top -= step
        return [scene.Group(tuple(found), role="legend")]


def _mark_style(plot: Drawn) -> scene.Style:
    """How the marks of a plot are painted."""
    ink = plot.state.ink
    return scene.Style(stroke=ink, fill=ink if plot.kind == "points" else _darker(ink), width=plot.state.width)


def _between(ticks: scene.Ticks, limits: scene.Point, base: float) -> tuple[float, ...]:
    """The small marks of a logarithmic axis: 2 to 9 times each power, where all powers have a mark."""
    if len(ticks.at) < 2 or abs(ticks.at[1] / ticks.at[0] / base - 1) > 1e-6 or base != int(base):
        return ()
    ends = (ticks.at[0] / base, *ticks.at)
    return tuple(
        end * factor for end in ends for factor in range(2, int(base)) if limits[0] <= end * factor <= limits[1]
    )


def _darker(color: str) -> str:
    """Marks are filled with the colour and a fifth of black."""
    return "#" + "".join(f"{round(0.8 * int(color[place : place + 2], 16)):02x}" for place in (1, 3, 5))
