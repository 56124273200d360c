"""Pictures from outside as the networks want them: any size and mode, dark on light or light on dark."""

from __future__ import annotations

import io
import warnings
from typing import Final

import numpy as np
import numpy.typing as npt
from panmath.convert.errors import UnsupportedError
from PIL import Image

Ink = npt.NDArray[np.float32]
"""Height × width, 1 for ink and 0 for paper."""

_MOST_PIXELS: Final = 50_000_000
_FAINTEST: Final = 24
"""How much darker than the paper ink has to be, of 255."""
_MARGIN: Final = 6
"""Pixels of paper that are kept around the ink."""


def opened(data: bytes) -> Image.Image:
    """A picture as gray levels on white; UnsupportedError for what is no picture, is damaged or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise UnsupportedError(
                        f"the picture has {image.width} × {image.height} pixels, more than {_MOST_PIXELS:,}"
                    )
                return _on_white(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnsupportedError(f"the picture cannot be read: {error}") from error


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # sixteen bits a pixel
        levels = np.asarray(image, np.float64)
        image = Image.fromarray(np.clip(levels / 257, 0, 255).astype(np.uint8))
    if "A" in image.mode or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return image.convert("L")


def ink(image: Image.Image) -> Ink | None:
    """The ink of a picture, cut to where there is some; None where there is none. What is rarer is the ink."""
    gray = np.asarray(image, np.float32)
    paper = float(np.median(gray))
    darker, lighter = paper - float(gray.min()), float(gray.max()) - paper
    if max(darker, lighter) < _FAINTEST:
        return None
    strength = (paper - gray) if darker >= lighter else (gray - paper)
    found = np.clip(strength / np.percentile(strength[strength > max(darker, lighter) / 2], 60), 0, 1)
    rows, columns = (np.flatnonzero((found > 0.4).any(axis)) for axis in (1, 0))
    top, left = max(rows[0] - _MARGIN, 0), max(columns[0] - _MARGIN, 0)
    return np.ascontiguousarray(found[top : rows[-1] + _MARGIN, left : columns[-1] + _MARGIN], np.float32)


def scaled(pixels: Ink, scale: float) -> Ink:
    """The picture made larger or smaller."""
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC), np.float32).clip(0, 1)
