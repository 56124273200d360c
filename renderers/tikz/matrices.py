"""``\\matrix``: cells in rows and columns, as nodes or as small pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...convert.readers.tex.tokens import is_blank
from ..labels import corners
from ..scene import Group, Item, Scene, bounds, multiply
from .nodes import NodeBox
from .options import State
from .paths import Builder

if TYPE_CHECKING:
    from .path_reader import PathReader


def matrix(reader: PathReader, state: State, b: Builder, after: list[Item]) -> None:
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
    lefts = [max((-line[c][1][0] for line in drawn if c < len(line)), default=0.0) for c in range(count)]
    rights = [max((line[c][1][2] for line in drawn if c < len(line)), default=0.0) for c in range(count)]
    tops = [max((cell[1][3] for cell in line), default=0.0) for line in drawn]
    downs = [max((-cell[1][1] for cell in line), default=0.0) for line in drawn]
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
    reader: PathReader, state: State, b: Builder, after: list[Item], drawn: list[list[Cell]],
    xs: list[float], ys: list[float], width: float, height: float,
) -> None:  # fmt: skip

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


def _cell(reader: PathReader, state: State, tokens: list[str], row: int, column: int) -> Cell:
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
