"""The light semantic pass: what formulas are made of, and that it never fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert.nodes import (
    Accent,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Sym,
    Table,
    Text,
    Unknown,
    walk,
)
from panmath.convert.normal import normal
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.structure import pairs, structure

CASES = Path(__file__).parent / "cases" / "structure.txt"


def cases() -> list[tuple[str, str]]:
    """Blocks of two lines: TeX, and its structure."""
    blocks = CASES.read_text(encoding="utf-8").strip().split("\n\n")
    found = [block.split("\n") for block in blocks if not block.startswith("#")]
    return [(source, expected) for source, expected in found]


def shown(part: object) -> str:
    """A structure as an S-expression; leaves are their texts, and what is not there is a dot."""
    match part:
        case None:
            return "·"
        case Num(text) | Ident(text) | Sym(text) | Operator(text) | Text(text) | Unknown(text):
            return text
        case str() | int():
            return str(part)
        case tuple() if not hasattr(part, "_fields"):
            return f"[{' '.join(map(shown, part))}]"
        case tuple():
            fields = [shown(value) for value in part if not isinstance(value, Accent | Frac | Root | Script | Table)]
            name = type(part).__name__.lower()
            return fields[0] if name == "leaf" else f"({name} {' '.join(fields)})"
        case _:
            raise AssertionError(part)


@pytest.mark.parametrize(("source", "expected"), cases(), ids=[source for source, _ in cases()])
def test_structures(source: str, expected: str) -> None:
    assert shown(structure(normal(tex.read(Source(source), losses=[])))) == expected


LEAVES = st.one_of(
    st.sampled_from("xfPdA∂").map(Ident),
    st.sampled_from("12").map(Num),
    st.sampled_from("()[]{}|‖⟨⟩∑∫+−=,:!°%∀¬/→′").map(Sym),
    st.sampled_from(["sin", "lim", "log", "mod"]).map(Operator),
    st.just(Text("if")),
)


def rows(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.lists(parts, max_size=8).map(lambda items: Row(tuple(items))),
        st.builds(Script, parts, st.none() | parts, st.none() | parts),
        st.lists(parts, max_size=3).map(lambda cells: Table("matrix", (tuple(cells),))),
    )


@given(node=st.recursive(LEAVES, rows, max_leaves=20))
def test_nothing_is_lost(node: Node) -> None:
    """Letters, numbers and names of the normal form stand in the structure, each once and in its order."""
    node = normal(node)
    there = [part for part in walk(node) if isinstance(part, Num | Ident | Operator | Text)]
    assert list(leaves(structure(node))) == there


def leaves(part: object) -> Iterator[Node]:
    match part:
        case Num() | Ident() | Operator() | Text():
            yield part
        case tuple():
            for inner in part:
                yield from leaves(inner)


def test_brackets_that_face_each_other() -> None:
    row = normal(tex.read(Source(r"|a|+([b)|c"), losses=[]))
    assert isinstance(row, Row)
    assert pairs(row.items) == {0: 2, 5: 7}
