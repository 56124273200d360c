"""Things and relations → shapes in their places.

Whatever lies in, on or behind something is put together with it to one block; blocks are ordered from left to right and
from below upwards by what is said, each order being a longest path; what nothing is said of stands to the right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from ...convert.errors import Losses, UnsupportedError
from .. import labels
from ..scene import (
    Circle,
    Close,
    Curve,
    Ellipse,
    Group,
    Item,
    Label,
    Line,
    Matrix,
    Move,
    Path,
    Point,
    Rectangle,
    Scene,
    Shape,
    Style,
    Tip,
    arc,
    bounds,
    flatten,
    outline,
    polygon,
    transformed,
)
from . import pictures
from .shapes import Asked, Relation, Thing

SIZE: Final = 40.0
GAP: Final = 14.0
INK: Final = "#000000"
_FACTORS: Final = {"large": (1.6, 1.6), "small": (0.55, 0.55), "tall": (1.0, 1.7), "short": (1.0, 0.6),
                   "long": (1.8, 0.8), "wide": (1.6, 1.0)}  # fmt: skip
_SIDES: Final = {"pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8, "nonagon": 9, "decagon": 10, "dodecagon": 12}
_INNER: Final = {"triangle": 0.4, "equilateral triangle": 0.4, "right triangle": 0.34, "isosceles triangle": 0.4,
                 "star": 0.34, "circle": 0.68, "ellipse": 0.68, "rhombus": 0.48, "heart": 0.42, "ring": 0.4,
                 "cross": 0.3, "right isosceles triangle": 0.34, "kite": 0.42, "trapezoid": 0.55,
                 "isosceles trapezoid": 0.55, "parallelogram": 0.55, "quadrilateral": 0.55}  # fmt: skip
"""The side of a square that fits about the middle of a shape, in sides of the shape's box."""
_OPEN: Final = frozenset(("line", "arrow", "dot", "cross", "crescent", "semicircle"))
_HOLLOW_LINES: Final = frozenset(("line", "arrow"))


@dataclass(slots=True, eq=False)
class _Block:
    """What moves as one: items about the origin, in a box of a width and a height."""

    items: list[Item]
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    things: list[Thing] = field(default_factory=list)


def scene(asked: Asked, *, losses: Losses) -> Scene:
    """The figure. UnsupportedError where what is said cannot all hold."""
    scales = _scale(asked.things)
    _settle_sizes(asked)
    blocks = {id(thing): _cluster(thing, scales) for thing in asked.things}
    order = {id(thing): number for number, thing in enumerate(asked.things)}
    relations = [one for one in asked.relations if one.kind != "larger"]
    for relation in _innermost_first([one for one in relations if one.kind in _TOGETHER]):
        first, second = blocks[id(relation.first)], blocks[id(relation.second)]
        if first is second:
            raise UnsupportedError("what is said of these things cannot all hold")
        inside = [one for one in relations if one.kind == relation.kind == "inside" and one.second is relation.second]
        if len(inside) > 1:
            joined = _row([blocks[id(one.first)] for one in inside])
            if relation is not inside[0]:
                continue
            first = joined
        merged = _TOGETHER[relation.kind](first, second, relation)
        for thing in merged.things:
            blocks[id(thing)] = merged
    found: list[_Block] = []
    for thing in sorted(asked.things, key=lambda one: order[id(one)]):
        if blocks[id(thing)] not in found:
            found.append(blocks[id(thing)])
    _place(found, [(one.kind, blocks[id(one.first)], blocks[id(one.second)]) for one in relations
                   if one.kind not in _TOGETHER])  # fmt: skip
    items = [_moved(item, block.x, block.y) for block in found for item in block.items]
    return Scene(tuple(items))


# Sizes


def _scale(things: Iterable[Thing]) -> float:
    """Points of a unit, so that the largest measure is a good size."""
    measures = [_extent(thing) for thing in things if thing.measure is not None]
    return 1.6 * SIZE / max(measures) if measures else 1.0


def _extent(thing: Thing) -> float:
    assert thing.measure is not None
    value = thing.measure.value * (2 if thing.measured == "radius" else 1)
    return max(value, thing.second.value if thing.second is not None else 0.0)


