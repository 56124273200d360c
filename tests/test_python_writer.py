"""Python functions: their source, that it runs and computes the right thing, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy
import pytest
from panmath.convert.errors import OptionError, UnsupportedError
from panmath.convert.nodes import Node
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.writers.python import write

CASES = Path(__file__).parent / "cases" / "python"


def rows(name: str) -> list[tuple[str, str]]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [(first, second) for first, _, second in (line.partition("\t") for line in lines if line[:1] != "#")]


def from_tex(source: str) -> Node:
    return tex.read(Source(source), losses=[])


def function(source: str, **options: Any) -> Any:
    return eval(write(from_tex(source), losses=[], **options), {"numpy": numpy, "math": math})


@pytest.mark.parametrize(("source", "text"), rows("numpy.tsv"))
def test_numpy(source: str, text: str) -> None:
    assert write(from_tex(source), losses=[]) == text
    assert callable(function(source))


@pytest.mark.parametrize(("source", "text"), rows("math.tsv"))
def test_math(source: str, text: str) -> None:
    assert write(from_tex(source), losses=[], module="math") == text
    assert callable(function(source, module="math"))


@pytest.mark.parametrize(("source", "message"), rows("refused.tsv"))
def test_what_is_no_function_is_refused(source: str, message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        write(from_tex(source), losses=[])
    assert str(caught.value) == message


ARRAY = numpy.array([1.0, 2.0, 4.0])

VALUES = [
    (r"x^2+2x+1", (3,), 16),
    (r"\frac{x}{y z}", (12, 2, 3), 2),
    (r"x-(y-z)", (1, 2, 3), 2),
    (r"-x^2", (3,), -9),
    (r"(-x)^2", (3,), 9),
    (r"2^{-x}", (2,), 0.25),
    (r"x^{-2}", (2,), 0.25),
    (r"\sqrt[3]{x}", (27,), 3),
    (r"\log_2 x+\log_3 y", (8, 9), 5),
    (r"\sin^2x+\cos^2x", (0.7,), 1),
    (r"\sum_{i=1}^{n}i x", (4, 2), 20),
    (r"\prod_{i=1}^{n}i", (5,), 120),
    (r"|x|+\lfloor x\rfloor", (-1.5,), -0.5),
    (r"\max(a,b,c)", (1, 3, 2), 3),
    (r"a\bmod b", (7, 4), 3),
    (r"f(x)=\begin{cases}x,&x>0\\-2x,&x\le0\end{cases}", (-3,), 6),
    (r"f(b,a)=b-a", (5, 3), 2),
]


@pytest.mark.parametrize(("source", "arguments", "value"), VALUES)
def test_it_computes(source: str, arguments: tuple[float, ...], value: float) -> None:
    assert function(source)(*arguments) == pytest.approx(value)
    assert function(source, module="math")(*arguments) == pytest.approx(value)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        (r"x^2", [1, 4, 16]),
        (r"\frac{1}{x}+\sqrt{x}", [2, 0.5 + 2**0.5, 2.25]),
        (r"\sum_{i=1}^{3}i x", [6, 12, 24]),
        (r"\prod_{i=1}^{2}(x+i)", [6, 12, 30]),
        (r"f(x)=\begin{cases}x,&x>1\\0,&\text{otherwise}\end{cases}", [0, 2, 4]),
        (r"1<x\le2", [False, True, False]),
        (r"x^{-2}", [1, 0.25, 0.0625]),
    ],
)
def test_it_computes_whole_arrays(source: str, values: list[float]) -> None:
    assert numpy.allclose(function(source)(ARRAY), values)


def test_whole_numbers_may_have_negative_powers() -> None:
    assert numpy.allclose(function("x^{-2}")(numpy.array([1, 2])), [1, 0.25])


def test_a_definition_with_a_name() -> None:
    assert write(from_tex("x^2"), losses=[], style="def", name="square") == "def square(x):\n    return x**2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "class"}, "style is one of lambda, def, not 'class'"),
        ({"module": "torch"}, "module is one of numpy, math, not 'torch'"),
        ({"name": "1f"}, "name is a Python identifier, not '1f'"),
    ],
)
def test_bad_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        write(from_tex("x"), losses=[], **options)
