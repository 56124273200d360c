"""AST → SymPy: as text that runs after ``from sympy import *``, and as an expression.

The formula is understood by `..meaning` and translated once, by `_Translation`, whatever it is built of: `_Source`
makes text and needs no SymPy, `_Objects` makes SymPy's own objects. So `to_sympy(node)` is what evaluating the text
gives, but for the order in which factors are multiplied out.

Bare names in the text that are not SymPy's are the formula's own: symbols, functions where they are called, indexed
bases where they have square brackets. `declare` writes the lines that make them. A name that SymPy has for something
else stands as ``Symbol('S')``. What SymPy has no counterpart for is refused with the reason.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from .. import symbols
from ..code import (
    ATOM,
    COMPARE,
    PRODUCT,
    SUM,
    Code,
    call,
    index_name,
    infix,
    is_huge,
    negative,
    number,
    power,
    symbol_name,
)
from ..errors import Losses, MissingExtraError
from ..meaning import (
    PRODUCTS,
    SUMS,
    Apply,
    Bind,
    Bound,
    Cases,
    Chain,
    Constant,
    Grid,
    Meaning,
    Name,
    NoMeaningError,
    Number,
    base_name,
    free_names,
    indexed_names,
    parts,
    spine,
    understand,
)
from ..nodes import Node

if TYPE_CHECKING:
    import sympy

T = TypeVar("T")

RESERVED = frozenset("E I N O Q S beta gamma zeta pi Chi Lambda lambda".split())
"""Names of letters that ``from sympy import *`` or Python has for something else."""

CONSTANTS = {
    "pi": "pi", "e": "E", "i": "I", "infinity": "oo", "true": "true", "false": "false", "empty-set": "EmptySet",
    "reals": "Reals", "naturals": "Naturals", "naturals0": "Naturals0", "integers": "Integers",
    "rationals": "Rationals",
    "complexes": "Complexes", "naturals+": "Naturals", "naturals∗": "Naturals", "integers+": "Naturals",
}  # fmt: skip
"""Constants of `..meaning` by SymPy's name for them."""

_SETS = frozenset(CONSTANTS) - {"pi", "e", "i", "infinity", "true", "false"}
_SET_HEADS = frozenset({"set", "union", "intersection", "difference", "set-of"}) | {
    f"interval-{left}{right}" for left in "co" for right in "co"
}
_LOGIC = {"and": "And", "or": "Or", "implies": "Implies", "iff": "Equivalent"}
_SIMPLE = {
    "abs": "Abs", "floor": "floor", "ceiling": "ceiling", "conjugate": "conjugate", "adjoint": "adjoint",
    "factorial": "factorial", "binomial": "binomial", "modulo": "Mod", "degree": "rad", "Re": "re", "Im": "im",
}  # fmt: skip
_INTERVALS = {"cc": "Interval", "oo": "Interval.open", "oc": "Interval.Lopen", "co": "Interval.Ropen"}
_INVERSES = {
    "sin": "asin", "cos": "acos", "tan": "atan", "tg": "atan", "cot": "acot", "ctg": "acot", "sec": "asec",
    "csc": "acsc",
    "sinh": "asinh", "cosh": "acosh", "tanh": "atanh", "coth": "acoth",
}  # fmt: skip
_RELATIONS = {"=": "Eq", "≠": "Ne", "<": "Lt", ">": "Gt", "≤": "Le", "≥": "Ge"}
_BIG = {"∑": "Sum", "∏": "Product", "∫": "Integral"}
_COMPUTED_AT_ONCE = frozenset({"gcd", "lcm", "deg", "det", "tr"})
_NO_COUNTERPART = {
    "plus-minus": "it stands for two values", "minus-plus": "it stands for two values",
    "norm": "SymPy's symbols are numbers, which have no norm", "forall": "SymPy has no quantifiers",
    "exists": "SymPy has no quantifiers",
}  # fmt: skip

LARGE_ARGUMENT = 10_000
"""Beyond this, a factorial or binomial is left as it stands: evaluating it could take for ever."""


