"""Two checkpoints compared: the result, and where it is kept. Loads no TensorFlow.

`comparing.compare` makes it, in the inference process; whoever draws it reads the file.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from explorer import runs
from explorer.inference import wire
from explorer.paths import beyond_newest, cache_dir
from explorer.runs import files

LAYOUT = 1
MOST_KEPT = 200
SIMILARITY_IMAGES = 512  # at most, for the similarity of layers
LINE_IMAGES = 2000  # at most, for the straight line
PLACES = 11  # on the straight line
SPLIT = ("validation_share", "seed")


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two networks make of the same images, which neither was trained on.

    Classes are counted as in `class_names`: those that A knows, then those only B knows.

    Args:
        class_names: All classes.
        shared: Which of them both networks know. (shared classes,)
        labels: The right class of every image. (images,)
        answers_a: What A chose, -1 where its scores are not numbers. (images,)
        answers_b: What B chose. (images,)
        confidence_a: The probability A gave its answer; NaN without one. (images,)
        confidence_b: The probability B gave its answer. (images,)
        loss_a: Mean cross-entropy of A over the images of shared classes.
        loss_b: The same of B.
        sets: Keys of the prepared sets the images are in.
        places: Which of the sets, and which image of it. (images, 2)
        layers_a: Layers of A, in the order in which an image passes them.
        layers_b: Layers of B.
        similarity: Debiased linear CKA, NaN where undefined. (layers of A, layers of B)
        similarity_biased: The plain estimate. (layers of A, layers of B)
        similarity_by_chance: The plain estimate with the images of B shuffled.
            (layers of A, layers of B)
        similarity_images: How many images the similarity was measured on.
        line_shares: Places on the straight line from A (0) to B (1); none if there is no line.
            (places,)
        line_accuracy: Accuracy of the weights at each place. (places,)
        line_loss: Mean cross-entropy there. (places,)
        line_images: How many images the line was measured on.
        line_note: How it was measured, or why there is none.
        notes: What is worth saying about the images and classes, in sentences.
    """

    class_names: tuple[str, ...]
    shared: np.ndarray
    labels: np.ndarray
    answers_a: np.ndarray
    answers_b: np.ndarray
    confidence_a: np.ndarray
    confidence_b: np.ndarray
    loss_a: float
    loss_b: float
    sets: tuple[str, ...]
    places: np.ndarray
    layers_a: tuple[str, ...]
    layers_b: tuple[str, ...]
    similarity: np.ndarray
    similarity_biased: np.ndarray
    similarity_by_chance: np.ndarray
    similarity_images: int
    line_shares: np.ndarray
    line_accuracy: np.ndarray
    line_loss: np.ndarray
    line_images: int
    line_note: str
    notes: tuple[str, ...]

    @property
    def comparable(self) -> np.ndarray:
        """Places of the images whose class both networks know. (comparable images,)"""
        return np.flatnonzero(np.isin(self.labels, self.shared))

    def accuracy(self, answers: np.ndarray) -> float:
        """Return the share of comparable images answered rightly, NaN if there are none."""
        chosen = self.comparable
        return float(np.mean((answers == self.labels)[chosen])) if len(chosen) else float("nan")

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as arrays, for the wire and the file."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {name: value for name, value in values.items() if not _is_array(value)}
        arrays = {name: value for name, value in values.items() if _is_array(value)}
        return {**arrays, "plain": np.array(json.dumps({"layout": LAYOUT, **plain}))}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Comparison":
        """Rebuild from `to_arrays`.

        Raises:
            ValueError: Another version wrote it, or it is damaged.
        """
        try:
            plain = json.loads(str(arrays["plain"]))
            if plain.pop("layout") != LAYOUT:
                raise ValueError("Another version wrote this comparison.")
            rest = {name: value for name, value in arrays.items() if name != "plain"}
            return cls(**{name: _tuple(value) for name, value in plain.items()}, **rest)
        except (KeyError, TypeError) as error:
            raise ValueError(f"The comparison is damaged ({error}).") from error


def usual_steps(run_a: runs.Run, run_b: runs.Run) -> tuple[int, int] | None:
    """Return which checkpoints are compared when nobody chose: the last ones.

    Of one run compared with itself, the first and the last; `None` where a run kept none, or
    where both would be the same.
    """
    if not (len(run_a.checkpoints) and len(run_b.checkpoints)):
        return None
    first = run_a.checkpoints[0 if run_a.id == run_b.id else -1]
    steps = int(first), int(run_b.checkpoints[-1])
    return None if run_a.id == run_b.id and steps[0] == steps[1] else steps


def key_of(run_a: runs.Run, step_a: int, run_b: runs.Run, step_b: int) -> str:
    """Return the name a comparison is kept under: it changes with the weights and the images.

    Raises:
        RunError: A checkpoint is not there.
    """
    sides = [_side(run_a, step_a), _side(run_b, step_b)]
    return hashlib.sha256(json.dumps([LAYOUT, sides]).encode()).hexdigest()[:32]


def save(comparison: Comparison, key: str) -> Path:
    """Keep a comparison, whole or not at all, and let go of the oldest of many.

    Raises:
        OSError: The cache cannot be written.
    """
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(path, wire.pack(comparison.to_arrays()))
    for old in beyond_newest(path.parent, "*.npz", MOST_KEPT):
        old.unlink(missing_ok=True)
    return path


def open_saved(key: str) -> Comparison:
    """Read a comparison that was made before.

    Raises:
        LookupError: There is none, or a damaged one.
    """
    try:
        return Comparison.from_arrays(wire.unpack(_path(key).read_bytes()))
    except (OSError, ValueError) as error:
        raise LookupError(f"No comparison is kept under {key!r} ({error}).") from error


def _side(run, step):
    path = files.step_file(run.folder / files.WEIGHTS, step)
    try:
        weights = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise runs.RunError(
            f"The checkpoint of run {run.name!r} at step {step} cannot be read ({error.strerror})."
        ) from error
    images = [run.data.get(name) for name in ("key", "fingerprint", "class_names")]
    return [run.id, step, weights, images, [run.spec.get(name) for name in SPLIT]]


def _path(key):
    return cache_dir() / "comparisons" / f"{key}.npz"


def _is_array(value):
    return isinstance(value, np.ndarray)


def _tuple(value):
    return tuple(value) if isinstance(value, list) else value
