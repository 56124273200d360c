"""Where people mean something else by words that our own writer says: the reading of people's words goes first there.

The writer says "B sub k plus 1" for B_k + 1, and an end where the sum belongs to the index. People leave the end out.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ... import units
from ...nodes import Accent, Fence, Frac, Ident, Node, Num, Operator, Row, Script, Sym, items_of, walk
from ...phrases import Language
from ...structure import outer_class
from .letters import go_together, kind_of
from .lexicon import lexicon

_TIMES: Final = Sym("×", "bin")
_PLUS, _MINUS, _PLUS_MINUS = Sym("+", "bin"), Sym("−", "bin"), Sym("±", "bin")
_DOT: Final = Sym("⋅", "bin")
_COMMA: Final = Sym(",", "punct")
_PI: Final = Ident("π")
_SIGNS: Final = (_PLUS, _MINUS, _PLUS_MINUS)
_LEFT: Final = Sym("(", "open")
_RIGHT: Final = Sym(")", "close")
_SET_SIGNS: Final = (Sym("∪", "bin"), Sym("∩", "bin"), Sym("∘", "bin"))
_LIMIT: Final = Operator("lim", limits=True)
_SIGN: Final = Operator("sgn")
_LN, _LOG = Operator("ln"), Operator("log")
_BIGS: Final = (
    *(Sym(char, "op") for char in "∑∏⋃⋂"), Sym("∘", "bin"),
    Operator("max", limits=True), Operator("min", limits=True), Operator("gcd", limits=True),
)  # fmt: skip
_NOT_LESS: Final = frozenset((Sym("≮", "rel"), Sym("≯", "rel")))
_D: Final = Ident("d")
_INTEGRAL, _PRIME = Sym("∫", "op"), Sym("′", "ord")
_STAR: Final = Sym("∗", "bin")
_I: Final = Ident("i")
_ARROW: Final = Sym("→", "rel")
_EXP: Final = Operator("exp")
_KER: Final = Operator("ker")
_INFINITY: Final = Sym("∞")
_SQUARE: Final = Sym("□")
_DAGGERS: Final = (Sym("†"), Sym("†", "bin"))
_AND: Final = Sym("∧", "bin")
_PARTIAL: Final = Sym("∂")
_CELSIUS: Final = Sym("℃")
_HALF: Final = Frac(Num("1"), Num("2"))
_FACTORIAL: Final = Sym("!", "close")


def is_doubtful(node: Node, language: Language) -> bool:
    """Whether people would mean another formula by the words for this one."""
    if language == "ru" and (_is_p_and_q(node) or _is_calculus(node) and _has_bare_ln(node)):
        return True
    if language == "en" and (_is_indexed_greek(items_of(node)) or _is_tensorial(node)):
        return True
    for part in walk(node):
        if language == "ru" and _is_doubtful_part(part):
            return True
        if isinstance(part, Row) and _is_doubtful_row(part.items, language):
            return True
        match part:
            # "Square" is mostly a power, a mark belongs to a letter, and "roman 2" is a Roman numeral.
            case Accent(Sym()) | Num(_, "rm"):
                return True
            # "Sign" is how recognisers write the sine.
            case _ if part == _SIGN and language == "en":
                return True
            case _ if part == _SQUARE:
                return True
            case Frac(num, den) if language == "en" and (_is_sine_of_pi(num) or _is_number_and_sine(den)):
                return True
            case Ident(_, "scr") if language == "en":
                # "Script F" is mostly calligraphic.
                return True
            case Ident(name, "rm") if _is_no_name(name, language):
                return True
            case _:
                pass
    return False


def _is_no_name(word: str, language: Language) -> bool:
    """Whether a subscript of that word is no name: "x sub zero" is a number, "x sub perpendicular" a sign."""
    known = lexicon(language)
    branch = known.trie.branches.get(word)
    sign = branch.senses.get("rel") if branch is not None and branch.senses is not None else None
    return word in known.numbers.units or sign in ("perp", "parallel")


def _is_sine_of_pi(above: Node) -> bool:
    """Whether it is the numerator of "sine pi over 2", where the function is of the fraction."""
    items = items_of(above)
    return len(items) > 1 and isinstance(items[-2], Operator) and items[-1] == _PI


def _is_number_and_sine(below: Node) -> bool:
    """Whether it is the denominator of "pi over 3 sine x", where the fraction ends before the function."""
    items = items_of(below)
    return len(items) > 1 and isinstance(items[0], Num) and isinstance(items[1], Operator)


def _is_calculus(node: Node) -> bool:
    """Whether there is an integral or a derivative, where people write ln(x)."""
    return any(part in (_INTEGRAL, _PRIME) or isinstance(part, Frac) and _D in walk(part.den) for part in walk(node))


def _has_bare_ln(node: Node) -> bool:
    rows = (part.items for part in walk(node) if isinstance(part, Row))
    return any(item == _LN and after != _LEFT for items in rows for item, after in pairwise(items))


def _is_p_and_q(node: Node) -> bool:
    """Whether «пи» stands beside «ку», where it is mostly the letter p."""
    letters = {part.text for part in walk(node) if isinstance(part, Ident)}
    return "q" in letters and not letters.isdisjoint("πΠ")


def _is_doubtful_row(items: Sequence[Node], language: Language) -> bool:
    if language == "ru" and (_DOT in items or _is_limit_of_sum(items) or _is_sum_of_two(items)):
        # The words for the dot are those for every product.
        return True
    if language == "ru" and (_has_decimal(items) or _is_derivative(items) or items[-1:] == (_STAR,)):
        return True
    if language == "ru" and len(items) == 4 and not _text_of(items[0]).isascii() and isinstance(items[2], Operator):
        return True  # «бета равно косинус икс» is written with brackets
    if language == "ru" and len(items) > 1 and items[0] == _MINUS and _is_power_of_one(items[1]):
        return True  # «минус единица в степени эн»
    if language == "ru" and not _NOT_LESS.isdisjoint(items):
        return True  # «не меньше» is mostly "greater than or equal to"
    if language == "ru" and items and outer_class(items[0]) == "bin" and items[0] not in _SIGNS and len(items) > 1:
        return True  # «прямая сумма А и Бэ»
    if language == "en" and (_is_limit_of_sum(items) or _is_signed(items) or _is_conjunction(items)):
        return True
    if language == "en" and (_is_product_of_functions(items) or _is_big_and(items)):
        return True
    if not set(_DAGGERS).isdisjoint(items[1:]):
        return True
    if language == "en" and any(_is_argument_left(items[at : at + 7]) for at in range(len(items) - 5)):
        return True
    neighbours = zip((None, *items), items, items[1:], (*items[2:], None), strict=False)
    return any(_is_doubtful_at(before, item, after, beyond, language) for before, item, after, beyond in neighbours)


def _is_big_and(items: Sequence[Node]) -> bool:
    """Whether "and" stands behind a big operator: "the sum of x and y" adds two."""
    return _AND in items and any(item in _BIGS for item in items)


def _is_product_of_functions(items: Sequence[Node]) -> bool:
    """Whether a function of a sum stands before another function: people add "a cosine of t plus b sine of t"."""
    for at in range(1, len(items)):
        if items[at] != _LEFT or not isinstance(items[at - 1], Operator):
            continue
        end = next((end for end in range(at, len(items)) if outer_class(items[end]) == "close"), len(items))
        signed = not set(_SIGNS).isdisjoint(items[at:end])
        if signed and end + 1 < len(items) and isinstance(items[end + 1], Operator):
            return True
    return False


def _is_argument_left(items: Sequence[Node]) -> bool:
    """Whether it is "f of t minus t prime" or "f of A union B", where the argument takes in what follows."""
    name, left, inside, right, sign, after = items[:6]
    if not isinstance(name, Ident) or (left, right) != (_LEFT, _RIGHT) or not isinstance(inside, Ident):
        return False
    if sign in _SIGNS:
        return isinstance(after, Script) and after.base == inside
    return sign in _SET_SIGNS and isinstance(after, Ident) and tuple(items[6:7]) != (_LEFT,)


def _is_tensorial(node: Node) -> bool:
    """Whether both indices of space-time stand beside letters: "g mu nu", where they are indices."""
    pairs = itertools.pairwise(items_of(node))
    beside = {after.text for before, after in pairs if isinstance(before, Ident) and isinstance(after, Ident)}
    return {"μ", "ν"} <= beside


def _is_indexed_greek(items: Sequence[Node]) -> bool:
    """Whether it begins with "sigma i" and no more on that side, where people mean an index."""
    if len(items) < 2 or not isinstance(items[0], Ident) or kind_of(items[0]) != "greek" or items[0].text in "δΔϵεπ":
        return False
    alone = len(items) == 2 or len(items) > 2 and outer_class(items[2]) == "rel"
    return alone and isinstance(items[1], Ident) and kind_of(items[1]) != "greek"


def _is_signed(items: Sequence[Node]) -> bool:
    """Whether it is a letter and a sign, as in "phi plus", where people mean that the sign is a superscript."""
    return len(items) == 2 and isinstance(items[0], Ident | Accent | Script) and items[1] in _SIGNS


def _is_conjunction(items: Sequence[Node]) -> bool:
    """Whether it is "0 is less than x and x is less than 1": relations that are written as one."""
    between = zip(items, items[1:], items[2:], strict=False)
    return any(sign == _AND and before == after for before, sign, after in between)


def _is_sum_of_two(items: Sequence[Node]) -> bool:
    """Whether «и» joins two after "sum" or "product" («сумма икс и игрек»), or a limit has no approach under it."""
    if _ARROW in items and any(item == _LIMIT and isinstance(after, Ident | Script) for item, after in pairwise(items)):
        return True
    return any(item in _BIGS for item in items[:-1]) and any(_I in walk(part) for part in items)


def _is_limit_of_sum(items: Sequence[Node]) -> bool:
    """Whether a sum follows a limit without brackets, where people mean the limit of all of it."""
    limit = False
    depth = 0
    for item in items:
        cls = outer_class(item)
        depth += (cls == "open") - (cls == "close")
        if isinstance(item, Script) and item.base == _LIMIT:
            limit = True
        elif depth == 0 and cls in ("rel", "punct"):
            limit = False
        elif limit and depth == 0 and item in _SIGNS:
            return True
    return False


def _text_of(node: Node) -> str:
    return node.text if isinstance(node, Ident) else ""


def _is_power_of_one(node: Node) -> bool:
    return isinstance(node, Script) and node.base == Num("1") and node.sup is not None and not isinstance(node.sup, Num)


def _has_decimal(items: Sequence[Node]) -> bool:
    """Whether two numbers stand on the sides of a comma outside brackets: «два запятая пять» is mostly a decimal."""
    if sum(item == _COMMA for item in items) > 1:
        return False
    depth = 0
    for item, comma, after in zip(items, items[1:], items[2:], strict=False):
        depth += (outer_class(item) == "open") - (outer_class(item) == "close")
        if depth <= 0 and comma == _COMMA and isinstance(item, Num) and isinstance(after, Num):
            return True
    return False


def _is_derivative(items: Sequence[Node]) -> bool:
    """Whether «дэ игрек дэ икс» is said, and no integral before it."""
    pairs = len(items) >= 4 and items[0] == items[2] == _D and isinstance(items[1], Ident)
    return pairs and (len(items) == 4 or outer_class(items[4]) == "rel")


def _is_doubtful_at(before: Node | None, item: Node, after: Node, beyond: Node | None, language: Language) -> bool:
    if item == _TIMES:
        # "Times" is mostly said for factors side by side.
        return not (isinstance(before, Num) and isinstance(after, Num))
    if item == _STAR and language == "ru":
        return True  # «икс звёздочка» is a superscript
    if item == _PLUS:
        return after == _MINUS
    if _PARTIAL in (item, item.base if isinstance(item, Script) else None):
        # "partial f partial x" is a derivative.
        return _PARTIAL in (beyond, beyond.base if isinstance(beyond, Script) else None)
    if item == Ident("l") and after == Ident("n"):
        return True
    if isinstance(item, Num) and isinstance(after, Sym) and after != _FACTORIAL:
        # "25 degrees Celsius"
        return after == _CELSIUS or units.by_symbol(after.text) is not None
    if after == _FACTORIAL:
        # "n minus k factorial", "n plus one factorial"
        return before == _MINUS or before == _PLUS and item == Num("1")
    if language == "ru" and _is_doubtful_function(item, after, beyond):
        return True
    if item == _EXP and language == "en":
        # «Натуральный логарифм икс» and "exponential x" are written with brackets.
        return outer_class(after) != "open" and not isinstance(after, Fence)
    if language == "ru" and item == _HALF and isinstance(after, Ident | Script):
        # «Половина икс» is x over 2.
        return True
    if item == _KER and language == "en":
        # "The kernel of phi" is written without brackets.
        return after == _LEFT
    if after == _INFINITY and language == "en":
        # "L infinity"
        return isinstance(item, Ident | Accent)
    if isinstance(item, Ident) and language == "ru":
        # "x four fifths" is a power.
        return isinstance(after, Frac) and isinstance(after.num, Num) and isinstance(after.den, Num)
    if not isinstance(item, Script):
        return False
    if language == "ru" and item.base == Ident("e") and _is_run(item.sup, after):
        return True
    return _is_doubtful_script(item, after, beyond, language)


def _is_run(power: Node | None, after: Node) -> bool:
    """Whether a negative power of e is followed by what mostly belongs to it: «е в степени минус лямбда тэ»."""
    return isinstance(power, Row) and power.items[:1] == (_MINUS,) and isinstance(after, Ident) and after != _D


def _is_doubtful_function(item: Node, after: Node, beyond: Node | None) -> bool:
    """A function of a function, where people write brackets; «логарифм по основанию два от икс», where they do not."""
    if isinstance(item, Operator) and not item.limits:
        return isinstance(after, Operator) and after != item or after == _MINUS or beyond == _PLUS_MINUS
    logarithm = isinstance(item, Script) and item.base == _LOG and item.sup is None
    return logarithm and after == _LEFT and isinstance(beyond, Ident | Num)


def _is_doubtful_part(part: Node) -> bool:
    """«Экспонента в степени икс» is a power of e; "от а до бэ эф от икс" is an integral of f up to b."""
    if isinstance(part, Script):
        names = part.sup.items if isinstance(part.sup, Row) and isinstance(part.base, Sym) else ()
        if part.base == Operator("exp") or isinstance(part.sup, Operator):
            return True
        return len(names) > 1 and all(isinstance(name, Ident) for name in names)
    return isinstance(part, Frac) and _is_doubtful_quotient(part)


def _is_doubtful_quotient(quotient: Frac) -> bool:
    """«Арктангенс игрек делить на икс», «синус пи делить на шесть», «эн делить на два факториал»."""
    above, below = items_of(quotient.num), items_of(quotient.den)
    if len(below) > 2 and below[-2] == _D and isinstance(below[-1], Ident):
        return True  # «единица делить на икс дэ икс»
    if len(above) == 1 and isinstance(above[0], Ident):
        return len(below) == 2 and isinstance(below[0], Num) and below[1] == _FACTORIAL
    if len(below) != 1 or len(above) < 2 or not isinstance(above[0], Operator):
        return False
    ratio = above[0].name.startswith("arc") and len(above) == 2 and isinstance(above[1], Ident)
    return ratio and above[1] != below[0] or above[-1] == Ident("π") and isinstance(below[0], Num)


def _is_doubtful_script(item: Script, after: Node, beyond: Node | None, language: Language) -> bool:
    last = item.sup if item.sup is not None else item.sub
    powered = item.sup is None and isinstance(after, Script) and after.sup is not None
    if language == "en" and powered and last is not None and go_together(last, _base(after), ending=False):
        # "b sub i j prime": letters that go together are one subscript.
        return True
    if item.base == Ident("e") and item.sub is None and isinstance(last, Ident | Num):
        # The exponent of e reaches far.
        return after in (_PLUS, _MINUS) or isinstance(after, Ident | Script)
    if after in (_PLUS, _MINUS):
        return isinstance(last, Ident) and beyond == Num("1")
    if last == _PLUS_MINUS:
        return isinstance(after, Num)
    return item.sup is None and isinstance(last, Ident | Num) and after == _COMMA and isinstance(beyond, Ident | Num)


def _base(node: Node) -> Node:
    return node.base if isinstance(node, Script) else node
