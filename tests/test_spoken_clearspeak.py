"""ClearSpeak: its rules and preferences, case by case, and the tables they are made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from panmath.convert import phrasebook, preferences
from panmath.convert.errors import Loss, OptionError, TableError, UnsupportedError
from panmath.convert.nodes import Ident, Node, Root, Row, Unknown
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.writers import spoken
from panmath.convert.writers.spoken import clearspeak

CASES = Path(__file__).parent / "cases" / "spoken" / "clearspeak.tsv"
TABLES = Path(preferences.__file__).parent / "tables"


def said(source: str, **options: Any) -> str:
    return spoken.write(tex.read(Source(source), losses=[]), losses=[], style="clearspeak", **options)


def cases() -> list[tuple[str, str, str]]:
    """TeX, preferences or a dash, words."""
    rows = [line.split("\t") for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [(source, asked, words) for source, asked, words in (row for row in rows if row[0] and row[0][0] != "#")]


@pytest.mark.parametrize(("source", "asked", "words"), cases(), ids=["-".join(case[:2]) for case in cases()])
def test_what_is_said(source: str, asked: str, words: str) -> None:
    assert said(source, preferences="" if asked == "-" else asked) == words


SPELLINGS = [
    "Exponent_Ordinal:Paren_Silent",
    "ClearSpeak_Exponents=ordinal, paren_Silent",
    "paren=SILENT EXPONENT_ordinal",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_spellings_of_preferences(text: str) -> None:
    found = preferences.chosen(text)
    assert (found["Exponent"], found["Paren"], found["Fraction"]) == ("Ordinal", "Silent", "Auto")


def test_every_preference_and_value_is_taken() -> None:
    """On a formula that has something for each."""
    source = (
        r"\sin^{-1} A\{x\in B|x\ge\sqrt 2\}\frac{|\bar x|}{f(x)}(1,\ldots)\begin{pmatrix}1\\2\end{pmatrix}\Delta x'"
    )
    usual = said(source)
    for preference in preferences.known().values():
        assert said(source, preferences=f"{preference.name}_{preference.values[0]}") == usual
        for value in preference.values[1:]:
            assert said(source, preferences=f"{preference.name}_{value}")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("Sound_Loud", f"there is no preference 'Sound'; there are {', '.join(preferences.known())}"),
        ("Prime_Second", "the preference Prime is one of Auto, Angle, Length, not 'Second'"),
        ("Prime", "the preference Prime is one of Auto, Angle, Length, not ''"),
        ("Prime_Angle:Primes=Length", f"there is no preference 'Primes'; there are {', '.join(preferences.known())}"),
        ("Log_Auto:Logs=Auto", "the preference Log is given twice"),
    ],
)
def test_preferences_that_do_not_exist(asked: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        said("x", preferences=asked)
    assert str(caught.value) == message


def test_language() -> None:
    """Russian there is only in MathCAT's dialect."""
    assert said("x^2", language="ru") == said("x^2", language="ru", preferences="Dialect=MathCAT") == "икс в квадрате"


def test_what_nobody_knows_is_kept_and_reported() -> None:
    losses: list[Loss] = []
    assert spoken.write(Row((Ident("x"), Unknown("\\foo"))), losses=losses, style="clearspeak") == "x \\foo"
    assert list(map(str, losses)) == ["\\foo: kept word for word"]


def test_spans_of_the_words() -> None:
    node = tex.read(Source(r"\sqrt{a}+f(1)"), losses=[])
    found = spoken.phrases(node, spoken.Voice(), losses=[], style="clearspeak")
    assert [(part.text, part.span) for part in found] == [
        ("the square root of", (0, 8)),
        ("a", (6, 7)),
        ("plus", (8, 9)),
        ("f", (9, 10)),
        ("of", (9, 10)),
        ("1", (11, 12)),
    ]


def test_pauses() -> None:
    assert said(r"2x+|y|=f(1)", ssml=True) == (
        '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en">2 '
        '<say-as interpret-as="characters">x</say-as> plus the absolute value of '
        '<say-as interpret-as="characters">y</say-as> <break time="100ms"/> equals '
        '<say-as interpret-as="characters">f</say-as> of 1 <break time="100ms"/></speak>'
    )


def test_too_deep() -> None:
    node: Node = Ident("x")
    for _ in range(5000):
        node = Root(node)
    with pytest.raises(UnsupportedError, match=r"^the formula is nested too deep to be spoken$"):
        spoken.write(node, losses=[], style="clearspeak")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('Prime = { values = ["Auto", "Angle", "Length"] }', "Prime = 1", "t.toml: Prime: not values and spellings"),
        ('values = ["Auto", "Angle", "Length"]', "values = 1", "t.toml: Prime: 1 is not a list of names"),
        ('["Auto", "Angle", "Length"]', '["Auto"]', "t.toml: Prime: fewer than two values"),
        ('spellings = ["Logs"]', 'spellings = ["prime"]', "t.toml: Prime: 'Prime' is taken by Log"),
        ("Prime = {", "Prime {", "t.toml: "),
    ],
)
def test_bad_tables_of_preferences_are_refused(old: str, new: str, message: str) -> None:
    text = (TABLES / "clearspeak.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(TableError) as caught:
        preferences.load(text.replace(old, new), "t.toml")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('squared = "squared"', "", "t.toml: templates.squared: missing"),
        ('squared = "squared"', 'squared = "squared"\nhalved = "halved"', "t.toml: templates.halved: unknown key"),
        ("[kinds]", "[sorts]", "t.toml: kinds: missing"),
        ("{num} over {den}", "{num} over", "t.toml: templates.over: the parts are num, not den num"),
        ('bar = "bar"', 'bar = " bar"', "t.toml: marks.bar: ' bar' is not words separated by single blanks"),
        ("[kinds]", "[kinds", "t.toml: "),
    ],
)
def test_bad_tables_of_phrases_are_refused(old: str, new: str, message: str) -> None:
    text = (TABLES / "clearspeak.en.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(TableError) as caught:
        phrasebook.load(text.replace(old, new, 1), "t.toml", clearspeak.PARTS, clearspeak.TABLES)
    assert str(caught.value).startswith(message)
