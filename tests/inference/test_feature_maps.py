"""Feature maps against convolutions written out in NumPy, for a network small enough for it."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from explorer.inference import feature_maps as asked
from explorer.inference import given, opened
from explorer.inference.tracing_back import sees_colours

SOURCE = {"run": "small"}
SIZE = 6


@pytest.fixture
def network(monkeypatch, tmp_path, rng):
    """Return a small network of noise, open under a name of its own."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    images = keras.Input((SIZE, SIZE, 3), name="images")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(images)
    x = layers.Conv2D(4, 3, padding="valid", name="conv_1")(x)
    x = layers.BatchNormalization(name="norm_1")(x)
    x = layers.ReLU(name="relu_1")(x)
    x = layers.MaxPooling2D(2, name="pool_1")(x)
    x = layers.Conv2D(5, 3, padding="same", activation="relu", name="conv_2")(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="depth_1")(x)
    x = layers.Flatten(name="flatten")(x)
    model = keras.Model(images, layers.Dense(3, name="logits")(x))
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    one = opened.Opened("small", model, ("a", "b", "c"), SIZE, 3, "crop")
    monkeypatch.setattr(asked, "open_source", lambda source: one)
    return model


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)


def tell(share, words):
    """Listen to progress, as the server does."""


def ask(pixels, **options):
    return asked.feature_maps(tell, network=SOURCE, image=given.keep(pixels), **options)


def about(found):
    return json.loads(str(found["about"]))


def by_name(found):
    names = [layer["name"] for layer in about(found)["layers"]]
    return {name: found[f"maps_{number}"] for number, name in enumerate(names)}


def convolve(image, kernel, bias):
    """Move a window over the image: the sum of products at every place, nothing around it."""
    height, width, _, filters = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    maps = np.zeros((rows, columns, filters))
    for row in range(rows):
        for column in range(columns):
            window = image[row : row + height, column : column + width]
            maps[row, column] = np.tensordot(window, kernel, 3) + bias
    return maps


def padded(image):
    return np.pad(image, ((1, 1), (1, 1), (0, 0)))


def weights(model, name):
    return [np.asarray(one) for one in model.get_layer(name).get_weights()]


def test_maps_are_those_of_a_convolution_written_out(network, pixels):
    maps = by_name(ask(pixels))
    first = convolve(pixels / 127.5 - 1.0, *weights(network, "conv_1"))
    np.testing.assert_allclose(maps["conv_1"], first, atol=1e-4)
    second = convolve(padded(maps["pool_1"]), *weights(network, "conv_2"))
    np.testing.assert_allclose(maps["conv_2"], np.maximum(second, 0), atol=1e-3)


def test_layers_come_in_the_order_of_the_image_and_those_that_compute_nothing_are_left(
    network, pixels
):
    names = ["conv_1", "norm_1", "relu_1", "pool_1", "conv_2", "depth_1", "logits"]
    found = ask(pixels)
    assert list(by_name(found)) == names
    assert about(found)["all_layers"]["pool_1"] == [2, 2, 4]
    assert about(found)["next"] is None


def test_logits_are_those_of_the_network(network, pixels):
    expected = np.asarray(network(pixels[None].astype(np.float32)))[0]
    np.testing.assert_allclose(by_name(ask(pixels))["logits"], expected, rtol=1e-5)


def test_what_is_said_of_a_layer_is_said_of_all_its_channels(network, pixels):
    whole = by_name(ask(pixels))["conv_1"]
    found = ask(pixels, most_channels=1)
    layer = about(found)["layers"][0]
    assert by_name(found)["conv_1"].shape == (4, 4, 1)
    assert layer["shape"] == [4, 4, 4]
    assert layer["largest"] == pytest.approx(float(whole.max()))
    assert layer["lowest"] == pytest.approx(float(whole.min()))


def test_signs_are_known_from_what_a_layer_is(network, pixels):
    signed = {layer["name"]: layer["is_signed"] for layer in about(ask(pixels))["layers"]}
    assert signed == {
        "conv_1": True,
        "norm_1": True,
        "relu_1": False,
        "pool_1": False,
        "conv_2": False,
        "depth_1": True,
        "logits": True,
    }


def test_silent_and_lost_channels_are_counted(network, pixels):
    kernel, bias = weights(network, "conv_2")
    kernel[..., 0], bias[0] = 0, -1
    bias[3] = np.nan
    network.get_layer("conv_2").set_weights([kernel, bias])
    layer = next(one for one in about(ask(pixels))["layers"] if one["name"] == "conv_2")
    maps = by_name(ask(pixels))["conv_2"]
    assert layer["silent"] == np.count_nonzero((maps == 0).all(axis=(0, 1))) >= 1
    assert layer["lost"] == 1
    assert layer["largest"] == pytest.approx(float(np.nanmax(maps)))


def test_a_large_network_comes_in_parts_that_leave_nothing_out(network, pixels, monkeypatch):
    monkeypatch.setattr(asked, "MOST_VALUES", 70)
    names, first = [], 0
    while first is not None:
        found = ask(pixels, first=first)
        assert by_name(found)
        names += by_name(found)
        first = about(found)["next"]
    assert names == ["conv_1", "norm_1", "relu_1", "pool_1", "conv_2", "depth_1", "logits"]


