"""Runs a recipe: inputs to shards, in chunks, through stages that one executor runs.

The parent reads and writes, the executor does the rest. What is written depends on the inputs and the recipe alone: not
on the number of workers, on kills, or on how often the run was started anew.
"""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any, Literal, assert_never

from ..convert.errors import OptionError, PanmathError
from . import card
from .executors import Executor
from .executors.local import Local
from .plan import Plan
from .progress import Progress
from .reading import Reading
from .recipe import Recipe
from .shards import CARD, MANIFEST, Folder, Shard, pretty
from .sources.inputs import Located, ReadAs, described, locate
from .stage import Chunk


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
    executor: Literal["local", "ray"] = "local"


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
            new = _Run(job, plan, folder, files, progress or Progress(quiet=True)).all()
        return _summary(folder, new, monotonic() - started)


def _identity(job: Job, plan: Plan, folder: Folder, files: Sequence[Any]) -> dict[str, Any]:
    """What makes a run this one. The inputs' checksums are worked out once, when it begins."""
    listing = hashlib.sha256(
        "".join(f"{file.name}\t{file.size}\n" for file in files).encode("utf-8", "surrogateescape")
    )
    names = f"{len(files)} files, {listing.hexdigest()}"
    before = folder.run()
    same = before is not None and before.get("files") == names
    return {
        "recipe": job.recipe.name,
        "steps": [dict(spec) for spec in plan.steps],
        "write_as": plan.write_as,
        "id_column": job.id_column,
        "limit": job.limit,
        "shard_size": job.shard_size,
        "versions": _versions(),
        "inputs": before["inputs"] if same and before is not None else described(files),
        "files": names,
        "licence": job.recipe.licence,
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"panmath": version("panmath"), "python": ".".join(platform.python_version_tuple()[:2])}


class _Run:
    """The state of a run in this process."""

    def __init__(self, job: Job, plan: Plan, folder: Folder, files: Sequence[Located], progress: Progress) -> None:
        self.job, self.plan, self.folder = job, plan, folder
        done = list(folder.markers())
        names = [f"{number}-{step.name}" for number, step in enumerate(plan.ordered, 1)]
        if done and not all((folder.state / name).exists() for name in names):
            raise OptionError(f"{folder.path}: what {names[0]} has seen is gone; remove the folder and begin anew")
        self._failed = sum(map(_failures, done))
        self._new = 0
        self._progress = progress
        self._reading = Reading(
            files, job.shard_size, job.limit, frozenset(marker["shard"] for marker in done), job.part
        )
        self._executor = self._make_executor()

    def all(self) -> int:
        """Makes the shards that are missing and, when all are there, the manifest; says how many records were new."""
        shard: Shard | None = None
        try:
            for chunk in self._executor.run(self.folder.state):
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
            self._executor.close()
        self._complete(self._executor.records)
        return self._new

    def _make_executor(self) -> Executor:
        match self.job.executor:
            case "local":
                return Local(self.plan, self._reading, self.job.workers)
            case "ray":
                from .executors.ray import Ray  # an extra

                return Ray(self.plan, self._reading, self.job.workers)
        assert_never(self.job.executor)

    def _look_at(self, chunk: Chunk) -> None:
        failures = [reject for reject in chunk.rejects if reject.failed]
        self._new += chunk.units
        self._failed += len(failures)
        self._progress.show(self._executor.share, self._new, self._failed)
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
        self._executor.commit()
        shard.finish()

    def _complete(self, records: int) -> None:
        """The manifest and the card, when the markers of all shards are there."""
        markers = [self.folder.marker(number) for number in range(self._reading.shards(records))]
        if any(marker is None for marker in markers):
            return
        manifest = self._manifest([marker for marker in markers if marker is not None])
        self.folder.write(CARD, card.card(self.job.recipe, manifest).encode())
        self.folder.write(MANIFEST, pretty(manifest))

    def _manifest(self, markers: Sequence[dict[str, Any]]) -> dict[str, Any]:
        run = self.folder.run() or {}
        del run["files"]  # The manifest has the files that were written under this name.
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
