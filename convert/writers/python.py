"""AST → source of a Python function: ``lambda x, y: numpy.sin(x)**2 + y``.

The formula is understood by `..meaning`. An equation ``y = …`` or ``f(x) = …`` gives the function of its right side,
with f's arguments in their order; other free variables follow in the order of the alphabet. NumPy's functions work on
whole arrays; `module="math"` writes for single numbers. What cannot be computed from numbers alone (integrals, limits,
derivatives, sets) is refused with the reason. The source needs ``import numpy`` (or ``math``) and nothing else.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from typing import Literal

from ..code import (
    AND,
    COMPARE,
    LOWEST,
    ONE,
    OR,
    PRODUCT,
    SUM,
    Code,
    call,
    infix,
    negative,
    number,
    power,
    symbol_name,
)
from ..errors import Losses, OptionError
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
    free_names,
    indexed_names,
    parts,
    spine,
    understand,
)
from ..nodes import Node


def identifier(name: Name) -> str:
    """The name as a Python identifier: ``lambda_`` for λ."""
    word = symbol_name(name)
    if not word.isidentifier():
        word = "".join(char if char.isidentifier() or char.isdigit() else "_" for char in word)
        word = word if word.isidentifier() else f"_{word}"
    return f"{word}_" if keyword.iskeyword(word) or word in ("numpy", "math", "range", "sum") else word


# The function


def write(
    node: Node,
    *,
    losses: Losses,
    style: Literal["lambda", "def"] = "lambda",
    name: str = "f",
    module: Literal["numpy", "math"] = "numpy",
) -> str:
    """The source of a function, ``lambda …`` or ``def name(…)``. Raises `NoMeaningError` for what no number can be."""
    if style not in ("lambda", "def"):
        raise OptionError(f"style is one of lambda, def, not {style!r}")
    if module not in ("numpy", "math"):
        raise OptionError(f"module is one of numpy, math, not {module!r}")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise OptionError(f"name is a Python identifier, not {name!r}")
    first, body = _right_side(understand(node))
    for sequence in indexed_names(body):
        raise NoMeaningError(f"{symbol_name(sequence)} with a variable index", "a sequence is no number", sequence.span)
    writer = _Writer(module)
    try:
        code = writer.code(body)
    except RecursionError:
        raise NoMeaningError("the formula", "it is nested too deep for the stack of this program") from None
    arguments = [identifier(argument) for argument in first]
    arguments += sorted({identifier(free) for free in free_names(body)} - set(arguments))
    if len(set(arguments)) < len(arguments):
        raise NoMeaningError("the arguments of the function", "one of them stands twice")
    listed = ", ".join(arguments)
    if style == "def":
        return f"def {name}({listed}):\n    return {code.text}"
    return f"lambda {listed}: {code.text}" if arguments else f"lambda: {code.text}"


def _right_side(formula: Meaning) -> tuple[list[Name], Meaning]:
    """The arguments that the left side of an equation names, and what is to be computed."""
    if isinstance(formula, Chain) and formula.relations == ("=",):
        left, right = formula.operands
        if isinstance(left, Name):
            return [], right
        if isinstance(left, Apply) and left.head == "call" and all(isinstance(arg, Name) for arg in left.args):
            return [arg for arg in left.args[1:] if isinstance(arg, Name)], right
    return [], formula


_FUNCTIONS = {
    "numpy": {
        "sin": "sin", "cos": "cos", "tan": "tan", "tg": "tan", "arcsin": "arcsin", "arccos": "arccos",
        "arctan": "arctan",
        "arctg": "arctan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "sh": "sinh", "ch": "cosh", "th": "tanh",
        "arsinh": "arcsinh", "arcosh": "arccosh", "artanh": "arctanh", "exp": "exp", "ln": "log", "log": "log",
        "sgn": "sign", "abs": "abs", "floor": "floor", "ceiling": "ceil", "degree": "radians", "conjugate": "conj",
        "Re": "real", "Im": "imag", "arg": "angle", "gcd": "gcd", "lcm": "lcm", "sinc": "",
    },
    "math": {
        "sin": "sin", "cos": "cos", "tan": "tan", "tg": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
        "arctg": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "sh": "sinh", "ch": "cosh", "th": "tanh",
        "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "exp": "exp", "ln": "log", "log": "log", "abs": "fabs",
        "floor": "floor", "ceiling": "ceil", "degree": "radians", "gcd": "gcd", "lcm": "lcm", "factorial": "factorial",
        "binomial": "comb", "erf": "erf",
    },
}  # fmt: skip
_RECIPROCALS = {
    "cot": "tan", "ctg": "tan", "cotg": "tan", "sec": "cos", "csc": "sin", "cosec": "sin", "coth": "tanh",
    "cth": "tanh",
    "sech": "cosh", "csch": "sinh",
}  # fmt: skip
_INVERSES = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "tg": "arctan", "sinh": "arsinh", "cosh": "arcosh",
    "tanh": "artanh",
}  # fmt: skip
_COMPARISONS = {"=": "==", "≠": "!=", "<": "<", ">": ">", "≤": "<=", "≥": ">="}
_CONSTANTS = {"pi": "pi", "e": "e", "infinity": "inf"}
_CALCULUS = "it needs calculus, not numbers alone"
_TWO_VALUES = "it stands for two values"
_ALL_VALUES = "a statement about all values is no number"
_NOT_NUMBERS = {
    "limit": ("a limit", _CALCULUS), "derivative": ("a derivative", _CALCULUS), "partial": ("a derivative", _CALCULUS),
    "primed": ("a derivative", _CALCULUS), "dotted": ("a derivative", _CALCULUS),
    "∫": ("an integral", "it needs a numerical method"), "forall": ("∀", _ALL_VALUES), "exists": ("∃", _ALL_VALUES),
    "plus-minus": ("±", _TWO_VALUES), "minus-plus": ("∓", _TWO_VALUES), "set": ("a set", "it is no number"),
    "set-of": ("a set", "it is no number"), "interval-cc": ("an interval", "it is no number"),
    "interval-co": ("an interval", "it is no number"), "interval-oc": ("an interval", "it is no number"),
    "interval-oo": ("an interval", "it is no number"), "union": ("a set", "it is no number"),
    "intersection": ("a set", "it is no number"), "difference": ("a set", "it is no number"),
    "implies": ("⇒", "a statement is no number"), "iff": ("⇔", "a statement is no number"),
}  # fmt: skip


class _Writer:
    """Writes meanings with the functions of one module."""

    def __init__(self, module: Literal["numpy", "math"]) -> None:
        self.module = module
        self.functions = _FUNCTIONS[module]

    def code(self, value: Meaning) -> Code:
        match value:
            case Number():
                return number(value)
            case Name():
                return Code(identifier(value))
            case Constant(name):
                return self.constant(name, value)
            case Apply():
                return self.apply(value)
            case Chain():
                return self.chain(value)
            case Bind():
                return self.bind(value)
            case Cases():
                return self.cases(value)
            case Grid(rows):
                if self.module == "math":
                    raise NoMeaningError("a matrix", "the module math knows single numbers only", value.span)
                inside = ", ".join(f"[{', '.join(self.code(cell).text for cell in row)}]" for row in rows)
                return Code(f"numpy.array([{inside}])")

    def constant(self, name: str, value: Constant) -> Code:
        if name == "i":
            if self.module == "math":
                raise NoMeaningError("i", "the module math knows real numbers only", value.span)
            return Code("1j")
        if name not in _CONSTANTS:
            raise NoMeaningError(name, "it is no number", value.span)
        return Code(f"{self.module}.{_CONSTANTS[name]}")

    def apply(self, value: Apply) -> Code:
        head, args = value.head, value.args
        if head in _NOT_NUMBERS:
            raise NoMeaningError(*_NOT_NUMBERS[head], value.span)
        matrices = sum(isinstance(arg, Grid) for arg in args)
        if (matrices > 1 and head in PRODUCTS) or (matrices and head == "power"):
            raise NoMeaningError("matrices", "NumPy's operators work on them entry by entry", value.span)
        if head in SUMS or head in PRODUCTS:
            return self.spine(value)
        match head, args:
            case "negative", (operand,):
                return negative(self.code(operand))
            case "power", (Constant("e"), exponent):
                return call(f"{self.module}.exp", [self.code(exponent)])
            case "power", (base, Apply("negative", (Number() as exponent,))):
                # NumPy refuses whole numbers to a negative power.
                below = self.code(base) if exponent.text == "1" else self.power(base, exponent)
                return infix(ONE, "/", below, PRODUCT)
            case "power", (base, exponent):
                return self.power(base, exponent)
            case "root", (radicand, Number("2")):
                return call(f"{self.module}.sqrt", [self.code(radicand)])
            case "root", (radicand, Number("3")) if self.module == "numpy":
                return call("numpy.cbrt", [self.code(radicand)])
            case "root", (radicand, index):
                return power(self.code(radicand), infix(ONE, "/", self.code(index), PRODUCT))
            case "modulo", (left, right):
                return infix(self.code(left), " % ", self.code(right), PRODUCT)
            case "percent", (operand,):
                return infix(self.code(operand), "/", Code("100"), PRODUCT)
            case "call", _:
                raise NoMeaningError(f"{symbol_name(args[0])}(…)", "the function is not defined", value.span)  # type: ignore[arg-type]
            case "inverse", (Name(function), operand) if function in _INVERSES:
                return self.named(_INVERSES[function], (operand,), value)
            case "inverse", (Name() as function, *_):
                raise NoMeaningError(f"{symbol_name(function)}⁻¹", "the inverse of a function is not known", value.span)
            case "det", (Grid() as grid,) if self.module == "numpy":
                return call("numpy.linalg.det", [self.code(grid)])
            case "norm", (operand,) if self.module == "numpy":
                return call("numpy.linalg.norm", [self.code(operand)])
            case "transpose", (operand,) if self.module == "numpy":
                return call("numpy.transpose", [self.code(operand)])
            case (("max" | "min"), _):
                return self.extreme(head, args)
            case (("and" | "or" | "not"), _):
                return self.logic(head, args)
            case (("tuple" | "list"), _):
                raise NoMeaningError("several values", "a function has one", value.span)
            case _:
                return self.named(head, args, value)

    def spine(self, value: Apply) -> Code:
        """A sum or a product, term by term, so that long ones cost no stack."""
        sums = value.head in SUMS
        terms = spine(value, SUMS if sums else PRODUCTS)
        result = self.code(terms[0][1])
        operators = {"plus": " + ", "minus": " - ", "times": "*", "divide": "/"}
        for head, term in terms[1:]:
            result = infix(result, operators[head], self.code(term), SUM if sums else PRODUCT)
        return result

    def power(self, base: Meaning, exponent: Meaning) -> Code:
        """A power; one of whole numbers that is too large for them is one of floating point numbers."""
        below, above = self.code(base), self.code(exponent)
        result = power(below, above)
        if result.literal == "int" and result.value is None:
            return power(call("float", [below]), above)
        return result

    def extreme(self, head: str, args: Sequence[Meaning]) -> Code:
        if self.module == "math" or len(args) == 1:
            return call(head if self.module == "math" else f"numpy.{head}", [self.code(arg) for arg in args])
        result = self.code(args[0])
        for arg in args[1:]:
            result = call(f"numpy.{head}imum", [result, self.code(arg)])
        return result

    def logic(self, head: str, args: Sequence[Meaning]) -> Code:
        codes = [self.code(arg) for arg in args]
        if self.module == "numpy":
            result = codes[0] if head != "not" else call("numpy.logical_not", codes)
            for code in codes[1:]:
                result = call(f"numpy.logical_{head}", [result, code])
            return result
        if head == "not":
            return Code(f"not {codes[0].at(COMPARE)}", AND)
        prec = AND if head == "and" else OR
        return Code(f" {head} ".join(code.at(prec + 1) for code in codes), prec)

    def named(self, head: str, args: Sequence[Meaning], value: Apply) -> Code:
        """A function of the module."""
        codes = [self.code(arg) for arg in args]
        if head in _RECIPROCALS and len(codes) == 1:
            inner = call(f"{self.module}.{self.functions[_RECIPROCALS[head]]}", codes)
            return infix(ONE, "/", inner, PRODUCT)
        if head == "log" and len(codes) == 2:
            return self.logarithm(codes[0], codes[1])
        if head == "factorial" and self.module == "numpy":
            raise NoMeaningError("!", 'NumPy has no factorial; module="math" has', value.span)
        if head == "binomial" and self.module == "numpy":
            raise NoMeaningError("a binomial", 'NumPy has none; module="math" has', value.span)
        function = self.functions.get(head)
        if not function:
            raise NoMeaningError(head, f"the module {self.module} has no counterpart", value.span)
        if len(codes) != 1 and head not in ("gcd", "lcm", "binomial"):
            raise NoMeaningError(head, f"it takes one argument, not {len(codes)}", value.span)
        return call(f"{self.module}.{function}", codes)

    def logarithm(self, argument: Code, base: Code) -> Code:
        if base.text in ("2", "10"):
            return call(f"{self.module}.log{base.text}", [argument])
        if self.module == "math":
            return call("math.log", [argument, base])
        return infix(call("numpy.log", [argument]), "/", call("numpy.log", [base]), PRODUCT)

    def chain(self, value: Chain) -> Code:
        operators = []
        for relation in value.relations:
            if relation not in _COMPARISONS:
                raise NoMeaningError(relation, "it is no comparison of numbers", value.span)
            operators.append(_COMPARISONS[relation])
        codes = [self.code(operand) for operand in value.operands]
        if self.module == "math":
            text = codes[0].at(SUM)
            for operator, code in zip(operators, codes[1:], strict=True):
                text += f" {operator} {code.at(SUM)}"
            return Code(text, COMPARE)
        pairs = zip(codes, operators, codes[1:], strict=False)
        compared = [Code(f"{left.at(SUM)} {operator} {right.at(SUM)}", COMPARE) for left, operator, right in pairs]
        result = compared[0]
        for code in compared[1:]:
            result = call("numpy.logical_and", [result, code])
        return result

    def bind(self, value: Bind) -> Code:
        """Sums and products as loops over their index."""
        if value.head not in ("∑", "∏"):
            raise NoMeaningError(*_NOT_NUMBERS.get(value.head, (value.head, "it is no number")), value.span)
        bound = value.bounds[0]
        index, domain = self.range(bound, value)
        body = self.code(value.body).text
        if value.head == "∑":
            return Code(f"sum({body} for {index} in {domain})")
        product = "math.prod" if self.module == "math" else "numpy.prod"
        inside = f"{body} for {index} in {domain}"
        return Code(f"{product}({inside})" if self.module == "math" else f"{product}([{inside}], axis=0)")

    def range(self, bound: Bound, value: Bind) -> tuple[str, str]:
        if not isinstance(bound.variable, Name) or bound.low is None or bound.high is None:
            raise NoMeaningError(value.head, "its bounds are no range of one variable", value.span)
        if Constant("infinity") in (*parts(bound.low), *parts(bound.high)):
            raise NoMeaningError(value.head, "infinitely many terms", value.span)
        low, high = self.code(bound.low), self.code(bound.high)
        stop = str(int(high.text) + 1) if high.text.isdigit() else f"{high.at(SUM)} + 1"
        return identifier(bound.variable), f"range({low.text}, {stop})"

    def cases(self, value: Cases) -> Code:
        """Nested conditionals; the last case has the rest."""
        branches = list(value.branches)
        last, condition = branches[-1]
        if condition is None:
            branches.pop()
            result = self.code(last)
        else:
            result = Code(f"{self.module}.nan")
        for branch, condition in reversed(branches):
            if condition is None:
                raise NoMeaningError("cases", "only the last one may be without a condition", value.span)
            if self.module == "numpy":
                result = call("numpy.where", [self.code(condition), self.code(branch), result])
            else:
                text = f"{self.code(branch).at(OR)} if {self.code(condition).at(OR)} else {result.text}"
                result = Code(text, LOWEST)
        return result
