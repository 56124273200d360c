"""Plots of paths: of coordinates and of functions."""

from __future__ import annotations

import math

from ...convert.readers.tex.tokens import tokenize
from ..charts import curve_parts, smoothed
from ..scene import (
    Circle,
    Move,
    Point,
    apply,
    outline,
)
from .coordinates import Coordinates, closing, split_outside
from .options import State, unbraced
from .paths import Builder


class Plots(Coordinates):
    """``plot coordinates {…}`` and ``plot (\\x, {…})``."""

    def plot(self, state: State, b: Builder, joined: bool = False) -> None:
        inner = state.copy()
        option = self.raw_option()
        if option is not None:
            self.apply(inner, self.expanded(option))
        if self.word_next("coordinates"):
            tokens = self.raw_group("coordinates", self.here)
            text = self.expanded(tokens)
            points = []
            while text.strip():
                text = text.strip()
                if not text.startswith("("):
                    raise self.refuse(f"{text[:10]!r} among coordinates is not understood")
                end = closing(text, "(", ")")
                points.append(self.resolve(text[1:end], state)[0])
                text = text[end + 1 :]
        elif self.word_next("file") or self.word_next("function"):
            raise self.refuse("plots read no files and call no programs")
        else:
            tokens, _ = self.raw_coordinate()
            points = self.sampled(tokens, inner, state)
        if not points:
            return
        self.join(points, inner, b, joined)

    def sampled(self, tokens: list[str], inner: State, state: State) -> list[Point]:
        parts = split_outside(self.expanded(tokens), ",")
        name = inner.variable
        if len(parts) < 2:
            angle, _, radius = self.expanded(tokens).partition(":")
            far = self.compiled(unbraced(radius), inner)
            turn = self.compiled(unbraced(angle), inner)
            values = self.values(inner)
            pairs = [(far(**{name: v}), turn(**{name: v})) for v in values]
            local = [(r * math.cos(math.radians(t)) * inner.x[0], r * math.sin(math.radians(t)) * inner.y[1])
                     for r, t in pairs]  # fmt: skip
            return [apply(state.matrix, point) for point in local]
        expressions = [self.compiled(unbraced(part), inner) for part in parts]
        points = []
        for value in self.values(inner):
            x = y = 0.0
            for axis, (one, vector) in enumerate(zip(expressions, (inner.x, inner.y, inner.z), strict=False)):
                amount = one(**{name: value, "x": value} if name == "x" else {name: value})
                if not math.isfinite(amount):
                    break
                if one.is_length and axis < 2:
                    x, y = (x + amount, y) if axis == 0 else (x, y + amount)
                else:
                    x, y = x + amount * vector[0], y + amount * vector[1]
            else:
                points.append(apply(state.matrix, (x, y)))
        return points

    def values(self, state: State) -> list[float]:
        if state.samples_at:
            return [self.number(item) for item in self.loop_list(tokenize(state.samples_at))]
        low, high = (self.number(text) for text in state.domain or ("-5", "5"))
        count = max(1, state.samples)
        return [low + (high - low) * n / max(1, count - 1) for n in range(count)]

    def join(self, points: list[Point], state: State, b: Builder, joined: bool) -> None:
        if state.mark and state.mark != "none":
            for x, y in points:
                for part in outline(Circle((x, y), 2.0)):
                    b.add(part)
            if state.smooth == "" and "only marks" in state.mark:
                return
        if state.smooth and len(points) > 2:
            parts = smoothed(points, state.tension, state.smooth == "cycle")
        else:
            parts = list(curve_parts(points)) if len(points) > 1 else [Move(points[0])]
        if joined and parts:
            b.line(points[0])
            parts = parts[1:]
        elif b.parts and isinstance(b.parts[-1], Move):
            b.parts.pop()
            b.corner.pop()
        for part in parts:
            b.add(part)
        b.last, b.node = points[-1], None
        count = len(points) - 1

        def along(t: float) -> tuple[Point, float]:
            place = min(count, max(0, round(t * count)))
            p, q = points[max(0, place - 1)], points[min(count, place + 1)]
            return points[place], math.degrees(math.atan2(q[1] - p[1], q[0] - p[0]))

        b.along = along
