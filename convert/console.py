"""What the command line does to files and terminals: whole files or none, colour, a progress bar."""

from __future__ import annotations

import gzip
import itertools
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from .errors import OutputError

RED, GREEN, YELLOW = "1;31", "1;32", "1;33"

_number = itertools.count()


def make_directory(path: Path) -> None:
    """The directory and those above it, where they are not there yet."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only when all has been written; what was there stays until then.

    Written beside the target, so that the last step is a rename. Devices and pipes are written directly.
    """
    target = path.resolve()
    direct = target.exists() and not target.is_file()
    place = target if direct else target.with_name(f".panmath-{os.getpid()}-{next(_number)}")
    try:
        try:
            with place.open("wb" if direct else "xb") as file:
                yield file
            if not direct:
                if target.exists():
                    shutil.copymode(target, place)
                place.replace(target)
        finally:
            if not direct:
                place.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error


def paint(text: str, colour: str, stream: TextIO) -> str:
    """The text in a colour on terminals, as it is elsewhere and where NO_COLOR is set (no-color.org)."""
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{colour}m{text}\x1b[0m" if wanted else text


@contextmanager
def output(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a whole file; packed by gzip where its name says so."""
    if path is None:
        yield sys.stdout.buffer
        return
    with whole_file(path) as file:
        if path.name.endswith(".gz"):
            # Without a time of its making, so that equal contents make equal bytes.
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                yield cast(BinaryIO, packed)
        else:
            yield file


class StatusLine:
    """A line on standard error that is written over; nothing where that is no terminal."""

    def __init__(self, shown: bool = True) -> None:
        self.shown = shown and sys.stderr.isatty()

    def write(self, line: str) -> None:
        """Puts a line in the place of the last one, cut to the width of the terminal."""
        self._put(line[: shutil.get_terminal_size().columns - 1])

    def clear(self) -> None:
        """Takes the line away, so that something else can be written; the next one brings it back."""
        self._put("")

    def _put(self, line: str) -> None:
        if self.shown:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()


def bar(filled: int) -> str:
    """A bar of twenty signs, of which so many are filled."""
    return f"{'━' * filled}{'╌' * (20 - filled)}"


class Progress(StatusLine):
    """A bar on standard error for work on many files; nothing where that is no terminal."""

    def __init__(self, total: int) -> None:
        super().__init__(total > 1)
        self._total, self._done = total, 0

    def step(self, name: str) -> None:
        """One more is done; `name` is shown beside the bar."""
        self._done += 1
        if self.shown:
            self.write(f"{bar(20 * self._done // self._total)} {self._done}/{self._total} {name}")


class Count(StatusLine):
    """How many of an unknown number are done, on standard error; nothing where that is no terminal."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what, self._done, self._told = what, 0, 0.0

    def step(self, name: str) -> None:
        """One more is done; shown ten times a second at most."""
        self._done += 1
        if self.shown and time.monotonic() - self._told > 0.1:
            self._told = time.monotonic()
            self.write(f"{self._done:,} {self._what} {name}")
