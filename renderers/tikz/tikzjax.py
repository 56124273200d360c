"""node-tikzjax as an engine: TeX in WebAssembly, run by Node in a process that is shut in and ends after its time.

It has the Computer Modern fonts along, in which its SVG sets text; the text becomes outlines here, so that whatever
draws the figure needs no fonts. Packages that it lacks are replaced as far as figures need them (`packages`).
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import tempfile
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from ...convert import toml_tables
from ...convert.errors import EdgeError, MissingExtraError, UnsupportedError
from ...convert.source import Source
from ...convert.writers.typst import rgb
from ..confinement import Limits, ask, shut_in
from ..svg import inspect
from .colors import XCOLOR
from .document import Document

_PROGRAM: Final = Path(__file__).with_name("tikzjax.js")
_TABLE: Final = "packages.toml"
_FAILURE: Final = re.compile(r"^! (.*)$", re.MULTILINE)
_SVG: Final = "{http://www.w3.org/2000/svg}"
_LIBRARIES: Final = ("/usr/share/nodejs", "/usr/share/node_modules", "/etc/ssl/openssl.cnf", "/proc/self")


def installed() -> bool:
    """Whether Node and the package are there."""
    return shutil.which("node") is not None and _module() is not None


def _module() -> Path | None:
    """The folder of node-tikzjax: of the variable NODE_PATH, or of the modules that are installed for all."""
    node = shutil.which("node")
    folders = [Path(entry) for entry in os.environ.get("NODE_PATH", "").split(os.pathsep) if entry]
    if node is not None:
        folders.append(Path(node).resolve().parent.parent / "lib" / "node_modules")
    folders += [Path("/usr/local/lib/node_modules"), Path("/usr/lib/node_modules")]
    found = (folder / "node-tikzjax" for folder in folders if folder.is_absolute())
    return next((module.resolve() for module in found if (module / "package.json").is_file()), None)


def draw(figure: Document, source: Source, timeout: float) -> str:
    """The SVG, letters as outlines. MissingExtraError, UnsupportedError (TeX refuses the code), EdgeError."""
    module, node = _module(), shutil.which("node")
    if module is None or node is None:
        raise MissingExtraError(
            "drawing with TikZJax needs Node and its package node-tikzjax, which are not both installed: "
            "npm install -g node-tikzjax"
        )
    if find_spec("fontTools") is None:
        raise MissingExtraError(
            'drawing with TikZJax needs fontTools, which is not installed: pip install "panmath[figures]"'
        )
    replaced = {f"{name}.sty": text for name, text in _packages()[1].items()}
    given = {"module": str(module), "document": _text(figure), "files": replaced}
    limits = Limits(timeout, memory=0, files=256)
    readable = (os.path.realpath(node), str(_PROGRAM), str(module.parent), *filter(os.path.exists, _LIBRARIES))
    with tempfile.TemporaryDirectory(prefix="panmath-tikzjax-") as folder:
        command = [os.path.realpath(node), "--max-old-space-size=1024", str(_PROGRAM)]
        environment = {"HOME": folder, "LC_ALL": "C.UTF-8", "UV_THREADPOOL_SIZE": "2"}
        body = json.dumps(given).encode("utf-8")
        confined = shut_in(command, folder, readable, limits, threads=True)
        answer = ask(confined, body, folder, environment, limits, "TikZJax")
    if (failure := _FAILURE.search(answer.said)) is not None:
        raise UnsupportedError(f"{source.name}: TeX refuses it: {failure[1].strip()[:200]}")
    if answer.code != 0 or not answer.output.strip():
        raise EdgeError(f"TikZJax failed: {answer.last_words}", answer.said)
    return outlined(answer.output.decode("utf-8", "replace"), module / "css" / "bakoma" / "ttf")


def _text(figure: Document) -> str:
    """The document without its class, which is loaded already, and without what concerns pages and fonts."""
    ignored = _packages()[0]
    kept = [
        f"\\usepackage{f'[{options}]' if options else ''}{{{name}}}"
        for name, options in figure.packages
        if name not in ignored
    ]
    # Its pgfplots is a little old, and knows no later version by number.
    rest = re.sub(r"compat\s*=\s*1\.\d+", "compat=newest", figure.without_packages())
    preamble = "".join(kept) + _colors(figure) + rest
    return f"{preamble}\\begin{{document}}{figure.body}\\end{{document}}\n"


def _colors(figure: Document) -> str:
    """The colours that a document may use by an option of xcolor, as far as it does."""
    options = {*figure.options, *(option for _, given in figure.packages for option in given.split(","))}
    if options.isdisjoint(("svgnames", "dvipsnames", "x11names")):
        return ""
    names = set(re.findall(r"[A-Za-z]{3,}", figure.preamble + figure.body)) - XCOLOR.keys()
    known = {name: color for name in sorted(names) if (color := rgb(name)) is not None}
    return "".join(f"\\definecolor{{{name}}}{{HTML}}{{{color[1:].upper()}}}" for name, color in known.items())


@cache
def _packages() -> tuple[frozenset[str], dict[str, str]]:
    """The packages that a figure does without, and the texts of those that are replaced."""
    content = toml_tables.parse(files(__package__).joinpath(_TABLE).read_text("utf-8"), _TABLE)
    toml_tables.check_keys(content, ("ignored", "texts"), _TABLE)
    ignored = frozenset(toml_tables.strings(content["ignored"], f"{_TABLE}: ignored"))
    texts = toml_tables.part(content, "texts", _TABLE)
    return ignored, {name: toml_tables.string(text, f"{_TABLE}: texts.{name}") for name, text in texts.items()}


# Text as outlines


def outlined(text: str, fonts: Path) -> str:
    """The SVG with each piece of text as an outline. UnsupportedError where it uses a font that is not there."""
    inspect(Source(text, "<svg>"))
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    root = ElementTree.fromstring(text)
    for parent in root.iter():
        for at, child in enumerate(parent):
            if child.tag == _SVG + "text":
                parent[at] = _outline(child, fonts)
    return ElementTree.tostring(root, encoding="unicode")


def _outline(element: ElementTree.Element, fonts: Path) -> ElementTree.Element:
    x, y, size = (float(element.get(name, "0")) for name in ("x", "y", "font-size"))
    family = element.get("font-family", "")
    if re.fullmatch(r"\w+", family) is None or not (fonts / f"{family}.ttf").is_file():
        raise UnsupportedError(f"TikZJax has no font {family!r}")
    font = _font(str(fonts / f"{family}.ttf"))
    scale = size / font.units
    group = ElementTree.Element(_SVG + "g", {"fill": element.get("fill", "black"), "stroke": "none"})
    for character in element.text or "":
        outline, advance = font.glyph(character)
        if outline:
            place = f"matrix({scale:.6g} 0 0 {-scale:.6g} {x:.4f} {y:.4f})"
            ElementTree.SubElement(group, _SVG + "path", {"d": outline, "transform": place})
        x += advance * scale
    return group


class _Font:
    """A TrueType font: `glyph` gives the outline of a character as SVG has it, in `units` to the em, and its width."""

    def __init__(self, path: str) -> None:
        from fontTools.ttLib import TTFont

        logging.getLogger("fontTools").setLevel(logging.ERROR)  # it warns of dates in these fonts
        self._font: Any = TTFont(path, lazy=True)
        self._glyphs: Any = self._font.getGlyphSet()
        self._names = {code: name for table in self._font["cmap"].tables for code, name in table.cmap.items()}
        self.units: int = self._font["head"].unitsPerEm

    @cache  # noqa: B019 (fonts live as long as the process)
    def glyph(self, character: str) -> tuple[str, float]:
        from fontTools.pens.svgPathPen import SVGPathPen

        code = ord(character)
        name = self._names.get(code) or self._names.get(0xF000 + code)
        if name is None:
            return "", 0.0
        pen = SVGPathPen(self._glyphs)
        self._glyphs[name].draw(pen)
        return pen.getCommands(), float(self._glyphs[name].width)


@cache
def _font(path: str) -> _Font:
    return _Font(path)
