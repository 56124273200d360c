"""The phrases of a style of speech that has a table of its own: templates for constructs, and words by their keys.

A table has the tables [templates] and others of words. What must be in it is said by the style, so that a missing
phrase, one too many, or one without its parts is found when the table is loaded and not when it is needed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import NamedTuple

from .errors import TableError
from .phrases import Template, template


class Phrasebook(NamedTuple):
    """A loaded table."""

    templates: Mapping[str, Template]
    words: Mapping[str, Mapping[str, str]]
    """The words of each table by their keys."""


def read(name: str, parts: Mapping[str, str], tables: Iterable[str]) -> Phrasebook:
    """The phrasebook in a file of tables/; see `load`."""
    return load(files(__package__).joinpath("tables", name).read_text(encoding="utf-8"), name, parts, tables)


def load(text: str, filename: str, parts: Mapping[str, str], tables: Iterable[str]) -> Phrasebook:
    """A phrasebook from its text.

    `parts` has the templates that there must be, each with the names of its parts, separated by blanks; `tables` the
    tables of words. Raises TableError with `filename` and the key.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{filename}: {error}") from None
    wanted = ("templates", *tables)
    _same(set(content), set(wanted), filename, "")
    _same(set(content["templates"]), set(parts), filename, "templates.")
    return Phrasebook(
        {
            key: template(content["templates"][key], frozenset(names.split()), f"{filename}: templates.{key}")
            for key, names in parts.items()
        },
        {table: _words(content[table], f"{filename}: {table}") for table in wanted[1:]},
    )


def _same(found: set[str], wanted: set[str], filename: str, place: str) -> None:
    if missing := sorted(wanted - found):
        raise TableError(f"{filename}: {place}{missing[0]}: missing")
    if unknown := sorted(found - wanted):
        raise TableError(f"{filename}: {place}{unknown[0]}: unknown key")


def _words(table: object, place: str) -> Mapping[str, str]:
    if not isinstance(table, dict):
        raise TableError(f"{place}: not a table")
    for key, words in table.items():
        if not isinstance(words, str) or words != " ".join(words.split()):
            raise TableError(f"{place}.{key}: {words!r} is not words separated by single blanks")
    return table
