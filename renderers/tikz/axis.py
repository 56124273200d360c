"""pgfplots: an ``axis`` in two dimensions with its curves, data, ticks, labels and legend."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ...convert.nodes import Node
from .. import labels
from ..charts import curve_parts, smoothed
from ..scene import (
    IDENTITY,
    Axes,
    AxisLines,
    Circle,
    Group,
    Item,
    Label,
    Line,
    Move,
    Path,
    Plot,
    PlotKind,
    Point,
    Rectangle,
    Style,
    Ticks,
    Tip,
    multiply,
    polygon,
)
from .coordinates import split_outside
from .decorations import point_at
from .keys import Keys
from .nodes import NodeBox
from .options import State, pair, split, unbraced
from .paths import Builder

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


@dataclass(slots=True)
class _Frame:
    """What the options of an axis say."""

    width: float = 240.0
    height: float = 207.0
    only: bool = False
    limits: dict[str, float] = field(default_factory=dict)
    lines: AxisLines = "box"
    ticks: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)
    grid: bool = False
    legend_at: str = "north east"
    legend_style: str = ""
    at: Point | None = None
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
class _Drawn:
    """A plot, with the state that it is painted in."""

    points: list[Point]
    state: State
    kind: PlotKind
    legend: str = ""
    closed: bool = False
    forgotten: bool = False
    nodes: list[str] = field(default_factory=list)
    """The tokens of the nodes on it."""


def read_axis(reader: Reader, state: State, name: str) -> None:
    """Reads up to the end of the environment and emits the axes."""
    if name not in _LOGARITHMIC:
        raise reader.refuse(f"the environment {name} is not known; axis is")
    inner = state.copy()
    inner.domain, inner.samples = ("-5", "5"), 25
    inner.draws = True
    frame = _Frame(log=dict(_LOGARITHMIC[name]))
    for text in (state.picture.get("pgfplotsset", ""), reader.expanded(reader.raw_option() or [])):
        _options(reader, inner, frame, text)
    plots: list[_Drawn] = []
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
    tokens: list[str] = []
    depth = 0
    while reader.toks:
        tok, _ = reader.take()
        depth += (tok == "{") - (tok == "}")
        tokens.append(tok)
        if tok == ";" and depth == 0:
            break
    return [tok for piece in tokens for tok in (reader.macros[piece].body if _plain(reader, piece) else (piece,))]


def _plain(reader: Reader, tok: str) -> bool:
    return tok in reader.macros and not reader.macros[tok].pattern


def _options(reader: Keys, state: State, frame: _Frame, text: str) -> None:
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


def _plot(reader: Reader, outer: State, frame: _Frame, number: int) -> _Drawn:
    state = outer.copy()
    plus = reader.take_if("+")
    color = _CYCLE[number % len(_CYCLE)]
    own = _Frame(bars=frame.bars, const=frame.const, radians=frame.radians, log=frame.log)
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
    drawn = _Drawn(points, state, kind, closed=closed, forgotten="forget plot" in text)
    drawn.nodes = _statement(reader)
    if own.const:
        drawn.points = [p for a, b in pairwise(points) for p in (a, (b[0], a[1]))] + points[-1:]
        state.smooth = ""
    return drawn


def _tint(color: str) -> str:
    return "#" + "".join(f"{round(255 - 0.3 * (255 - int(color[place : place + 2], 16))):02x}" for place in (1, 3, 5))


def _points(reader: Reader, state: State, frame: _Frame) -> list[Point]:
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


def _sampled(reader: Reader, state: State, frame: _Frame) -> list[float]:
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


def _range(frame: _Frame, plots: list[_Drawn], axis: str) -> Point:
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


def _ticks(reader: Reader, frame: _Frame, axis: str, limits: Point, length: float, state: State) -> Ticks:
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


def _between(ticks: Ticks, limits: Point, base: float) -> tuple[float, ...]:
    """The small marks of a logarithmic axis: 2 to 9 times each power, where all powers have a mark."""
    if len(ticks.at) < 2 or abs(ticks.at[1] / ticks.at[0] / base - 1) > 1e-6 or base != int(base):
        return ()
    ends = (ticks.at[0] / base, *ticks.at)
    return tuple(
        end * factor for end in ends for factor in range(2, int(base)) if limits[0] <= end * factor <= limits[1]
    )


def _written(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if value and abs(value) < 0.01:
        text = f"{value:.2g}"
    return "0" if text in ("-0", "") else f"{float(text):,.6g}".replace(",", "{,}") if abs(value) >= 1000 else text


def _finish(
    reader: Reader, state: State, inner: State, frame: _Frame, plots: list[_Drawn], rest: list[list[str]]
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
    drawing = _Drawing(reader, inner, frame, axes, plots)
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


def _as_plot(reader: Reader, plot: _Drawn) -> Plot:
    state = plot.state.copy()
    state.draws = plot.kind != "points"
    style = state.style()
    if not style.stroke:
        style = replace(style, stroke=state.ink)
    legend: tuple[Node, ...] = (reader.line_node(plot.legend.strip()),) if plot.legend.strip() else ()
    points = tuple(p if all(map(math.isfinite, p)) else (math.nan, math.nan) for p in plot.points)
    return Plot(points, plot.kind, style, plot.state.mark, None, legend, bool(plot.state.smooth))


class _Drawing:
    """The axes as pgfplots draws them."""

    def __init__(self, reader: Reader, state: State, frame: _Frame, axes: Axes, plots: list[_Drawn]) -> None:
        self.reader, self.state, self.frame, self.axes, self.plots = reader, state, frame, axes, plots
        self.line = Style(stroke="#000000", width=state.width)
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

    def items(self) -> list[Item]:
        axes = self.axes
        (x, y), w, h = axes.corner, axes.width, axes.height
        found: list[Item] = []
        for wanted, xs, ys in (
            (self.frame.minor_grid, self.minor["x"], self.minor["y"]),
            (axes.grid, list(map(self.across, axes.x_ticks.at)), list(map(self.up, axes.y_ticks.at))),
        ):
            if not wanted:
                continue
            gray = Style(stroke="#bfbfbf", width=0.4)
            found += [Path(polygon([(t, y), (t, y + h)], False), gray) for t in xs]
            found += [Path(polygon([(x, t), (x + w, t)], False), gray) for t in ys]
        found += self.ticks()
        found += self.lines()
        curves = [item for plot in self.plots for item in self.curve(plot)]
        found.append(Group(tuple(curves), role="plots", clip=Rectangle(axes.corner, w, h)))
        found += [item for plot in self.plots for item in self.marks(plot)]
        found += self.words()
        found += self.legend()
        return found

    def lines(self) -> list[Item]:
        axes = self.axes
        (x, y), w, h = axes.corner, axes.width, axes.height
        if axes.lines == "none":
            return []
        if axes.lines == "box":
            return [Rectangle(axes.corner, w, h, 0.0, self.line)]
        tip = Tip("stealth")
        return [
            Path(polygon([(x, self.origin[1]), (x + w, self.origin[1])], False), self.line, end=tip),
            Path(polygon([(self.origin[0], y), (self.origin[0], y + h)], False), self.line, end=tip),
        ]

    def ticks(self) -> list[Item]:
        axes = self.axes
        if axes.lines == "none":
            return []
        (x, y), w, h = axes.corner, axes.width, axes.height
        box = axes.lines == "box"
        style = Style(stroke="#808080", width=0.2)
        if self.state.width > 0.4:
            style = Style(stroke="#808080" if box else "#000000", width=0.8)
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
            found.append(Path(polygon([(place, low), (place, low + reach)], False), style))
            if box:
                found.append(Path(polygon([(place, y + h), (place, y + h - reach)], False), style))
            if number < len(axes.x_ticks.labels):
                below = (y if box else self.origin[1] - reach / 2) - 3.333
                found.append(Label((place, below), (axes.x_ticks.labels[number],), self.size, anchor="north"))
        for number, value in enumerate(axes.y_ticks.at):
            place = self.up(value)
            if axes.lines == "middle" and abs(value) < 1e-9:
                continue
            low = x if box else self.origin[0] - reach / 2
            found.append(Path(polygon([(low, place), (low + reach, place)], False), style))
            if box:
                found.append(Path(polygon([(x + w, place), (x + w - reach, place)], False), style))
            if number < len(axes.y_ticks.labels):
                left = (x if box else self.origin[0] - reach / 2) - 3.333
                found.append(Label((left, place), (axes.y_ticks.labels[number],), self.size, anchor="east"))
        return found

    def small_ticks(self, style: Style) -> list[Item]:
        """The marks between the powers of a logarithmic axis."""
        (x, y), w, h = self.axes.corner, self.axes.width, self.axes.height
        reach, box = 2.8453, self.axes.lines == "box"
        found: list[Item] = []
        for place in self.minor["x"]:
            low = y if box else self.origin[1] - reach / 2
            found.append(Path(polygon([(place, low), (place, low + reach)], False), style))
            if box:
                found.append(Path(polygon([(place, y + h), (place, y + h - reach)], False), style))
        for place in self.minor["y"]:
            left = x if box else self.origin[0] - reach / 2
            found.append(Path(polygon([(left, place), (left + reach, place)], False), style))
            if box:
                found.append(Path(polygon([(x + w, place), (x + w - reach, place)], False), style))
        return found

    def nodes_on(self, plot: _Drawn) -> None:
        """Emits the nodes that stand on a plot: at its end, or at a share of its length."""
        placed = [self.axes.place(p) for p in plot.points if all(map(math.isfinite, p))]
        points = [p for p in placed if all(map(math.isfinite, p))]
        if not points or not plot.nodes:
            return
        length = sum(math.dist(a, b) for a, b in pairwise(points))

        def along(share: float) -> tuple[Point, float]:
            point, direction = point_at(points, share * length)
            return point, math.degrees(direction)

        state = plot.state.copy()
        state.matrix, state.draws, state.fills = IDENTITY, False, False
        after: list[Item] = []
        self.reader.inline(plot.nodes, state, Builder(last=points[-1], along=along), after)
        for item in after:
            self.reader.emit(state, item)

    def curve(self, plot: _Drawn) -> list[Item]:
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
                Rectangle((x - half, min(base, y)), 2 * half, abs(y - base), 0.0, style)
                for x, y in points if math.isfinite(y)
            ]  # fmt: skip
        if plot.kind == "stems":
            return [Path(polygon([(x, base), (x, y)], False), style) for x, y in points if math.isfinite(y)]
        finite = [p for p in points if math.isfinite(p[0]) and math.isfinite(p[1])]
        if len(finite) == len(points) and state.smooth and len(points) > 2:
            parts = tuple(smoothed(points, state.tension))
        else:
            parts = curve_parts(points, bool(state.smooth), state.tension)
        if plot.closed and finite:
            edges = (Line((finite[-1][0], base)), Line((finite[0][0], base)), Line(finite[0]))
            parts = (*parts, *edges)
        if not parts:
            return []
        if state.path_name:
            self.reader.named_paths.setdefault(state.path_name, []).append(Path(parts))
        return [Path(parts, style)] if style.stroke or style.fill else []

    def marks(self, plot: _Drawn) -> list[Item]:
        if plot.state.mark in ("", "none"):
            return []
        filled = _mark_style(plot)
        (x, y), w, h = self.axes.corner, self.axes.width, self.axes.height
        placed = [self.axes.place(p) for p in plot.points if all(map(math.isfinite, p))]
        return [Circle(p, 2.0, filled) for p in placed if x <= p[0] <= x + w and y <= p[1] <= y + h]

    def words(self) -> list[Item]:
        axes = self.axes
        (x, y), w, h = axes.corner, axes.width, axes.height
        found: list[Item] = []
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
            found.append(Label(at, text, self.size, anchor=anchor))  # type: ignore[arg-type]
        if axes.title:
            found += self.styled("title", axes.title, (x + w / 2, y + h + 2.5), "south")
        return found

    def styled(self, key: str, lines: tuple[Node, ...], at: Point, anchor: str, turn: float = 0.0) -> list[Item]:
        """A label of the axes, as a node with its padding and what a style says of it."""
        state = self.reader.node_state(self.state)
        state.matrix = (1, 0, 0, 1, 0, 0)
        state.anchor = anchor
        if turn:
            state.matrix = multiply((0, 1, -1, 0, 0, 0), state.matrix)
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
        found = labels.set_label(Label((0.0, 0.0), (node,), self.size))
        return found.width, found.height + found.depth

    def legend(self) -> list[Item]:
        rows = [plot for plot in self.plots if plot.legend.strip()]
        if not rows or self.axes.lines == "none" and self.frame.hidden:
            return []
        state = self.reader.node_state(self.state)
        at: Point | None = None
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
            label = Label((0.0, 0.0), (node,), size, anchor="base west")
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
        found: list[Item] = [Rectangle((left, top - height), width, height, 0.0, replace(self.line, fill="#ffffff"))]
        row_top = top - 2
        for (plot, label, _, _, depth), step in zip(made, heights, strict=True):
            base = row_top - step + 2 + depth
            middle = base + 0.25 * size
            style = plot.state.style()
            if plot.kind == "bars":
                found.append(Rectangle((left + 8, base - 1), 6.0, 6.0, 0.0, style))
            elif style.stroke:
                line = (Move((left + 3, middle)), Line((left + 20.07, middle)))
                found.append(Path(line, replace(style, fill="")))
            if plot.state.mark not in ("", "none"):
                found.append(Circle((left + 11.54, middle), 2.0, _mark_style(plot)))
            found.append(replace(label, at=(left + 3 + 17.07 + 2, base)))
            row_top -= step
        return [Group(tuple(found), role="legend")]


def _mark_style(plot: _Drawn) -> Style:
    """How the marks of a plot are painted."""
    ink = plot.state.ink
    return Style(stroke=ink, fill=ink if plot.kind == "points" else _darker(ink), width=plot.state.width)


def _darker(color: str) -> str:
    """Marks are filled with the colour and a fifth of black."""
    return "#" + "".join(f"{round(0.8 * int(color[place : place + 2], 16)):02x}" for place in (1, 3, 5))


__all__ = ["auto_ticks", "read_axis"]
