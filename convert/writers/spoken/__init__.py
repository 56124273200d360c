"""The spoken form: a formula in words.

A style is a module of this package with a function ``phrases(node, voice, losses)``, and a row of `STYLES`.
"""

from __future__ import annotations

from importlib import import_module

from ...edges import Word
from ...errors import Losses, OptionError
from ...nodes import Node
from ...styles import STYLES
from .said import Spoken, Voice, marked_up, placed, plain

__all__ = ["STYLES", "Spoken", "Voice", "phrases", "write"]


def write(
    node: Node,
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
    """The words of a formula, or with `ssml` a document in SSML with pauses.

    Styles: "natural" is what people say, "exact" is unambiguous by its words alone. `language` is "en" or "ru"; the
    other options are those of a `Voice`. What is kept word for word because nothing knows it is added to `losses`, and
    each phrase to `words`, with the part of the formula that it speaks.
    Raises OptionError for values that are none of these, and for an option that the style does not take.
    """
    voice = Voice(language, letters, capital, verbosity, preferences, numbers)
    said = phrases(node, voice, losses=losses, style=style)
    if words is not None:
        words += (Word(part.text, part.span) for part in said if part.text)
    return marked_up(said, language=language) if ssml else plain(said)


def phrases(node: Node, voice: Voice, *, losses: Losses, style: str = "natural") -> list[Spoken]:
    """The phrases in order, each with the span of what it speaks."""
    check(voice, style)
    said: list[Spoken] = import_module(f".{style}", __package__).phrases(node, voice, losses)
    return said if all(part.span for part in said) else placed(said)


def check(voice: Voice, style: str) -> None:
    """OptionError for a style that does not exist, or one that does not take an option of the voice."""
    if style not in STYLES:
        raise OptionError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    for name, usual in Voice._field_defaults.items():
        if name != "language" and getattr(voice, name) != usual and name not in STYLES[style]:
            takers = " and ".join(other for other, options in STYLES.items() if name in options)
            raise OptionError(f"the style {style} takes no {name}; it is for {takers or 'no style'}")
