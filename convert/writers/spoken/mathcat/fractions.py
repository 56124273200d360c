"""Fractions, mixed numbers and roots, as MathCAT says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....numerals import CASES, English, Russian
from ....source import Span
from ....structure import Applied, Fraction, Leaf, Mixed, Radical, Structure
from .shapes import digits_of, is_simple, is_wordy, letter_of

if TYPE_CHECKING:
    from .speaker import Speaker


def signs_roots(speaker: Speaker) -> bool:
    """Whether roots are said to be positive or negative."""
    return speaker.clear and speaker.settings["Roots"].startswith("PosNeg")


def fraction(speaker: Speaker, num: Structure, den: Structure, span: Span | None) -> None:
    """A fraction: in words like "two thirds", or as its two parts."""
    preference = speaker.settings["Fraction"] if speaker.clear else "Auto"
    with_ordinal = preference in ("Auto", "Ordinal", "EndFrac")
    if with_ordinal and (words := common_fraction(speaker, num, den, preference == "Ordinal")):
        speaker.say(words, span)
    elif speaker.clear:
        _clear_fraction(speaker, num, den, span, preference)
    else:
        _simple_fraction(speaker, num, den, span)


def _clear_fraction(speaker: Speaker, num: Structure, den: Structure, span: Span | None, preference: str) -> None:
    nested = all(isinstance(part, Fraction) and common_fraction(speaker, part.num, part.den) for part in (num, den))
    simple = is_simple(num) and is_simple(den)
    general = preference in ("General", "GeneralEndFrac")
    if preference == "Per":
        key, end = "fraction_per", False
    elif preference in ("Over", "FracOver", "OverEndFrac") or (simple and not general):
        key = "fraction_named" if preference == "FracOver" else "fraction_over"
        if preference == "Auto" and isinstance(num, Applied) and digits_of(den):
            key = "fraction_of_function"
        end = preference == "OverEndFrac" or (preference == "EndFrac" and not nested)
    elif not general and is_wordy(num) and is_wordy(den):
        key, end = "fraction_of_words", preference == "EndFrac"
    else:
        key, end = "fraction", preference in ("EndFrac", "GeneralEndFrac")
    with speaker.inside("fraction"):
        speaker.tell(key, span, num=num, den=den)
    if end:
        speaker.tell("end_fraction", span)


def _simple_fraction(speaker: Speaker, num: Structure, den: Structure, span: Span | None) -> None:
    nested = bool(speaker.within) and speaker.within[-1] == "fraction"
    if isinstance(num, Leaf) and isinstance(den, Leaf) and not nested:
        key = "fraction_over"
    elif not speaker.settings.blind:
        key = "fraction_over"
    else:
        key = "fraction_in_limit" if "limit" in speaker.within else "fraction"
    with speaker.inside("fraction"):
        speaker.tell(key, span, num=num, den=den)


def common_fraction(speaker: Speaker, num: Structure, den: Structure, any_size: bool = False) -> str:
    """A fraction of small numbers in words, or ""."""
    count, parts = digits_of(num), digits_of(den)
    if not count or not parts or not (any_size or (0 < int(count) < 20 and 2 <= int(parts) <= 10)):
        return ""
    if isinstance(speaker.numbers, Russian):
        return " ".join(speaker.numbers.parts(int(count), int(parts), CASES.index("nom")))
    assert isinstance(speaker.numbers, English)
    plural = "" if count == "1" else "s"
    name = speaker.numbers.parts["halves" if plural else "half"] if parts == "2" else speaker.ordinal(parts) + plural
    return f"{count} {name}"


def mixed(speaker: Speaker, part: Mixed) -> None:
    """A whole number and a fraction."""
    span = part.whole.node.span
    any_size = not speaker.clear or not isinstance(speaker.numbers, English)
    words = common_fraction(speaker, part.part.num, part.part.den, any_size)
    if words:
        speaker.tell("mixed", span, whole=part.whole, part=words)
    else:
        speaker.tell("mixed_over", span, whole=part.whole, part=part.part)


def root(speaker: Speaker, part: Radical, sign: str) -> None:
    """A root; `sign` is the template of the sign before it."""
    if signs_roots(speaker) and not sign:
        sign = "root_positive"
    words = " ".join(piece.words for piece in speaker.templates[sign]) if sign else ""
    x, span = speaker.inner("root", part.radicand), part.node.span
    number = digits_of(part.degree) if part.degree is not None else "2"
    if number in ("2", "3"):
        speaker.tell("square_root" if number == "2" else "cube_root", span, sign=words, x=x)
    elif number and (ordinal := speaker.ordinal(number)):
        speaker.tell("nth_root", span, sign=words, n=ordinal, x=x)
    else:
        assert part.degree is not None
        letter = letter_of(part.degree)
        n = speaker.letter_ordinal(part.degree) if letter else speaker.inner("script", part.degree)
        speaker.tell("index_root", span, sign=words, n=n, x=x)
    if speaker.clear:
        end = speaker.settings["Roots"] in ("RootEnd", "PosNegSqRootEnd")
    else:
        end = speaker.settings.blind and not isinstance(part.radicand, Leaf)
    if end:
        speaker.tell("end_root", span)
