r"""Where papers come from: TeX files, folders, and archives as arXiv has them, also archives of archives.

Nothing outside what was named is read: not through `..`, not through links, not through absolute names. Archives are
read as streams and never unpacked onto a disk.
"""

from __future__ import annotations

import codecs
import gzip
import io
import posixpath
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, BinaryIO, Final, NamedTuple

from ...convert.errors import InputError
from .gullet import MAX_TEXT

MAX_STREAM: Final = 4_000_000_000
"""Bytes that an archive may unpack to, pictures among them; a month of arXiv has less in one file."""
MAX_RATIO: Final = 1_000
"""How many times more than packed an archive may be unpacked: what gzip can do with nothing but zeros."""
MAX_FILES: Final = 5_000
"""Text files of one paper."""
STDIN: Final = "<stdin>"

_TEXT_SUFFIXES: Final = frozenset(
    ".tex .ltx .latex .sty .cls .def .bbl .tikz .txt .inc .mac .macros .clo .cfg .ind .pgf".split()
)
_ROOT_SUFFIXES: Final = frozenset(".tex .ltx .latex".split())
_ARCHIVES: Final = (".tar", ".tgz", ".gz")
_CLASS: Final = re.compile(r"^[^%\n]*?\\document(?:class|style)\b", re.MULTILINE)
_BODY: Final = re.compile(r"^[^%\n]*?\\begin[ \t]*\{document\}", re.MULTILINE)
_INPUT: Final = re.compile(
    r"\\(?:input|include|subfile|subfileinclude)[ \t]*(?:\{([^{}\n]+)\}|([^\s{}\\]+))"
    r"|\\(?:sub)?(?:import|inputfrom|includefrom)[ \t]*\{[^{}\n]*\}[ \t]*\{([^{}\n]+)\}"
)
_ENCODING: Final = re.compile(rb"\\(?:usepackage|RequirePackage)[ \t]*\[([\w-]+)\][ \t]*\{inputenc\}")
_CODECS: Final = {
    "latin1": "latin-1", "latin2": "iso8859-2", "latin3": "iso8859-3", "latin4": "iso8859-4", "latin5": "iso8859-9",
    "latin9": "iso8859-15", "latin10": "iso8859-16", "ansinew": "cp1252", "cp1250": "cp1250", "cp1251": "cp1251",
    "cp1252": "cp1252", "cp866": "cp866", "cp850": "cp850", "cp852": "cp852", "cp437": "cp437", "koi8-r": "koi8-r",
    "koi8-u": "koi8-u", "applemac": "mac-roman", "macce": "mac-latin2", "maccyr": "mac-cyrillic",
    "iso88595": "iso8859-5",
}  # fmt: skip
"""Codecs by the options of inputenc."""


_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip


class Files:
    """The files of a paper by their names, with `/`: bytes that are there, or paths that are read when asked."""

    def __init__(self, entries: Mapping[str, bytes | Path]) -> None:
        self.entries = dict(entries)
        self._texts: dict[str, str] = {}

    def find(self, name: str, folders: tuple[str, ...], suffixes: tuple[str, ...]) -> str | None:
        """The file that a paper means by a name, in the first folder that has one; None where there is none."""
        for folder in folders:
            path = posixpath.normpath(posixpath.join(folder, name.strip().strip('"')))
            for candidate in (path, *(path + suffix for suffix in suffixes)):
                if candidate in self.entries:
                    return candidate
        return None

    def text(self, name: str) -> str:
        """The file as text. Raises InputError."""
        if name not in self._texts:
            entry = self.entries[name]
            try:
                data = entry if isinstance(entry, bytes) else _read_limited(entry)
            except OSError as error:
                raise InputError(f"{name}: {error.strerror}") from error
            self._texts[name] = decode(data)
        return self._texts[name]


class Paper(NamedTuple):
    """A paper: its name, its files, and the one to begin with."""

    name: str
    files: Files
    root: str


class Unreadable(NamedTuple):
    """Something that is no paper, and why; not `whole` is a file of a paper that is read without it."""

    name: str
    reason: str
    whole: bool = True


