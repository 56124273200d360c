"""Coordinates: Cartesian and polar, relative, of nodes, calculated, and where lines cross."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from ...convert.errors import Losses
from ...convert.readers.tex.tokens import Macro, tokenize
from ...convert.source import Source
from .. import labels
from ..scene import (
    Item,
    Point,
    Scene,
    apply,
    bounds,
    rotation,
)
from .control import Control
from .nodes import NodeBox
from .options import State, decimal, invert_safe, pair, split, unbraced
from .paths import Builder


class Coordinates(Control):
    """Points of the figure, as they are written between parentheses."""

    def __init__(self, source: Source, losses: Losses, macros: Mapping[str, str | Macro]) -> None:
        super().__init__(source, losses, macros)
        self.items: list[Item] = []
        self.boxes: dict[str, NodeBox] = {}
        self.state_now = State()
        self.prefix = ""

    def parenthesis(self) -> list[str]:
        """The tokens up to the parenthesis that closes the one just taken."""
        found: list[str] = []
        depth = braces = 0
        start = self.here
        while self.toks:
            tok, _ = self.take()
            braces += (tok == "{") - (tok == "}")
            depth += ((tok == "(") - (tok == ")")) if not braces else 0
            if depth < 0 or braces < 0:
                return found
            if tok == ";" and not braces:
                break
            found.append(tok)
        self.here = start
        raise self.refuse("( without its )")

    def raw_coordinate(self) -> tuple[list[str], str]:
        tok = self.skip_blanks()
        while tok in self.macros:
            self.expand(*self.take())
            tok = self.skip_blanks()
        plus = ""
        while tok == "+":
            plus += self.take()[0]
            tok = self.skip_blanks()
        if tok == "[":
            self.raw_option()
            tok = self.skip_blanks()
        if tok != "(":
            raise self.refuse(f"a coordinate should stand here, not {tok or 'the end'!r}")
        self.here = self.pos[-1]
        self.take()
        return self.parenthesis(), plus

    def next_coordinate(self, state: State, b: Builder) -> tuple[Point, NodeBox | None]:
        tokens, plus = self.raw_coordinate()
        return self.coordinate(tokens, state, b.last, plus)

    def coordinate(self, tokens: list[str], state: State, last: Point, plus: str = "") -> tuple[Point, NodeBox | None]:
        point, box = self.resolve(self.expanded(tokens), state)
        if plus:
            zero = apply(state.matrix, (0.0, 0.0))
            point, box = (last[0] + point[0] - zero[0], last[1] + point[1] - zero[1]), None
        return point, box

    def target(self, text: str) -> tuple[Point, NodeBox | None]:
        return self.resolve(bare(unbraced(text)), self.state_now)

    def resolve(self, text: str, state: State) -> tuple[Point, NodeBox | None]:
        """The point that the text between parentheses names, and the node where it names a whole one."""
        text = unbraced(text.strip())
        if text.startswith("["):
            end = closing(text, "[", "]")
            point, _ = self.resolve(text[end + 1 :], state)
            shift = self.offset(text[1:end], state)
            return (point[0] + shift[0], point[1] + shift[1]), None
        if text.startswith("$"):
            return self.calculated(text.strip("$ "), state), None
        if text.startswith("intersection of"):
            return self.crossing(text, state), None
        for mark in ("-|", "|-"):
            if mark in text:
                first, _, second = text.partition(mark)
                a, b = (self.resolve(bare(part), state)[0] for part in (first, second))
                return ((b[0], a[1]) if mark == "-|" else (a[0], b[1])), None
        if " cs:" in text or text.startswith("perpendicular"):
            return self.coordinate_system(text, state), None
        parts = split_outside(text, ",")
        if len(parts) > 1:
            return apply(state.matrix, self.cartesian(parts, state)), None
        polar = split_outside(text, ":")
        if len(polar) == 2:
            return apply(state.matrix, self.polar(polar[0], polar[1], state)), None
        return self.named(text, state)

    def offset(self, options: str, state: State) -> Point:
        """By how much options before a coordinate move it."""
        inner = state.copy()
        inner.matrix = (*state.matrix[:4], 0.0, 0.0)
        self.apply(inner, options)
        return (inner.matrix[4], inner.matrix[5])

    def cartesian(self, parts: list[str], state: State) -> Point:
        x = y = 0.0
        for part, vector, axis in zip(parts, (state.x, state.y, state.z), (0, 1, 2), strict=False):
            value, is_length = self.evaluate(part.strip() or "0", state)
            if is_length and axis < 2:
                x, y = (x + value, y) if axis == 0 else (x, y + value)
                continue
            if axis < 2 and state.logarithmic[axis]:
                if value <= 0:
                    raise self.refuse("a logarithmic axis begins above 0")
                value = math.log(value)
            x, y = x + value * vector[0], y + value * vector[1]
        return (x, y)

    def polar(self, angle: str, radius: str, state: State) -> Point:
        named = {"up": 90, "down": -90, "left": 180, "right": 0, "north": 90, "south": -90, "east": 0, "west": 180}
        degrees = named.get(angle.strip()) if angle.strip() in named else self.evaluate(angle, state)[0]
        assert degrees is not None
        first, both, second = radius.partition(" and ")
        a, a_length = self.evaluate(first, state)
        c, c_length = self.evaluate(second, state) if both else (a, a_length)
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        u = (a * cosine, 0.0) if a_length else (a * cosine * state.x[0], a * cosine * state.x[1])
        v = (0.0, c * sine) if c_length else (c * sine * state.y[0], c * sine * state.y[1])
        return (u[0] + v[0], u[1] + v[1])

    def named(self, text: str, state: State) -> tuple[Point, NodeBox | None]:
        name = self.full_name(" ".join(text.split()))
        if name in self.boxes:
            box = self.boxes[name]
            return box.center, (None if box.shape == "coordinate" else box)
        head, dot, anchor = name.rpartition(".")
        if dot and head.strip() in self.boxes:
            point = self.boxes[head.strip()].anchor(anchor.strip())
            if point is None:
                raise self.refuse(f"the node {head} has no anchor {anchor!r}")
            return point, None
        if name == "current bounding box.center" or name.startswith("current bounding box"):
            box4 = bounds(Scene(tuple(self.items)), labels.corners) or (0.0, 0.0, 0.0, 0.0)
            whole = NodeBox("rectangle", (box4[2] - box4[0]) / 2, (box4[3] - box4[1]) / 2, 0.0,
                            matrix=(1, 0, 0, 1, (box4[0] + box4[2]) / 2, (box4[1] + box4[3]) / 2))  # fmt: skip
            return whole.anchor(anchor if dot else "center") or whole.center, None
        raise self.refuse(f"there is no node or coordinate {name!r}")

    def full_name(self, name: str) -> str:
        """In a pic, what begins with a hyphen has the name of the pic before it."""
        return self.prefix + name if name.startswith("-") else name

    def coordinate_system(self, text: str, state: State) -> Point:
        kind, _, rest = text.partition(" cs:")
        if kind.strip() == "barycentric":
            total, x, y = 0.0, 0.0, 0.0
            for part in split(rest):
                name, value = pair(part)
                weight = self.number(value or "1")
                point = self.named(name, state)[0]
                total, x, y = total + weight, x + weight * point[0], y + weight * point[1]
            return (x / total, y / total) if total else (0.0, 0.0)
        if kind.strip() == "axis":
            return self.resolve(rest, state)[0]
        raise self.refuse(f"the coordinate system {kind.strip()!r} is not known")

    def crossing(self, text: str, state: State) -> Point:
        match = re.fullmatch(r"intersection of\s*(.*?)\s*--\s*(.*?)\s+and\s+(.*?)\s*--\s*(.*)", text, re.DOTALL)
        if match is None:
            raise self.refuse(f"{text!r} is not understood")
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = (self.resolve(bare(part), state)[0] for part in match.groups())
        det = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
        if abs(det) < 1e-9:
            raise self.refuse("lines that are parallel do not meet")
        t = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / det
        return (ax + t * (bx - ax), ay + t * (by - ay))

    def calculated(self, text: str, state: State) -> Point:
        """``$(a)!0.5!(b) + 2*(c)$`` of the calc library."""
        zero = apply(state.matrix, (0.0, 0.0))
        x = y = 0.0
        rest = text.strip()
        sign = 1.0
        first = True
        while rest:
            match = re.match(r"\s*([-+])?\s*", rest)
            assert match is not None
            sign = -1.0 if match[1] == "-" else 1.0
            rest = rest[match.end() :]
            factor = sign
            if not rest.startswith("("):
                place = _factor_end(rest)
                if place < 0:
                    raise self.refuse(f"{rest!r} in a calculated coordinate is not understood")
                factor *= self.evaluate(rest[:place].rstrip().removesuffix("*"), state)[0]
                rest = rest[place:]
            end = closing(rest, "(", ")")
            point, _ = self.resolve(rest[1:end], state)
            rest = rest[end + 1 :].lstrip()
            while rest.startswith("!"):
                point, rest = self.modified(point, rest[1:], state)
            if first and factor == 1:
                x, y = point
            else:
                base = zero
                x, y = x + factor * (point[0] - base[0]), y + factor * (point[1] - base[1])
                if first:
                    x, y = x + zero[0], y + zero[1]
            first = False
        return (x, y)

    def modified(self, start: Point, rest: str, state: State) -> tuple[Point, str]:
        """``!share!(b)``, ``!length!(b)``, ``!share!angle:(b)``, ``!(p)!(b)``."""
        if rest.lstrip().startswith("("):
            rest = rest.lstrip()
            end = closing(rest, "(", ")")
            projected, _ = self.resolve(rest[1:end], state)
            rest = rest[end + 1 :].lstrip().removeprefix("!")
            end = closing(rest, "(", ")")
            other, _ = self.resolve(rest[1:end], state)
            dx, dy = other[0] - start[0], other[1] - start[1]
            size = dx * dx + dy * dy
            share = ((projected[0] - start[0]) * dx + (projected[1] - start[1]) * dy) / size if size else 0.0
            return (start[0] + share * dx, start[1] + share * dy), rest[end + 1 :].lstrip()
        amount, mark, rest = rest.partition("!")
        if not mark:
            raise self.refuse("a second ! is missing in a calculated coordinate")
        angle = 0.0
        rest = rest.lstrip()
        if not rest.startswith("("):
            place = rest.index("(") if "(" in rest else -1
            if place < 0 or ":" not in rest[:place]:
                raise self.refuse(f"{rest!r} in a calculated coordinate is not understood")
            angle = self.evaluate(rest[:place].rstrip().removesuffix(":"), state)[0]
            rest = rest[place:]
        end = closing(rest, "(", ")")
        other, _ = self.resolve(rest[1:end], state)
        dx, dy = apply(rotation(angle), (other[0] - start[0], other[1] - start[1]))
        value, is_length = self.evaluate(amount, state)
        size = math.hypot(dx, dy)
        share = value / size if is_length and size else value
        return (start[0] + share * dx, start[1] + share * dy), rest[end + 1 :].lstrip()

    # Registers

    def let(self, state: State) -> None:
        while True:
            self.skip_blanks()
            tok, _ = self.take()
            kind = tok
            self.skip_blanks()
            name, _ = self.take()
            if name == "{":
                name = "".join(self.balanced("{", "}", self.here))
            self.skip_blanks()
            self.expect("=")
            if kind == "\\p":
                tokens, plus = self.raw_coordinate()
                point, _ = self.coordinate(tokens, state, (0.0, 0.0), plus)
                point = apply(invert_safe(state.matrix), point)
                self.let_bind("x", name, point[0])
                self.let_bind("y", name, point[1])
            else:
                value, is_length = self.evaluate(self.expanded(self.raw_group("\\n", self.here)), state)
                self.let_bind("n", name, value, "pt" if is_length else "")
            self.skip_blanks()
            if self.take_if(","):
                continue
            if self.word_next("in"):
                return
            raise self.refuse("'in' should stand here")

    def let_bind(self, letter: str, name: str, value: float, unit: str = "pt") -> None:
        r"""``\x1`` is the macro ``\x`` before a ``1``: what follows it in the text is put in its place."""
        text = tokenize(decimal(value) + unit)
        tokens = [f"\\{letter}", *tokenize(name)]
        braced = [f"\\{letter}", "{", *tokenize(name), "}"]
        stop = next((n for n in range(len(self.toks) - 1, -1, -1) if self.toks[n] == ";"), 0)
        ahead = list(reversed(self.toks[stop:]))
        result: list[str] = []
        index = 0
        while index < len(ahead):
            for wanted in (tokens, braced):
                if ahead[index : index + len(wanted)] == wanted:
                    result += text
                    index += len(wanted)
                    break
            else:
                result.append(ahead[index])
                index += 1
        self.toks = self.toks[:stop] + list(reversed(result))
        self.pos = self.pos[:stop] + [self.here] * len(result)


def bare(text: str) -> str:
    text = text.strip()
    return text[1:-1] if text.startswith("(") and text.endswith(")") and _paired(text) else text


def _paired(text: str) -> bool:
    return closing(text, "(", ")") == len(text) - 1


def closing(text: str, opening: str, closing: str) -> int:
    depth = 0
    for index, character in enumerate(text):
        depth += (character == opening) - (character == closing)
        if depth == 0 and index:
            return index
    return len(text)


def _factor_end(text: str) -> int:
    """Where the factor before a coordinate ends: at the last ``*(`` of nothing but numbers."""
    depth = 0
    for index, character in enumerate(text):
        if character in "({" and depth == 0 and text[:index].rstrip().endswith("*") and character == "(":
            return index
        depth += (character in "{(") - (character in "})")
    return -1


def split_outside(text: str, mark: str) -> list[str]:
    """The parts between marks outside braces and parentheses."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        depth += (character in "{(") - (character in "})")
        if character == mark and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]
