"""Sound as the models for speech take it: one channel at 16 kHz, and its spectrum by mels."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from transformers.audio_utils import mel_filter_bank

RATE = 16_000
"""Samples in a second."""
MELS = 80
HOP = 160
"""Samples from one frame of the spectrum to the next."""
_WINDOW, _FFT = 400, 512
_LOUDNESS = 0.05
"""The root mean square that every recording is brought to."""
_FLOOR = 1e-4
"""Power that is added to every band: about 40 dB below speech, so that faint noise makes no difference."""
_ZEROS = 16
"""Zero crossings of the resampling filter on either side."""

Samples = npt.NDArray[np.float32]


def resampled(samples: Samples, rate: int, to: int = RATE) -> Samples:
    """Samples (n,) at another rate, by a filter of windowed sinc functions (Smith and Gossett, 1984).

    The ratio of the rates is rounded to a fraction of small numbers: no error that can be heard.
    """
    ratio = Fraction(to, rate).limit_denominator(640)
    up, down = ratio.numerator, ratio.denominator
    if up == down or not len(samples):
        return samples
    filters, reach = _filters(up, down)
    padded = torch.nn.functional.pad(torch.from_numpy(samples)[None, None], (reach, reach + down))
    bands = torch.nn.functional.conv1d(padded, filters, stride=down)
    length = math.ceil(len(samples) * up / down)
    found: Samples = bands[0].T.reshape(-1)[:length].numpy()
    return found


@cache
def _filters(up: int, down: int) -> tuple[torch.Tensor, int]:
    """The filter of each output phase, (up, 1, taps), and how far they reach back."""
    cutoff = min(up, down) * 0.97 / down  # relative to the rate of the input
    reach = math.ceil(_ZEROS / cutoff)
    taps = torch.arange(-reach, reach + down, dtype=torch.float64)
    distance = (taps[None] - torch.arange(up, dtype=torch.float64)[:, None] * down / up) * cutoff
    window = torch.cos(distance.clamp(-_ZEROS, _ZEROS) * math.pi / _ZEROS / 2).square()
    return (torch.sinc(distance) * window * cutoff).float()[:, None], reach


@cache
def _mel_filters() -> torch.Tensor:
    return torch.from_numpy(mel_filter_bank(_FFT // 2 + 1, MELS, 0.0, RATE / 2, RATE, mel_scale="htk")).float()


def log_mels(samples: Samples) -> torch.Tensor:
    """The logarithmic mel spectrum (frames, MELS), each band with mean 0 and variance 1 over the recording."""
    sound = torch.from_numpy(samples).float()
    sound = sound * (_LOUDNESS / sound.square().mean().sqrt().clamp(min=1e-6))
    sound = torch.cat([sound[:1], sound[1:] - 0.97 * sound[:-1]])
    spectrum = torch.stft(
        sound, _FFT, HOP, _WINDOW, torch.hann_window(_WINDOW), center=True, pad_mode="constant", return_complex=True
    )
    bands = (spectrum.abs().square().T @ _mel_filters() + _FLOOR).log()
    return (bands - bands.mean(0)) / (bands.std(0, correction=0) + 1e-3)
