"""A histogram of TensorBoard as a sketch: what it tells is kept, what it does not is NaN.

A bucket says how many values lie between two numbers, and nothing of where between them. The
values are taken to lie evenly there. At the borders of the buckets the redrawn shares are those
of the log, to within 0.4 %; between them they are a straight line.
"""

from dataclasses import dataclass

import numpy as np

from explorer.runs.sketch import KNOTS, MOMENTS, Sketch, ranks

MOST_VALUES = 2**32
MOST_BUCKETS = 10_000
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Sums:
    """What older logs, and those of PyTorch, tell of all values beside the buckets.

    Args:
        num: How many there are.
        total: Their sum.
        squares: The sum of their squares.
    """

    num: float
    total: float
    squares: float


def sketch_of(buckets: np.ndarray, sums: Sums | None = None) -> Sketch | None:
    """Sketch a distribution from its buckets.

    Args:
        buckets: Left border, right border and count of each, ascending. (buckets, 3)
        sums: What else is known of the values.

    Returns:
        `None` for a histogram of no values. Where the borders are no numbers the tensor held NaN
        or infinite values: its extremes and its distribution are NaN then, too, and so is its
        size, which such a histogram does not tell.

    Raises:
        ValueError: These are no buckets; says why in a sentence.
    """
    buckets = _checked(buckets)
    known = buckets[:, 2] > 0
    if not known.any() and np.isfinite(buckets[:, :2]).all():
        return None
    if not (np.abs(buckets[:, :2]) <= LARGEST).all():
        return Sketch(_moments(), np.full(KNOTS, np.nan, np.float32))
    left, right, counts = buckets[known].T
    size = round(counts.sum())
    if not 1 <= size <= MOST_VALUES:
        raise ValueError(f"It counts {counts.sum():.3g} values; 1 to {MOST_VALUES:,} are read.")
    found = dict(size=size, minimum=left[0], maximum=right[-1], **_of_sums(sums))
    return Sketch(_moments(**found), _knots(left, right, counts, size))


def _checked(buckets):
    buckets = np.asarray(buckets, np.float64)
    if buckets.ndim != 2 or buckets.shape[1] != 3 or len(buckets) > MOST_BUCKETS:
        raise ValueError(
            f"It has the shape {buckets.shape}; expected were at most {MOST_BUCKETS:,} buckets, "
            "(buckets, 3)."
        )
    left, right, counts = buckets.T
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError("It counts less than no values in a bucket, or not a number of them.")
    with np.errstate(invalid="ignore"):
        if (right < left).any() or (np.diff(left) < 0).any():
            raise ValueError("Its buckets do not ascend.")
    return buckets


def _moments(**known):
    return np.array([known.get(name, np.nan) for name in MOMENTS], np.float64)


def _of_sums(sums):
    """Return the moments that follow from sums exactly."""
    if sums is None or not sums.num > 0 or not np.isfinite([sums.total, sums.squares]).all():
        return {}
    mean = sums.total / sums.num
    variance = max(sums.squares / sums.num - mean**2, 0.0)
    return {"mean": mean, "std": np.sqrt(variance), "norm": np.sqrt(max(sums.squares, 0.0))}


def _knots(left, right, counts, size):
    """Return values at evenly spaced ranks, those of a bucket evenly spread over it."""
    wanted = np.arange(size) if size <= KNOTS else ranks(size)
    scaled = counts * (size / counts.sum())  # counts need not be whole
    ends = np.cumsum(scaled)
    middle = np.minimum(wanted + 0.5, ends[-1])
    place = np.minimum(np.searchsorted(ends, middle, side="left"), len(ends) - 1)
    along = (middle - (ends - scaled)[place]) / scaled[place]
    values = left[place] + np.clip(along, 0, 1) * (right - left)[place]
    values[0] = left[0]
    if size > 1:
        values[-1] = right[-1]
    knots = np.full(KNOTS, np.nan, np.float32)
    knots[: len(values)] = np.maximum.accumulate(values.astype(np.float32))
    return knots
