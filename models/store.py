"""Finds checkpoints: by the name of a card, as a local folder, or by an id on the Hugging Face hub.

Weights are read from safetensors only: what is pickled can run code.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from panmath.convert.errors import CheckpointError

from .cards import Card, cards, default

_WANTED = ["*.json", "*.safetensors", "*.txt", "*.model", "*.toml"]


def find(name: str, edge: str = "") -> Path:
    """The folder of a checkpoint, where there is no name the one that is shipped for an edge.

    Raises CheckpointError where there is none, or none that may be loaded.
    """
    if not name:
        shipped = default(edge)
        if shipped is None:
            raise CheckpointError(
                f"no checkpoint for {edge} is shipped; name one: panmath --model FOLDER, or an id on the hub"
            )
        name = shipped.name
    card = next((card for card in cards() if card.name == name), None)
    if card is not None:
        return _shipped(card)
    folder = Path(name)
    if not folder.is_dir():
        if name.count("/") != 1 or name.startswith(("/", ".")):
            known = ", ".join(card.name for card in cards())
            raise CheckpointError(f"{name}: no folder, and no checkpoint of that name; shipped are {known}")
        folder = _downloaded(name)
    if not (folder / "config.json").is_file():
        raise CheckpointError(f"{name}: the folder has no config.json, so it is no checkpoint")
    if not any(folder.glob("*.safetensors")):
        raise CheckpointError(
            f"{name}: the folder has no .safetensors file; pickled weights can run code and are not loaded"
        )
    return folder


def model_type(folder: Path) -> str:
    """The architecture of a checkpoint by its config.json, empty where that says nothing.

    Raises CheckpointError where it is damaged.
    """
    try:
        return str(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type", ""))
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{folder.name}: config.json is damaged: {error}") from error


@cache
def _shipped(card: Card) -> Path:
    weights = card.folder / "model.safetensors"
    try:
        found = hashlib.sha256(weights.read_bytes()).hexdigest()
    except OSError as error:
        raise CheckpointError(f"{card.name}: {error.strerror}: {weights}") from error
    if found != card.sha256:
        raise CheckpointError(f"{card.name}: the weights are not those of its card: install panmath anew")
    return card.folder


def _downloaded(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=_WANTED))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        reason = str(error).split("\n")[0]
        raise CheckpointError(
            f"{name}: cannot be fetched from the hub, and is not on this machine: {reason}"
        ) from error
