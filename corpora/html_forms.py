r"""Which elements of a page are formulas, and what their TeX is.

A page says the same formula several times: as TeX for the renderer, as MathML for screen readers, as glyphs for the
eye. The TeX that its author wrote goes before MathML, MathML before glyphs, and glyphs before words about a picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import NamedTuple

from lxml import etree
from panmath.convert.errors import ParseError
from panmath.convert.readers.tex.expansion import Expander
from panmath.convert.source import Source

from . import (
    html_asciimath,
    html_content_mathml,
    html_glyphs,
    html_images,
    html_katex,
    html_latex,
    html_latexml,
    html_mathml,
    html_tables,
    html_typed,
)
from .html_delimiters import Piece
from .html_macros import Settings
from .html_tree import has, text_of


class Found(NamedTuple):
    """A formula of a page. `form` is the name of a row of `FORMS`."""

    tex: str
    display: bool
    form: str


FORMS: Mapping[str, str] = {
    "script-tex": '`<script type="math/tex">` of MathJax 2',
    "script-mathml": '`<script type="math/mml">`',
    "script-asciimath": '`<script type="math/asciimath">`',
    "mathjax-tex": "the TeX that MathJax 4 keeps in `data-latex`",
    "mathjax-mathml": "the MathML for screen readers beside what MathJax has drawn, or in `data-mathml`",
    "mathjax-glyphs": "CHTML or SVG of MathJax without MathML",
    "katex-annotation": "the TeX that KaTeX keeps in its MathML",
    "katex-mathml": "MathML of KaTeX without the TeX",
    "katex-glyphs": "HTML of KaTeX without MathML",
    "wikipedia": "MediaWiki: MathML with its TeX, or the image in its place",
    "latexml": "LaTeXML and ar5iv: the TeX in `alttext` or an annotation",
    "mathml-annotation": "MathML that carries its TeX in an annotation",
    "mathml-alttext": "MathML with its TeX in `alttext`",
    "mathml": "MathML alone, presentation",
    "mathml-content": "content MathML alone",
    "image-text": "the alternative text of an image",
    "image-address": "the address of an image on a server of formulas",
    "attribute": "an attribute such as `data-latex`",
    "element": "an element of its own, such as JATS `<tex-math>`",
    "class": "an element with a class such as `math`",
    "stackexchange": '`<span class="math-container">`',
    "dollar": "`$…$`",
    "double-dollar": "`$$…$$`",
    "parentheses": r"`\(…\)`",
    "brackets": r"`\[…\]`",
    "environment": r"`\begin{…}…\end{…}` in the text",
    "tag": "`[tex]…[/tex]` and its kin",
    "own-delimiters": "delimiters that the page sets for itself",
    "asciimath": "AsciiMath, in backticks or an element",
    "typed": "letters, signs, `<sup>` and `<sub>`",
    "fraction": "a fraction that spans or a table draw",
}
"""The forms in which pages hold formulas."""

SKIP = Found("", False, "")
"""For an element that repeats a formula which stands beside it, and for one that only defines macros."""

MAX_PARTS = 3_000
"""Elements in a formula that is text."""
MAX_FAILURES = 20
"""Formulas in whose macros there are errors, after which no macro of the page is expanded."""

_MATH_SCRIPT = re.compile(r"math/(\w+)", re.IGNORECASE)
_TEX_ENCODINGS = re.compile(r"(?:application|text)/(?:x-)?(?:la)?tex|^(?:la)?tex$", re.IGNORECASE)
_PREFIX = re.compile(r"^\w+:")
_MATHML_PREFIXES = re.compile(r"(</?)\w+:(?=[a-z])")
_DISPLAY_CLASS = re.compile(
    r"(?:^|[\s_-])(?:display|block|displaymath|math-display|katex-display)(?:$|[\s_-])", re.IGNORECASE
)
_MATHTYPE = str.maketrans("«»¨§", '<>"&')
_MATHJAX = frozenset(
    {
        "MathJax",
        "MathJax_Display",
        "MathJax_SVG",
        "MathJax_SVG_Display",
        "MathJax_CHTML",
        "MJXc-display",
        "mjx-chtml",
        "MathJax_MathML",
        "MathJax_MathContainer",
        "MathJax_Full_Width",
    }
)


class Forms:
    """Finds the formulas of one page."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.macros = Expander(settings.macros)
        self.failures = 0
        self.markup = html_tables.markup()
        self.attributes = frozenset(self.markup.attributes)

    def of_element(self, element: etree._Element) -> Found | None:
        """The formula that an element is, `SKIP` where its formula stands beside it, None for other elements."""
        found = self._candidate(element)
        if found is None or found is SKIP:
            return found
        return self.finished(found)

    def finished(self, found: Found) -> Found:
        """With the macros of the page expanded; `SKIP` where nothing is left."""
        tex = found.tex
        if self.failures < MAX_FAILURES:
            try:
                tex = self.macros.expand(Source(tex)).strip()
            except ParseError:
                # A macro of the page that is not well formed: the formula stays as it was written.
                self.failures += 1
        return found._replace(tex=tex) if tex and tex not in ("\\displaystyle", "{}") else SKIP

    def of_group(self, table: etree._Element) -> list[Found] | None:
        """The formulas that the table of a group of equations is, None for other tables."""

        def written(math: etree._Element) -> str | None:
            found = self._mathml(math)
            return found and found.tex

        group = html_latexml.group(table, written)
        return None if group is None else [self.finished(Found(tex, True, "latexml")) for tex in group]

    def of_piece(self, piece: Piece, tex: str) -> Found | None:
        """The formula of a piece of text, whose TeX has been put together."""
        form = {
            "$": "dollar",
            "$$": "double-dollar",
            "$$$": "dollar",
            "\\(": "parentheses",
            "\\[": "brackets",
            "[tex]": "tag",
            "own delimiters": "own-delimiters",
        }.get(piece.form, piece.form)
        if piece.asciimath:
            return Found(html_asciimath.to_tex(tex), piece.display, form)
        written, display = html_latex.inner(tex, piece.display)
        return self.finished(Found(written, display, form)) if written else None

    # What an element may be

    def _candidate(self, element: etree._Element) -> Found | None:
        tag = element.tag
        read = _TAGS.get(tag)
        if read is not None:
            return read(self, element)
        name = element.get("class")
        if name is not None:
            found = self._of_classes(element, name.split())
            if found is not None:
                return found
        keys = element.keys()
        if keys and not self.attributes.isdisjoint(keys):
            found = self._of_attributes(element)
            if found is not None:
                return found
        notation = self.markup.elements.get(tag)
        if notation is not None:
            return self._of_text(element, notation, "element")
        if ":" in tag and _PREFIX.sub("", tag) == "math":
            return self._mathml(element)
        return None

    def _of_classes(self, element: etree._Element, classes: list[str]) -> Found | None:
        for name in classes:
            if name in (
                "katex",
                "katex-display",
                "katex--display",
                "katex--inline",
                "katex-mathml",
                "katex-html",
                "katex-error",
                "temml",
            ):
                return self._katex(element, name)
            if name in _MATHJAX:
                return self._mathjax2(element)
            if name == "MathJax_Preview":
                return self._preview(element)
            if name == "mwe-math-element":
                return self._wikipedia(element)
            if name in ("mwe-math-mathml-a11y", "mwe-math-mathml-inline", "mwe-math-mathml-display"):
                return None
            if name in self.markup.fractions:
                fraction = html_typed.fraction(element)
                if fraction:
                    return Found(fraction, False, "fraction")
        if not self.attributes.isdisjoint(element.keys()):
            found = self._of_attributes(element)
            if found is not None:
                return found
        for name in classes:
            attribute = self.markup.valued.get(name)
            value = element.get(attribute, "") if attribute else ""
            if html_latex.inner(value)[0]:
                return Found(*html_latex.inner(value, _is_display(element)), "attribute")
            notation = self.markup.classes.get(name)
            if notation is not None:
                form = "stackexchange" if name == "math-container" else "class"
                found = self._of_text(element, notation, form)
                if found is not None:
                    return found
        return None

    def _of_text(self, element: etree._Element, notation: str, form: str) -> Found | None:
        """The formula that the text of an element is, if it can be."""
        if next(islice(element.iterdescendants(), MAX_PARTS, None), None) is not None:
            return None
        if has(element, "math", "script", "img", "mjx-container", "svg") or _holds_rendered(element):
            # The element holds the formula in a form of its own, which is found there.
            return None
        display = notation.endswith("display") or notation.startswith("display") or _is_display(element)
        text = element.get("value") if len(element) == 0 and not (element.text or "").strip() else text_of(element)
        text = (text or "").strip()
        if not text or len(text) > html_latex.MAX_FORMULA:
            return None
        if notation == "asciimath":
            return Found(html_asciimath.to_tex(text.strip("`")), display, "asciimath")
        marked_up = has(element, "sup", "sub", "i", "em", "var", "b")
        if html_latex.has_delimiters(text):
            tex, display = html_latex.inner(text, display)
            return Found(tex, display, form) if tex else None
        if "$" in text.replace("\\$", "") or "\\(" in text or "\\[" in text:
            return None
        if (
            notation.startswith("typed")
            and (marked_up or not text.isascii() or "?" in notation)
            and not html_latex.is_command(text)
        ):
            tex = html_typed.of_element(element)
            if notation == "typed?" and (not tex or not html_typed.is_formula(text, marked_up)):
                return None
            return Found(tex, display, "typed" if marked_up else form) if tex else None
        if notation.endswith("?") and not html_latex.is_surely_tex(text):
            return None
        tex, display = html_latex.inner(text, display)
        return Found(tex, display, form) if tex else None

    def _of_attributes(self, element: etree._Element) -> Found | None:
        for name, value in element.items():
            notation = self.markup.attributes.get(name)
            if notation is None or not value.strip() or len(value) > html_latex.MAX_FORMULA * 5:
                continue
            display = _is_display(element)
            if notation == "asciimath":
                return Found(html_asciimath.to_tex(value), display, "asciimath")
            if notation == "mathml":
                markup = value.translate(_MATHTYPE) if "«" in value else value
                tex = html_mathml.tex(markup)
                if tex:
                    return Found(
                        tex, display, "mathjax-mathml" if "MathJax" in element.get("class", "") else "attribute"
                    )
                continue
            if notation == "tex" or html_latex.has_delimiters(value) or html_latex.is_surely_tex(value):
                tex, display = html_latex.inner(value, display)
                if tex:
                    return Found(tex, display, "attribute")
        return None

    # Elements by name

    def _script(self, element: etree._Element) -> Found | None:
        kind = element.get("type", "")
        found = _MATH_SCRIPT.match(kind)
        if found is None:
            return None
        text, display = element.text or "", "mode=display" in kind.replace(" ", "").lower()
        match found[1].lower():
            case "tex" | "latex":
                tex, display = html_latex.inner(text, display)
                return Found(tex, display, "script-tex")
            case "mml" | "mathml":
                written = html_mathml.tex(text)
                return Found(written, display or 'display="block"' in text, "script-mathml") if written else SKIP
            case "asciimath":
                return Found(html_asciimath.to_tex(text), display, "script-asciimath")
            case _:
                return None

    def _mathml(self, element: etree._Element) -> Found | None:
        """MathML: its TeX, if it carries any, or what the hub reads from it."""
        display = element.get("display") == "block" or element.get("mode") == "display" or _is_display(element)
        latexml = "ltx_Math" in element.get("class", "")
        written = _annotation(element)
        if written:
            tex, display = html_latex.inner(written, display)
            return Found(tex, display, "latexml" if latexml else "mathml-annotation")
        text = element.get("alttext", "").strip()
        if text and (latexml or html_latex.is_command(text) or html_latex.looks_like_tex(text)):
            tex, display = html_latex.inner(text, display)
            return Found(tex, display, "latexml" if latexml else "mathml-alttext")
        if len(element) == 0:
            # Not MathML but the element of wiki texts, whose content is TeX.
            tex, display = html_latex.inner(element.text or "", display)
            return Found(tex, display, "element") if tex else SKIP
        read = _read_mathml(element)
        if read:
            return Found(read, display, "mathml")
        meant = html_content_mathml.tex(element)
        return Found(meant, display, "mathml-content") if meant else SKIP

    def _image(self, element: etree._Element) -> Found | None:
        found = html_images.formula(dict(element.items()))
        if found is not None:
            return Found(*found)
        for name, value in element.items():
            notation = self.markup.attributes.get(name)
            if notation is not None and name not in ("latex", "tex") and value.strip():
                return self._of_attributes(element)
        return None

    def _object(self, element: etree._Element) -> Found | None:
        tex = html_images.of_address(element.get("data") or element.get("src") or "")
        return Found(*html_latex.inner(tex, _is_display(element)), "image-address") if tex else None

    def _mjx_container(self, element: etree._Element) -> Found | None:
        """What MathJax 3 or 4 has drawn."""
        display = element.get("display") in ("true", "block")
        for part in element.iter("mjx-math", "g"):
            written = part.get("data-latex")
            if written:
                return Found(*html_latex.inner(written, display), "mathjax-tex")
        script = element.getnext()
        if script is not None and script.tag == "script" and script.get("type", "").startswith("math/"):
            return SKIP
        return self._drawn(element, display)

    def _drawn(self, element: etree._Element, display: bool) -> Found | None:
        for math in element.iter("math"):
            found = self._mathml(math)
            if found is not None and found is not SKIP:
                form = "mathjax-mathml" if found.form == "mathml" else found.form
                return Found(found.tex, display or found.display, form)
        markup = html_glyphs.mathml(element)
        tex = html_mathml.tex(markup) if markup else None
        return Found(tex, display, "mathjax-glyphs") if tex else None

    def _svg(self, element: etree._Element) -> Found | None:
        """A drawing of MathJax alone, as its command-line tools make them."""
        for part in element.iter("g"):
            if part.get("data-mml-node") == "math":
                written = part.get("data-latex")
                if written:
                    return Found(*html_latex.inner(written, False), "mathjax-tex")
                return self._drawn(element, False)
        title = element.findtext("title") or element.get("aria-label") or ""
        if html_latex.is_command(title) and html_latex.looks_like_tex(html_latex.inner(title)[0]):
            return Found(*html_latex.inner(title, _is_display(element)), "image-text")
        return None

    # Elements by class

    def _katex(self, element: etree._Element, name: str) -> Found | None:
        if name == "katex-error":
            text = "".join(element.itertext()).strip()
            return Found(*html_latex.inner(text), "class") if html_latex.looks_like_tex(text) else None
        maths = list(element.iter("math"))
        if name == "katex-html" or (len(maths) > 1 and name != "katex"):
            return None if name != "katex-html" else self._katex_glyphs(element, False)
        display = "display" in name or any(
            "katex-display" in (part.get("class") or "")
            for part in (element, *element.iterancestors("span", "p", "div"))
        )
        for math in maths:
            found = self._mathml(math)
            if found is not None and found is not SKIP:
                form = {"mathml-annotation": "katex-annotation", "mathml": "katex-mathml"}.get(found.form, found.form)
                return Found(found.tex, display or found.display, form)
        if name == "katex-mathml":
            return None
        glyphs = next(
            (part for part in element.iter("span") if "katex-html" in (part.get("class") or "").split()), None
        )
        if glyphs is None:
            return None
        beside = next(
            (part for part in element.iter("span") if "katex-mathml" in (part.get("class") or "").split()), None
        )
        return self._katex_glyphs(glyphs, display, "" if beside is None else "".join(beside.itertext()))

    def _katex_glyphs(self, element: etree._Element, display: bool, beside: str = "") -> Found | None:
        """What KaTeX drew. The words `beside` are its MathML without the tags: what is drawn, and then the TeX."""
        markup = html_katex.mathml(element)
        if markup is None:
            return None
        if beside:
            drawn = re.sub(r"<[^>]*>|[\s\u2061\u200b\xa0]", "", markup)
            written = _after(beside, _unescaped(drawn))
            if written and html_latex.looks_like_tex(written):
                return Found(*html_latex.inner(written, display), "katex-annotation")
        tex = html_mathml.tex(markup)
        return Found(tex, display, "katex-glyphs") if tex else None

    def _mathjax2(self, element: etree._Element) -> Found | None:
        """What MathJax 2 has drawn; the script that it was drawn from comes after it."""
        beside = element
        for _ in range(3):
            following = beside.getnext()
            if following is not None and following.tag == "script" and following.get("type", "").startswith("math/"):
                return SKIP
            if following is not None or (beside.tail or "").strip() or beside.getparent() is None:
                break
            beside = beside.getparent()
        scripts = [part for part in element.iter("script") if part.get("type", "").startswith("math/")]
        if scripts:
            return self._script(scripts[0])
        display = "isplay" in element.get("class", "") or _is_display(element)
        for part in element.iter():
            markup = part.get("data-mathml") if isinstance(part.tag, str) else None
            if markup:
                tex = html_mathml.tex(markup)
                if tex:
                    return Found(tex, display, "mathjax-mathml")
        return self._drawn(element, display)

    def _preview(self, element: etree._Element) -> Found | None:
        """What MathJax 2 shows until it has drawn: nothing, or the formula itself."""
        following = element.getnext()
        if following is not None and (following.tag == "script" or "MathJax" in following.get("class", "")):
            return SKIP
        return None

    def _wikipedia(self, element: etree._Element) -> Found | None:
        display = any(
            "mwe-math-mathml-display" in (part.get("class") or "")
            or "fallback-image-display" in (part.get("class") or "")
            for part in element.iter("span", "img")
        )
        for math in element.iter("math"):
            found = self._mathml(math)
            if found is not None and found is not SKIP:
                return Found(found.tex, display or found.display, "wikipedia")
        for image in element.iter("img"):
            found = self._image(image)
            if found is not None:
                return Found(found.tex, display or found.display, "wikipedia")
        return None

    def _jats(self, element: etree._Element) -> Found | None:
        """`<inline-formula>` and `<disp-formula>` of JATS, which hold the formula several times."""
        display = element.tag == "disp-formula"
        for part in element.iter("tex-math"):
            return Found(*html_latex.inner("".join(part.itertext()), display), "element")
        for part in element.iter():
            if isinstance(part.tag, str) and _PREFIX.sub("", part.tag) == "math":
                found = self._mathml(part)
                return None if found is None else found._replace(display=display or found.display)
        return None

    def _amp(self, element: etree._Element) -> Found | None:
        """`<amp-mathml data-formula="\\[…\\]">`."""
        text = element.get("data-formula", "")
        return Found(*html_latex.inner(text, element.get("inline") is None), "attribute") if text else None


