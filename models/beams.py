"""CTC prefix beam search (Hannun et al., 2014) with an n-gram model of pieces."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Prefix = tuple[int, ...]
Judge = Callable[[Prefix, int], float]
"""The logarithm of how likely a piece is after a prefix, weighted as it is to count."""

_LEAST = -7.0
"""Logarithm of the probability below which a piece at a frame is not looked at."""
_PIECES = 10
"""Of the likelier ones at most so many are."""
_NEVER = -math.inf


class Heard(NamedTuple):
    """A sequence of pieces: `sound` is the logarithm of its probability by the network, `total` with the language;
    `logprobs` are those of its pieces at the frames where each is surest, and `frames` these frames.
    """

    pieces: Prefix
    sound: float
    total: float
    logprobs: tuple[float, ...]
    frames: tuple[int, ...]


class _Beam:
    """A prefix: how likely it is with a blank or with its last piece at the end, and what the language adds."""

    __slots__ = ("blank", "frames", "language", "logprobs", "piece")

    def __init__(self, language: float, logprobs: tuple[float, ...], frames: tuple[int, ...]) -> None:
        self.blank, self.piece, self.language = _NEVER, _NEVER, language
        self.logprobs, self.frames = logprobs, frames

    @property
    def sound(self) -> float:
        return _sum(self.blank, self.piece)

    @property
    def total(self) -> float:
        return self.sound + self.language


def search(
    logprobs: npt.NDArray[np.float32], judge: Judge, beams: int, nbest: int, allowed: Sequence[bool]
) -> list[Heard]:
    """The likeliest sequences of pieces of (frames, pieces) logarithms, in which piece 0 is the blank; those that are
    not `allowed` do not occur.
    """
    first = _Beam(0.0, (), ())
    first.blank = 0.0
    alive: dict[Prefix, _Beam] = {(): first}
    for frame, row in enumerate(logprobs):
        likely = np.flatnonzero(row > _LEAST)
        if len(likely) > _PIECES:
            likely = likely[np.argsort(row[likely])[-_PIECES:]]
        pieces = [(piece, float(row[piece])) for piece in likely.tolist() if piece and allowed[piece]]
        alive = _stepped(alive, float(row[0]), pieces, frame, row, judge)
        best = heapq.nlargest(beams, alive.items(), key=lambda pair: (pair[1].total, pair[0]))
        alive = dict(best)
    found = [Heard(prefix, beam.sound, beam.total, beam.logprobs, beam.frames) for prefix, beam in alive.items()]
    return sorted(found, key=lambda heard: -heard.total)[:nbest]


def _stepped(
    alive: dict[Prefix, _Beam],
    blank: float,
    pieces: Sequence[tuple[int, float]],
    frame: int,
    row: npt.NDArray[np.float32],
    judge: Judge,
) -> dict[Prefix, _Beam]:
    """The beams after one more frame."""
    found: dict[Prefix, _Beam] = {}
    for prefix, beam in alive.items():
        total = beam.sound
        stays = _kept(found, prefix, beam)
        stays.blank = _sum(stays.blank, total + blank)
        if prefix:
            again = float(row[prefix[-1]])
            stays.piece = _sum(stays.piece, beam.piece + again)
            if again > stays.logprobs[-1]:
                stays.logprobs, stays.frames = (*stays.logprobs[:-1], again), (*stays.frames[:-1], frame)
        for piece, logprob in pieces:
            # The same piece twice in a row needs a blank between.
            before = beam.blank if prefix and prefix[-1] == piece else total
            if before == _NEVER:
                continue
            longer = (*prefix, piece)
            other = found.get(longer)
            if other is None and longer in alive:
                other = _kept(found, longer, alive[longer])
            if other is None:
                other = _Beam(beam.language + judge(prefix, piece), (*beam.logprobs, logprob), (*beam.frames, frame))
                found[longer] = other
            other.piece = _sum(other.piece, before + logprob)
    return found


def _kept(found: dict[Prefix, _Beam], prefix: Prefix, beam: _Beam) -> _Beam:
    """The beam of a prefix that was there before, at the next frame."""
    if prefix not in found:
        found[prefix] = _Beam(beam.language, beam.logprobs, beam.frames)
    return found[prefix]


def _sum(one: float, other: float) -> float:
    """The logarithm of the sum of two numbers given by theirs."""
    if one < other:
        one, other = other, one
    return one if other == _NEVER else one + math.log1p(math.exp(other - one))
