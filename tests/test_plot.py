"""Formula → figure: what is drawn for which meaning, and the formulas of a figure."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from panmath.convert import convert, read
from panmath.convert.errors import UnsupportedError
from panmath.convert.meaning import understand
from panmath.convert.source import Source
from panmath.convert.writers import tex
from panmath.renderers import number_sets, plot, tikz
from panmath.renderers.scene import Axes, Label, Scene


def figure(text: str) -> Scene:
    return plot.scene(read(text), losses=[])


def axes(text: str) -> Axes:
    (item,) = figure(text).items
    assert isinstance(item, Axes)
    return item


KINDS = [
    ("y = x^2", ["line"]), (r"f(x) = \frac{1}{x}", ["line"]), ("x^2 + 1", ["line"]), ("x^2 + y^2 = 1", ["line"]),
    ("x^2 < y", ["region", "line"]), ("a_n = 1/n", ["stems"]), (r"r = 1 + \cos\theta", ["line"]),
    ("-1 \\le x < 3", ["line", "points", "points"]), ("x > 2", ["line", "points"]), ("y = x, y = -x", ["line", "line"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), KINDS)
def test_meaning_chooses_the_figure(text: str, kinds: list[str]) -> None:
    assert [one.kind for one in axes(text).plots] == kinds


@pytest.mark.parametrize("text", [r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\int_0^1 x\,dx", "a + b + c", r"\alpha"])
def test_what_is_no_picture_is_set(text: str) -> None:
    (label,) = figure(text).items
    assert isinstance(label, Label)


def test_a_pole_is_a_gap_and_does_not_decide_the_range() -> None:
    found = axes(r"\frac{1}{x-1}")
    assert any(math.isnan(y) for _, y in found.plots[0].points)
    assert found.y_range[1] < 20


def test_a_function_is_drawn_where_it_is_defined() -> None:
    assert axes(r"\ln x").x_range[0] > -1


def test_points_of_a_curve_satisfy_its_equation() -> None:
    points = [point for point in axes("x^2 + y^2 = 1").plots[0].points if not math.isnan(point[0])]
    assert len(points) > 50
    assert max(abs(math.hypot(*point) - 1) for point in points) < 0.01


def test_contours_are_joined() -> None:
    axis = np.linspace(-2, 2, 81)
    x, y = np.meshgrid(axis, axis)
    assert len(plot.contour(axis, axis, x * x + y * y - 1.1)) == 1


def test_the_formulas_of_a_figure() -> None:
    scene = figure("y = x^2")
    assert tex.write(plot.formulas(scene, losses=[]), losses=[]) == "y=x^2,x,y"
    labels = tikz.read(Source(r"\node {$\alpha$}; \node at (1,0) {$\beta$};"), losses=[])
    assert tex.write(plot.formulas(labels, losses=[]), losses=[]) == r"\alpha,\beta"


def test_a_plot_is_code_that_is_read_back() -> None:
    code = convert(r"y = \sin x", "tikz", source="tex").value
    (back,) = tikz.read(Source(code), losses=[]).items
    assert isinstance(back, Axes)
    first = axes(r"y = \sin x")
    assert back.x_range == pytest.approx(first.x_range, abs=1e-4)
    assert back.plots[0].points[10] == pytest.approx(first.plots[0].points[10], abs=1e-4)


def scaled(formula: str, scales: str) -> Axes:
    (axes,) = convert(formula, "scene", source="tex", scales=scales).value.items
    assert isinstance(axes, Axes)
    return axes


@pytest.mark.parametrize(
    ("scales", "logarithmic"),
    [("linear", (False, False)), ("semilogx", (True, False)), ("semilogy", (False, True)), ("loglog", (True, True))],
)
def test_axes_may_be_logarithmic(scales: str, logarithmic: tuple[bool, bool]) -> None:
    axes = scaled("y = x^2", scales)
    assert (axes.x_log, axes.y_log) == logarithmic


def test_a_power_is_a_straight_line_where_both_axes_are_logarithmic() -> None:
    axes = scaled("y = x^3", "loglog")
    points = [axes.place(point) for point in axes.plots[0].points]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points[::50])]
    assert max(slopes) - min(slopes) < 1e-3
    powers = ["10^{-2}", "10^{-1}", "10^0", "10^1", "10^2"]
    assert [tex.write(label, losses=[]) for label in axes.x_ticks.labels] == powers


def test_a_logarithmic_axis_shows_what_is_positive() -> None:
    axes = scaled("y = x", "semilogy")
    assert {math.isnan(y) for x, y in axes.plots[0].points if x <= 0 or math.isnan(x)} <= {True}
    assert axes.y_range[0] > 0
    with pytest.raises(UnsupportedError, match=r"^a logarithmic axis shows positive values, and the function has none"):
        scaled("y = -1 - x^2", "semilogy")


@pytest.mark.parametrize("formula", ["x^2 + y^2 = 1", "-1 < x < 3", r"\frac{a}{b}"])
def test_only_functions_have_logarithmic_axes(formula: str) -> None:
    with pytest.raises(UnsupportedError, match=r"^logarithmic axes are for functions, and the formula is none$"):
        scaled(formula, "loglog")


def test_programs_and_words_say_that_axes_are_logarithmic() -> None:
    assert 'axes.set_yscale("log")' in convert("y = x^2", "pyplot", source="tex", scales="semilogy").value
    assert "np.geomspace" in convert("y = x^2", "pyplot", source="tex", scales="semilogx").value
    assert "xmode=log" in convert("y = x^2", "tikz", source="tex", scales="loglog").value
    assert "Both axes are logarithmic." in convert("y = x^2", "description", source="tex", scales="loglog").value


# Sets of numbers


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"-1 \le x < 3", "[-1, 3)"),
        (r"x \in (0, \infty)", "(0, inf)"),
        (r"(-\infty, 2]", "(-inf, 2]"),
        (r"|x| < 2", "(-2, 2)"),
        (r"x^2 \ge 4", "(-inf, -2] [2, inf)"),
        (r"x^2 \le 2", "[-1.414213562, 1.414213562]"),
        (r"x \ne 0", "(-inf, 0) (0, inf)"),
        (r"\mathbb{R} \setminus \{0\}", "(-inf, 0) (0, inf)"),
        (r"x < -1 \lor x > 2", "(-inf, -1) (2, inf)"),
        (r"x \in [-1,1] \cup [2,3)", "[-1, 1] [2, 3)"),
        (r"x \in [0, \frac13)", "[0, 0.3333333333)"),
        (r"x \notin [0,1]", "(-inf, 0) (1, inf)"),
        (r"\{1,2,3\}", "[1, 1] [2, 2] [3, 3]"),
        (r"\frac1x > 1", "(0, 1)"),
        (r"(x-1)^2 > 0", "(-inf, 1) (1, inf)"),
        (r"(x-1)^2 \le 0", "[1, 1]"),
    ],
)
def test_sets_of_numbers_are_made_of_pieces(formula: str, expected: str) -> None:
    found = number_sets.pieces(understand(read(formula)))
    shown = [f"{'(['[one.low_in]}{one.low:.10g}, {one.high:.10g}{')]'[one.high_in]}" for one in found]
    assert " ".join(shown) == expected


@pytest.mark.parametrize("formula", [r"\sin x > 0", "x^2 < 0", r"x \in \mathbb{Z}", "x > y", "x = 3"])
def test_what_is_no_set_of_a_few_pieces_is_no_number_line(formula: str) -> None:
    scene = convert(formula, "scene", source="tex").value
    assert not any(isinstance(item, Axes) and item.height <= 0 for item in scene.items)


@pytest.mark.parametrize("formula", [r"x = \cos t, y = \sin t", r"(\cos t, \sin t)", r"(x, y) = (\cos t, \sin t)"])
def test_two_coordinates_with_a_parameter_are_one_curve(formula: str) -> None:
    (axes,) = convert(formula, "scene", source="tex").value.items
    (plot,) = axes.plots
    assert all(math.hypot(x, y) == pytest.approx(1, abs=1e-5) for x, y in plot.points)


def test_a_plot_is_drawn_where_it_is_asked_for() -> None:
    assert 'class="axes"' in convert("y = x^2", "svg", source="tex", plot=True).value
    assert 'class="axes"' not in convert("y = x^2", "svg", source="tex").value
    assert convert("y = x^2", "image", source="tex", plot=True).value.startswith(b"\x89PNG")
    with pytest.raises(UnsupportedError, match="the formula is no function, curve, region or set of numbers"):
        convert(r"\frac12", "svg", source="tex", plot=True)
