r"""Reads a formula from where its symbols stand: symbols with boxes, sizes and baselines → TeX.

The rules are those by which TeX sets formulas (TeXbook, Appendix G), turned round: a fraction's parts stand above and
below its bar, scripts are smaller and stand off the baseline of what is before them, limits stand over and under their
operator, an accent over its base. Bars and fences bind what belongs to them first, the narrowest first; what is left
stands in one line, or in the lines of a table, and is read from left to right.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from .symbols import Bar, Page, Symbol

_AXIS: Final = 0.25
"""Ems from the baseline up to the axis: the height of a fraction bar and of the middle of large signs."""
_SMALLER: Final = 0.7
"""The size of scripts next to that of their line."""
_SUBSCRIPT: Final = (0.13, 0.6)
"""Ems from a line's baseline down to that of a subscript, and up to that of a superscript."""
_SUPERSCRIPT: Final = (0.3, 1.0)
_DEEPEST: Final = 40
"""Levels of nesting; deeper ones are no formula."""

LARGE: Final = frozenset(
    rf"\{name}"
    for name in "sum prod coprod bigcup bigcap bigsqcup bigodot bigoplus bigotimes biguplus bigwedge bigvee".split()
)
INTEGRALS: Final = frozenset((r"\int", r"\oint"))
_OPENING: Final = {
    "(": ")",
    "[": "]",
    r"\{": r"\}",
    r"\langle": r"\rangle",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
}
_UPRIGHT: Final = frozenset(("|", r"\|"))
FENCES: Final = frozenset((*_OPENING, *_OPENING.values(), *_UPRIGHT, "/", r"\setminus"))
ACCENTS: Final = frozenset(
    rf"\{name}" for name in "hat check tilde acute grave dot ddot breve bar mathring vec".split()
)
_WIDE: Final = {r"\hat": r"\widehat", r"\tilde": r"\widetilde"}
_ARROWS: Final = {
    r"\to": r"\overrightarrow", r"\rightarrow": r"\overrightarrow", r"\gets": r"\overleftarrow",
    r"\leftarrow": r"\overleftarrow", r"\leftrightarrow": r"\overleftrightarrow",
}  # fmt: skip
_RELATIONS: Final = frozenset(
    (
        "=",
        "<",
        ">",
        *(
            rf"\{name}"
            for name in "to rightarrow leftarrow gets sim equiv approx le ge simeq cong mapsto Rightarrow".split()
        ),
    )
)
_BARE: Final = frozenset(
    ("+", "-", "=", "<", ">", ",", ";", ":", "(", "[", "/", r"\{", r"\langle",
     *(rf"\{name}" for name in "pm mp cdot times in le ge leqslant geqslant ne colon".split()))
)  # fmt: skip
"""What hardly ever has scripts."""
_ALPHABETS: Final = {
    "rm": "mathrm", "it": "mathit", "bf": "mathbf", "bfit": "boldsymbol", "cal": "mathcal", "scr": "mathscr",
    "frak": "mathfrak", "bb": "mathbb", "sf": "mathsf", "tt": "mathtt",
}  # fmt: skip
_FUNCTIONS: Final = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth log ln lg exp lim limsup liminf max min sup inf "
    "det dim ker deg gcd arg hom Pr".split()
)
_LIMITED: Final = frozenset("lim max min sup inf limsup liminf det gcd Pr argmax argmin".split())
_WRITTEN: Final = {
    r"\varbigtriangleup": r"\triangle", r"\colon": ":", "*": r"\ast", "rm:-": "-", r"\not=": r"\neq",
    r"\not\in": r"\notin",
    "rm:ff": "ff", "rm:fi": "fi", "rm:fl": "fl", "rm:ffi": "ffi", "rm:ffl": "ffl",
}  # fmt: skip
_LIGATURES: Final = frozenset(("rm:ff", "rm:fi", "rm:fl", "rm:ffi", "rm:ffl"))


