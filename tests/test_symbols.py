"""The symbol table: what the rows promise, what the look-ups find, and which rows the loader refuses."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from panmath.convert import symbols
from panmath.convert.errors import TableError
from panmath.convert.symbols import COLUMNS, Symbol

CASES = Path(__file__).parent / "cases"
HEADER = "\t".join(COLUMNS)
ALPHA = "alpha\tα\tletter\t-\t\\alpha\talpha\tальфа\t-"
LE = "le\t≤\trel\t30\t\\le \\leq\tless than or equal to\t~меньше или равно\tLe"

ATOM = {"letter": "ord", "int": "op", "fn": "op", "fnlim": "op", "accent": "over", "wide": "over"}
"""The classes of the table that TeX does not tell apart."""


def katex_spellings() -> list[tuple[str, str]]:
    lines = (CASES / "katex_symbols.txt").read_text(encoding="utf-8").splitlines()
    return [(spelling, cls) for spelling, cls in (line.split(" ") for line in lines if not line.startswith("# "))]


def where(symbol: Symbol) -> str:
    return f"{symbol.name} {symbol.char}"


# The loader


def test_a_row() -> None:
    assert symbols.load(f"# a comment\n{HEADER}\n\n{LE}\n", "t.tsv") == (
        Symbol("le", "≤", "rel", 30, ("\\le", "\\leq"), "less than or equal to", "меньше или равно", "Le", ("ru",)),
    )


def test_dash_means_none() -> None:
    (row,) = symbols.load(f"{HEADER}\nx\tx\tletter\t-\t-\t-\t-\t-\n", "t.tsv")
    assert (row.prec, row.tex, row.en, row.ru, row.sympy, row.unreviewed) == (None, (), None, None, None, ())


def test_dash_beside_another_spelling_is_a_spelling() -> None:
    (row,) = symbols.load(f"{HEADER}\nminus\t−\tbin\t40\t- \\minus\tminus\tминус\t-\n", "t.tsv")
    assert row.tex == ("-", "\\minus")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([ALPHA + "\tx"], "t.tsv:2: 9 cells instead of 8"),
        ([ALPHA, "beta\tβ\tletter"], "t.tsv:3: 3 cells instead of 8"),
        (["alpha\tα\tletter\t-\t\\alpha\t\tальфа\t-"], "t.tsv:2: the cell 'en' is empty ('-' means none)"),
        (["\tα\tletter\t-\t\\alpha\t-\t-\t-"], "t.tsv:2: the cell 'name' is empty ('-' means none)"),
        (
            ["Alpha\tα\tletter\t-\t-\t-\t-\t-"],
            "t.tsv:2: name 'Alpha' is not lower-case ASCII letters, digits and hyphens",
        ),
        (
            ["альфа\tα\tletter\t-\t-\t-\t-\t-"],
            "t.tsv:2: name 'альфа' is not lower-case ASCII letters, digits and hyphens",
        ),
        (["alpha\tα\tgreek\t-\t-\t-\t-\t-"], "t.tsv:2: unknown class 'greek'"),
        (["le\t≤\trel\tx\t-\t-\t-\t-"], "t.tsv:2: prec 'x' is neither a whole number from 0 to 99 nor '-'"),
        (["le\t≤\trel\t100\t-\t-\t-\t-"], "t.tsv:2: prec '100' is neither a whole number from 0 to 99 nor '-'"),
        (["le\t≤\trel\t-5\t-\t-\t-\t-"], "t.tsv:2: prec '-5' is neither a whole number from 0 to 99 nor '-'"),
        (["le\t≤\trel\t٣\t-\t-\t-\t-"], "t.tsv:2: prec '٣' is neither a whole number from 0 to 99 nor '-'"),
        (
            ["le\t≤\trel\t30\t\\le  \\leq\t-\t-\t-"],
            "t.tsv:2: the spellings '\\\\le  \\\\leq' are not separated by single blanks",
        ),
        (["le\t≤\trel\t30\t\\le\t-\t~\t-"], "t.tsv:2: '~' marks a word and there is none ('-' means none)"),
        ([ALPHA, LE, ALPHA], "t.tsv:4: name alpha is taken by line 2"),
        ([ALPHA, ALPHA.replace("alpha", "a", 1)], "t.tsv:3: character α of class letter is taken by line 2"),
        ([LE, "leq\t⩽\trel\t30\t\\les \\leq\t-\t-\t-"], "t.tsv:3: spelling \\leq is taken by line 2"),
        (["le\t≤\trel\t30\t\\le \\le\t-\t-\t-"], "t.tsv:2: spelling \\le is taken by line 2"),
        (["# comments count", "", ALPHA + "\tx"], "t.tsv:4: 9 cells instead of 8"),
    ],
)
def test_bad_rows(rows: list[str], message: str) -> None:
    with pytest.raises(TableError) as caught:
        symbols.load("\n".join([HEADER, *rows]) + "\n", "t.tsv")
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["", "# only a comment\n", ALPHA, HEADER.replace("\t", " ")])
def test_bad_header(text: str) -> None:
    with pytest.raises(
        TableError, match=r"the header is not 'name char class prec tex en ru sympy' separated by tabs$"
    ):
        symbols.load(text, "t.tsv")


def test_the_same_character_may_have_several_classes() -> None:
    rows = ["triangle\t△\tord\t-\t-\t-\t-\t-", "vartriangle\t△\trel\t30\t-\t-\t-\t-"]
    assert [row.cls for row in symbols.load("\n".join([HEADER, *rows]), "t.tsv")] == ["ord", "rel"]


@given(
    st.lists(st.lists(st.sampled_from(["-", "~", "~a", "a", "α", "rel", "30", "\\a", "\\a \\b", " ", ""]), max_size=9))
)
@example([["a", "α", "rel", "30", "\\a", "~a", "~a", "-"]])
def test_any_table_loads_or_names_the_line(rows: list[list[str]]) -> None:
    text = "\n".join([HEADER, *("\t".join(row) for row in rows)])
    try:
        assert all(row.name and row.char and all(row.tex) for row in symbols.load(text, "t.tsv"))
        message = "t.tsv:0: loaded"
    except TableError as error:
        message = str(error)
    assert re.match(r"t\.tsv:[0-9]+: .", message)


# The look-ups


@pytest.mark.parametrize(
    ("spelling", "char", "cls"),
    [
        ("-", "−", "bin"),
        ("*", "∗", "bin"),
        ("+", "+", "bin"),
        ("/", "/", "ord"),
        ("<", "<", "rel"),
        (":", ":", "rel"),
        (r"\colon", ":", "punct"),
        ("|", "|", "ord"),
        (r"\lvert", "|", "open"),
        (r"\rvert", "|", "close"),
        (r"\mid", "∣", "rel"),
        (r"\|", "‖", "ord"),
        (r"\Vert", "‖", "ord"),
        (r"\parallel", "∥", "rel"),
        (r"\{", "{", "open"),
        (r"\lbrack", "[", "open"),
        (r"\langle", "⟨", "open"),
        ("!", "!", "close"),
        (r"\epsilon", "ϵ", "letter"),
        (r"\varepsilon", "ε", "letter"),
        (r"\phi", "ϕ", "letter"),
        (r"\varphi", "φ", "letter"),
        (r"\Alpha", "Α", "letter"),
        (r"\ell", "ℓ", "letter"),
        (r"\hbar", "ℏ", "letter"),
        (r"\hslash", "ℏ", "letter"),
        (r"\infty", "∞", "ord"),
        (r"\partial", "∂", "ord"),
        (r"\nabla", "∇", "ord"),
        (r"\emptyset", "∅", "ord"),
        (r"\varnothing", "∅", "ord"),
        (r"\backslash", "\\", "ord"),
        (r"\setminus", "∖", "bin"),
        (r"\prime", "′", "ord"),
        (r"\ldots", "…", "inner"),
        (r"\hdots", "…", "inner"),
        (r"\cdots", "⋯", "inner"),
        (r"\cdot", "⋅", "bin"),
        (r"\sin", "sin", "fn"),
        (r"\limsup", "lim sup", "fnlim"),
        (r"\int", "∫", "int"),
        (r"\intop", "∫", "op"),
        (r"\sum", "∑", "op"),
        (r"\neq", "≠", "rel"),
        (r"\nleqslant", "⩽̸", "rel"),
        (r"\varsubsetneq", "⊊", "rel"),
        (r"\vec", "→", "accent"),
        (r"\overrightarrow", "→", "wide"),
        (r"\underrightarrow", "→", "under"),
    ],
)
def test_by_tex(spelling: str, char: str, cls: str) -> None:
    symbol = symbols.by_tex(spelling)
    assert symbol is not None
    assert (symbol.char, symbol.cls) == (char, cls)


@pytest.mark.parametrize(
    ("char", "first"),
    [
        ("△", "triangle"),
        (":", "ordinarycolon"),
        ("⋅", "cdot"),
        ("|", "vert"),
        ("→", "to"),
        ("∫", "int"),
        ("~", "asciitilde"),
    ],
)
def test_the_first_row_is_what_the_bare_character_means(char: str, first: str) -> None:
    symbol = symbols.by_char(char)
    assert symbol is not None
    assert symbol.name == first


def test_by_char_and_class() -> None:
    found = [symbols.by_char("△", cls) for cls in ("ord", "bin", "rel", "open")]
    assert [symbol and symbol.name for symbol in found] == ["triangle", "bigtriangleup", "vartriangle", None]


def test_nothing_is_none() -> None:
    assert [symbols.by_tex("\\nosuch"), symbols.by_name("nosuch"), symbols.by_char("nosuch")] == [None, None, None]


def test_every_row_is_found() -> None:
    for symbol in symbols.rows():
        assert symbols.by_name(symbol.name) is symbol
        assert symbols.by_char(symbol.char, symbol.cls) is symbol
        assert all(symbols.by_tex(spelling) is symbol for spelling in symbol.tex)


# What the table promises


def test_size() -> None:
    assert len(symbols.rows()) >= 2000


def test_katex_spellings_have_a_reviewed_row_of_the_same_class() -> None:
    wrong = []
    for spelling, cls in katex_spellings():
        symbol = symbols.by_tex(spelling)
        if (
            symbol is None
            or symbol.unreviewed
            or not (symbol.en and symbol.ru)
            or ATOM.get(symbol.cls, symbol.cls) != cls
        ):
            wrong.append((spelling, cls, symbol))
    assert wrong == []


def test_spellings_are_commands_or_single_characters() -> None:
    command = re.compile(r"\\[A-Za-z]+|\\[{}|&%#$_]|[!-~]")
    bad = [where(symbol) for symbol in symbols.rows() if not all(map(command.fullmatch, symbol.tex))]
    assert bad == []


def test_characters_are_normalised() -> None:
    """Characters that Unicode itself replaces by others are there only for their own TeX spelling."""
    changed = {symbol.char for symbol in symbols.rows() if unicodedata.normalize("NFC", symbol.char) != symbol.char}
    assert changed == {"\N{OHM SIGN}", "\N{ANGSTROM SIGN}", "\N{FORKING}"}


def test_mathematical_alphabets_are_left_to_fonts() -> None:
    styled = {row.char for row in symbols.rows() if unicodedata.decomposition(row.char[0]).startswith("<font>")}
    assert styled == {"ℏ", "ℓ", "ℜ", "ℑ"}


@pytest.mark.parametrize(
    ("classes", "least", "most"),
    [
        (("rel",), 15, 65),
        (("bin",), 20, 70),
        (("op", "int"), 45, 45),
        (("fn", "fnlim"), 60, 60),
        (("accent", "wide", "under"), 75, 75),
    ],
)
def test_what_takes_operands_has_a_binding_strength(classes: tuple[str, ...], least: int, most: int) -> None:
    rows = [symbol for symbol in symbols.rows() if symbol.cls in classes]
    assert [where(symbol) for symbol in rows if symbol.prec is None or not least <= symbol.prec <= most] == []


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("comma", "to"),
        ("forall", "iff"),
        ("vdash", "implies"),
        ("implies", "vee"),
        ("vee", "wedge"),
        ("wedge", "neg"),
        ("to", "equals"),
        ("neg", "in"),
        ("equals", "plus"),
        ("plus", "sum"),
        ("sum", "times"),
        ("cup", "cap"),
        ("cdot", "sin"),
        ("sin", "prime"),
    ],
)
def test_binding_strength(weaker: str, stronger: str) -> None:
    strengths = [symbol.prec for symbol in map(symbols.by_name, (weaker, stronger)) if symbol and symbol.prec]
    assert len(strengths) == 2
    assert strengths[0] < strengths[1]


def test_reviewed_words_are_plain() -> None:
    english, russian = re.compile("[A-Za-z]+( [A-Za-z]+)*"), re.compile("[А-ЯЁа-яё]+([ -][А-ЯЁа-яё]+)*")
    bad = [
        where(symbol)
        for symbol in symbols.rows()
        if not ("en" in symbol.unreviewed or symbol.en is None or english.fullmatch(symbol.en))
        or not ("ru" in symbol.unreviewed or symbol.ru is None or russian.fullmatch(symbol.ru))
    ]
    assert bad == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_words_of_different_characters_differ(language: str) -> None:
    r"""So that they can be read back. ``\tan`` and ``\tg`` are one function, and one word."""
    said: defaultdict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for symbol in symbols.rows():
        if words := getattr(symbol, language):
            said[words].add(("", symbol.sympy) if symbol.cls == "fn" and symbol.sympy else (symbol.char, None))
    assert {words: meanings for words, meanings in said.items() if len(meanings) > 1} == {}


def test_sympy_names_exist() -> None:
    sympy = pytest.importorskip("sympy")
    assert [where(symbol) for symbol in symbols.rows() if symbol.sympy and not hasattr(sympy, symbol.sympy)] == []
