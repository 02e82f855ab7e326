"""What a network answers to an image that is moved. Loads TensorFlow.

Where the image came from, its edge pixels are repeated. How much answers change under shifts is
asked after Zhang, "Making Convolutional Networks Shift-Invariant Again", ICML 2019, and Azulay,
Weiss, "Why do deep convolutional networks generalize so poorly to small image transformations?",
JMLR 2019.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer import data, runs
from explorer.analysis.shift import EDGE, moved, shifts_around, shifts_within
from explorer.inference.comparing import part_of
from explorer.inference.network import probabilities
from explorer.inference.opened import Opened, open_source
from explorer.inference.samples import of_every_class
from explorer.inference.unseen import unseen_images

MOST_REACH = 32
MOST_ASKED = 500  # images; each is moved many times
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
    progress: Tell, *, networks: Sequence[dict], number: int, distances: Sequence[int]
) -> dict[str, np.ndarray]:
    """Ask a network about images it was not trained on, unmoved and moved in eight directions.

    Args:
        progress: Called with the share done and words.
        networks: Sources of one or two runs; the images are such that neither was trained on.
        number: Which of the networks is asked.
        distances: How far the images are moved, in pixels.

    Returns:
        `shifts`, (shifts, 2); `unmoved`, the classes answered, (images,); `moved`, those answered
        after each shift, (images, shifts); `labels`, the right ones, (images,); `total`, how many
        images there are to choose from; `why_kept`, why these are images the first run kept, and
        not the validation images: empty if they are.

    Raises:
        RunError: A run or its checkpoint cannot be used.
        ValueError: There is nothing to ask, or the answers are not numbers.
    """
    if not distances:
        raise ValueError("There are no distances. Give at least one.")
    progress(0.0, "Opening the images")
    both = [runs.open_run(source["run"]) for source in networks]
    chosen = sample(both, number, part_of(progress, 0.0, 0.3))
    progress(0.3, "Opening the network")
    shifts = shifts_around(list(distances))
    every = np.concatenate([[[0, 0]], shifts])
    pixels = chosen.pixels.astype(np.float32)
    asked = _ask(open_source(networks[number]), pixels, every, part_of(progress, 0.3, 1.0))
    answers = asked.argmax(axis=-1)
    return {
        "shifts": shifts,
        "unmoved": answers[:, 0],
        "moved": answers[:, 1:],
        "labels": chosen.labels,
        "total": np.array(chosen.total),
        "why_kept": np.array(chosen.why_kept),
    }


@dataclass(frozen=True, eq=False)
class Sample:
    """Images that are moved.

    Args:
        pixels: As the network takes them. (images, height, width, channels)
        labels: Their classes. (images,)
        total: How many there were to choose from.
        why_kept: Why they are images a run kept; empty for validation images.
    """

    pixels: np.ndarray
    labels: np.ndarray
    total: int
    why_kept: str = ""


def sample(both: Sequence[runs.Run], number: int, tell: Tell) -> Sample:
    """Choose validation images of every class, or those the first run kept.

    Args:
        both: One or two runs.
        number: Which of them takes the images.
        tell: Called with the share done and words.
    """
    try:
        found = unseen_images(both[0], both[-1], tell)
    except data.DataError as error:
        images, labels = both[0].probe()
        return Sample(np.rint(images).clip(0, 255), labels, len(images), str(error))
    names = list(both[0].class_names)
    known = np.flatnonzero(np.isin(found.class_names, names))
    labels = np.array([names.index(name) for name in found.class_names[known]], np.int64)
    chosen = of_every_class(labels, MOST_ASKED)
    pixels = (found.pixels_a, found.pixels_b)[number]
    return Sample(np.asarray(pixels[known[chosen]]), labels[chosen], len(known))


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
