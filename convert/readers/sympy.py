"""SymPy → AST: text of an expression, and expressions themselves.

Text is parsed by Python's own `ast` and walked with a whitelist of names and calls; nothing of it is ever evaluated, so
no text can run code or ask for a number of a billion digits, and SymPy need not be there. Both walks make the meanings
of `..meaning`, and `present` writes these as a mathematician would.

>>> read(Source("Integral(x**2, (x, 0, 1))"), losses=[])  # doctest: +SKIP
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, assert_never

from .. import symbols
from ..errors import Loss, Losses, MissingExtraError, ParseError, UnsupportedError
from ..meaning import (
    Apply,
    Bind,
    Bound,
    Cases,
    Chain,
    Constant,
    Grid,
    Meaning,
    Name,
    Number,
    parts,
)
from ..nodes import Accent, Fence, Frac, Ident, Node, Num, Operator, Root, Script, Sym, Table, Text, row
from ..source import Source, Span
from ..structure import FUNCTION_LETTERS

if TYPE_CHECKING:
    import sympy

MAX_INPUT = 100_000
MAX_DEPTH = 100
_LONGEST_NUMBER = 1000
"""Characters of one number."""
"""How deep calls and brackets may nest."""

_CONSTANTS = {
    "pi": "pi", "E": "e", "I": "i", "oo": "infinity", "true": "true", "false": "false", "True": "true",
    "False": "false",
    "EmptySet": "empty-set", "Reals": "reals", "Naturals": "naturals", "Naturals0": "naturals0", "Integers": "integers",
    "Rationals": "rationals", "Complexes": "complexes", "Infinity": "infinity", "Exp1": "e", "ImaginaryUnit": "i",
    "Pi": "pi",
}  # fmt: skip
_RELATIONS = {
    "Eq": "=", "Ne": "≠", "Lt": "<", "Gt": ">", "Le": "≤", "Ge": "≥", "Equality": "=", "Unequality": "≠",
    "StrictLessThan": "<", "StrictGreaterThan": ">", "LessThan": "≤", "GreaterThan": "≥",
}  # fmt: skip
_LOGIC = {"And": "and", "Or": "or", "Not": "not", "Implies": "implies", "Equivalent": "iff"}
_SETS = {"Union": "union", "Intersection": "intersection", "Complement": "difference", "FiniteSet": "set"}
_SIMPLE = {
    "Abs": "abs", "floor": "floor", "ceiling": "ceiling", "conjugate": "conjugate", "adjoint": "adjoint",
    "factorial": "factorial", "binomial": "binomial", "Mod": "modulo", "rad": "degree", "re": "Re", "im": "Im",
    "Transpose": "transpose", "transpose": "transpose", "Determinant": "det", "det": "det", "Trace": "tr", "log": "log",
    "ln": "log", "Max": "max", "Min": "min", "Tuple": "tuple",
}  # fmt: skip
_BIG = {
    "Sum": "∑", "Product": "∏", "Integral": "∫", "summation": "∑", "product": "∏", "integrate": "∫",
    "Derivative": "derivative", "diff": "derivative",
}  # fmt: skip
_INTERVALS = {"Interval": "cc", "Interval.open": "oo", "Interval.Lopen": "oc", "Interval.Ropen": "co"}


def read(source: Source | sympy.Basic, *, losses: Losses) -> Node:
    """The formula of a SymPy expression, given as text or as an object.

    Raises `ParseError` for text that is no expression or uses what is not known here, `UnsupportedError` for objects
    that no formula can show.
    """
    if not isinstance(source, Source):
        return from_sympy(source)
    if len(source.text) > MAX_INPUT:
        raise ParseError(
            f"the text is {len(source.text):,} characters long; the limit is {MAX_INPUT:,}", source, (0, 1)
        )
    try:
        return present(_Text(source, losses).formula())
    except RecursionError:
        raise ParseError("nested too deep for the stack of this program", source, (0, 1)) from None


def from_sympy(expression: sympy.Basic) -> Node:
    """The formula of a SymPy expression, with its terms in SymPy's printing order. Raises `UnsupportedError`."""
    try:
        import sympy
    except ModuleNotFoundError as error:
        raise MissingExtraError('SymPy is not installed; pip install "panmath[sympy]"') from error
    try:
        return present(_Objects(sympy).meaning(sympy.sympify(expression)))
    except RecursionError:
        raise UnsupportedError("the expression is nested too deep for the stack of this program") from None


# Names


_MARKS = ("hat", "tilde", "bar", "vec", "check", "dot", "ddot", "dddot")
_FONTS = {"bold": "bi", "cal": "cal", "frak": "frak", "scr": "scr", "bb": "bb"}
_SUPERSCRIPTS = {"ast": "ast", "plus": "plus", "minus": "minus", "star": "star"}


def name_of(text: str) -> Name:
    """A symbol's name in its parts: ``x_1``, ``alphahat``, ``vbold``, ``x_max``, ``fprime``, ``x__ast``."""
    head, *subs = text.replace("__", "_^").split("_")
    sup = "".join(part[1:] for part in subs if part.startswith("^"))
    labels = [part for part in subs if part and not part.startswith("^")]
    letter, suffixes = _split_head(head or text)
    marks = tuple(suffix for suffix in suffixes if suffix in _MARKS)
    primes = "prime" * suffixes.count("prime")
    fonts = [_FONTS[suffix] for suffix in suffixes if suffix in _FONTS]
    font = fonts[0] if fonts else "rm" if len(letter) > 1 else ""
    return Name(letter, font, marks, tuple(_label(label) for label in labels), sup or primes)  # type: ignore[arg-type]


