"""Checks an answer by going back another way: what was written is read again and compared with what was meant.

A reader shares no code with the writer that it checks, so that agreement is evidence. It is a check of the last hop
and of all that went into it since the tree was read; whether the input was read rightly it cannot know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .edges import EDGES, Edge, missing, resolve
from .errors import PanmathError
from .nodes import Node
from .normal import equal, normal
from .result import Verification
from .source import Source

_REPHRASES = ("sympy",)
"""Formats that reorder and evaluate what they are given, so that a difference in form proves nothing."""


_READ_BACK = ("natural", "exact")
"""The styles of speech that the reader understands, by the name of its grammar."""


def verify(
    node: Node | None, value: Any, source: str, target: str, options: Mapping[str, object] | None = None
) -> Verification:
    """Whether `value`, written in `target` from the tree `node` with `options`, gives that tree again when it is read.

    A tree that was itself asked for is written in the `source` format and read again.
    """
    if node is None:
        return Verification("unchecked", f"there is no tree on the way from {source} to {target}")
    if target == "ast":
        writer = _edge("ast", source)
        if writer is None:
            return Verification("unchecked", f"nothing writes {source}")
        target, value, options = source, _resolve(writer)(node, losses=[], **dict(writer.fixed)), None
    reader = _edge(target, "ast")
    if reader is None:
        return Verification("unchecked", f"nothing reads {target} back")
    how = dict(reader.fixed)
    if "grammar" in reader.options and options:
        style = options.get("style", _READ_BACK[0])
        if style not in _READ_BACK or options.get("ssml"):
            return Verification("unchecked", f"nothing reads {'SSML' if options.get('ssml') else style} back")
        how["grammar"] = style
    return _compare(node, value, target, reader, how)


def _compare(node: Node, value: Any, target: str, reader: Edge, how: Mapping[str, object]) -> Verification:
    try:
        back = _resolve(reader)(Source(value, target) if isinstance(value, str) else value, losses=[], **how)
    except PanmathError as error:
        return Verification("refuted", f"{target} cannot be read back: {error}", 0.0)
    if equal(node, back):
        return Verification("verified", f"read back from {target}, same normal form", 1.0)
    if target in _REPHRASES:
        return Verification("unchecked", f"{target} rephrases what it is given, so the form that comes back may differ")
    from .score import tree_error  # here, because it loads more than a conversion needs

    return Verification(
        "refuted", f"read back from {target}, another normal form", 1 - tree_error(normal(back), normal(node))
    )


def _edge(source: str, target: str) -> Edge | None:
    return next(
        (
            edge
            for edge in EDGES
            if (edge.source, edge.target) == (source, target) and edge.kind in ("reader", "writer")
        ),
        None,
    )


def _resolve(edge: Edge) -> Any:
    try:
        return resolve(edge.implementation)
    except ModuleNotFoundError as error:
        raise missing(edge, error) from error
