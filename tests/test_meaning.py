"""What formulas mean: products and applications, differentials, bars, intervals, names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert.errors import PanmathError
from panmath.convert.meaning import (
    Apply,
    Bind,
    Bound,
    Cases,
    Chain,
    Constant,
    Grid,
    Meaning,
    Name,
    NoMeaningError,
    Number,
    free_names,
    parts,
    understand,
)
from panmath.convert.readers import tex
from panmath.convert.source import Source


def meaning(source: str) -> Meaning:
    return understand(tex.read(Source(source), losses=[]))


def shown(value: Meaning) -> str:
    """A meaning on one line: ``plus(x, 1)``."""
    match value:
        case Number(text):
            return text
        case Constant(name):
            return f"<{name}>"
        case Name(text, _, marks, sub, sup):
            labels = "".join(f"_{shown(index)}" for index in sub)
            return "".join((text, *(f"^{mark}" for mark in marks), labels, f"^^{sup}" if sup else ""))
        case Apply(head, args):
            return f"{head}({', '.join(map(shown, args))})"
        case Chain(operands, relations):
            words = [shown(operands[0])]
            for relation, operand in zip(relations, operands[1:], strict=True):
                words += [relation, shown(operand)]
            return f"[{' '.join(words)}]"
        case Bind(head, body, bounds):
            return f"{head}({shown(body)}; {'; '.join(map(shown_bound, bounds))})"
        case Grid(rows):
            return f"grid({'; '.join(', '.join(map(shown, row)) for row in rows)})"
        case Cases(branches):
            lines = [f"{shown(branch)} if {shown(test) if test else 'else'}" for branch, test in branches]
            return f"cases({'; '.join(lines)})"


def shown_bound(bound: Bound) -> str:
    found = (bound.variable, bound.low, bound.high, bound.domain)
    return " ".join([*(shown(part) for part in found if part is not None), *([bound.side] if bound.side else [])])


MEANINGS = [
    # application and product
    ("f(x)", "call(f, x)"),
    ("a(x+1)", "times(a, plus(x, 1))"),
    ("u(t)=u(t+1)", "[call(u, t) = call(u, plus(t, 1))]"),
    ("S(n)=n(n+1)", "[call(S, n) = times(n, plus(n, 1))]"),
    ("A(1,2)", "call(A, 1, 2)"),
    (r"\sin 2x\cos y", "times(sin(times(2, x)), cos(y))"),
    (r"\sin x\cdot y", "times(sin(x), y)"),
    (r"\sin^2x", "power(sin(x), 2)"),
    (r"\sin(x)^2", "power(sin(x), 2)"),
    (r"\sin^{-1}x", "inverse(sin, x)"),
    ("f^2(x)", "power(call(f, x), 2)"),
    ("f^{-1}(x)", "inverse(f, x)"),
    (r"\log_2 8", "log(8, 2)"),
    # operators
    ("a-b-c", "minus(minus(a, b), c)"),
    ("a/bc", "divide(a, times(b, c))"),
    ("-x^2", "negative(power(x, 2))"),
    (r"a\pm b", "plus-minus(a, b)"),
    (r"a\otimes b", "⊗(a, b)"),
    ("3\\frac12", "plus(3, divide(1, 2))"),
    ("2n!", "times(2, factorial(n))"),
    # bars
    ("|x||y|", "times(abs(x), abs(y))"),
    (r"\{x \mid |x|<1\}", "set-of(x, [abs(x) < 1])"),
    (r"\left.x\right|_0^1", "bounds(x, 0, 1)"),
    (r"f|_{x=1}", "evaluated(f, [x = 1])"),
    # calculus
    (r"\frac{dy}{dx}", "derivative(y; x)"),
    (r"\frac{d^2}{dx^2}f(x)", "derivative(call(f, x); x 2)"),
    (r"\frac{\partial^2u}{\partial x\partial t}", "partial(u; x; t)"),
    (r"\int_0^1 x+1\,dx", "∫(plus(x, 1); x 0 1)"),
    (r"\int\frac{dx}{x}", "∫(divide(1, x); x)"),
    (r"\int\int xy\,dx\,dy", "∫(∫(times(x, y); x); y)"),
    (r"\sum_{i=1}^n i+c", "plus(∑(i; i 1 n), c)"),
    (r"\sum_{0\le i<n}i", "∑(i; i 0 minus(n, 1))"),
    (r"\lim_{x\to0^+}x", "limit(x; x 0 +)"),
    ("f'(x)", "primed(f, 1, x)"),
    (r"\ddot x", "dotted(x, 2)"),
    # relations and sets
    (r"a<b\le c", "[a < b ≤ c]"),
    (r"x\in(0,1]", "[x ∈ interval-oc(0, 1)]"),
    (r"x\in(0,1)\cup(2,3)", "[x ∈ union(interval-oo(0, 1), interval-oo(2, 3))]"),
    ("(0,1)", "tuple(0, 1)"),
    (r"(0,\infty)", "interval-oo(0, <infinity>)"),
    (r"\forall x\in\mathbb{R}: x^2\ge0", "forall([power(x, 2) ≥ 0]; x <reals>)"),
    (r"a\equiv b\pmod n", "[a ≡ modulo(b, n)]"),
    ("a=1, b=2", "list([a = 1], [b = 2])"),
    ("y=x(x>0)", "list([y = x], [x > 0])"),
    # names and constants
    ("e^{i\\pi}", "power(<e>, times(<i>, <pi>))"),
    ("a+b+c+d+e", "plus(plus(plus(plus(a, b), c), d), e)"),
    ("i<3", "[i < 3]"),
    (r"x_{\max}+x_{ij}+a_{n+1}", "plus(plus(x_max, x_ij), a_plus(n, 1))"),
    (r"\overrightarrow{AB}", "AB^overrightarrow"),
    (r"\bar z+\overline z", "plus(z^bar, conjugate(z))"),
    ("x'+x^*", "plus(x^^prime, x^^ast)"),
    # tables
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "grid(1, 2; 3, 4)"),
    (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", "det(grid(1, 2; 3, 4))"),
    (r"\begin{cases}x,&x>0\\0&\text{otherwise}\end{cases}", "cases(x if [x > 0]; 0 if else)"),
    (r"\begin{cases}x+y=1\\x-y=2\end{cases}", "list([plus(x, y) = 1], [minus(x, y) = 2])"),
    (r"\begin{aligned}a&=b\\&=c\end{aligned}", "[a = b = c]"),
]


@pytest.mark.parametrize(("source", "expected"), MEANINGS)
def test_a_formula_means(source: str, expected: str) -> None:
    assert shown(meaning(source)) == expected


def test_functions_may_be_named() -> None:
    node = tex.read(Source("w(x+1)"), losses=[])
    assert shown(understand(node)) == "times(w, plus(x, 1))"
    assert shown(understand(node, functions={"w"})) == "call(w, plus(x, 1))"


def test_free_names_are_those_that_nothing_binds() -> None:
    names = free_names(meaning(r"\sum_{i=1}^n f(i)x_1+\int y\,dy"))
    assert {shown(name) for name in names} == {"n", "x_1"}


def test_a_refusal_says_what_why_and_where() -> None:
    with pytest.raises(NoMeaningError) as caught:
        meaning("a+b+")
    assert (caught.value.what, caught.value.reason, caught.value.span) == ("+", "nothing stands after it", (3, 4))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(NoMeaningError, match="nested more than 60 levels deep"):
        meaning("(" * 100 + "x" + ")" * 100)


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(r"x y 2 + - = ( ) [ ] | , ! f e i d \in \int \sum_{i=1}^n \frac{1}{2} ^2 _1 \sin '".split()),
        max_size=12,
    )
)
def test_any_formula_is_understood_or_refused(words: list[str]) -> None:
    try:
        node = tex.read(Source(" ".join(words)), losses=[])
    except PanmathError:
        return
    try:
        found = understand(node)
    except NoMeaningError as error:
        assert str(error)
    else:
        assert all(isinstance(part, Meaning.__args__) for part in parts(found))  # type: ignore[attr-defined]  # a union
