import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer import data, runs
from explorer.charts.flipped_images import surest_first
from explorer.inference.comparison import Comparison, key_of, save
from explorer.paths import cache_dir
from explorer.runs.write import RunWriter, update_description
from explorer.training.spec import TrainingSpec
from explorer.training.worker import describe_data
from explorer.ui.inference import inference

SCRIPT = """
import streamlit as st
from explorer import runs
from explorer.ui import compare_checkpoints
compare_checkpoints.show(*[runs.open_run(folder) for folder in {folders!r}])
"""
STEPS = (0, 3, 6)
FILTERS = 2  # pictures of them, one of A and one of B
SPEC = {"data": "digits", "image_size": 8, "filters": 2, "depth": 1}


@pytest.fixture(scope="session")
def digits(prepared_cache):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CACHE", str(prepared_cache))
        yield data.load("digits", image_size=8)


@pytest.fixture
def make_run(root, digits, rng):
    """Return a function that makes a run with three checkpoints of noise."""

    def make(run_id, *, steps=STEPS, **description):
        spec = TrainingSpec(**SPEC)
        writer = RunWriter(root / run_id)
        about = describe_data(digits, digits.split(seed=0), spec)
        known = {"name": run_id, "status": "finished", "spec": spec.to_dict(), "data": about}
        writer.describe(**{**known, **description})
        for step in steps:
            writer.write_checkpoint(
                step, {"conv_1/kernel": rng.normal(size=(3, 3, 1, 2)), "conv_1/bias": np.zeros(2)}
            )
        return runs.open_run(root / run_id)

    return make


@pytest.fixture
def show():
    def shown(a, b, **query):
        app = AppTest.from_string(
            SCRIPT.format(folders=[str(a.folder), str(b.folder)]), default_timeout=60
        )
        app.query_params.update(query)
        app.run()
        assert not app.exception, app.exception
        return app

    yield shown
    inference().close()
    st.cache_resource.clear()
    shutil.rmtree(cache_dir() / "comparisons", ignore_errors=True)


def made(digits, names=None, **changes):
    """Make a comparison by hand: A is always right, B calls everything the first class."""
    rows = digits.split(seed=0).validation[:40]
    labels = digits.labels[rows]
    comparison = Comparison(
        class_names=tuple(names or digits.class_names),
        shared=np.arange(10),
        labels=labels,
        answers_a=labels,
        answers_b=np.zeros_like(labels),
        confidence_a=np.full(40, 0.9, np.float32),
        confidence_b=np.linspace(0.1, 0.9, 40).astype(np.float32),
        loss_a=0.1,
        loss_b=2.3,
        sets=(digits.key,),
        places=np.column_stack([np.zeros(40, np.int64), rows]),
        layers_a=("conv_1", "logits"),
        layers_b=("conv_1", "logits"),
        similarity=np.array([[0.8, np.nan], [0.1, np.nan]]),
        similarity_biased=np.array([[0.9, np.nan], [0.3, np.nan]]),
        similarity_by_chance=np.array([[0.1, np.nan], [0.1, np.nan]]),
        similarity_images=40,
        line_shares=np.linspace(0, 1, 11),
        line_accuracy=np.linspace(1, 0.1, 11),
        line_loss=np.linspace(0.1, 2.3, 11),
        line_images=40,
        line_note="Eleven networks.",
        notes=(),
    )
    return replace(comparison, **changes)


def words(app):
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.subheader)
    return "\n".join(item.value for kind in kinds for item in kind)


def boxes(app):
    return [box.value for box in app.selectbox]


def test_two_runs_begin_at_their_last_checkpoints_and_one_run_at_its_first_and_last(make_run, show):
    a, b = make_run("a"), make_run("b", steps=(0, 9))
    assert boxes(show(a, b)) == ["6", "9"]
    assert boxes(show(a, a)) == ["0", "6"]


def test_a_link_names_the_checkpoints(make_run, show):
    a = make_run("a")
    assert boxes(show(a, a, step_a="3", step_b="0")) == ["3", "0"]


@pytest.mark.parametrize("asked", ["7", "-1", "../../x", "![x](http://x)"])
def test_a_link_to_a_checkpoint_that_is_not_there_says_so(make_run, show, asked):
    app = show(make_run("a"), make_run("b"), step_a=asked)
    assert "names a checkpoint of A that there is not" in words(app)
    assert boxes(app) == ["6", "6"]


def test_the_warning_goes_once_another_checkpoint_is_chosen(make_run, show):
    app = show(make_run("a"), make_run("b"), step_a="7")
    app.selectbox[0].set_value("3").run()
    assert not app.warning
    assert boxes(app) == ["3", "6"]


def test_what_was_not_compared_yet_offers_to_and_shows_the_filters_at_once(make_run, show):
    a = make_run("a")
    app = show(a, make_run("b"))
    assert [button.label for button in app.button] == ["Compare these checkpoints"]
    assert f"up to {a.data['num_validation']} images" in words(app)
    assert [item.value for item in app.subheader] == ["Filter by filter"]


def test_filters_of_unrelated_networks_are_not_compared_one_by_one(make_run, show):
    a = make_run("a")
    app = show(a, make_run("b", spec={**a.spec, "seed": a.spec.get("seed", 0) + 1}))
    assert "are not compared one by one" in words(app)
    assert not app.get("vega_lite_chart")


