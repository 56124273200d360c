"""Steps that leave samples out: by what they are, or by chance."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from ...convert.errors import OptionError, PanmathError
from ...convert.pipeline import Pipeline
from ...convert.source import Source
from .. import formulas
from ..sample import Sample, Unfit
from ..step import PerSample

_LETTERS = {"en": re.compile("[A-Za-z]"), "ru": re.compile("[А-Яа-яЁё]")}


@dataclass(frozen=True)
class Filter(PerSample):
    """Leaves out what does not have all that is asked for.

    `column` is what is looked at: its length in characters (`shortest`, `longest`), a regular expression that must or
    must not be found in it (`has`, `lacks`; `reason` is what is then counted), the script that most of its letters are
    in (`language`).
    `parses`: it is a formula; `lossless`: and nothing in it is unknown; `renders`: and a picture of it can be drawn;
    `verified`: and what becomes of it in that format is read back as the same formula.
    `licences`: the column `licence_column` is one of these.
    """

    name: ClassVar[str] = "filter"
    column: str = "tex"
    source: str = "tex"
    shortest: int = 0
    longest: int = 0
    has: str = ""
    lacks: str = ""
    language: str = ""
    parses: bool = False
    lossless: bool = False
    renders: bool = False
    verified: str = ""
    reason: str = ""
    licences: tuple[str, ...] = ()
    licence_column: str = "licence"

    def __post_init__(self) -> None:
        """OptionError for expressions and languages that are none."""
        for pattern in (self.has, self.lacks):
            try:
                re.compile(pattern)
            except re.error as error:
                raise OptionError(f"{pattern!r} is no regular expression: {error}") from error
        if self.language and self.language not in _LETTERS:
            raise OptionError(f"language is one of {', '.join(_LETTERS)}, not {self.language!r}")

    def one(self, sample: Sample) -> Iterable[Sample]:
        if self.licences and sample.fields.get(self.licence_column) not in self.licences:
            raise Unfit("licence")
        text = formulas.text(sample, self.column)
        if len(text) < self.shortest:
            raise Unfit("too short")
        if self.longest and len(text) > self.longest:
            raise Unfit("too long")
        if self.has and not re.search(self.has, text):
            raise Unfit(self.reason or f"lacks {self.has}")
        if self.lacks and re.search(self.lacks, text):
            raise Unfit(self.reason or f"has {self.lacks}")
        if self.language and not self._is_in_language(text):
            raise Unfit(f"not {self.language}")
        for reason, pipeline in self._proofs:
            try:
                pipeline(Source(text, sample.id))
            except PanmathError as error:
                raise Unfit(reason) from error
        return (sample,)

    def _is_in_language(self, text: str) -> bool:
        own = len(_LETTERS[self.language].findall(text))
        return own > sum(char.isalpha() for char in text) / 2

    @cached_property
    def _proofs(self) -> tuple[tuple[str, Pipeline], ...]:
        asked: tuple[tuple[bool, str, str, dict[str, object]], ...] = (
            (self.parses, "does not parse", "ast", {}),
            (self.lossless, "has unknown parts", "ast", {"strict": True}),
            (bool(self.verified), "not verified", self.verified, {"verify": True}),
            (self.renders, "does not render", "image", {}),
        )
        return tuple(
            (reason, Pipeline(self.source, target, **options)) for wanted, reason, target, options in asked if wanted
        )


@dataclass(frozen=True)
class Thin(PerSample):
    """Keeps a share of the samples, from 0 to 1, which depends on their ids and the seed alone."""

    name: ClassVar[str] = "sample"
    share: float
    seed: int = 0

    def one(self, sample: Sample) -> Iterable[Sample]:
        if sample.chance(self.seed, self.name).random() >= self.share:
            raise Unfit("not in the sample")
        return (sample,)
