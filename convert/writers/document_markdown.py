"""Documents → Markdown, with formulas between dollars."""

from __future__ import annotations

import re
from typing import Final

from ..document import Document, Formula, Paragraph, Prose
from ..edges import EDGES, resolve
from ..errors import Losses

_MARKS: Final = re.compile(r"[\\`*_$\[\]<]")
_LINE_START: Final = re.compile(r"(?m)^(\s*)(?=[#>+=-]|\d+[.)])")


def write(document: Document, *, losses: Losses) -> str:
    """The text in Markdown. A formula that has a tree is written anew, any other as it was."""
    return "\n\n".join(_paragraph(paragraph, losses) for paragraph in document.paragraphs)


def _paragraph(paragraph: Paragraph, losses: Losses) -> str:
    written = "".join(
        _prose(part.text) if isinstance(part, Prose) else _formula(part, losses) for part in paragraph.parts
    )
    match paragraph.kind:
        case "heading":
            return f"{'#' * paragraph.level} {' '.join(written.split())}"
        case "item":
            return f"- {written.strip()}"
        case "text":
            return written.strip()


def _prose(text: str) -> str:
    return _MARKS.sub(r"\\\g<0>", text)


def _formula(formula: Formula, losses: Losses) -> str:
    mark = "$$" if formula.display else "$"
    if formula.node is None:
        return f"{mark}{formula.text.strip()}{mark}"
    edge = next(edge for edge in EDGES if (edge.source, edge.target) == ("ast", "tex"))
    return f"{mark}{resolve(edge.implementation)(formula.node, losses=losses)}{mark}"
