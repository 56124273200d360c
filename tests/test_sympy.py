"""SymPy both ways: text from TeX and back, expressions, what is refused, and that nothing is ever evaluated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from panmath.convert.errors import Loss, Losses, MissingExtraError, ParseError, UnsupportedError
from panmath.convert.meaning import NoMeaningError
from panmath.convert.nodes import Node
from panmath.convert.readers import sympy as reader
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.writers.sympy import to_sympy, write
from panmath.convert.writers.tex import write as write_tex

CASES = Path(__file__).parent / "cases" / "sympy"


def rows(name: str) -> list[tuple[str, str]]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [(first, second) for first, _, second in (line.partition("\t") for line in lines if line[:1] != "#")]


def from_tex(source: str) -> Node:
    return tex.read(Source(source), losses=[])


def read(text: str) -> Node:
    return reader.read(Source(text), losses=[])


def evaluated(text: str) -> sympy.Basic:
    """What Python and SymPy make of text with its declarations."""
    names: dict[str, Any] = {}
    exec("from sympy import *", names)
    *declarations, expression = text.split("\n")
    exec("\n".join(declarations), names)
    result: sympy.Basic = sympy.sympify(eval(expression, names))
    return result


@pytest.mark.parametrize(("source", "text"), rows("written.tsv"))
def test_a_formula_is_written(source: str, text: str) -> None:
    assert write(from_tex(source), losses=[]) == text


UNLIKE = {r"3.14159265358979323846"}
"""Floats of more than 15 digits: text and object have their digits from different roundings."""


@pytest.mark.parametrize("source", [source for source, _ in rows("written.tsv") if source not in UNLIKE])
def test_the_text_runs_and_is_the_expression(source: str) -> None:
    node = from_tex(source)
    assert evaluated(write(node, losses=[], declare=True)) == to_sympy(node)


@pytest.mark.parametrize("source", [source for source, _ in rows("written.tsv")])
def test_what_is_written_is_read_as_the_same_expression(source: str) -> None:
    node = from_tex(source)
    again = read(write(node, losses=[], declare=True))
    if source not in MEANT_OTHERWISE:
        assert to_sympy(again) == to_sympy(node)


MEANT_OTHERWISE = {r"e=\frac{c}{a}", r"z\overline{z}"}
"""A variable e is read from SymPy's text as E's letter where nothing shows that it is one."""


@pytest.mark.parametrize(("source", "message"), rows("refused.tsv"))
def test_what_has_no_counterpart_is_refused(source: str, message: str) -> None:
    with pytest.raises(NoMeaningError) as caught:
        write(from_tex(source), losses=[])
    assert str(caught.value) == message


@pytest.mark.parametrize("source", [source for source, _ in rows("refused.tsv")])
def test_objects_are_refused_where_text_is(source: str) -> None:
    with pytest.raises(UnsupportedError):
        to_sympy(from_tex(source))


@pytest.mark.parametrize(("text", "source"), rows("read.tsv"))
def test_text_is_read(text: str, source: str) -> None:
    assert write_tex(read(text), losses=[]) == source


def test_declarations_stand_before_the_expression() -> None:
    text = write(from_tex(r"f(x)+a_{n+1}=\alpha S"), losses=[], declare=True)
    assert text == (
        "alpha, n, x = symbols('alpha n x')\nf = Function('f')\na = IndexedBase('a')\n"
        "Eq(f(x) + a[n + 1], alpha*Symbol('S'))"
    )


@pytest.mark.parametrize(
    ("source", "constants", "text"),
    [("e^x+i", True, "E**x + I"), ("e^x+i", False, "e**x + i"), (r"\pi r^2", False, "Symbol('pi')*r**2")],
)
def test_constants_may_be_letters(source: str, constants: bool, text: str) -> None:
    assert write(from_tex(source), losses=[], constants=constants) == text


def test_the_structure_stays_without_evaluation() -> None:
    node = from_tex("1+1+x+x")
    assert to_sympy(node) == 2 * sympy.Symbol("x") + 2
    assert str(to_sympy(node, evaluate=False)) == "x + x + 1 + 1"


@pytest.mark.parametrize("source", ["9^{9^{9^9}}", "100000000!", r"\binom{10^9}{5^8}", "2^{-10^{9}}"])
def test_large_numbers_are_not_worked_out(source: str) -> None:
    assert to_sympy(from_tex(source)).is_number


# Bad and hostile text

ERRORS = {
    "(1": "<input>:1:1: this is no Python expression: '(' was never closed\n    (1\n    ^",
    "": "<input>:1:1: there is no expression\n    \n    ^",
    "x = 3": "<input>:1:1: the last line is no expression\n    x = 3\n    ^^^^^",
    "x = 3\nx": (
        "<input>:1:1: only symbols, functions and the import of SymPy may stand before the expression\n"
        "    x = 3\n    ^^^^^"
    ),
    "__import__('os').system('ls')": (
        "<input>:1:1: the attribute system cannot be called here\n    __import__('os').system('ls')\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    ),
    "x.__class__": (
        "<input>:1:1: the attribute __class__ has no place in a SymPy expression\n    x.__class__\n    ^^^^^^^^^^^"
    ),
    "y + (lambda: 1)": (
        "<input>:1:6: the construct Lambda has no place in a SymPy expression\n    y + (lambda: 1)\n         ^^^^^^^^^"
    ),
    "[x for x in y]": (
        "<input>:1:1: the construct ListComp has no place in a SymPy expression\n    [x for x in y]\n    ^^^^^^^^^^^^^^"
    ),
    "é + 'a'": "<input>:1:5: a string has no place in a SymPy expression\n    é + 'a'\n        ^^^",
    "x << 2": "<input>:1:1: the operator LShift has no place in a SymPy expression\n    x << 2\n    ^^^^^^",
    "x is y": "<input>:1:1: the comparison Is has no place in a SymPy expression\n    x is y\n    ^^^^^^",
    "Sum(x)": "<input>:1:1: Sum has no variable\n    Sum(x)\n    ^^^^^^",
    "Eq(x)": "<input>:1:1: Eq does not take 1 arguments\n    Eq(x)\n    ^^^^^",
    "Matrix(2)": "<input>:1:1: a matrix is written as the list of its rows\n    Matrix(2)\n    ^^^^^^^^^",
}


@pytest.mark.parametrize("text", ERRORS)
def test_an_error_shows_the_place(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    assert str(caught.value) == ERRORS[text]


@pytest.mark.parametrize("text", ["(" * 150 + "x" + ")" * 150, "sin(" * 150 + "x" + ")" * 150, "-" * 5000 + "x"])
def test_deep_nesting_is_an_answer_or_an_error(text: str) -> None:
    try:
        assert isinstance(read(text), Node)
    except ParseError as error:
        assert "nested" in str(error)


def test_long_sums_are_no_nesting() -> None:
    text = " + ".join(["x"] * 400)
    assert write(read(text), losses=[]) == text


def test_long_text_is_refused() -> None:
    with pytest.raises(ParseError, match="the text is 100,001 characters long; the limit is 100,000"):
        read("x" * 100_001)


def test_assumptions_are_reported_as_lost() -> None:
    losses: Losses = []
    reader.read(Source("Symbol('x', positive=True)"), losses=losses)
    assert losses == [Loss("positive=…", "a formula does not show it", (0, 26))]


def test_without_sympy_text_works_and_objects_say_what_to_install() -> None:
    code = """
