"""Loads the networks of checkpoints, from safetensors only, and says in our words what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from panmath.convert.errors import InputError
from safetensors import SafetensorError
from transformers.utils import logging


def network(kind: Any, folder: Path) -> Any:
    """The network in a folder. `kind` is a class of transformers with `from_pretrained`, which asks no hub.

    InputError for weights that are damaged or do not fit the configuration, and for one of another kind.
    """
    logging.disable_progress_bar()
    try:
        return kind.from_pretrained(folder, use_safetensors=True, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError, StrictDataclassError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"{folder.name}: cannot be loaded by {kind.__name__}: {reason}") from error


def part(kind: Any, folder: Path) -> Any:
    """A tokenizer or processor of a checkpoint; InputError where it lacks one that can be used."""
    logging.disable_progress_bar()
    try:
        return kind.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, ImportError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"{folder.name}: cannot be loaded by {kind.__name__}: {reason}") from error
