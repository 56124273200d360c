"""How fast, next to other programs on the same formulas: ``python -m benchmarks.speed DATA``.

One core; CPU seconds, not those on the wall. Each round runs every program of a task on the same formulas, one after
the other, so that what else happens on the machine meets all of them alike; the next round has other formulas, so that
nothing is remembered from one to the next. Shown is the median over the rounds of the ratio of rates within a round:
3.0 means that panmath does three formulas while the peer does one. Rates depend on the machine; ratios hardly do.

A round before the first warms everything up and is not counted. JavaScript is timed twice: warm like the others, and in
a new process each round, which is what a short run sees (first pass; the start of the process is left out).

Formulas that one of the programs of a task refuses, or takes longer than SLOW seconds for, are left out of that task
for all of them, and counted.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.util
import io
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Unpack

from panmath.convert.nodes import Node
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import mathml as mathml_writer
from panmath.renderers import formula

from . import node
from .corpus import formulas
from .report import table

SEED = 20240601
SLOW = 5.0
TASKS = ("read", "MathML", "SVG", "SVG many at once", "PNG", "PNG many at once", "start")

Convert = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Program:
    """One program on one task: CPU seconds for some formulas, and which of some it takes."""

    name: str
    seconds: Callable[[Sequence[str]], float]
    takes: Callable[[Sequence[str]], list[bool]]


@dataclass(frozen=True, slots=True)
class Task:
    """What is timed, on how many formulas a round, by whom; panmath comes first."""

    name: str
    size: int
    programs: tuple[Program, ...]


class TooSlowError(Exception):
    """A program takes too long for one formula."""


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlowError


def installed(name: str, convert: Convert) -> Iterator[Program]:
    """A peer from PyPI, where it is there."""
    if importlib.util.find_spec(name):
        yield python_program(name, convert)


def python_program(name: str, convert: Convert) -> Program:
    """A program that runs in this process."""

    def seconds(texts: Sequence[str]) -> float:
        start = time.process_time()
        for text in texts:
            convert(text)
        return time.process_time() - start

    def takes(texts: Sequence[str]) -> list[bool]:
        return [_is_taken(convert, text) for text in texts]

    return Program(name, seconds, takes)


def _is_taken(convert: Convert, text: str) -> bool:
    signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, SLOW)
    try:
        convert(text)
    except Exception:  # whatever a peer throws: it does not take the formula
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return True


def node_programs(script: str, peer: node.NodePeer, task: str) -> Iterator[Program]:
    """A program under node: warm, and in a new process each round, its compiler still cold."""

    def takes(texts: Sequence[str]) -> list[bool]:
        return [isinstance(outcome, str) for outcome in peer.run(task, texts)]

    def first_pass(texts: Sequence[str]) -> float:
        with node.NodePeer(script) as new:
            return new.seconds(task, texts)

    name = f"{peer.name} {peer.version}"
    yield Program(f"{name}, warm", lambda texts: peer.seconds(task, texts), takes)
    yield Program(f"{name}, first pass", first_pass, takes)


def read(text: str) -> Node:
    """What panmath does to read a formula."""
    return tex_reader.read(Source(text), losses=[])


def pylatexenc(text: str) -> object:
    """The walker of pylatexenc, the reader most used from Python."""
    from pylatexenc.latexwalker import LatexWalker

    return LatexWalker(text, tolerant_parsing=False).get_latex_nodes()


def latex2mathml(text: str) -> str:
    """LaTeX to MathML, the converter most used from Python."""
    from latex2mathml.converter import convert

    return convert(text)


def ziamath(text: str) -> str:
    """LaTeX to SVG in pure Python."""
    import ziamath as zm

    return zm.Latex(text).svg()


def mathtext(text: str) -> bytes:
    """LaTeX to PNG as matplotlib draws its labels."""
    from matplotlib import mathtext

    picture = io.BytesIO()
    mathtext.math_to_image(f"${text}$", picture, dpi=300, format="png")
    return picture.getvalue()


def tasks(stack: contextlib.ExitStack) -> Iterator[Task]:
    """What is timed; node is used where it is there."""
    scripts = ("katex", "temml", "mathjax") if node.available() else ()
    peers = {script: stack.enter_context(node.NodePeer(script)) for script in scripts}

    def of(task: str) -> Iterator[Program]:
        for script, peer in peers.items():
            if task in peer.tasks:
                yield from node_programs(script, peer, task)

    yield Task("read", 2000, (python_program("panmath", read), *installed("pylatexenc", pylatexenc), *of("parse")))
    ours = python_program("panmath", lambda text: mathml_writer.write(read(text), losses=[]))
    yield Task("MathML", 1000, (ours, *installed("latex2mathml", latex2mathml), *of("mathml")))
    ours = python_program("panmath", lambda text: formula.draw(read(text), format="svg"))
    rivals = (*installed("ziamath", ziamath), *of("svg"))
    yield Task("SVG", 200, (ours, *rivals))
    yield Task("SVG many at once", 200, (together(ours, "svg"), *rivals))
    ours = python_program("panmath", lambda text: formula.draw(read(text), format="png", dpi=300))
    yield Task("PNG", 200, (ours, *installed("matplotlib", mathtext)))
    yield Task("PNG many at once", 200, (together(ours, "png", dpi=300), *installed("matplotlib", mathtext)))


def together(program: Program, format: formula.Format, **options: Unpack[formula.Options]) -> Program:
    """panmath when it is given many formulas, as by ``Pipeline.map``."""

    def seconds(texts: Sequence[str]) -> float:
        start = time.process_time()
        formula.draw_many([read(text) for text in texts], format=format, **options)
        return time.process_time() - start

    return Program(program.name, seconds, program.takes)


@dataclass(frozen=True, slots=True)
class Timing:
    """One program on one task: formulas per CPU second, and panmath's rate by this one's, medians over the rounds."""

    task: str
    program: str
    formulas: int
    left_out: int
    rate: float
    ratio: float


def measure(task: Task, texts: Sequence[str], rounds: int) -> list[Timing]:
    """All the programs of a task, interleaved, on `rounds` parts of the formulas and one more to warm up."""
    verdicts = {program.takes: program.takes(texts) for program in task.programs}  # each only once
    kept = [text for text, *taken in zip(texts, *verdicts.values(), strict=True) if all(taken)]
    size = len(kept) // (rounds + 1)
    gc.collect()
    gc.freeze()  # the modules of all the programs are no work of any one of them
    seconds = []
    for start in range(0, size * (rounds + 1), size):
        part = kept[start : start + size]
        seconds.append([program.seconds(part) for program in task.programs])
    return [
        Timing(
            task.name,
            program.name,
            formulas=size * rounds,
            left_out=len(texts) - len(kept),
            rate=size / statistics.median(row[at] for row in seconds[1:]),
            ratio=statistics.median(row[at] / row[0] for row in seconds[1:]),
        )
        for at, program in enumerate(task.programs)
    ]


def start_up(rounds: int = 11) -> dict[str, float]:
    """CPU milliseconds for the import, ``panmath --version``, and Python alone; medians over new processes."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import panmath.convert": [sys.executable, "-c", "import panmath.convert"],
        "panmath --version": [sys.executable, "-m", "panmath.convert", "--version"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times[name].append(1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime))
    return {name: statistics.median(values) for name, values in times.items()}


