"""MathSpeak: what is written, sign by sign, so that a listener can write it down again.

The standard came from Nemeth's braille code. Little of it depends on the meaning of a formula: which minus is the sign
of a number, which bars stand around an absolute value, which braces around a set. Scripts say where they begin
("Superscript"), and where the line goes on after them ("Baseline").

What is said is the tree as it was read, since the normal form no longer tells ``{x_a}^b`` from ``x_a^b``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias, assert_never, get_args

from ...errors import Loss, Losses, OptionError, UnsupportedError
from ...nodes import (
    EMPTY,
    Accent,
    Enclosed,
    Fence,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Stack,
    Styled,
    Sym,
    Table,
    Text,
    Unknown,
    children,
    row,
)
from ...source import Span
from ...structure import BARS, BEFORE_OPERAND, DOTS, outer_class, pairs
from .mathspeak_phrases import Construct, MathSpeakPhrases, Verbosity, mathspeak
from .said import Role, Spoken, Voice

_Level: TypeAlias = Literal["subscript", "superscript"]
_Part: TypeAlias = tuple[_Level, Node]

_INSIDE: Final[dict[_Level, Construct]] = {"subscript": "in_subscript", "superscript": "in_superscript"}
_INVISIBLE: Final = frozenset({"phantom", "hphantom", "vphantom"})
_LAYOUT: Final = frozenset({"smash", "llap", "rlap", "clap", "raise"})
_CROSSED: Final = frozenset({"cancel", "bcancel", "xcancel", "strike"})
_LINES: Final = frozenset({"gathered", "lines", "substack"})
_MINUS: Final = frozenset("−-")
_PRIMES: Final = {"′": 1, "″": 2, "‴": 3, "⁗": 4, "'": 1, "ʹ": 1, "ʺ": 2}
_INTEGRALS: Final = frozenset("∫∬∭⨌∮∯∰∱∲∳")
_BRACES: Final = frozenset({"overbrace", "underbrace", "overbracket", "underbracket", "overparen", "underparen"})
_POWERS: Final[dict[str, Construct]] = {"2": "squared", "3": "cubed"}
_ON_LETTERS: Final[dict[str, Construct]] = {
    "bar": "overbar", "overline": "overbar", "tilde": "overtilde", "widetilde": "overtilde",
    "underline": "underbar", "utilde": "undertilde",
}  # fmt: skip
_AROUND: Final[dict[str, tuple[Construct, Construct]]] = {
    "|": ("absolute", "end_absolute"), "¦": ("absolute", "end_absolute"), "｜": ("absolute", "end_absolute"),
    "‖": ("metric", "end_metric"), "⦀": ("metric", "end_metric"), "∥": ("metric", "end_metric"),
    "⫴": ("metric", "end_metric"),
}  # fmt: skip
_ENDING: Final = frozenset({"bin", "rel", "punct", "close"})
_CONDITIONS: Final = frozenset("|∣:")
_ROMAN: Final = re.compile(r"(?=..)(?:X{0,3}(?:IX|IV|V?I{0,3}))")
_CIRCLE: Final = Sym("∘", "bin")
_TOKEN: Final = (Num, Ident, Sym)
_IN_TEXT: Final = re.compile(r"\d+(?:[.,]\d+)*(?!\w)|\w+(?:[-'’]\w+)*|\S")


def phrases(node: Node, voice: Voice, losses: Losses) -> list[Spoken]:
    """The phrases in order, each with the span of what it speaks."""
    if voice.language != "en":
        raise OptionError(f"MathSpeak is English, not {voice.language!r}")
    verbosity = voice.verbosity or "verbose"
    if verbosity not in get_args(Verbosity):
        raise OptionError(f"verbosity is one of {', '.join(get_args(Verbosity))}, not {verbosity!r}")
    speaker = _Speaker(mathspeak(verbosity), losses)
    try:
        speaker.formula(node)
    except RecursionError:
        raise UnsupportedError("the formula is nested too deep to be spoken") from None
    return speaker.said


class _Speaker:
    """Collects the phrases of one formula."""

    def __init__(self, words: MathSpeakPhrases, losses: Losses) -> None:
        self.words = words
        self.losses = losses
        self.said: list[Spoken] = []
        self.levels: tuple[_Level, ...] = ()
        """The scripts that stand around, the outermost first."""
        self.goes_on = False
        """Whether around the limits and the cells of a table stands something that closes after them."""
        self.in_fraction = False
        self.footnotes = False
        """Whether all is text, so that numbers above it are no powers."""
        self.labelled = False
        """Whether one letter stands alone in a script: upright it is a label, and nothing to be told about."""
        self._depths: dict[tuple[int, type], int] = {}

    def formula(self, node: Node) -> None:
        """The whole."""
        items = tuple(_flat(node))
        self.footnotes = bool(items) and all(
            isinstance(item.base if isinstance(item, Script) else item, Text) for item in items
        )
        self.goes_on = any(isinstance(item, Sym) and (item.cls == "punct" or item.text == ".") for item in items)
        self.row(items, last=True)

    # Words

    def say(self, text: str, span: Span | None, role: Role = "") -> None:
        self.said.append(Spoken(text, span, role))

    def tell(self, key: Construct, span: Span | None, depth: int = 1) -> None:
        """The words of a construct."""
        self.said.append(Spoken(self.words.construct(key, depth), span, "end" if key.startswith("end_") else ""))

    def symbol(self, text: str, span: Span | None, role: Role = "") -> None:
        self.say(self.words.leaves.get(text, text), span, role)

    def font(self, font: str, span: Span | None) -> None:
        if font:
            self.say(self.words.fonts[font], span)

    # Rows

    def row(self, node: Node | tuple[Node, ...], last: bool) -> None:
        """Things side by side; `last` says that no word follows from which a listener knows that a script has ended."""
        items = node if isinstance(node, tuple) else tuple(_flat(node))
        _Walk(self, _fenced(items), last).run()

    def inside(self, node: Node | tuple[Node, ...]) -> None:
        """A row after which the construct around it ends in words."""
        outer, self.goes_on = self.goes_on, True
        self.row(node, last=False)
        self.goes_on = outer

    # Leaves

    def number(self, node: Num) -> None:
        """A number in digits, sign by sign where there are letters in it."""
        span = node.span
        self.font(node.font, span)
        if not any(char.isalpha() for char in node.text):
            self.say(node.text, span)
            return
        self.tell("number", span)
        for char in node.text:
            if char.isalnum():
                self.say(char, span)
            else:
                self.symbol(char, span)

    def identifier(self, node: Ident) -> None:
        text, font, span = node.text, node.font, node.span
        if len(text) == 1:
            if font != "it" and (font != "rm" or (text.isalpha() and not self.labelled)):
                self.font(font, span)
            self.letter(text, span)
            return
        self.font("" if font == "rm" else font, span)
        if text in self.words.leaves:
            self.symbol(text, span)
        elif font == "rm" and _ROMAN.fullmatch(text):
            self.tell("upper_word", span)
            self.say(" ".join(text), span)
        elif text.isascii() and text.isalpha() and text.islower():
            self.say(text, span)
        else:
            self.spelled(text, span)

    def spelled(self, text: str, span: Span | None) -> None:
        """Sign by sign; digits together where there are no letters among them."""
        together = not any(char.isalpha() for char in text)
        for part in re.findall(r"[0-9]+|\S" if together else r"\S", text):
            if part in _PRIMES:
                self.primes(_PRIMES[part], span)
            else:
                self.letter(part, span)

    def letter(self, char: str, span: Span | None) -> None:
        name = self.words.leaves.get(char, char)
        if len(char) == 1 and name == char and char.isupper():
            name = f"{self.words.construct('upper')} {char}"
        self.say(name, span, "letter" if len(name) == 1 else "")

    def text(self, node: Text) -> None:
        """Words as they stand; signs between them by their names."""
        self.font(node.font, node.span)
        for part in _IN_TEXT.findall(node.text):
            if part == "!":
                self.tell("exclamation", node.span)
            elif len(part) == 1:
                self.letter(part, node.span)
            else:
                self.say(part, node.span)

    def sign(self, node: Sym) -> None:
        """A symbol, whatever stands around it. Symbols are bold, but not italic."""
        self.font("bf" if node.font else "", node.span)
        if node.text in _MINUS:
            self.tell("minus", node.span)
        elif node.text in _PRIMES:
            self.primes(_PRIMES[node.text], node.span)
        else:
            self.symbol(
                node.text, node.span, "relation" if node.cls == "rel" else "stop" if node.cls == "punct" else ""
            )

    def primes(self, count: int, span: Span | None) -> None:
        names = self.words.primes
        if count <= len(names):
            self.say(names[count - 1], span)
        else:
            self.say(f"{self.words.numbers.cardinal(count)} {names[0]}", span)

    # Scripts

    def level(self, kind: _Level, span: Span | None) -> None:
        """Where a script begins: "Super Subscript"."""
        for outer in self.levels:
            self.tell(_INSIDE[outer], span)
        self.tell(kind, span)

    def baseline(self, span: Span | None) -> None:
        """Where the line goes on, which may itself be a script."""
        if not self.levels:
            self.tell("baseline", span)
            return
        for outer in self.levels[:-1]:
            self.tell(_INSIDE[outer], span)
        self.tell(self.levels[-1], span)

    def script(self, kind: _Level, node: Node) -> None:
        items = tuple(_flat(node))
        outer = self.levels
        if not (items and isinstance(items[0], Script) and items[0].base == EMPTY):
            # A script of nothing at its beginning says itself where it stands.
            self.level(kind, node.span)
        self.levels = (*outer, kind)
        self.labelled = len(items) == 1
        count, rest = _leading_primes(node)
        if count and rest is None:
            self.primes(count, node.span)
        elif len(items) == 1 and isinstance(items[0], Operator):
            # "th" below a letter is a name and no function.
            self.say(items[0].name, node.span)
        else:
            self.row(items, last=True)
        self.labelled = False
        self.levels = outer

    def limits(self, under: Node | None, over: Node | None, below: int, above: int, span: Span | None) -> None:
        """What stands under and over something, counted, without the words that end it."""
        if under is not None:
            self.tell("underscript", span, below)
            self.row(under, last=over is None and not self.goes_on)
        if over is not None:
            self.tell("overscript", span, above)
            self.row(over, last=not self.goes_on)

    def stack(self, node: Stack) -> None:
        """Under and over; several times around what is no operator they are counted."""
        part = node.over if node.under is None else node.under if node.over is None else None
        if part is not None and isinstance(node.base, Enclosed) and node.base.kind in _CROSSED:
            self.crossed(node.base, part)
        elif any(self.stacked(node)):
            self.tell("endscripts", node.span)

    def stacked(self, node: Node) -> tuple[int, int]:
        """A base and the scripts under and over it, the innermost first; how many have not been ended."""
        if not isinstance(node, Stack):
            self.inside(node)
            return 0, 0
        if (mark := _sign_around(node)) is not None:
            self.modified(
                "below" if node.over is None else "above", node.base, isinstance(node.base, Accent), node.span
            )
            self.sign(mark)
            return 0, 0
        below, above = self.stacked(node.base)
        if below + above and _is_limit(node.base):
            self.tell("endscripts", node.span)
            below = above = 0
        below, above = below + (node.under is not None), above + (node.over is not None)
        self.limits(node.under, node.over, below, above, node.span)
        return below, above

    def modified(self, place: Literal["above", "below"], base: Node, again: bool, span: Span | None) -> None:
        """A base and the word before the mark over or under it."""
        if place == "above":
            self.tell("modify_above_again" if again else "modify_above", span)
        else:
            self.tell("modify_below_again" if again else "modify_below", span)
        self.inside(base)
        self.tell("with", span)

    def accent(self, node: Accent) -> None:
        base, mark, span = node.base, node.mark, node.span
        if mark in _ON_LETTERS and _is_letter(base):
            self.inside(base)
            self.tell(_ON_LETTERS[mark], span)
            return
        under = _is_under(mark)
        again = isinstance(base, Accent) and _is_under(base.mark) == under
        self.modified("below" if under else "above", base, again, span)
        self.say(self.words.marks.get(mark, mark), span)

    # Fractions and roots

    def fraction(self, node: Frac) -> None:
        if not node.bar:
            self.lines(((node.num,), (node.den,)), node.span)
            return
        words = self.vulgar(node)
        if words is not None:
            self.say(words, node.span)
            return
        span = node.span
        if _trails_off(node.den):
            self.continued(node)
            return
        depth = self.depth(node, Frac)
        outer, self.in_fraction = self.in_fraction, True
        self.tell("fraction", span, depth)
        self.inside(node.num)
        self.tell("over", span, depth)
        self.inside(node.den)
        self.tell("end_fraction", span, depth)
        self.in_fraction = outer

    def continued(self, node: Frac) -> None:
        """A fraction that ends in dots has no end."""
        outer, self.in_fraction = self.in_fraction, True
        self.tell("fraction" if outer else "continued", node.span)
        self.inside(node.num)
        self.tell("over", node.span)
        self.inside(node.den)
        self.in_fraction = outer

    def vulgar(self, node: Node) -> str | None:
        """A fraction of small numbers in words."""
        match node:
            case Frac(Num(num, ""), Num(den, ""), True):
                return self.words.numbers.fraction(num, den)
            case _:
                return None

    def root(self, node: Root) -> None:
        depth, span = self.depth(node, Root), node.span
        if node.index is not None:
            self.tell("index", span, depth)
            self.inside(node.index)
        self.tell("root", span, depth)
        self.inside(node.radicand)
        self.tell("end_root", span, depth)

    def depth(self, node: Node, kind: type[Frac] | type[Root]) -> int:
        """How many fractions or roots stand in each other, down from a node, outside scripts and tables."""
        known = self._depths.get((id(node), kind))
        if known is None:
            inner = max((self.depth(part, kind) for part in _deeper(node, kind)), default=0)
            counts = isinstance(node, kind) and not (isinstance(node, Frac) and (not node.bar or self.vulgar(node)))
            known = self._depths[id(node), kind] = inner + counts
        return known

    # Tables and what stands around them

    def fence(self, node: Fence, applied: bool, last: bool) -> None:
        """A pair of delimiters; `applied` says that it is the argument of a function."""
        body = tuple(_flat(node.body))
        opening, closing, span = node.open, node.close, node.span
        inner = body[0] if len(body) == 1 else None
        if isinstance(inner, Table):
            self.table(inner, opening, closing)
        elif isinstance(inner, Frac) and not inner.bar and (opening, closing) == ("(", ")"):
            self.binomial(inner.num, inner.den, span)
        elif opening == closing and opening in _AROUND:
            begins, ends = _AROUND[opening]
            self.tell(begins, span)
            self.inside(body)
            self.tell(ends, span)
        elif (opening, closing) == ("{", "}") and not applied and _is_set(body):
            self.set(body, span)
        else:
            if opening:
                self.symbol(opening, span)
            if closing:
                self.inside(body)
                self.symbol(closing, span)
            else:
                self.row(body, last)

    def set(self, body: tuple[Node, ...], span: Span | None) -> None:
        if not body:
            self.tell("empty_set", span)
            return
        self.tell("set", span)
        self.inside(body)
        self.tell("end_set", span)

    def binomial(self, upper: Node, lower: Node, span: Span | None) -> None:
        self.tell("binomial", span)
        self.inside(upper)
        self.tell("choose", span)
        self.inside(lower)
        self.tell("end_binomial", span)

    def table(self, node: Table, opening: str, closing: str) -> None:
        """A table between delimiters, which may be empty."""
        rows, span = node.rows, node.span
        if not (opening and closing):
            self.layout(node, opening, closing)
            return
        width = max(map(len, rows), default=0)
        if len(rows) == 2 and len(rows[0]) == len(rows[1]) == 1:
            self.binomial(rows[0][0], rows[1][0], span)
            return
        determinant = opening == closing and opening in BARS and len(rows) == width
        if words := self.words.construct("matrix"):
            self.say(words, span)
        self.say(f"{len(rows)} {self.words.construct('by')} {width}", span)
        self.tell("of_determinant" if determinant else "of_matrix", span)
        if determinant and all(isinstance(cell, Num | Ident) for cells in rows for cell in cells):
            for number, cells in enumerate(rows, 1):
                self.place(number, "row", span)
                for cell in cells:
                    self.row(cell, last=True)
        else:
            self.rows(rows, span)
        self.tell("end_determinant" if determinant else "end_matrix", span)

    def layout(self, node: Table, opening: str, closing: str) -> None:
        """A table without a delimiter on one side."""
        match node.kind:
            case "cases":
                opening = opening or "{"
            case "rcases":
                closing = closing or "}"
        self.tell("layout", node.span)
        if opening:
            self.tell("enlarged", node.span)
            self.symbol(opening, node.span)
        self.rows(node.rows, node.span)
        self.tell("end_layout", node.span)
        if closing:
            self.symbol(closing, node.span)

    def lines(self, rows: tuple[tuple[Node, ...], ...], span: Span | None) -> None:
        self.tell("layout", span)
        self.rows(rows, span)
        self.tell("end_layout", span)

    def rows(self, rows: tuple[tuple[Node, ...], ...], span: Span | None) -> None:
        columns = max(map(len, rows), default=0) > 1
        for number, cells in enumerate(rows or ((),), 1):
            self.place(number, "row", span)
            contents, labels = _unlabelled(cells)
            for label in labels:
                self.label(label)
            if not cells or (not columns and not contents[0]):
                self.tell("blank", span)
                continue
            for column, content in enumerate(contents, 1):
                if columns:
                    self.place(column, "column", span)
                if content:
                    self.row(content, last=not self.goes_on)
                else:
                    self.tell("blank", span)

    def label(self, node: Enclosed) -> None:
        self.tell("label", node.span)
        self.inside(node.body)
        if self.words.construct("end_label"):
            self.tell("end_label", node.span)

    def place(self, number: int, key: Construct, span: Span | None) -> None:
        self.say(f"{self.words.numbers.ordinal(number)} {self.words.construct(key)}", span, "stop")

    def enclosed(self, node: Enclosed) -> None:
        if node.kind == "tag":
            self.label(node)
        elif node.kind in _CROSSED:
            self.crossed(node, None)
        else:
            self.tell("enclosed", node.span)
            self.say(self.words.enclosures[node.kind], node.span)
            self.inside(node.body)
            self.tell("end_enclosed", node.span)

    def crossed(self, node: Enclosed, by: Node | None) -> None:
        """What is crossed out, and what is written in its place."""
        self.tell("crossed", node.span)
        self.inside(node.body)
        if by is not None:
            self.tell("with", node.span)
            self.inside(by)
        self.tell("end_crossed", node.span)


class _Walk:
    """One row being said."""

    def __init__(self, speaker: _Speaker, items: tuple[Node, ...], last: bool) -> None:
        self.speaker = speaker
        self.items = items
        self.last = last

    def run(self) -> None:
        for at in range(len(self.items)):
            self.item(at)

    def item(self, at: int) -> None:
        speaker, node = self.speaker, self.items[at]
        match node:
            case Num():
                self.number(at, node)
            case Ident():
                speaker.identifier(node)
            case Sym():
                self.sign(at, node)
            case Operator(name):
                self.operator(name, node)
            case Text():
                speaker.text(node)
            case Unknown(text):
                speaker.losses.append(Loss(text, "kept word for word", node.span))
                speaker.say(text, node.span)
            case Frac():
                if self.is_mixed(at - 1):
                    speaker.tell("mixed", node.span)
                speaker.fraction(node)
            case Root():
                speaker.root(node)
            case Script():
                self.scripted(at, node)
            case Stack():
                speaker.stack(node)
            case Accent():
                speaker.accent(node)
            case Fence():
                speaker.fence(node, at > 0 and _may_be_applied(self.items[at - 1]), self.is_last(at))
            case Table():
                speaker.table(node, "", "")
            case Enclosed():
                speaker.enclosed(node)
            case Row() | Space() | Styled():
                raise AssertionError("rows have been opened")
            case _:
                assert_never(node)

    def is_last(self, at: int) -> bool:
        return self.last and at + 1 == len(self.items)

    def operator(self, name: str, node: Operator) -> None:
        if name in self.speaker.words.leaves:
            self.speaker.symbol(name, node.span)
        else:
            self.speaker.identifier(Ident(name, "rm", span=node.span))

    def number(self, at: int, node: Num) -> None:
        before = self.items[at - 1] if at else None
        if isinstance(before, Ident) and len(before.text) == 1 and before.text.isalpha():
            self.speaker.baseline(node.span)
        self.speaker.number(node)

    def is_mixed(self, at: int) -> bool:
        """Whether a whole number and a fraction of numbers follow each other."""
        return (
            0 <= at < len(self.items) - 1
            and _is_whole(self.items[at])
            and isinstance(part := self.items[at + 1], Frac)
            and _is_vulgar(part)
        )

    # Signs

    def sign(self, at: int, node: Sym) -> None:
        speaker = self.speaker
        if node.text in _MINUS and self.is_prefix(at):
            speaker.font(node.font, node.span)
            speaker.tell("negative" if self.is_negative(at) else "minus", node.span)
        elif node.text == "/":
            between = 0 < at < len(self.items) - 1
            words = between and not any(self.is_one_token(at, side) for side in (at - 1, at + 1))
            speaker.tell("divided" if words else "slash", node.span)
        elif node.text == "!":
            speaker.tell("exclamation" if self.is_prefix(at) else "factorial", node.span)
        else:
            speaker.sign(node)

    def is_one_token(self, at: int, other: int) -> bool:
        """Whether a slash stands beside words or another one, or was read together with its neighbour."""
        node, beside = self.items[at], self.items[other]
        return isinstance(beside, Text) or beside == node or (node.span is not None and node.span == beside.span)

    def is_prefix(self, at: int) -> bool:
        """Whether an operand is due."""
        if at == 0:
            return True
        before = self.items[at - 1]
        return (
            isinstance(before, Operator)
            or (isinstance(before, Text) and not before.text[-1:].isalnum())
            or (isinstance(before, Sym) and (before.text == "/" or before.cls == "op"))
            or outer_class(before) in BEFORE_OPERAND
            or _is_limit(before)
        )

    def is_negative(self, at: int) -> bool:
        """Whether a minus is the sign of one number or letter, and not of a product or a power."""
        before = self.items[at - 1] if at else None
        if isinstance(before, Sym) and before.text in _MINUS and self.is_prefix(at - 1):
            return False
        after = at + 1
        if after == len(self.items) or not self.is_signed(after):
            return False
        after += 2 if self.is_mixed(after) else 1
        return after == len(self.items) or _ends_operand(self.items[after])

    def is_signed(self, at: int) -> bool:
        node = self.items[at]
        match node:
            case Num() | Ident() | Text() | Sym("∞"):
                return True
            case Frac():
                return _is_vulgar(node)
            case _:
                return False

    # Scripts

    def scripted(self, at: int, node: Script) -> None:
        """A base with its scripts, primes before the subscript, as they are written."""
        if _has_limits(node):
            self.big(node)
            return
        speaker, base = self.speaker, row(tuple(_flat(node.base)))
        sub, sup = _something(node.sub), _something(node.sup)
        count, sup = _leading_primes(sup)
        if count and sup is None and sub is None and isinstance(base, Script) and base.sup is None:
            sub, base = base.sub, base.base
        self.base(at, base)
        if count and node.sup is not None:
            speaker.primes(count, node.sup.span)
        marked = sub is not None and not self.subscript(base, sub)
        if sup is not None:
            power = None if marked else self.power(base, sup)
            if isinstance(base, Num) and sup == _CIRCLE:
                power = "degree"
            if power:
                speaker.tell(power, sup.span)
            else:
                speaker.script("superscript", sup)
            marked = marked or power is None
        if marked and not self.is_last(at) and not self.continues(at):
            speaker.baseline(node.span)

    def base(self, at: int, base: Node) -> None:
        """What has scripts, which may be nothing."""
        if isinstance(base, Fence):
            self.speaker.fence(base, at > 0 and _may_be_applied(self.items[at - 1]), last=False)
        elif isinstance(base, Sym):
            self.speaker.sign(base)
        else:
            self.speaker.inside(base)

    def subscript(self, base: Node, sub: Node) -> bool:
        """A subscript; whether it is a number that needs no word, because its base is a letter."""
        if isinstance(sub, Num) and _is_name(base):
            self.speaker.number(sub)
            return True
        self.speaker.script("subscript", sub)
        return False

    def continues(self, at: int) -> bool:
        """Whether a script of nothing follows, which stands at the same base."""
        after = self.items[at + 1] if at + 1 < len(self.items) else None
        return isinstance(after, Script) and after.base == EMPTY

    def power(self, base: Node, sup: Node) -> Construct | None:
        """Second and third powers, of what can have any."""
        if not isinstance(sup, Num) or sup.font:
            return None
        match base:
            case Sym(_, cls) if cls in ("bin", "rel", "punct", "open", "close"):
                return None
            case Script(_, sub) if sub is not None and not _is_simple(base):
                return None
            case Row(()):
                return None
            case Text() if self.speaker.footnotes:
                return None
            case _:
                return _POWERS.get(sup.text)

    def big(self, node: Script) -> None:
        """An operator with what stands under and over it."""
        speaker, base = self.speaker, node.base
        if isinstance(base, Sym) and base.text in _INTEGRALS and node.sub is not None and node.sup is not None:
            speaker.sign(base)
            speaker.script("subscript", node.sub)
            speaker.script("superscript", node.sup)
            speaker.baseline(node.span)
            return
        if isinstance(base, Operator):
            self.operator(base.name, base)
        else:
            speaker.inside(base)
        speaker.limits(node.sub, node.sup, 1, 1, node.span)
        speaker.tell("endscripts", node.span)


def _flat(node: Node) -> Iterator[Node]:
    """What is said of a node, side by side: without spaces, and without what only groups or lays out."""
    match node:
        case Row(items):
            for item in _tokens(items):
                yield from _flat(item)
        case Styled(body):
            yield from _flat(body)
        case Space():
            return
        case Enclosed(body, kind) if kind in _INVISIBLE or kind in _LAYOUT:
            if kind in _LAYOUT:
                yield from _flat(body)
        case _:
            yield node


def _tokens(items: tuple[Node, ...]) -> Iterator[Node]:
    """The items, with what was read from one token of digits and upright letters as one number again: ``0x1F``."""
    at = 0
    while at < len(items):
        to = at + 1
        while to < len(items) and items[to].span == items[at].span is not None and isinstance(items[to], _TOKEN):
            to += 1
        parts = [item for item in items[at:to] if isinstance(item, _TOKEN)]
        if (
            len(parts) > 1
            and all(_is_in_number(part) for part in parts)
            and {type(part) for part in parts}
            >= {
                Num,
                Ident,
            }
        ):
            yield Num("".join(part.text for part in parts), span=items[at].span)
        else:
            yield from items[at:to]
        at = to


def _is_in_number(part: Num | Ident | Sym) -> bool:
    return not isinstance(part, Ident) or part.font == "rm"


def _fenced(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """The items with each pair of delimiters, and what is between them, as a `Fence`; also a bracket before a table."""
    if not any(isinstance(item, Sym) and (item.cls == "open" or item.text in _AROUND) for item in items):
        return items
    partners = pairs(items)
    rows: list[list[Node]] = [[]]
    opened: list[tuple[Sym, int]] = []
    for at, item in enumerate(items):
        if opened and opened[-1][1] == at:
            rows[-2].append(_fence(opened.pop()[0], rows.pop(), item))
        elif at in partners and isinstance(item, Sym):
            opened.append((item, partners[at]))
            rows.append([])
        elif isinstance(item, Table) and rows[-1] and isinstance(before := rows[-1][-1], Sym) and before.cls == "open":
            rows[-1][-1] = Fence(before.text, item, "", span=_joined(before.span, item.span))
        else:
            rows[-1].append(item)
    return tuple(rows[0])


def _fence(opening: Sym, inside: list[Node], closing: Node) -> Node:
    """A pair of delimiters, the closing one perhaps with scripts, which are then those of the whole."""
    sign = closing.base if isinstance(closing, Script) else closing
    assert isinstance(sign, Sym)
    fence = Fence(opening.text, row(inside), sign.text, span=_joined(opening.span, sign.span))
    if isinstance(closing, Script):
        return Script(fence, closing.sub, closing.sup, closing.limits, span=closing.span)
    return fence


def _joined(first: Span | None, last: Span | None) -> Span | None:
    return None if first is None or last is None else (first[0], last[1])


def _unlabelled(cells: tuple[Node, ...]) -> tuple[list[tuple[Node, ...]], list[Enclosed]]:
    """The contents of the cells of a row, and the labels that stand in them."""
    contents: list[tuple[Node, ...]] = []
    labels: list[Enclosed] = []
    for cell in cells:
        items = tuple(_flat(cell))
        labels += [item for item in items if isinstance(item, Enclosed) and item.kind == "tag"]
        contents.append(tuple(item for item in items if not (isinstance(item, Enclosed) and item.kind == "tag")))
    return contents, labels


def _deeper(node: Node, kind: type[Frac] | type[Root]) -> tuple[Node, ...]:
    """The parts of a node whose fractions or roots count as nested in it."""
    match node:
        case Root() if kind is Frac:
            return ()
        case Accent() | Table():
            return ()
        case Script() if not _has_limits(node):
            return ()
        case _:
            return children(node)


def _something(node: Node | None) -> Node | None:
    """A script, unless it is empty."""
    return node if node is not None and any(_flat(node)) else None


def _leading_primes(sup: Node | None) -> tuple[int, Node | None]:
    """How many primes a superscript begins with, and what follows them."""
    if sup is None:
        return 0, None
    items = tuple(_flat(sup))
    count = at = 0
    while at < len(items) and isinstance(sign := items[at], Sym | Ident) and sign.text in _PRIMES:
        count += _PRIMES[sign.text]
        at += 1
    if not at:
        return 0, sup
    return count, row(items[at:]) if at < len(items) else None


def _has_limits(node: Script) -> bool:
    """Whether the scripts stand under and over the base."""
    base = node.base
    if node.limits == "limits":
        return True
    match base:
        case Sym(_, "op"):
            return True
        case Operator(_, limits):
            return limits
        case Accent(_, mark):
            return mark in _BRACES
        case _:
            return False


def _is_limit(node: Node) -> bool:
    """An operator with something under it: a sum, a limit."""
    match node:
        case Script():
            return _has_limits(node) and isinstance(node.base, Sym | Operator)
        case Accent(base) | Stack(base):
            return _is_limit(base) or isinstance(base, Operator)
        case _:
            return False


def _sign_around(node: Stack) -> Sym | None:
    """The one sign that stands over or under something like a mark."""
    part = node.over if node.under is None else node.under if node.over is None else None
    if isinstance(node.base, Operator):
        return None
    if isinstance(part, Ident) and len(part.text) == 1 and not part.text.isalnum():
        return Sym(part.text, span=part.span)
    return part if isinstance(part, Sym) and part.text not in "∞" else None


def _is_under(mark: str) -> bool:
    return mark.startswith("under") or mark == "utilde"


def _is_letter(node: Node) -> bool:
    """One letter, with its scripts and marks."""
    while isinstance(node, Script | Accent):
        node = node.base
    return isinstance(node, Ident) and len(node.text) == 1


def _is_simple(node: Node) -> bool:
    """A letter with a number below, which needs no word."""
    return isinstance(node, Script) and isinstance(node.sub, Num) and _is_name(node.base)


def _is_name(node: Node) -> bool:
    return isinstance(node, Ident) or (isinstance(node, Sym) and node.text == "∞")


def _is_whole(node: Node) -> bool:
    return isinstance(node, Num) and node.text.isdecimal()


def _is_vulgar(node: Frac) -> bool:
    """A fraction of whole numbers."""
    return node.bar and _is_whole(node.num) and _is_whole(node.den)


def _may_be_applied(node: Node) -> bool:
    """Whether brackets after this may be those of an argument: any letter, and names of functions."""
    if isinstance(node, Script):
        node = node.base
    return isinstance(node, Ident | Operator)


def _ends_operand(node: Node) -> bool:
    """Whether an operand ends before this."""
    match node:
        case Sym("%"):
            return False
        case Sym(text, cls):
            return cls in _ENDING or text in "/!."
        case Script(Sym(_, cls)):
            return cls in _ENDING
        case Stack(base) | Accent(base):
            return _ends_operand(base)
        case Text():
            return True
        case _:
            return False


def _is_set(body: tuple[Node, ...]) -> bool:
    """Whether braces stand around members: one, several with commas between them, or those with a property."""
    signs = [item for item in body if isinstance(item, Sym)]
    if any(sign.text in _CONDITIONS or sign.text == "," for sign in signs):
        return not any(sign.text == ";" for sign in signs)
    first = bool(body) and isinstance(body[0], Sym) and body[0].cls == "bin"
    return not any(item.cls in ("bin", "rel", "punct", "inner") for item in signs[first:])


def _trails_off(den: Node) -> bool:
    """Whether a denominator, or that of a fraction at its end, ends in a sum with dots."""
    items = tuple(_flat(den))
    if len(items) < 3 or outer_class(items[-2]) != "bin":
        return False
    match items[-1]:
        case Sym(text):
            return text in DOTS
        case Frac(_, inner, True):
            return _trails_off(inner)
        case _:
            return False
