"""What words say of a figure that can be checked on whoever drew it: counts, colours, written words, relations.

Words need not be understood as a whole for that: "five green triangles on a fluffy carpet" asks for five green
triangles. What is no shape that a scene shows by itself is left unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...convert.errors import PanmathError
from ...convert.source import Source
from .. import description
from ..scene import Scene
from ..seen import Seen, extent, holds, matching, see, written
from . import shapes
from .cursor import Cursor, NoMatch
from .lexicon import Token, tokens
from .reader import sentences

_KINDS: Final = frozenset((
    "circle", "ellipse", "square", "rectangle", "triangle", "right triangle", "isosceles triangle",
    "equilateral triangle", "right isosceles triangle", "quadrilateral", "parallelogram", "rhombus", "trapezoid",
    "isosceles trapezoid", "kite", "pentagon", "hexagon", "heptagon", "octagon", "star", "arrow",
))  # fmt: skip
"""Shapes that are told from the figure alone."""
_RELATIONS: Final = frozenset(("left", "above", "inside", "larger"))
_CHECKED: Final = (*sorted(_RELATIONS), "right", "below", "around", "smaller")
"""What relations that are checked are called from either side."""
_SIGNS: Final = frozenset((",", ".", ";", "!", "\n"))
_BEFORE_NOUN: Final = frozenset(("size", "look", "form", "filler", "mutual", "arrangement"))
_STRANGE: Final = 3
"""How many words without a sense may stand between a number and its noun."""
_WHOLE: Final = 0.98


@dataclass(frozen=True, slots=True)
class Claim:
    """That there are so many of a kind in a colour ("" for any), or at least so many; or that words are written."""

    words: str
    kind: str = ""
    color: str = ""
    count: int = 1
    is_exact: bool = False
    written: str = ""


def claims(source: Source) -> list[Claim]:
    """What the words say of counts, colours and labels; ParseError where there are too many words."""
    return _read(source)[0]


def unchecked(source: Source) -> list[Token]:
    """What neither a claim nor a relation that `broken` checks accounts for, fillers and punctuation aside."""
    left = _read(source)[1]
    named = [token for token in left if token.means("relation", *_CHECKED)]
    relations = _relations(source)
    # Of a sentence that is not understood, or a relation of two things to one, it is not known who stands where.
    if relations is not None and len(named) == len(relations) and all(_is_checked(one) for one in relations):
        return [token for token in left if token not in named and token.means("word", "is") is None]
    return left


def _read(source: Source) -> tuple[list[Claim], list[Token]]:
    """The claims, and the tokens that are of none."""
    words, found = tokens(source)
    cursor = Cursor(source, words, found, [])
    told: list[Claim] = []
    left: list[Token] = []
    while cursor.at < len(found):
        at = cursor.at
        claim = _noun_phrase(cursor)
        if claim is None:
            cursor.at = at + 1
            claim = _alone(found[at])
            # A colour alone is looked for anywhere, and not on what the words give it to.
            used = claim is not None and bool(claim.written)
            left += [] if used or _says_nothing(found[at]) else [found[at]]
        else:
            left += _besides(cursor, at)
        told += [claim] if claim is not None and claim not in told else []
    return told, left


def _says_nothing(token: Token) -> bool:
    return "filler" in token.senses or token.text in _SIGNS or token.means("word", "and") is not None


def _besides(cursor: Cursor, start: int) -> list[Token]:
    """The tokens of a noun phrase from `start` up to here that are neither its number, nor its colour, nor its noun."""
    end = cursor.at
    cursor.at = start
    cursor.count()
    rest, cursor.at = cursor.tokens[cursor.at : end - 1], end
    return [token for token in rest if "color" not in token.senses and not _says_nothing(token)]


def _noun_phrase(cursor: Cursor) -> Claim | None:
    """A shape with its number and colour, from here on."""
    start = cursor.at
    count = cursor.count()
    colors: list[str] = []
    strange = 0
    while (token := cursor.token) is not None:
        if (kind := token.means("shape")) is not None and not _joins(cursor):
            cursor.at += 1
            break
        if (color := token.means("color")) is not None:
            colors.append(description.color_name(color))
        elif not (_BEFORE_NOUN & token.senses.keys()):
            strange += 1
            if token.senses or not token.text.isalpha() or strange > _STRANGE or not (count or colors):
                return None
        cursor.at += 1
    else:
        return None
    if kind not in _KINDS or count == 0 or len(colors) > 1:
        return None
    words = " ".join(one.text for one in cursor.tokens[start : cursor.at] if "filler" not in one.senses)
    return Claim(words, kind, colors[0] if colors else "", count or 1, count is not None)


def _joins(cursor: Cursor) -> bool:
    """Whether the shape is only the front of another noun: "circle diagram", "star-shaped hat"."""
    after = cursor.tokens[cursor.at + 1] if cursor.at + 1 < len(cursor.tokens) else None
    return after is not None and (after.text == "-" or bool({"shape", "picture"} & after.senses.keys()))


def _alone(token: Token) -> Claim | None:
    """A colour of something that cannot be checked, or words between quotes."""
    if (color := token.means("color")) is not None:
        return Claim(token.text, color=description.color_name(color))
    if (text := token.means("quoted")) is not None:
        return Claim(token.text, written=text)
    return None


def unmet(scene: Scene, asked: Sequence[Claim]) -> list[Claim]:
    """The claims that a scene does not show. What fills the whole canvas behind all else is no shape of it."""
    seen = see(scene)
    shown = seen[1:] if len(seen) > 1 and _is_background(seen[0], scene, seen) else seen
    return [claim for claim in asked if not _is_met(claim, scene, shown if claim.kind else seen)]


def _is_background(one: Seen, scene: Scene, seen: Sequence[Seen]) -> bool:
    left, bottom, right, top = scene.box or extent(seen)
    width, height = one.box[2] - one.box[0], one.box[3] - one.box[1]
    covers = width >= _WHOLE * (right - left) and height >= _WHOLE * (top - bottom)
    return covers and one.kind in ("rectangle", "square")


def _is_met(claim: Claim, scene: Scene, seen: Sequence[Seen]) -> bool:
    if claim.written:
        text = re.escape(claim.written.strip("$ "))
        return re.search(rf"(?<!\w){text}(?!\w)", " ".join(written(scene))) is not None
    if not claim.kind:
        return any(claim.color in one.colors for one in seen)
    found = len(matching(seen, claim.kind, claim.color))
    return found == claim.count if claim.is_exact else found >= claim.count


def broken(scene: Scene, source: Source) -> list[str]:
    """The relations that the words tell, as far as they are understood, and the scene does not show. None is broken
    where the sentences are not understood: `unchecked` then names the words.
    """
    seen = see(scene)
    return [
        f"{one.first.kind} {one.kind} {one.second.kind}"
        for one in _relations(source) or ()
        if _is_told_apart(one) and not _stands(one, seen)
    ]


def _relations(source: Source) -> list[shapes.Relation] | None:
    """The relations that the words tell; None where they are not understood."""
    asked = shapes.Asked()
    words, found = tokens(source)
    try:
        for sentence in sentences(found):
            shapes.read(Cursor(source, words, sentence, []), asked)
    except (NoMatch, PanmathError):
        return None
    return asked.relations


def _is_told_apart(relation: shapes.Relation) -> bool:
    return relation.kind in _RELATIONS and {relation.first.kind, relation.second.kind} <= _KINDS


def _is_checked(relation: shapes.Relation) -> bool:
    """Whether `_stands` says all that the relation does."""
    return _is_told_apart(relation) and relation.first.count == relation.second.count == 1


def _stands(relation: shapes.Relation, seen: Sequence[Seen]) -> bool:
    first, second = (
        matching(seen, one.kind, description.color_name(one.color) if one.color else "")
        for one in (relation.first, relation.second)
    )
    return any(holds(relation.kind, one, two) for one in first for two in second if one is not two)
