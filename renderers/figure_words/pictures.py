"""Things of everyday life that pictures for counting show, as a table of small drawings: pictures.toml."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from ...convert import toml_tables
from ...convert.errors import TableError
from ...convert.source import Source
from .. import svg_reader
from ..scene import Shape, flatten, leaves, outline, transformed

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


class Drawing(NamedTuple):
    """A picture stretched to a square of one point about the origin; `width` and `height` are in sides."""

    shapes: tuple[Shape, ...]
    width: float
    height: float


@cache
def drawn(name: str, color: str) -> Drawing:
    """A picture in a colour or, where it is "", in its own."""
    picture = pictures()[name]
    body = picture.svg.replace("{color}", color or picture.color)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}">{body}</svg>'
    found = leaves(svg_reader.read(Source(svg, name), losses=[]).items)
    shapes = [leaf for leaf in found if isinstance(leaf, Shape)]
    points = [point for shape in shapes for run in flatten(outline(shape), 24) for point in run]
    left, bottom = min(x for x, _ in points), min(y for _, y in points)
    width, height = max(x for x, _ in points) - left, max(y for _, y in points) - bottom
    matrix = (1 / width, 0.0, 0.0, 1 / height, -left / width - 0.5, -bottom / height - 0.5)
    side = SIDE * svg_reader.PT
    return Drawing(tuple(transformed(shape, matrix) for shape in shapes), width / side, height / side)
