"""Loads the networks of checkpoints, from safetensors only, and says in our words what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from panmath.convert.errors import CheckpointError
from safetensors import SafetensorError
from transformers import AutoImageProcessor
from transformers.utils import logging


def network(kind: Any, folder: Path, **settings: object) -> Any:
    """The network in a folder. `kind` is a class of transformers with `from_pretrained`, which asks no hub. `settings`
    are what it is told besides, as a `config` in the place of the folder's and a `key_mapping` of names of weights.

    CheckpointError for weights that are damaged or do not fit the configuration, and for one of another kind; with a
    `key_mapping` also for weights that are not there.
    """
    _be_quiet()
    try:
        found, told = kind.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, trust_remote_code=False, output_loading_info=True,
            **settings,
        )  # fmt: skip
    except (
        OSError, ValueError, RuntimeError, KeyError, TypeError, ArithmeticError, SafetensorError, StrictDataclassError,
    ) as error:  # fmt: skip
        reason = str(error).strip().split("\n")[0]
        raise CheckpointError(f"{folder.name}: cannot be loaded by {kind.__name__}: {reason}") from error
    # Checkpoints of one class may lack what the network does not use; parts of another's have to be whole.
    if "key_mapping" in settings and told["missing_keys"]:
        raise CheckpointError(
            f"{folder.name}: the weights {sorted(told['missing_keys'])[0]} of {kind.__name__} are missing"
        )
    return found


def images(folder: Path) -> Any:
    """The image processor of a checkpoint, that of PIL, which needs no torchvision."""
    return part(AutoImageProcessor, folder, backend="pil")


def part(kind: Any, folder: Path, **settings: object) -> Any:
    """A tokenizer or processor of a checkpoint; CheckpointError where it lacks one that can be used."""
    _be_quiet()
    try:
        return kind.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **settings)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, ImportError) as error:
        reason = str(error).strip().split("\n")[0]
        raise CheckpointError(f"{folder.name}: cannot be loaded by {kind.__name__}: {reason}") from error


def _be_quiet() -> None:
    """What is wrong with a checkpoint is told in our words, or is nothing to tell."""
    logging.disable_progress_bar()
    logging.set_verbosity_error()
