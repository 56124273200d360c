"""Trains the symbol detector of image → tex on formulas that TeX sets: resumable, from a stream that its seed fixes.

Piece `n` of the stream is one run of `latex` and `dvipng` at one resolution; it depends on the seed and `n` alone.
"""

from __future__ import annotations

import io
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from panmath.convert.errors import PanmathError
from panmath.convert.fi import fi
from panmath.convert.logistic import Logistic, beside, to_table
from panmath.convert.nodes import Node
from panmath.convert.source import Source
from panmath.convert.writers import tex as writer
from PIL import Image, ImageFilter
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset
from transformers import Trainer

from ..detector import EM, STRIDE, Found, SymbolDetector, SymbolDetectorConfig
from ..drawn_back import Agreement, Judge, bounded, compared, judge
from ..image_to_tex import Evidence, answers, evidence, read_many, spare_ink
from ..pictures import ink
from ..seeing import Detector, Seen
from ..store import find
from ..symbols import Page
from .logistic import fitted
from .pairs import Sources, is_held_back, load
from .rare import Rare
from .run import run
from .typeset import Picture, moved, typeset
from .typst_pages import installed_font, set_by_typst

Pixels = npt.NDArray[np.float32]
"""Height × width, 1 for ink and 0 for paper."""

_PIECE: Final = 96
"""Formulas of a run of TeX."""
_SCAN: Final = 40
"""Pieces that are looked at for the names of symbols."""
_SEEN: Final = 3
"""How often a symbol must stand in them to be learned."""
_LOW: Final = 0.35
"""Ems of the height of a symbol from which on it tells the size."""
_FOLDS: Final = 5
_WANTED: Final = 0.97
"""The share of verified answers that are to be right."""
_MOST: Final = (256, 800)
"""Rows and columns of the largest picture that is trained on."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Maths fonts other than TeX's own, `of_piece` of them in a piece. `share` of the formulas, from 0 to 1, are set in
    them, and `held_back` of those by which confidence and verification are fitted.

    `files` are names of OpenType fonts with a table MATH, which stand in renderers/fonts or are known to kpsewhich.
    """

    share: float
    held_back: float
    of_piece: int
    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures are disturbed; chances are from 0 to 1."""

    dpi: tuple[int, int]
    em: tuple[float, float]
    """Pixels of the font size, as the network sees it."""
    blurred: float
    noisy: float
    jpeg: float
    faded: float
    shaded: float
    turned: float
    inline: float
    recombined: float
    shares: dict[str, float]
    rare: Rare
    fonts: Fonts


def formulas(piece: int, seed: int, sources: Sources, look: Look) -> list[str]:
    """The formulas of a piece of the stream, none of which is one of a test."""
    random = Random(f"{seed}/{piece}")
    names = list(look.shares)
    found: list[str] = []
    while len(found) < _PIECE:
        file = random.choices(names, [look.shares[name] for name in names])[0]
        node = random.choice(sources.formulas[file])
        if random.random() < look.recombined:
            node = sources.pool.swapped(node, random, 0.4)
        tex = look.rare.put(_written(node), random)
        if tex and len(tex) < 300 and not is_held_back(tex, sources.held_back):
            found.append(rf"\textstyle {tex}" if random.random() < look.inline else tex)
    return found


def _written(node: Node) -> str:
    try:
        return writer.write(node, losses=[])
    except PanmathError:
        return ""


def pictures(piece: int, seed: int, sources: Sources, look: Look) -> Iterator[Picture]:
    """The pictures of a piece, as TeX draws them, and as Typst draws them in other fonts."""
    made, dpi = formulas(piece, seed, sources, look), Random(f"{seed}/{piece}/dpi").randint(*look.dpi)
    others = round(look.fonts.share * len(made))
    if others < len(made):
        yield from typeset(made[others:], dpi)
    random = Random(f"{seed}/{piece}/fonts")
    for number, file in enumerate(random.sample(look.fonts.files, look.fonts.of_piece) if others else ()):
        part = made[:others][number :: look.fonts.of_piece]
        yield from set_by_typst(part, installed_font(file), random.randint(*look.dpi))


def disturbed(picture: Picture, random: Random, look: Look) -> tuple[Pixels, Page]:
    """A picture as somebody else might have it, at a size that the network is used to."""
    image = Image.fromarray(picture.gray)
    if random.random() < look.turned:
        image = image.rotate(random.uniform(-0.6, 0.6), Image.Resampling.BICUBIC, fillcolor=255)
    em = max((symbol.size for symbol in picture.page.symbols), default=EM)
    scale = random.uniform(*look.em) / em
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image = image.resize(size, random.choice((Image.Resampling.BICUBIC, Image.Resampling.BILINEAR)))
    if random.random() < look.blurred:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.1)))
    if random.random() < look.jpeg:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=random.randint(25, 85))
        image = Image.open(buffer)
    ink = 1 - np.asarray(image, np.float32) / 255
    noise = np.random.default_rng(random.getrandbits(32))
    if random.random() < look.shaded:
        ramp = np.linspace(random.uniform(0, 0.3), random.uniform(0, 0.3), ink.shape[1], dtype=np.float32)
        ink = ink * (1 - ramp) + random.uniform(0, 0.5) * ramp
    if random.random() < look.faded:
        ink = ink * random.uniform(0.5, 1) + random.uniform(0, 0.08)
    if random.random() < look.noisy:
        ink = ink + noise.normal(0, random.uniform(0.01, 0.09), ink.shape).astype(np.float32)
    return np.clip(ink, 0, 1), moved(picture.page, 0, 0, scale)


@dataclass
class Batches(Dataset[dict[str, Tensor]]):
    """Item `n` is batch `n` of the stream, made when it is asked for. Pieces are cut into batches of like size."""

    sources: Sources
    look: Look
    names: dict[str, int]
    seed: int
    count: int
    per_piece: int
    """Batches of a piece: what does not fill them is left out, so that numbers mean the same at every start."""

    def __post_init__(self) -> None:
        self._piece = -1
        self._batches: list[list[tuple[Pixels, Page]]] = []

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        piece, place = divmod(number, self.per_piece)
        if piece != self._piece:
            random = Random(f"{self.seed}/{piece}/look")
            made = [
                disturbed(picture, random, self.look) for picture in pictures(piece, self.seed, self.sources, self.look)
            ]
            fitting = sorted((one for one in made if _fits(one, self.names)), key=lambda one: one[0].size)
            cut = len(fitting) / self.per_piece
            self._batches = [fitting[round(at * cut) : round((at + 1) * cut)] for at in range(self.per_piece)]
            random.shuffle(self._batches)
            self._piece = piece
        return targets(self._batches[place], self.names)


def _fits(made: tuple[Pixels, Page], names: dict[str, int]) -> bool:
    pixels, page = made
    height, width = pixels.shape
    known = all(symbol.name in names for symbol in page.symbols)
    return known and height <= _MOST[0] and width <= _MOST[1] and bool(page.symbols)


def targets(batch: Sequence[tuple[Pixels, Page]], names: dict[str, int]) -> dict[str, Tensor]:
    """Pictures (batch, 1, height, width) with what the network should say of their cells.

    `centre` and `bar` are (batch, rows, columns); `cells` (symbols, 3) are the picture, row and column of each symbol,
    `names` (symbols,) and `geometry` (symbols, 6) what stands there.
    """
    height, width = (16 * (max(pixels.shape[axis] for pixels, _ in batch) // 16 + 1) for axis in (0, 1))
    ink = torch.zeros(len(batch), 1, height, width)
    centre = torch.zeros(len(batch), height // STRIDE, width // STRIDE)
    bar = torch.zeros_like(centre)
    cells, labels, measures = [], [], []
    for at, (pixels, page) in enumerate(batch):
        ink[at, 0, : pixels.shape[0], : pixels.shape[1]] = torch.from_numpy(pixels)
        for symbol in page.symbols:
            row = min(max(int(symbol.centre / STRIDE), 0), centre.shape[1] - 1)
            column = min(max(int(symbol.middle / STRIDE), 0), centre.shape[2] - 1)
            _mark(centre[at], row, column)
            x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
            box = (symbol.left - x, symbol.top - y, symbol.right - x, symbol.bottom - y, symbol.baseline - y)
            cells.append((at, row, column))
            labels.append(names[symbol.name])
            measures.append([*(distance / EM for distance in box), float(np.log(symbol.size / EM))])
        for rule in page.bars:
            row = min(max(int(rule.y / STRIDE), 0), bar.shape[1] - 1)
            bar[at, row, max(int(rule.left / STRIDE), 0) : int(rule.right / STRIDE) + 1] = 1
    return {
        "pixel_values": ink, "centre": centre, "bar": bar, "cells": torch.tensor(cells),
        "names": torch.tensor(labels), "geometry": torch.tensor(measures),
    }  # fmt: skip


def _mark(centre: Tensor, row: int, column: int) -> None:
    """A peak of 1 at the cell, and around it what a near miss is forgiven."""
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            y, x = row + down, column + across
            if 0 <= y < centre.shape[0] and 0 <= x < centre.shape[1]:
                centre[y, x] = max(float(centre[y, x]), 1.0 if down == across == 0 else 0.4)


def loss(found: Found, wanted: dict[str, Tensor]) -> Tensor:
    """Penalty-reduced focal loss for middles (CenterNet, equation 1), focal loss for bars, cross entropy for names, and
    the smooth distance for geometry.
    """
    picture, row, column = wanted["cells"].unbind(1)
    count = len(picture)
    log_yes, log_no = functional.logsigmoid(found.centre), functional.logsigmoid(-found.centre)
    chance, mark = found.centre.sigmoid(), wanted["centre"]
    focal = -torch.where(mark == 1, (1 - chance) ** 2 * log_yes, (1 - mark) ** 4 * chance**2 * log_no).sum() / count
    bars = functional.binary_cross_entropy_with_logits(found.bar, wanted["bar"], reduction="none")
    certain = torch.where(wanted["bar"] == 1, found.bar.sigmoid(), 1 - found.bar.sigmoid())
    names = functional.cross_entropy(found.names[picture, :, row, column], wanted["names"])
    geometry = functional.smooth_l1_loss(found.geometry[picture, :, row, column], wanted["geometry"], beta=0.1)
    return focal + ((1 - certain) ** 2 * bars).sum() / count + names + 5 * geometry


class _Trainer(Trainer):
    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **_: Any) -> Any:
        found = Found(*model(inputs["pixel_values"]))
        value = loss(found, inputs)
        return (value, found) if return_outputs else value


def look_of(config: dict[str, Any]) -> Look:
    """The [look] of a configuration."""
    table: dict[str, Any] = config["look"]
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    return Look(**settings, rare=Rare(**config["rare"]), fonts=Fonts(**config["fonts"]))


def symbols_of(seed: int, sources: Sources, look: Look) -> tuple[list[str], dict[str, list[float]]]:
    """The names of the symbols that the network is to know, the most frequent first, and how far those that do not
    stretch reach above and below the baseline, in ems, as TeX sets them.
    """
    seen: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    of_tex = replace(look, fonts=replace(look.fonts, share=0.0))
    for piece in range(_SCAN):
        for picture in pictures(piece, seed + 1, sources, of_tex):
            for symbol in picture.page.symbols:
                reach = symbol.baseline - symbol.top, symbol.bottom - symbol.baseline
                seen[symbol.name].append((reach[0] / symbol.size, reach[1] / symbol.size))
    names = sorted((name for name, found in seen.items() if len(found) >= _SEEN), key=lambda name: -len(seen[name]))
    return names, metrics_of({name: seen[name] for name in names})


def metrics_of(seen: dict[str, list[tuple[float, float]]]) -> dict[str, list[float]]:
    """The middle reaches of those symbols that have hardly any others, and that are high enough to tell a size."""
    found = {}
    for name, reaches in seen.items():
        heights = [above + below for above, below in reaches]
        if max(heights) < 1.1 * min(heights) and min(heights) > _LOW:
            found[name] = [round(float(np.median(side)), 3) for side in zip(*reaches, strict=True)]
    return found


def train(config: dict[str, Any], data: Path, out: Path, threads: int) -> None:
    """Train or go on training; the finished checkpoint is in `out`."""
    settings = config["training"]
    look, sources = look_of(config), load(data)
    if (out / "config.json").is_file():
        model_config = SymbolDetectorConfig.from_pretrained(out)
    else:
        names, metrics = symbols_of(settings["seed"], sources, look)
        model_config = SymbolDetectorConfig(names, metrics=metrics, **config["model"])
        model_config.save_pretrained(out)
    torch.manual_seed(settings["seed"])
    model = SymbolDetector(model_config)
    if "begin" in settings:
        begin(model, find(settings["begin"]))
    numbers = {name: number for number, name in enumerate(model_config.symbols)}
    batches = Batches(sources, look, numbers, settings["seed"], settings["steps"], settings["batches_of_piece"])
    run(partial(_Trainer, model), batches, settings, out, threads)
    model.save_pretrained(out)


def begin(model: SymbolDetector, folder: Path) -> None:
    """Gives a model the weights of another of the same shape, which may know fewer symbols or know them in another
    order.
    """
    before = SymbolDetector.from_pretrained(folder, use_safetensors=True, dtype=torch.float32)
    numbers = {name: number for number, name in enumerate(before.config.symbols)}
    others = before.out.weight.shape[0] - len(numbers)
    rows = {at: numbers[name] + others for at, name in enumerate(model.config.symbols, others) if name in numbers}
    rows |= {at: at for at in range(others)}
    with torch.no_grad():
        for part, found in before.named_parameters():
            if not part.startswith("out."):
                model.get_parameter(part).copy_(found)
        for part, found in before.named_buffers():
            model.get_buffer(part).copy_(found)
        for part, given in before.out.named_parameters():
            model.out.get_parameter(part)[list(rows)] = given[list(rows.values())]


def held_back(config: dict[str, Any], data: Path, count: int) -> Iterator[Picture]:
    """Pictures of formulas from another stream than that of the training, with the signs that they really have."""
    trained, sources = look_of(config), load(data)
    fonts = replace(trained.fonts, share=trained.fonts.held_back)
    look = replace(trained, rare=replace(trained.rare, formulas=0.0), fonts=fonts)
    pieces = (pictures(piece, config["training"]["seed"] + 2, sources, look) for piece in itertools.count())
    return itertools.islice(itertools.chain.from_iterable(pieces), count)


def evaluate(config: dict[str, Any], data: Path, model: str, count: int) -> list[tuple[str, str]]:
    """What the edge reads from pictures that TeX draws, and the truth."""
    shown = list(held_back(config, data, count))
    read = read_many([_png(picture) for picture in shown], limit=1, model=model)
    return [
        ("" if isinstance(found, PanmathError) else found[0].value.text, picture.tex)
        for found, picture in zip(read, shown, strict=True)
    ]


def _png(picture: Picture) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture.gray).save(buffer, "PNG")
    return buffer.getvalue()


class Judged(NamedTuple):
    """A picture that was read: what was seen, the answer, what is known of it, and whether it is right."""

    seen: Seen
    tex: Source
    evidence: Evidence
    right: bool


def judged(config: dict[str, Any], data: Path, detector: Detector, count: int) -> Iterator[Judged]:
    """Held-back pictures of which the detector makes a formula; every third is disturbed as in training."""
    look, unfitted = look_of(config), Logistic(0.0, (0.0,) * len(Evidence._fields))
    for number, picture in enumerate(held_back(config, data, count)):
        random = Random(f"{number}/judged")
        gray = Image.fromarray(picture.gray).convert("RGB")
        marks = ink(gray) if number % 3 else disturbed(picture, random, look)[0]
        seen = detector.look(marks)
        try:
            tex = answers(seen, unfitted, 1)[0].value
        except PanmathError:
            continue
        known = evidence(seen.page.symbols, spare_ink(seen))
        yield Judged(seen, tex, known, fi(tex.text) == fi(picture.tex))


def calibrated(config: dict[str, Any], data: Path, folder: Path, count: int) -> list[Judged]:
    """Fits the confidence of a checkpoint to held-back pictures and writes it beside the weights; the pictures."""
    examples = list(judged(config, data, Detector(folder, "cpu", "fp32"), count))
    regression = fitted([one.evidence for one in examples], [one.right for one in examples])
    content = to_table(regression, Evidence._fields)
    (folder / "confidence.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    beside.cache_clear()
    return examples


def verifying(examples: Sequence[Judged], folder: Path) -> list[tuple[Agreement, bool]]:
    """Fits what verifies the answers of a checkpoint and writes it beside the weights; the agreements and the truth.

    The least probability is the one from which on enough answers are right when each fold is judged by the others.
    """
    detector = Detector(folder, "cpu", "fp32")
    found: list[tuple[Agreement, bool]] = []
    for one in examples:
        try:
            agreed = compared(one.seen, one.tex, detector)
        except PanmathError:
            continue
        if agreed is not None:
            found.append((agreed, one.right))
    rows, truth = [bounded(agreed) for agreed, _ in found], [right for _, right in found]
    judged_by_others: list[tuple[float, bool]] = []
    for fold in range(_FOLDS):
        other = [at for at in range(len(found)) if at % _FOLDS != fold]
        judging = Judge(fitted([rows[at] for at in other], [truth[at] for at in other]), 0.0)
        judged_by_others += [(judging.probability(agreed), right) for agreed, right in found[fold::_FOLDS]]
    content = to_table(fitted(rows, truth), Agreement._fields) | {"least": _least(judged_by_others)}
    (folder / "verification.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    judge.cache_clear()
    return found


def _least(judged_ones: Sequence[tuple[float, bool]]) -> float:
    """The lowest probability above which as many answers as are wanted are right."""
    least, right = 1.0, 0
    for count, (chance, is_right) in enumerate(sorted(judged_ones, reverse=True), 1):
        right += is_right
        if right >= _WANTED * count:
            least = chance
    return least
