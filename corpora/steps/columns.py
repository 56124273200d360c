"""Steps that move columns about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from ..sample import Sample
from ..step import PerSample


@dataclass(frozen=True)
class Select(PerSample):
    """Keeps some columns. One that a sample has not is empty, so that all records have the same."""

    name: ClassVar[str] = "select"
    columns: tuple[str, ...]

    def one(self, sample: Sample) -> Iterable[Sample]:
        sample.fields = {column: sample.fields.get(column) for column in self.columns}
        return (sample,)
