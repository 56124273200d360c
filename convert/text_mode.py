r"""The text mode of TeX: accents, characters and ligatures, in texts inside formulas and in documents."""

from __future__ import annotations

from typing import Final

ACCENTS: Final = {
    "\\'": "\u0301", "\\`": "\u0300", "\\^": "\u0302", '\\"': "\u0308", "\\~": "\u0303", "\\=": "\u0304",
    "\\.": "\u0307", "\\u": "\u0306", "\\v": "\u030c", "\\H": "\u030b", "\\r": "\u030a", "\\c": "\u0327",
    "\\d": "\u0323", "\\b": "\u0331", "\\k": "\u0328", "\\t": "\u0361",
}  # fmt: skip
"""The combining mark of each accent."""

CHARACTERS: Final = {
    "\\ ": " ", "~": "\u00a0", "\\,": "\u2009", "\\space": " ", "\\quad": "\u2003", "\\qquad": "\u2003\u2003",
    "\\enspace": "\u2002", "\\enskip": "\u2002", "\\thinspace": "\u2009", "\\nobreakspace": "\u00a0", "\\;": "\u2005",
    "\\:": "\u2005", "\\>": "\u2005", "\\!": "", "\\-": "\u00ad", "\\/": "", "\\\\": " ", "\\newline": " ",
    "\\i": "ı", "\\j": "ȷ", "\\ss": "ß", "\\ae": "æ", "\\AE": "Æ", "\\oe": "œ", "\\OE": "Œ", "\\o": "ø", "\\O": "Ø",
    "\\aa": "å", "\\AA": "Å", "\\l": "ł", "\\L": "Ł", "\\dh": "ð", "\\th": "þ", "\\TH": "Þ", "\\DH": "Ð",
    "\\dag": "†", "\\ddag": "‡", "\\S": "§", "\\P": "¶", "\\pounds": "£", "\\copyright": "©", "\\textregistered": "®",
    "\\lq": "‘", "\\rq": "’", "\\ldots": "…", "\\dots": "…", "\\relax": "", "\\null": "", "\\protect": "",
    "\\textquotesingle": "'", "\\textasciigrave": "`", "\\textasciicircum": "^", "\\textasciitilde": "~",
    "\\textbackslash": "\\", "\\textbar": "|", "\\textless": "<", "\\textgreater": ">", "\\tiny": "",
    "\\scriptsize": "", "\\footnotesize": "", "\\small": "", "\\normalsize": "", "\\large": "", "\\Large": "",
    "\\noindent": "", "\\hfill": " ", "\\centering": "", "\\strut": "", "\\TeX": "TeX", "\\LaTeX": "LaTeX",
    "\\KaTeX": "KaTeX", "\\%": "%", "\\&": "&", "\\#": "#", "\\$": "$", "\\_": "_", "\\{": "{", "\\}": "}",
}  # fmt: skip
"""What commands write, but for fonts."""

LIGATURES: Final = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("`", "‘"), ("'", "’"))
