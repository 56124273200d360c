"""Training pairs for spoken → tex: real ones, and formulas said by our own writer, without end.

Pair `n` of a stream depends on the seed and `n` alone, so a stream can be cut into pieces, made by any number of
processes, and taken up again anywhere.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

from panmath.convert.errors import PanmathError
from panmath.convert.fi import leak_key
from panmath.convert.nodes import Node
from panmath.convert.readers import tex as reader
from panmath.convert.source import Source
from panmath.convert.writers import spoken
from panmath.convert.writers import tex as writer

from ..sequence import heard, tex_text, tex_tokens
from .noise import Noise, disturbed
from .recombine import Pool, swap_letters


class Pair(NamedTuple):
    """Words and the tokens of the formula that they say, both as the model has them."""

    words: str
    tex: str


@dataclass(frozen=True, slots=True)
class Mixture:
    """How a stream is mixed; shares and chances are from 0 to 1."""

    silent: float
    """How often a formula comes without words: from these the model learns how likely a formula is by itself."""
    real: float
    renamed: float
    """How often a letter of a real pair becomes another, in the words and in the formula."""
    russian: float
    recombined: float
    longest: int
    """The most tokens of a formula."""
    said: Noise
    """What happens to the words of our own writer."""
    written: Noise
    """What happens to those of real pairs."""
    shares: dict[str, float]
    """How often a formula is taken from each file."""


class Sources(NamedTuple):
    """What the pairs are made from."""

    real: Sequence[tuple[str, Node]]
    formulas: dict[str, Sequence[Node]]
    pool: Pool
    held_back: frozenset[str]


def load(data: Path) -> Sources:
    """The real pairs and the formulas of a data folder, without what is held back for tests."""
    held_back = frozenset((data / "test_formula_hashes.txt").read_text().split())
    real = [(said, node) for said, tex in _rows(data / "pairs_train.jsonl.gz") if (node := _formula(tex, held_back))]
    formulas: dict[str, Sequence[Node]] = {"pairs": [node for _, node in real]}
    for name in ("school", "arxiv"):
        lines = (data / f"latex_{name}.txt").read_text(encoding="utf-8").splitlines()
        formulas[name] = [node for line in dict.fromkeys(lines) if (node := _formula(line, held_back))]
    pool = Pool([node for nodes in formulas.values() for node in nodes])
    return Sources(real, formulas, pool, held_back)


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if "named" not in row["source"]:
                yield row["spoken"], row["latex"]


def _formula(tex: str, held_back: frozenset[str]) -> Node | None:
    if is_held_back(tex, held_back):
        return None
    try:
        return reader.read(Source(tex), losses=[], strict=True)
    except PanmathError:
        return None


def is_held_back(tex: str, held_back: frozenset[str]) -> bool:
    """Whether a formula is one of a test's."""
    return hashlib.sha256(leak_key(tex).encode()).hexdigest()[:16] in held_back


def pair(number: int, seed: int, sources: Sources, mixture: Mixture) -> Pair:
    """Pair `number` of the stream of a seed."""
    random = Random(f"{seed}/{number}")
    while True:
        found = _attempt(random, sources, mixture)
        if found is not None:
            return found


def _attempt(random: Random, sources: Sources, mixture: Mixture) -> Pair | None:
    if random.random() < mixture.real:
        said, node = random.choice(sources.real)
        before = tex_tokens(node)
        renamed, tokens = swap_letters(said.split(), before, random, mixture.renamed)
        if tokens != before and is_held_back(tex_text(tokens), sources.held_back):
            return None
        words = disturbed(renamed, "en", random, mixture.written)
    else:
        language = "ru" if random.random() < mixture.russian else "en"
        node = _chosen(random, sources, mixture)
        try:
            said_parts = spoken.phrases(node, spoken.Voice(language), losses=[])
            tokens = tex_tokens(node)
        except PanmathError:
            return None
        words = disturbed([part.text for part in said_parts if part.text], language, random, mixture.said)
    words = heard(words)
    if not 0 < len(tokens) <= mixture.longest or not 0 < len(words.split()) <= 2 * mixture.longest:
        return None
    return Pair("" if random.random() < mixture.silent else words, " ".join(tokens))


def _chosen(random: Random, sources: Sources, mixture: Mixture) -> Node:
    """A formula of a file, or one made of several, which is no formula of a test."""
    names = list(mixture.shares)
    node = random.choice(sources.formulas[random.choices(names, [mixture.shares[name] for name in names])[0]])
    if random.random() >= mixture.recombined:
        return node
    if random.random() < 0.3:
        node = sources.pool.joined(node, random)
    made = sources.pool.swapped(node, random, 0.3)
    return node if is_held_back(writer.write(made, losses=[]), sources.held_back) else made