def _size(thing: Thing, scale: float) -> tuple[float, float]:
    width = height = SIZE
    if thing.measure is not None:
        width = height = _extent(thing) * scale
        if thing.kind == "rectangle":
            width, height = thing.measure.value * scale, (thing.second or thing.measure).value * scale
            if thing.measured == "height":
                width, height = height, width
            if thing.second is None:
                width, height = (1.5 * height, height) if thing.measured == "height" else (width, width / 1.5)
    elif thing.is_picture:
        drawing = pictures.drawn(thing.kind, thing.color)
        width, height = SIZE * drawing.width, SIZE * drawing.height
    elif thing.kind in ("rectangle", "ellipse", "parallelogram", "trapezoid", "isosceles trapezoid", "semicircle"):
        width, height = 1.5 * SIZE, SIZE if thing.kind != "semicircle" else 0.75 * SIZE
    elif thing.kind in ("rhombus", "kite"):
        width = 0.75 * SIZE
    elif thing.kind in _HOLLOW_LINES:
        height = 0.0
    elif thing.kind == "dot":
        width = height = 4.0
    for size in thing.sizes:
        x, y = _FACTORS[size]
        width, height = width * x, height * y
    if thing.kind in ("circle", "square") and width != height:
        raise UnsupportedError(f"a {thing.kind} is as wide as it is high; say ellipse or rectangle")
    return width, height


def _settle_sizes(asked: Asked) -> None:
    """Sizes for what is said to be larger than another, as far as nothing else is said of them."""
    for relation in asked.relations:
        if relation.kind != "larger":
            continue
        first, second = relation.first, relation.second
        if "small" in first.sizes and "large" in second.sizes:
            raise UnsupportedError("what is said of the sizes cannot hold")
        if not {"large", "small"} & set(first.sizes):
            first.sizes = (*first.sizes, "large")
        elif not {"large", "small"} & set(second.sizes):
            second.sizes = (*second.sizes, "small")


# Clusters


def _cluster(thing: Thing, scale: float) -> _Block:
    width, height = _size(thing, scale)
    one, width, height = _centred(list(_drawn(thing, width, height)), width, height)
    n, gap = thing.count, max(6.0, 0.35 * max(width, height))
    if thing.mutual == "concentric":
        rings: list[Item] = []
        for number in range(n, 0, -1):
            rings += [_scaled(item, number / n * (1 + 0.25 * (n - 1))) for item in one]
        grown = 1 + 0.25 * (n - 1)
        return _Block(rings, width * grown, height * grown, things=[thing])
    step_x, step_y = width + gap, height + gap
    if thing.mutual == "touching":
        step_x = _contact(one, width)
    elif thing.mutual == "overlapping":
        step_x = 0.6 * width
    if thing.arrangement == "ring" and n > 2:
        radius = step_x / (2 * math.sin(math.pi / n))
        spots = [(radius * math.sin(2 * math.pi * k / n), radius * math.cos(2 * math.pi * k / n)) for k in range(n)]
    else:
        columns = _columns(thing)
        rows = math.ceil(n / columns)
        spots = []
        for k in range(n):
            row, column = divmod(k, columns)
            spots.append(((column - (columns - 1) / 2) * step_x, ((rows - 1) / 2 - row) * step_y))
    items = [_moved(item, x, y) for x, y in spots for item in one]
    wide = max(x for x, _ in spots) - min(x for x, _ in spots) + width
    high = max(y for _, y in spots) - min(y for _, y in spots) + height
    middle = (min(x for x, _ in spots) + max(x for x, _ in spots)) / 2
    level = (min(y for _, y in spots) + max(y for _, y in spots)) / 2
    return _Block([_moved(item, -middle, -level) for item in items], wide, high, things=[thing])


def _centred(items: list[Item], width: float, height: float) -> tuple[list[Item], float, float]:
    """The items about the middle of their own box, which is not that of a regular polygon's circle, and its size."""
    box = bounds(Scene(tuple(_bare(item) for item in items if not isinstance(item, Label))), labels.corners)
    if box is None:
        return items, width, height
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return [_moved(item, -x, -y) for item in items], box[2] - box[0], box[3] - box[1]


def _bare(item: Item) -> Item:
    """The item without the width of its lines."""
    if isinstance(item, Group):
        return replace(item, items=tuple(map(_bare, item.items)))
    if isinstance(item, Path | Circle | Ellipse | Rectangle):
        return replace(item, style=replace(item.style, width=0.0))
    return item


def _columns(thing: Thing) -> int:
    if thing.columns:
        return thing.columns
    match thing.arrangement:
        case "row":
            return thing.count
        case "column":
            return 1
        case "grid":
            return math.ceil(math.sqrt(thing.count))
    if thing.mutual in ("touching", "overlapping") or thing.count <= 5:
        return thing.count
    return min(10, math.ceil(math.sqrt(1.6 * thing.count)))


