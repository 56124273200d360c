"""Lists: a record a line, as text, JSON or comma-separated values, compressed or not."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from ...convert.errors import MissingExtraError
from .unit import MOST_BYTES, Source, Unit

DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError)


def decompressed(raw: BinaryIO, path: Path) -> BinaryIO:
    """The content of a file that is compressed as its suffix says."""
    match path.suffix.lower():
        case ".gz" | ".tgz":
            return cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="rb"))
        case ".bz2":
            return cast(BinaryIO, bz2.BZ2File(raw))
        case ".xz":
            return cast(BinaryIO, lzma.LZMAFile(raw))
        case ".zst":
            return cast(BinaryIO, _zstandard(raw))
        case _:
            return raw


def _zstandard(raw: BinaryIO) -> Any:
    try:
        import zstandard  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            '.zst needs zstandard, which is not installed: pip install "panmath[corpora]"'
        ) from error

    class Reader(io.RawIOBase):
        """zstandard's reader, whose errors are those of damaged files."""

        def __init__(self) -> None:
            self._reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            try:
                return int(self._reader.readinto(buffer))
            except zstandard.ZstdError as error:
                raise OSError(f"not whole: {error}") from error

    return io.BufferedReader(Reader(), 1 << 16)


class Lines(Source):
    """The lines of a file; those that are blank are none."""

    def __init__(self, path: Path, name: str, kind: Literal["text", "json"]) -> None:
        super().__init__(path, name)
        self._kind = kind
        self._number = 0
        self._raw: BinaryIO = path.open("rb")
        self._file = decompressed(self._raw, path)

    def units(self) -> Iterator[Unit]:
        with self._raw:
            while True:
                try:
                    line, size = self._line()
                except DAMAGED as error:
                    yield Unit(f"{self.name}:{self._number}", "broken", f"the file cannot be read on: {error}", 0)
                    return
                if not size:
                    return
                if line.strip():
                    yield Unit(f"{self.name}:{self._number}", self._kind, line.rstrip(b"\r\n"), size)

    def skip(self, count: int) -> int:
        """Passes over lines, without looking at more than whether they are blank."""
        passed = 0
        while passed < count and not self._raw.closed:
            try:
                line, size = self._line()
            except DAMAGED:
                passed, size = passed + 1, 0  # what is broken is a unit, and the last one
            if size:
                passed += bool(line.strip())
            else:
                self._raw.close()
                self._units = iter(())
        return passed

    def mark(self) -> tuple[int, ...] | None:
        """The byte and the number of the line, unless the file is compressed."""
        return (self._raw.tell(), self._number) if self._file is self._raw and not self._raw.closed else None

    def resume(self, mark: tuple[int, ...]) -> None:
        byte, self._number = mark
        self._raw.seek(byte)

    def _line(self) -> tuple[bytes, int]:
        """The next line, without a byte order mark, and its length. Of one that is too long the beginning is given."""
        self._number += 1
        line = self._file.readline(MOST_BYTES + 1)
        size = len(line)
        if self._number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if size <= MOST_BYTES:
            return line, size
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = self._file.readline(1 << 20)
            size += len(rest)
        return line[:100], size

    @property
    def position(self) -> int:
        return self.size if self._raw.closed else self._raw.tell()


class Rows(Source):
    """The rows of a CSV or TSV file, whose first one has the names."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._raw: BinaryIO = path.open("rb")
        self._file = io.TextIOWrapper(decompressed(self._raw, path), "utf-8-sig", errors="strict", newline="")
        self._delimiter = "\t" if ".tsv" in path.suffixes else ","

    def units(self) -> Iterator[Unit]:
        reader = csv.DictReader(self._file, delimiter=self._delimiter, restkey="", restval=None)
        with self._raw:
            while True:
                try:
                    row = next(reader, None)
                except (*DAMAGED, csv.Error, UnicodeDecodeError) as error:
                    place = f"{self.name}:{reader.line_num + 1}"
                    yield Unit(place, "broken", f"the file cannot be read on: {error}", 0)
                    return
                if row is None:
                    return
                # The line on which the row ends: values may have line breaks in them.
                id = f"{self.name}:{reader.line_num}"
                if row.get(""):
                    yield Unit(id, "broken", f"the row has more than {len(reader.fieldnames or ())} values", 0)
                else:
                    row.pop("", None)
                    yield Unit(id, "row", row, sum(len(value) for value in row.values() if value))

    @property
    def position(self) -> int:
        return self.size if self._raw.closed else self._raw.tell()
