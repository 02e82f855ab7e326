import gc
import warnings
import weakref
from dataclasses import replace
from importlib import import_module

import keras
import numpy as np
import pytest
from keras import layers

from explorer.inference.attribution import METHODS, attribute
from explorer.inference.given import keep
from explorer.inference.gradcam import grad_cam, last_spatial_layer
from explorer.inference.occlusion import occlusion, patch_and_stride
from explorer.inference.opened import Opened
from explorer.inference.sensitivity import (
    BASELINES,
    baseline,
    integrated_gradients,
    saliency,
    smooth_grad,
)
from explorer.models.architectures import Network
from explorer.models.build import build
from explorer.runs.write import RunWriter
from explorer.training.names import tensor_names
from explorer.training.spec import TrainingSpec

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


def corner_network(against=-1):
    """Build a network by hand: class 0 is red in the top left, and class 1 what is not red."""
    inputs = keras.Input((8, 8, 3))
    red = np.zeros((1, 1, 3, 1), np.float32)
    red[0, 0, 0] = 1 / 255
    maps = layers.Conv2D(1, 1, use_bias=False, name="red")(inputs)
    outputs = layers.Dense(2, use_bias=False, name="logits")(layers.Flatten()(maps))
    network = keras.Model(inputs, outputs)
    reading = np.zeros((64, 2), np.float32)
    reading[[0, 1, 8, 9], 0] = 1
    reading[:, 1] = against
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


def linear_network(rng, size=8):
    """Build a network whose scores are sums of weighted pixels; returns it and the weights."""
    inputs = keras.Input((size, size, 3))
    outputs = layers.Dense(2, name="logits")(layers.Flatten()(inputs))
    network = keras.Model(inputs, outputs)
    weights = rng.normal(size=(size * size * 3, 2)).astype(np.float32) / 255
    network.get_layer("logits").set_weights([weights, rng.normal(size=2)])
    return network, weights.reshape(size, size, 3, 2)


@pytest.fixture
def pixels(rng):
    return rng.uniform(0, 255, (3, 8, 8, 3)).astype(np.float32)


def test_saliency_of_a_linear_network_is_the_size_of_its_weights(rng, pixels):
    network, weights = linear_network(rng)
    found = saliency(network, pixels, [0, 1, 0])
    for place, chosen in enumerate([0, 1, 0]):
        np.testing.assert_allclose(
            found[place], np.abs(weights[..., chosen]).max(axis=-1), rtol=1e-6
        )


def test_noise_changes_nothing_in_a_linear_network(rng, pixels):
    network, _ = linear_network(rng)
    expected = saliency(network, pixels, [1, 1, 0])
    found = smooth_grad(network, pixels, [1, 1, 0], samples=5)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_integrated_gradients_of_a_linear_network_are_weights_times_pixels_without_a_gap(
    rng, pixels
):
    network, weights = linear_network(rng)
    found = integrated_gradients(network, pixels, [1, 1, 1], baseline(pixels, "black"), steps=3)
    np.testing.assert_allclose(found.maps, (weights[..., 1] * pixels).sum(axis=-1), rtol=1e-4)
    np.testing.assert_allclose(found.totals, found.rises, rtol=1e-5)
    np.testing.assert_allclose(
        found.rises, (weights[..., 1] * pixels).sum(axis=(1, 2, 3)), rtol=1e-4
    )


@pytest.mark.parametrize("kind", BASELINES)
def test_more_steps_close_the_gap_of_integrated_gradients(model, images, rng, kind):
    # Without biases the score grows evenly from mid-grey on, and any number of steps is enough.
    model.set_weights([one + rng.uniform(0, 0.1, one.shape) for one in model.get_weights()])
    starts = baseline(images, kind)
    gaps = []
    for steps in (2, 100):
        found = integrated_gradients(model, images, [0, 1, 2, 0], starts, steps=steps)
        scores = [np.asarray(model(some))[range(4), [0, 1, 2, 0]] for some in (images, starts)]
        np.testing.assert_allclose(found.rises, scores[0] - scores[1], atol=1e-5)
        np.testing.assert_allclose(found.totals, found.maps.sum(axis=(1, 2)), rtol=1e-4, atol=1e-6)
        gaps.append(np.abs(found.totals - found.rises).max())
    assert gaps[1] < gaps[0]
    assert gaps[1] < 0.02 * np.abs(found.rises).max()


