"""What KaTeX has drawn as HTML → MathML: the glyphs are read where the MathML beside them was not kept.

KaTeX puts what stands above each other into a `vlist`, whose entries say by `top` how high they are over a strut
(`pstrut`) of a given height; all else is told by classes. Versions from 0.17 on begin some of them with `katex-`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from lxml import etree

from . import html_tables
from .html_glyphs import assembled

MAX_DEPTH = 200
"""Spans inside one another; KaTeX makes about eight of each level of a formula."""

_TOP = re.compile(r"(?:^|;)\s*top:\s*(-?[\d.]+)em")
_STRUT = re.compile(r"height:\s*(-?[\d.]+)em")
_SEPARATORS = re.compile(r"[\s,]+")
_SPACE = re.compile(r"margin-right:\s*(-?[\d.]+)em")
_NOTHING = frozenset("strut pstrut vlist-s nulldelimiter frac-line overline-line underline-line hide-tail".split())
_VARIANTS = {
    "mathbb": "double-struck", "textbb": "double-struck", "amsrm": "normal", "mathcal": "script", "mathscr": "script",
    "textscr": "script", "mathfrak": "fraktur", "mathbf": "bold", "textbf": "bold", "boldsymbol": "bold-italic",
    "mathsf": "sans-serif", "textsf": "sans-serif", "mathtt": "monospace", "texttt": "monospace", "mathit": "italic",
    "textit": "italic",
}  # fmt: skip
_OPERATORS = frozenset({"mbin", "mrel", "mopen", "mclose", "mpunct", "minner", "mop"})
_MARKS = {"^": "^", "~": "~", "ˉ": "¯", "˙": "˙", "¨": "¨", "ˇ": "ˇ", "˘": "˘", "ˊ": "´", "ˋ": "`", "˚": "˚", "→": "→"}
_BARS = str.maketrans("∣∥", "|‖")
_RELATIONS = str.maketrans("⊥", "⟂")
"""KaTeX has one glyph for a sign and for a relation."""
_OWN_GLYPHS = str.maketrans({
    "\ue131": "ı", "\ue237": "ȷ", "\ue010": "⩽̸", "\ue00f": "⩾̸", "\ue011": "≦̸", "\ue00e": "≧̸", "\ue016": "⫅̸",
    "\ue018": "⫆̸", "\ue01a": "⊊", "\ue017": "⫋", "\ue01b": "⊋", "\ue019": "⫌", "\ue006": "∤", "\ue007": "∦",
    "\ue00c": "≨", "\ue00d": "≩", "≆": "≇", "┌": "⌜", "┐": "⌝", "└": "⌞", "┘": "⌟",
})  # fmt: skip
"""Where KaTeX's fonts have glyphs whose characters are not those that are meant."""
_SIZES = {"size1": "1.2em", "size2": "1.623em", "size3": "2.047em", "size4": "2.470em"}
_TALL = {"0.333em": "||", "0.556em": "‖‖", "0.667em": "[]", "0.875em": "()", "0.889em": "{}"}
_AUTOMATIC = frozenset({"0.2222", "0.2778", "0.1667", "0.1111", "-0.1667", "0.0556"})
"""Spaces that follow from the classes of atoms, or are as narrow as such."""


_STROKE = "\ue020"
"""The slash that KaTeX's fonts have for `\\not`; the sign that it goes through comes after it."""
_STRUCK_AFTER = re.compile(rf"(<mo[^>]*>{_STROKE}</mo>)((?:</?mrow[^>]*>)*<mo[^>]*>)([^<&]+)<")
_STRUCK_BEFORE = re.compile(r"(<mo[^>]*>)([^<&]+)(</mo>(?:</?mrow[^>]*>)*)<mo data-llap=\"true\">/</mo>")


class _Unreadable(Exception):
    """A drawing that is not what KaTeX makes."""


class _Entry(NamedTuple):
    """One of the things above each other: its height over the line, and its element."""

    height: float
    element: etree._Element


def mathml(element: etree._Element) -> str | None:
    """The drawing of the class `katex-html` as MathML, or None where it cannot be read."""
    tags = [child for child in element if "tag" in _classes(child)]
    try:
        body = _negated(_row([child for child in element if child not in tags], 0))
    except _Unreadable:
        return None
    if tags:
        label = escape("".join(tags[0].itertext()).replace("\u200b", "").strip())
        body = f"<mtable><mlabeledtr><mtd><mtext>{label}</mtext></mtd><mtd>{body}</mtd></mlabeledtr></mtable>"
    return f"<math>{body}</math>"


