"""How unlike the training images an image is, in the eyes of a network. Loads TensorFlow.

What an image is held against is computed once for a checkpoint and kept in the run folder.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict

import keras
import numpy as np

from explorer import data
from explorer.analysis.neighbours import Reference, reference, reference_of_few, unlikeness
from explorer.inference import kept_images
from explorer.inference.opened import Opened, open_source
from explorer.inference.programs import compiled
from explorer.inference.samples import prepared_images

TRAINING_IMAGES = 1000
VALIDATION_IMAGES = 600
BATCH = 100

Tell = Callable[[float, str], None]


def unlike(progress: Tell, *, network: dict, images: Sequence[str]) -> dict:
    """Say how unlike the training images the given images are.

    Args:
        progress: Called with the share done and words.
        network: A source that is a run, see `opened`.
        images: Names from `given.keep`.

    Returns:
        `unlikeness`, (images,), to be compared with `threshold`; `num_measured` and
        `num_flagged`, validation images and how many of them are above it; `from_training`,
        see `Reference`. Nothing where there is nothing to compare with.

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: An image is gone, or was prepared for another network.
    """
    opened = open_source(network)
    held_against = _reference(opened, network["step"], progress)
    if held_against is None:
        return {}
    found = features(opened, opened.look_up(images))
    plain = {key: value for key, value in asdict(held_against).items() if key != "bank"}
    lengths = unlikeness(found, held_against.bank, held_against.nearest)
    return {"unlikeness": lengths} | {key: np.array(value) for key, value in plain.items()}


def features(opened: Opened, images: np.ndarray, tell: Callable[[int], None] = id) -> np.ndarray:
    """Return what the last layer gets: the outputs of the last hidden one.

    Args:
        opened: The network.
        images: Values 0 to 255. (images, height, width, channels)
        tell: Called with the number of images done.

    Returns:
        (images, features) float32
    """
    hidden = compiled(opened.model, "last hidden", _last_hidden)
    parts = []
    for start in range(0, len(images), BATCH):
        tell(start)
        batch = np.asarray(images[start : start + BATCH], np.float32)
        parts.append(np.asarray(hidden(batch, training=False)).reshape(len(batch), -1))
    return np.concatenate(parts)


def _last_hidden(model) -> keras.Model:
    return keras.Model(model.inputs[0], model.layers[-1].input)


def _reference(opened, step, tell) -> Reference | None:
    """Return what was kept, the better kind first, or make it."""
    weights = kept_images.digest(opened.run.checkpoint(step))
    prepared = prepared_images(opened.run)
    for from_training in (True, False):
        key = kept_images.key_of(kind="unlike", weights=weights, from_training=from_training)
        arrays = kept_images.look_up(opened.run.folder, key)
        if arrays is not None:
            return Reference(**_plain(arrays))
        if from_training == (prepared is not None):
            return _made(opened, prepared, key, tell)
    return None


def _made(opened, prepared, key, tell) -> Reference | None:
    try:
        made = _of_all(opened, *prepared, tell) if prepared else _of_recorded(opened)
    except ValueError:  # too few images, or weights that are not numbers
        return None
    arrays = {name: np.asarray(value) for name, value in asdict(made).items()}
    kept_images.keep(opened.run.folder, key, {**arrays, "bank": arrays["bank"].astype(np.float32)})
    return made


def _of_recorded(opened) -> Reference:
    probe = opened.run.probe()
    if probe is None:
        raise ValueError(f"Run {opened.name!r} recorded no images. Prepare its images again.")
    return reference_of_few(features(opened, probe[0]))


def _of_all(opened, images: data.ImageSet, split: data.Split, tell) -> Reference:
    rng = np.random.default_rng(0)
    training = rng.permutation(split.train)[:TRAINING_IMAGES]
    validation = rng.permutation(split.validation)[:VALIDATION_IMAGES]
    rows = np.concatenate([training, validation])

    def told(done):
        tell(done / len(rows), "Comparing with the training images")

    found = features(opened, images.images[rows], told)
    return reference(found[: len(training)], found[len(training) :])


def _plain(arrays):
    return {key: array if key == "bank" else array.item() for key, array in arrays.items()}
