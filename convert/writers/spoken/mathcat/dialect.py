"""The words of MathCAT's styles: loads and checks tables/mathcat.LANGUAGE.toml.

A template is text with parts in braces: ``{x}`` is a part of the formula, ``{x:gen}`` the same in a grammatical case,
``{:gen}`` sets the case of what comes next. Words in round brackets are left out by terse speech. A text that depends
on the verbosity in other ways is a table of ``terse``, ``medium`` and ``verbose``; without the last, verbose speech is
like medium.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, TypeAlias

from .... import symbols, toml_tables
from ....errors import TableError
from ....numerals import CASES
from ....phrases import Language, Template, template

Style: TypeAlias = Literal["clear", "simple"]
Verbosity: TypeAlias = Literal["terse", "medium", "verbose"]

PARTS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(parts.split())
    for names, parts in {
        "times root_positive root_negative end_root end_fraction end_exponent end_superscript end_sub": "",
        "end_absolute end_cardinality end_determinant_of end_norm end_magnitude start_binomial end_binomial": "",
        "empty_set given divides such_that times_by times_cross times_dot cross_product dot_product": "",
        "and_so_on and_so_on_up_to prime double_prime triple_prime end_enclosed end_matrix end_vector": "",
        "end_determinant separator row_separator array array_next star": "",
        "capital capital_of_set negative positive squared cubed to_the_second transpose": "x",
        "to_the_second_short gradient divergence curl laplacian absolute cardinality": "x",
        "determinant_of norm magnitude number_set positive_set negative_set set vector quantity": "x",
        "differential": "x",
        "font": "font x",
        "square_root cube_root": "sign x",
        "nth_root index_root": "sign n x",
        "fraction fraction_over fraction_named fraction_per fraction_of_words fraction_of_function": "num den",
        "fraction_in_limit": "num den",
        "mixed mixed_over": "whole part",
        "to_the_ordinal to_the_ordinal_short to_the_letter to_the_letter_short set_power": "n x",
        "to_the_negative to_the_negative_short to_the_leaf": "e x",
        "raised raised_nested raised_exponent raised_after superscript": "e x",
        "sub sub_of_power sub_number": "i x",
        "applied applied_silently": "f x",
        "named_logarithm inverse trig_inverse arc_inverse": "f",
        "logarithm_base": "b",
        "logarithm_base_applied": "b x",
        "function_power function_power_other": "f n x",
        "norm_index": "p x",
        "binomial permutations": "n k",
        "big": "op",
        "big_both": "op low high",
        "big_under below_operator": "op low",
        "big_of big_of_plain integral_of_plain": "op x",
        "limit": "low",
        "limit_of": "low x",
        "approach approach_below approach_above evaluated": "a x",
        "evaluated_between": "a b x",
        "set_of_all set_of": "x y",
        "open_interval closed_interval open_closed_interval closed_open_interval interval": "a b",
        "open_open open_closed closed_open closed_closed line_segment ray arc": "a b",
        "open_end closed_end": "a",
        "marked": "mark x",
        "over under": "x y",
        "over_under": "x y z",
        "enclosed": "kind x",
        "matrix augmented_matrix determinant zero_matrix identity_matrix diagonal_matrix": "rows columns",
        "column_matrix column_vector row_matrix row_vector": "rows columns",
        "one_entry one_entry_determinant": "rows columns x",
        "row column": "n",
        "counted label": "n word",
    }.items()
    for name in names.split()
}
"""The templates, and the parts that each must have."""

_LINES: Final = ("Line", "Case", "Equation", "Constraint", "Row", "Step")
_PLACES: Final = ("set", "under", "alone")
_MEMBERS: Final = ("Simple", "In", "Member", "Element", "Belongs")
_SECTIONS: Final = (
    "both", "clear", "simple", "ordinal", "letters", "sets", "functions", "inverses", "silent", "bigs", "symbols",
    "member", "marks", "enclosures", "fonts", "lines", "texts", "declined",
)  # fmt: skip
_OPTIONAL = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one style in one language and verbosity."""

    templates: Mapping[str, Template]
    ordinal: str
    """What makes an ordinal of a letter."""
    letters: Mapping[str, str]
    sets: Mapping[str, str]
    functions: Mapping[str, str]
    inverses: Mapping[str, str]
    silent: frozenset[str]
    """Functions that are said without "of", whatever they are applied to."""
    silent_if_simple: frozenset[str]
    """Functions that are said without "of" before something simple."""
    bigs: Mapping[str, str]
    symbols: Mapping[str, str]
    """The words of every character, those of symbols.tsv among them."""
    member: Mapping[str, Mapping[str, Mapping[str, Template]]]
    """By sign, place and preference."""
    marks: Mapping[str, str]
    enclosures: Mapping[str, str]
    fonts: Mapping[str, str]
    lines: Mapping[str, tuple[str, str, str]]
    texts: Mapping[str, str]
    declined: Mapping[str, tuple[str, ...]]
    """Phrases in six cases."""


