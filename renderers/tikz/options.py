"""Options as pgfkeys has them, and the graphics state that they set."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ..scene import IDENTITY, Matrix, Point, Style, Tip, invert

CM: Final = 72.27 / 2.54


def split(text: str, mark: str = ",") -> list[str]:
    """The parts between the marks that stand outside braces, brackets and parentheses in braces."""
    parts, depth, start = [], 0, 0
    index = 0
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 2
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif character == mark and depth == 0:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    parts.append(text[start:])
    return parts


def pair(option: str) -> tuple[str, str | None]:
    """Key and value of ``key=value``; None where there is no value. Braces around a value are dropped."""
    depth = 0
    for index, character in enumerate(option):
        depth += (character in "{") - (character in "}")
        if character == "=" and depth == 0:
            return " ".join(option[:index].split()), unbraced(option[index + 1 :])
    return " ".join(option.split()), None


def unbraced(text: str) -> str:
    """The text without the braces around all of it."""
    text = text.strip()
    while text.startswith("{") and text.endswith("}") and _matches(text):
        text = text[1:-1].strip()
    return text


def _matches(text: str) -> bool:
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return index == len(text) - 1
    return False


def decimal(value: float) -> str:
    """A number as TeX reads it, to five places."""
    text = f"{value:.5f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def invert_safe(matrix: Matrix) -> Matrix:
    """The way back, or the identity where the plane is squeezed to a line."""
    try:
        return invert(matrix)
    except ValueError:
        return IDENTITY


WIDTHS: Final[Mapping[str, float]] = {
    "ultra thin": 0.1, "very thin": 0.2, "thin": 0.4, "semithick": 0.6, "thick": 0.8, "very thick": 1.2,
    "ultra thick": 1.6,
}  # fmt: skip


def dash(name: str, width: float) -> tuple[float, ...] | None:
    """A dash pattern of TikZ's by its name; None where it is none."""
    match name:
        case "solid":
            return ()
        case "dashed":
            return (3, 3)
        case "densely dashed":
            return (3, 2)
        case "loosely dashed":
            return (3, 6)
        case "dotted":
            return (width, 2)
        case "densely dotted":
            return (width, 1)
        case "loosely dotted":
            return (width, 4)
        case "dashdotted" | "dash dot":
            return (3, 2, width, 2)
        case "densely dashdotted":
            return (3, 1, width, 1)
        case "loosely dashdotted":
            return (3, 4, width, 4)
        case "dashdotdotted":
            return (3, 2, width, 2, width, 2)
    return None


SIZES: Final[Mapping[str, float]] = {
    "tiny": 5, "scriptsize": 7, "footnotesize": 8, "small": 9, "normalsize": 10, "large": 12, "Large": 14.4,
    "LARGE": 17.28, "huge": 20.74, "Huge": 24.88,
}  # fmt: skip
LEADINGS: Final[Mapping[float, float]] = {
    5: 6, 7: 8, 8: 9.5, 9: 11, 10: 12, 12: 14, 14.4: 18, 17.28: 22, 20.74: 25, 24.88: 30,
}  # fmt: skip


