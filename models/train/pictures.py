"""Figures as pictures: drawn by us or by matplotlib, and as scanners and bad cameras give them."""

from __future__ import annotations

import io
import math
from random import Random
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from panmath.convert.nodes import Node
from panmath.convert.writers import tex as tex_writer
from panmath.renderers.charts import draw_axes
from panmath.renderers.drawing import draw
from panmath.renderers.raster import raster
from panmath.renderers.scene import Axes, Close, Curve, Label, Line, Move, Path, Scene, Shape, leaves, outline
from panmath.renderers.tips import dressed
from PIL import Image, ImageFilter

Values = npt.NDArray[Any]
RENDERERS: Final = ("resvg", "matplotlib")


def drawn(scene: Scene, dpi: float, renderer: str = "resvg") -> bytes:
    """A scene as PNG on white paper."""
    if renderer == "resvg":
        return raster(draw(scene, losses=[]), dpi=dpi, background="white")
    return _by_matplotlib(scene, dpi)


def _by_matplotlib(scene: Scene, dpi: float) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(
        {
            "mathtext.fontset": "cm",
            "font.family": "serif",
            "font.serif": ["cmr10"],
            "axes.unicode_minus": False,
            "axes.formatter.use_mathtext": True,
        }
    ):
        figure = Figure(figsize=(4, 3), dpi=dpi)
        FigureCanvasAgg(figure)
        items = list(leaves(scene.items))
        charts = [item for item in items if isinstance(item, Axes) and item.height > 0]
        canvas = _chart(figure, charts[0]) if len(charts) == 1 else _sheet(figure)
        for item in items:
            if isinstance(item, Axes) and item in charts and len(charts) == 1:
                continue
            for part in leaves(draw_axes(item)) if isinstance(item, Axes) else [item]:
                if isinstance(part, Label):
                    at = _in_chart(charts[0], part) if len(charts) == 1 else part.at
                    _text(canvas, part, at)
                elif not isinstance(part, Axes):
                    for shape in dressed(part) if isinstance(part, Path) else [part]:
                        _shape(canvas, shape)
        if len(charts) != 1:
            canvas.autoscale_view()
            _at_size(figure, canvas)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", pad_inches=0.06, facecolor="white")
    return buffer.getvalue()


def _sheet(figure: Any) -> Any:
    canvas = figure.add_axes((0, 0, 1, 1))
    canvas.set_aspect("equal")
    canvas.set_axis_off()
    canvas.margins(0.05)
    return canvas


def _at_size(figure: Any, canvas: Any) -> None:
    """One point of the scene is one point of the picture."""
    (x0, x1), (y0, y1) = canvas.get_xlim(), canvas.get_ylim()
    figure.set_size_inches(max((x1 - x0) / 72.27, 0.3), max((y1 - y0) / 72.27, 0.3))


def _in_chart(axes: Axes, label: Label) -> tuple[float, float]:
    (x0, x1), (y0, y1) = axes.x_range, axes.y_range
    x, y = label.at
    return x0 + (x - axes.corner[0]) / axes.width * (x1 - x0), y0 + (y - axes.corner[1]) / axes.height * (y1 - y0)


def _chart(figure: Any, axes: Axes) -> Any:
    figure.set_size_inches((axes.width + 40) / 72.27, (axes.height + 40) / 72.27)
    canvas = figure.add_axes((0.12, 0.14, axes.width / (axes.width + 40), axes.height / (axes.height + 40)))
    for plot in axes.plots:
        xs, ys = zip(*plot.points, strict=True)
        if plot.kind == "bars":
            canvas.bar(
                xs, ys, width=plot.bar_width, color=plot.style.fill, edgecolor=plot.style.stroke or plot.style.fill
            )
        else:
            canvas.plot(
                xs, ys, color=plot.style.stroke, linewidth=plot.style.width, linestyle="--" if plot.style.dash else "-"
            )
    canvas.set_xlim(*axes.x_range)
    canvas.set_ylim(*axes.y_range)
    for ticks, put in ((axes.x_ticks, canvas.set_xticks), (axes.y_ticks, canvas.set_yticks)):
        put(ticks.at, labels=[f"${_tex(node)}$" for node in ticks.labels] or [""] * len(ticks.at))
    if axes.lines in ("left", "middle"):
        canvas.spines[["top", "right"]].set_visible(False)
    if axes.lines == "middle":
        for side, (low, high) in (("left", axes.x_range), ("bottom", axes.y_range)):
            if low < 0 < high:
                canvas.spines[side].set_position("zero")
    canvas.grid(axes.grid)
    for put, name in ((canvas.set_xlabel, axes.x_label), (canvas.set_ylabel, axes.y_label)):
        if name:
            put(f"${_tex(name[0])}$")
    return canvas


def _tex(node: Node) -> str:
    return tex_writer.write(node, losses=[])


def _text(canvas: Any, label: Label, at: tuple[float, float]) -> None:
    across = "left" if "west" in label.anchor else "right" if "east" in label.anchor else "center"
    up = "top" if "north" in label.anchor else "bottom" if "south" in label.anchor else "center"
    canvas.text(
        *at, f"${_tex(label.lines[0])}$", ha=across, va=up, fontsize=label.size, color=label.color, rotation=label.turn
    )


