"""AST → linear mathematics in Unicode, as one pastes it into plain text: ``x² + y₁ ≤ √(a+b)/2``.

The notation is that of `..linear`, and what is written is read back as the same formula: parentheses, spaces and
quotation marks are put where the reader needs them. Scripts use Unicode's characters where it has all of them. Upright
words stand in straight quotation marks, ``"eff"``; text does too where it is more than letters, else in ``“if”``.
Looks (sizes, spaces, colours) have no place here; what else is lost is reported.

The nodes are taken from the leaves up, so that depth costs no stack.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple, assert_never

from .. import alphabets
from ..atoms import atom_class
from ..errors import Loss, Losses
from ..linear import (
    ENCLOSURE_OF,
    MARKS,
    PARTS,
    PREFIX_OF,
    PRIMES,
    ROOTS,
    ROUNDHAND,
    STRETCHING,
    STRUCTURAL,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    UPRIGHT,
    WORD_FONTS,
    function_limits,
    functions,
    split_word,
    symbol_class,
)
from ..nodes import (
    Accent,
    AtomClass,
    Enclosed,
    Fence,
    Font,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Stack,
    Styled,
    Sym,
    Table,
    Text,
    Unknown,
    items_of,
    walk,
)

# What a piece of the output is to its neighbours.
_FACTOR = 1
"""Begins with something that an open argument before it would take in."""
_ATOM = 2
"""Needs no parentheses as an argument, nor as the base of a script."""
_OPEN = 4
"""Ends with an argument that would take in a factor after it."""
_RUN = 8
"""Begins with a numerator, which would take in a factor before it."""
_WORD = 16
"""A function's name, which needs room."""
_LETTER = 32
"""Begins with a letter that must not become part of a function's name."""
_FANCY = 64
"""A word in a mathematical alphabet, which must not run into the next one."""
_TEXT = 128
"""Words, set apart by spaces."""
_SPACE = 256
_BELOW = 512
"""Ends with a denominator, which would take in brackets after it too."""
_AFTER = 1024
"""Ends with brackets that would take in an exclamation mark after them."""

_FACTOR_ATOM = _FACTOR | _ATOM
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_COLLIDING = frozenset({"<=", ">=", "=>"})
_PIPES = frozenset("|‖∣∥")
_RESERVED = frozenset({"sqrt"})


class _Piece(NamedTuple):
    text: str
    flags: int
    cls: AtomClass


_Pieces = list[_Piece]
_UNSEEN = _Piece("", _SPACE, "ord")


def write(node: Node, *, losses: Losses) -> str:
    """The formula on one line. What has no place in linear notation is added to `losses`."""
    done: dict[int, _Pieces] = {}
    for part in reversed(list(walk(node))):
        done[id(part)] = _pieces(part, done, losses)
    return _spaced(done[id(node)])


def _pieces(node: Node, done: dict[int, _Pieces], losses: Losses) -> _Pieces:
    """The pieces of a node whose children are done."""
    match node:
        case Ident():
            return [_identifier(node, losses)]
        case Num(text, font):
            return [_number(node, text, font, losses)]
        case Sym():
            return [_symbol(node, losses)]
        case Row(items):
            return [piece for item in items for piece in done[id(item)]]
        case Script():
            return _script(node, done)
        case Fence(opening, body, closing):
            return _fence(opening, done[id(body)], closing)
        case Frac():
            return [_fraction(node, done)]
        case Operator(name):
            return [_Piece(_function(name), _WORD, "op")]
        case Root(radicand, index):
            return [_root(done[id(radicand)], None if index is None else done[id(index)])]
        case Accent(base, mark):
            return [_accent(node, base, mark, done[id(base)], losses)]
        case Text(text, font):
            return [_text(node, text, font, losses)]
        case Space(mu, newline):
            return [_UNSEEN] if newline or mu >= 3 else []
        case Table():
            return [_table(node, done)]
        case Stack():
            return [_stack(node, done)]
        case Styled(body, kind, value):
            if kind in ("color", "background", "link"):
                losses.append(Loss(f"{kind} {value}", "linear Unicode has no colours and links", node.span))
            return done[id(body)]
        case Enclosed():
            return _enclosed(node, done[id(node.body)], losses)
        case Unknown(text, language):
            losses.append(Loss(text, f"{language} source that is not understood, kept as text", node.span))
            return [_Piece(_quoted(text), _FACTOR_ATOM | _TEXT, "ord")]
    assert_never(node)


