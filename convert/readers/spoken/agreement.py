"""Russian agreement: what a participle belongs to, by its ending.

«Арксинус икс деленного на игрек» is the arcsine of a quotient: the participle stands in the genitive, as the argument
does and the noun does not. In «арксинус икс деленный на игрек» it agrees with the noun, and the arcsine is divided.
Letters are not declined, and the neuter «деленное» is said of anything: then the words leave open what is divided.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal, TypeAlias

from ... import numerals, toml_tables
from .words import fold

Form: TypeAlias = tuple[str, int]
"""Gender, or "plural", and the number of the case: nominative, genitive, dative, accusative, instrumental, …"""

Forms: TypeAlias = frozenset[Form]

_GENDERS: Final = ("m", "f", "n", "plural")
_DIRECT: Final = (0, 3)
"""The nominative and the accusative, which nouns have that are not governed."""

_GENITIVE: Final = 1

_NO_FORMS: Final[Forms] = frozenset()


@cache
def _participles() -> dict[str, Forms]:
    endings = numerals.table("ru")["endings"]
    found: dict[str, set[Form]] = {}
    for stem in toml_tables.read("heard.ru.toml")["agreement"]["participles"]:
        participle = numerals.Adjective(f"{stem}-ый", endings)
        for gender in _GENDERS:
            for case in range(len(numerals.CASES)):
                found.setdefault(fold(participle.form(gender, case)), set()).add((gender, case))
    return {word: frozenset(forms) for word, forms in found.items()}


@cache
def _nouns() -> dict[str, Forms]:
    found: dict[str, set[Form]] = {}
    for entry in toml_tables.read("heard.ru.toml")["agreement"]["nouns"]:
        noun = numerals.declined(*entry.split())
        for gender, forms in ((noun.gender, noun.singular), ("plural", noun.plural)):
            for case, form in enumerate(forms):
                found.setdefault(fold(form), set()).add((gender, case))
    return {word: frozenset(forms) for word, forms in found.items()}


def is_participle(phrase: str) -> bool:
    """Whether the phrase begins with a participle that is declined: «деленного на», but not «делить на»."""
    return fold(phrase.partition(" ")[0]) in _participles()


def owner(noun: str, participle: str) -> Literal["noun", "argument", "open"]:
    """What the phrase of a participle behind the argument of a noun says more about; "open" where it may be either.

    >>> owner("арксинус", "деленного на"), owner("арксинус", "деленный на"), owner("арксинус", "делить на")
    ('argument', 'noun', 'open')
    """
    said = _participles().get(fold(participle.partition(" ")[0]), _NO_FORMS)
    if not said:
        return "open"
    own = next((_nouns()[word] for word in fold(noun).split() if word in _nouns()), _NO_FORMS)
    if said & own:
        return "noun"
    return "open" if any(case in _DIRECT for _, case in said) else "argument"


def alike(first: str, second: str) -> bool:
    """Whether two phrases begin with participles of the same form.

    >>> alike("умноженной на", "деленной на"), alike("умноженное на", "деленной на")
    (True, False)
    """
    one, two = (_participles().get(fold(phrase.partition(" ")[0]), _NO_FORMS) for phrase in (first, second))
    return bool(one) and one == two


def oblique(phrase: str, participle: str) -> bool:
    """Whether a participle agrees with a phrase in the dative or another case that is governed.

    >>> oblique("среднему значению", "деленному на"), oblique("среднее значение", "деленное на")
    (True, False)
    """
    said = _participles().get(fold(participle.partition(" ")[0]), _NO_FORMS)
    own = {form for word in fold(phrase).split() for form in _nouns().get(word, _NO_FORMS)}
    return any(case not in (*_DIRECT, _GENITIVE) for _, case in said & own)
