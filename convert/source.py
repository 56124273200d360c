"""The text being read: where things stand in it, and how to point at them.

A span is a pair of offsets, so that nodes stay cheap; `Source` turns offsets into lines, columns and a caret.
"""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[int, int]
"""Offsets ``(start, end)`` into the source text, in code points, end exclusive."""

_CONTEXT = 60
"""How many characters of the line stand on each side of the caret before an ellipsis replaces the rest."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text and the name a user knows it by (a path, or ``<stdin>``).

    `first_line` is the number of its first line, where the text was cut from a longer one.
    """

    text: str
    name: str = "<input>"
    first_line: int = 1

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1 (lines from `first_line`)."""
        line = self.text.count("\n", 0, offset) + self.first_line
        return line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1

    def snippet(self, span: Span) -> str:
        """The line the span starts on, cut to a readable width, with carets under the span."""
        start, end = span
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        line_end = len(self.text) if line_end < 0 else line_end
        left, right = max(line_start, start - _CONTEXT), min(line_end, start + _CONTEXT)
        head = "…" if left > line_start else ""
        tail = "…" if right < line_end else ""
        shown = "".join(c if c.isprintable() else " " for c in self.text[left:right])
        width = max(1, min(end, right) - start)
        return f"    {head}{shown}{tail}\n    {' ' * (len(head) + start - left)}{'^' * width}"
