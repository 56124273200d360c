"""Questions about figures, answered from the scene, in English and Russian.

What a question may be is told by the patterns of questions.toml: about shapes (`shapes`), the named points of a drawing
(`points`), and axes with curves and bars (`charts`); options to choose from are compared with the answer (`choices`).
"""

from __future__ import annotations

from .answers import answer
from .table import Answer

__all__ = ["Answer", "answer"]
