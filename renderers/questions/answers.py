"""A question → the form that it has → its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from ...convert.errors import ParseError
from ...convert.source import Source
from ..charted import charts as axes_of
from ..figure_words.cursor import Cursor, NoMatch
from ..figure_words.lexicon import tokens
from ..scene import Scene
from . import charts, choices, points, shapes
from .table import Answer, is_russian, matches, table

MAX_LENGTH: Final = 2000
"""Characters of a question with its options: the time that patterns take grows faster than the text."""


def answer(scene: Scene, question: str) -> Answer:
    """The answer to a question; where options follow it, one of them.

    Raises ParseError where the question is too long or not understood, UnsupportedError where the figure has not what
    it is about, or where not one option is the answer.
    """
    source = Source(question, "<question>")
    if len(question) > MAX_LENGTH:
        raise ParseError(
            f"the question has more than {MAX_LENGTH} characters; ask a shorter one",
            source,
            (MAX_LENGTH, len(question)),
        )
    asked, options = choices.options(question)
    if options:
        return choices.chosen(asked, options, lambda one: _answer(scene, Source(one, source.name)))
    return _answer(scene, source)


def _answer(scene: Scene, source: Source) -> Answer:
    for attempt in _attempts(scene, source):
        try:
            return attempt()
        except NoMatch:
            continue
    raise _not_understood(source)


def _attempts(scene: Scene, source: Source) -> Iterator[Callable[[], Answer]]:
    """The forms that a question has; it may turn out to be another when it is read to its end."""
    russian, whole, shown = is_russian(source.text), _bare(source.text), axes_of(scene)
    for form, match in matches("points", whole, whole=True):
        yield partial(points.answer, form, scene, match.groupdict(), russian)
    for form, match in matches("charts", whole, whole=True) if shown else ():
        yield partial(charts.answer, form, shown, match.groupdict(), russian)
    for form, match in matches("shapes", source.text, whole=False):
        yield partial(shapes.answer, form, scene, _rest(source, match.end()), russian)


def _bare(question: str) -> str:
    """A question without what only ends it."""
    text = question.strip().rstrip(" ?.!")
    for tail in table()["words"]["tails"]:
        text = re.sub(rf"(?<!\w){re.escape(tail)}\s*\Z", "", text, flags=re.IGNORECASE).rstrip(" ?.!,")
    return text


def _rest(source: Source, start: int) -> Cursor:
    """The words from `start`, at their places."""
    rest = source.text[start:]
    lead = len(rest) - len(rest.lstrip())
    cut = Source(" " * (start + lead) + _bare(rest), source.name)
    words, found = tokens(cut)
    return Cursor(cut, words, found, [])


def _not_understood(source: Source) -> ParseError:
    _, found = tokens(source)
    unknown = [token for token in found if not token.senses and token.text.isalpha()]
    named = ", ".join(dict.fromkeys(repr(token.text) for token in unknown[:5]))
    hint = f"; not known: {named}" if named else ""
    place = unknown[0].span if unknown else (0, max(1, len(source.text)))
    return ParseError(
        f"this is no question that is understood{hint}; ask how many, what colour, where, is there, is … left of …",
        source, place,
    )  # fmt: skip
