"""Words → tree by the templates of phrases.LANGUAGE.toml: what our own writer says in the natural style.

A template is read as it is said: its words in their order, with formulas between them. What a template leaves open at
its end reaches as far as `extents` says, and where people would differ, the writer says the end; words that leave more
open than that are refused here, and are for `grammar` to guess. Capitals count, every word has to be known, and nothing
is looked at twice, so that a reading takes time linear in the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, TypeAlias

from ... import symbols
from ...atoms import default_class
from ...extents import (
    COMPOUND,
    continues,
    is_leibniz,
    is_one_side,
    is_plain,
    is_short,
    is_side,
    is_sum_around,
    numerator,
    size,
    split_cells,
)
from ...nodes import (
    EMPTY,
    Accent,
    Enclosed,
    Fence,
    Font,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Stack,
    Sym,
    Table,
    Text,
    items_of,
    row,
)
from ...normal import normal
from ...numerals import numbers as speaker_of
from ...phrases import Language, NaturalPhrases, natural
from ...structure import differential_sign
from .lexicon import lexicon
from .numbers import NumberReader, NumberWords
from .words import Word

_INFIX: Final = {"⋃": Sym("∪", "bin"), "⋂": Sym("∩", "bin")}
"""The signs between two operands that may have the words of the large ones before all of them."""

_MAX_DEPTH: Final = 100
_DIGITS: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+")

Items: TypeAlias = list[Node]


class Refused(Exception):
    """The words are not what the writer says."""


@dataclass(slots=True)
class Entry:
    """What a phrase does: it is a `leaf`, `run` reads what begins or continues with it, or it only ends something."""

    phrase: str
    leaf: Node | None = None
    run: Callable[[_Reader, Items, Entry], None] | None = None
    value: str = ""
    mark: str = ""


@dataclass(slots=True)
class _Trie:
    branches: dict[str, _Trie] = field(default_factory=dict)
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The phrases of one language."""

    language: Language
    trie: _Trie
    words: Mapping[str, tuple[str, ...]]
    """The words of each template, without its parts."""
    nominative: Mapping[str, str]
    """Each form of a word that is declined, with the form in the table."""
    closers: Mapping[str, str]
    """Words that a template may begin with, and the words that then close it."""
    fonts: Mapping[str, Font]
    bold_upright: str
    """Of letters that have no bold but the slanted one."""


def read(text: str, language: Language) -> Node | None:
    """The formula for which the writer says these words; None where there is none."""
    known = phrases(language)
    try:
        return _Reader(known, _tokens(text.split(), known)).whole()
    except Refused:
        return None


# Words


def _tokens(words: list[str], known: Known) -> list[Entry]:
    """The longest phrases, numbers, and the words of texts, which are taken as they are."""
    return _Lexer(words, known).run()


class _Lexer:
    def __init__(self, words: list[str], known: Known) -> None:
        self.words, self.known = words, known
        self.said = [known.nominative.get(word, word) for word in words] if known.nominative else words
        self.at = 0
        self.out: list[Entry] = []
        self.numbers = NumberReader([], _numbers(known.language))
        if known.language == "ru":
            self.numbers.words = [Word(word, word.lower().replace("ё", "е"), (0, 0), False) for word in words]

    def run(self) -> list[Entry]:
        text, long_text, operator = (self.known.words[name][0] for name in ("text", "long_text", "operator"))
        while self.at < len(self.words):
            entry = self.next()
            if entry.phrase == text:
                self.out.append(Entry("", Text(self.raw())))
            elif entry.phrase == operator:
                self.out.append(Entry("", Operator(self.raw())))
            elif entry.phrase == long_text:
                self.out.append(Entry("", Text(self.until(self.known.words["long_text"][1].split()))))
            else:
                self.out.append(entry)
        return self.out

    def raw(self) -> str:
        if self.at == len(self.words):
            raise Refused
        self.at += 1
        return self.words[self.at - 1]

    def until(self, closing: list[str]) -> str:
        start = self.at
        while self.words[self.at : self.at + len(closing)] != closing:
            if self.at == len(self.words):
                raise Refused
            self.at += 1
        self.at += len(closing)
        return " ".join(self.words[start : self.at - len(closing)])

    def next(self) -> Entry:
        """The next phrase or number, or a word that is none."""
        said, at, end, found = self.said, self.at, self.at, None
        branch: _Trie | None = self.known.trie
        while at < len(said) and branch is not None and (branch := branch.branches.get(said[at])) is not None:
            at += 1
            if branch.entry is not None:
                found, end = branch.entry, at
        if found is None or self.known.language == "ru":
            number = self.number(end)
            if number is not None:
                return number
        if found is not None:
            self.at = end
            return found
        word = self.raw()
        if _DIGITS.fullmatch(word):
            return Entry("", Num(word))
        if word.isalpha() and len(word) > 1:
            return Entry("", None, _Reader.unknown, word)
        raise Refused

    def number(self, beyond: int) -> Entry | None:
        """A number in words that reaches further than `beyond`."""
        if self.known.language != "ru":
            return None
        found = self.numbers.read(self.at)
        if not found or found[-1].end <= beyond:
            return None
        self.at = found[-1].end
        for number in found[:-1]:
            self.out.append(_number(number.kind, number.text))
        return _number(found[-1].kind, found[-1].text)


