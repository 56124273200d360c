"""Fits how certain the readings of words by rules are: ``python -m panmath.models.train.certainty DATA``.

Prints convert/tables/certainty.toml. The pairs are those that people wrote and the development rows of the sets of
spoken formulas; a reading is right if it is the true formula by the format-insensitive rule with case folded. How well
it tells is measured by `benchmarks.confidence`.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from panmath.convert.errors import PanmathError
from panmath.convert.fi import fi
from panmath.convert.phrases import Language
from panmath.convert.readers.spoken import readings
from panmath.convert.readers.spoken.certainty import Evidence
from panmath.convert.source import Source
from panmath.convert.writers import tex

from .logistic import fitted

_MOST: Final = 1500
"""Rows of a file, so that none outweighs the others."""


class Column(NamedTuple):
    """Where words and formulas stand in a file of JSON lines."""

    file: str
    language: Language
    said: str
    tex: str


_COLUMNS: Final = (
    Column("pairs_train.jsonl.gz", "en", "spoken", "latex"),
    Column("s2l_equations_dev.jsonl", "en", "whisper_small", "latex_clean"),
    Column("s2l_disjoint_dev.jsonl", "en", "pron", "latex_clean"),
    Column("s2l_disjoint_ru_dev.jsonl", "ru", "pron", "latex_clean"),
    Column("mathspeech_dev.jsonl", "en", "spoken", "latex"),
)


def pairs(data: Path, column: Column) -> list[tuple[str, str]]:
    """Words and formulas of a file, at most `_MOST` of them."""
    path = data / column.file
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = [
        (row[column.said], row[column.tex])
        for row in rows
        if row[column.said] and row[column.tex] and row.get("lang_guess", column.language) == column.language
    ]
    return Random(column.file).sample(found, min(_MOST, len(found)))


def judged(data: Path) -> Iterator[tuple[Evidence, bool]]:
    """What is known of each reading, and whether it is right."""
    for column in _COLUMNS:
        for said, truth in pairs(data, column):
            try:
                best = readings(Source(said), language=column.language)[0]
                found = tex.write(best.node, losses=[])
            except PanmathError:
                continue
            yield best.evidence, fi(found).lower() == fi(truth).lower()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    known, right = zip(*judged(parser.parse_args().data), strict=True)
    bias, weights = fitted(known, right)
    print(
        f"# How certain a reading of words is; made by python -m {__spec__.name} DATA\nbias = {bias:.3f}\n\n[weights]"
    )
    for name, weight in zip(Evidence._fields, weights, strict=True):
        print(f"{name} = {weight:.3f}")


if __name__ == "__main__":
    main()
