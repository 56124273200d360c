"""Reads the exact style back: an LL(1) grammar over phrases, cut from the left, the longest first.

    row    = { item }
    item   = atom { mark | scripts }
    atom   = [font] leaf | fraction | root | group | stack | matrix | … | nothing
    script = "sub" atom | "subscript" row "end subscript" | "squared" | "prime" | …

Whatever is not in the grammar is an error: this style is for those who want to be certain.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from ...errors import Losses, ParseError
from ...nodes import (
    EMPTY,
    Accent,
    Enclosed,
    Font,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Script,
    Stack,
    Sym,
    Table,
    TableKind,
    Text,
    Unknown,
    row,
)
from ...phrases import Entry, Vocabulary, exact, language_of
from ...source import Source

MAX_DEPTH: Final = 100
"""How deep constructs may nest."""

_WORD = re.compile(r"\S+")
_DIGITS = re.compile(r"[0-9]+")
_LETTERS = re.compile(r"[a-zа-яё]+")
_PRIME: Final = Sym("′")
_MAX_CODE: Final = 0x10FFFF
_ATOMS = frozenset(
    {"empty", "fraction", "stacked", "root", "index_root", "group", "stack", "matrix", "lines", "diagram", "enclosed"}
)
_ABBREVIATED: dict[str, Node] = {
    "squared": Num("2"),
    "cubed": Num("3"),
    "prime": _PRIME,
    "double_prime": row([_PRIME] * 2),
    "triple_prime": row([_PRIME] * 3),
}
_CASES: dict[str, Callable[[str], str]] = {"cap": str.capitalize, "caps": str.upper, "quoted": str}
_TABLES: dict[str, TableKind] = {"matrix": "matrix", "lines": "gathered", "diagram": "cd"}


def read(source: Source, *, losses: Losses, language: str = "en") -> Node:
    """The formula. Raises ParseError for what the exact style does not say; `losses` stays as it is."""
    return _Reader(source, exact(language_of(language))).formula()


class _Reader:
    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        self.source = source
        self.vocabulary = vocabulary
        self.phrases = vocabulary.phrases
        found = list(_WORD.finditer(source.text))
        self.words = [match.group() for match in found]
        self.spans = [match.span() for match in found]
        self.at = 0
        self.open: list[tuple[str, int]] = []
        self._point = tuple(self.phrases.point.split())
        self._comma = tuple(self.phrases.comma.split())

    # Words

    def error(self, message: str) -> ParseError:
        """An error at the next word."""
        end = len(self.source.text)
        return ParseError(
            message, self.source, self.spans[self.at] if self.at < len(self.words) else (end, end), self.open
        )

    def peek(self) -> Entry:
        """What the next phrase can be; an empty entry at the end. Separators are passed over."""
        while self.at < len(self.words) and self.words[self.at] == self.phrases.separator:
            self.at += 1
        if self.at == len(self.words):
            return Entry()
        phrase = self.vocabulary.longest(self.words, self.at)
        return Entry() if phrase is None else self.vocabulary.entries[phrase]

    def take(self) -> Entry:
        """Passes over the phrase that `peek` found."""
        entry = self.peek()
        phrase = self.vocabulary.longest(self.words, self.at) if self.at < len(self.words) else None
        if phrase is None:
            raise self.unknown()
        self.at += len(phrase)
        return entry

    def unknown(self) -> ParseError:
        if self.at == len(self.words):
            return self.error("the text ends here and more was expected")
        return self.error(f"{self.words[self.at]!r} is not in the exact style")

    def expect(self, construct: str) -> None:
        if self.peek().construct != construct:
            raise self.error(f"expected {getattr(self.phrases, construct)!r}")
        self.take()

    def raw(self) -> str:
        """The next word, as it is."""
        if self.at == len(self.words):
            raise self.unknown()
        self.at += 1
        return self.words[self.at - 1]

    # Grammar

    def formula(self) -> Node:
        node = self.row()
        if self.at < len(self.words):
            construct = self.peek().construct
            raise self.error(f"{self.words[self.at]!r} closes nothing") if construct else self.unknown()
        return node

    def row(self) -> Node:
        """Items up to a phrase that begins none."""
        items: list[Node] = []
        while (item := self.item()) is not None:
            items.append(item)
        return row(items)

    def item(self) -> Node | None:
        node = self.atom()
        if node is None:
            return None
        is_script = False
        while True:
            entry = self.peek()
            if entry.mark and not entry.construct:
                self.take()
                node, is_script = Accent(node, entry.mark), False
            elif entry.construct in ("sub", "subscript"):
                node, is_script = self.subscript(node, is_script), True
            elif entry.construct in ("super", "superscript") or entry.construct in _ABBREVIATED:
                node, is_script = self.superscript(node, is_script), True
            else:
                return node

    def subscript(self, node: Node, is_script: bool) -> Node:
        sub = self.argument("sub", "end_subscript")
        if is_script and isinstance(node, Script) and node.sub is None:
            return Script(node.base, sub, node.sup)
        return Script(node, sub)

    def superscript(self, node: Node, is_script: bool) -> Node:
        construct = self.peek().construct
        if construct in _ABBREVIATED:
            self.take()
            sup = _ABBREVIATED[construct]
        else:
            sup = self.argument("super", "end_superscript")
        if is_script and isinstance(node, Script) and node.sup is None:
            return Script(node.base, node.sub, sup)
        return Script(node, None, sup)

    def argument(self, one: str, closing: str) -> Node:
        """One atom, or a row with an end."""
        if self.take().construct != one:
            return self.within(closing)
        node = self.atom()
        if node is None:
            raise self.unknown() if self.at == len(self.words) else self.error("expected one letter, number or group")
        return node

    def within(self, closing: str) -> Node:
        """A row up to the words that close it."""
        self.enter(closing)
        node = self.row()
        self.leave(closing)
        return node

    def enter(self, closing: str) -> None:
        """Begins a construct whose first phrase has just been taken."""
        if len(self.open) == MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} levels deep")
        name = getattr(self.phrases, closing).partition(" ")[2]
        self.open.append((name, self.spans[self.at - 1][0]))

    def leave(self, closing: str) -> None:
        self.expect(closing)
        self.open.pop()

    def atom(self) -> Node | None:
        entry = self.peek()
        if self.at == len(self.words):
            return None
        construct = entry.construct
        if _DIGITS.fullmatch(self.words[self.at]) or construct in ("point", "comma"):
            return self.number("")
        if construct in _ATOMS:
            self.take()
            return self.construct(construct)
        if construct.startswith("fonts."):
            self.take()
            return self.leaf(construct.removeprefix("fonts."))  # type: ignore[arg-type]  # one of the keys of fonts
        if construct or entry.mark or entry.leaf is None:
            return self.leaf("") if self.begins_leaf(construct) else None
        return self.leaf("")

    def begins_leaf(self, construct: str) -> bool:
        opens = construct.startswith("spelled.") and not construct.endswith(".close")
        return opens or construct in ("plain", "letter", "symbol", "character", "code", "foreign")

    def construct(self, name: str) -> Node:
        match name:
            case "empty":
                return EMPTY
            case "fraction" | "stacked":
                self.enter(f"end_{name}")
                num = self.row()
                self.expect("over")
                den = self.row()
                self.leave(f"end_{name}")
                return Frac(num, den, name == "fraction")
            case "root":
                return Root(self.within("end_root"))
            case "index_root":
                self.enter("end_root")
                index = self.row()
                self.expect("of")
                radicand = self.row()
                self.leave("end_root")
                return Root(radicand, index)
            case "group":
                return self.within("end_group")
            case "stack":
                return self.stack()
            case "enclosed":
                kind = self.take().construct
                if not kind.startswith("enclosures."):
                    self.at -= 1
                    raise self.error("expected what it is enclosed in")
                body = self.within("end_enclosed")
                return Enclosed(body, kind.removeprefix("enclosures."))  # type: ignore[arg-type]  # a key of the table
            case _:
                return self.table(name)

    def stack(self) -> Node:
        self.enter("end_stack")
        base = self.row()
        over = under = None
        if self.peek().construct == "above":
            self.take()
            over = self.row()
        if self.peek().construct == "below":
            self.take()
            under = self.row()
        self.leave("end_stack")
        return Stack(base, over, under)

    def table(self, name: str) -> Node:
        closing = f"end_{name}"
        self.enter(closing)
        rows: list[tuple[Node, ...]] = []
        if self.peek().construct != closing:
            rows.append(self.cells())
            while self.peek().construct == "next_row":
                self.take()
                rows.append(self.cells())
        self.leave(closing)
        return Table(_TABLES[name], tuple(rows))

    def cells(self) -> tuple[Node, ...]:
        if self.peek().construct == "no_cells":
            self.take()
            return ()
        cells = [self.row()]
        while self.peek().construct == "next_column":
            self.take()
            cells.append(self.row())
        return tuple(cells)

    def number(self, font: Font) -> Node:
        """Digits, points and commas up to the next word that is none."""
        text = ""
        while self.at < len(self.words):
            word = self.words[self.at]
            if _DIGITS.fullmatch(word) and not text[-1:].isdigit():
                text += word
                self.at += 1
            elif (phrase := self.vocabulary.longest(self.words, self.at)) in (self._point, self._comma):
                text += "." if phrase == self._point else ","
                self.at += len(phrase or ())
            else:
                break
        return Num(text, font)

    def leaf(self, font: Font) -> Node:
        entry = self.peek()
        construct = entry.construct
        if self.at < len(self.words) and (_DIGITS.fullmatch(self.words[self.at]) or construct in ("point", "comma")):
            return self.number(font)
        match construct:
            case "letter" | "symbol":
                self.take()
                text = self.character()
                return Ident(text, font) if construct == "letter" else Sym(text, font=font)
            case "plain":
                self.take()
                if not self.peek().construct.startswith("spelled.name."):
                    raise self.error(f"expected {self.phrases.spelled['name'].one!r}")
                return Ident(self.string(), "")
            case "foreign":
                self.take()
                language = self.string()
                return Unknown(self.string(), language)
            case "character" | "code":
                text = self.character()
                return Ident(text, font) if text.isalpha() else Sym(text, font=font)
        if construct.startswith("spelled."):
            return self.spelled(construct.split(".")[1], font)
        if construct or entry.mark or entry.leaf is None:
            raise self.unknown()
        self.take()
        match entry.leaf.kind:
            case "ident":
                return Ident(entry.leaf.text, font)
            case "sym":
                return Sym(entry.leaf.text, font=font)
            case "operator":
                return Operator(entry.leaf.text)

    def spelled(self, kind: str, font: Font) -> Node:
        text = self.string()
        match kind:
            case "text":
                return Text(text, font)
            case "name":
                return Ident(text, font or "rm")
            case "function":
                return Operator(text)
            case "number":
                return Num(text, font)
            case "sign":
                return Sym(text, font=font)
            case "source":
                return Unknown(text)
            case _:
                raise self.error("a language stands only in front of its source")

    def character(self) -> str:
        """The text of a leaf of any kind."""
        entry = self.peek()
        if entry.construct == "character":
            self.take()
            return self.named()
        if entry.construct == "code":
            self.take()
            word = self.raw()
            if not _DIGITS.fullmatch(word) or len(word) > 7 or int(word) > _MAX_CODE:
                self.at -= 1
                raise self.error(f"{word!r} is not the number of a character")
            return chr(int(word))
        if entry.leaf is None:
            raise self.unknown()
        self.take()
        return entry.leaf.text

    def named(self) -> str:
        start = self.at
        closing = self.phrases.end_character.split()
        while self.at < len(self.words) and self.words[self.at : self.at + len(closing)] != closing:
            self.at += 1
        name = " ".join(self.words[start : self.at])
        try:
            char = unicodedata.lookup(name.upper())
        except KeyError:
            self.at = start
            raise self.error(f"no character is named {name!r}") from None
        if len(char) != 1:
            self.at = start
            raise self.error(f"{name!r} names several characters")
        self.expect("end_character")
        return char

    def string(self) -> str:
        """A text given word by word, with the phrases around it."""
        kind = self.take().construct.split(".")
        if kind[0] != "spelled" or kind[2] == "close":
            self.at -= 1
            raise self.error("expected a name or words")
        if kind[2] == "one":
            return self.piece()[0]
        closing = self.phrases.spelled[kind[1]].close.split()
        text, after_word = "", False
        while (word := self.raw()) != self.phrases.end:
            if word == self.phrases.blank:
                text, after_word = text + " ", False
            elif word == self.phrases.glue:
                after_word = False
            elif word != self.phrases.separator:
                self.at -= 1
                piece, is_word = self.piece()
                text += " " + piece if after_word and is_word else piece
                after_word = is_word
        self.at -= 1
        if self.words[self.at : self.at + len(closing)] != closing:
            raise self.error(f"expected {' '.join(closing)!r}")
        self.at += len(closing)
        return text

    def piece(self) -> tuple[str, bool]:
        """A word, digits, or a character; whether it is one of the first two."""
        phrases = self.phrases
        word = self.raw()
        if word == phrases.mark:
            return self.character(), False
        change = _CASES.get(self.vocabulary.entries.get((word,), Entry()).construct)
        if change is not None:
            word = self.raw()
        elif word in phrases.reserved:
            self.at -= 1
            raise self.error(f"expected a word, and {word!r} has another meaning here")
        if not (_DIGITS.fullmatch(word) or _LETTERS.fullmatch(word)):
            self.at -= 1
            raise self.error(f"{word!r} is not a word in lower case")
        return (word if change is None else change(word)), True
