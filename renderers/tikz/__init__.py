"""TikZ ↔ scene. `reader` reads documents and commands; what stands below it, each built on the next, is `path_reader`,
`edges`, `node_reader`, `painting`, `plots`, `shapes`, `coordinates`, `texts`, `control`, `keys`. `axis` reads pgfplots;
`decorations` and `matrices` draw what is called so; `expressions`, `options`, `nodes`, `paths` and `colors` are the
values that they share. `writer` writes.
"""

from .reader import read
from .writer import write

__all__ = ["read", "write"]
