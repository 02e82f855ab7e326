"""The page Convolution: an object that is moved, and networks that are asked when told to."""

import json
import shutil
from collections import OrderedDict

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer import data, runs
from explorer.analysis.shift import OBJECTS, shifts_around, shifts_within
from explorer.inference import given
from explorer.inference.samples import validation_sample
from explorer.paths import cache_dir
from explorer.runs import files
from explorer.runs.write import RunWriter, update_description
from explorer.training.spec import TrainingSpec
from explorer.training.worker import describe_data
from explorer.ui.asking import ANSWERS, REQUESTS
from explorer.ui.convolution_runs import MOST_IMAGES
from explorer.ui.inference import inference

SIZE, STEP, IMAGES, CLASSES = 8, 6, 4, 10
NAMES = {"conv": "Conv ![x](y)", "flat": "Flat"}


SCRIPT = "from explorer.ui import convolution_shift\nconvolution_shift.show()"


@pytest.fixture
def show(root):
    """Show this part of the page alone."""

    def shown(**state):
        app = AppTest.from_string(SCRIPT, default_timeout=60)
        for name, value in state.items():
            app.session_state[name] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return shown


@pytest.fixture(scope="session")
def digits(prepared_cache):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CACHE", str(prepared_cache))
        yield data.load("digits", image_size=SIZE)


@pytest.fixture
def make_run(root, digits):
    """Return a function that makes a run with one checkpoint and some images."""

    def make(run_id, *, images=IMAGES, **changes):
        spec = TrainingSpec(data="digits", image_size=SIZE, **changes)
        split = digits.split(seed=0)
        writer = RunWriter(root / run_id)
        writer.describe(
            name=NAMES.get(run_id, run_id),
            status="finished",
            spec=spec.to_dict(),
            data=describe_data(digits, split, spec),
        )
        if images:
            rows = split.validation[:images]
            writer.write_probe(digits.images[rows], digits.labels[rows])
        writer.write_checkpoint(STEP, {"logits/bias": np.zeros(CLASSES)})
        writer.close()
        return runs.open_run(root / run_id)

    yield make
    inference().close()
    st.cache_resource.clear()
    shutil.rmtree(cache_dir() / given.FOLDER, ignore_errors=True)


@pytest.fixture
def pair(make_run):
    return [make_run("conv", filters=4, depth=1), make_run("flat", model="dense")]


def words(app):
    kinds = (app.header, app.subheader, app.markdown, app.caption, app.info, app.error, app.warning)
    return "\n".join(item.value for kind in kinds for item in kind)


def ask(app):
    return next(one for one in app.button if one.label.startswith("Move the image"))


def answers_of(pair, rng, *, keeps, why_kept="", total=IMAGES):
    """Put together what the inference process would answer about the first image."""
    images, labels = validation_sample(pair[0], MOST_IMAGES)
    kept, labels = given.keep(images[0]), labels[:IMAGES]
    known = OrderedDict()
    sources = [{"run": str(run.folder), "step": STEP} for run in pair]
    for number, stays in enumerate(keeps):
        asked = {"network": sources[number], "image": kept, "reach": 4}
        shares = rng.dirichlet(np.ones(CLASSES), 81)
        known[key("shift_map", asked)] = {"shifts": shifts_within(4), "probabilities": shares}
        asked = {"networks": sources, "number": number, "distances": [3]}
        moved = np.repeat(labels[:, None], 8, axis=1)
        moved[:, round(8 * stays) :] = (moved[:, round(8 * stays) :] + 1) % CLASSES
        known[key("shift_share", asked)] = {
            "shifts": shifts_around([3]),
            "unmoved": labels,
            "moved": moved,
            "labels": labels,
            "total": np.array(total),
            "why_kept": np.array(why_kept),
        }
    return known


def key(kind, arguments):
    return json.dumps([kind, arguments], sort_keys=True)


def test_an_object_is_moved_without_any_run(root, show):
    app = show()
    assert "equivariant" in words(app)
    assert "No run has kept a network and images" in words(app)


def test_the_measured_numbers_say_what_is_exact_and_what_is_not(root, show):
    lines = [line for line in words(show()).splitlines() if "| Stride" in line]
    assert lines[0] == "| Stride 1 | every one | 0 % | 42 % |"
    assert lines[1] == "| Stride 2 | even both ways | 0 % | 42 % |"
    assert lines[2].startswith("| Stride 2 | all others | 75 % |")


