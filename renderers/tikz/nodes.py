"""Nodes: their shapes, how large these are around a text, and where their anchors and borders lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..scene import (
    IDENTITY,
    Circle,
    Ellipse,
    Matrix,
    Path,
    Point,
    Rectangle,
    Shape,
    Style,
    apply,
    invert,
    multiply,
    polygon,
    transformed,
)

DIRECTIONS: Final[Mapping[str, Point]] = {
    "center": (0, 0), "north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0), "north east": (1, 1),
    "north west": (-1, 1), "south east": (1, -1), "south west": (-1, -1),
}  # fmt: skip
OPPOSITE: Final[Mapping[str, str]] = {
    "center": "center", "north": "south", "south": "north", "east": "west", "west": "east",
    "north east": "south west", "north west": "south east", "south east": "north west", "south west": "north east",
}  # fmt: skip
SHAPES: Final = frozenset(
    ("rectangle", "circle", "ellipse", "diamond", "regular polygon", "coordinate", "cross out", "star",
     "rounded rectangle",
     "isosceles triangle", "trapezium")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodeBox:
    """A node that stands in the figure. Half sizes are of its border with what keeps lines away (outer sep).

    `base` is the height of the text's baseline over the middle, `text` half the text's width. `matrix` leads from the
    node's own plane, with the middle at the origin, into the figure.
    """

    shape: str
    half_width: float
    half_height: float
    outer: float
    base: float = 0.0
    text: float = 0.0
    matrix: Matrix = IDENTITY
    sides: int = 5
    turn: float = 0.0

    @property
    def center(self) -> Point:
        return (self.matrix[4], self.matrix[5])

    def moved(self, matrix: Matrix) -> NodeBox:
        return replace(self, matrix=multiply(self.matrix, matrix))

    def anchor(self, name: str) -> Point | None:
        """The anchor in the figure; None where the shape has none of that name."""
        local = self.local_anchor(name)
        return None if local is None else apply(self.matrix, local)

    def local_anchor(self, name: str) -> Point | None:
        if self.shape == "coordinate":
            return (0.0, 0.0)
        if name in ("text", "base", "base west", "base east", "mid", "mid west", "mid east"):
            x = {"west": -self.half_width, "east": self.half_width}.get(name.split()[-1], 0.0)
            x = -self.text if name == "text" else x
            return (x, self.base + (2.1 if name.startswith("mid") else 0.0))
        if name in DIRECTIONS:
            x, y = DIRECTIONS[name]
            if self.shape in ("rectangle", "rounded rectangle", "cross out"):
                return (x * self.half_width, y * self.half_height)
            if not x and not y:
                return (0.0, 0.0)
            if self.shape in ("circle", "ellipse"):
                size = math.hypot(x, y)
                return (x / size * self.half_width, y / size * self.half_height)
            if self.shape == "diamond" and x and y:
                return (x * self.half_width / 2, y * self.half_height / 2)
            return self.local_border((float(x), float(y)))
        if name.startswith(("corner ", "side ")) and self.shape == "regular polygon":
            corners = self.corners()
            kind, _, number = name.partition(" ")
            if number.isdecimal() and 1 <= int(number) <= len(corners):
                first = corners[int(number) - 1]
                following = corners[int(number) % len(corners)]
                half = ((first[0] + following[0]) / 2, (first[1] + following[1]) / 2)
                return first if kind == "corner" else half
            return None
        try:
            angle = math.radians(float(name))
        except ValueError:
            return None
        return self.local_border((math.cos(angle), math.sin(angle)))

    def border(self, toward: Point) -> Point:
        """Where the line from the middle to a point of the figure leaves the node."""
        if self.shape == "coordinate":
            return self.center
        try:
            x, y = apply(invert(self.matrix), toward)
        except ValueError:
            return self.center
        if math.hypot(x, y) < 1e-9:
            return self.center
        return apply(self.matrix, self.local_border((x, y)))

    def border_at(self, angle: float) -> Point:
        """Where a ray of that angle in the figure leaves the node."""
        x, y = self.center
        return self.border((x + math.cos(math.radians(angle)) * 1000, y + math.sin(math.radians(angle)) * 1000))

    def local_border(self, direction: Point) -> Point:
        x, y = direction
        size = math.hypot(x, y)
        if not size or self.shape == "coordinate":
            return (0.0, 0.0)
        x, y = x / size, y / size
        if self.shape in ("circle", "ellipse"):
            if self.half_width <= 0 or self.half_height <= 0:
                return (0.0, 0.0)
            reach = 1 / math.hypot(x / self.half_width, y / self.half_height)
            return (x * reach, y * reach)
        if self.shape in ("rectangle", "rounded rectangle", "cross out"):
            reach = min(
                self.half_width / abs(x) if abs(x) > 1e-12 else math.inf,
                self.half_height / abs(y) if abs(y) > 1e-12 else math.inf,
            )
            return (x * reach, y * reach)
        return _ray(self.corners(), (x, y))

    def corners(self) -> list[Point]:
        """The corners of a polygon, from the top one on, counter-clockwise."""
        w, h = self.half_width, self.half_height
        if self.shape == "diamond":
            return [(0, h), (-w, 0), (0, -h), (w, 0)]
        if self.shape == "trapezium":
            return [(-w * 0.7, h), (-w, -h), (w, -h), (w * 0.7, h)]
        if self.shape == "isosceles triangle":
            return [(w, 0), (-w, h), (-w, -h)]
        if self.shape == "star":
            angles = [self.turn + 90 + 180 / self.sides * number for number in range(2 * self.sides)]
            radii = [w if number % 2 == 0 else w / 1.5 for number in range(2 * self.sides)]
        else:
            first = self.turn + (90 if self.sides % 2 else 90 + 180 / self.sides)
            angles = [first + 360 / self.sides * number for number in range(self.sides)]
            radii = [w] * self.sides
        return [
            (radius * math.cos(math.radians(angle)), radius * math.sin(math.radians(angle)))
            for radius, angle in zip(radii, angles, strict=True)
        ]

    def drawn(self, style: Style, rounding: float = 0.0) -> Shape:
        """The border as a shape of the figure."""
        w, h = max(0.0, self.half_width - self.outer), max(0.0, self.half_height - self.outer)
        inner = replace(self, half_width=w, half_height=h, outer=0.0)
        own = replace(style, width=style.width)
        shape: Shape
        match self.shape:
            case "circle":
                shape = Circle((0.0, 0.0), w, own)
            case "ellipse":
                shape = Ellipse((0.0, 0.0), (w, h), 0.0, own)
            case "rectangle":
                shape = Rectangle((-w, -h), 2 * w, 2 * h, rounding, own)
            case "rounded rectangle":
                shape = Rectangle((-w, -h), 2 * w, 2 * h, min(w, h), own)
            case "cross out":
                shape = Path((*polygon([(-w, -h), (w, h)], False), *polygon([(-w, h), (w, -h)], False)), own)
            case _:
                shape = Path(polygon(inner.corners()), own)
        moved = transformed(shape, self.matrix)
        return replace(moved, style=style)


def _ray(corners: list[Point], direction: Point) -> Point:
    """Where a ray from the origin meets a polygon around it."""
    dx, dy = direction
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        ex, ey = bx - ax, by - ay
        det = dx * -ey + dy * ex
        if abs(det) < 1e-12:
            continue
        along = (ax * -ey + ay * ex) / det
        share = (dx * ay - dy * ax) / det
        if along > 0 and -1e-9 <= share <= 1 + 1e-9:
            return (dx * along, dy * along)
    return (0.0, 0.0)


def half_sizes(
    shape: str, width: float, height: float, minimum: Point, *, sides: int = 5, aspect: float = 1.0
) -> Point:
    """Half the size of a shape around a text of this size (padding counted in), at least half the minimum."""
    w, h = width / 2, height / 2
    low_w, low_h = minimum[0] / 2, minimum[1] / 2
    match shape:
        case "circle":
            radius = max(math.hypot(w, h), low_w, low_h)
            return radius, radius
        case "ellipse":
            return max(w * math.sqrt(2), low_w), max(h * math.sqrt(2), low_h)
        case "diamond":
            half = max(w + aspect * h, low_w)
            return half, max(half / aspect if aspect else h, low_h)
        case "regular polygon" | "star":
            # The text's corners lie on the circle that the polygon's sides touch.
            inner = math.hypot(w, h)
            radius = max(inner / math.cos(math.pi / max(sides, 3)), low_w, low_h)
            return radius, radius
        case "trapezium":
            return max(w + h, low_w), max(h, low_h)
        case "isosceles triangle":
            return max(1.5 * w + h, low_w), max(2 * h, low_h)
        case "rounded rectangle":
            return max(w + h * 0.6, low_w), max(h, low_h)
        case _:
            return max(w, low_w), max(h, low_h)
