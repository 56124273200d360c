"""New formulas out of old ones: sub-trees of equal kind change places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from random import Random
from string import ascii_lowercase

from panmath.convert.nodes import Frac, Ident, Node, Num, Operator, Root, Row, Script, Stack, Text, items_of, row, walk
from panmath.convert.nodes import map_children as mapped


def kind(node: Node) -> str:
    """What a sub-tree may be exchanged for; empty for what has to stay."""
    match node:
        case Num():
            return "number"
        case Ident(text) if len(text) == 1:
            return "letter"
        case Script(base=Ident() | Num()):
            return "script"
        case Frac(bar=True) | Root():
            return "fraction"
        case Operator() | Text() | Stack():
            return ""
        case _:
            return ""


class Pool:
    """The parts of many formulas by their kind, and their sides of relations."""

    def __init__(self, formulas: Sequence[Node]) -> None:
        self.parts: dict[str, list[Node]] = {}
        self.sides: list[Node] = []
        for formula in formulas:
            for node in walk(formula):
                if name := kind(node):
                    self.parts.setdefault(name, []).append(node)
            self.sides += [side for side in _sides(formula) if side.items]

    def swapped(self, formula: Node, random: Random, share: float) -> Node:
        """The formula with about a `share` of its parts taken from others."""
        name = kind(formula)
        if name and random.random() < share:
            return random.choice(self.parts[name])
        return mapped(formula, lambda child: self.swapped(child, random, share))

    def joined(self, formula: Node, random: Random) -> Node:
        """The formula with one side of a relation taken from another formula."""
        items = items_of(formula)
        cuts = [at for at, item in enumerate(items) if _is_relation(item)]
        if not cuts or not self.sides:
            return formula
        cut = random.choice(cuts)
        return row((*items[: cut + 1], *items_of(random.choice(self.sides))))


def _sides(formula: Node) -> list[Row]:
    items = items_of(formula)
    sides, start = [], 0
    for at, item in enumerate((*items, None)):
        if item is None or _is_relation(item):
            sides.append(Row(items[start:at]))
            start = at + 1
    return sides if len(sides) > 1 else []


def _is_relation(node: Node) -> bool:
    return getattr(node, "cls", "") == "rel"


_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split()
)
_SPOKEN_LETTER = re.compile(r"[A-Za-z]+")


def swap_letters(
    words: Sequence[str], tokens: Sequence[str], random: Random, share: float
) -> tuple[list[str], list[str]]:
    """Words and the tokens of their formula with about a `share` of the letters exchanged for others in both.

    A letter is exchanged only if it stands as often in the words as in the formula, without regard to case, so that an
    article or a piece of a name is left alone. Latin letters become Latin ones, Greek ones Greek.
    """
    said = Counter(name for word in words if (name := _letter_name(word)))
    written = Counter(name for token in tokens if (name := _token_name(token)))
    used = {*said, *written}
    change: dict[str, str] = {}
    for alphabet in (list(ascii_lowercase), _GREEK):
        free = [name for name in alphabet if name not in used]
        for name in alphabet:
            if free and said[name] and said[name] == written[name] and random.random() < share:
                change[name] = free.pop(random.randrange(len(free)))
    return (
        [_exchanged(word, change) for word in words],
        [_exchanged(token, change) if _token_name(token) else token for token in tokens],
    )


def _letter_name(word: str) -> str:
    found = _SPOKEN_LETTER.search(word)
    name = found[0].lower() if found else ""
    return name if len(name) == 1 or name in _GREEK else ""


def _token_name(token: str) -> str:
    if len(token) == 1 and token.isascii() and token.isalpha():
        return token.lower()
    name = token.removeprefix("\\")
    return name if name in _GREEK else ""


def _exchanged(text: str, change: dict[str, str]) -> str:
    """A word or token with its letter exchanged; capitals stay capitals."""

    def other(found: re.Match[str]) -> str:
        name = change.get(found[0].lower())
        if name is None:
            return found[0]
        return name.capitalize() if found[0][0].isupper() else name

    return _SPOKEN_LETTER.sub(other, text)
