r"""What the glyphs of TeX's fonts are: font and code → the name of a symbol, as `models.layout` understands it.

A name is a command or a character of TeX, after the alphabet where it is not the usual one: ``x``, ``\alpha``,
``bf:x``, ``bb:R``. Which symbol stands at which code is read from LaTeX's own declarations (fontmath.ltx, amssymb.sty,
amsfonts.sty through kpsewhich); what those lack, delimiters and their pieces, is listed here after the TeXbook,
Appendix F.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

_DECLARED: Final = re.compile(
    r"\\(?:DeclareMathSymbol|@xDeclareMathSymbol)\s*\{?(\\?[^{}\s]+?)\}?\s*\{\\math\w+\}\s*\{(\w+)\}\s*\{([\"`']?[^{}]+)\}"
)
_ENCODINGS: Final = {
    "operators": "OT1",
    "letters": "OML",
    "symbols": "OMS",
    "largesymbols": "OMX",
    "AMSa": "MSA",
    "AMSb": "MSB",
}
_FONTS: Final = (
    ("cmmib", "OML", "bfit"), ("cmmi", "OML", ""), ("cmbsy", "OMS", "bf"), ("cmsy", "OMS", ""), ("cmex", "OMX", ""),
    ("msam", "MSA", ""), ("msbm", "MSB", "bb"), ("eufm", "", "frak"), ("eufb", "", "frak"), ("rsfs", "", "scr"),
    ("cmbx", "OT1", "bf"), ("cmssbx", "OT1", "sf"), ("cmss", "OT1", "sf"), ("cmtt", "OT1", "tt"), ("cmti", "OT1", "it"),
    ("cmcsc", "OT1", "rm"), ("cmsl", "OT1", "it"), ("cmr", "OT1", "rm"),
)  # fmt: skip
"""Beginning of a font's name, its encoding, and the alphabet of its letters."""

_CAPITAL_GREEK: Final = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
_OT1: Final = {
    **{code: rf"\{name}" for code, name in enumerate(_CAPITAL_GREEK)},
    11: "rm:ff", 12: "rm:fi", 13: "rm:fl", 14: "rm:ffi", 15: "rm:ffl", 16: r"\imath", 17: r"\jmath",
    18: r"\grave", 19: r"\acute", 20: r"\check", 21: r"\breve", 22: r"\bar", 23: r"\mathring", 0x22: "''", 0x27: "'",
    0x5C: "``", 0x60: "`", 0x5E: r"\hat", 0x5F: r"\dot", 0x7B: "rm:-", 0x7C: "rm:-", 0x7E: r"\tilde", 0x7F: r"\ddot",
    0x23: r"\#", 0x24: r"\$", 0x25: r"\%", 0x26: r"\&", 0x2D: "rm:-",
}  # fmt: skip
_OML: Final = {
    **{code: rf"\{name}" for code, name in enumerate(_CAPITAL_GREEK)},
    0x3A: ".", 0x3B: ",", 0x3C: "<", 0x3D: "/", 0x3E: ">", 0x7E: r"\vec", 0x7B: r"\imath", 0x7C: r"\jmath",
    0x40: r"\partial",
    **{0x30 + digit: str(digit) for digit in range(10)},
}  # fmt: skip
_OMS: Final = {
    0x01: r"\cdot", 0x30: "'", 0x36: r"\not", 0x37: r"\mapsto", 0x66: r"\{", 0x67: r"\}", 0x68: r"\langle",
    0x69: r"\rangle", 0x62: r"\lfloor", 0x63: r"\rfloor", 0x64: r"\lceil", 0x65: r"\rceil", 0x6A: "|", 0x6B: r"\|",
    0x6E: r"\setminus", 0x70: r"\sqrt",
}  # fmt: skip
_FENCES: Final = (
    "(",
    ")",
    "[",
    "]",
    r"\lfloor",
    r"\rfloor",
    r"\lceil",
    r"\rceil",
    r"\{",
    r"\}",
    r"\langle",
    r"\rangle",
)
_OMX: Final = {
    **dict(enumerate(_FENCES)), 0x0C: "|", 0x0D: r"\|", 0x0E: "/", 0x0F: r"\setminus", 0x10: "(", 0x11: ")",
    **{0x12 + at: name for at, name in enumerate(_FENCES)}, 0x1E: "/", 0x1F: r"\setminus",
    **{0x20 + at: name for at, name in enumerate(_FENCES)}, 0x2C: "/", 0x2D: r"\setminus", 0x2E: "/",
    0x2F: r"\setminus",
    0x30: "(", 0x31: ")", 0x32: "[", 0x33: "]", 0x34: "[", 0x35: "]", 0x36: "[", 0x37: "]",
    0x38: r"\{", 0x39: r"\}", 0x3A: r"\{", 0x3B: r"\}", 0x3C: r"\{", 0x3D: r"\}", 0x3E: r"\{",
    0x40: "(", 0x41: ")", 0x42: "(", 0x43: ")", 0x44: r"\langle", 0x45: r"\rangle",
    0x46: r"\bigsqcup", 0x47: r"\bigsqcup", 0x48: r"\oint", 0x49: r"\oint", 0x4A: r"\bigodot", 0x4B: r"\bigodot",
    0x4C: r"\bigoplus", 0x4D: r"\bigoplus", 0x4E: r"\bigotimes", 0x4F: r"\bigotimes",
    **{start + at: name for start in (0x50, 0x58) for at, name in enumerate(
        (r"\sum", r"\prod", r"\int", r"\bigcup", r"\bigcap", r"\biguplus", r"\bigwedge", r"\bigvee"))},
    0x60: r"\coprod", 0x61: r"\coprod", 0x62: r"\hat", 0x63: r"\hat", 0x64: r"\hat", 0x65: r"\tilde", 0x66: r"\tilde",
    0x67: r"\tilde", 0x68: "[", 0x69: "]", 0x6A: r"\lfloor", 0x6B: r"\rfloor", 0x6C: r"\lceil", 0x6D: r"\rceil",
    0x6E: r"\{", 0x6F: r"\}", **{0x70 + at: r"\sqrt" for at in range(7)}, 0x77: r"\|",
    0x7A: "brace", 0x7B: "brace", 0x7C: "brace", 0x7D: "brace",
}  # fmt: skip


