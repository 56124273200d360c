"""Pictures of figures to scenes: ``python -m benchmarks.picture_to_figure DATA [--count N] [--photographs DIR]``.

Figures are made as for the training, from a part of the stream that it does not see, drawn by panmath's own program
(resvg) or by matplotlib, as they are or scanned: turned up to a degree, blurred, noisy, unevenly lit, as JPEG.
"likeness" is the chamfer F1 of the ink of the figure and of what was read, drawn at the same size, at 1.5 points;
"labels" the share of labels read exactly among all that there are or that were read; "read" are the figures that are
not refused, "valid" how many scenes of them become TikZ that is read again, SVG and words; "sure" are those with a
confidence of 0.5 or more. What is no figure is to be refused: photographs, made or from a folder, and the formulas of
formula_images_dev.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from time import process_time

import numpy as np
import torch
from panmath.convert.errors import PanmathError
from panmath.convert.logistic import Logistic
from panmath.convert.source import Source
from panmath.models.figures.kinds import Kinds, loaded
from panmath.models.picture_to_figure import EDGE, answer, confidence
from panmath.models.seeing import Detector
from panmath.models.seeing import loaded as reader
from panmath.models.store import find
from panmath.models.train.picture_to_figure import Trial, trial
from panmath.models.train.pictures import photograph
from panmath.renderers import description, drawing, tikz
from panmath.renderers.scene import Scene

from .report import percent, table

SEED = 20261201
"""Not that of the training."""
DPI = (90, 110, 150, 200)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--count", type=int, default=100, help="figures of each way to draw them")
    parser.add_argument("--photographs", type=Path, action="append", default=[], help="a folder with more of them")
    args = parser.parse_args()
    torch.set_num_threads(1)
    folder = find(args.model, EDGE)
    kinds, detector = loaded(folder, "cpu", "fp32"), reader(find("panmath-see"), "cpu", "fp32")
    judge = confidence(folder)
    shares = ("0.9 or more, %", "labels, %", "read, %", "valid, %", "sure, %", "right of these, %")
    head = ["figures", "number", "likeness", *shares, "ms"]
    rows = []
    for renderer, scans in itertools.product(("resvg", "matplotlib"), (False, True)):
        started = process_time()
        found = [
            trial(number, SEED, kinds, detector, float(DPI[number % len(DPI)]), renderer, scans)
            for number in range(args.count)
        ]
        seconds = (process_time() - started) / args.count
        rows.append(_row(f"{renderer}{', scanned' if scans else ''}", found, judge, seconds))
    print(table(head, rows), end="\n\n")
    made = (photograph(Random(f"{SEED}/{number}")) for number in range(args.count))
    real = (
        path.read_bytes()
        for folder in args.photographs
        for path in sorted(folder.iterdir())
        if path.suffix in (".jpg", ".jpeg", ".png")
    )
    formulas = (path.read_bytes() for path in sorted((args.data / "formula_images_dev").glob("*.png"))[::8])
    print(
        table(
            ["no figures", "number", "refused, %", "refused or doubted (below 0.3), %"],
            [
                _refused("photographs, made", made, kinds, detector, judge),
                _refused("photographs, given", real, kinds, detector, judge),
                _refused("formulas", formulas, kinds, detector, judge),
            ],
        )
    )


def _row(name: str, found: list[Trial], judge: Logistic, seconds: float) -> list[str]:
    there, read, both = (sum(one.labels[at] for one in found) for at in range(3))
    scenes = [one.scene for one in found if one.scene is not None]
    sure = [one for one in found if one.evidence is not None and judge.probability(one.evidence) >= 0.5]
    return [
        name, str(len(found)), f"{np.mean([one.likeness for one in found]):.3f}",
        percent(sum(one.likeness >= 0.9 for one in found), len(found)), percent(both, max(there, read)),
        percent(len(scenes), len(found)), percent(sum(map(_is_valid, scenes)), len(scenes)),
        percent(len(sure), len(found)), percent(sum(one.is_right for one in sure), len(sure)), f"{1000 * seconds:.0f}",
    ]  # fmt: skip


def _is_valid(scene: Scene) -> bool:
    try:
        tikz.read(Source(tikz.write(scene, losses=[])), losses=[])
        drawing.draw(scene, losses=[])
        return bool(description.write(scene, losses=[]))
    except PanmathError:
        return False


def _refused(name: str, pictures: Iterable[bytes], kinds: Kinds, detector: Detector, judge: Logistic) -> list[str]:
    weights = list(_weights(pictures, kinds, detector, judge))
    refused, doubted = (sum(weight < least for weight in weights) for least in (0.0, 0.3))
    return [name, str(len(weights)), percent(refused, len(weights)), percent(doubted, len(weights))]


def _weights(pictures: Iterable[bytes], kinds: Kinds, detector: Detector, judge: Logistic) -> Iterator[float]:
    """The weight of each answer; -1 where there is none."""
    for picture in pictures:
        try:
            yield answer(picture, kinds, detector, judge).weight
        except PanmathError:
            yield -1.0


if __name__ == "__main__":
    main()
