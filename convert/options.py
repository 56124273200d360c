"""The one schema of options: keyword arguments, command-line flags, help text and completion are all read from it.

`OPTIONS` are those of conversions, in Python and on the command line; which edge takes one is said in the edge's row.
`FLAGS` and `COMMANDS` are what the command line has besides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from .edges import EDGES, Edge
from .errors import InputError, OptionError, ParseError
from .formats import decode
from .styles import STYLES

Kind = Literal["flag", "integer", "number", "text", "choice", "macros"]


class Option(NamedTuple):
    """One option. `everywhere` marks those that the pipeline itself takes, whatever the route.

    `by_format` says which of the `choices` are for which format, or for which edge, where not all are for all.
    """

    name: str
    kind: Kind
    help: str
    default: object = None
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    metavar: str = ""
    everywhere: bool = False
    by_format: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags on the command line. What is on unless told otherwise has one that turns it off; what depends on
        the format unless told otherwise has both.
        """
        name = self.name.replace("_", "-")
        if self.kind != "flag" or self.default is False:
            return (f"--{name}",)
        return (f"--no-{name}",) if self.default is True else (f"--{name}", f"--no-{name}")

    def choices_for(self, edge: Edge) -> tuple[str, tuple[str, ...]] | None:
        """The choices that are for an edge, and what they are for; None where all are."""
        known = dict(self.by_format)
        return next(((place, known[place]) for place in (edge.name, edge.target) if place in known), None)

    def check(self, value: object) -> object:
        """The value as the edges want it; OptionError where it is none that the option takes."""
        if self.kind == "macros":
            return load_macros(value)
        if self._fits(value):
            return value
        raise OptionError(f"{self.name} is {self.expects()}, not {value!r}")

    def _fits(self, value: object) -> bool:
        match self.kind:
            case "flag":
                return isinstance(value, bool)
            case "integer":
                return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high
            case "number":
                real = isinstance(value, int | float) and not isinstance(value, bool)
                return real and self.low <= float(value) <= self.high  # type: ignore[arg-type]
            case "choice":
                return value in self.choices
            case _:
                return isinstance(value, str)

    def expects(self) -> str:
        """What a value must be, for messages: ``a number from 1 to 2400``."""
        match self.kind:
            case "flag":
                return "True or False"
            case "choice":
                return f"one of {', '.join(self.choices)}"
            case "integer" | "number":
                kind = "a whole number" if self.kind == "integer" else "a number"
                low = f" from {self.low:g}" if self.low > -math.inf else ""
                high = f" to {self.high:g}" if self.high < math.inf else ""
                return kind + low + high
            case "macros":
                return "a file, or a dictionary of names and bodies"
            case "text":
                return "text"

    def parse(self, text: str) -> object:
        """What the command line gives as text, in the type that `check` wants."""
        try:
            match self.kind:
                case "integer":
                    return int(text)
                case "number":
                    return float(text)
                case "macros":
                    return Path(text)
                case _:
                    return text
        except ValueError:
            raise OptionError(f"{self.name} is {self.expects()}, not {text!r}") from None


class Flag(NamedTuple):
    """A flag that only the command line has. Without a `metavar` it takes no value."""

    names: tuple[str, ...]
    help: str
    metavar: str = ""


FONTS = (
    "New Computer Modern Math",
    "TeX Gyre Pagella Math",
    "TeX Gyre Termes Math",
    "STIX Two Math",
    "Noto Sans Math",
)
"""What `renderers.formula` can draw with; named here because help must not load it."""

