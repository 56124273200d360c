r"""Formulas in running text: `$…$`, `\(…\)`, `\begin{align}…\end{align}`, `[tex]…[/tex]`, and those that a page sets.

A dollar is also a price, a variable of a shell or of a template. Where no setting of the page speaks for formulas, and
even there, what stands between two dollars must look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import html_latex
from .html_macros import Delimiter, Settings

MARK = "\ufffc"
"""Stands in a text for what is no text: an element, a formula already found."""
MAX_INLINE = 2_000
"""Characters of a formula in a line."""

MAX_STEPS = 200_000
"""Braces and dollars that are looked at for the ends of formulas in one line; ordinary ones have a few dozen."""

_BRACKETS = r"\[(?P<tag>\$\$?|(?i:i?tex|latex|i?math|dmath|eqn?|equation|mathjax|katex))\]"
_OPENING = re.compile(
    rf"""(?P<environment>\\begin\s*\{{(?P<name>[A-Za-z]+\*?)\}})
    |(?P<dollars>\${{1,3}})
    |(?P<backslash>\\\\?[(\[])
    |{_BRACKETS}
    |(?P<reddit>\[;)
    |(?P<hashes>\#\#(?!\#))
    |(?P<hexo>\{{%\s*(?:math|katex|raw)\s*%\}})""",
    re.VERBOSE,
)
_INTERESTING = re.compile(r"[$`]|##|\\[\\(\[b]|\[;|\{%|\[/")
_BRACE = re.compile(r"\\[\\{}$]|[{}$]|\n\s*\n")
_NUMBER_AFTER = re.compile(r"[0-9]")
_PRICE = re.compile(
    r"^\d[\d.,]*\s*(?:[KkMBbn]|mn|bn|million|billion|trillion|thousand|USD|US|each|per|and|or|to|a|off)?\b"
)
_SHELL = re.compile(r"^(?:[A-Z_][A-Z0-9_]{2,}|\{[A-Za-z_]\w*\}|\([a-z]+|(?:[a-z]{2}|_)\w+)(?:[/:.;,'\" -]|$)")
_WORD = re.compile(r"[A-Za-z]{2}")
_NEXT_SENTENCE = re.compile(r"[.;?!] +[A-Za-z]{2}")
_PATTERN = re.compile(r"\\[wdsWDSB](?:[+*?]|\\[wdsWDSB])*$|\[\^?[^\]]*-[^\]]*\][+*?]?$")
"""What a pattern of text has between escaped brackets."""
_OPERATION = re.compile(r"[\\^_=<>≤≥≠∈+*|]|[\w)]\s*[-/−]\s*[\w(]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A formula in a text: the offsets of all of it, of what is inside, and what it is."""

    start: int
    end: int
    tex: str
    display: bool
    form: str
    asciimath: bool = False


def find(text: str, settings: Settings) -> list[Piece]:
    """The formulas of a text in order; they do not overlap. Offsets count characters of `text`."""
    if not settings.delimiters and _INTERESTING.search(text) is None:
        return []
    return list(_Scan(text, settings).pieces())


class _Scan:
    def __init__(self, text: str, settings: Settings) -> None:
        self.text, self.settings = text, settings
        self.opening = _with_own(settings.delimiters, settings.asciimath)
        self.own = {delimiter.opening: delimiter for delimiter in settings.delimiters}
        self.steps = MAX_STEPS
        self.missing: set[str] = set()
        """Closing delimiters that do not stand in the rest of the text."""

    def pieces(self) -> Iterator[Piece]:
        at = 0
        while (found := self.opening.search(self.text, at)) is not None:
            piece = self.piece(found)
            if piece is None:
                at = self.after(found)
            else:
                yield piece
                at = piece.end

    def after(self, found: re.Match[str]) -> int:
        """Where to go on after an opening delimiter that opens nothing."""
        return found.end() if found.lastgroup != "backslash" else found.start() + 2

    def piece(self, found: re.Match[str]) -> Piece | None:
        match found.lastgroup:
            case "own":
                delimiter = self.own[found["own"]]
                return self.enclosed(found, delimiter.closing, delimiter.display, "own delimiters", delimiter.asciimath)
            case "tick":
                return self.enclosed(found, "`", False, "asciimath", asciimath=True)
            case "environment" | "name":
                return self.environment(found)
            case "dollars":
                return self.dollars(found)
            case "backslash":
                opening = found["backslash"]
                closing = opening[:-1] + (")" if opening[-1] == "(" else "]")
                return self.enclosed(found, closing, opening[-1] == "[", opening[-2:])
            case "tag":
                name = found["tag"]
                return self.enclosed(found, f"[/{name}]", name.lower() in ("dmath", "equation", "$$"), "[tex]")
            case "hashes":
                # Of forums; elsewhere it is a heading, or pastes tokens of C.
                piece = self.enclosed(found, "##", False, "[tex]")
                return piece if piece is not None and html_latex.is_surely_tex(piece.tex) else None
            case "reddit":
                return self.enclosed(found, ";]", False, "[tex]")
            case _:
                return self.enclosed(found, re.compile(r"\{%\s*end\w+\s*%\}"), False, "[tex]")

    def enclosed(
        self, found: re.Match[str], closing: str | re.Pattern[str], display: bool, form: str, asciimath: bool = False
    ) -> Piece | None:
        """What stands between delimiters that mean nothing else."""
        if isinstance(closing, re.Pattern):
            match = closing.search(self.text, found.end())
            end, after = (match.start(), match.end()) if match else (-1, -1)
        else:
            end = self.position(closing, found.end())
            after = end + len(closing)
        if end < 0 or end - found.end() > html_latex.MAX_FORMULA:
            return None
        tex = self.text[found.end() : end]
        if not tex.strip() or (
            form == "own delimiters"
            and len(closing if isinstance(closing, str) else "") == 1
            and not asciimath
            and not html_latex.looks_like_tex(tex)
        ):
            return None
        if form in ("\\(", "\\[") and (
            _PATTERN.match(tex) or (found[0].startswith("\\\\") and not html_latex.looks_like_tex(tex))
        ):
            return None
        return Piece(found.start(), after, tex, display, form, asciimath)

    def position(self, closing: str, start: int) -> int:
        """Where a closing delimiter comes next, or -1; a text without it is searched once only."""
        if closing in self.missing:
            return -1
        end = self.text.find(closing, start)
        if end < 0:
            self.missing.add(closing)
        return end

    def environment(self, found: re.Match[str]) -> Piece | None:
        name = found["name"]
        if name.rstrip("*") not in html_latex.ENVIRONMENTS:
            return None
        end = self.position(f"\\end{{{name}}}", found.end())
        if end < 0:
            return None
        end += len(name) + 6
        return Piece(found.start(), end, self.text[found.start() : end], True, "environment")

    def dollars(self, found: re.Match[str]) -> Piece | None:
        count = len(found["dollars"])
        if found.start() and self.text[found.start() - 1] == "\\":
            return None
        if count > 1:
            return self.several_dollars(found, count)
        return self.one_dollar(found)

    def several_dollars(self, found: re.Match[str], count: int) -> Piece | None:
        """`$$…$$`, and `$$$…$$$`, which is in a line (Codeforces)."""
        closing = "$" * count
        end = self.position(closing, found.end())
        if end < 0:
            return None
        tex = self.text[found.end() : end]
        if not tex.strip() or len(tex) > html_latex.MAX_FORMULA:
            return None
        if not (self.settings.dollars or self.settings.renderer) and not html_latex.looks_like_tex(tex):
            return None
        return Piece(found.start(), end + count, tex, count == 2, closing)

    def one_dollar(self, found: re.Match[str]) -> Piece | None:
        start = found.end()
        named = self.text.startswith("latex ", start)
        end = self.closing_dollar(start)
        if end < 0:
            return None
        tex = self.text[start:end]
        if named:
            return Piece(found.start(), end + 1, tex[6:], False, "$")
        if tex[:1] == MARK and tex[-1:] == MARK and len(tex) == 1:
            return Piece(found.start(), end + 1, tex, False, "$")
        if not self.is_formula(tex, found.start(), end):
            return None
        return Piece(found.start(), end + 1, tex, False, "$")

    def closing_dollar(self, start: int) -> int:
        """Where the dollar stands that closes the formula, outside braces, or -1."""
        depth = 0
        for match in _BRACE.finditer(self.text, start, start + MAX_INLINE):
            self.steps -= 1
            if self.steps < 0:
                return -1
            match match[0]:
                case "{":
                    depth += 1
                case "}":
                    depth -= 1
                case "$" if depth <= 0:
                    return match.start()
                case mark if mark[0] == "\n" and depth <= 0:
                    return -1
        return -1

    def is_formula(self, tex: str, opening: int, closing: int) -> bool:
        """Whether what stands between two dollars is a formula, and no text between two prices or variables."""
        before, after = self.text[opening - 1 : opening], self.text[closing + 1 : closing + 2]
        loose = tex[:1].isspace() or tex[-1:].isspace()
        strong = html_latex.is_command(tex) and not tex.startswith("\\n ")
        if not tex.strip() or _NUMBER_AFTER.match(after) and not strong:
            return False
        operation = _OPERATION.search(tex) is not None
        even = tex[:1].isspace() == tex[-1:].isspace() and (self.settings.renderer or not _WORD.search(tex))
        if loose and not strong and not (operation and even):
            return False
        short = len(tex.strip()) <= 2 and self.settings.renderer
        if (before.isalnum() or after.isalnum()) and not (strong or operation or short):
            return False
        if _PRICE.match(tex) and _NEXT_SENTENCE.search(tex):
            return False
        if before.isalnum() and not strong and not self.settings.renderer:
            return False
        if (
            _PRICE.match(tex)
            and not strong
            and html_latex.looks_like_tex(tex)
            and " " in tex
            and not re.search(r"[=^_<>]", tex)
        ):
            return False
        if _SHELL.match(tex) and not strong and (not self.settings.renderer or after.isalnum()):
            return False
        return html_latex.looks_like_tex(tex)


def _with_own(delimiters: list[Delimiter], ticks: bool) -> re.Pattern[str]:
    """The pattern of opening delimiters with those of the page, which go first."""
    own = "|".join(re.escape(delimiter.opening) for delimiter in delimiters)
    parts = [f"(?P<own>{own})"] if own else []
    parts += ["(?P<tick>`)"] if ticks else []
    return re.compile("|".join([*parts, _OPENING.pattern]), re.VERBOSE) if parts else _OPENING
