"""What a learned edge answers, and the one way in which models are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")
Input_contra = TypeVar("Input_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is asked. `nbest` answers are wanted of `beams`; an answer has at most `longest` tokens."""

    nbest: int = 1
    beams: int = 4
    longest: int = 256


class Prediction(NamedTuple):
    """One answer of a model. `logprobs` are those of its tokens (natural logarithms), the end included."""

    value: str
    logprobs: tuple[float, ...]

    @property
    def score(self) -> float:
        """The logarithm of the probability of the whole answer."""
        return sum(self.logprobs)


class Model(Protocol[Input_contra]):
    """A network with what goes around it: inputs in, predictions out, no files and no state but its weights."""

    def predict(self, batch: Sequence[Input_contra], options: Options) -> list[list[Prediction]]:
        """At most `nbest` predictions for each input, the most probable first; none where every beam was cut."""
        ...


def by_length(
    inputs: Sequence[Input],
    size: int,
    together: Callable[[Sequence[Input]], Sequence[Output]],
    length: Callable[[Any], float] = len,
) -> list[Output]:
    """The outputs for all inputs in their order, computed `size` at a time from inputs of like length, so that little
    is padded.
    """
    order = sorted(range(len(inputs)), key=lambda at: length(inputs[at]))
    found: dict[int, Output] = {}
    for start in range(0, len(order), size):
        places = order[start : start + size]
        found.update(zip(places, together([inputs[at] for at in places]), strict=True))
    return [found[at] for at in range(len(inputs))]
