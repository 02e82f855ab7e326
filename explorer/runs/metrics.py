"""Reading `metrics.jsonl`, also while it grows or when lines of it are damaged."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.runs import files

TRAIN_COLUMNS = ["step", "epoch", "loss", "accuracy", "learning_rate", "gradient_norm", "seconds"]
VALIDATION_COLUMNS = ["step", "epoch", "loss", "accuracy"]


@dataclass(frozen=True)
class Metrics:
    """Scalars of a run; non-finite numbers are kept.

    Args:
        train: One row a weight update: `step`, `epoch`, `loss`, `accuracy`, `learning_rate`,
            `gradient_norm`, `seconds`.
        validation: One row a validation: `step`, `epoch`, `loss`, `accuracy`.
        damaged_lines: How many lines could not be read.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    damaged_lines: int = 0


def read_metrics(path: Path) -> Metrics:
    """Read all scalars; a step written twice (after a resume) counts as last written."""
    train, validation, damaged = {}, {}, 0
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    for line in text.split("\n")[:-1]:
        entries = read_line(line)
        if entries is None:
            damaged += 1
        else:
            part = validation if is_validation(entries) else train
            part[entries["step"]] = entries
    renamed = [
        {key.removeprefix("val_"): value for key, value in entries.items()}
        for entries in validation.values()
    ]
    return Metrics(
        _frame(train.values(), TRAIN_COLUMNS), _frame(renamed, VALIDATION_COLUMNS), damaged
    )


def read_line(line: str | bytes) -> dict[str, float] | None:
    """Return the known scalars of a line, `step` and `epoch` whole; `None` if it is damaged.

    >>> read_line('{"step": 3, "loss": "NaN"}')
    {'step': 3, 'loss': nan, 'epoch': 0}
    >>> read_line('{"step": 3, "lo')
    """
    try:
        entries = {
            key: files.to_number(value)
            for key, value in json.loads(line).items()
            if key.removeprefix("val_") in TRAIN_COLUMNS
        }
        whole = {"step": int(entries["step"]), "epoch": int(entries.get("epoch", 0))}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return entries | whole


def is_validation(entries: dict) -> bool:
    """Say whether a line tells of a validation, and not of a weight update."""
    return "val_loss" in entries


def _frame(rows, columns):
    frame = pd.DataFrame(list(rows), columns=columns).astype(float)
    return frame.astype({"step": np.int64, "epoch": np.int64}).sort_values(
        "step", ignore_index=True
    )
