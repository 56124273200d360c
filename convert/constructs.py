"""Loads and checks tables/constructs.tsv: what each command and environment of TeX is, and the arguments it takes.

A row is `spelling, kind, args, value`. The kind names the function of the TeX reader that builds the node; args are
letters in the order of the arguments:

    m  a formula        t  text            o  an optional [formula]
    v  verbatim braces  d  a dimension     D  a delimiter
    s  an optional *    C  column letters of an array

and value is what the kind needs to know. Environments have the kind `env`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import TableError

_COLUMNS = ("spelling", "kind", "args", "value")
_ARGUMENTS = frozenset("mtovdDsC")
_PATH = Path(__file__).parent / "tables" / "constructs.tsv"


@dataclass(frozen=True, slots=True)
class Construct:
    """One row; `args` and `value` are "" where the table has `-`."""

    spelling: str
    kind: str
    args: str
    value: str

    @property
    def words(self) -> list[str]:
        """The value split at blanks, with `.` for "nothing" made empty."""
        return ["" if word in (".", "-") else word for word in self.value.split()]


def load(text: str, filename: str) -> dict[str, Construct]:
    """Rows by spelling. Raises `TableError` with file and line for a bad one."""
    rows: dict[str, Construct] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#") or number == 1:
            continue
        cells = line.split("\t")
        where = f"{filename}:{number}"
        if len(cells) != len(_COLUMNS):
            raise TableError(f"{where}: {len(cells)} cells, expected {len(_COLUMNS)} ({', '.join(_COLUMNS)})")
        if "" in cells:
            raise TableError(f"{where}: the cell {_COLUMNS[cells.index('')]} is empty; write - for none")
        spelling, kind, args, value = cells
        if spelling in rows:
            raise TableError(f"{where}: {spelling} stands already in line {lines[spelling]}")
        if args != "-" and (bad := set(args) - _ARGUMENTS):
            raise TableError(f"{where}: unknown argument letter {min(bad)!r}; known are {' '.join(sorted(_ARGUMENTS))}")
        rows[spelling] = Construct(spelling, kind, args.replace("-", ""), "" if value == "-" else value)
        lines[spelling] = number
    return rows


@cache
def commands() -> dict[str, Construct]:
    r"""Commands by spelling, with the backslash: `\frac`."""
    return {row.spelling: row for row in _rows().values() if row.kind != "env"}


@cache
def environments() -> dict[str, Construct]:
    """Environments by name: `pmatrix`."""
    return {row.spelling: row for row in _rows().values() if row.kind == "env"}


@cache
def _rows() -> dict[str, Construct]:
    return load(_PATH.read_text("utf-8"), _PATH.name)
