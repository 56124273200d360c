r"""Presentation MathML → AST: Core and MathML 3, as MathJax, KaTeX, Temml, LaTeXML, Wikipedia, pandoc, Word write it.

expat reads the markup, and each element becomes nodes as soon as it ends, so no depth of markup meets Python's stack.
Declarations (DOCTYPE, entities) are refused; the named characters of HTML (`&alpha;`) are understood without them.

What a row means is found when it ends (`_Row`): delimiters that stretch are paired to fences, function application
makes a named operator of the word before it, and primes typed beside their base become scripts. Content MathML and
annotations are passed over; `annotation` gives the TeX source that a formula carries along.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.entities import html5
from typing import get_args
from xml.parsers import expat

from .. import alphabets, symbols
from ..atoms import atom_class, default_class
from ..errors import Loss, Losses, ParseError
from ..nodes import (
    EMPTY,
    Accent,
    AtomClass,
    Enclosed,
    EnclosedKind,
    Fence,
    Font,
    Frac,
    FracStyle,
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
    row,
)
from ..source import Source, Span

MAX_LENGTH = 500_000
"""Characters of markup, which take about a second."""
MAX_NESTING = 2_000
"""Elements inside one another."""
MAX_DEPTH = 200
"""Levels of the formula, where rows do not count: what writers can be asked to follow."""

_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ENTITY_OR_WIDE = re.compile(r"&([A-Za-z][A-Za-z0-9]*);|[^\x00-\x7f]+")
_NO_ELEMENTS, _TAG_MISMATCH = (
    expat.errors.codes[message] for message in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_TAG_MISMATCH)
)
_ANNOTATIONS = frozenset({"annotation", "annotation-xml"})
_TEX_ENCODINGS = frozenset({"application/x-tex", "application/x-latex", "text/x-tex", "text/latex", "tex", "latex"})
_TOKENS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_IGNORED = frozenset({"maligngroup", "malignmark", "none", "mprescripts"})

# Characters

_SAME = {
    "-": "−", "‐": "−", "‑": "−", "–": "−", "*": "∗", "'": "′", "’": "′", "·": "⋅", "\u2329": "⟨", "\u232a": "⟩",
    "\u3008": "⟨", "\u3009": "⟩", "\u2126": "Ω", "µ": "μ", "\u212b": "Å",
}  # fmt: skip
"""Characters by which people and programs mean another one, of which the AST has only that one."""
_WORDS = {
    "<=": "≤", ">=": "≥", "!=": "≠", "/=": "≠", "<>": "≠", "->": "→", "<-": "←", "=>": "⇒", "<=>": "⇔", "+-": "±",
    "-+": "∓", "...": "…", "~=": "≅", "|->": "↦",
}  # fmt: skip
"""Operators typed with several characters that stand for one."""
_INVISIBLE = "\u2061\u2062\u2063\u2064\u200b\u200c\u200d\ufeff"
_APPLY = "\u2061"
_PRIMES = {"′": 1, "″": 2, "‴": 3, "⁗": 4}
_SUPERSCRIPT_DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_OPENING = frozenset("([{⟨⌊⌈⟦⦃⟪❲⦅⟮⎰⌜⌞")
_CLOSING = frozenset(")]}⟩⌋⌉⟧⦄⟫❳⦆⟯⎱⌝⌟")
_BARS = frozenset("|‖∣∥")
_BAR_OF_FENCE = {"∣": "|", "∥": "‖", "<": "⟨", ">": "⟩"}
"""What relations are where they are used as delimiters."""
_ARROWS = frozenset("→←↔⇒⇐⇔↦↩↪⇀⇁↼↽⇌⇋↠↞⟶⟵⟷⟹⟸⟺⟼⇄⇆")
_SPACES_MU = {
    "\u2003": 18.0, "\u2002": 9.0, "\u2004": 6.0, "\u2005": 4.0, "\u2006": 3.0, "\u2009": 3.0, "\u200a": 1.0,
    "\u205f": 4.0, "\u202f": 3.0, "\u2001": 18.0, "\u2000": 9.0,
}  # fmt: skip
"""Widths of the spaces of Unicode, in mu."""
_SPACES = "".join(_SPACES_MU) + "\xa0"

_COMBINING = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline",
    "\u0306": "breve", "\u0307": "dot", "\u0308": "ddot", "\u030a": "mathring", "\u030c": "check", "\u20d7": "vec",
    "\u20db": "dddot", "\u20dc": "ddddot",
}  # fmt: skip
_NARROW = {
    **_COMBINING, "ˆ": "hat", "˜": "tilde", "ˉ": "bar", "‾": "bar", "_": "bar", "―": "bar", "-": "bar", "−": "bar",
    "–": "bar", "ˊ": "acute", "ˋ": "grave", ".": "dot", "..": "ddot", "...": "dddot", "…": "dddot", "....": "ddddot",
    "°": "mathring",
}  # fmt: skip
"""Marks over a base that keep their size, besides those of the table."""
_WIDE = {
    "ˆ": "widehat", "\u0302": "widehat", "˜": "widetilde", "\u0303": "widetilde", "\u030c": "widecheck",
    "¯": "overline", "ˉ": "overline", "_": "overline", "―": "overline", "\u0305": "overline", "\u0304": "overline",
    "\u20d7": "overrightarrow", "⟶": "overrightarrow", "︷": "overbrace", "⌢": "overparen", "⌒": "overparen",
    "︵": "overparen",
}  # fmt: skip
"""Marks that stretch."""
_BELOW = {
    "‾": "underline", "¯": "underline", "ˉ": "underline", "―": "underline", "\u0332": "underline", "-": "underline",
    "−": "underline", "–": "underline", "︸": "underbrace", "⌣": "underparen", "︶": "underparen", "˜": "utilde",
    "\u0330": "utilde", "⟶": "underrightarrow",
}  # fmt: skip
_WEAK_MARKS = frozenset(". .. ... .... … - − – → ← ↔ ⇒ ⟶ ° ⌢ ⌣ ⇀ ↼".split())
"""Signs that are marks over letters, but may as well be what stands over an operator or a relation."""
_LIMIT_MARKS = frozenset({"overbrace", "underbrace", "overbracket", "underbracket", "overparen", "underparen"})

# Attributes

_VARIANTS: dict[str, Font] = {
    "normal": "rm", "italic": "it", "bold": "bf", "bold-italic": "bi", "double-struck": "bb", "script": "cal",
    "bold-script": "bfcal", "fraktur": "frak", "bold-fraktur": "bffrak", "sans-serif": "sf", "bold-sans-serif": "sfbf",
    "sans-serif-italic": "sfit", "sans-serif-bold-italic": "sfbi", "monospace": "tt",
    "-tex-calligraphic": "cal", "-tex-bold-calligraphic": "bfcal", "-tex-mathit": "it",
}  # fmt: skip
_SCRIPTS: dict[str, Font] = {"script": "scr", "bold-script": "bfscr"}
_CALLIGRAPHIC: dict[Font, Font] = {"scr": "cal", "bfscr": "bfcal"}
"""Unicode has one script alphabet; where nothing else is said it is the one that people use most."""
_CLASSES: dict[str, Font] = {
    "mathrm": "rm", "mathit": "it", "mathbf": "bf", "mathbfit": "bi", "mathcal": "cal", "mathbfcal": "bfcal",
    "mathscr": "scr", "mathbfscr": "bfscr", "mathfrak": "frak", "mathbffrak": "bffrak", "mathbb": "bb", "mathsf": "sf",
    "mathbfsf": "sfbf", "mathsfit": "sfit", "mathbfsfit": "sfbi", "mathtt": "tt", "MJX-tex-caligraphic": "cal",
    "MJX-tex-caligraphic-bold": "bfcal", "MJX-tex-calligraphic": "cal",
}  # fmt: skip
_TEXT_FONTS: dict[tuple[str, bool, bool], Font] = {
    ("", False, False): "", ("", True, False): "bf", ("", False, True): "it", ("", True, True): "bi",
    ("sans-serif", False, False): "sf", ("sans-serif", True, False): "sfbf", ("sans-serif", False, True): "sfit",
    ("sans-serif", True, True): "sfbi", ("serif", False, False): "rm", ("serif", True, False): "bf",
    ("serif", False, True): "it", ("serif", True, True): "bi",
}  # fmt: skip
"""By family, bold, italic."""
_TEX_CLASSES: dict[str, AtomClass] = {
    "ORD": "ord", "OP": "op", "BIN": "bin", "REL": "rel", "OPEN": "open", "CLOSE": "close", "PUNCT": "punct",
    "INNER": "inner",
}  # fmt: skip
_MU_PER_UNIT = {
    "em": 18.0, "ex": 7.75, "px": 1.125, "pt": 1.5, "pc": 18.0, "cm": 42.52, "mm": 4.252, "in": 108.0, "mu": 1.0,
    "rem": 18.0, "": 18.0, "%": 0.18,
}  # fmt: skip
"""At the 12 pt or 16 px that browsers set text in; a number alone multiplies the em."""
_NAMED_SPACES = {
    f"{name}mathspace": mu
    for mu, name in enumerate(("veryverythin", "verythin", "thin", "medium", "thick", "verythick", "veryverythick"), 1)
}
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*([a-z%]*)\s*")
_SIZES = {
    "tiny": 0.5, "scriptsize": 0.7, "footnotesize": 0.8, "small": 0.9, "normalsize": 1.0, "large": 1.2, "Large": 1.44,
    "LARGE": 1.728, "huge": 2.074, "Huge": 2.488,
}  # fmt: skip
_NAMED_SIZES = {"small": "footnotesize", "normal": "normalsize", "big": "large"}
_NUMBER = re.compile(r"(?:\d+(?:[.,]\d+)*|[.,]\d+(?:[.,]\d+)*)")
_UNFINISHED_NUMBER = re.compile(r"\d+\.")
_BLANKS = re.compile(r"[ \t\r\n]+")
_WIDE_BLANKS = re.compile("[ \u00a0]{2,}|^\u00a0|\u00a0$")
_NOTATIONS: dict[str, EnclosedKind] = {
    "box": "box", "roundedbox": "box", "circle": "circle", "updiagonalstrike": "cancel",
    "downdiagonalstrike": "bcancel", "horizontalstrike": "strike", "longdiv": "longdiv", "actuarial": "angle",
    "phasorangle": "angle",
}  # fmt: skip
_SIDES = frozenset({"left", "right", "top", "bottom"})
_COLUMN_LETTERS = {"left": "l", "center": "c", "right": "r", "start": "l", "end": "r", "decimalpoint": "c"}
_LINES = {"solid": "|", "dashed": ":", "dotted": ":", "double": "||", "none": ""}
_ROW_LINES = {"|": "-", "||": "=", ":": ":", "": ""}


def read(source: Source, *, losses: Losses) -> Node:
    """The formula of a `<math>` element, which may stand inside other markup.

    Raises `ParseError` for markup that is not well formed, declares things, is too large or too deep, or gives an
    element the wrong number of children. Losses: elements that are not presentation MathML, text outside of tokens.
    """
    return _Reader(source, losses).read()


def annotation(source: Source) -> str | None:
    """The TeX source that the formula carries along, or None. Raises `ParseError` as `read` does."""
    reader = _Reader(source, [])
    reader.read()
    return reader.annotation


# Where things stand


class _Markup:
    """The text as expat gets it, in UTF-8 with the characters in place of their names, and the way back to offsets."""

    def __init__(self, text: str) -> None:
        pieces: list[str] = []
        self._bytes, self._chars = [0], [0]
        done = size = 0
        for found in _ENTITY_OR_WIDE.finditer(text):
            meant = found[0]
            if found[1] is not None:
                if found[1] in _XML_ENTITIES or f"{found[1]};" not in html5:
                    continue
                meant = html5[f"{found[1]};"]
                if meant in "&<":
                    meant = f"&#{ord(meant)};"
            pieces += (text[done : found.start()], meant)
            size += found.start() - done + len(meant.encode("utf-8", "surrogatepass"))
            done = found.end()
            self._bytes.append(size)
            self._chars.append(done)
        pieces.append(text[done:])
        # Half a surrogate pair is for expat to refuse.
        self.data = "".join(pieces).encode("utf-8", "surrogatepass")

    def offset(self, byte: int) -> int:
        """The offset in the text of a byte of the data."""
        if len(self._bytes) == 1:
            return byte
        nearest = bisect_right(self._bytes, byte) - 1
        return self._chars[nearest] + byte - self._bytes[nearest]


@dataclass(slots=True)
class _Piece:
    """What an element has become: its node, and what its surroundings may want to know about it."""

    node: Node
    name: str
    attributes: dict[str, str]
    span: Span
    depth: int = 1
    text: str = ""
    """The characters of a token."""
    role: str = ""
    """For operators that mean something to their row: apply, invisible, prime, open, close, bar."""
    children: list[_Piece] = field(default_factory=list)
    """The rows of a table and the cells of a row."""
    spaced: bool = False
    """Whether the space after a named operator has been taken away."""

    def wrap(self, node: Node) -> None:
        """Puts the node, which has the piece's node inside, in its place."""
        self.node = node
        self.depth += 1


