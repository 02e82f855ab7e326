import io
import json
import time

import keras
import numpy as np
import pytest
from keras import layers

from explorer.inference import chain, opened, own_file, proving, rebuilt
from explorer.inference.describing import describe_network
from explorer.inference.network import probabilities
from explorer.inference.opened import open_source
from explorer.models import kept_files, limits
from explorer.models.checking import check_apart
from explorer.models.sizes import USUAL_SIZE
from explorer.models.values import AS_THEY_ARE

SIZE = 16


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    opened._open.clear()


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (3, SIZE, SIZE, 3)).astype(np.float32)


def start(size=SIZE, channels=3):
    return keras.Input((size, size, channels))


def plain():
    return keras.Sequential(
        [
            start(),
            layers.RandomFlip(),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.SeparableConv2D(4, 3),
            layers.Dropout(0.2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def branched():
    inputs = start(size=None)
    left = layers.Conv2D(4, 3, padding="same")(inputs / 255.0)
    right = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(inputs)
    both = layers.Concatenate()([left, layers.LayerNormalization()(right)])
    both = keras.activations.relu(both) + layers.Conv2D(10, 1)(inputs)
    features = keras.ops.mean(both, axis=(1, 2))
    return keras.Model(inputs, layers.Activation("softmax")(layers.Dense(5)(features[:, :7])))


def nested():
    inner = start()
    base = keras.Model(inner, layers.Conv2D(4, 3, name="conv")(layers.ReLU(name="relu")(inner)))
    inputs = start()
    features = base(keras.Sequential([layers.Rescaling(1 / 255)])(inputs), training=False)
    features = layers.Conv2D(2, 3, name="conv")(features)
    return keras.Model(inputs, layers.Softmax()(layers.Dense(4)(layers.Flatten()(features))))


def two_classes():
    ends = [layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    return keras.Sequential([start(), layers.Rescaling(1 / 255), layers.Conv2D(2, 3), *ends])


def two_classes_apart():
    ends = [layers.Flatten(), layers.Dense(1), layers.Activation("sigmoid")]
    return keras.Sequential([start(), layers.Rescaling(1 / 255), layers.Conv2D(2, 3), *ends])


def small_mobile_net():
    return keras.applications.MobileNetV2(
        (32, 32, 3), alpha=0.35, weights=None, classes=4, input_tensor=None
    )


HARMLESS = {
    maker.__name__: maker
    for maker in (plain, branched, nested, two_classes, two_classes_apart, small_mobile_net)
}


def made(maker, rng):
    """Build a network whose every weight is drawn anew, normalisation's statistics too."""
    model = maker()
    for weights in model.weights:
        if weights.dtype == "float32":
            drawn = rng.normal(0, 0.3, weights.shape)
            weights.assign(np.abs(drawn) + 0.5 if "variance" in weights.path else drawn)
    return model


def shares(logits):
    return probabilities(np.asarray(logits, np.float64))


def agree(logits, wanted):
    found = shares(logits)
    found = found if wanted.shape[1] > 1 else found[:, 1:]
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-5)


def saved(model, tmp_path):
    path = tmp_path / "network.keras"
    model.save(path)
    return path


def given(model, tmp_path):
    with saved(model, tmp_path).open("rb") as file:
        return kept_files.keep(file)


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_networks_open_and_answer_as_in_keras(name, tmp_path, rng):
    model = made(HARMLESS[name], rng)
    size = model.inputs[0].shape[1] or 20
    images = rng.integers(0, 256, (3, size, size, 3)).astype(np.float32)
    wanted = np.asarray(model(images, training=False))
    folder = tmp_path / "opened"
    folder.mkdir()
    proving.prove(saved(model, tmp_path), folder, size)
    agree(rebuilt.rebuild(folder)(images, training=False), wanted)


def ends_in_a_sum():
    inputs = start()
    features = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(inputs))
    return keras.Model(inputs, layers.Dense(3, name="scores")(features) + layers.Dense(3)(features))


def ends_flat():
    inputs = start()
    maps = layers.Conv2D(3, SIZE)(layers.Rescaling(1 / 255)(inputs))
    return keras.Model(inputs, layers.Flatten()(maps))


@pytest.mark.parametrize("maker", [ends_in_a_sum, ends_flat, plain])
def test_the_scores_of_the_classes_are_those_of_a_layer_and_of_one_alone(maker, rng, images):
    model = made(maker, rng)
    wanted = np.asarray(model(images, training=False))
    flat = chain.straightened(model, SIZE)
    if maker is not plain:
        np.testing.assert_allclose(flat(images, training=False), wanted, rtol=1e-4)
    known = opened.Opened("one", flat, ("a", "b", "c"), SIZE, 3, "crop").layers
    scoring = [name for name, layer in known.items() if layer.output is flat.outputs[0]]
    assert scoring == [list(known)[-1]]
    assert known[scoring[0]].output.shape == (None, 3)


@pytest.mark.parametrize(("shape", "any_size"), [((None, None), True), ((None, 12), False)])
def test_a_size_can_be_chosen_where_neither_width_nor_height_is_fixed(shape, any_size, tmp_path):
    inputs = keras.Input((*shape, 3))
    maps = layers.GlobalMaxPooling2D()(layers.Conv2D(2, 3)(inputs))
    folder = tmp_path / "opened"
    folder.mkdir()
    model = keras.Model(inputs, layers.Dense(2)(maps))
    proving.prove(saved(model, tmp_path), folder, 0)
    about = rebuilt.read_about(folder)
    assert about["any_size"] == any_size
    assert about["image_size"] == (USUAL_SIZE if any_size else 12)


def test_a_network_too_large_for_the_chosen_size_is_refused_before_it_is_built(tmp_path):
    inputs = keras.Input((None, None, 3))
    maps = layers.GlobalMaxPooling2D()(layers.Conv2D(1000, 1)(inputs))
    path = saved(keras.Model(inputs, layers.Dense(2)(maps)), tmp_path)
    folder = tmp_path / "opened"
    folder.mkdir()
    with pytest.raises(ValueError, match=r"One image fills 1,048 MB.*use smaller images"):
        proving.prove(path, folder, 512)
    assert not list(folder.iterdir())


def test_layers_of_networks_within_can_be_looked_at(rng, images):
    flat = chain.straightened(made(nested, rng), SIZE)
    assert [layer.name for layer in flat.layers if "conv" in layer.name] == ["conv", "conv_2"]
    inner = keras.Model(flat.input, flat.get_layer("conv").output)(images)
    assert inner.shape == (3, SIZE - 2, SIZE - 2, 4)


def test_logits_are_those_before_the_softmax(rng, images):
    model = made(plain, rng)
    before = keras.Model(model.inputs, model.layers[-2].output)([images], training=False)
    kernel, bias = model.layers[-1].get_weights()
    wanted = np.asarray(before) @ kernel + bias
    found = chain.straightened(model, SIZE)(images, training=False)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("maker", "match"),
    [
        (lambda: keras.Sequential([start(channels=2), layers.Flatten(), layers.Dense(2)]), "1 or"),
        (lambda: keras.Sequential([keras.Input((9,)), layers.Dense(2)]), "Expected were images"),
        (lambda: keras.Sequential([start(), layers.Conv2D(2, 3)]), "one score a class"),
        (lambda: keras.Sequential([start(), layers.Flatten(), layers.Dense(1)]), "2 classes"),
        (
            lambda: keras.Sequential([start(), layers.Flatten(), layers.Dense(3, "sigmoid")]),
            "sigmoid of 3",
        ),
        (
            lambda: keras.Sequential([keras.Input((8, 9, 3)), layers.Flatten(), layers.Dense(2)]),
            "8 x 9",
        ),
        (
            lambda: keras.Sequential(
                [start(), layers.Flatten(), layers.Dense(3, "softmax"), layers.Reshape((3,))]
            ),
            "gives probabilities",
        ),
        (
            lambda: keras.Sequential(
                [start(), layers.UpSampling2D(300), layers.GlobalMaxPooling2D(), layers.Dense(2)]
            ),
            "fills 276 MB",
        ),
        (lambda: keras.Model(*[[start(), start()]] * 2), "exactly one batch"),
    ],
)
def test_what_is_no_classifier_of_images_is_refused(maker, match, tmp_path):
    folder = tmp_path / "opened"
    folder.mkdir()
    with pytest.raises(ValueError, match=match):
        proving.prove(saved(maker(), tmp_path), folder, 0)


def test_an_own_file_opens_through_a_process_of_its_own(tmp_path, rng, images):
    model = made(plain, rng)
    wanted = np.asarray(model(images, training=False))
    source = {"file": given(model, tmp_path), "class_names": ["a", "b", "c"]}
    found = open_source(source)
    agree(found.logits(images), wanted)
    assert found.class_names == ("a", "b", "c")
    assert (found.image_size, found.channels, found.run) == (SIZE, 3, None)
    assert next(iter(found.layers)).startswith("conv2d")
    assert open_source(source) is found
    parts = found.parts(list(found.layers))
    np.testing.assert_allclose(
        parts([images], training=False)[-1], found.logits(images), rtol=1e-4, atol=1e-5
    )
    as_shares = open_source({"file": source["file"], "values": "0 to 1"})
    wanted_shares = found.logits(images / 255)
    np.testing.assert_allclose(as_shares.logits(images), wanted_shares, rtol=1e-3, atol=1e-4)
    described = describe_network(lambda share, words: None, network=source)
    assert described["class_names"].tolist() == ["a", "b", "c"]
    assert described["values"] == "0 to 255"


def published(name):
    """Return a network of Keras with weights as they are drawn, and the same without softmax."""
    make = getattr(keras.applications, name)
    model, scores = make(weights=None), make(weights=None, classifier_activation=None)
    scores.set_weights(model.get_weights())
    return model, scores


@pytest.mark.slow
@pytest.mark.parametrize("name", ["MobileNetV2", "ResNet50", "EfficientNetB0"])
def test_a_network_of_keras_opens_as_on_the_page_and_gives_its_logits(name, tmp_path, rng):
    model, scores = published(name)
    kept = given(model, tmp_path)
    check_apart(kept_files.find(kept))
    found = open_source({"file": kept, "values": AS_THEY_ARE})
    size = found.image_size
    images = rng.integers(0, 256, (2, size, size, 3)).astype(np.float32)
    wanted = np.asarray(scores(images, training=False))
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(found.logits(images) / scale, wanted / scale, atol=1e-4)
    assert scale > 0
    assert (size, found.channels, len(found.class_names)) == (224, 3, 1000)


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_networks_open_as_on_the_page(name, tmp_path, rng):
    model = made(HARMLESS[name], rng)
    kept = given(model, tmp_path)
    check_apart(kept_files.find(kept))
    found = open_source({"file": kept, "values": AS_THEY_ARE})
    size = found.image_size
    images = rng.integers(0, 256, (3, size, size, 3)).astype(np.float32)
    agree(found.logits(images), np.asarray(model(images, training=False)))


def memory_bomb():
    # Its size is told for usual images; it is opened for larger ones.
    inputs = keras.Input((None, None, 3))
    large = layers.UpSampling2D(20)(inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalMaxPooling2D()(large)))


