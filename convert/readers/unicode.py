"""Linear mathematics in Unicode → AST: UnicodeMath, and mathematics as people type it into plain text.

``x²+y₁≤√(a+b)/2``, ``∫_0^∞ e^(-x²) dx``, ``½``, ``sin x``, ``x̂``, ``[■(a&b@c&d)]``. The notation itself is in
`..linear`. What it takes from Unicode Technical Note 28 is how far things reach:

* An argument of ``^ _ √`` or a denominator is one parenthesis, which vanishes, or the letters and numbers that stand
  together: ``x^2y`` is x to the 2y, ``x^2 y`` is not, ``1/2π`` is one over 2π. A space ends it.
* A numerator is what stands together before the slash, so ``sin x/2`` is the sine of a half and ``sin(x)/2`` is not.
* Scripts bind more tightly than roots, roots more tightly than fractions.

Brackets that nothing needs may stand alone, as in ``]0,1[`` or half a formula. One pass cuts the text into tokens, one
finds the brackets that belong together, one builds the nodes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from .. import alphabets, symbols
from ..atoms import atom_class
from ..errors import Losses, ParseError
from ..linear import (
    ALIASES,
    COMBINING,
    ENCLOSURES,
    MAX_DEPTH,
    NEGATION,
    PARTS,
    PREFIXES,
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
    EMPTY,
    Accent,
    Enclosed,
    Font,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Script,
    Stack,
    Sym,
    Table,
    Text,
    items_of,
    row,
)
from ..source import Source, Span

MAX_INPUT = 200_000
"""Characters of one formula."""

# What an argument is of; it says where an argument without parentheses ends.
_ROW, _SUP, _SUB, _ROOT, _DEN, _MARK, _LIMIT = range(7)

_LETTERLIKE = "ℎℬℰℱℋℐℒℳℛℯℊℴℭℌℑℜℨℂℍℕℙℚℝℤ" + "".join(UPRIGHT.values())
_LONG_FUNCTIONS = ("lim sup", "lim inf", "inj lim", "proj lim", "arg max", "arg min")
_PLAIN_SCRIPTS = {
    char: (plain, kind) for kind, table in ((_SUP, SUPERSCRIPTS), (_SUB, SUBSCRIPTS)) for plain, char in table.items()
}
_PRIME_COUNTS = {char: count for count, char in PRIMES.items()} | {"'": 1, "’": 1}
_ROOT_INDEX = {char: index for index, char in ROOTS.items()}
_NO_WORD = frozenset(UPRIGHT.values()) | frozenset(PARTS)
_UPRIGHT = {char: letter for letter, char in UPRIGHT.items()}
_SELECTED_FONTS: dict[Font, Font] = {"scr": "cal", "bfscr": "bfcal"}
_DIGRAPHS = {"<=": "≤", ">=": "≥", "->": "→", "<->": "↔", "=>": "⇒", "<=>": "⇔", "+-": "±", "-+": "∓"}
_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9),
    "⅒": (1, 10),
}  # fmt: skip
_PAIRS = dict(zip("([{⟨⌊⌈⟦⟮⟪⦃⦅〖├", ")]}⟩⌋⌉⟧⟯⟫⦄⦆〗┤", strict=True))
_OPENER_OF = {closing: opening for opening, closing in _PAIRS.items()}
_STRONG = frozenset(")〗")
_PIPES = frozenset("|‖∣∥")
_INVISIBLE = frozenset("\u2061\u2062\u2063\u2064\u200b\u200c\u200d\u2060\ufeff▒")

_TOKEN = re.compile(
    rf"""(?P<number>[0-9]+(?:,[0-9]{{3}})+(?![0-9])(?:\.[0-9]+)?|\.?[0-9]+(?:(?:\.|\\,)[0-9]+)*)
    |(?P<word>(?:{"|".join(_LONG_FUNCTIONS)})(?![A-Za-z])|[A-Za-z]+)
    |(?P<space>(?:\\?\s)+)
    |(?P<sup>[{"".join(SUPERSCRIPTS.values())}]+)
    |(?P<sub>[{"".join(SUBSCRIPTS.values())}]+)
    |(?P<fancy>[\U0001d400-\U0001d7ff{_LETTERLIKE}][\ufe00\ufe01]?)
    |(?P<text>"(?:[^"\\]|\\.)*"|“(?:[^”\\]|\\.)*”)
    |(?P<escape>\\(?:[A-Za-z]+|.))
    |(?P<digraph><=>|<->|<=|>=|->|=>|\+-|-\+|(?<=\s)!=(?=\s))
    |(?P<char>.)""",
    re.VERBOSE | re.DOTALL,
)


class _Group:
    """Brackets and what stands in them. They vanish where they only hold an argument together."""

    __slots__ = ("items", "opening", "plain", "span")

    def __init__(self, opening: str, items: list[Node], span: Span) -> None:
        self.opening, self.items, self.span = opening, items, span
        self.plain = opening in "(〖"
        """Nothing is attached to the closing bracket, so that the brackets may vanish."""

    def inner(self) -> Node:
        """What stands between the brackets."""
        return row(self.items[1:-1], self.span)


_Item = Node | _Group


def read(source: Source, *, losses: Losses) -> Node:
    """One formula. Raises `ParseError` with the place; loses nothing, so that `losses` stays as it is."""
    if len(source.text) > MAX_INPUT:
        raise ParseError(
            f"the formula is {len(source.text):,} characters long; the limit is {MAX_INPUT:,}", source, (0, 1)
        )
    reader = _Reader(source)
    try:
        items, _ = reader.items(0, len(reader.tokens), _ROW)
    except RecursionError:
        raise ParseError("nested too deep for the stack of this program", source, (0, 1)) from None
    return row(_flat(items), (0, len(source.text)))


def _flat(items: list[_Item]) -> list[Node]:
    """The items with the brackets as ordinary symbols; an invisible group is one node."""
    nodes: list[Node] = []
    for item in items:
        if type(item) is not _Group:
            nodes.append(item)  # type: ignore[arg-type]  # the union without _Group
        elif item.opening == "〖":
            nodes.append(item.inner())
        else:
            nodes += (node for node in item.items if type(node) is not Sym or node.text)
    return nodes


def _strip(items: list[_Item]) -> Node:
    """The items as one argument: a lone parenthesis loses its brackets."""
    if len(items) == 1:
        item = items[0]
        if type(item) is not _Group:
            return item  # type: ignore[return-value]  # the union without _Group
        if item.plain:
            return item.inner()
    return row(_flat(items), _span_of(items))


def _span_of(items: list[_Item]) -> Span | None:
    first, last = items[0].span, items[-1].span
    return (first[0], last[1]) if first and last else None


class _Reader:
    """The tokens of one formula, and which brackets belong together."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = [(match.lastgroup or "", match.group(), match.start()) for match in _TOKEN.finditer(source.text)]
        self.depth = 0
        self.open: list[tuple[str, int]] = []
        self.partner = self._partners()

    def error(self, message: str, start: int, end: int | None = None) -> ParseError:
        """A `ParseError` at these offsets that names the open constructs."""
        size = len(self.source.text)
        return ParseError(message, self.source, (min(start, size), min(end or start + 1, size)), self.open)

    def _partners(self) -> dict[int, int]:
        """Index of each opening bracket → index of its closing one.

        Round and invisible brackets build arguments, so that no other bracket may cut through them; the others need
        no partner.
        """
        pairs: dict[int, int] = {}
        stack: list[tuple[str, int]] = []
        for index, (kind, text, at) in enumerate(self.tokens):
            if kind != "char":
                continue
            if text == "&" or text == "@":
                while stack and stack[-1][0] not in "(〖":
                    stack.pop()
                continue
            side = _bracket(text)
            if side == "open":
                stack.append((text, index))
            elif side == "close":
                found = _partner(stack, text)
                if found >= 0:
                    pairs[stack[found][1]] = index
                    del stack[found:]
                elif text == "〗":
                    raise self.error("〗 without its 〖", at)
        for text, index in stack:
            if text == "〖":
                raise self.error("〖 without its 〗", self.tokens[index][2])
        return pairs

    # Rows and arguments

    def items(self, i: int, end: int, argument: int, opening: Sym | None = None) -> tuple[list[_Item], int]:
        """The items from token `i` on, to `end` or to where an argument of that kind ends; and where that is.

        `opening` is a bracket that scripts follow at once, which are its own then, as in TeX.
        """
        self.depth += 1
        tokens = self.tokens
        if self.depth > MAX_DEPTH:
            raise self.error(
                f"nested more than {MAX_DEPTH} levels deep", tokens[i][2] if i < end else len(self.source.text)
            )
        out: list[_Item] = [] if opening is None else [opening]
        run = len(out)  # where the factors begin that a slash would make a numerator of
        gap = False
        while i < end:
            kind, text, at = tokens[i]
            role = _role(text) if kind == "char" or kind == "escape" else kind
            if argument:
                if not out and text in _PIPES and (close := self._closing_pipe(i, end, argument)):
                    out.append(self._piped(i, close))
                    i = close + 1
                    continue
                if self._ends(out, role, argument):
                    break
            if role == "space":
                gap = True
                i += 1
                continue
            trailing = _TRAILING.get(role)
            if trailing is not None:
                i = trailing(self, out, i, end)
                continue
            if role == "over" or role == "atop" or role == "skewed":
                run, i = self._fraction(out, run, i, end, role)
                gap = False
                continue
            if gap:
                run, gap = len(out), False
            if role == "open":
                close = self.partner.get(i, -1)
                if close < 0 or close >= end:
                    out.append(Sym(text, symbol_class(text) or "ord", span=(at, at + 1)))
                    i += 1
                    run = len(out)
                    continue
                out.append(self._group(i, close, bool(argument) and not out))
                i = close + 1
            elif role == "symbol" or role == "close":
                out.append(_leaf(text, at))
                i += 1
                run = len(out)
            elif role == "digraph" or role == "escaped":
                i = _FACTORS[role](self, out, i, end)
                run = len(out)
            else:
                i = _FACTORS[role](self, out, i, end)
        self.depth -= 1
        return out, i

    @staticmethod
    def _ends(out: list[_Item], role: str, argument: int) -> bool:
        """Whether an argument that consists of `out` so far ends before a token of this role."""
        if role == "space" and out and _is_function(out[-1]):
            return False
        if role in _ENDS[argument]:
            return True
        if len(out) == 1 and type(out[0]) is _Group and role not in _AFTER_BRACKETS[argument]:
            return True  # one parenthesis is all of the argument
        if role != "open" or not out or _is_function(out[-1]):
            return False
        return argument != _DEN or type(out[-1]) is Num

    def _group(self, i: int, close: int, alone: bool) -> _Item:
        """The brackets at `i` and `close`; `alone` if they begin an argument, so that no script is theirs."""
        opening, at = self.tokens[i][1:]
        closing, until = self.tokens[close][1:]
        if opening == "{" and closing == "┤" and (cases := self._cases(i + 1, close, "cases")) is not None:
            return cases
        if opening == "├" and closing == "}" and (cases := self._cases(i + 1, close, "rcases")) is not None:
            return cases
        self.open.append((opening, at))
        first = Sym("" if opening == "├" else opening, "open", span=(at, at + 1))
        last = Sym("" if closing == "┤" else closing, "close", span=(until, until + 1))
        scripted = opening != "〖" and not alone and self._role(i + 1) in _SCRIPTS
        items = _flat(self.items(i + 1, close, _ROW, first if scripted else None)[0])
        self.open.pop()
        group = _Group(opening, [*items, last] if scripted else [first, *items, last], (at, until + 1))
        group.plain = group.plain and _PAIRS[opening] == closing and not scripted
        return group

    def _role(self, i: int) -> str:
        kind, text, _ = self.tokens[i]
        return _role(text) if kind == "char" or kind == "escape" else kind

    def _cases(self, i: int, end: int, kind: str) -> Node | None:
        """The table in a brace without its partner, if it is just that: ``{█(a&b@c&d)┤``."""
        if self.tokens[i][1] != "█" or self.partner.get(i + 1) != end - 1:
            return None
        rows = self._rows(i + 1, end - 1)
        return Table(kind, rows, span=(self.tokens[i - 1][2], self.tokens[end][2] + 1))  # type: ignore[arg-type]

    def argument(self, i: int, end: int, kind: int) -> tuple[Node, int]:
        """The argument of the construct whose sign is the token before `i`, without its parentheses."""
        _, sign, sign_at = self.tokens[i - 1]
        while i < end and self.tokens[i][0] == "space":
            i += 1
        if i >= end:
            raise self.error(f"nothing stands after {sign}", sign_at, sign_at + len(sign))
        self.open.append((sign, sign_at))
        items = self._signed(i, end, kind)
        found, i = items if items is not None else self.items(i, end, kind)
        if not found:
            raise self.error(f"nothing stands after {sign}", sign_at, sign_at + len(sign))
        self.open.pop()
        return _strip(found), i

    def _signed(self, i: int, end: int, kind: int) -> tuple[list[_Item], int] | None:
        """An argument that begins with an operator: ``e^-x``, ``x^∗``, ``1/|x|``; None for any other."""
        token_kind, text, at = self.tokens[i]
        if token_kind not in ("char", "escape", "digraph"):
            return None
        role = self._role(i)
        if role == "open" and i in self.partner:
            return None
        if role == "open" and text == "(":
            raise self.error("( without its )", at)
        if role not in ("symbol", "open", "close", "escaped", "digraph") or (
            text in _PIPES and self._closing_pipe(i, end, kind)
        ):
            return None
        out: list[_Item] = []
        if token_kind == "char":
            out.append(_leaf(text, at))
            i += 1
        else:
            i = _FACTORS[role](self, out, i, end)
        while i < end and self._role(i) == "mark":
            i = self._mark(out, i, end)
        if text in "-−+±∓" and i < end and self.tokens[i][0] in ("number", "word", "fancy"):
            rest, i = self.items(i, end, kind)
            out += rest
        return out, i

    def _closing_pipe(self, i: int, end: int, argument: int) -> int:
        """The index of the bar that closes the one at `i`, 0 if none does."""
        text = self.tokens[i][1]
        if argument in (_SUP, _SUB) and text != "|":
            return 0
        j = i + 1
        while j < end:
            if self.tokens[j][1] == text and j > i + 1:
                return j
            if self.tokens[j][0] == "space":
                return 0
            j = self.partner.get(j, j) + 1
        return 0

    def _piped(self, i: int, close: int) -> _Group:
        (_, text, at), until = self.tokens[i], self.tokens[close][2]
        inner = _flat(self.items(i + 1, close, _ROW)[0])
        return _Group(text, [_leaf(text, at), *inner, _leaf(text, until)], (at, until + 1))

    # Fractions

    def _fraction(self, out: list[_Item], run: int, i: int, end: int, role: str) -> tuple[int, int]:
        """Makes a fraction of the current run of factors; returns where the run now begins, and the next token."""
        at = self.tokens[i][2]
        if run == len(out):
            run = _opening_pipe(out)
        if run == len(out) or not any(token[0] != "space" for token in self.tokens[i + 1 : end]):
            out.append(_leaf(self.tokens[i][1], at))
            return len(out), i + 1
        bare = self.tokens[i + 1][0] == "word"
        den, i = self.argument(i + 1, end, _DEN)
        if bare and run and _is_function(out[run - 1]) and _is_function(items_of(den)[0]):
            run -= 1  # sin x/cos x
        num = _strip(out[run:])
        start = num.span[0] if num.span else at
        span = (start, self.tokens[i - 1][2] + len(self.tokens[i - 1][1]))
        out[run:] = [Frac(num, den, role != "atop", "slashed" if role == "skewed" else "auto", span=span)]
        return run, i

    # What is attached to the item before it

    def _full_script(self, out: list[_Item], i: int, end: int) -> int:
        sub = self.tokens[i][1] == "_"
        at = self.tokens[i][2]
        if sub and i + 1 < end and self.tokens[i + 1][1] == "█":
            node, i = self._table(i + 1, end, "substack")
        else:
            node, i = self.argument(i + 1, end, _SUB if sub else _SUP)
        self._attach(out, node, sub, at)
        return i

    def _small(self, out: list[_Item], i: int, end: int) -> int:
        """Scripts that Unicode has characters for."""
        kind, text, at = self.tokens[i]
        items: list[Node] = []
        for offset, char in enumerate(text):
            plain = _PLAIN_SCRIPTS[char][0]
            span = (at + offset, at + offset + 1)
            last = items[-1] if items else None
            if plain.isdigit():
                if type(last) is Num and last.span:
                    items[-1] = Num(last.text + plain, span=(last.span[0], span[1]))
                else:
                    items.append(Num(plain, span=span))
            elif plain.isalpha():
                items.append(Ident(plain, span=span))
            else:
                items.append(Sym(plain, symbol_class(plain) or "ord", span=span))
        self._attach(out, row(items, (at, at + len(text))), kind == "sub", at)
        return i + 1

    def _primes(self, out: list[_Item], i: int, end: int) -> int:
        _, text, at = self.tokens[i]
        marks: list[Node] = [Sym("′", span=(at, at + 1)) for _ in range(_PRIME_COUNTS[text])]
        self._attach(out, row(marks, (at, at + 1)), False, at)
        return i + 1

    def _degree(self, out: list[_Item], i: int, end: int) -> int:
        at = self.tokens[i][2]
        self._attach(out, Sym("∘", "bin", span=(at, at + 1)), False, at)
        return i + 1

    def _attach(self, out: list[_Item], node: Node, sub: bool, at: int) -> None:
        """Adds a sub- or superscript to the last item."""
        base, sealed = _base(out)
        span = (base.span[0] if base.span else at, node.span[1] if node.span else at + 1)
        if type(base) is not Script or sealed or base.limits != "auto":
            _put(out, Script(base, node if sub else None, None if sub else node, span=span))
        elif sub and base.sub is None:
            _put(out, Script(base.base, node, base.sup, span=span))
        elif not sub and base.sup is None:
            _put(out, Script(base.base, base.sub, node, span=span))
        elif not sub and base.sup is not None and _only_primes(base.sup):
            joined = row([*items_of(base.sup), *items_of(node)], (at, span[1]))
            _put(out, Script(base.base, base.sub, joined, span=span))
        else:
            raise self.error("a second subscript" if sub else "a second superscript", at)

    def _limit(self, out: list[_Item], i: int, end: int) -> int:
        """``┴`` and ``┬``: above and below."""
        _, sign, at = self.tokens[i]
        node, i = self.argument(i + 1, end, _LIMIT)
        over, under = (node, None) if sign == "┴" else (None, node)
        base, sealed = _base(out)
        span = (base.span[0] if base.span else at, self._end(i))
        if type(base) is Script and not sealed and _takes_limits(base) and (base.sup if over else base.sub) is None:
            _put(out, Script(base.base, under or base.sub, over or base.sup, base.limits, span=span))
        elif type(base) is Stack and not sealed and (base.over if over else base.under) is None:
            _put(out, Stack(base.base, over or base.over, under or base.under, base.stretch, span=span))
        elif type(base) is Operator and not sealed:
            _put(out, Script(Operator(base.name, True, span=base.span), under, over, span=span))
        elif not sealed and _takes_limits(base):
            _put(out, Script(base, under, over, "limits", span=span))
        else:
            stretch = not sealed and type(base) is Sym and base.text in STRETCHING
            _put(out, Stack(base, over, under, stretch, span=span))
        return i

    def _mark(self, out: list[_Item], i: int, end: int) -> int:
        """A combining character."""
        _, char, at = self.tokens[i]
        if not out:
            raise self.error(f"the combining character U+{ord(char):04X} stands on nothing", at)
        last = out.pop()
        span = (last.span[0] if last.span else at, at + 1)
        if char == NEGATION:
            if type(last) is not Sym:
                raise self.error("the stroke U+0338 negates a symbol, and there is none before it", at)
            out.append(Sym(last.text + char, last.cls, span=span))
            return i + 1
        narrow, wide = COMBINING[char]
        if type(last) is _Group and last.plain:
            out.append(Accent(last.inner(), wide, span=span))
        else:
            out.append(last)
            _put(out, Accent(_base(out)[0], narrow, span=span))
        return i + 1

    def _postfix(self, out: list[_Item], i: int, end: int) -> int:
        """``!`` belongs to what it stands after, but is a symbol of its own."""
        out.append(_leaf(self.tokens[i][1], self.tokens[i][2]))
        return i + 1

    def _skip(self, out: list[_Item], i: int, end: int) -> int:
        return i + 1

    # Factors

    def _number(self, out: list[_Item], i: int, end: int) -> int:
        _, text, at = self.tokens[i]
        out.append(Num(text.replace("\\", ""), span=(at, at + len(text))))
        return i + 1

    def _word(self, out: list[_Item], i: int, end: int) -> int:
        """A function, or a product of letters."""
        _, text, at = self.tokens[i]
        if i + 1 < end and self.tokens[i + 1][1] == "\u2061":
            out.append(Operator(text, function_limits(text), span=(at, at + len(text))))
            return i + 2
        if text == "sqrt" and i + 1 in self.partner and self.tokens[i + 1][1] == "(":
            radicand, i = self.argument(i + 1, end, _ROOT)
            out.append(Root(radicand, span=(at, self._end(i))))
            return i
        second = self._second_word(i, end) if text in _first_words() else end
        if second < end and (name := f"{text} {self.tokens[second][1]}") in functions():
            last, start = self.tokens[second][1:]
            out.append(Operator(name, function_limits(name), span=(at, start + len(last))))
            return second + 1
        parts = split_word(text)
        if parts is None:
            out += [Ident(letter, span=(at + n, at + n + 1)) for n, letter in enumerate(text)]
            return i + 1
        name = parts[0]
        out.append(Operator(name, function_limits(name), span=(at, at + len(name))))
        if len(parts) == 2:
            out.append(Ident(parts[1], span=(at + len(name), at + len(text))))
        return i + 1

    def _second_word(self, i: int, end: int) -> int:
        """The index of the token after `i` that is not a space, or `end`."""
        return next((k for k in range(i + 1, end) if not self.tokens[k][1].isspace()), end)

    def _fancy(self, out: list[_Item], i: int, end: int) -> int:
        """Letters and digits of the mathematical alphabets; those of one word, or of one number, are one."""
        _, char, at = self.tokens[i]
        if char in PARTS:
            out.append(Sym(char, span=(at, at + 1)))
            return i + 1
        text, font = self._styled(i)
        i += 1
        while i < end and self.tokens[i][0] == "fancy" and self.tokens[i][1] not in _NO_WORD:
            letter, other = self._styled(i)
            if other != font or letter.isdigit() != text.isdigit() or not (letter.isascii() and text.isascii()):
                break
            if not text.isdigit() and font not in WORD_FONTS:
                break
            text += letter
            i += 1
        if text.isdigit() and i + 1 < end and self.tokens[i][1] == "." and self._is_digit(i + 1, font):
            fraction: list[_Item] = []
            i = self._fancy(fraction, i + 1, end)
            text = f"{text}.{fraction[0].text}"  # type: ignore[union-attr]  # a number
        span = (at, self._end(i))
        if text[0].isdigit():
            out.append(Num(text, font, span=span))
        elif text in "∇∂":
            out.append(Sym(text, "ord", font, span=span))
        else:
            out.append(Ident(text, font, span=span))
        return i

    def _is_digit(self, i: int, font: Font) -> bool:
        if self.tokens[i][0] != "fancy":
            return False
        letter, other = self._styled(i)
        return letter.isdigit() and other == font

    def _styled(self, i: int) -> tuple[str, Font]:
        _, text, at = self.tokens[i]
        if text in _UPRIGHT:
            return _UPRIGHT[text], "rm"
        found = alphabets.plain(text[0])
        if found is None:
            raise self.error(f"the character U+{ord(text[0]):04X} has no meaning in a formula", at)
        letter, font = found
        return letter, font if text[1:] == ROUNDHAND else _SELECTED_FONTS.get(font, font)

    def _text(self, out: list[_Item], i: int, end: int) -> int:
        _, quoted, at = self.tokens[i]
        text = re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL)
        span = (at, at + len(quoted))
        if i + 1 < end and self.tokens[i + 1][1] == "\u2061":
            out.append(Operator(text, function_limits(text), span=span))
            return i + 2
        if quoted[0] == '"' and text.isalpha() and (text.isascii() or len(text) == 1):
            out.append(Ident(text, "rm", span=span))
        else:
            out.append(Text(*_unstyled(text), span=span))
        return i + 1

    def _escape(self, out: list[_Item], i: int, end: int) -> int:
        r"""A character meant as itself, or a symbol under TeX's name for it: ``\/``, ``\alpha``."""
        _, text, at = self.tokens[i]
        span = (at, at + len(text))
        if text[1] in PARTS:
            out.append(Ident(PARTS[text[1]], "frak", span=span))
            return i + 1
        char = text[1]
        if not (char.isascii() and char.isalpha()):
            if char not in STRUCTURAL and (char.isalnum() or char in _INVISIBLE):
                raise self.error("a backslash before this means nothing", at, at + 2)
            cls = symbol_class(char)
            out.append(Sym(char, cls, span=span) if cls else Ident(char, span=span))
            return i + 1
        symbol = symbols.by_tex(text)
        if symbol is None or symbol.cls in ("accent", "wide", "under"):
            raise self.error(f"unknown name {text}", at, at + len(text))
        if symbol.cls in ("fn", "fnlim"):
            out.append(Operator(symbol.char, symbol.cls == "fnlim", span=span))
        elif symbol.cls == "letter":
            out.append(Ident(symbol.char, span=span))
        else:
            out.append(Sym(symbol.char, symbol_class(symbol.char) or "ord", span=span))
        return i + 1

    def _digraph(self, out: list[_Item], i: int, end: int) -> int:
        _, text, at = self.tokens[i]
        char = _DIGRAPHS.get(text, "≠")
        out.append(Sym(char, symbol_class(char) or "ord", span=(at, at + len(text))))
        return i + 1

    def _letter(self, out: list[_Item], i: int, end: int) -> int:
        """A letter of any alphabet, without its marks where Unicode has it with them: ``ẋ``."""
        _, text, at = self.tokens[i]
        base, marks = _decomposed(ALIASES.get(text, text))
        node: Node = Ident(base, span=(at, at + 1))
        for mark in marks:
            node = Accent(node, mark, span=(at, at + 1))
        out.append(node)
        return i + 1

    def _ordinary(self, out: list[_Item], i: int, end: int) -> int:
        out.append(_leaf(self.tokens[i][1], self.tokens[i][2]))
        return i + 1

    def _stray(self, out: list[_Item], i: int, end: int) -> int:
        _, text, at = self.tokens[i]
        if text == "\\":
            raise self.error("a lone backslash at the end", at)
        raise self.error(f"{text} without its other quotation mark", at)

    def _vulgar(self, out: list[_Item], i: int, end: int) -> int:
        _, text, at = self.tokens[i]
        num, den = _VULGAR[text]
        out.append(Frac(Num(str(num)), Num(str(den)), span=(at, at + 1)))
        return i + 1

    def _root(self, out: list[_Item], i: int, end: int) -> int:
        _, sign, at = self.tokens[i]
        index: Node | None = Num(_ROOT_INDEX[sign], span=(at, at + 1)) if sign in _ROOT_INDEX else None
        close = self.partner.get(i + 1)
        if sign == "√" and close is not None and self.tokens[i + 1][1] == "(" and self._has_cells(i + 1, close):
            cells = self._cells(i + 1, close)
            if len(cells) != 1 or len(cells[0]) != 2:
                raise self.error("a root has an index and a radicand: √(n&x)", at)
            index, radicand = (row(_flat(cell)) for cell in cells[0])
            out.append(Root(radicand, index, span=(at, self._end(close + 1))))
            return close + 1
        radicand, i = self.argument(i + 1, end, _ROOT)
        out.append(Root(radicand, index, span=(at, self._end(i))))
        return i

    def _prefix_mark(self, out: list[_Item], i: int, end: int) -> int:
        _, sign, at = self.tokens[i]
        base, i = self.argument(i + 1, end, _MARK)
        out.append(Accent(base, PREFIXES[sign], span=(at, self._end(i))))
        return i

    def _enclosure(self, out: list[_Item], i: int, end: int) -> int:
        _, sign, at = self.tokens[i]
        body, i = self.argument(i + 1, end, _MARK)
        out.append(Enclosed(body, ENCLOSURES[sign], span=(at, self._end(i))))  # type: ignore[arg-type]  # a kind of the table
        return i

    # Tables

    def _table_factor(self, out: list[_Item], i: int, end: int) -> int:
        node, i = self._table(i, end, "")
        out.append(node)
        return i

    def _table(self, i: int, end: int, kind: str) -> tuple[Node, int]:
        """``■(a&b@c&d)`` or ``█(…)``; what stands in quotes between is the kind of table, or an array's columns."""
        _, sign, at = self.tokens[i]
        label = ""
        if i + 1 < end and self.tokens[i + 1][0] == "text":
            i += 1
            label = self.tokens[i][1][1:-1]
        close = self.partner.get(i + 1)
        if close is None or self.tokens[i + 1][1] != "(":
            raise self.error(f"{sign} needs its rows in parentheses: {sign}(a&b@c&d)", at)
        self.open.append((sign, at))
        rows = self._rows(i + 1, close)
        self.open.pop()
        span = (at, self._end(close + 1))
        if sign == "■":
            return _labelled(label, rows, span), close + 1
        kind = label or kind or ("aligned" if any(len(cells) > 1 for cells in rows) else "gathered")
        if kind not in _LINE_KINDS:
            raise self.error(f"{kind!r} is no kind of rows; there are {', '.join(sorted(_LINE_KINDS))}", at)
        return Table(kind, rows, span=span), close + 1  # type: ignore[arg-type]  # checked above

    def _rows(self, i: int, close: int) -> tuple[tuple[Node, ...], ...]:
        return tuple(tuple(row(_flat(cell)) for cell in cells) for cells in self._cells(i, close))

    def _has_cells(self, i: int, close: int) -> bool:
        """Whether ``&`` stands between the bracket at `i` and its partner, outside of other brackets."""
        j = i + 1
        while j < close:
            if self.tokens[j][1] == "&":
                return True
            j = self.partner.get(j, j) + 1
        return False

    def _cells(self, i: int, close: int) -> list[list[list[_Item]]]:
        """The cells between the bracket at `i` and its partner, by ``@`` and ``&``."""
        rows: list[list[list[_Item]]] = [[]]
        start = j = i + 1
        while j <= close:
            text = self.tokens[j][1]
            if j == close or text == "&" or text == "@":
                rows[-1].append(self.items(start, j, _ROW)[0])
                start = j + 1
                if text == "@" and j < close:
                    rows.append([])
            j = self.partner.get(j, j) + 1
        return rows

    def _end(self, i: int) -> int:
        """The offset at which the token before `i` ends."""
        _, text, at = self.tokens[i - 1]
        return at + len(text)