# Leaves


def _identifier(node: Ident, losses: Losses) -> _Piece:
    text, font = node.text, node.font
    if font == "":
        if len(text) == 1:
            return _Piece(_escaped(text), _FACTOR_ATOM | _LETTER if text.isascii() else _FACTOR_ATOM, "ord")
        if len(unicodedata.normalize("NFC", text)) == 1:
            return _Piece(text, _FACTOR_ATOM, "ord")
        losses.append(
            Loss(f"the word {text}", "linear Unicode has no words of italic letters; it is upright now", node.span)
        )
    elif font != "rm":
        if font == "frak" and text in PARTS.values():
            return _Piece("\\" + (alphabets.styled(text, font) or text), _FACTOR_ATOM, "ord")
        styled = _styled(text, font)
        if styled is not None:
            return _Piece(styled, _FACTOR_ATOM | _FANCY if font in WORD_FONTS else _FACTOR_ATOM, "ord")
        losses.append(Loss(f"the font {font} of {text}", "Unicode has no such letters", node.span))
        if len(text) == 1:
            return _Piece(text, _FACTOR_ATOM | _LETTER if text.isascii() else _FACTOR_ATOM, "ord")
    elif text in functions() and len(text) > 1:
        return _Piece(text, _WORD, "op")
    elif text in UPRIGHT:
        return _Piece(UPRIGHT[text], _FACTOR_ATOM, "ord")
    return _Piece(f'"{text}"', _FACTOR_ATOM | _TEXT, "ord")


def _styled(text: str, font: Font) -> str | None:
    """The text in a mathematical alphabet, or None where Unicode lacks a letter of it."""
    chars = [alphabets.styled(char, font) for char in text]
    if None in chars:
        return None
    selector = ROUNDHAND if font in ("scr", "bfscr") else ""
    return "".join(f"{char}{selector}" for char in chars)


def _number(node: Num, text: str, font: Font, losses: Losses) -> _Piece:
    if font and font != "rm":
        digits = [alphabets.styled(char, font) if char.isdigit() else char for char in text]
        if None not in digits and "," not in text:
            return _Piece("".join(digit or "" for digit in digits), _FACTOR_ATOM | _FANCY, "ord")
        losses.append(Loss(f"the font {font} of {text}", "Unicode has no such digits", node.span))
    if "," in text and not _GROUPED.fullmatch(text):
        text = text.replace(",", "\\,")
    return _Piece(text, _FACTOR_ATOM, "ord")


def _symbol(node: Sym, losses: Losses) -> _Piece:
    char = node.text
    if node.font:
        styled = alphabets.styled(char, node.font)
        if styled is not None:
            return _Piece(styled, _FACTOR_ATOM, "ord")
        losses.append(Loss(f"bold {char}", "Unicode has no such symbol", node.span))
    return _Piece(_escaped(char), _symbol_flags(char), symbol_class(char) or "ord")


def _symbol_flags(char: str) -> int:
    cls = symbol_class(char[0])
    if char in "!?":
        return _FACTOR
    if cls not in ("ord", None) or char in _PIPES or char == "/":
        return 0
    return _FACTOR_ATOM if len(char) == 1 else _FACTOR


def _escaped(char: str) -> str:
    if char == "/":
        return "∕"
    negated_bracket = len(char) > 1 and symbol_class(char[0]) in ("open", "close")
    return "\\" + char if char[0] in STRUCTURAL or negated_bracket else char


def _function(name: str) -> str:
    """A function's name; U+2061, function application, marks those that the reader does not know."""
    if name in functions():
        return name
    if name.isascii() and name.isalpha():
        return name + "\u2061"
    return _quoted(name) + "\u2061"


