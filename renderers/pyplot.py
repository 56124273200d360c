"""Scene → matplotlib: a program that runs alone and can be read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, assert_never

from ..convert.errors import Loss, Losses, PanmathError
from ..convert.nodes import Node
from ..convert.writers import python as python_writer
from . import labels, scene
from .charts import draw_axes

_MARGIN: Final = 2.0
_STYLES: Final = {"#000000": "black", "#0000ff": "blue", "#ff0000": "red", "#ffffff": "white", "#ff8000": "darkorange"}


def write(figure: scene.Scene, *, losses: Losses) -> str:
    """The program. A figure that is nothing but axes plots on them; any other is drawn shape by shape."""
    found = list(scene.leaves(figure.items))
    if len(found) == 1 and isinstance(found[0], scene.Axes) and found[0].height > 0:
        return _chart(found[0], losses)
    return _drawing(figure, losses)


# Axes


def _chart(axes: scene.Axes, losses: Losses) -> str:
    functions = [_function(plot) for plot in axes.plots]
    body: list[str] = []
    for plot, function in zip(axes.plots, functions, strict=True):
        body += _plot(plot, function, axes)
    lines = ["import matplotlib.pyplot as plt"]
    if any(functions) or any("np." in line for line in body):
        lines.append("import numpy as np")
    lines += [
        "",
        f"figure, axes = plt.subplots(figsize=({(axes.width + 50) / 72.27:.3g}, {(axes.height + 45) / 72.27:.3g}))",
    ]
    lines += body
    (x0, x1), (y0, y1) = axes.x_range, axes.y_range
    lines += [f"axes.set_xlim({_g(x0)}, {_g(x1)})", f"axes.set_ylim({_g(y0)}, {_g(y1)})"]
    lines += [f'axes.set_{axis}scale("log")' for axis, log in (("x", axes.x_log), ("y", axes.y_log)) if log]
    for axis, ticks in (("x", axes.x_ticks), ("y", axes.y_ticks)):
        lines.append(f"axes.set_{axis}ticks({_list(ticks.at)})")
    if axes.lines in ("middle", "left"):
        lines.append('axes.spines[["top", "right"]].set_visible(False)')
    if axes.lines == "middle":
        if x0 <= 0 <= x1:
            lines.append('axes.spines["left"].set_position("zero")')
        if y0 <= 0 <= y1:
            lines.append('axes.spines["bottom"].set_position("zero")')
    if axes.lines == "none":
        lines.append("axes.set_axis_off()")
    if axes.grid:
        lines.append("axes.grid(True)")
    for name, label in (("set_xlabel", axes.x_label), ("set_ylabel", axes.y_label), ("set_title", axes.title)):
        if label:
            lines.append(f"axes.{name}({_text(label)})")
    if any(plot.legend for plot in axes.plots):
        lines.append("axes.legend()")
    return "\n".join([*lines, "plt.show()", ""])


def _function(plot: scene.Plot) -> str:
    """The NumPy source of what is plotted, where one function of one variable says it."""
    if plot.formula is None or plot.kind != "line":
        return ""
    try:
        source = python_writer.write(plot.formula, losses=[])
    except PanmathError:
        return ""
    head, _, body = source.partition(": ")
    variables = head.removeprefix("lambda").split(",")
    known = [point for point in plot.points if math.isfinite(point[1])]
    is_function = all(a[0] <= b[0] for a, b in pairwise(known))
    return source if len(variables) == 1 and variables[0].strip() and is_function and "==" not in body else ""


def _plot(plot: scene.Plot, function: str, axes: scene.Axes) -> list[str]:
    words = _look(plot.style)
    if plot.legend:
        words.append(f"label={_text(plot.legend)}")
    if function:
        name = function.removeprefix("lambda ").partition(":")[0]
        low, high = axes.x_range
        return [
            f"{name} = np.{'geomspace' if axes.x_log else 'linspace'}({_g(low)}, {_g(high)}, 1001)",
            "with np.errstate(all='ignore'):",
            f"    values = {function.partition(': ')[2].replace('numpy.', 'np.')} + 0 * {name}",
            "# Where the curve leaves the picture at a pole, the line is broken.",
            f"values = np.where(np.abs(values) < {_g(4 * max(map(abs, axes.y_range)))}, values, np.nan)",
            f"axes.plot({', '.join([name, 'values', *words])})",
        ]
    xs, ys = _numbers(plot.points, 0), _numbers(plot.points, 1)
    match plot.kind:
        case "line":
            marks = ["marker='o'"] if plot.marks else []
            return [f"axes.plot({', '.join([xs, ys, *words, *marks])})"]
        case "points":
            color = plot.style.fill or plot.style.stroke or "#000000"
            return [f"axes.plot({xs}, {ys}, 'o', markerfacecolor={color!r}, color={plot.style.stroke or color!r})"]
        case "bars":
            fill = plot.style.fill or plot.style.stroke
            return [f"axes.bar({xs}, {ys}, width={_g(plot.bar_width)}, color={fill!r})"]
        case "stems":
            return [f"axes.stem({xs}, {ys}, basefmt=' ')"]
        case "region":
            fill = plot.style.fill or plot.style.stroke
            return [f"axes.fill({xs}, {ys}, color={fill!r}, alpha={_g(plot.style.fill_opacity)}, linewidth=0)"]
    assert_never(plot.kind)


def _look(style: scene.Style) -> list[str]:
    words = [f"color={_color(style.stroke or style.fill)}", f"linewidth={_g(style.width * 72 / 72.27)}"]
    if style.dash:
        words.append("linestyle='--'" if style.dash[0] > 1.5 * style.width else "linestyle=':'")
    if style.stroke and style.stroke_opacity != 1:
        words.append(f"alpha={_g(style.stroke_opacity)}")
    return words


def _color(color: str) -> str:
    return repr(_STYLES.get(color, color))


def _numbers(points: Sequence[scene.Point], axis: int) -> str:
    return _list([point[axis] for point in points])


def _list(values: Sequence[float]) -> str:
    return "[" + ", ".join(_g(value) if math.isfinite(value) else "np.nan" for value in values) + "]"


def _text(lines: tuple[Node, ...]) -> str:
    return _quoted("\n".join(labels.write_line(line) for line in lines))


def _quoted(text: str) -> str:
    """A Python string; TeX is raw where it can be."""
    if "'" not in text and "\n" not in text and not text.endswith("\\"):
        return f"r'{text}'" if "\\" in text else f"'{text}'"
    return repr(text)


def _g(number: float) -> str:
    return f"{number:.6g}" if abs(number) > 1e-9 else "0"


# Shapes


def _drawing(figure: scene.Scene, losses: Losses) -> str:
    box = figure.box or scene.bounds(figure, labels.corners) or (0.0, 0.0, 1.0, 1.0)
    left, bottom, right, top = box[0] - _MARGIN, box[1] - _MARGIN, box[2] + _MARGIN, box[3] + _MARGIN
    body: list[str] = []
    patches: set[str] = set()
    for leaf in scene.leaves(figure.items):
        inner = scene.leaves(draw_axes(leaf)) if isinstance(leaf, scene.Axes) else [leaf]
        for item in inner:
            if isinstance(item, scene.Label):
                body.append(_label(item, losses))
            elif not isinstance(item, scene.Axes):
                body.append(_shape(item, patches))
    body = [line for line in body if line]
    imports = ["import matplotlib.pyplot as plt"]
    plain = sorted(patches - {"MplPath"})
    if plain:
        imports.append(f"from matplotlib.patches import {', '.join(plain)}")
    if "MplPath" in patches:
        imports.append("from matplotlib.path import Path")
    head = [
        "",
        "# Lengths are TeX points; the figure is as large as it says.",
        f"figure = plt.figure(figsize=({(right - left) / 72.27:.4g}, {(top - bottom) / 72.27:.4g}))",
        "axes = figure.add_axes([0, 0, 1, 1])",
        f"axes.set_xlim({_g(left)}, {_g(right)})",
        f"axes.set_ylim({_g(bottom)}, {_g(top)})",
        "axes.set_axis_off()",
    ]
    return "\n".join([*imports, *head, *body, "plt.show()", ""])


def _paint(style: scene.Style) -> str:
    words = [f"facecolor={_color(style.fill) if style.fill else repr('none')}"]
    words.append(f"edgecolor={_color(style.stroke) if style.stroke else repr('none')}")
    if style.stroke:
        words.append(f"linewidth={_g(style.width * 72 / 72.27)}")
        if style.dash:
            lengths = ", ".join(_g(length / max(style.width, 0.01)) for length in style.dash)
            words.append(f"linestyle=(0, ({lengths}))")
    opacity = style.fill_opacity if style.fill else style.stroke_opacity
    if opacity != 1:
        words.append(f"alpha={_g(opacity)}")
    return ", ".join(words)


def _shape(shape: scene.Shape, patches: set[str]) -> str:
    if not shape.style.stroke and not shape.style.fill:
        return ""
    paint = _paint(shape.style)
    match shape:
        case scene.Circle((x, y), radius):
            patches.add("Circle")
            return f"axes.add_patch(Circle(({_g(x)}, {_g(y)}), {_g(radius)}, {paint}))"
        case scene.Ellipse((x, y), (rx, ry), turn):
            patches.add("Ellipse")
            return f"axes.add_patch(Ellipse(({_g(x)}, {_g(y)}), {_g(2 * rx)}, {_g(2 * ry)}, angle={_g(turn)}, {paint}))"
        case scene.Rectangle((x, y), width, height, rounding):
            if not rounding:
                patches.add("Rectangle")
                return f"axes.add_patch(Rectangle(({_g(x)}, {_g(y)}), {_g(width)}, {_g(height)}, {paint}))"
            patches.add("FancyBboxPatch")
            box = f"boxstyle='round,pad=0,rounding_size={_g(rounding)}'"
            return f"axes.add_patch(FancyBboxPatch(({_g(x)}, {_g(y)}), {_g(width)}, {_g(height)}, {box}, {paint}))"
        case scene.Path(parts):
            return _path(shape, parts, paint, patches)
    assert_never(shape)


def _path(path: scene.Path, parts: Sequence[scene.Part], paint: str, patches: set[str]) -> str:
    points = [part.to for part in parts if isinstance(part, scene.Move | scene.Line)]
    straight = len(points) == len(parts) and sum(isinstance(part, scene.Move) for part in parts) == 1
    if straight and not path.start and not path.end and not path.style.fill:
        xs, ys = _numbers(points, 0), _numbers(points, 1)
        return f"axes.plot({', '.join([xs, ys, *_look(path.style)])})"
    closed = isinstance(parts[-1], scene.Close) and all(isinstance(part, scene.Line) for part in parts[1:-1])
    if closed and not path.start and not path.end:
        patches.add("Polygon")
        corners = ", ".join(f"({_g(x)}, {_g(y)})" for x, y in points)
        return f"axes.add_patch(Polygon([{corners}], {paint}))"
    patches.add("MplPath")
    vertices: list[str] = []
    codes: list[str] = []
    for part in parts:
        match part:
            case scene.Move(to):
                vertices.append(_point(to))
                codes.append("Path.MOVETO")
            case scene.Line(to):
                vertices.append(_point(to))
                codes.append("Path.LINETO")
            case scene.Curve(first, second, to):
                vertices += [_point(first), _point(second), _point(to)]
                codes += ["Path.CURVE4"] * 3
            case scene.Close():
                vertices.append("(0, 0)")
                codes.append("Path.CLOSEPOLY")
            case _:
                assert_never(part)
    outline = f"Path([{', '.join(vertices)}], [{', '.join(codes)}])"
    if path.start or path.end:
        patches.add("FancyArrowPatch")
        style = "<|-|>" if path.start and path.end else "<|-" if path.start else "-|>"
        color = _color(path.style.stroke)
        width = _g(path.style.width * 72 / 72.27)
        dashes = ", linestyle='--'" if path.style.dash else ""
        return (
            f"axes.add_patch(FancyArrowPatch(path={outline}, arrowstyle='{style}', mutation_scale=6, color={color}, "
            f"fill=False, linewidth={width}{dashes}))"
        )
    patches.add("PathPatch")
    return f"axes.add_patch(PathPatch({outline}, {paint}))"


def _point(point: scene.Point) -> str:
    return f"({_g(point[0])}, {_g(point[1])})"


def _label(label: scene.Label, losses: Losses) -> str:
    across = {"west": "left", "east": "right"}.get(label.anchor.split()[-1], "center")
    up = {"north": "top", "south": "bottom", "base": "baseline"}.get(label.anchor.split()[0], "center")
    if label.matrix != scene.IDENTITY:
        losses.append(Loss("label", "its slant or stretch is left out"))
    words = [f"ha='{across}'", f"va='{up}'", f"fontsize={_g(label.size * 72 / 72.27)}"]
    if label.color != "#000000":
        words.append(f"color={_color(label.color)}")
    if label.turn % 360:
        words.append(f"rotation={_g(label.turn % 360)}, rotation_mode='anchor'")
    x, y = label.at
    return f"axes.text({_g(x)}, {_g(y)}, {_text(label.lines)}, {', '.join(words)})"