@dataclass(slots=True)
class State:
    """What options set. A scope, a path and a node each start from a copy of what is around them."""

    matrix: Matrix = IDENTITY
    canvas: Matrix = IDENTITY
    x: Point = (CM, 0.0)
    y: Point = (0.0, CM)
    z: Point = (-0.385 * CM, -0.385 * CM)
    logarithmic: tuple[bool, bool] = (False, False)
    color: str = "#000000"
    stroke_color: str = ""
    fill_color: str = ""
    text_color: str = ""
    draws: bool = False
    fills: bool = False
    clips: bool = False
    pattern: str = ""
    pattern_color: str = ""
    width: float = 0.4
    dash: str = "solid"
    dash_pattern: tuple[float, ...] | None = None
    cap: str = "butt"
    join: str = "miter"
    stroke_opacity: float = 1.0
    fill_opacity: float = 1.0
    text_opacity: float | None = None
    opacity: float = 1.0
    even_odd: bool = False
    double: float = 0.0
    double_color: str = ""
    rounding: float = 0.0
    start: Tip | None = None
    end: Tip | None = None
    default_tip: Tip = field(default_factory=Tip)
    shorten: tuple[float, float] = (0.0, 0.0)
    # Nodes
    shape: str = "rectangle"
    inner: tuple[float, float] = (3.333, 3.333)
    outer: float | None = None
    minimum: tuple[float, float] = (0.0, 0.0)
    sides: int = 5
    border_turn: float = 0.0
    aspect: float = 1.0
    anchor: str = "center"
    align: str = ""
    text_width: float = 0.0
    text_height: float | None = None
    text_depth: float | None = None
    font: tuple[str, ...] = ()
    size: float = 10.0
    name: str = ""
    at: Point | None = None
    contents: str | None = None
    node_matrix: Matrix = IDENTITY
    transform_shape: bool = False
    distance: tuple[float, float, bool] = (CM, CM, True)
    on_grid: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    quotes: tuple[str, ...] = ()
    label_distance: float = 0.0
    pin_distance: float = 3 * 4.30554
    pos: float | None = None
    sloped: bool = False
    auto: str = ""
    swap: bool = False
    # Edges
    out_angle: float | None = None
    in_angle: float | None = None
    bend: float | None = None
    relative: bool = False
    looseness: float = 1.0
    loop: bool = False
    min_distance: float = 0.0
    to_path: str = ""
    edge_nodes: tuple[str, ...] = ()
    # Trees
    level: int = 0
    level_distance: float = 1.5 * CM
    sibling_distance: float = 1.5 * CM
    grow: float = -90.0
    mirrored: bool = False
    first_angle: float | None = None
    cyclic: bool = False
    sibling_angle: float = 20.0
    missing: bool = False
    parent_anchor: str = ""
    child_anchor: str = ""
    fork: str = ""
    concept_color: str = "#000000"
    parent_color: str = ""
    concepts: bool = False
    bar: tuple[str, str] | None = None
    # Plots and paths
    samples: int = 25
    domain: tuple[str, str] | None = None
    samples_at: str = ""
    variable: str = "x"
    smooth: str = ""
    tension: float = 0.5
    mark: str = ""
    radius: tuple[float, float] = (0.0, 0.0)
    start_angle: float | None = None
    end_angle: float | None = None
    delta_angle: float | None = None
    step: tuple[float, float] | None = None
    decoration: dict[str, str] = field(default_factory=dict)
    decorates: bool = False
    post: tuple[str, ...] = ()
    pre: tuple[str, ...] = ()
    path_name: str = ""
    path_picture: str = ""
    matrix_kind: str = ""
    row_sep: float = 0.0
    column_sep: float = 0.0
    empty_cells: bool = False
    ampersand: str = "&"
    angle_radius: float = 14.2264
    angle_eccentricity: float = 0.6
    background: bool = False
    picture: dict[str, str] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)

    def copy(self) -> State:
        return copy.copy(self)

    @property
    def ink(self) -> str:
        return self.stroke_color or self.color

    @property
    def paint(self) -> str:
        return self.fill_color or self.color

    @property
    def words(self) -> str:
        return self.text_color or self.color

    def resolved(self, tip: Tip | None) -> Tip | None:
        """A tip by its name: ``>`` is what ``>=`` says when the path is drawn."""
        if tip is None or tip.kind:
            return tip
        default = self.default_tip
        return Tip(default.kind, default.scale * tip.scale, default.reversed != tip.reversed, tip.count)

    def style(self) -> Style:
        dashes = self.dash_pattern if self.dash_pattern is not None else dash(self.dash, self.width)
        return Style(
            stroke=self.ink if self.draws else "",
            fill=self.paint if self.fills else "",
            width=self.width,
            dash=dashes or (),
            cap=self.cap,  # type: ignore[arg-type]  # the readers of the options check it
            join=self.join,  # type: ignore[arg-type]
            stroke_opacity=self.stroke_opacity * self.opacity if self.draws else 1.0,
            fill_opacity=self.fill_opacity * self.opacity if self.fills else 1.0,
            even_odd=self.even_odd,
        )
