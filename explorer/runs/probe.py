"""The images of a run on which activations are recorded: do they fit what the run says?"""

from collections.abc import Mapping

import numpy as np


def checked_probe(
    tensors: Mapping[str, np.ndarray], about: Mapping
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and their labels.

    Args:
        tensors: What the file of the probe images holds.
        about: What the run says of its images, see `Run.data`; what it does not say is not
            checked.

    Returns:
        (images, height, width, channels) and (images,)

    Raises:
        ValueError: One of the two is missing, or they fit neither each other nor the run.
    """
    images, labels = (tensors.get(name) for name in ("images", "labels"))
    if images is None or labels is None:
        raise ValueError(f"it holds {sorted(tensors)}, and not images with their labels.")
    if images.ndim != 4 or labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(f"it holds images {images.shape} and labels {labels.shape}.")
    size, channels = about.get("image_size"), about.get("channels")
    wanted = (size or images.shape[1], size or images.shape[2], channels or images.shape[3])
    if images.shape[1:] != wanted:
        raise ValueError(
            f"its images have the shape {images.shape[1:]}, those of the run {wanted}."
        )
    most = len(about.get("class_names") or ())
    if most and len(labels) and not 0 <= labels.min() <= labels.max() < most:
        raise ValueError(f"its labels reach to {labels.max()}, and the run has {most} classes.")
    return images, labels
