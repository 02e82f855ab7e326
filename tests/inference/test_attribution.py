import gc
import weakref
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from explorer.inference.gradcam import grad_cam, last_spatial_layer
from explorer.inference.opened import Opened
from explorer.models.architectures import Network
from explorer.models.build import build

CLASSES = ("anvil", "pip", "owl")
NETWORK = Network("compact", image_size=16, channels=3, num_classes=3, filters=4, depth=2)


def opened(model, size=16):
    return Opened("net", model, CLASSES[: model.outputs[0].shape[-1]], size, 3, "crop")


@pytest.fixture
def model():
    return build(NETWORK, seed=0)


@pytest.fixture
def images(rng):
    return rng.uniform(0, 255, (4, 16, 16, 3)).astype(np.float32)


def corner_network():
    """Build a network by hand: class 0 is red in the top left, class 1 is what is not red."""
    inputs = keras.Input((8, 8, 3))
    red = np.zeros((1, 1, 3, 1), np.float32)
    red[0, 0, 0] = 1 / 255
    maps = layers.Conv2D(1, 1, use_bias=False, name="red")(inputs)
    outputs = layers.Dense(2, use_bias=False, name="logits")(layers.Flatten()(maps))
    network = keras.Model(inputs, outputs)
    reading = np.zeros((64, 2), np.float32)
    reading[[0, 1, 8, 9], 0] = 1
    reading[:, 1] = -1
    network.get_layer("red").set_weights([red])
    network.get_layer("logits").set_weights([reading])
    return network


def test_grad_cam_finds_the_evidence_in_its_corner():
    image = np.zeros((1, 8, 8, 3), np.float32)
    image[0, :2, :2, 0] = 255
    image[0, 6:, 6:, 1] = 255
    cam = grad_cam(corner_network(), "red", image, [0])[0]
    assert (cam[:2, :2] == cam.max()).all()
    assert cam.max() == pytest.approx(4 / 64)
    assert cam.sum() == pytest.approx(cam[:2, :2].sum())


def test_what_speaks_against_a_class_alone_gives_an_empty_map():
    image = np.full((1, 8, 8, 3), 200, np.float32)
    assert (grad_cam(corner_network(), "red", image, [1]) == 0).all()


def test_damaged_weights_show_as_nan_and_are_not_taken_for_no_evidence(model, images):
    kernel = model.get_layer("logits").kernel
    kernel.assign(np.full(kernel.shape, np.nan))
    assert np.isnan(grad_cam(model, "relu_4", images, [0] * 4)).all()


def test_each_image_is_asked_about_its_own_class(model, images):
    layer = last_spatial_layer(opened(model))
    together = grad_cam(model, layer, images, [0, 1, 2, 0])
    for place, chosen in enumerate([0, 1, 2, 0]):
        alone = grad_cam(model, layer, images[place : place + 1], [chosen])
        np.testing.assert_allclose(together[place], alone[0], rtol=1e-4, atol=1e-7)


def test_grad_cam_follows_the_checkpoint_loaded_into_the_same_model(model, images):
    layer = last_spatial_layer(opened(model))
    before = grad_cam(model, layer, images, [0] * 4)
    other = build(NETWORK, seed=1)
    model.set_weights(other.get_weights())
    after = grad_cam(model, layer, images, [0] * 4)
    assert not np.allclose(before, after)
    np.testing.assert_allclose(after, grad_cam(other, layer, images, [0] * 4), rtol=1e-4)


def test_a_network_that_nobody_needs_is_let_go(images):
    model = build(NETWORK, seed=0)
    grad_cam(model, "relu_4", images, [0] * 4)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(("name", "layer"), [("compact", "relu_4"), ("article", "conv_2")])
def test_the_last_spatial_layer_is_the_last_activation_before_pooling(name, layer):
    assert last_spatial_layer(opened(build(replace(NETWORK, name=name), seed=0))) == layer


def test_a_network_of_dense_layers_has_no_spatial_layer():
    assert last_spatial_layer(opened(build(replace(NETWORK, name="dense"), seed=0))) is None


@pytest.mark.parametrize(
    ("layer", "classes", "words"),
    [
        ("logits", [0] * 4, "expected one with feature maps: "),
        ("relu_9", [0] * 4, "expected one with feature maps: "),
        ("relu_4", [0] * 3, "one class for each"),
        ("relu_4", [0, 1, 2, 3], "the network has 0 to 2"),
    ],
)
def test_what_grad_cam_cannot_be_asked_is_refused(model, images, layer, classes, words):
    with pytest.raises(ValueError, match=words):
        grad_cam(model, layer, images, classes)
