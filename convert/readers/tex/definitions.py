"""Commands that define other commands: `\\newcommand`, `\\def`, `\\let`, `\\newenvironment` and their kin."""

from __future__ import annotations

from ...constructs import Construct
from . import packages
from .parser import Handler, Items, Parser
from .tokens import Macro, is_blank, join_parameters, tokenize


def _name(p: Parser, tok: str, at: int) -> str:
    r"""The command being defined: `\foo` or `{\foo}`."""
    parts = [part for part in p.raw_group(tok, at) if not is_blank(part)]
    name = parts[0] if len(parts) == 1 else ""
    if not name or (name[0] != "\\" and not (len(name) == 1 and not name.isalnum() and name not in "{}#")):
        raise p.error(f"{tok} needs the name of a command, found {''.join(parts) or 'nothing'}", at, p.end)
    return name


def _known(p: Parser, name: str) -> bool:
    return name in p.macros or name in p.table


def _from_package(p: Parser, name: str) -> bool:
    """Whether a name is one of LaTeX's packages, which a document may not have loaded and then defines itself."""
    return name not in p.macros and p.table[name][0] in packages.KINDS.values()


def _count(p: Parser, tok: str, at: int) -> int:
    option = p.raw_option()
    if option is None:
        return 0
    written = "".join(option).strip()
    if not (written.isdecimal() and len(written) == 1):
        raise p.error(f"{tok} needs a number of arguments from 0 to 9, found {written!r}", at, p.end)
    return int(written)


