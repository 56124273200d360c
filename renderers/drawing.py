"""Scene → SVG: shapes stay shapes, groups stay groups and say what they are, labels carry their LaTeX."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Final, assert_never
from xml.sax.saxutils import escape, quoteattr

from ..convert.errors import Losses, UnsupportedError
from . import labels, scene
from .charted import kept
from .charts import draw_axes
from .tips import dressed

PX: Final = 96 / 72.27
"""CSS pixels in a TeX point."""
MAX_SIDE: Final = 30_000.0


def draw(figure: scene.Scene, *, losses: Losses, margin: float = 2.0, background: str | None = None) -> str:
    """The figure as SVG, in TeX points with y down; `margin` is the white around it, in points."""
    box = figure.box or scene.bounds(_shown(figure), labels.corners) or (0.0, 0.0, 1.0, 1.0)
    left, bottom, right, top = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
    width, height = max(right - left, 0.1), max(top - bottom, 0.1)
    if not (math.isfinite(width) and math.isfinite(height) and max(width, height) <= MAX_SIDE):
        raise UnsupportedError(f"the figure measures {width:.0f} × {height:.0f} pt, more than {MAX_SIDE:.0f} a side")
    writer = _Writer()
    body = writer.items(figure.items, "")
    ground = background if background not in (None, "transparent") else figure.background
    fill = f'<rect x="{_n(left)}" y="{_n(-top)}" width="{_n(width)}" height="{_n(height)}" fill="{ground}"/>\n'
    defs = "".join(writer.defs)
    origin = f" data-origin={quoteattr(figure.origin)}" if figure.origin else ""
    symbols = "".join(writer.symbols.values())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{_n(width * PX)}" height="{_n(height * PX)}" '
        f'viewBox="{_n(left)} {_n(-top)} {_n(width)} {_n(height)}"{origin}>\n'
        + (f"<defs>{defs}{symbols}</defs>\n" if defs or symbols else "")
        + (fill if ground else "")
        + body
        + "</svg>"
    )


def _shown(figure: scene.Scene) -> scene.Scene:
    """The scene with the words and ticks of its axes, which take up room; their curves are clipped and do not."""
    items: list[scene.Item] = []
    for item in figure.items:
        items.append(item)
        if isinstance(item, scene.Axes) and not item.drawn:
            items += [part for part in draw_axes(item) if item.height <= 0 or not isinstance(part, scene.Group)]
    return scene.Scene(tuple(items))


class _Writer:
    def __init__(self) -> None:
        self.symbols: dict[str, str] = {}
        self.defs: list[str] = []

    def items(self, items: Sequence[scene.Item], indent: str) -> str:
        return "".join(self.item(item, indent) for item in items)

    def item(self, item: scene.Item, indent: str) -> str:
        match item:
            case scene.Label():
                return self.label(item, indent)
            case scene.Group():
                return self.group(item, indent)
            case scene.Axes():
                inner = scene.Group(item.drawn or draw_axes(item), "axes", kept(item))
                return self.group(inner, indent)
            case scene.Path() if item.start or item.end:
                inner_items = dressed(item)
                tips = f"{_tip(item, 'start')}{_tip(item, 'end')}"
                body = "".join(f"{indent}  {_shape(part)}\n" for part in inner_items)
                return f'{indent}<g class="arrow"{tips}>\n{body}{indent}</g>\n'
            case scene.Path() | scene.Circle() | scene.Ellipse() | scene.Rectangle():
                return f"{indent}{_shape(item)}\n"
        assert_never(item)

    def group(self, group: scene.Group, indent: str) -> str:
        attributes = ""
        if group.role:
            attributes += f" class={quoteattr(group.role)}"
        if group.name:
            attributes += f" data-name={quoteattr(group.name)}"
        if group.transform != scene.IDENTITY:
            attributes += f' transform="{_matrix(group.transform)}"'
        if group.opacity != 1:
            attributes += f' opacity="{_n(group.opacity)}"'
        body = self.items(group.items, indent + "  ")
        if group.clip is not None:
            name = f"clip{len(self.defs) + 1}"
            self.defs.append(f'<clipPath id="{name}"><path d="{path_data(scene.outline(group.clip))}"/></clipPath>')
            attributes += f' clip-path="url(#{name})"'
        return f"{indent}<g{attributes}>\n{body}{indent}</g>\n" if body else ""

    def label(self, label: scene.Label, indent: str) -> str:
        found = labels.set_label(label)
        x, y = labels.origin(label, found)
        factor = label.size / 10
        text = r" \\ ".join(labels.write_line(line) for line in label.lines)
        body = ""
        for line, dx, dy in found.lines:
            self.symbols.update(line.symbols)
            svg = line.svg.replace("#000000", label.color)
            top = -(y + dy) - line.height * factor
            body += f'<g transform="matrix({_n(factor)} 0 0 {_n(factor)} {_n(x + dx)} {_n(top)})">{svg}</g>'
        a, b, c, d, e, f = labels.placement(label)
        opacity = f' opacity="{_n(label.opacity)}"' if label.opacity != 1 else ""
        look = f'data-size="{_n(label.size)}" data-anchor="{label.anchor}" fill="{label.color}"'
        return (
            f'{indent}<g class="label" data-tex={quoteattr(text)} {look}{opacity} '
            f'transform="{_numbers(a, -b, -c, d, e, -f)}"><title>{escape(text)}</title>{body}</g>\n'
        )


def _tip(path: scene.Path, side: str) -> str:
    tip = path.start if side == "start" else path.end
    return f" data-{side}={quoteattr(tip.kind + (' reversed' if tip.reversed else ''))}" if tip else ""


def _shape(shape: scene.Shape) -> str:
    paint = _paint(shape.style)
    match shape:
        case scene.Circle((x, y), radius):
            return f'<circle cx="{_n(x)}" cy="{_n(-y)}" r="{_n(radius)}"{paint}/>'
        case scene.Ellipse((x, y), (rx, ry), turn):
            about = f' transform="rotate({_n(-turn)} {_n(x)} {_n(-y)})"' if turn else ""
            return f'<ellipse cx="{_n(x)}" cy="{_n(-y)}" rx="{_n(rx)}" ry="{_n(ry)}"{about}{paint}/>'
        case scene.Rectangle((x, y), width, height, rounding):
            corners = f' rx="{_n(rounding)}"' if rounding else ""
            size = f'width="{_n(width)}" height="{_n(height)}"'
            return f'<rect x="{_n(x)}" y="{_n(-y - height)}" {size}{corners}{paint}/>'
        case scene.Path(parts):
            return _path(parts, paint)
    assert_never(shape)


def _path(parts: Sequence[scene.Part], paint: str) -> str:
    lines = [part for part in parts if isinstance(part, scene.Line)]
    if len(parts) == 2 and lines and isinstance(parts[0], scene.Move):
        (x1, y1), (x2, y2) = parts[0].to, lines[0].to
        return f'<line x1="{_n(x1)}" y1="{_n(-y1)}" x2="{_n(x2)}" y2="{_n(-y2)}"{paint}/>'
    closed = isinstance(parts[-1], scene.Close)
    inner = parts[1:-1] if closed else parts[1:]
    if len(inner) > 1 and all(isinstance(part, scene.Line) for part in inner) and isinstance(parts[0], scene.Move):
        points = " ".join(
            f"{_n(part.to[0])},{_n(-part.to[1])}"
            for part in (parts[0], *inner)
            if isinstance(part, scene.Move | scene.Line)
        )
        return f'<{"polygon" if closed else "polyline"} points="{points}"{paint}/>'
    return f'<path d="{path_data(parts)}"{paint}/>'


def path_data(parts: Sequence[scene.Part]) -> str:
    """SVG's path data, y down."""
    words = []
    for part in parts:
        match part:
            case scene.Move(to):
                words.append(f"M{_n(to[0])} {_n(-to[1])}")
            case scene.Line(to):
                words.append(f"L{_n(to[0])} {_n(-to[1])}")
            case scene.Curve(first, second, to):
                numbers = " ".join(_n(number) for x, y in (first, second, to) for number in (x, -y))
                words.append(f"C{numbers}")
            case scene.Close():
                words.append("Z")
            case _:
                assert_never(part)
    return "".join(words)


