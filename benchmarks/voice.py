"""How much sound a second of processor time gives: ``python -m benchmarks.voice DATA``.

The natural words of formulas are spoken by the default voices, and by those of flite where it is installed. The
CPU seconds are those of all processes together, and the sound is thrown away, as samples or after the encoder.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from panmath.convert import Pipeline
from panmath.renderers import engines, voice

from .corpus import formulas
from .report import table

SEED = 20240601


@dataclass(frozen=True, slots=True)
class Timing:
    """What one engine did in one language: seconds of sound, and CPU seconds for them."""

    engine: str
    voice: str
    written: str
    sound: float
    cpu: float


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def spoken(texts: Sequence[str], language: str) -> list[str]:
    """The formulas in words; those that are refused are left out."""
    results = Pipeline("tex", f"spoken.{language}", ssml=True).map(texts, on_error="return")
    return [result.value for result in results if result.error is None]


def measure(chosen: engines.Voice, texts: Sequence[str], audio: voice.Audio | None) -> Timing:
    """One voice on the same texts, in a child of its own that ends, so that its time is known."""
    engines._ESPEAK.close()
    before = cpu_seconds()
    options: voice.Options = {"voice": chosen.name, "language": chosen.speaks}
    if audio is None:
        seconds = sum(block.seconds for block in voice.sound(texts, **options))
    else:
        with tempfile.TemporaryDirectory() as folder:
            seconds = voice.record(texts, Path(folder) / f"spoken.{audio}", **options)
    engines._ESPEAK.close()
    return Timing(chosen.engine, chosen.name, audio or "samples", seconds, cpu_seconds() - before)


def main() -> None:
    """Print the table, or all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--formulas", type=int, default=200)
    args = parser.parse_args()
    texts = random.Random(SEED).sample(formulas(args.data, "school"), args.formulas)
    listing = voice.voices()
    timings = []
    for chosen in listing.voices:
        if chosen in listing.defaults or chosen.engine == "flite":
            words = spoken(texts, chosen.speaks)
            kinds: tuple[voice.Audio, ...] = ("wav", "ogg", "mp3") if chosen in listing.defaults else ()
            timings += [measure(chosen, words, audio) for audio in (None, *kinds)]
    if args.json:
        print(json.dumps([asdict(timing) for timing in timings]))
        return
    head = ["engine", "voice", "as", "seconds of sound", "CPU seconds", "times real time"]
    rows = [
        [one.engine, one.voice, one.written, f"{one.sound:.0f}", f"{one.cpu:.2f}", f"{one.sound / one.cpu:.0f}"]
        for one in timings
    ]
    print(table(head, rows))


if __name__ == "__main__":
    main()
