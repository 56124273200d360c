"""What the glyphs of OpenType maths fonts are: an outline → the symbol that it shows and its size.

A glyph is found by its outline, which is what a program that sets formulas leaves of it in an SVG. Which character it
stands for is in the font itself: in its `cmap`, in the features that exchange glyphs in scripts and under accents, and
in the table MATH, which has the larger variants of a glyph and the pieces that it is put together from (OpenType
specification, "MATH — The mathematical typesetting table").
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path.parser import parse_path
from fontTools.ttLib import TTFont
from panmath.convert import symbols

from ..layout import INTEGRALS, LARGE

Points = frozenset[tuple[int, int]]

_SIGNS: Final = Path(__file__).parent / "signs.tsv"

_SIZES: Final = (1.0, 0.7, 0.5)
"""Sizes of text, scripts and scripts of scripts in TeX."""
_X_HEIGHT: Final = 0.4306
_CAPITAL: Final = 0.6833
"""Heights of letters of Computer Modern in ems."""
_EXCHANGED: Final = ("ssty", "dtls", "flac")
"""Features of glyphs in scripts, of dotless letters, and of accents over capitals."""
_ALPHABETS: Final = {
    "ITALIC": "", "BOLD": "bf", "BOLD ITALIC": "bfit", "SCRIPT": "cal", "FRAKTUR": "frak", "BLACK-LETTER": "frak",
    "DOUBLE-STRUCK": "bb", "SANS-SERIF": "sf", "MONOSPACE": "tt",
}  # fmt: skip
_STYLE: Final = re.compile(
    "(?:MATHEMATICAL )?((?:SANS-SERIF |BOLD |ITALIC )*"
    "(?:BOLD|ITALIC|SCRIPT|FRAKTUR|BLACK-LETTER|DOUBLE-STRUCK|SANS-SERIF|MONOSPACE)) "
)
"""Beginning of the Unicode names of letters in an alphabet of mathematics."""
_OWN: Final = {
    "'": "'", "’": "'", "′": "'", "″": "''", "‴": "'''", "…": "...", "⋯": r"\cdot...", "⋮": ":..",
    "≠": r"\not=", "∉": r"\not\in", "⊄": r"\not\subset", "≢": r"\not\equiv", "≁": r"\not\sim", "∗": r"\ast",
    "*": r"\ast", ":": r"\colon", "-": "rm:-", "·": r"\cdot", "√": r"\sqrt", "⏞": "brace", "⏟": "brace", "∥": r"\|",
    "∣": "|", "\\": r"\setminus", "⟨": r"\langle", "⟩": r"\rangle", "△": r"\varbigtriangleup", "⊥": r"\perp",
    "∅": r"\varnothing", "§": r"\mathsection", "ℎ": "h", "ℏ": r"\hbar", "ℓ": r"\ell", "ℜ": r"\Re", "ℑ": r"\Im",
    "ı": r"\imath", "ȷ": r"\jmath", "𝚤": r"\imath", "𝚥": r"\jmath", "→": r"\to", "⟶": r"\to", "⟵": r"\gets",
    "⟹": r"\Rightarrow", "⟸": r"\Leftarrow", "⟷": r"\leftrightarrow", "⟺": r"\Leftrightarrow", "⟼": r"\mapsto",
    "\u0300": r"\grave", "\u0301": r"\acute", "\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar",
    "\u0306": r"\breve", "\u0307": r"\dot", "\u0308": r"\ddot", "\u030a": r"\mathring", "\u030c": r"\check",
    "\u20d7": r"\vec", "\u20d6": r"\gets", "\u20e1": r"\leftrightarrow",
}  # fmt: skip
"""Names that are not those of the table of symbols. Primes and dots in a row are several signs each."""


class Glyph(NamedTuple):
    """A glyph as it was set: its name, or those of all signs that it is a piece of, and the size of its font in the
    units of the outline.

    `meant` is the size that TeX would have given it: scripts are not of the same size everywhere.
    `box` is (left, bottom, right, top) of its ink and `advance` its width up to where a subscript begins, in ems.
    `exchanged` says that it is a piece or a larger variant of what has the name.
    """

    names: tuple[str, ...]
    size: float
    meant: float
    box: tuple[float, float, float, float]
    advance: float
    exchanged: bool


@dataclass(frozen=True, slots=True)
class _Known:
    names: tuple[str, ...]
    box: tuple[float, float, float, float]
    advance: float
    exchanged: bool


class Sign(NamedTuple):
    """How far TeX takes a sign of Computer Modern to reach above and below the baseline, and how wide it is, in ems."""

    above: float
    below: float
    width: float


@cache
def signs() -> dict[str, Sign]:
    """The signs of Computer Modern by name: neither letters, nor what is large."""
    lines = _SIGNS.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("# ")][1:]
    return {name: Sign(*map(float, numbers)) for name, *numbers in rows}


class MathsFont:
    """One font by the outlines of those glyphs that have a name."""

    def __init__(self, file: Path) -> None:
        font: Any = TTFont(file)
        self.family: str = font["name"].getBestFamilyName()
        self._units: int = font["head"].unitsPerEm
        constants = font["MATH"].table.MathConstants
        shrunk = (constants.ScriptPercentScaleDown / 100, constants.ScriptScriptPercentScaleDown / 100)
        self._sizes = (1.0, *shrunk)
        self._known: dict[Points, _Known] = {}
        drawn, widths = font.getGlyphSet(), _widths(font)
        extents: dict[str, float] = {}
        for glyph, name, exchanged in _named(font):
            if exchanged and name == r"\vec":
                name = r"\to"  # an arrow over several letters
            pen = _Points(drawn)
            drawn[glyph].draw(pen)
            points = pen.rounded(1.0)
            if not points:
                continue
            known = self._known.get(points)
            if known is None:
                box = self._box(points)
                self._known[points] = _Known((name,), box, widths[glyph] / self._units, exchanged)
                extents.setdefault(name, box[3])
            elif exchanged and name not in known.names:
                own = 0 if known.exchanged else 1
                names = (*known.names[:own], *_ordered((*known.names[own:], name)))
                self._known[points] = replace(known, names=names)
        self.scale = ((extents["x"] / _X_HEIGHT) * (extents["rm:H"] / _CAPITAL)) ** 0.5
        """The size of a font of Computer Modern whose letters are as high, at size 1."""

    def _box(self, points: Points) -> tuple[float, float, float, float]:
        xs, ys = zip(*points, strict=True)
        left, bottom, right, top = (side / (2 * self._units) for side in (min(xs), min(ys), max(xs), max(ys)))
        return left, bottom, right, top

    def glyph(self, path: str, size: float) -> Glyph | None:
        """What an outline (the data of an SVG path, y upwards) is in a formula of that size; None if it is unknown."""
        pen = _Points(None)
        parse_path(path, pen)
        for shrunk, meant in zip(self._sizes, _SIZES, strict=True):
            known = self._known.get(pen.rounded(self._units / (size * shrunk)))
            if known is not None:
                return Glyph(known.names, size * shrunk, size * meant, known.box, known.advance, known.exchanged)
        return None


@cache
def load(file: Path) -> MathsFont:
    """The font of a file; each is read once in a process."""
    return MathsFont(file)


def _ordered(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of signs that share a piece; the arrow with two heads comes last, for it has all pieces of the others."""
    return tuple(sorted(names, key=lambda name: name == r"\leftrightarrow"))


