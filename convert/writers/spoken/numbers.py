"""Numbers in words: as they stand in a sentence, as ordinals, and as fractions with small parts.

English keeps the digits, which every voice reads; Russian needs words, because numbers are declined. The words are in
tables/phrases.LANGUAGE.toml; the cases are nom, gen, dat, acc, ins, pre.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

CASES: Final = ("nom", "gen", "dat", "acc", "ins", "pre")

_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DECIMAL = re.compile(r"([0-9]*)[.,]([0-9]+)")
_ZEROS = re.compile(r"0[0-9]+")


class Numbers(Protocol):
    """What a language has to say about numbers. Texts are digits as a formula has them."""

    def spoken(self, text: str, case: str) -> str:
        """A number in a sentence."""

    def ordinal(self, text: str, case: str) -> str | None:
        """The word before "power" or "root" (in Russian feminine), or None where nobody says that."""

    def fraction(self, num: str, den: str, case: str) -> str | None:
        """A fraction of two small numbers as people say it, "two thirds", or None."""


class English:
    """Digits, ordinals up to twentieth, and halves to tenths."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.ordinals: list[str] = table["ordinals"]
        self.cardinals: list[str] = table["cardinals"]
        self.parts: Mapping[str, str] = table["parts"]
        self.letter_ordinal: str = table["letter_ordinal"]

    def spoken(self, text: str, case: str) -> str:
        return text

    def ordinal(self, text: str, case: str) -> str | None:
        if len(text) == 1 and text.isalpha():
            return text + self.letter_ordinal
        value = _whole(text)
        return self.ordinals[value] if value is not None and value < len(self.ordinals) else None

    def fraction(self, num: str, den: str, case: str) -> str | None:
        count, parts = _whole(num), _whole(den)
        if count is None or parts is None or not 0 < count < len(self.cardinals) or not 2 <= parts <= 10:
            return None
        one = count == 1
        if parts == 2:
            name = self.parts["half" if one else "halves"]
        elif parts == 4:
            name = self.parts["quarter" if one else "quarters"]
        else:
            name = self.ordinals[parts] + ("" if one else "s")
        return f"{self.cardinals[count]} {name}"


class Russian:
    """Whole numbers below a million and decimals in words, in six cases."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.units: list[list[str]] = [forms.split() for forms in table["units"]]
        self.one: list[str] = table["one"].split()
        self.feminine: dict[int, list[str]] = {1: table["one_feminine"].split(), 2: table["two_feminine"].split()}
        self.tens: list[list[str]] = [forms.split() for forms in table["tens"]]
        self.hundreds: list[list[str]] = [forms.split() for forms in table["hundreds"]]
        self.thousand: list[str] = table["thousand"].split()
        self.thousands: list[str] = table["thousands"].split()
        self.many_thousands: str = table["many_thousands"]
        self.whole: list[str] = table["whole"].split()
        self.wholes: list[str] = table["wholes"].split()
        self.ordinals: list[str] = table["ordinals"]
        self.ordinal_tens: list[str] = table["ordinal_tens"]
        self.ordinal_hundreds: list[str] = table["ordinal_hundreds"]
        self.endings: list[str] = table["endings"].split()
        self.soft_endings: list[str] = table["soft_endings"].split()
        self.decimal_parts: list[str] = table["decimal_parts"]

    def spoken(self, text: str, case: str) -> str:
        at = CASES.index(case)
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        value = _whole(text)
        if value is not None:
            return " ".join(self._cardinal(value, at))
        if _ZEROS.fullmatch(text):
            return " ".join(self.units[int(digit)][0] for digit in text)
        match = _DECIMAL.fullmatch(text)
        if match is None or len(match[2]) > len(self.decimal_parts) or len(match[1]) > 6:
            return text
        whole, part = int(match[1] or "0"), int(match[2])
        name = self.decimal_parts[len(match[2]) - 1]
        return " ".join(
            [
                *self._cardinal(whole, at, feminine=True),
                (self.whole if _is_one(whole) else self.wholes)[at],
                *self._cardinal(part, at, feminine=True),
                name + (self.endings[at] if _is_one(part) else self.endings[6]),
            ]
        )

    def ordinal(self, text: str, case: str) -> str | None:
        value = _whole(text)
        if value is None or value >= 1000:
            return None
        return self._ordinal(value, CASES.index(case))

    def fraction(self, num: str, den: str, case: str) -> str | None:
        count, parts = _whole(num), _whole(den)
        if count is None or parts is None or not 0 < count < 100 or not 2 <= parts <= 100:
            return None
        at = CASES.index(case)
        # Of more than one the parts are in the genitive plural, except where the number itself is oblique.
        return " ".join([*self._cardinal(count, at, feminine=True), self._ordinal(parts, at if _is_one(count) else 6)])

    def _cardinal(self, value: int, at: int, *, feminine: bool = False) -> list[str]:
        if value < 20 and not feminine:
            return [self.units[value][at]]
        words: list[str] = []
        if value >= 1000:
            count = value // 1000
            words += self._cardinal(count, at, feminine=True) if count > 1 else []
            words.append(self._thousands(count, at))
            value %= 1000
            if not value:
                return words
        if value >= 100:
            words.append(self.hundreds[value // 100 - 1][at])
            value %= 100
        if value >= 20:
            words.append(self.tens[value // 10 - 2][at])
            value %= 10
        if value or not words:
            words.append(self._unit(value, at, feminine))
        return words

    def _unit(self, value: int, at: int, feminine: bool) -> str:
        if feminine and value in self.feminine:
            return self.feminine[value][at]
        return self.one[at] if value == 1 else self.units[value][at]

    def _thousands(self, count: int, at: int) -> str:
        if _is_one(count):
            return self.thousand[at]
        if at not in (0, 3):
            return self.thousands[at]
        few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
        return self.thousands[0] if few else self.many_thousands

    def _ordinal(self, value: int, form: int) -> str:
        """`form` counts the endings: six cases, then the genitive plural."""
        words: list[str] = []
        if value > 100 and value % 100:
            words.append(self.hundreds[value // 100 - 1][0])
            value %= 100
        if value >= 100:
            return " ".join([*words, self.ordinal_hundreds[value // 100 - 1] + self.endings[form]])
        if value > 20 and value % 10:
            words.append(self.tens[value // 10 - 2][0])
            value %= 10
        stem = self.ordinals[value] if value < 20 else self.ordinal_tens[value // 10 - 2]
        endings = self.soft_endings if value == 3 else self.endings
        return " ".join([*words, stem + endings[form]])


def _whole(text: str) -> int | None:
    """The value of digits that are said as a number: no leading zero, not too large."""
    if not text.isascii() or not text.isdigit() or (text[0] == "0" and len(text) > 1) or len(text) > 6:
        return None
    return int(text)


def _is_one(value: int) -> bool:
    return value % 10 == 1 and value % 100 != 11
