r"""A line of a page: text and what stands in it (formulas, code, images, emphasis) → Markdown.

Formulas in delimiters may go through several elements, because what wrote the page took their `_` and `*` for emphasis;
so the line is put together first, with one character for each thing in it, and looked through as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from . import html_delimiters, html_latex, html_typed
from .html_forms import Forms, Found

MARK = html_delimiters.MARK


@dataclass(frozen=True, slots=True)
class Code:
    """Text in a fixed width, in which nothing is a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text in which the page says that nothing is a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: what stands for it in the text, and where it is."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where emphasis, a script or a link begins or ends; `tag` is the element's, `target` a link's."""

    tag: str
    opens: bool
    target: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """A line break."""


Item = str | Found | Code | Verbatim | Image | Mark | Break

_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_DISPLAYS = ("$$", "\\[", "\\begin{")
_ENVIRONMENT = re.compile(rf"\\(begin|end)\{{((?:{'|'.join(html_latex.ENVIRONMENTS)})\*?)\}}")
_SPECIAL = re.compile(r"[\\`*_$\[\]<&]")
_LINE_START = re.compile(r"^(?:(#{1,6})(?=\s)|([-+>])(?=\s|$)|(\d{1,9})([.)])(?=\s)|(=+|-{3,}|~{3,})\s*$)")
_EMPHASIS = {
    "em": "*",
    "i": "*",
    "cite": "*",
    "dfn": "*",
    "var": "*",
    "strong": "**",
    "b": "**",
    "del": "~~",
    "s": "~~",
    "strike": "~~",
}
_ITALIC = frozenset({"em", "i", "var", "cite", "dfn"})
_SUPERSCRIPT = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_SUBSCRIPT = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_RAISED = re.compile(r"[0-9+\-−=()n]{1,8}")
_LOWERED = re.compile(r"[0-9+\-−=()]{1,8}")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|e|er|re|o|a|TM|®|™|[*†‡§])", re.IGNORECASE)


