"""`panmath extract tex`: the formulas of papers, with their contexts, as records."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ...convert import console
from ...convert.cli import Parser, complain
from ...convert.errors import InputError, OptionError, PanmathError, UnsupportedError
from .records import Problem, Record, records
from .sources import Paper, Unreadable, papers

_EXAMPLES = """
examples:
  panmath extract tex paper.tex                      records on standard output
  panmath extract tex 2401.00001.tar.gz -o formulas.jsonl
  panmath extract tex papers/ -o formulas.jsonl.gz   all papers of a folder, archives among them
  panmath extract tex arXiv_src_2401_001.tar -o formulas.jsonl --seen
  cat paper.tar.gz | panmath extract tex - --rejects rejects.jsonl

A record has raw (as written) and tex (macros expanded), environment, labels, numbers, part, section, before, sentence
(the formula between ⟦ and ⟧), after, references, file, line, column, hash (of the normal form) and status. What failed
goes to the rejects, with the reason: OUT.rejects.jsonl beside OUT.jsonl. A paper that cannot be read is named on
standard error, and the others go through; the exit status is then that of the first error.
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit status."""
    parser = Parser(
        prog="panmath extract tex",
        description="Papers in TeX to formulas in context: macros expanded, with sentences, sections and references.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("inputs", nargs="*", metavar="FILE|FOLDER|TAR|-", help="papers; standard input if none is")
    parser.add_argument("-o", "--output", metavar="OUT", help="a .jsonl or .jsonl.gz file, not standard output")
    parser.add_argument("--rejects", metavar="FILE", help="where what failed goes; beside OUT if not given")
    parser.add_argument("--seen", action="store_true", help="leave out formulas whose hash has been written already")
    parser.add_argument("-q", "--quiet", action="store_true", help="no summary on standard error")
    given = parser.parse_args(arguments)
    output = Path(given.output) if given.output not in (None, "-") else None
    if output is not None and output.is_dir():
        raise OptionError(f"{output} is a folder; the records are one file, such as {output / 'formulas.jsonl'}")
    rejects = Path(given.rejects) if given.rejects else _beside(output)
    inputs = given.inputs or ["-"]
    if not any(name == "-" or Path(name).exists() for name in inputs):
        raise InputError(f"{inputs[0]}: No such file or directory")  # before anything is written
    extraction = _Extraction(inputs, distinct=given.seen)
    with ExitStack() as stack:
        kept = stack.enter_context(console.output(output))
        rejected = stack.enter_context(console.output(rejects)) if rejects is not None else None
        for record, failed in extraction:
            line = (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
            if not failed:
                kept.write(line)
            elif rejected is not None:
                rejected.write(line)
    if not given.quiet:
        print(extraction.summary(rejects), file=sys.stderr)
    return extraction.status


def _beside(output: Path | None) -> Path | None:
    """The rejects of a file of records: `a.rejects.jsonl` for `a.jsonl`."""
    if output is None:
        return None
    name = output.name.removesuffix(".gz")
    suffix = output.name[len(name) :]
    stem = name.removesuffix(".jsonl")
    return output.with_name(f"{stem}.rejects.jsonl{suffix}")


class _Extraction:
    """The records of all inputs, counted; each comes with whether it failed."""

    def __init__(self, inputs: Sequence[str], *, distinct: bool) -> None:
        self.inputs, self.distinct = inputs, distinct
        self.hashes: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.status = 0

    def __iter__(self) -> Iterator[tuple[dict[str, Any], bool]]:
        shown = console.Count("papers")
        for paper in self.papers():
            try:
                if isinstance(paper, PanmathError):
                    raise paper
                if isinstance(paper, Unreadable):
                    if paper.whole:
                        raise UnsupportedError(f"{paper.name}: {paper.reason}")
                    yield {"paper": paper.name, "error": paper.reason}, True
                    continue
                for found in records(paper):
                    yield from self.record(found)
            except PanmathError as error:
                shown.clear()
                complain(error)
                self.status = self.status or error.exit_code
                name, _, reason = str(error).partition(": ")
                yield {"paper": name, "error": reason}, True
                continue
            self.counts["papers"] += 1
            shown.step(paper.name)
        shown.clear()

    def papers(self) -> Iterator[Paper | Unreadable | PanmathError]:
        for name in self.inputs:
            try:
                yield from papers(Path(name)) if name != "-" else papers(None, sys.stdin.buffer)
            except PanmathError as error:
                yield error

    def record(self, found: Record | Problem) -> Iterator[tuple[dict[str, Any], bool]]:
        if isinstance(found, Problem):
            self.counts["left out"] += 1
            yield {**found._asdict(), "error": found.reason}, True
            return
        if found.status == "failed":
            self.counts["failed"] += 1
            yield found.to_dict(), True
            return
        if self.distinct:
            if found.hash in self.hashes:
                self.counts["seen"] += 1
                return
            self.hashes.add(found.hash)
        self.counts["formulas"] += 1
        yield found.to_dict(), False

    def summary(self, rejects: Path | None) -> str:
        """What was found, on one line."""
        counts = self.counts
        told = f"{counts['papers']:,} papers, {counts['formulas']:,} formulas"
        if self.distinct:
            told += f", {counts['seen']:,} seen before"
        if counts["failed"]:
            told += f", {counts['failed']:,} that cannot be read"
        if counts["left out"]:
            told += f", {counts['left out']:,} other places left out"
        if counts["failed"] or counts["left out"]:
            told += f": see {rejects}" if rejects is not None else "; --rejects FILE keeps them with the reasons"
        return f"panmath: {told}"