@dataclass(frozen=True, slots=True)
class _Part:
    """A symbol, or what has been read of several. `kind` says how it behaves: "" as an ordinary symbol, "large" as a
    sign of the size of its line whatever its font, "bar", "fence", "word", "fraction" for what is centred on the axis.
    """

    tex: str
    name: str
    kind: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float
    axis: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def centre(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def upper(self) -> float:
        """Where a letter of its size would end above, or its box if that is higher."""
        return min(self.top, self.baseline - 0.43 * self.size) if self.kind in ("", "word") else self.top

    @property
    def lower(self) -> float:
        return max(self.bottom, self.baseline) if self.kind in ("", "word") else self.bottom


def read(page: Page) -> str:
    """The formula on a page as TeX; the empty text for an empty page."""
    parts = [_part(symbol) for symbol in page.symbols] + [_bar(bar) for bar in page.bars]
    return _expression(_accented(_arrows(_styled(parts))), 0)


def _styled(parts: list[_Part]) -> list[_Part]:
    """Numbers and words in bold and other alphabets as one: three letters are a word, two are two vectors."""
    found = list(parts)
    for alphabet in ("bf", "sf", "tt", "it"):
        letters = [
            one for one in parts if one.name.partition(":")[0] == alphabet and one.name[len(alphabet) + 1 :].isalnum()
        ]
        for run in _runs(letters):
            text = "".join(one.name[len(alphabet) + 1 :] for one in run)
            if len(text) > 2 or len(text) == 2 and (text.isdigit() or alphabet != "bf"):
                whole = _made(rf"\{_ALPHABETS[alphabet]}{{{text}}}", "", run, run[0].baseline, run[0].size)
                found = [*_without(found, run), whole]
    return found


def _runs(letters: Sequence[_Part]) -> list[list[_Part]]:
    """Letters of one size that stand close together on one baseline."""
    found: list[list[_Part]] = []
    for letter in sorted(letters, key=lambda one: one.left):
        home = next(
            (run for run in reversed(found)
             if abs(run[-1].baseline - letter.baseline) < 0.14 * letter.size
             and 0.79 < run[-1].size / letter.size < 1.27 and letter.left - run[-1].right < 0.15 * letter.size),
            None,
        )  # fmt: skip
        if home is None:
            found.append([letter])
        else:
            home.append(letter)
    return found


def _part(symbol: Symbol) -> _Part:
    name = symbol.name
    tall = symbol.bottom - symbol.top > 1.05 * symbol.size
    if name in LARGE or name in INTEGRALS:
        kind = "large"
    elif name in FENCES and tall:
        kind = "fence"
    else:
        kind = "radical" if name == r"\sqrt" else "brace" if name == "brace" else ""
    axis = symbol.centre if kind else symbol.baseline - _AXIS * symbol.size
    return _Part(_written(name), name, kind, symbol.left, symbol.top, symbol.right, symbol.bottom, symbol.baseline,
                 symbol.size, axis)  # fmt: skip


def _bar(bar: Bar) -> _Part:
    return _Part("", "", "bar", bar.left, bar.y, bar.right, bar.y, bar.y, 0.0, bar.y)


def _written(name: str) -> str:
    if name in _WRITTEN:
        return _WRITTEN[name]
    if name.startswith(r"\not") and name[4:5] in ("\\", "<", ">", "|") and len(name) > 5:
        return rf"\not{name[4:]}"
    alphabet, colon, letter = name.partition(":")
    return rf"\{_ALPHABETS[alphabet]}{{{letter}}}" if colon and alphabet in _ALPHABETS and letter else name


def _made(
    tex: str, kind: str, parts: Sequence[_Part], baseline: float, size: float, axis: float | None = None
) -> _Part:
    """What was read of several parts, as one."""
    return _Part(
        tex, "", kind, min(one.left for one in parts), min(one.top for one in parts), max(one.right for one in parts),
        max(one.bottom for one in parts), baseline, size, baseline - _AXIS * size if axis is None else axis,
    )  # fmt: skip


def _without(parts: Iterable[_Part], gone: Iterable[_Part]) -> list[_Part]:
    taken = {id(one) for one in gone}
    return [one for one in parts if id(one) not in taken]


# What stands over and under other things


def _arrows(parts: list[_Part]) -> list[_Part]:
    """Long arrows and braces: their heads, and the dashes and bars that these overlap, are one."""
    found = list(parts)
    for head in parts:
        if head.name not in _ARROWS and head.kind != "brace" or not any(one is head for one in found):
            continue
        whole, pieces = head, [head]
        while more := [one for one in found if _continues(one, whole) and not any(one is other for other in pieces)]:
            pieces += more
            whole = replace(head, left=min(one.left for one in pieces), right=max(one.right for one in pieces))
        found = [*_without(found, pieces), whole]
    return found


def _continues(one: _Part, whole: _Part) -> bool:
    """Whether a part makes an arrow or a brace longer."""
    slack = 0.12 * whole.size
    kinds = one.kind in ("bar", "brace") if whole.kind == "brace" else one.name == "-"
    level = (
        whole.top - slack < one.centre < whole.bottom + slack
        if whole.kind == "brace"
        else abs(one.centre - whole.centre) < slack
    )
    overlap = slack if whole.kind == "brace" else -0.02 * whole.size
    return kinds and level and one.left < whole.right + overlap and one.right > whole.left - overlap


def _accented(parts: list[_Part]) -> list[_Part]:
    """Accents joined to single symbols; the wide ones wait until what is under them has been read."""
    found = parts
    for accent in [one for one in parts if one.name in ACCENTS]:
        if accent.width > 0.62 * accent.size:
            continue
        bases = [
            one for one in found
            if one is not accent and one.kind in ("", "accented") and one.name not in ACCENTS
            and one.left - 0.2 * accent.size < accent.middle < one.right + 0.25 * accent.size
            and one.baseline > accent.top and -0.4 * one.size < one.upper - accent.bottom < 0.65 * one.size
        ]  # fmt: skip
        if not bases:
            continue
        base = min(
            bases, key=lambda one: abs(one.middle + 0.05 * one.size - accent.middle) + abs(one.upper - accent.bottom)
        )
        whole = _made(f"{accent.name}{{{base.tex}}}", "accented", (base, accent), base.baseline, base.size)
        found = [*_without(found, (base, accent)), replace(whole, left=base.left, right=base.right)]
    return found


def _bound(parts: list[_Part], level: int) -> list[_Part]:
    """Roots, fractions, lines, braces and arrows over and under, the narrowest first."""
    found = parts
    while True:
        waiting = [one for one in found if one.kind in ("bar", "brace") or _is_cover(one, found)]
        if not waiting:
            return found
        bar = min(waiting, key=lambda one: one.width)
        found = _bind(bar, found, level)


def _is_cover(one: _Part, among: Sequence[_Part]) -> bool:
    """Whether it is an arrow or a wide accent with something right below."""
    if one.kind or not (one.name in _ARROWS or one.name in ACCENTS):
        return False
    return bool(_covered(one, among))


def _covered(cover: _Part, among: Sequence[_Part]) -> list[_Part]:
    slack = 0.1 * cover.size
    below = [
        one for one in among
        if one is not cover and cover.left - slack < one.middle < cover.right + slack and one.centre > cover.centre
    ]  # fmt: skip
    near = _connected(cover.centre if cover.name in _ARROWS else cover.bottom, below, 1, 0.45, 0.02)
    # An arrow in the line is no cover: what stands under it is smaller, and beside it there are others of its height.
    if cover.name in _ARROWS:
        beside = [
            one for one in among
            if one is not cover and one.kind == "" and one.size > 0.9 * cover.size
            and abs(one.baseline - cover.baseline) < 0.12 * cover.size
        ]  # fmt: skip
        if beside and all(one.size < 0.85 * cover.size for one in near):
            return []
        if cover.baseline - max((one.baseline for one in near), default=cover.baseline) > -0.3 * cover.size:
            return []
    return near


def _connected(edge: float, parts: Sequence[_Part], down: int, first: float, between: float = 0.32) -> list[_Part]:
    """The parts on one side of an edge that reach it without a gap; `down` is 1 below and -1 above. `first` and
    `between` are the widest gaps in ems, to the edge and from part to part.
    """
    taken: list[_Part] = []
    waiting = sorted(parts, key=lambda one: one.upper if down > 0 else -one.lower)
    for one in waiting:
        near = one.upper if down > 0 else -one.lower
        size = one.size or max((other.size for other in parts), default=0.0)
        if near - down * edge > (between if taken else first) * size:
            break
        taken.append(one)
        edge = max(down * edge, one.lower if down > 0 else -one.upper) * down
    return taken


def _bind(bar: _Part, parts: list[_Part], level: int) -> list[_Part]:
    rest = _without(parts, (bar,))
    if bar.kind == "bar":
        root = next((one for one in rest if one.kind == "radical" and _is_roof(bar, one)), None)
        return _root(root, bar, rest, level) if root is not None else _fraction(bar, rest, level)
    if bar.kind == "brace":
        return _braced(bar, rest, level)
    inside = _covered(bar, parts)
    tex = _ARROWS.get(bar.name) or (_WIDE.get(bar.name, bar.name) if bar.width > 0.62 * bar.size else bar.name)
    return [*_without(rest, inside), _over(tex, bar, inside, level)]


def _over(tex: str, cover: _Part, inside: Sequence[_Part], level: int) -> _Part:
    line = _main(inside)
    whole = _made(
        f"{tex}{{{_expression(list(inside), level + 1)}}}", "accented", (cover, *inside), line.baseline, line.size
    )
    return replace(whole, left=min(one.left for one in inside), right=max(one.right for one in inside))


def _is_roof(bar: _Part, root: _Part) -> bool:
    slack = 0.3 * root.size
    return abs(bar.left - root.right) < slack and abs(bar.baseline - root.top) < slack


def _root(root: _Part, bar: _Part, rest: list[_Part], level: int) -> list[_Part]:
    inside = [
        one for one in rest
        if one is not root and root.right - 0.1 * root.size < one.middle < bar.right + 0.05 * root.size
        and bar.baseline - 0.1 * root.size < one.centre < root.bottom + 0.2 * root.size
    ]  # fmt: skip
    index = [
        one for one in rest
        if one is not root and one.size < 0.8 * root.size and one.centre < root.centre + 0.1 * root.size
        and root.left + 0.2 * root.size < one.right and one.middle < root.right - 0.2 * root.size
        and one.top > bar.baseline - 0.8 * root.size
    ]  # fmt: skip
    order = f"[{_expression(index, level + 1)}]" if index else ""
    tex = rf"\sqrt{order}{{{_expression(inside, level + 1)}}}"
    line = _main(inside) if inside else root
    whole = _made(tex, "root", (root, bar, *inside), line.baseline, line.size or root.size)
    return [*_without(rest, (root, *inside, *index)), whole]


def _fraction(bar: _Part, rest: list[_Part], level: int) -> list[_Part]:
    """What stands over and under a bar that is no root's: a fraction, or a line over or under something."""
    slack = 0.04 * max((one.size for one in rest), default=0.0)
    within = [one for one in rest if bar.left - slack <= one.middle <= bar.right + slack]
    others = [one for one in within if one.kind in ("bar", "brace") and one.width > 0.7 * bar.width]
    high = max((one.baseline for one in others if one.baseline < bar.baseline), default=-1e9)
    low = min((one.baseline for one in others if one.baseline > bar.baseline), default=1e9)
    free = [one for one in within if not any(one is other for other in others)]
    above = _connected(bar.baseline, [one for one in free if high < one.centre < bar.baseline], -1, 0.75)
    below = _connected(bar.baseline, [one for one in free if bar.baseline < one.centre < low], 1, 0.75)
    if above and below:
        tex = rf"\frac{{{_expression(above, level + 1)}}}{{{_expression(below, level + 1)}}}"
        size = max(_main(above).size, _main(below).size)
        whole = _made(tex, "fraction", (bar, *above, *below), bar.baseline + _AXIS * size, size, bar.baseline)
        return [*_without(rest, (*above, *below)), whole]
    inside = _connected(bar.baseline, above or below, -1 if above else 1, 0.75, 0.02)
    if not inside:
        return rest
    name = (
        r"\underline" if above else r"\bar" if len(inside) == 1 and bar.width < 0.62 * inside[0].size else r"\overline"
    )
    return [*_without(rest, inside), _over(name, bar, inside, level)]


def _braced(brace: _Part, rest: list[_Part], level: int) -> list[_Part]:
    slack = 0.1 * brace.size
    within = [one for one in rest if brace.left - slack < one.middle < brace.right + slack]
    above = _connected(brace.top, [one for one in within if one.centre < brace.centre], -1, 0.9)
    below = _connected(brace.bottom, [one for one in within if one.centre > brace.centre], 1, 0.9)
    sizes = [max((one.size for one in side), default=0.0) for side in (above, below)]
    inside, note, command, mark = (
        (above, below, "underbrace", "_") if sizes[0] >= sizes[1] else (below, above, "overbrace", "^")
    )
    if not inside:
        return rest
    script = f"{mark}{{{_expression(note, level + 1)}}}" if note else ""
    line = _main(inside)
    tex = rf"\{command}{{{_expression(inside, level + 1)}}}{script}"
    return [*_without(rest, (*inside, *note)), _made(tex, "accented", (brace, *inside), line.baseline, line.size)]


# Lines


def _main(parts: Sequence[_Part]) -> _Part:
    """A part that tells the size and the baseline of the line: of the largest, the one whose baseline most have."""
    kinds = ("", "word", "accented", "root", "fraction")
    sized = [one for one in parts if one.kind in kinds and one.size and one.name not in _UPRIGHT] or list(parts)
    largest, *less = sorted((one.size for one in sized), reverse=True)
    if less and less[0] > 0.78 * largest:
        largest = less[0]  # a single size may have been measured badly
    big = [one for one in sized if one.size >= 0.84 * largest]
    near = Counter(
        {at: sum(abs(one.baseline - other.baseline) < 0.1 * largest for other in big) for at, one in enumerate(big)}
    )
    best = max(near.values())
    line = min((one for at, one in enumerate(big) if near[at] == best), key=lambda one: one.left)
    level = [one for one in big if abs(one.baseline - line.baseline) <= 0.15 * largest]
    return replace(
        line,
        baseline=sum(one.baseline for one in level) / len(level),
        size=sum(one.size for one in level) / len(level),
    )


def _expression(parts: list[_Part], level: int) -> str:
    if level > _DEEPEST:
        return ""
    if not parts:
        return ""
    found = _bound(parts, level)
    found = _tabled(found, level)
    lines = _lines(found)
    if len(lines) > 1:
        return _table(lines, "matrix", level) if len(lines) < 40 else ""
    return _line(found, level)


def _lines(parts: Sequence[_Part]) -> list[list[_Part]]:
    """The parts by the line on which they stand: there are several if things of full size have several baselines."""
    line = _main(parts) if parts else None
    if line is None:
        return []
    full = [one for one in parts if one.kind != "large" and one.size >= 0.8 * line.size and one.kind != "fence"]
    heights: list[list[float]] = []
    for one in sorted(full, key=_level):
        if heights and _level(one) - heights[-1][-1] < 0.55 * line.size:
            heights[-1].append(_level(one))
        else:
            heights.append([_level(one)])
    if len(heights) < 2:
        return [list(parts)]
    levels = [sum(group) / len(group) for group in heights]
    lines: list[list[_Part]] = [[] for _ in levels]
    for one in parts:
        shift = 0.0 if one.size >= 0.84 * line.size else 0.05 * line.size
        lines[min(range(len(levels)), key=lambda at: abs(levels[at] - _level(one) - shift))].append(one)
    return lines


def _level(one: _Part) -> float:
    return one.axis


def _tabled(parts: list[_Part], level: int) -> list[_Part]:
    """Tables between tall fences, the narrowest first, and cases after a brace that none closes."""
    found = parts
    fences = sorted(
        (one for one in parts if one.kind == "fence" and one.name in (*_OPENING, *_UPRIGHT)), key=lambda one: -one.left
    )
    for fence in fences:
        if not any(one is fence for one in found):
            continue
        closing = _OPENING.get(fence.name, fence.name)
        mate = next(
            (one for one in sorted(found, key=lambda one: one.left)
             if one.name == closing and one.left > fence.left and abs(one.centre - fence.centre) < 0.3 * fence.size
             and abs((one.bottom - one.top) - (fence.bottom - fence.top)) < 0.3 * fence.size),
            None,
        )  # fmt: skip
        limit = mate.left if mate is not None else 1e9
        inside = [
            one for one in found
            if one is not fence and fence.right - 0.2 * fence.size < one.middle < limit
            and fence.top - 0.2 * fence.size < one.centre < fence.bottom + 0.2 * fence.size
        ]  # fmt: skip
        lines = _lines(inside)
        if len(lines) < 2 or (mate is None and fence.name != r"\{"):
            continue
        parts_of = (fence, *inside, *((mate,) if mate is not None else ()))
        tex = _fenced(fence, mate, lines, level)
        line = _main(inside)
        whole = _made(tex, "fraction", parts_of, fence.axis + _AXIS * line.size, line.size, fence.axis)
        found = [*_without(found, parts_of), whole]
    return found


def _fenced(fence: _Part, mate: _Part | None, lines: Sequence[list[_Part]], level: int) -> str:
    if mate is None:
        return _table(lines, "cases", level)
    if len(lines) == 2 and fence.name == "(" and all(_is_one_cell(line) for line in lines):
        upper, lower = (_main(line) for line in lines)
        if lower.baseline - upper.baseline > 1.28 * upper.size:
            return rf"\binom{{{_line(lines[0], level + 1)}}}{{{_line(lines[1], level + 1)}}}"
    opening, closing = (_tall(one.tex) for one in (fence, mate))
    return rf"\left{opening}{_table(lines, 'matrix', level)}\right{closing}"


def _tall(tex: str) -> str:
    return tex if tex.startswith("\\") or len(tex) == 1 else "."


def _is_one_cell(line: Sequence[_Part]) -> bool:
    return len(_cells([list(line)])[0]) == 1


def _table(lines: Sequence[list[_Part]], kind: str, level: int) -> str:
    rows = [" & ".join(_line(cell, level + 1) for cell in row) for row in _cells(lines)]
    body = r" \\ ".join(rows)
    return rf"\begin{{{kind}}}{body}\end{{{kind}}}"


def _cells(lines: Sequence[list[_Part]]) -> list[list[list[_Part]]]:
    """The cells of each line: columns are where no line has anything for most of an em."""
    size = max((one.size for line in lines for one in line), default=1.0)
    spans = sorted((one.left, one.right) for line in lines for one in line)
    borders, reach = [], spans[0][1]
    for left, right in spans:
        if left - reach > 0.7 * size:
            borders.append((left + reach) / 2)
        reach = max(reach, right)
    edges = [-1e9, *borders, 1e9]
    return [
        [[one for one in line if low < one.middle <= high] for low, high in itertools.pairwise(edges)] for line in lines
    ]


def _line(parts: Sequence[_Part], level: int) -> str:
    """One line from left to right, with limits and scripts."""
    if not parts:
        return ""
    words = _words(list(parts))
    line = _main(words)
    if not line.size:
        return ""  # bars of nothing
    size, axis = line.size, line.baseline - _AXIS * line.size
    on: list[_Part] = []
    off: list[_Part] = []
    for one in sorted(words, key=lambda one: one.left):
        (on if _is_on(one, line.baseline, axis, size) else off).append(one)
    limits, off = _limits(on, off, size)
    on, limits, off = _raised(on, limits, off, line.baseline, size)
    scripts = _scripts(on, off, size)
    tex: list[tuple[_Part, str]] = []
    if scripts[0]:
        tex.append((line, "{}" + _attached(scripts[0], axis, level)))
    for at, one in enumerate(on):
        above, below = limits[at]
        after = _attached(scripts[at + 1], axis, level)
        body = one.tex
        if above or below:
            body = _limited(one, above, below, level)
        tex.append((one, body + after))
    return _joined(tex)


def _raised(
    on: list[_Part], limits: list[tuple[list[_Part], list[_Part]]], off: list[_Part], baseline: float, size: float
) -> tuple[list[_Part], list[tuple[list[_Part], list[_Part]]], list[_Part]]:
    """Puts on the line what would be the script of something that has none, if it hardly differs from the line."""
    line = sorted(zip(on, limits, strict=True), key=lambda pair: pair[0].left)
    for one in off:
        before = max(
            (pair[0] for pair in line if pair[0].middle < one.middle), key=lambda other: other.left, default=None
        )
        after = min(
            (other for other in (*on, *off) if other.left > one.left), key=lambda other: other.left, default=None
        )
        ends = one.name in (",", ".", ";") and not any(after is other for other in off)
        bare = before is None or before.name in _BARE or ends
        if (
            bare
            and one.size > 0.62 * size
            and abs(one.baseline - baseline) < 0.28 * size
            and one.kind in ("", "word", "accented")
        ):
            line = sorted([*line, (one, ([], []))], key=lambda pair: pair[0].left)
    raised = [pair[0] for pair in line]
    return raised, [pair[1] for pair in line], _without(off, raised)


def _is_on(one: _Part, baseline: float, axis: float, size: float) -> bool:
    if one.kind in ("large", "fence"):
        return abs(one.centre - axis) < 0.25 * size and one.bottom - one.top > 0.6 * size
    if one.kind == "fraction":
        return abs(one.axis - axis) < 0.17 * size
    # Size and height together tell a script: neither is measured exactly.
    smaller = math.log(max(one.size, 0.01 * size) / size)
    down = (one.baseline - baseline) / size
    least, most = _SUBSCRIPT if down > 0 else _SUPERSCRIPT
    off = max(least - abs(down), abs(down) - most, 0.0)
    return smaller**2 + down**2 < (smaller - math.log(_SMALLER)) ** 2 + off**2 or smaller > 0.1 and abs(down) < 0.25


def _words(parts: list[_Part]) -> list[_Part]:
    """Upright letters that stand close together, as words."""
    letters = [one for one in parts if one.name.startswith("rm:") and one.name != "rm:-"]
    words = _runs(letters)
    found = _without(parts, letters)
    for word in words:
        text = "".join(_written(one.name) if one.name in _LIGATURES else one.name[3:] for one in word)
        first = word[0]
        whole = _made(_word(text), "word", word, first.baseline, first.size)
        found.append(replace(whole, name=text))
    return found


def _word(text: str) -> str:
    return rf"\{text}" if text in _FUNCTIONS else rf"\mathrm{{{text}}}"


def _limits(
    on: Sequence[_Part], off: list[_Part], size: float
) -> tuple[list[tuple[list[_Part], list[_Part]]], list[_Part]]:
    """What stands over and under each part of the line, and what is left."""
    found: list[tuple[list[_Part], list[_Part]]] = []
    for one in on:
        sides: tuple[list[_Part], list[_Part]] = ([], [])
        if one.kind == "large" and one.name not in INTEGRALS or one.name in _LIMITED or one.name in _RELATIONS:
            for side, down in zip(sides, (-1, 1), strict=True):
                side += _limit(one, off, down, size)
                off = _without(off, side)
        found.append(sides)
    return found, off


def _limit(operator: _Part, off: Sequence[_Part], down: int, size: float) -> list[_Part]:
    """The parts over (-1) or under (1) an operator: those in the middle, and those that join them on both sides."""
    edge = operator.lower if down > 0 else -operator.upper
    band = [one for one in off if (one.centre if down > 0 else -one.centre) > edge]
    taken = [one for one in band if operator.left - 0.02 * size < one.middle < operator.right + 0.02 * size]
    grown = bool(taken)
    while grown:
        left, right = min(one.left for one in taken), max(one.right for one in taken)
        more = [
            one for one in _without(band, taken) if one.left < right + 0.25 * size and one.right > left - 0.25 * size
        ]
        taken += more
        grown = bool(more)
    return taken


def _limited(operator: _Part, above: list[_Part], below: list[_Part], level: int) -> str:
    over, under = (_expression(side, level + 1) if side else "" for side in (above, below))
    if operator.name in _RELATIONS:
        tex = rf"\overset{{{over}}}{{{operator.tex}}}" if over else operator.tex
        return rf"\underset{{{under}}}{{{tex}}}" if under else tex
    return operator.tex + (f"_{{{under}}}" if under else "") + (f"^{{{over}}}" if over else "")


def _scripts(on: Sequence[_Part], off: Sequence[_Part], size: float) -> list[list[_Part]]:
    """The parts off the line by the part of the line after which they stand; before all comes first."""
    found: list[list[_Part]] = [[] for _ in range(len(on) + 1)]
    for one in sorted(off, key=lambda one: one.left):
        start = one.left + min(0.3 * one.width, 0.25 * size)
        at = sum(other.left + min(0.5 * other.width, 0.4 * size) < start for other in on)
        found[at].append(one)
    return found


def _attached(scripts: Sequence[_Part], axis: float, level: int) -> str:
    upper = [one for one in scripts if (one.axis if one.kind == "fraction" else one.centre) <= axis]
    lower = _without(scripts, upper)
    tex = f"_{{{_expression(lower, level + 1)}}}" if lower else ""
    if not upper:
        return tex
    primes = [one for one in upper if one.name == "'"]
    others = _without(upper, primes)
    if not others:
        return "'" * len(primes) + tex
    marks = r"\prime " * len(primes)
    return f"{tex}^{{{marks}{_expression(others, level + 1)}}}"


def _joined(line: Sequence[tuple[_Part, str]]) -> str:
    """The texts of a line, with tall fences in pairs and rows of dots as one sign."""
    texts = [text for _, text in line]
    for sign, dots in ((r"\cdot", r"\cdots"), (".", r"\ldots")):
        at = 0
        while at + 3 <= len(texts):
            if (
                all(text == sign for text in texts[at : at + 2])
                and texts[at + 2].startswith(sign)
                and line[at + 2][0].tex == sign
            ):
                texts[at : at + 3] = ["", "", dots + texts[at + 2][len(sign) :]]
                at += 3
            else:
                at += 1
    for start, end in _pairs([part for part, _ in line]):
        texts[start] = r"\left" + texts[start]
        texts[end] = r"\right" + texts[end]
    return " ".join(text for text in texts if text)


def _pairs(parts: Sequence[_Part]) -> list[tuple[int, int]]:
    """The numbers of tall fences that belong together."""
    found, open_ones = [], []
    for at, part in enumerate(parts):
        if part.kind != "fence":
            continue
        if part.name in _OPENING:
            open_ones.append(at)
        elif open_ones and _OPENING[parts[open_ones[-1]].name] == part.name:
            found.append((open_ones.pop(), at))
    return found