def test_an_answer_about_a_layer_has_bounds_and_says_them(network, pixels, monkeypatch):
    whole = by_name(ask(pixels))["conv_1"]
    monkeypatch.setattr(asked, "MOST_LAYER_VALUES", 2 * whole[..., 0].size + 1)
    for options in ({}, {"layers": ["conv_1"], "most_channels": 10**6}):
        found = ask(pixels, **options)
        np.testing.assert_array_equal(by_name(found)["conv_1"], whole[..., :2])
        told = about(found)["layers"][0]
        assert (told["most_channels"], told["shape"][-1]) == (2, 4)
        assert told["largest"] == pytest.approx(float(whole.max()))
    np.testing.assert_array_equal(one_map(pixels, "conv_1", 3)["map"], whole[..., 3])


def test_a_single_map_is_always_shown(network, pixels, monkeypatch):
    monkeypatch.setattr(asked, "MOST_LAYER_VALUES", 1)
    assert by_name(ask(pixels))["conv_1"].shape == (4, 4, 1)


def test_few_shown_channels_do_not_hide_how_much_is_computed(network, pixels, monkeypatch):
    monkeypatch.setattr(asked, "MOST_COMPUTED", 4 * 4 * 4 * 2)
    found = ask(pixels, most_channels=1)
    assert list(by_name(found)) == ["conv_1", "norm_1"]
    assert about(found)["next"] == 2


def one_map(pixels, layer, channel):
    image = given.keep(pixels)
    return asked.feature_map(tell, network=SOURCE, image=image, layer=layer, channel=channel)


def test_a_map_comes_with_the_filter_that_makes_it(network, pixels):
    kernel, bias = weights(network, "conv_2")
    found = one_map(pixels, "conv_2", 3)
    np.testing.assert_array_equal(found["kernel"], kernel[..., 3])
    assert found["bias"] == bias[3]
    np.testing.assert_array_equal(found["map"], by_name(ask(pixels))["conv_2"][..., 3])


@pytest.mark.parametrize("layer", ["norm_1", "relu_1", "pool_1"])
def test_layers_that_keep_maps_apart_lead_back_to_the_convolution(network, pixels, layer):
    found = one_map(pixels, layer, 2)
    assert about(found)["filter_of"] == "conv_1"
    np.testing.assert_array_equal(found["kernel"], weights(network, "conv_1")[0][..., 2])


def through_three_channels(*first):
    """Return a network whose first and second convolution both take three channels."""
    images = keras.Input((SIZE, SIZE, 3), name="images")
    x = images
    for layer in first:
        x = layer(x)
    x = layers.Conv2D(3, 3, activation="relu", name="conv_1")(x)
    x = layers.Conv2D(4, 3, name="conv_2")(x)
    return keras.Model(images, x)


@pytest.mark.parametrize(
    "first",
    [
        [],
        [layers.Rescaling(1 / 255), layers.RandomFlip()],
        [layers.ZeroPadding2D(1), layers.Normalization(mean=[1.0] * 3, variance=[1.0] * 3)],
    ],
)
def test_only_the_filters_that_look_at_the_image_look_at_colours(first):
    model = through_three_channels(*first)
    assert sees_colours(model.get_layer("conv_1"))
    assert not sees_colours(model.get_layer("conv_2"))


@pytest.mark.parametrize(
    "first", [[layers.Permute((1, 3, 2)), layers.Permute((1, 3, 2))], [layers.Conv2D(3, 1)]]
)
def test_behind_what_may_mix_channels_there_are_no_colours(first):
    assert not sees_colours(through_three_channels(*first).get_layer("conv_1"))


def test_filters_that_take_a_part_of_the_channels_or_something_else_see_no_colours():
    images = keras.Input((SIZE, SIZE, 3))
    grouped, depthwise = layers.Conv2D(3, 1, groups=3), layers.DepthwiseConv2D(1)
    turned = layers.Conv2D(2, 1)
    keras.Model(images, [grouped(images), depthwise(images), turned(images[..., ::-1])])
    assert not any(map(sees_colours, (grouped, depthwise, turned, None)))


def test_a_map_says_whether_its_filter_sees_colours(network, pixels):
    assert about(one_map(pixels, "relu_1", 0))["sees_colours"]
    assert not about(one_map(pixels, "conv_2", 0))["sees_colours"]


def test_a_filter_of_one_channel_is_found_among_several_of_each(network, pixels):
    kernel, bias = weights(network, "depth_1")
    found = one_map(pixels, "depth_1", 7)
    before = padded(by_name(ask(pixels))["conv_2"])[..., 3:4]
    expected = convolve(before, found["kernel"][..., None], bias[7])
    np.testing.assert_allclose(found["map"], expected[..., 0], atol=1e-3)
    np.testing.assert_array_equal(found["kernel"][..., 0], kernel[..., 3, 1])


@pytest.mark.parametrize(
    ("layer", "channel", "words"),
    [
        ("conv_1", 4, "no channel 4"),
        ("conv_1", -1, "no channel -1"),
        ("logits", 0, "no feature maps"),
        ("other", 0, "no layer 'other'"),
    ],
)
def test_maps_that_there_are_not_are_refused(network, pixels, layer, channel, words):
    with pytest.raises(ValueError, match=words):
        one_map(pixels, layer, channel)
