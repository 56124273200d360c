r"""AST → Typst mathematics.

What comes out is what a person would type (``$ frac(a, b) <= sum_(i = 0)^n x_i $``): Typst's names for Greek letters
and well-known symbols, its shorthands for arrows and relations, the Unicode character for all else, and Typst's own
spacing. Pictures are made from the markup of typst_exact.py, which is not for reading.

    >>> from ..nodes import Frac, Ident
    >>> write(Frac(Ident("a"), Ident("β")), losses=[])
    '$ frac(a, beta) $'

What users wrote never reaches Typst bare: words stand in string literals, each sign is escaped or known to be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final, Literal, TypeAlias, assert_never

from .. import symbols
from ..errors import Loss, Losses, UnsupportedError
from ..nodes import (
    EMPTY,
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
)

MAX_DEPTH: Final = 200
"""How deep nodes may nest. Typst's parser gives up at 256 levels, of which some constructs take two."""

Level: TypeAlias = int
"""TeX's style: 0 display, 1 text, 2 script, 3 scriptscript."""

Native: TypeAlias = Literal["ord", "op", "bin", "vary", "rel", "open", "close", "punct", "fence", "text"] | None
"""How Typst spaces a piece. vary: binary after an operand, else ordinary. fence, text: ordinary, but blanks around it
in the source show. None: not known."""

STYLES: Final = ("display", "inline", "script", "sscript")
_LEVELS: Final = {"display": 0, "text": 1, "script": 2, "scriptscript": 3}

# Symbols

_WORDS: Final = (
    "alpha α beta β gamma γ delta δ epsilon ε epsilon.alt ϵ zeta ζ eta η theta θ theta.alt ϑ iota ι kappa κ "
    "kappa.alt ϰ lambda λ mu μ nu ν xi ξ omicron ο pi π pi.alt ϖ rho ρ rho.alt ϱ sigma σ sigma.alt ς tau τ "
    "upsilon υ phi φ phi.alt ϕ chi χ psi ψ omega ω Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Zeta Ζ Eta Η Theta Θ "
    "Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ Omicron Ο Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ "
    "Omega Ω partial ∂ nabla ∇ sum ∑ product ∏ product.co ∐ integral ∫ integral.double ∬ integral.triple ∭ "
    "integral.cont ∮ in ∈ in.not ∉ in.rev ∋ times × div ÷ dot.op ⋅ plus.minus ± minus.plus ∓ subset ⊂ subset.eq ⊆ "
    "supset ⊃ supset.eq ⊇ union ∪ inter ∩ forall ∀ exists ∃ approx ≈ equiv ≡ prop ∝ tilde.eq ≃ tilde.equiv ≅ "
    "emptyset ∅ perp ⟂ bot ⊥ top ⊤ and ∧ or ∨ not ¬ dots.v ⋮ dots.down ⋱ parallel ∥ divides ∣ therefore ∴ "
    "because ∵ dagger † compose ∘ without ∖"
)
_SHORTHANDS: Final = (
    "oo ∞ ... … -> → => ⇒ <- ← <=> ⇔ |-> ↦ <= ≤ >= ≥ != ≠ << ≪ >> ≫ := ≔ ==> ⟹ --> ⟶ <-- ⟵ <== ⟸ <==> ⟺ ->> ↠ * ∗ "
    "- − ~ ∼"
)


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[1::2], words[::2], strict=True))


MARKUP: Final = _pairs(_WORDS) | _pairs(_SHORTHANDS)
_BARE_ASCII: Final = frozenset("!?.:@%<>=+,;|")
_SEPARATORS: Final = frozenset(",;:")
_ROOT_SIGNS: Final = frozenset("√∛∜")

# The classes that Typst 0.15 gives characters (measured, see the tests), with ranges as in a regular expression. What
# is not here is ordinary.
_CLASSES: Final[dict[Native, str]] = {
    "rel": (":<=>†‡⁏⁐←-↳↶↷↺-⇿∈-∍∝∣-∦∴-∷∹-∽≁-⊋⊏-⊒⊢⊣⊦-⊸⋈⋍⋐⋑⋔-⋭⋲-⋿⌢⌣⌿⍼⟂⟃⟄⟈-⟋⟍⟒⟓⟔⟚-⟟⟰-⟿⤀-⥿⧎-⧕⧟⧡⧣-⧦⧴⩙⩦-⩰⩳-⫠⫢-⫰⫲⫳⫷-⫺⬀-⬑⬰-⭌⮕"),
    "bin": ("\\·×÷•⁀⁄⁎⅋∔-∙∧-∪∸∾≀⊌⊍⊎⊓-⊡⊹-⊽⋄-⋇⋉-⋌⋎⋏⋒⋓⌅⌆⌽▲-▹▼-◅◊○◦◫◬◸-◿★☆⟇⟎⟏⟑⟠-⟥⦶-⦹⧀⧁⧄-⧈⧖⧗⧢⧫⧵⧶⧷⧺⧻⧾⧿⨢-⩘⩚-⩥⩱⩲⫴⫵⫶⫻⫽⫾"),
    "vary": "+±−∓",
    "op": "؆؇⅀∏∐∑√∛∜∫-∳⋀-⋃⟌⟕-⟙⧸⧹⨀-⨡⫼⫿",
    "open": "([{⌈⌊⌜⌞⎰❲⟅⟦⟨⟪⟬⟮⦃⦅⦇⦉⦋⦍⦏⦑⦓⦕⦗⧘⧚⧼",
    "close": ")]}⌉⌋⌝⌟⎱❳⟆⟧⟩⟫⟭⟯⦄⦆⦈⦊⦌⦎⦐⦒⦔⦖⦘⧙⧛⧽",
    "punct": ",;?¡¿،‐‒–—",
    "fence": "|‖⦀⦂⦙⦚",
}


