r"""The state of a paper that is being read: streams of prose, groups, labels, and the formulas found so far.

Prose goes into streams (body, caption, footnote, …) of paragraphs; a formula is a part of its paragraph.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple, TypeAlias

from ...convert.errors import InputError, TableError
from ...convert.readers.tex.tokens import Macro
from .gullet import Gullet
from .primitives import PRIMITIVES
from .sources import Paper

_BOXES: Final = frozenset(
    "\\setbox \\ooalign \\halign \\valign \\wd \\ht \\dp \\copy \\box \\unhbox \\advance \\dimen \\everycr \\vtop"
    " \\hskip \\mathpalette \\mathchoice \\m@th \\hfil \\hss \\vss \\accent \\special \\pdfliteral \\setlength"
    " \\settowidth \\sbox \\usebox \\savebox \\resizebox \\scalebox \\rotatebox \\includegraphics \\loop \\repeat"
    " \\catcode \\afterassignment".split()
)
"""What macros are made of that draw their own signs: they are kept as they are called."""
_MAX_STYLE: Final = 30_000
"""Characters of a package that comes with a paper and says which it is: a longer one is not the authors' own."""
_MAX_OPEN: Final = 200
"""How many groups that were left open an `\\end` may end."""


class MathEnvironment(NamedTuple):
    """A row of environments.tsv."""

    numbers: str
    args: str
    tex: str


@cache
def math_environments() -> dict[str, MathEnvironment]:
    """The environments that are formulas, by name."""
    name = "environments.tsv"
    _, *lines = files("panmath.corpora.papers").joinpath(name).read_text("utf-8").splitlines()
    found: dict[str, MathEnvironment] = {}
    for number, line in enumerate(lines, 2):
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 4 or not all(cells) or cells[0] in found or cells[1] not in ("one", "rows", "none"):
            raise TableError(f"{name}:{number}: {line!r} is not a new environment, its numbers, arguments and TeX")
        found[cells[0]] = MathEnvironment(cells[1], cells[2].replace("-", ""), cells[3].replace("-", ""))
    return found


@cache
def structural_commands() -> dict[str, tuple[str, str]]:
    """Commands that say what stands around formulas, by name: what they do, and how."""
    name = "structure.tsv"
    _, *lines = files("panmath.corpora.papers").joinpath(name).read_text("utf-8").splitlines()
    found: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(lines, 2):
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 3 or not all(cells):
            raise TableError(f"{name}:{number}: {line!r} is not what is done, how, and the commands that do it")
        for command in cells[2].split():
            if command in found:
                raise TableError(f"{name}:{number}: {command} stands there already")
            found[command] = cells[0], cells[1].replace("-", "")
    return found


class Label(NamedTuple):
    """What a label names: `kind` as LaTeX counts it (equation, section, …), and the number."""

    kind: str
    number: str
    formula: Found | None = None


class Reference(NamedTuple):
    """A reference in prose; `form` says what is printed beside the number."""

    labels: tuple[str, ...]
    form: str


@dataclass(slots=True, eq=False)
class Found:
    """A formula as the scanner found it. `tex` is expanded; `start` and `end` are its places."""

    tex: str
    start: int
    end: int
    environment: str
    display: bool
    part: str
    section: tuple[str, ...]
    labels: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    error: str = ""
    place: int = 0


Part: TypeAlias = "str | Found | Reference"