def decode(data: bytes) -> str:
    """The text of a file: Unicode where it is Unicode, else what inputenc says, else Windows' Latin-1."""
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _lines(data[len(mark) :].decode(codec, "replace"))
    if b"\0" in data[:200]:
        # Letters of English as UTF-16 have a zero on one side.
        return _lines(data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace"))
    try:
        return _lines(data.decode("utf-8"))
    except UnicodeDecodeError:
        declared = _ENCODING.search(data)
        codec = _CODECS.get(declared[1].decode("ascii", "replace").lower(), "cp1252") if declared else "cp1252"
        return _lines(data.decode(codec, "replace"))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def papers(path: Path | None, stdin: BinaryIO | None = None) -> Iterator[Paper | Unreadable]:
    """The papers of a file, of a folder, or of standard input where no path is given. Raises InputError."""
    if path is None:
        assert stdin is not None, "without a path there is a stream"
        yield from _stream(stdin, STDIN)
        return
    try:
        if path.is_dir():
            yield from _folder(path)
        elif path.suffix.lower() in _ROOT_SUFFIXES:
            yield Paper(str(path), Files(_beside(path)), path.name)
        else:
            with path.open("rb") as file:
                yield from _stream(file, str(path))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _beside(path: Path) -> dict[str, Path]:
    """A file and those that it may read: those of its folder and of folders in it, each when it is asked for."""
    found = {path.name: path}
    for name, other in _walk(path.parent):
        found.setdefault(name, other)
    return found


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """The text files of a folder and of those in it, without links and hidden ones, by name."""
    waiting, count = [folder], 0
    while waiting:
        here = waiting.pop()
        for entry in sorted(here.iterdir()):
            if entry.is_symlink() or entry.name.startswith("."):
                continue
            if entry.is_dir():
                waiting.append(entry)
            elif entry.suffix.lower() in _TEXT_SUFFIXES:
                count += 1
                if count > MAX_FILES:
                    return
                yield entry.relative_to(folder).as_posix(), entry


def _folder(folder: Path) -> Iterator[Paper | Unreadable]:
    """The papers of a folder: its own files as one source, archives in it as others."""
    subfolders, archives = list[Path](), list[Path]()
    loose: dict[str, bytes | Path] = {}
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink() or entry.name.startswith("."):
            continue
        if entry.is_dir():
            subfolders.append(entry)
        elif entry.suffix.lower() in _TEXT_SUFFIXES:
            loose[entry.name] = entry
        elif entry.name.lower().endswith(_ARCHIVES):
            archives.append(entry)
    own = Files(loose)
    roots = _roots(own)
    if roots:
        files = Files(dict(_walk(folder)))
        files._texts = own._texts
        for root in roots:
            yield Paper(str(folder / root), files, root)
        # What lies in folders of a paper belongs to it, but not papers of their own.
        subfolders = []
    for archive in archives:
        try:
            with archive.open("rb") as file:
                yield from _stream(file, str(archive))
        except (InputError, OSError) as error:
            yield Unreadable(str(archive), getattr(error, "strerror", None) or str(error))
    for subfolder in subfolders:
        yield from _folder(subfolder)


def _roots(files: Files) -> list[str]:
    """The files that papers begin with: those with a class, or, in plain TeX, those that no other file reads."""
    candidates = [name for name in files.entries if posixpath.splitext(name)[1].lower() in _ROOT_SUFFIXES]
    included: set[str] = set()
    complete: list[str] = []
    bodies: list[str] = []
    for name in candidates:
        try:
            text = files.text(name)
        except InputError:
            continue  # it is told where a paper reads it
        if _CLASS.search(text):
            complete.append(name)
        elif _BODY.search(text):
            bodies.append(name)
        folder = posixpath.dirname(name)
        for found in _INPUT.finditer(text):
            target = files.find(found[1] or found[2] or found[3], (folder, ""), (".tex",))
            if target is not None and target != name:
                included.add(target)
    for group in (complete, bodies, candidates):
        roots = [name for name in group if name not in included] or group
        if roots:
            return roots
    return []


def _read_limited(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_TEXT * 2 + 1)
    if len(data) > MAX_TEXT * 2:
        raise InputError(f"{path.name}: larger than {MAX_TEXT * 2:,} bytes")
    return data


class _Limited(io.RawIOBase):
    """What an archive unpacks to, as long as it is not more than it may be."""

    def __init__(self, unpacked: BinaryIO, packed: _Counted, name: str) -> None:
        self._unpacked, self._packed, self._name = unpacked, packed, name
        self._count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._unpacked.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(f"{self._name}: the archive is damaged: {error}") from error
        self._count += len(data)
        if self._count > MAX_STREAM or self._count > MAX_RATIO * max(self._packed.count, 10_000):
            raise InputError(f"{self._name}: the archive unpacks to more than it may")
        return data


class _Counted(io.RawIOBase):
    """A stream that counts what was read of it, and gives back its beginning."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.count = 0
        self._head = stream.read(512)

    def readable(self) -> bool:
        return True

    @property
    def head(self) -> bytes:
        """The first bytes, while nothing has been read."""
        return self._head

    def read(self, size: int = -1) -> bytes:
        if self._head:
            size = len(self._head) if size < 0 else size
            data, self._head = self._head[:size], self._head[size:]
        else:
            data = self._stream.read(size)
        self.count += len(data)
        return data


def _stream(stream: IO[bytes], name: str) -> Iterator[Paper | Unreadable]:
    """The papers of a stream, by what it holds: gzip, tar, or TeX."""
    counted = _Counted(stream)
    if counted.head.startswith(b"\x1f\x8b"):
        unpacked = gzip.GzipFile(fileobj=counted, mode="rb")
        inner = _Counted(_Limited(unpacked, counted, name))  # type: ignore[arg-type]
    else:
        inner = counted
    head = inner.head
    if head[257:262] == b"ustar" or (name.lower().endswith((".tar", ".tar.gz", ".tgz")) and head.strip(b"\0")):
        yield from _tar(inner, name)
    elif head.startswith(b"%PDF"):
        yield Unreadable(name, "a PDF, without its TeX")
    elif head.startswith((b"PK\x03\x04", b"%!PS", b"\x89PNG", b"\xff\xd8")):
        yield Unreadable(name, "no TeX")
    elif not head:
        yield Unreadable(name, "empty")
    else:
        root = posixpath.basename(name).removesuffix(".gz").strip("<>") or "paper"
        yield Paper(name, Files({root: _all(inner, name)}), root)


def _all(stream: _Counted, name: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while data := stream.read(1 << 20):
        parts.append(data)
        size += len(data)
        if size > MAX_TEXT * 2:
            raise InputError(f"{name}: larger than {MAX_TEXT * 2:,} bytes")
    return b"".join(parts)


def _tar(stream: _Counted, name: str) -> Iterator[Paper | Unreadable]:
    """The papers of a tar: that of its text files, and those in archives in it."""
    entries: dict[str, bytes | Path] = {}
    size = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                path = posixpath.normpath(member.name)
                if path.startswith(("/", "..")) or member.issym() or member.islnk():
                    yield Unreadable(f"{name}/{member.name}", "left out: it points out of the archive", whole=False)
                    continue
                suffix = posixpath.splitext(path)[1].lower()
                packed = suffix in _ARCHIVES
                if not member.isfile() or not (packed or suffix in _TEXT_SUFFIXES or suffix == ""):
                    continue
                size += 0 if packed else member.size
                if size > MAX_TEXT * 2 or len(entries) >= MAX_FILES:
                    raise InputError(f"{name}: more text than a paper may have")
                file = archive.extractfile(member)
                assert file is not None, "a file of an archive has contents"
                if packed:
                    yield from _nested(file, f"{name}/{path}")
                    continue
                data = file.read()
                # Old submissions have files without a suffix; those with commands in them are TeX.
                if suffix or b"\\" in data[:4096]:
                    entries[path] = data
    except tarfile.TarError as error:
        raise InputError(f"{name}: the archive is damaged: {error}") from error
    files = Files(entries)
    for root in _roots(files) or [path for path in entries if posixpath.splitext(path)[1] == ""]:
        yield Paper(name if len(entries) == 1 else f"{name}/{root}", files, root)


def _nested(file: IO[bytes], name: str) -> Iterator[Paper | Unreadable]:
    try:
        yield from _stream(file, name)
    except InputError as error:
        yield Unreadable(name, str(error).removeprefix(f"{name}: "))