class Line:
    """The items of one line, in order."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms
        self.items: list[Item] = []

    def add(self, item: Item) -> None:
        self.items.append(item)

    def is_blank(self) -> bool:
        return all(
            isinstance(item, Mark | Break) or (isinstance(item, str) and not item.strip()) for item in self.items
        )

    def is_open(self, *, held: bool) -> bool:
        """Whether a displayed formula begins in the line and does not end; `held` where it began in a block before."""
        texts = [item for item in self.items if isinstance(item, str)]
        if not any(mark in text for text in texts for mark in _DISPLAYS):
            return False
        line = "".join(texts).strip()
        if line.count("$$") % 2 and (held or line.startswith("$$") or line.endswith("$$")):
            return True
        depths: Counter[str] = Counter()
        for found in _ENVIRONMENT.finditer(line):
            depths[found[2]] += 1 if found[1] == "begin" else -1
        return max(depths.values(), default=0) > 0 or line.rfind("\\[") > line.rfind("\\]")

    def take(self, *, look: bool = True) -> list[Item]:
        """The items with all formulas found, and an empty line after that; without `look` nothing is looked for."""
        items, self.items = self.items, []
        if not look:
            return items
        items = _joined(items)
        items = self._delimited(items)
        return list(self._typed(items))

    def _delimited(self, items: list[Item]) -> list[Item]:
        """With the formulas that stand in delimiters."""
        line = "".join(item if isinstance(item, str) else MARK for item in items)
        pieces = html_delimiters.find(line, self.forms.settings)
        if not pieces:
            return items
        things = [item for item in items if not isinstance(item, str)]
        result: list[Item] = []
        at = taken = 0
        for piece in pieces:
            inside = line.count(MARK, piece.start, piece.end)
            before = line.count(MARK, at, piece.start)
            formula = self._formula(piece, things[taken + before : taken + before + inside], line)
            if formula is None:
                continue
            result += _items(line[at : piece.start], things[taken : taken + before])
            result += formula
            at, taken = piece.end, taken + before + inside
        return result + _items(line[at:], things[taken:])

    def _formula(self, piece: html_delimiters.Piece, things: Sequence[Item], line: str) -> list[Item] | None:
        if len(things) == 1 and piece.tex.strip() == MARK and isinstance(things[0], Found):
            return [things[0]]
        written = []
        marks: list[Mark] = []
        rest = iter(things)
        for char in piece.tex:
            if char != MARK:
                written.append(char)
                continue
            thing = next(rest, None)
            text = _in_formula(thing, written)
            if text is None:
                return None
            written.append(text)
            if isinstance(thing, Mark):
                marks.append(thing)
        found = self.forms.of_piece(piece, "".join(written))
        if found is None:
            return None
        kept: list[Item] = [found] if found.tex else []
        # Emphasis that begins inside and ends outside, or the other way round, goes on around the formula.
        depth = 0
        closes, opens = [], []
        for mark in marks:
            if mark.opens:
                depth += 1
                opens.append(mark)
            elif depth:
                depth -= 1
                opens.pop()
            else:
                closes.append(mark)
        return [*closes, *kept, *opens]

    def _typed(self, items: list[Item]) -> Iterator[Item]:
        """With the formulas that letters, signs and scripts make."""
        line, things = _encoded(items)
        places = list(things)
        at = 0
        for start, end, tex in html_typed.runs(line):
            found = self.forms.finished(Found(tex, False, "typed"))
            yield from _decoded(line, at, start, things, places)
            inner = [things[n] for n in range(start, end) if n in things and isinstance(things[n], Mark)]
            opens: list[Item] = []
            closes: list[Item] = []
            for mark in inner:
                if isinstance(mark, Mark) and mark.opens:
                    opens.append(mark)
                elif opens:
                    opens.pop()
                else:
                    closes.append(mark)
            yield from closes
            yield found
            yield from opens
            at = end
        yield from _decoded(line, at, len(line), things, places)


def _joined(items: Iterable[Item]) -> list[Item]:
    """With neighbouring texts as one."""
    result: list[Item] = []
    texts: list[str] = []
    for item in [*items, None]:
        if isinstance(item, str):
            texts.append(item)
            continue
        if texts:
            result.append("".join(texts))
            texts = []
        if item is not None:
            result.append(item)
    return result


def _items(text: str, things: Sequence[Item]) -> list[Item]:
    """The text with the things in place of their marks."""
    result: list[Item] = []
    rest = iter(things)
    for number, part in enumerate(text.split(MARK)):
        if number:
            result.append(next(rest))
        if part:
            result.append(part)
    return result


def _in_formula(thing: Item | None, written: list[str]) -> str | None:
    """What a thing between the delimiters of a formula means there; None where it cannot be in a formula."""
    match thing:
        case Break():
            return "\n"
        case Mark(tag="sup", opens=opens):
            return "^{" if opens else "}"
        case Mark(tag="sub", opens=opens):
            return "_{" if opens else "}"
        case Mark(tag="em", opens=opens):
            # Markdown took two underscores for emphasis.
            before = written[-1][-1:] if written else ""
            return "_" if (before and not before.isspace()) else ""
        case Mark():
            return ""
        case Code(text):
            return text
        case Found(tex, _, "script-tex"):
            return tex
        case _:
            return None


def _encoded(items: Sequence[Item]) -> tuple[str, dict[int, Item]]:
    """The line for `html_typed.runs`, and the thing that stands at each of its characters that is none."""
    parts: list[str] = []
    things: dict[int, Item] = {}
    length = 0
    for item in items:
        match item:
            case str():
                part = item
            case Mark(tag, opens) if tag in _ITALIC:
                part = html_typed.ITALIC if opens else html_typed.UPRIGHT
                things[length] = item
            case Mark("sup" | "sub" as tag, opens):
                part = (html_typed.RAISED + ("^" if tag == "sup" else "_")) if opens else html_typed.LEVEL
                things[length] = item
            case Found(tex, False, "fraction"):
                part = f"{html_typed.RAISED}f{tex}{html_typed.LEVEL}"
                things[length] = item
            case _:
                part = MARK
                things[length] = item
        parts.append(part)
        length += len(part)
    return "".join(parts), things


def _decoded(line: str, start: int, end: int, things: dict[int, Item], places: Sequence[int]) -> Iterator[Item]:
    """The items of a part of an encoded line; `places` are those of the things, in order."""
    at = start
    for place in places[bisect_left(places, start) : bisect_left(places, end)]:
        if place > at:
            yield line[at:place]
        thing = things[place]
        yield thing
        match thing:
            case Found(tex, False, "fraction"):
                at = place + len(tex) + 3
            case Mark("sup" | "sub", True):
                at = place + 2
            case _:
                at = place + 1
    if at < end:
        yield line[at:end]


# Markdown


def markdown(
    items: Sequence[Item], formula: Callable[[Found], str], image: Callable[[Image], str], *, links: bool
) -> str:
    """The line in Markdown. `formula` and `image` are called for what stands for one in the text."""
    parts: list[str] = []
    open_marks: list[tuple[str, int]] = []
    """The emphasis that is open, and the number of parts before it."""
    for item in items:
        match item:
            case str():
                parts.append(escaped(_BLANKS.sub(" ", item)))
            case Found():
                parts.append(formula(item))
            case Verbatim(text):
                parts.append(escaped(_BLANKS.sub(" ", text)))
            case Code(text):
                parts.append(_code(text))
            case Image():
                parts.append(image(item))
            case Break():
                parts.append("\n")
            case Mark(tag, True, target):
                open_marks.append((tag if not target else f"a {target}", len(parts)))
            case Mark(tag, False):
                _close(parts, open_marks, tag, links)
    while open_marks:
        _close(parts, open_marks, open_marks[-1][0].split(" ")[0], links)
    text = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", "".join(parts))).strip(" \n")
    return "\n".join(_at_start(line) for line in text.split("\n"))


def _close(parts: list[str], open_marks: list[tuple[str, int]], tag: str, links: bool) -> None:
    """Puts the text since the mark was opened into its emphasis, script or link."""
    for number in range(len(open_marks) - 1, -1, -1):
        name, start = open_marks[number]
        if name.split(" ")[0] != tag:
            continue
        del open_marks[number]
        text = "".join(parts[start:])
        inner = text.strip(" \n")
        if not inner:
            return
        lead, trail = text[: len(text) - len(text.lstrip(" \n"))], text[len(text.rstrip(" \n")) :]
        parts[start:] = [lead, _marked(name, inner, links), trail]
        return


def _marked(name: str, text: str, links: bool) -> str:
    tag, _, target = name.partition(" ")
    match tag:
        case "sup":
            if _RAISED.fullmatch(text):
                return text.translate(_SUPERSCRIPT)
            return text if _ORDINAL.fullmatch(text) or "[" in text else f"<sup>{text}</sup>"
        case "sub":
            return text.translate(_SUBSCRIPT) if _LOWERED.fullmatch(text) else f"<sub>{text}</sub>"
        case "a":
            return (
                f"[{text}](<{target}>)"
                if links and set(target) & set(" ()<>")
                else f"[{text}]({target})"
                if links
                else text
            )
        case _:
            sign = _EMPHASIS.get(tag, "")
            return text if "\n" in text or text.startswith("*") or text.endswith("*") else f"{sign}{text}{sign}"


def escaped(text: str) -> str:
    """Text in which nothing is Markdown; a dollar is never a delimiter."""
    if _SPECIAL.search(text) is None:
        return text
    parts = []
    for at, char in enumerate(text):
        following = text[at + 1 : at + 2]
        before = text[at - 1 : at] if at else ""
        match char:
            case "$" | "`" | "*":
                parts.append(f"\\{char}" if char != "*" or not (before in " " and following in " ") else char)
            case "\\" if following and not following.isalnum() and not following.isspace():
                parts.append("\\\\")
            case "_" if not (before.isalnum() and following.isalnum()):
                parts.append("\\_")
            case "<" if following.isalpha() or following in ("/", "!", "?"):
                parts.append("\\<")
            case "&" if re.match(r"&#?\w+;", text[at:]):
                parts.append("\\&")
            case "]" if following in ("(", "["):
                parts.append("\\]")
            case _:
                parts.append(char)
    return "".join(parts)


def _at_start(line: str) -> str:
    """A line that would begin a heading, a list, a quotation or a rule, so that it does not."""
    found = _LINE_START.match(line)
    if found is None:
        return line
    if found[3]:
        return f"{found[3]}\\{line[len(found[3]) :]}"
    return f"\\{line}"


def _code(text: str) -> str:
    """Code in a line, in more backticks than it has itself."""
    text = _BLANKS.sub(" ", text).strip()
    if not text:
        return ""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"