_TAGS: dict[str, Callable[[Forms, etree._Element], Found | None]] = {
    "script": Forms._script, "math": Forms._mathml, "img": Forms._image, "mjx-container": Forms._mjx_container,
    "svg": Forms._svg, "object": Forms._object, "embed": Forms._object,
    "inline-formula": Forms._jats, "disp-formula": Forms._jats, "amp-mathml": Forms._amp,
}  # fmt: skip


def _is_display(element: etree._Element) -> bool:
    """Whether an element says that its formula stands on a line of its own."""
    if element.get("data-display") in ("true", "block", "1") or element.get("data-math-style") == "display":
        return True
    if (
        element.get("display") in ("block", "true")
        or element.get("mode") == "display"
        or element.get("type") == "block"
    ):
        return True
    name = element.get("class")
    return (name is not None and _DISPLAY_CLASS.search(name) is not None) or (
        element.tag in ("div", "p", "pre") and not _in_line(element)
    )


def _in_line(element: etree._Element) -> bool:
    return "inline" in element.get("class", "")


def _holds_rendered(element: etree._Element) -> bool:
    """Whether a renderer has put its output into the element."""
    return any(
        any(mark in (part.get("class") or "") for mark in ("katex", "MathJax", "mwe-math", "eqno", "mq-"))
        for part in element.iterdescendants("span", "div")
    )


def _annotation(element: etree._Element) -> str:
    """The TeX in an annotation of MathML."""
    for part in element.iter():
        if (
            isinstance(part.tag, str)
            and part.tag.endswith("annotation")
            and _TEX_ENCODINGS.search(part.get("encoding", ""))
        ):
            text = "".join(part.itertext()).strip()
            if text:
                return text
    return ""


def _read_mathml(element: etree._Element) -> str | None:
    markup = etree.tostring(element, encoding="unicode", with_tail=False)
    if ":" in str(element.tag):
        markup = _MATHML_PREFIXES.sub(r"\1", markup)
    return html_mathml.tex(markup)


def _after(text: str, drawn: str) -> str:
    """What of a text comes after the drawn characters, white space aside; nothing where it begins with others."""
    at = 0
    for char in drawn:
        while at < len(text) and (text[at].isspace() or text[at] in "\u2061\u200b\xa0"):
            at += 1
        if at == len(text) or text[at] != char:
            return ""
        at += 1
    return text[at:].strip()


def _unescaped(text: str) -> str:
    return (
        text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", '"')
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
    )
