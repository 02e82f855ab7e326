import itertools

import keras
import numpy as np
import pytest

from explorer.training.lengths import steps_per_epoch
from explorer.training.pipeline import (
    GREY,
    augmented,
    batch_indices,
    learning_rate,
    make_optimizer,
    training_batches,
    validation_batches,
)
from explorer.training.spec import OPTIMIZERS, TrainingSpec

INDICES = np.arange(3, 24)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def labels():
    return np.arange(30)


def take(dataset, count):
    return [(np.array(batch), np.array(labels)) for batch, labels in dataset.take(count)]


def equal(first, second):
    return all(np.array_equal(a, b) for a, b in zip(_flat(first), _flat(second), strict=True))


def _flat(batches):
    return [array for batch in batches for array in batch]


@pytest.mark.parametrize("augment", [False, True])
@pytest.mark.parametrize("start_step", [1, 3, 4, 10])
def test_batches_from_a_step_on_are_the_tail_of_all_batches(images, labels, augment, start_step):
    options = {"batch_size": 6, "seed": 1, "augment": augment}
    whole = take(training_batches(images, labels, INDICES, **options), 12)
    tail = take(
        training_batches(images, labels, INDICES, start_step=start_step, **options),
        12 - start_step,
    )
    assert equal(whole[start_step:], tail)


def test_an_epoch_holds_every_training_image_once(images, labels):
    steps = steps_per_epoch(len(INDICES), 6)
    epoch = take(training_batches(images, labels, INDICES, batch_size=6, seed=0), steps)
    assert sorted(np.concatenate([labels for _, labels in epoch])) == INDICES.tolist()
    assert all(np.array_equal(batch, images[labels]) for batch, labels in epoch)


def test_every_epoch_and_every_seed_has_its_own_order():
    def order(seed, epoch):
        steps = itertools.islice(batch_indices(INDICES, 7, seed, 3 * epoch), 3)
        return tuple(np.concatenate([chosen for _, chosen in steps]))

    assert len({order(seed, epoch) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_batches_keep_the_pixel_range_and_the_shape_when_augmented(images, labels):
    dataset = training_batches(images, labels, INDICES, batch_size=7, seed=0, augment=True)
    batch, batch_labels = take(dataset, 1)[0]
    assert batch.shape == (7, 8, 8, 1)
    assert batch.dtype == np.float32
    assert batch.min() >= 0
    assert batch.max() <= 255
    assert not np.array_equal(batch, images[batch_labels])


def test_augmentation_treats_every_image_differently_and_depends_on_the_seed(images):
    same = np.repeat(images[:1], 6, axis=0).astype(np.float32)
    first, again, other = (np.array(augmented(same, seed)) for seed in ((1, 2), (1, 2), (1, 3)))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(np.unique(first.reshape(6, -1), axis=0)) == 6


def test_augmentation_keeps_an_image_recognisable():
    centred = np.zeros((64, 16, 16, 1), np.float32)
    centred[:, 4:12, 4:12] = 255
    moved = np.array(augmented(centred, (0, 0)))
    erased = moved == GREY
    assert np.all((moved > 128) | erased, where=_middle(moved))
    assert np.all((moved < 128) | erased, where=_corner(moved))


def _middle(images):
    found = np.zeros_like(images, bool)
    found[:, 7:9, 7:9] = True
    return found


def _corner(images):
    found = np.zeros_like(images, bool)
    found[:, 0, 0] = True
    return found


def test_one_square_is_erased_of_an_image_and_less_at_less_strength():
    white = np.full((200, 20, 20, 1), 255, np.float32)
    for strength, side in ((0.0, 0), (0.5, 4), (1.0, 8)):
        grey = np.array(augmented(white, (0, 0), strength))[..., 0] == GREY
        assert grey.any(axis=2).sum(axis=1).max() == side
        assert grey.any(axis=1).sum(axis=1).max() == side
        filled = grey.any(axis=2)[:, :, None] & grey.any(axis=1)[:, None, :]
        assert np.array_equal(grey, filled)


def test_augmentation_flips_about_half_of_the_images():
    left = np.zeros((200, 16, 16, 1), np.float32)
    left[:, :, :8] = 255
    moved = np.array(augmented(left, (0, 0)))
    flipped = (moved[:, :, 12:].mean(axis=(1, 2, 3)) > 128).mean()
    assert 0.35 < flipped < 0.65


def test_validation_shows_every_image_once_in_order_and_untouched(images, labels):
    batches = list(validation_batches(images, labels, INDICES, batch_size=8))
    assert np.concatenate([np.array(labels) for _, labels in batches]).tolist() == INDICES.tolist()
    shown = np.concatenate([np.array(batch) for batch, _ in batches])
    assert np.array_equal(shown, images[INDICES])


def test_a_constant_rate_is_the_rate():
    assert learning_rate(TrainingSpec(learning_rate=0.3), 100) == 0.3


def test_a_whole_number_is_a_rate():
    optimizer = make_optimizer(TrainingSpec(learning_rate=2), 100)
    assert float(optimizer.learning_rate) == 2


@pytest.mark.parametrize("epochs", [1, 2, 10])
def test_the_cosine_rises_to_the_full_rate_and_falls_to_zero(epochs):
    spec = TrainingSpec(learning_rate=0.3, schedule="cosine", epochs=epochs)
    schedule = learning_rate(spec, 10 * epochs)
    rates = np.array([float(schedule(step)) for step in range(10 * epochs + 1)])
    peak = rates.argmax()
    assert 0 < rates[0] < 0.3
    assert rates[peak] == pytest.approx(0.3)
    assert peak == max(1, 10 * epochs // max(epochs, 5))
    assert (np.diff(rates)[peak:] <= 0).all()
    assert rates[-1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss(name):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    spec = TrainingSpec(optimizer=name, learning_rate=0.05)
    model.compile(make_optimizer(spec, 30), "mse")
    inputs, targets = np.eye(2), np.array([[1.0], [-1.0]])
    losses = model.fit(inputs, targets, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_weight_decay_spares_biases_and_normalisation():
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    )
    optimizer = make_optimizer(TrainingSpec(optimizer="adamw"), 10)
    optimizer.build(model.trainable_variables)
    decayed = [
        variable.name
        for variable in model.trainable_variables
        if optimizer._use_weight_decay(variable)
    ]
    assert decayed == ["kernel"]


def test_fit_and_evaluate_take_the_batches_without_a_warning(images, labels):
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(30)]
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(
        training_batches(images, labels, INDICES, batch_size=7, seed=0),
        validation_data=validation_batches(images, labels, INDICES, batch_size=8),
        steps_per_epoch=3,
        epochs=2,
        shuffle=False,
        verbose=0,
    )
    assert int(model.optimizer.iterations) == 6
