r"""What a formula is made of, to the ear: the light semantic pass that the styles of speech share.

`structure` turns the normal form into a tree of sums, products, applications of functions, powers, fractions, sums with
bounds, sets, derivatives and so on. It never fails: what has no place in a grammar of expressions (a stray bracket, two
relations in a row) stands in a `Sequence`, in the order of the formula. `meaning` is the strict one, for computing.

What is common to both, and to the natural style, which walks the rows itself, is here too: which bracket faces which,
what is a derivative, which letters name functions.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal, NamedTuple, TypeAlias

from . import symbols
from .nodes import (
    Accent,
    Enclosed,
    Fence,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Stack,
    Styled,
    Sym,
    Table,
    Text,
    Unknown,
    items_of,
    row,
)

FUNCTION_LETTERS: Final = frozenset("fghFGHφϕψΦΨ")
"""Letters that name functions unless told otherwise."""

BARS: Final = frozenset("|‖¦⦀｜")
"""Delimiters that open and close alike."""
_SIDEWAYS: Final = frozenset("∥⫴")
"""Relations that are bars where an operand is due."""
BRACKETS: Final = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "⟦": "⟧"}
DOTS: Final = frozenset("…⋯⋮⋱")
BEFORE_OPERAND: Final = frozenset({"bin", "rel", "open", "punct"})
"""The classes after which an operand is due."""

LIST, RELATION, SUM, PRODUCT = 10, 30, 40, 50
"""How strongly signs bind, as in symbols.tsv: up to LIST they separate, up to RELATION (and a little above) they state
something about both sides, then come sums, and from PRODUCT on products."""

_PRIME: Final = Sym("′")
_SLASH: Final = Sym("/")
_BAR = 18
_MORE_SIGNS: Final = {"/": PRODUCT, "\\": PRODUCT, ".": LIST, ":": _BAR, **dict.fromkeys(BARS, _BAR)}
"""Signs between operands that TeX has among the ordinary symbols."""
_PREFIXES: Final = frozenset("∀∃∄¬")
_POSTFIXES: Final = frozenset("!°%")
_SHUT: Final = "close"


class Leaf(NamedTuple):
    """A number, letter, sign, name or text."""

    node: Num | Ident | Sym | Operator | Text | Unknown


class Sequence(NamedTuple):
    """Things side by side that make no expression: words between formulas, stray signs. Empty for nothing at all."""

    parts: tuple[Structure, ...]


class Infix(NamedTuple):
    """Operands with signs of one strength between them, so that there is one sign less than operands.

    `strength` is that of symbols.tsv; see `LIST`, `RELATION`, `SUM` and `PRODUCT`.
    """

    strength: int
    operands: tuple[Structure, ...]
    signs: tuple[Structure, ...]


class Prefix(NamedTuple):
    """A sign before what it is about: a minus, a quantifier, a relation without a left side."""

    sign: Structure
    operand: Structure


class Postfix(NamedTuple):
    """A sign after what it is about: a factorial, a degree, a sign without a right side."""

    operand: Structure
    sign: Structure


class Juxtaposed(NamedTuple):
    """Factors side by side, multiplied without a sign."""

    factors: tuple[Structure, ...]


class Mixed(NamedTuple):
    """A whole number and a fraction of numbers."""

    whole: Leaf
    part: Fraction


class Repeating(NamedTuple):
    """A decimal with a bar over the digits that repeat; the point may stand apart from the number before it."""

    number: Leaf
    point: Leaf | None
    digits: Leaf
    node: Accent


class Applied(NamedTuple):
    """A function and what it is applied to."""

    function: Structure
    argument: Structure


class Fenced(NamedTuple):
    """Something in brackets or bars, which need not be of one kind."""

    open: Sym
    body: Structure
    close: Sym


class Builder(NamedTuple):
    """A set by its members and their condition: ``{x ∈ S | x > 0}``."""

    open: Sym
    member: Structure
    bar: Sym
    condition: Structure
    close: Sym


class Fraction(NamedTuple):
    """A fraction; `node.bar` tells whether it has a bar."""

    num: Structure
    den: Structure
    node: Frac


class Derivative(NamedTuple):
    """A fraction of differentials, in Leibniz's notation."""

    num: Structure
    den: Structure
    node: Frac