@cache
def _class_of() -> dict[str, Native]:
    found: dict[str, Native] = {}
    for native, ranges in _CLASSES.items():
        # Within a range stand others: a later class of `_CLASSES` wins over an earlier one.
        for first, last in re.findall(r"(.)(?:-(.))?", ranges, re.DOTALL):
            for code in range(ord(first), ord(last or first) + 1):
                found[chr(code)] = native
    return found


@lru_cache(maxsize=4096)
def native(text: str) -> Native:
    """How Typst spaces a symbol written as `symbol_markup` writes it."""
    if symbol_markup(text).startswith('"') or text.isnumeric() and not text.isascii():
        return "text"
    return _class_of().get(text[0], "ord")


@lru_cache(maxsize=4096)
def symbol_markup(text: str) -> str:
    """The markup of a symbol: never opens a group, never is a fraction, a script, an escape or code."""
    if text in MARKUP:
        return MARKUP[text]
    if len(text) == 1 and text.isascii():
        return text if text.isalnum() or text in _BARE_ASCII else _string(text) if text <= " " else "\\" + text
    if len(text) == 1 and text.isprintable():
        return "\\" + text if text in _ROOT_SIGNS or _class_of().get(text) in ("open", "close") else text
    if len(text) == 2 and text[1] == "\u0338" and text[0] not in "/\\":
        return text
    return _string(text)


_UNSAFE_IN_STRINGS: Final = re.compile(r'[\\"\x00-\x1f\x7f-\x9f\u2028\u2029]')


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return " " if char in "\t\n\r\u2028\u2029" else "\\" + char if char in '\\"' else f"\\u{{{ord(char):x}}}"


def string(text: str) -> str:
    """A Typst string literal of any text, kept character for character."""
    return '"' + _UNSAFE_IN_STRINGS.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text) + '"'


def _string(text: str) -> str:
    """A Typst string literal. White space of any kind is a space: Typst would break the line."""
    return '"' + _UNSAFE_IN_STRINGS.sub(_escape, text) + '"'


# Letters, numbers, operators

_FONTS: Final[dict[Font, str]] = {
    "": "{}", "rm": "upright({})", "it": "italic({})", "bf": "upright(bold({}))", "bi": "bold({})",
    "cal": "cal({})", "bfcal": "bold(cal({}))", "scr": "scr({})", "bfscr": "bold(scr({}))",
    "frak": "frak({})", "bffrak": "bold(frak({}))", "bb": "bb({})",
    "sf": "upright(sans({}))", "sfbf": "upright(bold(sans({})))", "sfit": "italic(sans({}))",
    "sfbi": "italic(bold(sans({})))", "tt": "mono({})",
}  # fmt: skip
_FONTS_OF_WORDS: Final[dict[Font, str]] = _FONTS | {
    "": "italic({})", "rm": "{}", "bf": "bold({})", "bi": "italic(bold({}))",
    "sf": "sans({})", "sfbf": "bold(sans({}))",
}  # fmt: skip
_FONTS_OF_TEXT: Final[dict[Font, str]] = _FONTS_OF_WORDS | {"": "{}"}
_FONTS_OF_NUMBERS: Final[dict[Font, str]] = _FONTS | {
    "rm": "{}", "it": "{}", "bf": "bold({})",
    "sf": "sans({})", "sfbf": "bold(sans({}))", "sfit": "sans({})", "sfbi": "bold(sans({}))",
}  # fmt: skip
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")

_OPERATORS: Final = {
    word: word == "lim" or word in ("det", "gcd", "inf", "max", "min", "Pr", "sup")
    for word in (
        "arccos arcsin arctan arg cos cosh cot coth csc csch deg det dim exp gcd hom inf ker lg lim ln log max min "
        "Pr sec sech sin sinh sup tan tanh"
    ).split()
}
"""Operators that Typst knows by name, and whether they take limits."""
_SPACED_OPERATORS: Final = {"lim inf": "liminf", "lim sup": "limsup"}


