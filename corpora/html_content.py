"""What of a page is its content, and what is its frame: navigation, bars at the sides, notices, forms.

The rules are cautious, because a formula that is lost is worse than a menu that is kept: only elements that say by
their name, their role, their class or their style that they are not content are left out, and the rest of the page
only where an element that calls itself the content has most of the text, or all of the formulas.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

from .html_tables import markup

_MOST = 0.5
"""The share of a page's text that the element with the content must have."""
_ENOUGH = 200
"""Characters of text that it must have where all formulas stand in it."""

_CANDIDATES = 10
"""Elements that call themselves the content and are looked at."""

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_SAYS_OTHER = frozenset("has with no is page without not js wp post hide show before after main inner".split())
_FRAME = frozenset(
    {"div", "section", "ul", "ol", "span", "p", "td", "table", "header", "footer", "a", "dl", "form", "li"}
)
_SECTIONS = frozenset({"main", "article", "section"})
_FORMULAS = etree.XPath(
    "count(.//math | .//mjx-container | .//script[starts-with(@type, 'math/')] | .//*[contains(@class, 'math')] | "
    ".//*[contains(@class, 'katex')] | .//*[contains(@class, 'tex')] | "
    ".//img[contains(@alt, '\\') or contains(@src, 'tex')])"
)
_DELIMITERS = re.compile(r"\$|\\[(\[]|\\begin")


def main(root: etree._Element) -> etree._Element:
    """The element with the content; the body, or the root, where none says that it is."""
    body = next(root.iter("body"), root)
    named = [
        element
        for element in body.iter("main", "article", "div", "section", "td")
        if element.tag in ("main", "article") or element.get("role") == "main" or element.get("id") in _names()
    ]
    articles = [element for element in named if element.tag == "article"]
    if len(articles) > 1:
        named = [element for element in named if element.tag != "article"]
    if not named:
        return body
    whole = _length(body)
    for element in sorted(named, key=_rank)[:_CANDIDATES]:
        length = _length(element)
        if length >= _MOST * whole or (length >= _ENOUGH and _has_all_formulas(element, body)):
            return element
    return body


def _names() -> frozenset[str]:
    return markup().boilerplate["content"]


def _rank(element: etree._Element) -> int:
    """How surely an element is the content: the less the surer."""
    return 0 if element.tag == "main" or element.get("role") == "main" else 1 if element.tag == "article" else 2


def _length(element: etree._Element) -> int:
    """Characters of the text in an element."""
    length = 0
    for part in element.iter():
        if part.tag not in ("script", "style") and isinstance(part.tag, str):
            length += len(part.text or "")
        length += len(part.tail or "")
    return length


def _has_all_formulas(element: etree._Element, body: etree._Element) -> bool:
    if _FORMULAS(element) != _FORMULAS(body):
        return False
    inside, whole = ("".join(part.itertext("*")) for part in (element, body))
    return len(_DELIMITERS.findall(inside)) == len(_DELIMITERS.findall(whole))


def is_frame(element: etree._Element) -> bool:
    """Whether an element and all in it is no content."""
    tables = markup().boilerplate
    tag = element.tag
    if tag in tables["tags"]:
        return True
    keys = element.keys()
    if tag in ("header", "footer") and _is_page_wide(element):
        return True
    if not keys:
        return False
    if element.get("role") in tables["roles"] or "hidden" in keys or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    if style is not None and _HIDDEN.search(style):
        return True
    if tag in _FRAME:
        names = f"{element.get('class') or ''} {element.get('id') or ''}".split()
        return any(map(_names_frame, names)) and not _holds_content(element)
    return False


def _is_page_wide(element: etree._Element) -> bool:
    """Whether a header or a footer is that of the page, and not that of an article."""
    if any(parent.tag in _SECTIONS for parent in element.iterancestors()):
        return False
    return element.tag == "footer" or next(element.iter("h1"), None) is None


@lru_cache(maxsize=10_000)
def _names_frame(name: str) -> bool:
    """Whether a class or an identifier names a part of the frame: its first or last word does."""
    words = [word.lower() for word in _WORDS.findall(name)[:8]]
    known = markup().boilerplate["words"]
    if name in known:
        return True
    return bool(words) and words[0] not in _SAYS_OTHER and (words[-1] in known or words[0] in known)


def _holds_content(element: etree._Element) -> bool:
    """Whether an element that names itself a part of the frame is around the content all the same."""
    return next(element.iter("main", "article", "h1"), None) is not None
