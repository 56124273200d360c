"""How fast formulas become words, next to Speech Rule Engine: ``python -m benchmarks.speech_speed DATA``.

As in benchmarks.speed: one core, CPU seconds, the programs of a task one after the other on the same formulas, medians
over rounds of the ratios within each. Formulas are MathML, which panmath writes beforehand from the TeX of arXiv, and
each program reads them and says them. Below that is panmath alone from the tree, without reading; and what the first
formula of a new process costs in each style, with the imports and the tables.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from panmath.convert.errors import PanmathError
from panmath.convert.nodes import Node
from panmath.convert.readers import mathml as mathml_reader
from panmath.convert.source import Source
from panmath.convert.styles import STYLES
from panmath.convert.writers import mathml as mathml_writer
from panmath.convert.writers import spoken

from . import node
from .corpus import formulas
from .report import table
from .speed import SEED, Program, Task, Timing, measure, node_programs, python_program, read

RIVALS = {"natural": ("mathspeak", "clearspeak"), "mathspeak": ("mathspeak",), "clearspeak": ("clearspeak",)}
"""Our styles, and the domains of Speech Rule Engine that each is set next to."""
ROUND = 100
TREES = 2000

_FIRST = """
import time
from panmath.convert.nodes import Ident
start = time.process_time()
from panmath.convert.writers import spoken
spoken.write(Ident("x"), losses=[], style={style!r})
print(time.process_time() - start)
"""


def written(texts: list[str]) -> Iterator[str]:
    """The formulas in MathML."""
    for text in texts:
        with contextlib.suppress(PanmathError):
            yield mathml_writer.write(read(text), losses=[])


def tree(mathml: str) -> Node:
    """What panmath reads from MathML."""
    return mathml_reader.read(Source(mathml), losses=[])


def from_mathml(style: str) -> Program:
    """panmath from MathML to words."""
    return python_program(f"panmath, {style}", lambda text: spoken.write(tree(text), losses=[], style=style))


def tasks(peer: node.NodePeer | None) -> Iterator[Task]:
    """Each style next to the domains of Speech Rule Engine."""
    for style, domains in RIVALS.items():
        programs = [from_mathml(style)]
        for domain in domains if peer else ():
            programs += [
                Program(f"{program.name}, {domain}", program.seconds, program.takes)
                for program in node_programs("sre", peer, domain)
                if program.name.endswith("warm")
            ]
        yield Task(style, ROUND, tuple(programs))


def from_trees(texts: list[str], rounds: int) -> Iterator[Timing]:
    """The writers alone."""
    trees = {text: tree(text) for text in texts}
    for style in STYLES:
        program = python_program(
            f"panmath, {style}", lambda text, style=style: spoken.write(trees[text], losses=[], style=style)
        )
        yield from measure(Task("from the tree", TREES, (program,)), texts, rounds)


def first_words(style: str, rounds: int = 11) -> float:
    """CPU milliseconds to the first words in a style, the median over new processes."""
    command = [sys.executable, "-c", _FIRST.format(style=style)]
    return 1000 * statistics.median(float(subprocess.check_output(command, text=True)) for _ in range(rounds))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the peer's process inherits it
    sample = random.Random(SEED).sample(formulas(args.data, "arxiv"), TREES * (args.rounds + 1))
    texts = list(written(sample))
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(node.NodePeer("sre")) if node.available() else None
        timings = [
            timing
            for task in tasks(peer)
            for timing in measure(task, texts[: task.size * (args.rounds + 1)], args.rounds)
        ]
    timings += from_trees(texts, args.rounds)
    rows = [
        [one.task, one.program, str(one.formulas), str(one.left_out), f"{one.rate:.0f}", f"{one.ratio:.2f}"]
        for one in timings
    ]
    head = ["task", "program", "formulas", "left out", "per CPU second", "panmath is faster by"]
    print(table(head, rows), end="\n\n")
    print(table(["first words", "CPU ms"], [[style, f"{first_words(style):.0f}"] for style in STYLES]))


if __name__ == "__main__":
    main()
