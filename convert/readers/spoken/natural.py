"""Spoken mathematics, as people say it and as recognisers write it, to trees: the likeliest readings first.

The words alone leave much open. One reading is made as the policy says; the next ones change one answer at a time,
the cheapest change first, so that the time is bounded by the number of readings that are looked at.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...errors import Loss, ParseError
from ...nodes import Node
from ...normal import normal
from ...phrases import Language, language_of
from ...source import Source
from . import named, templates
from .certainty import Evidence, evidence
from .context import is_mathematics, is_symbol, settled
from .doubt import is_doubtful
from .grammar import Grammar, row
from .identity import holds
from .lexicon import Token, lexicon, misspelt, spelt_words, tokens_of
from .russian import RussianGrammar
from .scope import Choices, Policy
from .words import Word

_GRAMMARS: Mapping[str, type[Grammar]] = {"en": Grammar, "ru": RussianGrammar}

_TRIES_PER_READING = 6
"""How many variations are looked at for each reading that is asked for: many come to the same tree."""

_EQUATIONS = 12
"""How many variations are looked at for an equation that is true."""

_MAX_DOUBT = 1.5
"""How much less likely than the best the answer is that makes an equation true."""

_DOUBT = 0.1
"""What is taken off the writer's own meaning where people mean another."""

_MAX_UNREAD = 0.5
"""The share of words that may mean nothing before the text is refused."""


class Reading(NamedTuple):
    """A tree and how likely it is: 0 is the policy's own reading, every doubtful answer takes something off."""

    node: Node
    score: float
    evidence: Evidence
    """What `certainty` takes the probability of the first reading from."""
    losses: tuple[Loss, ...] = ()
    """Words that were left out; in the last reading also that the search for others was cut."""


def readings(source: Source, *, language: str, policy: Policy | None = None, limit: int = 1) -> list[Reading]:
    """At most `limit` different readings, the best first.

    Raises ParseError where there is nothing to read or too little of it is mathematics.
    """
    spoken = language_of(language)
    told = templates.read(source.text, spoken)
    certain = told is not None and not is_doubtful(told, spoken)
    said = evidence(len(source.text.split()), 0, 0, False, (), 0.0, True, language)
    if told is not None and certain and limit == 1:
        return [Reading(told, 0.0, said)]
    spelt = spelt_words(source.text, language, quantities=True)
    words = tokens_of(spelt, language, quantities=True)
    heard, name = settled(words)
    policy = policy or Policy()
    apart = (*_left_out(name), *_misspelt(spelt))
    try:
        best, choices = _read(source, heard, language, policy, ())
    except ParseError:
        other = Reading(told, 0.0, said) if told is not None else _by_name(source, words, spoken, None)
        if other is None:
            raise
        return [other]
    other = Reading(told, best.score - _DOUBT, said) if told is not None else _by_name(source, words, spoken, best)
    certain = certain or told is None and other is not None
    if not certain and (true := _that_holds(source, heard, language, policy, best, choices)) is not None:
        best, choices = true
    best = best._replace(losses=(*apart, *best.losses), evidence=best.evidence._replace(named=float(bool(name))))
    found = [best]
    if other is not None and normal(other.node) != normal(best.node):
        found = [other._replace(score=0.0), best] if certain else [best, other]
    if len(found) >= limit:
        return found[:limit]
    seen = {normal(reading.node) for reading in found}
    queue: list[tuple[float, int, tuple[str, ...]]] = []
    order = itertools.count()

    def vary(choices: Choices) -> None:
        for number, answer, extra in choices.open:
            heapq.heappush(queue, (choices.cost + extra, next(order), (*choices.taken[:number], answer)))

    vary(choices)
    tries = limit * _TRIES_PER_READING
    while queue and tries and len(found) < limit:
        tries -= 1
        reading, choices = _read(source, heard, language, policy, heapq.heappop(queue)[2])
        vary(choices)
        if (key := normal(reading.node)) not in seen:
            seen.add(key)
            found.append(reading._replace(losses=(*apart, *reading.losses)))
    if queue and not tries and len(found) < limit:
        cut = Loss("other readings", f"only {limit * _TRIES_PER_READING} variations were looked at")
        found[-1] = found[-1]._replace(losses=(*found[-1].losses, cut))
    return found


def _that_holds(
    source: Source, heard: list[Token], language: str, policy: Policy, best: Reading, choices: Choices
) -> tuple[Reading, Choices] | None:
    """The likeliest reading that is an equation of equal sides, where the best one is not; None where there is none."""
    if not choices.open or holds(best.node) is not False:
        return None
    for _, forced in sorted(
        (extra, (*choices.taken[:number], answer)) for number, answer, extra in choices.open if extra < _MAX_DOUBT
    )[:_EQUATIONS]:
        reading, other = _read(source, heard, language, policy, forced)
        if holds(reading.node):
            return reading, other
    return None


def _by_name(source: Source, words: Sequence[Token], language: Language, read: Reading | None) -> Reading | None:
    """The formula that is called by its name, None where none is."""
    if any(map(is_symbol, words)) and not any("word" in token.senses for token in words):
        return None
    literal = None if read is None else read.node
    strange = 0 if read is None else int(read.evidence.unread + read.evidence.kept)
    called = named.formula(source.text, words, language, literal, strange)
    if called is None:
        return None
    known = evidence(len(words), 0, 0, False, (), 0.0, False, language)._replace(called=1.0)
    other = Loss("the other words", "what is called so is the formula, whatever is said of it", (0, len(source.text)))
    return Reading(called.node, 0.0, known, () if called.exactly else (other,))


def _misspelt(words: Sequence[Word]) -> Iterator[Loss]:
    """That words were taken for others."""
    for word in misspelt(words):
        yield Loss(word.text, f"taken for {word.lower!r}", word.span)


def _left_out(name: Sequence[Token]) -> tuple[Loss, ...]:
    """That the words put first as a name are no part of the formula."""
    if not name:
        return ()
    words = " ".join(token.word for token in name)
    return (Loss(words, "a name, and no part of the formula", (name[0].start, name[-1].end)),)


def _read(
    source: Source, heard: list[Token], language: str, policy: Policy, forced: tuple[str, ...]
) -> tuple[Reading, Choices]:
    words = [token for token in heard if "pause" not in token.senses]
    if not words:
        raise ParseError("there are no words to read", source, (0, len(source.text)))
    choices = Choices(forced)
    grammar = _GRAMMARS[language](source, heard, lexicon(language), policy, choices)
    items = grammar.whole()
    strange = sorted((*grammar.unread, *grammar.kept), key=lambda token: token.start)
    if not items or len(strange) > max(1, len(words) * _MAX_UNREAD) or not any(map(is_mathematics, heard)):
        first = strange[0] if strange else words[0]
        named = ", ".join(dict.fromkeys(repr(token.word) for token in strange[:3]))
        reason = f"too little of this is mathematics: {named}" if named else "there is no formula in these words"
        raise ParseError(reason, source, (first.start, first.end))
    losses = tuple(Loss(token.word, "means nothing here", (token.start, token.end)) for token in grammar.unread)
    others = (extra for _, _, extra in choices.open)
    known = evidence(len(words), len(grammar.unread), len(grammar.kept), False, others, choices.cost, False, language)
    return Reading(row(items), -choices.cost, known, losses), choices
