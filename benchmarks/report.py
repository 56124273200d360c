"""Tables on the terminal, in the form in which docs/benchmarks.md holds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, aligned for reading as it is; all columns but the first are numbers."""
    lines = [[cell.replace("|", "\\|") for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = [f"{'-' * widths[0]}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return "\n".join(
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |"
        for row in (lines[0], rule, *lines[1:])
    )


def percent(part: int, whole: int) -> str:
    """`part` of `whole`, rounded so that only all of it reads 100."""
    if not whole:
        return "–"
    return "100" if part == whole else f"{min(100 * part / whole, 99.99):.2f}"


def code(text: str, width: int = 100) -> str:
    """A formula as inline code on one line, cut to `width` characters."""
    line = " ".join(text.split())
    return f"`{line}`" if len(line) <= width else f"`{line[: width - 1]}…`"
