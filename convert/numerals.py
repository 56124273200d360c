"""Numbers in words: as they stand in a sentence, as ordinals, and as fractions with small parts.

The words are data, tables/numbers.LANGUAGE.toml; writers say them and readers know them from here. English can keep
the digits, which every voice reads; Russian needs words, because numbers are declined. The cases are nom, gen, dat,
acc, ins, pre; the genders m, f, n. Numbers are given as digits, as a formula has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from . import toml_tables

CASES: Final = ("nom", "gen", "dat", "acc", "ins", "pre")

Gender: TypeAlias = Literal["m", "f", "n"]

_NOMINATIVE, _GENITIVE, _ACCUSATIVE = 0, 1, 3

_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.[0-9]+)?|[1-9][0-9]{0,2},[0-9]{3}(?:\.[0-9]+)?")
_DECIMAL = re.compile(r"([0-9]*)[.,]([0-9]+)")
_ZEROS = re.compile(r"0[0-9]+")
_LONGEST_PART = 6
"""Decimals that are said as a number; more are said one by one."""


class Numbers(Protocol):
    """What a language has to say about numbers. Texts are digits as a formula has them."""

    def spoken(self, text: str, case: str = "nom", gender: Gender | None = None) -> str:
        """A number in a sentence; `gender` is that of what it counts, None where it counts nothing."""

    def ordinal(self, text: str, case: str = "nom", gender: Gender = "f") -> str | None:
        """The word before "power" or "root", or None where nobody says that."""

    def fraction(self, num: str, den: str, case: str = "nom") -> str | None:
        """A fraction of two small numbers as people say it, "two thirds", or None."""

    def mixed(self, whole: str, num: str, den: str, case: str = "nom", gender: Gender | None = None) -> str | None:
        """A whole number and a fraction below one, "two and one third", or None."""


@cache
def table(language: str) -> Mapping[str, Any]:
    """The number words of a language."""
    return toml_tables.read(f"numbers.{language}.toml")


@cache
def numbers(language: str, style: str = "") -> Numbers:
    """Who says the numbers of a language. `style` is "digits" or "words", empty for what the language does."""
    if language == "ru":
        return russian() if style != "digits" else RussianDigits(table("ru"))
    return EnglishWords(table("en")) if style == "words" else English(table("en"))


@cache
def russian() -> Russian:
    """The Russian numbers, in words."""
    return Russian(table("ru"))


class English:
    """Digits; ordinals below a hundred, and halves to tenths, in words."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.units: list[str] = table["units"].split()
        self.tens: list[str] = table["tens"].split()
        self.hundred: str = table["hundred"]
        self.scales: list[str] = table["scales"].split()
        self.joint: str = table["and"]
        self.point: str = table["point"]
        self.ordinals: list[str] = table["ordinals"].split()
        self.ordinal_tens: list[str] = table["ordinal_tens"].split()
        self.ending: str = table["ordinal"]
        self.parts: Mapping[str, str] = table["parts"]

    def spoken(self, text: str, case: str = "nom", gender: Gender | None = None) -> str:
        return text

    def ordinal(self, text: str, case: str = "nom", gender: Gender = "f") -> str | None:
        if len(text) == 1 and text.isascii() and text.isalpha():
            return text + self.ending
        value = whole(text)
        return self.nth(value) if value is not None and value < 100 else None

    def fraction(self, num: str, den: str, case: str = "nom") -> str | None:
        count, parts = whole(num), whole(den)
        if count is None or parts is None or not 0 < count <= 10 or not 2 <= parts <= 10:
            return None
        one = count == 1
        if parts == 2:
            name = self.parts["half" if one else "halves"]
        elif parts == 4:
            name = self.parts["quarter" if one else "quarters"]
        else:
            name = self.ordinals[parts] + ("" if one else "s")
        return f"{self.units[count]} {name}"

    def mixed(self, whole: str, num: str, den: str, case: str = "nom", gender: Gender | None = None) -> str | None:
        part = _proper(whole, num, den) and self.fraction(num, den, case)
        return f"{self.spoken(whole)} {self.joint} {part}" if part else None

    def cardinal(self, value: int) -> str:
        """Any number below a thousand decillions, in words."""
        words: list[str] = []
        groups = _groups(value)
        for power, group in groups:
            if not power and words and group < 100:
                words.append(self.joint)
            words.append(self._below_thousand(group))
            words += [self.scales[power - 1]] if power else []
        return " ".join(words)

    def nth(self, value: int) -> str:
        """The ordinal of any number below a thousand decillions."""
        if value % 100 == 0 and value:
            return self.cardinal(value) + self.ending
        if value < 100:
            return self._nth_below_hundred(value)
        return f"{self.cardinal(value - value % 100)} {self.joint} {self._nth_below_hundred(value % 100)}"

    def _nth_below_hundred(self, value: int) -> str:
        if value < 20:
            return self.ordinals[value]
        ten, unit = divmod(value, 10)
        return f"{self.tens[ten - 2]}-{self.ordinals[unit]}" if unit else self.ordinal_tens[ten - 2]

    def _below_thousand(self, value: int) -> str:
        count, rest = divmod(value, 100)
        words = [self.units[count], self.hundred] if count else []
        if rest or not count:
            words += [self.joint] if count else []
            ten, unit = divmod(rest, 10)
            if rest < 20:
                words.append(self.units[rest])
            else:
                words.append(f"{self.tens[ten - 2]}-{self.units[unit]}" if unit else self.tens[ten - 2])
        return " ".join(words)


