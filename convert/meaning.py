r"""What a formula means, as far as its notation tells: a light semantic pass over the AST.

`understand` turns a formula into a small tree of meanings: sums, products, function applications, derivatives,
integrals with their variables, sets, relations. It settles what the notation leaves to the reader:

* ``f(x)`` is an application and ``a(x+1)`` a product: letters that usually name functions, names that the formula
  itself defines (``S(n)=…``) and names before several arguments are functions, others are factors.
* ``\frac{dy}{dx}`` is a derivative, the ``dx`` after an integral ends it and names its variable.
* Bars that face each other are an absolute value, a lone one separates or evaluates.
* A function without parentheses takes the factors after it, up to a sign, a dot or the next function.

SymPy and Python are written from this tree, and both readers of SymPy make it. It holds more than either can say
(``±``, norms, unknown operators): a writer refuses what it has no counterpart for. What has no meaning as it stands
(an operator without its operand, a bracket without its partner, words) raises `NoMeaningError`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from . import symbols
from .errors import UnsupportedError
from .nodes import (
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
    Space,
    Stack,
    Styled,
    Sym,
    Table,
    Text,
    Unknown,
    items_of,
    replace,
    row,
    walk,
)
from .source import Span
from .structure import BRACKETS, DOTS, FUNCTION_LETTERS

MAX_DEPTH = 60
"""How deep a formula may nest before it is refused."""


class NoMeaningError(UnsupportedError):
    """A part of the formula has no meaning that could be written: what it is, why not, and where it stands."""

    def __init__(self, what: str, reason: str, span: Span | None = None) -> None:
        place = "" if span is None else f" (at {span[0] + 1})"
        super().__init__(f"{what}: {reason}{place}")
        self.what, self.reason, self.span = what, reason, span

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.what, self.reason, self.span))


def _span() -> Span | None:
    return field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in decimal digits, without grouping: ``1000.5``."""

    text: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or set with a name of its own.

    pi, e, i, infinity; true, false; empty-set, reals, naturals, naturals0, integers, rationals, complexes, the sets
    with + − or ∗ after them where the formula has that.
    """

    name: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or the name of a function.

    Its letter or word, the marks on it, its subscripts, and a superscript that is no power, as ``∗`` or ``′``.
    """

    text: str
    font: Font = ""
    marks: tuple[str, ...] = ()
    sub: tuple[Meaning, ...] = ()
    sup: str = ""
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on arguments.

    Heads: plus, minus, negative, times, divide, power, root (radicand, index), plus-minus, minus-plus, modulo;
    factorial, binomial, abs, norm, floor, ceiling, degree, percent, conjugate, transpose, adjoint;
    call (a `Name`, then the arguments), the named functions of symbols.tsv by their word (``sin``; ``log`` may have
    the base as its second argument), inverse (of a function, then the arguments);
    primed and dotted (a `Name`, the order as a `Number`, then the arguments if there are any);
    evaluated (an expression, a `Chain` of the values of its variables); bounds (an expression, from, to);
    set, tuple, list, set-of (an element, a condition), interval-cc, -co, -oc, -oo (c is closed, o is open);
    union, intersection, difference; not, and, or, implies, iff; and any other binary operator by its character.
    """

    head: str
    args: tuple[Meaning, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Chain:
    """Relations side by side: ``a<b≤c`` has three operands and the relations ``<`` and ``≤``."""

    operands: tuple[Meaning, ...]
    relations: tuple[str, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound variable: from `low` to `high`, or in `domain`.

    For a limit `low` is what the variable tends to and `side` "+", "-" or ""; for a derivative `low` is the order.
    """

    variable: Meaning
    low: Meaning | None = None
    high: Meaning | None = None
    domain: Meaning | None = None
    side: str = ""


