"""Questions with options: "How many circles are there? A) 1 B) 2 C) 3"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ...convert.errors import PanmathError, UnsupportedError
from ...convert.readers.spoken.lexicon import lexicon
from ...convert.readers.spoken.numbers import NumberReader
from ...convert.source import Source
from .. import description
from ..figure_words.lexicon import tokens
from .table import Answer, is_russian, table

_OPTION: Final = re.compile(r"(?:^|(?<=[\s;,?]))\(?([A-HА-З])\s?[).:]\s*")
_AGREES: Final = 0.03
"""How far a number of an option may be from the answer, relative to it."""


class Option(NamedTuple):
    letter: str
    text: str


def options(question: str) -> tuple[str, list[Option]]:
    """The question alone, and the options that follow it; none where there are fewer than two in their order."""
    found = list(_OPTION.finditer(question))
    for at, first in enumerate(found):
        if first[1] not in "AА":
            continue
        run = [first]
        for match in found[at + 1 :]:
            if ord(match[1]) == ord(run[-1][1]) + 1:
                run.append(match)
        if len(run) > 1:
            ends = [*(match.start() for match in run[1:]), len(question)]
            texts = (question[match.end() : end].strip(" \t\n;,.") for match, end in zip(run, ends, strict=True))
            return question[: first.start()].strip(), [
                Option(match[1], text) for match, text in zip(run, texts, strict=True)
            ]
    return question, []


def chosen(asked: str, given: Sequence[Option], answer: Callable[[str], Answer]) -> Answer:
    """The one option that is the answer. UnsupportedError where none or several are."""
    bare = asked.strip().rstrip(" ?.:!")
    russian = is_russian(asked + given[0].text)
    for form, question in _EACH[russian].items():
        if any(re.fullmatch(pattern, bare, re.IGNORECASE) for pattern in table()["words"][form]):
            return _true_one(given, [_holds(question.format(option.text.rstrip(".")), answer) for option in given])
    found = answer(asked)
    value = found.value or found.text
    fitting = [option for option in given if _same(option.text, value)] or _nearest(given, value)
    if len(fitting) != 1:
        which = "none of the options is" if not fitting else "several options are"
        raise UnsupportedError(f"{which} the answer, which is {found.text}")
    return Answer(fitting[0].text, found.shapes, fitting[0].letter)


_EACH: Final = {
    False: {"statement": "is it true that {}?", "shown": "is there {}?"},
    True: {"statement": "верно ли, что {}?", "shown": "есть ли {}?"},
}
"""What is asked of each option, by whether the question is in Russian."""


def _holds(question: str, answer: Callable[[str], Answer]) -> Answer | None:
    """The answer where it is yes; what is not there or cannot be understood does not hold."""
    try:
        found = answer(question)
    except PanmathError:
        return None
    return found if found.text in ("yes", "да") else None


def _true_one(given: Sequence[Option], found: Sequence[Answer | None]) -> Answer:
    true = [(option, one) for option, one in zip(given, found, strict=True) if one is not None]
    if len(true) != 1:
        which = "none of the options holds" if not true else f"{', '.join(one.letter for one, _ in true)} hold"
        raise UnsupportedError(f"{which}, as far as they are understood")
    (option, one), *_ = true
    return Answer(option.text, one.shapes, option.letter)


def _same(option: str, found: str) -> bool:
    numbers = _numbers(option), _numbers(found)
    if any(numbers):
        return len(numbers[0]) == len(numbers[1]) and all(
            abs(a - b) <= 1e-9 for a, b in zip(sorted(numbers[0]), sorted(numbers[1]), strict=True)
        )
    return _normal(option) == _normal(found)


def _nearest(given: Sequence[Option], found: str) -> list[Option]:
    """The option whose one number is next to that of a measured answer."""
    told = _numbers(found)
    if len(told) != 1:
        return []
    return [option for option in given if len(one := _numbers(option.text)) == 1
            and abs(one[0] - told[0]) <= _AGREES * max(abs(told[0]), 1e-9)]  # fmt: skip


def _numbers(text: str) -> list[float]:
    """The numbers in a text, in digits or words, without those in the names of formulas."""
    bare = re.sub(r"\$[^$]*\$", "", text).replace("−", "-")
    digits = [float(one.replace(",", ".")) for one in re.findall(r"(?<![\w.])-?\d+(?:[.,]\d+)?(?![\w])", bare)]
    if digits:
        return digits
    words, _ = tokens(Source(text, "<option>"))
    reader = NumberReader(words, lexicon("ru" if is_russian(text) else "en").numbers)
    parts = reader.read(0) if words else None
    return [float(parts[0].text)] if parts and parts[0].kind not in ("ordinal", "frac") and len(parts) == 1 else []


def _normal(text: str) -> frozenset[str]:
    """What a text says, in the terms of the table of words: colours, shapes and places by what they mean."""
    _, found = tokens(Source(text, "<option>"))
    said: list[str] = []
    for token in found:
        if "filler" in token.senses:
            continue
        shade = token.means("color")
        said.append(description.color_name(shade) if shade else token.means("shape") or token.text.lower())
    return frozenset(said) - {"color", "colour", "цвет", "in", "at", "pt", "."}
