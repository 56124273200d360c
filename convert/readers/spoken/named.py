"""Formulas called by their names: "Heron's formula for the area of a triangle", with or without the formula after it.

The names and formulas are tables/formulas.toml. A name is found by its words, each weighed by how seldom it stands in
names (inverse document frequency), and words are the same where a recogniser may have spoilt one of them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from ...formulas import Formula, formulas
from ...nodes import Ident, Node, Num, Operator, Row, Sym, walk
from ...phrases import Language
from ...structure import outer_class
from . import spelling
from .context import is_symbol
from .lexicon import Token
from .words import fold

_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
_FILLERS: Final = {
    "en": frozenset("a an the of in for is are be to and its it that this with by from on as s".split()),
    "ru": frozenset("в во на с со и к по для от это есть о об из при за что".split()),
}
_COVERED: Final = 0.8
"""The share of a name that must be there, where nothing else speaks for the formula."""

_ALONE: Final = 0.45
"""The share of the prose that the name must be, then."""

_HALF: Final = 0.5
_TOGETHER: Final = 1.3
"""The share of the name and the likeness of the formula after it that are enough together."""

_NEARLY_SAME: Final = 1.7
"""As much, where all words of the formula were understood."""

_MORE: Final = 0.01
"""What each word of a name adds, so that of two names the one that says more is meant."""

_STATING: Final = frozenset("equals coloneqq equiv cong approx sim propto lt gt le ge implies iff".split())
"""Relations after which the formula follows that was named."""

_SAYING: Final = frozenset(
    "states says that relates gives tells describes where when if".split()
    + "утверждает гласит связывает описывает что если".split()
)
"""Words between the name of a theorem and what it says."""

_BRACKETS: Final = frozenset("()[]{}")
_SAME: Final = {"≅": "≡", "∼": "≈", "⋅": "×"}
"""Symbols that are said by the same words."""


class Named(NamedTuple):
    """A formula, and the words of one of its names."""

    formula: Formula
    words: tuple[str, ...]


class Called(NamedTuple):
    """The formula that words name, and whether they are its name and nothing else."""

    node: Node
    exactly: bool


class Names(NamedTuple):
    """The names of one language."""

    formulas: tuple[Named, ...]
    weights: Mapping[str, float]
    """How much a word tells."""
    vocabulary: frozenset[str]
    """All words of names."""
    by_word: Mapping[str, tuple[int, ...]]
    """The formulas in whose names it stands."""
    by_words: Mapping[tuple[str, ...], Formula]
    """The formulas by all words of their names."""


@cache
def names(language: Language) -> Names:
    """The names of formulas in a language, loaded once."""
    known = tuple(Named(one, tuple(content_words(one.name, language))) for one in formulas(language))
    counts = Counter(word for named in known for word in set(named.words))
    by_word: dict[str, list[int]] = {}
    for number, named in enumerate(known):
        for word in set(named.words):
            by_word.setdefault(word, []).append(number)
    weights = {word: math.log(1 + len(known) / count) for word, count in counts.items()}
    by_words = {named.words: named.formula for named in known}
    return Names(
        known, weights, frozenset(weights), {word: tuple(numbers) for word, numbers in by_word.items()}, by_words
    )


def content_words(text: str, language: Language) -> list[str]:
    """The words that tell something, in one form: "Heron's formulas" are "heron" and "formula"."""
    folded = [word for word in _WORD.findall(fold(text)) if word not in _FILLERS[language]]
    return [_stem(word, language) for word in folded]


def _stem(word: str, language: Language) -> str:
    if language == "en":
        return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    # Case endings change, and what stands before them does not.
    return word[: max(4, len(word) - 2)] if len(word) > 4 else word


def formula(text: str, heard: Sequence[Token], language: Language, literal: Node | None, strange: int) -> Called | None:
    """The formula that a text names, None where it names none.

    `heard` are its tokens, `literal` is the formula that was read from the words, if any, and `strange` how many of
    its words are no mathematics. The name stands before the first relation. Where symbols follow, they are the formula,
    unless it is nearly the one that is named, and has no letters of its own.
    """
    known = names(language)
    label, rest = _parted(heard)
    symbols = _has_formula(rest)
    whole, words = content_words(text, language), content_words(text[: label[-1].end] if label else "", language)
    for name in (whole,) if symbols else (whole, words):
        if (called := known.by_words.get(tuple(name))) is not None:
            return Called(called.node, exactly=not rest)
    if any(map(is_symbol, label)):
        return None
    said = {word: same for word in (words if symbols else whole) if (same := _same(word, known)) is not None}
    meant = set(said.values())
    broken = bool(strange) or literal is not None and _lacks_operand(literal)
    least = _TOGETHER if broken else _NEARLY_SAME
    prose = [word for token in label if "word" in token.senses for word in content_words(token.word, language)]
    told = _weight((said.get(word, word) for word in prose), known)
    best: tuple[float, Node] | None = None
    for number in sorted({number for word in prose if word in said for number in known.by_word[said[word]]}):
        named = known.formulas[number]
        covered = _weight(set(named.words) & meant, known) / _weight(set(named.words), known)
        if covered < _HALF:
            continue
        node = named.formula.node
        share = _weight((said[word] for word in prose if said.get(word) in named.words), known) / told
        alike = likeness(literal, node) if literal is not None else 0.0
        if symbols:
            fits = covered + alike >= least and _fits(literal, node, broken)
        else:
            fits = covered >= _COVERED and share >= _ALONE
        rank = covered + share + alike + _MORE * len(named.words)
        if fits and (best is None or rank > best[0]):
            best = rank, node
    return None if best is None else Called(best[1], exactly=False)


def _has_formula(rest: Sequence[Token]) -> bool:
    """Whether there are symbols, or quantities and nothing strange: "is used to find areas" has neither."""
    quantities = any("quantity_name" in token.senses for token in rest)
    return any(map(is_symbol, rest)) or quantities and not any("word" in token.senses for token in rest)


def _fits(literal: Node | None, node: Node, broken: bool) -> bool:
    return literal is not None and (broken or _letters(literal) <= _letters(node))


def _lacks_operand(literal: Node) -> bool:
    """Whether a function has no argument, as in "the variance equals lambda"."""
    items = literal.items if isinstance(literal, Row) else ()
    return any(isinstance(item, Operator) and outer_class(after) == "rel" for item, after in pairwise(items))


def _parted(heard: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    """What stands before and behind the first relation, colon or word for what a theorem says."""
    for at, token in enumerate(heard):
        stated = token.senses.get("rel") in _STATING or token.senses.get("pause") == ":"
        if stated or at and fold(token.word) in _SAYING:
            return heard[:at], heard[at + 1 :]
    return heard, ()


def _weight(words: Iterable[str], known: Names) -> float:
    seldom = math.log(1 + len(known.formulas))
    return sum(known.weights.get(word, seldom) for word in words) or 1.0


def _same(word: str, known: Names) -> str | None:
    """The word of names that this is, perhaps misspelt."""
    return word if word in known.weights else spelling.nearest(word, known.vocabulary)


def likeness(one: Node, other: Node) -> float:
    """How much of two formulas is the same, from 0 to 1: Dice's coefficient of their symbols, casing apart."""
    first, second = _symbols(one), _symbols(other)
    return 2 * (first & second).total() / max(first.total() + second.total(), 1)


def _symbols(node: Node) -> Counter[str]:
    leaves = (part for part in walk(node) if isinstance(part, Ident | Num | Sym | Operator))
    texts = (leaf.name if isinstance(leaf, Operator) else leaf.text for leaf in leaves)
    return Counter(_SAME.get(text, text.lower()) for text in texts if text not in _BRACKETS)


def _letters(node: Node) -> frozenset[str]:
    idents = (part.text for part in walk(node) if isinstance(part, Ident))
    return frozenset(text.lower() for text in idents if len(text) == 1)
