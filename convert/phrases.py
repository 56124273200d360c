"""How constructs are spoken: loads and checks tables/phrases.en.toml and phrases.ru.toml; the writer and the readers
of words share them.

The words of symbols are in symbols.tsv, the words that build something out of them are here. `exact` gives the
vocabulary of the exact style, in which every phrase of a symbol and every phrase of a construct can be told apart by
its words alone: phrases are cut from the left, the longest first, and where the words of two neighbours would make a
longer phrase, the separator stands between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, get_args

from . import symbols, toml_tables
from .errors import OptionError, TableError
from .nodes import EnclosedKind, Font

Language: TypeAlias = Literal["en", "ru"]

Words: TypeAlias = tuple[str, ...]
"""A phrase, word by word."""

LeafKind: TypeAlias = Literal["ident", "sym", "operator"]

_LAID_OUT = frozenset({"phantom", "hphantom", "vphantom", "smash", "llap", "rlap", "clap", "raise", "tag"})
_ENCLOSED = tuple(kind for kind in get_args(EnclosedKind) if kind not in _LAID_OUT)
_FONTS = tuple(font for font in get_args(Font) if font)
_PHRASE = re.compile(r"[a-zа-яё]+(?: [a-zа-яё]+)*")
_SPOKEN = re.compile(r"[a-zа-яё]+(?:[ -][a-zа-яё]+)*")
_CLASSES: dict[str, LeafKind] = {"letter": "ident", "fn": "operator", "fnlim": "operator"}
_MARKS = frozenset({"accent", "wide", "under"})


def _table(*keys: str) -> Any:
    """A field that holds one phrase for each of these keys."""
    return field(metadata={"keys": keys})


@dataclass(frozen=True, slots=True)
class Spelled:
    """The phrases around a string that is given word by word, or spelled: `one` before a single word or sign, else
    `open` and `close` around any number of them.
    """

    one: str
    open: str
    close: str


@dataclass(frozen=True, slots=True)
class ExactPhrases:
    """The constructs of the exact style, as the table [exact] has them."""

    separator: str
    empty: str
    point: str
    comma: str
    fraction: str
    over: str
    end_fraction: str
    stacked: str
    end_stacked: str
    root: str
    end_root: str
    index_root: str
    of: str
    sub: str
    super: str
    subscript: str
    end_subscript: str
    superscript: str
    end_superscript: str
    squared: str
    cubed: str
    prime: str
    double_prime: str
    triple_prime: str
    group: str
    end_group: str
    stack: str
    above: str
    below: str
    end_stack: str
    matrix: str
    end_matrix: str
    lines: str
    end_lines: str
    diagram: str
    end_diagram: str
    next_row: str
    next_column: str
    no_cells: str
    enclosed: str
    end_enclosed: str
    plain: str
    letter: str
    symbol: str
    character: str
    end_character: str
    code: str
    end: str
    cap: str
    caps: str
    glue: str
    blank: str
    mark: str
    quoted: str
    foreign: str
    spelled: Mapping[str, Spelled] = _table("text", "name", "function", "number", "sign", "source", "language")
    fonts: Mapping[str, str] = _table(*_FONTS)
    enclosures: Mapping[str, str] = _table(*_ENCLOSED)
    leaves: Mapping[str, str] = field(default_factory=dict)
    """Words for characters that take the place of those in symbols.tsv."""
    shortened: Mapping[str, str] = field(default_factory=dict)
    """Words in the phrases of symbols, and the shorter ones said for them."""

    @property
    def reserved(self) -> frozenset[str]:
        """Words with a meaning inside spelled strings; to be meant as themselves they are quoted."""
        return frozenset({self.separator, self.end, self.cap, self.caps, self.glue, self.blank, self.mark, self.quoted})


_Tabular = TypeVar("_Tabular", ExactPhrases, Spelled)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A letter, symbol or named function by its `text` in the tree."""

    kind: LeafKind
    text: str


class Slot(NamedTuple):
    """A piece of a template: words, or the name of a part, and the grammatical case that what follows stands in."""

    words: str
    part: str
    case: str


