"""The part "What it looks for" of the Filters page, with a network of noise."""

import shutil
from collections import OrderedDict

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.inference.request import CANCELLED, Request
from explorer.runs.write import RunWriter
from explorer.training.spec import TrainingSpec
from explorer.ui.asking import ANSWERS, REQUESTS
from explorer.ui.filters_looks_for import MIDDLE, WANTED, WHOLE, Layer, _name
from explorer.ui.inference import inference

SCRIPT = """
from explorer import runs
from explorer.ui import filters_looks_for
from explorer.ui.filters_network import Network
run = runs.open_run({folder!r})
filters_looks_for.show(Network(
    source={{"run": str(run.folder), "step": 6}}, name="A", class_names=tuple(run.class_names),
    image_size=8, channels=1, fit="crop", run=run, step=6), [])
"""
SPEC = TrainingSpec(data="digits", image_size=8, filters=2, depth=1)
CLASSES = ["one", "![x](http://x.y/z)", "three"]
BUTTON = "Show what it looks for"


@pytest.fixture
def run_folder(root, rng):
    """Write a run of two checkpoints of noise, and its probe images."""
    writer = RunWriter(root / "a")
    about = {"class_names": CLASSES, "image_size": 8, "channels": 1, "fit": "crop"}
    writer.describe(
        name="A", status="finished", spec=SPEC.to_dict(), data={**about, "fingerprint": "f"}
    )
    for step in (0, 6):
        writer.write_checkpoint(step, weights(rng))
    writer.write_probe(rng.uniform(0, 255, (12, 8, 8, 1)).astype(np.float32), np.arange(12) % 3)
    writer.close()
    return root / "a"


def weights(rng):
    shapes = {
        "conv_1/kernel": (3, 3, 1, 2),
        "conv_1/bias": (2,),
        "dense_1/kernel": (32, 64),
        "dense_1/bias": (64,),
        "logits/kernel": (64, 3),
        "logits/bias": (3,),
    }
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture
def show(run_folder):
    def shown(answers=None, **query):
        app = AppTest.from_string(SCRIPT.format(folder=str(run_folder)), default_timeout=60)
        app.query_params.update(query)
        if answers is not None:
            app.session_state[ANSWERS] = answers
        return checked(app.run())

    yield shown
    inference().close()
    st.cache_resource.clear()
    shutil.rmtree(run_folder, ignore_errors=True)


def checked(app):
    assert not app.exception, app.exception
    return app


def words(app):
    kinds = (app.markdown, app.caption, app.warning, app.error)
    return "\n".join(item.value for kind in kinds for item in kind)


def press(app, label):
    next(button for button in app.button if button.label == label).click()
    return checked(app.run())


def until_answered(app, seen):
    """Draw the page again, as the browser does, until the inference process has answered."""
    for _ in range(240):
        if seen(app):
            return app
        app = checked(app.run())
    raise AssertionError(words(app))


def test_it_begins_with_the_classes_and_makes_nothing_unasked(show):
    app = show()
    assert [box.value for box in app.selectbox] == ["logits", "one"]
    assert [button.label for button in app.button] == [BUTTON]


def test_a_link_names_the_layer_and_the_channel(show):
    app = show(looks_layer="conv_1", looks_channel="2")
    assert app.selectbox[0].value == "conv_1"
    assert (app.number_input[0].label, app.number_input[0].value) == ("Channel, 1 to 2", 2)


@pytest.mark.parametrize("channel", ["99", "0", "-1", "x", "9" * 30])
def test_a_link_to_what_there_is_not_shows_what_there_is(show, channel):
    app = show(looks_layer="../x", looks_channel=channel, looks_class="nine")
    assert [box.value for box in app.selectbox] == ["logits", "one"]
    said = " ".join(item.value for item in app.warning)
    assert "names a layer that cannot be asked" in said
    assert "names a class that cannot be asked" in said
    app.selectbox[0].set_value("dense_1").run()
    assert 1 <= app.number_input[0].value <= 64
    assert app.number_input[0].label == "Unit, 1 to 64"


def test_layers_that_compute_nothing_are_not_offered(show):
    assert show().selectbox[0].options == ["conv_1", "pool_1", "dense_1", "logits"]


def test_the_pictures_stand_beside_the_images_and_through_training(show):
    app = press(show(looks_class=CLASSES[1]), BUTTON)
    app = until_answered(app, lambda app: "Images that excite it" in words(app))
    assert len(app.get("imgs") or app.get("image")) == 4
    assert "12 images in the run folder" in words(app)
    assert "![" not in words(app)
    app = press(app, "Show it through training")
    app = until_answered(app, lambda app: app.get("vega_lite_chart"))
    (chart,) = app.get("vega_lite_chart")
    assert "step 0" in chart.proto.alt
    assert "step 6" in chart.proto.alt


def test_try_again_after_a_stop_asks_anew_without_another_click(show):
    app = press(show(), BUTTON)
    app = until_answered(app, lambda app: app.session_state[REQUESTS] or "Made" in words(app))
    for request in app.session_state[REQUESTS].values():
        request.cancel()
    app.session_state[ANSWERS] = OrderedDict()
    key = next(iter(app.session_state[WANTED]))
    stopped = Request(1, "maximise", {})
    stopped.end(CANCELLED)
    app.session_state[REQUESTS] = {key: stopped}
    app = checked(app.run())
    assert "\nStopped." in words(app)
    app = press(app, "Go on")
    app = until_answered(app, lambda app: "Made to excite" in words(app))
    assert BUTTON not in [button.label for button in app.button]


def test_names_of_classes_stand_in_the_list_as_they_are(show):
    assert show().selectbox[1].options == CLASSES


ALIKE = """
import numpy as np
from explorer.ui.filters_looks_shown import show_images
show_images(None, dict(
    num_images=np.array(12), num_total=np.array(12), kind=np.array("validation"),
    most_activations=np.full(9, -0.25), least_activations=np.full(9, -0.25)))
"""


def test_images_that_excite_alike_are_not_ranked():
    app = checked(AppTest.from_string(ALIKE).run())
    assert "No image excites it more than another" in words(app)
    assert "\N{MINUS SIGN}0.25 for all 12 validation images" in words(app)
    assert not app.get("imgs")
    assert not app.get("image")


@pytest.mark.parametrize(
    ("part", "words"), [(WHOLE, "channel 2 of c"), (MIDDLE, "one unit of channel 2 of c")]
)
def test_a_unit_is_not_called_a_channel(part, words):
    layer = Layer("c", channels=3, has_maps=True, is_classes=False)
    assert _name(None, layer, 1, part).startswith(words)
