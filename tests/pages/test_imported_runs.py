"""Imported runs on every page: no error, and a sentence where something is missing."""

import json
import re
import shutil

import h5py
import keras
import numpy as np
import pytest

from explorer import runs
from explorer.charts import palette
from explorer.imports.bringing import bring_in
from explorer.ui.filters_network import why_not_shown
from explorer.ui.learning_rate_range import why_not_tested
from tests.imports import logs


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """Give a log as Keras writes it, and weights alone, as Keras saves them."""
    folder = tmp_path_factory.mktemp("given")
    logs.keras_log(folder / "log", updates=20)
    rng = np.random.default_rng(0)
    (folder / "weights").mkdir()
    for step in (1, 2, 3):
        with h5py.File(folder / "weights" / f"step-{step}.weights.h5", "w") as file:
            layer = file.create_group("layers/conv2d/vars")
            layer.attrs["name"] = "conv_1"
            layer["0"] = rng.normal(size=(3, 3, 1, 4)).astype(np.float32)
            layer["1"] = np.zeros(4, np.float32)
    return folder


@pytest.fixture(scope="module")
def made(given, tmp_path_factory):
    """Import both, once."""
    folder = tmp_path_factory.mktemp("made")
    log = bring_in(given / "log", "A log", root=folder)
    weights = bring_in(given / "weights", "Some weights", root=folder)
    return {"log": log, "weights": weights}


@pytest.fixture
def imported(made, root):
    """Give the ids of both, in the runs folder of the test."""
    for run in made.values():
        shutil.copytree(run.folder, root / run.id)
    return {name: run.id for name, run in made.items()}


def told(app):
    kinds = (app.info, app.warning, app.error, app.caption, app.markdown)
    said = " ".join(item.value for kind in kinds for item in kind)
    return said.replace("\\", "").replace("\u2060", "")


def charts(app):
    return [chart for chart in app.get("vega_lite_chart") if chart.proto.spec]


def test_the_trainer_says_what_they_were_made_from_and_lack(imported, open_page):
    app = open_page("trainer", run=[imported["log"], imported["weights"]])
    assert not app.exception
    assert not app.error
    said = told(app)
    assert "Made from the TensorBoard log “log”." in said
    assert "Made from the saved checkpoints “weights”." in said
    assert "TensorBoard logs keep no single weights" in said
    assert "Saved checkpoints hold no loss and no accuracy of the training." in said
    assert "train/epoch_loss" in said  # left out
    assert "Saved checkpoints hold no gradients." in said
    assert "No gradients were recorded" not in said  # of a recorder, which there was not
    assert "Step 0 is the network" not in said
    assert "Weights, step by step" in [header.value for header in app.header]
    assert "Read: 3 steps." in said
    assert len(charts(app)) == 4


def test_a_single_file_is_shown_without_a_slider(given, imported, root, tmp_path, open_page):
    (tmp_path / "one").mkdir()
    shutil.copy(given / "weights" / "step-1.weights.h5", tmp_path / "one" / "last.weights.h5")
    run = bring_in(tmp_path / "one", "Just one", root=root)
    app = open_page("trainer", run=run.id)
    assert not app.exception
    assert "There is one step alone, and no slider." in told(app)
    assert not re.search("[Ss]crub through it|Drag the slider", told(app))
    both = open_page("trainer", run=[run.id, imported["weights"]])
    (told_beside,) = (
        one.proto.json for one in both.get("bidi_component") if "timelines" in one.proto.json
    )
    assert json.loads(told_beside)["timelines"] == [[1, 2, 3]]
    compared = open_page("compare", a=run.id, b=run.id, view="Weights")
    assert not compared.exception
    drawn = [json.loads(chart.proto.spec)["params"] for chart in [*charts(app), *charts(compared)]]
    assert [one for params in drawn for one in params if one.get("name") == "i"]
    assert not any("bind" in one for params in drawn for one in params if one.get("name") == "i")


