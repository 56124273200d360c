"""The learned edge spoken → tex: the rules and a text model propose formulas, a ranker decides.

A ranker is a logistic regression over what is known of a candidate (`Evidence`); its probability is the confidence of
the answer. Its weights lie beside the checkpoint, in ranker.json, fitted by `train.ranker` on held-back pairs. Words
that are those that our own writer says for the rules' formula need no model, and none is loaded for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from panmath.convert.edges import Answer
from panmath.convert.errors import Loss, PanmathError, ParseError
from panmath.convert.logistic import Logistic, beside
from panmath.convert.nodes import Node
from panmath.convert.normal import normal
from panmath.convert.phrases import language_of
from panmath.convert.readers import spoken as spoken_reader
from panmath.convert.readers import tex as tex_reader
from panmath.convert.readers.spoken.certainty import certainty
from panmath.convert.source import Source
from panmath.convert.verify import words_apart
from panmath.convert.writers import tex as tex_writer

from . import store
from .prediction import Options
from .sequence import heard, tex_text, tex_tokens

if TYPE_CHECKING:
    from .text import TextModel

EDGE = "spoken → tex"
_RULES = 6
"""How many readings of the rules are candidates."""
_UNLIKELY = -50.0
"""The logarithm of a probability that is as good as none."""


class Evidence(NamedTuple):
    """What is known of a candidate, in the order of the ranker's weights.

    `model` is the logarithm of how likely the model finds it next to the candidate that it likes best, `per_token` its
    mean over the tokens, and `plausible` the same mean without any words: how likely the formula is by itself.
    `proposed` is 1 where the model wrote it itself. `rules` is the rules' score next to their best, `read` is 1 where
    they read the words so, `first` where it is their first reading, `unread` where they refuse the words. `back` is how
    far its own words are from those that came in, next to the nearest candidate, and `apart` how far at all.
    """

    model: float
    per_token: float
    plausible: float
    proposed: float
    rules: float
    read: float
    first: float
    unread: float
    back: float
    apart: float


@dataclass(slots=True)
class Candidate:
    """A formula that the words may mean, and what speaks for it."""

    node: Node
    tex: str
    tokens: int = 1
    model: float = _UNLIKELY
    plausible: float = _UNLIKELY
    proposed: bool = False
    rules: float | None = None
    losses: tuple[Loss, ...] = ()
    apart: float = 1.0


_UNFITTED = Logistic(-1.0, (0.5, 0.5, 0.1, 0.5, 0.5, 0.5, 0.5, 0.0, -2.0, -1.0))
"""For checkpoints that come without a ranker: the model's own preference, and the words said back."""


def ranker(folder: Path) -> Logistic:
    """The ranker of a checkpoint."""
    return beside(folder / "ranker.json", Evidence._fields, _UNFITTED)


def read_many(
    sources: Sequence[Source],
    *,
    limit: int,
    language: str,
    model: str = "",
    device: str = "auto",
    precision: str = "auto",
    beams: int = 4,
) -> list[list[Answer] | PanmathError]:
    """At most `limit` formulas in TeX for each text, the likeliest first; the weight is the chance that it is meant.

    An input of which neither the model nor the rules can make a formula gives the rules' error.
    """
    found: list[list[Answer] | PanmathError | None] = [
        None if limit > 1 else _told(source, language) for source in sources
    ]
    open_ones = [source for source, answers in zip(sources, found, strict=True) if answers is None]
    ranked = iter(_ranked(open_ones, limit, language, model, device, precision, beams) if open_ones else ())
    return [answers if answers is not None else next(ranked) for answers in found]


def _told(source: Source, language: str) -> list[Answer] | None:
    """The rules' formula, if our own words for it are the very words that came in."""
    try:
        best = spoken_reader.readings(source, language=language_of(language))[0]
        if best.losses or words_apart(source.text, best.node, language):
            return None
        return [Answer(_source(tex_writer.write(best.node, losses=[]), source), certainty(best.evidence))]
    except PanmathError:
        return None


def _source(tex: str, words: Source) -> Source:
    return Source(tex, f"{words.name} (as TeX)")


