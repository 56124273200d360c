"""Training pictures in other fonts: what stands on a page that Typst sets, and where."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("typst")
pytest.importorskip("fontTools")
pytest.importorskip("matplotlib")

import numpy as np
from panmath.convert.errors import EdgeError
from panmath.convert.fi import fi
from panmath.models import layout
from panmath.models.train import opentype, typst_pages
from panmath.models.train.opentype import name_of
from panmath.models.train.typeset import Picture
from panmath.models.train.typst_pages import installed_font, set_by_typst

FONTS = ("STIXTwoMath-Regular.ttf", "texgyrepagella-math.otf", "texgyretermes-math.otf", "NotoSansMath-Regular.ttf")

NAMES = {
    r"x+\alpha-2": r"x + \alpha - 2",
    r"\frac{a^2}{b_i}": "a 2 b i",
    r"\sqrt{y}": r"\sqrt y",
    r"\sin x": "rm:s rm:i rm:n x",
    r"f''(t)": "f ' ' ( t )",
    r"1,\dots,n": "1 , . . . , n",
    r"1+\cdots+n": r"1 + \cdot \cdot \cdot + n",
    r"\hat{a}\ne\bar{b}": r"\hat a \not= \bar b",
    r"x\notin\mathbb{R}": r"x \not\in bb:R",
    r"\mathbf{v}\cdot\vec{w}": r"bf:v \cdot \vec w",
    r"\overrightarrow{AB}": r"\to A B",
    r"\sum_{k=0}^{\infty}k": r"\sum k = 0 \infty k",
    r"\int_0^1 x\,dx": r"\int 0 1 x d x",
    r"\left(\frac{\frac{a}{b}}{\frac{c}{d}}\right)": "( a b c d )",
    r"\left\{\begin{matrix}1\\2\\3\\4\\5\\6\end{matrix}\right\}": r"\{ 1 2 3 4 5 6 \}",
    r"\epsilon\varepsilon\phi\varphi\theta\vartheta": r"\epsilon \varepsilon \phi \varphi \theta \vartheta",
    r"a\le b\ge c\sim d\to e": r"a \le b \ge c \sim d \to e",
    r"\ell\hbar\partial\nabla": r"\ell \hbar \partial \nabla",
}  # fmt: skip

READ = (
    r"x^2+y^2=z^2", r"\frac{-b\pm\sqrt{b^2-4ac}}{2a}", r"\sum_{i=1}^{n}a_i", r"\lim_{x\to 0}\frac{\sin x}{x}=1",
    r"c_{i\sigma}^{\dagger}", r"\left|\frac{a_{n}}{2^{n+1}}\right|", r"\int_{0}^{1}f(x)\,dx", r"\overrightarrow{AB}",
    r"e^{i\pi}+1=0", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
)  # fmt: skip


def _set(tex: str, font: str, dpi: float = 150) -> Picture:
    (picture,) = set_by_typst([tex], installed_font(font), dpi)
    return picture


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("tex", NAMES)
def test_every_glyph_is_known_by_its_outline(tex: str, font: str) -> None:
    assert Counter(symbol.name for symbol in _set(tex, font).page.symbols) == Counter(NAMES[tex].split())


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("tex", READ)
def test_the_places_are_those_of_the_formula(tex: str, font: str) -> None:
    assert fi(layout.read(_set(tex, font).page)) == fi(tex)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("tex", [*NAMES, *READ])
def test_all_ink_is_in_the_boxes_and_on_the_bars(tex: str, font: str) -> None:
    picture = _set(tex, font)
    dark = picture.gray < 128
    left = dark.copy()
    for symbol in picture.page.symbols:
        # Slanted letters lean out of their advance, as they do in TeX.
        across, down = 0.25 * symbol.size, (0.4 if symbol.name.startswith(r"\not") else 0.12) * symbol.size
        box = slice(max(round(symbol.top - down), 0), round(symbol.bottom + down) + 1)
        box_across = slice(max(round(symbol.left - across), 0), round(symbol.right + across) + 1)
        assert dark[box, box_across].any(), symbol.name
        left[box, box_across] = False
    for bar in picture.page.bars:
        rows = slice(max(round(bar.y) - 2, 0), round(bar.y) + 3)
        assert dark[rows, round(bar.left) + 1 : round(bar.right) - 1].any(axis=0).all()
        left[rows, max(round(bar.left) - 1, 0) : round(bar.right) + 2] = False
    assert left.sum() <= 0.02 * dark.sum()


@pytest.mark.parametrize("font", FONTS)
def test_scripts_have_the_sizes_that_they_have_in_tex(font: str) -> None:
    sizes = {symbol.name: symbol.size for symbol in _set(r"x^{y^{z}}", font).page.symbols}
    assert sizes["y"] / sizes["x"] == pytest.approx(0.7)
    assert sizes["z"] / sizes["x"] == pytest.approx(0.5)


@pytest.mark.parametrize("font", FONTS)
def test_letters_are_as_large_as_those_of_computer_modern(font: str) -> None:
    picture = _set("xH", font, 300)
    heights = {symbol.name: (symbol.baseline - symbol.top) / symbol.size for symbol in picture.page.symbols}
    assert np.sqrt(heights["x"] / 0.4306 * heights["H"] / 0.6833) == pytest.approx(1, abs=0.06)


def test_formulas_with_unknown_glyphs_and_those_that_typst_refuses_are_left_out() -> None:
    formulas = ["a", r"\text{日本}", "b", r"\unknown", r"\href{x}{c}"]
    found = [picture.tex for picture in set_by_typst(formulas, installed_font(FONTS[0]), 100)]
    assert found == ["a", "b", r"\href{x}{c}"]


def test_a_formula_on_several_pages_is_left_out_and_no_other() -> None:
    formulas = [("a", "$ a $"), ("b", "$ b $\n#pagebreak()\n$ b $"), ("c", "$ c $"), ("d", "$ d $")]
    file = installed_font(FONTS[0])
    found = [tex for tex, _, _ in typst_pages._drawn(formulas, file, opentype.load(file).family, 100)]
    assert found == ["a", "c", "d"]


@pytest.mark.parametrize(
    "char, name",
    [("𝑥", "x"), ("x", "rm:x"), ("𝐱", "bf:x"), ("𝒙", "bfit:x"), ("ℬ", "cal:B"), ("𝔸", "bb:A"), ("ℂ", "bb:C"),
     ("𝔤", "frak:g"), ("𝖠", "sf:A"), ("𝚊", "tt:a"), ("𝜗", r"\vartheta"), ("𝛛", r"bf:\partial"), ("Γ", r"\Gamma"),
     ("𝟏", "bf:1"), ("⩽", r"\leqslant"), ("∼", r"\sim"), ("~", None), ("й", None), ("𝗮", None)],
)  # fmt: skip
def test_characters_have_the_names_of_the_symbols_of_tex(char: str, name: str | None) -> None:
    assert name_of(char) == name


def test_a_font_that_is_not_there() -> None:
    with pytest.raises(EdgeError) as caught:
        installed_font("Nowhere-Math.otf")
    assert str(caught.value).startswith(
        "there is no font Nowhere-Math.otf: those that do not come with panmath are found by TeX's kpsewhich, which "
        "looks into the folders of OPENTYPEFONTS too"
    )
