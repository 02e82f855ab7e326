"""Metrics of every step, written for several steps at once.

A line takes a tenth of a millisecond right after a step, when the processor's caches hold the
network, and a fifth of that among other lines.
"""

import time

import keras
import numpy as np

from explorer.runs.write import RunWriter
from explorer.training.describe import BatchMean, accuracy_of
from explorer.training.hooks import StepHook, accuracy_metric, value_of
from explorer.training.step_scalars import SCALARS, TOTALS

MOST_SECONDS = 0.25  # until a line is written, and what a killed process may lose


class StepLines:
    """Write a line of metrics for every training step, soon after it.

    Args:
        writer: Writes the run folder.
    """

    def __init__(self, writer: RunWriter):
        self._writer = writer
        self._batch_accuracy = BatchMean()
        self._waiting = []
        self._written = time.perf_counter()

    def restart_epoch(self) -> None:
        """Begin a new mean of accuracies, as Keras does."""
        self.write()
        self._batch_accuracy.restart()

    def add(
        self, scalars: np.ndarray, logs: dict, *, step: int, epoch: int, seconds: float
    ) -> None:
        """Take note of the steps that have just ended: one, or those executed together.

        Args:
            scalars: What `seen_scalars` returns. (steps, 5)
            logs: What Keras tells its callbacks, after the last of these steps.
            step: Number of the first of them.
            epoch: Number of their epoch.
            seconds: How long they took, all together.

        Raises:
            OSError: The disk is full or not writable.
        """
        each = round(seconds / max(1, len(scalars)), 4 if len(scalars) == 1 else 6)
        for place, row in enumerate(scalars):
            entries = {"step": step + place, "epoch": epoch, "seconds": each}
            self._waiting.append((entries, row, logs if place == len(scalars) - 1 else {}))
        if time.perf_counter() - self._written > MOST_SECONDS:
            self.write()

    def write(self) -> None:
        """Write what waits.

        Raises:
            OSError: The disk is full or not writable.
        """
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._writer.add_lines([entries | self._numbers(*seen) for entries, *seen in waiting])
        self._written = time.perf_counter()

    def _numbers(self, scalars, logs):
        *values, total, count = scalars.tolist()
        numbers = dict(zip(SCALARS, values, strict=True))
        mean = None if np.isnan(count) else self._batch_accuracy.of(total, count)
        accuracy = accuracy_of(logs) if mean is None else mean
        return numbers if accuracy is None else numbers | {"accuracy": accuracy}


def seen_scalars(hook: StepHook, model: keras.Model, logs: dict) -> np.ndarray:
    """Return `SCALARS` and `TOTALS` of the steps just ended, NaN where nobody knows. (steps, 5).

    A training step of its own may compute loss and metrics in its own way; then Keras is asked,
    who knows them after the last of several steps.
    """
    scalars = hook.scalars()
    if not len(scalars):
        return scalars
    if not hook.sees_loss:
        scalars[-1, 0] = float(logs.get("loss", np.nan))
    if np.isnan(scalars[-1, -1]) and (metric := accuracy_metric(model)) is not None:
        totals = [value_of(part) for part in (metric.total, metric.count)]
        scalars[-1, -len(TOTALS) :] = totals
    return scalars