class Binomial(NamedTuple):
    """A binomial coefficient."""

    upper: Structure
    lower: Structure
    node: Node


class Radical(NamedTuple):
    """A root; square without a degree."""

    radicand: Structure
    degree: Structure | None
    node: Root


class Scripted(NamedTuple):
    """Something with sub- and superscript; the `primes` in front of the superscript are counted."""

    base: Structure
    sub: Structure | None
    primes: int
    sup: Structure | None
    node: Script


class Big(NamedTuple):
    """A sum, an integral, a limit: the operator, its bounds, and what it ranges over, None where nothing follows.

    The differential of an integral stands at the end of the body, as a factor.
    """

    operator: Leaf
    low: Structure | None
    high: Structure | None
    body: Structure | None
    node: Node


class Differential(NamedTuple):
    """``dx`` at the end of an integral."""

    sign: Leaf
    variable: Structure


class Evaluated(NamedTuple):
    """A bar after something that is to be taken at a value, or between two."""

    body: Structure
    low: Structure | None
    high: Structure | None
    bar: Script


class Marked(NamedTuple):
    """A mark over or under something, by its name in symbols.tsv."""

    base: Structure
    mark: str
    node: Accent


class Stacked(NamedTuple):
    """Something over or under something."""

    base: Structure
    over: Structure | None
    under: Structure | None
    node: Stack


class Grid(NamedTuple):
    """Rows and columns with the delimiters around them: a matrix, a determinant, cases, lines below each other."""

    open: str
    rows: tuple[tuple[Structure, ...], ...]
    close: str
    node: Table

    @property
    def kind(self) -> Literal["matrix", "determinant", "cases", "lines", "diagram"]:
        """What it is, as far as the delimiters tell."""
        match self.open, self.close:
            case ("(", ")") | ("[", "]") | ("‖", "‖"):
                return "matrix"
            case ("|", "|"):
                return "determinant"
            case ("{", "") | ("", "}"):
                return "cases"
            case _:
                return "diagram" if self.node.kind == "cd" else "lines"


class Surrounded(NamedTuple):
    """Something in a box or crossed out."""

    body: Structure
    node: Enclosed


Structure: TypeAlias = (
    Leaf | Sequence | Infix | Prefix | Postfix | Juxtaposed | Mixed | Repeating | Applied | Fenced | Builder | Fraction
    | Derivative | Binomial | Radical | Scripted | Big | Differential | Evaluated | Marked | Stacked | Grid | Surrounded
)  # fmt: skip

EMPTY: Final = Sequence(())


def structure(node: Node) -> Structure:
    """The structure of a formula in normal form. Raises RecursionError where it is nested too deep."""
    match node:
        case Row(items):
            return _Parser(items).whole()
        case Num() | Ident() | Sym() | Operator() | Text() | Unknown():
            return Leaf(node)
        case _:
            return _Parser((node,)).whole()


def pairs(items: tuple[Node, ...]) -> dict[int, int]:
    """Which bracket each opening one faces. Bars open where an operand is due and close where one has ended."""
    found: dict[int, int] = {}
    closed: set[int] = set()
    stack: list[tuple[int, str]] = []
    for at, item in enumerate(items):
        sign = item.base if isinstance(item, Script) else item
        if not isinstance(sign, Sym):
            continue
        if sign.text in BARS or sign.text in _SIDEWAYS:
            due = at == 0 or _is_due_after(items[at - 1], at - 1 in closed)
            if stack and stack[-1][1] == sign.text and not due:
                found[stack.pop()[0]] = at
                closed.add(at)
            elif item is sign and (due or (not stack and sign.text in BARS)):
                stack.append((at, sign.text))
        elif sign.cls == "open" and item is sign:
            stack.append((at, BRACKETS.get(sign.text, "")))
        elif sign.cls == "close" and sign.text != "!":
            while stack and (stack[-1][1] in BARS or stack[-1][1] in _SIDEWAYS):
                stack.pop()
            if stack:
                start, closing = stack.pop()
                if closing == sign.text or (closing in ")]" and sign.text in ")]"):
                    found[start] = at
    return found


