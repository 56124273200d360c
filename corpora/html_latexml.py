r"""Groups of equations of LaTeXML and ar5iv: tables with a formula in each cell, which are one aligned formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

MAX_CELLS = 2_000
"""Cells of a group; larger ones stay tables."""

_GROUP = re.compile(r"\bltx_(?:equationgroup|eqn_(?:align|eqnarray|gather))\b")
_NO_PART = re.compile(r"\bltx_(?:eqn_eqno|eqn_center_pad\w+|tag\w*|note)\b")
_RELATION = re.compile(
    r"\s*(?:[=<>≤≥]|\\(?:eq|le|ge|ne|leq|geq|neq|equiv|approx|sim|simeq|cong|coloneqq|to|in)(?![A-Za-z]))"
)
_STYLE = re.compile(r"^\\displaystyle(?![A-Za-z])\s*")

Formula = Callable[[etree._Element], str | None]
"""The TeX of a `<math>`; None for one that repeats another."""


def group(table: etree._Element, formula: Formula) -> list[str] | None:
    """The formulas of a group: one that is aligned, or each line of a `gather`; None where a table is no group, or has
    words in it, as those between lines are.
    """
    name = table.get("class") or ""
    if _GROUP.search(name) is None or next(table.iterdescendants("table"), None) is not None:
        return None
    lines: list[list[str]] = []
    cells = 0
    for row in table.iter("tr"):
        line = list(_cells(row, formula))
        cells += len(line)
        if None in line or cells > MAX_CELLS:
            return None
        written = [cell for cell in line if cell is not None]
        if any(written):
            lines.append(written)
    if not lines:
        return None
    if "ltx_eqn_gather" in name or max(map(len, lines)) == 1:
        return ["".join(line) for line in lines]
    return [_aligned([_pairs(line) for line in lines])]


def _cells(row: etree._Element, formula: Formula) -> Iterator[str | None]:
    """The formulas of a line; None for a cell that has words."""
    for cell in row.iter("td", "th"):
        if _NO_PART.search(cell.get("class") or ""):
            continue
        parts = [_STYLE.sub("", formula(element) or "").strip() for element in cell.iter("math")]
        yield None if _words(cell) else " ".join(filter(None, parts))


def _words(element: etree._Element) -> bool:
    """Whether something is in a cell beside formulas, numbers of equations and points."""
    if element.tag == "math" or _NO_PART.search(element.get("class") or ""):
        return False
    texts = [element.text, *(part.tail for part in element)]
    return any(text and text.strip(" \n\t\xa0.,;") for text in texts) or any(map(_words, element.iterchildren("*")))


def _pairs(line: Sequence[str]) -> list[str]:
    """A line with the relation of an `eqnarray`, which has a cell of its own, in that of what follows."""
    joined: list[str] = []
    for number, cell in enumerate(line):
        before = line[number - 1] if number else ""
        if joined and number % 3 == 2 and len(line) % 3 == 0 and _RELATION.fullmatch(before):
            joined[-1] = f"{before} {cell}"
        else:
            joined.append(cell)
    return joined


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    if len(lines) == 1:
        (cells,) = lines
        return r" \qquad ".join("".join(cells[n : n + 2]) for n in range(0, len(cells), 2))
    return "\n".join(
        (r"\begin{aligned}", " \\\\\n".join(" &".join(cells).strip() for cells in lines), r"\end{aligned}")
    )
