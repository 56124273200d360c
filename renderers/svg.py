"""SVG from outside: what it measures, and whether it may be drawn.

`inspect` refuses what an SVG needs for no picture but can do harm with: document types and entities, references out of
the file, scripts, nesting without end, and `use` elements that multiply.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ..convert.errors import ParseError, UnsupportedError
from ..convert.source import Source
from .metadata import feed, parser

_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
MAX_DEPTH: Final = 256
MAX_ELEMENTS: Final = 1_000_000
"""Elements, each counted as often as `use` draws it."""
MAX_BYTES: Final = 64 << 20

_SVG: Final = "http://www.w3.org/2000/svg "
_XLINK_HREF: Final = "http://www.w3.org/1999/xlink href"
_FORBIDDEN: Final = frozenset(("script", "foreignObject", "iframe", "audio", "video", "set"))
_PICTURE_DATA: Final = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z", re.IGNORECASE)
_URL: Final = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)]*?))\s*\)", re.IGNORECASE)
_IMPORT: Final = re.compile(r"@(?:import|font-face|namespace|charset)|\\", re.IGNORECASE)
_LENGTH: Final = re.compile(r"\s*([0-9.]+(?:e[-+]?[0-9]+)?)\s*(px|pt|pc|in|cm|mm|q|em|ex)?\s*\Z", re.IGNORECASE)
_PIXELS: Final = {
    "": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54,
    "em": 16.0, "ex": 8.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of an SVG in CSS pixels (1/96 inch), and whether it sets words in fonts."""

    width: float
    height: float
    has_text: bool


@dataclass(slots=True)
class _Element:
    """What counting needs to know of an element: its children and what it draws again, as indices and names."""

    children: list[int] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)


def inspect(svg: Source) -> Canvas:
    """The canvas of an SVG that may be drawn.

    Raises ParseError where it is not well formed or has a document type, UnsupportedError where it holds what is
    refused.
    """
    if len(svg.text) > MAX_BYTES:
        raise UnsupportedError(f"the SVG is larger than {MAX_BYTES >> 20} MiB")
    inspector = _Inspector(svg)
    machine = parser(svg)
    machine.StartElementHandler = inspector.start
    machine.EndElementHandler = inspector.end
    machine.CharacterDataHandler = inspector.data
    machine.ProcessingInstructionHandler = inspector.instruction
    feed(machine, svg)
    if inspector.drawn() > MAX_ELEMENTS:
        raise UnsupportedError(f"the SVG draws more than {MAX_ELEMENTS} elements")
    return inspector.canvas()


class _Inspector:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.elements: list[_Element] = []
        self.open: list[int] = []
        self.ids: dict[str, int] = {}
        self.root: dict[str, str] = {}
        self.has_text = False
        self.in_style = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.open:
            if name != _SVG + "svg":
                raise ParseError("the root element is not <svg> of the SVG namespace", self.source, (0, 1))
            self.root = attributes
        if len(self.open) >= MAX_DEPTH:
            raise UnsupportedError(f"the SVG nests deeper than {MAX_DEPTH} levels")
        local = name.rpartition(" ")[2]
        if local in _FORBIDDEN and (name.startswith(_SVG) or local == "script"):
            raise UnsupportedError(f"the SVG has a <{local}> element")
        index = len(self.elements)
        if index >= MAX_ELEMENTS:
            raise UnsupportedError(f"the SVG has more than {MAX_ELEMENTS} elements")
        element = _Element()
        self.elements.append(element)
        if self.open:
            self.elements[self.open[-1]].children.append(index)
        self.open.append(index)
        self.has_text |= local in ("text", "tspan")
        self.in_style += local == "style"
        for key, value in attributes.items():
            self.attribute(local, key, value, element, index)

    def attribute(self, local: str, key: str, value: str, element: _Element, index: int) -> None:
        if key == "id":
            self.ids.setdefault(value, index)
        elif key in ("href", _XLINK_HREF):
            if value.startswith("#"):
                if local != "a":
                    element.uses.append(value[1:])
            elif local not in ("a", "image") or local == "image" and not _PICTURE_DATA.match(value):
                raise UnsupportedError(f"the SVG refers to something outside: {value[:60]!r}")
        elif key.lower().startswith("on"):
            raise UnsupportedError(f"the SVG has a script in the attribute {key}")
        elif "(" in value:
            element.uses += self.references(value)

    def references(self, style: str) -> Iterable[str]:
        """The names of elements in `url(#…)` of a style; UnsupportedError where it points outside."""
        for match in _URL.finditer(style):
            target = (match[1] or match[2] or match[3] or "").strip()
            if target.startswith("#"):
                yield target[1:]
            elif not _PICTURE_DATA.match(target):
                raise UnsupportedError(f"the SVG refers to something outside: {target[:60]!r}")

    def data(self, text: str) -> None:
        if self.in_style:
            if _IMPORT.search(text):
                raise UnsupportedError("the SVG has a style sheet that loads others or fonts")
            list(self.references(text))

    def instruction(self, target: str, text: str) -> None:
        if target == "xml-stylesheet":
            raise UnsupportedError("the SVG has a style sheet that loads others or fonts")

    def end(self, name: str) -> None:
        self.open.pop()
        self.in_style -= name.rpartition(" ")[2] == "style"

    def drawn(self) -> int:
        """How many elements are drawn, each as often as it is used; UnsupportedError for one that uses itself."""
        counts: list[int | None] = [None] * len(self.elements)
        active: set[int] = set()
        stack = [0]
        while stack:
            index = stack[-1]
            if counts[index] is not None:
                stack.pop()
                continue
            element = self.elements[index]
            below = [*element.children, *(self.ids[name] for name in element.uses if name in self.ids)]
            waiting = [child for child in below if counts[child] is None]
            if waiting:
                if index in active:
                    raise UnsupportedError("the SVG has an element that uses itself")
                active.add(index)
                stack.extend(waiting)
                continue
            active.discard(index)
            counts[index] = min(1 + sum(counts[child] or 0 for child in below), MAX_ELEMENTS + 1)
            stack.pop()
        return counts[0] or 0

    def canvas(self) -> Canvas:
        width, height = _pixels(self.root.get("width")), _pixels(self.root.get("height"))
        box = [float(number) for number in _NUMBER.findall(self.root.get("viewBox", ""))]
        if len(box) == 4 and box[2] > 0 and box[3] > 0:
            ratio = box[2] / box[3]
            if width is None and height is None:
                width, height = box[2], box[3]
            elif width is None and height is not None:
                width = height * ratio
            elif height is None and width is not None:
                height = width / ratio
        # CSS gives an SVG without any size 300 × 150 pixels; resvg takes 100 × 100, which is not more.
        width, height = 300.0 if width is None else width, 150.0 if height is None else height
        if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
            raise UnsupportedError(f"the SVG measures {width:g} × {height:g}")
        return Canvas(width, height, self.has_text)


def _pixels(length: str | None) -> float | None:
    """A length in CSS pixels; None for a share of something unknown."""
    match = _LENGTH.match(length or "")
    try:
        return float(match[1]) * _PIXELS[(match[2] or "").lower()] if match else None
    except ValueError:
        return None
