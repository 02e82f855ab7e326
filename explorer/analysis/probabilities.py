"""From the scores of a network to probabilities."""

import numpy as np


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the softmax of the logits; NaN all along a row that is not finite.

    >>> probabilities(np.array([[0.0, 0.0], [1000.0, 0.0], [np.inf, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ],
           [nan, nan]])

    Args:
        logits: Raw scores. (..., classes)

    Returns:
        (..., classes) float64
    """
    scores = np.asarray(logits, np.float64)
    finite = np.isfinite(scores).all(axis=-1, keepdims=True)
    scores = np.where(finite, scores, 0.0)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.where(finite, powers / powers.sum(axis=-1, keepdims=True), np.nan)
