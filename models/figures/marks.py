"""The ink of strokes → letters, dashes and dots by themselves, and lines that hang together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from .ink import Mask, Region, Sheet

_LETTER: Final = 0.9
"""Ems of the highest letter; fences and fractions of school are higher."""
_WORD: Final = 0.37
"""Ems between letters of one label, from left to right …"""
_LINE: Final = 0.24
"""… and from top to bottom."""


Place: TypeAlias = tuple[float, float]


class Piece(NamedTuple):
    """Ink that hangs together: its number in the map of pieces, its box, and its shape.

    `length` and `breadth` are its sides along its axes; `solid` is the share of that box that is ink, `angle` the
    direction of the longer one in radians.
    """

    number: int
    left: int
    top: int
    right: int
    bottom: int
    area: int
    center: tuple[float, float]
    length: float
    breadth: float
    angle: float
    solid: float

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


class Dot(NamedTuple):
    """A round mark; `is_open` where its middle is not filled."""

    center: tuple[float, float]
    radius: float
    is_open: bool


class Marks(NamedTuple):
    """`words` are boxes (left, top, right, bottom) of labels with the numbers of their pieces; `dashed` the pieces of
    broken lines in order; `lines` is the ink that is left. `em` is the size of the letters, 0 where there are none.
    """

    numbers: npt.NDArray[np.int32]
    pieces: dict[int, Piece]
    words: tuple[tuple[int, ...], ...]
    dashed: tuple[tuple[Piece, ...], ...]
    dots: tuple[Dot, ...]
    lines: Mask
    em: float


def marks(sheet: Sheet) -> Marks:
    """What the strokes of a picture are."""
    numbers, pieces = _pieces(sheet.strokes)
    half = sheet.half
    side = float(min(sheet.strokes.shape))
    largest = max(14.0, min(0.28 * max(sheet.strokes.shape), 0.5 * side + 20, 110.0))
    small = {at: piece for at, piece in pieces.items() if max(piece.width, piece.height) < largest}
    dashed = _dashed(small, half)
    for chain in dashed:
        for piece in chain:
            small.pop(piece.number, None)
    around = [piece for piece in small.values() if any(_is_around(piece, region) for region in sheet.regions)]
    for piece in around:
        small.pop(piece.number, None)
    small = {at: piece for at, piece in small.items() if piece.area > 2.5}
    em = _em(small, half)
    letters = {at: piece for at, piece in small.items() if _is_letter(piece, em, half)}
    words = _words(letters, em)
    dots: list[Dot] = []
    kept: list[tuple[int, ...]] = []
    for word in words:
        lone = letters[word[0]]
        if len(word) == 1 and _is_disc(lone, half):
            dots.append(Dot(lone.center, math.sqrt(lone.area / math.pi), False))
        elif len(word) == 1 and _is_line(lone, half, em):
            del letters[word[0]]
        else:
            kept.append(word)
    gone = np.zeros(max(pieces, default=0) + 1, bool)
    for word in words:
        if word[0] in letters:
            gone[list(word)] = True
    for chain in dashed:
        gone[[piece.number for piece in chain]] = True
    lines = sheet.strokes & ~gone[numbers]
    lines, found = _dots_on_lines(lines, half, em)
    return Marks(numbers, pieces, tuple(kept), tuple(dashed), (*dots, *found), lines, em)


def _is_around(piece: Piece, region: Region) -> bool:
    """Whether a piece of ink is the edge of an area."""
    height, width = region.mask.shape
    inside = (
        piece.left - 3 < region.left and region.left + width < piece.right + 3
        and piece.top - 3 < region.top and region.top + height < piece.bottom + 3
    )  # fmt: skip
    return inside and region.edged > 0.15 and width > 0.6 * piece.width and height > 0.6 * piece.height


def _pieces(mask: Mask) -> tuple[npt.NDArray[np.int32], dict[int, Piece]]:
    numbers, _ = ndimage.label(mask, np.ones((3, 3), bool))
    found = {}
    for at, (rows, columns) in enumerate(ndimage.find_objects(numbers), 1):
        y, x = np.nonzero(numbers[rows, columns] == at)
        cx, cy = float(x.mean()), float(y.mean())
        if len(x) > 2:
            _, vectors = np.linalg.eigh(np.cov(np.stack([x, y])))
            axis = vectors[:, 1]
        else:
            axis = np.array([1.0, 0.0])
        along = (x - cx) * axis[0] + (y - cy) * axis[1]
        aside = (y - cy) * axis[0] - (x - cx) * axis[1]
        length, breadth = float(np.ptp(along)) + 1, float(np.ptp(aside)) + 1
        found[at] = Piece(
            at, columns.start, rows.start, columns.stop, rows.stop, len(x), (cx + columns.start, cy + rows.start),
            length, breadth, math.atan2(axis[1], axis[0]), len(x) / (length * breadth),
        )  # fmt: skip
    return numbers, found


def _em(small: dict[int, Piece], half: float) -> float:
    """The size of the letters, from the height of most of the higher ones: capitals have two thirds of it."""
    heights = sorted(
        piece.height
        for piece in small.values()
        if piece.solid < 0.93 and piece.height > max(5.0, 4 * half) and piece.width > 2
    )
    if not heights:
        return 0.0
    spread = [sum(abs(math.log(one / other)) < 0.12 for other in heights) for one in heights]
    best = max(spread)
    first = next(one for one, count in zip(heights, spread, strict=True) if count == best)
    common = float(np.median([one for one in heights if abs(math.log(one / first)) < 0.12]))
    higher = [one for one in heights if 1.25 * common < one < 1.75 * common]
    if len(higher) >= max(1, 0.4 * best):
        common = float(np.median(higher))
    return common / 0.68


def _is_letter(piece: Piece, em: float, half: float) -> bool:
    return (
        em > 0
        and piece.height < 2.6 * em
        and piece.width < 2.6 * em
        and not (piece.breadth < 0.2 * em and piece.length > 1.2 * em)
    )


def _is_disc(piece: Piece, half: float) -> bool:
    return (
        piece.length < 1.35 * piece.breadth
        and piece.area > 0.66 * piece.length * piece.breadth
        and piece.breadth > 2.2 * half + 1
    )


def _is_line(piece: Piece, half: float, em: float) -> bool:
    return piece.solid > 0.75 and piece.length > 3 * piece.breadth and piece.length > 0.35 * em


def _words(letters: dict[int, Piece], em: float) -> list[tuple[int, ...]]:
    """Letters that stand close to each other."""
    order = sorted(letters.values(), key=lambda piece: piece.left)
    group = {piece.number: piece.number for piece in order}

    def root(at: int) -> int:
        while group[at] != at:
            at = group[at]
        return at

    for index, one in enumerate(order):
        for other in order[index + 1 :]:
            if other.left - one.right > 1.0 * em:
                break
            across = other.left - one.right
            down = max(one.top, other.top) - min(one.bottom, other.bottom)
            overlap = -down / max(1, min(one.height, other.height))
            # A sign such as = or −, and a script, stand less close than letters of one word.
            if (down < 0.12 * em and across < _WORD * em and overlap > -0.6) or (
                across < 0.02 * em and down < _LINE * em
            ):
                group[root(other.number)] = root(one.number)
    found: dict[int, list[int]] = {}
    for piece in order:
        found.setdefault(root(piece.number), []).append(piece.number)
    return [tuple(word) for word in found.values()]


def _dashed(small: dict[int, Piece], half: float) -> list[tuple[Piece, ...]]:
    """Broken lines: at least three straight pieces of like length one behind the other."""
    thick = 2 * half + 3.2
    straight = [
        piece for piece in small.values()
        if (piece.breadth < thick or piece.breadth < 0.62 * piece.length) and piece.solid > 0.55
        and 1.25 * piece.breadth < piece.length < 40 * half + 14
    ]  # fmt: skip
    ends = {piece.number: _ends(piece) for piece in straight}
    links: list[tuple[float, tuple[int, int], tuple[int, int]]] = []
    for index, one in enumerate(straight):
        for other in straight[index + 1 :]:
            if not 0.45 < one.length / other.length < 2.2:
                continue
            for a in (0, 1):
                for b in (0, 1):
                    gap = math.dist(ends[one.number][a], ends[other.number][b])
                    if gap > 1.4 * min(one.length, other.length) + 3 or gap < 1:
                        continue
                    if _bend(ends[one.number], a, ends[other.number], b, gap) < 0.42:
                        links.append((gap, (one.number, a), (other.number, b)))
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    for _, one_end, other_end in sorted(links):
        if one_end not in taken and other_end not in taken and not _joined(taken, one_end, other_end):
            taken[one_end], taken[other_end] = other_end, one_end
    found: list[tuple[Piece, ...]] = []
    seen: set[int] = set()
    for piece in straight:
        starts = [end for end in (0, 1) if (piece.number, end) not in taken]
        if piece.number in seen or not starts or len(starts) == 2:
            continue
        found.append(_follow(piece.number, starts[0], taken, small, seen))
    rings = (piece.number for piece in straight if (piece.number, 0) in taken)
    found += [_follow(number, 0, taken, small, seen) for number in rings if number not in seen]
    return [chain for chain in found if len(chain) >= 3 and _is_even(chain) and not _are_signs(chain, small)]


def _follow(
    number: int, start: int, taken: dict[tuple[int, int], tuple[int, int]], small: dict[int, Piece], seen: set[int]
) -> tuple[Piece, ...]:
    chain, end = [small[number]], 1 - start
    seen.add(number)
    while (number, end) in taken:
        number, end = taken[(number, end)]
        if number in seen:
            break
        seen.add(number)
        chain.append(small[number])
        end = 1 - end
    return tuple(chain)


def _joined(taken: dict[tuple[int, int], tuple[int, int]], one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a chain leads from one end to the other already, and is short: a ring has more pieces."""
    number, end, count = one[0], 1 - one[1], 1
    while (number, end) in taken:
        number, end = taken[(number, end)][0], 1 - taken[(number, end)][1]
        count += 1
    return (number, end) == other and count < 6


