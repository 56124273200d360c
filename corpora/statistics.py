"""What is in a corpus, in numbers: how many, how long, which symbols, what was taken out. Read from its files."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..convert.errors import InputError, OptionError
from .outputs import Row, output
from .shards import FAILED, MANIFEST, Folder

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[^\s{}]")
_LOOKS_LIKE_TEX = re.compile(r"\\[A-Za-z]+|[_^]")


class Corpus(NamedTuple):
    """A folder that a run has written, with its manifest."""

    path: Path
    manifest: Mapping[str, Any]

    def rows(self, split: str = "") -> Iterator[tuple[str, Row]]:
        """The records with their splits, of one split or of all."""
        kind = output(self.manifest["write_as"])
        for name in self.manifest["files"]:
            found = re.fullmatch(r"data/(\w+)-\d+\..*", name)
            if found is not None and split in ("", found[1]):
                try:
                    for row in kind.rows(self.path / name):
                        yield found[1], row
                except (OSError, ValueError) as error:
                    raise InputError(f"{self.path / name}: {error}") from error

    def damaged(self) -> Iterator[tuple[str, str]]:
        """The files that are not as the manifest has them, with what is wrong."""
        for name, wanted in self.manifest["files"].items():
            try:
                with (self.path / name).open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                yield name, str(error.strerror)
                continue
            if found != wanted["sha256"]:
                yield name, "its checksum is another one"

    def failures(self) -> Iterator[Row]:
        """The records on which a step failed."""
        for name in self.manifest["files"]:
            if name.startswith(f"{FAILED}/"):
                yield from output("jsonl").rows(self.path / name)


def opened(path: Path) -> Corpus:
    """The corpus in a folder; OptionError where there is none, or it is not finished."""
    manifest = Folder(path).manifest()
    if manifest is None:
        raise OptionError(f"{path} has no {MANIFEST}: it is no corpus, or its run is not finished")
    return Corpus(path, manifest)


@dataclass(slots=True)
class Column:
    """What stands in a column: how often something, and how long that is, in characters, bytes or items."""

    kind: str = ""
    lengths: Counter[int] = field(default_factory=Counter)
    empty: int = 0
    symbols: Counter[str] = field(default_factory=Counter)

    @property
    def filled(self) -> int:
        """In how many records there is something."""
        return sum(self.lengths.values())

    def add(self, value: Any) -> None:
        """One more record."""
        if value is None or value in ("", b""):
            self.empty += 1
            return
        kind, length = _measure(value)
        self.kind = kind if self.kind in ("", kind) else "mixed"
        self.lengths[length] += 1
        if isinstance(value, str) and _LOOKS_LIKE_TEX.search(value) and not value.lstrip().startswith("<"):
            self.symbols.update(_TOKEN.findall(value))

    def quantile(self, share: float) -> int:
        """The length that this share of the filled ones do not exceed."""
        left = share * self.filled
        for length, count in sorted(self.lengths.items()):
            left -= count
            if left <= 0:
                return length
        return max(self.lengths, default=0)

    @property
    def mean(self) -> float:
        """The mean length."""
        return sum(length * count for length, count in self.lengths.items()) / max(self.filled, 1)

    def histogram(self, bins: int = 24) -> list[tuple[int, int, int]]:
        """Ranges of lengths (from, to, both included) with how many there are, up to the longest of 99 %; the last one
        goes to the longest.
        """
        if not self.lengths:
            return []
        low, high, most = min(self.lengths), self.quantile(0.99), max(self.lengths)
        width = max(1, -(-(high - low + 1) // bins))
        edges = list(range(low, high + 1, width))
        ends = [*(edge - 1 for edge in edges[1:]), most]
        counts = [
            sum(count for length, count in self.lengths.items() if start <= length <= end)
            for start, end in zip(edges, ends, strict=True)
        ]
        return list(zip(edges, ends, counts, strict=True))


def _measure(value: Any) -> tuple[str, int]:
    match value:
        case bool():
            return "yes or no", 1
        case int() | float():
            return "number", 1
        case str():
            return "text", len(value)
        case bytes():
            return "bytes", len(value)
        case list() | tuple() | dict():
            return "list", len(value)
        case _:
            return type(value).__name__, 1


def measured(corpus: Corpus) -> dict[str, Column]:
    """The columns, in the order in which they are first seen. Reads all records, one at a time."""
    columns: dict[str, Column] = {}
    for number, (_, row) in enumerate(corpus.rows()):
        for name, value in row.items():
            # A column that comes late was empty before.
            columns.setdefault(name, Column(empty=number)).add(value)
        for name in columns.keys() - row.keys():
            columns[name].empty += 1
    return columns
