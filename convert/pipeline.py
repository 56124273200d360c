"""Runs a route over one input or many, and says in the result what happened on the way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, NamedTuple, TypeAlias, assert_never, get_args

from . import options as schema
from .document import Document
from .edges import Answer, Edge, Word, missing, resolve
from .errors import (
    EdgeError,
    InputError,
    Loss,
    Losses,
    NoRouteError,
    OptionError,
    PanmathError,
    UnsupportedError,
    UnverifiedError,
)
from .formats import Format, decode, guess, lookup
from .graph import route, show
from .nodes import Node
from .result import Alternative, Hop, Result, State, Verification
from .source import Source

Input: TypeAlias = Any
"""A `Path`, `bytes`, a `str` (text, never a path), a `Source` or `Blob`, an AST node, or a SymPy expression."""

_NODES = get_args(Node)
_CHECKED = 5
"""How many answers a learned edge is asked for where they are taken back, or where what reads them may refuse some."""

_STATES = get_args(State)
_HEAD = 4096
"""How many characters of a text tell its format."""


class Blob(NamedTuple):
    """Bytes, the name a user knows them by and the line they stand on: what `Source` is for text."""

    data: bytes
    name: str = "<input>"
    first_line: int = 1


def convert(input: Input, to: str, source: str | None = None, **options: object) -> Result:
    """The input in the format `to`.

    `source` is the input's format; without it a path's suffix and the content decide. Options are those of the edges
    on the route (`panmath formats` and `panmath --help` list them), and `strict`, `verify`, `nbest`.
    Raises a PanmathError: ParseError, NoRouteError, OptionError, MissingExtraError and the others of that module.
    """
    return Pipeline(source, to, **options)(input)


def read(
    text: str | Source, source: str = "tex", *, strict: bool = False, losses: Losses | None = None, **options: object
) -> Node:
    """The tree of a text. What could not be carried over is appended to `losses`; with `strict` it is an error."""
    result = Pipeline(source, "ast", strict=strict, **options)(text)
    if losses is not None:
        losses.extend(result.losses)
    node: Node = result.value
    return node


def write(node: Node, to: str = "mathml", *, losses: Losses | None = None, **options: object) -> Any:
    """A tree in another format: a `str`, `bytes` for image and pdf. Losses as in `read`."""
    result = Pipeline("ast", to, **options)(node)
    if losses is not None:
        losses.extend(result.losses)
    return result.value


class Pipeline:
    """A way from one format to another with its options, ready for many inputs.

    >>> pipeline = Pipeline("tex", "unicode")
    >>> [result.value for result in pipeline.map([r"\\alpha", r"\\beta"])]
    ['α', 'β']
    """

    def __init__(self, source: str | None, to: str, **options: object) -> None:
        """`source` None: each input's own format. Raises NoRouteError, OptionError or MissingExtraError at once."""
        self.target = lookup(to)
        if self.target.variant and (suffix := f".{to.lower().removeprefix('.')}") in self.target.suffixes:
            options = {self.target.variant: suffix[1:]} | options
        self.source = lookup(source) if source is not None else None
        self._options = schema.check(options)
        self._plans: dict[str, tuple[_Step, ...]] = {}
        if self.source is not None:
            self._plan(self.source)

    @property
    def learned(self) -> bool:
        """Whether a network is asked on the way, as far as the ways are known: that from `source` is from the start."""
        return any(step.edge.kind == "learned" for steps in self._plans.values() for step in steps)

    def __call__(self, input: Input) -> Result:
        """The result for one input; raises its error."""
        return next(self.map((input,)))

    def map(
        self, inputs: Iterable[Input], batch_size: int = 32, on_error: Literal["raise", "return"] = "raise"
    ) -> Iterator[Result]:
        """The results in the order of the inputs, which are taken `batch_size` at a time.

        A failed input raises when its turn comes, or with "return" gives a result whose `error` is set. Only
        PanmathErrors are turned into results.
        """
        if on_error not in ("raise", "return"):
            raise OptionError(f"on_error is 'raise' or 'return', not {on_error!r}")
        if batch_size < 1:
            raise OptionError(f"batch_size is a whole number from 1, not {batch_size!r}")
        return self._map(iter(inputs), batch_size, on_error == "raise")

    def _map(self, remaining: Iterator[Input], batch_size: int, raises: bool) -> Iterator[Result]:
        while batch := list(itertools.islice(remaining, batch_size)):
            items = [self._start(input) for input in batch]
            for steps, group in itertools.groupby(items, key=lambda item: item.steps):
                _run(steps, list(group))
            for input, item in zip(batch, items, strict=True):
                result = self._finish(self._detoured(input, item))
                if result.error is not None and raises:
                    raise result.error
                yield result

    def _plan(self, source: Format) -> tuple[_Step, ...]:
        if source.name not in self._plans:
            edges = self._route(source)
            schema.refuse_unfit(self._options, edges, show(edges))
            asked = {name: value for edge in edges for name, value in edge.asks}
            self._plans[source.name] = tuple(_step(edge, asked | self._options) for edge in edges)
        return self._plans[source.name]

    def _route(self, source: Format) -> tuple[Edge, ...]:
        language = schema.language(self._options)
        try:
            return route(source.name, self.target.name, schema.fitting(self._options, source.name))
        except NoRouteError:
            edges = route(source.name, self.target.name)
            raise OptionError(f"the route {show(edges)} is for another language than {language}") from None

    def _start(self, input: Input) -> _Item:
        item = _Item(_name(input))
        try:
            item.format, item.value = _load(input, self.source)
            item.steps = self._plan(item.format)
        except PanmathError as error:
            item.error = error
        if isinstance(item.value, _NODES):
            item.node = item.value
        return item

    def _start_like(self, other: _Item) -> _Item:
        """An item for an input that another pipeline has loaded already."""
        item = _Item(other.name, other.value, other.format, node=other.node, error=other.error)
        if item.error is None and item.format is not None:
            try:
                item.steps = self._plan(item.format)
            except PanmathError as error:
                item.error = error
        return item

    def _detoured(self, input: Input, item: _Item) -> _Item:
        """The item, or what comes of its input by another way where a model said that the input is nothing for it, and
        that model was not asked for by name.

        Only its content tells whether a picture shows a formula or a figure, and each has a model of its own.
        """
        refusing = item.steps[0].edge if item.steps else None
        if refusing is None or refusing.kind != "learned" or len(item.hops) != 1:
            return item
        if not isinstance(item.error, UnsupportedError) or item.format is None or self._options.get("model"):
            return item
        try:
            others = tuple(edge for edge in schema.fitting(self._options, item.format.name) if edge != refusing)
            edges = route(item.format.name, self.target.name, others)
            if edges[0].kind != "learned":
                return item
            schema.refuse_unfit(self._options, edges, show(edges))
            steps = tuple(_step(edge, self._options) for edge in edges)
            other = self._start(input)
        except PanmathError:
            return item
        other.steps = steps
        _run(steps, [other])
        return item if other.error is not None else other

    def _finish(self, item: _Item) -> Result:
        verification = Verification()
        if item.error is None and self._options.get("strict") and item.losses:
            item.error = _strict_error(item)
        if item.error is None and self._options.get("verify"):
            verification = self._verified(item)
            if verification.state != "verified":
                item.error = UnverifiedError(f"the answer is {verification.state}: {verification.method}")
        return Result(
            None if item.error is not None else _bare(item.value),
            self.target.name,
            item.name,
            tuple(item.hops),
            confidence=item.confidence,
            verification=verification,
            alternatives=tuple(item.alternatives),
            losses=tuple(item.losses),
            words=tuple(item.words),
            error=item.error,
            source=item.source,
        )

    def _verified(self, item: _Item) -> Verification:
        """What the checks of learned edges found, and what the answer gives when it is read again."""
        from .verify import together, verify  # here, because few ask for it

        assert item.format is not None
        if item.checks and (item.steps[-1].edge.kind == "learned" or item.node is None):
            return together(item.checks)  # of a figure there is no tree that could be compared
        last = verify(item.node, item.value, item.format.name, self.target.name, self._options)
        return together((*item.checks, last))


