"""A picture of a figure → what is drawn on it: areas of one colour, and strokes.

Distances are in pixels, x to the right and y down; (0, 0) is the middle of the first pixel.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

Mask = npt.NDArray[np.bool_]
"""Height × width."""
Colors = npt.NDArray[np.float32]
"""Height × width × 3, from 0 to 255."""
Gray = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int32]

_MOST: Final = 1_600_000
"""Pixels that are looked at; larger pictures are made smaller."""
_LEAST: Final = 0.2
"""From which share of the contrast on a pixel is ink for certain, as `renderers.compare` counts it …"""
_FAINT: Final = 0.11
"""… and next to such a pixel."""
_PALE: Final = 24.0
"""Steps of 255 between paper and ink, below which there is none."""
_WHITE: Final = 150
"""The darkest channel from which on paper is meant white."""
CLEAN: Final = 0.3
"""Steps of 255 of noise, below which a picture comes straight from a program."""
_NOISY: Final = 2.5
"""Steps of 255."""
_WIDEST: Final = 0.012
"""The width of a stroke, as a share of the diagonal of the picture."""


_PIECES: Final = 400
_COLORS: Final = 24


class Region(NamedTuple):
    """An area of one colour; `mask` is cut to its box, whose corner is (`left`, `top`). `edged` is the share of its
    edge along which there is ink.
    """

    mask: Mask
    left: int
    top: int
    color: tuple[float, float, float]
    edged: float


class Sheet(NamedTuple):
    """A picture taken apart. `scale` is its size next to that of the original, `noise` that of the paper of 255.

    `ink` is all that is not paper. `away` is how far each pixel is from the paper and from the areas, from 0 to 1, and
    `grain` the same with the noise that the picture has; `strokes` are the pixels where `away` is ink, and `half` is
    half the width of usual strokes.
    """

    colors: Colors
    paper: npt.NDArray[np.float32]
    ink: Mask
    grain: Gray
    away: Gray
    strokes: Mask
    regions: tuple[Region, ...]
    half: float
    noise: float
    scale: float


def all_ink(image: Image.Image) -> Mask:
    """Where an RGB picture is not paper."""
    _, colors, middle, noise = _cleaned(image)
    away, darkest, floor = _contrast(colors, middle, noise)
    return _ink(away / darkest, floor) if darkest >= _PALE else np.zeros(away.shape, bool)


def _cleaned(image: Image.Image) -> tuple[Colors, Colors, npt.NDArray[np.float32], float]:
    """The colours on even paper, the same with less noise, the paper's colour, and the noise that is left."""
    colors = np.asarray(image, np.float32)
    ground, middle = _paper(colors)
    if float(middle.min()) > _WHITE:
        # Grey or yellowed paper is white paper in bad light, and all colours on it are as dark.
        colors, middle = (colors * (255 / ground)).astype(np.float32), np.full(3, 255, np.float32)
    else:
        colors = (colors - ground + middle).astype(np.float32)
    raw = colors
    noise = _noise(colors, middle)
    if noise > _NOISY:
        colors = ndimage.gaussian_filter(ndimage.median_filter(colors, (3, 3, 1)), (0.5, 0.5, 0)).astype(np.float32)
        noise = _noise(colors, middle)
    raw, colors = (np.clip(one, 0, 255).astype(np.float32) for one in (raw, colors))
    return raw, colors, middle, noise


def _contrast(colors: Colors, middle: npt.NDArray[np.float32], noise: float) -> tuple[Gray, float, float]:
    """How far each pixel is from the paper, the most that is usual, and from which share of that on there is ink."""
    away = np.abs(colors - middle).max(axis=2)
    darkest = float(np.percentile(away, 99.9)) if away.size else 0.0
    darkest = max(darkest, 0.6 * float(away.max(initial=0)), 1e-6)
    return away, darkest, _FAINT if noise < CLEAN else min(max(_LEAST, 4 * noise / darkest), 0.5)


def taken_apart(image: Image.Image) -> Sheet:
    """The areas and strokes of an RGB picture; both are empty where there is no ink."""
    image, scale = _fitting(image)
    raw, colors, middle, noise = _cleaned(image)
    away, darkest, floor = _contrast(colors, middle, noise)
    if darkest < _PALE:
        nothing = np.zeros(away.shape, np.float32)
        return Sheet(colors, middle, nothing > 0, nothing, nothing, nothing > 0, (), 0.7, noise, scale)
    ink = _ink(away / darkest, floor)
    half = _half_width(ink)
    regions, covered = _regions(colors, ink, away, half, noise)
    strokes, far = _strokes(colors, middle, regions, covered, darkest, floor, noise)
    half = _half_width(strokes) if strokes.any() else half
    grain = far if raw is colors or noise < CLEAN else _grain(raw, middle, regions, covered, darkest)
    return Sheet(colors, middle, ink, grain, far, strokes, regions, half, noise, scale)


