"""Paints finished paths: what is drawn, filled, hatched and decorated, and what lies behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ...convert.errors import Losses
from ...convert.readers.tex.tokens import Macro
from ...convert.source import Source
from ..scene import (
    IDENTITY,
    Group,
    Item,
    Move,
    Path,
    Style,
    recognise,
)
from ..tips import backwards, cut_end, end_direction
from . import decorations
from .asides import Asides
from .crossings import crossings
from .nodes import NodeBox
from .options import State, pair, split
from .paths import Builder, rounded

MAX_ITEMS: Final = 50_000


class Painting(Asides):
    """Puts items into the figure."""

    def __init__(self, source: Source, losses: Losses, macros: Mapping[str, str | Macro]) -> None:
        super().__init__(source, losses, macros)
        self.behind: list[Item] = []
        self.named_paths: dict[str, list[Path]] = {}
        self.count = 0
        self.clips: list[tuple[int, Path]] = []

    def name_crossings(self, state: State, value: str) -> None:
        """``name intersections={of=a and b, by={x, y}, name=i}``."""
        of, by, name, total = "", [], "intersection", ""
        for option in split(value):
            key, given = pair(option)
            match key:
                case "of":
                    of = given or ""
                case "by":
                    by = [re.sub(r"\[[^\]]*\]", "", part).strip() for part in split(given or "")]
                case "name":
                    name = given or name
                case "total":
                    total = given or ""
                case "sort by" | "":
                    pass
                case _:
                    raise self.refuse(f"the option {key!r} of name intersections is not known")
        paths = []
        for path in re.split(r"\s+and\s+", of.strip(), maxsplit=1):
            if path not in self.named_paths:
                raise self.refuse(f"there is no path {path!r}")
            paths.append(self.named_paths[path][-1].parts)
        if len(paths) != 2:
            raise self.refuse("name intersections needs of=one and other")
        try:
            points = crossings(paths[0], paths[1])
        except ValueError as error:
            raise self.refuse(str(error)) from error
        for number, point in enumerate(points, 1):
            box = NodeBox("coordinate", 0.0, 0.0, 0.0, matrix=(1.0, 0.0, 0.0, 1.0, *point))
            self.boxes[f"{name}-{number}"] = box
            if number <= len(by):
                self.boxes[by[number - 1]] = box
        if total:
            self.bind(total.strip(), str(len(points)))

    def emit(self, state: State, item: Item) -> None:
        self.count += 1
        if self.count > MAX_ITEMS:
            raise self.refuse(f"the figure has more than {MAX_ITEMS} parts")
        if state.canvas != IDENTITY:
            item = Group((item,), transform=state.canvas)
        (self.behind if state.background else self.items).append(item)

    def finish(self, state: State, builder: Builder, after: list[Item]) -> None:
        """Paints the path, then its nodes."""
        parts = rounded(builder.parts, builder.corner)
        parts = [
            part for part, after_it in zip(parts, [*parts[1:], parts[0]] if parts else [], strict=True)
            if not (isinstance(part, Move) and isinstance(after_it, Move))
        ]  # fmt: skip
        if state.path_name:
            self.named_paths.setdefault(state.path_name, []).append(Path(tuple(parts)))
        if parts and state.decorates:
            parts = decorations.decorated(self, state, parts)
        style = state.style()
        if parts and (style.stroke or style.fill or state.pattern):
            self.paint(state, parts, style)
        if state.path_picture and parts:
            self.emit(state, self.picture_on(state, Path(tuple(parts))))
        for post in state.post:
            extra = state.copy()
            extra.draws = extra.fills = extra.decorates = False
            extra.pattern, extra.post = "", ()
            self.apply(extra, post)
            if extra.decorates:
                self.paint(extra, decorations.decorated(self, extra, parts), extra.style())
            elif extra.draws or extra.fills or extra.pattern:
                self.paint(extra, parts, extra.style())
        for item in after:
            self.emit(state, item)

    def paint(self, state: State, parts: list, style: Style) -> None:  # type: ignore[type-arg]
        if not parts:
            return
        if state.pattern:
            shape = Path(tuple(parts))
            if style.fill:
                self.emit(state, replace(shape, style=replace(style, stroke="")))
            lines = decorations.hatched(state.pattern, shape, state.pattern_color or "#000000", self)
            self.emit(state, Group(lines, role="pattern", clip=shape))
            style = replace(style, fill="")
        if state.shorten != (0.0, 0.0) and style.stroke:
            parts = _shortened(parts, state.shorten)
        start, end = (state.resolved(state.start), state.resolved(state.end)) if style.stroke else (None, None)
        path = Path(tuple(parts), style, start, end)
        if state.double and style.stroke:
            wide = replace(style, width=2 * style.width + state.double)
            self.emit(state, Path(tuple(parts), wide))
            self.emit(state, Path(tuple(parts), replace(style, stroke=state.double_color, width=state.double, fill="")))
            return
        if style.stroke or style.fill:
            if start is None and end is None:
                self.emit(state, recognise(path))
            else:
                self.emit(state, path)


def _shortened(parts: list, shorten: tuple[float, float]) -> list:  # type: ignore[type-arg]
    start, end = shorten
    result = list(parts)
    if end and (direction := end_direction(result)) is not None:
        result = cut_end(result, direction, end)
    if start:
        turned = backwards(result)
        if (direction := end_direction(turned)) is not None:
            result = backwards(cut_end(turned, direction, start))
    return result