@dataclass(slots=True)
class _Element:
    """An element that is open."""

    name: str
    attributes: dict[str, str]
    start: int
    font: Font
    display: bool
    pieces: list[_Piece] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    span: Span = (0, 0)

    def content(self) -> str:
        """The text of a token, with white space as XML wants it."""
        text = "".join(self.text).strip(" \t\r\n")
        return _BLANKS.sub(" ", text) if len(text) > 1 else text


class _Reader:
    """One formula being read."""

    def __init__(self, source: Source, losses: Losses) -> None:
        self.source, self.losses = source, losses
        self.annotation: str | None = None
        self._open: list[_Element] = []
        self._inside = 0
        """How many MathML elements are open."""
        self._roots: list[_Piece] = []
        self._skipping = 0
        """How many elements are open in a part that is passed over."""
        self._skipped_from = -1
        """Where an unknown element began; -1 while an annotation is passed over."""
        self._tex: list[str] | None = None

    def read(self) -> Node:
        text = self.source.text
        if len(text) > MAX_LENGTH:
            raise self._error(f"more than {MAX_LENGTH:,} characters of markup", (MAX_LENGTH, MAX_LENGTH + 1))
        self._markup = _Markup(text)
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(self._markup.data, True)
        except expat.ExpatError as error:
            raise self._malformed(error.code) from None
        if not self._roots:
            raise self._error("no <math> element", (0, 1))
        if len(self._roots) > 1:
            raise self._error("a second formula; read one at a time", self._roots[1].span)
        return self._roots[0].node

    def _error(self, message: str, span: Span) -> ParseError:
        return ParseError(message, self.source, span, [(f"<{e.name}>", e.start) for e in self._open if e.name])

    def _malformed(self, code: int) -> ParseError:
        """What expat has to say, in words that name the element."""
        where = min(max(self._markup.offset(self._parser.ErrorByteIndex), 0), len(self.source.text))
        innermost = next((element for element in reversed(self._open) if element.name), None)
        if innermost is not None and code == _NO_ELEMENTS:
            end = innermost.start + 1 + len(innermost.name)
            return self._error(f"<{innermost.name}> without its </{innermost.name}>", (innermost.start, end))
        if innermost is not None and code == _TAG_MISMATCH:
            where = self.source.text.rfind("<", 0, where)
            end = self.source.text.find(">", where) + 1
            found = self.source.text[where:end]
            return self._error(f"{found} where </{innermost.name}> should stand", (where, end))
        if code == _NO_ELEMENTS:
            return self._error("no <math> element", (0, 1))
        return self._error(f"not well-formed XML: {expat.ErrorString(code)}", (where, where + 1))

    def _offset(self) -> int:
        return self._markup.offset(self._parser.CurrentByteIndex)

    # Events

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        start = self.source.text.find("<!DOCTYPE")
        raise self._error("a document type declaration is not allowed", (start, start + len("<!DOCTYPE")))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._skipping:
            self._skipping += 1
            return
        name = tag.rpartition(":")[2]
        start = self._offset()
        parent = self._open[-1] if self._open else None
        if len(self._open) >= MAX_NESTING:
            raise self._error(f"more than {MAX_NESTING:,} elements inside one another", (start, start + len(tag) + 1))
        if name in _ANNOTATIONS and self._inside:
            is_tex = name == "annotation" and attributes.get("encoding", "").lower() in _TEX_ENCODINGS
            self._tex = [] if is_tex and self.annotation is None else None
            self._skipping, self._skipped_from = 1, -1
        elif name in _BUILDERS:
            if parent is not None and parent.name in _TOKENS:
                _flush_text(parent, start)
            self._inside += 1
            font = _inherited_font(name, attributes, parent)
            self._open.append(_Element(name, attributes, start, font, _in_display(name, attributes, parent)))
        elif not self._inside or parent is None or not parent.name or parent.name in _TOKENS:
            # Markup around the formula, or in the middle of words.
            pieces, text = (self._roots, []) if parent is None else (parent.pieces, parent.text)
            self._open.append(_Element("", {}, start, "", False, pieces, text))
        else:
            self._skipping, self._skipped_from = 1, start

    def _characters(self, data: str) -> None:
        if self._skipping:
            if self._tex is not None and self._skipping == 1:
                self._tex.append(data)
            return
        if not self._inside:
            return
        element = self._open[-1]
        if not element.name or element.name in _TOKENS:
            element.text.append(data)
        elif words := data.strip():
            start = self._offset()
            span = (start, start + len(data))
            self.losses.append(Loss(words, "text outside of a token element, kept as text", span))
            element.pieces.append(_Piece(Text(words, span=span), "mtext", {}, span, text=words))

    def _end(self, tag: str) -> None:
        if self._skipping:
            self._skipping -= 1
            if not self._skipping:
                self._end_skipped(tag)
            return
        element = self._open.pop()
        if not element.name:
            return
        self._inside -= 1
        element.span = (element.start, self._tag_end())
        self._open.append(element)
        piece = _BUILDERS[element.name](self, element)
        if element.attributes:
            self._decorate(piece, element)
        if piece.depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} levels deep", element.span)
        self._open.pop()
        siblings = self._open[-1].pieces if self._open else self._roots
        siblings.append(piece)

    def _tag_end(self) -> int:
        """The offset behind the end tag that has just been read."""
        return self._markup.offset(self._markup.data.find(b">", self._parser.CurrentByteIndex) + 1)

    def _end_skipped(self, tag: str) -> None:
        if self._skipped_from < 0:
            if self._tex is not None:
                self.annotation = "".join(self._tex).strip()
            self._tex = None
            return
        span = (self._skipped_from, self._tag_end())
        self.losses.append(Loss(f"<{tag}>", "not presentation MathML, kept word for word", span))
        node = Unknown(self.source.text[span[0] : span[1]], "mathml", span=span)
        self._open[-1].pieces.append(_Piece(node, "unknown", {}, span))

    # What elements need

    def is_whole_formula(self) -> bool:
        """Whether the row that ends now is all that the formula consists of."""
        names = [element.name for element in self._open[-2:]]
        return names[:-1] in (["math"], ["semantics"])

    def arguments(self, element: _Element, count: int) -> list[_Piece]:
        """The children of an element that has a fixed number of them."""
        if len(element.pieces) > count:
            # KaTeX leaves out the row around a named operator and its "function of".
            element.pieces = _with_functions(element.pieces)
        if len(element.pieces) != count:
            children = "child" if count == 1 else "children"
            raise self._error(f"<{element.name}> needs {count} {children}, has {len(element.pieces)}", element.span)
        return element.pieces

    def at_least_one(self, element: _Element) -> list[_Piece]:
        """The children of an element that needs one."""
        if not element.pieces:
            raise self._error(f"<{element.name}> needs a child", element.span)
        return element.pieces

    def lose(self, what: str, reason: str, span: Span) -> None:
        self.losses.append(Loss(what, reason, span))

    def _decorate(self, piece: _Piece, element: _Element) -> None:
        """Adds to the node what attributes say of its looks: style, size, colours, link."""
        attributes, span = element.attributes, element.span
        if element.name not in ("math", "mtable", "mfrac", "mtd", "mtr") and (style := _style(attributes)):
            piece.wrap(_in_style(piece.node, style, span))
        if "mathsize" in attributes and (size := _size(attributes["mathsize"])):
            piece.wrap(Styled(piece.node, "size", size, span=span))
        css = _declarations(attributes["style"]) if "style" in attributes else {}
        color = attributes.get("mathcolor") or attributes.get("color") or css.get("color")
        if color:
            piece.wrap(Styled(piece.node, "color", color, span=span))
        background = attributes.get("mathbackground") or attributes.get("background") or css.get("background-color")
        if background:
            piece.wrap(Styled(piece.node, "background", background, span=span))
        if "border" in css and element.name in ("mrow", "mpadded", "mstyle"):
            piece.wrap(Enclosed(piece.node, "box", span=span))
        address = attributes.get("href") or attributes.get("xlink:href")
        if address:
            piece.wrap(Styled(piece.node, "link", address, span=span))


