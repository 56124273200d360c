"""Pics: small pictures with a name that a figure uses again and again, and the angles that TikZ has as such."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from ..scene import IDENTITY, Group, Item, Move, Path, arc, multiply, polygon
from .coordinates import bare
from .edges import Edges
from .options import State, pair, split
from .paths import Builder


class Pics(Edges):
    """``\\pic``: of the user's (``name/.pic``, ``pics/name/.style``), ``angle`` and ``right angle``."""

    def pic(self, state: State, b: Builder, after: list[Item]) -> None:
        options, name, at = "", "", None
        while (tok := self.skip_blanks()) != "{":
            if tok == "[":
                options += f",{self.expanded(self.raw_option() or [])}"
            elif tok == "(":
                self.take()
                name = self.expanded(self.parenthesis()).strip()
            elif self.word_next("at"):
                tokens, plus = self.raw_coordinate()
                at, _ = self.coordinate(tokens, state, (0.0, 0.0), plus)
            elif tok in self.macros:
                self.expand(*self.take())
            else:
                raise self.refuse("a pic needs its name in braces")
        text = self.expanded(self.raw_group("pic", self.here)).strip()
        angle = re.fullmatch(r"(right )?angle\s*=\s*(.*?)\s*--\s*(.*?)\s*--\s*(.*?)", text)
        if angle is not None:
            self.angle(state, options, angle, after)
            return
        kind, value = pair(text)
        style = state.styles.get(f"pics/{kind}")
        if style is None:
            raise self.refuse(f"the pic {text!r} is not known")
        place = self.node_state(state)
        self.state_now = state
        place.matrix = IDENTITY
        self.node_options(place, options, state.matrix)
        where = at or place.at or (b.place(place.pos)[0] if place.pos is not None else b.last)
        # As with nodes, only where a pic is depends on how the figure is scaled and turned.
        outer = (*state.matrix[:4], 0.0, 0.0) if place.transform_shape else IDENTITY
        inner = place.copy()
        inner.matrix = multiply(multiply(place.node_matrix, outer), (1, 0, 0, 1, *where))
        inner.node_matrix, inner.at, inner.pos, inner.anchor, inner.name = IDENTITY, None, None, "center", ""
        kept, self.prefix = self.prefix, name or place.name
        drawn: list[Item] = []
        for option in split(self.filled(style, value)):
            key, code = pair(option)
            if key in ("code", "foreground code", "background code") and code:
                drawn += self.aside(code, inner)
        self.prefix = kept
        after.append(Group(tuple(drawn), role="pic", name=name))

    def angle(self, state: State, options: str, found: re.Match[str], after: list[Item]) -> None:
        inner = state.copy()
        inner.quotes = ()
        self.apply(inner, options)
        first, vertex, last = (self.resolve(bare(name), state)[0] for name in found.groups()[1:])
        start = math.degrees(math.atan2(first[1] - vertex[1], first[0] - vertex[0]))
        end = math.degrees(math.atan2(last[1] - vertex[1], last[0] - vertex[0]))
        if end < start:
            end += 360
        own = Builder()
        radius = inner.angle_radius
        inner.draws = inner.draws or not inner.fills
        if found[1]:
            a, c = (
                (vertex[0] + radius * math.cos(math.radians(t)), vertex[1] + radius * math.sin(math.radians(t)))
                for t in (start, end)
            )
            for part in polygon([a, (a[0] + c[0] - vertex[0], a[1] + c[1] - vertex[1]), c], False):
                own.add(part)
        else:
            curves = arc(vertex, radius, radius, start, end)
            begin = (
                vertex[0] + radius * math.cos(math.radians(start)), vertex[1] + radius * math.sin(math.radians(start))
            )  # fmt: skip
            own.add(Move(begin))
            for curve in curves:
                own.add(curve)
            if inner.fills:
                filled = Path(
                    (Move(vertex), *polygon([begin], False)[1:], *own.parts[1:]), replace(inner.style(), stroke="")
                )
                after.append(filled)
        style = replace(inner.style(), fill="")
        after.append(
            Group(
                (Path(tuple(own.parts), style, inner.resolved(inner.start), inner.resolved(inner.end)),), role="angle"
            )
        )
        quote: str
        for quote in inner.quotes:
            node = self.node_state(inner)
            node.matrix = IDENTITY
            middle = math.radians((start + end) / 2)
            far = radius * inner.angle_eccentricity
            at = (vertex[0] + far * math.cos(middle), vertex[1] + far * math.sin(middle))
            body = re.match(r'"(.*?)"', quote, re.DOTALL)
            after += self.build(node, body[1] if body else "", at, 0.0)[0]