def _split_head(head: str) -> tuple[str, list[str]]:
    """The letter of a name and the words of its marks and font; a word that has neither is kept whole."""
    rest = head
    suffixes: list[str] = []
    while True:
        for suffix in (*_MARKS, *_FONTS, "prime"):
            if rest.endswith(suffix) and len(rest) > len(suffix) and _letter(rest[: -len(suffix)].rstrip()) is not None:
                suffixes.insert(0, suffix)
                rest = rest[: -len(suffix)]
                break
            if rest.endswith(suffix) and suffix == "prime" and len(rest) > len(suffix):
                suffixes.insert(0, suffix)
                rest = rest[: -len(suffix)]
                break
        else:
            break
    letter = _letter(rest)
    return (letter, suffixes) if letter is not None else (head, [])


def _letter(word: str) -> str | None:
    """The letter that a word names; None if it is no letter's name."""
    if len(word) == 1:
        return word
    symbol = symbols.by_tex(f"\\{word}")
    return symbol.char if symbol is not None and symbol.cls == "letter" else None


def _label(text: str) -> Meaning:
    if text.isdigit():
        return Number(text)
    letter = _letter(text)
    return Name(letter) if letter is not None else Name(text, "rm")


# Text


class _Text:
    """Walks Python's syntax tree."""

    def __init__(self, source: Source, losses: Losses) -> None:
        self.source, self.losses = source, losses
        self.names: dict[str, Name] = {}
        """Names that the text itself declares, and what they are shown as."""
        self.starts = [0]
        for line in source.text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.lines = source.text.splitlines(keepends=True)

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Offsets of a node; Python counts columns in bytes."""
        start = self._offset(node.lineno, node.col_offset)
        if node.end_lineno is None or node.end_col_offset is None:
            return start, start + 1
        return start, self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return self.starts[min(line, len(self.starts)) - 1] + len(text.encode()[:column].decode(errors="ignore"))

    def error(self, message: str, node: ast.expr | ast.stmt) -> ParseError:
        return ParseError(message, self.source, self.span(node))

    def formula(self) -> Meaning:
        """The last line, with the lines before it that declare its names."""
        statements = self._parsed()
        for statement in statements[:-1]:
            self.declaration(statement)
        last = statements[-1]
        if not isinstance(last, ast.Expr):
            raise self.error("the last line is no expression", last)
        return self.value(last.value, 0)

    def _parsed(self) -> list[ast.stmt]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                statements = ast.parse(
                    self.source.text.strip("\n") if "\n" in self.source.text else self.source.text.strip()
                ).body
        except SyntaxError as error:
            at = self._offset(error.lineno or 1, 0) + max(0, (error.offset or 1) - 1)
            at = min(at, len(self.source.text))
            raise ParseError(f"this is no Python expression: {error.msg}", self.source, (at, at + 1)) from None
        except (MemoryError, ValueError):
            raise ParseError("this is no Python expression", self.source, (0, 1)) from None
        if not statements:
            raise ParseError("there is no expression", self.source, (0, 1))
        return statements

    def declaration(self, statement: ast.stmt) -> None:
        """``from sympy import *``, ``x, y = symbols('x y')``, ``f = Function('f')``."""
        match statement:
            case ast.ImportFrom(module="sympy") | ast.Import():
                return
            case ast.Assign(
                [target],
                ast.Call(ast.Name("symbols" | "Symbol" | "Function" | "IndexedBase"), [ast.Constant(str(text)), *_]),
            ):
                words = text.replace(",", " ").split()
                targets = target.elts if isinstance(target, ast.Tuple) else [target]
                if len(words) == len(targets) and all(isinstance(item, ast.Name) for item in targets):
                    self.names |= {
                        item.id: name_of(word)
                        for item, word in zip(targets, words, strict=True)
                        if isinstance(item, ast.Name)
                    }
                    return
        raise self.error("only symbols, functions and the import of SymPy may stand before the expression", statement)

    def value(self, node: ast.expr, depth: int) -> Meaning:
        if depth > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} levels deep", node)
        match node:
            case ast.Constant(bool(constant)):
                return Constant("true" if constant else "false")
            case ast.Constant(int() | float() | complex()):
                return self.number(node)
            case ast.Name(name):
                return self.name(name)
            case ast.UnaryOp(operator, operand):
                return self.unary(operator, operand, node, depth)
            case ast.BinOp():
                return self.binary(node, depth)
            case ast.BoolOp(operator, operands):
                return Apply("and" if isinstance(operator, ast.And) else "or", self.values(operands, depth))
            case ast.Compare(left, operators, comparators):
                return self.comparison(node, [left, *comparators], operators, depth)
            case ast.Call():
                return self.call(node, depth)
            case ast.Subscript(base, index):
                return self.subscript(base, index, node, depth)
            case ast.Attribute(ast.Name("S"), "Half"):
                return Apply("divide", (Number("1"), Number("2")))
            case ast.Attribute(ast.Name("S" | "sympy"), attribute) if attribute in _CONSTANTS:
                return Constant(_CONSTANTS[attribute])
            case ast.Tuple(items):
                return Apply("tuple", self.values(items, depth))
            case ast.Set(items):
                return Apply("set", self.values(items, depth))
        raise self.error(f"{_construct(node)} has no place in a SymPy expression", node)

    def values(self, nodes: Sequence[ast.expr], depth: int) -> tuple[Meaning, ...]:
        return tuple(self.value(node, depth + 1) for node in nodes)

    def number(self, node: ast.Constant) -> Meaning:
        start, end = self.span(node)
        text = self.source.text[start:end].replace("_", "").lower()
        if len(text) > _LONGEST_NUMBER:
            raise self.error(f"a number of more than {_LONGEST_NUMBER:,} characters", node)
        if text[:2] in ("0x", "0o", "0b"):
            return Number(str(node.value))
        imaginary = text.endswith("j")
        mantissa, _, exponent = text.rstrip("j").partition("e")
        result: Meaning = Number(mantissa if mantissa[-1:] != "." else mantissa[:-1])
        if exponent:
            result = Apply("times", (result, Apply("power", (Number("10"), _integer(int(exponent))))))
        return Apply("times", (result, Constant("i"))) if imaginary else result

    def name(self, name: str) -> Meaning:
        if name in self.names:
            return self.names[name]
        return Constant(_CONSTANTS[name]) if name in _CONSTANTS else name_of(name)

    def unary(self, operator: ast.unaryop, operand: ast.expr, node: ast.expr, depth: int) -> Meaning:
        value = self.value(operand, depth + 1)
        match operator:
            case ast.USub():
                return Apply("negative", (value,))
            case ast.UAdd():
                return value
            case _:
                return Apply("not", (value,))

    def binary(self, node: ast.BinOp, depth: int) -> Meaning:
        """A binary operation; long sums and products are walked along their left side, without recursion."""
        rights: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            rights.append(left)
            left = left.left
        result = self.value(left, depth + 1)
        for operation in reversed(rights):
            result = self.operation(operation, result, self.value(operation.right, depth + 1))
        return result

    def operation(self, node: ast.BinOp, left: Meaning, right: Meaning) -> Meaning:
        match node.op:
            case ast.FloorDiv():
                return Apply("floor", (Apply("divide", (left, right)),))
            case ast.Pow():
                return _power(left, right)
        head = _OPERATORS.get(type(node.op))
        if head is None:
            raise self.error(f"the operator {type(node.op).__name__} has no place in a SymPy expression", node)
        return Apply(head, (left, right))

    def comparison(self, node: ast.expr, operands: list[ast.expr], operators: list[ast.cmpop], depth: int) -> Meaning:
        relations = []
        for operator in operators:
            relation = _COMPARISONS.get(type(operator))
            if relation is None:
                raise self.error(f"the comparison {type(operator).__name__} has no place in a SymPy expression", node)
            relations.append(relation)
        return Chain(self.values(operands, depth), tuple(relations))

    def subscript(self, base: ast.expr, index: ast.expr, node: ast.expr, depth: int) -> Meaning:
        indices = index.elts if isinstance(index, ast.Tuple) else [index]
        value = self.value(base, depth + 1)
        if not isinstance(value, Name):
            raise self.error("only a name can have an index", node)
        return Name(value.text, value.font, value.marks, (*value.sub, *self.values(indices, depth)), value.sup)

    # Calls

    def call(self, node: ast.Call, depth: int) -> Meaning:
        function, arguments = self.called(node)
        for keyword in node.keywords:
            if keyword.arg not in ("evaluate", "dir", "commutative"):
                self.losses.append(Loss(f"{keyword.arg}=…", "a formula does not show it", self.span(node)))
        match node.func:
            case ast.Call(ast.Name("Function"), [ast.Constant(str(word))]):
                return Apply("call", (name_of(word), *self.values(arguments, depth)))
        match function, arguments:
            case (("Symbol" | "Dummy" | "IndexedBase"), [ast.Constant(str(word)), *_]):
                return name_of(word)
            case (("S" | "Integer" | "sympify"), [argument]):
                return self.value(argument, depth + 1)
            case "Float", [ast.Constant(str(digits)), *_] if digits.replace(".", "", 1).isdigit():
                return Number(digits)
            case "Float", [argument, *_]:
                return self.value(argument, depth + 1)
            case "Matrix", _:
                return self.matrix(node, arguments, depth)
            case "Piecewise", _:
                return self.piecewise(node, arguments, depth)
            case "Limit" | "limit", [_, _, _, *side]:
                sign = self.side(node, side)
                body, variable, target = self.values(arguments[:3], depth)
                return Bind("limit", body, (Bound(variable, target, side=sign),))
        if function in _BIG and arguments:
            return self.bind(function, node, arguments, depth)
        values = self.values(arguments, depth)
        if function in self.names:
            return Apply("call", (self.names[function], *values))
        built = build(function, values)
        if built is None:
            raise self.error(f"{function} does not take {len(values)} arguments", node)
        return built

    def called(self, node: ast.Call) -> tuple[str, list[ast.expr]]:
        """The name of the function and its arguments; a method has its object as the first one."""
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.error("a starred argument has no place in a SymPy expression", node)
        match node.func:
            case ast.Name(name):
                return name, node.args
            case ast.Attribute(ast.Name("Interval"), "open" | "Lopen" | "Ropen" as kind):
                return f"Interval.{kind}", node.args
            case ast.Attribute(ast.Name("sympy" | "sp"), name):
                return name, node.args
            case ast.Attribute(value, "diff" | "subs" | "integrate" | "limit" as method):
                return {"subs": "Subs"}.get(method, method), [value, *node.args]
            case ast.Call(ast.Name("Function"), [ast.Constant(str())]):
                return "", node.args
        raise self.error(f"{_construct(node.func)} cannot be called here", node)

    def side(self, node: ast.Call, positional: Sequence[ast.expr]) -> str:
        given = [*positional, *(keyword.value for keyword in node.keywords if keyword.arg == "dir")]
        if not given:
            return "+"
        if isinstance(given[0], ast.Constant) and given[0].value in ("+", "-", "+-"):
            return {"+-": ""}.get(given[0].value, given[0].value)
        raise self.error("the direction of a limit is '+', '-' or '+-'", node)

    def matrix(self, node: ast.Call, arguments: list[ast.expr], depth: int) -> Meaning:
        if len(arguments) != 1 or not isinstance(arguments[0], ast.List | ast.Tuple) or not arguments[0].elts:
            raise self.error("a matrix is written as the list of its rows", node)
        lists = [item.elts if isinstance(item, ast.List | ast.Tuple) else [item] for item in arguments[0].elts]
        if len({len(cells) for cells in lists}) != 1 or not lists[0]:
            raise self.error("the rows of a matrix are not equally long", node)
        return Grid(tuple(self.values(cells, depth + 1) for cells in lists))

    def piecewise(self, node: ast.Call, arguments: list[ast.expr], depth: int) -> Meaning:
        branches = []
        for argument in arguments:
            if not isinstance(argument, ast.Tuple) or len(argument.elts) != 2:
                raise self.error("a case is a pair of a value and a condition", argument)
            value, condition = self.values(argument.elts, depth + 1)
            branches.append((value, None if condition == Constant("true") else condition))
        if not branches:
            raise self.error("Piecewise has no cases", node)
        return Cases(tuple(branches))

    def bind(self, function: str, node: ast.Call, arguments: list[ast.expr], depth: int) -> Meaning:
        body = self.value(arguments[0], depth + 1)
        bounds: list[Bound] = []
        for argument in arguments[1:]:
            items = argument.elts if isinstance(argument, ast.Tuple) else [argument]
            values = self.values(items, depth)
            if function in ("Derivative", "diff") and len(values) == 1 and isinstance(values[0], Number) and bounds:
                bounds[-1] = Bound(bounds[-1].variable, values[0])
                continue
            if not 1 <= len(values) <= 3 or not isinstance(values[0], Name | Apply):
                raise self.error("this is no variable with its bounds", argument)
            bounds.append(_bounded(values))
        if not bounds:
            raise self.error(f"{function} has no variable", node)
        return bound(_BIG[function], body, bounds)


_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times", ast.MatMult: "times", ast.Div: "divide", ast.Mod: "modulo",
    ast.BitAnd: "and", ast.BitOr: "or", ast.RShift: "implies",
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "≠", ast.Lt: "<", ast.Gt: ">", ast.LtE: "≤", ast.GtE: "≥",
}  # fmt: skip


def _construct(node: ast.expr) -> str:
    """What a piece of Python is called in an error."""
    match node:
        case ast.Constant(str()):
            return "a string"
        case ast.Attribute(_, attribute):
            return f"the attribute {attribute}"
        case _:
            return f"the construct {type(node).__name__}"


# What SymPy's functions mean


def build(function: str, values: Sequence[Meaning]) -> Meaning | None:
    """A call of one of SymPy's functions, or of the formula's own; None for a wrong number of arguments."""
    args = tuple(values)
    if function in _RELATIONS:
        return Chain(args, (_RELATIONS[function],)) if len(args) == 2 else None
    if function in ("And", "Or") and len(args) > 1 or function in _LOGIC and function not in ("And", "Or"):
        return _logic(_LOGIC[function], args)
    if function in _SETS:
        return Constant("empty-set") if not args else _folded(_SETS[function], args)
    if function in _INTERVALS:
        return Apply(f"interval-{_INTERVALS[function]}", args) if len(args) == 2 else _flagged_interval(args)
    match function, args:
        case "Contains", (element, domain):
            return Chain((element, domain), ("∈",))
        case "ConditionSet", (element, condition, *domain):
            inside = Chain((element, domain[0]), ("∈",)) if domain else element
            return Apply("set-of", (inside, condition))
        case "Subs", (body, variable, value):
            return Apply("evaluated", (body, Chain((variable, value), ("=",))))
        case "sqrt", (radicand,):
            return Apply("root", (radicand, Number("2")))
        case "cbrt", (radicand,):
            return Apply("root", (radicand, Number("3")))
        case "root", (radicand, index):
            return Apply("root", (radicand, index))
        case "exp", (exponent,):
            return Apply("power", (Constant("e"), exponent))
        case "Rational", (num, den):
            return Apply("divide", (num, den))
        case "Rational", (num,):
            return num
        case (("Pow" | "MatPow"), (base, exponent)):
            return _power(base, exponent)
        case (("Add" | "MatAdd"), _) if args:
            return _chained("plus", args)
        case (("Mul" | "MatMul"), _) if args:
            return _chained("times", args)
        case "Inverse", (matrix, *_):
            return Apply("power", (matrix, Apply("negative", (Number("1"),))))
        case "gamma", _:
            return Apply("call", (Name("Γ"), *args))
    if function in _SIMPLE:
        return Apply(_SIMPLE[function], args)
    head = _head_of(function)
    return Apply(head, args) if head else Apply("call", (name_of(function), *args))


def _head_of(function: str) -> str:
    """The word of symbols.tsv for a function of SymPy, "" if there is none: ``arcsin`` for ``asin``."""
    for symbol in symbols.rows():
        if symbol.sympy == function and symbol.cls in ("fn", "fnlim"):
            return symbol.char
    return ""


def _logic(head: str, args: tuple[Meaning, ...]) -> Meaning | None:
    """``0 < x`` and ``x < 1`` is ``0 < x < 1``."""
    if head == "not":
        match args:
            case (Chain((element, domain), ("∈",)),):
                return Chain((element, domain), ("∉",))
            case (_,):
                return Apply("not", args)
        return None
    if head == "and":
        joined: list[Meaning] = [args[0]]
        for arg in args[1:]:
            last = joined[-1]
            if isinstance(last, Chain) and isinstance(arg, Chain) and last.operands[-1] == arg.operands[0]:
                joined[-1] = Chain((*last.operands, *arg.operands[1:]), (*last.relations, *arg.relations))
            else:
                joined.append(arg)
        return joined[0] if len(joined) == 1 else _chained("and", tuple(joined))
    return _chained(head, args) if len(args) > 1 else None


def _folded(head: str, args: tuple[Meaning, ...]) -> Meaning:
    return Apply("set", args) if head == "set" else _chained(head, args)


def _chained(head: str, args: Sequence[Meaning]) -> Meaning:
    result = args[0]
    for arg in args[1:]:
        result = Apply(head, (result, arg))
    return result


def _flagged_interval(args: tuple[Meaning, ...]) -> Meaning | None:
    if len(args) not in (3, 4) or any(flag not in (Constant("true"), Constant("false")) for flag in args[2:]):
        return None
    flags = ["o" if flag == Constant("true") else "c" for flag in args[2:]]
    return Apply(f"interval-{flags[0]}{flags[1] if len(flags) == 2 else 'c'}", args[:2])


def _integer(value: int) -> Meaning:
    return Number(str(value)) if value >= 0 else Apply("negative", (Number(str(-value)),))


def _power(base: Meaning, exponent: Meaning) -> Meaning:
    """A power; to the half it is a root."""
    if exponent == Apply("divide", (Number("1"), Number("2"))):
        return Apply("root", (base, Number("2")))
    return Apply("power", (base, exponent))


def _bounded(values: Sequence[Meaning]) -> Bound:
    """A variable, perhaps with where it starts and ends, or with the order of a derivative."""
    low, high = [*values[1:], None, None][:2]
    return Bound(values[0], low, high)


def bound(head: str, body: Meaning, bounds: Sequence[Bound]) -> Meaning:
    """Nested sums or integrals, the first variable innermost; derivatives have all their variables at once."""
    if head == "derivative":
        names = set(_names(body))
        partial = len(bounds) > 1 or len(names) > 1
        return Bind("partial" if partial else head, body, tuple(bounds))
    for one in bounds:
        body = Bind(head, body, (one,))
    return body


def _names(value: Meaning) -> list[Name]:
    """The variables of an expression."""
    functions = {id(part.args[0]) for part in parts(value) if isinstance(part, Apply) and part.head == "call"}
    return [part for part in parts(value) if isinstance(part, Name) and id(part) not in functions]


# Objects


class _Objects:
    """Walks an expression of SymPy."""

    def __init__(self, module: Any) -> None:
        self.sympy = module

    def meaning(self, value: Any) -> Meaning:
        name = type(value).__name__
        sympy = self.sympy
        if isinstance(value, sympy.Add):
            return self.sum(value)
        if isinstance(value, sympy.Mul):
            return self.product(value)
        if isinstance(value, sympy.Pow):
            return self.power(value)
        if isinstance(value, sympy.Symbol):
            return name_of(value.name)
        if isinstance(value, sympy.MatrixSymbol):
            return name_of(str(value.name))
        if isinstance(value, sympy.Number):
            return self.number(value)
        if name in _CONSTANTS:
            return Constant(_CONSTANTS[name])
        if value is sympy.true or value is sympy.false:
            return Constant("true" if value is sympy.true else "false")
        if isinstance(value, sympy.MatrixBase):
            return Grid(tuple(tuple(self.meaning(value[i, j]) for j in range(value.cols)) for i in range(value.rows)))
        return self.other(value, name)

    def meanings(self, values: Sequence[Any]) -> list[Meaning]:
        return [self.meaning(value) for value in values]

    def other(self, value: Any, name: str) -> Meaning:
        sympy = self.sympy
        if isinstance(value, sympy.core.function.AppliedUndef):
            return Apply("call", (name_of(value.func.__name__), *self.meanings(value.args)))
        if isinstance(value, sympy.Indexed):
            base = name_of(str(value.base.label))
            return Name(base.text, base.font, base.marks, tuple(self.meanings(value.indices)), base.sup)
        if isinstance(value, sympy.Interval):
            ends = f"{'o' if value.left_open else 'c'}{'o' if value.right_open else 'c'}"
            return Apply(f"interval-{ends}", (self.meaning(value.start), self.meaning(value.end)))
        if isinstance(value, sympy.Piecewise):
            branches = (
                (self.meaning(branch), None if condition is sympy.true else self.meaning(condition))
                for branch, condition in value.args
            )
            return Cases(tuple(branches))
        if isinstance(value, sympy.Limit):
            body, variable, target, side = value.args
            sign = "" if target.is_infinite or str(side) == "+-" else str(side)
            return Bind("limit", self.meaning(body), (Bound(self.meaning(variable), self.meaning(target), side=sign),))
        if isinstance(value, sympy.Derivative):
            bounds = [
                Bound(self.meaning(variable), None if order == 1 else self.meaning(order))
                for variable, order in value.variable_count
            ]
            partial = len(bounds) > 1 or len(value.expr.free_symbols) > 1
            return Bind("partial" if partial else "derivative", self.meaning(value.expr), tuple(bounds))
        if name in ("Sum", "Product", "Integral"):
            return bound(
                _BIG[name], self.meaning(value.function), [_bounded(self.meanings(limits)) for limits in value.limits]
            )
        if isinstance(value, sympy.Subs):
            result = self.meaning(value.expr)
            for variable, point in zip(value.variables, value.point, strict=True):
                result = Apply("evaluated", (result, Chain((self.meaning(variable), self.meaning(point)), ("=",))))
            return result
        if isinstance(value, sympy.ConditionSet):
            whole = value.base_set is sympy.S.UniversalSet
            inside = [self.meaning(value.sym), self.meaning(value.condition)]
            return build("ConditionSet", inside if whole else [*inside, self.meaning(value.base_set)]) or inside[0]
        args = list(value.args)
        if isinstance(value, sympy.And | sympy.Or):
            args = sorted(args, key=sympy.default_sort_key)
        built = build(name, self.meanings(args)) if self.is_formula(value) else None
        if built is None:
            raise UnsupportedError(f"{name}: no formula shows it")
        return built

    def is_formula(self, value: Any) -> bool:
        sympy = self.sympy
        return isinstance(value, sympy.Expr | sympy.logic.boolalg.Boolean | sympy.Set | sympy.Tuple)

    def number(self, value: Any) -> Meaning:
        if value.is_Rational:
            num, den = abs(int(value.p)), int(value.q)
            size: Meaning = Number(str(num)) if den == 1 else Apply("divide", (Number(str(num)), Number(str(den))))
            return Apply("negative", (size,)) if value.p < 0 else size
        if value.is_Float:
            return self.float(value)
        if value == self.sympy.oo:
            return Constant("infinity")
        if value == -self.sympy.oo:
            return Apply("negative", (Constant("infinity"),))
        raise UnsupportedError(f"{value}: no formula shows it")

    def float(self, value: Any) -> Meaning:
        """All digits that the number has, without those that only the base 2 adds."""
        text = repr(float(value)) if value._prec == 53 else str(value)
        mantissa, _, exponent = text.lower().lstrip("-").partition("e")
        size: Meaning = Number(mantissa)
        if exponent:
            size = Apply("times", (size, Apply("power", (Number("10"), _integer(int(exponent))))))
        return Apply("negative", (size,)) if value < 0 else size

    def sum(self, value: Any) -> Meaning:
        """Terms in SymPy's printing order: by falling degree."""
        terms = value.as_ordered_terms()
        result = self.meaning(terms[0])
        for term in terms[1:]:
            minus = term.could_extract_minus_sign()
            meaning = self.meaning(-term if minus else term)
            result = Apply("minus" if minus else "plus", (result, meaning))
        return result

    def product(self, value: Any) -> Meaning:
        """One fraction, as SymPy prints it, with its sign before it."""
        if value.could_extract_minus_sign() and value.as_coeff_Mul()[0].is_negative:
            return Apply("negative", (self.meaning(-value),))
        num, den = self.sympy.fraction(value, exact=True)
        if den == 1:
            return _chained("times", self.meanings(self.factors(num)))
        above = _chained("times", self.meanings(self.factors(num)))
        return Apply("divide", (above, _chained("times", self.meanings(self.factors(den)))))

    def factors(self, value: Any) -> list[Any]:
        return list(value.as_ordered_factors()) if isinstance(value, self.sympy.Mul) else [value]

    def power(self, value: Any) -> Meaning:
        base, exponent = value.args
        if exponent.is_Rational:
            if exponent.p == 1 and exponent.q > 1:
                return Apply("root", (self.meaning(base), Number(str(exponent.q))))
            if exponent.is_negative and base.is_commutative:
                below = (
                    self.meaning(self.sympy.Pow(base, -exponent, evaluate=False))
                    if exponent != -1
                    else self.meaning(base)
                )
                return Apply("divide", (Number("1"), below))
        return Apply("power", (self.meaning(base), self.meaning(exponent)))


