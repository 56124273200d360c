"""Phrases of coloured shapes and things, how many and how they lie: "a red circle above two squares"."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ...convert.errors import UnsupportedError
from .cursor import Amount, Cursor, NoMatch
from .pictures import pictures

MOST: Final = 400
"""Things in one figure."""


@dataclass(slots=True, eq=False)
class Thing:
    """A phrase: `count` shapes or pictures of one `kind` that look alike."""

    kind: str
    is_picture: bool = False
    count: int = 1
    color: str = ""
    outline: str = ""
    sizes: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    measure: Amount | None = None
    measured: str = ""
    second: Amount | None = None
    label: str = ""
    turn: float = 0.0
    arrangement: str = ""
    columns: int = 0
    mutual: str = ""

    def matches(self, other: Thing) -> bool:
        """Whether a phrase such as "the red circle" may mean this thing."""
        same = other.kind == self.kind and (not other.color or other.color == self.color)
        return same and set(other.sizes) <= set(self.sizes) and (not other.label or other.label == self.label)


@dataclass(frozen=True, slots=True)
class Relation:
    """`first` is `kind` of `second`: left, right, above, below, on, inside, touching, behind and others."""

    kind: str
    first: Thing
    second: Thing


@dataclass(slots=True)
class Asked:
    """All things and relations of a description, in the order in which they are named."""

    things: list[Thing] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


_OPPOSITE: Final = {"right": "left", "below": "above", "around": "inside", "front": "behind", "smaller": "larger"}


def read(cursor: Cursor, asked: Asked) -> None:
    """One sentence; what it says is added to `asked`. Raises NoMatch where it is no such sentence."""
    known = list(asked.things)
    head: Thing | None = None
    while not cursor.done:
        if head is not None and cursor.sees("relation"):
            _related(cursor, asked, known, head)
        else:
            head = _chain(cursor, asked, known)
        if not cursor.comma():
            break
    if head is None:
        raise NoMatch
    cursor.finish()
    if sum(thing.count for thing in asked.things) > MOST:
        raise UnsupportedError(f"a figure has at most {MOST} things")


def _chain(cursor: Cursor, asked: Asked, known: list[Thing]) -> Thing:
    """A phrase with all that follows it without a comma: "a circle left of a square above a triangle"."""
    head = last = _phrase(cursor, asked, known)
    while True:
        cursor.take("word", "is")
        if (mutual := _mutual(cursor, last)) is not None:
            last.mutual = mutual
        elif (arrangement := cursor.take("arrangement", "row", "column", "ring", "grid")) is not None:
            last.arrangement = arrangement
        elif cursor.take("word", "between") is not None:
            first = _phrase(cursor, asked, known)
            cursor.expect("word", "and")
            second = _phrase(cursor, asked, known)
            asked.relations += [Relation("left", first, last), Relation("left", last, second)]
        elif cursor.sees("relation"):
            last = _related(cursor, asked, known, last)
        else:
            return head


def _mutual(cursor: Cursor, thing: Thing) -> str | None:
    """How several things lie to each other: "two circles that touch", but not "two circles that touch a square"."""
    before = cursor.at
    found = cursor.take("mutual")
    if found is not None and thing.count > 1 and (cursor.done or cursor.sees_sign(",") or cursor.sees("word", "and")):
        return found
    cursor.at = before
    return None


def _related(cursor: Cursor, asked: Asked, known: list[Thing], subject: Thing) -> Thing:
    kind = cursor.expect("relation")
    other = _phrase(cursor, asked, known)
    if other is subject:
        raise NoMatch
    flipped = _OPPOSITE.get(kind)
    asked.relations.append(Relation(flipped, other, subject) if flipped else Relation(kind, subject, other))
    return other


def _phrase(cursor: Cursor, asked: Asked, known: list[Thing]) -> Thing:
    """One thing with its attributes; a definite one that was named before is that one."""
    definite = _is_definite(cursor)
    thing = Thing("")
    _front(cursor, thing)
    noun = cursor.take("shape")
    if noun is None and (noun := cursor.take("picture")) is not None:
        thing.is_picture = True
    if noun is None and cursor.take("regular") is not None:
        noun = _polygon_kind(cursor)
    if noun is None:
        noun = _shared_noun(cursor, thing)
    thing.kind = noun
    _check_forms(cursor, thing)
    _back(cursor, thing)
    old = [one for one in asked.things if one.matches(thing)] if definite else []
    if not old and cursor.language == "ru":
        old = [one for one in known if one.matches(thing)]
    if len(old) == 1 and thing.count in (1, old[0].count):
        return old[0]
    asked.things.append(thing)
    return thing


def _is_definite(cursor: Cursor) -> bool:
    at = cursor.at
    return at < len(cursor.tokens) and cursor.tokens[at].text.lower() in ("the", "this", "that", "it")


def _front(cursor: Cursor, thing: Thing) -> None:
    """What stands before the noun, in any order."""
    forms: list[str] = []
    while True:
        cursor.skip()
        if (count := cursor.count()) is not None:
            if count == 0:
                raise NoMatch
            if cursor.take("word", "by"):
                columns = cursor.count()
                if columns is None or cursor.take("arrangement", "grid of", "grid") is None:
                    raise NoMatch
                thing.count, thing.columns = count * columns, columns
            elif cursor.take("arrangement", "rows"):
                columns = cursor.count()
                if columns is None:
                    raise NoMatch
                thing.count, thing.columns = count * columns, columns
            elif cursor.take("arrangement", "columns"):
                rows = cursor.count()
                if rows is None:
                    raise NoMatch
                thing.count, thing.columns = count * rows, count
            else:
                thing.count = count
        elif cursor.take("arrangement", "rows"):
            thing.arrangement = "row"
        elif cursor.take("arrangement", "columns"):
            thing.arrangement = "column"
        elif (color := cursor.take("color")) is not None and not (color == "#ffa500" and _is_fruit(cursor)):
            thing.color = color
        elif (size := cursor.take("size")) is not None:
            thing.sizes = (*thing.sizes, size)
        elif (look := cursor.take("look")) is not None:
            thing.looks = (*thing.looks, look)
        elif cursor.sees("form") and _picture_follows(cursor):
            forms.append(cursor.expect("form"))
        elif (mutual := cursor.take("mutual")) is not None:
            thing.mutual = mutual
        else:
            break
        if cursor.sees("shape") or cursor.sees("picture"):
            token = cursor.token
            if token is not None and "color" not in token.senses:
                break
    thing.looks = (*thing.looks, *(f"form {form}" for form in forms))


def _picture_follows(cursor: Cursor) -> bool:
    """Whether the adjectives that come next end in the noun of a picture: "square" may be a noun itself."""
    for token in cursor.rest:
        if "picture" in token.senses and "form" not in token.senses:
            return True
        if not {"form", "color", "size", "filler"} & token.senses.keys():
            return False
    return False


def _is_fruit(cursor: Cursor) -> bool:
    """Whether "orange" was the noun: no noun comes after it."""
    if cursor.sees("shape") or cursor.sees("picture") or cursor.sees("size") or cursor.sees("form"):
        return False
    cursor.at -= 1
    return True


def _polygon_kind(cursor: Cursor) -> str:
    if not cursor.take("word", "with"):
        raise NoMatch
    sides = cursor.count()
    if sides is None or not 3 <= sides <= 40 or not cursor.take("measure", "side", "vertex"):
        raise NoMatch
    return f"{sides}-gon"


def _shared_noun(cursor: Cursor, thing: Thing) -> str:
    """The noun of "two red and three blue circles", which comes after the second."""
    if not (thing.color or thing.sizes) or not cursor.sees("word", "and"):
        raise NoMatch
    for token in cursor.rest:
        for kind in ("shape", "picture"):
            if kind in token.senses:
                thing.is_picture = kind == "picture"
                return token.senses[kind][0]
    raise NoMatch


def _check_forms(cursor: Cursor, thing: Thing) -> None:
    """Adjectives of shape belong to pictures, and must be true of them."""
    forms = [look.removeprefix("form ") for look in thing.looks if look.startswith("form ")]
    thing.looks = tuple(look for look in thing.looks if not look.startswith("form "))
    for form in forms:
        if not thing.is_picture or form not in pictures()[thing.kind].forms:
            cursor.at -= 1
            cursor.refuse(f"a {thing.kind} that is {form} is not drawn here")


def _back(cursor: Cursor, thing: Thing) -> None:
    """What stands after the noun."""
    while True:
        before = cursor.at
        joined = cursor.take("word", "with", "of", "in", "and") is not None
        if cursor.take("label"):
            thing.label = _label(cursor)
            continue
        kind = cursor.take("measure", "radius", "diameter", "side", "width", "height", "length")
        if kind is not None:
            cursor.take("word", "is", "of")
            amount = cursor.value()
            if amount is not None and amount.value > 0:
                if thing.measure is not None:
                    thing.second = amount
                else:
                    thing.measure, thing.measured = amount, kind
                continue
        elif (amount := cursor.value()) is not None and cursor.take("word", "by") and thing.kind == "rectangle":
            second = cursor.value()
            if second is not None and min(amount.value, second.value) > 0:
                thing.measure, thing.measured, thing.second = amount, "width", second
                continue
        cursor.at = before
        if cursor.take("look", "filled") and (cursor.take("word", "with", "in") or True):
            color = cursor.take("color")
            thing.looks = (*thing.looks, "filled")
            thing.color = color or thing.color
            continue
        cursor.at = before
        if joined and cursor.take("word", "with", "in") and (color := cursor.take("color")) is not None:
            if cursor.take("outline"):
                thing.outline = color
                continue
            if not (cursor.sees("shape") or cursor.sees("picture")):
                thing.color = color
                continue
        cursor.at = before
        return


def _label(cursor: Cursor) -> str:
    for kind in ("quoted", "formula"):
        found = cursor.take(kind)
        if found is not None:
            return found if kind == "quoted" else f"${found}$"
    name = cursor.names()
    if name is not None:
        return f"${''.join(name)}$"
    amount = cursor.value()
    if amount is None:
        raise NoMatch
    return f"${amount.text}$"
