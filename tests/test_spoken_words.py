"""Each spoken word points at the part of the text that it speaks, in every style and from every format with text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from panmath.convert import Pipeline, convert
from panmath.convert.nodes import Ident
from panmath.convert.styles import STYLES

CASES = Path(__file__).parent / "cases"
FORMULAS = sorted((CASES / "formulas").rglob("*.case"))


def cases() -> list[tuple[str, str, str, str]]:
    lines = (CASES / "spoken" / "words.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]  # type: ignore[misc]


@pytest.mark.parametrize(("source", "style", "text", "expected"), cases())
def test_what_each_phrase_speaks(source: str, style: str, text: str, expected: str) -> None:
    result = convert(text, to="spoken.en", source=source, style=style)
    shown = [f"{word.text}‹{text[slice(*word.span)] if word.span else ''}›" for word in result.words]
    assert " ".join(shown) == expected


def source_of(case: Path) -> str:
    return case.read_text(encoding="utf-8").split(">>> source\n")[1].split("\n>>> ")[0]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("source", ["tex", "mathml", "unicode"])
def test_every_word_of_every_formula_points_somewhere(source: str, style: str) -> None:
    texts = [source_of(case) for case in FORMULAS]
    if source != "tex":
        texts = [result.value for result in Pipeline("tex", source).map(texts, on_error="return") if result.value]
    assert len(texts) > 50
    for result in Pipeline(source, "spoken.en", style=style).map(texts):
        assert " ".join(word.text for word in result.words) == result.value
        assert result.source is not None
        for word in result.words:
            assert word.span is not None, (word, result.source.text)
            assert 0 <= word.span[0] <= word.span[1] <= len(result.source.text)


def test_a_tree_without_a_text_has_words_without_places() -> None:
    assert convert(Ident("x"), to="spoken.en").words == (("x", None),)


def test_json() -> None:
    plain = json.loads(convert("x+1", to="spoken.en", source="tex").to_json())
    assert plain["words"] == [
        {"text": "x", "start": 0, "end": 1},
        {"text": "plus", "start": 1, "end": 2},
        {"text": "1", "start": 2, "end": 3},
    ]
    assert "words" not in json.loads(convert("x+1", to="unicode", source="tex").to_json())
