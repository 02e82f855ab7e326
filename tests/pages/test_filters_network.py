import io
import json
import shutil
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from explorer.inference.request import FAILED, Request
from explorer.models import kept_files
from explorer.models.applications import APPLICATIONS
from explorer.runs.write import RunWriter
from explorer.ui import filters_imagenet, filters_network, filters_own
from explorer.ui.asking import ANSWERS, REQUESTS
from explorer.ui.filters_files import GivenFile
from explorer.ui.inference import inference

sys.path.append(str(Path(__file__).parents[1] / "models"))
from keras_corpus import CONFIGS, members, write

KEPT = "0" * 32


@pytest.fixture(autouse=True)
def alone(root, monkeypatch, tmp_path):
    """Give every test an empty home and no network."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    monkeypatch.setattr("urllib.request._opener", None)  # it keeps the proxies it began with
    yield
    inference().close()
    st.cache_resource.clear()
    shutil.rmtree(kept_files.networks_dir(), ignore_errors=True)


def described(*, source, names=("Class 0", "Class 1"), any_size=False, values="0 to 1", note=""):
    """Return what the page knows when the inference process has described a network."""
    found = {
        "image_size": np.array(8),
        "channels": np.array(3),
        "any_size": np.array(any_size),
        "class_names": np.array(names),
        "values": np.array(values),
        "note": np.array(note),
    }
    key = json.dumps(["describe_network", {"network": source}], sort_keys=True)
    return ANSWERS, OrderedDict({key: found})


def own(**changes):
    answers, known = described(source={"file": KEPT}, **changes)
    return {answers: known, filters_own.OPEN: GivenFile(KEPT, "![x](y).keras")}


def texts(elements):
    return " ".join(element.value for element in elements)


def test_a_run_is_shown_first(open_page):
    app = open_page("filters")
    assert not app.exception
    assert app.segmented_control(key=filters_network.FROM).value == filters_network.A_RUN
    assert "no trained network" in texts(app.info)
    assert "from" not in app.query_params


@pytest.mark.parametrize(("kind", "value"), filters_network.IN_ADDRESS.items())
def test_a_link_opens_its_kind_of_network(open_page, kind, value):
    app = open_page("filters", **({"from": value} if value else {}))
    assert not app.exception
    assert app.segmented_control(key=filters_network.FROM).value == kind


def test_a_link_to_no_kind_of_network_says_so(open_page):
    app = open_page("filters", **{"from": "![x](http://a.b)"})
    assert not app.exception
    assert "kind of network that this page does not have" in texts(app.warning)


def test_choosing_a_kind_is_kept_in_the_address(open_page):
    app = open_page("filters", run="nobody", step="3")
    app.segmented_control(key=filters_network.FROM).set_value(filters_network.IMAGENET).run()
    assert not app.exception
    assert app.query_params["from"] == "imagenet"
    assert app.query_params["application"] == "MobileNetV2"
    assert "run" not in app.query_params
    assert "step" not in app.query_params


def test_nothing_is_downloaded_before_it_is_asked_for(open_page):
    app = open_page("filters", **{"from": "imagenet"}, application="ResNet50")
    assert not app.exception
    assert app.selectbox(key=filters_imagenet.CHOSEN).value == "ResNet50"
    assert "103 MB" in texts(app.markdown)
    assert inference().process_id is None
    assert [button.label for button in app.button][-1] == "Download the weights"


def test_a_link_to_no_imagenet_network_says_so(open_page):
    app = open_page("filters", **{"from": "imagenet"}, application="Lambda")
    assert "ImageNet network that this page does not have" in texts(app.warning)


def test_an_imagenet_network_with_weights_is_shown_images(open_page):
    place = kept_files.networks_dir() / APPLICATIONS["MobileNetV2"].file_name
    place.write_bytes(b"here")
    source = {"application": "MobileNetV2", "weights": None}
    answers, known = described(source=source, note="Names are *numbers*.")
    app = open_page("filters", state={answers: known}, **{"from": "imagenet"})
    assert not app.exception
    assert "Names are \\*numbers\\*" in texts(app.caption)
    assert app.tabs[0].label == "Classes"


def test_where_weights_are_damaged_others_can_be_given(open_page):
    place = kept_files.networks_dir() / APPLICATIONS["MobileNetV2"].file_name
    place.write_bytes(b"here")
    request = Request(1, "describe_network", {})
    request.end(FAILED, error="The weights are damaged.")
    source = {"application": "MobileNetV2", "weights": None}
    key = json.dumps(["describe_network", {"network": source}], sort_keys=True)
    app = open_page("filters", state={REQUESTS: {key: request}}, **{"from": "imagenet"})
    assert not app.exception
    assert "The weights are damaged" in texts(app.error)
    (field,) = app.file_uploader
    assert field.label.startswith("Or give the file")


def names_file(number):
    return json.dumps({str(k): [f"n{k}", f"kind_{k}"] for k in range(number)}).encode()


def test_names_of_the_classes_can_be_given_by_hand():
    assert filters_imagenet.read_names(names_file(1000))[:2] == ("kind 0", "kind 1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        b"3",
        names_file(999),
        b"[" * 100_000,
        json.dumps({str(k): ["n", k] for k in range(1000)}).encode(),
        json.dumps({str(k): ["n", " "] for k in range(1000)}).encode(),
    ],
)
def test_other_files_are_refused_as_names(content):
    with pytest.raises(
        ValueError, match=r"does not name 1,000 classes.*imagenet_class_index\.json"
    ):
        filters_imagenet.read_names(content)


def test_names_given_by_hand_are_those_of_the_network(open_page):
    place = kept_files.networks_dir() / APPLICATIONS["MobileNetV2"].file_name
    place.write_bytes(b"here")
    source = {"application": "MobileNetV2", "weights": None}
    names = [f"Class {k}" for k in range(1000)]
    answers, known = described(source=source, names=names, note="Numbers.")
    query = {"from": "imagenet", "view": "What it looks for"}
    layers = {"names": ["x"], "channels": [1000], "has_places": [False], "are_scores": [True]}
    key = json.dumps(["layers_to_look_into", {"network": source}], sort_keys=True)
    known[key] = {name: np.array(values) for name, values in layers.items()}
    app = open_page("filters", state={answers: known}, **query)
    assert app.selectbox(key="looks_class").options[0] == "Class 0"
    app.file_uploader(key=filters_imagenet.NAMES).set_value(("a.json", b"[]", "")).run()
    assert "a\\.json: This file does not name" in texts(app.error)
    given = ("b.json", names_file(1000), "application/json")
    app.file_uploader(key=filters_imagenet.NAMES).set_value(given).run()
    assert not app.exception
    assert app.selectbox(key="looks_class").options[0] == "kind 0"


def test_the_page_warns_of_strangers(open_page):
    app = open_page("filters", **{"from": "file"})
    assert "Only open models you trust" in texts(app.warning)
    assert not app.tabs


def test_a_file_that_is_refused_is_told_about_and_forgotten(open_page, tmp_path):
    bad = write(tmp_path / "a.keras", members(CONFIGS["code"][0])).read_bytes()
    app = open_page("filters", **{"from": "file"})
    app.file_uploader[0].set_value(("a.keras", bad, "application/zip")).run()
    assert not app.exception
    assert "is not opened" in texts(app.error)
    assert "Lambda" in texts(app.error)
    assert not app.tabs
    assert not list(kept_files.networks_dir().iterdir())


def test_a_file_that_passes_is_kept_under_no_name_of_its_own(open_page, tmp_path):
    good = write(tmp_path / "a.keras").read_bytes()
    name = kept_files.keep(io.BytesIO(good))
    answers, known = described(source={"file": name})
    app = open_page("filters", state={answers: known}, **{"from": "file"})
    app.file_uploader[0].set_value(("../*a*.keras", good, "application/zip")).run()
    assert not app.exception
    assert app.session_state[filters_own.OPEN].kept == name
    assert [path.name for path in kept_files.networks_dir().iterdir()] == [f"{name}.given"]


def test_names_of_files_are_no_markdown(open_page):
    app = open_page("filters", state=own(), **{"from": "file"})
    assert not app.exception
    assert "\\!\\[x\\]" in texts(app.markdown)
    assert app.tabs[0].label == "Classes"


def test_a_size_is_asked_for_only_where_any_will_do(open_page):
    assert not open_page("filters", state=own(), **{"from": "file"}).number_input
    app = open_page("filters", state=own(any_size=True), **{"from": "file"})
    assert [field.label for field in app.number_input] == ["Image size, pixels"]


def test_too_few_names_are_counted(open_page):
    app = open_page("filters", state=own(), **{"from": "file"})
    app.text_area[0].set_value("only one").run()
    assert not app.exception
    assert "1 name for 2 classes" in texts(app.warning)


def test_classes_of_one_name_are_told_apart():
    names = ("crane", "tench", "crane", "crane")
    found = filters_network.told_apart(names)
    assert len(set(found)) == len(names)
    assert found[1] == "tench"
    assert all(one.startswith(name) for one, name in zip(found, names, strict=True))


@pytest.mark.parametrize(("steps", "is_linked"), [((0, 4), True), ((), False)])
def test_a_run_with_checkpoints_is_linked_from_the_list_of_runs(
    write_run, root, open_page, steps, is_linked
):
    about = {"name": "Digits", "class_names": ["0", "1", "2"], "channels": 1, "image_size": 8}
    run = write_run("one", data={**about, "fit": "crop", "fingerprint": "f"})
    for step in steps:
        RunWriter(run.folder).write_checkpoint(step, {"logits/bias": np.zeros(3)})
    app = open_page("trainer", run="one")
    assert not app.exception
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links.get("Show it pictures") == ("run=one" if is_linked else None)
