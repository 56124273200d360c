"""The tables of what web pages are made of: tables/html.toml, html_servers.tsv and html_katex.tsv."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from panmath.convert.errors import TableError
from panmath.convert.toml_tables import parse, part, string

_MARKUP = "html.toml"
_SERVERS = "html_servers.tsv"
_SERVER_COLUMNS = ("server", "address", "parameter", "plus")
_OUTLINES = "html_katex.tsv"
_OUTLINE_COLUMNS = ("outlines", "character")
NOTATIONS = frozenset({"tex", "tex?", "display", "display?", "typed", "typed?", "typed-display", "asciimath", "mathml"})
"""What the text of an element or an attribute is written in. With a question mark: only where it looks like it."""


class Markup(NamedTuple):
    """tables/html.toml, whose comments say what the parts mean."""

    attributes: Mapping[str, str]
    elements: Mapping[str, str]
    classes: Mapping[str, str]
    valued: Mapping[str, str]
    fractions: Mapping[str, tuple[str, ...]]
    images: Mapping[str, frozenset[str]]
    ignored: Mapping[str, frozenset[str]]
    boilerplate: Mapping[str, frozenset[str]]


class Server(NamedTuple):
    """A server of formulas. `parameters` are the names of which one holds the TeX, or `?` or `/`."""

    name: str
    address: re.Pattern[str]
    parameters: tuple[str, ...]
    plus: str


def _text(name: str) -> str:
    return files(__package__).joinpath("tables", name).read_text(encoding="utf-8")


@cache
def markup() -> Markup:
    """How pages mark mathematics. TableError names the table and the key that is wrong."""
    content = parse(_text(_MARKUP), _MARKUP)

    def table(name: str) -> Mapping[str, Any]:
        return part(content, name, _MARKUP)

    def sets(name: str) -> dict[str, frozenset[str]]:
        return {key: frozenset(value) for key, value in table(name).items()}

    return Markup(
        attributes=_notations(table("attributes"), "attributes"),
        elements=_notations(table("elements"), "elements"),
        classes=_notations(table("classes"), "classes"),
        valued={key: string(value, f"{_MARKUP}: valued.{key}") for key, value in table("valued").items()},
        fractions={key: tuple(value) for key, value in table("fractions").items()},
        images=sets("images"),
        ignored=sets("ignored"),
        boilerplate=sets("boilerplate"),
    )


def _notations(table: Mapping[str, object], name: str) -> dict[str, str]:
    for key, notation in table.items():
        if notation not in NOTATIONS:
            raise TableError(f"{_MARKUP}: {name}.{key}: {notation!r} is none of {', '.join(sorted(NOTATIONS))}")
    return {key: str(notation) for key, notation in table.items()}


@cache
def servers() -> tuple[Server, ...]:
    """The servers, the first one that fits goes. TableError names the line that is wrong."""
    return tuple(_server(number, line) for number, line in _rows(_SERVERS, _SERVER_COLUMNS))


@cache
def outlines() -> Mapping[tuple[str, ...], str]:
    """What is meant by the outlines that KaTeX draws, each told by its beginning."""
    found: dict[tuple[str, ...], str] = {}
    for number, line in _rows(_OUTLINES, _OUTLINE_COLUMNS):
        begins, tab, character = line.partition("\t")
        if not tab or len(character) != 1 or tuple(begins.split("|")) in found:
            raise TableError(f"{_OUTLINES}:{number}: not new outlines and a character")
        found[tuple(begins.split("|"))] = character
    return found


def _rows(name: str, columns: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines of a table below its header, with their numbers."""
    lines = [(number, line) for number, line in enumerate(_text(name).split("\n"), 1) if line and line[0] != "#"]
    (number, header), *rows = lines
    if header.split("\t") != list(columns):
        raise TableError(f"{name}:{number}: the header is not {' '.join(columns)!r} separated by tabs")
    yield from rows


def _server(number: int, line: str) -> Server:
    cells = line.split("\t")
    if len(cells) != len(_SERVER_COLUMNS) or cells[3] not in ("plus", "space"):
        raise TableError(f"{_SERVERS}:{number}: not a name, an address, a parameter, and plus or space")
    try:
        return Server(cells[0], re.compile(cells[1]), tuple(cells[2].split("|")), cells[3])
    except re.error as error:
        raise TableError(f"{_SERVERS}:{number}: {error}") from None