def foreign_imports() -> list[str]:
    """The modules that ``import panmath.convert`` loads from outside the standard library and panmath."""
    program = "import sys; old = set(sys.modules); import panmath.convert; print(*set(sys.modules) - old)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()
    return sorted({name.split(".")[0] for name in loaded} - sys.stdlib_module_names - {"panmath"})


def main() -> None:
    """Print the tables, or all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", default=",".join(TASKS), help="which of these")
    args = parser.parse_args()
    wanted = args.tasks.split(",")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the peers' processes inherit it
    texts = random.Random(SEED).sample(formulas(args.data, "arxiv"), 2000 * (args.rounds + 1))
    with contextlib.ExitStack() as stack:
        timings = [
            timing
            for task in tasks(stack)
            if task.name in wanted
            for timing in measure(task, texts[: task.size * (args.rounds + 1)], args.rounds)
        ]
    starts, foreign = (start_up(), foreign_imports()) if "start" in wanted else ({}, [])
    if args.json:
        plain = [{name: getattr(timing, name) for name in Timing.__slots__} for timing in timings]
        print(json.dumps({"timings": plain, "start_up_cpu_ms": starts, "foreign_imports": foreign}))
        return
    rows = [
        [one.task, one.program, str(one.formulas), str(one.left_out), f"{one.rate:.0f}", f"{one.ratio:.2f}"]
        for one in timings
    ]
    if timings:
        print(
            table(["task", "program", "formulas", "left out", "per CPU second", "panmath is faster by"], rows),
            end="\n\n",
        )
    if starts:
        print(table(["start", "CPU ms"], [[name, f"{value:.0f}"] for name, value in starts.items()]))
        print(f"\nloaded by the import from outside the standard library: {', '.join(foreign) or 'nothing'}")


if __name__ == "__main__":
    main()