@cache
def dialect(language: Language, style: Style, verbosity: Verbosity) -> Dialect:
    """The words of a style."""
    name = f"mathcat.{language}.toml"
    return load(toml_tables.text(name), name, language, style, verbosity)


def load(text: str, filename: str, language: Language, style: Style, verbosity: Verbosity) -> Dialect:
    """The words from the text of a table.

    Raises TableError with `filename` and the key for a missing or unknown one, and for a template without its parts.
    """
    content = toml_tables.parse(text, filename)
    toml_tables.check_keys(content, _SECTIONS, filename)
    toml_tables.check_keys(content["both"], PARTS, filename, "both")
    for own in ("clear", "simple"):
        toml_tables.check_keys(content[own], PARTS, filename, own, optional=True)
    reader = _Reader(filename, verbosity)
    texts = {**content["both"], **content[style]}
    templates = {key: reader.template(key, texts[key], parts) for key, parts in PARTS.items()}
    toml_tables.check_keys(content["lines"], _LINES, filename, "lines")
    toml_tables.check_keys(content["ordinal"], ("ending",), filename, "ordinal")
    toml_tables.check_keys(content["silent"], ("always", "clear", "simple"), filename, "silent")
    silent = reader.texts("silent", content["silent"])
    return Dialect(
        templates,
        reader.texts("ordinal", content["ordinal"])["ending"],
        {**_of_symbols(language, "letter"), **reader.texts("letters", content["letters"])},
        reader.texts("sets", content["sets"]),
        {**_of_symbols(language, "fn", "fnlim"), **reader.texts("functions", content["functions"])},
        reader.texts("inverses", content["inverses"]),
        frozenset(silent["always"].split()),
        frozenset(silent[style].split()),
        reader.texts("bigs", content["bigs"]),
        {**_of_symbols(language), **reader.texts("symbols", content["symbols"])},
        reader.members(content["member"]),
        {**_marks(language), **reader.texts("marks", content["marks"])},
        reader.texts("enclosures", content["enclosures"]),
        reader.texts("fonts", content["fonts"]),
        {key: reader.forms(f"lines.{key}", forms, 3) for key, forms in content["lines"].items()},  # type: ignore[misc]
        reader.texts("texts", content["texts"]),
        {key: reader.forms(f"declined.{key}", forms, len(CASES)) for key, forms in content["declined"].items()},
    )


def _of_symbols(language: Language, *classes: str) -> dict[str, str]:
    """The words of symbols.tsv by character, without those of marks, capital letters as small ones."""
    found: dict[str, str] = {}
    for row in symbols.rows():
        words = row.en if language == "en" else row.ru
        if words is None or row.cls in ("accent", "wide", "under") or (classes and row.cls not in classes):
            continue
        found.setdefault(row.char, words)
    return found


def _marks(language: Language) -> dict[str, str]:
    rows = (row for row in symbols.rows() if row.cls in ("accent", "wide", "under"))
    return {row.name: words for row in rows if (words := row.en if language == "en" else row.ru)}


class _Reader:
    """Reads the texts of one verbosity."""

    def __init__(self, filename: str, verbosity: Verbosity) -> None:
        self.filename = filename
        self.verbosity = verbosity

    def text(self, key: str, value: object) -> str:
        """The text for the verbosity."""
        if isinstance(value, dict):
            if not {"terse", "medium"} <= set(value) <= {"terse", "medium", "verbose"}:
                raise TableError(f"{self.filename}: {key}: the texts are for {' '.join(value)}")
            value = value.get(self.verbosity, value["medium"])
        whole = toml_tables.string(value, f"{self.filename}: {key}")
        text = _OPTIONAL.sub("" if self.verbosity == "terse" else r"\1", whole)
        return " ".join(text.split())

    def texts(self, section: str, table: Mapping[str, object]) -> dict[str, str]:
        """A section of texts."""
        return {key: self.text(f"{section}.{key}", value) for key, value in table.items()}

    def forms(self, key: str, value: object, count: int) -> tuple[str, ...]:
        """A list of forms of one phrase."""
        forms = toml_tables.strings(value, f"{self.filename}: {key}", "forms")
        if len(forms) != count:
            raise TableError(f"{self.filename}: {key}: {value!r} is not {count} forms")
        return forms

    def template(self, key: str, value: object, parts: frozenset[str]) -> Template:
        """A template with these parts."""
        return template(self.text(key, value), parts, f"{self.filename}: {key}")

    def members(self, table: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Template]]]:
        """The words of membership."""
        found: dict[str, dict[str, dict[str, Template]]] = {}
        for sign, places in table.items():
            toml_tables.check_keys(places, _PLACES, self.filename, f"member.{sign}")
            found[sign] = {}
            for place, words in places.items():
                key = f"member.{sign}.{place}"
                toml_tables.check_keys(words, _MEMBERS, self.filename, key)
                found[sign][place] = {
                    name: self.template(f"{key}.{name}", text, frozenset()) for name, text in words.items()
                }
        return found
