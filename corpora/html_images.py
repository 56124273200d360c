r"""Formulas in images: what their alternative text says, and what their address asks a server of formulas to draw."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus, urlsplit

from . import html_asciimath, html_latex, html_tables

_CODECOGS = re.compile(
    r"^(?:\s|\\inline\b|\\dpi\s*\{?\d+\}?|\\(?:bg|fg)(?:_\w+|\s*\{\w*\})|\\fn_\w+|"
    r"\\(?:tiny|small|normal|large|LARGE|Large|huge|Huge|normalsize)(?![A-Za-z]))*"
)
_CODECOGS_SPACE = re.compile(r"&space;|&amp;space;")
_PARAMETER = re.compile(r"[?&#;]?([A-Za-z_]+)=([^&]*)")
_ASCIIMATH = re.compile(
    r"[_^]\(|\b(?:int|sum|prod|sqrt|infty|alpha|beta|gamma|delta|theta|lambda|pi|sigma|lim)(?=[_^(\s=+*/]|$)|<=|>=|->"
)
_SERVED = re.compile(r"latex|mathtex|mimetex|texrender|equation|formula|imgmath|/(?:math|tex|eqn?)s?/", re.IGNORECASE)
"""Addresses of images that programs draw for formulas, which the image itself need not say."""
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


class Drawn(NamedTuple):
    """A formula that an image shows, and whether its address or its alternative text said so."""

    tex: str
    display: bool
    form: str


def formula(attributes: Mapping[str, str]) -> Drawn | None:
    """The formula that an `<img>` shows, or None where it is a picture of something else."""
    images = html_tables.markup().images
    classes = set(attributes.get("class", "").split())
    display = not classes.isdisjoint(images["display"])
    for name in ("src", *sorted(images["late"])):
        written = of_address(attributes.get(name, ""))
        if written:
            tex, displayed = html_latex.inner(written, display)
            return Drawn(tex, displayed, "image-address")
    marked = not classes.isdisjoint(images["classes"]) or _SERVED.search(attributes.get("src", "")) is not None
    for name in ("alt", "title", "data-alt", "aria-label"):
        text = attributes.get(name, "").strip()
        if text and marked and "\\" not in text and _ASCIIMATH.search(text):
            # MathWorld and its like: `int_0^1f(x)dx=sum_(k=1)^infty a_k`.
            return Drawn(html_asciimath.to_tex(text), display, "image-text")
        if text and is_formula(text, marked):
            tex, displayed = html_latex.inner(text, display)
            return Drawn(tex, displayed, "image-text")
    return None


def is_formula(text: str, marked: bool) -> bool:
    """Whether an alternative text is TeX; `marked` where its class says that the image is a formula."""
    if html_latex.has_delimiters(text):
        return marked or html_latex.looks_like_tex(html_latex.inner(text)[0]) or html_latex.is_command(text)
    if marked:
        return html_latex.looks_like_tex(text)
    return html_latex.is_command(text) and html_latex.looks_like_tex(text)


def of_address(address: str) -> str:
    """The TeX in the address of an image, or nothing."""
    if len(address) < 8 or len(address) > html_latex.MAX_FORMULA or address.startswith("data:"):
        return ""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    # What follows a `#` belongs to the formula: servers get it where programs ask, and browsers lose it.
    query = f"{parts.query}#{parts.fragment}" if parts.fragment and parts.query else parts.query
    place = (parts.netloc + parts.path).lower()
    if not query and "%" not in parts.path:
        return ""
    for server in html_tables.servers():
        found = server.address.search(place)
        if found is None:
            continue
        for name in server.parameters:
            written = _written(name, (parts.netloc + parts.path)[found.end() :], query)
            tex = _decoded(written, server.plus)
            if tex and (server.name != "equation" or html_latex.looks_like_tex(tex)):
                return tex
    return ""


def _written(name: str, rest: str, query: str) -> str:
    """The part of an address that a server reads its formula from."""
    if name == "?":
        found = re.match(r"(?:latex|formdata|tex|image|eq)=", query)
        return query[found.end() :] if found else query
    if name == "/":
        return rest
    for key, value in _PARAMETER.findall(query):
        if key.lower() == name:
            return str(value)
    return ""


def _decoded(written: str, plus: str) -> str:
    """What an escaped part of an address says, without the orders of codecogs for size and colour."""
    text = _CODECOGS_SPACE.sub(" ", written)
    text = unquote_plus(text) if plus == "space" else unquote(text)
    if _ESCAPE.search(text) and "\\" not in text:
        text = unquote(text)
    return _CODECOGS.sub("", text.replace("&space;", " "), count=1).removesuffix("\\nocache").strip()
