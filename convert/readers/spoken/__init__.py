"""Readers of spoken formulas: what people say, and the exact style."""

from __future__ import annotations

import math

from ...edges import Answer
from ...errors import Losses, OptionError
from ...nodes import Node
from ...phrases import language_of
from ...source import Source
from .certainty import certainty
from .natural import Reading, readings
from .scope import Policy

__all__ = ["Policy", "Reading", "read", "read_several", "readings"]

GRAMMARS = ("natural", "exact")


def read(source: Source, *, losses: Losses, grammar: str = "natural", language: str = "en") -> Node:
    """The likeliest formula; `readings` gives the others too, and takes a policy of how far constructs reach.

    Raises ParseError where the words are no mathematics, or not of the exact style; OptionError for other values.
    """
    match grammar:
        case "natural":
            best = readings(source, language=language_of(language))[0]
            losses.extend(best.losses)
            return best.node
        case "exact":
            from . import exact

            return exact.read(source, losses=losses, language=language)
        case _:
            raise OptionError(f"grammar is one of {', '.join(GRAMMARS)}, not {grammar!r}")


def read_several(source: Source, *, limit: int, grammar: str = "natural", language: str = "en") -> list[Answer]:
    """At most `limit` formulas, the likeliest first, with the probability that it is meant as weight.

    The exact style has one reading, which is certain. Raises as `read` does.
    """
    if grammar != "natural":
        losses: Losses = []
        node = read(source, losses=losses, grammar=grammar, language=language)
        return [Answer(node, 1.0, tuple(losses))]
    found = readings(source, language=language_of(language), limit=limit)
    sure, best = certainty(found[0].evidence), found[0].score
    return [Answer(reading.node, sure * math.exp(reading.score - best), reading.losses) for reading in found]