def _are_signs(chain: Sequence[Piece], small: dict[int, Piece]) -> bool:
    """Whether the pieces of a chain stand before letters, as the signs of negative numbers."""
    own = {piece.number for piece in chain}
    others = [piece for piece in small.values() if piece.number not in own]
    before = sum(
        any(
            0 < other.left - piece.right < 1.2 * piece.length and other.top < piece.center[1] < other.bottom
            for other in others
        )
        for piece in chain
    )
    return before > 0.5 * len(chain)


def _is_even(chain: Sequence[Piece]) -> bool:
    inner = sorted(piece.length for piece in chain)[1:]
    return inner[-1] < 2.0 * inner[0] + 2


def _ends(piece: Piece) -> tuple[tuple[float, float], tuple[float, float]]:
    dx, dy = math.cos(piece.angle) * (piece.length - 1) / 2, math.sin(piece.angle) * (piece.length - 1) / 2
    x, y = piece.center
    return (x - dx, y - dy), (x + dx, y + dy)


def _bend(
    one: tuple[Place, Place], a: int, other: tuple[Place, Place], b: int, gap: float,
) -> float:  # fmt: skip
    """The larger of the two angles between a piece and the way to the next one, in radians."""
    way = math.atan2(other[b][1] - one[a][1], other[b][0] - one[a][0])
    first = math.atan2(one[a][1] - one[1 - a][1], one[a][0] - one[1 - a][0])
    second = math.atan2(other[1 - b][1] - other[b][1], other[1 - b][0] - other[b][0])
    slack = min(0.35, 0.9 / max(gap, 1.0))
    return max(max(abs(_turn(way - first)), abs(_turn(second - way))) - slack, abs(_turn(second - first)) - slack)


