"""The straight line between two states of one network (Goodfellow et al., ICLR 2015).

Two states in one valley have nothing but good networks between them. A hill between them says
that training led into another valley, or that the filters stand in another order.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from explorer.inference.comparison import PLACES
from explorer.inference.evaluate import answers, cross_entropy
from explorer.inference.network import Trained


@dataclass(frozen=True, eq=False)
class Line:
    """Networks between two networks.

    Args:
        shares: 0 for the first network, 1 for the second. (places,)
        accuracy: Share of images recognised. (places,)
        loss: Mean cross-entropy. (places,)
    """

    shares: np.ndarray
    accuracy: np.ndarray
    loss: np.ndarray


def straight_line(
    first: Trained,
    second: Trained,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    training: np.ndarray,
    tell: Callable[[float, str], None],
) -> Line:
    """Measure the weighted means of two networks of one architecture.

    The statistics of batch normalisation belong to the weights they were measured with: where
    there are any, they are measured anew at every place, the ends included.

    Args:
        first: A network; its model's weights are changed meanwhile and then put back.
        second: Another of the same architecture.
        images: 0 to 255. (images, height, width, channels)
        labels: The right class of every image. (images,)
        training: Images to measure the statistics on. (some, height, width, channels)
        tell: Called with the share done and words.
    """
    before, after = ([np.array(v) for v in one.model.weights] for one in (first, second))
    shares = np.linspace(0, 1, PLACES)
    accuracy, loss = np.zeros(PLACES), np.zeros(PLACES)
    try:
        for place, share in enumerate(shares):
            tell(place / PLACES, f"Walking from A to B: {share:.0%} of the way")
            _set(first.model, [mixed(*pair, share) for pair in zip(before, after, strict=True)])
            renew_statistics(first.model, training)
            logits = first.logits(images)
            accuracy[place] = np.mean(answers(logits) == labels)
            loss[place] = cross_entropy(logits, labels)
    finally:
        _set(first.model, before)
    return Line(shares, accuracy, loss)


def mixed(before: np.ndarray, after: np.ndarray, share: float) -> np.ndarray:
    """Return the weighted mean; exactly the one or the other at the ends, also where not finite.

    Counters, such as the state of dropout's generator, have no mean and stay as before.
    """
    if share == 0 or not np.issubdtype(before.dtype, np.floating):
        return before
    if share == 1:
        return after
    with np.errstate(invalid="ignore", over="ignore"):
        return ((1 - share) * before + share * after).astype(before.dtype)


def normalisations(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """Return the layers whose statistics depend on all weights before them."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def renew_statistics(model: keras.Model, images: np.ndarray) -> None:
    """Measure the means and variances of batch normalisation on these images, all at once."""
    layers = normalisations(model)
    if not layers:
        return
    kept = [layer.momentum for layer in layers]
    try:
        for layer in layers:
            layer.momentum = 0.0  # nothing is remembered of what was measured before
        model(np.asarray(images, np.float32), training=True)
    finally:
        for layer, momentum in zip(layers, kept, strict=True):
            layer.momentum = momentum


def _set(model, weights):
    for variable, value in zip(model.weights, weights, strict=True):
        variable.assign(value)
