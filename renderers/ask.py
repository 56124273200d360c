"""Questions about figures, answered from the scene: counts, colours, presence, places, relations, sizes, labels.

`answer` takes a question in English or Russian; the answer names the shapes on which it rests. What is no such question
is refused.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path as File
from typing import Any, Final, NamedTuple

from ..convert import toml_tables
from ..convert.cli import STDIN, Parser
from ..convert.errors import ParseError, UnsupportedError
from ..convert.pipeline import Blob, Pipeline
from ..convert.source import Source
from . import description, labels
from .figure_words.cursor import Cursor, NoMatch
from .figure_words.lexicon import tokens
from .scene import Axes, Circle, Group, Item, Label, Path, Scene, Shape, flatten, leaves, multiply, normal, outline

Box = tuple[float, float, float, float]
_RELATIONS: Final = ("left", "right", "above", "below", "on", "inside", "around", "touching", "overlapping", "larger",
                     "smaller")  # fmt: skip
_WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    "rectangle": ("rectangle", "square"),
    "quadrilateral": ("quadrilateral", "rectangle", "square"),
    "rhombus": ("quadrilateral",), "parallelogram": ("quadrilateral",), "trapezoid": ("quadrilateral",),
    "kite": ("quadrilateral",), "right triangle": ("triangle",), "isosceles triangle": ("triangle",),
    "equilateral triangle": ("triangle",), "right isosceles triangle": ("triangle",),
    "line": ("line",), "arrow": ("arrow", "double arrow"), "ellipse": ("ellipse",),
}  # fmt: skip
"""What a word of a question takes in, by what `description.kind` calls shapes."""
_NEAR: Final = 1.0


class Seen(NamedTuple):
    """A shape or thing of a figure: what it is called, its colour, its box, and its area."""

    kind: str
    color: str
    box: Box
    area: float
    shapes: tuple[Shape, ...]

    @property
    def center(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def name(self) -> str:
        """As it is told: "red circle"."""
        return f"{self.color} {self.kind}" if self.color not in ("", "black") else self.kind


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
            found = _labels(scene)
            return Answer(", ".join(found) or _say("nothing", russian), tuple(found))
        case "color":
            which = _existing(seen, _asked(cursor, end=True))
            colors = list(dict.fromkeys(one.color or "none" for one in which))
            return Answer(", ".join(_color(color, russian) for color in colors), _told(which, seen))
        case "presence":
            which = _matching(seen, _asked(cursor, end=True))
            return Answer(_say("yes" if which else "no", russian), _told(which, seen))
        case "where":
            which = _existing(seen, _asked(cursor, end=True))
            frame = _frame(seen)
            places = list(dict.fromkeys(description.place(one.center, frame) for one in which))
            return Answer(", ".join(_say(place, russian) for place in places), _told(which, seen))
        case "largest" | "smallest":
            if not cursor.done or not seen:
                raise NoMatch
            best = (max if form == "largest" else min)(seen, key=lambda one: one.area)
            return Answer(best.name, _told([best], seen))
        case "measure":
            return _measured(seen, cursor)
        case "what":
            return _found(seen, cursor, russian)
        case _:
            return _related(seen, cursor, russian)


# What is seen


def see(scene: Scene) -> list[Seen]:
    """The shapes and things of a figure in the order in which they are drawn; axes and labels are left out."""
    return list(_seen(scene.items))


def _seen(items: Sequence[Item]) -> list[Seen]:
    found: list[Seen] = []
    for item in items:
        if isinstance(item, Group) and item.role == "thing" and item.name:
            shapes = _shapes((item,))
            found += [_as_one(item.name, shapes)] if shapes else []
        elif isinstance(item, Group) and item.role not in ("axes", "label", "legend"):
            inner = [Group((one,), item.role, item.name, item.transform) if not isinstance(one, Group)
                     else Group((one,), transform=item.transform) for one in item.items]  # fmt: skip
            for one in inner:
                nested = one.items[0]
                if isinstance(nested, Group):
                    moved = Group(nested.items, nested.role, nested.name, _joined(nested, item))
                    found += _seen((moved,))
                else:
                    found += [_as_one("", (shape,)) for shape in _shapes((one,))]
        elif not isinstance(item, Group | Label | Axes):
            found += [_as_one("", (shape,)) for shape in _shapes((item,))]
    return found


def _joined(inner: Group, outer: Group) -> tuple[float, float, float, float, float, float]:
    return multiply(inner.transform, outer.transform)


def _shapes(items: Sequence[Item]) -> tuple[Shape, ...]:
    return tuple(leaf for leaf in leaves(normal(Scene(tuple(items))).items) if not isinstance(leaf, Label | Axes))


def _as_one(name: str, shapes: tuple[Shape, ...]) -> Seen:
    points = [[point for run in flatten(outline(shape), 24) for point in run] for shape in shapes]
    boxes = [(min(x for x, _ in one), min(y for _, y in one), max(x for x, _ in one), max(y for _, y in one))
             for one in points]  # fmt: skip
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    main = max(range(len(shapes)), key=lambda at: (boxes[at][2] - boxes[at][0]) * (boxes[at][3] - boxes[at][1]))
    color = description.shown_color(shapes[main].style)
    area = sum(abs(_area(run)) for run in flatten(outline(shapes[main]), 48))
    kind = name or ("star" if _is_star(shapes[main]) else description.kind(shapes[main]))
    return Seen(kind, description.color_name(color) if color else "", box, area, shapes)


def _area(run: Sequence[tuple[float, float]]) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(run, [*run[1:], run[0]], strict=True)) / 2


def _is_star(shape: Shape) -> bool:
    """Whether ten corners lie in turn far from and near to the middle."""
    if not isinstance(shape, Path) or description.kind(shape) != "polygon":
        return False
    corners = list(dict.fromkeys((round(x, 2), round(y, 2)) for x, y in flatten(shape.parts)[0]))
    if len(corners) != 10:
        return False
    x, y = sum(a for a, _ in corners) / 10, sum(b for _, b in corners) / 10
    reach = [math.dist(corner, (x, y)) for corner in corners]
    return max(reach[1::2]) < 0.75 * min(reach[::2]) or max(reach[::2]) < 0.75 * min(reach[1::2])


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


def _matching(seen: Sequence[Seen], asked: Asked) -> list[Seen]:
    kinds = _WIDER.get(asked.kind, (asked.kind,))
    found = [one for one in seen if (not asked.kind or one.kind in kinds) and asked.color in ("", one.color)]
    if asked.size and found:
        middle = sum(one.area for one in found) / len(found)
        large = asked.size in ("large", "tall", "long", "wide")
        found = [one for one in found if len(found) == 1 or (one.area > middle) == large]
    return found


def _existing(seen: Sequence[Seen], asked: Asked) -> list[Seen]:
    found = _matching(seen, asked)
    if not found:
        words = " ".join(filter(None, (asked.size, asked.color, asked.kind or "shape")))
        raise UnsupportedError(f"the figure has no {words}")
    return found


def _counted(seen: Sequence[Seen], scene: Scene, cursor: Cursor) -> Answer:
    if cursor.take("label"):
        cursor.finish()
        found = _labels(scene)
        return Answer(str(len(found)), tuple(found))
    asked = _asked(cursor, end=False)
    which = _matching(seen, asked)
    cursor.take("word", "is")
    relation = cursor.take("relation", *_RELATIONS)
    if relation is not None:
        other = _existing(seen, _asked(cursor, end=True))
        which = [one for one in which if any(holds(relation, one, two) for two in other if two is not one)]
    else:
        cursor.finish()
    return Answer(str(len(which)), _told(which, seen))


def _found(seen: Sequence[Seen], cursor: Cursor, russian: bool) -> Answer:
    relation = cursor.expect("relation", *_RELATIONS)
    other = _existing(seen, _asked(cursor, end=True))
    which = [one for one in seen if one not in other and any(holds(relation, one, two) for two in other)]
    return Answer(", ".join(one.name for one in which) or _say("nothing", russian), _told(which, seen))


def _related(seen: Sequence[Seen], cursor: Cursor, russian: bool) -> Answer:
    first = _existing(seen, _asked(cursor, end=False))
    cursor.take("word", "is")
    if cursor.done:
        raise NoMatch
    color = cursor.take("color")
    if color is not None:
        cursor.finish()
        same = all(one.color == color_of(color) for one in first)
        return Answer(_say("yes" if same else "no", russian), _told(first, seen))
    relation = cursor.expect("relation", *_RELATIONS)
    second = _existing(seen, _asked(cursor, end=True))
    pairs = [(one, two) for one in first for two in second if one is not two]
    true = bool(pairs) and all(any(holds(relation, one, two) for two in second if two is not one) for one in first)
    return Answer(_say("yes" if true else "no", russian), _told([*first, *second], seen))


def holds(relation: str, first: Seen, second: Seen) -> bool:
    """Whether the relation holds from the first to the second, by their boxes and outlines."""
    (l1, b1, r1, t1), (l2, b2, r2, t2) = first.box, second.box
    (x1, y1), (x2, y2) = first.center, second.center
    match relation:
        case "left":
            return x1 < x2 and r1 <= l2 + 0.25 * min(r1 - l1, r2 - l2) + _NEAR
        case "right":
            return holds("left", second, first)
        case "above":
            return y1 > y2 and b1 >= t2 - 0.25 * min(t1 - b1, t2 - b2) - _NEAR
        case "below":
            return holds("above", second, first)
        case "on":
            return abs(b1 - t2) <= _NEAR and l1 < r2 and l2 < r1
        case "inside":
            return (
                l1 >= l2 and r1 <= r2 and b1 >= b2 and t1 <= t2 and first.area < second.area and _within(first, second)
            )
        case "around":
            return holds("inside", second, first)
        case "larger":
            return first.area > 1.02 * second.area
        case "smaller":
            return second.area > 1.02 * first.area
        case "touching":
            return _gap(first, second) <= _NEAR and not _crosses(first, second)
    return _crosses(first, second)


def _points(one: Seen) -> list[tuple[float, float]]:
    return [point for shape in one.shapes for run in flatten(outline(shape), 24) for point in _dense(run)]


def _dense(run: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in pairwise(run):
        count = min(200, max(1, math.ceil(math.dist((x0, y0), (x1, y1)) / 2)))
        found += [(x0 + k / count * (x1 - x0), y0 + k / count * (y1 - y0)) for k in range(count)]
    return found or list(run)


def _contains(one: Seen, point: tuple[float, float]) -> bool:
    """Whether a point lies within the outline, by the even–odd rule."""
    inside = False
    for shape in one.shapes:
        for run in flatten(outline(shape), 24):
            for (x0, y0), (x1, y1) in zip(run, [*run[1:], run[0]], strict=True):
                if (y0 > point[1]) != (y1 > point[1]) and point[0] < x0 + (point[1] - y0) / (y1 - y0) * (x1 - x0):
                    inside = not inside
    return inside


def _within(first: Seen, second: Seen) -> bool:
    points = _points(first)
    return sum(_contains(second, point) for point in points) >= 0.98 * len(points)


def _crosses(first: Seen, second: Seen) -> bool:
    inner = [_contains(second, point) for point in _points(first)]
    outer = [_contains(first, point) for point in _points(second)]
    return 0.03 < sum(inner) / max(len(inner), 1) < 0.98 and sum(outer) / max(len(outer), 1) > 0.03


def _gap(first: Seen, second: Seen) -> float:
    ours, theirs = _points(first), _points(second)
    return min((math.dist(a, b) for a in ours for b in theirs), default=math.inf)


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
    return Answer(f"{value[kind]:.4g} {unit}", _told([one], seen))


# Words of answers


def _labels(scene: Scene) -> list[str]:
    return [" ".join(labels.write_line(line) for line in leaf.lines)
            for leaf in leaves(scene.items) if isinstance(leaf, Label)]  # fmt: skip


def _frame(seen: Sequence[Seen]) -> Box:
    return (min(one.box[0] for one in seen), min(one.box[1] for one in seen), max(one.box[2] for one in seen),
            max(one.box[3] for one in seen))  # fmt: skip


def _told(which: Sequence[Seen], seen: Sequence[Seen]) -> tuple[str, ...]:
    """Each shape with its place and size."""
    frame = _frame(seen) if seen else (0.0, 0.0, 1.0, 1.0)
    return tuple(
        f"{one.name} {description.place(one.center, frame)}, "
        f"{one.box[2] - one.box[0]:.3g} by {one.box[3] - one.box[1]:.3g} pt"
        for one in which
    )


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
