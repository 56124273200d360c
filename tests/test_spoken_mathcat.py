"""MathCAT's styles, SimpleSpeak and its dialect of ClearSpeak, case by case, in English and Russian."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from panmath.convert.errors import Loss, OptionError, UnsupportedError
from panmath.convert.nodes import Ident, Node, Root, Row, Unknown
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.writers import spoken

CASES = Path(__file__).parent / "cases" / "spoken" / "mathcat.tsv"
STYLES = {"simple": ("simplespeak", ""), "clear": ("clearspeak", "Dialect=MathCAT")}


def said(source: str, style: str = "simple", preferences: str = "", **options: Any) -> str:
    name, dialect = STYLES[style]
    asked = ":".join(filter(None, (dialect, preferences)))
    return spoken.write(tex.read(Source(source), losses=[]), losses=[], style=name, preferences=asked, **options)


def cases() -> list[list[str]]:
    """TeX, style, preferences or a dash, English, Russian."""
    lines = CASES.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("# ")]


@pytest.mark.parametrize(
    ("source", "style", "asked", "english", "russian"), cases(), ids=["-".join(case[:3]) for case in cases()]
)
def test_what_is_said(source: str, style: str, asked: str, english: str, russian: str) -> None:
    preferences = "" if asked == "-" else asked
    found = tuple(said(source, style, preferences, language=language) for language in ("en", "ru"))
    assert found == (english, russian)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("Verbosity=Loud", "Verbosity is one of Medium, Terse, Verbose, not 'Loud'"),
        ("Impairment=None", "Impairment is one of Blindness, LearningDisability, LowVision, not 'None'"),
        (
            "Paren_Loud",
            "the preference Paren is one of Auto, Speak, SpeakNestingLevel, Silent, CoordPoint, Interval, not 'Loud'",
        ),
    ],
)
def test_preferences_that_do_not_exist(asked: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        said("x", preferences=asked)
    assert str(caught.value) == message


def test_verbosity_is_an_option_too() -> None:
    assert said(r"\frac{a+b}{c}", verbosity="verbose") == said(r"\frac{a+b}{c}", preferences="Verbosity=Verbose")


def test_what_nobody_knows_is_kept_and_reported() -> None:
    losses: list[Loss] = []
    assert spoken.write(Row((Ident("x"), Unknown("\\foo"))), losses=losses, style="simplespeak") == "x \\foo"
    assert list(map(str, losses)) == ["\\foo: kept word for word"]


def test_too_deep() -> None:
    node: Node = Ident("x")
    for _ in range(5000):
        node = Root(node)
    with pytest.raises(UnsupportedError, match=r"^the formula is nested too deep to be spoken$"):
        spoken.write(node, losses=[], style="simplespeak")


def test_spans_of_the_words() -> None:
    found = spoken.phrases(tex.read(Source(r"\frac{1}{x}"), losses=[]), spoken.Voice(), losses=[], style="simplespeak")
    assert [(part.text, part.span) for part in found] == [("1", (6, 7)), ("over", (0, 11)), ("x", (9, 10))]
