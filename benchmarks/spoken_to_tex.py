"""Spoken mathematics to LaTeX by rules alone: ``python -m benchmarks.spoken_to_tex DATA``.

Each line of the data sets is read and written as LaTeX, and compared by the format-insensitive rule with case folded:
character error rate in %, exact first readings, exact within five, refusals, and lines per second of CPU time (the
first reading alone, without writing). A refusal counts as an empty answer. The published systems' columns stand below.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from panmath.convert.errors import ParseError
from panmath.convert.fi import fi
from panmath.convert.readers.spoken.natural import Reading, readings
from panmath.convert.score import TextScore, score
from panmath.convert.source import Source
from panmath.convert.writers import tex

from .report import table

Pair = tuple[str, str]
"""What is said and the LaTeX that is meant."""

TRAINING_SAMPLE = 3000
WITHIN = 5


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines, compressed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def data_sets(data: Path) -> Iterable[tuple[str, str, list[Pair]]]:
    """Name, language and pairs of each set."""
    equations = [row for row in rows(data / "s2l_equations_dev.jsonl") if row["lang_guess"] == "en"]
    yield (
        "s2l_equations, English, whisper_small",
        "en",
        [(row["whisper_small"] or "", row["latex_clean"] or row["latex"]) for row in equations],
    )
    for name, language in (("s2l_disjoint_dev", "en"), ("s2l_disjoint_ru_dev", "ru")):
        yield name, language, [(row["pron"], row["latex_clean"]) for row in rows(data / f"{name}.jsonl")]
    yield "mathspeech_dev", "en", [(row["spoken"], row["latex"]) for row in rows(data / "mathspeech_dev.jsonl")]
    context = [row for row in rows(data / "mathbridge_context_test.jsonl") if row["usable"]]
    yield "mathbridge_context, usable", "en", [(row["spoken"], row["latex"]) for row in context]
    training = [row for row in rows(data / "pairs_train.jsonl.gz") if "named" not in row["source"]]
    sample = random.Random(7).sample(training, TRAINING_SAMPLE)
    yield f"pairs_train, {TRAINING_SAMPLE} at random", "en", [(row["spoken"], row["latex"]) for row in sample]


def published(data: Path) -> Iterable[tuple[str, list[Pair]]]:
    """Name and pairs of prediction and truth of each published system."""
    equations = [row for row in rows(data / "s2l_equations_dev.jsonl") if row["lang_guess"] == "en"]
    yield (
        "MathSpeech on s2l_equations, English",
        [(row["mathspeech_prediction"] or "", row["latex_clean"] or row["latex"]) for row in equations],
    )
    for name in ("s2l_disjoint_dev", "s2l_disjoint_ru_dev"):
        lines = rows(data / f"{name}.jsonl")
        yield f"SALMONN on {name}, from audio", [(row["salmonn_prediction"] or "", row["latex_clean"]) for row in lines]


def read(words: str, language: str, limit: int) -> list[Reading]:
    """The readings; none where the words are refused."""
    try:
        return readings(Source(words), language=language, limit=limit)
    except ParseError:
        return []


def measure(name: str, language: str, pairs: Sequence[Pair]) -> list[str]:
    """A row of the table."""
    started = process_time()
    refused = sum(not read(words, language, 1) for words, _ in pairs)
    seconds = process_time() - started
    answers = [[tex.write(reading.node, losses=[]) for reading in read(words, language, WITHIN)] for words, _ in pairs]
    truths = [truth for _, truth in pairs]
    result = text_score([answer[0] if answer else "" for answer in answers], truths)
    keys = [
        (fi(truth).lower(), {fi(tried).lower() for tried in answer})
        for truth, answer in zip(truths, answers, strict=True)
    ]
    within = sum(key in tried for key, tried in keys)
    return [name, str(len(pairs)), *result, percent(within, len(pairs)), str(refused), f"{len(pairs) / seconds:.0f}"]


def text_score(predictions: Sequence[str], truths: Sequence[str]) -> tuple[str, str]:
    """Character error rate and exact share, both in %."""
    result = score(predictions, truths, ["fi"], cases=(True,)).get("fi", lower=True)
    assert isinstance(result, TextScore)
    return f"{100 * result.cer_micro:.1f}", f"{100 * result.exact:.1f}"


def percent(part: int, whole: int) -> str:
    """With one digit after the point."""
    return f"{100 * part / whole:.1f}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with the data sets")
    data = parser.parse_args().data
    lines = [measure(name, language, pairs) for name, language, pairs in data_sets(data)]
    for name, pairs in published(data):
        result = text_score([prediction for prediction, _ in pairs], [truth for _, truth in pairs])
        lines.append([name, str(len(pairs)), *result, "", "", ""])
    print(table(["set", "lines", "CER", "exact", f"within {WITHIN}", "refused", "lines/s"], lines))


if __name__ == "__main__":
    main()
