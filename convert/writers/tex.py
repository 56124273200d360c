r"""AST → LaTeX mathematics, the inverse of the reader.

Styles: `compact` writes `x^2` and `f'_i`; `braced` writes `x_{i}^{2}` and `f_{i}^{\prime}`, as the public data sets do.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal, assert_never

from .. import symbols
from ..atoms import ATOM_CLASSES
from ..constructs import Construct, commands, environments
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

Style = Literal["compact", "braced"]

_FONTS: dict[Font, tuple[str, ...]] = {
    "": (), "rm": ("\\mathrm",), "it": ("\\mathit",), "bf": ("\\mathbf",), "bi": ("\\boldsymbol",),
    "cal": ("\\mathcal",), "bfcal": ("\\boldsymbol", "\\mathcal"), "scr": ("\\mathscr",),
    "bfscr": ("\\boldsymbol", "\\mathscr"), "frak": ("\\mathfrak",), "bffrak": ("\\boldsymbol", "\\mathfrak"),
    "bb": ("\\mathbb",), "sf": ("\\mathsf",), "sfbf": ("\\boldsymbol", "\\mathsf"), "sfit": ("\\mathsfit",),
    "sfbi": ("\\mathbfsfit",), "tt": ("\\mathtt",),
}  # fmt: skip
_TEXT_FONTS: dict[Font, str] = {"bf": "\\textbf", "it": "\\textit", "sf": "\\textsf", "tt": "\\texttt"}
_SPACES = {
    3.0: "\\,", 4.0: "\\:", 5.0: "\\;", -3.0: "\\!", -4.0: "\\negmedspace", -5.0: "\\negthickspace", 6.0: "\\ ",
    9.0: "\\enspace", 18.0: "\\quad", 36.0: "\\qquad",
}  # fmt: skip
_CLASSES: dict[AtomClass, str] = {
    "ord": "", "op": "\\mathop", "bin": "\\mathbin", "rel": "\\mathrel", "open": "\\mathopen", "close": "\\mathclose",
    "punct": "\\mathpunct", "inner": "\\mathinner",
}  # fmt: skip
_ENCLOSED: dict[EnclosedKind, str] = {
    "box": "\\boxed", "cancel": "\\cancel", "bcancel": "\\bcancel", "xcancel": "\\xcancel", "strike": "\\sout",
    "phantom": "\\phantom", "hphantom": "\\hphantom", "vphantom": "\\vphantom", "smash": "\\smash",
    "llap": "\\mathllap", "rlap": "\\mathrlap", "clap": "\\mathclap", "raise": "\\vcenter", "circle": "\\circled",
    "angle": "\\angl", "longdiv": "\\longdiv", "tag": "\\tag*",
}  # fmt: skip
_TEXT_ESCAPES = str.maketrans({
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
    "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "'": "\\textquotesingle{}", "`": "\\textasciigrave{}",
    "\u00a0": "~", "’": "'", "‘": "`", "“": "``", "”": "''", "\u2009": "\\,", "\u2003": "\\quad{}",
})  # fmt: skip
_RULES = {"": [], "-": ["\\hline"], "=": ["\\hline", "\\hline"], ":": ["\\hdashline"]}
_COLOR = re.compile(r"#?[A-Za-z0-9 ]+")
_CONTROL_WORD = re.compile(r"\\[A-Za-z]+$")
_OPERATOR_NAME = re.compile(r"[^\W_]+(?:[-/.:,*′ ]+[^\W_]+)*[-/.:,*′]?")
_STARTS_WORD = re.compile(r"[A-Za-z]")


def write(node: Node, *, losses: Losses, style: Style = "compact") -> str:
    """The formula as LaTeX without outer delimiters. Writes every node; reading it back gives the same normal form."""
    out = _Writer(style, losses)
    out.row(items_of(node))
    return out.text()


class _Writer:
    """Tokens being written; a blank goes where two would run together."""

    def __init__(self, style: Style, losses: Losses) -> None:
        self.style, self.losses = style, losses
        self.braced = style == "braced"
        self.tokens: list[str] = []
        self.in_fence = 0

    def text(self) -> str:
        return "".join(self.tokens)

    def emit(self, token: str) -> None:
        """Adds a token, after a blank if it would otherwise change the one before it."""
        last = self.tokens[-1] if self.tokens else ""
        if last and token and ((_STARTS_WORD.match(token) and _CONTROL_WORD.search(last)) or _digits_meet(last, token)):
            self.tokens.append(" ")
        self.tokens.append(token)

    def group(self, node: Node) -> None:
        """The node in braces."""
        self.emit("{")
        self.row(items_of(node))
        self.emit("}")

    def command(self, name: str, *arguments: Node) -> None:
        self.emit(name)
        for argument in arguments:
            self.group(argument)

    def row(self, items: tuple[Node, ...]) -> None:
        for index, item in enumerate(items):
            if isinstance(item, Styled) and item.kind in ("style", "size") and index == len(items) - 1:
                self.switch(item)
            else:
                self.node(item)

    def switch(self, node: Styled) -> None:
        r"""`\displaystyle` and the like, which rule until the end of the group."""
        self.emit("\\" + node.value + ("style" if node.kind == "style" else ""))
        self.row(items_of(node.body))

    def node(self, node: Node) -> None:
        match node:
            case Num(text, font):
                self.in_font(font, text.replace(",", "{,}"))
            case Ident(text, font):
                self.ident(text, font)
            case Sym():
                self.symbol(node)
            case Operator(name, limits):
                self.operator(name, limits)
            case Text(text, font):
                self.emit(_TEXT_FONTS.get(font, "\\text") + "{" + escape_text(text) + "}")
            case Space(mu, newline):
                self.emit("\\\\" if newline else _SPACES.get(mu) or f"\\mspace{{{mu:g}mu}}")
            case Row():
                self.group(node)
            case Frac():
                self.fraction(node, "", "")
            case Root(radicand, index):
                self.root(radicand, index)
            case Script():
                self.script(node)
            case Stack():
                self.stack(node)
            case Accent(base, mark):
                self.command(_accent(mark), base)
            case Fence():
                self.fence(node)
            case Table():
                self.table(node, "", "")
            case Styled():
                self.styled(node)
            case Enclosed(body, "tag"):
                self.emit("\\tag*{" + _text_of(body, self.losses) + "}")
            case Enclosed(body, kind):
                self.command(_ENCLOSED[kind], body)
            case Unknown(text, language):
                self.emit(text if language == "tex" else f"\\{language}{{{text}}}")
            case _:
                assert_never(node)

    # Leaves

    def in_font(self, font: Font, spelled: str) -> None:
        names = _FONTS[font]
        for name in names:
            self.emit(name)
            self.emit("{")
        self.emit(spelled)
        if names:
            self.emit("}" * len(names))

    def ident(self, text: str, font: Font) -> None:
        if len(text) == 1:
            self.in_font(font, _letter(text))
        elif text.isalpha():
            self.in_font(font or "it", text)
        else:
            # A name from another format may hold anything; in text nothing of it is a command.
            self.emit(_TEXT_FONTS.get(font, "\\text") + "{" + escape_text(text) + "}")

    def symbol(self, node: Sym) -> None:
        if node.size:
            self.sized(node)
        elif node.font:
            self.emit("\\boldsymbol{")
            self.plain_symbol(node)
            self.emit("}")
        else:
            self.plain_symbol(node)

    def plain_symbol(self, node: Sym) -> None:
        spelled, cls = _symbol(node.text, node.cls)
        if cls == node.cls:
            self.emit(spelled)
            return
        if _CLASSES[node.cls]:
            self.emit(_CLASSES[node.cls])
        self.emit("{")
        self.emit(spelled)
        self.emit("}")

    def sized(self, node: Sym) -> None:
        if node.size < 0:
            if not self.in_fence:
                self.plain_symbol(node)
                return
            self.emit("\\middle")
        else:
            side = {"open": "l", "close": "r", "rel": "m"}.get(node.cls, "")
            self.emit("\\" + ("big", "Big", "bigg", "Bigg")[node.size - 1] + side)
        self.emit(delimiter(node.text))

    def operator(self, name: str, limits: bool) -> None:
        symbol = symbols.by_char(name, "fnlim" if limits else "fn")
        if symbol is not None and symbol.tex:
            self.emit(symbol.tex[0])
        else:
            written = name.replace(" ", "\\,")
            if not _OPERATOR_NAME.fullmatch(name):
                written = f"\\text{{{escape_text(name)}}}"
            self.emit(("\\operatorname*{" if limits else "\\operatorname{") + written + "}")

    # Constructs

    def fraction(self, node: Frac, opening: str, closing: str) -> None:
        if node.bar and not opening and not closing:
            name = {"display": "\\dfrac", "text": "\\tfrac", "continued": "\\cfrac", "slashed": "\\nicefrac"}
            self.command(name.get(node.style, "\\frac"), node.num, node.den)
        elif not node.bar and (opening, closing) == ("(", ")"):
            name = {"display": "\\dbinom", "text": "\\tbinom"}
            self.command(name.get(node.style, "\\binom"), node.num, node.den)
        else:
            number = {"display": "0", "text": "1"}.get(node.style, "")
            left, right = (delimiter(char) if char else "" for char in (opening, closing))
            thickness = "" if node.bar else "0pt"
            self.emit(f"\\genfrac{{{left}}}{{{right}}}{{{thickness}}}{{{number}}}")
            self.group(node.num)
            self.group(node.den)

    def root(self, radicand: Node, index: Node | None) -> None:
        self.emit("\\sqrt")
        if index is not None:
            self.option(index)
        self.group(radicand)

    def option(self, node: Node) -> None:
        """The node as an optional argument; a bracket in it would end that too early."""
        inner = _Writer(self.style, self.losses)
        inner.row(items_of(node))
        written = inner.text()
        self.emit(f"[{{{written}}}]" if "]" in written else f"[{written}]")

    def script(self, node: Script) -> None:
        base = node.base
        if isinstance(base, Script | Row) or (isinstance(base, Styled) and base.kind in ("style", "size")):
            self.group(base)
        elif isinstance(base, Space):
            self.node(base)
            self.emit("{}")
        else:
            self.node(base)
        if node.limits != "auto":
            self.emit("\\" + node.limits)
        primes, sup = _split_primes(node.sup)
        if primes and not self.braced:
            self.emit("'" * primes)
        elif primes:
            sup = node.sup
        if node.sub is not None:
            self.emit("_")
            self.script_argument(node.sub)
        if sup is not None:
            self.emit("^")
            self.script_argument(sup)

    def script_argument(self, node: Node) -> None:
        if not self.braced and _is_one_token(node):
            self.node(node)
        else:
            self.group(node)

    def stack(self, node: Stack) -> None:
        arrow = _arrows().get(node.base.text) if node.stretch and isinstance(node.base, Sym) else None
        if arrow is not None:
            self.emit(arrow)
            if node.under is not None:
                self.option(node.under)
            self.group(node.over or EMPTY)
            return
        if node.over is not None:
            self.command("\\overset", node.over)
            self.emit("{")
        if node.under is not None:
            self.command("\\underset", node.under, node.base)
        else:
            self.row(items_of(node.base))
        if node.over is not None:
            self.emit("}")

    def fence(self, node: Fence) -> None:
        body = node.body
        if isinstance(body, Frac) and not body.bar:
            self.fraction(body, node.open, node.close)
            return
        if isinstance(body, Table) and (body.kind, node.open, node.close) in _fenced_environments():
            self.table(body, node.open, node.close)
            return
        self.emit("\\left")
        self.emit(delimiter(node.open))
        self.in_fence += 1
        self.row(items_of(body))
        self.in_fence -= 1
        self.emit("\\right")
        self.emit(delimiter(node.close))

    def styled(self, node: Styled) -> None:
        body, value = node.body, node.value
        match node.kind:
            case "style" | "size":
                self.emit("{")
                self.switch(node)
                self.emit("}")
            case "color" | "background" if not _COLOR.fullmatch(value):
                self.losses.append(Loss(f"{node.kind} {value}", "not the name of a colour in TeX", node.span))
                self.row(items_of(body))
            case "color":
                self.emit(f"\\textcolor{{{value}}}")
                self.group(body)
            case "background":
                self.emit(f"\\colorbox{{{value}}}{{{_text_of(body, self.losses)}}}")
            case "class":
                if value == "bin" and body == Operator("mod"):
                    self.emit("\\bmod")
                else:
                    self.command("\\math" + value, body)
            case "link":
                address = re.sub(r"([%#{}\\])", r"\\\1", value)
                self.emit(f"\\href{{{address}}}")
                self.group(body)
            case "attribute":
                self.attribute(body, value)
            case _:
                assert_never(node.kind)

    def attribute(self, body: Node, value: str) -> None:
        name, _, setting = value.partition("=")
        if name == "title":
            self.command("\\mathtip", body)
            self.emit(f"{{{setting}}}")
            return
        self.emit(f"\\html{name.capitalize()}{{{setting}}}")
        self.group(body)

    def table(self, node: Table, opening: str, closing: str) -> None:
        if node.kind == "cd":
            self.diagram(node)
            return
        if node.kind == "substack" and not node.columns:
            self.emit("\\substack{")
            self.rows(node)
            self.emit("}")
            return
        name = _fenced_environments()[node.kind, opening, closing]
        starred = len(node.columns) == 1 and f"{name}*" in environments() and node.kind in ("matrix", "small")
        name += "*" if starred else ""
        self.emit(f"\\begin{{{name}}}")
        if "C" in environments()[name].args:
            self.emit("{" + "".join(node.columns or "c" * max(map(len, node.rows), default=1)) + "}")
        elif starred:
            self.emit(f"[{node.columns[0]}]")
        self.rows(node)
        self.emit(f"\\end{{{name}}}")

    def rows(self, node: Table) -> None:
        rules = node.rules or ("",) * (len(node.rows) + 1)
        for index, cells in enumerate(node.rows):
            if index:
                self.emit("\\\\")
            for rule in _RULES[rules[index]]:
                self.emit(rule)
            start = len(self.tokens)
            for column, cell in enumerate(cells):
                if column:
                    self.emit("&")
                self.row(items_of(cell))
            # A bracket or star here would be taken for an argument of what stands before it.
            if start < len(self.tokens) and self.tokens[start][:1] in ("[", "*"):
                self.tokens.insert(start, "{}")
        if len(rules) > len(node.rows) and rules[len(node.rows)]:
            self.emit("\\\\")
            for rule in _RULES[rules[len(node.rows)]]:
                self.emit(rule)
        elif node.rows and all(cell == EMPTY for cell in node.rows[-1]) and len(node.rows) > 1:
            # Without this the empty last row would be taken for the end of the one before it.
            self.emit("\\\\")

    def diagram(self, node: Table) -> None:
        self.emit("\\begin{CD}")
        for index, cells in enumerate(node.rows):
            if index:
                self.emit("\\\\")
            upright = any(_is_upright(cell) for cell in cells)
            for column, cell in enumerate(cells):
                if upright and column % 2:
                    continue
                if cell == EMPTY and upright != bool(column % 2):
                    self.emit("@.")
                else:
                    self.diagram_cell(cell)
        self.emit("\\end{CD}")

    def diagram_cell(self, cell: Node) -> None:
        match cell:
            case Stack(Sym("=", _), None, None, True):
                self.emit("@=")
            case Stack(Sym("→" | "←" as char, _), over, under, True):
                self.arrow(">" if char == "→" else "<", over, under)
            case Row((left, Sym("↑" | "↓" as char, _, _, -1), right)):
                self.arrow("A" if char == "↑" else "V", left, right)
            case Row((_, Sym("‖", _, _, -1), _)):
                self.emit("@|")
            case _:
                self.row(items_of(cell))

    def arrow(self, head: str, first: Node | None, second: Node | None) -> None:
        self.emit("@" + head)
        for label in (first, second):
            if label is not None and label != EMPTY:
                self.group(label)
            self.emit(head)


def _is_upright(cell: Node) -> bool:
    """A vertical arrow of a diagram."""
    match cell:
        case Row((_, Sym(_, _, _, -1), _)):
            return True
        case _:
            return False


def _digits_meet(last: str, token: str) -> bool:
    return (last[-1].isdigit() and (token[0].isdigit() or token[0] == ".")) or (last == "." and token[0].isdigit())


def _split_primes(sup: Node | None) -> tuple[int, Node | None]:
    """How many primes a superscript starts with, and what follows them."""
    if sup is None:
        return 0, None
    items = items_of(sup)
    count = 0
    while count < len(items) and items[count] == Sym("′"):
        count += 1
    rest = items[count:]
    return count, (None if not rest else rest[0] if len(rest) == 1 else Row(rest)) if count else sup


def _is_one_token(node: Node) -> bool:
    match node:
        case Num(text, ""):
            return len(text) == 1
        case Ident(text, ""):
            return len(text) == 1
        case Sym(text, cls, "", 0):
            spelled, real = _symbol(text, cls)
            return real == cls and "\\not" not in spelled
        case _:
            return False


@cache
def _letter(text: str) -> str:
    symbol = symbols.by_char(text, "letter")
    return symbol.tex[0] if symbol is not None and symbol.tex else text


@cache
def _symbol(text: str, cls: AtomClass) -> tuple[str, AtomClass]:
    """The spelling of a symbol, and the class it has when read back."""
    candidates = [symbols.by_char(text), symbols.by_char(text, cls)]
    classes = [ATOM_CLASSES.get(symbol.cls) if symbol else None for symbol in candidates]
    # The class asked for, if the character has it; else the one it has when it stands alone.
    for symbol, real in sorted(zip(candidates, classes, strict=True), key=lambda pair: pair[1] != cls):
        if symbol is not None and real is not None:
            return symbol.tex[0] if symbol.tex else text, real
    parts = unicodedata.normalize("NFD", text)
    if len(parts) == 2 and parts[1] == "\u0338":
        base, real = _symbol(parts[0], cls)
        return "\\not" + base, real
    return text, "rel" if unicodedata.category(text[0]) == "Sm" else "ord"


@cache
def _delimiters() -> dict[str, str]:
    table = {"": "."}
    for symbol in symbols.rows():
        if symbol.cls in ("open", "close"):
            table.setdefault(symbol.char, symbol.tex[0] if symbol.tex else symbol.char)
    return table | {"|": "|", "‖": "\\|"}


def delimiter(char: str) -> str:
    r"""The TeX spelling of a delimiter; "" is `.`."""
    found = _delimiters().get(char)
    return found if found is not None else _symbol(char, "ord")[0]


@cache
def _accent(mark: str) -> str:
    symbol = symbols.by_name(mark)
    assert symbol is not None, mark
    return symbol.tex[0]


@cache
def _arrows() -> dict[str, str]:
    rows = [row for row in commands().values() if row.kind == "xarrow"]
    return {row.value: row.spelling for row in reversed(rows)}


@cache
def _fenced_environments() -> dict[tuple[TableKind, str, str], str]:
    """Environments by kind of table and delimiters; the first row of the table wins."""
    characters = {"": "", "(": "(", ")": ")", "[": "[", "]": "]", "\\{": "{", "\\}": "}", "|": "|", "\\|": "‖"}
    found: dict[tuple[TableKind, str, str], str] = {("lines", "", ""): "multlined"}
    for name, construct in environments().items():
        kind, _, opening, closing = _words(construct)
        found.setdefault((kind, characters[opening], characters[closing]), name)  # type: ignore[arg-type]
    return found


def _words(construct: Construct) -> tuple[str, str, str, str]:
    kind, columns, opening, closing, *_ = [*construct.words, "", "", ""]
    return kind, columns, opening, closing


def escape_text(text: str) -> str:
    r"""Text as it stands inside `\text{…}`."""
    return text.translate(_TEXT_ESCAPES).replace("---", "-{}-{}-").replace("--", "-{}-")


def _text_of(node: Node, losses: Losses) -> str:
    """A node in text mode: words as they are, formulas between dollar signs."""
    parts: list[str] = []
    for item in items_of(node):
        if isinstance(item, Text):
            written = escape_text(item.text)
            parts.append(f"{_TEXT_FONTS[item.font]}{{{written}}}" if item.font in _TEXT_FONTS else written)
        else:
            inner = _Writer("compact", losses)
            inner.row(items_of(item))
            parts.append(f"${inner.text()}$")
    return "".join(parts)