def _contact(items: Sequence[Item], width: float) -> float:
    """How far to the right a copy touches the original: its own width where the sides are upright or round."""
    shapes = [item for item in items if isinstance(item, Path | Circle | Ellipse | Rectangle)]
    return _touch(shapes, shapes) if shapes else width


def _touch(first: Sequence[Shape], second: Sequence[Shape]) -> float:
    """The distance from left to right at which `second` touches `first`: where the gap on every level is least."""
    left, right = _profile(first, max), _profile(second, min)
    shared = left.keys() & right.keys()
    return max((left[level] - right[level] for level in shared), default=SIZE)


def _profile(shapes: Sequence[Shape], most: Callable[[float, float], float]) -> dict[int, float]:
    """For each level, in half points, how far the outline reaches to one side."""
    found: dict[int, float] = {}
    for shape in shapes:
        for run in flatten(outline(shape), 48):
            for (x0, y0), (x1, y1) in pairwise(run):
                low, high = sorted((y0, y1))
                for level in range(math.ceil(2 * low - 1e-6), math.floor(2 * high + 1e-6) + 1):
                    share = (level / 2 - y0) / (y1 - y0) if abs(y1 - y0) > 1e-9 else 0.0
                    for x in (x0, x1) if abs(y1 - y0) <= 1e-9 else (x0 + min(max(share, 0), 1) * (x1 - x0),):
                        found[level] = most(found[level], x) if level in found else x
    return found


def _row(blocks: Sequence[_Block]) -> _Block:
    whole, x = [], 0.0
    height = max(block.height for block in blocks)
    for block in blocks:
        whole += [_moved(item, x + block.width / 2, 0.0) for item in block.items]
        x += block.width + 8
    width = x - 8
    things = [thing for block in blocks for thing in block.things]
    return _Block([_moved(item, -width / 2, 0.0) for item in whole], width, height, things=things)


# Things that lie in, on or behind others


def _inside(first: _Block, second: _Block, relation: Relation) -> _Block:
    kind, count = relation.second.kind, relation.second.count
    if count != 1 or kind in _OPEN:
        raise UnsupportedError(f"nothing can lie inside {'several things' if count != 1 else f'a {kind}'}")
    inner = _INNER.get(kind, 0.74)
    grown = max(1.0, first.width / (inner * second.width), first.height / (inner * second.height))
    if grown > 1 and (relation.second.measure is not None and relation.first.measure is not None):
        raise UnsupportedError("the one does not fit inside the other with the sizes that are given")
    outer = [_scaled(item, grown) for item in second.items]
    lift = _heart_of(kind) * second.height * grown
    items = [*outer, *(_moved(item, _aside(kind) * second.width * grown, lift) for item in first.items)]
    return _Block(
        items, second.width * grown, second.height * grown, things=[*second.things, *first.things]
    )  # fmt: skip


def _heart_of(kind: str) -> float:
    """How far above the middle of its box the middle of a shape lies, in heights."""
    if "triangle" in kind:
        return -1 / 6 if kind != "right isosceles triangle" else -1 / 5
    return {"heart": 0.08, "trapezoid": -0.04, "kite": 0.1}.get(kind, 0.0)


def _aside(kind: str) -> float:
    return -1 / 6 if kind.startswith("right") else 0.0


def _behind(first: _Block, second: _Block, relation: Relation) -> _Block:
    """The first is drawn first, and higher, so that a part of it is covered."""
    x, y = 0.25 * (first.width + second.width) * 0.8, 0.25 * (first.height + second.height) * 0.8
    covering = [_opaque(item) for item in second.items]
    items = [*(_moved(item, x, y) for item in first.items), *covering]
    return _framed(items, [*first.things, *second.things], [(x, y, first), (0.0, 0.0, second)])


def _on(first: _Block, second: _Block, relation: Relation) -> _Block:
    y = (first.height + second.height) / 2
    items = [*second.items, *(_moved(item, 0.0, y) for item in first.items)]
    return _framed(items, [*second.things, *first.things], [(0.0, 0.0, second), (0.0, y, first)])


