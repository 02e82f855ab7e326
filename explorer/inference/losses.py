"""The loss of a network on fixed images, whatever weights it is given. Loads TensorFlow."""

from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from explorer.inference.evaluate import cross_entropy
from explorer.inference.loss_images import LossImages
from explorer.inference.programs import compiled, whole
from explorer.training.names import tensor_names
from explorer.training.normalisation import SettleNormalisation

BATCH = 256


class Losses:
    """The loss as a function of all trainable weights, in evaluation mode.

    Weights are one long vector, the tensors one after the other as the network has them. The
    statistics of batch normalisation belong to the weights they were measured with. Where there
    are any, they are measured anew at every place, on the same images as the loss.

    Args:
        model: From images with values 0 to 255 to logits. Its weights are changed, see `restore`.
        images: What to measure on.
    """

    def __init__(self, model: keras.Model, images: LossImages):
        self._model, self._images = model, images
        self._logits = compiled(model, "logits", _program)
        self._settling = compiled(
            model,
            ("settling", images.digest),
            lambda own: SettleNormalisation(whole(own), images.pixels),
        )
        self._before = [np.array(one) for one in model.weights]

    def at(self, weights: np.ndarray) -> float:
        """Return the mean cross-entropy of the network with these weights. (weights,)."""
        assign(self._model, weights)
        self._settling.settle()
        return cross_entropy(self.logits(), self._images.labels)

    def logits(self) -> np.ndarray:
        """Return the scores of the network as it is. (images, classes)."""
        pixels = self._images.pixels
        starts = range(0, len(pixels), BATCH)
        parts = [self._logits(pixels[start : start + BATCH]) for start in starts]
        return np.concatenate([np.asarray(part) for part in parts])

    def restore(self) -> None:
        """Give the network back the weights it had."""
        for variable, value in zip(self._model.weights, self._before, strict=True):
            variable.assign(value)


def _program(model):
    network = whole(model)

    @tf.function(reduce_retracing=True, autograph=False)
    def logits(images):
        return network(tf.cast(images, tf.float32), training=False)

    return logits


def assign(model: keras.Model, weights: np.ndarray) -> None:
    """Give a network all its trainable weights from one vector. (weights,)."""
    start = 0
    for variable in model.trainable_variables:
        size = int(np.prod(variable.shape))
        variable.assign(weights[start : start + size].reshape(variable.shape))
        start += size


def vector_of(model: keras.Model) -> np.ndarray:
    """Return all trainable weights of a network as one vector. (weights,) float32."""
    return np.concatenate([np.array(one).ravel() for one in model.trainable_variables])


def trainable_names(model: keras.Model) -> list[str]:
    """Return the names, in a checkpoint, of the weights that make up the vector."""
    names = tensor_names([one.path for one in model.weights], model.name)
    return [name for name, one in zip(names, model.weights, strict=True) if one.trainable]


def vector(checkpoint: Mapping[str, np.ndarray], names: list[str]) -> np.ndarray:
    """Return the trainable weights of a checkpoint as one vector. (weights,) float32.

    Args:
        checkpoint: All weights, by name.
        names: From `trainable_names`.
    """
    return np.concatenate([checkpoint[name].ravel() for name in names]).astype(np.float32)
