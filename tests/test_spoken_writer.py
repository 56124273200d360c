"""The natural style: what people say, in English and Russian, and the tables it is made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import phrases
from panmath.convert.errors import Loss, OptionError, TableError, UnsupportedError
from panmath.convert.nodes import (
    EMPTY,
    Accent,
    Enclosed,
    EnclosedKind,
    Fence,
    Font,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Stack,
    Sym,
    Table,
    TableKind,
    Text,
    Unknown,
)
from panmath.convert.normal import normal
from panmath.convert.readers import spoken as reader
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.writers import spoken

CASES = Path(__file__).parent / "cases" / "spoken"
TABLES = Path(phrases.__file__).parent / "tables"
LANGUAGES = get_args(phrases.Language)


def said(source: str, **options: Any) -> str:
    return spoken.write(tex.read(Source(source), losses=[]), losses=[], **options)


def cases() -> list[tuple[str, str, str]]:
    """Blocks of three lines: TeX, English, Russian."""
    blocks = (CASES / "natural.txt").read_text(encoding="utf-8").strip().split("\n\n")
    found = [block.split("\n") for block in blocks if not block.startswith("#")]
    return [(source, english, russian) for source, english, russian in found]


@pytest.mark.parametrize(("source", "english", "russian"), cases(), ids=[source for source, _, _ in cases()])
def test_what_is_said(source: str, english: str, russian: str) -> None:
    assert (said(source), said(source, language="ru")) == (english, russian)


READ_OTHERWISE = {
    ("en", "AB//CD"),  # the sign of parallel lines
    ("ru", "AB//CD"),
    ("en", r"a'b''+\dot x+\ddot x"),
    ("ru", "1{,}234"),
}
"""What is said as people do, though it does not lead back to the same formula."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("source", [source for source, _, _ in cases()])
def test_what_is_said_is_read_back(source: str, language: str) -> None:
    node = tex.read(Source(source), losses=[])
    back = reader.read(Source(spoken.write(node, losses=[], language=language)), losses=[], language=language)
    assert (normal(back) == normal(node)) == ((language, source) not in READ_OTHERWISE)


def test_styles() -> None:
    assert said(r"\frac{a}{b}", style="natural") == "a over b"
    assert said(r"\frac{a}{b}", style="exact") == "fraction a over b end fraction"


def test_options_of_another_style() -> None:
    with pytest.raises(OptionError, match=r"^the style exact takes no letters; it is for natural$"):
        said("x", style="exact", letters="nato")


def test_capitals() -> None:
    assert said(r"x+X+\Gamma") == "x plus X plus Gamma"
    assert said(r"x+X+\Gamma", capital="cap") == "x plus cap x plus cap gamma"
    assert said(r"X", capital="заглавное", language="ru") == "заглавное икс"


def test_numbers() -> None:
    assert said("x+2.5=123^2", numbers="words") == "x plus two point five equals one hundred and twenty-three squared"
    assert said("x+2.5", numbers="digits", language="ru") == "икс плюс 2.5"
    assert said(r"5\,\mathrm{kg}", numbers="digits", language="ru") == "5 килограммов"
    assert said(r"2\frac{1}{2}", numbers="words") == "two and one half"


def test_letters() -> None:
    assert said("b+P", letters="nato") == "bravo plus Papa"


