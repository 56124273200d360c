"""What steps know about formulas: in which column they are, and their trees."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache

from ..convert.errors import InputError, PanmathError
from ..convert.formats import lookup
from ..convert.nodes import Node
from ..convert.normal import equal
from ..convert.pipeline import Pipeline
from ..convert.source import Source
from .sample import Sample


@cache
def pipeline(source: str, to: str) -> Pipeline:
    """A pipeline without options, made once."""
    return Pipeline(source, to)


_GENERAL = ("text", "formula", "content")
"""Columns in which anything may stand."""


@cache
def _columns_for(source: str) -> tuple[str, ...]:
    """Where values of a format are looked for if nobody says where: its names, its suffixes, and general ones."""
    format = lookup(source)
    suffixes = (suffix[1:] for suffix in (*format.suffixes, *format.also_in))
    general = _GENERAL if format.carrier == "text" else ()
    return tuple(dict.fromkeys((format.name, *format.aliases, *suffixes, *general)))


def find(columns: Iterable[str], source: str, column: str = "") -> str:
    """The column with values of a format, or the one that is named; InputError where there is none."""
    there = list(columns)
    candidates = (column,) if column else _columns_for(source)
    for name in candidates:
        if name in there:
            return name
    wanted = f"column {column!r}" if column else f"column for {source}, which is called {candidates[0]!r}"
    raise InputError(f"no {wanted}; there are {', '.join(there) or 'none'}; --column names it")


def text(sample: Sample, column: str) -> str:
    """The text in a column; InputError where there is none."""
    value = sample.fields.get(column)
    if not isinstance(value, str):
        there = ", ".join(sample.fields)
        raise InputError(f"{sample.id}: no text in a column {column!r}; the columns are {there}")
    return value


def tree(sample: Sample, column: str, source: str = "tex") -> Node:
    """The tree of the formula in a column."""
    node: Node = pipeline(source, "ast")(Source(text(sample, column), sample.id)).value
    return node


def tex(node: Node) -> str:
    """The formula as we write it."""
    written: str = pipeline("ast", "tex")(node).value
    return written


def digest(text: str) -> str:
    """The first sixteen digits of the checksum of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def same(first: str, second: str) -> bool:
    """Whether two texts in TeX are one formula."""
    try:
        return equal(pipeline("tex", "ast")(first).value, pipeline("tex", "ast")(second).value)
    except PanmathError:
        return False