def test_no_finding_on_what_is_missing_leads_to_a_chart(imported, open_page):
    app = open_page("compare", a=imported["log"], b=imported["weights"])
    leading = {one.key for one in app.button if one.label.startswith("Show the chart")}
    assert "show_a_rule_0" in leading
    assert "Nothing to judge by" in told(app)
    assert not {key for key in leading if key.startswith("show_b")}


def test_of_a_log_without_accuracy_no_model_is_blamed(root, tmp_path, open_page):
    logs.write(tmp_path / "log", [logs.record(step, logs.scalar("loss", 1.0)) for step in (1, 2)])
    run = bring_in(tmp_path / "log", "Losses alone", root=root)
    app = open_page("trainer", run=run.id)
    assert not app.exception
    assert "No accuracy was recorded of Losses alone: what it was made from has none." in told(app)
    assert "no such metric" not in told(app)


def test_curves_have_the_colour_of_their_run_also_alone(imported, open_page):
    app = open_page("trainer", run=[imported["weights"], imported["log"]])
    loss = next(chart.proto.spec for chart in charts(app) if "Loss: does it" in chart.proto.spec)
    assert (palette.RUN_B in loss, palette.RUN_A in loss) == (True, False)


def test_the_table_tells_of_a_network_what_is_known(imported, open_page):
    table = open_page("trainer", run=imported["log"]).dataframe[0].value.set_index("Run")
    assert table["Network"]["Some weights"] == "40 parameters in 1 layer"
    assert table["Network"]["A log"] == "402 parameters in 2 layers"


@pytest.mark.parametrize(
    ("view", "sentence", "num_charts"),
    [
        ("Curves", "Saved checkpoints hold no loss", 1),
        ("Distributions", "The weights at each step", 1),
        ("Weights", "TensorBoard logs keep no single weights", 1),
        ("Checkpoints", "TensorBoard logs keep no weights to build a network from", 0),
        ("Take away", "Without checkpoints: A log kept none.", 0),
    ],
)
def test_compare_puts_them_side_by_side(imported, open_page, view, sentence, num_charts):
    app = open_page("compare", a=imported["log"], b=imported["weights"], view=view)
    assert not app.exception
    assert not app.error
    assert sentence in told(app)
    assert len(charts(app)) == num_charts
    assert "This cannot tell how far updates move the weights" in told(app)
    assert "How A log was trained is not known" in told(app)


def test_a_change_is_named_after_the_step_it_is_measured_from(imported, open_page):
    run, colour = imported["weights"], "Change since the first step"
    app = open_page("compare", a=run, b=run, view="Weights", colour=colour)
    (chart,) = charts(app)
    assert "Change since step 1, the first that was saved" in chart.proto.spec
    assert "step 0" not in chart.proto.spec
    (switch,) = (one for one in app.get("button_group") if one.key == "colour")
    assert [option.content for option in switch.proto.options] == ["Weight", colour]


def test_steps_that_are_no_updates_are_told_wherever_they_stand_beside_others(
    given, root, tmp_path, open_page
):
    (tmp_path / "epochs").mkdir()
    for number in (1, 2):
        file = given / "weights" / f"step-{number}.weights.h5"
        shutil.copy(file, tmp_path / "epochs" / f"epoch-{number}.weights.h5")
    run = bring_in(tmp_path / "epochs", "By epochs", root=root).id
    for view in ("Distributions", "Weights"):
        said = told(open_page("compare", a=run, b=run, view=view))
        assert said.count("A step here is an epoch: how many updates it had is not known.") == 1


@pytest.mark.parametrize(
    ("run", "view", "sentence"),
    [
        ("weights", "Curves", "There are no metrics to draw"),
        ("log", "Weights", "Neither run has recorded single weights"),
        ("weights", "Checkpoints", "was not trained here, but made from"),
    ],
)
def test_where_there_is_nothing_a_sentence_stands_instead_of_a_chart(
    imported, open_page, run, view, sentence
):
    app = open_page("compare", a=imported[run], b=imported[run], view=view)
    assert not app.exception
    assert not app.error
    assert sentence in told(app)


