r"""AST → MathML Core, as Chromium and Firefox show it.

The structure is that of KaTeX's MathML: `munderover` for limits in display style and `msubsup` beside the operator,
fences in an `mrow`, `mover accent="true"`. Core dropped `mathvariant` (but for "normal"), `menclose`, the attributes of
`mtable` and relative lengths, so fonts are the mathematical alphanumeric characters and the rest is inline CSS. Spacing
follows TeX (TeXbook, chapter 18) wherever the operator dictionary of MathML Core says something else: unary minus, the
dots of an ellipsis, named functions, `:` as a relation, atoms whose class was changed by hand.

What only a reader needs to know rides on attributes that browsers ignore: `class="mathscr"` tells the two script
alphabets apart, `data-mjx-texclass` (MathJax's name for it) holds a class that differs from the symbol's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias, assert_never

from .. import alphabets, symbols
from ..atoms import atom_class, default_class
from ..errors import Loss, Losses
from ..nodes import (
    EMPTY,
    Accent,
    AtomClass,
    Enclosed,
    EnclosedKind,
    Fence,
    Font,
    Frac,
    Ident,
    Limits,
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
    TableKind,
    Text,
    Unknown,
    items_of,
)

NAMESPACE = "http://www.w3.org/1998/Math/MathML"

_CACHED = 4096
"""Leaves whose markup is kept: a document uses few different ones."""

_APPLY = "<mo>&#x2061;</mo>"
_GAP = '<mspace width="0.1667em"/>'
_THIN = "0.1667em"
_SPACING: dict[AtomClass, tuple[str, str]] = {
    "ord": ("0em", "0em"), "op": (_THIN, _THIN), "bin": ("0.2222em", "0.2222em"), "rel": ("0.2778em", "0.2778em"),
    "open": ("0em", "0em"), "close": ("0em", "0em"), "punct": ("0em", _THIN), "inner": (_THIN, _THIN),
}  # fmt: skip
"""Space on the left and right of an operator by its class: TeX's thin, medium and thick space."""
_SPACED_BY_HAND = frozenset("∴∵⌣⌢:∶")
"""Relations for which the operator dictionary has other spaces than thick ones (measured in Chromium)."""
_PREFIX_FORMS = frozenset("+−±∓")
"""Binary operators that the operator dictionary has as prefix operators too, without space."""
_FENCES = frozenset("([{⟨⌊⌈⟦⦃⟪❲⦅⟮)]}⟩⌋⌉⟧⦄⟫❳⦆!")
"""Delimiters that the operator dictionary spaces as TeX does."""
_OPENING = frozenset("([{⟨⌊⌈⟦⦃⟪❲⦅⟮⎰⌜⌞")
_CLOSING = frozenset(")]}⟩⌋⌉⟧⦄⟫❳⦆⟯⎱⌝⌟")
_TALL = frozenset("↑↓↕⇑⇓⇕↟↡↥↧↨↾↿⇂⇃⥮⥯⇈⇊⇅⇵")
"""Arrows that would grow with the row they stand in."""
_LONG = frozenset("→←↔⇒⇐⇔↦↩↪⇀⇁↼↽⇌⇋↠↞⟶⟵⟷⟹⟸⟺⟼⇄⇆")
"""Signs that would grow to the width of what stands over or under them."""
_OPERATOR_LIKE = frozenset("|‖/\\~⊥′″‴⁗‵")
"""Ordinary symbols that are operators (`mo`) to MathML."""
_PRIMES = frozenset("′″‴⁗‵")
_HEIGHTS = {1: "1.2em", 2: "1.8em", 3: "2.4em", 4: "3em"}
_MARKS = {"hat": "ˆ", "vec": "&#x20D7;", "widehat": "&#x302;"}
"""Marks drawn with another character than the table has, because browsers draw or stretch it better."""
_LIMIT_MARKS = frozenset({"overbrace", "underbrace", "overbracket", "underbracket", "overparen", "underparen"})

_FACES: dict[Font, tuple[str, str]] = {
    "": ("", ""), "rm": ("mathrm", "font-family:serif"), "it": ("mathit", "font-style:italic"),
    "bf": ("mathbf", "font-weight:bold"), "bi": ("mathbfit", "font-weight:bold;font-style:italic"),
    "cal": ("mathcal", ""), "bfcal": ("mathbfcal", "font-weight:bold"), "scr": ("mathscr", ""),
    "bfscr": ("mathbfscr", "font-weight:bold"), "frak": ("mathfrak", ""), "bffrak": ("mathbffrak", "font-weight:bold"),
    "bb": ("mathbb", ""), "sf": ("mathsf", "font-family:sans-serif"),
    "sfbf": ("mathbfsf", "font-family:sans-serif;font-weight:bold"),
    "sfit": ("mathsfit", "font-family:sans-serif;font-style:italic"),
    "sfbi": ("mathbfsfit", "font-family:sans-serif;font-weight:bold;font-style:italic"),
    "tt": ("mathtt", "font-family:monospace"),
}  # fmt: skip
"""Class and CSS of a font, for characters that Unicode does not have in it."""