def _negated(markup: str) -> str:
    """The markup with the strokes that KaTeX draws through a sign put into it."""
    if _STROKE in markup:
        markup = _STRUCK_AFTER.sub(lambda found: f"{found[2]}{found[3]}\u0338<", markup)
    if "llap" in markup:
        markup = _STRUCK_BEFORE.sub(lambda found: f"{found[1]}{found[2]}\u0338{found[3]}", markup)
    return markup


def _classes(element: etree._Element) -> list[str]:
    return [name.removeprefix("katex-") for name in (element.get("class") or "").split()]


def _row(elements: Sequence[etree._Element], depth: int) -> str:
    """Elements beside each other; the last one may be the scripts of those before it."""
    if depth > MAX_DEPTH:
        raise _Unreadable
    if elements and "msupsub" in _classes(elements[-1]):
        return _scripts(_grouped(elements[:-1], depth), elements[-1], depth)
    return "".join(_node(element, depth + 1) for element in elements if isinstance(element.tag, str))


def _grouped(elements: Sequence[etree._Element], depth: int) -> str:
    content = _row(elements, depth)
    return content if len(elements) == 1 and content.count("<") == 2 else f"<mrow>{content}</mrow>"


def _node(element: etree._Element, depth: int) -> str:
    classes = _classes(element)
    kinds = set(classes)
    if element.tag == "svg" or (not kinds.isdisjoint(_NOTHING) and "nulldelimiter" not in kinds):
        return ""
    if "nulldelimiter" in kinds:
        parent = element.getparent()
        beside = parent is not None and "minner" in _classes(parent)
        return '<mo stretchy="true"></mo>' if beside else ""
    if "mspace" in kinds:
        return _space(element)
    if "llap" in kinds and "".join(element.itertext()).strip("\u200b ") == "/":
        return '<mo data-llap="true">/</mo>'
    if "delimsizing" in kinds or any("delimsizing" in _classes(child) for child in element):
        return _delimiter(element)
    for name, read in _READERS:
        if name in kinds:
            return read(element, depth)
    if "text" in kinds:
        return _text(element, kinds)
    if "color:transparent" in (element.get("style") or "").replace(" ", ""):
        return f"<mphantom>{_row(list(element), depth)}</mphantom>"
    texts = (element.text, *(child.tail for child in element))
    if len(element) == 0 or any(text and text.strip("\u200b \n") for text in texts):
        return _token("".join(element.itertext()), kinds)
    if "vlist-t" in _classes(element[0]):
        return _framed(element, depth)
    content = _row(list(element), depth)
    return f"<mrow>{content}</mrow>" if "minner" in kinds else content


def _token(text: str, kinds: set[str]) -> str:
    text = text.replace("\u200b", "").translate(_OWN_GLYPHS)
    if not text.strip("\xa0 "):
        return ""
    variant = next((_VARIANTS[name] for name in kinds if name in _VARIANTS), "")
    text = text.translate(_BARS if "mrel" not in kinds else _RELATIONS)
    if kinds & _OPERATORS:
        if "mop" in kinds and text[0].isalpha() and len(text) > 1:
            return f"<mi>{escape(text)}</mi><mo>\u2061</mo>"
        # What is a relation does not stretch, and `∥` that may not is taken for a bar.
        sign = "" if "mrel" in kinds else ' stretchy="false"'
        return f"<mo{sign}>{escape(text)}</mo>"
    if text[0].isdigit():
        sign = f' mathvariant="{variant}"' if variant else ""
        return f"<mn{sign}>{escape(text)}</mn>"
    if "mathnormal" in kinds:
        return "".join(f"<mi>{escape(char)}</mi>" for char in text)
    if not text[0].isalpha():
        return "".join(f"<mo>{escape(char)}</mo>" for char in text)
    sign = f' mathvariant="{variant or "normal"}"'
    return f"<mi{sign}>{escape(text)}</mi>"


def _text(element: etree._Element, kinds: set[str]) -> str:
    inner = set().union(*(_classes(part) for part in element.iter("span")))
    variant = next((_VARIANTS[name] for name in ("textbf", "textit", "textsf", "texttt") if name in inner), "")
    sign = f' mathvariant="{variant}"' if variant else ""
    return f"<mtext{sign}>{escape(''.join(element.itertext()))}</mtext>"


def _space(element: etree._Element) -> str:
    found = _SPACE.search(element.get("style") or "")
    text = "".join(element.itertext())
    if text == "\xa0":
        return "<mtext>\xa0</mtext>"
    return "" if found is None or found[1] in _AUTOMATIC else f'<mspace width="{found[1]}em"/>'