def _is_due_after(item: Node, closed: bool) -> bool:
    """Whether an operand is due after an item; of bars, `closed` says whether it closed a pair."""
    if closed:
        return False
    if isinstance(item, Operator) or (isinstance(item, Sym) and item.text in BARS):
        return True
    return outer_class(item) in BEFORE_OPERAND


def outer_class(node: Node) -> str:
    """The class of what a listener hears first or last, for signs and brackets; "" for everything else."""
    if isinstance(node, Sym):
        return "" if node.cls == "close" and node.text == "!" else node.cls
    if isinstance(node, Script):
        base = node.base
        return base.cls if isinstance(base, Sym) and base.cls != "op" else ""
    return ""


def is_derivative(num: Node, den: Node) -> bool:
    """Leibniz's fraction: both begin with d, or both with ∂."""
    above, below = items_of(num), items_of(den)
    if len(below) < 2 or len(above) > 3:
        return False
    one, other = differential_sign(above[0]) if above else "", differential_sign(below[0])
    return bool(one) and one == other


def differential_sign(node: Node) -> str:
    """The letter of a differential, d or ∂, which may have a power; "" for everything else."""
    if isinstance(node, Script) and node.sub is None:
        node = node.base
    if isinstance(node, Ident) and node.text == "d":
        return "d"
    return "∂" if isinstance(node, Sym | Ident) and node.text == "∂" else ""


def sign_strength(node: Node) -> int:
    """How strongly an item binds its two sides, 0 if it is no sign between operands."""
    while True:
        match node:
            case Sym(text, cls):
                return _strength(text) if cls in ("bin", "rel", "punct") or text in _MORE_SIGNS else 0
            case Operator("mod"):
                return PRODUCT
            case Stack(base) | Accent(base) | Script(base):
                node = base
            case _:
                return 0


@cache
def _strength(text: str) -> int:
    more = _MORE_SIGNS.get(text)
    if more is not None:
        return more
    symbol = symbols.by_char(text)
    if symbol is None or symbol.cls not in ("bin", "rel", "punct"):
        return RELATION
    usual = {"bin": SUM, "rel": RELATION, "punct": LIST}[symbol.cls]
    return symbol.prec if symbol.prec is not None and symbol.prec < 65 else usual


