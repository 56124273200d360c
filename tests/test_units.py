"""Numbers and units as they are said and read back, and the table of units."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import units
from panmath.convert.nodes import Ident, Node, Num, Row, Text
from panmath.convert.normal import equal, normal
from panmath.convert.readers import spoken as reader
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.units import Factor
from panmath.convert.writers import spoken

LANGUAGES = ("en", "ru")
TABLE = Path(__file__).parent / "cases" / "spoken" / "numbers.tsv"


def formula(source: str) -> Node:
    return tex.read(Source(source), losses=[])


def said(node: Node, language: str) -> str:
    return spoken.write(node, losses=[], language=language)


def heard(words: str, language: str) -> Node:
    return reader.read(Source(words), losses=[], language=language)


def rows() -> list[tuple[str, ...]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("source", "english", "russian", "back"), rows())
def test_what_is_said_and_read_back(source: str, english: str, russian: str, back: str) -> None:
    node = formula(source)
    assert (said(node, "en"), said(node, "ru")) == (english, russian)
    if back != "-":
        expected = node if back == "=" else formula(back)
        assert [normal(heard(words, language)) for words, language in ((english, "en"), (russian, "ru"))] == [
            normal(expected)
        ] * 2


@pytest.mark.parametrize(
    ("words", "language", "source"),
    [
        ("five kilograms", "en", r"5\,\mathrm{kg}"),
        ("two and a half meters", "en", r"2\frac{1}{2}\,\mathrm{m}"),
        ("ten metres per second", "en", r"\qty{10}{\metre\per\second}"),
        ("x equals one point five kilometres", "en", r"x=1.5\,\mathrm{km}"),
        ("twenty-three hundred", "en", "2300"),
        ("one hundred and twenty three", "en", "123"),
        ("minus three quarters", "en", r"-\frac{3}{4}"),
        ("five percent", "en", r"5\%"),
        ("2 seconds plus 3 seconds", "en", r"2\,\mathrm{s}+3\,\mathrm{s}"),
        ("полтора", "ru", r"1\frac{1}{2}"),
        ("сто двадцать три", "ru", "123"),
        ("от двух до пяти килограммов", "ru", None),
        ("минус три четверти", "ru", r"-\frac{3}{4}"),
        ("одна целая пять десятых", "ru", "1.5"),
        ("три точка один четыре", "ru", "3.14"),
        ("две третьих", "ru", r"\frac{2}{3}"),
        ("два с половиной часа", "ru", r"2\frac{1}{2}\,\mathrm{h}"),
        ("девяносто километров в час", "ru", r"\qty{90}{\kilo\metre\per\hour}"),
    ],
)
def test_what_people_say(words: str, language: str, source: str | None) -> None:
    if source is not None:
        assert normal(heard(words, language)) == normal(formula(source))


UNITS = st.sampled_from([unit for unit in units.rows() if unit.ru and unit.symbol not in "°%′″Bl"])
"""Those with a name of their own: angles and percents are no units to the reader, and bytes come before bels."""


@given(st.integers(0, 10**6), UNITS, st.sampled_from([None, *units.prefixes()]), st.sampled_from(LANGUAGES))
def test_every_unit_is_read_back(count: int, unit: units.Unit, prefix: units.Prefix | None, language: str) -> None:
    factor = Factor(prefix if unit.prefixed else None, unit)
    node = Row(tuple(units.behind([Num(str(count))], [factor])))
    assert normal(heard(said(node, language), language)) == normal(node)


Power = tuple[str, int]
POWERS = st.lists(
    st.tuples(st.sampled_from("m s kg N K mol".split()), st.sampled_from([1, 2, 3, 4])), min_size=1, max_size=2,
    unique_by=lambda pair: pair[0],
)  # fmt: skip


@given(st.integers(2, 99), POWERS, POWERS)
def test_quotients_of_units_are_read_back(
    count: int, above: list[tuple[str, int]], below: list[tuple[str, int]]
) -> None:
    pairs = [*above, *((symbol, -power) for symbol, power in below)]
    factors = [factor._replace(power=power) for symbol, power in pairs if (factor := units.by_symbol(symbol))]
    node = Row(tuple(units.behind([Num(str(count))], factors)))
    for language in LANGUAGES:
        assert normal(heard(said(node, language), language)) == normal(node)


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_none(text: str) -> None:
    assert isinstance(units.in_text(text), tuple)
    said(Row((Num("5"), Text(text))), "ru")


@pytest.mark.parametrize("command", [name for unit in units.rows() for name in unit.names])
def test_commands_of_siunitx(command: str) -> None:
    factor = units.by_command(command)
    assert factor is not None
    assert equal(formula(rf"\unit{{\{command}}}"), Row(tuple(units.nodes([factor]))))


def test_symbols() -> None:
    kilometre, micro = units.by_symbol("km"), units.by_command("us")
    assert kilometre is not None
    assert (kilometre.symbol, kilometre.unit.sympy) == ("km", "meter")
    assert micro is not None
    assert micro.symbol == "μs"
    assert units.by_symbol("kmin") is None
    assert units.measure((Ident("x"), Num("2")), 0) is None
