"""Steps that keep training and test data apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from ...convert.errors import InputError, OptionError, PanmathError
from ...convert.fi import leak_key
from ...convert.normal import fingerprint
from .. import formulas
from ..sample import Sample, Unfit
from ..sources.inputs import Stream, locate
from ..sources.unit import sample as read
from ..step import PerSample


@dataclass(frozen=True)
class Decontaminate(PerSample):
    """Leaves out the formulas of test sets, however they are spelt.

    `against` are files of formulas, as lines or in the column `column`; they are compared by the normal form, and by
    `convert.fi.leak_key`, which also takes for equal what differs in fonts, case and braces. `hashes` are files with
    the first sixteen digits of the sha256 of the latter, one a line, for test sets that nobody may see.
    """

    name: ClassVar[str] = "decontaminate"
    against: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    column: str = "tex"

    def __post_init__(self) -> None:
        """OptionError where there is nothing to compare with."""
        if not self.against and not self.hashes:
            raise OptionError("the step decontaminate needs against or hashes: the files of the test sets")

    def one(self, sample: Sample) -> Iterable[Sample]:
        text = formulas.text(sample, self.column)
        if formulas.digest(leak_key(text)) in self._coarse:
            raise Unfit("in a test set")
        if self._exact and fingerprint(formulas.tree(sample, self.column)) in self._exact:
            raise Unfit("in a test set")
        return (sample,)

    @cached_property
    def _coarse(self) -> frozenset[str]:
        found = {formulas.digest(leak_key(text)) for text in self._texts}
        for file in self.hashes:
            found.update(_lines(file))
        return frozenset(found)

    @cached_property
    def _exact(self) -> frozenset[str]:
        found = set()
        for text in self._texts:
            try:
                found.add(fingerprint(formulas.pipeline("tex", "ast")(text).value))
            except PanmathError:
                continue  # what does not parse has only the coarser key
        return frozenset(found)

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(self._read()) if self.against else ()

    def _read(self) -> Iterator[str]:
        for unit in Stream(locate(self.against)).take(10**12):
            sample = read(unit, 0)
            yield formulas.text(sample, "text" if unit.kind == "text" else self.column)


def _lines(file: str) -> Iterator[str]:
    try:
        yield from Path(file).read_text("ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: {error}") from error


@dataclass(frozen=True)
class Split(PerSample):
    """Puts each sample into a split by its key, so that no formula is in two, and adding data moves none.

    `shares` are the splits with their shares, which add up to 1.
    """

    name: ClassVar[str] = "split"
    shares: dict[str, Any] = field(default_factory=lambda: {"train": 0.98, "validation": 0.01, "test": 0.01})
    column: str = "key"
    seed: int = 0

    def __post_init__(self) -> None:
        """OptionError for shares that are none."""
        values = list(self.shares.values())
        if not all(isinstance(value, int | float) and value >= 0 for value in values) or abs(sum(values) - 1) > 1e-9:
            raise OptionError(f"the shares of splits are numbers that add up to 1, not {json.dumps(self.shares)}")
        for name in self.shares:
            if not name.isidentifier():
                raise OptionError(f"a split is called by letters and digits, not {name!r}")

    def one(self, sample: Sample) -> Iterable[Sample]:
        value = formulas.text(sample, self.column)
        place = int.from_bytes(hashlib.sha256(f"{self.seed}/{value}".encode()).digest()[:8]) / 2**64
        for split, share in self.shares.items():
            if place < share:
                sample.split = split
                return (sample,)
            place -= share
        sample.split = next(reversed(self.shares))
        return (sample,)