_STYLES = {
    "display": 'displaystyle="true" scriptlevel="0"', "text": 'displaystyle="false" scriptlevel="0"',
    "script": 'displaystyle="false" scriptlevel="1"', "scriptscript": 'displaystyle="false" scriptlevel="2"',
}  # fmt: skip
_SIZES = {
    "tiny": 0.5, "scriptsize": 0.7, "footnotesize": 0.8, "small": 0.9, "normalsize": 1.0, "large": 1.2, "Large": 1.44,
    "LARGE": 1.728, "huge": 2.074, "Huge": 2.488,
}  # fmt: skip
"""In em of the surrounding text, as KaTeX has them."""
_STROKE = "currentColor 0 calc(50% + 0.03em),transparent 0)"
_UP_STROKE = f"linear-gradient(to top left,transparent calc(50% - 0.03em),{_STROKE}"
_DOWN_STROKE = f"linear-gradient(to top right,transparent calc(50% - 0.03em),{_STROKE}"
_RULE = "0.06em solid"
_NOTATIONS = {
    "box": ("box", f"border:{_RULE};padding:0.25em"),
    "circle": ("circle", f"border:{_RULE};border-radius:50%;padding:0.25em"),
    "cancel": ("updiagonalstrike", f"background:{_UP_STROKE}"),
    "bcancel": ("downdiagonalstrike", f"background:{_DOWN_STROKE}"),
    "xcancel": ("updiagonalstrike downdiagonalstrike", f"background:{_UP_STROKE},{_DOWN_STROKE}"),
    "strike": ("horizontalstrike", f"background:linear-gradient(transparent calc(50% - 0.03em),{_STROKE}"),
    "angle": ("actuarial", f"border-top:{_RULE};border-right:{_RULE};padding:0.1em 0.1em 0 0"),
    "longdiv": ("longdiv", f"border-top:{_RULE};border-left:{_RULE};padding:0.1em 0 0 0.2em"),
}  # fmt: skip
_PADDED = {
    "hphantom": ('<mpadded height="0px" depth="0px"><mphantom>', "</mphantom></mpadded>"),
    "vphantom": ('<mpadded width="0px"><mphantom>', "</mphantom></mpadded>"),
    "phantom": ("<mphantom>", "</mphantom>"),
    "smash": ('<mpadded height="0px" depth="0px">', "</mpadded>"),
    "rlap": ('<mpadded width="0px">', "</mpadded>"),
    "llap": ('<mpadded width="0px" class="llap"><mrow style="transform:translateX(-100%)">', "</mrow></mpadded>"),
    "clap": ('<mpadded width="0px" class="clap"><mrow style="transform:translateX(-50%)">', "</mrow></mpadded>"),
    "raise": ('<mpadded voffset="0.5ex">', "</mpadded>"),
    "tag": ('<mrow intent=":equation-label" style="padding-left:2em">', "</mrow>"),
}  # fmt: skip

_ALIGN = {
    "l": "text-align:left;justify-items:start",
    "c": "",
    "r": "text-align:right;justify-items:end",
}
"""Firefox aligns a cell by `text-align`, Chromium by `justify-items`."""
_ALIGN_NAMES = {"l": "left", "c": "center", "r": "right"}
_BORDERS = {"-": _RULE, "|": _RULE, "=": "0.2em double", "||": "0.2em double", ":": "0.06em dashed"}
_IN_DISPLAY: frozenset[TableKind] = frozenset({"aligned", "gathered", "lines", "cd"})

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANKS = re.compile(r"^[ \t\r\n]+|[ \t\r\n]+$|[ \t\r\n]{2,}")
_SCHEME = re.compile(r"([^/?#]*?):")
_SAFE_SCHEMES = frozenset({"http", "https", "mailto", "ftp", "tel"})
_COLOR = re.compile(r"#[0-9a-fA-F]{3,8}|[A-Za-z]+")
_SAFE_STYLE = re.compile(r"[\w\s:;#%.,()+/*-]*")
_UNSAFE_STYLE = re.compile(r"url|image|expression|behavior|binding|import|var\b|position", re.I)
_DATA_NAME = re.compile(r"[a-z][a-z0-9_.-]*")


def write(node: Node, *, losses: Losses, display: bool = False, annotation: str | None = None) -> str:
    """The formula as one `<math>` element.

    `display` sets it as a block, in display style. `annotation` is the TeX source to carry along as `<annotation>`.
    Losses: unknown source (shown as an error), colours and attributes that are not safe, links that run programs.
    """
    writer = _Writer(losses, display)
    writer.write(node)
    body = "".join(writer.out)
    if annotation is not None:
        source = f'<annotation encoding="application/x-tex">{_escape(annotation)}</annotation>'
        body = f"<semantics><mrow>{body}</mrow>{source}</semantics>"
    block = ' display="block"' if display else ""
    return f'<math xmlns="{NAMESPACE}"{block}>{body}</math>'


