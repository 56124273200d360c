r"""TeX's stomach: recursive descent over the tokens, dispatched by a table from token to function.

Each function gets the parser, the items of the row so far, what the table knows about the token, the token and its
offset, and appends its node to the items. It takes three Python frames to go one level deeper in the formula, so that
`MAX_DEPTH` is reached, with a clear error, long before Python's own limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ...atoms import atom_class
from ...errors import Loss, Losses, ParseError, UnsupportedError
from ...nodes import (
    EMPTY,
    Font,
    Ident,
    Limits,
    Node,
    Num,
    Row,
    Script,
    Space,
    Styled,
    StyledKind,
    Sym,
    Unknown,
    children,
    map_children,
    replace,
    row,
)
from ...source import Source, Span
from .faces import Face, face
from .tokens import Macro, TokenStack, is_blank, number_text

MAX_DEPTH = 100
"""How deep groups and arguments may nest. Writers need about five Python frames a level."""

Items: TypeAlias = list[Node]
Handler: TypeAlias = "Callable[[Parser, Items, Any, str, int], None]"
Entry: TypeAlias = tuple[Handler, Any]

_BRACE = frozenset({"}", "\\egroup"})
_BRACKET = frozenset("]")
_NOTHING: frozenset[str] = frozenset()
_SCRIPTS = frozenset("^_'")
_PRIMES = frozenset("'’")
_NOT_AN_ARGUMENT = frozenset({"}", "^", "_", "&", "\\\\", "\\cr", "\\right", "\\end"})
_CLASSED = frozenset({"op", "bin", "rel", "open", "close", "punct", "inner"})


class Parser(TokenStack):
    """One formula being read."""

    def __init__(
        self,
        source: Source,
        table: Mapping[str, Entry],
        fallback: Callable[[str], Entry | None],
        losses: Losses,
        *,
        strict: bool,
        macros: Mapping[str, str | Macro],
    ) -> None:
        super().__init__(source, macros)
        self.table, self._fallback = table, fallback
        self.losses, self.strict = losses, strict
        self.face: Face = face()
        self.until = _NOTHING
        self.depth = 0
        self._infix_depth = 0
        """The depth of the row that follows an infix form; a second one there is ambiguous."""
        self.colors: dict[str, str] = {}
        self.tagged = False
        self.delimiter = ""
        """The mark that stood around the whole formula: `$`, `$$`, or their LaTeX forms."""
        self.styles: list[tuple[int, StyledKind, str]] = []
        """Style switches of the current row: from which item on, what."""

    # Rows

    def row(self, until: frozenset[str]) -> Items:
        """Reads items up to a token of `until`, which is left on the stack, or to the end."""
        outer = self.face, self.until, self.styles, self.depth
        self.until, self.styles = until, []
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} levels deep", self.pos[-1] if self.pos else self.end)
        items: Items = []
        toks, pos, table, macros = self.toks, self.pos, self.table, self.macros
        while toks:
            tok = toks.pop()
            if tok in until:
                toks.append(tok)
                break
            at = pos.pop()
            if macros and tok in macros:
                self.expand(tok, at)
                continue
            entry = table.get(tok)
            if entry is None:
                entry = self.entry(tok, at)
            entry[0](self, items, entry[1], tok, at)
        if self.styles:
            self.wrap_styles(items)
        if self.face.makes_words:
            items = merge_words(items)
        self.face, self.until, self.styles, self.depth = outer
        return items

    def entry(self, tok: str, at: int) -> Entry:
        """What to do with a token that is in no table: numbers, blanks, characters of Unicode."""
        if tok[0] in "0123456789.":
            return _number, None
        if is_blank(tok):
            return _blank, None
        entry = self._fallback(tok)
        if entry is None:
            if tok[0] == "\\":
                return _unknown, None
            raise self.error(f"the character U+{ord(tok):04X} has no meaning in a formula", at)
        return entry

    def switch_style(self, start: int, kind: StyledKind, value: str, at: int) -> None:
        """From this item on the row is set in another style. Switches nest, so they count as depth."""
        self.styles.append((start, kind, value))
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} changes of style in one group", at)

    def wrap_styles(self, items: Items) -> None:
        r"""Applies the row's style switches (`\displaystyle`, `\color`) to the items after them."""
        for start, kind, value in reversed(self.styles):
            items[start:] = [_styled(items[start:], kind, value)]
        self.styles = []

    def take_infix(self, items: Items, build: Callable[[Node, Node, Span], Node], tok: str, at: int) -> None:
        r"""`a \over b`: all items so far against all that follow in this group."""
        if self.styles:
            self.wrap_styles(items)
        if self._infix_depth == self.depth:
            raise self.error(f"{tok} after another one in the same group is ambiguous; use braces", at, at + len(tok))
        outer, self._infix_depth = self._infix_depth, self.depth + 1
        rest = self.row(self.until)
        self._infix_depth = outer
        start = items[0].span[0] if items and items[0].span else at
        # A token that opens no group does not move `end`.
        end = max(self.end, rest[-1].span[1] if rest and rest[-1].span else at + len(tok))
        items[:] = [build(row(items), row(rest), (start, end))]

    # Groups and arguments

    def group(self, at: int) -> Items:
        """The items of a group whose opening brace, at this offset, has been taken."""
        self.open.append(("{", at))
        mark = self.scope()
        items = self.row(_BRACE)
        if not self.toks:
            raise self.error("{ without its }", at)
        closer, where = self.take()
        self.end = where + len(closer)
        self.leave(mark)
        self.open.pop()
        return items

    def argument(self, owner: str, at: int) -> Node:
        """The next argument of a command: a braced group or one token with the arguments it takes itself."""
        tok = self.skip_blanks()
        if tok in self.macros and tok:
            tok = self._expand_argument()
        if not tok:
            self.open.append((owner, at))
            raise self.ended(f"an argument of {owner}")
        tok, start = self.take()
        if tok in _NOT_AN_ARGUMENT or tok in self.until:
            self.open.append((owner, at))
            raise self.error(f"{owner} needs an argument, found {tok}", start, start + len(tok))
        self.open.append((owner, at))
        if tok == "{":
            mark = self.scope()
            items = self.row(_BRACE)
            if not self.toks:
                raise self.error("{ without its }", start)
            closer, where = self.take()
            self.end = where + len(closer)
            self.leave(mark)
        else:
            tok = self.split_number(tok, start)
            self.end = start + len(tok)
            items = []
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.error(f"nested more than {MAX_DEPTH} levels deep", start)
            entry = self.table.get(tok) or self.entry(tok, start)
            entry[0](self, items, entry[1], tok, start)
            self.depth -= 1
        self.open.pop()
        return items[0] if len(items) == 1 else Row(tuple(items), span=(start, self.end))

    def _expand_argument(self) -> str:
        """Expands a macro that is an argument. One without parameters is taken whole, as LaTeX's commands do."""
        tok, at = self.take()
        body = self.macros[tok].body
        whole = not self.macros[tok].pattern and len(body) > 1 and "\\bgroup" not in body
        if whole:
            self.push(("}",), at)
        self.expand(tok, at)
        if whole:
            self.push(("{",), at)
        return self.peek_expanded()

    def option(self, owner: str, at: int) -> Node | None:
        """An optional `[formula]` if it comes next."""
        if self.skip_blanks() != "[":
            return None
        _, start = self.take()
        self.open.append((owner, at))
        items = self.row(_BRACKET)
        if not self.toks:
            raise self.error("[ without its ]", start)
        self.end = self.take()[1] + 1
        self.open.pop()
        return row(items, (start, self.end))

    def star(self) -> bool:
        """Takes a `*` if it comes next."""
        return self.take_if("*")

    def with_face(self, font: Font | None, bold: bool, owner: str, at: int) -> Node:
        """An argument read in another face."""
        saved = self.face
        self.face = face(saved.name if font is None else font, bold)
        node = self.argument(owner, at)
        if self.face.makes_words and isinstance(node, Row):
            node = row(merge_words(list(node.items)), node.span)
        self.face = saved
        return node

    # What goes beyond TeX is a loss, or an error under --strict

    def lenient(self, what: str, reason: str, start: int, end: int | None = None) -> None:
        """Notes something that TeX would refuse but whose meaning is clear; under `strict` it is an error."""
        if self.strict:
            raise self.error(f"{what}: {reason}", start, end)
        self.losses.append(Loss(what, reason, (start, end or start + 1)))

    def unknown(self, tok: str, at: int) -> str:
        """The source of an unknown command with the groups that follow it, word for word."""
        if self.strict:
            raise UnsupportedError(str(self.error(f"unknown command {tok}", at, at + len(tok))))
        text = tok
        self.end = max(self.end, at + len(tok))
        while self.toks and self.toks[-1] in ("{", "["):
            opening, start = self.take()
            closing = "}" if opening == "{" else "]"
            text += opening + "".join(self.balanced(opening, closing, start)) + closing
        self.losses.append(Loss(tok, "unknown command, kept word for word", (at, self.end)))
        return text


