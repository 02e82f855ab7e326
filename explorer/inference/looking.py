"""What a network answers to images that were given. Loads TensorFlow."""

from collections.abc import Callable, Sequence

import numpy as np

from explorer.inference.opened import open_source

Tell = Callable[[float, str], None]


def classify_given(progress: Tell, *, network: dict, images: Sequence[str]) -> dict:
    """Let a network classify images.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.
        images: Names from `given.keep`.

    Returns:
        `logits`. (images, classes)

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: An image is gone, or was prepared for another network.
    """
    progress(0.0, "Opening the network")
    opened = open_source(network)
    return {"logits": np.asarray(opened.logits(opened.look_up(images)), np.float32)}
