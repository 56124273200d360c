r"""The prose of a paper: what its commands and environments say about the formulas among it.

`scan` reads a paper. What cannot be read is noted, or is a formula with an error, and the paper goes on behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from ...convert.errors import ParseError
from ...convert.readers.document_tex import document_commands
from ...convert.text_mode import ACCENTS, CHARACTERS
from .formulas import CLOSERS, read_formula
from .gullet import Exhausted
from .lexer import CLOSE, END_OF_FILE, FROZEN, NO_VALUE
from .numbering import SECTIONS
from .primitives import PRIMITIVES
from .scanner import Label, Reference, Scanner, math_environments, shown, structural_commands
from .sources import Paper

_ASSIGNED: Final = re.compile(
    r"[ \t]*=?[ \t]*[+-]?(?:\d+[.,]?\d*|[.,]\d+)[ \t]*(?:true[ \t]*)?(?:pt|cm|mm|in|ex|em|bp|pc|dd|cc|sp|mu|fil+)\b"
    r"(?:[ \t]*(?:plus|minus)[ \t]*-?\d*\.?\d+[ \t]*\w+)*"
    r"|[ \t]*=[ \t]*[+-]?\d+[ \t]?"
)
"""What is assigned to a length or a number."""
_BEGIN: Final = re.compile(r"\\begin\s*\{\s*document\s*\}")
_UNNAMED: Final = ("{", "")


def scan(paper: Paper) -> Scanner:
    """The formulas and the prose of a paper. Raises InputError where its first file cannot be read."""
    s = Scanner(paper)
    text = paper.files.text(paper.root)
    s.open_file(paper.root, text)
    begin = _BEGIN.search(text)
    s.body = begin is None or "\\document" not in text[: begin.start()]
    if not s.body:
        s.stream = s.discarded
    try:
        _run(s)
    except Exhausted as error:
        s.note(error.message, s.last_place)
    except RecursionError:
        s.note("nested too deep: what follows is left out", s.last_place)
    for stream in (s.stream, *reversed(s.open_streams)):
        s.close_stream(stream)
    return s


def _run(s: Scanner) -> None:
    toks, pos, macros = s.toks, s.pos, s.macros
    while toks:
        tok, at = toks.pop(), pos.pop()
        first = tok[0]
        if first not in _SPECIAL:
            s.stream.parts.append(tok)
            continue
        try:
            if tok in macros:
                s.expand(tok, at)
                continue
            if first == FROZEN:
                tok = tok[1:]
            handler = _HANDLERS.get(tok)
            if handler is not None:
                handler(s, tok, at)
            elif tok in PRIMITIVES:
                PRIMITIVES[tok](s, tok, at)
            else:
                _other(s, tok, at)
        except Exhausted:
            s.last_place = at
            raise
        except ParseError as error:
            s.note(error.message, at)
            s.drop_call(at)


def _other(s: Scanner, tok: str, at: int) -> None:
    """A token that has no row in the tables of papers."""
    if tok[0] != "\\":
        _mark(s, tok)
    elif "{" in tok and len(tok) > 2:
        _opaque(s, tok)
    elif tok.startswith(("\\verb", "\\lstinline")) and not tok[-1].isalpha():
        s.stream.parts.append(tok[tok.index(tok[-1]) + 1 : -1])
    elif tok in ACCENTS:
        letter = s.text_of(s.raw_group(tok, at)).strip().removeprefix("\\") or " "
        s.stream.parts.append(unicodedata.normalize("NFC", letter[0] + ACCENTS[tok] + letter[1:]))
    elif tok in CHARACTERS:
        s.stream.parts.append(CHARACTERS[tok])
        _blank_after(s, tok)
    elif (command := document_commands().get(tok)) is not None:
        _documented(s, tok, command.what, command.args, at)
    else:
        _assigned(s)
        _blank_after(s, tok)


def _mark(s: Scanner, tok: str) -> None:
    """Line ends, and marks of the scanner's own."""
    if tok[0] == CLOSE:
        s.close_environment(tok[1:])
    elif tok == END_OF_FILE:
        s.close_file()
    elif tok == NO_VALUE:
        pass
    elif tok.count("\n") > 1:
        s.flush()
    else:
        s.stream.parts.append(tok)


