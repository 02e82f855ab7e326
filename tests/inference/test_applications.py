import io
import json
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import keras
import numpy as np
import pytest

from explorer.inference import applications, opened
from explorer.inference.opened import open_source
from explorer.models import applications as published
from explorer.models import kept_files


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Give an empty cache, an empty home, and a network that leads nowhere."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    monkeypatch.setattr("urllib.request._opener", None)  # it keeps the proxies it began with
    yield
    opened._open.clear()


PREPROCESSING = {
    "MobileNetV2": keras.applications.mobilenet_v2.preprocess_input,
    "EfficientNetV2B0": keras.applications.efficientnet_v2.preprocess_input,
    "ResNet50": keras.applications.resnet.preprocess_input,
}


def drawn(name, rng):
    """Return a network with weights drawn anew, normalisation's statistics too."""
    model = applications.MAKERS[name](weights=None, classifier_activation=None)
    for weights in model.weights:
        noise = rng.normal(0, 0.1, weights.shape)
        weights.assign(weights + (np.abs(noise) if "variance" in weights.path else noise))
    return model


@pytest.mark.parametrize(
    ("name", "file_name"),
    [
        ("MobileNetV2", "a.weights.h5"),
        ("MobileNetV2", "a.h5"),  # the older format, which the published weights have
        pytest.param("EfficientNetV2B0", "a.weights.h5", marks=pytest.mark.slow),
        pytest.param("ResNet50", "a.h5", marks=pytest.mark.slow),
    ],
)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_weights_given_by_hand_answer_as_in_keras(name, file_name, tmp_path, rng):
    model = drawn(name, rng)
    save = model.save_weights if "weights" in file_name else model.save
    save(tmp_path / file_name)
    images = rng.integers(0, 256, (2, 224, 224, 3)).astype(np.float32)
    wanted = np.asarray(model(PREPROCESSING[name](images.copy()), training=False))
    with (tmp_path / file_name).open("rb") as file:
        found = open_source({"application": name, "weights": kept_files.keep(file)})
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(found.logits(images) / scale, wanted / scale, atol=1e-4)
    assert (found.image_size, found.channels, len(found.class_names)) == (224, 3, 1000)
    assert "have numbers" in found.about["note"]
    names = list(found.layers)
    assert len(names) == len(set(names)) > 50


def test_without_network_the_page_is_told_what_to_do():
    with pytest.raises(ValueError, match=r"cannot be downloaded .* by hand") as caught:
        open_source({"application": "MobileNetV2", "weights": None})
    assert published.APPLICATIONS["MobileNetV2"].url in str(caught.value)


def test_damaged_weights_on_this_machine_are_fetched_anew_or_told():
    place = kept_files.networks_dir() / published.APPLICATIONS["MobileNetV2"].file_name
    place.write_bytes(b"the transfer broke off")
    with pytest.raises(ValueError, match=r"are damaged\. .* cannot be downloaded .* by hand"):
        open_source({"application": "MobileNetV2", "weights": None})


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Return a function that serves a file as the published weights of a network."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("no_proxy", "127.0.0.1")

        def served(name, file_name):
            url = f"http://127.0.0.1:{server.server_port}/{file_name}"
            known = published.APPLICATIONS
            monkeypatch.setitem(known, name, replace(known[name], url=url, md5=None))

        yield served
        server.shutdown()


@pytest.mark.slow
def test_weights_are_fetched_anew_where_those_on_this_machine_are_damaged(serve, tmp_path, rng):
    model = drawn("MobileNetV2", rng)
    model.save_weights(tmp_path / "a.weights.h5")
    serve("MobileNetV2", "a.weights.h5")
    place = kept_files.networks_dir() / "a.weights.h5"
    place.write_bytes(b"the transfer broke off")
    told = []
    source = {"application": "MobileNetV2", "weights": None}
    found = open_source(source, tell=lambda share, words: told.append(words))
    assert "Downloading a.weights.h5" in told
    assert place.stat().st_size == (tmp_path / "a.weights.h5").stat().st_size
    images = rng.integers(0, 256, (1, 224, 224, 3)).astype(np.float32)
    wanted = np.asarray(model(images / 127.5 - 1.0, training=False))
    assert found.logits(images).argmax() == wanted.argmax()


def test_weights_of_another_network_do_not_fit(tmp_path, rng):
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    other.save_weights(tmp_path / "a.weights.h5")
    with (tmp_path / "a.weights.h5").open("rb") as file:
        name = kept_files.keep(file)
    with pytest.raises(ValueError, match="do not fit MobileNetV2"):
        open_source({"application": "MobileNetV2", "weights": name})


def test_weights_are_checked_before_they_are_read():
    name = kept_files.keep(io.BytesIO(b"no weights"))
    with pytest.raises(ValueError, match="no HDF5 file"):
        open_source({"application": "MobileNetV2", "weights": name})


def test_there_is_no_other_network():
    with pytest.raises(ValueError, match="Choose one of: MobileNetV2"):
        open_source({"application": "Lambda", "weights": None})


def test_every_published_network_can_be_made_and_is_prepared_for():
    assert set(published.APPLICATIONS) == set(applications.MAKERS) == set(applications.SCALES)


def test_a_file_that_lies_in_the_cache_is_not_downloaded():
    place = kept_files.networks_dir() / published.APPLICATIONS["ResNet50"].file_name
    place.write_bytes(b"here")
    assert published.fetch_weights("ResNet50", lambda share, words: None) == place


def test_names_of_classes_come_from_the_index_of_keras():
    index = {str(number): [f"n{number}", f"kind_{number}"] for number in range(1000)}
    path = kept_files.networks_dir() / "imagenet_class_index.json"
    path.write_text(json.dumps(index))
    names, note = published.fetch_names(lambda share, words: None)
    assert (names[0], names[999], note) == ("kind 0", "kind 999", "")
