r"""Whether formulas survive being spoken: ``python -m benchmarks.spoken_round_trip DATA``.

tex → AST → words in the exact style → AST, in each language, on the formulas of the two files that are read. Equal
means: the same normal form. Shared are readings that two different normal forms have. Then the speed of the writer and
of the reader, in formulas a second of CPU time, and the first failures.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import get_args

from panmath.convert.errors import PanmathError
from panmath.convert.nodes import Node
from panmath.convert.normal import normal
from panmath.convert.phrases import Language
from panmath.convert.readers import tex as tex_reader
from panmath.convert.readers.spoken import exact as exact_reader
from panmath.convert.source import Source
from panmath.convert.writers.spoken import exact as exact_writer

from .corpus import formulas
from .report import code, percent, table


@dataclass(slots=True)
class Tally:
    """What came of one language on one file. Times are in seconds."""

    equal: int = 0
    shared: int = 0
    words: int = 0
    writing: float = 0.0
    reading: float = 0.0
    failures: list[tuple[str, str, str]] = field(default_factory=list)


def trees(texts: list[str]) -> list[tuple[str, Node]]:
    """The formulas that are read, with their trees."""
    found = []
    for tex in texts:
        try:
            found.append((tex, tex_reader.read(Source(tex), losses=[])))
        except PanmathError:
            continue
    return found


def survey(formulas: list[tuple[str, Node]], language: Language) -> Tally:
    """There and back, formula by formula."""
    tally = Tally()
    first_with: dict[str, Node] = {}
    for tex, tree in formulas:
        form = normal(tree)
        started = process_time()
        words = exact_writer.write(tree, losses=[], language=language)
        tally.writing += process_time() - started
        tally.words += len(words.split())
        tally.shared += first_with.setdefault(words, form) != form
        started = process_time()
        try:
            back = exact_reader.read(Source(words), losses=[], language=language)
        except PanmathError as error:
            tally.failures.append((tex, words, str(error)))
            continue
        finally:
            tally.reading += process_time() - started
        if normal(back) == form:
            tally.equal += 1
        else:
            tally.failures.append((tex, words, "another formula"))
    return tally


def main() -> None:
    """Print the table and the first failures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every n-th formula only")
    args = parser.parse_args()
    rows, failures = [], []
    for name in ("arxiv", "school"):
        found = trees(formulas(args.data, name)[:: args.every])
        for language in get_args(Language):
            tally = survey(found, language)
            speeds = (f"{len(found) / seconds:.0f}" for seconds in (tally.writing, tally.reading))
            share = percent(tally.equal, len(found))
            per_formula = f"{tally.words / len(found):.1f}"
            rows.append([name, language, str(len(found)), share, str(tally.shared), per_formula, *speeds])
            failures += tally.failures[:5]
    print(table(["file", "language", "n", "equal, %", "shared", "words", "written/s", "read/s"], rows))
    for tex, words, reason in failures:
        print(f"\n{code(tex)}\n  {words[:300]}\n  {reason}")


if __name__ == "__main__":
    main()
