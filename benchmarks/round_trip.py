r"""Whether formulas survive the way into another notation and back: ``python -m benchmarks.round_trip DATA``.

tex → AST → format → AST for each notation that is both written and read, on the formulas of the two files that are
read. Equal means: the same normal form. Also counted: formulas whose normal form is not its own normal form, and
pairs of different normal forms that are written as the same TeX. Then the reasons for the differences.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from panmath.convert.errors import PanmathError, ParseError
from panmath.convert.nodes import (
    EMPTY,
    Accent,
    Enclosed,
    Ident,
    Node,
    Num,
    Operator,
    Row,
    Sym,
    Table,
    Text,
    children,
    map_children,
)
from panmath.convert.normal import normal
from panmath.convert.readers import mathml as mathml_reader
from panmath.convert.readers import tex as tex_reader
from panmath.convert.readers import unicode as unicode_reader
from panmath.convert.source import Source
from panmath.convert.writers import mathml as mathml_writer
from panmath.convert.writers import tex as tex_writer
from panmath.convert.writers import unicode as unicode_writer

from .corpus import formulas
from .report import code, percent, table


@dataclass(frozen=True, slots=True)
class Way:
    """There and back."""

    write: Callable[[Node], str]
    read: Callable[[Source], Node]


WAYS: dict[str, Way] = {
    "tex": Way(lambda node: tex_writer.write(node, losses=[]), lambda source: tex_reader.read(source, losses=[])),
    "tex, braced": Way(
        lambda node: tex_writer.write(node, losses=[], style="braced"),
        lambda source: tex_reader.read(source, losses=[]),
    ),
    "mathml": Way(
        lambda node: mathml_writer.write(node, losses=[]), lambda source: mathml_reader.read(source, losses=[])
    ),
    "unicode": Way(
        lambda node: unicode_writer.write(node, losses=[]), lambda source: unicode_reader.read(source, losses=[])
    ),
}


@dataclass(slots=True)
class Tally:
    """What came of one way on one file."""

    equal: int = 0
    failures: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def fail(self, reason: str, tex: str, written: str) -> None:
        """Note a formula that did not survive, with what it was written as."""
        self.failures[reason].append((tex, written))


def difference(before: Node, after: Node) -> str:
    """The first place, from the top, where two trees differ."""
    pairs = [(before, after)]
    while pairs:
        old, new = pairs.pop(0)
        if old == new:
            continue
        if type(old) is not type(new) or _label(old) != _label(new):
            return f"{_name(old)} became {_name(new)}"
        below, others = children(old), children(new)
        if len(below) != len(others):
            return f"{_name(old)} of other length: {_first_change(below, others)}"
        pairs += zip(below, others, strict=True)
    raise AssertionError("the trees are equal")


def _label(node: Node) -> Node:
    return EMPTY if isinstance(node, Row) else map_children(node, lambda _: EMPTY)


def _first_change(old: tuple[Node, ...], new: tuple[Node, ...]) -> str:
    at = next(
        (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new))
    )
    return f"{_name(old[at]) if at < len(old) else 'the end'} became {_name(new[at]) if at < len(new) else 'the end'}"


def _name(node: Node) -> str:
    """The type, with what tells apart those that are handled differently; letters and numbers are all alike."""
    match node:
        case Ident(_, font) | Num(_, font) | Text(_, font):
            detail = font
        case Sym(text) | Operator(text):
            detail = text
        case Accent(_, detail) | Table(detail) | Enclosed(_, detail):
            pass
        case _:
            detail = ""
    return f"{type(node).__name__} {detail}".strip()


def go(way: Way, tex: str, tree: Node, form: Node, tally: Tally) -> str:
    """Take one formula there and back; what it was written as."""
    written = ""
    try:
        written = way.write(tree)
        back = normal(way.read(Source(written)))
    except PanmathError as error:
        tally.fail(error.message if isinstance(error, ParseError) else str(error), tex, written)
    except Exception as error:  # a crash is a finding, and the next formulas are of interest all the same
        tally.fail(f"CRASH {type(error).__name__}: {error}", tex, written)
    else:
        if back == form:
            tally.equal += 1
        else:
            tally.fail(difference(form, back), tex, written)
    return written


def survey(texts: list[str]) -> tuple[int, dict[str, Tally]]:
    """How many formulas are read, and the tally of each way."""
    tallies = {name: Tally() for name in (*WAYS, "normal twice", "tex, one to one")}
    first_with: dict[str, Node] = {}
    count = 0
    for tex in texts:
        try:
            tree = tex_reader.read(Source(tex), losses=[])
        except PanmathError:
            continue
        count += 1
        form = normal(tree)
        written = {name: go(way, tex, tree, form, tallies[name]) for name, way in WAYS.items()}
        if normal(form) == form:
            tallies["normal twice"].equal += 1
        else:
            tallies["normal twice"].fail(difference(form, normal(form)), tex, "")
        if first_with.setdefault(written["tex"], form) == form:
            tallies["tex, one to one"].equal += 1
        else:
            tallies["tex, one to one"].fail(difference(first_with[written["tex"]], form), tex, written["tex"])
    return count, tallies


def reasons(name: str, tally: Tally) -> Iterator[str]:
    """The reasons of one way, the most frequent first, each with its shortest formula."""
    if tally.failures:
        yield f"\n{name}: {sum(map(len, tally.failures.values()))} changed"
    for reason, failed in sorted(tally.failures.items(), key=lambda item: -len(item[1])):
        tex, written = min(failed, key=lambda pair: len(pair[0]))
        yield f"  {len(failed):5} {reason}\n        {code(tex)}\n        {code(written, 160)}"


def main() -> None:
    """Print the table and the reasons, or all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = {name: survey(formulas(args.data, name)) for name in ("arxiv", "school")}
    if args.json:
        print(
            json.dumps(
                {
                    name: {"n": count, **{way: tally.equal for way, tally in tallies.items()}}
                    for name, (count, tallies) in found.items()
                }
            )
        )
        return
    ways = list(next(iter(found.values()))[1])
    rows = [
        [name, str(count), *(percent(tallies[way].equal, count) for way in ways)]
        for name, (count, tallies) in found.items()
    ]
    print(table(["equal, %", "n", *ways], rows))
    for name, (_, tallies) in found.items():
        for way, tally in tallies.items():
            print(*reasons(f"{name}, {way}", tally), sep="\n")


if __name__ == "__main__":
    main()