def test_an_image_compared_with_itself_has_nothing_to_share_out(model, images):
    found = integrated_gradients(model, images, [0] * 4, images)
    assert not found.maps.any()
    assert not found.rises.any()


def test_the_blurred_baseline_keeps_the_mean_colour_and_loses_the_shapes(images):
    blurred = baseline(images, "blurred")
    assert blurred.std(axis=(1, 2)).max() < 0.25 * images.std(axis=(1, 2)).min()
    np.testing.assert_allclose(blurred.mean(axis=(1, 2)), images.mean(axis=(1, 2)), atol=12)


def test_the_gradient_is_what_finite_differences_find(images):
    """A plain reference: the score's change by nudging single pixels, in double precision."""
    network = build(replace(NETWORK, name="article"), seed=3)
    image = np.rint(images[:1])  # so that the nudged values are exact in single precision, too
    found = saliency(network, image, [2])[0]
    double = keras.models.clone_model(
        network,
        clone_function=lambda layer: layer.__class__.from_config(
            {**layer.get_config(), "dtype": "float64"}
        ),
    )
    double.set_weights(network.get_weights())
    for row, column in [(0, 0), (5, 9), (15, 15)]:
        slopes = []
        for channel in range(3):
            nudged = np.repeat(image.astype(np.float64), 2, axis=0)
            nudged[:, row, column, channel] += [-(2**-6), 2**-6]
            low, high = np.asarray(double(nudged))[:, 2]
            slopes.append(abs(high - low) / 2**-5)
        assert found[row, column] == pytest.approx(max(slopes), rel=1e-4, abs=1e-9)


def test_smooth_grad_is_the_saliency_of_the_mean_gradient_not_the_mean_of_saliencies(model, images):
    found = smooth_grad(model, images[:1], [0], samples=4, seed=7)
    noise = np.random.default_rng(7).normal(size=(4, *images.shape[1:]))
    copies = images[:1] + 0.15 * np.ptp(images[0]) * noise
    apart = saliency(model, copies, [0] * 4).mean(axis=0)
    assert (found[0] <= apart + 1e-7).all()
    assert found[0].sum() < 0.95 * apart.sum()


def test_noise_depends_on_the_seed_and_on_no_other_image(model, images):
    together = smooth_grad(model, images, [0] * 4, samples=5, seed=1)
    alone = smooth_grad(model, images[2:3], [0], samples=5, seed=1)
    np.testing.assert_allclose(together[2], alone[0], rtol=1e-4, atol=1e-8)
    assert not np.allclose(together, smooth_grad(model, images, [0] * 4, samples=5, seed=2))


def test_hiding_what_does_not_matter_costs_nothing():
    image = np.full((1, 8, 8, 3), 20, np.float32)
    found = occlusion(corner_network(against=0), image, [0], patch=2, stride=1, fill=(0, 0, 0))[0]
    np.testing.assert_allclose(found[3:], 0, atol=1e-6)
    np.testing.assert_allclose(found[:, 3:], 0, atol=1e-6)
    assert found[:2, :2].min() > 0.01
    assert found.max() == found[0, 0]


def test_a_pixel_loses_what_hiding_it_costs_on_the_mean(rng, pixels):
    """A plain reference: one occluded image after the other."""
    network, _ = linear_network(rng)
    found = occlusion(network, pixels[:1], [1], patch=3, stride=1, fill=(9, 8, 7))[0]

    def share(image):
        powers = np.exp(np.asarray(network(image[None]))[0])
        return powers[1] / powers.sum()

    losses = {}
    for top in range(6):
        for left in range(6):
            hidden = pixels[0].copy()
            hidden[top : top + 3, left : left + 3] = (9, 8, 7)
            losses[top, left] = share(pixels[0]) - share(hidden)
    for row, column in [(0, 0), (4, 5), (7, 3)]:
        over = [
            loss
            for (top, left), loss in losses.items()
            if top <= row < top + 3 and left <= column < left + 3
        ]
        assert found[row, column] == pytest.approx(np.mean(over), abs=1e-6)


@pytest.mark.parametrize(("size", "patch", "stride"), [(8, 3, 1), (10, 4, 2), (7, 7, 3), (9, 1, 1)])
def test_the_patch_hides_every_pixel(rng, size, patch, stride):
    network, _ = linear_network(rng, size)
    image = rng.uniform(0, 255, (1, size, size, 3))
    found = occlusion(network, image, [0], patch=patch, stride=stride, fill=(0, 0, 0))
    assert np.isfinite(found).all()


