"""Questions about figures: answers from any format of figures, the shapes they rest on, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from panmath.convert import convert
from panmath.convert.cli import main
from panmath.convert.errors import ParseError, UnsupportedError
from panmath.convert.source import Source
from panmath.renderers import figure_words, svg_reader
from panmath.renderers.ask import answer

CASES = Path(__file__).parent / "cases" / "figures" / "questions.tsv"
WORDS = "a red circle to the left of a blue square, a small green triangle above the square, 3 apples"


def questions() -> list[list[str]]:
    return [line.split("\t") for line in CASES.read_text("utf-8").splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def svg() -> str:
    return convert(WORDS, "svg", source="description").value


@pytest.mark.parametrize(("question", "expected"), questions())
def test_questions_are_answered(svg: str, question: str, expected: str) -> None:
    assert answer(svg_reader.read(Source(svg), losses=[]), question).text == expected
    assert answer(figure_words.read(Source(WORDS), losses=[]), question).text == expected


def test_an_answer_names_the_shapes_it_rests_on(svg: str) -> None:
    found = answer(svg_reader.read(Source(svg), losses=[]), "how many triangles are there?")
    assert found.shapes == ("green triangle at the top left, 22 by 22 pt",)


@pytest.mark.parametrize("question", ["why is it so?", "how many quarks are there?", "", "is the circle happy?"])
def test_what_is_no_question_about_figures_is_refused(svg: str, question: str) -> None:
    with pytest.raises(ParseError, match="this is no question that is understood"):
        answer(svg_reader.read(Source(svg), losses=[]), question)


def test_a_question_about_what_is_not_there_says_so(svg: str) -> None:
    with pytest.raises(UnsupportedError, match="the figure has no yellow star"):
        answer(svg_reader.read(Source(svg), losses=[]), "where is the yellow star?")


def test_the_command_reads_tikz_and_answers_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "figure.tikz"
    figure.write_text(r"\filldraw[fill=red] (0,0) circle (1); \draw (3,0) rectangle (4,1); \node at (2,2) {$x$};")
    assert main(["ask", str(figure), "is the circle left of the square?", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "yes"
    assert main(["ask", str(figure), "what labels are there?"]) == 0
    assert capsys.readouterr().out == "$x$\n  $x$\n"
    assert main(["ask", str(figure), "why?"]) == 65