import sys
sys.modules["sympy"] = None
from panmath.convert.errors import MissingExtraError
from panmath.convert.readers.sympy import from_sympy, read
from panmath.convert.source import Source
from panmath.convert.writers.sympy import to_sympy, write
node = read(Source("x**2 + 1"), losses=[])
print(write(node, losses=[]))
for use in (lambda: to_sympy(node), lambda: from_sympy(3)):
    try:
        use()
    except MissingExtraError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    missing = 'SymPy is not installed; pip install "panmath[sympy]"'
    assert done.stdout.splitlines() == ["x**2 + 1", missing, missing]
    assert MissingExtraError.exit_code == 69


# Expressions of SymPy

x, y, z, n, k, t, alpha = sympy.symbols("x y z n k t alpha")
f, u = sympy.Function("f"), sympy.Function("u")

EXPRESSIONS = [
    (x**2 + 2 * x + 1, "x^2+2x+1"),
    (x / 2 - y / 3, r"\frac{x}{2}-\frac{y}{3}"),
    (1 / sympy.sqrt(x), r"\frac{1}{\sqrt{x}}"),
    (sympy.exp(-(x**2)) / 2, r"\frac{\mathrm{e}^{-x^2}}{2}"),
    (sympy.Rational(3, 2) * x * (x + 1) * sympy.sin(y), r"\frac{3x\left(x+1\right)\sin\left(y\right)}{2}"),
    (u(x, t).diff(x, 2, t), r"\frac{\partial^3}{\partial t\partial x^2}u\left(x,t\right)"),
    (sympy.Integral(x**2 + 1, (x, 0, 1)), r"\int_0^1\left(x^2+1\right)\mathrm{d}x"),
    (sympy.Sum(k**2, (k, 1, n)) * x, r"x\left(\sum_{k=1}^nk^2\right)"),
    (sympy.Limit(1 / x, x, 0, "-"), r"\lim_{x\to0^-}\frac{1}{x}"),
    (sympy.Matrix([[1, x], [y, 2]]), r"\begin{bmatrix}1&x\\y&2\end{bmatrix}"),
    (sympy.Piecewise((x, x > 0), (-x, True)), r"\begin{cases}x&\text{if }x>0\\-x&\text{otherwise}\end{cases}"),
    (sympy.Interval.Ropen(0, sympy.oo), r"\left[0,\infty\right)"),
    (sympy.Symbol("x_1") + sympy.Symbol("alpha_max"), r"\alpha_{\mathrm{max}}+x_1"),
    (sympy.Float("0.1") * x, "0.1x"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "source"), EXPRESSIONS, ids=lambda value: str(value)[:30])
