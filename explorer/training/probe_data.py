"""The images on which a recorder records activations, in whatever form a training has them."""

import numpy as np


def read_probe(probe) -> tuple:
    """Return a probe's inputs and labels, each an array, or a dict or list of arrays.

    Args:
        probe: Inputs and labels. A list of numbers counts as an array, other lists and dicts hold
            the arrays of a model with several inputs or outputs.

    Raises:
        ValueError: It is anything else, is empty, or holds more of one than of the other.
    """
    if not isinstance(probe, (tuple, list)) or len(probe) != 2:
        raise ValueError(
            f"probe is a {type(probe).__name__}. It must be two things: images (an array, or a "
            "list or dict of arrays for a model with several inputs) and their labels."
        )
    read = tuple(map(_read, probe))
    counts = {len(part) for part in _leaves(read)}
    if len(counts) != 1:
        raise ValueError(
            f"probe holds arrays of {sorted(counts)} rows. It must hold as many labels as images."
        )
    if counts == {0}:
        raise ValueError("probe is empty. Give at least one image and its label, or no probe.")
    if any(leaf.dtype == object for leaf in _leaves(read)):
        raise ValueError(
            "probe holds objects, or rows of different lengths. It must hold arrays of numbers."
        )
    return read


def first_of(part, most: int):
    """Return the first rows of inputs or labels, at most so many."""
    if isinstance(part, dict):
        return {name: first_of(one, most) for name, one in part.items()}
    return [first_of(one, most) for one in part] if isinstance(part, list) else part[:most]


def images_and_classes(inputs, labels) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the images and the class of each as pages show them, `None` if they are neither.

    Args:
        inputs: What the network gets. (images, height, width, channels), or anything else.
        labels: Numbers of classes, (images,) or (images, 1), or one-hot rows (images, classes).
    """
    if not isinstance(inputs, np.ndarray) or inputs.ndim != 4 or not isinstance(labels, np.ndarray):
        return None
    if labels.ndim == 2 and labels.shape[1] > 1 and _is_one_hot(labels):
        labels = labels.argmax(axis=1)
    if labels.shape == (len(inputs), 1):
        labels = labels[:, 0]
    if labels.dtype.kind not in "biuf" or inputs.dtype.kind not in "biuf":
        return None
    if labels.shape != (len(inputs),) or not np.array_equal(labels, np.round(labels)):
        return None
    return inputs, labels.astype(np.int64)


def _read(part):
    if isinstance(part, dict):
        return {name: _read(one) for name, one in part.items()}
    if isinstance(part, (list, tuple)) and any(np.ndim(one) for one in part):
        return [_read(one) for one in part]
    return np.atleast_1d(np.asarray(part))


def _leaves(part):
    if isinstance(part, np.ndarray):
        return [part]
    parts = part.values() if isinstance(part, dict) else part
    return [leaf for one in parts for leaf in _leaves(one)]


def _is_one_hot(rows):
    return bool(np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all())
