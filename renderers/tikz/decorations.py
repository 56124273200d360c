"""What TikZ does to finished paths: zigzags, waves, braces and marks along them, and hatching; and its matrices."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ...convert.readers.tex.tokens import is_blank, tokenize
from ..labels import corners
from ..scene import (
    Group,
    Item,
    Line,
    Move,
    Part,
    Path,
    Point,
    Scene,
    Shape,
    Style,
    bounds,
    flatten,
    outline,
    polygon,
)
from .options import State, pair, split, unbraced
from .paths import Builder

if TYPE_CHECKING:
    from .reader import Reader

MAX_POINTS: Final = 20_000


def _runs(parts: list[Part]) -> list[list[Point]]:
    return [run for run in flatten(parts, 24) if len(run) > 1]


def _length(points: list[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


def point_at(points: list[Point], distance: float) -> tuple[Point, float]:
    """The point so far along a line, and the direction there in radians."""
    for a, b in pairwise(points):
        step = math.dist(a, b)
        if step and (distance <= step or b is points[-1]):
            share = distance / step
            return (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])), math.atan2(b[1] - a[1], b[0] - a[0])
        distance -= step
    return points[-1], 0.0


def decorated(reader: Reader, state: State, parts: list[Part]) -> list[Part]:
    """The path as its decoration draws it; marks are emitted, and the path itself is gone."""
    options = state.decoration
    name = options.get("name", "lineto")
    raise_by = reader.length(options["raise"], state) if "raise" in options else 0.0
    amplitude = reader.length(options.get("amplitude", "2.5pt"), state)
    segment = reader.length(options.get("segment length", "10pt"), state)
    if "mirror" in options:
        amplitude, raise_by = -amplitude, -raise_by
    if name in ("markings",) or "marks" in options and name == "lineto":
        for run in _runs(parts):
            _marks(reader, state, run, options.get("marks", ""))
        return []
    if segment <= 0.05:
        raise reader.refuse("the segments of a decoration are too short")
    result: list[Part] = []
    for run in _runs(parts):
        pre = reader.length(options.get("pre length", "0"), state) if "pre" in options or "pre length" in options else 0
        post = (
            reader.length(options.get("post length", "0"), state)
            if "post" in options or "post length" in options
            else 0
        )
        result += _one(reader, name, run, amplitude, segment, raise_by, pre, post)
    return result


def _one(
    reader: Reader,
    name: str,
    run: list[Point],
    amplitude: float,
    segment: float,
    raise_by: float,
    pre: float,
    post: float,
) -> list[Part]:
    total = _length(run)
    if total / segment > MAX_POINTS / 16:
        raise reader.refuse("a decoration has too many segments")

    def place(along: float, aside: float) -> Point:
        (x, y), angle = point_at(run, along)
        aside += raise_by
        return (x - math.sin(angle) * aside, y + math.cos(angle) * aside)

    inner = total - pre - post
    match name:
        case "brace":
            return _brace(place, total, amplitude)
        case "zigzag" | "saw":
            count = max(1, int(inner / segment + 1e-6))
            points = [place(0, 0), place(pre, 0)] if pre else [place(0, 0)]
            for n in range(count):
                points += [place(pre + (n + 0.25) * segment, amplitude), place(pre + (n + 0.75) * segment, -amplitude)]
            return list(polygon([*points, place(pre + count * segment, 0), place(total, 0)], False))
        case "snake" | "bent" | "wave":
            steps = max(8, int(inner / segment * 16))
            whole = int(inner / segment * 2 + 1e-6) / 2 * segment
            points = [place(0, 0)]
            for n in range(steps + 1):
                along = whole * n / steps
                points.append(place(pre + along, amplitude * math.sin(2 * math.pi * along / segment)))
            return list(polygon([*points, place(total, 0)], False))
        case "coil":
            steps = max(16, int(inner / segment * 24))
            points = [place(0, 0)]
            for n in range(steps + 1):
                t = 2 * math.pi * inner / segment * n / steps
                along = (
                    pre
                    + inner * n / steps
                    - 0.5 * abs(amplitude) * (1 - math.cos(t)) * 0.5
                    + 0.5 * abs(amplitude) * 0.5
                )
                points.append(place(min(max(along, 0), total), amplitude * math.sin(t)))
            return list(polygon([*points, place(total, 0)], False))
        case "lineto" | "curveto" | "moveto":
            return list(polygon([place(0, 0), *run[1:-1], place(total, 0)], False))
        case "ticks" | "border":
            result: list[Part] = []
            for n in range(int(total / segment) + 1):
                result += polygon([place(n * segment, amplitude), place(n * segment, -amplitude)], False)
            return result
        case "random steps":
            count = max(1, int(total / segment))
            points = [place(n * segment, amplitude * (0.7 if n * 7 % 3 else -0.6)) for n in range(1, count)]
            return list(polygon([place(0, 0), *points, place(total, 0)], False))
    raise reader.refuse(f"the decoration {name!r} is not known")


def _brace(place, total: float, amplitude: float) -> list[Part]:  # type: ignore[no-untyped-def]
    from ..scene import Curve

    a, half = abs(amplitude), total / 2
    reach = min(a, half / 2)
    return [
        Move(place(0, 0)),
        Curve(place(0.3 * reach, 0.5 * amplitude), place(reach * 0.6, 0.5 * amplitude), place(reach, 0.5 * amplitude)),
        Line(place(half - reach, 0.5 * amplitude)),
        Curve(place(half - 0.5 * reach, 0.5 * amplitude), place(half - 0.15 * reach, 0.7 * amplitude), place(half,
        amplitude)),
        Curve(
            place(half + 0.15 * reach, 0.7 * amplitude), place(half + 0.5 * reach, 0.5 * amplitude),
            place(half + reach, 0.5 * amplitude),
        ),
        Line(place(total - reach, 0.5 * amplitude)),
        Curve(place(total - 0.6 * reach, 0.5 * amplitude), place(total - 0.3 * reach, 0.5 * amplitude), place(total,
        0)),
    ]  # fmt: skip


def _marks(reader: Reader, state: State, run: list[Point], marks: str) -> None:
    total = _length(run)
    for mark in filter(None, marks.split("\0")):
        match = re.match(r"\s*at position\s+(\S+)\s+with\s*(.*)", mark, re.DOTALL)
        several = re.match(r"\s*between positions\s+(\S+)\s+and\s+(\S+)\s+step\s+(\S+)\s+with\s*(.*)", mark, re.DOTALL)
        if match is not None:
            places, body = [reader.evaluate(match[1], state)], match[2]
        elif several is not None:
            low, high = (reader.evaluate(several[n], state) for n in (1, 2))
            step = reader.evaluate(several[3], state)
            size = step[0] / total if step[1] else step[0]
            if size <= 0.0005:
                raise reader.refuse("marks stand too close")
            places = [(low[0] + n * size, False) for n in range(int((high[0] - low[0]) / size + 1e-6) + 1)]
            body = several[4]
        else:
            raise reader.refuse(f"the mark {mark.strip()[:40]!r} is not understood")
        for share, is_length in places:
            at, angle = point_at(run, share if is_length else share * total)
            _mark(reader, state, unbraced(body), at, angle)


def _mark(reader: Reader, state: State, body: str, at: Point, angle: float) -> None:
    arrow = re.match(r"\s*\\(arrow|arrowreversed)\s*(?:\[([^\]]*)\])?\s*\{(.*?)\}\s*;?\s*\Z", body, re.DOTALL)
    inner = state.copy()
    inner.decorates, inner.post = False, ()
    if arrow is None:
        from ..scene import multiply, rotation

        inner.matrix = multiply(rotation(math.degrees(angle)), (1, 0, 0, 1, *at))
        reader.sub(tokenize(body), inner)
        return
    inner.draws = True
    if arrow[2]:
        reader.apply(inner, arrow[2])
    written = arrow[3].strip()
    options = re.match(r"(.*?)\[(.*)\]\s*\Z", written, re.DOTALL)
    if options is not None and not options[1].strip():
        written = ">"
    tip = inner.resolved(reader.tip(written, inner, ">"))
    if tip is None:
        return
    if arrow[1] == "arrowreversed":
        tip = replace(tip, reversed=not tip.reversed)
    x, y = math.cos(angle), math.sin(angle)
    start = (at[0] - 0.01 * x, at[1] - 0.01 * y)
    style = replace(inner.style(), fill="", dash=())
    reader.emit(state, Path((Move(start), Line(at)), style, end=tip))


def hatched(pattern: str, shape: Shape, color: str, reader: Reader) -> tuple[Item, ...]:
    """Lines of a pattern over the box of a shape; the caller clips them."""
    box = bounds(Scene((replace(shape, style=Style()),)), corners)
    name = pattern.partition("[")[0].strip()
    if box is None:
        return ()
    left, bottom, right, top = box
    if (right - left) * (top - bottom) > 4_000_000:
        raise reader.refuse("a pattern covers too large a part")
    style = Style(stroke=color, width=0.4)
    lines: list[Item] = []
    known = {
        "north east lines": (45,), "north west lines": (135,), "horizontal lines": (0,), "vertical lines": (90,),
        "crosshatch": (45, 135), "grid": (0, 90), "Lines": (0,), "Hatch": (0, 90),
    }  # fmt: skip
    if name in ("dots", "crosshatch dots"):
        from ..scene import Circle

        filled = Style(fill=color)
        for m in range(math.floor(left / 3), math.ceil(right / 3) + 1):
            lines += [
                Circle((m * 3, n * 3), 0.5, filled) for n in range(math.floor(bottom / 3), math.ceil(top / 3) + 1)
            ]
        return tuple(lines)
    if name not in known:
        raise reader.refuse(f"the pattern {pattern!r} is not known")
    center, reach = ((left + right) / 2, (bottom + top) / 2), math.hypot(right - left, top - bottom) / 2
    gap = 3 / math.sqrt(2) if 45 in known[name] or 135 in known[name] else 3.0
    for angle in known[name]:
        x, y = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        count = math.ceil(reach / gap)
        for n in range(-count, count + 1):
            mid = (center[0] - y * n * gap, center[1] + x * n * gap)
            ends = [(mid[0] - x * reach, mid[1] - y * reach), (mid[0] + x * reach, mid[1] + y * reach)]
            lines.append(Path(polygon(ends, False), style))
    return tuple(lines)


def matrix(reader: Reader, state: State, b: Builder, after: list[Item]) -> None:
    """``\\matrix``: cells in rows and columns, as nodes or as small pictures."""
    inner = reader.node_state(state)
    inner.matrix_kind = ""
    outside, inner.matrix = inner.matrix, state.matrix
    at = None
    while True:
        tok = reader.skip_blanks()
        if tok in reader.macros and tok:
            reader.expand(*reader.take())
        elif tok == "[":
            reader.state_now = state
            inner.matrix = (1, 0, 0, 1, 0, 0)
            reader.node_options(inner, reader.expanded(reader.raw_option() or []), outside)
        elif tok == "(":
            reader.take()
            inner.name = reader.expanded(reader.balanced("(", ")", reader.here)).strip()
        elif reader.word_next("at"):
            tokens, plus = reader.raw_coordinate()
            at, _ = reader.coordinate(tokens, state, (0.0, 0.0), plus)
        elif tok == "{":
            body = reader.raw_group("matrix", reader.here)
            break
        else:
            raise reader.refuse("a matrix needs its cells in braces")
    inner.at = at or inner.at
    cells = _cells(body, inner.ampersand)
    drawn = [[_cell(reader, inner, cell, row, column) for column, cell in enumerate(line, 1)]
             for row, line in enumerate(cells, 1)]  # fmt: skip
    count = max(map(len, drawn), default=0)
    empty = (0.0, 0.0, 0.0, 0.0)
    lefts = [max((-line[c][1][0] for line in drawn if c < len(line)), default=0.0) for c in range(count)]
    rights = [max((line[c][1][2] for line in drawn if c < len(line)), default=0.0) for c in range(count)]
    tops = [max((cell[1][3] for cell in line), default=0.0) for line in drawn]
    downs = [max((-cell[1][1] for cell in line), default=0.0) for line in drawn]
    del empty
    xs, x = [], 0.0
    for c in range(count):
        x += lefts[c] + (inner.column_sep if c else 0.0)
        xs.append(x)
        x += rights[c]
    width = x
    ys, y = [], 0.0
    for r in range(len(drawn)):
        y -= tops[r] + (inner.row_sep if r else 0.0)
        ys.append(y)
        y -= downs[r]
    height = -y
    _set_matrix(reader, inner, b, after, drawn, xs, ys, width, height)


Cell = tuple[list[Item], tuple[float, float, float, float], list[str]]


def _set_matrix(
    reader: Reader, state: State, b: Builder, after: list[Item], drawn: list[list[Cell]],
    xs: list[float], ys: list[float], width: float, height: float,
) -> None:  # fmt: skip
    from ..scene import multiply
    from .nodes import NodeBox

    outer = state.outer if state.outer is not None else 0.5 * state.width
    half_width = max(width / 2 + state.inner[0], state.minimum[0] / 2)
    half_height = max(height / 2 + state.inner[1], state.minimum[1] / 2)
    box = NodeBox("rectangle", half_width + outer, half_height + outer, outer)
    anchor = box.local_anchor(state.anchor) or (0.0, 0.0)
    place = state.at if state.at is not None else b.last
    shift = (state.node_matrix[4], state.node_matrix[5])
    center = (place[0] - anchor[0] + shift[0], place[1] - anchor[1] + shift[1])
    box = box.moved((1, 0, 0, 1, *center))
    if state.name:
        reader.boxes[state.name] = box
    style = state.style()
    if style.stroke or style.fill:
        after.append(box.drawn(style, state.rounding))
    corner = (center[0] - width / 2, center[1] + height / 2)
    for row, line in enumerate(drawn):
        for column, (items, _, names) in enumerate(line):
            move = (1.0, 0.0, 0.0, 1.0, corner[0] + xs[column], corner[1] + ys[row])
            for name in names:
                reader.boxes[name] = reader.boxes[name].moved(move)
            if items:
                after.append(Group(tuple(items), role="cell", transform=multiply((1, 0, 0, 1, 0, 0), move)))


def _cells(body: list[str], mark: str) -> list[list[list[str]]]:
    rows: list[list[list[str]]] = [[[]]]
    depth = 0
    brackets = 0
    skipping = False
    for tok in body:
        depth += (tok == "{") - (tok == "}")
        if skipping:
            brackets += (tok == "[") - (tok == "]")
            skipping = brackets > 0
            continue
        if depth == 0 and tok == mark:
            rows[-1].append([])
        elif depth == 0 and tok in ("\\\\", "\\pgfmatrixendrow"):
            rows.append([[]])
        elif depth == 0 and tok == "[" and len(rows[-1]) == 1 and not "".join(rows[-1][0]).strip():
            skipping, brackets = True, 1
        else:
            rows[-1][-1].append(tok)
    if not any("".join(cell).strip() for cell in rows[-1]):
        rows.pop()
    return rows


def _cell(reader: Reader, state: State, tokens: list[str], row: int, column: int) -> Cell:
    """One cell, drawn around its own origin: its items, its box there and the nodes in it."""
    inner = state.copy()
    inner.draws = inner.fills = False
    inner.matrix = (1, 0, 0, 1, 0, 0)
    inner.node_matrix, inner.at, inner.name, inner.labels = (1, 0, 0, 1, 0, 0), None, "", ()
    inner.minimum, inner.text_width = (0.0, 0.0), 0.0
    for style in (f"column {column}", f"row {row}", f"row {row} column {column}"):
        if style in inner.styles:
            reader.apply(inner, inner.styles[style])
    before = set(reader.boxes)
    old = dict(reader.boxes)
    kept, reader.items = reader.items, []
    text = "".join(tok for tok in tokens if not is_blank(tok) or not tok.startswith("%")).strip()
    names: list[str] = []
    if state.matrix_kind and not text.startswith(("\\node", "\\coordinate", "\\draw", "\\path")):
        after: list[Item] = []
        if text or state.empty_cells:
            node = reader.node_state(inner)
            reader.style(node, "every node")
            if text.startswith("|"):
                options, _, text = text[1:].partition("|")
                called = re.search(r"\(([^)]*)\)", options)
                bracket = re.search(r"\[(.*)\]", options, re.DOTALL)
                if bracket is not None:
                    reader.apply(node, reader.expanded(bracket[1]))
                if called is not None:
                    names.append(called[1])
            text = reader.expanded(text.strip())
            if state.matrix_kind == "math" and text:
                text = f"${text}$"
            node.anchor = "base" if node.anchor == "center" else node.anchor
            node.matrix = (1, 0, 0, 1, 0, 0)
            node.node_matrix = (1, 0, 0, 1, 0, 0)
            box = reader.node(node, text, Builder(), after, "node")
            if state.name:
                names.append(f"{state.name}-{row}-{column}")
            for name in names:
                reader.boxes[name] = box
            reader.items += after
    else:
        inner.anchor = "center"
        reader.sub(tokens, inner)
        names += [name for name in reader.boxes if name not in before or reader.boxes[name] is not old.get(name)]
    items, reader.items = reader.items, kept
    size = bounds(Scene(tuple(items)), corners) or (0.0, 0.0, 0.0, 0.0)
    for name in names:
        box = reader.boxes[name]
        x, y = box.center
        size = (min(size[0], x - box.half_width + box.outer), min(size[1], y - box.half_height + box.outer),
                max(size[2], x + box.half_width - box.outer), max(size[3],
                y + box.half_height - box.outer))  # fmt: skip
    return items, size, names


__all__ = ["decorated", "hatched", "matrix", "outline", "pair", "split"]
