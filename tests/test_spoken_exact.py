"""The exact style: one formula, one reading, in words alone; and the reader that takes the words back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import phrases, symbols
from panmath.convert.errors import OptionError, ParseError, TableError, UnsupportedError
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
from panmath.convert.readers import spoken as spoken_reader
from panmath.convert.readers import tex
from panmath.convert.readers.spoken import exact as reader
from panmath.convert.source import Source
from panmath.convert.writers import spoken as writer
from panmath.convert.writers.spoken import exact

CASES = Path(__file__).parent / "cases" / "spoken"
LANGUAGES = get_args(phrases.Language)
X, N, PRIME = Ident("x"), Ident("n"), Sym("′")


def spoken(node: Node, language: str = "en") -> str:
    return writer.write(node, losses=[], style="exact", language=language)


def heard(text: str, language: str = "en") -> Node:
    return reader.read(Source(text), losses=[], language=language)


def formula(text: str) -> Node:
    return tex.read(Source(text), losses=[])


def cases() -> list[tuple[str, str, str]]:
    """Blocks of three lines: TeX, English, Russian."""
    blocks = (CASES / "exact.txt").read_text(encoding="utf-8").strip().split("\n\n")
    found = [block.split("\n") for block in blocks if not block.startswith("#")]
    return [(source, english, russian) for source, english, russian in found]


@pytest.mark.parametrize(("source", "english", "russian"), cases(), ids=[source for source, _, _ in cases()])
def test_what_is_said(source: str, english: str, russian: str) -> None:
    node = formula(source)
    assert (spoken(node, "en"), spoken(node, "ru")) == (english, russian)
    assert normal(heard(english, "en")) == normal(node)
    assert normal(heard(russian, "ru")) == normal(node)


PAIRS = {
    "a script of a script, a script after a script": (
        Script(Script(X, None, N), N, N),
        Script(Script(X, N, N), None, N),
    ),
    "a number, two numbers": (Num("3.4"), Row((Num("3."), Script(Num("4"), None, N)))),
    "a phrase, two phrases": (Ident("ℓ"), Ident("l", "scr")),
    "a grouped comma, a list": (Num("1,2"), Row((Num("1"), Sym(",", "punct"), Num("2")))),
    "a name, letters": (Ident("ab", "rm"), Row((Ident("a", "rm"), Ident("b", "rm")))),
    "one of two names of a function": (Operator("tan"), Operator("tg")),
    "a word, a capitalised word": (Text("if"), Text("If")),
    "a word that means something in texts": (Text("end text"), Text("END text")),
    "a blank, none": (Text("a ,"), Text("a,")),
    "a letter, a symbol": (Ident("∞"), Sym("∞")),
    "a row without cells, an empty cell": (Table("matrix", ((), (X,))), Table("matrix", ((EMPTY,), (X,)))),
    "an accent on a script, a script on an accent": (Accent(Script(X, N), "hat"), Script(Accent(X, "hat"), N)),
    "source in two languages": (Unknown("x", "tex"), Unknown("x", "typst")),
    "an empty formula, an empty text": (EMPTY, Ident("", "rm")),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_two_formulas_have_two_readings(one: Node, other: Node, language: str) -> None:
    assert normal(one) != normal(other)
    assert spoken(one, language) != spoken(other, language)
    for node in (one, other):
        assert normal(heard(spoken(node, language), language)) == normal(node)


FONTS = get_args(Font)
CHARACTERS = st.sampled_from([row.char for row in symbols.rows()]) | st.sampled_from(
    list("xXяёß0_ͣ\x00\ud800\U0010ffff")
)
WORDS = (
    st.text("abAB zЖж'-,.0123456789 \\end", max_size=12)
    | st.sampled_from(["end", "then", "конец", "Cap", ""])
    | st.text(max_size=4)
)
NUMBERS = st.from_regex(r"[0-9]{0,3}([.,][0-9]{0,3}){0,2}", fullmatch=True) | st.text(max_size=3)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Num, NUMBERS, st.sampled_from(FONTS)),
    st.builds(Ident, CHARACTERS | WORDS, st.sampled_from(FONTS)),
    st.builds(lambda text, font: Sym(text, font=font), CHARACTERS | WORDS, st.sampled_from(FONTS)),
    st.just(PRIME),
    st.builds(Operator, st.sampled_from(["sin", "tg", "tan", "lim sup"]) | WORDS),
    st.builds(Text, WORDS, st.sampled_from(FONTS)),
    st.builds(Unknown, WORDS, st.sampled_from(["tex", "typst"]) | WORDS),
)
MARKS = st.sampled_from([row.name for row in symbols.rows() if row.cls in ("accent", "wide", "under")])


def larger(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    part, rows = st.none() | parts, st.lists(parts, max_size=4).map(lambda items: Row(tuple(items)))
    cells = st.lists(st.lists(parts | rows, max_size=2).map(tuple), max_size=3).map(tuple)
    return st.one_of(
        rows,
        st.builds(Frac, parts, parts, st.booleans()),
        st.builds(Root, parts, part),
        st.builds(Script, parts, part, part),
        st.builds(Stack, parts, part, part),
        st.builds(Accent, parts, MARKS),
        st.builds(Fence, st.sampled_from(["(", "[", "|", ""]), parts, st.sampled_from([")", "]", "|", ""])),
        st.builds(Table, st.sampled_from(get_args(TableKind)), cells),
        st.builds(Enclosed, parts, st.sampled_from(get_args(EnclosedKind))),
    )


TREES = st.recursive(LEAVES, larger, max_leaves=12)


@pytest.mark.parametrize("language", LANGUAGES)
@given(node=TREES)
def test_any_formula_comes_back(node: Node, language: str) -> None:
    # The tree is normalised until it is stable, which takes a second pass for trees that no reader makes.
    form = normal(normal(node))
    assert normal(heard(spoken(form, language), language)) == normal(form)


@pytest.mark.parametrize("language", LANGUAGES)
@given(node=TREES)
def test_only_words_and_digits(node: Node, language: str) -> None:
    words = spoken(node, language)
    assert re.fullmatch(r"|(?:[a-zа-яё]+|[0-9]+)(?: (?:[a-zа-яё]+|[0-9]+))*", words), words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_symbol_comes_back(language: str) -> None:
    for row in symbols.rows():
        if row.cls in ("accent", "wide", "under"):
            node: Node = Accent(X, row.name)
        elif row.cls in ("fn", "fnlim"):
            node = Operator(row.char)
        else:
            node = Ident(row.char) if row.cls == "letter" else Sym(row.char)
        assert normal(heard(spoken(node, language), language)) == normal(node), row


def test_spans_of_the_words() -> None:
    found = exact.units(formula(r"\frac{a}{b}"))
    assert [(" ".join(unit.words), unit.span) for unit in found] == [
        ("fraction", (0, 11)),
        ("a", (6, 7)),
        ("over", (0, 11)),
        ("b", (9, 10)),
        ("end fraction", (0, 11)),
    ]


@given(text=st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        heard(text)
    except ParseError as error:
        assert str(error)


EXACT = phrases.exact("en").phrases
CONSTRUCTS = [word for _, phrase in phrases.constructs(EXACT) for word in phrase.split()]


@given(words=st.lists(st.sampled_from([*CONSTRUCTS, "x", "3"]), max_size=30))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    try:
        node = heard(" ".join(words))
    except ParseError:
        return
    assert normal(heard(spoken(node))) == normal(normal(node))


ERRORS = {
    "fraction a over b": (18, "expected 'end fraction'"),
    "fraction a end fraction": (12, "expected 'over'"),
    "a plus hello": (8, "'hello' is not in the exact style"),
    "a end group": (3, "'end' closes nothing"),
    "squared": (1, "'squared' closes nothing"),
    "x sub": (6, "the text ends here and more was expected"),
    "x sub over": (7, "expected one letter, number or group"),
    "bold fraction": (6, "'fraction' is not in the exact style"),
    "unicode latin small letter end unicode": (9, "no character is named 'latin small letter'"),
    "code 9999999": (6, "'9999999' is not the number of a character"),
    "word If": (6, "'If' is not a word in lower case"),
    "word end": (6, "expected a word, and 'end' has another meaning here"),
    "text a end name": (8, "expected 'end text'"),
    "enclosed in x": (13, "expected what it is enclosed in"),
}


@pytest.mark.parametrize(("text", "column", "message"), [(text, *what) for text, what in ERRORS.items()], ids=ERRORS)
def test_errors(text: str, column: int, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        heard(text)
    assert (caught.value.column, caught.value.message) == (column, message)


def test_errors_name_what_is_open() -> None:
    with pytest.raises(ParseError) as caught:
        heard("x plus fraction a over b")
    assert str(caught.value) == (
        "<input>:1:25: expected 'end fraction'\n"
        "    x plus fraction a over b\n"
        "                            ^\n"
        "  in fraction opened at 1:8"
    )


def test_depth() -> None:
    node: Node = X
    for _ in range(100):
        node = Root(node)
    assert normal(heard(spoken(node))) == normal(node)
    with pytest.raises(ParseError, match="nested more than 100 levels deep"):
        heard(spoken(Root(node)))
    for _ in range(5000):
        node = Root(node)
    with pytest.raises(UnsupportedError, match="the formula is nested too deep to be spoken"):
        spoken(node)


def test_styles_of_the_reader() -> None:
    words = Source("fraction a over b end fraction")
    assert spoken_reader.read(words, losses=[], grammar="exact") == Frac(Ident("a"), Ident("b"))
    with pytest.raises(OptionError, match="grammar is one of natural, exact, not 'plain'"):
        spoken_reader.read(words, losses=[], grammar="plain")


def test_other_languages() -> None:
    with pytest.raises(OptionError, match="language is 'en' or 'ru', not 'de'"):
        spoken(X, "de")


# The tables

EN = (
    (Path(phrases.__file__).parent / "tables" / "phrases.en.toml").read_text(encoding="utf-8").partition("[natural]")[0]
)


NOT_WORDS = "is not lower-case words separated by single blanks"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('over = "over"', "", "exact.over: missing"),
        ('over = "over"', 'over = "Over"', f"exact.over: 'Over' {NOT_WORDS}"),
        ('over = "over"', 'over = "of"', "exact.of: 'of' is taken by exact.over"),
        ('over = "over"', 'over = "over"\nunder = "x"', "exact.under: unknown key"),
        ('bf = "bold"', "", "exact.fonts.bf: missing"),
        ('"then"', '"and then"', "exact: 'and then' has to be one word, it stands inside spelled strings"),
        ('"end name"', '"name end"', "exact.spelled.name.close: 'name end' is not 'end' and more"),
        ("[exact]", "[exact", "Expected ']' at the end of a table declaration (at line 4, column 7)"),
        ("[exact", "[other", "no table [exact]"),
    ],
)
def test_bad_tables_are_refused(old: str, new: str, message: str) -> None:
    assert old in EN
    with pytest.raises(TableError) as caught:
        phrases.load(EN.replace(old, new), "t.toml")
    assert str(caught.value) == f"t.toml: {message}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('sub = "sub"', 'sub = "hat"', "t.toml: the mark hat has no words of its own"),
        ('one = "name"', 'one = "black"', "t.toml: exact.spelled.name.one: 'black"),
    ],
)
def test_tables_that_cannot_be_told_apart(old: str, new: str, message: str) -> None:
    with pytest.raises(TableError) as caught:
        phrases.vocabulary(phrases.load(EN.replace(old, new), "t.toml"), "en", "t.toml")
    assert str(caught.value).startswith(message)