# What stands before an attachment


def _base(out: list[_Item]) -> tuple[Node, bool]:
    """What a script or mark is attached to, and whether it stood in ``〖 〗``, so that its own scripts are closed."""
    if not out:
        return EMPTY, False
    last = out[-1]
    if type(last) is _Group:
        if last.opening == "〖":
            return last.inner(), True
        last = last.items[-1]
    return (EMPTY if type(last) is Sym and not last.text else last), False  # type: ignore[return-value]  # no _Group


def _put(out: list[_Item], node: Node) -> None:
    """Puts a node in the place of the base that `_base` named."""
    last = out[-1] if out else None
    if type(last) is _Group and last.opening != "〖":
        last.items[-1] = node
        last.plain = False
    elif out:
        out[-1] = node
    else:
        out.append(node)


@cache
def _first_words() -> frozenset[str]:
    """The first words of functions of two: ``lim sup``."""
    return frozenset(name.partition(" ")[0] for name in functions() if " " in name)


def _is_function(item: _Item) -> bool:
    return type(item) is Operator or (type(item) is Script and type(item.base) is Operator)


def _takes_limits(node: Node) -> bool:
    return atom_class(node) == "op"


def _only_primes(node: Node) -> bool:
    return all(type(item) is Sym and item.text == "′" for item in items_of(node))


