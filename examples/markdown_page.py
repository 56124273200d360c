"""Turns the formulas of a Markdown file into MathML, which browsers show without any script.

    python examples/markdown_page.py < notes.md > notes.html.md

`$…$` is a formula in the line and `$$…$$` one of its own; what cannot be read stays as it is, with a warning.
"""

from __future__ import annotations

import re
import sys

from panmath.convert import PanmathError, Pipeline

_FORMULA = re.compile(r"(?<!\\)\$\$(?P<block>.+?)\$\$|(?<!\\)\$(?P<inline>[^$\n]+?)(?<!\\)\$", re.DOTALL)


def with_mathml(markdown: str) -> str:
    """The text with MathML in the place of its formulas."""
    block, inline = Pipeline("tex", "mathml", display=True), Pipeline("tex", "mathml")

    def replaced(match: re.Match[str]) -> str:
        pipeline, tex = (block, match["block"]) if match["block"] else (inline, match["inline"])
        try:
            mathml: str = pipeline(tex).value
        except PanmathError as error:
            print(f"warning: {error}", file=sys.stderr)
            return match[0]
        return mathml

    return _FORMULA.sub(replaced, markdown)


if __name__ == "__main__":
    print(with_mathml(sys.stdin.read()), end="")
