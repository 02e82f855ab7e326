"""What networks answer to moved images, against Keras called on each moved image by itself."""

import keras
import numpy as np
import pytest
from keras import layers

from explorer import data, runs
from explorer.analysis.shift import EDGE, moved
from explorer.inference import given, shifting
from explorer.inference.opened import Opened
from explorer.runs.write import RunWriter
from explorer.training.spec import TrainingSpec
from explorer.training.worker import describe_data

SOURCE = {"run": "small"}
SIZE, CLASSES = 8, 3
SPEC = TrainingSpec(data="/nowhere/pictures.zip", image_size=SIZE).to_dict()
PREPARED = {
    "class_names": ["a", "b", "c"],
    "image_size": SIZE,
    "channels": 1,
    "fit": "crop",
    "fingerprint": "gone",
}


@pytest.fixture
def model(monkeypatch, tmp_path, rng):
    """Return a small network of noise, open under a name of its own."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    images = keras.Input((SIZE, SIZE, 1), name="images")
    x = layers.Rescaling(1 / 255, name="rescale")(images)
    x = layers.Conv2D(4, 3, activation="relu", name="conv_1")(x)
    x = layers.MaxPooling2D(2, name="pool_1")(x)
    made = keras.Model(images, layers.Dense(CLASSES, name="logits")(layers.Flatten()(x)))
    for variable in made.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    return open_as_source(monkeypatch, made)


def open_as_source(monkeypatch, model):
    one = Opened("small", model, ("a", "b", "c"), SIZE, 1, "crop")
    monkeypatch.setattr(shifting, "open_source", lambda source: one)
    return model


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (5, SIZE, SIZE, 1), dtype=np.uint8)


def tell(share, words):
    assert 0 <= share <= 1


def ask_map(image, reach=3):
    return shifting.shift_map(tell, network=SOURCE, image=given.keep(image), reach=reach)


@pytest.fixture
def ask_share(monkeypatch, tmp_path):
    """Ask about images that a run, whose validation images are gone, has kept."""

    def asked(images, distances=(1, 3)):
        writer = RunWriter(tmp_path / "small")
        writer.describe(name="small", status="finished", spec=SPEC, data=PREPARED)
        writer.write_probe(images, np.arange(len(images)) % CLASSES)
        source = {"run": str(tmp_path / "small")}
        return shifting.shift_share(tell, networks=[source], number=0, distances=distances)

    return asked


def plainly(model, image):
    """Show the network one image, and let Keras make probabilities of its logits."""
    return np.asarray(keras.ops.softmax(model(image[None].astype(np.float32))))[0]


def test_the_middle_of_the_map_is_the_plain_prediction(model, pixels):
    found = ask_map(pixels[0])
    middle = len(found["shifts"]) // 2
    assert found["shifts"][middle].tolist() == [0, 0]
    np.testing.assert_allclose(found["probabilities"][middle], plainly(model, pixels[0]), atol=1e-6)


@pytest.mark.parametrize("batch", [7, 64])
def test_every_cell_of_the_map_is_a_call_of_the_network(model, pixels, monkeypatch, batch):
    monkeypatch.setattr(shifting, "BATCH", batch)
    found = ask_map(pixels[0])
    assert found["probabilities"].shape == (49, CLASSES)
    for shift, answer in zip(found["shifts"], found["probabilities"], strict=True):
        image = moved(pixels[0], tuple(shift), EDGE)
        np.testing.assert_allclose(answer, plainly(model, image), atol=1e-5)


def test_answers_belong_to_their_image_and_shift(model, pixels, ask_share):
    found = ask_share(pixels)
    assert found["moved"].shape == (5, 16)
    for number, image in enumerate(pixels):
        assert found["unmoved"][number] == plainly(model, image).argmax()
        expected = [
            plainly(model, moved(image, tuple(shift), EDGE)).argmax() for shift in found["shifts"]
        ]
        assert found["moved"][number].tolist() == expected
    assert len(set(found["moved"].ravel().tolist())) > 1


def test_a_network_that_takes_the_mean_of_each_map_keeps_its_answers(
    monkeypatch, model, rng, ask_share
):
    """With a 1 x 1 kernel and a global mean nothing is left that knows a place."""
    images = keras.Input((SIZE, SIZE, 1), name="images")
    x = layers.Conv2D(4, 1, activation="relu", name="conv_1")(images)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    open_as_source(monkeypatch, keras.Model(images, layers.Dense(CLASSES, name="logits")(x)))
    dots = np.zeros((3, SIZE, SIZE, 1), np.uint8)
    dots[np.arange(3), 4, 4, 0] = [50, 150, 250]
    found = ask_share(dots)
    assert (found["moved"] == found["unmoved"][:, None]).all()
    answers = ask_map(dots[0])["probabilities"]
    np.testing.assert_allclose(answers, np.broadcast_to(answers[0], answers.shape), atol=1e-6)


def test_progress_goes_on(model, pixels, monkeypatch):
    monkeypatch.setattr(shifting, "BATCH", 10)
    shares = []
    kept = given.keep(pixels[0])
    shifting.shift_map(lambda share, _: shares.append(share), network=SOURCE, image=kept, reach=3)
    assert len(shares) > 5
    assert shares == sorted(shares)


def test_weights_that_are_no_numbers_are_refused(model, pixels):
    layer = model.get_layer("conv_1")
    layer.set_weights([value * np.nan for value in layer.get_weights()])
    with pytest.raises(ValueError, match="not a number"):
        ask_map(pixels[0])


@pytest.mark.parametrize("reach", [0, -1, 33])
def test_a_reach_out_of_bounds_is_refused(model, pixels, reach):
    with pytest.raises(ValueError, match=f"The reach is {reach}. Give a whole number from 1 to 32"):
        ask_map(pixels[0], reach)


def test_no_distance_is_told(model, pixels, ask_share):
    with pytest.raises(ValueError, match="no distances"):
        ask_share(pixels, ())


def test_what_a_run_kept_is_asked_about_only_when_its_images_are_gone(model, pixels, ask_share):
    found = ask_share(pixels)
    assert "cannot be prepared again" in str(found["why_kept"])
    assert found["labels"].tolist() == [0, 1, 2, 0, 1]
    assert int(found["total"]) == 5


@pytest.fixture
def split_twice(monkeypatch, tmp_path):
    """Return the digits, two runs that were split with other seeds, and what neither has seen."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    images = data.load("digits", image_size=SIZE)
    both, unseen = [], np.arange(len(images.labels))
    for seed in (0, 1):
        spec = TrainingSpec(data="digits", image_size=SIZE, seed=seed)
        split = images.split(seed=seed, validation_share=spec.validation_share)
        about = describe_data(images, split, spec)
        folder = tmp_path / f"seed-{seed}"
        RunWriter(folder).describe(name="one", status="finished", spec=spec.to_dict(), data=about)
        both.append(runs.open_run(folder))
        unseen = np.intersect1d(unseen, split.validation)
    return images, both, unseen


@pytest.mark.parametrize("number", [0, 1])
def test_the_images_are_all_those_that_neither_network_was_trained_on(split_twice, number):
    images, both, unseen = split_twice
    found = shifting.sample(both, number, tell)
    assert (found.total, found.why_kept) == (len(unseen), "")
    order = np.lexsort((unseen, images.labels[unseen]))  # class after class
    np.testing.assert_array_equal(found.pixels, images.images[unseen[order]])
    np.testing.assert_array_equal(found.labels, images.labels[unseen[order]])


def test_of_too_many_images_some_of_every_class_are_taken(split_twice, monkeypatch):
    images, both, unseen = split_twice
    monkeypatch.setattr(shifting, "MOST_ASKED", 20)
    found = shifting.sample(both, 0, tell)
    assert found.total == len(unseen) > 20
    of_class = np.bincount(images.labels[unseen], minlength=10)
    assert np.bincount(found.labels, minlength=10).tolist() == np.minimum(of_class, 2).tolist()


def test_images_for_another_network_are_refused(model, rng):
    with pytest.raises(ValueError, match="needs \\(8, 8, 1\\)"):
        ask_map(rng.integers(0, 256, (SIZE + 1, SIZE, 1), dtype=np.uint8))
