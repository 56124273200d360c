"""MathCAT's styles: SimpleSpeak, and its dialect of ClearSpeak, in English and Russian.

Both say the same structure by the same rules; where they differ, ClearSpeak's preferences and SimpleSpeak's end words
decide. The words are tables/mathcat.LANGUAGE.toml. "Simple" is used as ClearSpeak defines it: a number, a letter, a
small fraction, each with a minus or as a coefficient of letters, and functions of these.
"""

from __future__ import annotations

from ....errors import Losses, UnsupportedError
from ....nodes import Node, Table, walk
from ....normal import normal
from ....phrases import language_of
from ....source import Span
from ....structure import structure
from ..said import Spoken, Voice
from .dialect import Style
from .preferences import DIALECT, settings_of
from .speaker import Speaker


def is_asked_for(voice: Voice) -> bool:
    """Whether the preferences ask for this dialect of ClearSpeak."""
    return DIALECT in voice.preferences.split(":")


def phrases(node: Node, voice: Voice, losses: Losses, style: Style) -> list[Spoken]:
    """The phrases in order: of ClearSpeak for "clear", of SimpleSpeak for "simple".

    Raises OptionError for what is no preference, and no value of one.
    """
    speaker = Speaker(language_of(voice.language), settings_of(voice, style), losses, _ruled(node))
    try:
        speaker.whole(structure(normal(node)))
    except RecursionError:
        raise UnsupportedError("the formula is nested too deep to be spoken") from None
    return speaker.said


def _ruled(node: Node) -> dict[Span, Table]:
    """The tables with lines between their cells, by their place; the normal form does without lines."""
    found = {}
    for part in walk(node):
        if isinstance(part, Table) and part.span is not None and ({"|", ":"} & {*part.columns} or any(part.rules)):
            found[part.span] = part
    return found
