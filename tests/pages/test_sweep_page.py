"""The view Sweep of the page Learning rate, opened from the entry script."""

import json
import time

import pytest
from streamlit.testing.v1 import AppTest

from explorer import runs
from explorer.runs.sweeps import find_sweeps
from explorer.runs.write import update_description
from explorer.training import jobs, queue, sweeps
from explorer.training.spec import Recording, TrainingSpec

RATES = (0.01, 0.1, 10.0)


@pytest.fixture
def blocked(root, monkeypatch):
    """Take the only slot, so that trials wait and stay light."""
    monkeypatch.setenv("EXPLORER_JOBS", "1")
    ticket = queue.take_ticket("blocker")
    yield root
    for sweep in find_sweeps(runs.list_runs()):
        sweeps.stop(sweep)
    while any(run.is_live for run in runs.list_runs()):
        time.sleep(0.05)
    ticket.release()


@pytest.fixture
def write_sweep(write_run):
    """Write a sweep of three trials that have ended, the last one with an error."""

    def written(sweep_id="s-1", name="My sweep", **description):
        entry = {"id": sweep_id, "name": name, "trials": 3}
        for number, rate in enumerate(RATES):
            write_run(
                f"{sweep_id}-{number}",
                name=f"{name}, rate {rate:g}",
                learning_rate=rate,
                sweep=entry,
                status="failed" if rate == RATES[-1] else "finished",
                detail="The disk is full." if rate == RATES[-1] else "",
                **description,
            )

    return written


def open_sweep(open_page, **query):
    return open_page("learning_rate", view="Sweep", **query)


def words(app):
    kinds = (app.markdown, app.info, app.warning, app.error, app.caption)
    return " ".join(item.value for kind in kinds for item in kind)


def button(app, key):
    return next(item for item in app.button if item.key == key)


def start(app):
    return button(app, "sweep_start").click().run()


def test_without_any_run_it_leads_to_the_trainer(root, open_page):
    app = open_sweep(open_page)
    assert not app.exception
    assert "set one up" in words(app)


def test_a_sweep_is_started_from_the_settings_of_a_run(blocked, open_page, write_run):
    write_run("base", name="Base", learning_rate=0.05)
    app = open_sweep(open_page)
    app.text_input("sweep_from").set_value("0.01")
    app.text_input("sweep_to").set_value("1")
    app.number_input("sweep_count").set_value(3)
    app.text_input("sweep_seeds").set_value("3, 4").run()
    assert "Learning rates: 0.01, 0.1, 1" in words(app)
    assert "**6 trials**" in words(app)
    start(app)
    assert not app.exception
    (sweep,) = find_sweeps(runs.list_runs())
    assert [(run.spec["learning_rate"], run.spec["seed"]) for run in sweep.trials] == [
        (rate, seed) for rate in (0.01, 0.1, 1) for seed in (3, 4)
    ]
    own = {"name", "learning_rate", "seed"}
    base = TrainingSpec(data="digits").to_dict()
    for run in sweep.trials:
        assert {key: run.spec[key] for key in base if key not in own} == {
            key: base[key] for key in base if key not in own
        }
    assert app.query_params["sweep"] == sweep.id
    assert "0 of 6 trials" in words(app)
    assert button(app, "sweep_delete").disabled
    button(app, "sweep_stop").click().run()
    while any(run.is_live for run in runs.list_runs()):
        time.sleep(0.05)
    app.run()
    assert "6 of 6 trials" in words(app)
    assert not button(app, "sweep_delete").disabled


def test_the_time_and_the_room_are_told_from_what_the_run_itself_took(root, open_page, write_run):
    seconds, planned = 100.0, 6
    recording = {"bytes": 2_000_000, "tensors": {}}
    run = write_run("base", recording=recording)
    lines = (run.folder / "metrics.jsonl").read_text().splitlines()
    slow = [{**json.loads(line), "seconds": seconds} for line in lines if "val_loss" not in line]
    (run.folder / "metrics.jsonl").write_text("".join(json.dumps(one) + "\n" for one in slow))
    app = open_sweep(open_page)
    assert f"of about {planned * 100 // 60} min 6 s" in words(app)
    assert "**18.0 MB** on the disk" in words(app)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("sweep_from", "fast", "must be a number"),
        ("sweep_from", "0", "between"),
        ("sweep_to", "-1", "between"),
        ("sweep_to", "nan", "between"),
        ("sweep_from", "10", "is there twice"),
        ("sweep_seeds", "a", "does not name whole numbers"),
        ("sweep_seeds", "1,1", "seed 1 is there twice"),
        ("sweep_seeds", "1,2,3,4", "at most 30"),
        ("sweep_seeds", "-1", "Seed"),
    ],
)
def test_what_cannot_be_used_is_told_and_cannot_be_started(
    root, open_page, write_run, field, value, complaint
):
    write_run("base")
    app = open_sweep(open_page)
    app.text_input(field).set_value(value).run()
    assert not app.exception
    assert complaint in words(app)
    assert button(app, "sweep_start").disabled


