"""The list of edges: what turns one format into another. All routes are found in this one list.

An edge names its implementation as "module:function", which is imported on first use: nothing here loads a
renderer, and nothing below `convert` is imported by it.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from .errors import Loss, MissingExtraError
from .source import Span

Kind = Literal["reader", "writer", "renderer", "raster", "voice", "recovery", "learned"]
"""What an edge is, and with it how it is called.

reader      f(source: Source, *, losses, **options) -> Node or Document; f(object, …) where the format is no text
writer      f(node, *, losses, **options) -> the target's value
renderer    f(node, *, losses, **options) -> the target's value: a writer of pictures
raster      f(svg: str, **options) -> bytes
voice       f(words: Source | str, *, losses, **options) -> bytes
recovery    f(Source | bytes) -> str | None: the source that a picture carries along, None where it carries none
learned     f([value, …], limit=n, **options) -> [[Answer, …] | PanmathError, …]: at most n answers for each, the best
            first, whose weights are probabilities; always for a whole batch, because models want many at a time
"""


class Answer(NamedTuple):
    """One of several values that an edge has for an input. `weight` is the probability that it is what was meant."""

    value: Any
    weight: float
    losses: tuple[Loss, ...] = ()


class Word(NamedTuple):
    """A spoken word or phrase, and the part of the text that was read which it speaks."""

    text: str
    span: Span | None


VOICE = "panmath.renderers.voice"
"""The module that speaks, and that knows which voices there are."""


ASK = "panmath.renderers.ask"
"""The module that answers questions about figures."""


MODELS = "panmath.models.commands"
"""The module with the commands of learned edges."""

CORPORA = "panmath.corpora.commands"
"""The module with the commands of corpora."""

EXTRACT = "panmath.corpora.extract"
"""The module with the commands that take mathematics out of documents."""


class Edge(NamedTuple):
    """One way from one format to another.

    `reliability` is the share of inputs that come out right: 1 for a program that is exact on all it accepts, less
    where the target cannot say everything. `fixed` are arguments that make one function serve several edges; the
    option `language` chooses among those for which it is fixed. `asks` are options that the edges before it on a route
    should have unless the user says otherwise.
    `tex` is the parameter through which an edge is given the formula in TeX, where the option `tex_flag` asks for it.
    `many`, where there is one, names a function for a whole batch. It takes lists of values, of `losses` and of `tex`,
    and returns as many results, each a value or a PanmathError.
    With `words` the function takes a list of that name, to which it adds each `Word` of its answer in order.
    `several`, where there is one, names a function that takes also `limit` and gives at most so many `Answer`s, the
    best first.
    `check`, where there is one, names a function of an input and an answer to it, with the options, which goes back the
    deterministic way and returns a `Verification`; learned edges have it.
    """

    source: str
    target: str
    implementation: str
    kind: Kind
    reliability: float = 1.0
    options: tuple[str, ...] = ()
    fixed: tuple[tuple[str, object], ...] = ()
    asks: tuple[tuple[str, object], ...] = ()
    extra: str = ""
    many: str = ""
    several: str = ""
    check: str = ""
    tex: str = ""
    tex_flag: str = ""
    words: bool = False

    @property
    def name(self) -> str:
        """How the edge is shown: ``tex → ast``."""
        return f"{self.source} → {self.target}"

    def takes(self, option: str) -> bool:
        """Whether the option has to do with the edge. What is fixed for a reader is a fact about the input."""
        return option in self.options or (not self.reads_words and option in dict(self.fixed))

    @property
    def reads_words(self) -> bool:
        """Whether words come in, so that their language is known and not asked for."""
        return self.source.partition(".")[0] == "spoken" and self.kind != "voice"


def _drawing(target: str, format: str, *more: str) -> Edge:
    return Edge(
        "ast", target, "panmath.renderers.formula:draw", "renderer",
        options=("display", "font", "size", "color", "background", "margin", "embed", *more),
        fixed=(("format", format),), extra="render", many="panmath.renderers.formula:draw_many",
        tex="tex", tex_flag="embed",
    )  # fmt: skip


_ASKING = ("model", "device", "precision", "beams")
"""Options of the edges that ask a network."""
_SAYING = ("style", "letters", "capital", "numbers", "verbosity", "preferences", "ssml")


def _spoken(language: str) -> tuple[Edge, ...]:
    format, fixed = f"spoken.{language}", (("language", language),)
    return (
        Edge(
            format, "ast", "panmath.convert.readers.spoken:read", "reader", 0.6, options=("grammar",), fixed=fixed,
            several="panmath.convert.readers.spoken:read_several",
        ),
        Edge(
            format, "tex", "panmath.models.spoken_to_tex:read_many", "learned", 0.55,
            options=_ASKING, fixed=fixed, extra="models", check="panmath.convert.verify:said_back",
        ),
        Edge(
            "ast", format, "panmath.convert.writers.spoken:write", "writer", 0.9,
            options=_SAYING, fixed=fixed, words=True,
        ),
        Edge(
            format, "document", "panmath.convert.readers.spoken.sentences:read", "reader", 0.5, fixed=fixed,
        ),
        Edge(
            "document", format, "panmath.convert.writers.spoken.document:write", "writer", 0.9,
            options=_SAYING, fixed=fixed, words=True,
        ),
        Edge(
            format, "speech", VOICE + ":speak", "voice",
            options=("voice", "rate", "pitch", "audio", "engine", "timeout"), fixed=fixed, asks=(("ssml", True),),
            extra="speech-gpl",
        ),
        Edge(
            "speech", format, "panmath.models.speech_to_spoken:read_many", "learned", 0.6,
            options=("model", "device", "precision", "beams"), fixed=fixed, extra="models",
        ),
    )  # fmt: skip


EDGES: tuple[Edge, ...] = (
    Edge("tex", "ast", "panmath.convert.readers.tex:read", "reader", options=("strict", "macros")),
    Edge("mathml", "ast", "panmath.convert.readers.mathml:read", "reader", 0.99),
    Edge("unicode", "ast", "panmath.convert.readers.unicode:read", "reader", 0.9),
    Edge("sympy", "ast", "panmath.convert.readers.sympy:read", "reader", 0.95),
    Edge("ast", "tex", "panmath.convert.writers.tex:write", "writer", options=("style",)),
    Edge(
        "ast", "mathml", "panmath.convert.writers.mathml:write", "writer",
        options=("display", "annotation"), tex="annotation", tex_flag="annotation",
    ),
    Edge("ast", "unicode", "panmath.convert.writers.unicode:write", "writer", 0.9),
    Edge("ast", "typst", "panmath.convert.writers.typst:write", "writer", options=("display",)),
    Edge("ast", "sympy", "panmath.convert.writers.sympy:write", "writer", 0.8, options=("constants", "declare")),
    Edge("ast", "python", "panmath.convert.writers.python:write", "writer", 0.8, options=("style", "name", "module")),
    *_spoken("en"),
    *_spoken("ru"),
    Edge(
        "document.md", "document", "panmath.convert.readers.document_markdown:read", "reader", options=("macros",),
    ),
    Edge("document.tex", "document", "panmath.convert.readers.document_tex:read", "reader", 0.9, options=("macros",)),
    Edge("document", "document.md", "panmath.convert.writers.document_markdown:write", "writer", 0.9),
    _drawing("svg", "svg"),
    _drawing("image", "png", "dpi"),
    _drawing("pdf", "pdf"),
    Edge(
        "svg", "image", "panmath.renderers.raster:raster", "raster",
        options=("dpi", "background", "engine", "timeout"), fixed=(("format", "png"),), extra="render",
    ),
    Edge(
        "svg", "pdf", "panmath.renderers.raster:raster", "raster",
        options=("background", "engine", "timeout"), fixed=(("format", "pdf"),), extra="render",
    ),
    Edge(
        "tikz", "scene", "panmath.renderers.tikz.engines:read", "reader", 0.9,
        options=("macros", "engine", "timeout"), extra="render",
    ),
    Edge("svg", "scene", "panmath.renderers.svg_reader:read", "reader", 0.9, extra="render"),
    Edge("pyplot", "scene", "panmath.renderers.sandbox:read", "reader", 0.9, options=("unsafe_exec",), extra="figures"),
    Edge(
        "ast", "scene", "panmath.renderers.plot:scene", "renderer", 0.95, options=("display", "scales", "plot"),
        extra="render",
    ),
    Edge(
        "scene", "svg", "panmath.renderers.drawing:draw", "renderer", options=("margin", "background"), extra="render",
    ),
    Edge("scene", "tikz", "panmath.renderers.tikz:write", "renderer", 0.9, options=("standalone",), extra="render"),
    Edge("scene", "pyplot", "panmath.renderers.pyplot:write", "renderer", 0.9, extra="render"),
    Edge("scene", "description", "panmath.renderers.description:write", "renderer", 0.9, extra="render"),
    Edge("description", "scene", "panmath.renderers.figure_words:read", "reader", 0.7, extra="render"),
    Edge(
        "description", "svg", "panmath.models.words_to_figure:read_many", "learned", 0.5,
        options=("model", "device", "precision", "samples"), extra="models",
        check="panmath.models.words_to_figure:shows",
    ),
    Edge("scene", "ast", "panmath.renderers.plot:formulas", "reader", 0.95, extra="render"),
    Edge("svg", "tex", "panmath.renderers.metadata:embedded_tex", "recovery", 0.9),
    Edge(
        "image", "tex", "panmath.models.image_to_tex:read_many", "learned", 0.6, options=_ASKING, extra="models",
        check="panmath.models.drawn_back:drawn_back",
    ),
    Edge(
        "image", "scene", "panmath.models.picture_to_figure:read_many", "learned", 0.6, options=(*_ASKING, "engine"),
        extra="models", check="panmath.models.picture_to_figure:drawn_back",
    ),
    Edge("pdf", "tex", "panmath.renderers.metadata:embedded_tex", "recovery", 0.9),
)  # fmt: skip


@functools.cache
def resolve(reference: str) -> Callable[..., Any]:
    """The function that "module:function" names."""
    module, _, attribute = reference.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def missing(edge: Edge, error: ModuleNotFoundError) -> MissingExtraError:
    """What to say where a package that an edge needs is not there; a module of our own is a mistake of ours."""
    if not edge.extra:
        raise error
    return MissingExtraError(
        f'{edge.name} needs {error.name}, which is not installed: pip install "panmath[{edge.extra}]"'
    )
