"""Text-to-text networks of `transformers`, asked in one way: encoder–decoders (T5, BART, mBART, Marian …) and decoders
alone (Qwen, Llama …).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    LogitsProcessor,
    LogitsProcessorList,
)

from .device import placed
from .grammar import END, State, state
from .loading import network, part
from .prediction import Options, Prediction, by_length

_BATCH = 32
"""How many inputs of like length go through the network together."""
_MARGIN = 24
_TEMPERATURE, _NUCLEUS = 0.8, 0.95
"""How answers are drawn at random: from the most probable tokens that have this share of what they are together."""


class Task(NamedTuple):
    """What is asked of a model. `prompt` is for chat models, with {} for the text; others are given bare words.

    An answer has at most `per_token` tokens for each of the input's and a few besides, and no run of `repeated` tokens
    twice, where foreign checkpoints fall into loops; 0 is no such limit.
    """

    prompt: str
    per_token: int = 0
    repeated: int = 0


FORMULA = Task("Write as LaTeX the formula that is said here, and nothing else: {}", per_token=2, repeated=24)


class Pair(NamedTuple):
    """A text and a possible answer to it, both as the model writes them."""

    text: str
    answer: str


class WellFormed(LogitsProcessor):
    """Takes from every beam the tokens that would make its formula ill-formed."""

    def __init__(self, vocabulary: Sequence[str], end: int) -> None:
        """`vocabulary` are the tokens of TeX by their ids."""
        self._vocabulary = vocabulary
        self._end = end
        self._masks: dict[State, torch.Tensor] = {}

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`input_ids` (beams, tokens) with the start token, `scores` (beams, vocabulary)."""
        masks = [self._mask(state(self._tokens(ids))) for ids in input_ids.tolist()]
        return scores.masked_fill(torch.stack(masks).to(scores.device), -torch.inf)

    def _tokens(self, ids: Sequence[int]) -> list[str]:
        return [token for token in (self._vocabulary[at] for at in ids[1:]) if token]

    def _mask(self, here: State) -> torch.Tensor:
        if here not in self._masks:
            forbidden = [bool(token) and not here.allows(token) for token in self._vocabulary]
            forbidden[self._end] = not here.allows(END)
            self._masks[here] = torch.tensor(forbidden)
        return self._masks[here]