def _touching(first: _Block, second: _Block, relation: Relation) -> _Block:
    shapes = [
        [item for item in block.items if isinstance(item, Path | Circle | Ellipse | Rectangle)]
        for block in (first, second)
    ]
    x = _touch(*shapes) if all(shapes) else (first.width + second.width) / 2
    items = [*first.items, *(_moved(item, x, 0.0) for item in second.items)]
    return _framed(items, [*first.things, *second.things], [(0.0, 0.0, first), (x, 0.0, second)])


def _overlapping(first: _Block, second: _Block, relation: Relation) -> _Block:
    x = 0.5 * (first.width + second.width) - 0.35 * min(first.width, second.width)
    items = [*first.items, *(_moved(item, x, 0.0) for item in second.items)]
    return _framed(items, [*first.things, *second.things], [(0.0, 0.0, first), (x, 0.0, second)])


_TOGETHER: Final[dict[str, Callable[[_Block, _Block, Relation], _Block]]] = {
    "inside": _inside, "behind": _behind, "on": _on, "touching": _touching, "overlapping": _overlapping,
}  # fmt: skip


def _framed(items: list[Item], things: list[Thing], parts: Sequence[tuple[float, float, _Block]]) -> _Block:
    left = min(x - block.width / 2 for x, _, block in parts)
    right = max(x + block.width / 2 for x, _, block in parts)
    bottom = min(y - block.height / 2 for _, y, block in parts)
    top = max(y + block.height / 2 for _, y, block in parts)
    x, y = (left + right) / 2, (bottom + top) / 2
    return _Block([_moved(item, -x, -y) for item in items], right - left, top - bottom, things=things)


def _innermost_first(relations: list[Relation]) -> list[Relation]:
    """What holds others is put together after them, so that it is large enough for all."""
    depth: dict[int, int] = {}

    def depth_of(thing: Thing, seen: frozenset[int] = frozenset()) -> int:
        if id(thing) in seen:
            raise UnsupportedError("a thing cannot lie inside itself")
        if id(thing) not in depth:
            inner = [one.first for one in relations if one.kind == "inside" and one.second is thing]
            depth[id(thing)] = 1 + max((depth_of(one, seen | {id(thing)}) for one in inner), default=0)
        return depth[id(thing)]

    return sorted(relations, key=lambda one: (one.kind != "inside", depth_of(one.second)))


# Places


def _place(blocks: list[_Block], relations: list[tuple[str, _Block, _Block]]) -> None:
    across = [(first, second) for kind, first, second in relations if kind in ("left", "beside")]
    up = [(second, first) for kind, first, second in relations if kind == "above"]
    level = [(first, second) for kind, first, second in relations if kind in ("left", "beside")]
    upright = [(first, second) for kind, first, second in relations if kind == "above"]
    if any(first is second for _, first, second in relations):
        raise UnsupportedError("what is said of these places cannot all hold")
    both = {frozenset(map(id, pair)) for pair in across} & {frozenset(map(id, pair)) for pair in up}
    level = [pair for pair in level if frozenset(map(id, pair)) not in both]
    upright = [pair for pair in upright if frozenset(map(id, pair)) not in both]
    _order_components(blocks, relations, across)
    for _ in range(len(blocks) ** 2 + 1):
        _solve(blocks, across, upright, lambda block: block.width, "x")
        _solve(blocks, up, level, lambda block: block.height, "y")
        clash = _overlap(blocks)
        if clash is None:
            return
        # What nothing was said of stands to the right of what it would cover.
        if clash in across or clash[::-1] in across:
            raise UnsupportedError("what is said of these places cannot all hold")
        across.append(clash)
        upright = [pair for pair in upright if frozenset(map(id, pair)) != frozenset(map(id, clash))]
    raise UnsupportedError("what is said of these places cannot all hold")


def _order_components(
    blocks: list[_Block], relations: Sequence[tuple[str, _Block, _Block]], across: list[tuple[_Block, _Block]]
) -> None:
    """Groups between which nothing is said stand side by side in the order of the words."""
    root = {id(block): id(block) for block in blocks}

    def find(one: int) -> int:
        while root[one] != one:
            one = root[one]
        return one

    for _, first, second in relations:
        root[find(id(first))] = find(id(second))
    groups: dict[int, list[_Block]] = {}
    for block in blocks:
        groups.setdefault(find(id(block)), []).append(block)
    ordered = list(groups.values())
    for before, after in pairwise(ordered):
        across += [(first, second) for first in before for second in after]


