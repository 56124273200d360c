"""The networks of panmath-listen, asked in one way: sound → words, by CTC with a model of the language."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from panmath.convert.errors import InputError
from panmath.convert.phrases import Language
from transformers import ParakeetForCTC, PreTrainedTokenizerFast

from . import beams, ngrams
from .audio import RATE, Samples, log_mels
from .device import placed
from .loading import network
from .prediction import Options, Prediction, by_length
from .transcript import written_in

LONGEST = 12.0
"""Seconds of the longest window: the recordings of the training are no longer."""
_SHORTEST = 0.3
_BATCH = 8


class Sound(NamedTuple):
    """What is heard, (samples,) at `RATE`, and in which language one speaks."""

    samples: Samples
    language: Language


class Decoding(NamedTuple):
    """How much the model of the language counts, and what each piece of a word is worth beside it."""

    language: float = 0.4
    piece: float = 0.6


class Listener:
    """One checkpoint with its pieces of words and its models of the languages."""

    longest = LONGEST

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        self._network: Any = placed(network(ParakeetForCTC, folder), device, precision)
        self._device = device
        self._ngrams = ngrams.load(folder / "ngrams.safetensors") if (folder / "ngrams.safetensors").is_file() else {}
        self.decoding = _decoding(folder / "decoding.json")
        pieces = self.tokenizer.convert_ids_to_tokens(range(len(self.tokenizer)))
        special = set(self.tokenizer.all_special_tokens)
        self._allowed = {
            language: [piece not in special and written_in(piece, language) for piece in pieces]
            for language in ("en", "ru")
        }

    def predict(self, batch: Sequence[Sound], options: Options) -> list[list[Prediction]]:
        """At most `nbest` predictions for each sound, the most probable first; no words are a prediction too."""
        logprobs = self.logprobs([sound.samples for sound in batch])
        return [self.answers(found, sound.language, options) for found, sound in zip(logprobs, batch, strict=True)]

    def logprobs(self, batch: Sequence[Samples]) -> list[Any]:
        """The logarithms of the probabilities of the pieces, (frames, pieces) for each recording."""
        return by_length(batch, _BATCH, self._together)

    @torch.inference_mode()
    def _together(self, batch: Sequence[Samples]) -> list[Any]:
        least = int(_SHORTEST * RATE)
        spectra = [log_mels(np.pad(samples, (0, max(least - len(samples), 0)))) for samples in batch]
        lengths = torch.tensor([len(spectrum) for spectrum in spectra])
        padded = torch.nn.utils.rnn.pad_sequence(spectra, batch_first=True)
        mask = torch.arange(padded.shape[1])[None] < lengths[:, None]
        kind = next(self._network.parameters()).dtype
        logits = self._network(
            input_features=padded.to(self._device, kind), attention_mask=mask.to(self._device)
        ).logits
        found = logits.float().log_softmax(-1).cpu().numpy()
        frames = self._network._get_subsampling_output_length(lengths).tolist()
        return [row[:count] for row, count in zip(found, frames, strict=True)]

    def answers(self, logprobs: Any, language: Language, options: Options) -> list[Prediction]:
        """At most `nbest` predictions from (frames, pieces) logarithms."""
        found = self.search(logprobs, language, options)
        return [Prediction(self.tokenizer.decode(heard.pieces).strip(), heard.logprobs) for heard in found]

    def search(self, logprobs: Any, language: Language, options: Options) -> list[beams.Heard]:
        """The likeliest sequences of pieces of (frames, pieces) logarithms."""
        weight, bonus = self.decoding
        known = self._ngrams.get(language)

        def judge(before: beams.Prefix, piece: int) -> float:
            return bonus + (weight * known.score(before, piece) if known else 0.0)

        return beams.search(logprobs, judge, max(options.beams, options.nbest), options.nbest, self._allowed[language])


def _decoding(file: Path) -> Decoding:
    if not file.is_file():
        return Decoding()
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Decoding(float(content["language"]), float(content["piece"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file.name}: not what a checkpoint has: {error}") from error


@lru_cache(maxsize=4)
def loaded(folder: Path, device: str, precision: str) -> Listener:
    """The model of a folder; each is loaded once in a process."""
    return Listener(folder, device, precision)