@cache
def _numbers(language: Language) -> NumberWords:
    """The words of numbers; a comma that our own writer says stands in a list, for decimals are «пять десятых»."""
    numbers = lexicon(language).numbers
    return replace(numbers, points=numbers.points - {"запятая"})


def _number(kind: str, text: str) -> Entry:
    if kind == "ordinal":
        return Entry(_ORDINAL, None, None, text)
    if kind == "frac":
        num, _, den = text.partition("/")
        return Entry("", Frac(Num(num), Num(den)))
    return Entry("", Num(text))


_ORDINAL: Final = "#"
"""Stands for the phrase of any ordinal."""


# Phrases to formulas


class _Reader:
    """One reading of the tokens of a text."""

    def __init__(self, known: Known, tokens: list[Entry]) -> None:
        self.known, self.tokens = known, tokens
        self.words = known.words
        self.at = 0
        self.depth = 0
        self.stops: frozenset[str] = frozenset()
        self.closed = _closed(tokens, known.closers)
        self.ranged = _ranged(tokens, known.words)
        self.overs: dict[int, str] = {}
        """The fractions said with "over" and "all over" by their identity."""
        self.kept: list[Node] = []

    # Access

    def phrase(self) -> str:
        return self.tokens[self.at].phrase if self.at < len(self.tokens) else ""

    def expect(self, phrase: str) -> None:
        if self.phrase() != phrase:
            raise Refused
        self.at += 1

    def take(self) -> Entry:
        if self.at == len(self.tokens):
            raise Refused
        self.at += 1
        return self.tokens[self.at - 1]

    def leaf(self) -> Node | None:
        """The leaf that stands next, if one does."""
        return self.tokens[self.at].leaf if self.at < len(self.tokens) else None

    # Rows

    def whole(self) -> Node:
        if not self.tokens:
            raise Refused
        next_line = self.words["next_line"][0]
        lines = [self.row(next_line)]
        while self.phrase() == next_line:
            self.at += 1
            lines.append(self.row(next_line))
        if self.at < len(self.tokens):
            raise Refused
        return row(lines[0]) if len(lines) == 1 else Table("gathered", tuple((row(line),) for line in lines))

    def row(self, *stops: str) -> Items:
        """Everything up to one of these phrases, or to the end."""
        outer, self.stops = self.stops, frozenset(stops)
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Refused
        items: Items = []
        tokens, at, ends = self.tokens, self.at, self.stops
        while at < len(tokens):
            entry = tokens[at]
            if entry.phrase in ends:
                break
            at += 1
            if entry.run is not None:
                self.at = at
                entry.run(self, items, entry)
                at = self.at
            elif entry.leaf is not None:
                items.append(entry.leaf)
            else:
                raise Refused
        self.at = at
        self.depth -= 1
        self.stops = outer
        self.check(items)
        return items

    def part(self, closing: str) -> Items:
        """A row and the words that close it."""
        items = self.row(closing)
        self.expect(closing)
        return items

    def term(self) -> Items:
        """Things side by side, up to a sign, a relation, a closing bracket, or what ends the row."""
        items: Items = []
        depth = 0
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Refused
        while self.at < len(self.tokens):
            entry = self.tokens[self.at]
            if entry.phrase in self.stops:
                break
            leaf = entry.leaf
            if isinstance(leaf, Sym):
                depth += (leaf.cls == "open") - (leaf.cls == "close" and leaf.text != "!")
                if depth < 0 or (not depth and leaf.cls in ("bin", "rel", "punct") and not self.is_mark(items, entry)):
                    break
                if not depth and leaf.cls == "op" and items and entry.mark:
                    break
            elif (isinstance(leaf, Text) and not depth) or entry.run is _Reader.over or entry.run is _Reader.all_over:
                break
            self.at += 1
            if entry.run is not None:
                entry.run(self, items, entry)
            elif leaf is not None:
                items.append(leaf)
            else:
                raise Refused
        self.depth -= 1
        if size(row(items)) == COMPOUND:
            raise Refused
        return items

    def closed_term(self) -> Items:
        """A term after which a listener knows that it ended."""
        items = self.term()
        if self.at < len(self.tokens) and self.phrase() not in self.stops:
            leaf = self.leaf()
            ended = isinstance(leaf, Text) or (isinstance(leaf, Sym) and leaf.cls in ("rel", "close", "punct"))
            if not ended:
                raise Refused
        return items

    def check(self, items: Items) -> None:
        """Raises Refused where the writer would have closed a fraction."""
        if not self.overs:
            return
        for at, item in enumerate(items):
            how = self.overs.get(id(item)) if isinstance(item, Frac) else None
            if how == "over" and is_sum_around(items, at, self.is_over):
                raise Refused
            if how == "all" and not is_side(items, at):
                raise Refused

    def is_over(self, node: Frac) -> bool:
        return self.overs.get(id(node)) == "over"

    # Leaves

    def unknown(self, items: Items, entry: Entry) -> None:
        raise Refused

    def letter(self, items: Items, entry: Entry) -> None:
        """A letter; a number beside it would be heard as an index."""
        assert entry.leaf is not None
        items.append(entry.leaf)
        if isinstance(self.leaf(), Num):
            raise Refused

    def font(self, items: Items, entry: Entry) -> None:
        following = self.take()
        leaf, font = following.leaf, self.known.fonts.get(entry.value, "bf")
        match leaf:
            case Ident(text):
                items.append(Ident(text, self.slanted(entry, text)))
            case Num(text):
                items.append(Num(text, font))
            case Sym(text, cls):
                items.append(Sym(text, cls, self.slanted(entry, text)))
            case Text(text):
                items.append(Text(text, font))
            case _ if following.run is _Reader.unknown:
                items.append(Ident(following.value, font))
            case _:
                raise Refused

    def slanted(self, entry: Entry, text: str) -> Font:
        """Of letters that have no bold but the slanted one, "bold" means that."""
        font = self.known.fonts.get(entry.value, "bf")
        return "bi" if font == "bf" and not text.isascii() and entry.value != self.known.bold_upright else font

    def mixed(self, items: Items, entry: Entry) -> None:
        """Reads "and one half" after a number."""
        if not items or not isinstance(items[-1], Num):
            raise Refused
        assert entry.leaf is not None
        items.append(entry.leaf)

    def nothing(self, items: Items, entry: Entry) -> None:
        items.append(EMPTY)

    def dots(self, items: Items, entry: Entry) -> None:
        items += [Sym("."), Sym("."), Sym(".")]

    def operand(self) -> Node:
        """A letter or number with its font, or another single thing."""
        entry = self.take()
        if entry.run is _Reader.font:
            found: Items = []
            self.font(found, entry)
            return found[0]
        if entry.run not in (None, _Reader.letter) or entry.leaf is None:
            raise Refused
        return entry.leaf

    # Scripts

    def pop(self, items: Items) -> Node:
        if not items:
            raise Refused
        return items.pop()

    def lower(self, items: Items, index: Items) -> None:
        base = self.pop(items)
        if isinstance(base, Script):
            raise Refused
        items.append(Script(base, row(index)))

    def lift(self, items: Items, power: Items) -> None:
        base = self.pop(items)
        if isinstance(base, Script):
            if base.sup is None:
                items.append(Script(base.base, base.sub, row(power)))
                return
            primes = items_of(base.sup)
            if any(prime != _PRIME for prime in primes):
                raise Refused
            items.append(Script(base.base, base.sub, row([*primes, *power])))
        else:
            items.append(Script(base, None, row(power)))

    def sub(self, items: Items, entry: Entry) -> None:
        if self.at - 1 in self.closed:
            index = self.part(self.words["long_sub"][1])
        elif self.at < len(self.tokens) and self.tokens[self.at].run is _Reader.unknown:
            name = self.take().value
            index = [named if isinstance(named := _leaf(name), Operator) else Ident(name, "rm")]
        else:
            index = self.signed() if self.is_minus() else self.index()
        self.lower(items, index)

    def is_minus(self) -> bool:
        return self.leaf() == _MINUS

    def signed(self) -> Items:
        """A letter or number, which may have a minus before it."""
        items: Items = [self.take().leaf or EMPTY] if self.is_minus() else []
        return [*items, self.operand()]

    def index(self) -> Items:
        """Letters and digits that are one index."""
        items = [self.operand()]
        while (leaf := self.leaf()) is not None and continues(items[-1], leaf):
            following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
            if following is not None and following.run in _POSTFIXES:
                break
            items.append(leaf)
            self.at += 1
        return items

    def fixed(self, items: Items, entry: Entry) -> None:
        self.lift(items, list(_FIXED[entry.value]))

    def primes(self, items: Items, entry: Entry) -> None:
        self.lift(items, [_PRIME] * int(entry.value))

    def power(self, items: Items, entry: Entry) -> None:
        """Reads "to the power of x", closed or not, "to the x", "to the tenth power"."""
        if self.at - 1 in self.closed:
            exponent = self.part(self.words["long_power"][1])
        elif self.phrase() == _ORDINAL:
            exponent = [self.ordinal()]
            self.expect(self.words["to_the_nth"][1])
        else:
            exponent = self.signed()
        self.lift(items, exponent)

    def ordinal(self) -> Node:
        if self.phrase() != _ORDINAL:
            raise Refused
        value = self.take().value
        return Num(value) if value[0].isdigit() else Ident(value)

    def minus_power(self, items: Items, entry: Entry) -> None:
        if self.phrase() != _ORDINAL:
            self.lift(items, [_MINUS, self.operand()])
            return
        power: Items = [_MINUS, self.ordinal()]
        self.expect(self.words["to_the_minus_nth"][1])
        self.lift(items, power)

    def superscript(self, items: Items, entry: Entry) -> None:
        if self.at - 1 in self.closed:
            above = self.part(self.words["long_superscript"][1])
        else:
            above = [self.operand()]
            if isinstance(above[0], Sym) and above[0].cls == "open":
                above = self.bracketed(above)
        self.lift(items, above)

    def bracketed(self, items: Items) -> Items:
        """On to the bracket that closes the first."""
        depth = 1
        while depth:
            entry = self.take()
            if isinstance(entry.leaf, Sym):
                depth += (entry.leaf.cls == "open") - (entry.leaf.cls == "close" and entry.leaf.text != "!")
            if entry.run is not None:
                entry.run(self, items, entry)
            elif entry.leaf is not None:
                items.append(entry.leaf)
            else:
                raise Refused
        return items

    def base(self, items: Items, entry: Entry) -> None:
        if not items or not isinstance(items[-1], Operator):
            raise Refused
        self.lower(items, [self.operand()])

    def evaluated(self, items: Items, entry: Entry) -> None:
        below: Items = [self.operand()]
        if self.leaf() == _EQUALS:
            self.at += 1
            below += [_EQUALS, self.operand()]
        items.append(Script(_BAR, row(below)))

    # Functions

    def of(self, items: Items, entry: Entry) -> None:
        """The arguments of a function, without their parentheses."""
        head = items[-1] if items else EMPTY
        while isinstance(head, Script | Accent):
            head = head.base
        if isinstance(head, Operator):
            arguments = self.product()
        elif isinstance(head, Ident):
            arguments = self.arguments()
        else:
            raise Refused
        items += [_LEFT, *arguments, _RIGHT]

    def product(self) -> Items:
        """What "sine of" covers: up to a sign, another function, or a differential."""
        items: Items = []
        while self.at < len(self.tokens):
            entry = self.tokens[self.at]
            leaf = entry.leaf
            if entry.phrase in self.stops or entry.run in _BOUNDARIES or isinstance(leaf, Operator | Text):
                break
            if isinstance(leaf, Sym) or (items and differential_sign(leaf or EMPTY) == "d"):
                break
            self.at += 1
            if entry.run is not None:
                entry.run(self, items, entry)
            elif leaf is not None:
                items.append(leaf)
            else:
                raise Refused
        if not items or self.phrase() and self.tokens[self.at].run is _Reader.over:
            raise Refused
        return items

    def arguments(self) -> Items:
        """What "f of" covers: letters and numbers with commas between them, or one given another."""
        items = self.argument()
        if self.phrase() == self.words["given"][0]:
            self.at += 1
            return [*items, _BAR, *self.argument()]
        while self.leaf() == _COMMA:
            self.at += 1
            items += [_COMMA, *self.argument()]
        leaf = self.leaf()
        if isinstance(leaf, Num) or (leaf is not None and continues(_letter(items[-1]), leaf)):
            raise Refused
        return items

    def argument(self) -> Items:
        items = [self.operand()]
        if isinstance(items[0], Sym):
            raise Refused
        while self.at < len(self.tokens):
            entry = self.tokens[self.at]
            if entry.run in _POWERS:
                raise Refused
            if entry.run in (_Reader.sub, _Reader.primes, _Reader.mark) or entry.mark and self.is_mark(items, entry):
                self.at += 1
                assert entry.run is not None
                entry.run(self, items, entry)
            else:
                break
        return items

    def big(self, items: Items, entry: Entry) -> None:
        """Sums, integrals and the like with their bounds."""
        node, words = entry.leaf, self.words
        assert node is not None
        start, over = words["from_to"][0], words["over_set"][0]
        phrase = self.phrase()
        if phrase == start and (self.at in self.ranged or start != words["what_of"][0]):
            self.at += 1
            low = self.part(words["from_to"][1])
            items.append(Script(node, row(low), row(self.part(words["from_to"][2]))))
        elif phrase == over:
            self.at += 1
            low = self.row(words["over_set"][1])
            if self.at in self.ranged and words["over_to"][1] == words["over_set"][1]:
                self.at += 1
                low = [*low, _EQUALS, *self.part(words["over_to"][2])]
                items.append(Script(node, row(low), row(self.part(words["over_to"][3]))))
            else:
                self.expect(words["over_set"][1])
                items.append(Script(node, row(low)))
        else:
            if phrase == words["what_of"][0] and isinstance(node, Sym):
                self.at += 1
            items.append(_INFIX[entry.mark] if self.is_infix(items, entry) else node)

    def is_infix(self, items: Items, entry: Entry) -> bool:
        """Whether «объединение» stands between two sets, and not before all of them."""
        if not entry.mark or not items or self.phrase() == self.words["over_set"][0]:
            return False
        return not isinstance(items[-1], Sym) or items[-1].cls in ("close", "ord")

    def limit(self, items: Items, entry: Entry) -> None:
        words = self.words
        variable = self.part(words["limit"][1])
        low = self.row(words["limit"][2], words["limit_right"][2], words["limit_left"][2])
        side = self.take().phrase
        if side != words["limit"][2]:
            self.lift(low, [_PLUS if side == words["limit_right"][2] else _MINUS])
        items.append(Script(Operator("lim", limits=True), row([*variable, _ARROW, *low])))

    # Fractions and roots

    def over(self, items: Items, entry: Entry) -> None:
        start = numerator(items)
        num = row(items[start:])
        del items[start:]
        node = Frac(num, row(self.term()))
        if not is_short(node) or num == EMPTY or node.den == EMPTY:
            raise Refused
        self.keep(items, node, "over")

    def all_over(self, items: Items, entry: Entry) -> None:
        start = next((at + 1 for at in range(len(items) - 1, -1, -1) if _is_relation(items[at])), 0)
        num = row(items[start:])
        self.check(items[start:])
        del items[start:]
        node = Frac(num, row(self.closed_term()))
        if not is_one_side(num):
            raise Refused
        self.keep(items, node, "all")

    def keep(self, items: Items, node: Frac, how: str) -> None:
        """Notes how a fraction was said; it is kept so that its identity stays its own."""
        self.overs[id(node)] = how
        self.kept.append(node)
        items.append(node)

    def fraction(self, items: Items, entry: Entry) -> None:
        words = self.words["fraction"]
        num = self.part(words[1])
        items.append(Frac(row(num), row(self.part(words[2]))))

    def column(self, items: Items, entry: Entry) -> None:
        words = self.words["column"]
        num = self.part(words[1])
        items.append(Frac(row(num), row(self.part(words[2])), bar=False))

    def derivative(self, items: Items, entry: Entry) -> None:
        """Reads "by d x" after "d y"."""
        start = next((at for at in range(len(items) - 1, -1, -1) if differential_sign(items[at])), None)
        if start is None:
            raise Refused
        num = items[start:]
        sign = differential_sign(num[0])
        del items[start:]
        den: Items = []
        while self.is_differential(sign):
            self.thing(den)
            self.thing(den)
        node = Frac(row(num), row(den))
        if not is_leibniz(node.num, node.den):
            raise Refused
        items.append(node)

    def is_differential(self, sign: str) -> bool:
        """Whether d or ∂ stands next, which may have a font."""
        at = self.at
        if at < len(self.tokens) and self.tokens[at].run is _Reader.font:
            at += 1
        leaf = self.tokens[at].leaf if at < len(self.tokens) else None
        return leaf is not None and differential_sign(leaf) == sign

    def thing(self, items: Items) -> None:
        """A letter with its scripts and marks."""
        items.append(self.operand())
        while self.at < len(self.tokens):
            entry = self.tokens[self.at]
            if entry.run not in _POSTFIXES and not (entry.mark and self.is_mark(items, entry)):
                break
            self.at += 1
            assert entry.run is not None
            entry.run(self, items, entry)

    def root(self, items: Items, entry: Entry) -> None:
        """Reads the roots, with their index where the template has one."""
        closed = self.at - 1 in self.closed
        index: Node | None = Num("3") if entry.value == "cube_root" else None
        if entry.value == "index_root":
            index = row(self.part(self.words["index_root"][1]))
        elif "nth_root" in entry.value:
            index = self.ordinal()
            self.expect(self.words["nth_root"][1])
        items.append(Root(row(self.inside(closed, self.words["end_root"][0])), index))

    def inside(self, closed: bool, closing: str) -> Items:
        return self.part(closing) if closed else self.closed_term()

    def around(self, items: Items, entry: Entry) -> None:
        bars = _AROUND[entry.value]
        inside = self.inside(self.at - 1 in self.closed, self.words[f"end_{entry.value}"][0])
        items += [Sym(bars[0], default_class(bars[0])), *inside, Sym(bars[1], default_class(bars[1]))]

    def choose(self, items: Items, entry: Entry) -> None:
        """Reads "n choose k"; in Russian "число сочетаний из n по k"."""
        words = self.words["choose"]
        num = self.pop(items) if len(words) == 1 else self.single(self.part(words[1]))
        items.append(Fence("(", Frac(_opened(num), _opened(self.grouped()), bar=False), ")"))

    def single(self, items: Items) -> Node:
        if len(items) != 1:
            raise Refused
        return items[0]

    def grouped(self) -> Node:
        """A single thing, or a group."""
        if self.phrase() == self.words["group"][0]:
            self.at += 1
            return Row(tuple(self.part(self.words["group"][1])))
        return self.operand()

    def modulo(self, items: Items, entry: Entry) -> None:
        items += [_LEFT, Operator("mod"), *self.closed_term(), _RIGHT]

    # Marks and what stands around

    def is_mark(self, items: Items, entry: Entry) -> bool:
        """Whether a word that is a sign too marks what stands before it: no operand follows."""
        if not entry.mark or not items:
            return False
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        if following is None or following.phrase in self.stops or following.run in _AFTER_MARK:
            return True
        leaf = following.leaf
        return isinstance(leaf, Text) or (isinstance(leaf, Sym) and leaf.cls in ("bin", "rel", "close", "punct"))

    def dot(self, items: Items, entry: Entry) -> None:
        self.at -= 1
        marks = self.is_mark(items, entry)
        self.at += 1
        if marks:
            self.mark(items, entry)
        else:
            assert entry.leaf is not None
            items.append(entry.leaf)

    def mark(self, items: Items, entry: Entry) -> None:
        base = self.pop(items)
        if isinstance(base, Script):
            raise Refused
        items.append(Accent(_opened(base), entry.mark))

    def vector(self, items: Items, entry: Entry) -> None:
        """Reads "vector v", and "vector A B" of points."""
        letters = [self.operand()]
        while _is_point(letters[-1]) and (leaf := self.leaf()) is not None and _is_point(leaf):
            letters.append(leaf)
            self.at += 1
        if not all(isinstance(letter, Ident) for letter in letters):
            raise Refused
        items.append(Accent(row(letters), "vec" if len(letters) == 1 else "overrightarrow"))

    def group(self, items: Items, entry: Entry) -> None:
        inside = self.part(self.words["group"][1])
        items.append(Row(tuple(inside)))

    def over_or_under(self, items: Items, entry: Entry) -> None:
        """Reads "with x above", "with x below"."""
        above, below = self.words["above"][1], self.words["below"][1]
        part = row(self.row(above, below))
        is_above = self.take().phrase == above
        base = _opened(self.pop(items))
        mark = base.base if isinstance(base, Script) else base
        if isinstance(mark, Accent) and mark.mark in _BRACES:
            self.keep_brace(items, base, part, is_above)
        elif isinstance(base, Stack) and base.under is None and not is_above:
            items.append(Stack(base.base, base.over, part))
        else:
            items.append(Stack(base, part, None) if is_above else Stack(base, None, part))

    def keep_brace(self, items: Items, base: Node, part: Node, is_above: bool) -> None:
        """What a brace says is a script of it."""
        items.append(base)
        if is_above:
            self.lift(items, list(items_of(part)))
        elif isinstance(base, Script):
            items[-1] = Script(base.base, part, base.sup)
        else:
            items[-1] = Script(base, part)

    def enclosed(self, items: Items, entry: Entry) -> None:
        body = self.part(self.words[entry.value][1])
        items.append(Enclosed(row(body), "box" if entry.value == "boxed" else "cancel"))

    # Tables

    def root_or_table(self, items: Items, entry: Entry) -> None:
        """What begins as roots and tables do: an ordinal or a number tells them apart."""
        (self.root if self.phrase() == _ORDINAL else self.table)(items, entry)

    def table(self, items: Items, entry: Entry) -> None:
        """A matrix: its measures, then each row after its number."""
        name = self.measured([name for name in entry.value.split(" ") if name in _MATRICES])
        closing = self.words[f"end_{name}"][0]
        rows: list[tuple[Node, ...]] = []
        while self.phrase() == _ORDINAL:
            self.at += 1
            self.expect(self.words["row_number"][0])
            rows.append(self.cells(_ORDINAL, closing))
        self.expect(closing)
        opening, shut = _MATRICES[name]
        items += [*opening, Table("cd" if name == "diagram" else "matrix", tuple(rows)), *shut]

    def measured(self, names: list[str]) -> str:
        """The one of several templates that these measures, and the words among them, belong to."""
        for at in range(1, len(self.words[names[0]])):
            self.operand()
            phrase = self.phrase()
            names = [name for name in names if self.words[name][at] == phrase]
            if not names:
                raise Refused
            self.at += 1
        if len(self.words[names[0]]) == 2:
            self.operand()
        return names[0]

    def cells(self, *stops: str) -> tuple[Node, ...]:
        """The cells of a row, between commas or "next column"."""
        column = self.words["next_column"][0]
        first = self.row(column, *stops)
        if self.phrase() != column:
            return tuple(row(cell) for cell in split_cells(first))
        cells = [row(first)]
        while self.phrase() == column:
            self.at += 1
            cells.append(row(self.row(column, *stops)))
        return tuple(cells)

    def cases(self, items: Items, entry: Entry) -> None:
        items += [_BRACE, self.lines("next_case", "end_cases", "matrix")]

    def gathered(self, items: Items, entry: Entry) -> None:
        items.append(self.lines("next_line", "end_lines", "gathered"))

    def lines(self, between: str, closing: str, kind: str) -> Table:
        next_line, end = self.words[between][0], self.words[closing][0]
        rows = [self.cells(next_line, end)]
        while self.phrase() == next_line:
            self.at += 1
            rows.append(self.cells(next_line, end))
        self.expect(end)
        return Table("gathered" if kind == "gathered" else "matrix", tuple(rows))


