"""The step that fills in what is missing: forms of a formula that a record has not, from one that it has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from ...convert.errors import InputError
from ...convert.formats import lookup
from ...convert.pipeline import Blob
from ...convert.source import Source
from .. import formulas
from ..sample import Sample
from ..step import PerSample


@dataclass(frozen=True)
class Synthesise(PerSample):
    """Fills those of the columns `forms`, which are called by their formats, that are empty.

    They are made from the first one that is not; the column `made` lists them, so that one can tell them from what
    people wrote.
    """

    name: ClassVar[str] = "synthesise"
    forms: tuple[str, ...]

    def __post_init__(self) -> None:
        """NoRouteError for what is no format."""
        for form in self.forms:
            lookup(form)

    def one(self, sample: Sample) -> Iterable[Sample]:
        there = [form for form in self.forms if sample.fields.get(form)]
        if not there:
            raise InputError(f"{sample.id}: none of the columns {', '.join(self.forms)} has anything")
        value = sample.fields[there[0]]
        given = Blob(value, sample.id) if isinstance(value, bytes) else Source(str(value), sample.id)
        missing = [form for form in self.forms if form not in there]
        for form in missing:
            result = formulas.pipeline(there[0], form)(given)
            sample.fields[form] = result.value if isinstance(result.value, bytes) else result.text
        sample.fields["made"] = missing
        return (sample,)