# Meanings as formulas

_LOWEST, _IMPLIES, _OR, _AND, _NOT, _RELATION, _SUM, _BIG_OPERATOR, _PRODUCT, _POWER, _ATOM = range(0, 110, 10)

_INFIX = {
    "plus": ("+", _SUM), "minus": ("−", _SUM), "plus-minus": ("±", _SUM), "minus-plus": ("∓", _SUM),
    "union": ("∪", _SUM), "difference": ("∖", _SUM), "intersection": ("∩", _PRODUCT), "and": ("∧", _AND),
    "or": ("∨", _OR),
    "implies": ("⇒", _IMPLIES), "iff": ("⇔", _IMPLIES),
}  # fmt: skip
_FENCES = {
    "abs": ("|", "|"), "norm": ("‖", "‖"), "floor": ("⌊", "⌋"), "ceiling": ("⌈", "⌉"), "set": ("{", "}"),
    "tuple": ("(", ")"), "interval-cc": ("[", "]"), "interval-co": ("[", ")"), "interval-oc": ("(", "]"),
    "interval-oo": ("(", ")"),
}  # fmt: skip

_Shown = tuple[list[Node], int]


def present(value: Meaning) -> Node:
    """A meaning as the formula that says it."""
    return row(_shown(value)[0])


def _at(value: Meaning, prec: int) -> list[Node]:
    """The items of an operand, in parentheses if it binds less tightly than what it stands in."""
    items, own = _shown(value)
    return items if own >= prec else [Fence("(", row(items), ")")]


