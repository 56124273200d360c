"""Where a network runs, and with which numbers."""

from __future__ import annotations

from typing import Any

import torch
from panmath.convert.errors import OptionError


def chosen(device: str) -> str:
    """The device of that name, "auto" for the fastest there is. OptionError for one that this machine lacks."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return next(name for name, available in there.items() if available)
    if not there[device]:
        raise OptionError(
            f"there is no {device} on this machine; device is {' or '.join(n for n in there if there[n])}"
        )
    return device


def placed(network: Any, device: str, precision: str) -> Any:
    """A network on its device, ready to answer. `device` is one that `chosen` gave; "auto" is bf16 on a GPU and fp32
    elsewhere.
    """
    if precision == "auto":
        precision = "bf16" if device == "cuda" else "fp32"
    return network.to(device, {"bf16": torch.bfloat16, "fp32": torch.float32}[precision]).eval()
