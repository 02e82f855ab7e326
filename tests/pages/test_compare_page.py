"""The page Compare, from the entry script: what a visitor sees and what a link can do."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.elements.lib import policies

from explorer import runs
from explorer.analysis.verdict import judge
from explorer.paths import PROJECT
from explorer.runs import files
from explorer.ui.text import plain

VIEWS = ("Curves", "Distributions", "Weights")


def first(asked):
    """Return what the address says, told by the app or by the link."""
    return asked[0] if isinstance(asked, list) else asked


@pytest.fixture
def pair(write_run):
    write_run("slow", name="Slow", learning_rate=0.05)
    write_run("fast", name="Fast", learning_rate=2.0)


def messages(app):
    return " ".join(item.value for kind in (app.info, app.warning, app.error) for item in kind)


def words(app):
    return " ".join(item.value for kind in (app.markdown, app.caption) for item in kind)


def chosen(app):
    return [app.selectbox(key=f"compare_{letter}").value for letter in "ab"]


def charts(app):
    return [chart for chart in app.get("vega_lite_chart") if chart.proto.spec]


def test_without_runs_it_says_where_to_make_one(root, open_page):
    app = open_page("compare")
    assert not app.exception
    assert "There are no runs to compare yet" in messages(app)


def test_the_first_visit_shows_the_pair_that_differs_in_rate_alone(pair, open_page):
    app = open_page("compare")
    assert not app.exception
    assert chosen(app) == ["slow", "fast"]
    assert len(charts(app)) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_from_a_link(pair, open_page, view):
    app = open_page("compare", a="fast", b="slow", view=view, tensor="logits/kernel")
    assert not app.exception
    assert not messages(app)
    assert chosen(app) == ["fast", "slow"]
    assert len(charts(app)) == 1
    assert app.query_params["a"] == "fast"


@pytest.mark.parametrize("kind", ["Weights", "Gradients"])
@pytest.mark.parametrize("over", ["Ridges", "Percentiles", "Heatmap"])
def test_distributions_of_any_kind_open_from_a_link(pair, open_page, kind, over):
    app = open_page("compare", view="Distributions", kind=kind, over=over, tensor="conv_1/kernel")
    assert not app.exception
    spec = charts(app)[0].proto.spec
    assert f"Value ({kind.lower()})" in spec


def test_all_layers_are_drawn_with_a_panel_each(pair, open_page):
    app = open_page("compare", view="Distributions", tensor="All layers")
    assert not app.exception
    spec = charts(app)[0].proto.spec
    assert "conv_1/kernel" in spec
    assert "logits/kernel" in spec


def test_both_verdicts_stand_on_the_page(pair, open_page):
    app = open_page("compare")
    assert words(app).count("threshold ") >= 2


def test_a_finding_leads_to_the_chart_that_shows_it(pair, open_page):
    app = open_page("compare", view="Weights")
    button = next(button for button in app.button if button.key.startswith("show_a_rule"))
    button.click().run()
    assert not app.exception
    assert app.session_state["view"] in ("Curves", "Distributions")


def test_a_finding_about_a_layer_leads_to_that_layer(root, open_page):
    name = "characters-too-large"
    folder = shutil.copytree(PROJECT / "checkpoints" / name, root / name)
    findings = judge(runs.open_run(folder)).findings
    number = next(n for n, one in enumerate(findings) if one.chart == "activations" and one.place)
    app = open_page("compare", view="Distributions", kind="Gradients", tensor="conv_1/kernel")
    app.button(key=f"show_a_rule_{number}").click().run()
    assert not app.exception
    assert app.session_state["kind"] == "activations"
    assert app.selectbox(key="tensor").value == findings[number].place != "conv_1"
    steps, found = runs.open_run(folder).steps, findings[number].step
    (slider,) = (
        one for one in json.loads(charts(app)[0].proto.spec)["params"] if one["name"] == "i"
    )
    assert steps[slider["value"]] == steps[steps <= found].max() > 0


@pytest.fixture
def dead_layer(root):
    """Give the key of the button of a finding about a layer's activations."""
    name = "characters-too-large"
    folder = shutil.copytree(PROJECT / "checkpoints" / name, root / name)
    findings = judge(runs.open_run(folder)).findings
    number = next(n for n, one in enumerate(findings) if one.chart == "activations" and one.place)
    return f"show_a_rule_{number}"


