"""How alike figures are: what does not matter, what does, and that more change is less likeness."""

from __future__ import annotations

import importlib.util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert.errors import MissingExtraError, UnsupportedError
from panmath.convert.source import Source
from panmath.renderers import resemblance as module
from panmath.renderers import tikz
from panmath.renderers.resemblance import resemblance
from panmath.renderers.scene import Scene

FIGURE = r"""\draw (0,0) -- (4,0) -- (4,3) -- cycle;
\draw (1,1) circle (0.5); \fill[red] (2,2) rectangle (3,3); \draw (0,0) to[bend left] (4,3);
\node at (2,-0.5) {$x_1$}; \node at (5,1) {$y$};"""


def read(text: str) -> Scene:
    return tikz.read(Source(text, "fig.tikz"), losses=[])


@pytest.mark.parametrize(
    "other",
    [
        FIGURE,
        rf"\begin{{scope}}[shift={{(3,2)}}] {FIGURE} \end{{scope}}",
        "\n".join(reversed(FIGURE.splitlines())).replace("(0,0) to[bend left] (4,3)", "(4,3) to[bend right] (0,0)"),
        FIGURE.replace("(0,0) -- (4,0) -- (4,3) -- cycle", "(4,3) -- (0,0) -- (4,0) -- cycle"),
    ],
    ids=["itself", "moved", "in another order", "begun elsewhere"],
)
def test_what_does_not_matter(other: str) -> None:
    found = resemblance(read(FIGURE), read(other))
    assert [kind for kind, _ in found.kinds] == ["segment", "curve", "circle", "area", "label"]
    assert found.score == pytest.approx(1.0, abs=0.01)


CHANGES = [
    ("label", "{$y$}", "{$w$}"),
    ("label", "{$y$}", "{}"),
    ("circle", "circle (0.5)", "circle (0.6)"),
    ("circle", r"\draw (1,1) circle (0.5);", ""),
    ("area", "red", "blue"),
    ("area", "(2,2) rectangle (3,3)", "(2,2) rectangle (3.2,2.8)"),
    ("segment", "(4,3) -- cycle", "(4,2.8) -- cycle"),
    ("curve", "bend left", "bend left=20"),
]


@pytest.mark.parametrize(("kind", "what", "by"), CHANGES)
def test_each_kind_sees_its_changes(kind: str, what: str, by: str) -> None:
    found = dict(resemblance(read(FIGURE), read(FIGURE.replace(what, by))).kinds)
    assert found[kind] < 0.96  # type: ignore[index]
    assert all(value > 0.85 for other, value in found.items() if other != kind)


def test_ink_does_not_see_what_labels_say() -> None:
    found = resemblance(read(FIGURE), read(FIGURE.replace("$x_1$", "$x_7$")))
    assert found.ink > 0.99 > dict(found.kinds)["label"]


def test_colours_that_are_swapped_are_not_the_same() -> None:
    two = r"\draw[{}] (0,0) circle (1); \draw[{}] (3,0) circle (1);"
    assert dict(resemblance(read(two.format("red", "blue")), read(two.format("blue", "red"))).kinds)["circle"] < 0.9


@settings(max_examples=20)
@given(st.floats(0, 0.3), st.floats(0, 0.3))
def test_more_change_is_less_likeness(first: float, second: float) -> None:
    small, large = sorted((first, second))
    base = r"\draw (0,0) -- (4,0) -- (4,3) -- cycle; \draw ({:.4f},1) circle (0.5);"
    scores = [
        dict(resemblance(read(base.format(2)), read(base.format(2 + by))).kinds)["circle"] for by in (small, large)
    ]
    assert scores[0] >= scores[1] - 1e-9


def test_empty_figures() -> None:
    empty = Scene(())
    assert resemblance(empty, empty).score == 1.0
    assert resemblance(empty, read(FIGURE)).score < 0.01


def test_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PARTS", 10)
    many = read(r"\foreach \x in {1,...,20} \draw (\x,0) -- (\x,1);")
    with pytest.raises(UnsupportedError, match=r"^the figure has 20 parts of the kind segment, more than 10$"):
        resemblance(many, many)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "scipy" else importlib.util.find_spec(name))
    with pytest.raises(
        MissingExtraError, match=r"^comparing figures needs scipy.* pip install \"panmath\[figures\]\"$"
    ):
        resemblance(Scene(()), Scene(()))
