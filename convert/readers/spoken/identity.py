"""Whether both sides of an equation are the same number: the scope that makes "a minus b times a plus b is …" true.

An equation that has a meaning for all numbers is mostly said because it holds. Where the words leave brackets open,
a reading that holds for numbers taken at random is the one that is meant. Only what has one value is compared: numbers,
letters, sums, products, quotients, powers, roots and known functions; anything else says nothing.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ...nodes import Fence, Frac, Ident, Node, Num, Operator, Root, Row, Script, Sym, walk

Value = complex

_TOLERANCE: Final = 1e-9
_ROUNDED: Final = 2e-3
"""How far numbers may be apart that are said to be about equal."""
_POINTS: Final = (0.7320508, 1.6180339)
"""What the first letter stands for, one after the other; the others follow at irrational distances."""
_STEP: Final = 0.4142135
_LARGEST: Final = 1e12

_FUNCTIONS: Final[Mapping[str, Callable[[Value], Value]]] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "exp": cmath.exp,
    "ln": cmath.log,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
}
_CONSTANTS: Final[Mapping[str, Value]] = {"π": math.pi, "e": math.e, "i": 1j}
_PLUS, _MINUS = "+", "−"
_TIMES: Final = frozenset("×⋅")


class _Unknown(Exception):
    """It has no value that is known here."""


def holds(node: Node) -> bool | None:
    """Whether the equation is true for all numbers; None where that cannot be said, as it is no equation of two values.

    Sides with a letter alone define it, and say nothing.
    """
    sides, about = _sides(node)
    if len(sides) != 2 or any(len(side) < 2 and not isinstance(side[0], Num | Root | Frac) for side in sides):
        return None
    letters = sorted({part.text for part in walk(node) if isinstance(part, Ident) and part.text not in _CONSTANTS})
    if about and letters:
        return None
    try:
        for point in _POINTS:
            values = {name: complex(point + _STEP * at) for at, name in enumerate(letters)}
            left, right = (_Reader(side, values).sum() for side in sides)
            if not (cmath.isfinite(left) and cmath.isfinite(right)):
                return None
            if abs(left - right) > (_ROUNDED if about else _TOLERANCE) * max(1.0, abs(left), abs(right)):
                return False
    except (_Unknown, ArithmeticError, ValueError):
        return None
    return True


def _sides(node: Node) -> tuple[list[Sequence[Node]], bool]:
    """What stands on both sides of the one sign of equality, and whether it says "about"."""
    items = node.items if isinstance(node, Row) else (node,)
    signs = [at for at, item in enumerate(items) if isinstance(item, Sym) and item.cls == "rel"]
    if len(signs) != 1 or signs[0] in (0, len(items) - 1) or _text(items[signs[0]]) not in "=≈":
        return [], False
    return [items[: signs[0]], items[signs[0] + 1 :]], _text(items[signs[0]]) == "≈"


def _text(node: Node) -> str:
    return node.text if isinstance(node, Sym) else ""


class _Reader:
    """The value of what stands side by side."""

    def __init__(self, items: Sequence[Node], letters: Mapping[str, Value]) -> None:
        self.items, self.letters = items, letters
        self.at = 0

    def next(self) -> Node | None:
        return self.items[self.at] if self.at < len(self.items) else None

    def sum(self) -> Value:
        """Terms up to the end."""
        total = self.signed()
        while (item := self.next()) is not None:
            if _text(item) not in (_PLUS, _MINUS):
                raise _Unknown
            total += self.signed()
        return total

    def signed(self) -> Value:
        """A term with the signs before it."""
        sign = 1
        while (item := self.next()) is not None and _text(item) in (_PLUS, _MINUS):
            sign = -sign if _text(item) == _MINUS else sign
            self.at += 1
        return sign * self.term()

    def term(self) -> Value:
        """Factors side by side, with products and quotients in line."""
        value = self.factor()
        while (item := self.next()) is not None and _text(item) not in (_PLUS, _MINUS, ")"):
            if _text(item) == "/":
                self.at += 1
                value /= self.factor()
                continue
            if _text(item) in _TIMES:
                self.at += 1
                item = self.next()
                if item is not None and _text(item) in (_PLUS, _MINUS):
                    value *= self.signed()
                    continue
            value *= self.factor()
        return value

    def factor(self) -> Value:
        """A number, letter, fraction, root, function, power or group; factorials behind it."""
        item = self.next()
        self.at += 1
        if item is None:
            raise _Unknown
        value = self.group() if _text(item) == "(" else self.leaf(item)
        while (after := self.next()) is not None and _text(after) == "!":
            self.at += 1
            if abs(value.imag) > _TOLERANCE:
                raise _Unknown
            value = complex(math.gamma(value.real + 1))
        if abs(value) > _LARGEST:
            raise _Unknown
        return value

    def group(self) -> Value:
        """What stands up to the bracket that closes, with the power at it."""
        depth = 1
        for end in range(self.at, len(self.items)):
            item = self.items[end]
            closing = item.base if isinstance(item, Script) else item
            depth += (_text(closing) == "(") - (_text(closing) == ")")
            if depth == 0:
                value = _Reader(self.items[self.at : end], self.letters).sum()
                self.at = end + 1
                return self.powered(value, item) if isinstance(item, Script) else value
        raise _Unknown

    def powered(self, value: Value, script: Script) -> Value:
        """The value to the power that stands at it."""
        if script.sub is not None or script.sup is None:
            raise _Unknown
        power = self.value(script.sup)
        if abs(power) > 64:
            raise _Unknown
        return complex(value**power)

    def leaf(self, item: Node) -> Value:
        """The value of one node."""
        match item:
            case Num(text):
                return complex(float(text.replace(",", "")))
            case Ident(text) if text in _CONSTANTS:
                return _CONSTANTS[text]
            case Ident(text) if len(text) == 1:
                return self.letters[text]
            case Frac(num, den, True):
                return self.value(num) / self.value(den)
            case Root(radicand, None):
                return cmath.sqrt(self.value(radicand))
            case Fence("(", body, ")") | Row((body,)):
                return self.value(body)
            case Operator(name) if name in _FUNCTIONS:
                return _FUNCTIONS[name](self.argument())
            case Script(Operator(name)) if name in _FUNCTIONS:
                return self.powered(_FUNCTIONS[name](self.argument()), item)
            case Script(base):
                return self.powered(self.leaf(base), item)
            case _:
                raise _Unknown

    def argument(self) -> Value:
        """What a function is of: a group, or the factors up to a sign or another function."""
        item = self.next()
        if item is not None and _text(item) == "(":
            return self.factor()
        value = self.factor()
        while (item := self.next()) is not None and isinstance(item, Ident | Num | Script | Frac):
            if isinstance(item, Script) and not isinstance(item.base, Ident):
                break
            value *= self.factor()
        return value

    def value(self, node: Node) -> Value:
        """The value of a part."""
        return _Reader(node.items if isinstance(node, Row) else (node,), self.letters).sum()
