"""How many real TikZ figures are drawn, and how much they look like what TeX makes of them.

    python -m benchmarks.figures DATA [--out DIR] [--worst N] [--engines native,tikzjax,tex]

DATA holds tikz_pairs/index.jsonl (id, tex, svg). Both figures are drawn at 110 pixels an inch and compared at
their real size: the chamfer F1 of their ink at 1.5 points, where they lie best upon each other. Engines that are not
installed are left out; the last rows are what `auto` gives where the engines named are there.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
from panmath.convert.errors import PanmathError
from panmath.convert.source import Source
from panmath.renderers import drawing, svg_reader
from panmath.renderers.compare import figure_likeness
from panmath.renderers.raster import raster
from panmath.renderers.tikz import engines, read, tex, tikzjax, write

from .report import percent, table

DPI = 110
_PROGRAMS = {"tikzjax": tikzjax, "tex": tex}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path)
    options.add_argument("--out", type=Path)
    options.add_argument("--worst", type=int, default=0)
    options.add_argument("--engines", default="native,tikzjax,tex")
    arguments = options.parse_args()
    folder = arguments.data / "tikz_pairs"
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    there = [name for name in arguments.engines.split(",") if name == "native" or _PROGRAMS[name].installed()]
    drawn = {name: _Drawn.of(name, folder, rows, arguments.out) for name in there}
    shown = [(name, drawn[name]) for name in there]
    shown += [
        (f"auto: {', '.join(there[:count])}", _first([drawn[name] for name in there[:count]]))
        for count in range(2, len(there) + 1)
    ]
    heads = ("engine", "figures", "drawn, %", "likeness 0.9 or more, %", "median likeness", "median, ms", "longest, s")
    print(table(heads, [result.row(name, len(rows)) for name, result in shown]))
    heads = ("way", "SVGs", "likeness 0.98 or more, %", "median likeness")
    print(table(heads, _ways(folder, rows)))
    for name in there:
        for line in drawn[name].failed[: arguments.worst]:
            print(f"{name}: {line}")
        for figure, score in sorted(drawn[name].scores.items(), key=lambda item: item[1])[: arguments.worst]:
            print(f"{name}: {score:.3f} {figure}")


@dataclass(slots=True)
class _Drawn:
    """What an engine made of the figures: likeness and seconds by figure, and why it failed on others."""

    scores: dict[str, float] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, engine: str, folder: Path, rows: list[dict[str, str]], out: Path | None) -> _Drawn:
        result = cls()
        for row in rows:
            theirs = raster((folder / row["svg"]).read_text(encoding="utf-8"), dpi=DPI, background="white")
            source = Source((folder / row["tex"]).read_text(encoding="utf-8"), row["id"])
            started = perf_counter()
            try:
                svg = drawing.draw(engines.read(source, losses=[], engine=engine), losses=[])
                ours = raster(svg, dpi=DPI, background="white")
            except PanmathError as error:
                result.failed.append(f"{row['id']}: {str(error).splitlines()[0].split(': ', 1)[-1][:100]}")
                continue
            finally:
                result.times[row["id"]] = perf_counter() - started
            result.scores[row["id"]] = figure_likeness(ours, theirs, dpi=DPI)
            if out:
                (out / engine).mkdir(parents=True, exist_ok=True)
                (out / engine / f"{row['id']}.png").write_bytes(ours)
                (out / engine / f"{row['id']}.svg").write_text(svg, encoding="utf-8")
        return result

    def row(self, name: str, count: int) -> tuple[str, ...]:
        values = np.array(sorted(self.scores.values())) if self.scores else np.zeros(1)
        times = np.array(list(self.times.values()) or [0.0])
        return (
            name, str(count), percent(len(self.scores), count), percent(int((values >= 0.9).sum()), count),
            f"{np.median(values):.3f}", f"{1000 * float(np.median(times)):.0f}", f"{times.max():.1f}",
        )  # fmt: skip


def _first(results: list[_Drawn]) -> _Drawn:
    """Each figure by the first engine that draws it, after the time that those before it took."""
    together = _Drawn()
    for figure in results[0].times:
        spent = 0.0
        for result in results:
            spent += result.times[figure]
            if figure in result.scores:
                together.scores[figure] = result.scores[figure]
                break
        together.times[figure] = spent
    return together


def _ways(folder: Path, rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """SVG there and back, directly and by TikZ, which our own reader reads."""
    found: dict[str, list[float]] = {"SVG → scene → SVG": [], "SVG → TikZ → SVG": []}
    for row in rows:
        source = Source((folder / row["svg"]).read_text(encoding="utf-8"), row["id"])
        theirs = raster(source, dpi=DPI, background="white")
        for way, scores in found.items():
            try:
                scene = svg_reader.read(source, losses=[])
                if "TikZ" in way:
                    scene = read(Source(write(scene, losses=[]), row["id"]), losses=[])
                ours = raster(drawing.draw(scene, losses=[], margin=0), dpi=DPI, background="white")
                scores.append(figure_likeness(ours, theirs, dpi=DPI))
            except PanmathError:
                scores.append(0.0)
    return [
        (
            way,
            str(len(scores)),
            percent(sum(score >= 0.98 for score in scores), len(scores)),
            f"{np.median(scores):.3f}",
        )
        for way, scores in found.items()
    ]


if __name__ == "__main__":
    main()