def _shown(value: Meaning) -> _Shown:
    match value:
        case Number(text):
            return [Num(text)], _ATOM
        case Constant(name):
            return [_CONSTANT_NODES[name]], _ATOM
        case Name():
            return [_name(value)], _ATOM
        case Apply():
            return _apply(value)
        case Chain(operands, relations):
            items = _at(operands[0], _RELATION + 1)
            for relation, operand in zip(relations, operands[1:], strict=True):
                items += [Sym(relation, "rel"), *_at(operand, _RELATION + 1)]
            return items, _RELATION
        case Bind():
            return _bind(value)
        case Grid(rows):
            return [Fence("[", _table(rows), "]")], _ATOM
        case Cases(branches):
            lines = []
            for branch, condition in branches:
                words = [Text("otherwise")] if condition is None else [Text("if "), *_shown(condition)[0]]
                lines.append((row(_shown(branch)[0]), row(words)))
            return [Table("cases", tuple(lines))], _ATOM
    assert_never(value)


def _table(rows: tuple[tuple[Meaning, ...], ...]) -> Table:
    return Table("matrix", tuple(tuple(row(_shown(cell)[0]) for cell in cells) for cells in rows))


_CONSTANT_NODES: dict[str, Node] = {
    "pi": Ident("π"), "e": Ident("e", "rm"), "i": Ident("i", "rm"), "infinity": Sym("∞"), "empty-set": Sym("∅"),
    "true": Sym("⊤"), "false": Sym("⊥"), "reals": Ident("R", "bb"), "naturals": Ident("N", "bb"),
    "integers": Ident("Z", "bb"), "rationals": Ident("Q", "bb"), "complexes": Ident("C", "bb"),
    "naturals0": Script(Ident("N", "bb"), Num("0")), "reals+": Script(Ident("R", "bb"), None, Sym("+", "bin")),
}  # fmt: skip


