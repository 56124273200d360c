r"""Which font the leaves get: the state that `\mathbf`, `\bf` and `\boldmath` change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...nodes import Font

_BOLD: dict[Font, Font] = {
    "": "bi", "rm": "bf", "it": "bi", "cal": "bfcal", "scr": "bfscr", "frak": "bffrak", "sf": "sfbf", "sfit": "sfbi",
}  # fmt: skip
_DIGITS: dict[Font, Font] = {
    "bf": "bf", "bi": "bf", "bfcal": "bf", "bfscr": "bf", "bffrak": "bf", "it": "it", "bb": "bb", "sf": "sf",
    "sfit": "sf", "sfbf": "sfbf", "sfbi": "sfbf", "tt": "tt",
}  # fmt: skip
WORD_FONTS: frozenset[Font] = frozenset({"rm", "it", "bf", "bi", "sf", "sfbf", "sfit", "sfbi", "tt"})
r"""Fonts whose letters make words: `\mathrm{eff}` is one identifier, `\mathcal{AB}` are two."""


@dataclass(frozen=True, slots=True)
class Face:
    """The chosen alphabet and whether the bold version of the fonts is on, with the font of each kind of leaf."""

    name: Font
    bold: bool
    letter: Font
    capital_greek: Font
    digit: Font
    symbol: Font
    makes_words: bool


@cache
def face(name: Font = "", bold: bool = False) -> Face:
    """The face for an alphabet, with `bold` for `\\boldsymbol` around it."""
    letter = _BOLD.get(name, name) if bold else name
    # Capital Greek and digits are upright by default, so their bold is the upright bold.
    capital = "bf" if bold and name == "" else letter
    return Face(name, bold, letter, capital, _DIGITS.get(letter, ""), "bi" if bold else "", letter in WORD_FONTS)
