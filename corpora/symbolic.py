"""What SymPy knows about formulas: whether two are equal, and what comes out of one. Nothing here waits for long."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from types import FrameType
from typing import Any, Final, TypeVar

from ..convert.errors import MissingExtraError
from ..convert.nodes import Node
from .sample import Unfit

T = TypeVar("T")

SECONDS: Final = 4.0
"""Seconds of the processor that SymPy may think about one question: enough for nearly all, so that nearly nothing hangs
on how fast the machine is.
"""
_LARGEST_EXPRESSION: Final = 80
"""Operations of an expression that is looked at."""
_POINTS, _TRIALS = 5, 12
"""So many points must agree, out of so many that are tried; if none of the first three has a value, none will."""
_CLOSE: Final = 1e-9
_LARGEST: Final = 1e12


_CANNOT: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip
"""What SymPy raises on input that it is not made for."""


class _LateError(Exception):
    """The time is up."""


@contextmanager
def time_limit(seconds: float = SECONDS) -> Iterator[None]:
    """Leaves out a sample whose block takes longer: raises Unfit. Works in the main thread of a process alone."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def late(_: int, __: FrameType | None) -> None:
        raise _LateError

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except _LateError:
        raise Unfit("SymPy takes too long") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def asked(question: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """What SymPy answers within the time. Whatever it raises means that it cannot: Unfit."""
    sympy = package()
    with time_limit():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return question(*arguments, **options)
        except (*_CANNOT, sympy.SympifyError, sympy.polys.polyerrors.BasePolynomialError) as error:
            raise Unfit("SymPy cannot") from error
    raise AssertionError("unreachable")


def package() -> Any:
    """SymPy, which is an extra."""
    try:
        import sympy
    except ModuleNotFoundError as error:
        raise MissingExtraError('this needs sympy, which is not installed: pip install "panmath[sympy]"') from error
    return sympy


def expression(node: Node) -> Any:
    """A formula as SymPy's expression. Raises UnsupportedError where it has no agreed meaning."""
    from ..convert.writers.sympy import to_sympy

    with time_limit():
        value = to_sympy(node)
    operations: Any = getattr(value, "count_ops", lambda: 0)
    if operations() > _LARGEST_EXPRESSION:
        raise Unfit("a large expression")
    return value


def tex(value: Any) -> str:
    """A SymPy expression as we write it."""
    from ..convert.pipeline import Pipeline

    return str(Pipeline("sympy", "tex")(value).value)


def symbols(value: Any) -> list[Any]:
    """The free symbols, by their names."""
    return sorted(value.free_symbols, key=lambda symbol: str(symbol.name))


def agree(first: Any, second: Any, random: Random) -> bool:
    """Whether two expressions, or two equations side by side, have the same values.

    Both are worked out at random real points; five where both are finite have to agree, and none may differ.
    """
    sympy = package()
    if isinstance(first, sympy.Eq) and isinstance(second, sympy.Eq):
        return all(agree(one, other, random) for one, other in zip(first.args, second.args, strict=True))
    if not (isinstance(first, sympy.Expr) and isinstance(second, sympy.Expr)):
        return bool(first == second)
    names = sorted(first.free_symbols | second.free_symbols, key=lambda symbol: str(symbol.name))
    agreed = 0
    for trial in range(_TRIALS if names else 1):
        if trial == 3 and not agreed:
            break
        point = {name: sympy.Rational(random.randint(1, 400), 100) for name in names}
        one, other = (value_at(side, point) for side in (first, second))
        if one is None or other is None:
            continue
        if abs(one - other) > _CLOSE * max(1.0, abs(one)):
            return False
        agreed += 1
        if agreed == _POINTS:
            return True
    return agreed > 0 and not names


def value_at(value: Any, point: dict[Any, Any]) -> complex | None:
    """The value at a point, None where there is none or it is huge."""
    found = asked(lambda: value.subs(point).evalf(15))
    try:
        number = complex(found)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < _LARGEST else None


def answer(value: Any, random: Random) -> list[Any]:
    """What comes out of a formula, checked: the solutions of an equation in one unknown, or the value of what is to be
    worked out (a derivative, an integral, a limit, a sum, numbers). Unfit where nothing does.
    """
    sympy = package()
    if isinstance(value, sympy.Eq):
        return _solutions(value)
    if not isinstance(value, sympy.Expr):
        raise Unfit("nothing comes out")
    open_kinds = (sympy.Derivative, sympy.Integral, sympy.Limit, sympy.Sum, sympy.Product)
    if not value.has(*open_kinds) and value.free_symbols:
        raise Unfit("nothing comes out")
    found = asked(lambda: sympy.simplify(value.doit()))
    if found.has(*open_kinds, sympy.nan, sympy.zoo) or found == value:
        raise Unfit("nothing comes out")
    if not _is_right(value, found, random):
        raise Unfit("the answer is not confirmed")
    return [found]


def _is_right(value: Any, found: Any, random: Random) -> bool:
    """Whether numbers agree; of an integral without bounds, whether its derivative is what was integrated."""
    sympy = package()
    if isinstance(value, sympy.Integral) and not value.limits[0][1:]:
        (variable,) = value.limits[0]
        return agree(asked(sympy.diff, found, variable), value.function, random)
    return agree(value, found, random)


def _solutions(equation: Any) -> list[Any]:
    sympy = package()
    names = symbols(equation)
    if len(names) != 1:
        raise Unfit("not one unknown")
    found = asked(sympy.solveset, equation, names[0], sympy.S.Complexes)
    if not isinstance(found, sympy.FiniteSet) or not 1 <= len(found) <= 6:
        raise Unfit("no list of solutions")
    difference = equation.lhs - equation.rhs
    for solution in found:
        left = value_at(difference, {names[0]: solution})
        if left is None or abs(left) > _CLOSE:
            raise Unfit("the answer is not confirmed")
    ordered: Sequence[Any] = sorted(found, key=sympy.default_sort_key)
    return list(ordered)
