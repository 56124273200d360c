"""pgfplots: an ``axis`` in two dimensions with its curves, data, ticks, labels and legend."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ...convert.nodes import Node
from ..scene import (
    Axes,
    AxisLines,
    Group,
    Plot,
    PlotKind,
    Point,
    Rectangle,
    Ticks,
)
from .axis_drawing import Drawing, Drawn, Frame
from .coordinates import split_outside
from .keys import Keys
from .nodes import NodeBox
from .options import State, pair, split, unbraced

if TYPE_CHECKING:
    from .reader import Reader

_CYCLE: Final = ("#0000ff", "#ff0000", "#bf8040", "#000000", "#0000ff", "#ff0000", "#bf8040", "#000000")
_LINES: Final[dict[str, AxisLines]] = {
    "left": "left", "center": "middle", "middle": "middle", "none": "none", "box": "box", "bottom": "left",
}  # fmt: skip
_IGNORED: Final = frozenset(
    ("compat", "shader", "colormap", "every tick/.style", "enlargelimits=false", "clip mode", "axis equal image",
     "samples y",
     "legend cell align", "unbounded coords", "restrict y to domain", "tickwidth", "no markers", "mark options", "name",
     "every axis plot/.append style", "x tick label style", "y tick label style", "every axis label/.append style",
     "xlabel near ticks", "ylabel near ticks", "scaled ticks", "ticklabel style", "tick label style", "label style",
     "xticklabel style", "yticklabel style", "minor tick num", "minor x tick num", "minor y tick num",
     "hide obscured x ticks",
     "hide obscured y ticks", "axis background/.style", "axis on top", "legend columns", "every axis x label/.style",
     "every axis y label/.style", "tick style", "scaled y ticks", "scaled x ticks", "xtick align", "ytick align",
     "tick align",
     "title style", "axis line style", "mark size", "grid style", "major grid style", "minor grid style",
     "extra x ticks",
     "trim axis left", "trim axis right", "forget plot", "major tick length", "xtick style", "ytick style", "view",
     "x label style", "y label style", "ymajorgrids", "xmajorgrids", "nodes near coords", "point meta",
     "x axis line style",
     "y axis line style", "legend entries", "cycle list name", "x post scale", "y post scale", "filter discard warning",
     "bar shift", "enlarge x limits", "enlarge y limits", "area legend", "legend image post style",
     "skip coords between index",
     "xticklabel pos", "yticklabel pos", "xtick pos", "ytick pos", "tick pos", "disabledatascaling")
)  # fmt: skip


_LOGARITHMIC: Final = {
    "axis": {}, "semilogxaxis": {"x": 10.0}, "semilogyaxis": {"y": 10.0}, "loglogaxis": {"x": 10.0, "y": 10.0},
}  # fmt: skip
"""Environments, and the bases of those of their axes that are logarithmic."""


def read_axis(reader: Reader, state: State, name: str) -> None:
    """Reads up to the end of the environment and emits the axes."""
    if name not in _LOGARITHMIC:
        raise reader.refuse(f"the environment {name} is not known; axis is")
    inner = state.copy()
    inner.domain, inner.samples = ("-5", "5"), 25
    inner.draws = True
    frame = Frame(log=dict(_LOGARITHMIC[name]))
    for text in (state.picture.get("pgfplotsset", ""), reader.expanded(reader.raw_option() or [])):
        _options(reader, inner, frame, text)
    plots: list[Drawn] = []
    rest: list[list[str]] = []
    mark = reader.scope()
    while True:
        tok = reader.skip_blanks()
        if not tok:
            raise reader.refuse("\\begin{axis} has no \\end{axis}")
        tok, at = reader.take()
        reader.here = at
        reader.watch()
        if tok == "\\end":
            reader.verbatim(tok, at)
            break
        if tok in ("\\addplot", "\\addplot+"):
            plots.append(_plot(reader, inner, frame, len(plots)))
        elif tok == "\\addplot3":
            raise reader.refuse("plots in three dimensions are not known")
        elif tok == "\\addlegendentry":
            reader.raw_option()
            if plots:
                plots[-1].legend = reader.expanded(reader.raw_group(tok, at))
        elif tok == "\\legend":
            entries = split(reader.expanded(reader.raw_group(tok, at)))
            seen = [plot for plot in plots if not plot.forgotten]
            for plot, entry in zip(seen, entries, strict=False):
                plot.legend = entry.strip()
        elif tok in ("\\draw", "\\node", "\\path", "\\fill", "\\filldraw", "\\coordinate"):
            rest.append([tok, *_statement(reader)])
        elif tok in reader.macros:
            reader.expand(tok, at)
        elif tok not in (";", ",") and not reader.command(inner, tok, at):
            raise reader.refuse(f"the command {tok} in an axis is not known")
    _finish(reader, state, inner, frame, plots, rest)
    reader.leave(mark)


def _statement(reader: Reader) -> list[str]:
    tokens = reader.statement()
    return [tok for piece in tokens for tok in (reader.macros[piece].body if _plain(reader, piece) else (piece,))]


def _plain(reader: Reader, tok: str) -> bool:
    return tok in reader.macros and not reader.macros[tok].pattern


def _options(reader: Keys, state: State, frame: Frame, text: str) -> None:
    for option in split(text):
        key, value = pair(option)
        if not key:
            continue
        key = key.removeprefix("/pgfplots/")
        given = value or ""
        match key:
            case "width" | "height":
                setattr(frame, key, reader.length(given, state, 28.4528))
                frame.sizes.add(key)
            case "scale only axis":
                frame.only = given != "false"
            case "xmin" | "xmax" | "ymin" | "ymax":
                frame.limits[key] = reader.number(reader.expanded(given))
            case "axis lines" | "axis x line" | "axis y line" | "axis lines*" | "axis x line*" | "axis y line*":
                if given not in _LINES:
                    raise reader.refuse(f"the option {option.strip()!r} is not known")
                frame.lines = _LINES[given]
            case "xlabel" | "ylabel" | "title":
                frame.words[key] = given
            case "xtick" | "ytick" | "xticklabels" | "yticklabels" | "ticks" | "xticklabel" | "yticklabel" | "ztick":
                frame.ticks[key] = given
            case "xtick distance" | "ytick distance":
                frame.ticks[key] = given
            case "grid":
                frame.grid, frame.minor_grid = given not in ("none", "minor"), given in ("both", "minor")
            case "legend pos":
                frame.legend_at = given
            case "legend style":
                frame.legend_style += "," + given
            case "at":
                frame.at = reader.target(given)[0]
            case "anchor":
                frame.anchor = given
            case "enlargelimits":
                frame.enlarge = given != "false" if not re.fullmatch(r"[\d.]+", given) else float(given)
            case "ybar" | "ycomb" | "xbar" | "ybar stacked":
                frame.bars = key
            case "bar width":
                frame.bar_width = reader.length(given, state)
            case "hide axis" | "hide x axis" | "hide y axis":
                frame.hidden = given != "false"
            case "const plot":
                frame.const = True
            case "clip":
                frame.clip = given != "false"
            case "axis equal" | "axis equal image":
                frame.equal = given != "false"
            case "trig format plots" | "trig format":
                frame.radians = given.startswith("rad")
            case "small":
                frame.width, frame.height = 6.5 * 28.4528, 207 * 6.5 * 28.4528 / 240
            case (
                "xlabel style"
                | "ylabel style"
                | "every axis x label/.append style"
                | "every axis y label/.append style"
            ):
                frame.styles["ylabel" if key[0] == "y" or "y label" in key else "xlabel"] = given
            case "scaled ticks" | "scaled x ticks" | "scaled y ticks":
                if given == "false":
                    frame.scaled -= {"x", "y"} if key == "scaled ticks" else {key[7]}
            case "xmode" | "ymode":
                if given == "log":
                    frame.log.setdefault(key[0], 10.0)
                else:
                    frame.log.pop(key[0], None)
            case "log basis x" | "log basis y":
                frame.log[key[-1]] = reader.number(given)
                if not frame.log[key[-1]] > 1:
                    raise reader.refuse("a base of logarithms is more than 1")
            case "surf" | "mesh" | "zlabel" | "zmin" | "zmax":
                raise reader.refuse(f"the option {key} of axes in three dimensions is not known")
            case _:
                if key not in _IGNORED and not key.endswith("/.style") and not key.endswith("/.append style"):
                    reader.option(state, option.strip())
                elif key in ("enlarge x limits", "enlarge y limits"):
                    frame.enlarge = given != "false" if not re.fullmatch(r"[\d.]+", given) else float(given)


def _plot(reader: Reader, outer: State, frame: Frame, number: int) -> Drawn:
    state = outer.copy()
    plus = reader.take_if("+")
    color = _CYCLE[number % len(_CYCLE)]
    own = Frame(bars=frame.bars, const=frame.const, radians=frame.radians, log=frame.log)
    option = reader.raw_option()
    state.mark = ""
    if option is None or plus:
        state.color, state.mark = color, "*"
        if frame.bars:
            state.fills, state.fill_color = True, _tint(color)
    state.path_name = ""
    if option is not None:
        text = reader.expanded(option)
        _options(reader, state, own, text)
        if "no marks" in text or "no markers" in text or "mark=none" in text:
            state.mark = ""
        only = "only marks" in text
    else:
        text, only = "", False
    kind: PlotKind = "points" if only else "bars" if own.bars.startswith("ybar") else "stems" if own.bars else "line"
    points = _points(reader, state, own)
    closed = False
    while reader.skip_blanks() and reader.toks[-1] != ";":
        tok, _ = reader.take()
        if tok == "\\closedcycle":
            closed = True
        elif tok == "n" and reader.toks and reader.toks[-1] == "o":
            reader.push(["n"], reader.here)
            break
    drawn = Drawn(points, state, kind, closed=closed, forgotten="forget plot" in text)
    drawn.nodes = _statement(reader)
    if own.const:
        drawn.points = [p for a, b in pairwise(points) for p in (a, (b[0], a[1]))] + points[-1:]
        state.smooth = ""
    return drawn


def _tint(color: str) -> str:
    return "#" + "".join(f"{round(255 - 0.3 * (255 - int(color[place : place + 2], 16))):02x}" for place in (1, 3, 5))


def _points(reader: Reader, state: State, frame: Frame) -> list[Point]:
    tok = reader.skip_blanks()
    if reader.word_next("coordinates"):
        text = reader.expanded(reader.raw_group("coordinates", reader.here))
        found = []
        for body in re.findall(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)", text):
            parts = split(body)
            if len(parts) != 2:
                raise reader.refuse("coordinates have two numbers")
            found.append((reader.number(parts[0]), reader.number(parts[1])))
        return found
    if (
        reader.word_next("table")
        or reader.word_next("file")
        or reader.word_next("gnuplot")
        or reader.word_next("graphics")
    ):
        return _table(reader)
    reader.word_next("expression")
    if reader.skip_blanks() == "[":
        reader.raw_option()
    values = _sampled(reader, state, frame)
    name = state.variable
    if tok == "(" or reader.skip_blanks() == "(":
        tokens, _ = reader.raw_coordinate()
        parts = split_outside(reader.expanded(tokens), ",")
        x, y = (reader.compiled(unbraced(part), state) for part in parts[:2])
        return [(x(**{name: v, "x": v}), y(**{name: v, "x": v})) for v in values]
    body = reader.expanded(reader.raw_group("\\addplot", reader.here))
    if frame.radians:
        body = re.sub(r"\b(sin|cos|tan|cot|sec|cosec)\s*\(", r"\1(180/pi*", body)
    expression = reader.compiled(body, state)
    return [(v, expression(**{name: v, "x": v})) for v in values]


def _sampled(reader: Reader, state: State, frame: Frame) -> list[float]:
    """Where a function is evaluated: evenly along the axis."""
    values = reader.values(state)
    if "x" not in frame.log or state.samples_at or not values:
        return values
    low, high = min(values), max(values)
    if low <= 0:
        raise reader.refuse("a logarithmic axis begins above 0")
    return [low * (high / low) ** (n / max(1, len(values) - 1)) for n in range(len(values))]


def _table(reader: Reader) -> list[Point]:
    option = "".join(reader.raw_option() or [])
    text = "".join(reader.raw_group("table", reader.here))
    if not re.search(r"\d\s", text + " "):
        raise reader.refuse("plots read no files")
    rows = [row.split() for row in re.split(r"\\\\|\n", text) if row.strip()]
    columns = {key: (value or "") for key, value in map(pair, split(option))}
    head = rows[0] if rows and not _is_number(rows[0][0]) else []
    body = rows[1:] if head else rows
    x, y = 0, 1
    if head:
        x = head.index(columns["x"]) if columns.get("x") in head else 0
        y = head.index(columns["y"]) if columns.get("y") in head else 1
    try:
        return [(float(row[x]), float(row[y])) for row in body]
    except (ValueError, IndexError) as error:
        raise reader.refuse("a table has rows of two numbers") from error


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _range(frame: Frame, plots: list[Drawn], axis: str) -> Point:
    index = 0 if axis == "x" else 1
    other = 1 - index
    low_other, high_other = (
        frame.limits.get("yx"[index] + "min", -math.inf),
        frame.limits.get("yx"[index] + "max", math.inf),
    )
    values = [
        point[index] for plot in plots for point in plot.points
        if math.isfinite(point[0]) and math.isfinite(point[1]) and low_other <= point[other] <= high_other
    ]  # fmt: skip
    log = axis in frame.log
    if log:
        values = [math.log(value) for value in values if value > 0]
    elif index and any(plot.kind in ("bars", "stems") for plot in plots):
        values.append(0.0)
    low, high = frame.limits.get(axis + "min"), frame.limits.get(axis + "max")
    if log:
        low, high = (math.log(value) if value is not None and value > 0 else None for value in (low, high))
    a = low if low is not None else min(values, default=0.0)
    b = high if high is not None else max(values, default=1.0)
    if not b > a:
        a, b = a - 1, b + 1
    room = 0.1 * (b - a)
    enlarge = frame.enlarge if frame.enlarge is not None else frame.lines == "box"
    if isinstance(enlarge, float) and not isinstance(enlarge, bool):
        room, forced = enlarge * (b - a), True
    else:
        forced = frame.enlarge is True
    if enlarge:
        a -= room if low is None or forced else 0.0
        b += room if high is None or forced else 0.0
    return (math.exp(a), math.exp(b)) if log else (a, b)


def auto_ticks(low: float, high: float, length: float) -> tuple[float, ...]:
    """The marks that pgfplots chooses: by 1, 2 or 5, and so that about 35 points are between two of them."""
    for least in range(3, 16):
        rough = (high - low) / max(least, int(length / 35))
        power = 10.0 ** math.floor(math.log10(rough))
        step = power * next((step for end, step in ((1.5, 1), (3.5, 2), (7.5, 5)) if rough < end * power), 10)
        first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
        if last > first:
            break
    return tuple(round(number * step, 10) for number in range(first, last + 1))


def _ticks(reader: Reader, frame: Frame, axis: str, limits: Point, length: float, state: State) -> Ticks:
    given = frame.ticks.get(axis + "tick", frame.ticks.get("ticks", ""))
    if given in ("none", "\\empty", "{}") or frame.hidden:
        return Ticks()
    base = frame.log.get(axis)
    powers: tuple[float, ...] = ()
    if given in ("", "data", "auto", "major") and base is not None:
        powers = _powers(limits, base, length)
        at = tuple(base**power for power in powers)
    elif given in ("", "data", "auto"):
        distance = frame.ticks.get(axis + "tick distance")
        at = auto_ticks(*limits, length)
        if distance:
            step = abs(reader.number(distance)) or 1.0
            if (limits[1] - limits[0]) / step > 1000:
                raise reader.refuse("an axis has more than 1000 ticks")
            at = tuple(n * step for n in range(math.ceil(limits[0] / step), math.floor(limits[1] / step) + 1))
    else:
        at = tuple(
            reader.number(item) for item in reader.loop_list(re.findall(r"\\[A-Za-z]+|.", given)) if item.strip()
        )
    room = 1e-6 if base is None else 1e-6 * limits[0]
    at = tuple(value for value in at if limits[0] - room <= value <= limits[1] * (1 + 1e-9) + room)
    names = frame.ticks.get(axis + "ticklabels", frame.ticks.get(axis + "ticklabel"))
    if names is not None:
        texts = [unbraced(text) for text in split(names)] if names.strip() not in ("", "\\empty") else []
        texts = ["" if text == "\\empty" else text for text in texts]
    elif base is not None:
        texts = [f"${base:g}^{{{_written(math.log(value, base))}}}$" for value in at]
    else:
        power = _power(at) if axis in frame.scaled else 0
        if power:
            frame.exponents[axis] = power
        texts = [f"${_written(value / 10.0**power)}$" for value in at]
    return Ticks(at, tuple(reader.line_node(text.strip()) for text in texts[: len(at)]))


def _power(at: tuple[float, ...]) -> int:
    """The power of ten that pgfplots takes out of the numbers of an axis: 0 unless they are very small or large."""
    largest = max(map(abs, at), default=0.0)
    exponent = math.floor(math.log10(largest) + 1e-9) if largest else 0
    return exponent if not -1 <= exponent <= 3 else 0


def _powers(limits: Point, base: float, length: float) -> tuple[float, ...]:
    """The powers at the marks of a logarithmic axis: whole ones, unless there are less than two of them."""
    low, high = (math.log(value, base) for value in limits)
    step = max(1, int((high - low) / max(2, int(length / 35))))
    whole = [float(power) for power in range(math.ceil(low - 1e-6), math.floor(high + 1e-6) + 1) if power % step == 0]
    return tuple(whole) if len(whole) > 1 else auto_ticks(low, high, length)


def _written(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if value and abs(value) < 0.01:
        text = f"{value:.2g}"
    return "0" if text in ("-0", "") else f"{float(text):,.6g}".replace(",", "{,}") if abs(value) >= 1000 else text


def _finish(
    reader: Reader, state: State, inner: State, frame: Frame, plots: list[Drawn], rest: list[list[str]]
) -> None:
    # One of both sizes keeps the proportion that axes have by themselves.
    if frame.sizes == {"width"} and not frame.only:
        frame.height = frame.width * 207 / 240
    elif frame.sizes == {"height"} and not frame.only:
        frame.width = frame.height * 240 / 207
    width = frame.width if frame.only else frame.width - 45
    height = frame.height if frame.only else frame.height - 45
    if not (0 < width < 20_000 and 0 < height < 20_000):
        raise reader.refuse("the axis has no size")
    x_range, y_range = _range(frame, plots, "x"), _range(frame, plots, "y")
    start = frame.at or (state.matrix[4], state.matrix[5])
    shift = NodeBox("rectangle", width / 2, height / 2, 0.0).local_anchor(frame.anchor) or (-width / 2, -height / 2)
    corner = (start[0] - shift[0] - width / 2, start[1] - shift[1] - height / 2)
    x_ticks = _ticks(reader, frame, "x", x_range, width, inner)
    y_ticks = _ticks(reader, frame, "y", y_range, height, inner)
    words = {key: (reader.line_node(value.strip()),) for key, value in frame.words.items() if value.strip()}
    made = tuple(_as_plot(reader, plot) for plot in plots)
    axes = Axes(
        corner, width, height, x_range, y_range, made, "none" if frame.hidden else frame.lines, x_ticks, y_ticks,
        words.get("xlabel", ()), words.get("ylabel", ()), words.get("title", ()), frame.grid, frame.legend_at,
        x_log="x" in frame.log, y_log="y" in frame.log,
    )  # fmt: skip
    drawing = Drawing(reader, inner, frame, axes, plots)
    items = drawing.items()
    # What is drawn in the coordinates of the axes.
    scope = inner.copy()
    scope.draws = False
    (x0, x1), (y0, y1) = (
        (math.log(low), math.log(high)) if axis in frame.log else (low, high)
        for axis, (low, high) in (("x", x_range), ("y", y_range))
    )
    sx, sy = width / (x1 - x0), height / (y1 - y0)
    zero = (corner[0] - x0 * sx, corner[1] - y0 * sy)
    scope.x, scope.y, scope.matrix = (sx, 0.0), (0.0, sy), (1.0, 0.0, 0.0, 1.0, *zero)
    scope.logarithmic = ("x" in frame.log, "y" in frame.log)
    kept, reader.items = reader.items, []
    for plot in plots:
        drawing.nodes_on(plot)
    for tokens in rest:
        reader.sub(tokens, scope)
    inside, reader.items = reader.items, kept
    reader.boxes["current axis"] = NodeBox(
        "rectangle", width / 2, height / 2, 0.0, matrix=(1, 0, 0, 1, corner[0] + width / 2, corner[1] + height / 2)
    )
    reader.emit(state, replace(axes, drawn=tuple(items)))
    if inside:
        clip = Rectangle(corner, width, height) if frame.clip and frame.lines != "none" else None
        clipped = tuple(item for item in inside if not (isinstance(item, Group) and item.role == "node"))
        reader.emit(state, Group(clipped, role="scope", clip=clip))
        for item in inside:
            if isinstance(item, Group) and item.role == "node":
                reader.emit(state, item)


def _as_plot(reader: Reader, plot: Drawn) -> Plot:
    state = plot.state.copy()
    state.draws = plot.kind != "points"
    style = state.style()
    if not style.stroke:
        style = replace(style, stroke=state.ink)
    legend: tuple[Node, ...] = (reader.line_node(plot.legend.strip()),) if plot.legend.strip() else ()
    points = tuple(p if all(map(math.isfinite, p)) else (math.nan, math.nan) for p in plot.points)
    return Plot(points, plot.kind, style, plot.state.mark, None, legend, bool(plot.state.smooth))


__all__ = ["auto_ticks", "read_axis"]
