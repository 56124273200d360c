"""The spoken form: a formula in words."""

from __future__ import annotations

from ...errors import Losses, OptionError
from ...nodes import Node

STYLES = ("natural", "exact")


def write(
    node: Node,
    *,
    losses: Losses,
    style: str = "natural",
    language: str = "en",
    letters: str = "plain",
    capital: str = "",
    ssml: bool = False,
) -> str:
    """The words of a formula.

    Styles: "natural" is what people say, "exact" is unambiguous by its words alone. `language` is "en" or "ru".
    `letters` and `capital` are those of `natural.Voice`, `ssml` adds pauses; all three belong to the natural style.
    Raises OptionError for values that are none of these.
    """
    match style:
        case "natural":
            from . import natural

            return natural.write(node, losses=losses, language=language, letters=letters, capital=capital, ssml=ssml)
        case "exact":
            from . import exact

            return exact.write(node, losses=losses, language=language)
        case _:
            raise OptionError(f"style is one of {', '.join(STYLES)}, not {style!r}")
