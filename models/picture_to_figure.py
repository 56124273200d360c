"""The learned edge image → scene: a picture of a figure becomes its shapes and labels.

A small network tells what kind of picture it is (`models.figures.kinds`); photographs and formulas are refused. Then
the picture is taken apart into areas, letters and lines; labels are read by the reader of formulas, and lines, circles
and curves are fitted to the ink by least squares. The scene is drawn again and compared with the picture: what comes of
that, and how sure the networks were, gives the confidence, a logistic regression whose weights lie beside the
checkpoint.
A checkpoint of another kind is a vision–language model that writes TikZ or SVG itself (`models.figures.programs`).
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from panmath.convert.edges import Answer
from panmath.convert.errors import PanmathError, UnsupportedError
from panmath.convert.logistic import Logistic, beside
from panmath.convert.result import Verification
from panmath.renderers.metadata import embedded_tex
from panmath.renderers.scene import Scene

from . import store

if TYPE_CHECKING:
    from .figures.ink import Mask, Sheet
    from .figures.kinds import Kinds
    from .seeing import Detector

EDGE: Final = "image → scene"
_READER: Final = "panmath-see"
"""The checkpoint that reads labels."""
_REFUSED: Final = {
    "formula": "the picture shows a formula, and no figure: ask for tex",
    "photograph": "the picture shows no figure but a photograph; --engine vtracer traces its areas of colour",
}
_CERTAIN: Final = 0.75
"""From which probability on the network is believed without a further look."""
_COVERED: Final = 0.4
"""The share of a picture that is not paper, from which on it may be a photograph."""
_DARK: Final = 128.0
"""Paper darker than this, of 255, is none where the picture has noise: scans and cameras see paper light."""
_DPI: Final = (60.0, 1300.0)
"""What a picture may say of its resolution to be believed."""
_USUAL: Final = 96.0
_LETTERS: Final = 10.0
"""Points of the letters of a figure whose picture does not tell its resolution."""
_SAME: Final = 0.9
"""From which chamfer F1 on a figure is verified …"""
_OTHER: Final = 0.6
"""… and below which it is refuted."""
_STRETCHED: Final = 0.05
_MOST: Final = 600
"""Shapes of a figure; more are a texture."""


class Evidence(NamedTuple):
    """What is known of an answer, in the order of the weights.

    `figure` is the logarithm of the odds that the picture is a figure, `ink` how much its ink and that of the scene,
    drawn again, lie on each other (chamfer F1), `labels` the mean and `worst` the least weight of labels (1 where there
    are none), `shapes` the logarithm of the number of shapes.
    """

    figure: float
    ink: float
    labels: float
    worst: float
    shapes: float


_UNFITTED: Final = Logistic(-12.0, (0.2, 10.0, 2.0, 1.0, -0.1))


def confidence(folder: Path) -> Logistic:
    """How sure the answers of a checkpoint are."""
    return beside(folder / "confidence.json", Evidence._fields, _UNFITTED)


def read_many(
    pictures: Sequence[bytes],
    *,
    limit: int,
    model: str = "",
    device: str = "auto",
    precision: str = "auto",
    beams: int = 4,
    engine: str = "",
) -> list[list[Answer] | PanmathError]:
    """The scene of each picture (PNG, JPEG, WebP …); the weight is the probability that it is right.

    UnsupportedError for what is no picture, for photographs, and for formulas. The engine "vtracer" traces whatever the
    picture shows as filled outlines.
    """
    if engine == "vtracer":
        from .figures.outlines import read_all as traced_outlines

        return traced_outlines(pictures)
    folder = store.find(model, EDGE)
    kind = store.model_type(folder)
    if kind == "panmath-symbol-detector":
        raise UnsupportedError(f"{folder.name} reads formulas, and no figures")
    if kind != "panmath-figure-kind":
        from .figures.programs import read_all

        return read_all(pictures, limit, folder, device, precision, beams)
    from .device import chosen  # here, because torch takes seconds to load
    from .figures.kinds import loaded
    from .seeing import loaded as reader

    place = chosen(device)
    kinds, detector = loaded(folder, place, precision), reader(store.find(_READER), place, precision)
    found: list[list[Answer] | PanmathError] = []
    for picture in pictures:
        try:
            found.append([answer(picture, kinds, detector, confidence(folder))])
        except PanmathError as error:
            found.append(error)
    return found


def answer(picture: bytes, kinds: Kinds, detector: Detector, judge: Logistic) -> Answer:
    """The scene of one picture. UnsupportedError where it is none of a figure."""
    if _carried(picture) is not None:
        raise UnsupportedError("the picture carries the formula that it shows: ask for tex")
    scene, known = look(picture, kinds, detector)
    return Answer(scene, judge.probability(known))


def _carried(picture: bytes) -> str | None:
    """The source that a picture carries; a damaged picture is told of by the reader of pictures."""
    try:
        return embedded_tex(picture)
    except PanmathError:
        return None


def look(picture: bytes, kinds: Kinds, detector: Detector) -> tuple[Scene, Evidence]:
    """The scene of a picture, and what is known of it. UnsupportedError where it shows no figure."""
    from . import pictures
    from .figures import ink, labels, marks, scenes, trace

    image = pictures.opened(picture)
    chances = kinds.of(image)
    kind = refused_as(chances)
    if kind and chances[kind] >= _CERTAIN:
        raise UnsupportedError(_REFUSED[kind])
    sheet = ink.taken_apart(image)
    if not sheet.strokes.any() and not sheet.regions:
        raise UnsupportedError("the picture holds no figure")
    if kind == "photograph" and float(sheet.ink.mean()) > _COVERED or _is_dark(sheet):
        raise UnsupportedError(_REFUSED["photograph"])
    found = marks.marks(sheet)
    words = labels.labels(sheet, found, detector)
    drawn = trace.traced(sheet, marks.without_labels(found, {word.word for word in words}))
    if kind == "formula" and not any(trace.is_figure(one, found.em) for one in drawn):
        raise UnsupportedError(_REFUSED[kind])
    if len(drawn) > _MOST:
        raise UnsupportedError(f"the picture shows more than {_MOST} shapes, which is no figure that can be traced")
    if not drawn or (words and all(trace.is_bar(one) for one in drawn)):
        raise UnsupportedError("the picture holds no figure, only text")
    unit = _unit(picture, [word.em for word in words], sheet.scale)
    turned = scenes.turn(drawn) if sheet.noise > ink.CLEAN else 0.0
    frame = scenes.Frame(unit, sheet.strokes.shape[0] - 1, turned)
    scene = scenes.scene(drawn, words, frame)
    weights = [word.weight for word in words]
    odds = math.log(max(1 - no_figure(chances), 1e-4) / max(no_figure(chances), 1e-4))
    known = Evidence(
        odds, agreement(scene, sheet, unit), sum(weights) / len(weights) if weights else 1.0, min(weights, default=1.0),
        math.log(len(drawn)),
    )  # fmt: skip
    return scene, known


def _is_dark(sheet: Sheet) -> bool:
    """Whether what is taken for paper is dark and has noise: a night or a wall, and no figure that a camera sees."""
    from .figures.ink import CLEAN

    return sheet.noise > CLEAN and float(sheet.paper.mean()) < _DARK


def no_figure(chances: dict[str, float]) -> float:
    """How likely a picture is none of a figure."""
    from .figures.kinds import NO_FIGURES

    return sum(chances.get(name, 0.0) for name in NO_FIGURES)


def refused_as(chances: dict[str, float]) -> str:
    """As what a picture is to be refused: "formula" or "photograph"; empty for one that is likely a figure."""
    from .figures.kinds import NO_FIGURES

    if no_figure(chances) < 0.5 and max(chances, key=lambda name: chances[name]) not in NO_FIGURES:
        return ""
    return max(NO_FIGURES, key=lambda name: chances.get(name, 0.0))


def _unit(picture: bytes, ems: Sequence[float], scale: float) -> float:
    """Points of a pixel: as the picture says, or so that its letters have a usual size."""
    from PIL import Image

    from .figures.scenes import POINTS_PER_INCH

    with Image.open(io.BytesIO(picture)) as image:
        told = image.info.get("dpi", (0, 0))
    dpi = float(told[0]) if isinstance(told, tuple) and told else 0.0
    if _DPI[0] <= dpi <= _DPI[1]:
        return POINTS_PER_INCH / dpi / scale
    if ems:
        return _LETTERS / sorted(ems)[len(ems) // 2]
    return POINTS_PER_INCH / _USUAL / scale


def agreement(scene: Scene, sheet: Sheet, unit: float) -> float:
    """How much the ink of a scene, drawn again, and that of a picture lie on each other: chamfer F1 at 1.5 points.
    `unit` are the points of a pixel of the picture.
    """
    from panmath.renderers.compare import figure_likeness

    from .figures.scenes import POINTS_PER_INCH

    dpi = POINTS_PER_INCH / unit
    return figure_likeness(_again(scene, dpi), _as_png(sheet.ink), dpi=dpi)


def _again(scene: Scene, dpi: float) -> bytes:
    """The ink of a scene that is drawn again."""
    from panmath.renderers import drawing
    from panmath.renderers.raster import raster

    from . import pictures
    from .figures.ink import all_ink

    return _as_png(all_ink(pictures.opened(raster(drawing.draw(scene, losses=[]), dpi=dpi, background="white"))))


def _as_png(ink: Mask) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(((~ink) * 255).astype("uint8")).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def drawn_back(picture: bytes, scene: Scene, **_: object) -> Verification:
    """Whether a scene, drawn again, has its ink where the picture has it: at the same size, within a fiftieth of the
    height.
    """
    from panmath.renderers.compare import likeness

    from . import pictures
    from .figures.ink import all_ink

    image = pictures.opened(picture)
    try:
        found = likeness(_again(scene, 150.0), _as_png(all_ink(image)))
    except PanmathError as error:
        return Verification("refuted", f"the scene cannot be drawn: {error}", 0.0)
    if found.score >= _SAME and abs(math.log(found.aspect)) < _STRETCHED:
        return Verification("verified", "drawn again, the same ink", found.score)
    if found.score < _OTHER:
        return Verification("refuted", "drawn again, other ink", found.score)
    return Verification("unchecked", "drawn again, not quite the same ink", found.score)
