"""The list of formats: the vertices of the graph. All that asks "what is there?" reads this one list.

A format is here as soon as something reads or writes it.
"""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath
from typing import Literal, NamedTuple

from .errors import NoRouteError, ParseError
from .source import Source

Carrier = Literal["text", "bytes", "object"]
"""What a value of the format is: a `str`, `bytes`, or a Python object (an AST node)."""

_HEAD = 65536
"""How many bytes of an input are looked at to recognise it."""

_ENCODINGS = (
    r"utf-?8|utf-16-[lb]e|us-ascii|iso-8859-(?:[1-9]|1[03-6])|windows-125[0-8]|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis"
    r"|euc-(?:jp|kr)"
)
"""What an XML declaration may name. Python knows more codecs, but some of those are no encodings of text."""


class Format(NamedTuple):
    """One vertex of the graph.

    `suffixes` are those of files in the format; the first is the one given to new files. `also_in` are suffixes
    under which it is read but never written. `signature` is searched in the first 64 KiB and means the format for
    certain enough where the suffix is silent. Where `line_breaks_matter`, a value does not go onto one line. `variant`
    is the option that says which kind of file is written, where each suffix is one; its values are the suffixes.
    """

    name: str
    title: str
    carrier: Carrier
    media_type: str
    suffixes: tuple[str, ...] = ()
    also_in: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    signature: str = ""
    line_breaks_matter: bool = False
    variant: str = ""

    def claims(self, data: bytes) -> bool:
        """Whether the content looks like this format."""
        return bool(self.signature) and re.search(self.signature.encode(), data[:_HEAD]) is not None


_LATEX_DOCUMENT = r"\\(?:documentclass|begin\s*\{document\}|maketitle|(?:sub)*section\*?\s*\{|chapter\*?\s*\{)"
_PROSE = (
    r"(?m)^[^\S\n]*(?:(?:[-*+>#]+|\d+\.)[ \t]+)?+(?:[A-Za-z\x80-\xff]{2,}+|[AaI](?=[ \t]))(?=[\s,;:.\"')-])"
    r"[^\n\\$&{}^_=+<>|]*+(?:\$|\\[(\[])"
    r"|(?m:^)[^\S\n]*\$[^$\n]{1,200}\$[,.;:)]?[ \t]+[A-Za-z\x80-\xff]{2,}"
)
"""A line that begins with a word and has no sign of mathematics before the dollar that opens some, or with a formula
between dollars and a word after it.
"""

# In the order in which content is tried: binary signatures, then markup, then TeX.
FORMATS: tuple[Format, ...] = (
    Format(
        "image", "a picture of a formula (PNG)", "bytes", "image/png",
        suffixes=(".png",), also_in=(".jpg", ".jpeg", ".webp"), aliases=("png",),
        signature=r"^(?:\x89PNG\r\n\x1a\n|\xff\xd8\xff|(?s:RIFF....WEBP))",
    ),
    Format(
        "pdf", "a PDF page of the formula's size", "bytes", "application/pdf",
        suffixes=(".pdf",), signature=r"^%PDF-",
    ),
    Format(
        "speech", "a formula said aloud", "bytes", "audio/wav",
        suffixes=(".wav", ".flac", ".ogg", ".mp3"), aliases=("wav", "flac", "ogg", "mp3"),
        signature=r"^(?:(?s:RIFF....WAVE)|fLaC|OggS|ID3|\xff[\xf2\xf3\xfa\xfb])", variant="audio",
    ),
    Format(
        "svg", "a picture of a formula as outlines", "text", "image/svg+xml",
        suffixes=(".svg",), also_in=(".xml",), signature=r"<svg[\s>]",
    ),
    Format(
        "tikz", "a figure as TikZ code", "text", "text/x-tikz",
        suffixes=(".tikz",), also_in=(".tex", ".pgf"), aliases=("figure",),
        signature=r"\\begin\s*\{(?:tikzpicture|circuitikz)\}|^\s*\\(?:draw|node|fill|path)\b[^\n]*\(",
        line_breaks_matter=True,
    ),
    Format(
        "mathml", "MathML: presentation, Core on the way out", "text", "application/mathml+xml",
        suffixes=(".mml", ".mathml"), also_in=(".xml", ".html", ".htm", ".xhtml", ".txt"), aliases=("mml",),
        signature=r"<(?:[A-Za-z]+:)?math[\s>/]",
    ),
    Format(
        "document.tex", "a LaTeX document: text with formulas", "text", "application/x-tex",
        also_in=(".tex", ".latex", ".txt"), signature=_LATEX_DOCUMENT,
    ),
    Format(
        "document.md", "Markdown, or plain text with formulas between dollars", "text", "text/markdown",
        suffixes=(".md", ".markdown"), also_in=(".txt", ".tex"), aliases=("markdown", "md"), signature=_PROSE,
        line_breaks_matter=True,
    ),
    Format(
        "tex", "LaTeX mathematics", "text", "application/x-tex",
        suffixes=(".tex", ".latex"), also_in=(".txt",), aliases=("latex",), signature=r"\\(?:[A-Za-z]|[()\[\]])|\$",
    ),
    Format(
        "unicode", "linear mathematics in Unicode, as one types it in plain text", "text", "text/plain",
        suffixes=(".txt",), aliases=("txt", "text", "unicodemath"),
    ),
    Format(
        "spoken.en", "a formula in English words", "text", "text/plain",
        also_in=(".txt",), aliases=("spoken", "english"),
    ),
    Format("spoken.ru", "a formula in Russian words", "text", "text/plain", also_in=(".txt",), aliases=("russian",)),
    Format("typst", "Typst mathematics", "text", "text/vnd.typst", suffixes=(".typ",), aliases=("typ",)),
    Format("sympy", "a SymPy expression", "text", "text/x-python", line_breaks_matter=True),
    Format(
        "pyplot", "a figure as a matplotlib program", "text", "text/x-python",
        also_in=(".py",), aliases=("matplotlib",), signature=r"(?m)^\s*(?:import|from) matplotlib\b",
        line_breaks_matter=True,
    ),
    Format(
        "description", "what a figure shows, in words", "text", "text/plain", aliases=("figure-words",),
        line_breaks_matter=True,
    ),
    Format(
        "python", "a Python function on NumPy arrays", "text", "text/x-python",
        suffixes=(".py",), aliases=("py", "numpy"), line_breaks_matter=True,
    ),
    Format(
        "ast", "the tree in the middle, through which everything goes", "object", "text/plain", line_breaks_matter=True,
    ),
    Format(
        "scene", "the shapes and labels of a figure, through which all figures go", "object", "text/plain",
        line_breaks_matter=True,
    ),
    Format(
        "document", "the paragraphs of a document, through which all documents go", "object", "text/plain",
        line_breaks_matter=True,
    ),
)  # fmt: skip

