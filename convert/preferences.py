"""The preferences of ClearSpeak: loads and checks tables/clearspeak.toml, and reads what a user asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from . import toml_tables
from .errors import OptionError, TableError

Preferences: TypeAlias = Mapping[str, str]
"""The value of each preference by its name."""

_TABLE: Final = "clearspeak.toml"
_PREFIX: Final = "clearspeak_"


@dataclass(frozen=True, slots=True)
class Preference:
    """One preference; the first of its values is the default."""

    name: str
    values: tuple[str, ...]
    spellings: tuple[str, ...] = ()


@cache
def known() -> Mapping[str, Preference]:
    """All preferences by name, in the order of the table."""
    return load(toml_tables.text(_TABLE), _TABLE)


def load(text: str, filename: str) -> Mapping[str, Preference]:
    """The preferences from the text of a table. Raises TableError with `filename` and the row that is wrong."""
    content = toml_tables.parse(text, filename)
    found: dict[str, Preference] = {}
    taken: dict[str, str] = {}
    for name, row in content.items():
        place = f"{filename}: {name}"
        if not isinstance(row, dict) or set(row) - {"values", "spellings"}:
            raise TableError(f"{place}: not values and spellings")
        preference = Preference(name, _names(row.get("values"), place), _names(row.get("spellings", []), place))
        if len(preference.values) < 2:
            raise TableError(f"{place}: fewer than two values")
        for spelling in (name, *preference.spellings):
            if spelling.lower() in taken:
                raise TableError(f"{place}: {spelling!r} is taken by {taken[spelling.lower()]}")
            taken[spelling.lower()] = name
        found[name] = preference
    return found


def _names(value: object, place: str) -> tuple[str, ...]:
    names = toml_tables.strings(value, place, "names")
    if not all(map(str.isalnum, names)):
        raise TableError(f"{place}: {value!r} is not a list of names")
    return names


@cache
def chosen(text: str) -> Preferences:
    """The preferences that a text asks for, and the defaults of the others.

    The text is ``Exponent_Ordinal:Paren_Silent``, in any case, also with ``=`` for the underscore, commas or blanks for
    the colons, and ``ClearSpeak_`` in front of the names. Raises OptionError for what there is not, and for a
    preference that is given twice.
    """
    values = {name: preference.values[0] for name, preference in known().items()}
    given: set[str] = set()
    for item in text.replace(",", ":").replace(" ", ":").split(":"):
        if not item:
            continue
        preference, value = _parse(item)
        if preference.name in given:
            raise OptionError(f"the preference {preference.name} is given twice")
        given.add(preference.name)
        values[preference.name] = value
    return values


def _parse(item: str) -> tuple[Preference, str]:
    bare = item[len(_PREFIX) :] if item.lower().startswith(_PREFIX) else item
    name, _, value = bare.replace("=", "_", 1).partition("_")
    preference = _by_spelling().get(name.lower())
    if preference is None:
        raise OptionError(f"there is no preference {name!r}; there are {', '.join(known())}")
    for there in preference.values:
        if there.lower() == value.lower():
            return preference, there
    raise OptionError(f"the preference {preference.name} is one of {', '.join(preference.values)}, not {value!r}")


@cache
def _by_spelling() -> Mapping[str, Preference]:
    return {
        spelling.lower(): preference
        for preference in known().values()
        for spelling in (preference.name, *preference.spellings)
    }
