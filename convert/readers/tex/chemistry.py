r"""mhchem: `\ce{SO4^2- + Ba^2+ -> BaSO4 v}` and `\pu{75.3 J // mol K}`.

The notation is translated into plain LaTeX, which the parser then reads. Source: the manual of the package mhchem by
Martin Hensel, version 4. A digit after an atom is a subscript, before one a factor; a sign after an atom is a charge
or, before another atom, a bond; arrows take labels in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .parser import Handler, Items, Parser
from .tokens import tokenize

_ARROWS = {
    "<-->": "\\xrightleftarrows", "<->": "\\xleftrightarrow", "<=>>": "\\xrightequilibrium",
    "<<=>": "\\xleftequilibrium", "<=>": "\\xrightleftharpoons", "->": "\\xrightarrow", "<-": "\\xleftarrow",
    "→": "\\xrightarrow", "⟶": "\\xrightarrow", "⇌": "\\xrightleftharpoons", "⟷": "\\xleftrightarrow",
}  # fmt: skip
_BONDS = {
    "-": "-", "1": "-", "=": "=", "2": "=", "#": "\\equiv", "3": "\\equiv", "~": "\\sim", "~-": "\\simeq",
    "~--": "\\approxeq", "~=": "\\approxeq", "-~-": "\\approxeq", "...": "\\cdots", "....": "\\cdots", "->": "\\to",
    "<-": "\\gets",
}  # fmt: skip
_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_BRACKET = r"\[((?:[^][{}$]|\$[^$]*\$|\{[^{}]*\})*)\]"
_SCRIPT = rf"(?:{_GROUP}|\$([^$]*)\$|([0-9]+[+-](?![A-Za-z])|[0-9]+|[+-]+|\\[A-Za-z]+|[A-Za-z]+|[.*]+[+-]*|\([^()]*\)))"
_PIECES = re.compile(
    rf"(?P<blank>\s+)"
    rf"|(?P<arrow><-->|<=>>|<<=>|<=>|<->|->|<-|→|⟶|⇌|⟷)(?:\s*{_BRACKET})?(?:{_BRACKET})?"
    rf"|\\bond\{{(?P<bond>[^{{}}]*)\}}"
    rf"|\$(?P<maths>[^$]*)\$"
    rf"|(?P<command>\\(?:[A-Za-z]+|.)(?:\[[^]]*\])?(?:\s*{_GROUP})*)"
    rf"|(?P<mark>[v^])(?=\s|\)|$)"
    rf"|(?P<script>[_^])\s*{_SCRIPT}"
    rf"|(?P<number>[0-9]+(?:[.,][0-9]+)?(?:/[0-9]+)?)"
    rf"|(?P<atom>[A-Z][a-z]*|[a-z]+|[α-ωΑ-Ω])"
    rf"|{_GROUP.replace('((', '(?P<text>(', 1)}"
    rf"|(?P<other>.)",
    re.DOTALL,
)
_ATOMS = ("atom", "close", "script")


def chemistry(p: Parser, items: Items, language: str, tok: str, at: int) -> None:
    """Reads the translation of the argument in place of the command."""
    translate: Callable[[str], str] = formula if language == "ce" else quantity
    written = translate(p.verbatim(tok, at))
    p.push(["{", *tokenize(written), "}"], at)
    items.append(p.argument(tok, at))


def formula(written: str) -> str:
    r"""`\ce`'s argument as LaTeX: `H2O` → `\mathrm{H}_{2}\mathrm{O}`."""
    out: list[str] = []
    before = "start"
    for found in _PIECES.finditer(written):
        piece, groups = found[0], found.groupdict()
        kind = next(name for name, value in groups.items() if value is not None)
        after = written[found.end() : found.end() + 1]
        match kind:
            case "blank":
                out.append(" ")
            case "arrow":
                out.append(_arrow(piece, groups["arrow"]))
            case "bond":
                out.append("{" + _BONDS.get(groups["bond"], "-") + "}")
            case "maths":
                out.append("{" + groups["maths"] + "}")
            case "command":
                out.append("{\\sim}" if piece == "\\ca" else piece + " ")
            case "mark" if before in ("blank", "start", "open"):
                out.append("\\downarrow " if piece == "v" else "\\uparrow ")
            case "mark":
                out.append("\\mathrm{v}" if piece == "v" else "{}")
            case "script":
                out.append(("{}" if before not in _ATOMS else "") + groups["script"] + _script(piece[1:].strip()))
            case "number":
                out.append(_number(piece, before))
                kind = "script" if before in _ATOMS else "number"
            case "atom":
                variable = len(piece) == 1 and piece.islower() and before not in _ATOMS
                out.append(piece if variable else "\\mathrm{" + piece + "}")
            case "text":
                out.append("\\text{" + groups["text"] + "}")
            case _:
                kind = _other(out, piece, before, after)
        before = kind
    return "".join(out)


