"""Axes that stand still: ranges over all steps, rounded outwards while a run is growing."""

import numpy as np

# A step whose values reach this many times further than is usual in the run does not stretch
# the axis: it would flatten all others. What lies outside is counted and shown as such.
FURTHEST = 10.0
NICE = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)


def round_up(value: float) -> float:
    """Round a positive number up to 1, 1.5, 2, 3, 5 or 7 times a power of ten.

    >>> round_up(0.034), round_up(0.05), round_up(120)
    (0.05, 0.05, 150.0)
    """
    power = 10.0 ** np.floor(np.log10(value))
    nice = next(step for step in NICE if step * power >= value * (1 - 1e-9))
    return float(f"{nice * power:.12g}")


def even_ticks(top: float) -> list[float]:
    """Choose ticks from 0 to a number that `round_up` gave, at round distances.

    >>> even_ticks(3.0), even_ticks(0.7)
    ([0.0, 1.0, 2.0, 3.0], [0.0, 0.2, 0.4, 0.6])
    """
    power = 10.0 ** np.floor(np.log10(top))
    distance = next(part * power for part in (0.2, 0.25, 0.5, 1, 2) if top / part / power < 5.5)
    return [float(f"{k * distance:.9g}") for k in range(int(top / distance * 1.000001) + 1)]


def value_range(minimums: np.ndarray, maximums: np.ndarray) -> tuple[float, float]:
    """Choose one range for the values of a tensor at all steps, safe from single outbursts.

    Args:
        minimums: Smallest finite value at each step, NaN where there is none. (steps,)
        maximums: Largest finite value at each step, NaN where there is none. (steps,)

    Returns:
        Lowest and highest value to show. Steps that reach more than ten times further from 0
        than the median step that has any value but 0 do not count; what they hold beyond it is
        under- or overflow.
    """
    lows, highs = np.asarray(minimums, np.float64), np.asarray(maximums, np.float64)
    known = np.isfinite(lows) & np.isfinite(highs)
    if not known.any():
        return (-1.0, 1.0)
    reach = np.maximum(np.abs(lows[known]), np.abs(highs[known]))
    most = FURTHEST * np.median(reach[reach > 0]) if (reach > 0).any() else 0.0
    low, high = max(lows[known].min(), -most), min(highs[known].max(), most)
    return _opened(float(low), float(high))


def bin_edges(
    minimums: np.ndarray, maximums: np.ndarray, *, num_bins: int = 60, growing: bool = False
) -> np.ndarray:
    """Cut the range shared by all steps into bins of equal width.

    Args:
        minimums: Smallest finite value at each step. (steps,)
        maximums: Largest finite value at each step. (steps,)
        num_bins: How many bins.
        growing: Whether steps are still being added; the range is then rounded outwards, so
            that it rarely changes.

    Returns:
        Borders of the bins. (num_bins + 1,)
    """
    low, high = value_range(minimums, maximums)
    if growing:
        low = -round_up(-low) if low < 0 else 0.0
        high = round_up(high) if high > 0 else 0.0
    return np.linspace(low, high, num_bins + 1)


def color_limit(*tensors: np.ndarray, growing: bool = False) -> float:
    """Choose the value at the ends of a diverging colour scale, one for all steps.

    It is the 99.5th percentile of the absolute values in the widest step, but at most ten
    times that of the median step: an outburst takes the colours of the ends.

    Args:
        *tensors: A tensor at each step, non-finite values allowed; several, of several runs,
            get one scale. (steps, ...)
        growing: Whether steps are still being added; the limit is then rounded up.
    """
    steps = (step for tensor in tensors for step in np.asarray(tensor, np.float32))
    sizes = (np.abs(step[np.isfinite(step)]) for step in steps)
    limits = np.array([np.percentile(size, 99.5) for size in sizes if size.size])
    limits = limits[limits > 0].astype(np.float64)
    if not limits.size:
        return 1.0
    limit = float(min(limits.max(), FURTHEST * np.median(limits)))
    return round_up(limit) if growing else limit


def _opened(low, high):
    """Give a single value some room."""
    if high > low:
        return (low, high)
    room = abs(low) / 2 or 1.0
    return (low - room, high + room)
