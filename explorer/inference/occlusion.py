"""How much the answer suffers when a part of the image is hidden. Loads TensorFlow."""

from collections.abc import Callable, Sequence
from itertools import product

import keras
import numpy as np
import tensorflow as tf

from explorer.inference.gradcam import checked_classes
from explorer.inference.programs import batches, compiled, whole

Tell = Callable[[float], None]


def occlusion(
    model: keras.Model,
    images: np.ndarray,
    classes: Sequence[int],
    *,
    patch: int,
    stride: int,
    fill: Sequence[float],
    tell: Tell = lambda share: None,
) -> np.ndarray:
    """Return how much of a class's probability is lost where the image is hidden.

    Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014. A
    pixel gets the mean loss over all places of the patch that hide it.

    Args:
        model: From images to logits.
        images: Values 0 to 255. (images, height, width, channels)
        classes: The class asked about, for every image. (images,)
        patch: Width and height of what is hidden, in pixels.
        stride: Pixels from one place of the patch to the next, at most half the patch.
        fill: What the patch is filled with; the mean of the data hides best, while black may
            look like something. (channels,)
        tell: Called with the share done.

    Returns:
        Above 0 where hiding costs probability, below 0 where it helps. (images, height, width)

    Raises:
        ValueError: The patch does not fit the image, or its places leave gaps.
    """
    images = np.asarray(images, np.float32)
    classes = checked_classes(model, images, classes)
    places = _places(images.shape[1:3], patch, stride)
    program = compiled(model, "probabilities", _program)
    maps = []
    for number, image in enumerate(images):
        chosen = int(classes[number])
        whole_share = np.asarray(program(image[None]))[0, chosen]
        shares = np.empty(len(places), np.float32)
        for k in batches(model, np.broadcast_to(image, (len(places), *image.shape))):
            tell((number + k.start / len(places)) / len(images))
            shares[k] = np.asarray(program(_hidden(image, places[k], patch, fill)))[:, chosen]
        maps.append(_spread(whole_share - shares, places, patch, image.shape[:2]))
    return np.stack(maps)


def patch_and_stride(image_size: int, share: float) -> tuple[int, int]:
    """Return a patch that is this share of the image's width, and half of it as the stride."""
    patch = max(2, round(image_size * share))
    return min(patch, image_size), max(1, min(patch, image_size) // 2)


def _places(size, patch, stride):
    """List the top left corners of the patch; the last ones end with the image."""
    if not 1 <= patch <= min(size) or not 1 <= stride <= max(1, patch // 2):
        raise ValueError(
            f"A patch of {patch} pixels and a stride of {stride} do not suit an image of {size}: "
            "the patch must fit in, and the stride be at least 1 and at most half the patch."
        )
    axes = [sorted({*range(0, length - patch, stride), length - patch}) for length in size]
    return list(product(*axes))


def _hidden(image, places, patch, fill):
    copies = np.repeat(image[None], len(places), axis=0)
    for copy, (top, left) in zip(copies, places, strict=True):
        copy[top : top + patch, left : left + patch] = np.asarray(fill, np.float32)
    return copies


def _spread(losses, places, patch, size):
    """Give every pixel the mean loss of the places that hide it."""
    total, times = np.zeros(size), np.zeros(size)
    for loss, (top, left) in zip(losses, places, strict=True):
        total[top : top + patch, left : left + patch] += loss
        times[top : top + patch, left : left + patch] += 1
    return (total / times).astype(np.float32)


def _program(model):
    network = whole(model)
    image = tf.TensorSpec((None, *model.inputs[0].shape[1:]), tf.float32)

    @tf.function(input_signature=[image], autograph=False)
    def probabilities(images):
        return tf.nn.softmax(network(images, training=False))

    return probabilities
