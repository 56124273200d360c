"""Web pages: ``python -m benchmarks.html DATA`` (DATA/html_cases with index.jsonl).

A formula counts as recovered when the Markdown of its page has it between dollars, equal but for spelling (`fi`). A
trap is taken when what is no formula stands between dollars. Pages per CPU second are those of one process, start-up
left out, the best of three rounds. Then the formulas that are missed, with --show.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from panmath.convert.fi import fi
from panmath.corpora.html import extract

from .report import percent, table

PUBLISHED = (
    ("OpenWebMath", 70, 113), ("defuddle", 66, None), ("pandoc", 63, 12), ("lynx with MathML", 61, None),
    ("MegaMath", 52, None), ("trafilatura", 41, 63), ("resiliparse", 31, None), ("markitdown", 30, None),
    ("the union of these", 82, None),
)  # fmt: skip
"""Name, % of the formulas of all 153 pages, pages per CPU second. They take 7 to 8 of 11 traps each."""

_CODE = re.compile(r"^ *(`{3,}).*?^ *\1|(`+).*?\2", re.MULTILINE | re.DOTALL)
_FORMULA = re.compile(r"(?<!\\)\$\$(.+?)(?<!\\)\$\$|(?<!\\)\$(.+?)(?<!\\)\$", re.DOTALL)


def formulas(text: str) -> list[str]:
    """What stands between dollars in Markdown, outside code."""
    return ["".join(found) for found in _FORMULA.findall(_CODE.sub("", text))]


def seconds(pages: list[bytes]) -> float:
    """CPU seconds for all pages."""
    start = time.process_time()
    for page in pages:
        extract(page)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--show", action="store_true", help="print what is missed and what is taken")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = given.data / "html_cases"
    rows: list[dict[str, Any]] = [json.loads(line) for line in (folder / "index.jsonl").read_text("utf-8").splitlines()]
    pages = [(folder / row["file"]).read_bytes() for row in rows]
    groups: dict[str, list[bool]] = defaultdict(list)
    forms: Counter[str] = Counter()
    traps: list[bool] = []
    shown = []
    for row, content in zip(rows, pages, strict=True):
        page = extract(content, name=row["file"])
        forms.update(found.form for found in page.formulas)
        written = formulas(page.text)
        equal = set(map(fi, written))
        for expected in row["expected"]:
            groups[row["group"]].append(fi(expected) in equal)
            if not groups[row["group"]][-1]:
                shown.append(f"{row['id']}: missed {expected!r}; found {[found.tex for found in page.formulas]}")
        for trap in row["negatives"]:
            traps.append(any(trap.strip() in formula for formula in written))
            if traps[-1]:
                shown.append(f"{row['id']}: took {trap!r}")
    found = [hit for hits in groups.values() for hit in hits]
    speed = len(pages) / min(seconds(pages) for _ in range(3))
    if given.json:
        print(json.dumps({
            "recall": sum(found) / len(found), "traps": sum(traps), "pages_per_cpu_second": speed, "forms": forms,
        }))  # fmt: skip
        return
    print(f"{len(rows)} pages, {len(found)} formulas, {len(traps)} traps\n")
    rates = [[f"{name} (published)", f"{share} %", "7–8 of 11", str(rate or "–")] for name, share, rate in PUBLISHED]
    ours = ["**panmath**", f"{percent(sum(found), len(found))} %", f"{sum(traps)} of {len(traps)}", f"{speed:,.0f}"]
    print(table(["", "formulas", "traps taken", "pages per CPU second"], [ours, *rates]))
    print()
    print(
        table(
            ["kind of page", "formulas"],
            [[name, f"{sum(hits)} of {len(hits)}"] for name, hits in sorted(groups.items())],
        )
    )
    print()
    print(table(["form", "formulas found"], [[name, str(count)] for name, count in forms.most_common()]))
    if given.show:
        print("", *shown, sep="\n")


if __name__ == "__main__":
    main()
