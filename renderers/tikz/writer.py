"""Scene → TikZ: small, readable, and read back by `reader` as the same figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, assert_never

from ...convert.errors import Loss, Losses
from ...convert.writers import tex as tex_writer
from .. import labels, scene
from .colors import XCOLOR
from .options import CM, WIDTHS

_NAMES: Final[dict[str, str]] = {color: name for name, color in reversed(list(XCOLOR.items()))}
_WIDTHS: Final = {width: name for name, width in WIDTHS.items()}
_DASHES: Final[dict[tuple[float, ...], str]] = {(3, 3): "dashed", (3, 2): "densely dashed", (3, 6): "loosely dashed"}
_META: Final = frozenset(("Stealth", "Latex", "Triangle", "Bar", "Circle", "Straight Barb", "To"))


def write(figure: scene.Scene, *, losses: Losses, standalone: bool = False) -> str:
    """The figure as a ``tikzpicture``; with `standalone` as a whole document."""
    writer = _Writer(losses)
    body = writer.items(figure.items, "  ", scene.IDENTITY)
    colors = [f"  \\definecolor{{{name}}}{{HTML}}{{{color[1:].upper()}}}" for color, name in writer.colors.items()]
    lines = ["\\begin{tikzpicture}", *colors]
    if figure.background:
        losses.append(Loss("background", "a tikzpicture has none"))
    picture = "\n".join([*lines, *body, "\\end{tikzpicture}"])
    if not standalone:
        return picture
    packages = ["\\usepackage{pgfplots}\n\\pgfplotsset{compat=1.18}"] if writer.plots else []
    libraries = ["\\usetikzlibrary{arrows.meta}"] if writer.meta else []
    head = ["\\documentclass[tikz,border=2pt]{standalone}", "\\usepackage{amsmath,amssymb}", *packages, *libraries]
    return "\n".join([*head, "\\begin{document}", picture, "\\end{document}"])


class _Writer:
    def __init__(self, losses: Losses) -> None:
        self.losses = losses
        self.colors: dict[str, str] = {}
        self.plots = self.meta = False

    def items(self, items: Sequence[scene.Item], indent: str, matrix: scene.Matrix) -> list[str]:
        lines: list[str] = []
        for item in items:
            match item:
                case scene.Group():
                    lines += self.group(item, indent, matrix)
                case scene.Label():
                    lines += self.label(scene.moved_label(item, matrix), indent)
                case scene.Axes():
                    lines += self.axes(item, indent)
                case scene.Path() | scene.Circle() | scene.Ellipse() | scene.Rectangle():
                    lines += self.shape(scene.transformed(item, matrix), indent)
                case _:
                    assert_never(item)
        return lines

    def group(self, group: scene.Group, indent: str, matrix: scene.Matrix) -> list[str]:
        inner = scene.multiply(group.transform, matrix)
        options = [] if group.opacity == 1 else [f"opacity={_n(group.opacity)}"]
        if group.clip is None and not options:
            return self.items(group.items, indent, inner)
        body = self.items(group.items, indent + "  ", inner)
        if group.clip is not None:
            body.insert(0, f"{indent}  \\clip {_outline(scene.transformed(group.clip, inner))};")
        head = f"[{', '.join(options)}]" if options else ""
        return [f"{indent}\\begin{{scope}}{head}", *body, f"{indent}\\end{{scope}}"]

    def color(self, color: str) -> str:
        if color in _NAMES:
            return _NAMES[color]
        channels = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
        if len(set(channels)) == 1:
            share = round(100 * (1 - channels[0] / 255))
            if abs(255 * (1 - share / 100) - channels[0]) < 0.51:
                return f"black!{share}"
        return self.colors.setdefault(color, f"c{len(self.colors) + 1}")

    def options(self, style: scene.Style, start: scene.Tip | None = None, end: scene.Tip | None = None) -> list[str]:
        found: list[str] = []
        if start or end:
            found.append(f"{self.tip(start, '<')}-{self.tip(end, '>')}")
        if style.stroke and style.fill and style.stroke != "#000000":
            found.append(f"draw={self.color(style.stroke)}")
        elif style.stroke and style.stroke != "#000000":
            found.append(self.color(style.stroke))
        if style.fill and not (not style.stroke and style.fill == "#000000"):
            found.append(f"fill={self.color(style.fill)}" if style.stroke else self.color(style.fill))
        if style.stroke:
            width = round(style.width, 3)
            if width != 0.4:
                found.append(_WIDTHS.get(width) or f"line width={_n(width)}pt")
            if style.dash:
                found.append(self.dash(style))
            if style.cap != "butt":
                found.append(f"line cap={'rect' if style.cap == 'square' else style.cap}")
            if style.join != "miter":
                found.append(f"line join={style.join}")
        if style.stroke and style.fill and style.stroke_opacity == style.fill_opacity != 1:
            found.append(f"opacity={_n(style.fill_opacity)}")
        else:
            if style.stroke and style.stroke_opacity != 1:
                found.append(f"draw opacity={_n(style.stroke_opacity)}")
            if style.fill and style.fill_opacity != 1:
                found.append(f"fill opacity={_n(style.fill_opacity)}")
        if style.fill and style.even_odd:
            found.append("even odd rule")
        return found

    def dash(self, style: scene.Style) -> str:
        rounded: tuple[float, ...] = tuple(round(length, 2) for length in style.dash)
        if rounded in _DASHES:
            return _DASHES[rounded]
        if len(rounded) == 2 and abs(rounded[0] - style.width) < 0.02 and rounded[1] in (1, 2, 4):
            return {1: "densely dotted", 2: "dotted", 4: "loosely dotted"}[int(rounded[1])]
        if len(rounded) % 2:
            rounded += rounded
        words = (f"{'off' if index % 2 else 'on'} {_n(length)}pt" for index, length in enumerate(rounded))
        return f"dash pattern={' '.join(words)}"

    def tip(self, tip: scene.Tip | None, along: str) -> str:
        if tip is None:
            return ""
        options = []
        if tip.scale != 1:
            options.append(f"scale={_n(tip.scale)}")
        if tip.reversed and tip.kind != "to":
            options.append("reversed")
        if tip.kind == "to" and not options:
            mark = {"<": ">", ">": "<"}[along] if tip.reversed else along
            return mark * tip.count
        self.meta |= tip.kind in _META or bool(options)
        name = {"to": "To"}.get(tip.kind, tip.kind)
        return f"{{{name}[{', '.join(options)}]}}" if options else name if " " not in name else f"{{{name}}}"

    def shape(self, shape: scene.Shape, indent: str) -> list[str]:
        style = shape.style
        if not style.stroke and not style.fill:
            return []
        command = "\\filldraw" if style.stroke and style.fill else "\\draw" if style.stroke else "\\fill"
        start, end = (shape.start, shape.end) if isinstance(shape, scene.Path) else (None, None)
        options = self.options(style, start, end)
        if isinstance(shape, scene.Rectangle) and shape.rounding:
            options.append(f"rounded corners={_n(shape.rounding)}pt")
        head = f"[{', '.join(options)}]" if options else ""
        return [f"{indent}{command}{head} {_outline(shape)};"]

    def label(self, label: scene.Label, indent: str) -> list[str]:
        options = ["inner sep=0pt"]
        if label.anchor != "center":
            options.append(f"anchor={label.anchor}")
        if label.color != "#000000":
            options.append(f"text={self.color(label.color)}")
        if label.turn % 360:
            options.append(f"rotate={_n(label.turn)}")
        if abs(label.size - 10) > 0.005:
            options.append(f"scale={_n(label.size / 10)}")
        if label.opacity != 1:
            options.append(f"text opacity={_n(label.opacity)}")
        if label.matrix != scene.IDENTITY:
            self.losses.append(Loss("label", "its slant or stretch is left out"))
        if len(label.lines) > 1:
            options.append(f"align={label.align}")
        text = " \\\\ ".join(labels.write_line(line) for line in label.lines)
        if label.display:
            text = text.replace("$", "$\\displaystyle ", 1)
        return [f"{indent}\\node[{', '.join(options)}] at {_at(label.at)} {{{text}}};"]

    # Axes

    def axes(self, axes: scene.Axes, indent: str) -> list[str]:
        self.plots = True
        (x0, x1), (y0, y1) = axes.x_range, axes.y_range
        options = [
            f"at={{({_n(axes.corner[0])}pt,{_n(axes.corner[1])}pt)}}", "scale only axis",
            f"width={_n(axes.width)}pt", f"height={_n(max(axes.height, 1))}pt",
            f"xmin={_g(x0)}", f"xmax={_g(x1)}", f"ymin={_g(y0)}", f"ymax={_g(y1)}",
        ]  # fmt: skip
        options += [f"{axis}mode=log" for axis, log in (("x", axes.x_log), ("y", axes.y_log)) if log]
        if axes.lines != "box":
            options.append(f"axis lines={axes.lines}")
        options += self.ticks("x", axes.x_ticks.at, axes.x_ticks.labels)
        options += self.ticks("y", axes.y_ticks.at, axes.y_ticks.labels)
        for key, label in (("xlabel", axes.x_label), ("ylabel", axes.y_label), ("title", axes.title)):
            if label:
                options.append(f"{key}={{{' '.join(labels.write_line(line) for line in label)}}}")
        if axes.grid:
            options.append("grid=major")
        if axes.legend_at != "north east":
            options.append(f"legend pos={axes.legend_at}")
        lines = [f"{indent}\\begin{{axis}}[", *(f"{indent}  {option}," for option in options), f"{indent}]"]
        for plot in axes.plots:
            lines += self.plot(plot, indent + "  ")
        return [*lines, f"{indent}\\end{{axis}}"]

    def ticks(self, axis: str, at: tuple[float, ...], words: tuple[object, ...]) -> list[str]:
        if not at:
            return [f"{axis}tick=\\empty"]
        found = [f"{axis}tick={{{','.join(_g(value) for value in at)}}}"]
        if words:
            texts = (labels.write_line(word) for word in words)  # type: ignore[arg-type]
            found.append(f"{axis}ticklabels={{{','.join(f'{{{text}}}' for text in texts)}}}")
        return found

    def plot(self, plot: scene.Plot, indent: str) -> list[str]:
        options = self.options(plot.style)
        if plot.style.stroke == "#000000":
            options.insert(0, "black")
        match plot.kind:
            case "bars":
                options.append(f"ybar, bar width={_g(plot.bar_width)}")
            case "stems":
                options.append("ycomb")
            case "points":
                options.append("only marks")
            case "region":
                options.append("draw=none" if not plot.style.stroke else "")
            case "line":
                pass
        if plot.marks and plot.kind != "points":
            options.append("mark=*")
        if plot.smooth:
            options.append("smooth")
        head = f"[{', '.join(filter(None, options))}]"
        found: list[str] = []
        if plot.formula is not None:
            found.append(f"{indent}% {' '.join(tex_writer.write(plot.formula, losses=[]).split())}")
        runs = _runs(plot.points)
        for number, run in enumerate(runs):
            extra = head if number == 0 or not plot.legend else head[:-1] + ", forget plot]"
            points = " ".join(f"({_g(x)},{_g(y)})" for x, y in run)
            found.append(f"{indent}\\addplot{extra} coordinates {{{points}}};")
            if number == 0 and plot.legend:
                found.append(f"{indent}\\addlegendentry{{{' '.join(labels.write_line(line) for line in plot.legend)}}}")
        return found


def _runs(points: Sequence[scene.Point]) -> list[list[scene.Point]]:
    runs: list[list[scene.Point]] = [[]]
    for point in points:
        if math.isfinite(point[0]) and math.isfinite(point[1]):
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _outline(shape: scene.Shape) -> str:
    match shape:
        case scene.Circle(center, radius):
            return f"{_at(center)} circle [radius={_cm(radius)}]"
        case scene.Ellipse(center, (rx, ry), turn):
            about = f", rotate={_n(turn)}" if turn else ""
            return f"{_at(center)} ellipse [x radius={_cm(rx)}, y radius={_cm(ry)}{about}]" if not turn else _path(
                scene.outline(shape)
            )  # fmt: skip
        case scene.Rectangle((x, y), width, height):
            return f"{_at((x, y))} rectangle {_at((x + width, y + height))}"
        case scene.Path(parts):
            return _path(parts)
    assert_never(shape)


def _path(parts: Sequence[scene.Part]) -> str:
    words: list[str] = []
    for part in parts:
        match part:
            case scene.Move(to):
                words.append(_at(to))
            case scene.Line(to):
                words.append(f"-- {_at(to)}")
            case scene.Curve(first, second, to):
                words.append(f".. controls {_at(first)} and {_at(second)} .. {_at(to)}")
            case scene.Close():
                words.append("-- cycle")
            case _:
                assert_never(part)
    return " ".join(words)


def _at(point: scene.Point) -> str:
    return f"({_cm(point[0])},{_cm(point[1])})"


def _cm(points: float) -> str:
    """Centimetres, TikZ's own unit, to a hundredth of a point."""
    return _n(points / CM, 4)


def _n(number: float, digits: int = 3) -> str:
    text = f"{number:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _g(number: float) -> str:
    return f"{number:.6g}" if abs(number) > 1e-9 else "0"
