"""Vision encoder–decoders of `transformers` that write TeX from a picture: TexTeller, pix2text-mfr, Nougat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import torch
from panmath.convert.edges import Answer
from panmath.convert.errors import InputError, PanmathError, UnsupportedError
from panmath.convert.fi import strip_delimiters
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import tex as tex_writer
from PIL import Image
from transformers import AutoTokenizer, VisionEncoderDecoderModel

from . import pictures
from .device import chosen, placed
from .loading import images, network, part
from .prediction import Options, Prediction, by_length

_BATCH: Final = 8
_REPEATED: Final = 24
"""No run of so many tokens stands twice in an answer: that is a loop, the classic failure of such models."""
_LONGEST: Final = 512


class VisionModel:
    """One checkpoint with its image processor and tokenizer."""

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        self._processor: Any = images(folder)
        self._tokenizer: Any = part(AutoTokenizer, folder)
        self._network: Any = placed(network(VisionEncoderDecoderModel, folder), device, precision)
        self._device = device
        settings, decoder = self._network.generation_config, self._network.config.decoder
        for name, others in (
            ("decoder_start_token_id", ("bos_token_id", "cls_token_id")),
            ("pad_token_id", ("pad_token_id", "eos_token_id")),
            ("eos_token_id", ("eos_token_id", "sep_token_id")),
        ):
            known = (
                getattr(settings, name, None),
                getattr(self._network.config, name, None),
                getattr(decoder, name, None),
            )
            told = (*known, *(getattr(self._tokenizer, other, None) for other in others))
            setattr(settings, name, next((value for value in told if value is not None), None))
        if settings.decoder_start_token_id is None:
            raise InputError(f"{folder.name}: nothing says with which token an answer begins")
        self._longest = min(_LONGEST, int(getattr(decoder, "max_position_embeddings", None) or _LONGEST) - 2)

    def predict(self, batch: Sequence[Image.Image], options: Options) -> list[list[Prediction]]:
        """At most `nbest` predictions for each picture (RGB), the most probable first."""
        return by_length(batch, _BATCH, lambda images: self._together(images, options), lambda image: image.width)

    @torch.inference_mode()
    def _together(self, batch: Sequence[Image.Image], options: Options) -> list[list[Prediction]]:
        pixels = self._processor(images=list(batch), return_tensors="pt")["pixel_values"]
        out = self._network.generate(
            pixel_values=pixels.to(self._device, next(self._network.parameters()).dtype),
            num_beams=max(options.beams, options.nbest),
            num_return_sequences=options.nbest,
            max_new_tokens=max(1, min(options.longest, self._longest)),
            no_repeat_ngram_size=_REPEATED,
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
            early_stopping=max(options.beams, options.nbest) > 1,
        )
        logprobs = self._network.compute_transition_scores(
            out.sequences, out.scores, getattr(out, "beam_indices", None),
            normalize_logits=getattr(out, "beam_indices", None) is None,
        )  # fmt: skip
        predictions = [self._prediction(ids[1:], row) for ids, row in zip(out.sequences, logprobs, strict=True)]
        return [predictions[at : at + options.nbest] for at in range(0, len(predictions), options.nbest)]

    def _prediction(self, ids: torch.Tensor, logprobs: torch.Tensor) -> Prediction:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        told = [value for value in logprobs.tolist() if math.isfinite(value) and value < 0]
        return Prediction(text.strip(), tuple(told))


@lru_cache(maxsize=2)
def loaded(folder: Path, device: str, precision: str) -> VisionModel:
    """The model of a folder; each is loaded once in a process."""
    return VisionModel(folder, device, precision)


def read_all(
    data: Sequence[bytes], limit: int, folder: Path, device: str, precision: str, beams: int
) -> list[list[Answer] | PanmathError]:
    """The answers of an encoder–decoder for each picture. What is no well-formed TeX is left out; UnsupportedError
    where nothing else is left. The weight is the model's own probability, which is not calibrated.
    """
    model = loaded(folder, chosen(device), precision)
    found: list[list[Answer] | PanmathError] = []
    images: list[Image.Image] = []
    for picture in data:
        try:
            image = pictures.opened(picture)
            if not pictures.cropped(pictures.ink(image)).size:
                raise UnsupportedError("the picture holds no formula")
            images.append(image)
            found.append([])
        except PanmathError as error:
            found.append(error)
    options = Options(nbest=max(limit, min(beams, 8)), beams=max(beams, limit))
    predictions = iter(model.predict(images, options) if images else ())
    return [answer if isinstance(answer, PanmathError) else _answers(next(predictions), limit) for answer in found]


def _answers(predictions: Sequence[Prediction], limit: int) -> list[Answer] | PanmathError:
    found: dict[str, float] = {}
    for prediction in predictions:
        try:
            node = tex_reader.read(Source(strip_delimiters(prediction.value)), losses=[], strict=True)
            tex = tex_writer.write(node, losses=[])
        except (PanmathError, RecursionError):
            continue
        if tex:
            found.setdefault(tex, math.exp(prediction.score))
    if not found:
        return UnsupportedError("the model wrote nothing that is well-formed TeX")
    return [Answer(Source(tex, "<image> (as TeX)"), weight) for tex, weight in list(found.items())[:limit]]
