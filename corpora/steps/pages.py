"""Steps for the records of pages and papers, as `panmath extract` writes them: text with lists of what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ...convert.errors import InputError
from .. import formulas
from ..sample import Sample, Unfit
from ..step import PerSample


def _items(sample: Sample, column: str) -> list[Mapping[str, Any]]:
    value = sample.fields.get(column)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        there = ", ".join(sample.fields)
        raise InputError(f"{sample.id}: no list of tables in a column {column!r}; the columns are {there}")
    return value


@dataclass(frozen=True)
class Count(PerSample):
    """Leaves out what has fewer than `fewest` items in the list of a column; the column `count` says how many.

    With `denser` there must be so many for each thousand characters of the column `text`.
    """

    name: ClassVar[str] = "count"
    column: str = "formulas"
    fewest: int = 1
    denser: float = 0.0
    text: str = "text"

    def one(self, sample: Sample) -> Iterable[Sample]:
        found = len(_items(sample, self.column))
        if found < self.fewest:
            raise Unfit(f"few {self.column}")
        if self.denser and found < self.denser * len(formulas.text(sample, self.text)) / 1000:
            raise Unfit(f"few {self.column} for its length")
        sample.fields["count"] = found
        return (sample,)


@dataclass(frozen=True)
class Unfold(PerSample):
    """Makes a record of each item in the list of a column: its own columns, and those of the page but for the list.

    `context` is how many characters of the column `text` before and after it go along, where items say by `start` and
    `end` where they stand.
    """

    name: ClassVar[str] = "unfold"
    column: str = "formulas"
    context: int = 200
    text: str = "text"

    def one(self, sample: Sample) -> Iterable[Sample]:
        page = {name: value for name, value in sample.fields.items() if name not in (self.column, self.text)}
        text = sample.fields.get(self.text)
        for number, item in enumerate(_items(sample, self.column)):
            around: dict[str, Any] = {}
            if isinstance(text, str):
                start, end = _place(sample, item, len(text))
                around = {
                    "before": text[max(0, start - self.context) : start],
                    "after": text[end : end + self.context],
                }
            yield sample.derived(number, {**page, **item, **around})


@dataclass(frozen=True)
class Interleave(PerSample):
    """Cuts a text at its pictures: `texts` and `images` are lists of the same length, and in each place one of both has
    something, a piece of text or the address of a picture, in the order of the page.
    """

    name: ClassVar[str] = "interleave"
    text: str = "text"
    images: str = "images"

    def one(self, sample: Sample) -> Iterable[Sample]:
        text = formulas.text(sample, self.text)
        texts, images, place = list[str | None](), list[str | None](), 0
        for item in sorted(_items(sample, self.images), key=lambda item: _place(sample, item, len(text))):
            start, end = _place(sample, item, len(text))
            if start < place:
                continue  # a picture inside the description of another
            if piece := text[place:start].strip():
                texts, images = [*texts, piece], [*images, None]
            texts, images, place = [*texts, None], [*images, str(item.get("address", ""))], end
        if piece := text[place:].strip():
            texts, images = [*texts, piece], [*images, None]
        sample.fields |= {"texts": texts, "images": images}
        return (sample,)


def _place(sample: Sample, item: Mapping[str, Any], length: int) -> tuple[int, int]:
    start, end = item.get("start"), item.get("end")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start <= end <= length):
        raise InputError(f"{sample.id}: an item stands from {start!r} to {end!r}, which is not in the text")
    return start, end
