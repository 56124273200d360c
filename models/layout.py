r"""Symbols on a page → LaTeX: reads the two-dimensional layout of a formula as TeX sets it (TeXbook, Appendix G).

A region is read from the outside in: bars become fractions, roots and lines over or under; fences around several rows
become tables; what stands over or under a large sign becomes its limits; accents join their letters; the rest stands on
a line, and what is off the line and smaller is a script. Every symbol is used, so that nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .symbols import Bar, Page, Symbol

_AXIS: Final = 0.25
"""Ems from the baseline to the axis, on which bars and large signs are centred."""
_LEVEL: Final = 0.14
"""Ems that a symbol may be off the line and still stand on it."""
_ACCENTS: Final = frozenset(
    rf"\{name}" for name in "hat check tilde acute grave dot ddot breve bar mathring vec".split()
)
_LARGE: Final = frozenset(
    rf"\{name}"
    for name in "sum prod coprod bigcup bigcap bigsqcup biguplus bigwedge bigvee bigoplus bigotimes bigodot".split()
)
_SIDE: Final = frozenset((r"\int", r"\oint"))
_OPENING: Final = frozenset(("(", "[", r"\{", r"\langle", r"\lfloor", r"\lceil", "|", r"\|"))
_CLOSING: Final = {"(": ")", "[": "]", r"\{": r"\}", r"\langle": r"\rangle", r"\lfloor": r"\rfloor",
                   r"\lceil": r"\rceil", "|": "|", r"\|": r"\|"}  # fmt: skip
_WITH_LIMITS: Final = frozenset("lim max min sup inf det gcd Pr".split())
_ALPHABETS: Final = {"rm": r"\mathrm", "bf": r"\mathbf", "bfit": r"\boldsymbol", "bb": r"\mathbb", "cal": r"\mathcal",
                     "frak": r"\mathfrak", "scr": r"\mathscr", "sf": r"\mathsf", "tt": r"\mathtt",
                     "it": r"\mathit"}  # fmt: skip
_STACKED: Final = ((r"\sim", "=", r"\cong"), (".", "=", r"\doteq"))
_OVER_ARROWS: Final = {r"\to": r"\overrightarrow", r"\rightarrow": r"\overrightarrow", r"\gets": r"\overleftarrow",
                       r"\leftarrow": r"\overleftarrow", r"\leftrightarrow": r"\overleftrightarrow"}  # fmt: skip
_FUNCTIONS: Final = frozenset(
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim ln log max min Pr sec sin"
    " sinh sup tan tanh".split()
)
_DOTS: Final = {".": r"\ldots", r"\cdot": r"\cdots"}
_SAME: Final = {r"\varbigtriangleup": r"\triangle", r"\varbigtriangledown": r"\bigtriangledown", "#": r"\#", "%": r"\%",
                "&": r"\&", r"\sqrt": r"\surd", "brace": ""}  # fmt: skip
"""Symbols whose names the reader of TeX does not know, or which mean something else there."""
_ROW_GAP: Final = 0.9
"""Ems between the baselines of two rows of a table, at least."""
_DEEPEST: Final = 12


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the formula that is read: its TeX, and where it stands, as of a symbol.

    `name` is that of the symbol where it is one; `script` may follow it, `above` and `below` are limits that it has.
    """

    tex: str
    name: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def centre(self) -> float:
        return (self.top + self.bottom) / 2


def read(page: Page) -> str:
    """The formula on a page, empty where there are no symbols."""
    boxes = [_box(symbol) for symbol in page.symbols]
    return _region(boxes, list(page.bars), 0)


def _box(symbol: Symbol) -> Box:
    return Box(symbol.name, symbol.name, *symbol[1:7])


