"""Lines that are more than straight: ``to`` and ``edge``, bent or looped, with what is written at them."""

from __future__ import annotations

import math
import re

from ..scene import (
    Group,
    Item,
    Move,
    Point,
)
from .colors import mixed
from .mindmaps import bar
from .node_reader import NodeReader
from .nodes import NodeBox
from .options import State, unbraced
from .painting import Painting
from .paths import Builder, straight


class Edges(NodeReader, Painting):
    """``to`` and ``edge``, and the nodes that stand between an operation and its end."""

    def pending_nodes(self, state: State) -> list[tuple[str, State, str]]:
        found: list[tuple[str, State, str]] = []
        while True:
            for word in ("node", "coordinate", "edge"):
                if word != "edge" and self.word_next(word):
                    inner, text = self.node_text(state, word)
                    found.append((word, inner, text))
                    break
            else:
                return found

    def place_pending(self, pending: list[tuple[str, State, str]], state: State, b: Builder, after: list[Item]) -> None:
        for word, inner, text in pending:
            if inner.pos is None:
                inner.pos = 0.5
            self.node(inner, text, b, after, word)

    def to(self, state: State, b: Builder, after: list[Item]) -> None:
        inner = state.copy()
        self.style(inner, "every to")
        option = self.raw_option()
        quotes: tuple[str, ...] = ()
        if option is not None:
            inner.quotes = ()
            self.apply(inner, self.expanded(option))
            quotes = inner.quotes
        pending = self.pending_nodes(state)
        if self.word_next("cycle"):
            point, box = b.begun, None
        else:
            point, box = self.next_coordinate(state, b)
        if inner.bar is not None:
            after.append(self.bar(inner.bar, b.node, box))
            along = straight(b.last, point)
            b.move(point, box)
            b.along = along
        else:
            self.curve_to(inner, b, point, box)
        self.place_pending(pending, state, b, after)
        self.quoted(quotes, state, b, after)

    def quoted(self, quotes: tuple[str, ...], state: State, b: Builder, after: list[Item]) -> None:
        for quote in quotes:
            match = re.fullmatch(r'"(.*?)"\s*(\')?(.*)', quote, re.DOTALL)
            if match is None:
                raise self.refuse(f"the label {quote!r} is not understood")
            node = self.node_state(state)
            node.auto, node.pos = "left", 0.5
            node.swap = bool(match[2])
            if match[3].strip():
                self.apply(node, unbraced(match[3].strip().removeprefix("=")))
            self.node(node, match[1], b, after, "node")

    def curve_to(self, state: State, b: Builder, point: Point, box: NodeBox | None) -> None:
        start, first_box = b.last, b.node
        if state.to_path:
            raise self.refuse("to path is a path of the user's")
        if state.bend is None and state.out_angle is None and state.in_angle is None and not state.loop:
            b.line(point, box)
            return
        angle = math.degrees(math.atan2(point[1] - start[1], point[0] - start[0])) if point != start else 0.0
        if state.bend is not None:
            out, into = angle + state.bend, angle + 180 - state.bend
        else:
            default_out, default_in = (45.0, 135.0) if not state.loop else (105.0, 75.0)
            out = state.out_angle if state.out_angle is not None else default_out
            into = state.in_angle if state.in_angle is not None else default_in
            if state.relative and not state.loop:
                out, into = out + angle, into + angle
        a = first_box.border_at(out) if first_box is not None else start
        z = box.border_at(into) if box is not None else point
        reach = max(0.3915 * state.looseness * math.dist(a, z), state.min_distance)
        first = (a[0] + reach * math.cos(math.radians(out)), a[1] + reach * math.sin(math.radians(out)))
        second = (z[0] + reach * math.cos(math.radians(into)), z[1] + reach * math.sin(math.radians(into)))
        if first_box is not None or not b.parts:
            b.node = None
            b.add(Move(a))
        b.last = a
        b.curve(first, second, z)
        b.last, b.node = point, box

    def bar(self, colors: tuple[str, str], start: NodeBox | None, end: NodeBox | None) -> Group:
        """A bar between concepts, in the mean of its colours."""
        if start is None or end is None:
            raise self.refuse("a bar connects two nodes")
        if colors[0] != colors[1]:
            self.lose("circle connection bar", "shadings are drawn in one colour")
        color = mixed("one!50!other", {"one": colors[0], "other": colors[1]})
        return Group((bar(start, end, color),), role="edge")

    def edge(self, state: State, b: Builder, after: list[Item]) -> None:
        inner = state.copy()
        inner.draws = True
        inner.fills = False
        self.style(inner, "every edge")
        option = self.raw_option()
        inner.quotes = ()
        if option is not None:
            self.apply(inner, self.expanded(option))
        pending = self.pending_nodes(state)
        if any(not isinstance(part, Move) for part in b.parts):
            b.recent = None
        begins = b.recent or b.node
        tokens, plus = self.raw_coordinate()
        # Nothing in the parentheses is the node where the edge begins, as for loops.
        if "".join(tokens).strip() or begins is None:
            point, box = self.coordinate(tokens, state, b.last, plus)
        else:
            point, box = begins.center, begins
        own = Builder(last=b.recent.center if b.recent is not None else b.last, node=begins)
        if begins is None or begins.shape == "coordinate":
            own.node = None
            own.move(own.last)
        self.curve_to(inner, own, point, box)
        nodes: list[Item] = []
        self.place_pending(pending, inner, own, nodes)
        quotes, inner.quotes = inner.quotes, ()
        self.quoted(quotes, inner, own, nodes)
        kept, self.items = self.items, []
        background, inner.background = inner.background, False
        self.finish(inner, own, nodes)
        drawn, self.items = self.items, kept
        inner.background = background
        after.append(Group(tuple(drawn), role="edge"))
