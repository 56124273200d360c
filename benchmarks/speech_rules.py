"""Speech next to the test suites of Speech Rule Engine and MathCAT: ``python -m benchmarks.speech_rules DATA``.

Each MathML formula is read and said in the suite's style and language with the row's preferences. Equal means: the
same words once case, punctuation and white space are folded. "Core" are the rows with default preferences. Then the
rows that differ, with --show of one suite.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from panmath.convert.errors import PanmathError
from panmath.convert.readers import mathml
from panmath.convert.source import Source
from panmath.convert.writers import spoken

from .report import code, percent, table

VERBOSITIES = {"default": "", "brief": "medium", "sbrief": "terse"}
"""MathSpeak's verbosities, as the suite names them."""


class Suite(NamedTuple):
    """How the rows of one suite are said."""

    style: str
    language: str
    dialect: str = ""


SUITES = {
    "sre_mathspeak_en": Suite("mathspeak", "en"),
    "sre_clearspeak_en": Suite("clearspeak", "en"),
    "mathcat_clearspeak_en": Suite("clearspeak", "en", "Dialect=MathCAT"),
    "mathcat_simplespeak_en": Suite("simplespeak", "en"),
    "mathcat_clearspeak_ru": Suite("clearspeak", "ru", "Dialect=MathCAT"),
    "mathcat_simplespeak_ru": Suite("simplespeak", "ru"),
}


class Outcome(NamedTuple):
    """One row and what we say instead of what is expected."""

    row: dict[str, Any]
    said: str

    @property
    def equal(self) -> bool:
        """Whether the words are the same."""
        return folded(self.said) == folded(self.row["expected"])


def folded(text: str) -> str:
    """Without case, punctuation and runs of white space."""
    return " ".join(re.sub(r"[^\w\s]|_", " ", text.lower()).split())


def say(row: dict[str, Any]) -> str:
    """The words for a row; an error is its message in angle brackets."""
    suite, preference = SUITES[row["suite"]], row["preference"]
    options: dict[str, str] = {}
    if suite.style == "mathspeak":
        options["verbosity"] = VERBOSITIES[preference]
    else:
        given = "" if preference == "default" else preference
        options["preferences"] = ":".join(filter(None, (suite.dialect, given)))
    try:
        node = mathml.read(Source(row["mathml"]), losses=[])
        return spoken.write(node, losses=[], style=suite.style, language=suite.language, **options)
    except PanmathError as error:
        return f"<{error}>"


def outcomes(data: Path) -> Iterator[Outcome]:
    """Every row of the suites."""
    lines = (data / "speech_conformance_dev.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        yield Outcome(row, say(row))


def main() -> None:
    """Print the table, and with --show the rows of a suite that differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--show", choices=SUITES, help="print the rows of this suite that differ")
    args = parser.parse_args()
    found = list(outcomes(args.data))
    rows = []
    for suite in SUITES:
        everything = [outcome for outcome in found if outcome.row["suite"] == suite]
        core = [outcome for outcome in everything if outcome.row["core_default"]]
        counts = [(sum(outcome.equal for outcome in some), len(some)) for some in (core, everything)]
        rows.append([suite, *(cell for equal, n in counts for cell in (str(n), percent(equal, n)))])
    print(table(["suite", "core", "equal, %", "all", "equal, %"], rows))
    for outcome in found:
        if outcome.row["suite"] == args.show and not outcome.equal:
            print(f"\n{outcome.row['id']} {outcome.row['preference']} {code(outcome.row['mathml'], 300)}")
            print(f"  expected: {outcome.row['expected']}\n  said:     {outcome.said}")


if __name__ == "__main__":
    main()