def fan_out(
    pipelines: Sequence[Pipeline], inputs: Iterable[Input], batch_size: int = 32
) -> Iterator[tuple[Result, ...]]:
    """The results of several pipelines for each input; what their routes have in common at the start is done once.

    The results of an input are in the order of the pipelines, which all begin with the same format. One that failed
    has its `error` set, as those of `Pipeline.map` with "return".

    >>> both = [Pipeline("tex", "unicode"), Pipeline("tex", "typst")]
    >>> [[result.value for result in results] for results in fan_out(both, [r"\\alpha"])]
    [['α', '$ alpha $']]
    """
    if len({pipeline.source for pipeline in pipelines}) > 1:
        raise OptionError("pipelines that run together begin with the same format")
    remaining = iter(inputs)
    while batch := list(itertools.islice(remaining, batch_size)):
        rows = [_start_together(pipelines, input) for input in batch]
        for _, group in itertools.groupby(rows, key=lambda row: [item.steps for item in row]):
            _run_together(list(zip(*group, strict=True)), 0)
        for row in rows:
            yield tuple(pipeline._finish(item) for pipeline, item in zip(pipelines, row, strict=True))


def _start_together(pipelines: Sequence[Pipeline], input: Input) -> list[_Item]:
    first = pipelines[0]._start(input)
    return [first, *(pipeline._start_like(first) for pipeline in pipelines[1:])]


