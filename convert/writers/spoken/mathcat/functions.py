"""Functions and what they are applied to, as MathCAT says them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ....nodes import Ident, Operator
from ....source import Span
from ....structure import Applied, Fenced, Leaf, Scripted, Structure
from ..simple import is_minus_one
from .shapes import (
    APPLIED_NAMES,
    LOGARITHMS,
    TRIGONOMETRIC,
    digits_of,
    has_bar,
    is_certain,
    is_simple,
    name_of,
)

if TYPE_CHECKING:
    from .speaker import Part, Speaker


def applied(speaker: Speaker, part: Applied) -> None:
    """A function and its argument; a letter that may as well be a factor is said without "of"."""
    function, argument = part.function, part.argument
    name = name_of(function)
    if not is_certain(function, argument):
        _guessed(speaker, part)
        return
    if name in LOGARITHMS and isinstance(function, Scripted) and function.sub is not None:
        speaker.tell("logarithm_base_applied", function.node.span, b=function.sub, x=lambda: argued(speaker, argument))
        return
    if isinstance(function, Scripted) and function.sup is not None and not function.primes:
        _power_of_function(speaker, function, argument)
        return
    simple = is_simple(argument)
    if isinstance(function, Leaf) and isinstance(function.node, Operator | Ident) and len(name) > 1:
        head: Part = lambda: speaker.named(name, function.node.span, simple)  # noqa: E731  # a part of the template
    elif speaker.clear and speaker.settings["Functions"] == "None" and name not in APPLIED_NAMES:
        _guessed(speaker, part)
        return
    else:
        head = function
    key = "applied_silently" if _is_silent(speaker, function, name, simple) else "applied"
    speaker.tell(key, None, f=head, x=lambda: argued(speaker, argument))


def _is_silent(speaker: Speaker, function: Structure, name: str, simple: bool) -> bool:
    """Whether no "of" stands between a function and its argument."""
    if name in speaker.words.silent:
        return True
    return isinstance(function, Leaf) and name in speaker.words.silent_if_simple and simple


def argued(speaker: Speaker, argument: Structure) -> None:
    """What a function is applied to."""
    keep = speaker.clear and speaker.settings["Functions"] == "None"
    if isinstance(argument, Fenced):
        speaker.fenced(argument, keep=keep)
    else:
        speaker.speak(argument)


def _guessed(speaker: Speaker, part: Applied) -> None:
    """A letter before brackets, which may be a function or a factor: neither "of" nor "times" is said."""
    probability = name_of(part.function) in ("P", "Pr") and has_bar(part.argument)
    with speaker.inside("naming" if probability else "guess"), speaker.inside("given" if probability else "guess"):
        speaker.speak(part.function)
        if speaker.clear and speaker.settings["Functions"] == "None" and speaker.settings["ImpliedTimes"] != "None":
            speaker.tell("times")
        if isinstance(part.argument, Fenced):
            speaker.fenced(part.argument, keep=True)
        else:
            speaker.speak(part.argument)


def _power_of_function(speaker: Speaker, function: Scripted, argument: Structure) -> None:
    """A function with an exponent: its square, its inverse, another power."""
    sup, span, name = function.sup, function.node.span, name_of(function)
    assert sup is not None
    base = function.base if function.sub is None else function._replace(sup=None)

    def head() -> None:
        if function.sub is None:
            _function_name(speaker, name, span, base)
        else:
            speaker.speak(base)

    def said(key: str) -> Callable[[], None]:
        return lambda: speaker.tell(key, span, **({"f": head} if key.endswith("inverse") else {"x": head}))

    def after() -> None:
        argued(speaker, argument)

    key = "applied_silently" if name in speaker.words.silent else "applied"
    number = digits_of(sup)
    if name in TRIGONOMETRIC and is_minus_one(sup):
        speaker.tell(key, span, f=_inverse(speaker, name, said), x=after)
    elif number in ("2", "3"):
        speaker.tell(key, span, f=said("squared" if number == "2" else "cubed"), x=after)
    elif number and (ordinal := speaker.ordinal(number)):
        speaker.tell("function_power", span, f=head, n=ordinal, x=after)
    else:
        speaker.tell("function_power_other", span, f=head, n=speaker.inner("script", sup), x=after)


def _function_name(speaker: Speaker, name: str, span: Span | None, base: Structure) -> None:
    if name in speaker.words.functions:
        speaker.say(speaker.words.functions[name], span)
    else:
        speaker.speak(base)


def _inverse(speaker: Speaker, name: str, said: Callable[[str], Callable[[], None]]) -> Part:
    """The inverse of a function: by a name of its own, or as an inverse."""
    preference = speaker.settings["Trig"] if speaker.clear else "Auto"
    if name in speaker.words.inverses and preference != "TrigInverse":
        return speaker.words.inverses[name]
    return said({"TrigInverse": "trig_inverse", "ArcTrig": "arc_inverse"}.get(preference, "inverse"))
