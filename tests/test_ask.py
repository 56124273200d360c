"""Questions about figures: answers from any format of figures, the shapes they rest on, and what is refused."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path as FilePath
from xml.sax.saxutils import quoteattr

import pytest
from panmath.convert import Pipeline, convert
from panmath.convert.cli import main
from panmath.convert.errors import ParseError, UnsupportedError
from panmath.convert.nodes import Text
from panmath.convert.source import Source
from panmath.renderers import drawing, figure_words, svg_reader
from panmath.renderers.questions import answer
from panmath.renderers.scene import Axes, Close, Item, Label, Line, Move, Path, Plot, Point, Scene, Style

CASES = FilePath(__file__).parent / "cases" / "figures"
RED = "red circle at the left, 56.9 by 56.9 pt"
WORDS = "a red circle to the left of a blue square, a small green triangle above the square, 3 apples"


def rows(name: str) -> list[list[str]]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@cache
def figure(asked: str) -> Scene:
    formula = asked.startswith("$")
    return Pipeline("tex" if formula else "description", "scene")(asked.strip("$")).value


@pytest.fixture(scope="module")
def svg() -> str:
    return convert(WORDS, "svg", source="description").value


@pytest.mark.parametrize(("question", "expected"), rows("questions.tsv"))
def test_questions_are_answered(svg: str, question: str, expected: str) -> None:
    assert answer(svg_reader.read(Source(svg), losses=[]), question).text == expected
    assert answer(figure_words.read(Source(WORDS), losses=[]), question).text == expected


@pytest.mark.parametrize(("asked", "question", "expected"), rows("questions_of_figures.tsv"))
def test_questions_about_axes_points_and_with_options_are_answered(asked: str, question: str, expected: str) -> None:
    scene = figure(asked)
    assert answer(scene, question).shown == expected
    assert answer(svg_reader.read(Source(drawing.draw(scene, losses=[])), losses=[]), question).shown == expected


@pytest.mark.parametrize(
    ("asked", "question", "message"),
    [
        ("$y = 1/x$", "what is the maximum?",
         "the curve goes out of the figure at the top: it has no largest value there"),
        ("$y = x$", "where do the curves intersect?", "the axes have fewer than two curves"),
        ("$y = x, y = x$", "where do the curves intersect?",
         "blue curve $y=x$ and red curve $y=x$ lie on each other"),
        ("$y = x$", "where does the green curve cross the x axis?", "the axes have no such curve: the green curve"),
        ("a red circle", "How many circles are there? A) 2 B) 3", "none of the options is the answer, which is 1"),
        ("triangle ABC", "what is the angle at D?", "the figure has no point D; it has A, B, C"),
        ("square ABCD with diagonal AC", "what is the angle at A?",
         "3 lines lead from A to named points; name the angle by three letters"),
    ],
)  # fmt: skip
def test_what_has_no_answer_says_why(asked: str, question: str, message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        answer(figure(asked), question)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "told",
    [
        '{"x": [-1, 1], "y": [-1, 1], "log": [true, true], "labels": ["", "", ""], "ticks": [], "plots": []}',
        '{"x": [0, 1], "y": [0, 1], "log": [true, true], "labels": ["", "", ""], "ticks": [], "plots": []}',
        f'{{"x": [0, {"9" * 400}], "y": [0, 1], "log": [0, 0], "labels": ["", "", ""], "ticks": [], "plots": []}}',
        '{"x": [0, Infinity], "y": [0, 1], "log": [0, 0], "labels": ["", "", ""], "ticks": [], "plots": []}',
        '{"x": [0, 1], "y": [0, 1], "log": [0, 0], "labels": ["", "", ""], "ticks": [[NaN, "a"]], "plots": []}',
        '{"x": [1, 1e300], "y": [1e-300, 1], "log": [1, 1], "labels": ["", ""], "ticks": [], "plots": []}',
        "[" * 100_000,
    ],
    ids=["log across 0", "log from 0", "400 digits", "infinite", "no number", "two labels", "deep"],
)
def test_axes_that_an_svg_tells_wrongly_are_no_axes(told: str) -> None:
    svg = drawing.draw(figure("$y = x^2$"), losses=[])
    wrong, count = re.subn(r"data-name='\{[^']*'", lambda _: f"data-name={quoteattr(told)}", svg)
    assert count == 1
    with pytest.raises(ParseError, match="this is no question that is understood"):
        answer(svg_reader.read(Source(wrong), losses=[]), "what is the minimum of the curve?")


def test_a_curve_without_points_has_no_extreme() -> None:
    plot = Plot(((math.nan, math.nan), (math.nan, math.nan)))
    with pytest.raises(UnsupportedError) as caught:
        answer(Scene((Axes((0.0, 0.0), 100.0, 100.0, (0.0, 1.0), (0.0, 1.0), plots=(plot,)),)), "what is the minimum?")
    assert str(caught.value) == "the curve has no points"


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        (21 * [((0.0, 0.0), (1.0, 1.0))], "the axes have 21 curves; where at most 20 meet can be told"),
        (2 * [((0.0, 0.0), (1.0, 1.0)) * 400], "the curves have too many pieces to tell where they meet"),
    ],
    ids=["curves", "pieces"],
)
def test_too_much_to_tell_where_it_meets_is_refused(curves: list[tuple[Point, ...]], message: str) -> None:
    plots = tuple(Plot(points) for points in curves)
    scene = Scene((Axes((0.0, 0.0), 100.0, 100.0, (0.0, 1.0), (0.0, 1.0), plots=plots),))
    with pytest.raises(UnsupportedError) as caught:
        answer(scene, "where do the curves intersect?")
    assert str(caught.value) == message


def test_an_answer_names_the_shapes_it_rests_on(svg: str) -> None:
    found = answer(svg_reader.read(Source(svg), losses=[]), "how many triangles are there?")
    assert found.shapes == ("green triangle at the top left, 22 by 22 pt",)


@pytest.mark.parametrize("question", ["why is it so?", "how many quarks are there?", "", "is the circle happy?"])
def test_what_is_no_question_about_figures_is_refused(svg: str, question: str) -> None:
    with pytest.raises(ParseError, match="this is no question that is understood"):
        answer(svg_reader.read(Source(svg), losses=[]), question)


def test_a_long_question_is_refused_before_it_is_read(svg: str) -> None:
    scene = svg_reader.read(Source(svg), losses=[])
    with pytest.raises(ParseError) as caught:
        answer(scene, "how many circles are there" + "?" * 1975)
    assert caught.value.message == "the question has more than 2000 characters; ask a shorter one"
    assert answer(scene, "how many circles are there" + "?" * 1974).text == "1"


def test_many_named_points_are_answered_up_to_a_limit() -> None:
    names = [f"{letter}{number}" for letter in "ABCDEFGHIJKLMNOPQRST" for number in range(10)]
    turns = [2 * math.pi * number / len(names) for number in range(len(names))]
    places = [(5000 * math.cos(turn), 5000 * math.sin(turn)) for turn in turns]
    shapes: list[Item] = [Path((Move(places[0]), *map(Line, places[1:]), Close()), Style(stroke="#000000"))]
    shapes += [Label(place, (Text(name),)) for name, place in zip(names, places, strict=True)]
    assert answer(Scene(tuple(shapes)), "what is the angle at B1?").text == "178.2°"
    found = answer(Scene(tuple(shapes)), "which side is the longest?")
    assert len(found.shapes) == 200
    more = Label((0.0, 0.0), (Text("U1"),))
    with pytest.raises(UnsupportedError) as caught:
        answer(Scene((*shapes, more)), "what is the angle at B1?")
    assert str(caught.value) == "the figure has more than 200 named points"


def test_half_a_word_is_not_the_word() -> None:
    assert answer(figure("triangle ABC"), "сколько градусов в угле A?").text == "66°"
    with pytest.raises(ParseError, match="this is no question that is understood"):
        answer(figure("triangle ABC"), "сколько градусов в уг A?")


def test_a_question_about_what_is_not_there_says_so(svg: str) -> None:
    with pytest.raises(UnsupportedError, match="the figure has no yellow star"):
        answer(svg_reader.read(Source(svg), losses=[]), "where is the yellow star?")


def test_the_command_reads_tikz_and_answers_as_json(tmp_path: FilePath, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "figure.tikz"
    figure.write_text(r"\filldraw[fill=red] (0,0) circle (1); \draw (3,0) rectangle (4,1); \node at (2,2) {$x$};")
    assert main(["ask", str(figure), "is the circle left of the square?", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "yes"
    assert main(["ask", str(figure), "what labels are there?"]) == 0
    assert capsys.readouterr().out == "$x$\n  $x$\n"
    assert main(["ask", str(figure), "how many circles are there? A) 2 B) 1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"answer": "1", "option": "B", "shapes": [RED]}
    assert main(["ask", str(figure), "why?"]) == 65
