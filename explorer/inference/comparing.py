"""Making a comparison of two checkpoints. Loads TensorFlow: it runs in the inference process."""

from collections.abc import Callable, Iterator

import keras
import numpy as np

from explorer import data, runs
from explorer.analysis.similarity import cka_matrix, gram, shuffled
from explorer.inference.comparison import (
    LINE_IMAGES,
    PLACES,
    SIMILARITY_IMAGES,
    Comparison,
    key_of,
    open_saved,
    save,
)
from explorer.inference.evaluate import answers, cross_entropy
from explorer.inference.interpolation import normalisations, straight_line
from explorer.inference.network import BATCH, Trained, open_network, probabilities
from explorer.inference.unseen import Unseen, unseen_images
from explorer.models.architectures import design
from explorer.training.networks import network_of

ACTIVATION_BYTES = 200_000_000
SAME_VALUES = ("rescale", "flatten", "dropout")  # layers that pass on what they are given

Tell = Callable[[float, str], None]


def compare(
    progress: Tell, *, run_a: str, step_a: int, run_b: str, step_b: int
) -> dict[str, np.ndarray]:
    """Compare two checkpoints and keep the result; one made before is only read.

    Args:
        progress: Called with the share done and words.
        run_a: Folder of run A.
        step_a: Its checkpoint.
        run_b: Folder of run B, perhaps the same.
        step_b: Its checkpoint.

    Returns:
        The arrays of a `Comparison`.

    Raises:
        RunError: A run or checkpoint cannot be used.
        DataError: The images are gone, or none was unseen by both runs.
    """
    a, b = runs.open_run(run_a), runs.open_run(run_b)
    key = key_of(a, step_a, b, step_b)
    try:
        made = open_saved(key)
        for one in made.sets:
            data.open_prepared(one)
        return made.to_arrays()
    except LookupError:  # not made before, or the pictures to show with it are gone
        progress(0.0, "Opening the images")
    unseen = unseen_images(a, b, part_of(progress, 0.0, 0.2))
    trained_a, trained_b = open_network(a, step_a), open_network(b, step_b)
    comparison = compared(trained_a, trained_b, unseen, part_of(progress, 0.2, 1.0))
    save(comparison, key)
    return comparison.to_arrays()


def compared(a: Trained, b: Trained, unseen: Unseen, tell: Tell) -> Comparison:
    """Compare two networks on images that neither was trained on."""
    names = list(dict.fromkeys([*a.run.class_names, *b.run.class_names, *unseen.class_names]))
    shared = np.array([k for k, name in enumerate(names) if _both_know(a, b, name)], np.int64)
    labels = np.array([names.index(name) for name in unseen.class_names], np.int64)
    logits_a = watched_logits(a, unseen.pixels_a, "A", part_of(tell, 0.0, 0.15))
    logits_b = watched_logits(b, unseen.pixels_b, "B", part_of(tell, 0.15, 0.3))
    chosen = np.flatnonzero(np.isin(labels, shared))
    return Comparison(
        class_names=tuple(names),
        shared=shared,
        labels=labels,
        **_answered(a, logits_a, names, "a"),
        **_answered(b, logits_b, names, "b"),
        loss_a=_loss(a, logits_a[chosen], unseen.class_names[chosen]),
        loss_b=_loss(b, logits_b[chosen], unseen.class_names[chosen]),
        sets=unseen.sets,
        places=unseen.places,
        **_similar(a, b, unseen, part_of(tell, 0.3, 0.6)),
        **_line(a, b, unseen, part_of(tell, 0.6, 1.0)),
        notes=(*unseen.notes, *_class_notes(a, b, unseen)),
    )


def part_of(tell: Tell, start: float, end: float) -> Tell:
    """Let a piece of work tell its own share, from 0 to 1, of a longer one."""

    def told(share, words):
        tell(start + (end - start) * share, words)

    return told


def watched_logits(trained: Trained, images: np.ndarray, side: str, tell: Tell) -> np.ndarray:
    """Return the network's scores, telling how far it is. (images, classes)."""
    found = []
    for start in range(0, len(images), BATCH):
        tell(start / len(images), f"Showing {side} the images: {start:,} of {len(images):,}")
        found.append(trained.logits(images[start : start + BATCH]))
    return np.concatenate(found)


def compared_layers(trained: Trained) -> list[str]:
    """Return the layers that change what they are given, in their order."""
    layers = design(network_of(trained.run))
    return [layer.name for layer in layers if layer.kind not in SAME_VALUES]


def grams(trained: Trained, images: np.ndarray, tell: Tell) -> list[np.ndarray]:
    """Return, for every compared layer, the inner products of the images, see `similarity.gram`.

    Layers are taken a few at a time, so that their outputs fit into memory.
    """
    names = compared_layers(trained)
    found = []
    for part in _fitting(trained.model, names, len(images)):
        outputs = [trained.model.get_layer(name).output for name in part]
        model = keras.Model(trained.model.input, outputs)
        values = [[] for _ in part]
        done = len(found) / len(names)
        for start in range(0, len(images), BATCH):
            tell(done, f"Looking at what {part[0]} puts out")
            batch = np.asarray(images[start : start + BATCH], np.float32)
            for kept, output in zip(values, _as_list(model(batch, training=False)), strict=True):
                kept.append(np.asarray(output))
        for name, kept in zip(part, values, strict=True):
            tell(len(found) / len(names), f"Comparing the images as {name} sees them")
            found.append(gram(np.concatenate(kept)))
    return found


