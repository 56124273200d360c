"""Pictures of formulas: AST → Typst → SVG, PNG, PDF.

    >>> from ..convert.nodes import Ident
    >>> draw(Ident("x")).startswith("<svg")
    True

One compiler a thread is kept warm. Distances are in points (1/72 inch), resolutions in pixels per inch.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final, Literal, TypeAlias, TypedDict, Unpack, overload

from ..convert.errors import EdgeError, Losses, MissingExtraError, OptionError, PanmathError, UnsupportedError
from ..convert.nodes import Node
from ..convert.writers import tex as tex_writer
from ..convert.writers import typst_exact
from ..convert.writers.typst import rgb, string
from .metadata import PDF_KEYWORD, embedded_tex, into_png, into_svg, pdf_description
from .raster import MAX_PIXELS

__all__ = ["FONTS", "Options", "draw", "draw_many", "embedded_tex"]

Format: TypeAlias = Literal["svg", "png", "pdf"]

FONTS: Final = (
    "New Computer Modern Math",
    "TeX Gyre Pagella Math",
    "TeX Gyre Termes Math",
    "STIX Two Math",
    "Noto Sans Math",
)
"""The first comes with Typst and looks like TeX; the others stand in renderers/fonts with their licences."""

_FALLBACK: Final = '"New Computer Modern", "Libertinus Serif"'
_SIZES: Final = (1.0, 1000.0)
_MARGINS: Final = (0.0, 1000.0)
_RESOLUTIONS: Final = (10.0, 2400.0)

# An empty box in a colour of its own, which sits on the baseline of the formula and is cut out of the SVG again.
_MARK: Final = '#box(width: 0pt, height: 0pt, fill: rgb("#010203"))#h(0pt) '
_MARKED: Final = re.compile(r'<g transform="translate\([-\d.]+ ([-\d.]+)\)"><path fill="#010203"[^>]*/></g>')
_SMALL_DOCUMENT: Final = 8000
_USUAL_DPI: Final = 600
_LONG_LENGTH: Final = re.compile(r"[0-9]{3,}(?:\.[0-9]+)?(?:em|pt|mm|cm|in)")
"""What a picture must stay below not to be measured before it is drawn."""
_HEAD: Final = re.compile(r'<svg viewBox="([^"]*)" width="([\d.]+)pt" height="([\d.]+)pt"[^>]*>')


@dataclass(frozen=True, slots=True)
class _Look:
    """What all formulas of a document share."""

    format: Format
    font: str
    size: float
    color: str
    background: str
    margin: float
    dpi: float
    display: bool

    def document(self, markups: Sequence[str]) -> str:
        """The source of a document with a page for each formula."""
        fill = "none" if self.background == "none" else f'rgb("{self.background}")'
        markup = " ".join(markups)
        lines = [
            f"#set page(width: auto, height: auto, margin: {self.margin:g}pt, fill: {fill})",
            f'#set text(size: {self.size:g}pt, fill: rgb("{self.color}"), top-edge: "bounds", bottom-edge: "bounds")',
        ]
        # Typst's own font has all that ASCII markup can name.
        if self.font != FONTS[0] or not markup.isascii():
            lines.append(f'#show math.equation: set text(font: ("{self.font}", {_FALLBACK}))')
        blank = " " if self.display else ""
        mark = _MARK if self.format == "svg" else ""
        pages = "\n#pagebreak()\n".join(f"${blank}{mark}{page}{blank}$" for page in markups)
        return "\n".join([*lines, typst_exact.prelude(markup) + pages])


class Options(TypedDict, total=False):
    """How formulas look. `size` is that of the letters in points; `dpi` is for PNG.

    `background` is a colour or "transparent"; by default a PNG is white and the others are transparent.
    """

    font: str
    size: float
    color: str
    background: str | None
    margin: float
    dpi: float
    display: bool


@overload
def draw(
    node: Node,
    *,
    format: Literal["svg"] = ...,
    embed: bool = ...,
    tex: str | None = ...,
    losses: Losses | None = ...,
    **options: Unpack[Options],
) -> str: ...
@overload
def draw(
    node: Node,
    *,
    format: Literal["png", "pdf"],
    embed: bool = ...,
    tex: str | None = ...,
    losses: Losses | None = ...,
    **options: Unpack[Options],
) -> bytes: ...
@overload
def draw(
    node: Node,
    *,
    format: Format,
    embed: bool = ...,
    tex: str | None = ...,
    losses: Losses | None = ...,
    **options: Unpack[Options],
) -> str | bytes: ...


def draw(
    node: Node,
    *,
    format: Format = "svg",
    embed: bool = True,
    tex: str | None = None,
    losses: Losses | None = None,
    **options: Unpack[Options],
) -> str | bytes:
    """The formula as SVG text, or as the bytes of a PNG or PDF.

    `embed` puts the TeX into the picture: `tex` where it is given, else what the TeX writer makes of the formula.
    An SVG says in ``vertical-align`` how far it reaches below the baseline.

    Raises OptionError, MissingExtraError (Typst is not installed), UnsupportedError (nested too deeply) and EdgeError
    (Typst refused the markup, which is in the log).
    """
    look = _look(format, **options)
    markup = _markup(node, look.display, losses)
    source = (tex if tex is not None else _tex(node)) if embed else None
    return _finish(_compile(look, markup, source), look, source)


def draw_many(
    nodes: Sequence[Node],
    *,
    format: Format = "svg",
    embed: bool = True,
    tex: Sequence[str | None] | None = None,
    losses: Sequence[Losses] | None = None,
    **options: Unpack[Options],
) -> list[str | bytes | PanmathError]:
    """As many pictures as nodes, or in a picture's place the error that `draw` would have raised.

    Options as in `draw`; `tex` and `losses` hold one entry for each node.
    """
    look = _look(format, **options)
    texts = [None] * len(nodes) if tex is None else tex
    markups = [_markup_or_error(*item, look) for item in zip(nodes, losses or [[] for _ in nodes], strict=True)]
    sources = [
        (text if text is not None else _tex(node)) if embed and isinstance(markup, str) else None
        for node, text, markup in zip(nodes, texts, markups, strict=True)
    ]
    results: list[str | bytes | PanmathError] = []
    for start in range(0, len(nodes), _BATCH):
        results += _draw_batch(markups[start : start + _BATCH], sources[start : start + _BATCH], look)
    return results


_BATCH: Final = 64
"""Formulas set as pages of one document."""


def _markup_or_error(node: Node, losses: Losses, look: _Look) -> str | PanmathError:
    try:
        return _markup(node, look.display, losses)
    except PanmathError as error:
        return error


def _draw_batch(
    markups: Sequence[str | PanmathError], sources: Sequence[str | None], look: _Look
) -> list[str | bytes | PanmathError]:
    good = [markup for markup in markups if isinstance(markup, str)]
    pages = iter(_pages(look, good) if look.format != "pdf" else ())
    results: list[str | bytes | PanmathError] = []
    for markup, source in zip(markups, sources, strict=True):
        if isinstance(markup, PanmathError):
            results.append(markup)
            continue
        page = next(pages, None)
        try:
            results.append(_finish(_compile(look, markup, source) if page is None else page, look, source))
        except PanmathError as error:
            results.append(error)
    return results


def _pages(look: _Look, markups: Sequence[str]) -> list[bytes]:
    """One document with a page for each formula; nothing if it fails, since then one formula spoils all."""
    if len(markups) < 2:
        return []
    try:
        pages = _run(look, look.document(markups))
    except (EdgeError, UnsupportedError):
        return []
    return pages if len(pages) == len(markups) else []


def _look(
    format: Format,
    font: str = FONTS[0],
    size: float = 12.0,
    color: str = "black",
    background: str | None = None,
    margin: float = 2.0,
    dpi: float = 200.0,
    display: bool = True,
) -> _Look:
    if format not in ("svg", "png", "pdf"):
        raise OptionError(f"there is no format {format!r} of pictures; there are svg, png and pdf")
    if font not in FONTS:
        raise OptionError(f"there is no font {font!r}; there are {', '.join(FONTS)}")
    for name, value, (low, high) in (("size", size, _SIZES), ("margin", margin, _MARGINS), ("dpi", dpi, _RESOLUTIONS)):
        if not low <= value <= high:
            raise OptionError(f"{name} is {value:g}, and should be from {low:g} to {high:g}")
    if background is None:
        background = "white" if format == "png" else "transparent"
    ground = "none" if background == "transparent" else _color("background", background)
    return _Look(format, font, size, _color("color", color), ground, margin, dpi, display)


def _color(option: str, value: str) -> str:
    found = rgb(value)
    if found is None:
        raise OptionError(f"{option} is {value!r}, and should be #rrggbb or the name of a colour")
    return found


def _markup(node: Node, display: bool, losses: Losses | None) -> str:
    return typst_exact.exact(node, losses=[] if losses is None else losses, display=display)


def _tex(node: Node) -> str:
    return tex_writer.write(node, losses=[])


def _compile(look: _Look, markup: str, source: str | None) -> bytes:
    document = look.document([markup])
    if look.format == "pdf":
        about = "title: [Formula], date: none"
        if source is not None:
            about += f", keywords: {string(PDF_KEYWORD)}"
            about += f", description: {string(pdf_description(source))}"
        document = f"#set document({about})\n" + document
    return _run(look, document)[0]


def _finish(picture: bytes, look: _Look, source: str | None) -> str | bytes:
    match look.format:
        case "svg":
            svg = _trim(picture.decode("utf-8"))
            return svg if source is None else into_svg(svg, source)
        case "png":
            return into_png(picture, tex=source, dpi=look.dpi)
        case "pdf":
            return picture


def _trim(svg: str) -> str:
    """The SVG without what is of no use in it, and with its distance below the baseline instead of the mark."""
    head, mark = _HEAD.match(svg), _MARKED.search(svg)
    if head is None or mark is None:
        raise EdgeError("Typst's SVG is not built as expected; panmath knows that of Typst 0.15", svg)
    depth = float(head[3]) - float(mark[1])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{head[1]}" '
        f'width="{head[2]}pt" height="{head[3]}pt" style="vertical-align:{-depth:.4g}pt">'
        f"{svg[head.end() : mark.start()]}{svg[mark.end() :]}"
    )


# The compiler

_warm = threading.local()


@cache
def _fonts() -> Any:
    """Typst's fonts and those in renderers/fonts; without the system's, so that a picture is the same anywhere."""
    typst = _typst()
    with as_file(files(__package__).joinpath("fonts")) as folder:
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])


@cache
def _typst() -> Any:
    try:
        import typst
    except ModuleNotFoundError as error:
        raise MissingExtraError('drawing needs typst, which is not installed: pip install "panmath[render]"') from error
    return typst


def _check_pixels(compiler: Any, look: _Look, document: str) -> None:
    """Refuses a picture of too many pixels. Only what can be large is measured, by setting it as SVG first."""
    if len(document) < _SMALL_DOCUMENT and look.dpi <= _USUAL_DPI and not _LONG_LENGTH.search(document):
        return
    typst = _typst()
    try:
        pages = compiler.compile(input=document.encode("utf-8", "replace"), format="svg")
    except typst.TypstError:
        return  # The drawing itself will say what is wrong.
    pixels = 0.0
    for page in pages if isinstance(pages, list) else [pages]:
        head = _HEAD.match(page.decode())
        if head is not None:
            pixels += float(head[2]) * float(head[3]) * (look.dpi / 72) ** 2
    if pixels > MAX_PIXELS:
        raise UnsupportedError(
            f"the picture would have {pixels / 1e6:.0f} megapixels, more than {MAX_PIXELS // 10**6}; lower the dpi"
        )


def _run(look: _Look, document: str) -> list[bytes]:
    typst = _typst()
    compiler = getattr(_warm, "compiler", None)
    if compiler is None:
        compiler = _warm.compiler = typst.Compiler(font_paths=_fonts(), ignore_system_fonts=True)
    options: dict[str, Any] = {"format": look.format}
    if look.format == "png":
        options["ppi"] = look.dpi
    if look.format == "pdf":
        options["pdf_tags"] = False
    if look.format == "png":
        _check_pixels(compiler, look, document)
    try:
        pages = compiler.compile(input=document.encode("utf-8", "replace"), **options)
    except typst.TypstError as error:
        raise EdgeError(f"Typst could not set the formula: {error.message}", document) from error
    return pages if isinstance(pages, list) else [pages]