_PRIME: Final = Sym("′")
_MINUS, _PLUS = Sym("−", "bin"), Sym("+", "bin")
_EQUALS, _ARROW = Sym("=", "rel"), Sym("→", "rel")
_COMMA, _BAR = Sym(",", "punct"), Sym("|")
_LEFT, _RIGHT = Sym("(", "open"), Sym(")", "close")
_BRACE: Final = Sym("{", "open")
_BRACES: Final = frozenset({"overbrace", "underbrace", "overbracket", "underbracket", "overparen", "underparen"})
_AROUND: Final = {"absolute": "||", "norm": "‖‖", "floor": "⌊⌋", "ceiling": "⌈⌉"}
_MATRICES: Final[Mapping[str, tuple[Items, Items]]] = {
    "matrix": ([_LEFT], [_RIGHT]),
    "bracket_matrix": ([Sym("[", "open")], [Sym("]", "close")]),
    "determinant": ([_BAR], [_BAR]),
    "array": ([], []),
    "diagram": ([], []),
}
_FIXED: Final[Mapping[str, tuple[Node, ...]]] = {
    "squared": (Num("2"),),
    "cubed": (Num("3"),),
    "star": (Sym("∗", "bin"),),
    "degrees": (Sym("∘", "bin"),),
    "transpose": (Ident("T"),),
    "inverse": (_MINUS, Num("1")),
}
_POWERS: Final = frozenset({_Reader.fixed, _Reader.power, _Reader.minus_power, _Reader.superscript})
_POSTFIXES: Final = _POWERS | {_Reader.sub, _Reader.primes, _Reader.mark}
_BOUNDARIES: Final = frozenset(
    {_Reader.big, _Reader.limit, _Reader.root, _Reader.around, _Reader.fraction, _Reader.over, _Reader.all_over}
)
"""What begins something that is no factor of an argument."""
_AFTER_MARK: Final = _POSTFIXES | {_Reader.over, _Reader.all_over, _Reader.of, _Reader.over_or_under}


