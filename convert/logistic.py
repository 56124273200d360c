"""Logistic regressions, which turn what is known of an answer into the probability that it is right."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from .errors import TableError

_MOST = 50.0
"""Beyond this the exponential says nothing any more."""


class Logistic(NamedTuple):
    """The bias and a weight for each feature, in their order."""

    bias: float
    weights: tuple[float, ...]

    def probability(self, features: Sequence[float]) -> float:
        """How likely it is that what has these features is right."""
        total = self.bias + sum(weight * value for weight, value in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-max(min(total, _MOST), -_MOST)))


def from_table(content: Mapping[str, Any], names: Sequence[str], where: str) -> Logistic:
    """The regression of a table: its `bias`, and in `weights` each feature by its name. TableError where one lacks."""
    try:
        return Logistic(float(content["bias"]), tuple(float(content["weights"][name]) for name in names))
    except (ValueError, KeyError, TypeError) as error:
        raise TableError(f"{where}: no weights of {', '.join(names)}: {error}") from error


def to_table(fitted: Logistic, names: Sequence[str]) -> dict[str, Any]:
    """The table that `from_table` reads."""
    return {"bias": fitted.bias, "weights": dict(zip(names, fitted.weights, strict=True))}


@lru_cache(maxsize=16)
def beside(file: Path, names: tuple[str, ...], otherwise: Logistic) -> Logistic:
    """The regression in a JSON file beside a checkpoint, read once; another where there is no such file."""
    return from_table(json_table(file), names, file.name) if file.is_file() else otherwise


def json_table(file: Path) -> dict[str, Any]:
    """The object of a JSON file. TableError where there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TableError(f"{file.name}: damaged: {error}") from error
    if not isinstance(content, dict):
        raise TableError(f"{file.name}: no object")
    return content
