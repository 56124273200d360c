"""How alike two pictures of a formula are: whether the ink of each lies where the other has ink.

Both are cut to their ink and scaled to the same size; then counted is the share of ink of each that has ink of the
other within a small distance (precision, recall), and their harmonic mean: the chamfer F1.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Ink: TypeAlias = npt.NDArray[np.bool_]
"""Height × width, True where there is ink."""

_HEIGHT: Final = 64
"""Rows that one line of a formula is scaled to, so that a fine picture tells no more than a coarse one."""
_MAX_SIDE: Final = 4096
_MAX_PIXELS: Final = 64_000_000


@dataclass(frozen=True, slots=True)
class Likeness:
    """`precision` is the share of the first picture's ink that is near ink of the second, `recall` the reverse.

    `aspect` is how much wider the first is in proportion to its height.
    """

    precision: float
    recall: float
    aspect: float

    @property
    def score(self) -> float:
        """Chamfer F1, 0 to 1."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def likeness(first: bytes, second: bytes, *, tolerance: float = 0.02) -> Likeness:
    """Compares two pictures (PNG, JPEG, WebP).

    `tolerance` is a share of the height, but at least a pixel of the coarser picture. Two blank pictures are alike, a
    blank and an inked one are not at all.
    """
    inks = [crop(ink(picture)) for picture in (first, second)]
    if not all(part.size for part in inks):
        same = float(not any(part.size for part in inks))
        return Likeness(same, same, 1.0)
    shapes = [part.shape for part in inks]
    coarse = min(shape[0] for shape in shapes)
    height = min(max(_HEIGHT, *(shape[0] for shape in shapes)), _MAX_SIDE)
    width = min(max(1, round(height * math.sqrt(math.prod(shape[1] / shape[0] for shape in shapes)))), _MAX_SIDE)
    a, b = (_scale(part, width, height) for part in inks)
    radius = max(tolerance * height, height / coarse)
    aspect = (shapes[0][1] / shapes[0][0]) / (shapes[1][1] / shapes[1][0])
    return Likeness(_covered(a, b, radius), _covered(b, a, radius), aspect)


def ink(picture: bytes) -> Ink:
    """Where the picture is darker than its lightest point by a fifth of its contrast; on white where it is transparent.

    A fifth, because the hairlines of a coarse picture are grey.
    """
    with Image.open(io.BytesIO(picture)) as image:
        if image.width * image.height > _MAX_PIXELS:
            raise ValueError(f"the picture has {image.width} × {image.height} pixels, more than {_MAX_PIXELS}")
        rgba = image.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, "white")
    grey = np.asarray(Image.alpha_composite(ground, rgba).convert("L"), dtype=np.uint8)
    dark, light = int(grey.min()), int(grey.max())
    if light - dark < 16:
        return np.zeros(grey.shape, dtype=np.bool_)
    return grey < light - (light - dark) / 5


def crop(marks: Ink) -> Ink:
    """The smallest part that holds all the ink; empty where there is none."""
    rows, columns = np.flatnonzero(marks.any(axis=1)), np.flatnonzero(marks.any(axis=0))
    if not rows.size:
        return marks[:0, :0]
    return marks[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scale(marks: Ink, width: int, height: int) -> Ink:
    image = Image.fromarray(marks.astype(np.uint8) * 255).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image) >= 128


def _covered(a: Ink, b: Ink, radius: float) -> float:
    """The share of the ink of `a` that has ink of `b` within `radius` pixels."""
    return float((a & _dilate(b, radius)).sum() / max(1, a.sum()))


def _dilate(marks: Ink, radius: float) -> Ink:
    """All points within `radius` of the ink: the union of the picture shifted by each offset of a disc."""
    reach = int(radius)
    height, width = marks.shape
    padded = np.pad(marks, reach)
    # Running sums turn each row of the disc into one difference.
    sums = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1, dtype=np.int32)
    grown = np.zeros_like(marks)
    for dy in range(-reach, reach + 1):
        half = int(math.sqrt(radius * radius - dy * dy))
        rows = sums[reach + dy : reach + dy + height]
        grown |= rows[:, reach + half + 1 : reach + half + 1 + width] > rows[:, reach - half : reach - half + width]
    return grown


def figure_likeness(first: bytes, second: bytes, *, dpi: float, tolerance: float = 1.5) -> float:
    """Chamfer F1 of the ink of two figures drawn at `dpi`, at their real size, where they lie best upon each other.

    `tolerance` is in points (1/72 inch).
    """
    inks = [crop(ink(picture)) for picture in (first, second)]
    if not all(part.size for part in inks):
        return float(not any(part.size for part in inks))
    radius = max(1.0, tolerance * dpi / 72)
    reach = int(radius) + 1
    height = max(part.shape[0] for part in inks) + 2 * reach
    width = max(part.shape[1] for part in inks) + 2 * reach
    spectra = [np.fft.rfft2(_blurred(part, height, width)) for part in inks]
    match = np.fft.irfft2(spectra[0].conj() * spectra[1], s=(2 * height, 2 * width))
    dy, dx = np.unravel_index(int(match.argmax()), match.shape)
    down = int(dy) - (2 * height if dy > height else 0)
    right = int(dx) - (2 * width if dx > width else 0)
    a = _placed(inks[0], max(0, down), max(0, right), 2 * height, 2 * width)
    b = _placed(inks[1], max(0, -down), max(0, -right), 2 * height, 2 * width)
    return Likeness(_covered(a, b, radius), _covered(b, a, radius), 1.0).score


def _blurred(marks: Ink, height: int, width: int) -> npt.NDArray[np.float64]:
    padded = np.zeros((2 * height, 2 * width))
    padded[: marks.shape[0], : marks.shape[1]] = marks
    return (padded + np.roll(padded, 1, 0) + np.roll(padded, 1, 1) + np.roll(padded, (1, 1), (0, 1))) / 4


def _placed(marks: Ink, top: int, left: int, height: int, width: int) -> Ink:
    whole = np.zeros((height, width), dtype=np.bool_)
    whole[top : top + marks.shape[0], left : left + marks.shape[1]] = marks
    return whole
