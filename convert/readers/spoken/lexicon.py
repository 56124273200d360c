"""Words → tokens: the phrases of a language with all they may mean, and its numbers.

The phrases are tables/heard.LANGUAGE.toml and the words of symbols.tsv. The longest phrase at a place wins; a phrase
may have several senses, and the grammar takes the one that fits.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ... import symbols
from .words import Word, split

Senses = Mapping[str, str]
"""What a phrase may mean: kind → value."""

LANGUAGES = ("en", "ru")

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


@dataclass(slots=True)
class Lexicon:
    """The words of one language."""

    language: str
    trie: _Trie
    units: Mapping[str, int]
    tens: Mapping[str, int]
    hundreds: Mapping[str, int]
    scales: Mapping[str, int]
    ordinals: Mapping[str, int]
    not_exponents: frozenset[str]
    letter_ordinals: Mapping[str, str]
    points: frozenset[str]
    number_ands: frozenset[str]
    articles: frozenset[str]
    halves: frozenset[str]
    heard: Mapping[str, tuple[str, float]]
    prose: frozenset[str]
    index_words: frozenset[str]


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


def _pairs(text: str) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for entry in text.split():
        word, _, number = entry.partition("=")
        numbers[word] = int(number) if number else 0
    return numbers


def _count(text: str, first: int, step: int) -> dict[str, int]:
    """``word`` counts on from the word before, ``word=3`` says its number."""
    numbers: dict[str, int] = {}
    following = first
    for entry in text.split():
        word, _, number = entry.partition("=")
        value = int(number) if number else following
        numbers[word] = value
        following = value + step if value == following else following
    return numbers


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language, loaded once."""
    name = f"tables/heard.{language}.toml"
    table = tomllib.loads(files("panmath.convert").joinpath(name).read_text(encoding="utf-8"))
    numbers = table["numbers"]
    trie = _Trie()
    _add_symbols(trie, language, frozenset(table["symbols"]["unheard"]))
    _add_table(trie, table)
    return Lexicon(
        language=language,
        trie=trie,
        units=_count(numbers["units"], 0, 1),
        tens=_count(numbers["tens"], 20, 10),
        hundreds=_pairs(numbers["hundreds"]),
        scales=_pairs(numbers["scales"]),
        ordinals=_pairs(numbers["ordinals"]),
        not_exponents=frozenset(numbers["not_exponent"].split()),
        letter_ordinals={
            word: letter for word, _, letter in (e.partition("=") for e in numbers["letter_ordinals"].split())
        },
        points=frozenset(numbers["point"].split()),
        number_ands=frozenset(numbers["and"].split()),
        articles=frozenset(numbers["one_of"].split()),
        halves=frozenset(numbers["half"].split()),
        heard={word: (entry.split()[0], float(entry.split()[1])) for word, entry in table["heard"].items()},
        prose=frozenset(table["prose"]["words"].split()),
        index_words=frozenset(table["index_words"]["words"].split()),
    )


def _add(trie: _Trie, phrase: str, kind: str, value: str) -> None:
    for word in split(phrase):
        if word.lower == "-":
            continue
        trie = trie.branches.setdefault(word.lower, _Trie())
    if trie.senses is None:
        trie.senses = {}
    trie.senses.setdefault(kind, value)


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


def tokens(text: str, language: str) -> list[Token]:
    """The text as tokens: the longest phrases, numbers, letters; an unknown word has the sense "word"."""
    return _Lexer(split(text), lexicon(language)).run()


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
_SUFFIXES = frozenset(("st", "nd", "rd", "th", "ths", "rds", "nds", "sts"))
_MAX_LETTERS = 3
_NUMERAL = re.compile(r"\.?\d")


