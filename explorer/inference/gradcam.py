"""Grad-CAM: which places of a layer speak for a class. Loads TensorFlow."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from explorer.inference.opened import Opened
from explorer.inference.programs import batches, compiled

POOLING = ("MaxPooling2D", "AveragePooling2D")


def last_spatial_layer(opened: Opened) -> str | None:
    """Return the last layer that still knows places: the one Grad-CAM is usually asked for.

    It is the last feature maps before everything is flattened or averaged, after their
    normalisation and activation function and before a pooling that only makes them coarser.

    Returns:
        Its name, or `None` when the network never has feature maps, as one of dense layers.
    """
    names = [name for name, layer in opened.layers.items() if _has_places(layer)]
    return names[-1] if names else None


def grad_cam(
    model: keras.Model, layer_name: str, images: np.ndarray, classes: Sequence[int]
) -> np.ndarray:
    """Compute Grad-CAM maps (Selvaraju et al., "Grad-CAM", 2017).

    Each feature map is weighed with the mean gradient of the class's score, before softmax, and
    what speaks against the class is cut off. The maps are not normalised: one that is 0
    everywhere found no positive evidence, one with NaN comes from damaged weights.

    Asking again is cheap, also after another checkpoint was loaded into the same model.

    Args:
        model: From images to logits, as in `Opened.model`.
        layer_name: A layer with feature maps, see `last_spatial_layer`.
        images: Values 0 to 255. (images, height, width, channels)
        classes: The class asked about, for every image. (images,)

    Returns:
        The maps in the layer's own size, at least 0. (images, map height, map width) float32

    Raises:
        ValueError: There is no such layer, or it has no feature maps; or a class is unknown.
    """
    images = np.asarray(images, np.float32)
    classes = checked_classes(model, images, classes)
    program = compiled(model, ("grad_cam", layer_name), lambda own: _program(own, layer_name))
    return np.concatenate(
        [np.asarray(program(images[k], classes[k])) for k in batches(model, images)]
    )


def checked_classes(model: keras.Model, images: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """Return one class number an image, as TensorFlow wants them. (images,) int32.

    Raises:
        ValueError: There are more or fewer than images, or one that the network does not have.
    """
    classes = np.asarray(classes, np.int32)
    count = model.outputs[0].shape[-1]
    if not len(images) or classes.shape != (len(images),):
        raise ValueError(
            f"There are {len(images)} images and classes of shape {classes.shape}. Give at least "
            "one image, and one class for each."
        )
    if classes.min() < 0 or classes.max() >= count:
        raise ValueError(f"The classes are {classes.tolist()}; the network has 0 to {count - 1}.")
    return classes


def _has_places(layer) -> bool:
    """Say whether a layer puts out feature maps of more than one place."""
    if isinstance(layer, keras.Model) or type(layer).__name__ in POOLING:
        return False
    shape = getattr(getattr(layer, "output", None), "shape", ())
    return len(shape) == 4 and (shape[1] or 2) * (shape[2] or 2) > 1


def _program(model, layer_name):
    output = _feature_maps(model, layer_name)
    parts = keras.Model(model.inputs, [output, model.outputs[0]])
    image = tf.TensorSpec((None, *model.inputs[0].shape[1:]), tf.float32)

    @tf.function(input_signature=[image, tf.TensorSpec((None,), tf.int32)], autograph=False)
    def maps(images, classes):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            feature_maps, logits = parts(images, training=False)
            scores = tf.gather(logits, classes, batch_dims=1)
        gradients = tape.gradient(scores, feature_maps, unconnected_gradients="zero")
        weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
        weighed = tf.reduce_sum(weights * feature_maps, axis=-1)
        return tf.where(weighed < 0, 0.0, weighed)  # tf.nn.relu would make 0 of NaN

    return maps


def _feature_maps(model, layer_name):
    known = {layer.name: layer for layer in model.layers}
    if layer_name not in known or len(known[layer_name].output.shape) != 4:
        fitting = [name for name, layer in known.items() if _has_places(layer)]
        raise ValueError(
            f"Grad-CAM was asked for the layer {layer_name!r}; expected one with feature maps: "
            f"{', '.join(fitting) or 'this network has none'}."
        )
    return known[layer_name].output
