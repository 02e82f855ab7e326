"""From the steps of a log to weight updates: Keras counts some things in epochs, some in batches.

`epoch_loss` and histograms of Keras stand at the number of their epoch, from 0, and are those of
its end. `batch_loss` stands at the number of its batch, from 1, which is the number of updates
done after it. `evaluation_loss_vs_iterations` stands at the updates done.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.imports.errors import sound_step
from explorer.imports.tags import (
    KERAS_BATCH,
    KERAS_EPOCH,
    KERAS_EVALUATION,
    Series,
    is_keras,
)
from explorer.runs.source import AS_LOGGED, EPOCHS, UPDATES


@dataclass(frozen=True)
class LogSteps:
    """How the steps of a log are counted.

    Args:
        is_keras: Whether Keras' own callback wrote it.
        steps_per_epoch: Weight updates an epoch; `None` when nobody knows.
        unit: What a step of the run is, one of those in `runs.source`.
        note: How that was found out, in a sentence.
    """

    is_keras: bool
    steps_per_epoch: int | None
    unit: str
    note: str

    def after(self, series: Series, step: int, *, histogram: bool = False) -> int | None:
        """Return how many updates, or epochs, were done; `None` where that cannot be told."""
        if not self.is_keras:
            return sound_step(step * (self.steps_per_epoch or 1))
        if histogram or series.tag.startswith(KERAS_EPOCH):
            return sound_step((step + 1) * (self.steps_per_epoch or 1))
        is_counted = series.tag.startswith((KERAS_BATCH, KERAS_EVALUATION))
        return None if is_counted and self.unit == EPOCHS else sound_step(step)

    def of_update(self, series: Series, step: int) -> int | None:
        """Return the step of the update that a number of the training was measured at."""
        done = self.after(series, step)
        return done if done is None or not self.is_keras else max(done - 1, 0)


def log_steps(scalars: Mapping[Series, Mapping[int, float]], given: int | None) -> LogSteps:
    """Find out how a log counts its steps.

    Args:
        scalars: Numbers by step.
        given: Weight updates an epoch, where whoever imports knows it.
    """
    if not is_keras(scalars):
        if given:
            note = f"Steps of the log were taken as epochs of {given:,} updates each, as asked for."
            return LogSteps(False, given, UPDATES, note)
        return LogSteps(False, None, AS_LOGGED, "")
    if given:
        note = f"An epoch was taken as {given:,} updates, as asked for."
        return LogSteps(True, given, UPDATES, note)
    if found := _updates_of_epochs(scalars):
        updates = "1 update" if found == 1 else f"{found:,} updates"
        note = f"An epoch had {updates}: that follows from the steps of the log."
        return LogSteps(True, found, UPDATES, note)
    note = (
        "Keras' log counts epochs, and does not tell how many updates one had: give it as steps "
        "per epoch to have true steps."
    )
    return LogSteps(True, None, EPOCHS, note)


def _updates_of_epochs(scalars):
    """Return the updates an epoch, if all that is logged agrees on it."""
    epochs = _steps(scalars, KERAS_EPOCH)
    evaluations = _steps(scalars, KERAS_EVALUATION)
    batches = _steps(scalars, KERAS_BATCH)
    last = max(evaluations or batches, default=0)
    if not last or not epochs or last % (max(epochs) + 1):
        return None
    found = last // (max(epochs) + 1)
    agrees = all((epoch + 1) * found in evaluations for epoch in epochs)
    return found if agrees or not evaluations else None


def _steps(scalars, start):
    named = (steps for series, steps in scalars.items() if series.tag.startswith(start))
    return set().union(*named)