def _opaque(s: Scanner, tok: str) -> None:
    """Text as it is, a drawing, or an address."""
    if tok.startswith("\\begin"):
        s.flush()
    elif not tok.startswith(("\\href", "\\Expl")):
        s.stream.parts.append(tok[tok.index("{") + 1 : -1])


def _blank_after(s: Scanner, tok: str) -> None:
    """TeX takes a blank after a word of a command as its end."""
    if s.toks and tok[-1].isalpha() and s.toks[-1][0] in " \t":
        rest = s.toks[-1][1:]
        if rest:
            s.toks[-1] = rest
            s.pos[-1] += 1
        else:
            s.toks.pop()
            s.pos.pop()


def _assigned(s: Scanner) -> None:
    r"""Leaves out what is assigned to a length or a number, as in `\parindent=0pt`."""
    if s.toks and s.toks[-1][0] in " \t=+-.,0123456789":
        found = _ASSIGNED.match(s.toks[-1])
        if found is not None:
            tok, at = s.toks.pop(), s.pos.pop()
            if found.end() < len(tok):
                s.toks.append(tok[found.end() :])
                s.pos.append(at + found.end())


def _documented(s: Scanner, tok: str, what: str, args: str, at: int) -> None:
    """A command of the hub's table of documents: its arguments are left out, but for the one that is read."""
    if what in ("item", "break"):
        s.flush()
    s.star()
    for letter in args:
        if letter == "k":
            break
        if letter == "o":
            s.raw_option()
        elif s.following("{"):
            group = s.raw_group(tok, at)
            if letter == "v" and what != "file":
                s.stream.parts.append(s.text_of(group))
    if not args:
        _assigned(s)
        _blank_after(s, tok)


# Groups, lines and cells


def _paragraph(s: Scanner, tok: str, at: int) -> None:
    s.flush()


def _brace(s: Scanner, tok: str, at: int) -> None:
    s.open_group("{")


def _closing_brace(s: Scanner, tok: str, at: int) -> None:
    if s.groups and s.groups[-1].name in _UNNAMED:
        s.close_group()


def _tie(s: Scanner, tok: str, at: int) -> None:
    s.stream.parts.append("\u00a0")


def _cell(s: Scanner, tok: str, at: int) -> None:
    s.stream.parts.append(" | " if s.rows else " ")


def _new_line(s: Scanner, tok: str, at: int) -> None:
    s.star()
    s.raw_option()
    if s.rows:
        s.flush()
    else:
        s.stream.parts.append(" ")


def _item(s: Scanner, tok: str, at: int) -> None:
    s.flush()
    option = s.raw_option()
    if option is not None:
        s.push(["~"], at)
        s.put_back(option, at)
        return
    if any(group.name in structural_commands() and structural_commands()[group.name] == ("list", "enum")
           for group in s.groups[-1:]):  # fmt: skip
        s.label = ("item", s.counters.step(f"enum{s.lists}"))


# Streams


def _note(s: Scanner, tok: str, at: int) -> None:
    r"""`\footnote{…}`, `\caption{…}`, `\title{…}`: a stream of its own."""
    _, kind = structural_commands()[tok]
    s.star()
    if tok == "\\captionof":
        s.raw_group(tok, at)
    s.raw_option()
    if not s.following("{"):
        return
    s.skip_blanks()
    s.take()
    if kind == "caption":
        s.number_float()
    _open_stream(s, "{", kind, at)


def _open_stream(s: Scanner, group: str, kind: str, at: int) -> None:
    s.push_stream(kind)
    s.open_group(group, s.pop_stream)
    s.part = kind


def _heading(s: Scanner, tok: str, at: int) -> None:
    """A heading: its text is a stream, and names the section of what follows."""
    name = tok[1:]
    s.flush()
    starred = s.star()
    s.raw_option()
    if not s.following("{"):
        return
    if not starred:
        s.label = (name, s.counters.step(name))
    s.skip_blanks()
    s.take()
    s.push_stream("heading")
    level = SECTIONS.index(name) if name in SECTIONS else -1

    def end() -> None:
        s.flush()
        s.begin_section(level, shown(s.stream.paragraphs))
        s.pop_stream()

    s.open_group("{", end)
    s.part = "heading"


# References


