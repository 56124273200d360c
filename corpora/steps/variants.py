"""Variants of a formula: other symbols, other numbers, other forms of the same; SymPy checks what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from ...convert.errors import OptionError, PanmathError
from ...convert.nodes import Ident, Node, Num, Script, map_children, walk
from ...convert.normal import equal, fingerprint
from .. import formulas, symbolic
from ..sample import Sample, Unfit
from ..step import PerSample

_LETTERS = "abchkmnpqrstuvwxyz"
"""What letters become. Left out are those that are read as something else: d, e, f, g, i, j, l, o."""


def rename(node: Node, random: Random) -> Node:
    """The formula with each of its letters exchanged for another; Unfit where there is none."""
    used = sorted({part.text for part in walk(node) if isinstance(part, Ident)})
    own = [text for text in used if text in _LETTERS]
    if not own:
        raise Unfit("no symbols")
    free = [letter for letter in _LETTERS if letter not in used]
    if len(free) < len(own):
        raise Unfit("no free letters")
    change = dict(zip(own, random.sample(free, len(own)), strict=True))
    renamed = _exchanged(node, change)
    back = _exchanged(renamed, {new: old for old, new in change.items()})
    if not equal(back, node):
        raise Unfit("not confirmed")
    return renamed


def _exchanged(node: Node, change: Mapping[str, str]) -> Node:
    if isinstance(node, Ident):
        return Ident(change.get(node.text, node.text), node.font)
    return map_children(node, lambda child: _exchanged(child, change))


def renumber(node: Node, random: Random) -> Node:
    """The formula with other whole numbers; 0 and 1 and indices stay. Unfit where there are none."""
    changed = _renumbered(node, random)
    if equal(changed, node):
        raise Unfit("no numbers")
    return changed


def _renumbered(node: Node, random: Random) -> Node:
    if isinstance(node, Num) and node.text.isdecimal() and node.text not in ("0", "1") and len(node.text) < 5:
        value = int(node.text)
        # An exponent of 2 becomes one of 3, and 250 one of a similar size.
        return Num(str(random.randint(2, 9) if value < 10 else random.randint(value // 2 + 1, value * 2)), node.font)
    if isinstance(node, Script):
        sup = None if node.sup is None else _renumbered(node.sup, random)
        return Script(_renumbered(node.base, random), node.sub, sup, node.limits)
    return map_children(node, lambda child: _renumbered(child, random))


def rewrite(value: Any, random: Random) -> Any:
    """An expression, or equation, in another form that has the same values: expanded, factored, taken apart, with
    something added that is nothing. Unfit where no form differs.
    """
    sympy = symbolic.package()
    if isinstance(value, sympy.Eq):
        left, right = value.args
        return sympy.Eq(rewrite(left, random), right, evaluate=False)
    if not isinstance(value, sympy.Expr):
        raise Unfit("no expression")
    for form in random.sample(_FORMS, len(_FORMS)):
        try:
            changed = symbolic.asked(form, sympy, value, random)
            if changed != value and symbolic.agree(changed, value, random):
                return changed
        except Unfit:
            continue
    raise Unfit("no other form")


def _plus_nothing(sympy: Any, value: Any, random: Random) -> Any:
    names = symbolic.symbols(value) or [sympy.Symbol("x")]
    nothing = sympy.Symbol(random.choice([name for name in "abc" if sympy.Symbol(name) not in names] or ["u"]))
    return sympy.Add(value, nothing, -nothing, evaluate=False)


def _times_one(sympy: Any, value: Any, random: Random) -> Any:
    name = random.choice(symbolic.symbols(value) or [sympy.Symbol("x")])
    one = sympy.Add(sympy.sin(name) ** 2, sympy.cos(name) ** 2, evaluate=False)
    return sympy.Mul(one, value, evaluate=False)


def _apart(sympy: Any, value: Any, random: Random) -> Any:
    names = symbolic.symbols(value)
    if len(names) != 1:
        raise Unfit("not one symbol")
    return sympy.apart(value, names[0])


_FORMS: tuple[Callable[[Any, Any, Random], Any], ...] = (
    lambda sympy, value, _: sympy.expand(value),
    lambda sympy, value, _: sympy.factor(value),
    lambda sympy, value, _: sympy.together(value),
    lambda sympy, value, _: sympy.expand_trig(value),
    lambda sympy, value, _: value.rewrite(sympy.exp),
    _apart,
    _plus_nothing,
    _times_one,
)


@dataclass(frozen=True)
class Perturb(PerSample):
    """Makes of each formula `count` variants of every kind in `kinds`: symbols, numbers, rewrite.

    Columns: `tex` is the variant, `of` the formula, `change` the kind, `equivalent` whether both are equal for equal
    values, `answer` what comes out of the variant where something does, as a list of TeX. The formula itself goes
    first, with the change "none". A kind of which no variant can be made, or confirmed, is left out of the list.
    """

    name: ClassVar[str] = "perturb"
    column: str = "tex"
    kinds: tuple[str, ...] = ("symbols", "numbers", "rewrite")
    count: int = 1
    answers: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """OptionError for kinds that there are not."""
        for kind in self.kinds:
            if kind not in ("symbols", "numbers", "rewrite"):
                raise OptionError(f"a kind of variant is symbols, numbers or rewrite, not {kind!r}")

    def one(self, sample: Sample) -> Iterable[Sample]:
        node = formulas.tree(sample, self.column)
        value = symbolic.expression(node)
        given = formulas.text(sample, self.column)
        made = [(given, "none", True, value), *self._variants(sample, node, value)]
        if len(made) == 1:
            raise Unfit("no variants")
        random = sample.chance(self.seed, "answers")
        for number, (text, change, equivalent, meaning) in enumerate(made):
            fields = sample.fields | {self.column: text, "of": given, "change": change, "equivalent": equivalent}
            if self.answers:
                fields["answer"] = _answer(meaning, random)
            yield sample.derived(number, fields)

    def _variants(self, sample: Sample, node: Node, value: Any) -> Iterator[tuple[str, str, bool, Any]]:
        seen = {fingerprint(node)}
        for kind in self.kinds:
            random = sample.chance(self.seed, kind)
            for _ in range(self.count):
                try:
                    variant = self._variant(kind, node, value, random)
                    meaning = symbolic.expression(variant)
                    text = formulas.tex(variant)
                    if kind == "rewrite" and not symbolic.agree(meaning, value, random):
                        continue
                except (Unfit, PanmathError):
                    continue
                if fingerprint(variant) not in seen:
                    seen.add(fingerprint(variant))
                    yield text, kind, kind == "rewrite", meaning

    def _variant(self, kind: str, node: Node, value: Any, random: Random) -> Node:
        if kind == "symbols":
            return rename(node, random)
        if kind == "numbers":
            return renumber(node, random)
        found: Node = formulas.pipeline("tex", "ast")(symbolic.tex(rewrite(value, random))).value
        return found


def _answer(meaning: Any, random: Random) -> list[str] | None:
    try:
        return [symbolic.tex(value) for value in symbolic.answer(meaning, random)]
    except (Unfit, PanmathError):
        return None
