"""The learned edge description → svg: a language model writes a figure for words that the rules do not understand.

Any decoder or encoder–decoder of `transformers` is asked for an SVG or TikZ program, several times. What it writes is
no more trusted than a file: it passes the reader and the sanitiser, is drawn in a process with limits, and has to show
the counts, colours and written words that are asked for, as far as the words say them (`figure_words.claims`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from panmath.convert.edges import Answer
from panmath.convert.errors import CheckpointError, PanmathError, UnsupportedError
from panmath.convert.result import Verification
from panmath.convert.source import Source
from panmath.renderers import drawing, svg_reader
from panmath.renderers.figure_words import claims
from panmath.renderers.raster import raster
from panmath.renderers.scene import leaves

from . import store
from .prediction import Options

if TYPE_CHECKING:
    from .text import TextModel

EDGE: Final = "description → svg"
_PROMPT: Final = "Write an SVG picture with plain shapes that shows this, and nothing but its code: {}"
_LONGEST: Final = 2048
"""Tokens of a program."""
_DPI: Final = 48.0


def read_many(
    sources: Sequence[Source],
    *,
    limit: int,
    model: str = "",
    device: str = "auto",
    precision: str = "auto",
    samples: int = 8,
) -> list[list[Answer] | PanmathError]:
    """At most `limit` figures for each description, those that the model finds likeliest first, out of `samples`.

    The weight is the share of what the model wrote that passes, which is not calibrated. UnsupportedError where
    nothing passes, with the reasons.
    """
    if not model:
        raise CheckpointError("a language model that draws has to be named: --model FOLDER, or a hub id")
    from .device import chosen  # here, because torch takes seconds to load
    from .text import Task, loaded

    folder = store.find(model, EDGE)
    network = loaded(folder, chosen(device), precision, Task(_PROMPT))
    if network.speaks_tokens:
        raise CheckpointError(f"{folder.name} writes formulas, and no figures")
    options = Options(nbest=max(limit, samples), longest=_LONGEST)
    found: list[list[Answer] | PanmathError] = []
    for source in sources:
        try:
            found.append(_answers(source, network, options)[:limit])
        except PanmathError as error:
            found.append(error)
    return found


def _answers(source: Source, network: TextModel, options: Options) -> list[Answer]:
    if not source.text.strip():
        raise UnsupportedError("there are no words to draw")
    asked = claims.claims(source)
    predictions = network.samples(source.text, options)
    passed: dict[str, float] = {}
    refused = Counter[str]()
    for prediction in predictions:
        try:
            svg = _passed(prediction.value, source, asked)
        except (PanmathError, RecursionError) as error:
            refused[str(error).split("\n")[0]] += 1
            continue
        likely = prediction.score / max(len(prediction.logprobs), 1)
        passed[svg] = max(likely, passed.get(svg, likely))
    if not passed:
        reasons = "; ".join(f"{count} × {reason}" for reason, count in refused.most_common(3))
        raise UnsupportedError(f"none of the {len(predictions)} answers of the model is such a figure: {reasons}")
    share = 1 - sum(refused.values()) / len(predictions)
    ranked = sorted(passed, key=lambda svg: -passed[svg])
    return [Answer(Source(svg, f"{source.name} (as SVG)"), share) for svg in ranked]


def _passed(text: str, source: Source, asked: Sequence[claims.Claim]) -> str:
    """The figure of what a model wrote, drawn by us, if it shows what was asked; UnsupportedError where not."""
    from .figures.programs import program

    scene = program(text)
    if not any(True for _ in leaves(scene.items)):
        raise UnsupportedError("the figure is empty")
    svg = drawing.draw(scene, losses=[])
    raster(svg, dpi=_DPI)
    if missing := [claim.words for claim in claims.unmet(scene, asked)] or claims.broken(scene, source):
        raise UnsupportedError(f"it does not show: {', '.join(missing)}")
    return svg


def shows(words: Source, svg: Source, **_: object) -> Verification:
    """Whether an SVG shows what the words say: verified only where every word was checked or says nothing."""
    scene = svg_reader.read(svg, losses=[])
    asked = claims.claims(words)
    if missing := [claim.words for claim in claims.unmet(scene, asked)] or claims.broken(scene, words):
        return Verification("refuted", f"the figure does not show: {', '.join(missing)}", 0.0)
    unknown = [token.text for token in claims.unchecked(words)]
    if unknown or not asked:
        what = ", ".join(dict.fromkeys(unknown)) or words.text.strip()
        return Verification("unchecked", f"these words cannot be checked on a figure: {what}")
    return Verification("verified", "the figure shows the counts, colours, labels and relations that the words say")
