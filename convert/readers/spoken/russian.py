"""What is Russian in the grammar: nouns before their operands, and what inflection tells about the reach of words.

«Произведение суммы а и бэ и цэ»: a noun stands before its operands, «и» between them, and the operands may be such
phrases themselves. What participles belong to is told by their endings (`agreement`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from ...nodes import Accent, Frac, Ident, Node, Num, Operator, Root, Row, Script, Sym, walk
from ...source import Source
from .agreement import alike, is_participle, oblique, owner
from .fractions import Items, Piece
from .grammar import (
    COMBINED,
    COMMA,
    FACTORIAL,
    LEFT,
    MINUS,
    PLUS,
    RIGHT,
    Grammar,
    Stops,
    grouped,
    letter,
    lowered,
    parenthesized,
    raised,
    row,
    symbol_node,
)
from .letters import kind_of
from .lexicon import Lexicon, Token
from .scope import Choices, Policy
from .words import fold

_BOUND = frozenset(("bound",))
"""A stop that no token has: a number takes nothing beside it but pi."""

_NO_STOPS: Stops = frozenset()
_ROOT_WORDS = 5
"""How many tokens the words for a root may be: "корень двадцать пятой степени из"."""

_BEGINS = {
    "root": frozenset(("root", "cube_root", "degree_root")),
    "fraction": frozenset(("fraction",)),
    "power": frozenset(("power_of", "sup")),
    "index": frozenset(("sub",)),
    "around": frozenset(("around",)),
}
"""The senses of the words whose end may be said, by the word for the end."""

_FUNCTIONS = frozenset(map(Ident, "fgh"))
_OF_SEVERAL = frozenset(("max", "min", "gcd", "lcm"))
_ARROWS = ("vec", "overrightarrow")
_POINTS = frozenset("abcdefghklmnopqrs")
_AFTER_POINTS = frozenset(("rel", "sum", "mul", "close", "comma", "pause", "and"))
_INDICES = frozenset("nkmij")
_AFTER_INDEX = frozenset(("rel", "close", "sum", "sup", "pause", "comma", "squared", "cubed", "and"))

_REACH = 40
"""How many tokens may stand between a noun and the «и» between its operands."""

_DOTS = symbol_node("cdots")
_SIGNS: dict[str, Items] = {
    **COMBINED,
    "product_of": [Sym("⋅", "bin")],
    "symmetric_difference_of": [Sym("△", "bin")],
    "composition_of": [Sym("∘", "bin")],
    "direct_sum_of": [Sym("⊕", "bin")],
    "hadamard_of": [Sym("⊙", "bin")],
}
_OF_SETS = frozenset(("union_of", "intersection_of", "set_difference_of", "symmetric_difference_of", "cartesian_of"))
_OF_VECTORS = frozenset(("dot_of", "cross_of", "tensor_of"))
_INTEGRALS: dict[Node, int] = {Sym("∬", "op"): 2, Sym("∭", "op"): 3}
_DIVIDED = frozenset(("over", "divided", "divided_term", "enclosed"))
_TRIGONOMETRIC = ("синус", "тангенс", "секанс")
_NOUNS = frozenset(("sum_of", "difference_of", "product_of", "quotient_of"))
_OF_MATRICES = frozenset(("transpose", "matrix", "inverse_of", "identity"))
_SETS = ("power_set", "complement_of", "union_of", "intersection_of")
"""Nouns that say that a difference is one of sets."""


class RussianGrammar(Grammar):
    """One reading of Russian words."""

    def __init__(
        self, source: Source, tokens: Sequence[Token], lexicon: Lexicon, policy: Policy, choices: Choices
    ) -> None:
        super().__init__(source, inflected(tokens), lexicon, policy, choices)
        self.ends = _paired(self.tokens)
        """Where a construct ends whose end is said, by where its word stands."""
        self.compares = any(token.senses.get("rel") in ("le", "ge") for token in self.tokens)
        """Whether it is an inequality, in which products are written with a dot."""
        self.of_matrices = any(map(_is_of_matrices, self.tokens, [*self.tokens[1:], self.peek(len(self.tokens))]))
        """Whether letters are matrices, which are bold as the unit matrix is."""
        self.has_primes = any("prime" in token.senses or "derivative" in token.senses for token in self.tokens)
        self.in_sum = False
        """Whether the product whose sign is looked for is a term of a sum."""
        self.nouns: list[str] = []
        """The words of the constructs that are being read, the innermost last."""

    def _transform(self, stops: Stops) -> Piece | None:
        """Reads "преобразование Лапласа функции эф от тэ"."""
        name = self.peek().senses["transform"]
        self.at += 1
        self.skip_fillers()
        body = self._scoped("atom", stops)
        items: Items = [Ident(name, "cal"), Sym("{", "open"), *body, Sym("}", "close")]
        return Piece("factor", items) if body else None

    def whole(self) -> Items:
        items = super().whole()
        return [_bold(item) for item in items] if self.of_matrices else items

    def operand(self, stops: Stops, wanting: bool) -> Piece | None:
        self.nouns.append(self.peek().word)
        if "transform" in self.peek().senses:
            piece = self._transform(stops)
        elif wanting and "factorial" in self.peek().senses:
            self.at += 1
            counted = self._scoped("atom", stops)
            if self._is_letter(counted) and self.has("sum") and self.peek(1).senses.get("num") == "1":
                counted = parenthesized([*counted, *self._term(stops)])
            piece = Piece("factor", [*counted, FACTORIAL])
        else:
            piece = super().operand(stops, wanting)
        self.nouns.pop()
        return piece

    def _starts_operand(self, senses: object, wanting: bool) -> bool:
        assert isinstance(senses, dict)
        if "factorial" in senses and wanting:
            return any(kind in self.peek(1).senses for kind in ("id", "num", "open"))
        return super()._starts_operand(senses, wanting)

    # Ends that are said

    def _end(self, reach: int = 1) -> int | None:
        """Where the construct ends whose word stands at most `reach` tokens before."""
        begun = range(self.at - 1, self.at - 1 - reach, -1)
        return next((end for at in begun if (end := self.ends.get(at, 0)) >= self.at), None)

    def _up_to(self, end: int) -> Items:
        """All up to the word for an end, and past it."""
        items = self._until(end)
        self.at = end + 1
        return items

    def _raise(self, items: Items, *, written: bool = False) -> Items:
        end = self._end()
        return super()._raise(items, written=written) if end is None else raised(items, row(self._up_to(end)))

    def _script(self, stops: Stops = _NO_STOPS) -> Items:
        end = self._end()
        return super()._script(stops) if end is None else self._up_to(end)

    def _rooted(self, index: Node | None, stops: Stops, name: str = "") -> Piece:
        end = self._end(_ROOT_WORDS)
        if end is None:
            return _without_opposite(super()._rooted(index, stops, name))
        return Piece("factor", [Root(row(self._up_to(end)), index)])

    def _measured(self, opening: str, closing: str, stops: Stops, name: str) -> Piece:
        end = self._end()
        if end is None:
            return super()._measured(opening, closing, stops, name)
        return Piece("factor", [Sym(opening, "open"), *self._up_to(end), Sym(closing, "close")])

    # Functions

    def agreed(self, noun: str, argument: Items, stops: Stops) -> Items:
        """The argument of a noun with the participles behind it that agree with it and not with the noun."""
        if self._is_letter(argument) and self._is_half_of_sum():
            sign = symbol_node(self.peek().senses["sum"])
            self.at += 1
            argument = [Frac(row([*argument, sign, self._leaf()]), Num("2"))]
            self.skip("halved")
        elif self._is_complement(noun, argument):
            argument = [*argument, *self._term(stops)]
        elif self._is_letter(argument) and (self._is_shifted_angle(noun) or self._is_shifted(noun, argument)):
            argument = [*argument, *self._term(stops)]
        elif self._is_characteristic(noun):
            argument = [*argument, symbol_node("minus"), *self._characteristic()]
        elif self._is_letter(argument) and self._is_inverse_of_ratio(noun, argument):
            self.at += 1
            argument = [Frac(row(argument), row(self._scoped("atom", stops)))]
        while argument and self._participle_ahead() and owner(noun, self.peek().word) == "argument":
            if any(owner(outer, self.peek().word) == "noun" for outer in self.nouns[:-1]):
                break
            divided = "mul" not in self.peek().senses
            self.at += 1
            other = self._scoped("atom", stops)
            if divided:
                argument = [Frac(row(argument), row(other))]
            else:
                argument = [*grouped(argument), Sym("⋅", "bin"), *grouped(other)]
        return argument

    def _is_characteristic(self, noun: str) -> bool:
        """Whether "минус лямбда" stands behind the matrix of a determinant."""
        matrix = fold(noun).startswith(("определ", "детермин"))
        return matrix and self.peek().senses.get("sum") == "minus" and self.peek(1).senses.get("id") == "lambda"

    def _characteristic(self) -> Items:
        """Reads "минус лямбда е", the letter of the unit matrix with it."""
        self.at += 1
        items: Items = [self._leaf()]
        if self.has("id"):
            items.append(self._leaf())
        return items

    def _is_letter(self, argument: Items) -> bool:
        return len(argument) == 1 and isinstance(argument[0], Ident)

    def _term(self, stops: Stops) -> Items:
        """A sign and a term: "плюс пи деленное на четыре"."""
        sign = symbol_node(self.peek().senses["sum"])
        self.at += 1
        term = self._scoped("atom", stops)
        if self._is_angle(term) and self._divided_ahead():
            self.at += 1
            term = [Frac(row(term), row(self._scoped("atom", stops)))]
        return [sign, *term]

    def _is_shifted_angle(self, noun: str) -> bool:
        """Whether "плюс пи деленное на четыре" stands behind the argument of a trigonometric function."""
        if not any(stem in fold(noun) for stem in _TRIGONOMETRIC) or not self.has("sum"):
            return False
        ahead = 2 if self.has("num", 1) else 1
        if self.peek(ahead).senses.get("id") != "pi":
            return False
        return any(kind in self.peek(ahead + 1).senses for kind in _DIVIDED) and self.has("num", ahead + 2)

    def _is_half_of_sum(self) -> bool:
        """Whether "плюс бета пополам" stands behind the first letter of an argument."""
        return self.has("sum") and self.has("id", 1) and self.has("halved", 2)

    def _is_complement(self, noun: str, argument: Items) -> bool:
        """Whether "минус икс" stands behind a part of pi: «синус пи на два минус икс»."""
        if len(argument) != 1 or not isinstance(argument[0], Frac) or not _has_pi(argument[0]) or not self.has("sum"):
            return False
        return self.has("id", 1) and (self._ends_here(2) or not _DIVIDED.isdisjoint(self.peek(2).senses))

    def _is_shifted(self, noun: str, argument: Items) -> bool:
        """Whether a sum of two letters is the argument: where the same function is subtracted, or it stands below."""
        if not self.has("sum") or not self.has("id", 1):
            return False
        name, after = self._function_before(), self.peek(2).senses
        if name is None:
            return False
        if self.peek().senses["sum"] in ("pm", "mp"):
            return True
        token = self.tokens[name]
        if after.get("sum") == "minus" and self.peek(3).senses.get("fn") == token.senses["fn"]:
            letters = [self.peek(ahead).senses.get("id") for ahead in (4, 5)]
            return any(value is not None and letter(value) == argument[0] for value in letters)
        below = name > 0 and any(kind in self.tokens[name - 1].senses for kind in _DIVIDED)
        return below and (self.at + 2 >= len(self.tokens) or "rel" in after)

    def _function_before(self) -> int | None:
        """Where the function stands whose argument is the token before this one."""
        for at in (self.at - 2, self.at - 3):
            if at >= 0 and "fn" in self.tokens[at].senses:
                return at
        return None

    def _is_inverse_of_ratio(self, noun: str, argument: Items) -> bool:
        """Whether "арктангенс игрек делить на икс" is said, where two letters are mostly a ratio."""
        if (
            not fold(noun).startswith("арк")
            or is_participle(self.peek().word)
            and owner(noun, self.peek().word) == "noun"
        ):
            return False
        if not any(kind in self.peek().senses for kind in _DIVIDED) or not self.has("id", 1):
            return False
        return letter(self.peek(1).senses["id"]) != argument[0] and self._ends_here(2)

    def _base(self, stops: Stops) -> Items:
        """A base in front of its argument: a number takes nothing beside it."""
        if not self.has("num"):
            return super()._base(stops)
        self.at += 1
        return [Num(self.tokens[self.at - 1].senses["num"])]

    def _is_bare(self, head: Items, argument: Items) -> bool:
        """«Логарифм по основанию два от икс»: a logarithm whose base was said first."""
        return isinstance(head[0], Script) and len(argument) == 3 and argument[0] == LEFT and not self.in_derivative

    def _is_bracketed(self, node: Node, argument: Items) -> bool:
        first = argument[0] if argument else None
        if first == MINUS:
            return True
        if len(self.tokens) == 4 and self.peek(-3).senses.get("rel") == "equals" and self._is_greek(-4):
            return True  # «бета равно косинус икс»
        inner = first.base if isinstance(first, Script) else first
        if isinstance(inner, Operator) and first != node:
            return True
        if isinstance(first, Frac) and not _has_pi(first) and not isinstance(first.den, Num):
            return True
        return (
            node == Operator("ker")
            or node == Operator("ln")
            and self.has_primes
            or self.in_integral
            or any(item in (PLUS, MINUS) for item in argument[1:])
        )

    def _frac(self, stops: Stops) -> Piece | None:
        """Reads "половина икс" as x over 2, where other fractions are factors."""
        if fold(self.peek().word).startswith("половин") and self.has("id", 1):
            return self._half_of(stops)
        return super()._frac(stops)

    def _fraction(self, stops: Stops) -> Piece | None:
        """Reads "дробь икс минус игрек на икс плюс игрек": below a sum, another one."""
        if self.at in self.ends:
            return self._closed_fraction(self.ends[self.at])
        piece = super()._fraction(stops)
        if piece is None or not isinstance(piece.items[0], Frac) or len(piece.items) > 1 or not self.has("sum"):
            return piece
        above, below = piece.items[0].num, piece.items[0].den
        summed = isinstance(above, Row) and _is_sum(list(above.items))
        if not summed or not isinstance(below, Ident) or not self.has("id", 1) or not self._ends_here(2):
            return piece
        return Piece("factor", [Frac(above, row([below, *self._term(stops)]))], "fraction")

    def _closed_fraction(self, end: int) -> Piece:
        """A fraction up to the word for its end: everything before the last "делить на" stands above."""
        tokens, self.tokens = self.tokens, self.tokens[:end]
        self.at += 1
        above = self.level(_DIVIDED)
        divided = self.at < end
        self.at += divided
        below = self.level() if divided else []
        self.tokens, self.at = tokens, end + 1
        return Piece("factor", [Frac(row(above), row(below))] if divided else above, "fraction")

    def _divide(self, pieces: list[Piece], at: int, total: int) -> list[Piece]:
        """Reads "эн деленное на два факториал" as the factorial of the half: nobody writes 2! below a letter."""
        below = pieces[at + 1].items
        if at > 1 and pieces[at - 2].note == "agreeing":
            return self._in_line(pieces, at)
        letter_above = len(pieces[at - 1].items) == 1 and isinstance(pieces[at - 1].items[0], Ident)
        if not (letter_above and len(below) == 2 and isinstance(below[0], Num) and below[1] == FACTORIAL):
            return super()._divide(pieces, at, total)
        halved = super()._divide([*pieces[: at + 1], Piece("factor", below[:1]), *pieces[at + 2 :]], at, total)
        made = len(halved) - (len(pieces) - at - 1)
        items = [*parenthesized(halved[made].items), FACTORIAL]
        return [*halved[:made], Piece("factor", items), *halved[made + 1 :]]

    def _right(self, pieces: list[Piece], at: int, total: int, note: str, left: int) -> int:
        """Reads "эн факториал деленный на ка факториал умноженный на эн минус ка факториал": both stand below."""
        times = at + 2
        factorials = all(
            index < len(pieces) and pieces[index].items[-1:] == [FACTORIAL] for index in (at - 1, at + 1, times + 1)
        )
        if factorials and pieces[times].kind == "mul":
            return times + 2
        return super()._right(pieces, at, total, note, left)

    def _big(self, stops: Stops) -> Piece | None:
        """Reads "двойной интеграл от а до бэ" as two integrals with these bounds."""
        region = "област" in self.peek(1).word and self._is_region(2)
        piece = super()._big(stops) if not region else None
        if region:
            node = symbol_node(self.peek().senses["big"])
            self.at += 2
            self.in_integral = True
            return Piece("operator", [Script(node, Ident("D"))])
        if piece is None or not piece.items or not isinstance(piece.items[0], Script):
            return piece
        sign = piece.items[0]
        count = _INTEGRALS.get(sign.base)
        if count is None or sign.sup is None:
            return piece
        return piece._replace(items=[Script(Sym("∫", "op"), sign.sub, sign.sup)] * count + piece.items[1:])

    def _late_bounds(self, stops: Stops) -> int | None:
        """How far ahead "от а до бэ", "по икс от а до бэ" or "по области дэ" stands behind what is integrated."""
        if not self.in_integral:
            return super()._late_bounds(stops)
        region = next((ahead for ahead in range(1, 12) if "област" in self.peek(ahead).word), None)
        end = self.find("to", _REACH, ("rel",))
        if region is not None and self.has("id", region + 1):
            return region
        begins = [
            ahead for ahead in range(1, end or 0) if self.has("from", ahead) and "wrt" not in self.peek(ahead).senses
        ]
        if not begins:
            return super()._late_bounds(stops)
        start = begins[-1]
        return start - 2 if start > 2 and self.has("wrt", start - 2) and self.has("id", start - 1) else start

    def _body_first(self, node: Node, stops: Stops, distance: int) -> Piece:
        """Reads the variable between what is integrated and the bounds: "эф от икс по икс от а до бэ"."""
        if not (self.in_integral and self.has("wrt", distance) and self.has("from", distance + 2)):
            return super()._body_first(node, stops, distance)
        body = self._until(self.at + distance)
        self.at += 1
        variable = self._leaf()
        self.at += 1
        below, above = self._bounds(stops)
        items = [Script(node, row(below), None if above is None else row(above)), *body, Ident("d"), variable]
        return Piece("factor", items)

    def _upper_bound(self, stops: Stops) -> Items:
        """An upper bound; in "до бэ эф от икс" «от» is that of a function, and does not end it."""
        distance = self.find("of", 8, ("rel", "pause")) or 0
        if distance < 2 or not self._is_name(distance - 1) or "sum" in self.peek(distance - 2).senses:
            return super()._upper_bound(stops)
        above = self.level(stops | _BOUND, rels=False, sums=False, beside=False, commas=False, muls=False)
        return self._with_index_sum(above)

    def _is_name(self, ahead: int) -> bool:
        """Whether a letter stands there that may be the name of a function."""
        return "id" in self.peek(ahead).senses

    def _probability(self, stops: Stops) -> Piece | None:
        """Reads "вероятность А при условии Б": what divides it stands outside."""
        self.at += 1
        body = self.level(stops, commas=False, rels=False, sums=False, overs=False, muls=False)
        if "and" in self.peek().senses and self.has("id", 1):
            self.at += 1
            body += [Sym("∩", "bin"), *self._scoped("atom", stops)]
        if self.peek().senses.get("rel") == "mid":
            self.at += 1
            given = self.level(stops, commas=False, rels=False, sums=False, overs=False, muls=False)
            body += [Sym("∣", "rel"), *given]
        return Piece("factor", [Ident("P"), *parenthesized(body)]) if body else None

    def _is_russian_exponential(self, base: Node) -> bool:
        euler = self.peek().senses.get("id") == "i" and self.peek(1).senses.get("id") == "pi"
        return not euler and super()._is_russian_exponential(base)

    def _is_spelled(self) -> bool:
        """Whether a letter stands before the name of the order: "о большое" takes two words."""
        named = "font" in self.tokens[self.at - 2].senses
        return self.at > 3 and "id" in self.tokens[self.at - 4].senses if named else super()._is_spelled()

    def _product_sign(self, before: Node | None, after: Node | None) -> Literal["none", "dot", "cross"]:
        vectors = all(isinstance(node, Accent) and node.mark in _ARROWS for node in (before, after))
        vectors = vectors or before == Sym("|", "close") and after == Sym("|", "open")
        powers = isinstance(before, Script) and isinstance(after, Script) and before.sup is not None is not after.sup
        if self.of_matrices or self.in_sum and not self.compares and isinstance(after, Ident):
            return "none"
        if before == Sym("∇", "ord"):
            return "dot"
        if isinstance(before, Frac) and isinstance(after, Frac):
            return "dot"
        if vectors or powers and before.base == after.base:  # type: ignore[union-attr]
            return "dot"
        if self.compares and isinstance(before, Ident) and isinstance(after, Ident):
            return "dot"
        return super()._product_sign(before, after)

    def _times(self, pieces: Sequence[Piece], at: int) -> Items | None:
        """The sign of a product; in a sum a Greek letter needs none: «игрек плюс а умножить на тета»."""
        self.in_sum = any(piece.kind == "sign" for piece in pieces)
        return super()._times(pieces, at)

    def _brackets_factor(self, pieces: Sequence[Piece], at: int) -> bool:
        return any(piece.kind == "sign" for piece in pieces[:at])

    def _is_region(self, ahead: int) -> bool:
        """Whether only differentials follow, and the region has no name: "по области дэ икс дэ игрек"."""
        rest = [token.senses.get("id") for token in self.tokens[self.at + ahead :] if "id" in token.senses]
        return len(rest) % 2 == 0 and len(rest) > 1 and rest[::2] == ["d"] * (len(rest) // 2)

    def _postfix(self, pieces: list[Piece]) -> bool:
        """Reads "икс в квадрате минус игрек в квадрате в квадрате": the second power is that of the sum."""
        if "root_after" in self.peek().senses and self._is_sum_under(pieces):
            self.at += 1
            pieces[-3:] = [Piece("factor", [Root(row(self._product(pieces[-3:])))])]
            return True
        if self.has("of") and self._is_sum_of_functions(pieces):
            pieces[:] = [Piece("factor", parenthesized(self._product(pieces)))]
        if (
            self.has("halved")
            and _is_number(pieces[-1].items)
            and fold(self.nouns[-1] if self.nouns else "")[:3] == "кор"
        ):
            return False  # «корень из двух пополам» is half of the root
        if self.has("halved") and self._is_sum_of_letters(pieces):
            self.at += 1
            pieces[-3:] = [Piece("factor", [Frac(row(self._product(pieces[-3:])), Num("2"))])]
            return True
        senses, before = self.peek().senses, self.tokens[self.at - 1].senses
        doubled = any(kind in senses and kind in before for kind in ("squared", "cubed"))
        start = len(pieces)
        while start and pieces[start - 1].kind in ("factor", "sign"):
            start -= 1
        if doubled and any(piece.kind == "sign" for piece in pieces[start + 1 :]):
            self.at += 1
            whole = parenthesized(self._product(pieces[start:]))
            pieces[start:] = [Piece("factor", raised(whole, Num("2" if "squared" in senses else "3")))]
            return True
        return super()._postfix(pieces)

    def _unsaid_index(self, node: Node) -> Items:
        """The index in "икс один, икс два, и так далее, икс эн": of a letter that has numbers as indices elsewhere."""
        token = self.peek()
        if token.senses.get("id") not in _INDICES or "and" in token.senses and not self._ends_here(1):
            return []
        after = self.peek(1).senses
        if self.at + 1 < len(self.tokens) and not any(kind in after for kind in _AFTER_INDEX):
            return []
        name = self.tokens[self.at - 1].word
        indexed = any(one.word == name and "num" in two.senses for one, two in pairwise(self.tokens))
        return [self._leaf()] if indexed else []

    def _wraps(self, pieces: Sequence[Piece], at: int) -> bool:
        """Reads "а минус бэ умножить на а плюс бэ" as a product of sums: the same letters stand in both."""
        if at >= 3 and at + 3 < len(pieces) and pieces[at - 2].kind == pieces[at + 2].kind == "sign":
            first, second = (pieces[at - 3].items, pieces[at - 1].items), (pieces[at + 1].items, pieces[at + 3].items)
            numbers = _is_number(first[1]) and _is_number(second[1]) and first[0] == second[0]
            if numbers or first == second and pieces[at - 2].items != pieces[at + 2].items:
                self.styles["wrap"] = "brackets"
        return super()._wraps(pieces, at)

    def _is_sum_of_functions(self, pieces: list[Piece]) -> bool:
        """Whether "эф плюс же" stands before "от икс"."""
        names = [piece.items[0] for piece in pieces[::2] if len(piece.items) == 1]
        return (
            len(pieces) == 3
            and pieces[1].kind == "sign"
            and len(names) == 2
            and all(map(_FUNCTIONS.__contains__, names))
        )

    def _is_sum_of_letters(self, pieces: list[Piece]) -> bool:
        """Whether "альфа плюс бета пополам" is said, and nothing before it."""
        if len(pieces) != 3 and (len(pieces) < 3 or pieces[-4].kind not in ("rel", "punct", "mul")):
            return False
        letters = all(len(piece.items) == 1 and isinstance(piece.items[0], Ident) for piece in (pieces[-3], pieces[-1]))
        return letters and pieces[-2].kind == "sign"

    def _is_sum_under(self, pieces: list[Piece]) -> bool:
        """Whether a number ends the sum before "под корнем", which is then all under the root."""
        return len(pieces) > 2 and pieces[-2].kind == "sign" and _is_number(pieces[-1].items)

    def _power_before(self, stops: Stops) -> Piece | None:
        """Reads "квадрат икс в квадрате минус игрек в квадрате": a square of squares is that of their sum."""
        if not (self.has("squared", 2) and self.has("sum", 3)):
            return super()._power_before(stops)
        number = "2" if self.has("square_of") else "3"
        self.at += 1
        base = self.level(stops, rels=False, commas=False, muls=False, overs=False)
        return Piece("factor", raised(grouped(base), Num(number)))

    def _in_line(self, pieces: list[Piece], at: int) -> list[Piece]:
        """A quotient below another one: with a slash."""
        quotient: Items = [*grouped(pieces[at - 1].items), Sym("/", "ord"), *grouped(pieces[at + 1].items)]
        return [*pieces[: at - 1], Piece("factor", quotient, "fraction"), *pieces[at + 2 :]]

    def _is_greek(self, ahead: int) -> bool:
        node = letter(self.peek(ahead).senses["id"]) if self.has("id", ahead) else None
        return isinstance(node, Ident) and kind_of(node) == "greek"

    def _by_one_of_several(self) -> bool:
        distance = self.find("wrt", _REACH, ("rel",))
        return distance is not None and "переменной" in self.peek(distance).word

    def _is_sum_divided(self, pieces: list[Piece], at: int, total: int) -> bool:
        """«А минус бэ деленного на цэ плюс два»: a number is added behind the only quotient."""
        signs = sum(piece.kind == "sign" for piece in pieces[1:at])
        if any(piece.note == "fraction" for piece in pieces[:at]):
            return False
        return total == 1 and signs == 1 and at + 3 < len(pieces) and _is_number(pieces[at + 3].items)

    def _participle_ahead(self) -> bool:
        senses = self.peek().senses
        if not ("divided" in senses or "divided_term" in senses or "mul" in senses):
            return False
        return is_participle(self.peek().word) and self._operand_ahead(1)

    def _limit(self, stops: Stops) -> Piece | None:
        """Reads "предел суммы эф и же при икс стремящемся к нулю": of all of the sum."""
        summed = self.has("sum_of", 1) or self.has("difference_of", 1)
        piece = super()._limit(stops)
        if summed and piece is not None and piece.kind == "factor" and len(piece.items) > 2:
            return piece._replace(items=[piece.items[0], *parenthesized(piece.items[1:])])
        return piece

    def _approach(self, stops: Stops) -> Items:
        """Reads "икс стремящемся к пи на два" with the part of pi."""
        below = super()._approach(stops)
        if below and below[-1] == Ident("π") and self._divided_ahead():
            self.at += 2
            below[-1] = Frac(below[-1], Num(self.tokens[self.at - 1].senses["num"]))
            self.skip("of")
        return below

    def _around(self, stops: Stops) -> Piece | None:
        if self.peek().senses["around"] in ("[ ]", "( )") and self.has("open", 1):
            self.at += 1  # «отрезку [0, 2]»
            return self.operand(stops, True)
        if fold(self.peek().word) == "от" and self.find("to", _REACH) is None and self._operand_ahead(1):
            self.at += 1  # no interval without its other end
            return self.operand(stops, True)
        piece = super()._around(stops)
        return piece if piece is None else piece._replace(items=_open_at_infinity(piece.items))

    def _is_index(self) -> bool:
        """Whether a number is a subscript: "единица" is none, which counts nothing."""
        return not fold(self.peek().word).startswith("единиц") and super()._is_index()

    def _vector(self, stops: Stops) -> Piece | None:
        """Reads "вектор а бэ", of two points."""
        points = [self.peek(ahead).senses.get("id", "") for ahead in (1, 2)]
        after = self.peek(3).senses
        ended = self.at + 3 >= len(self.tokens) or any(kind in after for kind in _AFTER_POINTS)
        if (
            not ended
            or not all(len(point) == 1 and point.lower() in _POINTS for point in points)
            or points[0] == points[1]
        ):
            return super()._vector(stops)
        self.at += 3
        letters: Items = [Ident(point.upper()) for point in points]
        return Piece("factor", [Accent(row(letters), "overrightarrow")])

    # Nouns before their operands

    def _combined(self, stops: Stops) -> Piece | None:
        """Reads "сумма икс и игрек", "частное от деления а на бэ", "объединение множеств А, Б и Ц"."""
        kind = next(kind for kind in (*_SIGNS, "quotient_of") if kind in self.peek().senses)
        name = self.peek().word
        if kind == "difference_of" and any(self.has(sense, 1) for sense in _SETS):
            kind = "set_difference_of"
        joint = self._joint(kind, name)
        if joint is None:
            return None
        self.at += 1
        self.skip("of")
        power = "2" if self.skip("squares_of") else "3" if self.skip("cubes_of") else ""
        operands = self._operands(kind, name, joint, stops | {"of"} if kind == "composition_of" else stops)
        whole = _power_of_all(operands) if kind in ("sum_of", "difference_of") else None
        if whole is not None:
            return Piece("factor", raised(parenthesized([*operands[0], *_SIGNS[kind], whole[0]]), whole[1]))
        if power:
            self.skip("squared" if power == "2" else "cubed")  # «сумма квадратов … до икс эн в квадрате»
            operands = [operand if operand == [_DOTS] else raised(operand, Num(power)) for operand in operands]
        if kind == "quotient_of":
            return Piece("factor", [Frac(row(operands[0]), row(operands[-1]))])
        items: Items = []
        for operand in _alike(kind, operands, power=bool(power)):
            items += [*_sign(kind, operands), *operand] if items else operand
        note = "sum" if kind in ("sum_of", "difference_of", "composition_of") else "union" if kind in _OF_SETS else ""
        return Piece("factor", items, note)

    def _joint(self, kind: str, name: str) -> str | None:
        """The kind of the word between the operands; None where there is none, and the noun means something else."""
        if "деления" in name:
            return "over"
        ends = ("rel",) if name.lower().startswith("отнош") else ("rel", "and")
        per = self.find("per", _REACH, ends) if kind == "quotient_of" else None
        if per is not None:
            at = self.at + per
            only = self.tokens[at]._replace(senses={"per": ""})  # «к» is no letter here
            self.tokens = [*self.tokens[:at], only, *self.tokens[at + 1 :]]
            return "per"
        if (
            self.has("from", 1)
            or (self.has("and", 1) and not self.has("and", 2))
            or kind in ("sum_of", "product_of")
            and self._is_ranged()
        ):
            return None
        for joint in ("and", "ord"):
            distance = self.find(joint, _REACH, ("rel",))
            if distance is not None and (joint == "and" or self.peek(distance).senses["ord"] == "ldots"):
                return joint
        # «произведение массы на ускорение»
        return "over" if kind == "product_of" and self.find("over", _REACH, ("rel",)) is not None else None

    def _is_ranged(self) -> bool:
        """Whether bounds follow: "от ка равного одному до эн"."""
        distance = self.find("to", _REACH)
        return distance is not None and any(self.has("from", ahead) for ahead in range(1, distance))

    def _operands(self, kind: str, name: str, joint: str, stops: Stops) -> list[Items]:
        """What stands with commas and «и» between."""
        ends = stops | {joint} | ({"ord"} if kind == "sum_of" else frozenset())
        of_powers = kind in _OF_SETS and self.has("power_set")
        operands = [self.level(ends, rels=False, commas=False, overs=joint != "over")]
        listed = kind in _OF_VECTORS and _is_number(operands[0]) and self.has("pause")
        while self._comma_ahead():
            self.at += 1
            if self.peek().senses.get("ord") == "ldots":
                break
            operands.append(self.level(ends, rels=False, commas=False))
        if self.peek().senses.get("ord") == "ldots":
            self.at += 1
            operands.append([_DOTS])
            self.skip("pause")
        else:
            self.skip(joint)
        if listed:
            return [_vector(operands), _vector(self._numbers(stops))]
        if [_DOTS] in operands and self.has("id") and self.has("id", 1) and _is_indexed(operands[0]):
            operands.append(lowered([self._leaf()], self._leaf()))
        else:
            operands.append(self._last_operand(name, stops, of_powers=of_powers and self.has("id")))
        if kind in _OF_VECTORS and "векторов" in name:
            operands = [_arrowed(operand) for operand in operands]
        return operands

    def _comma_ahead(self) -> bool:
        return (self.has("comma") or self.peek().word == ",") and self._operand_ahead(1)

    def _numbers(self, stops: Stops) -> list[Items]:
        """The components of the second vector: "965, 609, 200"."""
        numbers = [self._scoped("atom", stops)]
        while self._comma_ahead() and self.has("num", 1):
            self.at += 1
            numbers.append(self._scoped("atom", stops))
        return numbers

    def _last_operand(self, name: str, stops: Stops, *, of_powers: bool) -> Items:
        """The operand behind «и»; with `of_powers` the first were power sets, and a letter alone is one too."""
        ends = stops | {"factorial"}
        last = self.level(ends, rels=False, commas=False, sums=False, beside=False, muls=False, overs=False)
        last = self.agreed(name, last, stops)
        if last and self._is_angle(last) and last != [Num("1")] and self._divided_ahead():
            self.at += 1
            last = [Frac(row(last), row(self._scoped("atom", stops)))]
        if of_powers and len(last) == 1:
            return [Ident("P", "cal"), *parenthesized(last)]
        return last

    def _divided_ahead(self) -> bool:
        return any(kind in self.peek().senses for kind in _DIVIDED) and self.has("num", 1)


def _without_opposite(piece: Piece) -> Piece:
    """A root without a number at its end that undoes the one before: «корень из икс плюс один минус один»."""
    root = piece.items[0]
    inside = root.radicand.items if isinstance(root, Root) and isinstance(root.radicand, Row) else ()
    if len(inside) < 5 or inside[-1] != inside[-3] or not isinstance(inside[-1], Num):
        return piece
    if {inside[-2], inside[-4]} != {PLUS, MINUS}:
        return piece
    assert isinstance(root, Root)
    return piece._replace(items=[Root(row(list(inside[:-2])), root.index), *inside[-2:]])


def _paired(tokens: Sequence[Token]) -> dict[int, int]:
    """Where what begins at a token ends: for the words whose end is said, the innermost first."""
    found: dict[int, int] = {}
    begun: list[tuple[str, int]] = []
    for at, token in enumerate(tokens):
        kind = token.senses.get("end")
        if kind is None:
            begun += [(name, at) for name, opens in _BEGINS.items() if not opens.isdisjoint(token.senses)]
            continue
        while begun:
            name, start = begun.pop()
            if name == kind or name == "around" and kind in ("absolute", "norm"):
                found[start] = at
                break
    return found


def inflected(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens with the senses that inflection and the words far from them give them."""
    tokens = [token for token in tokens if token.word != "-" or "skip" not in token.senses]
    tokens = _with_maps(_with_decimals(tokens))
    tokens = _with_squares_outside(_with_pairs(_with_brackets(tokens)))
    found = list(tokens)
    matrices = any(not _OF_MATRICES.isdisjoint(token.senses) for token in tokens)
    variable = any(fold(token.word) == "с" and "of" in before.senses for before, token in pairwise(tokens))
    cyrillic = any(fold(token.word) == "х" for token in tokens)
    for at, token in enumerate(tokens):
        if cyrillic and fold(token.word) == "у":
            found[at] = token._replace(senses={**token.senses, "id": "y"})  # beside a Cyrillic x, what looks like y
        elif variable and fold(token.word) == "с":
            # The letter is called as the Latin s, and looks like c: «же от с».
            found[at] = token._replace(senses={**token.senses, "id": "s"})
        elif matrices and token.senses.keys() == {"over"} and token.word == "на":
            # Matrices are not divided: «У на сигма на транспонированную В».
            found[at] = token._replace(senses={"mul": "times"})
        elif "from" in token.senses and "of" in token.senses and _is_of_function(tokens, at):
            found[at] = token._replace(senses={"of": ""})
        elif fold(token.word) == "из" and at and tokens[at - 1].senses.get("fn") in _OF_SEVERAL:
            found[at] = token._replace(senses={"skip": ""})  # «максимум из а и бэ»
        elif _is_argument(tokens, at):
            found[at] = token._replace(senses={"of": ""})
        elif (
            is_participle(token.word)
            and not _DIVIDED.isdisjoint(token.senses)
            and (_divides_sum(tokens, at) or _divides_product(tokens, at))
        ):
            found[at] = token._replace(senses={"agreeing": ""})
        elif is_participle(token.word) and "divided" in token.senses and _is_enclosed(tokens, at):
            found[at] = token._replace(senses={"enclosed": ""})
    return found


