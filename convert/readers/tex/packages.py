"""Commands of the packages braket, physics, siunitx and mhchem that need more than a row of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ... import units
from ...constructs import Construct
from ...nodes import (
    EMPTY,
    Accent,
    Fence,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Row,
    Script,
    Space,
    Sym,
    Table,
    TableKind,
    Text,
    items_of,
    map_children,
    replace,
    row,
)
from ...source import Span
from ...units import Factor, Prefix
from .commands import delimiter_character
from .environments import table_in_braces, table_until
from .parser import Handler, Items, Parser
from .text import text
from .tokens import join_parameters, tokenize

_CLOSERS = {"(": ")", "[": "]", "|": "|", "{": "}"}


def macro(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    """A command that is an abbreviation for TeX of its own."""
    if c.args.startswith("s"):
        p.star()
    arguments = [p.raw_group(tok, at) for _ in c.args.replace("s", "")]
    p.expand_body(tok, join_parameters(tokenize(c.value)), arguments, at)


def fenced(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\abs{x}`, `\norm*{x}`, `\abs\Big{x}`: delimiters that grow."""
    p.star()
    if p.skip_blanks().lower() in ("\\big", "\\bigg"):
        p.take()
    body = p.argument(tok, at)
    opening, closing = (delimiter_character(word) for word in c.words)
    items.append(Fence(opening, body, closing, span=(at, p.end)))


