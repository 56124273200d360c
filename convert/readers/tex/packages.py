"""Commands of the packages braket, physics, siunitx and mhchem that need more than a row of a table."""

from __future__ import annotations

import re

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
    row,
)
from ...source import Span
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
            items.append(Row((*number_items(p, text, at), Space(3), *unit_items(p, p.verbatim(tok, at), at))))
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
_PREFIXES = {
    "yocto": "y", "zepto": "z", "atto": "a", "femto": "f", "pico": "p", "nano": "n", "micro": "μ", "milli": "m",
    "centi": "c", "deci": "d", "deca": "da", "deka": "da", "hecto": "h", "kilo": "k", "mega": "M", "giga": "G",
    "tera": "T", "peta": "P", "exa": "E", "zetta": "Z", "yotta": "Y",
}  # fmt: skip
_UNITS = {
    "metre": "m", "meter": "m", "gram": "g", "kilogram": "kg", "second": "s", "ampere": "A", "kelvin": "K",
    "mole": "mol", "candela": "cd", "hertz": "Hz", "newton": "N", "pascal": "Pa", "joule": "J", "watt": "W",
    "coulomb": "C", "volt": "V", "farad": "F", "ohm": "Ω", "siemens": "S", "weber": "Wb", "tesla": "T", "henry": "H",
    "lumen": "lm", "lux": "lx", "becquerel": "Bq", "gray": "Gy", "sievert": "Sv", "katal": "kat", "radian": "rad",
    "steradian": "sr", "minute": "min", "hour": "h", "day": "d", "hectare": "ha", "litre": "l", "liter": "L",
    "tonne": "t", "electronvolt": "eV", "dalton": "Da", "bar": "bar", "bel": "B", "decibel": "dB", "neper": "Np",
    "degree": "°", "arcminute": "′", "arcsecond": "″", "celsius": "°C", "degreeCelsius": "°C", "percent": "%",
    "angstrom": "Å", "astronomicalunit": "au", "bohr": "a₀", "barn": "b", "knot": "kn", "mmHg": "mmHg",
    "nauticalmile": "M", "byte": "B", "bit": "bit", "atomicmassunit": "u",
}  # fmt: skip
_ABBREVIATIONS = {
    "m": "m", "cm": "cm", "mm": "mm", "um": "μm", "nm": "nm", "km": "km", "s": "s", "ms": "ms", "us": "μs", "ns": "ns",
    "kg": "kg", "g": "g", "mg": "mg", "ug": "μg", "A": "A", "mA": "mA", "K": "K", "mK": "mK", "mol": "mol", "Hz": "Hz",
    "kHz": "kHz", "MHz": "MHz", "GHz": "GHz", "N": "N", "kN": "kN", "Pa": "Pa", "kPa": "kPa", "MPa": "MPa",
    "J": "J", "kJ": "kJ", "W": "W", "kW": "kW", "MW": "MW", "C": "C", "V": "V", "mV": "mV", "kV": "kV", "F": "F",
    "eV": "eV", "keV": "keV", "MeV": "MeV", "GeV": "GeV", "TeV": "TeV", "L": "L", "ml": "ml", "l": "l", "T": "T",
}  # fmt: skip
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
    return result


def unit_items(p: Parser, written: str, at: int) -> Items:
    r"""What `\unit` makes of its argument: `\kilo\metre\per\second\squared`, or `kg.m/s^2`."""
    result: Items = []
    prefix = ""
    sign = 1
    power: int | None = None
    raised = False
    for found in _UNIT_PIECE.finditer(written):
        word, letters, digits, other = found.groups()
        name = _PREFIXES.get(word or "")
        if word == "per" or found[0] == "/":
            sign = -1
        elif word in ("squared", "cubed", "tothe", "raiseto") and result:
            exponent = {"squared": 2, "cubed": 3}.get(word)
            raised = exponent is None
            if exponent is not None:
                _raise_unit(result, exponent)
        elif word in ("square", "cubic"):
            power = 2 if word == "square" else 3
        elif word in ("of", "highlight", "cancel", "text", "mathrm", "si", "unit"):
            continue
        elif name is not None:
            prefix = name
        elif word or letters:
            symbol = _UNITS.get(word) or _ABBREVIATIONS.get(word) if word else letters
            if symbol is None:
                raise p.error(f"unknown unit \\{word}", at, p.end)
            if result:
                result.append(Space(3))
            unit: Node = Ident(prefix + symbol, "rm") if (prefix + symbol).isalpha() else Text(prefix + symbol)
            result.append(unit)
            if power is not None or sign < 0:
                _raise_unit(result, sign * (power or 1))
            prefix, sign, power = "", 1, None
        elif found[0] == "^":
            raised = True
        elif digits and (raised or not result):
            if result:
                _raise_unit(result, int(digits))
            raised = False
        elif other:
            raise p.error(f"{other!r} in a unit", at, p.end)
    return result


def _raise_unit(result: Items, exponent: int) -> None:
    """Sets or multiplies the power of the unit written last."""
    last = result[-1]
    base = last.base if isinstance(last, Script) else last
    negative = isinstance(last, Script) and isinstance(last.sup, Row)
    value = -exponent if negative and exponent > 0 else exponent
    power: Node = row([Sym("−", "bin"), Num(str(-value))]) if value < 0 else Num(str(value))
    result[-1] = Script(base, None, power)


def number(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    items += number_items(p, p.verbatim(tok, at), at)


def unit(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    items.append(row(unit_items(p, p.verbatim(tok, at), at), (at, p.end)))


def number_unit(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    numbers = number_items(p, p.verbatim(tok, at), at)
    p.raw_option()
    items.append(Row((*numbers, Space(3), *unit_items(p, p.verbatim(tok, at), at)), span=(at, p.end)))


def angle(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\ang{12.5}`, `\ang{12;30;5}`: degrees, minutes, seconds."""
    p.raw_option()
    parts = p.verbatim(tok, at).split(";")
    result: Items = []
    for written, mark in zip(parts, "∘′″", strict=False):
        if written.strip():
            *signs, digits = number_items(p, written, at)
            result += [*signs, Script(digits, None, Sym(mark, "bin" if mark == "∘" else "ord"))]
    items.append(row(result, (at, p.end)))


def number_range(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    first, second = (number_items(p, p.verbatim(tok, at), at) for _ in range(2))
    units: Items = [Space(3), *unit_items(p, p.verbatim(tok, at), at)] if len(c.args) > 3 else []
    items.append(Row((*first, *units, Text(" to "), *second, *units), span=(at, p.end)))


def number_list(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    numbers = [number_items(p, part, at) for part in p.verbatim(tok, at).split(";")]
    result: Items = list(numbers[0])
    for index, part in enumerate(numbers[1:], 1):
        result += [Text(" and " if index == len(numbers) - 1 else ", "), *part]
    items.append(row(result, (at, p.end)))


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
