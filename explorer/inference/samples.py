"""The images of a run, where they are still prepared in the cache. No TensorFlow."""

import numpy as np

from explorer import data, runs
from explorer.training.spec import TrainingSpec


def prepared_images(run: runs.Run) -> tuple[data.ImageSet, data.Split] | None:
    """Open the images a run was trained on and its split; `None` when they are not at hand.

    Args:
        run: A run trained by the explorer.
    """
    try:
        images = data.open_prepared(str(run.data.get("key")))
        spec = TrainingSpec.from_dict(run.spec)
        if images.fingerprint != run.data.get("fingerprint"):
            return None
        if len(images.class_names) != len(run.class_names):
            return None
        return images, images.split(validation_share=spec.validation_share, seed=spec.seed)
    except (LookupError, ValueError):
        return None


def validation_sample(run: runs.Run, most: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Choose some validation images of every class, always the same ones.

    Args:
        run: A run trained by the explorer.
        most: How many images, at most.

    Returns:
        The images, (images, height, width, channels) uint8, and their classes, (images,); `None`
        when they are not at hand.
    """
    found = prepared_images(run)
    if found is None:
        return None
    images, split = found
    rows = split.validation[of_every_class(images.labels[split.validation], most)]
    return np.asarray(images.images[rows]), images.labels[rows]


def of_every_class(labels: np.ndarray, most: int) -> np.ndarray:
    """Choose as many images of every class, as far as there are as many, spread over all of it.

    Args:
        labels: Class of every image. (images,)
        most: How many images, at most.

    Returns:
        Their places, class after class. (chosen,)

    >>> of_every_class(np.array([0, 0, 0, 1, 1, 2]), 6).tolist()
    [0, 2, 3, 4, 5]
    """
    classes = np.unique(labels)
    each = max(1, most // max(1, len(classes)))
    places = [_spread(np.flatnonzero(labels == label), each) for label in classes.tolist()]
    return np.concatenate([np.zeros(0, np.int64), *places])[:most]


def _spread(places, most):
    if len(places) <= most:
        return places
    return places[np.linspace(0, len(places) - 1, most).astype(int)]
