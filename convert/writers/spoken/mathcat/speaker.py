"""MathCAT's rules: what is said for each structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias, assert_never

from ....errors import Loss, Losses
from ....nodes import Ident, Num, Operator, Sym, Table, Text, Unknown
from ....numerals import CASES, English, numbers, whole
from ....phrases import Language, Template
from ....source import Span
from ....structure import (
    LIST,
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
)
from ..said import Role, Spoken, fill
from . import fractions, functions, operators, scripts
from .dialect import Dialect, dialect
from .grid import Lines
from .preferences import Settings
from .shapes import (
    LOGARITHMS,
    NABLA,
    VECTOR_MARKS,
    is_capital,
    is_laplacian,
    is_name,
    is_pseudo,
    is_set,
    is_simple,
    is_spelled_function,
    is_vector,
    points,
    product_of,
    sign_of,
    unsigned,
)

Part: TypeAlias = "str | Structure | Callable[[], None]"
_ROUND_OR_SQUARE: Final = ("(", "[")
_SUBSETS: Final = frozenset("=⊂⊃⊄⊅⊆⊇⊈⊉⊊⊋∈∋")
_MEMBERS: Final = frozenset("∈∉")
_SEGMENTS: Final = {
    "vec": "ray", "overrightarrow": "ray", "bar": "line_segment", "overline": "line_segment", "overparen": "arc",
    "frown": "arc", "wideparen": "arc",
}  # fmt: skip
"""What marks over two points mean."""


class Speaker:
    """Collects the phrases of one formula."""

    def __init__(self, language: Language, settings: Settings, losses: Losses, ruled: dict[Span, Table]) -> None:
        self.settings = settings
        self.words: Dialect = dialect(language, settings.style, settings.verbosity)
        self.templates = self.words.templates
        self.numbers = numbers(language)
        self.losses = losses
        self.ruled = ruled
        self.said: list[Spoken] = []
        self.case = "nom"
        # What stands before a thing and leaves its case to it.
        self.before = {slot.words for key in ("negative", "positive") for slot in self.templates[key] if slot.words}
        self.before |= set(self.words.fonts.values())
        self.within: list[str] = []
        """What stands around, innermost last: fraction, set, under, limit, naming, given, script, matrix."""

    @property
    def clear(self) -> bool:
        """Whether this is ClearSpeak."""
        return self.settings.clear

    def say(self, text: str, span: Span | None = None, role: Role = "") -> None:
        """Words, in the case that was set before them; a sign or font before a thing leaves it to the thing."""
        if self.case != "nom":
            case, forms = self.case, self.words.declined.get(text)
            if text not in self.before:
                self.case = "nom"
            if forms is not None:
                text = forms[CASES.index(case)]
        if text:
            self.said.append(Spoken(text, span, role))

    def tell(self, key: str, span: Span | None = None, **parts: Part) -> None:
        """The template of this name."""
        self.fill(self.templates[key], span, parts, "end" if key.startswith("end_") else "")

    def fill(self, template: Template, span: Span | None, parts: dict[str, Part], role: Role = "") -> None:
        """A template with its parts: a text, a structure, or a function that says it."""
        fill(self, template, span, parts, self.speak, role)

    def pause(self) -> None:
        """A pause after what was said last."""
        if self.said:
            self.said[-1] = self.said[-1]._replace(role="stop")

    @contextmanager
    def inside(self, what: str) -> Iterator[None]:
        """While a part of something is said."""
        self.within.append(what)
        yield
        self.within.pop()

    def inner(self, what: str, part: Structure) -> Callable[[], None]:
        """Says a part of something."""

        def say() -> None:
            with self.inside(what):
                self.speak(part)

        return say

    # Words

    # Structures

    def whole(self, part: Structure) -> None:
        """A formula by itself: its brackets are said, the punctuation of the sentence after it is not."""
        match part:
            case Fenced():
                self.fenced(part, keep=True)
            case Postfix(operand, Leaf(Sym("," | "." | ";"))):
                self.whole(operand)
            case _:
                self.speak(part)

    def speak(self, part: Structure) -> None:
        """Any structure, as a part of something."""
        match part:
            case Leaf():
                self.leaf(part.node)
            case Sequence(parts):
                for item in parts:
                    self.speak(item)
            case Infix():
                self.infix(part)
            case Prefix():
                self.prefix(part)
            case Postfix(operand, sign):
                self.base(operand)
                self.speak(sign)
            case Juxtaposed(factors):
                self.product(factors)
            case Mixed():
                fractions.mixed(self, part)
            case Repeating(number, point, digits, node):
                self.speak(number)
                if point is not None:
                    self.speak(point)
                self.marked(Marked(digits, node.mark, node))
            case Applied():
                functions.applied(self, part)
            case Fenced():
                self.fenced(part, keep=False)
            case Builder(_, member, _, condition):
                with self.inside("set"):
                    all_of_it = "set_of" if self.settings["Sets"] == "woAll" else "set_of_all"
                    self.tell(all_of_it, part.open.span, x=member, y=condition)
            case Fraction(num, den) | Derivative(num, den):
                fractions.fraction(self, num, den, part.node.span)
            case Binomial(upper, lower):
                self.binomial(upper, lower, part.node.span)
            case Radical():
                fractions.root(self, part, "")
            case Scripted():
                scripts.scripted(self, part)
            case Big():
                operators.big(self, part)
            case Differential(_, variable):
                self.tell("differential", part.sign.node.span, x=variable)
            case Evaluated():
                operators.evaluated(self, part)
            case Marked():
                self.marked(part)
            case Stacked():
                self.stacked(part)
            case Grid():
                Lines(self, part).say()
            case Surrounded(body, node):
                self.tell("enclosed", node.span, kind=self.words.enclosures.get(node.kind, node.kind), x=body)
                if self.settings.blind and (self.clear or not isinstance(body, Leaf)):
                    self.tell("end_enclosed", node.span)
            case _:
                assert_never(part)

    # Leaves

    def leaf(self, node: Num | Ident | Sym | Operator | Text | Unknown) -> None:
        match node:
            case Num(text, font):
                self.styled(font, lambda: self.say(self.digits(text), node.span), node.span)
            case Ident(text, "bb") if text in self.words.sets:
                self.tell("number_set", node.span, x=self.words.sets[text])
            case Ident(text, font) if len(text) == 1:
                self.styled(font, lambda: self.letter(text, node.span), node.span)
            case Ident(text) if text in self.words.functions:
                self.named(text, node.span, simple=False)
            case Ident(text):
                self.text(text, node.span)
            case Sym(text, cls):
                self.say(self.words.symbols.get(text, text), node.span, role_of(cls))
            case Operator(name):
                self.named(name, node.span, simple=False)
            case Text(text):
                self.text(" ".join(text.split()), node.span)
            case Unknown(text):
                self.losses.append(Loss(text, "kept word for word", node.span))
                self.say(text, node.span)

    def digits(self, text: str) -> str:
        """The digits without what groups them."""
        if self.settings.separators:
            return text.translate(dict.fromkeys(map(ord, self.settings.separators)))
        groups = text.split(",")
        grouped = len(groups) > 1 and all(len(group.partition(".")[0]) == 3 for group in groups[1:])
        return "".join(groups) if grouped else text

    def styled(self, font: str, say: Callable[[], None], span: Span | None) -> None:
        """Something in a font that has a name."""
        name = self.words.fonts.get(font)
        if name is None or (self.settings.ignore_bold and font in ("bf", "bi")):
            say()
        else:
            self.tell("font", span, font=name, x=say)

    def letter(self, char: str, span: Span | None) -> None:
        """A letter; a capital is said to be one."""
        lower = char.lower()
        capital = lower != char and len(lower) == 1
        name = self.words.letters.get(lower if capital else char, char)
        role: Role = "letter" if len(name) == 1 else ""
        if not capital or not self.settings.blind:
            self.say(name, span, role)
        else:
            key = "capital_of_set" if "naming" in self.within else "capital"
            self.tell(key, span, x=lambda: self.say(name, span, role))

    def text(self, text: str, span: Span | None) -> None:
        """Words; where the language has its own for them, these. Punctuation after a formula is not said."""
        if text not in (".", ",", ";"):
            self.say(self.words.texts.get(text.strip(" ,.").lower(), text), span)

    def named(self, name: str, span: Span | None, simple: bool) -> None:
        """The name of a function; `simple` says whether its argument is."""
        if name == "ln":
            natural = self.settings["Log"] == "LnAsNaturalLog" if self.clear else self.settings.verbosity != "terse"
            words = self.words.functions["natural log" if natural else "ln"]
        else:
            words = self.words.functions.get(name, name)
        if name in LOGARITHMS and not (self.clear and simple):
            self.tell("named_logarithm", span, f=words)
        else:
            self.say(words, span)

    # Signs

    def infix(self, part: Infix) -> None:
        operands, signs = part.operands, part.signs
        vectors = self.vector_sign(part)
        if vectors:
            return
        silent = self.silent_commas(part) if part.strength <= LIST else frozenset()
        for at, operand in enumerate(operands):
            if at and at not in silent:
                self.sign(signs[at - 1], operands[at - 1], operand)
            near = [sign_of(sign) for sign in signs[max(at - 1, 0) : at + 1]]
            if silent and at and sign_of(operand) == "…":
                self.tell("and_so_on" if at + 1 == len(operands) else "and_so_on_up_to")
            elif isinstance(operand, Fenced) and self.is_interval(operand, bool(_SUBSETS.intersection(near))):
                self.interval(operand)
            else:
                self.speak(operand)

    def silent_commas(self, part: Infix) -> frozenset[int]:
        """The operands without a comma before them: dots, and what follows dots, where they mean "and so on"."""
        dots = [at for at, operand in enumerate(part.operands) if sign_of(operand) == "…"]
        if self.settings["Ellipses"] != "AndSoOn" or not dots or dots[0] == 0:
            return frozenset()
        return frozenset(dots) | frozenset(at + 1 for at in dots)

    def sign(self, sign: Structure, left: Structure, right: Structure) -> None:
        """A sign between operands, by what it means there."""
        text = sign_of(sign)
        span = sign.node.span if isinstance(sign, Leaf) else None
        key = self.meaning(text, left, right)
        if text in _MEMBERS:
            self.fill(self.words.member[text][self.place()][self.membership()], span, {}, "relation")
        elif key:
            self.tell(key, span)
        else:
            self.speak(sign)

    def meaning(self, text: str, left: Structure, right: Structure) -> str:
        """The template of a sign that is not always said the same, or ""."""
        settings = self.settings
        match text:
            case "×" if is_vector(left) and is_vector(right):
                return "cross_product"
            case "⋅" if is_vector(left) and is_vector(right):
                return "dot_product"
            case "×" if self.clear:
                return {"By": "times_by", "Cross": "times_cross"}.get(settings["MultsymbolX"], "")
            case "⋅" if self.clear and settings["MultsymbolDot"] == "Auto":
                return "times"
            case "⋅":
                return "times_dot"
            case ":" if "set" in self.within:
                return "such_that"
            case "|" if "given" in self.within or (self.clear and settings["VerticalLine"] == "Given"):
                return "given"
            case "|" if self.clear:
                return "such_that" if settings["VerticalLine"] == "SuchThat" else "divides"
            case _:
                return ""

    def place(self) -> str:
        """Where a sign of membership stands."""
        return next((what for what in reversed(self.within) if what in ("set", "under")), "alone")

    def membership(self) -> str:
        """Which of the words of membership are said."""
        if not self.clear:
            return "Simple"
        preference = self.settings["SetMemberSymbol"]
        if preference != "Auto":
            return preference
        return "In" if self.place() == "set" else "Member"

    def vector_sign(self, part: Infix) -> bool:
        """Says a divergence or a curl, if that is what stands here."""
        if len(part.signs) != 1 or sign_of(part.operands[0]) != NABLA:
            return False
        key = {"⋅": "divergence", "×": "curl"}.get(sign_of(part.signs[0]))
        if key is None:
            return False
        self.tell(key, x=part.operands[1])
        return True

    def prefix(self, part: Prefix) -> None:
        sign, operand = sign_of(part.sign), part.operand
        key = {"−": "negative", "+": "positive"}.get(sign)
        span = part.sign.node.span if isinstance(part.sign, Leaf) else None
        if key is None:
            self.speak(part.sign)
            self.speak(operand)
        elif isinstance(operand, Radical) and fractions.signs_roots(self):
            fractions.root(self, operand, f"root_{key}")
        else:
            self.tell(key, span, x=operand)

    # Products and brackets

    def product(self, factors: tuple[Structure, ...]) -> None:
        """Factors side by side."""
        if sign_of(factors[0]) == NABLA:
            self.tell("gradient", x=product_of(factors[1:]))
            return
        if is_laplacian(factors[0]):
            self.tell("laplacian", x=product_of(factors[1:]))
            return
        function = next((at for at, factor in enumerate(factors[:-1]) if is_spelled_function(factor)), None)
        if function is not None:
            applied = Applied(factors[function], product_of(factors[function + 1 :]))
            self.product((*factors[:function], applied)) if function else functions.applied(self, applied)
            return
        silent = self.clear and self.settings["ImpliedTimes"] == "None"
        for at, factor in enumerate(factors):
            before = factors[at - 1] if at else None
            guess = before is not None and isinstance(factor, Fenced) and is_name(before)
            if before is not None and self.says_times(before, factor, guess):
                self.tell("times")
            if isinstance(factor, Fenced):
                beside = at > 0 or at + 1 < len(factors)
                self.fenced(factor, keep=guess or (silent and beside))
            else:
                self.speak(factor)

    def says_times(self, left: Structure, right: Structure, guess: bool) -> bool:
        """Whether a multiplication without a sign is said."""
        preference = self.settings["ImpliedTimes"] if self.clear else "Auto"
        if preference != "Auto" or isinstance(right, Differential):
            return preference == "MoreImpliedTimes"
        if guess and not (self.clear and self.settings["Functions"] == "None"):
            return False
        match right:
            case Fenced(opening) if opening.text in "([|":
                return True
            case Grid() | Binomial() | Radical():
                return not isinstance(right, Grid) or right.kind in ("matrix", "determinant")
            case Scripted(base, _, _, sup) if sup is not None and not is_pseudo(sup):
                if isinstance(base, Fenced | Grid) or not is_simple(sup):
                    return True
        return isinstance(left, Fenced) and left.open.text in "([|"

    def fenced(self, part: Fenced, keep: bool) -> None:
        """Something in brackets. Round and square ones around something simple are not said, unless to `keep` them."""
        opening, body, closing = part.open, part.body, part.close
        match opening.text, closing.text:
            case "{", "}" if is_set(body):
                self.listed_set(part)
            case "|", "|":
                self.bars(part)
            case ("‖", "‖") | ("∥", "∥"):
                key = "magnitude" if is_vector(body) else "norm"
                self.closed(key, body, opening.span)
            case ("(" | "[", ")" | "]") if self.is_interval(part, False):
                self.interval(part)
            case ("(", ")") | ("[", "]") if not keep and is_simple(body):
                self.speak(body)
            case _:
                self.speak(Leaf(opening))
                with self.inside("brackets"):
                    self.speak(body)
                self.speak(Leaf(closing))

    def closed(self, key: str, body: Structure, span: Span | None, force: bool = False) -> None:
        """A function of one thing, with its end where the thing is not simple."""
        self.tell(key, span, x=body)
        if force or (self.settings.blind and not is_simple(body)):
            self.tell(f"end_{key}", span)

    def bars(self, part: Fenced) -> None:
        """Bars: an absolute value, a determinant, the size of a set."""
        preference = self.settings["AbsoluteValue"] if self.clear else "Auto"
        if preference != "Cardinality" and is_capital(part.body):
            self.closed("determinant_of", part.body, part.open.span)
        elif not self.clear:
            self.closed("absolute", part.body, part.open.span)
        else:
            key = "cardinality" if preference == "Cardinality" else "absolute"
            self.tell(key, part.open.span, x=part.body)
            if preference == "AbsEnd":
                self.tell(f"end_{key}", part.open.span)

    def listed_set(self, part: Fenced) -> None:
        with self.inside("set"):
            if part.body == Sequence(()):
                self.tell("empty_set", part.open.span)
            elif self.clear and self.settings["Sets"] == "SilentBracket":
                self.speak(part.body)
            else:
                self.tell("set", part.open.span, x=part.body)

    def is_interval(self, part: Fenced, beside: bool) -> bool:
        """Whether this is an interval; `beside` says that it stands next to an equals sign or the like."""
        body = part.body
        if part.open.text not in _ROUND_OR_SQUARE or part.close.text not in (")", "]") or "brackets" in self.within:
            return False
        if not isinstance(body, Infix) or len(body.operands) != 2 or sign_of(body.signs[0]) != ",":
            return False
        if "set" in self.within or any(isinstance(operand, Fenced) for operand in body.operands):
            return False
        infinite = any("∞" in sign_of(unsigned(operand)) for operand in body.operands)
        asked = self.settings["Paren"] == "Interval"
        return (part.open.text, part.close.text) != ("(", ")") or asked or infinite or beside

    def interval(self, part: Fenced) -> None:
        """An interval, by whether its ends belong to it."""
        assert isinstance(part.body, Infix)
        low, high = part.body.operands
        ends = ["open" if bracket.text in "()" else "closed" for bracket in (part.open, part.close)]
        span = part.open.span
        if not self.clear:
            kind = ends[0] if ends[0] == ends[1] else "_".join(ends)
            self.tell(f"{kind}_interval", span, a=low, b=high)
            return
        self.tell("interval", span, a=low, b=high)
        infinite = [sign_of(unsigned(end)) == "∞" for end in (low, high)]
        if not any(infinite):
            self.tell("_".join(ends), span, a=low, b=high)
        elif not all(infinite):
            at = infinite.index(False)
            self.tell(f"{ends[at]}_end", span, a=(low, high)[at])

    def ordinal(self, digits: str) -> str:
        """The ordinal of a whole number, as before "power"."""
        value = whole(digits)
        if value is None:
            return ""
        if isinstance(self.numbers, English):
            return self.numbers.nth(value) if value else digits
        return self.numbers.ordinal(digits, "gen") or ""

    def letter_ordinal(self, part: Structure) -> Callable[[], None]:
        """Says a letter as an ordinal: "n-th"."""

        def say() -> None:
            self.speak(part)
            self.said[-1] = self.said[-1]._replace(text=self.said[-1].text + self.words.ordinal, role="")

        return say

    def binomial(self, upper: Structure, lower: Structure, span: Span | None) -> None:
        if self.settings.blind and not is_simple(upper):
            self.tell("start_binomial", span)
        self.tell("binomial", span, n=upper, k=lower)
        if self.settings.blind and not is_simple(lower):
            self.tell("end_binomial", span)

    # Scripts

    def base(self, part: Structure) -> None:
        """What scripts belong to: its brackets are said."""
        if isinstance(part, Fenced):
            self.fenced(part, keep=True)
        else:
            self.speak(part)

    # Marks

    def marked(self, part: Marked) -> None:
        base, mark, span = part.base, part.mark, part.node.span
        ends, key = points(base), _SEGMENTS.get(mark)
        if ends and key:
            with self.inside("naming"):
                self.tell(key, span, a=ends[0], b=ends[1])
        elif mark in VECTOR_MARKS and isinstance(base, Leaf):
            self.tell("vector", span, x=base)
        elif isinstance(base, Leaf):
            self.tell("marked", span, x=base, mark=self.words.marks.get(mark, mark))
        else:
            place = "under" if mark.startswith("under") else "over"
            self.tell(place, span, x=self.quantity(base), y=self.words.marks.get(mark, mark))

    def quantity(self, base: Structure) -> Part:
        return base if isinstance(base, Leaf) else lambda: self.tell("quantity", None, x=base)

    def stacked(self, part: Stacked) -> None:
        span, x = part.node.span, self.quantity(part.base)
        if part.over is not None and part.under is not None:
            self.tell("over_under", span, x=x, y=part.under, z=part.over)
        elif part.over is not None:
            self.tell("over", span, x=x, y=part.over)
        elif part.under is not None:
            self.tell("under", span, x=x, y=part.under)
        else:
            self.speak(part.base)


def role_of(cls: str) -> Role:
    """How a voice takes a sign of this class."""
    return "relation" if cls == "rel" else "stop" if cls == "punct" else ""
