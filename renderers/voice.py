"""Words → speech: what the spoken writer says, or any text with the same words, as a file of sound.

    >>> from panmath.renderers.voice import record
    >>> seconds = record(open("lecture.txt"), "lecture.ogg", rate=180)   # doctest: +SKIP

`speak` is the edge of the graph; `sound` and `record` take a text of any length in pieces and hold one sentence at a
time in memory.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple, TypeAlias, TypedDict, Unpack, get_args

from ..convert.console import whole_file
from ..convert.errors import EdgeError, Loss, Losses, MissingExtraError, OptionError, UnsupportedError
from ..convert.phrases import Language, language_of
from ..convert.source import Source
from .engines import ENGINES, Engine, Manner, Sound, Voice
from .pronunciation import EngineName, respelled
from .ssml import Utterance, utterances

Audio: TypeAlias = Literal["wav", "flac", "ogg", "mp3"]

MAX_CHARACTERS: Final = 100_000
"""In a text that is spoken into memory: about two hours of sound."""
_RATES: Final = (80.0, 450.0)
_PITCHES: Final = (0.0, 100.0)
_CODECS: Final[dict[Audio, tuple[str, str, float | None]]] = {
    "flac": ("FLAC", "PCM_16", None),
    "ogg": ("OGG", "VORBIS", 0.9),
    "mp3": ("MP3", "MPEG_LAYER_III", 0.9),
}
"""libsndfile's names, and how much is compressed, from 0 to 1: a single voice needs about 40 kbit/s."""
_BLOCK: Final = 1 << 15
"""Bytes given to an encoder at once; the one of Vorbis needs stack in proportion to it."""
_LANGUAGES: Final[dict[Language, str]] = {"en": "English", "ru": "Russian"}
_NO_ESPEAK: Final = (
    'speaking needs espeakng_loader, which is not installed: pip install "panmath[speech-gpl]" (it brings espeak-ng, '
    "whose licence is the GPL-3)"
)


class Options(TypedDict, total=False):
    """How words are spoken; see `speak`."""

    language: str
    voice: str
    rate: float
    pitch: float
    engine: EngineName | None
    timeout: float


def speak(words: str | Source, *, losses: Losses, audio: Audio = "wav", **options: Unpack[Options]) -> bytes:
    """The sound of words, or of SSML as the spoken writer makes it, as a file.

    `voice` is a name of `voices`, with a variant after a plus sign where the engine has some; without it the language
    decides. `rate` is in words a minute, `pitch` from 0 to 100, 50 being the voice's own. `timeout` is how many seconds
    one sentence may take.

    Raises OptionError, MissingExtraError, ParseError (SSML that is not well formed), UnsupportedError (nothing to say,
    or too much to keep in memory) and EdgeError (the engine failed).
    """
    source = words if isinstance(words, Source) else Source(words, "<words>")
    if len(source.text) > MAX_CHARACTERS:
        raise UnsupportedError(
            f"{len(source.text):,} characters are more than the {MAX_CHARACTERS:,} that are spoken into memory; "
            "record of renderers.voice takes any length"
        )
    file = io.BytesIO()
    _record([source], file, audio, losses, **options)
    return file.getvalue()


def sound(
    pieces: Iterable[str | Source], *, losses: Losses | None = None, **options: Unpack[Options]
) -> Iterator[Sound]:
    """The sound of a text that comes in pieces, such as the lines of a file, a sentence at a time."""
    speaker = _speaker(**options)
    losses = [] if losses is None else losses
    pause = 0.0
    for piece in pieces:
        source = piece if isinstance(piece, Source) else Source(piece, "<words>")
        for utterance in utterances(source, losses):
            spoken = speaker.say(utterance, losses)
            if spoken is not None:
                if pause:
                    yield Sound(spoken.sample_rate, bytes(2 * round(pause * spoken.sample_rate)))
                yield spoken
                pause = 0.0
            pause += utterance.pause * Manner().rate / speaker.manner.rate


def record(
    pieces: Iterable[str | Source],
    path: str | Path,
    *,
    audio: Audio | None = None,
    losses: Losses | None = None,
    **options: Unpack[Options],
) -> float:
    """Speaks a text of any length into a file, and says how many seconds it lasts.

    The suffix tells the kind of file unless `audio` does. It appears under its name when it is complete.
    """
    path = Path(path)
    kind = audio or path.suffix.lower().removeprefix(".")
    with whole_file(path) as file:
        return _record(pieces, file, kind, [] if losses is None else losses, **options)  # type: ignore[arg-type]  # checked there


def _record(
    pieces: Iterable[str | Source], file: BinaryIO, audio: Audio, losses: Losses, **options: Unpack[Options]
) -> float:
    seconds = 0.0
    blocks = sound(pieces, losses=losses, **options)
    first = next(blocks, None)
    if first is None:
        raise UnsupportedError("there is nothing to say")
    with _encoder(file, audio, first.sample_rate) as write:
        block: Sound | None = first
        while block is not None:
            for start in range(0, len(block.samples), _BLOCK):
                write(block.samples[start : start + _BLOCK])
            seconds += block.seconds
            block = next(blocks, None)
    return seconds


