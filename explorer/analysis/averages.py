"""Averages that say "unknown" for nothing: NaN, and no warning."""

import math

import numpy as np


def row_means(values: np.ndarray) -> np.ndarray:
    """Average the known values of each row, NaN where there are none. (rows, n) -> (rows,).

    >>> row_means(np.array([[1.0, 3.0], [np.nan, 5.0], [np.nan, np.nan]]))
    array([ 2.,  5., nan])
    """
    return np.array([mean(row[~np.isnan(row)]) for row in values], float)


def mean(values: np.ndarray) -> float:
    """Average numbers; NaN for none."""
    return float(np.mean(values)) if len(values) else math.nan


def median(values: np.ndarray) -> float:
    """Return the middle of numbers; NaN for none, or when one of them is NaN."""
    with np.errstate(invalid="ignore"):  # of both infinities
        return float(np.median(values)) if len(values) else math.nan


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the value below which half of the weight lies; NaN for none.

    >>> weighted_median(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 5]))
    3.0
    """
    if not len(values):
        return math.nan
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])
