"""Words → units, behind a number: "meters per second squared", «метра в секунду в квадрате»."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ... import units
from ...numerals import Adjective, declined, table
from ...units import Factor, Unit
from .numbers import NumberWords
from .words import Word, fold

_SPELLINGS = (("meter", "metre"), ("liter", "litre"), ("kilogram", "kilogramme"), ("gram", "gramme"))


_MAX_WORDS = 3
"""How many words the longest name of a unit has."""
_UNSAID = frozenset("°%′″")
"""Units whose words mean more than the unit: they are read elsewhere."""


def written(factors: Sequence[Factor]) -> str:
    """Units as a token has them, ``kg m s^-2``; `factors_of` is the inverse."""
    return " ".join(factor.symbol + ("" if factor.power == 1 else f"^{factor.power}") for factor in factors)


def factors_of(text: str) -> list[Factor]:
    """The units of a token."""
    found = []
    for part in text.split():
        symbol, _, power = part.partition("^")
        factor = units.by_symbol(symbol)
        assert factor is not None, symbol
        found.append(factor._replace(power=int(power or 1)))
    return found


@dataclass(frozen=True, slots=True)
class UnitWords:
    """The units of one language by their words."""

    language: str
    singular: Mapping[tuple[str, ...], Unit]
    plural: Mapping[tuple[str, ...], Unit]
    """In Russian all forms are here: which one stands after a number does not tell what it means."""
    prefixes: tuple[tuple[str, units.Prefix], ...]
    per: frozenset[str]
    before: Mapping[str, int]
    """Words for powers that stand before the unit: "square"."""
    after: Mapping[str, int]

    @property
    def names(self) -> Iterator[tuple[str, ...]]:
        """All names, word by word."""
        yield from self.singular
        yield from self.plural


@lru_cache(4096)
def _split(language: str, word: str) -> tuple[tuple[units.Prefix | None, str], ...]:
    """The ways to take a word as a prefix, or none, and the first word of a unit."""
    known, firsts = unit_words(language), _first_words(language)
    whole = ((None, word),) if word in firsts else ()
    split = ((prefix, word[len(said) :]) for said, prefix in known.prefixes if word.startswith(said))
    return (*whole, *(pair for pair in split if pair[1] in firsts))


@cache
def _first_words(language: str) -> frozenset[str]:
    return frozenset(name[0] for name in unit_words(language).names)


@cache
def unit_words(language: str) -> UnitWords:
    """The words of a language."""
    prefixes = tuple((prefix.en if language == "en" else fold(prefix.ru), prefix) for prefix in units.prefixes())
    if language == "en":
        singular = _english((unit.en, unit) for unit in units.rows())
        plural = _english((unit.ens, unit) for unit in units.rows())
        after = {"squared": 2, "cubed": 3}
        return UnitWords(language, singular, plural, prefixes, frozenset(("per",)), {"square": 2, "cubic": 3}, after)
    forms: dict[tuple[str, ...], Unit] = {}
    for unit in units.rows():
        if len(unit.ru) > 1 and unit.symbol not in _UNSAID:
            noun = declined(unit.ru[0], unit.ru[1])
            for form in (*noun.singular, *noun.plural):
                forms.setdefault(tuple(fold(" ".join((form, *unit.ru[2:])).replace("-", " ")).split()), unit)
    before: dict[str, int] = {}
    for power, word in ((2, "квадратн-ый"), (3, "кубическ-кий")):
        adjective = Adjective(word, table("ru")["endings"])
        before |= {fold(form): power for which in ("m", "f", "n", "plural") for form in adjective.forms(which)}
    squares = {"в квадрате": 2, "в кубе": 3}
    return UnitWords(language, {}, forms, prefixes, frozenset(("в", "на")), before, squares)


def _english(pairs: Iterable[tuple[str, Unit]]) -> dict[tuple[str, ...], Unit]:
    found: dict[tuple[str, ...], Unit] = {}
    for name, unit in pairs:
        if unit.symbol in _UNSAID:
            continue
        found.setdefault(tuple(fold(name).split()), unit)
        for american, british in _SPELLINGS:
            if name.startswith(american):
                found.setdefault((fold(name).replace(american, british),), unit)
    return found


class UnitReader:
    """Finds units among the words of a text."""

    def __init__(self, words: Sequence[Word], known: UnitWords, numbers: NumberWords) -> None:
        self.words, self.known, self.numbers = words, known, numbers

    def read(self, at: int, *, one: bool) -> tuple[tuple[Factor, ...], int] | None:
        """The units that start here and where they end. After "1" and a fraction they may be `one` of a kind."""
        found: list[Factor] = []
        below = False
        while True:
            start = at
            if self._word(at) in self.known.per and not below:
                below, start = True, at + 1
            elif self._word(at) == "-" and found:
                start = at + 1
            factor, end = self._factor(start, one=one or below or bool(found))
            if factor is None:
                # Of "newton meters" the first is singular, so that what follows tells.
                factor, end = self._factor(start, one=True) if not found else (None, at)
                if factor is None or self._factor(self._past_hyphen(end), one=False)[0] is None:
                    break
            found.append(factor._replace(power=-factor.power) if below else factor)
            at = end
        return (tuple(found), at) if found else None

    def _factor(self, at: int, *, one: bool) -> tuple[Factor | None, int]:
        """A unit with its prefix and power."""
        power = self.known.before.get(self._word(at), 0)
        at += 1 if power else 0
        found = self._unit(at, one=one)
        if found is None:
            return None, at
        factor, at = found
        if not power:
            power, at = self._power(at)
        return factor._replace(power=power), at

    def _unit(self, at: int, *, one: bool) -> tuple[Factor, int] | None:
        known = self.known
        ways = _split(known.language, self._word(at)) if at < len(self.words) else ()
        if not ways:
            return None
        ends = [at + 1]
        while len(ends) < _MAX_WORDS:
            ends.append(self._past_hyphen(ends[-1]) + 1)
        for length in range(_MAX_WORDS, 0, -1):
            others = tuple(self._word(end - 1) for end in ends[1:length])
            for prefix, first in ways:
                unit = known.plural.get((first, *others)) or (known.singular.get((first, *others)) if one else None)
                if unit is not None and (prefix is None or unit.prefixed):
                    return Factor(prefix, unit), ends[length - 1]
        return None

    def _power(self, at: int) -> tuple[int, int]:
        """The power said after a unit, 1 where there is none."""
        for words, power in self.known.after.items():
            if (end := self._past(words, at)) is not None:
                return power, end
        if (end := self._past("to the" if "per" in self.known.per else "в", at)) is not None:
            word = self._word(end)
            ordinal = 0 if word in self.numbers.parts else self.numbers.ordinals.get(word, 0)
            if 3 < ordinal < 20:
                return ordinal, end + 1 + (self._word(end + 1) in ("power", "степени"))
        return 1, at

    def _past(self, words: str, at: int) -> int | None:
        """The place after these words, None where others stand here."""
        for word in words.split():
            if self._word(at) != word:
                return None
            at += 1
        return at

    def _past_hyphen(self, at: int) -> int:
        return at + 1 if self._word(at) == "-" else at

    def _word(self, at: int) -> str:
        return self.words[at].lower if at < len(self.words) else ""
