"""MathSpeak: the words of the standard in its three verbosities, and the table that they come from."""

from __future__ import annotations

from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import symbols
from panmath.convert.errors import Loss, OptionError, TableError, UnsupportedError
from panmath.convert.nodes import Ident, Node, Num, Root, Row, Script, Sym, Unknown
from panmath.convert.readers import mathml, tex
from panmath.convert.source import Source
from panmath.convert.writers import spoken
from panmath.convert.writers.spoken.mathspeak_phrases import Verbosity, load

from .test_spoken_writer import LEAVES, larger

CASES = Path(__file__).parent / "cases" / "spoken" / "mathspeak.txt"
TABLE = Path(symbols.__file__).parent / "tables" / "mathspeak.en.toml"
VERBOSITIES = get_args(Verbosity)


def said(source: str, verbosity: str = "") -> str:
    reader = mathml if source.startswith("<") else tex
    node = reader.read(Source(source), losses=[])
    return spoken.write(node, losses=[], style="mathspeak", verbosity=verbosity)


def cases() -> list[list[str]]:
    """Blocks of a formula in TeX or MathML, and what is said of it, verbose, brief and superbrief."""
    blocks = CASES.read_text(encoding="utf-8").strip().split("\n\n")
    return [block.split("\n") for block in blocks if not block.startswith("#")]


@pytest.mark.parametrize("case", cases(), ids=[case[0] for case in cases()])
def test_what_is_said(case: list[str]) -> None:
    source, *words = case
    assert [said(source, verbosity) for verbosity in VERBOSITIES] == words


def test_verbose_unless_told_otherwise() -> None:
    assert said(r"\frac{x}{y}") == said(r"\frac{x}{y}", "verbose")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"verbosity": "brief"}, "verbosity is one of verbose, medium, terse, not 'brief'"),
        ({"language": "ru"}, "MathSpeak is English, not 'ru'"),
        ({"letters": "nato"}, "the style mathspeak takes no letters; it is for natural"),
    ],
)
def test_options_that_do_not_exist(options: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        spoken.write(Ident("x"), losses=[], style="mathspeak", **options)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_spans_of_the_words() -> None:
    node = tex.read(Source(r"\frac{a}{x_n}"), losses=[])
    found = spoken.phrases(node, spoken.Voice(), losses=[], style="mathspeak")
    assert [(part.text, part.span) for part in found] == [
        ("StartFraction", (0, 13)),
        ("a", (6, 7)),
        ("Over", (0, 13)),
        ("x", (9, 10)),
        ("Subscript", (11, 12)),
        ("n", (11, 12)),
        ("Baseline", (9, 12)),
        ("EndFraction", (0, 13)),
    ]


def test_what_nobody_knows_is_kept_and_reported() -> None:
    losses: list[Loss] = []
    assert spoken.write(Row((Ident("x"), Unknown("\\foo"))), losses=losses, style="mathspeak") == "x \\foo"
    assert list(map(str, losses)) == ["\\foo: kept word for word"]


def test_numbers_of_several_tokens_are_none() -> None:
    parts = (Num("2", span=(0, 1)), Ident("e", "rm", span=(1, 2)))
    assert spoken.write(Row(parts), losses=[], style="mathspeak") == "2 normal e"


def test_many_primes() -> None:
    primes = Row(tuple([Sym("′")] * 12))
    assert spoken.write(Script(Ident("f"), None, primes), losses=[], style="mathspeak") == "f 12 prime"


def test_too_deep() -> None:
    node: Node = Ident("x")
    for _ in range(5000):
        node = Root(node)
    with pytest.raises(UnsupportedError, match="the formula is nested too deep to be spoken"):
        spoken.write(node, losses=[], style="mathspeak")


def test_many_brackets_take_no_long_time() -> None:
    brackets = tuple([Sym("(", "open")] * 20_000 + [Sym("|")] * 20_000)
    words = spoken.write(Row(brackets), losses=[], style="mathspeak")
    assert words.startswith("left parenthesis left parenthesis")


@pytest.mark.parametrize("verbosity", VERBOSITIES)
@given(node=st.recursive(LEAVES, larger, max_leaves=12))
def test_anything_is_said(node: Node, verbosity: str) -> None:
    for ssml in (False, True):
        words = spoken.write(node, losses=[], style="mathspeak", verbosity=verbosity, ssml=ssml)
        if ssml:
            ElementTree.fromstring(words)


# The table


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('with = "With"\n', "", "t.toml: constructs: with: missing"),
        ('with = "With"\n', 'with = "With"\nsaid = "x"\n', "t.toml: constructs: said: unknown key"),
        (
            'with = "With"\n', 'with = ["With"]\n',
            "t.toml: constructs.with: ['With'] is neither a text nor one for each verbosity",
        ),
        ('halves = "halves"\n', "", "t.toml: numbers: halves: missing"),
        ('tt = "monospace"\n', "", "t.toml: fonts: tt: missing"),
        ("[arrows]", "[darts]", "t.toml: arrows: missing"),
        ("twice = ", "twice ", "t.toml: Expected '=' after a key in a key/value pair (at line 6, column 7)"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused(old: str, new: str, message: str) -> None:
    text = TABLE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(TableError) as caught:
        load(text.replace(old, new), "verbose", "t.toml")
    assert str(caught.value) == message
