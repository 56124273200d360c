"""The edge description → scene: sentences are tried in the forms that there are, and what they ask for is drawn."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ...convert.errors import Losses, ParseError, UnsupportedError
from ...convert.source import Source
from ..scene import Scene
from . import arrangement, construction_figure, constructions, diagrams, shapes
from .cursor import Cursor, NoMatch
from .lexicon import Token, tokens
from .plan import Plan

_ENDS: Final = frozenset((".", ";", "!", "\n"))


@dataclass(slots=True)
class _Figure:
    """What the sentences that were read ask for, by kind; a figure is of one kind."""

    shapes: shapes.Asked = field(default_factory=shapes.Asked)
    construction: Plan = field(default_factory=Plan)
    diagram: Scene | None = None


def read(source: Source | str, *, losses: Losses) -> Scene:
    """The figure that the words ask for.

    Raises ParseError with the words that are not understood, and UnsupportedError where no figure is as is asked.
    """
    source = source if isinstance(source, Source) else Source(source, "<words>")
    words, found = tokens(source)
    figure = _Figure()
    kinds: list[str] = []
    for sentence in sentences(found):
        kind, figure = _sentence(Cursor(source, words, sentence, losses), figure)
        if kinds and kind != kinds[-1]:
            raise UnsupportedError(f"a figure of {kinds[-1]} and {kind} at once is not drawn; describe one of them")
        kinds.append(kind)
    if not kinds:
        raise ParseError("there are no words to read", source, (0, len(source.text)))
    if figure.diagram is not None:
        return figure.diagram
    return _DRAWN[kinds[-1]](figure, losses)


def sentences(found: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens between full stops, semicolons and ends of lines."""
    sentence: list[Token] = []
    depth = 0
    for token in found:
        depth += (token.text in "([") - (token.text in ")]") if token.text else 0
        if token.text in _ENDS and depth <= 0:
            if sentence:
                yield sentence
            sentence = []
        else:
            sentence.append(token)
    if sentence:
        yield sentence


def _diagram(form: Callable[[Cursor], Scene]) -> Callable[[Cursor, _Figure], None]:
    """A form whose one sentence says all of the figure."""

    def read_one(cursor: Cursor, figure: _Figure) -> None:
        if figure.diagram is not None:
            raise NoMatch
        figure.diagram = form(cursor)

    return read_one


_FORMS: Final[dict[str, Callable[[Cursor, _Figure], None]]] = {
    "a number line": _diagram(diagrams.read_number_line),
    "a bar chart": _diagram(diagrams.read_bars),
    "a graph": _diagram(diagrams.read_graph),
    "a plot": _diagram(diagrams.read_plot),
    "a construction": lambda cursor, figure: constructions.read(cursor, figure.construction),
    "shapes": lambda cursor, figure: shapes.read(cursor, figure.shapes),
}
_DRAWN: Final[dict[str, Callable[[_Figure, Losses], Scene]]] = {
    "a construction": lambda figure, losses: construction_figure.scene(figure.construction, losses=losses),
    "shapes": lambda figure, losses: arrangement.scene(figure.shapes, losses=losses),
}


def _sentence(cursor: Cursor, figure: _Figure) -> tuple[str, _Figure]:
    """The kind of figure that a sentence belongs to, and the figure with what it says."""
    for kind, form in _FORMS.items():
        cursor.at = 0
        attempt = copy.deepcopy(figure)
        try:
            form(cursor, attempt)
        except NoMatch:
            continue
        return kind, attempt
    raise _not_understood(cursor)


def _not_understood(cursor: Cursor) -> ParseError:
    """Names the words without a meaning here; where all have one, the place beyond which nothing fits."""
    unknown = [
        token
        for token in cursor.tokens
        if not token.senses and any(map(str.isalpha, token.text)) and not cursor.begins_number(token)
    ]
    if unknown:
        named = ", ".join(dict.fromkeys(repr(token.text) for token in unknown[:5]))
        return ParseError(f"not understood: {named}", cursor.source, unknown[0].span)
    token = cursor.tokens[min(cursor.reached, len(cursor.tokens) - 1)]
    if cursor.reached >= len(cursor.tokens):
        return ParseError("the description ends too early", cursor.source, (token.span[1], token.span[1] + 1))
    return ParseError(f"{token.text!r} is not expected here", cursor.source, token.span)
