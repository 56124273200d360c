"""One way to run a training: transformers' Trainer over a data set whose items are whole batches.

Resumable: the newest checkpoint is taken up, and the stream goes on where it was. The learning rate falls only at
the end, so that a training can be ended earlier or later than was planned: change `steps` and start it again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint


class _Log(TrainerCallback):
    """Writes step, loss and learning rate to a CSV file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_log(self, _: Any, state: Any, __: Any, logs: dict[str, Any], **___: Any) -> None:
        if "loss" not in logs:
            return
        fresh = not self._path.exists()
        with self._path.open("a", encoding="utf-8") as file:
            if fresh:
                file.write("step,loss,learning_rate\n")
            file.write(f"{state.global_step},{logs['loss']},{logs['learning_rate']}\n")


def run(
    trainer: Callable[..., Trainer],
    batches: Dataset[dict[str, Tensor]],
    settings: dict[str, Any],
    out: Path,
    threads: int,
) -> None:
    """Trains to the end. `trainer` makes a Trainer of its arguments and data; `settings` are [training] of a
    configuration; checkpoints go to `out`/checkpoints and the log to `out`/log.csv.
    """
    if threads:
        torch.set_num_threads(threads)
    arguments = TrainingArguments(
        output_dir=str(out / "checkpoints"),
        max_steps=settings["steps"],
        per_device_train_batch_size=1,
        learning_rate=settings["learning_rate"],
        weight_decay=settings.get("weight_decay", 0.0),
        warmup_steps=settings["warmup_steps"],
        lr_scheduler_type="warmup_stable_decay",
        lr_scheduler_kwargs={"num_decay_steps": settings["decay_steps"]},
        save_steps=settings["save_every"],
        save_total_limit=2,
        logging_steps=50,
        seed=settings["seed"],
        bf16=True,
        use_cpu=not torch.cuda.is_available(),
        train_sampling_strategy="sequential",
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=[],
    )
    going = trainer(
        args=arguments, train_dataset=batches, data_collator=lambda items: items[0], callbacks=[_Log(out / "log.csv")]
    )
    checkpoints = out / "checkpoints"
    last = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None
    going.train(resume_from_checkpoint=last)
