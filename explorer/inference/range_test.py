"""The learning rate range test of a training: raised at every step, from several starts.

Loads TensorFlow. What the curves mean is in `explorer.analysis.range_test`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from explorer import data, runs
from explorer.analysis.range_test import NUM_SEEDS, RangeTest, has_diverged, raised_rates
from explorer.inference import range_results
from explorer.inference.unseen import own_images
from explorer.models.architectures import Network
from explorer.models.build import build
from explorer.training.networks import check_prepared, network_for
from explorer.training.pipeline import make_optimizer, training_batches
from explorer.training.spec import TrainingSpec

Tell = Callable[[float, str], None]
PREPARING_SHARE = 0.1


def range_test(
    progress: Tell, *, run: str | None = None, spec: dict | None = None
) -> dict[str, np.ndarray]:
    """Test the learning rates of a training, or return what was found before.

    Args:
        progress: Called with the share done and words.
        run: Folder of a run; its training is tested, as if it began anew.
        spec: Else the settings of a training, from `TrainingSpec.to_dict`.

    Returns:
        See `RangeTest`.

    Raises:
        RunError: The run was recorded by a script of its own.
        ValueError: The images cannot be used, or the network does not fit them.
    """
    opened = None if run is None else runs.open_run(run)
    if opened is not None:
        check_prepared(opened)
    training = TrainingSpec.from_dict(spec if opened is None else opened.spec)
    images, split = _images(opened, training, progress)
    folder = None if opened is None else opened.folder
    key = range_results.key_of(training, images.fingerprint)
    found = range_results.look_up(folder, key)
    if found is None:
        found = made(training, images, split.train, progress)
        range_results.keep(folder, key, found)
    return found.to_arrays()


def made(spec: TrainingSpec, images: data.ImageSet, chosen: np.ndarray, tell: Tell) -> RangeTest:
    """Raise the learning rate from several starts.

    Args:
        spec: The training.
        images: Its images.
        chosen: Which of them are trained on. (training images,)
        tell: Called with the share done and words.
    """
    rates = raised_rates()
    seeds = (spec.seed + np.arange(NUM_SEEDS)) % 2**31
    losses, taken = np.full((NUM_SEEDS, len(rates)), np.nan), np.zeros(NUM_SEEDS, int)
    for place, seed in enumerate(seeds.tolist()):
        for step, loss in enumerate(raised(replace(spec, seed=seed), images, chosen, rates)):
            losses[place, step] = loss
            share = (place + (step + 1) / len(rates)) / NUM_SEEDS
            words = f"Start {place + 1} of {NUM_SEEDS}, learning rate {rates[step]:.2g}"
            tell(PREPARING_SHARE + (1 - PREPARING_SHARE) * share, words)
            taken[place] = step + 1
    return RangeTest(rates, losses, taken, seeds)


def raised(
    spec: TrainingSpec, images: data.ImageSet, chosen: np.ndarray, rates: np.ndarray
) -> Iterator[float]:
    """Yield the loss of every step, each with a larger rate than the one before, until it diverges.

    Weights, the optimiser's state, statistics of normalisation and dropout are those of a training
    that has not begun; batches are those of its first steps.

    Args:
        spec: The training.
        images: Its images.
        chosen: Which of them are trained on. (training images,)
        rates: (steps,)
    """
    take_step, optimizer = _training_step(spec, _network(spec, images))
    batches = training_batches(
        images.images,
        images.labels,
        chosen,
        batch_size=spec.batch_size,
        seed=spec.seed,
        augment=spec.augment,
        augment_strength=spec.augment_strength,
    )
    losses = []
    for rate, (batch, labels) in zip(rates.tolist(), batches, strict=False):
        optimizer.learning_rate = rate
        losses.append(float(take_step(batch, labels)))
        yield losses[-1]
        if has_diverged(losses):
            return


def _network(spec, images) -> Network:
    _, image_size, _, channels = images.images.shape
    return network_for(
        spec, image_size=image_size, channels=channels, num_classes=len(images.class_names)
    )


def _training_step(spec, network):
    """Return a fresh network's training step, as Keras' `fit` takes it, and its optimiser."""
    model = build(network, seed=spec.seed)
    optimizer = make_optimizer(replace(spec, schedule="constant"), 1)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function(reduce_retracing=True, autograph=False)
    def take_step(batch, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(batch, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    return take_step, optimizer


def _images(run, spec, tell) -> tuple[data.ImageSet, data.Split]:
    """Open the images and their split, preparing them where they are not at hand."""
    if run is not None:
        own = own_images(run, tell)
        return own.images, own.split
    tell(0.0, "Preparing the images")
    options = {"image_size": spec.image_size, "color": spec.color, "fit": spec.fit}
    for item in data.read(spec.data, groups=spec.groups, **options):
        if isinstance(item, data.Progress):
            share = item.done / item.total if item.total else 0.0
            tell(PREPARING_SHARE * min(share, 1.0), item.what)
    return item, item.split(validation_share=spec.validation_share, seed=spec.seed)
