"""Where people mean something else by words that our own writer says: the reading of people's words goes first there.

The writer says "B sub k plus 1" for B_k + 1, and an end where the sum belongs to the index. People leave the end out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...nodes import Accent, Ident, Node, Num, Row, Script, Sym, walk

_TIMES: Final = Sym("×", "bin")
_COMMA: Final = Sym(",", "punct")
_SQUARE: Final = Sym("□")
_FACTORIAL: Final = Sym("!", "close")
_ONE: Final = Num("1")
_SIGNS: Final = (Sym("+", "bin"), Sym("−", "bin"))


def is_doubtful(node: Node) -> bool:
    """Whether people would mean another formula by the words for this one."""
    for part in walk(node):
        if isinstance(part, Row) and any(_is_doubtful_at(part.items, at) for at in range(len(part.items) - 1)):
            return True
        # "Square" is mostly a power, and a mark belongs to a letter.
        if part == _SQUARE or (isinstance(part, Accent) and isinstance(part.base, Sym)):
            return True
    return False


def _is_doubtful_at(items: Sequence[Node], at: int) -> bool:
    item, following, third = items[at], items[at + 1], items[at + 2] if at + 2 < len(items) else None
    if item == _TIMES:
        # "Times" is mostly said for factors side by side.
        return not (at and isinstance(items[at - 1], Num) and isinstance(following, Num))
    if following == _FACTORIAL:
        # "n minus k factorial"
        return at > 1 and items[at - 1] == _SIGNS[1] and isinstance(items[at - 2], Ident)
    if not isinstance(item, Script):
        return False
    if item.base == Ident("e") and item.sub is None and isinstance(item.sup, Ident | Num):
        # The exponent of e reaches far.
        return following in _SIGNS or isinstance(following, Ident | Script)
    last = item.sup if item.sup is not None else item.sub
    if following in _SIGNS:
        return isinstance(last, Ident) and third == _ONE
    return item.sup is None and isinstance(last, Ident | Num) and following == _COMMA and isinstance(third, Ident | Num)
