r"""Markdown, and plain text with formulas in it: paragraphs of prose and formulas.

Formulas stand between `$`, `$$`, `\(` `\)` and `\[` `\]`, in environments as `equation`, and as GitHub writes them: in
code between dollars, and in fences named `math`. A dollar opens a formula if no blank follows it and closes one if no
blank stands before it and no digit follows, so that prices stay prose. Code is no mathematics.
"""

from __future__ import annotations

import html
import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ..document import Document, Formula, Paragraph, ParagraphKind, Part, Prose
from ..errors import Loss, Losses
from ..source import Source
from .document_formulas import CLOSERS, ENVIRONMENTS, Finder, closing_dollar

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([\w-]*)")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)[ \t]*")
_BULLET: Final = re.compile(r"[ \t]*[-*+][ \t]+")
_NUMBER: Final = re.compile(r"[ \t]*\d{1,9}[.)][ \t]+")
_QUOTE: Final = re.compile(r"(?: {0,3}> ?)+")
_RULE: Final = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_TABLE_RULE: Final = re.compile(r"[ \t]*\|?[ \t]*:?-[-:| \t]*$")
_DEFINITION: Final = re.compile(r" {0,3}\[[^\]\n]+\]:[ \t]")
_DISPLAY: Final = re.compile(r"[ \t]*(?:(\$\$|\\\[)|\\begin\{([a-z]+\*?)\})")
_BLANK_LINE: Final = re.compile(r"\n[ \t]*(?:\n|\Z)")
_INLINE: Final = re.compile(
    r"\\begin\{(?P<environment>[a-z]+\*?)\}"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)"
    r"|(?P<dollars>\$\$?)"
    r"|(?P<note>\[\^[^\]\s]+\])"
    r"|(?P<opening>!?\[)"
    r"|\](?P<target>\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\]\n]*\])"
    r"|(?P<closing>\])"
    r"|<(?P<address>[a-z]+:[^<>\s]+)>"
    r"|(?P<tag></?[A-Za-z][^<>]*>)"
    r"|(?P<comment><!--)"
    r"|(?P<emphasis>\*+|_+|~~)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    r"|(?P<bar>\|)"
    r"|[^\\`$!\[\]<*_~&|]+|.",
    re.DOTALL,
)


def read(source: Source, *, losses: Losses, macros: Mapping[str, Any] | None = None) -> Document:
    """The document, whose formulas may use the macros. What is neither prose nor formula is reported in `losses`."""
    return Document(source, tuple(_Reader(source.text, losses).paragraphs()), given=macros or {})


class _Line(NamedTuple):
    """A line of a block, without the marks before it; `start` is where it stands in the source."""

    text: str
    start: int


