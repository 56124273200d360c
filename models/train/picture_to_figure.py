"""Trains what tells kinds of pictures apart for picture → figure, on pictures made at random."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from panmath.convert.errors import PanmathError
from panmath.convert.logistic import to_table
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import tex as tex_writer
from panmath.renderers.compare import figure_likeness
from panmath.renderers.formula import draw
from panmath.renderers.scene import Label, Scene
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset
from transformers import Trainer

from ..figures.kinds import NO_FIGURES, FigureKind, FigureKindConfig, Kinds, loaded, view
from ..picture_to_figure import EDGE, Evidence, look
from ..pictures import opened
from ..seeing import Detector
from ..seeing import loaded as reader
from ..store import find
from .figures import KINDS, figure, shapes
from .logistic import fitted
from .pairs import is_held_back
from .pictures import RENDERERS, drawn, photograph, scanned, with_dpi
from .run import run

ALL_KINDS: Final = (*KINDS, *NO_FIGURES)
_ALIKE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures are made; chances are from 0 to 1. `figures` is the share of figures among all."""

    dpi: tuple[int, int]
    figures: float
    matplotlib: float
    scanned: float


@dataclass(frozen=True)
class Formulas:
    """The lines of files of formulas, without those of tests."""

    lines: Sequence[str]
    held_back: frozenset[str]

    def picture(self, random: Random, dpi: float) -> bytes:
        """A formula that can be drawn."""
        while True:
            tex = random.choice(self.lines)
            if len(tex) > 200 or is_held_back(tex, self.held_back):
                continue
            try:
                node = tex_reader.read(Source(tex), losses=[], strict=True)
                size, margin = random.uniform(9, 22), random.uniform(1, 16)
                return bytes(
                    draw(
                        node,
                        losses=[],
                        format="png",
                        dpi=dpi,
                        size=size,
                        margin=margin,
                        background="white",
                        embed=False,
                    )
                )
            except PanmathError:
                continue


def formulas(data: Path) -> Formulas:
    """The formulas of a data folder."""
    lines = [
        line for name in ("school", "arxiv") for line in (data / f"latex_{name}.txt").read_text("utf-8").splitlines()
    ]
    return Formulas(lines, frozenset((data / "test_formula_hashes.txt").read_text().split()))


def example(number: int, seed: int, source: Formulas, look: Look) -> tuple[str, bytes]:
    """A picture of a stream, and its kind."""
    random = Random(f"{seed}/{number}")
    dpi = float(random.randint(*look.dpi))
    if random.random() < look.figures:
        made = figure(number, seed)
        kind = made.kind
        picture = drawn(made.scene, dpi, RENDERERS[random.random() < look.matplotlib])
    else:
        kind = random.choice(NO_FIGURES)
        picture = photograph(random) if kind == "photograph" else source.picture(random, dpi)
    return kind, scanned(picture, random) if kind != "photograph" and random.random() < look.scanned else picture


@dataclass
class Batches(Dataset[dict[str, Tensor]]):
    """Item `n` is batch `n` of the stream, made when it is asked for."""

    source: Formulas
    look: Look
    seed: int
    count: int
    size: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        made = [
            example(2 * at, self.seed, self.source, self.look)
            for at in range(number * self.size, (number + 1) * self.size)
        ]
        pixels = torch.from_numpy(np.stack([view(opened(picture)) for _, picture in made]))
        return {"pixel_values": pixels, "labels": torch.tensor([ALL_KINDS.index(kind) for kind, _ in made])}


class _Trainer(Trainer):
    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **_: Any) -> Any:
        found = model(inputs["pixel_values"])
        value = functional.cross_entropy(found.float(), inputs["labels"], label_smoothing=0.02)
        return (value, found) if return_outputs else value


def look_of(config: dict[str, Any]) -> Look:
    """The [look] of a configuration."""
    table: dict[str, Any] = config["look"]
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    return Look(**settings)


