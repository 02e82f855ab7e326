"""Pictures that excite a part of a network, where it is known what the network looks for."""

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

from explorer import runs
from explorer.inference import maximise as asked
from explorer.inference.climbing import strengths
from explorer.inference.kept_images import FOLDER
from explorer.inference.opened import Opened
from explorer.inference.picture_forms import (
    IMAGENET_COLOURS,
    PLAIN,
    REGULARISED,
    STILL,
    Form,
    colour_directions,
    moved,
    wave_scale,
)

SIZE = 16
PATTERN, NOISE, DEAD = 0, 1, 2
SOURCE = {"run": "small"}


def tell(share, words):
    assert 0 <= share <= 1


@pytest.fixture
def pattern():
    """Return four squares, light and dark in turn."""
    return np.kron([[1.0, -1.0], [-1.0, 1.0]], np.ones((SIZE // 2, SIZE // 2)))


@pytest.fixture
def network(monkeypatch, tmp_path, pattern, rng):
    """Open a network of one filter as large as the image a channel, and ReLU behind it."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "run").mkdir()
    images = keras.Input((SIZE, SIZE, 1), name="images")
    linear = layers.Conv2D(3, SIZE, name="conv_1")
    x = layers.ReLU(name="relu_1")(linear(images))
    model = keras.Model(images, layers.Dense(2, name="logits")(layers.Flatten(name="flat")(x)))
    kernels = np.stack([pattern, rng.normal(size=(SIZE, SIZE)), np.ones((SIZE, SIZE))], axis=-1)
    linear.set_weights([kernels[:, :, None] / SIZE**2, np.array([0, 0, -1000.0])])
    run = runs.Run(tmp_path / "run", {"name": "small"})
    one = Opened("small", model, ("a", "b"), SIZE, 1, "crop", run)
    monkeypatch.setattr(asked, "open_source", lambda source: one)
    return one


def ask(**options):
    wanted = {"layer": "conv_1", "channels": [PATTERN], **options}
    return asked.maximise(tell, network=SOURCE, **wanted)


def forget(network):
    for path in (network.run.folder / FOLDER).glob("*.npz"):
        path.unlink()


def correlation(a, b):
    return np.corrcoef(np.ravel(a), np.ravel(b))[0, 1]


def share_of_fine_waves(picture):
    power = np.abs(np.fft.fft2(picture - picture.mean())) ** 2
    frequencies = np.abs(np.fft.fftfreq(SIZE))
    return power[np.hypot(frequencies[:, None], frequencies) > 0.25].sum() / power.sum()


@pytest.mark.parametrize("way", asked.WAYS)
def test_a_linear_filter_is_found_again(network, pattern, way):
    found = ask(ways=[way])
    assert found[f"{way}_pictures"].shape == (1, 1, SIZE, SIZE, 1)
    assert correlation(found[f"{way}_pictures"][0, 0], pattern) > 0.9
    assert not found[f"{way}_dead"].any()


def test_no_random_image_excites_as_much_and_the_activation_is_that_of_the_picture(network, rng):
    found = ask(channels=[PATTERN, NOISE])
    model = asked.layer_model(network, "conv_1", [0])
    random = rng.integers(0, 256, (300, SIZE, SIZE, 1)).astype(np.float32)
    best = strengths(model(random), "channel").numpy().max(axis=0)
    for way in asked.WAYS:
        pictures, activations = found[f"{way}_pictures"][0], found[f"{way}_activations"][0]
        assert (activations > best[: len(activations)]).all()
        measured = strengths(model(pictures.astype(np.float32)), "channel").numpy()
        assert_allclose(activations, np.diagonal(measured), rtol=1e-5)


def test_waves_and_moves_leave_less_fine_detail(network):
    found = ask(channels=[NOISE])
    fine = [share_of_fine_waves(found[f"{way}_pictures"][0, 0, :, :, 0]) for way in asked.WAYS]
    assert fine[0] < 0.5 * fine[1]


def test_the_same_seed_gives_the_same_picture_and_another_one_another(network):
    first = ask(ways=[REGULARISED])["regularised_pictures"]
    forget(network)
    again = ask(ways=[REGULARISED], channels=[NOISE, PATTERN])["regularised_pictures"]
    other = ask(ways=[REGULARISED], seed=5)["regularised_pictures"]
    assert_allclose(again[:, 1:].astype(int), first.astype(int), atol=1)
    assert not np.array_equal(other, first)


def test_a_unit_that_nothing_excites_is_called_dead(network):
    found = ask(layer="relu_1", channels=[PATTERN, DEAD])
    for way in asked.WAYS:
        assert found[f"{way}_dead"].tolist() == [[False, True]]
        assert found[f"{way}_activations"][0, 1] == 0
    assert not ask(channels=[DEAD])["plain_dead"].any()  # before ReLU it is only negative


def test_a_class_is_excited_through_all_layers(network):
    network.model.get_layer("logits").set_weights([np.eye(3, 2), np.zeros(2)])
    found = ask(layer="logits", channels=[PATTERN])
    assert correlation(found["plain_pictures"], ask()["plain_pictures"]) > 0.9


def test_what_was_made_before_is_only_read(network, monkeypatch):
    first = ask(channels=[PATTERN, NOISE])
    assert len(list((network.run.folder / FOLDER).glob("*.npz"))) == 4
    monkeypatch.setattr(asked.Climb, "run", None)
    again = ask(channels=[NOISE, PATTERN])
    assert np.array_equal(again["plain_pictures"][:, ::-1], first["plain_pictures"])


def test_other_weights_are_another_question(network):
    first = ask(ways=[PLAIN])["plain_pictures"]
    kernel, bias = network.model.get_layer("conv_1").get_weights()
    network.model.get_layer("conv_1").set_weights([-kernel, bias])
    assert correlation(ask(ways=[PLAIN])["plain_pictures"], first) < -0.9


def test_weights_that_are_no_numbers_are_refused(network):
    kernel, bias = network.model.get_layer("conv_1").get_weights()
    network.model.get_layer("conv_1").set_weights([kernel * np.nan, bias])
    with pytest.raises(ValueError, match="not a number"):
        ask()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"layer": "conv_9"}, "no layer 'conv_9'"),
        ({"channels": [3]}, "channels 0 to 2"),
        ({"channels": []}, "at least one"),
        ({"ways": ["quick"]}, "among regularised, plain"),
        ({"part": "half"}, "among channel, unit"),
    ],
)
def test_what_there_is_not_is_refused(network, options, words):
    with pytest.raises(ValueError, match=words):
        ask(**options)


def test_layers_are_named_with_their_channels_and_whether_they_have_maps(network):
    found = asked.layers_to_look_into(tell, network=SOURCE)
    assert found["names"].tolist() == ["conv_1", "relu_1", "logits"]
    assert found["channels"].tolist() == [3, 3, 2]
    assert found["has_places"].tolist() == [True, True, False]
    assert found["are_scores"].tolist() == [False, False, True]


def test_stop_ends_it(network):
    def stop(share, words):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked.maximise(stop, network=SOURCE, layer="conv_1", channels=[0])
    assert not (network.run.folder / FOLDER).exists()


def test_a_larger_network_gets_fewer_steps_but_some():
    def network_of(filters):
        images = keras.Input((64, 64, 3))
        return keras.Model(images, layers.Conv2D(filters, 3, padding="same")(images))

    assert asked.cost(network_of(4)) == 64 * 64 * 3 * 3 * 3 * 4
    assert asked.num_steps(network_of(4)) == asked.MOST_STEPS
    middle = asked.num_steps(network_of(1000))
    assert asked.FEWEST_STEPS < middle < asked.MOST_STEPS
    assert asked.num_steps(network_of(100_000)) == asked.FEWEST_STEPS


def test_the_channel_is_the_mean_of_the_map_and_the_unit_its_middle(rng):
    outputs = rng.normal(size=(2, 5, 4, 3)).astype(np.float32)
    assert_allclose(strengths(outputs, "channel"), outputs.mean(axis=(1, 2)), rtol=1e-5)
    assert_allclose(strengths(outputs, "unit"), outputs[:, 2, 2])
    flat = rng.normal(size=(2, 3)).astype(np.float32)
    assert_allclose(strengths(flat, "channel"), flat)
    assert_allclose(strengths(flat, "unit"), flat)


def test_a_picture_that_is_not_moved_is_the_same_and_one_that_is_shifted_leaves_grey(rng):
    pictures = rng.uniform(0, 255, (2, 6, 6, 3)).astype(np.float32)
    shifted = (1, 0, 2, 0, 1, 0, 0, 0)  # every pixel comes from two to its right
    still, left = moved(pictures, np.array([STILL, shifted], np.float32)).numpy()
    assert_allclose(still, pictures[0], atol=1e-4)
    assert_allclose(left[:, :4], pictures[1, :, 2:], atol=1e-4)
    assert_allclose(left[:, 4:], 127.5)


def test_turning_keeps_the_middle_in_its_place():
    moves = Form(REGULARISED, 33, 1, ()).moves(np.random.default_rng(0), 500)
    middle = np.stack([moves[:, :2].sum(axis=1) * 16, moves[:, 3:5].sum(axis=1) * 16], axis=1)
    shifts = middle + moves[:, [2, 5]] - 16
    assert_allclose(shifts, np.rint(shifts), atol=1e-4)
    assert np.abs(shifts).max() <= 3.001
    scales = 1 / np.hypot(moves[:, 0], moves[:, 1])
    assert scales.min() == pytest.approx(0.9, abs=1e-4)
    assert scales.max() == pytest.approx(1.1, abs=1e-4)


def test_the_weight_of_a_wave_falls_with_its_frequency():
    scale = wave_scale(8).real
    assert scale[0, 0] == 64
    assert scale[0, 1] == pytest.approx(64)
    assert scale[0, 2] == pytest.approx(32)
    assert scale[3, 4] == pytest.approx(64 / 5)


def test_colours_vary_as_those_of_the_images(rng):
    factor = np.array([[0.2, 0, 0], [0.15, 0.05, 0], [0.1, 0.04, 0.03]])
    images = 255 * (0.5 + rng.normal(size=(40, 30, 30, 3)) @ factor.T)
    assert_allclose(
        colour_directions(images), factor / np.linalg.norm(factor, axis=0).max(), atol=0.02
    )


def test_images_without_colour_take_the_colours_of_imagenet(rng):
    grey = np.repeat(rng.uniform(0, 255, (3, 8, 8, 1)), 3, axis=-1)
    scaled = IMAGENET_COLOURS / np.linalg.norm(IMAGENET_COLOURS, axis=0).max()
    assert_allclose(colour_directions(grey), scaled)
    assert_allclose(colour_directions(None), scaled)