def _opened(node: Node) -> Node:
    """A group as the row that it is."""
    return row(node.items) if isinstance(node, Row) else node


def _letter(node: Node) -> Node:
    while isinstance(node, Script | Accent):
        node = node.base
    return node


def _is_point(node: Node) -> bool:
    return isinstance(node, Ident) and len(node.text) == 1 and node.text.isupper()


def _is_relation(node: Node) -> bool:
    base = node.base if isinstance(node, Script) else node
    return isinstance(base, Sym) and base.cls == "rel"


def _closed(tokens: Sequence[Entry], closers: Mapping[str, str]) -> frozenset[int]:
    """The places of words that begin something whose end is said: each end belongs to the nearest beginning."""
    closed: list[int] = []
    open_at: dict[str, list[int]] = {closing: [] for closing in closers.values()}
    for at, entry in enumerate(tokens):
        closing = closers.get(entry.phrase)
        if closing is not None:
            open_at[closing].append(at)
        elif open_at.get(entry.phrase):
            closed.append(open_at[entry.phrase].pop())
    return frozenset(closed)


def _ranged(tokens: Sequence[Entry], words: Mapping[str, tuple[str, ...]]) -> frozenset[int]:
    """The places of "from" that have a "to"."""
    start, until = words["from_to"][:2]
    found: list[int] = []
    waiting: list[int] = []
    for at, entry in enumerate(tokens):
        if entry.phrase == start:
            waiting.append(at)
        elif entry.phrase == until and waiting:
            found.append(waiting.pop())
    return frozenset(found)


