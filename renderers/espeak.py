"""What worker.py does for voices: speaks with espeak-ng, through the C library that the package espeakng-loader brings.

A process of its own suits the library: it keeps its state in globals, ends the process on some errors, and is under
the GPL, which the rest of panmath is not. Nothing of panmath is imported, so that the child starts fast.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_SYNCHRONOUS: Final = 2
_PHONEME_EVENTS: Final = 3
"""Tell when each phoneme begins, in IPA."""
_RETURN_ERRORS: Final = 0x8000
"""Without it espeak_Initialize calls exit() where it does not find its data."""
_UTF8: Final = 1
_PHONEMES_IN_BRACKETS: Final = 0x100
_CHARACTERS: Final = 1
_RATE: Final = 1
_PITCH: Final = 3
_IPA: Final = 2
_WORD: Final = 1
_PHONEME: Final = 7
_MOST_SAMPLES: Final = 22050 * 600
"""Ten minutes, for one sentence."""

_GENDERS: Final = {1: "male", 2: "female"}


class _Voice(ctypes.Structure):
    """espeak_VOICE of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h; `audio_position` is in milliseconds, `text` is what a phoneme is called."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("text", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def handle(header: dict[str, Any], body: bytes) -> bytes:
    """One job: the list of voices as JSON, the samples of a text (mono, 16 bits), its sounds in IPA, or as "aligned" a
    line of JSON that says which sound begins at which millisecond, and after it the samples.
    """
    espeak = _library(header["library"], header["data"], header["task"] == "aligned")
    if header["task"] == "voices":
        return json.dumps(espeak.voices()).encode("ascii")
    espeak.choose(header["voice"], header["rate"], header["pitch"])
    samples = espeak.samples(body)
    if header["task"] == "aligned":
        return json.dumps(espeak.begun).encode("ascii") + b"\n" + samples
    return samples if header["task"] == "speak" else espeak.phonemes(body).encode("utf-8")


@functools.cache
def _library(library: str, data: str, aligned: bool) -> _Library:
    return _Library(library, data, aligned)


class _Library:
    def __init__(self, library: str, data: str, aligned: bool) -> None:
        self._c = ctypes.CDLL(library)
        self._c.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self._c.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._c.espeak_Synth.argtypes = (
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
            ctypes.c_void_p, ctypes.c_void_p,
        )  # fmt: skip
        # The library has 160 characters for the folder of its data, and cuts what is longer: "." is never too long.
        os.chdir(Path(data).parent)
        flags = _RETURN_ERRORS | (_PHONEME_EVENTS if aligned else 0)
        self.sample_rate: int = self._c.espeak_Initialize(_SYNCHRONOUS, 0, b".", flags)
        if self.sample_rate <= 0:
            raise RuntimeError(f"espeak-ng finds no data in {data}")
        self._voice = ""
        self._collected: list[bytes] = []
        self._count = 0
        self.begun: list[tuple[str, int]] = []
        """The phonemes of what was spoken last, " " before each word, and when each begins in milliseconds."""
        self._callback = _Callback(self._collect)  # kept, because the library does not
        self._c.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: Any, count: int, events: Any) -> int:
        """Called by the library for each stretch of sound; what it returns says whether to stop."""
        if count > 0:
            self._collected.append(ctypes.string_at(samples, 2 * count))
            self._count += count
        number = 0
        while events and events[number].type:
            if events[number].type == _WORD:
                self.begun.append((" ", events[number].audio_position))
            elif events[number].type == _PHONEME:
                self.begun.append((events[number].text.decode("utf-8", "replace"), events[number].audio_position))
            number += 1
        return int(self._count > _MOST_SAMPLES)

    def voices(self) -> dict[str, Any]:
        """The voices with the languages they speak, the best of each first, and the variants that all can take."""
        listed = list(self._listed())
        return {
            "sample_rate": self.sample_rate,
            "voices": [
                {
                    "title": voice.name.decode("utf-8"),
                    "identifier": voice.identifier.decode("utf-8"),
                    "gender": _GENDERS.get(voice.gender, ""),
                    "languages": languages,
                }
                for voice, languages in listed
            ],
            "variants": sorted(path.name for path in Path("espeak-ng-data/voices/!v").iterdir()),
        }

    def _listed(self) -> Iterator[tuple[_Voice, list[tuple[int, str]]]]:
        listed = self._c.espeak_ListVoices(None)
        number = 0
        while listed[number]:
            voice: _Voice = listed[number].contents
            # Each language is a byte that ranks it, and its tag; a byte 0 ends them.
            languages, at = [], voice.languages
            while rank := ctypes.string_at(at, 1)[0]:
                tag = ctypes.string_at(at + 1)
                languages.append((rank, tag.decode("ascii")))
                at += len(tag) + 2
            yield voice, languages
            number += 1

    def choose(self, voice: str, rate: int, pitch: int) -> None:
        """The voice by its identifier, with a variant after a plus sign, and how it speaks."""
        if voice != self._voice:  # the dictionary of a language is read anew each time, and that of Russian is large
            self._voice = ""
            if self._c.espeak_SetVoiceByName(voice.encode("utf-8")) != 0:
                raise ValueError(f"no voice {voice}")
            self._voice = voice
        self._c.espeak_SetParameter(_RATE, rate, 0)
        self._c.espeak_SetParameter(_PITCH, pitch, 0)

    def samples(self, text: bytes) -> bytes:
        """The sound of a text in UTF-8, in which ``[[…]]`` holds phonemes."""
        self._collected, self._count, self.begun = [], 0, []
        flags = _UTF8 | _PHONEMES_IN_BRACKETS
        status = self._c.espeak_Synth(text + b"\0", len(text) + 1, 0, _CHARACTERS, 0, flags, None, None)
        if status != 0:
            raise RuntimeError(f"espeak_Synth returned {status}")
        if self._count > _MOST_SAMPLES:
            raise RuntimeError("one sentence would be longer than ten minutes")
        return b"".join(self._collected)

    def phonemes(self, text: bytes) -> str:
        """How the text that was spoken last is pronounced. The library takes brackets as it did then."""
        buffer = ctypes.create_string_buffer(text)
        at = ctypes.c_void_p(ctypes.addressof(buffer))
        clauses = []
        while at.value:
            clauses.append(self._c.espeak_TextToPhonemes(ctypes.byref(at), _UTF8, _IPA).decode("utf-8"))
        return " ".join(" ".join(clauses).split())
