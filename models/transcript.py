"""The notation in which the models for speech write: words in lower case without punctuation, numbers in words."""

from __future__ import annotations

import re

from panmath.convert.numerals import numbers
from panmath.convert.phrases import Language

_PIECE = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,]\d+)*|\S")
_SILENT = frozenset(".,;:!?-–—…'\"()")
_ALPHABETS: dict[Language, re.Pattern[str]] = {"en": re.compile(r"[a-z']+"), "ru": re.compile(r"[а-я]+")}


def transcript(text: str, language: Language) -> str | None:
    """What one hears when a text is read; None for one with signs or letters that have no sure reading."""
    words: list[str] = []
    for piece in _PIECE.findall(text.lower().replace("ё", "е").replace("’", "'")):
        if piece in _SILENT:
            continue
        said = numbers(language, "words").spoken(piece.rstrip(".,")) if piece[0].isdecimal() else piece
        words += said.replace("-", " ").lower().replace("ё", "е").split()
    return " ".join(words) if all(_ALPHABETS[language].fullmatch(word) for word in words) else None


def written_in(piece: str, language: Language) -> bool:
    """Whether a piece of a word can stand in a text of the language."""
    other = _ALPHABETS["ru" if language == "en" else "en"]
    return other.search(piece) is None
