"""Sentences with spoken formulas in them: the prose stays, what is mathematics comes out as ``$…$``.

A run of words is a formula if it begins and ends with what can only be mathematics there. Words that are both
("is", "of", "a") belong to it only between such words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ...document import Document, Formula, Paragraph, Part, Prose, moved
from ...errors import Losses, ParseError
from ...nodes import EMPTY, Accent, Fence, Frac, Node, Num, Operator, Root, Row, Script, Stack, Sym, children, walk
from ...phrases import language_of
from ...source import Source
from .lexicon import Lexicon, Token, lexicon, tokens
from .natural import Reading, readings

_OPERANDS = frozenset(
    (
        "num",
        "frac",
        "id",
        "fn",
        "big",
        "root",
        "cube_root",
        "set",
        "derivative",
        "second_derivative",
        "partial_derivative",
        "around",
        "open",
        "close",
        "ordinal",
    )
)
_SIGNS = frozenset(
    (
        "sum",
        "mul",
        "rel",
        "over",
        "divided",
        "divided_term",
        "squared",
        "cubed",
        "power_of",
        "power",
        "sub",
        "sup",
        "prime",
        "double_prime",
        "factorial",
        "mark",
        "ord",
        "inverse",
        "transpose",
        "slash",
        "naught",
        "degrees",
    )
)
_JOINING = frozenset(
    (
        "of",
        "to",
        "from",
        "to_the",
        "skip",
        "as",
        "by",
        "wrt",
        "base",
        "left",
        "right",
        "quantity",
        "choose",
        "font",
        "vector",
    )
)
_LEAVES = frozenset(("id", "num", "frac"))
_NUMBERS = frozenset(("num", "sum", "to"))
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_WANTING = frozenset(
    ("sum", "mul", "rel", "over", "divided", "of", "sub", "power_of", "to_the", "slash", "root", "cube_root")
)
"""After these something has to come."""
_BREAK = re.compile(r"\n[ \t]*\n\s*")
_MAX_JOINING = 3
"""How many words that only join may stand between two that are mathematics."""


def read(source: Source, *, losses: Losses, language: str = "en") -> Document:
    """The text with its spoken formulas as trees: "so x squared plus one is positive". What cannot be read stays prose;
    an empty line ends a paragraph.
    """
    found: list[Paragraph] = []
    start = 0
    for end in (*(match.span() for match in _BREAK.finditer(source.text)), (len(source.text),) * 2):
        parts = tuple(_parts(source.text[start : end[0]], start, language_of(language), losses))
        found += [Paragraph(parts)] if parts else []
        start = end[1]
    return Document(source, tuple(found))


def _parts(text: str, base: int, language: str, losses: Losses) -> Iterator[Part]:
    end = 0
    for run in _runs(tokens(text, language), lexicon(language)):
        start, stop = run[0].start, run[-1].end
        best = _reading(text[start:stop], language)
        if best is None:
            continue
        if end < start:
            yield Prose(text[end:start], (base + end, base + start))
        yield Formula(text[start:stop], (base + start, base + stop), node=best.node)
        losses.extend(moved(list(best.losses), base + start))
        end = stop
    if text[end:].strip():
        yield Prose(text[end:], (base + end, base + len(text)))


def _reading(words: str, language: str) -> Reading | None:
    """The likeliest formula; None where there is none, or one that lacks something, as "the root of the problem"."""
    try:
        best = readings(Source(words), language=language)[0]
    except ParseError:
        return None
    return None if _lacks_something(best.node) else best


def _lacks_something(node: Node) -> bool:
    if isinstance(node, Operator) or (isinstance(node, Sym) and node.cls in ("op", "bin", "rel")):
        return True
    if any(isinstance(part, Row) and _has_bare_numbers(part) for part in walk(node)):
        return True
    return any(
        EMPTY in children(part)
        for part in walk(node)
        if isinstance(part, Frac | Root | Script | Accent | Stack | Fence)
    )


def _has_bare_numbers(node: Row) -> bool:
    """Whether two numbers stand side by side, as in "two to three"."""
    return any(isinstance(first, Num) and isinstance(second, Num) for first, second in pairwise(node.items))


def _runs(heard: Sequence[Token], words: Lexicon) -> Iterator[Sequence[Token]]:
    """The stretches that are mathematics."""
    at = 0
    while at < len(heard):
        if not _begins(heard, at, words):
            at += 1
            continue
        end = _end(heard, at, words)
        run = _without_brackets(heard[at:end])
        if any(map(_is_leaf, run)) and any(map(_is_more_than_a_number, run)):
            yield run
        at = end


def _is_leaf(token: Token) -> bool:
    return not _LEAVES.isdisjoint(token.senses)


def _is_more_than_a_number(token: Token) -> bool:
    return _NUMBERS.isdisjoint(token.senses) and token.senses.get("ord") != "percent" and not _depth(token)


def _without_brackets(run: Sequence[Token]) -> Sequence[Token]:
    """Written brackets at an end that have no partner in the run belong to the sentence, as do those around all."""
    start, stop, depth = 0, len(run), sum(map(_depth, run))
    while start < stop and (here := _depth(run[start])) and (here < 0 or depth or _depth(run[stop - 1])):
        depth -= here
        start += 1
    while start < stop and (here := _depth(run[stop - 1])) and (here > 0 or depth < 0):
        depth -= here
        stop -= 1
    return run[start:stop]


def _depth(token: Token) -> int:
    """1 for a written bracket that opens, -1 for one that closes."""
    return (token.word in _OPENING) - (token.word in _CLOSING)


def _end(heard: Sequence[Token], start: int, words: Lexicon) -> int:
    """Where the run that begins at `start` ends: behind its last word that is mathematics for certain."""
    end = at = start + 1
    while at < len(heard) and at - end <= _MAX_JOINING:
        token = heard[at]
        if _is_operand(heard, at, words, inside=True) or (_is_postfix(token, words) and at == end):
            end = at + 1
        elif not _is_joining(heard, at, words):
            break
        at += 1
    return end


def _begins(heard: Sequence[Token], at: int, words: Lexicon) -> bool:
    token = heard[at]
    if _is_label(heard, at) or (token.word == "(" and _is_label(heard, at + 1)):
        return False
    signed = "sum" in token.senses and token.word.lower() in ("minus", "минус", "-")
    # "The integers" and "the set of all" are prose unless something is said of them.
    return signed or ("set" not in token.senses and _is_operand(heard, at, words, inside=False))


def _is_operand(heard: Sequence[Token], at: int, words: Lexicon, *, inside: bool) -> bool:
    token = heard[at]
    word = token.word.lower()
    if "num" in token.senses or "frac" in token.senses:
        return True
    if _OPERANDS.isdisjoint(token.senses) or word in words.prose or word in words.apart or token.word == "I":
        return False
    if _is_spelled(heard, at):
        return False
    return word not in words.word_letters or _is_letter(heard, at, words, inside)


def _is_label(heard: Sequence[Token], at: int) -> bool:
    """Whether a letter or number only counts, as in "a) first" and "(b) second", or is an ending, as in "file(s)"."""
    following = heard[at + 1] if at + 1 < len(heard) else None
    return (
        following is not None
        and following.word == ")"
        and following.glued
        and (at == 0 or heard[at - 1].word == "(" or not heard[at].glued)
    )


def _is_spelled(heard: Sequence[Token], at: int) -> bool:
    """Whether a letter is part of a word of three or more, which more probably is one of prose, or an acronym."""
    start = end = at
    while start and heard[start].glued and _is_one_letter(heard[start - 1]):
        start -= 1
    while end + 1 < len(heard) and heard[end + 1].glued and _is_one_letter(heard[end + 1]):
        end += 1
    return end - start >= 2 and _is_one_letter(heard[at])


def _is_one_letter(token: Token) -> bool:
    return len(token.word) == 1 and token.word.isalpha()


def _is_letter(heard: Sequence[Token], at: int, words: Lexicon, inside: bool) -> bool:
    """Whether "a" and the like are letters by what stands around them."""
    following = heard[at + 1] if at + 1 < len(heard) else None
    if following is None or "pause" in following.senses:
        return at > 0 and "pause" not in heard[at - 1].senses
    if inside and heard[at].word.lower() not in words.numbers.articles and _WANTING & heard[at - 1].senses.keys():
        return True
    if following.word.lower() in words.after_letter:
        return "and" not in heard[at].senses
    if following.word.lower() in words.after_word or following.word.lower() in words.apart:
        return False
    return not _SIGNS.isdisjoint(following.senses) or "to_the" in following.senses


def _is_postfix(token: Token, words: Lexicon) -> bool:
    """Whether a formula can end with it: "squared", "factorial"."""
    if token.word.lower() in words.apart or unicodedata.category(token.word[0]) == "Sc":
        return False
    return any(kind in token.senses for kind in ("squared", "cubed", "factorial", "degrees", "power", "naught")) or (
        "ord" in token.senses and "rel" not in token.senses
    )


def _is_joining(heard: Sequence[Token], at: int, words: Lexicon) -> bool:
    senses, word = heard[at].senses, heard[at].word.lower()
    if "pause" in senses or "word" in senses or word in words.apart:
        return False
    if word in words.before_no_number and at + 1 < len(heard) and "num" in heard[at + 1].senses:
        return False
    return not (_SIGNS.isdisjoint(senses) and _JOINING.isdisjoint(senses)) or word in words.numbers.articles
