"""What is simple to a listener: short enough to be taken in as one thing, so that nothing has to say where it ends.

The ideas are those of ClearSpeak: brackets around simple things are not said, functions of simple things need no "of",
fractions of simple things are "a over b".
"""

from __future__ import annotations

from ... import numerals
from ...nodes import Ident, Num, Operator, Sym, Text
from ...structure import (
    Applied,
    Derivative,
    Fenced,
    Fraction,
    Juxtaposed,
    Leaf,
    Postfix,
    Prefix,
    Scripted,
    Structure,
)

_NUMERATORS = range(1, 20)
_DENOMINATORS = range(2, 11)


def is_letter(part: Structure) -> bool:
    """One letter."""
    return isinstance(part, Leaf) and isinstance(part.node, Ident)


def is_number(part: Structure) -> bool:
    """A number as written."""
    return isinstance(part, Leaf) and isinstance(part.node, Num)


def is_text(part: Structure) -> bool:
    """Words."""
    return isinstance(part, Leaf) and isinstance(part.node, Text)


def is_minus(part: Structure) -> bool:
    """A minus sign."""
    return isinstance(part, Leaf) and isinstance(part.node, Sym) and part.node.text == "−"


def is_minus_one(part: Structure) -> bool:
    """The exponent of an inverse."""
    return isinstance(part, Prefix) and is_minus(part.sign) and whole(part.operand) == 1


def whole(part: Structure | None) -> int | None:
    """The value of a whole number without leading zeros."""
    if not isinstance(part, Leaf) or not isinstance(part.node, Num):
        return None
    return numerals.whole(part.node.text)


def is_vulgar(part: Structure) -> bool:
    """A fraction that has a name: halves to tenths."""
    if not isinstance(part, Fraction) or not part.node.bar:
        return False
    return whole(part.num) in _NUMERATORS and whole(part.den) in _DENOMINATORS


def is_simple(part: Structure, *, vulgar: bool = True) -> bool:
    """A number, a letter, two letters or a number and up to two letters, one of these with a minus sign, degrees, or a
    function of something simple. `vulgar` counts fractions with names among the numbers.
    """
    match part:
        case Leaf(node):
            return isinstance(node, Num | Ident)
        case Fraction():
            return vulgar and is_vulgar(part)
        case Juxtaposed(factors):
            first, rest = factors[0], factors[1:]
            number = is_number(first) or (vulgar and is_vulgar(first))
            return (number or is_letter(first)) and len(rest) <= 1 + number and all(map(is_letter, rest))
        case Prefix(sign, operand):
            return is_minus(sign) and not isinstance(operand, Prefix | Applied) and is_simple(operand, vulgar=vulgar)
        case Postfix(operand, Leaf(Sym("°"))):
            return is_simple(operand, vulgar=vulgar)
        case Applied(function, argument):
            if isinstance(function, Scripted) and function.sup is not None and is_minus_one(function.sup):
                return is_function(function) and is_simple(_without_brackets(argument), vulgar=vulgar)
            return is_function(function) and is_simple_argument(argument, vulgar=vulgar)
        case _:
            return False


def is_function(head: Structure) -> bool:
    """A function by its name alone, or a named one with a power or a base."""
    if isinstance(head, Scripted):
        return isinstance(head.base, Leaf) and isinstance(head.base.node, Operator)
    return isinstance(head, Leaf)


def is_simple_argument(argument: Structure, *, vulgar: bool = True) -> bool:
    """Something simple, or that in parentheses."""
    return not isinstance(argument, Fraction) and is_simple(_without_brackets(argument), vulgar=vulgar)


def _without_brackets(argument: Structure) -> Structure:
    return argument.body if isinstance(argument, Fenced) and argument.open.text == "(" else argument


def is_simple_side(part: Structure, *, vulgar: bool = True) -> bool:
    """What can stand over or under "over": numbers, products, words, functions of simple things."""
    match part:
        case Leaf(node):
            return isinstance(node, Num | Ident | Text)
        case Juxtaposed() | Derivative():
            return True
        case Prefix(sign, operand):
            side = not isinstance(operand, Juxtaposed) and is_simple_side(operand, vulgar=vulgar)
            return (is_minus(sign) and side) or is_simple(part, vulgar=vulgar)
        case Applied(_, argument):
            return is_simple_argument(argument, vulgar=vulgar)
        case _:
            return is_simple(part, vulgar=vulgar)


def is_short(part: Structure) -> bool:
    """What is heard as one word or two, so that no pause has to follow it."""
    match part:
        case Leaf():
            return True
        case Prefix(_, operand):
            return isinstance(operand, Leaf)
        case Scripted(base, sub, _, _):
            return isinstance(base, Leaf) and sub is None
        case _:
            return False