def _text(node: Text, text: str, font: Font, losses: Losses) -> _Piece:
    if font and font != "rm" and not text.isspace():
        letters = [alphabets.styled(char, font) if char.isalnum() else char for char in text]
        if None in letters or letters == list(text):
            losses.append(Loss(f"the font {font} of “{text}”", "Unicode has no such letters", node.span))
        else:
            text = "".join(letter for letter in letters if letter)
    return _Piece(_quoted(text), _FACTOR_ATOM | _TEXT, "ord")


def _quoted(text: str) -> str:
    """Text in quotation marks: straight ones around letters alone would make an upright word of it."""
    text = re.sub(r'[\\"”]', r"\\\g<0>", text)
    word = text.isalpha() and (text.isascii() or len(text) == 1)
    return f"“{text}”" if word else f'"{text}"'


# Arguments


def _single(pieces: _Pieces) -> str:
    """The pieces as a base: an atom as it is, else in invisible brackets."""
    if len(pieces) == 1 and pieces[0].flags & _ATOM:
        return pieces[0].text
    return f"〖{_tight(pieces)}〗"


def _fraction(node: Frac, done: dict[int, _Pieces]) -> _Piece:
    sign = "¦" if not node.bar else "⁄" if node.style == "slashed" else "/"
    num, den = done[id(node.num)], done[id(node.den)]
    over = _tight(num, inner=True)
    if " " in over or not _is_run(num):
        over = f"({over})"
    single = len(den) == 1 or (len(den) > 2 and den[0].flags & _LETTER and den[1].text == "(")
    below = _tight(den) if single and not den[0].flags & _WORD and _is_run(den) else f"({_tight(den)})"
    return _Piece(f"{over}{sign}{below}", _FACTOR | _OPEN | _RUN | _BELOW, "ord")


def _is_run(pieces: _Pieces) -> bool:
    """Whether they stand together as one numerator: letters, numbers and what is in brackets after them, ``2f(x)``."""
    if not pieces or not pieces[0].flags & (_FACTOR | _WORD) or pieces[0].text[0] in "〖!?":
        return False
    depth = 0
    previous = pieces[0]
    for piece in pieces:
        if piece.text == "(" and (depth or previous.flags & (_FACTOR | _WORD)):
            depth += 1
        elif piece.text.startswith(")") and depth:
            depth -= 1
        elif not depth and (not piece.flags & (_FACTOR | _WORD) or piece.flags & (_RUN | _TEXT)):
            return False
        elif not depth and piece is not previous and _needs_space(previous, piece):
            return False
        previous = piece
    return not depth and not previous.flags & _WORD


def _root(radicand: _Pieces, index: _Pieces | None) -> _Piece:
    if index is not None:
        sign = ROOTS.get(_tight(index))
        if sign is None:
            return _Piece(f"√({_tight(index)}&{_tight(radicand)})", _FACTOR, "ord")
    else:
        sign = "√"
    if len(radicand) == 1 and radicand[0].flags & _ATOM:
        return _Piece(sign + radicand[0].text, _FACTOR | _OPEN, "ord")
    return _Piece(f"{sign}({_tight(radicand)})", _FACTOR | _AFTER, "ord")


def _accent(node: Accent, base: Node, mark: str, pieces: _Pieces, losses: Losses) -> _Piece:
    char = MARKS.get(mark)
    alone = len(pieces) == 1 and pieces[0].flags & _ATOM and (len(pieces[0].text) == 1 or isinstance(base, Accent))
    if char and alone:
        text = pieces[0].text + char
        # Composing several marks would sort those above and those below.
        text = text if isinstance(base, Accent) else unicodedata.normalize("NFC", text)
        return _Piece(text, _FACTOR_ATOM | pieces[0].flags & (_LETTER | _FANCY), "ord")
    if mark in PREFIX_OF:
        return _Piece(f"{PREFIX_OF[mark]}({_tight(pieces)})", _FACTOR_ATOM, "ord")
    if char:
        return _Piece(f"({_tight(pieces, inner=True)}){char}", _FACTOR_ATOM, "ord")
    losses.append(Loss(f"the mark {mark}", "Unicode has no such combining character", node.span))
    return _Piece(_single(pieces), _FACTOR_ATOM, "ord")