class _Parser:
    """Precedence climbing over the items of one row, from `at` up to `stop`."""

    __slots__ = ("at", "in_integral", "items", "partners", "stop", "undifferentiated")

    def __init__(self, items: tuple[Node, ...]) -> None:
        self.items = items
        self.partners = pairs(items)
        self.at = 0
        self.stop = len(items)
        self.in_integral = False
        self.undifferentiated = -1
        """The `stop` before which no differential was found, so that nobody looks again."""

    def whole(self) -> Structure:
        """Everything up to `stop`."""
        parts: list[Structure] = []
        while self.at < self.stop:
            parts.append(self.expression(0))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def within(self, start: int, stop: int) -> Structure:
        """What stands between two places; goes on after it."""
        outer, integral = self.stop, self.in_integral
        self.at, self.stop, self.in_integral = start, stop, False
        body = self.whole()
        self.at, self.stop, self.in_integral = stop, outer, integral
        return body

    # Signs

    def strength(self) -> int:
        """That of the next item."""
        if self.at >= self.stop or self.at in self.partners:
            return 0
        item = self.items[self.at]
        if self.is_evaluation(item):
            return 0
        return RELATION if self.is_double_slash() else sign_strength(item)

    def is_double_slash(self) -> bool:
        """Whether two slashes stand here, as people type that lines are parallel."""
        at = self.at
        return self.items[at] == _SLASH and at + 1 < self.stop and self.items[at + 1] == _SLASH

    def is_evaluation(self, item: Node) -> bool:
        return isinstance(item, Script) and isinstance(item.base, Sym) and item.base.text in BARS

    def expression(self, low: int) -> Structure:
        """An expression of signs that bind at least as strongly as `low`; takes at least one item."""
        left = self.operand()
        while self.at < self.stop:
            item = self.items[self.at]
            if low <= SUM and isinstance(item, Script) and self.is_evaluation(item):
                self.at += 1
                left = Evaluated(left, _part(item.sub), _part(item.sup), item)
                continue
            strength = self.strength()
            if not strength or strength < low:
                break
            left = self.chain(left, strength)
        return left

    def chain(self, left: Structure, strength: int) -> Structure:
        """All operands that signs of one strength join."""
        operands: list[Structure] = [left]
        signs: list[Structure] = []
        while self.strength() == strength:
            sign = self.sign()
            if not self.begins():
                left = operands[0] if len(operands) == 1 else Infix(strength, tuple(operands), tuple(signs))
                return Postfix(left, sign)
            signs.append(sign)
            operands.append(self.expression(strength + 1))
        return Infix(strength, tuple(operands), tuple(signs))

    def sign(self) -> Structure:
        item = self.items[self.at]
        if self.is_double_slash():
            self.at += 2
            return Leaf(Sym("∥", "rel", span=item.span))
        self.at += 1
        return Leaf(item) if isinstance(item, Sym | Operator) else self.single(item)

    def begins(self) -> bool:
        """Whether an operand can begin here: something is left, and it is no separator and no bracket that closes."""
        if self.at >= self.stop:
            return False
        if self.at in self.partners:
            return True
        item = self.items[self.at]
        return outer_class(item) not in ("punct", _SHUT) and not self.is_evaluation(item)

    def operand(self) -> Structure:
        """A sign and its operand, or factors side by side."""
        item = self.items[self.at]
        strength = self.strength()
        if strength or (isinstance(item, Sym) and item.text in _PREFIXES):
            sign = self.sign()
            if not self.begins():
                return sign
            if (operator := _small_big(sign)) is not None:
                return operator._replace(body=self.expression(PRODUCT))
            low = PRODUCT if strength >= SUM else strength + 1 if strength else RELATION
            return Prefix(sign, self.expression(low))
        return self.product()

    # Products

    def product(self) -> Structure:
        first = self.factor()
        if not self.begins_factor() or _stands_apart(first):
            return first
        factors = [first]
        while self.begins_factor():
            factor = self.factor()
            last = factors[-1]
            if _is_whole(last) and isinstance(factor, Fraction) and _is_proper(factor):
                factors[-1] = Mixed(last, factor)  # type: ignore[arg-type]  # _is_whole says so
            else:
                factors.append(factor)
        return factors[0] if len(factors) == 1 else Juxtaposed(tuple(factors))

    def begins_factor(self) -> bool:
        """Whether the next item can be multiplied by standing after another."""
        at = self.at
        if at >= self.stop:
            return False
        if at in self.partners:
            return True
        item = self.items[at]
        if isinstance(item, Text):
            # Words before an operand stand between two formulas; at the end they name a unit.
            return at + 1 == self.stop or outer_class(self.items[at + 1]) in ("bin", "rel", "punct", _SHUT)
        if self.in_integral and self.differential_at(at):
            return False
        if isinstance(item, Sym) and item.text in _PREFIXES:
            return False
        return outer_class(item) not in ("open", _SHUT) and not sign_strength(item) and not self.is_evaluation(item)

    def factor(self) -> Structure:
        """One factor, with what is attached to it."""
        result = self.atom()
        while self.at < self.stop:
            item = self.items[self.at]
            if not (isinstance(item, Sym) and item.text in _POSTFIXES):
                break
            self.at += 1
            result = Postfix(result, Leaf(item))
        return result

    def atom(self) -> Structure:
        at, item = self.at, self.items[self.at]
        if at in self.partners:
            group = self.group(at)
            return self.applied(group) if _is_composite(group) else group
        self.at += 1
        if isinstance(item, Ident):
            return self.applied(Leaf(item)) if self.at in self.partners else Leaf(item)
        if isinstance(item, Num):
            return self.repeating(item) or Leaf(item)
        if isinstance(item, Text | Unknown):
            return Leaf(item)
        if isinstance(item, Sym):
            if item.cls == "op":
                return self.big(item, None, None, item)
            if item.text == "{" and self.at < self.stop and isinstance(self.items[self.at], Table):
                table = self.items[self.at]
                self.at += 1
                return _grid("{", table, "")
            return Leaf(item)
        if isinstance(item, Operator):
            return self.function(Leaf(item))
        if isinstance(item, Script):
            return self.script(item)
        if isinstance(item, Table):
            following = self.items[self.at] if self.at < self.stop else None
            if isinstance(following, Sym) and following.text == "}":
                self.at += 1
                return _grid("", item, "}")
        if isinstance(item, Accent):
            return self.applied(self.single(item))
        return self.single(item)

    def repeating(self, number: Num) -> Structure | None:
        """A decimal that goes on with repeating digits, if that is what stands here."""
        at = self.at
        if at >= self.stop or not isinstance(self.items[at], Sym | Accent):
            return None
        point = self.items[at]
        if isinstance(point, Sym):
            if point.text != "." or at + 1 >= self.stop:
                return None
            at += 1
        mark = self.items[at]
        if not isinstance(mark, Accent) or mark.mark not in ("bar", "overline") or not isinstance(mark.base, Num):
            return None
        if point is mark and "." not in number.text:
            return None
        self.at = at + 1
        return Repeating(Leaf(number), Leaf(point) if isinstance(point, Sym) else None, Leaf(mark.base), mark)

    def single(self, item: Node) -> Structure:
        """An item by itself, whatever follows it."""
        match item:
            case Num() | Ident() | Sym() | Operator() | Text() | Unknown():
                return Leaf(item)
            case Row(items):
                return _Parser(items).whole()
            case Frac(num, den, bar):
                if bar and is_derivative(num, den):
                    return Derivative(structure(num), structure(den), item)
                return Fraction(structure(num), structure(den), item)
            case Root(radicand, index):
                return Radical(structure(radicand), _part(index), item)
            case Script(base, sub, sup):
                return _scripted(structure(base), sub, sup, item)
            case Stack(base, over, under):
                return Stacked(structure(base), _part(over), _part(under), item)
            case Accent(base, mark):
                return Marked(structure(base), mark, item)
            case Table():
                return _grid("", item, "")
            case Enclosed(body):
                return Surrounded(structure(body), item)
            case Space() | Styled() | Fence():
                # The normal form has none.
                raise AssertionError(item)

    # Brackets

    def group(self, at: int) -> Structure:
        """What stands in brackets, with the scripts of the closing one."""
        end = self.partners[at]
        opening, closing = self.items[at], self.items[end]
        assert isinstance(opening, Sym)
        scripts = closing if isinstance(closing, Script) else None
        shut = scripts.base if scripts is not None else closing
        assert isinstance(shut, Sym)
        inside = self.items[at + 1 : end]
        group: Structure
        if len(inside) == 1 and isinstance(inside[0], Table):
            group = _grid(opening.text, inside[0], shut.text)
        elif len(inside) == 1 and isinstance(inside[0], Frac) and not inside[0].bar and opening.text == "(":
            group = Binomial(structure(inside[0].num), structure(inside[0].den), inside[0])
        else:
            bar = self.builder_bar(at, end) if opening.text == "{" else 0
            if bar:
                sign = self.items[bar]
                assert isinstance(sign, Sym)
                group = Builder(opening, self.within(at + 1, bar), sign, self.within(bar + 1, end), shut)
            else:
                body = self.within(at + 1, end)
                group = _norm(opening, body, shut) or Fenced(opening, body, shut)
        self.at = end + 1
        return group if scripts is None else _scripted(group, scripts.sub, scripts.sup, scripts)

    def builder_bar(self, at: int, end: int) -> int:
        """The place of the bar or colon in a set builder, 0 if there is none."""
        inner = at + 1
        while inner < end:
            item = self.items[inner]
            if isinstance(item, Sym) and item.text in "|:" and inner not in self.partners and inner > at + 1:
                return inner if inner + 1 < end else 0
            inner = self.partners.get(inner, inner) + 1
        return 0

    # Functions

    def applied(self, head: Structure) -> Structure:
        """A function with its argument in brackets, if that is what stands here."""
        at = self.at
        end = self.partners.get(at)
        if end is None or end >= self.stop:
            return head
        opening = self.items[at]
        assert isinstance(opening, Sym)
        if _is_function_name(head):
            if opening.text not in "([{" and opening.text not in BARS:
                return head
        elif not _is_name(head) or opening.text != "(":
            return head
        elif not self.is_simple(at + 1, end) and not _is_probability(head):
            return head
        argument = self.group(at)
        return Applied(head, argument)

    def is_simple(self, start: int, end: int) -> bool:
        """Whether an argument is one that letters are applied to, ``x(t)`` and not ``x(a + b)``."""
        begins = True
        for item in self.items[start:end]:
            strength = sign_strength(item)
            if strength > LIST and not (isinstance(item, Sym) and (item.text in BARS or (begins and item.text == "−"))):
                return False
            begins = 0 < strength <= LIST
        return start < end

    def function(self, head: Structure) -> Structure:
        """A named function and its argument: brackets, or the factors up to the next function."""
        if self.at >= self.stop:
            return head
        if self.at in self.partners:
            return Applied(head, self.group(self.at))
        if not self.begins_factor():
            return head
        factors = [self.factor()]
        while self.begins_factor() and not self.is_function(self.items[self.at]):
            if isinstance(factors[-1], Applied) and _is_named(factors[-1].function):
                break
            factors.append(self.factor())
        return Applied(head, factors[0] if len(factors) == 1 else Juxtaposed(tuple(factors)))

    def is_function(self, item: Node) -> bool:
        if isinstance(item, Script):
            item = item.base
        return isinstance(item, Operator) or (isinstance(item, Sym) and item.cls == "op")

    # Scripts and big operators

    def script(self, item: Script) -> Structure:
        base = item.base
        if isinstance(base, Sym) and base.cls == "op":
            return self.big(base, item.sub, item.sup, item)
        scripted = _scripted(structure(base), item.sub, item.sup, item)
        if isinstance(base, Operator):
            return self.limit(base, item) if _has_limits(base.name) else self.function(scripted)
        return self.applied(scripted) if self.at in self.partners else scripted

    def limit(self, base: Operator, item: Script) -> Structure:
        """A limit, a maximum: what stands below says where."""
        body = self.expression(PRODUCT) if self.begins_factor() else None
        return Big(Leaf(base), _part(item.sub), _part(item.sup), body, item)

    def big(self, base: Sym, sub: Node | None, sup: Node | None, node: Node) -> Structure:
        """A sum or an integral, with what it ranges over."""
        low, high = _part(sub), _part(sup)
        if not self.begins():
            return Big(Leaf(base), low, high, None, node)
        if _is_integral(base.text) and (at := self.last_differential()):
            outer, integral = self.stop, self.in_integral
            self.stop, self.in_integral = at, True
            parts = [] if self.at == at else [self.whole()]
            self.stop, self.in_integral = outer, integral
            parts += self.differentials()
            return Big(Leaf(base), low, high, parts[0] if len(parts) == 1 else Juxtaposed(tuple(parts)), node)
        if sign_strength(self.items[self.at]) in (0, SUM) or self.at in self.partners:
            return Big(Leaf(base), low, high, self.expression(PRODUCT), node)
        return Big(Leaf(base), low, high, None, node)

    def differentials(self) -> list[Structure]:
        """All that follow each other here."""
        found: list[Structure] = []
        while self.at + 1 < self.stop and self.differential_at(self.at):
            sign = self.items[self.at]
            assert isinstance(sign, Ident)
            found.append(Differential(Leaf(sign), self.single(self.items[self.at + 1])))
            self.at += 2
        return found

    def last_differential(self) -> int:
        """The place of the differential that ends an integral that begins here, 0 if there is none."""
        if self.undifferentiated == self.stop:
            return 0
        at, inner, seen = self.at, 0, False
        while at + 1 < self.stop:
            item = self.items[at]
            if self.differential_at(at):
                if not inner:
                    return at
                inner, seen = inner - 1, True
            elif _is_integral_item(item):
                inner += 1
            elif 0 < sign_strength(item) <= RELATION and at not in self.partners:
                return 0
            at = self.partners.get(at, at) + 1
        if not seen:
            self.undifferentiated = self.stop
        return 0

    def differential_at(self, at: int) -> bool:
        """Whether ``dx`` stands at a place."""
        if at + 1 >= len(self.items):
            return False
        sign, variable = self.items[at], self.items[at + 1]
        if not (isinstance(sign, Ident) and sign.text == "d"):
            return False
        base = variable.base if isinstance(variable, Script | Accent) else variable
        return isinstance(base, Ident)