class EnglishWords(English):
    """The same without digits."""

    def spoken(self, text: str, case: str = "nom", gender: Gender | None = None) -> str:
        text = plain(text)
        value = whole(text)
        if value is not None and _fits(value, len(self.scales)):
            return self.cardinal(value)
        if _ZEROS.fullmatch(text):
            return self._digits(text)
        match = _DECIMAL.fullmatch(text)
        if match is None:
            return text
        return f"{self.spoken(match[1] or '0')} {self.point} {self._digits(match[2])}"

    def _digits(self, text: str) -> str:
        return " ".join(self.units[int(digit)] for digit in text)


def agreement(text: str, case: str) -> tuple[Literal["one", "few", "many", "part"], int]:
    """How much a number counts, for Russian nouns and adjectives, and the place of the case that they stand in.

    "few" are two to four where the number itself is not oblique, "part" are decimals; what is "many" stands in the
    plural.
    """
    at = CASES.index(case)
    value = whole(plain(text))
    if value is None:
        return "part", _GENITIVE
    if _is_one(value):
        return "one", at
    if at not in (_NOMINATIVE, _ACCUSATIVE):
        return "many", at
    return "few" if _is_few(value) else "many", _GENITIVE


class Declined(NamedTuple):
    """A noun in the forms that stand beside numbers: six cases of each number."""

    gender: Gender
    singular: tuple[str, ...]
    plural: tuple[str, ...]

    def after(self, text: str, case: str) -> str:
        """The form after a number: «один метр», «два метра», «пять метров», «к двум метрам», «полтора метра»."""
        match agreement(text, case):
            case "one", at:
                return self.singular[at]
            case "few" | "part", _:
                return self.singular[_GENITIVE]
            case _, at:
                return self.plural[at]


def declined(stem: str, declension: str) -> Declined:
    """A Russian noun by its stem and the name of its declension."""
    gender, *endings = table("ru")["declensions"][declension].split()
    forms = tuple(stem + ("" if ending == "-" else ending) for ending in endings)
    return Declined(gender, forms[:6], forms[6:])


class Adjective:
    """A Russian ordinal or adjective, written ``перв-ый``: all that stands before the hyphen is the stem."""

    def __init__(self, written: str, endings: Mapping[str, Mapping[str, str]]) -> None:
        self.stem, _, name = written.partition("-")
        self.endings = {form: text.split() for form, text in endings[name].items()}

    def form(self, which: str, at: int) -> str:
        """`which` is a gender or "plural"."""
        return self.stem + self.endings[which][at]

    def forms(self, which: str) -> set[str]:
        """All cases."""
        return {self.stem + ending for ending in self.endings[which]}


