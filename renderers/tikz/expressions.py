"""PGF's mathematics: expressions of numbers and lengths, such as ``2*sin(30) + 1cm/2``. Angles are in degrees."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

UNITS: Final = {
    "pt": 1.0, "cm": 72.27 / 2.54, "mm": 7.227 / 2.54, "in": 72.27, "bp": 72.27 / 72, "pc": 12.0, "dd": 1238 / 1157,
    "cc": 14856 / 1157, "sp": 1 / 65536, "em": 10.00002, "ex": 4.30554, "mu": 10.00002 / 18, "px": 72.27 / 96,
}  # fmt: skip
"""TeX points; em and ex are those of Computer Modern at ten points."""
MAX_LENGTH: Final = 4000
MAX_DEPTH: Final = 60

Environment: TypeAlias = Mapping[str, float]
Compiled: TypeAlias = Callable[[Environment], float]


class ExpressionError(ValueError):
    """What is wrong with an expression; the caller knows where it stands."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression ready to be worked out for many values of its variables; `is_length` where a unit stands in it."""

    value: Compiled
    is_length: bool

    def __call__(self, **variables: float) -> float:
        return self.value(variables)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the user's: its parameters and its body."""

    parameters: tuple[str, ...]
    body: str


_TOKEN: Final = re.compile(
    r"\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(\\[A-Za-z]+|[A-Za-z_][A-Za-z_0-9]*)|(==|!=|<=|>=|&&|\|\||[-+*/^()<>!?:,{}\[\]\"]))"
)