class _Points(BasePen):
    """The points of an outline, whatever its order and its closing lines."""

    def __init__(self, glyph_set: Any) -> None:
        super().__init__(glyph_set)
        self._found: list[tuple[float, float]] = []

    def rounded(self, scale: float) -> Points:
        """The points in halves of the units of the font: those between two others of a TrueType outline are there."""
        return frozenset((round(2 * x * scale), round(2 * y * scale)) for x, y in self._found)

    def _moveTo(self, pt: tuple[float, float]) -> None:
        pass

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._found += [self._getCurrentPoint(), pt]

    def _curveToOne(self, *points: tuple[float, float]) -> None:
        self._found += [self._getCurrentPoint(), *points]

    def _qCurveToOne(self, *points: tuple[float, float]) -> None:
        self._found += [self._getCurrentPoint(), *points]


def _widths(font: Any) -> dict[str, int]:
    """The advances of glyphs; of integrals without their italic correction."""
    found = {glyph: advance for glyph, (advance, _) in font["hmtx"].metrics.items()}
    info = getattr(font["MATH"].table.MathGlyphInfo, "MathItalicsCorrectionInfo", None)
    integrals = {font.getBestCmap().get(ord(char)) for char in "∫∮"}
    integrals |= {other for glyph, other, _ in _variants(font) if glyph in integrals}
    for glyph, value in zip(info.Coverage.glyphs, info.ItalicsCorrection, strict=True) if info else ():
        if glyph in integrals and 0 < value.Value < found[glyph]:
            found[glyph] -= value.Value
    return found


