"""ClearSpeak: speech as teachers read mathematics aloud, with the preferences of the standard.

The rules are those of "ClearSpeak Speech Styles: rules and preferences" (Educational Testing Service). What is heard as
one thing is said without brackets and ends ("f of x", "the square root of x plus 1" with a pause after it); the
preferences change one construct each. Where its reference implementation says what is not meant, this says what is:
the list is in docs/speech.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final, TypeGuard, assert_never

from ... import symbols
from ...errors import Loss, Losses, UnsupportedError
from ...nodes import Ident, Node, Num, Operator, Sym, Text, Unknown
from ...normal import normal
from ...numerals import English, table
from ...phrasebook import Phrasebook, read
from ...preferences import chosen
from ...source import Span
from ...structure import (
    DOTS,
    EMPTY,
    FUNCTION_LETTERS,
    LIST,
    RELATION,
    Applied,
    Big,
    Binomial,
    Builder,
    Derivative,
    Differential,
    Evaluated,
    Fenced,
    Fraction,
    Grid,
    Infix,
    Juxtaposed,
    Leaf,
    Marked,
    Mixed,
    Postfix,
    Prefix,
    Radical,
    Repeating,
    Scripted,
    Sequence,
    Stacked,
    Structure,
    Surrounded,
    structure,
)
from . import mathcat
from .said import Role, Spoken, Voice
from .simple import (
    is_letter,
    is_minus,
    is_minus_one,
    is_number,
    is_short,
    is_simple,
    is_simple_argument,
    is_simple_side,
    is_text,
    is_vulgar,
    whole,
)

PARTS: Final = {
    "over": "num den", "fraction": "num den", "fraction_over": "num den", "per": "num den", "end_fraction": "",
    "mixed": "whole part", "repeating_digit": "start digits", "repeating_digits": "start digits",
    "squared": "", "cubed": "", "nth_power": "n", "nth": "n", "raised": "x", "raised_after": "x", "exponent": "x",
    "sub": "x", "prime": "", "double_prime": "", "triple_prime": "", "inverse": "",
    "square_root": "x", "positive_root": "x", "negative_root": "x", "cube_root": "x", "nth_root": "n x",
    "root": "n x", "end_root": "",
    "of": "", "times": "", "function_of": "f", "inverse_of": "f", "base": "f b", "power_of": "n",
    "open": "bracket", "close": "bracket", "open_nth": "n bracket", "close_nth": "n bracket",
    "absolute": "x", "end_absolute": "", "cardinality": "x", "determinant_of": "x", "norm": "x", "end_norm": "",
    "floor": "x", "ceiling": "x", "point": "x", "interval": "a b", "neither_end": "a b", "both_ends": "a b",
    "first_end": "a b", "second_end": "a b", "this_end": "x", "not_this_end": "x",
    "set": "x", "empty_set": "", "set_of_all": "x condition", "set_of": "x condition", "positive_set": "name",
    "negative_set": "name", "set_power": "name n",
    "negative": "x", "positive": "x", "given": "", "divides": "", "such_that": "", "and_so_on": "",
    "and_so_on_up_to": "", "degree": "x", "degrees": "x", "factorial": "",
    "from_to": "low high", "bound_over": "low", "bound_under": "high", "big": "operator", "limit": "x a",
    "limit_right": "x a", "limit_left": "x a", "evaluated": "x", "evaluated_between": "low high",
    "matrix": "rows columns kind", "determinant": "rows columns kind", "single": "rows columns x",
    "row": "n", "column": "n", "end_matrix": "", "end_determinant": "", "end_vector": "", "overview": "n lines",
    "blank": "", "choose": "n k", "permute": "n k", "combination": "n letter k",
    "conjugate": "x", "segment": "x", "vector": "x", "measure": "", "defined": "",
    "marked_sign": "x over", "over_mark": "x over", "under_mark": "x under", "boxed": "x", "crossed": "x",
}  # fmt: skip
"""The templates of the tables, and the parts that each must have."""

TABLES: Final = (
    "kinds", "lines", "brackets", "bigs", "limits", "functions", "sets", "members", "units", "fonts", "marks",
    "punctuation", "leaves",
)  # fmt: skip

_CAPITAL: Final = "capital "
_PLUS: Final = Sym("+", "bin")
_SMALL_MEMBER: Final = {"∊": "∈", "∍": "∋"}
_LARGEST_ORDINAL: Final = 10
"""Up to which number ordinals are words unless a preference asks for them."""
_SHORT_GRID: Final = 3
"""Up to how many rows and columns a matrix is read without their numbers."""
_VULGAR: Final = frozenset({"Auto", "Ordinal", "EndFrac"})


class _Words:
    """A phrasebook joined with the words of symbols.tsv."""

    def __init__(self, book: Phrasebook) -> None:
        self.templates = book.templates
        self.words = book.words
        self.leaves = dict(book.words["leaves"])
        self.marks = dict(book.words["marks"])
        for row in symbols.rows():
            if row.en is not None:
                (self.marks if row.cls in ("accent", "wide", "under") else self.leaves).setdefault(
                    row.name if row.cls in ("accent", "wide", "under") else row.char, row.en
                )
        self.numbers = English(table("en"))
        self.hyperbolic = frozenset(words for words in self.leaves.values() if words.startswith("hyperbolic "))


@cache
def _words() -> _Words:
    return _Words(read("clearspeak.en.toml", PARTS, TABLES))


def phrases(node: Node, voice: Voice, losses: Losses) -> list[Spoken]:
    """The phrases in order, each with the span of what it speaks."""
    if voice.language != "en" or mathcat.is_asked_for(voice):
        return mathcat.phrases(node, voice, losses, "clear")
    speaker = _Speaker(_words(), voice, losses)
    try:
        speaker.part(structure(normal(node)))
    except RecursionError:
        raise UnsupportedError("the formula is nested too deep to be spoken") from None
    return speaker.said


class _Speaker:
    """Collects the phrases of one formula."""

    def __init__(self, words: _Words, voice: Voice, losses: Losses) -> None:
        self.templates = words.templates
        self.words = words.words
        self.leaves = words.leaves
        self.marks = words.marks
        self.hyperbolic = words.hyperbolic
        self.numbers = words.numbers
        self.preferences = chosen(voice.preferences)
        self.vulgar = self.preferences["Fraction"] in _VULGAR
        self.losses = losses
        self.said: list[Spoken] = []
        self.levels: dict[str, int] = {}
        """How many brackets of each kind stand around, as far as nesting is told."""
        self.in_fraction = False
        self.in_set = False
        self.in_angle = False
        """Whether degrees stand beside, so that primes are minutes."""
        self.cell = ""
        """Row and column of the cell of a matrix that is being said."""

    # Words

    def say(self, text: str, span: Span | None = None, role: Role = "") -> None:
        self.said.append(Spoken(text, span, role))

    def tell(self, template: str, span: Span | None = None, **parts: str | Structure) -> None:
        """A template; the parts are texts or structures."""
        for words, name, _ in self.templates[template]:
            if words:
                self.say(words, span)
                continue
            part = parts[name]
            if isinstance(part, str):
                self.say(part, span)
            else:
                self.part(part)

    def pause(self) -> None:
        """A pause after what was said last."""
        if self.said and not self.said[-1].role:
            self.said[-1] = self.said[-1]._replace(role="end")

    def part(self, part: Structure) -> None:
        """Anything."""
        match part:
            case Leaf(node):
                self.leaf(node)
            case Infix():
                self.infix(part)
            case Juxtaposed(factors):
                self.product(factors)
            case Scripted():
                self.scripted(part)
            case Fenced():
                self.fenced(part)
            case Fraction(num, den, node):
                self.fraction(num, den, node.span)
            case Derivative(num, den, node):
                self.fraction(num, den, node.span)
            case Applied(function, argument):
                self.applied(function, argument)
            case Prefix(sign, operand):
                self.prefixed(sign, operand)
            case Postfix(operand, sign):
                self.postfixed(operand, sign)
            case Radical():
                self.radical(part, "")
            case Big():
                self.big(part)
            case Grid():
                self.grid(part)
            case Sequence(parts):
                for inner in parts:
                    self.part(inner)
            case Repeating():
                self.repeating(part)
            case Mixed(number, fraction):
                self.tell("mixed", fraction.node.span, whole=number, part=fraction)
            case Builder():
                self.builder(part)
            case Binomial(upper, lower, node):
                self.tell("choose", node.span, n=upper, k=lower)
            case Differential(sign, variable):
                self.pause()
                self.part(sign)
                self.part(variable)
            case Evaluated():
                self.evaluated(part)
            case Marked():
                self.marked(part)
            case Stacked():
                self.stacked(part)
            case Surrounded(body, node):
                crossed = "cancel" in node.kind or node.kind == "strike"
                self.tell("crossed" if crossed else "boxed", node.span, x=body)
            case _:
                assert_never(part)

    # Leaves

    def leaf(self, node: Num | Ident | Sym | Operator | Text | Unknown) -> None:
        span = node.span
        match node:
            case Num(text):
                self.say(text, span)
            case Ident(text, font):
                self.letter(text, font, span)
            case Sym(text, cls):
                text = _SMALL_MEMBER.get(text, text)
                role: Role = "relation" if cls == "rel" else "stop" if cls == "punct" else ""
                self.say(self.member(text) if text in ("∈", "∉") else self.leaves.get(text, text), span, role)
            case Operator(name):
                self.say(self.operator(name), span)
            case Text(text):
                self.text(text, span)
            case Unknown(text):
                self.losses.append(Loss(text, "kept word for word", span))
                self.say(text, span)

    def member(self, text: str) -> str:
        """The words for a sign of membership, which are others in a set builder."""
        place = "set " if self.in_set else ""
        return self.words["members"][f"{self.preferences['SetMemberSymbol']} {place}{text}"]

    def letter(self, text: str, font: str, span: Span | None) -> None:
        if font == "bb" and text in self.words["sets"]:
            self.say(f"the {self.words['sets'][text]}", span)
            return
        name = self.leaves.get(text, text)
        if font and (words := self.words["fonts"].get(font)):
            self.say(words, span)
        capital = name.startswith(_CAPITAL)
        if capital:
            name = name[len(_CAPITAL) :]
            name = name[0].upper() + name[1:]
        if (capital or (len(text) == 1 and text.isupper())) and self.preferences["Caps"] == "SayCaps":
            name = f"cap {name}"
        self.say(name, span, "letter" if len(name) == 1 else "")

    def operator(self, name: str) -> str:
        """The words for a named function."""
        if name == "ln" and self.preferences["Log"] == "LnAsNaturalLog":
            return self.words["functions"]["natural_log"]
        return self.words["functions"].get(name) or self.words["limits"].get(name) or self.leaves.get(name, name)

    def text(self, text: str, span: Span | None) -> None:
        """Words; their punctuation is named."""
        marks = self.words["punctuation"]
        spaced = "".join(f" {marks[char]} " if char in marks else char for char in text)
        self.say(" ".join(spaced.split()), span)

    def ordinal(self, part: Structure | None, words: bool = False) -> str | None:
        """The word for a place in an order: "fourth", "12th" or with `words` "twelfth", "n-th"; None where nobody says
        that.
        """
        value = whole(part)
        if value is not None:
            return self.numbers.nth(value) if words or value <= _LARGEST_ORDINAL else f"{value}{_suffix(value)}"
        if isinstance(part, Leaf) and isinstance(part.node, Ident) and len(part.node.text) == 1:
            text = part.node.text
            return f"{self.leaves.get(text, text)}-th" if text.islower() else text
        return None

    # Signs

    def infix(self, part: Infix) -> None:
        """Operands with signs between them."""
        operands = part.operands
        goes_on = self.preferences["Ellipses"] == "AndSoOn" and not _is_dots(operands[0])
        for at, operand in enumerate(operands):
            if at:
                self.sign(part.signs[at - 1])
            if goes_on and _is_dots(operand):
                self.tell("and_so_on" if at + 1 == len(operands) else "and_so_on_up_to", _span(operand))
                continue
            self.after_sign(_sign_text(part.signs[at - 1]) if at else "", operand)
            if not is_short(operand):
                self.pause()

    def sign(self, sign: Structure) -> None:
        """A sign between operands."""
        if isinstance(sign, Stacked):
            self.stacked(sign)
            return
        if not isinstance(sign, Leaf) or not isinstance(sign.node, Sym):
            self.part(sign)
            return
        span = sign.node.span
        match sign.node.text:
            case "|" | "¦" | "｜":
                key = {"SuchThat": "such_that", "Given": "given"}.get(self.preferences["VerticalLine"], "divides")
                self.tell(key, span)
            case "×" if self.preferences["MultsymbolX"] != "Auto":
                self.say(self.preferences["MultsymbolX"].lower(), span)
            case "⋅" if self.preferences["MultsymbolDot"] == "Dot":
                self.say("dot", span)
            case _:
                self.leaf(sign.node)

    def prefixed(self, sign: Structure, operand: Structure) -> None:
        """A sign and its operand."""
        text = _sign_text(sign)
        if text and isinstance(operand, Prefix) and _sign_text(operand.sign) == text:
            self.part(sign)
            while isinstance(operand, Prefix) and _sign_text(operand.sign) == text:
                self.part(operand.sign)
                operand = operand.operand
            self.part(operand)
        elif text == "−" and _is_square_root(operand):
            self.radical(operand, "negative_root")
        elif text in ("−", "+"):
            self.tell("negative" if text == "−" else "positive", _span(sign), x=operand)
        else:
            self.part(sign)
            self.after_sign(text, operand)

    def after_sign(self, text: str, operand: Structure) -> None:
        """What stands after a sign; a root after two signs is neither positive nor negative."""
        if text in ("±", "∓") and _is_square_root(operand):
            self.radical(operand, "square_root")
        else:
            self.part(operand)

    def postfixed(self, operand: Structure, sign: Structure) -> None:
        """Factorials and degrees."""
        span = _span(sign)
        if isinstance(sign, Leaf) and isinstance(sign.node, Sym) and sign.node.text == "°":
            self.tell("degree" if whole(operand) == 1 else "degrees", span, x=operand)
            return
        self.part(operand)
        if isinstance(sign, Leaf) and isinstance(sign.node, Sym) and sign.node.text == "!":
            if not isinstance(operand, Leaf):
                self.pause()
            self.tell("factorial", span)
        else:
            self.part(sign)

    # Products

    def product(self, factors: tuple[Structure, ...]) -> None:
        """Factors side by side, with "times" where the preference wants it."""
        choice = self.preferences["ImpliedTimes"]
        angle, self.in_angle = self.in_angle, any(map(_is_degrees, factors)) or self.in_angle
        at = self.named_group(factors)
        for place in range(at, len(factors)):
            factor = factors[place]
            if place > at:
                before = factors[place - 1]
                if choice != "None" and self.needs_times(before, factor, choice == "MoreImpliedTimes"):
                    self.tell("times", None)
                elif not is_short(before):
                    self.pause()
            self.part(factor)
        self.in_angle = angle

    def named_group(self, factors: tuple[Structure, ...]) -> int:
        """Says what is a name rather than a product, as a triangle by its corners; how many factors that were."""
        first = factors[0]
        if isinstance(first, Leaf):
            text = first.node.name if isinstance(first.node, Operator) else first.node.text
            corners = sum(1 for factor in factors[1:] if _is_corner(factor))
            if text in "Δ△" and corners >= 2 and self.preferences["TriangleSymbol"] == "Auto":
                self.say("triangle", first.node.span)
                return self.corners(factors, 1)
            if text == "∠":
                self.part(first)
                return self.corners(factors, 1)
            if text == "m" and isinstance(factors[1], Leaf) and factors[1].node == Sym("∠"):
                self.tell("measure", first.node.span)
                return self.corners(factors, 2)
        if len(factors) == 2 and self.combination(factors[0], factors[1]):
            return 2
        return 0

    def corners(self, factors: tuple[Structure, ...], at: int) -> int:
        while at < len(factors) and _is_corner(factors[at]):
            self.part(factors[at])
            at += 1
        return at

    def combination(self, first: Structure, second: Structure) -> bool:
        """``{}_nC_r``, where that is what stands here."""
        match first, second:
            case (
                Scripted(Sequence(()), Leaf() | Juxtaposed() as n, 0, None),
                Scripted(Leaf(Ident("C" | "P" as letter)), Leaf() | Juxtaposed() as k, 0, None, node),
            ):
                if self.preferences["CombinationPermutation"] == "ChoosePermute":
                    self.tell("choose" if letter == "C" else "permute", node.span, n=n, k=k)
                else:
                    self.tell("combination", node.span, n=n, letter=letter, k=k)
                return True
        return False

    def needs_times(self, before: Structure, after: Structure, always: bool) -> bool:
        """Whether "times" stands between two factors."""
        if isinstance(after, Differential | Sequence) or is_text(after) or is_text(before):
            return False
        if isinstance(before, Leaf) and isinstance(before.node, Sym) and before.node.text in "∂∇∠△□#":
            return False
        if _is_condition(after):
            return False
        if self.in_angle or (isinstance(before, Scripted) and before.primes and is_number(before.base)):
            return False
        return always or _is_enclosed(before) or _is_enclosed(after)

    # Fractions

    def fraction(self, num: Structure, den: Structure, span: Span | None) -> None:
        """A fraction as the preference wants it."""
        choice = self.preferences["Fraction"]
        outermost, self.in_fraction = not self.in_fraction, True
        match choice:
            case "Over" | "OverEndFrac":
                self.sides("over", num, den, span)
            case "General" | "GeneralEndFrac":
                self.sides("fraction", num, den, span)
            case "FracOver":
                self.sides("fraction_over", num, den, span)
            case "Per":
                self.sides("per", num, den, span)
            case _:
                if self.fraction_by_size(num, den, span) and outermost and choice == "EndFrac":
                    self.tell("end_fraction", span)
        if choice in ("OverEndFrac", "GeneralEndFrac"):
            self.tell("end_fraction", span)
        self.in_fraction = not outermost

    def fraction_by_size(self, num: Structure, den: Structure, span: Span | None) -> bool:
        """A fraction as its parts allow; whether its end has to be told where ends are."""
        if (words := self.vulgar_fraction(num, den)) is not None:
            self.say(words, span)
            return False
        if is_simple_side(num, vulgar=self.vulgar) and is_simple_side(den, vulgar=self.vulgar):
            self.sides("over", num, den, span)
            return not any(isinstance(side, Juxtaposed) or is_text(side) for side in (num, den))
        self.sides("fraction", num, den, span)
        return True

    def sides(self, template: str, num: Structure, den: Structure, span: Span | None) -> None:
        self.tell(template, span, num=num, den=den)

    def vulgar_fraction(self, num: Structure, den: Structure) -> str | None:
        """Two thirds, or None where nobody says that."""
        count, parts = whole(num), whole(den)
        if count is None or parts is None or parts < 2 or count < 1:
            return None
        if self.preferences["Fraction"] != "Ordinal" and not (count < 20 and parts <= 10):
            return None
        if parts == 2:
            name = self.numbers.parts["half" if count == 1 else "halves"]
        else:
            name = self.numbers.nth(parts) + ("" if count == 1 else "s")
        return f"{self.numbers.cardinal(count)} {name}"

    def repeating(self, part: Repeating) -> None:
        """A decimal with digits that repeat, all digits one by one."""
        assert isinstance(part.number.node, Num)
        assert isinstance(part.digits.node, Num)
        start, digits = part.number.node.text + ("." if part.point is not None else ""), part.digits.node.text
        point = self.numbers.point
        spelled = " ".join(point if char == "." else char for char in start)
        template = "repeating_digit" if len(digits) == 1 else "repeating_digits"
        self.tell(template, part.node.span, start=spelled, digits=" ".join(digits))

    # Roots

    def radical(self, part: Radical, template: str) -> None:
        choice, span = self.preferences["Roots"], part.node.span
        degree = part.degree
        if degree is None:
            usual = "positive_root" if choice.startswith("PosNeg") else "square_root"
            self.tell(template or usual, span, x=part.radicand)
        elif whole(degree) == 3:
            self.tell("cube_root", span, x=part.radicand)
        elif ordinal := self.ordinal(degree):
            self.tell("nth_root", span, n=ordinal, x=part.radicand)
        else:
            self.tell("root", span, n=degree, x=part.radicand)
        if choice.endswith("End"):
            self.tell("end_root", span)

    # Scripts

    def scripted(self, part: Scripted) -> None:
        if self.named_set(part):
            return
        base = part.base
        if isinstance(base, Fenced) and base.open.text == "(":
            # What has a power is in brackets that are said, unless it is one thing.
            single = is_letter(base.body) or is_number(base.body) or (self.vulgar and is_vulgar(base.body))
            if self.preferences["Paren"] != "Silent" and not single:
                self.brackets(base)
            else:
                self.fenced(base)
        else:
            self.part(base)
        self.scripts(part)

    def scripts(self, part: Scripted) -> None:
        """What stands below and above, and the primes."""
        base, span = part.base, part.node.span
        if part.sub is not None:
            self.subscript(part.sub, span)
        if part.primes:
            self.primes(base, part.primes, span)
        if part.sup is not None:
            if not is_short(base) or part.sub is not None:
                self.pause()
            self.power(base, part.sup, span)

    def subscript(self, sub: Structure, span: Span | None) -> None:
        if isinstance(sub, Leaf) and isinstance(sub.node, Num) and sub.node.text == self.cell:
            # In a matrix these are the numbers of the row and the column.
            self.tell("sub", span, x=" ".join(self.cell))
        elif isinstance(sub, Leaf) and isinstance(sub.node, Operator):
            self.tell("sub", span, x=sub.node.name)
        else:
            self.tell("sub", span, x=sub)

    def primes(self, base: Structure, count: int, span: Span | None) -> None:
        """Primes: of a letter, or minutes, seconds, feet and inches."""
        unit = self.prime_unit(base, count)
        if unit is not None:
            self.say(self.words["units"][unit], span)
            return
        while count > 3:
            self.tell("prime", span)
            count -= 1
        self.tell(("prime", "double_prime", "triple_prime")[count - 1], span)

    def prime_unit(self, base: Structure, count: int) -> str | None:
        """The name of the unit that primes are, if they are one."""
        choice = self.preferences["Prime"]
        if count > 2 or not isinstance(base, Leaf) or isinstance(base.node, Sym):
            return None
        if not is_number(base) and (not _is_measure(base.node) or (choice == "Auto" and not self.in_angle)):
            return None
        several = whole(base) != 1
        if self.in_angle or choice == "Angle":
            return ("minute", "second")[count - 1] + ("s" if several else "")
        return (("foot", "feet"), ("inch", "inches"))[count - 1][several]

    def power(self, base: Structure, sup: Structure, span: Span | None) -> None:
        """An exponent as the preference wants it."""
        choice = self.preferences["Exponent"]
        if isinstance(sup, Leaf) and isinstance(sup.node, Sym) and sup.node.text in "∘°":
            self.say(self.leaves["°"], span)
            return
        if self.is_inverse(base, sup):
            self.tell("inverse", span)
            return
        if _has_power(sup) and not (choice == "Auto" and _is_plain_power(sup)):
            self.tell("exponent", span, x=sup)
        elif choice == "AfterPower":
            self.tell("raised_after", span, x=sup)
        elif (value := whole(sup)) in (2, 3) and choice == "Auto":
            self.tell("squared" if value == 2 else "cubed", span)
        else:
            self.usual_power(sup, choice, span)

    def usual_power(self, sup: Structure, choice: str, span: Span | None) -> None:
        ordinal = self.ordinal(sup, words=choice != "Auto")
        if whole(sup) == 0:
            ordinal = "0" if choice == "Auto" else self.numbers.cardinal(0)
        template = "nth" if choice == "Ordinal" else "nth_power"
        if ordinal is not None:
            self.tell(template, span, n=ordinal)
        elif isinstance(sup, Prefix) and is_minus(sup.sign) and whole(sup.operand) is not None:
            self.tell(template, span, n=sup)
        else:
            self.raised(sup, span)

    def raised(self, sup: Structure, span: Span | None) -> None:
        """Raised to the something power, where something may begin with an article of its own."""
        start = len(self.said)
        self.tell("raised", span, x=sup)
        article = self.said[start].text.rpartition(" ")[2]
        following = self.said[start + 1]
        if following.text.partition(" ")[0] == article:
            self.said[start + 1] = following._replace(text=following.text[len(article) :].lstrip())

    def is_inverse(self, base: Structure, sup: Structure) -> bool:
        if not is_minus_one(sup) or not isinstance(base, Leaf):
            return False
        if isinstance(base.node, Operator):
            return True
        named = isinstance(base.node, Ident) and base.node.text in FUNCTION_LETTERS
        return named and self.preferences["Functions"] == "Auto"

    def named_set(self, part: Scripted) -> bool:
        """Positive and negative numbers, and powers of sets, which are said by their letters."""
        base = part.base
        if not (isinstance(base, Leaf) and isinstance(base.node, Ident) and base.node.font == "bb"):
            return False
        name, span = self.words["sets"].get(base.node.text), part.node.span
        scripts = (part.sub, part.sup)
        if name is None or part.primes or all(scripts):
            return False
        for script in scripts:
            if isinstance(script, Leaf) and isinstance(script.node, Sym) and script.node.text in "+−":
                self.tell("positive_set" if script.node.text == "+" else "negative_set", span, name=name)
                return True
        if part.sup is None:
            return False
        power = whole(part.sup)
        self.tell(
            "set_power",
            span,
            name=base.node.text.lower(),
            n=part.sup if power is None else self.numbers.cardinal(power),
        )
        return True

    # Functions

    def applied(self, function: Structure, argument: Structure) -> None:
        """A function and what it is applied to."""
        core = function.base if isinstance(function, Scripted) else function
        if isinstance(core, Leaf) and isinstance(core.node, Operator):
            self.named(core.node, function, argument)
        elif self.preferences["Functions"] == "None":
            self.part(function)
            self.tell("times", None)
            self.argument(argument)
        else:
            self.letter_function(function, argument)

    def letter_function(self, function: Structure, argument: Structure) -> None:
        """F of x."""
        if (power := self.large_power(function)) is not None:
            self.tell("power_of", _span(function), n=power)
            assert isinstance(function, Scripted)
            function = function._replace(sup=None)
        self.part(function)
        self.tell("of", _span(function))
        probability = isinstance(function, Leaf) and isinstance(function.node, Ident) and function.node.text == "P"
        self.argument(argument, probability=probability)

    def large_power(self, function: Structure) -> str | None:
        """The ordinal of a power that is said before the function: that of a fourth or nth power."""
        if not isinstance(function, Scripted) or self.preferences["Exponent"] != "Auto":
            return None
        value = whole(function.sup)
        return None if value is not None and value < 4 else self.ordinal(function.sup)

    def argument(self, argument: Structure, *, probability: bool = False) -> None:
        """An argument, in brackets that are said unless what they hold is simple."""
        if not isinstance(argument, Fenced):
            self.part(argument)
            return
        body, choice = argument.body, self.preferences["Paren"]
        if probability and isinstance(body, Infix) and _is_bar(body.signs[0]):
            self.brackets(argument, self.condition)
        elif argument.open.text == "(" and choice == "Auto" and self.is_inverse_call(body):
            self.part(body)
        elif choice == "SpeakNestingLevel" and argument.open.text in self.words["brackets"]:
            levels, self.levels = self.levels, {}
            self.fenced(argument, argument=True)
            self.levels = levels
        else:
            self.fenced(argument, argument=True)

    def is_inverse_call(self, body: Structure) -> bool:
        """The inverse of a function named by a letter, applied to something, which says itself where it ends."""
        if not isinstance(body, Applied) or not isinstance(body.function, Scripted):
            return False
        function = body.function
        letter = not (isinstance(function.base, Leaf) and isinstance(function.base.node, Operator))
        return letter and function.sup is not None and self.is_inverse(function.base, function.sup)

    def condition(self, body: Structure) -> None:
        """``A|B`` after a probability."""
        assert isinstance(body, Infix)
        self.part(body.operands[0])
        for sign, operand in zip(body.signs, body.operands[1:], strict=True):
            if _is_bar(sign) and self.preferences["VerticalLine"] == "Auto":
                self.tell("given", _span(sign))
            else:
                self.sign(sign)
            self.part(operand)

    def named(self, operator: Operator, function: Structure, argument: Structure) -> None:
        """A function with a name, and with what stands on it: an inverse, a base, a power."""
        span, words = operator.span, self.operator(operator.name)
        if isinstance(function, Scripted) and function.sup is not None and is_minus_one(function.sup):
            self.inverse(words, argument, span)
            return
        if isinstance(function, Scripted) and (power := self.large_power(function)) is not None and not function.sub:
            self.tell("power_of", span, n=power)
            self.say(words, span)
            if not self.is_plain(argument):
                self.tell("of", span)
            self.argument(argument)
            return
        match argument:
            case Grid() if operator.name == "det" and argument.kind == "matrix":
                self.matrix(argument, "determinant", "end_matrix")
                return
        if not isinstance(function, Scripted):
            self.apply(words, operator.name, argument, span)
        elif function.sub is not None and function.sup is None and not function.primes:
            self.based(words, function.sub, argument, span)
        elif whole(function.sup) in (2, 3) and self.preferences["Exponent"] == "Auto" and function.sub is None:
            power = "squared" if whole(function.sup) == 2 else "cubed"
            self.apply(f"{words} {power}", operator.name, argument, span)
        else:
            self.part(function)
            self.pause()
            self.argument(argument)

    def apply(self, words: str, name: str, argument: Structure, span: Span | None) -> None:
        """A function by its words: "sine x", "the sine of" anything larger."""
        if name in self.words["limits"] or not _is_known(name):
            self.say(words, span)
            self.tell("of", span)
        elif words.startswith(self.words["functions"]["ln"]):
            self.say(words, span)
            if isinstance(argument, Fenced) and not is_simple(argument.body):
                self.tell("of", span)
        elif self.is_plain(argument):
            self.say(words, span)
            if words in self.hyperbolic:
                self.tell("of", span)
        else:
            self.tell("function_of", span, f=words)
        self.argument(argument)

    def based(self, words: str, base: Structure, argument: Structure, span: Span | None) -> None:
        """The log base b of x."""
        self.say("the", span)
        self.tell("base", span, f=words, b=base)
        self.tell("of", span)
        self.pause()
        self.argument(argument)

    def inverse(self, words: str, argument: Structure, span: Span | None) -> None:
        """The inverse of a function, as the preference wants it."""
        match self.preferences["Trig"]:
            case "TrigInverse":
                self.say(words, span)
                self.tell("inverse", span)
                self.tell("of", span)
            case "ArcTrig":
                self.say(f"{self.words['functions']['arc']} {words}", span)
                large = isinstance(argument, Fenced | Fraction) and not (self.vulgar and is_vulgar(argument))
                if large and not self.is_plain(argument):
                    self.tell("of", span)
            case _:
                self.tell("inverse_of", span, f=words)
        self.argument(argument)

    def is_plain(self, argument: Structure) -> bool:
        """Whether a function is said without "of" before it."""
        if isinstance(argument, Fenced) and argument.open.text != "(":
            return argument.open.text in "|‖"
        return is_simple_argument(argument, vulgar=self.vulgar)

    # Brackets

    def fenced(self, part: Fenced, argument: bool = False) -> None:
        """Brackets and bars by what they mean, as far as they tell."""
        body, span = part.body, part.open.span
        match part.open.text, part.close.text:
            case (("|" | "¦" | "｜"), _):
                self.absolute(body, span)
            case (("‖" | "⦀" | "∥" | "⫴"), _):
                self.tell("norm", span, x=body)
                if self.preferences["AbsoluteValue"] == "AbsEnd":
                    self.tell("end_norm", span)
            case "⌊", "⌋":
                self.tell("floor", span, x=body)
            case "⌈", "⌉":
                self.tell("ceiling", span, x=body)
            case "{", "}" if _is_enumeration(body):
                self.enumeration(body, span)
            case ("(" | "[", ")" | "]") if self.preferences["Paren"] == "Interval" and _is_pair(body):
                assert isinstance(body, Infix)
                self.interval(part, body)
            case "(", ")" if self.preferences["Paren"] == "CoordPoint" and _is_list(body):
                self.tell("point", span, x=body)
            case ("(", ")") | ("[", "]") if self.is_silent(part, argument):
                self.part(body)
            case _:
                self.brackets(part)

    def is_silent(self, part: Fenced, argument: bool) -> bool:
        if self.preferences["ImpliedTimes"] == "None" and not argument:
            # Without "times" the brackets are what tells the factors apart.
            return False
        match self.preferences["Paren"]:
            case "Speak":
                return False
            case "Silent":
                return True
            case _:
                return is_simple(part.body, vulgar=self.vulgar)

    def brackets(self, part: Fenced, say: Callable[[Structure], None] | None = None) -> None:
        """Brackets that are said, whatever is in them."""
        for sign, template in ((part.open, "open"), (part.close, "close")):
            kind = self.words["brackets"].get(sign.text)
            nests = self.preferences["Paren"] == "SpeakNestingLevel" and kind is not None
            if template == "open":
                level = self.levels.get(part.open.text, 0) + 1
                self.levels[part.open.text] = level
            else:
                self.pause()
            if kind is None:
                self.leaf(sign)
            elif nests and level > 1:
                self.tell(f"{template}_nth", sign.span, n=self.numbers.nth(level), bracket=kind)
            else:
                self.tell(template, sign.span, bracket=kind)
            if template == "open":
                (say or self.part)(part.body)
            self.pause()
        self.levels[part.open.text] -= 1

    def absolute(self, body: Structure, span: Span | None) -> None:
        match self.preferences["AbsoluteValue"]:
            case "Cardinality":
                self.tell("cardinality", span, x=body)
            case "Determinant":
                self.tell("determinant_of", span, x=body)
            case choice:
                self.tell("absolute", span, x=body)
                if choice == "AbsEnd":
                    self.tell("end_absolute", span)
        self.pause()

    def interval(self, part: Fenced, body: Infix) -> None:
        a, b = body.operands
        span = part.open.span
        self.tell("interval", span, a=a, b=b)
        self.pause()
        first, second = part.open.text == "[", part.close.text == "]"
        match _is_infinite(a), _is_infinite(b):
            case True, True:
                pass
            case True, False:
                self.tell("this_end" if second else "not_this_end", span, x=b)
            case False, True:
                self.tell("this_end" if first else "not_this_end", span, x=a)
            case _:
                ends = {(True, True): "both_ends", (True, False): "first_end", (False, True): "second_end"}
                self.tell(ends.get((first, second), "neither_end"), span, a=a, b=b)

    def enumeration(self, body: Structure, span: Span | None) -> None:
        """A set by its members."""
        if body == Sequence(()):
            self.tell("empty_set", span)
        elif self.preferences["Sets"] == "SilentBracket":
            self.part(body)
        else:
            self.tell("set", span, x=body)

    def builder(self, part: Builder) -> None:
        """A set by its members and their condition."""
        span = part.open.span
        whole_set = self.preferences["Sets"] != "woAll"
        for words, name, _ in self.templates["set_of_all" if whole_set else "set_of"]:
            if words:
                self.say(words, span)
                continue
            outer, self.in_set = self.in_set, name == "x"
            self.part(part.member if name == "x" else part.condition)
            self.in_set = outer

    # Sums, integrals, limits

    def big(self, part: Big) -> None:
        """An operator with its bounds and what it ranges over."""
        node = part.operator.node
        span = node.span
        if isinstance(node, Operator) and node.name == "lim" and part.high is None and (at := _approach(part.low)):
            template, variable, value = at
            self.tell(template, span, x=variable, a=value)
        else:
            self.operator_with_bounds(node, part, span)
        if part.body is not None:
            if part.low is not None and part.high is None:
                self.pause()
            self.tell("of", span)
            if not is_short(part.body):
                self.pause()
            self.part(part.body)

    def operator_with_bounds(self, node: Node, part: Big, span: Span | None) -> None:
        if isinstance(node, Operator):
            self.say(self.operator(node.name), span)
        else:
            assert isinstance(node, Sym)
            words = self.words["bigs"].get(node.text) or self.leaves.get(node.text, node.text)
            if part.body is None:
                self.say(words, span)
            else:
                self.tell("big", span, operator=words)
        if part.low is not None and part.high is not None:
            self.tell("from_to", span, low=part.low, high=part.high)
        elif part.low is not None:
            self.tell("bound_over", span, low=part.low)
        elif part.high is not None:
            self.tell("bound_under", span, high=part.high)

    def evaluated(self, part: Evaluated) -> None:
        """What is before a bar, taken at what stands on it."""
        self.part(part.body)
        self.pause()
        span = part.bar.span
        if part.low is None:
            self.part(Leaf(Sym("|")))
            if part.high is not None:
                self.power(EMPTY, part.high, span)
        elif part.high is None:
            self.tell("evaluated", span, x=part.low)
        else:
            self.tell("evaluated_between", span, low=part.low, high=part.high)

    # Matrices and lines

    def grid(self, part: Grid) -> None:
        combinatoric = self.preferences["Matrix"] == "Combinatoric"
        if part.open == "{" and part.close == "}":
            self.matrix(part, "matrix", "end_matrix")
            return
        match part.kind:
            case "matrix":
                if combinatoric and [len(cells) for cells in part.rows] == [1, 1]:
                    self.tell("choose", part.node.span, n=part.rows[0][0], k=part.rows[1][0])
                else:
                    self.matrix(part, "matrix", "end_matrix")
            case "determinant":
                self.matrix(part, "determinant", "end_determinant")
            case "cases" | "lines" | "diagram":
                self.lines(part)

    def matrix(self, part: Grid, template: str, end: str) -> None:
        """A matrix or a determinant."""
        span, choice = part.node.span, self.preferences["Matrix"]
        rows, columns = len(part.rows), max(map(len, part.rows), default=0)
        if (rows, columns) == (1, 1):
            self.tell("single", span, rows="1", columns="1", x=part.rows[0][0])
        else:
            vector = 1 in (rows, columns)
            named_vector = vector and choice in ("Vector", "EndVector")
            kind = "matrix"
            if vector:
                kind = f"{'row' if rows == 1 else 'column'}_{'vector' if named_vector else 'matrix'}"
            self.tell(template, span, rows=str(rows), columns=str(columns), kind=self.words["kinds"][kind])
            self.pause()
            numbered = self.is_numbered(part, rows, columns)
            if vector:
                self.vector(part, numbered)
            else:
                self.rows(part, columns, numbered)
            end = "end_vector" if named_vector else end
        if choice in ("EndMatrix", "EndVector"):
            self.tell(end, span)
            self.pause()

    def is_numbered(self, part: Grid, rows: int, columns: int) -> bool:
        """Whether each entry is said with its place."""
        match self.preferences["Matrix"]:
            case "SpeakColNum":
                return True
            case "SilentColNum":
                return False
            case _:
                small = rows <= _SHORT_GRID and columns <= _SHORT_GRID
                return not (small and all(_is_entry(cell) for cells in part.rows for cell in cells))

    def vector(self, part: Grid, numbered: bool) -> None:
        """One row or one column."""
        name = "column" if len(part.rows) == 1 else "row"
        for at, cell in enumerate((cell for cells in part.rows for cell in cells), 1):
            if numbered:
                self.tell(name, part.node.span, n=str(at))
            self.entry(cell, f"{at}", part.node.span)

    def rows(self, part: Grid, columns: int, numbered: bool) -> None:
        span = part.node.span
        for number, cells in enumerate(part.rows, 1):
            self.tell("row", span, n=str(number))
            for column in range(1, columns + 1):
                if numbered:
                    self.tell("column", span, n=str(column))
                cell = cells[column - 1] if column <= len(cells) else EMPTY
                self.entry(cell, f"{number}{column}", span)

    def entry(self, cell: Structure, place: str, span: Span | None) -> None:
        outer, self.cell = self.cell, place
        if cell == EMPTY:
            self.tell("blank", span)
        else:
            self.part(cell)
        self.cell = outer
        self.pause()

    def lines(self, part: Grid) -> None:
        """Lines below each other, cases."""
        span, choice = part.node.span, self.preferences["MultiLineLabel"]
        label = ("Case" if part.kind == "cases" else "Line") if choice == "Auto" else choice
        count = len(part.rows)
        if self.preferences["MultiLineOverview"] == "Auto":
            kind = "Line" if label == "None" else label
            self.tell("overview", span, n=str(count), lines=self.words["lines"][kind if count == 1 else f"{kind}s"])
            self.pause()
        columns = max(map(len, part.rows), default=0)
        for number, cells in enumerate(part.rows, 1):
            if label != "None":
                self.say(f"{self.words['lines'][label]} {number}", span, "end")
            # A single empty cell is an empty line; in longer ones the empty cells at the end are blanks too.
            padding = (EMPTY,) * (columns - len(cells)) if len(cells) > 1 else ()
            for cell in (*cells, *padding):
                self.entry(cell, "", span)

    # Marks

    def marked(self, part: Marked) -> None:
        """A mark over or under something."""
        base, span = part.base, part.node.span
        if part.mark in ("bar", "overline"):
            if self.preferences["Bar"] == "Conjugate":
                self.tell("conjugate", span, x=base)
                return
            if isinstance(base, Juxtaposed) and len(base.factors) == 2 and all(map(_is_corner, base.factors)):
                self.tell("segment", span, x=base)
                return
        if part.mark in ("vec", "overrightarrow"):
            self.tell("vector", span, x=base)
            return
        self.part(base)
        if not isinstance(base, Leaf):
            self.pause()
        mark = "bar" if part.mark == "overline" and isinstance(base, Scripted) else part.mark
        self.say(self.marks.get(mark, mark), span)

    def stacked(self, part: Stacked) -> None:
        """Something over or under something."""
        base, over, under, span = part.base, part.over, part.under, part.node.span
        if under is None and over is not None and isinstance(base, Leaf) and isinstance(base.node, Sym):
            if base.node.text == "=" and _text_of(over) == "def":
                self.tell("defined", span)
                return
            if base.node.cls == "rel":
                self.tell("marked_sign", span, x=base, over=over)
                return
        if over is not None and under is not None:
            part = part._replace(under=None)
            self.tell("under_mark", span, x=part, under=under)
        elif over is not None:
            self.tell("over_mark", span, x=base, over=over)
        elif under is not None:
            self.tell("under_mark", span, x=base, under=under)


def _suffix(value: int) -> str:
    """The ending of an ordinal in digits."""
    if value % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _span(part: Structure) -> Span | None:
    """The span of the first leaf, where a sign or a function begins."""
    while not isinstance(part, Leaf):
        inner = part[0]
        if not isinstance(inner, tuple):
            return None
        part = inner  # type: ignore[assignment]  # the first field of all others is a structure
    return part.node.span


def _text_of(part: Structure) -> str:
    """The letters and words of something, together."""
    match part:
        case Leaf(Ident(text) | Text(text)):
            return text
        case Juxtaposed(factors):
            return "".join(map(_text_of, factors))
        case _:
            return ""


def _is_dots(part: Structure) -> bool:
    return isinstance(part, Leaf) and isinstance(part.node, Sym) and part.node.text in DOTS


def _sign_text(sign: Structure) -> str:
    return sign.node.text if isinstance(sign, Leaf) and isinstance(sign.node, Sym) else ""


def _is_square_root(part: Structure) -> TypeGuard[Radical]:
    return isinstance(part, Radical) and part.degree is None


def _is_bar(sign: Structure) -> bool:
    return isinstance(sign, Leaf) and isinstance(sign.node, Sym) and sign.node.text == "|"


def _is_degrees(part: Structure) -> bool:
    return isinstance(part, Postfix) and isinstance(part.sign, Leaf) and part.sign.node == Sym("°")


def _is_corner(part: Structure) -> bool:
    """A capital letter, which may have primes."""
    if isinstance(part, Scripted) and part.sub is None and part.sup is None:
        part = part.base
    return is_letter(part) and isinstance(part, Leaf) and isinstance(part.node, Ident) and part.node.text.isupper()


def _is_measure(node: Node) -> bool:
    """Whether a letter can stand for a number of feet or minutes."""
    return isinstance(node, Ident) and node.text.islower() and node.text not in FUNCTION_LETTERS


def _unscripted(part: Structure) -> Structure:
    while isinstance(part, Scripted):
        part = part.base
    return part


def _is_enclosed(factor: Structure) -> bool:
    """A factor in brackets or bars, or a matrix, which "times" separates from its neighbours."""
    return isinstance(_unscripted(factor), Fenced | Grid | Builder | Binomial)


def _has_power(part: Structure) -> bool:
    """Whether an exponent stands somewhere in this."""
    if isinstance(part, Scripted) and part.sup is not None:
        return True
    return any(isinstance(inner, tuple) and _has_power(inner) for inner in part)  # type: ignore[arg-type]


def _is_plain_power(part: Structure) -> bool:
    """The square or cube of a number or letter, maybe with a number in front."""
    if isinstance(part, Juxtaposed) and len(part.factors) == 2 and is_number(part.factors[0]):
        part = part.factors[1]
    if not isinstance(part, Scripted) or part.sub is not None or part.primes:
        return False
    return isinstance(part.base, Leaf) and whole(part.sup) in (2, 3)


def _is_condition(factor: Structure) -> bool:
    """Parentheses with a relation in them, which say something about what is before them."""
    if not isinstance(factor, Fenced) or factor.open.text != "(":
        return False
    body = factor.body
    if isinstance(body, Infix) and body.strength <= LIST:
        body = body.operands[0]
    return isinstance(body, Infix) and LIST < body.strength <= RELATION


def _is_list(body: Structure) -> bool:
    return isinstance(body, Infix) and body.strength <= LIST


def _is_pair(body: Structure) -> bool:
    return _is_list(body) and isinstance(body, Infix) and len(body.operands) == 2


def _is_enumeration(body: Structure) -> bool:
    """What stands in the braces of a set: nothing, one thing, things with commas."""
    return not isinstance(body, Infix | Prefix) or _is_list(body)


def _is_infinite(part: Structure) -> bool:
    if isinstance(part, Prefix):
        part = part.operand
    return isinstance(part, Leaf) and part.node == Sym("∞")


def _is_entry(cell: Structure) -> bool:
    """An entry of a matrix that is heard as one thing."""
    return is_simple(cell) or cell == EMPTY or (isinstance(cell, Scripted) and isinstance(cell.base, Leaf))


def _approach(low: Structure | None) -> tuple[str, Structure, Structure] | None:
    """``x→a``, with ``a⁺`` and ``a⁻``: the template, the variable and the value."""
    match low:
        case Infix(_, (variable, value), (Leaf(Sym("→")),)):
            match value:
                case Scripted(base, None, 0, Leaf(Sym("+" | "−" as side))):
                    return f"limit_{'right' if side == '+' else 'left'}", variable, base
            return "limit", variable, value
        case _:
            return None


@cache
def _is_known(name: str) -> bool:
    return symbols.by_char(name, "fn") is not None or symbols.by_char(name, "fnlim") is not None
