"""image → tex: the layout of symbols whose places are known, pictures of every kind, and the shipped checkpoint."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("PIL")

import numpy as np
from panmath.convert.errors import PanmathError, UnsupportedError
from panmath.convert.fi import fi
from panmath.convert.readers import tex as reader
from panmath.convert.source import Source
from panmath.models import layout, pictures, store
from panmath.models.drawn_back import agreement, compared, drawing, scale
from panmath.models.image_to_tex import EDGE, look, read_many
from panmath.models.seeing import loaded
from panmath.models.symbols import Bar, Page, Symbol
from panmath.renderers.formula import FONTS
from PIL import Image

_PAGES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "formula_pages.jsonl").read_text(encoding="utf-8").splitlines()
]
"""Formulas that TeX has set, with the place of each symbol in pixels at 150 dpi."""


def _page(row: dict, scale: float = 1.0, shift: float = 0.0, jitter: float = 0.0) -> Page:
    noise = random.Random(0)

    def place(value: float) -> float:
        return value * scale + shift + noise.uniform(-jitter, jitter)

    symbols = [Symbol(name, *map(place, places[:5]), places[5] * scale) for name, *places in row["symbols"]]
    bars = [Bar(*map(place, bar)) for bar in row["bars"]]
    noise.shuffle(symbols)
    return Page(tuple(symbols), tuple(bars))


def _png(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def _drawn(tex: str, **look: object) -> bytes:
    from panmath.renderers.formula import draw

    return draw(reader.read(Source(tex), losses=[]), format="png", embed=False, **look)


# Layout


@pytest.mark.parametrize("row", _PAGES, ids=lambda row: row["tex"])
def test_a_formula_is_read_from_where_its_symbols_stand(row: dict) -> None:
    assert fi(layout.read(_page(row))) == fi(row["tex"])


@pytest.mark.parametrize("row", _PAGES, ids=lambda row: row["tex"])
def test_size_place_and_order_do_not_matter(row: dict) -> None:
    assert layout.read(_page(row, scale=3.7, shift=250)) == layout.read(_page(row))


@pytest.mark.parametrize("row", _PAGES, ids=lambda row: row["tex"])
def test_places_may_be_a_little_wrong(row: dict) -> None:
    assert fi(layout.read(_page(row, jitter=0.4))) == fi(row["tex"])


@pytest.mark.parametrize("seed", range(60))
def test_whatever_stands_where_gives_text_without_failing(seed: int) -> None:
    chance = random.Random(seed)
    names = [symbol[0] for row in _PAGES for symbol in row["symbols"]]
    symbols = []
    for _ in range(chance.randint(0, 30)):
        x, y, size = chance.uniform(0, 300), chance.uniform(0, 90), chance.choice((10.0, 14.0, 20.0))
        width, height = chance.uniform(1, 2 * size), chance.uniform(1, 2 * size)
        symbols.append(Symbol(chance.choice(names), x, y, x + width, y + height, y + chance.uniform(0, height), size))
    bars = [
        Bar(x, x + chance.uniform(1, 150), chance.uniform(0, 90)) for x in (chance.uniform(0, 200) for _ in range(4))
    ]
    assert isinstance(layout.read(Page(tuple(symbols), tuple(bars))), str)


def test_nothing_gives_nothing() -> None:
    assert layout.read(Page((), ())) == ""


# Pictures


def test_transparent_inverted_and_coloured_pictures_have_the_same_ink() -> None:
    gray = np.full((40, 90), 255, np.uint8)
    gray[10:30, 20:24] = gray[18:21, 40:70] = 0
    plain = Image.fromarray(gray)
    wanted = pictures.ink(plain.convert("RGB"))
    clear = Image.new("RGBA", plain.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=Image.fromarray(255 - gray))
    white_on_clear = Image.new("RGBA", plain.size, (255, 255, 255, 0))
    white_on_clear.paste((255, 255, 255, 255), mask=Image.fromarray(255 - gray))
    coloured = Image.merge(
        "RGB",
        [Image.fromarray(np.where(gray == 0, a, b).astype(np.uint8)) for a, b in ((20, 250), (90, 230), (200, 190))],
    )
    others = {
        "inverted": Image.fromarray(255 - gray),
        "transparent": clear,
        "white on transparent": white_on_clear,
        "palette": plain.convert("P"),
        "16 bit": Image.fromarray(gray.astype(np.uint16) * 257),
        "coloured": coloured,
        "one bit": plain.convert("1"),
    }
    for name, image in others.items():
        assert np.abs(pictures.ink(pictures.opened(_png(image))) - wanted).max() < 0.02, name


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the picture cannot be read: it is damaged, or none"),
        (b"\\frac{a}{b}", "the picture cannot be read: it is damaged, or none"),
        (_png(Image.new("L", (30, 30), 255))[:-30], "the picture cannot be read: it is damaged, or none"),
        (_png(Image.new("1", (9000, 9000))), "the picture has 9000 × 9000 pixels, more than 40000000"),
        (_png(Image.new("1", (20000, 9000))), "the picture has more than 40000000 pixels"),
    ],
    ids=["empty", "text", "cut off", "large", "bomb"],
)
def test_what_is_no_picture_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        pictures.opened(data)
    assert str(caught.value) == message


# The shipped checkpoint


@pytest.mark.parametrize("side", [(1, 1), (60, 30), (300, 200)])
def test_a_blank_picture_holds_no_formula(side: tuple[int, int]) -> None:
    (error,) = read_many([_png(Image.new("RGB", side, "#dde"))], limit=3, device="cpu")
    assert isinstance(error, UnsupportedError)
    assert str(error) == "the picture holds no formula"


def test_a_batch_gives_an_answer_or_an_error_for_each_picture() -> None:
    found = read_many([_drawn("x+1", dpi=180), b"no picture", _drawn("a=b", dpi=180)], limit=1, device="cpu")
    assert [isinstance(one, PanmathError) for one in found] == [False, True, False]


def test_a_picture_that_carries_its_source_gives_it_unchanged() -> None:
    from panmath.renderers.formula import draw

    picture = draw(reader.read(Source("x"), losses=[]), format="png", tex="  {x} % so")
    (answers,) = read_many([picture], limit=3)
    assert [(answer.value.text, answer.weight) for answer in answers] == [("  {x} % so", 1.0)]


@pytest.mark.parametrize("tex", ["x+y=2", r"\frac{a}{b}", "x^{2}", r"\sqrt{2}", "a_{n}", r"\pi+1"])
@pytest.mark.parametrize(
    "look", [{"dpi": 150}, {"dpi": 300}, {"dpi": 200, "color": "#ffffff", "background": "#203040"}]
)
def test_drawn_formulas_are_read(tex: str, look: dict) -> None:
    (answers,) = read_many([_drawn(tex, **look)], limit=1, device="cpu")
    assert isinstance(answers, list)
    assert fi(answers[0].value.text) == fi(tex)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("tex", ["x+y=2", r"\frac{a+1}{b}", r"x^{2}-3x", r"\sqrt{2}", "a_{n}=n", r"\sin x"])
def test_every_font_that_we_draw_with_is_read(tex: str, font: str) -> None:
    (answers,) = read_many([_drawn(tex, dpi=200, font=font)], limit=1, device="cpu")
    assert isinstance(answers, list)
    assert fi(answers[0].value.text) == fi(tex)


@pytest.mark.parametrize("font", FONTS[1:])
def test_an_answer_is_compared_in_the_font_that_looks_most_like_the_picture(font: str) -> None:
    detector, tex = loaded(store.find("", EDGE), "cpu", "fp32"), Source("y=3x+1")
    seen = look(_drawn(tex.text, dpi=200, font=font), detector)
    best = compared(seen, tex, detector)
    usual = agreement(seen, drawing(tex, detector, scale(seen.page), FONTS[0]), tex.text)
    assert best is not None
    assert usual is None or best.ink > usual.ink
    assert compared(seen, Source("y=3z+1"), detector) is None


def test_several_answers_are_ordered_parse_and_come_again() -> None:
    picture = _drawn(r"c_{0}+\epsilon v=w", dpi=130)
    (first,), (again,) = (read_many([picture], limit=5, device="cpu") for _ in range(2))
    assert first == again
    assert isinstance(first, list)
    weights = [answer.weight for answer in first]
    assert weights == sorted(weights, reverse=True)
    assert all(0 <= weight <= 1 for weight in weights)
    for answer in first:
        reader.read(answer.value, losses=[], strict=True)
