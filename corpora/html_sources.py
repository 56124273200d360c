"""Where web pages come from: files, folders of files, WARC archives, standard input."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from panmath.convert.errors import InputError, MissingExtraError, ParseError
from panmath.convert.source import Source

SUFFIXES = (".html", ".htm", ".xhtml", ".xht", ".shtml", ".php", ".asp", ".aspx")
"""What the files of a folder end in that are pages."""
WARC_SUFFIXES = (".warc", ".warc.gz", ".arc", ".arc.gz")

MAX_BYTES = 20_000_000
"""Bytes of a page; the longest of Common Crawl are cut at a million."""

_STDIN = "<stdin>"
_MAGIC = (b"WARC/", b"\x1f\x8b")
_PAGE_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one page, what it is called, where it was on the web, and the encoding that HTTP gave."""

    name: str
    content: bytes
    url: str = ""
    charset: str = ""


def documents(inputs: list[str], stdin: BinaryIO) -> Iterator[Document | ParseError | InputError]:
    """The pages of all inputs, and an error in the place of what cannot be read; `-` is standard input."""
    for given in inputs:
        if given == "-":
            yield from _stream(stdin, _STDIN)
            continue
        for path in _files(Path(given)):
            try:
                with path.open("rb") as opened:
                    if path.name.lower().endswith(WARC_SUFFIXES):
                        yield from _archive(opened, str(path))
                    else:
                        yield Document(str(path), opened.read(MAX_BYTES + 1))
            except OSError as error:
                yield InputError(f"{path}: {error.strerror or error}")


def count(inputs: list[str]) -> int:
    """How many files there are; 0 where nobody can say how many pages that makes."""
    files = [path for given in inputs if given != "-" for path in _files(Path(given))]
    return 0 if any(path.name.lower().endswith(WARC_SUFFIXES) for path in files) else len(files)


def _files(path: Path) -> list[Path]:
    """A file itself, or the pages and archives in a folder and those below it, by name."""
    if not path.is_dir():
        return [path]
    ends = SUFFIXES + WARC_SUFFIXES
    return sorted(file for file in path.rglob("*") if file.name.lower().endswith(ends) and file.is_file())


def _stream(stream: BinaryIO, name: str) -> Iterator[Document | ParseError]:
    buffered = stream if isinstance(stream, BufferedReader) else BufferedReader(stream)  # type: ignore[type-var]
    if buffered.peek(8)[:8].startswith(_MAGIC):
        yield from _archive(cast(BinaryIO, buffered), name)
    else:
        yield Document(name, buffered.read(MAX_BYTES + 1))


def _archive(stream: BinaryIO, name: str) -> Iterator[Document | ParseError]:
    """The pages of a WARC archive. What comes after a place where it is broken is lost, and an error says so."""
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            'WARC archives need warcio, which is not installed: pip install "panmath[corpora]"'
        ) from error
    number = 0
    try:
        for record in ArchiveIterator(stream, arc2warc=True):
            headers = record.http_headers
            if record.rec_type not in ("response", "resource") or not _is_page(record):
                continue
            number += 1
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            kind = (headers.get_header("Content-Type") if headers else None) or record.content_type or ""
            charset = kind.lower().partition("charset=")[2].partition(";")[0]
            identifier = (record.rec_headers.get_header("WARC-Record-ID") or "").strip("<>")
            try:
                content = record.content_stream().read(MAX_BYTES + 1)
            except (zlib.error, EOFError, gzip.BadGzipFile) as error:
                yield _broken(f"record {number} ({url}) cannot be unpacked: {error}", name)
                continue
            yield Document(identifier or f"{name}:{number}", content, url, charset)
    except (ArchiveLoadFailed, zlib.error, EOFError, gzip.BadGzipFile, ValueError, UnicodeDecodeError) as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        yield _broken(f"the archive is broken after {number} pages: {reason}", name)


def _is_page(record: object) -> bool:
    """Whether a record of an archive is a web page that was got."""
    headers = record.http_headers  # type: ignore[attr-defined]
    kind = (headers.get_header("Content-Type") if headers else record.content_type) or ""  # type: ignore[attr-defined]
    status = headers.get_statuscode() if headers else "200"
    return status == "200" and kind.partition(";")[0].strip().lower() in _PAGE_TYPES


def _broken(message: str, name: str) -> ParseError:
    return ParseError(message, Source("", name), (0, 0))
