import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.models.architectures import Network
from explorer.models.build import build
from explorer.training import normalisation
from explorer.training.normalisation import SettleNormalisation, settling_images


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (96, 8, 8, 3), dtype=np.uint8)


def settled(model, images, monkeypatch):
    monkeypatch.setattr(normalisation, "BATCH", 32)
    SettleNormalisation(model, images).on_test_begin()
    return model


def norms(model):
    return [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]


def test_statistics_are_those_of_the_images_whatever_they_were_before(images, monkeypatch):
    model = build(Network("compact", 8, 3, 3, filters=4, depth=2), seed=0)
    for layer in norms(model):
        layer.moving_mean.assign(tf.fill(layer.moving_mean.shape, 7.0))
    settled(model, images, monkeypatch)
    first = norms(model)[0]
    before = keras.Model(model.inputs[0], first.input)(images.astype(np.float32)).numpy()
    assert np.allclose(first.moving_mean, before.mean(axis=(0, 1, 2)), atol=1e-5)
    assert np.allclose(first.moving_variance, before.var(axis=(0, 1, 2)), rtol=1e-4)


def test_a_network_then_answers_as_if_all_images_were_one_batch(images, monkeypatch):
    model = build(Network("compact", 8, 3, 3, filters=4, depth=1), seed=0)
    settled(model, images[:32], monkeypatch)
    floats = images[:32].astype(np.float32)
    assert np.allclose(model(floats, training=False), model(floats, training=True), atol=1e-4)


def test_weights_and_momentum_are_left_as_they_were(images, monkeypatch):
    model = build(Network("compact", 8, 3, 3, filters=4, depth=2, dropout=0.5), seed=0)
    before = [value.numpy() for value in model.trainable_variables]
    momentum = [layer.momentum for layer in norms(model)]
    generator = model.get_layer("dropout_1").seed_generator.state.numpy()
    settled(model, images, monkeypatch)
    for old, new in zip(before, model.trainable_variables, strict=True):
        assert np.array_equal(old, new)
    assert [layer.momentum for layer in norms(model)] == momentum
    assert np.array_equal(model.get_layer("dropout_1").seed_generator.state, generator)


def test_a_network_without_normalisation_is_left_alone(images, monkeypatch):
    model = build(Network("article", 8, 3, 3, filters=4, depth=2), seed=0)
    before = [value.numpy() for value in model.variables]
    settled(model, images, monkeypatch)
    assert all(np.array_equal(old, new) for old, new in zip(before, model.variables, strict=True))


@pytest.mark.parametrize(("there_are", "taken"), [(5, 5), (100, 100), (300, 256), (5000, 1024)])
def test_images_come_evenly_from_those_trained_on_in_whole_batches(there_are, taken):
    images = np.arange(2 * there_are, dtype=np.uint16)[:, None, None, None]
    chosen = settling_images(images, np.arange(1, 2 * there_are, 2)).ravel()
    assert len(chosen) == taken
    assert (chosen % 2 == 1).all()
    assert len(set(chosen.tolist())) == taken
    assert chosen[0] == 1
    assert chosen[-1] == 2 * there_are - 1
