"""TikZ code as the document that TeX wants: what stands before its pictures, and the pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from ...convert.readers.tex.tokens import Macro, tokenize

_CLASS: Final = re.compile(r"(?<!\\)\\documentclass\s*(?:\[([^\]]*)\])?\s*\{([^}]*)\}")
_BEGIN: Final = re.compile(r"(?<!\\)\\begin\s*\{document\}")
_END: Final = re.compile(r"(?<!\\)\\end\s*\{document\}")
_COMMENT: Final = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_PACKAGE: Final = re.compile(r"\\(?:usepackage|RequirePackage)\s*(?:\[([^\]]*)\])?\s*\{([^}]*)\}")
_FRAGMENT: Final = r"""\usepackage{amsmath,amssymb}
\usetikzlibrary{angles,arrows,arrows.meta,automata,backgrounds,calc,decorations.markings,decorations.pathmorphing,
  decorations.pathreplacing,fit,intersections,matrix,mindmap,patterns,positioning,quotes,shapes,through,trees}"""
"""What code without a document may use; pgfplots comes in where it is needed."""
_DRAWING: Final = frozenset(
    ("\\draw", "\\fill", "\\filldraw", "\\path", "\\node", "\\coordinate", "\\pic", "\\matrix", "\\clip", "\\shade")
)


class Document(NamedTuple):
    """`options` are those of the class, `preamble` what stands before the document begins, `body` what is in it.

    `line` is the line of the source on which the body begins, from 1.
    """

    options: tuple[str, ...]
    preamble: str
    body: str
    line: int = 1

    @property
    def packages(self) -> list[tuple[str, str]]:
        """The packages that the preamble loads, with their options."""
        found = _PACKAGE.findall(uncommented(self.preamble))
        return [(name.strip(), options) for options, names in found for name in names.split(",") if name.strip()]

    def without_packages(self) -> str:
        """The preamble less what loads packages, line for line."""
        return _PACKAGE.sub("", uncommented(self.preamble))


def uncommented(text: str) -> str:
    """The text without its comments, line for line."""
    return _COMMENT.sub(r"\1%", text)


def document(text: str, macros: Mapping[str, str | Macro] | None = None) -> Document:
    """The document that the code is, or that is made around code without one."""
    definitions = "".join(map(_definition, (macros or {}).items()))
    plain = uncommented(text)
    begin, whole = _BEGIN.search(plain), _CLASS.search(plain)
    if begin is not None:
        start = whole.end() if whole is not None else 0
        end = _END.search(plain, begin.end())
        options = tuple(part.strip() for part in ((whole[1] if whole is not None else "") or "").split(","))
        return Document(
            options, plain[start : begin.start()] + definitions, plain[begin.end() : end.start() if end else None],
            plain.count("\n", 0, begin.end()) + 1,
        )  # fmt: skip
    preamble = _FRAGMENT + ("\n\\usepackage{pgfplots}" if re.search(r"\\addplot|axis\}", plain) else "") + definitions
    if _draws_pictures(plain):
        return Document((), preamble, plain)
    return Document((), preamble, f"\\begin{{tikzpicture}}{plain}\n\\end{{tikzpicture}}")


def _draws_pictures(text: str) -> bool:
    """Whether code without a document begins pictures itself, outside all braces."""
    depth = 0
    for tok in tokenize(text):
        depth += (tok == "{") - (tok == "}")
        if depth == 0 and tok in ("\\begin", "\\tikz"):
            return True
        if depth == 0 and tok in _DRAWING:
            return False
    return False


def _definition(macro: tuple[str, str | Macro]) -> str:
    name, meaning = macro
    command = name if name.startswith("\\") else f"\\{name}"
    if isinstance(meaning, str):
        count = max((int(digit) for digit in re.findall(r"#(\d)", meaning)), default=0)
        return f"\n\\def{command}{''.join(f'#{n}' for n in range(1, count + 1))}{{{meaning}}}"
    body = _written(meaning.body)
    if meaning.default is not None:
        arguments = f"[{len(meaning.pattern)}][{_written(meaning.default)}]"
        return f"\n\\providecommand{{{command}}}{{}}\\renewcommand{{{command}}}{arguments}{{{body}}}"
    return f"\n\\def{command}{_written(meaning.pattern)}{{{body}}}"


def _written(tokens: tuple[str, ...]) -> str:
    """The tokens as text, with a space after each name of a command so that no letter joins it."""
    return "".join(f"{token} " if re.fullmatch(r"\\[A-Za-z@]+", token) else token for token in tokens)
