"""Shapes and parameters as they are told without Keras, against what Keras makes of them."""

from math import prod

import keras
import pytest
from keras import layers

from explorer.models.allowed import LAYERS
from explorer.models.shapes import num_parameters, output_shape

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


def test_what_is_not_known_is_left_open():
    assert output_shape("GetItem", {}, [SHAPE]) is None
    assert output_shape("Flatten", {}, [None]) is None
    assert output_shape("Flatten", {}, []) is None
    assert output_shape("MaxPooling2D", {"data_format": "channels_first"}, [SHAPE]) is None
    assert num_parameters("Dense", {"units": 5}, None) == 0


def test_every_layer_on_the_list_has_a_rule():
    for name in LAYERS - {"InputLayer"}:
        config = getattr(layers, name)(**ARGUMENTS.get(name, {})).get_config()
        assert output_shape(name, config, [SHAPE]) is not None, name


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
