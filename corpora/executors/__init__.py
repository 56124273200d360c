"""What runs the stages of a recipe: processes of this machine, or Ray on many. The recipe is the same."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ..stage import Chunk


class Executor(Protocol):
    """Runs all stages on all chunks of a `Reading`; what comes of them comes in their order."""

    @property
    def share(self) -> float:
        """How much of the input has been read, from 0 to 1."""

    @property
    def records(self) -> int:
        """How many records the input has. Known when all chunks have come."""

    def run(self, state: Path) -> Iterator[Chunk]:
        """The chunks after the last stage. Only some are on their way at a time. Steps keep what they remember in files
        of the folder `state`.
        """

    def commit(self) -> None:
        """Called when a shard is about to get its name: what steps remember of it must be on disk by then."""

    def close(self) -> None:
        """Ends what it started."""


def tune_collector() -> None:
    """Makes the collector of cycles look seldom, in a process that does nothing but run stages, when they are built.

    Trees have no cycles, so that looking for some after every few hundred nodes finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
