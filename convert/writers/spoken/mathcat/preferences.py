"""What MathCAT's styles can be told: ClearSpeak's preferences, and more about how and for whom a formula is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ....errors import OptionError
from ....preferences import Preferences, chosen
from ..said import Voice
from .dialect import Style, Verbosity

DIALECT: Final = "Dialect=MathCAT"
"""The preference that asks for MathCAT's ClearSpeak."""
_ANY: Final = ()

SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "Verbosity": ("Medium", "Terse", "Verbose"),
    "Impairment": ("Blindness", "LearningDisability", "LowVision"),
    "IgnoreBold": ("false", "true"),
    "DecimalSeparators": _ANY,
    "BlockSeparators": _ANY,
}
"""What can be told besides the preferences of ClearSpeak, and what it may be, the usual first."""

_VERBOSE: Final = {"Fraction": "EndFrac", "AbsoluteValue": "AbsEnd", "Roots": "RootEnd", "Matrix": "EndMatrix"}
"""What verbose speech does where the preference leaves it open."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a formula is said. The preferences are found by their names: ``settings["Paren"]``."""

    style: Style
    verbosity: Verbosity
    blind: bool
    """Whether ends and capitals are said, which a listener who also sees the formula does not need."""
    ignore_bold: bool
    separators: str
    """What groups digits, where that was said."""
    preferences: Preferences

    def __getitem__(self, name: str) -> str:
        return self.preferences[name]

    @property
    def clear(self) -> bool:
        """Whether this is ClearSpeak."""
        return self.style == "clear"


def settings_of(voice: Voice, style: Style) -> Settings:
    """The settings that a voice asks for: ``Verbosity=Terse:ClearSpeak_Paren=Interval``.

    Raises OptionError for what there is not.
    """
    told = {name: values[0] if values else "" for name, values in SETTINGS.items()}
    told["Verbosity"] = voice.verbosity.capitalize() or told["Verbosity"]
    others: list[str] = []
    for item in voice.preferences.split(":"):
        name, _, value = item.partition("=")
        if name in SETTINGS:
            told[name] = value
        elif item != DIALECT:
            others.append(item)
    for name, values in SETTINGS.items():
        if values and told[name] not in values:
            raise OptionError(f"{name} is one of {', '.join(values)}, not {told[name]!r}")
    # The one value that MathCAT spells in its own way.
    preferences = dict(chosen(":".join(others).replace("Combinatorics", "Combinatoric")))
    if style == "clear" and told["Verbosity"] == "Verbose":
        for name, value in _VERBOSE.items():
            if preferences[name] == "Auto":
                preferences[name] = value
    return Settings(
        style,
        _VERBOSITIES[told["Verbosity"]],
        told["Impairment"] == "Blindness",
        told["IgnoreBold"] == "true",
        told["BlockSeparators"],
        preferences,
    )


_VERBOSITIES: Final[Mapping[str, Verbosity]] = {"Medium": "medium", "Terse": "terse", "Verbose": "verbose"}
