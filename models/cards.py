"""The shipped checkpoints: one row of cards.tsv each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from panmath.convert.errors import TableError


class Card(NamedTuple):
    """What is to be known of a checkpoint at a glance; its README.md says the rest.

    `edge` is the edge that it serves, as ``spoken → tex``, `sha256` the sum of model.safetensors, `size` its megabytes.
    """

    name: str
    edge: str
    parameters: str
    size: str
    languages: str
    licence: str
    sha256: str
    scores: str

    @property
    def folder(self) -> Path:
        """Where the checkpoint lies."""
        return Path(str(files(__package__))) / "weights" / self.name


@cache
def cards() -> tuple[Card, ...]:
    """All cards; TableError for a row with too many or too few cells."""
    found = []
    text = files(__package__).joinpath("cards.tsv").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(Card._fields) or not all(cells):
            raise TableError(f"cards.tsv:{number}: {len(cells)} cells instead of {len(Card._fields)}, or an empty one")
        found.append(Card(*cells))
    return tuple(found)


def default(edge: str) -> Card | None:
    """The checkpoint that an edge takes unless told otherwise."""
    return next((card for card in cards() if card.edge == edge), None)
