r"""Cuts the files of a paper into tokens, coarser than those of formulas: a run of plain letters is one token.

What stands for itself (`\verb|…|`, verbatim environments, drawings, addresses with a `%`) is one token, so that
nothing in it is taken for markup. Comments are left out. Between `\makeatletter` and `\makeatother` `@` is a letter.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate
from typing import Final

FROZEN: Final = "\ue000"
"""Before a command that has its first meaning, whatever has been defined since: what `\\let` keeps of a primitive."""
END_OF_FILE: Final = "\ue001"
NO_VALUE: Final = "\ue002"
"""An optional argument that was not given, as xparse has it."""
CLOSE: Final = "\ue003"
"""Before the name of an environment of the paper's own: its group ends here."""
RESERVED: Final = re.compile("[\ue000-\ue00f\x00]")
"""Characters that a paper may not contain, because they have a meaning here."""

OPAQUE: Final = (
    "verbatim", "verbatim*", "Verbatim", "BVerbatim", "LVerbatim", "lstlisting", "minted", "alltt", "comment",
    "filecontents", "filecontents*", "tikzpicture", "pgfpicture", "pspicture", "picture", "asy", "luacode", "Sinput",
    "Soutput", "Schunk", "pycode", "codeblock", "verbatimtab", "algorithm2e",
)  # fmt: skip
"""Environments that are one token: text as it is, drawings, programs."""

_DECLARED: Final = re.compile(
    r"\\(?:excludecomment|lstnewenvironment|DefineVerbatimEnvironment|newverbatim|NewVerbatimEnvironment"
    r"|newtcblisting|specialcomment)\s*\{([A-Za-z*@]+)\}"
)
_LETTERS: Final = re.compile(
    r"\\(makeatletter|makeatother|ExplSyntaxOn|ExplSyntaxOff|catcode[ \t]*`\\@[ \t]*=?[ \t]*1[12])(?![A-Za-z@])"
)
_MAX_UNCLOSED: Final = 20
_DELIMITERS: Final = "|+!\"/=#@~$^'`;:,.?<>()[]&%0123456789"


@cache
def _pattern(opaque: tuple[str, ...], at_is_letter: bool) -> re.Pattern[str]:
    word = "[A-Za-z@]" if at_is_letter else "[A-Za-z]"
    code = "|".join(rf"{re.escape(mark)}[^\n{re.escape(mark)}]*{re.escape(mark)}" for mark in _DELIMITERS)
    blocks = "|".join(rf"{re.escape(name)}\}}[\s\S]*?\\end[ \t]*\{{{re.escape(name)}\}}" for name in opaque)
    return re.compile(
        r"[^\\%{}$&#\[\]~\n]+"
        r"|\n[ \t]*\n\s*|\n[ \t]*"
        rf"|\\begin[ \t]*\{{(?:{blocks})"
        rf"|\\(?:verb|lstinline)\*?(?:{code})"
        r"|\\(?:url|path|href|nolinkurl)[ \t]*\{[^{}\n%]*%[^{}\n]*\}"
        # TeX ends the line at the comment and skips blanks before the next; an empty line stays one.
        r"|%[^\n]*(?:\n[ \t]*(?=[^\n \t])|(?=\n)|\Z)"
        r"|\$\$?"
        rf"|\\(?:{word}+|[^A-Za-z])?"
        r"|.",
        re.DOTALL,
    )


def _closed(text: str, opaque: tuple[str, ...]) -> tuple[str, ...]:
    """The environments of these that are closed: each that has no end would be looked for through the whole text."""
    names = "|".join(map(re.escape, opaque))
    left: dict[str, int] = {}
    for edge, name in re.findall(rf"\\(begin|end)[ \t]*\{{({names})\}}", text):
        left[name] = left.get(name, 0) + 1 if edge == "begin" else 0
    return tuple(name for name in opaque if left.get(name, 0) <= _MAX_UNCLOSED)


class Lexer:
    """The lexer of one paper, which learns the environments that the paper declares to be taken as they are."""

    def __init__(self) -> None:
        self.opaque = OPAQUE

    def lex(self, text: str, base: int, *, at_is_letter: bool = False) -> tuple[list[str], list[int]]:
        """The tokens of a file and their places, which begin with `base`."""
        declared = tuple(name for name in _DECLARED.findall(text) if name not in self.opaque)
        self.opaque += tuple(dict.fromkeys(declared))
        opaque = self.opaque if "\\begin" not in text else _closed(text, self.opaque)
        tokens: list[str] = []
        at, start = at_is_letter, 0
        for switch in _LETTERS.finditer(text):
            tokens += _pattern(opaque, at).findall(text, start, switch.start())
            tokens.append(switch[0])
            if switch[1] == "ExplSyntaxOn":
                found = text.find("\\ExplSyntaxOff", switch.end())
                start = len(text) if found < 0 else found
                tokens[-1] = text[switch.start() : start]
                continue
            if switch.start() < start:
                tokens.pop()
                continue
            at, start = (at if switch[1].startswith("Expl") else switch[1] != "makeatother"), switch.end()
        tokens += _pattern(opaque, at).findall(text, start)
        places = list(accumulate(map(len, tokens), initial=base))
        kept = [(token, place) for token, place in zip(tokens, places, strict=False) if token[0] != "%"]
        return [token for token, _ in kept], [place for _, place in kept]
