"""Readers of spoken formulas: what people say, and the exact style."""

from __future__ import annotations

from ...errors import Losses, OptionError
from ...nodes import Node
from ...phrases import language_of
from ...source import Source
from .natural import Reading, readings
from .scope import Policy

__all__ = ["Policy", "Reading", "read", "readings"]

STYLES = ("natural", "exact")


def read(
    source: Source, *, losses: Losses, style: str = "natural", language: str = "en", policy: Policy | None = None
) -> Node:
    """The likeliest formula. `policy` says how far constructs reach where the words leave it open (natural only).

    Raises ParseError where the words are no mathematics, or not of the exact style; OptionError for other values.
    """
    match style:
        case "natural":
            found = readings(source, language=language_of(language), policy=policy or Policy())
            return found[0].node
        case "exact":
            from . import exact

            return exact.read(source, losses=losses, language=language)
        case _:
            raise OptionError(f"style is one of {', '.join(STYLES)}, not {style!r}")