@dataclass(slots=True)
class Stream:
    """Paragraphs that follow each other."""

    kind: str
    paragraphs: list[list[Part]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def flush(self) -> None:
        """Ends the paragraph."""
        if any(not isinstance(part, str) or not part.isspace() for part in self.parts):
            self.paragraphs.append(self.parts)
        self.parts = []


@dataclass(slots=True)
class _Group:
    """What a closing brace, or `\\end`, ends."""

    name: str
    mark: int
    part: str
    label: tuple[str, str]
    at_end: Callable[[], None] | None = None


class Scanner(Gullet):
    """One paper being read. After `run`, `found` has its formulas and `streams` its prose."""

    protected = frozenset(
        {*PRIMITIVES, *structural_commands(), "\\begin", "\\end", "\\label", "\\ensuremath", "\\[", "\\]",
         "\\(", "\\)", "\\\\", "\\par", "\\left", "\\right", "\\nonumber", "\\notag", "\\tag", "\\appendix", "\\item",
         *(f"\\{edge}{{{name}}}" for edge in ("begin", "end") for name in math_environments()),
         *(f"\\{name}" for name in math_environments()), "\\document", "\\enddocument",
         "\\begin{document}", "\\end{document}", "\\begin{abstract}", "\\end{abstract}"}
    )  # fmt: skip

    def __init__(self, paper: Paper) -> None:
        super().__init__()
        self.paper = paper
        self.found: list[Found] = []
        self.streams: list[Stream] = []
        self.labels: dict[str, Label] = {}
        self.notes: list[tuple[str, int]] = []
        """What went wrong besides formulas, and where."""
        self.defined: set[str] = set()
        """The macros that the paper defines."""
        self.section: tuple[str, ...] = ()
        self.levels: tuple[int, ...] = ()
        """The levels of the headings in `section`."""
        self.part = "body"
        self.label = ("", "")
        """What a label would name here: a kind and its number."""
        self.groups: list[_Group] = []
        self.theorems: dict[str, str] = {}
        """The titles of theorem-like environments."""
        self.rows = 0
        """How many tables are open."""
        self.lists = 0
        self.float_kind = ""
        self.body = False
        """Whether the preamble is over."""
        self.last_place = 0
        """Where the paper was given up."""
        self.used: set[str] = set()
        self.discarded = Stream("preamble")
        self.main = self.stream = Stream("body")
        self.open_streams: list[Stream] = []

    def note(self, reason: str, at: int) -> None:
        self.notes.append((reason, at))

    def define(self, name: str, macro: Macro | None, *, everywhere: bool = False) -> None:
        """A definition of the paper. One that draws its own sign leaves the command as it is."""
        if macro is not None and not _BOXES.isdisjoint(macro.body):
            super().define(name, None, everywhere=everywhere)
            return
        if name not in self.protected:
            self.defined.add(name)
        super().define(name, macro, everywhere=everywhere)

    # Files

    def input(self, name: str, folder: str, tok: str, at: int) -> None:
        here = posixpath.dirname(self.reading[-1]) if self.reading else ""
        root = posixpath.dirname(self.paper.root)
        folders = (posixpath.join(root, folder), posixpath.join(here, folder))
        found = self.paper.files.find(name, folders, (".tex",)) if name else None
        if found is None:
            self.note(f"{tok}: the paper has no file {name!r}", at)
        elif found in self.reading:
            self.note(f"{tok}: {found} reads itself", at)
        else:
            try:
                text = self.paper.files.text(found)
            except InputError as error:
                self.note(str(error), at)
                return
            self.open_file(found, text, within=_body(text), at_is_letter=found.endswith((".sty", ".cls")))

    def has_file(self, name: str) -> bool:
        return self.paper.files.find(name, (posixpath.dirname(self.paper.root),), (".tex",)) is not None

    def use(self, name: str, suffix: str) -> None:
        if suffix == ".cls":
            self.counters.of_class(name)
        found = self.paper.files.find(name, (posixpath.dirname(self.paper.root),), (suffix,))
        if found is None or found in self.used or not found.endswith(suffix):
            return
        self.used.add(found)
        text = self.paper.files.text(found)
        if len(text) <= _MAX_STYLE or "\\Provides" not in text:
            self.open_file(found, text, at_is_letter=True)

    def input_bibliography(self) -> None:
        """Reads what BibTeX made for this paper, where it is there."""
        stem = posixpath.splitext(self.paper.root)[0]
        found = self.paper.files.find(stem, ("",), (".bbl",))
        if found is not None and found.endswith(".bbl") and found not in self.used:
            self.used.add(found)
            self.open_file(found, self.paper.files.text(found))

    # Streams and paragraphs

    def begin_body(self) -> None:
        """The preamble is over."""
        self.body = True
        self.discarded.flush()
        if self.stream is self.discarded:
            self.stream = self.main

    def begin_section(self, level: int, title: str) -> None:
        """What follows stands under this heading; what came before is no longer its neighbour."""
        above = sum(known < level for known in self.levels)
        self.section, self.levels = (*self.section[:above], title), (*self.levels[:above], level)
        self.close_stream(self.main)

    def begin_subequations(self) -> Callable[[], None]:
        """Equations have letters until what is returned is called."""
        number = self.counters.step("equation")
        value = self.counters.value("equation")
        self.label = ("equation", number)
        self.counters.set("equation", 0)
        self.define("\\theequation", Macro((), (*number, "\\alph", "{", "equation", "}")))
        return lambda: self.counters.set("equation", value)

    def number_float(self) -> None:
        """Counts the figure or table whose caption this is."""
        if self.float_kind:
            self.label = (self.float_kind, self.counters.step(self.float_kind))

    def flush(self) -> None:
        self.stream.flush()

    def push_stream(self, kind: str) -> None:
        """What follows is apart from what stands around it."""
        self.open_streams.append(self.stream)
        self.stream = Stream(kind)

    def pop_stream(self) -> None:
        """Goes back to what stands around."""
        self.close_stream(self.stream)
        self.stream = self.open_streams.pop()

    def close_stream(self, stream: Stream) -> None:
        stream.flush()
        if stream.paragraphs and stream is not self.discarded:
            self.streams.append(Stream(stream.kind, stream.paragraphs))
        stream.paragraphs = []

    # Groups

    def open_group(self, name: str, at_end: Callable[[], None] | None = None) -> None:
        self.groups.append(_Group(name, self.scope(), self.part, self.label, at_end))

    def close_group(self) -> None:
        group = self.groups.pop()
        if group.at_end is not None:
            group.at_end()
        self.leave(group.mark)
        self.part = group.part
        if group.name not in ("{", ""):
            self.label = group.label

    def close_environment(self, name: str) -> None:
        """Ends an environment, and the groups that were left open in it."""
        for depth in range(len(self.groups) - 1, max(-1, len(self.groups) - _MAX_OPEN), -1):
            if self.groups[depth].name == name:
                while len(self.groups) > depth:
                    self.close_group()
                return


def _body(text: str) -> tuple[int, int] | None:
    r"""The part of a file that another one reads: without the preamble, where it has its own."""
    start = text.find("\\begin{document}")
    if start < 0 or "\\document" not in text[:start]:
        return None
    end = text.find("\\end{document}", start)
    return start + len("\\begin{document}"), len(text) if end < 0 else end


def shown(paragraphs: list[list[Part]]) -> str:
    """Paragraphs on one line, formulas between dollars."""
    parts: list[str] = []
    for paragraph in paragraphs:
        for part in paragraph:
            match part:
                case str():
                    parts.append(part)
                case Found():
                    parts.append(f"${part.tex}$")
                case Reference():
                    parts.append("??")
        parts.append(" ")
    return " ".join("".join(parts).split())