class _Reader:
    """The blocks of a document, line by line."""

    def __init__(self, text: str, losses: Losses) -> None:
        self.text = text
        self.losses = losses
        self.finder = Finder(text)
        self.block: list[_Line] = []
        self.kind: ParagraphKind = "text"
        self.level = 0
        self.table = False
        self.searched = self.blank = -1

    def paragraphs(self) -> Iterator[Paragraph]:
        at = self.front_matter()
        while at < len(self.text):
            end = self.text.find("\n", at)
            end = len(self.text) if end < 0 else end
            at, done = self.line(self.text[at:end], at, end)
            yield from done
        yield from self.flush()

    def front_matter(self) -> int:
        """The end of the data that some programs put before the text."""
        if not self.text.startswith("---\n") or (end := self.text.find("\n---\n", 3)) < 0:
            return 0
        self.losses.append(Loss("front matter", "left out", (0, end + 5)))
        return end + 5

    def line(self, line: str, start: int, end: int) -> tuple[int, list[Paragraph]]:
        """Takes a line. Returns where the next one begins, and the paragraphs that are complete now."""
        if quote := _QUOTE.match(line):
            line, start = line[quote.end() :], start + quote.end()
        if not line.strip():
            return end + 1, self.flush()
        if fence := _FENCE.match(line):
            return self.fenced(fence, start, end)
        if formula_end := self.display(line, start):
            self.block.append(_Line(self.text[start:formula_end], start))
            return formula_end + 1, []
        if self.block and self.kind == "text" and _UNDERLINE.match(line):
            self.kind, self.level = "heading", 1 if "=" in line else 2
            return end + 1, self.flush()
        if _RULE.match(line) or _DEFINITION.match(line):
            return end + 1, self.flush()
        if len(self.block) == 1 and "|" in line and _TABLE_RULE.match(line):
            self.table = True
            return end + 1, []
        if heading := _HEADING.match(line):
            return end + 1, [*self.flush(), *self.heading(line, heading, start)]
        done: list[Paragraph] = []
        bullet, number = _BULLET.match(line), _NUMBER.match(line)
        if bullet or number or self.table:
            table = self.table
            done = self.flush()
            self.table = table
        if bullet or number:
            self.kind = "item"
        cut = bullet.end() if bullet else 0
        self.block.append(_Line(line[cut:], start + cut))
        return end + 1, done

    def heading(self, line: str, heading: re.Match[str], start: int) -> list[Paragraph]:
        text = line[heading.end() :].rstrip()
        text = text.rstrip("#").rstrip() if text.endswith((" #", "##")) else text
        self.kind, self.level = "heading", len(heading[1])
        self.block.append(_Line(text, start + heading.end()))
        return self.flush()

    def fenced(self, fence: re.Match[str], start: int, end: int) -> tuple[int, list[Paragraph]]:
        """Code up to the fence that ends it; a fence named `math` holds a formula."""
        close = self.finder.find("\n" + fence[1], end)
        inner_end = len(self.text) if close < 0 else close
        inner = min(end + 1, inner_end)
        after = self.text.find("\n", inner_end + 1)
        done = self.flush()
        content = self.text[inner:inner_end]
        if fence[2] == "math":
            done.append(Paragraph((Formula(content, (inner, inner_end), True),)))
        elif content.strip():
            done.append(Paragraph((Prose(content, (inner, inner_end)),)))
        return len(self.text) if close < 0 or after < 0 else after + 1, done

    def display(self, line: str, start: int) -> int:
        """The end of the line on which a formula ends that begins this one; 0 where none does on a later line."""
        opening = _DISPLAY.match(line)
        if opening is None or (opening[2] and opening[2] not in ENVIRONMENTS):
            return 0
        mark = CLOSERS[opening[1]] if opening[1] else f"\\end{{{opening[2]}}}"
        inner = start + opening.end()
        close = self.finder.find(mark, inner)
        if close < 0 or self.text.find("\n", inner, close) < 0 or self.blank_line(inner) < close:
            return 0
        end = self.text.find("\n", close)
        return len(self.text) if end < 0 else end

    def blank_line(self, start: int) -> int:
        """Where the next empty line is."""
        if not self.searched <= start <= self.blank:
            found = _BLANK_LINE.search(self.text, start)
            self.searched, self.blank = start, found.start() if found else len(self.text)
        return self.blank

    def flush(self) -> list[Paragraph]:
        """The paragraph collected so far."""
        lines, kind, level, table = self.block, self.kind, self.level, self.table
        self.block, self.kind, self.level, self.table = [], "text", 0, False
        parts = tuple(_Inline(lines, table, self.losses).parts()) if lines else ()
        return [Paragraph(parts, kind, level)] if parts else []


