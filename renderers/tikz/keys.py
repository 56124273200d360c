"""What every option does to the graphics state, and numbers and lengths as they stand in options."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

from ...convert.errors import EdgeError, Loss, Losses, UnsupportedError
from ...convert.readers.tex.tokens import Macro, TokenStack, join_parameters, tokenize
from ...convert.source import Source
from ..scene import IDENTITY, Matrix, Point, Tip, apply, multiply, rotation
from ..tips import FORMS
from . import mindmaps
from .colors import ColorError, mixed
from .expressions import UNITS, Environment, Expression, ExpressionError, Function, compile_expression
from .nodes import DIRECTIONS, OPPOSITE, SHAPES, NodeBox
from .options import CM, SIZES, WIDTHS, State, dash, pair, split, unbraced

SECONDS: Final = 20.0
MAX_DEPTH: Final = 40
_PLACES: Final = {
    "above": "north", "below": "south", "left": "west", "right": "east", "above left": "north west",
    "above right": "north east", "below left": "south west", "below right": "south east",
}  # fmt: skip
_POSITIONS: Final = {
    "midway": 0.5, "near start": 0.25, "near end": 0.75, "very near start": 0.125, "very near end": 0.875,
    "at start": 0.0, "at end": 1.0,
}  # fmt: skip
_HARMLESS: Final = frozenset(
    ("baseline", "inline", "remember picture", "overlay", "trim left", "trim right", "use as bounding box",
     "text centered",
     "nodes near coords align", "allow upside down", "execute at begin picture", "execute at end picture", "ragged",
     "every mark", "line cap rounded", "shape border uses incircle", "tight background", "delay", "name prefix",
     "miter limit", "local bounding box", "auto=false", "badness warnings for centered text", "transform canvas reset",
     "nonzero rule", "append after command", "prefix after command", "shading angle", "smooth cycle dummy")
)  # fmt: skip
_SHADINGS: Final = ("top color", "bottom color", "left color", "right color", "middle color", "inner color",
                    "outer color", "ball color", "shading", "shade")  # fmt: skip


class Keys(TokenStack, ABC):
    """Expressions, macros and options; reader.py draws with them."""

    max_input = 2_000_000
    subject = "figure"

    def __init__(self, source: Source, losses: Losses, macros: Mapping[str, str | Macro]) -> None:
        super().__init__(source, macros)
        self._budget = 2_000_000
        self.losses = losses
        self.functions: dict[str, Function] = {}
        self.colors: dict[str, str] = {}
        self.here = 0
        self.nesting = 0
        self.until = monotonic() + SECONDS
        self.styles: dict[str, str] = dict(mindmaps.STYLES)

    # Errors

    def refuse(self, message: str) -> UnsupportedError:
        """The error for what is understood by TikZ and not by us, or wrong; says where."""
        at = min(self.here, max(0, len(self.source.text) - 1))
        line, column = self.source.position(at)
        snippet = self.source.snippet((at, at + 1))
        return UnsupportedError(f"{self.source.name}:{line}:{column}: {message}\n{snippet}")

    def take(self) -> tuple[str, int]:
        if not self.toks:
            raise self.refuse("the figure ends where more should stand")
        return super().take()

    def lose(self, what: str, reason: str) -> None:
        loss = Loss(what, reason, (self.here, self.here + 1))
        if not any(old.what == what and old.reason == reason for old in self.losses):
            self.losses.append(loss)

    def watch(self) -> None:
        if monotonic() > self.until:
            raise EdgeError(f"reading the figure took more than {SECONDS:g} s")

    # Words

    def word_next(self, word: str) -> bool:
        """Takes a word if it comes next."""
        self.skip_blanks()
        while self.toks and self.toks[-1] in self.macros:
            self.expand(*self.take())
            self.skip_blanks()
        if len(self.toks) < len(word):
            return False
        ahead = "".join(self.toks[-1 : -len(word) - 1 : -1])
        following = self.toks[-len(word) - 1] if len(self.toks) > len(word) else ""
        if ahead != word or following.isalpha():
            return False
        for _ in word:
            self.take()
        return True

    def rest_of_word(self, first: str) -> str:
        word = first
        while self.toks and self.toks[-1].isalpha() and len(self.toks[-1]) == 1:
            word += self.take()[0]
        return word

    def expect(self, tok: str) -> None:
        if not self.take_if(tok):
            raise self.refuse(f"{tok!r} should stand here")

    # Text

    def expanded(self, tokens: list[str] | str) -> str:
        """The text with the user's macros replaced; all other commands stay."""
        written = tokenize(tokens) if isinstance(tokens, str) else tokens
        if not any(tok[0] == "\\" for tok in written):
            return "".join(tok for tok in written if tok[0] != "%")
        self.nesting += 1
        if self.nesting > MAX_DEPTH:
            raise self.refuse(f"macros nest deeper than {MAX_DEPTH} levels")
        kept = self.toks, self.pos
        self.toks, self.pos = list(reversed(written)), [self.here] * len(written)
        # In the body of a style there are arguments still to come, before which nothing can be calculated.
        waiting = any("#" in tok for tok in written)
        result: list[str] = []
        while self.toks:
            tok, at = self.take()
            if tok in self.macros:
                self.expand(tok, at)
            elif waiting and tok in ("\\pgfmathparse", "\\pgfmathprintnumber"):
                result.append(tok)
            elif tok == "\\pgfmathparse":
                self.parse_result()
            elif tok == "\\pgfmathprintnumber":
                self.raw_option()
                result.append(f"{self.number(self.expanded(self.raw_group(tok, at))):.4g}")
            elif tok == "\\the":
                continue
            elif tok[0] != "%":
                result.append(tok)
        self.toks, self.pos = kept
        self.nesting -= 1
        return "".join(result)

    def parse_result(self) -> None:
        value = self.number(self.expanded(self.raw_group("\\pgfmathparse", self.here)))
        self.macros["\\pgfmathresult"] = Macro((), tuple(tokenize(_plain(value))))

    def bind(self, name: str, value: str) -> None:
        self.define(name, Macro((), tuple(tokenize(value))))

    # Numbers

    def compiled(self, text: str, state: State | None = None) -> Expression:
        # TikZ works options out before it sets the font that they name, so that em is that of the text around.
        try:
            expression = compile_expression(text.replace("{}", " "), self.functions)
        except ExpressionError as error:
            raise self.refuse(str(error)) from error

        def checked(environment: Environment) -> float:
            try:
                return expression.value(environment)
            except ExpressionError as error:
                raise self.refuse(str(error)) from error

        return Expression(checked, expression.is_length)

    def evaluate(self, text: str, state: State | None = None, **variables: float) -> tuple[float, bool]:
        """The value, and whether a unit stands in it."""
        if state is not None:
            variables = {"pgflinewidth": state.width, "linewidth": 345.0, "textwidth": 345.0, **variables}
        elif "pgflinewidth" in text:
            variables = {"pgflinewidth": 0.4, **variables}
        is_length = "\\pgflinewidth" in text or "\\textwidth" in text or "\\linewidth" in text
        text = unbraced(text)
        try:
            value = float(text)
        except ValueError:
            pass
        else:
            if math.isfinite(value):
                return value, False
        expression = self.compiled(text, state)
        value = expression(**variables)
        if not math.isfinite(value):
            raise self.refuse(f"the expression {text!r} has no finite value")
        return value, expression.is_length or is_length

    def number(self, text: str) -> float:
        return self.evaluate(text)[0]

    def length(self, text: str, state: State, unit: float = 1.0) -> float:
        """A length in points; a bare number counts in `unit`."""
        value, is_length = self.evaluate(text, state)
        return value if is_length else value * unit

    def color(self, text: str) -> str:
        try:
            return mixed(text, self.colors)
        except ColorError as error:
            raise self.refuse(str(error)) from error

    def is_color(self, text: str) -> bool:
        try:
            mixed(text, self.colors)
        except ColorError:
            return False
        return True

    # Options

    def apply(self, state: State, text: str) -> None:
        """Sets what a list of options says, in order."""
        self.nesting += 1
        if self.nesting > MAX_DEPTH:
            raise self.refuse(f"styles nest deeper than {MAX_DEPTH} levels; does one name itself?")
        folder = ""
        for option in split(text):
            option = option.strip()
            if option.endswith("/.cd"):
                folder = "pics/" if option.removesuffix("/.cd").strip(" /") == "pics" else ""
            elif option:
                self.option(state, option if option.startswith("/") else folder + option)
        self.nesting -= 1

    def option(self, state: State, option: str) -> None:
        if option.startswith('"'):
            state.quotes = (*state.quotes, option)
            return
        key, value = pair(option)
        if "/." in key:
            self.handler(state, key, value)
            return
        key = key.removeprefix("/tikz/").removeprefix("tikz/")
        if value is not None and value.startswith("\\pgf") and "\\" in value:
            value = self.expanded(value)
        style = state.styles.get(key) or self.styles.get(key)
        if style is not None:
            self.apply_style(state, style, value)
            return
        if key in ACTIONS:
            ACTIONS[key](self, state, value or "")
            return
        if self.simple(state, key, value):
            return
        raise self.refuse(f"the option {option[:60]!r} is not known")

    def simple(self, state: State, key: str, value: str | None) -> bool:
        """Options that are values themselves: widths, dashes, shapes, colours, places, arrows."""
        if key in WIDTHS:
            state.width = WIDTHS[key]
        elif dash(key, 1.0) is not None:
            state.dash, state.dash_pattern = key, None
        elif key in SHAPES:
            state.shape = key
        elif key in _PLACES:
            self.place(state, key, value)
        elif key.endswith(" of") and key[:-3] in _PLACES and value:
            self.place_at_distance(state, key[:-3], value)
        elif key in _POSITIONS:
            state.pos = _POSITIONS[key]
        elif key in _HARMLESS or key.startswith("every ") and value is None:
            pass
        elif key in _SHADINGS:
            self.shade(state, key, value)
        elif value is None and self.is_arrow(key):
            self.arrows(state, key)
        elif value is None and self.is_color(key):
            state.color = self.color(key)
            state.stroke_color = state.fill_color = state.text_color = ""
        else:
            return False
        return True

    def shade(self, state: State, key: str, value: str | None) -> None:
        self.lose(key, "shadings are drawn in one colour")
        state.fills = True
        if value is not None and self.is_color(value):
            color = self.color(value)
            old = state.picture.get("shade")
            state.picture = {**state.picture, "shade": color}
            state.fill_color = self.color("red") if color is None else color
            if old is not None:
                self.colors["shade first"], self.colors["shade second"] = old, color
                state.fill_color = mixed("shade first!50!shade second", self.colors)

    def handler(self, state: State, key: str, value: str | None) -> None:
        """``name/.style={…}`` and its kin."""
        name, _, kind = key.rpartition("/.")
        name = name.removeprefix("/tikz/").removeprefix("tikz/").strip()
        kind, text = kind.strip(), value or ""
        styles = dict(state.styles)
        match kind:
            case "style" | "estyle":
                styles[name] = self.expanded(text) if kind == "estyle" else text
            case "style 2 args":
                styles[name] = f"\0{2}\0{text}"
            case "pic":
                styles[f"pics/{name}"] = f"code={{{text}}}"
            case "list":
                for item in split(text):
                    self.option(state, f"{name}={item.strip()}")
                return
            case "append style":
                styles[name] = f"{styles.get(name, self.styles.get(name, ''))},{text}"
            case "prefix style":
                styles[name] = f"{text},{styles.get(name, self.styles.get(name, ''))}"
            case "style args" | "style n args":
                pattern, body = self.two_groups(text)
                styles[name] = f"\0{pattern.strip()}\0{body}"
            case "default":
                styles[f"{name}\0default"] = text
            case "initial" | "is choice" | "is if" | "cd" | "try" | "retry":
                if kind in ("try", "retry") and (name in styles or name in self.styles):
                    self.option(state, name)
                return
            case "code":
                raise self.refuse(f"the option {name} runs TeX code")
            case _:
                raise self.refuse(f"the handler .{kind} of options is not known")
        state.styles = styles

    def two_groups(self, text: str) -> tuple[str, str]:
        match = re.match(r"\s*\{(.*?)\}\s*\{(.*)\}\s*\Z", text, re.DOTALL)
        if match is None:
            pattern, _, body = text.partition("{")
            return pattern, body.rstrip().removesuffix("}")
        return match[1], match[2]

    def style(self, state: State, name: str) -> None:
        """Applies a style if there is one of that name."""
        found = state.styles.get(name)
        if found:
            self.apply_style(state, found, None)

    def apply_style(self, state: State, style: str, value: str | None) -> None:
        style = self.filled(style, value)
        self.apply(state, self.expanded(style) if "\\" in style else style)

    def filled(self, style: str, value: str | None) -> str:
        """The options of a style with its arguments in their places."""
        if style.startswith("\0"):
            _, pattern, body = style.split("\0")
            if pattern.isdecimal():
                given = arguments_of(value or "", int(pattern))
            else:
                matched = re.fullmatch(re.sub(r"\\?\#\d", "(.*?)", re.escape(pattern)), value or "", re.DOTALL)
                given = list(matched.groups()) if matched is not None else None
            if given is None:
                raise self.refuse(f"the value {value!r} does not match {pattern!r}")
            for place, argument in enumerate(given, 1):
                body = body.replace(f"#{place}", argument)
            return body
        return style.replace("#1", value or "")

    # Arrows

    def is_arrow(self, key: str) -> bool:
        return "-" in key and not self.is_color(key) and re.fullmatch(r"[\w\s<>|'*.{}\[\]=,():-]*", key) is not None

    def arrows(self, state: State, text: str) -> None:
        depth, cut = 0, -1
        for index, character in enumerate(text):
            depth += (character in "{[") - (character in "}]")
            if character == "-" and depth == 0:
                cut = index
                break
        if cut < 0:
            raise self.refuse(f"the arrow {text!r} has no -")
        state.start = self.tip(unbraced(text[:cut]), state, "<")
        state.end = self.tip(unbraced(text[cut + 1 :]), state, ">")

    def tip(self, text: str, state: State, along: str) -> Tip | None:
        text = text.strip()
        if not text:
            return None
        name, _, rest = text.partition("[")
        name = name.strip()
        scale, reverse = 1.0, "reversed" in rest
        found = re.search(r"(?:scale|length)\s*=\s*([\d.]+)\s*(mm|pt|cm)?", rest)
        if found is not None:
            factor = float(found[1])
            unit = found[2]
            scale = factor if unit is None and "scale" in found[0] else factor * UNITS[unit or "pt"] / 4.8
        if name in ("<", ">"):
            if name != along:
                reverse = not reverse
            return Tip("", scale, reverse)
        if name in (">>", "<<"):
            return Tip("", scale, name != along * 2, 2)
        name = name.removesuffix("reversed").strip() if name.endswith("reversed") else name
        name = {"angle 45 ": "angle 45", "o": "Circle", "open triangle 60": "triangle 60", "Stealth'": "Stealth"}.get(
            name, name
        )
        if name not in FORMS:
            raise self.refuse(f"the arrow tip {name!r} is not known")
        return Tip(name, scale, reverse)

    # Places

    def place(self, state: State, key: str, value: str | None) -> None:
        """``above``, ``below left=2pt``, ``right=1cm of a``, ``above=of a``."""
        state.anchor = OPPOSITE[_PLACES[key]]
        direction = DIRECTIONS[_PLACES[key]]
        if not value:
            return
        shift, of, target = value.partition("of ")
        if of and (not shift or shift[-1].isspace() or not shift.strip()):
            distance = self.distance(shift.strip(), state) if shift.strip() else state.distance
            at, box = self.target(target.strip())
            anchor = "center" if state.on_grid else _PLACES[key]
            point = (box.anchor(anchor) if box is not None else None) or at
            state.at = point
            if state.on_grid:
                state.anchor = "center"
        else:
            distance = self.distance(value, state)
        y, x, single = distance
        factor = math.sqrt(0.5) if single and direction[0] and direction[1] else 1.0
        moved = (direction[0] * x * factor, direction[1] * y * factor)
        state.node_matrix = multiply(state.node_matrix, (1, 0, 0, 1, *moved))

    def place_at_distance(self, state: State, key: str, value: str) -> None:
        """The older ``right of=a``: from middle to middle."""
        at, _ = self.target(value)
        x, y = DIRECTIONS[_PLACES[key]]
        factor = math.sqrt(0.5) if x and y else 1.0
        dx, dy = (state.distance[1] * x * factor, state.distance[0] * y * factor)
        state.at = (at[0] + dx, at[1] + dy)
        state.anchor = "center"

    def distance(self, text: str, state: State) -> tuple[float, float, bool]:
        first, both, second = text.partition(" and ")
        # The library positioning counts bare numbers in centimetres, TikZ alone in points.
        unit = CM if "positioning" in self.source.text else 1.0
        y = self.length(first, state, unit)
        return (y, self.length(second, state, unit), False) if both else (y, y, True)

    @abstractmethod
    def name_crossings(self, state: State, value: str) -> None:
        """Names the points where two paths cross."""

    @abstractmethod
    def target(self, text: str) -> tuple[Point, NodeBox | None]:
        """The point that an option names, and the node where it names a whole one."""


def arguments_of(text: str, count: int) -> list[str] | None:
    """So many arguments, each in braces or a single token; None where there are fewer."""
    tokens = tokenize(text)
    found: list[str] = []
    while tokens and len(found) < count:
        tok = tokens.pop(0)
        if tok.isspace():
            continue
        depth, piece = int(tok == "{"), "" if tok == "{" else tok
        while depth:
            if not tokens:
                return None
            tok = tokens.pop(0)
            depth += (tok == "{") - (tok == "}")
            piece += tok if depth else ""
        found.append(piece)
    return found if len(found) == count else None


def _plain(value: float) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".") if value != int(value) else str(int(value))


Action = Callable[[Keys, State, str], None]


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


def invert_safe(matrix: Matrix) -> Matrix:
    from ..scene import invert

    try:
        return invert(matrix)
    except ValueError:
        return IDENTITY


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
    state.anchor = _plain(keys.number(value)) if is_sum else value


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


def parameters(text: str) -> tuple[str, ...]:
    """The tokens of a macro body with its parameters joined."""
    return join_parameters(tokenize(text))
