"""Sums, integrals, limits, and what is evaluated at a value, as MathCAT says them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ....nodes import Operator, Sym
from ....structure import Big, Evaluated, Infix, Scripted, Structure
from .shapes import sign_of

if TYPE_CHECKING:
    from .speaker import Speaker


_INTEGRALS: Final = frozenset("∫∬∭∮∯∰⨌")


def big(speaker: Speaker, part: Big) -> None:
    """A sum, an integral, a limit, with its bounds."""
    node, low, high, span = part.operator.node, part.low, part.high, part.node.span
    if isinstance(node, Operator):
        _limit(speaker, part, node)
        return
    assert isinstance(node, Sym)
    op = speaker.words.bigs.get(node.text) or speaker.words.symbols.get(node.text, node.text)
    under = speaker.inner("under", low) if low is not None else None

    def head() -> None:
        if under is not None and high is not None:
            speaker.tell("big_both", span, op=op, low=under, high=speaker.inner("under", high))
        elif under is not None:
            speaker.tell("big_under", span, op=op, low=under)
        elif high is not None:
            speaker.tell("superscript", span, x=lambda: speaker.tell("big", span, op=op), e=high)
        else:
            speaker.tell("big", span, op=op)

    with speaker.inside("naming"):
        if part.body is None:
            head()
            return
        plain = "integral_of_plain" if node.text in _INTEGRALS else "big_of_plain"
        speaker.tell(plain if low is None and high is None else "big_of", span, op=head, x=part.body)


def _limit(speaker: Speaker, part: Big, node: Operator) -> None:
    """A limit, or a maximum and the like."""
    low, body, span = part.low, part.body, part.node.span
    if low is None:
        speaker.say(speaker.words.functions.get(node.name, node.name), span)
        if body is not None:
            speaker.speak(body)
        return

    def approaching() -> None:
        with speaker.inside("under"):
            _approach(speaker, low)

    if node.name.startswith("lim"):
        with speaker.inside("limit"):
            if body is None:
                speaker.tell("limit", span, low=approaching)
            else:
                speaker.tell("limit_of", span, low=approaching, x=body)
        return
    op = speaker.words.functions.get(node.name, node.name)

    def head() -> None:
        speaker.tell("below_operator", span, op=op, low=speaker.inner("under", low))

    if body is None:
        head()
    else:
        speaker.tell("applied", span, f=head, x=body)


def _approach(speaker: Speaker, low: Structure) -> None:
    """What a variable tends to, perhaps from one side."""
    if not isinstance(low, Infix) or len(low.signs) != 1 or sign_of(low.signs[0]) not in ("→", "↗", "↘"):
        speaker.speak(low)
        return
    value, side = low.operands[1], {"↗": "_below", "↘": "_above"}.get(sign_of(low.signs[0]), "")
    if isinstance(value, Scripted) and value.sup is not None and sign_of(value.sup) in ("+", "−"):
        side = "_above" if sign_of(value.sup) == "+" else "_below"
        value = value.base
    speaker.tell(f"approach{side}", None, x=low.operands[0], a=value)


def evaluated(speaker: Speaker, part: Evaluated) -> None:
    """Something taken at a value, or between two."""
    span = part.bar.span
    if part.low is not None and part.high is not None:
        speaker.tell("evaluated_between", span, x=part.body, a=part.low, b=part.high)
    else:
        at = part.low or part.high
        assert at is not None
        speaker.tell("evaluated", span, x=part.body, a=at)
