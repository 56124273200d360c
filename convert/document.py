"""Documents: paragraphs of prose with formulas in them, whatever the markup that they were written in.

Readers of documents find the formulas and leave them as text; what a formula is, is read when it is needed, so that a
long document can be spoken while the rest of it waits, and a formula that cannot be read does not take the rest along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from .errors import Loss, Losses, PanmathError, ParseError
from .nodes import Node
from .source import Source, Span

ParagraphKind: TypeAlias = Literal["text", "heading", "item"]


class Prose(NamedTuple):
    """Words as they are read, without markup; blanks count. Where the text stands in the source letter by letter, the
    span is as long as the text.
    """

    text: str
    span: Span


class Formula(NamedTuple):
    """A formula as it is written: TeX without its delimiters, or, where the reader made a tree, other text."""

    text: str
    span: Span
    display: bool = False
    node: Node | None = None


Part: TypeAlias = Prose | Formula


class Paragraph(NamedTuple):
    """What stands between two breaks. `level` is that of a heading, from 1."""

    parts: tuple[Part, ...]
    kind: ParagraphKind = "text"
    level: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was read. `definitions` are the places of the macros that it defines for its formulas; `given`
    are macros from elsewhere.
    """

    source: Source = field(repr=False)
    paragraphs: tuple[Paragraph, ...]
    definitions: tuple[Span, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        """A line for each paragraph, formulas between dollars."""
        return "\n".join(_line(paragraph) for paragraph in self.paragraphs)

    def macros(self, losses: Losses) -> Mapping[str, Any]:
        """The macros, in the form that the TeX reader takes. One that cannot be read is reported and left out."""
        if not self.definitions:
            return self.given
        from .readers.tex import read_macros  # here, because most documents define none

        found: dict[str, Any] = dict(self.given)
        for start, end in self.definitions:
            try:
                found |= read_macros(Source(self.source.text[start:end]))
            except PanmathError as error:
                losses.append(Loss(self.source.text[start:end], f"no definition: {_message(error)}", (start, end)))
        return found


def _line(paragraph: Paragraph) -> str:
    prefix = {"heading": "#" * paragraph.level + " ", "item": "- ", "text": ""}[paragraph.kind]
    shown = (part.text if isinstance(part, Prose) else f"${part.text}$" for part in paragraph.parts)
    return prefix + " ".join("".join(shown).split())


def tree(formula: Formula, losses: Losses, macros: Mapping[str, Any]) -> Node | None:
    """The tree of a formula, with spans from the beginning of its text. None where it cannot be read, which is reported
    in `losses` with the place in the document, as is all that is reported about the formula itself.
    """
    if formula.node is not None:
        return formula.node
    from .readers.tex import read  # here, because documents without formulas need none

    start, own = formula.span[0], list[Loss]()
    try:
        node = read(Source(formula.text), losses=own, macros=macros)
    except ParseError as error:
        where = (start + error.span[0], start + error.span[1])
        losses.append(Loss(formula.text.strip(), f"kept as text: {error.message}", where))
        return None
    except (PanmathError, RecursionError) as error:
        losses.append(Loss(formula.text.strip(), f"kept as text: {_message(error)}", formula.span))
        return None
    losses.extend(moved(own, start))
    return node


def moved(losses: Losses, start: int) -> Iterator[Loss]:
    """What was reported about a formula, with its places in the document."""
    for loss in losses:
        span = None if loss.span is None else (start + loss.span[0], start + loss.span[1])
        yield Loss(loss.what, loss.reason, span)


def _message(error: PanmathError | RecursionError) -> str:
    match error:
        case ParseError():
            return error.message
        case RecursionError():
            return "it is nested too deep"
        case _:
            return str(error)
