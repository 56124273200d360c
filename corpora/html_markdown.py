r"""A tree of elements → Markdown with TeX: headings, lists, quotations, tables, code, pictures; `$…$` and `$$…$$`.

The tree is walked by events, so no depth of elements meets Python's stack. Blocks in blocks are kept in frames; a frame
that ends becomes one block of the frame around it. Formulas and pictures are private characters with a number until
all is written, so that where they stand in the text is known at the end.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree
from panmath.convert.errors import ParseError
from panmath.convert.source import Source

from . import html_content, html_latex, html_typed
from .html_delimiters import find
from .html_forms import Forms, Found
from .html_inline import Break, Code, Image, Item, Line, Mark, Verbatim, escaped, markdown
from .html_tree import text_of

MAX_HELD = 8
"""Blocks over which a displayed formula may go."""
MAX_FRAMES = 30
"""Blocks inside one another that are shown as such; what is deeper stands in the last one."""

_BLOCKS = frozenset(
    "p div section article main header footer address center figure figcaption fieldset form details summary hgroup "
    "body html caption legend dl dt search noscript frameset noframes optgroup picture".split()
)
_CONTROLS = frozenset({"label", "output", "rp", "wbr", "source", "track", "param", "area", "col", "colgroup"})
_EMPHASIS = frozenset("em i cite dfn var strong b del s strike sup sub a".split())
_FIXED = frozenset({"code", "tt", "kbd", "samp"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LANGUAGE = re.compile(
    r"(?:^|\s)(?:(?:language|lang|highlight-source|highlight)-|brush:\s*)([A-Za-z][\w+#-]{0,20})|"
    r"(?:^|\s)sourceCode\s+([A-Za-z][\w+#-]{0,20})"
)
_NO_LANGUAGE = frozenset({"text", "plaintext", "none", "default", "plain", "sourcecode", "highlight", "notranslate"})
_DEFINITION = re.compile(
    r"\\(?:re|provide)?(?:newcommand|command|def|let|DeclareMathOperator)(?![a-z])|\\[gex]?def(?![a-z])"
)
_PLACE = re.compile("\ue000(\\d+)\ue001|\ue002(\\d+)\ue003")
_BARS = re.compile(r"\\\||\|")
_EQUATION_TABLE = re.compile(r"\bltx_(?:equation|eqn_table|equationgroup)\b")
_INSIDE_DOLLARS = re.compile(r"(?<!\\)\$([^$]*?)(?<!\\)\$")
_STEPS = 512
"""Elements between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Place:
    """A formula or a picture, and the offsets of what is written for it."""

    item: Found | Image
    start: int
    end: int


@dataclass(slots=True)
class _Frame:
    """A block that holds blocks: the page, an item of a list, a quotation, a cell."""

    kind: str
    blocks: list[str] = field(default_factory=list)
    number: int = 0
    """Of the next item of an ordered list; 0 for lists without numbers."""
    rows: list[list[str]] = field(default_factory=list)
    heads: int = 0
    """How many rows of a table are its head."""


