"""TeX's mouth and gullet: cuts the text into tokens and expands macros.

Tokens are kept on a stack, the next one on top, so that taking one, putting it back and pushing the expansion of a
macro all cost the same small time. A token of an expansion stands where the macro was called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ...errors import ParseError
from ...source import Source

MAX_INPUT = 100_000
"""Characters of one formula; the longest in arXiv are a few thousand."""
MAX_EXPANSION = 100_000
"""Tokens that macros may produce in one formula (TeX itself runs until its memory is full)."""

_NUMBER = r"(?:[0-9]+(?:\s+[0-9]+|\s*\{\s*,\s*\}\s*[0-9]+)*(?:\s*(?:\.|\{\.\})\s*[0-9]+)?|\.[0-9]+)"
_TOKEN = re.compile(rf"\\(?:[A-Za-z]+|.)?|{_NUMBER}|%[^\n]*(?:\n|$)|\s+|.", re.DOTALL)
_COMMA = str.maketrans("", "", "{}")


@dataclass(frozen=True, slots=True)
class Macro:
    """A definition: the tokens around its parameters (`#1` …), an optional first argument's default, the body."""

    pattern: tuple[str, ...]
    body: tuple[str, ...]
    default: tuple[str, ...] | None = None


def tokenize(text: str) -> list[str]:
    """All tokens, white space and comments among them, so that their lengths add up to the text's."""
    return _TOKEN.findall(text)


def is_blank(token: str) -> bool:
    """White space or a comment."""
    return token[0] == "%" or token.isspace()