def name(font: str, code: int) -> str | None:
    """The symbol at a code of a font, by the font's TeX name as ``cmmi10``; None for a font that we do not know."""
    for beginning, encoding, alphabet in _FONTS:
        if font.startswith(beginning):
            return _lettered(encoding, alphabet, code)
    return None


def _lettered(encoding: str, alphabet: str, code: int) -> str | None:
    character = chr(code)
    only_capitals = encoding in ("OMS", "MSB")
    letter = character.isascii() and character.isalpha() and (character.isupper() or not only_capitals)
    if letter and encoding not in ("OMX", "MSA"):
        return f"{'cal' if encoding == 'OMS' else alphabet}:{character}".removeprefix(":")
    found = _tables()[encoding].get(code) if encoding else None
    if encoding == "OT1" and found is None and 0x21 <= code < 0x7B:
        found = character
    if found is None:
        return None
    # Digits and Greek letters of bold and typewriter fonts are others; signs are not.
    styled = found.isalnum() or found.removeprefix("\\").capitalize() in _CAPITAL_GREEK
    return f"{alphabet}:{found}" if styled and alphabet not in ("", "rm", "it", "bb") else found


@cache
def _tables() -> dict[str, dict[int, str]]:
    declared: dict[str, dict[int, str]] = {encoding: {} for encoding in _ENCODINGS.values()}
    for file in ("amsfonts.sty", "amssymb.sty", "fontmath.ltx"):
        for symbol, family, number in _DECLARED.findall(installed(file).read_text(encoding="latin-1")):
            if family in _ENCODINGS and "@" not in symbol and (symbol.startswith("\\") or len(symbol) == 1):
                declared[_ENCODINGS[family]][_code(number)] = symbol
    own = {"OT1": _OT1, "OML": _OML, "OMS": _OMS, "OMX": _OMX}
    return {encoding: table | own.get(encoding, {}) for encoding, table in declared.items()}


def _code(number: str) -> int:
    if number.startswith('"'):
        return int(number[1:], 16)
    return ord(number[-1]) if number.startswith("`") else int(number)


def installed(file: str) -> Path:
    """Where a file of TeX's is; CalledProcessError where TeX does not know it."""
    found = subprocess.run(["kpsewhich", file], capture_output=True, text=True, check=True, timeout=60)
    return Path(found.stdout.strip())
