"""What each option does to the graphics state: a table of names and what is done."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from ..scene import Matrix, Point, apply, multiply, rotation
from .expressions import Function
from .nodes import SHAPES
from .options import CM, SIZES, State, decimal, invert_safe, pair, split, unbraced

if TYPE_CHECKING:
    from .keys import Keys


Action: TypeAlias = "Callable[[Keys, State, str], None]"


def _set_color(kind: str) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        if kind == "draw":
            state.draws = value != "none"
        elif kind == "fill":
            state.fills = value != "none"
        if value and value != "none":
            setattr(
                state, {"draw": "stroke_color", "fill": "fill_color", "text": "text_color"}[kind], keys.color(value)
            )

    return action


def _color(keys: Keys, state: State, value: str) -> None:
    state.color = keys.color(value)
    state.stroke_color = state.fill_color = state.text_color = ""


def _length(name: str, unit: float = 1.0) -> Action:
    return lambda keys, state, value: setattr(state, name, keys.length(value, state, unit))


def _number(name: str) -> Action:
    return lambda keys, state, value: setattr(state, name, keys.number(value))


def _text(name: str) -> Action:
    return lambda keys, state, value: setattr(state, name, value)


def _flag(name: str) -> Action:
    return lambda keys, state, value: setattr(state, name, value != "false")


def _opacity(*names: str) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        amount = min(1.0, max(0.0, keys.number(value)))
        for name in names:
            setattr(state, name, amount)

    return action


def _both(name: str, index: int | None = None, unit: float = 1.0) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        length = keys.length(value, state, unit)
        old = getattr(state, name)
        new = (length, length) if index is None else (length, old[1]) if index == 0 else (old[0], length)
        setattr(state, name, new)

    return action


def _moved(state: State, matrix: Matrix) -> None:
    state.matrix = multiply(matrix, state.matrix)


def _vector(keys: Keys, state: State, value: str) -> Point:
    """A coordinate without parentheses: numbers count in the axes' units."""
    text = value.strip().removeprefix("(").removesuffix(")")
    parts = split(text)
    if len(parts) == 1:
        return apply(invert_safe(state.matrix), keys.target(text)[0])
    x, y = (keys.evaluate(part, state) for part in parts[:2])
    point = (x[0] if x[1] else x[0] * state.x[0], y[0] if y[1] else y[0] * state.y[1])
    return (point[0] + (0 if y[1] else y[0] * state.y[0]), point[1] + (0 if x[1] else x[0] * state.x[1]))


def _shift(keys: Keys, state: State, value: str) -> None:
    _moved(state, (1, 0, 0, 1, *_vector(keys, state, value)))


def _xshift(keys: Keys, state: State, value: str) -> None:
    _moved(state, (1, 0, 0, 1, keys.length(value, state), 0))


def _yshift(keys: Keys, state: State, value: str) -> None:
    _moved(state, (1, 0, 0, 1, 0, keys.length(value, state)))


def _rotate(keys: Keys, state: State, value: str) -> None:
    _moved(state, rotation(keys.number(value)))


def _scale(keys: Keys, state: State, value: str) -> None:
    factor = keys.number(value)
    _moved(state, (factor, 0, 0, factor, 0, 0))


def _xscale(keys: Keys, state: State, value: str) -> None:
    _moved(state, (keys.number(value), 0, 0, 1, 0, 0))


def _yscale(keys: Keys, state: State, value: str) -> None:
    _moved(state, (1, 0, 0, keys.number(value), 0, 0))


def _slant(x: bool) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        factor = keys.number(value)
        _moved(state, (1, 0, factor, 1, 0, 0) if x else (1, factor, 0, 1, 0, 0))

    return action


def _rotate_around(keys: Keys, state: State, value: str) -> None:
    angle, _, center = value.partition(":")
    x, y = _vector(keys, state, center)
    _moved(state, (1, 0, 0, 1, x, y))
    _moved(state, rotation(keys.number(angle)))
    _moved(state, (1, 0, 0, 1, -x, -y))


def _unit_vector(name: str) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        if "," in value:
            setattr(state, name, _vector(keys, state, value))
            return
        length = keys.length(value, state, CM)
        setattr(state, name, (length, 0.0) if name == "x" else (0.0, length) if name == "y" else (-length, -length))

    return action


def _canvas(keys: Keys, state: State, value: str) -> None:
    inner = State()
    keys.apply(inner, value)
    state.canvas = multiply(inner.matrix, state.canvas)


def _rounded(keys: Keys, state: State, value: str) -> None:
    state.rounding = keys.length(value, state) if value else 4.0


def _sharp(keys: Keys, state: State, value: str) -> None:
    state.rounding = 0.0