def _inherited_font(name: str, attributes: dict[str, str], parent: _Element | None) -> Font:
    """The font that the element's tokens have if they name none."""
    if "mathvariant" in attributes and name not in _TOKENS:
        return _VARIANTS.get(attributes["mathvariant"], "")
    return parent.font if parent is not None else ""


def _in_display(name: str, attributes: dict[str, str], parent: _Element | None) -> bool:
    """Whether the element is set in display style."""
    explicit = attributes.get("displaystyle")
    if explicit is not None:
        return explicit == "true"
    if name == "math":
        return attributes.get("display") == "block" or attributes.get("mode") == "display"
    if parent is None or name == "mtable" or parent.name == "mfrac":
        return False
    return parent.display and not (parent.name in _WITH_SCRIPTS and parent.pieces)


def _flush_text(element: _Element, end: int) -> None:
    """Turns the words before an element inside a token into a piece of their own."""
    words = _BLANKS.sub(" ", "".join(element.text))
    element.text.clear()
    if words.strip(" "):
        span = (element.start, end)
        element.pieces.append(_Piece(Text(_spaced_text(words), span=span), "mtext", {}, span, text=words))


# Attributes


def _mu(length: str) -> float | None:
    """A length in mu, or None if it is none."""
    length = length.strip()
    if length in _NAMED_SPACES:
        return float(_NAMED_SPACES[length])
    if length.startswith("negative") and length.removeprefix("negative") in _NAMED_SPACES:
        return -float(_NAMED_SPACES[length.removeprefix("negative")])
    found = _LENGTH.fullmatch(length)
    if found is None or found[2] not in _MU_PER_UNIT:
        return None
    return float(found[1]) * _MU_PER_UNIT[found[2]]


def _is_zero(length: str | None) -> bool:
    return length is not None and _mu(length) == 0


def _is_nothing(thickness: str | None) -> bool:
    """Whether a line has no thickness; a negative one counts as none."""
    return thickness is not None and (mu := _mu(thickness)) is not None and mu <= 0


def _declarations(style: str) -> dict[str, str]:
    """CSS declarations by property."""
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _style(attributes: dict[str, str]) -> str:
    """TeX's style by `displaystyle` and `scriptlevel`, or ""."""
    display, level = attributes.get("displaystyle"), attributes.get("scriptlevel")
    if level is not None and level.strip() not in ("0", "+0", "-0"):
        return "" if level.startswith("-") else "script" if level.strip() in ("1", "+1") else "scriptscript"
    return "display" if display == "true" else "text" if display == "false" else ""


_OFTEN_SMALL = frozenset({"matrix", "array", "small", "substack"})


def _in_style(node: Node, style: str, span: Span) -> Node:
    if isinstance(node, Frac) and node.style == "auto" and style in ("display", "text"):
        styles: dict[str, FracStyle] = {"display": "display", "text": "text"}
        return Frac(node.num, node.den, node.bar, styles[style], span=node.span)
    if isinstance(node, Table) and style == "script" and node.kind in _OFTEN_SMALL:
        kind: TableKind = "small" if node.kind in ("matrix", "array") else node.kind
        return Table(kind, node.rows, node.columns, node.rules, span=node.span)
    return Styled(node, "style", style, span=span) if node != EMPTY else node


def _size(written: str) -> str:
    """The name of the size that is nearest, or "" if nothing changes."""
    if written in _NAMED_SIZES:
        return _NAMED_SIZES[written]
    mu = _mu(written)
    if mu is None or (abs(mu - 18) < 0.5 and written != "1em"):
        return ""
    return min(_SIZES, key=lambda name: abs(_SIZES[name] * 18 - mu))


def _own_font(element: _Element) -> Font | None:
    """The font that a token names, or that it inherits; None where there is neither."""
    attributes = element.attributes
    if attributes:
        for name in attributes.get("class", "").split():
            if name in _CLASSES:
                return _CLASSES[name]
        variant = attributes.get("data-mjx-variant") or attributes.get("mathvariant")
        if variant is not None:
            # Only MathJax tells the script alphabet from the calligraphic one, which is the usual one.
            from_mathjax = "data-latex" in attributes and "script" in variant
            return _SCRIPTS[variant] if from_mathjax else _VARIANTS.get(variant)
        weight, slant = attributes.get("fontweight"), attributes.get("fontstyle")
        if weight == "bold":
            return "bf" if slant == "normal" else "bi"
        if slant is not None:
            return "rm" if slant == "normal" else "it"
    return element.font or None


# Tokens


@cache
def _is_symbol(char: str) -> bool:
    """Whether the table knows the character as a symbol, not a letter."""
    symbol = symbols.by_char(char)
    return symbol is not None and symbol.cls in (*get_args(AtomClass), "int")


@cache
def _limits_of_name(name: str) -> bool | None:
    """Whether the named function takes limits; None if the name is unknown."""
    if symbols.by_char(name, "fnlim") is not None:
        return True
    return False if name == "mod" or symbols.by_char(name, "fn") is not None else None


def _single(char: str, font: Font | None, span: Span) -> Node:
    """One character, or one with combining marks: a letter, a digit or a symbol."""
    char = _SAME.get(char, char)
    if char in _UPRIGHT_CONSTANTS:
        return Ident(_UPRIGHT_CONSTANTS[char], "rm", span=span)
    if font in (None, "rm", "bf", "bi") and _is_symbol(char):
        return Sym(char, default_class(char), "bi" if font in ("bf", "bi") else "", span=span)
    known = alphabets.plain(char[0])
    if known is not None:
        letter, own = known
        own = _CALLIGRAPHIC.get(own, own)
        if _is_symbol(letter):
            return Sym(letter, default_class(letter), "bi", span=span)
        # Italic is how letters look by themselves, but for capital Greek.
        italic = own == "it" and not "Α" <= letter <= "Ω"
        chosen = font if font not in (None, "rm") else "" if italic else own
        return Num(letter, chosen, span=span) if letter.isdigit() else Ident(letter + char[1:], chosen, span=span)
    if char.isdigit() and char.isascii():
        return Num(char, "" if font == "rm" else font or "", span=span)
    if _is_symbol(char) or not (char[0].isalpha() or symbols.by_char(char)):
        return Sym(char, default_class(char), "bi" if font in ("bf", "bi") else "", span=span)
    return Ident(char, font or "", span=span)


def _unstyled(text: str) -> tuple[str, Font]:
    """Text without the mathematical alphabets, and the font of its letters if all have one."""
    known = [alphabets.plain(char) for char in text]
    fonts = {pair[1] for pair in known if pair is not None and pair[0].isalpha()}
    fonts = fonts or {pair[1] for pair in known if pair is not None}
    if len(fonts) != 1:
        return text, ""
    own = fonts.pop()
    plain = "".join(char if pair is None else pair[0] for char, pair in zip(text, known, strict=True))
    return plain, _CALLIGRAPHIC.get(own, own)


def _is_marked_letter(text: str) -> bool:
    """Whether the text is one character with combining marks, of which nobody uses more than three."""
    return 1 < len(text) <= 4 and all(unicodedata.combining(char) for char in text[1:])


def _marked(text: str, font: Font | None, span: Span) -> Node:
    """A letter with combining marks: accents, or a stroke through it."""
    composed = unicodedata.normalize("NFC", text)
    if len(composed) == 1 and not _is_symbol(text[0]):
        return _single(composed, font, span)
    if all(char in _COMBINING for char in text[1:]):
        node = _single(text[0], font, span)
        for char in text[1:]:
            node = Accent(node, _COMBINING[char], span=span)
        return node
    return _single(text, font, span)


@cache
def _is_upright(char: str) -> bool:
    """Whether a letter is upright where no font is chosen: capital Greek, and what has no italic form, as ℓ."""
    return "Α" <= char <= "Ω" or alphabets.styled(char, "it") is None


def _nested(reader: _Reader, element: _Element) -> _Piece:
    """A token with elements in it: words and formulas in turn, or what KaTeX makes an operator of."""
    _flush_text(element, element.span[1])
    piece = _row_piece(element, element.pieces)
    if element.name == "mo" and isinstance(piece.node, Ident) and piece.node.font == "rm" and len(piece.node.text) > 1:
        piece.node = _worded(piece.node.text, element.attributes, element.span)
    return piece


