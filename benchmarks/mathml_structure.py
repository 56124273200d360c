r"""Whether the MathML has the structure that others give it: ``python -m benchmarks.mathml_structure DATA``.

Where KaTeX and MathJax agree on the structure of a formula, panmath's should be the same. Structure is what is left
when fonts and spacing are taken away: token elements are their text, rows that hold nothing else are dissolved,
attributes, phantoms and invisible operators are dropped, and characters that only look different are one.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from panmath.convert.errors import PanmathError
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import mathml as mathml_writer

from . import node
from .corpus import formulas
from .report import code, percent, table

Tree: TypeAlias = "str | tuple[Tree, ...]"
"""Text, or a row of trees, or the name of an element before its children, each a row."""

_TOKENS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_ROWS = frozenset({"math", "mrow", "mstyle", "mpadded"})
_DROPPED = frozenset({"mspace", "mphantom", "none", "annotation", "annotation-xml"})
_SAME = str.maketrans({
    "∣": "|", "∥": "‖", "−": "-", "∗": "*", "⋅": "·", "⃗": "→", "ˆ": "^", "\u0302": "^", "˜": "~", "ˇ": "ˇ",
    "¯": "ˉ", "‾": "ˉ", "_": "ˉ", "―": "ˉ", "\u0305": "ˉ", "´": "ˊ", "`": "ˋ", "〈": "⟨", "〉": "⟩", "'": "′",
    "¨": "\u0308", "˙": "\u0307", "⃛": "\u20db", "Å": "Å", "△": "▵", "⊥": "⟂", "∖": "\\", "≔": ":=",
})  # fmt: skip
"""Characters that stand for one another: bars, accents, dots."""
_INVISIBLE = re.compile("[\\s\u00a0\u2061-\u2064\u200b\ufe00\ufe01]+")


def structure(markup: str) -> tuple[Tree, ...]:
    """What is compared, of a `<math>` element or of markup around one."""
    math = re.search(r"<math\b.*</math>", markup, re.DOTALL)
    if math is None:
        raise ValueError("no <math> element")
    return _row(ET.fromstring(math[0].replace("&nbsp;", "\u00a0")))


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _row(element: ET.Element) -> tuple[Tree, ...]:
    """An element as the items of a row; texts that stand side by side are joined."""
    items: list[Tree] = []
    for item in _items(element):
        if isinstance(item, str) and items and isinstance(items[-1], str):
            items[-1] += item
        elif item:
            items.append(item)
    return tuple(items)


def _items(element: ET.Element) -> list[Tree]:
    name = _name(element)
    if name in _DROPPED:
        return []
    if name in _TOKENS:
        return [_text(element.text or ""), *(item for child in element for item in _items(child))]
    if name == "semantics":
        return _items(element[0])
    if name in _ROWS:
        return [item for child in element for item in _items(child)]
    if name == "mtable":
        rows = [tuple(_row_of(cell) for cell in row) for row in element]
        return [(name, *(cells for cells in rows if any(cells)))]
    if name in ("mtd", "msqrt", "menclose", "merror"):
        return [(name, _row_of(element))]
    return [(name, *(_row(child) for child in element))]


def _row_of(element: ET.Element) -> tuple[Tree, ...]:
    """The children of an element that makes a row of them."""
    row = ET.Element("mrow")
    row.extend(list(element))
    return _row(row)


def _text(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text).translate(_SAME))
    return _INVISIBLE.sub("", text).translate(_SAME)


@dataclass(slots=True)
class Comparison:
    """How many formulas were compared, and the ones that differ."""

    read: int = 0
    agreed: int = 0
    equal: int = 0
    different: list[tuple[str, str, str]] = field(default_factory=list)
    """The formula, the structure that the others give it, and panmath's."""


def compare(texts: Sequence[str], others: Sequence[Sequence[str | Exception]], *, display: bool) -> Comparison:
    """panmath against the structures on which the others agree."""
    result = Comparison()
    for tex, *markups in zip(texts, *others, strict=True):
        if any(isinstance(markup, Exception) for markup in markups):
            continue
        result.read += 1
        structures = [structure(str(markup)) for markup in markups]
        if any(other != structures[0] for other in structures):
            continue
        result.agreed += 1
        try:
            ours = structure(mathml_writer.write(tex_reader.read(Source(tex), losses=[]), losses=[], display=display))
        except PanmathError as error:
            result.different.append((tex, str(structures[0]), str(error).split("\n")[0]))
            continue
        if ours == structures[0]:
            result.equal += 1
        else:
            result.different.append((tex, str(structures[0]), str(ours)))
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="structure of the MathML next to KaTeX and MathJax")
    parser.add_argument("data", type=Path, help="the folder with latex_arxiv.txt and latex_school.txt")
    parser.add_argument("--limit", type=int, help="only the first formulas of each file")
    parser.add_argument("--show", type=int, default=0, help="how many of the different ones to show")
    options = parser.parse_args(arguments)
    if not node.available():
        raise SystemExit("node and its packages are needed: run `npm ci` in benchmarks/")
    rows, shown = [], []
    with node.NodePeer("katex") as katex, node.NodePeer("mathjax") as mathjax:
        for name in ("arxiv", "school"):
            texts = formulas(options.data, name)[: options.limit]
            found = compare(texts, [katex.run("mathml", texts), mathjax.run("mathml", texts)], display=True)
            rows.append([
                name, f"{len(texts):,}", f"{found.read:,}", f"{found.agreed:,}", f"{found.equal:,}",
                percent(found.equal, found.agreed),
            ])  # fmt: skip
            shown += found.different[: options.show]
        peers = f"KaTeX {katex.version} and MathJax {mathjax.version}"
    print(f"{peers}, display style\n")
    print(table(["formulas", "all", "both read", "both agree", "panmath equal", "%"], rows))
    for tex, theirs, ours in shown:
        print(f"\n{code(tex, 300)}\n    theirs {theirs}\n    ours   {ours}")


if __name__ == "__main__":
    main()
