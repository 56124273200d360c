r"""LaTeX documents: paragraphs of prose and formulas.

Prose is what a reader would read aloud: arguments that are text, notes in brackets, titles as headings; not labels,
lengths, packages. What each command does is a row of tables/document_tex.tsv. Macros that the document defines are
for its formulas. No file is read: `\input` is reported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from ..document import Document, Formula, Paragraph, ParagraphKind, Part, Prose
from ..errors import Loss, Losses, TableError
from ..source import Source
from ..text_mode import ACCENTS, CHARACTERS, LIGATURES
from .document_formulas import CLOSERS, ENVIRONMENTS, Finder, closing_dollar

_TOKEN: Final = re.compile(
    r"\\(?P<edge>begin|end)[ \t]*\{(?P<environment>[A-Za-z*@]+)\}"
    r"|\\(?P<word>[A-Za-z@]+)\*?"
    r"|\\(?P<sign>.)"
    r"|(?P<comment>%[^\n]*(?:\n[ \t]*(?P<empty>\n\s*)?)?)"
    r"|(?P<break>\n[ \t]*\n\s*)"
    r"|(?P<dollars>\$\$?)"
    r"|(?P<brace>[{}])"
    r"|(?P<cell>&)"
    r"|(?P<bracket>\])"
    r"|[^\\%${}&\n\]]+|.",
    re.DOTALL,
)
_BRACES: Final = re.compile(r"\\.|%[^\n]*|[{}]", re.DOTALL)
_DEFINITION: Final = re.compile(
    r"\\(?:(?:new|renew|provide)command|DeclareMathOperator)\*?[ \t]*(?:\{[ \t]*\\[A-Za-z@]+[ \t]*\}|\\[A-Za-z@]+)"
    r"\s*(?:\[[^\]{}]*\]\s*){0,2}(?=\{)"
    r"|\\(?:def|gdef)[ \t]*\\[A-Za-z@]+[^{}\n]{0,80}(?=\{)"
    r"|\\let[ \t]*\\[A-Za-z@]+[ \t]*=?[ \t]*(?:\\[A-Za-z@]+|\\?[^A-Za-z\s])"
)
_THEOREM: Final = re.compile(r"\\newtheorem\*?\{([A-Za-z*@]+)\}(?:\[\w+\])?\{([^{}\\]+)\}")
_TITLE: Final = re.compile(r"\\title[ \t]*(?=\{)")
_LINE_SKIP: Final = re.compile(r"\*?(?:\[[^\]\n]{0,20}\])?")
_ARGUMENT: Final = re.compile(r"\s*(?=[\[{])")
_ACCENTED: Final = re.compile(r"[ \t]*(?:\{[ \t]*(\\[ij]|[^{}\\])?[ \t]*\}|(\\[ij])(?![A-Za-z])[ \t]*|([^\s{}\\$]))")
_LIGATURE: Final = dict(LIGATURES)
_LIGATURES: Final = re.compile("|".join(re.escape(written) for written, _ in LIGATURES) + "|~")


class Command(NamedTuple):
    """A row of the table."""

    args: str
    what: str
    level: int


@cache
def document_commands() -> dict[str, Command]:
    name = "document_tex.tsv"
    _, *lines = files("panmath.convert").joinpath("tables", name).read_text(encoding="utf-8").splitlines()
    found: dict[str, Command] = {}
    for number, line in enumerate(lines, 2):
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 3 or not all(cells) or cells[0] in found or not re.fullmatch("-|[odkv]+", cells[1]):
            raise TableError(f"{name}:{number}: {line!r} is not a new command, its arguments and what it does")
        what, _, level = cells[2].partition(" ")
        found[cells[0]] = Command(cells[1].replace("-", ""), what, int(level or 0))
    return found


def read(source: Source, *, losses: Losses, macros: Mapping[str, Any] | None = None) -> Document:
    """The document, whose formulas may use the macros. What is neither prose nor formula is reported in `losses`."""
    reader = _Reader(source.text, losses)
    reader.whole()
    return Document(source, tuple(reader.paragraphs), tuple(sorted(reader.definitions.items())), macros or {})


class _Reader:
    """One pass over the tokens of a document."""

    def __init__(self, text: str, losses: Losses) -> None:
        self.text = text
        self.losses = losses
        self.finder = Finder(text)
        self.partners = _partners(text)
        self.definitions = {match.start(): self.definition_end(match) for match in _DEFINITION.finditer(text)}
        self.theorems = dict(_THEOREM.findall(text))
        self.at_close: dict[int, str] = {}
        """What happens at a closing brace or bracket: a paragraph ends, or a note, or a label."""
        self.paragraphs: list[Paragraph] = []
        self.parts: list[Part] = []
        self.kind: ParagraphKind = "text"
        self.level = 0
        self.tables = 0
        self.unknown: set[str] = set()

    def definition_end(self, match: re.Match[str]) -> int:
        closing = self.partners.get(match.end())
        return match.end() if closing is None else closing + 1

    def whole(self) -> None:
        """The title, then the body; a text without a preamble is all body."""
        text = self.text
        start = text.find("\\begin{document}")
        if start >= 0:
            title = _TITLE.search(text, 0, start)
            if title and (end := self.partners.get(title.end(), -1)) > 0:
                self.open("heading", 1)
                self.run(title.end(), end + 1)
        start = max(start, 0)
        end = text.find("\\end{document}", start)
        self.run(start, len(text) if end < 0 else end)
        self.flush()

    def run(self, at: int, end: int) -> None:
        while at < end:
            token = _TOKEN.match(self.text, at, end)
            assert token is not None, "the last alternative takes any character"
            at = self.token(token, end)

    # Paragraphs

    def flush(self) -> None:
        """Ends the paragraph."""
        if any(not isinstance(part, Prose) or part.text.strip() for part in self.parts):
            self.paragraphs.append(Paragraph(tuple(self.parts), self.kind, self.level))
            self.kind, self.level = "text", 0
        self.parts = []

    def open(self, kind: ParagraphKind, level: int = 0) -> None:
        self.flush()
        self.kind, self.level = kind, level

    def prose(self, text: str, start: int, end: int) -> None:
        if text:
            self.parts.append(Prose(text, (start, end)))

    def formula(self, start: int, end: int, display: bool) -> None:
        self.parts.append(Formula(self.text[start:end], (start, end), display))

    # Tokens

    def token(self, token: re.Match[str], limit: int) -> int:
        """Takes a token; returns where the next one begins."""
        start, end = token.span()
        if start in self.definitions:
            return min(self.definitions[start], limit)
        match token.lastgroup:
            case "environment":
                return self.environment(token, limit)
            case "word":
                return self.command("\\" + token["word"], start, end, limit)
            case "sign":
                return self.sign(token["sign"], start, end, limit)
            case "comment" | "empty":
                if token["empty"]:
                    self.flush()
            case "break":
                self.flush()
            case "dollars":
                return self.dollars(token[0], start, end, limit)
            case "brace":
                self.brace(start)
            case "bracket":
                self.prose(":" if self.at_close.get(start) == "label" else "]", start, end)
            case "cell":
                self.prose(", " if self.tables else "&", start, end)
            case _:
                self.letters(start, end)
        return end

    def letters(self, start: int, end: int) -> None:
        """Text, with the ligatures of TeX."""
        at = start
        for found in _LIGATURES.finditer(self.text, start, end):
            self.prose(self.text[at : found.start()], at, found.start())
            self.prose(_LIGATURE.get(found[0], "\u00a0"), *found.span())
            at = found.end()
        self.prose(self.text[at:end], at, end)

    def brace(self, at: int) -> None:
        match self.at_close.get(at):
            case "break":
                self.flush()
            case "note":
                self.prose(")", at, at + 1)
            case _:
                pass

    def sign(self, char: str, start: int, end: int, limit: int) -> int:
        mark = "\\" + char
        if char in "([":
            close = self.finder.find(CLOSERS[mark], end, limit)
            if close < 0:
                return self.stray(mark, start, end)
            self.formula(end, close, char == "[")
            return close + 2
        if mark in ACCENTS:
            return self.accent(mark, start, end)
        if char == "\\":
            self.prose("; " if self.tables else " ", start, end)
            option = _LINE_SKIP.match(self.text, end)
            return option.end() if option else end
        self.prose(CHARACTERS.get(mark, " " if char.isspace() else char), start, end)
        return end

    def accent(self, mark: str, start: int, end: int) -> int:
        found = _ACCENTED.match(self.text, end)
        if found is None:
            return end
        letter = (found[1] or found[2] or found[3] or " ").replace("\\", "")
        self.prose(unicodedata.normalize("NFC", letter + ACCENTS[mark]), start, found.end())
        return found.end()

    def dollars(self, mark: str, start: int, end: int, limit: int) -> int:
        close = self.finder.find("$$", end, limit) if mark == "$$" else closing_dollar(self.text, end, limit)
        if close < 0:
            return self.stray(mark, start, end)
        self.formula(end, close, mark == "$$")
        return close + len(mark)

    def stray(self, mark: str, start: int, end: int) -> int:
        self.losses.append(Loss(mark, "opens a formula that has no end; kept as text", (start, end)))
        self.prose(mark, start, end)
        return end

    # Commands

    def command(self, name: str, start: int, end: int, limit: int) -> int:
        command = document_commands().get(name)
        if command is not None:
            return self.known(name, command, start, end, limit)
        if name in ACCENTS:
            return self.accent(name, start, end)
        after = end + (self.text[end : end + 1] in (" ", "\t"))
        if name in CHARACTERS:
            self.prose(CHARACTERS[name], start, end)
            return after
        if name not in self.unknown:
            self.unknown.add(name)
            self.losses.append(Loss(name, "unknown command, left out; what is in its braces is kept", (start, end)))
        return after

    def known(self, name: str, command: Command, start: int, end: int, limit: int) -> int:
        match command.what:
            case "heading":
                self.open("heading", command.level)
            case "item":
                self.open("item")
                if not command.args and (label := self.label(end, limit)):
                    return label
            case "break":
                self.flush()
            case "note":
                self.prose(" (", start, end)
            case "code":
                return self.code(end)
            case "file":
                self.losses.append(Loss(name, "no other file is read", (start, end)))
                command = command._replace(args=command.args.replace("v", "d"))
            case _:
                pass
        return self.arguments(command, end, limit)

    def label(self, at: int, limit: int) -> int:
        r"""Where the label of `\item[label]` begins, which is read with a colon after it; 0 where there is none."""
        close = self.finder.find("]", at + 1, limit) if self.text.startswith("[", at) else -1
        if close < 0:
            return 0
        self.at_close[close] = "label"
        return at + 1

    def arguments(self, command: Command, at: int, limit: int) -> int:
        """Passes the arguments that are left out, and stops before the last that is read."""
        for letter in command.args:
            found = _ARGUMENT.match(self.text, at, limit)
            following = "" if found is None else self.text[found.end() : found.end() + 1]
            if found is None or (letter == "o") != (following == "["):
                if letter == "o":
                    continue
                break
            at, close = found.end(), self.close(found.end(), following, limit)
            if close < 0:
                break
            match letter:
                case "k":
                    action = {"heading": "break", "note": "note", "break": "break"}.get(command.what)
                    if action:
                        self.at_close[close] = action
                    return at + 1
                case "v":
                    self.prose(self.text[at + 1 : close].replace("~", " "), at + 1, close)
                case _:
                    pass
            at = close + 1
        return at

    def close(self, at: int, opening: str, limit: int) -> int:
        """Where the argument ends that begins here; -1 where it has no end."""
        close = self.partners.get(at, -1) if opening == "{" else self.finder.find("]", at, limit)
        return close if close < limit else -1

    def code(self, at: int) -> int:
        r"""`\verb|…|`: up to the same sign on the same line."""
        mark = self.text[at : at + 1]
        line = self.finder.find("\n", at)
        close = (
            self.text.find("}" if mark == "{" else mark, at + 1, len(self.text) if line < 0 else line) if mark else -1
        )
        if close < 0:
            return at
        self.prose(self.text[at + 1 : close], at + 1, close)
        return close + 1

    # Environments

    def environment(self, token: re.Match[str], limit: int) -> int:
        name, (start, end) = token["environment"], token.span()
        opens = token["edge"] == "begin"
        if opens and name in ENVIRONMENTS:
            return self.display(name, start, end, limit)
        command = document_commands().get(name, Command("", "break", 0))
        if command.what == "table":
            self.tables = max(0, self.tables + (1 if opens else -1))
        if opens and command.what in ("verbatim", "drawing"):
            return self.skipped(name, command.what, start, end, limit)
        self.flush()
        if opens and name in self.theorems:
            return self.theorem(self.theorems[name], start, end, limit)
        return self.arguments(command, end, limit) if opens else end

    def theorem(self, title: str, start: int, end: int, limit: int) -> int:
        """The heading of a theorem, with its name in brackets where it has one."""
        close = self.finder.find("]", end, limit) if self.text.startswith("[", end) else -1
        name = f" ({self.text[end + 1 : close]})" if close > 0 else ""
        self.prose(f"{title}{name}. ", start, end)
        return close + 1 if close > 0 else end

    def display(self, name: str, start: int, end: int, limit: int) -> int:
        mark = f"\\end{{{name}}}"
        close = self.finder.find(mark, end, limit)
        if close < 0:
            return self.stray(f"\\begin{{{name}}}", start, end)
        self.formula(start, close + len(mark), True)
        return close + len(mark)

    def skipped(self, name: str, what: str, start: int, end: int, limit: int) -> int:
        """Text that is kept as it is, or a drawing, which is not spoken."""
        mark = f"\\end{{{name}}}"
        close = self.finder.find(mark, end, limit)
        close = limit if close < 0 else close
        self.flush()
        if what == "verbatim":
            self.prose(self.text[end:close], end, close)
            self.flush()
        elif name != "comment":
            self.losses.append(Loss(name, "left out", (start, close)))
        return min(limit, close + len(mark))


def _partners(text: str) -> dict[int, int]:
    """Where each brace that is opened is closed."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for match in _BRACES.finditer(text):
        if match[0] == "{":
            waiting.append(match.start())
        elif match[0] == "}" and waiting:
            found[waiting.pop()] = match.start()
    return found
