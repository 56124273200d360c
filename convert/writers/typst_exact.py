r"""AST → markup that Typst sets as TeX does: for pictures, not for reading.

Each space between atoms is TeX's (TeXbook, page 170): where Typst's classes would give another, or are not known, the
space is written out. Delimiters, tables, struts and boxes have TeX's sizes. The markup needs the definitions of
`prelude`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, Literal, assert_never

from ..atoms import atom_class, settle
from ..errors import Losses, UnsupportedError
from ..nodes import (
    EMPTY,
    Accent,
    AtomClass,
    Enclosed,
    Fence,
    Frac,
    Ident,
    Node,
    Num,
    Row,
    Script,
    Space,
    Stack,
    Styled,
    Sym,
    Table,
    items_of,
)
from .typst import (
    BIG,
    NARROW,
    SPACED,
    STYLES,
    TOO_DEEP,
    Level,
    Native,
    Writer,
    aligned,
    columns_of,
    glue,
    native_ends,
    script_level,
    space_markup,
    symbol_markup,
)

_DEFINITIONS: Final = {
    "measured": """\
#let measured(body, draw) = {
  h(0em)
  context {
    let size = measure(math.equation(body))
    let whole = measure(math.equation({ box(height: 99pt); h(0em); body }))
    draw(size.width, size.height, whole.height - 99pt)
  }
  h(0em)
}""",
    "nil": "#let nil = h(0em)",
    "strut": "#let strut = { box(height: 1.2em, baseline: .36em); h(0em) }",
    "tall": "#let tall = { box(height: 1.44em, baseline: .432em); h(0em) }",
    "tab": """\
#let tab(gap: 0em, cols: 1em, ..args) = math.mat(delim: none, row-gap: gap, column-gap: cols, ..args)""",
    "fence": "#let fence(..args) = math.lr(size: 98% + .1em, ..args)",
    "xarrow": "#let xarrow(body) = math.limits(math.stretch(body, size: 100% + .9em))",
    "framed": """\
#let framed(body, ..style) = { h(0em); box(inset: .3em, ..style, math.equation(body)); h(0em) }""",
    "ldots": '#let ldots = math.class("normal", $. thin . thin .$)',
    "cdots": '#let cdots = math.class("normal", $dot.op thin dot.op thin dot.op$)',
    "overlapped": """\
#let overlapped(body, left, right) = measured(body, (w, h, d) => { std.h(left * w); body; std.h(right * w) })""",
    "smashed": """\
#let smashed(body) = measured(body, (w, h, d) => box(
  width: w, height: 0em, place(top + left, dy: d - h, math.equation(body))))""",
    "overarrow": """\
#let overarrow(body, mark) = measured(body, (w, h, d) => math.accent(
  { box(height: h - d + .1em); std.h(0em); body }, mark))""",
    "phantom": "#let phantom(body) = hide(math.equation(body))",
    "hphantom": "#let hphantom(body) = measured(body, (w, h, d) => std.h(w))",
    "vphantom": "#let vphantom(body) = measured(body, (w, h, d) => box(width: 0em, height: h, baseline: d))",
}
_MEASURING: Final = frozenset(("overlapped", "smashed", "overarrow", "hphantom", "vphantom"))

_CLASSES: Final[tuple[AtomClass, ...]] = ("ord", "op", "bin", "rel", "open", "close", "punct", "inner")
# TeXbook, page 170: mu between atoms; those in parentheses there, here "t", "m", "k", are left out in scripts.
_TEXBOOK: Final = (
    "01mk000t",
    "11-k000t",
    "mm--m--m",
    "kk-0k00k",
    "00-00000",
    "01mk000t",
    "tt-ttttt",
    "t1mkt0tt",
)
_MU: Final = {"0": 0, "1": 3, "t": 3, "m": 4, "k": 5, "-": 0}
_MAX_MEASURED: Final = 3
_ARROWS: Final = {
    "overrightarrow": "arrow.r", "overleftarrow": "arrow.l", "overleftrightarrow": "arrow.l.r",
    "overrightharpoon": "harpoon.rt", "overleftharpoon": "harpoon.lt",
}  # fmt: skip
_WIDE: Final = frozenset(("widehat", "widetilde", "widecheck"))
_UPRIGHT: Final = frozenset("↑↓⇑⇓‖|")
"""The arrows and lines of a commutative diagram that stand between its rows."""
_DOTS: Final = {"…": "ldots", "⋯": "cdots"}


