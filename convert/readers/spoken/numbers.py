"""Words → numbers: whole ones, decimals, fractions, mixed numbers, ordinals, in words, digits or both.

The words are those of tables/numbers.LANGUAGE.toml in all their forms, and what recognisers and people say besides,
from tables/heard.LANGUAGE.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from ... import numerals
from .words import Word, fold

Kind: TypeAlias = Literal["num", "frac", "ordinal"]


class Number(NamedTuple):
    """A number that ends before the word `end`. Fractions are written ``1/2``."""

    kind: Kind
    text: str
    end: int


_NUMERAL = re.compile(r"\.?\d")
_MAX_SCALE = 10**36
_TENTHS = re.compile(r"10+")


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The number words of one language, each with its value."""

    units: Mapping[str, int]
    tens: Mapping[str, int]
    hundreds: Mapping[str, int]
    scales: Mapping[str, int]
    """Words that multiply what stands before them; in English also the hundred."""
    ordinals: Mapping[str, int]
    """Ordinals that may be exponents, and denominators."""
    late_ordinals: Mapping[str, int]
    """Those that only end a longer ordinal: "twenty-second", where "second" alone is no denominator."""
    parts: frozenset[str]
    """The ordinals and nouns that are denominators only, as "thirds"."""
    lone_parts: Mapping[str, int]
    """Denominators that mean one part where no number stands before them: "half"."""
    mixed: Mapping[str, str]
    """Words that are a mixed number of themselves, as ``1 1/2``."""
    letters: Mapping[str, str]
    wholes: frozenset[str]
    """Words after the whole number of a decimal whose part is named: "три целых пять сотых"."""
    points: frozenset[str]
    suffixes: frozenset[str]
    """What makes an ordinal of a number in digits: "th", «-й»."""
    ands: frozenset[str]
    articles: frozenset[str]
    half: tuple[str, ...]
    """What makes a mixed number with a half of the number before it: "с половиной"."""
    starts: frozenset[str]
    """Every word that a number may begin with."""

    def is_cardinal(self, word: str) -> bool:
        return word in self.units or word in self.tens or word in self.hundreds


def number_words(language: str, heard: Mapping[str, Any]) -> NumberWords:
    """The words of a language; `heard` is the table [numbers] of heard.LANGUAGE.toml."""
    table = numerals.table(language)
    words = _russian_words(table) if language == "ru" else _english_words(table)
    common: dict[str, Any] = {
        "points": frozenset(heard["point"].split()),
        "suffixes": frozenset(heard["suffixes"].split()),
        "ands": frozenset((table["and"],)),
        "articles": frozenset(heard["one_of"].split()),
        "lone_parts": _pairs(heard["lone_parts"]),
    }
    words["units"] |= _pairs(heard["units"])
    words["scales"] |= _pairs(heard["scales"])
    words["ordinals"] |= _pairs(heard["parts"])
    words["parts"] |= _pairs(heard["parts"]).keys()
    words["letters"] |= dict(entry.split("=") for entry in heard["letter_ordinals"].split())
    for letter_ordinal in words["letters"].keys() & words["ordinals"].keys():
        del words["letters"][letter_ordinal]
    words["parts"] = frozenset(words["parts"])
    parts = (words | common).items()
    no_starts = ("late_ordinals", "half", "suffixes")
    starts = frozenset(word for key, entries in parts if key not in no_starts for word in entries)
    return NumberWords(**words, **common, starts=starts)


def _pairs(text: str) -> dict[str, int]:
    """Entries ``word=number``."""
    return {word: int(number) for word, _, number in (entry.partition("=") for entry in text.split())}


def _english_words(table: Mapping[str, Any]) -> dict[str, Any]:
    units = table["units"].split()
    ordinals = dict(zip(table["ordinals"].split(), range(20), strict=True))
    ordinals |= {word: ten * 10 for ten, word in enumerate(table["ordinal_tens"].split(), 2)}
    scales = {table["hundred"]: 100} | {word: 1000**power for power, word in enumerate(table["scales"].split(), 1)}
    ordinals |= {word + table["ordinal"]: value for word, value in scales.items()}
    early = {word: value for word, value in ordinals.items() if value > 2}
    plural = {word + "s": value for word, value in early.items()}
    return {
        "units": {word: value for value, word in enumerate(units)},
        "tens": {word: ten * 10 for ten, word in enumerate(table["tens"].split(), 2)},
        "hundreds": {},
        "scales": scales | {word + "s": value for word, value in scales.items()},
        "ordinals": early | plural,
        "late_ordinals": {word: value for word, value in ordinals.items() if 0 < value < 10},
        "parts": set(plural),
        "mixed": {},
        "letters": {letter + table["ordinal"]: letter for letter in "abcdefghijklmnopqrstuvwxyz"},
        "wholes": frozenset(),
        "half": (),
    }


