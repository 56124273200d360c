"""The step that goes through the graph: one form of a formula in, others out."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ...convert import options as schema
from ...convert.errors import InputError, OptionError, PanmathError
from ...convert.formats import lookup
from ...convert.pipeline import Blob, Input, Pipeline, fan_out
from ...convert.result import Result
from ...convert.source import Source
from ..formulas import find
from ..sample import Reject, Sample, failed
from ..step import Step

_FOR_NETWORKS, _FOR_PROGRAMS = 32, 256
"""How many samples are converted together, where a recipe does not say it."""


class Target(NamedTuple):
    """What is wanted: the column that it goes into, the format, and options for it alone."""

    column: str
    format: str
    options: Mapping[str, object]


def target(text: str) -> Target:
    """``[COLUMN=]FORMAT[:OPTION=VALUE,…]``, as in ``spoken.en`` or ``exact=spoken.en:style=exact``."""
    head, _, tail = text.partition(":")
    column, equals, format = head.rpartition("=")
    if equals and not column:
        raise OptionError(f"{text!r}: the column before = has no name")
    options: dict[str, object] = {}
    for part in filter(None, tail.split(",")):
        name, equals, value = part.partition("=")
        option = schema.lookup(name.strip().replace("-", "_"))
        if option.kind == "flag":
            if value not in ("", "yes", "no"):
                raise OptionError(f"{text!r}: {option.name} is yes or no, not {value!r}")
            options[option.name] = value != "no"
        elif not equals:
            raise OptionError(f"{text!r}: {option.name} needs a value: {option.name}=…")
        else:
            options[option.name] = option.parse(value)
    return Target(column or lookup(format).name, format, options)


@dataclass(frozen=True)
class Convert(Step):
    """Adds a column for each target. What the routes to them have in common is done once.

    `options` are for all targets that take them; `macros` is a file or a table of names and bodies. `vary` has lists of
    values, of which each sample gets one by chance, and columns that tell which. With `on_error` "keep", what fails is
    empty, and the column `error` says why; otherwise the sample is taken out. `details` adds how sure each answer is,
    whether it was verified, and what it lost.
    """

    name: ClassVar[str] = "convert"
    to: tuple[str, ...]
    source: str = "tex"
    column: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    vary: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    on_error: str = "skip"
    details: bool = False
    batch_size: int = 0
    _made: dict[Any, tuple[Pipeline, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises the errors of a Pipeline, and OptionError for what cannot be written."""
        if self.on_error not in ("skip", "keep"):
            raise OptionError(f"on_error of the step convert is 'skip' or 'keep', not {self.on_error!r}")
        for name, values in self.vary.items():
            if not isinstance(values, list) or not values:
                raise OptionError(f"vary has a list of values for {name}, not {values!r}")
        columns = [target.column for target in self.targets]
        twice = {column for column in columns if columns.count(column) > 1}
        if twice:
            raise OptionError(f"two targets go into the column {twice.pop()}; name one: NAME=FORMAT")
        objects = [pipeline.target.name for pipeline in self.pipelines if pipeline.target.carrier == "object"]
        if objects:
            raise OptionError(f"{objects[0]} is a value in Python, and no record can hold it")

    @property
    def learned(self) -> bool:
        return any(pipeline.learned for pipeline in self.pipelines)

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The targets, read from their texts."""
        return tuple(map(target, self.to))

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """A pipeline for each target, with the first of the values of `vary`."""
        return self._pipelines({name: values[0] for name, values in self.vary.items()})

    def _pipelines(self, varied: Mapping[str, Any]) -> tuple[Pipeline, ...]:
        key = tuple(sorted(varied.items()))
        if key not in self._made:
            self._made[key] = tuple(self._with_options({**self.options, **varied}))
        return self._made[key]

    def _with_options(self, options: Mapping[str, Any]) -> Iterator[Pipeline]:
        refusals, unused = list[OptionError](), set(options)
        if isinstance(options.get("macros"), str):
            options = {**options, "macros": Path(options["macros"])}
        for target in self.targets:
            own = dict(target.options)
            for name, value in options.items():
                try:
                    Pipeline(self.source, target.format, **{name: value})
                except OptionError as error:
                    refusals.append(error)
                else:
                    unused.discard(name)
                    own.setdefault(name, value)
            yield Pipeline(self.source, target.format, **own)
        if unused:
            raise refusals[0]

    def __call__(self, samples: Iterable[Sample], rejects: list[Reject]) -> Iterator[Sample]:
        """The samples with the columns of the targets."""
        if not self.vary:
            yield from self._converted(samples, self.pipelines, rejects)
            return
        groups: dict[tuple[Any, ...], list[Sample]] = {}
        for sample in samples:
            chosen = self._chosen(sample)
            sample.fields |= chosen
            groups.setdefault(tuple(chosen.values()), []).append(sample)
        done: list[Sample] = []
        for values, some in groups.items():
            pipelines = self._pipelines(dict(zip(self.vary, values, strict=True)))
            done += self._converted(some, pipelines, rejects)
        yield from sorted(done, key=lambda sample: sample.place)

    def _chosen(self, sample: Sample) -> dict[str, Any]:
        random = sample.chance(self.seed, f"{self.name} {' '.join(self.to)}")
        return {name: random.choice(values) for name, values in self.vary.items()}

    def _converted(
        self, samples: Iterable[Sample], pipelines: Sequence[Pipeline], rejects: list[Reject]
    ) -> Iterator[Sample]:
        given: deque[Sample] = deque()

        def inputs() -> Iterator[Input]:
            for sample in samples:
                try:
                    value = self._input(sample)
                except PanmathError as error:
                    rejects.append(failed(sample, self.name, error))
                else:
                    given.append(sample)
                    yield value

        size = self.batch_size or (_FOR_NETWORKS if self.learned else _FOR_PROGRAMS)
        for results in fan_out(pipelines, inputs(), size):
            sample = given.popleft()
            errors = [result for result in results if result.error is not None]
            if errors and self.on_error == "skip":
                assert errors[0].error is not None
                rejects.append(failed(sample, self._step(errors[0]), errors[0].error))
                continue
            for target, result in zip(self.targets, results, strict=True):
                sample.fields[target.column] = _value(result)
                if self.details:
                    sample.fields |= _details(target.column, result)
            if self.on_error == "keep":
                sample.fields["error"] = str(errors[0].error) if errors else None
            yield sample

    def _step(self, result: Result) -> str:
        hop = result.provenance[-1] if result.provenance else None
        return f"{self.name}: {hop.source} → {hop.target}" if hop is not None else self.name

    def find(self, columns: Iterable[str]) -> str:
        """The column with the values; InputError where there is none."""
        return find(columns, self.source, self.column)

    def _input(self, sample: Sample) -> Input:
        value = sample.fields[self.find(sample.fields)]
        if isinstance(value, str):
            return Source(value, sample.id)
        if isinstance(value, bytes):
            return Blob(value, sample.id)
        raise InputError(f"{sample.id}: a value is text or bytes, not {type(value).__name__}")


def _value(result: Result) -> str | bytes | None:
    if result.error is not None:
        return None
    return result.value if isinstance(result.value, bytes) else result.text


def _details(column: str, result: Result) -> dict[str, Any]:
    """How sure an answer is, and what it lost."""
    return {
        f"{column}.confidence": round(result.confidence, 6),
        f"{column}.verified": result.verification.state,
        f"{column}.losses": [re.sub(r"\s+", " ", str(loss)) for loss in result.losses],
    }
