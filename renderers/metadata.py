r"""The TeX source of a formula inside its picture: put in when it is drawn, got back exactly when the picture is read.

SVG carries it in ``<metadata>``, PNG in an ``iTXt`` chunk, PDF in the description of its XMP packet. Text that the
container would not give back unchanged (control characters, carriage returns, lone surrogates) is stored as a data URL.

    >>> embedded_tex(into_svg('<svg xmlns="http://www.w3.org/2000/svg"/>', r"a \le b"))
    'a \\le b'
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from ..convert.errors import ParseError, UnsupportedError
from ..convert.source import Source

NAMESPACE: Final = "urn:panmath:formula"
PNG_KEYWORD: Final = b"panmath:tex"
PDF_KEYWORD: Final = "panmath:tex"

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_MAX_TEX: Final = 16 << 20
_DEEPEST_XMP: Final = 32
"""Levels of an XMP packet; those that are written have six."""
"""Bytes of TeX that a picture may carry. A compressed chunk that grows beyond is a bomb."""
_COMPRESS_FROM: Final = 2048
_DATA_URL: Final = "data:application/x-tex;base64,"
_UNSAFE: Final = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SVG_TAG: Final = re.compile(r"<svg\b[^>]*?(/?)>")


def _armour(tex: str) -> str:
    if not tex or _UNSAFE.search(tex) or tex.startswith(_DATA_URL):
        return _DATA_URL + base64.b64encode(tex.encode("utf-8", "surrogatepass")).decode("ascii")
    return tex


def _unarmour(text: str) -> str | None:
    if not text.startswith(_DATA_URL):
        return text
    try:
        return base64.b64decode(text[len(_DATA_URL) :], validate=True).decode("utf-8", "surrogatepass")
    except (binascii.Error, UnicodeDecodeError):
        return None


def embedded_tex(picture: str | bytes | Source) -> str | None:
    """The TeX that an SVG, PNG or PDF drawn by panmath carries, character for character; None where there is none.

    Raises ParseError for an SVG that is not well formed or declares entities, UnsupportedError for a damaged PNG.
    """
    data = picture.text if isinstance(picture, Source) else picture
    if isinstance(data, bytes):
        if data.startswith(_SIGNATURE):
            return _from_png(data)
        if data.startswith(b"%PDF-"):
            return _from_pdf(data)
        if b"<svg" not in data:
            return None
        data = data.decode("utf-8", "replace")
    return _from_svg(picture if isinstance(picture, Source) else Source(data, "<svg>"))


# SVG


def into_svg(svg: str, tex: str, title: str | None = None) -> str:
    """The SVG with the TeX as metadata and a title (the TeX, unless another is given) for those who cannot see it."""
    tag = _SVG_TAG.search(svg)
    if tag is None:
        raise UnsupportedError("there is no <svg> element to put the TeX into")
    label = _UNSAFE.sub("\ufffd", tex if title is None else title)
    head = tag[0].rstrip("/>")
    inside = (
        f"<title>{escape(label)}</title>"
        f'<metadata><tex xmlns="{NAMESPACE}" xml:space="preserve">{escape(_armour(tex))}</tex></metadata>'
    )
    closing = "</svg>" if tag[1] else ""
    return f'{svg[: tag.start()]}{head} role="img" aria-label={quoteattr(label)}>{inside}{closing}{svg[tag.end() :]}'


class _TexOfSvg:
    """Collects the text of the first `tex` element of our namespace that stands in a `metadata` of the root."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.parts: list[str] = []
        self.wanted = ["http://www.w3.org/2000/svg svg", "http://www.w3.org/2000/svg metadata", f"{NAMESPACE} tex"]
        self.found: str | None = None
        self.depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth <= 3:
            self.path.append(name)

    def end(self, name: str) -> None:
        if self.depth == 3 and self.path == self.wanted and self.found is None:
            self.found = "".join(self.parts)
        if self.depth <= 3:
            self.path.pop()
        self.depth -= 1

    def data(self, text: str) -> None:
        if self.found is None and self.path == self.wanted:
            self.parts.append(text)


def parser(source: Source) -> expat.XMLParserType:
    """An XML parser with namespaces that refuses document types, and with them all entities.

    But for SVG's own, which many programs write and nobody loads.
    """

    def doctype(name: str, system: str | None, public: str | None, has_subset: int) -> None:
        if has_subset or name != "svg" or not (public or "").startswith("-//W3C//DTD SVG 1"):
            refuse()

    def refuse(*_: object) -> None:
        where = result.CurrentByteIndex
        offset = len(source.text.encode("utf-8", "surrogatepass")[:where].decode("utf-8", "replace"))
        raise ParseError("a document type is not allowed here", source, (offset, offset + 9))

    result = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    result.StartDoctypeDeclHandler = doctype
    result.EntityDeclHandler = refuse
    result.buffer_text = True
    return result


