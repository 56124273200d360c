"""Subscripts, powers and what scripts mean by convention, as MathCAT says them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ....nodes import Ident, Sym
from ....source import Span
from ....structure import Fenced, Fraction, Infix, Juxtaposed, Leaf, Prefix, Scripted, Structure
from . import fractions
from .shapes import LOGARITHMS, digits_of, has_power, is_indices, is_pseudo, is_simple, letter_of, name_of, sign_of

if TYPE_CHECKING:
    from .speaker import Part, Speaker

_RING: Final = "∘"
_STARS: Final = frozenset("∗*")
_DEGREES: Final = Leaf(Sym("°"))


def scripted(speaker: Speaker, part: Scripted) -> None:
    """Something with scripts."""
    base, sub, sup, span = part.base, part.sub, part.sup, part.node.span
    if _special_script(speaker, part):
        return
    if sup is None:
        _subscripted(speaker, part, alone=not part.primes)
        _primes(speaker, part)
        return

    def bare() -> None:
        if sub is None:
            speaker.base(base)
        else:
            _subscripted(speaker, part, alone=False)
        _primes(speaker, part)

    if is_pseudo(sup):
        bare()
        if sign_of(sup) in _STARS:
            speaker.tell("star", span)
        else:
            speaker.speak(_DEGREES if sign_of(sup) == _RING else sup)
    elif isinstance(sup, Leaf) and isinstance(sup.node, Sym) and sup.node.cls in ("bin", "rel"):
        speaker.tell("superscript", span, x=bare, e=sup)
    else:
        _power(speaker, bare, sup, span)


def _special_script(speaker: Speaker, part: Scripted) -> bool:
    """Says what scripts mean by convention, if that is what stands here."""
    base, sub, sup, span = part.base, part.sub, part.sup, part.node.span
    letter = letter_of(base)
    if isinstance(base, Leaf) and isinstance(base.node, Ident) and base.node.font == "bb" and sub is None:
        return _number_set(speaker, base.node, sup)
    if letter == "C" and sup is None and isinstance(sub, Infix) and [*map(sign_of, sub.signs)] == [","]:
        speaker.binomial(sub.operands[0], sub.operands[1], span)
    elif letter == "P" and sub is not None and sup is not None:
        speaker.tell("permutations", span, n=sup, k=sub)
    elif sup is not None and (sign_of(sup) == "⊤" or (sub is None and letter_of(sup) == "T")):
        speaker.tell("transpose", span, x=lambda: scripted(speaker, part._replace(sup=None)))
    elif name_of(base) in LOGARITHMS and sub is not None and sup is None:
        speaker.tell("logarithm_base", span, b=sub)
    elif isinstance(base, Fenced) and base.open.text in "‖∥" and sub is not None and sup is None:
        speaker.tell("norm_index", span, p=sub, x=base.body)
    elif isinstance(base, Fenced) and base.open.text == "[" and sub is not None and sup is not None:
        speaker.tell("evaluated_between", span, x=base.body, a=sub, b=sup)
    else:
        return False
    return True


def _number_set(speaker: Speaker, node: Ident, sup: Structure | None) -> bool:
    """The positive or negative numbers of a set, or its power."""
    name = speaker.words.sets.get(node.text)
    sign = sign_of(sup) if sup is not None else ""
    if name is None or sup is None:
        return False
    if sign in ("+", "−"):
        speaker.tell("positive_set" if sign == "+" else "negative_set", node.span, x=name)
    elif digits_of(sup):
        name_of_letter = speaker.words.letters.get(node.text.lower(), "")
        letter = name_of_letter if len(name_of_letter) > 1 else node.text
        speaker.tell("set_power", node.span, x=letter, n=sup)
    else:
        return False
    return True


def _subscripted(speaker: Speaker, part: Scripted, alone: bool) -> None:
    """A subscript, and its end where it is not simple; `alone` if there is no power with it."""
    base, sub, span = part.base, part.sub, part.node.span
    if sub is None:
        speaker.base(base)
        return
    number = digits_of(sub)
    key = "sub" if alone else "sub_of_power"
    if number and speaker.settings.verbosity == "terse":
        key = "sub_number"
    # The entry of a matrix in row 1 and column 2 has no number twelve.
    indices = number and "matrix" in speaker.within and len(number) == 2
    i: Part = " ".join(number) if indices else speaker.inner("script", sub)
    speaker.tell(key, span, x=lambda: speaker.base(base), i=i)
    # Where a power has words of its own for its subscript, they need no end.
    ends = alone or speaker.templates["sub"] == speaker.templates["sub_of_power"]
    if ends and speaker.settings.blind and not is_simple(sub) and not is_indices(sub):
        speaker.tell("end_sub", span)


def _primes(speaker: Speaker, part: Scripted) -> None:
    """The primes, up to three at a time."""
    names = ("prime", "double_prime", "triple_prime")
    count = part.primes
    while count > 0:
        speaker.tell(names[min(count, 3) - 1], part.node.span)
        count -= 3


def _power(speaker: Speaker, base: Callable[[], None], sup: Structure, span: Span | None) -> None:
    """Something to a power."""
    key, parts = _clear_power(speaker, sup) if speaker.clear else _simple_power(speaker, sup)
    speaker.tell(key, span, x=base, **parts)
    if key == "raised_nested" and speaker.settings.blind:
        speaker.tell("end_exponent", span)


def _clear_power(speaker: Speaker, sup: Structure) -> tuple[str, dict[str, Part]]:
    """The template of a power in ClearSpeak, and its parts."""
    preference = speaker.settings["Exponent"]
    nested = has_power(sup)
    e: dict[str, Part] = {"e": speaker.inner("script", sup)}
    if preference == "AfterPower":
        return ("raised_exponent" if nested else "raised_after"), e
    found = _small_power(speaker, sup, preference == "Auto", "_short" if preference == "Ordinal" else "")
    if found is not None:
        return found
    if nested and not (preference == "Auto" and _is_easy_power(speaker, sup)):
        return "raised_exponent", e
    return "raised", e


def _simple_power(speaker: Speaker, sup: Structure) -> tuple[str, dict[str, Part]]:
    """The template of a power in SimpleSpeak, and its parts."""
    found = _small_power(speaker, sup, True, "")
    if found is not None:
        return found
    e: dict[str, Part] = {"e": speaker.inner("script", sup)}
    if isinstance(sup, Leaf):
        return "to_the_leaf", e
    last = sup.factors[-1] if isinstance(sup, Juxtaposed) else sup.operands[-1] if isinstance(sup, Infix) else sup
    nested = isinstance(last, Scripted) and last.sup is not None and not isinstance(last.sup, Leaf)
    return ("raised_nested" if nested else "raised"), e


def _small_power(speaker: Speaker, sup: Structure, squared: bool, ending: str) -> tuple[str, dict[str, Part]] | None:
    """The template of a power that is a number or a letter."""
    number = digits_of(sup)
    if squared and number in ("2", "3"):
        return ("squared" if number == "2" else "cubed"), {}
    if number == "2":
        return f"to_the_second{ending}", {}
    if number and (ordinal := speaker.ordinal(number)):
        return f"to_the_ordinal{ending}", {"n": ordinal}
    if isinstance(sup, Prefix) and sign_of(sup.sign) == "−" and digits_of(sup.operand):
        return f"to_the_negative{ending}", {"e": sup}
    return (f"to_the_letter{ending}", {"n": speaker.letter_ordinal(sup)}) if letter_of(sup) else None


def _is_easy_power(speaker: Speaker, sup: Structure) -> bool:
    """A square or cube of a number, letter or small fraction, or of a letter with a coefficient."""
    match sup:
        case Prefix(Leaf(Sym("−")), Juxtaposed() as product):
            return _is_easy_power(speaker, product)
        case Juxtaposed((coefficient, Scripted(base, None, 0, exponent))) if exponent is not None:
            squared = digits_of(exponent) in ("2", "3") and bool(letter_of(base))
            return squared and (bool(digits_of(coefficient)) or _is_common(speaker, coefficient))
        case Scripted(base, None, 0, exponent) if exponent is not None:
            squared = digits_of(exponent) in ("2", "3")
            return squared and (bool(digits_of(base) or letter_of(base)) or _is_common(speaker, base))
        case _:
            return False


def _is_common(speaker: Speaker, part: Structure) -> bool:
    return isinstance(part, Fraction) and bool(fractions.common_fraction(speaker, part.num, part.den))
