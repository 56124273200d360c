r"""The AST: what every reader makes and every writer spends.

A closed union of seventeen frozen dataclasses. Equality and hash ignore the span, so that two readings of the same
formula compare equal wherever they stood. Fonts live on the leaves (`\mathbf{x+1}` is a bold x, a plus, a bold 1);
braces that group several things are a nested `Row`, braces around one thing vanish.

A writer is one `match` over the union that ends in `assert_never`, so a new node type breaks the type check of each
writer until it is handled there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, assert_never

from .source import Span

Font: TypeAlias = Literal[
    "", "rm", "it", "bf", "bi", "cal", "bfcal", "scr", "bfscr", "frak", "bffrak", "bb", "sf", "sfbf", "sfit", "sfbi",
    "tt",
]  # fmt: skip
"""The alphabets of unicode-math; "" is the default (letters italic, digits upright)."""

AtomClass: TypeAlias = Literal["ord", "op", "bin", "rel", "open", "close", "punct", "inner"]
"""TeX's classes of atoms (TeXbook, chapter 17). `int` and other table classes map onto these."""

Limits: TypeAlias = Literal["auto", "limits", "nolimits"]
FracStyle: TypeAlias = Literal["auto", "display", "text", "continued", "slashed"]
TableKind: TypeAlias = Literal[
    "matrix", "small", "array", "cases", "rcases", "aligned", "gathered", "lines", "substack", "cd"
]
StyledKind: TypeAlias = Literal["style", "size", "color", "background", "class", "link", "attribute"]
EnclosedKind: TypeAlias = Literal[
    "box", "cancel", "bcancel", "xcancel", "strike", "phantom", "hphantom", "vphantom", "smash",
    "llap", "rlap", "clap", "raise", "circle", "angle", "longdiv", "tag",
]  # fmt: skip