def _opening_pipe(out: list[_Item]) -> int:
    """Where ``|x|`` begins that ends the items, or their number if there is none."""
    last = out[-1] if out else None
    closing = last.base if type(last) is Script else last
    if type(closing) is Sym and closing.text in _PIPES:
        for index in range(len(out) - 3, -1, -1):
            item = out[index]
            if type(item) is Sym and item.text == closing.text:
                return index
    return len(out)


# Brackets


@cache
def _bracket(char: str) -> str:
    if char in _PAIRS:
        return "open"
    if char in _OPENER_OF:
        return "close"
    cls = symbol_class(char)
    return cls if cls in ("open", "close") and char not in "!?" else ""


def _partner(stack: list[tuple[str, int]], closing: str) -> int:
    """The index on the stack of the bracket that this one closes, or -1."""
    wanted = _OPENER_OF.get(closing, "")
    for index in range(len(stack) - 1, -1, -1):
        opening = stack[index][0]
        if opening == wanted or (closing == "┤" and opening not in "(〖") or (opening == "├" and closing not in ")〗"):
            return index
        if opening == "〖" or (opening == "(" and closing not in _STRONG):
            return -1
    # Half-open intervals, where no parenthesis is waiting for this one: [0,1)
    return len(stack) - 1 if closing == ")" and stack and stack[-1][0] == "[" else -1