def _name(name: Name) -> Node:
    node: Node = Ident(name.text, name.font)
    for mark in name.marks:
        node = Accent(node, mark)
    sub = None
    if name.sub:
        labels: list[Node] = []
        for index in name.sub:
            labels += [Sym(",", "punct")] if labels else []
            labels += _indices(index)
        sub = row(labels)
    sup: Node | None = None
    if name.sup.startswith("prime"):
        sup = row([Sym("′")] * name.sup.count("prime"))
    elif name.sup:
        char = {"ast": "∗", "plus": "+", "minus": "−", "star": "⋆"}.get(name.sup)
        sup = Sym(char, "bin") if char else Ident(name.sup, "rm" if len(name.sup) > 1 else "")
    return node if sub is None and sup is None else Script(node, sub, sup)


def _indices(index: Meaning) -> list[Node]:
    """A subscript; two or three letters from the middle of the alphabet are indices and no word."""
    if isinstance(index, Name) and index.font == "rm" and 1 < len(index.text) < 4 and set(index.text) <= set("ijklmn"):
        return [Ident(letter) for letter in index.text]
    return _shown(index)[0]


def _apply(value: Apply) -> _Shown:
    head, args = value.head, value.args
    if head in _INFIX and len(args) == 2:
        return _infix(value)
    if head in ("times", "divide"):
        return _product(value)
    if head in _FENCES:
        opening, closing = _FENCES[head]
        return [Fence(opening, row(_listed(args)), closing)], _ATOM
    match head, args:
        case "negative", (operand,):
            return [Sym("−", "bin"), *_at(operand, _BIG_OPERATOR)], _SUM
        case "not", (operand,):
            return [Sym("¬"), *_at(operand, _NOT)], _NOT
        case "power", (base, exponent):
            return _power_shown(base, exponent)
        case "root", (radicand, index):
            return [Root(row(_shown(radicand)[0]), None if index == Number("2") else row(_shown(index)[0]))], _ATOM
        case "factorial", (operand,):
            return [*_at(operand, _ATOM), Sym("!", "close")], _POWER
        case "binomial", (upper, lower):
            return [Fence("(", Frac(row(_shown(upper)[0]), row(_shown(lower)[0]), bar=False), ")")], _ATOM
        case "degree", (operand,):
            return [Script(_single(operand), None, Sym("∘", "bin"))], _POWER
        case "percent", (operand,):
            return [*_at(operand, _ATOM), Sym("%")], _POWER
        case "adjoint", (operand,):
            return [Script(_single(operand), None, Sym("†", "bin"))], _POWER
        case "transpose", (operand,):
            return [Script(_single(operand), None, Ident("T", "rm"))], _POWER
        case "modulo", (left, right):
            return [*_at(left, _PRODUCT), Operator("mod"), *_at(right, _POWER)], _PRODUCT
        case "det", (Grid(rows),):
            return [Fence("|", _table(rows), "|")], _ATOM
        case "evaluated", (body, condition):
            return [Script(Fence("", row(_shown(body)[0]), "|"), row(_shown(condition)[0]))], _POWER
        case "set-of", (element, condition):
            inside = [*_shown(element)[0], Sym("∣", "rel"), *_shown(condition)[0]]
            return [Fence("{", row(inside), "}")], _ATOM
        case "list", _:
            return _listed(args), _LOWEST
        case "call", (Name() as function, *arguments):
            return [_name(function), Fence("(", row(_listed(arguments)), ")")], _POWER
        case "primed", (Name() as function, Number(order), *arguments):
            primes = Script(_name(function), None, row([Sym("′")] * int(order)))
            return [primes, Fence("(", row(_listed(arguments)), ")")] if arguments else [primes], _POWER
        case "log", (argument, base):
            return [Script(Operator("log"), row(_shown(base)[0])), Fence("(", row(_shown(argument)[0]), ")")], _POWER
        case "conjugate", (operand,):
            return [Operator("conj"), Fence("(", row(_shown(operand)[0]), ")")], _POWER
        case _:
            limits = head in ("max", "min", "det")
            return [Operator(head, limits), Fence("(", row(_listed(args)), ")")], _POWER