def _norm(opening: Sym, body: Structure, shut: Sym) -> Structure | None:
    """Two bars at each side, as people type a norm."""
    if opening.text == "|" and isinstance(body, Fenced) and body.open.text == "|":
        return Fenced(Sym("‖", span=opening.span), body.body, Sym("‖", span=shut.span))
    return None


def _part(node: Node | None) -> Structure | None:
    return None if node is None else structure(node)


def _scripted(base: Structure, sub: Node | None, sup: Node | None, node: Script) -> Structure:
    primes = 0
    if sup is not None:
        items = items_of(sup)
        primes = next((at for at, item in enumerate(items) if item != _PRIME), len(items))
        if primes:
            sup = row(items[primes:]) if primes < len(items) else None
    return Scripted(base, _part(sub), primes, _part(sup), node)


def _small_big(sign: Structure) -> Big | None:
    """The sign of a union or an intersection before what it ranges over, for which some write the small sign."""
    match sign:
        case Leaf(Sym("∩" | "∪") as base):
            return Big(sign, None, None, None, base)
        case Stacked(Leaf(Sym("∩" | "∪")) as base, over, under, node):
            return Big(base, under, over, None, node)
        case Scripted(Leaf(Sym("∩" | "∪")) as base, sub, 0, sup, node):
            return Big(base, sub, sup, None, node)
        case _:
            return None


