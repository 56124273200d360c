"""Turns the formulas of a Markdown file into MathML, which browsers show without any script.

    python examples/markdown_page.py < notes.md > notes.html.md

Formulas stand between dollars, as `convert.readers.document_markdown` finds them; what cannot be read stays as it is,
with a warning.
"""

from __future__ import annotations

import sys

from panmath.convert import PanmathError, Pipeline
from panmath.convert.document import Formula

_DELIMITERS = (("$$", "$$"), ("$`", "`$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)"), ("```math\n", "\n```"))


def with_mathml(markdown: str) -> str:
    """The text with MathML in the place of its formulas."""
    block, inline = Pipeline("tex", "mathml", display=True), Pipeline("tex", "mathml")
    pieces: list[str] = []
    done = 0
    for paragraph in Pipeline("document.md", "document")(markdown).value.paragraphs:
        for part in paragraph.parts:
            if not isinstance(part, Formula):
                continue
            try:
                mathml: str = (block if part.display else inline)(part.text).value
            except PanmathError as error:
                print(f"warning: {error}", file=sys.stderr)
                continue
            start, end = with_delimiters(markdown, *part.span)
            pieces += markdown[done:start], mathml
            done = end
    return "".join((*pieces, markdown[done:]))


def with_delimiters(markdown: str, start: int, end: int) -> tuple[int, int]:
    """Where a formula begins and ends with what it stands between; environments are their own delimiters."""
    for opening, closing in _DELIMITERS:
        if markdown.endswith(opening, 0, start) and markdown.startswith(closing, end):
            return start - len(opening), end + len(closing)
    return start, end


if __name__ == "__main__":
    print(with_mathml(sys.stdin.read()), end="")
