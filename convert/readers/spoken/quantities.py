"""Quantities called by their names: "force equals mass times acceleration" is F = ma.

The names and letters are tables/quantities.toml. What only tells whose quantity it is belongs to the name: "the area
of a circle" is A, "the final velocity" is v, and "a mass m" is m.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .lexicon import Token
from .words import fold

_OWNER: Final = frozenset(("of", "in", "on", "for", "from", "between", "at"))
"""Words before what the quantity belongs to."""

_QUANTITY: Final = frozenset(("quantity_name",))
_SYMBOL: Final = 4
"""How many tokens a symbol and its relation may have: "rho prime equals"."""

_NOUNS: Final = frozenset("equation equations formula function law rule element уравнение формула функция".split())
_ARTICLES: Final = frozenset(("a", "an", "the", "any", "this"))
_ADJECTIVES: Final = 2
"""How many unknown words before a quantity may belong to its name."""


def told(heard: Sequence[Token]) -> list[Token]:
    """The tokens with each quantity and what only says whose it is as one."""
    out: list[Token] = []
    last = max((at for at, token in enumerate(heard) if token.senses.keys() == _QUANTITY), default=0)
    at = 0
    while at < len(heard):
        token = heard[at]
        end = at + 1
        if token.senses.keys() == _QUANTITY:
            if _is_attribute(heard, at, last) or _is_explained(heard, at):
                token = token._replace(senses={"word": token.word})
            else:
                end = _owner_end(heard, at + 1)
                first = _adjectives(out)
                start = out[first].start if first < len(out) else token.start
                words = [part.word for part in (*out[first:], *heard[at:end])]
                del out[first:]
                token = Token(token.senses, " ".join(words), start, heard[end - 1].end)
                if _is_letter(heard, end):
                    at = end
                    continue
        out.append(token)
        at = end
    return out


def _is_attribute(heard: Sequence[Token], at: int, last: int) -> bool:
    """Whether a noun follows that the quantity only describes: "force field", "heat equation: …".

    In "the kinetic energy formula equals one half mass …" it is the quantity itself, since others follow up to `last`.
    """
    if at + 1 >= len(heard):
        return False
    if fold(heard[at + 1].word) in _NOUNS:
        return last < at + 2
    return "word" in heard[at + 1].senses


def _is_explained(heard: Sequence[Token], at: int) -> bool:
    """Whether it only says what a letter is: "epsilon equals permittivity"."""
    if at + 1 < len(heard) and not (at + 2 == len(heard) and "pause" in heard[-1].senses):
        return False
    before = [token for token in heard[:at] if "skip" not in token.senses]
    is_symbol = all("word" not in token.senses and token.senses.keys() != _QUANTITY for token in before)
    return 2 <= len(before) <= _SYMBOL and before[-1].senses.get("rel") == "equals" and is_symbol


def _adjectives(out: Sequence[Token]) -> int:
    """Where the unknown words begin that stand at the end of what was read."""
    first = len(out)
    while first and len(out) - first < _ADJECTIVES and "word" in out[first - 1].senses:
        first -= 1
    return first


def _owner_end(heard: Sequence[Token], at: int) -> int:
    """Where "formula" or "of a circle" ends behind a quantity; `at` where nothing of the kind follows."""
    if at < len(heard) and fold(heard[at].word) in _NOUNS:
        return at + 1
    while (end := _one_owner_end(heard, at)) > at:
        at = end
    return at


def _one_owner_end(heard: Sequence[Token], at: int) -> int:
    if at >= len(heard) or heard[at].word.lower() not in _OWNER:
        return at
    end = at + 1
    article = False
    while end < len(heard) and heard[end].word.lower() in _ARTICLES:
        article, end = True, end + 1
    named = end
    while named < len(heard) and _is_noun(heard[named], article and named == end):
        named += 1
    return named if named > end else at


def _is_noun(token: Token, after_article: bool) -> bool:
    if "word" in token.senses or token.senses.keys() == _QUANTITY:
        return True
    return after_article and token.word.isalpha() and len(token.word) > 1


def _is_letter(heard: Sequence[Token], at: int) -> bool:
    """Whether the letter of the quantity is said itself."""
    return at < len(heard) and "id" in heard[at].senses and len(heard[at].word) == 1
