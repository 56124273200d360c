"""Sets of numbers → number lines: intervals, finite sets, inequalities of one variable, and what is joined of them.

Which numbers belong to a set is asked of its meaning, number by number: borders are found by halving, and what is
written as a number is tried as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ..convert.meaning import Apply, Chain, Constant, Meaning, Name, NoMeaningError, free_names, parts
from ..convert.nodes import Node
from .charts import steps
from .numeric import Array, evaluate, written
from .scene import Axes, Plot, Style, Ticks

WIDTH: Final = 200.0
BLUE: Final = "#0000ff"
_RELATIONS: Final = frozenset(("<", ">", "≤", "≥", "≠"))
_MOST: Final = 12
"""Pieces of a set; what has more is none that a number line shows."""
_FINE: Final = 40
"""Numbers that are tried within each one."""
_FAR: Final = 50.0
_SNAPPED: Final = 1e-8
_SAME: Final = 1e-9
_WITHIN: Final = 10.0
"""How much further out numbers are tried than those that are written."""


class Piece(NamedTuple):
    """All numbers between two, of which each may belong to it or not; one number is a piece of its own."""

    low: float
    high: float
    low_in: bool
    high_in: bool


def is_set(meaning: Meaning) -> bool:
    """Whether it is a set of numbers that a number line can show, or says that one number lies in such a set."""
    try:
        names = {name.text for name in free_names(meaning)}
        if isinstance(meaning, Chain) and meaning.relations[0] not in ("∈", "∉") and len(names) != 1:
            return False
        belongs(meaning, np.array([0.7, 1.3]))
    except NoMeaningError:
        return False
    return len(names) <= 1


def belongs(meaning: Meaning, at: Array) -> npt.NDArray[np.bool_]:
    """Which numbers belong to a set, or fulfil a condition; NoMeaningError where it is neither."""
    match meaning:
        case Chain(operands, ("∈",)) if isinstance(operands[0], Name):
            return belongs(operands[1], at)
        case Chain(operands, ("∉",)) if isinstance(operands[0], Name):
            return ~belongs(operands[1], at)
        case Chain(_, relations) if set(relations) <= _RELATIONS:
            values = {name.text: at for name in free_names(meaning)}
            return np.broadcast_to(evaluate(meaning, values) > 0, at.shape)
        case Constant("reals"):
            return np.ones(at.shape, bool)
        case Apply("set", args) if not any(free_names(one) for one in args):
            members: list[float] = [float(evaluate(one, {})) for one in args]
            near = [np.abs(at - member) <= _SAME * max(1.0, abs(member)) for member in members]
            return np.asarray(np.any(near, axis=0))
        case Apply(head, args) if head.startswith("interval-") and not free_names(meaning):
            low, high = (float(evaluate(one, {})) for one in args[:2])
            return (at >= low if head[-2] == "c" else at > low) & (at <= high if head[-1] == "c" else at < high)
        case Apply("union" | "or", args):
            return np.asarray(np.any([belongs(one, at) for one in args], axis=0))
        case Apply("intersection" | "and", args):
            return np.asarray(np.all([belongs(one, at) for one in args], axis=0))
        case Apply("difference", (whole, part)):
            return belongs(whole, at) & ~belongs(part, at)
    raise NoMeaningError("the formula", "it is no set of numbers")


def pieces(meaning: Meaning) -> list[Piece]:
    """The pieces of a set from left to right; infinite at the ends where it goes on. NoMeaningError for too many."""
    told = sorted(set(_numbers(meaning)))
    far = max([_FAR, *(_WITHIN * abs(number) for number in told)])
    grid = np.unique(np.concatenate([np.linspace(-far, far, round(2 * far * min(_FINE, 4000 / far)) + 1), told]))
    held = belongs(meaning, grid)

    def edge(inside: float, outside: float) -> float:
        for _ in range(60):
            middle = (inside + outside) / 2
            if belongs(meaning, np.array([middle]))[0]:
                inside = middle
            else:
                outside = middle
        near = min(told, key=lambda number: abs(number - inside), default=math.inf)
        return near if abs(near - inside) <= _SNAPPED * max(1.0, abs(near)) else round(inside, 9)

    found: list[Piece] = []
    starts = np.flatnonzero(held & ~np.concatenate([[False], held[:-1]]))
    ends = np.flatnonzero(held & ~np.concatenate([held[1:], [False]]))
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        low = edge(grid[first], grid[first - 1]) if first else -math.inf
        high = edge(grid[last], grid[last + 1]) if last + 1 < len(grid) else math.inf
        low_in, high_in = (_holds(meaning, end) for end in (low, high))
        found.append(Piece(low, high, low_in, high_in))
    if len(found) > _MOST:
        raise NoMeaningError("the set", f"it has more than {_MOST} pieces")
    return found


def _holds(meaning: Meaning, at: float) -> bool:
    """Whether an end belongs to the set: as such, or, where it is no number that can be written, by the relations."""
    if not math.isfinite(at):
        return False
    return bool(belongs(meaning, np.array([at]))[0]) or (
        isinstance(meaning, Chain) and set(meaning.relations) <= {"≤", "≥"} and at != round(at, 3)
    )


def _numbers(meaning: Meaning) -> Iterator[float]:
    """The numbers that are written in a formula, worked out."""
    for part in parts(meaning):
        if free_names(part):
            continue
        try:
            value = evaluate(part, {})
        except NoMeaningError:
            continue
        if value.shape == () and math.isfinite(float(value)):
            yield float(value)


def number_line(node: Node, meaning: Meaning) -> Axes:
    """A set of numbers on the line: ends filled where they belong to it."""
    found = pieces(meaning)
    finite = [end for piece in found for end in (piece.low, piece.high) if math.isfinite(end)]
    if not finite:
        raise NoMeaningError("the set", "it has no end" if found else "it is empty")
    middle = (min(finite) + max(finite)) / 2
    span = max(finite) - min(finite)
    reach = 1.5 * span if 0 < span < 1 else max(0.8 * span, 3.0)
    unit = min(1.0, 10.0 ** math.floor(math.log10(reach)))
    left, right = math.floor((middle - reach) / unit) * unit, math.ceil((middle + reach) / unit) * unit
    plots = list(_plots(found, left, right))
    plots[0] = Plot(plots[0].points, plots[0].kind, plots[0].style, plots[0].marks, node)
    ticks = steps(left, right, 10)
    return Axes(
        (0.0, 0.0), WIDTH, 0.0, (left, right), (-1.0, 1.0), tuple(plots), "middle",
        Ticks(ticks, tuple(written(value) for value in ticks)), Ticks(),
    )  # fmt: skip


def _plots(found: Sequence[Piece], left: float, right: float) -> Iterator[Plot]:
    bold = Style(stroke=BLUE, width=1.6)
    for low, high, _, _ in found:
        if low < high:
            yield Plot(((max(low, left), 0.0), (min(high, right), 0.0)), "line", bold)
    ends: dict[float, bool] = {}
    for low, high, low_in, high_in in found:
        for end, inside in ((low, low_in), (high, high_in)):
            if math.isfinite(end):
                ends[end] = ends.get(end, False) or inside
    for end, inside in ends.items():
        style = Style(stroke=BLUE, fill=BLUE if inside else "#ffffff", width=0.8)
        yield Plot(((end, 0.0),), "points", style, marks="*" if inside else "o")
