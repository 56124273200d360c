"""Trains the text model of spoken → tex: a T5 from scratch, on the stream of pairs that its seed fixes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from panmath.convert.errors import PanmathError
from panmath.convert.source import Source
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from tokenizers.decoders import Metaspace
from torch.utils.data import Dataset
from transformers import (
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
    Trainer,
)

from ..sequence import tex_text
from ..spoken_to_tex import read_many
from .noise import Noise
from .pairs import Mixture, Pair, Sources, load, pair
from .run import run

SPECIAL = ("<pad>", "</s>", "<unk>")
_BUCKET = 16
"""How many batches are sorted by length together, so that little is padded."""


def mixture(table: dict[str, Any]) -> Mixture:
    """The mixture of a configuration."""
    rest = {name: value for name, value in table.items() if name not in ("said", "written")}
    return Mixture(said=Noise(**table["said"]), written=Noise(**table["written"]), **rest)


def fitted_tokenizer(pairs: Iterator[Pair], vocabulary: int) -> PreTrainedTokenizerFast:
    """One vocabulary of words' pieces and tokens of TeX."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=list(SPECIAL), show_progress=False)
    tokenizer.train_from_iterator((text for found in pairs for text in found), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )


@dataclass
class Batches(Dataset[dict[str, torch.Tensor]]):
    """Item `n` is batch `n` of the stream, made when it is asked for: (batch, words), (batch, tokens) int64."""

    sources: Sources
    mixture: Mixture
    tokenizer: PreTrainedTokenizerFast
    seed: int
    size: int
    count: int

    def __post_init__(self) -> None:
        self._bucket = -1
        self._pairs: list[Pair] = []

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> dict[str, torch.Tensor]:
        bucket, place = divmod(number, _BUCKET)
        if bucket != self._bucket:
            first = bucket * _BUCKET * self.size
            made = [pair(first + at, self.seed, self.sources, self.mixture) for at in range(_BUCKET * self.size)]
            self._pairs = sorted(made, key=lambda found: len(found.words) + len(found.tex))
            self._bucket = bucket
        # Neighbouring batches differ in length: a fixed permutation of the bucket.
        place = place * 7 % _BUCKET
        return encoded(self.tokenizer, self._pairs[place * self.size : (place + 1) * self.size])


def encoded(tokenizer: PreTrainedTokenizerFast, pairs: list[Pair]) -> dict[str, torch.Tensor]:
    """A batch as the model takes it; padding of the labels is -100, which the loss leaves out."""
    words = tokenizer([found.words for found in pairs], padding=True, return_tensors="pt")
    labels = tokenizer([found.tex for found in pairs], padding=True, return_tensors="pt")["input_ids"]
    return {
        "input_ids": words["input_ids"],
        "attention_mask": words["attention_mask"],
        "labels": labels.masked_fill(labels == tokenizer.pad_token_id, -100),
    }


def train(config: dict[str, Any], data: Path, out: Path, threads: int) -> None:
    """Train or go on training; the finished checkpoint is in `out`."""
    settings, mix, sources = config["training"], mixture(config["mixture"]), load(data)
    out.mkdir(parents=True, exist_ok=True)
    if (out / "tokenizer.json").exists():
        tokenizer = PreTrainedTokenizerFast.from_pretrained(out)
    else:
        some = (pair(number, settings["seed"] + 1, sources, mix) for number in range(config["tokenizer"]["pairs"]))
        tokenizer = fitted_tokenizer(some, config["tokenizer"]["vocabulary"])
        tokenizer.save_pretrained(out)
    batches = Batches(sources, mix, tokenizer, settings["seed"], settings["batch_size"], settings["steps"])
    torch.manual_seed(settings["seed"])
    model = T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
            panmath_tokens=True,
            **config["model"],
        )
    )
    run(partial(Trainer, model), batches, settings, out, threads)
    model.save_pretrained(out)


def evaluate(config: dict[str, Any], data: Path, model: str, count: int) -> list[tuple[str, str]]:
    """What the edge makes of pairs from another stream than that of the training, and the truth."""
    sources, mix = load(data), mixture(config["mixture"] | {"silent": 0.0, "russian": 0.0})
    made = [pair(number, config["training"]["seed"] + 2, sources, mix) for number in range(count)]
    answers = read_many([Source(found.words) for found in made], limit=1, language="en", model=model)
    return [
        ("" if isinstance(found, PanmathError) else found[0].value.text, tex_text(truth.tex.split()))
        for found, truth in zip(answers, made, strict=True)
    ]
