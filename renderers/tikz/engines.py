"""What draws TikZ code: the reader of our own, TeX in WebAssembly, or a TeX installation.

`auto` asks them in this order and takes the first that draws the figure. What the others draw is read from SVG, so that
their labels are outlines and no text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal, NamedTuple, TypeAlias

from ...convert.errors import EdgeError, Loss, Losses, OptionError, PanmathError
from ...convert.readers.tex.tokens import Macro
from ...convert.source import Source
from .. import svg_reader
from ..scene import Scene
from . import reader, tex, tikzjax
from .document import Document, document

EngineName: TypeAlias = Literal["auto", "native", "tikzjax", "tex"]
SECONDS: Final = 20.0
MAX_SOURCE: Final = 1 << 20


class _Foreign(NamedTuple):
    """An engine that is a program: what messages call it, whether it is there, and what draws."""

    title: str
    installed: Callable[[], bool]
    draw: Callable[[Document, Source, float], str]


FOREIGN: Final[dict[str, _Foreign]] = {
    "tikzjax": _Foreign("TikZJax", tikzjax.installed, tikzjax.draw),
    "tex": _Foreign("TeX", tex.installed, tex.draw),
}
"""In the order in which they are asked."""


def read(
    source: Source,
    *,
    losses: Losses,
    macros: Mapping[str, str | Macro] | None = None,
    engine: EngineName = "auto",
    timeout: float = SECONDS,
) -> Scene:
    """The scene of TikZ code; its `origin` is the engine that drew it. `timeout` is in seconds, for each program.

    Raises ParseError, UnsupportedError, EdgeError, MissingExtraError (an engine is asked for that is not installed)
    and OptionError. Where no engine draws the figure, the error is that of our own reader, which says the place.
    """
    if engine in FOREIGN:
        return _drawn(engine, source, losses, macros, timeout)
    if engine not in ("auto", "native"):
        raise OptionError(f"there is no engine {engine!r} for TikZ; there are auto, native, {', '.join(FOREIGN)}")
    found: Losses = []
    try:
        scene = reader.read(source, losses=found, macros=macros)
    except PanmathError as error:
        if engine == "native":
            raise
        return _other(error, source, losses, macros, timeout)
    losses += found
    return scene


def _other(
    error: PanmathError, source: Source, losses: Losses, macros: Mapping[str, str | Macro] | None, timeout: float
) -> Scene:
    """The scene of the first other engine that draws the figure; raises `error` where none does."""
    for name, foreign in FOREIGN.items():
        if foreign.installed():
            found: Losses = []
            try:
                scene = _drawn(name, source, found, macros, timeout)
            except PanmathError:
                continue
            losses += found
            return scene
    raise error


def _drawn(
    name: str, source: Source, losses: Losses, macros: Mapping[str, str | Macro] | None, timeout: float
) -> Scene:
    if len(source.text) > MAX_SOURCE:
        raise EdgeError(f"the figure is longer than {MAX_SOURCE >> 20} MiB")
    foreign = FOREIGN[name]
    svg = foreign.draw(document(source.text, macros), source, timeout)
    scene = svg_reader.read(Source(svg, f"{source.name} (drawn by {foreign.title})"), losses=losses)
    if not scene.items:
        raise EdgeError(f"{foreign.title} drew nothing")
    losses.append(Loss("labels", f"{foreign.title} drew the figure, and its letters are outlines"))
    return replace(scene, origin=name)
