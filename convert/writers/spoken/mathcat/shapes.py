"""What MathCAT's rules ask about a part of a formula: whether it is simple, a set, a name, a vector."""

from __future__ import annotations

from typing import Final

from ....nodes import Ident, Num, Operator, Sym, Text
from ....structure import (
    FUNCTION_LETTERS,
    Applied,
    Fenced,
    Fraction,
    Infix,
    Juxtaposed,
    Leaf,
    Marked,
    Postfix,
    Prefix,
    Scripted,
    Sequence,
    Structure,
)

APPLIED_NAMES: Final = frozenset(
    "exp Exp arg im Im re Re Pr cis gcd lcm min max deg det rank rg sgn dim hom ker tr rot div Dim Hom Ker Tr inf sup "
    "erf grad sin cos tan tg ctg sec csc cot sinh cosh tanh sech csch coth log ln lg Log arcsin arccos arctan".split()
)
"""Functions that need no brackets."""
_LATIN_FUNCTION_LETTERS: Final = frozenset(filter(str.isascii, FUNCTION_LETTERS))
TRIGONOMETRIC: Final = frozenset("sin cos tan tg sec csc cot ctg sinh cosh tanh sech csch coth".split())
LOGARITHMS: Final = frozenset({"log", "ln", "Log"})
_COMPARISONS: Final = frozenset("=<>≤≥≠≈≡≅∼≃≪≫≺≻")
_SET_SIGNS: Final = frozenset(",∈∉|:")
_PSEUDO_SCRIPTS: Final = frozenset("∗*†‡°∘")
NABLA: Final = "∇"
VECTOR_MARKS: Final = frozenset({"vec", "overrightarrow"})


def is_simple(part: Structure) -> bool:
    """What ClearSpeak calls simple."""
    match part:
        case Prefix(Leaf(Sym("−")), Juxtaposed((Leaf() as first, *rest))) if len(rest) in (1, 2):
            return (len(rest) == 1 or bool(digits_of(first))) and _is_trivial(first) and all(map(_latin, rest))
        case Prefix(Leaf(Sym("−")), operand):
            return _is_trivial(operand)
        case Juxtaposed((first, *rest)) if len(rest) in (1, 2):
            return _is_trivial(first) and all(map(_latin, rest))
        case Postfix(Leaf(Num() | Ident()), Leaf(Sym("°"))):
            return True
        case Applied(Leaf(Ident() | Operator()), argument):
            inner = argument.body if isinstance(argument, Fenced) and argument.open.text == "(" else argument
            return is_certain(part.function, argument) and is_simple(inner)
        case _:
            return _is_trivial(part)


def _is_trivial(part: Structure) -> bool:
    match part:
        case Leaf(Num()):
            return True
        case Leaf(Ident(text)):
            return len(text) == 1
        case Leaf(Sym(_, cls)):
            return cls == "ord"
        case Fraction(num, den):
            count, parts = digits_of(num), digits_of(den)
            return bool(count and parts) and int(count) <= 10 and int(parts) <= 19
        case _:
            return False


def sign_of(part: Structure) -> str:
    """The character of a sign that stands alone, or ""."""
    return part.node.text if isinstance(part, Leaf) and isinstance(part.node, Sym) else ""


def digits_of(part: Structure) -> str:
    """The digits of a whole number that stands alone, or ""."""
    if isinstance(part, Leaf) and isinstance(part.node, Num) and part.node.text.isascii() and part.node.text.isdigit():
        return part.node.text
    return ""


def letter_of(part: Structure) -> str:
    """A letter that stands alone, or ""."""
    return (
        part.node.text if isinstance(part, Leaf) and isinstance(part.node, Ident) and len(part.node.text) == 1 else ""
    )


def _latin(part: Structure) -> bool:
    letter = letter_of(part)
    return letter.isascii() and bool(letter)


def unsigned(part: Structure) -> Structure:
    """Without the sign in front."""
    return part.operand if isinstance(part, Prefix) else part


def product_of(factors: tuple[Structure, ...]) -> Structure:
    """The product of one factor or more."""
    return factors[0] if len(factors) == 1 else Juxtaposed(factors)


def name_of(head: Structure) -> str:
    """The name of a function, without its scripts and marks."""
    while isinstance(head, Scripted | Marked):
        head = head.base
    if not isinstance(head, Leaf):
        return ""
    node = head.node
    return node.name if isinstance(node, Operator) else node.text if isinstance(node, Ident) else ""


def is_name(part: Structure) -> bool:
    """Whether this could name a function."""
    while isinstance(part, Scripted | Marked):
        part = part.base
    return isinstance(part, Leaf) and isinstance(part.node, Ident)