def exact(node: Node, *, losses: Losses, display: bool = True) -> str:
    """The formula as markup that Typst sets as TeX does, without dollar signs; `prelude` has what it needs.

    A display is to stand between dollar signs with blanks inside, as Typst wants it.
    """
    try:
        return ExactWriter(losses).node(node, 0 if display else 1)
    except RecursionError:
        raise UnsupportedError(TOO_DEEP) from None


def prelude(markup: str) -> str:
    """The definitions that `exact` markup stands on; they suppose text whose top and bottom edge is "bounds"."""
    used = [name for name in _DEFINITIONS if name in markup]
    if not _MEASURING.isdisjoint(used):
        used.insert(0, "measured")
    return "".join(_DEFINITIONS[name] + "\n" for name in used)


def _tex_space(before: AtomClass, after: AtomClass, script: bool) -> int:
    code = _TEXBOOK[_CLASSES.index(before)][_CLASSES.index(after)]
    return 0 if script and code in "tmk" else _MU[code]


def _typst_space(before: Native, after: Native, script: bool) -> int:
    """What Typst puts between two pieces, in mu (its `spacing` in the mathematics of 0.15)."""
    if after == "punct":
        return 0
    if before == "punct" and not script:
        return 3
    if before == "open" or after == "close" or before == after == "rel":
        return 0
    if "rel" in (before, after) and not script:
        return 5
    if "bin" in (before, after) and not script:
        return 4
    if before == "op" and after in ("open", "fence"):
        return 0
    return 3 if "op" in (before, after) else 0


@cache
def _joint(before: AtomClass, after: AtomClass, left: Native, right: Native, script: bool) -> tuple[str | None, Native]:
    """What to write between two pieces so that Typst leaves TeX's space, None where it does so by itself.

    The second result is how Typst spaces the second piece then.
    """
    wanted = _tex_space(before, after, script)
    settled: Native = right
    if right == "vary" and left in ("ord", "close", "fence", "text"):
        settled = "bin"
    if left is None or right is None or _typst_space(left, settled, script) != wanted:
        return (space_markup(wanted) if wanted else "nil"), right
    return None, settled


