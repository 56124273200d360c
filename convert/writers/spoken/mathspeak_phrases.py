"""The words of MathSpeak: loads and checks tables/mathspeak.en.toml, for one verbosity at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal, TypeAlias, get_args

from ... import numerals, symbols, toml_tables
from ...errors import TableError
from ...nodes import Font
from ...numerals import English

Verbosity: TypeAlias = Literal["verbose", "medium", "terse"]
"""MathSpeak's verbose, brief and superbrief."""

Construct: TypeAlias = Literal[
    "fraction", "over", "end_fraction", "continued", "mixed", "index", "root", "end_root",
    "subscript", "superscript", "in_subscript", "in_superscript", "baseline", "squared", "cubed", "degree",
    "underscript", "overscript", "endscripts", "modify_above", "modify_above_again", "modify_below",
    "modify_below_again", "with", "overbar", "underbar", "overtilde", "undertilde",
    "absolute", "end_absolute", "metric", "end_metric", "set", "end_set", "empty_set",
    "binomial", "choose", "end_binomial", "matrix", "by", "of_matrix", "of_determinant", "end_matrix",
    "end_determinant", "layout", "enlarged", "end_layout", "row", "column", "label", "end_label", "blank",
    "enclosed", "end_enclosed", "crossed", "end_crossed", "number", "upper_word", "upper", "negative", "minus",
    "plus", "divided", "slash", "factorial", "exclamation",
]  # fmt: skip

_TABLES: Final = ("fonts", "enclosures", "marks", "leaves", "arrows")
_NUMBERS: Final = ("half", "halves", "plural")
_MOST_IN_WORDS: Final = 10
_COUNTED: Final = re.compile(r"\{(\w+)\}")
_NESTING: Final = frozenset({"Nested", "Nest"})
_CAPITAL: Final = "capital "
_MARKS: Final = frozenset({"accent", "wide", "under"})


@dataclass(frozen=True, slots=True)
class Counting:
    """Numbers in words, for small fractions and for places in a table."""

    english: English
    half: str
    halves: str
    plural: str

    def cardinal(self, number: int) -> str:
        """A number up to ten in words, a greater one in digits."""
        return self.english.units[number] if number <= _MOST_IN_WORDS else str(number)

    def ordinal(self, number: int) -> str:
        """A place, in digits: 1st, 22nd, 113th."""
        return f"{number}{numerals.suffix(number)}"

    def fraction(self, num: str, den: str) -> str | None:
        """A fraction of one of less than ten parts by at most 99, in words; None for others."""
        if not (num.isdecimal() and den.isdecimal() and len(num) == 1 and len(den) < 3):
            return None
        count, parts = int(num), int(den)
        if not count or parts < 2:
            return None
        if parts == 2:
            return f"{self.cardinal(count)} {self.half if count == 1 else self.halves}"
        # MathSpeak writes no hyphens.
        return f"{self.cardinal(count)} {self.english.nth(parts).replace('-', ' ')}{self.plural if count > 1 else ''}"


@dataclass(frozen=True, slots=True)
class MathSpeakPhrases:
    """The table for one verbosity, joined with the words of symbols.tsv."""

    constructs: Mapping[str, str]
    twice: str
    fonts: Mapping[str, str]
    enclosures: Mapping[str, str]
    marks: Mapping[str, str]
    leaves: Mapping[str, str]
    """The words for each character and each name of a function."""
    primes: tuple[str, ...]
    numbers: Counting
    _made: dict[tuple[str, int], str] = field(default_factory=dict)

    def construct(self, key: Construct, depth: int = 1) -> str:
        """The words for a construct around `depth` - 1 others of its kind."""
        words = self._made.get((key, depth))
        if words is None:
            words = self._made[key, depth] = _COUNTED.sub(
                lambda match: self._nested(match[1], depth) if match[1] in _NESTING else match[1] * depth,
                self.constructs[key],
            )
        return words

    def _nested(self, word: str, depth: int) -> str:
        match depth:
            case 1:
                return ""
            case 2:
                return word
            case 3:
                return word + self.twice
            case _:
                return f"{word}{depth - 1}"


@cache
def mathspeak(verbosity: Verbosity) -> MathSpeakPhrases:
    """The words in a verbosity."""
    name = "mathspeak.en.toml"
    return load(toml_tables.text(name), verbosity, name)


def load(text: str, verbosity: Verbosity, filename: str) -> MathSpeakPhrases:
    """The words in a verbosity, from the text of the table.

    Raises TableError with `filename` and the key for a missing or unknown one, and for a phrase that is neither one
    text nor three.
    """
    content = toml_tables.parse(text, filename)
    toml_tables.check_keys(content, ("twice", "constructs", *_TABLES, "numbers", "primes"), filename)
    toml_tables.check_keys(content["constructs"], get_args(Construct), f"{filename}: constructs")
    toml_tables.check_keys(content["fonts"], [font for font in get_args(Font) if font], f"{filename}: fonts")
    at = get_args(Verbosity).index(verbosity)
    phrases = {
        name: {
            key: _phrase(value, at, f"{filename}: {name}.{key}")
            for key, value in toml_tables.mapping(content[name], f"{filename}: {name}").items()
        }
        for name in ("constructs", *_TABLES)
    }
    texts = toml_tables.mapping(content["numbers"], f"{filename}: numbers")
    toml_tables.check_keys(texts, _NUMBERS, f"{filename}: numbers")
    half, halves, plural = (toml_tables.string(texts[key], f"{filename}: numbers.{key}") for key in _NUMBERS)
    toml_tables.check_keys(content["primes"], ("names",), f"{filename}: primes")
    arrows = phrases["arrows"] if verbosity == "terse" else {}
    leaves, marks = _joined(phrases["leaves"], phrases["marks"], arrows)
    return MathSpeakPhrases(
        phrases["constructs"],
        _phrase(content["twice"], at, f"{filename}: twice"),
        phrases["fonts"],
        phrases["enclosures"],
        marks,
        leaves,
        toml_tables.strings(content["primes"]["names"], f"{filename}: primes.names"),
        Counting(English(numerals.table("en")), half, halves, plural),
    )


def _phrase(value: object, at: int, place: str) -> str:
    if isinstance(value, str):
        return value
    if (
        isinstance(value, list)
        and len(value) == len(get_args(Verbosity))
        and all(isinstance(one, str) for one in value)
    ):
        return str(value[at])
    raise TableError(f"{place}: {value!r} is neither a text nor one for each verbosity")


def _joined(
    leaves: Mapping[str, str], marks: Mapping[str, str], arrows: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The words of characters and of marks, where the table has none those of symbols.tsv."""
    all_leaves = {char: _shorter(words, arrows) for char, words in leaves.items()}
    all_marks = dict(marks)
    accents: dict[str, str] = {}
    for row in symbols.rows():
        if row.en is None:
            continue
        if row.cls in _MARKS:
            all_marks.setdefault(row.name, row.en)
            accents[row.char] = all_marks[row.name]
        elif row.char not in all_leaves:
            words = row.en
            if words.startswith(_CAPITAL):
                name = words.removeprefix(_CAPITAL)
                words = "upper " + name[0].upper() + name[1:]
            all_leaves[row.char] = _shorter(words, arrows) if row.cls == "rel" else words
    return accents | all_leaves, all_marks


def _shorter(words: str, arrows: Mapping[str, str]) -> str:
    if "arrow" not in words:
        return words
    return " ".join(arrows.get(word, word) for word in words.split(" "))