def test_the_same_checkpoint_twice_has_nothing_to_compare(make_run, show):
    a = make_run("a")
    app = show(a, a, step_a="3", step_b="3")
    assert "same checkpoint twice" in words(app)
    assert not app.button


def test_runs_without_checkpoints_say_so(make_run, show):
    kept, empty = make_run("kept"), make_run("empty", steps=())
    app = show(kept, empty)
    assert "empty kept no checkpoint" in words(app)
    assert not app.selectbox


def test_a_run_of_a_script_of_its_own_still_shows_its_filters(make_run, show):
    own = make_run("own", spec={}, data={})
    app = show(own, make_run("b"))
    assert "script of its own" in words(app)
    assert "Filter by filter" in words(app)
    assert not app.button


def test_a_damaged_checkpoint_is_named(make_run, show):
    a, b = make_run("a"), make_run("b")
    (b.folder / "weights" / "00000006.safetensors").write_bytes(b"not weights")
    assert "00000006" in words(show(a, b))


@pytest.fixture
def compared(make_run, digits):
    """Return two runs whose comparison is in the cache, and a function to change it."""
    a, b = make_run("a"), make_run("b")

    def keep(**changes):
        save(made(digits, **changes), key_of(a, 6, b, 6))
        return a, b

    return keep


def test_what_was_compared_before_is_shown_without_asking(compared, show, digits):
    app = show(*compared())
    share = f"{np.mean(made(digits).labels == 0):.1%}".replace("%", " %")
    assert [metric.value for metric in app.metric] == ["100.0 %", "0.100", share, "2.300", "40"]
    assert [item.value for item in app.subheader] == [
        "Class by class",
        "What is taken for what",
        "Images that flipped",
        "Where they see alike, layer by layer",
        "Between the two",
        "Filter by filter",
    ]
    assert "1 layer of B puts out the same for every image" in words(app)
    assert len(app.get("vega_lite_chart")) == 10


def test_flipped_images_come_by_the_page_and_the_surest_mistake_first(compared, show, digits):
    app = show(*compared())
    lost = int(np.sum(made(digits).labels != 0))
    tiles = [item.value for item in app.markdown if item.value.startswith("**")]
    assert len(tiles) == len(app.get("image")) - FILTERS == 18
    shares = [float(re.search(r"B: 0, ([\d.]+)", tile.replace("\\", ""))[1]) for tile in tiles]
    assert shares == sorted(shares, reverse=True)
    more = next(button for button in app.button if "more" in button.label)
    assert more.label == f"Show {lost - 18} more of {lost - 18}"
    more.click().run()
    assert len(app.get("image")) - FILTERS == lost


def test_other_directions_can_be_chosen_and_may_be_empty(compared, show):
    app = show(*compared())
    app.segmented_control[0].set_value("gained").run()
    assert "no image that B recognises and A does not" in words(app)
    assert not app.exception


def test_images_without_an_answer_come_last(digits):
    sure = np.zeros(40, np.float32)
    sure[:3] = [np.nan, 0.2, 0.7]
    comparison = made(digits, confidence_b=sure)
    assert surest_first(comparison, np.array([0, 1, 2, 3]), "lost").tolist() == [2, 1, 3, 0]


def test_names_with_markup_are_shown_as_they_are(compared, show, digits):
    names = [f"![{k}](http://x.y/{k})" for k in range(10)]
    app = show(*compared(names=names, notes=("Only A knows ![x](http://x.y/z).",)))
    assert "![" not in words(app)


def test_without_a_common_class_the_layers_are_still_compared(compared, show):
    app = show(*compared(shared=np.zeros(0, np.int64)))
    assert "no class in common" in words(app)
    assert "Where they see alike" in words(app)
    assert "Class by class" not in words(app)


def test_without_a_line_it_is_said_why(compared, show):
    none = np.zeros(0)
    changes = {"line_shares": none, "line_accuracy": none, "line_loss": none}
    app = show(*compared(**changes, line_note="Different architecture."))
    assert "Different architecture" in words(app)


def test_pictures_gone_from_the_cache_can_be_asked_for_again(compared, show):
    app = show(*compared(sets=("0" * 32,)))
    assert "Prepare the pictures again" in [button.label for button in app.button]
    assert len(app.get("image")) == FILTERS


def test_a_failure_is_told_and_can_be_tried_again(make_run, show):
    a, b = make_run("a"), make_run("b")
    app = show(a, b)
    update_description(b.folder, data={**b.data, "fingerprint": "another"})
    app.button[0].click().run()
    request = next(iter(app.session_state["checkpoint_requests"].values()))
    with pytest.raises(ValueError, match="have changed"):
        request.result(200)
    app.run()
    assert "have changed since run" in words(app)
    assert [button.label for button in app.button] == ["Compare these checkpoints"]


def test_another_run_begins_at_its_usual_checkpoint_and_the_one_that_stays_keeps_its_own(
    make_run, root
):
    make_run("a")
    make_run("b")
    make_run("c", steps=(0, 9))
    script = """
import streamlit as st
from explorer import runs
from explorer.ui import compare_checkpoints
a, b = (runs.open_run(f"{root}/{{name}}") for name in ("a", st.session_state.get("other", "b")))
compare_checkpoints.show(a, b)
"""
    app = AppTest.from_string(script.format(root=root), default_timeout=60).run()
    app.selectbox[0].set_value("3").run()
    app.selectbox[1].set_value("0").run()
    app.session_state["other"] = "c"
    app.run()
    assert not app.exception
    assert boxes(app) == ["3", "9"]
