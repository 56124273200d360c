"""Batch against the function it calls: ``python -m benchmarks.batch DATA [--records N] [--ray]``.

The formulas of arXiv and of school are turned into English words and MathML, twice over where there are too few: by the
function in one process, and by `panmath batch` with one worker and with two, in turns. Shown are records a second by
the clock and by the processor (of all processes together, start and end included), the share of the function's speed
that is left for each worker, and the most memory that a process of the run had, as the system counts it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

from panmath.convert.pipeline import Pipeline, fan_out

from .corpus import formulas
from .report import table

TARGETS = ("spoken.en", "mathml")


class Measured(NamedTuple):
    """One run: seconds by the clock and of the processor, and MiB of the largest process."""

    wall: float
    cpu: float
    memory: float


def function(texts: Sequence[str]) -> Measured:
    pipelines = [Pipeline("tex", target) for target in TARGETS]
    wall, cpu = perf_counter(), process_time()
    for _ in fan_out(pipelines, texts, 256):
        pass
    return Measured(perf_counter() - wall, process_time() - cpu, 0)


def batch(path: Path, out: Path, *options: str) -> Measured:
    shutil.rmtree(out, ignore_errors=True)
    targets = [word for target in TARGETS for word in ("-t", target)]
    command = [sys.executable, "-m", "panmath.convert", "batch", str(path), "-f", "tex", *targets, "-o", str(out)]
    wall = perf_counter()
    process = subprocess.Popen([*command, "-q", *options])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Measured(perf_counter() - wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--ray", action="store_true")
    given = parser.parse_args()
    pool = [*formulas(given.data, "arxiv"), *formulas(given.data, "school")]
    texts = (pool * (given.records // len(pool) + 1))[: given.records]
    settings = {"1 worker": ("--workers", "1"), "2 workers": ("--workers", "2")}
    if given.ray:
        settings["Ray, 2 workers"] = ("--workers", "2", "--executor", "ray")
    runs: dict[str, list[Measured]] = {"function": [], **{name: [] for name in settings}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "formulas.txt")
        path.write_text("\n".join(texts) + "\n", "utf-8")
        small = Path(folder, "small.txt")
        small.write_text("\n".join(texts[: given.records // 10]) + "\n", "utf-8")
        for _ in range(given.rounds):
            runs["function"].append(function(texts))
            for name, options in settings.items():
                runs[name].append(batch(path, Path(folder, "out"), *options))
        tenth = batch(small, Path(folder, "out"), "--workers", "1")
    middle = {name: Measured(*map(statistics.median, zip(*some, strict=True))) for name, some in runs.items()}
    own = middle["function"]
    rows = []
    for name, found in middle.items():
        workers = 2 if "2" in name else 1
        rows.append(
            (
                name,
                f"{len(texts) / found.wall:,.0f}",
                f"{len(texts) / found.cpu:,.0f}",
                f"{own.cpu / found.cpu:.2f}",
                f"{own.wall / found.wall / workers:.2f}",
                f"{found.memory:.0f}" if found.memory else "",
            )
        )
    head = ("", "records/s", "records/CPU s", "of the function, CPU", "of the function, clock, per worker", "MiB")
    print(table(head, rows))
    print(f"\nlargest process at {given.records // 10:,} records: {tenth.memory:.0f} MiB")


if __name__ == "__main__":
    main()