# The table


@cache
def phrases(language: Language) -> Known:
    """The phrases of a language, from the table that the writer has."""
    table = natural(language)
    nominative = {form: word for word, forms in table.declined.items() for form in forms}

    def plain(phrase: str) -> str:
        return " ".join(nominative.get(word, word) for word in phrase.split(" "))

    words = {name: tuple(plain(slot.words) for slot in slots if slot.words) for name, slots in table.templates.items()}
    fonts: dict[str, Font] = {phrase: font for font, phrase in table.fonts.items()}  # type: ignore[misc]
    bold_upright = f"{table.fonts['bf']} {table.fonts['rm']}"
    known = Known(language, _Trie(), words, nominative, _closers(words), fonts, bold_upright)
    _add_symbols(known, table)
    _add_templates(known)
    _add_leaves(known, table)
    if language == "en":
        _add_numbers(known)
    for phrase in (phrase for parts in words.values() for phrase in parts):
        _add(known, Entry(phrase))
    return known


def _add(known: Known, entry: Entry, phrase: str = "") -> None:
    """An entry for its phrase, unless the phrase does something already."""
    branch = known.trie
    for word in (phrase or entry.phrase).split(" "):
        branch = branch.branches.setdefault(known.nominative.get(word, word), _Trie())
    if branch.entry is None:
        branch.entry = entry


