"""Shapes that a path is given by a word: circles, ellipses, arcs, rectangles, grids and parts of curves."""

from __future__ import annotations

import math

from ..scene import (
    Close,
    Move,
    Point,
    apply,
    arc,
    map_part,
    polygon,
)
from .coordinates import Coordinates, split_outside
from .options import State, invert_safe
from .paths import Builder, straight


class Shapes(Coordinates):
    """Adds shapes to a path."""

    def sizes(self, text: str, state: State) -> tuple[float, float]:
        first, both, second = text.partition(" and ")
        a, a_length = self.evaluate(first, state)
        c, c_length = self.evaluate(second, state) if both else (a, a_length)
        rx = a if a_length else a * math.hypot(*state.x)
        ry = c if c_length else c * math.hypot(*state.y)
        return rx, ry

    def circle(self, state: State, b: Builder) -> None:
        inner = state.copy()
        inner.radius = state.radius
        tok = self.skip_blanks()
        if tok == "[":
            self.apply(inner, self.expanded(self.raw_option() or []))
            rx, ry = inner.radius
        elif tok == "(":
            self.take()
            rx, ry = self.sizes(self.expanded(self.parenthesis()), state)
        else:
            rx, ry = inner.radius
        center = apply(invert_safe(state.matrix), b.last)
        parts = [Move((center[0] + rx, center[1])), *arc(center, rx, ry, 0, 360)]
        self.append_shape(parts, state, b)

    def append_shape(self, parts: list, state: State, b: Builder) -> None:  # type: ignore[type-arg]
        """A closed piece around where the path is; the path stays there."""
        if b.parts and isinstance(b.parts[-1], Move):
            b.parts.pop()
            b.corner.pop()
        kept = b.last
        rounding, b.rounding = b.rounding, 0.0
        for part in parts:
            b.add(map_part(part, state.matrix))
        b.add(Close())
        b.rounding = rounding
        b.last, b.node = kept, None
        b.add(Move(kept))

    def arc(self, state: State, b: Builder) -> None:
        inner = state.copy()
        tok = self.skip_blanks()
        if tok == "[":
            self.apply(inner, self.expanded(self.raw_option() or []))
            start = inner.start_angle if inner.start_angle is not None else (
                (inner.end_angle or 0.0) - (inner.delta_angle or 0.0)
            )  # fmt: skip
            end = inner.end_angle if inner.end_angle is not None else start + (inner.delta_angle or 0.0)
            rx, ry = inner.radius
        else:
            tokens, _ = self.raw_coordinate()
            first, second, radius = [*split_outside(self.expanded(tokens), ":"), "", ""][:3]
            start, end = self.evaluate(first, state)[0], self.evaluate(second, state)[0]
            rx, ry = self.sizes(radius, state)
        at = apply(invert_safe(state.matrix), b.last)
        center = (at[0] - rx * math.cos(math.radians(start)), at[1] - ry * math.sin(math.radians(start)))
        whole = end - start
        if not b.parts:
            b.add(Move(b.last))
        for curve in arc(center, rx, ry, start, end):
            b.add(type(curve)(*(apply(state.matrix, point) for point in curve)))

        def along(t: float) -> tuple[Point, float]:
            angle = math.radians(start + t * whole)
            point = (center[0] + rx * math.cos(angle), center[1] + ry * math.sin(angle))
            slope = math.degrees(math.atan2(ry * math.cos(angle), -rx * math.sin(angle))) + (180 if whole < 0 else 0)
            return apply(state.matrix, point), slope

        b.along = along
        b.last, b.node = along(1.0)[0], None

    def rectangle(self, state: State, b: Builder, point: Point) -> None:
        inverse = invert_safe(state.matrix)
        (x0, y0), (x1, y1) = apply(inverse, b.last), apply(inverse, point)
        start = b.last
        corners = [apply(state.matrix, corner) for corner in ((x0, y0), (x0, y1), (x1, y1), (x1, y0))]
        if b.parts and isinstance(b.parts[-1], Move):
            b.parts.pop()
            b.corner.pop()
        for part in polygon(corners):
            b.add(part)
        b.last, b.node = point, None
        b.add(Move(point))
        b.along = straight(start, point)

    def grid(self, state: State, b: Builder) -> None:
        inner = state.copy()
        option = self.raw_option()
        if option is not None:
            self.apply(inner, self.expanded(option))
        point, _ = self.next_coordinate(state, b)
        inverse = invert_safe(state.matrix)
        (x0, y0), (x1, y1) = apply(inverse, b.last), apply(inverse, point)
        x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        sx, sy = inner.step or (math.hypot(*state.x), math.hypot(*state.y))
        if sx <= 0 or sy <= 0 or (x1 - x0) / sx + (y1 - y0) / sy > 5000:
            raise self.refuse("the grid has too many lines")
        if b.parts and isinstance(b.parts[-1], Move):
            b.parts.pop()
            b.corner.pop()
        for n in range(math.ceil(x0 / sx - 1e-3), math.floor(x1 / sx + 1e-3) + 1):
            for part in polygon([apply(state.matrix, (n * sx, y0)), apply(state.matrix, (n * sx, y1))], False):
                b.add(part)
        for n in range(math.ceil(y0 / sy - 1e-3), math.floor(y1 / sy + 1e-3) + 1):
            for part in polygon([apply(state.matrix, (x0, n * sy)), apply(state.matrix, (x1, n * sy))], False):
                b.add(part)
        b.last, b.node = point, None
        b.add(Move(point))
