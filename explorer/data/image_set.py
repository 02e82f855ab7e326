"""What the door for images hands out: the prepared set, its progress, and what went wrong."""

from dataclasses import dataclass, field

import numpy as np

from explorer.data.splits import Split, split


@dataclass(frozen=True)
class Skipped:
    """One file that is not in the set.

    Args:
        file: Relative name of the file.
        reason: Why it was left out, in words for people.
    """

    file: str
    reason: str


@dataclass(frozen=True)
class Progress:
    """How far the preparation is.

    Args:
        done: Finished parts of the present piece of work.
        total: All parts of it, 0 while unknown.
        what: The piece of work, in words for people.
    """

    done: int
    total: int
    what: str


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Labelled images of one size, ready to be trained on.

    Args:
        name: What people call the set.
        source: What to pass to `load` to get the set again.
        images: The pixels, 0 to 255, perhaps mapped from disk and read-only.
            (images, height, width, channels)
        labels: Index into `class_names` of every image. (images,)
        class_names: Names of the classes, sorted; plain text that may contain any characters.
        groups: Near-duplicates share a number. (images,)
        file_names: Relative name of every image.
        skipped: Files that were left out, and why.
        notes: Sentences about how the images were treated.
        fit: How images were brought to the square, `"crop"` or `"pad"`.
        fingerprint: Identifies the content of the source.
        key: Name of the prepared set in the cache, for `open_prepared`.
    """

    name: str
    source: str
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    class_names: tuple[str, ...]
    groups: np.ndarray = field(repr=False)
    file_names: tuple[str, ...] = field(repr=False)
    skipped: tuple[Skipped, ...] = field(repr=False)
    notes: tuple[str, ...]
    fit: str
    fingerprint: str
    key: str

    @property
    def near_duplicate_share(self) -> float:
        """Return the share of images that have at least one near-copy in the set."""
        _, members, sizes = np.unique(self.groups, return_inverse=True, return_counts=True)
        return float(np.mean(sizes[members] > 1)) if len(self.groups) else 0.0

    def split(self, *, validation_share: float = 0.15, seed: int = 0) -> Split:
        """Part the set into training and validation; errors name the classes, see `split`."""
        return split(
            self.labels,
            self.groups,
            validation_share=validation_share,
            seed=seed,
            class_names=self.class_names,
        )