def _russian_words(table: Mapping[str, Any]) -> dict[str, Any]:
    russian = numerals.russian()
    units: dict[str, int] = {}
    for value, forms in (
        *enumerate(russian.units),
        (1, russian.lone_one),
        *(pair for gender in russian.genders.values() for pair in gender.items()),
    ):
        units |= _forms(forms, value)
    scales: dict[str, int] = {}
    ordinals: dict[str, int] = {}
    parts: set[str] = set()
    for power, noun in enumerate(russian.scales, 1):
        scales |= _forms((*noun.singular, *noun.plural), 1000**power)
    values = (*range(20), *range(20, 100, 10), *range(100, 1000, 100))
    values += tuple(count * 1000**power for power in range(1, 4) for count in (1, 10, 100))
    for value in values:
        ordinals |= _forms((russian.nth(value, "f", at) for at in range(6)), value)
        plural = _forms((russian.nth(value, "plural", at) for at in range(6)), value)
        parts |= plural.keys() - ordinals.keys()
        ordinals |= plural
    return {
        "units": units,
        "tens": _counted(russian.tens, 20, 10),
        "hundreds": _counted(russian.hundreds, 100, 100),
        "scales": scales,
        "ordinals": ordinals,
        "late_ordinals": {},
        "parts": parts,
        "mixed": dict.fromkeys(map(fold, (*russian.one_and_half, *russian.one_and_half_feminine)), "1 1/2"),
        "letters": {
            fold(form): letter for letter, adjective in russian.letters.items() for form in adjective.forms("f")
        },
        "wholes": frozenset(map(fold, (*russian.whole, *russian.wholes))),
        "half": tuple(russian.half.split()),
    }


def _forms(forms: Iterable[str], value: int) -> dict[str, int]:
    return {fold(form): value for form in forms}


def _counted(rows: Sequence[Sequence[str]], first: int, step: int) -> dict[str, int]:
    return {fold(form): first + step * number for number, forms in enumerate(rows) for form in forms}