def _listed(args: Sequence[Meaning]) -> list[Node]:
    items: list[Node] = []
    for arg in args:
        items += [Sym(",", "punct")] if items else []
        items += _at(arg, _LOWEST + 1)
    return items


def _infix(value: Apply) -> _Shown:
    """A sum or another operation, along its left side without recursion."""
    prec = _INFIX[value.head][1]
    rights: list[tuple[str, Meaning]] = []
    left: Meaning = value
    while isinstance(left, Apply) and len(left.args) == 2 and left.head in _INFIX and _INFIX[left.head][1] == prec:
        rights.append((left.head, left.args[1]))
        left = left.args[0]
        if prec == _IMPLIES:
            break
    items = _at(left, prec + (prec == _IMPLIES))
    for head, right in reversed(rights):
        char = _INFIX[head][0]
        items += [Sym(char, "rel" if prec == _IMPLIES else "bin"), *_at(right, prec + 1)]
    return items, prec


def _product(value: Apply) -> _Shown:
    """Factors side by side, with a dot where they would run together."""
    if value.head == "divide":
        num, den = value.args
        return [Frac(row(_shown(num)[0]), row(_shown(den)[0]))], _POWER
    factors: list[Meaning] = []
    left: Meaning = value
    while isinstance(left, Apply) and left.head == "times":
        factors.append(left.args[1])
        left = left.args[0]
    factors.append(left)
    factors.reverse()
    items: list[Node] = []
    for factor in factors:
        shown = _at(factor, _PRODUCT + 1 if items else _PRODUCT)
        if isinstance(factor, Apply) and factor.head == "negative":
            shown = [Fence("(", row(_shown(factor)[0]), ")")]
        if items and _runs_together(items[-1], shown[0]):
            items.append(Sym("⋅", "bin"))
        items += shown
    return items, _PRODUCT


