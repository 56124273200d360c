"""Pictures of formulas in fonts other than TeX's: by Typst, by matplotlib's mathtext, and by MathJax under node."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any, Final

import typst
from panmath.convert.errors import OptionError, PanmathError
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import typst_exact
from panmath.models.train.opentype import load
from panmath.models.train.typst_pages import installed_font
from panmath.renderers import formula
from panmath.renderers.raster import raster

from . import node

MATHTEXT: Final = ("stix", "stixsans", "dejavusans", "dejavuserif")
_DPI: Final = (100, 220)


def drawn(latex: Sequence[str], font: str) -> Iterator[bytes | None]:
    """The formulas as PNG at 100 to 220 dpi; None for those that the program cannot set.

    `font` is one of `formula.FONTS`, the file of an OpenType font, ``mathtext:`` and a set of its fonts, or
    ``mathjax``.
    """
    with _program(font) as draw:
        for number, tex in enumerate(latex):
            yield draw(tex, Random(f"{number}/{tex}").randint(*_DPI))


@contextmanager
def _program(font: str) -> Iterator[Callable[[str, int], bytes | None]]:
    if font in formula.FONTS:
        yield lambda tex, dpi: _by_us(tex, dpi, font)
    elif font.endswith((".otf", ".ttf")):
        compiler, family = _compiler(font), load(installed_font(font)).family
        yield lambda tex, dpi: _by_typst(tex, dpi, compiler, family)
    elif font.removeprefix("mathtext:") in MATHTEXT:
        yield lambda tex, dpi: _by_mathtext(tex, dpi, font.removeprefix("mathtext:"))
    elif font == "mathjax":
        with node.NodePeer("mathjax") as peer:
            yield lambda tex, dpi: _by_mathjax(tex, dpi, peer)
    else:
        names = ", ".join((*formula.FONTS, *(f"mathtext:{name}" for name in MATHTEXT), "mathjax"))
        raise OptionError(f"there is no font {font!r}; there are {names}, and files of OpenType maths fonts")


def _by_us(tex: str, dpi: int, font: str) -> bytes | None:
    try:
        node = tex_reader.read(Source(tex), losses=[])
        return formula.draw(node, losses=[], format="png", size=10.0, dpi=dpi, margin=4, embed=False, font=font)
    except PanmathError:
        return None


def _compiler(font: str) -> Any:
    folder = str(installed_font(font).parent)
    return typst.Compiler(
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder]),
        ignore_system_fonts=True,
    )


def _by_typst(tex: str, dpi: int, compiler: Any, family: str) -> bytes | None:
    try:
        markup = typst_exact.exact(tex_reader.read(Source(tex), losses=[]), losses=[])
        document = (
            "#set page(width: auto, height: auto, margin: 4pt)\n"
            '#set text(size: 10pt, top-edge: "bounds", bottom-edge: "bounds")\n'
            f'#show math.equation: set text(font: ("{family}", "New Computer Modern Math"))\n'
            f"{typst_exact.prelude(markup)}$ {markup} $"
        )
        made = compiler.compile(input=document.encode(), format="png", ppi=float(dpi))
    except (PanmathError, typst.TypstError):
        return None
    return made[0] if isinstance(made, list) else made


def _by_mathtext(tex: str, dpi: int, fontset: str) -> bytes | None:
    import matplotlib
    from matplotlib.mathtext import math_to_image

    buffer = io.BytesIO()
    # It knows no styles, and puts limits where it likes.
    text = re.sub(r"\\(?:displaystyle|textstyle|limits|nolimits)\b", "", tex)
    with matplotlib.rc_context({"mathtext.fontset": fontset, "font.size": 10}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            math_to_image(f"${text}$", buffer, dpi=dpi, format="png")
        except (ValueError, RuntimeError):
            return None
    return buffer.getvalue()


def _by_mathjax(tex: str, dpi: int, peer: node.NodePeer) -> bytes | None:
    found = peer.run("svg", [tex])[0]
    svg = re.search(r"<svg.*</svg>", found, re.DOTALL) if isinstance(found, str) else None
    if svg is None:
        return None
    ex = re.search(r'width="([\d.]+)ex" height="([\d.]+)ex"', svg[0])
    if ex is None:
        return None
    plain = re.sub(r' data-latex="[^"]*"', "", svg[0])  # where "<" stands as it is
    sized = plain.replace(ex[0], f'width="{float(ex[1]) * 4.42:.3f}pt" height="{float(ex[2]) * 4.42:.3f}pt"', 1)
    return raster(sized, dpi=dpi, background="white")