def _run_together(columns: Sequence[Sequence[_Item]], done: int) -> None:
    """Takes the steps after the first `done` ones. A column is the items of one pipeline, whose steps are the same."""
    waiting = [items for items in columns if len(items[0].steps) > done]
    while waiting:
        first, *others = waiting
        steps = first[0].steps[done:]
        # Several answers would each have to go the rest of every way, so those ways are gone one by one.
        same = [items for items in others if items[0].steps[done] == steps[0] and steps[0].limit == 1]
        if same:
            _run(steps[:1], first)
            for items in same:
                for item, leader in zip(items, first, strict=True):
                    item.follow(leader)
            _run_together([first, *same], done + 1)
        else:
            _run(steps, first)
        waiting = [items for items in others if not any(items is other for other in same)]


class _Step(NamedTuple):
    """An edge with its function found and its options picked from those of the pipeline."""

    edge: Edge
    function: Callable[..., Any]
    options: Mapping[str, object]
    wants_tex: bool
    many: Callable[..., Any] | None
    several: Callable[..., Sequence[Answer]] | None
    """Set where more than one answer is wanted and the edge has them."""
    limit: int
    check: Callable[..., Verification] | None
    """Set where answers of a learned edge are to be verified and something can."""
    verifies: bool


@dataclass(slots=True, eq=False, repr=False)
class _Item:
    """One input on its way: the value as it now stands and what is known about it."""

    name: str
    value: Any = None
    format: Format | None = None
    steps: tuple[_Step, ...] = ()
    source: Source | None = None
    node: Node | None = None
    losses: list[Loss] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    hops: list[Hop] = field(default_factory=list)
    alternatives: list[Alternative] = field(default_factory=list)
    checks: list[Verification] = field(default_factory=list)
    confidence: float = 1.0
    spare: _Spare | None = None
    error: PanmathError | None = None

    def follow(self, leader: _Item) -> None:
        """Is where another item of the same input is."""
        self.value, self.node, self.source, self.error = leader.value, leader.node, leader.source, leader.error
        self.losses, self.words, self.hops = list(leader.losses), list(leader.words), list(leader.hops)
        self.checks, self.confidence = list(leader.checks), leader.confidence


class _Spare(NamedTuple):
    """The other answers of a learned edge, from which one may be taken if the best cannot go on."""

    step: _Step
    answers: Sequence[Answer]
    rest: Sequence[_Step]
    confidence: float


def _step(edge: Edge, options: Mapping[str, object]) -> _Step:
    picked = schema.for_edge(options, edge) | dict(edge.fixed)
    flag = edge.tex_flag
    wants_tex = bool(flag) and bool(options.get(flag, schema.lookup(flag).default))
    if flag == edge.tex:
        picked.pop(flag, None)
    limit = int(options.get("nbest", 1))  # type: ignore[call-overload]  # the schema has checked it
    try:
        function = resolve(edge.implementation)
        verifies = edge.kind == "learned" and bool(options.get("verify"))
        names = (edge.many, edge.several, edge.check if verifies else "")
        many, several, check = (resolve(name) if name else None for name in names)
        return _Step(edge, function, picked, wants_tex, many, several, limit, check, verifies)
    except ModuleNotFoundError as error:
        raise missing(edge, error) from error


def _run(steps: Sequence[_Step], items: Sequence[_Item]) -> None:
    for number, step in enumerate(steps, 1):
        live = [item for item in items if item.error is None]
        if step.edge.kind == "learned":
            _ask(step, live, steps[number:])
        elif step.several is not None:
            for item in live:
                _branch(step, step.several, item, steps[number:])
        elif step.many is not None and len(live) > 1:
            _take_together(step, step.many, live)
        else:
            for item in live:
                _take(step, item)
    for item in items:
        if item.error is not None and item.spare is not None:
            _go_on_with_another(item, item.error, item.spare)


def _go_on_with_another(item: _Item, error: PanmathError, spare: _Spare) -> None:
    """Takes the likeliest of the other answers that arrives, if one does, and says so."""
    item.spare = None
    for other in spare.answers:
        branch = _branched(item, spare.step, other, spare.confidence)
        _run(spare.rest, [branch])
        if branch.error is None:
            reason = str(error).splitlines()[0]
            passed_over = Loss(f"the likeliest {spare.step.edge.target}", f"does not go on: {reason}")
            item.error, item.value, item.node = None, branch.value, branch.node
            item.confidence, item.words = branch.confidence, branch.words
            item.losses += [passed_over, *branch.losses]
            item.alternatives = item.alternatives[1:]  # those that arrive, of which this is the first
            item.hops += branch.hops
            return