# Scripts


def _script(node: Script, done: dict[int, _Pieces]) -> _Pieces:
    base = done[id(node.base)]
    sub = None if node.sub is None else done[id(node.sub)]
    sup = None if node.sup is None else done[id(node.sup)]
    if isinstance(node.base, Fence) and not node.base.close:
        before, last = base, "〖〗"
    elif isinstance(node.base, Fence) and base[-1] is not _UNSEEN:
        before, last = base[:-1], base[-1].text
    elif len(base) == 1 and (base[0].flags & _ATOM or isinstance(node.base, Sym | Operator | Ident)):
        before, last = [], base[0].text
    else:
        before, last = [], f"〖{_tight(base)}〗"
    cls = base[-1].cls if base else "ord"
    flags = base[-1].flags & (_FACTOR | _LETTER | _WORD | _FANCY) if base and last[0] != "〖" else _FACTOR
    limits = node.limits == "limits" and cls == "op"
    if isinstance(node.base, Operator):
        limits = node.base.limits or function_limits(node.base.name)
    below, above = ("┬", "┴") if limits else ("_", "^")
    small = not limits and _is_small(node.sub, SUBSCRIPTS) and _is_small(node.sup, SUPERSCRIPTS, primes=True)
    text = last
    primes, rest = _split_primes(node.sup)
    if primes and not limits:
        text += primes
        sup = [piece for item in rest for piece in done[id(item)]] or None
    if sub is not None:
        argument, flags = (_small(sub, SUBSCRIPTS), flags) if small else _attached(sub, flags)
        text += argument if small else below + argument
    if sup is not None:
        if not limits and len(sup) == 1 and sup[0].text == "∘":
            text, flags = text + "°", flags & ~_OPEN
        else:
            argument, flags = (_small(sup, SUPERSCRIPTS), flags) if small else _attached(sup, flags)
            text += argument if small else above + argument
    return [*before, _Piece(text, flags, cls)]


def _attached(pieces: _Pieces, flags: int) -> tuple[str, int]:
    """The pieces after ``^``, ``_``, ``┴`` or ``┬``, and the flags with them."""
    if len(pieces) == 1 and (pieces[0].flags & _ATOM or _stands_alone(pieces[0])):
        return pieces[0].text, flags | _OPEN if pieces[0].flags & _ATOM else flags & ~_OPEN
    return f"({_tight(pieces)})", flags & ~_OPEN


def _stands_alone(piece: _Piece) -> bool:
    """An operator that needs no parentheses as a script: ``x^∗``. Signs do, for ``x^−1`` is something else."""
    return len(piece.text) == 1 and piece.cls in ("bin", "rel") and piece.text not in "+−±∓"


def _is_small(node: Node | None, table: dict[str, str], *, primes: bool = False) -> bool:
    """Whether Unicode has characters for all of a script."""
    if node is None:
        return True
    items = _split_primes(node)[1] if primes else items_of(node)
    if len(items) == 1 and primes and isinstance(items[0], Sym) and items[0].text == "∘":
        return True
    previous: Node | None = None
    for item in items:
        match item:
            case Num(text, "" | "rm"):
                if not (text.isascii() and text.isdigit()) or isinstance(previous, Num):
                    return False
            case Ident(text, ""):
                if text not in table:
                    return False
            case Sym(text, _, ""):
                if text not in table or text == "=":
                    return False
            case _:
                return False
        previous = item
    return True


def _small(pieces: _Pieces, table: dict[str, str]) -> str:
    return "".join(table[char] for piece in pieces for char in piece.text)


