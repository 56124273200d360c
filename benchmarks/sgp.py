"""How many prompts of SGP-Bench's kind are drawn, and whether what is drawn shows what was asked.

    python -m benchmarks.sgp DATA [--worst N]

DATA holds sgp_prompts_dev.jsonl (prompt, major_type, minor_type, metadata). A prompt is refused or drawn; what is drawn
is checked on the SVG file alone, by an XML parser and boxes of coordinates: counts of things by the names of their
groups, the colour of the largest shape of each, adjectives of size by its extent, and relations by the boxes.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from panmath.convert import Pipeline
from panmath.convert.errors import PanmathError
from panmath.renderers.raster import raster

from .report import percent, table

SVG = "{http://www.w3.org/2000/svg}"
COLORS = {
    "red": "#ff0000", "blue": "#0000ff", "green": "#009900", "silver": "#c0c0c0", "purple": "#800080",
    "magenta": "#ff00ff", "cyan": "#00ffff", "teal": "#008080", "white": "#ffffff", "yellow": "#ffff00",
    "peach": "#ffdab9", "mint": "#98ff98", "bronze": "#cd7f32", "brown": "#a52a2a", "salmon": "#fa8072",
    "turquoise": "#40e0d0", "gold": "#ffd700", "maroon": "#800000", "olive": "#808000", "coral": "#ff7f50",
    "violet": "#ee82ee", "gray": "#808080", "pink": "#ffc0cb", "lime": "#00ff00", "navy": "#000080",
    "indigo": "#4b0082", "orange": "#ffa500", "black": "#000000",
}  # fmt: skip
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
NAMES = {"sports ball": "ball", "table": "dining table"}


class Drawn(NamedTuple):
    """A group of the SVG: name, box (left, top, right, bottom), fill of its largest shape, place in the file."""

    name: str
    box: tuple[float, float, float, float]
    fill: str
    order: int


def box_of(element: ElementTree.Element) -> tuple[float, float, float, float] | None:
    """The box of one shape, from its own coordinates; control points count as points of a path."""
    get = lambda key: float(element.get(key, "0"))  # noqa: E731
    match element.tag.removeprefix(SVG):
        case "circle":
            return get("cx") - get("r"), get("cy") - get("r"), get("cx") + get("r"), get("cy") + get("r")
        case "ellipse":
            return get("cx") - get("rx"), get("cy") - get("ry"), get("cx") + get("rx"), get("cy") + get("ry")
        case "rect":
            return get("x"), get("y"), get("x") + get("width"), get("y") + get("height")
        case "line":
            xs, ys = sorted((get("x1"), get("x2"))), sorted((get("y1"), get("y2")))
            return xs[0], ys[0], xs[1], ys[1]
        case "path" | "polygon" | "polyline":
            numbers = [float(text) for text in NUMBER.findall(element.get("d") or element.get("points") or "")]
            return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    return None


def things(svg: str) -> list[Drawn]:
    """What the groups of the class "thing" show, in the order of the file."""
    found = []
    for order, group in enumerate(ElementTree.fromstring(svg).iter(f"{SVG}g")):
        if group.get("class") != "thing":
            continue
        shapes = [(box, one) for one in group.iter() if (box := box_of(one)) is not None]
        boxes = [box for box, _ in shapes]
        whole = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
        _, largest = max(shapes, key=lambda pair: (pair[0][2] - pair[0][0]) * (pair[0][3] - pair[0][1]))
        found.append(Drawn(group.get("data-name", ""), whole, largest.get("fill", ""), order))
    return found + kites(svg)


def kites(svg: str) -> list[Drawn]:
    """Polygons of four corners outside of all groups: kites are drawn as what they are."""
    root = ElementTree.fromstring(svg)
    found = []
    for order, one in enumerate(root):
        box = box_of(one) if one.tag == f"{SVG}polygon" and len((one.get("points") or "").split()) == 4 else None
        if box is not None:
            found.append(Drawn("kite", box, one.get("fill", ""), order))
    return found


def faults(row: dict[str, Any], seen: list[Drawn]) -> list[str]:
    """What of the metadata of a prompt the drawing does not show."""
    meta = row["metadata"]
    wrong: list[str] = []
    counts = Counter(one.name for one in seen)
    if "object_counts" in meta:
        asked = Counter({NAMES.get(one["noun"], one["noun"]): one["count"] for one in meta["object_counts"]})
        return [] if counts == asked else [f"counts {dict(counts)}"]
    nouns = [NAMES.get(noun, noun) for noun in meta["nouns"]]
    if counts != Counter(nouns):
        return [f"things {dict(counts)}"]
    ordered = sorted(seen, key=lambda one: nouns.index(one.name))
    if "colors" in meta:
        asked_colors = Counter(zip(nouns, (COLORS[color] for color in meta["colors"]), strict=True))
        if Counter((one.name, one.fill) for one in seen) != asked_colors:
            wrong.append(f"colours {[(one.name, one.fill) for one in seen]}")
    for noun, shape in zip(nouns, meta.get("shapes", ()), strict=False):
        box = next(one.box for one in seen if one.name == noun)
        wide, high = box[2] - box[0], box[3] - box[1]
        others = [one.box for one in seen if one.name != noun]
        rest = max(((o[2] - o[0]) * (o[3] - o[1]) for o in others), default=0.0)
        if shape == "big" and wide * high <= rest or shape == "small" and others and wide * high >= rest:
            wrong.append(f"{shape} {noun}")
    if "relation" in meta and len(ordered) == 2 and not holds(meta["relation"], *ordered):
        wrong.append(f"{meta['relation']}: {[one.box for one in ordered]}")
    return wrong


def holds(relation: str, first: Drawn, second: Drawn) -> bool:
    """Whether the boxes stand so. y goes down in the file."""
    (l1, t1, r1, b1), (l2, t2, r2, b2) = first.box, second.box
    cover = min(r1, r2) > max(l1, l2) and min(b1, b2) > max(t1, t2)
    match relation:
        case "on the left of":
            return r1 <= l2
        case "on the right of":
            return l1 >= r2
        case "on the top of":
            return b1 <= t2 + 12 and min(r1, r2) > max(l1, l2) and t2 - b1 < 12
        case "on the bottom of":
            return t1 >= b2 - 1 and min(r1, r2) > max(l1, l2)
        case "next to" | "near" | "on the side of":
            return not cover and (max(l1, l2) - min(r1, r2)) < 1.5 * max(r1 - l1, r2 - l2)
        case "behind" | "hidden by":
            return cover and first.order < second.order
        case "in front of":
            return cover and first.order > second.order
        case "stand on" | "sit on":
            return min(r1, r2) > max(l1, l2) and abs(t2 - b1) < 12
    return False


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path)
    options.add_argument("--worst", type=int, default=0)
    arguments = options.parse_args()
    rows = [json.loads(line) for line in (arguments.data / "sgp_prompts_dev.jsonl").read_text("utf-8").splitlines()]
    pipeline = Pipeline("description", "svg")
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    failed: list[str] = []
    for row, result in zip(rows, pipeline.map((row["prompt"] for row in rows), on_error="return"), strict=True):
        count = totals[f"{row['major_type']}, {row['minor_type']}"]
        count["prompts"] += 1
        if result.error is not None:
            count["refused"] += 1
            continue
        count["drawn"] += 1
        try:
            count["valid"] += bool(raster(result.value, dpi=40))
        except PanmathError as error:
            failed.append(f"{row['prompt']}: {error}")
        wrong = faults(row, things(result.value))
        count["right"] += not wrong
        failed += [f"{row['prompt']}: {'; '.join(wrong)}"] if wrong else []
    whole = Counter[str]()
    for count in totals.values():
        whole += count
    names = [*sorted(totals), "all"]
    print(
        table(
            ("prompts", "number", "drawn, %", "valid of the drawn, %", "right of the drawn, %"),
            [
                (
                    name, str(count["prompts"]), percent(count["drawn"], count["prompts"]),
                    percent(count["valid"], max(count["drawn"], 1)), percent(count["right"], max(count["drawn"], 1)),
                )
                for name, count in ((name, totals.get(name, whole)) for name in names)
            ],
        )
    )  # fmt: skip
    for line in failed[: arguments.worst]:
        print(line)


if __name__ == "__main__":
    main()
