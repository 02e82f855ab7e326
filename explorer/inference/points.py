"""Checkpoints as points in the space of all weights. Loads TensorFlow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer import runs
from explorer.inference.losses import vector

MOST_BYTES = 400_000_000
FLOAT_BYTES = 4
MOST_GROWTH = 100  # times as long as the first weights; beyond, all others would be one dot


@dataclass(frozen=True, eq=False)
class Points:
    """Checkpoints as vectors of all trainable weights.

    Args:
        run: Which run each is of, by its place among the runs. (checkpoints,)
        step: (checkpoints,)
        weights: (checkpoints, weights) float32
        notes: Which checkpoints are missing and why, in sentences.
    """

    run: np.ndarray
    step: np.ndarray
    weights: np.ndarray
    notes: tuple[str, ...] = ()

    @cached_property
    def is_finite(self) -> np.ndarray:
        """Which checkpoints have numbers for weights. (checkpoints,)"""
        return np.isfinite(self.weights).all(axis=1)

    @cached_property
    def is_drawable(self) -> np.ndarray:
        """Which of them have a place beside the others: they have not exploded. (checkpoints,)"""
        finite = self.is_finite
        lengths = np.full(len(finite), np.inf)
        lengths[finite] = [_length(one) for one in self.weights[finite]]
        first = lengths[self.step == self.step.min()].min()
        return lengths <= MOST_GROWTH * first if np.isfinite(first) else finite

    def only(self, places: Sequence[int]) -> "Points":
        """Return some of the checkpoints."""
        return Points(self.run[places], self.step[places], self.weights[places], self.notes)


def _length(point):
    """Return the length, summed in double precision: in single precision squares overflow."""
    exact = point.astype(np.float64)
    return np.sqrt(np.einsum("i,i->", exact, exact))


def checkpoint_points(chosen: Sequence[runs.Run], names: list[str]) -> Points:
    """Read the checkpoints of runs; fewer, evenly chosen, of networks too large for all of them.

    Args:
        chosen: Runs of one network.
        names: Of the trainable weights, see `losses.trainable_names`.

    Raises:
        RunError: A run has no checkpoint, or one that does not fit the network.
    """
    for run in chosen:
        if not len(run.checkpoints):
            raise runs.RunError(f"Run {run.name!r} has no checkpoint yet. Train it first.")
    num_weights = len(_vector(chosen[0], int(chosen[0].checkpoints[0]), names))
    most = max(3, MOST_BYTES // (FLOAT_BYTES * num_weights * len(chosen)))
    kept = [_evenly(run.checkpoints, most) for run in chosen]
    points = Points(
        run=np.concatenate([np.full(len(steps), k) for k, steps in enumerate(kept)]),
        step=np.concatenate(kept),
        weights=np.stack(
            [
                _vector(run, int(step), names)
                for run, steps in zip(chosen, kept, strict=True)
                for step in steps
            ]
        ),
    )
    return Points(points.run, points.step, points.weights, tuple(_notes(chosen, kept, points)))


def _vector(run, step, names):
    checkpoint = run.checkpoint(step)
    missing = [name for name in names if name not in checkpoint]
    if missing:
        raise runs.RunError(
            f"The checkpoint of run {run.name!r} at step {step} has no {missing[0]!r}: it does not "
            "fit its network. Another version wrote it; train anew."
        )
    return vector(checkpoint, names)


def _evenly(steps, most):
    places = np.linspace(0, len(steps) - 1, min(most, len(steps))).round().astype(int)
    return steps[places]


def _notes(chosen, kept, points) -> Iterator[str]:
    for number, (run, steps) in enumerate(zip(chosen, kept, strict=True)):
        if len(steps) < len(run.checkpoints):
            yield (
                f"Of {run.name}, {len(steps)} of {len(run.checkpoints)} checkpoints are drawn: "
                "the network is large."
            )
        own = points.run == number
        lost = points.step[own & ~points.is_finite]
        if len(lost):
            yield (
                f"The weights of {run.name} are not numbers from step {lost[0]:,} on: these "
                "checkpoints have no place on the plane."
            )
        far = points.step[own & points.is_finite & ~points.is_drawable]
        if len(far):
            yield (
                f"From step {far[0]:,} on, the weights of {run.name} are more than {MOST_GROWTH} "
                "times as long as at the start: these checkpoints lie far outside the picture."
            )
