"""Batch against the function it calls: ``python -m benchmarks.batch DATA [--records N] [--ray] [--growth N,N,…]``.

The formulas of arXiv and of school are turned into English words and MathML, from the beginning again where there are
too few: by the function in one process, and by `panmath batch` with one worker and with two, in turns. Shown are
records a second by the clock and by the processor (of all processes together, start and end included), the share of
the function's speed that is left for each worker, and the most memory that a process of the run had, as the system
counts it.

With ``--ray`` Ray's executor takes part. What it takes on two records, one for each worker, is its start-up; the rest
is what more records cost, and both are compared with the processes of this machine.

With ``--growth`` there are runs of so many records, from lines of JSON with ids that are packed with gzip, and the
memory of the process that reads and writes, of the largest worker, and of all processes at the same moment.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import NamedTuple

from panmath.convert.pipeline import Pipeline, fan_out

from .corpus import formulas
from .report import table

TARGETS = ("spoken.en", "mathml")
LOCAL, RAY = "2 workers", "Ray, 2 workers"
SETTINGS: Mapping[str, Sequence[str]] = {
    "1 worker": ("--workers", "1"),
    LOCAL: ("--workers", "2"),
    RAY: ("--workers", "2", "--executor", "ray"),
}


class Measured(NamedTuple):
    """One run: seconds by the clock and of the processor, and MiB of the largest process."""

    wall: float
    cpu: float
    memory: float


class Memory(NamedTuple):
    """The most MiB that the parent, its largest child, and all together had."""

    parent: float
    worker: float
    together: float


def function(texts: Sequence[str]) -> Measured:
    pipelines = [Pipeline("tex", target) for target in TARGETS]
    wall, cpu = perf_counter(), process_time()
    for _ in fan_out(pipelines, texts, 256):
        pass
    return Measured(perf_counter() - wall, process_time() - cpu, 0)


def started(path: Path, out: Path, *options: str) -> subprocess.Popen[bytes]:
    shutil.rmtree(out, ignore_errors=True)
    targets = [word for target in TARGETS for word in ("-t", target)]
    command = [sys.executable, "-m", "panmath.convert", "batch", str(path), "-f", "tex", *targets, "-o", str(out)]
    return subprocess.Popen([*command, "-q", *options])


def ended(process: subprocess.Popen[bytes]) -> None:
    if process.returncode:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}")


def batch(path: Path, out: Path, *options: str) -> Measured:
    wall = perf_counter()
    process = started(path, out, *options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    ended(process)
    return Measured(perf_counter() - wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def memory(path: Path, out: Path, *options: str) -> Memory:
    process = started(path, out, *options)
    most = Memory(0, 0, 0)
    while process.poll() is None:
        parent, *workers = (resident(pid) for pid in family(process.pid))
        now = Memory(parent, max(workers, default=0), parent + sum(workers))
        most = Memory(*map(max, most, now))
        sleep(0.1)
    ended(process)
    return most


def family(pid: int) -> list[int]:
    """A process and its children (Linux)."""
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:  # it has ended
        return [pid]


def resident(pid: int) -> float:
    """MiB that a process has in memory."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0


def write_lines(path: Path, texts: Sequence[str]) -> Path:
    path.write_text("".join(f"{text}\n" for text in texts), "utf-8")
    return path


def write_records(path: Path, texts: Iterator[str]) -> Path:
    with gzip.open(path, "wt", 3, encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"id": f"formula-{number}", "tex": text}, ensure_ascii=False) + "\n")
    return path


def speeds(texts: Sequence[str], names: Sequence[str], rounds: int, folder: Path) -> None:
    """Prints the table of speeds and, if Ray takes part, the one of its start-up."""
    path, tiny = write_lines(folder / "formulas.txt", texts), write_lines(folder / "two.txt", texts[:2])
    runs: dict[str, list[Measured]] = {name: [] for name in ("function", *names)}
    starts: dict[str, list[Measured]] = {name: [] for name in names}
    for _ in range(rounds):
        runs["function"].append(function(texts))
        for name in names:
            starts[name].append(batch(tiny, folder / "out", *SETTINGS[name], "--shard-size", "1"))
            runs[name].append(batch(path, folder / "out", *SETTINGS[name]))
    middle = {name: Measured(*map(statistics.median, zip(*some, strict=True))) for name, some in runs.items()}
    own = middle["function"]
    rows = []
    for name, found in middle.items():
        workers = 2 if "2" in name else 1
        alone = name != RAY  # the processes of a cluster are not its children
        rows.append(
            (
                name,
                f"{len(texts) / found.wall:,.0f}",
                f"{len(texts) / found.cpu:,.0f}" if alone else "",
                f"{own.cpu / found.cpu:.2f}" if alone else "",
                f"{own.wall / found.wall / workers:.2f}",
                f"{found.memory:.0f}" if found.memory and alone else "",
            )
        )
    head = ("", "records/s", "records/CPU s", "of the function, CPU", "of the function, clock, per worker", "MiB")
    print(table(head, rows))
    if RAY in names:
        start = {name: statistics.median(run.wall for run in starts[name]) for name in (LOCAL, RAY)}
        rest = {name: middle[name].wall - start[name] for name in start}
        rows = [(name, f"{start[name]:.1f}", f"{rest[name]:.1f}", f"{middle[name].wall:.1f}") for name in start]
        ratios = rest[RAY] / rest[LOCAL], middle[RAY].wall / middle[LOCAL].wall
        rows.append(("Ray, times as long", "", *(f"{ratio:.2f}" for ratio in ratios)))
        print("\n" + table(("", "start-up, s", "the rest, s", "whole, s"), rows))


def growth(pool: Sequence[str], counts: Sequence[int], folder: Path) -> None:
    """Prints the table of memory."""
    rows = []
    for count in counts:
        path = write_records(folder / "formulas.jsonl.gz", islice(cycle(pool), count))
        begun = perf_counter()
        most = memory(path, folder / "out", *SETTINGS[LOCAL])
        rows.append((f"{count:,}", *(f"{part:.0f}" for part in most), f"{perf_counter() - begun:.0f}"))
    print(table(("records", "parent, MiB", "largest worker, MiB", "together, MiB", "s"), rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--growth", metavar="N,N,…")
    given = parser.parse_args()
    pool = [*formulas(given.data, "arxiv"), *formulas(given.data, "school")]
    with tempfile.TemporaryDirectory() as folder:
        if given.growth:
            growth(pool, [int(count) for count in given.growth.split(",")], Path(folder))
        else:
            names = [name for name in SETTINGS if given.ray or name != RAY]
            speeds(list(islice(cycle(pool), given.records)), names, given.rounds, Path(folder))


if __name__ == "__main__":
    main()
