"""Words → tokens: the phrases of a language with all they may mean, and its numbers.

The phrases are tables/heard.LANGUAGE.toml and the words of symbols.tsv. The longest phrase at a place wins; a phrase
may have several senses, and the grammar takes the one that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from ... import formulas, symbols, toml_tables
from ...phrases import language_of
from . import spelling
from .numbers import NumberReader, NumberWords, number_words
from .units import UnitReader, unit_words, written
from .words import Word, fold, split

Senses = Mapping[str, str]
"""What a phrase may mean: kind → value."""

LANGUAGES = ("en", "ru")

_MISSPELT_BY_NONE = frozenset(("quantity_name", "skip", "from", "where", "and", "of", "ord"))
_OFTEN_SAID = frozenset(("nabla", "partial", "infty", "forall"))
_SYMBOLS = frozenset(("id", "fn", "root", "sub", "squared", "cubed", "font"))

_NEEDING_OPERAND = frozenset(("length", "base", "end_sub", "power"))
"""Meanings that a name of a quantity may have besides: "length a", "base two", "power of two"."""

_GROUP = re.compile(r"\(([^()]*)\)")
_SYMBOL_KINDS = {
    "letter": "id",
    "ord": "ord",
    "op": "big",
    "int": "big",
    "fn": "fn",
    "fnlim": "fn",
    "bin": "mul",
    "rel": "rel",
    "inner": "ord",
    "accent": "mark",
    "wide": "mark",
    "under": "mark",
}


class Token(NamedTuple):
    """A phrase with its senses; `start` and `end` are offsets in the text, `word` is how it was written."""

    senses: Senses
    word: str
    start: int
    end: int
    glued: bool = False


@dataclass(slots=True)
class _Trie:
    branches: dict[str, _Trie] = field(default_factory=dict)
    senses: dict[str, str] | None = None

    def words(self) -> Iterator[str]:
        """All words of its phrases."""
        for word, branch in self.branches.items():
            yield word
            yield from branch.words()

    def senses_of(self, phrase: str) -> Senses:
        """What a phrase means, nothing where it is none."""
        branch: _Trie | None = self
        for word in split(phrase):
            branch = branch.branches.get(word.lower) if branch is not None else None
        return branch.senses or {} if branch is not None else {}


@dataclass(slots=True)
class Lexicon:
    """The words of one language."""

    language: str
    trie: _Trie
    numbers: NumberWords
    heard: Mapping[str, tuple[str, float]]
    prose: frozenset[str]
    index_words: frozenset[str]
    apart: frozenset[str]
    """Words of sentences that belong to no formula."""
    word_letters: frozenset[str]
    """Letters that are words too."""
    after_letter: frozenset[str]
    """Words that stand after such a letter where it is one."""
    after_word: frozenset[str]
    """Words that stand after such a letter where it is a word."""
    before_no_number: frozenset[str]
    """Relations that are prose before a number."""
    vocabulary: frozenset[str]
    """All words that are known, of phrases and numbers and prose."""
    symbols: frozenset[str]
    """The words that are written as a symbol or say how the next one is."""
    spelt: frozenset[str]
    """The words that others may be misspelt ones of: those that mean something in formulas alone."""


def alternatives(pattern: str) -> Iterator[str]:
    """The phrases that a pattern with ``(a|b|)`` stands for.

    >>> list(alternatives("(is|) equal to"))
    ['is equal to', 'equal to']
    """
    group = _GROUP.search(pattern)
    if group is None:
        yield " ".join(pattern.split())
        return
    for part in group[1].split("|"):
        yield from alternatives(pattern[: group.start()] + part + pattern[group.end() :])


@cache
def lexicon(language: str, *, quantities: bool = False) -> Lexicon:
    """The lexicon of a language, loaded once; with the names of quantities where they stand for letters."""
    table = toml_tables.read(f"heard.{language}.toml")
    trie = _Trie()
    _add_symbols(trie, language, frozenset(table["symbols"]["unheard"]))
    _add_table(trie, table)
    if quantities:
        for letter, patterns in formulas.quantities(language_of(language)).items():
            for phrase in (phrase for pattern in patterns for phrase in alternatives(pattern)):
                _add_quantity(trie, phrase, letter, language)
    numbers = number_words(language, table["numbers"])
    units = {word for name in unit_words(language).names for word in name}
    prose = frozenset(table["prose"]["words"].split())
    unspoilt = frozenset(table["spelling"]["right"].split())
    return Lexicon(
        language=language,
        trie=trie,
        numbers=numbers,
        heard={word: (entry.split()[0], float(entry.split()[1])) for word, entry in table["heard"].items()},
        prose=prose,
        index_words=frozenset(table["index_words"]["words"].split()),
        apart=frozenset(table["sentences"]["apart"]),
        word_letters=frozenset(table["sentences"]["letters"].split()),
        after_letter=frozenset(table["sentences"]["after_letter"].split()),
        after_word=frozenset(table["sentences"]["after_word"].split()),
        before_no_number=frozenset(table["sentences"]["before_no_number"].split()),
        vocabulary=frozenset((*trie.words(), *numbers.starts, *numbers.late_ordinals, *units, *prose, *unspoilt)),
        spelt=frozenset(word for word, branch in trie.branches.items() if _is_spelt(word, branch.senses or {})),
        symbols=frozenset(word for word, branch in trie.branches.items() if _SYMBOLS & (branch.senses or {}).keys()),
    )


def _is_spelt(word: str, senses: Senses) -> bool:
    return word.isalpha() and (not senses.keys() <= _MISSPELT_BY_NONE or senses.get("ord") in _OFTEN_SAID)


def _add(trie: _Trie, phrase: str, kind: str, value: str) -> None:
    for word in split(phrase):
        if word.lower == "-":
            continue
        trie = trie.branches.setdefault(word.lower, _Trie())
    if trie.senses is None:
        trie.senses = {}
    trie.senses.setdefault(kind, value)


def _add_quantity(trie: _Trie, phrase: str, letter: str, language: str) -> None:
    """A name of a quantity, unless the phrase has a meaning that people have in mind even without an operand."""
    if trie.senses_of(phrase).keys() <= _NEEDING_OPERAND:
        _add(trie, phrase, "quantity_name", letter)
        if language == "en":
            _add(trie, f"the {phrase}", "quantity_name", letter)


def _add_symbols(trie: _Trie, language: str, unheard: frozenset[str]) -> None:
    for symbol in symbols.rows():
        kind = _SYMBOL_KINDS.get(symbol.cls)
        words = symbol.en if language == "en" else symbol.ru
        if kind is None or words is None or words in unheard or language in symbol.unreviewed:
            continue
        if symbol.cls == "letter" and (len(words) == 1 or words.startswith(("capital ", "больш"))):
            continue
        _add(trie, words, "sum" if symbol.char in "+−±∓" else kind, symbol.name)
    for symbol in symbols.rows():
        if len(symbol.char) == 1 and not symbol.char.isalnum() and symbol.cls in ("bin", "rel", "ord", "op", "int"):
            kind = "sum" if symbol.char in "+−±∓" else _SYMBOL_KINDS[symbol.cls]
            if (
                trie.branches.get(symbol.char) is None
                and symbol.char not in "-.,;:|\\_^/!'\"?‘’“”"
                and symbol.char.isprintable()
            ):
                _add(trie, symbol.char, kind, symbol.name)


def _add_table(trie: _Trie, table: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    for kind in (
        "rel",
        "sum",
        "mul",
        "ord",
        "letter",
        "latin",
        "fn",
        "word_fn",
        "big",
        "mark",
        "font",
        "transform",
        "hypothesis",
        "text",
        "end",
        "set",
        "open",
        "close",
        "fence",
        "around",
        "index",
    ):
        for value, patterns in table.get(kind, {}).items():
            for phrase in (phrase for pattern in patterns for phrase in alternatives(pattern)):
                _add(trie, phrase, "id" if kind in ("letter", "latin") else kind, value)
    for key, patterns in table["key"].items():
        for phrase in (phrase for pattern in patterns for phrase in alternatives(pattern)):
            _add(trie, phrase, key, "")
    for pattern in table["skip"]["words"]:
        for phrase in alternatives(pattern):
            _add(trie, phrase, "skip", "")


def tokens(text: str, language: str, *, quantities: bool = False) -> list[Token]:
    """The text as tokens: the longest phrases, numbers, letters; an unknown word has the sense "word".

    With `quantities` the names of quantities are known too, as the letters they are written by.
    """
    return tokens_of(spelt_words(text, language, quantities=quantities), language, quantities=quantities)


def tokens_of(words: Sequence[Word], language: str, *, quantities: bool = False) -> list[Token]:
    """The tokens of words as `spelt_words` gives them."""
    return _Lexer(words, lexicon(language, quantities=quantities)).run()


def spelt_words(text: str, language: str, *, quantities: bool = False) -> list[Word]:
    """The words of a text: misspelt ones folded to what they are taken for, and those written together taken apart."""
    known = lexicon(language, quantities=quantities)
    return [part for word in split(text) for part in _written(word, known)]


def misspelt(words: Sequence[Word]) -> Iterator[Word]:
    """Those of the words that are taken for others; a plural is no other word."""
    for word in words:
        if word.lower not in (folded := fold(word.text), folded.removesuffix("s")):
            yield word


def _written(word: Word, known: Lexicon) -> tuple[Word, ...]:
    """The words that one is, where it is misspelt or two are written together."""
    righted = spelling.righted(word, known.vocabulary, known.spelt)
    if righted is not word or word.lower in known.vocabulary or not word.lower.isalpha():
        return (righted,)
    return spelling.parted(word, known.symbols)


_SIGNS = {
    "(": "open",
    "[": "open",
    "{": "open",
    ")": "close",
    "]": "close",
    "}": "close",
    "|": "fence",
    "‖": "fence",
}
_SIGN_KEYS = {
    "^": "power_of",
    "_": "sub",
    "/": "slash",
    "'": "prime",
    "′": "prime",
    "″": "double_prime",
    "!": "factorial",
    "%": "percent_sign",
    "=>": "rel",
}
_SIGN_SYMBOLS = {
    "=": ("rel", "equals"),
    "+": ("sum", "plus"),
    "-": ("sum", "minus"),
    "*": ("mul", "times"),
    "<": ("rel", "lt"),
    ">": ("rel", "gt"),
    "<=": ("rel", "le"),
    ">=": ("rel", "ge"),
    "!=": ("rel", "ne"),
    ":=": ("rel", "coloneqq"),
    "->": ("rel", "to"),
    "…": ("ord", "ldots"),
    "...": ("ord", "ldots"),
    "%": ("ord", "percent"),
    "°": ("degrees", ""),
    "²": ("squared", ""),
    "³": ("cubed", ""),
    ":": ("rel", "ordinarycolon"),
}
_PAUSES = frozenset(",;.:?")
_COUNT = frozenset(("num", "frac", "ordinal", "power"))
_MAX_LETTERS = 3
_DOUBLED = frozenset("xyztuij")
"""Letters that stand twice in indices: "T xx"."""


class _Lexer:
    """One pass over the words."""

    def __init__(self, words: Sequence[Word], lexicon: Lexicon) -> None:
        self.words, self.lex = words, lexicon
        self.numbers = NumberReader(words, lexicon.numbers)
        self.units = UnitReader(words, unit_words(lexicon.language), lexicon.numbers)
        self.at = 0
        self.out: list[Token] = []

    def run(self) -> list[Token]:
        words = self.words
        while self.at < len(words):
            word = words[self.at]
            phrase_end, senses = self._phrase()
            if self.out and self._unit(self.out[-1].senses, phrase_end):
                continue
            numbers = self.numbers.read(self.at)
            if numbers and numbers[-1].end >= phrase_end:
                for kind, value, end in numbers:
                    root_end = self._root_end(end) if kind == "ordinal" else None
                    if root_end is not None:
                        self._emit({"ordinal_root": value}, root_end)
                    else:
                        self._emit({kind: value}, max(end, self.at))
            elif senses is not None:
                if len(word.text) == 1 and phrase_end == self.at + 1 and word.text.isalpha():
                    senses = {**senses, "id": senses.get("id", word.text)}
                self._emit(senses, phrase_end)
            else:
                self._single(word)
        return self.out

    def _emit(self, senses: Senses, end: int) -> None:
        # Where a word is two tokens, the second takes up none of its own.
        last = self.words[end - 1]
        first = self.words[self.at] if self.at < end else last
        written = first.text if first is last else " ".join(word.text for word in self.words[self.at : end])
        self.out.append(Token(senses, written, first.span[0], last.span[1], first.glued))
        self.at = end

    def _root_end(self, at: int) -> int | None:
        """Where "root of" ends that follows an ordinal, None where something else follows."""
        here, self.at = self.at, at
        end, senses = self._phrase()
        self.at = here
        return end if senses and "root" in senses and self.words[at].lower.startswith("root") else None

    def _unit(self, before: Senses, phrase_end: int) -> bool:
        """Reads the units behind a number, a fraction or a power of ten."""
        if before.keys().isdisjoint(_COUNT):
            return False
        found = self.units.read(self.at, one="frac" in before or before.get("num") == "1")
        if found is None or found[1] < phrase_end:
            return False
        unit = written(found[0])
        if len(self.out) > 1 and not self.out[-2].senses.keys().isdisjoint(("degrees", "unit")):
            # Behind degrees come minutes and seconds of arc, not of time.
            angle = "degrees" in self.out[-2].senses or self.out[-2].senses["unit"] == "′"
            unit = {"min": "′", "s": "″"}.get(unit, unit) if angle else unit
        self._emit({"unit": unit}, found[1])
        return True

    def _separator(self, at: int) -> bool:
        """Whether a hyphen only joins words: "one-half", and not "x-2"."""
        words = self.words
        if not 0 < at < len(words) - 1 or not (words[at].glued and words[at + 1].glued):
            return False
        return not (self._like_operand(words[at - 1]) and self._like_operand(words[at + 1]))

    def _like_operand(self, word: Word) -> bool:
        if not word.lower.isalpha() or len(word.lower) == 1:
            return True
        branch = self.lex.trie.branches.get(word.lower)
        return branch is not None and branch.senses is not None and "id" in branch.senses

    def _phrase(self) -> tuple[int, Senses | None]:
        branch: _Trie | None = self.lex.trie
        best: tuple[int, Senses | None] = (self.at, None)
        words = self.words
        at = self.at
        while at < len(words):
            lower = words[at].lower
            if lower == "-" and at > self.at and self._separator(at):
                at += 1
                continue
            assert branch is not None
            branch = branch.branches.get(lower)
            if branch is None:
                break
            at += 1
            if branch.senses is not None:
                best = (at, branch.senses)
        return best

    # What is no phrase

    def _single(self, word: Word) -> None:
        at = self.at
        if word.lower in _SIGN_SYMBOLS and not (word.lower == "-" and self._separator(at)):
            kind, value = _SIGN_SYMBOLS[word.lower]
            if word.lower == ":" and not word.glued:
                self._emit({kind: value}, at + 1)
            elif word.lower == ":":
                self._emit({"pause": ":"}, at + 1)
            else:
                self._emit({kind: value}, at + 1)
        elif word.lower in _SIGNS:
            self._emit({_SIGNS[word.lower]: word.lower}, at + 1)
        elif word.lower in _SIGN_KEYS:
            self._emit({_SIGN_KEYS[word.lower]: ""}, at + 1)
        elif word.lower in _PAUSES:
            self._emit({"pause": word.lower}, at + 1)
        elif word.text.startswith("\\") and (symbol := symbols.by_tex(word.text)) is not None:
            self._emit({_SYMBOL_KINDS.get(symbol.cls, "skip"): symbol.name}, at + 1)
        elif not word.lower[:1].isalnum():
            self._emit({"skip": ""}, at + 1)
        elif len(word.text) == 1:
            self._emit({"id": word.text}, at + 1)
        elif word.lower.startswith("sub") and len(word.lower) in (4, 5) and word.text.isascii():
            start = word.span[0]
            self.out.append(Token({"sub": ""}, "sub", start, start + 3, word.glued))
            self._spell(word, 3)
        elif self._is_letters(word):
            self._spell(word)
        else:
            self._emit({"word": word.text}, at + 1)

    def _is_letters(self, word: Word) -> bool:
        """Whether an unknown word is a product of letters, as ``xy``, ``dx`` or ``2ab``."""
        if not word.text.isascii() or not word.text.isalpha() or word.lower in self.lex.prose:
            return False
        return len(word.text) <= _MAX_LETTERS

    def _spell(self, word: Word, first: int = 0) -> None:
        start = word.span[0]
        indices = self._indices(word) if first == 0 else len(word.text)
        for index, letter in enumerate(word.text[first:], first):
            if index == indices:
                self.out.append(Token({"sub": ""}, "", start + index, start + index, True))
            glued = word.glued if index == 0 else index > first
            self.out.append(Token({"id": letter}, letter, start + index, start + index + 1, glued))
        self.at += 1

    def _indices(self, word: Word) -> int:
        """Where a letter twice begins that can only be an index: "txx", and "yy" after a letter."""
        length = len(word.text)
        doubled = length > 1 and word.lower[-1] == word.lower[-2] and word.lower[-1] in _DOUBLED
        after_letter = bool(self.out) and len(self.out[-1].word) == 1 and "id" in self.out[-1].senses
        if not doubled or length == 2 and (word.glued or not after_letter):
            return length
        return length - 2 if length == 2 or word.lower[0] != word.lower[1] else length
