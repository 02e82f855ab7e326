"""How many steps a training takes. Plain arithmetic, no TensorFlow."""

import numpy as np


def steps_per_epoch(num_images: int, batch_size: int) -> int:
    """Count the weight updates of one pass over the training images.

    >>> steps_per_epoch(1000, 64)
    16
    """
    _check_positive("num_images", num_images)
    _check_positive("batch_size", batch_size)
    return -(-num_images // batch_size)


def num_steps(num_images: int, batch_size: int, epochs: int) -> int:
    """Count the weight updates of a whole training.

    >>> num_steps(1000, 64, 10)
    160
    """
    _check_positive("epochs", epochs)
    return epochs * steps_per_epoch(num_images, batch_size)


def batch_bounds(num_images: int, batch_size: int) -> np.ndarray:
    """Cut one epoch into batches whose sizes differ by at most one.

    Every image is used once an epoch. A plain cut would leave a last batch of any size, and
    an update on three images is mostly noise; here no batch is larger than `batch_size` and
    none is much smaller than the others.

    Returns:
        Where every batch begins and the last one ends. (steps_per_epoch + 1,)

    >>> batch_bounds(10, 4).tolist()
    [0, 3, 6, 10]
    """
    steps = steps_per_epoch(num_images, batch_size)
    return np.arange(steps + 1) * num_images // steps


def _check_positive(name, value):
    if value < 1:
        raise ValueError(f"{name} is {value}. It must be at least 1.")