def test_images_that_are_gone_are_told_at_the_start(root, open_page, write_run):
    spec = TrainingSpec(data="/nowhere/pictures.zip").to_dict()
    write_run("base", spec=spec)
    app = start(open_sweep(open_page))
    assert not app.exception
    assert "are not there" in words(app)
    assert len(runs.list_runs()) == 1


def test_settings_whose_images_are_gone_are_offered_last(root, open_page, write_run):
    for name, source in (("a", "digits"), ("b", str(root / "gone.zip"))):
        write_run(name, spec=TrainingSpec(data=source, name=name).to_dict())
    app = open_sweep(open_page)
    box = next(item for item in app.selectbox if item.key == "sweep_base")
    assert box.value == "a"
    assert len(box.options) == 2


def test_a_sweep_shows_its_best_rate_and_what_failed(open_page, write_sweep):
    write_sweep()
    app = open_sweep(open_page)
    assert not app.exception
    assert "**3 of 3 trials** ended (2 finished, 1 failed)" in words(app)
    assert "learning rate **0.01**" in words(app)  # of equals the smallest
    assert "The disk is full" in words(app)
    assert app.query_params["sweep"] == "s-1"


def test_every_trial_has_a_link_to_compare_with_itself_in_it(open_page, write_sweep):
    write_sweep()
    app = open_sweep(open_page)
    (table,) = app.dataframe
    links = table.value["Compare"].tolist()
    for number, link in enumerate(links):
        assert link.startswith("compare?")
        assert f"=s-1-{number}" in link


def test_a_link_opens_its_sweep_and_one_to_nowhere_is_told(open_page, write_sweep):
    write_sweep("s-1", "First")
    write_sweep("s-2", "Second")
    for sweep_id in ("s-1", "s-2"):
        app = open_sweep(open_page, sweep=sweep_id)
        assert app.selectbox("sweep").value == sweep_id
    app = open_sweep(open_page, sweep="<b>no</b>")
    assert "does not have" in words(app)
    assert not app.exception


def test_a_deleted_sweep_leaves_the_address(root, write_sweep):
    def script():
        from explorer import runs
        from explorer.runs.sweeps import find_sweeps
        from explorer.ui.learning_rate_trials import delete

        for sweep in find_sweeps(runs.list_runs()):
            delete(sweep)

    write_sweep()
    app = AppTest.from_function(script, default_timeout=60)
    app.query_params["sweep"] = "s-1"
    app.run()
    assert not app.exception
    assert not runs.list_runs()
    assert "sweep" not in app.query_params


def test_deleted_trials_are_counted(root, open_page, write_sweep):
    write_sweep()
    (sweep,) = find_sweeps(runs.list_runs())
    jobs.delete(sweep.trials[1])
    assert "1 trial deleted" in words(open_sweep(open_page))


def test_a_damaged_trial_does_not_hide_the_sweep(open_page, write_sweep):
    write_sweep()
    (sweep,) = find_sweeps(runs.list_runs())
    first = sweep.trials[0]
    for step in (first.folder / "steps").iterdir():
        step.write_bytes(b"broken")
    update_description(first.folder, planned_steps=None)
    app = open_sweep(open_page)
    assert not app.exception
    assert "3 of 3 trials" in words(app)


def test_names_show_no_markup(open_page, write_sweep):
    write_sweep(name="![x](http://example.org/x.png)")
    app = open_sweep(open_page)
    assert "![x](http" not in words(app)


def test_the_recording_of_a_dense_run_is_kept_in_its_trials(blocked, open_page, write_run):
    spec = TrainingSpec(data="digits", recording=Recording(dense_steps=7)).to_dict()
    write_run("base", spec=spec)
    start(open_sweep(open_page))
    (sweep,) = find_sweeps(runs.list_runs())
    assert {run.spec["recording"]["dense_steps"] for run in sweep.trials} == {7}
