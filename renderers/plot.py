"""Formula ↔ figure. `scene` plots what can be plotted and sets the rest as it is; `formulas` gives what stands in one.

What is drawn is chosen by meaning: a function of one variable, a curve by its equation, a region by an inequality, a
curve with a parameter or in polar coordinates, a sequence as stems, a set of numbers as a number line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ..convert.errors import EdgeError, Loss, Losses, UnsupportedError
from ..convert.meaning import (
    Apply,
    Cases,
    Chain,
    Meaning,
    Name,
    NoMeaningError,
    free_names,
    understand,
)
from ..convert.nodes import Ident, Node, Num, Row, Script, Sym, Text, items_of
from . import number_sets
from .charts import powers, steps
from .numeric import Array, evaluate, written
from .scene import Axes, Label, Plot, Point, Scene, Style, Ticks, leaves

Scales: TypeAlias = Literal["linear", "semilogx", "semilogy", "loglog"]

WIDTH: Final = 200.0
HEIGHT: Final = 150.0
SAMPLES: Final = 401
GRID: Final = 161
_DECADES: Final = 2
"""Powers of ten that a logarithmic x axis goes either way from 1."""
_MOST_DECADES: Final = 12
"""Powers of ten that a logarithmic y axis shows at the most."""
_COLORS: Final = ("#0000ff", "#ff0000", "#008000", "#ff8000", "#800080", "#008080")
_PARAMETERS: Final = frozenset("tsθφϕuv")
_ANGLES: Final = frozenset("θφϕ")
_INDICES: Final = frozenset("nkmij")
_TRIG: Final = frozenset(("sin", "cos", "tan", "tg", "cot", "ctg", "sec", "csc"))
_RELATIONS: Final = frozenset(("<", ">", "≤", "≥"))


def scene(node: Node, *, losses: Losses, display: bool = True, scales: Scales = "linear", plot: bool = False) -> Scene:
    """The figure of a formula; what is no function, curve, region or set of numbers is set as it is, unless a `plot` is
    wanted: UnsupportedError then.

    `scales` says which axes are logarithmic, which only functions can be drawn on: UnsupportedError for anything else.
    """
    found = over(node, None, losses=losses, display=display, scales=scales)
    if plot and not any(isinstance(item, Axes) for item in found.items):
        raise UnsupportedError("the formula is no function, curve, region or set of numbers that could be plotted")
    return found


def over(node: Node, domain: Point | None, *, losses: Losses, display: bool = True, scales: Scales = "linear") -> Scene:
    """As `scene`, with functions plotted over a range; None is where they are defined near the origin."""
    plots: list[Axes] = []
    try:
        plots = [_figure(part, scales, domain) for part in _curves(node)]
    except NoMeaningError:
        plots = []
    except RecursionError:
        raise EdgeError("the formula is nested too deep to be plotted") from None
    if not plots and scales != "linear":
        raise UnsupportedError("logarithmic axes are for functions, and the formula is none")
    if not plots:
        return Scene((Label((0.0, 0.0), (node,), display=display),))
    if len(plots) > 1 and (scales != "linear" or all(axes.lines == "middle" for axes in plots)):
        return Scene((_together(plots),))
    if len(plots) > 1:
        losses.append(Loss("formula", "only the first of several figures is drawn"))
    return Scene((plots[0],))


def _curves(node: Node) -> list[tuple[Node, Meaning]]:
    """The formulas of a list ``y = x, y = x^2``, each with its meaning; nothing where one cannot be plotted."""
    rows = _listed(node)
    if len(rows) > 1:
        try:
            found = [(one, understand(one)) for one in rows]
        except NoMeaningError:
            found = []
        if (both := _with_parameter([meaning for _, meaning in found])) is not None:
            return [(node, both)]
        if found and all(_is_plottable(meaning) for _, meaning in found):
            return found
    meaning = understand(node)
    return [(node, meaning)] if _is_plottable(meaning) else []


def _listed(node: Node) -> list[Node]:
    """What stands between the commas of a list, those within brackets left alone."""
    parts: list[list[Node]] = [[]]
    depth = 0
    for item in items_of(node):
        if isinstance(item, Sym):
            depth += (item.cls == "open") - (item.cls == "close")
        if isinstance(item, Sym) and item.text in (",", ";") and depth <= 0:
            parts.append([])
        else:
            parts[-1].append(item)
    return [Row(tuple(part)) for part in parts if part]


def _with_parameter(meanings: Sequence[Meaning]) -> Meaning | None:
    """``x = cos t, y = sin t`` as the pair that it is; None where it is none."""
    equations = [one for one in meanings if isinstance(one, Chain) and one.relations == ("=",)]
    named = [one.operands[0].text for one in equations if isinstance(one.operands[0], Name)]
    if len(meanings) != 2 or named != ["x", "y"]:
        return None
    both = Apply("tuple", tuple(one.operands[1] for one in equations))
    return both if _kind(both) == "parametric" else None


def _is_plottable(meaning: Meaning) -> bool:
    try:
        return _kind(meaning) != ""
    except NoMeaningError:
        return False


def _kind(meaning: Meaning) -> str:
    """function, sequence, polar, parametric, curve, region, line (a set of numbers), or "" for what is set."""
    names = {name.text for name in free_names(meaning)}
    if number_sets.is_set(meaning):
        return "line"
    if isinstance(meaning, Apply) and meaning.head in ("tuple", "list") and len(meaning.args) == 2:
        return "parametric" if len(names) == 1 and names & _PARAMETERS and _computes(meaning.args) else ""
    if isinstance(meaning, Chain):
        return _kind_of_chain(meaning)
    if isinstance(meaning, Apply | Cases) and len(names) == 1 and not _is_call(meaning):
        return "function" if _computes([meaning]) else ""
    return ""


def _kind_of_chain(chain: Chain) -> str:
    names = {name.text for name in free_names(chain)}
    if set(chain.relations) <= _RELATIONS:
        return "region" if len(chain.relations) == 1 and len(names) == 2 and _computes(chain.operands) else ""
    if chain.relations != ("=",):
        return ""
    left, right = chain.operands
    if isinstance(left, Apply) and left.head == "tuple" and all(isinstance(one, Name) for one in left.args):
        return _kind(right) if _kind(right) == "parametric" else ""
    free = {name.text for name in free_names(right)}
    if isinstance(left, Name) and left.sub and len(free) <= 1 and _computes([right]):
        index = left.sub[0]
        return "sequence" if isinstance(index, Name) and free <= {index.text} else ""
    if _is_call(left) and len(free) <= 1 and _computes([right]):
        return "sequence" if free and free <= _INDICES else "function"
    if isinstance(left, Name) and not left.sub and left.text not in free and len(free) <= 1 and _computes([right]):
        if left.text in ("r", "ρ") and free & _ANGLES:
            return "polar"
        if left.text == "x" and not free or left.text == "x" and free == {"y"}:
            return "curve"
        return "function" if free or left.text == "y" else ""
    return "curve" if len(names) == 2 and _computes(chain.operands) else ""


def _is_call(meaning: Meaning) -> bool:
    return isinstance(meaning, Apply) and meaning.head == "call" and all(isinstance(one, Name) for one in meaning.args)


def _computes(meanings: Sequence[Meaning]) -> bool:
    """Whether numbers come out."""
    try:
        for meaning in meanings:
            values = {name.text: np.array([0.7, 1.3]) for name in free_names(meaning)}
            evaluate(meaning, values)
    except NoMeaningError:
        return False
    return True


def _figure(part: tuple[Node, Meaning], scales: Scales, domain: Point | None) -> Axes:
    node, meaning = part
    kind = _kind(meaning)
    if scales != "linear" and kind != "function":
        raise UnsupportedError("logarithmic axes are for functions, and the formula is none")
    match kind:
        case "function" if scales != "linear":
            return _logarithmic(node, meaning, scales in ("semilogx", "loglog"), scales in ("semilogy", "loglog"))
        case "function":
            return _function(node, meaning, domain)
        case "sequence":
            return _sequence(node, meaning)
        case "polar":
            return _polar(node, meaning)
        case "parametric":
            return _parametric(node, meaning)
        case "curve" | "region":
            return _implicit(node, meaning, kind)
        case "line":
            return number_sets.number_line(node, meaning)
    raise UnsupportedError("the formula cannot be plotted")


def _right(meaning: Meaning) -> tuple[Meaning, str, tuple[Node, ...]]:
    """What is computed, of which variable, and what the value is called."""
    body, value = meaning, "y"
    if isinstance(meaning, Chain):
        left, body = meaning.operands
        if isinstance(left, Name):
            value = left.text
        elif isinstance(left, Apply) and isinstance(left.args[1], Name):
            return body, left.args[1].text, ()
    names = sorted({name.text for name in free_names(body)})
    variable = names[0] if names else "x"
    return body, variable, (Ident(value),) if value != variable else ()


def _function(node: Node, meaning: Meaning, domain: Point | None) -> Axes:
    body, variable, value = _right(meaning)
    low, high = domain or _domain(body, variable)
    xs = np.linspace(low, high, SAMPLES)
    ys = np.broadcast_to(evaluate(body, {variable: xs}), xs.shape)
    bottom, top = window(ys)
    points = _with_gaps(xs, ys, bottom, top)
    plot = Plot(points, "line", Style(stroke=_COLORS[0], width=0.8), formula=node)
    return _axes((plot,), (low, high), (bottom, top), (Ident(variable),), value)


def _logarithmic(node: Node, meaning: Meaning, x_log: bool, y_log: bool) -> Axes:
    """A function on axes of which one or both are logarithmic."""
    body, variable, value = _right(meaning)
    if x_log:
        xs: Array = np.geomspace(10.0**-_DECADES, 10.0**_DECADES, SAMPLES)
    else:
        xs = np.linspace(*_domain(body, variable), SAMPLES)
    ys = np.broadcast_to(evaluate(body, {variable: xs}), xs.shape)
    shown = np.isfinite(ys) & ((ys > 0) | (not y_log))
    if not shown.any():
        raise UnsupportedError("a logarithmic axis shows positive values, and the function has none")
    bottom, top = window(ys)
    if y_log:
        top = 10.0 ** math.ceil(math.log10(float(ys[shown].max())) - 1e-9)
        least = 10.0 ** math.floor(math.log10(float(ys[shown].min())) + 1e-9)
        bottom = min(max(least, top / 10.0**_MOST_DECADES), top / 10)
    points = tuple(
        (float(f"{x:.7g}"), float(f"{y:.7g}")) if keep else (math.nan, math.nan)
        for x, y, keep in zip(xs.tolist(), ys.tolist(), shown.tolist(), strict=True)
    )
    plot = Plot(points, "line", Style(stroke=_COLORS[0], width=0.8), formula=node)
    limits = (float(xs[0]), float(xs[-1]))
    return _axes((plot,), limits, (bottom, top), (Ident(variable),), value, log=(x_log, y_log))


def _uses_trig(meaning: Meaning) -> bool:
    if isinstance(meaning, Apply):
        return meaning.head in _TRIG or any(_uses_trig(one) for one in meaning.args)
    return False


def _domain(body: Meaning, variable: str) -> Point:
    """Where the function is defined near the origin, as a sensible range."""
    reach = 2 * math.pi if _uses_trig(body) else 5.0
    xs = np.linspace(-reach, reach, 801)
    defined = np.isfinite(np.broadcast_to(evaluate(body, {variable: xs}), xs.shape))
    if not defined.any():
        xs = np.linspace(-100, 100, 4001)
        defined = np.isfinite(np.broadcast_to(evaluate(body, {variable: xs}), xs.shape))
    if not defined.any():
        raise NoMeaningError("the function", "no value of it is a number between -100 and 100")
    if defined.mean() > 0.8:
        return float(xs[0]), float(xs[-1])
    found = xs[defined]
    low, high = float(found[0]), float(found[-1])
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def window(ys: Array) -> Point:
    """A range that shows what is typical: poles and the far ends of steep curves do not decide it."""
    finite = ys[np.isfinite(ys)]
    if not finite.size:
        return -1.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    inner_low, inner_high = (float(value) for value in np.percentile(finite, (10, 90)))
    spread = max(inner_high - inner_low, 1e-9)
    low, high = max(low, inner_low - 2 * spread), min(high, inner_high + 2 * spread)
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    low, high = (0.0 if 0 < low < 0.5 * high else low), (0.0 if 0.5 * low < high < 0 else high)
    room = 0.06 * (high - low)
    return low - room, high + room


def _with_gaps(xs: Array, ys: Array, bottom: float, top: float) -> tuple[Point, ...]:
    """The points, with gaps where the curve leaves the window far or jumps over it."""
    height = top - bottom
    points: list[Point] = []
    before = math.nan
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        outside = not math.isfinite(y) or y > top + height or y < bottom - height
        jump = math.isfinite(before) and math.isfinite(y) and abs(y - before) > 0.9 * height
        if (outside or jump) and points and math.isfinite(points[-1][1]):
            points.append((math.nan, math.nan))
        if not outside:
            points.append((round(x, 6), round(y, 6)))
        before = y
    return tuple(points)


def _sequence(node: Node, meaning: Meaning) -> Axes:
    assert isinstance(meaning, Chain)
    body = meaning.operands[1]
    left = meaning.operands[0]
    index = left.sub[0] if isinstance(left, Name) else left.args[1] if isinstance(left, Apply) else None
    variable = index.text if isinstance(index, Name) else "n"
    ns = np.arange(0.0, 11.0)
    ys = np.broadcast_to(evaluate(body, {variable: ns}), ns.shape)
    keep = np.isfinite(ys)
    points = tuple(zip(ns[keep].tolist(), ys[keep].tolist(), strict=True))
    low, high = window(np.append(ys[keep], 0.0))
    plot = Plot(points, "stems", Style(stroke=_COLORS[0], width=0.8), marks="*", formula=node)
    return _axes((plot,), (-0.5, 10.8), (low, high), (Ident(variable),), ())


def _polar(node: Node, meaning: Meaning) -> Axes:
    body, variable, _ = _right(meaning)
    turns = 2 * math.pi if _uses_trig(body) else 4 * math.pi
    angles = np.linspace(0, turns, 2 * SAMPLES)
    radii = np.broadcast_to(evaluate(body, {variable: angles}), angles.shape)
    return _traced(node, radii * np.cos(angles), radii * np.sin(angles))


def _parametric(node: Node, meaning: Meaning) -> Axes:
    if isinstance(meaning, Chain):
        meaning = meaning.operands[1]
    assert isinstance(meaning, Apply)
    variable = next(iter(free_names(meaning))).text
    reach = (0.0, 2 * math.pi) if any(_uses_trig(one) for one in meaning.args) else (-3.0, 3.0)
    ts = np.linspace(*reach, 2 * SAMPLES)
    x, y = (np.broadcast_to(evaluate(one, {variable: ts}), ts.shape) for one in meaning.args)
    return _traced(node, x, y)


def _traced(node: Node, x: Array, y: Array) -> Axes:
    finite = np.isfinite(x) & np.isfinite(y)
    points = tuple(
        (round(a, 6), round(b, 6)) if keep else (math.nan, math.nan)
        for a, b, keep in zip(x.tolist(), y.tolist(), finite.tolist(), strict=True)
    )
    plot = Plot(points, "line", Style(stroke=_COLORS[0], width=0.8), formula=node)
    x_range, y_range = window(x), window(y)
    return _axes((plot,), x_range, y_range, (Ident("x"),), (Ident("y"),), equal=True)


def _implicit(node: Node, meaning: Meaning, kind: str) -> Axes:
    assert isinstance(meaning, Chain)
    names = sorted({name.text for name in free_names(meaning)})
    if len(names) == 1:
        names = sorted({*names, "x", "y"})[:2]
    first, second = ("x", "y") if set(names) <= {"x", "y"} else names[:2]
    left, right = meaning.operands
    for reach in (2.0, 5.0, 20.0, 100.0):
        axis = np.linspace(-reach, reach, GRID)
        x, y = np.meshgrid(axis, axis)
        values = {first: x, second: y}
        field = np.broadcast_to(evaluate(left, values) - evaluate(right, values), x.shape)
        runs = contour(axis, axis, field)
        if runs and (
            reach == 100 or max(abs(number) for run in runs for point in run for number in point) < 0.97 * reach
        ):
            break
        if runs and reach == 5.0:
            break
    plots: list[Plot] = []
    if kind == "region":
        holds = field < 0 if meaning.relations[0] in "<≤" else field > 0
        shade = Style(fill=_COLORS[0], fill_opacity=0.2)
        plots += [Plot(tuple(run), "region", shade) for run in _columns(axis, holds)]
    if runs:
        strict = meaning.relations[0] in "<>"
        style = Style(stroke=_COLORS[0], width=0.8, dash=(3.0, 3.0) if strict else ())
        joined: list[Point] = []
        for run in runs:
            joined += [*run, (math.nan, math.nan)]
        plots.append(Plot(tuple(joined), "line", style, formula=node))
    if not plots:
        raise NoMeaningError("the equation", "no point between -100 and 100 satisfies it")
    return _axes(tuple(plots), (-reach, reach), (-reach, reach), (Ident(first),), (Ident(second),), equal=True)


def _columns(axis: Array, holds: npt.NDArray[np.bool_]) -> list[list[Point]]:
    """The region as polygons: runs of columns in each of which one piece is inside."""
    step = float(axis[1] - axis[0]) / 2
    found: list[list[Point]] = []
    open_low: list[Point] = []
    open_high: list[Point] = []

    def finish() -> None:
        if open_low:
            found.append([*open_low, *reversed(open_high)])
        open_low.clear()
        open_high.clear()

    for column, x in enumerate(axis.tolist()):
        inside = np.flatnonzero(holds[:, column])
        pieces = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1) if inside.size else []
        if len(pieces) != 1:
            finish()
        for piece in pieces:
            low, high = float(axis[piece[0]]) - step, float(axis[piece[-1]]) + step
            if len(pieces) == 1:
                open_low.append((x, low))
                open_high.append((x, high))
            else:
                found.append([(x - step, low), (x + step, low), (x + step, high), (x - step, high)])
    finish()
    return [run for run in found if len(run) > 2]


def contour(xs: Array, ys: Array, field: Array) -> list[list[Point]]:
    """Where the field is zero: marching squares, the pieces joined to lines. Poles are no zeros."""
    segments: list[tuple[Point, Point]] = []
    signs = field > 0
    mixed = ~(
        (signs[:-1, :-1] == signs[1:, :-1]) & (signs[:-1, :-1] == signs[:-1, 1:]) & (signs[:-1, :-1] == signs[1:, 1:])
    )
    typical = float(np.nanmedian(np.abs(field))) + 1e-12
    for row, column in zip(*np.nonzero(mixed), strict=True):
        corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        values = [float(field[corner]) for corner in corners]
        if not all(math.isfinite(value) and abs(value) < 1e4 * typical for value in values):
            continue
        points = [(float(xs[c]), float(ys[r])) for r, c in corners]
        crossings = []
        for index in range(4):
            a, b = values[index], values[(index + 1) % 4]
            if (a > 0) != (b > 0):
                # From the same end in both cells that share the edge, so that the points are equal.
                (x0, y0), (x1, y1) = points[index], points[(index + 1) % 4]
                if (x0, y0) > (x1, y1):
                    (x0, y0), (x1, y1), a, b = (x1, y1), (x0, y0), b, a
                share = a / (a - b)
                crossings.append((round(x0 + share * (x1 - x0), 6), round(y0 + share * (y1 - y0), 6)))
        pairs = [(crossings[n], crossings[n + 1]) for n in range(0, len(crossings) - 1, 2)]
        segments += [(a, b) for a, b in pairs if a != b]
    return _chains(segments)


def _chains(segments: Sequence[tuple[Point, Point]]) -> list[list[Point]]:
    at: dict[Point, list[int]] = {}
    for number, (a, b) in enumerate(segments):
        at.setdefault(a, []).append(number)
        at.setdefault(b, []).append(number)
    used = [False] * len(segments)
    runs: list[list[Point]] = []

    def follow(point: Point) -> list[Point]:
        run: list[Point] = []
        while True:
            number = next((n for n in at[point] if not used[n]), None)
            if number is None:
                return run
            used[number] = True
            a, b = segments[number]
            point = b if point == a else a
            run.append(point)

    for number, (a, b) in enumerate(segments):
        if not used[number]:
            used[number] = True
            runs.append([*reversed(follow(a)), a, b, *follow(b)])
    return runs


def _axes(
    plots: tuple[Plot, ...], x_range: Point, y_range: Point, x_label: tuple[Node, ...], y_label: tuple[Node, ...],
    equal: bool = False, log: tuple[bool, bool] = (False, False),
) -> Axes:  # fmt: skip
    width, height = WIDTH, HEIGHT
    if equal:
        height = min(2 * WIDTH, max(40.0, WIDTH * (y_range[1] - y_range[0]) / (x_range[1] - x_range[0])))
    x_ticks, y_ticks = (
        _powers(limits, most) if logarithmic else _steps(limits, most)
        for limits, most, logarithmic in ((x_range, 6, log[0]), (y_range, 5, log[1]))
    )
    # Lines through the origin are no sight where there is no origin.
    return Axes(
        (0.0, 0.0), width, height, x_range, y_range, plots, "box" if any(log) else "middle", x_ticks, y_ticks,
        x_label, y_label, x_log=log[0], y_log=log[1],
    )  # fmt: skip


def _steps(limits: Point, most: int) -> Ticks:
    at = steps(*limits, most)
    return Ticks(at, tuple(map(written, at)))


def _powers(limits: Point, most: int) -> Ticks:
    at = powers(*limits, most)
    return Ticks(at, tuple(Script(Num("10"), sup=written(round(math.log10(value)))) for value in at))


def _together(figures: Sequence[Axes]) -> Axes:
    """Several curves on axes that show them all."""
    plots = []
    for number, axes in enumerate(figures):
        color = _COLORS[number % len(_COLORS)]
        for plot in axes.plots:
            style = Style(
                stroke=color if plot.style.stroke else "", fill=color if plot.style.fill else "",
                width=plot.style.width,
                dash=plot.style.dash, fill_opacity=plot.style.fill_opacity,
            )  # fmt: skip
            named = (plot.formula,) if plot.formula is not None else ()
            plots.append(Plot(plot.points, plot.kind, style, plot.marks, plot.formula, named))
    low = min(axes.x_range[0] for axes in figures), min(axes.y_range[0] for axes in figures)
    high = max(axes.x_range[1] for axes in figures), max(axes.y_range[1] for axes in figures)
    first = figures[0]
    ranges = (low[0], high[0]), (low[1], high[1])
    return _axes(tuple(plots), *ranges, first.x_label, first.y_label, log=(first.x_log, first.y_log))


def formulas(figure: Scene, *, losses: Losses) -> Node:
    """The formulas of a figure in the order in which it draws them: what is plotted, and the labels, with commas."""
    found: list[Node] = []
    for leaf in leaves(figure.items):
        match leaf:
            case Label():
                found += leaf.lines
            case Axes():
                found += [plot.formula for plot in leaf.plots if plot.formula is not None]
                found += [*leaf.title, *leaf.x_label, *leaf.y_label]
                found += [line for plot in leaf.plots if plot.formula is None for line in plot.legend]
            case _:
                pass
    unique = [node for node in dict.fromkeys(found) if not (isinstance(node, Text) and not node.text.strip())]
    if not unique:
        raise UnsupportedError("the figure has no labels and plots no formulas")
    joined: list[Node] = []
    for node in unique:
        joined += [Sym(",", "punct")] if joined else []
        joined += items_of(node)
    return joined[0] if len(joined) == 1 else Row(tuple(joined))


__all__ = ["contour", "formulas", "scene", "window"]
