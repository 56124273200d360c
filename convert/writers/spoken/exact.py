"""The exact style: words that say one formula and no other.

What is said is the normal form. Nothing hangs on punctuation, capitals or pauses: every construct has its own closing
words, the argument of a script is one thing or has an end, and `Units` puts a separator between two phrases whose
words together would begin with a longer phrase. `readers.spoken.exact` is the inverse.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple, assert_never

from ...errors import Losses, UnsupportedError
from ...nodes import (
    Accent,
    Enclosed,
    Fence,
    Font,
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
    items_of,
    row,
)
from ...normal import normal
from ...phrases import Leaf, LeafKind, Vocabulary, Words, exact, language_of
from ...source import Span
from .said import Spoken, Voice

_NUMBER = re.compile(r"[0-9]+|[.,]")
_WORDS = re.compile(r"[^\W\d_]+|[0-9]+|.", re.DOTALL)
_PRIME: Final = Sym("′")
_NAME = re.compile(r"[a-z]+(?: [a-z]+)*")


class Unit(NamedTuple):
    """A phrase as it is heard, and the part of the formula that it speaks.

    `kind` is "phrase" for what the reader looks up, "number" for digits with points and commas, "raw" for a word that
    stands for itself.
    """

    words: Words
    kind: str
    span: Span | None


def phrases(node: Node, voice: Voice, losses: Losses) -> list[Spoken]:
    """The phrases in order. Nothing is lost but what the normal form drops, so `losses` stays as it is."""
    return [Spoken(" ".join(unit.words), unit.span) for unit in units(node, language=voice.language)]


def units(node: Node, *, language: str = "en") -> list[Unit]:
    """The phrases in order, each with the span of what it speaks."""
    words = exact(language_of(language))
    try:
        speaker = _Speaker(words)
        speaker.row(normal(node))
    except RecursionError:
        raise UnsupportedError("the formula is nested too deep to be spoken") from None
    return _separated(speaker.units, words)


def _separated(units: list[Unit], words: Vocabulary) -> list[Unit]:
    """With the separator wherever a phrase and what follows would be cut elsewhere."""
    separator = (words.phrases.separator,)
    number_words = {tuple(words.phrases.point.split()), tuple(words.phrases.comma.split())}
    longest = max(map(len, words.entries))
    done: list[Unit] = []
    ahead: list[str] = []
    for unit in reversed(units):
        if _runs_on(unit, ahead, words, number_words):
            done.append(Unit(separator, "phrase", unit.span))
            ahead = [separator[0], *ahead]
        done.append(unit)
        ahead = [*unit.words, *ahead][:longest]
    done.reverse()
    return done


def _runs_on(unit: Unit, ahead: list[str], words: Vocabulary, number_words: set[Words]) -> bool:
    if not ahead or unit.kind == "raw":
        return False
    if unit.kind == "number":
        point = any(tuple(ahead[: len(phrase)]) == phrase for phrase in number_words)
        return point or (ahead[0][0] in "0123456789" and unit.words[-1][0] not in "0123456789")
    if len(words.starts[unit.words[0]]) == 1:
        return False
    return words.longest([*unit.words, *ahead], 0) != unit.words


class _Speaker:
    """Collects the phrases of one formula."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.phrases = words.phrases
        self.units: list[Unit] = []

    def say(self, phrase: str, span: Span | None = None) -> None:
        """A phrase of the vocabulary."""
        self.units.append(Unit(tuple(phrase.split()), "phrase", span))

    def raw(self, word: str, span: Span | None) -> None:
        """A word that stands for itself."""
        self.units.append(Unit((word,), "raw", span))

    def row(self, node: Node) -> None:
        for item in items_of(node):
            self.item(item)

    def item(self, node: Node) -> None:
        """Something in a row, with its scripts and marks."""
        phrases, span = self.phrases, node.span
        match node:
            case Num():
                self.number(node)
            case Ident(text, font):
                self.identifier(text, font, span)
            case Sym(text, _, font):
                self.symbol(text, font, span)
            case Operator(name):
                self.operator(name, span)
            case Text(text, font):
                self.font(font, span)
                self.string("text", text, span)
            case Unknown(text, language):
                self.unknown(text, language, span)
            case Row(items):
                self.group(items, span)
            case Frac(num, den, bar):
                self.say(phrases.fraction if bar else phrases.stacked, span)
                self.row(num)
                self.say(phrases.over, span)
                self.row(den)
                self.say(phrases.end_fraction if bar else phrases.end_stacked, span)
            case Root(radicand, index):
                if index is None:
                    self.say(phrases.root, span)
                else:
                    self.say(phrases.index_root, span)
                    self.row(index)
                    self.say(phrases.of, span)
                self.row(radicand)
                self.say(phrases.end_root, span)
            case Script(base, sub, sup):
                self.base(base)
                self.sub(sub)
                self.sup(sup)
            case Accent(base, mark):
                self.accent(base, mark, span)
            case Stack():
                self.stack(node)
            case Table():
                self.table(node)
            case Enclosed(body, kind):
                self.say(phrases.enclosed, span)
                self.say(phrases.enclosures[kind], span)
                self.row(body)
                self.say(phrases.end_enclosed, span)
            case Space() | Fence() | Styled():
                raise AssertionError(f"{type(node).__name__} is in no normal form")
            case _:
                assert_never(node)

    def group(self, items: tuple[Node, ...], span: Span | None) -> None:
        if not items:
            self.say(self.phrases.empty, span)
            return
        self.say(self.phrases.group, span)
        for item in items:
            self.item(item)
        self.say(self.phrases.end_group, span)

    def base(self, node: Node) -> None:
        # The scripts of a base that has some would be taken for one script.
        if isinstance(node, Script):
            self.group((node,), node.span)
        else:
            self.item(node)

    def sub(self, node: Node | None) -> None:
        if node is not None:
            self.argument(node, self.phrases.sub, self.phrases.subscript, self.phrases.end_subscript)

    def sup(self, node: Node | None) -> None:
        phrases = self.phrases
        if node is None:
            return
        items = list(items_of(node))
        primes = next((count for count, item in enumerate(items) if item != _PRIME), len(items))
        if 0 < primes <= 3:
            self.say((phrases.prime, phrases.double_prime, phrases.triple_prime)[primes - 1], node.span)
            if primes < len(items):
                self.sup(row(items[primes:]))
            return
        match node:
            case Num("2", ""):
                self.say(phrases.squared, node.span)
            case Num("3", ""):
                self.say(phrases.cubed, node.span)
            case _:
                self.argument(node, phrases.super, phrases.superscript, phrases.end_superscript)

    def argument(self, node: Node, one: str, opening: str, closing: str) -> None:
        if isinstance(node, Row | Script | Accent):
            self.say(opening, node.span)
            self.row(node)
            self.say(closing, node.span)
        else:
            self.say(one, node.span)
            self.item(node)

    def accent(self, base: Node, mark: str, span: Span | None) -> None:
        words = self.words.marks.get(mark)
        if words is None:
            raise UnsupportedError(f"the mark {mark!r} has no words")
        self.item(base)
        self.units.append(Unit(words, "phrase", span))

    def stack(self, node: Stack) -> None:
        self.say(self.phrases.stack, node.span)
        self.row(node.base)
        if node.over is not None:
            self.say(self.phrases.above, node.span)
            self.row(node.over)
        if node.under is not None:
            self.say(self.phrases.below, node.span)
            self.row(node.under)
        self.say(self.phrases.end_stack, node.span)

    def table(self, node: Table) -> None:
        phrases = self.phrases
        opening, closing = {
            "gathered": (phrases.lines, phrases.end_lines),
            "cd": (phrases.diagram, phrases.end_diagram),
        }.get(node.kind, (phrases.matrix, phrases.end_matrix))
        self.say(opening, node.span)
        for number, cells in enumerate(node.rows):
            if number:
                self.say(phrases.next_row, node.span)
            if not cells:
                self.say(phrases.no_cells, node.span)
            for column, cell in enumerate(cells):
                if column:
                    self.say(phrases.next_column, node.span)
                self.row(cell)
        self.say(closing, node.span)

    def number(self, node: Num) -> None:
        self.font(node.font, node.span)
        parts = _NUMBER.findall(node.text)
        if not parts or "".join(parts) != node.text:
            self.string("number", node.text, node.span)
            return
        named = {".": self.phrases.point, ",": self.phrases.comma}
        words = " ".join(named.get(part, part) for part in parts)
        self.units.append(Unit(tuple(words.split()), "number", node.span))

    def font(self, font: Font, span: Span | None) -> None:
        if font:
            self.say(self.phrases.fonts[font], span)

    def identifier(self, text: str, font: Font, span: Span | None) -> None:
        if len(text) == 1 or text in self.words.by_text:
            self.font(font, span)
            self.leaf("ident", text, span)
            return
        # A word is upright unless it is said to be otherwise.
        if font != "rm":
            self.say(self.phrases.fonts[font] if font else self.phrases.plain, span)
        self.string("name", text, span)

    def symbol(self, text: str, font: Font, span: Span | None) -> None:
        self.font(font, span)
        if len(text) == 1 or text in self.words.by_text:
            self.leaf("sym", text, span)
        else:
            self.string("sign", text, span)

    def operator(self, name: str, span: Span | None) -> None:
        words = self.words.leaves.get(Leaf("operator", name))
        if words is None:
            self.string("function", name, span)
        else:
            self.units.append(Unit(words, "phrase", span))

    def leaf(self, kind: LeafKind, text: str, span: Span | None) -> None:
        """A character, with its kind before it where that is not the usual one."""
        words = self.words.by_text.get(text)
        if words is None:
            usual: LeafKind = "ident" if text.isalpha() else "sym"
        else:
            entry = self.words.entries[words]
            usual = "operator" if entry.construct or entry.mark or entry.leaf is None else entry.leaf.kind
        if kind != usual:
            self.say(self.phrases.letter if kind == "ident" else self.phrases.symbol, span)
        self.character(text, span)

    def character(self, text: str, span: Span | None) -> None:
        """A text that has words, else one character by its name or number in Unicode."""
        words = self.words.by_text.get(text)
        if words is not None:
            self.units.append(Unit(words, "phrase", span))
            return
        name = unicodedata.name(text, "").lower()
        if _NAME.fullmatch(name):
            self.say(self.phrases.character, span)
            for word in name.split():
                self.raw(word, span)
            self.say(self.phrases.end_character, span)
        else:
            self.say(self.phrases.code, span)
            self.raw(str(ord(text)), span)

    def unknown(self, text: str, language: str, span: Span | None) -> None:
        if language != "tex":
            self.say(self.phrases.foreign, span)
            self.string("language", language, span)
        self.string("source", text, span)

    def string(self, construct: str, text: str, span: Span | None) -> None:
        """Any text, word by word; what is no word by its characters."""
        spelled = self.phrases.spelled[construct]
        pieces = _pieces(text)
        if len(pieces) == 1 and pieces[0] != " ":
            self.say(spelled.one, span)
            self.piece(pieces[0], span)
            return
        self.say(spelled.open, span)
        for index, piece in enumerate(pieces):
            before = pieces[index - 1] if index else ""
            after = pieces[index + 1] if index + 1 < len(pieces) else ""
            if piece == " ":
                # Between two words a blank is understood.
                if not (_is_word(before) and _is_word(after)):
                    self.raw(self.phrases.blank, span)
                continue
            if _is_word(piece) and _is_word(before):
                self.raw(self.phrases.glue, span)
            self.piece(piece, span)
        self.say(spelled.close, span)

    def piece(self, piece: str, span: Span | None) -> None:
        phrases = self.phrases
        if not _is_word(piece):
            self.raw(phrases.mark, span)
            self.character(piece, span)
            return
        word = piece.lower()
        if piece != word:
            self.raw(phrases.cap if piece == word.capitalize() else phrases.caps, span)
        elif word in phrases.reserved:
            self.raw(phrases.quoted, span)
        self.raw(word, span)


def _pieces(text: str) -> list[str]:
    """The text cut into words in lower case, Capitalised or UPPER case, digits, and single characters."""
    found: list[str] = []
    for run in _WORDS.findall(text):
        if not _is_letters(run):
            found += [run] if run.isascii() and run.isdigit() else run
            continue
        start = 0
        for end in range(1, len(run) + 1):
            if end == len(run) or not _is_one_case(run[start : end + 1]):
                found.append(run[start:end])
                start = end
    return found


def _is_letters(text: str) -> bool:
    """Latin or Cyrillic letters, each of which is lost and found by changing the case."""
    return all("a" <= char <= "z" or "а" <= char <= "я" or char == "ё" for char in text.lower()) and (
        text.lower().upper() == text.upper() and len(text.lower()) == len(text)
    )


def _is_one_case(text: str) -> bool:
    return text.islower() or text.isupper() or (text[0].isupper() and text[1:].islower())


def _is_word(piece: str) -> bool:
    return bool(piece) and (piece[0] in "0123456789" or _is_letters(piece))
