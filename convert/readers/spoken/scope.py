"""What a speaker leaves open, and how it is decided: the policy, and the choices a reading has made.

"one over x plus two" is 1/(x+2) or 1/x + 2. Each such question is put to `Choices`, which answers as the policy says
and remembers the other answers with what they cost, so that the next best readings are found by changing one answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Scope: TypeAlias = Literal["atom", "term", "sum"]
"""How far a construct reaches: the next operand, the operands side by side, or the whole sum up to a relation."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How far each construct reaches when the words do not say. "auto" looks at what stands around."""

    over_left: Literal["auto", "term", "sum"] = "auto"
    over_right: Literal["auto", "atom", "term", "sum"] = "auto"
    divided_left: Literal["auto", "term", "sum"] = "auto"
    divided_right: Literal["auto", "atom", "term", "sum"] = "auto"
    root: Literal["auto", "atom", "term", "sum"] = "auto"
    function: Literal["auto", "atom", "term", "sum"] = "auto"
    function_of: Literal["auto", "atom", "term", "sum"] = "auto"
    power: Literal["auto", "atom", "term", "sum"] = "auto"
    times: Literal["auto", "none", "dot", "cross"] = "auto"
    divided: Literal["auto", "fraction", "slash"] = "auto"
    subscript: Literal["auto", "one", "run"] = "auto"


@dataclass(slots=True)
class Choices:
    """The answers given in one reading. `forced` are those of the reading that is varied, by their number."""

    forced: tuple[str, ...] = ()
    taken: list[str] = field(default_factory=list)
    open: list[tuple[int, str, float]] = field(default_factory=list)
    cost: float = 0.0

    def choose(self, options: Sequence[tuple[str, float]]) -> str:
        """One of the options, pairs of name and cost, the likeliest first."""
        number = len(self.taken)
        if number < len(self.forced):
            answer = self.forced[number]
            self.cost += next((cost for name, cost in options if name == answer), 0.0)
        else:
            answer, cost = options[0]
            self.cost += cost
            self.open.extend((number, name, other - cost) for name, other in options[1:])
        self.taken.append(answer)
        return answer