def _region(boxes: list[Box], bars: list[Bar], depth: int) -> str:
    """A part of the page that is a formula of its own."""
    if depth > _DEEPEST:
        return " ".join(box.tex for box in boxes)
    boxes, bars = _braces(boxes, bars, depth)
    boxes = _barred(boxes, bars, depth)
    boxes = _tables(boxes, depth)
    boxes = _stacked(boxes)
    boxes = _arrowed(boxes, depth)
    boxes = _accented(boxes)
    boxes = _limited(boxes, depth)
    return _line(boxes, depth)


# Bars


def _barred(boxes: list[Box], bars: list[Bar], depth: int) -> list[Box]:
    """Fractions, roots and lines over or under; the widest bar first, whose parts hold the others."""
    bars = sorted(bars, key=lambda bar: bar.left - bar.right)
    while bars:
        bar = bars.pop(0)
        size = _size(boxes)
        root = min(
            (box for box in boxes if box.name == r"\sqrt" and abs(box.right - bar.left) < 0.35 * size
             and box.top - 0.4 * size < bar.y < box.centre),
            key=lambda box: abs(box.right - bar.left) + abs(box.top - bar.y), default=None,
        )  # fmt: skip
        inside = [
            box for box in boxes if bar.left - 0.1 * size < box.middle < bar.right + 0.1 * size and box is not root
        ]
        if root is not None:
            boxes, bars = _rooted(root, bar, inside, boxes, bars, depth)
            continue
        above = [box for box in inside if box.centre < bar.y]
        below = [box for box in inside if box.centre >= bar.y]
        if above and below and not _is_line_over(bar, above, below, size):
            boxes, bars = _fraction(bar, above, below, boxes, bars, depth)
        elif below or above:
            boxes = _lined(bar, above, below, boxes)
        else:
            dash = Box("-", "-", bar.left, bar.y, bar.right, bar.y, bar.y + _AXIS * size, size)
            boxes = [*boxes, dash]
    return boxes


def _is_line_over(bar: Bar, above: Sequence[Box], below: Sequence[Box], size: float) -> bool:
    """Whether the bar belongs to what is below it, and what is above stands further off."""
    gap_above = bar.y - max(box.bottom for box in above)
    gap_below = min(box.top for box in below) - bar.y
    return gap_above > 1.2 * size > 6 * gap_below


def _split(parts: Sequence[Box], bar: Bar, bars: Sequence[Bar], *, over: bool) -> tuple[list[Bar], list[Bar]]:
    """The bars that belong to the parts over or under a bar, and the others."""
    inside = [
        other for other in bars
        if bar.left - 2 <= (other.left + other.right) / 2 <= bar.right + 2 and (other.y < bar.y) == over and parts
        and min(box.top for box in parts) - 8 < other.y < max(box.bottom for box in parts) + 8
    ]  # fmt: skip
    return inside, [other for other in bars if other not in inside]


def _fraction(
    bar: Bar, above: list[Box], below: list[Box], boxes: list[Box], bars: list[Bar], depth: int
) -> tuple[list[Box], list[Bar]]:
    over, bars = _split(above, bar, bars, over=True)
    under, bars = _split(below, bar, bars, over=False)
    size = max(_size(above), _size(below))
    tex = rf"\frac{{{_region(above, over, depth + 1)}}}{{{_region(below, under, depth + 1)}}}"
    top, bottom = min(box.top for box in above), max(box.bottom for box in below)
    made = Box(tex, r"\frac", bar.left, top, bar.right, bottom, bar.y + _AXIS * _size(boxes), size)
    return [*(box for box in boxes if box not in above and box not in below), made], bars