class Writer:
    """Writes one page. `deadline` is a time of `time.monotonic` after which it gives up."""

    def __init__(self, forms: Forms, name: str, *, links: bool, deadline: float) -> None:
        self.forms, self.name, self.links, self.deadline = forms, name, links, deadline
        self.frames = [_Frame("page")]
        self.line = Line(forms)
        self.places: list[tuple[Found | Image, str]] = []
        """What stands for each private character, and how it is written: displayed, inline, in a cell."""
        self.endings: list[tuple[etree._Element, Callable[[], None]]] = []
        self.ignoring = 0
        self.held = 0
        """Blocks in the line, whose formula goes on."""
        settings = forms.settings
        self.ignored = forms.markup.ignored["classes"] | settings.ignored
        self.processed = forms.markup.ignored["processed"] | settings.processed

    def write(self, root: etree._Element) -> tuple[str, list[Place]]:
        """The Markdown of an element, and where its formulas and pictures are."""
        walk = etree.iterwalk(root, events=("start", "end", "comment"))
        steps = 0
        for event, element in walk:
            if event == "start":
                steps += 1
                if steps % _STEPS == 0 and time.monotonic() > self.deadline:
                    raise ParseError("the page takes too long", Source("", self.name), (0, 0))
                if not self.start(element):
                    walk.skip_subtree()
                elif element.text:
                    self.text(element.text)
                continue
            if event == "end" and self.endings and self.endings[-1][0] is element:
                self.endings.pop()[1]()
            if element is not root and element.tail:
                self.text(element.tail)
        self.flush()
        while len(self.frames) > 1:
            self.close_frame()
        return self.placed("\n\n".join(self.frames[0].blocks))

    def text(self, text: str) -> None:
        frame = self.frames[-1]
        if frame.kind in ("list", "table") and not text.strip():
            return
        self.line.add(Verbatim(text) if self.ignoring else text)

    # Elements

    def start(self, element: etree._Element) -> bool:
        """Whether what is in the element is to be written."""
        tag = element.tag
        if not isinstance(tag, str):
            return False
        found = self.forms.of_element(element)
        if found is None and tag == "pre" and len(element) == 1 and element[0].tag == "code":
            found = self.forms.of_element(element[0])
        if found is not None:
            self.found(found._replace(display=found.display or tag == "pre"), element)
            return False
        if tag == "noscript" and not _shows_formula(element):
            return False
        if html_content.is_frame(element):
            self.definitions(element)
            return False
        name = element.get("class")
        if name is not None:
            self.switch(element, name.split())
        return self.open(element, tag)

    def found(self, found: Found, element: etree._Element) -> None:
        if not found.tex:
            return
        if found.display and element.tag in ("p", "div", "pre", "tr", "td", "table"):
            self.flush()
        self.line.add(found)

    def definitions(self, element: etree._Element) -> None:
        """Takes the macros that a part of the page defines which is not shown."""
        text = "".join(element.itertext()) if element.tag not in ("style", "svg") else ""
        if "\\" not in text or _DEFINITION.search(text) is None:
            return
        for part in element.iter("script"):
            self.forms.of_element(part)
        for piece in find(text, self.forms.settings):
            self.forms.of_piece(piece, piece.tex)

    def switch(self, element: etree._Element, classes: list[str]) -> None:
        """Whether formulas are looked for in an element."""
        if not self.ignored.isdisjoint(classes):
            before, self.ignoring = self.ignoring, 1
        elif not self.processed.isdisjoint(classes):
            before, self.ignoring = self.ignoring, 0
        else:
            return

        def leave() -> None:
            self.ignoring = before

        self.endings.append((element, leave))

    def open(self, element: etree._Element, tag: str) -> bool:
        if tag in _EMPHASIS:
            target = (element.get("href") or "") if tag == "a" and self.links else ""
            target = "" if target.startswith(("#", "javascript:")) else target
            if tag != "a" or target:
                self.line.add(Mark(tag, True, target))
                self.endings.append((element, lambda: self.line.add(Mark(tag, False))))
            return True
        if tag == "span" or tag in _CONTROLS:
            return True
        if tag in _FIXED:
            self.line.add(Code("".join(element.itertext())))
            return False
        if tag in _BLOCKS:
            self.block(element)
            return True
        if tag in _HEADINGS:
            self.flush()
            self.endings.append((element, lambda: self.heading(_HEADINGS[tag])))
            return True
        read = _TAGS.get(tag)
        return True if read is None else read(self, element)

    def block(self, element: etree._Element) -> None:
        self.end_block()
        self.endings.append((element, self.end_block))

    def end_block(self) -> None:
        """Ends the line, unless a formula goes on in the next block, as where an editor made paragraphs of TeX."""
        if self.held < MAX_HELD and self.line.is_open(held=self.held > 0):
            self.held += 1
            self.line.add(Break())
        else:
            self.flush()

    def heading(self, level: int) -> None:
        text = " ".join(self.written(self.line.take(), "inline").split())
        if text:
            self.frames[-1].blocks.append(text if self.in_cell() else f"{'#' * level} {text}")

    def _break(self, element: etree._Element) -> bool:
        self.line.add(Break())
        return False

    def _rule(self, element: etree._Element) -> bool:
        self.flush()
        if not self.in_cell():
            self.frames[-1].blocks.append("---")
        return False

    def _image(self, element: etree._Element) -> bool:
        address = (element.get("src") or "").strip()
        if address.startswith("data:") or not address:
            late = (element.get(name) for name in sorted(self.forms.markup.images["late"]))
            address = next((value for value in late if value), "" if address.startswith("data:") else address)
        size = {element.get("width"), element.get("height")}
        if address and size.isdisjoint({"0", "1", "2"}):
            self.line.add(Image(" ".join((element.get("alt") or "").split()), address))
        return False

    def _pre(self, element: etree._Element) -> bool:
        """Code on lines of its own."""
        self.flush()
        code = text_of(element).replace("\r\n", "\n").strip("\n").rstrip()
        if not code.strip():
            return False
        names = " ".join(part.get("class") or part.get("lang") or "" for part in (element, *element.iter("code")))
        found = _LANGUAGE.search(names)
        language = (found[1] or found[2]).lower() if found else ""
        language = "" if language in _NO_LANGUAGE else language
        if language == "math" or element.get("lang") == "math":
            tex, _ = html_latex.inner(code)
            self.line.add(self.forms.finished(Found(tex, True, "class")))
            self.flush()
            return False
        fence = "`" * max(3, max(map(len, re.findall(r"`{3,}", code)), default=0) + 1)
        self.frames[-1].blocks.append(f"{fence}{language}\n{code}\n{fence}")
        return False

    # Frames

    def frame(self, element: etree._Element, kind: str, number: int = 0) -> bool:
        self.flush()
        if len(self.frames) >= MAX_FRAMES:
            self.endings.append((element, self.flush))
            return True
        frame = _Frame(kind, number=number)
        self.frames.append(frame)

        def leave() -> None:
            self.flush()
            while frame in self.frames[1:]:
                self.close_frame()

        self.endings.append((element, leave))
        return True

    def close_frame(self) -> None:
        """Makes one block of the innermost frame."""
        frame = self.frames.pop()
        outer = self.frames[-1]
        if frame.kind == "table":
            block = _table(frame)
        elif frame.kind == "list":
            loose = any("\n\n" in block for block in frame.blocks)
            block = ("\n\n" if loose else "\n").join(frame.blocks)
        elif frame.kind == "cell":
            if outer.kind == "table" and outer.rows:
                outer.rows[-1].append(" ".join(" ".join(frame.blocks).split()))
                return
            block = "\n\n".join(frame.blocks)
        else:
            tight = frame.kind == "item" and all(_is_list(block) for block in frame.blocks[1:])
            block = ("\n" if tight else "\n\n").join(frame.blocks)
        if frame.kind == "item":
            block = self.item(outer, block)
        elif frame.kind == "quotation":
            block = _prefixed(block, "> ", "> ")
        elif frame.kind == "definition":
            block = _prefixed(block, ":   ", "    ") if block else ""
        if block.strip():
            outer.blocks.append(block)

    def item(self, outer: _Frame, block: str) -> str:
        marker = "- "
        if outer.kind == "list" and outer.number:
            marker = f"{outer.number}. "
            outer.number += 1
        return _prefixed(block, marker, " " * len(marker)) if block else ""

    def _list(self, element: etree._Element) -> bool:
        start = element.get("start") or "1"
        number = 0 if element.tag != "ol" else int(start) if start.isdecimal() and len(start) < 9 else 1
        return self.frame(element, "list", number if element.tag != "ol" else max(number, 1))

    def _item(self, element: etree._Element) -> bool:
        return self.frame(element, "item")

    def _quotation(self, element: etree._Element) -> bool:
        return self.frame(element, "quotation")

    def _definition(self, element: etree._Element) -> bool:
        return self.frame(element, "definition")

    # Tables

    def in_cell(self) -> bool:
        return any(frame.kind == "cell" for frame in self.frames)

    def _table(self, element: etree._Element) -> bool:
        self.flush()
        formula = html_typed.of_table(element)
        if formula:
            self.line.add(self.forms.finished(Found(formula, True, "fraction")))
            self.flush()
            return False
        group = self.forms.of_group(element)
        if group is not None:
            self.line.items += group
            self.flush()
            return False
        if _is_layout(element):
            self.block(element)
            return True
        return self.frame(element, "table")

    def _row(self, element: etree._Element) -> bool:
        if self.frames[-1].kind == "table":
            self.line.take(look=False)
            self.frames[-1].rows.append([])
            if element.getparent().tag == "thead" or all(
                cell.tag == "th" for cell in element if cell.tag in ("td", "th")
            ):
                self.frames[-1].heads += len(self.frames[-1].rows) == self.frames[-1].heads + 1
        else:
            self.block(element)
        return True

    def _cell(self, element: etree._Element) -> bool:
        frame = self.frames[-1]
        if frame.kind == "table":
            if not frame.rows:
                frame.rows.append([])
            span = element.get("colspan") or "1"
            extra = min(int(span), 50) - 1 if span.isdecimal() else 0

            def widen() -> None:
                if frame.rows:
                    frame.rows[-1] += [""] * extra

            if extra > 0:
                self.endings.append((element, widen))
            return self.frame(element, "cell")
        if _is_equation_cell(element):
            self.line.add(" ")
            return True
        self.block(element)
        return True

    # Lines

    def flush(self) -> None:
        """Ends the line: it becomes a block, and each displayed formula one of its own."""
        self.held = 0
        if not self.line.items:
            return
        if self.line.is_blank():
            self.line.take(look=False)
            return
        blocks = self.frames[-1].blocks
        cell = self.in_cell()
        part: list[Item] = []
        for item in [*self.line.take(), None]:
            if item is not None and (cell or not (isinstance(item, Found) and item.display)):
                part.append(item)
                continue
            text = self.written(part, "cell" if cell else "inline")
            if text.strip(" \n") and not (blocks and text.strip() in (".", ",", ";")):
                blocks.append(text)
            elif text.strip() in (".", ",", ";"):
                blocks[-1] += text.strip()
            part = []
            if item is not None:
                blocks.append(self.placeholder(item, "display"))

    def written(self, items: list[Item], way: str) -> str:
        return markdown(
            items,
            lambda found: self.placeholder(found, way),
            lambda image: self.placeholder(image, way),
            links=self.links,
        )

    def placeholder(self, item: Found | Image, way: str) -> str:
        self.places.append((item, way))
        number = len(self.places) - 1
        return f"\ue000{number}\ue001" if isinstance(item, Found) else f"\ue002{number}\ue003"

    def placed(self, text: str) -> tuple[str, list[Place]]:
        """The text with formulas and pictures in it."""
        parts: list[str] = []
        places: list[Place] = []
        length = at = line_start = 0
        for found in _PLACE.finditer(text):
            between = text[at : found.start()]
            parts.append(between)
            length += len(between)
            item, way = self.places[int(found[1] or found[2])]
            line_start = max(line_start, text.rfind("\n", at, found.start()) + 1)
            before = text[line_start : found.start()] if way == "display" else ""
            written, item = _shown(item, way, before)
            parts.append(written)
            places.append(Place(item, length, length + len(written)))
            length += len(written)
            at = found.end()
        parts.append(text[at:])
        return "".join(parts), places


