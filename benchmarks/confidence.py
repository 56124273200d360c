"""How far the confidence of answers can be trusted: ``python -m benchmarks.confidence DATA [--draw FOLDER]``.

Reliability (Niculescu-Mizil and Caruana, 2005): of the answers whose confidence lies in a tenth, how sure they are in
the mean, and how many are right; ECE is the mean distance of the two, weighted by number (Naeini et al., 2015). Risk
and coverage (El-Yaniv and Wiener, 2010): of the surest share of all inputs, how many answers are wrong. An input
without an answer is one with confidence 0. `--draw` writes both as reliability.svg and risk_coverage.svg.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import torch
from panmath.convert import Pipeline
from panmath.convert.fi import fi

from .report import table
from .spoken_to_tex import data_sets

BINS = 10
COVERAGES = (25, 50, 75, 100)


class Judged(NamedTuple):
    """How sure an answer is, and whether it is right."""

    confidence: float
    right: bool


def pictures(data: Path, every: int) -> Iterator[tuple[str, list[Judged]]]:
    """Answers for each kind of picture."""
    folder = data / "formula_images_dev"
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()[::every]]
    reader = Pipeline("image", "tex")
    for kind in dict.fromkeys(row["image"].partition("_")[0] for row in rows):
        chosen = [row for row in rows if row["image"].startswith(f"{kind}_")]
        files = ((folder / row["image"]).read_bytes() for row in chosen)
        yield f"pictures, {kind}", judged(reader, files, [row["latex"] for row in chosen])


def words(data: Path, every: int) -> Iterator[tuple[str, list[Judged]]]:
    """Answers of the rules for each set of spoken formulas."""
    for name, language, pairs in data_sets(data):
        if not name.startswith("pairs_train"):
            chosen = pairs[::every]
            reader = Pipeline(f"spoken.{language}", "tex")
            yield name, judged(reader, (said for said, _ in chosen), [truth for _, truth in chosen], folded=True)


def judged(
    reader: Pipeline, inputs: Iterator[bytes] | Iterator[str], truths: Sequence[str], *, folded: bool = False
) -> list[Judged]:
    """Each answer against the truth by the format-insensitive rule, with case folded where nobody says it."""
    found = []
    for result, truth in zip(reader.map(inputs, on_error="return"), truths, strict=True):
        got, wanted = (fi(tex).lower() if folded else fi(tex) for tex in (str(result.value or ""), truth))
        found.append(Judged(0.0 if result.error else result.confidence, bool(got) and got == wanted))
    return found


def reliability(answers: Sequence[Judged]) -> list[tuple[float, float, int]]:
    """Mean confidence, share that is right, and number of each tenth that has answers."""
    bins: list[list[Judged]] = [[] for _ in range(BINS)]
    for one in answers:
        bins[min(int(one.confidence * BINS), BINS - 1)].append(one)
    return [
        (sum(one.confidence for one in bin) / len(bin), sum(one.right for one in bin) / len(bin), len(bin))
        for bin in bins
        if bin
    ]


def risks(answers: Sequence[Judged]) -> list[float]:
    """The share of wrong answers among the 1, 2, 3, … surest."""
    surest = sorted(answers, key=lambda one: -one.confidence)
    wrong = accumulate(not one.right for one in surest)
    return [count / number for number, count in enumerate(wrong, 1)]


def row(name: str, answers: Sequence[Judged]) -> list[str]:
    gap = sum(number * abs(sure - right) for sure, right, number in reliability(answers)) / len(answers)
    curve = risks(answers)
    return [
        name, str(len(answers)), f"{gap:.3f}",
        *(f"{100 * curve[max(len(curve) * share // 100, 1) - 1]:.1f}" for share in COVERAGES),
    ]  # fmt: skip


def draw(found: dict[str, list[Judged]], folder: Path) -> None:
    from matplotlib import pyplot

    pyplot.rcParams["svg.hashsalt"] = "panmath"
    for file, title, across, up in (
        ("reliability", "Reliability", "confidence", "right"),
        ("risk_coverage", "Risk and coverage", "the surest … of all inputs", "wrong"),
    ):
        figure, axes = pyplot.subplots(figsize=(5.6, 4.2), layout="constrained")
        for name, answers in found.items():
            if file == "reliability":
                points = [point for point in reliability(answers) if point[2] >= BINS]
                axes.plot([sure for sure, _, _ in points], [right for _, right, _ in points], "o-", ms=3, label=name)
            else:
                curve = risks(answers)
                axes.plot([(at + 1) / len(curve) for at in range(len(curve))], curve, label=name)
        if file == "reliability":
            axes.plot([0, 1], [0, 1], color="gray", linestyle=":")
        axes.set(xlabel=across, ylabel=up, title=title, xlim=(0, 1), ylim=(0, 1))
        axes.legend(fontsize=7)
        figure.savefig(folder / f"{file}.svg", metadata={"Date": None})
        pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take each Nth input only")
    parser.add_argument("--draw", type=Path, help="write the two diagrams into this folder")
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = dict([*pictures(args.data, args.every), *words(args.data, args.every)])
    head = ["set", "inputs", "ECE", *(f"wrong of {share} %" for share in COVERAGES)]
    print(table(head, [row(name, answers) for name, answers in found.items()]))
    if args.draw:
        draw(found, args.draw)


if __name__ == "__main__":
    main()
