"""Pictures of formulas to LaTeX by the learned edge: ``python -m benchmarks.image_to_tex DATA [--fonts FONT…]``.

The pictures of formula_images_dev are set by pdfTeX at 100 to 220 dpi, which panmath itself does not use to draw. Exact
and the character error rate (CER) are by `convert.fi`. "verified" is the share of answers that the way back confirms,
"right" how many of those are exact. With `--fonts` the same formulas are drawn in other fonts, by other programs; those
that a program cannot set are left out.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import torch
from panmath.convert.distance import levenshtein
from panmath.convert.errors import PanmathError
from panmath.convert.fi import fi
from panmath.models.drawn_back import drawn_back
from panmath.models.image_to_tex import read_many

from .other_fonts import drawn
from .report import percent, table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--every", type=int, default=1, help="take each Nth picture only")
    parser.add_argument(
        "--fonts", nargs="+", metavar="FONT", default=[],
        help="draw the formulas in these fonts: names of panmath's own, files of OpenType maths fonts, "
        "mathtext:stixsans and the like, mathjax",
    )  # fmt: skip
    parser.add_argument("--no-verify", action="store_true", help="do not draw the answers back")
    args = parser.parse_args()
    torch.set_num_threads(1)
    folder = args.data / "formula_images_dev"
    lines = (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()[:: args.every]
    sums: dict[str, defaultdict[str, float]] = {}
    for name, picture, latex in _pictures(folder, [json.loads(line) for line in lines], args.fonts):
        _count(sums.setdefault(name, defaultdict(float)), picture, latex, args.model, not args.no_verify)
    print(
        table(["pictures", "number", "exact", "CER", "verified", "right", "ms"], [_row(*item) for item in sums.items()])
    )


def _pictures(folder: Path, rows: list[dict[str, str]], fonts: list[str]) -> Iterator[tuple[str, bytes, str]]:
    """Where each picture belongs, the picture, and its formula."""
    kinds = [row["image"].partition("_")[0] for row in rows]
    if not fonts:
        yield from (
            (kind, (folder / row["image"]).read_bytes(), row["latex"]) for kind, row in zip(kinds, rows, strict=True)
        )
    for font in fonts:
        pictures = drawn([row["latex"] for row in rows], font)
        for kind, row, picture in zip(kinds, rows, pictures, strict=True):
            if picture is not None:
                yield f"{kind}, {font}", picture, row["latex"]


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
