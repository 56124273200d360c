"""Trains a model for speech: sound → words. ``python -m panmath.models.train.speech_to_spoken CONFIG DATA OUT``.

Resumable: state.pt and model.safetensors in OUT are taken up, and the stream of batches goes on where it was. The rate
of learning stays and falls only at the end, so that a training can be ended earlier or later than was planned.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
import tomllib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, get_args

import numpy as np
import torch
from panmath.convert.distance import levenshtein
from panmath.convert.errors import PanmathError
from panmath.convert.logistic import to_table
from panmath.convert.phrases import Language
from panmath.convert.readers import spoken
from panmath.convert.source import Source
from panmath.convert.writers import tex
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from tokenizers.decoders import Metaspace
from transformers import ParakeetCTCConfig, ParakeetForCTC, PreTrainedTokenizerFast

from .. import ngrams
from ..audio import RATE, log_mels
from ..listen import Decoding, Listener, Sound
from ..prediction import Options
from ..speech_to_spoken import Evidence, evidence
from . import checkpoint
from .logistic import fitted
from .pairs import Sources, load
from .recordings import Recording, Script, Store, augmented, cast_of, noise, readings, spoken_by, text
from .sounds import learn

_BUCKET = 2
"""How many pieces are sorted by length together, so that little is padded."""
_TIME_MASK, _BAND_MASK = 0.08, 14
"""What is hidden of a spectrum, twice each: at most a share of the frames, and so many bands."""

_WORDLESS = 0.03
"""How often there is noise in place of a recording, of which there is nothing to write."""


class Batch(NamedTuple):
    """Spectra (batch, frames, mels), their lengths (batch,) in frames, tokens (total,) and their counts (batch,)."""

    spectra: torch.Tensor
    lengths: torch.Tensor
    tokens: torch.Tensor
    counts: torch.Tensor


class Place(NamedTuple):
    """Where the stream of batches is: the number of the bucket, and the batch in it."""

    bucket: int
    batch: int


def fitted_tokenizer(texts: Iterator[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Pieces of words; the first, <pad>, is the blank of CTC."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=["<pad>", "<unk>"], show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>")


def batches(
    store: Store, tokenizer: PreTrainedTokenizerFast, settings: dict[str, Any], start: Place
) -> Iterator[tuple[Place, Batch]]:
    """Batches without end, each with the place after it. The first buckets have only short recordings: from these
    a network finds out soonest which sounds are which piece of a word.
    """
    seed, rounds = settings["seed"], store.pieces // _BUCKET
    bucket = start.bucket
    while True:
        first = bucket % rounds * _BUCKET
        recordings = [one for piece in range(first, first + _BUCKET) for one in store.piece(piece)]
        if bucket < settings["short_buckets"]:
            recordings = [one for one in recordings if len(one.samples) < settings["short_seconds"] * RATE]
        parts = _parts(recordings, settings["batch_seconds"])
        order = np.random.default_rng([seed, bucket]).permutation(len(parts))
        for place in range(start.batch if bucket == start.bucket else 0, len(parts)):
            random = np.random.default_rng([seed, bucket, place])
            made = prepared([recordings[at] for at in parts[order[place]]], tokenizer, random)
            yield Place(bucket, place + 1), made
        bucket += 1


def _parts(recordings: Sequence[Recording], seconds: float) -> list[list[int]]:
    """The recordings by length, cut into parts of so many seconds with what pads them."""
    parts: list[list[int]] = [[]]
    for at in sorted(range(len(recordings)), key=lambda at: len(recordings[at].samples)):
        if parts[-1] and (len(parts[-1]) + 1) * len(recordings[at].samples) > seconds * RATE:
            parts.append([])
        parts[-1].append(at)
    return parts


def prepared(
    recordings: Sequence[Recording], tokenizer: PreTrainedTokenizerFast, random: np.random.Generator | None
) -> Batch:
    """A batch of recordings, changed at random unless `random` is None."""
    spectra, labels = [], []
    for one in recordings:
        is_speech = random is None or random.random() >= _WORDLESS
        samples = one.samples if random is None else augmented(one.samples, random) if is_speech else noise(random)
        spectrum = log_mels(samples)
        spectra.append(spectrum if random is None else _masked(spectrum, random))
        labels.append(torch.tensor(tokenizer(one.words if is_speech else "")["input_ids"], dtype=torch.int64))
    return Batch(
        torch.nn.utils.rnn.pad_sequence(spectra, batch_first=True),
        torch.tensor([len(spectrum) for spectrum in spectra]),
        torch.cat(labels),
        torch.tensor([len(label) for label in labels]),
    )


def _masked(spectrum: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """SpecAugment (Park et al., 2019)."""
    frames, bands = spectrum.shape
    spectrum = spectrum.clone()
    for _ in range(2):
        width = int(random.integers(0, int(frames * _TIME_MASK) + 1))
        start = int(random.integers(0, frames - width + 1))
        spectrum[start : start + width] = 0
        width = int(random.integers(0, _BAND_MASK + 1))
        start = int(random.integers(0, bands - width + 1))
        spectrum[:, start : start + width] = 0
    return spectrum


def loss(model: Any, batch: Batch) -> torch.Tensor:
    """The mean over the recordings of the negative log-likelihood per token, by CTC."""
    logprobs, frames = _logprobs(model, batch)
    counts = batch.counts.to(logprobs.device)
    each = torch.nn.functional.ctc_loss(
        logprobs.transpose(0, 1), batch.tokens.to(logprobs.device), frames, batch.counts, 0, "none", zero_infinity=True
    )
    return (each / counts.clamp(min=1)).mean()


def _logprobs(model: Any, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """The logarithms of the probabilities of the tokens, (batch, frames, tokens), and how many frames there are."""
    mask = torch.arange(batch.spectra.shape[1])[None] < batch.lengths[:, None]
    device = next(model.parameters()).device
    with torch.autocast(device.type, torch.bfloat16):
        logits = model(input_features=batch.spectra.to(device), attention_mask=mask.to(device)).logits
    return logits.float().log_softmax(-1), model._get_subsampling_output_length(batch.lengths)


def rate(step: int, settings: dict[str, Any]) -> float:
    """The rate of learning at a step as a share of the highest: up, level, down."""
    left = settings["steps"] - step
    return float(min(1.0, (step + 1) / settings["warmup_steps"], max(left / settings["decay_steps"], 0.0)))


def train(config: dict[str, Any], data: Path, out: Path, threads: int) -> None:
    """Train or go on training; the newest checkpoint is in `out`, and recordings in `out`/recordings."""
    if threads:
        torch.set_num_threads(threads)
    settings = config["training"]
    out.mkdir(parents=True, exist_ok=True)
    store = Store(out / "recordings", data, config, settings["recordings"], settings["makers"])
    tokenizer = _tokenizer(out, store, config["tokenizer"])
    torch.manual_seed(settings["seed"])
    model = network(config, len(tokenizer))
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=1e-3)
    if not (out / "state.pt").exists():
        learn(model, tokenizer, config, data, out)
        _save(out, model, optimizer, 0, Place(0, 0))
    step, place = _resume(out, model, optimizer)
    sounds, truths = _dev(config, data, settings["held_out"])
    started, losses = time.monotonic(), []
    stream = batches(store, tokenizer, settings, place)
    model.train()
    while step < settings["steps"]:
        place, batch = next(stream)
        for group in optimizer.param_groups:
            group["lr"] = settings["learning_rate"] * rate(step, settings)
        torch.manual_seed(settings["seed"] + step)  # of dropout
        value = loss(model, batch)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        losses.append(value.item())
        if step % settings["log_every"] == 0:
            _log(out, step, sum(losses) / len(losses), time.monotonic() - started)
            losses.clear()
        if step % settings["save_every"] == 0 or step == settings["steps"]:
            _save(out, model, optimizer, step, place)
            with (out / "held_out.csv").open("a", encoding="utf-8") as file:
                file.write(f"{step},{_wer(out, sounds, truths):.2f}\n")


def network(config: dict[str, Any], vocabulary: int) -> Any:
    """The network of a configuration, untrained.

    The small weights that transformers begins with let nothing through the layers that make frames fewer: what comes
    out of them is 1e-8 of what goes in. PyTorch's own do.
    """
    model = ParakeetForCTC(ParakeetCTCConfig(vocab_size=vocabulary, pad_token_id=0, encoder_config=config["model"]))
    for layer in model.modules():
        if isinstance(layer, (torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d)):
            layer.reset_parameters()
    for layer in model.encoder.subsampling.layers:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight)
    return model


def _tokenizer(out: Path, store: Store, settings: dict[str, Any]) -> PreTrainedTokenizerFast:
    if not (out / "tokenizer.json").exists():
        pieces = range(settings["pieces"])
        texts = (one.words for piece in pieces for one in store.piece(piece))
        fitted_tokenizer(texts, settings["vocabulary"]).save_pretrained(out)
    found: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(out)
    return found


def _resume(out: Path, model: Any, optimizer: torch.optim.Optimizer) -> tuple[int, Place]:
    state = torch.load(out / "state.pt", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"], Place(*state["place"])


def _save(out: Path, model: Any, optimizer: torch.optim.Optimizer, step: int, place: Place) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "place": list(place)}
    torch.save(state, out / "state.new")
    os.replace(out / "state.new", out / "state.pt")
    model.save_pretrained(out)


def _wer(folder: Path, sounds: Sequence[Sound], truths: Sequence[str]) -> float:
    """The word error rate of the likeliest token of each frame."""
    listener = Listener(folder, "cpu", "fp32")
    found = []
    for row in listener.logprobs([sound.samples for sound in sounds]):
        tokens = [token for token, _ in groupby(row.argmax(-1).tolist()) if token]
        found.append(listener.tokenizer.decode(tokens).strip())
    return word_error_rate(found, truths)


def _log(out: Path, step: int, mean: float, seconds: float) -> None:
    is_new = not (out / "log.csv").exists()
    with (out / "log.csv").open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(("step", "loss", "seconds"))
        writer.writerow((step, f"{mean:.4f}", f"{seconds:.0f}"))


def words(config: dict[str, Any], sources: Sources, language: Language, count: int) -> Iterator[str]:
    """What is said in recordings of a language, as it is written; text `n` depends on the seed and `n` alone."""
    script = Script(**config["script"] | {"russian": float(language == "ru"), "drills": 0.0})
    for number in range(count):
        yield text(Random(f"{config['training']['seed']}/{language}/{number}"), sources, script)[1]


def ship(config: dict[str, Any], data: Path, trained: Path, folder: Path) -> str:
    """Makes a checkpoint to be shipped of a trained one, with its n-gram models and a decoder fitted to readings that
    nobody has heard; the sum of its weights.
    """
    sum = checkpoint.ship(trained, folder)
    write_ngrams(folder, config, data)
    write_decoding(folder, config, data)
    return sum


def write_ngrams(folder: Path, config: dict[str, Any], data: Path) -> None:
    """Fits the models of the pieces to what is said in recordings, and writes them into ngrams.safetensors."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    settings, sources, found = config["ngrams"], load(data), {}
    for language in get_args(Language):
        texts = (tokenizer(said)["input_ids"] for said in words(config, sources, language, settings["texts"]))
        found[language] = ngrams.fitted(texts, settings["order"], len(tokenizer), settings["least"])
    ngrams.save(found, folder / "ngrams.safetensors")


