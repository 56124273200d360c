"""Units in words: "meters per second squared", «метра в секунду в квадрате»."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ...numerals import Adjective, Declined, Gender, agreement, declined, numbers, russian, table
from ...units import Factor, Unit

_ADJECTIVES = {2: "квадратн-ый", 3: "кубическ-кий"}


class EnglishUnits:
    """Units behind English numbers."""

    def gender(self, factors: Sequence[Factor]) -> Gender | None:
        """English counts all things alike."""
        return None

    def after(self, factors: Sequence[Factor], text: str, case: str) -> str:
        """The units after a number; they are one of a kind after "1" and after a fraction."""
        above = [factor for factor in factors if factor.power > 0]
        below = [factor._replace(power=-factor.power) for factor in factors if factor.power < 0]
        words = [self._factor(factor, False) for factor in above[:-1]]
        words += [self._factor(factor, text not in ("1", "")) for factor in above[-1:]]
        if below:
            words += ["per", *(self._factor(factor, False) for factor in below)]
        return " ".join(words)

    def _factor(self, factor: Factor, several: bool) -> str:
        unit = factor.unit
        name = (factor.prefix.en if factor.prefix else "") + (unit.ens if several else unit.en)
        match factor.power:
            case 1:
                return name
            case 2 | 3 if unit.quantity == "length":
                return f"{'square' if factor.power == 2 else 'cubic'} {name}"
            case 2 | 3:
                return f"{name} {'squared' if factor.power == 2 else 'cubed'}"
        return f"{name} to the {numbers('en').ordinal(str(factor.power))}"


class RussianUnits:
    """Units behind Russian numbers, in their cases."""

    def gender(self, factors: Sequence[Factor]) -> Gender | None:
        """The gender of what is counted: that of the last unit above the line."""
        noun = _noun(_counted(factors).unit) if _above(factors) else None
        return noun.gender if noun else None

    def after(self, factors: Sequence[Factor], text: str, case: str) -> str:
        """The units after a number; `text` is empty for a fraction, which counts parts of one."""
        above = _above(factors)
        below = [factor._replace(power=-factor.power) for factor in factors if factor.power < 0]
        words = [self._product(above, text or "0.5", case)] if above else []
        if below:
            words += ["в" if below[0].unit.quantity == "time" else "на", self._product(below, "1", "acc")]
        return " ".join(words)

    def _product(self, factors: Sequence[Factor], text: str, case: str) -> str:
        """Only the last of several units is declined: «пять ньютон-метров»."""
        *first, last = factors
        words = ""
        for factor in first:
            words += self._name(factor, "1", "nom") + self._power(factor.power) + ("-" if factor.power == 1 else " ")
        if last.unit.quantity == "length" and last.power in _ADJECTIVES and not first:
            adjective = Adjective(_ADJECTIVES[last.power], table("ru")["endings"])
            return f"{_agreeing(adjective, text, case, self.gender(factors))} {self._name(last, text, case)}"
        return words + self._name(last, text, case) + self._power(last.power)

    def _name(self, factor: Factor, text: str, case: str) -> str:
        noun, unit = _noun(factor.unit), factor.unit
        prefix = factor.prefix.ru if factor.prefix else ""
        if noun is None:
            return factor.symbol
        return " ".join([prefix + noun.after(text, case), *unit.ru[2:]])

    def _power(self, power: int) -> str:
        match power:
            case 1:
                return ""
            case 2:
                return " в квадрате"
            case 3:
                return " в кубе"
        return f" в {russian().ordinal(str(power), 'pre')} степени"


def _above(factors: Sequence[Factor]) -> list[Factor]:
    return [factor for factor in factors if factor.power > 0]


def _counted(factors: Sequence[Factor]) -> Factor:
    return _above(factors)[-1]


@cache
def _noun(unit: Unit) -> Declined | None:
    return declined(unit.ru[0], unit.ru[1]) if len(unit.ru) > 1 else None


def _agreeing(adjective: Adjective, text: str, case: str, gender: Gender | None) -> str:
    """The adjective between a number and what it counts: «два квадратных метра», «две квадратные мили»."""
    match agreement(text, case):
        case "one" | "part", at:
            return adjective.form(gender or "m", at)
        case "few", _ if gender == "f":
            return adjective.form("plural", 0)
        case _, at:
            return adjective.form("plural", at)


@cache
def unit_words(language: str) -> EnglishUnits | RussianUnits:
    """Who says the units of a language."""
    return EnglishUnits() if language == "en" else RussianUnits()
