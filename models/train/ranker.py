"""Fits the ranker of spoken → tex to candidates whose truth is known, and says by cross-validation what it is worth.

A candidate is right if it equals the truth by the format-insensitive rule with case folded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from panmath.convert.fi import fi
from panmath.convert.logistic import Logistic, to_table
from panmath.convert.source import Source

from ..prediction import Options
from ..spoken_to_tex import Candidate, Evidence, evidence, proposed
from ..text import TextModel
from . import logistic

FOLDS = 5
_PROPOSALS = Options(nbest=4, beams=4)


class Judged(NamedTuple):
    """The candidates for one text with what is known of them and whether each is right."""

    evidence: tuple[Evidence, ...]
    right: tuple[bool, ...]

    def chosen(self, ranker: Logistic) -> bool:
        """Whether the ranker takes a right one."""
        if not self.evidence:
            return False
        best = max(range(len(self.evidence)), key=lambda at: ranker.probability(self.evidence[at]))
        return self.right[best]


def judged(pairs: Sequence[tuple[str, str]], language: str, model: TextModel) -> list[Judged]:
    """The candidates for each pair of words and TeX."""
    proposals = proposed([Source(said) for said, _ in pairs], language, model, _PROPOSALS)
    return [
        _judged(candidates, fi(truth).lower()) for (candidates, _), (_, truth) in zip(proposals, pairs, strict=True)
    ]


def _judged(candidates: list[Candidate], truth: str) -> Judged:
    return Judged(
        tuple(evidence(one, candidates) for one in candidates),
        tuple(fi(one.tex).lower() == truth for one in candidates),
    )


def fitted(examples: Sequence[Judged]) -> Logistic:
    """The logistic regression with the greatest likelihood, lightly penalised."""
    rows = [list(one) for example in examples for one in example.evidence]
    return logistic.fitted(rows, [right for example in examples for right in example.right])


def cross_validated(examples: Sequence[Judged]) -> float:
    """The share of texts for which a ranker fitted to the other folds takes a right candidate."""
    right = 0
    for fold in range(FOLDS):
        others = [example for number, example in enumerate(examples) if number % FOLDS != fold]
        ranker = fitted(others)
        right += sum(example.chosen(ranker) for example in examples[fold::FOLDS])
    return right / len(examples)


def save(ranker: Logistic, folder: Path) -> None:
    """Writes the ranker beside its checkpoint."""
    (folder / "ranker.json").write_text(
        json.dumps(to_table(ranker, Evidence._fields), indent=1) + "\n", encoding="utf-8"
    )