def write(node: Node, *, losses: Losses, constants: bool = True, declare: bool = False) -> str:
    """The text of the SymPy expression.

    With `declare`, the lines that make its symbols stand before it. With `constants`, e, i and π are the numbers.
    Raises `NoMeaningError`.
    """
    source = _Source()
    try:
        code = _Translation(source, understand(node, constants=constants)).whole()
    except RecursionError:
        raise NoMeaningError("the formula", "it is nested too deep for the stack of this program") from None
    return source.declarations() + code.text if declare else code.text


def to_sympy(node: Node, *, constants: bool = True, evaluate: bool = True) -> sympy.Basic:
    """The SymPy expression.

    With `evaluate` SymPy simplifies as it always does (``1 + 1`` is 2), without the structure stays. Integrals, sums,
    limits and derivatives are never computed. Raises `NoMeaningError`, also for what SymPy refuses, and
    `MissingExtraError` where SymPy is not installed.
    """
    meaning = understand(node, constants=constants)
    objects = _Objects(evaluate)
    try:
        return objects.expression(_Translation(objects, meaning).whole())
    except RecursionError:
        raise NoMeaningError("the formula", "it is nested too deep for the stack of this program") from None
    except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
        if isinstance(error, NoMeaningError):
            raise
        raise NoMeaningError("the formula", f"SymPy refuses it: {error}") from error


class _Builder(Protocol[T]):
    """What `_Translation` builds with."""

    def number(self, value: Number) -> T: ...
    def symbol(self, name: str) -> T: ...
    def constant(self, name: str) -> T: ...
    def indexed(self, name: str, indices: Sequence[T]) -> T: ...
    def apply(self, name: str, arguments: Sequence[T]) -> T: ...
    def call(self, name: str, arguments: Sequence[T], *, fixed: bool = False) -> T: ...
    def word(self, text: str) -> T: ...
    def tupled(self, items: Sequence[T]) -> T: ...
    def listed(self, items: Sequence[T]) -> T: ...
    def negative(self, value: T) -> T: ...
    def operate(self, head: str, left: T, right: T) -> T: ...
    def product(self, factors: Sequence[tuple[bool, Sequence[T]]]) -> T:
        """Factors from left to right; those of a pair with True are divided by, together."""
        ...

    def power(self, base: T, exponent: T) -> T: ...
    def compare(self, relation: str, left: T, right: T) -> T: ...