def _named(font: Any) -> Iterator[tuple[str, str, bool]]:
    """Glyphs with the names of what they show: those of characters first, then what stands for them."""
    by_glyph: defaultdict[str, list[str]] = defaultdict(list)
    named = ((glyph, name_of(chr(code))) for code, glyph in font.getBestCmap().items())
    for glyph, name in sorted(named, key=lambda pair: pair[1] != r"\cdot"):  # which may look like a bullet
        if name is not None:
            by_glyph[glyph].append(name)
    for glyph, names in by_glyph.items():
        yield glyph, names[0], False
    others = [*_substitutes(font), *_variants(font)]
    for glyph, other, exchanged in others:
        for name in by_glyph.get(glyph, ())[:1]:
            yield other, name, exchanged
    exchanged_twice = {other: by_glyph[glyph][0] for glyph, other, _ in _substitutes(font) if glyph in by_glyph}
    for glyph, other, _ in _variants(font):
        if glyph in exchanged_twice and glyph not in by_glyph:
            yield other, exchanged_twice[glyph], True


def _substitutes(font: Any) -> Iterator[tuple[str, str, bool]]:
    """Glyph, what is put for it in scripts or under accents."""
    if "GSUB" not in font:
        return
    table = font["GSUB"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag in _EXCHANGED
        for index in record.Feature.LookupListIndex
    }
    for index in sorted(lookups):
        for part in table.LookupList.Lookup[index].SubTable:
            part = getattr(part, "ExtSubTable", part)
            for glyph, other in getattr(part, "mapping", {}).items():
                yield glyph, other, False
            for glyph, several in getattr(part, "alternates", {}).items():
                yield from ((glyph, other, False) for other in several)


def _variants(font: Any) -> Iterator[tuple[str, str, bool]]:
    """Glyph, a larger one or a piece of it."""
    table = font["MATH"].table.MathVariants
    for coverage, constructions in (
        (table.VertGlyphCoverage, table.VertGlyphConstruction),
        (table.HorizGlyphCoverage, table.HorizGlyphConstruction),
    ):
        for glyph, construction in zip(coverage.glyphs if coverage else (), constructions or (), strict=True):
            for record in construction.MathGlyphVariantRecord or ():
                yield glyph, record.VariantGlyph, True
            assembly = construction.GlyphAssembly
            yield from ((glyph, part.glyph, True) for part in (assembly.PartRecords if assembly else ()))


@cache
def name_of(char: str) -> str | None:
    r"""The symbol that a character shows, as `glyphs.name` calls it in TeX's fonts; None where there is no such name.

    >>> name_of("𝑥"), name_of("x"), name_of("𝐱"), name_of("𝛼")
    ('x', 'rm:x', 'bf:x', '\\alpha')
    """
    if char in _OWN:
        return _OWN[char]
    style, _, code = unicodedata.decomposition(char).partition(" ")
    if style == "<font>":
        words = _STYLE.match(unicodedata.name(char, ""))
        alphabet = _ALPHABETS.get(words[1]) if words else None
        return None if alphabet is None else _styled(alphabet, chr(int(code, 16)))
    if char.isascii() and char.isalnum():
        return f"rm:{char}" if char.isalpha() else char
    return _sign(char)


def _styled(alphabet: str, plain: str) -> str | None:
    if plain.isascii():
        return f"{alphabet}:{plain}".removeprefix(":")
    name = _sign(plain)
    return name if name is None or not alphabet else f"{alphabet}:{name}"


def _sign(char: str) -> str | None:
    rows = (row for row in symbols.rows() if row.char == char and row.cls not in ("accent", "wide", "under"))
    spellings = (spelling for row in rows for spelling in row.tex)
    return next(
        (spelling for spelling in spellings if spelling in signs() or spelling in LARGE or spelling in INTEGRALS), None
    )
