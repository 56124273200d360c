"""Matrices and lines below each other, as MathCAT says them."""

from __future__ import annotations

from collections.abc import Sequence as Several
from typing import TYPE_CHECKING, Final

from ....nodes import Table
from ....structure import Grid, Infix, Prefix, Structure
from .shapes import compares, digits_of, is_simple, signs_of

if TYPE_CHECKING:
    from .speaker import Part, Speaker


_SMALL: Final = 3
"""The most rows and columns of a small matrix."""


class Lines:
    """One matrix, or lines below each other."""

    def __init__(self, speaker: Speaker, grid: Grid) -> None:
        self.speaker = speaker
        self.grid = grid
        self.rows = grid.rows
        self.span = grid.node.span
        self.count = len(grid.rows)
        self.columns = max(map(len, grid.rows), default=0)
        self.preference = speaker.settings["Matrix"]
        table = speaker.ruled.get(self.span) if self.span is not None else None
        self.vertical = _vertical_rules(table) if table is not None else frozenset()
        self.horizontal = {at for at, rule in enumerate(table.rules) if rule} if table is not None else set()
        self.simple = all(is_simple(cell) for row in grid.rows for cell in row)

    def say(self) -> None:
        match self.grid.kind:
            case "matrix":
                with self.speaker.inside("matrix"):
                    self.matrix()
            case "determinant":
                with self.speaker.inside("matrix"):
                    self.determinant()
            case "cases":
                self.lines("Case")
            case "lines" | "diagram":
                kind = self.kind_of_lines()
                if kind:
                    self.lines(kind)
                else:
                    self.array()

    def tell(self, key: str, **parts: Part) -> None:
        self.speaker.tell(key, self.span, **parts)

    def head(self, key: str) -> None:
        """What it is and how large."""
        self.tell(key, rows=str(self.count), columns=str(self.columns))

    # Matrices

    def matrix(self) -> None:
        if (self.count, self.columns) == (1, 1):
            self.tell("one_entry", rows="1", columns="1", x=self.rows[0][0])
        elif self.is_special("0", "0"):
            self.head("zero_matrix")
        elif self.is_special("1", "0"):
            self.head("identity_matrix")
        elif self.is_special("", "0"):
            self.diagonal()
        elif self.preference == "Combinatoric" and (self.count, self.columns) == (2, 1):
            self.speaker.binomial(self.rows[0][0], self.rows[1][0], self.span)
        elif self.columns == 1:
            self.column_matrix()
        elif self.count == 1:
            self.row_matrix()
        else:
            self.head("augmented_matrix" if self.vertical else "matrix")
            self.entries(self.is_silent)
            self.end("end_matrix", "end_matrix")

    def determinant(self) -> None:
        if (self.count, self.columns) == (1, 1):
            self.tell("one_entry_determinant", rows="1", columns="1", x=self.rows[0][0])
            return
        self.head("determinant")
        self.entries(self.is_silent)
        self.end("end_determinant", "end_determinant")

    @property
    def is_small(self) -> bool:
        return self.simple and self.count <= _SMALL and self.columns <= _SMALL and self.preference != "SpeakColNum"

    @property
    def is_silent(self) -> bool:
        """Whether the numbers of the columns are left out."""
        return self.is_small or self.preference == "SilentColNum"

    def is_special(self, on: str, off: str) -> bool:
        """Whether all numbers on the diagonal are `on`, if that is not empty, and all others `off`."""
        if on != off and self.count != self.columns:
            return False
        return all(
            not wanted or digits_of(cell) == wanted
            for at, row in enumerate(self.rows)
            for column, cell in enumerate(row)
            for wanted in [on if at == column else off]
        )

    def end(self, matrix: str, vector: str) -> None:
        """The end words, where the preference asks for them."""
        if self.preference == "EndMatrix":
            self.tell(matrix)
        elif self.preference == "EndVector":
            self.tell(vector)

    def diagonal(self) -> None:
        self.head("diagonal_matrix")
        for at, row in enumerate(self.rows):
            if digits_of(row[at]) != "0":
                self.tell("column", n=str(at + 1))
                self.speaker.speak(row[at])

    def column_matrix(self) -> None:
        self.head("column_vector" if self.preference in ("Vector", "EndVector") else "column_matrix")
        if self.is_small:
            for (cell,) in self.rows:
                self.speaker.speak(cell)
                self.speaker.pause()
            self.end("end_matrix", "end_vector")
        else:
            self.entries(True)
            self.end("end_matrix", "end_matrix")

    def row_matrix(self) -> None:
        self.head("row_vector" if self.preference in ("Vector", "EndVector") else "row_matrix")
        self.cells(self.rows[0], self.is_silent)
        self.end("end_matrix", "end_vector")

    def entries(self, silent: bool) -> None:
        """Row by row; `silent` leaves out the numbers of the columns."""
        for at, row in enumerate(self.rows):
            self.tell("row", n=str(at + 1))
            self.cells(row, silent)
            if at + 1 in self.horizontal and at + 1 < self.count:
                self.tell("row_separator")

    def cells(self, row: Several[Structure], silent: bool) -> None:
        for at, cell in enumerate(row):
            if not silent:
                self.tell("column", n=str(at + 1))
            self.speaker.speak(cell)
            self.speaker.pause()
            if at + 1 in self.vertical and at + 1 < len(row):
                self.tell("separator")

    # Lines

    def kind_of_lines(self) -> str:
        """What the lines are: equations where the first compares, plain lines where there are signs, else ""."""
        if self.rows and any(compares(cell) for cell in self.rows[0]):
            return "Line" if self.speaker.clear else "Equation"
        signs = [sign for row in self.rows for cell in row for sign in signs_of(cell)]
        return "Line" if any(sign not in ("+", "−") for sign in signs) else ""

    def lines(self, kind: str) -> None:
        speaker = self.speaker
        preference = speaker.settings["MultiLineLabel"] if speaker.clear else "Auto"
        if preference not in ("Auto", "None"):
            kind = preference
        elif preference == "None":
            kind = "Line"
        forms = speaker.words.lines[kind]
        if not speaker.clear or speaker.settings["MultiLineOverview"] == "Auto":
            self.tell("counted", n=str(self.count), word=_counted(self.count, forms))
        for number, cells in enumerate(self.rows, 1):
            if self.count > 1 and preference != "None":
                self.tell("label", n=str(number), word=forms[0])
            for at, cell in enumerate(cells):
                self.cell(cell, at > 0)
            self.speaker.pause()

    def cell(self, cell: Structure, continued: bool) -> None:
        """A cell of a line; in one that continues the line, a sign in front joins it to the one before."""
        if continued and isinstance(cell, Prefix):
            self.speaker.speak(cell.sign)
            self.speaker.speak(cell.operand)
        elif continued and isinstance(cell, Infix) and isinstance(cell.operands[0], Prefix):
            first = cell.operands[0]
            self.speaker.speak(first.sign)
            self.speaker.speak(cell._replace(operands=(first.operand, *cell.operands[1:])))
        else:
            self.speaker.speak(cell)

    def array(self) -> None:
        self.tell("array")
        for at, row in enumerate(self.rows):
            if at:
                self.tell("array_next")
            self.tell("row", n=str(at + 1))
            self.cells(row, False)


def _vertical_rules(table: Table) -> frozenset[int]:
    """The numbers of the columns that have a rule after them."""
    column, found = 0, set()
    for letter in table.columns:
        if letter in "|:":
            found.add(column)
        else:
            column += 1
    return frozenset(found - {0})


def _counted(count: int, forms: tuple[str, str, str]) -> str:
    """The form of a noun after a number, in languages with three."""
    if count % 10 == 1 and count % 100 != 11:
        return forms[0]
    return forms[1] if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else forms[2]
