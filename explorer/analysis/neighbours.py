"""How unlike the training images an image is, in the eyes of a network.

The distance to the nearest neighbours in the space of the last hidden layer, features brought to
length 1 (Sun, Ming, Zhu and Li, "Out-of-distribution detection with deep nearest neighbors",
2022). It assumes nothing about how the features are spread, and its threshold is set on images
that are surely like the training images: the validation images.
"""

from dataclasses import dataclass

import numpy as np

FALSE_ALARMS = 0.05  # share of validation images that may be called unlike
NEAREST = 10  # which neighbour's distance counts, of about a thousand
NEAREST_OF_FEW = 2


@dataclass(frozen=True, eq=False)
class Reference:
    """What an image is held against.

    Args:
        bank: Features of length 1 of images like the training images. (bank, features)
        nearest: Which neighbour's distance counts.
        threshold: What lies farther is called unlike.
        num_measured: On how many validation images the false alarms were counted.
        num_flagged: How many of them were called unlike.
        from_training: Whether the bank is of training images; else it is the few images that
            were counted, each held against the others.
    """

    bank: np.ndarray
    nearest: int
    threshold: float
    num_measured: int
    num_flagged: int
    from_training: bool


def unlikeness(features: np.ndarray, bank: np.ndarray, nearest: int) -> np.ndarray:
    """Return the distance to the n-th nearest neighbour: 0 for the same direction, 2 at most.

    >>> unlikeness(np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0]]), 1)
    array([0., 1.])

    Args:
        features: Of the images asked about; a row with NaN gets NaN. (images, features)
        bank: Of the images they are held against. (bank, features)
        nearest: Counted from 1.

    Returns:
        One minus the cosine of the angle between them. (images,)
    """
    return _nth_smallest(_distances(features, bank), nearest)


def reference(training: np.ndarray, validation: np.ndarray) -> Reference:
    """Set the threshold on half of the validation images, count false alarms on the others.

    Args:
        training: Features of training images. (training, features)
        validation: Features of validation images, in random order. (validation, features)

    Raises:
        ValueError: There are too few images, or a feature is not a number.
    """
    _check(training, NEAREST)
    _check(validation, 2)
    bank = _of_length_1(training)
    half = len(validation) // 2
    lengths = unlikeness(validation, bank, NEAREST)
    threshold = _threshold(lengths[:half])
    flagged = int(np.count_nonzero(lengths[half:] > threshold))
    return Reference(bank, NEAREST, threshold, len(lengths) - half, flagged, True)


def reference_of_few(features: np.ndarray) -> Reference:
    """Hold a few images against each other, where there are no others.

    Args:
        features: Of validation images. (images, features)

    Raises:
        ValueError: There are too few images, or a feature is not a number.
    """
    _check(features, NEAREST_OF_FEW + 1)
    bank = _of_length_1(features)
    distances = _distances(features, bank)
    np.fill_diagonal(distances, np.inf)
    lengths = _nth_smallest(distances, NEAREST_OF_FEW)
    threshold = _threshold(lengths)
    flagged = int(np.count_nonzero(lengths > threshold))
    return Reference(bank, NEAREST_OF_FEW, threshold, len(lengths), flagged, False)


def _threshold(lengths) -> float:
    return float(np.quantile(lengths, 1 - FALSE_ALARMS, method="higher"))


def _distances(features, bank):
    return 1 - _of_length_1(features) @ _of_length_1(bank).T


def _nth_smallest(distances, nearest):
    return np.sort(distances, axis=1)[:, min(nearest, distances.shape[1]) - 1]


def _of_length_1(features):
    """Bring features to length 1; those that are all 0 stay, and are far from everything."""
    features = np.asarray(features, np.float64)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths == 0, 1, lengths)


def _check(features, least):
    if len(features) < least:
        raise ValueError(f"There are {len(features)} images to compare with; {least} are needed.")
    if not np.isfinite(features).all():
        raise ValueError("The features are not all numbers. Choose a checkpoint before the damage.")