def _escape(text: str) -> str:
    """Text as the content of an element; characters that XML forbids become U+FFFD."""
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    """Text as the value of an attribute between double quotes."""
    return _escape(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;").replace("\r", "&#13;")


# Leaves


def _face(font: Font) -> str:
    """Attributes for characters that are not in Unicode's alphabet of the font."""
    name, style = _FACES[font]
    looks = f' style="{style}"' if style else ""
    return f' class="{name}"{looks}' if name else ""


@lru_cache(_CACHED)
def _identifier(text: str, font: Font) -> str:
    if len(text) == 1:
        return _letter(text, font)
    if font == "rm":
        # A word is upright by itself; the attribute says that it is not the function of that name.
        upright = ' mathvariant="normal"' if _is_function_name(text) else ""
        return f"<mi{upright}>{_escape(text)}</mi>"
    return _word(text, font)


def _letter(char: str, font: Font) -> str:
    escaped = _escape(char)
    match font:
        case "":
            return f'<mi mathvariant="normal">{escaped}</mi>' if "Α" <= char <= "Ω" else f"<mi>{escaped}</mi>"
        case "rm":
            # What is upright anyway says by the class that it was made so.
            word = ' class="mathrm"' if "Α" <= char <= "Ω" or alphabets.styled(char, "it") is None else ""
            return f'<mi{word} mathvariant="normal">{escaped}</mi>'
        case "it":
            return f'<mi mathvariant="italic">{escaped}</mi>'
        case _:
            return _word(char, font)


def _word(text: str, font: Font) -> str:
    """Letters in the characters of a font, where Unicode has them."""
    alphabet: Font = font or "it"
    styled = [alphabets.styled(char, alphabet) for char in text]
    shown = _escape("".join(new or old for new, old in zip(styled, text, strict=True)))
    if not any(styled):
        return f"<mi{_face(font)}>{shown}</mi>"
    # ℜ is also a symbol of its own; a class tells the script from the calligraphic alphabet.
    named = font in ("scr", "bfscr") or None in styled or symbols.by_char(shown) is not None
    return f'<mi class="{_FACES[alphabet][0]}">{shown}</mi>' if named and font else f"<mi>{shown}</mi>"


def _is_function_name(text: str) -> bool:
    """Whether a bare word would read as a named operator."""
    return text == "mod" or symbols.by_char(text, "fn") is not None or symbols.by_char(text, "fnlim") is not None


@lru_cache(_CACHED)
def _number(text: str, font: Font) -> str:
    if not font:
        return f"<mn>{_escape(text)}</mn>"
    styled = [alphabets.styled(char, font) for char in text]
    shown = _escape("".join(new or old for new, old in zip(styled, text, strict=True)))
    return f"<mn>{shown}</mn>" if any(styled) else f"<mn{_face(font)}>{shown}</mn>"


@lru_cache(_CACHED)
def _text(text: str, font: Font) -> str:
    """Blanks at the ends and in runs would be lost in XML and in HTML; no-break spaces keep them."""
    kept = _BLANKS.sub(lambda found: "\xa0" * len(found[0]), text)
    face = "" if not font else f' style="{_FACES[font][1]}"' if _FACES[font][1] else _face(font)
    face = _face(font) if font in ("cal", "bfcal", "scr", "bfscr", "frak", "bffrak", "bb") else face
    return f"<mtext{face}>{_escape(kept)}</mtext>"


@lru_cache(_CACHED)
def _space(mu: float, newline: bool) -> str:
    if newline:
        return '<mspace linebreak="newline"/>'
    width = f"{mu / 18:.4f}".rstrip("0").rstrip(".")
    # Core knows no negative widths, but margins.
    return f'<mspace width="{width}em"/>' if mu >= 0 else f'<mspace style="margin-left:{width}em"/>'


@lru_cache(_CACHED)
def _symbol(text: str, cls: AtomClass, font: Font, size: int, form: str = "") -> str:
    """A symbol. `form` is "prefix" or "infix" where the browser would guess another one, or "none" for no spaces."""
    if font and text in "∇∂" and (bold := alphabets.styled(text, "bf")):
        return f"<mi>{bold}</mi>"
    default = default_class(text)
    looks = ' mathvariant="bold" style="font-weight:bold"' if font else ""
    if size:
        return f"<mo{looks}{_sized(text, cls, default, size)}>{_escape(text)}</mo>"
    if cls == default == "ord" and text not in _OPERATOR_LIKE:
        # ∂ and ∇ would be made italic.
        upright = ' mathvariant="normal"' if alphabets.styled(text, "it") else ""
        return f"<mi{upright}{looks}>{_escape(text)}</mi>"
    if form == "none" and text not in _PRIMES:
        own = "" if cls == default else f' data-mjx-texclass="{cls.upper()}"'
        return f'<mo{looks}{own} lspace="0em" rspace="0em">{_escape(text)}</mo>'
    return f"<mo{looks}{_own_attributes(text, cls, default, form)}>{_escape(text)}</mo>"


def _own_attributes(text: str, cls: AtomClass, default: AtomClass, form: str) -> str:
    """What the operator dictionary does not know of a symbol that does not grow."""
    if cls != default:
        left, right = _SPACING[cls]
        shape = ' form="prefix"' if cls == "open" else ' form="postfix"' if cls == "close" else ""
        rigid = ' stretchy="false"' if text in _OPENING or text in _CLOSING or text in "|‖" else ""
        return f' data-mjx-texclass="{cls.upper()}"{shape}{rigid} lspace="{left}" rspace="{right}"'
    if text in _PRIMES:
        return ' lspace="0em" rspace="0em"' if form else ""
    if cls == "ord":
        return ' stretchy="false" lspace="0em" rspace="0em"'
    if cls in ("open", "close"):
        spaces = "" if text in _FENCES else ' lspace="0em" rspace="0em"'
        return f' stretchy="false"{spaces}'
    if form:
        return f' form="{form}"'
    if text in _SPACED_BY_HAND:
        left, right = _SPACING[cls]
        return f' lspace="{left}" rspace="{right}"'
    return ' stretchy="false"' if text in _TALL else ""


def _sized(text: str, cls: AtomClass, default: AtomClass, size: int) -> str:
    r"""Attributes of `\big` to `\Bigg` and `\middle`."""
    if size < 0:
        return ' fence="true" stretchy="true" symmetric="true" lspace="0.05em" rspace="0.05em"'
    height = _HEIGHTS[min(size, 4)]
    shape = {"open": ' form="prefix" fence="true"', "close": ' form="postfix" fence="true"'}.get(cls, "")
    own = "" if cls == default else f' data-mjx-texclass="{cls.upper()}"'
    left, right = _SPACING[cls]
    spaces = "" if cls == default and text in _FENCES else f' lspace="{left}" rspace="{right}"'
    return f'{own}{shape} stretchy="true" symmetric="true" minsize="{height}" maxsize="{height}"{spaces}'


@lru_cache(_CACHED)
def _fence(text: str, form: str) -> str:
    """A delimiter that grows with its row."""
    if not text:
        return f'<mo fence="true" form="{form}"></mo>'
    natural = _OPENING if form == "prefix" else _CLOSING
    shape = "" if text in natural else f' form="{form}"'
    grows = "" if text in natural or text in "|‖" else ' stretchy="true" symmetric="true" lspace="0em" rspace="0em"'
    return f'<mo fence="true"{shape}{grows}>{_escape(text)}</mo>'


@lru_cache(_CACHED)
def _rigid(text: str, cls: AtomClass, font: Font, size: int) -> str:
    """The symbol under or over which something is set: it keeps its size, and its limits are not its own."""
    markup = _symbol(text, cls, font, size)
    if text in _LONG:
        return markup.replace("<mo", '<mo stretchy="false"', 1)
    return markup


@lru_cache(_CACHED)
def _immovable(markup: str) -> str:
    """The operator with limits that stay where they were put by hand."""
    if not markup.startswith("<mo"):
        return markup
    return '<mo movablelimits="false"' + markup.removeprefix("<mo").replace(' movablelimits="true"', "", 1)


@lru_cache(_CACHED)
def _takes_limits(char: str) -> bool:
    """Whether scripts of a big operator stand above and below in display style (∑), or beside it (∫)."""
    symbol = symbols.by_char(char)
    return symbol is None or symbol.cls != "int"


@lru_cache(_CACHED)
def _named(name: str, limits: bool, left: str = "0em", right: str = "0em") -> str:
    """The word of a named operator; one with limits is an `mo`, so that browsers can move the limits."""
    shown = _escape(_BLANKS.sub(lambda found: "\xa0" * len(found[0]), name))
    if limits:
        return f'<mo movablelimits="true" lspace="{left}" rspace="{right}">{shown}</mo>'
    upright = ' mathvariant="normal"' if len(name) == 1 else ""
    return f"<mi{upright}>{shown}</mi>"


def _is_function(node: Node) -> bool:
    """A named operator, bare or with scripts."""
    return type(node) is Operator or (type(node) is Script and type(node.base) is Operator)


_Part: TypeAlias = str | bool | Node | tuple[Script, str]
"""A piece of the output in order: markup, the style from here on (display or not), a node still to be written as one
element, or scripts whose base is written already."""


def _is_operator(node: Node) -> bool:
    """Whether the scripts of the node may be limits, at least where that is asked for."""
    match node:
        case Operator():
            return True
        case Sym():
            return not node.size and node.text not in _PRIMES
        case Accent():
            return node.mark in _LIMIT_MARKS
        case Styled():
            return node.kind == "class" and node.value == "op"
        case _:
            return False


@lru_cache(_CACHED)
def _is_mark(char: str) -> bool:
    """Whether a symbol over or under something would read as an accent."""
    classes: tuple[symbols.SymbolClass, ...] = ("accent", "wide", "under")
    return char in ".…−°ˆ˜ˉ" or any(symbols.by_char(char, cls) is not None for cls in classes)


class _Writer:
    """One formula being written. Nodes are taken apart on a stack of its own, so that no formula is too deep."""

    __slots__ = ("display", "losses", "out")

    def __init__(self, losses: Losses, display: bool) -> None:
        self.losses, self.display = losses, display
        self.out: list[str] = []

    def write(self, node: Node) -> None:
        append = self.out.append
        open_parts = [iter(_row(items_of(node)))]
        while open_parts:
            for part in open_parts[-1]:
                kind = type(part)
                if kind is str:
                    append(part)  # type: ignore[arg-type]
                elif kind is Ident:
                    append(_identifier(part.text, part.font))  # type: ignore[union-attr]
                elif kind is Num:
                    append(_number(part.text, part.font))  # type: ignore[union-attr]
                elif type(part) is bool:
                    self.display = part
                else:
                    inner = self._script(*part) if type(part) is tuple else self._element(part)  # type: ignore[arg-type]
                    open_parts.append(iter(inner))
                    break
            else:
                open_parts.pop()

    def _element(self, node: Node) -> list[_Part]:
        """The node as exactly one element."""
        match node:
            case Row(items):
                return ["<mrow>", *_row(items), "</mrow>"]
            case Script():
                if type(node.base) is Operator:
                    return ["<mrow>", *_function(node, None, None), "</mrow>"]
                return self._script(node, None)
            case Frac():
                return self._frac(node)
            case Fence():
                return _fenced(node)
            case Root(radicand, None):
                return ["<msqrt>", *_row(items_of(radicand)), "</msqrt>"]
            case Root(radicand, index):
                return ["<mroot>", radicand, index or EMPTY, "</mroot>"]
            case Accent():
                return self._accent(node)
            case Stack():
                return _stack(node)
            case Styled():
                return self._styled(node)
            case Enclosed():
                start, end = _enclosing(node.kind)
                return [start, *_row(items_of(node.body)), end]
            case Table():
                outer, self.display = self.display, node.kind in _IN_DISPLAY
                return [*_table(node), outer]
            case Unknown():
                return [self._unknown(node)]
            case Operator():
                return ["<mrow>", *_function(node, None, None), "</mrow>"]
            case Ident():
                return [_identifier(node.text, node.font)]
            case Num():
                return [_number(node.text, node.font)]
            case Sym():
                return [_symbol(node.text, node.cls, node.font, node.size)]
            case Text():
                return [_text(node.text, node.font)]
            case Space():
                return [_space(node.mu, node.newline)]
            case _:
                assert_never(node)

    def _frac(self, node: Frac) -> list[_Part]:
        slash = ' bevelled="true"' if node.style == "slashed" else ""
        line = "" if node.bar else ' linethickness="0"'
        frac: list[_Part] = [f"<mfrac{slash}{line}>", node.num, node.den, "</mfrac>"]
        match node.style:
            case "display" | "continued":
                return [f"<mstyle {_STYLES['display']}>", True, *frac, self.display, "</mstyle>"]
            case "text":
                return [f"<mstyle {_STYLES['text']}>", False, *frac, self.display, "</mstyle>"]
            case _:
                return frac

    def _script(self, node: Script, word: str | None) -> list[_Part]:
        """Scripts beside the base, or over and under it. `word` is the base where it is written already."""
        base, sub, sup = node.base, node.sub, node.sup
        over = self._limits_apply(base, node.limits)
        if sub is None:
            name = "mover" if over else "msup"
        elif sup is None:
            name = "munder" if over else "msub"
        else:
            name = "munderover" if over else "msubsup"
        if word is None and isinstance(base, Sym):
            word = _symbol(base.text, "op" if over else base.cls, base.font, base.size)
        if word is not None and node.limits != "auto":
            word = _immovable(word)
        written: list[_Part] = [base if word is None else word]
        if sub is None and sup is None:
            return ["<mrow>", *written, "</mrow>"]
        for part in [part for part in (sub, sup) if part is not None]:
            lonely = over and isinstance(part, Sym) and _is_mark(part.text)
            written += ["<mrow>", part, "</mrow>"] if lonely else [part]
        return [f"<{name}>", *written, f"</{name}>"]

    def _limits_apply(self, base: Node, limits: Limits) -> bool:
        """Whether scripts stand over and under, by KaTeX's rule: in display style, whatever is in between."""
        if limits != "auto":
            # As in TeX, only an operator has limits.
            return limits == "limits" and _is_operator(base)
        match base:
            case Sym(text, "op", size=0):
                return self.display and _takes_limits(text)
            case Operator():
                return self.display and base.limits
            case Accent():
                return base.mark in _LIMIT_MARKS
            case Styled(kind="class", value="op"):
                return self.display
            case _:
                return False

    def _accent(self, node: Accent) -> list[_Part]:
        mark = symbols.by_name(node.mark)
        if mark is None or mark.cls not in ("accent", "wide", "under"):
            self.losses.append(Loss(node.mark, "unknown accent, left out", node.span))
            return ["<mrow>", node.base, "</mrow>"]
        name, attribute = ("munder", "accentunder") if mark.cls == "under" else ("mover", "accent")
        # Horizontal braces keep their distance, as in KaTeX.
        attribute = "" if node.mark in _LIMIT_MARKS else f' {attribute}="true"'
        stretchy = "false" if mark.cls == "accent" else "true"
        sign = _MARKS.get(node.mark) or _mark(mark.char)
        return [f"<{name}{attribute}>", node.base, f'<mo stretchy="{stretchy}">{sign}</mo></{name}>']

    def _styled(self, node: Styled) -> list[_Part]:
        body = _row(items_of(node.body))
        match node.kind:
            case "style" if node.value in _STYLES:
                start = f"<mstyle {_STYLES[node.value]}>"
                return [start, node.value == "display", *body, self.display, "</mstyle>"]
            case "size" if node.value in _SIZES:
                return [f'<mstyle mathsize="{_SIZES[node.value]:g}em">', *body, "</mstyle>"]
            case "color" | "background" if _COLOR.fullmatch(node.value):
                attribute = "mathcolor" if node.kind == "color" else "mathbackground"
                return [f'<mstyle {attribute}="{node.value}">', *body, "</mstyle>"]
            case "class" if node.value in _SPACING:
                return _classed(node.body, node.value)
            case "link" if _is_safe_link(node.value):
                return [f'<mrow href="{_attribute(node.value)}">', *body, "</mrow>"]
            case "attribute" if safe := _safe_attribute(node.value):
                return [f"<mrow {safe}>", *body, "</mrow>"]
            case _:
                what = f"{node.kind} {node.value}"
                self.losses.append(Loss(what, "not safe or not known in MathML, left out", node.span))
                return ["<mrow>", *body, "</mrow>"]

    def _unknown(self, node: Unknown) -> str:
        self.losses.append(Loss(node.text, "MathML has no word for it; it is shown as an error", node.span))
        language = "" if node.language == "tex" else f' data-language="{_attribute(node.language)}"'
        return f"<merror{language}>{_text(node.text, '')}</merror>"


# Rows


def _row(items: Sequence[Node], before: AtomClass | None = None, first: bool = True) -> list[_Part]:
    """The items side by side, with TeX's spacing.

    `before` is the class of what precedes them on the line, if anything; `first` tells whether the first item is also
    the first child of its element.
    """
    parts: list[_Part] = []
    append = parts.append
    unary = -1
    for index, item in enumerate(items):
        kind = type(item)
        if type(item) is Ident:
            if item.font and index and _would_join(items[index - 1], item):
                append(f"<mrow>{_identifier(item.text, item.font)}</mrow>")
            else:
                append(_identifier(item.text, item.font))
        elif kind is Num:
            append(_number(item.text, item.font))  # type: ignore[union-attr]
        elif type(item) is Sym:
            form = ""
            if item.cls == "bin" and not item.size:
                previous = "ord" if unary >= 0 and unary == index - 1 else _class_before(items, index, before)
                form = _form(item.text, previous, items, index, first)
                unary = index if form in ("prefix", "none") else unary
            elif item.cls == "inner" and not item.size:
                append(_dots(item, _class_before(items, index, before), _class_after(items, index)))
                continue
            elif item.text in _PRIMES and index and items[index - 1] != item:
                form = "none"
            append(_symbol(item.text, item.cls, item.font, item.size, form))
        elif type(item) is Script:
            base = item.base
            if type(base) is Ident and (item.sub is not None or item.sup is not None):
                _letter_with_scripts(item, _identifier(base.text, base.font), append)
            elif type(base) is Operator:
                parts += _function(item, _class_before(items, index, before), _node_after(items, index))
            elif type(base) is Num and index and type(items[index - 1]) is Num and len(base.text) == 1:
                # A digit of its own: without the row it would read as the last one of the number.
                parts += ["<mrow>", item, "</mrow>"]
            else:
                append(item)
        elif kind is Operator:
            parts += _function(item, _class_before(items, index, before), _node_after(items, index))
        else:
            append(item)
    return parts


def _letter_with_scripts(node: Script, letter: str, append: Callable[[_Part], None]) -> None:
    """The usual script, whose base takes no limits, without the detour over the stack."""
    sub, sup = node.sub, node.sup
    name = "msup" if sub is None else "msub" if sup is None else "msubsup"
    append(f"<{name}>{letter}")
    for part in (sub, sup):
        if type(part) is Num:
            append(_number(part.text, part.font))
        elif type(part) is Ident:
            append(_identifier(part.text, part.font))
        elif part is not None:
            append(part)
    append(f"</{name}>")


def _would_join(before: Node, letter: Ident) -> bool:
    """Whether two letters would read as one word, which is how KaTeX writes words."""
    if not isinstance(before, Ident) or before.font != letter.font or letter.font not in ("rm", "it"):
        return False
    return len(letter.text) == len(before.text) == 1


def _function(node: Node, previous: AtomClass | None, following: Node | None) -> list[_Part]:
    """A named operator, bare or with scripts: thin spaces where TeX has them, then the invisible "function of"."""
    base = node.base if isinstance(node, Script) else node
    assert isinstance(base, Operator)
    left = previous in ("ord", "close", "inner")
    right = following is not None and (_is_function(following) or _quick_class(following) in ("ord", "inner"))
    word = _named(base.name, base.limits, _THIN if left else "0em", _THIN if right else "0em")
    parts: list[_Part] = [(node, word) if isinstance(node, Script) else word, _APPLY]
    if base.limits:
        return parts
    if left:
        parts.insert(0, _GAP)
    if right:
        parts.append(_GAP)
    return parts


def _fenced(node: Fence) -> list[_Part]:
    # Two invisible delimiters are written, as empty operators, because nothing else tells of the fence.
    invisible = not (node.open or node.close)
    opening = [_fence(node.open, "prefix")] if node.open or invisible else []
    closing = [_fence(node.close, "postfix")] if node.close or invisible else []
    return ["<mrow>", *opening, *_row(items_of(node.body), first=not opening), *closing, "</mrow>"]


def _stack(node: Stack) -> list[_Part]:
    """Something over or under a base that is no operator with limits and no accent."""
    base = node.base
    name = "munderover" if node.over and node.under else "munder" if node.under else "mover"
    # Without the attribute these might read as scripts of an operator.
    plain = ' accentunder="false"' if name == "munder" else ' accent="false"'
    parts: list[_Part] = [f"<{name}>" if node.stretch and isinstance(base, Sym) else f"<{name}{plain}>"]
    if not isinstance(base, Sym):
        parts.append(base)
    elif node.stretch:
        parts.append(f'<mo stretchy="true" minsize="1.75em">{_escape(base.text)}</mo>')
    else:
        parts.append(_rigid(base.text, base.cls, base.font, base.size))
    for part in (node.under, node.over):
        if part is not None and node.stretch:
            # The arrow is to be longer than what stands over it.
            parts += ['<mrow style="padding:0 0.3em">', *_row(items_of(part)), "</mrow>"]
        elif isinstance(part, Sym) and _is_mark(part.text):
            # Bare, it would read as an accent.
            parts += ["<mrow>", part, "</mrow>"]
        elif part is not None:
            parts.append(part)
    if node.over is None and node.under is None:
        parts.append(EMPTY)
    return [*parts, f"</{name}>"]


def _classed(body: Node, cls: AtomClass) -> list[_Part]:
    """Several things as one atom of a class."""
    left, right = _SPACING[cls]
    if isinstance(body, Operator) and cls in ("bin", "rel") and len(body.name) > 1:
        return [f'<mo lspace="{left}" rspace="{right}">{_escape(body.name)}</mo>']
    spaces = f' style="padding:0 {right} 0 {left}"' if (left, right) != ("0em", "0em") else ""
    return [f'<mrow data-mjx-texclass="{cls.upper()}"{spaces}>', *_row(items_of(body)), "</mrow>"]


def _enclosing(kind: EnclosedKind) -> tuple[str, str]:
    """What stands before and after the enclosed row."""
    if kind in _NOTATIONS:
        notation, style = _NOTATIONS[kind]
        return f'<menclose notation="{notation}" style="{style}">', "</menclose>"
    return _PADDED[kind]


# Which space, which form


def _quick_class(node: Node) -> AtomClass:
    """`atom_class` with a short way for the leaves."""
    kind = type(node)
    return "ord" if kind is Ident or kind is Num else node.cls if type(node) is Sym else atom_class(node)


def _class_before(items: Sequence[Node], index: int, before: AtomClass | None) -> AtomClass | None:
    """The class of the atom in front of an item; spaces do not count."""
    index -= 1
    while index >= 0 and type(items[index]) is Space:
        index -= 1
    return before if index < 0 else _quick_class(items[index])


def _node_after(items: Sequence[Node], index: int) -> Node | None:
    for item in items[index + 1 :]:
        if type(item) is not Space:
            return item
    return None


def _class_after(items: Sequence[Node], index: int) -> AtomClass | None:
    following = _node_after(items, index)
    return None if following is None else _quick_class(following)


def _form(text: str, previous: AtomClass | None, items: Sequence[Node], index: int, first: bool) -> str:
    """What to say of a binary operator where browsers would not space it as TeX does (Appendix G, rules 5 and 6)."""
    if previous is None or previous in ("bin", "op", "rel", "open", "punct"):
        if text not in _PREFIX_FORMS:
            return "none"
        # The first of several children is a prefix operator by itself.
        return "" if first and index == 0 and len(items) > 1 else "prefix"
    following = _class_after(items, index)
    if following is None or following in ("rel", "close", "punct"):
        return "none"
    return "infix" if first and index == 0 and text in _PREFIX_FORMS else ""


def _dots(node: Sym, previous: AtomClass | None, following: AtomClass | None) -> str:
    """An ellipsis: thin spaces towards ordinary atoms, none towards operators, which bring their own."""
    left = _THIN if previous in ("ord", "close", "inner") else "0em"
    right = _THIN if following in ("ord", "open", "punct", "inner") else "0em"
    return _spaced(node.text, node.font, left, right, default_class(node.text) == "inner")


@lru_cache(_CACHED)
def _spaced(text: str, font: Font, left: str, right: str, natural: bool) -> str:
    looks = ' mathvariant="bold" style="font-weight:bold"' if font else ""
    own = "" if natural else ' data-mjx-texclass="INNER"'
    return f'<mo{looks}{own} lspace="{left}" rspace="{right}">{_escape(text)}</mo>'


def _mark(char: str) -> str:
    """Combining characters as references: in the open they would sit on the markup."""
    return f"&#x{ord(char):X};" if "\u0300" <= char <= "\u036f" or "\u20d0" <= char <= "\u20ff" else char


# What is safe


def _is_safe_link(address: str) -> bool:
    """Whether following the link runs no program: no scheme, or a known one. Browsers skip controls and blanks."""
    found = _SCHEME.match("".join(char for char in address if char > " "))
    return found is None or found[1].lower() in _SAFE_SCHEMES


def _safe_attribute(assignment: str) -> str | None:
    """`class=x`, `id=x`, `title=x`, `style=…` or `data=name=x` as an attribute, or None if it is not safe."""
    name, _, value = assignment.partition("=")
    if name == "data":
        name, _, value = value.partition("=")
        return f'data-{name}="{_attribute(value)}"' if _DATA_NAME.fullmatch(name) else None
    safe_style = name == "style" and _SAFE_STYLE.fullmatch(value) and not _UNSAFE_STYLE.search(value)
    return f'{name}="{_attribute(value)}"' if safe_style or name in ("class", "id", "title") else None


# Tables


def _table(node: Table) -> list[_Part]:
    start, end = _frame(node)
    parts: list[_Part] = [start]
    width = max(map(len, node.rows), default=0)
    columns, rules = _columns(node, width), _vertical_rules(node, width)
    for number, cells in enumerate(node.rows):
        parts.append("<mtr>")
        above = node.rules[0] if number == 0 and node.rules else ""
        below = node.rules[number + 1] if number + 1 < len(node.rules) else ""
        for index, cell in enumerate(cells):
            column = _line_alignment(number, len(node.rows)) if node.kind == "lines" else columns[index]
            left = rules[0] if index == 0 else ""
            # amsmath puts an empty atom in front of the right-hand side.
            before: AtomClass | None = "ord" if node.kind == "aligned" and column == "l" else None
            items = _cd_cell(cell) if node.kind == "cd" else items_of(cell)
            parts.append(_cell(node.kind, column, index, left, rules[index + 1], above, below))
            parts += _row(items, before)
            parts.append("</mtd>")
        parts.append("</mtr>")
    parts.append(end)
    return parts


def _frame(node: Table) -> tuple[str, str]:
    """What stands before and after the rows."""
    letters = [letter for letter in node.columns if letter in _ALIGN_NAMES]
    width = max(map(len, node.rows), default=0)
    name: str = "CD" if node.kind == "cd" else node.kind
    match node.kind:
        case "aligned":
            name = name if letters or not width else ""
            letters = letters or ["rl"[index % 2] for index in range(width)]
            gaps = " ".join("0em" if index % 2 == 0 else "2em" for index in range(width - 1)) or "0em"
            attributes = f' displaystyle="true" columnspacing="{gaps}" rowspacing="0.3em"'
        case "gathered" | "lines":
            attributes = ' displaystyle="true" rowspacing="0.3em"'
        case "cd":
            attributes = ' displaystyle="true"'
        case "small":
            attributes = ' columnspacing="0.3333em" rowspacing="0.1em"'
        case "substack":
            attributes = ' rowspacing="0.1em"'
        case "cases" | "rcases":
            name = "cases" if letters or any(node.rules) or node.columns else ""
            letters = letters or ["l"] * width
            attributes = ' columnspacing="1em" rowspacing="0.36em"'
        case "matrix":
            name = name if letters else ""
            attributes = ""
        case "array":
            attributes = ""
    attributes += f' class="{name}"' if name else ""
    align = f' columnalign="{" ".join(_ALIGN_NAMES[letter] for letter in letters)}"' if letters else ""
    start, end = f"<mtable{attributes}{align}>", "</mtable>"
    if node.kind == "small":
        return f'<mstyle displaystyle="false" scriptlevel="1">{start}', f"{end}</mstyle>"
    if node.kind == "cases":
        return f"<mrow>{_fence('{', 'prefix')}{start}", f"{end}</mrow>"
    if node.kind == "rcases":
        return f"<mrow>{start}", f"{end}{_fence('}', 'postfix')}</mrow>"
    return start, end


def _columns(node: Table, width: int) -> list[str]:
    """The alignment of each column; those beyond the given ones have that of the kind."""
    given = [letter for letter in node.columns if letter in _ALIGN]
    match node.kind:
        case "aligned":
            usual = ["rl"[index % 2] for index in range(width)]
        case "cases" | "rcases":
            usual = ["l"] * width
        case _:
            usual = ["c"] * width
    return (given + usual[len(given) :])[: max(width, len(given))]


def _vertical_rules(node: Table, width: int) -> list[str]:
    """The rule before the first column and after each one: "", "|", "||" or ":"."""
    rules = [""]
    for letter in node.columns:
        if letter in _ALIGN:
            rules.append("")
        else:
            rules[-1] = "||" if rules[-1] else letter
    return rules + [""] * (width + 1 - len(rules))


def _line_alignment(number: int, count: int) -> str:
    """`multline`: the first line left, the last right, the others in the middle."""
    return "l" if number == 0 and count > 1 else "r" if number == count - 1 and count > 1 else "c"


@lru_cache(_CACHED)
def _cell(kind: TableKind, column: str, index: int, left: str, right: str, above: str, below: str) -> str:
    """The start tag of a cell, with the CSS that replaces what Core dropped of `mtable`."""
    css = [_ALIGN[column]] if _ALIGN[column] else []
    match kind:
        case "aligned" if column == "r":
            css.append(f"padding-right:0;padding-left:{'1em' if index else '0'}")
        case "aligned" if column == "l":
            css.append("padding-left:0;padding-right:0")
        case "cases" | "rcases":
            css.append(f"padding-left:{'1em' if index else '0'};padding-right:0")
        case "small":
            css.append("padding:0.1em 0.2em")
        case "substack":
            css.append("padding:0.1em 0")
    for side, rule in (("left", left), ("right", right), ("top", above), ("bottom", below)):
        if rule:
            css.append(f"border-{side}:{_BORDERS[rule]}")
    return f'<mtd style="{";".join(css)}">' if css else "<mtd>"


def _cd_cell(cell: Node) -> tuple[Node, ...]:
    """The labels beside a vertical arrow of a diagram are small."""
    match cell:
        case Row((before, Sym(size=-1) as arrow, after)):
            small = [part if part == EMPTY else Styled(part, "style", "script") for part in (before, after)]
            return (small[0], arrow, small[1])
        case _:
            return items_of(cell)
