r"""The MathML reader and writer: what they make of things, what they refuse, and that the reader undoes the writer."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert import ParseError, Source, alphabets
from panmath.convert.errors import Losses
from panmath.convert.nodes import (
    EMPTY,
    Accent,
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
    walk,
)
from panmath.convert.normal import normal
from panmath.convert.readers import mathml as reader
from panmath.convert.readers import tex
from panmath.convert.symbols import rows
from panmath.convert.writers import mathml as writer
from panmath.convert.writers import tex as tex_writer

# Any formula at all

LETTERS = "abcdehilxyzABCEIRXZαβγθωϵφΓΔΣΩℏℓıȷℵ"
FONTS = ["", "rm", "it", "bf", "bi", "cal", "bfcal", "scr", "bfscr", "frak", "bffrak", "bb"]
FONTS += ["sf", "sfbf", "sfit", "sfbi", "tt"]
WORD_FONTS = ["rm", "it", "bf", "bi", "sf", "sfbf", "sfit", "sfbi", "tt"]
CLASSES = ["ord", "op", "bin", "rel", "open", "close", "punct", "inner"]
TWINS = frozenset("〈〉–’‐·")
"""Characters that Unicode or programs take for others, which is what the reader does too."""
SYMBOLS = [(row.char, "op" if row.cls == "int" else row.cls) for row in rows() if row.cls in (*CLASSES, "int")]
SYMBOLS = [(char, cls) for char, cls in SYMBOLS if char not in TWINS]
MARKS = [row.name for row in rows() if row.cls in ("accent", "wide", "under")]
NAMES = [row.char for row in rows() if row.cls in ("fn", "fnlim")]
DELIMITERS = ["", *"()[]{}⟨⟩|‖⌊⌋⌈⌉/\\↑↓↕"]
KINDS = ["matrix", "small", "array", "cases", "rcases", "aligned", "gathered", "lines", "substack", "cd"]
ENCLOSURES = ["box", "cancel", "bcancel", "xcancel", "strike", "phantom", "hphantom", "vphantom", "smash"]
ENCLOSURES += ["llap", "rlap", "clap", "raise", "circle", "angle", "longdiv", "tag"]
STYLES = {
    "style": ["display", "text", "script", "scriptscript"],
    "size": ["tiny", "small", "normalsize", "large", "Huge"],
    "color": ["red", "#0055aa"],
    "background": ["yellow", "#ffffcc"],
    "class": CLASSES,
    "link": ["https://example.org/?a=1&b=2", "#eq:1"],
}

characters = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
texts = st.text(characters.filter(lambda char: not alphabets.plain(char)), min_size=1, max_size=8)
words = st.text("abcdefgSTUV", min_size=2, max_size=5)

leaves = st.one_of(
    st.builds(Num, st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,2})?|\.[0-9]", fullmatch=True), st.sampled_from(FONTS)),
    st.builds(Ident, st.sampled_from(LETTERS), st.sampled_from(FONTS)),
    st.builds(Ident, words, st.sampled_from(WORD_FONTS)),
    st.sampled_from(SYMBOLS).map(lambda pair: Sym(*pair)),
    st.builds(lambda pair, cls, font: Sym(pair[0], cls, font), st.sampled_from(SYMBOLS), st.sampled_from(CLASSES),
              st.sampled_from(["", "bi"])),
    st.builds(Sym, st.sampled_from(DELIMITERS[1:]), st.sampled_from(CLASSES), st.just(""), st.integers(-1, 4)),
    st.builds(Operator, st.one_of(st.sampled_from(NAMES), words, st.just("arg max"), st.just("P")), st.booleans()),
    st.builds(Text, texts, st.sampled_from(FONTS)),
    st.builds(Space, st.sampled_from([-3.0, 3.0, 4.0, 6.0, 18.0])),
    st.just(Space(0, newline=True)),
    st.builds(Unknown, texts.map(lambda text: "\\foo" + text.replace("\xa0", "").strip()), st.sampled_from(["tex", "ce"])),
)  # fmt: skip


def is_no_fence(node: Node) -> bool:
    """The normal form takes scripts of a fence apart, but not of a fence in a style."""
    return not isinstance(node, Fence)


def compounds(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    part = st.none() | inner
    delimiter = st.sampled_from(DELIMITERS)
    styled = [
        st.builds(Styled, inner.filter(is_no_fence), st.just(kind), st.sampled_from(values))
        for kind, values in STYLES.items()
    ]
    return st.one_of(
        st.just(EMPTY),
        st.lists(inner, min_size=2, max_size=5).map(lambda items: Row(tuple(items))),
        st.builds(
            Frac, inner, inner, st.booleans(), st.sampled_from(["auto", "display", "text", "continued", "slashed"])
        ),
        st.builds(Root, inner, part),
        st.builds(Script, inner, part, part, st.sampled_from(["auto", "limits", "nolimits"])),
        st.builds(Stack, inner, part, part, st.booleans()),
        st.builds(Accent, inner, st.sampled_from(MARKS)),
        st.builds(Fence, delimiter, inner, delimiter),
        st.builds(
            Table,
            st.sampled_from(KINDS),
            st.lists(st.lists(inner, max_size=3).map(tuple), max_size=3).map(tuple),
            st.lists(st.sampled_from("lcr|:"), max_size=4).map(tuple),
            st.lists(st.sampled_from(["", "-", "=", ":"]), max_size=3).map(tuple),
        ),
        st.one_of(styled),
        st.builds(Enclosed, inner, st.sampled_from(ENCLOSURES)),
    )


formulas = st.recursive(leaves, compounds, max_leaves=12)


def write(node: Node, **options: object) -> str:
    return writer.write(node, losses=[], **options)  # type: ignore[arg-type]


def read(markup: str) -> Node:
    losses: Losses = []
    node = reader.read(Source(markup), losses=losses)
    assert losses == []
    return node


@given(formulas, st.booleans())
def test_the_reader_undoes_the_writer(node: Node, display: bool) -> None:
    assert normal(read(write(node, display=display))) == normal(node)