def write_decoding(folder: Path, config: dict[str, Any], data: Path) -> None:
    """Fits how much the language counts, then the confidence, and writes both into decoding.json."""
    listener = Listener(folder, "cpu", "fp32")
    sounds, truths = _dev(config, data, config["decoding"]["recordings"])
    logprobs = listener.logprobs([sound.samples for sound in sounds])
    best = (1e9, listener.decoding)
    for language in (0.2, 0.4, 0.6, 0.9):
        for piece in (0.0, 0.7, 1.4):
            listener.decoding = Decoding(language, piece)
            found = [
                listener.answers(row, sound.language, Options(1, 8))[0].value
                for row, sound in zip(logprobs, sounds, strict=True)
            ]
            best = min(best, (word_error_rate(found, truths), listener.decoding))
    listener.decoding = best[1]
    rows, right = [], []
    for row, sound, truth in zip(logprobs, sounds, truths, strict=True):
        answers = [one for one in listener.answers(row, sound.language, Options(4, 8)) if one.value]
        rows += [evidence(one, answers) for one in answers]
        right += [one.value == truth for one in answers]
    content = {**listener.decoding._asdict(), "confidence": to_table(fitted(rows, right), Evidence._fields)}
    (folder / "decoding.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _dev(config: dict[str, Any], data: Path, count: int) -> tuple[list[Sound], list[str]]:
    """`count` readings of each language that nobody has heard, by the voices of the training, in other places."""
    cast, sounds, truths = cast_of(config), [], []
    for language in get_args(Language):
        for number, reading in enumerate(readings(data, language, "dev")[:count]):
            speaker = cast.speaker(Random(f"dev/{language}/{number}"), language)
            samples = spoken_by(speaker, reading.said, language)
            if len(samples) <= Listener.longest * RATE:
                sounds.append(Sound(augmented(samples, np.random.default_rng([number])), language))
                truths.append(reading.words)
    return sounds, truths


def word_error_rate(found: Sequence[str], truths: Sequence[str]) -> float:
    """Words to be exchanged, put in or left out, for each hundred words that were said."""
    wrong = sum(words_between(one.split(), truth.split()) for one, truth in zip(found, truths, strict=True))
    return 100 * wrong / sum(len(truth.split()) for truth in truths)


def words_between(one: Sequence[str], other: Sequence[str]) -> int:
    """The edit distance by words. That of characters is at hand: each word becomes one."""
    characters = {word: chr(number) for number, word in enumerate(dict.fromkeys((*one, *other)), 1)}
    return levenshtein("".join(characters[word] for word in one), "".join(characters[word] for word in other))


def evaluate(config: dict[str, Any], data: Path, model: str, count: int) -> list[tuple[str, str]]:
    """The formula that the rules read in what a model hears, empty where they refuse it, and the true one, for readings
    that nobody has heard by the voices of the training.
    """
    from ..speech_to_spoken import heard_as

    found: list[tuple[str, str]] = []
    for language in get_args(Language):
        chosen = readings(data, language, "dev")[: count // 2]
        cast = cast_of(config)
        sounds = []
        for number, reading in enumerate(chosen):
            speaker = cast.speaker(Random(f"dev/{language}/{number}"), language)
            sounds.append(spoken_by(speaker, reading.said, language))
        texts = [answers[0].value for answers in heard_as(sounds, limit=1, language=language, model=model)]
        found += [(_formula(said, language), reading.tex) for said, reading in zip(texts, chosen, strict=True)]
    return found


def _formula(words: Source, language: Language) -> str:
    try:
        return tex.write(spoken.read(words, losses=[], language=language), losses=[])
    except PanmathError:
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--ship", type=Path, help="make a checkpoint to be shipped of what is trained, in this folder")
    args = parser.parse_args()
    config = tomllib.loads(args.config.read_text(encoding="utf-8"))
    if args.ship:
        print(ship(config, args.data, args.out, args.ship))
    else:
        train(config, args.data, args.out, args.threads)


if __name__ == "__main__":
    main()
