r"""How good predictions are: character error rates, equality and tree distance, of formulas in LaTeX.

Text metrics, each on both sides cased and in lower case: the rate of wrong characters (edit distance over length of
the truth: over all rows, the mean over rows, and that with each row at most 1) and the share of exact rows.

strict      outer dollars go, runs of white space are one blank
paper       what the Speech-to-LaTeX evaluation does: no blanks, no ``\displaystyle``, no ``\operatorname``
fi          format-insensitive: one spelling per symbol, no layout (`convert.fi`)
leak_key    the coarser key that keeps test formulas out of training data (`convert.fi`)

Tree metrics, of the formulas as they are read, without the punctuation at their end. A prediction that cannot be read
is wrong; a row whose truth cannot be read is left out and counted.

normal      the share of rows with the same normal form
ted         the mean of min(1, tree edit distance / nodes of the truth), as SRSD has it, on normal forms
render      the share of rows that are drawn as the same picture, byte by byte (needs the extra `render`)
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from .distance import LabelledTree, levenshtein, tree_distance
from .errors import InputError, OptionError, PanmathError, ParseError
from .fi import fi, leak_key, strip_delimiters
from .nodes import EMPTY, Node, Row, Sym, children, items_of, map_children, row
from .source import Source


class RowsError(PanmathError):
    """What is to be compared does not fit together: a missing column, different numbers of lines."""

    exit_code = 65


def strict(text: str) -> str:
    """The text without outer dollars, runs of white space as one blank."""
    return re.sub(r"\s+", " ", strip_delimiters(text)).strip()


def paper(text: str) -> str:
    r"""The text as the Speech-to-LaTeX evaluation compares it; without one ``$`` at either end."""
    for removed in (" ", r"\displaystyle", r"\operatorname"):
        text = text.replace(removed, "")
    return text.removesuffix("$").removeprefix("$")


TEXT_METRICS: Mapping[str, Callable[[str], str]] = {"strict": strict, "paper": paper, "fi": fi, "leak_key": leak_key}
TREE_METRICS = ("normal", "ted", "render")
METRICS = (*TEXT_METRICS, *TREE_METRICS)
DEFAULT_METRICS = ("strict", "paper", "fi", "normal", "ted")
_PUNCTUATION = frozenset(".,;")
_TORN = re.compile(r"\\\s+([{}%&_#$,;:!])")
_TIGHT_BRACE = re.compile(r"\S[{}]|[{}]\S")
_HEAD = ("metric", "case", "rows", "CER micro", "CER macro", "macro ≤ 1", "exact", "distance", "")


@dataclass(frozen=True, slots=True)
class TextScore:
    """One text metric over all rows. Rates are shares of 1; rows with an empty truth are skipped."""

    metric: str
    lower: bool
    n: int
    skipped_empty_truth: int
    cer_micro: float
    cer_macro: float
    cer_macro_capped1: float
    exact: float
    edits: int
    ref_chars: int

    def to_dict(self) -> dict[str, Any]:
        """The fields under their names."""
        return {name: getattr(self, name) for name in self.__slots__}

    def cells(self) -> tuple[str, ...]:
        """A row of `Report.table`."""
        rates = (self.cer_micro, self.cer_macro, self.cer_macro_capped1, self.exact)
        shown = (f"{rate:.2%}" for rate in rates)
        notes = _count(self.skipped_empty_truth, "empty truths left out")
        return (self.metric, "lower" if self.lower else "cased", str(self.n), *shown, "", notes)


@dataclass(frozen=True, slots=True)
class TreeScore:
    """One tree metric over all rows: for `ted` the mean distance, else the share of rows that agree."""

    metric: str
    n: int
    skipped_truth: int
    unread_predictions: int
    value: float

    def to_dict(self) -> dict[str, Any]:
        """The fields under their names."""
        return {name: getattr(self, name) for name in self.__slots__}

    def cells(self) -> tuple[str, ...]:
        """A row of `Report.table`."""
        shown = ("", f"{self.value:.4f}") if self.metric == "ted" else (f"{self.value:.2%}", "")
        counts = (
            _count(self.skipped_truth, "unread truths left out"),
            _count(self.unread_predictions, "unread predictions"),
        )
        return (self.metric, "", str(self.n), "", "", "", *shown, ", ".join(filter(None, counts)))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number else ""


@dataclass(frozen=True, slots=True)
class Report:
    """The scores, in the order in which the metrics were asked for."""

    scores: tuple[TextScore | TreeScore, ...]

    def get(self, metric: str, *, lower: bool = False) -> TextScore | TreeScore:
        """The score of a metric; KeyError where it was not asked for. Tree metrics know no lower case."""
        for score in self.scores:
            if score.metric == metric and (isinstance(score, TreeScore) or score.lower == lower):
                return score
        raise KeyError(metric)

    def table(self) -> str:
        """The scores as a table for people."""
        rows = [_HEAD, *(score.cells() for score in self.scores)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  "
            + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[2:-1], widths[2:-1], strict=True))
            + (f"  {row[-1]}" if row[-1] else "")
            for row in rows
        )

    def json_lines(self) -> str:
        """The scores as one JSON object a line."""
        return "\n".join(json.dumps(score.to_dict()) for score in self.scores)


def score(
    predictions: Sequence[str | None],
    truths: Sequence[str | None],
    metrics: Iterable[str] = DEFAULT_METRICS,
    *,
    cases: Sequence[bool] = (False, True),
) -> Report:
    """Compare predictions with truths, row by row; None counts as "".

    `cases` says for the text metrics whether to compare as written (False), in lower case (True) or both.
    RowsError where the sides differ in length, OptionError for an unknown metric.
    """
    if len(predictions) != len(truths):
        raise RowsError(f"there are {len(predictions)} predictions, but {len(truths)} truths")
    pairs = [(prediction or "", truth or "") for prediction, truth in zip(predictions, truths, strict=True)]
    scores: list[TextScore | TreeScore] = []
    for metric in metrics:
        if metric in TEXT_METRICS:
            normalise = TEXT_METRICS[metric]
            normalised = [(normalise(prediction), normalise(truth)) for prediction, truth in pairs]
            scores += (_text_score(metric, normalised, lower) for lower in cases)
        elif metric in TREE_METRICS:
            scores.append(_tree_score(metric, pairs))
        else:
            raise OptionError(f"there is no metric {metric!r}; there are {', '.join(METRICS)}")
    return Report(tuple(scores))


def _text_score(metric: str, rows: Iterable[tuple[str, str]], lower: bool) -> TextScore:
    count = skipped = edits = characters = exact = 0
    rates = capped = 0.0
    for prediction, truth in rows:
        if lower:
            prediction, truth = prediction.lower(), truth.lower()
        if not truth:
            skipped += 1
            continue
        distance = levenshtein(prediction, truth)
        count += 1
        edits += distance
        characters += len(truth)
        exact += prediction == truth
        rates += distance / len(truth)
        capped += min(1.0, distance / len(truth))
    return TextScore(
        metric=metric,
        lower=lower,
        n=count,
        skipped_empty_truth=skipped,
        cer_micro=edits / max(characters, 1),
        cer_macro=rates / max(count, 1),
        cer_macro_capped1=capped / max(count, 1),
        exact=exact / max(count, 1),
        edits=edits,
        ref_chars=characters,
    )


def _tree_score(metric: str, rows: Sequence[tuple[str, str]]) -> TreeScore:
    if metric == "render":
        judged = _pictures_agree(rows)
    else:
        judge = tree_error if metric == "ted" else _same
        judged = (
            (None if prediction is None or truth is None else judge(prediction, truth), truth is not None)
            for prediction, truth in ((_normal_form(prediction), _normal_form(truth)) for prediction, truth in rows)
        )
    count = skipped = unread = 0
    total = 0.0
    for value, readable_truth in judged:
        if not readable_truth:
            skipped += 1
            continue
        count += 1
        unread += value is None
        total += value if value is not None else metric == "ted"
    return TreeScore(metric, count, skipped, unread, total / max(count, 1))


@lru_cache(maxsize=1 << 16)
def _normal_form(text: str) -> Node | None:
    """The normal form without the punctuation of the sentence around; None where it cannot be read or is empty."""
    from .normal import normal
    from .readers.tex import read

    try:
        items = items_of(normal(read(Source(_mended(strip_delimiters(text))), losses=[])))
    except PanmathError:
        return None
    while items and isinstance(items[-1], Sym) and items[-1].text in _PUNCTUATION:
        items = items[:-1]
    return row(items) if items else None


def _mended(text: str) -> str:
    r"""Without the blank in ``\ {`` and its like, where blanks part all braces, as corpora of single tokens have it."""
    return text if _TIGHT_BRACE.search(text) else _TORN.sub(r"\\\1", text)


def _same(prediction: Node, truth: Node) -> float:
    return float(prediction == truth)


def tree_error(prediction: Node, truth: Node) -> float:
    """min(1, tree edit distance / nodes of the truth); 0 for equal trees only."""
    numbers: dict[Node, int] = {}
    first, second = _labelled(prediction, numbers), _labelled(truth, numbers)
    if abs(len(first) - len(second)) >= len(second):  # the distance is no less than that
        return 1.0
    return min(1.0, tree_distance(first, second) / len(second))


def _labelled(node: Node, numbers: dict[Node, int]) -> LabelledTree:
    """The tree in post-order, its labels numbered by `numbers`, which grows."""
    reversed_post_order = []
    stack = [node]
    while stack:
        node = stack.pop()
        reversed_post_order.append(node)
        stack.extend(children(node))
    labels: list[int] = []
    leftmost: list[int] = []
    waiting: list[int] = []  # the leftmost leaves of the subtrees that still want a parent
    for node in reversed(reversed_post_order):
        first_child = len(waiting) - len(children(node))
        leftmost.append(waiting[first_child] if first_child < len(waiting) else len(labels))
        waiting[first_child:] = leftmost[-1:]
        labels.append(numbers.setdefault(_label(node), len(numbers)))
    return LabelledTree(labels, leftmost)


def _label(node: Node) -> Node:
    """What a node is besides its children. A row is a row, whatever its length; a table has its shape."""
    return EMPTY if isinstance(node, Row) else map_children(node, lambda _: EMPTY)


def _pictures_agree(rows: Sequence[tuple[str, str]]) -> Iterator[tuple[float | None, bool]]:
    """For each row whether both are drawn alike (None: the prediction is not drawn) and if the truth can be drawn."""
    from .pipeline import Pipeline

    pipeline = Pipeline("tex", "svg", embed=False)
    texts = sorted({strip_delimiters(text) for row in rows for text in row})
    drawn = dict(zip(texts, (result.value for result in pipeline.map(texts, on_error="return")), strict=True))
    for prediction, truth in ((strip_delimiters(prediction), strip_delimiters(truth)) for prediction, truth in rows):
        first, second = drawn[prediction], drawn[truth]
        yield None if first is None else float(first == second), truth != "" and second is not None


# Files and the command line


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _text(path: Path) -> str:
    try:
        with _open(path) as file:
            return file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8: {error.reason} at byte {error.start}") from error


def read_lines(path: Path) -> list[str]:
    """The lines of a text file (or .gz)."""
    lines = _text(path).replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def read_columns(
    path: Path, prediction: str, truth: str, where: Mapping[str, str] | None = None
) -> tuple[list[str | None], list[str | None]]:
    """Two columns of a CSV file with a head, or of JSON lines (either may be .gz), of the rows with the values `where`.

    RowsError for a missing column, ParseError for a line that is no JSON object.
    """
    text = _text(path)
    rows = _csv_rows(path, text) if ".csv" in path.suffixes else _json_rows(path, text)
    columns: tuple[list[str | None], list[str | None]] = ([], [])
    for number, cells in rows:
        for name in (prediction, truth, *(where or ())):
            if name not in cells:
                raise RowsError(f"{path}:{number}: no column {name!r}; there are {', '.join(map(str, cells))}")
        if any(str(cells[name]) != value for name, value in (where or {}).items()):
            continue
        for name, column in zip((prediction, truth), columns, strict=True):
            if cells[name] is not None and not isinstance(cells[name], str):
                raise RowsError(f"{path}:{number}: {name!r} is no text: {cells[name]!r}")
            column.append(cells[name])
    return columns


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(text.splitlines(keepends=True))
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise RowsError(f"{path}:{reader.line_num}: {error}") from error


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                place = start + error.pos
                raise ParseError(f"not JSON: {error.msg}", Source(text, str(path)), (place, place + 1)) from error
            except RecursionError as error:
                raise ParseError("nested too deeply", Source(text, str(path)), (start, start + 1)) from error
            if not isinstance(row, dict):
                raise ParseError("not a JSON object", Source(text, str(path)), (start, start + len(line)))
            yield number, row
        start += len(line) + 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `panmath score` takes to its parser."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="PRED and TRUE line by line, or one table")
    parser.add_argument("--pred", metavar="COL", help="column with the predictions")
    parser.add_argument("--true", metavar="COL", help="column with the truths")
    parser.add_argument("--where", action="append", default=[], metavar="COL=VALUE", help="only rows with this value")
    parser.add_argument("--metrics", default=",".join(DEFAULT_METRICS), help=f"some of {','.join(METRICS)}")
    parser.add_argument("--lower", action="store_true", help="text metrics in lower case only, instead of both")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Print the scores; 0 unless a PanmathError is raised."""
    metrics = [metric.strip() for metric in args.metrics.split(",") if metric.strip()]
    predictions, truths = _sides(args)
    report = score(predictions, truths, metrics, cases=(True,) if args.lower else (False, True))
    print(report.json_lines() if args.json else report.table())
    return 0


def _sides(args: argparse.Namespace) -> tuple[Sequence[str | None], Sequence[str | None]]:
    if args.pred is None and args.true is None and len(args.files) == 2:
        if args.where:
            raise OptionError("--where is for a table, with --pred and --true")
        first, second = (read_lines(path) for path in args.files)
        if len(first) != len(second):
            raise RowsError(f"{args.files[0]} has {len(first)} lines, but {args.files[1]} has {len(second)}")
        return first, second
    if args.pred is None or args.true is None or len(args.files) != 1:
        raise OptionError("give two files of lines, PRED and TRUE, or one table with --pred COL and --true COL")
    return read_columns(args.files[0], args.pred, args.true, dict(map(_condition, args.where)))


def _condition(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise OptionError(f"--where is COL=VALUE, not {text!r}")
    return name, value