@pytest.mark.parametrize("view", ["Curves", "Distributions"])
def test_the_address_names_what_a_finding_leads_to(dead_layer, open_page, view):
    app = open_page("compare", view=view)
    app.button(key=dead_layer).click().run()
    assert not app.exception
    asked = {"view": "Distributions", "kind": "Activations", "tensor": "conv_3"}
    for _ in range(3):
        assert {key: first(app.query_params[key]) for key in asked} == asked
        assert app.segmented_control(key="kind").value == "activations"
        app.run()


def test_the_address_names_the_kind_also_when_it_was_chosen_before(dead_layer, open_page):
    app = open_page("compare", view="Distributions", kind="Updates")
    app.session_state["view"] = "Curves"
    app.run().button(key=dead_layer).click().run()
    assert first(app.query_params["kind"]) == "Activations"
    assert app.segmented_control(key="kind").value == "activations"


def test_a_link_to_a_kind_that_no_run_recorded_shows_the_first_one(pair, open_page):
    app = open_page("compare", view="Distributions", kind="Activations")
    assert not app.exception
    assert len(charts(app)) == 1


@pytest.mark.parametrize("view", ["Curves", "Distributions"])
def test_following_a_finding_sets_no_choice_twice(dead_layer, open_page, view, monkeypatch, caplog):
    monkeypatch.setattr(policies, "runtime", SimpleNamespace(exists=lambda: True))
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    monkeypatch.setattr(policies._LOGGER, "propagate", True)
    app = open_page("compare", view=view)
    app.button(key=dead_layer).click().run()
    assert "default value" not in caplog.text


def test_from_the_chart_a_link_leads_back_to_the_finding(pair, open_page):
    app = open_page("compare")
    assert not [button for button in app.button if button.key == "back_to_verdict"]
    followed = next(button.key for button in app.button if button.key.startswith("show_b_rule"))
    app.button(key=followed).click().run()
    back = app.button(key="back_to_verdict")
    app.selectbox(key="compare_a").set_value("fast").run()
    assert not [button for button in app.button if button.key == "back_to_verdict"]
    app.selectbox(key="compare_a").set_value("slow").run()
    back = app.button(key="back_to_verdict")
    assert back.label == "Back to the verdict"
    back.click().run()
    assert not app.exception
    assert not [button for button in app.button if button.key == "back_to_verdict"]


def test_a_card_begins_with_one_sentence_and_folds_rule_numbers_and_source(dead_layer, open_page):
    app = open_page("compare")
    judgement = judge(runs.list_runs()[0])
    folded = [one.value for box in app.expander for one in box.markdown]
    shown = [one.value for one in app.markdown]
    assert shown.count(plain(judgement.summary)) > folded.count(plain(judgement.summary)) == 0
    for finding in judgement.findings:
        told = [one for one in shown if plain(finding.words) in one]
        assert told
        assert all(one in folded and plain(finding.moment) in one for one in told)
        assert f"Rule: `{finding.rule}`" in words(app)
        assert f"Source: {plain(finding.source)}" in words(app)


def test_the_words_of_the_verdict_are_explained_on_the_page(pair, open_page):
    app = open_page("compare")
    (folded,) = [one for one in app.expander if one.label.startswith("What the words mean")]
    told = folded.markdown[0].value
    assert "**Kernel**: the weights of a layer" in told
    assert "**Too small**" in told
    assert "|" not in told
    assert "docs/verdicts.md" not in words(app)


