"""Some steps of a recipe that run together in one process, on a chunk of records at a time.

A record that fails in a way that nobody foresaw is found and taken out, and the rest of its chunk goes on: the chunk is
then worked on once more, one record at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..convert.errors import PanmathError
from .outputs import Output
from .sample import FATAL, Reject, Sample, failed
from .sources import unit as units
from .sources.unit import Unit
from .step import Step


@dataclass(slots=True)
class Chunk:
    """Neighbouring records of one shard on their way.

    `items` are numbered units at first and samples later, and none when all is in `encoded`, which has the bytes to
    write for each split. `counts` are those of samples that came into and out of each step.
    """

    shard: int
    units: int
    items: list[Any]
    rejects: list[Reject] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    encoded: dict[str, bytes] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)

    def part(self, start: int, end: int) -> Chunk:
        """Some of the items, with nothing counted yet."""
        return Chunk(self.shard, 0, self.items[start:end])

    def add(self, other: Chunk) -> None:
        """Takes in what came of a part."""
        self.rejects += other.rejects
        self.counts += other.counts
        self.rows += other.rows
        self.items += other.items
        for split, data in other.encoded.items():
            self.encoded[split] = self.encoded.get(split, b"") + data

    def emptied(self) -> Chunk:
        """The chunk without its items, for what comes of them."""
        return replace(self, items=[], rejects=list(self.rejects), counts=Counter(self.counts))


@dataclass(frozen=True)
class Stage:
    """Steps in a row. The `first` stage makes samples of units; one with an `output` encodes what comes out."""

    steps: Sequence[Step]
    labels: Sequence[str]
    first: bool = False
    id_column: str = ""
    output: Output | None = None

    def run(self, chunk: Chunk) -> Chunk:
        """What comes of a chunk."""
        try:
            return self._run(chunk)
        except FATAL:
            raise
        except Exception as error:
            if self.ordered:
                raise  # it remembers what it has seen, so that it cannot see it twice
            if len(chunk.items) == 1:
                return self._without(chunk, error)
        done = chunk.emptied()
        for number in range(len(chunk.items)):
            done.add(self.run(chunk.part(number, number + 1)))
        return done

    @property
    def ordered(self) -> bool:
        """Whether it runs in one process, on everything in its order."""
        return any(step.ordered for step in self.steps)

    @property
    def learned(self) -> bool:
        """Whether some step asks a network."""
        return any(step.learned for step in self.steps)

    def _run(self, chunk: Chunk) -> Chunk:
        done = chunk.emptied()
        # Steps change samples, and a chunk that fails is run again.
        samples: Iterable[Sample] = self._decoded(chunk.items, done) if self.first else map(replace_fields, chunk.items)
        for label, step in zip(self.labels, self.steps, strict=True):
            samples = _counted(
                f"{label} out", step(_counted(f"{label} in", samples, done.counts), done.rejects), done.counts
            )
        if self.output is None:
            done.items = list(samples)
            return done
        by_split: dict[str, list[Sample]] = {}
        for sample in samples:
            by_split.setdefault(sample.split, []).append(sample)
        for split, some in by_split.items():
            done.encoded[split] = self.output.encode(some)
            done.rows[split] = len(some)
        return done

    def _decoded(self, items: Iterable[tuple[int, Unit]], done: Chunk) -> Iterator[Sample]:
        for number, unit in items:
            done.counts["read in"] += 1
            try:
                sample = units.sample(unit, number, self.id_column)
            except PanmathError as error:
                done.rejects.append(failed(Sample(unit.id, {}, (number, 0)), "read", error))
            else:
                done.counts["read out"] += 1
                yield sample

    def _without(self, chunk: Chunk, error: Exception) -> Chunk:
        """The chunk of one record, which made a step fail: nothing is left but the reason."""
        return rejected(self, chunk, type(error).__name__, f"{type(error).__name__}: {error}")


def rejected(stage: Stage, chunk: Chunk, reason: str, message: str) -> Chunk:
    """What is left of a chunk of one record that cannot be worked on."""
    done = chunk.emptied()
    (item,) = chunk.items
    if isinstance(item, Sample):
        id, place, fields = item.id, item.place, item.fields
    else:
        number, unit = item
        id, place, fields = unit.id, (number, 0), {}
        done.counts["read in"] += 1
    done.rejects.append(Reject(id, place, " + ".join(stage.labels) or "write", reason, message, True, fields))
    return done


def replace_fields(sample: Sample) -> Sample:
    """A sample whose fields can be changed without changing those of the first one."""
    return replace(sample, fields=dict(sample.fields))


def _counted(label: str, samples: Iterable[Sample], counts: Counter[str]) -> Iterator[Sample]:
    for sample in samples:
        counts[label] += 1
        yield sample
