"""The images of the data set that excite a part of a network most and least. Loads TensorFlow."""

from dataclasses import dataclass

import keras
import numpy as np

from explorer import data
from explorer.inference import kept_images
from explorer.inference.climbing import CHANNEL, Tell, strengths
from explorer.inference.maximise import layer_model, weights_digest
from explorer.inference.opened import Opened, open_source
from explorer.inference.samples import prepared_images
from explorer.training.spec import TrainingSpec

BATCH = 64
MOST_IMAGES = 5000
SHOWN = 9
VALIDATION, PROBE = "validation", "probe"


@dataclass(frozen=True, eq=False)
class Own:
    """Images that a network was not trained on, with their classes.

    Args:
        kind: `"validation"`, or `"probe"` for those in the run folder.
        images: (all images, height, width, channels) uint8, perhaps mapped from disk
        labels: (all images,)
        rows: Which of them are looked at. (images,)
        total: How many there are of this kind.
        key: Identifies them.
    """

    kind: str
    images: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    total: int
    key: str


def exciting(
    progress: Tell, *, network: dict, layer: str, channel: int, part: str = CHANNEL
) -> dict[str, np.ndarray]:
    """Rank the images of a run by how strongly they excite a channel, a unit or a class.

    All channels of the layer are ranked at once, so that the next one is there at once.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.
        layer: Name of the layer.
        channel: Which of its channels.
        part: `"channel"` for the mean over the whole feature map, `"unit"` for its middle.

    Returns:
        `most_` and `least_` with `images` (shown, height, width, channels), `activations` and
        `labels` (shown,), the most extreme first; `kind` (`"validation"` or `"probe"`);
        `num_images` looked at of `num_total`; `num_lowest` that share the lowest activation.
        `num_images` is 0 for a network without a run, or a run without images.

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: There is no such layer or channel, or the weights are not numbers.
    """
    progress(0.0, "Opening the network")
    opened = open_source(network)
    model = layer_model(opened, layer, [channel])
    own = own_images(opened)
    if own is None:
        return {"num_images": np.array(0)}
    ranked = _kept_or_ranked(opened, model, own, part, progress)
    return {
        **_extremes(own, ranked, channel),
        "kind": np.array(own.kind),
        "num_images": np.array(len(own.rows)),
        "num_total": np.array(own.total),
        "num_lowest": ranked["num_lowest"][channel],
    }


def own_images(opened: Opened) -> Own | None:
    """Return the validation images of a run where they are prepared, else its probe images."""
    if opened.run is None:
        return None
    prepared = prepared_images(opened.run)
    return _probe(opened.run) if prepared is None else _validation(opened.run, *prepared)


def rank(strength: np.ndarray) -> dict[str, np.ndarray]:
    """Find the extreme images of every channel; of equal ones, those that come first.

    Args:
        strength: (images, channels)

    Returns:
        `most` and `least`, places of images, and `most_strength` and `least_strength`, all
        (shown, channels); `num_lowest`, how many share the lowest strength. (channels,)
    """
    most = np.argsort(-strength, axis=0, kind="stable")[:SHOWN]
    least = np.argsort(strength, axis=0, kind="stable")[:SHOWN]
    return {
        "most": most,
        "least": least,
        "most_strength": np.take_along_axis(strength, most, axis=0),
        "least_strength": np.take_along_axis(strength, least, axis=0),
        "num_lowest": np.sum(strength == strength.min(axis=0), axis=0),
    }


def _validation(run, images: data.ImageSet, split: data.Split) -> Own:
    rows = split.validation
    if len(rows) > MOST_IMAGES:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_IMAGES, replace=False))
    spec = TrainingSpec.from_dict(run.spec)
    key = f"{images.key} {spec.validation_share} {spec.seed} {MOST_IMAGES}"
    return Own(VALIDATION, images.images, images.labels, rows, len(split.validation), key)


def _probe(run) -> Own | None:
    probe = run.probe()
    if probe is None:
        return None
    images, labels = probe
    rows = np.arange(len(images))
    return Own(PROBE, images, labels, rows, len(images), kept_images.digest({"images": images}))


def _kept_or_ranked(opened, model, own, part, tell):
    key = kept_images.key_of(
        kind="exciting", weights=weights_digest(model), images=own.key, part=part, shown=SHOWN
    )
    found = kept_images.look_up(opened.run.folder, key)
    if found is None:
        found = rank(_strengths(model, own, part, tell))
        kept_images.keep(opened.run.folder, key, found)
    return found


def _strengths(model: keras.Model, own: Own, part, tell) -> np.ndarray:
    """Show the network all images. (images, channels)."""
    found = []
    for start in range(0, len(own.rows), BATCH):
        words = f"Showing it the images: {start:,} of {len(own.rows):,}"
        tell(start / len(own.rows), words)
        batch = np.asarray(own.images[own.rows[start : start + BATCH]], np.float32)
        found.append(np.asarray(strengths(model(batch, training=False), part)))
    strength = np.concatenate(found)
    if not np.isfinite(strength).all():
        raise ValueError(
            "The network puts out what is not a number: the weights of this checkpoint are damaged "
            "by a training that diverged. Choose an earlier checkpoint."
        )
    return strength


def _extremes(own, ranked, channel) -> dict[str, np.ndarray]:
    found = {}
    for side in ("most", "least"):
        rows = own.rows[ranked[side][:, channel]]
        found[f"{side}_images"] = np.asarray(own.images[rows]).astype(np.uint8)
        found[f"{side}_labels"] = own.labels[rows]
        found[f"{side}_activations"] = ranked[f"{side}_strength"][:, channel]
    return found
