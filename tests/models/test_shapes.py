"""Shapes and parameters as they are told without Keras, against what Keras makes of them."""

from math import prod

import keras
import pytest
from keras import layers

from explorer.models.allowed import LAYERS
from explorer.models.costs import num_parameters
from explorer.models.lengths import Untold
from explorer.models.shapes import SPATIAL, output_shape

SHAPE = (9, 7, 4)
MADE = [
    layers.Conv2D(6, 3),
    layers.Conv2D(6, (3, 2), strides=2, padding="same", groups=2, use_bias=False),
    layers.Conv2D(6, (2, 3), dilation_rate=(3, 2)),
    layers.DepthwiseConv2D(3, depth_multiplier=3),
    layers.DepthwiseConv2D(2, strides=2, padding="same", use_bias=False),
    layers.SeparableConv2D(5, 3, depth_multiplier=2),
    layers.Conv2DTranspose(5, 3, strides=2),
    layers.Conv2DTranspose(5, 3, strides=2, padding="same", use_bias=False),
    layers.Conv2DTranspose(5, 1, strides=3),
    layers.Conv2DTranspose(5, 3, strides=3, output_padding=2),
    layers.Conv2DTranspose(5, (3, 4), strides=3, padding="same", output_padding=1),
    layers.Conv2DTranspose(5, 3, dilation_rate=2),
    layers.Dense(3, activation=layers.LeakyReLU()),
    layers.Dense(11),
    layers.Dense(11, use_bias=False),
    layers.MaxPooling2D(2),
    layers.MaxPooling2D(3, strides=2, padding="same"),
    layers.AveragePooling2D((2, 3), strides=1),
    layers.GlobalAveragePooling2D(),
    layers.GlobalMaxPooling2D(keepdims=True),
    layers.ZeroPadding2D(3),
    layers.ZeroPadding2D((1, 2)),
    layers.ZeroPadding2D(((1, 2), (0, 5))),
    layers.Cropping2D(((1, 2), (0, 3))),
    layers.UpSampling2D((2, 3)),
    layers.Resizing(5, 6),
    layers.CenterCrop(5, 6),
    layers.RandomCrop(5, 6),
    layers.Flatten(),
    layers.Reshape((4, -1)),
    layers.Permute((3, 1, 2)),
    layers.PReLU(),
    layers.PReLU(shared_axes=[1, 2]),
    layers.BatchNormalization(),
    layers.BatchNormalization(scale=False),
    layers.LayerNormalization(),
    layers.LayerNormalization(axis=[1, 3], center=False),
    layers.GroupNormalization(2),
    layers.Rescaling(2.0),
    layers.Activation("relu"),
    layers.ReLU(),
    layers.LeakyReLU(),
    layers.ELU(),
    layers.Softmax(),
    layers.Dropout(0.5),
    layers.SpatialDropout2D(0.5),
    layers.GaussianNoise(1.0),
    layers.RandomFlip(),
    layers.RandomRotation(0.1),
    layers.Identity(),
    layers.UnitNormalization(),
    layers.Rescaling([0.1, 0.2, 0.3, 0.4], offset=[1.0]),
    layers.Dropout(0.5, noise_shape=(None, 1, 1, None)),
]


def settings(layer):
    return type(layer).__name__, layer.get_config()


@pytest.mark.parametrize("layer", MADE, ids=lambda layer: layer.name)
def test_a_layer_makes_the_shape_and_keeps_the_parameters_that_keras_says(layer):
    name, config = settings(layer)
    made = layer(keras.Input(SHAPE))
    assert output_shape(name, config, [SHAPE]) == made.shape[1:]
    trainable = sum(prod(weights.shape) for weights in layer.trainable_weights)
    assert num_parameters(name, config, SHAPE) == trainable


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (layers.Add(), [(9, 7, 4), (1, 1, 4)]),
        (layers.Multiply(), [(1, 7, 1), (9, 1, 4), (9, 7, 4)]),
        (layers.Concatenate(), [(9, 7, 4), (9, 7, 5)]),
        (layers.Concatenate(axis=1), [(2, 7, 4), (9, 7, 4)]),
    ],
    ids=["add", "multiply", "join channels", "join heights"],
)
def test_layers_of_several_inputs_make_the_shape_that_keras_says(layer, shapes):
    made = layer([keras.Input(shape) for shape in shapes])
    assert output_shape(*settings(layer), shapes) == made.shape[1:]


def test_one_number_means_both_directions():
    assert output_shape("ZeroPadding2D", {"padding": 30_000}, [SHAPE]) == (60_009, 60_007, 4)
    assert output_shape("UpSampling2D", {"size": 300}, [SHAPE]) == (2700, 2100, 4)
    assert num_parameters("Conv2D", {"kernel_size": 3, "filters": 2}, SHAPE) == 74