def _rooted(
    root: Box, bar: Bar, inside: list[Box], boxes: list[Box], bars: list[Bar], depth: int
) -> tuple[list[Box], list[Bar]]:
    under = [box for box in inside if bar.y - 2 < box.centre < root.bottom + 0.3 * root.size]
    lower, bars = _split(under, bar, bars, over=False)
    order = [
        box for box in boxes
        if box.size < 0.8 * root.size and root.left - 0.6 * root.size < box.middle < root.middle
        and root.top - 0.6 * root.size < box.centre < root.centre and box.name not in (r"\sqrt",)
    ]  # fmt: skip
    index = f"[{_region(order, [], depth + 1)}]" if order else ""
    body = _region(under, lower, depth + 1)
    base = _baseline([box for box in under if box.name != r"\frac"]) if under else root.bottom
    if under and all(box.name == r"\frac" for box in under):
        base = under[0].baseline
    made = Box(
        rf"\sqrt{index}{{{body}}}", "root", min(root.left, *(box.left for box in order)) if order else root.left, bar.y,
        max(bar.right, root.right), root.bottom, base, _size(under) if under else root.size,
    )  # fmt: skip
    used = [root, *under, *order]
    return [*(box for box in boxes if box not in used), made], bars


def _lined(bar: Bar, above: list[Box], below: list[Box], boxes: list[Box]) -> list[Box]:
    """A line over what is below it, or under what is above it."""
    over = bool(below) and (
        not above or min(box.top for box in below) - bar.y < bar.y - max(box.bottom for box in above)
    )
    parts = below if over else above
    tex = rf"\{'overline' if over else 'underline'}{{{_line(_accented(parts), _DEEPEST)}}}"
    made = _around(tex, "line", parts)
    return [
        *(box for box in boxes if box not in parts),
        replace(made, top=min(made.top, bar.y), bottom=max(made.bottom, bar.y)),
    ]


def _braces(boxes: list[Box], bars: list[Bar], depth: int) -> tuple[list[Box], list[Bar]]:
    """Braces that lie over or under something, with the note that they may carry."""
    for brace in [box for box in boxes if box.name == "brace"]:
        boxes = [box for box in boxes if box is not brace]
        inside = [box for box in boxes if brace.left - 2 < box.middle < brace.right + 2]
        size = brace.size
        under = [box for box in inside if 0 <= box.centre - brace.centre < 2.2 * size]
        over = [box for box in inside if 0 < brace.centre - box.centre < 2.2 * size]
        if not under and not over:
            continue
        is_over = bool(under) and max(box.size for box in under) >= max((box.size for box in over), default=0)
        body, note = (under, over) if is_over else (over, under)
        note = [box for box in note if box.size < 0.9 * size]
        tex = rf"\{'overbrace' if is_over else 'underbrace'}{{{_region(body, [], depth + 1)}}}"
        if note:
            tex += f"{'^' if is_over else '_'}{{{_region(note, [], depth + 1)}}}"
        boxes = [*(box for box in boxes if box not in body and box not in note), _around(tex, "brace body", body)]
    return boxes, bars


# Tables


def _tables(boxes: list[Box], depth: int) -> list[Box]:
    """Fences around several rows: matrices, binomials, cases."""
    size = _size(boxes)
    for fence in sorted((box for box in boxes if box.name in _OPENING), key=lambda box: box.left):
        if fence not in boxes or fence.bottom - fence.top < 1.7 * size:
            continue
        closing = _CLOSING[fence.name]
        partner = next(
            (box for box in sorted(boxes, key=lambda box: box.left)
             if box.name == closing and box.left > fence.right - 1 and abs(box.centre - fence.centre) < 0.4 * size
             and abs((box.bottom - box.top) - (fence.bottom - fence.top)) < 0.3 * size), None,
        )  # fmt: skip
        if partner is None and fence.name != r"\{":
            continue
        end = partner.left if partner else float("inf")
        inside = [box for box in boxes if fence.right - 1 <= box.middle <= end and box is not partner
                  and fence.top - 0.5 * size < box.centre < fence.bottom + 0.5 * size]  # fmt: skip
        rows = _rows(inside)
        if len(rows) < 2:
            continue
        tex = _table(fence.name, partner is not None, rows, depth)
        made = _around(tex, "table", [fence, *inside, *([partner] if partner else [])])
        made = replace(made, baseline=fence.centre + _AXIS * size)
        boxes = [*(box for box in boxes if box not in inside and box is not fence and box is not partner), made]
    return boxes