class _Translation(Generic[T]):
    """Meanings in SymPy's terms."""

    def __init__(self, builder: _Builder[T], formula: Meaning) -> None:
        self.build = builder
        self.formula = formula
        self.indexed = indexed_names(formula)
        self.depends = _dependent_names(formula)

    def whole(self) -> T:
        return self.value(self.formula)

    def value(self, value: Meaning) -> T:
        match value:
            case Number():
                return self.build.number(value)
            case Constant(name):
                return self.constant(name, value)
            case Name():
                return self.name(value)
            case Apply():
                return self.apply(value)
            case Chain():
                return self.chain(value)
            case Bind():
                return self.bind(value)
            case Grid(rows):
                cells = [self.build.listed([self.value(cell) for cell in row]) for row in rows]
                return self.build.call("Matrix", [self.build.listed(cells)])
            case Cases(branches):
                return self.build.call(
                    "Piecewise",
                    [
                        self.build.tupled(
                            [
                                self.value(branch),
                                self.build.constant("true") if condition is None else self.truth(condition),
                            ]
                        )
                        for branch, condition in branches
                    ],
                )

    def values(self, values: Sequence[Meaning]) -> list[T]:
        return [self.value(value) for value in values]

    def quantity(self, value: Meaning) -> T:
        """Something to calculate with: no statement, no set, no list."""
        kind = _kind(value)
        if kind:
            raise NoMeaningError(kind, "it is no number to calculate with", value.span)
        return self.value(value)

    # Names

    def constant(self, name: str, value: Constant) -> T:
        if name in CONSTANTS:
            return self.build.constant(CONSTANTS[name])
        infinity = self.build.constant("oo")
        zero = self.build.number(Number("0"))
        if name == "reals+":
            return self.build.call("Interval.open", [zero, infinity])
        if name == "reals−":
            return self.build.call("Interval.open", [self.build.negative(infinity), zero])
        raise NoMeaningError(name, "SymPy has no such set", value.span)

    def name(self, name: Name) -> T:
        if name in self.depends:
            return self.build.apply(symbol_name(name), [self.plain(variable) for variable in self.depends[name]])
        return self.plain(name)

    def plain(self, name: Name) -> T:
        """A name as itself, whatever it depends on."""
        if name.sub and base_name(name) in self.indexed:
            return self.build.indexed(symbol_name(base_name(name)), [self.index(index) for index in name.sub])
        return self.build.symbol(symbol_name(name))

    def index(self, index: Meaning) -> T:
        if isinstance(index, Name) and len(index.text) > 1 and index.font == "rm" and not index.sub:
            return self.build.symbol(index_name(index))
        return self.value(index)

    # Operations

    def apply(self, value: Apply) -> T:
        head, args = value.head, value.args
        if head in _NO_COUNTERPART:
            raise NoMeaningError(_SIGNS.get(head, head), _NO_COUNTERPART[head], value.span)
        if head in SUMS or head in PRODUCTS:
            return self.spine(value)
        if head in _SIMPLE:
            return self.build.call(_SIMPLE[head], [self.quantity(arg) for arg in args])
        if head in _LOGIC:
            return self.build.call(_LOGIC[head], [self.truth(arg) for arg in args])
        if head in _SET_HEADS:
            return self.set(value)
        match head, args:
            case "negative", (operand,):
                return self.build.negative(self.quantity(operand))
            case "not", (operand,):
                return self.build.call("Not", [self.truth(operand)])
            case "power", (base, exponent):
                return self.build.power(self.quantity(base), self.quantity(exponent))
            case "root", (radicand, Number("2")):
                return self.build.call("sqrt", [self.quantity(radicand)])
            case "root", (radicand, index):
                return self.build.call("root", self.values((radicand, index)))
            case "percent", (operand,):
                return self.build.operate("divide", self.value(operand), self.build.number(Number("100")))
            case "call", (Name() as function, *arguments):
                return self.build.apply(symbol_name(function), self.values(arguments))
            case "inverse", (Name(function), *arguments) if function in _INVERSES:
                return self.build.call(_INVERSES[function], self.values(arguments))
            case "inverse", (Name() as function, *_):
                raise NoMeaningError(f"{symbol_name(function)}⁻¹", "SymPy has no inverse of a function", value.span)
            case "primed", (Name() as function, order, *arguments):
                return self.primed(function, order, arguments, value)
            case "dotted", (Name() as function, order):
                return self.derivative(self.name(function), self.build.symbol("t"), order)
            case "transpose", (Grid() as grid,):
                return self.build.call("Transpose", [self.value(grid)])
            case "transpose", _:
                raise NoMeaningError("a transpose", "SymPy's symbols are numbers, not matrices", value.span)
            case "det", (Grid() as grid,):
                return self.build.call("Determinant", [self.value(grid)])
            case "tr", (Grid() as grid,):
                return self.build.call("Trace", [self.value(grid)])
            case "evaluated", (body, condition):
                return self.evaluated(body, condition)
            case "bounds", (body, low, high):
                variable = self.only_variable(body, value)
                ends = [self.build.call("Subs", [self.value(body), variable, self.value(end)]) for end in (high, low)]
                return self.build.operate("minus", ends[0], ends[1])
            case (("tuple" | "list"), _):
                return self.build.tupled(self.values(args))
            case _:
                return self.named(head, args, value)

    def named(self, head: str, args: Sequence[Meaning], value: Apply) -> T:
        """One of the functions of symbols.tsv."""
        if head in _COMPUTED_AT_ONCE:
            raise NoMeaningError(head, "SymPy computes it at once and has no form for letters", value.span)
        symbol = symbols.by_char(head, "fn") or symbols.by_char(head, "fnlim")
        if symbol is None and head.isascii() and head.isalpha():
            return self.build.apply(head, self.values(args))
        if symbol is None or symbol.sympy is None:
            raise NoMeaningError(head, "SymPy has no counterpart", value.span)
        most = 2 if head == "log" else None if head in ("max", "min") else 1
        if most is not None and len(args) > most:
            raise NoMeaningError(head, f"it takes one argument, not {len(args)}", value.span)
        return self.build.call(symbol.sympy, [self.quantity(arg) for arg in args])

    def spine(self, value: Apply) -> T:
        """A sum or a product as a whole, so that long ones cost no stack."""
        if value.head in SUMS:
            terms = spine(value, SUMS)
            result = self.quantity(terms[0][1])
            for head, term in terms[1:]:
                result = self.build.operate(head, result, self.quantity(term))
            return result
        factors: list[tuple[bool, list[T]]] = []
        for head, term in spine(value, PRODUCTS):
            inner = spine(term, frozenset({"times"})) if head == "divide" else [("", term)]
            factors.append((head == "divide", [self.quantity(factor) for _, factor in inner]))
        return self.build.product(factors)

    # Calculus

    def derivative(self, body: T, variable: T, order: Meaning | None) -> T:
        if order is None or order == Number("1"):
            return self.build.call("Derivative", [body, variable])
        return self.build.call("Derivative", [body, self.build.tupled([variable, self.value(order)])])

    def primed(self, function: Name, order: Meaning, arguments: Sequence[Meaning], value: Apply) -> T:
        """``f′(x)``; at another place than a variable it is substituted afterwards."""
        if not arguments:
            variable = self.plain(self.depends[function][0])
            return self.derivative(self.name(function), variable, order)
        if len(arguments) > 1:
            raise NoMeaningError("a prime", "the function has several arguments", value.span)
        word = symbol_name(function)
        argument = arguments[0]
        if isinstance(argument, Name) and argument not in self.depends:
            variable = self.plain(argument)
            return self.derivative(self.build.apply(word, [variable]), variable, order)
        taken = {symbol_name(part) for part in parts(argument) if isinstance(part, Name)}
        dummy = self.build.symbol(next(letter for letter in ("x", "t", "u", "xi") if letter not in taken))
        inner = self.derivative(self.build.apply(word, [dummy]), dummy, order)
        return self.build.call("Subs", [inner, dummy, self.value(argument)])

    def evaluated(self, body: Meaning, condition: Meaning) -> T:
        conditions = (
            condition.args if isinstance(condition, Apply) and condition.head in ("list", "tuple") else (condition,)
        )
        result = self.value(body)
        for part in conditions:
            if not isinstance(part, Chain) or part.relations != ("=",):
                raise NoMeaningError("a bar of evaluation", "it does not say which variable has which value", part.span)
            result = self.build.call("Subs", [result, *self.values(part.operands)])
        return result

    def only_variable(self, body: Meaning, value: Apply) -> T:
        names = free_names(body)
        if len(names) != 1:
            raise NoMeaningError("a bar of evaluation", "it does not say which variable has which value", value.span)
        return self.plain(names.pop())

    def bind(self, value: Bind) -> T:
        head, bounds = value.head, value.bounds
        if head in _NO_COUNTERPART or head not in (*_BIG, "limit", "derivative", "partial"):
            raise NoMeaningError(
                _SIGNS.get(head, head), _NO_COUNTERPART.get(head, "SymPy has no counterpart"), value.span
            )
        body = self.value(value.body)
        if head == "limit":
            return self.limit(body, bounds[0])
        if head in ("derivative", "partial"):
            ranges = [self.order(bound) for bound in bounds]
            return self.build.call("Derivative", [body, *ranges])
        return self.build.call(_BIG[head], [body, *(self.range(bound, value) for bound in bounds)])

    def order(self, bound: Bound) -> T:
        variable = self.variable(bound)
        return variable if bound.low is None else self.build.tupled([variable, self.value(bound.low)])

    def variable(self, bound: Bound) -> T:
        if not isinstance(bound.variable, Name):
            raise NoMeaningError("a bound variable", "it is no name", getattr(bound.variable, "span", None))
        return self.plain(bound.variable)

    def range(self, bound: Bound, value: Bind) -> T:
        if bound.domain is not None:
            raise NoMeaningError(value.head, "SymPy sums over ranges, not over sets", value.span)
        variable = self.variable(bound)
        if bound.low is None or bound.high is None:
            return variable
        return self.build.tupled([variable, self.value(bound.low), self.value(bound.high)])

    def limit(self, body: T, bound: Bound) -> T:
        assert bound.low is not None  # a limit has what its variable tends to
        arguments = [body, self.variable(bound), self.value(bound.low)]
        infinite = bound.low == Constant("infinity") or bound.low == Apply("negative", (Constant("infinity"),))
        if bound.side or not infinite:
            arguments.append(self.build.word(bound.side or "+-"))
        return self.build.call("Limit", arguments)

    # Relations and sets

    def chain(self, value: Chain) -> T:
        relations = [
            self.relation(left, relation, right, value)
            for left, relation, right in zip(value.operands, value.relations, value.operands[1:], strict=False)
        ]
        return relations[0] if len(relations) == 1 else self.build.call("And", relations)

    def relation(self, left: Meaning, relation: str, right: Meaning, value: Chain) -> T:
        if relation in "∈∉":
            contains = self.build.call("Contains", [self.value(left), self.as_set(right)])
            return contains if relation == "∈" else self.build.call("Not", [contains])
        if relation == "≡" and isinstance(right, Apply) and right.head == "modulo":
            difference = self.build.operate("minus", self.quantity(left), self.quantity(right.args[0]))
            remainder = self.build.call("Mod", [difference, self.quantity(right.args[1])])
            return self.build.compare("Eq", remainder, self.build.number(Number("0")))
        if relation not in _RELATIONS:
            raise NoMeaningError(relation, "SymPy has no counterpart", value.span)
        # SymPy takes a letter for a number, which no set and no matrix can be, and would say at once that it is not.
        apart = relation in "=≠" and _is_composite(left) != _is_composite(right)
        if apart:
            return self.build.call(_RELATIONS[relation], self.values((left, right)), fixed=True)
        return self.build.compare(_RELATIONS[relation], self.value(left), self.value(right))

    def truth(self, value: Meaning) -> T:
        """Something that is true or false."""
        if isinstance(value, Chain | Name) or (isinstance(value, Apply) and value.head in (*_LOGIC, "not")):
            return self.value(value)
        if value in (Constant("true"), Constant("false")):
            return self.value(value)
        raise NoMeaningError("a condition", "it is neither true nor false", value.span)

    def as_set(self, value: Meaning) -> T:
        if _is_set(value):
            return self.value(value)
        raise NoMeaningError("a set", "SymPy has no symbols for sets", value.span)

    def set(self, value: Apply) -> T:
        head, args = value.head, value.args
        if head.startswith("interval"):
            return self.build.call(_INTERVALS[head[-2:]], self.values(args))
        if head == "set":
            return self.build.call("FiniteSet", self.values(args))
        if head == "set-of":
            return self.condition_set(args[0], args[1], value)
        name = {"union": "Union", "intersection": "Intersection", "difference": "Complement"}[head]
        return self.build.call(name, [self.as_set(arg) for arg in args])

    def condition_set(self, element: Meaning, condition: Meaning, value: Apply) -> T:
        domain: list[T] = []
        if isinstance(element, Chain) and element.relations == ("∈",):
            domain = [self.as_set(element.operands[1])]
            element = element.operands[0]
        if not isinstance(element, Name):
            raise NoMeaningError("a set", "its element is no single variable", value.span)
        return self.build.call("ConditionSet", [self.plain(element), self.truth(condition), *domain])


