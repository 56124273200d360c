"""Files of sound → samples as models take them: one channel at `RATE`.

libsndfile reads WAV, FLAC, Ogg and MP3; everything else goes to ffmpeg, where that is installed, which may open nothing
but the one file it is given. Whatever comes in is taken to be hostile: there are limits on bytes, seconds and time.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from panmath.convert.errors import InputError, MissingExtraError, UnsupportedError

from .audio import RATE, Samples, resampled

MAX_BYTES: Final = 1 << 30
MAX_SECONDS: Final = 4 * 3600
"""Of one recording."""
_RATES: Final = range(1_000, 768_001)
_CHANNELS: Final = 32
_BLOCK: Final = 1 << 16
_CONTAINERS: Final = "mov,matroska,aac,asf,amr,caf,ac3,wav,mp3,ogg,flac,aiff"
"""What ffmpeg may take a file for: no playlists, which name other files."""
_PATIENCE: Final = 300.0
"""Seconds that ffmpeg may take."""


def samples_of(file: bytes) -> Samples:
    """The sound of a file, (samples,) between -1 and 1.

    Raises InputError (no sound, or damaged), UnsupportedError (too much of it) and MissingExtraError (needs ffmpeg).
    """
    if len(file) > MAX_BYTES:
        raise UnsupportedError(f"a recording of {len(file):,} bytes is more than the {MAX_BYTES:,} that are read")
    if not file:
        raise InputError("the recording is empty: it has no bytes")
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(file)) as opened:
            return _read(opened)
    except soundfile.LibsndfileError as error:
        return _by_ffmpeg(file, str(error).partition(": ")[2] or str(error))


def _read(opened: object) -> Samples:
    rate, channels = opened.samplerate, opened.channels  # type: ignore[attr-defined]  # soundfile has no types
    if rate not in _RATES or channels > _CHANNELS:
        raise UnsupportedError(
            f"{channels} channels at {rate} Hz: a recording has at most {_CHANNELS}, at 1 to 768 kHz"
        )
    blocks, count = [], 0
    # The header may promise any length: what counts is what comes.
    while len(block := opened.read(_BLOCK, dtype="float32", always_2d=True)):  # type: ignore[attr-defined]
        count += len(block)
        if count > MAX_SECONDS * rate:
            raise _too_long()
        blocks.append(block.mean(1))
    if not blocks:
        raise InputError("the recording is empty: it has no samples")
    return resampled(_sane(np.concatenate(blocks)), rate)


def _sane(samples: Samples) -> Samples:
    """Samples that are numbers, and no large ones: files of floats may hold anything."""
    return np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0).clip(-8, 8).astype(np.float32)


def _too_long() -> UnsupportedError:
    return UnsupportedError(f"the recording is longer than {MAX_SECONDS // 3600} hours")


def _by_ffmpeg(file: bytes, reason: str) -> Samples:
    if b"ftyp" not in file[:64] and shutil.which("ffmpeg") is None:
        raise InputError(f"no sound that can be read: {reason}")
    if shutil.which("ffmpeg") is None:
        raise MissingExtraError("MPEG-4 audio needs ffmpeg, which is not installed (on Debian: apt install ffmpeg)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording"
        path.write_bytes(file)
        command = [
            "ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", _CONTAINERS,
            "-threads", "1", "-i", str(path), "-map", "0:a:0", "-t", str(MAX_SECONDS + 1), "-ac", "1", "-ar", str(RATE),
            "-f", "f32le", "-protocol_whitelist", "pipe", "pipe:1",
        ]  # fmt: skip
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            raise UnsupportedError(f"ffmpeg was stopped: it took more than {_PATIENCE:g} s") from None
    samples = np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], "<f4")
    if not len(samples):
        raise InputError(f"no sound that can be read: {reason}")
    if len(samples) > MAX_SECONDS * RATE:
        raise _too_long()
    return _sane(samples)
