"""Steps that look at the formula itself: the key by which it is known, and other spellings of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from ...convert.formats import lookup
from ...convert.normal import fingerprint
from ...convert.pipeline import Pipeline
from ...convert.source import Source
from .. import formulas
from ..formulas import find
from ..sample import Sample
from ..step import PerSample


@dataclass(frozen=True)
class Normalise(PerSample):
    """Adds the key that all spellings of a formula share; with `rewrite` the formula is also written as we write it.

    `source` is the format of the column.
    """

    name: ClassVar[str] = "normalise"
    column: str = "tex"
    source: str = "tex"
    key: str = "key"
    rewrite: bool = False

    def one(self, sample: Sample) -> Iterable[Sample]:
        node = formulas.tree(sample, self.column, self.source)
        sample.fields[self.key] = fingerprint(node)
        if self.rewrite:
            sample.fields[self.column] = Pipeline("ast", self.source)(node).value
        return (sample,)


@dataclass(frozen=True)
class Formula(PerSample):
    """Calls the column with the formulas by their format, wherever they stand: lists of lines have only `text`."""

    name: ClassVar[str] = "formula"
    format: str = "tex"
    column: str = ""

    def one(self, sample: Sample) -> Iterable[Sample]:
        found = find(sample.fields, self.format, self.column)
        name = lookup(self.format).name
        sample.fields = {name if column == found else column: value for column, value in sample.fields.items()}
        return (sample,)


_SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"\\frac", r"\\dfrac"),
    (r"\\frac", r"\\tfrac"),
    (r"\\le(?![a-z])", r"\\leq"),
    (r"\\ge(?![a-z])", r"\\geq"),
    (r"\\ne(?![a-z])", r"\\neq"),
    (r"\\to(?![a-z])", r"\\rightarrow"),
    (r"\\lbrace(?![a-z])|\\\{", r"\\{"),
    (r"\\overline", r"\\bar"),
    (r"\\ldots|\\dots(?![a-z])", r"\\dots"),
    (r"(?<!\\left)\(", r"\\left("),
)
"""Spellings that may stand for each other; whether they do in a formula is looked at every time."""


@dataclass(frozen=True)
class Respell(PerSample):
    """Adds the column `into` with the formula as others would type it, which is the same formula: that is checked.

    Braces come and go, commands have other names, blanks stand here and there.
    """

    name: ClassVar[str] = "respell"
    column: str = "tex"
    into: str = "respelt"
    seed: int = 0

    def one(self, sample: Sample) -> Iterable[Sample]:
        given = formulas.text(sample, self.column)
        key = fingerprint(formulas.tree(sample, self.column))
        random = sample.chance(self.seed, self.name)
        text = given
        for change in random.sample(_CHANGES, len(_CHANGES)):
            changed = change(text, random)
            if changed != text and formulas.same(changed, given):
                text = changed
        sample.fields[self.into] = text
        sample.fields.setdefault("key", key)
        return (sample,)


def _braces(text: str, random: Random) -> str:
    style = random.choice(("compact", "braced"))
    return str(Pipeline("tex", "tex", style=style)(Source(text)).value)


def _commands(text: str, random: Random) -> str:
    pattern, other = random.choice(_SPELLINGS)
    changed = re.sub(pattern, other, text)
    return changed.replace(")", r"\right)") if other == r"\\left(" else changed


def _blanks(text: str, random: Random) -> str:
    return re.sub(r"(?<=[\w}])(?=[=+<>-])|(?<=[=+<>-])(?=[\w{\\])", lambda _: random.choice(("", " ")), text)


_CHANGES: tuple[Callable[[str, Random], str], ...] = (_braces, _commands, _blanks)