def _label(s: Scanner, tok: str, at: int) -> None:
    name = s.name_argument(tok, at)
    if name:
        s.labels.setdefault(name, Label(*s.label))


def _reference(s: Scanner, tok: str, at: int) -> None:
    _, form = structural_commands()[tok]
    s.star()
    option = s.raw_option()
    if tok == "\\hyperref" and option is not None:
        return
    names = s.name_argument(tok, at).split(",")
    s.stream.parts.append(Reference(tuple(name.strip() for name in names), form))


def _citation(s: Scanner, tok: str, at: int) -> None:
    s.star()
    s.raw_option()
    s.raw_option()
    if s.following("{"):
        s.stream.parts.append(f"[{s.name_argument(tok, at)}]")


# Environments


def _begin(s: Scanner, tok: str, at: int) -> None:
    name = s.name_argument(tok, at)
    key = f"\\begin{{{name}}}"
    if name in math_environments():
        read_formula(s, name, at)
    elif key in s.macros:
        s.open_group(name)
        s.expand(key, at)
    else:
        what, how = structural_commands().get(name.rstrip("*"), ("", ""))
        if name.rstrip("*") in s.theorems:
            what = "theorem"
        _ENVIRONMENTS.get(what, _plain)(s, name, how, at)


def _plain(s: Scanner, name: str, how: str, at: int) -> None:
    """An environment that does nothing to its contents but begin a paragraph."""
    if name == "document":
        s.begin_body()
    elif name == "subequations":
        s.open_group(name, s.begin_subequations())
    else:
        s.flush()
        s.open_group(name, s.flush)
        command = document_commands().get(name)
        if command is not None:
            _documented(s, name, command.what, command.args, at)


def _float(s: Scanner, name: str, how: str, at: int) -> None:
    _open_stream(s, name, how, at)
    s.float_kind = how
    s.raw_option()
    if name.startswith(("wrap", "sub")) and s.following("{"):
        s.raw_group(name, at)
    if name in ("longtable", "deluxetable"):
        _cells(s, "", "", at)


def _cells(s: Scanner, name: str, how: str, at: int) -> None:
    def end() -> None:
        s.flush()
        s.rows -= 1

    s.flush()
    s.open_group(name, end)
    s.rows += 1
    if name in ("tabular*", "tabularx", "tabulary", "xltabular"):
        s.raw_group(name, at)
    s.raw_option()
    if s.following("{"):
        s.raw_group(name, at)


def _list(s: Scanner, name: str, how: str, at: int) -> None:
    def end() -> None:
        s.flush()
        s.lists -= 1

    s.flush()
    s.open_group(name, end)
    s.lists += 1
    s.counters.set(f"enum{s.lists}", 0)
    s.raw_option()
    if name == "list":
        s.raw_group(name, at)
        s.raw_group(name, at)


def _stream(s: Scanner, name: str, how: str, at: int) -> None:
    _open_stream(s, name, how, at)
    if name == "thebibliography":
        s.raw_group(name, at)


def _theorem(s: Scanner, name: str, how: str, at: int) -> None:
    s.flush()
    s.open_group(name, s.flush)
    plain = name.rstrip("*")
    s.part = s.theorems.get(plain, plain).lower()
    if plain in s.theorems and not name.endswith("*"):
        s.label = (s.part, s.counters.step(plain))
    title = s.raw_option()
    if title is not None:
        s.push(["\\par"], at)
        s.put_back(title, at)


def _proof(s: Scanner, name: str, how: str, at: int) -> None:
    s.flush()
    s.open_group(name, s.flush)
    s.part = "proof"
    title = s.raw_option()
    if title is not None:
        s.push(["\\par"], at)
        s.put_back(title, at)


def _end(s: Scanner, tok: str, at: int) -> None:
    name = s.name_argument(tok, at)
    key = f"\\end{{{name}}}"
    if name == "document":
        s.toks.clear()
        s.pos.clear()
    elif key in s.macros:
        s.push([CLOSE + name], at)
        s.expand(key, at)
    elif name not in math_environments():
        s.close_environment(name)


