"""Figures as schools and papers have them, made at random: scenes of which everything is known, and pictures of them.

Figure `n` of a stream depends on its seed and `n` alone. What is drawn at even numbers is for training, at odd ones for
measuring, so that one seed gives both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Final, NamedTuple

from panmath.convert.nodes import Node
from panmath.renderers.charts import draw_axes, steps
from panmath.renderers.labels import corners, read_line
from panmath.renderers.scene import (
    Anchor,
    Axes,
    Circle,
    Ellipse,
    Group,
    Item,
    Label,
    Move,
    Path,
    Plot,
    Point,
    Rectangle,
    Scene,
    Shape,
    Style,
    Ticks,
    Tip,
    arc,
    flatten,
    leaves,
    outline,
    polygon,
)

KINDS: Final = ("geometry", "plot", "bars", "number line", "graph")
"""What figures show."""

_INKS: Final = (
    "#000000", "#000000", "#000000", "#0000ff", "#ff0000", "#008000", "#ff8000", "#800080", "#1f77b4", "#d62728",
)  # fmt: skip
_PALE: Final = ("#cce0ff", "#ffd9cc", "#d9f2d9", "#ffff99", "#e6ccff")
_FILLS: Final = (
    *_PALE, "#1f77b4", "#ff7f0e", "#8080ff", "#cccccc", "#ff0000", "#0000ff", "#008000", "#000000", "#ffff00",
)  # fmt: skip
_GREEK: Final = (r"\alpha", r"\beta", r"\gamma", r"\delta", r"\theta", r"\varphi")
_TIPS: Final = ("to", "Stealth", "Latex", "Triangle")
_CLEAR: Final = 1.6
"""Points that a label keeps from all ink."""


class Figure(NamedTuple):
    """A scene and what it shows, one of `KINDS`."""

    kind: str
    scene: Scene


def figure(number: int, seed: int, kind: str = "") -> Figure:
    """The figure of that number; of a `kind` if one is named."""
    random = Random(f"{seed}/{number}/figure")
    shown = kind or random.choice(KINDS)
    return Figure(shown, Scene(tuple(_cleared(_MAKERS[shown](random)))))


def shapes(scene: Scene) -> list[Shape | Label]:
    """Everything that a figure draws, its axes as the shapes and labels that they are drawn with."""
    found: list[Shape | Label] = []
    for leaf in leaves(scene.items):
        if isinstance(leaf, Axes):
            found += shapes(Scene(leaf.drawn or draw_axes(leaf)))
        else:
            found.append(leaf)
    return found


def _cleared(items: Sequence[Item]) -> list[Item]:
    """The items without those labels that lie on ink or on each other."""
    ink = [
        point
        for shape in shapes(Scene(tuple(item for item in items if not isinstance(item, Label))))
        if not isinstance(shape, Label) and shape.style.stroke
        for run in flatten(outline(shape), 12)
        for point in _dense(run)
    ]
    kept: list[Item] = []
    boxes: list[tuple[float, float, float, float]] = [
        _box(shape) for shape in shapes(Scene(tuple(items))) if isinstance(shape, Label) and shape not in items
    ]
    for item in items:
        if isinstance(item, Label):
            left, low, right, high = _box(item)
            if any(left < x < right and low < y < high for x, y in ink):
                continue
            if any(left < b[2] and b[0] < right and low < b[3] and b[1] < high for b in boxes):
                continue
            boxes.append((left, low, right, high))
        kept.append(item)
    return kept


def _box(label: Label) -> tuple[float, float, float, float]:
    xs, ys = zip(*corners(label), strict=True)
    return min(xs) - _CLEAR, min(ys) - _CLEAR, max(xs) + _CLEAR, max(ys) + _CLEAR


def _dense(run: Sequence[Point]) -> list[Point]:
    found: list[Point] = []
    for (x, y), (u, v) in pairwise(run):
        count = max(1, int(math.hypot(u - x, v - y)))
        found += [(x + (u - x) * at / count, y + (v - y) * at / count) for at in range(count)]
    return [*found, *run[-1:]]


def _label(text: str, at: Point, anchor: Anchor = "center", size: float = 10.0) -> Label:
    return Label(at, (_node(text),), size, anchor=anchor)


def _node(text: str) -> Node:
    return read_line(text if text.isalpha() and len(text) > 1 else f"${text}$", losses=[])


def _away(point: Point, center: Point, by: float) -> Point:
    """The point, moved away from the centre."""
    dx, dy = point[0] - center[0], point[1] - center[1]
    length = math.hypot(dx, dy) or 1.0
    return point[0] + by * dx / length, point[1] + by * dy / length


def _line(*points: Point, style: Style, end: Tip | None = None, start: Tip | None = None) -> Path:
    return Path(polygon(points, closed=False), style, start, end)


def _pen(random: Random, low: float = 0.4, high: float = 1.2) -> Style:
    return Style(stroke=random.choice(_INKS), width=round(random.uniform(low, high), 2))


# Geometry


def _geometry(random: Random) -> list[Item]:
    return random.choice((_triangle, _triangle, _round, _quadrilateral, _angles, _vectors, _colored))(random)


def _triangle(random: Random) -> list[Item]:
    pen, size = _pen(random), random.uniform(70, 150)
    right = random.random() < 0.4
    a, b = (0.0, 0.0), (size, 0.0)
    c = (
        (0.0, size * random.uniform(0.5, 1.1))
        if right
        else (size * random.uniform(0.2, 0.9), size * random.uniform(0.5, 1))
    )
    turn = random.choice((0.0, 0.0, random.uniform(0, 360)))
    points = [_turned(point, turn) for point in (a, b, c)]
    middle = (sum(x for x, _ in points) / 3, sum(y for _, y in points) / 3)
    fill = random.choice(_FILLS) if random.random() < 0.25 else ""
    items: list[Item] = [Path(polygon(points), replace(pen, fill=fill))]
    thin = replace(pen, width=max(0.4, 0.7 * pen.width))
    if right:
        items.append(_right_angle(points[0], points[1], points[2], random.uniform(6, 9), thin))
    if random.random() < 0.4:
        foot = (
            _foot(points[2], points[0], points[1])
            if random.random() < 0.5 and not right
            else _between(points[0], points[1])
        )
        dash = (3.0, 3.0) if random.random() < 0.6 else ()
        items.append(_line(points[2], foot, style=replace(thin, dash=dash)))
        items.append(_label(random.choice("HMDK"), _away(foot, points[2], 8)))
    if random.random() < 0.35:
        place = 1 if right else random.randrange(3)
        items += _angle(
            points[place], points[place - 2], points[place - 1], random.uniform(12, 18), thin, random.choice(_GREEK)
        )
    if random.random() < 0.3:
        for first, second in ((0, 1), (1, 2)):
            items.append(_tick(points[first], points[second], thin))
    names = random.choice(("ABC", "KLM", "PQR", "XYZ", "DEF"))
    items += [_label(name, _away(point, middle, 9)) for name, point in zip(names, points, strict=True)]
    if random.random() < 0.6:
        sides = random.choice(
            (("a", "b", "c"), ("3", "4", "5"), ("c_1", "h", "x+1"), ("5", "12", "13"), (r"\sqrt{2}", "1", "1"))
        )
        for at, name in enumerate(sides):
            if random.random() < 0.8:
                half = _between(points[at - 2], points[at - 1])
                items.append(_label(name, _away(half, points[at], 9)))
    if random.random() < 0.3:
        items += [Circle(point, 1.6, Style(fill=pen.stroke)) for point in points]
    return items


def _turned(point: Point, degrees: float) -> Point:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * point[0] - s * point[1], s * point[0] + c * point[1]


def _between(one: Point, other: Point, share: float = 0.5) -> Point:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def _foot(point: Point, one: Point, other: Point) -> Point:
    dx, dy = other[0] - one[0], other[1] - one[1]
    return _between(one, other, ((point[0] - one[0]) * dx + (point[1] - one[1]) * dy) / (dx * dx + dy * dy))


def _right_angle(corner: Point, one: Point, other: Point, size: float, style: Style) -> Path:
    p, q = (_away(corner, point, -size) for point in (one, other))
    return _line(p, (p[0] + q[0] - corner[0], p[1] + q[1] - corner[1]), q, style=style)


def _angle(corner: Point, one: Point, other: Point, radius: float, style: Style, name: str) -> list[Item]:
    angles = [math.degrees(math.atan2(point[1] - corner[1], point[0] - corner[0])) for point in (one, other)]
    start, sweep = angles[0], (angles[1] - angles[0]) % 360
    if sweep > 180:
        start, sweep = angles[1], 360 - sweep
    curves = arc(corner, radius, radius, start, start + sweep)
    begin = (corner[0] + radius * math.cos(math.radians(start)), corner[1] + radius * math.sin(math.radians(start)))
    half = math.radians(start + sweep / 2)
    at = (corner[0] + (radius + 8) * math.cos(half), corner[1] + (radius + 8) * math.sin(half))
    return [Path((Move(begin), *curves), style), _label(name, at)]


def _tick(one: Point, other: Point, style: Style) -> Path:
    middle = _between(one, other)
    length = math.dist(one, other)
    nx, ny = -(other[1] - one[1]) / length * 3.5, (other[0] - one[0]) / length * 3.5
    return _line((middle[0] - nx, middle[1] - ny), (middle[0] + nx, middle[1] + ny), style=style)


def _round(random: Random) -> list[Item]:
    pen, r = _pen(random), random.uniform(35, 75)
    fill = random.choice(_FILLS) if random.random() < 0.25 else ""
    center = (0.0, 0.0)
    items: list[Item] = []
    if random.random() < 0.25:
        ry = r * random.uniform(0.5, 0.8)
        items.append(Ellipse(center, (r, ry), 0.0, replace(pen, fill=fill)))
        items += [
            _line((-r, 0), (r, 0), style=replace(pen, dash=(3.0, 2.0))),
            _label("a", (r / 2, -7)),
            _label("F_1", (-0.6 * r, 7)),
        ]
        return items
    items += [Circle(center, r, replace(pen, fill=fill)), Circle(center, 1.5, Style(fill="#000000"))]
    angle = random.uniform(15, 75)
    on = [_turned((r, 0), angle + 110 * at) for at in range(3)]
    items.append(_label("O", (-7, -7)))
    match random.randrange(4):
        case 0:
            items += [
                _line(center, on[0], style=pen),
                _label(random.choice(("r", "R")), _shifted(_between(center, on[0]), center, on[0], 7)),
            ]
            items.append(_label("A", _away(on[0], center, 8)))
        case 1:
            items.append(Path(polygon(on), replace(pen, width=0.6)))
            items += [_label(name, _away(point, center, 8)) for name, point in zip("ABC", on, strict=True)]
        case 2:
            items += [
                _line(on[0], on[1], style=pen),
                *(_label(name, _away(point, center, 8)) for name, point in zip("PQ", on, strict=False)),
            ]
            items.append(_line(center, on[0], style=replace(pen, dash=(2.5, 2.5))))
        case _:
            far = (r * 1.9, 0.0)
            touch = (r * r / far[0], r * math.sqrt(1 - (r / far[0]) ** 2))
            items += [_line(far, touch, style=pen), _line(center, touch, style=pen), _line(center, far, style=pen)]
            items += [_label("T", _away(touch, center, 8)), _label("P", (far[0] + 8, 0))]
            items.append(_right_angle(touch, center, far, 6, replace(pen, width=0.5)))
    return items


def _shifted(point: Point, one: Point, other: Point, by: float) -> Point:
    length = math.dist(one, other)
    return point[0] - (other[1] - one[1]) / length * by, point[1] + (other[0] - one[0]) / length * by


def _quadrilateral(random: Random) -> list[Item]:
    pen, w, h = _pen(random), random.uniform(80, 150), random.uniform(50, 90)
    slant, inner = random.choice(((0.0, 0.0), (25.0, 25.0), (25.0, -25.0)))
    points = [(0.0, 0.0), (w, 0.0), (w + inner, h), (slant, h)]
    middle = (sum(x for x, _ in points) / 4, h / 2)
    fill = random.choice(_FILLS) if random.random() < 0.3 else ""
    items: list[Item] = []
    if not slant and random.random() < 0.5:
        items.append(Rectangle((0.0, 0.0), w, h, 0.0, replace(pen, fill=fill)))
    else:
        items.append(Path(polygon(points), replace(pen, fill=fill)))
    if random.random() < 0.5:
        items.append(_line(points[0], points[2], style=replace(pen, dash=random.choice(((), (3.0, 3.0))))))
        if random.random() < 0.5:
            items.append(_line(points[1], points[3], style=pen))
    items += [_label(name, _away(point, middle, 9)) for name, point in zip("ABCD", points, strict=True)]
    if random.random() < 0.5:
        items += [
            _label(random.choice(("a", "8", "2x")), (w / 2, -8)),
            _label(random.choice(("b", "h", "5")), (w + inner / 2 + 9, h / 2)),
        ]
    return items


def _angles(random: Random) -> list[Item]:
    pen, w, gap = _pen(random), random.uniform(110, 160), random.uniform(35, 60)
    lean = random.uniform(15, 45)
    items: list[Item] = [_line((0, 0), (w, 0), style=pen), _line((0, gap), (w, gap), style=pen)]
    low, high = (w / 2 - lean, -22.0), (w / 2 + lean, gap + 22.0)
    items.append(_line(low, high, style=pen))
    slope = (high[0] - low[0]) / (high[1] - low[1])
    for y, name in ((0.0, _GREEK[random.randrange(3)]), (gap, _GREEK[3 + random.randrange(3)])):
        x = low[0] + (y - low[1]) * slope
        items += _angle((x, y), (w, y), high, 11, replace(pen, width=0.5), name)
    return [*items, _label("m", (-7, 0)), _label("n", (-7, gap)), _label("t", (high[0] + 7, high[1]))]


def _vectors(random: Random) -> list[Item]:
    pen, tip = _pen(random, 0.6), Tip(random.choice(_TIPS))
    one = (random.uniform(70, 110), random.uniform(0, 25))
    other = (random.uniform(15, 45), random.uniform(50, 80))
    total = (one[0] + other[0], one[1] + other[1])
    color = random.choice(_INKS)
    items: list[Item] = [
        _line((0, 0), one, style=pen, end=tip), _line((0, 0), other, style=pen, end=tip),
        _line((0, 0), total, style=replace(pen, stroke=color), end=tip),
    ]  # fmt: skip
    if random.random() < 0.5:
        items += [
            _line(one, total, style=replace(pen, width=0.5, dash=(3.0, 3.0))),
            _line(other, total, style=replace(pen, width=0.5, dash=(3.0, 3.0))),
        ]
    names = random.choice(((r"\vec{a}", r"\vec{b}", r"\vec{a}+\vec{b}"), ("u", "v", "u+v"), ("F_1", "F_2", "F")))
    items += [
        _label(names[0], _shifted(_between((0, 0), one, 0.6), (0, 0), one, -9)),
        _label(names[1], _shifted(_between((0, 0), other), (0, 0), other, 9)),
    ]
    return [*items, _label(names[2], _away(total, (0, 0), 14))]


def _colored(random: Random) -> list[Item]:
    items: list[Item] = []
    for at in range(random.randint(1, 4)):
        x, size, y = 70.0 * at, random.uniform(22, 65), random.uniform(-10, 10)
        edge = _pen(random) if random.random() < 0.6 else Style()
        style = replace(edge, fill=random.choice(_FILLS))
        match random.randrange(4):
            case 0:
                items.append(Circle((x, y), size / 2, style))
            case 1:
                items.append(Rectangle((x - size / 2, y - size / 2), size, size * random.uniform(0.6, 1.2), 0.0, style))
            case 2:
                items.append(
                    Path(
                        polygon(
                            [
                                _away((x + math.cos(a), y + math.sin(a)), (x, y), size / 2)
                                for a in (math.pi / 2, 7 * math.pi / 6, 11 * math.pi / 6)
                            ]
                        ),
                        style,
                    )
                )
            case _:
                items.append(Ellipse((x, y), (size * 0.6, size * 0.35), 0.0, style))
        if random.random() < 0.5:
            items.append(_label(str(random.randint(1, 20)), (x, y - size - 4)))
    return items


# Charts


_FUNCTIONS: Final[tuple[tuple[str, Callable[[float], float], Point], ...]] = (
    ("x^2", lambda x: x * x, (-2.2, 2.2)), ("x^3", lambda x: x**3, (-1.6, 1.6)), (r"\sin x", math.sin, (-6.3, 6.3)),
    (r"\cos x", math.cos, (-6.3, 6.3)), ("e^x", math.exp, (-3.0, 1.6)), (r"\ln x", math.log, (0.08, 5.0)),
    (r"\sqrt{x}", math.sqrt, (0.0, 5.0)), ("2x+1", lambda x: 2 * x + 1, (-3.0, 3.0)),
    ("1-x", lambda x: 1 - x, (-3.0, 4.0)),
    (r"\frac{1}{x}", lambda x: 1 / x, (0.2, 5.0)), ("|x|", abs, (-3.0, 3.0)),
    ("x^2-2x", lambda x: x * x - 2 * x, (-1.4, 3.4)),
    ("4-x^2", lambda x: 4 - x * x, (-2.6, 2.6)), ("2^x", lambda x: 2.0**x, (-3.0, 2.3)),
)  # fmt: skip


def _plot(random: Random) -> list[Item]:
    chosen = random.sample(_FUNCTIONS, random.choice((1, 1, 2)))
    low, high = min(one[2][0] for one in chosen), max(one[2][1] for one in chosen)
    plots = []
    for _, value, (start, end) in chosen:
        xs = [start + (end - start) * at / 120 for at in range(121)]
        dash = (3.0, 2.5) if random.random() < 0.15 else ()
        style = Style(stroke=random.choice(_INKS), width=round(random.uniform(0.6, 1.4), 2), dash=dash)
        plots.append(Plot(tuple((x, value(x)) for x in xs), "line", style))
    ys = [y for plot in plots for _, y in plot.points]
    bottom, top = min(*ys, 0.0) - 0.3, max(*ys, 0.0) + 0.4
    lines = random.choice(("middle", "middle", "left", "box"))
    axes = _axes(random, tuple(plots), (low - 0.2, high + 0.2), (bottom, top), lines)
    items: list[Item] = [axes]
    if random.random() < 0.6:
        name, value, (start, end) = chosen[0]
        x = start + (end - start) * random.uniform(0.3, 0.95)
        at = axes.place((x, value(x)))
        items.append(
            _label(
                f"y={name}" if random.random() < 0.5 else name,
                (at[0] + random.uniform(12, 22), at[1] + random.uniform(-14, 14)),
            )
        )
    return items


def _axes(random: Random, plots: tuple[Plot, ...], x_range: Point, y_range: Point, lines: str) -> Axes:
    width, height = random.uniform(130, 220), random.uniform(100, 170)
    x_at, y_at = (steps(*span, random.choice((4, 6))) for span in (x_range, y_range))
    drops = random.random() < 0.15
    named = lines != "box" or random.random() < 0.5
    names = random.choice((("x", "y"), ("x", "y"), ("t", "v"), ("x", "f(x)")))
    return Axes(
        (0.0, 0.0), width, height, x_range, y_range, plots, lines,  # type: ignore[arg-type]
        Ticks(x_at, () if drops else tuple(_number(at) for at in x_at)),
        Ticks(y_at, () if drops else tuple(_number(at) for at in y_at)),
        (_node(names[0]),) if named else (), (_node(names[1]),) if named else (), grid=random.random() < 0.3,
    )  # fmt: skip


def _number(value: float) -> Node:
    return _node(f"{value:.6g}")


def _bars(random: Random) -> list[Item]:
    count = random.randint(3, 8)
    values = [float(random.randint(1, 20)) for _ in range(count)]
    style = Style(fill=random.choice(_FILLS), stroke=random.choice(("", "#000000", "#000000")), width=0.6)
    plot = Plot(
        tuple((float(at + 1), value) for at, value in enumerate(values)),
        "bars",
        style,
        bar_width=random.uniform(0.5, 0.85),
    )
    top = max(values) * 1.12
    first = random.choice((1, 1, 2015, 2018))
    names = tuple(_node(str(first + at)) if random.random() < 2 else _node("x") for at in range(count))
    if random.random() < 0.3:
        names = tuple(_node(letter) for letter in "ABCDEFGH"[:count])
    y_at = steps(0, top, random.choice((4, 6)))
    width = max(random.uniform(130, 220), 26.0 * count if first > 1 else 0.0)
    return [
        Axes(
            (0.0, 0.0), width, random.uniform(90, 150), (0.3, count + 0.7), (0.0, top), (plot,),
            random.choice(("left", "left", "box")), Ticks(tuple(float(at + 1) for at in range(count)), names),
            Ticks(y_at, tuple(_number(at) for at in y_at)),
            (), (), grid=random.random() < 0.15,
        )
    ]  # fmt: skip


def _number_line(random: Random) -> list[Item]:
    low, count = random.randint(-8, 2), random.randint(5, 11)
    high, width = low + count, random.uniform(180, 260)
    color = random.choice(_INKS[3:])
    start, end = sorted(random.sample(range(low, high + 1), 2))
    plots = []
    if random.random() < 0.8:
        begin = float(start) if random.random() < 0.8 else float(low) - 0.4
        plots.append(Plot(((begin, 0.0), (float(end), 0.0)), "line", Style(stroke=color, width=1.8)))
        for value in (start, end) if begin == start else (end,):
            inside = random.random() < 0.5
            plots.append(
                Plot(
                    ((float(value), 0.0),),
                    "points",
                    Style(stroke=color, fill=color if inside else "#ffffff", width=0.8),
                    marks="*" if inside else "o",
                )
            )
    else:
        plots.append(
            Plot(
                tuple((float(value), 0.0) for value in (start, end)),
                "points",
                Style(stroke=color, fill=color),
                marks="*",
            )
        )
    at = tuple(float(value) for value in range(low, high + 1))
    labels = tuple(_number(value) for value in at)
    axes = Axes(
        (0.0, 0.0), width, 0.0, (low - 0.5, high + 0.7), (-1.0, 1.0), tuple(plots), "middle", Ticks(at, labels), Ticks()
    )
    items: list[Item] = [axes]
    if random.random() < 0.4:
        items.append(_label(random.choice("abxAB"), (axes.place((float(start), 0.0))[0], 11)))
    return items


# Graphs


def _graph(random: Random) -> list[Item]:
    count = random.randint(3, 7)
    pen, dots = _pen(random), random.random() < 0.35
    radius = 2.0 if dots else random.uniform(8.5, 12)
    spread = 55.0 if random.random() < 0.6 else 75.0
    if random.random() < 0.6:
        points = [_turned((spread, 0.0), 90 + 360 * at / count) for at in range(count)]
    else:
        points = [
            (55.0 * (at % 3) + random.uniform(-8, 8), -50.0 * (at // 3) + random.uniform(-8, 8)) for at in range(count)
        ]
    pairs = [(one, other) for one in range(count) for other in range(one + 1, count)]
    chosen = [pair for pair in pairs if random.random() < 1.6 / max(1, count - 2)]
    chosen += [pair for pair in ((at, at + 1) for at in range(count - 1)) if pair not in chosen]
    directed = not dots and random.random() < 0.4
    tip = Tip(random.choice(_TIPS[:3])) if directed else None
    weights = random.random() < 0.3
    items: list[Item] = []
    for one, other in chosen:
        start, end = (_away(points[a], points[b], -radius) for a, b in ((one, other), (other, one)))
        if any(
            at not in (one, other) and _near(points[at], points[one], points[other]) < radius + 6 for at in range(count)
        ):
            continue
        items.append(Group((_line(start, end, style=pen, end=tip),), role="edge"))
        if weights:
            items.append(_label(str(random.randint(1, 12)), _shifted(_between(start, end, 0.4), start, end, 7)))
    fill = random.choice(("", "", random.choice(_PALE)))
    names = random.choice(("123456789", "ABCDEFG", "abcdefg", ("v_1", "v_2", "v_3", "v_4", "v_5", "v_6", "v_7")))
    middle = (sum(x for x, _ in points) / count, sum(y for _, y in points) / count)
    for name, point in zip(names, points, strict=False):
        if dots:
            items.append(Circle(point, radius, Style(fill=pen.stroke)))
            items.append(_label(name, _away(point, middle, 9)))
        else:
            disc = Circle(point, radius, replace(pen, fill=fill))
            items += [Group((disc,), role="node", name=name), _label(name, point, size=9.0)]
    return items


def _near(point: Point, one: Point, other: Point) -> float:
    dx, dy = other[0] - one[0], other[1] - one[1]
    share = ((point[0] - one[0]) * dx + (point[1] - one[1]) * dy) / (dx * dx + dy * dy)
    return math.dist(point, _between(one, other, min(max(share, 0.0), 1.0)))


_MAKERS: Final[dict[str, Callable[[Random], list[Item]]]] = {
    "geometry": _geometry, "plot": _plot, "bars": _bars, "number line": _number_line, "graph": _graph,
}  # fmt: skip
