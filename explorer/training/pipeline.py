"""From uint8 images to batches and optimisers, the same bits at every step of every attempt.

The order of the images is a pure function of (seed, epoch) and what is done to them of
(seed, step). Nothing is remembered between batches, so a training can go on at any step.
"""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from explorer.training.lengths import batch_bounds
from explorer.training.spec import TrainingSpec

SHIFT = 0.10  # share of the image's side
ZOOM = 0.25  # share of the image's side
TURN = 0.15  # radians, about 9 degrees
CONTRAST = 0.35  # share of the difference to mid-grey
BRIGHTNESS = 25.0  # of 255
ERASED = 0.4  # share of the image's side
GREY = 127.5
WEIGHT_DECAY = 0.1
VALIDATION_BATCH = 256


def training_batches(
    images: np.ndarray,
    labels: np.ndarray,
    indices: np.ndarray,
    *,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    augment: bool = False,
    augment_strength: float = 1.0,
) -> tf.data.Dataset:
    """Batches from one step on, without end: whoever trains decides when to stop.

    Give `fit` `steps_per_epoch=lengths.steps_per_epoch(len(indices), batch_size)`. Batches
    of one epoch have sizes that differ by at most one, see `lengths.batch_bounds`.

    Args:
        images: All images as uint8; may be a memmap. (images, height, width, channels)
        labels: Class of every image. (images,)
        indices: Which images to train on. (training images,)
        batch_size: The largest number of images in a batch.
        seed: Decides order and augmentation.
        start_step: Weight updates already done; the first batch is the one they lead to.
        augment: Whether to flip, shift, zoom, turn and re-light the images at random.
        augment_strength: How much to zoom, turn and re-light, from 0 to 1.

    Returns:
        Pairs of float32 images with values 0 to 255, `(batch, height, width, channels)`,
        and int64 labels, `(batch,)`.
    """

    def batches():
        for step, chosen in batch_indices(indices, batch_size, seed, start_step):
            yield step, images[chosen], labels[chosen]

    def finish(step, batch, batch_labels):
        batch = tf.cast(batch, tf.float32)
        if augment:
            seeds = tf.stack([tf.constant(seed, tf.int64), step])
            batch = augmented(batch, seeds, augment_strength)
        return batch, batch_labels

    signature = (tf.TensorSpec((), tf.int64), *_signature(images))
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return _of_length(dataset.map(finish), tf.data.INFINITE_CARDINALITY)