def test_a_memory_bomb_ends_in_one_line_and_alone(tmp_path):
    name = given(memory_bomb(), tmp_path)
    with pytest.raises(ValueError, match="memory") as caught:
        own_file.open_file(name, image_size=512, values=None, tell=lambda share, words: None)
    assert "\n" not in str(caught.value)
    assert not list((kept_files.networks_dir()).glob("*-512"))


def test_a_request_that_is_stopped_ends_its_process(tmp_path):
    class Stopped(Exception):
        """Whoever asked does not want to know any more."""

    def stop(share, words):
        raise Stopped

    begun = time.monotonic()
    with pytest.raises(Stopped):
        own_file.open_file(given(two_classes(), tmp_path), image_size=None, values=None, tell=stop)
    assert time.monotonic() - begun < limits.OPEN_PATIENCE_SECONDS / 2


def test_what_the_process_wrote_is_checked_again(tmp_path, rng):
    folder = tmp_path / "opened"
    folder.mkdir()
    proving.prove(saved(made(two_classes, rng), tmp_path), folder, 0)
    config = json.loads((folder / proving.CONFIG).read_text())
    config["config"]["layers"][1]["class_name"] = "Lambda"
    (folder / proving.CONFIG).write_text(json.dumps(config))
    with pytest.raises(ValueError, match="'Lambda'"):
        rebuilt.rebuild(folder)


@pytest.mark.parametrize("size", [0, -1, 513, "9", 2.5])
def test_image_sizes_are_whole_numbers_of_some_size(size):
    name = kept_files.keep(io.BytesIO(b"x"))
    with pytest.raises(ValueError, match="image size"):
        open_source({"file": name, "image_size": size})


@pytest.mark.parametrize("name", ["0" * 32, "../../etc/passwd", ""])
def test_only_kept_files_are_opened(name):
    with pytest.raises(ValueError, match="not in the cache"):
        open_source({"file": name})


def test_names_are_one_a_class():
    assert own_file.class_names(None, 2) == ("Class 0", "Class 1")
    with pytest.raises(ValueError, match="2 names were given, but the network has 3"):
        own_file.class_names(["a", "b"], 3)


def test_a_source_of_no_known_kind_is_refused():
    with pytest.raises(ValueError, match="cannot be opened"):
        open_source({"address": "http://a.b"})
