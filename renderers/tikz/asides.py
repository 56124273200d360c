"""What is drawn apart from the figure and then put into it: pictures in nodes, pictures on paths."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Final

from ...convert.readers.tex.tokens import tokenize
from .. import labels
from ..scene import Group, Item, Point, Scene, Shape, bounds
from .coordinates import Coordinates
from .nodes import NodeBox
from .options import State

_PICTURE: Final = re.compile(r"\\begin\s*\{tikzpicture\}.*\\end\s*\{tikzpicture\}", re.DOTALL)
Box = tuple[float, float, float, float]


class Asides(Coordinates):
    """Runs code whose items are asked for, and not added to the figure."""

    frame: Box | None = None
    """What the figure takes up, where it says so."""
    reached: list[Point] | None = None
    """Corners of the nodes of a picture in a node: their room counts, not only their ink."""

    @abstractmethod
    def sub(self, tokens: list[str], state: State) -> None:
        """Runs tokens as statements, in a scope of their own."""

    def aside(self, code: str, state: State) -> tuple[Item, ...]:
        kept, self.items = self.items, []
        self.sub(tokenize(code), state)
        drawn, self.items = self.items, kept
        return tuple(drawn)

    def picture_in(self, text: str, state: State) -> tuple[tuple[Item, ...], Box] | None:
        """A picture that is all of a node's text, and what it takes up; None where the text is another."""
        if _PICTURE.fullmatch(text.strip()) is None:
            return None
        inner = State()
        inner.styles, inner.color, inner.size = state.styles, state.color, state.size
        kept, self.frame, self.reached = (self.frame, self.reached), None, []
        drawn = self.aside(text, inner)
        ink = bounds(Scene(drawn), labels.corners)
        corners = [*self.reached, *([(ink[0], ink[1]), (ink[2], ink[3])] if ink is not None else [])] or [(0.0, 0.0)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        box = self.frame or (min(xs), min(ys), max(xs), max(ys))
        self.frame, self.reached = kept
        return drawn, box

    def picture_on(self, state: State, shape: Shape) -> Group:
        """``path picture``: drawn around the middle of a shape, and cut by it."""
        code, inner = state.path_picture, state.copy()
        inner.path_picture, inner.name, inner.labels, inner.at = "", "", (), None
        box = bounds(Scene((shape,)), labels.corners) or (0.0, 0.0, 0.0, 0.0)
        middle: Point = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        inner.matrix = (1.0, 0.0, 0.0, 1.0, *middle)
        self.boxes["path picture bounding box"] = NodeBox(
            "rectangle", (box[2] - box[0]) / 2, (box[3] - box[1]) / 2, 0.0, matrix=inner.matrix
        )
        return Group(self.aside(code, inner), role="path picture", clip=shape)
