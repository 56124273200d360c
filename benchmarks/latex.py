r"""How much LaTeX is read, next to other programs: ``python -m benchmarks.latex DATA``.

Each formula of the two files and each case of the conformance suites goes to MathML. It counts as read if there is no
error and no command stands in the MathML as text (a leak: ``\foo`` shown to the reader). Cases that are wrong on
purpose count by how many are refused, by panmath under `strict`. Then each failure of panmath, by reason, with the
peers that read it.

panmath may keep an unknown command word for word, with a warning; that is a leak here.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import importlib.util
import json
import re
import shutil
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from panmath.convert.errors import PanmathError, ParseError
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import mathml as mathml_writer

from . import node
from .corpus import Case, conformance, suites
from .report import code, percent, table

Outcome = str | Exception
Program = Callable[[Sequence[Case]], list[Outcome]]
"""Cases to MathML, an error in place of each that is refused."""

Results = dict[str, dict[str, list[Outcome]]]
"""By program and group of cases."""

PEERS = ("katex", "temml", "mathjax", "latex2mathml", "pandoc")

_ANNOTATION = re.compile(r"<annotation\b.*?</annotation>", re.DOTALL)
_ERROR = re.compile(r"<merror\b.*?</merror>", re.DOTALL)
_TEXT = re.compile(r">([^<>]+)<")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_WORD_FOR_WORD = re.compile(r"\\(?:verb|textbackslash|backslash|url|href|lstinline)(?![A-Za-z])")


class LeakError(Exception):
    """A command stands in the MathML as text, or an error message."""


def leak(tex: str, mathml: str) -> str:
    r"""The first command that the MathML shows as text; "" where there is none, or where the formula asks for it."""
    if "\\" not in mathml or _WORD_FOR_WORD.search(tex):
        return ""
    for text in _TEXT.findall(_ANNOTATION.sub("", mathml)):
        if found := _COMMAND.search(html.unescape(text)):
            return found[0]
    return ""


def judged(cases: Sequence[Case], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes with a LeakError for MathML that leaks, or that holds an error message."""
    results: list[Outcome] = []
    for case, outcome in zip(cases, outcomes, strict=True):
        if isinstance(outcome, str):
            if command := leak(case.tex, outcome):
                outcome = LeakError(f"{command} leaks")
            elif error := _ERROR.search(outcome):
                outcome = LeakError(f"shown as an error: {''.join(_TEXT.findall(error[0]))}")
        results.append(outcome)
    return results


def panmath(cases: Sequence[Case], *, strict: bool = False) -> list[Outcome]:
    """Our reader and MathML writer. Anything but a PanmathError is a crash, and shown as one."""
    outcomes: list[Outcome] = []
    for case in cases:
        try:
            tree = tex_reader.read(Source(case.tex), losses=[], strict=strict, macros=case.macros)
            outcomes.append(mathml_writer.write(tree, losses=[]))
        except PanmathError as error:
            outcomes.append(error)
        except Exception as error:  # the next formulas are of interest all the same
            outcomes.append(RuntimeError(f"CRASH {type(error).__name__}: {error}"))
    return outcomes


def latex2mathml(cases: Sequence[Case]) -> list[Outcome]:
    """latex2mathml from PyPI. It knows no macros given from outside, so those go before the formula."""
    from latex2mathml.converter import convert

    outcomes: list[Outcome] = []
    for case in cases:
        definitions = "".join(rf"\newcommand{{{name}}}{{{body}}}" for name, body in case.macros.items())
        try:
            outcomes.append(convert(definitions + case.tex))
        except Exception as error:  # its exceptions have no common base, and many are not its own
            outcomes.append(error)
    return outcomes


def pandoc(cases: Sequence[Case]) -> list[Outcome]:
    """pandoc, all formulas in one document. What it cannot read it leaves as TeX, without a math element."""
    paragraphs = [{"t": "Para", "c": [{"t": "Math", "c": [{"t": "DisplayMath"}, case.tex]}]} for case in cases]
    document = json.dumps({"pandoc-api-version": [1, 23], "meta": {}, "blocks": paragraphs})
    command = ["pandoc", "--from=json", "--to=html", "--mathml", "--wrap=none", "--quiet"]
    output = subprocess.run(command, input=document, stdout=subprocess.PIPE, text=True, check=True).stdout
    shown = re.findall(r"<p>(.*?)</p>", output, re.DOTALL)
    return [item if item.startswith("<math") else ValueError("left as TeX") for item in shown]