def _shape(canvas: Any, shape: Shape) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    places: list[tuple[float, float]] = []
    codes: list[int] = []
    for part in outline(shape):
        match part:
            case Move(to):
                places.append(to)
                codes.append(int(Outline.MOVETO))
            case Line(to):
                places.append(to)
                codes.append(int(Outline.LINETO))
            case Curve(first, second, to):
                places += [first, second, to]
                codes += [int(Outline.CURVE4)] * 3
            case Close():
                places.append(places[0])
                codes.append(int(Outline.CLOSEPOLY))
    style = shape.style
    width = max(style.width, 0.05) if style.stroke else 0.0
    dashes = (0.0, [length / max(width, 0.1) for length in style.dash]) if style.dash else "-"
    canvas.add_patch(PathPatch(
        Outline(places, codes), facecolor=style.fill or "none", edgecolor=style.stroke or "none", linewidth=width,
        linestyle=dashes, zorder=3,
    ))  # fmt: skip
    canvas.update_datalim(places)


# Scans


def scanned(picture: bytes, random: Random) -> bytes:
    """A picture after paper, scanner and JPEG: turned by a degree at most, blurred, noisy, unevenly lit."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    if random.random() < 0.6:
        turn = random.uniform(-1.0, 1.0)
        image = image.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    if random.random() < 0.6:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 0.9)))
    values = np.asarray(image, np.float32)
    noise = np.random.default_rng(random.getrandbits(32))
    if random.random() < 0.5:
        ramp = np.linspace(0, random.uniform(0, 30), values.shape[1], dtype=np.float32)
        values = values - ramp[None, :, None]
    if random.random() < 0.5:
        values = values * random.uniform(0.82, 1.0) + random.uniform(0, 20)
    if random.random() < 0.6:
        values = values + noise.normal(0, random.uniform(1, 8), values.shape[:2])[..., None].astype(np.float32)
    image = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    if random.random() < 0.7:
        image.save(buffer, "JPEG", quality=random.randint(45, 92))
    else:
        image.save(buffer, "PNG")
    return buffer.getvalue()


def with_dpi(picture: bytes, dpi: float) -> bytes:
    """The picture as PNG that tells its resolution, as scanners and programs write it."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()


# What is no figure


def photograph(random: Random) -> bytes:
    """Something like a photograph: light and shade, blurred things before each other, spots in the dark, the grain and
    the patterns of surfaces.
    """
    noise = np.random.default_rng(random.getrandbits(32))
    height, width = random.randint(100, 260), random.randint(100, 300)
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    light = noise.uniform(-120, 120, 3) * down[..., None] + noise.uniform(-120, 120, 3) * across[..., None]
    values = noise.uniform(0, 255, 3) + light * random.choice((0.1, 0.5, 1.0)) + _clouds(random, noise, height, width)
    if random.random() < 0.25:
        values += _pattern(noise, down, across)[..., None] * noise.uniform(8, 70) * noise.uniform(0.6, 1, 3)
    for _ in range(random.choice((0, random.randint(0, 14), random.randint(20, 60)))):
        values = _with_thing(values, noise, down, across)
    values += noise.normal(0, noise.uniform(0, 9), (*values.shape[:2], random.choice((1, 3))))
    image = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(noise.uniform(0, 1.6)))
    if random.random() < 0.35:
        image = image.convert("L").convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=random.randint(40, 95))
    return buffer.getvalue()


def _clouds(random: Random, noise: np.random.Generator, height: int, width: int) -> Values:
    """Light and shade at every scale, finer ones less or more."""
    found = np.zeros((height, width, 3), np.float32)
    fine = random.choice((0.45, 0.6, 0.72, 0.9, 1.1))
    for octave in range(random.randint(1, 8)):
        size = (max(2, height >> (7 - octave)), max(2, width >> (7 - octave)))
        cloud = Image.fromarray(noise.normal(0, 1, size).astype(np.float32))
        large = np.asarray(cloud.resize((width, height), Image.Resampling.BICUBIC))
        found += large[..., None] * noise.uniform(4, 60) * fine**octave * noise.uniform(0.5, 1, 3)
    return found


def _pattern(noise: np.random.Generator, down: Values, across: Values) -> Values:
    """Bricks, cloth or water, from -1 to 1."""
    turn, many = noise.uniform(0, math.pi), noise.uniform(6, 60)
    x, y = across * math.cos(turn) + down * math.sin(turn), down * math.cos(turn) - across * math.sin(turn)
    shift = noise.uniform(0, 0.3) * np.sin(2 * math.pi * noise.uniform(1, 6) * y)
    waves = np.sin(2 * math.pi * (many * x + shift)) * np.sin(math.pi * many * noise.uniform(0, 1.5) * y + 1.2)
    return np.asarray(np.clip(waves * noise.uniform(1, 6), -1, 1))


def _with_thing(values: Values, noise: np.random.Generator, down: Values, across: Values) -> Values:
    """A round or square thing with soft edges and shading before the rest."""
    size = noise.choice((0.02, 0.1, 0.4))
    cx, cy, rx, ry = (
        noise.uniform(0, 1),
        noise.uniform(0, 1),
        noise.uniform(0.2, 1) * size,
        noise.uniform(0.2, 1) * size,
    )
    turn = noise.uniform(0, math.pi)
    x, y = across - cx, down - cy
    u, v = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    round_one = noise.random() < 0.6
    away = (u / rx) ** 2 + (v / ry) ** 2 if round_one else np.maximum(np.abs(u / rx), np.abs(v / ry)) ** 2
    soft = 1 / (1 + np.exp(np.clip((away - 1) * noise.uniform(1, 60), -50, 50)))
    shade = noise.uniform(0, 255, 3) + np.clip(noise.uniform(-60, 60) * u[..., None] / rx, -120, 120)
    return np.asarray(values * (1 - soft[..., None]) + shade * soft[..., None])
