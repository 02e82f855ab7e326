"""The images that excite a channel most and least, against a ranking written out."""

import keras
import numpy as np
import pytest
from keras import layers

from explorer import data, runs
from explorer.inference import exciting as asked
from explorer.inference import kept_images
from explorer.inference.opened import Opened
from explorer.runs.write import RunWriter
from explorer.training.spec import TrainingSpec
from explorer.training.worker import describe_data

SPEC = TrainingSpec(data="digits", image_size=8)
SOURCE = {"run": "small"}


def tell(share, words):
    assert 0 <= share <= 1


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        folder = tmp_path_factory.mktemp("cache")
        environment.setenv("EXPLORER_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def digits(cache):
    return data.load("digits", image_size=8)


@pytest.fixture
def network(monkeypatch, tmp_path, digits, rng):
    """Open a network of noise with the run that has its images."""
    images = keras.Input((8, 8, 1), name="images")
    x = layers.Conv2D(3, 3, activation="relu", name="conv_1")(images)
    model = keras.Model(images, layers.Dense(2, name="logits")(layers.Flatten(name="flat")(x)))
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    writer = RunWriter(tmp_path / "run")
    about = describe_data(digits, digits.split(seed=0), SPEC)
    writer.describe(name="small", spec=SPEC.to_dict(), data=about)
    probe = digits.split(seed=0).validation[:20]
    writer.write_probe(digits.images[probe].astype(np.float32), digits.labels[probe])
    writer.close()
    one = Opened("small", model, ("a", "b"), 8, 1, "crop", runs.open_run(tmp_path / "run"))
    monkeypatch.setattr(asked, "open_source", lambda source: one)
    return one


def ask(layer="conv_1", channel=1, **options):
    return asked.exciting(tell, network=SOURCE, layer=layer, channel=channel, **options)


def brute_force(network, images, channel, place=None):
    """Show the network one image after the other; return the order, strongest first."""
    model = keras.Model(network.model.inputs[0], network.model.get_layer("conv_1").output)
    maps = [np.asarray(model(image[None].astype(np.float32)))[0, ..., channel] for image in images]
    values = [one.mean(dtype=np.float64) if place is None else one[place] for one in maps]
    return np.argsort([-value for value in values], kind="stable"), np.array(values)


def test_the_nine_are_those_of_a_ranking_one_by_one(network, digits):
    rows = digits.split(validation_share=SPEC.validation_share, seed=SPEC.seed).validation
    order, values = brute_force(network, digits.images[rows], 1)
    found = ask()
    assert str(found["kind"]) == "validation"
    assert found["num_images"] == found["num_total"] == len(rows)
    np.testing.assert_allclose(found["most_activations"], values[order[:9]], rtol=1e-4)
    np.testing.assert_array_equal(found["most_images"], digits.images[rows[order[:9]]])
    assert found["most_labels"].tolist() == digits.labels[rows[order[:9]]].tolist()
    np.testing.assert_allclose(
        found["least_activations"], np.sort(values)[:9], rtol=1e-4, atol=1e-4
    )


def test_the_unit_is_the_middle_of_the_map(network, digits):
    rows = digits.split(validation_share=SPEC.validation_share, seed=SPEC.seed).validation
    order, values = brute_force(network, digits.images[rows], 0, place=(3, 3))
    found = ask(channel=0, part="unit")
    np.testing.assert_allclose(found["most_activations"], values[order[:9]], rtol=1e-4)


def test_without_the_prepared_images_those_in_the_run_folder_are_ranked(network, monkeypatch):
    monkeypatch.setitem(network.run.description["data"], "key", "gone")
    images, labels = network.run.probe()
    order, _ = brute_force(network, images, 1)
    found = ask()
    assert (str(found["kind"]), found["num_images"]) == ("probe", 20)
    assert found["most_labels"].tolist() == labels[order[:9]].tolist()
    assert found["most_images"].dtype == np.uint8


def test_prepared_images_that_have_changed_are_not_taken_for_those_of_the_run(network, monkeypatch):
    monkeypatch.setitem(network.run.description["data"], "fingerprint", "another")
    assert str(ask()["kind"]) == "probe"


def test_a_network_without_images_of_its_own_says_that_there_are_none(network, monkeypatch):
    stranger = Opened("x", network.model, ("a", "b"), 8, 1, "crop")
    monkeypatch.setattr(asked, "open_source", lambda source: stranger)
    assert ask()["num_images"] == 0


def test_more_images_than_fit_are_sampled_and_counted(network, monkeypatch):
    monkeypatch.setattr(asked, "MOST_IMAGES", 50)
    found = ask()
    assert found["num_images"] == 50
    assert found["num_total"] == network.run.data["num_validation"]


def test_all_channels_of_a_layer_are_ranked_at_once(network, monkeypatch):
    ask(channel=0)
    monkeypatch.setattr(asked, "_strengths", None)
    assert len(ask(channel=2)["most_images"]) == 9
    assert len(list((network.run.folder / kept_images.FOLDER).iterdir())) == 1


def test_of_equal_images_the_first_come_first_and_all_are_counted():
    ranked = asked.rank(np.array([[0.0, 1.0], [2.0, 1.0], [0.0, 3.0], [0.0, 1.0]]))
    assert ranked["most"][:, 0].tolist() == [1, 0, 2, 3]
    assert ranked["least"][:, 1].tolist() == [0, 1, 3, 2]
    assert ranked["num_lowest"].tolist() == [3, 3]


def test_weights_that_are_no_numbers_are_refused(network):
    layer = network.model.get_layer("conv_1")
    layer.set_weights([value * np.nan for value in layer.get_weights()])
    with pytest.raises(ValueError, match="not a number"):
        ask()


def test_a_channel_that_there_is_not_is_refused(network):
    with pytest.raises(ValueError, match="channels 0 to 2"):
        ask(channel=3)
