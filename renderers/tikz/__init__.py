"""TikZ ↔ scene.

`engines` asks what is there: `reader`, our own, or `tikzjax` and `tex`, which are programs and take a `document`.
`reader` reads documents and commands; below it stand, each built on the next, `path_reader`, `pics` and `trees`,
`edges`, `node_reader`, `painting`, `plots`, `shapes`, `asides`, `coordinates`, `texts`, `control`, `keys`; `actions` is
the table of options. `axis` reads pgfplots, and `axis_drawing` draws it; `decorations`, `matrices`, `mindmaps` and
`crossings` do what is called so; `expressions`, `options`, `nodes`, `paths` and `colors` are the values they share.
`writer` writes.
"""

from .reader import read
from .writer import write

__all__ = ["read", "write"]
