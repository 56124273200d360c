"""Where formulas stand in a document: what all kinds of markup have in common.

All searches take time in proportion to the length of the document, whatever is in it: a search that found nothing, or
something far ahead, is not made again.
"""

from __future__ import annotations

import re
from typing import Final

ENVIRONMENTS: Final = frozenset(
    name + star
    for name in "equation align gather multline eqnarray displaymath math flalign alignat xalignat xxalignat".split()
    for star in ("", "*")
)
"""The environments of LaTeX that are formulas of their own."""

CLOSERS: Final = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}

_INSIDE: Final = re.compile(r"\\.|[{}$]|\n[ \t]*\n", re.DOTALL)
_MAX_INNER: Final = 64
"""How many dollars inside braces are passed in search of the one that closes a formula."""


class Finder:
    """Finds marks in a text, each place of them once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._next: dict[str, tuple[int, int]] = {}

    def find(self, mark: str, start: int, end: int | None = None) -> int:
        """The first place of the mark from `start` on and before `end`; -1 where there is none."""
        since, place = self._next.get(mark, (1, 0))
        if not (since <= start and (place < 0 or start <= place)):
            place = self.text.find(mark, start)
            self._next[mark] = (start, place)
        return place if place >= 0 and (end is None or place + len(mark) <= end) else -1


def closing_dollar(text: str, start: int, end: int) -> int:
    r"""The dollar that closes the formula whose content begins at `start`; -1 where the paragraph ends before it.

    Dollars inside braces belong to texts in the formula, as in ``$x \text{ if $y$}$``, unless none comes after them.
    """
    depth = inner = 0
    first = -1
    for found in _INSIDE.finditer(text, start, end):
        match found[0]:
            case "{":
                depth += 1
            case "}":
                depth -= 1
            case "$" if depth <= 0:
                return found.start()
            case "$":
                first = found.start() if first < 0 else first
                inner += 1
                if inner > _MAX_INNER:
                    break
            case mark if mark[0] == "\n":
                break
            case _:
                pass
    return first
