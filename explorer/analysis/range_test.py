"""The learning rate range test: the rate is raised at every step, and the loss is watched.

Sources: L. N. Smith, "Cyclical learning rates for training neural networks" (WACV 2017); with a
rate that rises exponentially, the stop at four times the best loss and the suggestions after
fastai's `lr_find` (J. Howard and S. Gugger, "fastai: a layered API for deep learning", 2020).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LOWEST, HIGHEST = 1e-5, 10.0
NUM_STEPS = 181  # 30 for every power of ten, and the last one
NUM_SEEDS = 3
# fastai's 0.98 remembers 50 steps: suggestions would come late by more than a power of ten.
SMOOTHING = 0.9
DIVERGED = 4.0  # times the best smoothed loss
IGNORED_FIRST = NUM_STEPS // 10
IGNORED_LAST = 5
FEWEST_STEPS = 10  # left for a suggestion
LEAST_FALL = 0.02  # of the loss, without which it did not fall
STEEPEST, MINIMUM, VALLEY = "steepest", "minimum", "valley"
SUGGESTIONS = (VALLEY, STEEPEST, MINIMUM)


def raised_rates(num_steps: int = NUM_STEPS) -> np.ndarray:
    """Return the learning rate of every step. (steps,)

    >>> raised_rates(7).tolist()
    [1e-05, 0.0001, 0.001, 0.01, 0.1, 1.0, 10.0]
    """
    return np.array([float(f"{rate:.6g}") for rate in np.geomspace(LOWEST, HIGHEST, num_steps)])


def smoothed(losses: np.ndarray) -> np.ndarray:
    """Average exponentially, without the pull towards 0 at the beginning. (..., steps)

    From the first loss on that is not a number, neither is the average.

    >>> smoothed(np.array([3.0, 3.0, 3.0])).round(6).tolist()
    [3.0, 3.0, 3.0]
    """
    means, mean = [], np.zeros(losses.shape[:-1])
    for step in range(losses.shape[-1]):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * losses[..., step]
        means.append(mean / (1 - SMOOTHING ** (step + 1)))
    return np.stack(means, axis=-1)


def has_diverged(losses: Sequence[float]) -> bool:
    """Say whether the test is over: the smoothed loss is no number, or four times the best one."""
    means = smoothed(np.asarray(losses, float))
    return not np.isfinite(means[-1]) or bool(means[-1] > DIVERGED * means.min())


def suggestions(rates: np.ndarray, losses: np.ndarray) -> dict[str, float]:
    """Suggest learning rates from one curve; none where the loss did not fall.

    The first tenth of the steps, which the smoothing has not settled in, and the last five, where
    it diverges, are left out.

    Args:
        rates: Rising by the same factor at every step. (steps,)
        losses: Of these steps; there may be fewer, where the test was over early. (taken,)

    Returns:
        `"steepest"`: where the loss falls fastest on its way to the lowest one; how it comes down
        from an outburst later on does not count. `"minimum"`: a tenth of the rate with the lowest
        loss. `"valley"`: the middle of the longest fall.
    """
    chosen = slice(IGNORED_FIRST, len(losses) - IGNORED_LAST)
    if len(losses) < IGNORED_FIRST + FEWEST_STEPS + IGNORED_LAST:
        return {}
    means, rates = smoothed(np.asarray(losses, float))[chosen], rates[chosen]
    if not means[0] - means.min() >= LEAST_FALL * means[0]:  # nor where one is not a number
        return {}
    fall, lowest = longest_fall(means), int(means.argmin())
    return {
        STEEPEST: float(rates[np.gradient(means)[: lowest + 1].argmin()]),
        MINIMUM: float(rates[lowest] / 10),
        VALLEY: float(rates[fall[len(fall) // 2]]),
    }


def longest_fall(values: np.ndarray) -> np.ndarray:
    """Return the places of the longest falling subsequence; of several, the one that ends first.

    >>> longest_fall(np.array([5.0, 4.0, 4.5, 3.0, 6.0, 2.0])).tolist()
    [0, 1, 3, 5]
    """
    lengths, before = np.ones(len(values), int), np.full(len(values), -1)
    for place, value in enumerate(values):
        higher = np.flatnonzero(values[:place] > value)
        if len(higher):
            before[place] = higher[lengths[higher].argmax()]
            lengths[place] = lengths[before[place]] + 1
    place, places = int(lengths.argmax()), []
    while place >= 0:
        places.append(place)
        place = int(before[place])
    return np.array(places[::-1])


@dataclass(frozen=True)
class Suggestion:
    """A learning rate, from the curves of all seeds.

    Args:
        name: One of `SUGGESTIONS`.
        rate: The middle one of those that the seeds suggest.
        lowest: The smallest of them.
        highest: The largest of them.
        num_seeds: How many of the seeds suggest one.
    """

    name: str
    rate: float
    lowest: float
    highest: float
    num_seeds: int


@dataclass(frozen=True, eq=False)
class RangeTest:
    """What a range test found.

    Args:
        rates: Of all steps that were planned. (steps,)
        losses: Of every seed, NaN where the step was not taken. (seeds, steps)
        taken: How many steps each seed took. (seeds,)
        seeds: (seeds,)
    """

    rates: np.ndarray
    losses: np.ndarray
    taken: np.ndarray
    seeds: np.ndarray

    def __post_init__(self):
        """Refuse what does not fit together, such as a damaged file."""
        shape = (len(self.seeds), len(self.rates))
        if self.losses.shape != shape or self.taken.shape != shape[:1]:
            raise ValueError(
                f"The losses have the shape {self.losses.shape}, the numbers of steps "
                f"{self.taken.shape}; expected {shape} and {shape[:1]}."
            )

    def curve(self, place: int) -> np.ndarray:
        """Return the losses that a seed really had. (taken,)"""
        return self.losses[place, : self.taken[place]]

    def suggestions(self) -> list[Suggestion]:
        """Return what the seeds suggest together, the most careful kind first."""
        each = [suggestions(self.rates, self.curve(place)) for place in range(len(self.seeds))]
        found = {name: [one[name] for one in each if name in one] for name in SUGGESTIONS}
        return [
            Suggestion(name, median(rates), min(rates), max(rates), len(rates))
            for name, rates in found.items()
            if rates
        ]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all of it, for the wire and the file."""
        return {name: np.asarray(values) for name, values in vars(self).items()}


def median(rates: Sequence[float]) -> float:
    """Return the middle one; of an even number, the smaller one in the middle.

    >>> median([0.1, 0.001, 0.01]), median([0.1, 0.01])
    (0.01, 0.01)
    """
    return sorted(rates)[(len(rates) - 1) // 2]
