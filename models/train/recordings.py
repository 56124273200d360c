"""Recordings for speech → words: what our writer and people say of formulas, spoken by synthetic voices.

Recording `n` depends on the seed and `n` alone. They are made by processes beside the training, in pieces that stay on
the disk; what is done to the sound of each (`augment`) is done anew every time.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from panmath.convert.errors import EdgeError, PanmathError
from panmath.convert.fi import leak_key
from panmath.convert.nodes import Node
from panmath.convert.phrases import Language
from panmath.convert.readers import tex as reader
from panmath.convert.source import Source
from panmath.convert.writers import spoken
from panmath.convert.writers import tex as writer
from panmath.renderers import voice
from panmath.renderers.pronunciation import respelled

from ..audio import RATE, Samples, resampled
from ..transcript import transcript
from .noise import Noise, disturbed, sayings
from .pairs import Sources, is_held_back, load

PIECE = 256
"""Recordings in one file."""
_SECONDS = (0.4, 9.0)


class Recording(NamedTuple):
    """Words and how they sound, (samples,) at `RATE`."""

    words: str
    language: Language
    samples: Samples


class Speaker(NamedTuple):
    """A voice by its engine and name, as ``flite/slt`` or ``espeak/en-gb+f2``, and how it speaks."""

    name: str
    rate: float = 160.0
    pitch: float = 50.0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks: names of voices by language and engine, and how often which engine does."""

    voices: dict[Language, dict[str, Sequence[str]]]
    variants: Sequence[str]
    shares: dict[Language, dict[str, float]]
    rate: tuple[float, float]
    pitch: tuple[float, float]

    def speaker(self, random: Random, language: Language) -> Speaker:
        """Anyone who speaks the language."""
        shares = self.shares[language]
        engine = random.choices(list(shares), list(shares.values()))[0]
        name = random.choice(self.voices[language][engine])
        if engine == "espeak" and random.random() < 0.9:
            name += "+" + random.choice(self.variants)
        return Speaker(f"{engine}/{name}", random.uniform(*self.rate), random.uniform(*self.pitch))


@dataclass(frozen=True, slots=True)
class Script:
    """What is said; shares and chances are from 0 to 1."""

    russian: float
    real: float
    """English that people wrote for formulas."""
    drills: float
    """Letters, numbers and words in no order, from which nothing can be guessed."""
    other_words: float
    recombined: float
    longest: int
    """The most words."""
    shares: dict[str, float]
    """How often a formula is taken from each file."""


def of_benchmark(tex: str) -> bool:
    """Whether a formula is kept for measuring: a fiftieth of all, by a sum over what the formula is."""
    return _sum(tex)[0] % 50 == 0


def _sum(tex: str) -> bytes:
    return hashlib.sha256(b"speech/" + leak_key(tex).encode()).digest()


class Reading(NamedTuple):
    """A formula that no training has heard: its reading as the writer gives it to a voice, and its words."""

    tex: str
    said: str
    words: str


def readings(data: Path, language: Language, part: Literal["dev", "test"]) -> list[Reading]:
    """Natural readings of the kept formulas of the school file, in an order that means nothing. The decoder is fitted
    to those of "dev", and those of "test" are for measuring.
    """
    lines = dict.fromkeys((data / "latex_school.txt").read_text(encoding="utf-8").splitlines())
    kept = [line for line in lines if of_benchmark(line) and (_sum(line)[1] % 2 == 0) == (part == "dev")]
    found = []
    for line in sorted(kept, key=_sum):
        try:
            node = reader.read(Source(line), losses=[], strict=True)
            said = spoken.write(node, losses=[], language=language, numbers="words", ssml=True)
        except PanmathError:
            continue
        words = transcript(plain(said), language)
        if words and len(words.split()) > 1:
            found.append(Reading(line, said, words))
    return found


def recording(number: int, seed: int, sources: Sources, script: Script, cast: Cast) -> Recording:
    """Recording `number` of a seed."""
    random = Random(f"{seed}/{number}")
    while True:
        said, words, language = text(random, sources, script)
        speaker = cast.speaker(random, language)
        try:
            samples = spoken_by(speaker, said, language)
        except PanmathError:
            continue
        if _SECONDS[0] <= len(samples) / RATE <= _SECONDS[1]:
            return Recording(words, language, samples)


def text(random: Random, sources: Sources, script: Script) -> tuple[str, str, Language]:
    """Something to be said, as text or SSML, its words, and its language."""
    while True:
        language: Language = "ru" if random.random() < script.russian else "en"
        said = _said(random, language, sources, script)
        words = said and transcript(plain(said), language)
        if said and words and len(words.split()) <= script.longest:
            return said, words, language


def plain(said: str) -> str:
    """The words of a text or of SSML."""
    return re.sub(r"<[^>]*>", " ", said) if said.startswith("<speak") else said


