r"""Web pages → text with TeX: the content as Markdown, and the list of its formulas, each with the form it came from.

>>> page = extract(r"<p>If <math><msup><mi>a</mi><mn>2</mn></msup></math> is even, so is \(a\), for $5.</p>")
>>> page.text
'If $a^2$ is even, so is $a$, for \\$5.'
>>> [(formula.tex, formula.form) for formula in page.formulas]
[('a^2', 'mathml'), ('a', 'parentheses')]

Nothing is loaded and nothing is run: scripts are read for macros and delimiters, addresses of images for the TeX in
them. Pages are outside input: their size, their depth and the time for each are limited.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from . import html_content, html_macros, html_tree
from .html_forms import FORMS, Forms, Found
from .html_inline import Image
from .html_markdown import Writer

MAX_SECONDS = 30.0
"""For one page; ordinary ones take a hundredth of a second."""

__all__ = ["FORMS", "Formula", "Page", "Picture", "extract"]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of a page: its TeX without delimiters, and the offsets in the page's text with them."""

    tex: str
    display: bool
    form: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page: what stands for it where it is not shown, its address, and its offsets in the text."""

    text: str
    address: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """What has been taken from a page. `text` is Markdown."""

    title: str
    language: str
    text: str
    formulas: tuple[Formula, ...]
    images: tuple[Picture, ...]


def extract(
    page: bytes | str,
    *,
    name: str = "<input>",
    charset: str = "",
    whole: bool = False,
    links: bool = False,
    seconds: float = MAX_SECONDS,
) -> Page:
    """What is in a page.

    `charset` is the encoding that HTTP gave with the bytes. `whole` takes the frame of the page, too, and `links` keeps
    the addresses of links. Raises `ParseError` for a page that is too large or too deep, or that takes longer than
    `seconds`.
    """
    root = html_tree.parse(page, name, charset)
    if root is None:
        return Page("", "", "", (), ())
    forms = Forms(html_macros.settings(root))
    content = next(root.iter("body"), root) if whole else html_content.main(root)
    title = " ".join("".join(next(root.iter("title"), root).itertext()).split()) if html_tree.has(root, "title") else ""
    writer = Writer(forms, name, links=links, deadline=time.monotonic() + seconds)
    for around in [content, *content.iterancestors()][::-1]:
        for element in around.itersiblings("*", preceding=True):
            writer.definitions(element)
    text, places = writer.write(content)
    formulas = tuple(
        Formula(place.item.tex, place.item.display, place.item.form, place.start, place.end)
        for place in places
        if isinstance(place.item, Found)
    )
    images = tuple(
        Picture(place.item.text, place.item.address, place.start, place.end)
        for place in places
        if isinstance(place.item, Image)
    )
    return Page(title, root.get("lang") or "", text, formulas, images)
