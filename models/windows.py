"""A long recording in windows: cut where it is quietest, and without those in which there is no sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .audio import RATE, Samples

_FRAME = RATE // 50
_QUIET = 1e-4
"""The root mean square below which a frame is silence whatever else there is: -80 dB."""
_PAUSE = 20
"""Frames over which loudness is averaged to find a pause: 0.4 s."""


class Window(NamedTuple):
    """A part of a recording, (samples,), and where it begins and ends in seconds."""

    samples: Samples
    start: float
    end: float


def windows(samples: Samples, longest: float) -> Iterator[Window]:
    """The parts of a recording that hold any sound, in order; none is longer than `longest` seconds.

    A window ends in the quietest pause of its second half.
    """
    loudness = _loudness(samples)
    most = int(longest * RATE) // _FRAME
    start = 0
    while start < len(loudness):
        end = len(loudness)
        if end - start > most:
            pauses = np.convolve(loudness, np.ones(_PAUSE) / _PAUSE, "same")
            half = start + most // 2
            end = half + int(np.argmin(pauses[half : start + most])) + 1
        if (loudness[start:end] > _QUIET).any():
            part = samples[start * _FRAME : end * _FRAME]
            yield Window(part, start * _FRAME / RATE, min(end * _FRAME, len(samples)) / RATE)
        start = end


def _loudness(samples: Samples) -> npt.NDArray[np.float64]:
    """The root mean square of each frame."""
    count = -(-len(samples) // _FRAME)
    padded = np.zeros(count * _FRAME)
    padded[: len(samples)] = samples
    found: npt.NDArray[np.float64] = np.sqrt(np.mean(padded.reshape(count, _FRAME) ** 2, 1))
    return found
