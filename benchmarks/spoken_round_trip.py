r"""Whether formulas survive being spoken: ``python -m benchmarks.spoken_round_trip DATA``.

tex → AST → words → AST in each style and language, on the formulas of the two files that are read. Equal means: the
same normal form; "but fonts": the same when upright letters count as italic ones, a difference that people do not say.
Shared are readings that two different normal forms have. Then the speed of the writer and of the reader, in formulas a
second of CPU time, and the first failures. The natural style is read back on every 20th formula unless --every says
otherwise.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import get_args

from panmath.convert.errors import PanmathError
from panmath.convert.nodes import Ident, Node, map_children
from panmath.convert.normal import normal
from panmath.convert.phrases import Language
from panmath.convert.readers import spoken as reader
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import spoken as writer

from .corpus import formulas
from .report import code, percent, table


@dataclass(slots=True)
class Tally:
    """What came of one language on one file. Times are in seconds."""

    count: int = 0
    equal: int = 0
    but_fonts: int = 0
    shared: int = 0
    words: int = 0
    writing: float = 0.0
    reading: float = 0.0
    failures: list[tuple[str, str, str]] = field(default_factory=list)


def trees(texts: list[str]) -> list[tuple[str, Node]]:
    """The formulas that are read, with their trees."""
    found = []
    for tex in texts:
        try:
            found.append((tex, tex_reader.read(Source(tex), losses=[])))
        except PanmathError:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Style:
    """There and back."""

    name: str
    write: Callable[[Node, str], str]
    read: Callable[[Source, str], Node]


STYLES = (
    Style(
        "exact",
        lambda node, language: writer.write(node, losses=[], style="exact", language=language),
        lambda source, language: reader.read(source, losses=[], grammar="exact", language=language),
    ),
    Style(
        "natural",
        lambda node, language: writer.write(node, losses=[], language=language),
        lambda source, language: reader.read(source, losses=[], language=language),
    ),
)


def plain(node: Node) -> Node:
    """The tree with upright letters and words in the default font."""
    if isinstance(node, Ident):
        return Ident(node.text, "" if node.font in ("rm", "it") else node.font)
    return map_children(node, plain)


def survey(formulas: list[tuple[str, Node]], style: Style, language: Language) -> Tally:
    """There and back, formula by formula."""
    tally = Tally(len(formulas))
    first_with: dict[str, Node] = {}
    for tex, tree in formulas:
        form = normal(tree)
        started = process_time()
        words = style.write(tree, language)
        tally.writing += process_time() - started
        tally.words += len(words.split())
        tally.shared += first_with.setdefault(words, form) != form
        started = process_time()
        try:
            back = style.read(Source(words), language)
        except PanmathError as error:
            tally.failures.append((tex, words, str(error)))
            continue
        finally:
            tally.reading += process_time() - started
        tally.equal += normal(back) == form
        if normal(plain(back)) == normal(plain(form)):
            tally.but_fonts += 1
        else:
            tally.failures.append((tex, words, "another formula"))
    return tally


def row(file: str, style: str, language: str, tally: Tally) -> list[str]:
    """One line of the table."""
    shares = (percent(count, tally.count) for count in (tally.equal, tally.but_fonts))
    speeds = (f"{tally.count / seconds:.0f}" for seconds in (tally.writing, tally.reading))
    words = f"{tally.words / tally.count:.1f}"
    return [file, style, language, str(tally.count), *shares, str(tally.shared), words, *speeds]


def main() -> None:
    """Print the table and the first failures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--every", type=int, help="take every n-th formula only")
    args = parser.parse_args()
    rows, failures = [], []
    for name in ("arxiv", "school"):
        found = trees(formulas(args.data, name)[:: args.every or 1])
        for style in STYLES:
            some = found if args.every or style.name == "exact" else found[::20]
            for language in get_args(Language):
                tally = survey(some, style, language)
                rows.append(row(name, style.name, language, tally))
                failures += tally.failures[:5]
    head = ["file", "style", "language", "n", "equal, %", "but fonts, %", "shared", "words", "written/s", "read/s"]
    print(table(head, rows))
    for tex, words, reason in failures:
        print(f"\n{code(tex)}\n  {words[:300]}\n  {reason}")


if __name__ == "__main__":
    main()
