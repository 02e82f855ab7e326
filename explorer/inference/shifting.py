"""What a network answers to an image that is moved. Loads TensorFlow.

Where the image came from, its edge pixels are repeated. How much answers change under shifts is
asked after Zhang, "Making Convolutional Networks Shift-Invariant Again", ICML 2019, and Azulay,
Weiss, "Why do deep convolutional networks generalize so poorly to small image transformations?",
JMLR 2019.
"""

from collections.abc import Callable, Sequence

import numpy as np

from explorer.analysis.shift import EDGE, moved, shifts_around, shifts_within
from explorer.inference.network import probabilities
from explorer.inference.opened import Opened, open_source

MOST_REACH = 32
BATCH = 64
Tell = Callable[[float, str], None]


def shift_map(progress: Tell, *, network: dict, image: str, reach: int) -> dict[str, np.ndarray]:
    """Ask a network about an image at every shift.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.
        image: A name from `given.keep`.
        reach: Pixels it is moved by at most, 1 to 32.

    Returns:
        `shifts`, rows down and columns right, (shifts, 2); `probabilities`. (shifts, classes)

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: The reach is out of bounds, the image is gone, or was prepared for another
            network, or the answers are not numbers.
    """
    if not 1 <= reach <= MOST_REACH:
        raise ValueError(f"The reach is {reach}. Give a whole number from 1 to {MOST_REACH}.")
    progress(0.0, "Opening the network")
    opened = open_source(network)
    pixels, shifts = opened.look_up([image]), shifts_within(reach)
    return {"shifts": shifts, "probabilities": _ask(opened, pixels, shifts, progress)[0]}


def shift_share(
    progress: Tell, *, network: dict, images: Sequence[str], distances: Sequence[int]
) -> dict[str, np.ndarray]:
    """Ask a network about images, unmoved and moved in eight directions.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.
        images: Names from `given.keep`.
        distances: How far they are moved, in pixels.

    Returns:
        `shifts`, (shifts, 2); `unmoved`, the classes answered, (images,); `moved`, those answered
        after each shift. (images, shifts)

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: There is nothing to ask, an image is gone, or was prepared for another
            network, or the answers are not numbers.
    """
    if not images or not distances:
        raise ValueError(
            f"There are {len(images)} images and {len(distances)} distances. Give at least one."
        )
    progress(0.0, "Opening the network")
    opened = open_source(network)
    shifts = shifts_around(list(distances))
    every = np.concatenate([[[0, 0]], shifts])
    answers = _ask(opened, opened.look_up(images), every, progress).argmax(axis=-1)
    return {"shifts": shifts, "unmoved": answers[:, 0], "moved": answers[:, 1:]}


def _ask(opened: Opened, pixels, shifts, progress) -> np.ndarray:
    """Return what is answered to each image at each shift. (images, shifts, classes)."""
    number, which = np.divmod(np.arange(len(pixels) * len(shifts)), len(shifts))
    found = []
    for start in range(0, len(number), BATCH):
        progress(start / len(number), f"Moved images asked: {start:,} of {len(number):,}")
        part = slice(start, start + BATCH)
        pairs = zip(number[part], which[part], strict=True)
        batch = [moved(pixels[image], tuple(shifts[shift]), EDGE) for image, shift in pairs]
        found.append(probabilities(opened.logits(np.stack(batch))))
    answers = np.concatenate(found)
    if not np.isfinite(answers).all():
        raise ValueError(
            "The network puts out what is not a number: the weights of this checkpoint are damaged "
            "by a training that diverged. Choose an earlier checkpoint."
        )
    return answers.reshape(len(pixels), len(shifts), -1).astype(np.float32)
