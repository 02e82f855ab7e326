"""The page Learning rate, opened from the entry script."""

from urllib.parse import parse_qsl

import numpy as np
import pytest

from explorer import runs
from explorer.analysis.range_test import NUM_STEPS, RangeTest, raised_rates
from explorer.inference import range_results
from explorer.training.spec import TrainingSpec
from explorer.ui.learning_rate_ball import DIMENSION_LABELS, FUNCTION_LABELS
from explorer.ui.learning_rate_range import START


def messages(app):
    return " ".join(item.value for kind in (app.info, app.warning, app.error) for item in kind)


def specs(app):
    return [chart.proto.spec for chart in app.get("vega_lite_chart") if chart.proto.spec]


def test_it_opens_on_a_ball_without_any_run(root, open_page):
    app = open_page("learning_rate")
    assert not app.exception
    assert not messages(app)
    assert len(specs(app)) == 1


@pytest.mark.parametrize("error", FUNCTION_LABELS.values())
@pytest.mark.parametrize("weights", DIMENSION_LABELS.values())
def test_every_function_opens_from_a_link(root, open_page, error, weights):
    app = open_page("learning_rate", error=error, weights=weights)
    assert not app.exception
    assert not messages(app)
    assert len(specs(app)) == 1
    alt = app.get("vega_lite_chart")[0].proto.alt
    assert alt.startswith(error)
    assert ("from above" in specs(app)[0]) == (weights == DIMENSION_LABELS[2])


@pytest.mark.parametrize("key", ["view", "error", "weights"])
def test_a_link_to_what_is_not_there_is_told(root, open_page, key):
    app = open_page("learning_rate", **{key: "<b>Nothing</b>"})
    assert not app.exception
    assert "does not have" in messages(app)
    assert key not in app.query_params
    assert len(specs(app)) == 1


RANGE = {"view": "Range test"}


def links(app):
    return [(one.proto.label, one.proto.query_string) for one in app.get("page_link")]


def words(app):
    return " ".join(item.value for kind in (app.markdown, app.caption) for item in kind)


@pytest.fixture
def tested_run(write_run):
    """Write a run that can be tested, with the range test it would get."""

    def written(losses, taken=None, run_id="run-1", **spec):
        about = {
            "name": "Digits",
            "class_names": ["0", "1", "2"],
            "channels": 1,
            "image_size": 8,
            "fit": "crop",
            "fingerprint": "abc",
        }
        settings = TrainingSpec(data="digits", image_size=24, **spec)
        run = write_run(run_id, data=about, spec=settings.to_dict())
        taken = np.array([len(losses)] if taken is None else [taken])
        rows = np.full((1, NUM_STEPS), np.nan)
        rows[0, : len(losses)] = losses
        key = range_results.key_of(settings, "abc")
        range_results.keep(run.folder, key, RangeTest(raised_rates(), rows, taken, np.array([0])))
        return run

    return written


def falling():
    return 2.3 - 1.5 * np.clip((np.arange(NUM_STEPS) - 60) / 60, 0, 1)


def test_without_a_run_it_says_where_to_get_one(root, open_page):
    app = open_page("learning_rate", **RANGE)
    assert not app.exception
    assert "no run whose training could be tested" in messages(app)
    assert links(app)


def test_a_run_of_a_script_of_its_own_is_not_offered(write_run, open_page):
    write_run("own", spec={})
    app = open_page("learning_rate", **RANGE)
    assert not app.exception
    assert "no run whose training could be tested" in messages(app)


def test_what_was_found_before_is_shown_at_once(tested_run, open_page):
    run = tested_run(falling(), learning_rate=0.05)
    app = open_page("learning_rate", **RANGE)
    assert not app.exception
    assert not messages(app)
    assert len(specs(app)) == 1
    assert [one.label for one in app.metric] == ["Valley", "Steepest", "Minimum / 10"]
    for shown, (label, query) in zip(app.metric, links(app)[-3:], strict=True):
        assert label == f"Train with {shown.value}"
        asked = dict(parse_qsl(query))
        assert asked == {"view": "New run", "rate": shown.value, "like": run.id}


def test_the_link_brings_the_settings_and_the_rate_to_the_trainer(tested_run, open_page):
    settings = {"optimizer": "momentum", "batch_size": 48, "seed": 7, "epochs": 3, "filters": 9}
    run = tested_run(falling(), **settings)
    app = open_page("learning_rate", **RANGE)
    asked = dict(parse_qsl(links(app)[-1][1]))
    app = open_page("trainer", state={"trainer_source": "bundled"}, **asked)
    assert not app.exception
    assert not messages(app)
    assert app.session_state["trainer_rate"] == asked["rate"]
    assert app.selectbox(key="trainer_source").value == "digits"
    assert app.selectbox(key="trainer_optimizer").value == "momentum"
    assert app.number_input(key="trainer_batch_size").value == 48
    assert app.number_input(key="trainer_seed").value == 7
    assert app.number_input(key="trainer_epochs").value == 3
    assert app.number_input(key="trainer_filters_article").value == 9
    assert app.select_slider(key="trainer_image_size").value == 24
    assert {"like", "rate"}.isdisjoint(app.query_params)
    assert run.id == asked["like"]


