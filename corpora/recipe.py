"""Recipes: a flat list of steps with a title, a licence and the kind of output; TOML files, shipped or one's own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..convert.errors import InputError, OptionError
from .plan import Plan
from .sources.inputs import KINDS, ReadAs


@dataclass(frozen=True)
class Recipe:
    """What is done with the inputs, and what its output is called.

    `tasks` are task categories and `languages` codes as the Hugging Face hub has them.
    """

    name: str
    title: str
    steps: tuple[Mapping[str, Any], ...]
    about: str = ""
    licence: str = "unknown"
    languages: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    write_as: str = "jsonl"
    read_as: ReadAs | None = None

    def plan(self, id_column: str = "") -> Plan:
        """The recipe as it runs. OptionError for a step that does not exist, or an option that it does not take."""
        plan = Plan(self.steps, self.write_as, id_column)
        _ = plan.stages, plan.output
        return plan


_TEXTS = ("name", "title", "about", "licence", "write_as", "read_as")
_LISTS = ("languages", "tasks")


def shipped() -> Iterator[Recipe]:
    """The recipes that come along, in the order of their names."""
    folder = files("panmath.corpora").joinpath("recipes")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield _read(file.read_text("utf-8"), file.name)


def find(name: str) -> Recipe:
    """A recipe by its name or its file."""
    if name.endswith(".toml"):
        path = Path(name)
        try:
            return _read(path.read_text("utf-8"), name)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from error
    recipes = {recipe.name: recipe for recipe in shipped()}
    if name in recipes:
        return recipes[name]
    raise OptionError(f"there is no recipe {name!r}; there are {', '.join(recipes)}, and files that end in .toml")


def _read(text: str, file: str) -> Recipe:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: {error}") from error
    known = {*_TEXTS, *_LISTS, "step"}
    for key, value in table.items():
        if key not in known:
            raise OptionError(f"{file}: a recipe has no {key!r}; it has {', '.join(sorted(known))}")
        wanted = str if key in _TEXTS else list
        if not isinstance(value, wanted):
            raise OptionError(f"{file}: {key} is {'text' if wanted is str else 'a list'}, not {value!r}")
    steps = table.pop("step", [])
    if not all(isinstance(step, dict) for step in steps):
        raise OptionError(f"{file}: a step is a table: [[step]]")
    if "read_as" in table and table["read_as"] not in KINDS:
        raise OptionError(f"{file}: read_as is one of {', '.join(KINDS)}, not {table['read_as']!r}")
    for key in ("name", "title"):
        if not table.get(key):
            raise OptionError(f"{file}: a recipe has a {key}")
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in table.items()}
    return Recipe(steps=tuple(steps), **values)


def to_toml(steps: Sequence[Mapping[str, Any]]) -> str:
    """Steps as a recipe has them."""
    return "\n".join(
        "[[step]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in step.items()) for step in steps
    )


def _toml(value: Any) -> str:
    import json  # here, because only cards need it

    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
