"""How much panmath's pictures look like those of pdfTeX: chamfer F1 of the ink, formula by formula.

    python benchmarks/likeness.py DATA [--worst N] [--out DIR]

DATA holds formula_images_dev/index.jsonl (image, latex, dpi). With --out, the worst pairs are written there as PNG,
pdfTeX's picture above panmath's.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from panmath.convert.errors import PanmathError
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.renderers.compare import crop, ink, likeness
from panmath.renderers.formula import draw
from PIL import Image


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path)
    options.add_argument("--worst", type=int, default=20)
    options.add_argument("--out", type=Path)
    arguments = options.parse_args()
    folder = arguments.data / "formula_images_dev"
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    scores = []
    for row in rows:
        theirs = (folder / row["image"]).read_bytes()
        try:
            ours = draw(tex.read(Source(row["latex"]), losses=[]), format="png", size=10, dpi=row["dpi"], embed=False)
        except PanmathError as error:
            print(f"not drawn: {row['latex']}\n{error}")
            scores.append((0.0, 1.0, row, b""))
            continue
        found = likeness(ours, theirs)
        scores.append((found.score, found.aspect, row, ours))
    values = np.array([score for score, _, _, _ in scores])
    aspects = np.array([aspect for _, aspect, _, _ in scores])
    print(f"formulas {len(values)}, not drawn {sum(not ours for *_, ours in scores)}")
    print(f"chamfer F1: mean {values.mean():.4f}, median {np.median(values):.4f}", end="")
    print(f", 5th percentile {np.percentile(values, 5):.4f}, lowest {values.min():.4f}")
    print(f"width in proportion to height, ours over pdfTeX's: median {np.median(aspects):.3f}", end="")
    print(f", 5th to 95th percentile {np.percentile(aspects, 5):.3f} to {np.percentile(aspects, 95):.3f}")
    worst = sorted(scores, key=lambda item: item[0])[: arguments.worst]
    for score, aspect, row, _ in worst:
        print(f"{score:.3f} {aspect:.2f} {row['image']} {row['latex'][:140]}")
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for rank, (_, _, row, ours) in enumerate(worst):
            if ours:
                _pair((folder / row["image"]).read_bytes(), ours).save(arguments.out / f"{rank:03}-{row['image']}")


def _pair(above: bytes, below: bytes) -> Image.Image:
    """Two pictures one above the other, cut to their ink."""
    parts = [Image.fromarray(~crop(ink(picture))) for picture in (above, below)]
    pair = Image.new("L", (max(part.width for part in parts) + 12, sum(part.height for part in parts) + 24), 255)
    pair.paste(parts[0], (6, 6))
    pair.paste(parts[1], (6, parts[0].height + 18))
    return pair


if __name__ == "__main__":
    main()
