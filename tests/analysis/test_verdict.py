"""The verdict on the bundled runs, and on runs that no one would want to judge."""

import json
import shutil

import numpy as np
import pytest
from recordings import Course, record
from safetensors.numpy import load_file, save_file

from explorer import runs
from explorer.analysis.findings import CHARTS
from explorer.analysis.thresholds import RELATIONS
from explorer.analysis.verdict import judge
from explorer.paths import PROJECT
from explorer.runs import files
from explorer.runs.write import update_description


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


@pytest.mark.parametrize("name", ["characters-adequate", "characters-too-large", "photographs"])
def test_every_number_stands_in_its_relation_to_the_threshold(name):
    numbers = [number for finding in bundled(name).findings for number in finding.numbers]
    assert numbers
    assert all(RELATIONS[item.relation](item.value, item.threshold) for item in numbers)


def test_a_growing_run_is_judged_at_any_moment(tmp_path):
    whole = runs.open_run(PROJECT / "checkpoints" / "characters-too-large")
    folder = tmp_path / "growing"
    (folder / files.STEPS).mkdir(parents=True)
    shutil.copy(whole.folder / files.RUN, folder)
    lines = (whole.folder / files.METRICS).read_text().splitlines(keepends=True)
    verdicts = []
    for count, step in zip([0, 1, 2, 40, 300, 2000], [None, 0, 1, 32, 243, 1850], strict=True):
        if step is not None:
            shutil.copy(files.step_file(whole.folder / files.STEPS, step), folder / files.STEPS)
        (folder / files.METRICS).write_text("".join(lines[:count]) + '{"step": 9')
        verdicts.append(judge(runs.open_run(folder)).verdict)
    assert verdicts[:3] == ["undecided"] * 3
    assert verdicts[-1] == "collapsed"


def test_a_live_run_is_judged_so_far(tmp_path):
    about = {"status": "running", "planned_steps": 5000}
    judgement = judge(record(tmp_path / "run", Course(about=about)))
    assert judgement.summary.startswith("So far, after 200 of 5,000 updates: ")
    ended = judge(record(tmp_path / "ended", Course(about={**about, "status": "finished"})))
    assert "So far" not in ended.summary


@pytest.mark.parametrize("updates", [0, 1])
def test_a_run_with_one_step_is_undecided(tmp_path, updates):
    course = Course(losses=(1.4,) * updates, validation=(), steps=(0,))
    assert judge(record(tmp_path / "run", course)).verdict == "undecided"


def test_a_description_alone_is_undecided(tmp_path):
    update_description(tmp_path, name="empty", status="finished")
    judgement = judge(runs.open_run(tmp_path))
    assert (judgement.verdict, judgement.findings[0].rule) == ("undecided", "nothing_known")


def test_nothing_but_nan_is_divergence_and_strict_json(tmp_path):
    run = record(tmp_path / "run", Course(losses=(np.nan,) * 60, validation=(np.nan,)))
    for path in (run.folder / files.STEPS).iterdir():
        save_file({key: np.full_like(part, np.nan) for key, part in load_file(path).items()}, path)
    judgement = judge(runs.open_run(run.folder))
    assert judgement.verdict == "diverged"
    json.dumps(judgement.to_dict(), allow_nan=False)


def test_a_damaged_step_is_left_out_and_named(tmp_path):
    run = record(tmp_path / "run", Course())
    path = files.step_file(run.folder / files.STEPS, 7)
    path.write_bytes(path.read_bytes()[:100])
    judgement = judge(runs.open_run(run.folder))
    assert judgement.verdict == "adequate"
    assert [note.step for note in judgement.notes if note.rule == "damaged_steps"] == [7]


def test_a_step_of_another_training_is_no_evidence(tmp_path):
    run = record(tmp_path / "run", Course())
    path = files.step_file(run.folder / files.STEPS, 200)
    save_file({key: part[:1] for key, part in load_file(path).items()}, path)
    assert judge(runs.open_run(run.folder)).verdict == "adequate"


@pytest.mark.parametrize("kinds", [(), ("weights",), ("weights", "updates"), ("activations",)])
def test_losses_alone_suffice_to_see_that_a_run_learned(tmp_path, kinds):
    assert judge(record(tmp_path / "run", Course(kinds=kinds))).verdict == "adequate"


@pytest.mark.parametrize(
    "about",
    [
        {"network": {"keras": "no JSON"}},
        {"network": {"keras": "[1]"}},
        {"data": {"class_names": ["only one"]}},
        {"data": {"class_names": list("abcdefghij")}},
        {"planned_steps": None},
    ],
)
def test_odd_descriptions_do_not_hinder(tmp_path, about):
    assert judge(record(tmp_path / "run", Course(about=about))).verdict == "adequate"


def test_a_script_that_records_no_loss_is_not_taken_for_a_divergence(tmp_path):
    judgement = judge(record(tmp_path / "run", Course(losses=(np.nan,) * 60)))
    assert (judgement.verdict, judgement.findings[0].rule) == ("undecided", "nothing_known")
