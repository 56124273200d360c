"""What a network for speech learns first: which sound of speech is heard at each frame.

The engines tell when they begin each phoneme, so that this is known exactly; a few minutes with it save hours in which
CTC would have to find out for itself where in a recording its tokens are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import torch
from panmath.convert.errors import PanmathError
from panmath.convert.phrases import Language
from panmath.renderers.engines import Espeak, Flite, Manner, Voice
from panmath.renderers.pronunciation import respelled
from transformers import PreTrainedTokenizerFast

from ..audio import HOP, RATE, Samples, log_mels, resampled
from .pairs import load
from .recordings import Script, Speaker, cast_of, coloured, moved, plain, text

_STRESS = str.maketrans("", "", "ˈˌ'\"ʲːˑ͡")
_UNKNOWN = -1
"""The label of frames that are left out."""


class Aligned(NamedTuple):
    """Samples (n,) at `RATE`, and names of sounds with the second at which each begins; "" is silence."""

    samples: Samples
    words: str
    sounds: list[tuple[str, float]]


def aligned(number: int, config: dict[str, Any], sources: Any) -> Aligned | None:
    """Recording `number`, which depends on the seed and the number alone; None where the engine fails."""
    random = Random(f"{config['training']['seed']}/sounds/{number}")
    said, words, language = text(random, sources, Script(**config["script"]))
    speaker = cast_of(config).speaker(random, language)
    try:
        return _spoken(speaker, plain(said), words, language)
    except PanmathError:
        return None


def _spoken(speaker: Speaker, said: str, words: str, language: Language) -> Aligned:
    engine, _, name = speaker.name.partition("/")
    name, _, variant = name.partition("+")
    manner = Manner(speaker.rate, speaker.pitch)
    if engine == "flite":
        flite = Flite()
        sound, begun = flite.aligned(respelled(said, "flite", language), _voice(flite, name), manner, 20.0)
        sounds = [("" if unit == "pau" else f"flite/{unit}", at) for unit, at in begun]
    else:
        espeak = Espeak()
        sound, begun = espeak.aligned(respelled(said, "espeak", language), _voice(espeak, name), variant, manner, 20.0)
        sounds = [(unit.translate(_STRESS), at) for unit, at in begun]
    samples = np.frombuffer(sound.samples, "<i2").astype(np.float32) / np.float32(32768)
    return Aligned(resampled(samples, sound.sample_rate), words, sounds)


def _voice(engine: Espeak | Flite, name: str) -> Voice:
    return next(voice for voice in engine.voices() if voice.name == name)


def made(file: Path, config: dict[str, Any], data: Path) -> list[Aligned]:
    """The recordings of a configuration, from a file that is made where it is not there."""
    if not file.exists():
        sources = load(data)
        found = [one for number in range(config["sounds"]["recordings"]) if (one := aligned(number, config, sources))]
        partial = file.with_suffix(".new.npz")
        np.savez(
            partial,
            told=json.dumps([(one.words, one.sounds) for one in found], ensure_ascii=False),
            lengths=[len(one.samples) for one in found],
            samples=np.concatenate([np.round(np.clip(one.samples, -1, 1) * 32767).astype(np.int16) for one in found]),
        )
        partial.rename(file)
    with np.load(file, allow_pickle=False) as content:
        told = json.loads(str(content["told"]))
        parts = np.split(content["samples"], np.cumsum(content["lengths"])[:-1])
    return [
        Aligned(part.astype(np.float32) / np.float32(32768), words, [(unit, at) for unit, at in sounds])
        for part, (words, sounds) in zip(parts, told, strict=True)
    ]


def learn(model: Any, tokenizer: PreTrainedTokenizerFast, config: dict[str, Any], data: Path, out: Path) -> None:
    """Teaches the encoder of a model the phonemes, with a layer that is thrown away, and then the model the pieces of
    words, as far as the engine told when each word begins.
    """
    recordings = [one for one in made(out / "sounds.npz", config, data) if len(one.samples) < 8 * RATE]
    phonemes = [one._replace(sounds=[(unit, at) for unit, at in one.sounds if unit != " "]) for one in recordings]
    names = ["", *sorted({unit for one in phonemes for unit, _ in one.sounds if unit})]
    torch.manual_seed(config["training"]["seed"])
    layer = torch.nn.Linear(model.config.encoder_config.hidden_size, len(names))
    units = {name: number for number, name in enumerate(names)}
    _taught(model.encoder, layer, phonemes, units, config, config["sounds"]["steps"], out / "phonemes.csv")
    spelled = [found for one in recordings if (found := _spelled(one, tokenizer))]
    pieces = {"": 0, **tokenizer.get_vocab()}
    _taught(model.encoder, model.ctc_head, spelled, pieces, config, config["sounds"]["piece_steps"], out / "pieces.csv")


def _spelled(one: Aligned, tokenizer: PreTrainedTokenizerFast) -> Aligned | None:
    """The recording with the pieces of its words for sounds, each as long as it has letters; None where the engine said
    more or less words.
    """
    starts = [at for unit, at in one.sounds if unit == " "]
    words = one.words.split()
    if len(starts) != len(words):
        return None
    pieces = []
    for word, start, end in zip(words, starts, [*starts[1:], len(one.samples) / RATE], strict=True):
        tokens = tokenizer.convert_ids_to_tokens(tokenizer(word)["input_ids"])
        letters = np.array([len(token) for token in tokens])
        pieces += list(zip(tokens, start + (end - start) * (letters.cumsum() - letters) / letters.sum(), strict=True))
    return one._replace(sounds=pieces)


def _taught(
    encoder: Any, head: Any, recordings: Sequence[Aligned], units: dict[str, int], config: dict[str, Any], steps: int,
    log: Path,
) -> None:  # fmt: skip
    """Trains an encoder and a head to tell the unit at each frame."""
    weights = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(weights, betas=(0.9, 0.98), weight_decay=1e-3)
    encoder.train()
    for step, (spectra, labels) in enumerate(_batches(recordings, units, config)):
        if step == steps:
            return
        for group in optimizer.param_groups:
            left = (steps - step) / steps
            group["lr"] = config["sounds"]["learning_rate"] * min(1.0, (step + 1) / 30, 0.2 + 2 * left)
        padded = torch.nn.utils.rnn.pad_sequence(spectra, batch_first=True)
        mask = torch.arange(padded.shape[1])[None] < torch.tensor([len(one) for one in spectra])[:, None]
        with torch.autocast("cpu", torch.bfloat16):
            logits = head(encoder(input_features=padded, attention_mask=mask).last_hidden_state)
        wanted = torch.nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=_UNKNOWN)
        wanted = torch.nn.functional.pad(wanted, (0, logits.shape[1] - wanted.shape[1]), value=_UNKNOWN)
        value = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), wanted.flatten(), ignore_index=_UNKNOWN)
        value.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 25 == 24:
            with log.open("a", encoding="utf-8") as file:
                right = (logits.argmax(-1) == wanted)[wanted != _UNKNOWN].float().mean().item()
                file.write(f"{step + 1},{value.item():.4f},{right:.3f}\n")


def _batches(
    recordings: Sequence[Aligned], units: dict[str, int], config: dict[str, Any]
) -> Iterator[tuple[list[torch.Tensor], list[torch.Tensor]]]:
    """Batches without end: spectra (frames, mels) and the sounds at each frame of the encoder, (frames / 8,)."""
    seconds, step = config["training"]["batch_seconds"], config["model"]["subsampling_factor"] * HOP
    for turn in range(1 << 30):
        order = np.random.default_rng([turn]).permutation(len(recordings))
        spectra: list[torch.Tensor] = []
        labels: list[torch.Tensor] = []
        length = 0.0
        for at in order.tolist():
            random = np.random.default_rng([turn, at])
            place = moved(recordings[at].samples, random)
            spectra.append(log_mels(coloured(place.samples, random)))
            begun = np.array([place.before + start / place.speed for _, start in recordings[at].sounds])
            frames = np.arange(-(-len(place.samples) // step)) * step / RATE
            names = ["", *(name for name, _ in recordings[at].sounds)]
            heard = [names[place] for place in np.searchsorted(begun, frames, "right")]
            end = place.before + len(recordings[at].samples) / RATE / place.speed
            numbers = [units[name] if frame < end else 0 for name, frame in zip(heard, frames.tolist(), strict=True)]
            labels.append(torch.tensor(numbers))
            length += len(place.samples) / RATE
            if length >= seconds:
                yield spectra, labels
                spectra, labels, length = [], [], 0.0
