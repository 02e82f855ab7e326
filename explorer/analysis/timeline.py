"""One slider for several runs: which recorded step each of them shows at each place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MODES = ("step", "share")
MOST_STEPS = 240  # as many as a slider can tell apart, and a browser holds without effort


@dataclass(frozen=True)
class Timeline:
    """The places of a slider that moves several runs at once.

    Args:
        places: What the slider stands for, ascending: training steps, or shares of the
            training from 0 to 1. (places,)
        steps: For each run, the steps it shows, ascending. (shown,)
        rows: For each run and place, the number of the step in `steps` that is shown: the
            last one up to that place, -1 before the first. (places,)
        mode: `"step"` or `"share"`.
    """

    places: np.ndarray
    steps: tuple[np.ndarray, ...]
    rows: tuple[np.ndarray, ...]
    mode: str

    def place_of(self, run: int, step: int) -> int:
        """Return the number of the first place at which a run shows a step, or the one before."""
        row = np.searchsorted(self.steps[run], step, side="right") - 1
        return int(np.searchsorted(self.rows[run], max(row, 0)))


def spread(steps: Sequence[int], most: int) -> list[int]:
    """Choose steps evenly, by their places, the first and the last among them.

    >>> spread([0, 1, 2, 4, 8], 3)
    [0, 2, 8]
    """
    places = np.linspace(0, len(steps) - 1, min(len(steps), most)).round()
    return [int(steps[place]) for place in places.astype(int)]


def align(steps: Sequence[np.ndarray], *, mode: str = "step") -> Timeline:
    """Put the recorded steps of several runs on one slider.

    Runs record different steps. At a place that a run did not record, it shows its last
    recorded step before: nothing is interpolated. A run that ended shows its end.

    Args:
        steps: For each run, the steps to show, ascending, from 0 on. (shown,)
        mode: `"step"` puts equal steps at one place; `"share"` equal shares of each run's own
            length, for runs of different length.

    Raises:
        ValueError: No step at all, or an unknown mode.
    """
    if mode not in MODES:
        raise ValueError(f"mode is {mode!r}. It must be one of {', '.join(MODES)}.")
    steps = tuple(np.asarray(one, np.int64) for one in steps)
    if not any(len(one) for one in steps):
        raise ValueError("No run has a recorded step. Wait until one is recorded.")
    own = [_places(one, mode) for one in steps]
    places = np.unique(np.concatenate(own))
    rows = tuple(np.searchsorted(one, places, side="right") - 1 for one in own)
    return Timeline(places, steps, rows, mode)


def thin(steps: np.ndarray, most: int = MOST_STEPS) -> np.ndarray:
    """Choose at most `most` of the recorded steps: what a chart needs to look like all of them.

    Half of them are the earliest ones, where most happens; the others are spread evenly over
    the rest, the last one among them. (steps,) -> (shown,)
    """
    steps = np.asarray(steps)
    if len(steps) <= most:
        return steps
    early = most // 2
    later = np.linspace(early, len(steps) - 1, most - early).round().astype(int)
    return np.concatenate([steps[:early], steps[later]])


def _places(steps, mode):
    if mode == "step" or not len(steps):
        return steps
    return steps / max(steps[-1], 1)
