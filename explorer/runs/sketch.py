"""A small stand-in for a large tensor, from which its distribution can be redrawn on any bins.

A sketch keeps the finite values found at evenly spaced ranks, smallest and largest included.
Between two kept ranks lie at most 1/256 of all values, so the share of values below any number
is known to 0.4 %, whatever the shape of the distribution: nothing is assumed or rebinned.
Values that occur often (zeros behind a ReLU) show as equal neighbours.

Only of a tensor with more than 2**17 values a sample of half as many is sorted, always the same
places. It adds an error with a standard deviation of at most 0.2 % (that of a share found among
2**16 values drawn independently). Counts, mean, deviation, extremes and norm are those of all.

Non-finite values have no place on an axis. They are counted, apart, and never dropped.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

KNOTS = 257
MOST_SORTED = 2**17
CHUNK = 32_768  # values that are widened at once: few enough to stay in the cache
MOMENTS = (
    "size",
    "nan",
    "positive_infinity",
    "negative_infinity",
    "zeros",
    "mean",
    "std",
    "minimum",
    "maximum",
    "norm",
)
_NO_KNOTS = np.full(KNOTS, np.nan, np.float32)
_LEFT = np.array([0, np.inf, np.nan], np.float32)
_RIGHT = np.array([-np.inf, 0], np.float32)


@dataclass(frozen=True)
class Sketch:
    """The distribution of one tensor at one step.

    Args:
        moments: The numbers named in `MOMENTS`, of all values (counts) or of the finite ones.
            (10,)
        knots: Finite values at evenly spaced ranks, ascending, NaN after the last. (257,)
    """

    moments: np.ndarray
    knots: np.ndarray


def sketch(values: np.ndarray) -> Sketch:
    """Summarise a tensor of any shape and float type.

    Args:
        values: The tensor. (...)
    """
    values = np.asarray(values, np.float32)
    if values.size > MOST_SORTED:
        return _sketch_large(values.ravel())
    ordered = np.sort(values, axis=None)
    below_zero, finite_end, not_nan = ordered.searchsorted(_LEFT).tolist()
    negative_infinity, up_to_zero = ordered.searchsorted(_RIGHT, side="right").tolist()
    finite = ordered[negative_infinity:finite_end]
    counts = (
        ordered.size,
        ordered.size - not_nan,
        not_nan - finite_end,
        negative_infinity,
        up_to_zero - below_zero,
    )
    return Sketch(np.array(counts + _finite_moments(finite, finite)), _knots(finite))


def share_below(knots: np.ndarray, sizes: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Say which share of the finite values lies below each edge, for many tensors at once.

    The true share differs by less than 1/256.

    Args:
        knots: Knots of each tensor. (tensors, 257)
        sizes: How many finite values each tensor has. (tensors,)
        edges: Ascending numbers. (edges,)

    Returns:
        Shares between 0 and 1; NaN for a tensor without finite values. (tensors, edges)
    """
    pairs = zip(np.atleast_2d(knots), np.atleast_1d(sizes), strict=True)
    return np.stack([_share_below_one(row, int(size), np.asarray(edges)) for row, size in pairs])


def histogram(
    knots: np.ndarray, sizes: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Redraw distributions on given bins. A value equal to the last edge is in the last bin.

    Args:
        knots: Knots of each tensor. (tensors, 257)
        sizes: How many finite values each tensor has. (tensors,)
        edges: Borders of the bins, ascending. (bins + 1,)

    Returns:
        Counts in each bin (tensors, bins), below the first edge (tensors,) and above the last
        (tensors,). They sum to `sizes`; single counts are estimates and need not be whole.
    """
    sizes = np.atleast_1d(np.asarray(sizes, np.float64))
    closed = np.append(edges[:-1], np.nextafter(np.float32(edges[-1]), np.float32(np.inf)))
    below = np.nan_to_num(share_below(knots, sizes, closed)) * sizes[:, None]
    return np.diff(below, axis=1), below[:, 0], sizes - below[:, -1]


def finite_size(moments: np.ndarray) -> np.ndarray:
    """Count the finite values behind moments; counts that are unknown pass for 0.

    (..., 10) -> (...)
    """
    return moments[..., 0] - np.nan_to_num(moments[..., 1:4], posinf=np.inf).sum(axis=-1)


def knots_of(values: np.ndarray) -> np.ndarray:
    """Return the knots alone, of a tensor that was kept whole. (...) -> (257,)."""
    return _knots(np.sort(values[np.isfinite(values)], axis=None))


def _sketch_large(values):
    """Sketch a tensor that takes long to sort. (values,)."""
    is_finite = np.isfinite(values)
    finite = values if is_finite.all() else values[is_finite]
    rest = values[:0] if finite is values else values[~is_finite]
    counts = (
        values.size,
        *(np.count_nonzero(kind(rest)) for kind in (np.isnan, np.isposinf, np.isneginf)),
        finite.size - np.count_nonzero(finite),
    )
    ordered = np.sort(finite if finite.size <= MOST_SORTED else _sample(finite))
    return Sketch(np.array(counts + _finite_moments(finite, ordered)), _knots(ordered))


def _sample(values):
    """Draw half as many values as may be sorted, and the smallest and the largest of all."""
    drawn = values[_places(values.size)]
    drawn[:2] = values.min(), values.max()
    return drawn


@lru_cache(maxsize=32)
def _places(size):
    return np.random.default_rng(0).integers(size, size=MOST_SORTED // 2)


def _finite_moments(finite, ordered):
    """Return the moments of finite values, of which some or all are given in order, too."""
    if not finite.size:
        return (np.nan,) * 5
    middle = float(ordered[ordered.size // 2])
    shift, squares = _sums(finite, middle)
    shift /= finite.size
    mean = middle + shift
    variance = max(squares / finite.size - shift**2, 0.0)
    norm = np.sqrt(finite.size * (variance + mean**2))
    return (mean, np.sqrt(variance), float(ordered[0]), float(ordered[-1]), norm)


def _sums(finite, middle):
    """Add up the distances from `middle` and their squares, in double precision."""
    distances = squares = 0.0
    for start in range(0, finite.size, CHUNK):
        part = finite[start : start + CHUNK].astype(np.float64)
        part -= middle
        distances += part.sum()
        # Not `part @ part`: BLAS would start threads that fight with those of the training.
        squares += np.einsum("i,i->", part, part)
    return distances, squares


def ranks(size: int) -> np.ndarray:
    """Return the ranks at which the values of a large tensor are kept. (257,)."""
    return np.arange(KNOTS, dtype=np.int64) * (size - 1) // (KNOTS - 1)


def _knots(finite):
    if finite.size > KNOTS:
        return finite[ranks(finite.size)]
    return np.concatenate([finite, _NO_KNOTS[finite.size :]])


def _share_below_one(knots, size, edges):
    if size == 0:
        return np.full(len(edges), np.nan)
    places = ranks(size) if size > KNOTS else np.arange(size)
    known = knots[: len(places)].astype(np.float64)
    right = np.searchsorted(known, edges, side="left")
    inside = (right > 0) & (right < len(known))
    left, right_inside = right[inside] - 1, right[inside]
    between = places[right_inside] - places[left] - 1
    along = (edges[inside] - known[left]) / (known[right_inside] - known[left])
    below = np.where(right == 0, 0.0, float(size))
    below[inside] = places[left] + 1 + between * along
    return below / size