@lru_cache(maxsize=4096)
def _letter(text: str, font: Font) -> str:
    if len(text) != 1:
        return _FONTS_OF_WORDS[font].format(_string(text))
    return _FONTS[font].format(_string(text) if text in _SEPARATORS else symbol_markup(text))


@lru_cache(maxsize=1024)
def _number(text: str, font: Font) -> str:
    return _FONTS_OF_NUMBERS[font].format(text if _NUMBER.fullmatch(text) else _string(text))


@lru_cache(maxsize=1024)
def _operator(name: str, limits: bool) -> str:
    if _OPERATORS.get(name) is limits:
        return name
    if limits and name in _SPACED_OPERATORS:
        return _SPACED_OPERATORS[name]
    return f"op({_string(name)}, limits: #true)" if limits else f"op({_string(name)})"


_TEXT_STYLES: Final[dict[Font, str]] = {
    "bf": 'weight: "bold"', "it": 'style: "italic"', "bi": 'weight: "bold", style: "italic"',
}  # fmt: skip


def _text(text: str, font: Font) -> str:
    if font in _TEXT_STYLES and not text.isascii():
        # Mathematical alphabets have only Latin and Greek letters; the text font has the others.
        return f"#text({_TEXT_STYLES[font]}, {_string(text)})"
    return _FONTS_OF_TEXT[font].format(_string(text))


# Marks, boxes, colours

_ACCENTS: Final = {
    "acute": "acute({})", "grave": "grave({})", "ddot": "dot.double({})", "dddot": "dot.triple({})",
    "ddddot": "dot.quad({})", "tilde": "tilde({})", "bar": "macron({})", "breve": "breve({})",
    "check": "caron({})", "hat": "hat({})", "vec": "arrow({})", "dot": "dot({})", "mathring": "circle({})",
    "widehat": "hat({})", "widetilde": "tilde({})", "widecheck": "caron({})",
    "overline": "overline({})", "underline": "underline({})", "overlinesegment": "overline({})",
    "underlinesegment": "underline({})", "overrightarrow": "arrow({})", "overleftarrow": "accent({}, arrow.l)",
    "overleftrightarrow": "accent({}, arrow.l.r)", "overrightharpoon": "harpoon({})",
    "overleftharpoon": "accent({}, harpoon.lt)", "capoverrightarrow": "limits({})^arrow.r.double",
    "overbrace": "overbrace({})", "underbrace": "underbrace({})", "overbracket": "overbracket({})",
    "underbracket": "underbracket({})", "overparen": "overparen({})", "underparen": "underparen({})",
    "overgroup": "overshell({})", "undergroup": "undershell({})", "utilde": "accent({}, \u0330)",
    "underrightarrow": "accent({}, \u20ef)", "underleftarrow": "accent({}, \u20ee)",
    "underleftrightarrow": "accent({}, \u034d)",
}  # fmt: skip
NARROW: Final = frozenset("acute grave ddot dddot ddddot tilde bar breve check hat vec dot mathring".split())
_BRACES: Final = frozenset(
    "overbrace underbrace overbracket underbracket overparen underparen overgroup undergroup".split()
)

_SIZES: Final = {
    "tiny": 0.5, "sixptsize": 0.6, "scriptsize": 0.7, "footnotesize": 0.8, "small": 0.9, "normalsize": 1.0,
    "large": 1.2, "Large": 1.44, "LARGE": 1.728, "huge": 2.074, "Huge": 2.488,
}  # fmt: skip
BIG: Final = (1.0, 1.2, 1.8, 2.4, 3.0)
"""Heights in em of ``\\big`` to ``\\Bigg`` (plain TeX, with Computer Modern's delimiters)."""

_COLORS: Final = {
    # xcolor's base colours, then those of CSS that xcolor lacks. Typst's own names stand for other shades.
    "red": "ff0000", "green": "00ff00", "blue": "0000ff", "cyan": "00ffff", "magenta": "ff00ff", "yellow": "ffff00",
    "black": "000000", "gray": "808080", "white": "ffffff", "darkgray": "404040", "lightgray": "bfbfbf",
    "brown": "bf8040", "lime": "bfff00", "olive": "808000", "orange": "ff8000", "pink": "ffbfbf", "purple": "bf0040",
    "teal": "008080", "violet": "800080", "grey": "808080", "silver": "c0c0c0", "maroon": "800000", "navy": "000080",
    "fuchsia": "ff00ff", "aqua": "00ffff", "darkgreen": "006400", "darkblue": "00008b", "darkred": "8b0000",
    "lightblue": "add8e6", "lightgreen": "90ee90", "indigo": "4b0082", "gold": "ffd700", "crimson": "dc143c",
    "tomato": "ff6347", "salmon": "fa8072", "coral": "ff7f50", "turquoise": "40e0d0", "skyblue": "87ceeb",
    "royalblue": "4169e1", "steelblue": "4682b4", "forestgreen": "228b22", "seagreen": "2e8b57", "khaki": "f0e68c",
    "orchid": "da70d6", "plum": "dda0dd", "chocolate": "d2691e", "hotpink": "ff69b4", "deeppink": "ff1493",
}  # fmt: skip
_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")

