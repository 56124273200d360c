r"""Keeps the TeX that a model writes well formed while it is written.

The tokens are those of `sequence`: braces stand around every argument, so that the stack of open constructs and the
arguments still due say which of ``{``, ``}``, ``^``, ``_``, ``&``, ``\\``, ``\end{…}`` and the end may follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from panmath.convert.constructs import commands

END = "</s>"
_SCRIPTS = ("^", "_")
_CELLS = ("&", "\\\\")
_CLOSES = {"}": "{", "]": "["}


@dataclass(frozen=True, slots=True)
class Level:
    """One level of nesting. `opened` is "{", "[", the name of an environment, or empty for the whole formula.

    `due` are the arguments that must come next, `optional` whether one in brackets may come before them. `scripts` are
    those that the last atom has, and `operand` says that a script waits for what it raises.
    """

    opened: str = ""
    due: int = 0
    optional: bool = False
    scripts: str = ""
    operand: bool = False

    def allows(self, token: str) -> bool:
        """Whether a token may come next."""
        if self.due:
            return token == "{" or (token == "[" and self.optional)
        ends = token in (END, "}", *_CELLS) or token.startswith("\\end{") or (token == "]" and self.opened == "[")
        if self.operand:
            return not ends and token not in (*_SCRIPTS, "'")
        if ends:
            return self._may_end(token)
        if token in _SCRIPTS:
            return token not in self.scripts
        return token != "'" or "^" not in self.scripts

    def _may_end(self, token: str) -> bool:
        if token in _CELLS:
            return self.opened not in ("", "{", "[")
        if token.startswith("\\end{"):
            return self.opened == token[5:-1]
        return self.opened == _CLOSES.get(token, "")

    def after(self, token: str) -> Level:
        """The level behind a token that opens and closes nothing."""
        if token in _SCRIPTS:
            return Level(self.opened, scripts=self.scripts + token, operand=True)
        if token == "'":
            return Level(self.opened, scripts=self.scripts + "'")
        due, optional = arguments(token)
        return Level(self.opened, due, optional, self.scripts if self.operand else "")

    def before_group(self) -> Level:
        """The level around a group that opens here, as it is behind the group."""
        if self.due:
            return Level(self.opened, self.due - 1, scripts=self.scripts)
        return Level(self.opened, scripts=self.scripts if self.operand else "")


@dataclass(frozen=True, slots=True)
class State:
    """Where in a formula its next token stands: the levels, the outermost first."""

    levels: tuple[Level, ...] = (Level(),)

    def allows(self, token: str) -> bool:
        """Whether a token may come next."""
        return self.levels[-1].allows(token)

    def after(self, token: str) -> State:
        """The state behind a token that is allowed here."""
        *outer, level = self.levels
        if token == "{":
            return State((*outer, level.before_group(), Level("{")))
        if token == "[" and level.due:
            return State((*outer, Level(level.opened, level.due, scripts=level.scripts), Level("[")))
        if token.startswith("\\begin{"):
            return State((*outer, level.before_group(), Level(token[7:-1])))
        if token in _CELLS:
            return State((*outer, Level(level.opened)))
        if token == "}" or token.startswith("\\end{") or (token == "]" and level.opened == "["):
            return State(tuple(outer))
        return State((*outer, level.after(token)))


@cache
def arguments(command: str) -> tuple[int, bool]:
    """How many arguments in braces a command takes, and whether one in brackets may come first."""
    row = commands().get(command)
    if row is None:
        return 0, False
    return sum(letter in "mtv" for letter in row.args), "o" in row.args


def state(tokens: Iterable[str]) -> State:
    """The state behind several tokens."""
    here = State()
    for token in tokens:
        here = here.after(token)
    return here