def _span() -> Span | None:
    return field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Num:
    """A number as written: ``3``, ``3.14``, ``.5``; ``1,000`` where TeX had ``1{,}000``."""

    text: str
    font: Font = ""
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Ident:
    r"""A letter (``x``, ``α``, ``ℏ``) or a word set as one (``eff`` from ``\mathrm{eff}``)."""

    text: str
    font: Font = ""
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Sym:
    r"""A symbol by its character: ``+``, ``≤``, ``∑``, ``(``, ``∞``.

    `cls` is the class TeX gives it where it stands alone (``{=}`` and ``\mathord=`` make it "ord").
    `size` is 0, or 1 to 4 for ``\big`` to ``\Bigg``, or -1 for a delimiter that stretches (``\middle``).
    `font` is "bi" under ``\boldsymbol`` and otherwise "".
    """

    text: str
    cls: AtomClass = "ord"
    font: Font = ""
    size: int = 0
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Operator:
    r"""A named operator: ``sin``, ``lim``, ``\operatorname{Spec}``; `limits` puts scripts above and below it."""

    name: str
    limits: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Text:
    r"""Words inside a formula: ``\text{if }``. White space counts. Formulas inside text are siblings in a `Row`."""

    text: str
    font: Font = ""
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Space:
    r"""A space of `mu` math units (18 mu = 1 em); ``\,`` is 3, ``\!`` is -3. `newline` is ``\\`` outside a table."""

    mu: float
    newline: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Row:
    """Things side by side; empty for an empty group."""

    items: tuple[Node, ...] = ()
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Frac:
    r"""A fraction; without `bar` the inside of a binomial (``\binom`` is a `Fence` around it) or ``\atop``."""

    num: Node
    den: Node
    bar: bool = True
    style: FracStyle = "auto"
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Root:
    """A square root, or the root given by `index`."""

    radicand: Node
    index: Node | None = None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Script:
    """Sub- and superscript. Primes are ``′`` symbols in `sup`. The base is an empty `Row` where there is none."""

    base: Node
    sub: Node | None = None
    sup: Node | None = None
    limits: Limits = "auto"
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Stack:
    r"""Something set over or under a base: ``\overset``, ``\stackrel``; `stretch` is the ``\xrightarrow`` family."""

    base: Node
    over: Node | None = None
    under: Node | None = None
    stretch: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Accent:
    """A mark over or under the base; `mark` is the name of a row of class accent, wide or under in symbols.tsv."""

    base: Node
    mark: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Fence:
    r"""``\left … \right``: delimiters that grow with the body, each a character or "" for the invisible one."""

    open: str
    body: Node
    close: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and columns: matrices, cases, arrays, alignments.

    `columns` holds one of "l", "c", "r" per column and "|" or ":" for vertical rules, as in TeX's array; it may be
    empty (each kind has its own default) or shorter than the rows are wide.
    `rules` holds "", "-", "=" or ":" for above the first row, between rows, and below the last one; or is empty.
    """

    kind: TableKind
    rows: tuple[tuple[Node, ...], ...]
    columns: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Styled:
    r"""What changes the looks but not the meaning: style, size, colour, class of atom, link, HTML attribute.

    `value`: "display", "text", "script", "scriptscript"; a size as ``large``; a colour as ``#rrggbb`` or a name;
    an atom class; a URL; ``class=x``.
    """

    body: Node
    kind: StyledKind
    value: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Enclosed:
    r"""What is drawn around, through or instead of the body: box, cancel, phantom, overlap, equation tag."""

    body: Node
    kind: EnclosedKind
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Unknown:
    r"""Source kept word for word, because nothing here knows it: ``\foo{x}``. `language` names its notation."""

    text: str
    language: str = "tex"
    span: Span | None = _span()


Node: TypeAlias = (
    Num | Ident | Sym | Operator | Text | Space | Row | Frac | Root | Script | Stack | Accent | Fence | Table
    | Styled | Enclosed | Unknown
)  # fmt: skip

EMPTY = Row()


def children(node: Node) -> tuple[Node, ...]:
    """The direct children, in the order in which they are written."""
    match node:
        case Num() | Ident() | Sym() | Operator() | Text() | Space() | Unknown():
            return ()
        case Row(items):
            return items
        case Frac(num, den):
            return (num, den)
        case Root(radicand, index):
            return (radicand,) if index is None else (index, radicand)
        case Script(base, sub, sup):
            return (base, *(part for part in (sub, sup) if part is not None))
        case Stack(base, over, under):
            return (base, *(part for part in (over, under) if part is not None))
        case Accent(base):
            return (base,)
        case Fence(_, body, _):
            return (body,)
        case Styled(body) | Enclosed(body):
            return (body,)
        case Table(_, rows):
            return tuple(cell for row in rows for cell in row)
    assert_never(node)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first, left to right; needs no recursion."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def map_children(node: Node, change: Callable[[Node], Node]) -> Node:
    """The same node with `change` applied to each direct child; leaves come back as they are."""
    match node:
        case Num() | Ident() | Sym() | Operator() | Text() | Space() | Unknown():
            return node
        case Row(items):
            return Row(tuple(map(change, items)), span=node.span)
        case Frac(num, den, bar, style):
            return Frac(change(num), change(den), bar, style, span=node.span)
        case Root(radicand, index):
            return Root(change(radicand), None if index is None else change(index), span=node.span)
        case Script(base, sub, sup, limits):
            sub, sup = (None if part is None else change(part) for part in (sub, sup))
            return Script(change(base), sub, sup, limits, span=node.span)
        case Stack(base, over, under, stretch):
            over, under = (None if part is None else change(part) for part in (over, under))
            return Stack(change(base), over, under, stretch, span=node.span)
        case Accent(base, mark):
            return Accent(change(base), mark, span=node.span)
        case Fence(opening, body, closing):
            return Fence(opening, change(body), closing, span=node.span)
        case Table(kind, rows, columns, rules):
            return Table(kind, tuple(tuple(map(change, row)) for row in rows), columns, rules, span=node.span)
        case Styled(body, kind, value):
            return Styled(change(body), kind, value, span=node.span)
        case Enclosed(body, kind):
            return Enclosed(change(body), kind, span=node.span)
    assert_never(node)


def replace(node: Node, **changes: object) -> Node:
    """The node with some fields changed."""
    return dataclasses.replace(node, **changes)  # type: ignore[arg-type]


def row(items: Sequence[Node], span: Span | None = None) -> Node:
    """The items as one node: the item itself where there is just one, else a `Row`."""
    return items[0] if len(items) == 1 else Row(tuple(items), span=span)


def items_of(node: Node) -> tuple[Node, ...]:
    """The inverse of `row`: the items of a `Row`, or the node alone."""
    return node.items if isinstance(node, Row) else (node,)
