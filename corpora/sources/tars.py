"""Tar archives as WebDataset has them: the files whose names are equal up to the first dot are one record."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from .lines import DAMAGED, decompressed
from .unit import MOST_BYTES, Source, Unit


class Tar(Source):
    """The records of an archive, in the order in which they stand there. Links and devices are passed over."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._raw: BinaryIO = path.open("rb")

    def units(self) -> Iterator[Unit]:
        key, members, size = "", dict[str, bytes](), 0
        try:
            with self._raw, tarfile.open(fileobj=decompressed(self._raw, self.path), mode="r|") as archive:
                for member in archive:
                    stem, dot, suffix = PurePosixPath(member.name).name.partition(".")
                    if not member.isfile() or not dot or not stem:
                        continue
                    here = str(PurePosixPath(member.name).with_name(stem))
                    if here != key and members:
                        yield Unit(key, "members", members, size)
                        members, size = {}, 0
                    key, size = here, size + member.size
                    opened = archive.extractfile(member)
                    members[suffix.lower()] = opened.read() if opened is not None and size <= MOST_BYTES else b""
        except (*DAMAGED, tarfile.TarError) as error:
            yield Unit(f"{self.name}:{key or 'start'}", "broken", f"the archive cannot be read on: {error}", 0)
            return
        if members:
            yield Unit(key, "members", members, size)

    @property
    def position(self) -> int:
        return self.size if self._raw.closed else self._raw.tell()
