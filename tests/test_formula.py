"""Pictures of formulas: looks, the TeX they carry, errors; and the measure of how alike two pictures are."""

from __future__ import annotations

import io
import re
import struct
import sys
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert.errors import EdgeError, MissingExtraError, OptionError, ParseError, UnsupportedError
from panmath.convert.nodes import Ident, Node, Root
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.renderers import formula
from panmath.renderers.compare import crop, ink, likeness
from panmath.renderers.formula import FONTS, draw, draw_many
from panmath.renderers.metadata import embedded_tex, into_png, into_svg
from PIL import Image

FORMULA = r"\sum_{i=1}^{n}\frac{x_i}{\sqrt{y}}"


def read(source: str) -> Node:
    return tex.read(Source(source), losses=[])


def png_size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def svg_size(svg: str) -> tuple[float, float, float]:
    """Width, height, and how far below the baseline, in points."""
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt" style="vertical-align:([-\d.e]+)pt"', svg)
    return float(found[1]), float(found[2]), -float(found[3])


# Looks


def test_the_formats() -> None:
    node = read(FORMULA)
    assert draw(node).startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert draw(node, format="png").startswith(b"\x89PNG\r\n\x1a\n")
    assert draw(node, format="pdf").startswith(b"%PDF-")


def test_the_same_formula_is_the_same_picture() -> None:
    for format in ("svg", "png", "pdf"):
        assert draw(read(FORMULA), format=format) == draw(read(FORMULA), format=format)


def test_size_and_margin() -> None:
    width, height, _ = svg_size(draw(Ident("x"), size=10, margin=0))
    assert svg_size(draw(Ident("x"), size=20, margin=0))[:2] == pytest.approx((2 * width, 2 * height), abs=0.01)
    assert svg_size(draw(Ident("x"), size=10, margin=7))[:2] == pytest.approx((width + 14, height + 14), abs=0.01)


def test_an_svg_tells_its_depth() -> None:
    assert svg_size(draw(Ident("y"), size=10, margin=0))[2] == pytest.approx(2.05, abs=0.1)
    assert svg_size(draw(Ident("y"), size=10, margin=3))[2] == pytest.approx(5.05, abs=0.1)
    assert svg_size(draw(read(r"\frac{g}{g}"), size=10, margin=0))[2] == pytest.approx(8.9, abs=0.2)


def test_resolution() -> None:
    small, large = draw(read(FORMULA), format="png", dpi=72), draw(read(FORMULA), format="png", dpi=288)
    assert png_size(large) == pytest.approx([4 * side for side in png_size(small)], abs=4)
    for png, dpi in ((small, 72), (large, 288)):
        with Image.open(io.BytesIO(png)) as image:
            assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.1)


def test_colours() -> None:
    svg = draw(Ident("x"), color="#12ab34", background="Yellow")
    assert 'fill="#12ab34"' in svg
    assert 'fill="#ffff00"' in svg
    with Image.open(io.BytesIO(draw(Ident("x"), format="png", background="transparent"))) as image:
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0
    with Image.open(io.BytesIO(draw(Ident("x"), format="png"))) as image:
        assert image.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)


def test_a_display_is_larger_than_a_formula_in_a_line() -> None:
    assert svg_size(draw(read(FORMULA)))[1] > svg_size(draw(read(FORMULA), display=False))[1]


@pytest.mark.parametrize("font", FONTS)
def test_each_font_has_its_own_letters_and_all_signs(font: str) -> None:
    node = read(
        FORMULA + r"\overbrace{\mathbb{R}\mathfrak{g}\mathcal{L}}\xrightarrow{x}\oint\emptyset\left\{\frac ab\right."
    )
    svg = draw(node, font=font, embed=False)
    others = [draw(node, font=other, embed=False) for other in FONTS if other != font]
    assert svg not in others


def test_nothing_is_a_picture_too() -> None:
    assert draw(read("")).startswith("<svg")
    assert draw(read(""), format="png").startswith(b"\x89PNG")


# The TeX inside

