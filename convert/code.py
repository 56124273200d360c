"""The text of Python expressions, which the writers of SymPy and of Python functions build.

`Code` is an expression with its precedence, so that parentheses stand where they must; `symbol_name` spells the names
of variables as SymPy does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import symbols
from .meaning import Apply, Constant, Meaning, Name, NoMeaningError, Number

# Python's precedences, the tighter the larger (Language Reference 6.17).
LOWEST, OR, AND, COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(0, 90, 10)

_MAX_DIGITS = 4300
"""Python refuses to read longer integers (sys.int_info.default_max_str_digits)."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression of Python.

    `literal` is "int" or "float" where only numbers are in it; `value` is what such an expression of whole numbers is
    worth, None if it is too large to be worked out.
    """

    text: str
    prec: int = ATOM
    literal: str = ""
    value: int | None = None

    def at(self, prec: int) -> str:
        """The text as an operand of an operator of that precedence."""
        return self.text if self.prec >= prec else f"({self.text})"


ONE = Code("1", ATOM, "int", 1)


def call(function: str, arguments: Iterable[Code | str]) -> Code:
    """A call: ``f(x, y)``."""
    inside = ", ".join(argument if isinstance(argument, str) else argument.text for argument in arguments)
    return Code(f"{function}({inside})")


def infix(left: Code, operator: str, right: Code, prec: int) -> Code:
    """A binary operation that groups to the left."""
    floating = "float" in (left.literal, right.literal) or operator == "/"
    literal = left.literal and right.literal and ("float" if floating else "int")
    worth = None
    if left.value is not None and right.value is not None:
        match operator.strip():
            case "+":
                worth = left.value + right.value
            case "-":
                worth = left.value - right.value
            case "*":
                worth = left.value * right.value
    return Code(f"{left.at(prec)}{operator}{right.at(prec + 1)}", prec, literal, worth)


def negative(value: Code) -> Code:
    """``-x``."""
    return Code(f"-{value.at(UNARY)}", UNARY, value.literal, None if value.value is None else -value.value)


def power(base: Code, exponent: Code) -> Code:
    """``x**y``; ``**`` groups to the right and binds more tightly than a sign before it."""
    literal = "int" if base.literal == exponent.literal == "int" else ""
    worth = None
    if base.value is not None and exponent.value is not None and exponent.value >= 0:
        worth = None if is_huge(base.value, exponent.value) else base.value**exponent.value
    return Code(f"{base.at(ATOM)}**{exponent.at(POWER)}", POWER, literal, worth)


LARGE_POWER_BITS = 100_000
"""Beyond this, a power of whole numbers is left as it stands: evaluating it could take for ever."""


def is_huge(base: int, exponent: int) -> bool:
    """Whether a power of whole numbers has more digits than anybody could want."""
    return abs(base) > 1 and base.bit_length() * abs(exponent) > LARGE_POWER_BITS


def number(value: Number) -> Code:
    """A number without leading zeros."""
    whole, dot, fraction = value.text.partition(".")
    if len(value.text) > _MAX_DIGITS:
        raise NoMeaningError("a number", f"it has more than {_MAX_DIGITS} digits", value.span)
    if not (whole + fraction).isascii() or not (whole + fraction).isdigit():
        raise NoMeaningError(value.text, "it is no decimal number", value.span)
    whole = whole.lstrip("0") or "0"
    return Code(f"{whole}.{fraction}", ATOM, "float") if dot else Code(whole, ATOM, "int", int(whole))


# Names


def letter_name(text: str) -> str:
    """The word for a letter: ``alpha`` for α; letters of words stay as they are."""
    if text.isascii():
        return text
    words = []
    for char in text:
        symbol = symbols.by_char(char)
        word = symbol.tex[0].lstrip("\\") if symbol is not None and symbol.tex else char
        words.append(word if word.isidentifier() else symbol.name.replace("-", "_") if symbol is not None else "_")
    return "".join(words)


_MARK_WORDS = {
    "widehat": "hat", "widetilde": "tilde", "widecheck": "check", "overline": "bar", "overrightarrow": "vec",
    "mathring": "ring",
}  # fmt: skip
_FONT_WORDS = {
    "bf": "bold", "bi": "bold", "cal": "cal", "bfcal": "bfcal", "scr": "scr", "bfscr": "bfscr", "frak": "frak",
    "bffrak": "bffrak", "bb": "bb",
}  # fmt: skip


def symbol_name(name: Name) -> str:
    """A name as one word, as SymPy spells it: ``x_1``, ``alphahat``, ``vbold``, ``x_max``, ``fprime``, ``x__ast``."""
    word = letter_name(name.text) + _FONT_WORDS.get(name.font, "")
    word += "".join(_MARK_WORDS.get(mark, mark) for mark in name.marks)
    if name.sup:
        word += name.sup if name.sup.startswith("prime") else f"__{name.sup}"
    return "_".join((word, *(index_name(index) for index in name.sub)))


def index_name(index: Meaning) -> str:
    """A subscript as a part of a name: digits, a word, or ``n_plus_1`` for an expression."""
    match index:
        case Number(text):
            return text.replace(".", "_")
        case Name():
            return symbol_name(index)
        case Constant(name):
            return name.replace("-", "_")
        case Apply("plus", (left, right)):
            return f"{index_name(left)}_plus_{index_name(right)}"
        case Apply("minus", (left, right)):
            return f"{index_name(left)}_minus_{index_name(right)}"
        case Apply("negative", (value,)):
            return f"minus_{index_name(value)}"
        case Apply("times", (left, right)):
            return f"{index_name(left)}{index_name(right)}"
        case _:
            raise NoMeaningError("a subscript", "it is too much for a name", getattr(index, "span", None))
