"""The learned edge image → tex: a picture of a formula to its source.

A picture that panmath drew carries its source and gives it back exactly. For others a checkpoint is asked: the shipped
one finds symbols, which the layout reader puts together; any vision encoder–decoder of transformers writes TeX at once.
An answer is checked by drawing it and comparing the pictures.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from panmath.convert.edges import Answer
from panmath.convert.errors import PanmathError, TableError, UnsupportedError
from panmath.convert.readers import tex as tex_reader
from panmath.convert.result import Verification
from panmath.convert.source import Source
from panmath.convert.writers import tex as tex_writer
from panmath.renderers.metadata import embedded_tex

from . import store
from .prediction import Options

if TYPE_CHECKING:
    from .symbols import Page

EDGE = "image → tex"
_TRIES = 8
"""How many other names of symbols are tried for each answer that is asked for."""
_ALIKE, _UNLIKE = 0.93, 0.6
"""The likeness from which on a formula, drawn again, is what the picture shows, and below which it is not."""


class Calibration(NamedTuple):
    """Logistic regression from the logarithms of the symbols' probabilities to that of the whole formula: their `sum`
    and the `least` of them. Fitted by `train.image_to_tex` on formulas that were held back.
    """

    bias: float
    sum: float
    least: float

    def probability(self, page: Page) -> float:
        """How likely all of a page is read rightly."""
        weights = [math.log(max(symbol.weight, 1e-6)) for symbol in page.symbols]
        return 1 / (1 + math.exp(-(self.bias + self.sum * sum(weights) + self.least * min(weights))))


def read_many(
    values: Sequence[bytes],
    *,
    limit: int,
    model: str = "",
    device: str = "auto",
    precision: str = "auto",
    beams: int = 4,
) -> list[list[Answer] | PanmathError]:
    """At most `limit` formulas in TeX for each picture, the likeliest first; the weight is the probability that it is
    the one shown. UnsupportedError for what is no picture, or holds no formula.
    """
    found: list[list[Answer] | PanmathError | None] = [_embedded(value) for value in values]
    unread = [value for value, answers in zip(values, found, strict=True) if answers is None]
    rest = iter(_asked(unread, limit, model, device, precision, beams) if unread else ())
    return [answers if answers is not None else next(rest) for answers in found]


def _embedded(value: bytes) -> list[Answer] | PanmathError | None:
    try:
        tex = embedded_tex(value)
    except PanmathError as error:
        return error
    return None if tex is None else [Answer(Source(tex, "the source in the picture"), 1.0)]


def _asked(
    values: Sequence[bytes], limit: int, model: str, device: str, precision: str, beams: int
) -> list[list[Answer] | PanmathError]:
    from .device import chosen  # here and below: torch takes seconds to load

    folder = store.find(model, EDGE)
    where = chosen(device)
    if _kind(folder) == "panmath-symbol-detector":
        from .reading import loaded as reader

        return [_read(value, limit, reader(folder, where, precision), _calibration(folder)) for value in values]
    from .vision import loaded as vision

    return [_written(value, limit, beams, vision(folder, where, precision)) for value in values]


def _kind(folder: Path) -> str:
    return str(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type"))


@lru_cache(maxsize=4)
def _calibration(folder: Path) -> Calibration:
    file = folder / "calibration.json"
    if not file.is_file():
        return Calibration(0.0, 1.0, 0.0)
    try:
        return Calibration(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise TableError(f"{file}: no calibration of {', '.join(Calibration._fields)}: {error}") from error


def _read(value: bytes, limit: int, reader: Any, calibration: Calibration) -> list[Answer] | PanmathError:
    from . import pictures

    try:
        ink = pictures.ink(pictures.opened(value))
    except UnsupportedError as error:
        return error
    page = reader.page(ink) if ink is not None else None
    if page is None or not page.symbols:
        return UnsupportedError("the picture holds no formula")
    answers = _answers(page, limit, calibration)
    return answers or UnsupportedError("the picture shows symbols that make no formula")


def _answers(page: Page, limit: int, calibration: Calibration) -> list[Answer]:
    """The formulas that a page may be: as the network names the symbols, and with one of them named otherwise."""
    from . import layout

    found: dict[str, float] = {}
    for variant in (page, *_variants(page)[: _TRIES * limit]):
        tex = _plain(layout.read(variant))
        if tex and tex not in found:
            found[tex] = calibration.probability(variant)
        if len(found) == limit:
            break
    ranked = sorted(found.items(), key=lambda answer: -answer[1])
    return [Answer(Source(tex, "the picture (as TeX)"), weight) for tex, weight in ranked]


def _variants(page: Page) -> list[Page]:
    """The page with one symbol named otherwise, the likeliest first."""
    others = [
        (chance / symbol.weight, at, name, chance)
        for at, symbol in enumerate(page.symbols)
        for name, chance in symbol.others
    ]
    return [
        page._replace(
            symbols=(*page.symbols[:at], page.symbols[at]._replace(name=name, weight=chance), *page.symbols[at + 1 :])
        )
        for _, at, name, chance in sorted(others, reverse=True)
    ]


def _written(value: bytes, limit: int, beams: int, model: Any) -> list[Answer] | PanmathError:
    from . import pictures

    try:
        image = pictures.opened(value)
    except UnsupportedError as error:
        return error
    predictions = model.predict([image], Options(nbest=max(limit, 1), beams=beams))[0]
    answers = [
        Answer(Source(prediction.value, "the picture (as TeX)"), math.exp(prediction.score))
        for prediction in predictions
        if prediction.value and _parses(prediction.value)
    ]
    return answers or UnsupportedError("the model reads no well-formed formula from the picture")


def _plain(tex: str) -> str:
    """A formula as our own writer has it; empty where it is none."""
    try:
        return tex_writer.write(tex_reader.read(Source(tex), losses=[], strict=True), losses=[])
    except PanmathError:
        return ""


def _parses(tex: str) -> bool:
    try:
        tex_reader.read(Source(tex), losses=[], strict=True)
    except PanmathError:
        return False
    return True


def drawn_back(picture: bytes, tex: Source, **_: object) -> Verification:
    """Whether a formula, drawn again, looks like the picture: the chamfer F1 of their ink, and their proportions."""
    from panmath.renderers.compare import likeness
    from panmath.renderers.formula import draw

    try:
        again = draw(tex_reader.read(tex, losses=[]), format="png", embed=False)
        alike = likeness(picture, again)
    except PanmathError as error:
        return Verification("refuted", f"the formula cannot be drawn: {error}", 0.0)
    proportion = min(alike.aspect, 1 / alike.aspect) if alike.aspect else 0.0
    score = alike.score * proportion
    if score >= _ALIKE:
        return Verification("verified", "drawn again, the same picture", score)
    if score < _UNLIKE:
        return Verification("refuted", "drawn again, another picture", score)
    return Verification("unchecked", "drawn again, not quite the same picture", score)
