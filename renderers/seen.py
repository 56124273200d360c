"""What a figure shows, as one would tell it: shapes and things with their kinds, colours, boxes and areas, and how they
stand to each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from . import description, labels
from .scene import (
    Axes,
    Box,
    Group,
    Item,
    Label,
    Matrix,
    Path,
    Point,
    Scene,
    Shape,
    flatten,
    leaves,
    multiply,
    normal,
    outline,
)

WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    "rectangle": ("rectangle", "square"),
    "quadrilateral": ("quadrilateral", "rectangle", "square"),
    "rhombus": ("quadrilateral",), "parallelogram": ("quadrilateral",), "trapezoid": ("quadrilateral",),
    "kite": ("quadrilateral",), "right triangle": ("triangle",), "isosceles triangle": ("triangle",),
    "equilateral triangle": ("triangle",), "right isosceles triangle": ("triangle",),
    "line": ("line",), "arrow": ("arrow", "double arrow"), "ellipse": ("ellipse",),
}  # fmt: skip
"""What a word takes in, by what `description.kind` calls shapes."""
_NEAR: Final = 1.0


class Seen(NamedTuple):
    """A shape or thing of a figure: what it is called, its colour, its box, and its area."""

    kind: str
    color: str
    box: Box
    area: float
    shapes: tuple[Shape, ...]

    @property
    def center(self) -> Point:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def colors(self) -> frozenset[str]:
        """The colours of all its areas and lines."""
        painted = (color for shape in self.shapes for color in (shape.style.fill, shape.style.stroke))
        return frozenset(description.color_name(color) for color in painted if color)

    @property
    def name(self) -> str:
        """As it is told: "red circle"."""
        return f"{self.color} {self.kind}" if self.color not in ("", "black") else self.kind


def see(scene: Scene) -> list[Seen]:
    """The shapes and things of a figure in the order in which they are drawn; axes and labels are left out."""
    return list(_seen(scene.items))


def _seen(items: Sequence[Item]) -> list[Seen]:
    found: list[Seen] = []
    for item in items:
        if isinstance(item, Group) and item.role == "thing" and item.name:
            shapes = _shapes((item,))
            found += [_as_one(item.name, shapes)] if shapes else []
        elif isinstance(item, Group) and item.role not in ("axes", "label", "legend"):
            inner = [Group((one,), item.role, item.name, item.transform) if not isinstance(one, Group)
                     else Group((one,), transform=item.transform) for one in item.items]  # fmt: skip
            for one in inner:
                nested = one.items[0]
                if isinstance(nested, Group):
                    moved = Group(nested.items, nested.role, nested.name, _joined(nested, item))
                    found += _seen((moved,))
                else:
                    found += [_as_one("", (shape,)) for shape in _shapes((one,))]
        elif not isinstance(item, Group | Label | Axes):
            found += [_as_one("", (shape,)) for shape in _shapes((item,))]
    return found


def _joined(inner: Group, outer: Group) -> Matrix:
    return multiply(inner.transform, outer.transform)


def _shapes(items: Sequence[Item]) -> tuple[Shape, ...]:
    return tuple(leaf for leaf in leaves(normal(Scene(tuple(items))).items) if not isinstance(leaf, Label | Axes))


def _as_one(name: str, shapes: tuple[Shape, ...]) -> Seen:
    points = [[point for run in flatten(outline(shape), 24) for point in run] for shape in shapes]
    boxes = [(min(x for x, _ in one), min(y for _, y in one), max(x for x, _ in one), max(y for _, y in one))
             for one in points]  # fmt: skip
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    main = max(range(len(shapes)), key=lambda at: (boxes[at][2] - boxes[at][0]) * (boxes[at][3] - boxes[at][1]))
    color = description.shown_color(shapes[main].style)
    area = sum(abs(_area(run)) for run in flatten(outline(shapes[main]), 48))
    kind = name or ("star" if _is_star(shapes[main]) else description.kind(shapes[main]))
    return Seen(kind, description.color_name(color) if color else "", box, area, shapes)


def _area(run: Sequence[Point]) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(run, [*run[1:], run[0]], strict=True)) / 2


def _is_star(shape: Shape) -> bool:
    """Whether ten corners lie in turn far from and near to the middle."""
    if not isinstance(shape, Path) or description.kind(shape) != "polygon":
        return False
    corners = list(dict.fromkeys((round(x, 2), round(y, 2)) for x, y in flatten(shape.parts)[0]))
    if len(corners) != 10:
        return False
    x, y = sum(a for a, _ in corners) / 10, sum(b for _, b in corners) / 10
    reach = [math.dist(corner, (x, y)) for corner in corners]
    return max(reach[1::2]) < 0.75 * min(reach[::2]) or max(reach[::2]) < 0.75 * min(reach[1::2])


def holds(relation: str, first: Seen, second: Seen) -> bool:
    """Whether the relation holds from the first to the second, by their boxes and outlines."""
    (l1, b1, r1, t1), (l2, b2, r2, t2) = first.box, second.box
    (x1, y1), (x2, y2) = first.center, second.center
    match relation:
        case "left":
            return x1 < x2 and r1 <= l2 + 0.25 * min(r1 - l1, r2 - l2) + _NEAR
        case "right":
            return holds("left", second, first)
        case "above":
            return y1 > y2 and b1 >= t2 - 0.25 * min(t1 - b1, t2 - b2) - _NEAR
        case "below":
            return holds("above", second, first)
        case "on":
            return abs(b1 - t2) <= _NEAR and l1 < r2 and l2 < r1
        case "inside":
            return (
                l1 >= l2 and r1 <= r2 and b1 >= b2 and t1 <= t2 and first.area < second.area and _within(first, second)
            )
        case "around":
            return holds("inside", second, first)
        case "larger":
            return first.area > 1.02 * second.area
        case "smaller":
            return second.area > 1.02 * first.area
        case "touching":
            return _gap(first, second) <= _NEAR and not _crosses(first, second)
    return _crosses(first, second)


def _points(one: Seen) -> list[Point]:
    return [point for shape in one.shapes for run in flatten(outline(shape), 24) for point in _dense(run)]


def _dense(run: Sequence[Point]) -> list[Point]:
    found: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(run):
        count = min(200, max(1, math.ceil(math.dist((x0, y0), (x1, y1)) / 2)))
        found += [(x0 + k / count * (x1 - x0), y0 + k / count * (y1 - y0)) for k in range(count)]
    return found or list(run)


def _contains(one: Seen, point: Point) -> bool:
    """Whether a point lies within the outline, by the even–odd rule."""
    inside = False
    for shape in one.shapes:
        for run in flatten(outline(shape), 24):
            for (x0, y0), (x1, y1) in zip(run, [*run[1:], run[0]], strict=True):
                if (y0 > point[1]) != (y1 > point[1]) and point[0] < x0 + (point[1] - y0) / (y1 - y0) * (x1 - x0):
                    inside = not inside
    return inside


def _within(first: Seen, second: Seen) -> bool:
    points = _points(first)
    return sum(_contains(second, point) for point in points) >= 0.98 * len(points)


def _crosses(first: Seen, second: Seen) -> bool:
    inner = [_contains(second, point) for point in _points(first)]
    outer = [_contains(first, point) for point in _points(second)]
    return 0.03 < sum(inner) / max(len(inner), 1) < 0.98 and sum(outer) / max(len(outer), 1) > 0.03


def _gap(first: Seen, second: Seen) -> float:
    ours, theirs = _points(first), _points(second)
    return min((math.dist(a, b) for a in ours for b in theirs), default=math.inf)


def extent(seen: Sequence[Seen]) -> Box:
    return (min(one.box[0] for one in seen), min(one.box[1] for one in seen), max(one.box[2] for one in seen),
            max(one.box[3] for one in seen))  # fmt: skip


def matching(seen: Sequence[Seen], kind: str = "", color: str = "", size: str = "") -> list[Seen]:
    """Those of a kind, which may be a wider one, a colour and a size; "" is any. Sizes are next to the others' mean."""
    kinds = WIDER.get(kind, (kind,))
    found = [one for one in seen if (not kind or one.kind in kinds) and color in ("", one.color)]
    if size and len(found) > 1:
        middle = sum(one.area for one in found) / len(found)
        large = size in ("large", "tall", "long", "wide")
        found = [one for one in found if (one.area > middle) == large]
    return found


def written(scene: Scene) -> list[str]:
    """What labels say, outside of axes."""
    return [
        " ".join(labels.write_line(line) for line in leaf.lines)
        for leaf in leaves(scene.items)
        if isinstance(leaf, Label)
    ]