def _branched(item: _Item, step: _Step, answer: Answer, before: float) -> _Item:
    branch = _Item(item.name, source=item.source, steps=item.steps, confidence=before * answer.weight)
    _arrive(step, branch, answer.value)
    branch.losses += answer.losses
    return branch


def _take(step: _Step, item: _Item) -> None:
    started = perf_counter()
    try:
        _arrive(step, item, _call(step, item))
    except PanmathError as error:
        item.error = error
    except ModuleNotFoundError as error:
        item.error = missing(step.edge, error)
    except RecursionError:
        item.error = EdgeError(f"{step.edge.name}: the formula is nested too deep")
    item.hops.append(_hop(step.edge, perf_counter() - started))


def _ask(step: _Step, items: Sequence[_Item], rest: Sequence[_Step]) -> None:
    """A learned edge for a whole batch."""
    started = perf_counter()
    is_read_on = any(later.edge.reads_words for later in rest)
    limit = max(step.limit, _CHECKED) if step.check or is_read_on else step.limit
    try:
        found = step.function([item.value for item in items], limit=limit, **step.options)
    except PanmathError as error:
        found = [error] * len(items)
    except ModuleNotFoundError as error:
        found = [missing(step.edge, error)] * len(items)
    share = (perf_counter() - started) / max(len(items), 1)
    for item, answers in zip(items, found, strict=True):
        item.hops.append(_hop(step.edge, share))
        item.source = item.value if isinstance(item.value, Source) else item.source
        if isinstance(answers, PanmathError):
            item.error = answers
            continue
        if step.verifies:
            answers = _checked(step, item, answers)
        if is_read_on:
            item.spare = _Spare(step, answers[1:], rest, item.confidence)
        _take_answers(step, item, answers[: step.limit], rest)


def _checked(step: _Step, item: _Item, answers: Sequence[Answer]) -> list[Answer]:
    """The answers, those first that the way back confirms and those last that it refutes."""
    if step.check is None:
        item.checks.append(
            Verification("unchecked", f"nothing goes back from {step.edge.target} to {step.edge.source}")
        )
        return list(answers)
    checks = [step.check(item.value, answer.value, **step.options) for answer in answers]
    order = sorted(range(len(answers)), key=lambda at: _STATES.index(checks[at].state))
    item.checks.append(checks[order[0]])
    return [answers[at] for at in order]


def _branch(step: _Step, several: Callable[..., Sequence[Answer]], item: _Item, rest: Sequence[_Step]) -> None:
    """Goes on with the best answer; the others go the rest of the way at once, and those that arrive are kept."""
    started = perf_counter()
    item.source = item.value if isinstance(item.value, Source) else item.source
    try:
        answers = several(item.value, limit=step.limit, **step.options)
    except PanmathError as error:
        item.error = error
    except RecursionError:
        item.error = EdgeError(f"{step.edge.name}: the formula is nested too deep")
    item.hops.append(_hop(step.edge, perf_counter() - started))
    if item.error is None:
        _take_answers(step, item, answers, rest)


def _take_answers(step: _Step, item: _Item, answers: Sequence[Answer], rest: Sequence[_Step]) -> None:
    before = item.confidence
    best, *others = answers
    item.confidence = before * best.weight
    _arrive(step, item, best.value)
    item.losses += best.losses
    for other in others:
        branch = _branched(item, step, other, before)
        _run(rest, [branch])
        if branch.error is None:
            item.alternatives.append(Alternative(_bare(branch.value), branch.confidence))


def _take_together(step: _Step, many: Callable[..., Any], items: Sequence[_Item]) -> None:
    started = perf_counter()
    given: list[dict[str, str]] = []
    for item in items:
        try:
            given.append(_tex(step, item))
        except (PanmathError, RecursionError):
            # The one formula fails as it does alone, and the others do not.
            for alone in items:
                _take(step, alone)
            return
    try:
        texts = {step.edge.tex: [tex[step.edge.tex] for tex in given]} if step.wants_tex else {}
        losses = [item.losses for item in items]
        values = many([item.value for item in items], losses=losses, **texts, **step.options)
    except PanmathError as error:
        values = [error] * len(items)
    except ModuleNotFoundError as error:
        values = [missing(step.edge, error)] * len(items)
    share = (perf_counter() - started) / len(items)
    for item, value in zip(items, values, strict=True):
        item.hops.append(_hop(step.edge, share))
        if isinstance(value, PanmathError):
            item.error = value
        else:
            _arrive(step, item, value)


