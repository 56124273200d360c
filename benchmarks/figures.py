"""How many real TikZ figures are drawn, and how much they look like what TeX makes of them.

    python -m benchmarks.figures DATA [--out DIR] [--worst N]

DATA holds tikz_pairs/index.jsonl (id, tex, svg). Both figures are drawn at 110 pixels an inch and compared at
their real size: the chamfer F1 of their ink at 1.5 points, where they lie best upon each other.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np
from panmath.convert.errors import PanmathError
from panmath.convert.source import Source
from panmath.renderers import drawing, svg_reader
from panmath.renderers.compare import figure_likeness
from panmath.renderers.raster import raster
from panmath.renderers.tikz import read, write

from .report import percent, table

DPI = 110


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path)
    options.add_argument("--out", type=Path)
    options.add_argument("--worst", type=int, default=0)
    arguments = options.parse_args()
    folder = arguments.data / "tikz_pairs"
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    scores: dict[str, float] = {}
    times: list[float] = []
    reasons: Counter[str] = Counter()
    failed: list[str] = []
    for row in rows:
        theirs = raster((folder / row["svg"]).read_text(encoding="utf-8"), dpi=DPI, background="white")
        source = Source((folder / row["tex"]).read_text(encoding="utf-8"), row["id"])
        started = perf_counter()
        try:
            svg = drawing.draw(read(source, losses=[]), losses=[])
            times.append(perf_counter() - started)
            ours = raster(svg, dpi=DPI, background="white")
        except PanmathError as error:
            message = str(error).splitlines()[0].split(": ", 1)[-1]
            reasons[message[:90]] += 1
            failed.append(f"{row['id']}: {message[:100]}")
            continue
        scores[row["id"]] = figure_likeness(ours, theirs, dpi=DPI)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            (arguments.out / f"{row['id']}.png").write_bytes(ours)
            (arguments.out / f"{row['id']}.svg").write_text(svg, encoding="utf-8")
    values = np.array(sorted(scores.values())) if scores else np.zeros(1)
    good = int((values >= 0.9).sum())
    print(
        table(
            ("engine", "figures", "drawn, %", "likeness 0.9 or more, %", "median likeness", "median time, ms"),
            [
                (
                    "native", str(len(rows)), percent(len(scores), len(rows)), percent(good, len(rows)),
                    f"{np.median(values):.3f}", f"{1000 * float(np.median(times or [0])):.0f}",
                )
            ],
        )
    )  # fmt: skip
    print(table(("way", "SVGs", "likeness 0.98 or more, %", "median likeness"), _ways(folder, rows)))
    for line in failed[: arguments.worst]:
        print(line)
    for name, score in sorted(scores.items(), key=lambda item: item[1])[: arguments.worst]:
        print(f"{score:.3f} {name}")


def _ways(folder: Path, rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """SVG there and back, directly and by TikZ, which our own reader reads."""
    found: dict[str, list[float]] = {"SVG → scene → SVG": [], "SVG → TikZ → SVG": []}
    for row in rows:
        source = Source((folder / row["svg"]).read_text(encoding="utf-8"), row["id"])
        theirs = raster(source, dpi=DPI, background="white")
        for way, scores in found.items():
            try:
                scene = svg_reader.read(source, losses=[])
                if "TikZ" in way:
                    scene = read(Source(write(scene, losses=[]), row["id"]), losses=[])
                ours = raster(drawing.draw(scene, losses=[], margin=0), dpi=DPI, background="white")
                scores.append(figure_likeness(ours, theirs, dpi=DPI))
            except PanmathError:
                scores.append(0.0)
    return [
        (
            way,
            str(len(scores)),
            percent(sum(score >= 0.98 for score in scores), len(scores)),
            f"{np.median(scores):.3f}",
        )
        for way, scores in found.items()
    ]


if __name__ == "__main__":
    main()