def _styled(items: Items, kind: StyledKind, value: str) -> Styled:
    """The items in a style; its span is theirs."""
    first, last = (items[0].span, items[-1].span) if items else (None, None)
    return Styled(row(items), kind, value, span=(first[0], last[1]) if first and last else None)


def _number(p: Parser, items: Items, payload: None, tok: str, at: int) -> None:
    if tok == ".":
        items.append(Sym(".", "ord", p.face.symbol, span=(at, at + 1)))
        return
    items.append(Num(number_text(tok), p.face.digit, span=(at, at + len(tok))))


def _blank(p: Parser, items: Items, payload: None, tok: str, at: int) -> None:
    """White space means nothing in a formula."""


BLANK: Entry = (_blank, None)


def _unknown(p: Parser, items: Items, payload: None, tok: str, at: int) -> None:
    if tok == "\\":
        raise p.error("a lone backslash at the end", at)
    items.append(Unknown(p.unknown(tok, at), span=(at, p.end)))


def merge_words(items: Items) -> Items:
    r"""Joins letters of one word font that stand side by side: `\mathrm{eff}` is one identifier."""
    merged: Items = []
    for item in items:
        last = merged[-1] if merged else None
        if (
            type(item) is Ident
            and type(last) is Ident
            and item.font == last.font
            and item.text.isascii()
            and last.text.isascii()
            and face(item.font).makes_words
        ):
            span = (last.span[0], item.span[1]) if last.span and item.span else None
            merged[-1] = Ident(last.text + item.text, item.font, span=span)
        else:
            merged.append(item)
    return merged


