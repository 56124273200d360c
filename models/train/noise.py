"""What becomes of words on their way through people and recognisers: other words for the same, and words misheard.

Both come from the tables by which the rule reader understands them (`tables/heard.*.toml`), read backwards.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple

from panmath.convert.readers.spoken.lexicon import alternatives

_DROPPED = frozenset(("skip",))
_SAYINGS = ("rel", "sum", "mul", "ord", "letter", "fn", "word_fn", "big", "mark", "font", "set", "open", "close", "key")
_DIGITS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve".split(),
    "ru": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать".split(),
}


class Noise(NamedTuple):
    """How often each thing happens to a phrase or word, from 0 to 1."""

    other_words: float
    dropped: float
    misheard: float
    letter_names: float
    digits: float
    punctuation: float
    case: float


class Sayings(NamedTuple):
    """The tables, the other way round."""

    same: Mapping[str, Sequence[str]]
    """All phrases that mean the same, by each of them."""
    dropped: frozenset[str]
    misheard: Mapping[str, Sequence[str]]
    """What is written for a word by mistake."""
    names: Mapping[str, Sequence[str]]
    """Names of Latin letters, as recognisers write them."""


@cache
def sayings(language: str) -> Sayings:
    """The sayings of a language."""
    table: dict[str, Any] = tomllib.loads(
        files("panmath.convert").joinpath("tables", f"heard.{language}.toml").read_text(encoding="utf-8")
    )
    same: dict[str, list[str]] = {}
    for section in _SAYINGS:
        for patterns in table[section].values():
            phrases = [phrase for pattern in patterns for phrase in alternatives(pattern)]
            for phrase in phrases:
                same.setdefault(phrase, phrases)
    dropped = {phrase for pattern in table["skip"]["words"] for phrase in alternatives(pattern)}
    misheard: dict[str, list[str]] = {}
    for word, meaning in table["heard"].items():
        what, _, cost = meaning.partition(" ")
        if int(cost) <= 2:
            misheard.setdefault(what, []).append(word)
    names = {letter: [n for p in patterns for n in alternatives(p)] for letter, patterns in table["latin"].items()}
    return Sayings(same, frozenset(dropped), misheard, names)


def disturbed(phrases: Sequence[str], language: str, random: Random, noise: Noise) -> str:
    """Phrases as somebody else would say them and a recogniser write them."""
    known = sayings(language)
    said: list[str] = []
    for phrase in phrases:
        plain = phrase.lower()
        if (plain in known.dropped or plain.startswith(("end ", "конец "))) and random.random() < noise.dropped:
            continue
        if plain in known.same and random.random() < noise.other_words:
            phrase = random.choice(known.same[plain])
        said += phrase.split()
    return _written([_word(word, known, language, random, noise) for word in said], random, noise)


def _word(word: str, known: Sayings, language: str, random: Random, noise: Noise) -> str:
    plain = word.lower()
    if len(word) == 1 and word.isalpha() and plain in known.names and random.random() < noise.letter_names:
        return random.choice(known.names[plain])
    if plain in known.misheard and random.random() < noise.misheard:
        return random.choice(known.misheard[plain])
    numbers = _DIGITS[language]
    if random.random() < noise.digits:
        if word.isdecimal() and int(word) < len(numbers) and str(int(word)) == word:
            return numbers[int(word)]
        if word in numbers:
            return str(numbers.index(word))
    return word


def _written(words: list[str], random: Random, noise: Noise) -> str:
    if noise.case and random.random() < noise.case:
        change = random.choice((str.lower, str.upper))
        words = [change(word) if len(word) == 1 else word for word in words]
    out = [word + random.choice((",", ",", ".")) if random.random() < noise.punctuation else word for word in words]
    text = " ".join(out)
    if noise.punctuation and random.random() < 0.5:
        text = text[:1].upper() + text[1:] + "."
    return text