def _runs_together(left: Node, right: Node) -> bool:
    """Whether two factors need a dot between them."""
    if isinstance(right, Num) or (isinstance(right, Script) and isinstance(right.base, Num)):
        return True
    if isinstance(left, Num) and isinstance(right, Frac):
        return True
    if isinstance(right, Fence) and right.open == "(" or isinstance(right, Script) and isinstance(right.base, Fence):
        return _may_be_function(left)
    if isinstance(left, Frac) and isinstance(left.num, Ident | Sym | Script):
        return True
    return isinstance(left, Ident) and left.text == "d" or isinstance(right, Ident) and right.text == "d"


def _may_be_function(node: Node) -> bool:
    while isinstance(node, Script | Accent):
        node = node.base
    return isinstance(node, Operator) or (
        isinstance(node, Ident) and (node.text in FUNCTION_LETTERS or len(node.text) > 1)
    )


def _power_shown(base: Meaning, exponent: Meaning) -> _Shown:
    sup = row(_shown(exponent)[0])
    if isinstance(base, Apply) and base.head not in _NOT_RAISED:
        shown, _ = _shown(base)
        operator = shown[0]
        if isinstance(operator, Operator) and len(shown) == 2 and isinstance(exponent, Number):
            return [Script(operator, None, sup), shown[1]], _POWER
    if isinstance(base, Name) and not base.sup and not base.marks:
        node = _name(base)
        return [Script(node.base, node.sub, sup) if isinstance(node, Script) else Script(node, None, sup)], _POWER
    return [Script(_single(base), None, sup)], _POWER