def _grid(opening: str, table: Node, closing: str) -> Grid:
    assert isinstance(table, Table)
    rows = tuple(tuple(map(structure, cells)) for cells in table.rows)
    return Grid(opening, rows, closing, table)


def _stands_apart(part: Structure) -> bool:
    """Words, and brackets without their partners, are no factors of what follows them."""
    if not isinstance(part, Leaf):
        return False
    return isinstance(part.node, Text) or (isinstance(part.node, Sym) and part.node.cls in ("open", _SHUT))


def _is_whole(part: Structure) -> bool:
    return isinstance(part, Leaf) and isinstance(part.node, Num) and part.node.text.isdigit()


def _is_proper(part: Fraction) -> bool:
    return part.node.bar and isinstance(part.node.num, Num) and isinstance(part.node.den, Num)


def _is_named(head: Structure) -> bool:
    """Whether this is a function named by a word."""
    while isinstance(head, Scripted):
        head = head.base
    return isinstance(head, Leaf) and isinstance(head.node, Operator)


def _is_name(head: Structure) -> bool:
    """Whether this is a letter that could name a function: alone, with a subscript, with primes."""
    while isinstance(head, Scripted | Marked):
        if isinstance(head, Scripted) and head.sup is not None:
            return False
        head = head.base
    return isinstance(head, Leaf) and isinstance(head.node, Ident)


