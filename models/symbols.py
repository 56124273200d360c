"""The symbols on a picture of a formula: what the detector finds and the layout reader puts together."""

from __future__ import annotations

from typing import NamedTuple


class Symbol(NamedTuple):
    r"""A symbol where it stands. Distances are in pixels, from the left and from the top.

    `name` is a command or character of TeX, after the alphabet where it is not the usual one: ``x``, ``\alpha``,
    ``bf:x``; ``brace`` is a piece of a brace that lies. `size` is the size of its font (its em), `baseline` the line on
    which it stands. `box` is (left, top, right, bottom) of the type, whose ink may be a little less.
    `others` are other names that it may have, with their probabilities; `weight` is the probability of `name`.
    """

    name: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float
    weight: float = 1.0
    others: tuple[tuple[str, float], ...] = ()

    @property
    def middle(self) -> float:
        """Halfway from left to right."""
        return (self.left + self.right) / 2

    @property
    def centre(self) -> float:
        """Halfway from top to bottom."""
        return (self.top + self.bottom) / 2


class Bar(NamedTuple):
    """A horizontal rule, of a fraction, a root or over or under something: from `left` to `right` at the height `y`."""

    left: float
    right: float
    y: float


class Page(NamedTuple):
    """All that stands on a picture."""

    symbols: tuple[Symbol, ...]
    bars: tuple[Bar, ...]
