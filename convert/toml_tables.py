"""The tables of the library in TOML: one place reads and parses them, and checks keys and the types of elements.

Everything that is wrong with a table is a TableError with the name of its file and the key. `at` is the path to a part
of a table, as ``natural.bigs``, empty for the whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from importlib.resources import files
from typing import Any

from .errors import TableError


def text(name: str) -> str:
    """The text of a file of tables/."""
    return files(__package__).joinpath("tables", name).read_text(encoding="utf-8")


def read(name: str) -> dict[str, Any]:
    """The content of a file of tables/."""
    return parse(text(name), name)


def parse(text: str, filename: str) -> dict[str, Any]:
    """The content of a table from its text."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{filename}: {error}") from None


def part(content: Mapping[str, Any], key: str, filename: str) -> Mapping[str, Any]:
    """One of the tables that a file is made of."""
    if key not in content:
        raise TableError(f"{filename}: no table [{key}]")
    return mapping(content[key], f"{filename}: {key}")


def check_keys(table: object, known: Collection[str], filename: str, at: str = "", *, optional: bool = False) -> None:
    """Raises TableError unless this is a table with these keys and no others; where `optional`, some may be missing."""
    found = mapping(table, f"{filename}: {at}" if at else filename)
    prefix = f"{filename}: {at}." if at else f"{filename}: "
    if missing := [key for key in known if key not in found and not optional]:
        raise TableError(f"{prefix}{missing[0]}: missing")
    if unknown := sorted(set(found) - set(known)):
        raise TableError(f"{prefix}{unknown[0]}: unknown key")


def mapping(value: object, place: str) -> Mapping[str, Any]:
    """A table."""
    if not isinstance(value, dict):
        raise TableError(f"{place}: not a table")
    return value


def string(value: object, place: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TableError(f"{place}: {value!r} is not text")
    return value


def strings(value: object, place: str, what: str = "texts") -> tuple[str, ...]:
    """A list of texts; `what` says what they are."""
    if not isinstance(value, list) or not all(isinstance(element, str) for element in value):
        raise TableError(f"{place}: {value!r} is not a list of {what}")
    return tuple(value)
