"""Numbers in words: cases, genders and sizes, and the same numbers from another program."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words
from panmath.convert import numerals
from panmath.convert.nodes import Frac, Ident, Node, Num, Row, Script
from panmath.convert.normal import normal
from panmath.convert.numerals import CASES, Gender
from panmath.convert.readers import spoken as reader
from panmath.convert.source import Source

ENGLISH, WORDS, RUSSIAN = numerals.numbers("en"), numerals.numbers("en", "words"), numerals.russian()
TABLE = Path(__file__).parent / "cases" / "spoken" / "numerals.tsv"


def rows() -> list[list[str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("text", "case", "gender", "words"), rows())
def test_russian_numbers(text: str, case: str, gender: Gender, words: str) -> None:
    assert RUSSIAN.spoken(text, case, gender if gender in get_args(Gender) else None) == words


@pytest.mark.parametrize(
    ("num", "den", "case", "words"),
    [
        ("1", "2", "nom", "одна вторая"),
        ("1", "2", "acc", "одну вторую"),
        ("2", "3", "nom", "две трети"),
        ("5", "4", "gen", "пяти четвертей"),
        ("3", "4", "dat", "трём четвертям"),
        ("21", "100", "nom", "двадцать одна сотая"),
        ("1", "125", "nom", None),
        ("0", "2", "nom", None),
    ],
)
def test_russian_fractions(num: str, den: str, case: str, words: str | None) -> None:
    assert RUSSIAN.fraction(num, den, case) == words


@pytest.mark.parametrize(
    ("whole", "num", "den", "english", "russian"),
    [
        ("2", "1", "3", "2 and one third", "две целых одна третья"),
        ("21", "3", "4", "21 and three quarters", "двадцать одна целая три четвёртых"),
        ("1", "1", "2", "1 and one half", "полтора"),
        ("3", "1", "2", "3 and one half", "три с половиной"),
        ("2", "1", "10", "2 and one tenth", None),
        ("2", "4", "3", None, None),
        ("0", "1", "3", None, None),
    ],
)
def test_mixed_numbers(whole: str, num: str, den: str, english: str | None, russian: str | None) -> None:
    assert (ENGLISH.mixed(whole, num, den), RUSSIAN.mixed(whole, num, den)) == (english, russian)


@pytest.mark.parametrize(
    ("text", "english", "russian"),
    [
        ("3", "third", "третья"),
        ("21", "twenty-first", "двадцать первая"),
        ("100", None, "сотая"),
        ("2000", None, None),
        ("n", "nth", "энная"),
        ("x", "xth", None),
        ("1.5", None, None),
    ],
)
def test_ordinals(text: str, english: str | None, russian: str | None) -> None:
    assert (ENGLISH.ordinal(text), RUSSIAN.ordinal(text)) == (english, russian)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "zero"),
        ("2300", "two thousand three hundred"),
        ("1005", "one thousand and five"),
        ("1,000,000", "one million"),
        ("1.05", "one point zero five"),
        (".5", "zero point five"),
        ("007", "zero zero seven"),
        ("1" + "0" * 36, "1" + "0" * 36),
    ],
)
def test_english_numbers_in_words(text: str, words: str) -> None:
    assert WORDS.spoken(text) == words


@pytest.mark.parametrize(
    ("text", "case", "metre", "second"),
    [
        ("1", "nom", "метр", "секунда"),
        ("2", "nom", "метра", "секунды"),
        ("11", "acc", "метров", "секунд"),
        ("21", "acc", "метр", "секунду"),
        ("0", "nom", "метров", "секунд"),
        ("2", "dat", "метрам", "секундам"),
        ("21", "ins", "метром", "секундой"),
        ("1.5", "ins", "метра", "секунды"),
    ],
)
def test_nouns_after_numbers(text: str, case: str, metre: str, second: str) -> None:
    nouns = numerals.declined("метр", "метр"), numerals.declined("секунд", "секунда")
    assert tuple(noun.after(text, case) for noun in nouns) == (metre, second)


# The oracle

SIZES = st.integers(0, 12).flatmap(lambda size: st.integers(1, 10**size))
"""From 1, because the Russian nought of num2words is another word in the oblique cases, ноля."""


@given(SIZES)
def test_english_cardinals_and_ordinals_are_those_of_num2words(value: int) -> None:
    assert isinstance(WORDS, numerals.English)
    assert WORDS.cardinal(value) == num2words(value).replace(",", "")
    assert WORDS.nth(value) == num2words(value, to="ordinal").replace(",", "")


def oracle(value: int, case: str, **options: str) -> list[str]:
    """The words of num2words, but without "one" before a thousand or million, which we do not count."""
    found: list[str] = num2words(value, lang="ru", case="ngdaip"[CASES.index(case)], animate=False, **options).split()
    scales = tuple(entry.split()[0] for entry in numerals.table("ru")["scales"])
    ones = {form for forms in (RUSSIAN.units[1], *(RUSSIAN.genders[gender][1] for gender in "fn")) for form in forms}
    starts = [True, *(word.startswith(scales) for word in found)]
    lone = [word in ones and start and after.startswith(scales)
            for word, start, after in zip(found, starts, [*found[1:], ""], strict=False)]  # fmt: skip
    return [word for word, dropped in zip(found, lone, strict=True) if not dropped]


@given(SIZES, st.sampled_from(CASES))
def test_russian_cardinals_are_those_of_num2words(value: int, case: str) -> None:
    assert RUSSIAN.cardinal(value, CASES.index(case)) == oracle(value, case)


@given(st.integers(1, 999_999), st.sampled_from(CASES), st.sampled_from("fn"))
def test_russian_genders_are_those_of_num2words(value: int, case: str, gender: Gender) -> None:
    """Below a million: above it num2words gives the millions the gender too."""
    assert RUSSIAN.cardinal(value, CASES.index(case), gender) == oracle(value, case, gender=gender)


@given(st.integers(1, 999), st.integers(0, 3), st.sampled_from(CASES), st.sampled_from("mfn"))
def test_round_russian_ordinals_are_those_of_num2words(count: int, power: int, case: str, gender: Gender) -> None:
    value = count * 1000**power
    assert RUSSIAN.nth(value, gender, CASES.index(case)).split() == oracle(value, case, to="ordinal", gender=gender)


@given(SIZES, st.sampled_from(CASES))
def test_russian_ordinals_are_cardinals_but_for_the_end(value: int, case: str) -> None:
    """In one piece num2words gets these wrong: девять миллионов восемьсот восьмидесятый тысяч первый."""
    rest = value % 1000
    if rest:
        before = oracle(value - rest, "nom") if value > rest else []
        after = oracle(rest, case, to="ordinal", gender="f")
        assert RUSSIAN.nth(value, "f", CASES.index(case)).split() == [*before, *after]


# Reading back


def back(words: str, language: str) -> Node:
    return normal(reader.read(Source(words), losses=[], language=language))


@given(st.integers(0, 30).flatmap(lambda size: st.integers(0, 10**size)))
def test_whole_numbers_are_read_back(value: int) -> None:
    text = str(value)
    assert back(WORDS.spoken(text), "en") == Num(text)
    for case in CASES:
        assert back(RUSSIAN.spoken(text, case), "ru") == Num(text)


@given(st.integers(0, 10**6), st.from_regex("[0-9]{1,9}", fullmatch=True))
def test_decimals_are_read_back(whole: int, part: str) -> None:
    text = f"{whole}.{part}"
    assert back(WORDS.spoken(text), "en") == Num(text)
    assert back(RUSSIAN.spoken(text), "ru") == Num(text)


@given(st.integers(2, 99), st.integers(4, 999))
def test_ordinals_are_read_back(small: int, large: int) -> None:
    english, russian = (numbers.ordinal(str(n), "gen") for numbers, n in ((ENGLISH, small), (RUSSIAN, large)))
    assert back(f"x to the {english} power", "en") == Script(Ident("x"), None, Num(str(small)))
    assert back(f"икс в {russian} степени", "ru") == Script(Ident("x"), None, Num(str(large)))


@given(st.integers(1, 99), st.integers(2, 100), st.integers(0, 1000))
def test_fractions_are_read_back(num: int, den: int, whole: int) -> None:
    fraction = Frac(Num(str(num)), Num(str(den)))
    for language, numbers in (("en", ENGLISH), ("ru", RUSSIAN)):
        if words := numbers.fraction(str(num), str(den)):
            assert back(words, language) == fraction
        if words := numbers.mixed(str(whole), str(num), str(den)):
            assert back(words, language) == Row((Num(str(whole)), fraction))
