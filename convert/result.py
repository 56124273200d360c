"""What a conversion gives: the value with its history. Shows itself in notebooks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from .edges import Word
from .errors import Loss, PanmathError, ParseError
from .formats import lookup
from .nodes import Node
from .outline import outline
from .source import Source

State = Literal["verified", "unchecked", "refuted"]
"""From the best to the worst."""


class Hop(NamedTuple):
    """One edge as it was taken: which, how reliable it is said to be, and how long it took."""

    source: str
    target: str
    implementation: str
    reliability: float
    seconds: float


class Verification(NamedTuple):
    """Whether the answer was taken back another way and agreed with the input.

    `method` says how, or why not; `score` is how much agreed, from 0 to 1, None where nothing was compared.
    """

    state: State = "unchecked"
    method: str = "not asked for"
    score: float | None = None


class Alternative(NamedTuple):
    """Another answer, and how likely it is that it is right, from 0 to 1."""

    value: Any
    confidence: float


@dataclass(frozen=True, slots=True)
class Result:
    """The answer of one conversion, and how it came about.

    `value` is a `str`, `bytes`, an AST node or a SymPy expression, as the format has it; None where `error` is set.
    `confidence` is the product over the learned edges of the route, so 1.0 where there was none. `verification`
    never feeds it. `words` are those of a spoken answer in order, each with what it speaks. `source` is the text that
    was read last on the route, into which spans of losses and words point.
    """

    value: Any
    format: str
    input: str = "<input>"
    provenance: tuple[Hop, ...] = ()
    confidence: float = 1.0
    verification: Verification = Verification()
    alternatives: tuple[Alternative, ...] = ()
    losses: tuple[Loss, ...] = ()
    words: tuple[Word, ...] = field(default=(), repr=False)
    error: PanmathError | None = None
    source: Source | None = field(default=None, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The value as text; a tree as an indented outline, SymPy as it prints itself. TypeError for bytes."""
        if isinstance(self.value, bytes):
            raise TypeError(f"a value in the format {self.format} is bytes, not text")
        return as_text(self.value)

    def warnings(self) -> tuple[str, ...]:
        """The losses as one line each, with their place in the input where they have one."""
        return tuple(f"{self._place(loss)}{loss}" for loss in self.losses)

    def _place(self, loss: Loss) -> str:
        if self.source is None or loss.span is None:
            return f"{self.input}: "
        line, column = self.source.position(loss.span[0])
        return f"{self.source.name}:{line}:{column}: "

    def to_dict(self) -> dict[str, Any]:
        """All of the result in values that JSON knows; bytes in base64, `words` where there are some."""
        return {
            "input": self.input,
            "format": self.format,
            "value": _plain(self.value),
            "provenance": [
                {
                    "source": hop.source,
                    "target": hop.target,
                    "implementation": hop.implementation,
                    "reliability": hop.reliability,
                    "seconds": round(hop.seconds, 6),
                }
                for hop in self.provenance
            ],
            "confidence": self.confidence,
            "verification": {
                "state": self.verification.state,
                "method": self.verification.method,
                "score": self.verification.score,
            },
            "alternatives": [
                {"value": _plain(other.value), "confidence": other.confidence} for other in self.alternatives
            ],
            "losses": [self._loss(loss) for loss in self.losses],
            "error": None if self.error is None else _error(self.error),
        } | ({"words": [_word(word) for word in self.words]} if self.words else {})

    def to_json(self, indent: int | None = None) -> str:
        """`to_dict` as text."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    def _loss(self, loss: Loss) -> dict[str, Any]:
        plain: dict[str, Any] = {"what": loss.what, "reason": loss.reason}
        if self.source is not None and loss.span is not None:
            plain["line"], plain["column"] = self.source.position(loss.span[0])
        return plain

    # Notebooks. IPython asks for the bundle, marimo and others for the single forms.

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        bundle = self._bundle()
        wanted = set(bundle if include is None else include) - set(exclude or ())
        return {media_type: value for media_type, value in bundle.items() if media_type in wanted}

    def _bundle(self) -> dict[str, Any]:
        if self.error is not None:
            return {"text/plain": f"{type(self.error).__name__}: {self.error}"}
        bytes_only = isinstance(self.value, bytes)
        bundle = {"text/plain": f"{self.format}, {len(self.value)} bytes" if bytes_only else self.text}
        match self.format:
            case "svg" | "image" | "pdf":
                bundle[lookup(self.format).media_type] = self.value
            case "speech":
                bundle["text/html"] = _player(self.value)
            case "mathml":
                bundle["text/html"] = self.value
            case "tex":
                bundle["text/latex"] = f"$\\displaystyle {self.value}$"
        return bundle

    def _repr_svg_(self) -> str | None:
        return self._repr_mimebundle_().get("image/svg+xml")

    def _repr_png_(self) -> bytes | None:
        return self._repr_mimebundle_().get("image/png")

    def _repr_html_(self) -> str | None:
        return self._repr_mimebundle_().get("text/html")

    def _repr_latex_(self) -> str | None:
        return self._repr_mimebundle_().get("text/latex")


_AUDIO_TYPES = {b"RIFF": "audio/wav", b"fLaC": "audio/flac", b"OggS": "audio/ogg"}
"""By the first bytes; what begins otherwise is MP3."""


def _player(sound: bytes) -> str:
    """The element of HTML that plays a file of sound, which it holds itself."""
    import base64

    data = base64.b64encode(sound).decode("ascii")
    return f'<audio controls src="data:{_AUDIO_TYPES.get(sound[:4], "audio/mpeg")};base64,{data}"></audio>'


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        import base64

        return {"base64": base64.b64encode(value).decode("ascii")}
    return None if value is None else as_text(value)


def as_text(value: Any) -> str:
    """A text as it is, a tree as its outline, any other object as it prints itself."""
    if isinstance(value, str):
        return value
    return outline(value) if isinstance(value, get_args(Node)) else str(value)


def _word(word: Word) -> dict[str, Any]:
    start, end = word.span if word.span is not None else (None, None)
    return {"text": word.text, "start": start, "end": end}


def _error(error: PanmathError) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": type(error).__name__, "message": str(error), "exit": error.exit_code}
    if isinstance(error, ParseError):
        plain |= {"message": error.message, "line": error.line, "column": error.column}
    return plain
