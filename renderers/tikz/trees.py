"""Trees: nodes with children, and the edges to them."""

from __future__ import annotations

import math
from abc import abstractmethod

from ...convert.readers.tex.tokens import tokenize
from ..scene import Group, Item, Point, apply
from .edges import Edges
from .nodes import NodeBox
from .options import State
from .paths import Builder


class Trees(Edges):
    """``child``, wherever a path is at a node."""

    @abstractmethod
    def inline(self, tokens: list[str], state: State, b: Builder, after: list[Item]) -> None:
        """Path operations from tokens."""

    def children(self, state: State, b: Builder, after: list[Item]) -> None:
        """All children of a node, whose first ``child`` has been taken."""
        if b.tree is None:
            raise self.refuse("a child needs a node before it")
        found: list[tuple[str, list[str]]] = []
        while True:
            self.read_child(found)
            if not self.word_next("child"):
                break
        for number, (options, tokens) in enumerate(found, 1):
            self.watch()
            self.child(state, b.tree, options, tokens, (number, len(found)), after)

    def read_child(self, found: list[tuple[str, list[str]]]) -> None:
        """Adds one child, or all those of a loop, as options and content."""
        options = self.expanded(self.raw_option() or []) if self.skip_blanks() == "[" else ""
        if self.word_next("foreach") or (self.skip_blanks() == "\\foreach" and self.take()):
            self.foreach(lambda body: found.append((options, tokenize(self.expanded(body)))))
        elif self.skip_blanks() == "{":
            found.append((options, self.raw_group("child", self.here)))
        else:
            found.append((options, []))

    def child(
        self, state: State, parent: NodeBox, options: str, tokens: list[str], which: tuple[int, int], after: list[Item]
    ) -> None:
        inner = state.copy()
        inner.level, inner.missing, inner.parent_color = state.level + 1, False, state.concept_color
        if inner.level > 30:
            raise self.refuse("trees nest deeper than 30 levels")
        level = inner.styles.get("level")
        if level:
            self.apply_style(inner, level, str(inner.level))
        for style in (f"level {inner.level}", "every child"):
            self.style(inner, style)
        self.apply(inner, options)
        if inner.missing:
            return
        _turn(inner, which)
        dx, dy = apply((*state.matrix[:4], 0.0, 0.0), _offset(inner, which))
        at = (parent.center[0] + dx, parent.center[1] + dy)
        inner.matrix = (*state.matrix[:4], *at)
        own = Builder(last=at)
        content: list[Item] = []
        # What the child says comes first, because its edge may have options there.
        self.inline(["node", "{", "}"] if not "".join(tokens).strip() else tokens, inner, own, content)
        after += content
        if own.tree is not None:
            after.append(self.connection(inner, parent, own.tree, own))

    def connection(self, state: State, parent: NodeBox, child: NodeBox, said: Builder) -> Group:
        """The edge from the parent."""
        inner = state.copy()
        if state.concepts:
            return self.bar((state.parent_color, state.concept_color), parent, child)
        inner.draws, inner.fills = "edge from parent" not in inner.styles, False
        self.style(inner, "edge from parent")
        self.apply(inner, said.from_parent[0])
        start = parent.anchor(inner.parent_anchor) if inner.parent_anchor else None
        end = child.anchor(inner.child_anchor) if inner.child_anchor else None
        own = Builder(last=start or parent.center, node=None if start else parent)
        if start:
            own.move(start)
        if inner.fork:
            _forked(inner, own, child)
        else:
            own.line(end or child.center, None if end else child)
        nodes: list[Item] = []
        self.place_pending(list(said.from_parent[1]), inner, own, nodes)
        kept, self.items = self.items, []
        self.finish(inner, own, nodes)
        drawn, self.items = self.items, kept
        return Group(tuple(drawn), role="edge")

    def edge_from_parent(self, state: State, b: Builder) -> None:
        """``edge from parent``, of which ``edge from`` has been taken: keeps what is said of the edge."""
        if not self.word_next("parent"):
            raise self.refuse("edge from should be followed by parent")
        options = self.expanded(self.raw_option() or [])
        b.from_parent = (options, tuple(self.pending_nodes(state)))


def _turn(state: State, which: tuple[int, int]) -> None:
    """Where the children stand around their parent, each grows on in its own direction."""
    number, count = which
    if state.first_angle is not None:
        state.grow = state.first_angle + (-1 if state.mirrored else 1) * (number - 1) * state.sibling_angle
    elif state.cyclic:
        state.grow += (number - (count + 1) / 2) * state.sibling_angle


def _offset(state: State, which: tuple[int, int]) -> Point:
    """Where a child lies, seen from its parent, before the figure is scaled or turned."""
    number, count = which
    x, y = math.cos(math.radians(state.grow)), math.sin(math.radians(state.grow))
    if state.first_angle is not None or state.cyclic:
        return (x * state.level_distance, y * state.level_distance)
    aside = (number - (count + 1) / 2) * state.sibling_distance * (-1 if state.mirrored else 1)
    return (x * state.level_distance - y * aside, y * state.level_distance + x * aside)


def _forked(state: State, b: Builder, child: NodeBox) -> None:
    """A line that leaves the parent straight, goes aside half way, and enters the child straight."""
    x, y = {"down": (0.0, -0.5), "up": (0.0, 0.5), "left": (-0.5, 0.0), "right": (0.5, 0.0)}[state.fork]
    b.line((b.last[0] + x * state.level_distance, b.last[1] + y * state.level_distance))
    b.bent(child.center, child, across_first=x == 0.0)
