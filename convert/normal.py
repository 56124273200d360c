r"""The normal form: what "the same formula" means to tests, deduplication, verification and scoring.

It keeps what is said and drops how it is laid out. Gone are spaces, sizes of delimiters, styles, colours, links, tags,
phantoms, the class and limits given by hand, column letters and rules of tables. One spelling is left where TeX has
several: `\left( … \right)` becomes the plain brackets, `{x_i}^2` is `x_i^2`, `\widehat x` is `\hat x`, `\overset` on an
operator is a limit, `\mathrm{sin}` is `\sin`, `\leqslant` is `\le`, long arrows are short, aligned lines are lines.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import assert_never

from . import alphabets, symbols
from .atoms import atom_class, default_class
from .nodes import (
    EMPTY,
    Accent,
    Enclosed,
    Fence,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Stack,
    Styled,
    Sym,
    Table,
    Text,
    Unknown,
    items_of,
    replace,
    row,
)
from .source import Span

_SAME = {
    "∣": "|", "⋯": "…", "⟺": "⇔", "⟹": "⇒", "⟸": "⇐", "⟶": "→", "⟵": "←", "⟷": "↔", "⟼": "↦", "⩽": "≤", "⩾": "≥",
    "≦": "≤", "≧": "≥", "·": "⋅", "*": "∗", "-": "−",
}  # fmt: skip
"""Characters that differ in looks only."""
_SEVERAL = {"″": "′′", "‴": "′′′", "⁗": "′′′′", "≔": ":="}
_NARROW = {"widehat": "hat", "widetilde": "tilde", "widecheck": "check", "overline": "bar", "overrightarrow": "vec"}
_WIDE = {narrow: wide for wide, narrow in _NARROW.items()}
_LINES = frozenset({"aligned", "gathered", "lines", "substack"})
_INVISIBLE = frozenset({"phantom", "hphantom", "vphantom", "tag"})
_LAYOUT = frozenset({"smash", "llap", "rlap", "clap", "raise"})


def normal(node: Node) -> Node:
    """The normal form. Idempotent; spans are kept where a node survives, and what has none in a row has the row's."""
    return row(_items(node), node.span)


def fingerprint(node: Node) -> str:
    """Sixteen hexadecimal digits that two formulas share if their normal forms are equal, in every process.

    >>> from .readers.tex import read
    >>> from .source import Source
    >>> fingerprint(read(Source("x^{2}"), losses=[])) == fingerprint(read(Source("{x}^2"), losses=[]))
    True
    """
    # Spans are no part of the representation, as they are none of equality.
    return hashlib.sha256(repr(normal(node)).encode()).hexdigest()[:16]


def equal(first: Node, second: Node) -> bool:
    """Whether two formulas are the same but for their layout."""
    return normal(first) == normal(second)


def _items(node: Node) -> list[Node]:
    """The normal form as the items of a row."""
    match node:
        case Num() | Unknown():
            return [node]
        case Ident(text, font):
            known = font == "rm" and len(text) > 1 and _is_operator(text)
            return [Operator(text, span=node.span)] if known else [node]
        case Sym():
            return _symbol(node)
        case Operator(name):
            return [Operator(name, span=node.span)]
        case Text(text, font):
            text = " ".join(text.split())
            return [Text(text, font, span=node.span)] if text else []
        case Space():
            return []
        case Row(items):
            return _join([_placed(part, node.span) for item in items for part in _items(item)])
        case Frac(num, den, bar):
            return [Frac(normal(num), normal(den), bar, span=node.span)]
        case Root(radicand, index):
            index = None if index is None else normal(index)
            return [Root(normal(radicand), None if index in (Num("2"), EMPTY) else index, span=node.span)]
        case Script():
            return _script(node)
        case Stack():
            return _stack(node)
        case Accent(base, mark):
            base = normal(base)
            mark = _NARROW.get(mark, mark) if _is_single(base) else _WIDE.get(mark, mark)
            return [Accent(base, mark, span=node.span)]
        case Fence(opening, body, closing):
            left, right = _delimiter_spans(node.span, items_of(body))
            return _join([*_delimiter(opening, left), *_items(body), *_delimiter(closing, right)])
        case Table():
            return _table(node)
        case Styled(body):
            return _items(body)
        case Enclosed(body, kind):
            if kind in _INVISIBLE:
                return []
            return _items(body) if kind in _LAYOUT else [Enclosed(normal(body), kind, span=node.span)]
    assert_never(node)


@cache
def _is_operator(name: str) -> bool:
    return symbols.by_char(name, "fn") is not None or symbols.by_char(name, "fnlim") is not None


def _symbol(node: Sym) -> list[Node]:
    font = node.font if alphabets.styled(node.text, "bi") else ""
    if node.text in _SEVERAL:
        return [Sym(char, default_class(char), font, span=node.span) for char in _SEVERAL[node.text]]
    text = _SAME.get(node.text, node.text)
    return [Sym(text, default_class(text), font, span=node.span)]


