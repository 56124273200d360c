"""Formats, edges, routes, and the schema of options that goes with them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import NoRouteError, OptionError, ParseError, formats, graph, options
from panmath.convert.edges import EDGES, Edge, resolve
from panmath.convert.formats import FORMATS, decode, guess
from panmath.convert.styles import STYLES


def edge(name: str, reliability: float = 1.0) -> Edge:
    """An edge ``tex>ast`` for graphs made up by a test."""
    source, target = name.split(">")
    return Edge(source, target, "nowhere:nothing", "writer", reliability)


# Formats

NAMES = [
    ("tex", "tex"), ("latex", "tex"), ("LaTeX", "tex"), ("png", "image"), (".svg", "svg"), ("mml", "mathml"),
    ("text", "unicode"), ("py", "python"), ("numpy", "python"), ("typ", "typst"), ("PDF", "pdf"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "format"), NAMES)
def test_a_format_is_found_by_name_and_alias(name: str, format: str) -> None:
    assert formats.lookup(name).name == format


def test_no_name_suffix_or_alias_is_taken_twice() -> None:
    names = [name for format in FORMATS for name in (format.name, *format.aliases)]
    suffixes = [suffix for format in FORMATS for suffix in format.suffixes]
    assert len(set(names)) == len(names)
    assert len(set(suffixes)) == len(suffixes)


READ = (
    "ast, description, document, document.md, document.tex, image, mathml, pdf, pyplot, scene, speech, spoken.en, "
    "spoken.ru, svg, sympy, tex, tikz, unicode"
)
ALL = (
    "ast, description, document, document.md, document.tex, image, mathml, pdf, pyplot, python, scene, speech, "
    "spoken.en, spoken.ru, svg, sympy, tex, tikz, typst, unicode"
)

UNKNOWN_FORMATS = [
    ("matml", "there is no format 'matml'; did you mean mathml or mml?"),
    ("zzz", f"there is no format 'zzz'; there are {ALL}"),
]


@pytest.mark.parametrize(("name", "message"), UNKNOWN_FORMATS)
def test_an_unknown_format_says_what_there_is(name: str, message: str) -> None:
    with pytest.raises(NoRouteError, match=f"^{re.escape(message)}$"):
        formats.lookup(name)


GUESSES = [
    # content, file name, format
    (b"\\frac{a}{b}", "eq.tex", "tex"),
    (b"<svg/>", "eq.tex", "tex"),
    (b"\\begin{tikzpicture}", "fig.tex", "tikz"),
    (b"import matplotlib.pyplot as plt", "fig.py", "pyplot"),
    (b"\\frac{a}{b}", "eq.txt", "tex"),
    ("α≤β".encode(), "eq.txt", "unicode"),
    (b"<math><mi>x</mi></math>", "eq.txt", "mathml"),
    (b"<?xml version='1.0'?>\n<m:math xmlns:m='x'/>", "eq.xml", "mathml"),
    (b"<?xml version='1.0'?>\n<svg xmlns='x'/>", "eq.xml", "svg"),
    (b"<!doctype html><p>Let <math>", "page.html", "mathml"),
    (b"x", "eq.MML", "mathml"),
    (b"x", "photo.jpg", "image"),
    (b"\x89PNG\r\n\x1a\n\0\0", None, "image"),
    (b"\xff\xd8\xff\xe0", None, "image"),
    (b"%PDF-1.7\n", None, "pdf"),
    (b"  <svg width='1'>", None, "svg"),
    (b"<math>", None, "mathml"),
    (b"$x$", None, "tex"),
    (b"x + 1", None, "tex"),
    (b"", None, "tex"),
    (b"x + 1", "eq.unknown", "tex"),
]


@pytest.mark.parametrize(("data", "path", "format"), GUESSES)
def test_a_format_is_guessed(data: bytes, path: str | None, format: str) -> None:
    assert guess(data, PurePath(path) if path else None).name == format


def test_bytes_that_are_no_text_are_not_taken_for_tex() -> None:
    with pytest.raises(NoRouteError, match=r"^eq\.dat is in no format that is known here; name it if it is$"):
        guess(b"\0\1\2", PurePath("eq.dat"))


@given(st.binary(max_size=40))
def test_whatever_has_no_null_byte_has_a_format(data: bytes) -> None:
    if b"\0" in data:
        data = data.replace(b"\0", b" ")
    assert guess(data) in FORMATS


def test_the_suffix_of_an_output_tells_its_format() -> None:
    assert formats.by_suffix(PurePath("a/eq.PNG")).name == "image"
    with pytest.raises(
        NoRouteError, match=r"^the suffix \.docx is of no format that can be written; name the format, or"
    ):
        formats.by_suffix(PurePath("eq.docx"))
    with pytest.raises(NoRouteError, match=r"^'eq' has no suffix that can be written; name the format, or"):
        formats.by_suffix(PurePath("eq"))


ENCODED = [
    ("αβ".encode(), "αβ"),
    (b"\xef\xbb\xbfx", "x"),
    (b"\xff\xfe\xb1\x03", "α"),
    (b"\xfe\xff\x03\xb1", "α"),
    ("<?xml version='1.0' encoding='ISO-8859-1'?><mo>×</mo>".encode("latin-1"), None),
    ('<?xml encoding="windows-1251"?><mi>я</mi>'.encode("cp1251"), None),
]


@pytest.mark.parametrize(("data", "text"), ENCODED)
def test_text_is_decoded(data: bytes, text: str | None) -> None:
    decoded = decode(data, "eq").text
    assert decoded == text if text is not None else ("×" in decoded or "я" in decoded)


NOT_TEXT = [
    (b"a\n\xffb", "eq:2:1: the byte 0xff is not UTF-8 text\n    \ufffdb\n    ^"),
    (b"<?xml encoding='rot13'?>", "eq:1:1: the encoding rot13 is not known\n    <?xml encoding='rot13'?>\n    ^"),
]


@pytest.mark.parametrize(("data", "message"), NOT_TEXT)
def test_bytes_that_are_no_text_are_shown(data: bytes, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        decode(data, "eq")
    assert str(caught.value) == message


# Edges


def test_edges_are_between_formats_and_one_for_each_pair() -> None:
    pairs = [(edge.source, edge.target) for edge in EDGES]
    assert {name for pair in pairs for name in pair} == {format.name for format in FORMATS}
    assert len(set(pairs)) == len(pairs)
    assert all(0 < edge.reliability <= 1 for edge in EDGES)


def keywords(function: Callable[..., object]) -> set[str]:
    """The names that a function takes as keywords only, those of `**options: Unpack[TypedDict]` among them."""
    found = set()
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            found.add(parameter.name)
        elif parameter.kind is parameter.VAR_KEYWORD:
            (unpacked,) = get_args(get_type_hints(function)[parameter.name])
            found |= unpacked.__annotations__.keys()
    return found


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge.source}-{edge.target}")
def test_an_edge_lists_the_options_of_its_implementation(edge: Edge) -> None:
    """All that is keyword-only, but for what the pipeline itself passes."""
    taken = keywords(resolve(edge.implementation))
    ours = {"losses", *dict(edge.fixed), *({edge.tex} - {edge.tex_flag}), *(["words"] if edge.words else [])}
    ours |= {"limit"} if edge.kind == "learned" else set()
    assert set(edge.options) <= taken
    # One function draws all pictures, but only those of pixels have a resolution.
    assert taken - ours - set(edge.options) <= {"dpi"}
    assert dict(edge.fixed).keys() <= taken
    assert {edge.tex, edge.tex_flag} - {""} <= taken


def test_every_option_is_taken_by_an_edge_and_every_edge_takes_known_ones() -> None:
    known = {option.name for option in options.OPTIONS}
    taken = {name for edge in EDGES for name in (*edge.options, *dict(edge.fixed))} - {"format"}
    assert taken <= known
    assert {option.name for option in options.OPTIONS if not option.everywhere} <= taken


# Routes

ROUTES = [
    ("tex", "mathml", "tex → ast → mathml"),
    ("tex", "png", "tex → ast → image"),
    ("tex", "tex", "tex → ast → tex"),
    ("svg", "image", "svg → image"),
    ("svg", "mathml", "svg → tex → ast → mathml"),
    ("image", "typst", "image → tex → ast → typst"),
    ("ast", "ast", ""),
]


@pytest.mark.parametrize(("source", "target", "route"), ROUTES)
def test_the_best_route(source: str, target: str, route: str) -> None:
    assert graph.show(graph.route(source, target)) == route


MADE_UP = [
    # edges, route from tex to svg
    (["tex>ast", "ast>svg", "tex>svg"], "tex → svg"),
    (["tex>ast", "ast>svg", ("tex>svg", 0.9)], "tex → ast → svg"),
    ([("tex>ast", 0.9), ("ast>svg", 0.9), ("tex>svg", 0.85)], "tex → svg"),
    ([("tex>ast", 0.9), ("ast>svg", 0.9), "ast>pdf", "pdf>svg"], "tex → ast → pdf → svg"),
]


@pytest.mark.parametrize(("edges", "expected"), MADE_UP)
def test_reliability_goes_before_length(edges: list[str | tuple[str, float]], expected: str) -> None:
    made = tuple(edge(item) if isinstance(item, str) else edge(*item) for item in edges)
    assert graph.show(graph.route("tex", "svg", made)) == expected


def test_of_equal_routes_the_first_in_the_list_is_taken() -> None:
    made = tuple(map(edge, ["tex>pdf", "tex>image", "image>svg", "pdf>svg"]))
    assert graph.show(graph.route("tex", "svg", made)) == "tex → pdf → svg"


def test_routes_are_simple_and_sorted() -> None:
    made = (
        edge("tex>ast"),
        edge("ast>svg", 0.9),
        edge("ast>pdf"),
        edge("pdf>svg", 0.95),
        edge("ast>tex"),
        edge("svg>ast"),
    )
    assert [graph.show(route) for route in graph.routes("tex", "svg", made)] == [
        "tex → ast → pdf → svg",
        "tex → ast → svg",
    ]
    assert graph.routes("svg", "image", made) == ()


names = st.sampled_from([format.name for format in FORMATS])
pairs = st.tuples(names, names).filter(lambda pair: pair[0] != pair[1])
graphs = st.dictionaries(pairs, st.sampled_from([1.0, 0.9, 0.5]), max_size=14).map(
    lambda rows: tuple(edge(f"{source}>{target}", reliability) for (source, target), reliability in rows.items())
)


@given(graphs, pairs)
def test_the_best_route_is_the_first_of_all(edges: graph.Route, ends: tuple[str, str]) -> None:
    every = graph.routes(*ends, edges, max_hops=10)
    if not every:
        with pytest.raises(NoRouteError):
            graph.route(*ends, edges)
        return
    best = graph.route(*ends, edges)
    assert best[0].source == ends[0]
    assert best[-1].target == ends[1]
    assert graph.reliability(best) == pytest.approx(graph.reliability(every[0]))
    assert len(best) == min(
        len(route) for route in every if graph.reliability(route) == pytest.approx(graph.reliability(best))
    )


NO_ROUTES = [
    (
        "typst",
        "tex",
        f"nothing reads typst in this version; what is read is {READ}",
    ),
]


@pytest.mark.parametrize(("source", "target", "message"), NO_ROUTES)
def test_no_route(source: str, target: str, message: str) -> None:
    with pytest.raises(NoRouteError) as caught:
        graph.route(source, target)
    assert str(caught.value) == message


def test_no_route_says_what_can_be_reached() -> None:
    with pytest.raises(NoRouteError, match=r"^no route leads from tex to svg; from tex one reaches ast, pdf$"):
        graph.route("tex", "svg", (edge("tex>ast"), edge("ast>pdf"), edge("image>svg")))


# Options

WRONG_OPTIONS = [
    ({"stile": "compact"}, "there is no option 'stile'; did you mean style or size?"),
    ({"style": "pretty"}, f"style is one of compact, braced, lambda, def, {', '.join(STYLES)}, not 'pretty'"),
    ({"strict": "yes"}, "strict is True or False, not 'yes'"),
    ({"nbest": 0}, "nbest is a whole number from 1 to 1000, not 0"),
    ({"nbest": True}, "nbest is a whole number from 1 to 1000, not True"),
    ({"macros": "x"}, "macros is a file, or a dictionary of names and bodies, not 'x'"),
]


@pytest.mark.parametrize(("given", "message"), WRONG_OPTIONS)
def test_a_wrong_option_says_what_is_right(given: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        options.check(given)
    assert str(caught.value) == message


def test_choices_can_depend_on_the_format() -> None:
    route = graph.route("tex", "python")
    options.refuse_unfit({"style": "def"}, route, graph.show(route))
    with pytest.raises(OptionError, match=r"^style is one of lambda, def for python, not 'braced'$"):
        options.refuse_unfit({"style": "braced"}, route, graph.show(route))


def test_what_a_format_chooses_from_is_among_the_choices() -> None:
    for option in options.OPTIONS:
        assert {choice for _, choices in option.by_format for choice in choices} <= set(option.choices)


def test_none_is_as_if_not_given() -> None:
    assert options.check({"style": None, "nbest": 2}) == {"nbest": 2}


@pytest.mark.parametrize("option", options.OPTIONS, ids=lambda option: option.name)
def test_a_default_is_a_value_that_the_option_takes(option: options.Option) -> None:
    if option.default is not None:
        assert option.check(option.default) == option.default


def test_a_route_passes_no_formula_and_document_both() -> None:
    assert graph.reachable("markdown") == {"document", "document.md", "spoken.en", "spoken.ru", "speech"}
    assert "document" not in graph.reachable("tex")
    for source, target in (("markdown", "tex"), ("tex", "markdown"), ("document.tex", "svg")):
        assert graph.routes(source, target) == ()
        with pytest.raises(NoRouteError):
            graph.route(source, target)
