"""A recipe as it runs: the steps cut into stages, and how records are read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .outputs import Output, output
from .stage import Stage
from .step import Ordered, Step, build


@dataclass(frozen=True)
class Plan:
    """What workers are told: it can be sent to other processes, and each builds the steps for itself."""

    steps: Sequence[Mapping[str, Any]]
    write_as: str
    id_column: str = ""

    @cached_property
    def output(self) -> Output:
        """The kind of files that are written."""
        return output(self.write_as)

    @cached_property
    def built(self) -> list[Step]:
        """The steps in their order."""
        return [build(spec) for spec in self.steps]

    @cached_property
    def labels(self) -> list[str]:
        """What the steps are called in counts; the number tells two of a name apart."""
        return [f"{number} {step.name}" for number, step in enumerate(self.built, 1)]

    @cached_property
    def stages(self) -> list[Stage]:
        """The steps in groups that run in one place: each ordered one by itself, those that ask networks apart."""
        groups: list[list[int]] = [[]]  # The first one reads, even where there is no step in it.
        for index, step in enumerate(self.built):
            before = self.built[groups[-1][-1]] if groups[-1] else None
            if step.ordered or (before is not None and (before.ordered or before.learned != step.learned)):
                groups.append([])
            groups[-1].append(index)
        last = len(groups) - 1
        return [
            Stage(
                [self.built[index] for index in group],
                [self.labels[index] for index in group],
                number == 0,
                self.id_column,
                self.output if number == last else None,
            )
            for number, group in enumerate(groups)
        ]

    @property
    def ordered(self) -> list[Ordered]:
        """The steps that remember."""
        return [step for step in self.built if isinstance(step, Ordered)]

    def __reduce__(self) -> tuple[Any, ...]:
        return Plan, (list(map(dict, self.steps)), self.write_as, self.id_column)
