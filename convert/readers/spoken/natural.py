"""Spoken mathematics, as people say it and as recognisers write it, to trees: the likeliest readings first.

The words alone leave much open. One reading is made as the policy says; the next ones change one answer at a time,
the cheapest change first, so that the time is bounded by the number of readings that are looked at.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

from ...errors import ParseError
from ...nodes import Node
from ...normal import normal
from ...source import Source
from .grammar import Grammar, row
from .lexicon import Token, lexicon, tokens
from .scope import Choices, Policy

_TRIES_PER_READING = 6
"""How many variations are looked at for each reading that is asked for: many come to the same tree."""

_MAX_UNREAD = 0.5
"""The share of words that may mean nothing before the text is refused."""


class Reading(NamedTuple):
    """A tree and how likely it is: 0 is the policy's own reading, every doubtful answer takes something off."""

    node: Node
    score: float


def readings(source: Source, *, language: str, policy: Policy = Policy(), limit: int = 1) -> list[Reading]:  # noqa: B008
    """At most `limit` different readings, the best first.

    Raises ParseError where there is nothing to read or too little of it is mathematics.
    """
    heard = _without_label(tokens(source.text, language))
    best, choices = _read(source, heard, language, policy, ())
    found = [Reading(best, -choices.cost)]
    if limit == 1:
        return found
    seen = {normal(best)}
    queue: list[tuple[float, int, tuple[str, ...]]] = []
    count = 0

    def vary(choices: Choices) -> None:
        nonlocal count
        for number, answer, extra in choices.open:
            count += 1
            heapq.heappush(queue, (choices.cost + extra, count, (*choices.taken[:number], answer)))

    vary(choices)
    for _ in range(limit * _TRIES_PER_READING):
        if not queue or len(found) == limit:
            break
        _, _, forced = heapq.heappop(queue)
        node, choices = _read(source, heard, language, policy, forced)
        vary(choices)
        if (key := normal(node)) not in seen:
            seen.add(key)
            found.append(Reading(node, -choices.cost))
    return found


def _without_label(heard: list[Token]) -> list[Token]:
    """The tokens without the name that some put first: "linear equation: …", "the dispersion relation equals x = …"."""
    relations = [index for index, token in enumerate(heard) if "rel" in token.senses]
    colon = next((index for index, token in enumerate(heard) if token.senses.get("pause") == ":"), -1)
    for end, needed in ((colon, True), (relations[0] if relations else -1, len(relations) > 1)):
        label = heard[: max(end, 0)]
        named = any("word" in token.senses for token in label) and not any(token.word.isupper() for token in label)
        if needed and named and not any(map(_is_mathematics, label)):
            return heard[end + 1 :]
    return heard


def _read(
    source: Source, heard: list[Token], language: str, policy: Policy, forced: tuple[str, ...]
) -> tuple[Node, Choices]:
    choices = Choices(forced)
    grammar = Grammar(source, heard, lexicon(language), policy, choices)
    items = grammar.whole()
    words = [token for token in heard if "pause" not in token.senses]
    if not words:
        raise ParseError("there are no words to read", source, (0, len(source.text)))
    if (
        not items
        or len(grammar.unread) > max(1, len(words) * _MAX_UNREAD)
        or not any(_is_mathematics(t) for t in heard)
    ):
        first = grammar.unread[0] if grammar.unread else words[0]
        unknown = ", ".join(dict.fromkeys(repr(token.word) for token in grammar.unread[:3]))
        message = f"too little of this is mathematics: {unknown or 'no operand'}"
        raise ParseError(message, source, (first.start, first.end))
    return row(items), choices


def _is_mathematics(token: Token) -> bool:
    return not ("word" in token.senses or "skip" in token.senses)