_BY_NAME = {name: format for format in FORMATS for name in (format.name, *format.aliases)}


def names() -> tuple[str, ...]:
    """The formats' names, sorted."""
    return tuple(sorted(format.name for format in FORMATS))


def lookup(name: str) -> Format:
    """The format of that name or alias, whatever the case; NoRouteError says which there are."""
    found = _BY_NAME.get(name) or _BY_NAME.get(name.lower().removeprefix("."))
    if found is not None:
        return found
    import difflib  # here, because only a mistake needs it

    near = difflib.get_close_matches(name.lower(), _BY_NAME, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(names())}"
    raise NoRouteError(f"there is no format {name!r}{hint}")


def by_suffix(path: PurePath) -> Format:
    """The format written to a file of this name; NoRouteError where its suffix says none."""
    suffix = path.suffix.lower()
    for format in FORMATS:
        if suffix in format.suffixes:
            return format
    known = ", ".join(sorted(suffix for format in FORMATS for suffix in format.suffixes))
    reason = f"the suffix {path.suffix} is of no format" if suffix else f"{path.name!r} has no suffix"
    raise NoRouteError(f"{reason} that can be written; name the format, or use one of {known}")


def guess(data: bytes, path: PurePath | None = None) -> Format:
    """The format of an input: by its suffix, where several share that or there is none by its content.

    Text that shows no sign of any format is taken for TeX; NoRouteError for bytes that are no text.
    """
    suffix = path.suffix.lower() if path is not None else ""
    sharing = [format for format in FORMATS if suffix and suffix in (*format.suffixes, *format.also_in)]
    if len(sharing) == 1:
        return sharing[0]
    for format in sharing or FORMATS:
        if format.claims(data):
            return format
    if sharing:
        return next((format for format in sharing if suffix in format.suffixes), sharing[0])
    if b"\0" in data[:_HEAD]:
        raise NoRouteError(f"{path or 'the input'} is in no format that is known here; name it if it is")
    return lookup("tex")


def decode(data: bytes, name: str, first_line: int = 1) -> Source:
    """The text of an input, without the line break that ends its last line.

    UTF-8 unless a byte order mark or an XML declaration says otherwise.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding, name, first_line)
    declared = re.match(rb"""\s*<\?xml[^>]*?\bencoding\s*=\s*["']([\w.-]+)["']""", data[:200], re.ASCII)
    return _decode(data, declared[1].decode() if declared else "utf-8", name, first_line)


def _decode(data: bytes, encoding: str, name: str, first_line: int) -> Source:
    if not re.fullmatch(_ENCODINGS, encoding, re.IGNORECASE):
        raise ParseError(
            f"the encoding {encoding} is not known", Source(data.decode("latin-1"), name, first_line), (0, 1)
        )
    try:
        text = data.decode(encoding).removesuffix("\n").removesuffix("\r")
        return Source(text, name, first_line)
    except UnicodeDecodeError as error:
        text = data.decode(encoding, errors="replace")
        place = len(data[: error.start].decode(encoding, errors="replace"))
        message = f"the byte 0x{data[error.start]:02x} is not {encoding.upper()} text"
        raise ParseError(message, Source(text, name, first_line), (place, place + 1)) from error
