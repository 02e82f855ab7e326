"""Which pixels a class's score is sensitive to: three methods of gradients. Loads TensorFlow.

All of them take the gradient of the score before softmax. Guided backpropagation is left out: it
draws the image's edges whatever the network has learned (Adebayo et al., "Sanity checks for
saliency maps", 2018).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageFilter

from explorer.inference.gradcam import checked_classes
from explorer.inference.programs import batches, compiled, whole

NOISE, SAMPLES, STEPS = 0.15, 50, 50
BASELINES = ("black", "grey", "blurred")
MID_GREY = 127.5
BLUR_SHARE = 1 / 6  # of the width: shapes vanish, colours stay

Tell = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Integrated:
    """Integrated gradients of some images.

    Args:
        maps: What every pixel adds to the score. (images, height, width)
        totals: Sum of each map. (images,)
        rises: Score of the image less that of its baseline, what the sum should be. (images,)
    """

    maps: np.ndarray
    totals: np.ndarray
    rises: np.ndarray


def saliency(model: keras.Model, images: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """Return the size of the gradient at every pixel, the largest over the colour channels.

    Source: Simonyan et al., "Deep inside convolutional networks", 2014.

    Args:
        model: From images to logits.
        images: Values 0 to 255. (images, height, width, channels)
        classes: The class asked about, for every image. (images,)

    Returns:
        Change of the score by a grey level, at least 0. (images, height, width) float32
    """
    images, classes, program = _prepared(model, images, classes)
    found = [np.asarray(program(images[k], classes[k])[1]) for k in batches(model, images)]
    return np.abs(np.concatenate(found)).max(axis=-1)


def smooth_grad(
    model: keras.Model,
    images: np.ndarray,
    classes: Sequence[int],
    *,
    noise: float = NOISE,
    samples: int = SAMPLES,
    seed: int = 0,
    tell: Tell = lambda share: None,
) -> np.ndarray:
    """Return the saliency of the mean gradient of noisy copies of the image.

    Source: Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017. The gradients are
    averaged with their signs; their squares are not taken, which would be another method.

    Args:
        model: From images to logits.
        images: Values 0 to 255. (images, height, width, channels)
        classes: The class asked about, for every image. (images,)
        noise: Standard deviation of the noise, as a share of the image's own range of values.
        samples: Number of copies of each image.
        seed: Decides the noise, the same for every image.
        tell: Called with the share done.

    Returns:
        Change of the score by a grey level, at least 0. (images, height, width) float32
    """
    images, classes, _ = _prepared(model, images, classes)
    pattern = np.random.default_rng(seed).normal(size=(samples, *images.shape[1:]))
    maps = []
    for place, image in enumerate(images):
        copies = (image + noise * np.ptp(image) * pattern).astype(np.float32)
        tell_own = _part(tell, place, len(images))
        mean = _mean_gradient(model, copies, classes[place], tell_own)
        maps.append(np.abs(mean).max(axis=-1))
    return np.stack(maps)


def integrated_gradients(
    model: keras.Model,
    images: np.ndarray,
    classes: Sequence[int],
    baselines: np.ndarray,
    *,
    steps: int = STEPS,
    tell: Tell = lambda share: None,
) -> Integrated:
    """Share the rise of the score from a baseline to the image out among the pixels.

    Source: Sundararajan et al., "Axiomatic attribution for deep networks", 2017. The integral is
    a sum at the middles of equal steps, so the maps add up to the rise only nearly: show the gap.

    Args:
        model: From images to logits.
        images: Values 0 to 255. (images, height, width, channels)
        classes: The class asked about, for every image. (images,)
        baselines: What each image is compared with, see `baseline`. Like `images`
        steps: Number of images between baseline and image at which the gradient is taken.
        tell: Called with the share done.
    """
    images, classes, program = _prepared(model, images, classes)
    baselines = np.asarray(baselines, np.float32)
    shares = ((np.arange(steps) + 0.5) / steps).reshape(-1, 1, 1, 1).astype(np.float32)
    maps = []
    for place, (image, start) in enumerate(zip(images, baselines, strict=True)):
        copies = start + shares * (image - start)
        tell_own = _part(tell, place, len(images))
        mean = _mean_gradient(model, copies, classes[place], tell_own)
        maps.append(((image - start) * mean).sum(axis=-1))
    rises = [
        np.subtract(*(np.asarray(program(some[k], classes[k])[0]) for some in (images, baselines)))
        for k in batches(model, images)
    ]
    totals = np.array([one.sum(dtype=np.float64) for one in maps])
    return Integrated(np.stack(maps), totals, np.concatenate(rises).astype(np.float64))


def baseline(images: np.ndarray, kind: str) -> np.ndarray:
    """Return what integrated gradients compare images with.

    Args:
        images: Values 0 to 255. (images, height, width, channels)
        kind: `"black"`, `"grey"` (the middle of the range) or `"blurred"`, the image itself
            without its shapes.

    Raises:
        ValueError: There is no such baseline.
    """
    if kind not in BASELINES:
        raise ValueError(f"The baseline is {kind!r}; choose one of {', '.join(BASELINES)}.")
    if kind == "blurred":
        return np.stack([_blurred(image) for image in images])
    return np.full_like(images, 0.0 if kind == "black" else MID_GREY, np.float32)


def _blurred(image):
    radius = BLUR_SHARE * image.shape[1]
    channels = [
        Image.fromarray(np.rint(image[..., k]).astype(np.uint8)).filter(
            ImageFilter.GaussianBlur(radius)
        )
        for k in range(image.shape[-1])
    ]
    return np.stack([np.asarray(channel, np.float32) for channel in channels], axis=-1)


def _prepared(model, images, classes):
    images = np.asarray(images, np.float32)
    classes = checked_classes(model, images, classes)
    return images, classes, compiled(model, "gradients", _program)


def _program(model):
    network = whole(model)
    image = tf.TensorSpec((None, *model.inputs[0].shape[1:]), tf.float32)

    @tf.function(input_signature=[image, tf.TensorSpec((None,), tf.int32)], autograph=False)
    def gradients(images, classes):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            scores = tf.gather(network(images, training=False), classes, batch_dims=1)
        return scores, tape.gradient(scores, images, unconnected_gradients="zero")

    return gradients


def _mean_gradient(model, copies, chosen, tell):
    """Average the gradients of one class's score over copies of one image."""
    program = compiled(model, "gradients", _program)
    total = np.zeros(copies.shape[1:], np.float64)
    for k in batches(model, copies):
        tell(k.start / len(copies))
        classes = np.full(k.stop - k.start, chosen, np.int32)
        total += np.asarray(program(copies[k], classes)[1]).sum(axis=0, dtype=np.float64)
    return (total / len(copies)).astype(np.float32)


def _part(tell, place, count):
    """Return what tells how far one image of several is."""
    return lambda share: tell((place + share) / count)
