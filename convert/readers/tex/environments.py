r"""Environments: `\begin{…} … \end{…}` and the tables in most of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast

from ...constructs import Construct, environments
from ...errors import Loss
from ...nodes import EMPTY, Frac, Node, Row, Space, Stack, Sym, Table, TableKind, row
from ...source import Span
from .commands import fenced_by, skip_arguments
from .parser import Handler, Items, Parser
from .text import text, text_cell

_CELL_ENDS = frozenset({"&", "\\\\", "\\cr", "\\end", "\\tabularnewline", "\\newline"})
_ROW_ENDS = frozenset({"\\\\", "\\cr", "\\tabularnewline", "\\newline"})
_RULES = {"\\hline": "-", "\\hdashline": ":", "\\toprule": "-", "\\midrule": "-", "\\bottomrule": "-"}
_SIZE_LIMIT = 100_000
"""Cells of one table."""


def begin(p: Parser, items: Items, payload: object, tok: str, at: int) -> None:
    name = p.verbatim("\\begin", at).strip()
    if f"\\begin{{{name}}}" in p.macros:
        _user_environment(p, items, name, at)
        return
    construct = environments().get(name)
    if construct is None:
        raise p.error(f"unknown environment {name}", at, p.end)
    if (
        name == "split"
        and p.delimiter not in ("$$", "\\[")
        and not any(opened.startswith("\\begin{") for opened, _ in p.open)
    ):
        p.lenient("\\begin{split}", "it belongs into an equation", at, p.end)
    p.open.append((f"\\begin{{{name}}}", at))
    mark = p.scope()
    kind, default, opening, closing = construct.words
    if kind == "group":
        _arguments(p, construct, at)
        node = _plain_body(p, at)
    elif kind == "cd":
        node = _diagram(p, at)
    elif kind == "proof":
        node = _proof(p, at)
    else:
        columns = _arguments(p, construct, at) or tuple(default)
        words = name.endswith("cases*")
        node = _table(p, cast(TableKind, kind), columns, at, _CELL_ENDS, words)
    _end(p, name, at)
    p.leave(mark)
    p.open.pop()
    if isinstance(node, Table):
        node = Table(node.kind, node.rows, node.columns, node.rules, span=(at, p.end))
    items.append(fenced_by(node, opening, closing))


def _user_environment(p: Parser, items: Items, name: str, at: int) -> None:
    p.open.append((f"\\begin{{{name}}}", at))
    mark = p.scope()
    p.expand(f"\\begin{{{name}}}", at)
    inner = p.row(frozenset({"\\end"}))
    # The closing half is read in front of the `\end`, where the group of the environment still stands.
    if p.toks:
        _, where = p.take()
        _expect_name(p, name, where)
        p.push([*p.macros[f"\\end{{{name}}}"].body, "\\end", "{", name, "}"], where)
        inner += p.row(frozenset({"\\end"}))
    _end(p, name, at)
    p.leave(mark)
    p.open.pop()
    items.append(row(inner, (at, p.end)))


def _end(p: Parser, name: str, at: int) -> None:
    if not p.toks:
        raise p.error(f"\\begin{{{name}}} without its \\end{{{name}}}", at, at + 6)
    tok, where = p.take()
    if tok != "\\end":
        raise p.error(f"{tok} inside \\begin{{{name}}}", where, where + len(tok))
    _expect_name(p, name, where)


def _expect_name(p: Parser, name: str, where: int) -> None:
    found = p.verbatim("\\end", where).strip()
    if found != name:
        raise p.error(f"\\end{{{found}}} where \\end{{{name}}} should stand", where, p.end)


def end(p: Parser, items: Items, payload: object, tok: str, at: int) -> None:
    raise p.error("\\end without its \\begin", at, at + 4)


def _plain_body(p: Parser, at: int) -> Node:
    """The body of `equation`: lines, if there are several."""
    table = _table(p, "gathered", (), at, _CELL_ENDS)
    if len(table.rows) == 1 and len(table.rows[0]) == 1:
        return table.rows[0][0]
    return table


def _arguments(p: Parser, c: Construct, at: int) -> tuple[str, ...]:
    """Takes the arguments of an environment; gives the columns if it names them."""
    columns: tuple[str, ...] = ()
    for kind in c.args:
        if kind == "C":
            columns = column_letters(p, p.verbatim(c.spelling, at), at)
        elif kind == "o" and c.spelling.endswith("*"):
            option = p.raw_option()
            if option is not None:
                columns = column_letters(p, "".join(option), at)
                if len(columns) != 1 and p.strict:
                    raise p.error(f"{c.spelling} needs one of l, c and r between its brackets", at, p.end)
        else:
            skip_arguments(p, kind, c.spelling, at)
    return columns


_COLUMN = re.compile(
    r"\s*(?:(?P<letter>[lcrX])|(?P<box>[pmbw])\s*(?:\[[^]]*\]\s*)?\{[^{}]*\}|(?P<rule>[|:;])|(?P<star>\*)"
    r"|[@!><]\s*(?P<group>\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})|(?P<pair>[wW])\s*\{[^{}]*\}\{[^{}]*\})"
)


def column_letters(p: Parser, written: str, at: int) -> tuple[str, ...]:
    """The columns of an array: l, c, r, and | or : for rules. `p{…}` is l; `@{…}`, `>{…}` and `!{…}` are left out."""
    columns: list[str] = []
    position = 0
    written = _repeat(p, written, at)
    while written[position:].strip():
        found = _COLUMN.match(written, position)
        if found is None:
            bad = written[position:].strip()[0]
            raise p.error(
                f"unknown column {bad!r}; columns are l, c, r, p{{…}}, |, :, @{{…}} and *{{n}}{{…}}", at, p.end
            )
        position = found.end()
        if found["letter"]:
            columns.append(found["letter"].replace("X", "l"))
        elif found["rule"]:
            columns.append("|" if found["rule"] == "|" else ":")
        elif found["box"] or found["pair"]:
            columns.append("l")
        elif found["group"] and found["group"].strip("{} "):
            p.losses.append(Loss(found[0].strip(), "material between columns is left out", (at, p.end)))
    return tuple(columns)


_REPEATED = re.compile(r"\*\s*(?:\{\s*([0-9]{1,4})\s*\}|([0-9]))\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([lcr|:]))")


def _repeat(p: Parser, written: str, at: int) -> str:
    """`*{3}{c|}` written out."""
    for _ in range(10):
        longer = _REPEATED.sub(lambda m: (m[3] or m[4]) * min(int(m[1] or m[2]), 1000), written)
        if longer == written:
            return written
        if len(longer) > _SIZE_LIMIT:
            break
        written = longer
    raise p.error("the columns repeat too often", at, p.end)


@dataclass(slots=True)
class _Body:
    """Rows being collected."""

    rows: list[tuple[Node, ...]] = field(default_factory=list)
    cells: list[Node] = field(default_factory=list)
    rules: list[str] = field(default_factory=lambda: [""])

    def end_row(self) -> None:
        self.rows.append(tuple(self.cells))
        self.cells = []
        self.rules.append("")


def _table(
    p: Parser, kind: TableKind, columns: tuple[str, ...], at: int, ends: frozenset[str], words: bool = False
) -> Table:
    """Cells up to a token that ends the table, which is left on the stack: `\\end`, or another of `ends`.

    With `words` all cells but the first of each row are text (`cases*`).
    """
    body = _Body()
    _rules(p, body)
    size = 0
    while True:
        start = p.pos[-1] if p.pos else at
        cell = text_cell(p, ends) if words and body.cells else p.row(ends)
        size += 1
        if size > _SIZE_LIMIT:
            raise p.error(f"a table of more than {_SIZE_LIMIT:,} cells", at)
        body.cells.append(row(cell, (start, p.pos[-1] if p.pos else len(p.source.text))))
        if not p.toks or (p.toks[-1] != "&" and p.toks[-1] not in _ROW_ENDS):
            break
        tok, _ = p.take()
        if tok != "&":
            _check_substack(p, kind, body, at)
            body.end_row()
            _after_row(p)
            _rules(p, body)
    if body.cells != [EMPTY] or not body.rows:
        _check_substack(p, kind, body, at)
        body.end_row()
    rules = tuple(body.rules) if any(body.rules) else ()
    rules = rules[: len(body.rows) + 1]
    return Table(kind, tuple(body.rows), columns, rules, span=(at, p.end))


def _check_substack(p: Parser, kind: TableKind, body: _Body, at: int) -> None:
    if kind == "substack" and len(body.cells) > 1:
        p.lenient("&", "a substack has one column", at)


def _after_row(p: Parser) -> None:
    r"""`\\*[2pt]`: a star and a gap, which is layout. AMS environments want the bracket right behind."""
    p.star()
    if p.toks and p.toks[-1] == "[":
        p.raw_option()


def _rules(p: Parser, body: _Body) -> None:
    """Rules and other things that stand between rows."""
    while (tok := p.skip_blanks()) in _RULES or tok in _BETWEEN_ROWS:
        _, at = p.take()
        if tok in _RULES:
            mark = _RULES[tok]
            body.rules[-1] = "=" if body.rules[-1] else mark
        elif tok == "\\cline":
            p.raw_group(tok, at)
            p.losses.append(Loss(tok, "a rule under some columns is left out", (at, p.end)))
        elif tok == "\\noalign":
            p.raw_group(tok, at)
        else:
            p.raw_option()


_BETWEEN_ROWS = frozenset({"\\cline", "\\noalign", "\\displaybreak", "\\allowdisplaybreaks"})


def row_end(p: Parser, items: Items, payload: object, tok: str, at: int) -> None:
    r"""`\\` outside a table is a line break, as in KaTeX and MathJax."""
    p.star()
    if p.toks and p.toks[-1] == "[":
        p.raw_option()
    items.append(Space(0, newline=True, span=(at, at + len(tok))))


_BRACE_OR_CELL = frozenset({"}", *(_CELL_ENDS - {"\\end"})})


def braced_table(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\substack{a \\ b}`, plain TeX's `\matrix{a & b \cr c & d}`, `\cases{…}`."""
    kind, opening, closing = c.words
    items.append(fenced_by(table_in_braces(p, cast(TableKind, kind), tok, at), opening, closing))


