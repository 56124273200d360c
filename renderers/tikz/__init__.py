"""TikZ ↔ scene. `reader` reads; `expressions`, `options`, `keys`, `nodes`, `paths` and `decorations` are its parts;
`axis` reads pgfplots; `writer` writes.
"""

from .reader import read
from .writer import write

__all__ = ["read", "write"]