def _mi(reader: _Reader, element: _Element) -> _Piece:
    if element.pieces:
        return _nested(reader, element)
    text, span = element.content(), element.span
    font = _own_font(element)
    if font == "rm" and len(text) == 1 and _is_upright(text) and "class" not in element.attributes:
        font = None
    piece = _Piece(EMPTY, "mi", element.attributes, span, text=text)
    if not text.strip(_INVISIBLE):
        return piece
    if not text.strip(_SPACES):
        piece.node = Space(sum(_SPACES_MU.get(char, 6.0) for char in text), span=span)
    elif text in "∣∥":
        # As an identifier, it is the ordinary bar: KaTeX.
        piece.node = Sym(_BAR_OF_FENCE[text], "ord", span=span)
    elif len(text) == 1:
        piece.node = _single("∼" if text == "~" else text, font, span)
        piece.role = "word" if font == "rm" and isinstance(piece.node, Ident) else ""
    elif _is_marked_letter(text):
        piece.node = _marked(text, font, span)
    else:
        piece.node = _name(text, font, span)
        piece.role = "word" if isinstance(piece.node, Ident) else ""
        if isinstance(piece.node, Ident) and piece.node.font == "rm" and _is_mathjax_operator(element.attributes):
            piece.node = Operator(piece.node.text, span=span)
    return piece


def _is_mathjax_operator(attributes: dict[str, str]) -> bool:
    """MathJax says of each word whether it is an operator: 4 of those that are not, 3 of some that are."""
    if attributes.get("data-mjx-texclass") == "OP":
        return True
    return "data-latex" in attributes and attributes.get("data-mjx-auto-op") != "false"


def _name(text: str, font: Font | None, span: Span) -> Node:
    """Several characters in one `mi`: a function, or a word."""
    letters, own = _unstyled(text)
    words = " ".join(letters.split())
    if font is None and not own and (limits := _limits_of_name(words)) is not None:
        return Operator(words, limits, span=span)
    if symbols.by_char(text) is not None and not words.isalpha():
        return Sym(text, default_class(text), span=span)
    if _NUMBER.fullmatch(letters):
        return Num(letters, own, span=span)
    if " " in words:
        return Text(words, span=span)
    chosen: Font = (own if font is None else font) or "rm"
    if chosen not in _WORD_FONTS:
        return Row(tuple(Ident(char, chosen, span=span) for char in words), span=span)
    return Ident(words, chosen, span=span)


def _mn(reader: _Reader, element: _Element) -> _Piece:
    if element.pieces:
        return _nested(reader, element)
    text, span = element.content().replace("\u2212", "-"), element.span
    font = _own_font(element)
    digits, own = _unstyled(text)
    # Digits are upright by themselves.
    font = own if font is None or (font == "rm" and "class" not in element.attributes) else font
    piece = _Piece(EMPTY, "mn", element.attributes, span, text=text)
    if _NUMBER.fullmatch(digits):
        piece.node = Num(digits, font, span=span)
    elif digits and all(char in _SUPERSCRIPT_DIGITS for char in digits):
        piece.node = Num("".join(_SUPERSCRIPT_DIGITS[char] for char in digits), span=span)
        piece.role = "raised"
    else:
        piece.node = row(_parts_of_number(digits, span))
    return piece


def _parts_of_number(text: str, span: Span) -> list[Node]:
    """What is no plain number, as `-5`, `5kg` or `0x1F`: numbers, words and symbols in turn."""
    nodes: list[Node] = []
    for found in re.finditer(rf"(?P<number>{_NUMBER.pattern})|(?P<word>[^\W\d_]+)|(?P<symbol>\S)", text):
        match found.lastgroup:
            case "number":
                nodes.append(Num(found[0], span=span))
            case "word" if len(found[0]) > 1:
                nodes.append(Ident(found[0], "rm", span=span))
            case _:
                nodes.append(_single(found[0], "rm" if found["word"] else None, span))
    return nodes


def _mtext(reader: _Reader, element: _Element) -> _Piece:
    if element.pieces:
        return _nested(reader, element)
    text, span = element.content(), element.span
    piece = _Piece(EMPTY, "mtext", element.attributes, span, text=text)
    if not text.strip(_INVISIBLE):
        return piece
    if "\xa0" not in text and not text.strip(_SPACES + _INVISIBLE):
        # KaTeX marks negative spaces by an invisible separator.
        sign = -1 if "\u2063" in text else 1
        piece.node = Space(sign * sum(_SPACES_MU.get(char, 0.0) for char in text), span=span)
        return piece
    font = _text_font(element)
    letters, own = _unstyled(text)
    if own and all(alphabets.plain(char) or not char.isalnum() for char in text):
        text, font = letters, font or own
    piece.node = Text(_spaced_text(text), font, span=span)
    piece.role = "word" if text.isalpha() else ""
    return piece


def _spaced_text(text: str) -> str:
    """Text with blanks for the no-break spaces that keep blanks at the ends and in runs."""
    return _WIDE_BLANKS.sub(lambda found: " " * len(found[0]), text)


def _text_font(element: _Element) -> Font:
    own = _own_font(element)
    if own is not None:
        return own
    css = _declarations(element.attributes.get("style", ""))
    family = css.get("font-family", "")
    if "monospace" in family:
        return "tt"
    bold = css.get("font-weight", "") in ("bold", "bolder", "600", "700", "800", "900")
    slanted = css.get("font-style", "") in ("italic", "oblique")
    kind = "sans-serif" if "sans-serif" in family else "serif" if family else ""
    return _TEXT_FONTS[kind, bold, slanted]


def _ms(reader: _Reader, element: _Element) -> _Piece:
    piece = _mtext(reader, element)
    if isinstance(piece.node, Text):
        left, right = (element.attributes.get(side, '"') for side in ("lquote", "rquote"))
        piece.node = Text(f"{left}{piece.node.text}{right}", piece.node.font, span=element.span)
    return piece


def _mspace(reader: _Reader, element: _Element) -> _Piece:
    attributes, span = element.attributes, element.span
    piece = _Piece(EMPTY, "mspace", attributes, span)
    if attributes.get("linebreak") == "newline":
        piece.node = Space(0, newline=True, span=span)
        return piece
    margin = _declarations(attributes.get("style", "")).get("margin-left", "")
    mu = _mu(attributes.get("width", "") or margin)
    if mu:
        piece.node = Space(round(mu, 2), span=span)
    return piece


def _mglyph(reader: _Reader, element: _Element) -> _Piece:
    words = element.attributes.get("alt", "")
    reader.lose("<mglyph>", "a picture; its description is kept", element.span)
    return _Piece(Text(words, span=element.span) if words else EMPTY, "mglyph", {}, element.span)


# Operators


def _mo(reader: _Reader, element: _Element) -> _Piece:
    if element.pieces:
        return _nested(reader, element)
    raw, attributes, span = element.content(), element.attributes, element.span
    piece = _Piece(EMPTY, "mo", attributes, span, text=raw)
    if not raw:
        is_fence = attributes.get("fence") == "true" or "data-mjx-texclass" in attributes or "form" in attributes
        piece.role = (_side(attributes, "") or "null") if is_fence else ""
        return piece
    if not raw.strip(_INVISIBLE):
        piece.role = "apply" if raw == _APPLY else "invisible"
        return piece
    if not raw.strip(_SPACES):
        piece.node = Space(sum(_SPACES_MU.get(char, 6.0) for char in raw), span=span)
        return piece
    text = _WORDS.get(raw, raw)
    text = text if _is_symbol(text) else unicodedata.normalize("NFC", text)
    text = _SAME.get(text, text)
    piece.text = text
    is_letter_name = "movablelimits" in attributes and text.isalpha()
    if (len(text) == 1 and not is_letter_name) or _is_symbol(text) or _is_marked_letter(text):
        _character(piece, element, text)
    elif text.replace(" ", "").replace("\xa0", "").replace("−", "").isalpha():
        piece.node = _worded(text, attributes, span)
    else:
        piece.node = Row(tuple(_single(char, None, span) for char in text if not char.isspace()), span=span)
    return piece


def _character(piece: _Piece, element: _Element, text: str) -> None:
    """An operator of one character: its class, its size, and what it may be to the row."""
    attributes, span = element.attributes, element.span
    if text in _PRIMES:
        prime = Sym("′", "ord", span=span)
        piece.node = row((prime,) * _PRIMES[text], span)
        # A prime with spaces of its own was put where it stands.
        piece.role = "" if "lspace" in attributes else "prime"
        return
    if text in _SUPERSCRIPT_DIGITS and not attributes:
        piece.node, piece.role = Num(_SUPERSCRIPT_DIGITS[text], span=span), "raised"
        return
    font = _own_font(element)
    node = _single(_meant(text, attributes), font if font in ("bf", "bi") else None, span)
    if not isinstance(node, Sym):
        piece.node = _single(text, font or "rm", span) if isinstance(node, Ident) and not node.font else node
        return
    cls = _TEX_CLASSES.get(attributes.get("data-mjx-texclass", ""), node.cls)
    size = _delimiter_size(attributes)
    piece.role = "" if size else _role(text, attributes)
    if not size and not piece.role and attributes.get("fence") == "true" and attributes.get("lspace") == "0.05em":
        size = -1
    is_bar = size or piece.role or (text in "∣∥" and "stretchy" in attributes)
    shown = _BAR_OF_FENCE.get(text, text) if is_bar else text
    cls = default_class(shown) if shown != text and cls == "rel" else cls
    piece.text = shown
    piece.node = Sym(shown if shown != text else node.text, cls, node.font, size, span=span)