def _rows(boxes: Sequence[Box]) -> list[list[Box]]:
    """The boxes by rows: their full-sized ones have baselines well apart."""
    if not boxes:
        return []
    size = _size(boxes)
    full = sorted((box for box in boxes if box.size > 0.85 * size), key=lambda box: box.baseline)
    lines: list[list[Box]] = []
    for box in full:
        if lines and box.baseline - lines[-1][-1].baseline < _ROW_GAP * size:
            lines[-1].append(box)
        else:
            lines.append([box])
    bases = [sum(box.baseline for box in line) / len(line) for line in lines]
    rows: list[list[Box]] = [[] for _ in lines]
    for box in boxes:
        anchor = box.baseline if box.size > 0.85 * size else box.centre + _AXIS * size
        rows[min(range(len(bases)), key=lambda at: abs(bases[at] - anchor))].append(box)
    return rows


def _table(fence: str, closed: bool, rows: list[list[Box]], depth: int) -> str:
    environment = {"(": "pmatrix", "[": "bmatrix", r"\{": "Bmatrix", "|": "vmatrix", r"\|": "Vmatrix"}.get(
        fence, "matrix"
    )
    cells = [_cells(row) for row in rows]
    if not closed:
        environment = "cases"
    body = r" \\ ".join(" & ".join(_region(cell, [], depth + 1) for cell in row) for row in cells)
    return rf"\begin{{{environment}}}{body}\end{{{environment}}}"


def _cells(row: Sequence[Box]) -> list[list[Box]]:
    """The boxes of a row by columns: those with a wide gap between them."""
    cells: list[list[Box]] = []
    reach = float("-inf")
    for box in sorted(row, key=lambda box: box.left):
        if cells and box.left - reach < 0.85 * _size(row):
            cells[-1].append(box)
        else:
            cells.append([box])
        reach = max(reach, box.right)
    return cells


# Accents, limits, the line


def _accented(boxes: list[Box]) -> list[Box]:
    """Accents joined to what they stand over."""
    for accent in [box for box in boxes if box.name in _ACCENTS]:
        rest = [box for box in boxes if box is not accent]
        under = [
            box for box in rest
            if box.name not in _ACCENTS and box.centre > accent.centre and box.left - 0.25 * accent.size < accent.middle
            < box.right + 0.25 * accent.size and box.top - accent.bottom < 0.5 * accent.size
        ]  # fmt: skip
        if not under:
            boxes = rest
            continue
        wide = accent.right - accent.left > 0.8 * accent.size
        base = min(under, key=lambda box: abs(box.middle - accent.middle) + max(box.top - accent.bottom, 0))
        parts = [box for box in under if accent.left < box.middle < accent.right] if wide else [base]
        parts = parts or [base]
        inner = _line(parts, _DEEPEST) if len(parts) > 1 else _tex(base)
        made = _around(rf"{accent.name}{{{inner}}}", "accented", parts)
        boxes = [*(box for box in rest if box not in parts), replace(made, top=min(made.top, accent.top))]
    return boxes


def _stacked(boxes: list[Box]) -> list[Box]:
    """Signs that TeX puts together of one over the other."""
    for upper, lower, name in _STACKED:
        for sign in [box for box in boxes if box.name == upper]:
            under = next(
                (box for box in boxes if box.name == lower and abs(box.middle - sign.middle) < 0.2 * sign.size
                 and 0 < box.baseline - sign.baseline < sign.size), None,
            )  # fmt: skip
            if under is not None:
                made = replace(_around(name, name, [sign, under]), baseline=under.baseline)
                boxes = [*(box for box in boxes if box is not sign and box is not under), made]
    return boxes