def _delimiter(element: etree._Element) -> str:
    """A delimiter of `\\left` and `\\right`, or of `\\big` and its kin."""
    classes = _classes(element)
    inner = next((part for part in element.iter("span") if "delimsizing" in _classes(part)), element)
    text = assembled("".join(inner.itertext()).replace("\u200b", "").strip())
    if not text:
        # Tall ones are drawn; how wide the drawing is tells what it is (buildCommon's `delimiter` sizes).
        width = next(((svg.get("width") or "") for svg in inner.iter("svg")), "")
        text = _TALL.get(width, "()")[1 if "mclose" in classes else 0]
    if "delimcenter" in classes or "mult" in _classes(inner):
        return f'<mo stretchy="true">{escape(text)}</mo>'
    size = next((_SIZES[name] for name in _classes(inner) if name in _SIZES), "1.2em")
    kind = {"mopen": "OPEN", "mclose": "CLOSE", "mrel": "REL"}.get(next(iter(classes), ""), "ORD")
    return f'<mrow data-mjx-texclass="{kind}"><mo minsize="{size}" maxsize="{size}">{escape(text)}</mo></mrow>'


def _entries(element: etree._Element, depth: int) -> list[_Entry]:
    """What stands above each other in the first vlist of an element, from the top to the bottom."""
    if depth > MAX_DEPTH:
        raise _Unreadable
    vlist = next((part for part in element.iter("span") if "vlist" in _classes(part)), None)
    found = []
    for entry in vlist if vlist is not None else ():
        top = _TOP.search(entry.get("style") or "")
        strut = next((_STRUT.search(part.get("style") or "") for part in entry if "pstrut" in _classes(part)), None)
        if top is not None:
            found.append(_Entry(-float(top[1]) - (float(strut[1]) if strut else 0.0), entry))
    return sorted(found, key=lambda entry: -entry.height)


def _content(entry: _Entry, depth: int) -> str:
    parts = [part for part in entry.element if "pstrut" not in _classes(part)]
    return f"<mrow>{_row(parts, depth + 1)}</mrow>"


def _scripts(base: str, element: etree._Element, depth: int) -> str:
    base = base if base != "<mrow></mrow>" else "<mrow/>"
    entries = _entries(element, depth)
    written = [_content(entry, depth) for entry in entries]
    if len(written) == 2:
        return f"<msubsup>{base}{written[1]}{written[0]}</msubsup>"
    if len(written) != 1:
        raise _Unreadable
    name = "msup" if entries[0].height > 0 else "msub"
    return f"<{name}>{base}{written[0]}</{name}>"


def _fraction(element: etree._Element, depth: int) -> str:
    entries = _entries(element, depth)
    parts = [entry for entry in entries if not _has(entry, "frac-line")]
    if len(parts) != 2:
        raise _Unreadable
    bar = "" if len(entries) > 2 else ' linethickness="0"'
    return f"<mfrac{bar}>{_content(parts[0], depth)}{_content(parts[1], depth)}</mfrac>"


def _has(entry: _Entry, name: str) -> bool:
    return any(name in _classes(part) for part in entry.element)


def _root(element: etree._Element, depth: int) -> str:
    index = next((child for child in element if "root" in _classes(child)), None)
    body = next((child for child in element if child is not index), None)
    if body is None:
        raise _Unreadable
    radicand = next((entry for entry in _entries(body, depth) if not _has(entry, "hide-tail")), None)
    if radicand is None:
        raise _Unreadable
    if index is None:
        return f"<msqrt>{_content(radicand, depth)}</msqrt>"
    return f"<mroot>{_content(radicand, depth)}{_content(_entries(index, depth)[0], depth)}</mroot>"


def _limits(element: etree._Element, depth: int) -> str:
    """An operator with what stands over and under it; it stands on the line itself."""
    entries = _entries(element, depth)
    middle = min(range(len(entries)), key=lambda n: abs(entries[n].height), default=None)
    if middle is None or not 2 <= len(entries) <= 3:
        raise _Unreadable
    written = [_content(entry, depth) for entry in entries]
    if len(entries) == 3 and middle == 1:
        return f"<munderover>{written[1]}{written[2]}{written[0]}</munderover>"
    if len(entries) == 3:
        raise _Unreadable
    name = "munder" if middle == 0 else "mover"
    return f"<{name}>{written[middle]}{written[1 - middle]}</{name}>"


def _braced(element: etree._Element, depth: int) -> str:
    """A brace over or under something, or a label over or under that."""
    entries = _entries(element, depth)
    for entry in entries:
        if _is_stretch(entry) and any(
            name[:6] == "brace-" for part in entry.element.iter("span") for name in _classes(part)
        ):
            base = next(other for other in entries if other is not entry)
            name, mark = ("mover", "⏞") if entry.height > base.height else ("munder", "⏟")
            return f"<{name}>{_content(base, depth)}<mo>{mark}</mo></{name}>"
    return _limits(element, depth)


def _is_stretch(entry: _Entry) -> bool:
    return "svg-align" in _classes(entry.element)


