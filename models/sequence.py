r"""The two notations of the shipped text models: words, and TeX as tokens with blanks between them.

A model sees words in lower case, letters as they are, digits one by one: ``f of x equals 2 5``. It answers in tokens of
TeX, ``\frac { a } { 2 5 }``, in which a blank inside text is ``▁``. Both ways are exact but for layout.
"""

from __future__ import annotations

import re

from panmath.convert.nodes import Node
from panmath.convert.normal import normal
from panmath.convert.writers import tex

BLANK = "␣"
"""A blank that counts, inside text."""

_HEARD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d|[^\s\w]|_")
_TEX = re.compile(r"\\(?:begin|end)\{[A-Za-z]+\*?\}|\\[A-Za-z]+\*?|\\.|.", re.DOTALL)
_LETTER = re.compile(r"[A-Za-z]")


def heard(text: str) -> str:
    """A text as the models read it."""
    return " ".join(word if len(word) == 1 else word.lower() for word in _HEARD.findall(text.replace("ё", "е")))


def tex_tokens(node: Node) -> list[str]:
    """A formula in the tokens that the models write."""
    return [BLANK if token == " " else token for token in _needed(tex.write(normal(node), losses=[]))]


def _needed(text: str) -> list[str]:
    """The tokens without the blanks that only end the name of a command."""
    tokens = _TEX.findall(text)
    return [
        token for before, token in zip(["", *tokens], tokens, strict=False) if not (token == " " and _is_name(before))
    ]


def tex_text(tokens: list[str]) -> str:
    """The formula that tokens stand for: a blank only where one is needed to end the name of a command."""
    pieces: list[str] = []
    for token in tokens:
        if pieces and _is_name(pieces[-1]) and _LETTER.match(token):
            pieces.append(" ")
        pieces.append(" " if token == BLANK else token)
    return "".join(pieces)


def _is_name(token: str) -> bool:
    """Whether this is a command that a letter behind it would lengthen."""
    return token[:1] == "\\" and token[-1:].isalpha()
