"""The images on which the loss of a run's network is measured, always the same ones."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer import data, runs
from explorer.inference.kept_images import digest, key_of
from explorer.inference.unseen import Own, own_images
from explorer.training.networks import check_prepared

MOST_IMAGES = 512
PREPARED = ("image_size", "channels", "fit", "class_names")
SPLIT = ("validation_share", "seed")

Tell = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class LossImages:
    """Labelled images, as the network of a run takes them.

    Args:
        pixels: (images, height, width, channels) uint8
        labels: The right classes, counted as the network does. (images,)
        note: Which images these are, in a sentence.
        own: All images of the run and their split; `None` where they are not at hand.
    """

    pixels: np.ndarray
    labels: np.ndarray
    note: str
    own: Own | None

    @property
    def key(self) -> str:
        """What `planned_key` says of them, if they are training images, else their digest."""
        return self.digest if self.own is None else planned_key(self.own.run)

    @property
    def digest(self) -> str:
        """A name for these images, which changes with any of them."""
        return digest({"pixels": self.pixels, "labels": self.labels})

    def some(self, most: int) -> "LossImages":
        """Return fewer of them, evenly spaced."""
        rows = np.linspace(0, len(self.labels) - 1, min(most, len(self.labels))).astype(int)
        note = self.note.replace(f"{len(self.labels):,}", f"{len(rows):,}", 1)
        return LossImages(self.pixels[rows], self.labels[rows], note, self.own)


def planned_key(run: runs.Run) -> str:
    """Name the images that `loss_images` chooses when all are at hand, without opening them.

    Raises:
        RunError: The run does not tell how its images were prepared.
    """
    check_prepared(run)
    about = [run.data["fingerprint"], *(run.data[name] for name in PREPARED)]
    return key_of(images=about, split=[run.spec.get(name) for name in SPLIT], most=MOST_IMAGES)


def loss_images(run: runs.Run, tell: Tell) -> LossImages:
    """Choose training images of a run; its probe images where the others are not at hand.

    Args:
        run: A run trained by the explorer.
        tell: Called with the share done and words: preparing images anew takes a while.

    Raises:
        RunError: The run does not tell how its images were prepared.
        DataError: There are no images at all.
    """
    check_prepared(run)
    try:
        own = own_images(run, tell)
    except data.DataError as error:
        return _probe_images(run, error)
    train = own.split.train
    rows = np.sort(np.random.default_rng(0).permutation(train)[:MOST_IMAGES])
    note = f"The loss is measured on {len(rows):,} of the images that {run.name} was trained on."
    return LossImages(np.asarray(own.images.images[rows]), own.images.labels[rows], note, own)


def _probe_images(run, error) -> LossImages:
    probe = run.probe()
    if probe is None:
        raise data.DataError(
            f"There are no images to measure the loss on, as run {run.name!r} recorded none: "
            f"{error}"
        ) from error
    pixels, labels = probe
    note = (
        f"The loss is measured on {len(labels):,} images alone, those recorded with {run.name}: "
        f"its training images are not at hand. {error}"
    )
    return LossImages(pixels, labels.astype(np.int64), note, None)