@pytest.mark.parametrize("view", ["The real valley", "The loss surface", "Range test", "Sweep"])
def test_the_learning_rate_asks_for_runs_of_its_own(imported, open_page, view):
    app = open_page("learning_rate", view=view, a=imported["log"], b=imported["weights"])
    assert not app.exception
    assert not app.error


def test_a_kernel_of_theirs_slides_over_a_picture(imported, open_page):
    app = open_page("convolution", kernel="run", run=imported["weights"])
    assert not app.exception
    assert not app.error
    assert charts(app)


def test_a_link_to_one_is_answered_with_its_own_reason(imported):
    assert "keep no weights to build a network from" in why_not_shown(imported["log"])
    assert "no network to put them into" in why_not_shown(imported["weights"])
    assert "made from a log or from checkpoints" in why_not_tested(imported["log"])
    for told in (why_not_shown("nobody"), why_not_tested("nobody")):
        assert "a run that this explorer does not have" in told


@pytest.mark.parametrize("page", ["filters", "story"])
def test_other_pages_stay_as_they_were(imported, open_page, page):
    app = open_page(page, run=imported["log"])
    assert not app.exception
    assert not app.error


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Give a folder with a checkpoint of a network that tells three classes apart."""
    folder = tmp_path_factory.mktemp("checkpoints")
    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]
    keras.Sequential(layers).save(folder / "epoch-01.keras")
    return folder


def upload(app, name, content, *, classes="", values=None):
    app.file_uploader(key="import_file_0").set_value((name, content, "application/zip")).run()
    app.text_input(key="import_classes_0").set_value(classes).run()
    if values:
        app.selectbox(key="import_values_0").set_value(values).run()
    return next(one for one in app.button if one.label == "Open as a run").click().run()


def test_an_uploaded_log_becomes_a_run_that_is_shown(given, root, open_page, tmp_path):
    content = _zipped(given / "log", tmp_path)
    app = upload(open_page("trainer", view="Runs"), "my <b>log.zip", content)
    assert not app.exception
    assert not app.error
    (run,) = (one for one in root.iterdir() if not one.name.startswith("."))
    assert run.name in app.query_params["run"]
    assert "Made from the TensorBoard log “my <b>log”." in told(app)


def test_an_upload_that_is_no_log_is_refused_in_a_line_and_leaves_nothing(
    root, open_page, tmp_path
):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"")
    content = _zipped(tmp_path / "pictures", tmp_path)
    app = upload(open_page("trainer", view="Runs"), "pictures.zip", content)
    assert not app.exception
    assert "neither a TensorBoard log" in told(app)
    assert list(root.iterdir()) == []


def test_uploaded_checkpoints_take_names_of_classes_and_the_values_expected(
    network, root, open_page, tmp_path
):
    content = _zipped(network, tmp_path)
    given = {"classes": "cat, black dog, emu,", "values": "-1 to 1"}
    app = upload(open_page("trainer", view="Runs"), "mine.zip", content, **given)
    assert not app.exception
    (run,) = (runs.open_run(one) for one in root.iterdir() if not one.name.startswith("."))
    assert run.description["data"]["class_names"] == ["cat", "black dog", "emu"]
    assert "values of -1 to 1" in " ".join(run.source["notes"])


def test_another_number_of_classes_than_the_network_has_is_told_and_leaves_nothing(
    network, root, open_page, tmp_path
):
    content = _zipped(network, tmp_path)
    app = upload(open_page("trainer", view="Runs"), "mine.zip", content, classes="cat, dog")
    assert not app.exception
    assert "2 names of classes were given, but the network has 3 classes." in told(app)
    assert list(root.iterdir()) == []


def _zipped(folder, tmp_path):
    return (tmp_path / shutil.make_archive(tmp_path / "packed", "zip", folder)).read_bytes()
