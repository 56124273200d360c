"""What is written in nodes: text with formulas, in lines."""

from __future__ import annotations

import re
from typing import Final

from ...convert.errors import ParseError, UnsupportedError
from ...convert.nodes import Node, Row, Text
from .. import labels
from ..scene import (
    Label,
)
from .keys import Keys
from .options import SIZES, State

_TABULAR: Final = re.compile(r"\\begin\s*\{tabular\}\s*(?:\[[a-z]\])?\s*\{[^}]*\}(.*?)\\end\s*\{tabular\}", re.DOTALL)
_SWITCHES: Final = {
    "bf": "textbf", "bfseries": "textbf", "it": "textit", "itshape": "textit", "tt": "texttt", "ttfamily": "texttt",
    "sf": "textsf", "sffamily": "textsf", "em": "textit", "sl": "textit", "scshape": "textsc", "rm": "textrm",
    "rmfamily": "textrm", "upshape": "textrm", "mdseries": "textrm", "boldmath": "textrm", "normalfont": "textrm",
    "strut": "textrm", "selectfont": "textrm",
}  # fmt: skip


class Texts(Keys):
    """The texts of nodes as trees of formulas, one a line."""

    def text_lines(self, text: str, state: State) -> tuple[tuple[Node, ...], float, bool]:
        """The lines of a node's text, the size of its letters, and whether formulas are displays."""
        size, text = state.size, text.strip()
        switches = list(state.font)
        display = False
        if "\\begin{tikzpicture}" in text or "\\includegraphics" in text:
            raise self.refuse("a node holds a picture")
        text = _TABULAR.sub(r"\1", text)
        while True:
            match = re.match(r"\s*\\([A-Za-z]+)\s*", text)
            if match is None:
                break
            if match[1] in SIZES:
                size = SIZES[match[1]]
            elif match[1] in ("centering", "raggedright", "raggedleft", "strut", "normalfont", "relax", "sloppy"):
                pass
            elif match[1] in _SWITCHES:
                switches.append(match[1])
            else:
                break
            text = text[match.end() :]
        scale = re.fullmatch(r"\s*\\scalebox\s*\{([\d.]+)\}\s*\{(.*)\}\s*", text, re.DOTALL)
        if scale is not None:
            size, text = size * float(scale[1]), scale[2]
        if "\\displaystyle" in text:
            display = True
        rows = re.split(r"\\\\(?:\s*\[[^\]]*\])?|\\newline\b", text) if _breaks(text) else [text]
        lines: list[Node] = []
        for row in rows:
            row = row.strip()
            inner = re.match(r"\{\s*\\([A-Za-z]+)\s+(.*)\}\Z", row, re.DOTALL)
            if inner is not None and inner[1] in SIZES:
                size, row = SIZES[inner[1]], inner[2]
            for name in switches:
                if name in _SWITCHES and row and not row.startswith("$"):
                    row = f"\\{_SWITCHES[name]}{{{row}}}"
            lines.append(self.line_node(row))
        if all(line == Row(()) or line == Text("") for line in lines):
            return (), size, display
        return tuple(lines), size, display

    def line_node(self, text: str) -> Node:
        text = re.sub(r"\\(?:tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge)\b\s*", "", text)
        text = re.sub(r"\\(?:mathlarger|mathsmaller)\s*", "", text)
        # TeX takes the next sign for an argument that has no braces.
        text = re.sub(r"\\(textbf|textit|texttt|textsf|textrm|emph)\s+([^\s{\\$])", r"\\\1{\2}", text)
        for short, long in (("bf", "textbf"), ("it", "textit"), ("tt", "texttt"), ("sf", "textsf"), ("em", "textit")):
            text = re.sub(rf"\{{\s*\\{short}\s+([^{{}}$]*)\}}", rf"\\{long}{{\1}}", text)
        if not text:
            return Row(())
        try:
            return labels.read_line(text, losses=self.losses)
        except (ParseError, UnsupportedError) as error:
            message = getattr(error, "message", str(error))
            raise self.refuse(f"the label {text[:60]!r}: {message}") from error

    def broken(self, label: Label, width: float) -> tuple[Node, ...]:
        """The lines of a label broken where they are wider than `width`."""
        result: list[Node] = []
        factor = label.size / 10
        for line in label.lines:
            if labels.setting(line, label.display).width * factor <= width + 0.5:
                result.append(line)
                continue
            words = labels.write_line(line) if isinstance(line, Text) else ""
            if not words:
                items = line.items if isinstance(line, Row) else (line,)
                pieces: list[Node] = []
                for item in items:
                    if isinstance(item, Text) and not item.font:
                        pieces += [Text(word) for word in re.findall(r"\S+\s*|\s+", item.text)]
                    else:
                        pieces.append(item)
            else:
                assert isinstance(line, Text)
                pieces = [Text(word, line.font) for word in re.findall(r"\S+\s*|\s+", line.text)]
            current: list[Node] = []
            for piece in pieces:
                trial = Row((*current, piece)) if current else piece
                if current and labels.setting(trial, label.display).width * factor > width + 0.5:
                    result.append(_joined(current))
                    current = []
                current.append(piece)
            if current:
                result.append(_joined(current))
        return tuple(result)


def _joined(pieces: list[Node]) -> Node:
    last = pieces[-1]
    if isinstance(last, Text):
        pieces = [*pieces[:-1], Text(last.text.rstrip(), last.font)]
    return pieces[0] if len(pieces) == 1 else Row(tuple(pieces))


def _breaks(text: str) -> bool:
    """Whether a text is broken into lines outside formulas and environments."""
    return ("\\\\" in text or "\\newline" in text) and "\\begin" not in text
