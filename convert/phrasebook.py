"""The phrases of a style of speech that has a table of its own: templates for constructs, and words by their keys.

A table has the tables [templates] and others of words. What must be in it is said by the style, so that a missing
phrase, one too many, or one without its parts is found when the table is loaded and not when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from . import toml_tables
from .errors import TableError
from .phrases import Template, template


class Phrasebook(NamedTuple):
    """A loaded table."""

    templates: Mapping[str, Template]
    words: Mapping[str, Mapping[str, str]]
    """The words of each table by their keys."""


def read(name: str, parts: Mapping[str, str], tables: Iterable[str]) -> Phrasebook:
    """The phrasebook in a file of tables/; see `load`."""
    return load(toml_tables.text(name), name, parts, tables)


def load(text: str, filename: str, parts: Mapping[str, str], tables: Iterable[str]) -> Phrasebook:
    """A phrasebook from its text.

    `parts` has the templates that there must be, each with the names of its parts, separated by blanks; `tables` the
    tables of words. Raises TableError with `filename` and the key.
    """
    content = toml_tables.parse(text, filename)
    wanted = ("templates", *tables)
    toml_tables.check_keys(content, wanted, filename)
    toml_tables.check_keys(content["templates"], parts, filename, "templates")
    return Phrasebook(
        {
            key: template(content["templates"][key], frozenset(names.split()), f"{filename}: templates.{key}")
            for key, names in parts.items()
        },
        {table: _words(content[table], f"{filename}: {table}") for table in wanted[1:]},
    )


def _words(table: object, place: str) -> Mapping[str, str]:
    found = toml_tables.mapping(table, place)
    for key, words in found.items():
        if not isinstance(words, str) or words != " ".join(words.split()):
            raise TableError(f"{place}.{key}: {words!r} is not words separated by single blanks")
    return found