def _arrowed(boxes: list[Box], depth: int) -> list[Box]:
    """Long arrows over what is below them. TeX draws their shafts with minus signs."""
    for arrow in [box for box in boxes if box.name in _OVER_ARROWS]:
        shaft, growing = [arrow], True
        while growing:
            left, right = min(box.left for box in shaft), max(box.right for box in shaft)
            more = [
                box for box in boxes
                if box.name == "-" and box not in shaft and abs(box.baseline - arrow.baseline) < 0.15 * arrow.size
                and left - 0.1 * arrow.size < box.right and box.left < right + 0.1 * arrow.size
            ]  # fmt: skip
            shaft += more
            growing = bool(more)
        under = [
            box for box in boxes
            if box not in shaft and left - 0.1 * arrow.size < box.middle < right + 0.1 * arrow.size
            and 0.3 * arrow.size < box.baseline - arrow.baseline < 1.8 * arrow.size
        ]  # fmt: skip
        if not under or any(box.name in _LARGE for box in under):
            continue
        tex = rf"{_OVER_ARROWS[arrow.name]}{{{_line(_accented(under), depth + 1)}}}"
        made = _around(tex, "accented", under)
        boxes = [*(box for box in boxes if box not in shaft and box not in under), replace(made, top=arrow.top)]
    return boxes


def _limited(boxes: list[Box], depth: int) -> list[Box]:
    """Large signs, and words like lim, with what stands over and under them."""
    boxes = _named(boxes)
    for sign in [box for box in boxes if box.name in _LARGE or box.name in _WITH_LIMITS or box.name in _SIDE]:
        slack = 0.15 * sign.size
        rest = [box for box in boxes if box is not sign]
        near = [
            box
            for box in rest
            if box.size < 0.85 * sign.size and sign.left - 1.5 * sign.size < box.middle < sign.right + 1.5 * sign.size
        ]
        below = _column(
            sign, [box for box in near if box.top > sign.bottom - slack and box.top - sign.bottom < sign.size]
        )
        above = _column(
            sign, [box for box in near if box.bottom < sign.top + slack and sign.top - box.bottom < sign.size]
        )
        if not below and not above:
            continue
        tex = sign.tex
        if sign.name in _SIDE:
            tex += r"\limits"
        tex += f"_{{{_region(below, [], depth + 1)}}}" if below else ""
        tex += f"^{{{_region(above, [], depth + 1)}}}" if above else ""
        made = replace(sign, tex=tex, name="limited", left=min(box.left for box in (sign, *below, *above)),
                       right=max(box.right for box in (sign, *below, *above)))  # fmt: skip
        boxes = [*(box for box in rest if box not in below and box not in above), made]
    return boxes


def _column(sign: Box, boxes: list[Box]) -> list[Box]:
    """Those of the boxes that hang together around the middle of the sign."""
    kept = [box for box in boxes if sign.left - 0.1 * sign.size < box.middle < sign.right + 0.1 * sign.size]
    growing = bool(kept)
    while growing:
        left, right = min(box.left for box in kept), max(box.right for box in kept)
        more = [
            box for box in boxes
            if box not in kept and left - 0.45 * sign.size < box.right and box.left < right + 0.45 * sign.size
        ]  # fmt: skip
        kept += more
        growing = bool(more)
    return kept


def _named(boxes: list[Box]) -> list[Box]:
    """Upright letters that stand close together, as one word."""
    found: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.left):
        if not box.name.startswith("rm:"):
            found.append(box)
            continue
        at = next((at for at in reversed(range(len(found))) if _goes_on(found[at], box)), None)
        if at is None:
            found.append(replace(box, tex=box.name[3:], name=f"word:{box.name[3:]}"))
        else:
            word = found[at]
            found[at] = _around(word.tex + box.name[3:], word.name + box.name[3:], [word, box])
    return [_word(box) if box.name.startswith("word:") else box for box in found]


