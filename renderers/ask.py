"""Questions about figures, answered from the scene: counts, colours, presence, places, relations, sizes, labels.

`answer` takes a question in English or Russian; the answer names the shapes on which it rests. What is no such question
is refused.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path as File
from typing import Any, Final, NamedTuple

from ..convert import toml_tables
from ..convert.cli import STDIN, Parser
from ..convert.errors import ParseError, UnsupportedError
from ..convert.pipeline import Blob, Pipeline
from ..convert.source import Source
from . import description
from .figure_words.cursor import Cursor, NoMatch
from .figure_words.lexicon import tokens
from .scene import Circle, Scene
from .seen import Seen, extent, holds, matching, see, told, written

_RELATIONS: Final = ("left", "right", "above", "below", "on", "inside", "around", "touching", "overlapping", "larger",
                     "smaller")  # fmt: skip


class Asked(NamedTuple):
    """What a phrase of a question means: a kind, or any; colours and sizes."""

    kind: str
    color: str
    size: str


class Answer(NamedTuple):
    """An answer, and the shapes on which it rests."""

    text: str
    shapes: tuple[str, ...]


@cache
def _table() -> dict[str, Any]:
    return toml_tables.parse(files(__package__).joinpath("questions.toml").read_text("utf-8"), "questions.toml")


def answer(scene: Scene, question: str) -> Answer:
    """The answer to a question.

    Raises ParseError where the question is not understood, UnsupportedError where the figure has not what it is about.
    """
    source = Source(question, "<question>")
    russian = re.search(r"[а-яё]", question.lower()) is not None
    for form, patterns in _table()["patterns"].items():
        for pattern in patterns:
            match = re.match(rf"\s*(?:{pattern})(?!\w)" if not pattern.endswith(")") else rf"\s*(?:{pattern})",
                             question, re.IGNORECASE)  # fmt: skip
            if match is not None:
                try:
                    return _answered(form, scene, _rest(source, match.end()), russian)
                except NoMatch:
                    continue
    raise _not_understood(source)


def _not_understood(source: Source) -> ParseError:
    _, found = tokens(source)
    unknown = [token for token in found if not token.senses and token.text.isalpha()]
    named = ", ".join(dict.fromkeys(repr(token.text) for token in unknown[:5]))
    hint = f"; not known: {named}" if named else ""
    place = unknown[0].span if unknown else (0, max(1, len(source.text)))
    return ParseError(
        f"this is no question that is understood{hint}; ask how many, what colour, where, is there, is … left of …",
        source, place,
    )  # fmt: skip


def _rest(source: Source, start: int) -> Cursor:
    """The words from `start`, without what only ends a question."""
    text = source.text[start:].rstrip(" ?.!")
    for tail in _table()["tail"]["words"]:
        text = re.sub(rf"(?<!\w){re.escape(tail)}\s*\Z", "", text, flags=re.IGNORECASE).rstrip(" ?.!")
    cut = Source(" " * start + text, source.name)
    words, found = tokens(cut)
    return Cursor(cut, words, found, [])


def _answered(form: str, scene: Scene, cursor: Cursor, russian: bool) -> Answer:
    seen = see(scene)
    match form:
        case "count":
            return _counted(seen, scene, cursor)
        case "labels":
            if not cursor.done:
                raise NoMatch
            found = written(scene)
            return Answer(", ".join(found) or _say("nothing", russian), tuple(found))
        case "color":
            which = _existing(seen, _asked(cursor, end=True))
            colors = list(dict.fromkeys(one.color or "none" for one in which))
            return Answer(", ".join(_color(color, russian) for color in colors), told(which, seen))
        case "presence":
            which = matching(seen, *_asked(cursor, end=True))
            return Answer(_say("yes" if which else "no", russian), told(which, seen))
        case "where":
            which = _existing(seen, _asked(cursor, end=True))
            frame = extent(seen)
            places = list(dict.fromkeys(description.place(one.center, frame) for one in which))
            return Answer(", ".join(_say(place, russian) for place in places), told(which, seen))
        case "largest" | "smallest":
            if not cursor.done or not seen:
                raise NoMatch
            best = (max if form == "largest" else min)(seen, key=lambda one: one.area)
            return Answer(best.name, told([best], seen))
        case "measure":
            return _measured(seen, cursor)
        case "what":
            return _found(seen, cursor, russian)
        case _:
            return _related(seen, cursor, russian)


# What is asked about


def _asked(cursor: Cursor, end: bool) -> Asked:
    color = size = ""
    kind = ""
    while True:
        if (found := cursor.take("color")) is not None:
            color = color_of(found)
        elif (found := cursor.take("size")) is not None:
            size = found
        elif cursor.take("look") is None:
            break
    token = cursor.token
    if token is not None and token.text.lower() in _table()["shapes"]["words"]:
        cursor.at += 1
    elif (noun := cursor.take("shape") or cursor.take("picture")) is not None:
        kind = noun
    elif not color and not cursor.done:
        raise NoMatch
    if end:
        cursor.take("word", "is", "in")
        cursor.finish()
    return Asked(kind, color, size)


def color_of(color: str) -> str:
    """The everyday name of a colour of the table of words."""
    return description.color_name(color)


def _existing(seen: Sequence[Seen], asked: Asked) -> list[Seen]:
    found = matching(seen, *asked)
    if not found:
        words = " ".join(filter(None, (asked.size, asked.color, asked.kind or "shape")))
        raise UnsupportedError(f"the figure has no {words}")
    return found


def _counted(seen: Sequence[Seen], scene: Scene, cursor: Cursor) -> Answer:
    if cursor.take("label"):
        cursor.finish()
        found = written(scene)
        return Answer(str(len(found)), tuple(found))
    asked = _asked(cursor, end=False)
    which = matching(seen, *asked)
    cursor.take("word", "is")
    relation = cursor.take("relation", *_RELATIONS)
    if relation is not None:
        other = _existing(seen, _asked(cursor, end=True))
        which = [one for one in which if any(holds(relation, one, two) for two in other if two is not one)]
    else:
        cursor.finish()
    return Answer(str(len(which)), told(which, seen))


def _found(seen: Sequence[Seen], cursor: Cursor, russian: bool) -> Answer:
    relation = cursor.expect("relation", *_RELATIONS)
    other = _existing(seen, _asked(cursor, end=True))
    which = [one for one in seen if one not in other and any(holds(relation, one, two) for two in other)]
    return Answer(", ".join(one.name for one in which) or _say("nothing", russian), told(which, seen))


def _related(seen: Sequence[Seen], cursor: Cursor, russian: bool) -> Answer:
    first = _existing(seen, _asked(cursor, end=False))
    cursor.take("word", "is")
    if cursor.done:
        raise NoMatch
    color = cursor.take("color")
    if color is not None:
        cursor.finish()
        same = all(one.color == color_of(color) for one in first)
        return Answer(_say("yes" if same else "no", russian), told(first, seen))
    relation = cursor.expect("relation", *_RELATIONS)
    second = _existing(seen, _asked(cursor, end=True))
    pairs = [(one, two) for one in first for two in second if one is not two]
    true = bool(pairs) and all(any(holds(relation, one, two) for two in second if two is not one) for one in first)
    return Answer(_say("yes" if true else "no", russian), told([*first, *second], seen))


def _measured(seen: Sequence[Seen], cursor: Cursor) -> Answer:
    kind = cursor.take("measure", "radius", "diameter", "width", "height", "area") or cursor.take(
        "size", "wide", "tall"
    )
    if kind is None:
        raise NoMatch
    cursor.take("word", "of", "is")
    (one, *others) = _existing(seen, _asked(cursor, end=True))
    if others:
        raise UnsupportedError("several shapes are meant; say which by its colour or size")
    value = {"width": one.box[2] - one.box[0], "height": one.box[3] - one.box[1], "area": one.area}
    value |= {"wide": value["width"], "tall": value["height"]}
    if kind in ("radius", "diameter"):
        if not isinstance(one.shapes[0], Circle):
            raise UnsupportedError(f"a {one.kind} has no {kind}")
        value |= {"radius": one.shapes[0].radius, "diameter": 2 * one.shapes[0].radius}
    unit = "pt²" if kind == "area" else "pt"
    return Answer(f"{value[kind]:.4g} {unit}", told([one], seen))


# Words of answers


def _say(word: str, russian: bool) -> str:
    return str(_table()["answers"]["ru"][word]) if russian else word


def _color(color: str, russian: bool) -> str:
    return str(_table()["colors"]["ru"].get(color) or _say(color, True)) if russian else color


def main(arguments: Sequence[str]) -> int:
    """The command `panmath ask`."""
    parser = Parser(
        prog="panmath ask",
        description="Answer a question about a figure: how many, what colour, where, is there, is … left of …, what is "
        "above …, the largest, the radius of …, labels; in English or Russian.",
        epilog='examples:\n  panmath ask figure.svg "how many red circles are there?"\n'
        '  panmath ask figure.tikz "is the circle to the left of the square?"\n'
        '  panmath ask figure.svg "сколько треугольников на рисунке?" --json',
    )
    parser.add_argument("file", metavar="FILE", help="a figure in any format that has a scene; - is standard input")
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("-f", "--from", dest="source", metavar="FORMAT", help="the format of the figure")
    parser.add_argument("--json", action="store_true", help="the answer and the shapes it rests on as JSON")
    given = parser.parse_args(arguments)
    figure = Blob(sys.stdin.buffer.read(), STDIN) if given.file == "-" else File(given.file)
    found = answer(Pipeline(given.source, "scene")(figure).value, given.question)
    if given.json:
        print(json.dumps({"answer": found.text, "shapes": found.shapes}, ensure_ascii=False))
    else:
        print("\n".join([found.text, *(f"  {shape}" for shape in found.shapes)]))
    return 0