def feed(machine: expat.XMLParserType, source: Source) -> None:
    """Parses the whole source; ParseError at the place where it is not well formed."""
    data = source.text.encode("utf-8", "replace")
    try:
        machine.Parse(data, True)
    except expat.ExpatError as error:
        offset = len(data[: machine.ErrorByteIndex].decode("utf-8", "replace"))
        reason = expat.ErrorString(error.code)
        raise ParseError(f"the SVG is not well formed: {reason}", source, (offset, offset + 1)) from error


def _from_svg(source: Source) -> str | None:
    collector = _TexOfSvg()
    machine = parser(source)
    machine.StartElementHandler = collector.start
    machine.EndElementHandler = collector.end
    machine.CharacterDataHandler = collector.data
    feed(machine, source)
    return None if collector.found is None else _unarmour(collector.found)


# PNG


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def into_png(png: bytes, *, tex: str | None, dpi: float) -> bytes:
    """The PNG with its resolution, and with the TeX if there is some."""
    metre = round(dpi / 0.0254)
    extra = _chunk(b"pHYs", struct.pack(">IIB", metre, metre, 1))
    if tex is not None:
        text = _armour(tex).encode("utf-8")
        packed = len(text) >= _COMPRESS_FROM
        # Keyword, compression flag and method, language and translated keyword, text (PNG specification, 11.3.4.5).
        body = PNG_KEYWORD + bytes([0, packed, 0, 0, 0]) + (zlib.compress(text, 9) if packed else text)
        extra += _chunk(b"iTXt", body)
    after_header = len(_SIGNATURE) + 12 + 13
    return png[:after_header] + extra + png[after_header:]


def _chunks(png: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The chunks up to the end mark; UnsupportedError where one is cut off or its checksum wrong."""
    view, at = memoryview(png), len(_SIGNATURE)
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], view[at + 8 : at + 8 + length]
        if length != len(body) or at + 12 + length > len(png):
            break
        if (
            kind != b"IDAT"
            and zlib.crc32(view[at + 4 : at + 8 + length]) != struct.unpack_from(">I", png, at + 8 + length)[0]
        ):
            raise UnsupportedError(f"the PNG is damaged: wrong checksum of the chunk at byte {at}")
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + length
    raise UnsupportedError(f"the PNG is damaged: the chunk at byte {at} is cut off")


def _from_png(png: bytes) -> str | None:
    for kind, body in _chunks(png):
        if kind != b"iTXt" or bytes(body[: len(PNG_KEYWORD) + 1]) != PNG_KEYWORD + b"\0":
            continue
        rest = bytes(body[len(PNG_KEYWORD) + 1 :])
        fields = rest[2:].split(b"\0", 2)
        if len(rest) < 2 or len(fields) < 3:
            raise UnsupportedError("the PNG is damaged: its text chunk has no text")
        try:
            text = _inflate(fields[2]) if rest[0] else fields[2]
            return _unarmour(text.decode("utf-8"))
        except (zlib.error, UnicodeDecodeError) as error:
            raise UnsupportedError(f"the PNG is damaged: its text chunk cannot be read ({error})") from error
    return None


def _inflate(packed: bytes) -> bytes:
    machine = zlib.decompressobj()
    text = machine.decompress(packed, _MAX_TEX)
    if machine.unconsumed_tail:
        raise UnsupportedError(f"the PNG carries more than {_MAX_TEX >> 20} MiB of text")
    return text


# PDF


def pdf_description(tex: str) -> str:
    """What to give as description of the PDF, next to the keyword `PDF_KEYWORD`."""
    return _armour(tex)


class _TextsOfXmp:
    """The text of each property of an XMP packet."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.texts: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.path) >= _DEEPEST_XMP:
            raise UnsupportedError(f"the PDF's metadata is nested more than {_DEEPEST_XMP} levels deep")
        self.path.append(name.rpartition(" ")[2])

    def end(self, name: str) -> None:
        self.path.pop()

    def data(self, text: str) -> None:
        for name in ("description", "subject", "Keywords"):
            if name in self.path:
                self.texts[name] = self.texts.get(name, "") + text


def _from_pdf(pdf: bytes) -> str | None:
    start = pdf.rfind(b"<?xpacket begin")
    end = pdf.find(b"<?xpacket end", start)
    if start < 0 or end < 0 or end - start > 2 * _MAX_TEX:
        return None
    collector = _TextsOfXmp()
    source = Source(pdf[pdf.find(b"?>", start) + 2 : end].decode("utf-8", "replace"), "<XMP>")
    machine = parser(source)
    machine.StartElementHandler = collector.start
    machine.EndElementHandler = collector.end
    machine.CharacterDataHandler = collector.data
    feed(machine, source)
    marks = collector.texts.get("subject", "") + collector.texts.get("Keywords", "")
    if PDF_KEYWORD not in marks or "description" not in collector.texts:
        return None
    return _unarmour(collector.texts["description"])