FIRST = (4, 9, 7)  # the same image with its channels first
CHANNELS_FIRST = [
    layers.Conv2D(6, 3, data_format="channels_first"),
    layers.Conv2DTranspose(6, 3, strides=2, data_format="channels_first"),
    layers.SeparableConv2D(6, 3, data_format="channels_first"),
    layers.DepthwiseConv2D(2, depth_multiplier=3, data_format="channels_first"),
    layers.MaxPooling2D(3, strides=2, padding="same", data_format="channels_first"),
    layers.GlobalMaxPooling2D(keepdims=True, data_format="channels_first"),
    layers.GlobalAveragePooling2D(data_format="channels_first"),
    layers.ZeroPadding2D((1, 2), data_format="channels_first"),
    layers.Cropping2D(((1, 2), (0, 3)), data_format="channels_first"),
    layers.UpSampling2D((2, 3), data_format="channels_first"),
    layers.Resizing(5, 6, data_format="channels_first"),
    layers.CenterCrop(5, 6, data_format="channels_first"),
    layers.Flatten(data_format="channels_first"),
]


@pytest.mark.parametrize("layer", CHANNELS_FIRST, ids=lambda layer: layer.name)
def test_channels_may_come_first(layer):
    name, config = settings(layer)
    made = layer.compute_output_shape((None, *FIRST))
    assert output_shape(name, config, [FIRST]) == tuple(made[1:])
    layer.build((None, *FIRST))
    trainable = sum(prod(weights.shape) for weights in layer.trainable_weights)
    assert num_parameters(name, config, FIRST) == trainable


@pytest.mark.parametrize(
    ("name", "config", "shapes", "why"),
    [
        ("Flatten", {}, [], None),
        ("Strange", {}, [SHAPE], None),
        ("MaxPooling2D", {"pool_size": 2, "data_format": "Channels_First"}, [SHAPE], "format"),
        ("MaxPooling2D", {"pool_size": 2, "padding": "SAME"}, [SHAPE], "padding"),
        ("MaxPooling2D", {"pool_size": 20}, [SHAPE], "nothing"),
        ("MaxPooling2D", {"pool_size": 2, "strides": -1}, [SHAPE], "not above 0"),
        ("Resizing", {"height": 9, "width": 9}, [(8, 8)], "three axes"),
        ("Concatenate", {"axis": 0}, [SHAPE, SHAPE], "batch"),
        ("Concatenate", {"axis": 3}, [SHAPE, (9, 8, 4)], "do not fit"),
        ("Add", {}, [SHAPE, (9, 7, 5)], "do not fit"),
        ("Permute", {"dims": [1, 1, 1]}, [SHAPE], "each named once"),
        ("Reshape", {"target_shape": [5, -1]}, [SHAPE], "does not fit"),
        ("Reshape", {"target_shape": [-1, -1]}, [SHAPE], "does not fit"),
        ("Reshape", {"target_shape": ["x", 10**6, 10**6]}, [SHAPE], "whole number"),
        ("Reshape", {"target_shape": [1] * 9}, [SHAPE], "more than 8"),
        ("Dense", {"units": 2.5}, [SHAPE], "whole number"),
        ("Rescaling", {"scale": [1.0] * 5}, [(9, 7, 1)], "one a channel"),
        ("Rescaling", {"scale": 1.0, "offset": [[[1.0]] * 5]}, [(9, 7, 1)], "one a channel"),
        ("Dropout", {"noise_shape": [None, 10**6, 1, 1]}, [SHAPE], "shape of its own"),
    ],
)
def test_what_cannot_be_told_is_said(name, config, shapes, why):
    with pytest.raises(Untold, match=why):
        output_shape(name, config, shapes)


def test_layers_that_take_images_are_known():
    for name in LAYERS - {"InputLayer", "Flatten"}:
        config = getattr(layers, name)(**ARGUMENTS.get(name, {})).get_config()
        assert ("data_format" in config) <= (name in SPATIAL | {"SpatialDropout2D"} | RANDOM), name


RANDOM = {name for name in LAYERS if name.startswith("Random")}


def test_every_layer_on_the_list_has_a_rule():
    for name in LAYERS - {"InputLayer"}:
        config = getattr(layers, name)(**ARGUMENTS.get(name, {})).get_config()
        assert output_shape(name, config, [SHAPE]), name


ARGUMENTS = {
    "Conv2D": {"filters": 2, "kernel_size": 3},
    "AveragePooling2D": {"pool_size": 2},
    "DepthwiseConv2D": {"kernel_size": 3},
    "SeparableConv2D": {"filters": 2, "kernel_size": 3},
    "Conv2DTranspose": {"filters": 2, "kernel_size": 3},
    "Dense": {"units": 2},
    "Rescaling": {"scale": 2.0},
    "Activation": {"activation": "relu"},
    "Dropout": {"rate": 0.5},
    "SpatialDropout2D": {"rate": 0.5},
    "AlphaDropout": {"rate": 0.5},
    "GaussianDropout": {"rate": 0.5},
    "GaussianNoise": {"stddev": 0.5},
    "Reshape": {"target_shape": (-1,)},
    "Permute": {"dims": (2, 1, 3)},
    "Resizing": {"height": 2, "width": 2},
    "CenterCrop": {"height": 2, "width": 2},
    "RandomCrop": {"height": 2, "width": 2},
    "RandomRotation": {"factor": 0.1},
    "RandomZoom": {"height_factor": 0.1},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomContrast": {"factor": 0.1},
    "RandomBrightness": {"factor": 0.1},
    "GroupNormalization": {"groups": 2},
}
