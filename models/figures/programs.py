r"""Vision–language models of `transformers` that write figures as programs: TikZ or SVG.

What they write is no more trusted than any file: TikZ is read by our own reader, SVG passes the sanitiser, and neither
runs anything. Of several answers that can be drawn, the one comes first whose drawing is most like the picture.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import torch
from panmath.convert.edges import Answer
from panmath.convert.errors import CheckpointError, PanmathError, UnsupportedError
from panmath.convert.source import Source
from panmath.renderers import drawing, svg_reader, tikz
from panmath.renderers.compare import likeness
from panmath.renderers.raster import raster
from panmath.renderers.scene import Scene
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor, AutoTokenizer

from .. import pictures, store
from ..device import chosen, placed
from ..loading import images, network, part
from .assembled import AssembledModel

_LONGEST: Final = 2048
"""Tokens of a program."""
_ASKED: Final = "Write this figure as TikZ code."
_ASSEMBLED: Final = ("detikzify", "starvector")
"""Architectures that transformers has in parts only."""
_CONVERTED: Final = (
    "{name} comes with code of its own, which is not run; convert it for transformers (model_type internvl)"
)
"""What is said of InternVL's first layout, which FigCodifier has."""
_PROGRAM: Final = re.compile(
    r"\\begin\s*\{tikzpicture\}.*?\\end\s*\{tikzpicture\}|<svg[\s>].*?</svg>|\\(?:draw|node|fill|path)\b[^;]*\(.*;",
    re.DOTALL,
)


class FigureModel:
    """One checkpoint with its processor."""

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        self._network: Any = placed(network(AutoModelForImageTextToText, folder), device, precision)
        self._device = device
        self._is_encoder_decoder = bool(self._network.config.is_encoder_decoder)
        if self._is_encoder_decoder:
            self._images: Any = images(folder)
            self._tokenizer: Any = part(AutoTokenizer, folder)
        else:
            self._processor: Any = part(AutoProcessor, folder)
            self._tokenizer = self._processor.tokenizer

    @torch.inference_mode()
    def write(self, image: Image.Image, count: int, beams: int) -> list[str]:
        """At most `count` texts for an RGB picture, the likeliest first."""
        inputs = self._inputs(image)
        kinds = {torch.float16, torch.float32, torch.bfloat16}
        weights = next(self._network.parameters()).dtype
        given = {
            name: value.to(self._device, weights if value.dtype in kinds else value.dtype)
            for name, value in inputs.items()
        }
        out = self._network.generate(
            **given, num_beams=max(beams, count), num_return_sequences=count, max_new_tokens=self._room(),
            do_sample=False, early_stopping=max(beams, count) > 1,
        )  # fmt: skip
        start = 0 if self._is_encoder_decoder else given["input_ids"].shape[1]
        return [str(text) for text in self._tokenizer.batch_decode(out[:, start:], skip_special_tokens=True)]

    def _inputs(self, image: Image.Image) -> dict[str, torch.Tensor]:
        if self._is_encoder_decoder:
            return dict(self._images(images=[image], return_tensors="pt"))
        if getattr(self._processor, "chat_template", None):
            content = [{"type": "image"}, {"type": "text", "text": _ASKED}]
            text = self._processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True
            )
        else:
            text = str(getattr(self._processor, "image_token", ""))
        return dict(self._processor(images=image, text=text, return_tensors="pt"))

    def _room(self) -> int:
        config = self._network.config
        inner = getattr(config, "text_config", None) or getattr(config, "decoder", None) or config
        return min(_LONGEST, max(int(getattr(inner, "max_position_embeddings", None) or _LONGEST) // 2, 16))


@lru_cache(maxsize=2)
def loaded(folder: Path, device: str, precision: str) -> FigureModel | AssembledModel:
    """The model of a folder; each is loaded once in a process."""
    kind = store.model_type(folder)
    if kind == "internvl_chat":
        raise CheckpointError(_CONVERTED.format(name=folder.name))
    return (AssembledModel if kind in _ASSEMBLED else FigureModel)(folder, device, precision)


def read_all(
    data: Sequence[bytes], limit: int, folder: Path, device: str, precision: str, beams: int
) -> list[list[Answer] | PanmathError]:
    """The figures that a model writes for each picture. The weight is how much the ink of the drawing and that of the
    picture lie on each other. UnsupportedError where nothing that it writes can be drawn.
    """
    model = loaded(folder, chosen(device), precision)
    found: list[list[Answer] | PanmathError] = []
    for picture in data:
        try:
            image = pictures.opened(picture)
            count = max(limit, min(beams, 8))
            found.append(_answers(model.write(image, count, beams), image, limit))
        except PanmathError as error:
            found.append(error)
    return found


def _answers(texts: Sequence[str], image: Image.Image, limit: int) -> list[Answer]:
    shown = io.BytesIO()
    image.save(shown, "PNG")
    found: list[Answer] = []
    for text in dict.fromkeys(texts):
        try:
            scene = program(text)
            again = raster(drawing.draw(scene, losses=[]), dpi=110, background="white")
        except (PanmathError, RecursionError):
            continue
        found.append(Answer(scene, likeness(again, shown.getvalue()).score))
    if not found:
        raise UnsupportedError("the model wrote no figure that can be drawn")
    return sorted(found, key=lambda answer: -answer.weight)[:limit]


def program(text: str) -> Scene:
    """The first figure of what a model wrote; UnsupportedError where there is none, and what its reader raises."""
    match = _PROGRAM.search(text)
    if match is None:
        raise UnsupportedError("the model wrote no TikZ and no SVG")
    source = Source(match[0], "<model>")
    return svg_reader.read(source, losses=[]) if match[0].startswith("<svg") else tikz.read(source, losses=[])