def _is_probability(head: Structure) -> bool:
    return isinstance(head, Leaf) and isinstance(head.node, Ident) and head.node.text == "P"


def _is_function_name(head: Structure) -> bool:
    """Whether this names a function, or something made of functions."""
    while isinstance(head, Scripted | Marked):
        head = head.base
    match head:
        case Leaf(Ident(text)):
            return text in FUNCTION_LETTERS
        case Fenced():
            return _is_composite(head)
        case _:
            return False


def _is_composite(group: Structure) -> bool:
    """Functions in parentheses, ``(f + g)``."""
    while isinstance(group, Scripted):
        group = group.base
    if not isinstance(group, Fenced) or group.open.text != "(":
        return False
    parts: tuple[Structure, ...]
    match group.body:
        case Infix(strength, operands) if strength >= SUM:
            parts = operands
        case Fraction(num, den):
            parts = (num, den)
        case _:
            return False
    return all(_is_function_name(part) for part in parts)


@cache
def _has_limits(name: str) -> bool:
    return symbols.by_char(name, "fnlim") is not None


@cache
def _is_integral(text: str) -> bool:
    return symbols.by_char(text, "int") is not None


def _is_integral_item(item: Node) -> bool:
    base = item.base if isinstance(item, Script) else item
    return isinstance(base, Sym) and base.cls == "op" and _is_integral(base.text)
