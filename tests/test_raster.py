"""Any SVG → PNG, PDF, PostScript: what is drawn, what is refused, and that nothing an SVG does reaches the outside."""

from __future__ import annotations

import os
import re
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert.errors import EdgeError, MissingExtraError, OptionError, PanmathError, ParseError, UnsupportedError
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.renderers import child
from panmath.renderers import raster as raster_module
from panmath.renderers.compare import likeness
from panmath.renderers.formula import draw
from panmath.renderers.raster import raster, raster_many
from panmath.renderers.svg import inspect

FORMULA = tex.read(Source(r"\sum_{i=1}^{n}\frac{x_i}{\sqrt{y}}"), losses=[])


def svg(body: str = "", size: str = 'width="10" height="10"') -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        + size
        + ">"
        + body
        + "</svg>"
    )


def png_size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


# Two programs, one picture


@pytest.mark.parametrize("engine", ["resvg", "cairosvg"])
def test_the_svg_of_a_formula_looks_like_its_png(engine: str) -> None:
    picture = raster(draw(FORMULA), dpi=150, background="white", engine=engine)
    assert likeness(picture, draw(FORMULA, format="png", dpi=150)).score > 0.98


def test_pdf_and_postscript() -> None:
    assert raster(draw(FORMULA), format="pdf").startswith(b"%PDF-")
    assert raster(draw(FORMULA), format="ps").startswith(b"%!PS-Adobe")


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ('width="30" height="20"', (60, 40)),
        ('width="36pt" height="18pt"', (96, 48)),
        ('width="1in" height="2.54cm"', (192, 192)),
        ('viewBox="0 0 7 5"', (14, 10)),
    ],
)
def test_an_inch_has_as_many_pixels_as_asked_for(size: str, pixels: tuple[int, int]) -> None:
    assert png_size(raster(svg('<rect width="5" height="5"/>', size), dpi=192)) == pixels


@pytest.mark.parametrize(
    ("size", "canvas"),
    [
        ('width="30" height="20"', (30, 20)),
        ('width="3e1px" height="72pt"', (30, 96)),
        ('width="30" viewBox="0 0 3 2"', (30, 20)),
        ('height="20" viewBox="0 0 3 2"', (30, 20)),
        ('width="100%" height="100%" viewBox="-1 -1 40,50"', (40, 50)),
        ("", (300, 150)),
    ],
)
def test_the_canvas(size: str, canvas: tuple[float, float]) -> None:
    found = inspect(Source(svg("", size)))
    assert (found.width, found.height) == pytest.approx(canvas)


# What is refused

OUTSIDE = "the SVG refers to something outside: "
REFUSED = [
    (svg('<image href="http://a/b.png"/>'), OUTSIDE + "'http://a/b.png'"),
    (svg('<image xlink:href="file:///etc/passwd"/>'), OUTSIDE + "'file:///etc/passwd'"),
    (svg('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'), OUTSIDE + "'data:image/svg+xml;base64,PHN2Zy8+'"),
    (svg('<use href="other.svg#a"/>'), OUTSIDE + "'other.svg#a'"),
    (svg('<rect fill="url(http://a)"/>'), OUTSIDE + "'http://a'"),
    (svg("<rect style=\"fill: URL( '//a' )\"/>"), OUTSIDE + "'//a'"),
    (svg('<style>a { fill: url("x.svg#y") }</style>'), OUTSIDE + "'x.svg#y'"),
    (svg('<style>@import "x.css";</style>'), "the SVG has a style sheet that loads others or fonts"),
    (svg("<style>@\\69mport x;</style>"), "the SVG has a style sheet that loads others or fonts"),
    ('<?xml-stylesheet href="a"?>' + svg(), "the SVG has a style sheet that loads others or fonts"),
    (svg("<script>1</script>"), "the SVG has a <script> element"),
    (svg("<foreignObject/>"), "the SVG has a <foreignObject> element"),
    (svg('<rect onload="x()"/>'), "the SVG has a script in the attribute onload"),
    (svg("<g>" * 256 + "</g>" * 256), "the SVG nests deeper than 256 levels"),
    (svg('<g id="a"><use href="#a"/></g>'), "the SVG has an element that uses itself"),
    (svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), "the SVG has an element that uses itself"),
    (
        svg(
            "".join(f'<g id="g{i}">' + f'<use href="#g{i - 1}"/>' * 10 + "</g>" for i in range(1, 9))
            + '<path id="g0"/>'
        ),
        "the SVG draws more than 1000000 elements",
    ),
    (svg("", 'width="0" height="5"'), "the SVG measures 0 × 5"),
    (svg("", 'width="1e999" height="5"'), "the SVG measures inf × 5"),
    (svg("", 'width="90000" height="90000"'), "the picture would have 35156 megapixels, more than 64"),
]


