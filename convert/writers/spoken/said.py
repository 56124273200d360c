"""What every style of speech gives: phrases, each with the part of the formula that it speaks; how they become text.

The text is plain, or a document in the Speech Synthesis Markup Language (W3C, version 1.1) with pauses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from ...phrases import Template
from ...source import Span

Role: TypeAlias = Literal["", "letter", "relation", "stop", "end"]

_PAUSES: Final = {"relation": ("100ms", ""), "stop": ("", "200ms"), "end": ("", "100ms")}
"""The breaks before and after a phrase, in SSML's notation."""


class Spoken(NamedTuple):
    """A phrase, and the part of the formula that it speaks.

    `role` says how a voice takes it: a "letter" is read by its name, and there is a pause before a "relation" and after
    a "stop" or the "end" of a construct.
    """

    text: str
    span: Span | None
    role: Role = ""


class Voice(NamedTuple):
    """How a formula is said; which style takes what is in `styles.STYLES`.

    `letters` "nato" says Latin letters as in "bravo", to keep similar ones apart. `capital` is the word before a
    capital letter, as "cap"; without it capitals are only written. `numbers` is "words" or "digits", empty for what the
    language does: English keeps the digits, and Russian, which declines numbers, needs words. `verbosity` is "verbose",
    "medium" or "terse", empty for the style's own. `preferences` are those of ClearSpeak, as
    "Exponent_Ordinal:Paren_Silent".
    """

    language: str = "en"
    letters: str = "plain"
    capital: str = ""
    verbosity: str = ""
    preferences: str = ""
    numbers: str = ""


class Sayer(Protocol):
    """Who says phrases one by one; `case` is that of the next, in a language that has cases."""

    case: str

    def say(self, text: str, span: Span | None = None, role: Role = "") -> None:
        """Words in the case that was set."""


def fill(
    sayer: Sayer,
    template: Template,
    span: Span | None,
    parts: Mapping[str, Any],
    speak: Callable[[Any], None],
    role: Role = "",
) -> None:
    """Says a template, its words in a role. A part is a text, what `speak` says, or a function that says it."""
    for words, part, case in template:
        if words:
            sayer.say(words, span, role)
            continue
        if case != "nom":
            sayer.case = case
        if not part:
            continue
        value = parts[part]
        if isinstance(value, str):
            sayer.say(value, span)
        elif callable(value):
            value()
        else:
            speak(value)


def placed(said: Sequence[Spoken]) -> list[Spoken]:
    """What speaks nothing that is written, as "times" in a product, speaks what stands on both its sides."""
    found: list[Spoken] = []
    ahead = [part.span for part in said]
    for at in reversed(range(len(ahead) - 1)):
        ahead[at] = ahead[at] or ahead[at + 1]
    before: Span | None = None
    for part, behind in zip(said, ahead, strict=True):
        if part.span is None and (before or behind):
            around = [span for span in (before, behind) if span is not None]
            part = part._replace(span=(min(span[0] for span in around), max(span[1] for span in around)))
        else:
            before = part.span
        found.append(part)
    return found


def plain(said: Sequence[Spoken]) -> str:
    """The words with blanks between them."""
    return " ".join(part.text for part in said if part.text)


def marked_up(*passages: Sequence[Spoken], language: str) -> str:
    """The words in SSML: pauses where the roles have them, letters by their names; several passages as paragraphs."""
    content = [_marked_up(said) for said in passages]
    inner = content[0] if len(content) == 1 else "".join(f"<p>{passage}</p>" for passage in content)
    opening = f'<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="{language}">'
    return f"{opening}{inner}</speak>"


def _marked_up(said: Sequence[Spoken]) -> str:
    pieces: list[str] = []
    pause = ""
    for part in said:
        if not part.text:
            continue
        before, after = _PAUSES.get(part.role, ("", ""))
        # Of two pauses that meet the longer one is made; all are milliseconds in three digits.
        pause = max(pause, before)
        text = "".join(char for char in part.text if char.isprintable())
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if part.role == "letter":
            text = f'<say-as interpret-as="characters">{text}</say-as>'
        pieces += [f'<break time="{pause}"/>', text] if pause else [text]
        pause = after
    return " ".join((*pieces, f'<break time="{pause}"/>') if pause else pieces)
