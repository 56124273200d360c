"""Pages about a corpus: the report with its statistics, and records to look at and listen to.

What stands in records comes from anybody: everything is escaped, pictures are images and not markup, and formulas are
written by our own writer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from random import Random
from typing import Any, Final

from ..convert.errors import PanmathError
from ..convert.pipeline import Pipeline
from .outputs import Row, data_url
from .statistics import Column, Corpus

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: 13px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
pre { margin: 0; max-height: 20rem; overflow: auto; }
img { max-width: 30rem; max-height: 20rem; background: white; }
.bars { display: flex; align-items: flex-end; height: 6rem; gap: 1px; }
.bars i { flex: 1; background: #4a7ab5; min-height: 1px; }
.bar { display: inline-block; height: .8em; background: #4a7ab5; }
section { border: 1px solid #ddd; border-radius: 4px; padding: .6rem 1rem; margin: 1rem 0; }
section h3 { margin: 0 0 .4rem; font: 600 13px ui-monospace, monospace; }
td > div { display: inline-block; }
.none { color: #999; }
@media (prefers-color-scheme: dark) {
  body { background: #1b1b1b; color: #ddd; } th, td, section { border-color: #444; } math { color: #ddd; }
}
"""
_MOST_SYMBOLS: Final = 40
_MOST_CHARACTERS: Final = 5000

Cell = str | int | float


def _page(title: str, body: Iterable[str]) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    lines = ["<table><tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>"]
    for row in rows:
        cells = (
            f"<td>{escape(cell)}</td>" if isinstance(cell, str) else f'<td class="n">{cell:,}</td>' for cell in row
        )
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return "\n".join((*lines, "</table>"))


# The report


def report(corpus: Corpus, columns: Mapping[str, Column]) -> str:
    """The statistics of a corpus as a page."""
    return _page(f"{corpus.path.name}: statistics", _report(corpus.manifest, columns))


def _report(manifest: Mapping[str, Any], columns: Mapping[str, Column]) -> Iterator[str]:
    yield f"<p>Recipe {escape(manifest['recipe'])}; {manifest['units']:,} records read.</p>"
    yield "<h2>Splits</h2>"
    yield _table(("split", "records"), manifest["rows"].items())
    yield "<h2>Steps</h2>"
    yield _table(("step", "in", "out"), passed(manifest))
    yield "<h2>What was taken out</h2>"
    if manifest["reasons"]:
        rows = [
            (row["step"], row["reason"], "yes" if row["failed"] else "no", row["count"]) for row in manifest["reasons"]
        ]
        yield _table(("step", "reason", "failed", "records"), rows)
    else:
        yield "<p>Nothing.</p>"
    yield "<h2>Columns</h2>"
    yield _table(COLUMN_HEAD, (column_row(name, column) for name, column in columns.items()))
    for name, column in columns.items():
        if len(column.lengths) > 1 and name != "id":
            yield f"<h2>Lengths of {escape(name)}</h2>"
            yield _histogram(column)
        if column.symbols:
            yield f"<h2>Symbols of {escape(name)}</h2>"
            yield _frequencies(column)


COLUMN_HEAD = ("column", "what", "filled", "empty", "shortest", "median", "mean", "95 %", "longest")


def column_row(name: str, column: Column) -> tuple[Cell, ...]:
    """What is told about a column, in the order of `COLUMN_HEAD`."""
    lengths = column.lengths
    return (
        name, column.kind or "nothing", column.filled, column.empty, min(lengths, default=0), column.quantile(0.5),
        round(column.mean, 1), column.quantile(0.95), max(lengths, default=0),
    )  # fmt: skip


def passed(manifest: Mapping[str, Any]) -> list[tuple[Cell, ...]]:
    """How many samples came into and out of each step."""
    counts = manifest["counts"]
    labels = dict.fromkeys(label.rpartition(" ")[0] for label in counts)
    order = sorted(labels, key=lambda label: (label != "read", int(label.split()[0]) if label != "read" else 0))
    return [(label, counts.get(f"{label} in", 0), counts.get(f"{label} out", 0)) for label in order]