def _meant(text: str, attributes: dict[str, str]) -> str:
    """KaTeX writes ⊥ for ⟂, latex2mathml ~ for ∼; our writer has something to say of those that are meant."""
    is_meant = "stretchy" in attributes or "data-mjx-texclass" in attributes
    return text if is_meant else {"~": "∼", "⊥": "⟂"}.get(text, text)


def _delimiter_size(attributes: dict[str, str]) -> int:
    r"""1 to 4 for `\big` to `\Bigg`, which are 1.2, 1.8, 2.4, 3 em in KaTeX and 1.2, 1.623, 2.047, 2.47 in MathJax."""
    least, most = attributes.get("minsize"), attributes.get("maxsize")
    if least is None or least != most or (mu := _mu(least)) is None:
        return 0
    return 1 + sum(mu / 18 > limit for limit in (1.41, 1.9, 2.44))


def _side(attributes: dict[str, str], text: str) -> str:
    """Whether a delimiter opens or closes, as far as it says so itself."""
    texclass, form = attributes.get("data-mjx-texclass"), attributes.get("form")
    if texclass == "OPEN" or form == "prefix":
        return "open"
    if texclass == "CLOSE" or form == "postfix":
        return "close"
    return "open" if text in _OPENING or text == "<" else "close" if text in _CLOSING or text == ">" else ""


def _role(text: str, attributes: dict[str, str]) -> str:
    """What a delimiter that stretches is to its row; "" for other operators."""
    stretchy = attributes.get("stretchy")
    if stretchy == "false":
        return ""
    is_fence = attributes.get("fence") == "true"
    if is_fence and attributes.get("lspace") == "0.05em":
        return ""
    explicit = is_fence or (stretchy == "true" and text not in "<>")
    if text in _OPENING or text in _CLOSING or text in "|‖" or (explicit and text in _OTHER_DELIMITERS):
        return _side(attributes, text) or "bar"
    return ""


_OTHER_DELIMITERS = frozenset("∣∥/\\↑↓↕⇑⇓⇕<>.")
_UPRIGHT_CONSTANTS = {"ⅆ": "d", "ⅅ": "D", "ⅇ": "e", "ⅈ": "i", "ⅉ": "j"}


def _worded(text: str, attributes: dict[str, str], span: Span) -> Node:
    """An operator that is a word: `lim`, `sin`, `mod`, `and`."""
    name = " ".join(text.split())
    limits = _limits_of_name(name)
    node = Operator(name, attributes.get("movablelimits") == "true" if limits is None else limits, span=span)
    left, right = (_mu(attributes.get(side, "")) for side in ("lspace", "rspace"))
    if name == "mod" or (left is not None and left == right and left > 3.5 and limits is None):
        return Styled(node, "class", "rel" if left and left > 4.5 and name != "mod" else "bin", span=span)
    return node


# Rows


def _row_piece(element: _Element, pieces: list[_Piece]) -> _Piece:
    """The element as the row of its children."""
    kept = _fences(_combined(pieces), element.name)
    depth = max((piece.depth for piece in kept), default=0)
    made = _Piece(row(_nodes(kept), element.span), element.name, element.attributes, element.span, depth)
    if len(kept) == 1:
        made.children = kept
        made.role = "word" if kept[0].role == "word" else ""
    return made


def _core(piece: _Piece) -> _Piece:
    """The token that is all there is in rows."""
    while piece.name in _PLAIN_ROWS and len(piece.children) == 1:
        piece = piece.children[0]
    return piece


_PLAIN_ROWS = frozenset({"mrow", "mstyle", "mpadded"})


def _nodes(pieces: Iterable[_Piece]) -> list[Node]:
    return [node for piece in pieces for node in items_of(piece.node)]


def _combined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces without what is invisible; primes and raised digits beside their base become scripts."""
    kept: list[_Piece] = []
    for piece in pieces:
        node, role = piece.node, piece.role
        if role == "apply":
            _apply(kept)
        elif role in ("prime", "raised") and kept and _can_have_scripts(kept[-1]):
            kept[-1] = _with_superscript(kept[-1], piece)
        elif type(node) is Space and kept and _is_thin(node) and _is_function(kept[-1].node) and not kept[-1].spaced:
            kept[-1].spaced = True
        elif kept and kept[-1].name == "mn" and (joined := _joined_number(kept[-1], piece)):
            kept[-1] = joined
        elif type(node) is not Row or node.items or role in ("open", "close", "null"):
            if _is_function(node):
                _drop_space(kept)
            kept.append(piece)
    return kept


def _joined_number(first: _Piece, second: _Piece) -> _Piece | None:
    """Digits that stand side by side are one number; KaTeX and Temml put scripts on the last digit."""
    node, span = second.node, (first.span[0], second.span[1])
    number = Num(first.text) if _UNFINISHED_NUMBER.fullmatch(first.text) else first.node
    if not isinstance(number, Num):
        return None
    if second.name == "mn" and isinstance(node, Num) and node.font == number.font:
        return _Piece(Num(number.text + node.text, node.font, span=span), "mn", {}, span)
    base = second.children[0] if second.name in _WITH_SCRIPTS and second.children else second
    if base.name != "mn" or not isinstance(node, Script) or not isinstance(node.base, Num) or len(base.text) > 1:
        return None
    whole = Num(number.text + node.base.text, number.font, span=(span[0], base.span[1]))
    second.node = Script(whole, node.sub, node.sup, node.limits, span=span)
    return second if node.base.font == number.font else None


def _is_thin(node: Space) -> bool:
    return abs(node.mu - 3) < 0.01 and not node.newline


def _is_function(node: Node) -> bool:
    return type(node) is Operator or (type(node) is Script and type(node.base) is Operator)


def _drop_space(kept: list[_Piece]) -> None:
    """Takes away the thin space that writers put before a named operator."""
    if len(kept) > 1 and type(kept[-1].node) is Space and _is_thin(kept[-1].node):
        del kept[-1]


def _apply(kept: list[_Piece]) -> None:
    """Invisible function application: a word before it is a named operator."""
    if not kept:
        return
    last = kept[-1]
    base = last.children[0] if last.children and isinstance(last.node, Script | Stack) else last
    if base.role != "word" or not isinstance(base.node, Ident | Text) or base.node.font not in ("", "rm"):
        return
    name = base.node.text
    operator = Operator(name, bool(_limits_of_name(name)), span=base.span)
    node = last.node
    if isinstance(node, Script):
        last.node = Script(operator, node.sub, node.sup, node.limits, span=node.span)
    elif isinstance(node, Stack):
        last.node = Script(operator, node.under, node.over, "limits", span=node.span)
    else:
        last.node = operator
    last.role = ""
    space = kept[:-1]
    _drop_space(space)
    kept[:-1] = space


def _with_functions(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces without each "function of", whose predecessor becomes an operator."""
    kept: list[_Piece] = []
    for piece in pieces:
        if piece.role == "apply":
            _apply(kept)
        else:
            kept.append(piece)
    return kept


def _can_have_scripts(piece: _Piece) -> bool:
    if piece.role in ("open", "null", "bar", "prime", "raised") or type(piece.node) is Space:
        return False
    node = piece.node
    if isinstance(node, Sym):
        return node.cls in ("ord", "close") and not _are_primes(node)
    if not isinstance(node, Script) or node.sup is None:
        return True
    return _are_primes(node.sup) and len(items_of(node.sup)) < _MAX_PRIMES


_MAX_PRIMES = 8
"""Typed one by one beside their base; nobody means more."""


def _are_primes(node: Node) -> bool:
    return all(isinstance(item, Sym) and item.text == "′" for item in items_of(node))


def _with_superscript(base: _Piece, mark: _Piece) -> _Piece:
    node = base.node
    span = (base.span[0], mark.span[1])
    if isinstance(node, Script):
        before = () if node.sup is None else items_of(node.sup)
        made = Script(node.base, node.sub, row((*before, *items_of(mark.node))), node.limits, span=span)
    else:
        made = Script(node, None, mark.node, span=span)
    return _Piece(made, "msup", {}, span, base.depth + 1, children=[base])


def _fences(pieces: list[_Piece], name: str) -> list[_Piece]:
    """Pairs the delimiters that stretch."""
    if not any(piece.role in ("open", "close", "bar", "null") for piece in pieces):
        return pieces
    kept: list[_Piece] = []
    opened: list[int] = []
    for index, piece in enumerate(pieces):
        is_last = index == len(pieces) - 1
        role = piece.role
        if role == "null" or (role == "close" and piece.text in _CLOSING and not index and _reversed_pair(pieces)):
            role = "open" if not index else "close"
        if role == "open" and is_last and _reversed_pair(pieces):
            role = "close"
        if role == "bar" and opened:
            top = kept[opened[-1]]
            same = top.role == "bar" and top.text == piece.text and len(kept) > opened[-1] + 1
            role = "close" if same or (is_last and top.role != "bar" and not top.text) else role
            if same:
                _close(kept, opened.pop(), piece)
                continue
        if role == "close" and (start := _opener(kept, opened)) is not None:
            _close(kept, start, piece)
            continue
        if opened and _is_scripted_bar(piece, kept[opened[-1]]):
            opened.pop()
        if role in ("open", "bar"):
            opened.append(len(kept))
        kept.append(piece)
    return _half_open(kept, name)


def _is_scripted_bar(piece: _Piece, opening: _Piece) -> bool:
    """Whether a bar with scripts is the end of what a bar opens; such a pair does not stretch."""
    return (
        opening.role == "bar"
        and isinstance(piece.node, Script)
        and isinstance(piece.node.base, Sym)
        and piece.node.base.text == opening.text
    )


def _reversed_pair(pieces: list[_Piece]) -> bool:
    """Whether the row is `]a, b[`."""
    return pieces[0].text in _CLOSING and pieces[-1].text in _OPENING and len(pieces) > 2


