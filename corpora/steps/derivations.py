"""Derivations: one rule a step, from a question to its answer, each step checked by SymPy and by numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Final

from .. import formulas, symbolic
from ..sample import Sample, Unfit
from ..step import PerSample

_MOST: Final = 40
"""Steps of a derivation, at most."""


@dataclass(frozen=True)
class Derive(PerSample):
    """Makes of an expression the derivation of its derivative, of a linear equation that of its solution.

    Columns: `question` and `answer` in TeX, `kind`, and `steps`, a list of `{"tex": …, "rule": …}`. Each step is worked
    out and has the same values as the one before at random points, or the same solution.
    """

    name: ClassVar[str] = "derive"
    column: str = "tex"
    shortest: int = 2
    seed: int = 0

    def one(self, sample: Sample) -> Iterable[Sample]:
        sympy = symbolic.package()
        value = symbolic.expression(formulas.tree(sample, self.column))
        random = sample.chance(self.seed, self.name)
        steps: list[tuple[str, Any]]
        if isinstance(value, sympy.Eq):
            kind, start, steps = "linear equation", value, symbolic.asked(list, _solved(value))
        elif isinstance(value, sympy.Expr):
            variable = _variable(value)
            start = sympy.Derivative(value, variable)
            kind, steps = "derivative", symbolic.asked(list, _differentiated(start, variable, random))
        else:
            raise Unfit("neither an expression nor an equation")
        if len(steps) < self.shortest:
            raise Unfit("nothing to derive")
        sample.fields |= {
            "kind": kind,
            "question": symbolic.tex(start),
            "steps": [{"tex": symbolic.tex(step), "rule": rule} for rule, step in steps],
            "answer": symbolic.tex(steps[-1][1]),
        }
        return (sample,)


def _variable(value: Any) -> Any:
    """What one would differentiate by."""
    sympy = symbolic.package()
    names = {symbol.name: symbol for symbol in value.free_symbols}
    if not names or value.has(sympy.Derivative, sympy.Integral, sympy.Sum, sympy.Limit, sympy.Product):
        raise Unfit("nothing to differentiate")
    return next((names[name] for name in ("x", "t", "y", "z", "u") if name in names), names[min(names)])


def _differentiated(start: Any, variable: Any, random: Random) -> Iterator[tuple[str, Any]]:
    """The steps of a derivative, the rule with each."""
    sympy = symbolic.package()
    now = start
    for _ in range(_MOST):
        open_ones = [part for part in sympy.preorder_traversal(now) if isinstance(part, sympy.Derivative)]
        if not open_ones:
            break
        rule, replaced = symbolic.asked(_rule, open_ones[0].expr, variable)
        further = symbolic.asked(_with, now, open_ones[0], replaced)
        _confirm(now, further, random)
        now = further
        yield rule, now
    else:
        raise Unfit("too many steps")
    simple = symbolic.asked(sympy.simplify, now)
    if simple != now and simple != now.doit():
        _confirm(now, simple, random)
        yield "simplify", simple


def _with(whole: Any, old: Any, new: Any) -> Any:
    """The expression with one part exchanged, and nothing else worked out."""
    if whole == old:
        return new
    if not whole.args or not whole.has(old):
        return whole
    parts = [_with(part, old, new) for part in whole.args]
    if whole.is_Mul:
        return _times(*parts)
    is_open = any(part.has(symbolic.package().Derivative) for part in parts)
    return whole.func(*parts, evaluate=False) if is_open else whole.func(*parts)


def _times(*factors: Any) -> Any:
    """A product, which is left as it stands while something in it is still to be differentiated."""
    sympy = symbolic.package()
    if not any(factor.has(sympy.Derivative) for factor in factors):
        return sympy.Mul(*factors)
    return sympy.Mul(*(factor for factor in factors if factor != 1), evaluate=False)


def _confirm(before: Any, after: Any, random: Random) -> None:
    worked_out = symbolic.asked(lambda: (before.doit(), after.doit()))
    if not symbolic.agree(*worked_out, random):
        raise Unfit("a step is not confirmed")


def _rule(inner: Any, x: Any) -> tuple[str, Any]:
    """The rule that is used for a derivative, and what it gives."""
    sympy = symbolic.package()

    def d(part: Any) -> Any:
        return sympy.Derivative(part, x, evaluate=False) if part.has(x) and part != x else sympy.diff(part, x)

    if not inner.has(x):
        return "constant", sympy.Integer(0)
    if inner == x:
        return "identity", sympy.Integer(1)
    if inner.is_Add:
        return "sum", sympy.Add(*(d(term) for term in inner.args))
    if inner.is_Mul:
        return _product_rule(inner, x, d)
    if inner.is_Pow:
        return _power_rule(inner, x, d)
    if isinstance(inner, sympy.exp):
        (argument,) = inner.args
        return ("exponential", inner) if argument == x else ("chain", _times(inner, d(argument)))
    if isinstance(inner, sympy.Function) and len(inner.args) == 1:
        outer, (argument,) = inner.fdiff(1), inner.args
        name = type(inner).__name__
        if argument == x:
            return f"derivative of {name}", outer
        return f"chain, derivative of {name}", _times(outer, d(argument))
    raise Unfit("no rule")


def _product_rule(inner: Any, x: Any, d: Any) -> tuple[str, Any]:
    sympy = symbolic.package()
    constant, rest = inner.as_independent(x, as_Add=False)
    if constant != 1:
        return "constant factor", _times(constant, d(rest))
    num, den = inner.as_numer_denom()
    if den.has(x) and num.has(x):
        above = sympy.Add(_times(d(num), den), _times(sympy.Integer(-1), num, d(den)))
        return "quotient", _times(above, sympy.Pow(den, -2))
    first, *others = inner.args
    second = sympy.Mul(*others)
    return "product", sympy.Add(_times(d(first), second), _times(first, d(second)))


def _power_rule(inner: Any, x: Any, d: Any) -> tuple[str, Any]:
    sympy = symbolic.package()
    base, exponent = inner.args
    if not exponent.has(x):
        outer = exponent * base ** (exponent - 1)
        return ("power", outer) if base == x else ("chain, power", _times(outer, d(base)))
    if not base.has(x):
        outer = inner * sympy.log(base)
        return ("exponential", outer) if exponent == x else ("chain, exponential", _times(outer, d(exponent)))
    return "logarithmic", _times(inner, d(exponent * sympy.log(base)))


def _solved(equation: Any) -> Iterator[tuple[str, Any]]:
    """The steps of a linear equation in one unknown."""
    sympy = symbolic.package()
    names = symbolic.symbols(equation)
    if len(names) != 1:
        raise Unfit("not one unknown")
    (x,) = names
    (solution,) = symbolic.answer(equation, Random(0)) if _is_linear(equation, x) else (None,)
    if solution is None:
        raise Unfit("not linear")
    left, right = (symbolic.asked(sympy.expand, side) for side in equation.args)
    steps = [("expand both sides", left, right)] if (left, right) != equation.args else []
    with_x, without = left.coeff(x) - right.coeff(x), right.coeff(x, 0) - left.coeff(x, 0)
    steps.append(("collect the unknown on the left and the numbers on the right", with_x * x, without))
    if with_x != 1:
        steps.append(("divide by the factor of the unknown", x, without / with_x))
    before = equation.args
    for rule, one, other in steps:
        if (one, other) == before:
            continue
        before = (one, other)
        if sympy.simplify((one - other).subs(x, solution)) != 0:
            raise Unfit("a step is not confirmed")
        yield rule, sympy.Eq(one, other, evaluate=False)


def _is_linear(equation: Any, x: Any) -> bool:
    sympy = symbolic.package()
    difference = symbolic.asked(sympy.expand, equation.lhs - equation.rhs)
    return bool(difference.is_polynomial(x)) and sympy.degree(difference, x) == 1