def _closers(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What closes each template that may be closed."""
    found = {words[name][0]: words[name][1] for name in ("long_sub", "long_power", "long_superscript")}
    for name in _ROOTS:
        found[words[name][0]] = words["end_root"][0]
    for name in _AROUND:
        found[words[name][0]] = words[f"end_{name}"][0]
    return found


def _add_symbols(known: Known, table: NaturalPhrases) -> None:
    """What stands for something by itself, other than under its name in symbols.tsv."""
    dot = known.words["dot"][0]
    for char, phrase in table.leaves.items():
        if phrase == dot:
            _add(known, Entry(phrase, _leaf(char), _Reader.dot, mark="dot"))
    for char, phrase in table.bigs.items():
        sign = _INFIX.get(char)
        infix = sign is not None and table.leaves[sign.text] == phrase
        _add(known, Entry(phrase, _leaf(char), _Reader.big, mark=char if infix else ""))
    for words in (table.between, table.brief):
        for char, phrase in words.items():
            _add(known, Entry(phrase, _leaf(char)))
    for letter, phrase in table.sets.items():
        _add(known, Entry(phrase, Ident(letter, "bb")))
    for phrase in (*known.fonts, known.bold_upright):
        _add(known, Entry(phrase, None, _Reader.font, phrase))
    for name, phrase in table.marks.items():
        if name != "vec":
            _add(known, Entry(phrase, None, _Reader.mark, mark=name))
    for word in table.prose:
        _add(known, Entry(word, Text(word)))
    for count, phrase in enumerate(table.primes, 1):
        _add(known, Entry(phrase, None, _Reader.primes, str(count)))


def _add_templates(known: Known) -> None:
    """What each template does where its first words stand; some begin alike."""
    names: dict[str, list[str]] = {}
    for name in _TEMPLATES:
        names.setdefault(known.words[name][0], []).append(name)
    for phrase, found in names.items():
        run = _TEMPLATES[found[0]]
        if len({_TEMPLATES[name] for name in found}) > 1:
            run = _Reader.root_or_table
        _add(known, Entry(phrase, None, run, " ".join(found)))
    for name in ("negative", "minus"):
        _add(known, Entry(known.words[name][0], _MINUS))


def _add_leaves(known: Known, table: NaturalPhrases) -> None:
    """Symbols, letters and functions."""
    for char, words in table.leaves.items():
        node = _leaf(char)
        first, _, rest = words.partition(" ")
        if first in table.capitals and isinstance(node, Ident):
            words = rest[0].upper() + rest[1:]
        if normal(node) == node:
            _add(known, Entry(words, node, _Reader.letter if is_plain(node) else None))


def _add_numbers(known: Known) -> None:
    """English ordinals and small fractions, which are in words."""
    speaker = speaker_of(known.language)
    for text in (*map(str, range(100)), *"abcdefghijklmnopqrstuvwxyz"):
        if ordinal := speaker.ordinal(text):
            _add(known, Entry(_ORDINAL, None, _Reader.unknown, text), ordinal)
    for num in range(1, 11):
        for den in range(2, 11):
            fraction = Frac(Num(str(num)), Num(str(den)))
            if phrase := speaker.fraction(str(num), str(den)):
                _add(known, Entry(phrase, fraction))
            if num < den and (mixed := speaker.mixed("1", str(num), str(den))):
                _add(known, Entry(mixed.removeprefix(speaker.spoken("1")).strip(), fraction, _Reader.mixed))


def _leaf(char: str) -> Node:
    symbol = symbols.by_char(char)
    if symbol is not None and symbol.cls == "letter":
        return Ident(char)
    if symbol is not None and symbol.cls in ("fn", "fnlim"):
        return Operator(char, limits=symbol.cls == "fnlim")
    return Sym(char, default_class(char))


_Run: TypeAlias = Callable[[_Reader, Items, Entry], None]

_ROOTS: Final = ("square_root", "cube_root", "nth_root", "index_root")
_TEMPLATES: Final[Mapping[str, _Run]] = {
    "over": _Reader.over,
    "all_over": _Reader.all_over,
    "fraction": _Reader.fraction,
    "column": _Reader.column,
    "derivative": _Reader.derivative,
    "choose": _Reader.choose,
    **dict.fromkeys(_ROOTS, _Reader.root),
    "sub": _Reader.sub,
    **dict.fromkeys(_FIXED, _Reader.fixed),
    "to_the": _Reader.power,
    "to_the_nth": _Reader.power,
    "power": _Reader.power,
    "to_the_minus_nth": _Reader.minus_power,
    "superscript": _Reader.superscript,
    "base": _Reader.base,
    "of": _Reader.of,
    "limit": _Reader.limit,
    **dict.fromkeys(_AROUND, _Reader.around),
    "vector": _Reader.vector,
    "group": _Reader.group,
    "above": _Reader.over_or_under,
    **dict.fromkeys(_MATRICES, _Reader.table),
    "cases": _Reader.cases,
    "lines": _Reader.gathered,
    "modulo": _Reader.modulo,
    "evaluated": _Reader.evaluated,
    "boxed": _Reader.enclosed,
    "crossed": _Reader.enclosed,
    "empty": _Reader.nothing,
    "dots": _Reader.dots,
}
"""What reads the rest of each template, when its first words were said."""