def _delimiter(char: str, span: Span | None) -> list[Node]:
    return _symbol(Sym(char, span=span)) if char else []


def _delimiter_spans(whole: Span | None, body: tuple[Node, ...]) -> tuple[Span | None, Span | None]:
    """Where the delimiters around a body stand: all of the whole before it, and all behind it."""
    inner = _around(body[0], body[-1]) if body else None
    if whole is None or inner is None:
        return whole, whole
    return (whole[0], inner[0]), (inner[1], whole[1])


def _is_single(node: Node) -> bool:
    return isinstance(node, Sym | Num) or (isinstance(node, Ident) and len(node.text) == 1)


def _join(items: list[Node]) -> list[Node]:
    """Joins neighbouring digits, and neighbouring texts of one font."""
    joined: list[Node] = []
    for item in items:
        last = joined[-1] if joined else None
        if isinstance(item, Num) and isinstance(last, Num) and item.font == last.font:
            joined[-1] = Num(last.text + item.text, item.font, span=_around(last, item))
        elif isinstance(item, Text) and isinstance(last, Text) and item.font == last.font:
            joined[-1] = Text(f"{last.text} {item.text}", item.font, span=_around(last, item))
        else:
            joined.append(item)
    return joined


def _placed(part: Node, span: Span | None) -> Node:
    return part if part.span is not None or span is None else replace(part, span=span)


def _around(first: Node, last: Node) -> Span | None:
    """From the beginning of one to the end of the other; what has no span counts for nothing."""
    if first.span is None or last.span is None:
        return first.span or last.span
    return min(first.span[0], last.span[0]), max(first.span[1], last.span[1])


def _script(node: Script) -> list[Node]:
    sub, sup = (None if part is None else normal(part) for part in (node.sub, node.sup))
    sub, sup = (None if part == EMPTY else part for part in (sub, sup))
    items = _items(node.base)
    if sub is None and sup is None:
        return items
    closing = isinstance(node.base, Fence) and bool(node.base.close)
    if items and (len(items) == 1 or closing or _is_bracketed(items)):
        return [*items[:-1], _with_scripts(items[-1], sub, sup, node)]
    if isinstance(node.base, Fence):
        return [*items, Script(EMPTY, sub, sup, span=node.span)]
    return [Script(row(items, node.base.span), sub, sup, span=node.span)]


def _is_bracketed(items: list[Node]) -> bool:
    """`(…)` as a whole: the last bracket closes the first."""
    depth = 0
    for index, item in enumerate(items):
        if isinstance(item, Sym):
            depth += (item.cls == "open") - (item.cls == "close")
        if depth == 0:
            return index > 0 and index == len(items) - 1
    return False


def _with_scripts(base: Node, sub: Node | None, sup: Node | None, origin: Node) -> Node:
    """Scripts on a base that may have some: joined where that changes nothing, so `{x_i}^2` is `x_i^2`."""
    if isinstance(base, Script):
        free_sub = base.sub is None or sub is None
        primes = base.sup is not None and all(part == Sym("′") for part in items_of(base.sup))
        if free_sub and (base.sup is None or sup is None or primes):
            if sup is not None and base.sup is not None:
                sup = row([*items_of(base.sup), *items_of(sup)], _around(base.sup, sup))
            sup = base.sup if sup is None else sup
            return Script(base.base, base.sub if sub is None else sub, sup, span=origin.span)
    return Script(base, sub, sup, span=origin.span)


def _stack(node: Stack) -> list[Node]:
    base = normal(node.base)
    over, under = (None if part is None else normal(part) for part in (node.over, node.under))
    over, under = (None if part == EMPTY else part for part in (over, under))
    if over is None and under is None:
        return list(items_of(base))
    if atom_class(base) == "op":
        return [_with_scripts(base, under, over, node)]
    if isinstance(base, Stack) and (base.over is None or over is None) and (base.under is None or under is None):
        over, under = over or base.over, under or base.under
        base = base.base
    return [Stack(base, over, under, span=node.span)]


def _table(node: Table) -> list[Node]:
    lines = node.kind in _LINES
    rows: list[tuple[Node, ...]] = []
    for cells in node.rows:
        kept = [normal(cell) for cell in cells]
        if lines:
            items = _join([item for cell in kept for item in items_of(cell)])
            kept = [row(items, _around(items[0], items[-1]) if items else None)]
        while len(kept) > 1 and kept[-1] == EMPTY:
            kept.pop()
        rows.append(tuple(kept))
    while rows and all(cell == EMPTY for cell in rows[-1]):
        rows.pop()
    if lines and len(rows) <= 1:
        return list(items_of(rows[0][0])) if rows else []
    if node.kind == "cd":
        return [Table("cd", tuple(rows), span=node.span)]
    table = Table("gathered" if lines else "matrix", tuple(rows), span=node.span)
    match node.kind:
        case "cases":
            return [*_delimiter("{", node.span), table]
        case "rcases":
            return [table, *_delimiter("}", node.span)]
        case _:
            return [table]
