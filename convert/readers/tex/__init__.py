"""LaTeX mathematics → AST. The stages follow TeX: `tokens` (mouth and gullet), `parser` (stomach); what each command
does is in `commands`, `definitions`, `environments` and `packages`, by the kind it has in tables/constructs.tsv.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

from ... import alphabets, symbols
from ...atoms import ATOM_CLASSES
from ...constructs import commands as command_rows
from ...errors import Losses, ParseError, TableError
from ...nodes import EMPTY, Node
from ...source import Source
from . import chemistry, commands, definitions, environments, packages, parser
from .parser import Entry, Handler, Parser
from .tokens import Macro

_CAPITAL_GREEK = frozenset("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩϴ")
_KINDS: dict[str, Handler] = {
    **commands.KINDS, **definitions.KINDS, **environments.KINDS, **packages.KINDS, **chemistry.KINDS,
    "limits": parser.limits,
}  # fmt: skip
_SPECIAL: dict[str, Entry] = {
    "^": (parser.script, None), "_": (parser.script, None), "'": (parser.script, None), "’": (parser.script, None),
    "{": (commands.braces, None), "}": (commands.closing_brace, None), "&": (commands.alignment_mark, None),
    "#": (commands.parameter_mark, None), "$": (commands.dollar, None), "$$": (commands.dollar, None),
    "\\(": (commands.dollar, None), "\\)": (commands.dollar, None), "\\[": (commands.dollar, None),
    "\\]": (commands.dollar, None), "\\\\": (environments.row_end, None), "\\cr": (environments.row_end, None),
    "\\begin": (environments.begin, None), "\\end": (environments.end, None),
}  # fmt: skip
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ", "0123456789+-=()in", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-=()aeoxhklmnpstijruv", strict=True))
_OPENING = ("$", "\\[", "\\(")
_DELIMITERS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))


def read(
    source: Source, *, losses: Losses, strict: bool = False, macros: Mapping[str, str | Macro] | None = None
) -> Node:
    r"""The formula as an AST.

    Outer delimiters (`$…$`, `$$…$$`, `\(…\)`, `\[…\]`) are dropped. `macros` maps commands to their bodies (`#1` is
    the first argument), or is what `read_macros` found. What TeX would refuse but has a clear meaning, and commands
    nobody knows, are reported in `losses`; under `strict` they are errors. Raises `ParseError`, `UnsupportedError`
    (unknown command, strict only).
    """
    p = Parser(source, command_table(), by_character, losses, strict=strict, macros=macros or {})
    _drop_delimiters(p)
    return parser.parse(p)


def read_macros(source: Source) -> dict[str, Macro]:
    r"""The macros that a text of nothing but `\newcommand`, `\def` and their kin defines; ParseError for other text."""
    p = Parser(source, command_table(), by_character, [], strict=False, macros={})
    left = parser.parse(p)
    if left != EMPTY:
        raise ParseError("only definitions can stand among macros", source, left.span or (0, len(source.text)))
    return p.macros


def _drop_delimiters(p: Parser) -> None:
    """Takes the marks of a formula off both ends."""
    if p.skip_blanks() not in _OPENING:
        return
    while p.toks and p.toks[0].isspace():
        del p.toks[0], p.pos[0]
    for opening, closing in _DELIMITERS:
        count = len(opening) if opening[0] == "$" else 1
        first, last = "".join(reversed(p.toks[-count:])), "".join(reversed(p.toks[:count]))
        if first == opening and last == closing and len(p.toks) >= 2 * count:
            inner = p.toks[count:-count]
            if opening[0] not in inner and closing not in inner:
                p.toks, p.pos = inner, p.pos[count:-count]
                p.delimiter = opening
            return


@cache
def command_table() -> dict[str, Entry]:
    """What every token does, a function and what it gets. A spelling of constructs.tsv goes before one of symbols."""
    table: dict[str, Entry] = {}
    for symbol in symbols.rows():
        entry = _symbol_entry(symbol)
        for spelling in symbol.tex:
            table[spelling] = entry
        if len(symbol.char) == 1 and symbol.cls not in ("accent", "wide", "under"):
            table.setdefault(symbol.char, entry)
    for construct in command_rows().values():
        handler = _KINDS.get(construct.kind)
        if handler is None:
            raise TableError(f"constructs.tsv: {construct.spelling}: unknown kind {construct.kind}")
        table[construct.spelling] = (handler, construct.value if construct.kind == "chemistry" else construct)
    for characters, mark in ((_SUPERSCRIPTS, "^"), (_SUBSCRIPTS, "_")):
        for raised, plain in characters.items():
            table[raised] = (parser.unicode_script, (mark, plain))
    return table | _SPECIAL


def _symbol_entry(symbol: symbols.Symbol) -> Entry:
    match symbol.cls:
        case "letter" if symbol.char in _CAPITAL_GREEK:
            return commands.capital_greek, symbol.char
        case "letter":
            return commands.ident, symbol.char
        case "fn" | "fnlim":
            return commands.named_operator, (symbol.char, symbol.cls == "fnlim")
        case "accent" | "wide" | "under":
            return commands.accent, symbol.name
        case cls:
            return commands.sym, (symbol.char, ATOM_CLASSES[cls])


@cache
def by_character(token: str) -> Entry | None:
    """A character that no table has, by what Unicode says it is; None for what has no place in a formula."""
    if token[0] == "\\" or len(token) != 1:
        return None
    letter = alphabets.plain(token)
    if letter is not None:
        return commands.styled_letter, letter
    category = unicodedata.category(token)
    if category == "Nd":
        return commands.digit, None
    decomposed = unicodedata.normalize("NFKC", token)
    if decomposed != token and len(decomposed) == 1 and decomposed in command_table():
        return command_table()[decomposed]
    if category[0] == "L" or category == "No":
        return commands.ident, token
    if category == "Sm":
        return commands.sym, (token, "rel")
    if category[0] in "SP" or category in ("Mn", "Me"):
        return commands.sym, (token, "ord")
    if category in ("Zs", "Cf", "Zl", "Zp"):
        return parser.BLANK
    return None