OPTIONS: tuple[Option, ...] = (
    Option(
        "strict", "flag", "refuse what is unknown and whatever would be lost, instead of warning", False,
        everywhere=True,
    ),
    Option(
        "verify", "flag", "take the answer back another way and fail unless it agrees with the input", False,
        everywhere=True,
    ),
    Option(
        "nbest", "integer", "how many answers to give where an edge has several", 1, low=1, high=1000, metavar="N",
        everywhere=True,
    ),
    Option("display", "flag", "set as a display, or in the line of a text"),
    Option("annotation", "flag", "carry the TeX along in the MathML", False),
    Option("font", "text", f"one of {', '.join(FONTS)}", FONTS[0], metavar="NAME"),
    Option("size", "number", "size of the letters in points", 12.0, low=1, high=1000, metavar="PT"),
    Option("color", "text", "colour of the formula: #rrggbb or a name", "black"),
    Option("background", "text", "a colour, or transparent, which all but PNG are by default", metavar="COLOR"),
    Option("margin", "number", "white around the formula, in points", 2.0, low=0, high=1000, metavar="PT"),
    Option("dpi", "number", "resolution in pixels per inch", 200.0, low=10, high=2400),
    Option("embed", "flag", "carry the TeX along in the picture, from which it can be read again", True),
    Option(
        "macros", "macros", "macros for the reader: a .json object of names and bodies, or TeX definitions",
        metavar="FILE",
    ),
    Option(
        "style", "choice",
        "TeX as short as possible (compact, the default) or with braces around every script; Python as lambda (the "
        "default) or def; words as people say them (natural, the default) or unmistakable (exact)",
        choices=("compact", "braced", "lambda", "def", *STYLES),
        by_format=(
            ("tex", ("compact", "braced")), ("python", ("lambda", "def")), ("spoken.en", tuple(STYLES)),
            ("spoken.ru", tuple(STYLES)),
        ),
    ),
    Option(
        "grammar", "choice", "how words are read: as people say them, or as the exact style writes them", "natural",
        choices=("natural", "exact"),
    ),
    Option("letters", "choice", "letters by their names, or alpha, bravo … (nato)", "plain", choices=("plain", "nato")),
    Option("capital", "text", "the word said before a capital letter, such as cap", ""),
    Option(
        "numbers", "choice", "numbers in words or in digits; English keeps digits and Russian takes words unless told",
        choices=("words", "digits"),
    ),
    Option(
        "verbosity", "choice", "how much the styles of speech say that leave it open",
        choices=("verbose", "medium", "terse"),
    ),
    Option(
        "preferences", "text", "preferences of ClearSpeak, as Exponent_Ordinal:Paren_Silent", "", metavar="NAME_VALUE:…"
    ),
    Option("ssml", "flag", "mark pauses in SSML, as is done for speech unless told otherwise"),
    Option("language", "choice", "what is spoken, English unless the input or the voice tells", choices=("en", "ru")),
    Option("voice", "text", "who speaks, as in en-us, ru or en-gb+f3; panmath voices lists them", "", metavar="NAME"),
    Option("rate", "number", "how fast, in words a minute", 160.0, low=80, high=450, metavar="WPM"),
    Option("pitch", "number", "how high, where 50 is the voice's own", 50.0, low=0, high=100),
    Option(
        "audio", "choice", "the kind of file, which the name of the output tells", "wav",
        choices=("wav", "flac", "ogg", "mp3"),
    ),
    Option(
        "model", "text", "the checkpoint of a learned edge: a name that panmath models lists, a folder, or an id on "
        "the Hugging Face hub", "", metavar="NAME",
    ),
    Option(
        "device", "choice", "where a network runs, the fastest there is unless told otherwise", "auto",
        choices=("auto", "cuda", "mps", "cpu"),
    ),
    Option(
        "precision", "choice", "the numbers that a network computes with, bf16 on a GPU and fp32 elsewhere unless told",
        "auto", choices=("auto", "fp32", "bf16"),
    ),
    Option("beams", "integer", "how many answers a network follows at a time", 4, low=1, high=64, metavar="N"),
    Option(
        "samples", "integer", "how many figures a language model writes, of which the best that passes is taken",
        8, low=1, high=64, metavar="N",
    ),
    Option("name", "text", "name of the function that def makes", "f"),
    Option("module", "choice", "whose functions it calls", "numpy", choices=("numpy", "math")),
    Option("constants", "flag", "take e, i and π for the numbers", True),
    Option("declare", "flag", "put the lines before the expression that make its symbols", False),
    Option(
        "engine", "choice",
        "what draws TikZ, the first that can unless told otherwise (auto); what draws pixels, resvg unless told "
        "otherwise; what speaks, espeak unless told otherwise; vtracer traces any picture as filled outlines",
        choices=("auto", "native", "tikzjax", "tex", "resvg", "cairosvg", "espeak", "flite", "vtracer"),
        by_format=(
            ("scene", ("auto", "native", "tikzjax", "tex")),
            ("image", ("resvg", "cairosvg")), ("pdf", ("resvg", "cairosvg")), ("speech", ("espeak", "flite")),
            ("image → scene", ("vtracer",)),
        ),
    ),
    Option(
        "scales", "choice", "which axes of a plot are logarithmic", "linear",
        choices=("linear", "semilogx", "semilogy", "loglog"),
    ),
    Option("plot", "flag", "draw what a formula means, a function as a curve, instead of setting the formula", False),
    Option("standalone", "flag", "a whole LaTeX document instead of a tikzpicture alone", False),
    Option(
        "unsafe_exec", "flag", "run a program for figures even where the system has nothing to shut it in with", False
    ),
    Option(
        "timeout", "number", "seconds after which drawing, or speaking a sentence, is given up", 20.0,
        low=0.1, high=3600, metavar="S",
    ),
)  # fmt: skip

FLAGS: tuple[Flag, ...] = (
    Flag(("-h", "--help"), "show this and stop"),
    Flag(("--version",), "show the version and stop"),
    Flag(("-f", "--from"), "the format of the input; without it the name and the content tell", "FORMAT"),
    Flag(("-t", "--to"), "the format of the output; without it the suffix of the output tells", "FORMAT"),
    Flag(("-o", "--output"), "where to write; a directory for several files", "FILE|DIR"),
    Flag(("--lines",), "each input line is a formula and gives one output line"),
    Flag(("--json",), "print the full result as JSON, one object a line"),
    Flag(("--explain",), "tell the route, with reliability and time, on standard error"),
    Flag(("-q", "--quiet"), "no warnings about what was lost"),
)