def validation_batches(
    images: np.ndarray, labels: np.ndarray, indices: np.ndarray, *, batch_size=VALIDATION_BATCH
) -> tf.data.Dataset:
    """Every chosen image once, in the order of `indices`, as it is."""

    def batches():
        for start in range(0, len(indices), batch_size):
            chosen = indices[start : start + batch_size]
            yield images[chosen], labels[chosen]

    dataset = tf.data.Dataset.from_generator(batches, output_signature=_signature(images))
    dataset = dataset.map(lambda batch, labels: (tf.cast(batch, tf.float32), labels))
    return _of_length(dataset, -(-len(indices) // batch_size))


def batch_indices(
    indices: np.ndarray, batch_size: int, seed: int, start_step: int = 0
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield every step from `start_step` on, without end, and the images of its batch."""
    bounds = batch_bounds(len(indices), batch_size)
    step = start_step
    while True:
        epoch, first = divmod(step, len(bounds) - 1)
        order = np.random.default_rng([seed, epoch]).permutation(indices)
        for position in range(first, len(bounds) - 1):
            yield step, order[bounds[position] : bounds[position + 1]]
            step += 1


def augmented(images: tf.Tensor, seed: tf.Tensor, strength: float = 1.0) -> tf.Tensor:
    """Move and re-light every image a little, differently each; a pure function of `seed`.

    Args:
        images: Floats 0 to 255. (images, height, width, channels)
        seed: Two integers. (2,)
        strength: How much to zoom, turn, re-light and erase; 0 leaves flips and shifts.

    A grey square that hides a part of each image makes the network look at more than one part
    (T. DeVries and G. W. Taylor, Improved regularization of convolutional neural networks with
    cutout, 2017).
    """
    draws = tf.random.stateless_uniform((tf.shape(images)[0], 8), seed, -1.0, 1.0)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=_transforms(draws, tf.cast(tf.shape(images)[1], tf.float32), strength),
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
    contrast = 1.0 + strength * CONTRAST * draws[:, 6, None, None, None]
    offset = GREY * (1.0 - contrast) + strength * BRIGHTNESS * draws[:, 7, None, None, None]
    lit = tf.clip_by_value(moved * contrast + offset, 0.0, 255.0)
    return tf.where(_hidden(tf.shape(images), seed, strength), GREY, lit)


def learning_rate(
    spec: TrainingSpec, num_steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Return the rate, or its schedule over `num_steps` weight updates.

    The warm-up lasts one epoch, or a fifth of a training shorter than five epochs. It ends
    at the full rate and begins above zero, so that the first update is a true one.
    """
    if spec.schedule == "constant":
        return float(spec.learning_rate)
    warmup = max(1, num_steps // max(spec.epochs, 5))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=spec.learning_rate / (warmup + 1),
        warmup_target=spec.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(1, num_steps - warmup),
    )


def make_optimizer(spec: TrainingSpec, num_steps: int) -> keras.optimizers.Optimizer:
    """Build the optimiser of a training that takes `num_steps` weight updates in all.

    Weight decay spares biases and the scales and offsets of normalisation.
    """
    rate = learning_rate(spec, num_steps)
    if spec.optimizer == "sgd":
        return keras.optimizers.SGD(rate)
    if spec.optimizer == "momentum":
        return keras.optimizers.SGD(rate, momentum=0.9)
    if spec.optimizer == "adam":
        return keras.optimizers.Adam(rate)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _transforms(draws, size, strength):
    """Flip, zoom, turn and shift about the centre, as the eight numbers the operation takes.

    Shifts are whole pixels: an image that is neither zoomed nor turned stays sharp. The numbers
    map where a pixel goes to where it comes from: x' = a0 x + a1 y + a2, and so on.
    """
    flip = tf.where(draws[:, 0] < 0, -1.0, 1.0)
    zoom = 1.0 + strength * ZOOM * draws[:, 1]
    turn = strength * TURN * draws[:, 2]
    cosine, sine = tf.cos(turn) * zoom, tf.sin(turn) * zoom
    a0, a1, b0, b1 = flip * cosine, -flip * sine, sine, cosine
    centre = (size - 1.0) / 2.0
    a2 = centre * (1.0 - a0 - a1) + tf.round(SHIFT * size * draws[:, 3])
    b2 = centre * (1.0 - b0 - b1) + tf.round(SHIFT * size * draws[:, 4])
    nothing = tf.zeros_like(a0)
    return tf.stack([a0, a1, a2, b0, b1, b2, nothing, nothing], axis=1)


def _hidden(shape, seed, strength):
    """Choose a square in each image; it may stand out of it. (images, height, width, 1)."""
    size = tf.cast(shape[1], tf.float32)
    centres = size * tf.random.stateless_uniform(
        (shape[0], 2), tf.random.experimental.stateless_fold_in(seed, 1)
    )
    distances = tf.abs(tf.range(size)[None, :, None] + 0.5 - centres[:, None, :])
    near = distances < strength * ERASED * size / 2
    return (near[:, :, None, 0] & near[:, None, :, 1])[..., None]


def _signature(images):
    return (
        tf.TensorSpec((None, *images.shape[1:]), tf.uint8),
        tf.TensorSpec((None,), tf.int64),
    )


def _of_length(dataset, num_batches):
    """Tell Keras the length that a generator hides; without it `fit` warns.

    There is nothing to tune here, and the thread that would do it sleeps ever longer between two
    looks; now and then it misses its end, and `fit` waits for it: 20 s were seen after 1,000 steps.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(num_batches)).prefetch(2)
    return dataset.with_options(options)