_TAGS: dict[str, Callable[[Writer, etree._Element], bool]] = {
    "br": Writer._break, "hr": Writer._rule, "img": Writer._image, "pre": Writer._pre, "xmp": Writer._pre,
    "listing": Writer._pre, "ul": Writer._list, "ol": Writer._list, "dir": Writer._list, "li": Writer._item,
    "blockquote": Writer._quotation, "dd": Writer._definition, "table": Writer._table, "tr": Writer._row,
    "td": Writer._cell, "th": Writer._cell,
}  # fmt: skip


def _shown(item: Found | Image, way: str, before: str) -> tuple[str, Found | Image]:
    """What is written for a formula or a picture after the beginning of its line, and the item as it is written."""
    if isinstance(item, Image):
        return f"![{escaped(item.text)}]({_address(item.address)})", item
    tex = item.tex
    if way == "display":
        if "\n" not in tex:
            return f"$${_without_dollars(tex)}$$", item
        prefix = "".join(char if char in ">" else " " for char in before)
        lines = f"\n{prefix}".join(("$$", *_without_dollars(tex).split("\n"), "$$"))
        return lines, item
    tex = html_latex.on_one_line(tex)
    if way == "cell" and "|" in tex:
        tex = (
            tex.replace("|", "\\|")
            if "array}" in tex
            else _BARS.sub(lambda bar: "\\Vert " if len(bar[0]) > 1 else "\\vert ", tex).strip()
        )
    item = item._replace(tex=tex)
    return (f"$${_without_dollars(tex)}$$" if item.display and way == "cell" else f"${_without_dollars(tex)}$"), item


