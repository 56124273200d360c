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
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from . import toml_tables

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
_ANGLES = {"<": r"\langle", ">": r"\rangle"}
_LENGTH_NUMBER, _LENGTH_UNIT = frozenset("-+.0123456789"), frozenset("emxptucinspd")
_PRIMES = frozenset(("'", r"\prime"))
_AFTER_BASE = _PRIMES | {"^", "_", r"\limits", r"\nolimits"}
_NO_ARGUMENT = frozenset(("^", "_", "&", r"\\"))
_NEWLINES = frozenset((r"\\", r"\cr"))
_IGNORED = frozenset(("\\", "%", "$", "~", r"\(", r"\)", r"\[", r"\]"))
_TRAILING = frozenset((".", ",", ";", r"\\"))
_VARIANTS = {rf"\var{name}": rf"\{name}" for name in ("epsilon", "theta", "pi", "rho", "sigma", "phi", "kappa")}

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
    table = toml_tables.read("fi.toml")
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
            done = (stop.value[0], stop.value[1])
            if not stack:
                return done[0]
        else:
            stack.append(call)
            done = None


def _token(nodes: Sequence[Tree], at: int) -> str:
    """The token at an index; "" for a group and past the end."""
    node = nodes[at] if at < len(nodes) else ""
    return node if isinstance(node, str) else ""


def _is_group(nodes: Sequence[Tree], at: int) -> bool:
    return at < len(nodes) and isinstance(nodes[at], list)


def _sequence(nodes: Sequence[Tree], in_table: bool) -> _Step:
    r"""All the nodes of one group; the first ``\over`` or ``\choose`` in it splits it."""
    for at, node in enumerate(nodes):
        if isinstance(node, str) and node in _INFIX:
            above, _ = yield _sequence(nodes[:at], in_table)
            below, _ = yield _sequence(nodes[at + 1 :], in_table)
            return [_INFIX[node], *_braced(above), *_braced(below)], len(nodes)
    rules = _rules()
    out: list[str] = []
    at = 0
    while at < len(nodes):
        token = _token(nodes, at)
        if token in rules.switches and not _is_group(nodes, at + 1):
            tokens, at = yield _switch(nodes, at, in_table)
        elif token.startswith(r"\begin{"):
            tokens, at = yield _environment(nodes, at, in_table)
        elif token and token[0] != "\\" and token not in rules.kinds and _token(nodes, at + 1) not in _AFTER_BASE:
            tokens, at = [token], at + 1  # by far the most common case, spared the two calls below
        else:
            tokens, at = yield _atom(nodes, at, in_table)
            scripts, at = yield _scripts(nodes, at, in_table)
            tokens = tokens + scripts
        out += tokens
    return out, at