_GROWING = frozenset({"factorial", "binomial"})
_SIGNS = {"plus-minus": "±", "minus-plus": "∓", "norm": "‖", "forall": "∀", "exists": "∃"}


def _dependent_names(formula: Meaning) -> dict[Name, list[Name]]:
    """Names that a derivative shows to be functions, with the variables they depend on."""
    depends: dict[Name, list[Name]] = {}
    functions = {part.args[0] for part in parts(formula) if isinstance(part, Apply) and part.head in ("call", "primed")}
    names = {part for part in parts(formula) if isinstance(part, Name)} - functions
    default = Name("t") if Name("t") in names and Name("x") not in names else Name("x")
    for part in parts(formula):
        found: list[Meaning] = []
        match part:
            case Bind("derivative" | "partial", Name() as name, bounds):
                found = [bound.variable for bound in bounds]
            case Apply("dotted", (Name() as name, _)):
                found = [Name("t")]
            case Apply("primed", (Name() as name, _)):
                found = [default]
            case _:
                continue
        variables = depends.setdefault(name, [])
        variables += [variable for variable in found if isinstance(variable, Name) and variable not in variables]
    return depends


def _kind(value: Meaning) -> str:
    """What a meaning is if it is not a number."""
    match value:
        case Chain():
            return "a relation"
        case Apply("tuple" | "list"):
            return "a list"
        case Apply(head) if head in _LOGIC or head == "not":
            return "a statement"
        case _:
            return "a set" if _is_set(value) else ""


