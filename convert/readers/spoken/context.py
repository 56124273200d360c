"""What a word means because of words far from it: names put first, "to" as an arrow, "such that" in a set.

The grammar reads one level after the other and looks only a few words ahead. Here the tokens of a whole text are
gone through once before it, and the senses are put right that depend on a word further on or further back.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import quantities
from .lexicon import Token
from .words import fold

_STATING = frozenset(("is", "are", "is given by", "is defined as", "это", "есть"))
"""Relations after which a name is explained."""

_BELONGING = frozenset(
    "end sub sup power_of squared cubed whole_squared whole_cubed whole_power factorial close end_sub"
    " mul over divided all_over end_quantity transpose inverse".split()
)
"""Senses of words that belong to what stands before them."""

_SAYING = frozenset(
    ("states", "satisfies", "asserts", "says", "states that", "satisfies the", "утверждает", "гласит", "удовлетворяет")
)
_SUPPOSING = frozenset(("if", "если"))
_THEN = frozenset(("then", "то", "тогда"))
"""Words around what a theorem says, and what it supposes."""

_FOR = frozenset(("for", "для"))
_WHERE = frozenset(("in", "for", "with", "on", "from", "under"))
_ARTICLES = frozenset(("a", "an", "the", "any"))
"""Words of circumstances that are no part of a formula."""

_NOUN = 4
"""Shorter unknown words may be letters that were misheard."""

_FORMULA = frozenset(
    "num big derivative second_derivative partial_derivative root fraction numerator around open fn".split()
)
"""Senses by which a formula begins, and no word for what the words before it are about."""

_OPERAND = 4
"""How many tokens what stands between two relations may have to be repeated."""

_REACH = 24
"""How many tokens may stand between "maps" and its "to"."""


def settled(heard: Sequence[Token]) -> tuple[list[Token], Sequence[Token]]:
    """The tokens with their far-reaching senses, without the name put first, and that name."""
    name, rest = _parted(quantities.told(_without_false_pauses(_without_open_end(heard))))
    tokens = list(rest)
    modulus = max((at for at, token in enumerate(tokens) if "mod" in token.senses), default=0)
    for at, token in enumerate(tokens):
        if "maps" in token.senses or _is_colon(token) and at:
            _map(tokens, at)
        if token.senses.get("rel") == "cong" and at < modulus:
            tokens[at] = token._replace(senses={"rel": "equiv"})
    return _chained(_angled(tokens)), name


def _angled(tokens: list[Token]) -> list[Token]:
    """The tokens with "angle x angle" as angle brackets, where nothing follows of which there could be an angle."""
    found = [at for at, token in enumerate(tokens) if token.senses.get("ord") == "angle"]
    for opening, closing in zip(found[::2], found[1::2], strict=False):
        after = tokens[closing + 1].senses if closing + 1 < len(tokens) else {}
        if "id" not in after and "num" not in after:
            for at in (opening, closing):
                tokens[at] = tokens[at]._replace(senses={"fence": "⟨"})
    return tokens


def _without_open_end(heard: Sequence[Token]) -> Sequence[Token]:
    """The tokens without an "is" at the end, behind which nothing was heard."""
    end = len(heard)
    while end and "pause" in heard[end - 1].senses:
        end -= 1
    return heard[: end - 1] if end > 1 and heard[end - 1].word.lower() in _STATING else heard


def _without_false_pauses(heard: Sequence[Token]) -> list[Token]:
    """The tokens without full stops in the middle of a formula and dots at its end, as recognisers write them."""
    out: list[Token] = []
    for at, token in enumerate(heard):
        after = heard[at + 1].senses.keys() if at + 1 < len(heard) else frozenset(("end",))
        if token.senses.get("pause") == "." and after <= _BELONGING:
            continue
        if at and at + 1 == len(heard) and token.senses.get("ord") == "ldots" and _is_hesitation(token, heard[at - 1]):
            continue
        out.append(token)
    return out


def _is_hesitation(token: Token, before: Token) -> bool:
    """Whether dots are written for a voice that trails away: "is similar to..."."""
    return token.glued and token.word in ("...", "…") and len(before.word) > 1 and before.word[-1].isalpha()


def _parted(heard: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    """The name that some put first, and the formula: "linear equation: …", "the dispersion relation equals x = …"."""
    clause = _statement(heard) or _clause(heard)
    if clause:
        return heard[:clause], heard[clause:]
    heard = _without_circumstances(heard)
    relations = [index for index, token in enumerate(heard) if "rel" in token.senses]
    colon = next((index for index, token in enumerate(heard) if token.senses.get("pause") == ":"), 0)
    if colon and _is_name(heard[:colon]):
        return heard[:colon], heard[colon + 1 :]
    if not relations:
        return _opened(heard)
    first = relations[0]
    if len(relations) > 1 and _is_letter_of(heard[:first], heard[first + 1 : relations[1]]):
        return heard[:first], heard[first + 1 :]
    stated = len(relations) > 1 or heard[first].word.lower() in _STATING
    return (heard[:first], heard[first + 1 :]) if stated and _is_name(heard[:first]) else _opened(heard)


def _statement(heard: Sequence[Token]) -> int:
    """How many tokens stand before what a theorem says: "Fermat's theorem states that if p is prime, then …"."""
    said = next((at + 1 for at, token in enumerate(heard) if fold(token.word) in _SAYING), 0)
    supposed = next((at for at in range(said, min(said + 2, len(heard))) if fold(heard[at].word) in _SUPPOSING), None)
    if said and supposed is not None:
        said = next((at + 1 for at in range(supposed, len(heard)) if fold(heard[at].word) in _THEN), said)
    rest = heard[said:]
    names = any(is_symbol(token) or "quantity_name" in token.senses for token in rest)
    return said if said and names and any("rel" in token.senses for token in rest) else 0


def _clause(heard: Sequence[Token]) -> int:
    """How many tokens "for a normal distribution," has at the beginning, where a relation follows."""
    if len(heard) < 3 or heard[0].word.lower() not in _FOR or is_symbol(heard[1]):
        return 0
    for at, token in enumerate(heard):
        if "rel" in token.senses:
            return 0
        if token.senses.get("pause") == ",":
            prose = any("word" in before.senses for before in heard[:at])
            return at + 1 if prose and any("rel" in after.senses for after in heard[at:]) else 0
    return 0


def _without_circumstances(heard: Sequence[Token]) -> Sequence[Token]:
    """The tokens without prose before the first relation: "the variance of x in a geometric distribution is"."""
    first = next((at for at, token in enumerate(heard) if token.senses.get("rel") == "equals"), 0)
    begin = first
    while begin and "word" in heard[begin - 1].senses:
        begin -= 1
    if begin == first:
        return heard
    while begin and heard[begin - 1].word.lower() in _ARTICLES:
        begin -= 1
    if begin < 2 or heard[begin - 1].word.lower() not in _WHERE or not any(map(is_symbol, heard[: begin - 1])):
        return heard
    return [*heard[: begin - 1], *heard[first:]]


def _opened(heard: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    """The words before a formula that only say what it is, and the formula: "polynomial two x cubed plus one"."""
    end = 0
    while end < len(heard) and not is_mathematics(heard[end]):
        end += 1
    worded = any(len(token.word) >= _NOUN and "word" in token.senses for token in heard[:end])
    opens = worded and end < len(heard) and not _FORMULA.isdisjoint(heard[end].senses)
    return (heard[:end], heard[end:]) if opens else ((), heard)


def _is_letter_of(label: Sequence[Token], symbol: Sequence[Token]) -> bool:
    """Whether it is the letter of a quantity: "the momentum is p equals m v"."""
    if any("quantity_name" in token.senses for token in symbol) or not any(map(is_symbol, symbol)):
        return False
    named = sum("word" in token.senses or "quantity_name" in token.senses for token in label)
    return any("quantity_name" in token.senses for token in label) and named > sum(map(is_symbol, label))


def _is_name(label: Sequence[Token]) -> bool:
    """Whether there are more words that are no mathematics than letters and numbers."""
    names = sum("word" in token.senses for token in label)
    symbols = sum(is_symbol(token) for token in label)
    return names > symbols and not any(token.word.isupper() and len(token.word) > 1 for token in label)


def is_symbol(token: Token) -> bool:
    """Whether it is a letter or a number, and no word as "a"."""
    if "num" in token.senses or "id" in token.senses and len(token.senses) == 1:
        return token.word.lower() not in ("a", "i") or token.word.isupper()
    return False


def is_mathematics(token: Token) -> bool:
    """Whether the word has a meaning in formulas."""
    return not ("word" in token.senses or "skip" in token.senses)


def _chained(tokens: list[Token]) -> list[Token]:
    """The tokens with "0 is less than t and t is less than 1" as one chain."""
    for at in range(len(tokens) - 2, 1, -1):
        if "and" not in tokens[at].senses:
            continue
        for length in range(1, min(_OPERAND, at, len(tokens) - at - 2) + 1):
            before, after = tokens[at - length : at], tokens[at + 1 : at + 1 + length]
            repeated = [token.senses for token in before] == [token.senses for token in after]
            if repeated and "rel" in tokens[at - length - 1].senses and "rel" in tokens[at + 1 + length].senses:
                tokens = tokens[:at] + tokens[at + 1 + length :]
                break
    return tokens


def _is_colon(token: Token) -> bool:
    return token.senses.get("pause") == ":" or token.senses.get("rel") == "ordinarycolon"


def _map(tokens: list[Token], at: int) -> None:
    """Reads "f maps A to B" and "f: A to B" at the word before A."""
    for end in range(at + 1, min(at + _REACH, len(tokens))):
        senses = tokens[end].senses
        if "to" in senses and end > at + 1 and end + 1 < len(tokens):
            tokens[at] = tokens[at]._replace(senses={"rel": "ordinarycolon"})
            tokens[end] = tokens[end]._replace(senses={"rel": "to"})
            return
        if "rel" in senses or "from" in senses or "big" in senses or _is_colon(tokens[end]):
            return