def is_certain(function: Structure, argument: Structure) -> bool:
    """Whether this is a function for sure: by its name, or because nobody puts a single factor in brackets."""
    head = function
    while isinstance(head, Scripted | Marked):
        head = head.base
    if not isinstance(head, Leaf) or isinstance(head.node, Operator):
        return True
    name = name_of(head)
    if name in _LATIN_FUNCTION_LETTERS or name in APPLIED_NAMES or (len(name) > 1 and name[0].isupper()):
        return True
    return isinstance(argument, Fenced) and isinstance(argument.body, Leaf)


def is_spelled_function(part: Structure) -> bool:
    """A name of several letters that is no operator of TeX's, and that functions are known by."""
    return isinstance(part, Leaf) and isinstance(part.node, Ident) and part.node.text in APPLIED_NAMES


def is_set(body: Structure) -> bool:
    """Whether what stands in braces makes them a set."""
    if isinstance(body, Leaf) or body == Sequence(()):
        return True
    return not _SET_SIGNS.isdisjoint(signs_of(body))


def signs_of(part: Structure) -> list[str]:
    """The signs between the operands, outside brackets and fractions."""
    match part:
        case Infix(_, operands, signs):
            return [*map(sign_of, signs), *(sign for operand in operands for sign in signs_of(operand))]
        case Prefix(sign, operand) | Postfix(operand, sign):
            return [sign_of(sign), *signs_of(operand)]
        case Sequence(parts) | Juxtaposed(parts):
            return [sign for item in parts for sign in signs_of(item)]
        case Leaf(Sym(text, cls)) if cls != "ord":
            return [text]
        case _:
            return []


def compares(part: Structure) -> bool:
    """Whether this is an equation, an inequality or the like."""
    return not _COMPARISONS.isdisjoint(signs_of(part))


def has_bar(argument: Structure) -> bool:
    """Whether there is a bar in the brackets, as in a conditional probability."""
    body = argument.body if isinstance(argument, Fenced) else argument
    return isinstance(body, Infix) and "|" in map(sign_of, body.signs)


def has_power(part: Structure) -> bool:
    """Whether this is a power, or a row with one in it."""
    match part:
        case Scripted():
            return part.sup is not None
        case Juxtaposed(parts):
            return any(isinstance(item, Scripted) and item.sup is not None for item in parts)
        case Infix(_, parts):
            return any(isinstance(item, Scripted | Juxtaposed) and has_power(item) for item in parts)
        case Prefix(_, Juxtaposed() as product):
            return has_power(product)
        case _:
            return False


def is_pseudo(sup: Structure) -> bool:
    """Characters that are raised but no exponents: stars, daggers, degrees."""
    return sign_of(sup) in _PSEUDO_SCRIPTS


def is_indices(sub: Structure) -> bool:
    """Indices with or without commas between them."""
    return isinstance(sub, Juxtaposed) and all(isinstance(factor, Leaf) for factor in sub.factors)


def is_capital(part: Structure) -> bool:
    """A capital Latin letter."""
    letter = letter_of(part)
    return letter.isascii() and letter.isupper()


def points(base: Structure) -> tuple[Structure, Structure] | None:
    """Two points, as the ends of a segment."""
    if isinstance(base, Juxtaposed) and len(base.factors) == 2 and all(map(is_capital, base.factors)):
        return base.factors[0], base.factors[1]
    text = base.node.text if isinstance(base, Leaf) and isinstance(base.node, Text | Ident) else ""
    if len(text) == 2 and text.isascii() and text.isupper():
        return Leaf(Ident(text[0])), Leaf(Ident(text[1]))
    return None


def is_vector(part: Structure) -> bool:
    """A letter in bold or with an arrow."""
    if isinstance(part, Marked):
        return part.mark in (*VECTOR_MARKS, "hat")
    return isinstance(part, Leaf) and isinstance(part.node, Ident) and part.node.font in ("bf", "bi")


def is_laplacian(part: Structure) -> bool:
    """The square of nabla."""
    if not isinstance(part, Scripted) or part.sup is None:
        return False
    return sign_of(part.base) == NABLA and digits_of(part.sup) == "2"


def is_wordy(part: Structure) -> bool:
    """Words, or a number of them."""
    if isinstance(part, Juxtaposed) and len(part.factors) == 2 and digits_of(part.factors[0]):
        part = part.factors[1]
    return isinstance(part, Leaf) and isinstance(part.node, Ident | Text) and len(part.node.text.strip()) > 1
