"""Words → figures: what a description in English or Russian asks for, as a scene.

Each sentence is tried as one of a few forms (shapes and things, plots, number lines, charts, graphs, constructions);
a sentence that is none of them, or has a word that is not known, is refused with that word.
"""

from __future__ import annotations

from .reader import read

__all__ = ["read"]
