"""How likely a piece of a word is after those before it: an n-gram model with absolute discounting (Ney et al., 1994).

It is stored as safetensors: for each n-gram a key, which packs its pieces as digits, and a logarithm; for each context
what is left for pieces never seen after it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from panmath.convert.errors import InputError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

_DISCOUNT = 0.7
_BEGIN = 0
"""Stands before the first piece; as a piece it is the blank of CTC, which is in no text."""


class Ngrams:
    """The model of one language."""

    def __init__(self, order: int, base: int, likely: dict[int, float], left: dict[int, float]) -> None:
        """`likely` has the logarithms of n-grams, `left` those of what is left after a context, both by key."""
        self.order, self.base = order, base
        self.likely, self.left = likely, left

    def score(self, before: Sequence[int], piece: int) -> float:
        """The logarithm of the probability of a piece after all those before it, of which the last matter."""
        reach = self.order - 1
        return self.after((_BEGIN, *before)[-reach:] if len(before) < reach else before[-reach:], piece)

    def after(self, context: Sequence[int], piece: int) -> float:
        """The same after a context of less than `order` pieces."""
        penalty = 0.0
        for start in range(len(context) + 1):
            key = _key(context[start:], self.base)
            found = self.likely.get(key * self.base + piece + 1)
            if found is not None:
                return penalty + found
            penalty += self.left.get(key, 0.0)
        return penalty - math.log(self.base)

    def tensors(self, name: str) -> dict[str, npt.NDArray[np.generic]]:
        """The model as arrays, whose names begin with that of the model."""
        arrays: dict[str, npt.NDArray[np.generic]] = {f"{name}.shape": np.array([self.order, self.base])}
        for kind, table in (("likely", self.likely), ("left", self.left)):
            keys = sorted(table)
            arrays[f"{name}.{kind}.keys"] = np.array(keys, np.int64)
            arrays[f"{name}.{kind}.values"] = np.array([table[key] for key in keys], np.float16)
        return arrays


def _key(pieces: Sequence[int], base: int) -> int:
    key = 0
    for piece in pieces:
        key = key * base + piece + 1
    return key


def save(models: Mapping[str, Ngrams], file: Path) -> None:
    """Models by the name of their language, in one file."""
    save_file(
        {name: array for language, model in models.items() for name, array in model.tensors(language).items()}, file
    )


def load(file: Path) -> dict[str, Ngrams]:
    """The models of a file by language. InputError where it is damaged."""
    try:
        arrays = load_file(file)
        return {
            name.removesuffix(".shape"): _loaded(arrays, name.removesuffix(".shape"))
            for name in arrays
            if name.endswith(".shape")
        }
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise InputError(f"{file.name}: no n-gram models: {error}") from error


def _loaded(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> Ngrams:
    order, base = arrays[f"{name}.shape"].tolist()
    likely, left = (
        dict(zip(arrays[f"{name}.{kind}.keys"].tolist(), arrays[f"{name}.{kind}.values"].tolist(), strict=True))
        for kind in ("likely", "left")
    )
    return Ngrams(order, base, likely, left)


def fitted(texts: Iterable[Sequence[int]], order: int, vocabulary: int, least: int) -> Ngrams:
    """A model of texts, each a sequence of pieces; n-grams of two and more that stand less than `least` times are left
    out. `order` times the logarithm of `vocabulary` to the base of two has to be below 63.
    """
    model = Ngrams(order, vocabulary + 1, {}, {})
    counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order)]
    for text in texts:
        whole = (_BEGIN, *text)
        for end in range(1, len(whole)):
            for size in range(1, min(order, end + 1) + 1):
                counts[size - 1][whole[end - size + 1 : end + 1]] += 1
    for counted in counts:
        _add(model, counted, least)
    return model


def _add(model: Ngrams, counted: Counter[tuple[int, ...]], least: int) -> None:
    """The n-grams of one size, from those of the sizes below."""
    totals: Counter[tuple[int, ...]] = Counter()
    held: Counter[tuple[int, ...]] = Counter()
    kept = {ngram: count for ngram, count in counted.items() if len(ngram) == 1 or count >= least}
    for ngram, count in counted.items():
        totals[ngram[:-1]] += count
    for ngram, count in kept.items():
        held[ngram[:-1]] += count - _DISCOUNT  # type: ignore[assignment]  # a counter of what is no whole number
    rest = {context: max(1 - mass / totals[context], 1e-6) for context, mass in held.items()}
    found = {}
    for ngram, count in kept.items():
        context, piece = ngram[:-1], ngram[-1]
        below = math.exp(model.after(context[1:], piece)) if context else 1 / model.base
        share = (count - _DISCOUNT) / totals[context] + rest[context] * below
        found[_key(ngram, model.base)] = math.log(share)
    model.likely.update(found)
    model.left.update({_key(context, model.base): math.log(share) for context, share in rest.items()})