def _is_set(value: Meaning) -> bool:
    return (isinstance(value, Constant) and (value.name in _SETS or value.name in ("reals+", "reals−"))) or (
        isinstance(value, Apply) and value.head in _SET_HEADS
    )


def _is_composite(value: Meaning) -> bool:
    """A set or a matrix, which is no number."""
    return isinstance(value, Grid) or _is_set(value) or (isinstance(value, Apply) and value.head == "transpose")


# Text


class _Source:
    """Builds text."""

    def __init__(self) -> None:
        self.symbols: set[str] = set()
        self.functions: set[str] = set()
        self.bases: set[str] = set()

    def declarations(self) -> str:
        """The lines that make the formula's own names."""
        lines = []
        if names := sorted(self.symbols):
            lines.append(f"{', '.join(names)} = symbols({' '.join(names)!r})")
        lines += [f"{name} = Function({name!r})" for name in sorted(self.functions)]
        lines += [f"{name} = IndexedBase({name!r})" for name in sorted(self.bases)]
        return "".join(f"{line}\n" for line in lines)

    def number(self, value: Number) -> Code:
        code = number(value)
        long = code.literal == "float" and len(code.text.replace(".", "").lstrip("0")) > 15
        return call("Float", [repr(code.text)]) if long else code

    def symbol(self, name: str) -> Code:
        return Code(self._own(name, "Symbol", self.symbols))

    def _own(self, name: str, kind: str, kept: set[str]) -> str:
        if name in RESERVED or not name.isidentifier() or keyword.iskeyword(name) or not _is_usual(name):
            return f"{kind}({name!r})"
        kept.add(name)
        return name

    def constant(self, name: str) -> Code:
        return Code(name)

    def indexed(self, name: str, indices: Sequence[Code]) -> Code:
        inside = ", ".join(index.text for index in indices)
        return Code(f"{self._own(name, 'IndexedBase', self.bases)}[{inside}]")

    def apply(self, name: str, arguments: Sequence[Code]) -> Code:
        return call(self._own(name, "Function", self.functions), arguments)

    def call(self, name: str, arguments: Sequence[Code], *, fixed: bool = False) -> Code:
        large = any(
            code.literal == "int" and (code.value is None or abs(code.value) >= LARGE_ARGUMENT) for code in arguments
        )
        fixed = fixed or (large and name in _GROWING)
        return call(name, [*arguments, "evaluate=False"] if fixed else arguments)

    def word(self, text: str) -> Code:
        return Code(repr(text))

    def tupled(self, items: Sequence[Code]) -> Code:
        inside = ", ".join(item.text for item in items)
        return Code(f"({inside},)" if len(items) == 1 else f"({inside})")

    def listed(self, items: Sequence[Code]) -> Code:
        return Code(f"[{', '.join(item.text for item in items)}]")

    def negative(self, value: Code) -> Code:
        return negative(value)

    def operate(self, head: str, left: Code, right: Code) -> Code:
        if head == "divide" and left.literal and right.literal:
            # Python would make a float of 1/2.
            if left.prec == right.prec == ATOM and left.value is not None and right.value is not None:
                return call("Rational", [left, right])
            left = call("S", [left])
        operator, prec = {
            "plus": (" + ", SUM),
            "minus": (" - ", SUM),
            "times": ("*", PRODUCT),
            "divide": ("/", PRODUCT),
        }[head]
        return infix(left, operator, right, prec)

    def product(self, factors: Sequence[tuple[bool, Sequence[Code]]]) -> Code:
        result: Code | None = None
        for divided, group in factors:
            part = group[0]
            for factor in group[1:]:
                part = self.operate("times", part, factor)
            result = part if result is None else self.operate("divide" if divided else "times", result, part)
        assert result is not None  # a product has factors
        return result

    def power(self, base: Code, exponent: Code) -> Code:
        result = power(base, exponent)
        if not (base.literal and exponent.literal) or result.value is not None:
            return result
        if base.value is not None and exponent.value is not None and not is_huge(base.value, exponent.value):
            return power(call("S", [base]), exponent)  # Python would make a float of 2**-1
        if base.literal == exponent.literal == "int":
            return Code(call("Pow", [base, exponent, "evaluate=False"]).text, ATOM, "int")
        return power(call("S", [base]), exponent)

    def compare(self, relation: str, left: Code, right: Code) -> Code:
        operator = {"Lt": "<", "Gt": ">", "Le": "<=", "Ge": ">="}.get(relation)
        if operator is None or left.literal:  # Python would turn 0 < x round, and knows whether 1 < 2
            return call(relation, [left, right])
        return Code(f"{left.at(SUM)} {operator} {right.at(SUM)}", COMPARE)


