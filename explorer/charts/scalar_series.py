"""Lines of one number a step: what belongs together, smoothed and thinned for the browser."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.charts import curve_frames

WINDOWS = (1, 5, 15, 50, 150)  # steps that the smoothed lines average over
BUCKETS = 200
EARLY_STEPS = 64  # kept one by one, for the spread axis


@dataclass(frozen=True)
class Series:
    """One line.

    Args:
        run: 0 for run A, 1 for run B.
        steps: Training steps, ascending. (steps,)
        values: One number a step; what is not finite leaves a gap. (steps,)
        kind: `"batches"` (smoothed on demand), `"validation"` (points), `"recorded"` (a line as
            it is) or `"layer"` (the same, thin).
        name: What the tooltip calls it.
    """

    run: int
    steps: np.ndarray
    values: np.ndarray
    kind: str = "batches"
    name: str = "Batches"


@dataclass(frozen=True)
class Panel:
    """One quantity.

    Args:
        key: Short name, such as `"loss"`.
        title: What to see.
        axis: Quantity and unit.
        series: Its lines.
        guides: Horizontal lines, value and words.
        logarithmic: Whether its axis begins logarithmic.
        top: Upper end of a linear axis; by default from the values.
        smallest: Where a logarithmic axis turns linear, towards 0.
        format: How the axis writes numbers.
        mark: A step to point at.
    """

    key: str
    title: str
    axis: str
    series: Sequence[Series]
    guides: Sequence[tuple[float, str]] = field(default=())
    logarithmic: bool = False
    top: float | None = None
    smallest: float = 1e-3
    format: str = "~g"
    mark: int | None = None


def line_frame(series: Sequence[Series]) -> pd.DataFrame:
    """Lay out lines: run, s (step), v0, v1, ... (one a window of `WINDOWS`), name, id.

    The first 64 steps are all there, of the later ones the smallest and largest value in each
    of 200 stretches. What is not a finite number stays as an empty row: a gap.
    """
    parts = []
    for number, one in enumerate(series):
        values = np.where(np.isfinite(one.values), np.asarray(one.values, np.float64), np.nan)
        smooth = [averaged(values, window) for window in _windows(one)]
        keep = _kept(values)
        columns = {f"v{k}": column[keep] for k, column in enumerate(smooth)}
        rows = {"run": one.run, "s": np.asarray(one.steps)[keep], "name": one.name, "id": number}
        parts.append(pd.DataFrame(rows | columns))
    names = ["run", "s", "name", "id", *(f"v{k}" for k in range(len(WINDOWS)))]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def averaged(values: np.ndarray, window: int) -> np.ndarray:
    """Average each value with those before it, `window` in all; NaN stays NaN.

    >>> averaged(np.array([0.0, 2.0, 4.0]), 2).tolist()
    [0.0, 1.0, 3.0]
    """
    known = np.isfinite(values)
    sums = np.cumsum(np.where(known, values, 0.0))
    counts = np.cumsum(known)
    before = np.maximum(np.arange(len(values)) - window, -1)
    sums = sums - np.where(before >= 0, sums[before], 0.0)
    counts = counts - np.where(before >= 0, counts[before], 0)
    return np.where(known, sums / np.maximum(counts, 1), np.nan)


def is_smoothed(one: Series) -> bool:
    """Say whether a line is smoothed on demand; few values are left as they are."""
    return one.kind == "batches" and len(one.values) >= curve_frames.FEW


def has_points(one: Series) -> bool:
    """Say whether the values of a line are marked, as they are too few to be taken for it."""
    return one.kind in ("batches", "recorded") and len(one.values) < curve_frames.FEW


def _windows(one):
    return WINDOWS if is_smoothed(one) else (1,) * len(WINDOWS)


def _kept(values):
    later = curve_frames.extremes(values[EARLY_STEPS:], BUCKETS) + EARLY_STEPS
    last = np.arange(len(values))[-1:]
    return np.unique(np.concatenate([np.arange(min(EARLY_STEPS, len(values))), later, last]))


def lost_words(panel: Panel) -> list[str]:
    """Say where a line has no number to draw."""
    told = [
        (one.run, curve_frames.lost_words(one.steps, one.values))
        for one in panel.series
        if one.kind == "batches"
    ]
    return [f"Run {'AB'[run]}: {words}" for run, words in told if words]