def _call(step: _Step, item: _Item) -> Any:
    match step.edge.kind:
        case "reader" | "voice":
            item.source = item.value if isinstance(item.value, Source) else item.source
            return step.function(item.value, losses=item.losses, **step.options)
        case "writer" | "renderer":
            words = {"words": item.words} if step.edge.words else {}
            return step.function(item.value, losses=item.losses, **words, **step.options, **_tex(step, item))
        case "raster":
            return step.function(_bare(item.value), **step.options)
        case "recovery":
            recovered = step.function(item.value)
            if recovered is None:
                raise UnsupportedError(
                    f"this {step.edge.source} carries no {step.edge.target} source, "
                    "and only images are read without one: panmath FILE -o FILE.png"
                )
            return Source(recovered, f"{item.name} (embedded {step.edge.target})")
        case "learned":
            raise AssertionError("a learned edge is asked for a whole batch")
    assert_never(step.edge.kind)


def _tex(step: _Step, item: _Item) -> dict[str, str]:
    """The formula in TeX for a step that carries it along: as it was read, or else as we write it."""
    if not step.wants_tex:
        return {}
    readers = [earlier for earlier in item.steps if earlier.edge.source == "tex"]
    # With macros from elsewhere the text would not be understood by itself.
    as_read = item.source is not None and readers and "macros" not in readers[0].options
    text = item.source.text if as_read and item.source is not None else Pipeline("ast", "tex")(item.node).value
    return {step.edge.tex: text}


def _bare(value: Any) -> Any:
    return value.text if isinstance(value, Source) else value


def _arrive(step: _Step, item: _Item, value: Any) -> None:
    item.value = value
    if step.edge.target == "ast":
        item.node = value


def _hop(edge: Edge, seconds: float) -> Hop:
    return Hop(edge.source, edge.target, edge.implementation, edge.reliability, seconds)


def _name(input: Input) -> str:
    if isinstance(input, Source | Blob):
        return input.name
    return str(input) if isinstance(input, Path) else "<input>"


def _load(input: Input, format: Format | None) -> tuple[Format, Any]:
    """The format of an input and its content as the first edge wants it: a `Source` where it is text."""
    if isinstance(input, _NODES):
        return _object(input, lookup("ast"), format)
    if isinstance(input, Document):
        return _object(input, lookup("document"), format)
    if isinstance(input, Path):
        return _bytes(Blob(_file(input), str(input)), format, input)
    if isinstance(input, bytes | bytearray | memoryview):
        return _bytes(Blob(bytes(input)), format)
    if isinstance(input, Blob):
        return _bytes(input, format)
    if isinstance(input, str):
        input = Source(input, _name(input))
    if isinstance(input, Source):
        format = format or guess(input.text[:_HEAD].encode("utf-8", "replace"))
        _refuse_object(format)
        if format.carrier == "bytes":
            raise InputError(f"{format.name} is bytes, and a str is text; a file is given as a Path")
        return format, input
    # The class of an applied function, as of Function("f")(x), names no module; the classes above it do.
    if any((base.__module__ or "").partition(".")[0] == "sympy" for base in type(input).__mro__):
        return _object(input, lookup("sympy"), format)
    raise InputError(f"an input is a Path, bytes, a str, a tree or a SymPy expression, not {type(input).__name__}")


def _refuse_object(format: Format) -> None:
    if format.carrier == "object":
        raise InputError(f"{format.name} is a value in Python, and cannot be read from text")


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error


def _bytes(blob: Blob, format: Format | None, path: Path | None = None) -> tuple[Format, Any]:
    format = format or guess(blob.data, path)
    _refuse_object(format)
    return format, decode(blob.data, blob.name, blob.first_line) if format.carrier == "text" else blob.data


def _object(input: Input, own: Format, asked: Format | None) -> tuple[Format, Any]:
    if asked is not None and asked is not own:
        raise InputError(f"the input is of the format {own.name}, not {asked.name}")
    return own, input


def _strict_error(item: _Item) -> UnsupportedError:
    loss = item.losses[0]
    more = f" (and {len(item.losses) - 1} more)" if len(item.losses) > 1 else ""
    if item.source is None or loss.span is None:
        return UnsupportedError(f"{loss}{more}")
    line, column = item.source.position(loss.span[0])
    return UnsupportedError(f"{item.source.name}:{line}:{column}: {loss}{more}\n{item.source.snippet(loss.span)}")
