"""What flows through a corpus: samples, and what was taken out of it, with the reason."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from ..convert.errors import CheckpointError, MissingExtraError, OptionError, PanmathError

Fields: TypeAlias = dict[str, Any]
"""Columns: text, numbers, bytes, None, and lists and dictionaries of these."""

FATAL = (CheckpointError, MissingExtraError, OptionError)
"""Errors for which no record is to blame: they end the run."""

Place: TypeAlias = tuple[int, int]
"""The number of a record in the input, and that of a sample among those made from it: the order of everything."""

TRAIN = "train"


@dataclass(slots=True)
class Sample:
    """One record. Several made from one of the input have places of their own."""

    id: str
    fields: Fields
    place: Place = (0, 0)
    split: str = TRAIN

    def derived(self, number: int, fields: Mapping[str, Any]) -> Sample:
        """Sample number `number` of those that a step makes from this one.

        At most a million a step, so that the places of what later steps make of them stay apart.
        """
        if number >= 1_000_000:
            raise ValueError("a step makes at most a million samples of one")
        first, second = self.place
        return Sample(f"{self.id}#{number}", dict(fields), (first, second * 1_000_000 + number), self.split)

    def chance(self, seed: int, purpose: str) -> random.Random:
        """Random numbers that depend on the seed, the purpose and this sample's id alone."""
        return random.Random(f"{seed}/{purpose}/{self.id}")


class Unfit(Exception):  # it is no error: a step leaves the sample out, on purpose
    """A step leaves a sample out for the reason given, which is counted."""


class Reject(NamedTuple):
    """A sample that was taken out: failed, or left out on purpose.

    `reason` is what is counted: the kind of error, or the reason for leaving it out.
    """

    id: str
    place: Place
    step: str
    reason: str
    message: str
    failed: bool
    fields: Fields

    def to_dict(self) -> dict[str, Any]:
        """What is written about it; bytes are only told of."""
        shown = {name: _shown(value) for name, value in self.fields.items()}
        return {"id": self.id, "step": self.step, "reason": self.reason, "message": self.message, "record": shown}


_MOST_SHOWN, _DEEPEST = 10_000, 20
"""Characters of a text, items of a list, and levels of lists, that are written about a record that was taken out."""


def _shown(value: Any, depth: int = 0) -> Any:
    """A value as JSON can hold it, whatever it is."""
    match value:
        case str():
            return f"{value[:_MOST_SHOWN]}…" if len(value) > _MOST_SHOWN else value
        case bytes():
            return f"{len(value)} bytes"
        case dict() | list() | tuple() if depth > _DEEPEST:
            return "…"
        case dict():
            return {str(name): _shown(item, depth + 1) for name, item in list(value.items())[:_MOST_SHOWN]}
        case list() | tuple():
            return [_shown(item, depth + 1) for item in value[:_MOST_SHOWN]]
        case _:
            return value


def failed(sample: Sample, step: str, error: PanmathError) -> Reject:
    """A sample on which a step failed. What is wrong with the run itself, and not with the sample, is raised."""
    if isinstance(error, FATAL):
        raise error
    return Reject(sample.id, sample.place, step, type(error).__name__, str(error), True, sample.fields)


def left_out(sample: Sample, step: str, reason: Unfit) -> Reject:
    """A sample that a step left out on purpose."""
    text = str(reason)
    return Reject(sample.id, sample.place, step, text, text, False, sample.fields)