def test_ssml() -> None:
    assert said(r"a=\sqrt{b+1}, \text{<}", ssml=True) == (
        '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en">'
        '<say-as interpret-as="characters">a</say-as> <break time="100ms"/> equals the square root of '
        '<say-as interpret-as="characters">b</say-as> plus 1 end root <break time="100ms"/> '
        'comma <break time="200ms"/> text &lt;</speak>'
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "plain"}, f"style is one of {', '.join(spoken.STYLES)}, not 'plain'"),
        ({"language": "de"}, "language is 'en' or 'ru', not 'de'"),
        ({"numbers": "roman"}, "numbers is one of words, digits, not 'roman'"),
        ({"letters": "greek"}, "letters is one of plain, nato, not 'greek'"),
    ],
)
def test_options_that_do_not_exist(options: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        said("x", **options)
    assert str(caught.value) == message


def test_what_nobody_knows_is_kept_and_reported() -> None:
    losses: list[Loss] = []
    assert spoken.write(Row((Ident("x"), Unknown("\\foo"))), losses=losses) == "x \\foo"
    assert list(map(str, losses)) == ["\\foo: kept word for word"]


def test_spans_of_the_words() -> None:
    node = tex.read(Source(r"\sqrt{a}+1"), losses=[])
    found = spoken.phrases(node, spoken.Voice(), losses=[])
    assert [(part.text, part.span) for part in found] == [
        ("the square root of", (0, 8)),
        ("a", (6, 7)),
        ("end root", (0, 8)),
        ("plus", (8, 9)),
        ("1", (9, 10)),
    ]


def test_too_deep() -> None:
    node: Node = Ident("x")
    for _ in range(5000):
        node = Root(node)
    with pytest.raises(UnsupportedError, match="the formula is nested too deep to be spoken"):
        spoken.write(node, losses=[])


def test_many_brackets_take_no_long_time() -> None:
    brackets = tuple([Sym("(", "open")] * 20_000 + [Sym("|")] * 20_000)
    assert spoken.write(Row(brackets), losses=[]).startswith("open paren open paren")


def test_bars_in_bars_have_an_end() -> None:
    bar, x, plus = Sym("|"), Ident("x"), Sym("+", "bin")
    words = spoken.write(Row((x, plus, bar) * 3000 + (x,) + (bar,) * 3000), losses=[])
    assert words.count("absolute value") == 40
    assert words.count("vertical bar") == 6000 - 40


# Any tree

WORDS = st.text("abXж 1.,-", max_size=5)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Num, st.from_regex(r"[0-9]{0,8}([.,][0-9]{0,8})?", fullmatch=True), st.sampled_from(get_args(Font))),
    st.builds(Ident, st.sampled_from(list("fxXAdΓß∂")) | WORDS, st.sampled_from(get_args(Font))),
    st.builds(Sym, st.sampled_from(list("+−=(|‖[{)]},.∑∫→′∘∗⊤/!")) | WORDS),
    st.sampled_from([Operator("sin"), Operator("lim"), Operator("log"), Operator("max"), Operator("Spec"), EMPTY]),
    st.builds(Text, WORDS),
    st.builds(Unknown, WORDS),
)


def larger(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    part, rows = st.none() | parts, st.lists(parts, max_size=6).map(lambda items: Row(tuple(items)))
    cells = st.lists(st.lists(parts | rows, max_size=2).map(tuple), max_size=3).map(tuple)
    return st.one_of(
        rows,
        rows,
        st.builds(Frac, parts, parts, st.booleans()),
        st.builds(Root, parts, part),
        st.builds(Script, parts, part, part),
        st.builds(Stack, parts, part, part),
        st.builds(Accent, parts, st.sampled_from(["hat", "vec", "overbrace", "unheard"])),
        st.builds(Fence, st.sampled_from(["(", "[", "|", ""]), parts, st.sampled_from([")", "]", "|", ""])),
        st.builds(Table, st.sampled_from(get_args(TableKind)), cells),
        st.builds(Enclosed, parts, st.sampled_from(get_args(EnclosedKind))),
    )


# The exact style refuses marks without words; it has trees of its own.
STYLES = [style for style in spoken.STYLES if style != "exact"]


@pytest.mark.parametrize(
    ("style", "language"),
    [*((style, "en") for style in STYLES), *((style, "ru") for style in ("natural", "simplespeak", "clearspeak"))],
)
@given(node=st.recursive(LEAVES, larger, max_leaves=12))
def test_anything_is_said(node: Node, style: str, language: str) -> None:
    assert isinstance(spoken.write(node, losses=[], style=style, language=language), str)
    ElementTree.fromstring(spoken.write(node, losses=[], style=style, language=language, ssml=True))


# The tables

NOT_WORDS = "is not lower-case words separated by single blanks"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('over = "{num} over {den}"', "", "t.toml: natural.over: missing"),
        ('"{num} over {den}"', '"{num} over"', "t.toml: natural.over: the parts are num, not den num"),
        ('"{num} over {den}"', '"{num} over {den:abl}"', "t.toml: natural.over: 'abl' is no case"),
        ('"{num} over {den}"', "1", "t.toml: natural.over: 1 is not text"),
        ('end_norm = "end norm"', 'end_norm = "end norm"\nsaid = "x"', "t.toml: natural.said: unknown key"),
        ('"∫" = "the integral"', '"∫" = ""', f"t.toml: natural.bigs.∫: '' {NOT_WORDS}"),
        ("[natural.declined]", '[natural.declined]\nx = "a b"', "t.toml: natural.declined.x: 2 cases instead of 6"),
        ("[natural", "[other", "t.toml: no table [natural]"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused(old: str, new: str, message: str) -> None:
    text = (TABLES / "phrases.en.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(TableError) as caught:
        phrases.load_natural(text.replace(old, new), "en", "t.toml")
    assert str(caught.value) == message
