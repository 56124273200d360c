"""One function per kind of constructs.tsv: what a command makes of its arguments. `KINDS` lists them all."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from ... import symbols
from ...atoms import default_class
from ...constructs import Construct
from ...errors import Loss
from ...nodes import (
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
    replace,
    row,
)
from ...source import Span
from .faces import face
from .parser import Handler, Items, Parser, as_ord
from .text import plain_text, text
from .tokens import Macro, tokenize

_MU_PER_UNIT = {
    "mu": 1.0, "em": 18.0, "ex": 7.75, "pt": 1.8, "pc": 21.6, "in": 130.086, "bp": 1.80675, "cm": 51.2149,
    "mm": 5.12149, "dd": 1.92600, "cc": 23.1120, "sp": 1.8 / 65536,
}  # fmt: skip
"""At a font size of 10 pt, where 1 em is 10 pt: TeXbook, chapter 10."""
_LARGEST_DIMENSION = 16384 * 1.8
"""In mu, as TeX's \\maxdimen."""
_REGISTERS = {
    "\\nulldelimiterspace": 2.16,
    "\\arraycolsep": 9.0,
    "\\tabcolsep": 10.8,
    "\\jot": 5.4,
    "\\p@": 1.8,
    "\\z@": 0.0,
}
"""Lengths with the values of LaTeX's article class, in mu."""
_DIMENSION = re.compile(r"\s*([+-]?\s*(?:\d+(?:[.,]\d*)?|[.,]\d+))\s*([a-z]{2})\s*$")
_DIMENSION_AHEAD = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)[a-z]{2}")

# Leaves: the payload is the character, and the class of a symbol.


def ident(p: Parser, items: Items, payload: str, tok: str, at: int) -> None:
    items.append(Ident(payload, p.face.letter, span=(at, at + len(tok))))


def capital_greek(p: Parser, items: Items, payload: str, tok: str, at: int) -> None:
    items.append(Ident(payload, p.face.capital_greek, span=(at, at + len(tok))))


def styled_letter(p: Parser, items: Items, payload: tuple[str, Font], tok: str, at: int) -> None:
    letter, font = payload
    made = Num(letter, font, span=(at, at + 1)) if letter.isdecimal() else Ident(letter, font, span=(at, at + 1))
    items.append(made)


def digit(p: Parser, items: Items, payload: None, tok: str, at: int) -> None:
    """A digit of another script; TeX's own digits are read as whole numbers."""
    items.append(Num(tok, p.face.digit, span=(at, at + 1)))


def sym(p: Parser, items: Items, payload: tuple[str, AtomClass], tok: str, at: int) -> None:
    items.append(Sym(payload[0], payload[1], p.face.symbol, span=(at, at + len(tok))))


def named_operator(p: Parser, items: Items, payload: tuple[str, bool], tok: str, at: int) -> None:
    items.append(Operator(payload[0], payload[1], span=(at, at + len(tok))))


def accent(p: Parser, items: Items, payload: str, tok: str, at: int) -> None:
    items.append(Accent(p.argument(tok, at), payload, span=(at, p.end)))


# Fractions and roots