def train(config: dict[str, Any], data: Path, out: Path, threads: int) -> None:
    """Train or go on training; the finished checkpoint is in `out`."""
    settings = config["training"]
    torch.manual_seed(settings["seed"])
    model = FigureKind(FigureKindConfig(list(ALL_KINDS), **config["model"]))
    batches = Batches(formulas(data), look_of(config), settings["seed"], settings["steps"], settings["batch_size"])
    run(partial(_Trainer, model), batches, settings, out, threads)
    model.save_pretrained(out)
    calibrate(out, settings["seed"] + 1, settings["calibrated"], look_of(config))


class Trial(NamedTuple):
    """A figure of known contents, and what was read from a picture of it. `likeness` is the chamfer F1 of the ink of
    both, drawn at the same size, `labels` are those that the figure has, those that were read, and those of both.
    """

    kind: str
    likeness: float
    labels: tuple[int, int, int]
    evidence: Evidence | None
    scene: Scene | None

    @property
    def is_right(self) -> bool:
        """Whether it looks the same, and all labels are read."""
        return self.likeness >= _ALIKE and self.labels[0] == self.labels[1] == self.labels[2]


def trial(number: int, seed: int, kinds: Kinds, detector: Detector, dpi: float, renderer: str, scans: bool) -> Trial:
    """Draws a figure that is not trained on, and reads it."""
    made = figure(2 * number + 1, seed)
    clean = drawn(made.scene, dpi, renderer)
    shown = with_dpi(scanned(clean, Random(f"{seed}/{number}/scan")) if scans else clean, dpi)
    truth = Counter(texts(made.scene))
    try:
        scene, known = look(shown, kinds, detector)
        again = drawn(scene, dpi)
    except PanmathError:
        return Trial(made.kind, 0.0, (truth.total(), 0, 0), None, None)
    read = Counter(texts(scene))
    counts = (truth.total(), read.total(), (truth & read).total())
    return Trial(made.kind, figure_likeness(clean, again, dpi=dpi), counts, known, scene)


def texts(scene: Scene) -> list[str]:
    """What is written on a figure, in TeX."""
    found = [line for shape in shapes(scene) if isinstance(shape, Label) for line in shape.lines]
    return [tex_writer.write(line, losses=[]) for line in found]


def trials(seed: int, count: int, folder: Path, look: Look) -> list[Trial]:
    """Figures drawn and disturbed as those of the training, but others."""
    kinds, detector = loaded(folder, "cpu", "fp32"), reader(find("panmath-see"), "cpu", "fp32")
    found = []
    for number in range(count):
        random = Random(f"{seed}/{number}/look")
        renderer, scans = RENDERERS[random.random() < look.matplotlib], random.random() < look.scanned
        found.append(trial(number, seed, kinds, detector, float(random.randint(*look.dpi)), renderer, scans))
    return found


def calibrate(folder: Path, seed: int, count: int, look: Look) -> None:
    """Fits the confidence of a checkpoint to figures that were not trained on, into its confidence.json."""
    known = [(one.evidence, one.is_right) for one in trials(seed, count, folder, look) if one.evidence is not None]
    regression = fitted([evidence for evidence, _ in known], [right for _, right in known])
    content = to_table(regression, Evidence._fields)
    (folder / "confidence.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def evaluate(config: dict[str, Any], data: Path, model: str, count: int) -> list[tuple[str, str]]:
    """The labels of figures that were not trained on: what is read, or nothing, and the truth. `data` is not needed."""
    found: list[tuple[str, str]] = []
    seed = config["training"]["seed"] + 2
    for number, one in enumerate(trials(seed, count, find(model, EDGE), look_of(config))):
        read = Counter(texts(one.scene)) if one.scene is not None else Counter[str]()
        for text in texts(figure(2 * number + 1, seed).scene):
            found.append((text if read[text] else "", text))
            read[text] -= 1
    return found