@dataclass(frozen=True, slots=True)
class Bind:
    """What binds variables.

    Heads: "∫", "∑" and other big operators by their character, "limit", "derivative", "partial", "forall", "exists".
    """

    head: str
    body: Meaning
    bounds: tuple[Bound, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix."""

    rows: tuple[tuple[Meaning, ...], ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Cases:
    """Values by case; the condition is None for "otherwise"."""

    branches: tuple[tuple[Meaning, Meaning | None], ...]
    span: Span | None = _span()


Meaning: TypeAlias = Number | Constant | Name | Apply | Chain | Bind | Grid | Cases

_CLOSERS = {closing: opening for opening, closing in BRACKETS.items()}
_MIXED = frozenset({"()", "[]", "(]", "[)", "][", "]("})
_PIPES = frozenset("|‖")
_SETS = {"R": "reals", "N": "naturals", "Z": "integers", "Q": "rationals", "C": "complexes"}
_CONSTANT_SYMBOLS = {"∞": "infinity", "∅": "empty-set", "⊤": "true", "⊥": "false"}
_INFIX = {
    "+": ("plus", 40), "−": ("minus", 40), "±": ("plus-minus", 40), "∓": ("minus-plus", 40), "×": ("times", 50),
    "⋅": ("times", 50), "·": ("times", 50), "∗": ("times", 50), "÷": ("divide", 50), "/": ("divide", 50),
    "∪": ("union", 40), "∩": ("intersection", 50), "∖": ("difference", 40), "∧": ("and", 24), "∨": ("or", 22),
    "⇒": ("implies", 20), "⟹": ("implies", 20), "⇔": ("iff", 20), "⟺": ("iff", 20),
}  # fmt: skip
_MULTIPLICATIVE = 50
_RELATION = 30
_SAME_RELATION = {"⩽": "≤", "⩾": "≥", "≦": "≤", "≧": "≥", "⊆": "⊆", "≔": "=", "≡": "≡"}
_WORDS_AS_FUNCTIONS = frozenset({"Re", "Im", "tr", "Tr", "erf", "sgn", "sign", "lcm", "conj"})
_HEADS_OF_WORDS = {
    "ℜ": "Re",
    "ℑ": "Im",
    "conj": "conjugate",
    "Tr": "tr",
    "sign": "sgn",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
}
_DECORATIONS = {"∗": "ast", "+": "plus", "−": "minus", "⋆": "star", "×": "times", "⊥": "perp", "∥": "parallel"}
_FENCE_HEADS = {"|": "abs", "‖": "norm", "⌊": "floor", "⌈": "ceiling", "⟨": "angle"}
_WITH_BODY = frozenset({"∑", "∏", "∐", "⋃", "⋂", "⋁", "⋀", "⨁", "⨂"})


def understand(node: Node, *, functions: Collection[str] = (), constants: bool = True) -> Meaning:
    """The meaning of a formula.

    `functions` are letters or words that name functions besides `FUNCTION_LETTERS`. With `constants`, e, i and π are
    the numbers of that name where the formula does not use them as variables. Raises `NoMeaningError`.
    """
    items = _prepare(items_of(node))
    while items and isinstance(items[-1], Sym) and items[-1].text in ".,;":
        items.pop()
    if not items:
        raise NoMeaningError("an empty formula", "there is nothing to understand", node.span)
    known = FUNCTION_LETTERS | frozenset(functions) | _defined(node)
    letters = _Letters.of(node, items, constants)
    return _Parser(items, known, letters, 0).formula()


@dataclass(frozen=True, slots=True)
class _Letters:
    """Which letters are constants here."""

    e: bool
    i: bool
    pi: bool

    @staticmethod
    def of(node: Node, items: Sequence[Node], constants: bool) -> _Letters:
        """The letter e is a variable in ``e=…``, beside d and beside an upright e; i where it is compared."""
        if not constants:
            return _Letters(False, False, False)
        leaves = list(_leaves(node))
        plain = {item.text for item in leaves if not item.font}
        upright = {item.text for item in leaves if item.font == "rm"}
        compared = _compared(items)
        return _Letters(
            e="e" not in compared and "d" not in plain and "e" not in upright,
            i="i" not in compared and "i" not in upright,
            pi=True,
        )


def _compared(items: Sequence[Node]) -> set[str]:
    """Letters that stand alone before ``=`` or on either side of ``<``: variables, whatever else they may be."""
    signs = ["=" if _is_equals(item) else _relation(item) for item in items]
    found = set()
    for at, item in enumerate(items):
        before = signs[at - 1] if at else ","
        after = signs[at + 1] if at + 1 < len(items) else ","
        alone = (before or _is_comma(items[at - 1])) and (after or _is_comma(items[at + 1]))
        if isinstance(item, Ident) and alone and (after == "=" or (before + after).strip(",=∈")):
            found.add(item.text)
    return found


def _is_comma(node: Node) -> bool:
    return isinstance(node, Sym) and node.text == ","


def _leaves(node: Node) -> Iterator[Ident]:
    """The letters of a formula, those in subscripts and differentials left out."""
    stack = [node]
    while stack:
        node = stack.pop()
        match node:
            case Ident():
                yield node
            case Script(base, _, sup):
                stack += [base] if sup is None else [base, sup]
            case Row(items):
                following = [_letter_of(item) for item in items[1:]] + [""]
                stack += [item for item, letter in zip(items, following, strict=False) if not (_is_d(item) and letter)]
            case Frac(num, den):
                if not _is_leibniz(num, den):
                    stack += [num, den]
            case Root(radicand, _):
                stack.append(radicand)
            case Fence(_, body, _) | Styled(body) | Enclosed(body) | Accent(body):
                stack.append(body)
            case Table(_, rows):
                stack += [cell for cells in rows for cell in cells]
            case _:
                pass


def _is_equals(node: Node) -> bool:
    return isinstance(node, Sym) and node.text in "=≔"


def _defined(node: Node) -> frozenset[str]:
    """The names of functions that a formula shows by applying them to a mere letter: the S of ``S(n)``."""
    found = set()
    for part in walk(node):
        if not isinstance(part, Row):
            continue
        items = [item for item in part.items if not isinstance(item, Space)]
        for at, item in enumerate(items[:-1]):
            name = _letter_of(item)
            following = items[at + 1]
            if name and isinstance(following, Fence) and following.open == "(" and _letter_of(following.body):
                found.add(name)
            is_open = isinstance(following, Sym) and following.text == "("
            closing = _bare(items[at + 3]) if name and is_open and at + 3 < len(items) else None
            if closing is not None and closing.text == ")" and _letter_of(items[at + 2]):
                found.add(name)
    return frozenset(found)


def _letter_of(node: Node) -> str:
    """The letter of a simple name, "" for anything else."""
    while isinstance(node, Script) and node.sup is None:
        node = node.base
    return node.text if isinstance(node, Ident) else ""


# Rows: what stands side by side, with brackets paired


def _prepare(items: Iterable[Node]) -> list[Node]:
    """The items without layout, brackets paired into `Fence`, differentials taken out of numerators."""
    flat: list[Node] = []
    stack = list(items)[::-1]
    while stack:
        item = stack.pop()
        match item:
            case Space():
                pass
            case Row(inner):
                stack += inner[::-1]
            case Styled(body) | Enclosed(body, "box" | "smash" | "llap" | "rlap" | "clap" | "raise"):
                stack.append(body)
            case Enclosed(_, "phantom" | "hphantom" | "vphantom" | "tag"):
                pass
            case Text(text) if not text.strip(" .,;~"):
                pass
            case Fence() if _is_half(item):
                stack += _opened(item)[::-1]
            case Script(Fence("", _, "|")):
                flat.append(item)
            case Script(Fence() as fence) if _is_half(fence):
                *before, closing = _opened(fence)
                stack += [_rebase(item, closing), *before[::-1]]
            case _:
                flat.append(_outer_differential(item) if isinstance(item, Frac) else item)
                if isinstance(flat[-1], Row):
                    flat[-1:] = flat[-1].items
    return _pair_pipes(_pair_brackets(flat))


def _outer_differential(node: Frac) -> Node:
    r"""``\frac{x\,dx}{2}`` as ``\frac{x}{2} dx``, so that the differential stands where an integral looks for it."""
    if not node.bar or _is_leibniz(node.num, node.den):
        return node
    num: list[Node] = [item for item in items_of(node.num) if not isinstance(item, Space)]
    own = any(symbol is not None and symbol.text in "∫∬∭" for symbol in map(_bare, num))
    if len(num) >= 2 and _is_d(num[-2]) and _letter_of(num[-1]) and not own:
        rest = row(num[:-2]) if len(num) > 2 else Num("1", span=node.span)
        return Row((replace(node, num=rest), num[-2], num[-1]))
    return node


def _is_half(fence: Fence) -> bool:
    r"""``\left. f \right|``: one side is not there, and the other is no brace of cases."""
    if fence.open and fence.close:
        return False
    items = [item for item in items_of(fence.body) if not isinstance(item, Space)]
    return not (len(items) == 1 and isinstance(items[0], Table))


def _opened(fence: Fence) -> list[Node]:
    """A fence with one side as the symbols and the body side by side."""
    opening: list[Node] = [Sym(fence.open, "open", span=fence.span)] if fence.open else []
    closing: list[Node] = [Sym(fence.close, "close", span=fence.span)] if fence.close else []
    return [*opening, *items_of(fence.body), *closing]


def _bare(node: Node) -> Sym | None:
    """The symbol that is, or carries the scripts of, this item."""
    while isinstance(node, Script):
        node = node.base
    return node if isinstance(node, Sym) else None


def _pair_brackets(items: list[Node]) -> list[Node]:
    stack: list[tuple[Sym, list[Node]]] = []
    out: list[Node] = []
    for item in items:
        symbol = _bare(item)
        char = symbol.text if symbol is not None else ""
        if isinstance(item, Sym) and char in BRACKETS and (symbol is None or symbol.cls != "close"):
            stack.append((item, out))
            out = []
        elif symbol is not None and char in _CLOSERS and stack:
            opening, outer = stack.pop()
            if opening.text + char not in _MIXED and BRACKETS[opening.text] != char:
                raise NoMeaningError(f"{opening.text} … {char}", "brackets that do not belong together", opening.span)
            span = (opening.span[0], symbol.span[1]) if opening.span and symbol.span else None
            fence = Fence(opening.text, Row(tuple(out)), char, span=span)
            outer.append(_rebase(item, fence))
            out = outer
        elif symbol is not None and char in _CLOSERS and symbol.cls != "open":
            raise NoMeaningError(char, "a closing bracket without its opening one", symbol.span)
        else:
            out.append(item)
    if stack:
        raise NoMeaningError(stack[-1][0].text, "an opening bracket without its closing one", stack[-1][0].span)
    return out


def _rebase(node: Node, base: Node) -> Node:
    """The scripts of a closing bracket on the whole fence."""
    return replace(node, base=_rebase(node.base, base)) if isinstance(node, Script) else base


def _pair_pipes(items: list[Node]) -> list[Node]:
    """``|x|`` as a `Fence`; a bar that separates, or evaluates what is before it, stays as it is."""
    left = {char: sum(1 for item in items if (s := _bare(item)) is not None and s.text == char) for char in _PIPES}
    if not any(left.values()):
        return items
    stack: list[tuple[Sym, list[Node]]] = []
    out: list[Node] = []
    for item in items:
        symbol = _bare(item)
        if symbol is None or symbol.text not in _PIPES:
            out.append(item)
            continue
        after_operand = bool(out) and _is_operand(out[-1])
        if after_operand and stack and stack[-1][0].text == symbol.text:
            opening, outer = stack.pop()
            span = (opening.span[0], symbol.span[1]) if opening.span and symbol.span else None
            outer.append(_rebase(item, Fence(opening.text, Row(tuple(out)), symbol.text, span=span)))
            out = outer
        elif isinstance(item, Sym) and (not after_operand or left[symbol.text] % 2 == 0):
            stack.append((item, out))
            out = []
        else:
            out.append(item)
        left[symbol.text] -= 1
    if stack:
        raise NoMeaningError(stack[-1][0].text, "a bar without its partner", stack[-1][0].span)
    return out


def _is_operand(node: Node) -> bool:
    """Whether an operator may follow."""
    match node:
        case Sym(text, cls):
            return cls in ("ord", "close") and text not in _PIPES and text != "/"
        case Operator():
            return False
        case Script(base):
            return not isinstance(base, Operator) and not (isinstance(base, Sym) and base.cls == "op")
        case _:
            return True


# Differentials


def _is_d(node: Node) -> bool:
    return isinstance(node, Ident) and node.text == "d" and node.font in ("", "rm")


def _differential_order(node: Node) -> tuple[str, Node | None] | None:
    """("d", order) of a ``d``, ``∂``, ``d^2``; None for anything else. The order is None for one."""
    order = None
    if isinstance(node, Script) and node.sub is None:
        order, node = node.sup, node.base
    if _is_d(node):
        return "d", order
    return ("∂", order) if isinstance(node, Sym) and node.text == "∂" else None


def _is_leibniz(num: Node, den: Node) -> bool:
    """Whether a fraction is a derivative: ``d…`` over ``dx``."""
    top = [item for item in items_of(num) if not isinstance(item, Space)]
    bottom = [item for item in items_of(den) if not isinstance(item, Space)]
    if not top or len(bottom) < 2:
        return False
    over, under = _differential_order(top[0]), _differential_order(bottom[0])
    return over is not None and under is not None and over[0] == under[0] and under[1] is None


class _Parser:
    """Precedence climbing over the items of one row."""

    def __init__(self, items: list[Node], functions: frozenset[str], letters: _Letters, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise NoMeaningError(
                "the formula", f"nested more than {MAX_DEPTH} levels deep", items[0].span if items else None
            )
        self.items, self.functions, self.letters, self.depth = items, functions, letters, depth
        self.at = 0
        self.bound: set[str] = set()

    # The parts of a formula

    def inner(self, items: Sequence[Node]) -> _Parser:
        """A parser for a formula inside this one."""
        parser = _Parser(_prepare(items), self.functions, self.letters, self.depth + 1)
        parser.bound = self.bound
        return parser

    def value(self, node: Node, what: str) -> Meaning:
        """The meaning of a part that must be one expression."""
        parser = self.inner(items_of(node))
        if not parser.items:
            raise NoMeaningError(what, "it is empty", node.span)
        return parser.whole()

    def formula(self) -> Meaning:
        """The whole row: one formula, or several with commas between them, and a condition in parentheses."""
        last = self.items[-1]
        condition = None
        if isinstance(last, Fence) and (modulus := _modulus(last)) is not None and len(self.items) > 1:
            self.items.pop()
            return self.congruence(self.whole(), self.inner(modulus).whole())
        beside = len(self.items) > 1 and isinstance(last, Fence) and last.open == "("
        if beside and not self.is_call(len(self.items) - 2) and _has_relation(last):
            condition = self.items.pop()
        parts = self.parts()
        if isinstance(condition, Fence):
            parts += self.inner(items_of(condition.body)).parts()
        if len(parts) == 1:
            return parts[0]
        return Apply("list", tuple(parts))

    def congruence(self, relation: Meaning, modulus: Meaning) -> Meaning:
        """``a ≡ b (mod n)`` as ``a ≡ b mod n``."""
        if not isinstance(relation, Chain):
            raise NoMeaningError("mod", "it stands after no congruence", relation.span)
        *before, last = relation.operands
        operands = (*before, Apply("modulo", (last, modulus), span=last.span))
        return dataclasses.replace(relation, operands=operands)

    def is_call(self, at: int) -> bool:
        """Whether the item is a function, whose argument follows."""
        return _is_function(self.items[at]) or _letter_of(self.items[at]) in self.functions | {"P"}

    def parts(self) -> list[Meaning]:
        """What stands between commas and semicolons, to the end of the row."""
        parts = [self.expression(0)]
        while (item := self.peek()) is not None:
            if not (isinstance(item, Sym) and item.text in ",;"):
                raise self.stray(item)
            self.at += 1
            parts.append(self.expression(0))
        return parts

    def whole(self) -> Meaning:
        """The whole row as one expression."""
        result = self.expression(0)
        item = self.peek()
        if item is not None:
            raise self.stray(item)
        return result

    def stray(self, item: Node) -> NoMeaningError:
        """The error for an item that cannot stand where it does."""
        if isinstance(item, Sym) and item.text in "|∣":
            return NoMeaningError(item.text, "what a single bar means depends on the subject", item.span)
        return NoMeaningError(_describe(item), "it cannot stand here", item.span)

    def peek(self) -> Node | None:
        """The next item."""
        return self.items[self.at] if self.at < len(self.items) else None

    # Operators

    def expression(self, low: int) -> Meaning:
        """An expression of operators that bind at least as tightly as `low`."""
        left = self.prefixed()
        while (item := self.peek()) is not None:
            relation = _relation(item)
            if relation:
                if low > _RELATION:
                    break
                left = self.chain(left)
                continue
            head, prec = _infix(item)
            if prec < low or not head:
                break
            self.at += 1
            right = self.operand(item, prec + 1)
            if head in ("union", "intersection", "difference"):
                left, right = _as_set(left), _as_set(right)
            left = Apply(head, (left, right), span=_joined(left, right))
        return left

    def operand(self, operator: Node, low: int) -> Meaning:
        """The right operand of an operator."""
        if self.peek() is None:
            raise NoMeaningError(_describe(operator), "nothing stands after it", operator.span)
        return self.expression(low)

    def chain(self, left: Meaning) -> Meaning:
        operands, relations = [left], []
        while (item := self.peek()) is not None and (relation := _relation(item)):
            self.at += 1
            if relation == ":" and _relation(self.peek()) == "=":
                self.at += 1
                relation = "="
            relations.append(relation)
            right = self.operand(item, _RELATION + 1)
            operands.append(_as_set(right) if relation in "∈∉⊂⊆⊊⊃⊇" else right)
        return Chain(tuple(operands), tuple(relations), span=_joined(left, operands[-1]))

    def prefixed(self) -> Meaning:
        """An expression that may begin with a sign, ¬, ∀ or ∃, and the products after it."""
        item = self.peek()
        if item is None:
            raise NoMeaningError("the formula", "it ends where an expression should stand")
        if isinstance(item, Sym):
            if item.text in "−+±∓" and item.text:
                self.at += 1
                right = self.operand(item, _MULTIPLICATIVE)
                heads = {"−": "negative", "+": "positive", "±": "plus-minus", "∓": "minus-plus"}
                return right if item.text == "+" else Apply(heads[item.text], (right,), span=_from(item, right))
            if item.text == "¬":
                self.at += 1
                right = self.operand(item, _INFIX["∧"][1] + 1)
                return Apply("not", (right,), span=_from(item, right))
            if item.text in "∀∃":
                return self.quantified(item)
        return self.product()

    def quantified(self, item: Sym) -> Meaning:
        self.at += 1
        variable = self.operand(item, _RELATION + 1)
        if (relation := _relation(self.peek())) not in ("", ":"):
            self.at += 1
            variable = Chain((variable, _as_set(self.operand(item, _RELATION + 1))), (relation,))
        after = self.peek()
        if isinstance(after, Sym) and after.text in ",:|":
            self.at += 1
        body = self.operand(item, 0)
        domain = None
        if isinstance(variable, Chain) and variable.relations == ("∈",):
            variable, domain = variable.operands
        head = "forall" if item.text == "∀" else "exists"
        return Bind(head, body, (Bound(variable, domain=domain),), span=_from(item, body))

    def product(self) -> Meaning:
        """Factors that stand side by side."""
        left = self.factor()
        while (item := self.peek()) is not None and self.begins_factor(item):
            if _is_d(item) and self.is_differential(self.at):
                break
            right = self.factor()
            if isinstance(left, Number) and _is_proper_fraction(right) and left.text.isdigit():
                left = Apply("plus", (left, right), span=_joined(left, right))
            else:
                left = Apply("times", (left, right), span=_joined(left, right))
        return left

    def begins_factor(self, item: Node) -> bool:
        """Whether an item can be multiplied by standing after another."""
        match item:
            case Sym(text, cls):
                if cls == "op":
                    return text not in "⋃⋂"
                return cls == "ord" and text not in _PIPES and text not in "/¬∀∃" and text not in DOTS
            case Script(Sym(text, cls)):
                return cls == "op" or (cls == "ord" and text not in _PIPES)
            case Text() | Stack() | Unknown() | Operator("mod"):
                return False
            case _:
                return True

    def is_differential(self, at: int) -> bool:
        """Whether a ``d`` is followed by the variable that it belongs to."""
        following = self.items[at + 1] if at + 1 < len(self.items) else None
        return following is not None and bool(_letter_of(following)) and self.in_integral

    in_integral = False

    # Factors

    def factor(self) -> Meaning:
        """One factor with what is attached to it: arguments, exclamation marks, a bar of evaluation."""
        item = self.items[self.at]
        self.at += 1
        result = self.atom(item)
        while (item_after := self.peek()) is not None:
            symbol = _bare(item_after)
            if isinstance(item_after, Sym) and item_after.text == "!":
                result = Apply("factorial", (result,), span=result.span)
            elif isinstance(item_after, Script) and isinstance(item_after.base, Sym) and item_after.base.text == "!":
                result = self.powered(Apply("factorial", (result,), span=result.span), item_after)
            elif isinstance(item_after, Sym) and item_after.text == "%":
                result = Apply("percent", (result,), span=result.span)
            elif (
                isinstance(item_after, Script)
                and symbol is not None
                and symbol.text == "|"
                and item_after.sub is not None
            ):
                result = self.evaluated(result, item_after)
            else:
                break
            self.at += 1
        return result

    def atom(self, item: Node) -> Meaning:
        match item:
            case Num(text):
                return Number(text.replace(",", ""), span=item.span)
            case Ident():
                return self.name(item, None, item.span)
            case Operator(name):
                return self.function(name, None, item)
            case Sym():
                return self.symbol(item)
            case Frac():
                return self.fraction(item)
            case Root(radicand, index):
                inside = self.value(radicand, "what stands under the root")
                degree = Number("2") if index is None else self.value(index, "the index of the root")
                return Apply("root", (inside, degree), span=item.span)
            case Script():
                return self.script(item)
            case Fence():
                return self.fence(item)
            case Accent():
                return self.accent(item)
            case Table():
                return self.table(item)
            case Text(text):
                raise NoMeaningError(f"“{text.strip()}”", "words have no value", item.span)
            case Stack() | Enclosed() | Styled() | Row() | Space():
                raise self.stray(item)
            case Unknown(text):
                raise NoMeaningError(text, "it is not understood", item.span)

    def name(self, item: Ident, sub: Node | None, span: Span | None) -> Meaning:
        """A letter or word: a constant, a variable, or a function with its arguments."""
        text, font = item.text, item.font
        if sub is None:
            constant = self.constant(item)
            if constant is not None:
                return constant
            if font == "rm" and (_is_function_word(text) or text in _WORDS_AS_FUNCTIONS):
                return self.function(text, None, item)
        name = Name(text, font, (), self.subscript(sub), span=span)
        return self.applied(name, text)

    def constant(self, item: Ident) -> Meaning | None:
        text, font = item.text, item.font
        if font in ("bb", "bf") and text in _SETS and (font == "bb" or self.after_membership()):
            return Constant(_SETS[text], span=item.span)
        if font not in ("", "rm") or text in self.bound:
            return None
        if text == "e" and (self.letters.e or font == "rm"):
            return Constant("e", span=item.span)
        if text == "i" and (self.letters.i or font == "rm"):
            return Constant("i", span=item.span)
        return Constant("pi", span=item.span) if text == "π" and self.letters.pi else None

    def after_membership(self) -> bool:
        """Whether the item just taken stands after ∈ or another relation of sets: a bold N is the naturals there."""
        before = self.items[self.at - 2] if self.at >= 2 else None
        return isinstance(before, Sym) and before.text in "∈∉⊂⊆⊊⊃⊇∪∩∖"

    def applied(self, name: Name, letter: str) -> Meaning:
        """A name with the arguments that follow it, if it is a function's."""
        item = self.peek()
        fence = item.base if isinstance(item, Script) else item
        if not isinstance(fence, Fence) or fence.open != "(" or fence.close != ")":
            return name
        several = any(
            isinstance(part, Sym) and part.text in ",;|" or _relation(part) for part in _prepare(items_of(fence.body))
        )
        word = len(name.text) > 1 and name.font == "rm"
        if letter not in self.functions and not several and not word:
            return name
        self.at += 1
        arguments = self.arguments(fence)
        result: Meaning = Apply("call", (name, *arguments), span=_joined(name, fence))
        return self.powered(result, item) if isinstance(item, Script) else result

    def arguments(self, fence: Fence) -> list[Meaning]:
        """What stands in the parentheses of a function."""
        parser = self.inner(items_of(fence.body))
        if not parser.items:
            raise NoMeaningError("()", "the arguments are missing", fence.span)
        return parser.parts()

    def symbol(self, item: Sym) -> Meaning:
        text = item.text
        if text in _CONSTANT_SYMBOLS:
            return Constant(_CONSTANT_SYMBOLS[text], span=item.span)
        if item.cls == "op":
            return self.big(item, None, None, item.span)
        if text in "ℜℑ":
            return self.function(text, None, item)
        if text in DOTS:
            raise NoMeaningError(text, "terms that are not written out", item.span)
        row_ = symbols.by_char(text)
        if row_ is not None and row_.cls == "ord" and text not in "∂∇∠△□‖|/′":
            return Name(text, span=item.span)
        if item.cls != "ord":
            raise self.stray(item)
        reason = "it stands for a figure" if text in "∠∡△□⊙" else "it has no value"
        raise NoMeaningError(_describe(item), reason, item.span)

    # Fractions and derivatives

    def fraction(self, item: Frac) -> Meaning:
        if not item.bar:
            raise NoMeaningError("a stack of two", "it has no bar and no brackets that make it a binomial", item.span)
        if _is_leibniz(item.num, item.den):
            return self.leibniz(item)
        num = self.value(item.num, "the numerator")
        den = self.value(item.den, "the denominator")
        return Apply("divide", (num, den), span=item.span)

    def leibniz(self, item: Frac) -> Meaning:
        """``d/dx f``, ``dy/dx``, ``∂²u/∂x∂y``."""
        top = _prepare(items_of(item.num))
        bottom = _prepare(items_of(item.den))
        kind = _differential_order(top[0])
        assert kind is not None  # _is_leibniz has looked
        bounds: list[Bound] = []
        at = 0
        while at < len(bottom):
            if _differential_order(bottom[at]) is None or at + 1 == len(bottom):
                raise NoMeaningError("the denominator of a derivative", "it is no row of differentials", item.den.span)
            variable, order = bottom[at + 1], None
            if isinstance(variable, Script) and variable.sup is not None:
                order = self.value(variable.sup, "the order")
                variable = variable.base if variable.sub is None else replace(variable, sup=None)
            bounds.append(Bound(self.value(variable, "the variable"), order))
            at += 2
        if len(top) > 1:
            body = self.inner(top[1:]).whole()
        else:
            following = self.peek()
            if following is None or not self.begins_factor(following):
                raise NoMeaningError(f"{kind[0]}/{kind[0]}x", "a derivative of nothing", item.span)
            body = self.product()
        return Bind("derivative" if kind[0] == "d" else "partial", body, tuple(bounds), span=item.span)

    # Scripts

    def script(self, item: Script) -> Meaning:
        base, sub, sup = item.base, item.sub, item.sup
        primes = 0
        rest: list[Node] = []
        if sup is not None:
            rest = _prepare_script(sup)
            while rest and isinstance(rest[0], Sym) and rest[0].text == "′":
                primes += 1
                rest.pop(0)
        match base:
            case Operator(name):
                return self.function(name, item, item)
            case Ident(text, "rm") if sub is None and _is_function_word(text) and len(text) > 1:
                return self.function(text, item, item)
            case Sym(_, "op"):
                return self.big(base, sub, sup, item.span)
            case Sym("ℜ" | "ℑ" as text):
                return self.function(text, item, item)
            case Accent(_, "overbrace" | "underbrace" | "overbracket" | "underbracket"):
                return self.accent(base)
            case Ident():
                return self.named(base, (), sub, primes, rest, item)
            case Accent(Ident() as inside, mark):
                return self.named(inside, (mark,), sub, primes, rest, item)
            case Row(()):
                raise NoMeaningError("a script", "it stands on nothing", item.span)
            case Fence("", body, "|") if sub is not None:
                return self.evaluated(self.value(body, "what is evaluated"), item)
            case _:
                if sub is not None:
                    raise NoMeaningError("a subscript", "what it stands on is no name", sub.span)
                value = self.inner([base]).whole()
                if primes:
                    raise NoMeaningError("a prime", "what it stands on is no function", item.span)
                return self.raised(value, rest, item)

    def named(
        self, base: Ident, marks: tuple[str, ...], sub: Node | None, primes: int, rest: list[Node], item: Script
    ) -> Meaning:
        """A letter with marks, subscripts, primes and an exponent."""
        if marks and marks[0] in ("dot", "ddot", "dddot") and not primes:
            order = Number(str(("dot", "ddot", "dddot").index(marks[0]) + 1))
            dotted = Apply("dotted", (Name(base.text, base.font, (), self.subscript(sub)), order), span=item.span)
            return self.raised(dotted, rest, item)
        domain = _SETS.get(base.text) if base.font in ("bb", "bf") else None
        if domain == "naturals" and sub == Num("0") and not marks and not rest:
            return Constant("naturals0", span=item.span)
        if domain and not marks and not primes and sub is None:
            return self.restricted(domain, rest, item)
        if sub is None and not marks and not primes:
            constant = self.constant(base)
            if constant is not None:
                return self.raised(constant, rest, item)
        name = Name(base.text, base.font, marks, self.subscript(sub), span=item.span)
        if primes:
            return self.primed(name, primes, rest, item)
        if len(rest) == 1 and isinstance(rest[0], Sym) and rest[0].text in _DECORATIONS:
            return self.applied(dataclasses.replace(name, sup=_DECORATIONS[rest[0].text]), base.text)
        called = self.applied(name, base.text) if self.follows_arguments() else name
        if not isinstance(called, Apply):
            return self.raised(name, rest, item)
        if _is_minus_one(rest):
            return Apply("inverse", called.args, span=called.span)
        if len(rest) == 1 and isinstance(rest[0], Fence):
            order_of = self.value(rest[0].body, "the order of the derivative")
            return Apply("primed", (called.args[0], order_of, *called.args[1:]), span=called.span)
        return self.raised(called, rest, item)

    def follows_arguments(self) -> bool:
        item = self.peek()
        return isinstance(item, Fence) or (isinstance(item, Script) and isinstance(item.base, Fence))

    def restricted(self, domain: str, rest: list[Node], item: Script) -> Meaning:
        """ℝ⁺, ℕ^∗ and ℝ^n."""
        sign = rest[0].text if len(rest) == 1 and isinstance(rest[0], Sym) else ""
        if sign in ("+", "−", "∗"):
            return Constant(f"{domain}{sign}", span=item.span)
        return self.raised(Constant(domain, span=item.span), rest, item)

    def primed(self, name: Name, primes: int, rest: list[Node], item: Script) -> Meaning:
        """``f′(x)`` is a derivative, ``y′`` too; other letters have the prime as a part of their name."""
        if name.text in self.functions or name.text == "y":
            called = self.applied(name, name.text)
            arguments = called.args[1:] if isinstance(called, Apply) else ()
            if isinstance(called, Apply) and called.head != "call":
                raise NoMeaningError("a power of a derivative", "write it in parentheses", item.span)
            result = Apply("primed", (name, Number(str(primes)), *arguments), span=_joined(name, called))
            return self.raised(result, rest, item)
        return self.raised(dataclasses.replace(name, sup="prime" * primes), rest, item)

    def raised(self, base: Meaning, rest: list[Node], item: Script) -> Meaning:
        """The base to the power of what is left of its superscript."""
        if not rest:
            return base
        first = rest[0]
        if len(rest) == 1 and isinstance(first, Sym):
            if first.text == "∘":
                return Apply("degree", (base,), span=item.span)
            if first.text in ("†", "⊤"):
                return Apply("adjoint" if first.text == "†" else "transpose", (base,), span=item.span)
            if first.text == "∗":
                return Apply("conjugate", (base,), span=item.span)
        if (
            len(rest) == 1
            and isinstance(first, Ident)
            and first.text == "T"
            and (first.font == "rm" or isinstance(base, Grid))
        ):
            return Apply("transpose", (base,), span=item.span)
        return Apply("power", (base, self.inner(rest).whole()), span=item.span)

    def powered(self, base: Meaning, item: Script) -> Meaning:
        """The base with the superscript of the item that closed it."""
        if item.sub is not None:
            raise NoMeaningError("a subscript", "what it stands on is no name", item.sub.span)
        return self.raised(base, _prepare_script(item.sup) if item.sup is not None else [], item)

    def subscript(self, sub: Node | None) -> tuple[Meaning, ...]:
        """The parts of a subscript: labels and indices."""
        if sub is None:
            return ()
        parts: list[list[Node]] = [[]]
        for item in _prepare_script(sub):
            if isinstance(item, Sym) and item.text in ",;":
                parts.append([])
            else:
                parts[-1].append(item)
        return tuple(self.index(part, sub.span) for part in parts)

    def index(self, part: list[Node], span: Span | None) -> Meaning:
        """One index. Letters side by side are a label, ``ij``; what has operators in it is an expression."""
        if not part:
            raise NoMeaningError("a subscript", "it has an empty part", span)
        texts = [item.text if isinstance(item, Num | Ident | Text) else "" for item in part]
        label = len(part) > 1 and not isinstance(part[0], Num) or isinstance(part[0], Text)
        if all(texts) and label:
            return Name("".join(text.strip() for text in texts), "rm", span=span)
        if len(part) == 1 and isinstance(part[0], Sym):
            symbol = symbols.by_char(part[0].text)
            return Name(_DECORATIONS.get(part[0].text) or (symbol.name if symbol else part[0].text), "rm", span=span)
        if len(part) == 1 and isinstance(part[0], Ident):
            return Name(part[0].text, part[0].font, span=span)
        if len(part) == 1 and isinstance(part[0], Operator):
            return Name(part[0].name, "rm", span=span)
        return self.inner(part).whole()

    def evaluated(self, body: Meaning, item: Script) -> Meaning:
        """``F|_a^b`` and ``f|_{x=a}``."""
        assert item.sub is not None
        low = self.value(item.sub, "where it is evaluated")
        if item.sup is not None:
            return Apply("bounds", (body, low, self.value(item.sup, "where it is evaluated")), span=item.span)
        return Apply("evaluated", (body, low), span=item.span)

    # Functions

    def function(self, name: str, scripts: Script | None, item: Node) -> Meaning:
        """A named function with its base, its power and its argument."""
        if name == "lim":
            return self.limit(scripts, item)
        if name in ("mod", "bmod"):
            raise NoMeaningError("mod", "it needs a number on either side", item.span)
        sub = scripts.sub if scripts is not None else None
        power = _prepare_script(scripts.sup) if scripts is not None and scripts.sup is not None else []
        name = _HEADS_OF_WORDS.get(name, name)
        bounds: tuple[Meaning, ...] = ()
        if sub is not None:
            if name not in ("log", "lg"):
                raise NoMeaningError(f"{name} with a subscript", "its meaning depends on the subject", item.span)
            bounds = (self.value(sub, "the base of the logarithm"),)
        arguments, exponent = self.function_arguments(name, item)
        if name == "lg" and not bounds:
            bounds = (Number("10"),)
        head = "log" if name == "lg" else name
        if power and _is_minus_one(power):
            return Apply("inverse", (Name(head, "rm"), *arguments), span=item.span)
        result: Meaning = Apply(head, (*arguments, *bounds), span=item.span)
        if exponent is not None:
            result = self.powered(result, exponent)
        if not power:
            return result
        if isinstance(power[0], Sym) and power[0].text == "′":
            raise NoMeaningError(f"{name}′", "the prime of a named function", item.span)
        return Apply("power", (result, self.inner(power).whole()), span=item.span)

    def function_arguments(self, name: str, item: Node) -> tuple[tuple[Meaning, ...], Script | None]:
        """What a function is applied to: parentheses, or the factors after it up to the next function.

        Parentheses may carry an exponent, which is the function's: ``\\sin(x)^2``.
        """
        following = self.peek()
        fence = following.base if isinstance(following, Script) else following
        if isinstance(fence, Fence) and _holds_arguments(fence, name):
            self.at += 1
            return tuple(self.arguments(fence)), following if isinstance(following, Script) else None
        if following is not None and _is_sign(following):
            return (self.prefixed(),), None
        if following is None or not self.begins_factor(following):
            raise NoMeaningError(name, "a function without its argument", item.span)
        return (self.function_argument(),), None

    def function_argument(self) -> Meaning:
        """The factors after a function that has no parentheses."""
        left = self.factor()
        while (item := self.peek()) is not None:
            if isinstance(item, Sym) and item.text == "/":
                self.at += 1
                left = Apply("divide", (left, self.operand(item, _MULTIPLICATIVE + 1)), span=left.span)
                continue
            if not self.begins_factor(item) or _is_function(item) or isinstance(item, Fence):
                break
            if _bare_class(item) == "op" or (_is_d(item) and self.is_differential(self.at)):
                break
            right = self.factor()
            left = Apply("times", (left, right), span=_joined(left, right))
        return left

    def limit(self, scripts: Script | None, item: Node) -> Meaning:
        if scripts is None or scripts.sub is None:
            raise NoMeaningError("lim", "it does not say what tends to what", item.span)
        under = _prepare(items_of(scripts.sub))
        arrows = [n for n, part in enumerate(under) if isinstance(part, Sym) and part.text in "→⟶↓↑↘↗"]
        if len(arrows) != 1 or arrows[0] == 0 or arrows[0] + 1 == len(under):
            raise NoMeaningError("lim", "it does not say what tends to what", item.span)
        variable = self.inner(under[: arrows[0]]).whole()
        target = under[arrows[0] + 1 :]
        arrow = under[arrows[0]]
        side = {"↓": "+", "↘": "+", "↑": "-", "↗": "-"}.get(arrow.text if isinstance(arrow, Sym) else "", "")
        last = target[-1]
        if isinstance(last, Script) and last.sup is not None and last.sub is None:
            sign = last.sup
            if isinstance(sign, Sym) and sign.text in "+−":
                side = "+" if sign.text == "+" else "-"
                target = [*target[:-1], last.base]
        if self.peek() is None:
            raise NoMeaningError("lim", "the limit of nothing", item.span)
        body = self.product_body()
        return Bind("limit", body, (Bound(variable, self.inner(target).whole(), side=side),), span=_from(item, body))

    def product_body(self) -> Meaning:
        """What a limit or a big operator reaches over: a product, not a sum."""
        item = self.peek()
        if item is None:
            raise NoMeaningError("the formula", "it ends where an expression should stand")
        return self.expression(_MULTIPLICATIVE)

    # Big operators

    def big(self, base: Sym, sub: Node | None, sup: Node | None, span: Span | None) -> Meaning:
        text = base.text
        if text in "∫∬∭":
            return self.integral(base, sub, sup, span)
        if text not in _WITH_BODY:
            raise NoMeaningError(_describe(base), "it has no general meaning", span)
        if sub is None:
            raise NoMeaningError(_describe(base), "it has no bounds", span)
        bounds = self.big_bounds(sub, sup, base, span)
        outer = self.bound
        self.bound = outer | {bound.variable.text for bound in bounds if isinstance(bound.variable, Name)}
        body = self.product_body()
        self.bound = outer
        return Bind(text, body, bounds, span=_from(base, body))

    def big_bounds(self, sub: Node, sup: Node | None, base: Sym, span: Span | None) -> tuple[Bound, ...]:
        outer = self.bound
        self.bound = outer | {"i", "e"}
        parser = self.inner(items_of(sub))
        below = parser.parts() if parser.items else []
        self.bound = outer
        high = None if sup is None else self.value(sup, "the upper bound")
        if len(below) == 1 and isinstance(below[0], Chain):
            chain = below[0]
            if chain.relations == ("=",) and high is not None:
                return (Bound(chain.operands[0], chain.operands[1], high),)
            if chain.relations == ("∈",) and high is None:
                return (Bound(chain.operands[0], domain=chain.operands[1]),)
            if len(chain.operands) == 3 and set(chain.relations) <= {"≤", "<"} and high is None:
                low, variable, top = chain.operands
                one = Number("1")
                low = low if chain.relations[0] == "≤" else Apply("plus", (low, one))
                top = top if chain.relations[1] == "≤" else Apply("minus", (top, one))
                return (Bound(variable, low, top),)
        raise NoMeaningError(_describe(base), "its bounds are no range of one variable", span)

    def integral(self, base: Sym, sub: Node | None, sup: Node | None, span: Span | None) -> Meaning:
        """From the sign to the differentials that close it."""
        count = "∫∬∭".index(base.text) + 1
        if count > 1 and sub is not None:
            raise NoMeaningError(base.text, "its region is no range of each variable", span)
        start = self.at
        open_signs = count
        variables: list[Node] = []
        at = start
        while at < len(self.items) and open_signs:
            item = self.items[at]
            sign = _bare(item)
            variable = self.differential_at(at)
            if sign is not None and sign.text in "∫∬∭":
                open_signs += "∫∬∭".index(sign.text) + 1
            elif variable is not None:
                open_signs -= 1
                if open_signs < count:
                    variables.append(variable)
                at += 0 if _is_joint_differential(item) else 1
            at += 1
        if open_signs:
            raise NoMeaningError("an integral", "it has no differential that names its variable", span)
        end = at
        inside = self.items[start:end]
        body_items = _without_last_differentials(inside, count)
        parser = _Parser(body_items, self.functions, self.letters, self.depth + 1)
        parser.bound, parser.in_integral = self.bound, True
        body: Meaning = parser.whole() if body_items else Number("1")
        self.at = end
        low = None if sub is None else self.value(sub, "the lower bound")
        high = None if sup is None else self.value(sup, "the upper bound")
        if (low is None) != (high is None):
            raise NoMeaningError("an integral", "its region is no range of a variable", span)
        bounds = tuple(Bound(self.value(variable, "the variable"), low, high) for variable in variables)
        return Bind("∫", body, bounds, span=span)

    def differential_at(self, at: int) -> Node | None:
        """The variable whose differential stands at this item."""
        item = self.items[at]
        if _is_joint_differential(item) and isinstance(item, Ident):
            return Ident(item.text[1:], span=item.span)
        if _is_d(item) and at + 1 < len(self.items) and _letter_of(self.items[at + 1]):
            return self.items[at + 1]
        return None

    # Brackets

    def fence(self, item: Fence) -> Meaning:
        opening, closing = item.open, item.close
        inside = _prepare(items_of(item.body))
        if len(inside) == 1:
            only = inside[0]
            if isinstance(only, Frac) and not only.bar and opening == "(":
                args = (self.value(only.num, "the binomial"), self.value(only.den, "the binomial"))
                return Apply("binomial", args, span=item.span)
            if isinstance(only, Table) and only.kind in ("matrix", "small", "array") and opening in "([|":
                grid = self.table(only)
                return Apply("det", (grid,), span=item.span) if opening == "|" else grid
        if opening == "{" and closing == "" and len(inside) == 1 and isinstance(inside[0], Table):
            return self.system(inside[0])
        if opening in _FENCE_HEADS:
            if opening == "⟨":
                raise NoMeaningError("⟨ … ⟩", "its meaning depends on the subject", item.span)
            if not inside:
                raise NoMeaningError(f"{opening}{closing}", "nothing stands between the bars", item.span)
            return Apply(_FENCE_HEADS[opening], (self.inner(inside).whole(),), span=item.span)
        if not inside:
            if opening == "{":
                return Constant("empty-set", span=item.span)
            raise NoMeaningError(f"{opening}{closing}", "nothing stands in the brackets", item.span)
        if opening == "{" and closing == "}":
            return self.set(inside, item)
        parts = self.inner(inside).parts()
        return self.group(opening, closing, parts, item)

    def group(self, opening: str, closing: str, parts: list[Meaning], item: Fence) -> Meaning:
        if len(parts) == 1 and opening + closing in ("()", "[]"):
            return dataclasses.replace(parts[0], span=item.span)
        if len(parts) == 2 and opening + closing in ("[]", "(]", "[)", "][", "]("):
            left = "c" if opening == "[" else "o"
            right = "c" if closing == "]" else "o"
            return Apply(f"interval-{left}{right}", tuple(parts), span=item.span)
        if opening == "(" and closing == ")":
            infinite = len(parts) == 2 and any(_is_infinite(part) for part in parts)
            return Apply("interval-oo" if infinite else "tuple", tuple(parts), span=item.span)
        raise NoMeaningError(f"{opening} … {closing}", "brackets around a list", item.span)

    def set(self, inside: list[Node], item: Fence) -> Meaning:
        """``{1, 2}`` or ``{x ∈ ℝ | x > 0}``."""
        bars = [
            n
            for n, part in enumerate(inside)
            if isinstance(part, Sym) and part.text in "|∣:" and 0 < n < len(inside) - 1
        ]
        if bars:
            element = self.inner(inside[: bars[0]]).whole()
            condition = self.inner(inside[bars[0] + 1 :])
            parts = condition.parts()
            joined = parts[0] if len(parts) == 1 else Apply("and", tuple(parts))
            return Apply("set-of", (element, joined), span=item.span)
        return Apply("set", tuple(self.inner(inside).parts()), span=item.span)

    # Accents and tables

    def accent(self, item: Accent) -> Meaning:
        base, mark = item.base, item.mark
        if mark in ("overbrace", "underbrace", "overbracket", "underbracket"):
            return self.value(base, "what the brace covers")
        inside = _prepare(items_of(base))
        if mark == "overline" and len(inside) == 1 and isinstance(inside[0], Ident) and inside[0].text in "zw":
            return Apply("conjugate", (self.inner(inside).whole(),), span=item.span)
        if mark in ("dot", "ddot", "dddot") and len(inside) == 1 and isinstance(inside[0], Ident):
            order = Number(str(("dot", "ddot", "dddot").index(mark) + 1))
            return Apply("dotted", (Name(inside[0].text, inside[0].font), order), span=item.span)
        if len(inside) == 1 and isinstance(inside[0], Ident | Script | Accent):
            inner = self.inner(inside).whole()
            if isinstance(inner, Name):
                name = dataclasses.replace(inner, marks=(*inner.marks, mark), span=item.span)
                return self.applied(name, inner.text)
        points = [_point(part) for part in inside]
        if points and all(points):
            return Name("".join(points), "", (mark,), span=item.span)
        if mark in ("overline", "bar"):
            return Apply("conjugate", (self.value(base, "what the bar covers"),), span=item.span)
        raise NoMeaningError(f"the mark {mark}", "what it covers is no name", item.span)

    def table(self, item: Table) -> Meaning:
        match item.kind:
            case "matrix" | "small" | "array":
                rows = tuple(tuple(self.value(cell, "an entry of the matrix") for cell in cells) for cells in item.rows)
                if len({len(cells) for cells in rows}) != 1:
                    raise NoMeaningError("a matrix", "its rows are not equally long", item.span)
                return Grid(rows, span=item.span)
            case "cases" | "rcases":
                return self.system(item)
            case "aligned" | "gathered" | "lines" | "substack":
                return self.aligned(item)
            case _:
                raise NoMeaningError("a diagram", "it has no value", item.span)

    def system(self, item: Table) -> Meaning:
        """Cases with their conditions, or equations that hold together."""
        rows = [[cell for cell in cells if _prepare(items_of(cell))] for cells in item.rows]
        rows = [cells for cells in rows if cells]
        if all(len(cells) == 1 for cells in rows):
            lines = [self.case_line(cells[0]) for cells in rows]
            if all(
                isinstance(condition, Chain) and isinstance(value, Chain) for value, condition in lines if condition
            ):
                return Apply(
                    "list",
                    tuple(part for cells in rows for part in self.inner(items_of(cells[0])).parts()),
                    span=item.span,
                )
            return Cases(tuple(lines), span=item.span)
        if any(len(cells) != 2 for cells in rows):
            raise NoMeaningError("cases", "a line has no condition", item.span)
        return Cases(tuple((self.branch_value(cells[0]), self.condition(cells[1])) for cells in rows), span=item.span)

    def case_line(self, cell: Node) -> tuple[Meaning, Meaning | None]:
        parts = self.inner(items_of(cell)).parts()
        if len(parts) == 2 and not isinstance(parts[0], Chain) and isinstance(parts[1], Chain):
            return parts[0], parts[1]
        if len(parts) == 1 and isinstance(parts[0], Chain):
            return parts[0], parts[0]
        raise NoMeaningError("cases", "a line has no condition", cell.span)

    def branch_value(self, cell: Node) -> Meaning:
        items = _prepare(items_of(cell))
        while items and isinstance(items[-1], Sym) and items[-1].text in ",;":
            items.pop()
        return self.inner(items).whole()

    def condition(self, cell: Node) -> Meaning | None:
        """The condition of a case; words as "if" are left out, "otherwise" is None."""
        items = _prepare(items_of(cell))
        words = [item.text.strip(" ,.").lower() for item in items if isinstance(item, Text)]
        items = [item for item in items if not isinstance(item, Text)]
        if any(word not in ("if", "for", "when", "otherwise", "else", "") for word in words):
            raise NoMeaningError(f"“{words[0]}”", "words have no value", cell.span)
        while items and isinstance(items[-1], Sym) and items[-1].text in ".,;":
            items.pop()
        if not items:
            return None
        parts = self.inner(items).parts()
        return parts[0] if len(parts) == 1 else Apply("and", tuple(parts))

    def aligned(self, item: Table) -> Meaning:
        """Lines that continue each other, or formulas of their own."""
        joined: list[list[Node]] = []
        for cells in item.rows:
            line = _prepare([part for cell in cells for part in items_of(cell)])
            if line and joined and (_relation(line[0]) or _infix(line[0])[0]):
                joined[-1] += line
            elif line:
                joined.append(line)
        if not joined:
            raise NoMeaningError("aligned lines", "they are empty", item.span)
        lines = tuple(part for line in joined for part in self.inner(line).parts())
        return lines[0] if len(lines) == 1 else Apply("list", lines, span=item.span)


# What items are


def _prepare_script(node: Node) -> list[Node]:
    return _prepare(items_of(node))


def _relation(item: Node | None) -> str:
    """The relation that an item is, "" for none."""
    if isinstance(item, Stack):
        item = item.base
    if not isinstance(item, Sym) or item.text in _INFIX or item.text in _PIPES:
        return ""
    if item.cls == "rel" or item.text in "=<>":
        return _SAME_RELATION.get(item.text, item.text)
    return ""


def _modulus(fence: Fence) -> list[Node] | None:
    """The n of ``(mod n)``, None for other brackets."""
    inside = _prepare(items_of(fence.body))
    found = fence.open == "(" and len(inside) > 1 and isinstance(inside[0], Operator) and inside[0].name == "mod"
    return inside[1:] if found else None


def _has_relation(node: Node) -> bool:
    return isinstance(node, Fence) and any(_relation(item) for item in _prepare(items_of(node.body)))


def _infix(item: Node) -> tuple[str, int]:
    """The head and the precedence of a binary operator; the head is "" for anything else."""
    if isinstance(item, Sym):
        if item.text in _INFIX:
            return _INFIX[item.text]
        if item.text in "⋃⋂":  # set as the big operator, used as the small one
            return ("union", 40) if item.text == "⋃" else ("intersection", 50)
        if item.cls == "bin":
            symbol = symbols.by_char(item.text, "bin")
            return item.text, symbol.prec if symbol is not None and symbol.prec is not None else 40
    if isinstance(item, Operator) and item.name == "mod":
        return "modulo", _MULTIPLICATIVE
    return "", -1


def _is_function(item: Node) -> bool:
    base = item.base if isinstance(item, Script) else item
    return isinstance(base, Operator) or (
        isinstance(base, Ident) and base.font == "rm" and _is_function_word(base.text)
    )


def _is_function_word(text: str) -> bool:
    return len(text) > 1 and (symbols.by_char(text, "fn") is not None or symbols.by_char(text, "fnlim") is not None)


def _holds_arguments(fence: Fence, name: str) -> bool:
    """Whether these brackets are those of a function; some functions take braces too, ``\\max\\{a, b\\}``."""
    if (fence.open, fence.close) == ("(", ")"):
        return True
    return (fence.open, fence.close) in (("{", "}"), ("[", "]")) and name in _BRACED_FUNCTIONS


_BRACED_FUNCTIONS = frozenset({"max", "min", "gcd", "lcm", "sup", "inf", "exp", "log", "ln"})


def _bare_class(item: Node) -> str:
    symbol = _bare(item)
    return symbol.cls if symbol is not None else ""


def _is_sign(item: Node) -> bool:
    return isinstance(item, Sym) and item.text in ("−", "+")


def _is_minus_one(items: list[Node]) -> bool:
    return len(items) == 2 and isinstance(items[0], Sym) and items[0].text == "−" and items[1] == Num("1")


def _is_joint_differential(item: Node) -> bool:
    return isinstance(item, Ident) and item.font == "rm" and len(item.text) == 2 and item.text[0] == "d"


def _without_last_differentials(items: list[Node], count: int) -> list[Node]:
    """The integrand: all but the last `count` differentials."""
    rest = list(items)
    at = len(rest) - 1
    while count and at >= 0:
        if _is_joint_differential(rest[at]):
            del rest[at]
            count -= 1
        elif _is_d(rest[at]) and at + 1 < len(rest) and _letter_of(rest[at + 1]):
            del rest[at : at + 2]
            count -= 1
        at -= 1
    return rest


def _is_proper_fraction(value: Meaning) -> bool:
    match value:
        case Apply("divide", (Number(num), Number(den))):
            return num.isdigit() and den.isdigit() and int(num) < int(den)
        case _:
            return False


def _is_infinite(value: Meaning) -> bool:
    if isinstance(value, Apply) and value.head == "negative":
        value = value.args[0]
    return value == Constant("infinity")


def _as_set(value: Meaning) -> Meaning:
    """A pair in parentheses where a set is meant is an open interval, also inside a union."""
    if isinstance(value, Apply):
        if value.head == "tuple" and len(value.args) == 2:
            return Apply("interval-oo", value.args, span=value.span)
        if value.head in ("union", "intersection", "difference"):
            return Apply(value.head, tuple(_as_set(arg) for arg in value.args), span=value.span)
    return value


_KINDS = {
    "Frac": "a fraction", "Root": "a root", "Stack": "a symbol with another over or under it", "Accent": "an accent",
    "Fence": "a bracket", "Table": "a table", "Enclosed": "a box or stroke", "Row": "a group",
}  # fmt: skip


def _describe(item: Node) -> str:
    """What an item is called in an error."""
    match item:
        case Sym(text) | Ident(text) | Num(text) | Unknown(text):
            return text
        case Operator(name):
            return name
        case Text(text):
            return f"“{text.strip()}”"
        case Script(base):
            return f"{_describe(base)} with a script"
        case _:
            return _KINDS.get(type(item).__name__, "this")


def _point(item: Node) -> str:
    """A letter, perhaps with a number: one of the points an arrow over two of them names; "" for anything else."""
    match item:
        case Ident(text):
            return text
        case Script(Ident(text), Num(number), None):
            return text + number
        case Script(Ident(text), None, Sym("′")):
            return text + "prime"
        case _:
            return ""


def _joined(first: Meaning | Node, last: Meaning | Node) -> Span | None:
    return (first.span[0], last.span[1]) if first.span and last.span else None


def _from(item: Node, last: Meaning) -> Span | None:
    return (item.span[0], last.span[1]) if item.span and last.span else None


# Walking over meanings


def parts(value: Meaning) -> Iterator[Meaning]:
    """All meanings in a meaning, itself first; needs no recursion."""
    stack = [value]
    while stack:
        value = stack.pop()
        yield value
        match value:
            case Apply(_, args):
                stack += args[::-1]
            case Chain(operands):
                stack += operands[::-1]
            case Bind(_, body, bounds):
                for bound in bounds[::-1]:
                    stack += [
                        part for part in (bound.domain, bound.high, bound.low, bound.variable) if part is not None
                    ]
                stack.append(body)
            case Grid(rows):
                stack += [cell for row in rows[::-1] for cell in row[::-1]]
            case Cases(branches):
                stack += [part for branch in branches[::-1] for part in branch[::-1] if part is not None]
            case Name(sub=sub):
                stack += sub[::-1]
            case Number() | Constant():
                pass


def spine(value: Meaning, heads: frozenset[str]) -> list[tuple[str, Meaning]]:
    """A sum or product as its terms from left to right, each with the head that joins it to those before it."""
    terms: list[tuple[str, Meaning]] = []
    while isinstance(value, Apply) and value.head in heads and len(value.args) == 2:
        terms.append((value.head, value.args[1]))
        value = value.args[0]
    terms.append(("", value))
    return terms[::-1]


def base_name(name: Name) -> Name:
    """The name without its subscripts."""
    return Name(name.text, name.font, name.marks, (), name.sup, span=name.span)


def indexed_names(formula: Meaning) -> set[Name]:
    """Names that have an expression or a bound variable as a subscript somewhere: they are sequences."""
    bound = {
        bound.variable
        for part in parts(formula)
        if isinstance(part, Bind) and part.head in ("∑", "∏", "∫", "limit")
        for bound in part.bounds
        if isinstance(bound.variable, Name)
    }
    return {
        base_name(part)
        for part in parts(formula)
        if isinstance(part, Name) and any(not _is_label(index) or index in bound for index in part.sub)
    }


def _is_label(index: Meaning) -> bool:
    return isinstance(index, Number | Name | Constant)


SUMS = frozenset({"plus", "minus"})
PRODUCTS = frozenset({"times", "divide"})


def free_names(value: Meaning) -> set[Name]:
    """The variables that nothing in the formula binds."""
    bound = {
        bound.variable
        for part in parts(value)
        if isinstance(part, Bind)
        for bound in part.bounds
        if isinstance(bound.variable, Name)
    }
    names: set[Name] = set()
    labels: set[int] = set()  # subscripts and names of functions, which are no variables of their own
    for part in parts(value):
        if isinstance(part, Apply) and part.head in ("call", "inverse", "primed", "dotted"):
            labels.add(id(part.args[0]))
        if isinstance(part, Name):
            labels.update(id(index) for index in part.sub)
            if id(part) not in labels and part not in bound:
                names.add(part)
    return names