def _font(keys: Keys, state: State, value: str) -> None:
    commands = re.findall(r"\\([A-Za-z]+)", keys.expanded(value))
    for command in commands:
        if command in SIZES:
            state.size = SIZES[command]
    rest = tuple(command for command in commands if command not in SIZES)
    state.font = rest if rest or not commands else state.font
    size = re.search(r"\\fontsize\s*\{([\d.]+)", value)
    if size is not None:
        state.size = float(size[1])


def _bend(sign: int) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        angle = keys.number(value) if value else abs(state.bend or 30.0)
        state.bend = sign * angle
        state.out_angle = state.in_angle = None
        state.relative = True

    return action


def _angle(name: str) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        setattr(state, name, keys.number(value))
        state.bend = None

    return action


def _looseness(keys: Keys, state: State, value: str) -> None:
    state.looseness = keys.number(value)
    if state.bend is None and state.out_angle is None and state.in_angle is None:
        state.out_angle, state.in_angle = 45.0, 135.0


def _loop(keys: Keys, state: State, value: str, angle: float | None = None) -> None:
    state.loop, state.looseness, state.min_distance = True, 8.0, 14.2264
    if angle is not None:
        state.out_angle, state.in_angle = angle + 15, angle - 15


def _loop_at(angle: float) -> Action:
    return lambda keys, state, value: _loop(keys, state, value, angle)


def _label(keys: Keys, state: State, value: str) -> None:
    state.labels = (*state.labels, ("label", value))


def _pin(keys: Keys, state: State, value: str) -> None:
    state.labels = (*state.labels, ("pin", value))


def _default_tip(keys: Keys, state: State, value: str) -> None:
    tip = state.resolved(keys.tip(unbraced(value), state, ">"))
    if tip is not None:
        state.default_tip = tip


def _arrows(keys: Keys, state: State, value: str) -> None:
    keys.arrows(state, value)


def _shorten(index: int) -> Action:
    return _both("shorten", index)


def _domain(keys: Keys, state: State, value: str) -> None:
    low, _, high = keys.expanded(value).partition(":")
    state.domain = (low, high)


def _integer(name: str) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        number = keys.number(value)
        if not 0 <= number <= 20_000:
            raise keys.refuse(f"{name} is {number:g}, and should be from 0 to 20000")
        setattr(state, name, int(number))

    return action


def _radius(index: int | None) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        if " and " in value:
            a, _, b = value.partition(" and ")
            state.radius = (keys.length(a, state, CM), keys.length(b, state, CM))
            return
        length, is_length = keys.evaluate(value, state)
        x = length if is_length else length * math.hypot(*state.x)
        y = length if is_length else length * math.hypot(*state.y)
        old = state.radius
        state.radius = (x, y) if index is None else (x, old[1]) if index == 0 else (old[0], y)

    return action


def _step(index: int | None) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        text = value.strip()
        if text.startswith("("):
            state.step = _vector(keys, state, text)
            return
        length, is_length = keys.evaluate(text, state)
        x = length if is_length else length * math.hypot(*state.x)
        y = length if is_length else length * math.hypot(*state.y)
        old = state.step or (CM, CM)
        state.step = (x, y) if index is None else (x, old[1]) if index == 0 else (old[0], y)

    return action


def _decoration(keys: Keys, state: State, value: str) -> None:
    found = dict(state.decoration)
    for option in split(value):
        key, given = pair(option.strip())
        if not key:
            continue
        if given is None and key in ("mirror", "transform"):
            found[key] = ""
        elif given is None:
            found["name"] = key
        elif key == "mark":
            found["marks"] = f"{found.get('marks', '')}\0{given}"
        else:
            found[key] = given
    state.decoration = found


def _pattern(keys: Keys, state: State, value: str) -> None:
    state.pattern = value


def _post(keys: Keys, state: State, value: str) -> None:
    state.post = (*state.post, value)


def _dash_pattern(keys: Keys, state: State, value: str) -> None:
    lengths = re.findall(r"(?:on|off)\s+(\S+)", value)
    state.dash_pattern = tuple(keys.length(length, state) for length in lengths)


def _double(keys: Keys, state: State, value: str) -> None:
    state.draws = True
    state.double = state.double or 0.6
    state.double_color = keys.color(value) if value else "#ffffff"


def _distance(keys: Keys, state: State, value: str) -> None:
    state.distance = keys.distance(value, state)


def _at(keys: Keys, state: State, value: str) -> None:
    state.at = keys.target(value)[0]


def _tikzset(keys: Keys, state: State, value: str) -> None:
    keys.apply(state, value)


def _shape(keys: Keys, state: State, value: str) -> None:
    if value not in SHAPES:
        raise keys.refuse(f"the shape {value!r} is not known")
    state.shape = value