_SAFE_LINKS: Final = ("https://", "http://", "mailto:")
_TYPST_CLASS: Final[dict[AtomClass, str]] = {
    "ord": "normal", "op": "large", "bin": "binary", "rel": "relation", "open": "opening", "close": "closing",
    "punct": "punctuation", "inner": "normal",
}  # fmt: skip
_FITS: Final[dict[AtomClass, frozenset[Native]]] = {
    "ord": frozenset(("ord", "fence")), "inner": frozenset(("ord", "fence")), "op": frozenset(("op",)),
    "bin": frozenset(("bin", "vary")), "rel": frozenset(("rel",)), "open": frozenset(("open",)),
    "close": frozenset(("close", "ord")), "punct": frozenset(("punct",)),
}  # fmt: skip
"""Typst classes that need no `class(…)` around the symbol to be spaced as TeX spaces this class."""


def rgb(name: str) -> str | None:
    """A colour as ``#rrggbb``; None where the name is not known."""
    if _HEX.fullmatch(name):
        return name.lower()
    known = _COLORS.get(name) or _COLORS.get(name.lower())
    return f"#{known}" if known else None


# Spaces

_NAMED: Final = {3: "thin", 4: "med", 5: "thick", 18: "quad", 36: "wide"}


def space_markup(mu: float) -> str:
    named = _NAMED.get(int(mu)) if mu == int(mu) else None
    return named or f"#h({mu / 18:.4g}em)"


# The writer

TOO_DEEP: Final = f"the formula nests deeper than {MAX_DEPTH} levels, more than Typst can read"
_PRIME: Final = Sym("′")
_SIMPLE: Final = re.compile(r'[^\W_]+(?:\.[^\W_]+)*|[*+\-]|[^\x00-\x7f]|"[^"\\]*"')
SPACED: Final = frozenset(("text", "fence"))
_NEWLINE: Final = "\\ "
"""With its blank: what follows a bare backslash is taken for a sign that was escaped."""
_LOOSE: Final = frozenset(("op", "bin", "rel", "punct"))
"""Classes around which Typst's own spaces take the place of blanks, except in scripts."""
_NO_OPERAND: Final = frozenset(("op", "bin", "rel", "punct", "open", "vary"))
_OPERANDS: Final = frozenset(("ord", "close", "text", "fence"))


def write(node: Node, *, losses: Losses, display: bool = True) -> str:
    """The formula as Typst markup between dollar signs, with spaces inside them where it is set as a display.

    Raises UnsupportedError where the formula nests deeper than Typst can read.
    """
    try:
        markup = Writer(losses).line(node)
    except RecursionError:
        raise UnsupportedError(TOO_DEEP) from None
    return f"$ {markup} $" if display else f"${markup}$"


