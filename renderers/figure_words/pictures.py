"""Things of everyday life that pictures for counting show, as a table of small drawings: pictures.toml."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from ...convert import toml_tables
from ...convert.errors import TableError
from ...convert.source import Source
from .. import svg_reader
from ..scene import Circle, Ellipse, Item, Path, Rectangle, Shape, leaves, transformed

SIDE: Final = 100.0
"""The drawings are made in a square of so many units, y down."""
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")


class Picture(NamedTuple):
    """One drawing. `forms` are adjectives of shape that are true of it, `color` what {color} is unless told."""

    name: str
    words: tuple[str, ...]
    color: str
    forms: frozenset[str]
    svg: str


@cache
def pictures() -> dict[str, Picture]:
    """All drawings by name; TableError for a row that is none."""
    text = files(__package__).joinpath("pictures.toml").read_text("utf-8")
    found = {}
    for name, row in toml_tables.parse(text, "pictures.toml").items():
        place = f"pictures.toml: {name}"
        toml_tables.check_keys(row, ("words", "color", "forms", "svg"), "pictures.toml", name)
        words = toml_tables.strings(row["words"], f"{place}.words")
        color = toml_tables.string(row["color"], f"{place}.color")
        forms = frozenset(toml_tables.string(row["forms"], f"{place}.forms").split())
        if not _COLOR.fullmatch(color):
            raise TableError(f"{place}.color: {color!r} is no colour #rrggbb")
        found[name] = Picture(name, words, color, forms, toml_tables.string(row["svg"], f"{place}.svg"))
    return found


@cache
def drawn(name: str, color: str) -> tuple[Item, ...]:
    """A drawing about the origin, one point large, in a colour or, where it is "", in its own."""
    picture = pictures()[name]
    body = picture.svg.replace("{color}", color or picture.color)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}">{body}</svg>'
    shapes = [leaf for leaf in leaves(svg_reader.read(Source(svg, name), losses=[]).items) if _is_shape(leaf)]
    scale = 96 / 72.27 / SIDE
    matrix = (scale, 0.0, 0.0, scale, -0.5, -0.5)
    return tuple(
        replace(one, style=replace(one.style, stroke_opacity=1.0))
        for one in (transformed(shape, matrix) for shape in shapes if isinstance(shape, Shape))
    )


def _is_shape(item: Item) -> bool:
    return isinstance(item, Path | Circle | Ellipse | Rectangle)