_NOT_RAISED = frozenset({"call", "conjugate", "log"})


def _single(value: Meaning) -> Node:
    """An operand as one node, in parentheses unless it is an atom."""
    items, prec = _shown(value)
    plain = prec == _ATOM and len(items) == 1 and not isinstance(items[0], Script | Root | Frac | Table)
    return items[0] if plain else Fence("(", row(items), ")")


def _bind(value: Bind) -> _Shown:
    head, body, bounds = value.head, value.body, value.bounds
    if head == "∫":
        return _integral(body, bounds[0])
    if head in ("derivative", "partial"):
        return _derivative(head, body, bounds)
    if head == "limit":
        return _limit(body, bounds[0])
    if head in ("forall", "exists"):
        sign = Sym("∀" if head == "forall" else "∃")
        domain = [] if bounds[0].domain is None else [Sym("∈", "rel"), *_shown(bounds[0].domain)[0]]
        return [sign, *_shown(bounds[0].variable)[0], *domain, Sym(":", "rel"), *_shown(body)[0]], _LOWEST
    one = bounds[0]
    if one.low is None or one.high is None:
        raise UnsupportedError(f"{head}: without its bounds no formula shows it")
    below = row([*_shown(one.variable)[0], Sym("=", "rel"), *_shown(one.low)[0]])
    return [Script(Sym(head, "op"), below, row(_shown(one.high)[0])), *_at(body, _BIG_OPERATOR)], _BIG_OPERATOR


def _integral(body: Meaning, one: Bound) -> _Shown:
    sign: Node = Sym("∫", "op")
    if one.low is not None and one.high is not None:
        sign = Script(sign, row(_shown(one.low)[0]), row(_shown(one.high)[0]))
    elif one.low is not None:
        raise UnsupportedError("∫: with one bound no formula shows it")
    return [sign, *_at(body, _BIG_OPERATOR), Ident("d", "rm"), *_shown(one.variable)[0]], _BIG_OPERATOR


def _derivative(head: str, body: Meaning, bounds: tuple[Bound, ...]) -> _Shown:
    sign: Node = Ident("d", "rm") if head == "derivative" else Sym("∂")
    orders = [one.low for one in bounds]
    total: Node | None = None
    if all(order is None or (isinstance(order, Number) and order.text.isdigit()) for order in orders):
        count = sum(
            1 if order is None else int(order.text) for order in orders if order is None or isinstance(order, Number)
        )
        total = Num(str(count)) if count > 1 else None
    elif len(orders) == 1 and orders[0] is not None:
        total = row(_shown(orders[0])[0])
    else:
        raise UnsupportedError("a derivative of several orders that are no numbers: no formula shows it")
    below: list[Node] = []
    for one in bounds:
        variable = row(_shown(one.variable)[0])
        raised = variable if one.low is None else Script(variable, None, row(_shown(one.low)[0]))
        below += [sign, raised]
    frac = Frac(sign if total is None else Script(sign, None, total), row(below))
    return [frac, *_at(body, _BIG_OPERATOR + 1)], _BIG_OPERATOR


def _limit(body: Meaning, one: Bound) -> _Shown:
    if one.low is None:
        raise UnsupportedError("lim: without its target no formula shows it")
    target = _at(one.low, _ATOM)
    if one.side:
        target = [Script(row(target), None, Sym("+" if one.side == "+" else "−", "bin"))]
    below = row([*_shown(one.variable)[0], Sym("→", "rel"), *target])
    return [Script(Operator("lim", True), below), *_at(body, _BIG_OPERATOR)], _BIG_OPERATOR
