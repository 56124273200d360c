"""Steps that make pictures and sounds worse, as cameras, printers and rooms do. The same seed makes the same."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from ...convert.errors import InputError, MissingExtraError
from ..sample import Sample
from ..step import PerSample


def _bytes(sample: Sample, column: str) -> bytes:
    value = sample.fields.get(column)
    if not isinstance(value, bytes):
        raise InputError(f"{sample.id}: no bytes in a column {column!r}; the columns are {', '.join(sample.fields)}")
    return value


def _missing(error: ModuleNotFoundError, extra: str) -> MissingExtraError:
    return MissingExtraError(f'this needs {error.name}, which is not installed: pip install "panmath[{extra}]"')


@dataclass(frozen=True)
class Distort(PerSample):
    """Makes of a picture one as it is scanned or photographed: turned a little, blurred, grey, grained, compressed.

    `strength` goes from 0, which changes nothing, to 1; the picture goes into `into`, a PNG.
    """

    name: ClassVar[str] = "distort"
    column: str = "image"
    into: str = "image"
    strength: float = 0.5
    seed: int = 0

    def one(self, sample: Sample) -> Iterable[Sample]:
        data = _bytes(sample, self.column)
        sample.fields[self.into] = _distorted(data, sample.chance(self.seed, self.name), self.strength)
        return (sample,)


def _distorted(data: bytes, random: Random, strength: float) -> bytes:
    try:
        import numpy
        from PIL import Image, ImageFilter
    except ModuleNotFoundError as error:
        raise _missing(error, "render") from error
    with Image.open(io.BytesIO(data)) as opened:
        picture = opened.convert("L")
    picture = picture.rotate(random.uniform(-3, 3) * strength, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0, 1.2) * strength))
    values: Any = numpy.asarray(picture, numpy.float64)
    generator = numpy.random.default_rng(random.getrandbits(64))
    dark, light = 70 * random.random() * strength, 255 - 60 * random.random() * strength
    values = dark + values * (light - dark) / 255 + generator.normal(0, 12 * random.random() * strength, values.shape)
    picture = Image.fromarray(numpy.clip(values, 0, 255).astype(numpy.uint8))
    if random.random() < strength:
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=random.randint(30, 90))
        picture = Image.open(jpeg)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class Noise(PerSample):
    """Adds noise to a WAV file: between white and that of a large room, at a distance to the voice of `quietest` to
    `loudest` decibels. The column `snr` says how far.
    """

    name: ClassVar[str] = "noise"
    column: str = "speech"
    quietest: float = 40.0
    loudest: float = 10.0
    seed: int = 0

    def one(self, sample: Sample) -> Iterable[Sample]:
        random = sample.chance(self.seed, self.name)
        ratio = round(random.uniform(self.loudest, self.quietest), 1)
        sample.fields[self.column] = _noisy(sample, _bytes(sample, self.column), ratio, random)
        sample.fields["snr"] = ratio
        return (sample,)


def _noisy(sample: Sample, data: bytes, ratio: float, random: Random) -> bytes:
    try:
        import numpy
    except ModuleNotFoundError as error:
        raise _missing(error, "render") from error
    try:
        with wave.open(io.BytesIO(data)) as file:
            parameters, frames = file.getparams(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise InputError(f"{sample.id}: noise is added to WAV files: {error}") from error
    if parameters.sampwidth != 2:
        raise InputError(f"{sample.id}: noise is added to WAV files of 16 bits")
    sound: Any = numpy.frombuffer(frames, "<i2").astype(numpy.float64)
    generator = numpy.random.default_rng(random.getrandbits(64))
    # A spectrum that falls with the frequency, by nothing (white) up to 6 dB an octave (a room).
    spectrum = numpy.fft.rfft(generator.normal(size=len(sound)))
    spectrum /= numpy.maximum(numpy.arange(len(spectrum)), 1) ** random.uniform(0, 1)
    noise = numpy.fft.irfft(spectrum, len(sound)) if len(sound) else sound
    loudness = numpy.sqrt(numpy.mean(sound**2)) if len(sound) else 0.0
    scale = loudness / 10 ** (ratio / 20) / max(numpy.sqrt(numpy.mean(noise**2)) if len(sound) else 1.0, 1e-12)
    mixed = numpy.clip(sound + noise * scale, -32768, 32767).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams(parameters)
        file.writeframes(mixed.tobytes())
    return out.getvalue()