class _Lexer:
    """One pass over the words."""

    def __init__(self, words: Sequence[Word], lexicon: Lexicon) -> None:
        self.words, self.lex = words, lexicon
        self.at = 0
        self.out: list[Token] = []

    def run(self) -> list[Token]:
        words = self.words
        while self.at < len(words):
            word = words[self.at]
            phrase_end, senses = self._phrase()
            number_end, number = self._number()
            if number is not None and number_end >= phrase_end:
                kind, value = number
                self._emit({kind: value}, number_end)
            elif senses is not None:
                if len(word.text) == 1 and phrase_end == self.at + 1 and word.text.isalpha():
                    senses = {**senses, "id": senses.get("id", word.text)}
                self._emit(senses, phrase_end)
            else:
                self._single(word)
        return self.out

    def _emit(self, senses: Senses, end: int) -> None:
        first, last = self.words[self.at], self.words[end - 1]
        written = first.text if end == self.at + 1 else " ".join(word.text for word in self.words[self.at : end])
        self.out.append(Token(senses, written, first.span[0], last.span[1], first.glued))
        self.at = end

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

    # Numbers

    def _word(self, at: int) -> str:
        return self.words[at].lower if at < len(self.words) else ""

    def _after_hyphen(self, at: int) -> int:
        return at + 1 if self._word(at) == "-" and self._separator(at) else at

    def _number(self) -> tuple[int, tuple[str, str] | None]:
        """The end of the number that starts here and its kind: num, frac or ordinal."""
        lex = self.lex
        word = self._word(self.at)
        at = self.at + 1
        if word in lex.letter_ordinals:
            return at, ("ordinal", lex.letter_ordinals[word])
        if not _NUMERAL.match(word) and word not in lex.units and word not in lex.tens and word not in lex.hundreds:
            return self._wordy_start(word, at)
        if word in lex.tens:
            following = self._word(self._after_hyphen(at))
            if lex.ordinals.get(following, 10) < 10 and following not in lex.not_exponents:
                return self._after_hyphen(at) + 1, ("ordinal", str(lex.tens[word] + lex.ordinals[following]))
        if _NUMERAL.match(word):
            text = word.replace(",", "")
            if at < len(self.words) and self.words[at].glued and self._word(at) in _SUFFIXES:
                return at + 1, ("ordinal", text)
            at, text = self._scaled(at, text)
        else:
            at, value = self._cardinal(self.at)
            text = str(value)
        at, text = self._decimals(at, text)
        return self._fraction(at, text)

    def _wordy_start(self, word: str, at: int) -> tuple[int, tuple[str, str] | None]:
        lex = self.lex
        following = self._word(at)
        if word in lex.articles and following in lex.scales:
            end, value = self._scales(at, 1)
            return end, ("num", str(value))
        if (
            word in lex.articles
            and following in lex.ordinals
            and (lex.ordinals[following] != 3 or at + 1 == len(self.words))
        ):
            return at + 1, ("frac", f"1/{lex.ordinals[following]}")
        if word in lex.articles and following.isdigit() and self._word(at + 1) in _SUFFIXES:
            return at + 2, ("frac", f"1/{following}")
        if word in lex.halves:
            return at, ("frac", "1/2")
        if word in lex.ordinals:
            return at, ("ordinal", str(lex.ordinals[word]))
        if word in lex.scales:
            end, value = self._scales(at - 1, 1)
            return end, ("num", str(value))
        if word in lex.points and following in lex.units and lex.units[following] < 10:
            end, text = self._decimals(at - 1, "0")
            return end, ("num", text)
        return at - 1, None

    def _scaled(self, at: int, text: str) -> tuple[int, str]:
        if text.isdigit() and self._word(at) in self.lex.scales:
            end, value = self._scales(at, int(text))
            return end, str(value)
        return at, text

    def _scales(self, at: int, value: int) -> tuple[int, int]:
        """After a number below a hundred: hundreds, thousands and what follows them."""
        lex = self.lex
        total = 0
        while self._word(at) in lex.scales:
            scale = lex.scales[self._word(at)]
            at += 1
            if scale == 100:
                value *= scale
            else:
                total, value = total + value * scale, 0
            after = at + 1 if self._word(at) in lex.number_ands else at
            if self._word(after) in lex.units or self._word(after) in lex.tens or self._word(after) in lex.hundreds:
                at, below = self._below_hundred(after)
                value += below
        return at, total + value

    def _below_hundred(self, at: int) -> tuple[int, int]:
        lex = self.lex
        word = self._word(at)
        if word in lex.hundreds:
            value, at = lex.hundreds[word], at + 1
            if self._word(at) in lex.units or self._word(at) in lex.tens:
                at, below = self._below_hundred(at)
                value += below
            return at, value
        if word in lex.units:
            return at + 1, lex.units[word]
        value = lex.tens[word]
        following = self._after_hyphen(at + 1)
        unit = lex.units.get(self._word(following), 0)
        if 0 < unit < 10:
            return following + 1, value + unit
        return at + 1, value

    def _cardinal(self, at: int) -> tuple[int, int]:
        at, value = self._below_hundred(at)
        return self._scales(at, value)

    def _decimals(self, at: int, text: str) -> tuple[int, str]:
        """Reads "point one four" after a whole number."""
        lex = self.lex
        if self._word(at) not in lex.points or "." in text:
            return at, text
        digits, end = "", at + 1
        while True:
            word = self._word(end)
            if word.isdigit():
                digits += word
            elif word in lex.units:
                digits += str(lex.units[word])
            elif word in lex.tens:
                after, value = self._below_hundred(end)
                digits += str(value)
                end = after - 1
            else:
                break
            end += 1
        return (end, f"{text}.{digits}") if digits else (at, text)

    def _fraction(self, at: int, text: str) -> tuple[int, tuple[str, str]]:
        """Reads "thirds" after a whole number, as a word or as "3rds"."""
        lex = self.lex
        if not text.isdigit():
            return at, ("num", text)
        following = self._after_hyphen(at)
        word = self._word(following)
        if word in lex.ordinals:
            return following + 1, ("frac", f"{text}/{lex.ordinals[word]}")
        if word in lex.number_ands:
            mixed = self._mixed(following + 1, text)
            if mixed is not None:
                return mixed
        glued = following + 1 < len(self.words) and self.words[following + 1].glued
        if glued and word.isdigit() and self._word(following + 1) in _SUFFIXES:
            return following + 2, ("frac", f"{text}/{word}")
        return at, ("num", text)

    def _mixed(self, at: int, text: str) -> tuple[int, tuple[str, str]] | None:
        """Reads "и девяносто девять сотых" after a whole number."""
        lex = self.lex
        if self._word(at) not in lex.units and self._word(at) not in lex.tens:
            return None
        end, part = self._below_hundred(at)
        whole = lex.ordinals.get(self._word(end), 0)
        if whole not in (10, 100, 1000):
            return None
        return end + 1, ("num", f"{text}.{part:0{len(str(whole)) - 1}d}")

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
        for index, letter in enumerate(word.text[first:], first):
            glued = word.glued if index == 0 else index > first
            self.out.append(Token({"id": letter}, letter, start + index, start + index + 1, glued))
        self.at += 1