def _solve(
    blocks: Sequence[_Block],
    before: Sequence[tuple[_Block, _Block]],
    aligned: Sequence[tuple[_Block, _Block]],
    size: Callable[[_Block], float],
    axis: str,
) -> None:
    """Coordinates with each pair of `before` in order and apart, and those of `aligned` equal where that can be."""
    pairs = list(aligned)
    while True:
        classes = _classes(blocks, pairs)
        place = _longest_paths(blocks, before, classes, size)
        if place is not None:
            for block in blocks:
                setattr(block, axis, place[classes[id(block)]])
            return
        if not pairs:
            raise UnsupportedError("what is said of these places cannot all hold")
        pairs.pop()


def _classes(blocks: Sequence[_Block], pairs: Sequence[tuple[_Block, _Block]]) -> dict[int, int]:
    found = {id(block): number for number, block in enumerate(blocks)}
    for first, second in pairs:
        old, new = found[id(second)], found[id(first)]
        found = {key: new if value == old else value for key, value in found.items()}
    return found


def _longest_paths(
    blocks: Sequence[_Block],
    before: Sequence[tuple[_Block, _Block]],
    classes: dict[int, int],
    size: Callable[[_Block], float],
) -> dict[int, float] | None:
    """For each class of blocks its place; None where the order runs in a circle."""
    place = dict.fromkeys(classes.values(), 0.0)
    for _ in range(len(place) + 1):
        moved = False
        for first, second in before:
            a, b = classes[id(first)], classes[id(second)]
            if a == b:
                return None
            least = place[a] + (size(first) + size(second)) / 2 + GAP
            if place[b] < least - 1e-9:
                place[b], moved = least, True
        if not moved:
            return place
    return None


def _overlap(blocks: Sequence[_Block]) -> tuple[_Block, _Block] | None:
    for number, first in enumerate(blocks):
        for second in blocks[number + 1 :]:
            apart_x = abs(first.x - second.x) - (first.width + second.width) / 2
            apart_y = abs(first.y - second.y) - (first.height + second.height) / 2
            if apart_x < 1 and apart_y < 1:
                return first, second
    return None


# Drawing


def _drawn(thing: Thing, width: float, height: float) -> Iterable[Item]:
    """The items of one thing about the origin."""
    if thing.is_picture:
        scale: Matrix = (width, 0.0, 0.0, height, 0.0, 0.0)
        shapes = [
            replace(shape, style=replace(shape.style, width=min(shape.style.width, 1.5)))
            for shape in (transformed(one, scale) for one in pictures.drawn(thing.kind, thing.color).shapes)
        ]
        yield Group(tuple(shapes), role="thing", name=thing.kind)
        return
    style = _style(thing)
    yield shaped(thing.kind, width, height, style)
    if thing.label:
        line = labels.read_line(thing.label, losses=[])
        yield Label((0.0, _heart_of(thing.kind) * height), (line,), color=_contrast(style.fill))


def _style(thing: Thing) -> Style:
    fill = thing.color
    stroke = thing.outline or INK
    if "hollow" in thing.looks or thing.kind in _HOLLOW_LINES or set(thing.looks) & {"dashed", "dotted"}:
        fill, stroke = "", thing.outline or thing.color or INK
    elif "filled" in thing.looks and not fill:
        fill = "#808080"
    if thing.kind == "dot":
        fill, stroke = thing.color or INK, ""
    dash = (4.0, 3.0) if "dashed" in thing.looks else (1.0, 2.0) if "dotted" in thing.looks else ()
    width = 2.0 if "thick" in thing.looks else 0.3 if "thin" in thing.looks else 0.8
    return Style(stroke=stroke, fill=fill, width=width, dash=dash)


def _contrast(fill: str) -> str:
    if not fill:
        return INK
    red, green, blue = (int(fill[at : at + 2], 16) for at in (1, 3, 5))
    return "#ffffff" if 0.3 * red + 0.59 * green + 0.11 * blue < 110 else INK


