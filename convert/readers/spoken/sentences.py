"""Sentences with spoken formulas in them: the prose stays, what is mathematics comes out as ``$…$``.

A run of words is a formula if it begins and ends with what can only be mathematics there. Words that are both
("is", "of", "a") belong to it only between such words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...document import Document, Formula, Paragraph, Part, Prose, moved
from ...errors import Losses, ParseError
from ...phrases import language_of
from ...source import Source
from .lexicon import Lexicon, Token, lexicon, tokens
from .natural import readings

_OPERANDS = frozenset(
    (
        "num",
        "frac",
        "id",
        "fn",
        "big",
        "root",
        "cube_root",
        "set",
        "derivative",
        "second_derivative",
        "partial_derivative",
        "around",
        "open",
        "close",
        "ordinal",
    )
)
_SIGNS = frozenset(
    (
        "sum",
        "mul",
        "rel",
        "over",
        "divided",
        "divided_term",
        "squared",
        "cubed",
        "power_of",
        "power",
        "sub",
        "sup",
        "prime",
        "double_prime",
        "factorial",
        "mark",
        "ord",
        "inverse",
        "transpose",
        "slash",
        "naught",
        "degrees",
    )
)
_JOINING = frozenset(
    (
        "of",
        "to",
        "from",
        "to_the",
        "skip",
        "as",
        "by",
        "wrt",
        "base",
        "left",
        "right",
        "quantity",
        "choose",
        "font",
        "vector",
    )
)
_BREAK = re.compile(r"\n[ \t]*\n\s*")
_MAX_JOINING = 3
"""How many words that only join may stand between two that are mathematics."""


def read(source: Source, *, losses: Losses, language: str = "en") -> Document:
    """The text with its spoken formulas as trees: "so x squared plus one is positive". What cannot be read stays prose;
    an empty line ends a paragraph.
    """
    found: list[Paragraph] = []
    start = 0
    for end in (*(match.span() for match in _BREAK.finditer(source.text)), (len(source.text),) * 2):
        parts = tuple(_parts(source.text[start : end[0]], start, language_of(language), losses))
        found += [Paragraph(parts)] if parts else []
        start = end[1]
    return Document(source, tuple(found))


def _parts(text: str, base: int, language: str, losses: Losses) -> Iterator[Part]:
    end = 0
    for run in _runs(tokens(text, language), lexicon(language)):
        start, stop = run[0].start, run[-1].end
        try:
            best = readings(Source(text[start:stop]), language=language)[0]
        except ParseError:
            continue
        if end < start:
            yield Prose(text[end:start], (base + end, base + start))
        yield Formula(text[start:stop], (base + start, base + stop), node=best.node)
        losses.extend(moved(list(best.losses), base + start))
        end = stop
    if text[end:].strip():
        yield Prose(text[end:], (base + end, base + len(text)))


def _runs(heard: Sequence[Token], words: Lexicon) -> Iterator[Sequence[Token]]:
    """The stretches that are mathematics."""
    at = 0
    while at < len(heard):
        if not _begins(heard[at], words):
            at += 1
            continue
        end = _end(heard, at, words)
        run = heard[at:end]
        if any("num" not in token.senses and "sum" not in token.senses for token in run):
            yield run
        at = end


def _end(heard: Sequence[Token], start: int, words: Lexicon) -> int:
    """Where the run that begins at `start` ends: behind its last word that is mathematics for certain."""
    end = at = start + 1
    while at < len(heard) and at - end <= _MAX_JOINING:
        token = heard[at]
        if _is_operand(token, words) or _is_postfix(token) and at == end:
            end = at + 1
        elif not _is_joining(token, words):
            break
        at += 1
    return end


def _begins(token: Token, words: Lexicon) -> bool:
    return _is_operand(token, words) or "sum" in token.senses and token.word.lower() in ("minus", "минус", "-")


def _is_operand(token: Token, words: Lexicon) -> bool:
    if "num" in token.senses or "frac" in token.senses:
        return True
    if _OPERANDS.isdisjoint(token.senses) or token.word.lower() in words.prose:
        return False
    return token.word != "I" and token.word.lower() not in words.numbers.articles


def _is_postfix(token: Token) -> bool:
    """Whether a formula can end with it: "squared", "factorial"."""
    return any(kind in token.senses for kind in ("squared", "cubed", "factorial", "degrees", "power", "naught")) or (
        "ord" in token.senses and "rel" not in token.senses
    )


def _is_joining(token: Token, words: Lexicon) -> bool:
    senses = token.senses
    if "pause" in senses or "word" in senses:
        return False
    return (
        not (_SIGNS.isdisjoint(senses) and _JOINING.isdisjoint(senses)) or token.word.lower() in words.numbers.articles
    )
