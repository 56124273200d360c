"""A record as it stands in its file, and what is made of it.

Files are read in one process and records are made sense of in many: a unit is what goes from the one to the others.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, Literal, NamedTuple, assert_never

from ...convert import formats
from ...convert.errors import InputError, PanmathError
from ..sample import Fields, Sample

MOST_BYTES = 16 << 20
"""Bytes of one record. A line without an end must not take the memory of everything else."""

Kind = Literal["text", "json", "row", "file", "members", "broken"]
"""text     a line; its bytes
json     a line with a JSON object; its bytes
row      a row of a table; a dictionary
file     a file of its own; its path
members  the files of a tar archive that have a name in common; bytes by suffix
broken   no record, but what cannot be read; what to say about it
"""


class Unit(NamedTuple):
    """A record that nobody has made sense of yet. `id` is its place in the inputs: the file and the line in it."""

    id: str
    kind: Kind
    content: Any
    size: int


class Source:
    """Units in their order, and how far the reading has come, in bytes of `size`."""

    def __init__(self, path: Path, name: str) -> None:
        """`name` is what ids begin with."""
        self.path, self.name = path, name
        self.size = path.stat().st_size
        self._units = self.units()

    def __iter__(self) -> Iterator[Unit]:
        return self._units

    def units(self) -> Iterator[Unit]:
        """All units. What is damaged is one that says so, and the last of its file."""
        raise NotImplementedError

    def skip(self, count: int) -> int:
        """Passes over units; returns how many there were, which is fewer than asked for at the end of the source."""
        return sum(1 for _ in zip(range(count), self._units, strict=False))

    def mark(self) -> tuple[int, ...] | None:
        """Where the reading is, for `resume` of the same file opened anew; None where only `skip` leads there again."""
        return None

    def resume(self, mark: tuple[int, ...]) -> None:
        """Goes to where `mark` was taken, without reading what is before."""
        raise NotImplementedError

    @property
    def position(self) -> int:
        """How far the reading has come."""
        raise NotImplementedError


def sample(unit: Unit, number: int, id_column: str = "") -> Sample:
    """The sample of a unit. The id is that of `id_column`, or of a column `id`, where there is one.

    Raises InputError for what is no record.
    """
    fields = _fields(unit)
    found = fields.pop(id_column or "id", None)
    if id_column and found is None:
        raise InputError(f"{unit.id}: no column {id_column!r}; there are {', '.join(fields) or 'none'}")
    id = str(found) if isinstance(found, str | int) and str(found) else unit.id
    return Sample(id, fields, (number, 0))


def _fields(unit: Unit) -> Fields:
    if unit.size > MOST_BYTES:
        raise InputError(f"{unit.id}: a record of {unit.size} bytes, more than {MOST_BYTES}")
    match unit.kind:
        case "text":
            return {"text": _text(unit.content, unit.id)}
        case "json":
            return _object(unit.content, unit.id)
        case "row":
            return {name: _bare(value) for name, value in unit.content.items()}
        case "file":
            return _file(unit.content, unit.id)
        case "members":
            return _members(unit.content, unit.id)
        case "broken":
            raise InputError(f"{unit.id}: {unit.content}")
    assert_never(unit.kind)


def _text(data: bytes, id: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{id}: byte {error.start + 1} is 0x{data[error.start]:02x}, which is not UTF-8") from error


def _object(data: bytes, id: str) -> Fields:
    try:
        found = json.loads(_text(data, id))
    except ValueError as error:  # also a number of more digits than Python reads
        raise InputError(f"{id}: not JSON: {error}") from error
    except RecursionError as error:
        raise InputError(f"{id}: JSON that is nested too deep") from error
    if not isinstance(found, dict):
        raise InputError(f"{id}: a record is a JSON object, not {type(found).__name__}")
    return {name: _bare(value) for name, value in found.items()}


def _bare(value: Any) -> Any:
    """Pictures and sounds as the `datasets` library stores them are bytes with a path beside them."""
    if isinstance(value, Mapping) and value.keys() <= {"bytes", "path"} and isinstance(value.get("bytes"), bytes):
        return value["bytes"]
    return value


def _file(path: Path, id: str) -> Fields:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    name, value = _column(data, PurePath(path), id)
    return {name: value, "path": id}


def _column(data: bytes, path: PurePath, id: str) -> tuple[str, str | bytes]:
    """The column of a file, which is called by its format, and the value; of no known format it is `content`."""
    try:
        format = formats.guess(data, path)
    except PanmathError:
        return "content", data
    if format.carrier == "bytes":
        return format.name, data
    return format.name, formats.decode(data, id).text


def _members(members: Mapping[str, bytes], id: str) -> Fields:
    fields: Fields = {}
    for suffix, data in members.items():
        if suffix == "json":
            fields |= _object(data, id)
        else:
            fields[suffix] = data if _is_binary(suffix) else _text(data, f"{id}.{suffix}")
    return fields


def _is_binary(suffix: str) -> bool:
    known = [
        format for format in formats.FORMATS if f".{suffix.rpartition('.')[2]}" in (*format.suffixes, *format.also_in)
    ]
    return not (suffix in ("txt", "cls", "id") or any(format.carrier == "text" for format in known))


csv.field_size_limit(MOST_BYTES)