# Tables

_LINE_KINDS = frozenset({"aligned", "gathered", "lines", "substack", "cases", "rcases"})


def _labelled(label: str, rows: tuple[tuple[Node, ...], ...], span: Span) -> Table:
    if label in ("", "small", "cd"):
        return Table(label or "matrix", rows, span=span)  # type: ignore[arg-type]  # checked here
    columns, _, rules = label.partition(";")
    return Table("array", rows, tuple(columns), tuple(rules.split(",")) if rules else (), span=span)


def _unstyled(text: str) -> tuple[str, Font]:
    """Words in a mathematical alphabet as plain words and their font."""
    pairs = [alphabets.plain(char) for char in text if char.isalnum()]
    fonts = {pair[1] if pair else "" for pair in pairs}
    if len(fonts) != 1 or not (font := fonts.pop()):
        return text, ""
    return "".join(pair[0] if (pair := alphabets.plain(char)) else char for char in text), font


# Tokens


def _leaf(text: str, at: int) -> Node:
    text = ALIASES.get(text, text)
    cls = symbol_class(text)
    return Ident(text, span=(at, at + 1)) if cls is None else Sym(text, cls, span=(at, at + 1))


@cache
def _decomposed(char: str) -> tuple[str, tuple[str, ...]]:
    """A letter and the accents it has in one character; other alphabets' letters, as й, are letters of their own."""
    base, *marks = list(unicodedata.normalize("NFD", char))
    if symbols.by_char(char) is not None:
        return char, ()
    names = tuple(COMBINING.get(mark, ("", ""))[0] for mark in marks)
    known = base.isascii() or "α" <= base <= "ω" or "Α" <= base <= "Ω"
    return (base, names) if marks and known and all(names) else (char, ())


