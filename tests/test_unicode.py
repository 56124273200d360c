"""Linear mathematics in Unicode: what is written, that it is read back, and what people type."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert import linear, symbols
from panmath.convert.errors import Loss, Losses, ParseError
from panmath.convert.nodes import (
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
    Stack,
    Styled,
    Sym,
    Table,
    Text,
    Unknown,
    row,
)
from panmath.convert.normal import normal
from panmath.convert.readers import tex
from panmath.convert.readers.unicode import read
from panmath.convert.source import Source
from panmath.convert.writers.tex import write as write_tex
from panmath.convert.writers.unicode import write

CASES = Path(__file__).parent / "cases" / "unicode"


def rows(name: str) -> list[tuple[str, str]]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [(first, second) for first, _, second in (line.partition("\t") for line in lines if line[:1] != "#")]


def from_tex(source: str) -> Node:
    return tex.read(Source(source), losses=[])


def from_unicode(text: str) -> Node:
    return read(Source(text), losses=[])


def to_unicode(node: Node) -> str:
    return write(node, losses=[])


@pytest.mark.parametrize(("source", "text"), rows("written.tsv"))
def test_a_formula_is_written_as_one_would_paste_it(source: str, text: str) -> None:
    assert to_unicode(from_tex(source)) == text


@pytest.mark.parametrize(("source", "text"), rows("written.tsv"))
def test_what_is_written_is_read_back(source: str, text: str) -> None:
    assert normal(from_unicode(text)) == normal(from_tex(source))


@pytest.mark.parametrize(("text", "source"), rows("read.tsv"))
def test_what_people_type_is_read(text: str, source: str) -> None:
    assert normal(from_unicode(text)) == normal(from_tex(source)), write_tex(from_unicode(text), losses=[])


ERRORS = {
    "x^": "<input>:1:2: nothing stands after ^\n    x^\n     ^",
    "x^(a": "<input>:1:3: ( without its )\n    x^(a\n      ^\n  in ^ opened at 1:2",
    "√": "<input>:1:1: nothing stands after √\n    √\n    ^",
    "〖a": "<input>:1:1: 〖 without its 〗\n    〖a\n    ^",
    "a〗": "<input>:1:2: 〗 without its 〖\n    a〗\n     ^",
    '"abc': '<input>:1:1: " without its other quotation mark\n    "abc\n    ^',
    "x_1_": "<input>:1:4: nothing stands after _\n    x_1_\n       ^\n  in _ opened at 1:2",
    "x₁₂^a²_b": "<input>:1:7: a second subscript\n    x₁₂^a²_b\n          ^",
    "\\foo": "<input>:1:1: unknown name \\foo\n    \\foo\n    ^^^^",
    "a\\": "<input>:1:2: a lone backslash at the end\n    a\\\n     ^",
    "■x": "<input>:1:1: ■ needs its rows in parentheses: ■(a&b@c&d)\n    ■x\n    ^",
    '█"box"(a)': (
        "<input>:1:1: 'box' is no kind of rows; there are aligned, cases, gathered, lines, rcases, substack\n"
        '    █"box"(a)\n    ^'
    ),
}


@pytest.mark.parametrize("text", ERRORS)
def test_an_error_shows_the_place(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        from_unicode(text)
    assert str(caught.value) == ERRORS[text]


@pytest.mark.parametrize("text", ["x^(" * 300 + "y" + ")" * 300, "(" * 300 + "y" + ")" * 300, "√" * 300 + "x"])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="nested more than 200 levels deep"):
        from_unicode(text)


def test_depth_within_the_limit_is_no_trouble() -> None:
    text = "√(" * 90 + "x" + ")" * 90
    node = from_unicode(text)
    assert normal(from_unicode(to_unicode(node))) == normal(node)


def test_long_input_is_refused() -> None:
    with pytest.raises(ParseError, match="the formula is 200,001 characters long; the limit is 200,000"):
        from_unicode("x" * 200_001)


LOSSES = {
    Ident("ab"): "the word ab: linear Unicode has no words of italic letters; it is upright now",
    Ident("χ", "cal"): "the font cal of χ: Unicode has no such letters",
    Num("2", "it"): "the font it of 2: Unicode has no such digits",
    Sym("+", "bin", "bi"): "bold +: Unicode has no such symbol",
    Text("if é", "bf"): "the font bf of “if é”: Unicode has no such letters",
    Accent(Ident("x"), "overlinesegment"): "the mark overlinesegment: Unicode has no such combining character",
    Styled(Ident("x"), "color", "red"): "color red: linear Unicode has no colours and links",
    Enclosed(Ident("x"), "circle"): "circle: linear Unicode cannot draw it around a formula",
    Enclosed(Num("1"), "tag"): "the equation's number: linear Unicode has no place for it",
    Unknown("\\foo{x}"): "\\foo{x}: tex source that is not understood, kept as text",
}


@pytest.mark.parametrize("node", LOSSES, ids=str)
def test_what_is_lost_is_reported(node: Node) -> None:
    losses: Losses = []
    write(node, losses=losses)
    assert [str(loss) for loss in losses] == [LOSSES[node]]
    assert all(isinstance(loss, Loss) for loss in losses)


@pytest.mark.parametrize(
    "mark", [row.name for row in symbols.rows() if row.cls in ("accent", "wide", "under")], ids=lambda mark: mark
)
def test_marks_are_read_back(mark: str) -> None:
    node = Accent(Row((Ident("a"), Ident("b"))), mark)
    if mark not in linear.MARKS and mark not in linear.PREFIX_OF:
        losses: Losses = []
        write(node, losses=losses)
        assert losses, "a mark that cannot be written is a loss"
    else:
        assert normal(from_unicode(to_unicode(node))) == normal(node)


def test_every_symbol_is_read_back() -> None:
    chars = {row.char for row in symbols.rows() if len(row.char) == 1}
    classes = {char: linear.symbol_class(char) for char in chars}
    nodes = {char: Ident(char) if cls is None else Sym(char, cls) for char, cls in classes.items()}
    assert [char for char, node in nodes.items() if normal(from_unicode(to_unicode(node))) != normal(node)] == []


# Any formula

LETTERS = st.sampled_from("abcdefghinsxyzABRST") | st.sampled_from("αβγθλπφωΓΔ")
LEAVES = st.one_of(
    st.builds(Num, st.sampled_from(["0", "1", "2", "12", "3.5", ".5", "1,000", "1,5"])),
    st.builds(Ident, LETTERS),
    st.builds(Ident, st.sampled_from("abdeiR"), st.sampled_from(["rm", "bf", "bb", "cal", "scr", "frak", "it", "sf"])),
    st.builds(Ident, st.sampled_from(["eff", "max", "AB"]), st.sampled_from(["rm", "bf"])),
    st.builds(Operator, st.sampled_from(["sin", "lim", "log", "Spec", "max", "arg max", "sup"])),
    st.builds(Text, st.sampled_from(["if ", "and", "A. ", "a “b”", "", 'x\\"'])),
    st.sampled_from('+−=≤∈∂∞,;!|(){}[]⟨⟩/∑∫→…′°^_&@"\\√■┴½²').map(
        lambda char: Sym(char, linear.symbol_class(char) or "ord")
    ),
    st.just(Row()),
)


def formulas(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(inner, max_size=4).map(row)
    scripts = st.none() | some
    return st.one_of(
        st.lists(inner, max_size=5).map(lambda items: Row(tuple(items))),
        st.builds(Frac, some, some, st.booleans()),
        st.builds(Root, some, scripts),
        st.builds(Script, inner, scripts, scripts),
        st.builds(Stack, inner, scripts, scripts),
        st.builds(Accent, some, st.sampled_from(["hat", "bar", "vec", "overline", "underline", "overbrace", "dot"])),
        st.builds(Fence, st.sampled_from(["(", "[", "{", "|", ""]), some, st.sampled_from([")", "]", "}", "|", ""])),
        st.lists(st.lists(some, min_size=2, max_size=2).map(tuple), min_size=1, max_size=2).map(
            lambda lines: Table("matrix", tuple(lines))
        ),
        st.builds(Enclosed, some, st.sampled_from(["box", "cancel"])),
    )


@settings(max_examples=400)
@given(st.recursive(LEAVES, formulas, max_leaves=12))
def test_any_formula_is_read_back(node: Node) -> None:
    """What is written without a loss is read back, or the normal form was none that a reader makes."""
    node = normal(node)
    losses: Losses = []
    text = write(node, losses=losses)
    if not losses:
        assert normal(from_unicode(text)) == normal(node), text


@settings(max_examples=400)
@given(st.text(st.sampled_from('ab12.,()[]{}|^_/¦√∛┬┴├┤■█〖〗"“”\\&@°²₁½¯⏞▭′!∑∫+- \u0302\u0338𝐱ℝ'), max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        node = from_unicode(text)
    except ParseError as error:
        assert str(error)
    else:
        to_unicode(node)


def test_delimiters_around_nothing_but_space_are_written() -> None:
    assert to_unicode(from_tex(r"\abs\,")) == "| |"
