"""SVG → scene: shapes, paths, `use`, transforms, styles, text, and gradients as their mean colour.

Every SVG passes `svg.inspect` first, so that nothing here meets entities, scripts or references to the outside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from xml.etree import ElementTree

from ..convert.errors import Loss, Losses, ParseError, UnsupportedError
from ..convert.nodes import Node, Text
from ..convert.source import Source
from ..convert.writers.typst import rgb
from . import labels, scene
from .svg import inspect
from .tips import FORMS, backwards, cut_end, end_direction, form

PT: Final = 72.27 / 96
"""TeX points in a CSS pixel."""
MAX_PARTS: Final = 400_000
MAX_RULES: Final = 20_000
MAX_DEPTH: Final = 200
_SVG: Final = "{http://www.w3.org/2000/svg}"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COMMAND: Final = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_TRANSFORM: Final = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_UNITS: Final = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54}
_INHERITED: Final = (
    "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "fill-opacity",
    "stroke-opacity", "fill-rule", "font-size", "text-anchor", "font-weight", "font-style", "color", "visibility",
)  # fmt: skip


def read(source: Source | str, *, losses: Losses) -> scene.Scene:
    """The scene of an SVG. Raises what `svg.inspect` raises, and UnsupportedError where it draws too much."""
    source = source if isinstance(source, Source) else Source(source, "<svg>")
    canvas = inspect(source)
    root = ElementTree.fromstring(source.text.encode("utf-8", "replace"))
    reader = _Reader(root, losses)
    box = [float(number) for number in _NUMBER.findall(root.get("viewBox", ""))]
    if len(box) != 4 or box[2] <= 0 or box[3] <= 0:
        box = [0.0, 0.0, canvas.width, canvas.height]
    scale = min(canvas.width / box[2], canvas.height / box[3]) * PT
    matrix: scene.Matrix = (scale, 0.0, 0.0, -scale, -box[0] * scale, (box[1] + box[3]) * scale)
    items = reader.children(root, _Look({}, matrix, 1.0), 0)
    return scene.Scene(tuple(items), (0.0, 0.0, box[2] * scale, box[3] * scale))


@dataclass(frozen=True, slots=True)
class _Look:
    """What an element takes from those around it."""

    style: Mapping[str, str]
    matrix: scene.Matrix
    opacity: float


@dataclass(slots=True)
class _Reader:
    root: ElementTree.Element
    losses: Losses
    ids: dict[str, ElementTree.Element] = field(default_factory=dict)
    sheet: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    """Rules of style sheets by selector, each with its number."""
    count: int = 0
    rules: int = 0

    def __post_init__(self) -> None:
        for element in self.root.iter():
            if (name := element.get("id")) is not None:
                self.ids.setdefault(name, element)
            if element.tag == _SVG + "style":
                self.read_sheet(element.text or "")

    def read_sheet(self, text: str) -> None:
        *closed, _ = text.split("}")
        for rule in closed:
            before, _, body = rule.rpartition("{")
            selectors = before.rpartition("{")[2]  # without the condition of an @media around it
            if not selectors:
                continue
            rules = _declarations(body)
            for selector in selectors.split(","):
                self.rules += 1
                if self.rules > MAX_RULES:
                    raise UnsupportedError(f"the SVG has more than {MAX_RULES} rules of style")
                self.sheet.setdefault(selector.strip(), []).append((self.rules, rules))

    def lose(self, what: str, reason: str) -> None:
        loss = Loss(what, reason)
        if loss not in self.losses:
            self.losses.append(loss)

    def children(self, element: ElementTree.Element, look: _Look, depth: int) -> list[scene.Item]:
        if depth > MAX_DEPTH:
            raise UnsupportedError(f"the SVG nests deeper than {MAX_DEPTH} levels")
        return [item for child in element for item in self.element(child, look, depth)]

    def element(self, element: ElementTree.Element, look: _Look, depth: int, used: bool = False) -> list[scene.Item]:
        self.count += 1
        if self.count > MAX_PARTS:
            raise UnsupportedError(f"the SVG draws more than {MAX_PARTS} elements")
        tag = element.tag.removeprefix(_SVG) if isinstance(element.tag, str) else ""
        own = self.own_style(element)
        style = {**look.style, **{key: value for key, value in own.items() if value != "inherit"}}
        if style.get("display") == "none" or style.get("visibility") == "hidden":
            return []
        matrix = scene.multiply(_transform(element.get("transform", "")), look.matrix)
        opacity = look.opacity * _share(own.get("opacity", "1"))
        inner = _Look({key: style[key] for key in _INHERITED if key in style}, matrix, opacity)
        match tag:
            case "g" | "a" | "switch":
                return self.group(element, inner, style, depth)
            case "symbol" if not used:
                pass
            case "svg" | "symbol":
                x, y = _length(element.get("x")), _length(element.get("y"))
                moved = replace(inner, matrix=scene.multiply((1, 0, 0, 1, x, y), matrix))
                return self.children(element, moved, depth + 1)
            case "use":
                return self.use(element, inner, depth)
            case "path" | "rect" | "circle" | "ellipse" | "line" | "polyline" | "polygon":
                shape = _shape(tag, element)
                return [] if shape is None else self.paint(shape, style, matrix, opacity)
            case "text":
                return self.text(element, inner, style)
            case "image":
                self.lose("image", "pictures of pixels are no shapes")
            case "defs" | "title" | "desc" | "metadata" | "style" | "clipPath" | "mask" | "pattern" | "marker":
                pass
            case "linearGradient" | "radialGradient" | "filter":
                pass
            case _:
                if tag and not tag.startswith("{"):
                    self.lose(f"<{tag}>", "it is no shape that is known here")
        return []

    def group(
        self, element: ElementTree.Element, look: _Look, style: Mapping[str, str], depth: int
    ) -> list[scene.Item]:
        if element.get("data-tex") is not None and element.get("class") == "label":
            return [_own_label(element, look)]
        role = element.get("class") or ""
        if role == "arrow" and (arrow := self.arrow(element, look, depth)) is not None:
            return [arrow]
        clip = None
        target = re.match(r"url\(\s*['\"]?#([^)'\"]+)", style.get("clip-path", ""))
        if target is not None and (found := self.ids.get(target[1])) is not None:
            clip = self.clip(found, look.matrix)
        if "filter" in style or "mask" in style:
            self.lose("filter or mask", "it is left out")
        items = self.children(element, replace(look, opacity=1.0), depth + 1)
        if not items:
            return []
        kept = role if re.fullmatch(r"[\w -]{1,40}", role) else ""
        if not kept and clip is None and look.opacity == 1:
            return items
        return [scene.Group(tuple(items), kept, element.get("data-name", ""), clip=clip, opacity=look.opacity)]

    def arrow(self, element: ElementTree.Element, look: _Look, depth: int) -> scene.Path | None:
        """A line with tips that panmath wrote: its first shape, drawn out again to where the tips begin."""
        tips = {side: _tip(element.get(f"data-{side}")) for side in ("start", "end")}
        items = self.element(element[0], look, depth + 1) if len(element) else []
        if len(items) != 1 or not isinstance(items[0], scene.Path) or not any(tips.values()):
            return None
        path = items[0]
        parts = list(path.parts)
        for side, tip in tips.items():
            turned = backwards(parts) if side == "start" else parts
            direction = end_direction(turned)
            if tip is not None and direction is not None:
                turned = cut_end(turned, direction, -form(tip, path.style.width).back)
            parts = backwards(turned) if side == "start" else turned
        return replace(path, parts=tuple(parts), start=tips["start"], end=tips["end"])

    def clip(self, element: ElementTree.Element, matrix: scene.Matrix) -> scene.Shape | None:
        for child in element.iter():
            tag = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else ""
            if (shape := _shape(tag, child)) is not None:
                own = scene.multiply(_transform(child.get("transform", "")), matrix)
                return scene.transformed(replace(shape, style=scene.Style()), own)
        return None

    def use(self, element: ElementTree.Element, look: _Look, depth: int) -> list[scene.Item]:
        name = (element.get("href") or element.get(_HREF) or "").removeprefix("#")
        target = self.ids.get(name)
        if target is None:
            return []
        x, y = _length(element.get("x")), _length(element.get("y"))
        if depth > MAX_DEPTH:
            raise UnsupportedError(f"the SVG nests deeper than {MAX_DEPTH} levels")
        moved = replace(look, matrix=scene.multiply((1, 0, 0, 1, x, y), look.matrix))
        return self.element(target, moved, depth + 1, used=True)

    def own_style(self, element: ElementTree.Element) -> dict[str, str]:
        found = {key: value for key, value in element.attrib.items() if not key.startswith("{")}
        if self.sheet:
            tag = element.tag.removeprefix(_SVG)
            classes = {f".{name}" for name in (element.get("class") or "").split()}
            wanted = {tag, "*", f"#{element.get('id')}", *classes, *(tag + name for name in classes)}
            for _, rules in sorted(
                (one for name in wanted for one in self.sheet.get(name, ())), key=lambda one: one[0]
            ):
                found |= rules
        found |= _declarations(element.get("style", ""))
        return found

    def color(self, value: str, style: Mapping[str, str]) -> tuple[str, float]:
        """A paint as colour and opacity; "" for none."""
        value = value.strip()
        if value in ("none", "transparent", ""):
            return "", 1.0
        if value == "currentColor":
            return self.color(style.get("color", "black"), {})
        if value.startswith("url("):
            target = re.match(r"url\(\s*['\"]?#([^)'\"]+)", value)
            return self.gradient(self.ids.get(target[1]) if target else None, 0), 1.0
        match = re.match(r"(rgba?|hsla?)\(([^)]*)\)", value)
        if match is not None:
            numbers = re.findall(r"([-\d.]+)(%?)", match[2])
            if match[1].startswith("rgb") and len(numbers) >= 3:
                levels = [float(n) * (2.55 if percent else 1) for n, percent in numbers[:3]]
                opacity = float(numbers[3][0]) * (0.01 if numbers[3][1] else 1) if len(numbers) > 3 else 1.0
                return "#" + "".join(f"{min(255, max(0, round(level))):02x}" for level in levels), opacity
        if re.fullmatch(r"#[0-9a-fA-F]{3,4}", value):
            value = "#" + "".join(character * 2 for character in value[1:4])
        if re.fullmatch(r"#[0-9a-fA-F]{8}", value):
            return value[:7].lower(), int(value[7:], 16) / 255
        # CSS and xcolor mean different things by these two.
        known = {"green": "#008000", "lime": "#00ff00", "gray": "#808080", "grey": "#808080", "purple": "#800080",
                 "brown": "#a52a2a", "pink": "#ffc0cb", "orange": "#ffa500", "olive": "#808000", "violet": "#ee82ee",
                 "darkgray": "#a9a9a9", "lightgray": "#d3d3d3"}  # fmt: skip
        return known.get(value.lower()) or rgb(value) or "#000000", 1.0

    def gradient(self, element: ElementTree.Element | None, depth: int) -> str:
        """The mean colour of a gradient."""
        if element is None or depth > 8:
            return ""
        self.lose("gradient", "it is drawn in its mean colour")
        stops = [self.own_style(stop) for stop in element if stop.tag == _SVG + "stop"]
        if not stops:
            name = (element.get("href") or element.get(_HREF) or "").removeprefix("#")
            return self.gradient(self.ids.get(name), depth + 1)
        colors = [self.color(stop.get("stop-color", "black"), {})[0] or "#000000" for stop in stops]
        mean = [sum(int(color[place : place + 2], 16) for color in colors) / len(colors) for place in (1, 3, 5)]
        return "#" + "".join(f"{round(level):02x}" for level in mean)

    def paint(
        self, shape: scene.Shape, style: Mapping[str, str], matrix: scene.Matrix, opacity: float
    ) -> list[scene.Item]:
        fill, fill_alpha = self.color(style.get("fill", "black"), style)
        stroke, stroke_alpha = self.color(style.get("stroke", "none"), style)
        if isinstance(shape, scene.Path) and len(shape.parts) == 2 and isinstance(shape.parts[1], scene.Line):
            fill = ""
        if not fill and not stroke:
            return []
        scale = scene.scale_of(matrix)
        dashes = style.get("stroke-dasharray", "none")
        dash = tuple(_number(number) * scale for number in _NUMBER.findall(dashes)) if dashes != "none" else ()
        cap, join = style.get("stroke-linecap", "butt"), style.get("stroke-linejoin", "miter")
        own = scene.Style(
            stroke=stroke,
            fill=fill,
            width=_length(style.get("stroke-width", "1")) * scale,
            dash=dash if any(dash) else (),
            cap="round" if cap == "round" else "square" if cap == "square" else "butt",
            join="round" if join == "round" else "bevel" if join == "bevel" else "miter",
            stroke_opacity=_share(style.get("stroke-opacity", "1")) * opacity * stroke_alpha if stroke else 1.0,
            fill_opacity=_share(style.get("fill-opacity", "1")) * opacity * fill_alpha if fill else 1.0,
            even_odd=style.get("fill-rule") == "evenodd",
        )
        if style.get("marker-end", "none") != "none" or style.get("marker-start", "none") != "none":
            self.lose("marker", "arrow heads that are markers are left out")
        placed = replace(scene.transformed(shape, matrix), style=own)
        return [scene.recognise(placed) if isinstance(placed, scene.Path) else placed]

    def text(self, element: ElementTree.Element, look: _Look, style: Mapping[str, str]) -> list[scene.Item]:
        found: list[scene.Item] = []
        x, y = _length(element.get("x")), _length(element.get("y"))
        for piece, own, at in self.pieces(element, dict(style), (x, y)):
            words = " ".join(piece.split())
            if not words:
                continue
            size = _length(own.get("font-size", "16px"))
            a, b, c, d, _, _ = look.matrix
            scale = scene.scale_of(look.matrix)
            anchor: scene.Anchor = {"middle": "base", "end": "base east"}.get(own.get("text-anchor", ""), "base west")  # type: ignore[assignment]
            color, alpha = self.color(own.get("fill", "black"), own)
            bold = own.get("font-weight", "") in ("bold", "700", "800", "900")
            line: Node = Text(words, "bf" if bold else "")
            if words.count("$") >= 2:
                line = self.formula(words, line)
            turn = math.degrees(math.atan2(b, a))
            found.append(
                scene.Label(
                    scene.apply(look.matrix, at),
                    (line,),
                    size * scale,
                    color or "#000000",
                    anchor,
                    turn=turn,
                    opacity=look.opacity * alpha,
                )
            )
            del c, d
        return found

    def formula(self, words: str, plain: Node) -> Node:
        """Words with TeX between dollars, as matplotlib keeps them; `plain` where they are none."""
        try:
            return labels.read_line(words.replace(r"\mathdefault", ""), losses=[])
        except (ParseError, UnsupportedError):
            return plain

    def pieces(
        self, element: ElementTree.Element, style: dict[str, str], at: scene.Point
    ) -> list[tuple[str, dict[str, str], scene.Point]]:
        """The runs of a text, each where it begins; words without a place of their own follow those before."""
        found: list[tuple[str, dict[str, str], scene.Point]] = []
        if element.text and element.text.strip():
            found.append((element.text, style, at))
        for child in element:
            own = {**style, **self.own_style(child)}
            placed = child.get("x") is not None or child.get("y") is not None
            place = (_length(child.get("x"), at[0]), _length(child.get("y"), at[1]) + _length(child.get("dy")))
            inner = self.pieces(child, own, place)
            if not placed and found and inner and not child.get("dy"):
                words, kept, where = found[-1]
                found[-1] = (words + " " + inner[0][0], kept, where)
                inner = inner[1:]
            found += inner
            if child.tail and child.tail.strip():
                if found:
                    words, kept, where = found[-1]
                    found[-1] = (words + " " + child.tail, kept, where)
                else:
                    found.append((child.tail, style, at))
        return found


def _tip(text: str | None) -> scene.Tip | None:
    kind = (text or "").removesuffix(" reversed")
    return scene.Tip(kind, reversed=kind != text) if kind in FORMS else None


def _own_label(element: ElementTree.Element, look: _Look) -> scene.Label:
    """A label that panmath wrote, with its LaTeX."""
    losses: Losses = []
    text = element.get("data-tex", "")
    lines = tuple(labels.read_line(line, losses=losses) for line in text.split(r" \\ "))
    a, b, _, _, _, _ = look.matrix
    size = _length(element.get("data-size", "10")) * scene.scale_of(look.matrix)
    anchor: scene.Anchor = element.get("data-anchor", "center")  # type: ignore[assignment]
    color = element.get("fill", "#000000")
    turn = round(math.degrees(math.atan2(b, a)), 6)
    return scene.Label(
        scene.apply(look.matrix, (0.0, 0.0)), lines, size, color, anchor, turn=turn, opacity=look.opacity
    )


# Attributes


def _declarations(text: str) -> dict[str, str]:
    found = {}
    for part in text.split(";"):
        key, colon, value = part.partition(":")
        if colon:
            found[key.strip()] = value.replace("!important", "").strip()
    return found


def _number(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else 0.0


def _length(text: str | None, default: float = 0.0) -> float:
    match = re.match(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([a-z%]*)", text or "")
    return _number(match[1]) * _UNITS.get(match[2], 1.0) if match else default


def _share(text: str) -> float:
    match = re.match(r"\s*([\d.]+)(%?)", text)
    return min(1.0, max(0.0, float(match[1]) * (0.01 if match[2] else 1))) if match else 1.0


def _transform(text: str) -> scene.Matrix:
    found: scene.Matrix = scene.IDENTITY
    for name, body in _TRANSFORM.findall(text):
        numbers = [_number(number) for number in _NUMBER.findall(body)]
        one: scene.Matrix = scene.IDENTITY
        match name, len(numbers):
            case "matrix", 6:
                one = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
            case "translate", 1 | 2:
                one = (1, 0, 0, 1, numbers[0], numbers[1] if len(numbers) > 1 else 0.0)
            case "scale", 1 | 2:
                one = (numbers[0], 0, 0, numbers[-1], 0, 0)
            case "rotate", 1 | 3:
                x, y = (numbers[1], numbers[2]) if len(numbers) == 3 else (0.0, 0.0)
                one = scene.multiply(
                    scene.multiply((1, 0, 0, 1, -x, -y), scene.rotation(numbers[0])), (1, 0, 0, 1, x, y)
                )
            case "skewX", 1:
                one = (1, 0, math.tan(math.radians(numbers[0])), 1, 0, 0)
            case "skewY", 1:
                one = (1, math.tan(math.radians(numbers[0])), 0, 1, 0, 0)
        found = scene.multiply(one, found)
    return found


def _shape(tag: str, element: ElementTree.Element) -> scene.Shape | None:
    def get(name: str, default: float = 0.0) -> float:
        return _length(element.get(name), default)

    match tag:
        case "rect":
            if get("width") <= 0 or get("height") <= 0:
                return None
            rounding = max(get("rx"), get("ry"))
            return scene.Rectangle((get("x"), get("y")), get("width"), get("height"), rounding)
        case "circle":
            return scene.Circle((get("cx"), get("cy")), get("r")) if get("r") > 0 else None
        case "ellipse":
            rx, ry = get("rx"), get("ry")
            return scene.Ellipse((get("cx"), get("cy")), (rx, ry)) if rx > 0 and ry > 0 else None
        case "line":
            return scene.Path((scene.Move((get("x1"), get("y1"))), scene.Line((get("x2"), get("y2")))))
        case "polyline" | "polygon":
            numbers = [_number(number) for number in _NUMBER.findall(element.get("points", ""))]
            points = list(zip(numbers[::2], numbers[1::2], strict=False))
            if len(points) < 2:
                return None
            parts: list[scene.Part] = [scene.Move(points[0]), *(scene.Line(point) for point in points[1:])]
            return scene.Path((*parts, scene.Close()) if tag == "polygon" else tuple(parts))
        case "path":
            found = path_parts(element.get("d", ""))
            return scene.Path(tuple(found)) if len(found) > 1 else None
    return None


def path_parts(data: str) -> list[scene.Part]:
    """Path data as lines and curves; what comes after a mistake is left out, as SVG has it."""
    tokens = [(match[1], match[2]) for match in _COMMAND.finditer(data)]
    if len(tokens) > MAX_PARTS:
        raise UnsupportedError(f"a path has more than {MAX_PARTS} numbers")
    return _Pen(_unpacked_flags(tokens, data)).draw()


def _unpacked_flags(tokens: Sequence[tuple[str, str]], data: str) -> list[tuple[str, str]]:
    """The flags of arcs may be written together with what follows: ``a1 1 0 01.5 2``."""
    if "a" not in data and "A" not in data:
        return list(tokens)
    result: list[tuple[str, str]] = []
    for letter, body in re.findall(r"([A-Za-z])([^A-Za-z]*(?:[eE][-+]?\d[^A-Za-z]*)*)", data):
        if letter not in "MmLlHhVvCcSsQqTtAaZz":
            break
        result.append((letter, ""))
        if letter not in "aA":
            result += [("", number) for number in _NUMBER.findall(body)]
            continue
        rest, index = body, 0
        while rest.strip(" ,\n\t\r"):
            rest = rest.lstrip(" ,\n\t\r")
            match = re.match(r"[01]", rest) if index % 7 in (3, 4) else _NUMBER.match(rest)
            if match is None:
                break
            result.append(("", match[0]))
            rest = rest[match.end() :]
            index += 1
    return result


class _Pen:
    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens, self.place = tokens, 0
        self.at: scene.Point = (0.0, 0.0)
        self.begun: scene.Point = (0.0, 0.0)
        self.control: scene.Point | None = None
        self.parts: list[scene.Part] = []

    def numbers(self, count: int) -> list[float] | None:
        found = self.tokens[self.place : self.place + count]
        if len(found) < count or any(letter for letter, _ in found):
            return None
        self.place += count
        return [_number(number) for _, number in found]

    def draw(self) -> list[scene.Part]:
        command = ""
        while self.place < len(self.tokens):
            letter = self.tokens[self.place][0]
            if letter:
                command = letter
                self.place += 1
            elif command in "zZ":
                break
            elif command in "mM":
                command = "l" if command == "m" else "L"
            if not self.parts and command not in "mM":
                break
            if not self.step(command):
                break
        return self.parts

    def step(self, command: str) -> bool:
        kind, relative = command.upper(), command.islower()
        if kind == "Z":
            self.parts.append(scene.Close())
            self.at, self.control = self.begun, None
            return True
        count = {"M": 2, "L": 2, "T": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "A": 7}[kind]
        n = self.numbers(count)
        if n is None:
            return False
        if isinstance(self.parts[-1] if self.parts else None, scene.Close) and kind != "M":
            self.parts.append(scene.Move(self.at))
        x, y = self.at if relative else (0.0, 0.0)
        match kind:
            case "M":
                self.at = self.begun = (x + n[0], y + n[1])
                self.parts.append(scene.Move(self.at))
                self.control = None
            case "L" | "H" | "V":
                to = (x + n[0], y + n[1]) if kind == "L" else (x + n[0], self.at[1]) if kind == "H" else (
                    (self.at[0], y + n[0])
                )  # fmt: skip
                self.parts.append(scene.Line(to))
                self.at, self.control = to, None
            case "C" | "S":
                first = (x + n[0], y + n[1]) if kind == "C" else self.mirrored("C")
                second = (x + n[-4], y + n[-3])
                self.curve(first, second, (x + n[-2], y + n[-1]), second, "C")
            case "Q" | "T":
                middle = (x + n[0], y + n[1]) if kind == "Q" else self.mirrored("Q")
                to = (x + n[-2], y + n[-1])
                a = (self.at[0] + 2 / 3 * (middle[0] - self.at[0]), self.at[1] + 2 / 3 * (middle[1] - self.at[1]))
                b = (to[0] + 2 / 3 * (middle[0] - to[0]), to[1] + 2 / 3 * (middle[1] - to[1]))
                self.curve(a, b, to, middle, "Q")
            case "A":
                self.elliptic(n, (x + n[5], y + n[6]))
        return True

    kind = ""

    def mirrored(self, kind: str) -> scene.Point:
        if self.control is None or self.kind != kind:
            return self.at
        return (2 * self.at[0] - self.control[0], 2 * self.at[1] - self.control[1])

    def curve(self, first: scene.Point, second: scene.Point, to: scene.Point, control: scene.Point, kind: str) -> None:
        self.parts.append(scene.Curve(first, second, to))
        self.at, self.control, self.kind = to, control, kind

    def elliptic(self, n: Sequence[float], to: scene.Point) -> None:
        """An arc by its ends; the centre as in SVG 1.1, appendix F.6.5."""
        rx, ry, turn, large, sweep = abs(n[0]), abs(n[1]), n[2], n[3] != 0, n[4] != 0
        if not rx or not ry or to == self.at:
            self.parts.append(scene.Line(to))
            self.at, self.control = to, None
            return
        back, forth = scene.rotation(-turn), scene.rotation(turn)
        half = ((self.at[0] - to[0]) / 2, (self.at[1] - to[1]) / 2)
        x, y = scene.apply(back, half)
        grow = math.sqrt(max(1.0, (x / rx) ** 2 + (y / ry) ** 2))
        rx, ry = rx * grow, ry * grow
        rest = max(0.0, (rx * ry) ** 2 - (rx * y) ** 2 - (ry * x) ** 2) / ((rx * y) ** 2 + (ry * x) ** 2)
        factor = math.sqrt(rest) * (-1 if large == sweep else 1)
        cx, cy = factor * rx * y / ry, -factor * ry * x / rx
        start = math.degrees(math.atan2((y - cy) / ry, (x - cx) / rx))
        end = math.degrees(math.atan2((-y - cy) / ry, (-x - cx) / rx))
        if sweep and end < start:
            end += 360
        if not sweep and end > start:
            end -= 360
        shift = ((self.at[0] + to[0]) / 2, (self.at[1] + to[1]) / 2)
        place = scene.multiply((1, 0, 0, 1, cx, cy), scene.multiply(forth, (1, 0, 0, 1, *shift)))
        curves = scene.arc((0.0, 0.0), rx, ry, start, end)
        self.parts += [scene.map_part(curve, place) for curve in curves[:-1]]
        last = scene.map_part(curves[-1], place)
        assert isinstance(last, scene.Curve)
        self.parts.append(scene.Curve(last.first, last.second, to))
        self.at, self.control = to, None


__all__ = ["path_parts", "read"]
