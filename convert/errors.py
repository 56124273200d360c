"""Every exception that leaves the library, with the exit status the command line gives it (sysexits.h)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from .source import Source, Span


class PanmathError(Exception):
    """The base class: `except PanmathError` catches all that the library raises on purpose."""

    exit_code: ClassVar[int] = 70


class ParseError(PanmathError):
    """The input is not well formed. Shows the place with a caret and names the constructs that are still open."""

    exit_code = 65

    def __init__(
        self, message: str, source: Source, span: Span, open_constructs: Sequence[tuple[str, int]] = ()
    ) -> None:
        """`open_constructs` are pairs of name and offset, the outermost first."""
        super().__init__(message)
        self.message, self.source, self.span = message, source, span
        self.open_constructs = tuple(open_constructs)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.source, self.span, self.open_constructs))

    @property
    def line(self) -> int:
        """Line of the place, from 1."""
        return self.source.position(self.span[0])[0]

    @property
    def column(self) -> int:
        """Column of the place, from 1."""
        return self.source.position(self.span[0])[1]

    def __str__(self) -> str:
        lines = [f"{self.source.name}:{self.line}:{self.column}: {self.message}", self.source.snippet(self.span)]
        for name, offset in reversed(self.open_constructs[-3:]):
            line, column = self.source.position(offset)
            lines.append(f"  in {name} opened at {line}:{column}")
        return "\n".join(lines)


class InputError(PanmathError):
    """An input cannot be read: the file is not there, or may not be opened."""

    exit_code = 66


class CheckpointError(InputError):
    """A checkpoint of a learned edge is not there, is damaged, or is of another kind: whatever the input, it fails."""


class OutputError(PanmathError):
    """An output cannot be written: no permission, the disk is full."""

    exit_code = 73


class UnsupportedError(PanmathError):
    """The input is understood but the target cannot say it, or `--strict` forbids keeping it word for word."""

    exit_code = 65


class NoRouteError(PanmathError):
    """No chain of edges leads from the one format to the other."""

    exit_code = 64


class OptionError(PanmathError):
    """An option does not exist or has a value it does not take."""

    exit_code = 64


class MissingExtraError(PanmathError):
    """An optional dependency is not installed; the message says how to install it."""

    exit_code = 69


class EdgeError(PanmathError):
    """A converter failed on input it should have handled. Keeps its log."""

    exit_code = 70

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class UnverifiedError(PanmathError):
    """`--verify` was asked for and no answer could be confirmed."""

    exit_code = 1


class TableError(PanmathError):
    """A data table of the library has a bad row; the message gives file and line."""

    exit_code = 78


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that a conversion could not carry over: what it was, where it stood, what happened to it."""

    what: str
    reason: str
    span: Span | None = None

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


Losses = list[Loss]
"""Readers and writers append to it; the pipeline puts it into the result; `--strict` makes it fatal."""
