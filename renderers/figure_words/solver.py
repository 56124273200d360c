"""Points from conditions: the places at which all conditions hold, by least squares from several beginnings.

Levenberg and Marquardt's method with differences for derivatives; figures have a few dozen unknowns at most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..scene import Point

Array: TypeAlias = npt.NDArray[np.float64]
Residual: TypeAlias = Callable[["Places"], Sequence[float]]

MOST_UNKNOWNS: Final = 200
_TRIES: Final = 12
_ROUNDS: Final = 120
_EXACT: Final = 1e-7


class Places:
    """Where each point lies and how long each free length is: unknowns under their names."""

    def __init__(self, names: Sequence[str], lengths: Sequence[str], values: Array) -> None:
        self._at = {name: 2 * number for number, name in enumerate(names)}
        self._length = {name: 2 * len(names) + number for number, name in enumerate(lengths)}
        self.values = values

    def __getitem__(self, name: str) -> Point:
        at = self._at[name]
        return float(self.values[at]), float(self.values[at + 1])

    def length(self, name: str) -> float:
        return float(self.values[self._length[name]])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._at)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold, in words, and how far it is from holding: numbers that are zero where it does."""

    text: str
    residual: Residual


def solve(
    guesses: Mapping[str, Point],
    lengths: Mapping[str, float],
    conditions: Sequence[Condition],
    quality: Callable[[Places], float],
) -> tuple[Places | None, Condition | None]:
    """The places where the conditions hold and that look best by `quality`; None and the condition that is worst kept
    where there are none. The guesses decide what the conditions leave open.
    """
    names, free = list(guesses), list(lengths)
    start = np.array([*(number for point in guesses.values() for number in point), *lengths.values()])
    random = np.random.default_rng(7)
    reach = float(np.abs(start).max(initial=1.0))
    best: Places | None = None
    best_quality, worst, least = -math.inf, None, math.inf
    for attempt in range(_TRIES):
        values = start if attempt == 0 else start + random.normal(0.0, 0.15 * attempt * reach, start.size)
        places = Places(names, free, _descend(values, names, free, conditions))
        errors = [float(np.abs(np.asarray(one.residual(places))).max(initial=0.0)) for one in conditions]
        largest = max(errors, default=0.0)
        if largest < _EXACT * max(1.0, reach):
            found = quality(places)
            if found > best_quality:
                best, best_quality = places, found
            if found > 0.5:
                break
        elif largest < least:
            least, worst = largest, conditions[int(np.argmax(errors))]
    return best, worst


def _descend(start: Array, names: list[str], free: list[str], conditions: Sequence[Condition]) -> Array:
    def residuals(values: Array) -> Array:
        places = Places(names, free, values)
        return np.array([number for one in conditions for number in one.residual(places)], dtype=np.float64)

    values, damping = start.copy(), 1e-3
    now = residuals(values)
    if not now.size:
        return values
    for _ in range(_ROUNDS):
        cost = float(now @ now)
        if cost < 1e-24 or not math.isfinite(cost):
            break
        slope = _slope(residuals, values)
        normal, gradient = slope.T @ slope, slope.T @ now
        for _ in range(12):
            step = np.linalg.solve(normal + damping * np.eye(values.size), -gradient)
            after = residuals(values + step)
            if float(after @ after) < cost:
                values, now, damping = values + step, after, max(damping / 5, 1e-12)
                break
            damping *= 4
        else:
            break
    return values


def _slope(function: Callable[[Array], Array], values: Array) -> Array:
    """Derivatives by central differences: conditions × unknowns."""
    columns = []
    for at in range(values.size):
        step = 1e-6 * max(1.0, abs(float(values[at])))
        up, down = values.copy(), values.copy()
        up[at] += step
        down[at] -= step
        columns.append((function(up) - function(down)) / (2 * step))
    return np.stack(columns, axis=1)
