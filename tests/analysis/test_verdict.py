"""The verdict on the bundled runs, and on runs that no one would want to judge."""

import pytest

from explorer import runs
from explorer.analysis.findings import CHARTS
from explorer.analysis.verdict import judge
from explorer.paths import PROJECT


def bundled(name):
    return judge(runs.open_run(PROJECT / "checkpoints" / name))


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("characters-adequate", "adequate"),
        ("characters-too-large", "collapsed"),
        ("characters-dense", "adequate"),
        ("photographs", "adequate"),
    ],
)
def test_the_bundled_runs_are_judged_as_they_ended(name, verdict):
    assert bundled(name).verdict == verdict


def test_a_collapse_tells_when_the_weights_were_thrown_and_when_the_gradients_went():
    judgement = bundled("characters-too-large")
    steps = {finding.rule: finding.step for finding in judgement.findings}
    assert steps["large_updates"] <= 2
    assert steps["large_updates"] < steps["zero_gradients"] <= 200
    assert f"step {steps['zero_gradients']}" in judgement.summary


@pytest.mark.parametrize("name", ["characters-adequate", "characters-too-large"])
def test_every_finding_points_to_a_chart(name):
    judgement = bundled(name)
    assert {finding.chart for finding in judgement.findings + judgement.notes} <= set(CHARTS)