TEXTS = ["", " ", FORMULA, "<&>\"'", "a\nb\tc", "a\r\nb", "\0\x1b", "\ud800", "\uffff", "é𝔸中", "x" * 5000, "]]>-->",
         "data:application/x-tex;base64,eA=="]  # fmt: skip


@pytest.mark.parametrize("format", ["svg", "png", "pdf"])
@pytest.mark.parametrize("text", TEXTS)
def test_the_tex_comes_back_character_for_character(format: str, text: str) -> None:
    assert embedded_tex(draw(Ident("x"), format=format, tex=text)) == text


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_comes_back_from_svg_and_png(text: str) -> None:
    assert embedded_tex(into_svg('<svg xmlns="http://www.w3.org/2000/svg"/>', text)) == text
    assert embedded_tex(into_png(BLANK_PNG, tex=text, dpi=100)) == text


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
REST = chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")
BLANK_PNG = SIGNATURE + HEADER + REST


@pytest.mark.parametrize("format", ["svg", "png", "pdf"])
def test_without_embedding_nothing_is_told(format: str) -> None:
    picture = draw(read(FORMULA), format=format, embed=False)
    assert embedded_tex(picture) is None
    assert ("sum" if format == "svg" else b"sum") not in picture


def test_without_a_source_the_formula_is_written_as_tex() -> None:
    assert embedded_tex(draw(read(r"{\frac {a} b}"))) == r"\frac{a}{b}"


def test_a_reader_of_the_screen_hears_the_formula() -> None:
    svg = draw(read(r"a<b"))
    assert 'role="img" aria-label="a&lt;b"' in svg
    assert "<title>a&lt;b</title>" in svg


@pytest.mark.parametrize(
    "picture",
    [
        '<svg xmlns="http://www.w3.org/2000/svg"><metadata>x</metadata></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"><tex xmlns="urn:panmath:formula">x</tex></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"><g><metadata><tex xmlns="urn:panmath:formula"/></metadata></g></svg>',
        BLANK_PNG,
        b"%PDF-1.7\nnothing",
        b"GIF89a",
        b"",
    ],
)
def test_pictures_of_others_carry_nothing(picture: str | bytes) -> None:
    assert embedded_tex(picture) is None


BOMB = b"panmath:tex\0\x01\0\0\0" + zlib.compress(b"x" * (17 << 20), 9)
DAMAGED = [
    (SIGNATURE + HEADER + b"\0\0\xff\xffiTXt", "the PNG is damaged: the chunk at byte 33 is cut off"),
    (SIGNATURE + HEADER, "the PNG is damaged: the chunk at byte 33 is cut off"),
    (SIGNATURE + HEADER[:-1] + b"\0" + REST, "the PNG is damaged: wrong checksum of the chunk at byte 8"),
    (SIGNATURE + HEADER + chunk(b"iTXt", BOMB) + REST, "the PNG carries more than 16 MiB of text"),
    (SIGNATURE + HEADER + chunk(b"iTXt", b"panmath:tex\0\0") + REST, "the PNG is damaged: its text chunk has no text"),
    (
        SIGNATURE + HEADER + chunk(b"iTXt", b"panmath:tex\0\1\0\0\0\xff\xff") + REST,
        "the PNG is damaged: its text chunk cannot be read (Error -3 while decompressing data: incorrect header check)",
    ),
]


@pytest.mark.parametrize(("png", "message"), DAMAGED)
def test_damaged_pngs(png: bytes, message: str) -> None:
    with pytest.raises(UnsupportedError, match="^" + re.escape(message) + "$"):
        embedded_tex(png)


@given(st.binary(max_size=200))
def test_any_bytes_are_answered_or_refused(data: bytes) -> None:
    for start in (SIGNATURE, b"%PDF-", b"<svg", b"<?xml version='1.0'?><svg"):
        with suppress(UnsupportedError, ParseError):
            embedded_tex(start + data)


def test_an_svg_with_entities_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        embedded_tex('<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>')
    assert str(caught.value).splitlines()[0] == "<svg>:1:15: a document type is not allowed here"


# Many at once


