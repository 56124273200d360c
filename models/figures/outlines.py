"""Any picture → its areas of colour as filled outlines, by VTracer: looks without meaning."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import vtracer
from panmath.convert.edges import Answer
from panmath.convert.errors import Loss, PanmathError, UnsupportedError
from panmath.convert.source import Source
from panmath.renderers import drawing, svg_reader
from panmath.renderers.compare import likeness
from panmath.renderers.raster import raster
from PIL import Image

from .. import pictures

_SIDE: Final = 900
"""Pixels of the longer side of what is traced."""
_MOST: Final = 400
"""Outlines, beyond which the picture is traced more coarsely."""
_LOSS: Final = Loss(
    "outlines", "areas of colour are traced as filled outlines; lines, labels and axes are not told apart"
)


def read_all(data: Sequence[bytes]) -> list[list[Answer] | PanmathError]:
    """The outlines of each picture. The weight is how much their ink and the picture's lie on each other."""
    found: list[list[Answer] | PanmathError] = []
    for picture in data:
        try:
            found.append([_answer(pictures.opened(picture))])
        except PanmathError as error:
            found.append(error)
    return found


def _answer(image: Image.Image) -> Answer:
    scale = min(_SIDE / max(image.size), 2.0)
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    shown = io.BytesIO()
    image.save(shown, "PNG")
    svg = _traced(shown.getvalue(), speckle=4, colors=5, apart=24)
    if svg.count("<path") > _MOST:
        svg = _traced(shown.getvalue(), speckle=12, colors=4, apart=48)
    scene = replace(svg_reader.read(Source(svg, "<outlines>"), losses=[]), origin="vtracer")
    again = raster(drawing.draw(scene, losses=[], margin=0), dpi=96, background="white")
    return Answer(scene, likeness(again, shown.getvalue()).score, (_LOSS,))


def _traced(png: bytes, speckle: int, colors: int, apart: int) -> str:
    try:
        svg: str = vtracer.convert_raw_image_to_svg(
            png, img_format="png", colormode="color", mode="spline", filter_speckle=speckle, color_precision=colors,
            layer_difference=apart, corner_threshold=60, path_precision=2,
        )  # fmt: skip
    except (ValueError, OSError) as error:
        raise UnsupportedError(f"vtracer traces nothing: {error}") from error
    return svg
