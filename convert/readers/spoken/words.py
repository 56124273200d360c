"""Text → words: casing, punctuation, hyphens, digits glued to letters, symbols among the words."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from ...source import Span


class Word(NamedTuple):
    """A word, number or sign. `text` is as written, `lower` folded, `glued` says that no blank stands before it."""

    text: str
    lower: str
    span: Span
    glued: bool


_WORD = re.compile(
    r"\\[A-Za-z]+"
    r"|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+\.\d+|\.\d+|\d+"
    r"|[^\W\d_²³]+(?:['’](?:s|t|re|ll|ve|d|m)(?![^\W\d_]))?"
    r"|<=|>=|!=|:=|->|\.\.\.|…"
    r"|\S"
)
_FOLD = str.maketrans({"ё": "е", "’": "'", "–": "-", "—": "-", "‐": "-", "‑": "-"})


@lru_cache(4096)
def fold(word: str) -> str:
    """A word without its casing, in the spelling that the tables have."""
    return word.lower().translate(_FOLD)


def _with_plain_digits(word: str) -> str:
    """A number in the digits of another script in our own."""
    return word if word.isascii() else "".join(str(unicodedata.decimal(char, char)) for char in word)


def split(text: str) -> list[Word]:
    """The words of a text with their spans."""
    words: list[Word] = []
    end = -1
    for match in _WORD.finditer(text):
        start, stop = match.span()
        written = _with_plain_digits(match[0])
        words.append(Word(written, fold(written), (start, stop), start == end))
        end = stop
    return words
