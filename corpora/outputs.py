"""Kinds of output files. Records are encoded where they were made, and put together where the shard is written.

The same records in the same chunks give the same bytes.
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import math
import struct
import tarfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar
from urllib.parse import quote

from ..convert import formats
from ..convert.errors import MissingExtraError, NoRouteError, OptionError, UnsupportedError
from .sample import Sample

Row = dict[str, Any]


@dataclass(frozen=True)
class Output(ABC):
    """A kind of file: how a chunk is encoded, and how the chunks of a shard become a file."""

    name: ClassVar[str]
    suffix: ClassVar[str]
    holds_bytes: ClassVar[bool] = False
    title: ClassVar[str]

    @abstractmethod
    def encode(self, samples: Sequence[Sample]) -> bytes:
        """A chunk."""

    def finish(self, spool: Path, file: BinaryIO) -> None:
        """Writes the file out of the chunks, which `spool` holds one after the other."""
        with spool.open("rb") as chunks:
            while block := chunks.read(1 << 20):
                file.write(block)

    @abstractmethod
    def rows(self, path: Path) -> Iterator[Row]:
        """The records of a file that was written."""


def _row(sample: Sample) -> Row:
    return {"id": sample.id, **sample.fields}


def json_line(row: Row) -> bytes:
    """A record as a line of JSON. Numbers that are none become null, half characters, which UTF-8 has not, are escaped,
    and dates and the like become text. UnsupportedError for bytes.
    """
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False, default=_as_json)
    except ValueError:
        row = _finite(row)
        text = json.dumps(row, ensure_ascii=False, allow_nan=False, default=_as_json)
    try:
        return f"{text}\n".encode()
    except UnicodeEncodeError:
        return f"{json.dumps(row, default=_as_json)}\n".encode()


def _as_json(value: Any) -> Any:
    """What JSON has for a value that is no text, number, list or table: columns of Parquet have many kinds."""
    if isinstance(value, bytes):
        raise UnsupportedError("a column is bytes, which JSON cannot hold; use --as webdataset or parquet")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def json_rows(file: BinaryIO) -> Iterator[Row]:
    """The records of lines of JSON."""
    for line in file:
        yield json.loads(line)


class JsonLines(Output):
    name = "jsonl"
    suffix = ".jsonl"
    title = "a JSON object a line"

    def encode(self, samples: Sequence[Sample]) -> bytes:
        return b"".join([json_line(_row(sample)) for sample in samples])

    def rows(self, path: Path) -> Iterator[Row]:
        with path.open("rb") as file:
            yield from json_rows(file)


class GzipLines(JsonLines):
    """Each chunk is a member of its own, so that they are compressed where they are made."""

    name = "jsonl.gz"
    suffix = ".jsonl.gz"
    title = "a JSON object a line, gzip"

    def encode(self, samples: Sequence[Sample]) -> bytes:
        return gzip.compress(super().encode(samples), 6, mtime=0)

    def rows(self, path: Path) -> Iterator[Row]:
        with gzip.open(path) as file:
            yield from json_rows(file)  # type: ignore[arg-type]


class ZstandardLines(JsonLines):
    name = "jsonl.zst"
    suffix = ".jsonl.zst"
    title = "a JSON object a line, Zstandard"

    def encode(self, samples: Sequence[Sample]) -> bytes:
        compressed: bytes = _package("zstandard").ZstdCompressor(level=6).compress(super().encode(samples))
        return compressed

    def rows(self, path: Path) -> Iterator[Row]:
        from .sources.lines import decompressed

        with path.open("rb") as raw:
            yield from json_rows(decompressed(raw, path))


class Csv(JsonLines):
    """The columns are those of all records of the shard."""

    name = "csv"
    suffix = ".csv"
    title = "comma-separated values"

    def finish(self, spool: Path, file: BinaryIO) -> None:
        columns: dict[str, None] = {}
        for row in super().rows(spool):
            columns |= dict.fromkeys(row)
        text = io.TextIOWrapper(file, "utf-8", newline="", errors="backslashreplace")
        writer = csv.DictWriter(text, list(columns), lineterminator="\n")
        writer.writeheader()
        for row in super().rows(spool):
            writer.writerow({name: _cell(value) for name, value in row.items()})
        text.flush()
        text.detach()

    def rows(self, path: Path) -> Iterator[Row]:
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


class Parquet(Output):
    """A row group a chunk; a column that is empty everywhere is one of text, so that the shards fit together."""

    name = "parquet"
    suffix = ".parquet"
    holds_bytes = True
    title = "Parquet"

    def encode(self, samples: Sequence[Sample]) -> bytes:
        arrow = _package("pyarrow")
        table = arrow.Table.from_pylist(_even([_row(sample) for sample in samples]))
        sink = io.BytesIO()
        with arrow.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return struct.pack(">Q", sink.tell()) + sink.getvalue()

    def finish(self, spool: Path, file: BinaryIO) -> None:
        arrow, parquet = _package("pyarrow"), _package("pyarrow.parquet")
        schema = arrow.unify_schemas([table.schema for table in self._tables(spool)], promote_options="permissive")
        schema = arrow.schema(
            [field.with_type(arrow.string()) if arrow.types.is_null(field.type) else field for field in schema]
        )
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for table in self._tables(spool):
                empty = arrow.nulls(len(table), arrow.null())
                columns = [table[name] if name in table.column_names else empty for name in schema.names]
                writer.write_table(arrow.table(columns, names=schema.names).cast(schema))

    def _tables(self, spool: Path) -> Iterator[Any]:
        arrow = _package("pyarrow")
        with spool.open("rb") as chunks:
            while head := chunks.read(8):
                (length,) = struct.unpack(">Q", head)
                with arrow.ipc.open_stream(chunks.read(length)) as stream:
                    yield stream.read_all()

    def rows(self, path: Path) -> Iterator[Row]:
        with _package("pyarrow.parquet").ParquetFile(path) as file:
            for batch in file.iter_batches(256):
                yield from batch.to_pylist()


def _even(rows: list[Row]) -> list[Row]:
    """All rows with the columns of all; half characters, which UTF-8 has not, are replaced."""
    columns: dict[str, None] = {}
    for row in rows:
        columns |= dict.fromkeys(row)
    return [{name: _whole(row.get(name)) for name in columns} for row in rows]


def _whole(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    return value


class WebDataset(Output):
    """A tar archive: for each record a .json with what is text, and a file for each column of bytes."""

    name = "webdataset"
    suffix = ".tar"
    holds_bytes = True
    title = "tar archives as WebDataset reads them"

    def encode(self, samples: Sequence[Sample]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for sample in samples:
                for suffix, data in self._members(_row(sample)):
                    member = tarfile.TarInfo(f"{self.key(sample.id)}.{suffix}")
                    member.size = len(data)
                    archive.addfile(member, io.BytesIO(data))
            length = archive.offset
        return buffer.getvalue()[:length]

    @staticmethod
    def key(id: str) -> str:
        """The common part of the names: the id with dots and other signs as in addresses (``%2E``), because the first
        dot begins the suffix. Different ids have different keys, and none leads out of a folder.
        """
        quoted = quote(id, safe="/#_-", errors="backslashreplace").replace(".", "%2E").replace("~", "%7E")
        return f"%2F{quoted[1:]}" if quoted.startswith("/") else quoted

    def _members(self, row: Row) -> Iterator[tuple[str, bytes]]:
        text = {name: value for name, value in row.items() if not isinstance(value, bytes)}
        yield "json", json_line(text)
        for name, value in row.items():
            if isinstance(value, bytes):
                yield suffix_of(name, value), value

    def finish(self, spool: Path, file: BinaryIO) -> None:
        super().finish(spool, file)
        file.write(bytes(2 * tarfile.BLOCKSIZE))

    def rows(self, path: Path) -> Iterator[Row]:
        row, key = Row(), ""
        with tarfile.open(path) as archive:
            for member in archive:
                here, _, suffix = member.name.partition(".")
                if here != key and row:
                    yield row
                    row = {}
                key = here
                opened = archive.extractfile(member)
                data = opened.read() if opened is not None else b""
                row |= json.loads(data) if suffix == "json" else {suffix: data}
        if row:
            yield row


_SOUNDS = {b"RIFF": "wav", b"fLaC": "flac", b"OggS": "ogg"}


def suffix_of(column: str, value: bytes) -> str:
    """The suffix of a file with the value of a column: ``png`` for image, ``en.wav`` for speech.en; the column's name
    where that says no format.
    """
    parts = column.split(".")
    for place, part in enumerate(parts):
        try:
            format = formats.lookup(part)
        except NoRouteError:
            continue
        if format.name == "speech":
            suffix = _SOUNDS.get(value[:4], "mp3")
        else:
            suffix = format.suffixes[0][1:] if format.suffixes else part
        return ".".join((*parts[:place], *parts[place + 1 :], suffix))
    return column


OUTPUTS: tuple[type[Output], ...] = (JsonLines, GzipLines, ZstandardLines, Csv, Parquet, WebDataset)


def output(name: str) -> Output:
    """The kind of that name, with what it needs."""
    for found in OUTPUTS:
        if found.name == name:
            for package in {"parquet": ("pyarrow",), "jsonl.zst": ("zstandard",)}.get(name, ()):
                _package(package)
            return found()
    raise OptionError(f"there is no output {name!r}; there are {', '.join(kind.name for kind in OUTPUTS)}")


def _package(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f'this needs {error.name}, which is not installed: pip install "panmath[corpora]"'
        ) from error


def data_url(value: bytes, media_type: str) -> str:
    """Bytes as an address that holds them."""
    return f"data:{media_type};base64,{base64.b64encode(value).decode('ascii')}"