@pytest.mark.parametrize(
    ("key", "value"), [("view", "Nonsense"), ("kind", "Quark"), ("over", "zz"), ("colour", "Red")]
)
def test_a_link_that_asks_in_vain_says_so(pair, open_page, key, value):
    app = open_page("compare", **{"view": "Distributions", key: value})
    assert not app.exception
    assert any(value in one.value and key in one.value for one in app.info)


def test_what_was_set_differently_stands_above_the_verdicts(pair, open_page):
    app = open_page("compare")
    (words,) = [one.value for one in app.caption if one.value.startswith("Set differently")]
    assert "Learning rate 0.05 in A, 2 in B" in words.replace("\\", "")


def test_one_run_can_be_compared_with_itself(pair, open_page):
    app = open_page("compare", a="slow", b="slow", view="Distributions")
    assert not app.exception
    assert chosen(app) == ["slow", "slow"]


@pytest.mark.parametrize("text", ["gone", "../../etc", "![x](http://127.0.0.1:9)", "<script>"])
def test_a_hostile_link_gets_a_clear_line_and_an_intact_page(pair, open_page, text):
    app = open_page("compare", a=text, tensor=text, view="Distributions")
    assert not app.exception
    assert "The link names a run A that this explorer does not have" in messages(app)
    assert "The link names a layer that neither run has" in messages(app)
    assert text not in messages(app)
    assert chosen(app)[0] in ("slow", "fast")


@pytest.mark.parametrize("view", VIEWS)
def test_runs_with_different_layers_and_classes_are_compared_where_they_can_be(
    pair, write_run, open_page, view
):
    layout = {"weights": [{"name": "other/kernel", "shape": [16, 3]}]}
    write_run(
        "other",
        name="Other",
        recording={"tensors": layout},
        data={"name": "X", "class_names": ["a", "b"]},
    )
    app = open_page("compare", a="slow", b="other", view=view, tensor="conv_1/kernel")
    assert not app.exception
    assert len(charts(app)) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_step_is_named_and_skipped(pair, open_page, root, view):
    files.step_file(root / "slow" / files.STEPS, 3).write_bytes(b"broken")
    app = open_page("compare", view=view)
    assert not app.exception
    assert "the recording of step 3 is damaged and skipped" in messages(app)


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_with_one_step_can_be_compared(pair, open_page, root, view):
    for path in sorted((root / "slow" / files.STEPS).iterdir())[1:]:
        path.unlink()
    app = open_page("compare", view=view)
    assert not app.exception
    assert len(charts(app)) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_of_nothing_but_nan_can_be_compared(pair, write_run, open_page, view):
    write_run("lost", name="Lost", scale=np.nan)
    app = open_page("compare", a="lost", b="slow", view=view)
    assert not app.exception
    assert len(charts(app)) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_without_a_recorded_step_says_so_and_the_other_is_shown(pair, open_page, root, view):
    for path in (root / "fast" / files.STEPS).iterdir():
        path.unlink()
    app = open_page("compare", view=view)
    assert not app.exception
    assert "Fast has no recorded step" in messages(app)
    assert len(charts(app)) == 1


def test_a_run_of_a_newer_version_is_not_offered(pair, open_page, root):
    path = root / "fast" / files.RUN
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    app = open_page("compare", b="fast")
    assert not app.exception
    assert any("1 run cannot be opened" in item.label for item in app.expander)
    assert chosen(app) == ["slow", "slow"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_list_of_tensors_is_told_in_a_line_that_names_the_run(
    pair, open_page, root, view
):
    path = root / "fast" / files.RUN
    path.write_text(json.dumps(json.loads(path.read_text()) | {"recording": {"tensors": [1]}}))
    app = open_page("compare", a="slow", b="fast", view=view)
    assert not app.exception
    assert any("1 run cannot be opened" in item.label for item in app.expander)
    assert "Run B of the link cannot be opened" in messages(app)
    assert "recorded tensors in run\\.json of run \\'Fast\\' is damaged" in messages(app)
    assert chosen(app) == ["slow", "slow"]
