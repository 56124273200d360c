"""Whether both sides of an equation are the same number, which tells the scope that the words leave open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert.errors import PanmathError
from panmath.convert.readers import tex
from panmath.convert.readers.spoken.identity import holds
from panmath.convert.source import Source


def told(text: str) -> bool | None:
    return holds(tex.read(Source(text), losses=[]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(p-q)(p+q)=p^2-q^2", True),
        ("p-qp+q=p^2-q^2", False),
        (r"\sqrt{13+1}=\sqrt{14}", True),
        (r"\sqrt{13}+1=\sqrt{14}", False),
        (r"\cos^2 t+\sin^2 t=1\cdot1", True),
        (r"\frac{n!}{n}=(n-1)!", True),
        (r"\frac{1}{a}-\frac{1}{b}=\frac{b-a}{ab}", True),
        (r"e^{i\pi}+1=0", True),
        (r"2\times3+4=10", True),
        (r"\frac{22}{7}\approx3.14", True),
        (r"\frac{22}{7}\approx3", False),
        ("2x+1=7", False),
        # what defines a letter, has no value, or is no equation, says nothing
        ("y=x^2", None),
        ("f(x)+1=x^2", None),
        (r"\int_0^1x^2dx=\frac13", None),
        ("x_1+y=y+x_1", None),
        ("a+b", None),
        ("a+b<b+a", None),
        ("1/0=1+1", None),
        (r"2^{9^{9}}=1+1", None),
        ("(a+b=b+a", None),
    ],
)
def test_equations(text: str, expected: bool | None) -> None:
    assert told(text) is expected


@given(st.lists(st.sampled_from([*"ab12+-()^/!=", r"\frac", "{", "}", r"\sin ", r"\sqrt"]), max_size=20))
def test_any_equation_is_judged_or_not(parts: list[str]) -> None:
    try:
        tree = tex.read(Source("".join(parts)), losses=[])
    except PanmathError:
        return
    assert holds(tree) in (True, False, None)
