"""Pictures as they come in → ink: any size, mode and colours; cut to what is written, at the size a network knows."""

from __future__ import annotations

import io
import warnings
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from panmath.convert.errors import UnsupportedError
from PIL import Image

Ink = npt.NDArray[np.float32]
"""Height × width, 1 for ink and 0 for paper."""

_MOST: Final = 40_000_000
"""Pixels of a picture that is read."""
_GRID: Final = 8
"""The paper's colour is looked at in so many rows and columns."""
_FAINTEST: Final = 24.0
"""Steps of 255 between ink and paper, below which there is no ink."""
_MARGIN: Final = 6
_KINDS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


def opened(data: bytes) -> Image.Image:
    """The first frame of a picture as RGB, on the ground from which it differs most where it is transparent.

    UnsupportedError for what is no picture, is damaged or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_KINDS) as image:
                if image.width * image.height > _MOST:
                    raise UnsupportedError(f"the picture has {image.width} × {image.height} pixels, more than {_MOST}")
                return _flat(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnsupportedError(f"the picture has more than {_MOST} pixels") from error
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError) as error:
        raise UnsupportedError("the picture cannot be read: it is damaged, or none") from error


def _flat(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8)).convert("RGB")
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    alpha = np.asarray(rgba.getchannel("A"), np.float32)
    light = np.asarray(rgba.convert("L"), np.float32)
    bright = float((light * alpha).sum()) > 200 * float(alpha.sum()) and alpha.mean() < 128
    ground = Image.new("RGBA", rgba.size, "black" if bright else "white")
    return Image.alpha_composite(ground, rgba).convert("RGB")


def ink(image: Image.Image) -> Ink:
    """How much each pixel of an RGB picture differs from the paper, next to the darkest ink; all 0 where none does.

    The paper's colour may change evenly over the picture.
    """
    if image.width * image.height > 4_000_000:
        scale = (4_000_000 / (image.width * image.height)) ** 0.5
        image = image.resize(
            (max(1, int(image.width * scale)), max(1, int(image.height * scale))), Image.Resampling.BOX
        )
    colours = np.asarray(image, np.float32)
    away = np.abs(colours - _paper(colours)).max(axis=2)
    top = float(np.percentile(away, 99.8)) if away.size else 0.0
    darkest = max(top, 0.6 * float(away.max(initial=0)))
    if darkest < _FAINTEST:
        return np.zeros(away.shape, np.float32)
    shares: Ink = np.clip(away / darkest, 0, 1).astype(np.float32)
    return shares


def _paper(colours: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The colour of the paper at each pixel: a plane through the middle colours of the parts of the picture."""
    height, width = colours.shape[:2]
    whole = np.median(colours.reshape(-1, 3)[:: max(1, height * width // 20_000)], axis=0)
    if height < 4 * _GRID or width < 4 * _GRID:
        return np.broadcast_to(whole, colours.shape).astype(np.float32)
    rows, columns = (np.linspace(0, side, _GRID + 1).astype(int) for side in (height, width))
    points, values = [], []
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            part = np.median(colours[top:bottom, left:right].reshape(-1, 3), axis=0)
            # A part that is mostly ink tells nothing of the paper.
            if np.abs(part - whole).max() < 70:
                points.append((1.0, (top + bottom) / 2 / height, (left + right) / 2 / width))
                values.append(part)
    if len(points) < 3 * _GRID:
        return np.broadcast_to(whole, colours.shape).astype(np.float32)
    plane = np.linalg.lstsq(np.asarray(points), np.asarray(values), rcond=None)[0]
    y, x = np.mgrid[0:height, 0:width]
    planes = [plane[0, c] + plane[1, c] * (y / height) + plane[2, c] * (x / width) for c in range(3)]
    return np.stack(planes, axis=2).astype(np.float32)


def cropped(marks: Ink) -> Ink:
    """The part that holds the ink, with a margin; empty where there is none."""
    inked = marks > 0.35
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not rows.size:
        return marks[:0, :0]
    part = marks[
        max(rows[0] - _MARGIN, 0) : rows[-1] + _MARGIN + 1, max(columns[0] - _MARGIN, 0) : columns[-1] + _MARGIN + 1
    ]
    return np.ascontiguousarray(part)


def stroke(marks: Ink) -> float:
    """How thick strokes are in pixels: twice the ink over the length of its edge."""
    edge = np.hypot(np.diff(marks, axis=0)[:, :-1], np.diff(marks, axis=1)[:-1]).sum() if min(marks.shape) > 1 else 0.0
    return float(2 * marks.sum() / max(float(edge), 1e-6))


def scaled(marks: Ink, scale: float) -> Ink:
    """The picture at another size."""
    size = (max(1, round(marks.shape[1] * scale)), max(1, round(marks.shape[0] * scale)))
    image = Image.fromarray(marks)  # of floats
    reduced = image.resize(size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BICUBIC)
    return np.clip(np.asarray(reduced, np.float32), 0, 1)
