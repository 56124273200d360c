r"""Content MathML → TeX, where a page has nothing else: `<apply>` with its operators, numbers, sets, matrices, cases.

What a formula means is written as one usually writes it; parentheses stand where an operator binds less than the one
around it. Names that no table has are written as functions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree
from panmath.convert.symbols import by_char

MAX_DEPTH = 100

_PREFIX = re.compile(r"^\w+:")
_ADD, _MUL, _NEG, _POWER, _ATOM, _REL, _LOGIC = 4, 5, 5, 7, 9, 3, 2
_INFIX = {
    "plus": (_ADD, "+"), "times": (_MUL, ""), "eq": (_REL, "="), "neq": (_REL, r"\ne"), "lt": (_REL, "<"),
    "gt": (_REL, ">"), "leq": (_REL, r"\le"), "geq": (_REL, r"\ge"), "equivalent": (_REL, r"\equiv"),
    "approx": (_REL, r"\approx"), "in": (_REL, r"\in"), "notin": (_REL, r"\notin"), "subset": (_REL, r"\subseteq"),
    "prsubset": (_REL, r"\subset"), "notsubset": (_REL, r"\nsubseteq"), "union": (_ADD, r"\cup"),
    "intersect": (_ADD, r"\cap"), "setdiff": (_ADD, r"\setminus"), "cartesianproduct": (_MUL, r"\times"),
    "and": (_LOGIC, r"\land"), "or": (_LOGIC, r"\lor"), "xor": (_LOGIC, r"\oplus"), "implies": (1, r"\Rightarrow"),
    "tendsto": (_REL, r"\to"), "factorof": (_REL, r"\mid"), "vectorproduct": (_MUL, r"\times"),
    "scalarproduct": (_MUL, r"\cdot"), "outerproduct": (_MUL, r"\otimes"), "compose": (_MUL, r"\circ"),
    "rem": (_MUL, r"\bmod"),
}  # fmt: skip
_FUNCTIONS = frozenset(
    "sin cos tan sec csc cot sinh cosh tanh coth arcsin arccos arctan exp ln log det max min gcd lcm arg".split()
)
_NAMES = {
    "arccosh": "arccosh", "arcsinh": "arcsinh", "arctanh": "arctanh", "sech": "sech", "csch": "csch",
    "real": "Re", "imaginary": "Im", "determinant": "det", "grad": "grad", "divergence": "div", "curl": "curl",
    "lcm": "lcm",
}  # fmt: skip
_CONSTANTS = {
    "pi": r"\pi", "exponentiale": "e", "imaginaryi": "i", "infinity": r"\infty", "emptyset": r"\emptyset",
    "true": r"\text{true}", "false": r"\text{false}", "eulergamma": r"\gamma", "notanumber": r"\text{NaN}",
    "integers": r"\mathbb{Z}", "reals": r"\mathbb{R}", "rationals": r"\mathbb{Q}", "naturalnumbers": r"\mathbb{N}",
    "complexes": r"\mathbb{C}", "primes": r"\mathbb{P}",
}  # fmt: skip
_AROUND = {"abs": "|%|", "floor": r"\lfloor %\rfloor", "ceiling": r"\lceil %\rceil", "conjugate": r"\overline{%}",
           "transpose": "%^T", "inverse": "%^{-1}", "factorial": "%!", "card": "|%|"}  # fmt: skip
_TIGHT = frozenset({"transpose", "inverse", "factorial"})
_BIG = {"sum": r"\sum", "product": r"\prod", "int": r"\int", "limit": r"\lim"}
_QUALIFIERS = frozenset(
    "bvar lowlimit uplimit condition domainofapplication degree logbase interval_ momentabout".split()
)


class _Unreadable(Exception):
    """Not content MathML."""


def tex(element: etree._Element) -> str | None:
    """The formula in TeX, or None where an element is no content MathML, or has no operator that is known."""
    if not any(
        _name(part) in ("apply", "bind", "cn", "ci", "csymbol", "piecewise", "vector", "matrix", "set")
        for part in element
    ):
        return None
    try:
        return " ".join(_write(part, 0)[1] for part in _elements(element)) or None
    except _Unreadable:
        return None


def _name(element: etree._Element) -> str:
    return _PREFIX.sub("", element.tag) if isinstance(element.tag, str) else ""


def _elements(element: etree._Element) -> list[etree._Element]:
    return [part for part in element if isinstance(part.tag, str)]


def _write(element: etree._Element, depth: int) -> tuple[int, str]:
    """The precedence of an expression and its TeX."""
    if depth > MAX_DEPTH:
        raise _Unreadable
    name = _name(element)
    parts = _elements(element)
    match name:
        case "apply" | "bind" if parts:
            return _apply(parts[0], parts[1:], depth + 1)
        case "cn":
            return _number(element)
        case "ci" | "csymbol":
            if parts:
                raise _Unreadable
            return _ATOM, _identifier("".join(element.itertext()).strip())
        case _ if name in _CONSTANTS:
            return _ATOM, _CONSTANTS[name]
        case "vector" | "list":
            return _ATOM, rf"\left({_commas(parts, depth)}\right)"
        case "set":
            return _ATOM, rf"\left\{{{_set(parts, depth)}\right\}}"
        case "interval" if len(parts) == 2:
            closure = element.get("closure", "closed")
            left, right = (
                "(" if closure in ("open", "open-closed") else "[",
                ")" if closure in ("open", "closed-open") else "]",
            )
            return _ATOM, f"{left}{_commas(parts, depth)}{right}"
        case "matrix":
            rows = [" & ".join(_write(cell, depth + 1)[1] for cell in _elements(row)) for row in parts]
            return _ATOM, _lines("pmatrix", rows)
        case "piecewise":
            return _ATOM, _piecewise(parts, depth)
        case "lambda" if parts:
            bound = ", ".join(_inner(part, depth) for part in parts[:-1])
            return _REL, rf"{bound}\mapsto {_write(parts[-1], depth + 1)[1]}"
        case "bvar" | "condition" | "lowlimit" | "uplimit" | "degree" | "logbase" | "domainofapplication" if parts:
            return _write(parts[0], depth + 1)
        case _:
            raise _Unreadable


def _apply(operator: etree._Element, parts: Sequence[etree._Element], depth: int) -> tuple[int, str]:
    name = _name(operator)
    arguments = [part for part in parts if _name(part) not in _QUALIFIERS]
    qualifiers = {_name(part): part for part in parts if _name(part) in _QUALIFIERS}
    if name == "csymbol":
        return _of_csymbol("".join(operator.itertext()).strip(), operator, arguments, depth)
    if name in _INFIX and arguments:
        return _infix(name, arguments, depth)
    match name, len(arguments):
        case "minus", 1:
            return _NEG, f"-{_inside(arguments[0], _MUL, depth)}"
        case "minus", 2:
            return _ADD, f"{_inside(arguments[0], _ADD, depth)}-{_inside(arguments[1], _ADD + 1, depth)}"
        case "divide", 2:
            return _ATOM, rf"\frac{{{_write(arguments[0], depth)[1]}}}{{{_write(arguments[1], depth)[1]}}}"
        case "power", 2:
            return _power(arguments, depth)
        case "root", 1:
            index = _inner(qualifiers["degree"], depth) if "degree" in qualifiers else ""
            option = f"[{index}]" if index not in ("", "2") else ""
            return _ATOM, rf"\sqrt{option}{{{_write(arguments[0], depth)[1]}}}"
        case "not", 1:
            return _LOGIC + 1, rf"\lnot {_inside(arguments[0], _ATOM, depth)}"
        case (("forall" | "exists"), _) if arguments:
            bound = ", ".join(_inner(part, depth) for part in parts if _name(part) == "bvar")
            return 0, rf"\{name} {bound}\colon {_write(arguments[-1], depth)[1]}"
        case (("sum" | "product" | "int" | "limit"), _) if arguments:
            return _big(name, arguments[-1], qualifiers, depth)
        case (("diff" | "partialdiff"), 1):
            return _derivative(name, arguments[0], [part for part in parts if _name(part) == "bvar"], depth)
        case "log", 1 if "logbase" in qualifiers:
            return _MUL, rf"\log_{{{_inner(qualifiers['logbase'], depth)}}}{_called(arguments, depth)}"
        case "exp", 1:
            return _POWER, f"e^{{{_write(arguments[0], depth)[1]}}}"
        case "selector", _ if len(arguments) > 1:
            return _ATOM, f"{_inside(arguments[0], _ATOM, depth)}_{{{_commas(arguments[1:], depth)}}}"
        case _ if name in _AROUND and len(arguments) == 1:
            body = _inside(arguments[0], _ATOM, depth) if name in _TIGHT else _write(arguments[0], depth)[1]
            return _POWER, _AROUND[name].replace("%", body)
        case _ if name in _FUNCTIONS and arguments:
            return (
                _MUL,
                rf"\{name}{_called(arguments, depth)}"
                if name != "lcm"
                else rf"\operatorname{{lcm}}{_called(arguments, depth)}",
            )
        case _ if name in _NAMES and arguments:
            return _MUL, rf"\operatorname{{{_NAMES[name]}}}{_called(arguments, depth)}"
        case _:
            return _MUL, f"{_inside(operator, _ATOM, depth)}{_called(arguments, depth)}"


def _of_csymbol(
    name: str, operator: etree._Element, arguments: Sequence[etree._Element], depth: int
) -> tuple[int, str]:
    """The symbols of content dictionaries, and those by which LaTeXML says what it is not sure of."""
    mark = {"superscript": "^", "subscript": "_"}.get(name)
    if mark and len(arguments) == 2:
        return _POWER, f"{_inside(arguments[0], _POWER + 1, depth)}{mark}{{{_write(arguments[1], depth)[1]}}}"
    if name in _INFIX and arguments:
        return _infix(name, arguments, depth)
    return _MUL, f"{_identifier(name)}{_called(arguments, depth)}"


def _infix(name: str, arguments: Sequence[etree._Element], depth: int) -> tuple[int, str]:
    precedence, sign = _INFIX[name]
    written = [_inside(part, precedence + (precedence == _REL), depth) for part in arguments]
    if name == "times":
        return precedence, "".join(
            _times(first, second) for first, second in zip(["", *written], written, strict=False)
        )
    return precedence, f" {sign} ".join(written)


def _times(before: str, factor: str) -> str:
    return rf"\cdot {factor}" if before and factor[0].isdigit() else f" {factor}" if before[-1:].isalpha() else factor


def _power(arguments: Sequence[etree._Element], depth: int) -> tuple[int, str]:
    return _POWER, f"{_inside(arguments[0], _POWER + 1, depth)}^{{{_write(arguments[1], depth)[1]}}}"


def _inside(element: etree._Element, precedence: int, depth: int) -> str:
    """An expression that stands where only what binds at least so much needs no parentheses."""
    own, written = _write(element, depth + 1)
    return written if own >= precedence else rf"\left({written}\right)"


def _inner(element: etree._Element, depth: int) -> str:
    """What is in a qualifier."""
    parts = _elements(element)
    return _write(parts[0], depth + 1)[1] if parts else ""


def _commas(parts: Sequence[etree._Element], depth: int) -> str:
    return ", ".join(_write(part, depth + 1)[1] for part in parts)


def _called(arguments: Sequence[etree._Element], depth: int) -> str:
    return rf"\left({_commas(arguments, depth)}\right)"


def _set(parts: Sequence[etree._Element], depth: int) -> str:
    condition = next((part for part in parts if _name(part) == "condition"), None)
    members = [part for part in parts if _name(part) not in _QUALIFIERS]
    if condition is None:
        return _commas(members, depth)
    bound = members or [part for part in parts if _name(part) == "bvar"]
    return rf"{_commas(bound, depth)} \mid {_inner(condition, depth)}"


def _piecewise(parts: Sequence[etree._Element], depth: int) -> str:
    rows = []
    for part in parts:
        written = [_write(cell, depth + 1)[1] for cell in _elements(part)]
        if _name(part) == "otherwise" and written:
            written.append(r"\text{otherwise}")
        rows.append(" & ".join(written))
    return _lines("cases", rows)


def _lines(environment: str, rows: Sequence[str]) -> str:
    return f"\\begin{{{environment}}}" + " \\\\ ".join(rows) + f"\\end{{{environment}}}"


def _big(name: str, body: etree._Element, qualifiers: dict[str, etree._Element], depth: int) -> tuple[int, str]:
    written = {key: _inner(part, depth) for key, part in qualifiers.items()}
    bound, low, high = (written.get(key, "") for key in ("bvar", "lowlimit", "uplimit"))
    low = low or written.get("condition", "") or written.get("domainofapplication", "")
    if name == "limit":
        below = written.get("condition") or rf"{bound}\to {low}"
        return _MUL, rf"\lim_{{{below}}}{_inside(body, _MUL, depth)}"
    if name != "int" and bound and low and "condition" not in written:
        low = f"{bound}={low}"
    limits = (f"_{{{low}}}" if low else "") + (f"^{{{high}}}" if high else "")
    end = rf"\,d{bound}" if name == "int" and bound else ""
    return _MUL, f"{_BIG[name]}{limits} {_inside(body, _MUL, depth)}{end}"


def _derivative(name: str, body: etree._Element, bound: Sequence[etree._Element], depth: int) -> tuple[int, str]:
    sign = "d" if name == "diff" else r"\partial "
    if not bound:
        return _POWER, f"{_inside(body, _ATOM, depth)}'"
    below, order = [], 0
    for part in bound:
        degree = next((_inner(inner, depth) for inner in part if _name(inner) == "degree"), "")
        variable = next((_write(inner, depth)[1] for inner in _elements(part) if _name(inner) != "degree"), "")
        below.append(f"{sign}{variable}{f'^{{{degree}}}' if degree else ''}")
        order += int(degree) if degree.isdecimal() else 1
    above = f"{sign.strip()}^{{{order}}}" if order > 1 else sign.strip()
    return _MUL, rf"\frac{{{above}}}{{{' '.join(below)}}}{_inside(body, _MUL, depth)}"


def _number(element: etree._Element) -> tuple[int, str]:
    parts = [text.strip() for text in (element.text or "", *((part.tail or "") for part in element))]
    match element.get("type"):
        case "rational" if len(parts) == 2:
            return _ATOM, rf"\frac{{{parts[0]}}}{{{parts[1]}}}"
        case "e-notation" if len(parts) == 2:
            return _MUL, rf"{parts[0]}\times 10^{{{parts[1]}}}"
        case "complex-cartesian" if len(parts) == 2:
            return _ADD, f"{parts[0]}+{parts[1]}i"
        case "complex-polar" if len(parts) == 2:
            return _MUL, f"{parts[0]}e^{{{parts[1]}i}}"
        case _:
            written = "".join(element.itertext()).strip()
            return (_ADD if written.startswith("-") else _ATOM), written


def _identifier(name: str) -> str:
    if len(name) == 1:
        symbol = by_char(name)
        return symbol.tex[0] if symbol is not None and symbol.tex and not name.isascii() else name
    if name.isascii() and name.isalpha():
        return rf"\mathrm{{{name}}}" if len(name) > 1 else name
    return rf"\text{{{name}}}" if name else ""
