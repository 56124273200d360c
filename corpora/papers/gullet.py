r"""The mouth and gullet of a paper: its files as one stack of tokens, and the macros in force.

This is the hub's expander for formulas, made to last for a whole paper: tokens know the file that they come from, also
where they are arguments of a macro; arguments of xparse are read; and what macros may produce is limited for each call
and for the paper as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ...convert.errors import ParseError
from ...convert.readers.tex import by_character, command_table
from ...convert.readers.tex.parser import Parser
from ...convert.readers.tex.tokens import Macro
from ...convert.source import Source
from .lexer import END_OF_FILE, FROZEN, NO_VALUE, RESERVED, Lexer
from .numbering import Counters

MAX_CALL: Final = 100_000
"""Tokens that one call of a macro in the text may produce."""
MAX_PRODUCED: Final = 1_000_000
"""Tokens that the macros of a paper may produce."""
MAX_ARGUMENT: Final = 50_000
"""Tokens of one argument."""
MAX_WORK: Final = 10_000_000
"""Tokens that may be looked at in search of the ends of arguments and conditionals."""
MAX_TEXT: Final = 20_000_000
"""Characters that the files of a paper may have together."""
MAX_INPUTS: Final = 500
"""How often a paper may read a file."""

_WHOLE: Final = f"\\{FROZEN}{END_OF_FILE}{NO_VALUE}"
_WORD: Final = re.compile(r"\\[A-Za-z@]+\Z")


class Exhausted(ParseError):
    """The paper asks for more than it may: what was read until then counts, the rest is left."""


class File(NamedTuple):
    """A file as it was read; `base` is where it begins in the places of tokens, `lines` where its lines begin."""

    base: int
    name: str
    text: str
    lines: list[int]


class Tokens(list[str]):
    """Tokens of an argument that know their places."""

    __slots__ = ("at",)

    def __init__(self, tokens: Iterable[str] = (), at: Iterable[int] = ()) -> None:
        super().__init__(tokens)
        self.at = list(at)


class Argument(NamedTuple):
    """One argument as xparse describes it: its letter, its delimiters, and what it is if it is not given."""

    letter: str
    marks: tuple[str, ...] = ()
    default: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class XMacro(Macro):
    """A macro whose arguments are those of xparse."""

    signature: tuple[Argument, ...] = ()


def count(signature: tuple[Argument, ...]) -> int:
    """How many parameters a body with these arguments has."""
    return sum(len(argument.marks) if argument.letter == "e" else 1 for argument in signature)


def xmacro(body: tuple[str, ...], signature: tuple[Argument, ...]) -> XMacro:
    """A macro of xparse."""
    return XMacro(tuple(f"#{n}" for n in range(1, count(signature) + 1)), body, None, signature)


class Gullet(Parser):
    """The tokens still to be read of a paper."""

    subject = "paper"
    max_argument = MAX_ARGUMENT
    bounds = frozenset({END_OF_FILE})
    protected: frozenset[str] = frozenset()
    """Commands that a paper cannot redefine, because the scanner stands for them."""

    def __init__(self) -> None:
        super().__init__(Source(""), command_table(), by_character, [], strict=False, macros={})
        self.lexer = Lexer()
        self.files: list[File] = []
        self.reading: list[str] = []
        """The names of the files that are being read, the innermost last."""
        self.produced = self.work = self.length = 0
        self.last_call = -1
        self.counters = Counters(self.macros)
        self.math = False
        """Whether a formula is being read: what `\\ifmmode` asks."""

    # Files

    def open_file(
        self, name: str, text: str, *, at_is_letter: bool = False, within: tuple[int, int] | None = None
    ) -> None:
        r"""Puts a file before what is still to be read; `within` is the part of it that is read."""
        if len(self.files) >= MAX_INPUTS:
            raise Exhausted(f"the paper reads files more than {MAX_INPUTS} times", self.source, (0, 0))
        if self.length + len(text) > MAX_TEXT:
            raise Exhausted(f"the paper has more than {MAX_TEXT:,} characters", self.source, (0, 0))
        text = RESERVED.sub("\ufffd", text)
        start, end = within or (0, len(text))
        file = File(self.length, name, text, [found.end() for found in re.finditer("\n", text)])
        self.files.append(file)
        self.length += len(text) + 1
        self.reading.append(name)
        tokens, places = self.lexer.lex(text[start:end], file.base + start, at_is_letter=at_is_letter)
        self.toks.append(END_OF_FILE)
        self.pos.append(file.base + end)
        self.toks += reversed(tokens)
        self.pos += reversed(places)

    def close_file(self) -> None:
        """The end of a file was read."""
        self.reading.pop()

    def input(self, name: str, folder: str, tok: str, at: int) -> None:
        """Reads a file of the paper."""
        raise NotImplementedError

    def has_file(self, name: str) -> bool:
        """Whether the paper has a file."""
        raise NotImplementedError

    def use(self, name: str, suffix: str) -> None:
        """Takes the definitions of a package or class that comes with the paper."""
        raise NotImplementedError

    def end_input(self) -> None:
        r"""`\endinput`: leaves out the rest of the file."""
        while self.toks and self.toks[-1] != END_OF_FILE:
            self.toks.pop()
            self.pos.pop()

    def file_at(self, place: int) -> File:
        """The file that a place is in."""
        return self.files[max(0, bisect_right(self.files, place, key=lambda file: file.base) - 1)]

    def position(self, place: int) -> tuple[str, int, int]:
        """File, line and column, the latter from 1."""
        file = self.file_at(place)
        line = bisect_right(file.lines, place - file.base)
        start = file.lines[line - 1] if line else 0
        return file.name, line + 1, place - file.base - start + 1

    def written(self, start: int, end: int) -> str:
        """What stands between two places; "" where they are in two files."""
        file = self.file_at(start)
        if not start <= end <= file.base + len(file.text):
            return ""
        return file.text[start - file.base : end - file.base]

    def reread(self, start: int, end: int) -> None:
        """Puts the text between two places of a file back."""
        tokens, places = self.lexer.lex(self.written(start, end), start)
        self.toks += reversed(tokens)
        self.pos += reversed(places)

    # Errors

    def error(self, message: str, start: int, end: int | None = None) -> ParseError:
        """A `ParseError` that points into the file."""
        return ParseError(message, *self._where(start, end))

    def exhausted(self, message: str, at: int) -> Exhausted:
        """The end of the paper, with the reason."""
        return Exhausted(message, *self._where(at, None))

    def _where(self, start: int, end: int | None) -> tuple[Source, tuple[int, int]]:
        if not self.files:
            return self.source, (0, 0)
        file = self.file_at(start)
        first = min(max(0, start - file.base), len(file.text))
        return Source(file.text, file.name), (first, max(first + 1, (end or start + 1) - file.base))

    def ended(self, wanted: str) -> ParseError:
        return self.error(f"the paper ends where {wanted} should stand", self.length)

    def lenient(self, what: str, reason: str, start: int, end: int | None = None) -> None:
        """Papers compile, so what our tables would have otherwise is no error."""

    # Taking tokens

    def skip_blanks(self) -> str:
        toks, pos = self.toks, self.pos
        while toks:
            tok = toks[-1]
            if not tok.isspace():
                if tok[0] in " \t":
                    toks[-1] = tok.lstrip()
                    pos[-1] += len(tok) - len(toks[-1])
                return toks[-1]
            toks.pop()
            pos.pop()
        return ""

    def take(self) -> tuple[str, int]:
        tok, at = self.toks.pop(), self.pos.pop()
        return self.split_number(tok, at), at

    def is_run(self, tok: str) -> bool:
        return len(tok) > 1 and tok[0] not in _WHOLE

    def split(self, tok: str, count: int, at: int) -> str:
        self.toks.append(tok[count:])
        self.pos.append(at + count)
        return tok[:count]

    def following(self, character: str) -> bool:
        """Whether this character comes next in the paragraph; nothing is taken."""
        toks = self.toks
        for index in range(len(toks) - 1, -1, -1):
            tok = toks[index]
            if not tok.isspace():
                return tok.lstrip()[0] == character
            if tok.count("\n") > 1:
                break
        return False

    def raw_option(self) -> list[str] | None:
        if not self.following("["):
            return None
        self.skip_blanks()
        start = self.pos[-1]
        self.take()
        return self.balanced("[", "]", start)

    def star(self) -> bool:
        if not self.following("*"):
            return False
        self.skip_blanks()
        self.take()
        return True

    def balanced(self, opening: str, closing: str, start: int, *, comments: bool = True) -> Tokens:
        """As the hub's, but nothing is taken where the end is missing."""
        toks, depth, first = self.toks, 0, len(self.toks) - 1
        last = max(-1, first - MAX_ARGUMENT)
        index = first
        while index > last:
            tok = toks[index]
            if tok == closing and depth == 0:
                self.looked_at(first - index, start)
                self.end = self.pos[index] + 1
                found = Tokens(toks[:index:-1], self.pos[:index:-1])
                del toks[index:], self.pos[index:]
                return found
            if tok == "{":
                depth += 1
            elif tok == "}":
                depth -= 1
                if depth < 0:
                    break
            index -= 1
        self.looked_at(first - index, start)
        raise self.error(f"{opening} without its {closing}", start)

    def put_back(self, tokens: Sequence[str], at: int) -> None:
        """Puts an argument back, with the places that its tokens had."""
        self.toks += reversed(tokens)
        self.pos += reversed(tokens.at) if isinstance(tokens, Tokens) else [at] * len(tokens)

    def drop(self, count: int, at: int) -> None:
        """Leaves out so many tokens, and with them the ends of files that are among them."""
        self.looked_at(count, at)
        for tok in self.toks[-count:]:
            if tok == END_OF_FILE:
                self.close_file()
        del self.toks[-count:], self.pos[-count:]

    def looked_at(self, count: int, at: int) -> None:
        self.work += count
        if self.work > MAX_WORK:
            raise self.exhausted("the macros of the paper take too long", at)

    def text_of(self, tokens: Sequence[str]) -> str:
        """Tokens as they would be written: a command is kept apart from a letter after it."""
        parts: list[str] = []
        word = False
        for tok in tokens:
            tok = tok.lstrip(FROZEN)
            if not tok or tok[0] in (END_OF_FILE, NO_VALUE):
                continue
            if word and (tok[0].isalpha() or tok[0] == "@"):
                parts.append(" ")
            parts.append(tok)
            word = tok[0] == "\\" and _WORD.match(tok) is not None
        return "".join(parts)

    def name_argument(self, owner: str, at: int) -> str:
        """A braced argument that is a name: of an environment, a file, a label."""
        return " ".join(self.text_of(self.raw_group(owner, at)).split())

    # Macros

    def define(self, name: str, macro: Macro | None, *, everywhere: bool = False) -> None:
        if name not in self.protected:
            super().define(name, macro, everywhere=everywhere)

    def meaning(self, tok: str) -> str | Macro:
        """What a token means, for comparison: a macro, or the name of a primitive."""
        macro = self.macros.get(tok)
        if macro is None:
            return tok.removeprefix(FROZEN)
        if not macro.pattern and len(macro.body) == 1 and macro.body[0][0] == FROZEN:
            return macro.body[0][1:]
        return macro

    def expand_body(self, name: str, body: Sequence[str], arguments: Sequence[Sequence[str]], at: int) -> None:
        if at != self.last_call:
            self.last_call, self._budget = at, MAX_CALL
        self.calls[at] = max(self.calls.get(at, 0), at + len(name), self.end if arguments else 0)
        result: list[str] = []
        places: list[int] = []
        for tok in body:
            if len(tok) == 2 and tok[0] == "#" and tok[1].isdecimal():
                argument = arguments[int(tok[1]) - 1]
                result += argument
                places += argument.at if isinstance(argument, Tokens) else [at] * len(argument)
            else:
                result.append(tok)
                places.append(at)
            if len(result) > self._budget:
                break
        self._budget -= len(result) + 1
        self.produced += len(result) + 1
        if self.produced > MAX_PRODUCED:
            raise self.exhausted(f"the macros of the paper produce more than {MAX_PRODUCED:,} tokens", at)
        if self._budget < 0:
            self.drop_call(at)
            raise self.error(f"{name} produces more than {MAX_CALL:,} tokens; is it defined by itself?", at)
        result.reverse()
        places.reverse()
        self.toks += result
        self.pos += places

    def drop_call(self, at: int) -> None:
        """Takes away what a call has left on the stack."""
        while self.pos and self.pos[-1] == at and self.toks[-1] != END_OF_FILE:
            self.toks.pop()
            self.pos.pop()

    def _arguments(self, name: str, macro: Macro, at: int) -> Iterator[list[str]]:
        if not isinstance(macro, XMacro):
            yield from super()._arguments(name, macro, at)
            return
        for argument in macro.signature:
            if argument.letter == "e":
                yield from self._embellishments(argument, name, at)
            else:
                yield self._xargument(argument, name, at)

    def placed(self, tokens: list[str], places: list[int]) -> Tokens:
        return Tokens(tokens, places)

    def _embellishments(self, argument: Argument, name: str, at: int) -> list[list[str]]:
        """Arguments that stand behind marks such as `^` and `_`, in any order."""
        defaults = argument.default or ()
        found = [[defaults[n]] if n < len(defaults) else [NO_VALUE] for n in range(len(argument.marks))]
        left = dict(zip(argument.marks, range(len(argument.marks)), strict=True))
        while mark := next(filter(self.following, left), None):
            self.skip_blanks()
            self.take()
            found[left.pop(mark)] = self.raw_group(name, at)
        return found

    def _xargument(self, argument: Argument, name: str, at: int) -> list[str]:
        """One argument of xparse; what is not given is its default, or NO_VALUE."""
        missing = [NO_VALUE] if argument.default is None else list(argument.default)
        match argument.letter:
            case "m":
                return self.raw_group(name, at)
            case "v":
                return self.raw_group(name, at)
            case "s" | "t":
                mark = argument.marks[0]
                given = self.following(mark)
                if given:
                    self.skip_blanks()
                    self.take()
                return ["\\BooleanTrue" if given else "\\BooleanFalse"]
            case "o" | "d" | "r":
                opening, closing = argument.marks
                if not self.following(opening):
                    return missing
                self.skip_blanks()
                _, start = self.take()
                return self.balanced("[", "]", start) if opening == "[" else self.delimited(name, (closing,), at)
            case "g":
                return self.raw_group(name, at) if self.following("{") else missing
            case other:
                raise self.error(f"{name} takes an argument of an unknown kind {other!r}", at)
