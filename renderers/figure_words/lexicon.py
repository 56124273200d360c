"""Words of figures → tokens with all that they may mean, in English and Russian at once.

The phrases are words.toml; the longest one at a place wins. Names of points, numbers, formulas between dollars and
words between quotes are tokens by their form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from ...convert import toml_tables
from ...convert.errors import ParseError, TableError
from ...convert.readers.spoken.lexicon import alternatives
from ...convert.readers.spoken.words import Word, fold, split
from ...convert.source import Source, Span
from . import pictures

MAX_WORDS: Final = 2000
"""A description longer than this is none of one figure."""
_CYRILLIC: Final = re.compile(r"[а-яё]")
_ENDING: Final = re.compile(r"\{(\w+)\}")
_QUOTED: Final = re.compile(r"\"([^\"\n]{1,80})\"|“([^”\n]{1,80})”|«([^»\n]{1,80})»|(?<!\w)'([^'\n]{1,80})'(?!\w)")
_FORMULA: Final = re.compile(r"\$([^$]+)\$")
_NAME: Final = re.compile(r"[A-ZА-Я](?:[A-ZА-Я]*)")
_LOOKALIKES: Final = str.maketrans("АВЕКМНОРСТХУ", "ABEKMHOPCTXY")
"""Capitals of the two scripts that look the same: whoever types Russian often types ABC so."""


class Token(NamedTuple):
    """A phrase: `senses` are kind → values, `first` and `end` the words that it takes, `span` its place in the text.

    A name of points has the sense "name", quoted words "quoted", a formula between dollars "formula".
    """

    senses: Mapping[str, tuple[str, ...]]
    text: str
    first: int
    end: int
    span: Span

    def means(self, kind: str, *values: str) -> str | None:
        """What it means in this kind, of `values` where there are any; None where nothing."""
        return next((one for one in self.senses.get(kind, ()) if not values or one in values), None)


@dataclass(slots=True)
class _Trie:
    branches: dict[str, _Trie] = field(default_factory=dict)
    senses: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _content() -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """The phrases of words.toml by what they mean, and its endings."""
    content = toml_tables.parse(files(__package__).joinpath("words.toml").read_text("utf-8"), "words.toml")
    endings = {
        name: tuple("" if one == "-" else one for one in text.split()) for name, text in content.pop("endings").items()
    }
    return content, endings


@cache
def first_form(kind: str, language: str) -> str:
    """What a shape or picture is called in a language: the first form of its first phrase, "" where there is none."""
    content, endings = _content()
    picture = pictures.pictures().get(kind)
    phrases = (*content["shape"].get(kind, ()), *(picture.words if picture is not None else ()))
    pattern = next((one for one in phrases if bool(_CYRILLIC.search(one)) == (language == "ru")), "")
    return " ".join(_forms(word, endings)[0] for word in next(alternatives(pattern)).split())


@cache
def _table() -> _Trie:
    content, endings = _content()
    root = _Trie()
    for kind, rows in content.items():
        for value, phrases in rows.items():
            for phrase in toml_tables.strings(phrases, f"words.toml: {kind}.{value}"):
                _add(root, phrase, endings, kind, value)
    for picture in pictures.pictures().values():
        for phrase in picture.words:
            _add(root, phrase, endings, "picture", picture.name)
    return root


def _add(root: _Trie, pattern: str, endings: Mapping[str, tuple[str, ...]], kind: str, value: str) -> None:
    for phrase in alternatives(pattern):
        nodes = [root]
        for written in phrase.split():
            forms = [[word.lower for word in split(form)] for form in _forms(written, endings)]
            nodes = [_branch(node, form) for node in nodes for form in forms]
        for node in nodes:
            known = node.senses.get(kind, ())
            if value not in known:
                node.senses[kind] = (*known, value)


def _forms(word: str, endings: Mapping[str, tuple[str, ...]]) -> list[str]:
    """A word with each of its endings."""
    found = _ENDING.search(word)
    if found is None:
        return [word]
    if found[1] not in endings:
        raise TableError(f"words.toml: {word!r}: there is no ending {found[1]!r}")
    head, tail = word[: found.start()], word[found.end() :]
    return [head + ending + tail for ending in endings[found[1]]]


def _branch(trie: _Trie, words: list[str]) -> _Trie:
    for word in words:
        trie = trie.branches.setdefault(word, _Trie())
    return trie


def tokens(source: Source) -> tuple[list[Word], list[Token]]:
    """The words of a text and its tokens; a word without a sense is a token too. ParseError where it is too long."""
    words = _words(source.text)
    if len(words) > MAX_WORDS:
        raise ParseError(f"more than {MAX_WORDS} words are no description of one figure", source, words[MAX_WORDS].span)
    return words, list(_phrases(words))


def _words(text: str) -> list[Word]:
    """The words; what stands between quotes or dollars is one word."""
    whole = sorted((*_QUOTED.finditer(text), *_FORMULA.finditer(text)), key=lambda match: match.start())
    found: list[Word] = []
    at = 0
    for match in whole:
        if match.start() < at:
            continue
        found += _moved(split(text[at : match.start()]), at)
        found.append(Word(match[0], match[0], match.span(), False))
        at = match.end()
    return found + _moved(split(text[at:]), at)


def _moved(words: list[Word], by: int) -> list[Word]:
    return [word._replace(span=(word.span[0] + by, word.span[1] + by)) for word in words]


def _phrases(words: list[Word]) -> Iterator[Token]:
    at = 0
    while at < len(words):
        token = _by_form(words, at) or _by_table(words, at)
        yield token
        at = token.end


def _by_form(words: list[Word], at: int) -> Token | None:
    word = words[at]
    if word.text[0] in "\"“«'" and len(word.text) > 1:
        return Token({"quoted": (word.text[1:-1],)}, word.text, at, at + 1, word.span)
    if word.text[0] == "$" and len(word.text) > 1:
        return Token({"formula": (word.text[1:-1],)}, word.text, at, at + 1, word.span)
    if _NAME.fullmatch(word.text) and not _begins_sentence(words, at):
        return _named(words, at)
    return None


def _begins_sentence(words: list[Word], at: int) -> bool:
    """Whether a capital may be that of a sentence: "A circle", but not "A and B" or "AB"."""
    word = words[at].text
    if len(word) > 1 or word not in ("A", "А", "В", "С", "К", "О", "У"):
        return False
    first = at == 0 or words[at - 1].lower in (".", ";", "!")
    following = words[at + 1].lower if at + 1 < len(words) else ""
    return first and following not in (",", "and", "и", "(", "=", "is", ":", "-")


def _named(words: list[Word], at: int) -> Token:
    """A name with the digits and primes that are glued to it: A1, A', ABC, K3."""
    text, end = words[at].text, at + 1
    while end < len(words) and words[end].glued and (words[end].text.isdigit() or words[end].text in "'′"):
        text, end = text + words[end].text, end + 1
    text = text.translate(_LOOKALIKES)
    return Token({"name": (text,)}, text, at, end, (words[at].span[0], words[end - 1].span[1]))


def _by_table(words: list[Word], at: int) -> Token:
    trie, end, senses = _table(), at + 1, {}
    here = at
    while here < len(words) and (branch := trie.branches.get(fold(words[here].lower))) is not None:
        trie, here = branch, here + 1
        if trie.senses:
            end, senses = here, dict(trie.senses)
    if words[at].lower == "-" and end < len(words) and words[end].text[0].isdigit():
        senses = {"word": ("minus",)}  # and no dash between words
    text = " ".join(word.text for word in words[at:end])
    return Token(senses, text, at, end, (words[at].span[0], words[end - 1].span[1]))
