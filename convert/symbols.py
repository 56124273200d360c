r"""The table of symbols: one row says everything about a symbol, and every reader and writer asks here.

tables/symbols.tsv has the columns ``name char class prec tex en ru sympy``, separated by tabs. No cell is empty: ``-``
means "none, on purpose", and a word behind ``~`` has not been reviewed. The loader refuses a bad row by file and line.

    >>> by_tex(r"\leq").char
    '≤'
    >>> by_char("△", "bin").name
    'bigtriangleup'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from .errors import TableError

SymbolClass: TypeAlias = Literal[
    "letter", "ord", "op", "int", "fn", "fnlim", "bin", "rel", "open", "close", "punct", "inner",
    "accent", "wide", "under",
]  # fmt: skip
"""What a row is. letter: a letter. ord, bin, rel, open, close, punct, inner: TeX's classes of atoms. op: a big operator
whose scripts are limits in display; int: one whose scripts stay beside it. fn, fnlim: a function named by a word, the
latter with limits. accent, wide, under: a narrow mark over its base, one that stretches, one that stretches below."""

COLUMNS = ("name", "char", "class", "prec", "tex", "en", "ru", "sympy")

_TABLE = Path(__file__).parent / "tables" / "symbols.tsv"
_NONE = "-"
_UNREVIEWED = "~"
_CLASSES = frozenset(get_args(SymbolClass))
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_PREC: dict[str, int | None] = {_NONE: None} | {str(strength): strength for strength in range(100)}


@dataclass(frozen=True, slots=True)
class Symbol:
    r"""One row of the table.

    `char` is the character, or several (``⩽̸``, ``∷≈``), or the word of a named function (``lim sup``).
    `prec` says how strongly it binds (the scale stands at the top of the table), None where that has no meaning.
    `tex` are the spellings that TeX readers take, the preferred one first; empty for a symbol that TeX cannot name.
    `en` and `ru` are what a person says; `unreviewed` names the languages whose words are machine-made.
    `sympy` is the name of the object or function in SymPy.
    """

    name: str
    char: str
    cls: SymbolClass
    prec: int | None
    tex: tuple[str, ...]
    en: str | None
    ru: str | None
    sympy: str | None
    unreviewed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Index:
    rows: tuple[Symbol, ...]
    by_name: dict[str, Symbol]
    by_tex: dict[str, Symbol]
    by_char: dict[str, Symbol]
    by_char_and_class: dict[tuple[str, str], Symbol]


@cache
def _index() -> _Index:
    symbols = load(_TABLE.read_text(encoding="utf-8"), _TABLE.name)
    by_char: dict[str, Symbol] = {}
    for symbol in symbols:
        by_char.setdefault(symbol.char, symbol)
    return _Index(
        rows=symbols,
        by_name={symbol.name: symbol for symbol in symbols},
        by_tex={spelling: symbol for symbol in symbols for spelling in symbol.tex},
        by_char=by_char,
        by_char_and_class={(symbol.char, symbol.cls): symbol for symbol in symbols},
    )


def rows() -> tuple[Symbol, ...]:
    """All symbols, in the order of the table."""
    return _index().rows


def by_name(name: str) -> Symbol | None:
    """The symbol of that name, as ``alpha`` or ``widehat``."""
    return _index().by_name.get(name)


def by_tex(spelling: str) -> Symbol | None:
    r"""The symbol that TeX writes so, as ``\leq`` or ``+``."""
    return _index().by_tex.get(spelling)


def by_char(char: str, cls: SymbolClass | None = None) -> Symbol | None:
    """The first symbol of that character, or the one that also has that class."""
    if cls is None:
        return _index().by_char.get(char)
    return _index().by_char_and_class.get((char, cls))


def load(text: str, filename: str) -> tuple[Symbol, ...]:
    """The rows of a table given as text.

    Raises TableError with `filename` and the line for the first row that is not well formed, or that takes a name, a
    spelling, or a character with its class that an earlier row has.
    """
    lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line and not line.startswith("#"))
    number, header = next(lines, (1, ""))
    if tuple(header.split("\t")) != COLUMNS:
        raise TableError(f"{filename}:{number}: the header is not {' '.join(COLUMNS)!r} separated by tabs")
    symbols: list[Symbol] = []
    names: dict[str, int] = {}
    characters: dict[str, int] = {}
    spellings: dict[str, int] = {}
    for number, line in lines:
        try:
            symbol = _symbol(line)
            _claim(names, symbol.name, number, "name")
            _claim(characters, f"{symbol.char} of class {symbol.cls}", number, "character")
            for spelling in symbol.tex:
                _claim(spellings, spelling, number, "spelling")
        except ValueError as error:
            raise TableError(f"{filename}:{number}: {error}") from None
        symbols.append(symbol)
    return tuple(symbols)


def _claim(taken: dict[str, int], key: str, line: int, what: str) -> None:
    """Raises ValueError if an earlier row, or this one, has the key already."""
    if key in taken:
        raise ValueError(f"{what} {key} is taken by line {taken[key]}")
    taken[key] = line


def _symbol(line: str) -> Symbol:
    """Raises ValueError with what is wrong."""
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells instead of {len(COLUMNS)}")
    if "" in cells:
        raise ValueError(f"the cell {COLUMNS[cells.index('')]!r} is empty ('-' means none)")
    name, char, cls, prec, tex, en, ru, sympy = cells
    if not _NAME.fullmatch(name):
        raise ValueError(f"name {name!r} is not lower-case ASCII letters, digits and hyphens")
    if cls not in _CLASSES:
        raise ValueError(f"unknown class {cls!r}")
    if prec not in _PREC:
        raise ValueError(f"prec {prec!r} is neither a whole number from 0 to 99 nor '-'")
    spellings: tuple[str, ...] = () if tex == _NONE else tuple(tex.split(" "))
    if "" in spellings:
        raise ValueError(f"the spellings {tex!r} are not separated by single blanks")
    if _UNREVIEWED in (en, ru):
        raise ValueError("'~' marks a word and there is none ('-' means none)")
    unreviewed: tuple[str, ...] = ()
    if en[0] == _UNREVIEWED:
        en, unreviewed = en[1:], ("en",)
    if ru[0] == _UNREVIEWED:
        ru, unreviewed = ru[1:], (*unreviewed, "ru")
    return Symbol(
        name,
        char,
        cls,  # type: ignore[arg-type]  # checked above
        _PREC[prec],
        spellings,
        None if en == _NONE else en,
        None if ru == _NONE else ru,
        None if sympy == _NONE else sympy,
        unreviewed,
    )
