"""Words → what an engine has to be given so that mathematics sounds right.

Letters are said by their names ("a" is no article), signs by their words, and what an engine would say wrong by the
table pronunciation.toml. What comes out holds letters, digits and punctuation only: no text from outside becomes
markup or phoneme codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from ..convert import toml_tables
from ..convert.numerals import numbers
from ..convert.phrases import Language, exact, natural

EngineName: TypeAlias = Literal["espeak", "flite"]

_TABLE: Final = "pronunciation.toml"
_TOKEN: Final = re.compile(
    r"(?P<ordinal>[A-Za-z]-?th(?![^\W_]))"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<blank>\s+)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_PUNCTUATION: Final = frozenset(".,;:!?'’-–—…")
_WORD: Final = re.compile(r"[a-zа-яё]+")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Pronunciation(NamedTuple):
    """The part of the table for one engine and language."""

    letters: Mapping[str, str]
    words: Mapping[str, str]
    in_brackets: bool
    """Whether the entries are phonemes, which stand in double brackets."""

    def entry(self, word: str, table: Mapping[str, str]) -> str:
        """The word as the table has it, or else as it is."""
        found = table.get(word.lower())
        if found is None:
            return word
        return f"[[{found}]]" if self.in_brackets else found


@cache
def _table() -> Any:
    return toml_tables.parse(files(__package__).joinpath(_TABLE).read_text("utf-8"), _TABLE)


@cache
def pronunciation(engine: EngineName, language: Language) -> Pronunciation:
    """The table for one engine and language."""
    part = _table()[language][engine]
    return Pronunciation(part["letters"], part["words"], in_brackets=engine == "espeak")


def respelled(text: str, engine: EngineName, language: Language, *, spelled: bool = False) -> str:
    """The text as the engine is to read it; with `spelled` every character of it is a letter or sign of a formula."""
    said = pronunciation(engine, language)
    if spelled:
        return " ".join(_letter(char, said, language) for char in text if not char.isspace())
    pieces = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        match match.lastgroup:
            case "ordinal":
                whole = token.replace("-", "").lower()
                pieces.append(said.entry(whole, said.words) if whole in said.words else token)
            case "word" if len(token) > 1:
                # MathSpeak writes "StartFraction".
                pieces.append(" ".join(said.entry(word, said.words) for word in _HUMP.split(token)))
            case "word":
                is_letter = token not in "Aa" or language != "en" or _is_letter(text[match.end() :])
                pieces.append(_letter(token, said, language) if is_letter else token)
            case "number":
                pieces.append(numbers(language).spoken(token))
            case "blank":
                pieces.append(" ")
            case _:
                pieces.append(_sign(token, said, language, text[match.end() :]))
    return " ".join("".join(pieces).split())


def _letter(char: str, said: Pronunciation, language: Language) -> str:
    if not char.isalnum():
        return _sign(char, said, language, "")
    # A voice does not know the letters of other alphabets, or says them in a foreign accent.
    foreign = char.isalpha() and (not char.isascii() if language == "en" else not "а" <= char.lower() <= "ё")
    leaves = natural(language).leaves
    name = leaves.get(char.lower(), leaves.get(char, "")) if foreign else ""
    if name:
        return " ".join(said.entry(word, said.words) for word in name.split())
    return said.entry(char, said.letters)


def _sign(char: str, said: Pronunciation, language: Language, after: str) -> str:
    """A sign among the words: punctuation is left to the voice, others are said."""
    if char in _PUNCTUATION and not (char == "-" and after[:1].isspace()):
        return "'" if char == "’" else char
    words = natural(language).leaves.get("−" if char == "-" else char, "")
    return f" {' '.join(said.entry(word, said.words) for word in words.split())} "


def _is_letter(after: str) -> bool:
    """Whether an English "a" before this text is the letter: before the words of formulas, and at the end."""
    following = _WORD.match(after.lstrip().lower())
    return following is None or len(following[0]) == 1 or following[0] in _formula_words()


@cache
def _formula_words() -> frozenset[str]:
    """The English words that formulas are said with, but for those before which an article is likelier."""
    phrases = natural("en")
    spoken = {word for template in phrases.templates.values() for slot in template for word in slot.words.split()}
    for table in (phrases.leaves, phrases.between, phrases.marks, phrases.nato):
        spoken |= {word for words in table.values() for word in words.split()}
    spoken.update(phrases.primes, *exact("en").entries)
    return frozenset(spoken) - frozenset(_table()["en"]["after_article"])
