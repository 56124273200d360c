"""A network that finds symbols on a picture: for each cell of four by four pixels whether the middle of a symbol lies
there, which symbol it is, and where its box, its baseline and the size of its font are; and whether a bar passes.

In the manner of CenterNet (Zhou, Wang and Krähenbühl, "Objects as Points", 2019), with a residual encoder, and a
decoder that adds what was seen at a coarser scale to the finer one (Lin et al., "Feature Pyramid Networks", 2017).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

STRIDE: Final = 4
"""Pixels of a cell."""
EM: Final = 28.0
"""Pixels of the font size of a formula, as the network is trained."""
GEOMETRY: Final = ("left", "top", "right", "bottom", "baseline", "size")
"""What is measured at a symbol: distances from the middle of its cell in ems, and the logarithm of the size."""


class SymbolDetectorConfig(PretrainedConfig):
    """`symbols` are the names by number; `widths` the channels at strides 2, 4, 8 and 16, `depths` the blocks there.

    `metrics` says of symbols that do not stretch how far they reach above and below the baseline, in ems.
    """

    model_type = "panmath-symbol-detector"

    def __init__(
        self,
        symbols: list[str] | None = None,
        widths: tuple[int, ...] = (32, 64, 128, 192),
        depths: tuple[int, ...] = (1, 2, 3, 3),
        metrics: dict[str, list[float]] | None = None,
        **rest: Any,
    ) -> None:
        self.symbols = symbols or []
        self.widths = tuple(widths)
        self.depths = tuple(depths)
        self.metrics = metrics or {}
        super().__init__(**rest)


class Found(NamedTuple):
    """What the network says of each cell: (batch, …, height / 4, width / 4), probabilities as logits."""

    centre: Tensor
    bar: Tensor
    geometry: Tensor
    names: Tensor


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_convolution(width, width), nn.ReLU(), _convolution(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.body(x))


def _convolution(inside: int, outside: int, stride: int = 1, size: int = 3) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inside, outside, size, stride, size // 2, bias=False), nn.BatchNorm2d(outside))


class SymbolDetector(PreTrainedModel):
    """The network. `forward` takes pictures (batch, 1, height, width), 1 for ink, 0 for paper, sides of whole 16s."""

    config_class = SymbolDetectorConfig
    main_input_name = "pixel_values"

    def __init__(self, config: SymbolDetectorConfig) -> None:
        super().__init__(config)
        before = (1, *config.widths[:-1])
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(inside, width, 2), nn.ReLU(), *(_Block(width) for _ in range(depth)))
            for inside, width, depth in zip(before, config.widths, config.depths, strict=True)
        )
        fine, *coarse = config.widths[1:]
        self.side = nn.ModuleList(_convolution(width, fine, size=1) for width in config.widths[1:])
        self.up = nn.ModuleList(_Block(fine) for _ in coarse)
        self.head = nn.Sequential(_convolution(fine, 2 * fine), nn.ReLU())
        self.out = nn.Conv2d(2 * fine, 2 + len(GEOMETRY) + len(config.symbols), 1)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
                module.bias.data[:2] = -3.0  # few cells are middles or bars

    def forward(self, pixel_values: Tensor) -> Found:
        levels, x = [], pixel_values
        for stage in self.down:
            x = stage(x)
            levels.append(x)
        sides = [side(level) for side, level in zip(self.side, levels[1:], strict=True)]
        x = sides[-1]
        for finer, block in zip(reversed(sides[:-1]), self.up, strict=True):
            x = block(finer + nn.functional.interpolate(x, scale_factor=2.0))
        out = self.out(self.head(x)).float()
        centre, bar, geometry, names = out.split((1, 1, len(GEOMETRY), len(self.config.symbols)), dim=1)
        return Found(centre[:, 0], bar[:, 0], geometry, names)
