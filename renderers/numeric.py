"""Meanings of formulas as numbers, for whole arrays of values."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..convert.meaning import Apply, Cases, Chain, Constant, Meaning, Name, NoMeaningError, Number
from ..convert.nodes import Node, Num, Row, Sym

Array: TypeAlias = npt.NDArray[np.float64]

_FUNCTIONS: Final[Mapping[str, Callable[..., Array]]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "tg": np.tan, "cot": lambda x: 1 / np.tan(x),
    "sec": lambda x: 1 / np.cos(x),
    "ctg": lambda x: 1 / np.tan(x), "csc": lambda x: 1 / np.sin(x), "arcsin": np.arcsin, "arccos": np.arccos,
    "arctan": np.arctan, "arctg": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "sh": np.sinh,
    "ch": np.cosh, "th": np.tanh, "arsinh": np.arcsinh, "arcosh": np.arccosh, "artanh": np.arctanh, "exp": np.exp,
    "ln": np.log, "lg": np.log10, "abs": np.abs, "sgn": np.sign, "floor": np.floor, "ceiling": np.ceil,
    "negative": np.negative, "degree": np.radians, "max": np.maximum, "min": np.minimum,
}  # fmt: skip
_FACTORIAL: Final = np.vectorize(lambda x: math.gamma(x + 1) if -1 < x < 170 else math.nan, otypes=[float])


def evaluate(meaning: Meaning, values: Mapping[str, Array]) -> Array:
    """The meaning in numbers, for arrays of values; NoMeaningError for what is no number."""
    with np.errstate(all="ignore"):
        return np.asarray(_value(meaning, values), dtype=np.float64)


def _value(meaning: Meaning, values: Mapping[str, Array]) -> Array:
    match meaning:
        case Number(text):
            return np.asarray(float(text))
        case Constant(name):
            known = {"pi": math.pi, "e": math.e, "infinity": math.inf}
            if name in known:
                return np.asarray(known[name])
        case Name(text):
            if text in values and not meaning.sub:
                return values[text]
        case Apply():
            return _applied(meaning, values)
        case Chain(operands, relations):
            return _chained([_value(one, values) for one in operands], relations)
        case Cases(branches):
            result = np.asarray(math.nan)
            for value, condition in reversed(branches):
                here = _value(value, values)
                result = here if condition is None else np.where(_value(condition, values) > 0, here, result)
            return result
        case _:
            pass
    raise NoMeaningError("a part of the formula", "it cannot be worked out in numbers")


def _chained(operands: Sequence[Array], relations: Sequence[str]) -> Array:
    holds = np.asarray(True)
    for left, right, relation in zip(operands, operands[1:], relations, strict=False):
        one = {"<": left < right, ">": left > right, "≤": left <= right, "≥": left >= right, "=": left == right,
               "≠": left != right}.get(relation)  # fmt: skip
        if one is None:
            raise NoMeaningError(relation, "it compares no numbers")
        holds = holds & one
    return np.asarray(holds, dtype=np.float64)


def _applied(meaning: Apply, values: Mapping[str, Array]) -> Array:
    head = meaning.head
    if head == "inverse" or head in ("call", "set", "tuple", "list"):
        raise NoMeaningError(head, "it is no number")
    args = [_value(one, values) for one in meaning.args]
    match head, len(args):
        case "plus", _:
            return np.asarray(sum(args[1:], args[0]))
        case "minus", 2:
            return args[0] - args[1]
        case "minus" | "negative", 1:
            return -args[0]
        case "times", _:
            return functools.reduce(np.multiply, args)
        case "divide", 2:
            return args[0] / np.where(args[1] == 0, math.nan, args[1])
        case "power", 2:
            return _power(args[0], args[1], meaning.args[1])
        case "root", 1 | 2:
            index = args[1] if len(args) == 2 else np.asarray(2.0)
            odd = bool(np.all(index % 2 == 1))
            return np.where(
                args[0] < 0, -((-args[0]) ** (1 / index)) if odd else math.nan, np.abs(args[0]) ** (1 / index)
            )
        case "log", 1:
            return np.log10(args[0])
        case "log", 2:
            return np.log(args[0]) / np.log(args[1])
        case "factorial", 1:
            return np.asarray(_FACTORIAL(args[0]), dtype=np.float64)
        case _, _ if head in _FUNCTIONS and len(args) in (1, 2):
            return _FUNCTIONS[head](*args)
    raise NoMeaningError(head, "it cannot be worked out in numbers")


def _power(base: Array, exponent: Array, written: Meaning) -> Array:
    if isinstance(written, Apply) and written.head == "divide" and all(isinstance(one, Number) for one in written.args):
        num, den = (float(one.text) for one in written.args if isinstance(one, Number))
        if den % 2 == 1:
            root = np.sign(base) * np.abs(base) ** (1 / den)
            return np.asarray(root**num)
    return np.asarray(np.power(base, exponent))


# Figures


def written(value: float) -> Node:
    """A number as it stands at an axis."""
    text = f"{abs(value):.6g}"
    return Row((Sym("−", "bin"), Num(text))) if value < 0 else Num(text)
