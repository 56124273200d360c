"""Inputs cut into shards, and shards into chunks: what there is to do, in a form that other processes can be sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .sources.inputs import Located, Place, Stream
from .stage import Chunk

CHUNK: Final = 256
"""Records that are worked on together, at most."""
_CHUNK_BYTES: Final = 4 << 20
"""Bytes of them, at most; a larger record is a chunk by itself."""


@dataclass(frozen=True)
class Reading:
    """The records of some files, `limit` at most, in shards of `shard_size`. Those in `done` are passed over, and so
    are those that are another machine's: `part` is (i, n), where this one takes every n-th.
    """

    files: Sequence[Located]
    shard_size: int
    limit: int | None
    done: frozenset[int]
    part: tuple[int, int] | None = None

    def wanted(self, shard: int) -> bool:
        """Whether the shard is still to be made, and here."""
        return shard not in self.done and (self.part is None or shard % self.part[1] == self.part[0] - 1)

    def chunks(self, stream: Stream) -> Iterator[Chunk]:
        """The chunks of all shards that are wanted, from the beginning of the stream."""
        shard, more = 0, True
        while more:
            count = self._length(shard)
            before = stream.number
            if self.wanted(shard) and count:
                yield from self._shard(stream, shard, count)
            else:
                stream.skip(count)
            more = count > 0 and stream.number - before == count
            shard += 1

    def alone(self, shard: int, place: Place) -> Iterator[Chunk]:
        """The chunks of one shard, which begins at that place."""
        yield from self._shard(Stream.at(self.files, place), shard, self._length(shard))

    def places(self) -> tuple[list[Place], int]:
        """Where the shards begin, and how many records there are, which takes reading all of them."""
        stream, places = Stream(self.files), list[Place]()
        while count := self._length(len(places)):
            place = stream.place
            passed = stream.skip(count)
            if passed:
                places.append(place)
            if passed < count:
                break
        return places, stream.number

    def shards(self, records: int) -> int:
        """How many shards that many records make."""
        return -(-records // self.shard_size)

    def _length(self, shard: int) -> int:
        return (
            self.shard_size
            if self.limit is None
            else max(0, min(self.shard_size, self.limit - shard * self.shard_size))
        )

    @staticmethod
    def _shard(stream: Stream, shard: int, count: int) -> Iterator[Chunk]:
        items: list[Any] = []
        size = 0
        for index, unit in enumerate(stream.take(count), stream.number):
            if items and (len(items) == CHUNK or size + unit.size > _CHUNK_BYTES):
                yield Chunk(shard, len(items), items)
                items, size = [], 0
            items.append((index, unit))
            size += unit.size
        if items:
            yield Chunk(shard, len(items), items)