def _accent(element: etree._Element, depth: int) -> str:
    entries = _entries(element, depth)
    mark = next((entry for entry in entries if _has(entry, "accent-body") or _is_stretch(entry)), None)
    base = next((entry for entry in entries if entry is not mark), None)
    if mark is None or base is None:
        raise _Unreadable
    text = "".join(mark.element.itertext()).replace("\u200b", "").strip()
    if not text:
        box = next((svg.get("viewbox") or svg.get("viewBox") or "" for svg in mark.element.iter("svg")), "")
        text = _outlined(mark) or {"471": "→", "600": "~", "1033": "~", "2339": "~", "2340": "~"}.get(
            box.split()[2] if box.count(" ") == 3 else "", "^"
        )
    wide = "true" if _is_stretch(mark) else "false"
    sign = f'<mo stretchy="{wide}">{escape(_MARKS.get(text, text))}</mo>'
    if "accentunder" in _classes(element):
        return f'<munder accentunder="true">{_content(base, depth)}{sign}</munder>'
    return f'<mover accent="true">{_content(base, depth)}{sign}</mover>'


def _outlined(entry: _Entry) -> str:
    """The character that an entry draws with outlines, or nothing where they are not known."""
    paths = (_SEPARATORS.sub(" ", path.get("d") or "").strip()[:16] for path in entry.element.iter("path"))
    return html_tables.outlines().get(tuple(paths), "")


def _line(element: etree._Element, depth: int) -> str:
    entries = _entries(element, depth)
    over = "overline" in _classes(element)
    body = next((e for e in entries if not (_has(e, "overline-line") or _has(e, "underline-line"))), None)
    if body is None:
        raise _Unreadable
    name, mark = ("mover", "‾") if over else ("munder", "_")
    return f'<{name}>{_content(body, depth)}<mo stretchy="true">{mark}</mo></{name}>'


def _table(element: etree._Element, depth: int) -> str:
    columns: list[list[str]] = []
    letters = []
    for child in element:
        side = next((name[10:] for name in _classes(child) if name.startswith("col-align-")), None)
        if side is not None:
            columns.append([_content(entry, depth) for entry in _entries(child, depth)])
            letters.append({"l": "left", "r": "right"}.get(side, "center"))
    rows = max(map(len, columns), default=0)
    if rows == 0 or any(len(column) != rows for column in columns):
        raise _Unreadable
    written = "".join(f"<mtr>{''.join(f'<mtd>{column[n]}</mtd>' for column in columns)}</mtr>" for n in range(rows))
    return f'<mtable columnalign="{" ".join(letters)}">{written}</mtable>'


def _arrow(element: etree._Element, depth: int) -> str:
    """`\\xrightarrow` and its kin; an unknown one goes to the left where the drawing begins at its left end."""
    entries = _entries(element, depth)
    arrow = next((entry for entry in entries if _is_stretch(entry)), None)
    if arrow is None:
        raise _Unreadable
    kept = next((svg.get("preserveaspectratio", "") for svg in arrow.element.iter("svg")), "")
    sign = _outlined(arrow) or ("←" if kept.startswith("xMin") else "→")
    shaft = f'<mo stretchy="true">{sign}</mo>'
    over = [_content(entry, depth) for entry in entries if entry.height > arrow.height]
    under = [_content(entry, depth) for entry in entries if entry.height < arrow.height]
    name = "munderover" if over and under else "mover" if over else "munder"
    return f"<{name}>{shaft}{''.join(under[:1])}{''.join(over[:1])}</{name}>"


def _framed(element: etree._Element, depth: int) -> str:
    """`\\boxed`, `\\cancel` and what else is drawn over a body; the body alone where it is nothing that is known."""
    entries = _entries(element, depth)
    drawn = [entry for entry in entries if _is_stretch(entry) or _has(entry, "fbox") or _has(entry, "hide-tail")]
    bodies = [_content(entry, depth) for entry in entries if entry not in drawn]
    if len(bodies) != 1:
        # Lines over each other, as in \\substack made of boxes.
        return "".join(bodies)
    lines = [line for entry in drawn for line in entry.element.iter("line")]
    if any(_has(entry, "fbox") for entry in drawn):
        return f'<menclose notation="box">{bodies[0]}</menclose>'
    kinds = ["updiagonalstrike" if line.get("y1") == "100%" else "downdiagonalstrike" for line in lines]
    return f'<menclose notation="{" ".join(kinds)}">{bodies[0]}</menclose>' if kinds else bodies[0]


_READERS = (
    ("mfrac", _fraction), ("sqrt", _root), ("op-limits", _limits), ("mover", _braced), ("munder", _braced),
    ("accent", _accent), ("accentunder", _accent), ("overline", _line), ("underline", _line), ("mtable", _table),
    ("x-arrow", _arrow),
)  # fmt: skip
