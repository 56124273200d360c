r"""The format-insensitive key of a LaTeX string: two spellings of one formula become one text.

The comparison that figures for formula recognition are quoted in. It works on strings that need not be well formed
(what a model answers often is not), so it is not the reader: it tokenises, nests by braces, chooses one spelling for
each symbol, drops what only changes the looks, and writes the tokens back without white space. Nothing is refused.

    >>> fi(r"\left( \dfrac{ x_{1} }{2} \right)")
    '(\\frac{x_1}2)'

Not unified: case, ``\epsilon`` and ``\varepsilon``, ``\cdot`` and ``\times``, fonts, ``a/b`` and ``\frac``. Where both
formulas can be read, equality of normal forms (`convert.normal`) is the better test: it knows environments, macros and
arguments, where this knows tokens. The lists are in tables/fi.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias


Tree: TypeAlias = "str | list[Tree]"
"""A token, or what stands in a pair of braces."""

_Done: TypeAlias = tuple[list[str], int]
"""Canonical tokens, and the index of the first node that was not used for them."""

_Step: TypeAlias = "Generator[_Step, _Done, _Done]"
"""A function of the descent: it yields the calls it makes, so that the nesting costs no Python stack."""

_Kind: TypeAlias = Literal[
    "script", "separator", "newline", "delimiter", "dropped", "dropped_with_argument", "dropped_with_length", "written",
    "wrapper", "not", "mod", "root", "textcolor", "one_argument", "two_arguments", "symbol",
]  # fmt: skip

_OUTER = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_INFIX = {r"\over": r"\frac", r"\atop": r"\binom", r"\choose": r"\binom", r"\above": r"\binom"}
_DELIMITERS = {"<": r"\langle", ">": r"\rangle"}
_LENGTH_NUMBER, _LENGTH_UNIT = frozenset("-+.0123456789"), frozenset("emxptucinspd")
_PRIMES = frozenset(("'", r"\prime"))
_NEWLINES = frozenset((r"\\", r"\cr"))
_IGNORED = frozenset(("\\", "%", "$", "~", r"\(", r"\)", r"\[", r"\]"))
_TRAILING = frozenset((".", ",", ";", r"\\"))
_VARIANTS = {rf"\var{name}": rf"\{name}" for name in "epsilon theta pi rho sigma phi kappa".split()}

# A backslash, blanks and a sign are one token: corpora that separate all tokens by blanks tear "\{" apart.
_TOKEN = re.compile(
    r"\\(?:begin|end)\s*\{\s*[A-Za-z]+\*?\s*\}|\\[A-Za-z]+|\\\s*[{}%&_#$,;:!]|\\\\|\\.|\\|\S",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Rules:
    """tables/fi.toml, indexed by token."""

    kinds: Mapping[str, _Kind]
    alias: Mapping[str, str]
    written: Mapping[str, tuple[str, ...]]
    negated: Mapping[str, str]
    joined: Sequence[tuple[tuple[str, ...], str]]
    switches: frozenset[str]
    fonts: frozenset[str]
    lines: frozenset[str]
    matrices: frozenset[str]
    with_columns: frozenset[str]
    fenced: Mapping[str, tuple[str, str]]
    unicode: Mapping[int, str]


def _commands(words: str) -> list[str]:
    return [f"\\{word}" for word in words.split()]


@cache
def _rules() -> _Rules:
    table = tomllib.loads(files(__package__).joinpath("tables/fi.toml").read_text(encoding="utf-8"))
    groups = {name: _commands(words) for name, words in table["commands"].items()}
    written = {command: tuple(signs) for command, signs in table["written"].items()}
    written |= {command: tuple(command[1:]) for command in groups["letters"]}
    by_kind: list[tuple[_Kind, Sequence[str]]] = [
        ("script", ("^", "_", *_PRIMES)),
        ("separator", ("&",)),
        ("newline", tuple(_NEWLINES)),
        ("delimiter", (r"\left", r"\right", r"\middle")),
        ("dropped", (*groups["dropped"], "\\ ")),
        ("dropped_with_argument", groups["dropped_with_argument"]),
        ("dropped_with_length", groups["dropped_with_length"]),
        ("written", tuple(written)),
        ("wrapper", groups["wrappers"]),
        ("not", (r"\not",)),
        ("mod", (r"\pmod", r"\pod", r"\mod")),
        ("root", (r"\sqrt",)),
        ("textcolor", (r"\textcolor",)),
        ("one_argument", groups["one_argument"] + groups["fonts"]),
        ("two_arguments", groups["two_arguments"]),
        ("symbol", groups["symbols"]),
    ]
    environments = {name: frozenset(words.split()) for name, words in table["environments"].items()}
    return _Rules(
        kinds={token: kind for kind, tokens in reversed(by_kind) for token in tokens},
        alias={word: target for target, words in table["alias"].items() for word in _commands(words)},
        written=written,
        negated=table["negated"],
        joined=[(tuple(signs.split()), target) for signs, target in table["joined"].items()],
        switches=frozenset(groups["switches"]),
        fonts=frozenset(groups["fonts"]),
        lines=environments["lines"],
        matrices=environments["matrices"],
        with_columns=environments["with_columns"],
        fenced={name: (opening, closing) for name, (opening, closing) in table["fenced"].items()},
        unicode={ord(char): f" {tex} " for char, tex in table["unicode"].items()},
    )


def strip_delimiters(text: str) -> str:
    r"""The text without the ``$…$``, ``$$…$$``, ``\(…\)`` or ``\[…\]`` around it; a lone ``$`` at an end goes too."""
    text = text.strip()
    for opening, closing in _OUTER:
        if len(text) < len(opening) + len(closing) or not (text.startswith(opening) and text.endswith(closing)):
            continue
        if closing == "$" and text.endswith(r"\$"):
            continue
        return text[len(opening) : len(text) - len(closing)].strip()
    return re.sub(r"(?<!\\)\$+$", "", text.lstrip("$")).strip()


def tokenize(text: str) -> list[str]:
    """The TeX tokens without outer delimiters; non-ASCII characters as commands; ``\\begin{name}`` is one token."""
    tokens = []
    for token in _TOKEN.findall(strip_delimiters(text).translate(_rules().unicode)):
        if len(token) > 1 and token[0] == "\\" and token[1].isspace():
            token = "\\" + token[-1] if token.strip() != "\\" else "\\ "
        elif token.startswith((r"\begin", r"\end")) and "{" in token:
            token = re.sub(r"[\s*]", "", token)
        if token not in _IGNORED:
            tokens.append(token)
    return tokens


def _nest(tokens: Sequence[str]) -> list[Tree]:
    """The tokens with each brace group as a list. A brace too many is ignored, a missing one is added at the end."""
    stack: list[list[Tree]] = [[]]
    for token in tokens:
        if token == "{":
            stack.append([])
            stack[-2].append(stack[-1])
        elif token == "}":
            if len(stack) > 1:
                stack.pop()
        else:
            stack[-1].append(token)
    return stack[0]


def _braced(tokens: list[str]) -> list[str]:
    return tokens if len(tokens) == 1 else ["{", *tokens, "}"]


def _run(step: _Step) -> list[str]:
    """What a step comes to, with the steps it calls on a stack of our own."""
    stack = [step]
    done: _Done | None = None
    while True:
        try:
            call = next(stack[-1]) if done is None else stack[-1].send(done)
        except StopIteration as stop:
            stack.pop()
            done = stop.value
            if not stack:
                return stop.value[0]
        else:
            stack.append(call)
            done = None


def _sequence(nodes: Sequence[Tree], in_table: bool) -> _Step:
    """All the nodes of one group."""
    rules = _rules()
    for at, node in enumerate(nodes):
        if isinstance(node, str) and node in _INFIX:
            above, _ = yield _sequence(nodes[:at], in_table)
            below, _ = yield _sequence(nodes[at + 1 :], in_table)
            return [_INFIX[node], *_braced(above), *_braced(below)], len(nodes)
    out: list[str] = []
    at = 0
    while at < len(nodes):
        node = nodes[at]
        if isinstance(node, str) and node.startswith(r"\begin{"):
            tokens, at = yield _environment(nodes, at, in_table)
        elif isinstance(node, str) and node in rules.switches and not _is_group(nodes, at + 1):
            tokens, at = yield _switch(nodes, at, in_table)
        else:
            tokens, at = yield _atom(nodes, at, in_table)
            scripts, at = yield _scripts(nodes, at, in_table)
            tokens = tokens + scripts
        out += tokens
    return out, at


def _is_group(nodes: Sequence[Tree], at: int) -> bool:
    return at < len(nodes) and isinstance(nodes[at], list)


def _switch(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    r"""``\bf`` and the like reach to the end of the group."""
    rules = _rules()
    rest, _ = yield _sequence(nodes[at + 1 :], in_table)
    command = rules.alias.get(str(nodes[at]), "")
    if rest and command in rules.fonts:
        rest = [command, *_braced(rest)]
    return rest, len(nodes)


def _environment(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    r"""From a ``\begin{name}`` to its end, or to the end of the group."""
    rules = _rules()
    name = str(nodes[at])[len(r"\begin{") : -1]
    at += 1
    if name in rules.with_columns and _is_group(nodes, at):
        at += 1
    while name == "array" and nodes[at : at + 1] == ["["] and nodes[at + 2 : at + 3] == ["]"]:
        at += 3
    end = _matching_end(nodes, at)
    body = nodes[at:end]
    if name in rules.lines:
        tokens, _ = yield _sequence([node for node in body if node != "&" and node not in _NEWLINES], in_table)
        return tokens, end + 1
    while body and body[-1] in _NEWLINES:
        body = body[:-1]
    tokens, _ = yield _sequence(body, True)
    opening, closing = rules.fenced.get(name, ("", ""))
    if opening or name in rules.matrices:
        name = "matrix"
    fenced = [opening, rf"\begin{{{name}}}", *tokens, rf"\end{{{name}}}", closing]
    return [token for token in fenced if token], end + 1


def _matching_end(nodes: Sequence[Tree], at: int) -> int:
    depth = 1
    for index in range(at, len(nodes)):
        node = nodes[index]
        if isinstance(node, str) and node.startswith((r"\begin{", r"\end{")):
            depth += 1 if node.startswith(r"\begin{") else -1
            if depth == 0:
                return index
    return len(nodes)


def _scripts(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    """The scripts of one base, in the order subscript, primes, superscript."""
    sub: list[str] = []
    sup: list[str] = []
    primes = 0
    while at < len(nodes):
        node = nodes[at]
        if node in _PRIMES_OR_LIMITS:
            primes += node in _PRIMES
            at += 1
        elif node == "_":
            tokens, at = yield _argument(nodes, at + 1, in_table)
            sub += tokens
        elif node == "^":
            tokens, at = yield _argument(nodes, at + 1, in_table)
            leading = next((index for index, token in enumerate(tokens) if token != "'"), len(tokens))
            primes += leading
            sup += tokens[leading:]
        else:
            break
    out = ["_", *_braced(sub)] if sub else []
    out += ["'"] * primes
    out += ["^", *_braced(sup)] if sup else []
    return out, at


def _argument(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    """The group or the one atom that a command takes; nothing where the next node cannot be an argument."""
    while at < len(nodes) and _kind(nodes[at]) == "dropped":
        at += 1
    if at >= len(nodes) or nodes[at] in _NO_ARGUMENT:
        return [], at
    return (yield _atom(nodes, at, in_table))