class NumberReader:
    """Finds the numbers among the words of a text."""

    def __init__(self, words: Sequence[Word], known: NumberWords) -> None:
        self.words, self.known = words, known

    def word(self, at: int) -> str:
        return self.words[at].lower if at < len(self.words) else ""

    def after_hyphen(self, at: int) -> int:
        """Past a hyphen that joins two words, as in "twenty-five"."""
        joined = self.word(at) == "-" and at + 1 < len(self.words)
        return at + 1 if joined and self.words[at].glued and self.words[at + 1].glued else at

    def read(self, start: int) -> tuple[Number, ...]:
        """The number that starts here; a mixed one is a whole number and a fraction; nothing where there is none."""
        known, word = self.known, self.word(start)
        if len(word) == 1 and word.isascii() and word.isalpha() and (end := self._suffix_end(start + 1)) is not None:
            return (Number("ordinal", word, end),) if self.word(start + 1) == "-" else ()
        if word not in known.starts and not _NUMERAL.match(word):
            return ()
        if word in known.letters:
            return (Number("ordinal", known.letters[word], start + 1),)
        if word in known.mixed:
            whole, _, part = known.mixed[word].partition(" ")
            return Number("num", whole, start), Number("frac", part, start + 1)
        if not _NUMERAL.match(word) and not known.is_cardinal(word) and word not in known.scales:
            found = self._wordy_start(word, start)
            return (found,) if found else ()
        if _NUMERAL.match(word):
            text, end = word.replace(",", ""), start + 1
            if (suffixed := self._suffix_end(end)) is not None:
                return (Number("ordinal", text, suffixed),)
            if text.isdigit() and self.word(end) in known.scales and len(text) < 9:
                value, end = self._scaled(int(text), end)
                text = str(value)
        else:
            value, end = self._scaled(1, start) if word in known.scales else self._cardinal(start)
            if (ordinal := self._ordinal_end(value, end)) is not None:
                return (ordinal,)
            text = str(value)
        return self._decimals(text, end) or self._fraction(text, end)

    def _suffix_end(self, at: int) -> int | None:
        """Where the ending of an ordinal ends that stands here: "th", «-й»."""
        suffix = self.after_hyphen(at)
        glued = suffix < len(self.words) and self.words[suffix].glued
        return suffix + 1 if glued and self.word(suffix) in self.known.suffixes else None

    def _wordy_start(self, word: str, start: int) -> Number | None:
        known, following = self.known, self.word(start + 1)
        if word in known.articles and (found := self._after_article(following, start + 1)) is not None:
            return found
        if word in known.lone_parts:
            return Number("frac", f"1/{known.lone_parts[word]}", start + 1)
        if word in known.ordinals:
            return Number("ordinal", str(known.ordinals[word]), start + 1)
        if word in known.points and known.units.get(following, 10) < 10:
            return self._digits("0", start + 1)
        return None

    def _after_article(self, word: str, at: int) -> Number | None:
        """Reads "hundred", "third", "5th" after "a"."""
        known = self.known
        if word in known.scales:
            value, end = self._scaled(1, at)
            return Number("num", str(value), end)
        if word in known.ordinals and (known.ordinals[word] != 3 or at + 1 == len(self.words)):
            return Number("frac", f"1/{known.ordinals[word]}", at + 1)
        if word.isdigit() and self.word(at + 1) in known.suffixes:
            return Number("frac", f"1/{word}", at + 2)
        return None

    # Whole numbers

    def _cardinal(self, at: int) -> tuple[int, int]:
        """The number in words that starts here, and where it ends."""
        value, at = self._below_thousand(at)
        return self._scaled(value, at)

    def _scaled(self, value: int, at: int) -> tuple[int, int]:
        """After a number: the scales, each smaller than the one before, with what they count."""
        known = self.known
        value, at = self._with_hundreds(value, at)
        total, last = 0, _MAX_SCALE
        while 100 < (scale := known.scales.get(self.word(at), 0)) < last:
            total, value, last, at = total + value * scale, 0, scale, at + 1
            after = self._past_and(at)
            if 100 < known.scales.get(self.word(at), 0) < last:
                value = 1
            elif known.is_cardinal(self.word(after)):
                group, end = self._below_thousand(after)
                group, end = self._with_hundreds(group, end)
                if known.scales.get(self.word(end), 0) >= last or after > at and self.word(end) in known.parts:
                    break
                value, at = group, end
        return total + value, at

    def _with_hundreds(self, value: int, at: int) -> tuple[int, int]:
        """Reads "hundred and five" after a number."""
        known = self.known
        if known.scales.get(self.word(at)) != 100:
            return value, at
        value, at = value * 100, at + 1
        after = self._past_and(at)
        if known.is_cardinal(self.word(after)):
            below, end = self._below_thousand(after)
            if after == at or self.word(end) not in known.parts:
                return value + below, end
        return value, at

    def _past_and(self, at: int) -> int:
        return at + 1 if self.word(at) in self.known.ands else at

    def _below_thousand(self, at: int) -> tuple[int, int]:
        known, word = self.known, self.word(at)
        if word in known.hundreds:
            value, at = known.hundreds[word], at + 1
            if self.word(at) in known.units or self.word(at) in known.tens:
                below, at = self._below_thousand(at)
                value += below
            return value, at
        if word in known.units:
            return known.units[word], at + 1
        value = known.tens[word]
        following = self.after_hyphen(at + 1)
        unit = known.units.get(self.word(following), 0)
        return (value + unit, following + 1) if 0 < unit < 10 else (value, at + 1)

    # Ordinals and fractions

    def _ordinal_end(self, value: int, end: int) -> Number | None:
        """Reads "first" after "twenty", "and first" after "hundred"."""
        known = self.known
        at = self.after_hyphen(end)
        if known.late_ordinals and value >= 100:
            at = self._past_and(end)
            if at == end or value % 100:
                return None
            if self.word(at) in known.tens:
                value, at = value + known.tens[self.word(at)], self.after_hyphen(at + 1)
        word = self.word(at)
        last = known.late_ordinals.get(word) or known.ordinals.get(word, 0)
        if not 0 < last < _grain(value) or word in known.parts:
            return None
        return Number("ordinal", str(value + last), at + 1)

    def _part(self, at: int, *, one: bool) -> tuple[int, int] | None:
        """The denominator that starts here, "thirds", "двадцать пятых", and where it ends; `one` is counted."""
        known, word = self.known, self.word(at)
        if word in known.ordinals:
            return (known.ordinals[word], at + 1) if known.ordinals[word] > 1 else None
        if word not in known.tens and word not in known.hundreds:
            return None
        value, end = self._below_thousand(at)
        word = self.word(self.after_hyphen(end))
        last = known.ordinals.get(word, 0) or known.late_ordinals.get(word, 0)
        if not 0 < last < _grain(value) or not (one or word in known.parts or known.wholes):
            return None
        return value + last, self.after_hyphen(end) + 1

    def _fraction(self, text: str, end: int) -> tuple[Number, ...]:
        """Reads "thirds" after a whole number, as a word or as "3rds", and what makes it a mixed number."""
        known, whole = self.known, Number("num", text, end)
        if not text.isdigit() or not text.strip("0"):
            return (whole,)
        following = self.after_hyphen(end)
        if (part := self._part(following, one=text == "1")) is not None:
            return (Number("frac", f"{text}/{part[0]}", part[1]),)
        if self.word(end) in known.ands and (mixed := self._mixed(text, end)):
            return mixed
        if known.half and tuple(map(self.word, range(end, end + len(known.half)))) == known.half:
            return whole, Number("frac", "1/2", end + len(known.half))
        glued = following + 1 < len(self.words) and self.words[following + 1].glued
        if glued and self.word(following).isdigit() and self.word(following + 1) in known.suffixes:
            return (Number("frac", f"{text}/{self.word(following)}", following + 2),)
        return (whole,)

    def _mixed(self, text: str, end: int) -> tuple[Number, ...]:
        """Reads "and a half", "и девяносто девять сотых" after a whole number."""
        known, at = self.known, end + 1
        if self.word(at) in known.articles:
            count, at = 1, at + 1
        elif known.is_cardinal(self.word(at)):
            count, at = self._cardinal(at)
        elif self.word(at).isdigit() and len(self.word(at)) < 4:
            count, at = int(self.word(at)), at + 1
        else:
            return ()
        part = self._part(self.after_hyphen(at), one=count == 1)
        if part is None and count == 1 and self.word(at) in known.lone_parts:
            part = known.lone_parts[self.word(at)], at + 1
        return self._named(text, end, count, *part) if part is not None else ()

    def _named(self, text: str, end: int, count: int, parts: int, stop: int) -> tuple[Number, ...]:
        """A number with so many parts of this size: of a power of ten it is a decimal in Russian."""
        if self.known.wholes and _TENTHS.fullmatch(str(parts)) and count < parts:
            return (Number("num", f"{text}.{count:0{len(str(parts)) - 1}d}", stop),)
        if not 0 < count < parts:
            return ()
        return Number("num", text, end), Number("frac", f"{count}/{parts}", stop)

    # Decimals

    def _decimals(self, text: str, end: int) -> tuple[Number, ...]:
        """Reads "point one four", "целых четырнадцать сотых" after a whole number."""
        known = self.known
        if "." in text:
            return ()
        if self.word(end) in known.wholes:
            return self._named_decimal(text, end + 1)
        if self.word(end) in known.points and (found := self._digits(text, end + 1)) is not None:
            return (found,)
        return ()

    def _named_decimal(self, text: str, end: int) -> tuple[Number, ...]:
        at = self._past_and(end)
        if self.word(at).isdigit() and len(self.word(at)) < 10:
            count, stop = int(self.word(at)), at + 1
        elif self.known.is_cardinal(self.word(at)):
            count, stop = self._cardinal(at)
        else:
            return (Number("num", text, end),)
        part = self._part(stop, one=count == 1)
        named = self._named(text, end, count, *part) if part is not None else ()
        return named or (self._digits(text, at) or Number("num", text, end),)

    def _digits(self, text: str, at: int) -> Number | None:
        """The digits after a point: "one four", "fourteen", "05"."""
        known, digits = self.known, ""
        while True:
            word = self.word(at)
            if word.isdigit():
                digits, at = digits + word, at + 1
            elif known.is_cardinal(word):
                value, at = self._below_thousand(at)
                digits += str(value)
            else:
                break
        return Number("num", f"{text}.{digits}", at) if digits else None


def _grain(value: int) -> int:
    """How large an ordinal may be that ends a number: below 10 after twenty, below 100 after a hundred."""
    return next((size for size in (1000, 100, 10) if value % size == 0), 1) if value else 1
