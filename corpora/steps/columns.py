"""Steps that move columns about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from ...convert.errors import InputError
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


@dataclass(frozen=True)
class Rename(PerSample):
    """Calls columns otherwise: `columns` has the new names by the old ones."""

    name: ClassVar[str] = "rename"
    columns: dict[str, Any]

    def one(self, sample: Sample) -> Iterable[Sample]:
        missing = [column for column in self.columns if column not in sample.fields]
        if missing:
            raise InputError(f"{sample.id}: no column {missing[0]!r}; the columns are {', '.join(sample.fields)}")
        sample.fields = {str(self.columns.get(name, name)): value for name, value in sample.fields.items()}
        return (sample,)
