"""What a fraction covers when nobody says: the likelier of two, by what stands above and below.

Counted in pairs of speech and formula: "x squared minus 1 over x minus 1" covers both sums, "1 plus r over n" only the
last term, as most sums do where a letter stands below; a sine above joins its sum ("1 minus cosine x over x").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from ...nodes import Frac, Ident, Node, Num, Operator, Root, Script, Sym, walk

Items: TypeAlias = list[Node]
PieceKind: TypeAlias = Literal["factor", "operator", "sign", "mul", "rel", "over", "punct", "text"]
Reach: TypeAlias = Literal["term", "sum"]

_PI = Ident("π")
_ONE = Num("1")
_MINUS, _PLUS = Sym("−", "bin"), Sym("+", "bin")
_FACTORIAL = Sym("!", "close")
_CONSTANTS: tuple[Items, ...] = ([Ident("C")], [Ident("c")])


class Piece(NamedTuple):
    """A part of a level. `note` is the word behind a product or a fraction, `paused` whether a comma is before it."""

    kind: PieceKind
    items: Items
    note: str = ""
    paused: bool = False


def numerator(pieces: Sequence[Piece], whole: int, at: int, total: int) -> Reach:
    """Whether all of "a plus b" stands over, or only "b".

    `whole` is where the sum begins, `at` where "over" stands, `total` how many fractions there are on this side.
    """
    above = pieces[whole:at]
    signs = [piece for piece in above if piece.kind == "sign"]
    below = pieces[at + 1].items
    signed_below = any(piece.kind == "sign" for piece in pieces[at + 2 :])
    if signs and pieces[at].paused:
        return "sum"
    if total > 1:
        return "term"
    if not signs:
        return "sum" if _is_product_over_number(above, pieces[at + 1 :]) else "term"
    if any(repeats(above, index) for index, piece in enumerate(above) if piece.note == "times" and index):
        return "sum"
    factors = [piece for piece in above if piece.kind == "factor"]
    if len(factors) > 1 and not signed_below and all(map(begins_with_number, factors)):
        return "term"
    if _is_antiderivative(pieces[at - 1].items, below):
        return "term"
    last = pieces[at - 1].items[-1] if pieces[at - 1].items else None
    alone = pieces[at - 2].kind != "factor"
    if alone and isinstance(last, Root) and isinstance(last.radicand, Num) and begins_with_number(pieces[at + 1]):
        return "term"
    plus_number = isinstance(last, Num) and signs[-1].items == [_PLUS] and not signed_below
    if signed_below or len(pieces) > at + 2 or any(piece.note == "limit" for piece in pieces[:whole]):
        return "term" if alone and plus_number else "sum"
    return _over_factor(above, below)


def _over_factor(above: Sequence[Piece], below: Items) -> Reach:
    """The same where a single factor stands below a sum."""
    end = max(index for index, piece in enumerate(above) if piece.kind == "sign")
    first, last = above[:end], [item for piece in above[end + 1 :] for item in piece.items]
    if any(isinstance(item, Operator) or isinstance(item, Script) and isinstance(item.base, Operator) for item in last):
        return "sum"
    if _is_applied(last) and _is_applied(above[end - 1].items):
        return "sum"
    if _PI in last:
        return "term"
    if isinstance(last[-1], Num):
        return "term" if above[end].items == [_PLUS] else "sum"
    if len(first) == 1 and first[0].items == [_ONE]:
        return "term"
    if len(below) == 1 and isinstance(below[0], Num):
        return "sum"
    plain = len(above) == 3 and all(isinstance(item, Ident) for item in (*first[0].items, *last, *below))
    return "sum" if plain else "term"


def _is_product_over_number(above: Sequence[Piece], rest: Sequence[Piece]) -> bool:
    """Whether it is "n times m over 2": the number divides all of the product, though not what is multiplied by pi.

    So does a factorial.
    """
    if not any(piece.note == "times" for piece in above) or len(rest) != 1:
        return False
    if rest[0].items[-1:] == [_FACTORIAL]:
        return True
    if len(rest[0].items) != 1:
        return False
    factors = [piece.items for piece in above if piece.kind == "factor"]
    return isinstance(rest[0].items[0], Num) and not any(_PI in items for items in factors)


def _is_bracketed(items: Items) -> bool:
    """Whether brackets were said around it."""
    return len(items) > 2 and isinstance(items[0], Sym) and items[0].text == "("


def _is_applied(items: Items) -> bool:
    """Whether it is "f of x" or has other brackets."""
    return any(isinstance(item, Sym) and item.cls == "open" for item in items)


def _is_antiderivative(last: Items, below: Items) -> bool:
    """Whether the number below is the power above: "x cubed over 3", "cosine cubed of x over 3"."""
    if len(below) != 1 or not isinstance(below[0], Num) or not last:
        return False
    power = last[0] if isinstance(last[0], Script) and isinstance(last[0].base, Operator) else last[-1]
    return isinstance(power, Script) and power.sup == below[0]


def denominator(pieces: Sequence[Piece], left: int, at: int, run: int, integral: bool) -> Reach:
    """Whether all of "c plus d" stands under, or only "c": the numerator begins at `left`, the sign stands at `run`.

    An `integral` before it has a constant at its end.
    """
    if pieces[run].paused or run == at + 2 and _is_bracketed(pieces[at + 1].items):
        return "term"
    below = pieces[at + 1].items
    rest = pieces[run + 1 :]
    constant = len(rest) == 1 and rest[0].items in _CONSTANTS
    if integral and constant and pieces[run].items == [_PLUS]:
        return "term"
    if run == at + 2 and len(below) == 1 and isinstance(below[0], Num) and below[0] != _ONE:
        return "sum" if _is_difference(pieces[left:at], pieces[run:]) else "term"
    before = [index for index, piece in enumerate(pieces[:at]) if piece.kind == "sign" and index > 0]
    return "term" if before and left > before[0] else "sum"


def _is_difference(above: Sequence[Piece], rest: Sequence[Piece]) -> bool:
    """Whether a number less a letter stands below: "1 over 4 minus x squared", "gamma over 2 minus gamma"."""
    if len(above) != 1 or len(rest) != 2 or rest[0].items != [_MINUS] or len(rest[1].items) != 1:
        return False
    letters = {node for node in walk(rest[1].items[0]) if isinstance(node, Ident)}
    return bool(letters) and _PI not in letters and above[0].items in ([_ONE], *([name] for name in letters))


def is_share(items: Items) -> bool:
    """Whether it is a fraction of two numbers, said as one: "one half", which is a factor of the next fraction."""
    fraction = items[0] if len(items) == 1 else None
    return isinstance(fraction, Frac) and isinstance(fraction.num, Num) and isinstance(fraction.den, Num)


def begins_with_number(piece: Piece) -> bool:
    """Whether the first is a number; what was not understood is empty."""
    return bool(piece.items) and isinstance(piece.items[0], Num)


def repeats(pieces: Sequence[Piece], at: int) -> bool:
    """Whether it is "n times n plus 1", with the product at an index."""
    return len(pieces) > at + 3 and pieces[at - 1].items == pieces[at + 1].items and begins_with_number(pieces[at + 3])
