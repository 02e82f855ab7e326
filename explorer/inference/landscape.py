"""A loss surface with the paths of trainings on it: the result. Loads no TensorFlow.

`surface.surface` makes it, in the inference process; whoever draws it reads its arrays.
"""

from dataclasses import dataclass, fields

import numpy as np

from explorer import runs
from explorer.training.networks import network_of

PCA, RANDOM = "pca", "random"
WAYS = (PCA, RANDOM)
SIZES = (7, 13, 25, 49)  # places along a side; each has all places of the one before
FINEST = SIZES[-1]


@dataclass(frozen=True, eq=False)
class Landscape:
    """The loss over a plane, and where checkpoints are on it.

    Args:
        x: Coordinates along the first direction, in units of weight length for principal
            components; 1 is the length of each filter for random directions. (size,)
        y: The same along the second direction. (size,)
        loss: At every place of the plane; not finite where the network's scores are not.
            (size, size), a row a `y`
        explained: Share of the checkpoints' variance along each direction, NaN for random ones.
            (2,)
        run: 0 for run A, 1 for run B. (checkpoints,)
        step: (checkpoints,)
        places: Where each checkpoint is on the plane; NaN for weights that are no numbers.
            (checkpoints, 2)
        off: How far each is from the plane. (checkpoints,)
        true_loss: With the weights of the checkpoint itself. (checkpoints,)
        under: With the weights of its place on the plane. (checkpoints,)
        num_images: How many images the loss was measured on.
        notes: How it was measured, in sentences.
    """

    x: np.ndarray
    y: np.ndarray
    loss: np.ndarray
    explained: np.ndarray
    run: np.ndarray
    step: np.ndarray
    places: np.ndarray
    off: np.ndarray
    true_loss: np.ndarray
    under: np.ndarray
    num_images: int
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many places a side has."""
        return len(self.x)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as arrays, for the wire."""
        return {item.name: np.asarray(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Landscape":
        """Rebuild from `to_arrays`."""
        plain = {
            "num_images": int(arrays["num_images"]),
            "notes": tuple(arrays["notes"].tolist()),
        }
        return cls(**{**arrays, **plain})


def why_no_common_plane(a: runs.Run, b: runs.Run) -> str | None:
    """Say why two runs cannot be drawn on one plane; `None` if they can.

    Raises:
        RunError: A run was not trained by the explorer.
    """
    if network_of(a) != network_of(b):
        return (
            f"{a.name} and {b.name} are different networks: their weights are no points of one "
            "space, and there is no common plane. Choose two runs of one architecture."
        )
    if a.class_names != b.class_names:
        return (
            f"{a.name} and {b.name} answer with different classes: one loss cannot be measured "
            "for both. Choose two runs trained on the same classes."
        )
    return None
