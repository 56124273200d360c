r"""mhchem: `\ce{…}` and `\pu{…}`, kept word for word."""

from __future__ import annotations

from ...nodes import Unknown
from .parser import Handler, Items, Parser


def chemistry(p: Parser, items: Items, language: str, tok: str, at: int) -> None:
    items.append(Unknown(p.verbatim(tok, at).strip(), language, span=(at, p.end)))


KINDS: dict[str, Handler] = {"chemistry": chemistry}