def _switch(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    r"""``\bf`` and the like reach to the end of the group."""
    rules = _rules()
    rest, end = yield _sequence(nodes[at + 1 :], in_table)
    command = rules.alias.get(_token(nodes, at), "")
    if rest and command in rules.fonts:
        rest = [command, *_braced(rest)]
    return rest, at + 1 + end


def _environment(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    r"""From a ``\begin{name}`` to its end, or to the end of the group."""
    rules = _rules()
    name = _token(nodes, at)[len(r"\begin{") : -1]
    at += 1
    if name in rules.with_columns and _is_group(nodes, at):
        at += 1
    while name == "array" and _token(nodes, at) == "[" and _token(nodes, at + 2) == "]":
        at += 3
    end = _matching_end(nodes, at)
    body = nodes[at:end]
    if name in rules.lines:
        breaks = ("&", *_NEWLINES)
        tokens, _ = yield _sequence([node for node in body if isinstance(node, list) or node not in breaks], in_table)
        return tokens, end + 1
    while body and _token(body, len(body) - 1) in _NEWLINES:
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
        token = _token(nodes, index)
        depth += token.startswith(r"\begin{") - token.startswith(r"\end{")
        if depth == 0:
            return index
    return len(nodes)


def _scripts(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    """The scripts of one base, in the order subscript, primes, superscript."""
    sub: list[str] = []
    sup: list[str] = []
    primes = 0
    while (token := _token(nodes, at)) in _AFTER_BASE:
        at += 1
        if token in _PRIMES:
            primes += 1
        elif token == "_":
            tokens, at = yield _argument(nodes, at, in_table)
            sub += tokens
        elif token == "^":
            tokens, at = yield _argument(nodes, at, in_table)
            leading = next((index for index, token in enumerate(tokens) if token != "'"), len(tokens))
            primes += leading
            sup += tokens[leading:]
    out = ["_", *_braced(sub)] if sub else []
    out += ["'"] * primes
    out += ["^", *_braced(sup)] if sup else []
    return out, at


def _argument(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    """The group or the one atom that a command takes; nothing where the next node cannot be an argument."""
    kinds = _rules().kinds
    while kinds.get(_token(nodes, at)) == "dropped":
        at += 1
    if at >= len(nodes) or _token(nodes, at) in _NO_ARGUMENT:
        return [], at
    return (yield _atom(nodes, at, in_table))


def _atom(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    """One group, symbol, or command with its arguments, without the scripts that follow."""
    rules = _rules()
    node = nodes[at]
    after = at + 1
    if isinstance(node, list):
        tokens, _ = yield _sequence(node, in_table)
        return tokens, after
    command = rules.alias.get(node, node)
    match rules.kinds.get(command):
        case "script":
            return [], at
        case "separator":
            return (["&"] if in_table else []), after
        case "newline":
            return ([r"\\"] if in_table else []), after
        case "symbol":
            return [command], after
        case "written":
            return list(rules.written[command]), after
        case "dropped":
            return [], after
        case "dropped_with_argument":
            after += _token(nodes, after) == "*"
            return [], after + _is_group(nodes, after)
        case "dropped_with_length":
            return [], _after_length(nodes, after)
        case "delimiter":
            return _delimiter(_token(nodes, after), after)
        case "wrapper":
            after += _token(nodes, after) == "*"
            if not _is_group(nodes, after):
                return [], after
            return (yield _atom(nodes, after, in_table))
        case "not":
            negated = rules.negated.get(rules.alias.get(_token(nodes, after), _token(nodes, after)))
            return ([r"\not"], after) if negated is None else ([negated], after + 1)
        case "mod":
            return (yield _mod(command, nodes, after, in_table))
        case "root":
            return (yield _root(nodes, after, in_table))
        case "textcolor":
            _, after = yield _argument(nodes, after, in_table)
            return (yield _argument(nodes, after, in_table))
        case "one_argument":
            argument, after = yield _argument(nodes, after, in_table)
            return [command, *_braced(argument)], after
        case "two_arguments":
            first, after = yield _argument(nodes, after, in_table)
            second, after = yield _argument(nodes, after, in_table)
            return [command, *_braced(first), *_braced(second)], after
        case None:
            return (yield _unlisted(command, nodes, after, in_table))


def _delimiter(token: str, at: int) -> _Done:
    r"""``\left`` goes, and with it the ``.`` of an invisible delimiter; the delimiter itself is read next."""
    if token == ".":
        return [], at + 1
    if token in _ANGLES:
        return [_ANGLES[token]], at + 1
    return [], at


def _after_length(nodes: Sequence[Tree], at: int) -> int:
    """Past a length, ``{…}`` or ``-1.5em``."""
    if _is_group(nodes, at):
        return at + 1
    while _token(nodes, at) in _LENGTH_NUMBER:
        at += 1
    for _ in range(2):
        at += _token(nodes, at) in _LENGTH_UNIT
    return at


def _mod(command: str, nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    if command == r"\mod":
        return list("mod"), at
    argument, at = yield _argument(nodes, at, in_table)
    return ["(", *("mod" if command == r"\pmod" else ""), *argument, ")"], at


def _root(nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    """A root; the index 2 is as good as none."""
    index: list[str] = []
    if _token(nodes, at) == "[":
        end = next((end for end in range(at + 1, len(nodes)) if nodes[end] == "]"), None)
        if end is not None:
            index, _ = yield _sequence(nodes[at + 1 : end], in_table)
            at = end + 1
    radicand, at = yield _argument(nodes, at, in_table)
    shown = ["[", *index, "]"] if index and index != ["2"] else []
    return [r"\sqrt", *shown, *_braced(radicand)], at


def _unlisted(command: str, nodes: Sequence[Tree], at: int, in_table: bool) -> _Step:
    """A character, or a command that is not in the tables: whatever is in braces after that is its own."""
    out = [command]
    if command[0] == "\\" and command[1].isalpha():
        while _is_group(nodes, at):
            argument, at = yield _atom(nodes, at, in_table)
            out += _braced(argument)
    return out, at


def _join(tokens: Sequence[str]) -> list[str]:
    r"""The tokens with signs like ``<=`` as one, one ``\dots`` for a run, and no trailing punctuation."""
    out: list[str] = []
    at = 0
    while at < len(tokens):
        for signs, target in _rules().joined:
            if tokens[at] == signs[0] and tuple(tokens[at : at + len(signs)]) == signs:
                joined, at = target, at + len(signs)
                break
        else:
            joined, at = tokens[at], at + 1
        if joined != r"\dots" or out[-1:] != [r"\dots"]:
            out.append(joined)
    while out and out[-1] in _TRAILING:
        out.pop()
    return out


def fi_tokens(text: str) -> list[str]:
    """The canonical tokens of a LaTeX string."""
    return _join(_run(_sequence(_nest(tokenize(text)), False)))


def fi(text: str) -> str:
    """The canonical tokens of a LaTeX string, side by side."""
    return "".join(fi_tokens(text))


def leak_key(text: str) -> str:
    r"""A key for keeping a formula out of training data: `fi` in lower case, no fonts, no braces, no ``\var`` forms."""
    fonts = _rules().fonts
    kept = (token for token in fi_tokens(text) if token not in fonts and token not in ("{", "}"))
    return " ".join(_VARIANTS.get(token, token) for token in kept).lower()
