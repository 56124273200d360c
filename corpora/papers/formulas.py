r"""One formula of a paper: from what opens it to what closes it, with macros expanded and its numbers counted."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from ...convert import symbols
from ...convert.constructs import commands as command_rows
from ...convert.errors import ParseError
from ...convert.readers.document_tex import document_commands
from .gullet import Exhausted
from .lexer import CLOSE, END_OF_FILE, FROZEN, NO_VALUE
from .primitives import PRIMITIVES
from .scanner import Found, Label, MathEnvironment, Scanner, math_environments, structural_commands

MAX_FORMULA: Final = 30_000
"""Tokens of one formula, after expansion."""

MAX_AFTER_BREAK: Final = 2_000
"""The same, behind an empty line."""

CLOSERS: Final = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_TEXTS: Final = frozenset(
    "\\text \\mbox \\hbox \\textrm \\textnormal \\textit \\textbf \\textsf \\texttt \\textsc \\textup \\intertext"
    " \\shortintertext \\fbox \\makebox \\parbox \\vbox \\rlap \\llap".split()
)
"""Commands whose argument is prose again."""
_STOPS: Final = frozenset(
    name for name, (what, _) in structural_commands().items() if what in ("heading", "stop") and name[0] == "\\"
) | {"\\caption", "\\documentclass"}
"""Commands that no formula contains: one that does has no end."""
_DROPPED: Final = frozenset(
    "\\xspace \\protect \\leavevmode \\noindent \\centering \\allowbreak \\nobreak \\goodbreak \\makeatletter"
    " \\makeatother \\unskip \\ignorespaces \\samepage \\BooleanTrue \\BooleanFalse \\par \\hfill"
    " \\hfil \\vfill".split()
)
_NO_NUMBER: Final = MathEnvironment("none", "", "")


def read_formula(s: Scanner, opener: str, at: int) -> None:
    """Reads a formula whose opening mark, or `\\begin` with its environment, has been taken."""
    _Formula(s, opener, at).run()


class _Brace(NamedTuple):
    """An open brace: whether prose stands in it, the mark of its scope, and the arguments wanted when it came."""

    prose: bool
    mark: int
    wanted: int


@cache
def _arguments() -> dict[str, int]:
    """How many arguments each command takes, of those that are not optional."""
    found = {name: len(row.args.replace("s", "").replace("o", "")) for name, row in command_rows().items()}
    marks = (symbol for symbol in symbols.rows() if symbol.cls in ("accent", "wide", "under"))
    return {name: count for name, count in found.items() if count} | {name: 1 for mark in marks for name in mark.tex}


class _Formula:
    """A formula that is being read."""

    def __init__(self, s: Scanner, opener: str, at: int) -> None:
        self.s, self.at = s, at
        self.arities = _arguments()
        self.closer = CLOSERS.get(opener, "\\end" + opener)
        self.begun = opener not in CLOSERS
        """Whether `\\end` ends it."""
        self.environment = math_environments().get(opener, _NO_NUMBER)
        display = opener not in ("$", "\\(", "math")
        self.found = Found("", at, at, opener, display, s.part, s.section)
        self.out: list[str] = []
        self.braces: list[_Brace] = []
        self.prose = False
        """Whether the next brace holds prose."""
        self.inner = False
        """Whether a formula in the prose of this one is open."""
        self.environments: list[tuple[str, int]] = []
        self.own: list[str] = []
        """The environments of the paper's own that were begun in the formula."""
        self.number: str | None = None
        """The tag of this row; "" where it has no number."""
        self.row_labels: list[str] = []
        self.first_break = -1
        """Where the first empty line in it is: TeX takes none, so that the end may be missing."""
        self.limit = MAX_FORMULA
        self.wanted = 0
        """How many arguments the last command still wants: a macro that is one of them is one group."""
        self.held = 0
        """The same, while an optional argument is read."""

    def run(self) -> None:
        s = self.s
        mark, s.math = s.scope(), True
        self.arguments()
        end = self.tokens()
        s.math = False
        s.leave(mark)
        self.found.tex = self.text()
        self.found.end = end
        if not self.found.tex and not self.found.error:
            return
        if s.stream is not s.discarded:
            self.found.place = len(s.found)
            s.found.append(self.found)
            s.stream.parts.append(self.found)

    def arguments(self) -> None:
        """The arguments of the environment, kept where the hub's reader wants them."""
        for letter in self.environment.args:
            if letter == "o":
                self.s.raw_option()
            elif self.s.following("{"):
                group = self.s.raw_group(self.found.environment, self.at)
                self.out += ["{", *group, "}"] if letter == "k" else []

    def text(self) -> str:
        tex = " ".join(self.s.text_of(self.out).split())
        name = self.environment.tex
        return f"\\begin{{{name}}}{tex}\\end{{{name}}}" if name and tex else tex

    # The loop

    def tokens(self) -> int:
        """Takes tokens up to the end of the formula; returns where that is."""
        s = self.s
        toks, pos, macros, out = s.toks, s.pos, s.macros, self.out
        while toks:
            tok, at = toks.pop(), pos.pop()
            first = tok[0]
            if first not in _SPECIAL:
                out.append(tok)
                if self.wanted or tok[-1] in "^_":
                    self.letters(tok)
                continue
            try:
                if tok in macros:
                    self.macro(tok, at)
                    continue
                if first == FROZEN:
                    tok = tok[1:]
                    first = tok[0]
                done = self.control(tok, at) if first == "\\" else self.sign(tok, at)
            except Exhausted:
                raise
            except ParseError as error:
                self.found.error = self.found.error or error.message
                s.drop_call(at)
                continue
            if done:
                self.end_row()
                return max(s.calls.get(at, 0), s.end if tok == "\\end" else at + len(self.closer))
            if len(out) > MAX_FORMULA or (self.first_break >= 0 and len(out) > self.limit):
                return self.fail(f"longer than {MAX_FORMULA:,} tokens", "", at)
        return self.fail("the paper ends in a formula", "", s.length)

    def letters(self, tok: str) -> None:
        """Counts the arguments that single letters are."""
        written = tok.rstrip()
        if written:
            self.wanted = 1 if written[-1] in "^_" else max(0, self.wanted - len(written))

    def macro(self, tok: str, at: int) -> None:
        """Expands a macro. One without parameters that is an argument is taken whole, as LaTeX's commands do."""
        s = self.s
        macro = s.macros[tok]
        single = len(macro.body) == 1 and (len(macro.body[0]) == 1 or macro.body[0][0] in ("\\", FROZEN))
        whole = self.wanted and not macro.pattern and not single
        if whole:
            s.push(["}"], at)
        s.expand(tok, at)
        if whole:
            s.push(["{"], at)

    def fail(self, reason: str, stop: str, at: int) -> int:
        """Ends a formula that has no end: the paper goes on at its first empty line, or where it stopped."""
        s = self.s
        self.found.error = self.found.error or reason
        if stop:
            s.toks.append(stop)
            s.pos.append(at)
        if 0 <= self.first_break < at:
            s.looked_at(at - self.first_break, at)
            s.reread(self.first_break, at)
            at = self.first_break
            self.out.clear()
        return at

    def sign(self, tok: str, at: int) -> bool:
        """Braces, dollars, line ends; whether the formula ends."""
        s = self.s
        match tok:
            case "{":
                inside = bool(self.braces) and self.braces[-1].prose and not self.inner
                self.braces.append(_Brace(self.prose or inside, s.scope(), self.wanted))
                self.prose, self.wanted = False, 0
            case "}":
                if self.braces:
                    brace = self.braces.pop()
                    s.leave(brace.mark)
                    self.wanted = max(0, brace.wanted - 1)
            case "$" | "$$":
                return self.dollar(tok, at)
            case "[" if self.wanted:
                self.held, self.wanted = self.wanted, 0
            case "]" if self.held:
                self.held, self.wanted = 0, self.held
            case "~" | "&" | "#" | "[" | "]":
                pass
            case _:
                if tok == END_OF_FILE:
                    s.close_file()
                    return False
                if tok == NO_VALUE or tok[0] == CLOSE:
                    return False
                if tok.count("\n") > 1:
                    if self.first_break < 0:
                        self.first_break, self.limit = at, len(self.out) + MAX_AFTER_BREAK
                    if self.closer in ("$", "$$", "\\)"):
                        self.fail("a formula without its end", tok, at)
                        return True
                self.out.append(" ")
                return False
        self.out.append(tok)
        return False

    def dollar(self, tok: str, at: int) -> bool:
        if self.braces and any(brace.prose for brace in self.braces):
            self.inner = not self.inner if tok == "$" else self.inner
            self.out.append(tok)
            return False
        if tok == self.closer:
            return True
        if self.closer == "$":
            # `$a$$b$`: two formulas side by side.
            self.s.toks.append("$")
            self.s.pos.append(at + 1)
            return True
        self.out.append(tok)
        return False

    def control(self, tok: str, at: int) -> bool:
        """A command; whether the formula ends."""
        s = self.s
        if tok == self.closer:
            return True
        handler = _HANDLERS.get(tok)
        if handler is not None:
            return handler(self, tok, at)
        if tok in PRIMITIVES:
            PRIMITIVES[tok](s, tok, at)
        elif tok in _STOPS or (self.first_break >= 0 and tok in CLOSERS):
            self.fail("a formula without its end", tok, at)
            return True
        elif tok in structural_commands():
            self.structure(tok, at)
        elif tok not in s.table and (command := document_commands().get(tok)) is not None and command.what == "-":
            for letter in command.args.replace("k", ""):
                if letter == "o":
                    s.raw_option()
                elif s.following("{"):
                    s.raw_group(tok, at)
        else:
            self.prose = tok in _TEXTS
            self.wanted = self.arities.get(tok) or max(0, self.wanted - 1)
            self.out.append(tok)
        return False

    def structure(self, tok: str, at: int) -> None:
        """References, citations and notes in a formula."""
        what, _ = structural_commands()[tok]
        s = self.s
        s.star()
        s.raw_option()
        if not s.following("{"):
            return
        name = s.name_argument(tok, at)
        if what == "reference":
            self.out += [tok if tok in ("\\ref", "\\eqref") else "\\ref", "{", name, "}"]
        elif what == "citation":
            self.out += ["\\text", "{", "[", name, "]", "}"]

    # Rows and their numbers

    def end_row(self) -> None:
        s = self.s
        if self.environment.numbers == "none" and not self.number:
            number = ""
        elif self.number is not None:
            number = self.number
        else:
            number = s.counters.step("equation")
        if number:
            self.found.numbers.append(number)
        for label in self.row_labels:
            s.labels.setdefault(label, Label("equation", number or s.label[1], self.found))
        self.number, self.row_labels = None, []

    def row_end(self, tok: str, at: int) -> bool:
        self.out.append(tok)
        if self.environment.numbers == "rows" and not self.braces and not self.environments:
            self.end_row()
        return False

    def tag(self, tok: str, at: int) -> bool:
        self.s.star()
        self.number = self.s.name_argument(tok, at)
        return False

    def no_number(self, tok: str, at: int) -> bool:
        self.number = self.number or ""
        return False

    def equation_number(self, tok: str, at: int) -> bool:
        r"""Plain TeX: `$$ … \eqno(1) $$`."""
        rest: list[str] = []
        s = self.s
        while s.toks and s.toks[-1] not in ("$$", "\\]", "\\end", END_OF_FILE) and s.toks[-1].count("\n") < 2:
            rest.append(s.take()[0])
        self.number = s.text_of(rest).strip(" ()\n{}") or None
        return False

    def label(self, tok: str, at: int) -> bool:
        name = self.s.name_argument(tok, at)
        if name:
            self.found.labels.append(name)
            self.row_labels.append(name)
        return False

    # Environments and words

    def begin(self, tok: str, at: int) -> bool:
        s = self.s
        name = s.name_argument(tok, at)
        key = f"\\begin{{{name}}}"
        if key in s.macros:
            self.own.append(name)
            s.expand(key, at)
            return False
        if self.first_break >= 0 and name in math_environments():
            self.fail("a formula without its end", "", at)
            return True
        self.environments.append((name, s.scope()))
        self.out.append(key)
        return False

    def end(self, tok: str, at: int) -> bool:
        s = self.s
        name = s.name_argument(tok, at)
        key = f"\\end{{{name}}}"
        if key in s.macros:
            if name in self.own:
                self.own.remove(name)
            else:
                s.push([CLOSE + name], at)
            s.expand(key, at)
            return False
        if not self.environments:
            if name == self.found.environment and self.begun:
                return True
            s.push(["\\end", "{", name, "}"], at)
            self.fail("a formula without its end", "", at)
            return True
        names = [known for known, _ in self.environments]
        if name not in names and name == self.found.environment:
            return True
        while self.environments:
            known, mark = self.environments.pop()
            s.leave(mark)
            if known == name:
                break
        self.out.append(key)
        return False

    def ensure(self, tok: str, at: int) -> bool:
        r"""`\ensuremath` means nothing in a formula, but in its prose."""
        if self.braces and self.braces[-1].prose and not self.inner:
            s = self.s
            group = s.raw_group(tok, at)
            self.out.append("$")
            s.push(["$"], at)
            s.put_back(group, at)
            self.inner = True
        return False

    def dropped(self, tok: str, at: int) -> bool:
        return False

    def dropped_argument(self, tok: str, at: int) -> bool:
        self.s.raw_group(tok, at)
        return False

    def dropped_option(self, tok: str, at: int) -> bool:
        self.s.raw_option()
        return False


_SPECIAL: Final = frozenset("\\{}$&#[]~\n" + FROZEN + END_OF_FILE + NO_VALUE + CLOSE)
_HANDLERS: Final = {
    "\\\\": _Formula.row_end, "\\cr": _Formula.row_end, "\\tag": _Formula.tag, "\\nonumber": _Formula.no_number,
    "\\notag": _Formula.no_number, "\\IEEEnonumber": _Formula.no_number,
    "\\IEEEyesnumber": _Formula.dropped, "\\eqno": _Formula.equation_number, "\\leqno": _Formula.equation_number,
    "\\label": _Formula.label, "\\begin": _Formula.begin, "\\end": _Formula.end, "\\ensuremath": _Formula.ensure,
    **dict.fromkeys(_DROPPED, _Formula.dropped), "\\index": _Formula.dropped_argument,
    **dict.fromkeys(
        ("\\displaybreak", "\\allowdisplaybreaks", "\\pagebreak", "\\nopagebreak"), _Formula.dropped_option
    ),
}  # fmt: skip
