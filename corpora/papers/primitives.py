r"""What TeX does before it typesets: definitions, conditionals, and the files that a paper reads.

Each function gets the gullet, the command and its place, takes what the command takes, and may put tokens back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from ...convert.constructs import Construct
from ...convert.constructs import commands as command_rows
from ...convert.readers.tex import commands, definitions
from ...convert.readers.tex.tokens import Macro, join_parameters, tokenize
from .gullet import Argument, Gullet, count, xmacro
from .lexer import END_OF_FILE, FROZEN, NO_VALUE

Primitive: TypeAlias = Callable[[Gullet, str, int], None]

_TRUE: Final = Macro((), (FROZEN + "\\iftrue",))
_FALSE: Final = Macro((), (FROZEN + "\\iffalse",))
_MAX_NAME: Final = 200
"""Characters of a name between `\\csname` and `\\endcsname`."""
_NUMBER: Final = re.compile(r"[+-]?\d+")
_SIGNATURE_MARKS: Final = {"o": ("[", "]"), "s": ("*",)}


# Definitions, by the functions of the hub


def _defining(row: Construct) -> Primitive:
    handler = {**definitions.KINDS, "declare_operator": commands.declare_operator}[row.kind]

    def run(g: Gullet, tok: str, at: int) -> None:
        handler(g, [], row, tok, at)

    return run


def let(g: Gullet, tok: str, at: int) -> None:
    r"""`\let\a=\b`: also the meaning of a command that is no macro is kept, whatever becomes of the command."""
    _bind(g, tok, at, everywhere=False)


def _bind(g: Gullet, owner: str, at: int, *, everywhere: bool) -> None:
    name = _token(g, owner, at)
    if g.following("="):
        g.skip_blanks()
        g.take()
    meaning = _token(g, owner, at)
    if name[0] != "\\":
        raise g.error(f"{owner} needs the name of a command, found {name}", at)
    if meaning in g.macros:
        g.define(name, g.macros[meaning], everywhere=everywhere)
    else:
        frozen = meaning if meaning[0] == FROZEN else FROZEN + meaning
        g.define(name, Macro((), (frozen,)), everywhere=everywhere)


def _token(g: Gullet, owner: str, at: int) -> str:
    if not g.skip_blanks():
        raise g.ended(f"an argument of {owner}")
    return g.take()[0]


def global_(g: Gullet, tok: str, at: int) -> None:
    following = g.skip_blanks()
    if following == "\\let":
        g.take()
        _bind(g, following, at, everywhere=True)
    elif following in ("\\def", "\\edef"):
        _, where = g.take()
        g.push([{"\\def": "\\gdef", "\\edef": "\\xdef"}[following]], where)


def nothing(g: Gullet, tok: str, at: int) -> None:
    """A command that says nothing about the text."""


def paired_delimiter(g: Gullet, tok: str, at: int) -> None:
    r"""mathtools: `\abs{x}`, `\abs*{x}` with delimiters that grow, `\abs[\big]{x}` with such as are said."""
    name, opening, closing = _name(g, tok, at), g.raw_group(tok, at), g.raw_group(tok, at)
    star, size = Argument("s", ("*",)), Argument("o", ("[", "]"), ())
    body = ["\\IfBooleanTF", "#1", "{", "\\left", *opening, "#3", "\\right", *closing, "}", "{"]
    body += ["#2", *opening, "#3", "#2", *closing, "}"]
    g.define(name, xmacro(tuple(body), (star, size, Argument("m"))))


def _name(g: Gullet, tok: str, at: int) -> str:
    parts = [part for part in g.raw_group(tok, at) if not part.isspace()]
    if len(parts) != 1 or parts[0][0] != "\\":
        raise g.error(f"{tok} needs the name of a command, found {''.join(parts) or 'nothing'}", at)
    return parts[0]


def document_command(g: Gullet, tok: str, at: int) -> None:
    r"""xparse: `\NewDocumentCommand\name{s o m}{body}`."""
    name = _name(g, tok, at)
    signature = _signature(g, g.text_of(g.raw_group(tok, at)), tok, at)
    body = join_parameters(g.raw_group(tok, at))
    _check_parameters(g, body, count(signature), tok, at)
    if not (tok.startswith("\\Provide") and name in g.macros):
        g.define(name, xmacro(body, signature))


def document_environment(g: Gullet, tok: str, at: int) -> None:
    r"""xparse: `\NewDocumentEnvironment{name}{o m}{begin}{end}`."""
    name = g.name_argument(tok, at)
    signature = _signature(g, g.text_of(g.raw_group(tok, at)), tok, at)
    opening, closing = join_parameters(g.raw_group(tok, at)), join_parameters(g.raw_group(tok, at))
    _check_parameters(g, opening, count(signature), tok, at)
    _check_parameters(g, closing, 0, tok, at)
    g.define(f"\\begin{{{name}}}", xmacro(opening, signature))
    g.define(f"\\end{{{name}}}", Macro((), closing))


def _check_parameters(g: Gullet, body: tuple[str, ...], count: int, tok: str, at: int) -> None:
    for part in body:
        if len(part) == 2 and part[0] == "#" and part[1].isdecimal() and not 1 <= int(part[1]) <= count:
            raise g.error(f"{part} in the body of {tok}, which has {count} arguments", at)


def _signature(g: Gullet, text: str, tok: str, at: int) -> tuple[Argument, ...]:
    """The arguments that a text such as `s O{1} m` describes."""
    rest = [part for part in reversed(tokenize(text)) if not part.isspace()]
    found: list[Argument] = []

    def group() -> tuple[str, ...]:
        depth, inner = 0, list[str]()
        while rest:
            part = rest.pop()
            depth += (part == "{") - (part == "}")
            inner.append(part)
            if depth == 0:
                break
        return tuple(inner[1:-1] if inner[:1] == ["{"] else inner)

    while rest:
        letter = rest.pop()
        match letter:
            case "m" | "v" | "s" | "o":
                found.append(Argument(letter, _SIGNATURE_MARKS.get(letter, ())))
            case "O":
                found.append(Argument("o", ("[", "]"), group()))
            case "t":
                found.append(Argument("t", group()))
            case "d" | "r" | "D" | "R" if len(rest) > 1:
                marks = rest.pop(), rest.pop()
                found.append(Argument(letter.lower(), marks, group() if letter.isupper() else None))
            case "g":
                found.append(Argument("g"))
            case "G":
                found.append(Argument("g", (), group()))
            case "e" | "E":
                letters = group()
                defaults = group() if letter == "E" else ()
                found.append(Argument("e", letters, defaults))
            case ">":
                group()
            case "+" | "!":
                pass
            case _:
                raise g.error(f"{tok} describes an argument of an unknown kind {letter!r}", at)
    return tuple(found)


# Names, and the order of expansion


def csname(g: Gullet, tok: str, at: int) -> None:
    name = _until(g, "\\endcsname", tok, at)
    g.push(["\\" + name.strip()], at)


def _until(g: Gullet, end: str, tok: str, at: int) -> str:
    """The text up to a command, with macros expanded."""
    parts: list[str] = []
    if g.depth > _MAX_CHAIN:
        g.depth = 0
        raise g.error(f"too many {tok} in one another", at)
    g.depth += 1
    while g.toks:
        part, where = g.toks.pop(), g.pos.pop()
        if part == end:
            g.depth -= 1
            return g.text_of(parts)
        if part in g.macros:
            g.expand(part, where)
        elif part in PRIMITIVES:
            PRIMITIVES[part](g, part, where)
        else:
            parts.append(part)
        if len(parts) > _MAX_NAME or part == END_OF_FILE:
            break
    g.depth = 0
    raise g.error(f"{tok} without its {end}", at)


def expandafter(g: Gullet, tok: str, at: int) -> None:
    if len(g.toks) < 2:
        return
    first, where = g.take()
    second, there = g.take()
    if second in g.macros:
        g.expand(second, there)
    elif second in _EXPANDABLE:
        g.depth += 1
        if g.depth > _MAX_CHAIN:
            g.depth = 0
            raise g.error("too many \\expandafter in a row", at)
        PRIMITIVES[second](g, second, there)
        g.depth -= 1
    else:
        g.push([second], there)
    g.push([first], where)


_MAX_CHAIN: Final = 100
_EXPANDABLE: Final = frozenset(
    {"\\csname", "\\expandafter", "\\@ifnextchar", "\\@firstoftwo", "\\@secondoftwo", "\\string"}
)


def string(g: Gullet, tok: str, at: int) -> None:
    if g.toks:
        name, where = g.take()
        g.push([*name.lstrip("\\" + FROZEN)], where)


def choose(take: int) -> Primitive:
    """One of two arguments."""

    def run(g: Gullet, tok: str, at: int) -> None:
        branches = g.raw_group(tok, at), g.raw_group(tok, at)
        g.put_back(branches[take], at)

    return run


def gobble(g: Gullet, tok: str, at: int) -> None:
    g.raw_group(tok, at)


def if_next(g: Gullet, tok: str, at: int) -> None:
    r"""`\@ifnextchar[{yes}{no}`."""
    wanted = _token(g, tok, at)
    _choose(g, tok, at, lambda: g.following(wanted[0]))


def if_star(g: Gullet, tok: str, at: int) -> None:
    _choose(g, tok, at, g.star)


def _choose(g: Gullet, tok: str, at: int, test: Callable[[], bool]) -> None:
    """Takes two branches, and puts the one back that the test, made after both, decides for."""
    yes, no = g.raw_group(tok, at), g.raw_group(tok, at)
    g.put_back(yes if test() else no, at)


def named_definition(g: Gullet, tok: str, at: int) -> None:
    g.push(["\\def", "\\" + g.name_argument(tok, at)], at)


def named_use(g: Gullet, tok: str, at: int) -> None:
    g.push(["\\" + g.name_argument(tok, at)], at)


def new_register(g: Gullet, tok: str, at: int) -> None:
    _name(g, tok, at)


# Conditionals


def new_if(g: Gullet, tok: str, at: int) -> None:
    r"""`\newif\ifdraft` gives `\drafttrue` and `\draftfalse`."""
    declare_switch(g, _name(g, tok, at), at)


def declare_switch(g: Gullet, name: str, at: int) -> None:
    r"""A conditional that is false, and the commands that switch it."""
    if not name.startswith("\\if"):
        raise g.error(f"a conditional is called \\if…, not {name}", at)
    g.define(name, _FALSE)
    for value in ("true", "false"):
        g.define("\\" + name[3:] + value, Macro((), (FROZEN + "\\let", name, FROZEN + "\\if" + value)))


def new_bool(g: Gullet, tok: str, at: int) -> None:
    declare_switch(g, "\\if" + g.name_argument(tok, at), at)


def set_bool(g: Gullet, tok: str, at: int) -> None:
    name = g.name_argument(tok, at)
    value = g.name_argument(tok, at) if tok.startswith("\\set") else tok.removeprefix("\\bool")
    g.define("\\if" + name, _TRUE if value.lower() == "true" else _FALSE)


def if_bool(g: Gullet, tok: str, at: int) -> None:
    name = "\\if" + g.name_argument(tok, at)
    negated = tok.startswith("\\not")
    _choose(g, tok, at, lambda: (g.macros.get(name) == _TRUE) != negated)


def if_then_else(g: Gullet, tok: str, at: int) -> None:
    test = g.raw_group(tok, at)
    text = g.text_of(test)
    known = re.fullmatch(r"\s*(?P<not>\\not\s*)?\\boolean\s*\{(?P<name>\w+)\}\s*", text)
    equal = re.fullmatch(r"\s*(?P<not>\\not\s*)?\\equal\s*\{(?P<a>[^{}]*)\}\s*\{(?P<b>[^{}]*)\}\s*", text)
    if known:
        value = (g.macros.get("\\if" + known["name"]) == _TRUE) != bool(known["not"])
    elif equal:
        value = (_flat(g, equal["a"]) == _flat(g, equal["b"])) != bool(equal["not"])
    else:
        value = _compare(text) or False
    _choose(g, tok, at, lambda: value)


def _flat(g: Gullet, text: str) -> str:
    macro = g.macros.get(text.strip())
    return g.text_of(macro.body).strip() if macro is not None and not macro.pattern else text.strip()


def if_equal_text(g: Gullet, tok: str, at: int) -> None:
    first, second = g.name_argument(tok, at), g.name_argument(tok, at)
    _choose(g, tok, at, lambda: _flat(g, first) == _flat(g, second))


def if_empty(g: Gullet, tok: str, at: int) -> None:
    r"""etoolbox: `\ifstrempty`, `\ifblank` and `\notblank`."""
    empty = not g.name_argument(tok, at)
    _choose(g, tok, at, lambda: empty != (tok == "\\notblank"))


def if_value(g: Gullet, tok: str, at: int) -> None:
    r"""xparse: `\IfNoValueTF{#1}{yes}{no}`, `\IfValueT` and the like."""
    given = g.raw_group(tok, at) != [NO_VALUE]
    yes = given != ("NoValue" in tok)
    _branches(g, tok, at, yes)


def if_boolean(g: Gullet, tok: str, at: int) -> None:
    r"""xparse: `\IfBooleanTF{#1}{yes}{no}`."""
    _branches(g, tok, at, g.raw_group(tok, at) == ["\\BooleanTrue"])


def _branches(g: Gullet, tok: str, at: int, yes: bool) -> None:
    """The branches that the letters at the end of the command name: TF, T or F."""
    first = g.raw_group(tok, at) if not tok.endswith("F") or tok.endswith("TF") else []
    second = g.raw_group(tok, at) if tok.endswith("F") else []
    g.put_back(first if yes else second, at)


def conditional(g: Gullet, tok: str, at: int) -> None:
    r"""A primitive that begins with `\if`: goes on behind it, or behind its `\else` or `\fi`."""
    if not _TESTS[tok](g, tok, at):
        skip(g, at, to_else=True)


def unless(g: Gullet, tok: str, at: int) -> None:
    following, where = g.take()
    test = _TESTS.get(following)
    if test is not None and test(g, following, where):
        skip(g, where, to_else=True)


def skip(g: Gullet, at: int, *, to_else: bool) -> None:
    r"""Leaves out what follows up to the `\fi`, or the `\else`, of the same conditional.

    Nothing is left out where the `\fi` is missing, so that this does not take the rest of the paper along.
    """
    ends = ("\\fi", "\\else") if to_else else ("\\fi",)
    g.drop(_branch_end(g, at, ends), at)


def _branch_end(g: Gullet, at: int, ends: tuple[str, ...]) -> int:
    """How many tokens there are up to one of these that belongs to the conditional; it is among them."""
    depth = 0
    toks = g.toks
    for index in range(len(toks) - 1, -1, -1):
        tok = toks[index]
        if tok[0] != "\\":
            continue
        if depth == 0 and tok in ends:
            return len(toks) - index
        if tok == "\\fi":
            depth -= 1
        elif is_conditional(g, tok):
            depth += 1
        if depth < 0:
            break
    g.looked_at(len(toks), at)
    raise g.error("a conditional without its \\fi", at)


def is_conditional(g: Gullet, tok: str) -> bool:
    r"""Whether a `\fi` belongs to the command."""
    return (
        tok in _TESTS
        or (tok.startswith("\\if") and tok in g.macros and g.macros[tok] in (_TRUE, _FALSE))
        or tok == "\\ifcase"
    )


def case(g: Gullet, tok: str, at: int) -> None:
    r"""`\ifcase n a\or b\else c\fi`."""
    for _ in range(number(g, at)):
        length = _branch_end(g, at, ("\\fi", "\\else", "\\or"))
        end = g.toks[-length]
        g.drop(length, at)
        if end != "\\or":
            break


def otherwise(g: Gullet, tok: str, at: int) -> None:
    r"""An `\else` or `\or` that is met: the branch before it was taken."""
    skip(g, at, to_else=False)


def _test_same(g: Gullet, tok: str, at: int) -> bool:
    r"""`\ifx`."""
    first, second = _raw_token(g, tok, at), _raw_token(g, tok, at)
    meanings = g.meaning(first), g.meaning(second)
    return meanings[0] == meanings[1] or all(isinstance(m, str) and _undefined(g, m) for m in meanings)


def _undefined(g: Gullet, name: str) -> bool:
    return (
        name[0] == "\\" and len(name) > 1 and name not in g.table and name not in PRIMITIVES and name not in g.protected
    )


def _raw_token(g: Gullet, owner: str, at: int) -> str:
    if not g.toks:
        raise g.ended(f"what {owner} compares")
    return g.take()[0]


def _test_characters(g: Gullet, tok: str, at: int) -> bool:
    r"""`\if`: the next two characters, after expansion."""
    return _expanded_token(g, tok, at) == _expanded_token(g, tok, at)


def _expanded_token(g: Gullet, owner: str, at: int) -> str:
    while True:
        tok, where = _raw_token(g, owner, at), g.last_call
        if tok not in g.macros:
            return tok
        g.expand(tok, max(where, at))


def _test_category(g: Gullet, tok: str, at: int) -> bool:
    first, second = _expanded_token(g, tok, at), _expanded_token(g, tok, at)
    return first == second or (first[-1].isalpha() and second[-1].isalpha()) or (first[0] == second[0] == "\\")


def _test_defined(g: Gullet, tok: str, at: int) -> bool:
    name = _raw_token(g, tok, at)
    return name in g.macros or not _undefined(g, name)


def _test_named(g: Gullet, tok: str, at: int) -> bool:
    name = "\\" + _until(g, "\\endcsname", tok, at).strip()
    return name in g.macros or not _undefined(g, name)


def _test_numbers(g: Gullet, tok: str, at: int) -> bool:
    first = number(g, at)
    g.skip_blanks()
    sign = _raw_token(g, tok, at)
    second = number(g, at)
    return {"<": first < second, "=": first == second, ">": first > second}.get(sign, False)


def _compare(text: str) -> bool | None:
    found = re.fullmatch(r"\s*([+-]?\d+)\s*([<=>])\s*([+-]?\d+)\s*", text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[3])
    return {"<": first < second, "=": first == second, ">": first > second}[found[2]]


def _test_odd(g: Gullet, tok: str, at: int) -> bool:
    return number(g, at) % 2 == 1


def number(g: Gullet, at: int) -> int:
    r"""A number: digits, or `\value{counter}`, or a macro that is one of them. What cannot be known counts as 0."""
    while g.skip_blanks():
        tok, where = g.toks.pop(), g.pos.pop()
        if tok in g.macros:
            g.expand(tok, where)
            continue
        found = _NUMBER.match(tok)
        if found is not None:
            rest = tok[found.end() :]
            if rest:
                g.toks.append(rest.removeprefix(" ") or " ")
                g.pos.append(where + found.end())
            return int(found[0][:9])
        if tok == "\\value":
            return g.counters.value(g.name_argument(tok, at))
        if tok[0] != "\\":
            g.toks.append(tok)
            g.pos.append(where)
        return 0
    return 0


def _always(value: bool) -> Callable[[Gullet, str, int], bool]:
    def test(g: Gullet, tok: str, at: int) -> bool:
        return value

    return test


def _test_dimensions(g: Gullet, tok: str, at: int) -> bool:
    r"""`\ifdim`: what is measured is not known before the paper is set, so the answer is no."""
    while g.toks and g.toks[-1][0] not in "\n" and g.toks[-1] not in ("\\else", "\\fi", "\\relax"):
        tok, _ = g.toks.pop(), g.pos.pop()
        if re.search(r"[<>=].*\d\s*(?:pt|cm|mm|in|em|ex|sp)", tok):
            break
    return False


_TESTS: dict[str, Callable[[Gullet, str, int], bool]] = {
    "\\iftrue": _always(True), "\\iffalse": _always(False), "\\ifx": _test_same, "\\if": _test_characters,
    "\\ifcat": _test_category, "\\ifdefined": _test_defined, "\\ifcsname": _test_named, "\\ifnum": _test_numbers,
    "\\ifodd": _test_odd, "\\ifdim": _test_dimensions, "\\ifmmode": lambda g, tok, at: g.math,
    "\\ifhmode": lambda g, tok, at: not g.math, "\\ifvmode": _always(False), "\\ifinner": _always(False),
    "\\ifeof": _always(True), "\\ifpdf": _always(True), "\\ifPDFTeX": _always(True), "\\ifpdftex": _always(True),
    "\\ifxetex": _always(False), "\\ifluatex": _always(False), "\\ifXeTeX": _always(False),
    "\\ifLuaTeX": _always(False), "\\ifxetexorluatex": _always(False), "\\if@twocolumn": _always(False),
    "\\if@twoside": _always(False),
}  # fmt: skip


# Counters


def new_counter(g: Gullet, tok: str, at: int) -> None:
    name = g.name_argument(tok, at)
    g.counters.set(name, 0)
    parent = g.raw_option()
    if parent is not None:
        g.counters.alone.add(name)
        g.counters.number_within(name, g.text_of(parent).strip())


def set_counter(g: Gullet, tok: str, at: int) -> None:
    name = g.name_argument(tok, at)
    group = g.raw_group(tok, at)
    g.put_back([*group, "\\relax"], at)
    value = number(g, at)
    while g.toks and (part := g.toks.pop()):
        g.pos.pop()
        if part == "\\relax":
            break
    g.counters.set(name, value + (g.counters.value(name) if tok.startswith("\\add") else 0))


def step_counter(g: Gullet, tok: str, at: int) -> None:
    g.counters.step(g.name_argument(tok, at))


def number_within(g: Gullet, tok: str, at: int) -> None:
    g.star()
    counter, parent = g.name_argument(tok, at), g.name_argument(tok, at)
    if tok == "\\@addtoreset":
        g.counters.alone.add(counter)
    g.counters.number_within(counter, parent)


def number_without(g: Gullet, tok: str, at: int) -> None:
    g.star()
    counter, _ = g.name_argument(tok, at), g.name_argument(tok, at)
    g.counters.within.pop(counter, None)


def appendix(g: Gullet, tok: str, at: int) -> None:
    g.counters.begin_appendix()


# Files


def input_(g: Gullet, tok: str, at: int) -> None:
    r"""`\input{file}`, `\input file`, `\include{file}`, `\subfile{file}`."""
    if g.following("{"):
        name = g.name_argument(tok, at)
    else:
        g.skip_blanks()
        word, where = (g.toks.pop(), g.pos.pop()) if g.toks else ("", at)
        name, _, rest = word.partition(" ")
        if name and rest:
            g.toks.append(rest)
            g.pos.append(where + len(name) + 1)
    g.input(name, "", tok, at)


def import_(g: Gullet, tok: str, at: int) -> None:
    r"""`\import{folder/}{file}`."""
    folder = g.name_argument(tok, at)
    g.input(g.name_argument(tok, at), folder, tok, at)


def input_if_exists(g: Gullet, tok: str, at: int) -> None:
    name = g.name_argument(tok, at)
    yes, no = g.raw_group(tok, at), g.raw_group(tok, at)
    if g.has_file(name):
        g.put_back(yes, at)
        if tok == "\\InputIfFileExists":
            g.input(name, "", tok, at)
    else:
        g.put_back(no, at)


def end_input(g: Gullet, tok: str, at: int) -> None:
    g.end_input()


def package(g: Gullet, tok: str, at: int) -> None:
    r"""`\usepackage{own}`: what comes with the paper is read."""
    g.raw_option()
    names = g.name_argument(tok, at)
    g.raw_option()
    suffix = ".cls" if "Class" in tok or "class" in tok or "style" in tok else ".sty"
    for name in names.split(","):
        g.use(name.strip(), suffix)


PRIMITIVES: dict[str, Primitive] = {
    **{
        name: _defining(row) for name, row in command_rows().items()
        if row.kind in definitions.KINDS or row.kind == "declare_operator"
    },
    "\\let": let, "\\global": global_, "\\long": nothing, "\\protected": nothing, "\\outer": nothing,
    "\\DeclarePairedDelimiter": paired_delimiter,
    "\\CheckCommand": _defining(command_rows()["\\newcommand"]),
    **dict.fromkeys(
        ("\\NewDocumentCommand", "\\RenewDocumentCommand", "\\ProvideDocumentCommand", "\\DeclareDocumentCommand",
         "\\NewExpandableDocumentCommand", "\\DeclareExpandableDocumentCommand"),
        document_command,
    ),
    **dict.fromkeys(
        ("\\NewDocumentEnvironment", "\\RenewDocumentEnvironment", "\\DeclareDocumentEnvironment"),
        document_environment,
    ),
    "\\csname": csname, "\\expandafter": expandafter, "\\string": string, "\\noexpand": nothing,
    "\\@firstoftwo": choose(0), "\\@secondoftwo": choose(1), "\\@gobble": gobble, "\\@ifnextchar": if_next,
    "\\@ifstar": if_star, "\\@namedef": named_definition, "\\@nameuse": named_use,
    **dict.fromkeys(
        ("\\newcount", "\\newdimen", "\\newskip", "\\newbox", "\\newtoks", "\\newread", "\\newwrite", "\\newlength",
         "\\newsavebox", "\\newmuskip"),
        new_register,
    ),
    "\\newif": new_if, **dict.fromkeys(("\\newboolean", "\\newbool", "\\provideboolean", "\\providebool"), new_bool),
    **dict.fromkeys(("\\setboolean", "\\setbool", "\\booltrue", "\\boolfalse"), set_bool),
    "\\ifbool": if_bool, "\\notbool": if_bool, "\\ifthenelse": if_then_else, "\\ifstrequal": if_equal_text,
    "\\ifdefstring": if_equal_text, **dict.fromkeys(("\\ifstrempty", "\\ifblank", "\\notblank"), if_empty),
    **dict.fromkeys(
        (f"\\If{kind}{branch}" for kind in ("NoValue", "Value") for branch in ("TF", "T", "F")), if_value
    ),
    **dict.fromkeys((f"\\IfBoolean{branch}" for branch in ("TF", "T", "F")), if_boolean),
    **dict.fromkeys(_TESTS, conditional), "\\unless": unless, "\\ifcase": case, "\\else": otherwise, "\\or": otherwise,
    "\\fi": nothing,
    "\\newcounter": new_counter, "\\setcounter": set_counter, "\\addtocounter": set_counter,
    "\\stepcounter": step_counter, "\\numberwithin": number_within, "\\counterwithin": number_within,
    "\\@addtoreset": number_within, "\\counterwithout": number_without, "\\appendix": appendix,
    **dict.fromkeys(("\\input", "\\include", "\\subfile", "\\subfileinclude"), input_),
    **dict.fromkeys(("\\import", "\\subimport", "\\inputfrom", "\\includefrom", "\\subinputfrom"), import_),
    "\\InputIfFileExists": input_if_exists, "\\IfFileExists": input_if_exists, "\\endinput": end_input,
    **dict.fromkeys(("\\usepackage", "\\RequirePackage", "\\documentclass", "\\documentstyle", "\\LoadClass"), package),
}  # fmt: skip
"""What is done with a command wherever it stands, in prose and in formulas."""
