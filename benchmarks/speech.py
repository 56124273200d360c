"""Speech to words and to LaTeX: ``python -m benchmarks.speech DATA [--model NAME]``.

Natural readings of school formulas that no training has heard, by voices that none has heard (`held_out` of the
configuration of panmath-listen): a voice of flite, a variant of espeak-ng, and festival, an engine that is used for
nothing else. A voice whose engine is not installed has a row that says so.

Columns: words wrong for each 100 said (WER), the same of characters (CER), texts without a fault, formulas right in the
end (exact, format-insensitive and lower-cased), the same where the reader gets the words that were said (with hearing
that has no faults), and seconds of one core for each second of sound. The row of voices of the training says what is
lost on others. The published figures stand on other rows, and are from recordings of people.
"""

from __future__ import annotations

import argparse
import io
import shutil
import wave
from collections.abc import Sequence
from pathlib import Path
from random import Random
from time import process_time

import numpy as np
import torch
from panmath.convert.distance import levenshtein
from panmath.convert.errors import PanmathError
from panmath.convert.fi import fi
from panmath.convert.phrases import Language
from panmath.convert.readers import spoken
from panmath.convert.source import Source
from panmath.convert.writers import tex
from panmath.models.audio import RATE, Samples
from panmath.models.commands import configuration
from panmath.models.speech_to_spoken import read_many
from panmath.models.train.recordings import Reading, Speaker, cast_of, readings, spoken_by
from panmath.models.train.speech_to_spoken import word_error_rate

from .report import table

_PUBLISHED = (
    ("SALMONN, S2L disjoint dev, en (published)", "24.5", "46.7"),
    ("SALMONN, S2L disjoint dev, ru (published)", "7.4", "80.2"),
    ("Whisper small + MathSpeech, S2L equations dev (published)", "56.9", "24.4"),
)
"""CER and exact of the formulas, from the README of the data."""


def wav(samples: Samples) -> bytes:
    """A file of samples at `RATE`."""
    file = io.BytesIO()
    with wave.open(file, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(RATE)
        opened.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def formula(words: str, language: Language) -> str:
    """What the rules make of words, as `fi` compares it; empty where they refuse them."""
    try:
        return fi(tex.write(spoken.read(Source(words), losses=[], language=language), losses=[])).lower()
    except PanmathError:
        return ""


def language_of_voice(name: str) -> Language:
    return "ru" if "/ru" in name or "_ru_" in name else "en"


def row(name: str, language: Language, said: Sequence[tuple[Reading, Samples]], model: str) -> list[str]:
    files = [wav(samples) for _, samples in said]
    read_many(files[:1], limit=1, language=language, model=model, device="cpu")  # loads the model
    started = process_time()
    answers = read_many(files, limit=1, language=language, model=model, device="cpu")
    seconds = process_time() - started
    found = ["" if isinstance(one, PanmathError) else one[0].value.text for one in answers]
    truths = [reading.words for reading, _ in said]
    characters = sum(levenshtein(one, truth) for one, truth in zip(found, truths, strict=True))
    wanted = [fi(reading.tex).lower() for reading, _ in said]
    right, best = (
        sum(formula(words, language) == want for words, want in zip(texts, wanted, strict=True))
        for texts in (found, truths)
    )
    count, length = len(said), sum(len(samples) for _, samples in said) / RATE
    return [
        name, language, str(count), f"{word_error_rate(found, truths):.1f}",
        f"{100 * characters / sum(map(len, truths)):.1f}",
        f"{100 * sum(one == truth for one, truth in zip(found, truths, strict=True)) / count:.1f}",
        f"{100 * right / count:.1f}", f"{100 * best / count:.1f}", f"{seconds / length:.3f}",
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--count", type=int, default=100, help="readings by each voice")
    args = parser.parse_args()
    torch.set_num_threads(1)
    config = configuration("panmath-listen")
    cast, rows = cast_of(config), []
    for language in ("en", "ru"):
        chosen = readings(args.data, language, "test")[: args.count]
        known = [
            (reading, spoken_by(cast.speaker(Random(f"test/{language}/{n}"), language), reading.said, language))
            for n, reading in enumerate(chosen)
        ]
        rows.append(row("voices of the training", language, known, args.model))
        for name in config["cast"]["held_out"]:
            engine = name.partition("/")[0]
            if language_of_voice(name) != language:
                continue
            if engine != "espeak" and shutil.which(engine) is None:
                rows.append([name, language, f"{engine} is not installed", *["–"] * 6])
                continue
            said = []
            for reading in chosen:
                try:
                    said.append((reading, spoken_by(Speaker(name), reading.said, language)))
                except PanmathError as error:
                    print(f"{name} does not say {reading.words!r}: {str(error).splitlines()[0]}")
            rows.append(row(name, language, said, args.model) if said else [name, language, "0", *["–"] * 6])
    rows += [[name, "", "", "", cer, "", exact, "", ""] for name, cer, exact in _PUBLISHED]
    head = ["voice", "language", "texts", "WER", "CER", "texts right", "LaTeX exact", "from true words", "s per s"]
    print(table(head, rows))


if __name__ == "__main__":
    main()
