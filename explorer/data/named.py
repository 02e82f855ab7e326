"""The sets that are known by name."""

import gzip
import hashlib
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.data import public_sets
from explorer.data.errors import DataError
from explorer.data.image_set import Progress
from explorer.data.origins import Arrays

IMAGES_PER_CHARACTER = 1200
PROGRESS_EVERY = 90


@dataclass(frozen=True)
class NamedSet:
    """A set that is known by name.

    Args:
        title: What people call it.
        line: What it is, in one line.
        fetch: Takes the image size, yields progress and at last the arrays.
        version: Says which edition of the images this is.
        may_repeat: Whether near-copies are to be looked for.
    """

    title: str
    line: str
    fetch: Callable[[int], Iterator[Progress | Arrays]]
    version: Callable[[], str] = lambda: "1"
    may_repeat: bool = False


def digits(image_size: int) -> Iterator[Arrays]:
    """Read scikit-learn's digits from its data file; importing the library takes 160 MB."""
    package = importlib.util.find_spec("sklearn")
    if package is None:
        raise DataError("The digits come with scikit-learn, which is missing: install it with pip.")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    images = (table[:, :64].astype(np.uint16) * 255 // 16).astype(np.uint8).reshape(-1, 8, 8)
    enlarged = f", enlarged to {image_size} x {image_size}" if image_size > 8 else ""
    note = f"Digits of 8 x 8 pixels{enlarged}."
    yield Arrays(images, table[:, 64], tuple("0123456789"), (note,))


def bundled(image_size: int) -> Iterator[Progress | Arrays]:
    """Draw the nine cartoon characters."""
    from explorer.data.characters import CHARACTERS, iter_characters

    total = IMAGES_PER_CHARACTER * len(CHARACTERS)
    images = np.empty((total, image_size, image_size, 3), np.uint8)
    for index, image in enumerate(iter_characters(IMAGES_PER_CHARACTER, image_size)):
        images[index] = image
        if index % PROGRESS_EVERY == 0:
            yield Progress(index, total, "Drawing the characters")
    yield Arrays(images, np.arange(total) % len(CHARACTERS), CHARACTERS)


def bundled_version() -> str:
    """Return a digest of one picture of each character, which changes when the drawing does."""
    from explorer.data.characters import CHARACTERS, draw_one

    pictures = (draw_one(name, np.random.default_rng(0), 64) for name in CHARACTERS)
    return hashlib.sha256(b"".join(picture.tobytes() for picture in pictures)).hexdigest()


SETS = {
    "bundled": NamedSet(
        "Nine characters",
        "Nine cartoon characters, 10,800 images drawn by the explorer itself",
        bundled,
        bundled_version,
    ),
    "digits": NamedSet(
        "Digits", "Handwritten digits of scikit-learn, 1,797 images of 8 x 8 pixels", digits
    ),
    "mnist": NamedSet(
        "MNIST",
        "Handwritten digits, 60,000 images of 28 x 28 pixels (downloads 11 MB once)",
        lambda image_size: public_sets.mnist(),
    ),
    "fashion-mnist": NamedSet(
        "Fashion-MNIST",
        "Clothes and shoes, 60,000 images of 28 x 28 pixels (downloads 26 MB once)",
        lambda image_size: public_sets.fashion_mnist(),
    ),
    "cifar-10": NamedSet(
        "CIFAR-10",
        "Animals and vehicles, 50,000 photographs of 32 x 32 pixels (downloads 170 MB once)",
        lambda image_size: public_sets.cifar_10(),
        may_repeat=True,
    ),
}
SOURCES = {name: item.line for name, item in SETS.items()}
