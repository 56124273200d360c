"""TikZ → scene: a reader of our own for what most figures are made of. It says exactly what it cannot do."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ...convert.errors import Losses, ParseError, UnsupportedError
from ...convert.nodes import Node, Row, Text
from ...convert.readers.tex.tokens import Macro, is_blank, join_parameters, tokenize
from ...convert.source import Source
from .. import labels
from ..charts import curve_parts, smoothed
from ..scene import (
    IDENTITY,
    Circle,
    Ellipse,
    Group,
    Item,
    Label,
    Matrix,
    Move,
    Path,
    Point,
    Rectangle,
    Scene,
    Shape,
    Style,
    apply,
    arc,
    bounds,
    multiply,
    outline,
    polygon,
    rotation,
    scale_of,
)
from ..tips import backwards, cut_end, end_direction
from .colors import ColorError, from_model
from .keys import Keys
from .nodes import NodeBox, half_sizes
from .options import CM, LEADINGS, SIZES, State, pair, split, unbraced
from .paths import Builder, rounded

MAX_ITEMS: Final = 50_000
MAX_ROUNDS: Final = 20_000
_PATHS: Final[Mapping[str, str]] = {
    "\\path": "", "\\draw": "draw", "\\fill": "fill", "\\filldraw": "draw,fill", "\\clip": "clip", "\\shade": "fill",
    "\\shadedraw": "draw,fill", "\\useasboundingbox": "",
}  # fmt: skip
_TABULAR: Final = re.compile(r"\\begin\s*\{tabular\}\s*(?:\[[a-z]\])?\s*\{[^}]*\}(.*?)\\end\s*\{tabular\}", re.DOTALL)
_SWITCHES: Final = {
    "bf": "textbf", "bfseries": "textbf", "it": "textit", "itshape": "textit", "tt": "texttt", "ttfamily": "texttt",
    "sf": "textsf", "sffamily": "textsf", "em": "textit", "sl": "textit", "scshape": "textsc", "rm": "textrm",
    "rmfamily": "textrm", "upshape": "textrm", "mdseries": "textrm", "boldmath": "textrm", "normalfont": "textrm",
    "strut": "textrm", "selectfont": "textrm",
}  # fmt: skip
_SKIPPED: Final[Mapping[str, str]] = {
    "\\documentclass": "om", "\\usepackage": "om", "\\RequirePackage": "om", "\\usetikzlibrary": "m",
    "\\usepgfplotslibrary": "m", "\\usetikztiling": "m", "\\pgfdeclarelayer": "m", "\\pgfsetlayers": "m",
    "\\centering": "",
    "\\pagestyle": "m", "\\thispagestyle": "m", "\\relax": "", "\\newline": "", "\\maketitle": "", "\\small": "",
    "\\noindent": "", "\\setlength": "mm", "\\newlength": "m", "\\par": "", "\\usegdlibrary": "m", "\\sisetup": "m",
    "\\PreviewEnvironment": "m", "\\definecolorset": "m", "\\makeatletter": "", "\\makeatother": "", "\\hspace": "m",
    "\\vspace": "m", "\\pgfresetboundingbox": "", "\\tikzexternalize": "", "\\standaloneconfig": "m",
    "\\AtBeginDocument": "m",
    "\\;": "", "\\quad": "", "\\caption": "m", "\\label": "m", "\\bfseries": "", "\\normalfont": "", "\\ttfamily": "",
    "\\pgfmathsetseed": "m", "\\newcounter": "m", "\\newtoggle": "m", "\\newif": "m", "\\tikzumlset": "m",
    "\\begingroup": "", "\\endgroup": "", "\\pgftransformreset": "",
}  # fmt: skip


def read(source: Source, *, losses: Losses, macros: Mapping[str, str | Macro] | None = None) -> Scene:
    """The figure of the first ``tikzpicture`` of a text, or of a text of TikZ commands alone.

    Raises ParseError and UnsupportedError, which say where and what.
    """
    reader = Reader(source, losses, macros or {})
    reader.document()
    return Scene(tuple(reader.behind + reader.items), reader.frame, origin="native")


class Reader(Keys):
    def __init__(self, source: Source, losses: Losses, macros: Mapping[str, str | Macro]) -> None:
        super().__init__(source, losses, macros)
        self.items: list[Item] = []
        self.behind: list[Item] = []
        self.boxes: dict[str, NodeBox] = {}
        self.named_paths: dict[str, list[Path]] = {}
        self.frame: tuple[float, float, float, float] | None = None
        self.clips: list[tuple[int, Path]] = []
        self.count = 0
        self.conditions = 0
        self.state = State()
        self.state.styles = {"every label": "", "every pin": "", "every pin edge": "help lines, line width=0.2pt"}

    # The document

    def document(self) -> None:
        """Up to the end of the first picture."""
        whole = "tikzpicture" not in self.source.text and "circuitikz" not in self.source.text
        if whole and "\\documentclass" in self.source.text:
            raise self.refuse("there is no tikzpicture")
        if whole:
            self.statements(self.state)
            return
        while self.toks:
            tok, at = self.take()
            self.here = at
            if is_blank(tok):
                continue
            if tok == "\\begin":
                name = self.verbatim(tok, at)
                if name in ("tikzpicture", "circuitikz"):
                    self.picture(self.state, name)
                    break
                if name not in ("document", "figure", "center", "preview", "figure*"):
                    raise self.refuse(f"the environment {name} before the picture is not known")
                self.raw_option()
            elif tok == "\\end" or not self.command(self.state, tok, at):
                if tok[0] == "\\" and tok in self.macros:
                    self.expand(tok, at)
                elif tok == "\\end":
                    self.verbatim(tok, at)
                elif tok[0] == "\\" and tok != "\\ ":
                    raise self.refuse(f"the command {tok} before the picture is not known")
        if any(
            "tikzpicture" in self.source.text[place:] for place in [self.pos[-1] if self.pos else len(self.source.text)]
        ):
            self.lose("tikzpicture", "only the first picture is drawn")

    def picture(self, state: State, name: str) -> None:
        inner = state.copy()
        for style in ("every picture", "every tikzpicture"):
            self.style(inner, style)
        option = self.raw_option()
        if option is not None:
            self.apply(inner, self.expanded(option))
        mark = self.scope()
        self.statements(inner, name)
        self.leave(mark)

    def statements(self, state: State, environment: str = "") -> None:
        """Commands until the environment ends, or the text; a clip cuts what comes after it."""
        kept, self.clips = self.clips, []
        self.run(state, environment)
        for start, shape in reversed(self.clips):
            if inside := self.items[start:]:
                self.items[start:] = [Group(tuple(inside), role="clipped", clip=shape)]
        self.clips = kept

    def run(self, state: State, environment: str) -> None:
        while self.skip_blanks():
            self.watch()
            tok, at = self.take()
            self.here = at
            if tok == "\\end":
                name = self.verbatim(tok, at)
                if name != environment:
                    raise ParseError(
                        f"\\end{{{name}}} where \\end{{{environment}}} should stand", self.source, (at, at + 4)
                    )
                return
            if tok == "\\begin":
                self.environment(state, self.verbatim(tok, at).strip())
            elif tok == "{":
                self.sub(self.balanced("{", "}", at), state.copy())
            elif tok in self.macros:
                self.expand(tok, at)
            elif not self.command(state, tok, at) and tok not in (";", "\\\\", ",", "&", "}"):
                if tok[0] == "\\":
                    raise self.refuse(f"the command {tok} is not known")
                self.lose("text", "words between the commands of a figure are left out")
        if environment:
            raise ParseError(f"\\begin{{{environment}}} without its \\end", self.source, (self.here, self.here + 1))

    def sub(self, tokens: list[str], state: State) -> None:
        """Runs tokens as statements, in a scope of their own."""
        kept = self.toks, self.pos
        self.nesting += 1
        if self.nesting > 30:
            raise self.refuse("commands nest deeper than 30 levels")
        self.toks, self.pos = list(reversed(tokens)), [self.here] * len(tokens)
        mark = self.scope()
        self.statements(state)
        self.leave(mark)
        self.toks, self.pos = kept
        self.nesting -= 1

    def environment(self, state: State, name: str) -> None:
        if name in ("scope", "pgfonlayer", "pgfscope"):
            inner = state.copy()
            self.style(inner, "every scope")
            if name == "pgfonlayer":
                inner.background = self.verbatim(name, self.here).strip() in ("background", "bg", "back")
            option = self.raw_option()
            if option is not None:
                self.apply(inner, self.expanded(option))
            mark = self.scope()
            kept = self.items
            self.items = []
            self.statements(inner, name)
            inside, self.items = self.items, kept
            if inner.background and not state.background:
                self.behind += inside
            elif inside:
                self.items.append(Group(tuple(inside), role="scope"))
            self.leave(mark)
        elif name in ("axis", "semilogxaxis", "semilogyaxis", "loglogaxis", "polaraxis", "groupplot"):
            from .axis import read_axis

            read_axis(self, state, name)
        elif name == "tikzpicture":
            self.picture(state, name)
        else:
            raise self.refuse(f"the environment {name} is not known")

    def style(self, state: State, name: str) -> None:
        found = state.styles.get(name)
        if found:
            self.apply_style(state, found, None)

    # Commands

    def command(self, state: State, tok: str, at: int) -> bool:
        """Runs a command; False where it is none of ours."""
        if tok in _PATHS:
            self.path(state, _PATHS[tok], tok)
        elif tok in ("\\node", "\\coordinate", "\\matrix", "\\pic"):
            self.push(tokenize(tok[1:] + " "), at)
            self.path(state, "", tok)
        elif tok == "\\foreach":
            self.foreach(lambda body: self.sub(body, state))
        elif tok in ("\\tikzset", "\\pgfqkeys"):
            self.apply(state, self.expanded(self.raw_group(tok, at)))
        elif tok == "\\tikzstyle":
            self.tikzstyle(state, tok, at)
        elif tok == "\\pgfplotsset":
            state.picture = {**state.picture, "pgfplotsset": "".join(self.raw_group(tok, at))}
        elif tok in ("\\pgfmathsetmacro", "\\pgfmathtruncatemacro", "\\pgfmathsetlengthmacro", "\\pgfmathsetlength"):
            name = "".join(self.raw_group(tok, at)).strip()
            value = self.evaluate(self.expanded(self.raw_group(tok, at)), state)[0]
            text = str(int(value)) if "truncate" in tok else _decimal(value)
            self.bind(name, text + ("pt" if "length" in tok else ""))
        elif tok == "\\pgfmathparse":
            self.push(["{", *self.raw_group(tok, at), "}"], at)
            self.parse_result()
        elif tok in ("\\def", "\\edef", "\\gdef", "\\xdef"):
            self.def_(tok, at)
        elif tok in ("\\newcommand", "\\renewcommand", "\\providecommand", "\\DeclareMathOperator"):
            self.newcommand(tok, at)
        elif tok == "\\let":
            name, _ = self.take() if self.skip_blanks() else ("", 0)
            self.take_if("=")
            if self.skip_blanks():
                meaning, _ = self.take()
                if meaning in self.macros:
                    self.define(name, self.macros[meaning])
        elif tok == "\\definecolor":
            name, model, given = ("".join(self.raw_group(tok, at)) for _ in range(3))
            try:
                self.colors[name.strip()] = from_model(model, self.expanded(given))
            except ColorError as error:
                raise self.refuse(str(error)) from error
        elif tok in ("\\colorlet", "\\color"):
            if tok == "\\colorlet":
                name = "".join(self.raw_group(tok, at)).strip()
                self.colors[name] = self.color(self.expanded(self.raw_group(tok, at)))
            else:
                state.color = self.color(self.expanded(self.raw_group(tok, at)))
        elif tok in ("\\ifnum", "\\ifdim", "\\ifodd", "\\iftrue", "\\iffalse"):
            self.condition(tok, at)
        elif tok == "\\ifthenelse":
            test, yes, no = (self.raw_group(tok, at) for _ in range(3))
            self.push(yes if self.holds(self.expanded(test)) else no, at)
        elif tok == "\\fi" and self.conditions:
            self.conditions -= 1
        elif tok == "\\else" and self.conditions:
            self.conditions -= 1
            self.skip_condition(stop_at_else=False)
        elif tok == "\\pgftransformcm":
            a, b, c, d = (self.number(self.expanded(self.raw_group(tok, at))) for _ in range(4))
            x, y = re.findall(r"\{([^{}]*)\}", self.expanded(self.raw_group(tok, at)))[:2]
            state.matrix = multiply((a, b, c, d, self.length(x, state), self.length(y, state)), state.matrix)
        elif tok == "\\StrCount":
            text = self.expanded(self.raw_group(tok, at))
            wanted = self.expanded(self.raw_group(tok, at))
            option = self.raw_option()
            if option:
                self.bind("".join(option).strip(), str(text.count(wanted)))
        elif tok in _SKIPPED:
            if tok == "\\pgftransformreset":
                state.matrix = IDENTITY
            for kind in _SKIPPED[tok]:
                if kind == "o":
                    self.raw_option()
                else:
                    self.raw_group(tok, at)
        else:
            return False
        return True

    def tikzstyle(self, state: State, tok: str, at: int) -> None:
        name = self.verbatim(tok, at) if self.skip_blanks() == "{" else ""
        while not name.endswith("=") and self.toks and self.toks[-1] not in ("=", "["):
            name += self.take()[0]
        plus = name.strip().endswith("+")
        self.take_if("=")
        if self.take_if("+"):
            plus = True
        option = self.raw_option() or []
        name = name.strip().rstrip("=+ ")
        old = state.styles.get(name, "") + "," if plus else ""
        state.styles = {**state.styles, name: old + "".join(option)}

    def def_(self, tok: str, at: int) -> None:
        self.skip_blanks()
        name, _ = self.take()
        pattern: list[str] = []
        while self.toks and self.toks[-1] != "{":
            pattern.append(self.take()[0])
        body = self.raw_group(tok, at)
        joined = join_parameters([part for part in pattern if not part.isspace()])
        if tok in ("\\edef", "\\xdef"):
            body = tokenize(self.expanded(body))
        self.define(name, Macro(joined, join_parameters(body)), everywhere=tok in ("\\gdef", "\\xdef"))

    def newcommand(self, tok: str, at: int) -> None:
        self.take_if("*")
        name = "".join(part for part in self.raw_group(tok, at) if not is_blank(part))
        if tok == "\\DeclareMathOperator":
            body = ["\\operatorname", "{", *self.raw_group(tok, at), "}"]
            self.define(name, Macro((), tuple(body)))
            return
        count = self.raw_option()
        number = int("".join(count)) if count and "".join(count).strip().isdecimal() else 0
        default = self.raw_option() if number else None
        body = self.raw_group(tok, at)
        pattern = tuple(f"#{n}" for n in range(1, min(number, 9) + 1))
        self.define(name, Macro(pattern, join_parameters(body), None if default is None else tuple(default)))

    def condition(self, tok: str, at: int) -> None:
        """``\\ifnum a<b`` and its kin: goes on with the branch that holds."""
        if tok in ("\\iftrue", "\\iffalse"):
            holds = tok == "\\iftrue"
        elif tok == "\\ifodd":
            holds = bool(int(self.operand(at)) % 2)
        else:
            left = self.operand(at)
            self.skip_blanks()
            sign, _ = self.take()
            right = self.operand(at)
            holds = {"<": left < right, ">": left > right, "=": left == right}.get(sign, False)
        self.conditions += 1
        if not holds:
            self.skip_condition(stop_at_else=True)

    def operand(self, at: int) -> float:
        text = ""
        while self.toks:
            tok = self.toks[-1]
            if tok in self.macros:
                self.expand(*self.take())
            elif is_blank(tok):
                self.take()
                if text.strip("+-"):
                    break
            elif re.fullmatch(r"[-+.\d]+|pt|cm|[a-z]", tok):
                text += self.take()[0]
            else:
                break
        return self.number(text or "0")

    def skip_condition(self, stop_at_else: bool) -> None:
        depth = 0
        while self.toks:
            tok, _ = self.take()
            if tok.startswith("\\if") and tok not in ("\\ifthenelse", "\\iff"):
                depth += 1
            elif tok == "\\fi":
                if depth == 0:
                    self.conditions -= stop_at_else
                    return
                depth -= 1
            elif tok == "\\else" and depth == 0 and stop_at_else:
                return

    def holds(self, test: str) -> bool:
        equal = re.fullmatch(r"\s*\\equal\s*\{(.*)\}\s*\{(.*)\}\s*", test, re.DOTALL)
        if equal is not None:
            return equal[1].strip() == equal[2].strip()
        return bool(self.number(re.sub(r"(?<![<>=!])=(?!=)", "==", test.replace("\\", ""))))

    # Loops

    def foreach(self, run: object) -> None:
        """``\\foreach \\x/\\y [options] in {…} body``; `run` gets the tokens of the body for each round."""
        at = self.here
        head: list[str] = []
        option: list[str] = []
        while self.toks:
            tok = self.skip_blanks()
            if tok == "[":
                option = self.raw_option() or []
                continue
            tok, _ = self.take()
            if tok == "i" and self.toks and self.toks[-1] == "n":
                self.take()
                break
            head.append(tok)
        names = [part.strip() for part in "".join(head).split("/")]
        if not names or any(not name.startswith("\\") for name in names):
            raise self.refuse("\\foreach needs variables such as \\x")
        written = self.raw_group("\\foreach", at)
        rows = self.loop_list(written)
        body = self.loop_body()
        counter, start, evaluations, remembered = "", 1, [], []
        for part in split("".join(option)):
            key, value = pair(part)
            match key:
                case "count":
                    counter, _, first = (value or "").partition(" from ")
                    start = int(self.number(first)) if first else 1
                case "evaluate":
                    evaluations.append(value or "")
                case "remember":
                    remembered.append(value or "")
                case "var" | "":
                    pass
                case _:
                    raise self.refuse(f"the option {key!r} of \\foreach is not known")
        for note in remembered:
            match = re.search(r"as\s*(\\\w+)\s*(?:\(initially (.*)\))?", note)
            if match is not None and match[2]:
                self.bind(match[1], match[2])
        for number, row in enumerate(rows):
            self.watch()
            values = [part.strip() for part in split(row, "/")] if len(names) > 1 else [row.strip()]
            values += [values[-1]] * (len(names) - len(values))
            for name, value in zip(names, values, strict=False):
                self.bind(name, unbraced(value))
            if counter:
                self.bind(counter.strip(), str(start + number))
            for note in evaluations:
                self.loop_value(note)
            run(list(body))  # type: ignore[operator]
            for note in remembered:
                match = re.match(r"\s*(\\\w+)\s+as\s*(\\\w+)", note)
                if match is not None:
                    self.bind(match[2], self.expanded(match[1]))

    def loop_value(self, note: str) -> None:
        match = re.fullmatch(r"\s*(\\\w+)(?:\s+as\s*(\\\w+))?(?:\s+using\s*(.*))?\s*", note, re.DOTALL)
        if match is None:
            raise self.refuse(f"evaluate={note} is not understood")
        self.bind(match[2] or match[1], _decimal(self.number(self.expanded(match[3] or match[1]))))

    def loop_body(self) -> list[str]:
        tok = self.skip_blanks()
        if tok == "{":
            return self.raw_group("\\foreach", self.here)
        body: list[str] = []
        depth = 0
        if tok == "\\foreach":
            body.append(self.take()[0])
            while self.toks and self.toks[-1] != "{":
                body.append(self.take()[0])
            body += ["{", *self.raw_group("\\foreach", self.here), "}", *self.loop_body_braced()]
            return body
        while self.toks:
            tok, _ = self.take()
            depth += (tok == "{") - (tok == "}")
            body.append(tok)
            if tok == ";" and depth == 0:
                break
        return body

    def loop_body_braced(self) -> list[str]:
        return ["{", *self.loop_body(), "}"]

    def loop_list(self, tokens: list[str]) -> list[str]:
        """The values, with ``a,b,...,z`` filled in."""
        items = [part.strip() for part in split(self.expanded(tokens))]
        while len(items) == 1 and items[0].startswith("{") and unbraced(items[0]) != items[0]:
            items = [part.strip() for part in split(unbraced(items[0]))]
        if items == [""] or items == ["{}"]:
            return []
        result: list[str] = []
        for index, item in enumerate(items):
            if item == "..." or item == "\\dots" or item == "\\ldots":
                if 0 < index < len(items) - 1:
                    second = items[index - 2] if index > 1 and len(result) > 1 else None
                    result += self.between(second, result[-1], items[index + 1])
                continue
            if index and items[index - 1] in ("...", "\\dots") and result and index > 1:
                continue
            result.append(item)
        if len(result) > MAX_ROUNDS:
            raise self.refuse(f"\\foreach goes {len(result)} rounds, more than {MAX_ROUNDS}")
        return result

    def between(self, second: str | None, last: str, end: str) -> list[str]:
        if re.fullmatch(r"[A-Za-z]", last) and re.fullmatch(r"[A-Za-z]", end):
            by = (ord(last) - ord(second) if second and len(second) == 1 else 1 if end >= last else -1) or 1
            return [chr(code) for code in range(ord(last) + by, ord(end) + (1 if by > 0 else -1), by)]
        a, b = self.number(last), self.number(end)
        step = a - self.number(second) if second is not None else (1.0 if b >= a else -1.0)
        if step == 0 or (b - a) / step > MAX_ROUNDS:
            raise self.refuse(f"\\foreach from {last} to {end} does not end")
        return [_decimal(a + step * n) for n in range(1, int((b - a) / step + 1e-4) + 1)]

    # Paths

    def path(self, state: State, modes: str, tok: str) -> None:
        inner = state.copy()
        inner.draws = inner.fills = False
        inner.pattern, inner.double = "", 0.0
        inner.post, inner.path_name, inner.labels, inner.name = (), "", (), ""
        inner.decorates = False
        self.style(inner, "every path")
        if modes:
            self.apply(inner, modes)
        builder = Builder(last=apply(inner.matrix, (0.0, 0.0)))
        after: list[Item] = []
        self.operations(inner, builder, after)
        clip = "clip" in modes or inner.clips
        if tok == "\\useasboundingbox":
            box = bounds(Scene((Path(tuple(builder.parts)),)), labels.corners) if builder.parts else None
            self.frame = box or self.frame
        else:
            self.finish(inner, builder, after)
        if clip and builder.parts:
            self.clips.append((len(self.items), Path(tuple(builder.parts))))

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
            from .decorations import decorated

            parts = decorated(self, state, parts)
        style = state.style()
        if parts and (style.stroke or style.fill or state.pattern):
            self.paint(state, parts, style)
        for post in state.post:
            extra = state.copy()
            extra.draws = extra.fills = extra.decorates = False
            extra.pattern, extra.post = "", ()
            self.apply(extra, post)
            if extra.decorates:
                from .decorations import decorated

                self.paint(extra, decorated(self, extra, parts), extra.style())
            elif extra.draws or extra.fills or extra.pattern:
                self.paint(extra, parts, extra.style())
        for item in after:
            self.emit(state, item)

    def paint(self, state: State, parts: list, style: Style) -> None:  # type: ignore[type-arg]
        if not parts:
            return
        if state.pattern:
            from .decorations import hatched

            shape = Path(tuple(parts))
            if style.fill:
                self.emit(state, replace(shape, style=replace(style, stroke="")))
            lines = hatched(state.pattern, shape, state.pattern_color or "#000000", self)
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
                from ..scene import recognise

                self.emit(state, recognise(path))
            else:
                self.emit(state, path)

    def operations(self, state: State, b: Builder, after: list[Item]) -> None:
        """Path operations up to the semicolon, or the end of the tokens."""
        while True:
            tok = self.skip_blanks()
            if not tok:
                return
            self.here = self.pos[-1]
            b.rounding = state.rounding
            if tok in self.macros:
                self.expand(*self.take())
                continue
            self.take()
            if tok == ";":
                return
            if tok == "(":
                point, box = self.coordinate(self.parenthesis(), state, b.last)
                b.move(point, box)
            elif tok == "[":
                self.apply(state, self.expanded(self.balanced("[", "]", self.here)))
            elif tok == "+":
                self.push([tok], self.here)
                point, box = self.next_coordinate(state, b)
                b.move(point, box)
            elif tok == "-":
                self.dash_operation(state, b, after)
            elif tok == "|":
                self.expect("-")
                self.connect(state, b, after, "|-")
            elif tok == ".":
                self.expect(".")
                self.curve_operation(state, b, after)
            elif tok == "{":
                inner = state.copy()
                self.inline(self.balanced("{", "}", self.here), inner, b, after)
            elif tok == "\\foreach":
                self.foreach(lambda body: self.inline(body, state, b, after))
            elif tok.isalpha():
                self.word(self.rest_of_word(tok), state, b, after)
            elif self.command(state, tok, self.here):
                pass
            else:
                raise self.refuse(f"{tok!r} in a path is not known")

    def inline(self, tokens: list[str], state: State, b: Builder, after: list[Item]) -> None:
        kept = self.toks, self.pos
        self.toks, self.pos = list(reversed(tokens)), [self.here] * len(tokens)
        self.operations(state, b, after)
        self.toks, self.pos = kept

    def rest_of_word(self, first: str) -> str:
        word = first
        while self.toks and self.toks[-1].isalpha() and len(self.toks[-1]) == 1:
            word += self.take()[0]
        return word

    def expect(self, tok: str) -> None:
        if not self.take_if(tok):
            raise self.refuse(f"{tok!r} should stand here")

    def dash_operation(self, state: State, b: Builder, after: list[Item]) -> None:
        tok = self.toks[-1] if self.toks else ""
        if tok == "-":
            self.take()
            self.connect(state, b, after, "--")
        elif tok == "|":
            self.take()
            self.connect(state, b, after, "-|")
        else:
            raise self.refuse("- should be followed by - or |")

    def connect(self, state: State, b: Builder, after: list[Item], kind: str) -> None:
        pending = self.pending_nodes(state)
        if self.word_next("cycle"):
            b.close()
        elif self.word_next("plot"):
            self.plot(state, b, joined=True)
        else:
            point, box = self.next_coordinate(state, b)
            if kind == "--":
                b.line(point, box)
            else:
                b.bent(point, box, kind == "-|")
        self.place_pending(pending, state, b, after)

    def curve_operation(self, state: State, b: Builder, after: list[Item]) -> None:
        if not self.word_next("controls"):
            raise self.refuse("'controls' should stand here")
        first, _ = self.next_coordinate(state, b, moves=False)
        second_text: tuple[list[str], str] | None = None
        second = first
        if self.word_next("and"):
            second_text = self.raw_coordinate()
        self.skip_blanks()
        self.expect(".")
        self.expect(".")
        pending = self.pending_nodes(state)
        if self.word_next("cycle"):
            point, box = b.begun, None
        else:
            point, box = self.next_coordinate(state, b)
        if second_text is not None:
            tokens, plus = second_text
            second, _ = self.coordinate(tokens, state, point, plus)
        b.curve(first, second, point, box)
        self.place_pending(pending, state, b, after)

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

    def pending_nodes(self, state: State) -> list[tuple[str, State, str]]:
        found: list[tuple[str, State, str]] = []
        while True:
            for word in ("node", "coordinate", "edge"):
                if word != "edge" and self.word_next(word):
                    inner, text = self.node_text(state, word)
                    found.append((word, inner, text))
                    break
            else:
                return found

    def place_pending(self, pending: list[tuple[str, State, str]], state: State, b: Builder, after: list[Item]) -> None:
        for word, inner, text in pending:
            if inner.pos is None:
                inner.pos = 0.5
            self.node(inner, text, b, after, word)

    # Coordinates

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

    def next_coordinate(self, state: State, b: Builder, moves: bool = True) -> tuple[Point, NodeBox | None]:
        tokens, plus = self.raw_coordinate()
        origin = b.relative_to if hasattr(b, "relative_to") else b.last
        point, box = self.coordinate(tokens, state, origin, plus)
        return point, box

    def coordinate(self, tokens: list[str], state: State, last: Point, plus: str = "") -> tuple[Point, NodeBox | None]:
        point, box = self.resolve(self.expanded(tokens), state)
        if plus:
            zero = apply(state.matrix, (0.0, 0.0))
            point, box = (last[0] + point[0] - zero[0], last[1] + point[1] - zero[1]), None
        return point, box

    def target(self, text: str) -> tuple[Point, NodeBox | None]:
        text = unbraced(text.strip())
        if text.startswith("(") and text.endswith(")") and _paired(text):
            text = text[1:-1]
        if text.startswith("$"):
            return self.resolve(text, self.state_now)
        return self.resolve(text, self.state_now)

    state_now: State = State()

    def resolve(self, text: str, state: State) -> tuple[Point, NodeBox | None]:
        """The point that the text between parentheses names, and the node where it names a whole one."""
        text = unbraced(text.strip())
        if text.startswith("["):
            end = _closing(text, "[", "]")
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
                a, b = (self.resolve(_bare(part), state)[0] for part in (first, second))
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
            else:
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
        name = " ".join(text.split())
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
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = (self.resolve(_bare(part), state)[0] for part in match.groups())
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
            end = _closing(rest, "(", ")")
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
            end = _closing(rest, "(", ")")
            projected, _ = self.resolve(rest[1:end], state)
            rest = rest[end + 1 :].lstrip().removeprefix("!")
            end = _closing(rest, "(", ")")
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
        end = _closing(rest, "(", ")")
        other, _ = self.resolve(rest[1:end], state)
        dx, dy = apply(rotation(angle), (other[0] - start[0], other[1] - start[1]))
        value, is_length = self.evaluate(amount, state)
        size = math.hypot(dx, dy)
        share = value / size if is_length and size else value
        return (start[0] + share * dx, start[1] + share * dy), rest[end + 1 :].lstrip()

    # Words of a path

    def word(self, word: str, state: State, b: Builder, after: list[Item]) -> None:
        match word:
            case "node" | "coordinate":
                inner, text = self.node_text(state, word)
                self.node(inner, text, b, after, word)
            case "matrix":
                self.matrix_node(state, b, after)
            case "circle" | "ellipse":
                self.circle(state, b)
            case "arc":
                self.arc(state, b)
            case "rectangle":
                point, _ = self.next_coordinate(state, b)
                self.rectangle(state, b, point)
            case "grid":
                self.grid(state, b)
            case "to":
                self.to(state, b, after)
            case "edge":
                self.edge(state, b, after)
            case "plot":
                self.plot(state, b)
            case "cycle":
                b.close()
            case "sin" | "cos":
                point, _ = self.next_coordinate(state, b)
                (x0, y0), (x1, y1) = b.last, point
                dx, dy = x1 - x0, y1 - y0
                if word == "sin":
                    b.curve((x0 + 0.3260 * dx, y0 + 0.5121 * dy), (x0 + 0.6385 * dx, y1), point)
                else:
                    b.curve((x0 + 0.3615 * dx, y0), (x0 + 0.6740 * dx, y0 + 0.4879 * dy), point)
            case "parabola":
                self.raw_option()
                point, _ = self.next_coordinate(state, b)
                (x0, y0), (x1, y1) = b.last, point
                b.curve((x0 + 0.5 * (x1 - x0), y0), (x0 + 0.6667 * (x1 - x0), y0 + 0.3333 * (y1 - y0)), point)
            case "foreach":
                self.foreach(lambda body: self.inline(body, state, b, after))
            case "let":
                self.let(state)
            case "pic":
                self.pic(state, b, after)
            case "in":
                pass
            case _:
                if word in self.boxes:
                    b.move(self.boxes[word].center, self.boxes[word])
                    return
                raise self.refuse(f"the path operation {word!r} is not known")

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
                point = apply(_inverse(state.matrix), point)
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
        text = tokenize(_decimal(value) + unit)
        tokens = [f"\\{letter}", *tokenize(name)]
        braced = [f"\\{letter}", "{", *tokenize(name), "}"]
        stop = next((n for n in range(len(self.toks) - 1, -1, -1) if self.toks[n] == ";"), 0)
        ahead = list(reversed(self.toks[stop:]))
        result: list[str] = []
        index = 0
        while index < len(ahead):
            for wanted in (tokens, braced):
                if ahead[index : index + len(wanted)] == wanted:
                    result += ["{", *text, "}"] if False else text
                    index += len(wanted)
                    break
            else:
                result.append(ahead[index])
                index += 1
        self.toks = self.toks[:stop] + list(reversed(result))
        self.pos = self.pos[:stop] + [self.here] * len(result)

    def sizes(self, text: str, state: State) -> tuple[float, float]:
        first, both, second = text.partition(" and ")
        a, a_length = self.evaluate(first, state)
        c, c_length = self.evaluate(second, state) if both else (a, a_length)
        rx = a if a_length else a * math.hypot(*state.x)
        ry = c if c_length else c * math.hypot(*state.y)
        return rx, ry

    def circle(self, state: State, b: Builder) -> None:
        inner = state.copy()
        inner.radius = state.radius
        tok = self.skip_blanks()
        if tok == "[":
            self.apply(inner, self.expanded(self.raw_option() or []))
            rx, ry = inner.radius
        elif tok == "(":
            self.take()
            rx, ry = self.sizes(self.expanded(self.parenthesis()), state)
        else:
            rx, ry = inner.radius
        center = apply(_inverse(state.matrix), b.last)
        parts = [Move((center[0] + rx, center[1])), *arc(center, rx, ry, 0, 360)]
        self.append_shape(parts, state, b)

    def append_shape(self, parts: list, state: State, b: Builder) -> None:  # type: ignore[type-arg]
        """A closed piece around where the path is; the path stays there."""
        from ..scene import Close, map_part

        if b.parts and isinstance(b.parts[-1], Move):
            b.parts.pop()
            b.corner.pop()
        kept = b.last
        rounding, b.rounding = b.rounding, 0.0
        for part in parts:
            b.add(map_part(part, state.matrix))
        b.add(Close())
        b.rounding = rounding
        b.last, b.node = kept, None
        b.add(Move(kept))

    def arc(self, state: State, b: Builder) -> None:
        inner = state.copy()
        tok = self.skip_blanks()
        if tok == "[":
            self.apply(inner, self.expanded(self.raw_option() or []))
            start = inner.start_angle if inner.start_angle is not None else (
                (inner.end_angle or 0.0) - (inner.delta_angle or 0.0)
            )  # fmt: skip
            end = inner.end_angle if inner.end_angle is not None else start + (inner.delta_angle or 0.0)
            rx, ry = inner.radius
        else:
            tokens, _ = self.raw_coordinate()
            first, second, radius = [*split_outside(self.expanded(tokens), ":"), "", ""][:3]
            start, end = self.evaluate(first, state)[0], self.evaluate(second, state)[0]
            rx, ry = self.sizes(radius, state)
        at = apply(_inverse(state.matrix), b.last)
        center = (at[0] - rx * math.cos(math.radians(start)), at[1] - ry * math.sin(math.radians(start)))
        whole = end - start
        if not b.parts:
            b.add(Move(b.last))
        for curve in arc(center, rx, ry, start, end):
            b.add(type(curve)(*(apply(state.matrix, point) for point in curve)))

        def along(t: float) -> tuple[Point, float]:
            angle = math.radians(start + t * whole)
            point = (center[0] + rx * math.cos(angle), center[1] + ry * math.sin(angle))
            slope = math.degrees(math.atan2(ry * math.cos(angle), -rx * math.sin(angle))) + (180 if whole < 0 else 0)
            return apply(state.matrix, point), slope

        b.along = along
        b.last, b.node = along(1.0)[0], None

    def rectangle(self, state: State, b: Builder, point: Point) -> None:
        inverse = _inverse(state.matrix)
        (x0, y0), (x1, y1) = apply(inverse, b.last), apply(inverse, point)
        start = b.last
        corners = [apply(state.matrix, corner) for corner in ((x0, y0), (x0, y1), (x1, y1), (x1, y0))]
        if b.parts and isinstance(b.parts[-1], Move):
            b.parts.pop()
            b.corner.pop()
        for part in polygon(corners):
            b.add(part)
        b.last, b.node = point, None
        b.add(Move(point))
        from .paths import straight

        b.along = straight(start, point)

    def grid(self, state: State, b: Builder) -> None:
        inner = state.copy()
        option = self.raw_option()
        if option is not None:
            self.apply(inner, self.expanded(option))
        point, _ = self.next_coordinate(state, b)
        inverse = _inverse(state.matrix)
        (x0, y0), (x1, y1) = apply(inverse, b.last), apply(inverse, point)
        x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        sx, sy = inner.step or (math.hypot(*state.x), math.hypot(*state.y))
        if sx <= 0 or sy <= 0 or (x1 - x0) / sx + (y1 - y0) / sy > 5000:
            raise self.refuse("the grid has too many lines")
        b.parts = [part for part in b.parts if not isinstance(part, Move) or part.to != b.last]
        b.corner = [0.0] * len(b.parts)
        for n in range(math.ceil(x0 / sx - 1e-3), math.floor(x1 / sx + 1e-3) + 1):
            for part in polygon([apply(state.matrix, (n * sx, y0)), apply(state.matrix, (n * sx, y1))], False):
                b.add(part)
        for n in range(math.ceil(y0 / sy - 1e-3), math.floor(y1 / sy + 1e-3) + 1):
            for part in polygon([apply(state.matrix, (x0, n * sy)), apply(state.matrix, (x1, n * sy))], False):
                b.add(part)
        b.last, b.node = point, None
        b.add(Move(point))

    # To and edge

    def to(self, state: State, b: Builder, after: list[Item]) -> None:
        inner = state.copy()
        self.style(inner, "every to")
        option = self.raw_option()
        quotes: tuple[str, ...] = ()
        if option is not None:
            inner.quotes = ()
            self.apply(inner, self.expanded(option))
            quotes = inner.quotes
        pending = self.pending_nodes(inner if False else state)
        if self.word_next("cycle"):
            point, box = b.begun, None
        else:
            point, box = self.next_coordinate(state, b)
        self.curve_to(inner, b, point, box)
        self.place_pending(pending, state, b, after)
        self.quoted(quotes, state, b, after)

    def quoted(self, quotes: tuple[str, ...], state: State, b: Builder, after: list[Item]) -> None:
        for quote in quotes:
            match = re.fullmatch(r'"(.*?)"\s*(\')?(.*)', quote, re.DOTALL)
            if match is None:
                raise self.refuse(f"the label {quote!r} is not understood")
            node = self.node_state(state)
            node.auto, node.pos = "left", 0.5
            node.swap = bool(match[2])
            if match[3].strip():
                self.apply(node, unbraced(match[3].strip().removeprefix("=")))
            self.node(node, match[1], b, after, "node")

    def curve_to(self, state: State, b: Builder, point: Point, box: NodeBox | None) -> None:
        start, first_box = b.last, b.node
        if state.to_path:
            raise self.refuse("to path is a path of the user's")
        if state.bend is None and state.out_angle is None and state.in_angle is None and not state.loop:
            b.line(point, box)
            return
        angle = math.degrees(math.atan2(point[1] - start[1], point[0] - start[0])) if point != start else 0.0
        if state.bend is not None:
            out, into = angle + state.bend, angle + 180 - state.bend
        else:
            default_out, default_in = (45.0, 135.0) if not state.loop else (105.0, 75.0)
            out = state.out_angle if state.out_angle is not None else default_out
            into = state.in_angle if state.in_angle is not None else default_in
            if state.relative and not state.loop:
                out, into = out + angle, into + angle
        a = first_box.border_at(out) if first_box is not None else start
        z = box.border_at(into) if box is not None else point
        reach = max(0.3915 * state.looseness * math.dist(a, z), state.min_distance)
        first = (a[0] + reach * math.cos(math.radians(out)), a[1] + reach * math.sin(math.radians(out)))
        second = (z[0] + reach * math.cos(math.radians(into)), z[1] + reach * math.sin(math.radians(into)))
        if first_box is not None or not b.parts:
            b.node = None
            b.add(Move(a))
        b.last = a
        b.curve(first, second, z)
        b.last, b.node = point, box

    def edge(self, state: State, b: Builder, after: list[Item]) -> None:
        inner = state.copy()
        inner.draws = True
        inner.fills = False
        self.style(inner, "every edge")
        option = self.raw_option()
        inner.quotes = ()
        if option is not None:
            self.apply(inner, self.expanded(option))
        pending = self.pending_nodes(state)
        point, box = self.next_coordinate(state, b)
        own = Builder(last=b.last, node=b.node)
        if b.node is None:
            own.move(b.last)
        self.curve_to(inner, own, point, box)
        nodes: list[Item] = []
        self.place_pending(pending, inner, own, nodes)
        quotes, inner.quotes = inner.quotes, ()
        self.quoted(quotes, inner, own, nodes)
        kept, self.items = self.items, []
        background, inner.background = inner.background, False
        self.finish(inner, own, nodes)
        drawn, self.items = self.items, kept
        inner.background = background
        after.append(Group(tuple(drawn), role="edge"))

    # Plots

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
                end = _closing(text, "(", ")")
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

    # Nodes

    def node_state(self, state: State) -> State:
        inner = state.copy()
        inner.draws = inner.fills = inner.decorates = False
        inner.pattern, inner.double = "", 0.0
        inner.start = inner.end = None
        inner.post, inner.labels, inner.quotes = (), (), ()
        inner.name, inner.at, inner.pos, inner.contents = "", None, None, None
        inner.node_matrix = IDENTITY
        inner.anchor = "center"
        inner.shape = "rectangle"
        inner.shorten = (0.0, 0.0)
        inner.sloped = False
        inner.rounding = state.rounding
        inner.matrix_kind = ""
        return inner

    def node_text(self, state: State, word: str) -> tuple[State, str]:
        """Options, name, place and text of a node, in whatever order they stand."""
        inner = self.node_state(state)
        outside = inner.matrix
        inner.matrix = IDENTITY
        self.state_now = state
        if word == "coordinate":
            inner.inner, inner.minimum, inner.shape = (0.0, 0.0), (0.0, 0.0), "coordinate"
        else:
            self.style(inner, "every node")
        while True:
            tok = self.skip_blanks()
            if tok in self.macros and tok:
                self.expand(*self.take())
            elif tok == "[":
                text = self.expanded(self.raw_option() or [])
                inner.node_matrix, before = IDENTITY, inner.node_matrix
                inner.matrix = IDENTITY
                keep = self.state_now
                scope = inner.copy()
                scope.matrix = outside
                self.state_now = scope
                self.node_options(inner, text, outside)
                self.state_now = keep
                inner.node_matrix = multiply(before, inner.node_matrix)
            elif tok == "(" and word == "coordinate" and inner.name:
                text = ""
                break
            elif tok == "(":
                self.take()
                inner.name = self.expanded(self.parenthesis()).strip()
            elif self.word_next("at"):
                if self.skip_blanks() == "(":
                    tokens, plus = self.raw_coordinate()
                    inner.at, _ = self.coordinate(tokens, state, (0.0, 0.0), plus)
                else:
                    name = self.expanded([self.rest_of_word(self.take()[0])])
                    inner.at = self.named(name, state)[0]
            elif tok == "{" and word == "node":
                text = self.expanded(self.raw_group("node", self.here))
                break
            elif word == "coordinate":
                text = ""
                break
            elif inner.contents is not None:
                text = inner.contents
                break
            else:
                raise self.refuse("a node needs a text in braces")
        inner.matrix = outside
        if inner.shape == "coordinate" and (inner.draws or inner.fills or word != "coordinate"):
            inner.shape = "rectangle" if word != "coordinate" else inner.shape
        return inner, text

    def node_options(self, inner: State, text: str, outside: Matrix) -> None:
        """Options of a node: what moves, turns or scales it is about the node, not about the path."""
        kept = inner.matrix
        for option in split(text):
            if not option.strip():
                continue
            inner.matrix = IDENTITY if "of " in option else inner.matrix
            place = re.match(r"\s*(above|below|left|right)\b.*\bof\b", option, re.DOTALL)
            if place is not None:
                before, inner.matrix = inner.matrix, outside
                self.option(inner, option.strip())
                inner.matrix = before
            else:
                self.option(inner, option.strip())
        inner.node_matrix = multiply(inner.matrix, inner.node_matrix)
        inner.matrix = kept

    def node(self, state: State, text: str, b: Builder, after: list[Item], word: str) -> NodeBox:
        """Sets a node where the path is, or where its options say; returns it."""
        at, slope = b.last, 0.0
        if state.pos is not None:
            at, slope = b.place(state.pos)
        if state.at is not None:
            at = state.at
        if state.auto and state.pos is not None and state.anchor == "center":
            state.anchor = _auto_anchor(slope, (state.auto == "right") != state.swap)
        drawn, box = self.build(state, text, at, slope if state.sloped else 0.0)
        if state.name:
            self.boxes[state.name] = box
        if drawn:
            group = Group(tuple(drawn), role="node", name=state.name)
            after.append(group)
        for kind, note in state.labels:
            self.annotate(state, kind, note, box, after)
        for quote in state.quotes:
            match = re.fullmatch(r'"(.*?)"\s*(.*)', quote, re.DOTALL)
            if match is not None:
                self.annotate(state, "label", f"{{[{unbraced(match[2])}]{match[1]}}}", box, after)
        return box

    def build(self, state: State, text: str, at: Point, slope: float) -> tuple[list[Item], NodeBox]:
        """The items of a node and its box."""
        lines, size, display = self.text_lines(text, state)
        label = Label(
            (0.0, 0.0), lines, size=size, color=state.words,
            align={"center": "center", "flush center": "center", "right": "right", "flush right": "right"}.get(
                state.align, "left"
            ),  # type: ignore[arg-type]
            leading=LEADINGS.get(size, 1.2 * size), display=display,
            opacity=(state.text_opacity if state.text_opacity is not None else 1.0) * state.opacity,
        )  # fmt: skip
        if state.text_width and lines:
            label = replace(label, lines=self.broken(label, state.text_width))
        found = labels.set_label(label) if lines else labels.box((), size, "left", 0.0, False)
        width = state.text_width or found.width
        height = state.text_height if state.text_height is not None else found.height
        depth = state.text_depth if state.text_depth is not None else found.depth
        outer = state.outer if state.outer is not None else 0.5 * state.width
        if state.shape == "coordinate":
            half, outer = (0.0, 0.0), 0.0
        else:
            half = half_sizes(
                state.shape, width + 2 * state.inner[0], height + depth + 2 * state.inner[1], state.minimum,
                sides=state.sides, aspect=state.aspect,
            )  # fmt: skip
        base = (depth - height) / 2
        box = NodeBox(
            state.shape, half[0] + outer, half[1] + outer, outer, base, width / 2, IDENTITY, state.sides,
            state.border_turn,
        )  # fmt: skip
        linear: Matrix = (*state.matrix[:4], 0.0, 0.0) if state.transform_shape else IDENTITY
        if slope:
            slope = (slope + 90) % 180 - 90
            linear = multiply(linear, rotation(slope))
        frame = multiply(state.node_matrix, linear)
        anchor = box.local_anchor(state.anchor)
        if anchor is None:
            raise self.refuse(f"the shape {state.shape} has no anchor {state.anchor!r}")
        shift: Matrix = (1, 0, 0, 1, -anchor[0], -anchor[1])
        shifted_offset = apply((*state.matrix[:4], 0.0, 0.0), (frame[4], frame[5])) if not state.transform_shape else (
            (frame[4], frame[5])
        )  # fmt: skip
        frame = (*frame[:4], *shifted_offset)
        matrix = multiply(multiply(shift, frame), (1, 0, 0, 1, *at))
        box = replace(box, matrix=matrix)
        items: list[Item] = []
        style = state.style()
        if state.shape != "coordinate" and (style.stroke or style.fill or state.pattern):
            shape = box.drawn(style, state.rounding)
            if state.pattern:
                from .decorations import hatched

                items.append(Group(hatched(state.pattern, shape, state.pattern_color or "#000000", self), clip=shape))
                shape = replace(shape, style=replace(style, fill=""))
            if state.double and style.stroke:
                items.append(replace(shape, style=replace(style, width=2 * style.width + state.double)))
                shape = replace(shape, style=replace(style, stroke=state.double_color, width=state.double, fill=""))
            items.append(shape)
        if lines:
            left = {"left": -width / 2, "center": 0.0, "right": width / 2}[label.align]
            side: Any = {"left": "base west", "center": "base", "right": "base east"}[label.align]
            here = apply(matrix, (left, base))
            items.append(_placed_label(replace(label, at=here, anchor=side), matrix))
        return items, box

    def text_lines(self, text: str, state: State) -> tuple[tuple[Node, ...], float, bool]:
        """The lines of a node's text, the size of its letters, and whether formulas are displays."""
        size, text = state.size, text.strip()
        switches = list(state.font)
        display = False
        if "\\begin{tikzpicture}" in text or "\\includegraphics" in text:
            raise self.refuse("a node holds a picture")
        text = _TABULAR.sub(r"\1", text)
        while True:
            match = re.match(r"\s*\\([A-Za-z]+)\s*", text)
            if match is None:
                break
            if match[1] in SIZES:
                size = SIZES[match[1]]
            elif match[1] in ("centering", "raggedright", "raggedleft", "strut", "normalfont", "relax", "sloppy"):
                pass
            elif match[1] in _SWITCHES:
                switches.append(match[1])
            else:
                break
            text = text[match.end() :]
        scale = re.fullmatch(r"\s*\\scalebox\s*\{([\d.]+)\}\s*\{(.*)\}\s*", text, re.DOTALL)
        if scale is not None:
            size, text = size * float(scale[1]), scale[2]
        if "\\displaystyle" in text:
            display = True
        rows = re.split(r"\\\\(?:\s*\[[^\]]*\])?|\\newline\b", text) if _breaks(text) else [text]
        lines: list[Node] = []
        for row in rows:
            row = row.strip()
            inner = re.match(r"\{\s*\\([A-Za-z]+)\s+(.*)\}\Z", row, re.DOTALL)
            if inner is not None and inner[1] in SIZES:
                size, row = SIZES[inner[1]], inner[2]
            for name in switches:
                if name in _SWITCHES and row and not row.startswith("$"):
                    row = f"\\{_SWITCHES[name]}{{{row}}}"
            lines.append(self.line_node(row))
        if all(line == Row(()) or line == Text("") for line in lines):
            return (), size, display
        return tuple(lines), size, display

    def line_node(self, text: str) -> Node:
        text = re.sub(r"\\(?:tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge)\b\s*", "", text)
        text = re.sub(r"\\(?:mathlarger|mathsmaller)\s*", "", text)
        for short, long in (("bf", "textbf"), ("it", "textit"), ("tt", "texttt"), ("sf", "textsf"), ("em", "textit")):
            text = re.sub(rf"\{{\s*\\{short}\s+([^{{}}$]*)\}}", rf"\\{long}{{\1}}", text)
        if not text:
            return Row(())
        try:
            return labels.read_line(text, losses=self.losses)
        except (ParseError, UnsupportedError) as error:
            message = getattr(error, "message", str(error))
            raise self.refuse(f"the label {text[:60]!r}: {message}") from error

    def broken(self, label: Label, width: float) -> tuple[Node, ...]:
        """The lines of a label broken where they are wider than `width`."""
        result: list[Node] = []
        factor = label.size / 10
        for line in label.lines:
            if labels.setting(line, label.display).width * factor <= width + 0.5:
                result.append(line)
                continue
            words = labels.write_line(line) if isinstance(line, Text) else ""
            if not words:
                items = line.items if isinstance(line, Row) else (line,)
                pieces: list[Node] = []
                for item in items:
                    if isinstance(item, Text) and not item.font:
                        pieces += [Text(word) for word in re.findall(r"\S+\s*|\s+", item.text)]
                    else:
                        pieces.append(item)
            else:
                assert isinstance(line, Text)
                pieces = [Text(word, line.font) for word in re.findall(r"\S+\s*|\s+", line.text)]
            current: list[Node] = []
            for piece in pieces:
                trial = Row((*current, piece)) if current else piece
                if current and labels.setting(trial, label.display).width * factor > width + 0.5:
                    result.append(_joined(current))
                    current = []
                current.append(piece)
            if current:
                result.append(_joined(current))
        return tuple(result)

    def annotate(self, state: State, kind: str, note: str, box: NodeBox, after: list[Item]) -> None:
        """A label or a pin: ``[options]angle:text``."""
        note = unbraced(note)
        options = ""
        if note.startswith("["):
            end = _closing(note, "[", "]")
            options, note = note[1:end], note[end + 1 :].strip()
        place, colon, text = note.partition(":")
        named: dict[str, float | None] = {
            "above": 90, "below": 270, "left": 180, "right": 0, "above left": 135, "above right": 45, "below left": 225,
            "below right": 315, "center": None,
        }  # fmt: skip
        direction: float | None = 90.0
        if colon and "$" not in place and "{" not in place:
            key = " ".join(place.split())
            known = named.get(key)
            direction = known if key in named else self.evaluate(place, state)[0]
        else:
            text = note
        inner = self.node_state(state)
        inner.inner = (3.333, 3.333)
        inner.color, inner.stroke_color, inner.fill_color, inner.text_color = state.color, "", "", ""
        inner.minimum, inner.text_width, inner.text_height, inner.text_depth = (0.0, 0.0), 0.0, None, None
        inner.matrix = IDENTITY
        self.style(inner, f"every {kind}")
        self.apply(inner, options)
        for name, degrees in named.items():
            if (
                inner.anchor != "center"
                and name == next((key for key, value in _ANCHORS.items() if value == inner.anchor), "")
                and degrees is not None
                and not colon
            ):
                direction = float(degrees)
        inner.node_matrix = inner.matrix
        if direction is None:
            after += self.build(inner, unbraced(text), box.center, 0.0)[0]
            return
        at = box.border_at(direction)
        reach = inner.pin_distance if kind == "pin" else inner.label_distance
        x, y = math.cos(math.radians(direction)), math.sin(math.radians(direction))
        at = (at[0] + reach * x, at[1] + reach * y)
        inner.anchor = _anchor_toward(direction)
        items, placed = self.build(inner, unbraced(text), at, 0.0)
        if kind == "pin":
            edge = Style(stroke="#808080", width=0.4)
            line = Path(polygon([box.border(placed.center), placed.border(box.center)], False), edge)
            after.append(Group((line,), role="pin"))
        after.append(Group(tuple(items), role=kind))

    # Matrices and pics

    def matrix_node(self, state: State, b: Builder, after: list[Item]) -> None:
        from .decorations import matrix

        matrix(self, state, b, after)

    def pic(self, state: State, b: Builder, after: list[Item]) -> None:
        option = self.expanded(self.raw_option() or [])
        inner = state.copy()
        inner.quotes = ()
        self.apply(inner, option)
        text = self.expanded(self.raw_group("pic", self.here))
        match = re.fullmatch(r"\s*(right )?angle\s*=\s*(.*?)\s*--\s*(.*?)\s*--\s*(.*?)\s*", text)
        if match is None:
            raise self.refuse(f"the pic {text!r} is not known")
        first, vertex, last = (self.resolve(_bare(name), state)[0] for name in match.groups()[1:])
        start = math.degrees(math.atan2(first[1] - vertex[1], first[0] - vertex[0]))
        end = math.degrees(math.atan2(last[1] - vertex[1], last[0] - vertex[0]))
        if end < start:
            end += 360
        own = Builder()
        radius = inner.angle_radius
        inner.draws = inner.draws or not inner.fills
        if match[1]:
            a, c = (
                (vertex[0] + radius * math.cos(math.radians(t)), vertex[1] + radius * math.sin(math.radians(t)))
                for t in (start, end)
            )
            for part in polygon([a, (a[0] + c[0] - vertex[0], a[1] + c[1] - vertex[1]), c], False):
                own.add(part)
        else:
            curves = arc(vertex, radius, radius, start, end)
            begin = (
                vertex[0] + radius * math.cos(math.radians(start)), vertex[1] + radius * math.sin(math.radians(start))
            )  # fmt: skip
            own.add(Move(begin))
            for curve in curves:
                own.add(curve)
            if inner.fills:
                filled = Path(
                    (Move(vertex), *polygon([begin], False)[1:], *own.parts[1:]), replace(inner.style(), stroke="")
                )
                after.append(filled)
        style = replace(inner.style(), fill="")
        after.append(
            Group(
                (Path(tuple(own.parts), style, inner.resolved(inner.start), inner.resolved(inner.end)),), role="angle"
            )
        )
        quote: str
        for quote in inner.quotes:
            node = self.node_state(inner)
            node.matrix = IDENTITY
            middle = math.radians((start + end) / 2)
            far = radius * inner.angle_eccentricity
            at = (vertex[0] + far * math.cos(middle), vertex[1] + far * math.sin(middle))
            body = re.match(r'"(.*?)"', quote, re.DOTALL)
            after += self.build(node, body[1] if body else "", at, 0.0)[0]