class TextModel:
    """One checkpoint with its tokenizer. `speaks_tokens` marks those that have the notation of `sequence`."""

    def __init__(self, folder: Path, device: str, precision: str, task: Task = FORMULA) -> None:
        self._task = task
        config = part(AutoConfig, folder)
        self._room = int(getattr(config, "max_position_embeddings", None) or sys.maxsize)
        self._encodes = bool(config.is_encoder_decoder)
        self.tokenizer: Any = part(AutoTokenizer, folder)
        if not self._encodes:
            self.tokenizer.padding_side = "left"
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        kind = AutoModelForSeq2SeqLM if self._encodes else AutoModelForCausalLM
        self._network: Any = placed(network(kind, folder), device, precision)
        self._device = device
        self.speaks_tokens = bool(getattr(config, "panmath_tokens", False))
        self._rules = self._grammar() if self.speaks_tokens else LogitsProcessorList()

    def _grammar(self) -> LogitsProcessorList:
        pieces = self.tokenizer.convert_ids_to_tokens(range(len(self.tokenizer)))
        special = set(self.tokenizer.all_special_tokens)
        # A piece inside a word continues a token and changes nothing that the grammar knows.
        vocabulary = [piece[1:] if piece.startswith("▁") and piece not in special else "" for piece in pieces]
        return LogitsProcessorList([WellFormed(vocabulary, self.tokenizer.eos_token_id)])

    def predict(self, batch: Sequence[str], options: Options) -> list[list[Prediction]]:
        """At most `nbest` predictions for each text, the most probable first."""
        return by_length(batch, _BATCH, lambda texts: self._together(texts, options))

    def _together(self, batch: Sequence[str], options: Options) -> list[list[Prediction]]:
        found = self._answers(
            batch, options, num_beams=max(options.beams, options.nbest), num_return_sequences=options.nbest,
            do_sample=False, early_stopping=True, length_penalty=0.0,
        )  # fmt: skip
        return [found[at : at + options.nbest] for at in range(0, len(found), options.nbest)]

    def samples(self, text: str, options: Options) -> list[Prediction]:
        """The answer of the likeliest tokens, then `nbest - 1` drawn at random, which are the same each time. All are
        scored on the whole distribution of the network, however they were drawn.
        """
        found = self._answers([text], options, num_beams=1, do_sample=False, output_logits=True)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            # One at a time: the distributions of all tokens of a program take as much memory as a small network.
            for _ in range(options.nbest - 1):
                found += self._answers(
                    [text], options, num_beams=1, do_sample=True, output_logits=True, temperature=_TEMPERATURE,
                    top_p=_NUCLEUS, top_k=0,
                )  # fmt: skip
        return found

    @torch.inference_mode()
    def _answers(self, batch: Sequence[str], options: Options, **search: object) -> list[Prediction]:
        """All answers for the texts, one text's after the other's; `search` is how `generate` looks for them. Answers
        are scored as the search scored them, or, with `output_logits`, as the network did.
        """
        plainly = bool(search.get("output_logits"))
        inputs = self._tokens([self._asked(text) for text in batch])
        length = inputs["input_ids"].shape[1]
        out = self._network.generate(
            **inputs,
            **search,
            max_new_tokens=self._longest(length, options),
            logits_processor=self._rules,
            no_repeat_ngram_size=0 if self.speaks_tokens else self._task.repeated,
            return_dict_in_generate=True,
            output_scores=not plainly,
            pad_token_id=self.tokenizer.pad_token_id,
        )
        logprobs = self._network.compute_transition_scores(
            out.sequences, out.logits if plainly else out.scores, getattr(out, "beam_indices", None),
            normalize_logits=search["num_beams"] == 1,
        )  # fmt: skip
        answers = out.sequences[:, 1 if self._encodes else length :]
        return [self._prediction(ids, row) for ids, row in zip(answers, logprobs, strict=True)]

    def _longest(self, length: int, options: Options) -> int:
        """How many tokens an answer to an input of `length` tokens may have."""
        room = self._room if self._encodes else self._room - length
        told = _MARGIN + self._task.per_token * length if self._task.per_token else options.longest
        return max(1, min(options.longest, told, room))

    def _asked(self, text: str) -> str:
        """A text as the checkpoint wants to be asked."""
        if self._encodes:
            return text
        if self.tokenizer.chat_template is None:
            return text + "\n"
        messages = [{"role": "user", "content": self._task.prompt.format(text)}]
        asked: str = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return asked

    def _tokens(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        found = self.tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt").to(self._device)
        return {name: found[name] for name in ("input_ids", "attention_mask")}

    def _prediction(self, ids: torch.Tensor, logprobs: torch.Tensor) -> Prediction:
        kept = int((ids != self.tokenizer.pad_token_id).sum())
        text: str = self.tokenizer.decode(ids, skip_special_tokens=True)
        return Prediction(text.strip(), tuple(logprobs[:kept].tolist()))

    def logprobs(self, pairs: Sequence[Pair]) -> list[float]:
        """How likely each answer is for its text, as the logarithm of its probability. Encoder–decoders only."""
        found = by_length(pairs, _BATCH, self._likelihoods, lambda pair: len(pair.text) + len(pair.answer))
        return [float(value) for value in found]

    @torch.inference_mode()
    def _likelihoods(self, pairs: Sequence[Pair]) -> list[float]:
        labels = self._tokens([pair.answer for pair in pairs])["input_ids"]
        logits = self._network(**self._tokens([pair.text for pair in pairs]), labels=labels).logits
        every = logits.float().log_softmax(-1).gather(-1, labels[..., None])[..., 0]
        total: list[float] = every.masked_fill(labels == self.tokenizer.pad_token_id, 0.0).sum(-1).tolist()
        return total


@lru_cache(maxsize=4)
def loaded(folder: Path, device: str, precision: str, task: Task = FORMULA) -> TextModel:
    """The model of a folder; each is loaded once in a process."""
    return TextModel(folder, device, precision, task)