def _trig(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: _clean(function(math.radians(x)))


def _clean(value: float) -> float:
    return round(value, 12)


def _mod(a: float, b: float) -> float:
    return math.fmod(a, b)


FUNCTIONS: Final[Mapping[str, Callable[..., float]]] = {
    "sin": _trig(math.sin), "cos": _trig(math.cos), "tan": _trig(math.tan),
    "sec": lambda x: 1 / math.cos(math.radians(x)), "cosec": lambda x: 1 / math.sin(math.radians(x)),
    "cot": lambda x: 1 / math.tan(math.radians(x)),
    "asin": lambda x: math.degrees(math.asin(x)), "acos": lambda x: math.degrees(math.acos(x)),
    "atan": lambda x: math.degrees(math.atan(x)), "atan2": lambda y, x: math.degrees(math.atan2(y, x)),
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "sqrt": math.sqrt, "exp": math.exp, "ln": math.log,
    "log": math.log, "log10": math.log10, "log2": math.log2, "abs": abs, "min": min, "max": max, "mod": _mod,
    "Mod": lambda a, b: a % b, "round": lambda x: math.floor(x + 0.5), "floor": math.floor, "ceil": math.ceil,
    "int": int, "frac": lambda x: x - math.trunc(x), "sign": lambda x: (x > 0) - (x < 0), "pow": lambda a, b: a**b,
    "veclen": math.hypot, "factorial": lambda x: math.factorial(min(170, int(x))), "deg": math.degrees,
    "rad": math.radians, "real": float, "div": lambda a, b: a // b, "gcd": lambda a, b: math.gcd(int(a), int(b)),
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b, "neg": lambda x: -x, "not": lambda x: float(not x), "scalar": float,
    "ifthenelse": lambda a, b, c: b if a else c, "isodd": lambda x: int(x) % 2, "iseven": lambda x: 1 - int(x) % 2,
    "less": lambda a, b: float(a < b), "greater": lambda a, b: float(a > b), "equal": lambda a, b: float(a == b),
}  # fmt: skip
_CONSTANTS: Final = {"pi": math.pi, "e": math.e, "true": 1.0, "false": 0.0}


def compile_expression(
    text: str, functions: Mapping[str, Function] | None = None, units: Mapping[str, float] = UNITS, seed: int = 0
) -> Expression:
    """Raises ExpressionError with what is wrong."""
    parser = _Parser(text, functions or {}, units, random.Random(seed))
    value = parser.ternary()
    parser.finish()
    return Expression(_guarded(value, text), parser.is_length)


def _guarded(value: Compiled, text: str) -> Compiled:
    def run(environment: Environment) -> float:
        try:
            result = value(environment)
        except ZeroDivisionError:
            return math.inf
        except (ValueError, OverflowError, TypeError):
            return math.nan
        except KeyError as error:
            raise ExpressionError(f"{error.args[0]} in {text.strip()!r} has no value") from None
        return result.real if isinstance(result, complex) and not result.imag else math.nan if isinstance(
            result, complex
        ) else float(result)  # fmt: skip

    return run


class _Parser:
    def __init__(
        self, text: str, functions: Mapping[str, Function], units: Mapping[str, float], chance: random.Random
    ) -> None:
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"an expression has more than {MAX_LENGTH} characters")
        self.text, self.functions, self.units, self.chance = text, functions, units, chance
        self.at = 0
        self.depth = 0
        self.is_length = False
        self.kind, self.token = 0, ""
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            rest = self.text[self.at :].strip()
            if rest:
                raise ExpressionError(f"{rest[:20]!r} in the expression {self.text.strip()[:60]!r} is not understood")
            self.kind, self.token = 0, ""
            return
        self.at = match.end()
        self.kind = match.lastindex or 0
        self.token = match[self.kind]

    def take(self, token: str) -> bool:
        if self.token != token or self.kind != 3:
            return False
        self.advance()
        return True

    def finish(self) -> None:
        if self.token:
            raise ExpressionError(f"{self.token!r} in the expression {self.text.strip()[:60]!r} is not expected")

    def ternary(self) -> Compiled:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"an expression nests deeper than {MAX_DEPTH} levels")
        condition = self.either()
        if self.take("?"):
            yes = self.ternary()
            if not self.take(":"):
                raise ExpressionError(f"? without : in {self.text.strip()!r}")
            no, test = self.ternary(), condition
            condition = lambda v: yes(v) if test(v) else no(v)  # noqa: E731
        self.depth -= 1
        return condition

    def either(self) -> Compiled:
        left = self.both()
        while self.take("||"):
            left = (lambda a, b: lambda v: float(bool(a(v)) or bool(b(v))))(left, self.both())
        return left

    def both(self) -> Compiled:
        left = self.comparison()
        while self.take("&&"):
            left = (lambda a, b: lambda v: float(bool(a(v)) and bool(b(v))))(left, self.comparison())
        return left

    def comparison(self) -> Compiled:
        left = self.sum()
        while self.kind == 3 and self.token in _COMPARE:
            operator = _COMPARE[self.token]
            self.advance()
            left = (lambda a, b, f: lambda v: float(f(a(v), b(v))))(left, self.sum(), operator)
        return left

    def sum(self) -> Compiled:
        left = self.product()
        while self.kind == 3 and self.token in "+-":
            plus = self.token == "+"
            self.advance()
            right = self.product()
            left = (lambda a, b: lambda v: a(v) + b(v))(left, right) if plus else (
                (lambda a, b: lambda v: a(v) - b(v))(left, right)
            )  # fmt: skip
        return left

    def product(self) -> Compiled:
        left = self.sign()
        while self.kind == 3 and self.token in "*/":
            times = self.token == "*"
            self.advance()
            right = self.sign()
            left = (lambda a, b: lambda v: a(v) * b(v))(left, right) if times else (
                (lambda a, b: lambda v: _divide(a(v), b(v)))(left, right)
            )  # fmt: skip
        return left

    def sign(self) -> Compiled:
        negative = False
        while self.kind == 3 and self.token in "+-":
            negative ^= self.token == "-"
            self.advance()
        value = self.power()
        return (lambda a: lambda v: -a(v))(value) if negative else value

    def power(self) -> Compiled:
        base = self.postfix()
        while self.take("^"):
            negative = self.take("-")
            exponent = self.postfix()
            base = (lambda a, b, s: lambda v: _power(a(v), s * b(v)))(base, exponent, -1 if negative else 1)
        return base

    def postfix(self) -> Compiled:
        value = self.atom()
        while True:
            if self.kind == 2 and self.token == "r":
                self.advance()
                value = (lambda a: lambda v: math.degrees(a(v)))(value)
            elif self.kind == 2 and self.token in self.units:
                factor = self.units[self.token]
                self.is_length = True
                self.advance()
                value = (lambda a, f: lambda v: a(v) * f)(value, factor)
            elif self.kind == 3 and self.token == "!":
                self.advance()
                value = (lambda a: lambda v: float(math.factorial(min(170, int(a(v))))))(value)
            else:
                return value

    def atom(self) -> Compiled:
        if self.kind == 1:
            number = float(self.token)
            self.advance()
            return lambda v: number
        if self.take("("):
            return self.closing(")")
        if self.take("{"):
            return self.closing("}")
        if self.kind == 2:
            return self.name()
        found = self.token or "the end"
        raise ExpressionError(f"a number should stand where {found!r} is in the expression {self.text.strip()[:60]!r}")

    def closing(self, mark: str) -> Compiled:
        value = self.ternary()
        if not self.take(mark):
            raise ExpressionError(f"{mark} is missing in the expression {self.text.strip()[:60]!r}")
        return value

    def name(self) -> Compiled:
        name = self.token
        self.advance()
        if name in self.functions or name in FUNCTIONS or name in ("rand", "rnd", "random"):
            return self.call(name)
        if name in _CONSTANTS:
            constant = _CONSTANTS[name]
            return lambda v: v.get(name, constant)
        key = name.removeprefix("\\")
        return lambda v: v[key] if key in v else _unknown(name)

    def call(self, name: str) -> Compiled:
        arguments: list[Compiled] = []
        if self.take("("):
            while not self.take(")"):
                arguments.append(self.ternary())
                if not self.take(",") and self.token != ")":
                    raise ExpressionError(f") is missing in the expression {self.text.strip()[:60]!r}")
        elif name not in ("rand", "rnd", "random"):
            arguments = [self.sign()]
        if name in ("rand", "rnd", "random"):
            drawn = self.chance.uniform(-1, 1) if name == "rand" else self.chance.random()
            return lambda v: drawn
        if name in self.functions:
            function = self.functions[name]
            if self.depth > 20:
                raise ExpressionError(f"the function {name} calls itself")
            if len(arguments) != len(function.parameters):
                raise ExpressionError(f"{name} takes {len(function.parameters)} arguments, not {len(arguments)}")
            inner = _Parser(function.body, self.functions, self.units, self.chance)
            inner.depth = self.depth + 1
            body = inner.ternary()
            inner.finish()
            names = [parameter.removeprefix("\\") for parameter in function.parameters]
            return lambda v: body({**v, **{name: one(v) for name, one in zip(names, arguments, strict=True)}})
        plain = FUNCTIONS[name]
        return lambda v: float(plain(*(argument(v) for argument in arguments)))


def _unknown(name: str) -> float:
    raise KeyError(name)


def _divide(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 else math.copysign(math.inf, a)
    return a / b


def _power(a: float, b: float) -> float:
    if a == 0 and b < 0:
        return math.inf
    value = a**b
    return math.nan if isinstance(value, complex) else value


_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "==": lambda a, b: abs(a - b) < 1e-9, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip
