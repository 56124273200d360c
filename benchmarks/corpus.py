"""The formulas that the benchmarks run on, from the data folder given on the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Case:
    """One formula, with the macros it counts on and whether it is to be read or to be refused."""

    tex: str
    suite: str
    macros: dict[str, str] = field(default_factory=dict)
    is_error: bool = False


def formulas(data: Path, name: str) -> list[str]:
    """The lines of latex_NAME.txt, blank ones and repetitions left out."""
    lines = (data / f"latex_{name}.txt").read_text(encoding="utf-8").split("\n")
    return [line for line in dict.fromkeys(lines) if line.strip()]


def conformance(data: Path) -> list[Case]:
    """The cases of other projects' test suites."""
    rows = map(json.loads, (data / "latex_conformance_dev.jsonl").read_text(encoding="utf-8").splitlines())
    return [Case(row["tex"], row["suite"], row.get("macros") or {}, row["expect"] == "error") for row in rows]


def suites(data: Path) -> dict[str, list[Case]]:
    """All that is to be read, by where it is from; the two files of formulas first."""
    found = {name: [Case(tex, name) for tex in formulas(data, name)] for name in ("arxiv", "school")}
    for case in conformance(data):
        if not case.is_error:
            found.setdefault(case.suite, []).append(case)
    return found