class Writer:
    """Writes as people do. `level` is the style in force, one of `Level`."""

    def __init__(self, losses: Losses) -> None:
        self.losses = losses
        self.depth = 0
        self.in_call = False
        """Whether commas and semicolons would separate arguments."""

    def lose(self, node: Node, what: str, reason: str) -> None:
        self.losses.append(Loss(what, reason, node.span))

    # Leaves and dispatch

    def node(self, node: Node, level: Level) -> str:
        match node:
            case Ident(text, font):
                return _letter(text, font)
            case Num(text, font):
                return _number(text, font)
            case Sym():
                return self.symbol(node, level)
            case Operator(name, limits):
                return _operator(name, limits)
            case Text(text, font):
                return _text(text, font)
            case Space(mu, newline):
                return _NEWLINE if newline else "space" if mu == 6 else space_markup(mu)
            case Unknown(text):
                self.lose(node, text, "not known, kept as it was written")
                return f"#raw({_string(text)})"
            case _:
                pass
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnsupportedError(TOO_DEEP)
        match node:
            case Row(items):
                markup = self.row(items, level)
            case Script():
                markup = self.script(node, level)
            case Frac():
                markup = self.fraction(node, level)
            case Fence():
                markup = self.fence(node, level)
            case Root():
                markup = self.root(node, level)
            case Accent():
                markup = self.accent(node, level)
            case Stack():
                markup = self.stack(node, level)
            case Table():
                markup = self.table(node, level) if any(node.rows) else '""'
            case Styled():
                markup = self.styled(node, level)
            case Enclosed():
                markup = self.enclosed(node, level)
            case _:
                assert_never(node)
        self.depth -= 1
        return markup

    def argument(self, node: Node, level: Level) -> str:
        """The node as an argument of a function."""
        outside, self.in_call = self.in_call, True
        markup = self.node(node, level)
        self.in_call = outside
        return markup

    def symbol(self, node: Sym, level: Level) -> str:
        text = node.text
        fits = native(text) in _FITS[node.cls]
        wrapped = bool(node.font or node.size or not fits)
        separates = text in _SEPARATORS and self.in_call or text in (",", ";") and wrapped
        markup = "\\" + text if separates else symbol_markup(text)
        if node.font:
            markup = f"bold({markup})"
        if node.size < 0:
            return f"mid({markup})"
        if node.size:
            markup = f"lr(size: #{BIG[node.size]}em, {markup})"
        return markup if fits else f'class("{_TYPST_CLASS[node.cls]}", {markup})'

    # Rows

    def line(self, node: Node) -> str:
        """A whole formula: an alignment that is all there is becomes lines of the equation."""
        match node:
            case Table("aligned" | "gathered" | "lines", rows):
                return " \\ ".join(" &".join(self.node(cell, 0) for cell in row) for row in rows)
            case _:
                return self.node(node, 0)

    def row(self, items: Sequence[Node], level: Level) -> str:
        """Items side by side. Delimiters that pair up are bare, so that Typst lets them grow."""
        closers = _matching(items)
        openers = {closers[index] for index in closers}
        saved: list[bool] = []
        markup, last = "", ""
        end: Native = None
        tight = False
        for index, item in enumerate(items):
            left, right = _plain_ends(item)
            if left == "vary" and end in _OPERANDS:
                left = right = "bin"
            glued = False
            if index in closers:
                self.in_call = saved.pop()
                piece, glued = self.closer(item, level), True
            elif index in openers and isinstance(item, Sym):
                piece = item.text
                saved.append(self.in_call)
                self.in_call = False
            else:
                piece = self.node(item, level)
                glued = piece in (",", "\\,")
                tight = tight and (last not in ("-", "+") or piece[0].isalnum())
            if piece == "|" and not _between_words(last, items, index):
                piece = "\\|"
            if piece[0] == "(" and len(last) == 1 and last.isalpha():
                glued = True  # For one letter `f (x)` and `f(x)` are the same to Typst; for more it would be a call.
            sign = piece in ("-", "+") and (not last or end in _NO_OPERAND)
            if not last:
                markup = piece
            elif last == _NEWLINE:
                markup += piece
            elif glued or tight:
                markup += piece
            elif (end in SPACED or left in SPACED) and (level > 1 or not (end in _LOOSE or left in _LOOSE)):
                markup += glue(last, piece, "#h(0em)") + piece
            else:
                markup += " " + piece
            tight, end, last = index in openers or sign, right, piece
        return markup or '""'

    def closer(self, item: Node, level: Level) -> str:
        """A closing delimiter that has its partner, with its scripts."""
        if isinstance(item, Script) and isinstance(item.base, Sym):
            return self.attached(item.base.text, item, level)
        assert isinstance(item, Sym)
        return item.text

    # Scripts

    def script(self, node: Script, level: Level) -> str:
        base = node.base
        if isinstance(base, Accent) and base.mark in _BRACES:
            labelled = self.brace(base, node, level)
            if labelled:
                return labelled
        if _needs_attach(base):
            return self.attach(self.argument(base, level), node, level)
        markup = self.node(base, level)
        spaced = native_ends(base)[0]
        limits = node.limits
        if limits == "limits":
            markup = f"limits({markup})"
        elif limits == "nolimits" and spaced == "op" or spaced == "rel" or spaced is None and isinstance(base, Sym):
            markup = f"scripts({markup})"
        return self.attached(markup, node, level)

    def brace(self, base: Accent, node: Script, level: Level) -> str | None:
        """A brace and its label; None where the script is on the other side."""
        over = base.mark.startswith("over")
        label, other = (node.sup, node.sub) if over else (node.sub, node.sup)
        if label is None or other is not None:
            return None
        call = _ACCENTS[base.mark].removesuffix("({})")
        return f"{call}({self.argument(base.base, level)}, {self.argument(label, script_level(level))})"

    def attached(self, base: str, node: Script, level: Level) -> str:
        primes, sup = _split_primes(node.sup)
        inner = script_level(level)
        sub_markup = "" if node.sub is None else "_" + self.grouped(node.sub, inner)
        sup_markup = "" if sup is None else "^" + self.grouped(sup, inner)
        return base + "'" * primes + sub_markup + sup_markup

    def attach(self, base: str, node: Script, level: Level) -> str:
        """Scripts on a base that is not one token."""
        parts = [base]
        if node.sup is not None:
            parts.append(f"t: {self.argument(node.sup, script_level(level))}")
        if node.sub is not None:
            parts.append(f"b: {self.argument(node.sub, script_level(level))}")
        return f"attach({', '.join(parts)})"

    def grouped(self, node: Node, level: Level) -> str:
        """A script: in parentheses, which do not show, unless it is one token."""
        outside, self.in_call = self.in_call, False
        markup = self.node(node, level)
        self.in_call = outside
        return markup if _SIMPLE.fullmatch(markup) else f"({markup})"

    # Compounds

    def root(self, node: Root, level: Level) -> str:
        radicand = self.argument(node.radicand, level)
        return f"sqrt({radicand})" if node.index is None else f"root({self.argument(node.index, 3)}, {radicand})"

    def fraction(self, node: Frac, level: Level) -> str:
        style = {"display": 0, "continued": 0, "text": 1}.get(node.style, level)
        inner = min(style + 1, 3)
        num, den = self.argument(node.num, inner), self.argument(node.den, inner)
        if not node.bar:
            markup = f"vec(delim: #none, {num}, {den})"
        elif node.style == "slashed":
            markup = f'frac({num}, {den}, style: "skewed")'
        else:
            markup = f"frac({num}, {den})"
        return markup if style == level else f"{STYLES[style]}({markup})"

    def fence(self, node: Fence, level: Level) -> str:
        opening, body, closing = node.open, node.body, node.close
        match body:
            case Frac(num, den, False, style) if (opening, closing) == ("(", ")"):
                shown = {"display": 0, "text": 1}.get(style, level)
                inner = min(shown + 1, 3)
                markup = f"binom({self.argument(num, inner)}, {self.argument(den, inner)})"
                return markup if shown == level else f"{STYLES[shown]}({markup})"
            case Table("matrix" | "array") if (opening + closing) in _MATRIX_DELIMITERS:
                return self.matrix(body, level, _MATRIX_DELIMITERS[opening + closing])
            case _:
                pass
        if opening + closing in _BETWEEN_BARS:
            return f"{_BETWEEN_BARS[opening + closing]}({self.argument(body, level)})"
        if native(opening) == "open" and native(closing) == "close":
            outside, self.in_call = self.in_call, False
            markup = f"{opening}{self.node(body, level)}{closing}"
            self.in_call = outside
            return markup
        ends = native_ends(body)
        # `lr` would take a delimiter of the body for its own, were it the first or the last thing inside.
        left = self.delimiter(opening, "opening") if opening else "" if ends[0] in _NO_DELIMITER else "#h(0em)"
        right = self.delimiter(closing, "closing") if closing else "" if ends[1] in _NO_DELIMITER else "#h(0em)"
        return f"lr({' '.join(part for part in (left, self.argument(body, level), right) if part)})"

    def delimiter(self, text: str, cls: str) -> str:
        """A delimiter of `lr`, which scales only what it takes for one."""
        if text in _SEPARATORS:
            return f'class("{cls}", \\{text})'
        scales = native(text) in ("open", "close", "fence")
        return symbol_markup(text) if scales else f'class("{cls}", {symbol_markup(text)})'

    def accent(self, node: Accent, level: Level) -> str:
        template = _ACCENTS.get(node.mark)
        if template is None:
            self.lose(node, f"the mark {node.mark}", "Typst has none like it; drawn as a symbol over or under the base")
            return self.other_mark(node, level)
        return template.format(self.argument(node.base, level))

    def other_mark(self, node: Accent, level: Level) -> str:
        row = symbols.by_name(node.mark)
        mark = symbol_markup(row.char) if row else _string(node.mark)
        place = "_" if row and row.cls == "under" else "^"
        return f"limits({self.argument(node.base, level)}){place}({mark})"

    def stack(self, node: Stack, level: Level) -> str:
        base = self.argument(node.base, level)
        markup = f"limits(stretch({base}, size: #(100% + 1em)))" if node.stretch else f"limits({base})"
        inner = script_level(level)
        over = "" if node.over is None else "^" + self.grouped(node.over, inner)
        under = "" if node.under is None else "_" + self.grouped(node.under, inner)
        return markup + over + under

    def styled(self, node: Styled, level: Level) -> str:
        body, value = node.body, node.value
        match node.kind:
            case "style":
                style = _LEVELS[value]
                return self.node(body, level) if style == level else f"{STYLES[style]}({self.argument(body, style)})"
            case "size":
                factor = _SIZES.get(value)
                if factor is not None:
                    return f"#text(size: {factor}em, {self.content(body, level)})"
                self.lose(node, f"the size {value}", "not known, left out")
            case "color" | "background":
                paint = rgb(value)
                if paint is not None:
                    return self.painted(node.kind, paint, body, level)
                self.lose(node, f"the colour {value}", "not known, left out")
            case "link":
                if value.startswith(_SAFE_LINKS):
                    return f"#link({_string(value)}, {self.content(body, level)})"
                self.lose(node, f"the link {value}", "leads neither to http, https nor mailto, left out")
            case "class":
                return self.classed(value, body, level)
            case "attribute":
                self.lose(node, f"the attribute {value}", "Typst has none")
            case _:
                assert_never(node.kind)
        return self.node(body, level)

    def content(self, node: Node, level: Level) -> str:
        """The node as content in code."""
        outside, self.in_call = self.in_call, False
        markup = self.node(node, level)
        self.in_call = outside
        return f"${markup}$"

    def painted(self, kind: Literal["color", "background"], paint: str, body: Node, level: Level) -> str:
        if kind == "color":
            return f'#text(fill: rgb("{paint}"), {self.content(body, level)})'
        return f'#box(fill: rgb("{paint}"), outset: 2pt, {self.content(body, level)})'

    def classed(self, value: str, body: Node, level: Level) -> str:
        return f'class("{_TYPST_CLASS[value]}", {self.argument(body, level)})'  # type: ignore[index]

    def enclosed(self, node: Enclosed, level: Level) -> str:
        kind, body = node.kind, node.body
        match kind:
            case "cancel" | "bcancel" | "xcancel" | "strike":
                option = {
                    "cancel": "",
                    "bcancel": ", inverted: #true",
                    "xcancel": ", cross: #true",
                    "strike": ", angle: #90deg",
                }
                return f"cancel({self.argument(body, level)}{option[kind]})"
            case "longdiv":
                return f"overline(\\) {self.argument(body, level)})"
            case "tag":
                return f"quad {self.node(body, 1)}"
            case "clap" | "raise":
                self.lose(node, f"\\{kind}", "not shifted")
                return self.node(body, level)
            case "box" | "circle" | "angle" | "phantom" | "hphantom" | "vphantom" | "smash" | "llap" | "rlap":
                return self.boxed(node, level)
            case _:
                assert_never(kind)

    def boxed(self, node: Enclosed, level: Level) -> str:
        content = self.content(node.body, level)
        match node.kind:
            case "circle":
                return f"#box(stroke: 0.5pt, inset: 3pt, radius: 50%, {content})"
            case "box" | "angle":
                return f"#box(stroke: 0.5pt, inset: 3pt, {content})"
            case "phantom":
                return f"#hide({content})"
            case "hphantom":
                return f"#box(height: 0pt, hide({content}))"
            case "vphantom" | "rlap" | "llap":
                shown = f"hide({content})" if node.kind == "vphantom" else content
                return f"#box(width: 0pt, {shown})"
            case _:
                return f"#box(height: 0pt, {content})"

    # Tables

    def table(self, node: Table, level: Level) -> str:
        kind = node.kind
        match kind:
            case "matrix" | "array" | "cd":
                return self.matrix(node, level, "#none")
            case "small":
                return f"inline({self.matrix(node, 1, '#none')})"
            case "cases" | "rcases":
                reverse = ", reverse: #true" if kind == "rcases" else ""
                rows = (" & quad ".join(self.argument(cell, 1) for cell in row) for row in node.rows)
                return f"cases({', '.join(rows)}{reverse})"
            case "aligned" | "gathered" | "lines":
                lines = (" &".join(self.argument(cell, 0) for cell in row) for row in node.rows)
                return f"display(mat(delim: #none, row-gap: #0.5em, {'; '.join(map(_guarded, lines))}))"
            case "substack":
                return " \\ ".join(" ".join(self.node(cell, level) for cell in row) for row in node.rows)
            case _:
                assert_never(kind)

    def matrix(self, node: Table, level: Level, delimiter: str) -> str:
        columns, verticals = columns_of(node)
        options = [] if delimiter == '"("' else [f"delim: {delimiter}"]
        alike = len(set(columns)) == 1
        if alike and columns[0] != "c":
            options.append(f"align: #{'left' if columns[0] == 'l' else 'right'}")
        augment = self.augment(node, verticals, "")
        if augment:
            options.append(augment)
        rows = []
        for row in node.rows:
            cells = [self.argument(cell, 1) if cell != EMPTY else "" for cell in row]
            if not alike:
                cells = [aligned(cell, side) for cell, side in zip(cells, columns, strict=False)]
            # Typst would drop a last row in which there is nothing.
            rows.append(", ".join(cells) if any(cells) else '""')
        return f"mat({''.join(option + ', ' for option in options)}{'; '.join(map(_guarded, rows))})"

    def augment(self, node: Table, verticals: Sequence[int], stroke: str) -> str:
        """The option of `mat` that draws rules."""
        rules = node.rules
        kinds = {rule for rule in (*rules, *node.columns) if rule in ("-", "=", ":", "|")}
        if "=" in rules:
            self.lose(node, "a double rule", "drawn as one line")
        dashed = kinds == {":"}
        if ":" in kinds and not dashed:
            self.lose(node, "a dashed rule", "drawn as a line, because the table has others")
        horizontal = [index for index, rule in enumerate(rules) if rule and index <= len(node.rows)]
        if not (horizontal or verticals):
            return ""
        parts = [
            f"{name}: ({', '.join(map(str, places))},)"
            for name, places in (("hline", horizontal), ("vline", verticals))
            if places
        ]
        if dashed:
            parts.append(f'stroke: (thickness: {stroke or "0.5pt"}, dash: "dashed")')
        elif stroke:
            parts.append(f"stroke: {stroke}")
        return f"augment: #({', '.join(parts)})"