def _split_primes(node: Node | None) -> tuple[str, Sequence[Node]]:
    """The primes that a superscript begins with, in Unicode's characters, and what follows them."""
    if node is None:
        return "", ()
    items = items_of(node)
    count = 0
    while count < len(items) and isinstance(item := items[count], Sym) and item.text == "′":
        count += 1
    return PRIMES[4] * (count // 4) + (PRIMES[count % 4] if count % 4 else ""), items[count:]


def _stack(node: Stack, done: dict[int, _Pieces]) -> _Piece:
    base = done[id(node.base)]
    grows = isinstance(node.base, Sym) and node.base.text in STRETCHING
    plain = (
        len(base) == 1
        and isinstance(node.base, Sym | Ident | Num)
        and atom_class(node.base) != "op"
        and grows == node.stretch
    )
    text = base[0].text if plain else f"〖{_tight(base)}〗"
    flags = base[0].flags & (_FACTOR | _LETTER | _FANCY) if plain else _FACTOR
    for sign, part in (("┴", node.over), ("┬", node.under)):
        if part is not None:
            argument, flags = _attached(done[id(part)], flags)
            text += sign + argument
    return _Piece(text, flags, base[0].cls if len(base) == 1 else "ord")


# Brackets, tables, boxes


def _fence(opening: str, body: _Pieces, closing: str) -> _Pieces:
    if len(body) == 1 and body[0].text.startswith(("■", "█")) and (opening, closing) in (("{", ""), ("", "}")):
        lines = "█" + body[0].text[body[0].text.index("(") :]
        return [_Piece(f"{{{lines}┤" if opening else f"├{lines}}}", _FACTOR_ATOM, "ord")]
    first = _Piece(_escaped(opening), _symbol_flags(opening), "open") if opening else _UNSEEN
    last = _Piece(_escaped(closing), _symbol_flags(closing), "close") if closing else _UNSEEN
    return [first, *body, last]


def _table(node: Table, done: dict[int, _Pieces]) -> _Piece:
    cells = "@".join("&".join(_tight(done[id(cell)]) for cell in row) for row in node.rows)
    match node.kind:
        case "cases":
            text = f"{{█({cells})┤"
        case "rcases":
            text = f"├█({cells})}}"
        case "matrix" | "small":
            text = f"■({cells})"
        case "cd":
            text = f'■"cd"({cells})'
        case "array":
            text = f"■{_array_label(node)}({cells})"
        case "aligned" | "gathered" | "lines" | "substack":
            text = f"█({cells})"
        case _:
            assert_never(node.kind)
    return _Piece(text, _FACTOR_ATOM, "ord")


def _array_label(node: Table) -> str:
    """The columns and rules of an array that has rules; without, it is as good as a matrix."""
    if not any(node.rules) and not {"|", ":"} & set(node.columns):
        return ""
    rules = ",".join(node.rules)
    return f'"{"".join(node.columns)};{rules}"' if any(node.rules) else f'"{"".join(node.columns)}"'


def _enclosed(node: Enclosed, body: _Pieces, losses: Losses) -> _Pieces:
    match node.kind:
        case "box" | "cancel" | "bcancel" | "xcancel":
            return [_Piece(f"{ENCLOSURE_OF[node.kind]}({_tight(body)})", _FACTOR_ATOM, "ord")]
        case "phantom" | "hphantom" | "vphantom":
            return []
        case "smash" | "llap" | "rlap" | "clap" | "raise":
            return body
        case "strike" | "circle" | "angle" | "longdiv":
            losses.append(Loss(node.kind, "linear Unicode cannot draw it around a formula", node.span))
            return body
        case "tag":
            losses.append(Loss("the equation's number", "linear Unicode has no place for it", node.span))
            return []
        case _:
            assert_never(node.kind)


# Putting pieces side by side


def _tight(pieces: _Pieces, *, inner: bool = False) -> str:
    """The pieces inside brackets or scripts: no spaces but where the reader needs them.

    `inner` if a script at the start would be taken for one of the bracket before it.
    """
    return _joined(_balanced(pieces), spaced=False, inner=inner)


def _spaced(pieces: _Pieces) -> str:
    return _joined(pieces, spaced=True).strip()


def _balanced(pieces: _Pieces) -> _Pieces:
    """The pieces with a backslash before each parenthesis without a partner, so that the group ends where it should."""
    depth: list[int] = []
    single: set[int] = set()
    for index, piece in enumerate(pieces):
        if piece.text[:1] == "(" and piece.cls == "open":
            depth.append(index)
        elif piece.text[:1] == ")" and piece.cls == "close":
            if depth:
                depth.pop()
            else:
                single.add(index)
    single.update(depth)
    if not single:
        return pieces
    return [_Piece("\\" + p.text, p.flags, p.cls) if index in single else p for index, p in enumerate(pieces)]


def _joined(pieces: _Pieces, *, spaced: bool, inner: bool = False) -> str:
    out: list[str] = []
    word = ""  # the letters that would be read as one word
    word_start = 0
    previous = _Piece("", 0, "open")
    pending = False  # a space was asked for
    depth = 0
    last = len(pieces) - 1
    for index, piece in enumerate(pieces):
        text, flags, cls = piece
        if flags & _SPACE:
            pending = bool(out)
            continue
        if not out and not inner and text.startswith("〖〗") and len(text) > 2:
            text = text[2:]
        gap = pending or _needs_space(previous, piece)
        if spaced and not gap:
            gap = _wants_space(previous, piece, depth, index == last)
        if flags & _LETTER and not gap and word:
            word += text[0]
        else:
            _keep_apart(out, word_start, word)
            word, word_start = (text[0], len(out) + gap) if flags & _LETTER else ("", 0)
        if gap:
            if previous.flags & flags & _WORD and f"{previous.text} {_first_word(text)}" in functions():
                out.append("\u2061")
            out.append(" ")
            word_start = len(out)
        out.append(text)
        if flags & _LETTER and len(text) > 1:
            _keep_apart(out, word_start, word)
            word = ""
        if cls == "open":
            depth += 1
        elif cls == "close" and depth:
            depth -= 1
        cls = "ord" if cls == "bin" and previous.cls in _BEFORE_UNARY else cls
        previous = _Piece(text, flags, cls)
        pending = False
    _keep_apart(out, word_start, word)
    return "".join(out)


def _first_word(text: str) -> str:
    end = next((at for at, char in enumerate(text) if not (char.isascii() and char.isalpha())), len(text))
    return text[:end]


_BEFORE_UNARY = frozenset({"bin", "op", "rel", "open", "punct"})


def _keep_apart(out: list[str], start: int, word: str) -> None:
    """Puts spaces between the letters from `start` on if they would be read as a function's name."""
    if len(word) > 1 and (split_word(word) or word in _RESERVED):
        for index in range(start + 1, start + len(word)):
            out[index] = " " + out[index]


def _needs_space(left: _Piece, right: _Piece) -> bool:
    """Whether the reader would take the two for something else without a space."""
    if left.flags & _OPEN and right.flags & (_FACTOR | _WORD):
        return True
    if left.flags & _AFTER and right.text[0] in "!?":
        return True
    if left.flags & _BELOW and right.cls == "open":
        return True
    if right.flags & _RUN and (left.flags & (_FACTOR | _WORD) or left.cls == "close"):
        return True
    if right.flags & _WORD:
        return bool(left.flags & (_FACTOR | _WORD)) or left.cls == "close"
    if left.flags & _WORD:
        return bool(right.flags & _FACTOR) or right.cls == "op"
    if left.flags & right.flags & _FANCY:
        return True
    if not left.text:
        return False
    end, start = left.text[-1], right.text[0]
    if start.isdigit():
        return end.isdigit() or end == "." or (end == "," and right.text[:3].isdigit())
    if start == "." and len(right.text) > 1:
        return end.isdigit()
    return end + start in _COLLIDING


def _wants_space(left: _Piece, right: _Piece, depth: int, at_end: bool) -> bool:
    """Whether a space makes the line easier to read."""
    if not left.text:
        return False
    if left.cls == "punct":
        return True
    if (left.cls == "rel") != (right.cls == "rel"):
        return left.cls != "open" and right.cls not in ("close", "punct")
    if depth == 0 and (left.cls == "bin" or (right.cls == "bin" and left.cls not in _BEFORE_UNARY and not at_end)):
        return True
    if (left.flags | right.flags) & _TEXT and left.flags & right.flags & _FACTOR:
        return left.text != "." != right.text
    if right.cls == "op":
        return bool(left.flags & _FACTOR) or left.cls == "close"
    return left.cls == "op" and bool(right.flags & _FACTOR)
