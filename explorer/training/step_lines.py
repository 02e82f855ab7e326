"""Metrics of every step, written for several steps at once.

A line takes a tenth of a millisecond right after a step, when the processor's caches hold the
network, and a fifth of that among other lines.
"""

import time

import keras
import numpy as np

from explorer.runs.write import RunWriter
from explorer.training.describe import BatchMean, accuracy_of
from explorer.training.hooks import SCALARS, TOTALS, StepHook, accuracy_metric, value_of

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

    def add(self, scalars: np.ndarray, logs: dict, **entries) -> None:
        """Take note of the step that has just ended.

        Args:
            scalars: What `seen_scalars` returns. (5,)
            logs: What Keras tells its callbacks.
            **entries: Of the line, such as `step` and `seconds`.

        Raises:
            OSError: The disk is full or not writable.
        """
        self._waiting.append((entries, scalars, logs))
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
    """Return `SCALARS` and `TOTALS` of the last step, NaN where nobody knows. (5,).

    A training step of its own may compute loss and metrics in its own way; then Keras is asked.
    """
    scalars = hook.scalars()
    if not hook.sees_loss:
        scalars[0] = float(logs.get("loss", np.nan))
    if np.isnan(scalars[-1]) and (metric := accuracy_metric(model)) is not None:
        scalars[-len(TOTALS) :] = [value_of(part) for part in (metric.total, metric.count)]
    return scalars