def test_what_a_link_filled_in_can_be_changed(tested_run, open_page):
    run = tested_run(falling(), batch_size=48)
    app = open_page("trainer", view="New run", like=run.id, rate="0.3")
    app.number_input(key="trainer_batch_size").set_value(16).run()
    assert not app.exception
    assert app.number_input(key="trainer_batch_size").value == 16
    assert app.selectbox(key="trainer_rate").value == "0.3"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"like": "<b>nobody</b>"}, "does not have"),
        ({"rate": "fast"}, "learning rate “fast”"),
        ({"rate": "nan"}, "between"),
        ({"rate": "-1"}, "between"),
    ],
)
def test_a_link_with_settings_that_are_not_there_is_told(root, open_page, query, told):
    app = open_page("trainer", view="New run", **query)
    assert not app.exception
    assert told in messages(app).replace("\\", "")
    assert app.selectbox(key="trainer_rate").value == "0.05"


def test_settings_without_a_field_are_named(tested_run, open_page):
    run = tested_run(falling(), kernel_size=2, depth=8, validation_share=0.33)
    app = open_page("trainer", view="New run", like=run.id)
    assert not app.exception
    said = messages(app).replace("\\", "")
    for words_said in ("kernel size 2", "number of blocks 8", "validation share in percent 33"):
        assert words_said in said


@pytest.mark.parametrize(
    ("losses", "told"),
    [
        ([np.nan], "very first step is not a number"),
        ([2.3] * 30 + [np.inf], "diverged at the learning rate"),
        ([2.3] * NUM_STEPS, "did not fall"),
    ],
)
def test_why_nothing_is_suggested_is_said_in_a_line(tested_run, open_page, losses, told):
    tested_run(losses)
    app = open_page("learning_rate", **RANGE)
    assert not app.exception
    assert told in messages(app)
    assert not app.metric
    assert bool(specs(app)) == bool(np.isfinite(losses).any())


def test_a_run_of_which_nothing_can_be_shown_is_offered_last(write_run, tested_run, open_page):
    tested_run(falling(), run_id="a-run")
    gone = TrainingSpec(data="/nowhere/pictures.zip").to_dict()
    about = {"name": "Gone", "class_names": ["0", "1"], "channels": 1, "key": "no-such-key"}
    write_run("b-run", data=about, spec=gone)
    app = open_page("learning_rate", **RANGE)
    assert not app.exception
    assert next(run.id for run in runs.list_runs()) == "b-run"
    assert app.selectbox(key="range_run").value == "a-run"


def test_a_link_to_an_unknown_run_is_told(tested_run, open_page):
    tested_run(falling())
    app = open_page("learning_rate", run="nobody", **RANGE)
    assert not app.exception
    assert "names a run that this explorer does not have" in messages(app)
    assert len(specs(app)) == 1


def test_the_form_of_the_trainer_is_tested_when_it_is_set_up(root, open_page):
    app = open_page("learning_rate", of="The form of the Trainer", **RANGE)
    assert not app.exception
    assert "Nothing is set up" in messages(app)
    app = open_page("trainer", view="New run")
    asked = next(query for label, query in links(app) if "Which learning rate" in label)
    state = {"trainer_spec": app.session_state["trainer_spec"]}
    app = open_page("learning_rate", state=state, **dict(parse_qsl(asked)))
    assert not app.exception
    assert not messages(app)
    assert "small (scikit-learn). Plain gradient descent" in words(app).replace("\\", "")
    assert any(one.label == START for one in app.button)


@pytest.mark.parametrize("state", [{}, {"view": "New run"}], ids=["fresh", "from the Trainer"])
def test_a_link_that_names_what_to_test_opens_the_range_test(root, open_page, state):
    """Also without its view, which Streamlit drops on the way from a page that has one."""
    app = open_page("learning_rate", state=state, of="The form of the Trainer")
    assert not app.exception
    assert "Nothing is set up" in messages(app)


def test_a_view_of_another_page_that_comes_back_into_the_address_is_told(root, open_page):
    """The browser's way back may give a page the address of the one after it."""
    app = open_page("learning_rate", view="Sweep")
    app.query_params["view"] = "Runs"
    app.run()
    assert not app.exception
