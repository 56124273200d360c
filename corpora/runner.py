"""Runs a recipe: inputs to shards, in chunks, through stages that one executor runs.

The parent reads and writes, the executor does the rest. What is written depends on the inputs and the recipe alone: not
on the number of workers, on kills, or on how often the run was started anew.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any, Final, Literal

from ..convert.errors import OptionError, PanmathError
from . import card
from .executors import Executor
from .executors.local import Local
from .plan import Plan
from .progress import Progress
from .recipe import Recipe
from .shards import CARD, MANIFEST, Folder, Shard
from .sources.inputs import ReadAs, Stream, described, locate
from .stage import Chunk

CHUNK: Final = 256
"""Records that are worked on together, at most."""
_CHUNK_BYTES: Final = 4 << 20
"""Bytes of them, at most; a larger record is a chunk by itself."""


class RecordError(PanmathError):
    """A record failed, and the run was not to go on."""

    exit_code = 65


@dataclass(frozen=True)
class Job:
    """A run. `part` is (i, n) where n machines share the shards, None where one does all.

    `on_error` says what a record that fails does: it is set aside, or ends the run. `max_errors` is how many may be.
    """

    recipe: Recipe
    inputs: tuple[str, ...]
    out: Path
    read_as: ReadAs | None = None
    id_column: str = ""
    workers: int = 1
    limit: int | None = None
    part: tuple[int, int] | None = None
    shard_size: int = 10_000
    on_error: Literal["skip", "fail"] = "skip"
    max_errors: int | None = None


@dataclass(frozen=True)
class Summary:
    """What a run came to: records read, samples written and failures of all shards; `new` are records of this run.

    `complete` tells whether all shards are there, so that the manifest is written.
    """

    units: int
    rows: int
    failed: int
    left_out: int
    new: int
    seconds: float
    complete: bool


def run(job: Job, progress: Progress | None = None) -> Summary:
    """Runs what is not done yet. Raises RecordError, OptionError, InputError or OutputError."""
    started = monotonic()
    plan = job.recipe.plan(job.id_column)
    if job.part is not None and plan.ordered:
        raise OptionError(f"the step {plan.ordered[0].name} has to see all records, so that the run cannot be shared")
    files = locate(job.inputs, job.read_as)
    folder = Folder(job.out, "" if job.part is None else f"-{job.part[0]}-{job.part[1]}")
    with ExitStack() as stack:
        stack.callback(folder.close)
        folder.open(_identity(job, plan, folder, files))
        new = 0
        if folder.manifest() is None:
            new = _Run(job, plan, folder, Stream(files), progress or Progress(quiet=True), stack).all()
        return _summary(folder, new, monotonic() - started)


def _identity(job: Job, plan: Plan, folder: Folder, files: Sequence[Any]) -> dict[str, Any]:
    """What makes a run this one. The inputs' checksums are worked out once, when it begins."""
    listing = [[file.name, file.size] for file in files]
    before = folder.run()
    same = before is not None and before.get("listing") == listing
    return {
        "recipe": job.recipe.name,
        "steps": [dict(spec) for spec in plan.steps],
        "write_as": plan.write_as,
        "id_column": job.id_column,
        "limit": job.limit,
        "shard_size": job.shard_size,
        "versions": _versions(),
        "inputs": before["inputs"] if same and before is not None else described(files),
        "listing": listing,
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"panmath": version("panmath"), "python": ".".join(platform.python_version_tuple()[:2])}


