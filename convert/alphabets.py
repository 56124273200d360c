"""The mathematical alphanumeric symbols of Unicode: which character is which letter in which font.

Source: Unicode chapter 22.2 and the code chart U+1D400–U+1D7FF with its holes in Letterlike Symbols.
"""

from __future__ import annotations

from functools import cache

from .nodes import Font

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ"
_DIGITS = "0123456789"

_LATIN_STARTS: dict[Font, int] = {
    "bf": 0x1D400, "it": 0x1D434, "bi": 0x1D468, "scr": 0x1D49C, "bfscr": 0x1D4D0, "frak": 0x1D504, "bb": 0x1D538,
    "bffrak": 0x1D56C, "sf": 0x1D5A0, "sfbf": 0x1D5D4, "sfit": 0x1D608, "sfbi": 0x1D63C, "tt": 0x1D670,
}  # fmt: skip
_GREEK_STARTS: dict[Font, int] = {"bf": 0x1D6A8, "it": 0x1D6E2, "bi": 0x1D71C, "sfbf": 0x1D756, "sfbi": 0x1D790}
_DIGIT_STARTS: dict[Font, int] = {"bf": 0x1D7CE, "bb": 0x1D7D8, "sf": 0x1D7E2, "sfbf": 0x1D7EC, "tt": 0x1D7F6}

_HOLES: dict[tuple[str, Font], str] = {
    ("h", "it"): "ℎ",
    **{(c, "scr"): s for c, s in zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)},
    **{(c, "frak"): s for c, s in zip("CHIRZ", "ℭℌℑℜℨ", strict=True)},
    **{(c, "bb"): s for c, s in zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)},
}
_TWINS: dict[Font, Font] = {"cal": "scr", "bfcal": "bfscr"}
"""Unicode has one script alphabet; both of TeX's, calligraphic and script, are written in it."""

_EXTRA: dict[str, tuple[str, Font]] = {
    "𝚤": ("ı", "it"), "𝚥": ("ȷ", "it"), "ⅆ": ("d", "bb"), "ⅅ": ("D", "bb"), "ⅇ": ("e", "bb"), "ⅈ": ("i", "bb"),
    "ⅉ": ("j", "bb"), "ℽ": ("γ", "bb"), "ℼ": ("π", "bb"), "ℾ": ("Γ", "bb"), "ℿ": ("Π", "bb"),
}  # fmt: skip


@cache
def _styled() -> dict[tuple[str, Font], str]:
    blocks = ((_LATIN, _LATIN_STARTS), (_GREEK, _GREEK_STARTS), (_DIGITS, _DIGIT_STARTS))
    table = {
        (letter, font): chr(start + index)
        for letters, starts in blocks
        for font, start in starts.items()
        for index, letter in enumerate(letters)
    }
    return table | _HOLES


@cache
def _plain() -> dict[str, tuple[str, Font]]:
    return {char: pair for pair, char in _styled().items()} | _EXTRA


def styled(letter: str, font: Font) -> str | None:
    """The character for a letter or digit in a font, or None where Unicode has none: ("R", "bb") → "ℝ"."""
    return _styled().get((letter, _TWINS.get(font, font)))


def plain(char: str) -> tuple[str, Font] | None:
    """The inverse of `styled`: "ℝ" → ("R", "bb"); None for other characters."""
    return _plain().get(char)