def _without_dollars(tex: str) -> str:
    r"""The formula with the formulas in its text as `\(…\)`, so that its own dollars end it."""
    return _INSIDE_DOLLARS.sub(r"\\(\1\\)", tex) if "$" in tex else tex


def _address(address: str) -> str:
    return f"<{address}>" if set(address) & set(" ()<>\n") else address


def _prefixed(block: str, first: str, others: str) -> str:
    """The block with something before its lines; empty lines get no blanks."""
    lines = block.split("\n")
    return "\n".join(
        (first if number == 0 else others) + line if line else ("" if not others.strip() else others.strip())
        for number, line in enumerate(lines)
    )


def _is_list(block: str) -> bool:
    return re.match(r"(?:- |\d+\. )", block) is not None


def _shows_formula(element: etree._Element) -> bool:
    """Whether a `<noscript>` shows a formula that is not shown before it."""
    before = element.getprevious()
    return next(element.iter("img", "math"), None) is not None and (before is None or before.tag != "img")


def _is_layout(table: etree._Element) -> bool:
    """Whether a table is there to put things beside each other, and none of data."""
    if table.get("role") in ("presentation", "none") or _EQUATION_TABLE.search(table.get("class") or ""):
        return True
    if next(table.iterdescendants("table"), None) is not None:
        return True
    rows = [sum(cell.tag in ("td", "th") for cell in row) for row in table.iter("tr")]
    if not rows or max(rows) < 2:
        return True
    return next(table.iter("h1", "h2", "h3", "ul", "ol", "pre", "blockquote", "form"), None) is not None


def _is_equation_cell(cell: etree._Element) -> bool:
    return "ltx_eqn_cell" in (cell.get("class") or "")


def _table(frame: _Frame) -> str:
    """A table of GitHub's Markdown."""
    rows = [row for row in frame.rows if any(row)]
    caption = "\n\n".join(frame.blocks)
    if not rows:
        return caption
    width = max(map(len, rows))
    rows = [[cell.replace("|", "\\|") for cell in row] + [""] * (width - len(row)) for row in rows]
    head, body = (rows[0], rows[1:]) if frame.heads else ([""] * width, rows)
    lines = [head, ["---"] * width, *body]
    table = "\n".join(f"| {' | '.join(row)} |" for row in lines)
    return f"{caption}\n\n{table}" if caption else table
