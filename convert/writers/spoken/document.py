"""Documents in words: the prose as it is, each formula as the style says it.

A document is spoken paragraph by paragraph, so that a voice can begin with the first while the others wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...document import Document, Formula, Paragraph, Prose, moved, tree
from ...edges import Word
from ...errors import Loss, Losses, UnsupportedError
from ...phrases import language_of
from ...source import Source, Span
from . import check, phrases
from .said import Spoken, Voice, marked_up, plain

_STOPS: Final = frozenset(".,;:?")
_SEPARATORS: Final = frozenset(",;")
_WORD: Final = re.compile(r"\S+")


def write(
    document: Document,
    *,
    losses: Losses,
    style: str = "natural",
    language: str = "en",
    letters: str = "plain",
    capital: str = "",
    verbosity: str = "",
    preferences: str = "",
    numbers: str = "",
    ssml: bool = False,
    words: list[Word] | None = None,
) -> str:
    """The words of a document, with an empty line between paragraphs, or with `ssml` a document in SSML.

    The options are those of a formula. A formula that cannot be read or said stays as it is written, which is added to
    `losses`. Raises OptionError as for a formula.
    """
    voice = Voice(language_of(language), letters, capital, verbosity, preferences, numbers)
    said: list[list[Spoken]] = []
    for passage in passages(document, voice, losses=losses, style=style):
        said.append(passage)
        if words is not None:
            words += (Word(part.text, part.span) for part in passage)
    return marked_up(*said, language=language) if ssml else "\n\n".join(map(plain, said))


def passages(document: Document, voice: Voice, *, losses: Losses, style: str = "natural") -> Iterator[list[Spoken]]:
    """The paragraphs in order, each as phrases with what they speak; none is made before it is asked for."""
    check(voice, style)
    macros = document.macros(losses)
    for paragraph in document.paragraphs:
        passage = _passage(paragraph, document.source, voice, style, losses, macros)
        if passage:
            yield passage


def _passage(
    paragraph: Paragraph, source: Source, voice: Voice, style: str, losses: Losses, macros: Mapping[str, Any]
) -> list[Spoken]:
    words = _Words()
    for part in paragraph.parts:
        said = _formula(part, voice, style, losses, macros) if isinstance(part, Formula) else None
        if said:
            words.formula(said)
            words.end_sentence(source)
        elif isinstance(part, Prose):
            words.prose(part.text, part.span)
        else:
            words.prose(part.text, part.span)
    return words.said


def _formula(
    formula: Formula, voice: Voice, style: str, losses: Losses, macros: Mapping[str, Any]
) -> list[Spoken] | None:
    """What is said for a formula, with its places in the document; None where it cannot be said."""
    node = tree(formula, losses, macros)
    if node is None:
        return None
    start, end = formula.span
    own: Losses = []
    try:
        said = phrases(node, voice, losses=own, style=style)
    except UnsupportedError as error:
        losses.append(Loss(formula.text.strip(), f"kept as text: {error}", formula.span))
        return None
    losses.extend(moved(own, start))
    # Where marks of a quotation stand between the lines of a formula, no place inside it is sure.
    sure = end - start == len(formula.text)
    return [
        part._replace(span=(start + part.span[0], start + part.span[1]) if part.span and sure else formula.span)
        for part in said
        if part.text
    ]


class _Words:
    """The phrases of a paragraph. What stands without a blank beside a formula is said in one with its nearest word."""

    def __init__(self) -> None:
        self.said: list[Spoken] = []
        self.open = False
        """Whether what comes next belongs to the last word."""
        self.of_formula = False
        """Whether the last word is of a formula."""

    def prose(self, text: str, span: Span) -> None:
        exact = len(text) == span[1] - span[0]
        for found in _WORD.finditer(text):
            where = (span[0] + found.start(), span[0] + found.end()) if exact else span
            lone_mark = found[0] in _SEPARATORS
            if self.said and (lone_mark or (self.open and found.start() == 0)):
                self.join(found[0], where)
            else:
                self.said.append(Spoken(found[0], where))
                self.of_formula = False
        self.open = not text[-1:].isspace() if text else self.open

    def formula(self, said: list[Spoken]) -> None:
        """Brackets and the like before the formula are said with its first word; "the$x$" is two words."""
        first, *rest = said
        if self.open and not self.said[-1].text[-1].isalnum():
            self.join(first.text, first.span)
        else:
            self.said.append(first)
        self.said += rest
        self.open = self.of_formula = True

    def end_sentence(self, source: Source) -> None:
        """A full stop or comma at the end of a formula is the sentence's, and is not said."""
        last = self.said[-1]
        mark = source.text[slice(*last.span)] if last.span is not None else ""
        if mark in _STOPS and len(self.said) > 1:
            self.said.pop()
            self.join(mark, last.span)

    def join(self, text: str, span: Span | None) -> None:
        """With a word: "n" and "th" are one, "squared" and "th" two."""
        last = self.said[-1]
        if self.of_formula and text[0].isalpha() and len(last.text) > 1 and last.text[-1].isalpha():
            self.said.append(Spoken(text, span))
            return
        around = [place for place in (last.span, span) if place is not None]
        where = (min(place[0] for place in around), max(place[1] for place in around)) if around else None
        self.said[-1] = Spoken(last.text + text, where)
