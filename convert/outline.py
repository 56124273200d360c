r"""A tree as an indented outline, for people: what `panmath -t ast` prints.

>>> from .nodes import Frac, Ident, Num
>>> print(outline(Frac(Ident("a"), Num("2"), style="display")))
Frac style=display
    num: Ident a
    den: Num 2
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import get_args

from .nodes import Node

_NODES = get_args(Node)
_INDENT = "    "


def outline(node: Node) -> str:
    """One line a node, children below it with the name of the part that they are. Needs no recursion."""
    lines: list[str] = []
    waiting: list[tuple[int, str, Node]] = [(0, "", node)]
    while waiting:
        depth, label, node = waiting.pop()
        lines.append(f"{_INDENT * depth}{label}{' '.join((type(node).__name__, *_attributes(node)))}")
        waiting.extend((depth + 1, label, part) for label, part in reversed(list(_parts(node))))
    return "\n".join(lines)


def _parts(node: Node) -> Iterator[tuple[str, Node]]:
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, _NODES):
            yield f"{field.name}: ", value
        elif field.name == "items":
            for item in value:
                yield "", item
        elif field.name == "rows":
            for row, cells in enumerate(value, 1):
                for column, cell in enumerate(cells, 1):
                    yield f"{row},{column}: ", cell


def _attributes(node: Node) -> Iterator[str]:
    """The fields that are no nodes: those without a default bare, the others by name where they differ from it."""
    for field in fields(node):
        value = getattr(node, field.name)
        if field.name in ("items", "rows", "span") or isinstance(value, _NODES) or value is None:
            continue
        shown = " ".join(value) if isinstance(value, tuple) else str(value)
        if field.default is MISSING:
            yield shown or '""'
        elif value != field.default:
            yield f"{field.name}={shown}"
