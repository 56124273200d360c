"""The inputs of a run: files and folders in a fixed order, and one stream of units out of all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal, NamedTuple, assert_never

from ...convert.errors import InputError, OptionError
from ..html_sources import SUFFIXES, WARC_SUFFIXES
from .lines import Lines, Rows
from .pages import Pages
from .parquet import Parquet
from .tars import Tar
from .unit import Source, Unit

ReadAs = Literal["lines", "jsonl", "csv", "parquet", "tar", "pages", "files"]
KINDS: tuple[ReadAs, ...] = ("lines", "jsonl", "csv", "parquet", "tar", "pages", "files")

_COMPRESSED = (".gz", ".zst", ".bz2", ".xz")
_BY_SUFFIX: dict[str, ReadAs] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".tar": "tar", ".tgz": "tar", ".txt": "lines", ".lst": "lines",
}  # fmt: skip
"""What a file is by its suffix; one of any other is a record by itself. In a folder, so is a text file."""


class Located(NamedTuple):
    """A file to be read. `name` is what the ids of its records begin with: its path below what all inputs share."""

    path: Path
    name: str
    read_as: ReadAs
    size: int

    @property
    def is_record(self) -> bool:
        """Whether it is one record by itself, of which there may be millions."""
        return self.read_as == "files" or (
            self.read_as == "pages" and not self.path.name.lower().endswith(WARC_SUFFIXES)
        )


def locate(given: Sequence[str], read_as: ReadAs | None = None) -> list[Located]:
    """The files that are meant, those of folders in the order of their names; files that begin with a dot are not.

    With `read_as` "pages" lists and tables among them are read as such all the same.
    """
    found: list[tuple[Path, bool]] = []
    for path in map(Path, given):
        if path.is_dir():
            found += [(file, True) for file in _below(path)]
        elif path.exists():
            found.append((path, False))
        else:
            raise InputError(f"{path}: No such file or directory")
    if not found:
        raise InputError(f"no file is in {' or in '.join(given)}")
    base = _shared(given)
    located = [_located(path, inside, base, read_as) for path, inside in found]
    names = [file.name for file in located]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise OptionError(f"{twice} is given twice")
    return located


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(files) if not name.startswith("."))


def _shared(given: Sequence[str]) -> Path:
    folders = {path if path.is_dir() else path.parent for path in (Path(text).absolute() for text in given)}
    return Path(os.path.commonpath(folders))


def _located(path: Path, inside: bool, base: Path, read_as: ReadAs | None) -> Located:
    name = PurePath(os.path.relpath(path.absolute(), base)).as_posix()
    if read_as == "pages" and not path.name.lower().endswith(SUFFIXES + WARC_SUFFIXES):
        read_as = None
    try:
        return Located(path, name, read_as or _guess(path, inside), path.stat().st_size)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error


def _guess(path: Path, inside: bool) -> ReadAs:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    kind = _BY_SUFFIX.get(suffixes[-1], "files") if suffixes else "files"
    return "files" if inside and kind == "lines" else kind


class _File(Source):
    """A file that is one record."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._done = False

    def units(self) -> Iterator[Unit]:
        self._done = True
        yield Unit(self.name, "file", self.path, self.size)

    @property
    def position(self) -> int:
        return self.size if self._done else 0


def _open(file: Located) -> Source:
    try:
        match file.read_as:
            case "lines":
                return Lines(file.path, file.name, "text")
            case "jsonl":
                return Lines(file.path, file.name, "json")
            case "csv":
                return Rows(file.path, file.name)
            case "parquet":
                return Parquet(file.path, file.name)
            case "tar":
                return Tar(file.path, file.name)
            case "pages":
                return Pages(file.path, file.name)
            case "files":
                return _File(file.path, file.name)
    except OSError as error:
        raise InputError(f"{file.path}: {error.strerror}") from error
    assert_never(file.read_as)


class Place(NamedTuple):
    """A place in a stream, from which another stream of the same files can go on: the number of the next unit and
    of its file, how many units of that are before, and the file's own mark, if it has one.
    """

    number: int
    file: int
    before: int
    mark: tuple[int, ...] | None


@dataclass(slots=True)
class Stream:
    """The units of all files, one after the other; `number` is that of the next one."""

    files: Sequence[Located]
    number: int = 0
    _index: int = 0
    _source: Source | None = None
    _passed: int = 0
    _first: int = 0
    """The number of the first unit of the file that is being read."""

    @classmethod
    def at(cls, files: Sequence[Located], place: Place) -> Stream:
        """A stream that begins at a place."""
        stream = cls(files, place.number - place.before, place.file, _first=place.number - place.before)
        source = stream._current()
        if source is not None and place.mark is not None:
            source.resume(place.mark)
            stream.number = place.number
        else:
            stream.skip(place.before)
        return stream

    @property
    def place(self) -> Place:
        """Where it is."""
        mark = self._source.mark() if self._source is not None else None
        return Place(self.number, self._index, self.number - self._first, mark)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def position(self) -> int:
        """Bytes that have been read."""
        return self._passed + (self._source.position if self._source is not None else 0)

    def take(self, count: int) -> Iterator[Unit]:
        """The next units, `count` at most."""
        while count and (source := self._current()) is not None:
            for unit in source:
                self.number += 1
                count -= 1
                yield unit
                if not count:
                    return
            self._next()

    def skip(self, count: int) -> int:
        """Passes over the next units; returns how many there were."""
        passed = 0
        while passed < count and (source := self._current()) is not None:
            passed += source.skip(count - passed)
            if passed < count:
                self._next()
        self.number += passed
        return passed

    def _current(self) -> Source | None:
        if self._source is None and self._index < len(self.files):
            self._source = _open(self.files[self._index])
        return self._source

    def _next(self) -> None:
        self._passed += self.files[self._index].size
        self._index, self._source, self._first = self._index + 1, None, self.number


def described(files: Iterable[Located]) -> list[dict[str, Any]]:
    """What a manifest says about the inputs: names, sizes and checksums.

    Files that are records by themselves may be millions, and are one entry, whose checksum is that of the list of their
    names and sizes.
    """
    rows: list[dict[str, Any]] = []
    listing, count, size = hashlib.sha256(), 0, 0
    for file in files:
        if not file.is_record:
            rows.append(
                {"name": file.name, "read_as": file.read_as, "bytes": file.size, "sha256": _checksum(file.path)}
            )
        else:
            listing.update(f"{file.name}\t{file.size}\n".encode("utf-8", "surrogateescape"))
            count, size = count + 1, size + file.size
    if count:
        rows.append(
            {"files": count, "read_as": "files", "bytes": size, "sha256_of_names_and_sizes": listing.hexdigest()}
        )
    return rows


def _checksum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
