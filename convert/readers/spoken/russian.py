"""What is Russian in the grammar: nouns before their operands, and what inflection tells about the reach of words.

«Произведение суммы а и бэ и цэ»: a noun stands before its operands, «и» between them, and the operands may be such
phrases themselves. What participles belong to is told by their endings (`agreement`).
"""

from __future__ import annotations

from ...nodes import Accent, Frac, Ident, Num, Sym
from .agreement import is_participle, owner
from .grammar import (
    COMMA,
    MINUS,
    PLUS,
    Grammar,
    Items,
    Piece,
    Stops,
    grouped,
    parenthesized,
    raised,
    row,
    symbol_node,
)

_REACH = 40
"""How many tokens may stand between a noun and the «и» between its operands."""

_DOTS = symbol_node("cdots")
_SIGNS: dict[str, Items] = {
    "sum_of": [PLUS],
    "difference_of": [MINUS],
    "product_of": [Sym("⋅", "bin")],
    "set_difference_of": [Sym("∖", "bin")],
    "symmetric_difference_of": [Sym("△", "bin")],
    "union_of": [Sym("∪", "bin")],
    "intersection_of": [Sym("∩", "bin")],
    "cartesian_of": [Sym("×", "bin")],
    "dot_of": [Sym("⋅", "bin")],
    "cross_of": [Sym("×", "bin")],
    "tensor_of": [Sym("⊗", "bin")],
}
_OF_SETS = frozenset(("union_of", "intersection_of", "set_difference_of", "symmetric_difference_of", "cartesian_of"))
_OF_VECTORS = frozenset(("dot_of", "cross_of", "tensor_of"))
_SETS = ("power_set", "complement_of", "union_of", "intersection_of")
"""Nouns that say that a difference is one of sets."""


class RussianGrammar(Grammar):
    """One reading of Russian words."""

    def agreed(self, noun: str, argument: Items, stops: Stops) -> Items:
        """The argument of a noun with the participles behind it that agree with it and not with the noun."""
        while argument and self._participle_ahead() and owner(noun, self.peek().word) == "argument":
            divided = "mul" not in self.peek().senses
            self.at += 1
            other = self._scoped("atom", stops)
            if divided:
                argument = [Frac(row(argument), row(other))]
            else:
                argument = [*grouped(argument), Sym("⋅", "bin"), *grouped(other)]
        return argument

    def _participle_ahead(self) -> bool:
        senses = self.peek().senses
        if not ("divided" in senses or "divided_term" in senses or "mul" in senses):
            return False
        return is_participle(self.peek().word) and self._operand_ahead(1)

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
        operands = self._operands(kind, name, joint, stops)
        if power:
            operands = [operand if operand == [_DOTS] else raised(operand, Num(power)) for operand in operands]
        if kind == "quotient_of":
            return Piece("factor", [Frac(row(operands[0]), row(operands[-1]))])
        items: Items = []
        for operand in _alike(kind, operands, power=bool(power)):
            items += [*_sign(kind, operands), *operand] if items else operand
        note = "sum" if kind in ("sum_of", "difference_of") else "union" if kind in _OF_SETS else ""
        return Piece("factor", items, note)

    def _joint(self, kind: str, name: str) -> str | None:
        """The kind of the word between the operands; None where there is none, and the noun means something else."""
        if "деления" in name:
            return "over"
        if kind == "quotient_of" and self.find("per", _REACH, ("rel", "and")) is not None:
            return "per"
        for joint in ("and", "ord"):
            distance = self.find(joint, _REACH, ("rel", "from"))
            if distance is not None and (joint == "and" or self.peek(distance).senses["ord"] == "ldots"):
                return joint
        return None

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
        operands.append(self._last_operand(name, stops, of_powers=of_powers and self.has("id")))
        if kind in _OF_VECTORS and "вектор" in name:
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
        senses = self.peek().senses
        return any(kind in senses for kind in ("over", "divided", "divided_term")) and self.has("num", 1)


def _is_number(items: Items) -> bool:
    return len(items) == 1 and isinstance(items[0], Num)


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
