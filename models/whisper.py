"""Whisper (Radford et al., 2022), asked as the other models for speech are: checkpoints of `transformers`, and those of
OpenAI's own package by its names and as .pt files.

A recording is heard in windows that `windows` cut at pauses, none longer than Whisper's 30 seconds, so that the times
are those of the windows and nothing is heard twice or lost between two.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from panmath.convert.errors import InputError, MissingExtraError, OptionError
from transformers import GenerationMixin, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizer

from .audio import RATE
from .device import placed
from .listen import Sound
from .loading import network
from .prediction import Options, Prediction, by_length

LONGEST = 30.0
_BATCH = 4
_REPEATED = 24
"""No run of so many tokens stands twice in an answer: that is a loop."""
_SILENT, _UNSURE = 0.6, -1.0
"""Above this probability of no speech, and below this mean logarithm of the tokens', nobody speaks: OpenAI's own."""


class HubWhisper:
    """A checkpoint in the format of `transformers`."""

    longest = LONGEST

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        self._network: Any = placed(network(WhisperForConditionalGeneration, folder), device, precision)
        self._device = device
        try:
            self._features: Any = WhisperFeatureExtractor.from_pretrained(folder, local_files_only=True)
            self.tokenizer: Any = WhisperTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                f"{folder.name}: no tokenizer or settings of sound: {str(error).splitlines()[0]}"
            ) from error
        if self._features.sampling_rate != RATE:
            raise InputError(f"{folder.name}: hears {self._features.sampling_rate} Hz; Whisper hears {RATE}")

    def predict(self, batch: Sequence[Sound], options: Options) -> list[list[Prediction]]:
        """At most `nbest` predictions for each sound, the most probable first; no words are a prediction too."""
        found: dict[int, list[Prediction]] = {}
        for language in {sound.language for sound in batch}:
            places = [at for at, sound in enumerate(batch) if sound.language == language]
            prompt = self._prompt(language)
            heard = by_length(
                [batch[at] for at in places],
                _BATCH,
                lambda sounds, prompt=prompt: self._together(sounds, prompt, options),  # type: ignore[misc]
                lambda sound: len(sound.samples),
            )
            found.update(zip(places, heard, strict=True))
        return [found[at] for at in range(len(batch))]

    def _prompt(self, language: str) -> list[int]:
        """The tokens that begin every answer; models for English alone have no languages."""
        start, end = self._token("<|startoftranscript|>"), self._token("<|notimestamps|>")
        spoken = self._token(f"<|{language}|>")
        if start is None or end is None or (spoken is None and language != "en"):
            raise OptionError(f"this checkpoint does not hear the language {language}")
        task = self._token("<|transcribe|>")
        return [start, *([] if spoken is None or task is None else [spoken, task]), end]

    def _token(self, name: str) -> int | None:
        found = self.tokenizer.convert_tokens_to_ids(name)
        return None if found is None or found == self.tokenizer.unk_token_id else int(found)

    @torch.inference_mode()
    def _together(self, batch: Sequence[Sound], prompt: list[int], options: Options) -> list[list[Prediction]]:
        kind = next(self._network.parameters()).dtype
        spectra = self._features(
            [sound.samples for sound in batch], sampling_rate=RATE, return_tensors="pt"
        ).input_features.to(self._device, kind)
        prompts = torch.tensor([prompt] * len(batch), device=self._device)
        silence = self._silence(spectra, prompts[:, :1])
        most = self._network.config.max_target_positions - len(prompt)
        out = GenerationMixin.generate(
            self._network,
            spectra,
            decoder_input_ids=prompts,
            num_beams=max(options.beams, options.nbest),
            num_return_sequences=options.nbest,
            max_new_tokens=min(options.longest, most),
            no_repeat_ngram_size=_REPEATED,
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
            length_penalty=1.0,
        )
        logprobs = self._network.compute_transition_scores(
            out.sequences,
            out.scores,
            getattr(out, "beam_indices", None),
            normalize_logits=out.get("beam_indices") is None,
        )
        answers = out.sequences[:, len(prompt) :].tolist()
        predictions = [
            self._prediction(ids, row, silence[number // options.nbest])
            for number, (ids, row) in enumerate(zip(answers, logprobs.tolist(), strict=True))
        ]
        return [predictions[at : at + options.nbest] for at in range(0, len(predictions), options.nbest)]

    def _silence(self, spectra: torch.Tensor, starts: torch.Tensor) -> list[float]:
        """How likely it is that nobody speaks, by the token that stands for this after the first."""
        token = self._token("<|nospeech|>") or self._token("<|nocaptions|>")
        if token is None:
            return [0.0] * len(spectra)
        logits = self._network(spectra, decoder_input_ids=starts).logits
        likely: list[float] = logits[:, -1].float().softmax(-1)[:, token].tolist()
        return likely

    def _prediction(self, ids: Sequence[int], logprobs: Sequence[float], silence: float) -> Prediction:
        end = self.tokenizer.eos_token_id
        kept = ids.index(end) + 1 if end in ids else len(ids)
        mean = sum(logprobs[:kept]) / max(kept, 1)
        if silence > _SILENT and mean < _UNSURE:
            return Prediction("", (mean,))
        text: str = self.tokenizer.decode(ids[:kept], skip_special_tokens=True)
        return Prediction(text.strip(), tuple(logprobs[:kept]))


class OpenAiWhisper:
    """A checkpoint in OpenAI's own format, through its package, which decodes: one answer, no n-best."""

    longest = LONGEST

    def __init__(self, name: str, device: str) -> None:
        """`name` is one of the package's, or a .pt file, whose pickle may hold nothing but tensors and numbers."""
        if find_spec("whisper") is None:
            raise MissingExtraError(
                "checkpoints of OpenAI's package need whisper, which is not installed: pip install "
                '"panmath[whisper]"; those on the Hugging Face hub, as openai/whisper-small, do without'
            )
        whisper = import_module("whisper")

        self._whisper, self._device = whisper, device
        # Its load_model reads with weights_only in every version that the extra takes.
        try:
            self._network = whisper.load_model(name, device=device)
        except (RuntimeError, OSError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
            raise InputError(f"{name}: no checkpoint of Whisper: {str(error).splitlines()[0]}") from error

    def predict(self, batch: Sequence[Sound], options: Options) -> list[list[Prediction]]:
        """One prediction for each sound."""
        return [[self._one(sound, options)] for sound in batch]

    def _one(self, sound: Sound, options: Options) -> Prediction:
        if sound.language != "en" and not self._network.is_multilingual:
            raise OptionError(f"this checkpoint does not hear the language {sound.language}")
        padded = self._whisper.pad_or_trim(sound.samples.astype(np.float32))
        spectrum = self._whisper.log_mel_spectrogram(padded, self._network.dims.n_mels, device=self._device)
        asked = self._whisper.DecodingOptions(
            language=sound.language,
            beam_size=options.beams if options.beams > 1 else None,
            without_timestamps=True,
            fp16=self._device == "cuda",
        )
        found = self._whisper.decode(self._network, spectrum, asked)
        if found.no_speech_prob > _SILENT and found.avg_logprob < _UNSURE:
            return Prediction("", (found.avg_logprob,))
        return Prediction(found.text.strip(), (found.avg_logprob,) * (len(found.tokens) + 1))


@lru_cache(maxsize=2)
def of_hub(folder: Path, device: str, precision: str) -> HubWhisper:
    """The model of a folder; each is loaded once in a process."""
    return HubWhisper(folder, device, precision)


@lru_cache(maxsize=2)
def of_package(name: str, device: str) -> OpenAiWhisper:
    """The model of a name of OpenAI's package, or of a .pt file."""
    return OpenAiWhisper(name, device)
