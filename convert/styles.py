"""The list of the styles of speech, which the schema of options and the spoken writer read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STYLES: Final[Mapping[str, tuple[str, ...]]] = {
    "natural": ("letters", "capital", "numbers"),
    "exact": (),
    "mathspeak": ("verbosity",),
    "clearspeak": ("preferences",),
    "simplespeak": ("verbosity", "preferences"),
}
"""The styles, the default first, and which options each takes. A style is a module of `writers.spoken`."""