def _arrow(piece: str, mark: str) -> str:
    labels = re.findall(_BRACKET, piece[len(mark) :])
    over, under = ([_label(label) for label in labels] + ["", ""])[:2]
    return f" {_ARROWS[mark]}[{{{under}}}]{{{over}}} " if under else f" {_ARROWS[mark]}{{{over}}} "


def _label(written: str) -> str:
    text = re.fullmatch(r"\{([^{}]*)\}", written.strip())
    return "\\text{" + text[1] + "}" if text else formula(written)


def _script(written: str) -> str:
    """A script with upright letters: `^{II}`, `_x`, `^2-`."""
    if written.startswith("$"):
        return "{" + written.strip("$") + "}"
    inner = written[1:-1] if written.startswith("{") else written
    pieces = re.findall(r"\$[^$]*\$|\\[A-Za-z]+|[A-Za-z]{2,}|[A-Z]|.", inner)
    upright = [
        "{" + piece.strip("$") + "}" if piece[0] == "$"
        else "\\mathrm{" + piece + "}" if piece.isalpha() and (len(piece) > 1 or piece.isupper())
        else "\\bullet " if piece == "." and inner != "."
        else piece + (" " if piece[0] == "\\" else "")
        for piece in pieces
    ]  # fmt: skip
    return "{" + "".join(upright) + "}"


def _number(piece: str, before: str) -> str:
    if before in _ATOMS:
        return "_{" + piece + "}"
    top, slash, bottom = piece.partition("/")
    return f"\\tfrac{{{top}}}{{{bottom}}}\\," if slash else piece + "\\,"


def _other(out: list[str], piece: str, before: str, after: str) -> str:
    """Signs and brackets; returns what the piece was."""
    touches = before in _ATOMS
    if piece in "([":
        out.append(piece)
        return "open"
    if piece in ")]":
        out.append(piece)
        return "close"
    if piece in "+-" and touches and not (piece == "-" and (after.isalpha() or after in ("[", "(", "\\")) and after):
        out.append("^{" + piece + "}")
        return "charge"
    if piece in "-=#" and touches:
        out.append("{" + _BONDS[piece] + "}")
        return "bond"
    if piece in "*·" or (piece == "." and touches):
        out.append("\\cdot ")
        return "start"
    out.append({"#": "\\#", "%": "\\%", "&": "\\&", "~": "\\ "}.get(piece, piece))
    return "start" if piece in "+-=" else "other"


_QUANTITY = re.compile(r"\s*([-+]?[0-9.,]*[0-9])?(?:\s*[eE]\s*([-+]?[0-9]+))?\s*(.*)", re.DOTALL)
_UNIT = re.compile(r"([A-Za-zµμΩÅ°%]+)([-+]?[0-9]+)?|(\*)|(/)|\s+|(.)", re.DOTALL)


def quantity(written: str) -> str:
    r"""`\pu`'s argument as LaTeX: `123 kJ mol-1` → `123\,\mathrm{kJ}\,\mathrm{mol}^{-1}`."""
    found = _QUANTITY.fullmatch(written)
    digits, exponent, unit = found.groups() if found else (None, None, written)
    out = (digits or "").replace(",", "{,}")
    if exponent:
        out += ("\\times " if digits else "") + f"10^{{{exponent.lstrip('+')}}}"
    above, bar, below = unit.partition("//")
    set_unit = f"\\frac{{{_unit(above)}}}{{{_unit(below)}}}" if bar else _unit(unit)
    return out + ("\\," if out and set_unit else "") + set_unit


def escape(name: str) -> str:
    """A unit that is no word, for text: `%`."""
    return name.replace("%", "\\%")


def _unit(written: str) -> str:
    out: list[str] = []
    for found in _UNIT.finditer(written.strip()):
        name, power, times, per, other = found.groups()
        if name:
            out.append(f"\\mathrm{{{name}}}" if name.isascii() and name.isalpha() else f"\\text{{{escape(name)}}}")
            out.append(f"^{{{power.lstrip('+')}}}" if power else "")
        elif times or per:
            out.append("{\\cdot}" if times else "/")
        else:
            out.append(other or "\\,")
    return "".join(out)


KINDS: dict[str, Handler] = {"chemistry": chemistry}