class _Speaker(NamedTuple):
    """A voice with all that it needs to speak."""

    engine: Engine
    voice: Voice
    variant: str
    language: Language
    manner: Manner
    timeout: float

    def say(self, utterance: Utterance, losses: Losses) -> Sound | None:
        """The sound of an utterance; None where no word is said."""
        text = " ".join(
            respelled(run.text, self.engine.name, self.language, spelled=run.spelled) for run in utterance.runs
        )
        if unread := self.engine.unread(text):
            losses.append(Loss(unread, f"{self.engine.name} cannot read it"))
            text = "".join(char for char in text if char not in unread)
        if not any(char.isalnum() for char in text):
            return None
        # Where the sentence goes on, a comma keeps the voice from going down.
        text += "" if utterance.ends or not text[-1].isalnum() else ","
        return self.engine.speak(text, self.voice, self.variant, self.manner, self.timeout)


def _speaker(
    language: str = "en",
    voice: str = "",
    rate: float = Manner().rate,
    pitch: float = Manner().pitch,
    engine: EngineName | None = None,
    timeout: float = 20.0,
) -> _Speaker:
    for name, value, (low, high) in (("rate", rate, _RATES), ("pitch", pitch, _PITCHES)):
        if not low <= value <= high:
            raise OptionError(f"{name} is {value:g}, and should be from {low:g} to {high:g}")
    spoken = language_of(language)
    found, chosen, variant = _choose(voice, spoken, engine)
    return _Speaker(found, chosen, variant, spoken, Manner(rate, pitch), timeout)


def _choose(name: str, language: Language, engine: EngineName | None) -> tuple[Engine, Voice, str]:
    """The voice of that name, or the default one of the language; its engine, and the variant."""
    asked, _, variant = name.partition("+")
    candidates = [(engine, voice) for engine in _engines(engine) for voice in engine.voices()]
    named = [pair for pair in candidates if not name or asked.lower() in _names(pair[1])]
    fitting = [pair for pair in named if pair[1].speaks == language]
    if not fitting and not name and engine is None:
        raise MissingExtraError(_NO_ESPEAK)  # which speaks every language
    if not fitting:
        raise OptionError(_no_voice(name, language, [voice for _, voice in named], [voice for _, voice in candidates]))
    found, voice = fitting[0]
    if variant and variant not in found.variants():
        raise OptionError(f"there is no variant {variant!r} of the voices of {found.name}; panmath voices lists them")
    return found, voice, variant


def _names(voice: Voice) -> set[str]:
    """What one may call a voice; a language alone means the first that speaks it."""
    return {name.lower() for name in (voice.name, voice.language, voice.speaks, voice.title, voice.identifier)}


def _no_voice(name: str, language: Language, named: Sequence[Voice], all: Sequence[Voice]) -> str:
    if not name:
        return f"no voice speaks {_LANGUAGES[language]} here; panmath voices lists those there are"
    if named:
        other = language_of(named[0].speaks)
        return (
            f"the voice {name} speaks {_LANGUAGES[other]}, and the words are {_LANGUAGES[language]}; "
            f"language {other} makes them {_LANGUAGES[other]}"
        )
    import difflib  # here, because only a mistake needs it

    near = difflib.get_close_matches(name.lower(), [voice.name for voice in all], n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "panmath voices lists those there are"
    return f"there is no voice {name!r}; {hint}"


def _engines(name: EngineName | None) -> list[Engine]:
    """The engines that are there, or the one asked for."""
    if name is not None and name not in get_args(EngineName):
        raise OptionError(f"there is no engine {name!r} that speaks; there are {' and '.join(get_args(EngineName))}")
    found = [engine for engine in ENGINES if engine.installed() and name in (None, engine.name)]
    if not found:
        raise MissingExtraError(
            _NO_ESPEAK if name != "flite" else "flite is not installed (on Debian: apt install flite)"
        )
    return found


class Listing(NamedTuple):
    """The voices there are, which of them is the default of its language, and the variants that an engine knows."""

    voices: tuple[Voice, ...]
    defaults: frozenset[Voice]
    variants: dict[EngineName, tuple[str, ...]]


def voices(language: str = "") -> Listing:
    """All voices, or those whose language begins so. Raises MissingExtraError where no engine is there."""
    engines = _engines(None)
    all = [voice for engine in engines for voice in engine.voices()]
    defaults = {voice.speaks: voice for voice in reversed(all)}
    wanted = language.lower()
    shown = tuple(voice for voice in all if f"{voice.language}-".startswith(f"{wanted}-" if wanted else ""))
    return Listing(shown, frozenset(defaults.values()), {engine.name: tuple(engine.variants()) for engine in engines})


@contextmanager
def _encoder(file: BinaryIO, audio: Audio, sample_rate: int) -> Iterator[Callable[[bytes], object]]:
    """What takes samples and writes them into the file, which has to be one that can be sought in."""
    if audio not in get_args(Audio):
        raise OptionError(f"audio is one of {', '.join(get_args(Audio))}, not {audio!r}")
    if audio == "wav":
        with wave.open(file, "wb") as opened:
            opened.setnchannels(1)
            opened.setsampwidth(2)
            opened.setframerate(sample_rate)
            yield opened.writeframesraw
        return
    if find_spec("soundfile") is None:
        raise MissingExtraError(
            f'{audio} needs soundfile, which is not installed: pip install "panmath[speech]"; wav does without'
        )
    import soundfile

    format, subtype, compression = _CODECS[audio]
    try:
        with soundfile.SoundFile(
            file, "w", sample_rate, 1, subtype, format=format, compression_level=compression
        ) as opened:
            yield lambda samples: opened.buffer_write(samples, dtype="int16")
    except soundfile.LibsndfileError as error:
        raise EdgeError(f"libsndfile cannot write {audio}: {error}") from error
