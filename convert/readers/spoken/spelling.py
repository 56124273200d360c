"""Words spelt nearly right, and words written as one: "squre" is "square", "sqrtx" is "sqrt x".

Recognisers write them, and people who type.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Final

from ...distance import levenshtein
from .words import Word

_SHORTEST: Final = 4
_SHORT: Final = frozenset(("sub", "под"))
"""The first of two words that are written as one has so many letters at least, or is one of these."""

_LONGEST: Final = 40
"""Longer words are not taken apart."""

_ERRORS: Final = ((9, 2), (6, 1))
_LACKING: Final = 5
"""In words of so many letters two may differ, or one; a shorter one may only lack a letter, and has five or more."""


def righted(word: Word, vocabulary: frozenset[str], spelt: frozenset[str]) -> Word:
    """A word that is not in the vocabulary in the singular, or spelt as the nearest of those that may be meant."""
    if word.lower in vocabulary or not word.lower.isalpha():
        return word
    if len(word.lower) >= _LACKING and word.lower.removesuffix("s") in vocabulary:
        return word._replace(lower=word.lower.removesuffix("s"))
    near = nearest(word.lower, spelt)
    return word if near is None else word._replace(lower=near)


def parted(word: Word, symbols: Collection[str]) -> tuple[Word, ...]:
    """The two words that a longer one is made of, of which the first is a symbol and the second one or a letter."""
    text, (start, end) = word.lower, word.span
    if len(text) > _LONGEST:
        return (word,)
    for at in range(len(text) - 1, 2, -1):
        if at < _SHORTEST and text[:at] not in _SHORT:
            return (word,)
        if text[:at] in symbols and (at == len(text) - 1 or text[at:] in symbols):
            first = Word(word.text[:at], text[:at], (start, start + at), word.glued)
            return first, Word(word.text[at:], text[at:], (start + at, end), True)
    return (word,)


def nearest(word: str, others: frozenset[str]) -> str | None:
    """The one of the other words from which a longer one differs by few letters, None where there is no single one.

    Both begin and end in the same letters: "functional" is no "function".
    """
    allowed = next((errors for length, errors in _ERRORS if len(word) >= length), 0)
    if not allowed and len(word) < _LACKING:
        return None
    shelves = _shelves(others)
    lengths = range(len(word) - allowed, len(word) + allowed + 1) if allowed else (len(word) + 1,)
    allowed = max(allowed, 1)
    near = (other for length in lengths for other in shelves.get((word[0], length), ()) if word[-1] == other[-1])
    best = heapq.nsmallest(2, ((levenshtein(word, other), other) for other in near))
    if not best or best[0][0] > allowed or len(best) > 1 and best[1][0] == best[0][0]:
        return None
    return best[0][1]


@cache
def _shelves(words: frozenset[str]) -> Mapping[tuple[str, int], Sequence[str]]:
    """Words by their first letter and their length."""
    shelves: dict[tuple[str, int], list[str]] = {}
    for word in words:
        shelves.setdefault((word[0], len(word)), []).append(word)
    return shelves