def _opener(kept: list[_Piece], opened: list[int]) -> int | None:
    """The place of the delimiter that is to be closed; bars in between are taken to stand for themselves."""
    while opened:
        start = opened.pop()
        if kept[start].role != "bar":
            return start
        if not opened and kept[start].role == "bar":
            return start
    return None


def _close(kept: list[_Piece], start: int, closing: _Piece) -> None:
    """Replaces the pieces from `start` on by a fence."""
    opening, inside = kept[start], kept[start + 1 :]
    kept[start:] = [_fence(opening, inside, closing)]


def _fence(opening: _Piece | None, inside: list[_Piece], closing: _Piece | None) -> _Piece:
    for piece in inside:
        if piece.role == "bar" and isinstance(piece.node, Sym):
            piece.node = Sym(piece.node.text, "ord", piece.node.font, -1, span=piece.span)
    left, right = ("" if piece is None else piece.text for piece in (opening, closing))
    start = (opening or inside[0]).span[0]
    end = (closing or inside[-1]).span[1]
    depth = 1 + max((piece.depth for piece in inside), default=0)
    body = row(_nodes(inside))
    node: Node = Fence(left, body, right, span=(start, end))
    if isinstance(body, Table) and len(inside) == 1 and inside[0].name == "mtable":
        node = _cases(left, body, right, (start, end)) or node
    return _Piece(node, "fence", {}, (start, end), depth)


_CASES: dict[tuple[str, str], TableKind] = {("{", ""): "cases", ("", "}"): "rcases"}


def _cases(left: str, table: Table, right: str, span: Span) -> Table | None:
    """A table of cases, if the table with its brace is one: the columns are to the left, or nothing is said of them."""
    kind = _CASES.get((left, right))
    if kind is None:
        return None
    if table.kind == "cases":
        return Table(kind, table.rows, table.columns, table.rules, span=span)
    if table.kind in ("matrix", "array") and set(table.columns) <= {"l"} and not table.rules:
        return Table(kind, table.rows, span=span)
    return None


def _half_open(kept: list[_Piece], name: str) -> list[_Piece]:
    """A fence with one delimiter only, where the row is just that: `{` before a table, `|` after an expression."""
    if len(kept) < 2 or name not in ("mrow", "math", "mstyle", "mtd", "semantics", "mpadded"):
        return kept
    first, last = kept[0], kept[-1]
    rest_is_table = len(kept) == 2 and isinstance(kept[1].node, Table)
    if first.role in ("open", "bar") and first.text and (rest_is_table or _is_explicit(first, name)):
        return [_fence(first, kept[1:], None)]
    table_is_first = len(kept) == 2 and isinstance(kept[0].node, Table)
    if last.role in ("close", "bar") and last.text and (table_is_first or _is_explicit(last, name)):
        return [_fence(None, kept[:-1], last)]
    return kept


def _is_explicit(piece: _Piece, name: str) -> bool:
    return name == "mrow" and piece.attributes.get("fence") == "true"


def _mrow(reader: _Reader, element: _Element) -> _Piece:
    if [piece.name for piece in element.pieces] == _TEMML_FUNCTION:
        # The spaces are part of how Temml writes a named operator.
        element.pieces = element.pieces[1:3]
    piece = _row_piece(element, element.pieces if reader.is_whole_formula() else _spelled_words(element.pieces))
    if element.attributes.get("intent") == ":equation-label":
        return _enclosed(piece, "tag")
    texclass, node = _texclass(element.attributes), piece.node
    if texclass is None or node == EMPTY:
        return piece
    if isinstance(node, Sym):
        if node.size or texclass != "inner":
            piece.node = Sym(node.text, texclass, node.font, node.size, span=node.span)
    elif texclass == "op" and isinstance(node, Ident) and "style" not in element.attributes:
        piece.node = _as_operator(node)
    elif texclass not in ("ord", "inner", atom_class(node)):
        piece.wrap(Styled(node, "class", texclass, span=element.span))
    return piece


_TEMML_FUNCTION = ["mspace", "mi", "mo", "mspace"]


def _texclass(attributes: dict[str, str]) -> AtomClass | None:
    """The class of a row: MathJax 3 and 4 have an attribute for it, MathJax 2 a class."""
    if "data-mjx-texclass" in attributes:
        return _TEX_CLASSES.get(attributes["data-mjx-texclass"])
    for name in attributes.get("class", "").split():
        if name.startswith("MJX-TeXAtom-"):
            return _TEX_CLASSES.get(name.removeprefix("MJX-TeXAtom-"))
    return None


def _spelled_words(pieces: list[_Piece]) -> list[_Piece]:
    """KaTeX and MathJax 2 spell `\\mathrm{eff}` letter by letter, in a row of its own: the letters as one piece."""
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and _is_spelled(last) and _is_spelled(piece):
            word, letter = last.node, piece.node
            assert isinstance(word, Ident)
            assert isinstance(letter, Ident)
            if word.font == letter.font:
                span = (last.span[0], piece.span[1])
                whole = Ident(word.text + letter.text, word.font, span=span)
                joined[-1] = _Piece(whole, "mi", piece.attributes, span, role="word", text=piece.text)
                continue
        joined.append(piece)
    for piece in joined:
        if isinstance(piece.node, Ident) and piece.node.text == "mod" and len(piece.text) == 1:
            piece.node = Operator("mod", span=piece.span)
    return joined


def _is_spelled(piece: _Piece) -> bool:
    """Whether the piece is a letter of a word: in a font that words are set in, named by an attribute."""
    letter = isinstance(piece.node, Ident) and piece.node.font in _WORD_FONTS and len(piece.text) == 1
    return letter and piece.name == "mi" and "mathvariant" in piece.attributes


_WORD_FONTS: frozenset[Font] = frozenset({"rm", "it", "bf", "bi", "sf", "sfbf", "sfit", "sfbi", "tt"})


def _mstyle(reader: _Reader, element: _Element) -> _Piece:
    return _row_piece(element, element.pieces)


def _semantics(reader: _Reader, element: _Element) -> _Piece:
    return element.pieces[0] if element.pieces else _row_piece(element, [])


def _maction(reader: _Reader, element: _Element) -> _Piece:
    selection = element.attributes.get("selection", "1")
    chosen = int(selection) - 1 if selection.isdecimal() else 0
    if not element.pieces:
        return _row_piece(element, [])
    return element.pieces[chosen] if 0 <= chosen < len(element.pieces) else element.pieces[0]


def _mphantom(reader: _Reader, element: _Element) -> _Piece:
    piece = _row_piece(element, element.pieces)
    return _enclosed(piece, "phantom")


def _enclosed(piece: _Piece, kind: EnclosedKind) -> _Piece:
    piece.wrap(Enclosed(piece.node, kind, span=piece.span))
    return piece


def _mpadded(reader: _Reader, element: _Element) -> _Piece:
    piece = _row_piece(element, element.pieces)
    attributes = element.attributes
    flat = _is_zero(attributes.get("height")) and _is_zero(attributes.get("depth"))
    narrow = _is_zero(attributes.get("width"))
    inner = piece.node
    if isinstance(inner, Enclosed) and inner.kind == "phantom" and (flat or narrow):
        piece.node = Enclosed(inner.body, "hphantom" if flat else "vphantom", span=element.span)
        return piece
    if narrow:
        shift = attributes.get("lspace", "").strip()
        names = attributes.get("class", "").split()
        kind: EnclosedKind = (
            "llap" if shift in ("-1width", "-width", "-100%width") or "llap" in names
            else "clap" if shift.startswith(("-0.5width", "-.5width", "-50%")) or "clap" in names
            else "rlap"
        )  # fmt: skip
        return _enclosed(piece, kind)
    if flat:
        return _enclosed(piece, "smash")
    if "voffset" in attributes and not _is_zero(attributes["voffset"]) and attributes["voffset"] != ".15em":
        return _enclosed(piece, "raise")
    return piece


def _menclose(reader: _Reader, element: _Element) -> _Piece:
    piece = _row_piece(element, element.pieces)
    names = list(dict.fromkeys(element.attributes.get("notation", "longdiv").split()))
    if isinstance(piece.node, Table) and set(names) <= _SIDES:
        piece.node = _framed(piece.node, set(names))
        return piece
    if {"updiagonalstrike", "downdiagonalstrike"} <= set(names):
        names = [name for name in names if not name.endswith("diagonalstrike")]
        _enclosed(piece, "xcancel")
    if set(names) == _SIDES:
        return _enclosed(piece, "box")
    for name in names:
        if name in _NOTATIONS:
            _enclosed(piece, _NOTATIONS[name])
        elif name in ("top", "bottom"):
            piece.wrap(Accent(piece.node, "overline" if name == "top" else "underline", span=element.span))
        elif name == "radical":
            piece.wrap(Root(piece.node, span=element.span))
        else:
            reader.lose(f"menclose {name}", "a notation that is not known, left out", element.span)
    return piece


def _merror(reader: _Reader, element: _Element) -> _Piece:
    text = " ".join(piece.text for piece in element.pieces if piece.text) or "error"
    language = element.attributes.get("data-language", "tex")
    node = Unknown(_spaced_text(text), language, span=element.span)
    return _Piece(node, "merror", {}, element.span)


def _mfenced(reader: _Reader, element: _Element) -> _Piece:
    attributes, span = element.attributes, element.span
    marks = "".join(attributes.get("separators", ",").split())
    nodes: list[Node] = []
    for index, piece in enumerate(element.pieces):
        if index and marks:
            mark = _SAME.get(marks[min(index, len(marks)) - 1], marks[min(index, len(marks)) - 1])
            nodes.append(Sym(mark, default_class(mark), span=piece.span))
        nodes += items_of(piece.node)
    left, right = (attributes.get(name, usual).strip() for name, usual in (("open", "("), ("close", ")")))
    left, right = (_SAME.get(char, _BAR_OF_FENCE.get(char, char)) for char in (left, right))
    depth = 1 + max((piece.depth for piece in element.pieces), default=0)
    name = element.pieces[0].name if len(element.pieces) == 1 else "mrow"
    inside = _Piece(row(nodes, span), name, {}, span, depth - 1)
    edges = [_Piece(EMPTY, "mo", {}, span, text=char) for char in (left, right)]
    return _fence(edges[0], [inside], edges[1])