@pytest.mark.parametrize(("source", "message"), REFUSED)
def test_what_no_picture_needs_is_refused(source: str, message: str) -> None:
    with pytest.raises(UnsupportedError, match="^" + re.escape(message) + "$"):
        raster(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "<svg>:1:15: a document type is not allowed here"),
        ("<svg", "<svg>:1:1: the SVG is not well formed: unclosed token"),
        ("", "<svg>:1:1: the SVG is not well formed: no element found"),
        (svg("<g>"), "<svg>:1:112: the SVG is not well formed: mismatched tag"),
        ("<svg/>", "<svg>:1:1: the root element is not <svg> of the SVG namespace"),
        (
            '<html xmlns="http://www.w3.org/1999/xhtml"/>',
            "<svg>:1:1: the root element is not <svg> of the SVG namespace",
        ),
    ],
)
def test_what_is_not_svg(source: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        raster(source)
    assert str(caught.value).splitlines()[0] == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "gif"}, "an SVG cannot be made 'gif'; there are png, pdf and ps"),
        ({"engine": "inkscape"}, "there is no rasteriser 'inkscape'; there are resvg and cairosvg"),
        ({"engine": "resvg", "format": "pdf"}, "resvg makes png only; cairosvg makes pdf"),
        ({"dpi": 0}, "dpi is 0, and should be from 1 to 4800"),
    ],
)
def test_wrong_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match="^" + re.escape(message) + "$"):
        raster(svg(), **options)  # type: ignore[arg-type]


def test_without_resvg_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_module, "find_spec", lambda name: None)
    with pytest.raises(
        MissingExtraError,
        match=r'^drawing an SVG needs resvg_py, which is not installed: pip install "panmath\[render\]"$',
    ):
        raster(svg())


@given(st.text(alphabet='<>/="& svgrect#ahrefurl():;0123456789xmln.-', max_size=80))
def test_any_text_is_drawn_or_refused(text: str) -> None:
    for source in (text, svg(text), svg("", text.replace(">", ""))):
        with suppress(ParseError, UnsupportedError):
            inspect(Source(source))


# The child

SLOW = svg(
    '<filter id="f"><feTurbulence baseFrequency="0.01" numOctaves="1000000"/></filter>'
    '<rect width="3000" height="3000" filter="url(#f)"/>',
    'width="3000" height="3000"',
)


def test_one_that_takes_too_long_is_killed_and_the_next_is_drawn() -> None:
    before = raster(svg('<rect width="5" height="5"/>'))
    with pytest.raises(EdgeError, match=r"^the rasteriser was stopped: it took more than 0\.5 s$"):
        raster(SLOW, timeout=0.5)
    assert raster(svg('<rect width="5" height="5"/>')) == before


def test_one_that_needs_too_much_memory_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = raster(svg('<rect width="5" height="5"/>'))
    monkeypatch.setattr(child, "MEMORY", 150 << 20)
    large = svg('<g opacity=".5"><rect width="7000" height="7000"/></g>', 'width="7000" height="7000"')
    with pytest.raises(EdgeError, match=r"^the rasteriser "):
        raster(large, dpi=96)
    monkeypatch.undo()
    assert raster(svg('<rect width="5" height="5"/>')) == before


def test_a_child_that_died_is_replaced() -> None:
    raster(svg())
    process = raster_module._CHILD._process
    assert process is not None
    process.kill()
    process.wait()
    assert raster(svg()).startswith(b"\x89PNG")


def test_a_forked_process_has_its_own_child() -> None:
    raster(svg())
    mine = raster_module._CHILD._running().pid
    reading, writing = os.pipe()
    if not (pid := os.fork()):
        try:
            raster(svg())
            os.write(writing, str(raster_module._CHILD._running().pid).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reading, 20).decode() not in ("", str(mine))
    assert raster_module._CHILD._running().pid == mine


def test_many_keep_their_order_and_errors_their_place() -> None:
    results = raster_many([svg(), svg("<script/>"), svg('<rect width="5" height="5"/>')])
    assert [type(result) for result in results] == [bytes, UnsupportedError, bytes]
    assert isinstance(results[1], PanmathError)
    assert results[0] != results[2]
