"""SVG → scene: shapes, paths, transforms, styles and text; and what SVG from outside may not do."""

from __future__ import annotations

from contextlib import suppress

import pytest
from panmath.convert.errors import Loss, PanmathError, ParseError, UnsupportedError
from panmath.convert.nodes import Text
from panmath.convert.source import Source
from panmath.renderers import drawing, svg_reader, tikz
from panmath.renderers.compare import figure_likeness
from panmath.renderers.raster import raster
from panmath.renderers.scene import (
    Circle,
    Close,
    Curve,
    Ellipse,
    Group,
    Item,
    Label,
    Line,
    Move,
    Path,
    Rectangle,
    Scene,
    Style,
    leaves,
    normal,
)

PT = 72.27 / 96


def svg(body: str, head: str = 'width="100" height="100"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {head}>{body}</svg>'


def read(body: str, losses: list[Loss] | None = None) -> Scene:
    return svg_reader.read(Source(svg(body), "fig.svg"), losses=[] if losses is None else losses)


def only(body: str) -> Item:
    (item,) = leaves(read(body).items)
    return item


def test_y_goes_up_and_lengths_are_points() -> None:
    circle = only('<circle cx="10" cy="20" r="5"/>')
    assert isinstance(circle, Circle)
    assert circle.center == pytest.approx((10 * PT, 80 * PT))
    assert circle.radius == pytest.approx(5 * PT)


SHAPES = [
    ('<rect width="10" height="5"/>', Rectangle),
    ('<ellipse cx="5" cy="5" rx="3" ry="2"/>', Ellipse),
    ('<line x2="5" y2="5" stroke="red"/>', Path),
    ('<polygon points="0,0 5,0 0,5"/>', Path),
    ('<path d="M0 0H10V10H0Z"/>', Rectangle),
    ('<path d="M10 5A5 5 0 1 1 0 5 5 5 0 1 1 10 5Z"/>', Circle),
    ('<g transform="scale(2 1)"><circle r="3"/></g>', Ellipse),
    ('<defs><rect id="a" width="1" height="2"/></defs><use href="#a" x="3"/>', Rectangle),
    ('<symbol id="a"><circle r="1"/></symbol><use xlink:href="#a"/>', Circle),
]


@pytest.mark.parametrize(("body", "kind"), SHAPES)
def test_shapes_are_recognised(body: str, kind: type) -> None:
    assert isinstance(only(body), kind)


PATHS = [
    ("M1 2L3 4", [Move((1, 2)), Line((3, 4))]),
    ("m1 2 3 4", [Move((1, 2)), Line((4, 6))]),
    ("M0 0h5v5z", [Move((0, 0)), Line((5, 0)), Line((5, 5)), Close()]),
    ("M0 0C1 1 2 1 3 0S5-1 6 0", [Move((0, 0)), Curve((1, 1), (2, 1), (3, 0)), Curve((4, -1), (5, -1), (6, 0))]),
    ("M0 0Q3 3 6 0", [Move((0, 0)), Curve((2, 2), (4, 2), (6, 0))]),
    ("M.5.5.6.6", [Move((0.5, 0.5)), Line((0.6, 0.6))]),
    ("M0 0L1 1L", [Move((0, 0)), Line((1, 1))]),
    ("L1 1", []),
]


@pytest.mark.parametrize(("data", "parts"), PATHS)
def test_path_data(data: str, parts: list[object]) -> None:
    assert svg_reader.path_parts(data) == parts


def test_the_flags_of_an_arc_may_stand_together() -> None:
    apart, together = (svg_reader.path_parts(data) for data in ("M0 0a5 5 0 0 1 10 0", "M0 0a5 5 0 0110 0"))
    assert apart == together


def test_styles_come_from_attributes_style_and_sheet() -> None:
    sheet = "<style>.a{stroke:blue} path{fill:none}</style>"
    path = '<g stroke-width="2"><path class="a" d="M0 0L5 5L9 0" %s/></g>'
    plain, own = (only(sheet + path % more) for more in ("", 'style="stroke:#0f0"'))
    assert isinstance(plain, Path)
    assert isinstance(own, Path)
    assert (plain.style.stroke, plain.style.fill, plain.style.width) == ("#0000ff", "", pytest.approx(2 * PT))
    assert own.style.stroke == "#00ff00"


@pytest.mark.parametrize(
    ("sheet", "fill"),
    [
        ("path{fill:red} rect{fill:blue", "#ff0000"),
        ("@media screen { rect{fill:blue} path {fill: red} }", "#ff0000"),
        ("{fill:blue} } path{fill:red}", "#ff0000"),
        ("a" * 1_000_000, "#000000"),
        ("path{fill:red}" + "a}" * 500_000, "#ff0000"),
    ],
    ids=["open", "media", "no selector", "no braces", "closed only"],
)
def test_sheets_are_read_rule_by_rule(sheet: str, fill: str) -> None:
    (leaf,) = leaves(normal(read(f'<style>{sheet}</style><path d="M0 0L10 0L10 7Z"/>')).items)
    assert leaf.style.fill == fill


def test_a_gradient_is_its_mean_colour_and_that_is_said() -> None:
    losses: list[Loss] = []
    stops = '<stop stop-color="#000"/><stop stop-color="#fff"/>'
    scene = read(f'<linearGradient id="g">{stops}</linearGradient><rect width="9" height="9" fill="url(#g)"/>', losses)
    (rect,) = leaves(scene.items)
    assert isinstance(rect, Rectangle)
    assert rect.style.fill == "#808080"
    assert [str(loss) for loss in losses] == ["gradient: it is drawn in its mean colour"]


def test_text_is_a_label() -> None:
    label = only('<text x="10" y="20" font-size="12" text-anchor="middle">a <tspan>b</tspan></text>')
    assert isinstance(label, Label)
    assert (label.lines, label.anchor, label.size) == ((Text("a b"),), "base", pytest.approx(12 * PT))


def test_a_clip_is_kept() -> None:
    (group,) = read(
        '<clipPath id="c"><circle r="5"/></clipPath><g clip-path="url(#c)"><rect width="9" height="9"/></g>'
    ).items
    assert isinstance(group, Group)
    assert isinstance(group.clip, Circle)


def test_a_scene_written_and_read_is_the_same() -> None:
    figure = (
        r"\draw[red, thick] (0,0) -- (1,1); \filldraw[fill=blue!20] (1,0) circle (0.4); \node at (2,1) {$\frac{a}{b}$};"
    )
    first = tikz.read(Source(figure), losses=[])
    written = drawing.draw(first, losses=[], margin=0)
    second = svg_reader.read(Source(written), losses=[])
    assert [type(item) for item in leaves(second.items)] == [type(item) for item in leaves(first.items)]
    (label,) = (item for item in leaves(second.items) if isinstance(item, Label))
    assert label.lines == next(item for item in leaves(first.items) if isinstance(item, Label)).lines
    again = drawing.draw(second, losses=[], margin=0)
    assert figure_likeness(raster(written, dpi=96), raster(again, dpi=96), dpi=96) > 0.99


def test_the_normal_form_knows_shapes_by_their_outline() -> None:
    square = Path((Move((0, 0)), Line((5, 0)), Line((5, 5)), Line((0, 5)), Close()), Style(fill="#ff0000"))
    assert normal(Scene((Group((square,)),))).items == (Rectangle((0, 0), 5, 5, 0.0, Style(fill="#ff0000")),)


HOSTILE = {
    "entity": '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + svg("<text>&a;</text>"),
    "entities that multiply": '<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + svg("<text>&b;</text>"),
    "script": svg("<script>alert(1)</script>"),
    "handler": svg('<rect width="5" height="5" onclick="alert(1)"/>'),
    "file": svg('<image href="file:///etc/passwd" width="5" height="5"/>'),
    "address": svg('<image href="http://127.0.0.1/a.png" width="5" height="5"/>'),
    "use of another file": svg('<use href="other.svg#a"/>'),
    "style sheet": svg("<style>@import url(http://127.0.0.1/a.css);</style>"),
    "url": svg('<rect width="5" height="5" fill="url(http://127.0.0.1/a#b)"/>'),
    "nesting": svg("<g>" * 5000 + "</g>" * 5000),
    "use of itself": svg('<g id="a"><use href="#a"/></g>'),
    "use that multiplies": svg(
        '<g id="a0"><rect width="1" height="1"/></g>'
        + "".join(f'<g id="a{n + 1}">' + f'<use href="#a{n}"/>' * 10 + "</g>" for n in range(9))
    ),
    "foreign object": svg("<foreignObject><p>x</p></foreignObject>"),
    "not closed": "<svg xmlns='http://www.w3.org/2000/svg'><g>",
    "not SVG": "<html/>",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_svg_is_refused(name: str) -> None:
    with pytest.raises((ParseError, UnsupportedError)):
        svg_reader.read(Source(HOSTILE[name], "fig.svg"), losses=[])


@pytest.mark.parametrize(
    "body",
    [
        '<path d="M0 0L1e999 5"/>', '<rect width="nan" height="5"/>', '<circle r="1e308"/>', "<use/>",
        '<use href="#none"/>',
        '<g transform="matrix(0 0 0 0 0 0)"><circle r="3"/></g>', '<path d="M0 0A0 0 0 0 0 0 0"/>', "<unknown/>",
    ],
)  # fmt: skip
def test_odd_svg_does_not_crash(body: str) -> None:
    with suppress(PanmathError):
        drawing.draw(read(body), losses=[])


def test_the_document_type_of_svg_itself_is_harmless() -> None:
    public = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    scene = svg_reader.read(Source(public + svg('<circle r="3"/>')), losses=[])
    assert len(scene.items) == 1
