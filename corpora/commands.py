"""The command line of corpora: `panmath batch` and `panmath corpus`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..convert import cli, console, formats, options
from ..convert.cli import Parser, columns
from ..convert.errors import InputError, OptionError, PanmathError
from . import recipe as recipes
from . import report, statistics
from .outputs import OUTPUTS, output
from .progress import Progress, duration
from .recipe import Recipe
from .runner import Job, RecordError, Summary, run
from .sources import unit as units
from .sources.inputs import KINDS, Stream, locate
from .statistics import Column, Corpus
from .step import STEPS, build
from .steps.convert import Convert

_BATCH = """
examples:
  panmath batch formulas.txt -f tex -t spoken.en -o spoken
  panmath batch data.jsonl.gz -f tex -t spoken.en -t mathml --keep source -o out
  panmath batch a.parquet b.parquet --column latex -f tex -t image --dpi 120 -o pictures --as webdataset
  panmath batch formulas.txt -f tex -t exact=spoken.en:style=exact -t natural=spoken.en -o both
  panmath batch pages/ -f mathml -t tex -o tex --workers 8 --shard 2/4

A run that was cut off goes on when the same command is given again: shards that are done are not made anew.
"""

_FORMATS = """\
inputs, by their names: .jsonl, .csv, .tsv, .txt with a record a line (also .gz, .zst, .bz2, .xz), .parquet, .tar
(WebDataset), folders, and any other file as a record by itself
"""

_OPTIONS = tuple(option for option in options.OPTIONS if option.name != "nbest")
"""Those of conversions; a record has one answer in a column."""


def batch(arguments: Sequence[str]) -> int:
    """Convert records by the million."""
    parser = Parser(
        prog="panmath batch",
        usage="panmath batch IN… [-f FORMAT] -t TARGET… -o DIR [OPTION…]",
        description="Convert the formulas of lists, tables, archives and folders, into shards with a manifest.",
        epilog=_BATCH + "\n" + _FORMATS,
    )
    parser.add_argument("inputs", nargs="+", metavar="IN", help="files and folders")
    parser.add_argument(
        "-f", "--from", dest="source", metavar="FORMAT", help="the format of the formulas; else the column tells"
    )
    parser.add_argument(
        "-t", "--to", action="append", required=True, metavar="TARGET",
        help="what to make of them: [COLUMN=]FORMAT[:OPTION=VALUE,…]; several times for several columns",
    )  # fmt: skip
    parser.add_argument(
        "--column", default="", metavar="NAME", help="the column with the formulas; else its name tells"
    )
    parser.add_argument("--keep", default="", metavar="A,B|all", help="other columns that go along")
    parser.add_argument("--details", action="store_true", help="columns with confidence, verification and losses")
    parser.add_argument(
        "--on-error", choices=("skip", "keep", "fail"), default="skip",
        help="a record that fails is set aside in OUT/failed, kept with empty columns and the error, or ends the run",
    )  # fmt: skip
    _add_run_arguments(parser)
    group = parser.add_argument_group("options of the conversions, as panmath --help explains them")
    for option in _OPTIONS:
        if option.kind == "flag":
            action: Any = argparse.BooleanOptionalAction
            group.add_argument(f"--{option.name.replace('_', '-')}", action=action, default=None, help=option.help)
        else:
            metavar = "|".join(option.choices) or option.metavar or option.name.upper()
            group.add_argument(f"--{option.name.replace('_', '-')}", metavar=metavar, help=option.help)
    given = parser.parse_args(arguments)
    job = _job(given, _batch_recipe(given))
    return _run(job, given.quiet)


def _add_run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="the folder that is written")
    parser.add_argument(
        "--as", dest="write_as", choices=tuple(kind.name for kind in OUTPUTS), help="the kind of output"
    )
    parser.add_argument("--read-as", choices=KINDS, help="what the inputs are, where their names do not tell")
    parser.add_argument(
        "--id", default="", metavar="NAME", help="the column with the ids; else id, or the file and line"
    )
    parser.add_argument(
        "--workers", type=_positive, default=os.cpu_count() or 1, metavar="N", help="processes; as many as cores"
    )
    parser.add_argument(
        "--executor", choices=("local", "ray"), default="local", help="processes of this machine, or a Ray cluster"
    )
    parser.add_argument("--licence", metavar="ID", help="the licence of the data, for the card, as the hub calls it")
    parser.add_argument("--limit", type=_positive, metavar="N", help="so many records and no more")
    parser.add_argument(
        "--shard", type=_part, metavar="I/N", help="this machine's part of the shards, where N share them"
    )
    parser.add_argument(
        "--shard-size", type=_positive, default=10_000, metavar="N", help="records of the input for a shard"
    )
    parser.add_argument(
        "--max-errors", type=_natural, metavar="N", help="give up when more records than that have failed"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing unless something is wrong")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1, not {text!r}")
    return int(text)


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number from 0, not {text!r}")
    return int(text)


def _part(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"I/N with I from 1 to N, as in 2/4, not {text!r}")
    return int(found[1]), int(found[2])


def _job(given: argparse.Namespace, recipe: Recipe) -> Job:
    if given.licence:
        recipe = replace(recipe, licence=given.licence)
    return Job(
        recipe,
        tuple(given.inputs),
        given.output,
        read_as=given.read_as or recipe.read_as,
        id_column=given.id,
        workers=given.workers,
        limit=given.limit,
        part=given.shard,
        shard_size=given.shard_size,
        on_error="fail" if getattr(given, "on_error", "") == "fail" else "skip",
        max_errors=given.max_errors,
        executor=given.executor,
    )


def _run(job: Job, quiet: bool) -> int:
    """Runs, and says what came of it. The status is that of bad data where every record failed."""
    summary = run(job, Progress(quiet))
    if not quiet:
        print(_said(job, summary), file=sys.stderr)
    return RecordError.exit_code if summary.failed and not summary.rows else 0


def _said(job: Job, summary: Summary) -> str:
    text = f"{summary.units:,} records → {summary.rows:,} in {job.out}"
    if summary.left_out:
        text += f", {summary.left_out:,} left out"
    if summary.failed:
        text += f", {summary.failed:,} failed (see {job.out}/failed)"
    if summary.new:
        text += f"; {summary.new:,} now, in {duration(summary.seconds)}"
        text += f" ({summary.new / summary.seconds:,.0f}/s)" if summary.seconds >= 1 else ""
    elif summary.complete:
        text += "; all was done before"
    return text if summary.complete else f"{text}; other shards are still to come"


def _batch_recipe(given: argparse.Namespace) -> Recipe:
    """The recipe that the arguments of `panmath batch` stand for."""
    asked = {option: getattr(given, option.name) for option in _OPTIONS}
    values = {
        # Macros stay the name of their file, which each worker reads.
        option.name: option.parse(value) if isinstance(value, str) and option.kind != "macros" else value
        for option, value in asked.items()
        if value is not None
    }
    first = _first_fields(given)
    source = given.source or _source_of(given.column, first)
    spec: dict[str, Any] = {"do": "convert", "to": given.to, "source": formats.lookup(source).name}
    spec |= {"column": given.column} if given.column else {}
    spec |= {"options": values} if values else {}
    spec |= {"on_error": "keep"} if given.on_error == "keep" else {}
    spec |= {"details": True} if given.details else {}
    step = build(spec)
    assert isinstance(step, Convert)
    steps: list[Mapping[str, Any]] = [spec]
    write_as = given.write_as or _kind_of(step)
    kept = _kept(given.keep, first, step)
    _refuse_bytes(step, write_as, {name: first.get(name) for name in (first if given.keep == "all" else kept)})
    if given.keep != "all":
        made = [name for target in step.targets for name in _columns(target.column, given.details)]
        error = ["error"] if given.on_error == "keep" else []
        steps.append({"do": "select", "columns": [*_source_column(step, first, write_as), *made, *kept, *error]})
    title = f"{formats.lookup(source).name} → {', '.join(given.to)}"
    return Recipe("batch", title, tuple(steps), write_as=write_as)


def _source_column(step: Convert, fields: Mapping[str, Any], write_as: str) -> list[str]:
    """The formulas themselves go along, unless they are bytes and those have no place: then ids tell which it was."""
    column = step.find(fields) if fields else step.column
    binary = formats.lookup(step.source).carrier == "bytes" and not output(write_as).holds_bytes
    return [column] if column and not binary else []


def _columns(column: str, details: bool) -> list[str]:
    return [column, *(f"{column}.{name}" for name in ("confidence", "verified", "losses") if details)]


def _first_fields(given: argparse.Namespace) -> Mapping[str, Any]:
    """The columns of the first record that is one; none where there is no such record among the first hundred."""
    stream = Stream(locate(given.inputs, given.read_as))
    for unit in stream.take(100):
        try:
            return units.sample(unit, 0, given.id).fields
        except PanmathError:
            continue
    return {}


def _source_of(column: str, fields: Mapping[str, Any]) -> str:
    """The format of the formulas where nobody says it: a column is called by it, but any format is text."""
    for name in [column] if column else fields:
        try:
            if name == "text":
                continue
            return formats.lookup(name).name
        except PanmathError:
            continue
    raise OptionError(f"say what the formulas are: -f FORMAT (the columns are {', '.join(fields) or 'not known'})")


def _kept(asked: str, fields: Mapping[str, Any], step: Convert) -> list[str]:
    names = [name.strip() for name in asked.split(",") if name.strip()] if asked != "all" else []
    unknown = [name for name in names if fields and name not in fields]
    if unknown:
        raise OptionError(f"there is no column {unknown[0]!r} to keep; there are {', '.join(fields)}")
    source = step.find(fields) if fields else step.column
    return [name for name in dict.fromkeys(names) if name != source]


def _refuse_bytes(step: Convert, write_as: str, kept: Mapping[str, Any]) -> None:
    """OptionError where bytes would have to go into text."""
    binary = [pipeline.target.name for pipeline in step.pipelines if pipeline.target.carrier == "bytes"]
    binary += [name for name, value in kept.items() if isinstance(value, bytes)]
    if binary and not output(write_as).holds_bytes:
        holding = " or ".join(kind.name for kind in OUTPUTS if kind.holds_bytes)
        raise OptionError(f"{binary[0]} is bytes, which {write_as} cannot hold; use --as {holding}")


def _kind_of(step: Convert) -> str:
    """Lines of JSON, unless there are bytes."""
    return "webdataset" if any(pipeline.target.carrier == "bytes" for pipeline in step.pipelines) else "jsonl"


_CORPUS = """
examples:
  panmath corpus list
  panmath corpus info spoken-pairs
  panmath corpus run spoken-pairs formulas.txt -o pairs
  panmath corpus run figure-pairs formulas.txt --model panmath-draw -o figures
  panmath corpus run mine.toml data/*.parquet -o out --workers 8
  panmath corpus info pairs --html report.html
  panmath corpus show pairs -o records.html
"""


def corpus(arguments: Sequence[str]) -> int:
    """Run recipes, and look at what they made."""
    parser = Parser(
        prog="panmath corpus",
        description="Make training data by recipes, and look at it.",
        epilog=_CORPUS + "\n" + _FORMATS,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    listing = commands.add_parser("list", help="the recipes that come along, and the steps there are")
    listing.add_argument("--json", action="store_true", help="as JSON")
    running = commands.add_parser("run", help="run a recipe")
    running.add_argument("recipe", metavar="RECIPE", help="the name of a recipe, or a .toml file")
    running.add_argument("inputs", nargs="+", metavar="IN", help="files and folders")
    running.add_argument(
        "--column", default="", metavar="NAME", help="the column with the formulas; else its name tells"
    )
    running.add_argument(
        "--model", default="", metavar="NAME", help="what reads pictures in recipes with a model in the loop"
    )
    _add_run_arguments(running)
    info = commands.add_parser("info", help="a recipe, or the statistics of what was made")
    info.add_argument("what", metavar="RECIPE|DIR")
    info.add_argument("--html", type=Path, metavar="FILE", help="write a report with plots")
    info.add_argument("--json", action="store_true", help="as JSON")
    show = commands.add_parser("show", help="a page of records, with formulas, pictures and sounds")
    show.add_argument("dir", type=Path, metavar="DIR")
    show.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the page that is written")
    show.add_argument("--count", type=_positive, default=50, metavar="N", help="how many records")
    show.add_argument("--seed", type=_natural, default=0, metavar="N", help="which ones, by chance")
    show.add_argument("--failed", action="store_true", help="those that failed, with the reasons")
    check = commands.add_parser("check", help="whether all files are as they were written")
    check.add_argument("dir", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    return _CORPUS_COMMANDS[given.command](given)


def _list(given: argparse.Namespace) -> int:
    found = list(recipes.shipped())
    if given.json:
        rows = [{"name": recipe.name, "title": recipe.title, "steps": list(recipe.steps)} for recipe in found]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    print(columns(("recipe", "what it makes"), [(recipe.name, recipe.title) for recipe in found]), end="")
    print()
    print(columns(("step", "what it does"), [(entry.name, entry.title) for entry in STEPS]), end="")
    return 0


def _run_recipe(given: argparse.Namespace) -> int:
    recipe = recipes.find(given.recipe)
    if given.column:
        recipe = replace(recipe, steps=tuple(_with_column(recipe, given.column)))
    if given.model:
        recipe = replace(recipe, steps=tuple(_with_model(recipe, given.model)))
    if given.write_as:
        recipe = replace(recipe, write_as=given.write_as)
    return _run(_job(given, recipe), given.quiet)


def _with_column(recipe: Recipe, column: str) -> Iterator[Mapping[str, Any]]:
    if all(step.get("do") != "formula" for step in recipe.steps):
        raise OptionError(f"the recipe {recipe.name} has no step formula, which would look into a column")
    for step in recipe.steps:
        yield {**step, "column": column} if step["do"] == "formula" else step


def _with_model(recipe: Recipe, model: str) -> Iterator[Mapping[str, Any]]:
    if all(step.get("do") != "imitate" for step in recipe.steps):
        raise OptionError(f"the recipe {recipe.name} has no step imitate, which would ask a model")
    for step in recipe.steps:
        yield {**step, "model": model} if step["do"] == "imitate" else step


def _info(given: argparse.Namespace) -> int:
    path = Path(given.what)
    if not path.is_dir():
        if given.html or given.json:
            raise OptionError(f"{given.what} is no folder; a report is about what was made")
        _show_recipe(recipes.find(given.what))
        return 0
    corpus = statistics.opened(path)
    measured = statistics.measured(corpus)
    if given.html:
        with console.whole_file(given.html) as file:
            file.write(report.report(corpus, measured).encode("utf-8", "backslashreplace"))
    elif given.json:
        print(json.dumps(_plain(corpus, measured), ensure_ascii=False))
    else:
        _show_manifest(corpus.manifest)
        rows = [tuple(map(_cell, report.column_row(*item))) for item in measured.items()]
        print("\n" + columns(report.COLUMN_HEAD, rows), end="")
    return 0


def _plain(corpus: Corpus, measured: Mapping[str, Column]) -> dict[str, Any]:
    shown = {
        name: dict(zip(report.COLUMN_HEAD[1:], report.column_row(name, column)[1:], strict=True))
        | {"symbols": dict(column.symbols.most_common(100))}
        for name, column in measured.items()
    }
    return {name: corpus.manifest[name] for name in ("recipe", "units", "rows", "counts", "reasons")} | {
        "columns": shown
    }


def _cell(value: report.Cell) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _check(given: argparse.Namespace) -> int:
    corpus = statistics.opened(given.dir)
    damaged = list(corpus.damaged())
    for name, reason in damaged:
        cli.complain(InputError(f"{given.dir / name}: {reason}"))
    if not damaged:
        print(f"{given.dir}: {len(corpus.manifest['files'])} files, all as they were written")
    return InputError.exit_code if damaged else 0


def _show(given: argparse.Namespace) -> int:
    page = report.records(statistics.opened(given.dir), given.count, given.seed, given.failed)
    with console.whole_file(given.output) as file:
        file.write(page.encode("utf-8", "backslashreplace"))
    return 0


def _show_recipe(recipe: Recipe) -> None:
    print(f"{recipe.name}: {recipe.title}\n")
    if recipe.about:
        print(f"{recipe.about.strip()}\n")
    print(recipes.to_toml(recipe.steps), end="")


def _show_manifest(manifest: Mapping[str, Any]) -> None:
    print(f"{manifest['recipe']}: {manifest['units']:,} records read\n")
    print(columns(("split", "records"), [(split, f"{rows:,}") for split, rows in manifest["rows"].items()]))
    steps = [tuple(map(_cell, row)) for row in report.passed(manifest)]
    print(columns(("step", "in", "out"), steps), end="")
    if manifest["reasons"]:
        rows = [
            (row["step"], row["reason"], "yes" if row["failed"] else "no", f"{row['count']:,}")
            for row in manifest["reasons"]
        ]
        print("\n" + columns(("step", "reason", "failed", "records"), rows), end="")


_CORPUS_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "run": _run_recipe,
    "info": _info,
    "show": _show,
    "check": _check,
}