def _turn(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi


def _dots_on_lines(lines: Mask, half: float, em: float) -> tuple[Mask, list[Dot]]:
    """Round marks on lines, filled or open; an open one is filled, so that the line goes through."""
    found: list[Dot] = []
    most = max(7.0 * half + 3, 0.42 * em)
    holes, count = ndimage.label(~lines)
    filled = lines.copy()
    if count > 1:
        sizes = ndimage.sum_labels(np.ones_like(holes), holes, np.arange(1, count + 1))
        boxes = ndimage.find_objects(holes)
        for at in np.flatnonzero(sizes < math.pi * most * most).tolist():
            rows, columns = boxes[at]
            height, width = rows.stop - rows.start, columns.stop - columns.start
            area = float(sizes[at])
            if area < 4 or max(height, width) > 1.4 * min(height, width) or area < 0.68 * height * width:
                continue
            y, x = np.nonzero(holes[rows, columns] == at + 1)
            far = float(np.hypot(x - (width - 1) / 2, y - (height - 1) / 2).max())
            if area > 0.92 * height * width or far > 1.08 * math.sqrt(area / math.pi) + 0.4:
                continue  # a square
            thick = _ring(lines, holes, at + 1, rows, columns, half)
            if not thick:
                continue
            center = ((columns.start + columns.stop - 1) / 2, (rows.start + rows.stop - 1) / 2)
            filled[rows, columns] |= holes[rows, columns] == at + 1
            found.append(Dot(center, math.sqrt(area / math.pi) + thick / 2, True))
    least = max(1.8 * half + 1.0, 0.1 * em)
    for radius in (1.55 * half + 1.15, 2.4 * half + 1.7, 3.6 * half + 2.4):
        found += _discs(filled, radius, half, least, most, found)
    return filled, found


def _discs(filled: Mask, radius: float, half: float, least: float, most: float, known: Sequence[Dot]) -> list[Dot]:
    """Discs of more than a radius, on lines that are thinner."""
    found: list[Dot] = []
    numbers, _ = ndimage.label(ndimage.binary_opening(filled, _ball(0.65 * radius)))
    blobs, _ = ndimage.label(ndimage.binary_opening(filled, _ball(radius)))
    for at, (rows, columns) in enumerate(ndimage.find_objects(blobs), 1):
        blob = blobs[rows, columns] == at
        center = ((columns.start + columns.stop - 1) / 2, (rows.start + rows.stop - 1) / 2)
        if any(math.dist(dot.center, center) < dot.radius for dot in known):
            continue
        box = (rows, columns)
        whole = numbers == int(np.bincount(numbers[rows, columns][blob]).argmax())
        wide = ndimage.find_objects(whole.astype(np.int8))[0]
        part = whole[wide]
        if max(part.shape) > 2.5 * max(blob.shape):  # on a thick line
            part = blob
        else:
            box = wide
        height, width = part.shape
        is_round = max(height, width) <= 1.25 * min(height, width) + 1 and part.sum() > 0.68 * height * width
        if is_round and 4 * least < height + width < 4 * most:
            middle = ((box[1].start + box[1].stop - 1) / 2, (box[0].start + box[0].stop - 1) / 2)
            found.append(Dot(middle, (height + width) / 4, False))
    return found


def _ring(lines: Mask, holes: npt.NDArray[np.int32], number: int, rows: slice, columns: slice, half: float) -> float:
    """How thick the ring of ink around a hole is, but for the lines that lead to it; 0 where there is no thin one."""
    reach = int(5 * half + 6)
    y0, x0 = max(rows.start - reach, 0), max(columns.start - reach, 0)
    part = (slice(y0, rows.stop + reach), slice(x0, columns.stop + reach))
    distance = ndimage.distance_transform_edt(holes[part] != number)
    for thick in np.arange(1.0, 4 * half + 3, 0.5).tolist():
        outside = (distance > thick) & (distance <= thick + 1.2)
        if outside.any() and float(lines[part][outside].mean()) < 0.45:
            return float(thick)
    return 0.0


def _ball(radius: float) -> Mask:
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(x * x + y * y <= radius * radius + 0.25)


def without_labels(found: Marks, read: set[int]) -> Marks:
    """The marks with the words that could not be read as labels as lines. `read` are the places of the others."""
    lines = found.lines
    unread = [number for at, word in enumerate(found.words) if at not in read for number in word]
    if not unread:
        return found
    return found._replace(lines=lines | np.isin(found.numbers, unread))
