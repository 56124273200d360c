"""Questions about shapes: counts, colours, presence, places, relations, sizes, labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ...convert.errors import UnsupportedError
from .. import description
from ..figure_words.cursor import Cursor, NoMatch
from ..scene import Circle, Scene
from ..seen import Seen, extent, holds, matching, see, written
from .table import Answer, called, color, say, table, told

_RELATIONS: Final = ("left", "right", "above", "below", "on", "inside", "around", "touching", "overlapping", "larger",
                     "smaller")  # fmt: skip
_ALIKE: Final = 0.02
"""Areas that differ by less are the same."""


class Asked(NamedTuple):
    """What a phrase of a question means: a kind, or any; colours and sizes."""

    kind: str
    color: str
    size: str


def answer(form: str, scene: Scene, cursor: Cursor, russian: bool) -> Answer:
    """The answer to a question of a form, of which the cursor has the rest. Raises NoMatch where it is none."""
    seen = see(scene)
    match form:
        case "count":
            return _counted(seen, scene, cursor, russian)
        case "labels":
            if not cursor.done:
                raise NoMatch
            found = written(scene)
            return Answer(", ".join(found) or say("nothing", russian), tuple(found))
        case "color":
            which = _existing(seen, _asked(cursor, end=True))
            colors = list(dict.fromkeys(one.color or "none" for one in which))
            return Answer(", ".join(color(name, russian) for name in colors), _told(which, seen, russian))
        case "presence":
            which = matching(seen, *_asked(cursor, end=True))
            return Answer(say("yes" if which else "no", russian), _told(which, seen, russian))
        case "where":
            which = _existing(seen, _asked(cursor, end=True))
            frame = extent(seen)
            places = list(dict.fromkeys(description.place(one.center, frame) for one in which))
            return Answer(", ".join(say(place, russian) for place in places), _told(which, seen, russian))
        case "largest" | "smallest":
            if not cursor.done or not seen:
                raise NoMatch
            best = (max if form == "largest" else min)(seen, key=lambda one: one.area)
            return Answer(called(best, russian), _told([best], seen, russian))
        case "measure":
            return _measured(seen, cursor, russian)
        case "kind":
            which = _existing(seen, _asked(cursor, end=True))
            kinds = list(dict.fromkeys(called(one._replace(color=""), russian) for one in which))
            return Answer(", ".join(kinds), _told(which, seen, russian))
        case "same":
            return _alike(seen, cursor, russian)
        case "what":
            return _found(seen, cursor, russian)
        case _:
            return _related(seen, cursor, russian)


# What is asked about


def _asked(cursor: Cursor, end: bool) -> Asked:
    kind = shade = size = ""
    while True:
        if (found := cursor.take("color")) is not None:
            shade = description.color_name(found)
        elif (found := cursor.take("size")) is not None:
            size = found
        elif cursor.take("look") is None:
            break
    token = cursor.token
    if token is not None and token.text.lower() in table()["words"]["shapes"]:
        cursor.at += 1
    elif (noun := cursor.take("shape") or cursor.take("picture")) is not None:
        kind = noun
    elif not shade and not cursor.done:
        raise NoMatch
    if end:
        cursor.take("word", "is", "in")
        cursor.finish()
    return Asked(kind, shade, size)


def _existing(seen: Sequence[Seen], asked: Asked) -> list[Seen]:
    found = matching(seen, *asked)
    if not found:
        words = " ".join(filter(None, (asked.size, asked.color, asked.kind or "shape")))
        raise UnsupportedError(f"the figure has no {words}")
    return found


def _counted(seen: Sequence[Seen], scene: Scene, cursor: Cursor, russian: bool) -> Answer:
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
    return Answer(str(len(which)), _told(which, seen, russian))


def _found(seen: Sequence[Seen], cursor: Cursor, russian: bool) -> Answer:
    relation = cursor.expect("relation", *_RELATIONS)
    other = _existing(seen, _asked(cursor, end=True))
    which = [one for one in seen if one not in other and any(holds(relation, one, two) for two in other)]
    return Answer(
        ", ".join(called(one, russian) for one in which) or say("nothing", russian), _told(which, seen, russian)
    )


def _alike(seen: Sequence[Seen], cursor: Cursor, russian: bool) -> Answer:
    """Whether two shapes have the same colour, size or kind."""
    first = _existing(seen, _asked(cursor, end=False))
    cursor.expect("word", "and")
    second = _existing(seen, _asked(cursor, end=False))
    words = {token.text.lower() for token in cursor.rest}
    one, two = first[0], second[0]
    if words & {"color", "colour", "цвета", "цвет"}:
        same = one.color == two.color
    elif words & {"size", "area", "размера", "большие", "площади"}:
        same = abs(one.area - two.area) <= _ALIKE * max(one.area, two.area)
    elif words & {"shape", "kind", "формы"}:
        same = one.kind == two.kind
    else:
        raise NoMatch
    return Answer(say("yes" if same else "no", russian), _told([one, two], seen, russian))


def _related(seen: Sequence[Seen], cursor: Cursor, russian: bool) -> Answer:
    first = _existing(seen, _asked(cursor, end=False))
    cursor.take("word", "is")
    if cursor.done:
        raise NoMatch
    shade = cursor.take("color")
    if shade is not None:
        cursor.finish()
        same = all(one.color == description.color_name(shade) for one in first)
        return Answer(say("yes" if same else "no", russian), _told(first, seen, russian))
    relation = cursor.expect("relation", *_RELATIONS)
    second = _existing(seen, _asked(cursor, end=True))
    pairs = [(one, two) for one in first for two in second if one is not two]
    true = bool(pairs) and all(any(holds(relation, one, two) for two in second if two is not one) for one in first)
    return Answer(say("yes" if true else "no", russian), _told([*first, *second], seen, russian))


def _measured(seen: Sequence[Seen], cursor: Cursor, russian: bool) -> Answer:
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
    return Answer(f"{value[kind]:.4g} {unit}", _told([one], seen, russian))


def _told(which: list[Seen], seen: Sequence[Seen], russian: bool) -> tuple[str, ...]:
    return told(which, extent(seen) if seen else (0.0, 0.0, 1.0, 1.0), russian)
