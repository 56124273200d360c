"""What every option does to the graphics state, and numbers and lengths as they stand in options."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from time import monotonic
from typing import Final

from ...convert.errors import EdgeError, Loss, Losses, UnsupportedError
from ...convert.readers.tex.tokens import Macro, TokenStack, tokenize
from ...convert.source import Source
from ..scene import Point, Tip, multiply
from ..tips import FORMS
from . import mindmaps
from .actions import ACTIONS
from .colors import ColorError, mixed
from .expressions import UNITS, Environment, Expression, ExpressionError, Function, compile_expression
from .nodes import DIRECTIONS, OPPOSITE, SHAPES, NodeBox
from .options import CM, WIDTHS, State, dash, decimal, pair, split, unbraced

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
        self.macros["\\pgfmathresult"] = Macro((), tuple(tokenize(decimal(value))))

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