def newcommand(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.star()
    name = _name(p, tok, at)
    known = _known(p, name)
    if c.value == "new" and known and not _from_package(p, name):
        p.lenient(tok, f"{name} is already defined; use \\renewcommand", at, p.end)
    if c.value == "renew" and not known:
        p.lenient(tok, f"{name} is not yet defined; use \\newcommand", at, p.end)
    count = _count(p, tok, at)
    default = p.raw_option() if count else None
    body = join_parameters(p.raw_group(tok, at))
    _check_parameters(p, body, count, tok, at)
    if c.value == "provide" and known:
        return
    pattern = tuple(f"#{n}" for n in range(1, count + 1))
    p.define(name, Macro(pattern, body, None if default is None else tuple(default)))


def _check_parameters(p: Parser, body: tuple[str, ...], count: int, tok: str, at: int) -> None:
    for part in body:
        if len(part) == 2 and part[0] == "#" and not 1 <= int(part[1]) <= count:
            raise p.error(f"{part} in the body of {tok}, which has {count} arguments", at, p.end)


def _as_argument(p: Parser, tok: str, at: int) -> None:
    """A definition is no argument of `^` and the like."""
    if p.open and p.open[-1][0] in "^_":
        raise p.error(f"{tok} cannot be an argument", at, at + len(tok))


def def_(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    _as_argument(p, tok, at)
    name = p.skip_blanks()
    if not name or (name[0] != "\\" and (name in "{}" or name.isalnum())):
        raise p.error(f"{tok} needs the name of a command, found {name or 'nothing'}", at, at + len(tok))
    p.take()
    written: list[str] = []
    while p.toks and p.toks[-1] != "{":
        part, where = p.take()
        if part == "}":
            raise p.error(f"{tok} needs a body in braces", where)
        if not part.isspace():
            written.append(p.split_number(part, where))
    if not p.toks:
        raise p.ended(f"the body of {name}")
    pattern = join_parameters(written)
    numbers = [part for part in pattern if part[0] == "#"]
    if numbers != [f"#{n}" for n in range(1, len(numbers) + 1)]:
        raise p.error(f"the parameters of {name} must be #1, #2, … in order", at, p.pos[-1])
    body = join_parameters(p.raw_group(tok, at))
    _check_parameters(p, body, len(numbers), tok, at)
    if "expanded" in c.value:
        body = _expanded(p, body, at)
    p.define(name, Macro(pattern, body), everywhere="global" in c.value)


def _expanded(p: Parser, body: tuple[str, ...], at: int) -> tuple[str, ...]:
    r"""The body of an `\edef` with the macros in it expanded now. An undefined command in it is an error."""
    rest = len(p.toks)
    p.push(body, at)
    result: list[str] = []
    while len(p.toks) > rest:
        tok, where = p.take()
        if tok in p.macros:
            p.expand(tok, where)
            continue
        if tok[0] == "\\" and len(tok) > 1 and tok not in p.table:
            raise p.error(f"unknown command {tok} in an expanded definition", at)
        result.append(tok)
    return tuple(result)


def global_(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    following = p.skip_blanks()
    while following in ("\\long", "\\global"):
        p.take()
        following = p.skip_blanks()
    everywhere = {"\\def": "\\gdef", "\\edef": "\\xdef", "\\gdef": "\\gdef", "\\xdef": "\\xdef"}
    if following in everywhere:
        _, where = p.take()
        p.push([everywhere[following]], where)
    elif following == "\\let":
        _, where = p.take()
        _let(p, following, where, everywhere=True)
    else:
        raise p.error(f"\\global must stand before a definition, found {following or 'nothing'}", at, at + len(tok))


def prefix(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    if p.skip_blanks() not in ("\\def", "\\gdef", "\\edef", "\\xdef", "\\global", "\\newcommand", "\\long"):
        raise p.error(f"{tok} must stand before a definition", at, at + len(tok))


def let(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    _let(p, tok, at, everywhere=False)


def _let(p: Parser, tok: str, at: int, *, everywhere: bool) -> None:
    name = _token(p, tok, at)
    if name[0] != "\\":
        raise p.error(f"{tok} needs the name of a command, found {name}", at, at + len(tok))
    p.take_if("=")
    _bind(p, name, _token(p, tok, at), everywhere=everywhere)


def _token(p: Parser, owner: str, at: int) -> str:
    if not p.skip_blanks():
        raise p.ended(f"an argument of {owner}")
    tok, where = p.take()
    return p.split_number(tok, where)


def _bind(p: Parser, name: str, meaning: str, *, everywhere: bool = False) -> None:
    """`name` gets the meaning the token has now; what that is later does not matter."""
    if meaning in p.macros:
        p.define(name, p.macros[meaning], everywhere=everywhere)
    elif meaning == name:
        p.define(name, None, everywhere=everywhere)
    else:
        alias = {"{": "\\bgroup", "}": "\\egroup"}.get(meaning, meaning)
        p.define(name, Macro((), (alias,)), everywhere=everywhere)


def futurelet(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    name = _token(p, tok, at)
    first, second = _token(p, tok, at), _token(p, tok, at)
    _bind(p, name, second)
    p.push([first, second], at)


def newenvironment(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""An environment is kept as two macros, `\begin{name}` and `\end{name}`."""
    p.star()
    name = p.verbatim(tok, at).strip()
    count = _count(p, tok, at)
    default = p.raw_option() if count else None
    opening, closing = join_parameters(p.raw_group(tok, at)), join_parameters(p.raw_group(tok, at))
    _check_parameters(p, opening, count, tok, at)
    _check_parameters(p, closing, 0, tok, at)
    pattern = tuple(f"#{n}" for n in range(1, count + 1))
    p.define(f"\\begin{{{name}}}", Macro(pattern, opening, None if default is None else tuple(default)))
    p.define(f"\\end{{{name}}}", Macro((), closing))


def paired_delimiter(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""mathtools: `\DeclarePairedDelimiter\abs{\lvert}{\rvert}`; X takes `[n]` and a body, XPP what is around too."""
    name = _name(p, tok, at)
    count = _count(p, tok, at) if c.value != "plain" else 1
    before = p.raw_group(tok, at) if c.value == "surrounded" else []
    opening, closing = p.raw_group(tok, at), p.raw_group(tok, at)
    after = p.raw_group(tok, at) if c.value == "surrounded" else []
    inner = p.raw_group(tok, at) if c.value != "plain" else ["#", "1"]
    written = [*before, "\\mathopen", "{", *opening, "}", *inner, "\\mathclose", "{", *closing, "}", *after]
    body = join_parameters(written)
    _check_parameters(p, body, count, tok, at)
    p.define(name, Macro(tuple(f"#{n}" for n in range(1, count + 1)), body))


def newextarrow(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""MathJax: `\Newextarrow{\xlongequal}{5,10}{0x3D}` defines an arrow that stretches under its text."""
    name = _name(p, tok, at)
    p.raw_group(tok, at)
    number = p.verbatim(tok, at).strip()
    try:
        character = chr(int(number, 16))
    except (ValueError, OverflowError):
        raise p.error(f"{tok} needs a code point such as 0x27A1, found {number!r}", at, p.end) from None
    body = tokenize(rf"\overunderset{{#2}}{{#1}}{{\mathrel{{{character}}}}}")
    p.define(name, Macro(("#1", "#2"), join_parameters(body), ()))


KINDS: dict[str, Handler] = {
    "newcommand": newcommand, "def": def_, "let": let, "futurelet": futurelet, "global": global_, "prefix": prefix,
    "newenvironment": newenvironment, "paired_delimiter": paired_delimiter, "newextarrow": newextarrow,
}  # fmt: skip
