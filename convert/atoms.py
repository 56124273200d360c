"""TeX's classes of atoms, and which binary operators are not binary where they stand (TeXbook, Appendix G)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import assert_never, get_args

from . import symbols
from .nodes import (
    Accent,
    AtomClass,
    Enclosed,
    Fence,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Stack,
    Styled,
    Sym,
    Table,
    Text,
    Unknown,
)

ATOM_CLASSES: dict[str, AtomClass] = {name: name for name in get_args(AtomClass)} | {"int": "op"}
"""The class of atom for each class of symbols.tsv that has one."""

_MARKS_OF_OPERATORS = frozenset({"overbrace", "underbrace", "overbracket", "underbracket", "overparen", "underparen"})
_BEFORE_UNARY: frozenset[AtomClass] = frozenset({"bin", "op", "rel", "open", "punct"})
_AFTER_UNARY: frozenset[AtomClass] = frozenset({"rel", "close", "punct"})


def atom_class(node: Node) -> AtomClass:
    """The class of the atom as it stands in the source, before binary operators are settled."""
    while True:
        match node:
            case Sym(_, cls):
                return cls
            case Operator():
                return "op"
            case Script(base):
                node = base
            case Stack(base):
                node = base
            case Accent(_, mark):
                return "op" if mark in _MARKS_OF_OPERATORS else "ord"
            case Fence():
                return "inner"
            case Table(kind):
                # The brace of cases is a \\left without its \\right.
                return "inner" if kind in ("cases", "rcases") else "ord"
            case Styled(_, "class", value):
                return value  # type: ignore[return-value]
            case Styled(body) | Enclosed(body):
                node = body
            case Num() | Ident() | Text() | Space() | Row() | Frac() | Root() | Unknown():
                return "ord"
            case _:
                assert_never(node)


def settle(items: Sequence[Node]) -> list[AtomClass]:
    """The class of each item in its row.

    TeXbook, Appendix G, rules 5 and 6: a Bin atom becomes Ord at the start, after Bin, Op, Rel, Open or Punct, and
    before Rel, Close or Punct. Spaces are transparent and count as Ord in the result.
    """
    classes = [atom_class(item) for item in items]
    previous = -1
    for index, item in enumerate(items):
        if isinstance(item, Space):
            continue
        if classes[index] == "bin" and (previous < 0 or classes[previous] in _BEFORE_UNARY):
            classes[index] = "ord"
        if classes[index] in _AFTER_UNARY and previous >= 0 and classes[previous] == "bin":
            classes[previous] = "ord"
        previous = index
    if previous >= 0 and classes[previous] == "bin":
        classes[previous] = "ord"
    return classes


@cache
def default_class(char: str) -> AtomClass:
    """The class TeX gives a character that stands alone."""
    symbol = symbols.by_char(char)
    if symbol is None:
        return "ord"
    return ATOM_CLASSES.get(symbol.cls, "ord")