class _Inline:
    """The text of a block, whose lines need not stand side by side in the source."""

    def __init__(self, lines: list[_Line], table: bool, losses: Losses) -> None:
        self.text = "\n".join(line.text for line in lines)
        self.table = table
        self.losses = losses
        self.finder = Finder(self.text)
        self.found: list[Part] = []
        self.brackets: list[int] = []
        """Which parts are brackets that may turn out to open a link."""
        self.ticks: dict[int, list[int]] = {}
        self.starts, self.shifts = [0], [lines[0].start]
        for line, after in itertools.pairwise(lines):
            self.starts.append(self.starts[-1] + len(line.text) + 1)
            self.shifts.append(after.start - self.starts[-1])
        for run in re.finditer(r"`+", self.text):
            self.ticks.setdefault(len(run[0]), []).append(run.start())

    def at(self, place: int) -> int:
        """Where a place stands in the source."""
        return place + self.shifts[bisect_right(self.starts, place) - 1]

    def parts(self) -> Iterator[Part]:
        at = 0
        while at < len(self.text):
            token = _INLINE.match(self.text, at)
            assert token is not None, "the last alternative takes any character"
            at = self.token(token)
        return (part for part in self.found if not isinstance(part, Prose) or part.text)

    def prose(self, text: str, start: int, end: int) -> None:
        if text != self.text[start:end]:
            self.found.append(Prose(text, (self.at(start), self.at(end - 1) + 1)))
            return
        for line in text.splitlines(keepends=True):
            first = self.at(start)
            self.found.append(Prose(line, (first, first + len(line))))
            start += len(line)

    def formula(self, start: int, end: int, display: bool) -> None:
        self.found.append(Formula(self.text[start:end], (self.at(start), self.at(end - 1) + 1), display))

    def token(self, token: re.Match[str]) -> int:
        """Takes a token; returns where the next one begins."""
        start, end = token.span()
        match token.lastgroup:
            case "environment":
                return self.environment(token["environment"], start, end)
            case "escaped":
                return self.escaped(token["escaped"], start, end)
            case "ticks":
                return self.code(start, end)
            case "dollars":
                return self.dollars(token[0], start, end)
            case "opening":
                self.brackets.append(len(self.found))
                self.prose(token[0], start, end)
            case "target" if self.brackets:
                # A link says what stands in its brackets.
                opening = self.brackets.pop()
                self.found[opening] = Prose("", self.found[opening].span)
            case "closing" | "target":
                self.brackets = self.brackets[:-1]
                self.prose("]", start, start + 1)
                return start + 1
            case "comment":
                close = self.finder.find("-->", end)
                return len(self.text) if close < 0 else close + 3
            case "emphasis":
                if not self.is_emphasis(token[0], start, end):
                    self.prose(token[0], start, end)
            case "address":
                self.prose(token["address"], start + 1, end - 1)
            case "entity":
                self.prose(html.unescape(token["entity"]), start, end)
            case "tag" | "note":
                pass
            case "bar" if self.table:
                inside = self.text[:start].strip(" \t") and self.text[end:].strip(" \t")
                self.prose(", " if inside else " ", start, end)
            case _:
                self.prose(token[0], start, end)
        return end

    def is_emphasis(self, mark: str, start: int, end: int) -> bool:
        """Whether stars or low lines are markup. Between blanks they are not, and low lines not inside words."""
        before, after = self.text[start - 1 : start] or " ", self.text[end : end + 1] or " "
        if mark[0] == "_":
            return not (before.isalnum() and after.isalnum()) and not (before.isspace() and after.isspace())
        return not (before.isspace() and after.isspace())

    def environment(self, name: str, start: int, end: int) -> int:
        close = self.finder.find(f"\\end{{{name}}}", end) if name in ENVIRONMENTS else -1
        if close < 0:
            self.prose(self.text[start:end], start, end)
            return end
        stop = close + len(f"\\end{{{name}}}")
        self.formula(start, stop, True)
        return stop

    def escaped(self, char: str, start: int, end: int) -> int:
        close = self.finder.find(CLOSERS["\\" + char], end) if char in "([" else -1
        if close < 0 or not self.text[end:close].strip():
            self.prose(char, start, end)
            return end
        self.formula(end, close, char == "[")
        return close + 2

    def code(self, start: int, end: int) -> int:
        """What stands between as many ticks, word for word."""
        same = self.ticks.get(end - start, [])
        following = bisect_left(same, end)
        if following == len(same):
            self.prose(self.text[start:end], start, end)
            return end
        self.prose(self.text[end : same[following]], end, same[following])
        return same[following] + end - start

    def is_formula(self, start: int, end: int) -> bool:
        """Whether what stands between two dollars can be a formula, as pandoc has it; a code span or a link is none."""
        inside, after = self.text[start:end], self.text[end + 1 : end + 2]
        return not inside[-1].isspace() and not after.isdigit() and "`" not in inside and "](" not in inside

    def dollars(self, mark: str, start: int, end: int) -> int:
        if mark == "$$":
            close = self.finder.find("$$", end)
            if close >= 0 and self.text[end:close].strip():
                self.formula(end, close, True)
                return close + 2
        elif self.text.startswith("`", end) and (close := self.finder.find("`$", end + 1)) > end + 1:
            self.formula(end + 1, close, False)
            return close + 2
        elif end < len(self.text) and not self.text[end].isspace():
            close = closing_dollar(self.text, end, len(self.text))
            if close > end and self.is_formula(end, close):
                self.formula(end, close, False)
                return close + 1
        self.prose(mark, start, end)
        return end
