"""Words, or SSML as the spoken writer makes it → the pieces that a voice says one after the other.

The markup is taken apart here and never given to an engine, so that every engine keeps the same pauses and no text
becomes markup. Of the Speech Synthesis Markup Language (W3C, version 1.1) it is what tells when and what to speak;
nothing is fetched or played.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from xml.parsers import expat

from ..convert.errors import Loss, Losses, ParseError
from ..convert.source import Source

LONGEST_PAUSE: Final = 10.0
"""Seconds."""
SENTENCE: Final = 0.35
PARAGRAPH: Final = 0.6
_STRENGTHS: Final = {"none": 0.0, "x-weak": 0.05, "weak": 0.1, "medium": 0.2, "strong": 0.4, "x-strong": 0.7}
_TIME: Final = re.compile(r"\+?(\d+(?:\.\d*)?|\.\d+)(ms|s)")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+|\s*\n\s*")
_BLANK: Final = re.compile(r"\s+")
_MOST_CHARACTERS: Final = 600
"""In what is given to an engine at once; longer sentences are cut between words."""

_WITHOUT_EFFECT: Final = frozenset({"speak", "mark", "w", "token"})
_NOT_TEXT: Final = frozenset({"metadata", "meta", "lexicon", "desc"})


class Run(NamedTuple):
    """Some words of an utterance; `spelled` ones are letters and signs."""

    text: str
    spelled: bool = False


class Utterance(NamedTuple):
    """What is said in one breath, and the seconds of silence after it; the voice goes down where a sentence `ends`."""

    runs: tuple[Run, ...]
    pause: float
    ends: bool = True


def utterances(source: Source, losses: Losses) -> Iterator[Utterance]:
    """The pieces of a text. Raises ParseError for markup that is not well formed."""
    if source.text.lstrip().startswith("<speak"):
        yield from _Markup(source, losses).read()
        return
    for line in _SENTENCE_END.split(source.text):
        for piece in _pieces(line):
            yield Utterance((Run(piece),), SENTENCE)


def _pieces(text: str) -> Iterator[str]:
    """The text, cut between words where it is long."""
    rest = _BLANK.sub(" ", text).strip()
    while len(rest) > _MOST_CHARACTERS:
        cut = rest.rfind(" ", 0, _MOST_CHARACTERS)
        cut = cut if cut > 0 else _MOST_CHARACTERS
        yield rest[:cut]
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


class _Markup:
    """Collects the utterances of one document."""

    def __init__(self, source: Source, losses: Losses) -> None:
        self.source, self.losses = source, losses
        self.found: list[Utterance] = []
        self.runs: list[Run] = []
        self.spelling: list[bool] = [False]
        self.ignored = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.doctype

    def read(self) -> list[Utterance]:
        try:
            self.parser.Parse(self.source.text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            message = f"not well-formed SSML: {expat.ErrorString(error.code)}"
            raise self.error(message, self.parser.ErrorByteIndex) from None
        self.pause(0.0, ends=True)
        return self.found

    def error(self, message: str, at: int) -> ParseError:
        place = self.place(at)
        return ParseError(message, self.source, (place, place + 1))

    def place(self, at: int) -> int:
        """The offset of a byte of the document."""
        return len(self.source.text.encode("utf-8", "replace")[:at].decode("utf-8", "ignore"))

    def doctype(self, *_: object) -> None:
        raise self.error("a document type declaration is not allowed", self.parser.CurrentByteIndex)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        spelled = self.spelling[-1]
        match name.rpartition(":")[2]:
            case "break":
                self.pause(self.length(attributes), ends=False)
            case "p" | "s":
                self.pause(0.0, ends=True)
            case "say-as":
                spelled = attributes.get("interpret-as") in ("characters", "spell-out")
            case "sub":
                self.text(attributes.get("alias", ""))
                self.ignored += 1
            case other if other in _NOT_TEXT:
                self.ignored += 1
            case other if other not in _WITHOUT_EFFECT:
                place = self.place(self.parser.CurrentByteIndex)
                reason = "nothing is played" if other == "audio" else "its words are said as the others"
                self.losses.append(Loss(f"<{other}>", reason, (place, place + 1)))
        self.spelling.append(spelled)

    def end(self, name: str) -> None:
        self.spelling.pop()
        match name.rpartition(":")[2]:
            case "p":
                self.pause(PARAGRAPH, ends=True)
            case "s":
                self.pause(SENTENCE, ends=True)
            case other if other == "sub" or other in _NOT_TEXT:
                self.ignored -= 1

    def length(self, attributes: dict[str, str]) -> float:
        """The seconds that a break lasts."""
        if time := attributes.get("time"):
            found = _TIME.fullmatch(time.strip())
            if found is None:
                raise self.error(f"{time!r} is no time, such as 200ms or 1.5s", self.parser.CurrentByteIndex)
            return min(float(found[1]) / (1000 if found[2] == "ms" else 1), LONGEST_PAUSE)
        return _STRENGTHS.get(attributes.get("strength", "medium"), _STRENGTHS["medium"])

    def text(self, text: str) -> None:
        if not self.ignored and text.strip():
            self.runs.append(Run(_BLANK.sub(" ", text), self.spelling[-1]))

    def pause(self, seconds: float, ends: bool) -> None:
        """What was collected is said, and silence follows."""
        runs, self.runs = tuple(self.runs), []
        if runs:
            self.found.extend(_cut(Utterance(runs, seconds, ends)))
        elif self.found:
            last = self.found[-1]
            self.found[-1] = last._replace(pause=min(last.pause + seconds, LONGEST_PAUSE), ends=last.ends or ends)
        elif seconds:
            self.found.append(Utterance((), seconds, ends))


def _cut(utterance: Utterance) -> Iterator[Utterance]:
    """The same in parts that are not too long."""
    runs: list[Run] = []
    size = 0
    for run in utterance.runs:
        for piece in _pieces(run.text):
            if size + len(piece) > _MOST_CHARACTERS and runs:
                yield Utterance(tuple(runs), 0.0, ends=False)
                runs, size = [], 0
            runs.append(Run(piece, run.spelled))
            size += len(piece)
    yield utterance._replace(runs=tuple(runs))
