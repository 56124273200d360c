"""What runs the stages of a recipe: processes of this machine, or Ray on many. The recipe is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ..stage import Chunk


class Executor(Protocol):
    """Runs one stage on a stream of chunks; what comes of them comes in their order."""

    def map(self, stage: int, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """The chunks after stage number `stage`. Only some are on their way at a time."""

    def close(self) -> None:
        """Ends what it started."""
