"""Sentences of plots, number lines, bar charts and graphs → the figure."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Final

from ...convert.errors import UnsupportedError
from ...convert.nodes import Ident, Node, Num, Row, Text
from ...convert.readers import tex as tex_reader
from ...convert.source import Source
from .. import plot
from ..charts import steps
from ..scene import Axes, Circle, Group, Item, Label, Line, Move, Path, Plot, Point, Scene, Style, Ticks, Tip
from .construction_figure import framed, number, point_name
from .cursor import Amount, Cursor, NoMatch

MOST: Final = 60
"""Bars of a chart, vertices of a graph, points of a number line."""
_BLUE: Final = "#0000ff"
_DASHED: Final = Style(stroke="#808080", width=0.6, dash=(4.0, 3.0))
_RADIUS: Final = 70.0


def read_plot(cursor: Cursor) -> Scene:
    """Curves of formulas over a range, with asymptotes and points: "plot y = x squared from minus 2 to 2"."""
    curves: list[Node] = []
    domain: Point | None = None
    extra: list[Plot] = []
    cursor.expect("plot", "plot", "noun")
    cursor.take("plot", "plot", "noun")
    curves.append(_formula(cursor))
    while not cursor.done:
        joined = cursor.comma()
        cursor.take("word", "with")
        if (found := _domain(cursor)) is not None:
            domain = found
        elif cursor.take("plot", "asymptote"):
            extra.append(_asymptote(cursor))
        elif cursor.take("plot", "mark"):
            extra += _marked(cursor)
        elif joined:
            cursor.take("plot", "plot", "noun")
            curves.append(_formula(cursor))
        else:
            raise NoMatch
    node = curves[0] if len(curves) == 1 else _listed(curves)
    scene = plot.over(node, domain, losses=cursor.losses)
    (axes,) = scene.items
    if not isinstance(axes, Axes):
        cursor.at = 0
        cursor.refuse("this formula has no curve that can be plotted")
    return framed((_with(axes, extra),))


def _listed(curves: list[Node]) -> Node:
    found: list[Node] = []
    for one in curves:
        found += [tex_reader.read(Source(","), losses=[])] if found else []
        found += one.items if isinstance(one, Row) else [one]
    return Row(tuple(found))


def _formula(cursor: Cursor) -> Node:
    """The formula up to the next word that may end it; the shortest that is one."""
    begin = cursor.at
    stops = [
        at for at in range(begin + 1, len(cursor.tokens))
        if cursor.tokens[at].text == "," or cursor.tokens[at].means("word", "and", "from", "between", "with", "for")
        or "plot" in cursor.tokens[at].senses
    ]  # fmt: skip
    for stop in (*stops, len(cursor.tokens)):
        cursor.at = begin
        try:
            return cursor.formula(stop)
        except NoMatch:
            continue
    raise NoMatch


def _domain(cursor: Cursor) -> Point | None:
    """From a to b, between a and b, for x from a to b."""
    before = cursor.at
    if cursor.take("word", "for"):
        cursor.letter()
    if cursor.take("word", "from", "between", "in"):
        low = cursor.value()
        if low is not None and cursor.take("word", "to", "and"):
            high = cursor.value()
            if high is not None:
                if not low.value < high.value:
                    cursor.at -= 1
                    cursor.refuse("a range goes from a smaller number to a larger one")
                return low.value, high.value
    cursor.at = before
    return None


def _asymptote(cursor: Cursor) -> Plot:
    name = cursor.letter()
    if name not in ("x", "y") or not cursor.take("word", "is"):
        raise NoMatch
    amount = cursor.value()
    if amount is None:
        raise NoMatch
    at, far = amount.value, 1e4
    ends = ((at, -far), (at, far)) if name == "x" else ((-far, at), (far, at))
    return Plot(ends, "line", _DASHED)


def _marked(cursor: Cursor) -> list[Plot]:
    places = cursor.listed(cursor.pair)
    if not places:
        raise NoMatch
    dark = Style(stroke="#000000", fill="#000000")
    return [Plot(((x.value, y.value),), "points", dark, marks="*") for x, y in places]


def _with(axes: Axes, extra: list[Plot]) -> Axes:
    """The axes with more on them, which must lie in their ranges."""
    (x0, x1), (y0, y1) = axes.x_range, axes.y_range
    added: list[Plot] = []
    for one in extra:
        if one.kind == "line":
            (ax, ay), (bx, by) = one.points
            one = replace(one, points=((max(ax, x0), max(ay, y0)), (min(bx, x1), min(by, y1))))
        if not all(x0 <= x <= x1 and y0 <= y <= y1 for x, y in one.points):
            raise UnsupportedError("what is to be marked lies outside of the range that is drawn")
        added.append(one)
    return replace(axes, plots=(*axes.plots, *added))


def read_number_line(cursor: Cursor) -> Scene:
    """A number line from a to b with points, or with the set of an inequality or interval."""
    named = cursor.take("numberline", "line") is not None
    if not named:
        cursor.expect("numberline", "interval")
        return framed(plot.scene(_interval(cursor), losses=cursor.losses).items)
    cursor.take("word", "with", "for")
    if cursor.take("numberline", "interval"):
        return framed(plot.scene(_interval(cursor), losses=cursor.losses).items)
    span = _domain(cursor)
    if span is None and not cursor.sees("numberline", "points"):
        cursor.take("numberline", "solution")
        scene = plot.scene(cursor.formula(len(cursor.tokens)), losses=cursor.losses)
        if not isinstance(scene.items[0], Axes):
            raise NoMatch
        return framed(scene.items)
    cursor.comma()
    cursor.take("word", "with")
    values: list[tuple[str | None, Amount]] = []
    if cursor.take("numberline", "points"):
        cursor.take("word", "at")
        while len(values) < MOST:
            name = cursor.name()
            cursor.take("word", "is", "at")
            amount = cursor.value()
            if amount is None:
                break
            values.append((name, amount))
            if not cursor.comma():
                break
        if not values:
            raise NoMatch
    cursor.finish()
    low, high = span or (
        math.floor(min(one.value for _, one in values)) - 1, math.ceil(max(one.value for _, one in values)) + 1
    )  # fmt: skip
    if not all(low <= one.value <= high for _, one in values):
        raise UnsupportedError("a point lies outside of the number line")
    ticks = steps(low, high, 12)
    style = Style(stroke=_BLUE, fill=_BLUE)
    plots = tuple(Plot(((one.value, 0.0),), "points", style, marks="*") for _, one in values)
    axes = Axes(
        (0.0, 0.0), plot.WIDTH, 0.0, (low, high), (-1.0, 1.0), plots, "middle",
        Ticks(ticks, tuple(map(number, ticks))),
    )  # fmt: skip
    names = [
        Label((axes.place((one.value, 0.0))[0], 8.0), (point_name(name),), anchor="south")
        for name, one in values if name is not None
    ]  # fmt: skip
    return framed((axes, *names))


def _interval(cursor: Cursor) -> Node:
    """[a, b), (a, b], or from a to b, open or closed; the ends belong to it unless it is said to be open."""
    opened = cursor.sign("[", "(")
    if opened is None:
        is_open = cursor.tokens[cursor.at - 1].text.lower().startswith(("open", "интервал"))
        span = _domain(cursor)
        if span is None:
            raise NoMatch
        cursor.finish()
        return _interval_node(span, "(" if is_open else "[", ")" if is_open else "]")
    low = cursor.value()
    separated = cursor.sign(",", ";")
    high = cursor.value()
    closed = cursor.sign("]", ")")
    if low is None or high is None or separated is None or closed is None or not low.value < high.value:
        raise NoMatch
    cursor.finish()
    return _interval_node((low.value, high.value), opened, closed)


def _interval_node(span: Point, opened: str, closed: str) -> Node:
    return tex_reader.read(Source(rf"x \in {opened}{span[0]:g}, {span[1]:g}{closed}"), losses=[])


def read_bars(cursor: Cursor) -> Scene:
    """A bar chart with values, or with words and a value for each: "apples 3, pears 5"."""
    cursor.expect("chart", "bars")
    title = cursor.take("quoted") if cursor.take("chart", "title") else None
    cursor.take("word", "with", "of", "for")
    cursor.sign(":")
    bare = cursor.take("chart", "values") is not None
    cursor.sign(":")
    cursor.take("word", "is")
    rows: list[tuple[str, float]] = []
    while len(rows) < MOST and not cursor.done:
        name = "" if cursor.value_follows() else _category(cursor)
        cursor.sign(":")
        cursor.take("word", "is", "with")
        amount = cursor.value()
        if amount is None:
            raise NoMatch
        rows.append((name, amount.value))
        if not cursor.comma():
            break
    cursor.finish()
    if not rows or (bare and any(name for name, _ in rows) and not all(name for name, _ in rows)):
        raise NoMatch
    values = [value for _, value in rows]
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        high = 1.0
    at = tuple(float(k) for k in range(1, len(rows) + 1))
    names = tuple(Text(name) if name else Num(str(k)) for k, (name, _) in enumerate(rows, 1))
    up = steps(low, 1.1 * high, 6)
    bars = Plot(tuple(zip(at, values, strict=True)), "bars", Style(stroke="#000000", fill="#6699cc"), bar_width=0.7)
    size = (max(plot.WIDTH, 28.0 * len(rows)), plot.HEIGHT)
    axes = Axes(
        (0.0, 0.0), *size, (0.4, len(rows) + 0.6), (1.1 * low, 1.1 * high), (bars,), "left",
        Ticks(at, names), Ticks(up, tuple(map(number, up))), title=(Text(title),) if title else (),
    )  # fmt: skip
    return framed((axes,))


def _category(cursor: Cursor) -> str:
    """The words before a value."""
    found: list[str] = []
    while not cursor.done and not cursor.value_follows() and cursor.token is not None:
        token = cursor.token
        if token.text in (":", ",", "=") or not token.text[-1].isalnum() and "quoted" not in token.senses:
            break
        if token.means("word", "is", "and"):
            break
        found.append(token.means("quoted") or token.text)
        cursor.at += 1
        if len(found) > 4:
            raise NoMatch
    if not found:
        raise NoMatch
    return " ".join(found)


def read_graph(cursor: Cursor) -> Scene:
    """A graph by its vertices and edges, or a known one: complete, cycle, path, star, wheel, bipartite."""
    kind = cursor.expect("graph", "graph", "directed", "complete", "cycle", "path", "star", "wheel", "bipartite")
    cursor.take("word", "with", "on", "of")
    if kind in ("graph", "directed"):
        return _listed_graph(cursor, kind == "directed")
    name = cursor.take("name")
    count = cursor.count() if name is None else int(name[1:]) if name[1:].isdigit() else None
    second = None
    if kind == "bipartite":
        cursor.sign(",")
        cursor.take("word", "and")
        second = cursor.count()
        if second is None:
            raise NoMatch
    cursor.take("graph", "vertices")
    cursor.finish()
    if count is None or not 1 <= count + (second or 0) <= MOST:
        raise NoMatch
    names = [str(k) for k in range(1, count + (second or 0) + 1)]
    match kind:
        case "complete":
            edges = list(combinations(names, 2))
        case "cycle":
            edges = list(pairwise([*names, names[0]]))
        case "path":
            edges = list(pairwise(names))
        case "star":
            edges = [(names[0], other) for other in names[1:]]
        case "wheel":
            edges = [(names[0], other) for other in names[1:]] + list(pairwise([*names[1:], names[1]]))
        case _:
            edges = [(a, b) for a in names[:count] for b in names[count:]]
    return _drawn_graph(names, edges, False, {}, kind, count)


def _listed_graph(cursor: Cursor, directed: bool) -> Scene:
    cursor.expect("graph", "vertices")
    cursor.sign(":")
    names: list[str] = []
    while (found := _vertex(cursor)) is not None and len(names) < MOST:
        names.append(found)
        before = cursor.at
        if not cursor.comma():
            break
        if cursor.sees("graph", "edges"):
            cursor.at = before
            break
    cursor.comma()
    cursor.take("word", "with")
    cursor.expect("graph", "edges")
    cursor.sign(":")
    edges: list[tuple[str, str]] = []
    weights: dict[tuple[str, str], str] = {}
    while True:
        edge = _edge(cursor)
        if edge is None or not set(edge) <= set(names):
            raise NoMatch
        edges.append(edge)
        before = cursor.at
        if cursor.take("word", "of", "with") is not None and cursor.take("graph", "weight") is None:
            cursor.at = before
        elif cursor.tokens[cursor.at - 1].means("graph", "weight") or cursor.take("graph", "weight"):
            amount = cursor.value()
            if amount is None:
                raise NoMatch
            weights[edge] = amount.text
        if not cursor.comma():
            break
    cursor.finish()
    if len(set(names)) < len(names) or not names:
        raise NoMatch
    return _drawn_graph(names, edges, directed, weights, "graph", len(names))


def _vertex(cursor: Cursor) -> str | None:
    name = cursor.name()
    if name is not None:
        return name
    count = cursor.count()
    return str(count) if count is not None else None


def _edge(cursor: Cursor) -> tuple[str, str] | None:
    pair = cursor.names(2)
    if pair is not None:
        return pair[0], pair[1]
    cursor.take("word", "from", "between")
    opened = cursor.sign("(", "{")
    first = _vertex(cursor)
    if opened:
        cursor.sign(",")
    else:
        cursor.sign("-") or cursor.take("word", "to", "and")
    second = _vertex(cursor)
    if opened:
        cursor.sign(")", "}")
    return (first, second) if first is not None and second is not None else None


def _drawn_graph(
    names: list[str], edges: list[tuple[str, str]], directed: bool, weights: dict[tuple[str, str], str], kind: str,
    count: int,
) -> Scene:  # fmt: skip
    at = _vertex_places(names, kind, count)
    items: list[Item] = []
    for first, second in edges:
        if first == second:
            raise UnsupportedError(f"a loop at {first} is not drawn")
        (ax, ay), (bx, by) = at[first], at[second]
        size = math.dist((ax, ay), (bx, by))
        ux, uy = (bx - ax) / size, (by - ay) / size
        line = Path((Move((ax + 9 * ux, ay + 9 * uy)), Line((bx - 9 * ux, by - 9 * uy))), Style(stroke="#000000"),
                    end=Tip("Stealth") if directed else None)  # fmt: skip
        items.append(Group((line,), role="edge", name=f"{first}-{second}"))
        if (first, second) in weights:
            node: Node = Num(weights[first, second])
            items.append(Label(((ax + bx) / 2 - 7 * uy, (ay + by) / 2 + 7 * ux), (node,), size=9))
    for name in names:
        node = Num(name) if name.isdigit() else point_name(name) if name[0].isalpha() else Ident(name)
        circle = Circle(at[name], 9.0, Style(stroke="#000000", fill="#ffffff"))
        items.append(Group((circle, Label(at[name], (node,))), role="node", name=name))
    return Scene(tuple(items))


def _vertex_places(names: list[str], kind: str, count: int) -> dict[str, Point]:
    if kind == "path":
        return {name: (44.0 * k, 0.0) for k, name in enumerate(names)}
    if kind == "bipartite":
        rows = (names[:count], names[count:])
        return {
            name: (44.0 * (k - (len(row) - 1) / 2), 80.0 * (1 - side)) for side, row in enumerate(rows)
            for k, name in enumerate(row)
        }  # fmt: skip
    middle = names[:1] if kind in ("star", "wheel") else []
    around = names[len(middle) :]
    reach = max(_RADIUS, 8.0 * len(around))
    turn = 2 * math.pi / max(len(around), 1)
    places = {name: (reach * math.sin(k * turn), reach * math.cos(k * turn)) for k, name in enumerate(around)}
    return places | dict.fromkeys(middle, (0.0, 0.0))