def _fitting(image: Image.Image) -> tuple[Image.Image, float]:
    scale = min(1.0, (_MOST / max(1, image.width * image.height)) ** 0.5)
    if scale == 1.0:
        return image, 1.0
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BOX), scale


def _common(pixels: Colors) -> tuple[npt.NDArray[np.float32], float]:
    """The colour that is seen most often, and the share of pixels that have it."""
    steps = (pixels // 8).astype(np.int64) @ np.array([4096, 64, 1])
    values, counts = np.unique(steps, return_counts=True)
    return np.median(pixels[steps == values[counts.argmax()]], axis=0), float(counts.max() / len(pixels))


def _grain(
    raw: Colors, paper: npt.NDArray[np.float32], regions: tuple[Region, ...], covered: Numbers,
    darkest: float,
) -> Gray:  # fmt: skip
    """How far each pixel is from the paper, or from the area on which it lies."""
    base = np.asarray([paper, *(region.color for region in regions)], np.float32)[covered]
    found: Gray = np.clip(np.abs(raw - base).max(axis=2) / darkest, 0, 1).astype(np.float32)
    return found


def _paper(colors: Colors) -> tuple[Colors, npt.NDArray[np.float32]]:
    """The colour of the paper at each pixel, which may change evenly, and its usual colour: what is seen most often."""
    pixels = colors.reshape(-1, 3)
    sample = pixels[:: max(1, len(pixels) // 200_000)]
    rim = np.concatenate(
        [
            colors[:2].reshape(-1, 3),
            colors[-2:].reshape(-1, 3),
            colors[:, :2].reshape(-1, 3),
            colors[:, -2:].reshape(-1, 3),
        ]
    )
    common, share = _common(rim)
    if share < 0.6:
        common, _ = _common(sample)
    near = np.abs(sample - common).max(axis=1) < 20
    middle = np.median(sample[near], axis=0).astype(np.float32)
    rows = columns = 12
    height, width = colors.shape[:2]
    if float((np.abs(sample - middle).max(axis=1) < 1.5).mean()) > 0.3 or height < 4 * rows or width < 4 * columns:
        return np.broadcast_to(middle, colors.shape).astype(np.float32), middle
    points, found = [], []
    for down in range(rows):
        for across in range(columns):
            y, x = (
                (down * height // rows, (down + 1) * height // rows),
                (across * width // columns, (across + 1) * width // columns),
            )
            part = colors[y[0] : y[1] : 2, x[0] : x[1] : 2].reshape(-1, 3)
            alike = part[np.abs(part - middle).max(axis=1) < 45]
            if len(alike) > 0.4 * len(part):
                points.append((1.0, sum(y) / 2 / height, sum(x) / 2 / width))
                found.append(np.median(alike, axis=0))
    if len(points) < 16:
        return np.broadcast_to(middle, colors.shape).astype(np.float32), middle
    plane = np.linalg.lstsq(np.asarray(points), np.asarray(found), rcond=None)[0].astype(np.float32)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    ground = plane[0] + plane[1] * (down / height)[..., None] + plane[2] * (across / width)[..., None]
    return ground.astype(np.float32), middle


def _noise(colors: Colors, paper: npt.NDArray[np.float32]) -> float:
    """The noise of the paper, as of a normal distribution; also that of JPEG, which is only near what is drawn."""
    if min(colors.shape[:2]) < 3:
        return 0.0
    grain = float(np.median(np.abs(np.diff(colors, axis=1)).max(axis=2))) / 1.6
    off = np.abs(colors - paper).max(axis=2)
    near = off < 16
    ringing = near & (off > 0.9)
    if ringing.sum() > 0.06 * near.sum():
        grain = max(grain, float(np.sqrt(np.mean(off[ringing] ** 2))) / 2)
    return grain


def _ink(away: Gray, floor: float) -> Mask:
    """Where there is ink: what is dark, and what is faint and next to it."""
    sure = away > max(_LEAST, floor)
    faint = away > floor
    grown = ndimage.binary_propagation(sure & faint, mask=faint, structure=np.ones((3, 3), bool))
    return np.asarray(grown)


def _half_width(ink: Mask) -> float:
    """Half the width of strokes: of the ridges of the ink a low share, since areas have ridges too."""
    depth = ndimage.distance_transform_edt(np.pad(ink, 1))[1:-1, 1:-1]
    ridge = (depth == ndimage.maximum_filter(depth, 3)) & (depth > 0)
    found = depth[ridge]
    if not found.size:
        return 0.7
    limit = max(4.0, _WIDEST * float(np.hypot(*ink.shape)))
    return float(min(max(np.percentile(found, 40) - 0.3, 0.6), limit))


def _regions(colors: Colors, ink: Mask, away: Gray, half: float, noise: float) -> tuple[tuple[Region, ...], Numbers]:
    """The areas, and a map of which area each pixel belongs to."""
    found = [
        piece for color in _fills(colors, away, half, noise) for piece in _pieces(colors, color, away, half, noise)
    ]
    regions = [_region(whole, color, colors, ink, half) for whole, color in _joined(found, ink.shape, half)]
    numbers_of: Numbers = np.zeros(ink.shape, np.int32)
    for number, region in enumerate(regions, 1):
        height, width = region.mask.shape
        part = numbers_of[region.top : region.top + height, region.left : region.left + width]
        part[region.mask] = number
    return tuple(regions), numbers_of


def _fills(colors: Colors, away: Gray, half: float, noise: float) -> list[npt.NDArray[np.float32]]:
    """The colours of which there are areas thicker than strokes."""
    tolerance = 7 + 5 * noise
    spread = (ndimage.maximum_filter(colors, (3, 3, 1)) - ndimage.minimum_filter(colors, (3, 3, 1))).max(axis=2)
    numbers, count = ndimage.label((spread < tolerance) & (away > 12 + 4 * noise))
    if not count:
        return []
    depth = ndimage.distance_transform_edt(np.pad(numbers > 0, 1))[1:-1, 1:-1]
    deepest = ndimage.maximum(depth, numbers, np.arange(1, count + 1))
    boxes = ndimage.find_objects(numbers)
    found: list[npt.NDArray[np.float32]] = []
    for at in sorted(np.flatnonzero(deepest >= _thick(half)).tolist(), key=lambda at: -float(deepest[at]))[:_PIECES]:
        rows, columns = boxes[at]
        color = np.median(colors[rows, columns][numbers[rows, columns] == at + 1], axis=0)
        if all(float(np.abs(color - other).max()) > 14 + 3 * noise for other in found):
            found.append(color)
    return found[:_COLORS]


def _thick(half: float) -> float:
    """From which depth on ink is an area, and no stroke."""
    return max(2.4, 2.0 * half + 1.2)


def _pieces(
    colors: Colors, color: npt.NDArray[np.float32], away: Gray, half: float, noise: float
) -> list[tuple[Mask, tuple[float, ...], tuple[slice, slice]]]:
    """The pieces of areas of one colour."""
    off = np.abs(colors - color).max(axis=2)
    alike = (off < 15 + 4 * noise) & (off < 0.6 * away)
    depth = ndimage.distance_transform_edt(np.pad(alike, 1))[1:-1, 1:-1]
    # Dark strokes may have the colour of a dark area; what is thin is an area only where no stroke is like it.
    least = _thick(half) if float(color.max()) < 120 else 1.9
    core = depth >= least
    reach = ndimage.distance_transform_edt(~core) if core.any() else np.full(core.shape, np.inf)
    near = reach < least + 1.0
    deep = 6 * half + 3 if _has_lines(alike & (reach > least + 5.0), half) else 0.0
    numbers, _ = ndimage.label(alike & near)
    found = []
    for at, (rows, columns) in enumerate(ndimage.find_objects(numbers)[:_PIECES], 1):
        inside = numbers[rows, columns] == at
        area, deepest = int(inside.sum()), float(depth[rows, columns][inside].max())
        if area > 12 and deepest >= deep and not (deepest < 4 * half + 2.5 and _is_long(inside)):
            found.append((inside, tuple(float(value) for value in color), (rows, columns)))
    return found


def _is_long(inside: Mask) -> bool:
    """Whether a piece is much longer than broad."""
    spread = np.linalg.eigvalsh(np.cov(np.stack(np.nonzero(inside))))
    return bool(spread[1] > 25 * spread[0])


def _has_lines(thin: Mask, half: float) -> bool:
    """Whether there are strokes in what is thin: then small spots of the same colour are tips and dots of theirs."""
    numbers, _ = ndimage.label(thin, np.ones((3, 3), bool))
    return any(
        max(rows.stop - rows.start, columns.stop - columns.start) > 30 + 10 * half
        for rows, columns in ndimage.find_objects(numbers)
    )


def _joined(
    pieces: list[tuple[Mask, tuple[float, ...], tuple[slice, slice]]], shape: tuple[int, ...], half: float
) -> list[tuple[tuple[Mask, int, int], tuple[float, ...]]]:
    """Pieces of like colour that only a stroke parts are one area."""
    reach = round(2 * half + 2)
    groups: list[tuple[tuple[float, ...], list[int]]] = []
    for at, (_, color, _) in enumerate(pieces):
        group = next((one for one in groups if max(abs(a - b) for a, b in zip(one[0], color, strict=True)) < 14), None)
        if group is None:
            groups.append((color, [at]))
        else:
            group[1].append(at)
    found = []
    for color, members in groups:
        whole = np.zeros((shape[0] + 2 * reach, shape[1] + 2 * reach), bool)
        for at in members:
            mask, _, (rows, columns) = pieces[at]
            whole[rows.start + reach : rows.stop + reach, columns.start + reach : columns.stop + reach] |= mask
        if len(members) > 1:
            ball = _disc(reach)
            closed = ndimage.binary_closing(whole, ball)
            # Only what lies between two pieces; the corners of each stay sharp.
            numbers, _ = ndimage.label(whole)
            bridges, count = ndimage.label(closed & ~whole)
            for number in range(1, count + 1):
                around = ndimage.binary_dilation(bridges == number, np.ones((3, 3), bool))
                if len(set(numbers[around & whole].tolist())) > 1:
                    whole |= bridges == number
        numbers, _ = ndimage.label(whole)
        for at, (rows, columns) in enumerate(ndimage.find_objects(numbers), 1):
            found.append(((numbers[rows, columns] == at, columns.start - reach, rows.start - reach), color))
    return found


def _disc(radius: float) -> Mask:
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(x * x + y * y <= radius * radius)


def _region(whole: tuple[Mask, int, int], color: tuple[float, ...], colors: Colors, ink: Mask, half: float) -> Region:
    """The area with the rim that the search for flat pixels left out."""
    mask, left, top = whole
    pad = int(2 * half) + 4
    height, width = ink.shape
    x0, y0 = max(left - pad, 0), max(top - pad, 0)
    x1, y1 = min(left + mask.shape[1] + pad, width), min(top + mask.shape[0] + pad, height)
    grown = np.zeros((y1 - y0, x1 - x0), bool)
    grown[top - y0 : top - y0 + mask.shape[0], left - x0 : left - x0 + mask.shape[1]] = mask
    near = np.abs(colors[y0:y1, x0:x1] - np.asarray(color, np.float32)).max(axis=2)
    ring = ndimage.binary_dilation(grown, np.ones((3, 3), bool), iterations=2) & ~ndimage.binary_dilation(
        grown, np.ones((3, 3), bool)
    )
    edged = float((ink[y0:y1, x0:x1] & (near > 30))[ring].mean()) if ring.any() else 0.0
    return Region(grown, x0, y0, (float(color[0]), float(color[1]), float(color[2])), edged)


def _strokes(
    colors: Colors, paper: npt.NDArray[np.float32], regions: tuple[Region, ...], covered: Numbers,
    darkest: float, floor: float, noise: float,
) -> tuple[Mask, Gray]:  # fmt: skip
    """Where strokes are, and how far each pixel is from what lies under them.

    At the edge of an area pixels are a mixture of its colour and the paper's, which is no stroke.
    """
    away = np.abs(colors - paper).max(axis=2)
    for number, region in enumerate(regions, 1):
        height, width = region.mask.shape
        rows, columns = slice(region.top, region.top + height), slice(region.left, region.left + width)
        near = ndimage.binary_dilation(
            covered[rows, columns] == number, np.ones((3, 3), bool), iterations=2 if noise < CLEAN else 3
        )
        inside = covered[rows, columns] == number
        color = np.asarray(region.color, np.float32)
        part = colors[rows, columns]
        across = color - paper
        share = np.clip(((part - paper) @ across) / max(float(across @ across), 1.0), 0, 1)
        mixture = np.abs(part - (paper + share[..., None] * across)).max(axis=2)
        own = np.abs(part - color).max(axis=2)
        here = away[rows, columns]
        here[near] = np.minimum(here, mixture)[near]
        here[inside] = np.minimum(here, own)[inside]
    shares = np.clip(away / darkest, 0, 1).astype(np.float32)
    return _ink(shares, floor), shares
