"""Words → figures: what is drawn for which words, which conditions hold, and what is refused."""

from __future__ import annotations

import math
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import Pipeline, convert
from panmath.convert.errors import PanmathError
from panmath.convert.source import Source
from panmath.renderers import description, figure_words, labels
from panmath.renderers.raster import raster
from panmath.renderers.scene import Axes, Label, Scene, flatten, leaves, normal
from panmath.renderers.scene import Path as Shape
from panmath.renderers.seen import holds, see

CASES = Path(__file__).parent / "cases" / "figures"


def rows(name: str) -> list[list[str]]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def scene(words: str) -> Scene:
    return figure_words.read(Source(words, "<words>"), losses=[])


def shown(svg: str) -> str:
    """The kinds of shapes in an SVG with their counts, and its labels."""
    found = list(leaves(normal(Pipeline("svg", "scene")(svg).value).items))
    kinds = Counter(description.named(leaf) for leaf in found if not isinstance(leaf, Label | Axes))
    texts = sorted(labels.write_line(line) for leaf in found if isinstance(leaf, Label) for line in leaf.lines)
    told = ", ".join(sorted(f"{count} {kind}" for kind, count in kinds.items()))
    return f"{told}; {' '.join(texts)}" if texts else told


@pytest.mark.parametrize(("words", "expected"), rows("words.tsv"))
def test_words_become_a_figure(words: str, expected: str) -> None:
    assert shown(convert(words, "svg", source="figure-words").value) == expected


@pytest.mark.parametrize(("words", "message"), rows("refused.tsv"))
def test_what_is_not_understood_or_cannot_be_is_refused(words: str, message: str) -> None:
    with pytest.raises(PanmathError) as caught:
        scene(words)
    assert str(caught.value).split("\n")[0] == message


def corners(words: str) -> dict[str, tuple[float, float]]:
    """The corners of the first polygon, in the order in which they are named."""
    (path,) = [leaf for leaf in leaves(scene(words).items) if isinstance(leaf, Shape) and len(leaf.parts) > 3
               and "Close" in type(leaf.parts[-1]).__name__]  # fmt: skip
    return dict(zip("ABCDEF", flatten(path.parts)[0], strict=False))


def angle(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    turn = math.atan2(c[1] - b[1], c[0] - b[0]) - math.atan2(a[1] - b[1], a[0] - b[0])
    return abs(math.degrees(math.atan2(math.sin(turn), math.cos(turn))))


@given(st.integers(2, 9), st.integers(2, 9))
def test_a_right_triangle_has_the_sides_and_the_angle_that_are_given(first: int, second: int) -> None:
    p = corners(f"triangle ABC with a right angle at B, AB = {first}, BC = {second}")
    assert angle(p["A"], p["B"], p["C"]) == pytest.approx(90, abs=1e-3)
    assert math.dist(p["A"], p["B"]) * second == pytest.approx(math.dist(p["B"], p["C"]) * first, rel=1e-5)


@given(st.integers(20, 120), st.integers(20, 50))
def test_a_triangle_has_its_angles(first: int, second: int) -> None:
    p = corners(f"triangle ABC with angle A = {first} degrees, angle B = {second}°")
    assert angle(p["B"], p["A"], p["C"]) == pytest.approx(first, abs=1e-2)
    assert angle(p["A"], p["B"], p["C"]) == pytest.approx(second, abs=1e-2)


RELATIONS = [
    ("to the left of", "left"), ("to the right of", "right"), ("above", "above"), ("below", "below"),
    ("on top of", "on"),
    ("inside", "inside"), ("touching", "touching"), ("overlapping", "overlapping"), ("larger than", "larger"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "relation"), RELATIONS)
@pytest.mark.parametrize("shapes", [("circle", "square"), ("hexagon", "circle"), ("square", "rectangle")])
def test_relations_hold(words: str, relation: str, shapes: tuple[str, str]) -> None:
    found = {one.color: one for one in see(scene(f"a red {shapes[0]} {words} a blue {shapes[1]}"))}
    assert holds(relation, found["red"], found["blue"])


@given(st.integers(1, 40), st.sampled_from(["circle", "square", "triangle", "star", "apple", "book"]))
def test_as_many_things_as_are_asked_for(count: int, noun: str) -> None:
    seen = see(scene(f"{count} {noun}s"))
    assert [one.kind for one in seen] == [noun] * count


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60))
def test_any_text_is_drawn_or_refused(text: str) -> None:
    with suppress(PanmathError):
        assert isinstance(scene(text), Scene)


WORDS = ("triangle ABC circle square with a right angle at B radius 3 and median from A red left of the graph K plot "
         "y = x squared to 2 ( , ) points bar chart number line 5 M midpoint AB").split()  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_any_words_of_the_grammar_are_drawn_or_refused(words: list[str]) -> None:
    try:
        svg = convert(" ".join(words), "svg", source="description").value
    except PanmathError:
        return
    assert re.match(r"<svg ", svg)


def test_a_plot_has_the_range_that_is_asked_for() -> None:
    (axes,) = scene("plot y = x squared from minus 2 to 2").items
    assert isinstance(axes, Axes)
    assert axes.x_range == (-2.0, 2.0)


def test_bars_have_their_values_and_names() -> None:
    (axes,) = scene("bar chart with apples 3, pears 5 and plums 2").items
    assert isinstance(axes, Axes)
    assert [y for _, y in axes.plots[0].points] == [3, 5, 2]
    assert [labels.write_line(line) for line in axes.x_ticks.labels] == ["apples", "pears", "plums"]


@pytest.mark.parametrize("target", ["svg", "tikz", "pyplot", "image"])
def test_all_forms_of_figures_come_out(target: str) -> None:
    value = convert("triangle ABC with altitude AH", target, source="figure-words").value
    assert value
    if target == "svg":
        assert raster(value)[:4] == b"\x89PNG"
