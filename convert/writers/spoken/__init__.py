"""The spoken form: a formula in words."""

from __future__ import annotations

from ...errors import Losses, OptionError
from ...nodes import Node

STYLES = ("exact",)


def write(node: Node, *, losses: Losses, style: str = "exact", language: str = "en") -> str:
    """The words of a formula.

    Styles: "exact" is unambiguous by its words alone. `language` is "en" or "ru". Raises OptionError for others.
    """
    if style not in STYLES:
        raise OptionError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    from . import exact

    return exact.write(node, losses=losses, language=language)