def _divides_product(tokens: Sequence[Token], at: int) -> bool:
    """Whether a participle has the ending of the one before: «вероятности …, умноженной на …, деленной на …»."""
    for before in range(at - 1, max(at - 1 - _REACH, -1), -1):
        token = tokens[before]
        if "rel" in token.senses and token.senses["rel"] != "mid":
            return False
        if "mul" in token.senses and is_participle(token.word):
            return tokens[at - 1].word == "," and alike(token.word, tokens[at].word)
    return False


def _is_enclosed(tokens: Sequence[Token], at: int) -> bool:
    """Whether commas stand around the phrase of a participle: «а, деленное на бэ, плюс цэ»."""
    if not at or tokens[at - 1].word != ",":
        return False
    end = next((index for index in range(at + 1, len(tokens)) if "pause" in tokens[index].senses), len(tokens))
    return end + 1 < len(tokens) and "sum" in tokens[end + 1].senses


def _with_brackets(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with every second «скобка» as a bracket that closes."""
    found: list[Token] = []
    depth = 0
    for token in tokens:
        if depth and fold(token.word) in ("скобка", "скобку"):
            token = token._replace(senses={"close": ")"})
        depth += ("open" in token.senses) - ("close" in token.senses)
        found.append(token)
    return found


def _with_maps(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with "эф отображает А в Бэ", "отображение эф из А в Бэ" as signs."""
    found = list(tokens)
    maps = next((at for at, token in enumerate(tokens) if "maps" in token.senses or "map" in token.senses), None)
    if maps is None:
        return found
    named = "map" in tokens[maps].senses
    begin = next((at for at in range(maps, len(tokens)) if fold(tokens[at].word) == "из"), None) if named else maps
    if begin is None:
        return found
    end = next((at for at in range(begin + 2, len(tokens)) if fold(tokens[at].word) in ("в", "во", "на")), None)
    if end is None or end + 1 == len(tokens):
        return found
    found[begin] = found[begin]._replace(senses={"rel": "ordinarycolon"})
    found[end] = found[end]._replace(senses={"rel": "to"})
    return found[:maps] + found[maps + 1 :] if named else found


def _with_decimals(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with digits on both sides of a comma as one number: "0,25", outside brackets."""
    found: list[Token] = []
    depth = 0
    for token in tokens:
        depth += ("open" in token.senses) - ("close" in token.senses)
        comma = found[-1] if found else None
        whole = found[-2] if len(found) > 1 else None
        if (
            whole is not None
            and comma is not None
            and comma.word == ","
            and depth <= 0
            and whole.word.isdigit()
            and token.word.isdigit()
            and whole.end == comma.start
            and comma.end == token.start
        ):
            found[-2:] = [whole._replace(senses={"num": f"{whole.word}.{token.word}"}, end=token.end)]
        else:
            found.append(token)
    return found


def _with_pairs(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with "два запятая три" as two numbers where it fills brackets or a place between commas."""
    found: list[Token] = []
    for at, token in enumerate(tokens):
        value = token.senses.get("num", "")
        if "запятая" in token.word and at and at + 1 < len(tokens):
            before, after = tokens[at - 1].senses, tokens[at + 1].senses
            if ("open" in before or "comma" in before) and ("close" in after or "comma" in after):
                first, _, second = value.partition(".")
                found += [token._replace(senses={"num": first}), token._replace(senses={"comma": ""})]
                token = token._replace(senses={"num": second})
        found.append(token)
    return found


def _with_squares_outside(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with "синус квадрата суммы …" as "квадрат синуса суммы …", which is what people mean by it."""
    found = list(tokens)
    for at in range(len(found) - 2):
        function, power, noun = found[at : at + 3]
        if not any(stem in fold(function.word) for stem in _TRIGONOMETRIC) or "fn" not in function.senses:
            continue
        if "square_of" in power.senses and not _NOUNS.isdisjoint(noun.senses):
            found[at], found[at + 1] = power, function
    return found


def _is_of_function(tokens: Sequence[Token], at: int) -> bool:
    """Whether «от» stands before "функции", and so before no bound."""
    return at + 1 < len(tokens) and fold(tokens[at + 1].word) == "функции"


def _is_argument(tokens: Sequence[Token], at: int) -> bool:
    """Whether «при» stands before an argument: «функция эф при икс»."""
    if fold(tokens[at].word) != "при" or at < 2 or at + 1 >= len(tokens):
        return False
    if "id" not in tokens[at - 1].senses or not fold(tokens[at - 2].word).startswith("функци"):
        return False
    after = [senses for token in tokens[at + 2 : at + 4] if (senses := token.senses)]
    return "id" in tokens[at + 1].senses and not any(senses.get("rel") == "to" for senses in after)


def _divides_sum(tokens: Sequence[Token], at: int) -> bool:
    """Whether a participle agrees with the noun that a sum begins with: «среднему икс минус мю, деленному на сигма»."""
    signs = 0
    for before in range(at - 1, max(at - 1 - _REACH, -1), -1):
        token = tokens[before]
        if "rel" in token.senses:
            return False
        signs += "sum" in token.senses
        if signs and (before == 0 or "rel" in tokens[before - 1].senses):
            return oblique(token.word, tokens[at].word)
    return False


def _is_indexed(items: Items) -> bool:
    return len(items) == 1 and isinstance(items[0], Script) and items[0].sub is not None


def _has_pi(node: Node) -> bool:
    return any(part == Ident("π") for part in walk(node))


def _open_at_infinity(items: Items) -> Items:
    """An interval with round brackets where it is endless."""
    infinity = symbol_node("infty")
    if not items or items[0] not in (Sym("[", "open"), LEFT):
        return items
    first = LEFT if items[1:3] == [MINUS, infinity] else items[0]
    last = RIGHT if items[-2] == infinity else items[-1]
    return [first, *items[1:-1], last]


def _is_of_matrices(token: Token, after: Token) -> bool:
    """Whether words say that letters are matrices: "в обратной матрице", "единичная матрица", "транспонированную В"."""
    if "transpose" in token.senses:
        return "id" in after.senses
    return "identity" in token.senses or "inverse" in token.senses and "матриц" in token.word


def _bold(node: Node) -> Node:
    """The letters of matrices bold, and of vectors; those in scripts stay."""
    match node:
        case Ident(text, "") if text.isascii() or text == "σ":
            return Ident(text if text in "xyz" else text.upper(), "bf")
        case Script(base, sub, sup):
            return Script(_bold(base), sub, sup, node.limits)
        case _:
            return node


def _is_number(items: Items) -> bool:
    return len(items) == 1 and isinstance(items[0], Num)


def _power_of_all(operands: list[Items]) -> tuple[Node, Node] | None:
    """The last letter and its power in "сумма а и бэ в квадрате", where the power is that of the sum."""
    first, last = operands[0], operands[-1]
    if len(operands) != 2 or len(first) != 1 or len(last) != 1 or not isinstance(first[0], Ident):
        return None
    script = last[0]
    if not isinstance(script, Script) or not isinstance(script.sup, Num) or script.sub is not None:
        return None
    return script.base, script.sup


def _vector(components: list[Items]) -> Items:
    items: Items = []
    for component in components:
        items += [COMMA, *component] if items else component
    return [Sym("[", "open"), *items, Sym("]", "close")]


def _arrowed(operand: Items) -> Items:
    """The name of a vector with an arrow."""
    return [Accent(operand[0], "vec")] if len(operand) == 1 and isinstance(operand[0], Ident) else operand


def _sign(kind: str, operands: list[Items]) -> Items:
    """What is written between the operands: nothing between two letters, or where one is a sum."""
    if kind != "product_of":
        return _SIGNS[kind]
    letters = all(isinstance(item, Ident) for operand in operands for item in operand)
    letters = letters or _is_number(operands[0]) and isinstance(operands[-1][0], Ident)
    return [] if letters or any(_is_sum(operand) for operand in operands) else _SIGNS[kind]


def _is_sum(items: Items) -> bool:
    return items != grouped(items) and any(item in (PLUS, MINUS) for item in items)


def _alike(kind: str, operands: list[Items], *, power: bool) -> list[Items]:
    """The operands with the parentheses that they need beside each other."""
    if power or kind == "sum_of":
        return operands
    if kind == "difference_of":
        return [operands[0], *(grouped(operand) if _is_sum(operand) else operand for operand in operands[1:])]
    if kind == "product_of":
        return [grouped(operand) if _is_sum(operand) else operand for operand in operands]
    return [grouped(operand) for operand in operands]
