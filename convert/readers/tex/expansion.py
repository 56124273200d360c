r"""Macros replaced by their bodies, and all else kept word for word: for text that shall stay LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...source import Source
from . import by_character, command_table, commands, definitions
from .parser import Parser
from .tokens import Macro

_DEFINES = re.compile(
    r"\\(?:(?:re)?new(?:command|commandx|environment)|provide(?:command|environment)|[egx]?def|let|futurelet|global|"
    r"Declare(?:RobustCommand|MathOperator|PairedDelimiter\w*)|Newextarrow)(?![A-Za-z])"
)
_HANDLERS = frozenset({commands.declare_operator, *definitions.KINDS.values()})


class Expander:
    """Macros that were defined so far; each text may use them and define more."""

    def __init__(self, macros: Mapping[str, str | Macro] | None = None) -> None:
        self.macros: dict[str, str | Macro] = dict(macros or {})
        self._names: re.Pattern[str] | None = None

    def expand(self, source: Source) -> str:
        r"""The text with macros expanded and definitions taken out, which are in force from then on.

        Raises ParseError for a definition or a call that is not well formed, and for a macro that never ends.
        """
        if not self.macros and _DEFINES.search(source.text) is None:
            return source.text
        p = Parser(source, command_table(), by_character, [], strict=False, macros=self.macros)
        written: list[str] = []
        while p.toks:
            tok, at = p.take()
            if tok in ("\\begin", "\\end") and p.toks and p.toks[-1] == "{":
                tok = f"{tok}{{{p.verbatim(tok, at)}}}"
            if tok in p.macros:
                p.expand(tok, at)
                continue
            handler, argument = p.table.get(tok, (None, None))
            if handler in _HANDLERS:
                handler(p, [], argument, tok, at)
                continue
            if written and _runs_together(written[-1], tok):
                written.append(" ")
            written.append(tok)
        self.macros = dict(p.macros)
        return "".join(written)


def _runs_together(first: str, second: str) -> bool:
    r"""Whether a command that a macro ends with would swallow the letter after it: `\in` before `R`."""
    return first[0] == "\\" and first[-1].isalpha() and first[-1].isascii() and second[0].isalpha()
