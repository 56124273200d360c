"""Which letters are one subscript when they are spoken side by side: "x sub i j" is, "a sub n x" is not.

Counted in pairs of speech and formula: small Latin letters nearly always belong together, unless the second is a
variable; capitals belong together, and so do Greek letters; a capital after a small letter is the next factor.
"""

from __future__ import annotations

from typing import Literal

from ...nodes import Ident, Node

_VARIABLES = frozenset("xyzf")
"""Letters that are mostly a factor or a function of their own."""

_INDICES = frozenset("ijklmnpqrst")

LetterKind = Literal["small", "variable", "capital", "greek"]


def kind_of(letter: Ident) -> LetterKind:
    """What a letter mostly stands for."""
    if not letter.text.isascii() and letter.text != "ℓ":
        return "greek"
    if letter.text.isupper():
        return "capital"
    return "variable" if letter.text in _VARIABLES else "small"


def go_together(first: Node, second: Node, *, ending: bool) -> bool:
    """Whether two letters side by side are one subscript; `ending` says that the second ends a part of the formula."""
    if not isinstance(first, Ident) or not isinstance(second, Ident):
        return False
    match kind_of(first), kind_of(second):
        case ("small", "small") | ("variable", "variable") | ("variable", "small"):
            return True
        case ("capital", "capital") | ("greek", "greek"):
            return True
        case ("small", "greek"):
            return ending and first.text in _INDICES
        case _:
            return False
