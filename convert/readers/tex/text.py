r"""Text mode: what stands in `\text{…}`, with accents, quotes, nested fonts and formulas between `$`."""

from __future__ import annotations

import unicodedata

from ...nodes import Font, Ident, Node, Num, Operator, Row, Space, Sym, Text, row
from ...text_mode import ACCENTS, CHARACTERS, LIGATURES
from .faces import face
from .parser import MAX_DEPTH, Items, Parser

_FONTS: dict[str, Font] = {
    "\\textbf": "bf", "\\bf": "bf", "\\bfseries": "bf", "\\textit": "it", "\\it": "it", "\\itshape": "it",
    "\\emph": "it", "\\em": "it", "\\textsl": "it", "\\sl": "it", "\\textsf": "sf", "\\sf": "sf", "\\sffamily": "sf",
    "\\texttt": "tt", "\\tt": "tt", "\\ttfamily": "tt", "\\textrm": "", "\\rm": "", "\\rmfamily": "",
    "\\textnormal": "", "\\normalfont": "", "\\text": "", "\\mbox": "", "\\hbox": "", "\\textup": "", "\\textmd": "",
    "\\upshape": "", "\\mdseries": "", "\\textsc": "", "\\scshape": "", "\\mathrm": "", "\\textnormalfont": "",
}  # fmt: skip
_SWITCHES = frozenset(
    "\\bf \\bfseries \\it \\itshape \\em \\sl \\sf \\sffamily \\tt \\ttfamily \\rm \\rmfamily \\normalfont \\upshape "
    "\\mdseries \\scshape".split()
)
_MATHS_CLOSERS = {"$": frozenset("$"), "\\(": frozenset({"\\)"})}


def text(p: Parser, font: Font, owner: str, at: int) -> Node:
    """A braced argument in text mode as one node: `Text`, or a row of texts and formulas."""
    if not p.skip_blanks():
        raise p.ended(f"an argument of {owner}")
    tok, start = p.take()
    p.open.append((owner, at))
    parts = _Parts(font)
    if tok == "{":
        _group(p, parts, start)
    else:
        tok = p.split_number(tok, start)
        p.end = start + len(tok)
        _token(p, parts, tok, start)
    p.open.pop()
    return row(parts.finish(), (start, p.end))


class _Parts:
    """Texts and formulas being collected; neighbouring text of one font is joined."""

    def __init__(self, font: Font) -> None:
        self.font = font
        self._items: Items = []
        self._text: list[str] = []
        self._settled = ""
        self._start = self._end = 0

    def add(self, text: str, start: int, end: int) -> None:
        if not self._text and not self._settled:
            self._start = start
        self._text.append(text)
        self._end = end

    def add_exact(self, text: str, start: int, end: int) -> None:
        """A character that makes no ligature with its neighbours."""
        self.add("", start, end)
        self.break_ligatures()
        self._settled += text

    def add_node(self, node: Node) -> None:
        self._flush()
        self._items.append(node)

    def change_font(self, font: Font) -> None:
        if font != self.font:
            self._flush()
            self.font = font

    def break_ligatures(self) -> None:
        """What comes next does not run together with what was before: `-{}-` is two hyphens."""
        joined = "".join(self._text)
        for written, meant in LIGATURES:
            joined = joined.replace(written, meant)
        self._settled += joined
        self._text = []

    def _flush(self) -> None:
        self.break_ligatures()
        if self._settled:
            self._items.append(Text(self._settled, self.font, span=(self._start, self._end)))
        self._settled = ""

    def finish(self) -> Items:
        self._flush()
        return self._items


def _group(p: Parser, parts: _Parts, start: int) -> None:
    """Text up to the closing brace; the opening one has been taken. A font switch ends with the group."""
    font = parts.font
    parts.break_ligatures()
    p.depth += 1
    if p.depth > MAX_DEPTH:
        raise p.error(f"nested more than {MAX_DEPTH} levels deep", start)
    while True:
        if not p.toks:
            raise p.error("{ without its }", start)
        tok, at = p.take()
        if tok == "}":
            break
        _token(p, parts, tok, at)
    p.end = at + 1
    p.depth -= 1
    parts.break_ligatures()
    parts.change_font(font)


