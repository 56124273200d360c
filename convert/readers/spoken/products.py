"""Products of sums that are said without brackets: "x minus 2 times x plus 1", "m times x minus x one"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...nodes import Ident, Num, Script, Sym
from .fractions import Items, Piece

_DELTAS = (Ident("δ"), Ident("Δ"))


def are_sums(pieces: Sequence[Piece], at: int) -> bool:
    """Whether both factors of the product at an index are sums: they begin alike, as in "a minus b times a plus b"."""
    signed = at > 2 and pieces[at - 2].kind == "sign" and _is_letter(pieces, at)
    return signed and pieces[at - 3].items == _after(pieces, at)


def is_sum(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a sum is multiplied: one that stood in brackets before, or a letter less the same one with an index."""
    if not _is_letter(pieces, at) or at + 3 >= len(pieces):
        return False
    term, letter = pieces[at + 3].items, _after(pieces, at)[0]
    less = pieces[at + 2].items == [Sym("−", "bin")]
    if less and len(term) == 1 and isinstance(term[0], Script) and term[0].base == letter and term[0].sub is not None:
        return term[0].sup is None and not pieces[at + 2].paused
    said = [*_after(pieces, at), *pieces[at + 2].items, *term]
    return pieces[at - 1].items[1:-1] == said


def sign(pieces: Sequence[Piece], at: int) -> Literal["dot", "cross"] | None:
    """The sign of a product that is mostly written: before "delta x" and decimals, None where there is no rule."""
    following = [item for piece in pieces[at + 1 : at + 3] if piece.kind == "factor" for item in piece.items]
    first, second = (*following, None, None)[:2]
    if first in _DELTAS and isinstance(second, Ident):
        return "dot"
    return "cross" if isinstance(first, Num) and "." in first.text else None


def _is_letter(pieces: Sequence[Piece], at: int) -> bool:
    after = _after(pieces, at)
    return len(after) == 1 and isinstance(after[0], Ident)


def _after(pieces: Sequence[Piece], at: int) -> Items:
    return pieces[at + 1].items
