"""A step: samples in, samples out, and what it takes out goes to a list of rejects.

A recipe is a list of them. A step that is `ordered` remembers what went before and sees all samples in their order, in
one process; any other must give for a sample what it gives for it alone, and runs in many.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, get_args, get_origin, get_type_hints

from ..convert.edges import resolve
from ..convert.errors import OptionError, PanmathError
from .sample import Reject, Sample, Unfit, failed, left_out


class Entry(NamedTuple):
    """A kind of step: the name by which recipes ask for it, what does it, and what it does in a few words."""

    name: str
    implementation: str
    title: str


STEPS: tuple[Entry, ...] = (
    Entry("formula", "panmath.corpora.steps.formulas:Formula", "call the column with the formulas by their format"),
    Entry("normalise", "panmath.corpora.steps.formulas:Normalise", "add the key that all spellings of a formula share"),
    Entry("convert", "panmath.corpora.steps.convert:Convert", "add other forms of a formula, through the graph"),
    Entry(
        "synthesise",
        "panmath.corpora.steps.synthesis:Synthesise",
        "fill in the forms that are missing, from one that is there",
    ),
    Entry("respell", "panmath.corpora.steps.formulas:Respell", "add the formula as others would type it"),
    Entry("distort", "panmath.corpora.steps.noise:Distort", "make a picture worse, as scanners and cameras do"),
    Entry("noise", "panmath.corpora.steps.noise:Noise", "add noise to a recording"),
    Entry(
        "filter",
        "panmath.corpora.steps.filters:Filter",
        "leave out by length, language, licence, and what can be proved of a formula",
    ),
    Entry("extract", "panmath.corpora.steps.extract:Extract", "read web pages: text with formulas and pictures"),
    Entry("count", "panmath.corpora.steps.pages:Count", "leave out pages with few formulas or pictures"),
    Entry("unfold", "panmath.corpora.steps.pages:Unfold", "make a record of each formula of a page, with its context"),
    Entry("interleave", "panmath.corpora.steps.pages:Interleave", "cut the text of a page at its pictures"),
    Entry(
        "perturb",
        "panmath.corpora.steps.variants:Perturb",
        "add variants: other symbols, other numbers, equal forms, checked",
    ),
    Entry("derive", "panmath.corpora.steps.derivations:Derive", "add a derivation, each step checked"),
    Entry(
        "execute",
        "panmath.corpora.steps.programs:Execute",
        "run a program shut in, and keep it if its values are right",
    ),
    Entry(
        "imitate", "panmath.corpora.steps.imitation:Imitate", "let a model write the code of pictures, and draw that"
    ),
    Entry("deduplicate", "panmath.corpora.steps.duplicates:Deduplicate", "leave out what was there before, by its key"),
    Entry("sketch", "panmath.corpora.steps.duplicates:Sketch", "add what near-duplicates compares"),
    Entry(
        "near-duplicates", "panmath.corpora.steps.duplicates:NearDuplicates", "leave out what is like something before"
    ),
    Entry("decontaminate", "panmath.corpora.steps.splits:Decontaminate", "leave out what is in test sets"),
    Entry("split", "panmath.corpora.steps.splits:Split", "put into splits by the key, so that no formula is in two"),
    Entry("sample", "panmath.corpora.steps.filters:Thin", "keep a share, by chance"),
    Entry("rename", "panmath.corpora.steps.columns:Rename", "call columns otherwise"),
    Entry("select", "panmath.corpora.steps.columns:Select", "keep these columns, in this order"),
)
"""All kinds of steps. What is listed and what recipes may say is read from here."""


@dataclass(frozen=True)
class Step(ABC):
    """The base of all steps. The fields of the dataclass are the options that a recipe may give."""

    name: ClassVar[str]
    ordered: ClassVar[bool] = False

    @property
    def learned(self) -> bool:
        """Whether it asks a network, for which a GPU is of use."""
        return False

    @abstractmethod
    def __call__(self, samples: Iterable[Sample], rejects: list[Reject]) -> Iterator[Sample]:
        """The samples that go on, in the order of those that they are made from."""


class Ordered(Step):
    """A step that remembers what went before, on disk.

    After a kill it sees again what it may have seen already, and has to say the same of it.
    """

    ordered: ClassVar[bool] = True

    @abstractmethod
    def open(self, state: Path) -> None:
        """Called once before the step runs; `state` is a file that outlives the process, or none yet."""

    @abstractmethod
    def commit(self) -> None:
        """Called when a shard is about to get its name: what the step remembers must be on disk by then."""

    @abstractmethod
    def close(self) -> None:
        """Called when the step has seen everything, or the run has failed."""


class PerSample(Step):
    """A step that looks at one sample at a time."""

    def __call__(self, samples: Iterable[Sample], rejects: list[Reject]) -> Iterator[Sample]:
        """What `one` makes of each sample."""
        for sample in samples:
            try:
                made = list(self.one(sample))
            except Unfit as reason:
                rejects.append(left_out(sample, self.name, reason))
            except PanmathError as error:
                rejects.append(failed(sample, self.name, error))
            else:
                yield from made

    @abstractmethod
    def one(self, sample: Sample) -> Iterable[Sample]:
        """What goes on in place of the sample; Unfit leaves it out, a PanmathError says that it failed."""


def names() -> tuple[str, ...]:
    """The names of all steps."""
    return tuple(entry.name for entry in STEPS)


def kind(name: str) -> type[Step]:
    """The class of a step: one of `STEPS`, or anybody's own as ``module:Class``."""
    if ":" in name:
        return _own(name)
    for entry in STEPS:
        if entry.name == name:
            found: Any = resolve(entry.implementation)
            return found  # type: ignore[no-any-return]
    import difflib  # here, because only a mistake needs it

    near = difflib.get_close_matches(name, names(), n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names())}"
    raise OptionError(f"there is no step {name!r}; {hint}")


def _own(name: str) -> type[Step]:
    try:
        found: Any = resolve(name)
    except (ImportError, AttributeError) as error:
        raise OptionError(f"the step {name} cannot be found: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Step)):
        raise OptionError(f"{name} is no step: it is no class made from panmath.corpora.step.Step")
    return found


def build(spec: Mapping[str, Any]) -> Step:
    """The step that a table of a recipe describes: `do` is its name, the rest are its options."""
    options = dict(spec)
    name = options.pop("do", None)
    if not isinstance(name, str):
        raise OptionError("a step says what it does: do = NAME")
    found = kind(name)
    known = {field.name: field for field in dataclasses.fields(found) if field.init}
    types = get_type_hints(found)
    for option, value in options.items():
        if option not in known:
            raise OptionError(f"the step {name} takes no {option!r}; it takes {', '.join(known) or 'no options'}")
        options[option] = _checked(name, option, value, types[option])
    missing = [
        field.name
        for field in known.values()
        if field.name not in options and field.default is field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise OptionError(f"the step {name} needs {', '.join(missing)}")
    return found(**options)


def _checked(step: str, option: str, value: Any, type: Any) -> Any:
    if get_origin(type) is tuple and isinstance(value, list | tuple):
        (item, _) = get_args(type)
        return tuple(_checked(step, option, part, item) for part in value)
    if get_origin(type) is dict and isinstance(value, dict):
        return value
    plain = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    fits = isinstance(value, int | float if type is float else type) if type in plain else False
    if not fits or (isinstance(value, bool) and type is not bool):
        wanted = plain.get(type, "a list" if get_origin(type) is tuple else "a table")
        raise OptionError(f"{option} of the step {step} is {wanted}, not {value!r}")
    return value