class TokenStack:
    """The tokens still to be read, the macros in force and the constructs that are open."""

    max_input = MAX_INPUT
    max_argument = MAX_EXPANSION
    """Tokens of one argument with delimiters."""
    bounds: frozenset[str] = frozenset()
    """Tokens that no argument goes beyond."""
    subject = "formula"
    """What the text is, for messages."""

    def __init__(self, source: Source, macros: Mapping[str, str | Macro]) -> None:
        self.source = source
        self.open: list[tuple[str, int]] = []
        self.macros: dict[str, Macro] = {}
        self._undo: list[tuple[str, Macro | None]] = []
        self._budget = MAX_EXPANSION
        self.calls: dict[int, int] = {}
        """Where each call of a macro in the text begins and ends."""
        if len(source.text) > self.max_input:
            size, limit = len(source.text), self.max_input
            raise ParseError(f"the {self.subject} is {size:,} characters long; the limit is {limit:,}", source, (0, 1))
        tokens = tokenize(source.text)
        starts = list(accumulate(map(len, tokens), initial=0))
        self.end = 0
        """Where the last group or argument that was read ends."""
        starts.pop()
        starts.reverse()
        tokens.reverse()
        self.toks, self.pos = tokens, starts
        for name, written in macros.items():
            if isinstance(written, Macro):
                self.macros[name] = written
                continue
            body = join_parameters(tokenize(written))
            count = max(
                (int(tok[1]) for tok in body if len(tok) == 2 and tok[0] == "#" and tok[1].isdecimal()), default=0
            )
            self.macros[name] = Macro(tuple(f"#{n}" for n in range(1, count + 1)), body)

    # Errors

    def error(self, message: str, start: int, end: int | None = None) -> ParseError:
        """A `ParseError` at these offsets that names the open constructs."""
        size = len(self.source.text)
        start = min(start, size)
        return ParseError(message, self.source, (start, min(size, end or start + 1)), self.open)

    def ended(self, wanted: str) -> ParseError:
        """The error for input that stops too early."""
        return self.error(f"the {self.subject} ends where {wanted} should stand", len(self.source.text))

    # Taking tokens

    def push(self, tokens: Iterable[str], at: int) -> None:
        """Puts tokens back so that the first of them is read next."""
        batch = list(tokens)
        batch.reverse()
        self.toks += batch
        self.pos += [at] * len(batch)

    def skip_blanks(self) -> str:
        """Drops white space and comments; returns the next token without taking it, "" at the end."""
        toks = self.toks
        while toks:
            tok = toks[-1]
            if not is_blank(tok):
                return tok
            toks.pop()
            self.pos.pop()
        return ""

    def take(self) -> tuple[str, int]:
        """The next token and its offset. The caller has made sure that there is one."""
        return self.toks.pop(), self.pos.pop()

    def take_if(self, token: str) -> bool:
        """Takes the next token after blanks if it is this one."""
        if self.skip_blanks() != token:
            return False
        self.end = self.take()[1] + len(token)
        return True

    def peek_expanded(self) -> str:
        """The next token after blanks that is not a macro: macros in front are expanded."""
        while (tok := self.skip_blanks()) in self.macros and tok:
            self.expand(*self.take())
        return tok

    def is_run(self, tok: str) -> bool:
        """Whether it is several of TeX's tokens: a number of more than one digit."""
        return len(tok) > 1 and tok[0] in "0123456789."

    def split(self, tok: str, count: int, at: int) -> str:
        """The first characters of a run; the rest goes back."""
        self.push(tokenize(tok[count:]), at + count)
        return tok[:count]

    def split_number(self, tok: str, at: int) -> str:
        """The first character of a run; the rest goes back. TeX's arguments are single tokens."""
        return self.split(tok, 1, at) if self.is_run(tok) else tok

    def raw_group(self, owner: str, at: int) -> list[str]:
        """The tokens of a braced group without its braces, or the single next token; nothing is expanded."""
        tok = self.skip_blanks()
        if tok == "}":
            raise self.error(f"{owner} needs an argument, found }}", self.pos[-1])
        if not tok:
            raise self.ended(f"an argument of {owner}")
        tok, start = self.take()
        if tok != "{":
            tok = self.split_number(tok, start)
            self.end = start + len(tok)
            return [tok]
        return self.balanced("{", "}", start)

    def raw_option(self) -> list[str] | None:
        """The tokens of `[…]` if it comes next."""
        if self.skip_blanks() != "[":
            return None
        _, start = self.take()
        return self.balanced("[", "]", start)

    def split_comment(self, tok: str, at: int) -> str:
        """The `%` of a comment that is none; the rest of it goes back."""
        self.push(tokenize(tok[1:]), at + 1)
        return "%"

    def balanced(self, opening: str, closing: str, start: int, *, comments: bool = True) -> list[str]:
        """Tokens up to `closing`, with inner braces balanced; the opening token has been taken.

        Without `comments` a `%` is a character like others, as in addresses.
        """
        found: list[str] = []
        depth = 0
        toks, pos = self.toks, self.pos
        while toks:
            tok = toks.pop()
            at = pos.pop()
            if tok[0] == "%" and not comments:
                tok = self.split_comment(tok, at)
            if tok == closing and depth == 0:
                self.end = at + 1
                return found
            depth += (tok == "{") - (tok == "}")
            if depth < 0:
                break
            found.append(tok)
        raise self.error(f"{opening} without its {closing}", start)

    def verbatim(self, owner: str, at: int) -> str:
        """A braced argument as text, word for word."""
        return "".join(self.raw_group(owner, at))

    # Macros

    def define(self, name: str, macro: Macro | None, *, everywhere: bool = False) -> None:
        """Sets or removes a definition; it ends with the group unless it is global."""
        if everywhere:
            self._undo = [entry for entry in self._undo if entry[0] != name]
        else:
            self._undo.append((name, self.macros.get(name)))
        if macro is None:
            self.macros.pop(name, None)
        else:
            self.macros[name] = macro

    def scope(self) -> int:
        """A mark to which `leave` goes back."""
        return len(self._undo)

    def leave(self, mark: int) -> None:
        """Undoes the definitions made since the mark."""
        while len(self._undo) > mark:
            name, macro = self._undo.pop()
            if macro is None:
                self.macros.pop(name, None)
            else:
                self.macros[name] = macro

    def expand(self, name: str, at: int) -> None:
        """Replaces a macro, just taken from the stack, by its body."""
        macro = self.macros[name]
        arguments = self.arguments(name, macro, at) if macro.pattern else []
        self.expand_body(name, macro.body, arguments, at)

    def expand_body(self, name: str, body: Sequence[str], arguments: Sequence[Sequence[str]], at: int) -> None:
        """Pushes a body with its parameters filled in; counts what macros have produced."""
        # What a macro makes stands where the call begins, so that a call inside a macro is known already.
        self.calls.setdefault(at, max(at + len(name), self.end if arguments else 0))
        result: list[str] = []
        for tok in body:
            if len(tok) == 2 and tok[0] == "#" and tok[1].isdecimal():
                result += arguments[int(tok[1]) - 1]
            else:
                result.append(tok)
            if len(result) > self._budget:
                break
        self._budget -= len(result) + 1
        if self._budget < 0:
            raise self.error(
                f"macros produce more than {MAX_EXPANSION:,} tokens; is {name} defined by itself?", at, at + len(name)
            )
        self.push(result, at)

    def arguments(self, name: str, macro: Macro, at: int) -> list[list[str]]:
        """What the parameters of a macro, just taken from the stack, stand for in this call."""
        self.open.append((name, at))
        try:
            return list(self._arguments(name, macro, at))
        finally:
            self.open.pop()

    def _arguments(self, name: str, macro: Macro, at: int) -> Iterator[list[str]]:
        pattern = macro.pattern
        if macro.default is not None:
            option = self.raw_option()
            yield list(macro.default) if option is None else option
            pattern = pattern[1:]
        index = 0
        while index < len(pattern):
            stop = index + 1
            while stop < len(pattern) and not is_parameter(pattern[stop]):
                stop += 1
            if not is_parameter(pattern[index]):
                self._expect(name, pattern[index])
                index += 1
            else:
                delimiter = pattern[index + 1 : stop]
                yield self.delimited(name, delimiter, at) if delimiter else self.raw_group(name, at)
                index = stop

    def _expect(self, name: str, token: str) -> None:
        tok = self.skip_blanks()
        if tok and tok != token:
            tok, at = self.take()
            self.push([self.split_number(tok, at)], at)
            tok = self.toks[-1]
        if tok != token:
            at = self.pos[-1] if tok else len(self.source.text)
            raise self.error(f"the use of {name} does not match its definition: {token} should stand here", at)
        self.take()

    def delimited(self, name: str, stop: Sequence[str], at: int) -> list[str]:
        """An argument that ends before these tokens outside braces, which are taken; braces around all of it fall.

        Where they are missing nothing is taken.
        """
        found: list[str] = []
        places: list[int] = []
        depth, first = 0, stop[0]
        while self.toks and depth >= 0 and len(found) < self.max_argument and self.toks[-1] not in self.bounds:
            tok, where = self.toks.pop(), self.pos.pop()
            if depth == 0 and first in tok and (tok == first or self.is_run(tok)):
                # A number may have a comma in braces, which ends nothing.
                before = min(tok.index(first), 1) if "{" in tok else tok.index(first)
                tok = self.split(tok, before, where)
                if not tok and self._take_all(stop):
                    self.looked_at(len(found), at)
                    whole = len(found) >= 2 and found[0] == "{" and found[-1] == "}"
                    return self.placed(found[1:-1], places[1:-1]) if whole else self.placed(found, places)
                if not tok:
                    tok, where = self.take()
                    tok = self.split_number(tok, where)
            depth += (tok == "{") - (tok == "}")
            found.append(tok)
            places.append(where)
        self.looked_at(len(found), at)
        self.toks += reversed(found)
        self.pos += reversed(places)
        raise self.error(f"the argument of {name} does not end: {''.join(stop)} is missing", at)

    def _take_all(self, wanted: Sequence[str]) -> bool:
        """Takes these tokens if they come next."""
        taken: list[tuple[str, int]] = []
        for part in wanted:
            if taken:
                self.skip_blanks()
            if not self.toks:
                break
            tok, at = self.take()
            taken.append((tok if tok == part else self.split_number(tok, at), at))
            if taken[-1][0] != part:
                break
        else:
            self.end = taken[-1][1] + len(taken[-1][0])
            return True
        for tok, at in reversed(taken):
            self.toks.append(tok)
            self.pos.append(at)
        return False

    def placed(self, tokens: list[str], places: list[int]) -> list[str]:
        """An argument out of tokens and their places."""
        return tokens

    def looked_at(self, count: int, at: int) -> None:
        """Told how many tokens were looked at in search of an end, for readers of texts without a limit."""


def is_parameter(part: str) -> bool:
    """Whether a token of a definition is a parameter, such as `#1`."""
    return len(part) == 2 and part[0] == "#"


def join_parameters(tokens: Sequence[str]) -> tuple[str, ...]:
    """A macro body with `#` and the digit after it joined to one token: `#`, `12` → `#1`, `2`."""
    joined: list[str] = []
    rest = list(reversed(tokens))
    while rest:
        tok = rest.pop()
        if tok == "#" and rest and rest[-1][0].isdecimal():
            digits = rest.pop()
            joined.append("#" + digits[0])
            rest += reversed(tokenize(digits[1:]))
        elif tok == "#" and rest and rest[-1] == "#":
            joined.append(rest.pop())
        else:
            joined.append(tok)
    return tuple(joined)


def number_text(token: str) -> str:
    r"""What a number token says: `1 2` is 12, `1{,}000` is 1,000."""
    return token if token.isdecimal() else "".join(token.split()).translate(_COMMA)
