"""The programs that speak: espeak-ng, which comes with pip, and flite, where it is installed.

Each lists its voices and turns one utterance into samples, in a process that can be killed.
"""

from __future__ import annotations

import array
import io
import json
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, get_args

from ..convert.errors import EdgeError
from ..convert.phrases import Language
from .child import Child
from .pronunciation import EngineName


class Voice(NamedTuple):
    """A voice: `name` is what one asks for it by, `identifier` what its engine calls it."""

    engine: EngineName
    name: str
    language: str
    gender: str
    title: str
    identifier: str

    @property
    def speaks(self) -> str:
        """The language without its region."""
        return self.language.partition("-")[0]


class Manner(NamedTuple):
    """How a voice speaks: words a minute, and its pitch from 0 to 100, 50 being the voice's own."""

    rate: float = 160.0
    pitch: float = 50.0


class Sound(NamedTuple):
    """A stretch of sound: mono samples of 16 bits, little-endian, and how many there are in a second."""

    sample_rate: int
    samples: bytes

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / 2 / self.sample_rate


class Engine(Protocol):
    """A program that speaks."""

    @property
    def name(self) -> EngineName:
        """What one asks for it by."""

    def installed(self) -> bool:
        """Whether it is there."""

    def voices(self) -> Sequence[Voice]:
        """The voices that speak a language in which formulas are said, the default of each language first."""

    def variants(self) -> Sequence[str]:
        """What may follow the name of a voice after a plus sign."""

    def unread(self, text: str) -> str:
        """The characters of a text that the engine has no name for."""

    def speak(self, text: str, voice: Voice, variant: str, manner: Manner, timeout: float) -> Sound:
        """The sound of a text that `pronunciation` made. EdgeError where the program fails or takes too long."""


class Espeak:
    """espeak-ng, through the library in the package espeakng-loader."""

    name: EngineName = "espeak"

    def installed(self) -> bool:
        return find_spec("espeakng_loader") is not None

    def voices(self) -> Sequence[Voice]:
        return _espeak_voices()

    def variants(self) -> Sequence[str]:
        variants: list[str] = _espeak_list()["variants"]
        return variants

    def unread(self, text: str) -> str:
        return ""  # what it does not know it calls a symbol or a letter

    def speak(self, text: str, voice: Voice, variant: str, manner: Manner, timeout: float) -> Sound:
        called = f"{voice.identifier}+{variant}" if variant else voice.identifier
        return Sound(_espeak_list()["sample_rate"], self._ask("speak", text, called, manner, timeout))

    def aligned(
        self, text: str, voice: Voice, variant: str, manner: Manner, timeout: float
    ) -> tuple[Sound, list[tuple[str, float]]]:
        """The sound of a text, and its phonemes (IPA) with the second at which each begins; " " begins a word."""
        called = f"{voice.identifier}+{variant}" if variant else voice.identifier
        asked = {"voice": called, "rate": round(manner.rate), "pitch": min(round(manner.pitch), 99)}
        job = {"task": "aligned", **_espeak_paths(), **asked}
        begun, _, samples = _ALIGNING.ask(job, text.encode("utf-8", "replace"), timeout).partition(b"\n")
        phonemes = [(name, at / 1000) for name, at in json.loads(begun)]
        return Sound(_espeak_list()["sample_rate"], samples), phonemes

    def phonemes(self, text: str, voice: Voice) -> str:
        """The sounds of a text in the International Phonetic Alphabet."""
        return self._ask("phonemes", text, voice.identifier, Manner(), 20.0).decode("utf-8")

    @staticmethod
    def _ask(task: str, text: str, voice: str, manner: Manner, timeout: float) -> bytes:
        asked = {"voice": voice, "rate": round(manner.rate), "pitch": min(round(manner.pitch), 99)}
        return _ask_espeak(task, text.encode("utf-8", "replace"), timeout, asked)


_ESPEAK: Final = Child("espeak.py", "espeak-ng")
_ALIGNING: Final = Child("espeak.py", "espeak-ng")
"""A process of its own: the library has to be told when it starts that phonemes are to be told."""
_UNREADABLE: Final = frozenset({"en-shaw"})
"""Voices for scripts in which nothing is written here."""
_LAST: Final = 255
"""The rank of a voice that does not offer itself for its language without a region; the best has the lowest."""


def _ask_espeak(task: str, body: bytes, timeout: float, asked: Mapping[str, object]) -> bytes:
    return _ESPEAK.ask({"task": task, **_espeak_paths(), **asked}, body, timeout)


def _espeak_paths() -> dict[str, str]:
    import espeakng_loader

    return {"library": espeakng_loader.get_library_path(), "data": espeakng_loader.get_data_path()}


@cache
def _espeak_list() -> Mapping[str, Any]:
    listed: Mapping[str, Any] = json.loads(_ask_espeak("voices", b"", 20.0, {}))
    return listed