@contextlib.contextmanager
def peers(wanted: Sequence[str]) -> Iterator[dict[str, Program]]:
    """The peers that are installed, by name and version."""
    with contextlib.ExitStack() as stack:
        programs: dict[str, Program] = {}
        for script in ("katex", "temml", "mathjax") if node.available() else ():
            if script in wanted:
                peer = stack.enter_context(node.NodePeer(script))
                programs[f"{peer.name} {peer.version}"] = lambda cases, peer=peer: peer.run(
                    "mathml", [case.tex for case in cases], [case.macros for case in cases]
                )
        if "latex2mathml" in wanted and importlib.util.find_spec("latex2mathml"):
            programs["latex2mathml"] = latex2mathml
        if "pandoc" in wanted and shutil.which("pandoc"):
            programs["pandoc"] = pandoc
        yield programs


def reason(outcome: Exception) -> str:
    """What failed, without the place."""
    return outcome.message if isinstance(outcome, ParseError) else str(outcome).split("\n")[0]


def _count_read(outcomes: Sequence[Outcome]) -> int:
    return sum(isinstance(outcome, str) for outcome in outcomes)


def read_table(title: str, groups: dict[str, list[Case]], results: Results) -> str:
    """Percent read per group (rows) and program (columns)."""
    rows = []
    for group, cases in groups.items():
        counts = [_count_read(found[group]) for found in results.values()]
        rows.append([group, str(len(cases)), *(percent(count, len(cases)) for count in counts)])
    return table([title, "n", *results], rows)


def refused_table(cases: Sequence[Case], programs: dict[str, Program]) -> tuple[str, list[Case]]:
    """Percent refused of the cases that are wrong on purpose, and those that panmath takes."""
    cells, taken = [], []
    for name, program in programs.items():
        outcomes = program(cases)
        cells.append(percent(sum(isinstance(outcome, Exception) for outcome in outcomes), len(cases)))
        if name == "panmath":
            taken = [case for case, outcome in zip(cases, outcomes, strict=True) if isinstance(outcome, str)]
    return table(["refused, %", "n", *programs], [["wrong on purpose", str(len(cases)), *cells]]), taken


def failures(groups: dict[str, list[Case]], results: Results) -> Iterator[str]:
    """Each reason for which panmath failed in a group, the most frequent first, with its shortest formula."""
    for group, cases in groups.items():
        by_reason: dict[str, list[int]] = defaultdict(list)
        for index, outcome in enumerate(results["panmath"][group]):
            if isinstance(outcome, Exception):
                by_reason[reason(outcome)].append(index)
        if by_reason:
            yield f"\n{group}: {sum(map(len, by_reason.values()))} not read"
        for why, indices in sorted(by_reason.items(), key=lambda item: -len(item[1])):
            shortest = min(indices, key=lambda index: len(cases[index].tex))
            readers = Counter(
                name for name, found in results.items() for index in indices if isinstance(found[group][index], str)
            )
            others = ", ".join(f"{name} {count}" for name, count in readers.items()) or "nobody"
            yield f"  {len(indices):4} {why}\n       {code(cases[shortest].tex, 150)}\n       read by {others}"


def main() -> None:
    """Print the two tables and the failures, or all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peers", default=",".join(PEERS), help="which of them, where they are installed")
    args = parser.parse_args()
    groups = suites(args.data)
    wrong = [case for case in conformance(args.data) if case.is_error]
    with peers(args.peers.split(",")) as others:
        programs: dict[str, Program] = {"panmath": panmath, **others}
        results = {
            name: {group: judged(cases, program(cases)) for group, cases in groups.items()}
            for name, program in programs.items()
        }
        refused, taken = refused_table(wrong, {**programs, "panmath": lambda cases: panmath(cases, strict=True)})
    if args.json:
        read = {name: {group: _count_read(found[group]) for group in groups} for name, found in results.items()}
        sizes = {group: len(cases) for group, cases in groups.items()}
        print(json.dumps({"n": sizes, "read": read, "wrong": len(wrong), "wrong_taken": [case.tex for case in taken]}))
        return
    unjudged = {
        name: {group: [str(one) if isinstance(one, LeakError) else one for one in found[group]] for group in groups}
        for name, found in results.items()
    }
    print(
        read_table("read, %", groups, results),
        read_table("read, leaks allowed, %", groups, unjudged),
        refused,
        sep="\n\n",
    )
    print(*failures(groups, results), sep="\n")
    for case in taken:
        print(f"taken under strict: {code(case.tex)}")


if __name__ == "__main__":
    main()
