r"""The TeX that a page carries along: what is taken off its ends, and what can be TeX at all."""

from __future__ import annotations

import re

MAX_FORMULA = 20_000
"""Characters of one formula; what is longer is text that lost its closing delimiter."""

_DELIMITERS = (
    ("$$$", "$$$", False),
    ("$$", "$$", True),
    ("\\[", "\\]", True),
    ("\\(", "\\)", False),
    ("$", "$", False),
)
_CDATA = re.compile(r"^\s*(?:%\s*)?<!\[CDATA\[|(?:%\s*)?\]\]>\s*$")
_DOCUMENT = re.compile(r"^.*?\\begin\{document\}(.*?)(?:\\end\{document\}.*)?$", re.DOTALL)
_COMMENT = re.compile(r"(\\[A-Za-z]+)?(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*|$)")
_DISPLAYSTYLE = re.compile(r"^\{\s*\\(displaystyle|textstyle)\s(.*)\}$", re.DOTALL)
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202c"))
_ZERO_WIDTH[0xA0] = 0x20
_BLANKS = re.compile(r"[ \t\r\n\f\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")
ENVIRONMENTS = (
    "equation", "align", "alignat", "gather", "multline", "flalign", "eqnarray", "displaymath", "math", "split",
    "aligned", "alignedat", "gathered", "cases", "array", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix",
    "Vmatrix", "smallmatrix", "subequations", "dmath", "CD", "tikzcd", "dcases", "rcases", "darray", "IEEEeqnarray",
    "empheq", "xalignat", "xxalignat",
)  # fmt: skip
_ENVIRONMENT = re.compile(rf"\\begin\s*\{{(?:{'|'.join(ENVIRONMENTS)})\*?\}}")
_DISPLAYED = re.compile(
    r"^\s*\\begin\s*\{(?:equation|align|alignat|gather|multline|flalign|eqnarray|displaymath|dmath|subequations|empheq|"
    r"xalignat|xxalignat|IEEEeqnarray)\*?\}"
)
_WRAPPED = re.compile(r"^\\begin\{(displaymath|math)\}(.*)\\end\{\1\}$", re.DOTALL)
_COMMAND = re.compile(r"\\(?:(?![bdnstwDSW](?![A-Za-z]))[A-Za-z]+|[,;:!{}|\\])")
"""A command of TeX, and none of those that patterns of text have."""
_PATH = re.compile(r"^[A-Za-z]:\\|\\\w+\\\w+\\\w+[\w.]*$")
_STRUCTURE = re.compile(r"[\w)}\]'|]\s*[\^_]\s*[\w{(\\+*-]|^\s*[\^_]\s*[\w{]|[<>=+*/≤≥≠∈→−±×·]|\\[{}|]")
_WORDS = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_TEXT = re.compile(
    r"\\(?:text|textrm|textbf|textit|textsf|texttt|mbox|hbox|mathrm|operatorname\*?|mathbf|mathit|mathsf|begin|end|label|"
    r"tag|ref|eqref|cite|color|href|ce|pu|unit|qty|SI|si|intertext|shortintertext)\s*(?:\[[^\]]*\])?\{[^{}]*\}"
)
_SENTENCE = re.compile(r"[A-Za-z]{2,}[.?!;]\s+[A-Z]|[A-Za-z]{3,},? [A-Za-z]{2,},? [A-Za-z]{2,}")
_FUNCTIONS = frozenset(
    "sin cos tan cot sec csc log exp min max sup inf lim det dim ker deg gcd mod arg and for all with the".split()
)


def clean(text: str) -> str:
    r"""The formula without what only the page needs: zero-width characters, comments, CDATA marks, a document around
    it, blank lines.
    """
    text = text.translate(_ZERO_WIDTH)
    if "]]>" in text or "<![CDATA[" in text:
        text = _CDATA.sub("", _CDATA.sub("", text))
    if "\\begin{document}" in text:
        text = _DOCUMENT.sub(r"\1", text)
    if "%" in text:
        text = _COMMENT.sub(_without_comment, text)
    return _BLANK_LINES.sub("\n", text).strip()


def _without_comment(found: re.Match[str]) -> str:
    """What stands before a comment; a command does not run into what follows on the next line."""
    return f"{found[1]} " if found[1] else found[2]


def inner(text: str, display: bool = False) -> tuple[str, bool]:
    """The formula inside its delimiters, if it has any, and whether they display it."""
    text = clean(text)
    for opening, closing, displayed in _DELIMITERS:
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
            body = text[len(opening) : -len(closing)]
            if closing not in body.replace("\\$", ""):
                return _unwrapped(body.strip(), display or displayed)
    return _unwrapped(text, display)


def _unwrapped(text: str, display: bool) -> tuple[str, bool]:
    r"""Without the `{\displaystyle …}` of MediaWiki and environments that say nothing but how a formula is shown."""
    found = _DISPLAYSTYLE.match(text)
    if found and _balanced(found[2]):
        text = found[2].strip() if found[1] == "displaystyle" else f"\\{found[1]} {found[2].strip()}"
    wrapped = _WRAPPED.match(text)
    if wrapped:
        return wrapped[2].strip(), display or wrapped[1] == "displaymath"
    return text, display or _DISPLAYED.match(text) is not None


def _balanced(text: str) -> bool:
    """Whether no brace closes that was not opened."""
    depth = 0
    for char in re.findall(r"\\.|[{}]", text, re.DOTALL):
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


def on_one_line(text: str) -> str:
    """The formula with all its white space as single blanks."""
    return _BLANKS.sub(" ", text).strip()


def has_delimiters(text: str) -> bool:
    """Whether the text is one formula in delimiters, or one environment."""
    text = text.strip()
    ends = any(text.startswith(opening) and text.endswith(closing) for opening, closing, _ in _DELIMITERS)
    return (ends and len(text) > 2) or (text.startswith("\\begin{") and text.endswith("}"))


def is_command(text: str) -> bool:
    r"""Whether a TeX command or an environment is in the text, and it is no path of files (`C:\temp`)."""
    return _COMMAND.search(text) is not None and _PATH.search(text.strip()) is None


def is_surely_tex(text: str) -> bool:
    """Whether a text that may be anything is a formula: it has a command, a script or a relation, and no sentence."""
    return looks_like_tex(text) and (is_command(text) or re.search(r"[\^_=<>]", text) is not None)


def looks_like_tex(text: str) -> bool:
    """Whether what stands where a formula may stand is one: it has commands, scripts or relations, and no sentence."""
    if not text or len(text) > MAX_FORMULA:
        return False
    bare = _TEXT.sub(" ", text)
    if is_command(text):
        return len(_plain_words(bare)) <= 4 + bare.count("\\") * 2
    if _SENTENCE.search(bare):
        return False
    if _STRUCTURE.search(bare):
        return len(_plain_words(bare)) <= 1
    return re.fullmatch(r"\s*(?:[A-Za-z]'*|\d+(?:[.,]\d+)*|[A-Za-z]{2}|[^\W\d_a-zA-Z])\s*", bare) is not None


def _plain_words(text: str) -> list[str]:
    """Words of three letters or more that are no names of functions."""
    return [word for word in _WORDS.findall(text) if word not in _FUNCTIONS]
