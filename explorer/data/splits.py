"""Part a set into training and validation images without letting near-copies leak."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.data.errors import DataError


@dataclass(frozen=True)
class Split:
    """Which images are trained on and which only judge the result.

    Args:
        train: Sorted indices of the training images. (train images,)
        validation: Sorted indices of the validation images. (validation images,)
    """

    train: np.ndarray
    validation: np.ndarray


def split(
    labels: np.ndarray,
    groups: np.ndarray,
    *,
    validation_share: float = 0.15,
    seed: int = 0,
    class_names: Sequence[str] = (),
) -> Split:
    """Draw the validation images: the same share of every class, groups never torn apart.

    A network recognises a near-copy of an image it was trained on; with copies on both sides
    the validation accuracy would promise too much. Equal arguments give equal splits.

    Args:
        labels: Class of every image. (images,)
        groups: Near-duplicates share a number. (images,)
        validation_share: Wanted share of every class, met as closely as whole groups allow.
        seed: Decides the draw.
        class_names: Names for error messages; without them classes are numbered.

    Raises:
        DataError: If there are fewer than two classes, or a class cannot be on both sides.
    """
    labels, groups = np.asarray(labels), np.asarray(groups)
    names = {label: _class_title(label, class_names) for label in np.unique(labels).tolist()}
    _check_share(validation_share)
    _check_classes(Counter(labels.tolist()), names)
    chosen = _Draw(labels, groups, validation_share, names).run(np.random.default_rng(seed))
    in_validation = np.isin(groups, chosen)
    return Split(np.flatnonzero(~in_validation), np.flatnonzero(in_validation))


class _Draw:
    """The draw of whole groups, with the books of what every class still needs."""

    def __init__(self, labels, groups, validation_share, names):
        self.names = names
        self.totals = Counter(labels.tolist())
        self.content = defaultdict(Counter)
        for group, label in zip(groups.tolist(), labels.tolist(), strict=True):
            self.content[group][label] += 1
        self.needed = {
            label: min(max(round(validation_share * total), 1), total - 1)
            for label, total in self.totals.items()
        }
        self.taken = Counter()
        self.chosen = set()

    def run(self, rng) -> list[int]:
        """Return the numbers of the groups drawn for validation."""
        order = rng.permutation(list(self.content)).tolist()
        for group in order:
            if all(self.taken[c] + n <= self.needed[c] for c, n in self.content[group].items()):
                self._take(group)
        for label in sorted(self.totals):
            if self.taken[label] < self.needed[label]:
                self._come_closer(label, order)
        return sorted(self.chosen)

    def _take(self, group):
        self.chosen.add(group)
        self.taken.update(self.content[group])

    def _come_closer(self, label, order):
        """Take one group too large for the gap, if that is closer, or if there is none yet."""
        left = [g for g in order if label in self.content[g] and self._leaves_training_images(g)]
        best = min(left, key=lambda group: self.content[group][label], default=None)
        missing = self.needed[label] - self.taken[label]
        if best is not None and self.content[best][label] - missing < missing:
            self._take(best)
        elif not self.taken[label]:
            if best is None:
                raise DataError(
                    f"The images of {self.names[label]} cannot be on both sides of the split: "
                    f"all {self.totals[label]} are near-copies of each other or of another "
                    "class. Add different images of it, or pass a groups file."
                )
            self._take(best)

    def _leaves_training_images(self, group):
        """Say whether every class keeps a training image if the group leaves too."""
        return group not in self.chosen and all(
            self.taken[label] + count < self.totals[label]
            for label, count in self.content[group].items()
        )


def _class_title(label, class_names):
    return f"class {class_names[label]!r}" if label < len(class_names) else f"class {label}"


def _check_share(validation_share):
    if not 0 < validation_share < 1:
        raise DataError(
            f"The validation share is {validation_share}. It must be above 0 and below 1; "
            "0.15 is common."
        )


def _check_classes(totals, names):
    if not totals:
        raise DataError("There is no image to split. Bring at least two classes of images.")
    if len(totals) == 1:
        raise DataError(
            f"There is only one class, {next(iter(names.values()))}. A network learns to tell "
            "classes apart: put the images of at least two classes in a folder each."
        )
    for label, total in totals.items():
        if total < 2:
            raise DataError(
                f"{names[label].capitalize()[0]}{names[label][1:]} has one image only. One is "
                "needed for training and one for validation: add images to its folder or remove it."
            )
