"""Metrics of every step, written for several steps at once.

A line takes a tenth of a millisecond right after a step, when the processor's caches hold the
network, and a fifth of that among other lines.
"""

import time

import keras
import numpy as np

from explorer.runs.write import RunWriter
from explorer.training.describe import BatchMean, accuracy_of
from explorer.training.hooks import SCALARS, StepHook, accuracy_metric, value_of

MOST_SECONDS = 0.25  # until a line is written, and what a killed process may lose


class StepLines:
    """Write a line of metrics for every training step, soon after it.

    Args:
        writer: Writes the run folder.
        hook: Attached to the model; knows the numbers of the last steps.
        model: The model that is trained.
    """

    def __init__(self, writer: RunWriter, hook: StepHook, model: keras.Model):
        self._writer = writer
        self._hook = hook
        self._model = model
        self._batch_accuracy = BatchMean()
        self._waiting = []
        self._written = time.perf_counter()

    def restart_epoch(self) -> None:
        """Begin a new mean of accuracies, as Keras does."""
        self.write()
        self._batch_accuracy.restart()

    def add(self, logs: dict, **entries) -> None:
        """Take note of the step that has just ended.

        Args:
            logs: What Keras tells its callbacks.
            **entries: Of the line, such as `step` and `seconds`.

        Raises:
            OSError: The disk is full or not writable.
        """
        self._waiting.append((entries, self._hook.scalars(), logs))
        late = time.perf_counter() - self._written > MOST_SECONDS
        if late or not self._hook.sees_all:
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
        if not self._hook.sees_loss:
            numbers["loss"] = float(logs.get("loss", np.nan))
        accuracy = self._accuracy([total, count], logs)
        return numbers if accuracy is None else numbers | {"accuracy": accuracy}

    def _accuracy(self, totals, logs):
        if np.isnan(totals[1]):  # a training step of its own, that leaves `compute_metrics` out
            metric = accuracy_metric(self._model)
            if metric is None:
                return accuracy_of(logs)
            totals = [float(value_of(part)) for part in (metric.total, metric.count)]
        mean = self._batch_accuracy.of(*totals)
        return accuracy_of(logs) if mean is None else mean
