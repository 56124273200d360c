"""The notation of linear mathematics in Unicode, which the reader and the writer share.

The grammar is that of UnicodeMath (M. Sargent, Unicode Technical Note 28), so that Word reads it too: ``a/b``,
``√(x+1)``, ``∑_(i=0)^n i²``, ``[■(a&b@c&d)]``. Parentheses that only hold an argument together vanish; ``〖 〗``
group without being seen; a backslash takes from the next character its meaning in this notation.
"""

from __future__ import annotations

from functools import cache

from . import symbols
from .nodes import AtomClass, Font

MAX_DEPTH = 200
"""How deep groups and arguments may nest."""

SUPERSCRIPTS: dict[str, str] = dict(
    zip(
        "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθϕχ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
        strict=True,
    )
)
SUBSCRIPTS: dict[str, str] = dict(
    zip("0123456789+−=()aehijklmnoprstuvxβγρϕχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)

PRIMES: dict[int, str] = {1: "′", 2: "″", 3: "‴", 4: "⁗"}
"""Unicode's characters for one to four primes."""

ROOTS: dict[str, str] = {"3": "∛", "4": "∜"}

COMBINING: dict[str, tuple[str, str]] = {
    "\u0300": ("grave", "grave"), "\u0301": ("acute", "acute"), "\u0302": ("hat", "widehat"),
    "\u0303": ("tilde", "widetilde"), "\u0304": ("bar", "overline"), "\u0305": ("overline", "overline"),
    "\u0306": ("breve", "breve"), "\u0307": ("dot", "dot"), "\u0308": ("ddot", "ddot"),
    "\u030a": ("mathring", "mathring"), "\u030c": ("check", "widecheck"),
    "\u20d0": ("overleftharpoon", "overleftharpoon"), "\u20d1": ("overrightharpoon", "overrightharpoon"),
    "\u20d6": ("overleftarrow", "overleftarrow"), "\u20d7": ("vec", "overrightarrow"), "\u20db": ("dddot", "dddot"),
    "\u20dc": ("ddddot", "ddddot"), "\u20e1": ("overleftrightarrow", "overleftrightarrow"),
    "\u0330": ("utilde", "utilde"), "\u0332": ("underline", "underline"),
    "\u034d": ("underleftrightarrow", "underleftrightarrow"), "\u20ee": ("underleftarrow", "underleftarrow"),
    "\u20ef": ("underrightarrow", "underrightarrow"),
}  # fmt: skip
"""Combining character → the accent it is over one character, and the one over a parenthesis."""

NEGATION = "\u0338"
"""The combining stroke that negates a relation."""

MARKS: dict[str, str] = {mark: char for char, marks in COMBINING.items() for mark in marks if mark != "overline"} | {
    "overline": "\u0305"
}
"""The inverse of `COMBINING`."""

PREFIXES: dict[str, str] = {
    "¯": "overline", "▁": "underline", "⏞": "overbrace", "⏟": "underbrace", "⎴": "overbracket", "⎵": "underbracket",
    "⏜": "overparen", "⏝": "underparen", "⏠": "overgroup", "⏡": "undergroup",
}  # fmt: skip
"""Marks that stand before what they cover: ``⏞(a+b)^n``."""

PREFIX_OF: dict[str, str] = {mark: char for char, mark in PREFIXES.items()}

WORD_FONTS: frozenset[Font] = frozenset({"it", "bf", "bi", "sf", "sfbf", "sfit", "sfbi", "tt"})
"""Alphabets whose letters, side by side, are one word."""

ENCLOSURES: dict[str, str] = {"▭": "box", "╱": "cancel", "╲": "bcancel", "╳": "xcancel"}
ENCLOSURE_OF: dict[str, str] = {kind: char for char, kind in ENCLOSURES.items()}

ALIASES: dict[str, str] = {
    "*": "∗", "-": "−", "~": "∼", "·": "⋅", "∕": "/", "〈": "⟨", "〉": "⟩", "∆": "Δ", "µ": "μ", "Ω": "Ω",
}  # fmt: skip
"""Characters that are typed where another one is meant."""

STRUCTURAL: frozenset[str] = frozenset(
    '^_/⁄¦√∛∜┬┴├┤■█▒〖〗"“”\\&@°²³¹½¼¾¯⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞’' + "".join(ALIASES)
    + "".join(PREFIXES) + "".join(ENCLOSURES) + "".join(SUPERSCRIPTS.values()) + "".join(SUBSCRIPTS.values())
    + "".join(PRIMES.values()) + "".join(COMBINING) + NEGATION
)  # fmt: skip
"""Characters that build something; one that is meant as itself has a backslash before it."""

ROUNDHAND = "\ufe01"
"""Unicode has one script alphabet, read as TeX's `cal`; this variation selector after a letter makes it `scr`."""

UPRIGHT: dict[str, str] = {"d": "ⅆ", "e": "ⅇ", "i": "ⅈ", "D": "ⅅ", "j": "ⅉ"}
"""Upright letters that have a character of their own: the differential, Euler's number, the imaginary unit."""

STRETCHING: frozenset[str] = frozenset("→←↔⇐⇒⇔↩↪↦⇁⇀↽↼⇌⇋↠↞⇄⇆")
"""Arrows that grow with what stands over or under them."""

PARTS: dict[str, str] = {"ℜ": "R", "ℑ": "I"}
"""The signs of the real and the imaginary part are these letters of Fraktur; with a backslash they are just letters."""

SHORT_ARGUMENT = frozenset(
    "sin cos tan cot sec csc tg ctg ln lg log exp arcsin arccos arctan arctg arcctg sinh cosh tanh coth".split()
)
"""Functions before which people leave out the space: ``sinx``."""


@cache
def functions() -> frozenset[str]:
    """The words that are read as functions without more ado: ``sin``, ``lim sup``."""
    return frozenset(row.char for row in symbols.rows() if row.cls in ("fn", "fnlim"))


@cache
def function_limits(name: str) -> bool:
    """Whether scripts of this function stand above and below it in display."""
    return symbols.by_char(name, "fnlim") is not None


@cache
def split_word(word: str) -> tuple[str, ...] | None:
    """A word of letters as a function, or a function and its argument; None for a product of letters.

    >>> split_word("sinx"), split_word("max"), split_word("mine")
    (('sin', 'x'), ('max',), None)
    """
    if word in functions():
        return (word,)
    if word[:-1] in SHORT_ARGUMENT and word[:-1] in functions():
        return (word[:-1], word[-1])
    return None


_CLASSES: dict[str, AtomClass] = {
    "ord": "ord", "op": "op", "int": "op", "bin": "bin", "rel": "rel", "open": "open", "close": "close",
    "punct": "punct", "inner": "inner",
}  # fmt: skip


@cache
def symbol_class(char: str) -> AtomClass | None:
    """The class of a character that stands alone; None for a letter.

    Characters that the table of symbols does not know are letters if Unicode says so, and ordinary symbols otherwise.
    """
    for row in _rows_by_char().get(char, ()):
        if row.cls == "letter":
            return None
        if row.cls in _CLASSES:
            return _CLASSES[row.cls]
    return None if char.isalpha() else "ord"


@cache
def _rows_by_char() -> dict[str, list[symbols.Symbol]]:
    table: dict[str, list[symbols.Symbol]] = {}
    for row in symbols.rows():
        table.setdefault(row.char, []).append(row)
    return table
