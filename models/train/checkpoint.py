"""What is shipped of a training: weights in half precision as safetensors, and what is needed to load them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

_KEPT = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")


def ship(trained: Path, tokenizer: Path, out: Path) -> str:
    """Copies a trained checkpoint into a folder to be shipped; the sum of its weights.

    The numbers are stored in half precision, which halves the file; they are loaded into the precision of the device.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        for folder in (trained, tokenizer):
            if (folder / name).is_file():
                shutil.copy(folder / name, out / name)
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    (out / "config.json").write_text(json.dumps(config | {"panmath_tokens": True}, indent=1) + "\n", encoding="utf-8")
    weights = {name: tensor.to(torch.float16) for name, tensor in load_file(trained / "model.safetensors").items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    return hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()