def _token(p: Parser, parts: _Parts, tok: str, at: int) -> None:
    end = at + len(tok)
    if tok[0] == "%":
        return
    if tok.isspace():
        parts.add(" ", at, end)
    elif tok in p.macros:
        p.expand(tok, at)
    elif tok == "{":
        _group(p, parts, at)
    elif tok in _MATHS_CLOSERS:
        parts.add_node(_formula(p, tok, at))
    elif tok in _FONTS:
        _font(p, parts, tok, at)
    elif tok in CHARACTERS:
        parts.add_exact(CHARACTERS[tok], at, end)
        if tok[-1].isalpha():
            _drop_blank(p)
    elif tok in ACCENTS:
        _accent(p, parts, tok, at)
    elif tok[0] == "\\" or tok in "^_&#":
        _maths_in_text(p, parts, tok, at)
    else:
        parts.add(tok, at, end)


def _drop_blank(p: Parser) -> None:
    if p.toks and p.toks[-1].isspace():
        p.take()


def _formula(p: Parser, tok: str, at: int) -> Node:
    closers = _MATHS_CLOSERS[tok]
    p.open.append((tok, at))
    saved, p.face = p.face, face()
    items = p.row(closers)
    p.face = saved
    if not p.toks:
        raise p.error(f"{tok} without its {min(closers)}", at)
    p.end = p.take()[1] + len(min(closers))
    p.open.pop()
    # A row of its own, so that the formula stays apart from the texts around it.
    return items[0] if len(items) == 1 else Row(tuple(items), span=(at, p.end))


def _font(p: Parser, parts: _Parts, tok: str, at: int) -> None:
    font = parts.font
    parts.change_font(_FONTS[tok])
    if tok in _SWITCHES:
        _drop_blank(p)
        return
    if p.skip_blanks() != "{":
        raise p.error(f"{tok} needs an argument in braces", at, at + len(tok))
    _group(p, parts, p.take()[1])
    parts.change_font(font)


def _accent(p: Parser, parts: _Parts, tok: str, at: int) -> None:
    at_end = p.skip_blanks() in ("}", "")
    argument = "" if at_end else "".join(p.raw_group(tok, at)).strip().replace("\\i", "ı").replace("\\j", "ȷ")
    letter, rest = (argument[:1] or " "), argument[1:]
    letter = {"ı": "i", "ȷ": "j"}.get(letter, letter) if tok not in ("\\c", "\\d", "\\b", "\\k") else letter
    parts.add(unicodedata.normalize("NFC", letter + ACCENTS[tok]) + rest, at, at + len(tok) if at_end else p.end)


def _maths_in_text(p: Parser, parts: _Parts, tok: str, at: int) -> None:
    r"""`\text{\alpha}`: TeX refuses it, readers understand it. Symbols that text mode knows too are characters."""
    entry = p.table.get(tok) or p.entry(tok, at)
    items: Items = []
    if tok in ("^", "_", "&", "#"):
        p.lenient(tok, "not allowed in text; write it with a backslash", at)
        parts.add(tok, at, at + 1)
        return
    entry[0](p, items, entry[1], tok, at)
    if len(items) == 1 and isinstance(items[0], Sym) and tok.startswith(("\\text", "\\_")):
        parts.add(items[0].text, at, at + len(tok))
        _drop_blank(p)
        return
    if not tok.startswith("\\text"):
        p.lenient(tok, "a command for formulas inside text; put it between $ … $", at, at + len(tok))
    for item in items:
        parts.add_node(item)


def text_cell(p: Parser, ends: frozenset[str]) -> Items:
    """A cell of a table in text mode."""
    parts = _Parts("")
    while p.toks and p.toks[-1] not in ends:
        _token(p, parts, *p.take())
    return parts.finish()


def plain_text(node: Node) -> str | None:
    """What a node says if it is letters, digits, spaces and marks only: the name of an operator. Else None."""
    said: list[str] = []
    for item in node.items if isinstance(node, Row) else (node,):
        match item:
            case Ident(text, "rm" | "" | "it") | Text(text, ""):
                said.append(text)
            case Num(text, ""):
                said.append(text)
            case Operator(name):
                said.append(name)
            case Space():
                said.append(" ")
            case Sym("−", _):
                said.append("-")
            case Sym("∗" | "′" | "/" | "." | ":" | "," as text, _):
                said.append({"∗": "*"}.get(text, text))
            case _:
                return None
    return " ".join("".join(said).split())
