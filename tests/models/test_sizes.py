"""What a network takes, told from its configuration, against the network that Keras builds."""

import json
from math import prod

import keras
import pytest
from keras import layers
from keras_corpus import layer, sequential

from explorer.models.sizes import Sizes, _follow, check_sizes

MANY = 10**12


def straight():
    return keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.SeparableConv2D(4, 3),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(5),
        ]
    )


def shared():
    images = keras.Input((16, 16, 3))
    twice = layers.Conv2D(3, 3, padding="same")
    both = layers.Add()([twice(images), twice(twice(images))])
    return keras.Model(images, layers.Dense(2)(layers.GlobalAveragePooling2D()(both)))


def nested():
    inner = shared()
    images = keras.Input((16, 16, 3))
    scores = layers.Concatenate()([inner(images), inner(layers.ReLU()(images))])
    return keras.Model(images, layers.Dense(7)(scores))


def any_size():
    images = keras.Input((None, None, 3))
    return keras.Model(images, layers.GlobalMaxPooling2D()(layers.Conv2D(4, 3)(images)))


def saved(model):
    return json.loads(model.to_json())


@pytest.mark.parametrize("make", [straight, shared, nested, any_size])
def test_parameters_are_those_that_keras_trains(make):
    model = make()
    trained = sum(prod(weights.shape) for weights in model.trainable_weights)
    assert check_sizes(saved(model), most_parameters=MANY) == trained
    with pytest.raises(ValueError, match=f"has {trained:,} parameters"):
        check_sizes(saved(model), most_parameters=trained - 1)


@pytest.mark.parametrize(("make", "shape"), [(straight, (5,)), (nested, (7,)), (any_size, (4,))])
def test_shapes_are_followed_to_the_end(make, shape):
    assert _follow(saved(make()), None, Sizes()) == shape


def test_what_every_layer_puts_out_is_summed():
    sizes = Sizes()
    _follow(saved(straight()), None, sizes)
    assert sizes.values == 2 * 14 * 14 * 4 + 7 * 7 * 4 + 7 * 7 * 4 + 5


def test_behind_what_cannot_be_told_nothing_is_refused():
    images = keras.Input((16, 16, 3))
    model = keras.Model(images, layers.Dense(10)(layers.Flatten()(images[:, :4])))
    told = check_sizes(saved(model), most_parameters=MANY)
    assert told == model.count_params()  # by the shape that the layer says it was built for
    without = json.loads(json.dumps(saved(model)).replace('"build_config"', '"other"'))
    assert check_sizes(without, most_parameters=1) == 0


@pytest.mark.parametrize("padding", [-3, 1.5, "x", None, [[1]], {}])
def test_settings_that_make_no_sense_are_left_to_keras(padding):
    odd = sequential(layer("ZeroPadding2D", padding=padding), layer("Dense", units=10**6))
    assert check_sizes(odd, most_parameters=MANY) in (0, 4 * 10**6)