_ANCHORS: Final = {
    "above": "south", "below": "north", "left": "east", "right": "west", "above left": "south east",
    "above right": "south west", "below left": "north east", "below right": "north west",
}  # fmt: skip


def _placed_label(label: Label, matrix: Matrix) -> Label:
    """The label turned, scaled or slanted as its node is."""
    a, b, c, d, _, _ = matrix
    if (a, b, c, d) == (1, 0, 0, 1):
        return label
    if abs(a - d) + abs(b + c) < 1e-9:
        scale = scale_of(matrix)
        return replace(
            label, turn=math.degrees(math.atan2(b, a)), size=label.size * scale, leading=label.leading * scale
        )
    return replace(label, matrix=(a, b, c, d, 0.0, 0.0))


def _joined(pieces: list[Node]) -> Node:
    last = pieces[-1]
    if isinstance(last, Text):
        pieces = [*pieces[:-1], Text(last.text.rstrip(), last.font)]
    return pieces[0] if len(pieces) == 1 else Row(tuple(pieces))


def _breaks(text: str) -> bool:
    """Whether a text is broken into lines outside formulas and environments."""
    return ("\\\\" in text or "\\newline" in text) and "\\begin" not in text


def _auto_anchor(slope: float, right: bool) -> str:
    """The anchor of a node beside a line that runs in a direction."""
    return _anchor_toward(slope + (-90 if right else 90))


def _anchor_toward(direction: float) -> str:
    """The anchor that faces where a label comes from."""
    angle = direction % 360
    names = ("west", "south west", "south", "south east", "east", "north east", "north", "north west")
    for index, middle in enumerate(range(0, 360, 90)):
        if abs((angle - middle + 180) % 360 - 180) < 4:
            return names[2 * index]
    return names[2 * int(angle // 90) + 1]


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


def _inverse(matrix: Matrix) -> Matrix:
    from .keys import invert_safe

    return invert_safe(matrix)


def _bare(text: str) -> str:
    text = text.strip()
    return text[1:-1] if text.startswith("(") and text.endswith(")") and _paired(text) else text


def _paired(text: str) -> bool:
    return _closing(text, "(", ")") == len(text) - 1


def _closing(text: str, opening: str, closing: str) -> int:
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


def _decimal(value: float) -> str:
    text = f"{value:.5f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


__all__ = ["CM", "Circle", "Ellipse", "Rectangle", "Shape", "read"]