Template: TypeAlias = tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class NaturalPhrases:
    """The constructs of the natural style, as the table [natural] has them."""

    templates: Mapping[str, Template]
    primes: tuple[str, ...]
    capitals: tuple[str, ...]
    """The words before the name of a capital letter in symbols.tsv."""
    prose: tuple[str, ...]
    """Words of texts that are heard as such without being told."""
    bigs: Mapping[str, str]
    leaves: Mapping[str, str]
    """The words for each character, also those of symbols.tsv."""
    between: Mapping[str, str]
    """Words for relations that stand between operands, where they differ."""
    brief: Mapping[str, str]
    """The same after quantifiers and in scripts."""
    marks: Mapping[str, str]
    sets: Mapping[str, str]
    fonts: Mapping[str, str]
    nato: Mapping[str, str]
    declined: Mapping[str, tuple[str, ...]]
    """A word in six cases."""
    governs: Mapping[str, str]
    """The case that follows a character; "zero" is the dative of the number 0 alone."""

    @property
    def one_power(self) -> bool:
        """Whether a short power begins with the words of one whose end is said."""
        return self.templates["to_the"][0] == self.templates["long_power"][0]

    def font(self, font: str, text: str) -> str:
        """The words for a font: of letters that have no bold but the slanted one, "bold" means that."""
        slanted = not text.isascii()
        if slanted and font == "bi":
            font = "bf"
        elif slanted and font == "bf":
            return f"{self.fonts['bf']} {self.fonts['rm']}"
        return self.fonts[font]


