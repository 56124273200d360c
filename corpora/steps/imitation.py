"""The step with a model in the loop: a picture is read into code, and the code drawn again, after ImgCode.

Code that a model wrote is seldom that of the picture which it was shown, but always that of the picture which is drawn
from it, so that this pair is true whatever the model got wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import ClassVar

from ...convert.errors import OptionError, PanmathError
from ...convert.pipeline import Blob, Pipeline
from ...convert.source import Source
from ...renderers.compare import likeness
from ..formulas import pipeline
from ..sample import FATAL, Reject, Sample
from ..step import Step

_TOGETHER = 32


@dataclass(frozen=True)
class Imitate(Step):
    """Adds to each picture in `column` the code in the format `to` that a model writes for it, the picture which that
    code draws, and how alike both pictures are, from 0 to 1: the columns `imitation`, `imitation.image`, `likeness`.

    They are empty where the model refuses the picture, its code draws nothing, or the likeness is below `least`, and
    where there is no picture. Without a `model` the step does nothing.
    """

    name: ClassVar[str] = "imitate"
    model: str = ""
    column: str = "image"
    to: str = "tikz"
    least: float = 0.5

    def __post_init__(self) -> None:
        """OptionError for a likeness that there is not, and for a model that is not there."""
        if not 0 <= self.least <= 1:
            raise OptionError(f"least of the step {self.name} is from 0 to 1, not {self.least}")
        if self.model:
            _ = self._reader

    @property
    def learned(self) -> bool:
        return bool(self.model)

    @cached_property
    def _reader(self) -> Pipeline:
        return Pipeline("image", self.to, model=self.model)

    def __call__(self, samples: Iterable[Sample], rejects: list[Reject]) -> Iterator[Sample]:
        """The samples with what the model made of their pictures."""
        if not self.model:
            yield from samples
            return
        rest = iter(samples)
        while some := list(islice(rest, _TOGETHER)):
            pictures = [value for sample in some if isinstance(value := sample.fields.get(self.column), bytes)]
            read = self._reader.map(map(Blob, pictures), batch_size=_TOGETHER, on_error="return")
            for sample in some:
                picture = sample.fields.get(self.column)
                result = next(read) if isinstance(picture, bytes) else None
                if result is not None and isinstance(result.error, FATAL):
                    raise result.error
                code = "" if result is None or result.error is not None else result.text
                sample.fields |= self._made(picture, code) if isinstance(picture, bytes) else self._made(b"", "")
                yield sample

    def _made(self, picture: bytes, code: str) -> dict[str, str | bytes | float | None]:
        """The columns for the code that was written for a picture."""
        try:
            drawn = pipeline(self.to, "image")(Source(code)).value if code else None
        except PanmathError:
            drawn = None
        alike = likeness(drawn, picture).score if isinstance(drawn, bytes) else 0.0
        if drawn is None or alike < self.least:
            return {"imitation": None, "imitation.image": None, "likeness": None}
        return {"imitation": code, "imitation.image": drawn, "likeness": round(alike, 4)}