def _pos(keys: Keys, state: State, value: str) -> None:
    state.pos = keys.number(value)


def _anchor(keys: Keys, state: State, value: str) -> None:
    is_sum = re.fullmatch(r"[-+*/().\d\s]+", value) is not None
    state.anchor = decimal(keys.number(value)) if is_sum else value


def _auto(keys: Keys, state: State, value: str) -> None:
    state.auto = value if value in ("left", "right") else "left"


def _nodes(keys: Keys, state: State, value: str) -> None:
    state.styles = {**state.styles, "every node": f"{state.styles.get('every node', '')},{value}"}


def _node(keys: Keys, state: State, value: str) -> None:
    state.edge_nodes = (*state.edge_nodes, value)


def _ignored(reason: str) -> Action:
    return lambda keys, state, value: keys.lose(value, reason)


def _declare(keys: Keys, state: State, value: str) -> None:
    for name, parameters, body in re.findall(r"([A-Za-z]\w*)\s*\(([^)]*)\)\s*=\s*([^;]*);", value):
        names = tuple(part.strip() for part in parameters.split(","))
        keys.functions[name] = Function(names, keys.expanded(body))


_GROWING: Final = {"up": 90, "down": -90, "left": 180, "right": 0, "north": 90, "south": -90, "west": 180, "east": 0,
                   "north east": 45, "north west": 135, "south east": -45, "south west": -135}  # fmt: skip


def _grow(mirrored: bool) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        known = _GROWING.get(value)
        state.grow = float(known) if known is not None else keys.number(value)
        state.mirrored, state.first_angle, state.cyclic = mirrored, None, False

    return action


def _cyclic(keys: Keys, state: State, value: str) -> None:
    state.cyclic, state.first_angle, state.grow = True, None, 0.0


def _turning(sign: int) -> Action:
    def action(keys: Keys, state: State, value: str) -> None:
        state.first_angle = keys.number(value)
        state.mirrored = sign < 0

    return action


def _fork(direction: str) -> Action:
    return lambda keys, state, value: setattr(state, "fork", direction)


def _concept(keys: Keys, state: State, value: str) -> None:
    state.shape, state.draws, state.fills = "circle", True, True
    state.stroke_color = state.fill_color = state.concept_color


def _concept_color(keys: Keys, state: State, value: str) -> None:
    state.parent_color, state.concept_color = state.concept_color, keys.color(value)


def _bar(keys: Keys, state: State, value: str) -> None:
    state.bar = (state.concept_color, state.concept_color)


def _switching_bar(keys: Keys, state: State, value: str) -> None:
    match = re.fullmatch(r"from\s*\((.*?)\)\s*to\s*\((.*?)\)", value.strip())
    if match is None:
        raise keys.refuse("a bar switches its colour from (one) to (another)")
    state.bar = (keys.color(match[1]), keys.color(match[2]))