def _new_theorem(s: Scanner, tok: str, at: int) -> None:
    r"""`\newtheorem{lemma}[theorem]{Lemma}`, `\newtheorem{theorem}{Theorem}[section]`, llncs' `\spnewtheorem`."""
    starred = s.star()
    name = s.name_argument(tok, at)
    shared = s.raw_option()
    title = s.name_argument(tok, at)
    parent = s.raw_option()
    if tok == "\\spnewtheorem":
        s.raw_group(tok, at)
        s.raw_group(tok, at)
    s.theorems[name.rstrip("*")] = title
    if shared is not None:
        s.counters.share(name, s.text_of(shared).strip())
    elif parent is not None and not starred:
        s.counters.number_within(name, s.text_of(parent).strip())


def _declare_theorem(s: Scanner, tok: str, at: int) -> None:
    r"""thmtools: `\declaretheorem[name=Theorem, within=section]{theorem}`."""
    option = s.raw_option()
    name = s.name_argument(tok, at)
    pairs = (part.partition("=") for part in s.text_of(option or []).split(","))
    settings = {key.strip(): value.strip(" {}") for key, _, value in pairs}
    s.theorems[name] = settings.get("name", settings.get("title", name.capitalize()))
    parent = settings.get("within", settings.get("numberwithin", settings.get("parent")))
    if parent:
        s.counters.number_within(name, parent)
    shared = settings.get("sibling", settings.get("sharenumber", settings.get("numberlike")))
    if shared:
        s.counters.share(name, shared)


# Formulas


def _formula(s: Scanner, tok: str, at: int) -> None:
    read_formula(s, tok, at)


def _ensure_math(s: Scanner, tok: str, at: int) -> None:
    r"""`\ensuremath{x}` in prose is `\(x\)`."""
    group = s.raw_group(tok, at)
    s.push(["\\)"], max(at, s.end - 2))
    s.put_back(group, at)
    read_formula(s, "\\(", at)


def _environment_command(s: Scanner, tok: str, at: int) -> None:
    r"""`\equation` … `\endequation`: what `\begin` and `\end` call."""
    read_formula(s, tok[1:], at)


def _bibliography(s: Scanner, tok: str, at: int) -> None:
    r"""`\bibliography{…}`: what BibTeX made of it comes with the paper."""
    s.raw_group(tok, at)
    s.input_bibliography()


def _end_of_plain(s: Scanner, tok: str, at: int) -> None:
    s.toks.clear()
    s.pos.clear()


def _space(s: Scanner, tok: str, at: int) -> None:
    r"""`\xspace`: a blank, where a letter follows."""
    if s.toks and s.toks[-1][0].isalpha():
        s.stream.parts.append(" ")


_ENVIRONMENTS: Final[dict[str, Callable[[Scanner, str, str, int], None]]] = {
    "float": _float, "cells": _cells, "list": _list, "stream": _stream, "theorem": _theorem, "proof": _proof,
}  # fmt: skip
_STRUCTURE: Final[dict[str, Callable[[Scanner, str, int], None]]] = {
    "heading": _heading, "note": _note, "reference": _reference, "citation": _citation,
}  # fmt: skip
_SPECIAL: Final = frozenset("\\{}$&~\n" + FROZEN + END_OF_FILE + NO_VALUE + CLOSE)
_HANDLERS: Final[dict[str, Callable[[Scanner, str, int], None]]] = {
    **{
        name: _STRUCTURE[what] for name, (what, _) in structural_commands().items()
        if what in _STRUCTURE and name[0] == "\\"
    },
    **dict.fromkeys(CLOSERS, _formula), "\\begin": _begin, "\\end": _end, "\\ensuremath": _ensure_math,
    **{f"\\{name}": _environment_command for name in math_environments() if name.isalpha() and name != "math"},
    "{": _brace, "}": _closing_brace, "\\bgroup": _brace, "\\egroup": _closing_brace, "\\begingroup": _brace,
    "\\endgroup": _closing_brace, "&": _cell, "~": _tie, "\\\\": _new_line, "\\tabularnewline": _new_line,
    "\\par": _paragraph, "\\item": _item, "\\label": _label, "\\newtheorem": _new_theorem,
    "\\spnewtheorem": _new_theorem, "\\declaretheorem": _declare_theorem, "\\bibliography": _bibliography,
    "\\bye": _end_of_plain, "\\xspace": _space,
}  # fmt: skip