def quantity(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""physics: `\qty(…)`, `\qty{…}`, `\qty|…|`; siunitx: `\qty{3}{\metre}`."""
    p.star()
    following = p.skip_blanks()
    if following.lower() in ("\\big", "\\bigg"):
        p.take()
        following = p.skip_blanks()
    if following == "{":
        text = p.verbatim(tok, at)
        if p.skip_blanks() == "{" and _NUMBER.fullmatch(text):
            numbers = number_items(p, text, at)
            written = units.behind(numbers, unit_factors(p, p.verbatim(tok, at), at))
            items.append(Row(tuple(_placed(written, (at, p.end)))))
            return
        p.push(["{", *tokenize(text), "}"], at)
        items.append(Fence("{", p.argument(tok, at), "}", span=(at, p.end)))
        return
    items.append(_bracketed(p, tok, at))


def _bracketed(p: Parser, tok: str, at: int) -> Node:
    """`(…)`, `[…]` or `|…|` as delimiters that grow."""
    opening = p.skip_blanks()
    if opening not in _CLOSERS:
        raise p.error(f"{tok} needs an argument in braces, brackets or bars", at, at + len(tok))
    _, start = p.take()
    closing = _CLOSERS[opening]
    p.open.append((tok, at))
    body = _balanced_row(p, opening, closing, start)
    p.open.pop()
    return Fence(opening, body, closing, span=(at, p.end))


def _balanced_row(p: Parser, opening: str, closing: str, start: int) -> Node:
    inner: Items = []
    depth = 0
    stops = frozenset({opening, closing})
    while True:
        inner += p.row(stops)
        if not p.toks:
            raise p.error(f"{opening} without its {closing}", start)
        mark, where = p.take()
        p.end = where + 1
        if mark == closing and depth == 0:
            return row(inner, (start, p.end))
        depth += 1 if mark == opening else -1
        inner.append(Sym(mark, "open" if mark == opening else "close", span=(where, where + 1)))


def order(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.star()
    body = p.argument(tok, at) if p.skip_blanks() == "{" else None
    fence = Fence("(", body, ")", span=(at, p.end)) if body is not None else _bracketed(p, tok, at)
    items.append(Row((Ident("O", "cal"), fence), span=(at, p.end)))


def evaluated(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\eval{x^2}_0^1`: a bar at the right."""
    p.star()
    if p.skip_blanks() == "{":
        items.append(Fence("", p.argument(tok, at), "|", span=(at, p.end)))
        return
    opening = p.skip_blanks()
    if opening not in ("(", "["):
        raise p.error(f"{tok} needs an argument in braces, ( … | or [ … |", at, at + len(tok))
    _, start = p.take()
    inner = p.row(frozenset("|"))
    if not p.toks:
        raise p.error(f"{opening} without its |", start)
    p.end = p.take()[1] + 1
    items.append(Fence(opening, row(inner), "|", span=(at, p.end)))


def commutator(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.star()
    first, second = p.argument(tok, at), p.argument(tok, at)
    opening, closing = (delimiter_character(word) for word in c.words)
    body = Row((*items_of(first), Sym(",", "punct"), *items_of(second)))
    items.append(Fence(opening, body, closing, span=(at, p.end)))


def _parse_value(p: Parser, value: str, at: int) -> tuple[Node, ...]:
    """A short piece of TeX from the table as nodes."""
    p.push(["{", *tokenize(value), "}"], at)
    return items_of(p.argument(value, at))


def differential(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\dd x`, `\dd{x}`, `\dd[3]{x}`, `\dd(\cos\theta)`."""
    d = row(_parse_value(p, c.value, at))
    power = p.option(tok, at)
    if power is not None:
        d = Script(d, None, power)
    if p.skip_blanks() == "(":
        items += [d, _bracketed(p, tok, at)]
    elif p.skip_blanks() == "{":
        items.append(Row((Space(3), d, *items_of(p.argument(tok, at))), span=(at, p.end)))
    else:
        items.append(d)


def derivative(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\dv{f}{x}`, `\dv[2]{f}{x}`, `\dv{x}`, `\pdv{f}{x}{y}`, `\dv{x}(f)`; the star sets it slashed."""
    slashed = p.star()
    power = p.option(tok, at)
    d = _parse_value(p, c.value, at)
    groups = [p.argument(tok, at)]
    while p.skip_blanks() == "{" and len(groups) < 3:
        groups.append(p.argument(tok, at))
    function = groups[0] if len(groups) > 1 else None
    variables = groups[1:] if len(groups) > 1 else groups
    if len(variables) == 2:
        power = Num("2") if power is None else power
    top: Node = d[0] if power is None else Script(d[0], None, power)
    num = row([top, *(items_of(function) if function is not None and function != EMPTY else ())])
    last = len(variables) == 1 and power is not None
    den: Items = []
    for variable in variables:
        den += [*d, Script(variable, None, power) if last else variable]
    items.append(Frac(num, row(den), style="slashed" if slashed else "auto", span=(at, p.end)))
    if function is None and p.skip_blanks() in ("(", "["):
        items.append(_bracketed(p, tok, at))


_SMALL = {"smallmatrix": "", "psmallmatrix": "(", "bsmallmatrix": "[", "vsmallmatrix": "|"}
_LARGE = {"matrix": "", "pmatrix": "(", "bmatrix": "[", "vmatrix": "|"}


def matrix_quantity(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\mqty(a & b \\ c & d)`, `\pmqty{…}`, `\mdet{…}`."""
    p.star()
    kind: TableKind = "small" if c.value in _SMALL else "matrix"
    opening = (_SMALL | _LARGE)[c.value]
    following = p.skip_blanks()
    table: Table
    if following == "{":
        table = table_in_braces(p, kind, tok, at)
        if isinstance(cell := table.rows[0][0], Table) and len(table.rows) == len(table.rows[0]) == 1:
            table = cell
    elif following in ("(", "[", "|"):
        _, start = p.take()
        opening = following
        table = table_until(p, kind, _CLOSERS[following], following, tok, start)
    else:
        raise p.error(f"{tok} needs a matrix in braces, brackets or bars", at, at + len(tok))
    items.append(Fence(opening, table, _CLOSERS[opening], span=(at, p.end)) if opening else table)


def bold_vector(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    starred = p.star()
    items.append(p.with_face("" if starred else "bf", starred, tok, at))


def arrow_vector(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    starred = p.star()
    items.append(Accent(p.with_face("" if starred else "bf", starred, tok, at), c.value, span=(at, p.end)))


def gradient(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\grad f`, `\grad{f}`, `\grad(f)`, `\grad[f]`."""
    items += _parse_value(p, c.value, at)
    _operand(p, items, tok, at)


def _operand(p: Parser, items: Items, tok: str, at: int) -> None:
    following = p.skip_blanks()
    if following in ("(", "["):
        items.append(_bracketed(p, tok, at))
    elif following == "{":
        items += items_of(p.argument(tok, at))


def trace(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    items.append(Operator(c.value, span=(at, at + len(tok))))
    if p.skip_blanks() in ("[", "{"):
        _operand(p, items, tok, at)


def quad_text(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    starred = p.star()
    body = text(p, "", tok, at)
    items += [body, Space(18)] if starred else [Space(18), body, Space(18)]


# Bra and ket


def braket(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\braket{a|b}`, `\Braket{a|b|c}`; physics: `\braket{a}{b}`."""
    p.star()
    opening, closing = c.words
    if p.skip_blanks() != "{":
        items.append(Fence(opening, p.argument(tok, at), closing, span=(at, p.end)))
        return
    first = _with_middle_bars(p, tok, at)
    if tok == "\\braket" and p.skip_blanks() == "{":
        second = _with_middle_bars(p, tok, at)
        first = row([*items_of(first), Sym("|", "ord", size=-1), *items_of(second)])
    items.append(Fence(opening, first, closing, span=(at, p.end)))


def _with_middle_bars(p: Parser, tok: str, at: int) -> Node:
    """An argument whose bars, outside inner groups, grow with the delimiters around it."""
    body = p.argument(tok, at)
    bars = {"|", "‖", "∣"}
    grown = [
        Sym(item.text, "ord", size=-1, span=item.span) if isinstance(item, Sym) and item.text in bars else item
        for item in items_of(body)
    ]
    return row(grown, body.span)


def set_(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.star()
    items.append(Fence("{", _with_middle_bars(p, tok, at), "}", span=(at, p.end)))


def ketbra(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.star()
    first = p.argument(tok, at)
    second = p.argument(tok, at) if p.skip_blanks() == "{" else first
    span = (at, p.end)
    items.append(Row((Fence("|", first, "⟩", span=span), Fence("⟨", second, "|", span=span)), span=span))


def innerproduct(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.star()
    first = p.argument(tok, at)
    second = p.argument(tok, at) if p.skip_blanks() == "{" else first
    items.append(_product([first, second], (at, p.end)))


def expval(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\expval{A}` is ⟨A⟩, `\expval{A}{\psi}` is ⟨ψ|A|ψ⟩."""
    p.star()
    p.star()
    first = p.argument(tok, at)
    if p.skip_blanks() == "{":
        state = p.argument(tok, at)
        items.append(_product([state, first, state], (at, p.end)))
    else:
        items.append(_product([first], (at, p.end)))


def _product(parts: Items, span: Span) -> Node:
    inner: Items = []
    for index, part in enumerate(parts):
        inner += [Sym("|", "ord", size=-1), *items_of(part)] if index else [*items_of(part)]
    return Fence("⟨", row(inner), "⟩", span=span)


# Special matrices


def identity_matrix(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    size = _matrix_size(p, tok, at)
    rows = tuple(tuple(Num("1" if i == j else "0") for j in range(size)) for i in range(size))
    items.append(Table("matrix", rows, span=(at, p.end)))


def zero_matrix(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    height, width = _matrix_size(p, tok, at), _matrix_size(p, tok, at)
    items.append(Table("matrix", ((Num("0"),) * width,) * height, span=(at, p.end)))


def _matrix_size(p: Parser, tok: str, at: int) -> int:
    written = p.verbatim(tok, at).strip()
    if not (written.isdecimal() and len(written) <= 2 and 1 <= int(written) <= 50):
        raise p.error(f"{tok} needs a size from 1 to 50, found {written!r}", at, p.end)
    return int(written)


def diagonal_matrix(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\dmat[0]{1,2&3\\4&5}`: entries along the diagonal; the option fills the rest."""
    filler = p.option(tok, at) or EMPTY
    entries: Items = []
    inner = p.raw_group(tok, at)
    depth = 0
    part: list[str] = []
    for piece in [*inner, ","]:
        depth += (piece == "{") - (piece == "}")
        if piece == "," and depth == 0:
            p.push(["{", *part, "}"], at)
            entries.append(table_in_braces(p, "matrix", tok, at))
            part = []
        else:
            part.append(piece)
    size = len(entries)
    cells = [entry.rows[0][0] if isinstance(entry, Table) and _single(entry) else entry for entry in entries]
    column = range(size) if c.value == "down" else range(size - 1, -1, -1)
    rows = tuple(tuple(cells[i] if j == column[i] else filler for j in range(size)) for i in range(size))
    items.append(Table("matrix", rows, span=(at, p.end)))


def _single(table: Table) -> bool:
    return len(table.rows) == 1 and len(table.rows[0]) == 1


# siunitx

_NUMBER = re.compile(
    r"\s*(?P<sign>[-+−]|\\pm)?\s*(?P<digits>[.,]?\d[\d.,\s]*)?\s*(?:(?:\+-|\\pm|±)\s*(?P<error>[\d.,]+)|\((?P<last>\d+)\))?"
    r"\s*(?:[eEdD]\s*(?P<exponent>[-+]?\d+))?\s*",
    re.ASCII,
)
_LONGEST_NUMBER = 1000
"""Characters of a number; longer ones are read as a formula."""
_UNIT_PIECE = re.compile(r"\\([A-Za-z]+)|\{|\}|\^|_|[./~\s]|([A-Za-zµμΩÅ°%]+)|(-?[0-9]{1,9})|(.)", re.DOTALL)


def number_items(p: Parser, written: str, at: int) -> Items:
    r"""What `\num` makes of a number: sign, digits, uncertainty, power of ten."""
    found = _NUMBER.fullmatch(written) if len(written) <= _LONGEST_NUMBER else None
    if found is None or not (found["digits"] or found["exponent"]):
        p.push(["{", *tokenize(written), "}"], at)
        return list(items_of(p.argument("\\num", at)))
    result: Items = []
    if found["sign"]:
        result.append(Sym({"-": "−", "\\pm": "±"}.get(found["sign"], found["sign"]), "bin"))
    if found["digits"]:
        result.append(Num("".join(found["digits"].split()).replace(",", ".")))
    if found["error"]:
        result += [Sym("±", "bin"), Num(found["error"])]
    elif found["last"]:
        result += [Sym("(", "open"), Num(found["last"]), Sym(")", "close")]
    if found["exponent"]:
        exponent = found["exponent"].lstrip("+")
        power = row([Sym("−", "bin"), Num(exponent[1:])]) if exponent[0] == "-" else Num(exponent)
        result += [Sym("×", "bin")] if found["digits"] else []
        result.append(Script(Num("10"), None, power))
    return _placed(result, (at, p.end))


def _placed(items: Sequence[Node], span: Span) -> Items:
    """The items, and all that is in them, at the place of the command that wrote them."""
    return [
        item if item.span is not None else replace(map_children(item, lambda part: _placed([part], span)[0]), span=span)
        for item in items
    ]


def unit_factors(p: Parser, written: str, at: int) -> list[Factor]:
    r"""What `\unit` makes of its argument: `\kilo\metre\per\second\squared`, or `kg.m/s^2`."""
    factors: list[Factor] = []
    prefix: Prefix | None = None
    sign, power = 1, 1
    raised = False
    for found in _UNIT_PIECE.finditer(written):
        word, letters, digits, other = found.groups()
        if word == "per" or found[0] == "/":
            sign = -1
        elif word in ("squared", "cubed", "tothe", "raiseto") and factors:
            exponent = {"squared": 2, "cubed": 3}.get(word)
            raised = exponent is None
            if exponent is not None:
                factors[-1] = _raised(factors[-1], exponent)
        elif word in ("square", "cubic"):
            power = 2 if word == "square" else 3
        elif word in ("of", "highlight", "cancel", "text", "mathrm", "si", "unit"):
            continue
        elif word and (named := units.prefix_by_command(word)) is not None:
            prefix = named
        elif word or letters:
            factors.append(_factor(p, word, letters, prefix, at)._replace(power=sign * power))
            prefix, sign, power = None, 1, 1
        elif found[0] == "^":
            raised = True
        elif digits and (raised or not factors):
            if factors:
                factors[-1] = _raised(factors[-1], int(digits))
            raised = False
        elif other:
            raise p.error(f"{other!r} in a unit", at, p.end)
    return factors


def _factor(p: Parser, word: str, letters: str, prefix: Prefix | None, at: int) -> Factor:
    r"""A unit by its command or as it is written. Letters that are no unit, as in `\qty{5}{people}`, are kept."""
    factor = units.by_command(word) if word else units.by_symbol(letters)
    if factor is None and word:
        raise p.error(f"unknown unit \\{word}", at, p.end)
    factor = factor or units.unknown(letters)
    return factor if prefix is None else factor._replace(prefix=prefix)


def _raised(factor: Factor, exponent: int) -> Factor:
    """The unit with the power that is written after it; below the line it counts down."""
    return factor._replace(power=-exponent if factor.power < 0 and exponent > 0 else exponent)


def number(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    items += number_items(p, p.verbatim(tok, at), at)


def unit(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    written = units.nodes(unit_factors(p, p.verbatim(tok, at), at))
    items.append(row(_placed(written, (at, p.end)), (at, p.end)))


def number_unit(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    numbers = number_items(p, p.verbatim(tok, at), at)
    p.raw_option()
    written = units.behind(numbers, unit_factors(p, p.verbatim(tok, at), at))
    items.append(Row(tuple(_placed(written, (at, p.end))), span=(at, p.end)))


def angle(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\ang{12.5}`, `\ang{12;30;5}`: degrees, minutes, seconds."""
    p.raw_option()
    parts = p.verbatim(tok, at).split(";")
    result: Items = []
    for written, mark in zip(parts, "∘′″", strict=False):
        if written.strip():
            *signs, digits = number_items(p, written, at)
            result += [*signs, Script(digits, None, Sym(mark, "bin" if mark == "∘" else "ord"))]
    items.append(row(_placed(result, (at, p.end)), (at, p.end)))


def number_range(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    first, second = (number_items(p, p.verbatim(tok, at), at) for _ in range(2))
    if len(c.args) > 3:
        factors = unit_factors(p, p.verbatim(tok, at), at)
        first, second = units.behind(first, factors), units.behind(second, factors)
    written = _placed([*first, Text(" to "), *second], (at, p.end))
    items.append(Row(tuple(written), span=(at, p.end)))


def number_list(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    numbers = [number_items(p, part, at) for part in p.verbatim(tok, at).split(";")]
    result: Items = list(numbers[0])
    for index, part in enumerate(numbers[1:], 1):
        result += [Text(" and " if index == len(numbers) - 1 else ", "), *part]
    items.append(row(_placed(result, (at, p.end)), (at, p.end)))


def arrow_between_lines(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.star()
    arrow = p.option(tok, at)
    items.append(arrow if arrow is not None else Sym("⇕", "rel", span=(at, p.end)))


KINDS: dict[str, Handler] = {
    "macro": macro, "fenced": fenced, "quantity": quantity, "order": order, "evaluated": evaluated,
    "commutator": commutator, "differential": differential, "derivative": derivative,
    "matrix_quantity": matrix_quantity, "bold_vector": bold_vector, "arrow_vector": arrow_vector,
    "gradient": gradient, "trace": trace, "quad_text": quad_text, "braket": braket, "set": set_, "ketbra": ketbra,
    "innerproduct": innerproduct, "expval": expval, "identity_matrix": identity_matrix, "zero_matrix": zero_matrix,
    "diagonal_matrix": diagonal_matrix, "number": number, "unit": unit, "number_unit": number_unit, "angle": angle,
    "number_range": number_range, "number_list": number_list, "arrow_between_lines": arrow_between_lines,
}  # fmt: skip