def _goes_on(word: Box, letter: Box) -> bool:
    """Whether a letter stands close behind a word."""
    level = (
        abs(word.baseline - letter.baseline) < 0.1 * letter.size and abs(word.size - letter.size) < 0.2 * letter.size
    )
    return word.name.startswith("word:") and level and -0.2 < (letter.left - word.right) / letter.size < 0.14


def _word(box: Box) -> Box:
    word = box.tex
    if word in _FUNCTIONS:
        return replace(box, tex=f"\\{word}", name=word if word in _WITH_LIMITS else "function")
    return replace(box, tex=rf"\mathrm{{{word}}}", name=word if word in _WITH_LIMITS else "word")


def _line(boxes: list[Box], depth: int) -> str:
    """Boxes from left to right: those on the line, and as scripts what is above or below it and smaller."""
    if not boxes:
        return ""
    boxes = sorted(boxes, key=lambda box: box.left)
    size = _size(boxes)
    base = _baseline([box for box in boxes if box.size > 0.85 * size])
    out: list[str] = []
    scripts: dict[str, list[Box]] = {"^": [], "_": []}

    def close() -> None:
        for sign, parts in scripts.items():
            if parts:
                if not out:
                    out.append("{}")
                primes = sign == "^" and all(box.name == "'" for box in parts)
                out.append("'" * len(parts) if primes else f"{sign}{{{_region(parts, [], depth + 1)}}}")
                parts.clear()

    for box in boxes:
        place = _place(box, base, size)
        if place and depth < _DEEPEST:
            scripts[place].append(box)
            continue
        close()
        out.append(_tex(box))
    close()
    return " ".join(_dotted(out))


def _dotted(parts: Sequence[str]) -> list[str]:
    """Three dots in a row as one sign."""
    found: list[str] = []
    for part in parts:
        found.append(part)
        if part in _DOTS and found[-3:] == [part] * 3:
            found[-3:] = [_DOTS[part]]
    return found


def _place(box: Box, base: float, size: float) -> str:
    """Whether a box is a superscript (^) or subscript (_) of a line, or stands on it (empty)."""
    if box.name == "'":
        return "^"
    off = base - box.baseline
    if box.name in (r"\frac", "table") or box.name in _OPENING or box.name in _CLOSING.values():
        off = base - _AXIS * size - box.centre if box.name not in (r"\frac",) else off
        if box.size > 0.85 * size or abs(off) < 0.25 * size:
            return ""
    if abs(off) < _LEVEL * box.size or box.name in _LARGE or box.name in _SIDE or box.name == "limited":
        return ""
    return "^" if off > 0 else "_"


def _tex(box: Box) -> str:
    """A box as TeX: the letter of another alphabet in its command."""
    alphabet, colon, letter = box.tex.partition(":")
    if colon and alphabet in _ALPHABETS and box.tex == box.name:
        return rf"{_ALPHABETS[alphabet]}{{{letter}}}"
    if box.name.startswith(r"\not") and box.tex == box.name and len(box.tex) > 4:
        return (
            {"=": r"\ne", r"\in": r"\notin"}.get(box.tex[4:], rf"\not{box.tex[4:]}")
            if not box.tex[4:].isalpha()
            else box.tex
        )
    return _SAME.get(box.tex, box.tex)


def _around(tex: str, name: str, parts: Sequence[Box]) -> Box:
    """A box around others."""
    return Box(
        tex, name, min(box.left for box in parts), min(box.top for box in parts), max(box.right for box in parts),
        max(box.bottom for box in parts), _baseline(parts), max(box.size for box in parts),
    )  # fmt: skip


def _size(boxes: Sequence[Box]) -> float:
    """The font size of a region: its largest that is not an exception."""
    sizes = sorted(box.size for box in boxes)
    return sizes[-1 - len(sizes) // 20] if sizes else 1.0


def _baseline(boxes: Sequence[Box]) -> float:
    """The line on which most of the boxes stand."""
    lines = sorted(box.baseline for box in boxes)
    return lines[len(lines) // 2] if lines else 0.0
