"""What MathJax 3 and 4 have drawn, as CHTML or SVG, → MathML: the glyphs are read where nothing else was kept.

Both outputs keep the tree of MathML in names (`<mjx-mfrac>`, `data-mml-node="mfrac"`) and say of every glyph which
character it is (`mjx-c1D465`, `data-c="1D465"`); the order of parts, and in SVG their height, tells what is above what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from lxml import etree
from panmath.convert import alphabets

MAX_DEPTH = 150
"""Elements inside one another in a drawing; MathJax makes about four of each level of a formula."""

_CODE = re.compile(r"mjx-c([0-9A-F]{2,6})(?![0-9A-Za-z])")
_FONT = re.compile(r"(?:TEX|NCM)-([A-Z]+)")
_HEIGHT = re.compile(r"translate\(\s*-?[\d.]+[\s,]+(-?[\d.]+)")
_WIDTH = re.compile(r"(?:width|margin-right):\s*(-?[\d.]+)em")
_VARIANTS = {
    "C": "script", "CB": "bold-script", "SC": "script", "FR": "fraktur", "FRB": "bold-fraktur", "SS": "sans-serif",
    "SSB": "bold-sans-serif", "SSI": "sans-serif-italic", "T": "monospace", "M": "monospace", "B": "bold",
    "BI": "bold-italic", "MI": "italic",
}  # fmt: skip
"""The fonts in which plain letters stand, where they are not the usual ones."""
_ASSEMBLED = {
    "⎛": "(", "⎜": "(", "⎝": "(", "⎞": ")", "⎟": ")", "⎠": ")", "⎧": "{", "⎨": "{", "⎩": "{", "⎫": "}", "⎬": "}",
    "⎭": "}", "\ue150": "⏞", "\ue152": "⏟", "⎷": "√", "⎰": "⎰", "⎱": "⎱",
}  # fmt: skip
_BRACKETS = {"⎡⎣": "[", "⎡": "⌈", "⎣": "⌊", "⎤⎦": "]", "⎤": "⌉", "⎦": "⌋", "⎢": "|", "⎥": "|"}
_SIZES = ("1.2em", "1.623em", "2.047em", "2.470em")
"""What `\\big`, `\\Big`, `\\bigg` and `\\Bigg` set for the delimiter after them."""
_SIZE_CLASSES = {"mjx-s1": 0, "mjx-s2": 1, "mjx-lop": 1, "mjx-s3": 2, "mjx-s4": 3}
_ROWS = frozenset("math mrow texatom mstyle mpadded merror mjx-box box row base semantics none mstyle".split())
_TOKENS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_OVER = {"⟵": "←", "⟶": "→", "⟷": "↔", "‵": "ˋ"}
"""Arrows as MathJax 4 draws them over what is wide, and the grave accent of MathJax 3."""
_MARK = re.compile(r"(?<=>)[⟵⟶⟷‵](?=</mo>)")
_STRIKES = {
    "ustrike": "updiagonalstrike", "dstrike": "downdiagonalstrike", "hstrike": "horizontalstrike",
    "vstrike": "verticalstrike",
}  # fmt: skip


class _Unreadable(Exception):
    """A drawing that is not what MathJax makes."""


def mathml(container: etree._Element) -> str | None:
    """The drawing as MathML, or None where there is none that can be read."""
    try:
        for element in container.iter("mjx-math"):
            return f"<math>{_Chtml().row(element, 0)}</math>"
        for element in container.iter("g"):
            if element.get("data-mml-node") == "math":
                return f"<math>{_Svg().row(element, 0)}</math>"
    except _Unreadable:
        return None
    return None


class _Drawing:
    """What both outputs have in common. The parts of an element are lists of elements."""

    def name(self, element: etree._Element) -> str:
        raise NotImplementedError

    def parts(self, element: etree._Element) -> list[etree._Element]:
        """The elements of the formula in an element, without what only draws."""
        raise NotImplementedError

    def text(self, element: etree._Element) -> tuple[str, str]:
        """The characters of a token, and the name of their font."""
        raise NotImplementedError

    def size(self, element: etree._Element) -> int | None:
        """The place in `_SIZES` of an operator that is larger than usual, or None."""
        raise NotImplementedError

    def special(self, name: str, element: etree._Element, depth: int) -> str | None:
        """The MathML of an element that the outputs write differently."""
        raise NotImplementedError

    def row(self, element: etree._Element, depth: int) -> str:
        return "".join(self.node(part, depth + 1) for part in self.parts(element))

    def single(self, element: etree._Element | None, depth: int) -> str:
        """All of an element as one argument."""
        return "<mrow/>" if element is None else f"<mrow>{self.row(element, depth)}</mrow>"

    def node(self, element: etree._Element, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise _Unreadable
        name = self.name(element)
        if name in _TOKENS:
            return self.token(name, element, "")
        special = self.special(name, element, depth)
        if special is not None:
            return special
        if name in ("texatom", "mrow"):
            return self.atom(element, depth)
        if name == "mspace":
            width = _WIDTH.search(element.get("style", ""))
            return f'<mspace width="{width[1]}em"/>' if width else ""
        if name == "mphantom":
            return f"<mphantom>{self.row(element, depth)}</mphantom>"
        return f"<mrow>{self.row(element, depth)}</mrow>"

    def atom(self, element: etree._Element, depth: int) -> str:
        """A row; a single delimiter in it that is larger than usual has its size from `\\big` and its kin."""
        parts = self.parts(element)
        kind = (element.get("texclass") or element.get("data-mjx-texclass") or "").upper()
        if kind in ("OPEN", "CLOSE", "ORD", "REL", "INNER") and len(parts) == 1 and self.name(parts[0]) == "mo":
            # The parentheses of \binom have a fixed size, too.
            beside = element.getnext() if kind == "OPEN" else element.getprevious()
            binomial = kind in ("OPEN", "CLOSE") and beside is not None and self.name(beside) == "mfrac"
            if binomial:
                return self.token("mo", parts[0], ' stretchy="true"')
            size = self.size(parts[0])
            if size is not None:
                extent = f' minsize="{_SIZES[size]}" maxsize="{_SIZES[size]}"'
                return f'<mrow data-mjx-texclass="{kind}">{self.token("mo", parts[0], extent)}</mrow>'
        sign = f' data-mjx-texclass="{kind}"' if kind not in ("", "ORD") else ""
        return f"<mrow{sign}>{self.row(element, depth)}</mrow>"

    def token(self, name: str, element: etree._Element, attributes: str) -> str:
        text, font = self.text(element)
        if name == "mo":
            if text in "()[]{}|‖⟨⟩⌊⌋⌈⌉∥∣" and text and not attributes:
                attributes = ' stretchy="true"' if self.size(element) is not None else ' stretchy="false"'
            following = element.getnext()
            if text == "∥" and element.get("space") and following is not None and following.get("space"):
                attributes = ""  # a relation; what may not stretch is taken for a bar
            return f"<mo{attributes}>{escape(text)}</mo>"
        plain = [alphabets.plain(char) or (char, "") for char in text]
        variant = "" if any(letter_font for _, letter_font in plain) else _VARIANTS.get(font, "")
        if all(letter_font == "it" for _, letter_font in plain) and text:
            text, variant = "".join(letter for letter, _ in plain), "" if len(text) == 1 else "italic"
        elif name == "mi" and len(text) == 1 and text.isalpha() and not variant and not plain[0][1]:
            variant = "normal"
        sign = f' mathvariant="{variant}"' if variant else ""
        return f"<{name}{sign}>{escape(text)}</{name}>"

    def table(self, rows: list[tuple[str, list[tuple[str, str]]]]) -> str:
        """A table from the label of each row, and the alignment and content of each cell."""
        width = max((len(cells) for _, cells in rows), default=0)
        columns = [
            next((cells[n][0] for _, cells in rows if n < len(cells) and cells[n][0]), "center") for n in range(width)
        ]
        written = []
        for label, cells in rows:
            content = "".join(f"<mtd>{cell}</mtd>" for _, cell in cells)
            tag = f"<mtd>{label}</mtd>" if label else ""
            element = "mlabeledtr" if label else "mtr"
            written.append(f"<{element}>{tag}{content}</{element}>")
        return f'<mtable columnalign="{" ".join(columns)}">{"".join(written)}</mtable>'


class _Chtml(_Drawing):
    """`<mjx-mi class="mjx-i"><mjx-c class="mjx-c1D465 TEX-I"></mjx-c></mjx-mi>`."""

    def name(self, element: etree._Element) -> str:
        return str(element.tag)[4:] if str(element.tag).startswith("mjx-") else ""

    def parts(self, element: etree._Element) -> list[etree._Element]:
        return [
            child
            for child in element
            if isinstance(child.tag, str) and child.tag.startswith("mjx-") and child.tag[4:] not in _DRAWN
        ]

    def text(self, element: etree._Element) -> tuple[str, str]:
        chars: list[str] = []
        font = ""
        for part in _glyphs(element):
            found = _CODE.search(part.get("class") or "")
            if found:
                chars.append(chr(int(found[1], 16)))
                font = (_FONT.search(part.get("class") or "") or [""] * 2)[1]
            else:
                chars.append("".join(part.itertext()))
        return "".join(chars), font

    def size(self, element: etree._Element) -> int | None:
        classes = (element.get("class") or "").split()
        if any(child.tag == "mjx-stretchy-v" for child in element):
            return 3
        for glyph in element.iter("mjx-c"):
            classes += (glyph.get("class") or "").split()
        for name in classes:
            if name in _SIZE_CLASSES:
                return _SIZE_CLASSES[name]
            if name[:5] in ("NCM-S", "TEX-S") and name[5:].isdecimal():
                return min(int(name[5:]), 4) - 1
        return None

    def special(self, name: str, element: etree._Element, depth: int) -> str | None:
        match name:
            case "mfrac":
                num, den = _first(element, "mjx-num"), _first(element, "mjx-den")
                bar = "" if _first(element, "mjx-line") is not None else ' linethickness="0"'
                return f"<mfrac{bar}>{self.single(num, depth)}{self.single(den, depth)}</mfrac>"
            case "msqrt" | "mroot":
                box = next((box for sqrt in element.iter("mjx-sqrt") for box in sqrt if box.tag == "mjx-box"), None)
                if name == "msqrt":
                    return f"<msqrt>{self.single(box, depth)}</msqrt>"
                return f"<mroot>{self.single(box, depth)}{self.single(_child(element, 'mjx-root'), depth)}</mroot>"
            case "msub" | "msup" | "msubsup":
                return self.scripts(name, element, depth)
            case "munder" | "mover" | "munderover":
                return self.limits(name, element, depth)
            case "mtable":
                return self.mtable(element, depth)
            case "menclose":
                kinds = [_STRIKES[child.tag[4:]] for child in element if str(child.tag)[4:] in _STRIKES]
                if not kinds and "border" in "".join(child.get("style") or "" for child in element):
                    kinds = ["box"]
                body = self.single(_child(element, "mjx-box"), depth)
                return f'<menclose notation="{" ".join(kinds)}">{body}</menclose>' if kinds else body
            case _:
                return None

    def scripts(self, name: str, element: etree._Element, depth: int) -> str:
        """A base and a `<mjx-script>` that holds the superscript above the subscript."""
        script = _child(element, "mjx-script")
        parts = self.parts(element)
        bases = [part for part in parts if part.tag != "mjx-script"]
        base = self.node(bases[0], depth + 1) if bases else "<mrow/>"
        marks = [self.node(part, depth + 1) for part in self.parts(script)] if script is not None else []
        if name == "msubsup" and len(marks) == 2:
            return f"<msubsup>{base}{marks[1]}{marks[0]}</msubsup>"
        if len(marks) != 1:
            raise _Unreadable
        return f"<{'msub' if name == 'msub' else 'msup'}>{base}{marks[0]}</{'msub' if name == 'msub' else 'msup'}>"

    def limits(self, name: str, element: etree._Element, depth: int) -> str:
        if _child(element, "mjx-script") is not None:
            return self.scripts(
                name.replace("munder", "msub").replace("mover", "msup").replace("over", "sup"), element, depth
            )
        over = _child(element, "mjx-over")
        under = None
        inner = element
        if name == "munderover":
            box = _child(element, "mjx-box")
            inner = box if box is not None else element
            nested = _child(inner, "mjx-munder")
            inner = nested if nested is not None else inner
        base = _child(inner, "mjx-base")
        for row in inner:
            if row.tag == "mjx-row":
                base = _child(row, "mjx-base") if base is None else base
                under = _child(row, "mjx-under") if under is None else under
        if base is None:
            raise _Unreadable
        marks = [_mark(self.single(part, depth)) for part in (under, over) if part is not None]
        if len(marks) != (2 if name == "munderover" else 1):
            raise _Unreadable
        return f"<{name}>{self.single(base, depth)}{''.join(marks)}</{name}>"

    def mtable(self, element: etree._Element, depth: int) -> str:
        table = _child(element, "mjx-table")
        inner = None if table is None else _child(table, "mjx-itable")
        labels = (
            [self.row(cell, depth) for part in element.iter("mjx-labels") for cell in part.iter("mjx-mtd")]
            if inner is not None
            else []
        )
        rows = []
        for row in inner if inner is not None else ():
            if row.tag not in ("mjx-mtr", "mjx-mlabeledtr"):
                continue
            label = labels.pop(0) if row.tag == "mjx-mlabeledtr" and labels else ""
            cells = [
                (_alignment(cell.get("style") or ""), self.row(cell, depth + 1))
                for cell in row
                if cell.tag == "mjx-mtd"
            ]
            rows.append((label, cells))
        return self.table(rows)


_DRAWN = frozenset(
    "nstrut dstrut tstrut line surd spacer strut mark labels assistive-mml tooltip speech break ustrike dstrike "
    "hstrike vstrike".split()
)
"""What only draws."""


def _glyphs(element: etree._Element) -> Iterator[etree._Element]:
    """The elements that stand for characters: an assembled delimiter is one."""
    inside: etree._Element | None = None
    for part in element.iter("mjx-c", "mjx-utext", "mjx-stretchy-v", "mjx-stretchy-h"):
        if inside is not None and any(above is inside for above in part.iterancestors()):
            continue
        if part.tag in ("mjx-stretchy-v", "mjx-stretchy-h"):
            inside = part
        yield part


def _child(element: etree._Element, tag: str) -> etree._Element | None:
    return next((child for child in element if child.tag == tag), None)


def _first(element: etree._Element, tag: str) -> etree._Element | None:
    return next(element.iter(tag), None)


def _alignment(style: str) -> str:
    found = re.search(r"text-align:\s*(left|right|center)", style)
    return found[1] if found else ""


class _Svg(_Drawing):
    """`<g data-mml-node="mi"><use data-c="1D465" xlink:href="#MJX-1-TEX-I-1D465"/></g>`."""

    def name(self, element: etree._Element) -> str:
        return (element.get("data-mml-node") or "").lower()

    def parts(self, element: etree._Element) -> list[etree._Element]:
        found: list[etree._Element] = []
        pending = list(element)[::-1]
        while pending:
            child = pending.pop()
            if child.tag not in ("g", "svg", "a"):
                continue
            if child.get("data-labels"):
                continue
            if child.get("data-mml-node"):
                found.append(child)
            else:
                pending += list(child)[::-1]
        return found

    def text(self, element: etree._Element) -> tuple[str, str]:
        chars: list[str] = []
        font = ""
        glyphs = list(element.iter("use", "path", "text"))
        # In an <svg> of their own are the parts that stretch; what stands at the ends says what it is.
        ends = [part for part in glyphs if next(part.iterancestors("svg", "g")).tag != "svg"]
        for part in ends or glyphs:
            if part.tag == "text":
                chars.append("".join(part.itertext()))
                continue
            code = part.get("data-c") or ""
            if code:
                chars.append(chr(int(code, 16)) if re.fullmatch("[0-9A-Fa-f]{1,6}", code) else "")
                found = _FONT.search(part.get("xlink:href") or part.get("href") or "")
                font = found[1] if found else font
        text = "".join(chars)
        return assembled(text), "" if font in ("N", "I", "LO", "SO") or font.startswith("S") and font[
            1:
        ].isdecimal() else font

    def size(self, element: etree._Element) -> int | None:
        glyphs = list(element.iter("use", "path"))
        if len(glyphs) > 1:
            return 3
        for part in glyphs:
            found = re.search(r"-(S\d+|LO|SO)-", part.get("xlink:href") or part.get("href") or "")
            if found:
                return {"SO": 0, "LO": 1}.get(
                    found[1], min(int(found[1][1:] or 1), 4) - 1 if found[1][1:].isdecimal() else 0
                )
        # Without a font the place tells: a delimiter that grew stands on the axis, half below the line.
        return 2 if glyphs and "translate" in (element.get("transform") or "") and _raised(element) else None

    def special(self, name: str, element: etree._Element, depth: int) -> str | None:
        parts = self.parts(element)
        nodes = [f"<mrow>{self.node(part, depth + 1)}</mrow>" for part in parts] if name in _TWO_OR_MORE else []
        match name:
            case "mfrac" if len(nodes) == 2:
                bar = "" if any(child.tag == "rect" for child in element) else ' linethickness="0"'
                return f"<mfrac{bar}>{nodes[0]}{nodes[1]}</mfrac>"
            case "msqrt":
                return (
                    f"<msqrt>{''.join(self.node(part, depth + 1) for part in parts if not self.is_root(part))}</msqrt>"
                )
            case "mroot":
                # The index is drawn smaller; MathJax 3 writes it after the radicand and MathJax 4 before it.
                inside = [
                    ("scale" in (part.get("transform") or ""), node)
                    for part, node in zip(parts, nodes, strict=True)
                    if not self.is_root(part)
                ]
                if [small for small, _ in sorted(inside)] != [False, True]:
                    raise _Unreadable
                return f"<mroot>{''.join(node for _, node in sorted(inside))}</mroot>"
            case "msub" | "msup" | "munder" | "mover" if len(nodes) == 2:
                base = self.node(parts[0], depth + 1)
                return f"<{name}>{base}{_mark(nodes[1])}</{name}>"
            case "msubsup" | "munderover" if len(nodes) == 3:
                low, high = sorted(zip(map(_height, parts[1:]), nodes[1:], strict=True))
                return f"<{name}>{self.node(parts[0], depth + 1)}{low[1]}{high[1]}</{name}>"
            case "msub" | "msup" | "msubsup" | "munder" | "mover" | "munderover" | "mfrac":
                raise _Unreadable
            case "mtable":
                return self.mtable(element, depth)
            case "menclose":
                return self.menclose(element, depth)
            case _:
                return None

    def is_root(self, element: etree._Element) -> bool:
        return self.name(element) == "mo" and self.text(element)[0][:1] in ("√", "⎷", "\ue000", "\ue001")

    def mtable(self, element: etree._Element, depth: int) -> str:
        labels = [
            "".join(self.node(part, depth) for part in self.parts(cell))
            for group in element.iter("g")
            if group.get("data-labels")
            for cell in self.parts_of_labels(group)
        ]
        previous = element.getprevious()
        left = previous is not None and self.name(previous) == "mo" and self.text(previous)[0] == "{"
        rows = []
        for row in self.parts(element):
            label = labels.pop(0) if self.name(row) == "mlabeledtr" and labels else ""
            rows.append((label, [("left" if left else "", self.row(cell, depth + 1)) for cell in self.parts(row)]))
        return self.table(rows)

    def parts_of_labels(self, group: etree._Element) -> list[etree._Element]:
        return [child for child in group.iter("g") if child.get("data-mml-node") == "mtd"]

    def menclose(self, element: etree._Element, depth: int) -> str:
        kinds = []
        for child in element:
            if child.tag == "line":
                x1, y1, x2, y2 = (float(child.get(key) or 0) for key in ("x1", "y1", "x2", "y2"))
                kinds.append(
                    "horizontalstrike"
                    if y1 == y2
                    else "updiagonalstrike"
                    if (x2 - x1) * (y2 - y1) > 0
                    else "downdiagonalstrike"
                )
            elif child.tag == "rect":
                kinds.append("box")
        body = f"<mrow>{self.row(element, depth)}</mrow>"
        return f'<menclose notation="{" ".join(kinds)}">{body}</menclose>' if kinds else body


_TWO_OR_MORE = frozenset("mfrac mroot msub msup msubsup munder mover munderover".split())


def _height(element: etree._Element) -> float:
    found = _HEIGHT.search(element.get("transform") or "")
    return float(found[1]) if found else 0.0


def _raised(element: etree._Element) -> bool:
    return abs(_height(element)) in (0.5, 1.0)


def _mark(mark: str) -> str:
    """What stands over or under something with the usual character, if it is one sign."""
    return _MARK.sub(lambda found: _OVER[found[0]], mark) if mark.count("<m") - mark.count("<mrow") == 1 else mark


_TWO_ENDS = {"←→": "↔", "⇐⇒": "⇔", "∣→": "↦", "|→": "↦", "...": "⃛", "....": "⃜"}


def assembled(text: str) -> str:
    """The character that the pieces of a tall or a wide sign make together."""
    if len(text) == 1 or not text:
        return text
    if text in _TWO_ENDS:
        return _TWO_ENDS[text]
    brackets = "".join(sorted({char for char in text if char in "⎡⎣⎤⎦"}))
    if brackets in _BRACKETS:
        return _BRACKETS[brackets]
    for char in text:
        if char in _ASSEMBLED:
            return _ASSEMBLED[char]
    return text[0] if len(set(text)) == 1 and not text[0].isalnum() and len(text) > 2 else text
