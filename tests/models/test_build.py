import itertools

import keras
import numpy as np
import pytest

from explorer.models.architectures import ARCHITECTURES, Network, layer_table
from explorer.models.build import build

GRID = list(itertools.product([(8, 1), (19, 3), (49, 1)], [1, 6], [1, 2, 5], [1, 3], [0.0, 0.4]))


def weights(model):
    return {variable.path: variable.numpy() for variable in model.variables}


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize(("image", "filters", "kernel_size", "depth", "dropout"), GRID)
def test_the_layer_table_equals_what_keras_builds(
    name, image, filters, kernel_size, depth, dropout
):
    network = Network(name, *image, 5, filters, kernel_size, depth, dropout)
    built = build(network, seed=0).layers[1:]
    table = layer_table(network)
    assert [row["name"] for row in table] == [layer.name for layer in built]
    assert [row["output_shape"] for row in table] == [layer.output.shape[1:] for layer in built]
    assert [row["parameters"] for row in table] == [
        layer.count_params() if layer.name != "dropout_1" else 0 for layer in built
    ]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_equal_seeds_give_equal_weights_whatever_the_global_state(name):
    network = Network(name, 8, 1, 3, filters=4, depth=2, dropout=0.5)
    keras.utils.set_random_seed(1)
    first = weights(build(network, seed=5))
    keras.utils.set_random_seed(2)
    second = weights(build(network, seed=5))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[path], second[path]) for path in first)


def test_another_seed_gives_other_weights_in_every_kernel():
    network = Network("compact", 8, 1, 3, filters=4, depth=2)
    first, second = weights(build(network, seed=5)), weights(build(network, seed=6))
    kernels = [path for path in first if path.endswith("kernel")]
    assert kernels
    assert not any(np.array_equal(first[path], second[path]) for path in kernels)


def test_the_model_takes_raw_pixels_and_rescales_them_to_minus_one_to_one():
    model = build(Network("article", 8, 1, 2, filters=2, depth=1), seed=0)
    pixels = np.array([0.0, 127.5, 255.0]).reshape(3, 1, 1, 1) * np.ones((3, 8, 8, 1))
    scaled = np.array(model.get_layer("rescale")(pixels))
    assert scaled[:, 0, 0, 0].tolist() == [-1.0, 0.0, 1.0]


def test_the_model_returns_logits_not_probabilities():
    model = build(Network("dense", 8, 3, 4, filters=8, depth=1), seed=0)
    logits = np.array(model(np.full((2, 8, 8, 3), 200.0)))
    assert logits.shape == (2, 4)
    assert not np.allclose(logits.sum(axis=1), 1.0)


def test_dropout_drops_the_same_units_for_equal_seeds():
    network = Network("dense", 8, 1, 3, filters=32, depth=1, dropout=0.5)
    images = np.full((1, 8, 8, 1), 200.0)
    first, second = (np.array(build(network, seed=3)(images, training=True)) for _ in range(2))
    assert np.array_equal(first, second)