@cache
def _espeak_voices() -> Sequence[Voice]:
    ranked = []
    for row in _espeak_list()["voices"]:
        ranks = {language: rank for rank, language in row["languages"]}
        name = next(iter(ranks))
        voice = Voice("espeak", name, name, row["gender"], row["title"], row["identifier"])
        if voice.speaks in get_args(Language) and name not in _UNREADABLE:
            ranked.append((ranks.get(voice.speaks, _LAST), voice))
    return tuple(voice for _, voice in sorted(ranked, key=lambda pair: (pair[0], pair[1].name)))


class _FliteVoice(NamedTuple):
    """`rate` is the words a minute that it speaks by itself, by what espeak-ng calls so: measured on 100 formulas."""

    language: str
    gender: str
    title: str
    rate: float


_FLITE_VOICES: Final = {
    "slt": _FliteVoice("en-us", "female", "CMU Arctic slt", 161),
    "rms": _FliteVoice("en-us", "male", "CMU Arctic rms", 141),
    "awb": _FliteVoice("en-gb-scotland", "male", "CMU Arctic awb", 153),
    "kal16": _FliteVoice("en-us", "male", "CMU kal, 16 kHz", 183),
    "kal": _FliteVoice("en-us", "male", "CMU kal, 8 kHz", 168),
}
"""The voices of flite that say anything; awb_time only tells the time."""


class Flite:
    """The program flite, which speaks English."""

    name: EngineName = "flite"

    def installed(self) -> bool:
        return shutil.which("flite") is not None

    def voices(self) -> Sequence[Voice]:
        return _flite_voices()

    def variants(self) -> Sequence[str]:
        return ()

    def unread(self, text: str) -> str:
        return "".join(char for char in text if not char.isascii())

    def aligned(self, text: str, voice: Voice, manner: Manner, timeout: float) -> tuple[Sound, list[tuple[str, float]]]:
        """The sound of a text, and its phonemes (flite's own names) with the second at which each begins."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "said.wav"
            asked = ["-voice", voice.identifier, *_settings(voice, manner), "-psdur", "-t", text, "-o", str(file)]
            told = _run_flite(asked, timeout)
            try:
                with wave.open(str(file)) as opened:
                    sound = Sound(opened.getframerate(), opened.readframes(opened.getnframes()))
            except (wave.Error, EOFError, OSError) as error:
                raise EdgeError(f"flite gave no sound: {error}") from error
        # "pau:0.217 eh:0.325 k:0.425": each name with its end.
        pairs = [pair.rpartition(":") for pair in told.decode("utf-8", "replace").split()]
        starts = [0.0, *(float(end) for _, _, end in pairs)]
        return sound, [(name, start) for (name, _, _), start in zip(pairs, starts, strict=False)]

    def speak(self, text: str, voice: Voice, variant: str, manner: Manner, timeout: float) -> Sound:
        # From a file it would go sentence by sentence, and could not write into a pipe.
        asked = ["-voice", voice.identifier, *_settings(voice, manner), "-t", text, "-o", "/dev/stdout"]
        answer = _run_flite(asked, timeout)
        try:
            with wave.open(io.BytesIO(answer)) as opened:
                return Sound(opened.getframerate(), _without_edges(opened.readframes(opened.getnframes())))
        except (wave.Error, EOFError) as error:
            raise EdgeError(f"flite gave no sound: {error}") from error


def _settings(voice: Voice, manner: Manner) -> list[str]:
    stretch = _FLITE_VOICES[voice.name].rate / manner.rate
    features = (f"duration_stretch={stretch:.4f}", f"f0_shift={2 ** (manner.pitch / 50 - 1):.4f}")
    return [word for feature in features for word in ("--setf", feature)]


@cache
def _flite_voices() -> Sequence[Voice]:
    # "Voices available: kal awb_time kal16 awb rms slt"
    listed = _run_flite(["-lv"], 20.0).decode("utf-8", "replace").split()
    return tuple(
        Voice("flite", name, voice.language, voice.gender, voice.title, name)
        for name, voice in _FLITE_VOICES.items()
        if name in listed
    )


def _run_flite(arguments: Iterable[str], timeout: float) -> bytes:
    try:
        done = subprocess.run(["flite", *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise EdgeError(f"flite was stopped: it took more than {timeout:g} s") from None
    if done.returncode != 0:
        raise EdgeError(f"flite ended with {done.returncode}", done.stderr.decode("utf-8", "replace")[-4000:])
    return done.stdout


_INAUDIBLE: Final = 64


def _without_edges(samples: bytes) -> bytes:
    """The samples without the silence before and after, of which flite has a fifth of a second."""
    values = array.array("h", samples)
    if sys.byteorder == "big":
        values.byteswap()
    heard = [number for number, value in enumerate(values) if abs(value) > _INAUDIBLE]
    return samples[2 * heard[0] : 2 * heard[-1] + 2] if heard else b""


ENGINES: Final[tuple[Engine, ...]] = (Espeak(), Flite())
"""In the order in which they are asked for a voice."""
