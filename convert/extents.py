"""How far spoken constructs reach where no words end them: what the writer leaves open, and the reader takes as closed.

"a over b", "the square root of x" and "x sub i j" have no end of their own. Where a listener could go on ("the square
root of x plus 1"), the writer says the end, so that the open form means one thing only; the reader of the writer's
words refuses an open form that the writer would have closed. All functions take items of the normal form.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias

from .nodes import EMPTY, Accent, Frac, Ident, Node, Num, Operator, Root, Row, Script, Sym, Text, items_of
from .structure import BEFORE_OPERAND, differential_sign, outer_class

ATOM, TERM, COMPOUND = 0, 1, 2
"""How much something is: one thing, things side by side, or things joined by signs."""

LONG: Final = 12
"""How many things side by side are still one term to a listener."""

After: TypeAlias = Literal["end", "bin", ""]
"""What a listener hears next: something that ends a term and a sum, a sign that ends a term, or more of the term."""

_BREAKING: Final = frozenset({"bin", "rel", "punct"})
_ENDING: Final = frozenset({"rel", "close", "punct"})
_FAMILIES: Final = ("ijklmnpqrst", "abcd", "uvw", "xyzt", "αβγδ", "μνρσλτκ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "θϕφψ")


def size(node: Node) -> int:
    """ATOM, TERM or COMPOUND."""
    match node:
        case Row(items):
            return _row_size(items)
        case Ident() | Num() | Sym() | Operator():
            return ATOM
        case Script(base, sub, sup):
            if is_op(base):
                return COMPOUND
            parts = (base, sub, sup)
            return ATOM if all(part is None or isinstance(part, Ident | Num | Sym) for part in parts) else TERM
        case Accent(base):
            return ATOM if size(base) == ATOM else TERM
        case Root() | Text():
            return TERM
        case _:
            return COMPOUND


def _row_size(items: tuple[Node, ...]) -> int:
    if len(items) > LONG:
        return COMPOUND
    depth = 0
    for item in items:
        cls = outer_class(item)
        if cls == "open":
            depth += 1
        elif cls == "close":
            depth -= 1
        elif depth == 0 and (cls in _BREAKING or (isinstance(item, Sym) and (item.text in "/|‖" or item.cls == "op"))):
            return COMPOUND
        elif not cls and not isinstance(item, Sym) and size(item) == COMPOUND:
            return COMPOUND
        if depth < 0:
            return COMPOUND
    return COMPOUND if depth else TERM if items else ATOM


def is_op(node: Node) -> bool:
    """A named function, or a sum, integral and the like."""
    return isinstance(node, Operator) or (isinstance(node, Sym) and node.cls == "op")


def is_big(node: Node) -> bool:
    """A big operator, after which "of" is said."""
    if isinstance(node, Script):
        return node.sub is not None and is_op(node.base)
    return isinstance(node, Sym) and node.cls == "op"


def after(items: Sequence[Node], at: int, last: After) -> After:
    """What is heard at a place of a row; `last` is what is heard after the row."""
    if at >= len(items):
        return last
    item = items[at]
    cls = outer_class(item)
    if cls in _ENDING or isinstance(item, Text):
        return "end"
    return "bin" if cls == "bin" else ""


def begins(items: Sequence[Node], at: int) -> bool:
    """Whether a listener knows that something begins here."""
    if at == 0:
        return True
    before = items[at - 1]
    return outer_class(before) in BEFORE_OPERAND or isinstance(before, Text) or is_big(before)


def numerator(items: Sequence[Node]) -> int:
    """Where the term begins that ends a row, and that "over" divides."""
    at = len(items)
    while at and not begins(items, at):
        at -= 1
        if outer_class(items[at]) == "close":
            at = _opening(items, at)
    return at


def _opening(items: Sequence[Node], at: int) -> int:
    """The bracket that a closing one faces, or the closing one itself."""
    depth = 0
    for place in range(at, -1, -1):
        cls = outer_class(items[place])
        depth += (cls == "close") - (cls == "open")
        if not depth:
            return place
    return at


def is_short(node: Frac) -> bool:
    """Whether "over" alone could say a fraction, going by its parts."""
    return node.bar and size(node.num) <= TERM and size(node.den) <= TERM


def is_sum_around(items: Sequence[Node], at: int, is_over: Callable[[Frac], bool]) -> bool:
    """Whether a listener may take a sum for the numerator or the denominator of the fraction at a place: "a plus b over
    c". In a sum with several fractions nobody does; `is_over` tells those that are said with "over".
    """
    signs = 0
    for step in (-1, 1):
        depth, place = 0, at + step
        while 0 <= place < len(items):
            item = items[place]
            cls = outer_class(item)
            depth += step * ((cls == "open") - (cls == "close"))
            if depth < 0 or (not depth and (cls in ("rel", "punct") or isinstance(item, Text) or is_big(item))):
                break
            if not depth and cls == "bin" and not begins(items, place):
                signs += 1
            elif not depth and isinstance(item, Frac) and is_over(item):
                return False
            place += step
    return signs > 0


def is_side(items: Sequence[Node], at: int) -> bool:
    """Whether this is all of one side of a relation."""
    before = at == 0 or outer_class(items[at - 1]) == "rel"
    following = at + 1 == len(items) or outer_class(items[at + 1]) == "rel"
    return before and following


def is_one_side(node: Node) -> bool:
    """Whether there is no relation or comma in it that would end what "all over" divides."""
    return all(outer_class(item) not in ("rel", "punct") for item in items_of(node))


def continues(last: Node, following: Node) -> bool:
    """Whether a letter or digit would be heard as one more index, as the j of "x sub i j"."""
    if isinstance(last, Num) or isinstance(following, Num):
        return isinstance(last, Num) and isinstance(following, Num)
    if not isinstance(last, Ident) or not isinstance(following, Ident) or following.font or last.font:
        return False
    return any(last.text in family and following.text in family for family in _FAMILIES)


def is_run(node: Node) -> bool:
    """Whether letters and digits are heard as one index although nothing ends it."""
    items = items_of(node)
    if len(items) == 1:
        return is_plain(items[0])
    return bool(items) and all(continues(one, other) for one, other in itertools.pairwise(items))


def is_plain(node: Node) -> bool:
    """A letter or a number."""
    return isinstance(node, Num) or (isinstance(node, Ident) and len(node.text) == 1)


def is_argument(node: Node) -> bool:
    """What "f of" is said before: a letter or a number, which may have marks, primes and a simple index."""
    if isinstance(node, Script):
        if node.sup is not None and any(item != _PRIME for item in items_of(node.sup)):
            return False
        return (node.sub is None or is_run(node.sub)) and is_argument(node.base)
    if isinstance(node, Accent):
        return is_plain(node.base)
    return is_plain(node)


def is_product(node: Node) -> bool:
    """What "sine of" is said before: single things side by side, without differentials."""
    items = items_of(node)
    return (
        node != EMPTY
        and len(items) <= LONG
        and all(_is_factor(item) for item in items)
        and not any(differential_sign(item) == "d" for item in items[1:])
    )


def _is_factor(node: Node) -> bool:
    if isinstance(node, Script):
        return _is_factor(node.base) and size(node) <= TERM
    return is_plain(node) or (isinstance(node, Accent) and size(node) == ATOM)


def is_leibniz(num: Node, den: Node) -> bool:
    """Whether "d y by d x" says a fraction: d or ∂ and at most one thing above, pairs of d and a variable below."""
    above, below = items_of(num), items_of(den)
    if not 0 < len(above) <= 2 or len(below) % 2 or not below:
        return False
    sign = differential_sign(above[0])
    if not sign or any(differential_sign(item) != sign for item in below[::2]):
        return False
    rest = (*above[1:], *below[1::2])
    return all(is_variable(item) for item in rest)


def is_variable(node: Node) -> bool:
    """A letter with marks, simple indices and powers, but no d."""
    if differential_sign(node):
        return False
    if isinstance(node, Script):
        parts = (part for part in (node.sub, node.sup) if part is not None)
        return is_variable(node.base) and all(is_run(part) for part in parts)
    return isinstance(node, Ident) and len(node.text) == 1 or isinstance(node, Accent) and is_plain(node.base)


_PRIME: Final = Sym("′")


def split_cells(items: Sequence[Node]) -> list[list[Node]]:
    """The cells of a row of a table between commas that stand in no brackets. A comma at the end is kept."""
    cells: list[list[Node]] = [[]]
    depth = 0
    for at, item in enumerate(items):
        cls = outer_class(item)
        depth += (cls == "open") - (cls == "close")
        if item == _COMMA and not depth and at + 1 < len(items):
            cells.append([])
        else:
            cells[-1].append(item)
    return cells


_COMMA: Final = Sym(",", "punct")


def is_exponent(node: Node) -> bool:
    """Whether this reads as a power, and not as an index put above."""
    items = items_of(node)
    if isinstance(items[0], Sym) and items[0].cls in ("open", "rel", "punct", "bin"):
        return items[0].cls == "bin" and items[0].text == "−" and len(items) > 1
    signs = any(isinstance(item, Sym) and item.cls in ("rel", "punct") for item in items)
    return not signs and not isinstance(items[-1], Sym)