def _ranked(
    sources: Sequence[Source], limit: int, language: str, model: str, device: str, precision: str, beams: int
) -> list[list[Answer] | PanmathError]:
    from .device import chosen  # here and below: torch takes seconds to load
    from .text import loaded

    folder = store.find(model, EDGE)
    judge = ranker(folder)
    options = Options(nbest=min(max(limit, beams), 16), beams=max(beams, 1))
    proposals = proposed(sources, language, loaded(folder, chosen(device), precision), options)
    return [
        _answers(source, candidates, error, judge, limit)
        for source, (candidates, error) in zip(sources, proposals, strict=True)
    ]


def _answers(
    source: Source, candidates: list[Candidate], error: PanmathError | None, judge: Logistic, limit: int
) -> list[Answer] | PanmathError:
    if not candidates:
        return error or ParseError("neither the rules nor the model can make a formula of the words", source, (0, 1))
    ranked = [
        Answer(_source(one.tex, source), judge.probability(evidence(one, candidates)), one.losses) for one in candidates
    ]
    return sorted(ranked, key=lambda answer: -answer.weight)[:limit]


def proposed(
    sources: Sequence[Source], language: str, model: TextModel, options: Options
) -> list[tuple[list[Candidate], PanmathError | None]]:
    """The candidates for each text, with the rules' error where they refuse it."""
    texts = [heard(source.text) if model.speaks_tokens else source.text for source in sources]
    found = []
    for source, predictions in zip(sources, model.predict(texts, options), strict=True):
        candidates: dict[Node, Candidate] = {}
        for prediction in predictions:
            tex = tex_text(prediction.value.split()) if model.speaks_tokens else prediction.value.strip("$ ")
            if (candidate := _candidate(tex, language)) is not None:
                kept = candidates.setdefault(normal(candidate.node), candidate)
                kept.proposed = True
                kept.model = max(kept.model, prediction.score)
        error = _add_rules(candidates, source, language)
        for candidate in candidates.values():
            candidate.apart = _apart(source.text, candidate.node, language)
        found.append((list(candidates.values()), error))
    if model.speaks_tokens:
        _score(texts, [candidates for candidates, _ in found], model)
    return found


def _candidate(tex: str, language: str) -> Candidate | None:
    try:
        node = tex_reader.read(Source(tex), losses=[], strict=True)
    except PanmathError:
        return None
    return Candidate(node, tex) if tex else None


def _add_rules(candidates: dict[Node, Candidate], source: Source, language: str) -> PanmathError | None:
    try:
        found = spoken_reader.readings(source, language=language_of(language), limit=_RULES)
    except PanmathError as error:
        return error
    for reading in found:
        tex = tex_writer.write(reading.node, losses=[])
        candidate = candidates.setdefault(normal(reading.node), Candidate(reading.node, tex))
        candidate.rules, candidate.losses = reading.score - len(reading.losses), reading.losses
    return None


def _apart(text: str, node: Node, language: str) -> float:
    try:
        return words_apart(text, node, language)
    except PanmathError:
        return 1.0


def _score(texts: Sequence[str], found: Sequence[Sequence[Candidate]], model: TextModel) -> None:
    """Asks the model how likely every candidate is, with the words and without."""
    from .text import Pair

    pairs, owners = [], []
    for text, candidates in zip(texts, found, strict=True):
        for candidate in candidates:
            try:
                tokens = tex_tokens(candidate.node)
            except PanmathError:
                continue
            candidate.tokens = len(tokens) + 1
            pairs += [Pair(text, " ".join(tokens)), Pair("", " ".join(tokens))]
            owners.append(candidate)
    scores = model.logprobs(pairs)
    for at, candidate in enumerate(owners):
        candidate.model, candidate.plausible = scores[2 * at], scores[2 * at + 1]


def evidence(candidate: Candidate, among: Sequence[Candidate]) -> Evidence:
    """What speaks for a candidate next to the others."""
    read = [other.rules for other in among if other.rules is not None]
    return Evidence(
        model=max(candidate.model - max(other.model for other in among), _UNLIKELY),
        per_token=max(candidate.model / candidate.tokens, -5.0),
        plausible=max(candidate.plausible / candidate.tokens, -10.0),
        proposed=float(candidate.proposed),
        rules=candidate.rules - max(read) if candidate.rules is not None else 0.0,
        read=float(candidate.rules is not None),
        first=float(candidate.rules is not None and candidate.rules == max(read)),
        unread=float(not read),
        back=candidate.apart - min(other.apart for other in among),
        apart=candidate.apart,
    )
