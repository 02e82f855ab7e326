"""The numbers behind loss and accuracy curves: thinned, smoothed, with their gaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

BUCKETS = 300
SMOOTHED_SHARE = 1 / 50  # of the planned steps, which the smoothed line averages over
SHORTEST, LONGEST = 2, 25  # steps
FEW = 20  # values; a curve of fewer is drawn as it is, with its points
EVERY, SMOOTHED = "every value", "smoothed"


@dataclass(frozen=True)
class Curve:
    """One quantity of one run.

    Args:
        name: Name of the run, for people.
        steps: Training steps. (steps,)
        values: Loss or accuracy of the batch at each step. (steps,)
        validation_steps: Steps at which the validation images were tried. (validations,)
        validation_values: Loss or accuracy there. (validations,)
    """

    name: str
    steps: np.ndarray
    values: np.ndarray
    validation_steps: np.ndarray
    validation_values: np.ndarray


def line_frame(curves: Sequence[Curve], planned_steps: int) -> pd.DataFrame:
    """Thin every curve to its smallest and largest value in each of 300 stretches of steps.

    Columns: step, value, kind (every value or smoothed), run. What is not a finite number
    stays as an empty row, so that lines have a gap there. Few values are not smoothed: the
    average would lag far behind them.
    """
    span = np.clip(planned_steps * SMOOTHED_SHARE, SHORTEST, LONGEST)
    frames = []
    for curve in curves:
        keep = extremes(curve.values, BUCKETS)
        smooth = smoothed(curve.values, 1 - 1 / span if len(curve.values) >= FEW else 0)
        last = evenly(len(curve.steps), BUCKETS)
        frames += [
            point_rows(curve.steps[keep], curve.values[keep], EVERY, curve.name),
            point_rows(curve.steps[last], smooth[last], SMOOTHED, curve.name),
        ]
    return pd.concat(frames, ignore_index=True)


def extremes(values: np.ndarray, buckets: int) -> np.ndarray:
    """Find the places of the smallest and the largest value in each bucket, in order.

    A bucket that holds a value that is not finite keeps the first such place too.

    Args:
        values: Values in the order of the steps. (steps,)
        buckets: How many buckets of neighbours there are.
    """
    values = np.asarray(values, np.float64)
    if len(values) <= 2 * buckets:
        return np.arange(len(values))
    kept = set()
    for part in np.array_split(np.arange(len(values)), buckets):
        finite = part[np.isfinite(values[part])]
        if len(finite):
            kept |= {finite[values[finite].argmin()], finite[values[finite].argmax()]}
        if len(finite) < len(part):
            kept.add(part[~np.isfinite(values[part])][0])
    return np.array(sorted(kept), np.int64)


def smoothed(values: np.ndarray, memory: float) -> np.ndarray:
    """Average exponentially, without the pull towards 0 at the start.

    Args:
        values: One value a step; those that are not finite leave the average as it is and
            are NaN in the result. (steps,)
        memory: Share of the average that is kept at each step.
    """
    average, weight = 0.0, 0.0
    result = np.full(len(values), np.nan)
    for k, value in enumerate(np.asarray(values, np.float64)):
        if np.isfinite(value):
            average = memory * average + (1 - memory) * value
            weight = memory * weight + (1 - memory)
            result[k] = average / weight
    return result


def lost_words(steps: np.ndarray, values: np.ndarray) -> str:
    """Say from which step on the values are not numbers; empty when all are.

    >>> lost_words(np.array([5, 6, 7]), np.array([1.0, np.nan, np.inf]))
    'not a number from step 6 on'

    Args:
        steps: Training steps, ascending. (steps,)
        values: One number a step. (steps,)
    """
    lost = ~np.isfinite(np.asarray(values, np.float64))
    if not lost.any():
        return ""
    first = int(np.argmax(lost))
    step = f"step {int(np.asarray(steps)[first]):,}"
    if lost[first:].all():
        return f"not a number from {step} on"
    return f"not a number at {int(lost.sum()):,} steps, first at {step}"


def point_rows(steps: np.ndarray, values: np.ndarray, kind: str, name: str) -> pd.DataFrame:
    """Make a row a point: step, value (NaN for what is not finite), kind, run."""
    values = np.asarray(values, np.float64)
    return pd.DataFrame(
        {
            "step": np.asarray(steps, np.float64),
            "value": np.where(np.isfinite(values), values, np.nan),
            "kind": kind,
            "run": name,
        }
    ).astype({"kind": str, "run": str})


def evenly(total: int, most: int) -> np.ndarray:
    """Pick at most so many places out of so many, the last one among them."""
    return np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(np.int64))
