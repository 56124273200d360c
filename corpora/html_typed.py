r"""Formulas without markup for formulas: letters in italics, signs of Unicode, `<sup>`, `<sub>`, fractions of spans.

What is read is a line of atoms: characters, and for each whether it is in italics and how far it is raised. Its TeX is
put together sign by sign; the hub reads and writes it, so that `−` and `≤` become what TeX has for them, and what it
cannot read is no formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml import etree
from panmath.convert.errors import ParseError
from panmath.convert.nodes import Unknown, walk
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import tex as tex_writer

from . import html_ascii, html_tables
from .html_ascii import FUNCTIONS
from .html_tree import has

MAX_LENGTH = 400
"""Characters of a formula that is typed into a line."""

_FRACTION_BAR = "\u2044"
_SPECIAL = {
    "\\": "\\setminus ", "{": "\\{", "}": "\\}", "%": "\\%", "&": "\\&", "#": "\\#", "$": "\\$", "~": "\\sim ",
    _FRACTION_BAR: "/", "_": "\\_", "^": "\\hat{}", "∕": "/", "′": "'", "″": "''", "’": "'",
    "‐": "-", "–": "-", "—": "-",
    "ˆ": "\\hat{}",
}  # fmt: skip
_RADICAL = re.compile(r"√\s*(?:\\overline\{([^{}]*)\}|\{([^{}]*)\}|\(([^()]*)\)|(\d+|[A-Za-z]))")
_OVERLINED = re.compile(r"overline|border-top\s*:(?!\s*(?:0|none))")
_NOT_SHOWN = frozenset({"sr-only", "visuallyhidden", "ignored", "radical"})
"""Classes of what stands in a formula for those who do not see it, or is drawn by other means."""
_ITALIC = frozenset({"i", "em", "var", "cite", "dfn"})
_WORD = re.compile(r"[A-Za-z]{2,}")
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ"
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ"


def of_element(element: etree._Element) -> str:
    """The formula that all of an element is, or nothing where it cannot be one."""
    return canonical("".join(_tex(element, 0)))


def canonical(tex: str) -> str:
    """The formula as the hub writes it; nothing where it cannot be read."""
    tex = _RADICAL.sub(lambda found: f"\\sqrt{{{next(filter(None, found.groups()))}}}", tex.strip())
    if not tex or len(tex) > MAX_LENGTH * 5:
        return ""
    try:
        node = tex_reader.read(Source(tex), losses=[])
    except ParseError:
        return ""
    if any(isinstance(part, Unknown) for part in walk(node)):
        return ""
    return tex_writer.write(node, losses=[]).strip()


def of_text(text: str) -> str:
    """Characters as TeX: signs that TeX needs otherwise, and names of functions."""
    parts = []
    for word in re.split(r"([A-Za-z]{2,})", text.replace("\xa0", " ")):
        if word in FUNCTIONS:
            parts.append(f"\\{word} " if word != "sgn" else "\\operatorname{sgn}")
        else:
            parts += [_SPECIAL.get(char, char) for char in word]
    return "".join(parts)


def _tex(element: etree._Element, depth: int) -> Iterable[str]:
    if depth > 40:
        return
    yield of_text(element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            yield from _child(child, depth + 1)
        yield of_text(child.tail or "")


def _child(element: etree._Element, depth: int) -> Iterable[str]:
    classes = (element.get("class") or "").split()
    if not _NOT_SHOWN.isdisjoint(classes) or element.tag in ("script", "style", "annotation"):
        return
    made = fraction(element)
    if made:
        yield made
        return
    if "limits" in classes:
        # docutils puts what stands over an operator before it.
        parts = sorted(
            ("".join(_child(child, depth + 1)) for child in element), key=lambda part: part[:1] in ("^", "_")
        )
        yield "".join(parts)
        return
    inner = "".join(_tex(element, depth))
    if "root" in classes and "sqrt" in ((element.getparent().get("class") or "").split()):
        yield f"\\sqrt{{{inner}}}"
        return
    match element.tag:
        case "sup" if inner.strip():
            yield f"^{{{inner.strip()}}}"
        case "sub" if inner.strip():
            yield f"_{{{inner.strip()}}}"
        case "b" | "strong" if len(inner.strip()) == 1:
            yield f"\\mathbf{{{inner}}}"
        case "br":
            yield " "
        case _ if _OVERLINED.search(element.get("style") or "") and inner.strip():
            yield f"\\overline{{{inner}}}"
        case _:
            yield inner


def fraction(element: etree._Element) -> str:
    """A fraction that spans draw, or nothing."""
    name = element.get("class")
    if name is None:
        return ""
    for part in name.split():
        roles = html_tables.markup().fractions.get(part)
        if roles is None:
            continue
        children = [child for child in element if isinstance(child.tag, str)]
        if roles:
            children = [
                child
                for role in roles
                for child in element.iterdescendants()
                if isinstance(child.tag, str) and role in (child.get("class") or "").split()
            ]
        written = ["".join(_tex(child, 0)).strip() for child in children]
        if len(written) == 2 and all(0 < len(text) <= 200 for text in written):
            whole = of_text(element.text or "").strip() if not roles else ""
            return f"{whole}\\frac{{{written[0]}}}{{{written[1]}}}"
    return ""


def of_table(table: etree._Element) -> str:
    """A formula with a fraction that a table of two rows draws, or nothing.

    Cells over both rows stand beside the fraction, those of the first row above its bar and of the second below it.
    """
    rows = list(table.iter("tr"))
    if (
        not 1 <= len(rows) <= 2
        or next(table.iterdescendants("th", "table", "ul", "ol", "pre", "img", "caption"), None) is not None
    ):
        return ""
    cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
    if len(rows) == 1:
        return _of_single_row(cells[0])
    first, second = cells
    beside = [cell.get("rowspan", "1").strip() == "2" for cell in first]
    above = [cell for cell, tall in zip(first, beside, strict=True) if not tall]
    if (
        not any(beside)
        and not (len(first) == 1 and _has_bar(first[0], "bottom"))
        and not (len(second) == 1 and _has_bar(second[0], "top"))
    ):
        return ""
    if len(above) != len(second) or not 1 <= len(second) <= 4 or len(first) > 9:
        return ""
    if any(len("".join(cell.itertext()).strip()) > 60 for cell in (*first, *second)):
        return ""
    below = iter(second)
    written = []
    for cell, tall in zip(first, beside, strict=True):
        upper = "".join(_tex(cell, 0)).strip()
        if tall:
            written.append(upper)
            continue
        lower = "".join(_tex(next(below), 0)).strip()
        if not upper or not lower:
            return ""
        written.append(f"\\frac{{{upper}}}{{{lower}}}")
    tex = " ".join(written)
    return canonical(tex) if _is_symbolic(tex) else ""


def _of_single_row(cells: Sequence[etree._Element]) -> str:
    """`a = ` beside a cell with a line in its middle: `b<hr>c`."""
    if not 1 <= len(cells) <= 7 or not any(has(cell, "hr") for cell in cells):
        return ""
    written = []
    for cell in cells:
        line = next(cell.iter("hr"), None)
        if line is None:
            written.append("".join(_tex(cell, 0)).strip())
            continue
        text = "".join(_tex(cell, 0))
        lower = of_text(line.tail or "") + "".join(
            "".join(_child(part, 0)) + of_text(part.tail or "") for part in line.itersiblings()
        )
        upper = text[: len(text) - len(lower)].strip() if text.endswith(lower) else ""
        if not upper or not lower.strip() or len(text) > 120:
            return ""
        written.append(f"\\frac{{{upper}}}{{{lower.strip()}}}")
    tex = " ".join(written)
    return canonical(tex) if _is_symbolic(tex) else ""


def _has_bar(cell: etree._Element, side: str) -> bool:
    style = (cell.get("style") or "").replace(" ", "")
    return f"border-{side}:" in style and f"border-{side}:0" not in style and f"border-{side}:none" not in style


def _is_symbolic(tex: str) -> bool:
    """Whether no words are in a formula, and something that is more than a number."""
    bare = re.sub(r"\\[A-Za-z]+", " ", tex)
    return not _WORD.search(re.sub(r"\b[A-Za-z]{2}\b", "", bare)) and re.search(r"[A-Za-z=α-ω]", bare) is not None


# Formulas among words

ITALIC, UPRIGHT, RAISED, LEVEL = "\ue000", "\ue001", "\ue002", "\ue003"
"""In a line: italics begin and end; a script begins, with `^` or `_` after it, or a fraction, with `f` and its TeX; it
ends."""

_RELATIONS = "=<>≤≥≠≈≡≅∼≃≪≫∈∉⊂⊆⊃⊇∝→⇒⇔↦⟶⟹⊥∥∣≺≻≍"
_SAFE_BINARY = "+−±∓×÷⋅∘∪∩∖⊕⊗∧∨"
_BINARY = _SAFE_BINARY + "·∗*/-–"
_PREFIX = "∑∏∫∮∂∇√∛∀∃¬"
_GREEK = "αβγδεζηθικλμνξοπρςστυφχψωϕϑϵΓΔΘΛΞΠΣΦΨΩ"
_OTHER = "∞∅ℝℂℕℤℚℓħ°′″…⋯|!"
_SIGNS = re.escape(_RELATIONS + _BINARY + _PREFIX + _GREEK + _OTHER + _SUPERSCRIPTS + _SUBSCRIPTS)
_MARKS = f"{ITALIC}{UPRIGHT}"
_DANGLING = f"{RAISED}[\\^_][^{RAISED}{LEVEL}]*{LEVEL}"
_SCRIPT = f"{RAISED}[^{RAISED}{LEVEL}]*{LEVEL}"
_NAME = rf"(?<![A-Za-z])(?:{'|'.join(sorted(FUNCTIONS))})(?![A-Za-z])"
_LETTER = r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])"
_DIFFERENTIAL = r"(?<![A-Za-z])d[a-z](?![A-Za-z])"
_PRODUCT = rf"(?<![A-Za-z])[A-Za-z]{{2}}(?=[{_SUPERSCRIPTS}]|{RAISED}\^)"
_VARIABLES = f"{ITALIC}[A-Za-z{_GREEK}]{{1,3}}{UPRIGHT}"
_NUMBER = r"\d+(?:[.,]\d+)*|\.\d+"
_UNIT = (
    rf"(?:{_NAME}|{_VARIABLES}|{_LETTER}|{_NUMBER}|{_DIFFERENTIAL}|{_PRODUCT}|[{_SIGNS}]|[()\[\]{{}}]|{_SCRIPT}|"
    rf"[{_MARKS}])"
)
_RUN = re.compile(rf"{_UNIT}(?:[ \xa0\n]?,?[ \xa0\n]*{_UNIT})*")
_STARTS = re.compile(
    rf"[{RAISED}{re.escape(_RELATIONS[3:] + _SAFE_BINARY + _PREFIX)}{_SUPERSCRIPTS}{_SUBSCRIPTS}]|{_VARIABLES}"
)
"""What a line must have to be looked at."""
_STRONG = re.compile(f"[≤≥≠≈≡≅≃≪≫∈∉⊂⊆⊃⊇∝⇒⇔↦∑∏∫∮∂∇√∀∃∪∩⊕⊗∧∨≍{_GREEK}{_SUPERSCRIPTS}{_SUBSCRIPTS}]")
_ITALIC_VARIABLE = re.compile(_VARIABLES)
_CALL = re.compile(f"{_VARIABLES}{ITALIC}?\\(")
_RELATION = re.compile(f"[{re.escape(_RELATIONS)}]")
_OPERATION = re.compile(
    rf"(?:[{re.escape(_SAFE_BINARY)}∗⋅]|[\s\xa0][-–*/·](?=[\s\xa0]))(?=[\s\xa0({ITALIC}]*[\w√∞∑∫∂∇{RAISED}])"
)
_ON_BASE = re.compile(rf"(?:[A-Za-z0-9)\]|′{_GREEK}]){UPRIGHT}?{RAISED}[\^_]")
_OPERAND = re.compile(rf"{_VARIABLES}|[A-Za-z{_GREEK}]|\d+(?:[.,]\d+)*|{RAISED}f|[∞∅ℝℂℕℤℚ]")
_TRIM_LEFT = re.compile(rf"[\s\xa0,{UPRIGHT}{re.escape('=<>*/·,.!°…⋯′″×÷⋅∈→)]}' + chr(125))}]+|{_DANGLING}|[|]\s")
_TRIM_RIGHT = f" \xa0\n,{ITALIC}=<>≤≥+−-–*/·∈→±×√∑∫∂([{{…⋯°"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_ROOT = re.compile(rf"√\s*(?:{ITALIC}([A-Za-z]){UPRIGHT}|\(([^()]*)\)|(\d+(?:\.\d+)?|[A-Za-z{_GREEK}]|{_SCRIPT}))")


def runs(line: str) -> Sequence[tuple[int, int, str]]:
    """The formulas of a line, in order: offsets of begin and end, and their TeX."""
    found = list(_marked(line))
    for start, end, tex in html_ascii.runs(line):
        written = canonical(tex)
        if written and all(end <= begin or stop <= start for begin, stop, _ in found):
            found.append((start, end, written))
    return sorted(found)


def _marked(line: str) -> Iterable[tuple[int, int, str]]:
    """The formulas with italics, scripts or signs beyond ASCII."""
    if _STARTS.search(line) is None:
        return
    for found in _RUN.finditer(line):
        if found.end() - found.start() < 2 or found.end() - found.start() > MAX_LENGTH * 2:
            continue
        for begin, stop in _parts(line, found.start(), found.end()):
            start, end = _trimmed(line, begin, stop)
            run = line[start:end]
            if len(run) > 1 and _is_evident(run, line[max(0, start - 12) : start]):
                tex = canonical(_run_tex(run))
                if tex:
                    yield start, end, tex


def _parts(line: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """A run, divided at commas between two formulas that have relations of their own: `a = 1, b = 2`."""
    depth = 0
    begin = start
    for at in range(start, end):
        char = line[at]
        depth += (char in "([{" or char == RAISED) - (char in ")]}" or char == LEVEL)
        rest = line[at + 1 : end]
        if (
            char == ","
            and depth == 0
            and rest[:1].isspace()
            and _RELATION.search(line, begin, at)
            and _RELATION.search(rest)
        ):
            yield begin, at
            begin = at + 1
    yield begin, end


def _trimmed(line: str, start: int, end: int) -> tuple[int, int]:
    """The run without dangling operators, brackets without partner, and marks whose partner is elsewhere."""
    for _ in range(40):
        before = start, end
        left = _TRIM_LEFT.match(line, start, end)
        if left:
            start = left.end()
        while end > start and line[end - 1] in _TRIM_RIGHT:
            end -= 1
        open_brackets = []
        for at in range(start, end):
            char = line[at]
            if char in "([{":
                open_brackets.append(at)
            elif char in _PAIRS:
                if not open_brackets:
                    start, end = (at + 1, end) if at - start < end - at else (start, at)
                    break
                open_brackets.pop()
        else:
            if open_brackets:
                at = open_brackets[0]
                start, end = (at + 1, end) if at - start < end - at else (start, at)
        if line[start:end].startswith(ITALIC) and UPRIGHT not in line[start:end]:
            start += 1
        if line[start:end].endswith(UPRIGHT) and ITALIC not in line[start:end]:
            end -= 1
        if (start, end) == before or start >= end:
            break
    return start, max(start, end)


def _is_evident(run: str, before: str) -> bool:
    """Whether a run is a formula, and no number, unit, date, molecule, footnote or single letter."""
    plain = re.sub(f"[{_MARKS}]", "", run)
    italic = _ITALIC_VARIABLE.search(run) is not None
    strong = _STRONG.search(run) is not None
    script = _ON_BASE.search(run) is not None
    fraction = f"{RAISED}f" in run
    small = re.search(r"[a-z]", re.sub(_SCRIPT, "", plain)) is not None
    operands = len(_OPERAND.findall(re.sub(f"{RAISED}[\\^_]|{LEVEL}", " ", run)))
    if not re.search(rf"[A-Za-z{_GREEK}√∞ℝℂℕℤℚ]|{RAISED}f", plain) or re.match(r"\d+\s*[a-z]$", plain):
        return False
    joined = _RELATION.search(run) is not None or _OPERATION.search(run) is not None
    if joined and operands >= 2:
        return italic or strong or fraction or (script and small)
    if _CALL.search(run) is not None and ")" in run:
        return True
    if run.startswith(("√", "∑", "∫", "∂", "∇", "∀", "∃")) and operands:
        return True
    return italic and script and re.search(r"\d\s*$", before) is None


def _run_tex(run: str) -> str:
    """A run as TeX that the hub can read."""
    run = _ROOT.sub(lambda found: f"\ue010{next(part for part in found.groups() if part is not None)}\ue011", run)
    parts = []
    at = 0
    while at < len(run):
        char = run[at]
        if char == RAISED and at + 1 < len(run):
            kind = run[at + 1]
            if kind == "f":
                end = run.index(LEVEL, at)
                parts.append(run[at + 2 : end])
                at = end + 1
                continue
            parts.append(f"{kind}{{")
            at += 2
            continue
        if char == LEVEL:
            parts.append("}")
        elif char == "\ue010":
            parts.append("\\sqrt{")
        elif char == "\ue011":
            parts.append("}")
        elif char not in _MARKS:
            end = at + 1
            while end < len(run) and run[end].isascii() and run[end].isalpha() and char.isascii() and char.isalpha():
                end += 1
            parts.append(of_text(run[at:end]))
            at = end
            continue
        at += 1
    return "".join(parts)


def is_formula(text: str, marked_up: bool) -> bool:
    """Whether a short text can be a formula: it has a relation or an operation, and no words."""
    return not _WORD.search(re.sub(_NAME, "", text)) and (
        marked_up or re.search(rf"[{re.escape(_RELATIONS + _BINARY)}^_]", text) is not None
    )