def table_in_braces(p: Parser, kind: TableKind, tok: str, at: int) -> Table:
    """The table in the braces that come next."""
    if p.skip_blanks() != "{":
        return Table(kind, ((p.argument(tok, at),),), span=(at, p.end))
    _, start = p.take()
    return table_until(p, kind, "}", "{", tok, start)


def table_until(p: Parser, kind: TableKind, closer: str, opener: str, tok: str, start: int) -> Table:
    """A table up to a closing token; the opening one has been taken."""
    p.open.append((tok, start))
    table = _table(p, kind, (), start, _CELL_ENDS - {"\\end"} | {closer})
    if not p.toks:
        raise p.error(f"{opener} without its {closer}", start)
    p.end = p.take()[1] + len(closer)
    p.open.pop()
    return Table(table.kind, table.rows, table.columns, table.rules, span=(start, p.end))


# Commutative diagrams (amscd)

_HORIZONTAL = {">": "→", "<": "←", ")": "→", "(": "←"}
_VERTICAL = {"A": "↑", "V": "↓"}


def _diagram(p: Parser, at: int) -> Table:
    r"""Rows of objects and arrows: `A @>f>> B \\ @VgVV @VVhV \\ C @= D`."""
    rows: list[tuple[Node, ...]] = []
    ends = frozenset({"@", "\\\\", "\\cr", "\\end"})
    while True:
        cells: list[Node] = []
        upright = False
        while True:
            cells.append(row(p.row(ends)))
            if not p.toks or p.toks[-1] != "@":
                break
            arrow, stands = _arrow(p, p.take()[1])
            cells.append(arrow)
            upright = upright or stands
        # In a row of vertical arrows these stand where other rows have their objects.
        rows.append(tuple(cells[1:-1]) if upright else tuple(cells))
        if not p.toks or p.toks[-1] == "\\end":
            break
        p.take()
        _after_row(p)
    if len(rows) > 1 and rows[-1] == (EMPTY,):
        rows.pop()
    return Table("cd", tuple(rows), span=(at, p.end))


