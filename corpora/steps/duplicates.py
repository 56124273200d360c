"""Steps that leave out what was there before. What they remember is on disk, so that memory does not grow."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

from ...convert.errors import InputError, MissingExtraError
from .. import formulas
from ..sample import Place, Reject, Sample, Unfit, failed, left_out
from ..step import Ordered, PerSample

_CACHE = -65536
"""Of SQLite: negative, so KiB of memory."""


@dataclass(frozen=True)
class _Remembering(Ordered):
    """A step with a database. What comes later in the input is never looked at, so that after a kill, when some of it
    is there already, the answers are the same.
    """

    _opened: list[sqlite3.Connection] = field(default_factory=list, init=False, repr=False, compare=False)

    TABLES: ClassVar[tuple[str, ...]] = ()

    def open(self, state: Path) -> None:
        database = sqlite3.connect(state, isolation_level=None)
        self._opened.append(database)
        database.execute(f"PRAGMA cache_size = {_CACHE}")
        database.execute("PRAGMA synchronous = NORMAL")
        for table in self.TABLES:
            database.execute(f"CREATE TABLE IF NOT EXISTS {table} WITHOUT ROWID")
        database.execute("BEGIN")

    def commit(self) -> None:
        self._database.execute("COMMIT")
        self._database.execute("BEGIN")

    def close(self) -> None:
        for database in self._opened:
            database.close()
        self._opened.clear()

    @property
    def _database(self) -> sqlite3.Connection:
        return self._opened[0]

    def __call__(self, samples: Iterable[Sample], rejects: list[Reject]) -> Iterator[Sample]:
        for sample in samples:
            try:
                before = self.seen(sample)
            except InputError as error:
                rejects.append(failed(sample, self.name, error))
                continue
            if before:
                rejects.append(left_out(sample, self.name, Unfit(before)))
            else:
                yield sample

    def seen(self, sample: Sample) -> str:
        """Why the sample is left out, or nothing; it is remembered."""
        raise NotImplementedError


@dataclass(frozen=True)
class Deduplicate(_Remembering):
    """Keeps the first of all samples with the same value in a column: the key that `normalise` gives, or any other."""

    name: ClassVar[str] = "deduplicate"
    TABLES: ClassVar[tuple[str, ...]] = ("keys (key TEXT PRIMARY KEY, record INTEGER, part INTEGER)",)
    column: str = "key"

    def seen(self, sample: Sample) -> str:
        value = formulas.text(sample, self.column)
        find = "SELECT record, part FROM keys WHERE key = ?"
        found: Place | None = self._database.execute(find, (value,)).fetchone()
        if found is None:
            self._database.execute("INSERT INTO keys VALUES (?, ?, ?)", (value, *sample.place))
        return f"same {self.column}" if found is not None and tuple(found) < sample.place else ""


_PERMUTATIONS, _ROWS = 64, 4
"""Of MinHash: 16 bands of 4 find nearly all pairs that are alike by 0.8 or more."""


@dataclass(frozen=True)
class Sketch(PerSample):
    """Adds a MinHash of a column, for `near-duplicates`: of its runs of three commands, words and signs."""

    name: ClassVar[str] = "sketch"
    column: str = "tex"
    into: str = "sketch"

    def one(self, sample: Sample) -> Iterable[Sample]:
        tokens = re.findall(r"\\[A-Za-z]+|\w+|\S", formulas.text(sample, self.column))
        runs = {" ".join(tokens[start : start + 3]) for start in range(max(1, len(tokens) - 2))}
        try:
            from datasketch import MinHash  # an extra
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f'near duplicates need {error.name}, which is not installed: pip install "panmath[corpora]"'
            ) from error
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update_batch([run.encode("utf-8", "replace") for run in sorted(runs)])
        sample.fields[self.into] = sketch.hashvalues.astype("<u4").tobytes()
        return (sample,)


@dataclass(frozen=True)
class NearDuplicates(_Remembering):
    """Leaves out what is like a sample that was kept, by the sketches that `sketch` made; they are taken away.

    `threshold` is how alike, as the Jaccard similarity that the sketches tell, from 0 to 1.
    """

    name: ClassVar[str] = "near-duplicates"
    TABLES: ClassVar[tuple[str, ...]] = (
        "bands (band BLOB, record INTEGER, part INTEGER, PRIMARY KEY (band, record, part))",
        "sketches (record INTEGER, part INTEGER, sketch BLOB, PRIMARY KEY (record, part))",
    )
    threshold: float = 0.8
    column: str = "sketch"

    def seen(self, sample: Sample) -> str:
        sketch = sample.fields.pop(self.column, None)
        if not isinstance(sketch, bytes):
            raise InputError(f"{sample.id}: no sketch in a column {self.column!r}; the step sketch makes it")
        width = 4 * _ROWS
        bands = [bytes([start // width]) + sketch[start : start + width] for start in range(0, len(sketch), width)]
        place = sample.place
        for band in bands:
            for other in self._candidates(band, place):
                if _likeness(sketch, other) >= self.threshold:
                    return "near duplicate"
        self._database.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?, ?)", [(band, *place) for band in bands])
        self._database.execute("INSERT OR IGNORE INTO sketches VALUES (?, ?, ?)", (*place, sketch))
        return ""

    def _candidates(self, band: bytes, place: Place) -> list[bytes]:
        """The sketches of the first hundred samples before this one that share the band."""
        find = (
            "SELECT sketch FROM bands JOIN sketches USING (record, part) "
            "WHERE band = ? AND (record, part) < (?, ?) ORDER BY record, part LIMIT 100"
        )
        return [row[0] for row in cast(Iterable[Any], self._database.execute(find, (band, *place)))]


def _likeness(first: bytes, second: bytes) -> float:
    """The share of the hashes that are equal."""
    pairs = zip(memoryview(first).cast("I"), memoryview(second).cast("I"), strict=True)
    return sum(one == other for one, other in pairs) / _PERMUTATIONS
