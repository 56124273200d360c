"""Nodes: their options, their text, their shape, and the labels and pins around them."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, Final

from .. import labels
from ..scene import (
    IDENTITY,
    Group,
    Item,
    Label,
    Matrix,
    Path,
    Point,
    Style,
    apply,
    multiply,
    polygon,
    rotation,
    scale_of,
)
from . import decorations
from .asides import Asides
from .coordinates import closing
from .nodes import NodeBox, half_sizes
from .options import LEADINGS, State, split, unbraced
from .paths import Builder
from .texts import Texts


class NodeReader(Asides, Texts):
    """Reads a node and sets it where the path is."""

    def node_state(self, state: State) -> State:
        inner = state.copy()
        inner.draws = inner.fills = inner.decorates = False
        inner.pattern, inner.double = "", 0.0
        inner.start = inner.end = None
        inner.post, inner.labels, inner.quotes = (), (), ()
        inner.name, inner.at, inner.pos, inner.contents = "", None, None, None
        inner.node_matrix = IDENTITY
        inner.anchor = "center"
        inner.shape = "rectangle"
        inner.shorten = (0.0, 0.0)
        inner.sloped = False
        inner.path_picture, inner.bar = "", None
        inner.rounding = state.rounding
        inner.matrix_kind = ""
        return inner

    def node_text(self, state: State, word: str) -> tuple[State, str]:
        """Options, name, place and text of a node, in whatever order they stand."""
        inner = self.node_state(state)
        outside = inner.matrix
        inner.matrix = IDENTITY
        self.state_now = state
        if word == "coordinate":
            inner.inner, inner.minimum, inner.shape = (0.0, 0.0), (0.0, 0.0), "coordinate"
        else:
            self.style(inner, "every node")
        while True:
            tok = self.skip_blanks()
            if tok in self.macros and tok:
                self.expand(*self.take())
            elif tok == "[":
                text = self.expanded(self.raw_option() or [])
                inner.node_matrix, before = IDENTITY, inner.node_matrix
                inner.matrix = IDENTITY
                keep = self.state_now
                scope = inner.copy()
                scope.matrix = outside
                self.state_now = scope
                self.node_options(inner, text, outside)
                self.state_now = keep
                inner.node_matrix = multiply(before, inner.node_matrix)
            elif tok == "(" and word == "coordinate" and inner.name:
                text = ""
                break
            elif tok == "(":
                self.take()
                inner.name = self.expanded(self.parenthesis()).strip()
            elif self.word_next("at"):
                if self.skip_blanks() == "(":
                    tokens, plus = self.raw_coordinate()
                    inner.at, _ = self.coordinate(tokens, state, (0.0, 0.0), plus)
                else:
                    name = self.expanded([self.rest_of_word(self.take()[0])])
                    inner.at = self.named(name, state)[0]
            elif tok == "{" and word == "node":
                text = self.expanded(self.raw_group("node", self.here))
                break
            elif word == "coordinate":
                text = ""
                break
            elif inner.contents is not None:
                text = inner.contents
                break
            else:
                raise self.refuse("a node needs a text in braces")
        inner.matrix = outside
        return inner, text

    def node_options(self, inner: State, text: str, outside: Matrix) -> None:
        """Options of a node: what moves, turns or scales it is about the node, not about the path."""
        kept = inner.matrix
        for option in split(text):
            if not option.strip():
                continue
            inner.matrix = IDENTITY if "of " in option else inner.matrix
            place = re.match(r"\s*(above|below|left|right)\b.*\bof\b", option, re.DOTALL)
            if place is not None:
                before, inner.matrix = inner.matrix, outside
                self.option(inner, option.strip())
                inner.matrix = before
            else:
                self.option(inner, option.strip())
        inner.node_matrix = multiply(inner.matrix, inner.node_matrix)
        inner.matrix = kept

    def node(self, state: State, text: str, b: Builder, after: list[Item], word: str) -> NodeBox:
        """Sets a node where the path is, or where its options say; returns it."""
        at, slope = b.last, 0.0
        if state.pos is not None:
            at, slope = b.place(state.pos)
        if state.at is not None:
            at = state.at
        if state.auto and state.pos is not None and state.anchor == "center":
            state.anchor = _auto_anchor(slope, (state.auto == "right") != state.swap)
        drawn, box = self.build(state, text, at, slope if state.sloped else 0.0)
        if state.name:
            self.boxes[self.full_name(state.name)] = box
        if drawn:
            group = Group(tuple(drawn), role="node", name=state.name)
            after.append(group)
        for kind, note in state.labels:
            self.annotate(state, kind, note, box, after)
        for quote in state.quotes:
            match = re.fullmatch(r'"(.*?)"\s*(.*)', quote, re.DOTALL)
            if match is not None:
                self.annotate(state, "label", f"{{[{unbraced(match[2])}]{match[1]}}}", box, after)
        return box

    def build(self, state: State, text: str, at: Point, slope: float) -> tuple[list[Item], NodeBox]:
        """The items of a node and its box."""
        picture = self.picture_in(text, state)
        lines, size, display = self.text_lines(text, state) if picture is None else ((), state.size, False)
        label = Label(
            (0.0, 0.0), lines, size=size, color=state.words,
            align={"center": "center", "flush center": "center", "right": "right", "flush right": "right"}.get(
                state.align, "left"
            ),  # type: ignore[arg-type]
            leading=LEADINGS.get(size, 1.2 * size), display=display,
            opacity=(state.text_opacity if state.text_opacity is not None else 1.0) * state.opacity,
        )  # fmt: skip
        if state.text_width and lines:
            label = replace(label, lines=self.broken(label, state.text_width))
        found = labels.set_label(label) if lines else labels.box((), size, "left", 0.0, False)
        if picture is not None:
            left, bottom, right, top = picture[1]
            found = replace(found, width=right - left, height=top - bottom, depth=0.0)
        width = state.text_width or found.width
        height = state.text_height if state.text_height is not None else found.height
        depth = state.text_depth if state.text_depth is not None else found.depth
        outer = state.outer if state.outer is not None else 0.5 * state.width
        if state.shape == "coordinate":
            half, outer = (0.0, 0.0), 0.0
        else:
            half = half_sizes(
                state.shape, width + 2 * state.inner[0], height + depth + 2 * state.inner[1], state.minimum,
                sides=state.sides, aspect=state.aspect,
            )  # fmt: skip
        base = (depth - height) / 2
        box = NodeBox(
            state.shape, half[0] + outer, half[1] + outer, outer, base, width / 2, IDENTITY, state.sides,
            state.border_turn,
        )  # fmt: skip
        linear: Matrix = (*state.matrix[:4], 0.0, 0.0) if state.transform_shape else IDENTITY
        if slope:
            slope = (slope + 90) % 180 - 90
            linear = multiply(linear, rotation(slope))
        frame = multiply(state.node_matrix, linear)
        anchor = box.local_anchor(state.anchor)
        if anchor is None:
            raise self.refuse(f"the shape {state.shape} has no anchor {state.anchor!r}")
        shift: Matrix = (1, 0, 0, 1, -anchor[0], -anchor[1])
        matrix = multiply(multiply(shift, frame), (1, 0, 0, 1, *at))
        box = replace(box, matrix=matrix)
        if self.reached is not None and state.shape != "coordinate":
            w, h = box.half_width, box.half_height
            self.reached += [apply(matrix, corner) for corner in ((-w, -h), (w, -h), (w, h), (-w, h))]
        items: list[Item] = []
        style = state.style()
        if state.shape != "coordinate" and (style.stroke or style.fill or state.pattern):
            shape = box.drawn(style, state.rounding)
            if state.pattern:
                items.append(
                    Group(decorations.hatched(state.pattern, shape, state.pattern_color or "#000000", self), clip=shape)
                )
                shape = replace(shape, style=replace(style, fill=""))
            if state.double and style.stroke:
                items.append(replace(shape, style=replace(style, width=2 * style.width + state.double)))
                shape = replace(shape, style=replace(style, stroke=state.double_color, width=state.double, fill=""))
            items.append(shape)
        if state.path_picture and state.shape != "coordinate":
            items.append(self.picture_on(state, box.drawn(Style(), state.rounding)))
        if picture is not None:
            corner: Matrix = (1.0, 0.0, 0.0, 1.0, -width / 2 - picture[1][0], base - picture[1][1])
            items.append(Group(picture[0], role="picture", transform=multiply(corner, matrix)))
        if lines:
            left = {"left": -width / 2, "center": 0.0, "right": width / 2}[label.align]
            side: Any = {"left": "base west", "center": "base", "right": "base east"}[label.align]
            here = apply(matrix, (left, base))
            items.append(_placed_label(replace(label, at=here, anchor=side), matrix))
        return items, box

    def annotate(self, state: State, kind: str, note: str, box: NodeBox, after: list[Item]) -> None:
        """A label or a pin: ``[options]angle:text``."""
        note = unbraced(note)
        options = ""
        if note.startswith("["):
            end = closing(note, "[", "]")
            options, note = note[1:end], note[end + 1 :].strip()
        place, colon, text = note.partition(":")
        named: dict[str, float | None] = {
            "above": 90, "below": 270, "left": 180, "right": 0, "above left": 135, "above right": 45, "below left": 225,
            "below right": 315, "center": None,
        }  # fmt: skip
        direction: float | None = 90.0
        if colon and "$" not in place and "{" not in place:
            key = " ".join(place.split())
            known = named.get(key)
            direction = known if key in named else self.evaluate(place, state)[0]
        else:
            text = note
        inner = self.node_state(state)
        inner.inner = (3.333, 3.333)
        inner.color, inner.stroke_color, inner.fill_color, inner.text_color = state.color, "", "", ""
        inner.minimum, inner.text_width, inner.text_height, inner.text_depth = (0.0, 0.0), 0.0, None, None
        inner.matrix = IDENTITY
        self.style(inner, f"every {kind}")
        self.apply(inner, options)
        for name, degrees in named.items():
            if (
                inner.anchor != "center"
                and name == next((key for key, value in _ANCHORS.items() if value == inner.anchor), "")
                and degrees is not None
                and not colon
            ):
                direction = float(degrees)
        inner.node_matrix = inner.matrix
        if direction is None:
            after += self.build(inner, unbraced(text), box.center, 0.0)[0]
            return
        at = box.border_at(direction)
        reach = inner.pin_distance if kind == "pin" else inner.label_distance
        x, y = math.cos(math.radians(direction)), math.sin(math.radians(direction))
        at = (at[0] + reach * x, at[1] + reach * y)
        inner.anchor = _anchor_toward(direction)
        items, placed = self.build(inner, unbraced(text), at, 0.0)
        if kind == "pin":
            edge = Style(stroke="#808080", width=0.4)
            line = Path(polygon([box.border(placed.center), placed.border(box.center)], False), edge)
            after.append(Group((line,), role="pin"))
        after.append(Group(tuple(items), role=kind))


_ANCHORS: Final = {
    "above": "south", "below": "north", "left": "east", "right": "west", "above left": "south east",
    "above right": "south west", "below left": "north east", "below right": "north west",
}  # fmt: skip


def _placed_label(label: Label, matrix: Matrix) -> Label:
    """The label turned, scaled or slanted as its node is."""
    a, b, c, d, _, _ = matrix
    if (a, b, c, d) == (1, 0, 0, 1):
        return label
    if abs(a - d) + abs(b + c) < 1e-9:
        scale = scale_of(matrix)
        return replace(
            label, turn=math.degrees(math.atan2(b, a)), size=label.size * scale, leading=label.leading * scale
        )
    return replace(label, matrix=(a, b, c, d, 0.0, 0.0))


def _auto_anchor(slope: float, right: bool) -> str:
    """The anchor of a node beside a line that runs in a direction."""
    return _anchor_toward(slope + (-90 if right else 90))


def _anchor_toward(direction: float) -> str:
    """The anchor that faces where a label comes from."""
    angle = direction % 360
    names = ("west", "south west", "south", "south east", "east", "north east", "north", "north west")
    for index, middle in enumerate(range(0, 360, 90)):
        if abs((angle - middle + 180) % 360 - 180) < 4:
            return names[2 * index]
    return names[2 * int(angle // 90) + 1]