class Russian:
    """Numbers below a thousand decillions and decimals in words, in six cases and three genders."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.units: list[list[str]] = [forms.split() for forms in table["units"]]
        one_two: dict[str, list[list[str]]] = {
            "f": [forms.split() for forms in table["feminine"]],
            "n": [forms.split() for forms in table["neuter"]],
        }
        self.genders: dict[str, dict[int, list[str]]] = {
            gender: dict(enumerate(forms, 1)) for gender, forms in one_two.items()
        }
        self.lone_one: list[str] = table["lone_one"].split()
        self.tens: list[list[str]] = [forms.split() for forms in table["tens"]]
        self.hundreds: list[list[str]] = [forms.split() for forms in table["hundreds"]]
        self.scale_stems = [entry.split()[0] for entry in table["scales"]]
        self.scales = [declined(*entry.split()) for entry in table["scales"]]
        self.whole: list[str] = table["whole"].split()
        self.wholes: list[str] = table["wholes"].split()
        self.comma: str = table["comma"]
        self.joint: str = table["and"]
        self.one_and_half: list[str] = table["one_and_half"].split()
        self.one_and_half_feminine: list[str] = table["one_and_half_feminine"].split()
        self.half: str = table["half"]
        endings = table["endings"]
        self.ordinals, self.ordinal_tens, self.ordinal_hundreds = (
            [Adjective(word, endings) for word in table[key].split()]
            for key in ("ordinals", "ordinal_tens", "ordinal_hundreds")
        )
        self.part_nouns = {int(parts): declined(*entry.split()) for parts, entry in table["part_nouns"].items()}
        self.compound: Mapping[str, str] = table["compound"]
        self.letters = {letter: Adjective(word, endings) for letter, word in table["letter_ordinals"].items()}
        self._scale_ending: str = table["ordinal_scale"]
        self._endings = endings

    def spoken(self, text: str, case: str = "nom", gender: Gender | None = None) -> str:
        at = CASES.index(case)
        text = plain(text)
        value = whole(text)
        if value is not None and _fits(value, len(self.scales)):
            if gender is None and value == 1:
                return self.lone_one[at]
            return " ".join(self.cardinal(value, at, gender or "m"))
        if _ZEROS.fullmatch(text):
            return self._digits(text)
        match = _DECIMAL.fullmatch(text)
        return text if match is None else self._decimal(match[1] or "0", match[2], at)

    def ordinal(self, text: str, case: str = "nom", gender: Gender = "f") -> str | None:
        at = CASES.index(case)
        if text in self.letters:
            return self.letters[text].form(gender, at)
        value = whole(text)
        return self.nth(value, gender, at) if value is not None and value < 1000 else None

    def fraction(self, num: str, den: str, case: str = "nom") -> str | None:
        count, parts = whole(num), whole(den)
        if count is None or parts is None or not 0 < count < 100 or not 2 <= parts <= 100:
            return None
        at = CASES.index(case)
        noun = self.part_nouns.get(parts)
        if noun is None:
            return " ".join(self.parts(count, parts, at))
        return " ".join([*self.cardinal(count, at, noun.gender), noun.after(num, case)])

    def mixed(self, whole: str, num: str, den: str, case: str = "nom", gender: Gender | None = None) -> str | None:
        count = _proper(whole, num, den)
        if not count or self.fraction(num, den) is None:
            return None
        at = CASES.index(case)
        if (num, den) == ("1", "2"):
            one = self.one_and_half_feminine if gender == "f" else self.one_and_half
            return one[at] if whole == "1" else f"{self.spoken(whole, case, gender)} {self.half}"
        if den.strip("0") == "1":
            return None  # «две целых одна десятая» is the decimal
        name = self.whole if _is_one(count) else self.wholes
        return " ".join([*self.cardinal(count, at, "f"), name[at], *self.parts(int(num), int(den), at)])

    def cardinal(self, value: int, at: int, gender: Gender = "m") -> list[str]:
        """The words of a number below a thousand decillions; `at` is the place of the case."""
        words: list[str] = []
        for power, group in _groups(value):
            if not power:
                words += self._below_thousand(group, at, gender)
                continue
            scale = self.scales[power - 1]
            # A lone thousand or million is not counted: «тысяча двести».
            words += self._below_thousand(group, at, scale.gender) if group > 1 else []
            words.append(scale.after(str(group), CASES[at]))
        return words

    def nth(self, value: int, which: str, at: int) -> str:
        """The ordinal of a number: all but its last word is a cardinal."""
        for power, group in reversed(_groups(value)):
            if power:
                rest = value - group * 1000**power
                last = Adjective(
                    self._compound(group) + self.scale_stems[power - 1] + self._scale_ending, self._endings
                )
            else:
                last, rest = self._last(value)
            break
        return " ".join([*(self.cardinal(rest, _NOMINATIVE) if rest else []), last.form(which, at)])

    def _last(self, value: int) -> tuple[Adjective, int]:
        """The ordinal that ends a number, and what stands before it."""
        rest = value % 100
        if rest == 0 and value:
            return self.ordinal_hundreds[value % 1000 // 100 - 1], value - value % 1000
        if rest < 20:
            return self.ordinals[rest], value - rest
        if rest % 10:
            return self.ordinals[rest % 10], value - rest % 10
        return self.ordinal_tens[rest // 10 - 2], value - rest

    def _compound(self, value: int) -> str:
        """The beginning of "двадцатиоднотысячный"."""
        if value == 1:
            return ""
        parts = [value // 100 * 100, value % 100 // 10 * 10, value % 10] if value % 100 >= 20 else []
        parts = parts or [value // 100 * 100, value % 100]
        return "".join(self.compound.get(str(part)) or self.cardinal(part, _GENITIVE)[0] for part in parts if part)

    def parts(self, count: int, parts: int, at: int) -> list[str]:
        """Parts counted by their ordinal, «две третьих», whether they have a name of their own or not."""
        # Of more than one the parts are in the genitive plural, except where the number itself is oblique.
        one = _is_one(count)
        plural_at = _GENITIVE if at in (_NOMINATIVE, _ACCUSATIVE) else at
        name = self.nth(parts, "f", at) if one else self.nth(parts, "plural", plural_at)
        return [*self.cardinal(count, at, "f"), name]

    def _decimal(self, before: str, after: str, at: int) -> str:
        count = whole(before)
        if count is None or not _fits(count, len(self.scales)):
            return f"{before},{after}"
        if len(after) > _LONGEST_PART:
            return f"{' '.join(self.cardinal(count, at))} {self.comma} {self._digits(after)}"
        name = self.whole if _is_one(count) else self.wholes
        words = self.parts(int(after), 10 ** len(after), at)
        return " ".join([*self.cardinal(count, at, "f"), name[at], *words])

    def _digits(self, text: str) -> str:
        return " ".join(self.units[int(digit)][_NOMINATIVE] for digit in text)

    def _below_thousand(self, value: int, at: int, gender: Gender) -> list[str]:
        words = [self.hundreds[value // 100 - 1][at]] if value >= 100 else []
        rest = value % 100
        if rest >= 20:
            words.append(self.tens[rest // 10 - 2][at])
            rest %= 10
        if rest or not words:
            words.append(self.genders.get(gender, {}).get(rest, self.units[rest])[at])
        return words


class RussianDigits(Russian):
    """Digits where a number stands alone; ordinals and fractions, which are declined, in words."""

    def spoken(self, text: str, case: str = "nom", gender: Gender | None = None) -> str:
        return text


def plain(text: str) -> str:
    """The digits without commas between groups of three: ``1,000,000`` is ``1000000``, ``0,125`` stays."""
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def whole(text: str) -> int | None:
    """The value of digits that are said as a number: no leading zero, and not longer than people count."""
    if not text.isascii() or not text.isdigit() or (text[0] == "0" and len(text) > 1) or len(text) > 36:
        return None
    return int(text)


_ROMAN: Final = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def roman(value: int) -> str:
    """The Roman numeral of a small number."""
    letters = ""
    for worth, sign in _ROMAN:
        count, value = divmod(value, worth)
        letters += sign * count
    return letters


@lru_cache(1024)
def from_roman(text: str) -> int | None:
    """The value of upright letters that can only be a Roman numeral, 2 to 39; None for all others.

    One letter is a letter, and what has L, C, D or M in it is more often an abbreviation.
    """
    if not 2 <= len(text) <= 7 or not set(text) <= set("IVX"):
        return None
    return next((value for value in range(2, 40) if roman(value) == text), None)


def suffix(value: int) -> str:
    """What follows the digits of an English ordinal: 1st, 2nd, 11th."""
    return "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _fits(value: int, scales: int) -> bool:
    return len(str(value)) <= 3 * scales + 3


def _groups(value: int) -> list[tuple[int, int]]:
    """The power of a thousand and the count of each group that is not nought, the greatest first; of 0 one group."""
    groups: list[tuple[int, int]] = []
    power = 0
    while value:
        value, group = divmod(value, 1000)
        if group:
            groups.append((power, group))
        power += 1
    return groups[::-1] or [(0, 0)]


def _proper(count: str, num: str, den: str) -> int | None:
    """The whole number of a mixed one; None where the fraction is none below one."""
    value, above, below = whole(count), whole(num), whole(den)
    return value if value and above and below and above < below else None


def _is_one(value: int) -> bool:
    return value % 10 == 1 and value % 100 != 11


def _is_few(value: int) -> bool:
    return value % 10 in (2, 3, 4) and value % 100 not in (12, 13, 14)