def test_many_are_as_one_by_one() -> None:
    nodes = [read(source) for source in (FORMULA, "x", r"\frac{a}{b}", "", r"\boxed{x}")] * 30
    for format in ("svg", "png"):
        assert draw_many(nodes, format=format) == [draw(node, format=format) for node in nodes]


def test_one_that_fails_does_not_spoil_the_others() -> None:
    deep: Node = Ident("x")
    for _ in range(300):
        deep = Root(deep)
    first, second, third = draw_many([Ident("x"), deep, Ident("y")])
    assert (first, third) == (draw(Ident("x")), draw(Ident("y")))
    assert isinstance(second, UnsupportedError)


def test_one_that_typst_refuses_does_not_spoil_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    first, second = draw_many([Ident("x"), Ident("y")], embed=False)
    assert isinstance(first, str)
    assert isinstance(second, EdgeError)


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets Typst fail at each y."""
    write = formula.typst_exact.exact
    monkeypatch.setattr(
        formula.typst_exact, "exact", lambda node, **options: write(node, **options).replace("y", "#panic()")
    )


# Errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "gif"}, "there is no format 'gif' of pictures; there are svg, png and pdf"),
        ({"font": "Comic Sans"}, f"there is no font 'Comic Sans'; there are {', '.join(FONTS)}"),
        ({"size": 0}, "size is 0, and should be from 1 to 1000"),
        ({"dpi": 1e9}, "dpi is 1e+09, and should be from 10 to 2400"),
        ({"margin": float("nan")}, "margin is nan, and should be from 0 to 1000"),
        ({"color": "mauve-ish"}, "color is 'mauve-ish', and should be #rrggbb or the name of a colour"),
        ({"background": '"); #x'}, "background is '\"); #x', and should be #rrggbb or the name of a colour"),
    ],
)
def test_wrong_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match="^" + re.escape(message) + "$"):
        draw(Ident("x"), **options)  # type: ignore[call-overload]


def test_what_typst_refuses_keeps_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    with pytest.raises(EdgeError, match=r"^Typst could not set the formula: panicked$") as caught:
        draw(Ident("y"))
    assert caught.value.log.endswith("$ " + formula._MARK + "#panic() $")


def test_without_typst_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    formula._typst.cache_clear()
    with pytest.raises(
        MissingExtraError, match=r'^drawing needs typst, which is not installed: pip install "panmath\[render\]"$'
    ):
        draw(Ident("x"))


# Likeness


def test_a_picture_is_like_itself_wherever_it_stands_and_whatever_its_size() -> None:
    picture = draw(read(FORMULA), format="png", dpi=150)
    assert likeness(picture, picture).score == 1
    assert likeness(picture, draw(read(FORMULA), format="png", dpi=150, margin=9)).score > 0.99
    assert likeness(picture, draw(read(FORMULA), format="png", dpi=450)).score > 0.98
    assert (
        likeness(picture, draw(read(FORMULA), format="png", dpi=150, color="#808080", background="#202020")).score < 1
    )


def test_another_formula_is_less_like() -> None:
    first, second, third = (draw(read(source), format="png") for source in ("x+y", "x-y", r"\frac{a}{b}"))
    assert likeness(first, third).score < likeness(first, second).score < 1


def test_missing_ink_costs_recall_and_surplus_ink_precision() -> None:
    whole, part = (draw(read(source), format="png") for source in (r"\boxed{xxx}", r"\boxed{\phantom{xxx}}"))
    assert likeness(part, whole).precision == 1
    assert likeness(part, whole).recall < 0.9
    assert likeness(whole, part).precision < 0.9


def test_blank_pictures() -> None:
    blank, inked = draw(read(r"\quad"), format="png"), draw(Ident("x"), format="png")
    assert likeness(blank, blank).score == 1
    assert likeness(blank, inked).score == 0


def test_ink_is_cut_out() -> None:
    marks = ink(draw(Ident("x"), format="png", margin=20, dpi=100))
    cut = crop(marks)
    assert cut.sum() == marks.sum()
    assert cut[0].any()
    assert cut[-1].any()
    assert cut[:, 0].any()
    assert cut[:, -1].any()
