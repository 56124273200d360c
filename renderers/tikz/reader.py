"""TikZ → scene: a reader of our own for what most figures are made of. It says exactly what it cannot do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ...convert.errors import Losses, ParseError
from ...convert.readers.tex.tokens import Macro, is_blank, tokenize
from ...convert.source import Source
from ..scene import (
    IDENTITY,
    Group,
    Scene,
    multiply,
)
from .colors import ColorError, from_model
from .options import State, decimal
from .path_reader import PathReader

_PATHS: Final[Mapping[str, str]] = {
    "\\path": "", "\\draw": "draw", "\\fill": "fill", "\\filldraw": "draw,fill", "\\clip": "clip", "\\shade": "fill",
    "\\shadedraw": "draw,fill", "\\useasboundingbox": "",
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
    "\\pgfmathsetseed": "m", "\\newcounter": "m", "\\newif": "m", "\\tikzumlset": "m",
    "\\begingroup": "", "\\endgroup": "", "\\pgftransformreset": "",
}  # fmt: skip


def read(source: Source, *, losses: Losses, macros: Mapping[str, str | Macro] | None = None) -> Scene:
    """The figure of the first ``tikzpicture`` of a text, or of a text of TikZ commands alone.

    Raises ParseError and UnsupportedError, which say where and what.
    """
    reader = Reader(source, losses, macros or {})
    reader.document()
    return Scene(tuple(reader.behind + reader.items), reader.frame, origin="native")


class Reader(PathReader):
    """Reads documents, environments and commands."""

    def __init__(self, source: Source, losses: Losses, macros: Mapping[str, str | Macro]) -> None:
        super().__init__(source, losses, macros)
        self.state = State()
        self.state.styles = {"every label": "", "every pin": "", "every pin edge": "help lines, line width=0.2pt"}

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
            text = str(int(value)) if "truncate" in tok else decimal(value)
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
        elif tok in ("\\newtoggle", "\\providetoggle", "\\toggletrue", "\\togglefalse"):
            self.toggles["".join(self.raw_group(tok, at)).strip()] = tok == "\\toggletrue"
        elif tok == "\\iftoggle":
            which, yes, no = (self.raw_group(tok, at) for _ in range(3))
            self.push(yes if self.toggles.get("".join(which).strip()) else no, at)
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
