"""The natural style: what people say, "x squared", "f of x", "the integral from 0 to 1 of".

What is said is the normal form. Words that close a construct ("end root", "end fraction") are said only where a
listener would otherwise not know how far it reaches: a root of one thing, or one that a plus or an equals sign
follows, needs none.

Words stand in the order of the formula, so the phrases are collected in one pass. Grammatical case (Russian) falls on
the first word of a part: a template sets it, and the first leaf that is said uses it up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ...errors import Loss, Losses, OptionError, UnsupportedError
from ...nodes import (
    EMPTY,
    Accent,
    Enclosed,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Stack,
    Sym,
    Table,
    Text,
    Unknown,
    items_of,
    row,
)
from ...normal import normal
from ...numerals import CASES, Gender, Numbers, numbers
from ...phrases import NaturalPhrases, language_of, natural
from ...source import Span
from ...structure import BARS, BEFORE_OPERAND, FUNCTION_LETTERS, is_derivative, outer_class, pairs
from ...units import Quantity, quantity
from .said import Role, Spoken, Voice
from .units import unit_words

LETTERS: Final = ("plain", "nato")

_ATOM, _TERM, _COMPOUND = 0, 1, 2
"""How much something is: one thing, things side by side, or things joined by signs."""

_PRIME: Final = Sym("′")
_BRACES: Final = frozenset({"overbrace", "underbrace", "overbracket", "underbracket", "overparen", "underparen"})
_QUANTIFIERS: Final = (Sym("∀"), Sym("∃"))
_BREAKING: Final = frozenset({"bin", "rel", "punct"})
_AFTER: Final = frozenset({"bin", "rel", "close", "punct"})
_AROUND: Final = {"|": "absolute", "‖": "norm", "⌊": "floor", "⌈": "ceiling"}
_LIMITS: Final = frozenset({"lim"})
_COUNTERS: Final = frozenset({"=", ":="})
_TRANSPOSES: Final = frozenset({"⊤", "T"})
_LONG: Final = 12
"""How many things side by side are still one term to a listener."""
_MAX_INSIDE: Final = 20
"""How deep absolute values nest before only their bars are said."""


def phrases(node: Node, voice: Voice, losses: Losses) -> list[Spoken]:
    """The phrases in order, each with the span of what it speaks."""
    if voice.letters not in LETTERS:
        raise OptionError(f"letters is one of {', '.join(LETTERS)}, not {voice.letters!r}")
    speaker = _Speaker(natural(language_of(voice.language)), voice, losses)
    try:
        speaker.row(normal(node))
    except RecursionError:
        raise UnsupportedError("the formula is nested too deep to be spoken") from None
    return speaker.said


class _Speaker:
    """Collects the phrases of one formula."""

    def __init__(self, words: NaturalPhrases, voice: Voice, losses: Losses) -> None:
        self.words = words
        self.templates = words.templates
        self.voice = voice
        self.losses = losses
        self.numbers: Numbers = numbers(voice.language)
        self.said: list[Spoken] = []
        self.case = "nom"
        self.level = 0
        """How many scripts and bounds stand around; there people are brief."""
        self.inside = 0
        """How many bars and the like stand around."""

    # Words

    def say(self, text: str, span: Span | None = None, role: Role = "") -> None:
        """Words, in the case that was set before them."""
        if self.case != "nom":
            text = text if self.case == "zero" else self.decline(text)
            self.case = "nom"
        self.said.append(Spoken(text, span, role))

    def decline(self, text: str) -> str:
        """The words up to the first that has no cases: "корень из" becomes "корня из"."""
        words = text.split(" ")
        at = CASES.index(self.case)
        for number, word in enumerate(words):
            forms = self.words.declined.get(word)
            if forms is None:
                break
            words[number] = forms[at]
        return " ".join(words)

    def tell(self, template: str, span: Span | None = None, **parts: str | Node | Callable[[], None]) -> None:
        """A template. A part is a text, a formula whose end is heard by the words after it, or a function that says
        it.
        """
        ends = False
        for words, part, case in self.templates[template]:
            if words:
                self.say(words, span)
                ends = True
                continue
            ends = False
            if case != "nom":
                self.case = case
            if not part:
                continue
            value = parts[part]
            if isinstance(value, str):
                self.say(value, span)
            elif callable(value):
                value()
            else:
                self.row(value)
        if ends and (parts or template.startswith("end_")):
            self.said[-1] = self.said[-1]._replace(role="end")

    # Rows

    def row(self, node: Node, left: bool = True, right: bool = True) -> None:
        """Things side by side; `left` and `right` say whether a listener knows where the row begins and ends."""
        items = node.items if isinstance(node, Row) else (node,)
        _Walk(self, items, left, right).run()

    # Leaves

    def leaf(self, node: Node) -> None:
        """One node that stands alone, whatever it is."""
        match node:
            case Num():
                self.number(node)
            case Ident():
                self.identifier(node)
            case Sym(text, cls, font):
                self.font(font, node.span)
                self.symbol(text, node.span, "relation" if cls == "rel" else "stop" if cls == "punct" else "")
            case Operator(name):
                self.symbol(name, node.span)
            case Text(text):
                self.say(text, node.span)
            case Unknown(text):
                self.losses.append(Loss(text, "kept word for word", node.span))
                self.say(text, node.span)
            case _:
                self.row(node)

    def number(self, node: Num, gender: Gender | None = None) -> None:
        """A number, in the gender of what it counts."""
        self.font(node.font, node.span)
        # People decline nought after "equals", and leave other numbers as they are.
        case = ("dat" if node.text == "0" else "nom") if self.case == "zero" else self.case
        self.case = "nom"
        self.said.append(Spoken(self.numbers.spoken(node.text, case, gender), node.span))

    def font(self, font: str, span: Span | None) -> None:
        words = self.words.fonts.get(font)
        if words is not None:
            self.said.append(Spoken(words, span))

    def symbol(self, text: str, span: Span | None, role: Role = "") -> None:
        self.say(self.words.leaves.get(text, text), span, role)
        self.case = self.words.governs.get(text, "nom")

    def identifier(self, node: Ident) -> None:
        text, font, span = node.text, node.font, node.span
        if len(text) > 1:
            self.say(self.words.leaves.get(text, text), span)
            return
        self.font(font, span)
        name = self.letter(text)
        self.say(name, span, "letter" if len(name) == 1 else "")

    def letter(self, char: str) -> str:
        """A letter: a capital is written as one, and said as one where that was asked for."""
        nato = self.words.nato.get(char.lower()) if self.voice.letters == "nato" else None
        name = self.words.leaves.get(char, char)
        first, _, rest = name.partition(" ")
        if first not in self.words.capitals:
            return nato or name
        name = nato or rest
        return f"{self.voice.capital} {name}" if self.voice.capital else name[0].upper() + name[1:]

    # Scripts

    def scripts(self, base: Node, sub: Node | None, sup: Node | None, bare: bool) -> None:
        """Both scripts of a base; `bare` says that several things below need no words to end them."""
        self.level += 1
        if sub is not None:
            self.sub(sub, bare and sup is None)
        if sup is not None:
            self.sup(base, sup)
        self.level -= 1

    def sub(self, node: Node, bare: bool) -> None:
        if isinstance(node, Operator):
            # "min" below a letter is a name and no function.
            self.tell("sub", node.span, x=node.name)
            return
        much = _size(node)
        signed = _signed(node) is not None
        if much == _ATOM and not isinstance(node, Script) or signed or (much == _TERM and bare):
            self.tell("sub", node.span, x=node)
        else:
            self.tell("long_sub", node.span, x=node)

    def sup(self, base: Node, node: Node) -> None:
        items = items_of(node)
        primes = next((at for at, item in enumerate(items) if item != _PRIME), len(items))
        if primes:
            count = min(primes, len(self.words.primes))
            self.say(self.words.primes[count - 1], node.span)
            if count < len(items):
                self.sup(base, row(items[count:]))
            return
        match node:
            case Num("2", ""):
                self.tell("squared", node.span)
            case Num("3", ""):
                self.tell("cubed", node.span)
            case Num(text) if text != "1" and (ordinal := self.numbers.ordinal(text, "gen")):
                self.tell("to_the_nth", node.span, n=ordinal)
            case Num():
                self.tell("power", node.span, x=node)
            case Sym("∗"):
                self.tell("star", node.span)
            case Sym("∘"):
                self.tell("degrees", node.span)
            case Sym(text) | Ident(text) if text in _TRANSPOSES and _is_matrix(base):
                self.tell("transpose", node.span)
            case Ident(text) if len(text) == 1:
                self.tell("to_the", node.span, x=node)
            case _:
                self.long_sup(base, node)

    def long_sup(self, base: Node, node: Node) -> None:
        signed = _signed(node)
        if signed is not None:
            if signed == Num("1") and (_is_function(base) or _is_matrix(base)):
                self.tell("inverse", node.span)
            elif isinstance(signed, Num) and (ordinal := self.numbers.ordinal(signed.text, "gen")) and self._declines():
                self.tell("to_the_minus_nth", node.span, x=ordinal)
            else:
                self.tell("to_the", node.span, x=node)
        elif isinstance(node, Frac) and self.small_fraction(node) is not None:
            self.tell("power", node.span, x=node)
        elif _is_exponent(node):
            self.tell("long_power", node.span, x=node)
        elif isinstance(node, Operator):
            self.tell("superscript", node.span, x=node.name)
        elif isinstance(node, Sym | Text) or _is_bracketed(node):
            self.tell("superscript", node.span, x=node)
        else:
            self.tell("long_superscript", node.span, x=node)

    def _declines(self) -> bool:
        return any(slot.words.endswith("минус") for slot in self.templates["to_the_minus_nth"])

    def small_fraction(self, node: Frac) -> str | None:
        """Two thirds."""
        if node.bar and isinstance(node.num, Num) and isinstance(node.den, Num) and not node.num.font:
            return self.numbers.fraction(node.num.text, node.den.text, "nom" if self.case == "zero" else self.case)
        return None

    # Tables

    def table(self, node: Table, opening: str, closing: str) -> None:
        span = node.span
        if node.kind == "gathered":
            for number, cells in enumerate(node.rows):
                if number:
                    self.tell("next_line", span)
                for cell in cells:
                    self.row(cell)
            return
        self.tell("diagram" if node.kind == "cd" else opening, span, **_shape(node, self.numbers))
        for number, cells in enumerate(node.rows, 1):
            ordinal = self.numbers.ordinal(str(number), "nom")
            self.tell("row_number", span, n=ordinal or self.numbers.spoken(str(number), "nom"))
            self.cells(cells, span)
        self.tell("end_diagram" if node.kind == "cd" else closing, span)

    def cases(self, node: Table) -> None:
        self.tell("cases", node.span)
        for number, cells in enumerate(node.rows):
            if number:
                self.tell("next_case", node.span)
            self.cells(cells, node.span)
        self.tell("end_cases", node.span)

    def cells(self, cells: Sequence[Node], span: Span | None) -> None:
        for column, cell in enumerate(cells):
            if column and not _ends_in_comma(cells[column - 1]):
                self.say(self.words.leaves[","], span, "stop")
            self.row(cell)


class _Walk:
    """One row being said: where it stands, and which brackets face each other."""

    def __init__(self, speaker: _Speaker, items: tuple[Node, ...], left: bool, right: bool) -> None:
        self.speaker = speaker
        self.items = items
        self.left = left
        self.right = right
        self._partners: dict[int, int] | None = None

    def run(self) -> None:
        at = 0
        while at < len(self.items):
            at = self.step(at)

    def step(self, at: int) -> int:
        """Says the item at a place; the place after what was said."""
        item = self.items[at]
        speaker = self.speaker
        if (found := quantity(self.items, at)) is not None:
            return self.quantity_in_units(at, found)
        match item:
            case Num():
                return self.number(at, item)
            case Ident(text, "bb") if text in speaker.words.sets:
                speaker.say(speaker.words.sets[text], item.span)
            case Ident():
                speaker.leaf(item)
                return self.argument(at, item)
            case Sym():
                return self.symbol(at, item)
            case Operator(name):
                if name in speaker.words.bigs:
                    self.big(at, item, None, None)
                    return at + 1
                speaker.leaf(item)
                return self.argument(at, item)
            case Script():
                return self.script(at, item)
            case Frac():
                self.fraction(at, item)
            case Root():
                self.root(at, item)
            case Accent():
                self.accent(at, item)
                return self.argument(at, item)
            case Table():
                speaker.table(item, "matrix", "end_matrix")
            case Stack():
                self.stack(item)
            case Enclosed(body, kind):
                speaker.tell("crossed" if "cancel" in kind or kind == "strike" else "boxed", item.span, x=body)
            case Row():
                speaker.tell("quantity", item.span, x=item) if item.items else None
            case _:
                speaker.leaf(item)
        return at + 1

    def number(self, at: int, item: Num, gender: Gender | None = None) -> int:
        """A number, and the fraction after it that makes it a mixed one."""
        speaker = self.speaker
        match self.items[at + 1 : at + 2]:
            case (Frac(Num(num, ""), Num(den, ""), True),) if not item.font:
                case = "nom" if speaker.case == "zero" else speaker.case
                if words := speaker.numbers.mixed(item.text, num, den, case, gender):
                    speaker.case = "nom"
                    speaker.say(words, item.span)
                    return at + 2
        speaker.number(item, gender)
        return at + 1

    def quantity_in_units(self, at: int, found: Quantity) -> int:
        """A number and its units, which follow its size and case."""
        speaker, first, span = self.speaker, found.number[0], self.items[found.end - 1].span
        units = unit_words(speaker.voice.language)
        gender, case, text = units.gender(found.factors), speaker.case, ""
        if case == "zero":
            case = "dat" if first == Num("0") else "nom"
        match found.number:
            case (Num(text) as number,):
                speaker.number(number, gender)
            case (Script(Num(text)) as power,):
                speaker.leaf(power.base)
                self.scripts(at, power)
            case (Num() as number, Frac() as part):
                text = "1.5"
                if self.number(at, number, gender) == at + 1:
                    self.fraction(at + 1, part)
            case (Frac() as part,):
                self.fraction(at, part)
        speaker.say(units.after(found.factors, text, case), span)
        return found.end

    # Where things end

    def begins(self, at: int) -> bool:
        """Whether a listener knows that something begins here."""
        if at == 0:
            return self.left
        before = self.items[at - 1]
        return outer_class(before) in BEFORE_OPERAND or isinstance(before, Text) or _is_big(before)

    def ends(self, at: int) -> bool:
        """Whether a listener knows that what was said ends before this place."""
        if at >= len(self.items):
            return self.right
        return outer_class(self.items[at]) in _AFTER or isinstance(self.items[at], Text)

    def partners(self) -> dict[int, int]:
        if self._partners is None:
            self._partners = pairs(self.items)
        return self._partners

    # Signs and brackets

    def symbol(self, at: int, item: Sym) -> int:
        speaker = self.speaker
        if item.text == "−" and self.is_prefix(at):
            number = at + 1 < len(self.items) and isinstance(self.items[at + 1], Num)
            speaker.tell("negative" if number else "minus", item.span)
            return at + 1
        if item.text in speaker.words.bigs and item.cls == "op":
            self.big(at, item, None, None)
            return at + 1
        if item.cls == "open" or item.text in BARS:
            end = self.partners().get(at)
            if end is not None:
                done = self.bracketed(at, end)
                if done:
                    return done
            elif item.text == "{" and at + 2 == len(self.items):
                table = self.items[at + 1]
                if isinstance(table, Table) and table.kind == "matrix":
                    speaker.cases(table)
                    return at + 2
        following = self.items[at + 1 : at + 3]
        if item.text == "." and following == (item, item):
            speaker.say(speaker.words.leaves["…"], item.span)
            return at + 3
        if item.text == "/" and following[:1] == (item,):
            speaker.say(speaker.words.leaves["∥"], item.span, "relation")
            return at + 2
        brief = speaker.level > 0 or self.is_quantified(at)
        words = (speaker.words.brief if brief else speaker.words.between).get(item.text)
        if words is not None and following and not self.is_prefix(at):
            speaker.say(words, item.span, "relation")
            speaker.case = speaker.words.governs.get(item.text, "nom") if not brief else "nom"
        else:
            speaker.leaf(item)
        return at + 1

    def is_quantified(self, at: int) -> bool:
        """Whether a quantifier stands before, as in "for all x in A"."""
        return at > 1 and self.items[at - 2] in _QUANTIFIERS

    def is_prefix(self, at: int) -> bool:
        return at == 0 or outer_class(self.items[at - 1]) in BEFORE_OPERAND

    def bracketed(self, at: int, end: int) -> int:
        """A pair of brackets that is said as a whole: the place after it, or 0 where the brackets are just said."""
        opening, closing = self.items[at], self.items[end]
        assert isinstance(opening, Sym)
        speaker, span = self.speaker, opening.span
        match self.items[at + 1 : min(end, at + 3)], closing:
            case (Table("matrix") as table,), Sym() if opening.text in "([|":
                speaker.table(table, "determinant" if opening.text == "|" else "matrix", "end_matrix")
                return end + 1
            case (Frac(bar=False) as pair,), Sym() if opening.text == "(":
                self.choose(pair)
                return end + 1
            case ((Operator("mod") | Ident("mod")), *_), Sym() if opening.text == "(" and end > at + 2:
                speaker.tell("modulo", span, x=row(self.items[at + 2 : end]))
                return end + 1
        around, start, stop = _AROUND.get(opening.text), at + 1, end
        if opening.text == "|" and self.items[start] == opening and self.partners().get(start) == end - 1:
            # Two bars at each side, as people type a norm.
            around, start, stop = "norm", start + 1, end - 1
        if around is None or end == at + 1 or speaker.inside == _MAX_INSIDE:
            return 0
        speaker.inside += 1
        inside = self.items[start:stop]
        short = _size(row(inside)) == _ATOM or (_size(row(inside)) == _TERM and self.ends(end + 1))
        if short and isinstance(closing, Sym):
            speaker.tell(around, span, x=lambda: speaker.row(row(inside), right=self.ends(end + 1)))
        else:
            speaker.tell(around, span, x=row(inside))
            speaker.tell(f"end_{around}", span)
        speaker.inside -= 1
        if isinstance(closing, Script):
            self.scripts(end, closing)
        return end + 1

    def choose(self, node: Frac) -> None:
        speaker = self.speaker
        if _size(node.num) == _COMPOUND or _size(node.den) == _COMPOUND:
            speaker.tell("choose", node.span, n=lambda: self.quantity(node.num), k=lambda: self.quantity(node.den))
        else:
            speaker.tell("choose", node.span, n=node.num, k=node.den)

    def quantity(self, node: Node) -> None:
        """Something that other words are about to follow."""
        if _size(node) == _COMPOUND:
            self.speaker.tell("quantity", node.span, x=node)
        else:
            self.speaker.row(node)

    # Functions

    def argument(self, at: int, item: Node) -> int:
        """What follows a function in parentheses, as "of x": the place after it."""
        end = self.partners().get(at + 1) if at + 1 < len(self.items) and _is_paren(self.items[at + 1]) else None
        if end is None or end - at > 2 * _LONG or isinstance(self.items[end], Script):
            return at + 1
        inside = row(self.items[at + 2 : end])
        simple = inside != EMPTY and (_size(inside) == _ATOM or (_is_list(inside) and self.closes_list(end + 1)))
        term = _size(inside) == _TERM and self.ends(end + 1) and _is_function(item)
        speaker = self.speaker
        given = _condition(inside) if _is_letter(item) else None
        if given is not None and self.ends(end + 1):
            speaker.tell("of", self.items[at + 1].span)
            speaker.tell("given", self.items[at + 1].span, x=given[0], y=given[1])
            return end + 1
        if not (simple and (_is_letter(item) or _is_function(item)) or term):
            return at + 1
        speaker.tell("of", self.items[at + 1].span)
        speaker.row(inside)
        return end + 1

    def closes_list(self, at: int) -> bool:
        return (
            at >= len(self.items)
            and self.right
            or (at < len(self.items) and outer_class(self.items[at]) in ("rel", "bin"))
        )

    # Scripts

    def script(self, at: int, item: Script) -> int:
        speaker, base = self.speaker, item.base
        if isinstance(base, Sym | Operator):
            name = base.text if isinstance(base, Sym) else base.name
            if name in speaker.words.bigs or (isinstance(base, Operator) and item.sub is not None):
                self.big(at, base, item.sub, item.sup)
                return at + 1
        if isinstance(base, Accent) and base.mark in _BRACES:
            self.brace(at, base, item)
            return at + 1
        if base == Sym("|") and at and item.sub is not None and item.sup is None:
            speaker.level += 1
            speaker.tell("evaluated", item.span, x=item.sub)
            speaker.level -= 1
            return at + 1
        if isinstance(base, Row) and not base.items:
            pass
        elif isinstance(base, Accent):
            self.accent(at, base)
        elif isinstance(base, Ident | Sym | Num | Operator | Text | Unknown):
            speaker.leaf(base)
        else:
            speaker.tell("quantity", base.span, x=base)
        self.scripts(at, item)
        return self.argument(at, item)

    def scripts(self, at: int, item: Script) -> None:
        self.speaker.scripts(item.base, item.sub, item.sup, self.ends(at + 1))

    def brace(self, at: int, base: Accent, item: Script) -> None:
        """A brace over or under something, and what it says about it."""
        self.accent(at, base)
        if item.sup is not None:
            self.speaker.tell("above", item.span, x=item.sup)
        if item.sub is not None:
            self.speaker.tell("below", item.span, x=item.sub)

    def big(self, at: int, base: Sym | Operator, sub: Node | None, sup: Node | None) -> None:
        """A sum, an integral, a limit."""
        speaker, span = self.speaker, base.span
        name = base.text if isinstance(base, Sym) else base.name
        plain = speaker.words.leaves.get(name, name)
        what = speaker.words.bigs.get(name, plain)
        if sub is None or name == "log":
            if name == "log" and sub is not None and sup is None:
                speaker.tell("base", span, what=what, low=sub)
            elif sup is None and at + 1 < len(self.items) and isinstance(base, Sym) and self.is_prefix(at):
                speaker.tell("what_of", span, what=what)
            else:
                speaker.say(plain, span)
                speaker.scripts(base, sub, sup, False)
            return
        speaker.level += 1
        self.bounds(name, what, sub, sup, span)
        speaker.level -= 1

    def bounds(self, name: str, what: str, sub: Node, sup: Node | None, span: Span | None) -> None:
        """From where to where, or over what."""
        speaker = self.speaker
        if name in _LIMITS and sup is None and (parts := _approach(sub)) is not None:
            speaker.tell(parts.template, span, var=parts.variable, low=parts.value)
        elif sup is None:
            speaker.tell("over_set", span, what=what, low=sub)
        elif (counter := _counter(sub)) is not None:
            speaker.tell("over_to", span, what=what, var=counter[0], low=counter[1], high=sup)
        else:
            speaker.tell("from_to", span, what=what, low=sub, high=sup)

    # Fractions and roots

    def fraction(self, at: int, node: Frac) -> None:
        speaker, span, num, den = self.speaker, node.span, node.num, node.den
        if not node.bar:
            speaker.tell("choose", span, n=num, k=den)
            return
        words = speaker.small_fraction(node)
        if words is not None:
            speaker.case = "nom"
            speaker.say(words, span)
            return
        if is_derivative(num, den):
            speaker.tell("derivative", span, num=num, den=den)
            return
        begins, ends = self.begins(at), self.ends(at + 1)
        sizes = _size(num), _size(den)
        if sizes[0] <= _TERM and sizes[1] <= _TERM and (begins or sizes[0] == _ATOM and at == 0 and begins) and ends:
            speaker.tell(
                "over", span, num=lambda: speaker.row(num, right=False), den=lambda: speaker.row(den, left=False)
            )
        elif sizes[1] <= _TERM and ends and self.left and self.is_side(at):
            speaker.tell("all_over", span, num=num, den=lambda: speaker.row(den, left=False))
        else:
            speaker.tell("fraction", span, num=num, den=den)

    def is_side(self, at: int) -> bool:
        """Whether this is all of one side of a relation."""
        before = at == 0 or outer_class(self.items[at - 1]) == "rel"
        after = at + 1 == len(self.items) or outer_class(self.items[at + 1]) == "rel"
        return before and after

    def root(self, at: int, node: Root) -> None:
        speaker, span, x = self.speaker, node.span, node.radicand
        size = _size(x)
        last = at + 1 == len(self.items)
        short = (size == _ATOM and not isinstance(x, Script) and last) or (size <= _TERM and self.ends(at + 1))
        match node.index:
            case None:
                speaker.tell("square_root", span, x=x)
            case Num("3"):
                speaker.tell("cube_root", span, x=x)
            case Num(text) | Ident(text) if ordinal := speaker.numbers.ordinal(text, "gen"):
                speaker.tell("nth_root", span, n=ordinal, x=x)
            case index:
                speaker.tell("index_root", span, n=index, x=x)
        if not short:
            speaker.tell("end_root", span)

    # Marks

    def accent(self, at: int, node: Accent) -> None:
        speaker, base, span = self.speaker, node.base, node.span
        if node.mark in ("vec", "overrightarrow") and all(isinstance(item, Ident) for item in items_of(base)):
            speaker.tell("vector", span, x=base)
            return
        if _size(base) == _ATOM and not isinstance(base, Script):
            speaker.row(base)
        else:
            speaker.tell("quantity", span, x=base)
        if node.mark == "dot" and (self.ends(at + 1) or isinstance(self.items[at], Script)):
            # Where a factor follows it would be heard as a multiplication.
            speaker.tell("dot", span)
        else:
            speaker.say(speaker.words.marks.get(node.mark, node.mark), span)

    def stack(self, node: Stack) -> None:
        speaker = self.speaker
        self.quantity(node.base)
        if node.over is not None:
            speaker.tell("above", node.span, x=node.over)
        if node.under is not None:
            speaker.tell("below", node.span, x=node.under)


class _Approach(NamedTuple):
    template: str
    variable: Node
    value: Node


def _size(node: Node) -> int:
    if isinstance(node, Row):
        return _row_size(node.items)
    if isinstance(node, Ident | Num | Sym | Operator):
        return _ATOM
    if isinstance(node, Script):
        parts = (node.base, node.sub, node.sup)
        if _is_op(node.base):
            return _COMPOUND
        return _ATOM if all(part is None or isinstance(part, Ident | Num | Sym) for part in parts) else _TERM
    if isinstance(node, Accent):
        return _ATOM if _size(node.base) == _ATOM else _TERM
    if isinstance(node, Root):
        return _TERM
    return _TERM if isinstance(node, Text) else _COMPOUND


def _row_size(items: tuple[Node, ...]) -> int:
    if len(items) > _LONG:
        return _COMPOUND
    depth = 0
    for item in items:
        cls = outer_class(item)
        if cls == "open":
            depth += 1
        elif cls == "close":
            depth -= 1
        elif depth == 0 and (cls in _BREAKING or (isinstance(item, Sym) and (item.text == "/" or item.cls == "op"))):
            return _COMPOUND
        elif not cls and not isinstance(item, Sym) and _size(item) == _COMPOUND:
            return _COMPOUND
    return _TERM if items else _ATOM


def _signed(node: Node) -> Node | None:
    """The letter or number behind a minus sign, if that is all."""
    if isinstance(node, Row) and len(node.items) == 2 and node.items[0] == Sym("−", "bin"):
        return node.items[1] if isinstance(node.items[1], Num | Ident) else None
    return None


def _is_exponent(node: Node) -> bool:
    """Whether this reads as a power, and not as an index put above."""
    items = items_of(node)
    if isinstance(items[0], Sym) and items[0].cls in ("open", "rel", "punct", "bin"):
        return items[0].cls == "bin" and items[0].text == "−" and len(items) > 1
    return not any(isinstance(item, Sym) and item.cls in ("rel", "punct") for item in items) and not isinstance(
        items[-1], Sym
    )


def _is_matrix(node: Node) -> bool:
    return isinstance(node, Ident) and len(node.text) == 1 and (node.text.isupper() or node.font in ("bf", "bi"))


def _is_letter(node: Node) -> bool:
    if isinstance(node, Script):
        node = node.base
    if isinstance(node, Accent):
        node = node.base
    return isinstance(node, Ident) and " " not in node.text


def _is_function(node: Node) -> bool:
    if isinstance(node, Script):
        node = node.base
    return isinstance(node, Operator) or (isinstance(node, Ident) and node.text in FUNCTION_LETTERS)


def _is_paren(node: Node) -> bool:
    return isinstance(node, Sym) and node.text == "("


def _is_big(node: Node) -> bool:
    """A big operator with what it runs over, after which "of" is said."""
    return isinstance(node, Script) and node.sub is not None and _is_op(node.base)


def _is_op(node: Node) -> bool:
    return isinstance(node, Operator) or (isinstance(node, Sym) and node.cls == "op")


def _is_bracketed(node: Node) -> bool:
    """Parentheses around the whole."""
    return isinstance(node, Row) and _is_paren(node.items[0]) and pairs(node.items).get(0) == len(node.items) - 1


def _is_list(node: Node) -> bool:
    """Single things with commas between them."""
    items = items_of(node)
    if len(items) % 2 == 0 or len(items) < 3:
        return False
    return all(
        (isinstance(item, Sym) and item.text == ",") if at % 2 else (_size(item) == _ATOM and not outer_class(item))
        for at, item in enumerate(items)
    )


def _condition(node: Node) -> tuple[Node, Node] | None:
    """``A|B`` → A and B, where both are simple."""
    items = items_of(node)
    at = next((at for at, item in enumerate(items) if isinstance(item, Sym) and item.text == "|"), 0)
    if not at or at + 1 == len(items):
        return None
    one, other = row(items[:at]), row(items[at + 1 :])
    return (
        (one, other)
        if _size(one) == _size(other) == _ATOM and not outer_class(one) and not outer_class(other)
        else None
    )


def _approach(sub: Node) -> _Approach | None:
    """``x→a``, with ``a⁺`` and ``a⁻``."""
    items = items_of(sub)
    at = next((at for at, item in enumerate(items) if isinstance(item, Sym) and item.text == "→"), 0)
    if not at or at + 1 == len(items):
        return None
    variable, value = row(items[:at]), row(items[at + 1 :])
    if isinstance(value, Script) and value.sub is None and isinstance(value.sup, Sym):
        template = {"+": "limit_right", "−": "limit_left"}.get(value.sup.text)
        if template is not None:
            return _Approach(template, variable, value.base)
    return _Approach("limit", variable, value)


def _counter(sub: Node) -> tuple[Node, Node] | None:
    """``n=1`` → n and 1."""
    items = items_of(sub)
    if len(items) < 3 or not isinstance(items[1], Sym) or items[1].text not in _COUNTERS:
        return None
    return items[0], row(items[2:])


def _ends_in_comma(node: Node) -> bool:
    items = items_of(node)
    return bool(items) and isinstance(items[-1], Sym) and items[-1].text == ","


def _shape(node: Table, numbers: Numbers) -> dict[str, str]:
    if node.kind != "matrix":
        return {}
    columns = max(map(len, node.rows), default=0)
    return {
        "rows": numbers.spoken(str(len(node.rows)), "nom"),
        "columns": numbers.spoken(str(columns), "nom"),
    }