# Scripts


def script(p: Parser, items: Items, payload: None, tok: str, at: int) -> None:
    """`^`, `_` and `'` after an atom, in any order, each once."""
    base, start = _script_base(items, at)
    items.append(read_scripts(p, base, tok, at, start, "auto"))


def limits(p: Parser, items: Items, construct: Any, tok: str, at: int) -> None:
    r"""`\limits` and `\nolimits` before the scripts of an operator."""
    if not items or not takes_limits(items[-1]):
        p.lenient(tok, "it must follow an operator", at, at + len(tok))
    value: Limits = construct.value
    following = p.skip_blanks()
    while following in ("\\limits", "\\nolimits"):
        value = "limits" if following == "\\limits" else "nolimits"
        p.take()
        following = p.skip_blanks()
    if following not in _SCRIPTS:
        return
    base, start = _script_base(items, at)
    tok, at = p.take()
    items.append(read_scripts(p, base, tok, at, start, value))


def takes_limits(node: Node) -> bool:
    """Whether TeX lets limits stand on it: an atom of class Op."""
    return atom_class(node) == "op"


def _script_base(items: Items, at: int) -> tuple[Node, int]:
    if not items or type(items[-1]) is Space:
        return EMPTY, at
    base = items.pop()
    return base, base.span[0] if base.span else at