class ExactWriter(Writer):
    """Writes for the picture: TeX's spaces, sizes and struts."""

    def __init__(self, losses: Losses) -> None:
        super().__init__(losses)
        self.in_call = True  # An escaped comma is right everywhere.
        self.measured = 0
        self.in_diagram = 0

    def symbol(self, node: Sym, level: Level) -> str:
        text = node.text
        if level < 2 and text in _DOTS:
            return _DOTS[text]  # In TeX these are three marks of punctuation with thin spaces, except in scripts.
        markup = "\\" + text if text in (",", ";", ":", "|") else symbol_markup(text)
        if text == "∅":
            markup = "∅\ufe00"  # New Computer Modern's zero with a stroke, as `\\emptyset` is in TeX.
        if node.font:
            markup = f"bold({markup})"
        if self.in_diagram and text in _UPRIGHT:
            return f"lr(size: #{BIG[2]}em, {markup})"
        if node.size == 0:
            return markup
        return f"mid({markup})" if node.size < 0 else f"lr(size: #{BIG[node.size]}em, {markup})"

    # Rows

    def row(self, items: Sequence[Node], level: Level, previous: AtomClass | None = None) -> str:
        """Items side by side, with TeX's spaces; `previous` is the class of an atom that stands before them unseen."""
        script = level > 1
        before, left = previous, None
        markup, last = "", ""
        explicit: float | None = None
        for item, cls in zip(items, settle(items), strict=True):
            if isinstance(item, Space):
                if item.newline:
                    markup += " \\ "
                    before = left = explicit = None
                    last = ""
                else:
                    explicit = item.mu + (explicit or 0)
                continue
            right, end = native_ends(item)
            # e-TeX sets what is on the left of \middle as before a closing delimiter, what is on its right as after an
            # opening one.
            middle = isinstance(item, Sym) and item.size < 0
            after: AtomClass = "close" if middle else cls
            piece = self.node(item, level)
            if before is None:
                markup += "" if explicit is None else space_markup(explicit) + " "
            elif explicit is not None:
                markup += f" {space_markup(explicit + _tex_space(before, after, script))} "
            else:
                joint, settled = _joint(before, after, left, right, script)
                if joint is not None:
                    markup += f" {joint} "
                else:
                    markup += glue(last, piece, "nil") if last and (left in SPACED or right in SPACED) else " "
                if end == "vary":
                    end = settled
            markup += piece
            before, left, explicit, last = ("open" if middle else cls), end, None, piece
        if explicit is not None:
            markup += " " + space_markup(explicit)
        return markup or '""'

    # Scripts

    def script(self, node: Script, level: Level) -> str:
        base = node.base
        if isinstance(base, Sym | Styled) and atom_class(base) == "op" and native_ends(base)[0] != "op":
            limits = node.limits == "limits" or node.limits == "auto" and level == 0
            return self.attached(f"{'limits' if limits else 'scripts'}({self.node(base, level)})", node, level)
        return super().script(node, level)

    def attach(self, base: str, node: Script, level: Level) -> str:
        # Typst would merge the scripts of `attach(x_1, t: 2)`, TeX sets the second after the first.
        return super().attach(base + " nil" if isinstance(node.base, Script) else base, node, level)

    # Compounds

    def fraction(self, node: Frac, level: Level) -> str:
        style = {"display": 0, "continued": 0, "text": 1}.get(node.style, level)
        inner = min(style + 1, 3)
        num, den = self.node(node.num, inner), self.node(node.den, inner)
        if not node.bar:
            cell = STYLES[inner]
            return f"tab(gap: #.2em, {cell}({num}) ; {cell}({den}))"
        if node.style == "slashed":
            return f'frac({num}, {den}, style: "skewed")'
        markup = f"frac({'strut ' if node.style == 'continued' else ''}{num}, {den})"
        return markup if style == level else f"{STYLES[style]}({markup})"

    def fence(self, node: Fence, level: Level) -> str:
        body = node.body
        if isinstance(body, Frac) and not body.bar and (node.open, node.close) == ("(", ")"):
            return super().fence(node, level)
        left = self.delimiter(node.open, "opening") if node.open else "nil"
        right = self.delimiter(node.close, "closing") if node.close else "nil"
        return f"fence({left} {self.node(body, level)} {right})"

    def accent(self, node: Accent, level: Level) -> str:
        if node.mark in _ARROWS and self.may_measure(node):
            return f"overarrow({self.measuring(node.base, level)}, {_ARROWS[node.mark]})"
        markup = super().accent(node, level)
        base = node.base
        if node.mark in _WIDE:
            return f"{markup[:-1]}, size: #(100% + .4em))"  # Typst falls short of the base by half an em.
        if node.mark not in NARROW:
            return markup
        if isinstance(base, Ident) and base.text in ("i", "j"):
            return f"{markup[:-1]}, dotless: #false)"
        # Typst stretches what TeX leaves narrow.
        return markup if isinstance(base, Ident | Num | Sym) else f"{markup[:-1]}, size: #0%)"

    def stack(self, node: Stack, level: Level) -> str:
        base = self.node(node.base, level)
        inner = script_level(level)
        over = "" if node.over is None else "^" + self.grouped(node.over, inner)
        under = "" if node.under is None else "_" + self.grouped(node.under, inner)
        if self.in_diagram and node.stretch:
            return f"limits(stretch({base}, size: #(100% + 2em))){over}{under}"
        return f"{'xarrow' if node.stretch else 'limits'}({base}){over}{under}"

    def painted(self, kind: Literal["color", "background"], paint: str, body: Node, level: Level) -> str:
        if kind == "color":
            return super().painted(kind, paint, body, level)
        return f'framed(fill: #rgb("{paint}"), {self.forced(body, level)})'

    def classed(self, value: str, body: Node, level: Level) -> str:
        return self.node(body, level)

    def forced(self, node: Node, level: Level) -> str:
        """The node in a style that holds wherever it is measured or drawn."""
        return f"{STYLES[level]}({self.node(node, level)})"

    def may_measure(self, node: Node) -> bool:
        """Whether to measure the body of a node, which sets it three times over."""
        if self.measured < _MAX_MEASURED:
            return True
        self.lose(node, "a mark, phantom or smash", f"nested more than {_MAX_MEASURED} deep, set without measuring")
        return False

    def measuring(self, node: Node, level: Level) -> str:
        self.measured += 1
        markup = self.forced(node, level)
        self.measured -= 1
        return markup

    def enclosed(self, node: Enclosed, level: Level) -> str:
        return self.boxed(node, level) if node.kind == "clap" else super().enclosed(node, level)

    def boxed(self, node: Enclosed, level: Level) -> str:
        match node.kind:
            case "box":
                return f"framed(stroke: #.04em, {self.forced(node.body, level)})"
            case "circle":
                return f"framed(stroke: #.04em, radius: #50%, {self.forced(node.body, level)})"
            case "angle":
                edges = "stroke: #(top: .04em, right: .04em), inset: #.15em"
                return f"framed({edges}, {self.forced(node.body, level)})"
            case "phantom":
                return f"phantom({self.forced(node.body, level)})"
            case _:
                if not self.may_measure(node):
                    return self.node(node.body, level)
                shifts = {"llap": ", #(-1), #0", "rlap": ", #0, #(-1)", "clap": ", #(-.5), #(-.5)"}.get(node.kind)
                function = "overlapped" if shifts else "smashed" if node.kind == "smash" else node.kind
                return f"{function}({self.measuring(node.body, level)}{shifts or ''})"

    # Tables

    def table(self, node: Table, level: Level) -> str:
        kind = node.kind
        match kind:
            case "matrix":
                return self.grid(node, 1, "strut")
            case "array":
                return self.grid(node, 1, "strut", outer=True)
            case "cd":
                return self.diagram(node)
            case "small":
                return self.grid(node, 2, "", "cols: #.28em")
            case "cases":
                return f"fence(\\{{ {self.grid(node, 1, 'tall')} nil)"
            case "rcases":
                return f"fence(nil {self.grid(node, 1, 'tall')} \\}})"
            case "aligned":
                return self.grid(node, 0, "strut", "gap: #.3em") if node.columns else self.alignment(node)
            case "gathered" | "lines":
                return self.grid(node, 0, "strut", "gap: #.3em")
            case "substack":
                return self.grid(node, level, "", "gap: #.12em")
            case _:
                assert_never(kind)

    def grid(self, node: Table, level: Level, strut: str, *options: str, outer: bool = False) -> str:
        """A table with TeX's distances. With rules, or `outer`, half a column gap stands at both ends as well."""
        sides, verticals = columns_of(node)
        ruled = outer and bool(verticals or any(node.rules))
        augment = self.augment(node, verticals, ".04em") if ruled else ""
        head = [option for option in (*options, "cols: #0em" if ruled else "", augment) if option]
        pad = "#h(.5em) " if ruled else ""
        rows = []
        for row in node.rows:
            cells = [self.cell(cell, level, None) for cell in row] or [""]
            cells = [aligned(f"{pad}{cell} {pad}".strip(), side) for cell, side in zip(cells, sides, strict=False)]
            cells[0] = (
                f"{strut} {cells[0]}"
                if strut and not cells[0].startswith("&")
                else cells[0].replace("&", f"& {strut}", 1)
            )
            rows.append(", ".join(cells) if any(cells) else '""')
        markup = f"tab({''.join(option + ', ' for option in head)}{' ; '.join(rows)})"
        return f"#h(.5em) {markup} #h(.5em)" if outer and not ruled else markup

    def diagram(self, node: Table) -> str:
        """A commutative diagram: long arrows, and those between the rows in the middle of their columns."""
        rows = []
        self.in_diagram += 1
        for row in node.rows:
            cells = []
            for cell in row:
                match cell:
                    case Row((left, Sym() as arrow, right)) if arrow.size < 0:
                        before, after = (self.cell(label, 1, None) for label in (left, right))
                        hidden = (f"phantom({label})" if label else "" for label in (after, before))
                        parts = (next(hidden), before, self.node(arrow, 1), after, next(hidden))
                        cells.append(" ".join(part for part in parts if part))
                    case _:
                        cells.append(self.cell(cell, 1, None))
            rows.append("tall " + ", ".join(cells))
        self.in_diagram -= 1
        return f"tab(gap: #.3em, cols: #.5em, {' ; '.join(rows)})"

    def alignment(self, node: Table) -> str:
        """Columns in pairs, the first of each set to the right, the second to the left of the mark, as after `{}`."""
        rows = []
        for row in node.rows:
            parts = []
            for index, cell in enumerate(row):
                if index % 2:
                    parts.append(" & " + self.cell(cell, 0, "ord"))
                else:
                    parts.append((" & #h(1em) " if index else "strut ") + self.cell(cell, 0, None))
            rows.append("".join(parts))
        # amsmath begins with `\\null\\,`.
        return f"thin tab(gap: #.3em, {' ; '.join(rows)})"

    def cell(self, node: Node, level: Level, previous: AtomClass | None) -> str:
        if node == EMPTY:
            return ""
        return f"{STYLES[level]}({self.row(items_of(node), level, previous)})"
