"""What layers compute and fill for a moment, against counts made by other means."""

from math import prod

import keras
import pytest
from keras import layers

from explorer.models.costs import num_parameters, num_passing, num_products
from explorer.models.lengths import Untold

SHAPE = (9, 7, 4)


def told(rule, layer, shape=SHAPE):
    return rule(type(layer).__name__, layer.get_config(), shape)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(6, 3),
        layers.Conv2D(6, (3, 2), strides=2, padding="same", groups=2),
        layers.Conv2D(6, 3, dilation_rate=2, use_bias=False),
        layers.DepthwiseConv2D(3, depth_multiplier=3),
        layers.SeparableConv2D(5, 3, depth_multiplier=2),
        layers.Dense(11),
    ],
    ids=lambda layer: layer.name,
)
def test_every_weight_is_multiplied_at_every_place_of_the_result(layer):
    made = layer(keras.Input(SHAPE))
    weights = sum(prod(one.shape) for one in layer.weights if "bias" not in one.path)
    assert told(num_products, layer) == weights * prod(made.shape[1:3])


def test_a_transposed_convolution_multiplies_every_weight_at_every_place_it_takes():
    assert told(num_products, layers.Conv2DTranspose(5, 3, strides=4)) == 9 * 7 * 3 * 3 * 4 * 5


def test_pooling_looks_at_a_window_for_every_value():
    assert told(num_products, layers.MaxPooling2D((3, 2), strides=2)) == 4 * 3 * 4 * 6
    assert told(num_products, layers.AveragePooling2D(2, padding="same")) == 5 * 4 * 4 * 4


@pytest.mark.parametrize(
    ("layer", "number"),
    [
        (layers.Conv2D(6, 3), 0),
        (layers.Conv2D(6, 3, dilation_rate=(2, 1)), (9 + 4) * (7 + 2) * 4),
        (layers.DepthwiseConv2D(3, dilation_rate=3, padding="same"), (9 + 6) * (7 + 6) * 4),
        (layers.SeparableConv2D(5, 3, depth_multiplier=2), 7 * 5 * 8),
        (layers.Conv2DTranspose(5, 3, strides=4), 9 * 7 * 3 * 3 * 5),
        (layers.Resizing(20, 10), 0),
        (layers.Resizing(20, 10, pad_to_aspect_ratio=True), 14 * 7 * 4),
        (layers.Resizing(10, 20, pad_to_aspect_ratio=True), 9 * 18 * 4),
        (layers.Flatten(), 0),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_what_a_layer_fills_for_a_moment_is_known(layer, number):
    assert told(num_passing, layer) == number


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Conv2D", {"filters": 2, "kernel_size": 3, "groups": 3}),
        ("Conv2D", {"filters": "x" * 100, "kernel_size": 3}),
        ("Conv2D", {"filters": 2}),
        ("BatchNormalization", {"axis": 0}),
        ("BatchNormalization", {"axis": "x"}),
        ("Dense", {"units": -5}),
    ],
)
def test_what_cannot_be_counted_is_not(name, config):
    with pytest.raises(Untold):
        num_parameters(name, config, SHAPE)