def _histogram(column: Column) -> str:
    bins = column.histogram()
    highest = max(count for _, _, count in bins)
    bars = "".join(
        f'<i style="height:{100 * count / highest:.1f}%" title="{start:,}–{end:,}: {count:,}"></i>'
        for start, end, count in bins
    )
    return (
        f'<div class="bars">{bars}</div><p>from {bins[0][0]:,} to {bins[-1][1]:,}; the last bar has all above 99 %</p>'
    )


def _frequencies(column: Column) -> str:
    most = column.symbols.most_common(_MOST_SYMBOLS)
    rows = "".join(
        f'<tr><td><code>{escape(symbol)}</code></td><td class="n">{count:,}</td>'
        f'<td><span class="bar" style="width:{20 * count / most[0][1]:.2f}rem"></span></td></tr>'
        for symbol, count in most
    )
    return f"<table>{rows}</table><p>{len(column.symbols):,} different symbols and commands</p>"


# Records to look at


def records(corpus: Corpus, count: int, seed: int = 0, failed: bool = False) -> str:
    """Some records by chance, or those that failed, as a page with pictures and sounds."""
    if failed:
        shown = [
            ({"id": row["id"], "step": row["step"], "message": row["message"]} | row["record"])
            for row, _ in zip(corpus.failures(), range(count), strict=False)
        ]
        return _page(f"{corpus.path.name}: failures", (_record("failed", row) for row in shown))
    total = sum(corpus.manifest["rows"].values())
    chosen = frozenset(Random(seed).sample(range(total), min(count, total)))
    rows = ((split, row) for number, (split, row) in enumerate(corpus.rows()) if number in chosen)
    return _page(f"{corpus.path.name}: {len(chosen)} of {total:,} records", (_record(*pair) for pair in rows))


def _record(split: str, row: Row) -> str:
    lines = [f"<section><h3>{escape(str(row.get('id', '')))} <span class='none'>{escape(split)}</span></h3><table>"]
    lines += [
        f"<tr><th>{escape(name)}</th><td>{_shown(name, value)}</td></tr>" for name, value in row.items() if name != "id"
    ]
    return "\n".join((*lines, "</table></section>"))


_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_SOUNDS = {b"RIFF": "audio/wav", b"fLaC": "audio/flac", b"OggS": "audio/ogg", b"ID3": "audio/mpeg"}


def _shown(name: str, value: Any) -> str:
    if value is None:
        return '<span class="none">nothing</span>'
    if isinstance(value, bytes):
        return _bytes(value)
    if not isinstance(value, str):
        return f"<pre>{escape(json.dumps(value, ensure_ascii=False, indent=1))}</pre>"
    if value.lstrip().startswith("<svg"):
        return f'<img alt="{escape(name)}" src="{data_url(value.encode(), "image/svg+xml")}">'
    cut = value if len(value) <= _MOST_CHARACTERS else f"{value[:_MOST_CHARACTERS]}…"
    formula = _formula(value) if name in ("tex", "of", "question", "answer", "text", "respelt") else ""
    return f"{formula}<pre>{escape(cut)}</pre>"


def _bytes(value: bytes) -> str:
    for head, media_type in _PICTURES.items():
        if value.startswith(head):
            return f'<img alt="" src="{data_url(value, media_type)}">'
    for head, media_type in _SOUNDS.items():
        if value.startswith(head):
            return f'<audio controls src="{data_url(value, media_type)}"></audio>'
    return f"{len(value):,} bytes"


def _formula(text: str) -> str:
    """The formula as a browser sets it, nothing where it is none."""
    try:
        return f"<div>{Pipeline('tex', 'mathml', display=True)(text).value}</div>"
    except PanmathError:
        return ""