def _arrow(p: Parser, at: int) -> tuple[Node, bool]:
    """One arrow after its `@`, and whether it is vertical."""
    if not p.toks:
        raise p.ended("an arrow of the diagram")
    p.skip_blanks()
    head, where = p.take()
    match head:
        case ">" | "<" | ")" | "(":
            over, under = _label(p, head, at), _label(p, head, at)
            base = Sym(_HORIZONTAL[head], "rel", span=(at, p.end))
            return Stack(base, over, under, stretch=True, span=(at, p.end)), False
        case "=":
            return Stack(Sym("=", "rel", span=(at, where + 1)), stretch=True, span=(at, where + 1)), False
        case "A" | "V":
            left, right = _label(p, head, at), _label(p, head, at)
            middle = Sym(_VERTICAL[head], "rel", size=-1, span=(at, p.end))
            return Row((left or EMPTY, middle, right or EMPTY), span=(at, p.end)), True
        case "|" | "\\vert" | "\\|":
            return Row((EMPTY, Sym("‖", "rel", size=-1), EMPTY), span=(at, where + 1)), True
        case ".":
            return EMPTY, False
        case _:
            raise p.error(f"@{head} is no arrow; arrows are @> @< @A @V @= @| and @.", at, where + len(head))


def _label(p: Parser, head: str, at: int) -> Node | None:
    p.open.append((f"@{head}", at))
    found = p.row(frozenset({head}))
    if not p.toks:
        raise p.error(f"the arrow @{head} needs its mark three times, as in @{head}{head}{head}", at, at + 2)
    p.end = p.take()[1] + 1
    p.open.pop()
    return row(found) if found else None


