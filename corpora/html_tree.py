"""Bytes of a web page → a tree of elements, by libxml2 (lxml): limits on size and depth, no network, no entities."""

from __future__ import annotations

import codecs
import re

from lxml import etree
from panmath.convert.errors import ParseError
from panmath.convert.source import Source

from .html_sources import MAX_BYTES

MAX_DEPTH = 2_000
"""Elements inside one another; libxml2 would leave out what follows after 2,048."""

_HEAD = 4096
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|^<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.I,
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What HTML means by these names, by the standard on encodings (encoding.spec.whatwg.org).
_MEANT = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "utf-16": "utf-8",
}
_DECLARATIONS = re.compile(r"<!DOCTYPE[^<>\[]{0,500}\[[^\]]*\]\s*>", re.IGNORECASE)
"""A DOCTYPE that declares things, which HTML does not know and would show."""
_UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ufffc\ue000-\ue003\ud800-\udfff]")
"""Characters that no XML has, and those by which the writer marks what is no text."""


def parse(page: bytes | str, name: str = "<input>", charset: str = "") -> etree._Element | None:
    """The root of the page, or None where there is no element in it.

    `charset` is the encoding that came with the page, from HTTP; a mark at its beginning and what the page itself says
    go before UTF-8, and what is no UTF-8 is Windows-1252. Raises `ParseError` for a page that is too large or too deep.
    """
    if len(page) > MAX_BYTES:
        raise _error(f"the page has {len(page):,} bytes; the limit is {MAX_BYTES:,}", name)
    text = page if isinstance(page, str) else decode(page, charset)
    text = _DECLARATIONS.sub("", _UNUSABLE.sub("", text), count=1)
    if not text.strip():
        return None
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.LxmlError as error:
        raise _error(f"the page cannot be parsed: {error}", name) from None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise _error(f"elements stand more than {MAX_DEPTH:,} deep in one another", name)
    if root is not None:
        _take_out_of_head(root)
    return root


def _take_out_of_head(root: etree._Element) -> None:
    """Puts formulas in scripts, which libxml2 takes for settings where a page begins with them, into the body."""
    head = root.find("head")
    scripts = [] if head is None else [part for part in head.iter("script") if part.get("type", "").startswith("math/")]
    if scripts:
        body = root.find("body")
        body = etree.SubElement(root, "body") if body is None else body
        for number, script in enumerate(scripts):
            body.insert(number, script)


def decode(page: bytes, charset: str = "") -> str:
    """The text of the page; bytes that its encoding does not have become U+FFFD."""
    for bom, encoding in _BOMS:
        if page.startswith(bom):
            return page[len(bom) :].decode(encoding, "replace")
    found = _DECLARED.search(page, 0, _HEAD)
    declared = (found[1] or found[2]).decode("ascii").lower() if found else ""
    for encoding in filter(None, (charset.strip("\"' ").lower(), declared, "utf-8")):
        try:
            return page.decode(_MEANT.get(encoding, encoding))
        except (LookupError, UnicodeDecodeError):
            continue
    return page.decode("utf-8" if _is_nearly_utf8(page) else "cp1252", "replace")


def _is_nearly_utf8(page: bytes) -> bool:
    """Whether at most one in a hundred of the bytes beyond ASCII is no UTF-8, as where a page was cut."""
    wide = sum(map((127).__lt__, page[:100_000]))
    return page[:100_000].decode("utf-8", "replace").count("\ufffd") * 100 <= wide


def _error(message: str, name: str) -> ParseError:
    return ParseError(message, Source("", name), (0, 0))


def has(element: etree._Element, *tags: str) -> bool:
    """Whether an element in the element has one of the names."""
    return next(element.iterdescendants(*tags), None) is not None


def text_of(element: etree._Element) -> str:
    """The text of an element; a line break is a line break."""
    texts = [element.text or ""]
    for part in element.iterdescendants():
        texts += (
            "\n" if part.tag == "br" else "",
            (part.text or "") if isinstance(part.tag, str) else "",
            part.tail or "",
        )
    return "".join(texts)
