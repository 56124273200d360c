"""Ray Data, on one machine or many: stages are pools of actors that build their steps once, and the first one reads.

A row is a shard to read, and then a chunk. What works on records reads them, so that they are not sent around. What
fails in a chunk is in it, as in the other executor, so that nothing raises inside Ray, which would drop the block.
Actors never take all processors, because then tasks would wait for ever. The blocks are the shards, and come in their
order. Steps that remember run in the process that started the run, which also writes the shards; what follows such a
step waits for its end. The inputs, and with such steps the folder that is written, must be reachable under the same
paths from all machines.

An actor that dies is begun again. From then on it works in a process beside it, as the other executor does, which finds
the record that kills.
"""

from __future__ import annotations

import logging
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from ...convert.errors import EdgeError, MissingExtraError
from ..plan import Plan
from ..reading import Reading
from ..shards import writing
from ..sources.inputs import Place
from ..stage import Chunk
from ..step import Ordered
from . import tune_collector
from .local import Pool

_SPARE: Final = 0.5
"""Processors that no actor takes."""

Rows: TypeAlias = Mapping[str, Any]
"""A batch of Ray: here always one row, a shard to read or a chunk on its way, as bytes."""

Task: TypeAlias = tuple[int, Place]
"""A shard to read, and where it begins."""

Reader: TypeAlias = Callable[[Task], Iterator[Chunk]]
"""What gives the chunks of a shard."""


class Ray:
    """A data set of Ray whose rows are chunks. Connects to the cluster that RAY_ADDRESS names, or starts one here."""

    def __init__(self, plan: Plan, reading: Reading, workers: int) -> None:
        try:
            import ray
            import ray.data
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f'--executor ray needs {error.name}, which is not installed: pip install "panmath[ray]"'
            ) from error
        self._ray: Any = ray
        self._plan, self._reading, self._workers = plan, reading, workers
        self._started = not ray.is_initialized()
        if self._started:
            # Its core complains about actors of Ray's own making, and about this setting as it begins.
            os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
            with _hushed():
                ray.init(log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
        for name in ("ray", "ray.data"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # errors are raised
        self._done = 0
        self._records = 0
        self._opened: list[Ordered] = []

    @property
    def share(self) -> float:
        """How much is done."""
        return min(self._done / max(self._records, 1), 1)

    @property
    def records(self) -> int:
        """How many records there are."""
        return self._records

    def run(self, state: Path) -> Iterator[Chunk]:
        """The chunks after the last stage."""
        places, self._records = self._reading.places()
        tasks = [(shard, place) for shard, place in enumerate(places) if self._reading.wanted(shard)]
        read: Reader = partial(_read, reading=self._reading)
        waiting: list[int] = []
        for number, stage in enumerate(self._plan.stages):
            if stage.ordered:
                read = self._remembered(tasks, read, waiting, number, state.absolute())
                waiting = []
            else:
                waiting.append(number)
        for chunk in self._flow(tasks, read, waiting):
            self._done += chunk.units
            yield chunk

    def _remembered(
        self,
        tasks: Sequence[Task],
        read: Reader,
        before: Sequence[int],
        number: int,
        state: Path,
    ) -> Reader:
        """Takes a stage that remembers, here and in order. What comes of it waits in files, for all that follows."""
        stage, folder = self._plan.stages[number], state / f"stage-{number}"
        with writing(folder, begun=False):
            if os.path.lexists(folder):
                shutil.rmtree(folder)  # nothing that another process left there may be unpickled
            folder.mkdir()
        (step,) = (step for step in stage.steps if isinstance(step, Ordered))
        step.open(state / f"{self._plan.ordered.index(step) + 1}-{step.name}")
        self._opened.append(step)
        for chunk in self._flow(tasks, read, before):
            done = stage.run(chunk)
            with writing(folder), (folder / str(chunk.shard)).open("ab") as file:
                pickle.dump(done, file)
        step.commit()
        return partial(_read_again, folder=folder)

    def _flow(self, tasks: Sequence[Task], read: Reader, stages: Sequence[int]) -> Iterator[Chunk]:
        """What comes of shards, in their order, after being read and going through some stages."""
        if not tasks:
            return
        data = self._ray.data
        context = data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        rows = data.from_items([{"row": pickle.dumps(task)} for task in tasks], override_num_blocks=len(tasks))
        if not stages:
            rows = rows.map_batches(partial(_only_read, read=read), batch_size=1, num_cpus=_SPARE, batch_format="numpy")
        for number in stages:
            rows = rows.map_batches(
                _Worker,
                batch_size=1,
                batch_format="numpy",
                compute=data.ActorPoolStrategy(size=min(self._workers, len(tasks))),
                fn_constructor_kwargs={
                    "plan": self._plan,
                    "number": number,
                    "read": read if number == stages[0] else None,
                },
                **self._resources(self._plan.stages[number].learned),
            )
        try:
            for row in rows.iter_rows():
                yield pickle.loads(row["row"])
        except self._ray.exceptions.RayError as error:
            first, *_ = str(getattr(error, "cause", None) or error).strip().splitlines()
            raise EdgeError(f"Ray gave up: {first}", str(error)) from error

    def _resources(self, learned: bool) -> dict[str, float]:
        """What an actor takes: its share of the processors, and of the GPUs if a network is asked."""
        there = self._ray.cluster_resources()
        actors = self._workers * sum(not stage.ordered for stage in self._plan.stages)
        found = {"num_cpus": min(1.0, (there.get("CPU", 1.0) - _SPARE) / actors)}
        if learned and there.get("GPU"):
            asking = self._workers * sum(stage.learned for stage in self._plan.stages)
            found["num_gpus"] = min(1.0, there["GPU"] / asking)
        return found

    def commit(self) -> None:
        """Writes down what steps remember."""
        for step in self._opened:
            step.commit()

    def close(self) -> None:
        """Ends the cluster, if it was started here, and closes what steps remember."""
        for step in self._opened:
            step.close()
        if self._started and self._ray.is_initialized():
            self._ray.shutdown()


@contextmanager
def _hushed() -> Iterator[None]:
    """Keeps what is written to standard error, by whatever language, until it is known that nothing went wrong."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as said:
        kept = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _read(task: Task, reading: Reading) -> Iterator[Chunk]:
    """The chunks of a shard."""
    return reading.alone(*task)


def _read_again(task: Task, folder: Path) -> Iterator[Chunk]:
    """The chunks of a shard, which were written by the process that started the run."""
    with (folder / str(task[0])).open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)


def _only_read(rows: Rows, read: Reader) -> Iterator[Rows]:
    """The rows of a shard on which no stage works."""
    for chunk in read(_value(rows)):
        yield _row(chunk)


class _Worker:
    """An actor of one stage. That of the first one reads."""

    def __init__(self, plan: Plan, number: int, read: Reader | None) -> None:
        import ray

        self._number, self._read = number, read
        self._stage = plan.stages[number]
        self._pool = Pool(plan, 1) if ray.get_runtime_context().was_current_actor_reconstructed else None
        tune_collector()

    def __call__(self, rows: Rows) -> Iterator[Rows]:
        chunks = [_value(rows)] if self._read is None else self._read(_value(rows))
        for chunk in chunks:
            yield _row(self._run(chunk))

    def _run(self, chunk: Chunk) -> Chunk:
        if self._pool is None:
            return self._stage.run(chunk)
        return self._pool.result(self._number, chunk, self._pool.submit(self._number, chunk))


def _row(chunk: Chunk) -> Rows:
    return {"row": [pickle.dumps(chunk)]}


def _value(rows: Rows) -> Any:
    return pickle.loads(rows["row"][0])
