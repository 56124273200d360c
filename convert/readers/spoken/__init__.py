"""Readers of spoken formulas: what people say, and the exact style."""

from __future__ import annotations

from ...errors import Losses, OptionError
from ...nodes import Node
from ...phrases import language_of
from ...source import Source
from .natural import Reading, readings
from .scope import Policy

__all__ = ["Policy", "Reading", "read", "readings"]

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