def frac(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    style, bar, opening, closing = c.words
    if c.args.startswith("o"):
        p.option(tok, at)
    num = p.argument(tok, at)
    den = p.argument(tok, at)
    node = Frac(num, den, bar == "bar", style, span=(at, p.end))  # type: ignore[arg-type]
    items.append(fenced_by(node, opening, closing))


def fenced_by(node: Node, opening: str, closing: str) -> Node:
    """The node between delimiters given by their TeX spellings, or alone if there are none."""
    if not opening and not closing:
        return node
    return Fence(delimiter_character(opening), node, delimiter_character(closing), span=node.span)


def splitfrac(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    """mathtools: a numerator over two lines."""
    first, second = p.argument(tok, at), p.argument(tok, at)
    items.append(Table("lines", ((first,), (second,)), span=(at, p.end)))


def skew(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\skew3\hat{A}`: an accent moved by hand."""
    p.raw_group(tok, at)
    items.append(p.argument(tok, at))


def infix(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    bar, opening, closing = c.words
    if "D" in c.args:
        opening, closing = delimiter(p, tok, at), delimiter(p, tok, at)
    else:
        opening, closing = (delimiter_character(d) if d else "" for d in (opening, closing))
    if "d" in c.args and dimension(p, tok, at) == 0:
        bar = "none"

    def build(num: Node, den: Node, span: Span) -> Node:
        node = Frac(num, den, bar == "bar", span=span)
        return Fence(opening, node, closing, span=span) if opening or closing else node

    p.take_infix(items, build, tok, at)


def genfrac(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    opening, closing = (_braced_delimiter(p, tok, at) for _ in "lr")
    thickness = p.verbatim(tok, at).strip()
    style_number = p.verbatim(tok, at).strip()
    styles: dict[str, FracStyle] = {"": "auto", "0": "display", "1": "text"}
    num, den = p.argument(tok, at), p.argument(tok, at)
    has_bar = not thickness or parse_dimension(p, thickness, tok, at) != 0
    node: Node = Frac(num, den, has_bar, styles.get(style_number, "text"), span=(at, p.end))
    items.append(Fence(opening, node, closing, span=node.span) if opening or closing else node)


def _braced_delimiter(p: Parser, tok: str, at: int) -> str:
    written = p.verbatim(tok, at).strip()
    if not written:
        return ""
    character = delimiters().get(written)
    if character is None:
        raise p.error(f"{written} is not a delimiter", at, p.end)
    return character


def root(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    index = p.option(tok, at)
    items.append(Root(p.argument(tok, at), index, span=(at, p.end)))


def root_of(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""Plain TeX: `\root n \of x`."""
    p.open.append((tok, at))
    index = p.row(frozenset({"\\of"}))
    if not p.toks:
        raise p.error("\\root without its \\of", at, at + 5)
    p.take()
    p.open.pop()
    items.append(Root(p.argument(tok, at), row(index), span=(at, p.end)))


# Fonts and text


def font(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    items.append(p.with_face(c.value, p.face.bold, tok, at))  # type: ignore[arg-type]


def bold(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    items.append(p.with_face(None, True, tok, at))


def switch(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.face = face(c.value, p.face.bold)


def boldmath(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.face = face(p.face.name, c.value == "on")


def text_command(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    items.append(text(p, c.value, tok, at))  # type: ignore[arg-type]


def verb(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\verb|text|`: the text between two equal characters."""
    p.skip_blanks()
    stop, start = p.take() if p.toks else ("", at)
    found, stop = stop[1:], stop[:1]
    if not stop or stop.isalpha() or stop in "*{":
        raise p.error("\\verb needs its text between two equal characters, as in \\verb|text|", at, at + 5)
    while stop not in found:
        if not p.toks:
            raise p.error(f"\\verb{stop} without its second {stop}", at, at + 5)
        found += p.take()[0]
    text, rest = found.split(stop, 1)
    p.end = start + len(text) + 2
    p.push(tokenize(rest), p.end)
    items.append(Text(text, "tt", span=(at, p.end)))


# Spaces and what is left out


def space(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    items.append(Space(float(c.value), span=(at, at + len(tok))))


def newline(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.star()
    if tok == "\\\\" or c.args:
        p.raw_option()
    items.append(Space(0, newline=True, span=(at, at + len(tok))))


def dimension_space(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    if "s" in c.args:
        p.star()
    mu = parse_dimension(p, p.verbatim(tok, at), tok, at) if "v" in c.args else dimension(p, tok, at)
    items.append(Space(mu, span=(at, p.end)))


def dimension(p: Parser, tok: str, at: int) -> float:
    """A dimension without braces (`3mu`, `-1.5 em`, `2pt plus 1fil`), in mu."""
    if p.skip_blanks() == "{":
        return parse_dimension(p, p.verbatim(tok, at), tok, at)
    written = ""
    start = p.pos[-1] if p.pos else at
    p.take_if("=")
    sign = -1 if p.take_if("-") else 1
    if p.skip_blanks() in _REGISTERS:
        return sign * _REGISTERS[p.take()[0]]
    while p.skip_blanks() and not _DIMENSION_AHEAD.fullmatch(written):
        piece, where = p.take()
        if not (piece in "+-.," or piece.replace(".", "").replace(" ", "").isdecimal() or piece.isalpha()):
            p.push([piece], where)
            break
        written += piece
        p.end = where + len(piece)
    value = sign * parse_dimension(p, written, tok, start)
    for word in ("plus", "minus"):
        if _ahead(p, word):
            for _ in word:
                p.take()
            dimension(p, tok, at)
    return value


def _ahead(p: Parser, word: str) -> bool:
    p.skip_blanks()
    return p.toks[-len(word) :] == list(reversed(word))


def parse_dimension(p: Parser, written: str, tok: str, at: int) -> float:
    """A dimension in mu. What is no dimension is an error; a unit unknown to TeX too."""
    if written.strip() in ("0", "\\z@"):
        return 0.0
    found = _DIMENSION.match(written)
    if found is None or found[2] not in _MU_PER_UNIT:
        known = " ".join(sorted(_MU_PER_UNIT))
        raise p.error(
            f"{tok} needs a dimension such as 1.5em, found {written.strip() or 'none'!r}; units are {known}", at
        )
    value = float(found[1].replace(" ", "").replace(",", ".")) * _MU_PER_UNIT[found[2]]
    if abs(value) > _LARGEST_DIMENSION:
        raise p.error(f"the dimension of {tok} is too large; TeX's largest is 16383pt", at, p.end)
    return value


def ignore(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    """Takes the arguments and leaves nothing, except for a definition's class to be kept simple."""
    skip_arguments(p, c.args, tok, at)


def skip_arguments(p: Parser, args: str, tok: str, at: int) -> None:
    """Takes arguments without using them."""
    for kind in args:
        match kind:
            case "s":
                p.star()
            case "o":
                p.raw_option()
            case "d":
                dimension(p, tok, at)
            case _:
                p.raw_group(tok, at)


def misplaced(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    skip_arguments(p, c.args, tok, at)
    p.lenient(tok, "it belongs between the rows of a table", at, at + len(tok))


def assignment(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\arraycolsep=2pt`: layout only."""
    dimension(p, tok, at)


def rule(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    raised = p.raw_option()
    if raised is not None:
        parse_dimension(p, "".join(raised), tok, at)
    for _ in "wh":
        parse_dimension(p, p.verbatim(tok, at), tok, at)
    p.losses.append(Loss(tok, "a rule is drawn for layout and left out", (at, p.end)))


# Styles, colours, links


def style(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.switch_style(len(items), "style", c.value, at)


def size(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.switch_style(len(items), "size", c.value, at)


def mathchoice(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    display, _text, _script, _scriptscript = (p.argument(tok, at) for _ in range(4))
    items.append(display)


def textormath(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_group(tok, at)
    items.append(p.argument(tok, at))


def group(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    for kind in c.args[:-1]:
        if kind == "o":
            p.raw_option()
    items.append(p.argument(tok, at))


def color(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    value = color_value(p, p.raw_option(), p.verbatim(tok, at), tok, at)
    if c.value == "switch":
        p.switch_style(len(items), "color", value, at)
    else:
        items.append(Styled(p.argument(tok, at), "color", value, span=(at, p.end)))


def color_value(p: Parser, model: list[str] | None, written: str, tok: str, at: int) -> str:
    """`#rrggbb` or a name. Models rgb, RGB, HTML, gray and names set by \\definecolor are understood."""
    written = written.strip()
    if written in p.colors:
        return p.colors[written]
    if model is not None:
        return _model_color(p, "".join(model).strip(), written, tok, at)
    if re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", written) or re.fullmatch(
        r"[A-Za-z][A-Za-z0-9 ]*(?:![\w!]+)?", written
    ):
        return written.split("!")[0]
    if re.fullmatch(r"(?:[0-9a-fA-F]{3}){1,2}", written):
        return "#" + written
    raise p.error(f"{tok} needs a colour such as blue or #0055aa, found {written!r}", at, p.end)


def _model_color(p: Parser, model: str, written: str, tok: str, at: int) -> str:
    numbers = written.split(",")
    try:
        match model:
            case "rgb" | "gray":
                values = [round(255 * float(n)) for n in numbers]
            case "RGB":
                values = [int(n) for n in numbers]
            case "HTML" | "html":
                values = [int(written[i : i + 2], 16) for i in (0, 2, 4)]
            case "named" | "":
                return written
            case "cmyk":
                c, m, y, k = (float(n) for n in numbers)
                values = [round(255 * (1 - part) * (1 - k)) for part in (c, m, y)]
            case _:
                raise p.error(f"unknown colour model {model!r}; known are rgb, RGB, HTML, gray, cmyk, named", at, p.end)
    except (ValueError, OverflowError):
        raise p.error(f"{tok} needs numbers for the colour model {model}, found {written!r}", at, p.end) from None
    values = values * 3 if len(values) == 1 else values
    if len(values) != 3 or not all(0 <= v <= 255 for v in values):
        raise p.error(f"{written!r} is not a colour of the model {model}", at, p.end)
    return "#" + "".join(f"{v:02x}" for v in values)


def definecolor(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    name = p.verbatim(tok, at).strip()
    model = p.raw_group(tok, at)
    p.colors[name] = color_value(p, model, p.verbatim(tok, at), tok, at)


def colorbox(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    value = color_value(p, p.raw_option(), p.verbatim(tok, at), tok, at)
    items.append(Styled(text(p, "", tok, at), "background", value, span=(at, p.end)))


def fcolorbox(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    model = p.raw_option()
    color_value(p, model, p.verbatim(tok, at), tok, at)
    value = color_value(p, p.raw_option() or model, p.verbatim(tok, at), tok, at)
    body = Styled(text(p, "", tok, at), "background", value, span=(at, p.end))
    items.append(Enclosed(body, "box", span=(at, p.end)))


def link(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    address = _address(p, tok, at)
    address = re.sub(r"\\([%#&_{}$~])", r"\1", address)
    body: Node = Text(address, "tt", span=(at, p.end)) if tok == "\\url" else p.argument(tok, at)
    items.append(Styled(body, "link", address, span=(at, p.end)))


def _address(p: Parser, tok: str, at: int) -> str:
    """An address word for word; a `%` in it starts no comment, and one character may stand without braces."""
    while p.toks and p.toks[-1].isspace():
        p.take()
    if p.toks and p.toks[-1][0] == "%":
        return p.split_comment(*p.take())
    if p.toks and p.toks[-1] == "{":
        return "".join(p.balanced("{", "}", p.take()[1], comments=False)).strip()
    return p.verbatim(tok, at).strip()


def attribute(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    value = p.verbatim(tok, at).strip()
    items.append(Styled(p.argument(tok, at), "attribute", f"{c.value}={value}", span=(at, p.end)))


def tooltip(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    body = p.argument(tok, at)
    tip = p.verbatim(tok, at)
    items.append(Styled(body, "attribute", f"title={tip.strip()}", span=(at, p.end)))


def toggle(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""MathJax: `\toggle{a}{b}…\endtoggle` shows one at a time; the first stands for all."""
    choices: Items = []
    while p.skip_blanks() != "\\endtoggle":
        choices.append(p.argument(tok, at))
    p.take()
    p.losses.append(Loss(tok, "only the first choice is kept", (at, p.end)))
    items.append(row(choices[:1]))


def includegraphics(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    option = p.raw_option()
    name = p.verbatim(tok, at)
    options = "" if option is None else "[" + "".join(option) + "]"
    p.losses.append(Loss(tok, "a picture from a file, kept word for word", (at, p.end)))
    items.append(Unknown(f"{tok}{options}{{{name}}}", span=(at, p.end)))


# Classes, boxes, strokes


def class_(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    node = p.argument(tok, at)
    span = (at, p.end)
    cls: AtomClass = c.value  # type: ignore[assignment]
    if isinstance(node, Sym) and cls != "inner":
        items.append(Sym(node.text, cls, node.font, node.size, span=span))
    elif isinstance(node, Operator) and cls == "op":
        items.append(node)
    elif cls == "op" and isinstance(node, Ident) and len(node.text) > 1 and node.font == "rm":
        items.append(Operator(node.text, True, span=span))
    else:
        items.append(Styled(node, "class", cls, span=span))


def enclose(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    if c.args.startswith("o"):
        p.raw_option()
    items.append(Enclosed(p.argument(tok, at), c.value, span=(at, p.end)))  # type: ignore[arg-type]


def textbox(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    skip_arguments(p, c.args[:-1], tok, at)
    body = text(p, "", tok, at)
    items.append(Enclosed(body, c.value, span=(at, p.end)) if c.value else body)  # type: ignore[arg-type]


def raise_(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    dimension(p, tok, at)
    body = text(p, "", tok, at) if p.skip_blanks() in ("\\hbox", "\\mbox") and p.take() else p.argument(tok, at)
    items.append(Enclosed(body, "raise", span=(at, p.end)))


def cancelto(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    value = p.argument(tok, at)
    body = p.argument(tok, at)
    items.append(Script(Enclosed(body, "cancel", span=(at, p.end)), None, value, span=(at, p.end)))


_NOTATIONS: dict[str, EnclosedKind] = {
    "box": "box", "roundedbox": "box", "circle": "circle", "updiagonalstrike": "cancel", "horizontalstrike": "strike",
    "downdiagonalstrike": "bcancel", "longdiv": "longdiv", "actuarial": "angle", "phasorangle": "angle",
}  # fmt: skip


def menclose(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    names = p.verbatim(tok, at).split(",")
    p.raw_option()
    body = p.argument(tok, at)
    for name in " ".join(names).split():
        if name in _NOTATIONS:
            body = Enclosed(body, _NOTATIONS[name], span=(at, p.end))
        else:
            p.losses.append(Loss(f"\\enclose{{{name}}}", "unknown notation, left out", (at, p.end)))
    items.append(body)


_DISPLAYS = ("\\begin{equation", "\\begin{align", "\\begin{gather", "\\begin{multline", "\\begin{flalign", "$$", "\\[")


def tag(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    if p.delimiter not in _DISPLAYS and not any(name.startswith(_DISPLAYS) for name, _ in p.open):
        p.lenient("\\tag", "it belongs into a displayed equation", at, at + 4)
    if p.tagged and "&" not in p.until:
        p.lenient("\\tag", "a second tag on one formula", at, at + 4)
    p.tagged = True
    starred = p.star()
    body = text(p, "", tok, at)
    if not starred:
        body = Row((Text("("), *items_of(body), Text(")")))
    items.append(Enclosed(body, "tag", span=(at, p.end)))


def reference(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    if "o" in c.args:
        p.raw_option()
    name = p.verbatim(tok, at).strip()
    opening, closing = (c.value[0], c.value[1]) if c.value else ("", "")
    items.append(Text(f"{opening}{name}{closing}", span=(at, p.end)))


def equation_number(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""Plain TeX: everything after `\eqno` is the number of the equation."""
    items.append(Enclosed(row(p.row(p.until)), "tag", span=(at, p.end)))


# Delimiters


@cache
def delimiters() -> dict[str, str]:
    """Characters by TeX spelling: all that open or close, and the others that `\\left` takes."""
    table = {".": "", "<": "⟨", ">": "⟩", "\\lt": "⟨", "\\gt": "⟩"}
    for symbol in symbols.rows():
        if symbol.cls in ("open", "close") or symbol.char in _OTHER_DELIMITERS:
            table |= dict.fromkeys((symbol.char, *symbol.tex), symbol.char)
    return table


_OTHER_DELIMITERS = frozenset("/\\|‖∣∥↑↓↕⇑⇓⇕⟮⟯⎰⎱⏐¦")


def delimiter_character(written: str) -> str:
    """The character of a delimiter's TeX spelling, "" for the invisible `.`. Raises KeyError for anything else."""
    return delimiters()[written]


def delimiter(p: Parser, owner: str, at: int) -> str:
    """The delimiter that comes next, as a character; "" for the invisible one."""
    tok = p.peek_expanded()
    if not tok:
        raise p.ended(f"the delimiter of {owner}")
    tok, start = p.take()
    if tok[0] == "." and len(tok) > 1:
        tok = p.split_number(tok, start)
    if tok == "{":
        inner = "".join(p.balanced("{", "}", start)).strip()
        p.lenient(owner, "its delimiter must not stand in braces", start, p.end)
        tok = inner
    p.end = start + len(tok)
    character = delimiters().get(tok)
    if character is None:
        raise p.error(f"{owner} needs a delimiter, found {tok}", start, start + len(tok))
    return character


def left(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    opening = delimiter(p, tok, at)
    p.open.append((tok, at))
    mark = p.scope()
    body = p.row(_RIGHT)
    if not p.toks:
        p.lenient("\\left", "without its \\right; read as a plain delimiter", at, at + 5)
        p.open.pop()
        items += [Sym(opening, default_class(opening), span=(at, at + 5)), *body] if opening else body
        return
    _, where = p.take()
    closing = delimiter(p, "\\right", where)
    p.leave(mark)
    p.open.pop()
    items.append(Fence(opening, row(body), closing, span=(at, p.end)))


_RIGHT = frozenset({"\\right"})


def right(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    raise p.error("\\right without its \\left", at, at + len(tok))


def middle(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    character = delimiter(p, tok, at)
    if "\\right" not in p.until:
        p.lenient("\\middle", "it must stand between \\left and \\right", at, p.end)
    if character:
        items.append(Sym(character, "ord", size=-1, span=(at, p.end)))


def big(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    grade, cls = c.words
    character = delimiter(p, tok, at)
    if character:
        items.append(Sym(character, cls, size=int(grade), span=(at, p.end)))  # type: ignore[arg-type]


# Stacks


def stack(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    second = p.option(tok, at) if c.args.startswith("o") else None
    first = p.argument(tok, at)
    under = p.argument(tok, at) if c.value == "both" else None
    if p.skip_blanks():
        base = p.argument(tok, at)
    else:
        p.lenient(tok, "the formula ends where its base should stand", at, at + len(tok))
        base = EMPTY
    match c.value:
        case "over" | "stackrel":
            node = Stack(base, first, second)
        case "under":
            node = Stack(base, None, first)
        case _:
            node = Stack(base, first, under)
    items.append(Stack(node.base, node.over, node.under, span=(at, p.end)))


def buildrel(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""Plain TeX: `\buildrel a \over b`."""
    over = p.row(frozenset({"\\over"}))
    if not p.toks:
        raise p.error("\\buildrel without its \\over", at, at + len(tok))
    p.take()
    items.append(Stack(p.argument(tok, at), row(over), span=(at, p.end)))


def xarrow(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    under = p.option(tok, at)
    over = p.argument(tok, at)
    base = Sym(c.value, "rel", span=(at, at + len(tok)))
    items.append(Stack(base, None if over == EMPTY else over, under, stretch=True, span=(at, p.end)))


def sideset(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    before, after = p.argument(tok, at), p.argument(tok, at)
    base = p.argument(tok, at)
    after_scripts = after if isinstance(after, Script) else Script(EMPTY)
    core = Script(base, after_scripts.sub, after_scripts.sup, "nolimits") if after != EMPTY else base
    items.append(Styled(row([before, core]) if before != EMPTY else core, "class", "op", span=(at, p.end)))


def prescript(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    sup, sub, base = (p.argument(tok, at) for _ in range(3))
    scripts = Script(EMPTY, None if sub == EMPTY else sub, None if sup == EMPTY else sup, span=(at, p.end))
    items.append(Row((scripts, *items_of(base)), span=(at, p.end)))


# Operators, negation, moduli, dots


def operator(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    limits = (bool("s" in c.args and p.star())) or c.value == "limits"
    body = p.with_face("rm", False, tok, at)
    items.append(operator_from(body, limits, (at, p.end)))


def operator_from(body: Node, limits: bool, span: Span) -> Node:
    """An operator by its name, or a body of class Op where the name is more than letters."""
    name = plain_text(body)
    return Operator(name, limits, span=span) if name else Styled(body, "class", "op", span=span)


def declare_operator(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    star = p.star()
    name = "".join(p.raw_group(tok, at)).strip()
    body = p.raw_group(tok, at)
    command = "\\operatornamewithlimits" if star else "\\operatorname"
    p.define(name, Macro((), (command, "{", *body, "}")))


def not_(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\not=` is ≠: the character with a stroke, one code point where Unicode has it."""
    if not p.skip_blanks():
        items.append(Sym("\u0338", "rel", span=(at, at + 4)))
        return
    target = p.argument(tok, at)
    match target:
        case Sym(character, cls, symbol_font) if len(character) == 1:
            struck = unicodedata.normalize("NFC", character + "\u0338")
            items.append(Sym(struck, cls, symbol_font, span=(at, p.end)))
        case _:
            items.append(Enclosed(target, "cancel", span=(at, p.end)))


def pmod(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    modulus = items_of(p.argument(tok, at))
    span = (at, p.end)
    name: tuple[Node, ...] = () if c.value == "pod" else (Operator("mod", span=span), Space(6))
    if c.value == "bare":
        items.append(Row((Space(12), *name, *modulus), span=span))
    else:
        left, right = Sym("(", "open", span=span), Sym(")", "close", span=span)
        items.append(Row((Space(8), left, *name, *modulus, right), span=span))


_DOTS_BETWEEN_OPERATORS: frozenset[AtomClass] = frozenset({"bin", "rel", "op"})


def dots(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""Amsmath's `\dots`: centred before binary operators, relations and big operators, else on the line."""
    following = p.peek_expanded()
    entry = p.table.get(following) if following else None
    centred = entry is not None and (
        (entry[0] is sym and entry[1][1] in _DOTS_BETWEEN_OPERATORS) or following in ("\\not", "\\mathbin", "\\mathrel")
    )
    items.append(Sym("⋯" if centred else "…", "inner", span=(at, at + len(tok))))


# Characters by number


_LONGEST_CODE = 8
"""Digits of a code point."""


def char(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    r"""`\char"41`, `\char'101`, `\char65`, `` \char`A ``."""
    tok = p.skip_blanks()
    if tok == "`":
        p.take()
        _character(p, items, p.take()[0].lstrip("\\"), at)
        return
    base, digits = {'"': (16, "0123456789abcdefABCDEF"), "'": (8, "01234567")}.get(tok, (10, "0123456789"))
    if base != 10:
        p.take()
    written = ""
    while p.toks and p.toks[-1] and all(d in digits for d in p.toks[-1]):
        written += p.take()[0]
    if not written or len(written) > _LONGEST_CODE:
        raise p.error('\\char needs a number such as 65 or "41', at, at + 5)
    _character_by_number(p, items, int(written, base), at)


def unicode_(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    p.raw_option()
    written = p.verbatim(tok, at).strip()
    found = re.fullmatch(r"(?:U\+|x|0x|\"|&#x)([0-9A-Fa-f]{1,8})|([0-9]{1,8})", written)
    if found is None:
        if len(written) == 1:
            _character(p, items, written, at)
            return
        raise p.error(f"{tok} needs a code point such as x221E or 8734, found {written!r}", at, p.end)
    _character_by_number(p, items, int(found[1], 16) if found[1] else int(found[2]), at)


def _character_by_number(p: Parser, items: Items, number: int, at: int) -> None:
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or number < 32:
        raise p.error(f"U+{number:04X} is not a character", at)
    _character(p, items, chr(number), at)


def _character(p: Parser, items: Items, character: str, at: int) -> None:
    handler, payload = p.table.get(character) or p.entry(character, at)
    if handler in (ident, capital_greek, sym, styled_letter, digit) or character.isdecimal():
        handler(p, items, payload, character, at)
    else:
        items.append(Sym(character, "ord", p.face.symbol, span=(at, p.end)))


def mmltoken(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    name = p.verbatim(tok, at).strip()
    p.raw_option()
    content = p.verbatim(tok, at).strip()
    match name:
        case "mi":
            items.append(Ident(content, "" if len(content) == 1 else "rm", span=(at, p.end)))
        case "mn":
            items.append(Num(content, span=(at, p.end)))
        case "mo":
            named = len(content) > 1 and content.isalpha()
            node = Operator(content) if named else Sym(content, default_class(content))
            items.append(replace(node, span=(at, p.end)))
        case "mtext" | "ms":
            items.append(Text(content, span=(at, p.end)))
        case _:
            raise p.error(f"\\mmlToken needs mi, mn, mo or mtext, found {name!r}", at, p.end)


# Groups


def braces(p: Parser, items: Items, payload: None, tok: str, at: int) -> None:
    inner = p.group(at)
    items.append(as_ord(inner[0]) if len(inner) == 1 else Row(tuple(inner), span=(at, p.end)))


def begingroup(p: Parser, items: Items, c: Construct, tok: str, at: int) -> None:
    closers = ("\\egroup", "}") if tok == "\\bgroup" else ("\\endgroup",)
    p.open.append((tok, at))
    mark = p.scope()
    inner = p.row(frozenset(closers))
    if not p.toks:
        raise p.error(f"{tok} without its {closers[0]}", at, at + len(tok))
    closer, where = p.take()
    p.end = where + len(closer)
    p.leave(mark)
    p.open.pop()
    items.append(row(inner, (at, p.end)))


def closing_brace(p: Parser, items: Items, payload: object, tok: str, at: int) -> None:
    # A character that stands for a brace, such as ︸, is named by itself.
    opened = {"}": "{", "\\egroup": "\\bgroup", "\\endgroup": "\\begingroup"}.get(tok, "opening brace")
    p.lenient(tok, f"without its {opened}; left out", at, at + len(tok))


def alignment_mark(p: Parser, items: Items, payload: object, tok: str, at: int) -> None:
    p.lenient("&", "it belongs into a table or an alignment", at)


def parameter_mark(p: Parser, items: Items, payload: object, tok: str, at: int) -> None:
    p.lenient("#", "it belongs into a definition; write \\# for the sign", at)
    items.append(Sym("#", "ord", span=(at, at + 1)))


def dollar(p: Parser, items: Items, payload: object, tok: str, at: int) -> None:
    raise p.error(f"{tok} inside a formula", at, at + len(tok))


KINDS: dict[str, Handler] = {
    "frac": frac, "infix": infix, "genfrac": genfrac, "root": root, "root_of": root_of, "font": font, "bold": bold,
    "switch": switch, "boldmath": boldmath, "text": text_command, "verb": verb, "space": space, "newline": newline,
    "dimension": dimension_space, "ignore": ignore, "misplaced": misplaced, "assignment": assignment, "rule": rule,
    "style": style, "size": size, "mathchoice": mathchoice, "textormath": textormath, "group": group, "color": color,
    "definecolor": definecolor, "colorbox": colorbox, "fcolorbox": fcolorbox, "link": link, "attribute": attribute,
    "tooltip": tooltip, "toggle": toggle, "includegraphics": includegraphics, "class": class_, "enclose": enclose,
    "textbox": textbox, "raise": raise_, "cancelto": cancelto, "menclose": menclose, "tag": tag,
    "reference": reference, "left": left, "right": right, "middle": middle, "big": big, "stack": stack,
    "buildrel": buildrel, "xarrow": xarrow, "sideset": sideset, "prescript": prescript, "operator": operator,
    "declare_operator": declare_operator, "not": not_, "pmod": pmod, "dots": dots, "char": char, "unicode": unicode_,
    "mmltoken": mmltoken, "splitfrac": splitfrac, "skew": skew,
    "equation_number": equation_number, "begingroup": begingroup, "close_group": closing_brace,
}  # fmt: skip
