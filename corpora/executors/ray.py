"""Ray Data, on one machine or many: shards are read by tasks, stages are pools of actors that build their steps once.

A row is a chunk. What fails in a chunk is in it, as in the other executor, so that nothing raises inside Ray, which
would drop the whole block. Actors never take all processors, because then the tasks that read would wait for ever. The
blocks are the shards, and come in their order. Steps that remember run in the process that started the run, which also
writes the shards; what follows such a step waits for its end. The inputs, and with such steps the folder that is
written, must be reachable under the same paths from all machines.

A record that kills its process ends the run here: the other executor finds it.
"""

from __future__ import annotations

import logging
import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from ...convert.errors import EdgeError, MissingExtraError
from ..plan import Plan
from ..reading import Reading
from ..stage import Chunk
from ..step import Ordered

_SPARE: Final = 0.5
"""Processors that no actor takes."""

Rows: TypeAlias = Mapping[str, Any]
"""A batch of Ray: here always one row, a shard to read or a chunk on its way, as bytes."""

Reader: TypeAlias = Callable[[Rows], Iterator[Rows]]
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
            os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
            ray.init(log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
        for name in ("ray", "ray.data"):
            logging.getLogger(name).setLevel(logging.ERROR)
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
        self._records = self._reading.records()
        shards = [shard for shard in range(self._reading.shards(self._records)) if self._reading.wanted(shard)]
        read: Reader = partial(_read, reading=self._reading)
        waiting: list[int] = []
        for number, stage in enumerate(self._plan.stages):
            if stage.ordered:
                read = self._remembered(shards, read, waiting, number, state.absolute())
                waiting = []
            else:
                waiting.append(number)
        for chunk in self._flow(shards, read, waiting):
            self._done += chunk.units
            yield chunk

    def _remembered(
        self,
        shards: Sequence[int],
        read: Reader,
        before: Sequence[int],
        number: int,
        state: Path,
    ) -> Reader:
        """Takes a stage that remembers, here and in order. What comes of it waits in files, for all that follows."""
        stage, folder = self._plan.stages[number], state / f"stage-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (step,) = (step for step in stage.steps if isinstance(step, Ordered))
        step.open(state / f"{self._plan.ordered.index(step) + 1}-{step.name}")
        self._opened.append(step)
        for chunk in self._flow(shards, read, before):
            with (folder / str(chunk.shard)).open("ab") as file:
                pickle.dump(stage.run(chunk), file)
        step.commit()
        return partial(_read_again, folder=folder)

    def _flow(self, shards: Sequence[int], read: Reader, stages: Sequence[int]) -> Iterator[Chunk]:
        """What comes of shards, in their order, after being read and going through some stages."""
        if not shards:
            return
        data = self._ray.data
        context = data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        rows = data.from_items([{"shard": shard} for shard in shards], override_num_blocks=len(shards))
        rows = rows.map_batches(read, batch_size=1, num_cpus=_SPARE / 2, batch_format="numpy")
        for number in stages:
            rows = rows.map_batches(
                _Worker,
                batch_size=1,
                batch_format="numpy",
                compute=data.ActorPoolStrategy(size=self._workers),
                fn_constructor_kwargs={"plan": self._plan, "number": number},
                **self._resources(self._plan.stages[number].learned),
            )
        try:
            for row in rows.iter_rows():
                yield pickle.loads(row["chunk"])
        except self._ray.exceptions.RayError as error:
            raise EdgeError(f"Ray gave up: {str(error).strip().splitlines()[-1]}", str(error)) from error

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


def _read(row: Rows, reading: Reading) -> Iterator[Rows]:
    """The chunks of a shard."""
    for chunk in reading.alone(int(row["shard"][0])):
        yield {"chunk": [pickle.dumps(chunk)]}


def _read_again(row: Rows, folder: Path) -> Iterator[Rows]:
    """The chunks of a shard, which were written by the process that started the run."""
    with (folder / str(int(row["shard"][0]))).open("rb") as file:
        while file.peek(1):
            yield {"chunk": [pickle.dumps(pickle.load(file))]}


class _Worker:
    """An actor of one stage."""

    def __init__(self, plan: Plan, number: int) -> None:
        self._stage = plan.stages[number]

    def __call__(self, row: Rows) -> Rows:
        return {"chunk": [pickle.dumps(self._stage.run(pickle.loads(row["chunk"][0])))]}