ACTIONS: Final[Mapping[str, Action]] = {
    "draw": _set_color("draw"), "fill": _set_color("fill"), "text": _set_color("text"), "color": _color,
    "line width": _length("width"), "opacity": _opacity("opacity"), "draw opacity": _opacity("stroke_opacity"),
    "fill opacity": _opacity("fill_opacity", "text_opacity"), "text opacity": _opacity("text_opacity"),
    "inner sep": _both("inner"), "inner xsep": _both("inner", 0), "inner ysep": _both("inner", 1),
    "outer sep": _length("outer"), "outer xsep": _length("outer"), "outer ysep": _length("outer"),
    "minimum size": _both("minimum"), "minimum width": _both("minimum", 0), "minimum height": _both("minimum", 1),
    "text width": _length("text_width"), "text height": _length("text_height"), "text depth": _length("text_depth"),
    "align": _text("align"), "name": _text("name"), "alias": _text("name"), "anchor": _anchor,
    "shape": _shape, "font": _font, "node font": _font, "node contents": _text("contents"), "at": _at, "shift": _shift,
    "xshift": _xshift, "yshift": _yshift, "rotate": _rotate, "scale": _scale, "xscale": _xscale, "yscale": _yscale,
    "xslant": _slant(True), "yslant": _slant(False), "rotate around": _rotate_around, "x": _unit_vector("x"),
    "y": _unit_vector("y"), "z": _unit_vector("z"), "transform canvas": _canvas, "rounded corners": _rounded,
    "sharp corners": _sharp, "bend left": _bend(1), "bend right": _bend(-1), "out": _angle("out_angle"),
    "in": _angle("in_angle"), "looseness": _looseness, "relative": _flag("relative"), "loop": _loop,
    "loop above": _loop_at(90), "loop below": _loop_at(270), "loop left": _loop_at(180), "loop right": _loop_at(0),
    "min distance": _length("min_distance"), "to path": _text("to_path"), "label": _label, "pin": _pin,
    "label distance": _length("label_distance"), "pin edge": lambda k, s, v: None,
    "pin distance": _length("pin_distance"), ">": _default_tip,
    "arrows": _arrows, "shorten <": _shorten(0), "shorten >": _shorten(1), "domain": _domain,
    "samples": _integer("samples"), "samples at": _text("samples_at"), "smooth": lambda k, s, v: setattr(s, "smooth",
    "open"),
    "smooth cycle": lambda k, s, v: setattr(s, "smooth", "cycle"), "tension": _number("tension"),
    "variable": lambda k, s, v: setattr(s, "variable", v.strip().removeprefix("\\")), "mark": _text("mark"),
    "radius": _radius(None), "x radius": _radius(0), "y radius": _radius(1), "start angle": _number("start_angle"),
    "end angle": _number("end_angle"), "delta angle": _number("delta_angle"), "step": _step(None), "xstep": _step(0),
    "ystep": _step(1), "decoration": _decoration, "decorate": _flag("decorates"), "postaction": _post,
    "preaction": _post,
    "dash pattern": _dash_pattern, "dash phase": _ignored("dashes start at their beginning"), "double": _double,
    "double distance": _length("double"), "node distance": _distance, "pattern": _pattern, "pattern color": (
        lambda k, s, v: setattr(s, "pattern_color", k.color(v))
    ), "pos": _pos, "sloped": _flag("sloped"), "auto": _auto, "swap": _flag("swap"), "nodes": _nodes,
    "edge node": _node, "every node": lambda k, s, v: None, "line cap": lambda k, s, v: setattr(
        s, "cap", {"rect": "square"}.get(v, v)
    ), "line join": _text("join"), "even odd rule": _flag("even_odd"), "transform shape": _flag("transform_shape"),
    "on grid": _flag("on_grid"), "clip": _flag("clips"), "name path": _text("path_name"),
    "name path global": _text("path_name"), "path picture": _text("path_picture"),
    "name intersections": lambda k, s, v: k.name_crossings(s, v), "level distance": _length("level_distance"),
    "sibling distance": _length("sibling_distance"), "sibling angle": _number("sibling_angle"), "grow": _grow(False),
    "grow'": _grow(True), "clockwise from": _turning(-1), "counterclockwise from": _turning(1),
    "missing": _flag("missing"),
    "parent anchor": _text("parent_anchor"), "child anchor": _text("child_anchor"),
    "grow cyclic": _cyclic, "concept": _concept, "concept color": _concept_color,
    "concepts in trees": _flag("concepts"), "circle connection bar": _bar,
    "circle connection bar switch color": _switching_bar,
    "edge from parent fork down": _fork("down"), "edge from parent fork up": _fork("up"),
    "edge from parent fork left": _fork("left"), "edge from parent fork right": _fork("right"),
    "regular polygon sides": _integer("sides"),
    "star points": _integer("sides"), "shape border rotate": _number("border_turn"), "aspect": _number("aspect"),
    "row sep": lambda k, s, v: setattr(s, "row_sep", k.length(v.replace("between origins", "").rstrip(" ,"), s)),
    "column sep": lambda k, s, v: setattr(s, "column_sep", k.length(v.replace("between origins", "").rstrip(" ,"), s)),
    "matrix of nodes": lambda k, s, v: setattr(s, "matrix_kind", "nodes"), "matrix": _text("matrix_kind"),
    "matrix of math nodes": lambda k, s, v: setattr(s, "matrix_kind", "math"),
    "nodes in empty cells": _flag("empty_cells"), "ampersand replacement": _text("ampersand"),
    "angle radius": _length("angle_radius"), "angle eccentricity": _number("angle_eccentricity"),
    "on background layer": _flag("background"), "declare function": _declare, "style": _tikzset, "inner frame sep": (
        lambda k, s, v: None
    ), "mark size": lambda k, s, v: None, "only marks": lambda k, s, v: setattr(s, "mark", s.mark or "*"),
    "help lines": lambda k, s, v: k.apply(s, "line width=0.2pt, gray"), "cm": lambda k, s, v: _cm(k, s, v),
    "cells": _nodes, "text badly centered": lambda k, s, v: setattr(s, "align", "center"), "path": lambda k, s, v: None,
}  # fmt: skip


def _cm(keys: Keys, state: State, value: str) -> None:
    parts = split(value)
    if len(parts) < 5:
        raise keys.refuse("cm takes four numbers and a coordinate")
    a, b, c, d = (keys.number(part) for part in parts[:4])
    _moved(state, (a, b, c, d, *_vector(keys, state, ",".join(parts[4:]))))
