"""What kind of picture a picture is: a small network that looks at it from afar.

It keeps what cannot be traced from being traced: photographs, and formulas, which the reader of formulas reads.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

from ..device import placed
from ..loading import network

SIDE: Final = 96
"""Pixels of the sides of what the network sees."""
CHANNELS: Final = 4
NO_FIGURES: Final = ("formula", "photograph")


class FigureKindConfig(PretrainedConfig):
    """`kinds` are the names by number; `widths` the channels at strides 2, 4, 8 and 16."""

    model_type = "panmath-figure-kind"

    def __init__(self, kinds: list[str] | None = None, widths: tuple[int, ...] = (16, 24, 32, 48), **rest: Any) -> None:
        self.kinds = kinds or []
        self.widths = tuple(widths)
        super().__init__(**rest)


class FigureKind(PreTrainedModel):
    """The network. `forward` takes what `view` gives, (batch, 4, 96, 96), and gives a logit for each kind."""

    config_class = FigureKindConfig
    main_input_name = "pixel_values"

    def __init__(self, config: FigureKindConfig) -> None:
        super().__init__(config)
        before = (CHANNELS, *config.widths[:-1])
        self.body = nn.Sequential(*(
            nn.Sequential(nn.Conv2d(inside, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
            for inside, width in zip(before, config.widths, strict=True)
        ))  # fmt: skip
        self.out = nn.Linear(2 * config.widths[-1], len(config.kinds))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, pixel_values: Tensor) -> Tensor:
        x = self.body(pixel_values)
        found: Tensor = self.out(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))
        return found


def view(image: Image.Image) -> npt.NDArray[np.float32]:
    """An RGB picture as the network sees it, 4 × 96 × 96: how far from the paper its parts are on the average and at
    most, how coloured and how rough they are. The paper is the colour that is seen most;
    what is above and below the picture is paper.
    """
    colors = np.asarray(image, np.float32)
    pixels = colors.reshape(-1, 3)[:: max(1, image.width * image.height // 100_000)]
    steps = (pixels // 16).astype(np.int64) @ np.array([256, 16, 1])
    values, counts = np.unique(steps, return_counts=True)
    paper = np.median(pixels[steps == values[counts.argmax()]], axis=0)
    away = np.abs(colors - paper).max(axis=2)
    away = np.clip(away / max(float(np.percentile(away, 99.5)), 24.0), 0, 1)
    colored = (colors.max(axis=2) - colors.min(axis=2)) / 255
    rough = np.zeros(away.shape, np.float32)
    rough[:, 1:] = np.clip(np.abs(np.diff(colors.mean(axis=2), axis=1)) / 24, 0, 1)
    side = max(image.width, image.height)
    size = (max(1, round(SIDE * image.width / side)), max(1, round(SIDE * image.height / side)))
    found = np.zeros((CHANNELS, SIDE, SIDE), np.float32)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    for at, channel in enumerate((away, _thickened(away, side), colored, rough)):
        small = Image.fromarray(channel.astype(np.float32)).resize(size, Image.Resampling.BOX)
        found[at, top : top + size[1], left : left + size[0]] = np.asarray(small)
    return found


def _thickened(away: npt.NDArray[np.float32], side: int) -> npt.NDArray[np.float32]:
    """Ink made so thick that it is still seen when the picture is small."""
    reach = max(1, round(side / SIDE / 2))
    found = away
    for _ in range(reach):
        padded = np.pad(found, 1)
        found = np.max(
            [padded[1:-1, 1:-1], padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]], axis=0
        )
    return found


class Kinds:
    """One checkpoint."""

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        self._network: Any = placed(network(FigureKind, folder), device, precision)
        self._device = device
        self.names: list[str] = list(self._network.config.kinds)

    @torch.inference_mode()
    def of(self, image: Image.Image) -> dict[str, float]:
        """How likely an RGB picture is of each kind."""
        pixels = torch.from_numpy(view(image))[None]
        weights = next(self._network.parameters())
        chances = self._network(pixels.to(self._device, weights.dtype)).float().softmax(1)[0]
        return dict(zip(self.names, chances.tolist(), strict=True))


@lru_cache(maxsize=4)
def loaded(folder: Path, device: str, precision: str) -> Kinds:
    """The checkpoint of a folder; each is loaded once in a process."""
    return Kinds(folder, device, precision)
