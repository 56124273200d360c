"""What people know by name: formulas and the letters of quantities, by tables/formulas.toml and quantities.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from . import toml_tables
from .errors import TableError
from .nodes import Node
from .phrases import Language
from .readers import tex
from .source import Source

FORMULAS: Final = "formulas.toml"
QUANTITIES: Final = "quantities.toml"


class Formula(NamedTuple):
    """A formula, and one of its names."""

    tex: str
    name: str

    @property
    def node(self) -> Node:
        """The formula as a tree."""
        return symbol(self.tex)


def formulas(language: Language) -> Iterator[Formula]:
    """Each name of each formula in a language. Raises TableError where the table is not what it should be."""
    rows = toml_tables.read(FORMULAS).get("formula")
    if not isinstance(rows, list):
        raise TableError(f"{FORMULAS}: no [[formula]]")
    for number, entry in enumerate(rows, start=1):
        at = f"formula {number}"
        toml_tables.check_keys(entry, ("tex", "en", "ru"), FORMULAS, at)
        formula = toml_tables.string(entry["tex"], f"{FORMULAS}: {at}.tex")
        for name in toml_tables.strings(entry[language], f"{FORMULAS}: {at}.{language}"):
            yield Formula(formula, name)


def quantities(language: Language) -> Mapping[str, tuple[str, ...]]:
    """The TeX of the letters of quantities, each with patterns of names. Raises TableError as `formulas` does."""
    table = toml_tables.part(toml_tables.read(QUANTITIES), language, QUANTITIES)
    return {
        letter: toml_tables.strings(patterns, f"{QUANTITIES}: {language}.{letter}")
        for letter, patterns in table.items()
    }


@cache
def symbol(text: str) -> Node:
    """The tree of what a table has in TeX."""
    return tex.read(Source(text), losses=[])