@cache
def _paint(style: scene.Style) -> str:
    words = [f' fill="{style.fill or "none"}"']
    if style.fill and style.fill_opacity != 1:
        words.append(f' fill-opacity="{_n(style.fill_opacity)}"')
    if style.fill and style.even_odd:
        words.append(' fill-rule="evenodd"')
    if style.stroke:
        words.append(f' stroke="{style.stroke}" stroke-width="{_n(style.width)}" stroke-miterlimit="10"')
        if style.dash:
            words.append(f' stroke-dasharray="{" ".join(_n(length) for length in style.dash)}"')
        if style.cap != "butt":
            words.append(f' stroke-linecap="{style.cap}"')
        if style.join != "miter":
            words.append(f' stroke-linejoin="{style.join}"')
        if style.stroke_opacity != 1:
            words.append(f' stroke-opacity="{_n(style.stroke_opacity)}"')
    return "".join(words)


def _matrix(matrix: scene.Matrix) -> str:
    a, b, c, d, e, f = matrix
    return _numbers(a, -b, -c, d, e, -f)


def _numbers(*numbers: float) -> str:
    return f"matrix({' '.join(f'{number:.6g}' if abs(number) > 1e-9 else '0' for number in numbers)})"


def _n(number: float) -> str:
    """A number to a hundredth of a point at least, as short as it goes."""
    text = f"{number:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