@cache
def _role(char: str) -> str:
    """What a character, or one with a backslash before it, does in the notation."""
    if char[0] == "\\" and len(char) > 1:
        return "escape" if char[1].isalnum() or symbol_class(char[1]) in ("ord", None) else "escaped"
    if char in _BUILDING:
        return _BUILDING[char]
    if char in COMBINING or char == NEGATION:
        return "mark"
    if side := _bracket(char):
        return side
    cls = symbol_class(char)
    if cls is None:
        return "letter"
    if cls == "ord" and char not in _PIPES:
        return "ordinary"
    return "postfix" if char in "!?" else "symbol"


_BUILDING: dict[str, str] = {
    "^": "superscript", "_": "subscript", "/": "over", "¦": "atop", "⁄": "skewed", "∕": "symbol", "√": "root",
    "∛": "root", "∜": "root", "┴": "limit", "┬": "limit", "■": "table", "█": "table", "°": "degree",
    **dict.fromkeys(_PRIME_COUNTS, "prime"), **dict.fromkeys(PREFIXES, "prefix"),
    **dict.fromkeys(ENCLOSURES, "enclosure"),
    **dict.fromkeys(_VULGAR, "vulgar"), **dict.fromkeys(_INVISIBLE, "invisible"),
    **dict.fromkeys('"“”\\', "stray"),
}  # fmt: skip