def shaped(kind: str, width: float, height: float, style: Style) -> Shape:
    """A shape in a box about the origin."""
    w, h = width / 2, height / 2
    match kind:
        case "circle" | "dot":
            return Circle((0.0, 0.0), w, style)
        case "ellipse":
            return Ellipse((0.0, 0.0), (w, h), 0.0, style)
        case "square" | "rectangle":
            return Rectangle((-w, -h), width, height, 0.0, style)
        case "line" | "arrow":
            tip = Tip("Stealth") if kind == "arrow" else None
            return Path((Move((-w, 0.0)), Line((w, 0.0))), style, end=tip)
        case "semicircle":
            return Path((Move((w, -h)), *arc((0.0, -h), w, height, 0, 180), Close()), style)
        case "ring":
            outer = outline(Ellipse((0.0, 0.0), (w, h)))
            inner = outline(Ellipse((0.0, 0.0), (0.6 * w, 0.6 * h)))
            return Path((*outer, *inner), replace(style, even_odd=True))
        case "crescent":
            edge = arc((0.0, 0.0), w, h, 50, 310)
            x, y = w * math.cos(math.radians(50)), h * math.sin(math.radians(50))
            back = Curve((-0.35 * w, -0.55 * h), (-0.35 * w, 0.55 * h), (x, y))
            return Path((Move((x, y)), *edge, back, Close()), style)
        case "heart":
            return Path(
                (
                    Move((0.0, -h)), Curve((-1.4 * w, 0.0), (-0.9 * w, 1.35 * h), (0.0, 0.5 * h)),
                    Curve((0.9 * w, 1.35 * h), (1.4 * w, 0.0), (0.0, -h)), Close(),
                ),
                style,
            )  # fmt: skip
    return Path(polygon([(w * x, h * y) for x, y in _corners(kind)]), style)


def _corners(kind: str) -> list[Point]:
    """The corners of a polygon in the box from -1 to 1."""
    fixed: dict[str, list[Point]] = {
        "triangle": [(-1, -1), (1, -1), (0, 1)],
        "right triangle": [(-1, -1), (1, -1), (-1, 1)],
        "right isosceles triangle": [(-1, -1), (1, -1), (-1, 1)],
        "isosceles triangle": [(-0.75, -1), (0.75, -1), (0, 1)],
        "quadrilateral": [(-1, -0.7), (0.6, -1), (1, 0.6), (-0.5, 1)],
        "parallelogram": [(-1, -1), (0.5, -1), (1, 1), (-0.5, 1)],
        "rhombus": [(0, -1), (1, 0), (0, 1), (-1, 0)],
        "trapezoid": [(-1, -1), (1, -1), (0.4, 1), (-0.7, 1)],
        "isosceles trapezoid": [(-1, -1), (1, -1), (0.5, 1), (-0.5, 1)],
        "kite": [(0, -1), (1, 0.35), (0, 1), (-1, 0.35)],
        "cross": [(-1, -0.3), (-0.3, -0.3), (-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3),
                  (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3)],
    }  # fmt: skip
    if kind in fixed:
        return fixed[kind]
    if kind == "equilateral triangle":
        return [(-1.0, -math.sqrt(3) / 2), (1.0, -math.sqrt(3) / 2), (0.0, math.sqrt(3) / 2)]
    if kind == "star":
        radii = [1.0, 0.382] * 5
        return [(radii[k] * math.sin(math.pi * k / 5), radii[k] * math.cos(math.pi * k / 5)) for k in range(10)]
    sides = _SIDES.get(kind) or int(kind.partition("-")[0])
    shift = math.pi / sides if sides % 2 == 0 else 0.0
    return [
        (math.sin(2 * math.pi * k / sides + shift), math.cos(2 * math.pi * k / sides + shift)) for k in range(sides)
    ]


def _scaled(item: Item, factor: float) -> Item:
    """The item grown about the origin, its lines as wide as before."""
    if isinstance(item, Group):
        return replace(item, items=tuple(_scaled(one, factor) for one in item.items))
    if isinstance(item, Path | Circle | Ellipse | Rectangle):
        return replace(transformed(item, (factor, 0.0, 0.0, factor, 0.0, 0.0)), style=item.style)
    if isinstance(item, Label):
        return replace(item, at=(item.at[0] * factor, item.at[1] * factor))
    return item


def _moved(item: Item, x: float, y: float) -> Item:
    if isinstance(item, Group):
        return replace(item, items=tuple(_moved(one, x, y) for one in item.items))
    if isinstance(item, Path | Circle | Ellipse | Rectangle):
        return transformed(item, (1.0, 0.0, 0.0, 1.0, x, y))
    if isinstance(item, Label):
        return replace(item, at=(item.at[0] + x, item.at[1] + y))
    return item


def _opaque(item: Item) -> Item:
    """The item so that it covers what lies behind it."""
    if isinstance(item, Path | Circle | Ellipse | Rectangle) and not item.style.fill and item.style.stroke:
        return replace(item, style=replace(item.style, fill="#ffffff"))
    return item
