"""Paths: their operations in order, up to the semicolon."""

from __future__ import annotations

from abc import abstractmethod

from .. import labels
from ..scene import (
    Item,
    Move,
    Path,
    Scene,
    apply,
    bounds,
)
from . import matrices
from .options import State
from .paths import Builder
from .pics import Pics
from .plots import Plots
from .shapes import Shapes
from .trees import Trees


class PathReader(Pics, Trees, Plots, Shapes):
    """Reads the operations of a path, and paints it when it ends."""

    @abstractmethod
    def command(self, state: State, tok: str, at: int) -> bool:
        """Runs a command; False where it is none of ours."""

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
        first, _ = self.next_coordinate(state, b)
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

    def word(self, word: str, state: State, b: Builder, after: list[Item]) -> None:
        match word:
            case "node" | "coordinate":
                inner, text = self.node_text(state, word)
                b.tree = self.node(inner, text, b, after, word)
                b.recent = b.tree if all(isinstance(part, Move) for part in b.parts) else None
            case "child":
                self.children(state, b, after)
            case "matrix":
                matrices.matrix(self, state, b, after)
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
            case "edge" if self.word_next("from"):
                self.edge_from_parent(state, b)
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
