"""How likely a reading is what was meant, from what the grammar had to guess and leave out on the way to it.

A logistic regression, fitted to pairs of words and formulas by models/train/certainty.py. Words say less than formulas,
so that even a reading without a doubt is not certain.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from ... import toml_tables
from ...logistic import Logistic, from_table

_TABLE: Final = "certainty.toml"


class Evidence(NamedTuple):
    """What is known of a reading, in the order of the weights."""

    words: float
    """The logarithm of their number."""
    unread: float
    """Words that were left out."""
    kept: float
    """Words that are in the formula as text."""
    named: float
    """1 if the first words were taken for a name of the formula."""
    open: float
    """How many other answers there were to questions of how far something reaches, each weighed by its likelihood."""
    cost: float
    """What the answers that were taken cost."""
    told: float
    """1 if the words are those that our own writer says."""
    russian: float
    called: float = 0.0
    """1 if the words were taken for the name of a formula."""


def evidence(
    words: int, unread: int, kept: int, named: bool, others: Iterable[float], cost: float, told: bool, language: str
) -> Evidence:
    """The evidence of a reading of `words` words; `others` are the costs of the answers that were not taken."""
    return Evidence(
        math.log(max(words, 1)), float(unread), float(kept), float(named), sum(math.exp(-other) for other in others),
        cost, float(told), float(language == "ru"),
    )  # fmt: skip


def certainty(known: Evidence) -> float:
    """The probability that a reading is what was meant."""
    return _regression().probability(known)


@cache
def _regression() -> Logistic:
    return from_table(toml_tables.read(_TABLE), Evidence._fields, _TABLE)