# Fractions, roots, scripts


def _piece_of(element: _Element, node: Node, parts: Sequence[_Piece]) -> _Piece:
    """A node one level above its parts."""
    depth = 1 + max((part.depth for part in parts), default=0)
    return _Piece(node, element.name, element.attributes, element.span, depth, children=list(parts))


def _mfrac(reader: _Reader, element: _Element) -> _Piece:
    num, den = reader.arguments(element, 2)
    thickness = element.attributes.get("linethickness")
    style: FracStyle = "slashed" if element.attributes.get("bevelled") == "true" else "auto"
    return _piece_of(
        element, Frac(num.node, den.node, not _is_nothing(thickness), style, span=element.span), [num, den]
    )


def _msqrt(reader: _Reader, element: _Element) -> _Piece:
    inside = _row_piece(element, element.pieces)
    return _piece_of(element, Root(inside.node, span=element.span), [inside])


def _mroot(reader: _Reader, element: _Element) -> _Piece:
    radicand, index = reader.arguments(element, 2)
    return _piece_of(element, Root(radicand.node, index.node, span=element.span), [radicand, index])


def _scripts(reader: _Reader, element: _Element) -> _Piece:
    """msub, msup, msubsup."""
    base, *parts = reader.arguments(element, 3 if element.name == "msubsup" else 2)
    nodes = [part.node for part in parts]
    sub = None if element.name == "msup" else nodes[0]
    sup = None if element.name == "msub" else nodes[-1]
    if sub == EMPTY and element.name == "msubsup":
        sub = None
    if sup == EMPTY and (element.name == "msubsup" or base.node == EMPTY):
        sup = None
    fixed = _core(base).attributes.get("movablelimits") == "false"
    limits: Limits = "nolimits" if _is_movable(base.node) and (element.display or fixed) else "auto"
    before, last = _bracketed(base.node, base.name == "mn")
    node = row([*before, Script(last, sub, sup, limits, span=element.span)], element.span)
    return _piece_of(element, node, [base, *parts])


_BRACKETS = {"open": 1, "close": -1}


def _bracketed(base: Node, is_number: bool) -> tuple[tuple[Node, ...], Node]:
    """What stands before the base proper: scripts of `(…)` are scripts of the last bracket, of `5cm` of the unit."""
    if not isinstance(base, Row) or len(base.items) < 2:
        return (), base
    if is_number:
        return base.items[:-1], base.items[-1]
    if not isinstance(base.items[-1], Sym):
        return (), base
    level = 0
    for index, item in enumerate(base.items):
        level += isinstance(item, Sym) and _BRACKETS.get(default_class(item.text), 0)
        if level <= 0:
            is_whole = index > 0 and index == len(base.items) - 1
            return (base.items[:-1], base.items[-1]) if is_whole else ((), base)
    return (), base


@cache
def _has_limits(char: str) -> bool:
    """Whether the scripts of a big operator are limits in display style (∑), or stay beside it (∫)."""
    symbol = symbols.by_char(char)
    return symbol is not None and symbol.cls == "op"


def _is_movable(node: Node) -> bool:
    """Whether scripts of the node are limits in display style and not in text style."""
    return (isinstance(node, Sym) and node.cls == "op" and _has_limits(node.text)) or (
        isinstance(node, Operator) and node.limits
    )


def _mmultiscripts(reader: _Reader, element: _Element) -> _Piece:
    base, *parts = reader.at_least_one(element)
    split = next((index for index, part in enumerate(parts) if part.name == "mprescripts"), len(parts))
    node = base.node
    before = [Script(EMPTY, sub, sup, span=element.span) for sub, sup in _pairs(parts[split + 1 :])]
    nodes: list[Node] = [*reversed(before)]
    for number, (sub, sup) in enumerate(_pairs(parts[:split])):
        if number:
            nodes.append(node)
            node = EMPTY
        node = Script(node, sub, sup, span=element.span)
    return _piece_of(element, row([*nodes, node], element.span), element.pieces)


def _pairs(parts: list[_Piece]) -> list[tuple[Node | None, Node | None]]:
    """Sub- and superscripts by columns; columns with neither are left out."""
    nodes = [None if part.node == EMPTY else part.node for part in parts]
    nodes += [None] * (len(nodes) % 2)
    return [(sub, sup) for sub, sup in zip(nodes[::2], nodes[1::2], strict=True) if sub is not None or sup is not None]


def _under_over(reader: _Reader, element: _Element) -> _Piece:
    """munder, mover, munderover: limits, accents, or things stacked."""
    base, *parts = reader.arguments(element, 3 if element.name == "munderover" else 2)
    under = parts[0] if element.name != "mover" else None
    over = parts[-1] if element.name != "munder" else None
    no_accent = _is_no_accent(element)
    node = base.node
    marks: list[str] = []
    if over is not None and (mark := _mark(_core(over), element, "accent", node)):
        marks.append(mark)
        over = None
    if under is not None and (mark := _mark(_core(under), element, "accentunder", node)):
        marks.append(mark)
        under = None
    for mark in marks:
        node = Accent(node, mark, span=element.span)
    if over is not None or under is not None or not marks:
        if under is not None and not marks and not no_accent and base.role == "word":
            node = _as_operator(node)
        below, above = (None if part is None else part.node for part in (under, over))
        node = _stacked(element, base, node, below, above)
    piece = _piece_of(element, node, [base, *parts])
    piece.depth += len(marks)
    return piece


def _is_no_accent(element: _Element) -> bool:
    """Whether the element says that what it puts over or under its base is no accent."""
    return "false" in (element.attributes.get("accent"), element.attributes.get("accentunder"))


def _as_operator(node: Node) -> Node:
    """A word with something below is an operator: `argmax`."""
    if isinstance(node, Text) or (isinstance(node, Ident) and node.font == "rm" and len(node.text) > 1):
        return Operator(" ".join(node.text.split()), True, span=node.span)
    return node


def _stacked(element: _Element, base: _Piece, node: Node, under: Node | None, over: Node | None) -> Node:
    """Limits of an operator, or something over or under a base that is none."""
    by_class = isinstance(node, Styled) or (isinstance(node, Sym) and default_class(node.text) != "op")
    # MathJax's \stackrel makes an operator of the relation, in a row of its own; our rows of that class have spaces.
    in_row = by_class and base.name == "mrow" and "style" not in base.attributes and isinstance(node, Sym)
    if _is_operator(node) and not in_row and not (by_class and _is_no_accent(element)):
        natural = _is_movable(node) or isinstance(node, Accent | Styled)
        fixed = _core(base).attributes.get("movablelimits") == "false" or not natural
        if isinstance(node, Operator) and not node.limits and _limits_of_name(node.name) is None:
            node, fixed = Operator(node.name, True, span=node.span), False
        return Script(node, under, over, "limits" if fixed else "auto", span=element.span)
    core = _core(base)
    stretchy = core.attributes.get("stretchy")
    arrow = core.name == "mo" and (core.text in _ARROWS or stretchy == "true") and stretchy != "false"
    if arrow:
        over, under = (None if part == EMPTY else part for part in (over, under))
    if in_row and isinstance(node, Sym):
        node = Sym(node.text, default_class(node.text), node.font, node.size, span=node.span)
    return Stack(node, over, under, arrow, span=element.span)


def _is_operator(node: Node) -> bool:
    """Whether what stands over and under the node are its limits."""
    match node:
        case Sym(_, "op") | Operator():
            return True
        case Accent(_, mark):
            return mark in _LIMIT_MARKS
        case Styled(kind="class", value="op"):
            return True
        case _:
            return False


@cache
def _marks(cls: str) -> dict[str, str]:
    """Names of marks by their characters: those of the table, and the others that programs write for them."""
    others = {"accent": _NARROW, "wide": _WIDE, "under": _BELOW}[cls]
    return others | {symbol.char: symbol.name for symbol in symbols.rows() if symbol.cls == cls}


def _mark(part: _Piece, element: _Element, attribute: str, base: Node) -> str:
    """The name of the accent that a part is, or "" if it is none."""
    text = part.text
    explicit = element.attributes.get(attribute) == "true" or part.attributes.get("accent") == "true"
    if part.name != "mo" and not (explicit and part.name in ("mi", "mtext")):
        return ""
    is_sign = isinstance(base, Sym) and base.cls in ("op", "bin", "rel")
    if not explicit and text in _WEAK_MARKS and (is_sign or _is_operator(base)):
        return ""
    if attribute == "accentunder":
        return _marks("under").get(text, "")
    narrow, wide = _marks("accent").get(text, ""), _marks("wide").get(text, "")
    if explicit and text == "∼":
        narrow, wide = "tilde", "widetilde"
    if not narrow or not wide:
        return narrow or wide
    stretchy = part.attributes.get("stretchy")
    single = isinstance(base, Ident | Num | Sym) and len(base.text) == 1
    return narrow if stretchy == "false" or (stretchy is None and single and text != "→") else wide


# Tables


def _mtd(reader: _Reader, element: _Element) -> _Piece:
    for attribute in ("rowspan", "columnspan", "colspan"):
        if element.attributes.get(attribute, "1") != "1":
            reader.lose(attribute, "a cell over several rows or columns becomes one cell", element.span)
    return _row_piece(element, element.pieces)


def _mtr(reader: _Reader, element: _Element) -> _Piece:
    depth = max((piece.depth for piece in element.pieces), default=0)
    return _Piece(EMPTY, element.name, element.attributes, element.span, depth, children=element.pieces)