_MATRIX_DELIMITERS: Final = {"()": '"("', "[]": '"["', "{}": '"{"', "||": '"|"', "‖‖": '"‖"', "⟨⟩": '"⟨"'}
_BETWEEN_BARS: Final = {"||": "abs", "‖‖": "norm"}
_NO_DELIMITER: Final = frozenset(("ord", "op", "bin", "vary", "rel", "punct", "text"))


def script_level(level: Level) -> Level:
    return 2 if level < 2 else 3


def _matching(items: Sequence[Node]) -> dict[int, int]:
    """Closing delimiters of a row that have an opening one, and where that is."""
    pairs: dict[int, int] = {}
    open_at: list[int] = []
    for index, item in enumerate(items):
        if isinstance(item, Sym):
            symbol = item
        elif isinstance(item, Script) and isinstance(item.base, Sym) and item.base.cls == "close":
            symbol = item.base
        else:
            continue
        if symbol.size or symbol.font or native(symbol.text) != symbol.cls:
            continue
        if symbol.cls == "open":
            open_at.append(index)
        elif symbol.cls == "close" and open_at:
            pairs[index] = open_at.pop()
    return pairs


def _between_words(before: str, items: Sequence[Node], index: int) -> bool:
    """Whether the bar at `index` stands between letters or digits, where it cannot be read as part of an arrow."""
    after = items[index + 1] if index + 1 < len(items) else None
    if before and not before[-1].isalnum():
        return False
    if isinstance(after, Sym):
        return symbol_markup(after.text)[0] not in "|]-=>~"
    return after is None or isinstance(after, Ident | Num | Script)


