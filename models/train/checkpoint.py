"""What is shipped of a training: weights in half precision as safetensors, and what is needed to load them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

_KEPT = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")


def ship(trained: Path, out: Path, *others: Path) -> str:
    """Copies a trained checkpoint into a folder to be shipped, what it lacks from `others`; the sum of its weights.

    The numbers are stored in half precision, which halves the file; they are loaded into the precision of the device.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        found = next((folder / name for folder in (trained, *others) if (folder / name).is_file()), None)
        if found is not None:
            shutil.copy(found, out / name)
    weights = {
        name: tensor.to(torch.float16) if tensor.is_floating_point() else tensor
        for name, tensor in load_file(trained / "model.safetensors").items()
    }
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    return hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()