def test_an_expression_is_shown(expression: sympy.Basic, source: str) -> None:
    node = reader.from_sympy(expression)
    assert write_tex(node, losses=[]) == source
    assert to_sympy(node) == expression


@pytest.mark.parametrize(
    "expression",
    [
        f(x).diff(x, 2) + f(x), sympy.Derivative(x**2 * y, x) * z, sympy.Integral(f(x, y), x, (y, 0, 1)),
        sympy.Product(k, (k, 1, n)) ** 2, sympy.Limit(x, x, sympy.oo), sympy.Eq(x, y + 1), sympy.And(x > 0, x < 1),
        sympy.Or(x < 0, x > 1), sympy.Implies(x < 1, y < 1), sympy.Abs(x - 1) ** 2,
        sympy.factorial(n) / sympy.factorial(n - k), sympy.binomial(n, k), sympy.log(x) ** 2,
        sympy.Union(sympy.Interval.open(0, 1), sympy.Interval(2, sympy.oo)),
        sympy.FiniteSet(1, 2, x), sympy.Contains(x, sympy.S.Reals), sympy.I * x + 2 * sympy.pi * sympy.I, (-2) ** x,
        (x**y) ** z, x ** (y**z), sympy.Max(x, y), sympy.floor(x / 2) + sympy.ceiling(y), sympy.conjugate(x),
        sympy.re(x) * sympy.im(y), sympy.asin(x) + sympy.atan(y) ** 2, sympy.Subs(f(x).diff(x), x, 2), sympy.Mod(x, 2),
        sympy.IndexedBase("a")[k + 1] * 2, sympy.Sum(sympy.IndexedBase("a")[k], (k, 1, n)), sympy.E**2,
        sympy.ConditionSet(x, x > 0, sympy.S.Reals), sympy.S.EmptySet, sympy.S.Naturals0, -sympy.oo, 1 / (2 * (x + 1)),
        sympy.Determinant(sympy.Matrix([[1, x], [y, 2]])), sympy.sin(x) ** n, 1 / sympy.sin(x), 2**x * 3**y,
    ],
    ids=str,
)  # fmt: skip
def test_expressions_come_back(expression: sympy.Basic) -> None:
    assert to_sympy(reader.from_sympy(expression)) == expression


ATOMS = st.one_of(
    st.sampled_from([x, y, z, alpha, sympy.Symbol("x_1"), sympy.Symbol("yhat"), sympy.pi, sympy.I]),
    st.integers(-20, 20).map(sympy.Integer),
    st.fractions(max_denominator=9).map(lambda value: sympy.Rational(value.numerator % 50 + 1, value.denominator)),
)


def compounds(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] / pair[1]),
        st.tuples(inner, st.sampled_from([2, 3, -1, -2, sympy.Rational(1, 2), sympy.Rational(-2, 3), n])).map(
            lambda pair: pair[0] ** pair[1]
        ),
        st.tuples(st.sampled_from([sympy.sin, sympy.exp, sympy.log, sympy.Abs, f, sympy.sqrt]), inner).map(
            lambda pair: pair[0](pair[1])
        ),
        inner.map(lambda body: sympy.Integral(body, x)),
        inner.map(lambda body: sympy.Sum(body, (k, 1, n))),
        inner.map(lambda body: sympy.Derivative(f(x) * body, x)),
    )


@settings(max_examples=300)
@given(st.recursive(ATOMS, compounds, max_leaves=8))
@example(sympy.exp(sympy.sin(1)))
def test_any_expression_comes_back(expression: Any) -> None:
    if expression.has(sympy.nan, sympy.zoo):
        return
    assert to_sympy(reader.from_sympy(expression)) == expression


@settings(max_examples=300)
@given(st.text(st.sampled_from("xfE12.,()[]+-*/<>=~ '\"SumEq:_"), max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except (ParseError, UnsupportedError) as error:
        assert str(error)
