"""Tokens → tree: one reading, with every question that the words leave open put to `Choices`.

A level is read flat, as a sequence of pieces: factors, signs, products, relations, "over". What a fraction covers is
settled when the level is complete, because it depends on what stands on both sides. Nothing is ever read twice, so a
reading takes time linear in the words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from ... import formulas, symbols, units
from ...errors import ParseError
from ...nodes import (
    Accent,
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
    Sym,
    Text,
    walk,
)
from ...numerals import roman
from ...source import Source
from ...units import by_symbol, is_number
from . import fractions, products, reach
from .fractions import Items, Piece, Reach, begins_with_number, repeats
from .letters import go_together, kind_of
from .lexicon import Lexicon, Token
from .scope import Choices, Policy, Scope
from .units import factors_of

MAX_DEPTH = 100

Stops: TypeAlias = frozenset[str]
_INDICES = frozenset(("i", "j", "k", "l", "m", "n", "p", "q", "r", "s", "t", "N", "M", "K", "T", "ell"))
_INDEX_LETTERS = frozenset("ijklmnpqrstNMKTℓ")
_NUMBER = frozenset(("index_only",))
_FONTS: dict[str, Font] = {
    "bf": "bf",
    "cal": "cal",
    "scr": "scr",
    "bb": "bb",
    "frak": "frak",
    "sf": "sf",
    "rm": "rm",
    "tt": "tt",
}
_GREEK = frozenset("αβγδϵεζηθικλμνξπρστυϕφχψω")
_POWERS = frozenset(("dagger", "squared", "cubed", "power_of", "to_the", "inverse", "transpose", "sup"))
_AFTER_OPERAND = (
    "of",
    "sub",
    "squared",
    "cubed",
    "power_of",
    "to_the",
    "prime",
    "double_prime",
    "mark",
    "open",
    "naught",
    "star",
)
_ENDS_ELEMENT = frozenset(("sub", "naught", "prime", "power_of", "mark", "star", "squared", "to_the"))
_ORDERS = (Ident("O"), Ident("o"))
_BEFORE_LETTER = frozenset(("id", "font", "mark", "vector", "word", "num", "fn"))
_WRITTEN_INDICES = ("i", "j", "k", "m", "n")
_PARTIALS = frozenset(("partial_derivative", "second_partial_derivative"))
_NUMERATOR = 8
"""Within so many tokens after "partial" stands "with respect to", where it is a derivative."""
_ENDS_NUMERATOR = ("rel", "sum", "over", "derivative")
_RAISING = frozenset(("power_of", "to_the", "sup"))
_NEXT_ELEMENT = frozenset(("sub", "naught", "to_the", "power_of", "mark"))
"""What follows a letter that is the next factor, and no part of the subscript before it."""
_INDEX_AFTER_NUMBER = frozenset("abcijkmnαβγμνλ")
_INDEX_AFTER_COMMA = frozenset(map(Ident, "ijkmnαβγμνλ"))
_FUNCTIONS = frozenset(map(Ident, "fghuvFGH"))
_AREAS = frozenset(
    (Ident(first), Ident(second))
    for first, second in ("xy", "yz", "xz", "zx", "uv", "rθ", "θr", "θϕ", "ϕθ", "rϕ", "θz", "rz")
)
"""Variables whose differentials side by side are an element of area, and no derivative."""
_TAKES_OPERAND = ("id", "num", "frac", "fn", "big", "around", "word", "root", "open", "font", "mark")
_FACTORS = frozenset(("id", "num", "mul"))
_OF_LETTER = frozenset(("of", "sub"))
_TIMES_OR_LETTER = frozenset(("id", "mul", "squared", "cubed", "power_of", "to_the", "num", "fn", "root"))
_ONE_CONSTANT = frozenset(("one_constant",))
"""A stop that no token has: the level ends before a second number is added."""
_NO_OPERATOR = frozenset(("times_operator",))
"""A stop that no token has: the level ends before "times the integral"."""
_BOUND = frozenset(("bound",))
"""A stop that no token has: a number takes nothing beside it but pi."""
_INDEX_ENDS = frozenset(
    (
        "unit",
        "end_sub",
        "sup",
        "power_of",
        "to_the",
        "squared",
        "cubed",
        "prime",
        "double_prime",
        "of",
        "index_only",
        "star",
        "dagger",
        "inverse",
        "transpose",
    )
)
"""What ends a subscript. "index_only" is no token either: only what is written together belongs together."""
_OVERS: Stops = frozenset(("over", "divided", "divided_term", "enclosed", "by", "slash"))
_NO_STOPS: Stops = frozenset()
_END = Token({}, "", 0, 0)

_OPERAND_KINDS = (
    "num",
    "frac",
    "id",
    "fn",
    "word_fn",
    "big",
    "around",
    "open",
    "fence",
    "root",
    "cube_root",
    "fourth_root",
    "fifth_root",
    "n_root",
    "ordinal_root",
    "ord",
    "set",
    "font",
    "vector",
    "derivative",
    "second_derivative",
    "third_derivative",
    "partial_derivative",
    "second_partial_derivative",
    "quantity",
    "expected",
    "length",
    "probability",
    "twice",
    "thrice",
    "fraction",
    "numerator",
    "half_of",
    "identity",
    "product_of",
    "sum_of",
    "difference_of",
    "quotient_of",
    "binomial",
    "arrangements",
    "permutations",
    "hypothesis",
    "text",
    "square_of",
    "cube_of",
    "union_of",
    "intersection_of",
    "cartesian_of",
    "dot_of",
    "cross_of",
    "tensor_of",
    "laplacian",
    "transform",
    "degree_root",
    "nth_root",
    "power_set",
    "inverse_of",
    "closure_of",
    "complement_of",
    "set_difference_of",
    "symmetric_difference_of",
    "composition_of",
    "direct_sum_of",
    "hadamard_of",
    "inverse_function",
    "conjugate",
    "transpose",
    "divergence",
    "curl",
    "quantity_name",
)
_SET_REACH = 24
_IN_SETS = frozenset(",:∣…±=<>≤≥≠")
"""What braces stand around for certain: "the set of 0 and 1", but not "the set of A"."""
_OF_SEVERAL = frozenset(("max", "min", "sup", "inf", "gcd", "lcm", "Cov"))
_BRACKETED = frozenset(
    (
        "det",
        "dim",
        "Rank",
        "rank",
        "tr",
        "Var",
        "Cov",
        "diag",
        "supp",
        "span",
        "arccoth",
        "arctanh",
        "arcsinh",
        "arccosh",
        "arcsech",
        "arccsch",
    )
)


MINUS, PLUS = Sym("−", "bin"), Sym("+", "bin")
COMMA = Sym(",", "punct")
_CONTAINS = (Sym("∈", "rel"), Sym("∉", "rel"), Sym("⊂", "rel"), Sym("⊆", "rel"))
"""Relations after which a union that was named before its sets is written in parentheses."""
EQUALS, ARROW = Sym("=", "rel"), Sym("→", "rel")
LEFT, RIGHT = Sym("(", "open"), Sym(")", "close")
FACTORIAL = Sym("!", "close")
_X = Ident("x")
_PRIME = Sym("′", "ord")
_DAGGER = Sym("†", "ord")


def symbol_node(name: str) -> Node:
    """The node of a row of symbols.tsv; "cross" is the product sign that is always written."""
    symbol = symbols.by_name("times" if name == "cross" else name)
    assert symbol is not None, name
    match symbol.cls:
        case "letter":
            return Ident(symbol.char)
        case "fn":
            return Operator(symbol.char)
        case "fnlim":
            return Operator(symbol.char, limits=True)
        case "op" | "int":
            return Sym(symbol.char, "op")
        case "accent" | "wide" | "under":
            return Text(symbol.char)
        case "ord" | "bin" | "rel" | "open" | "close" | "punct" | "inner":
            return Sym(symbol.char, symbol.cls)


def row(items: Items) -> Node:
    """One node of several."""
    return items[0] if len(items) == 1 else Row(tuple(items))


def parenthesized(items: Items) -> Items:
    """The items in parentheses, unless they are already."""
    if len(items) > 2 and items[0] == LEFT and items[-1] == RIGHT and _closes(items) == len(items) - 1:
        return items
    return [LEFT, *items, RIGHT]


def _closes(items: Items) -> int:
    """Where the bracket at the start closes."""
    depth = 0
    for index, item in enumerate(items):
        if isinstance(item, Sym):
            depth += (item.cls == "open") - (item.cls == "close" and item.text != "!")
        elif isinstance(item, Script) and isinstance(item.base, Sym) and item.base.cls == "close":
            depth -= 1
        if depth == 0:
            return index
    return len(items)


class Grammar:
    """One reading of the tokens of a text."""

    def __init__(
        self, source: Source, tokens: Sequence[Token], lexicon: Lexicon, policy: Policy, choices: Choices
    ) -> None:
        self.source, self.tokens, self.lex, self.policy, self.choices = source, tokens, lexicon, policy, choices
        self.at = 0
        self.depth = 0
        self.unread: list[Token] = []
        """Words that meant nothing where they stood, and are left out."""
        self.kept: list[Token] = []
        """Words that are no mathematics, and stand in the formula as they are."""
        self.in_integral = False
        self.in_derivative = False
        self.in_list = False
        """Whether the elements of a set are read, which a relation ends."""
        self.brackets = 0
        """How many brackets are open here."""
        self.with_q = any(token.senses.get("id") == "q" for token in tokens)
        """Whether q is spoken: then "пи" is likely to be the letter before it."""
        self.styles: dict[str, str] = {}
        """What was chosen for the notation of this reading: one reading writes alike what is alike."""
        self.says_ends = any("end_sub" in token.senses for token in tokens)
        """Whether the speaker says where scripts end, and so leaves less to guess."""
        self.function_brackets = reach.brackets(tokens) if lexicon.language == "en" else ""
        """Whether "all" or "none" of the functions have brackets, where they are said in both ways."""
        self.spelled_brackets = any("open" in token.senses and token.word != "(" for token in tokens)
        """Whether parentheses are said, and not typed: a quotient of what is in them is said as it is written."""
        spoken = {token.senses.get("id") for token in tokens}
        self.is_tensorial = {"mu", "nu"} <= spoken
        """Whether both indices of space-time are named, which stand beside letters then."""
        self.is_map = any("ordinarycolon" in token.senses.values() or token.word == ":" for token in tokens)
        """Whether a colon is said, as in "f colon A arrow B"."""
        self.spoken_commas = any("comma" in token.senses for token in tokens)

    # Access

    def peek(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else _END

    def has(self, kind: str, ahead: int = 0) -> bool:
        at = self.at + ahead
        return at < len(self.tokens) and kind in self.tokens[at].senses

    def skip(self, kind: str) -> bool:
        """Past a token of that kind, if it stands here."""
        if self.has(kind):
            self.at += 1
            return True
        return False

    def skip_fillers(self) -> None:
        while self.at < len(self.tokens) and self._is_filler(self.at):
            self.at += 1

    def _is_filler(self, at: int) -> bool:
        senses = self.tokens[at].senses
        return "skip" in senses and len(senses) == 1

    def find(self, kind: str, limit: int = 40, stops: Sequence[str] = ()) -> int | None:
        """How far ahead a token of that kind stands, with none of `stops` before it."""
        for ahead in range(limit):
            at = self.at + ahead
            if at >= len(self.tokens):
                return None
            senses = self.tokens[at].senses
            if kind in senses:
                return ahead
            if any(stop in senses for stop in stops):
                return None
        return None

    def error(self, message: str) -> ParseError:
        token = self.peek() if self.at < len(self.tokens) else (self.tokens[-1] if self.tokens else _END)
        return ParseError(message, self.source, (token.start, token.end))

    def style(self, what: str, options: Sequence[tuple[str, float]]) -> str:
        """A choice of notation, made once in a reading."""
        if what not in self.styles:
            self.styles[what] = self.choices.choose(options)
        return self.styles[what]

    # Levels

    def whole(self) -> Items:
        """All tokens."""
        items: Items = []
        while self.at < len(self.tokens):
            before = self.at
            items += self.level()
            if self.at < len(self.tokens) and self.at == before:
                token = self.peek()
                if "close" in token.senses:
                    items.append(Sym(token.senses["close"], "close"))
                else:
                    self.unread.append(token)
                self.at += 1
        return items

    def level(
        self,
        stops: Stops = _NO_STOPS,
        *,
        sums: bool = True,
        rels: bool = True,
        beside: bool = True,
        muls: bool = True,
        overs: bool = True,
        commas: bool = True,
    ) -> Items:
        """What stands here up to a token of `stops` or one of a kind that is not wanted."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} constructs inside each other")
        pieces: list[Piece] = []
        while self.at < len(self.tokens):
            senses = self.tokens[self.at].senses
            if stops and not stops.isdisjoint(senses) and (pieces or "id" not in senses):
                break
            if pieces and "differential" in stops and (self._is_differential_here() or "wrt" in senses):
                break
            if self._is_filler(self.at):
                self.at += 1
            elif not self._piece(pieces, stops, sums, rels, beside, muls, overs, commas):
                break
        self.depth -= 1
        return self.settle(pieces)

    def _piece(
        self,
        pieces: list[Piece],
        stops: Stops,
        sums: bool,
        rels: bool,
        beside: bool,
        muls: bool,
        overs: bool,
        commas: bool,
    ) -> bool:
        """One more piece; False where the level ends."""
        token = self.tokens[self.at]
        senses = token.senses
        wanting = not pieces or pieces[-1].kind in ("sign", "mul", "rel", "over", "punct")
        if not wanting:
            if self._postfix(pieces) or self._whole_power(pieces) or self._bracketed_before(pieces):
                return True
            infix = self._infix(senses)
            if infix is not None:
                return self._infix_piece(pieces, infix, stops, sums, rels, muls, overs, commas)
        if not wanting and beside and "wrt" in senses and self.in_integral and self._next_is_operand(1):
            self.at += 1
            if self._is_differential_here():
                return True
            pieces.append(Piece("factor", [Ident("d")]))
            return True
        if wanting and "pause" in senses:
            self.at += 1
            return True
        if not pieces and self.depth == 1 and self._scripts_of_nothing(pieces):
            return True
        if not wanting and "root" in senses and self._ends_here(1) and self.lex.language == "en":
            self.at += 1
            self._rooted_before(pieces)
            return True
        if not wanting and "where" in senses and self.depth == 1 and "id" in self.peek(1).senses:
            self.at += 1
            pieces.append(Piece("punct", [COMMA]))
            return True
        if "sum" in senses and wanting:
            if pieces and pieces[-1].kind == "sign" and not sums:
                return False
            self.at += 1
            pieces.append(Piece("sign", [symbol_node(senses["sum"])]))
            return True
        if self._starts_operand(senses, wanting):
            if not wanting and not beside and not self._coefficient(pieces, stops):
                return False
            piece = self.operand(stops, wanting)
            if piece is None:
                return False
            pieces.append(piece)
            return True
        if wanting and "rel" in senses and rels and (pieces or "root_of" not in senses):
            self.at += 1
            pieces.append(Piece("rel", [symbol_node(senses["rel"])]))
            return True
        if wanting and "mul" in senses:
            self.at += 1
            pieces.append(Piece("factor", [symbol_node(senses["mul"])]))
            return True
        return self._unreadable()

    def _infix_piece(
        self,
        pieces: list[Piece],
        infix: str,
        stops: Stops,
        sums: bool,
        rels: bool,
        muls: bool,
        overs: bool,
        commas: bool,
    ) -> bool:
        """What joins the piece before with the next one; False where the level ends."""
        senses = self.tokens[self.at].senses
        if infix == "over" and self._is_scientific():
            self.at += 1
            pieces.append(Piece("mul", [Sym("×", "bin")], "cross"))
            return True
        match infix:
            case "over" | "all_over" | "agreeing" | "enclosed" | "divided" | "divided_term" | "by" | "slash":
                if not overs or not self._operand_ahead(1):
                    return self._unreadable()
                pieces.append(Piece("over", [], infix, self._is_paused()))
                self.at += 1
                return True
            case "sum":
                if not sums and pieces or not stops.isdisjoint(_ONE_CONSTANT) and self._is_constant_again(pieces):
                    return False
                if self._trailing_sign(pieces):
                    return True
                pieces.append(Piece("sign", [symbol_node(senses["sum"])], "", self._is_paused()))
                self.at += 1
                return True
            case "mul":
                if not muls or not stops.isdisjoint(_NO_OPERATOR) and self._is_operator_ahead():
                    return False
                self.at += 1
                pieces.append(Piece("mul", [symbol_node(senses["mul"])], senses["mul"]))
                return True
            case "rel":
                if not rels:
                    return False
                self.at += 1
                pieces.append(Piece("rel", [symbol_node(senses["rel"])]))
                return True
            case "comma" | "semicolon" | "pause":
                return commas and self._punctuation(pieces, infix)
            case "choose":
                return self._choose(pieces, stops)
            case "mod":
                self.at += 1
                argument = self.level(stops, rels=False, commas=False)
                pieces.append(Piece("factor", [LEFT, Operator("mod"), *argument, RIGHT]))
                return True
            case "evaluated":
                return self._evaluated(pieces)
            case _:  # "to"
                return self._range(pieces)

    def _is_paused(self) -> bool:
        """Whether a comma stands right before this word: "a plus b, over c"."""
        return self.lex.language == "en" and self.at > 0 and self.tokens[self.at - 1].senses.get("pause") == ","

    def _is_operator_ahead(self) -> bool:
        """Whether a product with an integral or a sum stands here: "times the integral"."""
        ahead = 1
        while self.at + ahead < len(self.tokens) and self._is_filler(self.at + ahead):
            ahead += 1
        return self.has("big", ahead)

    def _is_constant_again(self, pieces: list[Piece]) -> bool:
        """Whether a number is added to one: "the square root of x plus 5 minus 3", where the root ends before it."""
        if len(pieces) < 3 or not self.has("num", 1) or self.lex.language == "ru":
            return False
        alone = pieces[-2].kind == "sign" and len(pieces[-1].items) == 1 and isinstance(pieces[-1].items[0], Num)
        return alone and _TIMES_OR_LETTER.isdisjoint(self.peek(2).senses)

    def _choose(self, pieces: list[Piece], stops: Stops) -> bool:
        """A binomial coefficient: "n choose k"."""
        self.at += 1
        below = self.level(stops, sums=False, rels=False, beside=False, muls=False, overs=False, commas=False)
        above = pieces.pop().items
        pieces.append(Piece("factor", [Fence("(", Frac(row(above), row(below), bar=False), ")")]))
        return True

    def _is_scientific(self) -> bool:
        """Whether it is "шесть на десять в двадцать третьей": a product with a power of ten."""
        ten = self.peek(1).senses.get("num") == "10"
        return self.lex.language == "ru" and ten and not _RAISING.isdisjoint(self.peek(2).senses)

    def _scripts_of_nothing(self, pieces: list[Piece]) -> bool:
        """Reads "sub i" where nothing stands before it."""
        senses = self.peek().senses
        if self.at or "id" in senses or not ("sub" in senses or "sup" in senses or "power_of" in senses):
            return False
        handler = self._postfix_handler(senses)
        items = None if handler is None else handler([Script(Row())])
        if items:
            pieces.append(Piece("factor", items))
        return bool(items)

    def _coefficient(self, pieces: list[Piece], stops: Stops) -> bool:
        """Whether the last factor is a number, which goes with what follows ("2 pi")."""
        last = pieces[-1].items
        if pieces[-1].kind != "factor" or len(last) != 1 or not isinstance(last[0], Num | Frac):
            return False
        if "bound" in stops:
            return self.peek().senses.get("id") == "pi"
        if "index_only" in stops:
            return self.peek().glued
        return not (isinstance(last[0], Frac) and any(kind in self.peek(1).senses for kind in _POWERS))

    def _infix(self, senses: object) -> str | None:
        assert isinstance(senses, dict)
        for kind in (
            "sum",
            "mul",
            "rel",
            "over",
            "all_over",
            "agreeing",
            "enclosed",
            "divided",
            "divided_term",
            "by",
            "slash",
            "comma",
            "semicolon",
            "pause",
            "choose",
            "mod",
            "evaluated",
            "to",
        ):
            if kind in senses:
                if kind in ("over", "by", "divided") and "id" in senses:
                    continue
                return kind
        return None

    def _operand_ahead(self, ahead: int) -> bool:
        return self.at + ahead < len(self.tokens)

    def _starts_operand(self, senses: object, wanting: bool) -> bool:
        assert isinstance(senses, dict)
        if not wanting and "and" in senses:
            return False
        if senses.get("ordinal", "0").isalpha() and self.lex.language == "en":
            return True
        if any(kind in senses for kind in _OPERAND_KINDS):
            return wanting or not ("id" in senses and "to_the" in senses)
        if "word" in senses:
            return True
        if wanting and "mark" in senses:
            return "mul" not in senses or self._next_is_operand(1)
        return wanting and self._is_misheard()

    def _is_misheard(self) -> bool:
        """Whether a word that means something else must be a letter here: nothing that could be its object follows."""
        if self.peek().word.lower() not in self.lex.heard:
            return False
        after = self.peek(1).senses
        if self.lex.heard[self.peek().word.lower()][0].isdigit():
            return "id" in after or "rel" in after or not any(kind in after for kind in _TAKES_OPERAND)
        return not any(kind in after for kind in _TAKES_OPERAND)

    def _unreadable(self) -> bool:
        """Past a word that means nothing here, unless an outer level may know it."""
        token = self.peek()
        if self.depth > 1:
            return False
        self.unread.append(token)
        self.at += 1
        return True

    def _punctuation(self, pieces: list[Piece], infix: str) -> bool:
        token = self.peek()
        silent = self.spoken_commas and not self._beside_dots()
        if infix == "pause" and (token.word not in ",;:" or silent or self._is_dictated() or not self._list_follows()):
            self.at += 1
            return True
        if infix != "pause" and self.depth > 1 and not self._list_follows():
            return False
        if self.in_list and self._relation_follows():
            return False
        self.at += 1
        sign = ";" if infix == "semicolon" or token.word == ";" else ","
        pieces.append(Piece("punct", [Sym(sign, "punct")]))
        return True

    def _is_difference(self, ahead: int) -> bool:
        """Whether "minus" stands there, which goes on with the sum after a pause, as "negative" does not."""
        token = self.peek(ahead)
        return token.senses.get("sum") == "minus" and token.word.lower() not in ("negative", "-")

    def _is_dictated(self) -> bool:
        """Whether the comma here only parts what is dictated: "close parenthesis, x"."""
        before = self.tokens[self.at - 1]
        dictated = self.lex.language == "en" and "close" in before.senses and before.word[0].isalpha()
        return dictated and not self.has("rel", 2)

    def _relation_follows(self) -> bool:
        """Whether what stands after the comma is the left side of a relation: "…, y is in B"."""
        ahead = 2
        while self.has("sub", ahead) or self.has("id", ahead) or self.has("num", ahead):
            ahead += 1
        return ahead < 6 and self.has("id", 1) and self.peek(ahead).senses.get("rel") == "in"

    def _beside_dots(self) -> bool:
        """Whether the comma here stands before or after dots, and so belongs to a list."""
        before = self.tokens[self.at - 1].senses if self.at else {}
        return before.get("ord") == "ldots" or self.peek(1).senses.get("ord") == "ldots"

    def _list_follows(self) -> bool:
        after = self.peek(1).senses
        if self.has("pause") and ("open" in after or "fence" in after or after.get("sum") == "plus"):
            return False
        if self.has("pause") and self.lex.language == "en" and self._is_difference(1):
            return False
        return any(kind in after for kind in _OPERAND_KINDS) or "sum" in after or "pause" in after or "mark" in after

    # Postfixes

    def _postfix(self, pieces: list[Piece]) -> bool:
        """A power, subscript, accent or the like on the last factor."""
        if self.has("factorial") and self._is_even_or_odd(pieces):
            start = -2 if pieces[-2].kind == "factor" else -4
            self.at += 1
            pieces[start:] = [Piece("factor", [LEFT, *self._product(pieces[start:]), RIGHT, FACTORIAL])]
            return True
        if self._is_powered_again(pieces):
            start = len(pieces)
            while start > 0 and pieces[start - 1].kind in ("factor", "sign", "mul"):
                start -= 1
            pieces[start:] = [Piece("factor", parenthesized(self._product(pieces[start:])))]
        last = pieces[-1]
        if self.has("factorial") and self._is_short_difference(pieces):
            self.at += 1
            pieces[-3:] = [Piece("factor", [LEFT, *self._product(pieces[-3:]), RIGHT, FACTORIAL])]
            return True
        if self._powers_sum(pieces):
            senses = self.peek().senses
            self.at += 1
            inside = [LEFT, *self._product(pieces[-3:]), RIGHT]
            pieces[-3:] = [Piece("factor", raised(inside, Num("2" if "squared" in senses else "3")))]
            return True
        if last.kind not in ("factor", "operator") or not last.items:
            return False
        senses = self.peek().senses
        items = parenthesized(last.items) if last.note == "sum" else last.items
        handler = self._postfix_handler(senses)
        if handler is None:
            return False
        changed = handler(items)
        if changed is None:
            return False
        pieces[-1] = Piece(last.kind, changed)
        power = _alternating(pieces)
        if power is not None:
            pieces[-2:] = [Piece("factor", raised([LEFT, MINUS, Num("1"), RIGHT], power))]
        return True

    def _trailing_sign(self, pieces: list[Piece]) -> bool:
        """Reads "pi plus" at the end of a side: the sign is a superscript."""
        after = self.peek(1).senses
        if self.at + 1 < len(self.tokens) and not ("rel" in after or "close" in after or "of" in after):
            return False
        alone = len(pieces) == 1 or pieces[-2].kind not in ("sign", "factor", "operator", "over")
        last = pieces[-1].items
        if not alone or len(last) != 1 or not isinstance(last[0], Ident | Accent | Script) or _is_powered(last[0]):
            return False
        sign = symbol_node(self.peek().senses["sum"])
        self.at += 1
        above = self.choices.choose((("above", 0.0), ("below", 0.4))) == "above"
        pieces[-1] = Piece("factor", (raised if above else lowered)(pieces[-1].items, sign))
        return True

    def _is_short_difference(self, pieces: list[Piece]) -> bool:
        """Whether "n minus k factorial" ends here, which means (n − k)!, or "n plus 1 factorial"."""
        if len(pieces) < 3 or len(pieces) > 3 and pieces[-4].kind in ("operator", "sign"):
            return False
        if len(pieces) > 3 and pieces[-4].kind == "factor" and pieces[-4].items[-1:] != [FACTORIAL]:
            return False
        first, sign, second = pieces[-3:]
        if first.kind != "factor" or second.kind != "factor":
            return False
        if sign.items != [MINUS] and not (sign.items == [PLUS] and second.items == [Num("1")]):
            return False
        if not all(len(piece.items) == 1 and isinstance(piece.items[0], Ident | Num) for piece in (first, second)):
            return False
        return self.choices.choose((("both", 0.0), ("last", 1.0))) == "both"

    def _postfix_handler(self, senses: object) -> Callable[[Items], Items | None] | None:
        assert isinstance(senses, dict)
        for kind, handler in _POSTFIXES:
            if kind in senses:
                return getattr(self, handler.__name__)  # type: ignore[no-any-return]
        return None

    def _is_even_or_odd(self, pieces: list[Piece]) -> bool:
        """Whether it is "two n factorial" or "two n plus one factorial", which mean (2n)! and (2n + 1)!."""
        if self.lex.language == "ru":
            return False
        if len(pieces) > 3 and pieces[-2].kind == "sign" and pieces[-1].items == [Num("1")]:
            pieces = pieces[:-2]
        if len(pieces) < 2 or pieces[-2].items != [Num("2")] or len(pieces) > 2 and pieces[-3].kind == "factor":
            return False
        letters = pieces[-1].items
        return pieces[-2].kind == "factor" and len(letters) == 1 and isinstance(letters[0], Ident)

    def _is_powered_again(self, pieces: list[Piece]) -> bool:
        """Whether "squared" follows a power, and so is of all before it: "x squared plus y squared squared"."""
        if not (self.has("squared") or self.has("cubed")) or len(pieces) < 2 or pieces[-1].kind != "factor":
            return False
        last = pieces[-1].items[-1] if pieces[-1].items else None
        powered = isinstance(last, Script) and last.sup is not None and is_power(last.sup)
        return powered and isinstance(last, Script) and isinstance(last.base, Ident | Num)

    def _powers_sum(self, pieces: list[Piece]) -> bool:
        """Whether "n plus 1 squared" means the square of the sum."""
        if not (self.has("squared") or self.has("cubed")) or len(pieces) < 3 or pieces[-2].kind != "sign":
            return False
        if len(pieces) > 3 and pieces[-4].kind in ("factor", "operator", "sign"):
            return False
        first, last = pieces[-3], pieces[-1]
        if first.kind != "factor" or len(first.items) != 1 or last.items[:1] in ([], [Ident("x")], [Ident("y")]):
            return False
        again = isinstance(last.items[0], Script) and last.items[0].base == first.items[0] and not last.items[0].sup
        if not again and not (isinstance(last.items[0], Num) and isinstance(first.items[0], Ident)):
            letters = len(last.items) == 1 and isinstance(last.items[0], Ident) and isinstance(first.items[0], Ident)
            return letters and self.choices.choose((("last", 0.0), ("both", 1.3))) == "both"
        return self.choices.choose((("both", 0.0), ("last", 0.5))) == "both"

    def _fixed_power(self, items: Items) -> Items | None:
        senses = self.peek().senses
        self.at += 1
        power: Node = Num("2" if "squared" in senses else "3")
        return raised(items, power)

    def _halved(self, items: Items) -> Items | None:
        """Reads "альфа пополам"."""
        self.at += 1
        return [*items[:-1], Frac(items[-1], Num("2"))]

    def _power_of(self, items: Items) -> Items | None:
        self.at += 1
        return self._raise(items, written=True)

    def _to_the(self, items: Items) -> Items | None:
        if "id" in self.peek().senses and not self._power_ahead() and not self.has("sum", 1):
            return None
        if not self._operand_ahead(1):
            return None
        if self.peek().word.lower() == "to a" and not self._power_ahead():
            return None
        self.at += 1
        return self._raise(items)

    def _power_ahead(self) -> bool:
        """Whether "power" comes after the exponent, or it is an ordinal."""
        return self.has("ordinal", 1) or self.find("power", 6, ("rel", "pause")) is not None

    def _raise(self, items: Items, *, written: bool = False) -> Items:
        """The last item with the power said here; `written` says that it was "to the power of", not only "to the"."""
        self.skip_fillers()
        signs: Items = []
        if self.has("sum") and self.has("ordinal", 1):
            signs.append(symbol_node(self.peek().senses["sum"]))
            self.at += 1
        if self.has("ordinal"):
            token = self.peek()
            self.at += 1
            value = token.senses["ordinal"]
            self.skip("power")
            exponent: Items = [*signs, Num(value) if value[0].isdigit() else Ident(value)]
            return raised(items, row(exponent))
        if self.has("sum") and self.has("ordinal", 1):
            self.at += 1
            return self._negative_power(items)
        if self.has("sum") and not self._starts_operand(self.peek(1).senses, False):
            sign = symbol_node(self.peek().senses["sum"])
            self.at += 1
            self.skip("power")
            return raised(items, sign)
        distance = self.find("power", 9, ("rel", "pause", "power_of", "squared", "to_the", "comma"))
        if distance is not None:
            exponent = self.level(frozenset(("power",)), rels=False)
            self.skip("power")
            return raised(items, row(exponent)) if exponent else items
        exponent = self._exponent(items[-1], written)
        if not exponent:
            return items
        return raised(items, row(exponent))

    def _negative_power(self, items: Items) -> Items:
        """Reads "minus second power": the sign before an ordinal."""
        sign = symbol_node(self.tokens[self.at - 1].senses["sum"])
        value = self.peek().senses["ordinal"]
        self.at += 1
        self.skip("power") or self.skip("power_of")
        return raised(items, row([sign, Num(value) if value[0].isdigit() else Ident(value)]))

    def _exponent(self, base: Node, written: bool) -> Items:
        scope = self.policy.power
        if scope == "auto":
            scope = "sum" if self._is_russian_exponential(base) else "atom"
        scope = self.choices.choose(_scopes(scope))  # type: ignore[assignment]
        stops = frozenset(("end_sub", "unit", "differential")) if self.in_integral else frozenset(("end_sub", "unit"))
        if scope == "sum":
            exponent = self.level(stops, rels=False, commas=False)
        elif scope == "term":
            exponent = self.level(stops, rels=False, sums=False, commas=False)
        else:
            if isinstance(base, Ident | Script) and base != Ident("e"):
                stops |= {"of"}
            if isinstance(base, Operator):
                stops |= _NUMBER
            if written:
                stops |= self._of_base(base)
            if self.has("frac") and self.lex.language == "en":
                stops |= {"squared", "cubed"}
            exponent = self.level(stops, rels=False, sums=False, commas=False, beside=False, muls=False, overs=False)
            if base == Ident("e"):
                exponent = self._exponential_run(exponent, stops)
            else:
                run = self._run(exponent) if self._may_run(exponent, written) and not isinstance(base, Operator) else []
                exponent = self._with_index_sum([*exponent, *run])
            if written and (self.has("comma") or self.lex.language == "en" and self.peek().word == ","):
                exponent = self._with_commas(exponent)
            if written and self.lex.language == "en" and self._is_quotient_exponent(base, exponent):
                exponent = self._quotient_exponent(exponent, stops)
        if self.lex.language == "en":
            exponent = self._slashed(exponent)
        self.skip("end_sub")
        return exponent

    def _may_run(self, exponent: Items, written: bool) -> bool:
        """Whether letters after an exponent may belong to it: after "to the power of", or where all are Greek."""
        greek = len(exponent) == 1 and isinstance(exponent[0], Ident) and kind_of(exponent[0]) == "greek"
        return greek or written and self.lex.language == "en"

    def _is_quotient_exponent(self, base: Node, exponent: Items) -> bool:
        """Whether "over 2" after an exponent belongs to it: always after e to a negative power, else only "over"."""
        if not exponent or _OVERS.isdisjoint(self.peek().senses) or not self._operand_ahead(1):
            return False
        if base == Ident("e"):
            return exponent[0] == MINUS
        return self.has("over") and _RAISING.isdisjoint(self.peek(2).senses)

    def _quotient_exponent(self, above: Items, stops: Stops) -> Items:
        """Reads "over 2" after an exponent, as part of it."""
        if self.choices.choose((("in", 0.0), ("out", 1.0))) == "out":
            return above
        sign = above[:1] if isinstance(above[0], Sym) and above[0].cls == "bin" else []
        self.at += 1
        below = self.level(stops, rels=False, sums=False, commas=False, beside=False, muls=False, overs=False)
        return [*sign, Frac(row(above[len(sign) :]), row([*below, *self._run(below)]))]

    def _exponential_run(self, exponent: Items, stops: Stops) -> Items:
        """The factors in an exponent of e: "e to the i k x"."""
        while exponent and not stops.intersection(self.peek().senses):
            token = self.peek()
            logarithm = token.senses.get("fn") in ("log", "ln")
            if not logarithm and not any(kind in token.senses for kind in ("id", "num", "around")):
                break
            if self._is_differential_here():
                break
            if self._differential(0) is not None or self.has("of", 1):
                break
            if token.senses.get("id") == "e" and not _RAISING.isdisjoint(self.peek(1).senses):
                break
            factor = self.level(stops, sums=False, rels=False, beside=False, muls=False, overs=False, commas=False)
            exponent = [*exponent, *factor]
        return exponent

    def _is_russian_exponential(self, base: Node) -> bool:
        """Reads "е в степени икс плюс пи": the whole sum, if it is not the numerator of a fraction."""
        if self.lex.language != "ru" or base != Ident("e") or self.has("num") and not self.has("id", 1):
            return False
        return all(self.find(kind, 20, ("rel",)) is None for kind in ("divided", "divided_term"))

    def _slashed(self, exponent: Items) -> Items:
        """Fractions of two numbers in an exponent are written with a slash: x^{1/2}."""
        out: Items = []
        if len(exponent) > 2 or len(exponent) == 2 and not isinstance(exponent[0], Sym):
            return exponent
        for item in exponent:
            if isinstance(item, Frac) and isinstance(item.num, Num) and isinstance(item.den, Num):
                stacked = self.style("exponent", (("slash", 0.0), ("fraction", 0.5))) == "fraction"
                out += [item] if stacked else [item.num, Sym("/", "ord"), item.den]
            else:
                out.append(item)
        return out

    def _of_base(self, base: Node) -> Stops:
        """Where the exponent of this base ends besides: in "f to the power of a sub b" both are of f."""
        signed = isinstance(base, Num) and (self.has("sum") or "." in self.peek().senses.get("num", ""))
        if not signed and not isinstance(base, Ident | Accent) or base == Ident("e") or _is_blackboard(base):
            return _NO_STOPS
        distance = self.find("sub", 4, ("end_sub", "rel", "power_of", "of"))
        if distance is None or self.find("end_sub", 8, ("rel",)) is not None:
            return _NO_STOPS
        outer = self.choices.choose((("outer", 0.0), ("inner", 0.7))) == "outer"
        return frozenset(("sub",)) if outer else _NO_STOPS

    def _sup(self, items: Items) -> Items | None:
        self.at += 1
        exponent = self._script(self._of_base(items[-1]))
        return raised(items, row(exponent)) if exponent else None

    def _sub(self, items: Items) -> Items | None:
        self.at += 1
        script = self._script()
        return lowered(items, row(script)) if script else None

    def _naught(self, items: Items) -> Items | None:
        self.at += 1
        return lowered(items, Num("0"))

    def _ordinal_index(self, items: Items) -> Items | None:
        index = self.peek().senses["index"]
        self.at += 1
        node = Num(index) if index.isdigit() else Ident(index)
        last = items[-1]
        if isinstance(last, Script) and last.sub is not None:
            return [*items[:-1], Script(last.base, Row((*_parts(last.sub), node)), last.sup, last.limits)]
        return lowered(items, node)

    def _index_sum(self, first: Node) -> bool:
        """Whether "plus 1" or the like follows an index and so belongs to it: "n minus 1", "j plus k"."""
        if not self.has("sum") or self.peek().senses["sum"] not in ("plus", "minus"):
            return False
        number, after = self.peek(1).senses, self.peek(2).senses
        if "num" in number:
            one = number["num"] == "1" and self.lex.language == "en"
            return len(number["num"]) == 1 and (one or "id" not in after)
        if number.get("id", "") not in _INDICES or any(kind in after for kind in _AFTER_OPERAND):
            return False
        return first == Num("1") or isinstance(first, Ident) and first.text in _INDEX_LETTERS

    def _with_index_sum(self, script: Items) -> Items:
        """An exponent or subscript with the "minus 1" that goes with it."""
        if len(script) != 1 or not _is_index(script[0]) or not self._index_sum(script[0]):
            return script
        if self.choices.choose((("with", 0.0), ("without", 1.0))) == "without":
            return script
        return [*script, *self._signed_leaf()]

    def _with_commas(self, script: Items) -> Items:
        """A subscript with the other subscripts after commas: "sub 1 comma 2"."""
        while (element := self._element_ahead(script)) is not None:
            if self._continued(script, element) == "without":
                break
            self.at += 1
            script = [*script, COMMA, *self._signed_leaf()]
            script += self._run(script)
            if _is_index(script[-1]) and self._index_sum(script[-1]):
                script += self._signed_leaf()
        return script

    def _element_ahead(self, script: Items) -> Token | None:
        """The letter or number after a comma that may be the next subscript."""
        if not script or not (self.has("comma") or self.peek().word == ","):
            return None
        if self.lex.language == "en" and self.has("pause") and self._is_difference(1):
            return None
        ahead = 2 if self.has("sum", 1) else 1
        element, after = self.peek(ahead), self.peek(ahead + 1)
        if "num" in element.senses:
            ends = _NEXT_ELEMENT if isinstance(script[-1], Num) else _ENDS_ELEMENT
            return element if ends.isdisjoint(after.senses) else None
        if "id" not in element.senses or not _ENDS_ELEMENT.isdisjoint(after.senses) or "num" in after.senses:
            return None
        if element.senses["id"] == "d" and "id" in after.senses:
            return None
        return element

    def _continued(self, script: Items, element: Token) -> str:
        """Whether the element after a comma is a subscript too ("with"), as people mostly mean it outside brackets."""
        last, node = script[-1], Num("1") if "num" in element.senses else letter(element.senses["id"])
        numbers = isinstance(node, Num) and (isinstance(last, Num) or not self.brackets)
        likely = numbers or go_together(last, node, ending=True)
        if not self.brackets:
            likely = likely or isinstance(last, Ident) or self._is_small(node)
        ends = "sum" in self.peek(2).senses or self.at + 2 >= len(self.tokens)
        again = node in script and isinstance(node, Ident) and not ends
        if self.peek().word == "," and (again or self.brackets and not numbers):
            likely = False
        first, second = ("with", "without") if likely else ("without", "with")
        return self.choices.choose(((first, 0.0), (second, 1.0)))

    def _is_small(self, node: Node) -> bool:
        """Whether it is an index after a number and a comma; any small letter is after a spoken comma."""
        if not isinstance(node, Ident):
            return False
        return node in _INDEX_AFTER_COMMA or self.has("comma") and kind_of(node) in ("small", "greek")

    def _signed_leaf(self) -> Items:
        """A letter or number with the sign before it, if it has one."""
        sign: Items = []
        if self.has("sum"):
            sign = [symbol_node(self.peek().senses["sum"])]
            self.at += 1
        if "num" in self.peek().senses:
            self.at += 1
            return [*sign, Num(self.tokens[self.at - 1].senses["num"])]
        return [*sign, self._leaf()]

    def _script(self, stops: Stops = _NO_STOPS) -> Items:
        """A subscript or superscript in words: an operand, its own subscript, and letters beside it."""
        self.skip_fillers()
        while self.has("pause"):
            self.at += 1
        if self.peek().word.lower() in self.lex.index_words:
            self.at += 1
            return [Ident(self.tokens[self.at - 1].word.lower(), "rm")]
        if self.has("rel") and not self.has("id") or self.has("mul") and not self.has("id") and not self.has("mark"):
            name = self.peek().senses.get("rel") or self.peek().senses["mul"]
            self.at += 1
            return [symbol_node(name)]
        if self.has("fn"):
            self.at += 1
            return [symbol_node(self.tokens[self.at - 1].senses["fn"])]
        if self.has("star"):
            self.at += 1
            return [Sym("∗", "bin")]
        if self.has("prime"):
            self.at += 1
            return [_PRIME]
        if self.has("dagger"):
            self.at += 1
            return [_DAGGER]
        if self.has("sum") and not self._next_is_operand(1):
            name = self.peek().senses["sum"]
            self.at += 1
            return [symbol_node(name)]
        script = self.level(
            _INDEX_ENDS | stops,
            sums=False,
            rels=False,
            beside=False,
            muls=False,
            overs=False,
            commas=False,
        )
        if self.policy.subscript != "one":
            script = self._with_index_sum([*script, *self._run(script)])
            if self.has("prime") and self._takes_prime(script):
                self.at += 1
                script = primed(script, 1)
            script = self._with_commas(script)
        self.skip("end_sub")
        return script

    def _takes_prime(self, script: Items) -> bool:
        """Whether "sub alpha prime" means the index alpha prime, and not the prime of what has the index."""
        if self.says_ends or len(script) != 1 or not isinstance(script[0], Ident):
            return False
        if kind_of(script[0]) not in ("capital", "greek"):
            return False
        return self.choices.choose((("inner", 0.0), ("outer", 0.7))) == "inner"

    def _next_is_operand(self, ahead: int) -> bool:
        senses = self.peek(ahead).senses
        return any(kind in senses for kind in ("num", "id", "frac", "ord"))

    def _run(self, before: Items) -> Items:
        """More letters that belong to the same subscript or arguments ("sub i j"): letters of one family."""
        run: Items = []
        last = before[-1] if before else None
        while isinstance(last, Ident | Num):
            token = self.peek()
            if "num" in token.senses and isinstance(last, Num) and len(last.text) == len(token.senses["num"]) == 1:
                node: Node = Num(token.senses["num"])
            elif "id" in token.senses and "and" not in token.senses and self._continues(last, token):
                node = letter(token.senses["id"])
            else:
                break
            self.at += 1
            run.append(node)
            last = node
        return run

    def _continues(self, last: Node, token: Token) -> bool:
        """Whether a letter belongs to the subscript before it."""
        if token.glued:
            return True
        after = self.peek(1).senses
        if not _NEXT_ELEMENT.isdisjoint(after) or self._is_differential_here():
            return False
        node = letter(token.senses["id"])
        ending = self.at + 1 == len(self.tokens) or any(kind in after for kind in ("rel", "close", "sum", "sup"))
        if isinstance(last, Num):
            return ending and last.text != "0" and isinstance(node, Ident) and node.text in _INDEX_AFTER_NUMBER
        if node == Ident("d") and "id" in after or "of" in after and node in _FUNCTIONS:
            return False
        if "prime" in after and self.has("of", 2):
            return False
        return last == node or go_together(last, node, ending=ending)

    def _leaf(self) -> Node:
        token = self.peek()
        self.at += 1
        return letter(token.senses["id"])

    def _prime_mark(self, items: Items) -> Items | None:
        senses = self.peek().senses
        count = 3 if "triple_prime" in senses else 2 if "double_prime" in senses else 1
        self.at += 1
        return primed(items, count)

    def _inverse(self, items: Items) -> Items | None:
        self.at += 1
        return raised(items, Row((MINUS, Num("1"))))

    def _transpose(self, items: Items) -> Items | None:
        self.at += 1
        return raised(items, Ident("T"))

    def _star(self, items: Items) -> Items | None:
        self.at += 1
        return raised(items, Sym("∗", "bin"))

    def _dagger(self, items: Items) -> Items | None:
        self.at += 1
        return raised(items, _DAGGER)

    def _factorial(self, items: Items) -> Items | None:
        self.at += 1
        if isinstance(items[-1], Frac):
            return [*items[:-1], LEFT, items[-1], RIGHT, FACTORIAL]
        return [*items, FACTORIAL]

    def _unit(self, items: Items) -> Items | None:
        """Reads "kilograms" after a number: money stands before it, a degree above it."""
        if not is_number(items[-1]):
            return None
        factors = factors_of(self.peek().senses["unit"])
        self.at += 1
        return units.behind(items, factors)

    def _degrees(self, items: Items) -> Items | None:
        if not isinstance(items[-1], Num | Ident):
            return None
        self.at += 1
        return raised(items, Sym("∘", "bin"))

    def _mark(self, items: Items) -> Items | None:
        """Reads "x hat": the accent goes on the letter, not on its subscript."""
        name = self.peek().senses["mark"]
        if "mul" in self.peek().senses and (self._next_is_operand(1) or self.has("vector", 1)):
            return None
        last = items[-1]
        if not isinstance(last, Ident | Accent | Script):
            return None
        self.at += 1
        if isinstance(last, Script):
            return [*items[:-1], _replace_base(last, Accent(last.base, name))]
        accented: Items = [*items[:-1], Accent(last, name)]
        if self.has("num") and isinstance(last, Ident) and self._is_index():
            self.at += 1
            return lowered(accented, Num(self.tokens[self.at - 1].senses["num"]))
        return accented

    def _of(self, items: Items) -> Items | None:
        """Reads "f of x"."""
        last = items[-1]
        base = last
        while isinstance(base, Script | Accent):
            base = base.base
        if isinstance(last, Frac | Num) or isinstance(base, Num):
            self.at += 1
            return items
        if not isinstance(base, Ident | Operator | Text) and base not in (
            Sym(")", "close"),
            Sym("∇", "ord"),
            Sym("∂", "ord"),
        ):
            self.at += 1
            return items
        if base == Sym("∇", "ord") or base == Sym("∂", "ord"):
            self.at += 1
            return items
        self.at += 1
        self.brackets += 1
        argument = self._arguments(base)
        self.brackets -= 1
        if not argument:
            return items
        return [*items, *parenthesized(argument)]

    def _arguments(self, function: Node) -> Items:
        """What stands after "f of": an operand, or several with commas between them; after "big O of" a sum."""
        self.skip_fillers()
        scope = self.policy.function
        if scope == "auto":
            scope = "sum" if function in _ORDERS and not self._is_spelled() else "atom"
        scope = self.choices.choose(_scopes(scope))  # type: ignore[assignment]
        powers = self._after_argument(function, scope)
        argument = self.agreed("", self._scoped(scope, powers), powers)
        if argument == [Ident("d")] and self.has("id"):
            argument = [*argument, self._leaf()]
        letters = [item for item in argument if isinstance(item, Ident)]
        is_letter = len(letters) == len(argument) == 1
        if "and" in self.peek().senses and is_letter and self.has("id", 1) and self._ends_here(2):
            self.at += 1
            return [*argument, COMMA, self._leaf()]
        while (
            self.has("comma") or (self.has("pause") and self.peek().word == "," and not self.spoken_commas)
        ) and self._list_follows():
            if self._is_function(2):
                break
            self.at += 1
            argument += [COMMA, *self._scoped(scope, powers)]
        if len(letters) == len(argument) and 0 < len(letters) < 4 and self.has("id") and scope == "atom":
            argument = self._more_letters(argument)
        if scope == "atom" and len(argument) == 1 and self._is_last_term(argument[0], function):
            argument = self._with_last_term(argument)
        if argument == [Num("1")] and not _OVERS.isdisjoint(self.peek().senses) and self._operand_ahead(1):
            self.at += 1
            return [Frac(argument[0], row(self._scoped("atom", powers)))]
        if scope == "atom" and len(argument) == 1 and self.lex.language == "en":
            argument = self._joined_argument(argument, powers)
        while argument and self.peek().senses.get("rel") == "mid" and self._operand_ahead(1):
            self.at += 1
            argument += [Sym("∣", "rel"), *self._scoped("atom", powers)]
            while self.has("comma") or self.peek().word == "," and self._list_follows():
                self.at += 1
                argument += [COMMA, *self._scoped("atom", powers)]
        return argument

    def _joined_argument(self, argument: Items, powers: Stops) -> Items:
        """The argument with what the words after it join to it: "A union B", "t minus t prime"."""
        is_set = reach.is_set_operation(self.tokens, self.at)
        is_sum = reach.is_sum(self.tokens, self.at, argument[0])
        if not (is_set or is_sum):
            return argument
        if self.choices.choose((("inner", 0.0), ("outer", 0.5))) == "outer":
            return argument
        senses = self.peek().senses
        self.at += 1
        increment = [self._leaf()] if is_sum and reach.is_increment(self.tokens, self.at) else []
        sign = symbol_node(senses["mul"] if is_set else senses["sum"])
        return [*argument, sign, *increment, *self._scoped("atom", powers)]

    def _after_argument(self, function: Node, scope: Scope) -> Stops:
        """Powers that belong to the function and not to its argument: "f of x squared", "V of t inverse".

        In English "to the power of" is mostly of the argument, and after "big O of" all powers are.
        """
        if self.lex.language == "ru":
            return _NO_STOPS if scope == "sum" and function in _ORDERS else _POWERS
        return _NO_STOPS if function in _ORDERS else _POWERS - _RAISING

    def _is_spelled(self) -> bool:
        """Whether a letter stands right before the name of the function: "S O of 9"."""
        return self.at > 2 and "id" in self.tokens[self.at - 3].senses

    def _is_last_term(self, first: Node, function: Node) -> bool:
        """Whether a sign and one letter or number end this side: "f of x plus h", where the argument is the sum."""
        if not isinstance(first, Ident | Num) or not self.has("sum") or not (self.has("id", 1) or self.has("num", 1)):
            return False
        if self.peek(1).word in ("c", "C") or first.text in self.peek(1).senses.values():
            return False
        after = self.peek(2).senses
        if after.get("sum") == "minus" and _is_named(self.peek(3), function) and self.has("of", 4):
            return True
        ended = self.at + 2 >= len(self.tokens) or "close" in after
        if not ended and (after.get("rel") != "equals" or self.peek(2).word == "is"):
            return False
        variable = isinstance(first, Ident) and kind_of(first) == "variable"
        return not variable or self._is_applied_again(function)

    def _is_applied_again(self, function: Node) -> bool:
        """Whether the same function has an argument elsewhere too: "psi of x plus L equals psi of x"."""
        if not isinstance(function, Ident):
            return False
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return sum("of" in of.senses and _is_named(name, function) for name, of in pairs) > 1

    def _with_last_term(self, argument: Items) -> Items:
        if self.choices.choose((("inner", 0.0), ("outer", 0.5))) == "outer":
            return argument
        return [*argument, *self._signed_leaf()]

    def _more_letters(self, argument: Items) -> Items:
        """Reads "f of x y": two arguments where the letters are variables that go together, a product otherwise."""
        run = self._run(argument) or self._last_letters(argument)
        if not run:
            return argument
        names = "".join(item.text for item in (*argument, *run) if isinstance(item, Ident))
        if names in ("xy", "xyz", "xt", "uv", "st", "xyt", "yz", "tx", "xu", "xz", "XY", "ab", "yx", "zt", "rθ"):
            separated: Items = []
            for item in (*argument, *run):
                separated += [COMMA, item] if separated else [item]
            return separated
        return [*argument, *run]

    def _last_letters(self, argument: Items) -> Items:
        """Letters up to the end of this side: "f of lambda x", unless the first is a variable by itself."""
        count = next(ahead for ahead in range(4) if self.peek(ahead).senses.get("id", "d") == "d" or ahead == 3)
        last = argument[-1]
        if not count or count == 3 or isinstance(last, Ident) and kind_of(last) == "variable":
            return []
        after = self.peek(count).senses
        if self.at + count < len(self.tokens) and not ("rel" in after or "close" in after):
            return []
        return [self._leaf() for _ in range(count)]

    def _is_function(self, ahead: int) -> bool:
        """Whether what stands before is the name of a function: "x of", "x sub i of"."""
        return self.has("of", ahead) or self.has("sub", ahead) and self.has("of", ahead + 2)

    def _scoped(self, scope: str, stops: Stops = _NO_STOPS) -> Items:
        if scope == "sum":
            return self.level(stops, rels=False, commas=False)
        if scope == "term":
            return self.level(stops, rels=False, commas=False, sums=False)
        return self.level(stops, rels=False, commas=False, sums=False, beside=False, muls=False, overs=False)

    def _rooted_before(self, pieces: list[Piece]) -> None:
        """Reads "a squared plus b squared square root": what stands since the last relation, or under the fraction."""
        start = len(pieces)
        while start > 0 and pieces[start - 1].kind not in ("rel", "punct", "operator", "over"):
            start -= 1
        pieces[start:] = [Piece("factor", [Root(row(self._segment(pieces[start:])))])]

    def _bracketed_before(self, pieces: list[Piece]) -> bool:
        """Reads "a plus b in brackets": everything since the last relation."""
        if not self.has("quantity") or "скобк" not in self.peek().word and "parenthes" not in self.peek().word:
            return False
        if self._starts_operand(self.peek(1).senses, False):
            return False
        self.at += 1
        start = len(pieces)
        while start > 0 and pieces[start - 1].kind not in ("rel", "punct", "operator"):
            start -= 1
        pieces[start:] = [Piece("factor", parenthesized(self._segment(pieces[start:])))]
        return True

    def _whole_power(self, pieces: list[Piece]) -> bool:
        """Reads "all squared" covers everything since the last relation."""
        senses = self.peek().senses
        if not any(kind in senses for kind in ("whole_squared", "whole_cubed", "whole_power")):
            return False
        self.at += 1
        start = len(pieces)
        while start > 0 and pieces[start - 1].kind not in ("rel", "punct", "operator"):
            start -= 1
        if pieces[-1].note == "derivative":
            start = len(pieces) - 1
        base = self._segment(pieces[start:])
        base = base if len(base) == 1 else parenthesized(base)
        if "whole_power" in senses:
            raised_items = self._raise(base)
        else:
            raised_items = raised(base, Num("2" if "whole_squared" in senses else "3"))
        pieces[start:] = [Piece("factor", raised_items)]
        return True

    def agreed(self, noun: str, argument: Items, stops: Stops) -> Items:
        """The argument of a noun with what the words behind it say more about it: a matter of inflection."""
        return argument

    def _base(self, stops: Stops) -> Items:
        """The base of a logarithm, where its argument follows."""
        return self._scoped("atom", stops)

    def _is_bare(self, head: Items, argument: Items) -> bool:
        """Whether an argument that was said with "of" is written without its parentheses: "the kernel of phi"."""
        return head == [Operator("ker")] and len(argument) == 3

    def _is_bracketed(self, node: Node, argument: Items) -> bool:
        """Whether the argument that follows its function is always written in parentheses: "exponential x"."""
        return node == Operator("exp")

    # Operands

    def operand(self, stops: Stops, wanting: bool) -> Piece | None:
        token = self.peek()
        senses = token.senses
        if "word" in senses:
            return self._word(token)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} constructs inside each other")
        found: Piece | None = None
        start = self.at
        for kind, handler in _OPERANDS:
            if kind in senses:
                found = getattr(self, handler.__name__)(stops)
                if found is None and self.at != start:
                    found = Piece("factor", [])
                if found is not None:
                    break
        self.depth -= 1
        if (
            found is None
            and self.at < len(self.tokens)
            and self.peek() is token
            and token.word.lower() in self.lex.heard
        ):
            return self._heard(token)
        return found

    def _heard(self, token: Token) -> Piece:
        what, cost = self.lex.heard[token.word.lower()]
        self.at += 1
        self.choices.cost += cost
        if what.isdigit():
            return Piece("factor", [Num(what)])
        return Piece("factor", [letter(what) if len(what) == 1 and what.isalpha() else _named(what)])

    def _word(self, token: Token) -> Piece:
        self.at += 1
        self.kept.append(token)
        return Piece("factor", [Ident(token.word, "rm")])

    def _num(self, stops: Stops) -> Piece | None:
        self.at += 1
        value = self.tokens[self.at - 1].senses["num"]
        return Piece("factor", [Num(value)])

    def _frac(self, stops: Stops) -> Piece | None:
        above, _, below = self.tokens[self.at].senses["frac"].partition("/")
        self.at += 1
        self.skip("of")
        return Piece("factor", [Frac(Num(above), Num(below))])

    def _nth(self, stops: Stops) -> Piece | None:
        """Reads "nth" where it is no exponent."""
        value = self.peek().senses["ordinal"]
        if value.isdigit():
            return None
        self.at += 1
        return Piece("factor", [Script(letter(value), None, Text("th"))])

    def _id(self, stops: Stops) -> Piece | None:
        derivative = self._leibniz(stops)
        if derivative is not None:
            return derivative
        node: Node = self._leaf()
        if self.lex.language == "ru" and node == Ident("π") and self.with_q:
            node = Ident("p")
        if self.lex.language == "ru" and self.has("frac"):
            above, _, below = self.peek().senses["frac"].partition("/")
            self.at += 1
            return Piece("factor", [Script(node, None, Frac(Num(above), Num(below)))])
        if self.has("num") and self._is_index() and not ("bound" in stops and self.has("sum", 1)):
            index = self.peek().senses["num"]
            self.at += 1
            return Piece("factor", [Script(node, Num(index))])
        if "and" in self.peek().senses and self.has("id") and self._ends_here(1):
            return Piece("factor", [Script(node, self._leaf())])
        if self.peek().senses.get("ord") == "infty" and self.lex.language == "en" and isinstance(node, Ident):
            self.at += 1
            infinity = symbol_node("infty")
            return Piece("factor", [Script(node, None, infinity) if node.text in "LHC" else Script(node, infinity)])
        if self._is_indexed_greek(node):
            return Piece("factor", [Script(node, self._leaf())])
        if self._is_real_space(node):
            node = Ident("R", "bb")
        unsaid = [] if "index_only" in stops else self._unsaid_index(node) or self._ordinal_sum()
        return Piece("factor", [Script(node, row(unsaid))] if unsaid else [node])

    def _is_indexed_greek(self, node: Node) -> bool:
        """Whether a text begins with "sigma i" alone on its side, where the letter is mostly an index."""
        if self.at != 1 or self.lex.language == "ru" or not isinstance(node, Ident) or kind_of(node) != "greek":
            return False
        index = self.peek().senses.get("id", "")
        if node.text in "δΔϵεπ" or len(index) != 1 or not index.isalpha() or index == "d":
            return False
        return self.at + 1 >= len(self.tokens) or "rel" in self.peek(1).senses

    def _is_real_space(self, node: Node) -> bool:
        """Whether a spoken R is the real numbers: to the power of a letter or number, or what something belongs to."""
        if node != Ident("R") or self.lex.language == "ru" or self.tokens[self.at - 1].word != "R":
            return False
        before = self.tokens[self.at - 2].senses if self.at > 1 else {}
        if self.has("power_of"):
            power, after = self.peek(1).senses, self.peek(2).senses
            dimension = power.get("id", "").isascii() and len(power.get("id", "")) == 1 or power.get("num", "1") != "1"
            return dimension and _FACTORS.isdisjoint(before) and _OF_LETTER.isdisjoint(after)
        within = before.get("rel") == "in" or before.get("rel") == "to" and self.is_map
        return within and (self.has("squared") or self._ends_here(0) or self.has("comma") or self.has("pause"))

    def _is_written_index(self, node: Ident) -> bool:
        """Whether the next letter is the subscript of this one: written in one ("bj"), or beside "a 1" elsewhere."""
        token = self.peek()
        if token.word not in _WRITTEN_INDICES or node.text in "dDfijkn" or token.word == node.text:
            return False
        if token.glued:
            return not self.peek(1).glued and not self.tokens[self.at - 1].glued
        name, after = self.tokens[self.at - 1].word, self.peek(1).senses
        if self.at + 1 < len(self.tokens) and not ("sum" in after or "rel" in after or "close" in after):
            return False
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return any(first.word == name and "num" in second.senses for first, second in pairs)

    def _ordinal_sum(self) -> Items:
        """Reads "эн минус первое" after a letter: a subscript whose last term is an ordinal."""
        if not (self.has("id") and self.has("sum", 1) and (self.has("index", 2) or self.has("ordinal", 2))) or self.has(
            "to_the"
        ):
            return []
        index = self._leaf()
        sign = symbol_node(self.peek().senses["sum"])
        senses = self.peek(1).senses
        self.at += 2
        return [index, sign, Num(senses.get("index") or senses["ordinal"])]

    def _ends_here(self, ahead: int) -> bool:
        """Whether the formula or a side of it ends before a token."""
        after = self.peek(ahead).senses
        return self.at + ahead >= len(self.tokens) or "rel" in after or "close" in after

    def _unsaid_index(self, node: Node) -> Items:
        """The subscript of a tensor without "sub": "F mu nu", capital letters before the indices of space-time."""
        if not isinstance(node, Ident) or self.lex.language != "en":
            return []
        if self._is_written_index(node):
            return [self._leaf()]
        if kind_of(node) != "capital" and (not self.is_tensorial or not node.text.isascii() or node.text == "d"):
            return []
        index: Items = []
        while self.peek().senses.get("id") in ("mu", "nu") and not self.has("sub", 1) and not self.has("of", 1):
            index.append(self._leaf())
        return index

    def _is_index(self) -> bool:
        """Whether the number after a letter is its subscript: "x zero", "c2"."""
        token = self.peek()
        after = self.peek(1).senses
        return not (
            "num" in after or "." in token.senses["num"] or "id" in after and not token.glued and self.peek(1).glued
        )

    def _leibniz(self, stops: Stops) -> Piece | None:
        """A derivative as a quotient: "d y d x", "d by d x", "d squared y over d x squared", "partial f partial x"."""
        d = self._differential(0)
        if d is None:
            return None
        start = self.at
        order, above = self._differential_above(d, stops)
        divided = any(self.has(kind) for kind in ("over", "by", "divided", "slash"))
        divided = divided or self.has("wrt") and self._differential(1) == d
        if divided:
            self.at += 1
        if not self._is_quotient(d, above, divided):
            self.at = start
            return None
        variable = self._differential_below(d, order)
        fraction = Frac(row(above), row([d, *variable]))
        if len(above) == 1:
            self.skip("of")
            return Piece("operator", [fraction])
        return Piece("factor", [fraction], "derivative")

    def _differential_above(self, d: Node, stops: Stops) -> tuple[Items, Items]:
        """The order of a derivative, nothing for the first, and its numerator: "d squared y"."""
        self.at += 1
        order: Items = []
        head: Node = d
        if self.has("squared") or self.has("cubed"):
            order = [Num("2" if self.has("squared") else "3")]
        elif self.lex.language == "ru" and self.peek().senses.get("num") in ("2", "3"):
            order = [Num(self.peek().senses["num"])]
        if order:
            self.at += 1
            head = Script(d, None, order[0])
        above: Items = [head]
        skipped = self.skip("of")
        if self._differential(0) is None and (self.has("id") or self.has("font") or self.has("vector")) and not skipped:
            above += self.level(
                stops | {"of"}, sums=False, rels=False, beside=False, muls=False, overs=False, commas=False
            )
        return order, above

    def _is_quotient(self, d: Node, above: Items, divided: bool) -> bool:
        """Whether a denominator stands here; where no word divides, two differentials may be a product too."""
        second = self._differential(0)
        if second is None or second != d or (len(above) == 1 and not divided) or not (self.has("id", 1)):
            return False
        powered = self.has("squared", 2) or self.has("power_of", 2) or self.has("cubed", 2)
        if not divided and (self.in_integral and not powered or len(above) == 1 and not self.has("of", 2)):
            return False
        if divided:
            return True
        area = len(above) == 2 and not powered and (above[1], letter(self.peek(1).senses["id"])) in _AREAS
        options = (("product", 0.0), ("quotient", 0.5)) if area else (("quotient", 0.0), ("product", 1.0))
        return self.choices.choose(options) != "product"

    def _differential_below(self, d: Node, order: Items) -> Items:
        """The denominator without its first d: "x squared", "x d y"."""
        self.at += 1
        variable: Items = [letter(self.peek().senses["id"])]
        self.at += 1
        if self.has("squared") and order:
            self.at += 1
            variable = [Script(variable[0], None, Num("2"))]
        elif self.has("cubed") and order:
            self.at += 1
            variable = [Script(variable[0], None, Num("3"))]
        elif self.has("num") and self._is_index():
            self.at += 1
            variable = lowered(variable, Num(self.tokens[self.at - 1].senses["num"]))
        elif self.has("sub"):
            changed = self._sub(variable)
            variable = variable if changed is None else changed
        while order and self._differential(0) == d and self.has("id", 1):
            variable += [d, letter(self.peek(1).senses["id"])]
            self.at += 2
        return variable

    def _differential(self, ahead: int) -> Node | None:
        senses = self.peek(ahead).senses
        if senses.get("id") == "d":
            return Ident("d")
        if senses.get("ord") == "partial":
            return Sym("∂", "ord")
        return None

    def _ord(self, stops: Stops) -> Piece | None:
        name = self.peek().senses["ord"]
        if name == "partial":
            derivative = self._leibniz(stops)
            if derivative is not None:
                return derivative
            if self.find("wrt", _NUMERATOR, _ENDS_NUMERATOR) is not None:
                return self._derivative(stops)
        self.at += 1
        return Piece("factor", [symbol_node(name)])

    def _set(self, stops: Stops) -> Piece | None:
        value = self.peek().senses["set"]
        self.at += 1
        return Piece("factor", [Ident(value, "bb")])

    def _font(self, stops: Stops) -> Piece | None:
        fonts: list[str] = []
        while self.has("font"):
            fonts.append(self.peek().senses["font"])
            self.at += 1
            self.skip_fillers()
        if fonts == ["rm"] and self.peek().senses.get("num", "").isdigit():
            self.at += 1
            value = self.tokens[self.at - 1].senses["num"]
            return Piece("factor", [Ident(roman(int(value)), "rm") if len(value) < 3 else Num(value, "rm")])
        if not self.has("id"):
            return self.operand(stops, True) if self.at < len(self.tokens) else None
        node = self._leaf()
        if not isinstance(node, Ident):
            return Piece("factor", [node])
        text = node.text
        if text == "l" and fonts == ["cal"] and self.lex.language == "en":
            return Piece("factor", [symbol_node("ell")])
        font: Font = next((_FONTS[font] for font in fonts if font in _FONTS), "")
        if "lower" in fonts:
            text = text.lower()
        elif "upper" in fonts or font in ("bb", "cal", "scr") and text.isascii():
            text = text.upper()
        return Piece("factor", [Ident(text, font)])

    def _font_after(self, items: Items) -> Items | None:
        """Reads "x bold": the font named after its letter, where no other letter follows."""
        name = self.peek().senses["font"]
        last = items[-1]
        after = self.peek(1).senses
        if not isinstance(last, Ident) or self.has("id") or not _BEFORE_LETTER.isdisjoint(after):
            return None
        self.at += 1
        text = last.text.upper() if name == "upper" else last.text.lower() if name == "lower" else last.text
        return [*items[:-1], Ident(text, _FONTS.get(name, last.font))]

    def _vector(self, stops: Stops) -> Piece | None:
        self.at += 1
        self.skip("of")
        if not (self.has("id") or self.has("font")):
            return Piece("factor", [])
        items = self.operand(stops, True)
        if items is None or not items.items:
            return items
        last = items.items[-1]
        changed = _replace_base(last, Accent(last.base, "vec")) if isinstance(last, Script) else Accent(last, "vec")
        return Piece("factor", [*items.items[:-1], changed])

    def _premark(self, stops: Stops) -> Piece | None:
        name = self.peek().senses["mark"]
        self.at += 1
        self.skip_fillers()
        self.skip("over") or self.skip("of")
        if not self._starts_operand(self.peek().senses, False):
            return None
        piece = self.operand(stops, True)
        if piece is None or not piece.items:
            return piece
        first = piece.items[0]
        changed = _replace_base(first, Accent(first.base, name)) if isinstance(first, Script) else Accent(first, name)
        return Piece("factor", [changed, *piece.items[1:]])

    def _open(self, stops: Stops) -> Piece | None:
        opening = self.peek().senses["open"]
        self.at += 1
        was, self.in_integral = self.in_integral, False
        self.brackets += 1
        inside = self.level(frozenset(("close",)))
        self.brackets -= 1
        self.in_integral = was
        closing = _MATES[opening]
        if self.has("close"):
            closing = self.peek().senses["close"]
            self.at += 1
        return Piece("factor", [Sym(opening, "open"), *inside, Sym(closing, "close")])

    def _fence(self, stops: Stops) -> Piece | None:
        sign = self.peek().senses["fence"]
        if self.find("fence") is None:
            return None
        self.at += 1
        if "fence" in stops or self.find("fence") is None:
            return Piece("factor", [Sym("∣" if sign == "|" else sign, "rel")])
        inside = self.level(frozenset(("fence",)))
        self.skip("fence")
        closing = _MATES.get(sign, sign)
        return Piece("factor", [Sym(sign, "open"), *inside, Sym(closing, "close")])

    def _around(self, stops: Stops) -> Piece | None:
        opening, _, closing = self.peek().senses["around"].partition(" ")
        closing, _, index = closing.partition("_")
        name = self.peek().word
        bare = opening == "{" and not any(part in self.peek().word for part in ("contain", "consist", "состоящ"))
        self.at += 1
        self.skip_fillers()
        if (opening, closing) in (("|", "⟩"), ("⟨", "|")):
            inside = self._scoped("atom", stops)
        elif opening in "|‖⌊⌈":
            measured = self._measured(opening, closing, stops, name)
            return measured._replace(items=lowered(measured.items, letter_or_number(index))) if index else measured
        elif opening == "{" and (distance := self.find("such_that", _SET_REACH)) is not None:
            inside = self._condition(self._until(self.at + distance), stops)
        else:
            inside = self._list(stops, opening)
        if bare and not any(isinstance(item, Sym) and item.text in _IN_SETS for item in inside):
            return Piece("factor", self._named_set(inside))
        return Piece("factor", [Sym(opening, "open"), *inside, Sym(closing, "close")])

    def _named_set(self, inside: Items) -> Items:
        """The letter of "the set S", which is mostly calligraphic."""
        first = inside[0] if inside else None
        base = first.base if isinstance(first, Script) else first
        if self.lex.language == "ru" or not isinstance(base, Ident) or base.font or kind_of(base) != "capital":
            return inside
        applied = len(inside) > 1 and (inside[1] == LEFT or isinstance(inside[1], Ident))
        if base.text in "RCNZQ" or applied or _is_powered(inside[0]):
            return inside
        name = Ident(base.text, "cal")
        return [_replace_base(first, name) if isinstance(first, Script) else name, *inside[1:]]

    def _condition(self, element: Items, stops: Stops) -> Items:
        """Reads "such that x is positive" after the element of a set."""
        self.at += 1
        colon = self.style("such that", (("colon", 0.0), ("bar", 0.3))) == "colon"
        condition = self.level(stops | {"close"})
        return [*element, symbol_node("ordinarycolon" if colon else "mid"), *condition]

    def _measured(self, opening: str, closing: str, stops: Stops, name: str) -> Piece:
        """An absolute value or norm: up to one sign, a power at the end outside."""
        inside = self.level(stops, rels=False, commas=False, sums=False, muls=False, overs=opening in "⌊⌈")
        inside = self.agreed(name, inside, stops)
        if self._is_sum_measured(opening):
            sign = symbol_node(self.peek().senses["sum"])
            self.at += 1
            inside = [
                *inside,
                sign,
                *self.level(stops, rels=False, commas=False, sums=False, muls=False, overs=opening in "⌊⌈"),
            ]
        last = inside[-1] if inside else None
        if isinstance(last, Script) and last.sup == Num("2"):
            signs = any(isinstance(item, Sym) and item.cls == "bin" for item in inside)
            if not signs or opening == "‖":
                base = last.base if last.sub is None else Script(last.base, last.sub)
                return Piece(
                    "factor", raised([Sym(opening, "open"), *inside[:-1], base, Sym(closing, "close")], Num("2"))
                )
        return Piece("factor", [Sym(opening, "open"), *inside, Sym(closing, "close")])

    def _is_sum_measured(self, opening: str) -> bool:
        """Whether the sign that follows is inside: not behind "the floor of x", unless the sum is divided."""
        if not self.has("sum") or self.has("fn", 1) or self.has("around", 1):
            return False
        return opening not in "⌊⌈" or self.lex.language == "ru" or not _OVERS.isdisjoint(self.peek(2).senses)

    def _list(self, stops: Stops, opening: str) -> Items:
        """Elements with commas, "and" or "to" between them."""
        inside: Items = []
        while True:
            was, self.in_list = self.in_list, opening == "{"
            element = self.level(stops | {"to", "and"}, rels=False)
            self.in_list = was
            inside += element
            if element and (self.has("to") or self.has("and")) and self._operand_ahead(1):
                dots = opening == "{" and self.has("to")
                self.at += 1
                if inside[-1] != COMMA:
                    inside += [COMMA, symbol_node("ldots"), COMMA] if dots else [COMMA]
                continue
            return inside

    def _root_node(self, stops: Stops) -> Piece | None:
        senses = self.peek().senses
        index = next(
            (
                Num(number)
                for kind, number in (("cube_root", "3"), ("fourth_root", "4"), ("fifth_root", "5"))
                if kind in senses
            ),
            None,
        )
        node: Node | None = Ident("n") if "n_root" in senses else index
        name = self.peek().word
        self.at += 1
        self.skip("of")
        return self._rooted(node, stops, name)

    def _ordinal_root(self, stops: Stops) -> Piece | None:
        """Reads "the kth root of x"."""
        value = self.peek().senses["ordinal_root"]
        self.at += 1
        self.skip("of")
        return self._rooted(Num(value) if value[0].isdigit() else letter(value), stops)

    def _rooted(self, index: Node | None, stops: Stops, name: str = "") -> Piece:
        """A root of what stands here; `name` is the word for the root."""
        self.skip_fillers()
        scope = self.policy.root
        if scope == "auto":
            scope = "atom" if self._root_of_number() else "term" if self._root_after_sign() else "sum"
        scope = self.choices.choose(_scopes(scope))  # type: ignore[assignment]
        if scope == "atom":
            radicand = self.agreed(name, self._scoped("atom", stops), stops)
        else:
            inside = stops | {"differential"} if self.in_integral or self._ends_in_differential() else stops
            inside |= _ONE_CONSTANT
            radicand = self.level(inside | _NO_OPERATOR, rels=False, commas=False, sums=scope == "sum", overs=False)
            radicand = self.agreed(name, radicand, inside)
            last = radicand[-1] if radicand else None
            if isinstance(last, Script) and last.sup == Num("2") and self.has("over") and self.has("squared", 2):
                self.at += 1
                alone = len(radicand) == 1
                below = self.level(inside, rels=False, commas=False, sums=alone, overs=False)
                radicand = [*radicand[:-1], Frac(last, row(below))]
        return Piece("factor", [Root(row(radicand), index)])

    def _root_of_number(self) -> bool:
        """Reads "root 3 times x", "root 2 plus 1": the number alone is under the root."""
        if not self.has("num"):
            return False
        if self.has("mul", 1):
            return True
        return self.has("sum", 1) and self.peek().senses["num"] != "1" and self.has("num", 2) and not self.has("id", 3)

    def _root_after_sign(self) -> bool:
        """Whether another root is added to this one."""
        distance = self.find("root", 12, ("rel",))
        return distance is not None and distance > 0 and self.has("sum", distance - 1)

    def _ends_in_differential(self) -> bool:
        """Whether the text ends in "d x"."""
        end = len(self.tokens)
        while end and "pause" in self.tokens[end - 1].senses:
            end -= 1
        return end > 1 and self.tokens[end - 2].senses.get("id") == "d" and "id" in self.tokens[end - 1].senses

    def _function(self, stops: Stops) -> Piece | None:
        if "id" in self.peek().senses and not _RAISING.isdisjoint(self.peek(1).senses):
            return self._id(stops)
        node: Node = symbol_node(self.peek().senses["fn"])
        return self._applied(node, stops)

    def _word_function(self, stops: Stops) -> Piece | None:
        return self._applied(Operator(self.peek().senses["word_fn"]), stops)

    def _applied(self, node: Node, stops: Stops) -> Piece:
        name = self.peek().word
        self.at += 1
        head: Items = [node]
        while True:
            senses = self.peek().senses
            if "base" in senses:
                self.at += 1
                base = self._base(stops | {"of"})
                head = lowered(head, row(base))
            elif "over" in senses and isinstance(node, Operator) and node.limits and head == [node]:
                self.at += 1
                head = lowered(head, row(self.level(stops | {"of"}, beside=False, overs=False)))
            elif any(
                kind in senses for kind in ("squared", "cubed", "inverse", "sub", "sup", "power_of", "prime", "star")
            ) or ("to_the" in senses and self._power_ahead()):
                handler = self._postfix_handler(senses)
                changed = None if handler is None else handler(head)
                if changed is None:
                    break
                head = changed
            else:
                break
        self.skip_fillers()
        if self.skip("of"):
            argument = self._function_of(stops, name, exponential=node == Operator("exp"))
            if self._is_bare(head, argument):
                argument = argument[1:-1]
            if isinstance(node, Operator) and node.name in _OF_SEVERAL:
                argument = self._several(argument, stops)
            if self.skip("base"):
                head = lowered(head, row(self._scoped("atom", stops)))
            return Piece("factor", [*head, *argument])
        signed = self.peek().senses.get("sum") == "minus" and self._next_is_operand(1)
        beside = self._starts_operand(self.peek().senses, False) or signed
        if self.has("around") or not beside or self.has("word"):
            if self.has("open") or self.has("around"):
                piece = self.operand(stops, True)
                return Piece("factor", [*head, *(piece.items if piece else [])])
            return Piece("factor", head)
        several = isinstance(node, Operator) and node.name in _OF_SEVERAL
        grouped = any(self.has(kind) for kind in ("product_of", "sum_of", "difference_of"))
        argument = self.agreed(name, self._argument_run(stops), stops)
        argument = self._several(argument, stops) if several else argument
        if self.skip("base"):
            head = lowered(head, row(self._scoped("atom", stops)))
        always = isinstance(node, Operator) and (node.name in _BRACKETED or self.in_derivative)
        always = always or self._is_bracketed(node, argument) or grouped
        always = always or node == Operator("exp") and argument[:1] == [MINUS]
        bare, brackets = (0.6, 0.0) if self.function_brackets == "all" else (0.0, 0.6)
        if always or self.style("bare", _likeliest(("bare", bare), ("brackets", brackets))) == "brackets":
            argument = parenthesized(argument)
        return Piece("factor", [*head, *argument])

    def _function_of(self, stops: Stops, name: str, *, exponential: bool = False) -> Items:
        """The argument after "sine of"; `name` is the word of the function."""
        self.skip_fillers()
        scope = self.policy.function_of
        if scope == "auto":
            scope = "term"
        scope = self.choices.choose(_scopes(scope))  # type: ignore[assignment]
        argument = self._argument_run(stops) if scope == "term" else self._scoped(scope, stops)
        argument = self.agreed(name, argument, stops)
        if exponential and argument and not _OVERS.isdisjoint(self.peek().senses) and self.has("num", 1):
            self.at += 2
            below: Node = Num(self.tokens[self.at - 1].senses["num"])
            if self.style("argument", (("fraction", 0.0), ("slash", 0.6))) == "slash":
                return parenthesized([*argument, Sym("/", "ord"), below])
            return parenthesized([Frac(row(argument), below)])
        if scope == "term" and self.policy.function_of == "auto" and self._one_more_term():
            answer = self.choices.choose((("with", 0.0), ("without", 0.5)))
            if answer == "with":
                sign = symbol_node(self.peek().senses["sum"])
                self.at += 1
                argument = [*argument, sign, *self._argument_run(stops)]
        if argument and self.has("over") and self.has("divided", 2) and self.lex.language == "en":
            self.at += 1  # "the arcsine of y over a divided by two": the first word for a fraction is inside
            return parenthesized([Frac(row(argument), row(self._scoped("atom", stops)))])
        simple = len(argument) == 1
        if simple and self.style("of", (("brackets", 0.0), ("bare", 0.6))) == "bare":
            return argument
        if self.function_brackets == "none" and len(argument) == 2 and isinstance(argument[0], Num):
            return argument
        return parenthesized(argument) if argument else []

    def _several(self, argument: Items, stops: Stops) -> Items:
        """Reads "the maximum of a and b": all of them in brackets."""
        several = list(argument)
        while self._operand_ahead(1) and (self.has("and") or self.has("comma") or self.peek().word == ","):
            if not self._starts_operand(self.peek(1).senses, True):
                break
            self.at += 1
            self.skip("and")
            several += [COMMA, *self._argument_run(stops)]
        if len(several) == len(argument):
            return argument
        first = several[1 : len(argument) - 1] if argument[:1] == [LEFT] else several[: len(argument)]
        return [LEFT, *first, *several[len(argument) :], RIGHT]

    def _one_more_term(self) -> bool:
        """Whether "plus x" belongs to the argument before it: "the log of one plus x"."""
        if not self.has("sum") or not (self.has("num", 1) or self.has("id", 1)):
            return False
        if self.peek(1).word in ("c", "C") and self._ends_here(2):
            return False
        return not reach.is_applied(self.tokens, self.at + 1)

    def _argument_run(self, stops: Stops) -> Items:
        argument: Items = []
        if self.has("sum"):
            argument.append(symbol_node(self.peek().senses["sum"]))
            self.at += 1
        while self.at < len(self.tokens):
            senses = self.peek().senses
            if not stops.isdisjoint(senses):
                break
            if argument and ("fn" in senses or "big" in senses or self._is_differential_here()):
                break
            if argument and not self._starts_operand(senses, False) or "word" in senses and argument:
                break
            if argument and "id" in senses and self.lex.language == "en" and self.has("fn", 1):
                break  # in "sine theta a cosine theta" a letter before a function is its factor
            before = self.at
            part = self.level(stops, sums=False, rels=False, beside=False, muls=False, overs=False, commas=False)
            argument += part
            if self.at == before or not part:
                break
        if (
            argument
            and self._is_angle(argument)
            and not _OVERS.isdisjoint(self.peek().senses)
            and self._operand_ahead(1)
        ):
            self.at += 1
            below = self._scoped("atom", stops | {"fn"} if self.has("num") else stops)
            sign = argument[:1] if isinstance(argument[0], Sym) and len(argument) > 1 else []
            argument = [*sign, Frac(row(argument[len(sign) :]), row(below))]
        return argument

    def _is_angle(self, argument: Items) -> bool:
        """Whether the argument is a multiple of pi, of which a fraction is taken before the function."""
        if argument == [Num("1")]:
            return True
        return argument[-1] == Ident("π") and len(argument) <= 2 and self.has("num", 1)

    def _is_differential_here(self) -> bool:
        """Whether a "dx" stands here that is no part of "dy dx" or "dy over dx"."""
        if self.peek().senses.get("id") != "d" or not self.has("id", 1):
            return False
        if self.peek(2).senses.get("id") == "d" and self.has("id", 3):
            return False
        return not (
            any(self.has(kind, 2) for kind in ("over", "by", "divided")) and self.peek(3).senses.get("id") == "d"
        )

    def _big(self, stops: Stops) -> Piece | None:
        name = self.peek().senses["big"]
        if name == "lim":
            return self._limit(stops)
        self.at += 1
        node = symbol_node(name)
        if isinstance(node, Sym) and node.text in "∫∬∭∮":
            self.in_integral = True
        below: Items | None = None
        above: Items | None = None
        self.skip_fillers()
        if (
            self.has("from")
            and (not self.has("of") or self._range_ahead() or (self.has("id", 1) and self.has("rel", 2)))
            or self.has("over")
            or self.has("sub")
            or self.has("along")
        ):
            self.at += 1
            counter = [] if self.in_integral else self._counter()
            below, above = self._bounds(stops)
            below = [*counter, *below]
        elif self.has("id") and (
            self.has("rel", 1) or name == "oint" and self._starts_operand(self.peek(1).senses, False)
        ):
            below, above = self._bounds(stops)
        self.skip_fillers()
        self.skip("of")
        items: Items = [node]
        if below is not None:
            items = [Script(node, row(below), None if above is None else row(above))]
        elif (distance := self._late_bounds(stops)) is not None:
            return self._body_first(node, stops, distance)
        return Piece("operator", items, "product" if name == "prod" else "")

    def _counter(self) -> Items:
        """Reads the counter and "from" in "the sum over n from one to m", as the "n =" that is meant."""
        if not (self.has("id") and self.has("from", 1) and self._range_ahead()):
            return []
        self.at += 2
        return [letter(self.tokens[self.at - 2].senses["id"]), EQUALS]

    def _range_ahead(self) -> bool:
        """Whether a word that is "from" as well as "of" has its "to"."""
        if self.has("id", 1) and self.has("rel", 2):
            return self.find("to", 10, ("big",)) is not None
        return self.find("to", 8, ("rel", "big")) is not None

    def _late_bounds(self, stops: Stops) -> int | None:
        """How far ahead "from i equals 1 to n" stands after the body of a sum, "from 0 to 1" after an integral's."""
        ahead = 0
        while self.at + ahead < len(self.tokens) and ahead < 30:
            senses = self.peek(ahead).senses
            if ahead and senses.get("rel") == "equals" and "id" in self.peek(ahead - 1).senses:
                return ahead - 1 if self._has_end(ahead) and ahead > 1 else None
            if "rel" in senses or "big" in senses:
                return None
            if "from" in senses and self.has("id", ahead + 1) and self.has("rel", ahead + 2):
                return ahead
            if ahead > 1 and self.in_integral and "from" in senses and self._has_end(ahead):
                # A word that is also "of" begins an argument, but not behind the differential.
                return None if "of" in senses and self.peek(ahead - 2).senses.get("id") != "d" else ahead
            ahead += 1
        return None

    def _has_end(self, ahead: int) -> bool:
        """Whether the "from" that stands there has its "to"."""
        return any(self.has("to", ahead + further) for further in (2, 3, 4))

    def _body_first(self, node: Node, stops: Stops, distance: int) -> Piece:
        end = self.at + distance
        body = self._until(end)
        self.at = end
        self.skip("from")
        below, above = self._bounds(stops)
        return Piece("factor", [Script(node, row(below), None if above is None else row(above)), *body])

    def _until(self, end: int) -> Items:
        """All up to a token, whatever is in it."""
        tokens, self.tokens = self.tokens, self.tokens[:end]
        depth, self.depth = self.depth, max(1, self.depth)
        items: Items = []
        while self.at < end:
            before = self.at
            items += self.level()
            if self.at == before:
                self.unread.append(self.tokens[self.at])
                self.at += 1
        self.tokens, self.depth = tokens, depth
        return items

    def _bounds(self, stops: Stops) -> tuple[Items, Items | None]:
        below = self.level(stops | {"to", "of", "from"}, beside=False, commas=False)
        ranged = self.has("from") or self.has("of") and self.lex.language == "ru"
        if ranged and len(below) == 1 and isinstance(below[0], Ident) and self._range_ahead():
            self.at += 1
            below = [*below, EQUALS, *self.level(stops | {"to"}, beside=False, commas=False)]
        if not self.skip("to"):
            return below, None
        self.skip_fillers()
        return below, self._upper_bound(stops)

    def _upper_bound(self, stops: Stops) -> Items:
        explicit = self.find("of", 8, ("rel", "pause")) is not None
        above = self.level(
            stops | _BOUND | {"of"}, rels=False, sums=explicit, beside=False, commas=False, muls=explicit
        )
        return above if explicit else self._with_index_sum(above)

    def _limit(self, stops: Stops) -> Piece | None:
        self.at += 1
        node = Operator("lim", limits=True)
        self.skip_fillers()
        self.skip("pause")
        side = MINUS if self.has("left") else PLUS if self.has("right") else None
        if side is not None:
            self.at += 1
        below: Items | None = None
        if self.has("as") or self.has("sub") or self.has("over"):
            self.at += 1
            below = self._approach(stops)
        elif self.has("id") and self.has("rel", 1):
            below = self._approach(stops)
        if below is not None:
            below = below if side is None else raised(below, side)
            self.skip("pause")
            self.skip("of")
            return Piece("operator", [Script(node, row(below))], "limit")
        self.skip("of")
        distance = self.find("as", 30, ("rel",))
        spoken = distance is not None
        if distance is None:
            distance = self._approach_ahead()
        if distance is None:
            return Piece("operator", [node])
        end = self.at + distance
        body = self._until(end)
        self.at = end + 1 if spoken else end
        below = self._approach(stops)
        return Piece("factor", [Script(node, row(below)), *body])

    def _approach_ahead(self) -> int | None:
        """How far ahead "x goes to 0" stands after the body of a limit, without "as"."""
        for ahead in range(2, 30):
            relation = self.peek(ahead).senses.get("rel")
            if relation is not None:
                return ahead - 1 if relation == "to" and self.has("id", ahead - 1) else None
        return None

    def _approach(self, stops: Stops) -> Items:
        self.skip("pause")
        below = self.level(stops | {"of", "left", "right", "pause", "rel"}, commas=False, overs=False)
        if self.has("pause") and self.has("rel", 1):
            self.at += 1
        ends = stops | {"of", "left", "right", "pause"}
        if self.has("rel"):
            self.at += 1
            below.append(ARROW)
        below += self.level(ends | _BOUND, rels=False, beside=False, commas=False, overs=False)
        below = [ARROW if isinstance(item, Sym) and item.text in "→=" else item for item in below]
        if self.has("left") or self.has("right"):
            sign = MINUS if self.has("left") else PLUS
            self.at += 1
            if "than" in self.tokens[self.at - 1].word and self.has("id"):
                self.at += 1
            below = raised(below, sign)
        self.skip("pause")
        return below

    def _quantity(self, stops: Stops) -> Piece | None:
        self.at += 1
        self.skip_fillers()
        if self.in_integral or self._ends_in_differential():
            stops |= {"differential"}
        closed = any(
            self.find(kind, 25, ("rel", "quantity")) is not None
            for kind in ("end_quantity", "whole_squared", "whole_cubed", "whole_power", "close")
        )
        inside = self.level(
            stops | {"end_quantity", "whole_squared", "whole_cubed", "whole_power", "all_over", "close"},
            rels=False,
            overs=closed,
            commas=False,
        )
        self.skip("end_quantity") or self.skip("close")
        if not inside:
            return None
        last = inside[-1]
        if inside[0] == LEFT and _closes(inside) == len(inside) - 1:
            return Piece("factor", inside)
        if len(inside) > 1 and isinstance(last, Script) and last.sup is not None:
            base: Node = last.base if last.sub is None else Script(last.base, last.sub)
            items = [LEFT, *inside[:-1], base, RIGHT]
            return Piece("factor", raised(items, last.sup))
        if len(inside) == 1:
            return Piece("factor", inside)
        return Piece("factor", [LEFT, *inside, RIGHT])

    def _derivative(self, stops: Stops) -> Piece | None:
        senses = self.peek().senses
        partial = not _PARTIALS.isdisjoint(senses) or senses.get("ord") == "partial" or self._by_one_of_several()
        order = (
            3
            if "third_derivative" in senses
            else 2
            if "second_derivative" in senses or "second_partial_derivative" in senses
            else 1
        )
        self.at += 1
        d: Node = Sym("∂", "ord") if partial else Ident("d")
        head = d if order == 1 else Script(d, None, Num(str(order)))
        self.skip_fillers()
        self.in_derivative = True
        named = self.find("wrt", 30) is not None
        body: Items = []
        if self.has("wrt"):
            self.at += 1
            variable = self._scoped("atom", stops | {"of"})
            self.skip("of")
            if "ord" in senses or partial and order == 1 and self._is_operator_of(variable):
                return Piece("operator", [Script(d, row(variable))])
        elif (distance := self.find("wrt", 30)) is not None:
            end = self.at + distance
            body = self._until(end)
            self.at = end + 1
            variable = self._scoped("atom", stops)
        else:
            self.skip("of")
            body = self.level(stops, rels=False, commas=False)
            if order == 1 and not partial and len(body) == 1 and isinstance(body[0], Ident):
                return Piece("factor", primed(body, 1))
            variable = [_variable(body)]
        below = row([d, *variable]) if order == 1 else row([d, *raised(variable, Num(str(order)))])
        simple = len(body) == 1 and isinstance(body[0], Ident | Script | Accent) and named
        simple = simple and not (_is_powered(body[0]) and (self.lex.language == "ru" or _varies(body[0], variable)))
        if simple:
            return Piece("factor", [Frac(row([head, *body]), below)])
        if any(isinstance(item, Sym) and item.cls in ("bin",) for item in body):
            body = parenthesized(body)
        return Piece("factor" if body else "operator", [Frac(head, below), *body])

    def _by_one_of_several(self) -> bool:
        """Whether the words for what the derivative is taken by say that there are other variables."""
        return False

    def _twice(self, stops: Stops) -> Piece | None:
        self.at += 1
        return Piece("factor", [Num("2" if "twice" in self.tokens[self.at - 1].senses else "3")])

    def _is_operator_of(self, variable: Items) -> bool:
        """Whether "the partial derivative with respect to x of" is written with a subscript, as mostly in English."""
        if self.lex.language == "ru" or not variable:
            return False
        return self.style("partial", (("subscript", 0.0), ("fraction", 0.6))) == "subscript"

    def _half_of(self, stops: Stops) -> Piece | None:
        self.at += 1
        if self.lex.language == "ru" and self._starts_operand(self.peek().senses, True):
            above = self.level(stops | {"factorial"}, sums=False, rels=False, beside=False, muls=False, overs=False)
            return Piece("factor", [Frac(row(above), Num("2"))])
        return Piece("factor", [Frac(Num("1"), Num("2"))])

    def _identity(self, stops: Stops) -> Piece | None:
        self.at += 1
        return Piece("factor", [Ident("I", "bf")])

    def _fraction(self, stops: Stops) -> Piece | None:
        """Reads "the fraction a minus b over c": the numerator begins here."""
        self.at += 1
        self.skip("pause")
        above = self.level(stops | _OVERS | {"pause"}, rels=False)
        if self.has("pause") and not _OVERS.isdisjoint(self.peek(1).senses):
            self.at += 1
        elif self.has("pause") and above and self._operand_ahead(1):
            self.at += 1
            below = self.level(stops | {"pause"}, rels=False, sums=False, muls=False, overs=False, commas=False)
            return Piece("factor", [Frac(row(above), row(below))], "fraction") if below else Piece("factor", above)
        if not any(self.has(kind) for kind in _OVERS):
            return Piece("factor", above) if above else None
        self.at += 1
        self.skip("pause")
        below = self.level(stops, rels=False, sums=False, muls=False, overs=False, commas=False)
        return Piece("factor", [Frac(row(above), row(below))], "fraction")

    def _numerator(self, stops: Stops) -> Piece | None:
        self.at += 1
        above = self.level(stops | {"denominator", "over", "pause"}, commas=False)
        self.skip("pause")
        self.skip("over")
        self.skip("denominator")
        below = self.level(stops, rels=False, commas=False)
        return Piece("factor", [Frac(row(above), row(below))])

    def _pair(self, stops: Stops) -> tuple[Items, Items]:
        first = self.level(stops | {"and", "per"}, rels=False, commas=False)
        self.skip("and") or self.skip("per")
        second = self.level(
            stops | {"factorial"}, rels=False, commas=False, sums=False, beside=False, muls=False, overs=False
        )
        return first, second

    def _combined(self, stops: Stops) -> Piece | None:
        """Reads "the product of a and b"."""
        senses = self.peek().senses
        paired = "per" if "quotient_of" in senses and self.find("per", 12, ("rel", "and")) else "and"
        if self.find(paired, 12, ("rel", "from")) is None:
            return None
        self.at += 1
        self.skip("of")
        power = "2" if self.skip("squares_of") else "3" if self.skip("cubes_of") else ""
        self.skip("of")
        first, second = self._pair(stops)
        if power:
            first, second = raised(first, Num(power)), raised(second, Num(power))
        if "quotient_of" in senses:
            return Piece("factor", [Frac(row(first), row(second))])
        for kind, items in COMBINED.items():
            if kind in senses:
                if kind in ("sum_of", "difference_of"):
                    return Piece("factor", [*first, *items, *second], "sum")
                return Piece("factor", [*first, *items, *second])
        return None

    def _binomial(self, stops: Stops) -> Piece | None:
        self.at += 1
        chosen = self.find("choose", 8, ("rel",)) is not None
        scope = "sum" if chosen else "atom"
        above = self._scoped(scope, stops | {"choose"})
        for kind in ("choose", "over", "comma", "and", "pause", "wrt"):
            self.skip(kind)
        below = self._scoped("atom", stops)
        if chosen:
            below = self._with_index_sum(below)
        return Piece("factor", [Fence("(", Frac(row(above), row(below), bar=False), ")")])

    def _arrangements(self, stops: Stops) -> Piece | None:
        """Reads "число размещений из эн по ка": A with both numbers."""
        self.at += 1
        below = self._scoped("atom", stops)
        self.skip("wrt") or self.skip("from")
        above = self._scoped("atom", stops)
        return Piece("factor", [Script(Ident("A"), row(below), row(above))]) if below and above else None

    def _permutations(self, stops: Stops) -> Piece | None:
        self.at += 1
        number = self._scoped("atom", stops)
        return Piece("factor", [Script(Ident("P"), row(number))]) if number else None

    def _hypothesis(self, stops: Stops) -> Piece | None:
        """Reads "нулевая гипотеза": the name of a hypothesis and a colon before what it says."""
        index = self.peek().senses["hypothesis"]
        self.at += 1
        self.skip("pause")
        if self.peek().senses.get("rel") == "equals":
            self.at += 1  # "это", "в том что"
        colon = symbol_node("ordinarycolon")
        return Piece("factor", [Script(Ident("H"), letter_or_number(index)), colon])

    def _text(self, stops: Stops) -> Piece | None:
        """A word that is written as a word."""
        self.at += 1
        return Piece("factor", [Text(f"{self.tokens[self.at - 1].senses['text']} ")])

    def _power_before(self, stops: Stops) -> Piece | None:
        """Reads "квадрат икс": the power named before its base."""
        number = "2" if self.has("square_of") else "3"
        name = self.peek().word
        self.at += 1
        base = self.agreed(name, self._scoped("atom", stops), stops)
        if not base:
            return None
        if _starts_function(Piece("factor", base)) and grouped(base) == base:
            return Piece("factor", [*raised(base[:1], Num(number)), *base[1:]])
        return Piece("factor", raised(grouped(base) if len(base) > 1 else base, Num(number)))

    def _expected(self, stops: Stops) -> Piece | None:
        self.at += 1
        body = self._scoped("atom", stops)
        return Piece("factor", [Ident("E", "bb"), Sym("[", "open"), *body, Sym("]", "close")])

    def _length(self, stops: Stops) -> Piece | None:
        self.at += 1
        body = self.level(stops | _POWERS, sums=False, rels=False, beside=True, muls=False, overs=False, commas=False)
        return Piece("factor", [Sym("|", "open"), *body, Sym("|", "close")]) if body else None

    def _quantity_name(self, stops: Stops) -> Piece | None:
        """The letter of a quantity, unless the word means something else before what follows: "length of a"."""
        token = self.peek()
        if len(token.senses) > 1 and any(kind in self.peek(1).senses for kind in _TAKES_OPERAND):
            return None
        self.at += 1
        return Piece("factor", [formulas.symbol(token.senses["quantity_name"])])

    def _probability(self, stops: Stops) -> Piece | None:
        self.at += 1
        body = self.level(stops, commas=False, rels=self.lex.language == "en")
        while self.peek().senses.get("rel") == "mid":
            self.at += 1
            body = [*body, Sym("∣", "rel"), *self.level(stops, commas=False, rels=False)]
        return Piece("factor", [Ident("P"), *parenthesized(body)])

    def _conjugate(self, stops: Stops) -> Piece | None:
        self.at += 1
        return Piece("factor", [Accent(row(self._scoped("atom", stops)), "bar")])

    def _closure(self, stops: Stops) -> Piece | None:
        self.at += 1
        base = self._scoped("atom", stops)
        return Piece("factor", [Accent(row(base), "overline")]) if base else None

    def _inverted(self, stops: Stops) -> Piece | None:
        """Reads "the inverse of A": the power minus one."""
        self.at += 1
        base = self._scoped("atom", stops)
        return Piece("factor", raised(base, Row((MINUS, Num("1"))))) if base else None

    def _inverse_function(self, stops: Stops) -> Piece | None:
        """Reads "обратная функция эф": the power belongs to the name, and not to what it is applied to."""
        self.at += 1
        return Piece("factor", [Script(self._leaf(), None, Row((MINUS, Num("1"))))]) if self.has("id") else None

    def _transposed(self, stops: Stops) -> Piece | None:
        """The word before its matrix."""
        self.at += 1
        self.skip("of")
        base = self._scoped("atom", stops)
        return Piece("factor", raised(base, Ident("T"))) if base else None

    def _vector_operator(self, stops: Stops) -> Piece | None:
        senses = self.peek().senses
        self.at += 1
        nabla = Sym("∇", "ord")
        if "laplacian" in senses:
            return Piece("factor", [Script(nabla, None, Num("2"))])
        return Piece("factor", [nabla, Sym("⋅", "bin") if "divergence" in senses else Sym("×", "bin")])

    def _degree_root(self, stops: Stops) -> Piece | None:
        """Reads "корень пятой степени из икс"."""
        name = self.peek().word
        self.at += 1
        if self.has("ordinal"):
            value = self.peek().senses["ordinal"]
            self.at += 1
            self.skip("power_of") or self.skip("power")
            self.skip("root_of") or self.skip("of")
            return self._rooted(Num(value) if value[0].isdigit() else Ident(value), stops, name)
        self.skip("root_of") or self.skip("of")
        return self._rooted(None, stops, name)

    def _root_after(self, items: Items) -> Items | None:
        """Reads "икс под корнем"."""
        self.at += 1
        index = Num("3") if "cube_root_after" in self.tokens[self.at - 1].senses else None
        return [Root(row(items), index)]

    def _power_set(self, stops: Stops) -> Piece | None:
        self.at += 1
        return Piece("factor", [Ident("P", "cal"), *parenthesized(self._scoped("atom", stops))])

    def _complement(self, stops: Stops) -> Piece | None:
        self.at += 1
        base = self._scoped("atom", stops) or [Row()]
        return Piece("factor", raised(grouped(base), Ident("c")))

    def _range(self, pieces: list[Piece]) -> bool:
        """Reads "i equals 1 to n" and "A to B" where no bounds are wanted."""
        if self.depth > 1 or not self._starts_operand(self.peek(1).senses, True):
            return False if self.depth > 1 else self._unreadable()
        self.at += 1
        first = pieces[-1].items[0] if pieces[-1].items else None
        if len(pieces) > 1 and pieces[-2].items == [EQUALS] and isinstance(first, Num):
            pieces += [_COMMA, _DOTS, _COMMA]
        elif _ends_in_number(pieces[-1].items) and self.has("num"):
            pieces.append(Piece("text", [Text(" to ")]))
        else:
            pieces.append(Piece("rel", [ARROW]))
        return True

    def _complement_after(self, items: Items) -> Items | None:
        """Reads "A complement"."""
        self.at += 1
        return raised(items, Ident("c"))

    def _evaluated(self, pieces: list[Piece]) -> bool:
        self.at += 1
        below = self.level(frozenset(("to",)), commas=False)
        above = self.level(rels=False, commas=False) if self.skip("to") else None
        pieces.append(Piece("factor", [Script(Sym("|", "close"), row(below), None if above is None else row(above))]))
        return True

    # Settling a level

    def settle(self, pieces: list[Piece]) -> Items:
        """The pieces as one list of nodes, with the fractions made."""
        items: Items = []
        segment: list[Piece] = []
        for piece in _with_dots_apart(pieces):
            if piece.kind in ("rel", "punct"):
                items += self._segment(segment)
                items += piece.items
                segment = []
            elif piece.note == "union" and not segment and items[-1:] and items[-1] in _CONTAINS:
                segment.append(Piece("factor", parenthesized(piece.items)))
            else:
                segment.append(piece)
        return items + self._segment(segment)

    def _segment(self, pieces: list[Piece]) -> Items:
        """What stands between two relations."""
        pieces = [piece for piece in pieces if piece.items or piece.kind == "over"]
        while pieces and pieces[0].kind == "over":
            pieces = pieces[1:]
        while pieces and pieces[-1].kind == "over":
            pieces = pieces[:-1]
        overs = self._count_overs(pieces)
        if not overs:
            return self._limit_of_sum(pieces)
        total = overs
        while overs and any(piece.kind == "over" for piece in pieces):
            at = self._first_over(pieces)
            pieces = self._divide(pieces, at, total)
            overs -= 1
        return self._product(pieces)

    def _count_overs(self, pieces: list[Piece]) -> int:
        """How many fractions there are. Raises ParseError where they stand too deep inside each other."""
        total = nested = 0
        for piece in pieces:
            if piece.kind == "sign":
                nested = 0
            elif piece.kind == "over":
                total, nested = total + 1, nested + 1
                if nested > MAX_DEPTH:
                    raise self.error(f"more than {MAX_DEPTH} fractions inside each other")
        return total

    def _first_over(self, pieces: list[Piece]) -> int:
        """The fraction to make first: in "a over b over c" it is b over c."""
        at = next(index for index, piece in enumerate(pieces) if piece.kind == "over")
        while at + 2 < len(pieces) and pieces[at + 2].kind == "over" and _nests(pieces[at].note, pieces[at + 2].note):
            at += 2
        return at

    def _limit_of_sum(self, pieces: list[Piece]) -> Items:
        """The product of the pieces; a sum after a limit is put in brackets."""
        at = next((index for index, piece in enumerate(pieces) if piece.note in ("limit", "product")), None)
        if at is None and len(pieces) > 4 and _is_differential(pieces[-2:]):
            return self._integral_of_sum(pieces)
        if at is None or sum(piece.kind == "sign" for piece in pieces[at + 2 :]) == 0:
            return self._product(pieces)
        head, body = self._product(pieces[: at + 1]), self._product(pieces[at + 1 :])
        if any(piece.note == "limit" for piece in pieces[at + 1 :]):
            return head + body
        if self.choices.choose((("brackets", 0.0), ("bare", 0.5))) == "bare":
            return head + body
        return head + parenthesized(body)

    def _integral_of_sum(self, pieces: list[Piece]) -> Items:
        """The integral of a sum with one "dx" at its end: the sum in brackets."""
        at = max((index for index, piece in enumerate(pieces) if piece.kind == "operator"), default=-1)
        body = pieces[at + 1 : -2]
        differentials = sum(piece.items == [Ident("d")] for piece in body)
        if at < 0 or differentials or not any(piece.kind == "sign" for piece in body[1:]):
            return self._product(pieces)
        if self.choices.choose((("brackets", 0.0), ("bare", 0.5))) == "bare":
            return self._product(pieces)
        return [*self._product(pieces[: at + 1]), *parenthesized(self._product(body)), *self._product(pieces[-2:])]

    def _divide(self, pieces: list[Piece], at: int, total: int) -> list[Piece]:
        note = pieces[at].note
        left = self._left(pieces, at, total, note)
        right = self._right(pieces, at, total, note, left)
        above = self._product(pieces[left:at])
        below = self._product(pieces[at + 1 : right])
        slash, stacked = (0.0, 1.0) if note == "slash" else (0.8, 0.0)
        ending = right == len(pieces) and total == 1
        bracketed = self.spelled_brackets and self._bare_part(above) != above
        if note == "divided" and self.lex.language == "en" and (bracketed or ending and _is_in_line([*above, *below])):
            slash, stacked, note = 0.0, 0.5, "divided in line"
        options = sorted((("slash", slash), ("fraction", stacked)), key=lambda option: option[1])
        how = self.policy.divided
        if (self.style(note, options) if how == "auto" else how) == "slash":
            quotient: Items = [*grouped(above), Sym("/", "ord"), *grouped(below)]
        else:
            quotient = [Frac(row(self._bare_part(above)), row(self._bare_part(below)))]
        return [*pieces[:left], Piece("factor", quotient, "fraction"), *pieces[right:]]

    def _bare_part(self, items: Items) -> Items:
        """A part of a fraction without the parentheses that were said around all of it."""
        if self.lex.language == "ru" or len(items) < 3 or items[0] != LEFT or items[-1] != RIGHT:
            return items
        return items[1:-1] if _closes(items) == len(items) - 1 else items

    def _left(self, pieces: list[Piece], at: int, total: int, note: str) -> int:
        run = at
        while run > 0 and pieces[run - 1].kind == "factor":
            run -= 1
        if at - run > 1 and fractions.is_share(pieces[run].items) and self.lex.language == "en":
            run += 1
        whole = 0
        if pieces[0].kind == "sign" and note not in ("all_over", "agreeing"):
            whole = 1
        if note in ("all_over", "agreeing"):
            return 0
        if run <= whole:
            return self._with_sign(pieces, run)
        scope = self.policy.over_left if note == "over" else self.policy.divided_left
        if note == "divided_term":
            scope = "sum" if self._is_sum_divided(pieces, at, total) else "term"
        operators = [index for index in range(whole, at) if pieces[index].kind == "operator"]
        whole = operators[-1] + 1 if operators else whole
        if run <= whole:
            return self._with_sign(pieces, run)
        if scope == "auto":
            scope = fractions.numerator(pieces, whole, at, total)
        other = "term" if scope == "sum" else "sum"
        answer = self.choices.choose(((scope, 0.0), (other, 1.0)))
        if answer == "sum":
            return whole if operators else 0
        return run

    def _is_sum_divided(self, pieces: list[Piece], at: int, total: int) -> bool:
        """Whether «деленного на» in the midst of a sum divides all before it."""
        return False

    def _with_sign(self, pieces: list[Piece], run: int) -> int:
        """Where the numerator begins when only a sign stands before it."""
        if run != 1 or pieces[0].kind != "sign":
            return run
        return 0 if self.choices.choose((("term", 0.0), ("signed", 1.0))) == "signed" else run

    def _right(self, pieces: list[Piece], at: int, total: int, note: str, left: int) -> int:
        run = at + 1
        while run < len(pieces) and pieces[run].kind == "sign":
            run += 1
        while run < len(pieces) and (pieces[run].kind == "factor" or pieces[run].kind == "operator" and run == at + 1):
            run += 1
        if (
            run > at + 1
            and begins_with_number(pieces[at + 1])
            and not any(_starts_function(piece) for piece in pieces[left:at])
        ):
            run = next((i for i in range(at + 2, run) if _starts_function(pieces[i])), run)
        applied = next(
            (i for i in range(at + 2, run) if begins_with_number(pieces[at + 1]) and _is_applied(pieces[i])), 0
        )
        if applied:
            return applied
        while run - at > 3 and _is_differential(pieces[run - 2 : run]):
            run -= 2
            if run - at <= 3 or not _is_differential(pieces[run - 2 : run]):
                return run
        if run == len(pieces) or pieces[run].kind == "over":
            return run
        scope = self.policy.over_right if note == "over" else self.policy.divided_right
        if note in ("divided_term", "enclosed"):
            scope = "term"
        end = run
        while end < len(pieces) and pieces[end].kind != "over":
            end += 1
        if scope == "auto":
            scope = self._auto_right(pieces, left, at, run, total)
        other = "term" if scope == "sum" else "sum"
        answer = self.choices.choose(((scope, 0.0), (other, 1.0)))
        if answer == "term":
            return run
        signs = [index for index in range(run, end) if pieces[index].kind == "sign"]
        end = next((i for i in range(signs[-1], end) if pieces[i].note == "times"), end) if signs else end
        return end - 2 if end - at > 3 and _is_differential(pieces[end - 2 : end]) else end

    def _auto_right(self, pieces: list[Piece], left: int, at: int, run: int, total: int) -> Reach:
        """Whether all of "c plus d" stands under, or only "c"."""
        if total > 1 or pieces[run].kind != "sign":
            return "term"
        if self.lex.language == "ru":
            return "term" if self._is_unit(pieces, at, run) else "sum"
        return fractions.denominator(pieces, left, at, run, self.in_integral)

    def _is_unit(self, pieces: list[Piece], at: int, run: int) -> bool:
        """Whether a number other than 1 stands under: "x over 2 plus 1"."""
        below = pieces[at + 1].items
        return run == at + 2 and len(below) == 1 and isinstance(below[0], Num) and below[0].text != "1"

    def _product_sign(self, before: Node | None, after: Node | None) -> Literal["none", "dot", "cross"]:
        """The sign that people write: none, but between numbers; in Russian a dot before Greek and indexed letters."""
        if isinstance(after, Num):
            return "cross" if after.text == "10" else "dot"
        if isinstance(after, Script) and isinstance(after.base, Num):
            return "cross" if after.base.text == "10" else "dot"
        if self.lex.language == "ru":
            if isinstance(after, Ident) and after.text in _GREEK:
                return "dot"
            if isinstance(before, Script) and isinstance(after, Script) and before.sub is not None:
                return "dot"
        return "none"

    def _product(self, pieces: Sequence[Piece]) -> Items:
        """Factors, signs and products side by side."""
        pieces = self._bracketed(pieces)
        items: Items = []
        bracketed = False
        for index, piece in enumerate(pieces):
            if piece.note == "sum" and _is_factor(pieces, index):
                items += parenthesized(piece.items)
            elif piece.kind == "mul" and piece.note == "times":
                sign = self._times(pieces, index)
                bracketed = sign is None
                items += sign or []
            elif bracketed:
                items += [LEFT, *piece.items, RIGHT]
                bracketed = False
            else:
                items += piece.items
        return items

    def _bracketed(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Brackets that are never spoken: "x times minus y", "a minus minus b", "r times 1 minus p"."""
        for at in range(len(pieces) - 2, 0, -1):
            if at + 1 >= len(pieces):
                continue
            piece, after = pieces[at], pieces[at + 1]
            if after.kind == "sign" and (piece.kind == "sign" or piece.note == "times"):
                end = at + 2
                while end < len(pieces) and pieces[end].kind == "factor":
                    end += 1
                if end > at + 2:
                    inside = self._product(pieces[at + 1 : end])
                    pieces = [*pieces[: at + 1], Piece("factor", [LEFT, *inside, RIGHT]), *pieces[end:]]
            elif piece.note == "times" and at + 2 < len(pieces) and pieces[at + 2].kind == "sign":
                if after.items != [Num("1")] and not repeats(pieces, at) and not self._wraps(pieces, at):
                    continue
                end = at + 3
                while end < len(pieces) and pieces[end].kind == "factor":
                    end += 1
                if end < len(pieces) and pieces[end].kind == "mul":
                    continue
                inside = self._product(pieces[at + 1 : end])
                last = inside[-1]
                outer: Items = [LEFT, *inside, RIGHT]
                if (
                    isinstance(last, Script)
                    and isinstance(last.base, Ident)
                    and last.sup
                    and not isinstance(last.sup, Num)
                ):
                    outer = [LEFT, *inside[:-1], Script(last.base, last.sub) if last.sub else last.base, RIGHT]
                    outer = raised(outer, last.sup)
                wrapped = "sums" if products.are_sums(pieces, at) and self.lex.language == "en" else "wrap"
                if at > 2 and pieces[at - 2].kind == "sign" and self.styles.get(wrapped) == "brackets":
                    first = max(0, at - 3)
                    whole = [LEFT, *self._product(pieces[first:at]), RIGHT]
                    pieces = [
                        *pieces[:first],
                        Piece("factor", whole),
                        pieces[at],
                        Piece("factor", outer),
                        *pieces[end:],
                    ]
                else:
                    pieces = [*pieces[: at + 1], Piece("factor", outer), *pieces[end:]]
        return pieces

    def _wraps(self, pieces: Sequence[Piece], at: int) -> bool:
        """Whether "a minus b times a plus b" is a product of sums."""
        if self.lex.language == "en" and (products.are_sums(pieces, at) or products.is_sum(pieces, at)):
            return self.style("sums", (("brackets", 0.0), ("bare", 0.5))) == "brackets"
        signs = at > 2 and pieces[at - 2].kind == "sign"
        return self.style("wrap", (("bare", 0.0), ("brackets", 0.9 if signs else 1.1))) == "brackets"

    def _times(self, pieces: Sequence[Piece], at: int) -> Items | None:
        """The sign for "times", None where the number after it is put in brackets."""
        how = self.policy.times
        if how == "auto":
            before = pieces[at - 1].items[-1] if at and pieces[at - 1].items else None
            after = pieces[at + 1].items[0] if at + 1 < len(pieces) and pieces[at + 1].items else None
            how = self._product_sign(before, after)
            if self.lex.language == "en":
                how = products.sign(pieces, at) or how
            if after is None or before is None:
                how = "cross"
            others = [name for name in ("none", "dot", "cross") if name != how]
            numbers = isinstance(before, Num) and isinstance(after, Num) and after.text != "10"
            if (
                numbers
                and self._brackets_factor(pieces, at)
                and self.style("numbers", (("brackets", 0.0), ("sign", 0.5))) == "brackets"
            ):
                return None
            how = self.style(  # type: ignore[assignment]
                f"times {how}", ((how, 0.0), (others[0], 1.2), (others[1], 1.2))
            )
        signs: dict[str, Items] = {"none": [], "dot": [Sym("⋅", "bin")], "cross": [Sym("×", "bin")]}
        return signs[how]

    def _brackets_factor(self, pieces: Sequence[Piece], at: int) -> bool:
        """Whether people write the second of two numbers in brackets, rather than a sign before it: not in a sum."""
        return all(piece.kind != "sign" for piece in pieces[1:])


_DOTS = Piece("factor", [symbol_node("ldots")])
_COMMA = Piece("punct", [COMMA])
COMBINED: dict[str, Items] = {
    "product_of": [],
    "set_difference_of": [Sym("∖", "bin")],
    "sum_of": [PLUS],
    "difference_of": [MINUS],
    "union_of": [Sym("∪", "bin")],
    "intersection_of": [Sym("∩", "bin")],
    "cartesian_of": [Sym("×", "bin")],
    "dot_of": [Sym("⋅", "bin")],
    "cross_of": [Sym("×", "bin")],
    "tensor_of": [Sym("⊗", "bin")],
}
_MATES = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "|": "|", "‖": "‖", "⌊": "⌋", "⌈": "⌉"}


def _nests(first: str, second: str) -> bool:
    """Whether a quotient stands below another: "a over b over c"; what follows "all over" does in any case."""
    return first == second or first in ("all_over", "agreeing") and second != "all_over"


def _is_factor(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a sum that was read as one stands beside a factor, or is subtracted."""
    after = at + 1 < len(pieces) and pieces[at + 1].kind != "sign"
    return after or at > 0 and pieces[at - 1].items != [PLUS]


def _ends_in_number(items: Items) -> bool:
    """Whether the last is a number or a quantity."""
    last = items[-1] if items else None
    return isinstance(last, Num) or isinstance(last, Ident) and last.font == "rm" and by_symbol(last.text) is not None


def _likeliest(*options: tuple[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(options, key=lambda option: option[1]))


def _scopes(first: str) -> tuple[tuple[str, float], ...]:
    order = {"atom": ("atom", "sum", "term"), "term": ("term", "atom", "sum"), "sum": ("sum", "atom", "term")}[first]
    return tuple((name, float(index)) for index, name in enumerate(order))


def letter(value: str) -> Node:
    """A letter by itself or by its name in symbols.tsv."""
    return Ident(value) if len(value) == 1 else symbol_node(value)


def letter_or_number(value: str) -> Node:
    """What is written with one letter, or with digits."""
    return Num(value) if value.isdigit() else letter(value)


def _varies(power: Node, variable: Items) -> bool:
    """Whether a power is one of the variable, or of e: "x squared" by x, and not the component "x to the mu" by t."""
    return isinstance(power, Script) and (variable == [power.base] or power.base == Ident("e"))


def _is_powered(node: Node) -> bool:
    return isinstance(node, Script) and node.sup is not None


def _is_named(token: Token, node: Node) -> bool:
    return "id" in token.senses and letter(token.senses["id"]) == node


def _is_blackboard(node: Node) -> bool:
    return isinstance(node, Ident) and node.font == "bb"


def _with_dots_apart(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces with a comma on both sides of dots that have one on one side."""
    if _DOTS not in pieces:
        return pieces
    apart: list[Piece] = []
    for before, piece, after in zip([None, *pieces[:-1]], pieces, [*pieces[1:], None], strict=True):
        apart.append(piece)
        if before is None or after is None:
            continue
        if piece == _DOTS and before == _COMMA and after.kind in ("factor", "operator"):
            apart.append(_COMMA)
        elif after == _DOTS and piece.kind == "factor" and pieces[pieces.index(_DOTS) + 1 :][:1] == [_COMMA]:
            apart.append(_COMMA)
    return apart


def _alternating(pieces: Sequence[Piece]) -> Node | None:
    """The power in "minus one to the n", where the sign is raised too."""
    if len(pieces[-1].items) != 1 or len(pieces) < 2 or pieces[-2].items != [MINUS]:
        return None
    last = pieces[-1].items[0]
    if not isinstance(last, Script) or last.base != Num("1") or last.sub is not None or isinstance(last.sup, Num):
        return None
    first = len(pieces) == 2 or pieces[-3].kind in ("rel", "over", "mul", "sign", "punct", "operator")
    return last.sup if first else None


def _is_index(node: Node) -> bool:
    """Whether "plus 1" behind it belongs to it, as in "x sub n plus 1"."""
    return isinstance(node, Ident) and (node.text in _INDEX_LETTERS or node.text in "dδλμκσαν")


def _variable(body: Items) -> Node:
    """What a derivative is taken by when nobody says: x, or the first letter that is not e."""
    letters: Items = []
    for item in body:
        inside: Node = item
        if isinstance(item, Script) and isinstance(item.base, Operator):
            inside = row(_parts(item.sup))  # the base of a logarithm is no variable
        letters += [node for node in walk(inside) if isinstance(node, Ident) and node.text not in "efghuπ"]
    return letters[0] if letters and _X not in letters else _X


def _named(name: str) -> Node:
    symbol = symbols.by_name(name)
    return symbol_node(name) if symbol is not None else Ident(name)


def _replace_base(node: Script, base: Node) -> Script:
    return Script(base, node.sub, node.sup, node.limits)


def _is_in_line(items: Items) -> bool:
    """Whether a quotient of these is mostly written with a slash: one of named quantities, with nothing added."""
    if any(isinstance(item, Operator | Root) or isinstance(item, Sym) and item.cls == "bin" for item in items):
        return False
    nodes = (node for item in items for node in walk(item))
    return any(
        isinstance(node, Script)
        and node.sub is not None
        or isinstance(node, Ident)
        and kind_of(node) in ("capital", "greek")
        and node != Ident("π")
        for node in nodes
    )


def _starts_function(piece: Piece) -> bool:
    first = piece.items[0] if piece.items else None
    return isinstance(first, Operator) or isinstance(first, Script) and isinstance(first.base, Operator)


def _is_applied(piece: Piece) -> bool:
    """Whether a factor is "f of x"."""
    return len(piece.items) > 3 and piece.items[1] == LEFT and isinstance(piece.items[0], Ident)


def _is_differential(pieces: Sequence[Piece]) -> bool:
    return len(pieces) == 2 and pieces[0].items == [Ident("d")] and len(pieces[1].items) == 1


def grouped(items: Items) -> Items:
    """In parentheses if there is a sum in it."""
    depth = 0
    for item in items:
        if isinstance(item, Sym):
            depth += (item.cls == "open") - (item.cls == "close" and item.text != "!")
            if depth == 0 and item.cls == "bin":
                return parenthesized(items)
        elif isinstance(item, Script) and isinstance(item.base, Sym) and item.base.cls == "close":
            depth -= 1
    return items


def raised(items: Items, power: Node) -> Items:
    """The last item with a superscript, brackets around it where it needs them."""
    if not items:
        return [Script(Row(), None, power)]
    last = items[-1]
    if isinstance(last, Script) and last.sup is None:
        return [*items[:-1], Script(last.base, last.sub, power, last.limits)]
    if isinstance(last, Script) and (last.sup is None or _PRIME in _parts(last.sup) or not is_power(power)):
        return [*items[:-1], Script(last.base, last.sub, Row((*_parts(last.sup), *_parts(power))), last.limits)]
    if isinstance(last, Script):
        return [*items[:-1], LEFT, last, Script(RIGHT, None, power)]
    if isinstance(last, Frac):
        return [*items[:-1], LEFT, last, Script(RIGHT, None, power)]
    return [*items[:-1], Script(last, None, power)]


def is_power(node: Node) -> bool:
    """Whether a superscript is a power of all that it stands at, and no mark."""
    return any(isinstance(part, Num) for part in walk(node))


def lowered(items: Items, index: Node) -> Items:
    """The last item with a subscript."""
    if not items:
        return [Script(Row(), index)]
    last = items[-1]
    if isinstance(last, Script) and last.sub is None:
        return [*items[:-1], Script(last.base, index, last.sup, last.limits)]
    if isinstance(last, Script):
        if isinstance(last.sub, Script):
            return [*items[:-1], Script(last.base, Row((last.sub, index)), last.sup, last.limits)]
        return [*items[:-1], Script(last.base, row(lowered(_parts(last.sub), index)), last.sup, last.limits)]
    return [*items[:-1], Script(last, index)]


def _parts(node: Node | None) -> Items:
    if node is None:
        return []
    return list(node.items) if isinstance(node, Row) else [node]


def primed(items: Items, count: int) -> Items:
    """The last item with primes."""
    marks: Node = _PRIME if count == 1 else Row((_PRIME,) * count)
    return raised(items, marks)


_POSTFIXES: tuple[tuple[str, Callable[..., Items | None]], ...] = (
    ("squared", Grammar._fixed_power),
    ("cubed", Grammar._fixed_power),
    ("halved", Grammar._halved),
    ("power_of", Grammar._power_of),
    ("to_the", Grammar._to_the),
    ("sup", Grammar._sup),
    ("sub", Grammar._sub),
    ("naught", Grammar._naught),
    ("triple_prime", Grammar._prime_mark),
    ("double_prime", Grammar._prime_mark),
    ("prime", Grammar._prime_mark),
    ("inverse", Grammar._inverse),
    ("transpose", Grammar._transpose),
    ("star", Grammar._star),
    ("root_after", Grammar._root_after),
    ("cube_root_after", Grammar._root_after),
    ("index", Grammar._ordinal_index),
    ("factorial", Grammar._factorial),
    ("degrees", Grammar._degrees),
    ("unit", Grammar._unit),
    ("mark", Grammar._mark),
    ("of", Grammar._of),
    ("dagger", Grammar._dagger),
    ("complement", Grammar._complement_after),
    ("font", Grammar._font_after),
)

_OPERANDS: tuple[tuple[str, Callable[..., Piece | None]], ...] = (
    ("num", Grammar._num),
    ("frac", Grammar._frac),
    ("open", Grammar._open),
    ("around", Grammar._around),
    ("fence", Grammar._fence),
    ("font", Grammar._font),
    ("union_of", Grammar._combined),
    ("set_difference_of", Grammar._combined),
    ("symmetric_difference_of", Grammar._combined),
    ("composition_of", Grammar._combined),
    ("direct_sum_of", Grammar._combined),
    ("hadamard_of", Grammar._combined),
    ("inverse_function", Grammar._inverse_function),
    ("intersection_of", Grammar._combined),
    ("cartesian_of", Grammar._combined),
    ("dot_of", Grammar._combined),
    ("cross_of", Grammar._combined),
    ("tensor_of", Grammar._combined),
    ("product_of", Grammar._combined),
    ("sum_of", Grammar._combined),
    ("difference_of", Grammar._combined),
    ("quotient_of", Grammar._combined),
    ("degree_root", Grammar._degree_root),
    ("root", Grammar._root_node),
    ("cube_root", Grammar._root_node),
    ("fourth_root", Grammar._root_node),
    ("fifth_root", Grammar._root_node),
    ("n_root", Grammar._root_node),
    ("ordinal_root", Grammar._ordinal_root),
    ("ordinal", Grammar._nth),
    ("derivative", Grammar._derivative),
    ("second_derivative", Grammar._derivative),
    ("third_derivative", Grammar._derivative),
    ("partial_derivative", Grammar._derivative),
    ("second_partial_derivative", Grammar._derivative),
    ("big", Grammar._big),
    ("fn", Grammar._function),
    ("word_fn", Grammar._word_function),
    ("set", Grammar._set),
    ("vector", Grammar._vector),
    ("numerator", Grammar._numerator),
    ("fraction", Grammar._fraction),
    ("quantity", Grammar._quantity),
    ("twice", Grammar._twice),
    ("thrice", Grammar._twice),
    ("half_of", Grammar._half_of),
    ("identity", Grammar._identity),
    ("binomial", Grammar._binomial),
    ("arrangements", Grammar._arrangements),
    ("permutations", Grammar._permutations),
    ("hypothesis", Grammar._hypothesis),
    ("text", Grammar._text),
    ("square_of", Grammar._power_before),
    ("cube_of", Grammar._power_before),
    ("expected", Grammar._expected),
    ("probability", Grammar._probability),
    ("quantity_name", Grammar._quantity_name),
    ("length", Grammar._length),
    ("conjugate", Grammar._conjugate),
    ("closure_of", Grammar._closure),
    ("inverse_of", Grammar._inverted),
    ("transpose", Grammar._transposed),
    ("power_set", Grammar._power_set),
    ("complement_of", Grammar._complement),
    ("laplacian", Grammar._vector_operator),
    ("divergence", Grammar._vector_operator),
    ("curl", Grammar._vector_operator),
    ("id", Grammar._id),
    ("ord", Grammar._ord),
    ("mark", Grammar._premark),
)
