"""Pictures of formulas to LaTeX by the learned edge: ``python -m benchmarks.image_to_tex DATA``.

The pictures of formula_images_dev are set by pdfTeX at 100 to 220 dpi, which panmath itself does not use to draw. Exact
and the character error rate (CER) are by `convert.fi`. "verified" is the share of answers that the way back confirms,
"right" how many of those are exact.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from time import process_time

import torch
from panmath.convert.distance import levenshtein
from panmath.convert.errors import PanmathError
from panmath.convert.fi import fi
from panmath.models.drawn_back import drawn_back
from panmath.models.image_to_tex import read_many

from .report import percent, table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--every", type=int, default=1, help="take each Nth picture only")
    parser.add_argument("--no-verify", action="store_true", help="do not draw the answers back")
    args = parser.parse_args()
    torch.set_num_threads(1)
    folder = args.data / "formula_images_dev"
    lines = (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()[:: args.every]
    sums: dict[str, defaultdict[str, float]] = {}
    for row in map(json.loads, lines):
        counts = sums.setdefault(row["image"].partition("_")[0], defaultdict(float))
        _count(counts, (folder / row["image"]).read_bytes(), row["latex"], args.model, not args.no_verify)
    print(
        table(["pictures", "number", "exact", "CER", "verified", "right", "ms"], [_row(*item) for item in sums.items()])
    )


def _count(counts: defaultdict[str, float], picture: bytes, latex: str, model: str, verifies: bool) -> None:
    started = process_time()
    found = read_many([picture], limit=1, model=model)[0]
    counts["seconds"] += process_time() - started
    tex = "" if isinstance(found, PanmathError) else found[0].value.text
    got, truth = fi(tex), fi(latex)
    counts["number"] += 1
    counts["exact"] += got == truth
    counts["edits"] += levenshtein(got, truth)
    counts["length"] += len(truth)
    if verifies and tex and drawn_back(picture, found[0].value, model=model).state == "verified":
        counts["verified"] += 1
        counts["right"] += got == truth


def _row(name: str, counts: defaultdict[str, float]) -> list[str]:
    number = int(counts["number"])
    return [
        name, str(number), percent(int(counts["exact"]), number), percent(int(counts["edits"]), int(counts["length"])),
        percent(int(counts["verified"]), number), percent(int(counts["right"]), int(counts["verified"])),
        f"{1000 * counts['seconds'] / number:.0f}",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
