"""Picture-to-text networks of `transformers`: any vision encoder–decoder (TexTeller, pix2text-mfr, TrOCR, Donut …)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoTokenizer, VisionEncoderDecoderModel

from .device import placed
from .loading import network, part
from .prediction import Options, Prediction

_BATCH = 8
_REPEATED = 24
"""No run of so many tokens stands twice in an answer: that is a loop, the classic failure of such models."""


class VisionModel:
    """One checkpoint with its image processor and tokenizer."""

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        self._processor: Any = part(AutoImageProcessor, folder)
        self._tokenizer: Any = part(AutoTokenizer, folder)
        self._network: Any = placed(network(VisionEncoderDecoderModel, folder), device, precision)

    def predict(self, batch: Sequence[Image.Image], options: Options) -> list[list[Prediction]]:
        """At most `nbest` predictions for each picture, the most probable first."""
        found: list[list[Prediction]] = []
        for start in range(0, len(batch), _BATCH):
            found += self._together(batch[start : start + _BATCH], options)
        return found

    @torch.inference_mode()
    def _together(self, batch: Sequence[Image.Image], options: Options) -> list[list[Prediction]]:
        first = next(self._network.parameters())
        pixels = self._processor([image.convert("RGB") for image in batch], return_tensors="pt")["pixel_values"]
        out = self._network.generate(
            pixels.to(first.device, first.dtype), num_beams=max(options.beams, options.nbest, 2),
            num_return_sequences=options.nbest, max_new_tokens=options.longest, no_repeat_ngram_size=_REPEATED,
            do_sample=False, early_stopping=True, return_dict_in_generate=True, output_scores=True, length_penalty=0.0,
        )  # fmt: skip
        logprobs = self._network.compute_transition_scores(
            out.sequences, out.scores, out.beam_indices, normalize_logits=False
        )
        texts = self._tokenizer.batch_decode(out.sequences, skip_special_tokens=True)
        predictions = [
            Prediction(text.strip(), tuple(value for value in row.tolist() if value < 0))
            for text, row in zip(texts, logprobs, strict=True)
        ]
        return [predictions[at : at + options.nbest] for at in range(0, len(predictions), options.nbest)]


@lru_cache(maxsize=2)
def loaded(folder: Path, device: str, precision: str) -> VisionModel:
    """The model of a folder; each is loaded once in a process."""
    return VisionModel(folder, device, precision)