def _is_usual(name: str) -> bool:
    """One letter or its name, with marks and subscripts; words might be one of SymPy's many functions."""
    head = name.partition("_")[0]
    if len(head) <= 1 or not head.isascii():
        return True
    return any(head.startswith(letter) for letter in _letter_names()) or head[1:] in _SUFFIXES


_SUFFIXES = frozenset(
    {"hat", "tilde", "check", "bar", "vec", "ring", "bold", "cal", "frak", "bb", "prime", "primeprime", "dot", "ddot"}
)


@cache
def _letter_names() -> frozenset[str]:
    letters = {row.tex[0].lstrip("\\") for row in symbols.rows() if row.cls == "letter" and row.tex}
    return frozenset(letter for letter in letters if letter.isalpha() and letter not in RESERVED and len(letter) > 1)


# Objects


class _Objects:
    """Builds SymPy's objects."""

    def __init__(self, evaluate: bool) -> None:
        try:
            import sympy
        except ModuleNotFoundError as error:
            raise MissingExtraError('SymPy is not installed; pip install "panmath[sympy]"') from error
        self.sympy: Any = sympy
        self.evaluate = evaluate

    def expression(self, value: Any) -> sympy.Basic:
        """The result as an object of SymPy."""
        result: sympy.Basic = self.sympy.sympify(value)
        return result

    def number(self, value: Number) -> Any:
        code = number(value)
        return self.sympy.Integer(code.text) if code.literal == "int" else self.sympy.Float(code.text)

    def symbol(self, name: str) -> Any:
        return self.sympy.Symbol(name)

    def constant(self, name: str) -> Any:
        return getattr(self.sympy, name)

    def indexed(self, name: str, indices: Sequence[Any]) -> Any:
        return self.sympy.IndexedBase(name)[tuple(indices)]

    def apply(self, name: str, arguments: Sequence[Any]) -> Any:
        return self.sympy.Function(name)(*arguments)

    def call(self, name: str, arguments: Sequence[Any], *, fixed: bool = False) -> Any:
        function = self.sympy
        for part in name.split("."):
            function = getattr(function, part)
        if name in _NEVER_EVALUATED:
            return function(*arguments)
        if fixed or not self.evaluate or self._is_large(name, arguments):
            if name == "sqrt":
                return self.sympy.Pow(arguments[0], self.sympy.S.Half, evaluate=False)
            if name == "root":
                return self.sympy.Pow(arguments[0], 1 / arguments[1], evaluate=False)
            if name == "rad":
                return function(*arguments)
            return function(*arguments, evaluate=False)
        return function(*arguments)

    def _is_large(self, name: str, arguments: Sequence[Any]) -> bool:
        return name in _GROWING and any(
            argument.is_number and not abs(argument) < LARGE_ARGUMENT for argument in arguments
        )

    def word(self, text: str) -> Any:
        return text

    def tupled(self, items: Sequence[Any]) -> Any:
        return self.sympy.Tuple(*items)

    def listed(self, items: Sequence[Any]) -> Any:
        return list(items)

    def negative(self, value: Any) -> Any:
        return -value if self.evaluate or value.is_Number else self.sympy.Mul(-1, value, evaluate=False)

    def operate(self, head: str, left: Any, right: Any) -> Any:
        if self.evaluate:
            match head:
                case "plus":
                    return left + right
                case "minus":
                    return left - right
                case _:
                    return self.product([(False, [left]), (head == "divide", [right])])
        add = self.sympy.Add
        match head:
            case "plus":
                return add(*_flat(left, add), right, evaluate=False)
            case "minus":
                return add(*_flat(left, add), self.negative(right), evaluate=False)
            case _:
                return self.product([(False, [left]), (head == "divide", [right])])

    def product(self, factors: Sequence[tuple[bool, Sequence[Any]]]) -> Any:
        """All factors at once: one by one, SymPy would multiply the first number out."""
        inverse = self.sympy.Pow
        flat: list[Any] = []
        for divided, group in factors:
            parts_ = (
                group if self.evaluate or not divided else [self.product([(False, group)])] if len(group) > 1 else group
            )
            flat += [inverse(part, -1, evaluate=self.evaluate) for part in parts_] if divided else parts_
        if any(isinstance(part, self.sympy.MatrixBase) for part in flat):
            result = flat[0]
            for part in flat[1:]:
                result = result * part
            return result
        return self.sympy.Mul(*flat, evaluate=self.evaluate) if len(flat) > 1 else flat[0]

    def power(self, base: Any, exponent: Any) -> Any:
        if self.evaluate and not self._is_huge(base, exponent):
            return base**exponent
        return self.sympy.Pow(base, exponent, evaluate=False)

    def _is_huge(self, base: Any, exponent: Any) -> bool:
        """Whether the power of two numbers has more digits than anybody could want."""
        if not (getattr(base, "is_number", False) and getattr(exponent, "is_number", False)):
            return False
        if base is self.sympy.E and not exponent.has(self.sympy.log):
            return False  # stays as it is: the exponential of a number is no number with digits
        if not (base.is_Rational and exponent.is_Rational):
            return not (base.is_Float or exponent.is_Float) and not (base.is_Atom and exponent.is_Atom)
        return any(bool(is_huge(int(part), abs(exponent))) for part in (base.p, base.q))

    def compare(self, relation: str, left: Any, right: Any) -> Any:
        return getattr(self.sympy, relation)(left, right, evaluate=self.evaluate)


_NEVER_EVALUATED = frozenset({
    "Matrix", "Piecewise", "Sum", "Product", "Integral", "Derivative", "Limit", "Subs", "Interval", "Interval.open",
    "Interval.Lopen", "Interval.Ropen", "ConditionSet", "Determinant", "Trace", "Transpose",
})  # fmt: skip


def _flat(value: Any, operation: Any) -> tuple[Any, ...]:
    return value.args if isinstance(value, operation) else (value,)