# Proof trees (bussproofs)

_PREMISES = {
    "\\AxiomC": 0, "\\AXC": 0, "\\UnaryInfC": 1, "\\UIC": 1, "\\BinaryInfC": 2, "\\BIC": 2, "\\TrinaryInfC": 3,
    "\\TIC": 3, "\\QuaternaryInfC": 4, "\\QuinaryInfC": 5,
}  # fmt: skip
_PROOF_LABELS = {"\\LeftLabel": "left", "\\LL": "left", "\\RightLabel": "right", "\\RL": "right"}


def _proof(p: Parser, at: int) -> Node:
    r"""`\AxiomC{A} \AxiomC{B} \BinaryInfC{C}`: an inference is a fraction of its premises and its conclusion."""
    proved: list[Node] = []
    labels: dict[str, Node] = {}
    while (tok := p.skip_blanks()) and tok != "\\end":
        _, where = p.take()
        if tok in _PROOF_LABELS:
            labels[_PROOF_LABELS[tok]] = text(p, "", tok, where)
        elif tok in _PREMISES:
            count = _PREMISES[tok]
            if count > len(proved):
                raise p.error(f"{tok} needs {count} premises, found {len(proved)}", where, where + len(tok))
            statement = text(p, "", tok, where)
            premises = proved[len(proved) - count :]
            del proved[len(proved) - count :]
            proved.append(_inference(premises, statement, labels, (where, p.end)) if count else statement)
            labels = {}
        elif tok[0] != "\\" or not _PROOF_LINE.fullmatch(tok):
            raise p.error(f"{tok} is no step of a proof tree", where, where + len(tok))
    if len(proved) != 1:
        raise p.error(f"a proof tree ends with one conclusion, not {len(proved)}", at, p.end)
    return proved[0]


_PROOF_LINE = re.compile(r"\\(?:always)?(?:(?:no|solid|dashed|dotted|single|double)Line|[rR]ootAt(?:Top|Bottom))")


def _inference(premises: list[Node], conclusion: Node, labels: dict[str, Node], span: Span) -> Node:
    above: list[Node] = []
    for premise in premises:
        above += [premise, Space(18)]
    rule: list[Node] = [Frac(row(above[:-1]), conclusion, span=span)]
    if "left" in labels:
        rule.insert(0, labels["left"])
    if "right" in labels:
        rule.append(labels["right"])
    return row(rule, span)


def multicolumn(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_group(tok, at)
    p.raw_group(tok, at)
    p.losses.append(Loss(tok, "a cell over several columns becomes one cell", (at, p.end)))
    items.append(p.argument(tok, at))


KINDS: dict[str, Handler] = {"braced_table": braced_table, "multicolumn": multicolumn}
