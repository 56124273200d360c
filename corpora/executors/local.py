"""Processes of this machine: the standard library's pool, with what it lacks.

A process that dies, because a library in C crashed or the system wanted its memory, takes its pool along. Then there is
a new pool, and what was on its way is done again, one chunk at a time, halved until the record is found that kills.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final

from ...convert.errors import EdgeError
from ..plan import Plan
from ..reading import Reading
from ..sources.inputs import Stream
from ..stage import Chunk, Stage, rejected
from . import tune_collector

_stages: list[Stage] = []
"""Those of a worker."""

_AHEAD: Final = 2
"""Chunks for each worker that wait or are worked on."""


class Local:
    """Worker processes, which build the steps once each. Reading, and the steps that remember, are in this process."""

    def __init__(self, plan: Plan, reading: Reading, workers: int) -> None:
        self._plan, self._reading, self._workers = plan, reading, workers
        self._stream = Stream(reading.files)
        self._size = max(self._stream.size, 1)
        self._pool = Pool(plan, workers)

    @property
    def share(self) -> float:
        """How much has been read."""
        return min(self._stream.position / self._size, 1)

    @property
    def records(self) -> int:
        """How many records there were."""
        return self._stream.number

    def run(self, state: Path) -> Iterator[Chunk]:
        """The chunks after the last stage."""
        for number, step in enumerate(self._plan.ordered, 1):
            step.open(state / f"{number}-{step.name}")
        flow = self._reading.chunks(self._stream)
        for number, stage in enumerate(self._plan.stages):
            flow = map(stage.run, flow) if stage.ordered else self._map(number, flow)
        return flow

    def commit(self) -> None:
        """Writes down what steps remember."""
        for step in self._plan.ordered:
            step.commit()

    def _map(self, stage: int, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        waiting: deque[tuple[Chunk, Future[Chunk]]] = deque()
        for chunk in chunks:
            waiting.append((chunk, self._pool.submit(stage, chunk)))
            if len(waiting) > _AHEAD * self._workers:
                yield self._pool.result(stage, *waiting.popleft())
        while waiting:
            yield self._pool.result(stage, *waiting.popleft())

    def close(self) -> None:
        """Ends the workers, and closes what steps remember."""
        self._pool.end()
        for step in self._plan.ordered:
            step.close()


class Pool:
    """Processes that run the stages of a plan, and live on when a record kills one of them."""

    def __init__(self, plan: Plan, workers: int) -> None:
        self._plan, self._workers = plan, workers
        self._pool: ProcessPoolExecutor | None = None

    def end(self) -> None:
        """Ends the workers; what they were doing is lost."""
        if self._pool is not None:
            processes = list((self._pool._processes or {}).values())
            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
            for process in processes:
                process.join()
            self._pool = None

    def submit(self, stage: int, chunk: Chunk) -> Future[Chunk]:
        """Puts a chunk on its way through a stage."""
        if self._pool is None:
            # Not by fork: threads and locks of this process must not be copied.
            self._pool = ProcessPoolExecutor(self._workers, multiprocessing.get_context("spawn"), _start, (self._plan,))
            self._begin(self._pool)
        try:
            return self._pool.submit(_work, stage, chunk)
        except BrokenProcessPool as error:
            lost: Future[Chunk] = Future()
            lost.set_exception(error)
            return lost

    @staticmethod
    def _begin(pool: ProcessPoolExecutor) -> None:
        """Sees to it that workers start at all, so that this is not taken for a record that kills them."""
        try:
            pool.submit(os.getpid).result()
        except BrokenProcessPool as error:
            raise EdgeError(
                "no worker process can be started; a script that starts a run does so under if __name__ == '__main__'"
            ) from error

    def result(self, stage: int, chunk: Chunk, future: Future[Chunk]) -> Chunk:
        """What has come of a chunk that was put on its way; the record that kills a process is among the rejects."""
        try:
            return future.result()
        except (BrokenProcessPool, CancelledError):  # cancelled by what is done alone for another stage
            return self._alone(stage, chunk)

    def _alone(self, stage: int, chunk: Chunk) -> Chunk:
        """What comes of a chunk, on which some worker died, while nothing else is worked on."""
        self.end()
        try:
            return self.submit(stage, chunk).result()
        except BrokenProcessPool:
            pass
        if len(chunk.items) == 1:
            return rejected(self._plan.stages[stage], chunk, "died", "the process that worked on it died")
        done = chunk.emptied()
        middle = len(chunk.items) // 2
        for part in (chunk.part(0, middle), chunk.part(middle, len(chunk.items))):
            done.add(self._alone(stage, part))
        return done


def _start(plan: Plan) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _stages[:] = plan.stages
    tune_collector()


def _end_with_parent() -> None:
    """A parent that is killed can tell nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(stage: int, chunk: Chunk) -> Chunk:
    return _stages[stage].run(chunk)
