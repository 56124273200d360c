"""Formulas set by Typst in any maths font, each with the place of every glyph, as `typeset` has them of TeX's fonts.

Typst draws the pictures, and its SVG of the same pages tells which outline stands where; `opentype` knows the outlines.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree

import numpy as np
import typst
from panmath import renderers
from panmath.convert.errors import EdgeError, PanmathError
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import typst_exact
from PIL import Image

from ..layout import ACCENTS, FENCES, INTEGRALS, LARGE
from ..symbols import Bar, Page, Symbol
from . import glyphs, opentype
from .opentype import Glyph, MathsFont
from .typeset import AXIS, LIFTED, Picture, cropped, merged

_POINTS: Final = 10.0
"""Size of the letters."""
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_SVG: Final = "{http://www.w3.org/2000/svg}"
_NUMBER: Final = re.compile(r"-?[\d.]+(?:e-?\d+)?")
_RULE: Final = re.compile(r"M 0 0 ?h (-?[\d.]+)")
_THREE: Final = {"...": (".", 1, 0), r"\cdot...": (r"\cdot", 1, 0), ":..": (".", 0, 1)}
"""Dots that Computer Modern sets as three signs: side by side or on top of each other."""


def installed_font(name: str) -> Path:
    """The file of a font: one of those that come with panmath, or one that TeX's kpsewhich finds.

    Raises EdgeError where there is none.
    """
    shipped = Path(renderers.__file__).parent / "fonts" / name
    if shipped.is_file():
        return shipped
    try:
        return glyphs.installed(name)
    except (OSError, subprocess.SubprocessError) as error:
        raise EdgeError(
            f"there is no font {name}: those that do not come with panmath are found by TeX's kpsewhich, which looks "
            "into the folders of OPENTYPEFONTS too"
        ) from error


def set_by_typst(formulas: Sequence[str], file: Path, dpi: float) -> Iterator[Picture]:
    """The formulas that we can write for Typst, and whose glyphs are all known, in the font of a file."""
    font = opentype.load(file)
    written = [(tex, markup) for tex in formulas if (markup := _markup(tex))]
    for tex, png, svg in _drawn(written, file, font.family, dpi):
        page = _page(svg, font, dpi / 72)
        if page is not None and page.symbols:
            with Image.open(io.BytesIO(png)) as opened:
                gray = np.asarray(opened.convert("L"))
            yield Picture(tex, *cropped(gray, page))


def _markup(tex: str) -> str:
    """A formula between dollar signs; the empty text for one that we cannot write."""
    inline = tex.startswith(r"\textstyle ")
    try:
        node = tex_reader.read(Source(tex.removeprefix(r"\textstyle ")), losses=[])
        markup = typst_exact.exact(node, losses=[], display=not inline)
    except PanmathError:
        return ""
    return f"${markup}$" if inline else f"$ {markup} $"


def _drawn(
    formulas: Sequence[tuple[str, str]], file: Path, family: str, dpi: float
) -> Iterator[tuple[str, bytes, bytes]]:
    """Formulas with their pictures as PNG and SVG; one that Typst refuses or sets on several pages is left out."""
    if not formulas:
        return
    pages = _pages([markup for _, markup in formulas], file, family, dpi)
    if len(pages) == len(formulas):
        yield from ((tex, *both) for (tex, _), both in zip(formulas, pages, strict=True))
    elif half := len(formulas) // 2:
        yield from _drawn(formulas[:half], file, family, dpi)
        yield from _drawn(formulas[half:], file, family, dpi)


def _pages(formulas: Sequence[str], file: Path, family: str, dpi: float) -> list[tuple[bytes, bytes]]:
    """The pages of one document as PNG and SVG, as many as Typst makes of it; none where it refuses a formula."""
    markup = "\n#pagebreak()\n".join(formulas)
    document = (
        "#set page(width: auto, height: auto, margin: 12pt)\n"
        f'#set text(size: {_POINTS}pt, top-edge: "bounds", bottom-edge: "bounds", ligatures: false)\n'
        f'#show math.equation: set text(font: "{family}")\n{typst_exact.prelude(markup)}{markup}'
    ).encode("utf-8", "replace")
    compiler, _ = _compiler(file)
    try:
        made = [compiler.compile(input=document, format="png", ppi=dpi), compiler.compile(input=document, format="svg")]
    except typst.TypstError:
        return []
    png, svg = (pages if isinstance(pages, list) else [pages] for pages in made)
    return list(zip(png, svg, strict=True))


@cache
def _compiler(file: Path) -> tuple[Any, TemporaryDirectory[str]]:
    """A compiler that knows one font, and the folder that it reads it from."""
    folder = TemporaryDirectory(prefix="panmath-font-")  # Several files of one family may lie side by side.
    shutil.copy(file, folder.name)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder.name])
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True), folder


class _Affine(NamedTuple):
    """x → a x + e, y → d y + f: Typst turns and skews nothing in a formula."""

    a: float
    d: float
    e: float
    f: float

    def then(self, inner: _Affine) -> _Affine:
        return _Affine(self.a * inner.a, self.d * inner.d, self.a * inner.e + self.e, self.d * inner.f + self.f)


def _affine(transform: str) -> _Affine:
    numbers = [float(number) for number in _NUMBER.findall(transform)]
    match transform.partition("(")[0], numbers:
        case "", []:
            return _Affine(1, 1, 0, 0)
        case "translate", [x, y]:
            return _Affine(1, 1, x, y)
        case "matrix", [a, 0.0, 0.0, d, e, f]:
            return _Affine(a, d, e, f)
        case _:
            raise ValueError(transform)


def _page(svg: bytes, font: MathsFont, scale: float) -> Page | None:
    """What stands on a page, in pixels; None if we do not know one of the glyphs."""
    root = ElementTree.fromstring(svg)
    outlines = {f"#{one.get('id')}": one[0].get("d", "") for one in root.iter(f"{_SVG}symbol") if len(one)}
    symbols: list[Symbol] = []
    bars: list[Bar] = []
    try:
        for group, place in _groups(root, _Affine(scale, scale, 0, 0)):
            if group.tag == f"{_SVG}path":
                bar = _bar(group, place)
                if bar is not None:
                    bars.append(bar)
            else:
                symbols += _run(group, place, outlines, font)
    except (LookupError, ValueError):
        return None
    return Page(tuple(merged(symbols)), tuple(bars))


def _groups(element: Any, place: _Affine) -> Iterator[tuple[Any, _Affine]]:
    """The paths that are drawn, and the groups with glyphs in them, each with where it stands."""
    place = place.then(_affine(element.get("transform", "")))
    if element.tag == f"{_SVG}path":
        yield element, place
    elif any(part.tag == f"{_SVG}use" for part in element):
        yield element, place
    elif element.tag in (f"{_SVG}svg", f"{_SVG}g"):
        for part in element:
            yield from _groups(part, place)


def _bar(path: Any, place: _Affine) -> Bar | None:
    """A horizontal rule; None for a vertical one and for the paper."""
    found = _RULE.fullmatch(path.get("d", "").strip())
    if found is None or path.get("stroke") is None:
        return None
    ends = sorted((place.e, place.e + place.a * float(found[1])))
    return Bar(ends[0], ends[1], place.f)


def _run(group: Any, place: _Affine, outlines: dict[str, str], font: MathsFont) -> Iterator[Symbol]:
    """The symbols of glyphs that were set together: letters of a word, or the pieces of one sign."""
    placed = []
    for use in group:
        glyph = font.glyph(outlines[use.get(_HREF)], _POINTS)
        if glyph is None:
            raise LookupError(use.get(_HREF))
        placed.append((glyph, place.then(_Affine(1, 1, float(use.get("x", 0)), float(use.get("y", 0))))))
    if len(placed) > 1 and any(glyph.exchanged for glyph, _ in placed):
        yield _joined(placed, font.scale)
    else:
        for glyph, at in placed:
            yield from _symbols(glyph, at, font.scale)


def _joined(pieces: Sequence[tuple[Glyph, _Affine]], scale: float) -> Symbol:
    """The pieces of a sign as one symbol. A piece may belong to several signs: the one meant is that of all pieces."""
    names = tuple(name for name in pieces[0][0].names if all(name in glyph.names for glyph, _ in pieces))
    whole = ((glyph._replace(names=names, exchanged=True), at) for glyph, at in pieces)
    found = [symbol for glyph, at in whole for symbol in _symbols(glyph, at, scale)]
    top, bottom = min(one.top for one in found), max(one.bottom for one in found)
    left, right = min(one.left for one in found), max(one.right for one in found)
    size = found[0].size
    return Symbol(names[0], left, top, right, bottom, (top + bottom) / 2 + AXIS * size, size)


def _symbols(glyph: Glyph, at: _Affine, scale: float) -> Iterator[Symbol]:
    """A glyph as the symbols of Computer Modern that it would be, whose boxes are not always those of the ink."""
    em = glyph.size * abs(at.a)
    left, bottom, right, top = glyph.box
    name = glyph.names[0]
    ink = Symbol(name, at.e + left * em, at.f - top * em, at.e + right * em, at.f - bottom * em, at.f, em * scale)
    if name in _THREE:
        yield from _dots(ink)
    elif set(name) == {"'"}:
        width = (ink.right - ink.left) / len(name)
        for number in range(len(name)):
            x = ink.left + number * width
            yield Symbol("'", x, ink.top, x + width, ink.bottom, ink.bottom, ink.size)
    else:
        yield _symbol(glyph, ink, at, scale)


def _symbol(glyph: Glyph, ink: Symbol, at: _Affine, scale: float) -> Symbol:
    name, size = ink.name, ink.size
    left, right, top, bottom = at.e, at.e + glyph.advance * glyph.size * abs(at.a), ink.top, ink.bottom
    if glyph.exchanged and name not in INTEGRALS or right - left < 0.1 * size:
        left, right = ink.left, ink.right
    # TeX lengthens arrows by a minus, which is higher.
    known = opentype.signs().get("-" if glyph.exchanged and name == r"\to" else name.removeprefix(r"\not"))
    if known is not None and (not glyph.exchanged or name == r"\to"):
        half = (known.above + known.below) * size / 2
        if name in ACCENTS:
            left, right = ink.middle - known.width * size / 2, ink.middle + known.width * size / 2
            half = max(known.above - LIFTED, 0.06) * size / 2
        centred = abs(known.above - known.below - 2 * AXIS) < 0.03 and name not in FENCES
        if centred or name in ACCENTS:
            top, bottom = ink.centre - half, ink.centre + half
    baseline = at.f
    if glyph.exchanged or name in LARGE or name in INTEGRALS:
        baseline = ink.centre + AXIS * size
    elif name == r"\sqrt":
        baseline = top + 0.04 * size
    return Symbol(name, left, top, right, bottom, baseline, glyph.meant * abs(at.a) * scale)


def _dots(ink: Symbol) -> Iterator[Symbol]:
    """The three symbols of dots in a row or on top of each other."""
    dot, across, down = _THREE[ink.name]
    known, size = opentype.signs()[dot], ink.size
    width = min(ink.bottom - ink.top, ink.right - ink.left)
    for at in (-0.5, 0.0, 0.5):
        x = ink.middle + across * at * (ink.right - ink.left - width)
        y = ink.centre + down * at * (ink.bottom - ink.top - width)
        line = ink.baseline if across else y + width / 2
        half = width / 2 if dot == "." else (known.above + known.below) * size / 2
        left, right = x - known.width * size / 2, x + known.width * size / 2
        yield Symbol(dot, left, y - half, right, line if dot == "." else y + half, line, size)