def read_scripts(p: Parser, base: Node, tok: str, at: int, start: int, limits: Limits) -> Node:
    """All scripts of one base; the first script token has been taken."""
    sub: Node | None = None
    sup: Node | None = None
    primes: Items = []
    toks = p.toks
    while True:
        if tok == "_":
            if sub is not None:
                _second_script(p, base, "_", "subscript", at)
                base, sub, sup, primes = _close_scripts(p, base, sub, sup, primes, limits, start), None, None, []
            sub = p.argument("_", at)
        elif tok == "^":
            if sup is not None:
                _second_script(p, base, "^", "superscript", at)
                base, sub, sup, primes = _close_scripts(p, base, sub, sup, primes, limits, start), None, None, []
            sup = p.argument("^", at)
        else:
            if sup is not None and not primes:
                p.lenient("'", "a prime after a superscript needs braces", at)
            primes.append(Sym("′", span=(at, at + 1)))
            p.end = at + 1
        if not toks:
            break
        tok = _next_script(p, toks[-1])
        if tok not in _SCRIPTS:
            break
        tok, at = p.take()
    if primes:
        return _close_scripts(p, base, sub, sup, primes, limits, start)
    return Script(base, sub, sup, limits, span=(start, p.end))


def _next_script(p: Parser, tok: str) -> str:
    """The token that comes next where scripts may go on: blanks are dropped, macros and raised characters expanded."""
    if is_blank(tok):
        tok = p.skip_blanks()
    if tok in p.macros:
        tok = p.peek_expanded()
    entry = p.table.get(tok)
    if entry is None or entry[0] is not unicode_script:
        return "'" if tok in _PRIMES else tok
    taken, at = p.take()
    unicode_script(p, [], entry[1], taken, at)
    return p.toks[-1]


def unicode_script(p: Parser, items: Items, payload: tuple[str, str], tok: str, at: int) -> None:
    """`x²³`: raised and lowered characters are scripts, a run of them is one."""
    mark, written = payload
    while p.toks and (entry := p.table.get(p.toks[-1])) and entry[0] is unicode_script and entry[1][0] == mark:
        p.take()
        written += entry[1][1]
    p.push([mark, "{", *written, "}"], at)


def _second_script(p: Parser, base: Node, mark: str, name: str, at: int) -> None:
    """`x_1_2` is read as `{x_1}_2`, with a loss; a third one is too much."""
    message = f"a second {name}; use braces to show what it belongs to"
    if isinstance(base, Script):
        raise p.error(message, at)
    p.lenient(mark, message, at)


def _close_scripts(
    p: Parser, base: Node, sub: Node | None, sup: Node | None, primes: Items, limits: Limits, start: int
) -> Script:
    """The base with its scripts; primes stand in front of the superscript."""
    if primes:
        rest = () if sup is None else sup.items if isinstance(sup, Row) else (sup,)
        sup = row((*primes, *rest), (primes[0].span[0], p.end) if primes[0].span else None)
    return Script(base, sub, sup, limits, span=(start, p.end))


def as_ord(node: Node) -> Node:
    """What braces around a single thing do: it becomes an ordinary atom."""
    if type(node) is Sym and node.cls in _CLASSED:
        return Sym(node.text, "ord", node.font, node.size, span=node.span)
    return node


def parse(p: Parser) -> Node:
    """The whole input as one node. Raises `ParseError`; never `RecursionError`."""
    try:
        items = p.row(_NOTHING)
        if p.calls:
            items = [_spanning_calls(item, p.calls, len(p.source.text)) for item in items]
    except RecursionError:
        raise ParseError("nested too deep for the stack of this program", p.source, (p.end, p.end + 1)) from None
    return row(items, (0, len(p.source.text)))


def _spanning_calls(node: Node, calls: Mapping[int, int], length: int) -> Node:
    """What a macro made speaks for the whole call."""
    node = map_children(node, lambda child: _spanning_calls(child, calls, length))
    if node.span is None or node.span[0] not in calls:
        return node
    start, end = node.span
    ends = [part.span[1] for part in children(node) if part.span is not None]
    least = max(calls[start], *ends) if ends else calls[start]
    return replace(node, span=(start, end if ends and least <= end <= length else least))