@pytest.mark.parametrize("name", list(OBJECTS))
def test_every_object_can_be_moved(root, show, name):
    app = show()
    app.selectbox(key="convolution_shift_object").set_value(name).run()
    assert not app.exception
    assert "| Max pooling | even both ways | 0 % |" in words(app)


def test_it_is_there_when_the_choices_above_are_incomplete(root, open_page):
    app = open_page("convolution", state={"convolution_image": "upload"})
    assert not app.exception
    assert "Does it find the object wherever it is?" in words(app)


def test_opening_the_page_asks_no_network(pair, show, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "empty"))
    app = show()
    assert ask(app).label == "Move the image, and ask the networks"
    assert REQUESTS not in app.session_state
    assert not (cache_dir() / given.FOLDER).exists()


def test_the_dense_network_stands_beside_and_any_other_can_be_chosen(pair, make_run, show):
    make_run("third", filters=2, depth=1)
    app = show(convolution_shift_run="conv")
    box = app.selectbox(key="convolution_shift_beside")
    assert (box.value, len(box.options)) == ("flat", 3)
    box.set_value("none").run()
    assert ask(app).label == "Move the image, and ask the network"


def test_without_a_dense_network_none_is_set_beside(make_run, show):
    make_run("conv", filters=4, depth=1)
    make_run("third", filters=2, depth=1)
    app = show(convolution_shift_run="conv")
    assert app.selectbox(key="convolution_shift_beside").value == "none"


def test_a_network_of_other_classes_cannot_stand_beside(pair, show):
    update_description(pair[1].folder, data={**pair[1].data, "class_names": ["a", "b"]})
    app = show(convolution_shift_run="conv")
    assert len(app.selectbox(key="convolution_shift_beside").options) == 1


def test_the_answers_are_told_as_numbers(pair, show, rng):
    known = answers_of(pair, rng, keeps=(0.75, 0.25))
    app = show(**{ANSWERS: known}, convolution_shift_run="conv")
    assert not app.metric
    ask(app).click().run()
    assert not app.exception
    assert [one.value for one in app.metric] == ["75.0 %", "25.0 %"]
    told = words(app)
    assert "Right: 100.0 % of the images unmoved, 75.0 % of them moved." in told
    assert f"Over the {IMAGES} validation images of the run" in told
    assert "that neither network was trained on" in told
    assert "Each is moved by 3 pixels in eight directions: 32 moved images" in told
    assert "its edge pixels are repeated" in told
    assert "![x](y)" not in told + "".join(one.label for one in app.metric)


def test_a_sample_is_told_with_its_count(pair, show, rng):
    known = answers_of(pair, rng, keeps=(1.0, 1.0), total=2_160)
    app = show(**{ANSWERS: known}, convolution_shift_run="conv")
    ask(app).click().run()
    told = words(app)
    assert f"Over {IMAGES} of the 2,160 validation images of the run" in told
    assert "as many of every class" in told


def test_images_the_run_kept_are_told_as_such(pair, show, rng):
    why = "The images in pictures.zip are gone."
    known = answers_of(pair, rng, keeps=(1.0, 1.0), why_kept=why)
    app = show(**{ANSWERS: known}, convolution_shift_run="conv")
    ask(app).click().run()
    told = words(app)
    assert f"Over the {IMAGES} images that the run" in told
    assert "its validation images are not at hand: The images in pictures" in told


def test_other_networks_are_asked_only_when_told_to(pair, show, rng):
    known = answers_of(pair, rng, keeps=(1.0, 1.0))
    app = show(**{ANSWERS: known}, convolution_shift_run="conv")
    ask(app).click().run()
    assert not app.exception
    app.selectbox(key="convolution_shift_run").set_value("flat").run()
    assert not app.exception
    assert not app.metric
    assert ask(app)


def test_damaged_images_are_told(pair, show, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "empty"))
    (pair[0].folder / files.PROBE).write_bytes(b"not images")
    app = show(convolution_shift_run="conv")
    assert "damaged or unreadable" in words(app)


def test_images_that_do_not_fit_are_told(pair, show):
    update_description(pair[0].folder, data={**pair[0].data, "class_names": ["only one"]})
    app = show(convolution_shift_run="conv")
    assert "labels reach to" in words(app)


def test_a_run_without_images_is_not_offered(pair, make_run, show):
    make_run("blind", images=0, filters=4, depth=1)
    app = show()
    assert len(app.selectbox(key="convolution_shift_run").options) == 2
