"""Which classes are taken for which, and which images two networks see differently."""

from dataclasses import dataclass

import numpy as np

NO_ANSWER = -1  # where a network's scores are not numbers


@dataclass(frozen=True)
class Flips:
    """The images on which two networks differ, as places in the arrays that were compared.

    Args:
        lost: A is right and B is wrong. (lost images,)
        gained: A is wrong and B is right. (gained images,)
        changed: Both are wrong, each in its own way. (changed images,)
    """

    lost: np.ndarray
    gained: np.ndarray
    changed: np.ndarray


def confusion_matrix(labels: np.ndarray, answers: np.ndarray, num_classes: int) -> np.ndarray:
    """Count how often each class is taken for which.

    Args:
        labels: The right class of every image, 0 to `num_classes - 1`. (images,)
        answers: The class a network chose, `NO_ANSWER` where it chose none. (images,)
        num_classes: How many classes there are.

    Returns:
        Row: the right class. Column: the answer; the last column counts images without one.
        (num_classes, num_classes + 1) int64

    Raises:
        ValueError: The arrays differ in length, or name a class there is not.
    """
    labels, answers = _checked(labels, answers, num_classes)
    columns = np.where(answers == NO_ANSWER, num_classes, answers)
    cells = labels * (num_classes + 1) + columns
    counts = np.bincount(cells, minlength=num_classes * (num_classes + 1))
    return counts.reshape(num_classes, num_classes + 1)


def per_class_accuracy(confusion: np.ndarray) -> np.ndarray:
    """Return the share of each class's images that was recognised, NaN for a class without any.

    Args:
        confusion: From `confusion_matrix`. (classes, classes + 1)
    """
    totals = confusion.sum(axis=1)
    hits = np.diagonal(confusion)
    return np.divide(hits, totals, out=np.full(len(totals), np.nan), where=totals > 0)


def flips(labels: np.ndarray, answers_a: np.ndarray, answers_b: np.ndarray) -> Flips:
    """Find the images that one network recognises and the other does not.

    Equal accuracies may hide many: what one network learned, another may have lost.

    Args:
        labels: The right class of every image. (images,)
        answers_a: What network A chose. (images,)
        answers_b: What network B chose. (images,)
    """
    labels, answers_a, answers_b = map(np.asarray, (labels, answers_a, answers_b))
    right_a, right_b = answers_a == labels, answers_b == labels
    differ = answers_a != answers_b
    return Flips(
        lost=np.flatnonzero(right_a & ~right_b),
        gained=np.flatnonzero(~right_a & right_b),
        changed=np.flatnonzero(~right_a & ~right_b & differ),
    )


def _checked(labels, answers, num_classes):
    labels, answers = np.asarray(labels, np.int64), np.asarray(answers, np.int64)
    if labels.shape != answers.shape or labels.ndim != 1:
        raise ValueError(
            f"labels has shape {labels.shape} and answers {answers.shape}; expected one of each "
            "an image."
        )
    for name, values, lowest in (("labels", labels, 0), ("answers", answers, NO_ANSWER)):
        if len(values) and not (lowest <= values.min() and values.max() < num_classes):
            raise ValueError(
                f"{name} lie between {values.min()} and {values.max()}; with {num_classes} "
                f"classes they must lie between {lowest} and {num_classes - 1}."
            )
    return labels, answers
