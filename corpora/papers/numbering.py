r"""The numbers that LaTeX would print: counters, what they are reset within, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ...convert.readers.tex.tokens import Macro

_MAX_DEPTH: Final = 20
_MAX_STEPS: Final = 1_000
"""How many counters and macros one number may be made of."""
_ROMAN: Final = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
                 (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
SECTIONS: Final = ("chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")


def roman(number: int) -> str:
    """The number in small Roman numerals; large ones in digits."""
    if not 0 < number < 4000:
        return str(number)
    written = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written += letters * count
    return written


def alph(number: int) -> str:
    """The letter of that number; beyond z in digits."""
    return chr(96 + number) if 0 < number < 27 else str(number)


_SHOWN: Final[Mapping[str, Callable[[int], str]]] = {
    "\\arabic": str, "\\roman": roman, "\\Roman": lambda number: roman(number).upper(), "\\alph": alph,
    "\\Alph": lambda number: alph(number).upper(), "\\number": str, "\\the": str, "\\fnsymbol": str,
    "\\@arabic": str, "\\@roman": roman, "\\@Roman": lambda number: roman(number).upper(), "\\@alph": alph,
    "\\@Alph": lambda number: alph(number).upper(),
}  # fmt: skip


class Counters:
    """The counters of a paper. `macros` are those in force, among which are the `\\the…` that the paper defines."""

    def __init__(self, macros: Mapping[str, Macro]) -> None:
        self.macros = macros
        self.values: dict[str, int] = {}
        self.within: dict[str, str] = {
            "subsection": "section", "subsubsection": "subsection", "paragraph": "subsubsection",
            "subparagraph": "paragraph",
        }  # fmt: skip
        self.style: dict[str, Callable[[int], str]] = {}
        self.shared: dict[str, str] = {}
        """Counters that are other counters, as those of theorems may be."""
        self._steps = 0
        self.alone: set[str] = set()
        """Counters that are reset within another, but do not show its number."""

    def of_class(self, name: str) -> None:
        """What a document class says about its numbers."""
        if name in ("book", "report", "memoir", "amsbook", "scrbook", "scrreprt", "svmono"):
            self.within |= {"section": "chapter", "equation": "chapter", "figure": "chapter", "table": "chapter"}
        elif name.startswith(("revtex", "IEEEtran", "ieee")):
            self.style |= {"section": _SHOWN["\\Roman"], "subsection": _SHOWN["\\Alph"]}
            self.alone.add("subsection")

    def begin_appendix(self) -> None:
        """The sections, or chapters, that follow have letters."""
        counter = self.within.get("section", "section")
        self.values[counter] = 0
        self.style[counter] = _SHOWN["\\Alph"]

    def number_within(self, counter: str, parent: str) -> None:
        if counter != parent:
            self.within[counter] = parent

    def share(self, counter: str, other: str) -> None:
        """From now on the one counter is the other, as those of theorems may be."""
        other = self.shared.get(other, other)
        if counter != other:
            self.shared[counter] = other

    def set(self, counter: str, value: int) -> None:
        self.values[self.shared.get(counter, counter)] = value

    def value(self, counter: str) -> int:
        return self.values.get(self.shared.get(counter, counter), 0)

    def step(self, counter: str) -> str:
        """Counts on, and begins what is counted within it anew; returns the number as it is shown."""
        counter = self.shared.get(counter, counter)
        self.values[counter] = self.values.get(counter, 0) + 1
        self._reset(counter, 0)
        return self.shown(counter)

    def _reset(self, counter: str, depth: int) -> None:
        for child, parent in self.within.items():
            if parent == counter and depth < _MAX_DEPTH:
                self.values[child] = 0
                self._reset(child, depth + 1)

    def shown(self, counter: str, depth: int = 0) -> str:
        """The number of a counter as the paper shows it."""
        self._steps = 0 if depth == 0 else self._steps + 1
        if self._steps > _MAX_STEPS:
            return ""
        counter = self.shared.get(counter, counter)
        macro = self.macros.get("\\the" + counter)
        if macro is not None and depth < _MAX_DEPTH:
            return self._text(macro.body, depth + 1)
        own = self.style.get(counter, str)(self.value(counter))
        parent = self.within.get(counter)
        if parent is None or depth > _MAX_DEPTH or counter in self.alone:
            return own
        above = self.shown(parent, depth + 1)
        return own if above in ("", "0") and parent == "chapter" else f"{above}.{own}"

    def _text(self, body: Sequence[str], depth: int) -> str:
        """What the body of a `\\the…` says."""
        shown = ""
        rest = list(reversed(body))
        while rest:
            tok = rest.pop().removeprefix("\ue000")
            if tok in _SHOWN:
                shown += _SHOWN[tok](self.value(_name(rest)))
            elif tok.startswith("\\the") and len(tok) > 4:
                shown += self.shown(tok[4:], depth)
            elif tok in self.macros and not self.macros[tok].pattern and depth < _MAX_DEPTH:
                self._steps += 1
                if self._steps > _MAX_STEPS:
                    break
                shown += self._text(self.macros[tok].body, depth + 1)
            elif tok[0] not in "\\{}$":
                shown += tok
        return " ".join(shown.split())


def _name(rest: list[str]) -> str:
    """The counter that comes next: `{section}`, `\\c@section` or `\\value{section}`."""
    while rest:
        tok = rest.pop()
        if tok.startswith("\\c@"):
            return tok[3:]
        if tok == "{":
            name = ""
            while rest and (part := rest.pop()) != "}":
                name += part
            return name
        if tok != "\\value" and not tok.isspace():
            break
    return ""
