"""The natural style: what people say, "x squared", "f of x", "the integral from 0 to 1 of".

What is said is the normal form. Words that close a construct ("end root", "end fraction") are said only where a
listener would otherwise not know how far it reaches, which is settled in `extents`, for the reader too. Inside a
construct that is closed, all of its kind are, so that each end belongs to the nearest beginning.

Words stand in the order of the formula, so the phrases are collected in one pass. Grammatical case (Russian) falls on
the first word of a part: a template sets it, and the first leaf that is said uses it up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ...errors import Loss, Losses, OptionError, UnsupportedError
from ...extents import (
    LONG,
    TERM,
    After,
    after,
    begins,
    continues,
    is_argument,
    is_exponent,
    is_leibniz,
    is_one_side,
    is_op,
    is_plain,
    is_product,
    is_run,
    is_short,
    is_side,
    is_sum_around,
    size,
    split_cells,
)
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
from ...numerals import CASES, Gender, Numbers, from_roman, numbers, whole
from ...numerals import suffix as ordinal_suffix
from ...phrases import NaturalPhrases, language_of, natural, natural_words
from ...source import Span
from ...structure import BARS, BEFORE_OPERAND, FUNCTION_LETTERS, differential_sign, outer_class, pairs
from ...units import Quantity, quantity
from .said import Role, Spoken, Voice, fill
from .units import unit_words

LETTERS: Final = ("plain", "nato")
NUMBERS: Final = ("words", "digits")

_PRIME: Final = Sym("′")
_TO: Final = Text("to")
_BRACES: Final = frozenset({"overbrace", "underbrace", "overbracket", "underbracket", "overparen", "underparen"})
_QUANTIFIERS: Final = (Sym("∀"), Sym("∃"))
_AROUND: Final = {"|": "absolute", "‖": "norm", "⌊": "floor", "⌈": "ceiling"}
_LIMITS: Final = frozenset({"lim"})
_MATRICES: Final = {"()": "matrix", "[]": "bracket_matrix", "||": "determinant"}
_BAR: Final = Sym("|")
_COMMA: Final = Sym(",", "punct")
_EQUALS: Final = Sym("=", "rel")
_MINUS: Final = Sym("−", "bin")
_ANY: Final = Row((Ident("i"),))
"""What may follow a row whose end is not heard."""
_MAX_INSIDE: Final = 20
"""How deep absolute values nest before only their bars are said."""


def phrases(node: Node, voice: Voice, losses: Losses) -> list[Spoken]:
    """The phrases in order, each with the span of what it speaks."""
    if voice.letters not in LETTERS:
        raise OptionError(f"letters is one of {', '.join(LETTERS)}, not {voice.letters!r}")
    if voice.numbers not in ("", *NUMBERS):
        raise OptionError(f"numbers is one of {', '.join(NUMBERS)}, not {voice.numbers!r}")
    speaker = _Speaker(natural(language_of(voice.language)), voice, losses)
    try:
        node = normal(node)
        if isinstance(node, Table):
            speaker.table(node, "array", whole=True)
        else:
            speaker.row(node)
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
        self.numbers: Numbers = numbers(voice.language, voice.numbers)
        self.said: list[Spoken] = []
        self.case = "nom"
        self.level = 0
        """How many scripts and bounds stand around; there people are brief."""
        self.inside = 0
        """How many bars and the like stand around."""
        self.closed: Counter[str] = Counter()
        """How many constructs of each kind stand around whose end is said."""

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
        slots = self.templates[template]
        fill(self, slots, span, parts, self.row)
        if slots and slots[-1].words and (parts or template.startswith("end_")):
            self.said[-1] = self.said[-1]._replace(role="end")

    # Rows

    def row(self, node: Node, last: After = "end", bare: bool = True) -> None:
        """Things side by side; `last` is what follows, `bare` says whether "over" may say a fraction here."""
        items = node.items if isinstance(node, Row) else (node,)
        _Walk(self, items, last, bare).run()

    def ended(self, kind: str, template: str, span: Span | None, **parts: str | Node | Callable[[], None]) -> None:
        """A template that says its end; `kind` names those that would be taken for its inner parts."""
        self.closed[kind] += 1
        self.tell(template, span, **parts)
        self.closed[kind] -= 1

    def group(self, node: Node) -> None:
        """Something that other words are about to follow, as one thing."""
        if is_plain(node) or isinstance(node, Sym | Operator):
            self.leaf(node)
        else:
            self.tell("group", node.span, x=node)

    # Leaves

    def leaf(self, node: Node) -> None:
        """One node that stands alone, whatever it is."""
        match node:
            case Num():
                self.number(node)
            case Ident():
                self.identifier(node)
            case Sym(text, cls, font):
                self.font(font, text, node.span)
                self.symbol(text, node.span, "relation" if cls == "rel" else "stop" if cls == "punct" else "")
            case Operator(name):
                if name in self.words.leaves:
                    self.symbol(name, node.span)
                else:
                    self.tell("operator", node.span, x=name)
            case Text(text, font):
                self.font(font, text, node.span)
                if from_roman(text) is not None:
                    self.roman(text, node.span)
                elif text in self.words.prose:
                    self.say(text, node.span)
                else:
                    self.tell("long_text" if " " in text else "text", node.span, x=text)
            case Unknown(text):
                self.losses.append(Loss(text, "kept word for word", node.span))
                self.say(text, node.span)
            case _:
                self.row(node)

    def number(self, node: Num, gender: Gender | None = None) -> None:
        """A number, in the gender of what it counts."""
        self.font(node.font, node.text, node.span)
        # People decline nought after "equals", and leave other numbers as they are.
        case = ("dat" if node.text == "0" else "nom") if self.case == "zero" else self.case
        self.case = "nom"
        self.said.append(Spoken(self.numbers.spoken(node.text, case, gender), node.span))

    def font(self, font: str, text: str, span: Span | None) -> None:
        if font and (words := self.words.font(font, text)):
            self.said.append(Spoken(words, span))

    def symbol(self, text: str, span: Span | None, role: Role = "") -> None:
        self.say(self.words.leaves.get(text, text), span, role)
        self.case = self.words.governs.get(text, "nom")

    def identifier(self, node: Ident) -> None:
        text, font, span = node.text, node.font, node.span
        if len(text) > 1:
            if font == "rm" and from_roman(text) is not None:
                self.roman(text, span)
            else:
                self.font(font or "it", text, span)
                self.say(text, span)
            return
        self.font(font, text, span)
        name = self.letter(text)
        self.say(name, span, "letter" if len(name) == 1 else "")

    def roman(self, text: str, span: Span | None) -> None:
        """A Roman numeral by its value."""
        self.tell("roman", span, x=Num(str(from_roman(text)), span=span))

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

    def scripts(self, base: Node, sub: Node | None, sup: Node | None, following: Node | None) -> None:
        """Both scripts of a base; `following` is the item after them, where an index could go on with it."""
        self.level += 1
        if sub is not None:
            self.sub(sub, following if sup is None else None)
        if sup is not None:
            self.sup(base, sup)
        self.level -= 1

    def sub(self, node: Node, following: Node | None) -> None:
        items = items_of(node)
        if self.closed["sub"] or (following is not None and continues(items[-1], following)):
            short = False
        else:
            short = is_run(node) or _signed(node) is not None or (_is_name(node) and node != _MINUS)
        if not self.closed["sub"] and (name := self.plain_name(node)):
            self.tell("sub", node.span, x=name)
        elif short:
            self.tell("sub", node.span, x=node)
        else:
            self.ended("sub", "long_sub", node.span, x=node)

    def plain_name(self, node: Node) -> str:
        """The upright word of an index that means nothing else and is said as it is, "x sub eff"; empty for others."""
        match node:
            case Ident(text, "rm") | Operator(text) if len(text) > 1 and text.isascii() and text.isalpha():
                means = text.lower() in natural_words(language_of(self.voice.language)) or from_roman(text) is not None
                return "" if means else text
            case _:
                return ""

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
            case Num(text, "") if text != "1" and (ordinal := self.numbers.ordinal(text, "gen")):
                self.tell("to_the_nth", node.span, n=ordinal)
            case Sym("∗", _, ""):
                self.tell("star", node.span)
            case Sym("∘", _, ""):
                self.tell("degrees", node.span)
            case Ident("T", "") if _is_matrix(base):
                self.tell("transpose", node.span)
            case Num() if not self.closed["power"]:
                self.tell("power", node.span, x=node)
            case Ident(text) if len(text) == 1 and not (self.closed["power"] and self.words.one_power):
                self.tell("to_the", node.span, x=node)
            case _:
                self.long_sup(base, node)

    def long_sup(self, base: Node, node: Node) -> None:
        signed = _signed(node)
        if signed == Num("1") and (_is_function(base) or _is_matrix(base)):
            self.tell("inverse", node.span)
        elif isinstance(signed, Num) and (ordinal := self.numbers.ordinal(signed.text, "gen")) and self._declines():
            self.tell("to_the_minus_nth", node.span, x=ordinal)
        elif signed is not None and not (self.closed["power"] and self.words.one_power):
            self.tell("to_the", node.span, x=node)
        elif is_exponent(node):
            self.ended("power", "long_power", node.span, x=node)
        elif not self.closed["superscript"] and (_is_name(node) or _is_bracketed(node)):
            self.tell("superscript", node.span, x=node)
        else:
            self.ended("superscript", "long_superscript", node.span, x=node)

    def _declines(self) -> bool:
        return any(slot.words.endswith("минус") for slot in self.templates["to_the_minus_nth"])

    def is_over(self, node: Frac) -> bool:
        """Whether this is a fraction that "over" says where it may."""
        return is_short(node) and self.small_fraction(node) is None and not is_leibniz(node.num, node.den)

    def small_fraction(self, node: Frac) -> str | None:
        """Two thirds."""
        if not node.bar or not isinstance(node.num, Num) or not isinstance(node.den, Num):
            return None
        if not node.num.font and not node.den.font:
            return self.numbers.fraction(node.num.text, node.den.text, "nom" if self.case == "zero" else self.case)
        return None

    # Tables

    def table(self, node: Table, opening: str, whole: bool = False) -> None:
        """A table with the words of a template before it; `whole` says that nothing stands around it."""
        span = node.span
        if node.kind == "gathered":
            if not whole:
                self.tell("lines", span)
            for number, cells in enumerate(node.rows):
                if number:
                    self.tell("next_line", span)
                self.cells(cells, span)
            if not whole:
                self.tell("end_lines", span)
            return
        self.tell("diagram" if node.kind == "cd" else opening, span, **_shape(node, self.numbers))
        for number, cells in enumerate(node.rows, 1):
            ordinal = self.numbers.ordinal(str(number), "nom")
            self.tell("row_number", span, n=ordinal or self.numbers.spoken(str(number), "nom"))
            self.cells(cells, span)
        self.tell("end_diagram" if node.kind == "cd" else f"end_{opening}", span)

    def cases(self, node: Table) -> None:
        self.tell("cases", node.span)
        for number, cells in enumerate(node.rows):
            if number:
                self.tell("next_case", node.span)
            self.cells(cells, node.span)
        self.tell("end_cases", node.span)

    def cells(self, cells: Sequence[Node], span: Span | None) -> None:
        """The cells of a row with commas between them; where they have commas of their own, with "next column"."""
        commas = split_cells(_with_commas(cells)) == [list(items_of(cell)) for cell in cells]
        for column, cell in enumerate(cells):
            if column and commas:
                self.say(self.words.leaves[","], span, "stop")
            elif column:
                self.tell("next_column", span)
            self.row(cell)
        if len(cells) == 1 and not commas:
            self.tell("next_column", span)


class _Walk:
    """One row being said: where it stands, and which brackets face each other."""

    def __init__(self, speaker: _Speaker, items: tuple[Node, ...], last: After, bare: bool) -> None:
        self.speaker = speaker
        self.items = items
        self.last: After = last
        self.bare = bare
        self._partners: dict[int, int] | None = None

    def run(self) -> None:
        at = 0
        while at < len(self.items):
            at = self.step(at)

    def step(self, at: int) -> int:
        """Says the item at a place; the place after what was said."""
        item = self.items[at]
        speaker = self.speaker
        if isinstance(item, Num | Script | Frac | Sym):
            if (end := self.range(at)) is not None:
                return end
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
                speaker.table(item, "array")
            case Stack():
                self.stack(item)
            case Enclosed(body, kind):
                speaker.tell("crossed" if "cancel" in kind or kind == "strike" else "boxed", item.span, x=body)
            case Row():
                speaker.tell("group", item.span, x=item) if item.items else None
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

    def range(self, at: int) -> int | None:
        """Two numbers or quantities with the word "to" between them, as siunitx sets a range."""
        middle = self.number_end(at)
        if middle is None or self.items[middle : middle + 1] != (_TO,):
            return None
        end = self.number_end(middle + 1) if middle + 1 < len(self.items) else None
        if end is None:
            return None
        low, high = row(self.items[at:middle]), row(self.items[middle + 1 : end])
        self.speaker.tell("range", self.items[middle].span, low=low, high=high)
        return end

    def number_end(self, at: int) -> int | None:
        """Where the number or quantity ends that starts here."""
        if (found := quantity(self.items, at)) is not None:
            return found.end
        return at + 1 if isinstance(self.items[at], Num) else None

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

    def ends(self, at: int) -> bool:
        """Whether a listener knows that a term, and a sum, ends before this place."""
        return after(self.items, at, self.last) == "end"

    def following(self, at: int) -> Node | None:
        """The item at a place; at the end of a row that goes on unheard, a letter."""
        if at < len(self.items):
            return self.items[at]
        return None if self.last else _ANY

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
            elif item.text == "{" and at + 1 < len(self.items):
                table = self.items[at + 1]
                if isinstance(table, Table) and table.kind == "matrix":
                    speaker.cases(table)
                    return at + 2
        following = self.items[at + 1 : at + 3]
        if item.text == "." and following == (item, item):
            speaker.tell("dots", item.span)
            return at + 3
        if item.text == "/" and following[:1] == (item,):
            speaker.say(speaker.words.leaves["∥"], item.span, "relation")
            return at + 2
        brief = speaker.level > 0 or self.is_quantified(at)
        words = (speaker.words.brief if brief else speaker.words.between).get(item.text)
        if item.text == "×" and any(isinstance(factor, Num) for factor in self.items[max(at - 1, 0) : at + 2]):
            words = None
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
            case (Table("matrix") as table,), Sym(closing_text) if opening.text + closing_text in _MATRICES:
                speaker.table(table, _MATRICES[opening.text + closing_text])
                return end + 1
            case (Frac(bar=False) as pair,), Sym(")") if opening.text == "(":
                speaker.tell("choose", pair.span, n=lambda: speaker.group(pair.num), k=lambda: speaker.group(pair.den))
                return end + 1
            case (Operator("mod"), *_), Sym(")") if opening.text == "(" and end > at + 2:
                inside = row(self.items[at + 2 : end])
                if size(inside) <= TERM and self.ends(end + 1):
                    speaker.tell("modulo", span, x=lambda: speaker.row(inside, "end"))
                    return end + 1
        around, start, stop = _AROUND.get(opening.text), at + 1, end
        if opening.text == "|" and self.items[start] == opening and self.partners().get(start) == end - 1:
            # Two bars at each side, as people type a norm.
            around, start, stop = "norm", start + 1, end - 1
        if around is None or end == at + 1 or speaker.inside == _MAX_INSIDE:
            return 0
        speaker.inside += 1
        inside = row(self.items[start:stop])
        if size(inside) <= TERM and self.ends(end + 1) and isinstance(closing, Sym) and not speaker.closed[around]:
            speaker.tell(around, span, x=inside)
        else:
            speaker.ended(around, around, span, x=inside)
            speaker.tell(f"end_{around}", span)
        speaker.inside -= 1
        if isinstance(closing, Script):
            self.scripts(end, closing)
        return end + 1

    # Functions

    def argument(self, at: int, item: Node) -> int:
        """What follows a function in parentheses, as "of x": the place after it."""
        speaker = self.speaker
        if at + 1 == len(self.items) or not _is_paren(self.items[at + 1]) or speaker.level:
            return at + 1
        end = self.partners().get(at + 1)
        if end is None or end - at > 2 * LONG or isinstance(self.items[end], Script):
            return at + 1
        inside = self.items[at + 2 : end]
        if _is_function(item) and isinstance(_base(item), Operator):
            if not (is_product(row(inside)) and self.ends_argument(end + 1)):
                return at + 1
        elif not (_is_letter(item) and self.is_list(inside, end + 1)):
            return at + 1
        speaker.tell("of", self.items[at + 1].span)
        if len(inside) == 3 and inside[1] == _BAR:
            speaker.tell("given", inside[1].span, x=inside[0], y=inside[2])
        else:
            speaker.row(row(inside), after(self.items, end + 1, self.last))
        return end + 1

    def ends_argument(self, at: int) -> bool:
        """Whether the argument of a function ends before this place: more of a product would be part of it."""
        if at < len(self.items) and (is_op(_base(self.items[at])) or differential_sign(self.items[at]) == "d"):
            return True
        return bool(after(self.items, at, self.last))

    def is_list(self, inside: tuple[Node, ...], end: int) -> bool:
        """Whether "of" and the arguments say it all: nothing that follows would be one more of them."""
        if not inside or len(inside) % 2 == 0 or not all(map(is_argument, inside[::2])):
            return False
        if not (all(item == _COMMA for item in inside[1::2]) or (len(inside) == 3 and inside[1] == _BAR)):
            return False
        if len(inside) > 1 and not after(self.items, end, self.last):
            return False
        following = self.following(end)
        if following is None:
            return True
        return following not in (_COMMA, _BAR) and not (
            continues(_base(inside[-1]), following) or (isinstance(following, Num) and end < len(self.items))
        )

    # Scripts

    def script(self, at: int, item: Script) -> int:
        speaker, base = self.speaker, item.base
        if (ordinal := self.suffixed(item)) is not None:
            speaker.case = "nom"
            speaker.say(ordinal, item.span)
            return at + 1
        if isinstance(base, Sym | Operator) and (name := _name(base)) in speaker.words.bigs:
            self.big(at, base, item.sub, item.sup)
            return at + 1 if name in speaker.words.bigs else self.argument(at, item)
        if isinstance(base, Accent) and base.mark in _BRACES:
            self.brace(at, base, item)
            return at + 1
        if base == _BAR and at and item.sub is not None and item.sup is None and self.is_value(at, item.sub):
            speaker.level += 1
            speaker.tell("evaluated", item.span, x=item.sub)
            speaker.level -= 1
            return at + 1
        if base == Operator("log") and item.sub is not None and item.sup is None and is_plain(item.sub):
            speaker.leaf(base)
            speaker.tell("base", item.span, low=item.sub)
            return self.argument(at, item)
        if base == EMPTY:
            speaker.tell("empty", item.span)
        elif isinstance(base, Accent):
            self.accent(at, base)
        elif isinstance(base, Ident | Sym | Num | Operator | Text | Unknown):
            speaker.leaf(base)
        else:
            speaker.tell("group", base.span, x=base)
        self.scripts(at, item)
        return self.argument(at, item)

    def suffixed(self, item: Script) -> str | None:
        """The ordinal that is written ``1^{st}`` or ``n^{th}``."""
        match item:
            case Script(Num(text), None, sup) if sup is not None and (value := whole(text)) is not None:
                suffix = ordinal_suffix(value)
            case Script(Ident(text), None, sup) if sup is not None and len(text) == 1:
                suffix = "th"
            case _:
                return None
        # Upright "th" is the hyperbolic tangent to the normal form.
        parts = [Ident(part.name) if isinstance(part, Operator) else part for part in items_of(sup)]
        if "".join(part.text for part in parts if isinstance(part, Ident | Text)) != suffix:
            return None
        return self.speaker.numbers.ordinal(text, "nom", "m")

    def scripts(self, at: int, item: Script) -> None:
        self.speaker.scripts(item.base, item.sub, item.sup, self.following(at + 1))

    def is_value(self, at: int, sub: Node) -> bool:
        """Whether "evaluated at" says what stands below a bar."""
        items = items_of(sub)
        if len(items) == 1:
            return is_plain(sub) and self.following(at + 1) != _EQUALS
        return len(items) == 3 and items[1] == _EQUALS and is_plain(items[0]) and is_plain(items[2])

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
        name = _name(base)
        what = speaker.words.bigs[name]
        if sub is not None:
            speaker.level += 1
            self.bounds(name, what, sub, sup, span)
            speaker.level -= 1
        elif sup is None and at + 1 < len(self.items) and isinstance(base, Sym) and self.is_prefix(at):
            speaker.tell("what_of", span, what=what)
        else:
            speaker.say(speaker.words.leaves[name], span)
            speaker.scripts(base, sub, sup, self.following(at + 1))

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
            speaker.tell("column", span, num=num, den=den)
        elif (words := speaker.small_fraction(node)) is not None:
            speaker.case = "nom"
            speaker.say(words, span)
        elif self.is_derivative(at, node):
            speaker.tell(
                "derivative", span, num=num, den=lambda: speaker.row(den, after(self.items, at + 1, self.last))
            )
        elif self.is_over(at, node):
            last = after(self.items, at + 1, self.last)
            speaker.tell("over", span, num=lambda: speaker.row(num, ""), den=lambda: speaker.row(den, last))
        elif self.is_all_over(at, node):
            speaker.tell("all_over", span, num=num, den=den)
        else:
            speaker.tell("fraction", span, num=lambda: speaker.row(num, bare=False), den=den)

    def is_derivative(self, at: int, node: Frac) -> bool:
        """Whether "by" says a derivative, and no differential follows that would be part of it."""
        following = self.following(at + 1)
        return is_leibniz(node.num, node.den) and (following is None or not differential_sign(following))

    def is_over(self, at: int, node: Frac) -> bool:
        """Whether "over" alone says a fraction where it stands."""
        return (
            self.bare
            and is_short(node)
            and begins(self.items, at)
            and bool(after(self.items, at + 1, self.last))
            and not is_sum_around(self.items, at, self.speaker.is_over)
        )

    def is_all_over(self, at: int, node: Frac) -> bool:
        """Whether a fraction is all of one side, and "all over" says it."""
        return (
            self.bare
            and size(node.den) <= TERM
            and self.ends(at + 1)
            and is_side(self.items, at)
            and is_one_side(node.num)
        )

    def root(self, at: int, node: Root) -> None:
        speaker, x = self.speaker, node.radicand
        if size(x) <= TERM and self.ends(at + 1) and not speaker.closed["root"]:
            self.rooted(node)
        else:
            speaker.closed["root"] += 1
            self.rooted(node)
            speaker.closed["root"] -= 1
            speaker.tell("end_root", node.span)

    def rooted(self, node: Root) -> None:
        speaker, span, x = self.speaker, node.span, node.radicand
        match node.index:
            case None:
                speaker.tell("square_root", span, x=x)
            case Num("3", ""):
                speaker.tell("cube_root", span, x=x)
            case Num(text, "") | Ident(text, "") if ordinal := speaker.numbers.ordinal(text, "gen"):
                speaker.tell("nth_root", span, n=ordinal, x=x)
            case index:
                speaker.tell("index_root", span, n=index, x=x)

    # Marks

    def accent(self, at: int, node: Accent) -> None:
        speaker, base, span = self.speaker, node.base, node.span
        if node.mark in ("vec", "overrightarrow") and self.is_vector(at, base):
            speaker.tell("vector", span, x=base)
            return
        speaker.group(base)
        if node.mark == "dot" and (after(self.items, at + 1, self.last) or isinstance(self.items[at], Script)):
            # Where a factor follows it would be heard as a multiplication.
            speaker.tell("dot", span)
        else:
            mark = "overrightarrow" if node.mark == "vec" else node.mark
            speaker.say(speaker.words.marks.get(mark, mark), span)

    def is_vector(self, at: int, base: Node) -> bool:
        """Whether "vector" goes before the name: a letter, or capital letters of points."""
        items = items_of(base)
        if not all(isinstance(item, Ident) and len(item.text) == 1 for item in items):
            return False
        capitals = all(_is_point(item) for item in items)
        following = None if isinstance(self.items[at], Script) else self.following(at + 1)
        return (len(items) == 1 or capitals) and not (
            capitals and following is not None and _is_point(_base(following))
        )

    def stack(self, node: Stack) -> None:
        speaker = self.speaker
        speaker.group(node.base)
        if node.over is not None:
            speaker.tell("above", node.span, x=node.over)
        if node.under is not None:
            speaker.tell("below", node.span, x=node.under)


class _Approach(NamedTuple):
    template: str
    variable: Node
    value: Node


def _signed(node: Node) -> Node | None:
    """The letter or number behind a minus sign, if that is all."""
    if isinstance(node, Row) and len(node.items) == 2 and node.items[0] == Sym("−", "bin"):
        return node.items[1] if isinstance(node.items[1], Num | Ident) else None
    return None


def _name(node: Sym | Operator) -> str:
    return node.text if isinstance(node, Sym) else node.name


def _base(node: Node) -> Node:
    """What scripts and marks stand at."""
    while isinstance(node, Script | Accent):
        node = node.base
    return node


def _is_name(node: Node) -> bool:
    """One symbol or word that needs no words to end it."""
    return isinstance(node, Sym | Operator) or (isinstance(node, Ident) and len(node.text) > 1)


def _is_point(node: Node) -> bool:
    return isinstance(node, Ident) and len(node.text) == 1 and node.text.isupper()


def _with_commas(cells: Sequence[Node]) -> list[Node]:
    joined: list[Node] = []
    for number, cell in enumerate(cells):
        joined += [_COMMA] if number else []
        joined += items_of(cell)
    return joined


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


def _is_bracketed(node: Node) -> bool:
    """Parentheses around the whole."""
    return isinstance(node, Row) and _is_paren(node.items[0]) and pairs(node.items).get(0) == len(node.items) - 1


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
    if len(items) < 3 or items[1] != _EQUALS:
        return None
    return items[0], row(items[2:])


def _shape(node: Table, numbers: Numbers) -> dict[str, str]:
    if node.kind != "matrix":
        return {}
    columns = max(map(len, node.rows), default=0)
    return {
        "rows": numbers.spoken(str(len(node.rows)), "nom"),
        "columns": numbers.spoken(str(columns), "nom"),
    }
