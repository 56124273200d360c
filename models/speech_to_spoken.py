"""The learned edge speech → words: panmath-listen, or any checkpoint of Whisper.

A recording is heard window by window (`windows`), so that it may be long, and so that there are times; one in which
nobody speaks gives no words, with no confidence. The confidence of panmath-listen is a logistic regression over what
the search found (`Evidence`), whose weights lie beside the checkpoint, in decoding.json; that of Whisper is the
probability of its text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

from panmath.convert.edges import Answer
from panmath.convert.errors import InputError, Loss, PanmathError
from panmath.convert.logistic import Logistic, from_table, json_table
from panmath.convert.phrases import Language, language_of
from panmath.convert.source import Source

from . import store
from .audio import Samples
from .device import chosen
from .listen import Sound
from .prediction import Options, Prediction
from .sound_files import samples_of
from .windows import Window, windows

EDGE = "speech → spoken"
_OPENAI = "whisper:"
"""Stands before the names of OpenAI's package."""


_NOTHING = Loss("the recording", "no words were heard: it is silent, or in another language than --language says")


class Segment(NamedTuple):
    """What is said from `start` to `end` (seconds), likeliest first, each with the probability that it is right."""

    start: float
    end: float
    answers: tuple[Answer, ...]


class Model(Protocol):
    """A model for speech. `longest` are the seconds of a window that it can take."""

    longest: float

    def predict(self, batch: Sequence[Sound], options: Options) -> list[list[Prediction]]: ...


class Evidence(NamedTuple):
    """What is known of an answer, in the order of the weights.

    `mean` and `least` are over the logarithms of the probabilities of its pieces, `margin` is how much likelier the
    best answer is than the second, `behind` how much likelier than this one, `pieces` the logarithm of their number.
    """

    mean: float
    least: float
    margin: float
    behind: float
    pieces: float


def read_many(
    recordings: Sequence[bytes],
    *,
    limit: int,
    language: str = "en",
    model: str = "",
    device: str = "auto",
    precision: str = "auto",
    beams: int = 8,
) -> list[list[Answer] | PanmathError]:
    """At most `limit` texts for each file of sound, with the probability that it is what was said as weight."""
    spoken = language_of(language)
    network, confidence = _model(model, chosen(device), precision)
    options = Options(nbest=max(limit, 2), beams=beams)
    found: list[list[Answer] | PanmathError] = []
    for recording in recordings:
        try:
            samples = samples_of(recording)
        except PanmathError as error:
            found.append(error)
        else:
            found.append(_joined(_segments(samples, spoken, network, confidence, options), limit))
    return found


def heard_as(
    recordings: Sequence[Samples], *, limit: int, language: Language, model: str = "", device: str = "auto"
) -> list[list[Answer]]:
    """The same for samples at `RATE` of `audio`."""
    network, confidence = _model(model, chosen(device), "auto")
    options = Options(nbest=max(limit, 2), beams=8)
    return [_joined(_segments(one, language, network, confidence, options), limit) for one in recordings]


def segments(
    recording: bytes,
    *,
    limit: int = 1,
    language: str = "en",
    model: str = "",
    device: str = "auto",
    precision: str = "auto",
    beams: int = 8,
) -> list[Segment]:
    """What is said in a file of sound and when; windows in which nobody speaks are left out."""
    network, confidence = _model(model, chosen(device), precision)
    options = Options(nbest=max(limit, 2), beams=beams)
    found = _segments(samples_of(recording), language_of(language), network, confidence, options)
    return [segment._replace(answers=segment.answers[:limit]) for segment in found]


def _segments(
    samples: Samples, language: Language, model: Model, confidence: Logistic | None, options: Options
) -> list[Segment]:
    parts = list(windows(samples, model.longest))
    heard = model.predict([Sound(part.samples, language) for part in parts], options)
    found = [_segment(part, predictions, confidence) for part, predictions in zip(parts, heard, strict=True)]
    return [segment for segment in found if segment.answers]


def _segment(window: Window, predictions: Sequence[Prediction], confidence: Logistic | None) -> Segment:
    """The answers of a window; none where the best is that nobody speaks."""
    if not predictions or not predictions[0].value:
        return Segment(window.start, window.end, ())
    spoken = [prediction for prediction in predictions if prediction.value]
    weights = [
        confidence.probability(evidence(one, spoken)) if confidence else min(math.exp(one.score), 1.0) for one in spoken
    ]
    best: dict[str, float] = {}
    for one, weight in zip(spoken, weights, strict=True):
        best.setdefault(one.value, min(weight, *best.values(), 1.0))
    return Segment(window.start, window.end, tuple(Answer(Source(text), weight) for text, weight in best.items()))


def evidence(one: Prediction, among: Sequence[Prediction]) -> Evidence:
    """What speaks for an answer next to the others, which are in order."""
    scores = [other.score for other in among]
    return Evidence(
        mean=one.score / max(len(one.logprobs), 1),
        least=min(one.logprobs, default=0.0),
        margin=min(scores[0] - scores[1], 20.0) if len(scores) > 1 else 20.0,
        behind=max(min(scores[0] - one.score, 20.0), -20.0),
        pieces=math.log(1 + len(one.logprobs)),
    )


def _joined(heard: Sequence[Segment], limit: int) -> list[Answer]:
    """The answers for a whole recording: the best of every window, then those in which one window has another."""
    if not heard:
        return [Answer(Source("", "what was heard"), 0.0, (_NOTHING,))]
    best = [segment.answers[0] for segment in heard]
    sure = math.prod(answer.weight for answer in best)
    found = [_answer(best, sure)]
    for at, segment in enumerate(heard):
        for other in segment.answers[1:]:
            share = other.weight / best[at].weight if best[at].weight else 0.0
            found.append(_answer([*best[:at], other, *best[at + 1 :]], sure * share))
    return [found[0], *sorted(found[1:], key=lambda answer: -answer.weight)][:limit]


def _answer(parts: Sequence[Answer], weight: float) -> Answer:
    return Answer(Source(" ".join(part.value.text for part in parts)), weight)


def _model(name: str, device: str, precision: str) -> tuple[Model, Logistic | None]:
    """The model of a name, loaded once in a process, and what its confidence is told by."""
    from . import listen, whisper

    if name.startswith(_OPENAI) or name.endswith(".pt"):
        if name.endswith(".pt") and not Path(name).is_file():
            raise InputError(f"{name}: there is no such file")
        return whisper.of_package(name.removeprefix(_OPENAI), device), None
    folder = store.find(name, EDGE)
    kind = store.model_type(folder)
    if kind == "whisper":
        return whisper.of_hub(folder, device, precision), None
    if kind == "parakeet_ctc" and (folder / "decoding.json").is_file():
        return listen.loaded(folder, device, precision), _confidence(folder)
    raise InputError(
        f"{folder.name}: a checkpoint of kind {kind or 'unknown'}; speech takes whisper and panmath-listen"
    )


@lru_cache(maxsize=4)
def _confidence(folder: Path) -> Logistic:
    file = folder / "decoding.json"
    return from_table(json_table(file).get("confidence", {}), Evidence._fields, file.name)
