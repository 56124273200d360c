"""How far an argument reaches that has no brackets, by the words after it.

Counted in English pairs of speech and formula: "mu of A union B", "delta of t minus t prime", "f of x plus delta x" and
"f of one plus x" have arguments of more than one letter; after "f of x plus 1" the formula goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from ... import symbols
from ...nodes import Ident, Node, Num
from .letters import kind_of
from .lexicon import Token

_OF_SETS: Final = frozenset(("cup", "cap", "circ"))
_MARKS: Final = frozenset(("prime", "double_prime", "sub", "num", "naught", "star", "mark"))
_ENDS: Final = frozenset(("rel", "close", "sum", "mul", "over", "divided"))
_APPLIED: Final = frozenset(("fn", "word_fn", "big", "of"))
_POWERS: Final = frozenset(("squared", "cubed"))
_OPERANDS: Final = frozenset(("id", "num", "frac", "of", "over", "by", "divided", "to_the", "power_of"))
_SCRIPTS: Final = 7
"""How many tokens a letter and its scripts may have."""


def is_set_operation(tokens: Sequence[Token], at: int) -> bool:
    """Whether "union B" or the like at an index joins an argument: what stands behind it is no function."""
    return _sense(tokens, at, "mul") in _OF_SETS and "id" in _senses(tokens, at + 1) and not is_applied(tokens, at + 1)


def is_sum(tokens: Sequence[Token], at: int, argument: Node) -> bool:
    """Whether the sign at an index joins an argument: "t minus t prime", "x plus delta x", "one minus x"."""
    if _sense(tokens, at, "sum") not in ("plus", "minus") or is_applied(tokens, at + 1):
        return False
    name, after = _sense(tokens, at + 1, "id"), _senses(tokens, at + 2)
    if argument == Num("1"):
        return name is not None and name not in ("c", "C")
    if not isinstance(argument, Ident) or name is None:
        return False
    if is_increment(tokens, at + 1):
        return kind_of(argument) != "greek"
    return _letter(name) == argument.text and not _MARKS.isdisjoint(after)


def is_increment(tokens: Sequence[Token], at: int) -> bool:
    """Whether "delta x" stands at an index."""
    after = _sense(tokens, at + 1, "id")
    return _sense(tokens, at, "id") in ("delta", "capdelta") and after is not None and len(after) == 1


def brackets(tokens: Sequence[Token]) -> Literal["all", "none", ""]:
    """How functions are written that are said with "of" here and without it there: all alike.

    "Sine of x plus cosine x" has brackets, "cosine of 2 u equals 1 minus 2 sine squared u" none.
    """
    letters = multiples = bare = 0
    for at, token in enumerate(tokens):
        if "fn" not in token.senses or "id" in token.senses:
            continue
        after = at + 1
        while not _POWERS.isdisjoint(_senses(tokens, after)):
            after += 1
        if "of" not in _senses(tokens, after):
            bare += "id" in _senses(tokens, after) or "num" in _senses(tokens, after)
            continue
        number, letter = _senses(tokens, after + 1), _senses(tokens, after + 2)
        behind = _senses(tokens, after + 3) if "sum" in letter else letter
        if "id" in number and _OPERANDS.isdisjoint(behind) and _OPERANDS.isdisjoint(letter):
            letters += 1
        elif "num" in number and "id" in letter and "sum" not in _senses(tokens, after + 3):
            multiples += 1
        else:
            return ""
    if not bare:
        return ""
    return "all" if letters else "none" if multiples else ""


def is_applied(tokens: Sequence[Token], at: int) -> bool:
    """Whether a term at an index has a function: its name, or a letter with "of" behind it and its scripts."""
    for ahead in range(at, min(at + _SCRIPTS, len(tokens))):
        senses = tokens[ahead].senses
        if not _APPLIED.isdisjoint(senses):
            return True
        if not _ENDS.isdisjoint(senses):
            return False
    return False


def _letter(name: str) -> str:
    symbol = symbols.by_name(name) if len(name) > 1 else None
    return name if symbol is None else symbol.char


def _senses(tokens: Sequence[Token], at: int) -> Mapping[str, str]:
    return tokens[at].senses if at < len(tokens) else {}


def _sense(tokens: Sequence[Token], at: int, kind: str) -> str | None:
    return _senses(tokens, at).get(kind)