def _fitting(model, names, num_images) -> Iterator[list[str]]:
    """Group layers so that the outputs of each group fit into memory; each has one at least."""
    group, size = [], 0
    for name in names:
        shape = model.get_layer(name).output.shape[1:]
        needed = 4 * num_images * int(np.prod(shape))
        if group and size + needed > ACTIVATION_BYTES:
            yield group
            group, size = [], 0
        group.append(name)
        size += needed
    yield group


def _as_list(outputs):
    return outputs if isinstance(outputs, (list, tuple)) else [outputs]


def _both_know(a, b, name):
    return name in a.run.class_names and name in b.run.class_names


def _answered(trained, logits, names, side) -> dict[str, np.ndarray]:
    """Return answers in the common count of classes, and how sure the network is of each."""
    places = np.array([names.index(name) for name in trained.run.class_names], np.int64)
    own = answers(logits)
    shares = probabilities(logits.astype(np.float64))
    confidence = shares[np.arange(len(own)), own]
    return {
        f"answers_{side}": np.where(own < 0, -1, places[own]),
        f"confidence_{side}": np.where(own < 0, np.nan, confidence).astype(np.float32),
    }


def _loss(trained, logits, class_names):
    """Return the mean cross-entropy, the labels counted as the network does; NaN without images."""
    if not len(logits):
        return float("nan")
    return cross_entropy(logits, _own_labels(trained, class_names))


def _own_labels(trained, class_names):
    places = {name: place for place, name in enumerate(trained.run.class_names)}
    return np.array([places[name] for name in class_names], np.int64)


def _similar(a, b, unseen, tell):
    rng = np.random.default_rng(0)
    chosen = np.sort(rng.permutation(len(unseen.pixels_a))[:SIMILARITY_IMAGES])
    grams_a = grams(a, unseen.pixels_a[chosen], part_of(tell, 0.0, 0.4))
    grams_b = grams(b, unseen.pixels_b[chosen], part_of(tell, 0.4, 0.8))
    tell(0.8, "Comparing every layer of A with every layer of B")
    return {
        "layers_a": tuple(compared_layers(a)),
        "layers_b": tuple(compared_layers(b)),
        "similarity": cka_matrix(grams_a, grams_b),
        "similarity_biased": cka_matrix(grams_a, grams_b, debiased=False),
        "similarity_by_chance": cka_matrix(
            grams_a, [shuffled(one, rng) for one in grams_b], debiased=False
        ),
        "similarity_images": len(chosen),
    }


def _line(a, b, unseen, tell):
    """Walk from A to B where there is a straight line, else say why there is none."""
    none = {name: np.zeros(0) for name in ("line_shares", "line_accuracy", "line_loss")}
    if network_of(a.run) != network_of(b.run):
        why = "There is no line between networks of different architecture."
        return {**none, "line_images": 0, "line_note": why}
    if a.run.class_names != b.run.class_names:
        why = "There is no line between networks that answer with different classes."
        return {**none, "line_images": 0, "line_note": why}
    chosen = _evenly(np.flatnonzero(np.isin(unseen.class_names, a.run.class_names)), LINE_IMAGES)
    labels = _own_labels(a, unseen.class_names[chosen])
    line = straight_line(a, b, unseen.pixels_a[chosen], labels, training=unseen.training, tell=tell)
    return {
        "line_shares": line.shares,
        "line_accuracy": line.accuracy,
        "line_loss": line.loss,
        "line_images": len(chosen),
        "line_note": _line_note(a, len(unseen.training)),
    }


def _line_note(trained, num_training):
    if not normalisations(trained.model):
        return f"{PLACES} networks, each the weighted mean of A's and B's weights."
    return (
        f"{PLACES} networks, each the weighted mean of A's and B's weights. The statistics of "
        f"batch normalisation are measured anew in each, on {num_training:,} training images of "
        "A: the ends may therefore differ a little from the accuracies above."
    )


def _evenly(places, most):
    if len(places) <= most:
        return places
    return np.sort(np.random.default_rng(0).choice(places, most, replace=False))


def _class_notes(a, b, unseen) -> Iterator[str]:
    """Name the classes that only one network knows, and how many images that concerns."""
    for side, one, other in (("A", a, b), ("B", b, a)):
        only = [name for name in one.run.class_names if name not in other.run.class_names]
        if only:
            images = int(np.isin(unseen.class_names, only).sum())
            yield (
                f"Only {side} knows {', '.join(only)}: {images:,} images that count for the "
                "similarity of layers and for nothing else."
            )
