"""Spoken mathematics as people say it, and as recognisers write it: what is read from the words."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import convert
from panmath.convert.errors import Loss, ParseError
from panmath.convert.formulas import formulas, quantities
from panmath.convert.nodes import Node
from panmath.convert.normal import normal
from panmath.convert.phrases import Language
from panmath.convert.readers.spoken import natural
from panmath.convert.readers.spoken.lexicon import lexicon, tokens
from panmath.convert.readers.spoken.named import content_words
from panmath.convert.readers.spoken.named import formula as named_formula
from panmath.convert.readers.spoken.scope import Policy
from panmath.convert.readers.tex import read as read_tex
from panmath.convert.source import Source
from panmath.convert.writers import tex

CASES = Path(__file__).parent / "cases" / "heard"


def said(language: str) -> list[tuple[str, str, str]]:
    lines = (CASES / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [(language, *line.split("\t")) for line in lines if not line.startswith("#")]  # type: ignore[misc]


def read(words: str, language: str = "en", policy: Policy | None = None, limit: int = 1) -> list[str]:
    found = natural.readings(Source(words), language=language, policy=policy or Policy(), limit=limit)
    return [tex.write(reading.node, losses=[]) for reading in found]


@pytest.mark.parametrize(("language", "words", "expected"), [*said("en"), *said("ru")])
def test_best_reading(language: str, words: str, expected: str) -> None:
    assert read(words, language) == [expected]


def named() -> list[list[str]]:
    lines = (CASES / "named.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("language", "words", "expected"), named())
def test_what_is_called_by_its_name(language: str, words: str, expected: str) -> None:
    assert read(words, language) == [expected]


def test_the_words_of_a_name_that_no_formula_has_are_refused() -> None:
    with pytest.raises(ParseError) as caught:
        read("nobody's last theorem of everything")
    assert caught.value.message == "too little of this is mathematics: \"nobody's\", 'last', 'theorem'"


def test_words_that_are_taken_for_others_are_losses() -> None:
    found = natural.readings(Source("coisine of x plus sines of y"), language="en")[0]
    assert found.losses == (Loss("coisine", "taken for 'cosine'", (0, 7)),)


def test_what_is_said_beside_the_name_of_a_formula_is_a_loss() -> None:
    found = natural.readings(Source("Heron's formula is used to find areas"), language="en")[0]
    assert [(loss.what, loss.reason) for loss in found.losses] == [
        ("the other words", "what is called so is the formula, whatever is said of it")
    ]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_name_of_the_table_is_that_of_one_formula(language: Language) -> None:
    by_words: dict[tuple[str, ...], set[Node]] = {}
    for formula in formulas(language):
        by_words.setdefault(tuple(content_words(formula.name, language)), set()).add(normal(formula.node))
    assert [" ".join(words) for words, nodes in by_words.items() if len(nodes) > 1 or not words] == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_formula_of_the_table_is_read_by_its_names(language: Language) -> None:
    for formula in formulas(language):
        heard = tokens(formula.name, language, quantities=True)
        found = named_formula(formula.name, heard, language, None, 0)
        assert found is not None, formula.name
        assert found.node == formula.node, formula.name


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_formulas_and_letters_of_the_tables_are_read_without_loss(language: Language) -> None:
    texts = {formula.tex for formula in formulas(language)} | quantities(language).keys()
    assert len(texts) > 500
    for text in texts:
        losses: list[Loss] = []
        read_tex(Source(text), losses=losses)
        assert losses == [], text


VOCABULARY = {
    language: sorted(
        {*lexicon(language).trie.branches, *lexicon(language).numbers.units, *lexicon(language).numbers.ordinals}
    )
    for language in ("en", "ru")
}


@pytest.mark.parametrize("language", ["en", "ru"])
@given(data=st.data())
def test_any_words_are_read_or_refused(language: str, data: st.DataObject) -> None:
    words = " ".join(data.draw(st.lists(st.sampled_from(VOCABULARY[language]), max_size=25)))
    with contextlib.suppress(ParseError):
        read(words, language, limit=3)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "lcm quantity comma b plus y mathbf composition"),
        ("en", "row plus close fraction squared sqrt end close"),
        ("en", "approaches b open matrix minus overline squared"),
        ("ru", "квадрате c размерность равно вектором до от из в отсюда"),
    ],
)
def test_words_that_mean_nothing_where_they_stand(language: str, words: str) -> None:
    with contextlib.suppress(ParseError):
        read(words, language, limit=5)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ParseError):
        read(text, limit=2)


def test_other_readings_follow_in_order() -> None:
    assert read("one over x plus two", limit=3)[:1] == read("one over x plus two")
    assert len(set(read("one over x plus two", limit=3))) == 3


@pytest.mark.parametrize(
    ("surer", "less_sure"),
    [
        ("x plus y", "one over x plus two"),  # how far "over" reaches is open
        ("x plus y", "x plus y blah"),  # a word that means nothing
        ("x squared", "x squared plus y squared plus z squared equals the integral from zero to one of f"),
    ],
)
def test_certainty_falls_with_what_has_to_be_guessed(surer: str, less_sure: str) -> None:
    sure, unsure = (convert(Source(words), "tex", source="spoken.en").confidence for words in (surer, less_sure))
    assert 1 > sure > unsure > 0


def test_other_readings_are_less_likely_than_the_first() -> None:
    result = convert(Source("one over x plus two"), "tex", source="spoken.en", nbest=3)
    chances = [result.confidence, *(other.confidence for other in result.alternatives)]
    assert chances == sorted(chances, reverse=True)


def test_policy_decides_what_over_covers() -> None:
    assert read("one over x plus y", policy=Policy(over_right="term")) == [r"\frac{1}{x}+y"]
    assert read("one over x plus y", policy=Policy(over_right="sum")) == [r"\frac{1}{x+y}"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "there are no words to read"),
        ("hello dear friend", "too little of this is mathematics: 'hello', 'dear', 'friend'"),
    ],
)
def test_refusals(words: str, message: str) -> None:
    with pytest.raises(ParseError) as refusal:
        read(words)
    assert refusal.value.message == message


def prose() -> list[list[str]]:
    lines = (CASES / "sentences.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("language", "words", "expected"), prose())
def test_formulas_inside_sentences(language: str, words: str, expected: str) -> None:
    assert convert(words, to="markdown", source=f"spoken.{language}").value == expected
