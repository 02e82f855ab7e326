"""The sets that are known by name."""

import gzip
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.data.errors import DataError
from explorer.data.image_set import Progress
from explorer.data.origins import Arrays


@dataclass(frozen=True)
class NamedSet:
    """A set that is known by name.

    Args:
        title: What people call it.
        line: What it is, in one line.
        fetch: Takes the image size, yields progress and at last the arrays.
        version: Raised when the images would come out differently.
        may_repeat: Whether near-copies are to be looked for.
    """

    title: str
    line: str
    fetch: Callable[[int], Iterator[Progress | Arrays]]
    version: int = 1
    may_repeat: bool = True


def digits(image_size: int) -> Iterator[Arrays]:
    """Read scikit-learn's digits from its data file; importing the library takes 160 MB."""
    package = importlib.util.find_spec("sklearn")
    if package is None:
        raise DataError("The digits come with scikit-learn, which is missing: install it with pip.")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    images = (table[:, :64].astype(np.uint16) * 255 // 16).astype(np.uint8).reshape(-1, 8, 8)
    note = f"Digits of 8 x 8 pixels, enlarged to {image_size} x {image_size}."
    yield Arrays(images, table[:, 64], tuple("0123456789"), (note,))


SETS = {
    "digits": NamedSet("Digits", "1,797 handwritten digits of scikit-learn, 8 x 8 pixels", digits),
}
SOURCES = {name: item.line for name, item in SETS.items()}
