"""The patterns of questions, and the words of answers in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from ...convert import toml_tables
from .. import description
from ..figure_words.lexicon import first_form
from ..seen import Seen

_FILE: Final = "questions.toml"
_PART: Final = re.compile(r"\{([a-z_]+)\}")
_ENDINGS: Final = {"f": (("ый", "ая"), ("ой", "ая"), ("ий", "яя")), "n": (("ый", "ое"), ("ой", "ое"), ("ий", "ее"))}
"""What the ending of an adjective becomes with a feminine and a neuter noun."""

_MOST: Final = (
    "max",
    "larg",
    "high",
    "great",
    "tall",
    "most",
    "big",
    "long",
    "wid",
    "макс",
    "наиб",
    "высок",
    "больш",
    "длин",
)


class Answer(NamedTuple):
    """An answer, and the shapes on which it rests. `option` is the letter of the one that was chosen, `value` what
    options are compared with where that is not the whole text.
    """

    text: str
    shapes: tuple[str, ...] = ()
    option: str = ""
    value: str = ""

    @property
    def shown(self) -> str:
        return f"{self.option}) {self.text}" if self.option else self.text


@cache
def table() -> Mapping[str, Any]:
    """The content of questions.toml."""
    return toml_tables.parse(files(__package__).joinpath(_FILE).read_text("utf-8"), _FILE)


@cache
def _compiled(group: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    parts = table()["parts"]
    return tuple(
        (form, re.compile(rf"\s*(?:{_PART.sub(lambda part: parts[part[1]], pattern)})", re.IGNORECASE))
        for form, patterns in toml_tables.part(table(), group, _FILE).items()
        for pattern in patterns
    )


def matches(group: str, question: str, *, whole: bool) -> Iterator[tuple[str, re.Match[str]]]:
    """The forms of a group that a question has, each with its match: of its beginning, or of the `whole`."""
    for form, pattern in _compiled(group):
        match = pattern.fullmatch(question) if whole else pattern.match(question)
        if match is not None and (whole or not _cuts_word(question, match.end())):
            yield form, match


def _cuts_word(text: str, at: int) -> bool:
    """Whether a place lies inside a word."""
    return re.match(r"\w\w", text[max(at - 1, 0) : at + 1]) is not None


def is_russian(text: str) -> bool:
    return re.search(r"[а-яё]", text.lower()) is not None


def is_most(said: Mapping[str, str | None]) -> bool:
    """Whether a question is for the largest and not the smallest, by the word in its part "end"."""
    return (said.get("end") or "").lower().startswith(_MOST)


def say(word: str, russian: bool) -> str:
    """A word of an answer."""
    return str(table()["answers"].get(word, word)) if russian else word


def color(name: str, russian: bool, gender: str = "m") -> str:
    """The name of a colour, in Russian as an adjective of a gender (m, f, n)."""
    if not russian:
        return name
    found = str(table()["colors"].get(name) or say(name, True))
    for ending, other in _ENDINGS.get(gender, ()):
        if found.endswith(ending):
            return found.removesuffix(ending) + other
    return found


def called(one: Seen, russian: bool) -> str:
    """What a shape is called: "red circle", "красный круг"."""
    if not russian:
        return one.name
    noun = str(table()["kinds"].get(one.kind) or first_form(one.kind, "ru") or one.kind)
    head = noun.split()[-1]
    gender = "f" if head[-1] in "аяь" else "n" if head[-1] in "оеё" else "m"
    plain = one.color in ("", "black")
    return noun if plain else f"{color(one.color, True, gender)} {noun}"


def told(which: list[Seen], frame: tuple[float, float, float, float], russian: bool) -> tuple[str, ...]:
    """Each shape with its place and size."""
    by, unit = ("на", "пт") if russian else ("by", "pt")
    return tuple(
        f"{called(one, russian)} {say(description.place(one.center, frame), russian)}, "
        f"{one.box[2] - one.box[0]:.3g} {by} {one.box[3] - one.box[1]:.3g} {unit}"
        for one in which
    )