def glue(before: str, after: str, nothing: str) -> str:
    """What joins two pieces between which Typst would show a blank."""
    return f" {nothing} " if before[-1].isalnum() and after[0].isalnum() else ""


def _split_primes(sup: Node | None) -> tuple[int, Node | None]:
    """How many primes a superscript begins with, and the rest."""
    if sup is None:
        return 0, None
    items = items_of(sup)
    count = 0
    while count < len(items) and items[count] == _PRIME:
        count += 1
    rest = items[count:]
    return count, (None if not rest else rest[0] if len(rest) == 1 else Row(rest)) if count else sup


def _needs_attach(base: Node) -> bool:
    """Whether a base is more than one token in Typst."""
    return isinstance(base, Script | Stack | Enclosed | Unknown | Space) or (
        isinstance(base, Row) and bool(base.items) or isinstance(base, Styled) and base.kind != "style"
    )


def native_ends(node: Node) -> tuple[Native, Native]:
    """How Typst spaces a piece on its left and on its right."""
    match node:
        case Ident(text):
            return ("ord", "ord") if len(text) == 1 else ("text", "text")
        case Num(text):
            return ("ord", "ord") if _NUMBER.fullmatch(text) else ("text", "text")
        case Sym(text):
            ends = native(text) if node.size >= 0 else None
            return ends, ends
        case Operator():
            return "op", "op"
        case Text():
            return "text", "text"
        case Frac() | Root():
            return "ord", "ord"
        case Script(Ident() | Num() | Text() | Frac() | Root() | Fence(), _, _):
            return "ord", "ord"
        case Script(Sym() | Operator() as base, _, _):
            return native_ends(base)
        case Accent(Ident() | Num(), mark):
            return ("ord", "ord") if mark in NARROW else (None, None)
        case Fence(opening, _, closing):
            return ("open" if opening else None), ("close" if closing else None)
        case Row(items) if items:
            return native_ends(items[0])[0], native_ends(items[-1])[1]
        case Styled(body, "style" | "size" | "color"):
            return native_ends(body)
        case _:
            return None, None


