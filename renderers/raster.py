"""Any SVG → PNG, PDF or PostScript, in a child process that can be killed.

The SVG may come from anybody: `svg.inspect` refuses what no picture needs, then a warm child draws it with limits on
its memory, its processor time and the clock. A child that breaks one is killed and the next picture gets a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final, Literal, TypeAlias

from ..convert.errors import MissingExtraError, OptionError, PanmathError, UnsupportedError
from ..convert.source import Source
from .child import Child
from .svg import inspect

Format: TypeAlias = Literal["png", "pdf", "ps"]
Engine: TypeAlias = Literal["resvg", "cairosvg"]

MAX_PIXELS: Final = 64_000_000
SECONDS: Final = 20.0

_PACKAGES: Final[dict[Engine, str]] = {"resvg": "resvg_py", "cairosvg": "cairosvg"}
_RESOLUTIONS: Final = (1.0, 4800.0)


def raster(
    svg: str | Source,
    *,
    format: Format = "png",
    dpi: float = 200.0,
    background: str | None = None,
    engine: Engine | None = None,
    timeout: float = SECONDS,
) -> bytes:
    """The picture of an SVG.

    `dpi` is the number of pixels that an inch, 96 CSS pixels, becomes in a PNG. `background` is a CSS colour; by
    default nothing is laid under the picture. `engine` is resvg for PNG and CairoSVG for the others, which only it can
    make. `timeout` is in seconds.

    Raises OptionError, MissingExtraError, ParseError (no well-formed SVG), UnsupportedError (it refers to the outside,
    is too large or too deep) and EdgeError (the rasteriser failed or ran out of time or memory).
    """
    engine = _engine(format, engine)
    if not _RESOLUTIONS[0] <= dpi <= _RESOLUTIONS[1]:
        raise OptionError(f"dpi is {dpi:g}, and should be from {_RESOLUTIONS[0]:g} to {_RESOLUTIONS[1]:g}")
    source = svg if isinstance(svg, Source) else Source(svg, "<svg>")
    canvas = inspect(source)
    zoom = dpi / 96
    pixels = canvas.width * canvas.height * zoom * zoom
    if pixels > MAX_PIXELS:
        raise UnsupportedError(f"the picture would have {pixels / 1e6:.0f} megapixels, more than {MAX_PIXELS // 10**6}")
    header: dict[str, object] = {
        "format": format, "engine": engine, "zoom": zoom, "background": background, "has_text": canvas.has_text,
    }  # fmt: skip
    return _CHILD.ask(header, source.text.encode("utf-8", "replace"), timeout)


def raster_many(
    svgs: Sequence[str | Source],
    *,
    format: Format = "png",
    dpi: float = 200.0,
    background: str | None = None,
    engine: Engine | None = None,
    timeout: float = SECONDS,
) -> list[bytes | PanmathError]:
    """As many pictures as SVGs, or in a picture's place the error that `raster` would have raised."""
    results: list[bytes | PanmathError] = []
    for svg in svgs:
        try:
            results.append(raster(svg, format=format, dpi=dpi, background=background, engine=engine, timeout=timeout))
        except (OptionError, MissingExtraError):
            raise
        except PanmathError as error:
            results.append(error)
    return results


def _engine(format: Format, engine: Engine | None) -> Engine:
    if format not in ("png", "pdf", "ps"):
        raise OptionError(f"an SVG cannot be made {format!r}; there are png, pdf and ps")
    if engine is None:
        engine = "resvg" if format == "png" else "cairosvg"
    if engine not in _PACKAGES:
        raise OptionError(f"there is no rasteriser {engine!r}; there are {' and '.join(_PACKAGES)}")
    if engine == "resvg" and format != "png":
        raise OptionError(f"resvg makes png only; cairosvg makes {format}")
    if find_spec(_PACKAGES[engine]) is None:
        package = _PACKAGES[engine]
        raise MissingExtraError(
            f'drawing an SVG needs {package}, which is not installed: pip install "panmath[render]"'
        )
    return engine


_CHILD: Final = Child("rasteriser.py", "the rasteriser")
