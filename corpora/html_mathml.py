r"""MathML of a web page → TeX, by the hub's reader and writer, with what renderers lose put back."""

from __future__ import annotations

from itertools import cycle

from panmath.convert.errors import ParseError
from panmath.convert.nodes import (
    EMPTY,
    Fence,
    Node,
    Script,
    Space,
    Sym,
    Table,
    Text,
    Unknown,
    items_of,
    map_children,
    replace,
    walk,
)
from panmath.convert.readers import mathml
from panmath.convert.source import Source
from panmath.convert.writers import tex as tex_writer

MAX_MARKUP = 300_000
"""Characters of the markup of one formula."""
_USUAL = str.maketrans("◻◼▴▾◂▸", "□■▲▼◀▶")
"""Signs in a size that only renderers know, and those that LaTeX has for them."""
_NEAR = 0.06
"""How far a width in mu may be from a whole number, which it is in TeX: renderers write ems with three digits."""


def tex(markup: str) -> str | None:
    """The formula in TeX, or None where the markup is no formula that can be read."""
    if len(markup) > MAX_MARKUP:
        return None
    try:
        node = mathml.read(Source(markup.translate(_USUAL)), losses=[])
        if any(isinstance(part, Unknown) for part in walk(node)):
            return None
        return tex_writer.write(_restored(node), losses=[]).strip() or None
    except ParseError:
        return None


def _restored(node: Node) -> Node:
    """The formula with alignments, stacked limits and spaces as TeX has them, which MathML draws by other means."""
    match node:
        case Space(mu) if mu != round(mu) and abs(mu - round(mu)) < _NEAR:
            return replace(node, mu=float(round(mu)))
        case Text(text) if text and not text.strip():
            return Space(6.0)
        case Fence(opening, Table() as table, closing) if opening or closing:
            return replace(node, body=map_children(table, _restored))
        case Table() if _is_alignment(node):
            return map_children(replace(node, kind="aligned", columns=()), _restored)
        case Script(_, Table() as below, above) if above is None and _is_stack(below):
            return map_children(replace(node, sub=replace(below, kind="substack", columns=())), _restored)
        case _:
            return map_children(node, _restored)


def _is_stack(table: Table) -> bool:
    return table.kind in ("matrix", "array") and all(len(cells) == 1 for cells in table.rows) and not any(table.rules)


def _is_alignment(table: Table) -> bool:
    """Whether a table without delimiters is lines aligned at relations: `right, left, right, left …`."""
    if table.kind not in ("matrix", "array") or any(table.rules) or not table.rows:
        return False
    if any(letter != side for letter, side in zip(table.columns, cycle("rl"), strict=False)) and set(table.columns) != {
        "c"
    }:
        return False
    seconds = [cells[1] for cells in table.rows if len(cells) > 1 and cells[1] != EMPTY]
    return bool(seconds) and all(_begins_with_relation(cell) for cell in seconds)


def _begins_with_relation(cell: Node) -> bool:
    for item in items_of(cell):
        if isinstance(item, Space) or item == EMPTY:
            continue
        while isinstance(item, Script):
            item = item.base
        return isinstance(item, Sym) and item.cls == "rel"
    return False