def _plain_ends(node: Node) -> tuple[Native, Native]:
    """`native_ends` where a symbol of another class than Typst's stands in `class(…)`."""
    left, right = native_ends(node)
    if isinstance(node, Sym) and left not in _FITS[node.cls]:
        return node.cls if node.cls != "inner" else "ord", node.cls if node.cls != "inner" else "ord"
    return left, right


def columns_of(node: Table) -> tuple[list[str], list[int]]:
    """The alignment of each column, as many as the widest row has, and where vertical rules stand."""
    width = max(map(len, node.rows), default=0)
    sides: list[str] = []
    verticals: list[int] = []
    for column in node.columns:
        if column in ("|", ":"):
            verticals.append(len(sides))
        else:
            sides.append(column)
    default = "l" if node.kind in ("cases", "rcases") else "c"
    sides += [default] * (max(width, 1) - len(sides))
    return sides[: max(width, 1)], [place for place in verticals if place <= width]


def aligned(cell: str, side: str) -> str:
    """A cell where columns differ: Typst moves what is before a mark to the right, the rest left."""
    return cell if side == "c" else f"& {cell}" if side == "l" else f"{cell} &"


def _guarded(row: str) -> str:
    """A row before its semicolon, which code at the end of the row would take for its own."""
    return row + " " if "#" in row else row