@dataclass(slots=True)
class Entry:
    """What a phrase can be: the name of a construct (``fraction``, ``fonts.bf``), a mark over its base, a leaf. Where
    it is several, the first of these is meant, and a leaf is said with its kind before it.
    """

    construct: str = ""
    mark: str = ""
    leaf: Leaf | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The phrases of the exact style in one language."""

    phrases: ExactPhrases
    entries: Mapping[Words, Entry]
    leaves: Mapping[Leaf, Words]
    """How each leaf that has words of its own is said."""
    by_text: Mapping[str, Words]
    """The words for a text, of whatever kind."""
    marks: Mapping[str, Words]
    starts: Mapping[str, tuple[Words, ...]]
    """All phrases by their first word, the longest first."""

    def longest(self, words: list[str], start: int) -> Words | None:
        """The longest phrase at a place in a text."""
        for phrase in self.starts.get(words[start], ()):
            if tuple(words[start : start + len(phrase)]) == phrase:
                return phrase
        return None


def language_of(name: str) -> Language:
    """Raises OptionError for a language without tables."""
    if name not in get_args(Language):
        raise OptionError(f"language is 'en' or 'ru', not {name!r}")
    return name  # type: ignore[return-value]  # checked above


@cache
def exact(language: Language) -> Vocabulary:
    """The vocabulary of the exact style."""
    name = f"phrases.{language}.toml"
    return vocabulary(load(toml_tables.text(name), name), language, name)


@cache
def natural(language: Language) -> NaturalPhrases:
    """The phrases of the natural style, joined with the words of symbols.tsv."""
    name = f"phrases.{language}.toml"
    return load_natural(toml_tables.text(name), language, name)


@cache
def natural_words(language: Language) -> frozenset[str]:
    """The words with which phrases of the natural style begin; others are names that need no announcement."""
    phrases = natural(language)
    said = [slot.words for template in phrases.templates.values() for slot in template]
    for table in (
        phrases.bigs,
        phrases.leaves,
        phrases.between,
        phrases.brief,
        phrases.marks,
        phrases.sets,
        phrases.fonts,
    ):
        said += table.values()
    said += (*phrases.primes, *phrases.capitals, *phrases.prose, *phrases.declined)
    return frozenset(phrase.split()[0].lower() for phrase in said if phrase)


def load(text: str, filename: str) -> ExactPhrases:
    """The phrases of the exact style from the text of a table.

    Raises TableError with `filename` and the key for a missing or unknown one, for what is not lower-case words
    separated by single blanks, and for words that do two things.
    """
    table = toml_tables.part(toml_tables.parse(text, filename), "exact", filename)
    phrases = _filled(ExactPhrases, table, filename, "exact")
    taken: dict[str, str] = {}
    for key, phrase in constructs(phrases):
        if phrase in taken:
            raise TableError(f"{filename}: exact.{key}: {phrase!r} is taken by exact.{taken[phrase]}")
        taken[phrase] = key
    for word in phrases.reserved:
        if " " in word:
            raise TableError(f"{filename}: exact: {word!r} has to be one word, it stands inside spelled strings")
    for key, spelled in phrases.spelled.items():
        if not spelled.close.startswith(phrases.end + " "):
            raise TableError(
                f"{filename}: exact.spelled.{key}.close: {spelled.close!r} is not {phrases.end!r} and more"
            )
    return phrases


def _filled(cls: type[_Tabular], table: Mapping[str, Any], filename: str, at: str) -> _Tabular:
    values: dict[str, Any] = {}
    toml_tables.check_keys(table, [entry.name for entry in fields(cls)], filename, at, optional=True)
    for entry in fields(cls):
        place = f"{at}.{entry.name}"
        value = table.get(entry.name)
        keys = entry.metadata.get("keys")
        if keys is not None or entry.name in ("leaves", "shortened"):
            values[entry.name] = _mapping(entry.name, {} if value is None else value, keys, filename, place)
        else:
            values[entry.name] = _phrase(value, f"{filename}: {place}")
    return cls(**values)


def _mapping(
    name: str, table: Mapping[str, Any], keys: tuple[str, ...] | None, filename: str, at: str
) -> Mapping[str, Any]:
    if keys is not None:
        toml_tables.check_keys(table, keys, filename, at)
    if name == "spelled":
        return {key: _filled(Spelled, value, filename, f"{at}.{key}") for key, value in table.items()}
    return _phrases(table, f"{filename}: {at}")


def _phrases(table: object, place: str) -> Mapping[str, str]:
    return {key: _phrase(value, f"{place}.{key}") for key, value in toml_tables.mapping(table, place).items()}


def _phrase(value: object, place: str) -> str:
    if value is None:
        raise TableError(f"{place}: missing")
    if not isinstance(value, str) or not _PHRASE.fullmatch(value):
        raise TableError(f"{place}: {value!r} is not lower-case words separated by single blanks")
    return value


def constructs(phrases: ExactPhrases) -> Iterator[tuple[str, str]]:
    """Each construct by its key, as ``fraction`` or ``fonts.bf``, and its phrase."""
    for entry in fields(ExactPhrases):
        if entry.name in ("leaves", "shortened"):
            continue
        value = getattr(phrases, entry.name)
        if isinstance(value, str):
            yield entry.name, value
        elif entry.name == "spelled":
            for key, spelled in value.items():
                yield from ((f"spelled.{key}.{part.name}", getattr(spelled, part.name)) for part in fields(Spelled))
        else:
            yield from ((f"{entry.name}.{key}", phrase) for key, phrase in value.items())


def vocabulary(phrases: ExactPhrases, language: Language, filename: str) -> Vocabulary:
    """Joins the constructs with the words of symbols.tsv. Raises TableError for words that cannot be told apart."""
    entries: dict[Words, Entry] = {}
    for key, phrase in constructs(phrases):
        entries[tuple(phrase.split())] = Entry(construct=key)
    marks: dict[str, Words] = {}
    leaves: dict[Leaf, Words] = {}
    by_text: dict[str, Words] = {}
    for row in symbols.rows():
        if row.cls not in _MARKS:
            continue
        words = _words(row, phrases, language)
        if words is None or words in entries:
            raise TableError(f"{filename}: the mark {row.name} has no words of its own")
        marks[row.name] = words
        entries[words] = Entry(mark=row.name)
    for row in symbols.rows():
        if row.cls in _MARKS or row.char in by_text:
            continue
        words = _words(row, phrases, language)
        if words is None:
            continue
        entry = entries.setdefault(words, Entry())
        if entry.leaf is None:
            entry.leaf = Leaf(_CLASSES.get(row.cls, "sym"), row.char)
            by_text[row.char] = leaves[entry.leaf] = words
    _check_openers(phrases, entries, filename)
    starts: dict[str, list[Words]] = {}
    for words in sorted(entries, key=len, reverse=True):
        starts.setdefault(words[0], []).append(words)
    return Vocabulary(
        phrases, entries, leaves, by_text, marks, {first: tuple(found) for first, found in starts.items()}
    )


def _words(row: symbols.Symbol, phrases: ExactPhrases, language: Language) -> Words | None:
    text = phrases.leaves.get(row.char) if row.cls not in _MARKS else None
    text = text or (row.en if language == "en" else row.ru)
    if text is None:
        return None
    # Hyphens and capitals are not heard.
    return tuple(phrases.shortened.get(word, word) for word in text.lower().replace("-", " ").split())


def _check_openers(phrases: ExactPhrases, entries: Mapping[Words, Entry], filename: str) -> None:
    """What opens a spelled string must not begin a longer phrase: no separator can follow it."""
    openers = {tuple(phrase.split()): key for key, phrase in constructs(phrases) if _opens_raw(key)}
    for words in entries:
        for length in range(1, len(words)):
            if words[:length] in openers:
                key = openers[words[:length]]
                raise TableError(f"{filename}: exact.{key}: {' '.join(words)!r} begins with these words")


def _opens_raw(key: str) -> bool:
    return key in ("character", "code") or (key.startswith("spelled.") and not key.endswith(".close"))


_SLOT = re.compile(r"\{([a-z]*)(?::([a-z]+))?\}")
_CASES = frozenset({"nom", "gen", "dat", "acc", "ins", "pre"})
_PARTS: dict[str, frozenset[str]] = {
    name: frozenset(parts.split())
    for name, parts in {
        "over": "num den", "all_over": "num den", "fraction": "num den", "derivative": "num den", "choose": "n k",
        "square_root": "x", "cube_root": "x", "nth_root": "n x", "index_root": "n x", "end_root": "",
        "sub": "x", "long_sub": "x", "squared": "", "cubed": "", "to_the": "x", "to_the_nth": "n",
        "to_the_minus_nth": "x", "power": "x", "long_power": "x", "superscript": "x", "long_superscript": "x",
        "inverse": "", "transpose": "", "star": "", "degrees": "", "of": "", "negative": "", "minus": "",
        "from_to": "what low high", "over_to": "what var low high", "over_set": "what low",
        "what_of": "what", "base": "low", "limit": "var low", "limit_right": "var low", "limit_left": "var low",
        "absolute": "x", "end_absolute": "", "norm": "x", "end_norm": "", "floor": "x", "end_floor": "",
        "ceiling": "x", "end_ceiling": "", "vector": "x", "group": "x", "above": "x", "below": "x",
        "matrix": "rows columns", "end_matrix": "", "bracket_matrix": "rows columns", "end_bracket_matrix": "",
        "determinant": "rows columns", "end_determinant": "", "array": "rows columns", "end_array": "",
        "row_number": "n", "next_column": "", "lines": "", "end_lines": "", "cases": "",
        "text": "x", "long_text": "x", "operator": "x", "empty": "", "column": "num den", "dots": "",
        "next_case": "", "end_cases": "", "next_line": "", "diagram": "", "end_diagram": "", "boxed": "x",
        "crossed": "x", "given": "x y", "dot": "", "modulo": "x", "roman": "x", "range": "low high", "evaluated": "x",
    }.items()
}  # fmt: skip
"""The templates of the natural style, and the parts that each must have."""

_TABLES = (
    "primes",
    "capitals",
    "prose",
    "bigs",
    "leaves",
    "sets",
    "fonts",
    "nato",
    "declined",
    "governs",
    "between",
    "brief",
)


def load_natural(text: str, language: Language, filename: str) -> NaturalPhrases:
    """The phrases of the natural style from the text of a table.

    Raises TableError with `filename` and the key for a missing or unknown one, and for a template without its parts.
    """
    table = toml_tables.part(toml_tables.parse(text, filename), "natural", filename)
    toml_tables.check_keys(table, (*_PARTS, *_TABLES), filename, "natural")
    templates = {key: template(table[key], parts, f"{filename}: natural.{key}") for key, parts in _PARTS.items()}
    for key in ("bigs", "leaves", "sets", "fonts", "nato", "declined", "governs", "between", "brief"):
        _phrases(table[key], f"{filename}: natural.{key}")
    primes, capitals, prose = (
        toml_tables.strings(table[key], f"{filename}: natural.{key}") for key in ("primes", "capitals", "prose")
    )
    declined = {key: tuple(forms.split()) for key, forms in table["declined"].items()}
    for key, forms in declined.items():
        if len(forms) != len(_CASES):
            raise TableError(f"{filename}: natural.declined.{key}: {len(forms)} cases instead of {len(_CASES)}")
    leaves: dict[str, str] = dict(table["leaves"])
    marks: dict[str, str] = {}
    for row in symbols.rows():
        words = row.en if language == "en" else row.ru
        if words is None:
            continue
        if row.cls in _MARKS:
            marks[row.name] = words
        else:
            leaves.setdefault(row.char, words)
    return NaturalPhrases(
        templates,
        primes,
        capitals,
        prose,
        table["bigs"],
        leaves,
        table["between"],
        table["brief"],
        marks,
        table["sets"],
        table["fonts"],
        table["nato"],
        declined,
        table["governs"],
    )


def template(text: object, parts: frozenset[str], place: str) -> Template:
    """A phrase with slots for its parts, ``{part}`` or ``{part:case}``, which have to be these; `place` is where it
    stands, for the TableError about one that is not well formed.
    """
    text = toml_tables.string(text, place)
    slots: list[Slot] = []
    at = 0
    for match in _SLOT.finditer(text):
        if words := text[at : match.start()].strip():
            slots.append(Slot(_spoken(words, place), "", ""))
        case = match[2] or "nom"
        if case not in _CASES:
            raise TableError(f"{place}: {case!r} is no case")
        slots.append(Slot("", match[1], case))
        at = match.end()
    if words := text[at:].strip():
        slots.append(Slot(_spoken(words, place), "", ""))
    found = {slot.part for slot in slots if slot.part}
    if found != parts:
        raise TableError(f"{place}: the parts are {' '.join(sorted(found)) or 'none'}, not {' '.join(sorted(parts))}")
    return tuple(slots)


def _spoken(words: str, place: str) -> str:
    if not _SPOKEN.fullmatch(words):
        raise TableError(f"{place}: {words!r} is not lower-case words separated by single blanks")
    return words
