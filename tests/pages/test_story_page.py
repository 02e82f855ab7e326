"""The home page: its figures with and without recorded runs, and where its links lead."""

import json
import shutil
from urllib.parse import parse_qsl

import pytest

from explorer import runs
from explorer.analysis.verdict import judge
from explorer.paths import PROJECT
from explorer.runs.write import update_description
from explorer.ui import text

NAMES = ("characters-adequate", "characters-too-large")
WITHOUT_RUNS = 3  # figures that need no recording
OF_RUNS = 5  # distributions, loss, accuracy, the valley, weights


def words(app):
    return " ".join(item.value for kind in (app.markdown, app.caption) for item in kind)


def figures(app):
    return len(app.get("vega_lite_chart"))


def links(app):
    """Return what each link asks for, by its words."""
    protos = [link.proto for link in app.get("page_link")]
    return {one.label: dict(parse_qsl(one.query_string)) for one in protos}


@pytest.fixture
def bundled(root):
    return [runs.open_run(shutil.copytree(PROJECT / "checkpoints" / n, root / n)) for n in NAMES]


def test_without_runs_the_story_says_where_to_make_them(root, open_page):
    app = open_page()
    assert not app.exception
    assert "article's experiment" in app.info[0].value
    assert figures(app) == WITHOUT_RUNS


def test_a_pair_of_which_the_story_is_not_true_is_not_told_of(write_run, open_page):
    write_run("slow", learning_rate=0.05)
    write_run("fast", learning_rate=1.0)
    app = open_page()
    assert not app.exception
    assert app.info
    assert figures(app) == WITHOUT_RUNS


def test_the_story_says_what_the_runs_say(bundled, open_page):
    app = open_page()
    assert not app.exception
    assert not app.info
    assert figures(app) == WITHOUT_RUNS + OF_RUNS
    for run in bundled:
        assert text.percent(run.metrics().validation["accuracy"].iloc[-1], 1) in words(app)
        assert text.plain(judge(run).summary) in words(app)


def test_the_figures_show_the_kernel_that_the_words_tell_of(bundled, open_page):
    (large,) = [one for one in judge(bundled[1]).findings if one.rule == "large_updates"]
    app = open_page()
    shown = {query["tensor"] for query in links(app).values() if "tensor" in query}
    assert shown == {large.place}
    assert text.plain(large.words[1:]) in words(app)


def test_a_large_rate_whose_gradients_are_not_known_to_be_gone_is_not_told_of(bundled, open_page):
    large = bundled[1]
    recording = large.description["recording"]
    without = {**recording, "tensors": {**recording["tensors"], "gradients": []}}
    update_description(large.folder, recording=without)
    assert judge(runs.open_run(large.folder)).verdict == "collapsed"
    app = open_page()
    assert not app.exception
    assert figures(app) == WITHOUT_RUNS


def test_every_link_is_understood(bundled, open_page):
    told = [link.proto for link in open_page().get("page_link")]
    assert {one.page for one in told} >= {"compare", "convolution", "filters", "learning_rate"}
    for one in told:
        app = open_page(one.page, **dict(parse_qsl(one.query_string)))
        assert not app.exception
        assert not [info for info in (*app.info, *app.warning) if "link" in info.value]


def test_links_lead_to_the_same_runs_layer_and_step(bundled, open_page):
    gone = next(one.step for one in judge(bundled[1]).findings if one.rule == "zero_gradients")
    asked = [query for query in links(open_page()).values() if "tensor" in query]
    assert {query["view"] for query in asked} == {"Distributions", "Weights"}
    for query in asked:
        app = open_page("compare", **query)
        assert not app.exception
        assert [app.selectbox(key=f"compare_{letter}").value for letter in "ab"] == list(NAMES)
        assert app.selectbox(key="tensor").value == query["tensor"]
        assert step_shown(app, bundled[1]) == int(query["step"])
    assert {int(query["step"]) for query in asked} == {gone, bundled[1].steps[-1]}


def step_shown(app, run):
    """Return the step at which the slider of a chart stands at first."""
    spec = json.loads(app.get("vega_lite_chart")[0].proto.spec)
    params = {param["name"]: param for param in spec["params"]}
    rows = json.loads(params["r1"]["expr"].removesuffix("[i]"))
    return int(run.steps[rows[params["i"]["value"]]])


@pytest.mark.parametrize("step", ["x", "-1", "1.5", "9" * 5000, "\u0663"])
def test_a_link_to_what_is_no_step_is_told(bundled, open_page, step):
    app = open_page("compare", view="Weights", step=step)
    assert not app.exception
    assert any("not a whole number" in one.value for one in app.info)
    assert step_shown(app, bundled[1]) == 0


def test_a_link_beyond_the_last_step_shows_the_last(bundled, open_page):
    app = open_page("compare", view="Distributions", step="999999999999")
    assert step_shown(app, bundled[1]) == bundled[1].steps[-1]
