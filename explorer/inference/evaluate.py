"""How well a network does on labelled images."""

from dataclasses import dataclass

import numpy as np

from explorer import data
from explorer.inference.network import Trained


@dataclass(frozen=True)
class Evaluation:
    """The result on a set of images.

    Args:
        images: How many there were.
        accuracy: Share of them whose class got the highest score.
        loss: Mean cross-entropy; not finite when the network's scores are not.
        recall: For each class present, the share of its images that was recognised.
        support: For each class present, the number of its images.
    """

    images: int
    accuracy: float
    loss: float
    recall: dict[str, float]
    support: dict[str, int]


def evaluate(trained: Trained, images: data.ImageSet, indices: np.ndarray) -> Evaluation:
    """Compare a network's answers with the labels.

    Args:
        trained: The network.
        images: The images, prepared as the run says. Classes are matched by name.
        indices: Which of them to use. (chosen images,)

    Raises:
        DataError: The images have a class that the network does not know.
    """
    labels = matched_labels(images, trained.run.class_names)[indices]
    logits = trained.logits(np.asarray(images.images[indices]))
    hits = answers(logits) == labels
    present = [i for i in range(logits.shape[1]) if np.any(labels == i)]
    names = trained.run.class_names
    return Evaluation(
        images=len(labels),
        accuracy=float(hits.mean()),
        loss=cross_entropy(logits, labels),
        recall={names[i]: float(hits[labels == i].mean()) for i in present},
        support={names[i]: int(np.count_nonzero(labels == i)) for i in present},
    )


def matched_labels(images: data.ImageSet, class_names: list[str]) -> np.ndarray:
    """Return the labels as the network counts its classes. (images,).

    Raises:
        DataError: A class has no counterpart of the same name.
    """
    unknown = [name for name in images.class_names if name not in class_names]
    if unknown:
        raise data.DataError(
            f"The images have classes the network does not know: {_some(unknown)}. It knows: "
            f"{_some(class_names)}. Name the folders like the classes of the run."
        )
    places = np.array([class_names.index(name) for name in images.class_names])
    return places[images.labels]


def answers(logits: np.ndarray) -> np.ndarray:
    """Return the class with the highest score, -1 where a score is NaN. (images,)."""
    return np.where(np.isnan(logits).any(axis=1), -1, logits.argmax(axis=1))


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean cross-entropy.

    Args:
        logits: Raw scores. (images, classes)
        labels: The right classes. (images,)
    """
    scores = logits.astype(np.float64)
    with np.errstate(invalid="ignore"):
        highest = scores.max(axis=1)
        total = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1))
        return float(np.mean(total - scores[np.arange(len(labels)), labels]))


def _some(names, most=12):
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