def _mtable(reader: _Reader, element: _Element) -> _Piece:
    rows = [piece if piece.name in _TABLE_ROWS else _row_of(piece) for piece in element.pieces]
    while rows and not rows[-1].children:
        rows.pop()
    labelled = [index for index, line in enumerate(rows) if line.name == "mlabeledtr" and line.children]
    tags = {index: rows[index].children.pop(0) for index in labelled}
    if len(rows) == 1 and (tagged := _tagged(element, rows[0].children, tags.get(0))):
        return _piece_of(element, tagged, rows)
    letters = _letters(element.attributes, rows)
    width = max((len(line.children) for line in rows), default=0)
    kind = _kind(element.attributes, letters, width)
    cells = [[_plain_cell(cell.node, kind) for cell in line.children] for line in rows]
    for index, tag in tags.items():
        if cells[index]:
            cells[index][-1] = row([*items_of(cells[index][-1]), Enclosed(tag.node, "tag", span=tag.span)])
    columns, rules = _rules(element.attributes, rows, letters, width)
    if not any(mark in _RULES for mark in columns) and not _says_more(kind, letters, element.attributes):
        columns = ()
    return _piece_of(element, Table(kind, tuple(map(tuple, cells)), columns, rules, span=element.span), rows)


_TABLE_ROWS = frozenset({"mtr", "mlabeledtr"})
_RULES = frozenset({"|", ":"})


def _row_of(cell: _Piece) -> _Piece:
    """MathML 1 allowed cells without rows around them."""
    return _Piece(EMPTY, "mtr", {}, cell.span, cell.depth, children=[cell])


def _tagged(element: _Element, cells: list[_Piece], label: _Piece | None) -> Node | None:
    """A formula with its tag, which MathJax writes as a labelled row and KaTeX as a row of four cells."""
    if label is None and element.attributes.get("width") == "100%" and len(cells) == 4:
        if cells[0].node != EMPTY or cells[2].node != EMPTY:
            return None
        body, label = cells[1], cells[3]
    elif label is not None and len(cells) == 1:
        body = cells[0]
    else:
        return None
    return Row((*items_of(body.node), Enclosed(label.node, "tag", span=label.span)), span=element.span)


def _letters(attributes: dict[str, str], rows: list[_Piece]) -> list[str]:
    """Alignment of the columns: by the table, else by the cells of its widest row, else none."""
    if "columnalign" in attributes:
        return [_COLUMN_LETTERS.get(word, "c") for word in attributes["columnalign"].split()]
    widest = max(rows, key=lambda line: len(line.children), default=None)
    if widest is None:
        return []
    found = [_cell_alignment(cell.attributes) for cell in widest.children]
    return [letter or "c" for letter in found] if any(found) else []


def _cell_alignment(attributes: dict[str, str]) -> str:
    if "columnalign" in attributes:
        return _COLUMN_LETTERS.get(attributes["columnalign"], "c")
    for name in attributes.get("class", "").split():
        if name.startswith("ltx_align_") or name in ("tml-left", "tml-right"):
            return _COLUMN_LETTERS.get(name.rpartition("_")[2].removeprefix("tml-"), "")
    align = _declarations(attributes.get("style", "")).get("text-align", "")
    return _COLUMN_LETTERS.get(align.removeprefix("-webkit-"), "")


_KINDS: dict[str, TableKind] = {
    "CD": "cd", "aligned": "aligned", "array": "array", "cases": "cases", "gathered": "gathered", "lines": "lines",
    "matrix": "matrix", "small": "small", "substack": "substack",
}  # fmt: skip
"""By the class that our writer puts where the looks leave it open."""


def _kind(attributes: dict[str, str], letters: list[str], width: int) -> TableKind:
    """What TeX would call the table."""
    names = attributes.get("class", "").split()
    for name in names:
        if name in _KINDS:
            return _KINDS[name]
    display = attributes.get("displaystyle") == "true"
    tight = _is_zero((attributes.get("columnspacing", "").split() or [""])[0])
    repeated = (letters + letters[-1:] * width)[:width]
    if repeated and (display or tight):
        if repeated == ["rl"[index % 2] for index in range(width)] and (width > 1 or display):
            return "aligned"
        if repeated == ["r", "c", "l"]:
            return "aligned"
    if display and width == 1:
        return "gathered"
    gap = _mu((attributes.get("rowspacing", "").split() or [""])[0])
    if gap is not None and gap < 2.5 and width == 1 and not display:
        return "substack"
    return "array" if set(repeated) - {"c"} else "matrix"


def _says_more(kind: TableKind, letters: list[str], attributes: dict[str, str]) -> bool:
    """Whether the letters tell more than the kind of the table does."""
    match kind:
        case "array":
            return True
        case "aligned":
            return letters != ["rl"[index % 2] for index in range(len(letters))]
        case "cases":
            return bool(set(letters) - {"l"})
        case "matrix" | "gathered" | "small" | "substack" | "lines":
            return bool(set(letters) - {"c"}) or "matrix" in attributes.get("class", "").split()
        case _:
            return False


def _plain_cell(node: Node, kind: TableKind) -> Node:
    """The cell without the style that its kind of table has anyway, which KaTeX writes into each."""
    usual = "display" if kind in ("aligned", "gathered", "lines", "cd") else "text"
    if isinstance(node, Styled) and node.kind == "style" and node.value == usual:
        return node.body
    if kind == "cd" and isinstance(node, Row):
        return Row(tuple(_plain_label(item) for item in _labelled(node.items)), span=node.span)
    return node


def _plain_label(node: Node) -> Node:
    return node.body if isinstance(node, Styled) and node.kind == "style" and node.value == "script" else node


def _labelled(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """A vertical arrow of a diagram with the labels on both sides, empty ones included."""
    arrows = [index for index, item in enumerate(items) if isinstance(item, Sym) and item.size == -1]
    if len(arrows) != 1 or len(items) > 3:
        return items
    before, after = items[: arrows[0]], items[arrows[0] + 1 :]
    return (row(before) if before else EMPTY, items[arrows[0]], row(after) if after else EMPTY)


def _rules(
    attributes: dict[str, str], rows: list[_Piece], letters: list[str], width: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns with their vertical rules, and horizontal rules, from the attributes of MathML 3 or from CSS borders."""
    count = len(rows)
    vertical, horizontal = [""] * (width + 1), [""] * (count + 1)
    frame = _LINES.get(attributes.get("frame", ""), "")
    vertical[0] = vertical[-1] = frame
    horizontal[0] = horizontal[-1] = frame
    for lines, name, size in ((vertical, "columnlines", width), (horizontal, "rowlines", count)):
        words = attributes.get(name, "").split()
        for index in range(1, size if words else 1):
            lines[index] = _LINES.get(words[min(index, len(words)) - 1], "")
    for number, line in enumerate(rows):
        for index, cell in enumerate(line.children):
            if "border" in cell.attributes.get("style", ""):
                css = _declarations(cell.attributes["style"])
                sides = ((vertical, index, "left"), (vertical, index + 1, "right"))
                for lines, place, side in (*sides, (horizontal, number, "top"), (horizontal, number + 1, "bottom")):
                    lines[place] = _border(css.get(f"border-{side}", "")) or lines[place]
    if not any(vertical):
        columns = tuple(letters)
    else:
        full = letters + ["c"] * (width - len(letters))
        columns = tuple(vertical[0]) + tuple("".join(map(str.__add__, full, vertical[1:])))
    return columns, tuple(_ROW_LINES[line] for line in horizontal) if any(horizontal) else ()


def _border(css: str) -> str:
    """A rule as TeX's columns write it, from the CSS of a border."""
    return next((_LINES[word] for word in css.split() if word in _LINES), "")


def _framed(table: Table, sides: set[str]) -> Table:
    """A table in a `menclose`, which is how KaTeX draws its outer rules."""
    columns = table.columns or ("c",) * max(map(len, table.rows), default=0)
    if "left" in sides:
        columns = ("|", *columns)
    if "right" in sides:
        columns = (*columns, "|")
    rules = list(table.rules or ("",) * (len(table.rows) + 1))
    if "top" in sides:
        rules[0] = "-"
    if "bottom" in sides:
        rules[-1] = "-"
    kept = tuple(rules) if any(rules) else ()
    return Table(table.kind, table.rows, columns if sides & {"left", "right"} else table.columns, kept, span=table.span)


def _mark_only(reader: _Reader, element: _Element) -> _Piece:
    """Elements that only mark a place."""
    return _Piece(EMPTY, element.name, element.attributes, element.span)


_WITH_SCRIPTS = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mroot"})

_BUILDERS: dict[str, Callable[[_Reader, _Element], _Piece]] = {
    "mi": _mi, "mn": _mn, "mo": _mo, "mtext": _mtext, "ms": _ms, "mspace": _mspace, "mglyph": _mglyph,
    "math": _mstyle, "a": _mstyle, "mrow": _mrow, "mstyle": _mstyle, "mpadded": _mpadded, "mphantom": _mphantom,
    "semantics": _semantics, "maction": _maction, "merror": _merror, "menclose": _menclose, "mfenced": _mfenced,
    "mfrac": _mfrac, "msqrt": _msqrt, "mroot": _mroot, "msub": _scripts, "msup": _scripts, "msubsup": _scripts,
    "munder": _under_over, "mover": _under_over, "munderover": _under_over, "mmultiscripts": _mmultiscripts,
    "mprescripts": _mark_only, "none": _mark_only, "maligngroup": _mark_only, "malignmark": _mark_only,
    "mtable": _mtable, "mtr": _mtr, "mlabeledtr": _mtr, "mtd": _mtd,
}  # fmt: skip
"""What each element of presentation MathML becomes."""