@pytest.mark.parametrize(("patch", "stride"), [(9, 1), (4, 3), (0, 1), (4, 0)])
def test_a_patch_that_leaves_gaps_is_refused(rng, pixels, patch, stride):
    network, _ = linear_network(rng)
    with pytest.raises(ValueError, match="at most half the patch"):
        occlusion(network, pixels, [0] * 3, patch=patch, stride=stride, fill=(0, 0, 0))


@pytest.mark.parametrize("size", [2, 8, 28, 32, 224])
@pytest.mark.parametrize("share", [0.125, 0.25])
def test_a_patch_is_a_share_of_the_width_with_half_of_it_as_stride(size, share):
    patch, stride = patch_and_stride(size, share)
    assert abs(patch - max(2, size * share)) <= 0.5
    assert 1 <= stride <= patch / 2


def visualiser(kind, network):
    """Return a method of tf-keras-vis, an independent implementation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = import_module(f"tf_keras_vis.{kind.lower()}")
        scores = import_module("tf_keras_vis.utils.scores")
    method = getattr(module, kind)(network, clone=False)

    def visualised(images, classes, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(method(scores.CategoricalScore(classes), images, **options))

    return visualised


def test_saliency_agrees_with_an_independent_implementation(model, images):
    theirs = visualiser("Saliency", model)(images, [0, 1, 2, 1], normalize_map=False)
    np.testing.assert_allclose(saliency(model, images, [0, 1, 2, 1]), theirs, rtol=1e-3, atol=1e-7)


def test_smooth_grad_agrees_with_an_independent_implementation(model, images):
    """The noise differs, so the two agree as nearly as two draws of it do."""
    options = {"smooth_samples": 150, "smooth_noise": 0.15, "normalize_map": False}
    signed = {"gradient_modifier": None, "keepdims": True}
    theirs = visualiser("Saliency", model)(images[:1], [1], **options, **signed)
    theirs = np.abs(theirs).max(axis=-1)
    ours = [smooth_grad(model, images[:1], [1], samples=150, seed=seed) for seed in (0, 1)]
    apart = np.abs(ours[0] - ours[1]).mean()
    assert np.abs(ours[0] - theirs).mean() < 1.5 * apart
    assert apart < 0.2 * ours[0].mean()


@pytest.mark.parametrize("layer", ["conv_2", "conv_4"])
def test_grad_cam_agrees_with_an_independent_implementation(model, images, layer):
    theirs = visualiser("Gradcam", model)(
        images, [0, 1, 2, 1], penultimate_layer=layer, expand_cam=False, normalize_cam=False
    )
    ours = grad_cam(model, layer, images, [0, 1, 2, 1])
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-7)
    assert ours.any()


@pytest.fixture
def run(tmp_path, monkeypatch, images):
    """Write a run with one checkpoint, and put the images into the cache; returns a source."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    spec = TrainingSpec(model="compact", filters=4, depth=2)
    writer = RunWriter(tmp_path / "run")
    names = {"class_names": list(CLASSES), "fingerprint": "f"}
    shape = {"image_size": 16, "channels": 3, "fit": "crop"}
    writer.describe(name="run", created=str(tmp_path), spec=spec.to_dict(), data={**names, **shape})
    model = build(NETWORK, seed=0)
    paths = tensor_names([variable.path for variable in model.weights], model.name)
    writer.write_checkpoint(
        5, dict(zip(paths, [np.asarray(one) for one in model.get_weights()], strict=True))
    )
    return {"run": str(tmp_path / "run"), "step": 5}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_answers_with_finite_maps_and_tells_how_far_it_is(run, images, method):
    told = []
    found = attribute(
        lambda share, words: told.append((share, words)),
        network=run,
        images=[keep(image.astype(np.uint8)) for image in images],
        classes=[0, 1, 2, 0],
        method=method,
    )
    assert len(found["maps"]) == 4
    assert np.isfinite(found["maps"]).all()
    assert all(0 <= share <= 1 for share, _ in told)
    assert told[-1][1] == METHODS[method][0]


def test_an_unknown_method_is_refused(run):
    with pytest.raises(ValueError, match="choose one of grad_cam"):
        attribute(print, network=run, images=[], classes=[], method="guided")
