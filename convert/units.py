r"""Units: the table of them, and which parts of a formula are units.

tables/units.tsv and prefixes.tsv hold what is written and said; whatever needs a unit asks here. A symbol is a unit
only where that can be known: upright and behind a number (``5\,\mathrm{kg}``, ``10\text{ m/s}``), or behind another
unit. Alone, ``\mathrm{m}`` may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from .errors import TableError
from .nodes import EMPTY, Frac, Ident, Node, Num, Operator, Row, Script, Space, Sym, Text, items_of

COLUMNS: Final = ("symbol", "siunitx", "quantity", "prefixes", "en", "ens", "ru", "sympy")
MONEY: Final = "money"

_NONE = "-"
_DEGREE: Final = Sym("∘", "bin")
_POINTS = frozenset("⋅·×")
_PRIME: Final = Sym("′")
_WORDS: Final = frozenset({"as", "at", "in", "am", "a", "d", "h", "bar", "day"})
"""Symbols that are English words, and no units inside a text."""
_IN_TEXT = re.compile(
    r"\s*(?:(?P<sign>[/·⋅.])|(?P<symbol>°?[A-Za-zµμΩÅ]+|[°%])(?:\^?(?P<power>-?[1-9])|(?P<raised>[²³]))?)\s*"
)
_RAISED: Final = {"²": 2, "³": 3}
_LONGEST_TEXT = 40


class Prefix(NamedTuple):
    """A prefix: ``k``, kilo, 10³."""

    symbol: str
    names: tuple[str, ...]
    power: int
    en: str
    ru: str


class Unit(NamedTuple):
    """A row of units.tsv; `ru` is the stem, the declension and what stands behind, empty where nobody says it."""

    symbol: str
    names: tuple[str, ...]
    quantity: str
    prefixed: bool
    en: str
    ens: str
    ru: tuple[str, ...]
    sympy: str


class Factor(NamedTuple):
    """A unit with its prefix, raised to a power that is not nought."""

    prefix: Prefix | None
    unit: Unit
    power: int = 1

    @property
    def symbol(self) -> str:
        return (self.prefix.symbol if self.prefix else "") + self.unit.symbol


@cache
def rows() -> tuple[Unit, ...]:
    """All units. Raises TableError for a row that is none."""
    found = []
    for number, cells in _cells("units.tsv"):
        if len(cells) != len(COLUMNS) or cells[3] not in ("yes", "no") or not all(cells):
            raise TableError(f"units.tsv:{number}: a row is {' '.join(COLUMNS)}, not {cells}")
        symbol, names, quantity, prefixed, en, ens, ru, sympy = ("" if cell == _NONE else cell for cell in cells)
        russian = tuple(ru.split(" ", 2)) if ru else ()
        found.append(Unit(symbol, tuple(names.split()), quantity, prefixed == "yes", en, ens, russian, sympy))
    return tuple(found)


@cache
def prefixes() -> tuple[Prefix, ...]:
    """All prefixes."""
    return tuple(
        Prefix(symbol, tuple(names.split()), int(power), en, ru)
        for _, (symbol, names, power, en, ru) in _cells("prefixes.tsv")
    )


def _cells(name: str) -> list[tuple[int, list[str]]]:
    text = files(__package__).joinpath("tables", name).read_text(encoding="utf-8")
    lines = enumerate(text.splitlines(), 1)
    return [(number, line.split("\t")) for number, line in lines if line and not line.startswith("#")]


@cache
def _by_symbol() -> Mapping[str, Factor]:
    found: dict[str, Factor] = {}
    for unit in rows():
        found.setdefault(unit.symbol, Factor(None, unit))
    for unit in rows():
        if unit.prefixed:
            for prefix in prefixes():
                found.setdefault(prefix.symbol + unit.symbol, Factor(prefix, unit))
    return found


@cache
def _by_name() -> Mapping[str, Factor]:
    found = {name: Factor(None, unit) for unit in rows() for name in unit.names}
    kilo = next(prefix for prefix in prefixes() if prefix.symbol == "k")
    return found | {"kilogram": Factor(kilo, found["gram"].unit)}


@cache
def _prefix_by_name() -> Mapping[str, Prefix]:
    return {name: prefix for prefix in prefixes() for name in prefix.names}


def by_symbol(symbol: str) -> Factor | None:
    """The unit that a symbol with or without prefix stands for: ``km``, ``µs``."""
    return _by_symbol().get(symbol.replace("µ", "μ"))


def by_command(name: str) -> Factor | None:
    r"""The unit of a command of siunitx, without the backslash: ``metre``, or an abbreviation as ``km`` or ``us``."""
    return _by_name().get(name) or by_symbol(name) or (by_symbol("μ" + name[1:]) if name[:1] == "u" else None)


def unknown(symbol: str) -> Factor:
    """A unit that is not in the table, said as it is written."""
    return Factor(None, Unit(symbol, (), "", False, symbol, symbol, (), ""))


def prefix_by_command(name: str) -> Prefix | None:
    """The prefix of a command of siunitx: ``kilo``."""
    return _prefix_by_name().get(name)


# Units in formulas


class Measure(NamedTuple):
    """A product of units, and where it ends in its row."""

    factors: tuple[Factor, ...]
    end: int


def is_number(node: Node) -> bool:
    """Whether units may follow: a number, a power of ten, a fraction of numbers."""
    match node:
        case Num():
            return True
        case Script(Num(), None, Num() | Row((Sym("−"), Num()))):
            return True
        case Frac(Num(), Num(), True):
            return True
    return False


class Quantity(NamedTuple):
    """A number with its units, and where they end; `number` is one item, or a whole number and a fraction."""

    number: tuple[Node, ...]
    factors: tuple[Factor, ...]
    end: int


def quantity(items: Sequence[Node], at: int) -> Quantity | None:
    """The quantity that starts at a place of a row in normal form."""
    item = items[at]
    match item:
        case Sym(text) if at + 1 < len(items) and isinstance(items[at + 1], Num):
            money = by_symbol(text)
            if money and money.unit.quantity == MONEY:
                return Quantity((items[at + 1],), (money,), at + 2)
            return None
        case Script(Num() as number, None, sup) if sup is not None and not isinstance(sup, Num):
            if (factor := _mark(items, at, sup)) is not None:
                scaled = _scale(items, at + 1) if factor.symbol == "°" else None
                return Quantity((number,), (scaled or factor,), at + (2 if scaled else 1))
    if not is_number(item):
        return None
    end = at + 1
    if isinstance(item, Num) and end < len(items) and isinstance(items[end], Frac) and is_number(items[end]):
        end += 1
    found = measure(items, end)
    return Quantity(tuple(items[at:end]), found.factors, found.end) if found else None


def _mark(items: Sequence[Node], at: int, sup: Node) -> Factor | None:
    """The unit of a mark above a number: a degree; minutes and seconds only behind degrees."""
    if sup == _DEGREE:
        return by_symbol("°")
    primes = items_of(sup)
    if len(primes) > 2 or any(prime != _PRIME for prime in primes) or at == 0:
        return None
    before = items[at - 1]
    is_angle = isinstance(before, Script) and isinstance(before.base, Num) and before.sup in (_DEGREE, _PRIME)
    return by_symbol("′" if len(primes) == 1 else "″") if is_angle else None


def _scale(items: Sequence[Node], at: int) -> Factor | None:
    """The scale of temperature that a letter behind a degree names."""
    letter = items[at] if at < len(items) else None
    return by_symbol("°" + letter.text) if isinstance(letter, Ident) and letter.font == "rm" else None


def measure(items: Sequence[Node], at: int) -> Measure | None:
    """The units that start at a place of a row in normal form, behind a number; None where there are none."""
    if at >= len(items) or not _may_start(items[at]):
        return None
    found: list[Factor] = []
    sign, pending = 1, 0
    end = at
    while at < len(items):
        item = items[at]
        if isinstance(item, Sym) and found and not pending and (item.text in _POINTS or item.text == "/"):
            sign = -1 if item.text == "/" else sign
            pending, at = 1, at + 1
            continue
        factors, after = _factors(items, at)
        if not factors or (after < len(items) and _is_applied(items[at], items[after])):
            break
        found += [factor._replace(power=sign * factor.power) for factor in factors]
        # All that follows a stroke stands below it, as in "J/kg·K".
        pending, at, end = 0, after, after
    return Measure(tuple(found), end) if found else None


def _may_start(node: Node) -> bool:
    base = node.base if isinstance(node, Script) else node
    match base:
        case Ident(_, font):
            return font == "rm"
        case Sym(text):
            return text in "°%"
        case Text() | Operator("min") | Row(()):
            return True
        case Frac(num):
            return _may_start(num)
    return False


def _factors(items: Sequence[Node], at: int) -> tuple[tuple[Factor, ...], int]:
    """The factors that one item, or two that are one symbol, make; none where it is no unit."""
    item = items[at]
    match item:
        case Script(Row(()), None, sup) if sup == _DEGREE and at + 1 < len(items):
            factor = _scale(items, at + 1)
            return ((factor,), at + 2) if factor else ((), at)
        case Script(base, None, sup) if sup is not None and (power := _power(sup)):
            single = _single(base)
            return ((single._replace(power=power),), at + 1) if single else ((), at)
        case Text(text):
            return in_text(text), at + 1
        case Frac(num, den, True):
            above, below = measure(items_of(num), 0), measure(items_of(den), 0)
            if above and below and above.end == len(items_of(num)) and below.end == len(items_of(den)):
                return (*above.factors, *(factor._replace(power=-factor.power) for factor in below.factors)), at + 1
            return (), at
        case Ident(first, "rm") if at + 1 < len(items):
            following = items[at + 1]
            power = 1
            if isinstance(following, Script) and following.sub is None and following.sup is not None:
                power, following = _power(following.sup), following.base
            if power and isinstance(following, Ident) and len(first) == 1 and (first == "μ" or following.text == "Ω"):
                joined = by_symbol(first + following.text)
                if joined:
                    return (joined._replace(power=power),), at + 2
    single = _single(item)
    return ((single,), at + 1) if single else ((), at)


def _single(node: Node) -> Factor | None:
    match node:
        case Ident(text, "rm"):
            return by_symbol(text)
        case Operator("min"):
            return by_symbol("min")
        case Sym(text) if text in "°%":
            return by_symbol(text)
        case Text(text):
            factors = in_text(text)
            return factors[0] if len(factors) == 1 else None
    return None


def _power(node: Node) -> int:
    """The whole number of an exponent, 0 where it is none."""
    match node:
        case Num(text, "") if text.isdigit() and len(text) < 3:
            return int(text)
        case Row((Sym("−"), Num(text, ""))) if text.isdigit() and len(text) < 3:
            return -int(text)
    return 0


def _is_applied(unit: Node, following: Node) -> bool:
    """Whether a single letter is a function, an indexed letter or a differential rather than a unit."""
    base = unit.base if isinstance(unit, Script) else unit
    if not isinstance(base, Ident | Operator) or (isinstance(base, Ident) and len(base.text) > 1):
        return False
    if isinstance(following, Sym):
        return following.text == "("
    operand = isinstance(following, Ident | Script) and not _may_start(following)
    return operand and (isinstance(base, Operator) or base.text == "d")


@lru_cache(1024)
def in_text(text: str) -> tuple[Factor, ...]:
    """The units of a text that holds nothing else: ``m/s``, ``kg·m^2``."""
    if not text or len(text) > _LONGEST_TEXT:
        return ()
    factors: list[Factor] = []
    at, sign = 0, 1
    while at < len(text):
        match = _IN_TEXT.match(text, at)
        if match is None or match.end() == at:
            return ()
        at = match.end()
        if match["sign"]:
            sign = -1 if match["sign"] == "/" else sign
            continue
        factor = by_symbol(match["symbol"])
        if factor is None or match["symbol"] in _WORDS:
            return ()
        power = int(match["power"]) if match["power"] else _RAISED.get(match["raised"] or "", 1)
        factors.append(factor._replace(power=sign * power))
    return tuple(factors)


def nodes(factors: Sequence[Factor]) -> list[Node]:
    r"""The units as siunitx sets them: upright, with negative powers and thin spaces."""
    found: list[Node] = []
    for factor in factors:
        found += [Space(3)] if found else []
        *before, base = _base(factor.symbol)
        power: Node = Num(str(abs(factor.power)))
        if factor.power < 0:
            power = Row((Sym("−", "bin"), power))
        found += [*before, base if factor.power == 1 else Script(base, None, power)]
    return found


def behind(number: Sequence[Node], factors: Sequence[Factor]) -> list[Node]:
    """A number and its units: money stands before it, a degree above it, all else behind a thin space."""
    if not number:
        return nodes(factors)
    *before, last = number
    match nodes(factors):
        case []:
            return [*number]
        case [Sym() as sign] if factors[0].unit.quantity == MONEY:
            return [*before, sign, last]
        case [Script(Row(()), None, sup), *scale] if isinstance(last, Num):
            return [*before, Script(last, None, sup), *scale]
        case written:
            return [*number, Space(3), *written]


def _base(symbol: str) -> tuple[Node, ...]:
    match symbol:
        case "°":
            return (Script(EMPTY, None, _DEGREE),)
        case "′" | "″":
            return (Script(EMPTY, None, _PRIME if symbol == "′" else Row((_PRIME, _PRIME))),)
        case "°C" | "°F":
            return Script(EMPTY, None, _DEGREE), Ident(symbol[1:], "rm")
        case _ if len(symbol) == 1 and not symbol.isalpha():
            return (Sym(symbol),)
    return (Ident(symbol, "rm") if symbol.isalpha() else Text(symbol),)