_Step = Callable[[_Reader, list[_Item], int, int], int]

_TRAILING: dict[str, _Step] = {
    "superscript": _Reader._full_script, "subscript": _Reader._full_script, "sup": _Reader._small,
    "sub": _Reader._small, "prime": _Reader._primes, "degree": _Reader._degree, "limit": _Reader._limit,
    "mark": _Reader._mark, "postfix": _Reader._postfix, "invisible": _Reader._skip,
}  # fmt: skip
"""What is attached to the item before it."""

_SCRIPTS = frozenset({"superscript", "subscript", "sup", "sub", "prime", "degree"})

_FACTORS: dict[str, _Step] = {
    "number": _Reader._number, "word": _Reader._word, "fancy": _Reader._fancy, "text": _Reader._text,
    "escape": _Reader._escape, "letter": _Reader._letter, "ordinary": _Reader._ordinary, "vulgar": _Reader._vulgar,
    "root": _Reader._root, "prefix": _Reader._prefix_mark, "enclosure": _Reader._enclosure,
    "table": _Reader._table_factor, "digraph": _Reader._digraph, "escaped": _Reader._escape, "stray": _Reader._stray,
}  # fmt: skip
"""What can be multiplied by standing side by side."""

_ANY = frozenset({"space", "symbol", "digraph", "escaped", "close", "over", "atop", "skewed", "limit", "invisible"})
_ENDS: tuple[frozenset[str], ...] = (
    frozenset(),
    _ANY | {"subscript"},
    _ANY | {"superscript", "sup", "prime", "degree", "postfix"},
    _ANY,
    _ANY,
    _ANY | {"superscript", "subscript", "sup", "sub", "prime", "degree", "postfix"},
    _ANY | {"superscript", "subscript", "sup", "sub", "prime", "degree", "postfix"},
)
"""Which tokens end an argument, by its kind."""

_AFTER_BRACKETS: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset({"superscript", "mark"}),
    frozenset({"subscript", "mark"}),
    frozenset(_TRAILING),
    frozenset(_TRAILING),
    frozenset(),
    frozenset({"mark"}),
)
"""Which tokens do not end an argument that is one pair of brackets so far."""
