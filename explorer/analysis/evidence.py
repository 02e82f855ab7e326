"""What the recording of a run shows about its learning rate: measured numbers, no judgement."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.analysis.averages import mean, median, row_means, weighted_median
from explorer.analysis.readings import Readings
from explorer.analysis.thresholds import Threshold
from explorer.runs import Metrics
from explorer.runs.source import UPDATES

LATE_UPDATES = 40
LATE_SHARE = 0.25  # of a training too short for that many
LATE_STEPS = 5
EARLY_UPDATES = 32


@dataclass(frozen=True)
class Evidence:
    """Everything a verdict is made of.

    Args:
        metrics: The scalars.
        readings: Moments, activity and answers at some recorded steps.
        guess_loss: Loss of a network that ignores its input; NaN when unknown.
        guess_accuracy: Accuracy of naming the commonest class; NaN when unknown.
        guess_words: What `guess_loss` is, for people.
        kernels: Names of the kernels whose updates were recorded.
        ratio: Norm of the next update over norm of the weights. (steps, kernels)
        zeros: Share of exactly-zero entries of the gradient. (steps, kernels)
        gradient_norm: Norm of the gradient of each kernel. (steps, kernels)
        layers: Names of the hidden layers whose activations were recorded.
        is_convolution: Whether a layer puts out feature maps. (layers,)
        is_rectified: Whether a layer was never below 0 and often 0, as behind ReLU. (layers,)
        dead: Share of channels that are 0 on every probe image; NaN for other layers than
            rectified ones. (steps, layers)
        saturated: Share of outputs of bounded layers near their bound at the last step. (layers,)
        top: Share of probe images given the same class. (steps,)
        broken_weights: First recorded step with non-finite weights, and the tensor, or `None`.
        num_broken: How many tensors ever had such weights.
        planned_updates: Weight updates the whole training takes; 0 when unknown.
        unit: Of an imported run, what its steps count, see `runs.source`; `None` for a run that
            was recorded, with a loss an update.
    """

    metrics: Metrics
    readings: Readings
    guess_loss: float
    guess_accuracy: float
    guess_words: str
    kernels: tuple[str, ...]
    ratio: np.ndarray
    zeros: np.ndarray
    gradient_norm: np.ndarray
    layers: tuple[str, ...]
    is_convolution: np.ndarray
    is_rectified: np.ndarray
    dead: np.ndarray
    saturated: np.ndarray
    top: np.ndarray
    broken_weights: tuple[int, str] | None
    num_broken: int
    planned_updates: int
    unit: str | None = None

    @property
    def steps(self) -> np.ndarray:
        """The recorded steps behind the arrays. (steps,)"""
        return self.readings.steps

    @property
    def num_updates(self) -> int:
        """How many weight updates are known of."""
        ends = [0, *self.metrics.train["step"].tail(1) + 1, *self.steps[-1:]]
        return int(max(ends))

    @property
    def known_updates(self) -> int:
        """How many updates a verdict may count on; an epoch counts as one where it is unknown."""
        return self.num_updates if self.unit == UPDATES else len(self.losses)

    @property
    def last_step(self) -> int:
        """The last step that anything is known of: what is said of a whole run is judged there."""
        tables = (self.metrics.train, self.metrics.validation)
        return int(max([0, *self.steps[-1:], *(s for one in tables for s in one["step"].tail(1))]))

    @property
    def share_done(self) -> float:
        """Share of the planned updates that were made; 1 when no plan is known."""
        if not self.planned_updates or self.unit is not None:  # what is imported has ended
            return 1.0
        return len(self.losses) / self.planned_updates

    @cached_property
    def losses(self) -> np.ndarray:
        """The loss of every batch, in order. (updates,)"""
        return self.metrics.train["loss"].to_numpy(float)

    @property
    def weights_stay_finite(self) -> bool:
        """Whether weights after some update are known, and all known ones are finite."""
        known = ~np.isnan(self.readings.moment("weights", "size")).all(axis=1)
        return self.broken_weights is None and bool(known[self.steps > 0].any())

    @property
    def late_updates(self) -> int:
        """How many of the last updates count as late."""
        return max(1, min(LATE_UPDATES, int(len(self.losses) * LATE_SHARE)))

    @cached_property
    def late_loss(self) -> float:
        """Median loss of the last batches; NaN without metrics or when one of them is."""
        return median(self.losses[-self.late_updates :])

    @cached_property
    def late_accuracy(self) -> float:
        """Mean training accuracy of the last batches; NaN when unknown."""
        return mean(self.metrics.train["accuracy"].to_numpy(float)[-self.late_updates :])

    @cached_property
    def late_share(self) -> float:
        """Late loss as a share of the loss of guessing."""
        return self.late_loss / self.guess_loss if self.guess_loss > 0 else math.nan

    @cached_property
    def running_share(self) -> np.ndarray:
        """What `late_share` would have been after each update; NaN where unknown. (updates,)"""
        window = self.metrics.train["loss"].rolling(self.late_updates, min_periods=1)
        level = self.guess_loss if self.guess_loss > 0 else math.nan
        return window.median().to_numpy(float) / level

    @cached_property
    def first_nonfinite_loss(self) -> int | None:
        """First step whose batch had a loss that is not a number, or infinite."""
        broken = np.flatnonzero(~np.isfinite(self.losses))
        return self.step_of_update(broken[0]) if len(broken) else None

    @cached_property
    def num_nonfinite_losses(self) -> int:
        """How many losses are not a number, or infinite."""
        return int(np.count_nonzero(~np.isfinite(self.losses)))

    @cached_property
    def late_zeros(self) -> float:
        """Share of exactly-zero gradient entries, mean over kernels, at the last steps."""
        return median(self._last_known(self.zero_share))

    @cached_property
    def zero_share(self) -> np.ndarray:
        """Share of exactly-zero gradient entries, mean over kernels. (steps,)"""
        return row_means(self.zeros)

    @cached_property
    def largest_ratio(self) -> np.ndarray:
        """Largest update-to-weight ratio of any kernel; -inf where none is known. (steps,)"""
        return np.where(np.isnan(self.ratio), -np.inf, self.ratio).max(axis=1, initial=-np.inf)

    @cached_property
    def median_ratio(self) -> float:
        """Update-to-weight ratio: median over kernels, then over all updates of the run.

        Steps are recorded ever more rarely: each stands for the updates up to the next one.
        """
        medians = np.array([median(row[np.isfinite(row)]) for row in self.ratio])
        known = np.isfinite(medians)
        return weighted_median(medians[known], self._lengths[known])

    @cached_property
    def path(self) -> float:
        """Length of all updates together as a share of the weights: median over kernels.

        The weights have moved at most this far; less, where updates undo each other.
        """
        lengths = self._lengths
        known = np.isfinite(self.ratio)
        if not known.any():
            return math.nan
        covered = (known * lengths[:, None]).sum(axis=0)
        sums = np.where(known, self.ratio, 0).T @ lengths
        usable = covered > 0
        return median(sums[usable] / covered[usable]) * float(lengths[known.any(axis=1)].sum())

    @property
    def _lengths(self):
        """How many updates each recorded step stands for: those up to the next one. (steps,)"""
        return np.diff(self.steps, append=self.steps[-1:] + 1)

    @property
    def is_warming_up(self) -> bool:
        """Whether the learning rate still rises at the end of what was recorded."""
        rates = self.metrics.train["learning_rate"].dropna().to_numpy(float)
        return len(rates) > 1 and bool(rates[-1] > rates[0] and rates[-1] > rates[-2])

    @cached_property
    def late_dead(self) -> np.ndarray:
        """Share of dead channels at the last step with activations. (layers,)"""
        return self._at_last_activations(self.dead)

    @cached_property
    def worst_convolution(self) -> int | None:
        """Number of the convolution with most dead channels at the end."""
        dead = np.where(self.is_convolution, self.late_dead, np.nan)
        return int(np.nanargmax(dead)) if np.isfinite(dead).any() else None

    @cached_property
    def late_top(self) -> float:
        """Share of probe images given the same class at the last step with answers."""
        known = self.top[np.isfinite(self.top)]
        return float(known[-1]) if len(known) else math.nan

    def lasting_since(self, values: np.ndarray, limit: Threshold, crossed=True) -> int | None:
        """Return from which recorded step on a value never left its side of a limit again.

        Args:
            values: A number a step, NaN where it could not be measured. (steps,)
            limit: The limit.
            crossed: On which side of it.
        """
        return _lasting_since(self.steps, values, limit, crossed)

    def loss_since(self, limit: Threshold, crossed=True) -> int | None:
        """Return from which update on `running_share` never left its side of a limit again."""
        steps = self.metrics.train["step"].to_numpy()
        return _lasting_since(steps, self.running_share, limit, crossed)

    def step_of_update(self, number: int) -> int:
        """Return the step of an update by its place in the metrics."""
        return int(self.metrics.train["step"].iloc[number])

    def _last_known(self, values):
        return values[np.isfinite(values)][-LATE_STEPS:]

    def _at_last_activations(self, values):
        known = np.flatnonzero(np.isfinite(values).any(axis=1)) if values.size else []
        return values[known[-1]] if len(known) else np.full(values.shape[1], np.nan)


def _lasting_since(steps, values, limit, crossed):
    """Find the first step of the last stretch on one side of a limit; `None` if it ended."""
    known = ~np.isnan(values)
    other = np.flatnonzero(limit.are_crossed(values[known]) != crossed)
    stretch = steps[known][other[-1] + 1 if len(other) else 0 :]
    return int(stretch[0]) if len(stretch) else None