COMMANDS: Mapping[str, tuple[str, str]] = {
    "formats": ("", "the formats, and which can be read and written"),
    "ask": ("FILE QUESTION", "what a figure shows: counts, colours, places, relations"),
    "routes": ("[FROM [TO]]", "the ways from one to another, the most reliable first"),
    "voices": ("[LANGUAGE]", "the voices that speak"),
    "models": ("", "the checkpoints of learned edges that come along"),
    "train": ("EDGE", "train the model of a learned edge"),
    "evaluate": ("EDGE", "measure the model of a learned edge"),
    "batch": ("IN…", "convert records by the million, from lists, tables, archives and folders"),
    "corpus": ("COMMAND", "make training data by recipes, and look at it"),
    "extract": ("KIND", "take mathematics out of web pages and of papers in TeX"),
    "symbols": ("[WORD…]", "search the table of symbols by name, character, TeX or words"),
    "score": ("PRED TRUE", "measure predictions against truths"),
    "completion": ("SHELL", "completion for bash, zsh or fish"),
}
"""The sub-commands: what they take, and what they do."""

_BY_NAME = {option.name: option for option in OPTIONS}


def taken_by(name: str) -> tuple[Edge, ...]:
    """The edges that take an option."""
    return tuple(edge for edge in EDGES if edge.takes(name))


def lookup(name: str) -> Option:
    """The option of that name; OptionError names the nearest ones."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    import difflib  # here, because only a mistake needs it

    near = difflib.get_close_matches(name, _BY_NAME, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(sorted(_BY_NAME))}"
    raise OptionError(f"there is no option {name!r}{hint}")


def check(options: Mapping[str, object]) -> dict[str, object]:
    """The options with their values checked. None means "as if not given", whatever the option."""
    return {name: lookup(name).check(value) for name, value in options.items() if lookup(name) and value is not None}


def language(options: Mapping[str, object]) -> str | None:
    """The language that is asked for: as such, or by a voice that is called by its language."""
    voice = re.match(r"(en|ru)(?![^\W_])", str(options.get("voice", "")), re.IGNORECASE)
    asked = options.get("language", voice[1].lower() if voice else None)
    return None if asked is None else str(asked)


def fitting(options: Mapping[str, object], source: str) -> tuple[Edge, ...]:
    """The edges but those that write or speak another language, where a model is named but the rules that do what a
    model does, with the source, if a model reads it, and where a plot is wanted but those that set formulas.
    """
    asked = language(options)
    learned = {edge.source for edge in EDGES if edge.takes("model")} if options.get("model") else set()
    if source in learned:
        learned = {source}

    def fits(edge: Edge) -> bool:
        other = asked is not None and dict(edge.fixed).get("language", asked) != asked
        sets = edge.source == "ast" and edge.kind == "renderer" and not edge.takes("plot")
        replaced = edge.kind == "reader" and edge.source in learned
        return (edge.reads_words or not other) and not replaced and not (sets and options.get("plot"))

    return tuple(filter(fits, EDGES))


def refuse_unfit(options: Mapping[str, object], route: Sequence[Edge], shown_route: str) -> None:
    """OptionError for what nothing on the route takes: a typing mistake must not pass in silence."""
    for name, value in options.items():
        option = lookup(name)
        takers = [edge for edge in route if edge.takes(name)]
        if not takers and not option.everywhere:
            others = ", ".join(edge.name for edge in taken_by(name))
            raise OptionError(f"nothing on the route {shown_route} takes {name}; it is for {others}")
        for_takers = [found for edge in takers if (found := option.choices_for(edge)) is not None]
        if for_takers and not any(value in choices for _, choices in for_takers):
            known = ", or ".join(f"{', '.join(choices)} for {place}" for place, choices in dict.fromkeys(for_takers))
            raise OptionError(f"{name} is one of {known}, not {value!r}")


def for_edge(options: Mapping[str, object], edge: Edge) -> dict[str, object]:
    """The options that an edge takes. Of two edges on a route that know different values, each is given its own."""
    taken = {name: value for name, value in options.items() if name in edge.options}
    known = {name: lookup(name).choices_for(edge) for name in taken}
    return {name: value for name, value in taken.items() if (found := known[name]) is None or value in found[1]}


def load_macros(value: object) -> Mapping[str, object]:
    r"""Macros from a dictionary of names and bodies, or from a file.

    A .json file is such a dictionary, as KaTeX and MathJax have them; any other holds TeX definitions.
    """
    if isinstance(value, Path):
        return _macro_file(value)
    if isinstance(value, Mapping) and all(isinstance(item, str) for pair in value.items() for item in pair):
        return dict(value)
    raise OptionError(f"macros is {lookup('macros').expects()}, not {value!r}")


def _macro_file(path: Path) -> Mapping[str, object]:
    # Here and below: few have macros, and what reads them is not cheap.
    import json

    try:
        source = decode(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    if path.suffix.lower() != ".json":
        from .readers.tex import read_macros

        return read_macros(source)
    try:
        return load_macros(json.loads(source.text))
    except json.JSONDecodeError as error:
        raise ParseError(f"not JSON: {error.msg}", source, (error.pos, error.pos + 1)) from error