class _Run:
    """The state of a run in this process."""

    def __init__(
        self, job: Job, plan: Plan, folder: Folder, stream: Stream, progress: Progress, stack: ExitStack
    ) -> None:
        self.job, self.plan, self.folder, self.stream = job, plan, folder, stream
        self._progress, self._stack = progress, stack
        self._size = stream.size
        self._failed = sum(_failures(marker) for marker in folder.markers())
        self._new = 0
        self._shards = 0
        """How many the whole run has; known when all is read."""

    def all(self) -> int:
        """Makes the shards that are missing and, when all are there, the manifest; says how many records were new."""
        for number, step in enumerate(self.plan.ordered, 1):
            step.open(self.folder.state / f"{number}-{step.name}")
            self._stack.callback(step.close)
        executor = self._stack.enter_context(closing(self._executor()))
        flow: Iterator[Chunk] = self._chunks()
        for number, stage in enumerate(self.plan.stages):
            flow = map(stage.run, flow) if stage.ordered else executor.map(number, flow)
        shard: Shard | None = None
        try:
            for chunk in flow:
                if shard is not None and shard.number != chunk.shard:
                    self._finish(shard)
                    shard = None
                shard = shard or self.folder.shard(chunk.shard, self.plan.output)
                shard.add(chunk)
                self._look_at(chunk)
            if shard is not None:
                self._finish(shard)
        except BaseException:
            if shard is not None:
                shard.abandon()
            raise
        finally:
            self._progress.clear()
        self._complete()
        return self._new

    def _executor(self) -> Executor:
        return Local(self.plan, self.job.workers)

    def _chunks(self) -> Iterator[Chunk]:
        """The records of the shards that are missing. The first chunk is looked at before anything is written."""
        size, limit = self.job.shard_size, self.job.limit
        for number in range(10**9):
            count = size if limit is None else min(size, limit - number * size)
            if count <= 0:
                break
            if self._is_done(number):
                passed = self.stream.skip(count)
            else:
                before = self.stream.number
                yield from self._shard(number, count)
                passed = self.stream.number - before
            self._shards = number + (passed > 0)
            if passed < count:
                break

    def _is_done(self, shard: int) -> bool:
        part = self.job.part
        return self.folder.marker(shard) is not None or (part is not None and shard % part[1] != part[0] - 1)

    def _shard(self, number: int, count: int) -> Iterator[Chunk]:
        items: list[Any] = []
        size = 0
        first = self.stream.number
        for index, unit in enumerate(self.stream.take(count), first):
            if items and (len(items) == CHUNK or size + unit.size > _CHUNK_BYTES):
                yield Chunk(number, len(items), items)
                items, size = [], 0
            items.append((index, unit))
            size += unit.size
        if items:
            yield Chunk(number, len(items), items)

    def _look_at(self, chunk: Chunk) -> None:
        failures = [reject for reject in chunk.rejects if reject.failed]
        self._new += chunk.units
        self._failed += len(failures)
        self._progress.show(min(self.stream.position / max(self._size, 1), 1), self._new, self._failed)
        if failures and self.job.on_error == "fail":
            first = min(failures, key=lambda reject: reject.place)
            raise RecordError(f"{first.id} failed in {first.step}: {first.message}")
        if self.job.max_errors is not None and self._failed > self.job.max_errors:
            raise RecordError(
                f"{self._failed} records failed, more than {self.job.max_errors}; the last: "
                f"{failures[-1].id} in {failures[-1].step}: {failures[-1].message}"
                if failures
                else f"{self._failed} records failed, more than {self.job.max_errors}"
            )

    def _finish(self, shard: Shard) -> None:
        for step in self.plan.ordered:
            step.commit()
        shard.finish()

    def _complete(self) -> None:
        """The manifest and the card, when the markers of all shards are there."""
        markers = [self.folder.marker(number) for number in range(self._shards)]
        if any(marker is None for marker in markers):
            return
        manifest = self._manifest([marker for marker in markers if marker is not None])
        self.folder.write(CARD, card.card(self.job.recipe, manifest).encode())
        self.folder.write(MANIFEST, card.pretty(manifest))

    def _manifest(self, markers: Sequence[dict[str, Any]]) -> dict[str, Any]:
        run = self.folder.run() or {}
        run.pop("listing", None)
        reasons: Counter[tuple[str, str, bool]] = Counter()
        counts: Counter[str] = Counter()
        rows: Counter[str] = Counter()
        for marker in markers:
            counts.update(marker["counts"])
            rows.update(marker["rows"])
            for row in marker["reasons"]:
                reasons[row["step"], row["reason"], row["failed"]] += row["count"]
        return run | {
            "units": sum(marker["units"] for marker in markers),
            "rows": dict(sorted(rows.items())),
            "counts": dict(counts),
            "reasons": [
                {"step": step, "reason": reason, "failed": failed, "count": count}
                for (step, reason, failed), count in sorted(reasons.items())
            ],
            "files": dict(chain.from_iterable(marker["files"].items() for marker in markers)),
        }


def _failures(marker: dict[str, Any], failed: bool = True) -> int:
    return sum(row["count"] for row in marker["reasons"] if row["failed"] is failed)


def _summary(folder: Folder, new: int, seconds: float) -> Summary:
    markers = list(folder.markers())
    return Summary(
        sum(marker["units"] for marker in markers),
        sum(sum(marker["rows"].values()) for marker in markers),
        sum(map(_failures, markers)),
        sum(_failures(marker, failed=False) for marker in markers),
        new,
        seconds,
        folder.manifest() is not None,
    )