def _said(random: Random, language: Language, sources: Sources, script: Script) -> str | None:
    if random.random() < script.drills:
        return _drill(random, language)
    if language == "en" and random.random() < script.real:
        said, node = random.choice(sources.real)
        return None if _is_kept(node, sources) else said
    node = _chosen(random, sources, script)
    if _is_kept(node, sources):
        return None
    try:
        if random.random() < script.other_words:
            parts = spoken.phrases(node, spoken.Voice(language, numbers="words"), losses=[])
            noise = Noise(0.4, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0)
            return disturbed([part.text for part in parts if part.text], language, random, noise)
        return spoken.write(node, losses=[], language=language, numbers="words", ssml=True)
    except PanmathError:
        return None


def _is_kept(node: Node, sources: Sources) -> bool:
    tex = writer.write(node, losses=[])
    return of_benchmark(tex) or is_held_back(tex, sources.held_back)


def _chosen(random: Random, sources: Sources, script: Script) -> Node:
    names = list(script.shares)
    node = random.choice(sources.formulas[random.choices(names, [script.shares[name] for name in names])[0]])
    if random.random() >= script.recombined:
        return node
    return sources.pool.swapped(node, random, 0.4)


@cache
def _vocabulary(language: Language) -> Sequence[str]:
    """Phrases that mean something to the rule reader, and the names of letters in plenty."""
    known = sayings(language)
    phrases = sorted(phrase for phrase in known.same if transcript(phrase, language))
    if language == "en":
        letters = list("abcdefghijklmnopqrstuvwxyz")
    else:
        letters = [names[0] for _, names in sorted(known.names.items()) if names]
    return [*phrases, *letters * max(1, len(phrases) // (2 * len(letters)))]


def _drill(random: Random, language: Language) -> str:
    count = random.randint(2, 7)
    words = [
        str(random.randint(0, 10 ** random.randint(1, 4)))
        if random.random() < 0.25
        else random.choice(_vocabulary(language))
        for _ in range(count)
    ]
    return ", ".join(words) if random.random() < 0.3 else " ".join(words)


def spoken_by(speaker: Speaker, said: str, language: Language) -> Samples:
    """A text or SSML as a voice says it, (samples,) at `RATE`. EdgeError where the engine fails."""
    engine, _, name = speaker.name.partition("/")
    if engine == "festival":
        return _festival(name, plain(said), language)
    blocks = list(
        voice.sound(
            [Source(said)],
            language=language,
            voice=name,
            engine=engine,  # type: ignore[arg-type]  # checked there
            rate=speaker.rate,
            pitch=speaker.pitch,
        )
    )
    if not blocks:
        raise EdgeError("nothing was said")
    joined = np.frombuffer(b"".join(block.samples for block in blocks), "<i2").astype(np.float32) / np.float32(32768)
    return resampled(joined, blocks[0].sample_rate)


def _festival(name: str, text: str, language: Language) -> Samples:
    """The same by a voice of festival, which is installed for tests only and in no training."""
    # Its English front end is that of flite; in Russian it reads the words as they are.
    text = respelled(text, "flite", "en") if language == "en" else text
    text = text.replace("\\", " ").replace('"', " ")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        asked = f'(voice_{name}) (utt.save.wave (utt.synth (Utterance Text "{text}")) "{file}")'
        done = subprocess.run(["festival", "--pipe"], input=asked.encode(), capture_output=True, timeout=60)
        if done.returncode != 0 or not file.exists():
            raise EdgeError("festival made no sound", done.stderr.decode("utf-8", "replace")[-4000:])
        import soundfile

        samples, rate = soundfile.read(file, dtype="float32")
    return resampled(samples, rate)


def augmented(samples: Samples, random: np.random.Generator) -> Samples:
    """A recording in another place: another speed and pitch, a room, a narrow band, noise, silence around it."""
    return coloured(moved(samples, random).samples, random)


class Moved(NamedTuple):
    """Samples played `speed` times as fast, with silence of `before` seconds before them."""

    samples: Samples
    speed: float
    before: float


def moved(samples: Samples, random: np.random.Generator) -> Moved:
    """A recording at another speed, and with it pitch, with silence around it."""
    speed = float(random.uniform(0.87, 1.16))
    at = np.arange(0, len(samples) - 1, speed)
    samples = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    before, after = (int(RATE * seconds) for seconds in random.uniform(0.02, 0.4, 2))
    return Moved(np.pad(samples, (before, after)), speed, before / RATE)


def coloured(samples: Samples, random: np.random.Generator) -> Samples:
    """A recording in another room, through another microphone and line, with noise."""
    size = _fast(len(samples) + RATE // 2)
    spectrum = np.fft.rfft(samples, size)
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    if random.random() < 0.4:
        spectrum *= np.fft.rfft(_room(random), size)
    spectrum *= _band(frequencies, random)
    sound: Samples = np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)
    sound /= max(float(np.sqrt(np.mean(sound**2))), 1e-6)
    if random.random() < 0.7:
        sound = sound + _hiss(len(sound), size, random) * 10 ** (-random.uniform(8, 40) / 20)
    if random.random() < 0.1:
        sound = np.clip(sound, -2.5, 2.5)
    return sound.astype(np.float32)


def _hiss(length: int, size: int, random: np.random.Generator) -> Samples:
    """Noise of some colour, as loud as speech is here."""
    spectrum = np.fft.rfft(random.standard_normal(size).astype(np.float32))
    spectrum[1:] *= (np.fft.rfftfreq(size, 1 / RATE)[1:] / 1000) ** random.uniform(-1.2, 0.3)
    hiss: Samples = np.fft.irfft(spectrum, size)[:length].astype(np.float32)
    return hiss / np.float32(np.sqrt(np.mean(hiss**2)))


def noise(random: np.random.Generator) -> Samples:
    """A recording in which nobody speaks: hiss, hum, clicks, or nothing at all."""
    length = int(RATE * random.uniform(0.5, 3.0))
    kind = random.random()
    if kind < 0.15:
        return np.zeros(length, np.float32)
    sound = _hiss(length, _fast(length), random) * random.uniform(0.001, 1.0)
    time = np.arange(length) / RATE
    if kind < 0.35:
        pitch = random.uniform(40, 2000)
        sound += sum(np.sin(2 * np.pi * pitch * n * time) * random.uniform(0, 0.5) for n in range(1, 6))
    elif kind < 0.6:
        for start in random.integers(0, length, 6):
            click = np.exp(-np.arange(min(length - start, RATE // 10)) / random.uniform(50, 900))
            sound[start : start + len(click)] += click * random.standard_normal(len(click)) * 5
    return sound.astype(np.float32)


def _fast(size: int) -> int:
    """The next size that a Fourier transform is fast for."""
    step = 1 << max(size.bit_length() - 4, 0)
    return -(-size // step) * step


def _room(random: np.random.Generator) -> npt.NDArray[np.float32]:
    """The answer of a room to a click: the sound itself, and a tail of echoes that dies away."""
    length = int(RATE * random.uniform(0.08, 0.45))
    tail = random.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail *= random.uniform(0.1, 0.8) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return tail.astype(np.float32)


def _band(frequencies: npt.NDArray[Any], random: np.random.Generator) -> npt.NDArray[Any]:
    """What a microphone and a line let through."""
    passed: npt.NDArray[Any] = (np.maximum(frequencies, 50) / 1000) ** random.uniform(-0.35, 0.35)
    kind = random.random()
    if kind < 0.12:
        passed /= 1 + (frequencies / random.uniform(3000, 3800)) ** 16
        passed /= 1 + (300 / np.maximum(frequencies, 1)) ** 8
    elif kind < 0.35:
        passed /= 1 + (frequencies / random.uniform(3500, 7500)) ** 12
    return passed


class Store:
    """Recordings on the disk, made by processes of their own in the order in which they are asked for."""

    def __init__(self, folder: Path, data: Path, config: dict[str, Any], count: int, makers: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.pieces = folder, count // PIECE
        self._makers = [
            multiprocessing.get_context("spawn").Process(
                target=_make, args=(folder, data, config, range(maker, self.pieces, makers)), daemon=True
            )
            for maker in range(makers)
        ]
        if any(not self._file(piece).exists() for piece in range(self.pieces)):
            for maker in self._makers:
                maker.start()

    def _file(self, piece: int) -> Path:
        return self.folder / f"{piece:05}.npz"

    def piece(self, number: int) -> list[Recording]:
        """Piece `number`; waits until it is there."""
        file = self._file(number)
        while not file.exists():
            if not any(maker.is_alive() for maker in self._makers) and not file.exists():
                raise EdgeError(f"the makers of recordings ended without {file.name}")
            time.sleep(0.5)
        return read_piece(file)


def read_piece(file: Path) -> list[Recording]:
    """The recordings of a file."""
    with np.load(file, allow_pickle=False) as content:
        told = json.loads(str(content["told"]))
        sounds = np.split(content["samples"], np.cumsum(content["lengths"])[:-1])
    return [
        Recording(words, language, sound.astype(np.float32) / np.float32(32768))
        for (words, language), sound in zip(told, sounds, strict=True)
    ]


def _make(folder: Path, data: Path, config: dict[str, Any], pieces: Sequence[int]) -> None:
    sources, script, cast, seed = load(data), Script(**config["script"]), cast_of(config), config["training"]["seed"]
    for piece in pieces:
        file = folder / f"{piece:05}.npz"
        if file.exists():
            continue
        made = [recording(number, seed, sources, script, cast) for number in range(piece * PIECE, (piece + 1) * PIECE)]
        sounds = [np.round(np.clip(one.samples, -1, 1) * 32767).astype(np.int16) for one in made]
        partial = folder / f".{piece:05}.{os.getpid()}.npz"
        told = json.dumps([(one.words, one.language) for one in made], ensure_ascii=False)
        np.savez(partial, told=told, lengths=[len(sound) for sound in sounds], samples=np.concatenate(sounds))
        partial.rename(file)


def cast_of(config: dict[str, Any]) -> Cast:
    """The cast of a configuration."""
    table = config["cast"]
    return Cast(table["voices"], table["variants"], table["shares"], tuple(table["rate"]), tuple(table["pitch"]))
