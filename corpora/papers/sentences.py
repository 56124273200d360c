"""Prose into sentences, with the formulas that stand in them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

PLAIN: Final = "\ue008"
"""Stands for a formula while prose is cut into sentences."""
ENDING: Final = "\ue009"
"""Stands for a formula that ends with a full stop."""

_BREAK: Final = re.compile(
    rf"(?P<end>[.!?…][\"'”’)\]]*|{ENDING}[)\]]*)\s+(?=[\"“‘(\[]*(?P<next>[^\W\d_a-zа-яß-ÿ]|\d|{PLAIN}|{ENDING}))"
)
_LAST_WORD: Final = re.compile(r"(?:^|[\s(\[“~\u00a0])([^\s(\[“~\u00a0]*)$")
_INITIAL: Final = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_a-zа-я]\.|\d{1,3}\.")


@cache
def abbreviations() -> frozenset[str]:
    """Words that end with a full stop inside a sentence, in small letters."""
    text = files("panmath.corpora.papers").joinpath("abbreviations.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def split(text: str) -> list[str]:
    """The sentences of a paragraph, of which nothing but blanks between them is lost."""
    found: list[str] = []
    start = 0
    for match in _BREAK.finditer(text):
        if match["end"][0] == ENDING:
            # A formula after a formula with a full stop does not tell whether a sentence begins.
            if match["next"] in (PLAIN, ENDING) or match["next"].isdigit():
                continue
        elif match["end"] == "." and _goes_on(text, start, match):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    last = text[start:].strip()
    return [*found, last] if last else found


def _goes_on(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a full stop belongs to a word and not to the sentence."""
    word = _LAST_WORD.search(text[max(start, match.start() - 20) : match.start() + 1])
    if word is None:
        return False
    if word[1].lower() in abbreviations():
        return True
    if _INITIAL.fullmatch(word[1]):
        # The number or letter of something (Theorem 2., part A.) ends a sentence, initials of a name do not.
        return not word[1][0].isdigit() or match.start() - start < 5
    return match["next"].isdigit() and word[1].lower() in ("no.", "p.", "pp.", "vol.", "ch.", "art.")
