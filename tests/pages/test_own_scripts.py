"""Runs that scripts recorded open on every page, which say what is missing of them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer import runs
from explorer.paths import PROJECT

PROGRAM = Path(__file__).with_name("own_scripts.py")
KINDS = (
    "regression", "two_outputs", "together", "unfrozen", "rivals", "no_weights", "binary", "maps",
)  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    root = tmp_path_factory.mktemp("scripts")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, PROGRAM, root], env=environment, check=True)
    return root


@pytest.fixture
def opened(recorded, open_page, monkeypatch, prepared_cache):
    """Open a page on the recorded runs; returns all that is said there."""
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(recorded))
    monkeypatch.setenv("EXPLORER_CACHE", str(prepared_cache))

    def opened(page, **query):
        app = open_page(page, **query)
        assert not app.exception
        kinds = (app.info, app.warning, app.error, app.caption, app.markdown)
        said = [item.value for kind in kinds for item in kind]
        charts = [chart.proto.spec for chart in app.get("vega_lite_chart")]
        return " ".join([*said, *charts]).replace("\\", "").replace("\u2060", "")

    return opened


def test_every_kind_is_recorded(recorded):
    assert {run.id: run.status for run in runs.list_runs(recorded)} == dict.fromkeys(
        KINDS, "finished"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_trainer_and_the_comparison_open_every_kind(opened, kind):
    said = opened("trainer", run=kind)
    has_accuracy = kind not in ("regression", "rivals")
    assert ("No accuracy was recorded" in said) != has_accuracy
    for view in ("Curves", "Distributions", "Weights"):
        opened("compare", a=kind, b="binary", view=view)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("together", "Keras made 4 steps at a time: of these the first is recorded"),
        ("unfrozen", "Gradients and updates of conv_1/bias, conv_1/kernel are missing"),
        ("unfrozen", "conv_1/kernel has no gradients: it is not trained, or was frozen"),
        ("rivals", "No gradients were recorded"),
        ("two_outputs", "The accuracy is the metric kind_accuracy"),
        ("regression", "Loss: does it fall?"),
    ],
)
def test_the_trainer_says_what_is_missing(opened, kind, words):
    assert words in opened("trainer", run=kind)


def test_the_table_tells_networks_and_rates_of_scripts(opened, open_page):
    opened("trainer", run="binary")
    table = open_page("trainer", run="binary").dataframe[0].value.set_index("Run")
    assert table["Network"]["together"] == "475 parameters in 2 layers"
    assert table["Network"]["no_weights"] == "0 parameters in 0 layers"
    assert table["Learning rate"]["together"] == pytest.approx(0.01)
    assert np.isnan(table["Learning rate"]["rivals"])


def test_an_accuracy_that_nobody_measured_is_not_drawn_as_lost_numbers(opened):
    said = opened("trainer", run=["regression", "binary"])
    assert "No accuracy was recorded of regression" in said
    assert "not a number" not in said


def test_the_verdict_says_that_single_updates_are_not_known(opened):
    assert "Keras made 4 updates at a time" in opened("compare", a="together", b="binary")


@pytest.mark.parametrize(
    ("page", "query", "words"),
    [
        ("filters", {"run": "binary"}, "does not say how its images are prepared"),
        ("convolution", {}, "that the explorer knows how to prepare"),
        ("learning_rate", {"view": "The real valley", "a": "binary", "b": "maps"}, "a script"),
        ("learning_rate", {"view": "Range test", "run": "binary"}, "could be tested yet"),
        ("compare", {"view": "Checkpoints", "a": "binary", "b": "maps"}, "a script of its own"),
    ],
)
def test_pages_that_need_more_than_a_recording_say_so(opened, page, query, words):
    assert words in opened(page, **query)


@pytest.mark.parametrize("kind", ["binary", "no_weights"])
def test_the_images_of_a_recording_can_be_convolved(opened, kind):
    opened("convolution", image="Image of a run", image_run=kind)
