"""Checks an answer by going back another way: what was written is read again and compared with what was meant.

A reader shares no code with the writer that it checks, so that agreement is evidence. It is a check of the last hop
and of all that went into it since the tree was read; whether the input was read rightly it cannot know. What a learned
edge makes of its input is checked by the edge's own way back: words by saying the formula again (`said_back`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from .distance import levenshtein
from .edges import EDGES, Edge, missing, resolve
from .errors import PanmathError
from .nodes import Node
from .normal import equal, normal
from .phrases import language_of
from .readers import tex as tex_reader
from .readers.spoken import readings
from .result import State, Verification
from .source import Source
from .writers import spoken as spoken_writer

_REPHRASES = ("sympy",)
"""Formats that reorder and evaluate what they are given, so that a difference in form proves nothing."""

_OTHER_WORDS = 0.6
"""How far words may be apart and still belong to one formula."""

_WORD = re.compile(r"[^\W\d_]+|\d")

_READ_BACK = ("natural", "exact")
"""The styles of speech that the reader understands, by the name of its grammar."""


def verify(
    node: Node | None, value: Any, source: str, target: str, options: Mapping[str, object] | None = None
) -> Verification:
    """Whether `value`, written in `target` from the tree `node` with `options`, gives that tree again when it is read.

    A tree that was itself asked for is written in the `source` format and read again.
    """
    if node is None:
        return Verification("unchecked", f"there is no tree on the way from {source} to {target}")
    if target == "ast":
        writer = _edge("ast", source)
        if writer is None:
            return Verification("unchecked", f"nothing writes {source}")
        target, value, options = source, _resolve(writer)(node, losses=[], **dict(writer.fixed)), None
    reader = _edge(target, "ast")
    if reader is None:
        return Verification("unchecked", f"nothing reads {target} back")
    how = dict(reader.fixed)
    if "grammar" in reader.options and options:
        style = options.get("style", _READ_BACK[0])
        if style not in _READ_BACK or options.get("ssml"):
            return Verification("unchecked", f"nothing reads {'SSML' if options.get('ssml') else style} back")
        how["grammar"] = style
    return _compare(node, value, target, reader, how)


def _compare(node: Node, value: Any, target: str, reader: Edge, how: Mapping[str, object]) -> Verification:
    try:
        back = _resolve(reader)(Source(value, target) if isinstance(value, str) else value, losses=[], **how)
    except PanmathError as error:
        return Verification("refuted", f"{target} cannot be read back: {error}", 0.0)
    if equal(node, back):
        return Verification("verified", f"read back from {target}, same normal form", 1.0)
    if target in _REPHRASES:
        return Verification("unchecked", f"{target} rephrases what it is given, so the form that comes back may differ")
    from .score import tree_error  # here, because it loads more than a conversion needs

    return Verification(
        "refuted", f"read back from {target}, another normal form", 1 - tree_error(normal(back), normal(node))
    )


def together(checks: Sequence[Verification]) -> Verification:
    """What several checks of one answer come to: it is verified if all of them say so."""
    worst = max((check.state for check in checks), key=get_args(State).index)
    scores = [check.score for check in checks if check.score is not None]
    said = [check.method for check in checks if check.state == worst]
    return Verification(worst, "; ".join(said), min(scores, default=None))


def said_back(words: Source, tex: Source, *, language: str, **_: object) -> Verification:
    """Whether a formula says the words from which it was made.

    It does if our own words for it are these, or if the rules understand all of the words, and as this formula.
    """
    try:
        node = tex_reader.read(tex, losses=[])
        apart = words_apart(words.text, node, language)
    except PanmathError as error:
        return Verification("refuted", f"the formula cannot be said: {error}", 0.0)
    if apart == 0:
        return Verification("verified", "said again, the same words", 1.0)
    if _is_read_as(words, node, language):
        return Verification("verified", "the rules read the same formula from all of the words", 1 - apart)
    if apart > _OTHER_WORDS:
        return Verification("refuted", "said again, other words", 1 - apart)
    return Verification("unchecked", "said again, not quite the same words", 1 - apart)


def _is_read_as(words: Source, node: Node, language: str) -> bool:
    try:
        best = readings(words, language=language_of(language))[0]
    except PanmathError:
        return False
    return not best.losses and equal(best.node, node)


def words_apart(text: str, node: Node, language: str) -> float:
    """How far the natural words for a formula are from a text: the edit distance by words over the length of the
    longer, without regard to case and punctuation, with numbers in words or in digits, whichever is nearer.
    """
    other = _WORD.findall(text.lower())
    return min(_apart(said, other) for said in _natural_words(node, language))


def _natural_words(node: Node, language: str) -> Iterator[list[str]]:
    for numbers in ("digits", "words"):
        yield _WORD.findall(spoken_writer.write(node, losses=[], language=language, numbers=numbers).lower())


def _apart(one: Sequence[str], other: Sequence[str]) -> float:
    # The edit distance is one of characters: each word becomes one.
    characters = {word: chr(number) for number, word in enumerate(dict.fromkeys((*one, *other)), 1)}
    pair = ("".join(characters[word] for word in words) for words in (one, other))
    return levenshtein(*pair) / max(len(one), len(other), 1)


def _edge(source: str, target: str) -> Edge | None:
    return next(
        (
            edge
            for edge in EDGES
            if (edge.source, edge.target) == (source, target) and edge.kind in ("reader", "writer")
        ),
        None,
    )


def _resolve(edge: Edge) -> Any:
    try:
        return resolve(edge.implementation)
    except ModuleNotFoundError as error:
        raise missing(edge, error) from error
