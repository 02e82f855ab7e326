import resource
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np
import pandas as pd
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from job_helpers import make_old, status

from explorer import runs
from explorer.runs import files
from explorer.runs.metrics import TRAIN_COLUMNS
from explorer.runs.sweeps import find_sweeps
from explorer.runs.write import update_description
from explorer.training import jobs, queue, sweeps
from explorer.training.spec import TrainingSpec
from tests.waiting import wait_until


@pytest.fixture
def blocked(root):
    """Take the only slot, so that trials wait and stay light."""
    ticket = queue.take_ticket("blocker")
    yield root
    ticket.release()


@pytest.fixture
def started(blocked, small_spec):
    """Give a sweep of three trials that wait."""
    sweeps.start("Digits", sweeps.trial_specs(small_spec(name="Digits"), [0.1, 0.01, 1.0], [0]))
    yield only_sweep()
    for sweep in find_sweeps(runs.list_runs()):
        sweeps.stop(sweep)
    wait_until(lambda: not any(run.is_live for run in runs.list_runs()))


def only_sweep():
    (sweep,) = find_sweeps(runs.list_runs())
    return sweep


def has_stopped(sweep):
    return all(run.status == "stopped" and not runs.is_alive(run.folder) for run in sweep.trials)


@contextmanager
def files_of_at_most(num_bytes):
    """Let this process write no larger file, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@settings(deadline=None)
@given(st.floats(1e-8, 1e3), st.floats(1.5, 1e6), st.integers(2, 30))
def test_spaced_rates_have_equal_ratios_and_keep_both_ends(lowest, times, count):
    rates = np.array(sweeps.spaced_rates(lowest, lowest * times, count))
    assert rates[[0, -1]] == pytest.approx([lowest, lowest * times], rel=6e-3)
    ratio = times ** (1 / (count - 1))
    assert rates[1:] / rates[:-1] == pytest.approx(np.full(count - 1, ratio), rel=2e-2)


def test_trials_differ_in_rate_seed_and_name_alone():
    spec = TrainingSpec(name="S", data="digits", epochs=3)
    made = sweeps.trial_specs(spec, [0.1, 1.0], [0, 7])
    assert [(one.learning_rate, one.seed) for one in made] == [(0.1, 0), (1, 0), (0.1, 7), (1, 7)]
    own = {"name", "learning_rate", "seed"}
    rest = [{key: value for key, value in asdict(one).items() if key not in own} for one in made]
    assert all(one == rest[0] for one in rest)
    assert len({one.name for one in made}) == 4


@pytest.mark.parametrize(
    ("rates", "seeds", "words"),
    [
        ([0.1, 0.0], [0], r"learning_rate is 0\.0"),
        ([-1.0], [0], "learning_rate is -1"),
        ([float("nan")], [0], "learning_rate is nan"),
        ([0.1, 1.0, 0.1], [0], "learning rate 0.1 is there twice"),
        ([0.1], [3, 3], "seed 3 is there twice"),
        ([], [0], "no learning rate"),
        ([0.1], [], "no seed"),
        ([0.1], [-1], "seed is -1"),
        ([1 / n for n in range(1, 101)], [0, 1], "200 trials.* at most 30"),
    ],
)
def test_rates_and_seeds_that_cannot_be_used_are_refused(rates, seeds, words):
    with pytest.raises(ValueError, match=words):
        sweeps.trial_specs(TrainingSpec(), rates, seeds)


def test_a_name_too_long_for_its_trials_is_refused():
    with pytest.raises(ValueError, match="at most 60"):
        sweeps.trial_specs(TrainingSpec(name="x" * 61), [0.1], [0])
    (spec,) = sweeps.trial_specs(TrainingSpec(name="x" * 60), [1e-8], [2**31 - 1])
    assert jobs.checked_name(spec.name) == spec.name


def test_trials_wait_in_the_queue_and_know_that_they_belong_together(started):
    assert [run.spec["learning_rate"] for run in started.trials] == [0.01, 0.1, 1]
    assert sorted(jobs.queue_place(run) for run in started.trials) == [1, 2, 3]
    assert (started.name, started.planned) == ("Digits", 3)


def test_a_sweep_is_stopped_at_once_and_then_deleted(blocked, started):
    wait_until(lambda: all(runs.is_alive(run.folder) for run in started.trials))
    with pytest.raises(ValueError, match="3 of the trials are at work or wait"):
        sweeps.delete(only_sweep())
    assert len(only_sweep().trials) == 3
    assert sweeps.stop(only_sweep()) == 3
    wait_until(lambda: has_stopped(only_sweep()))
    sweeps.delete(only_sweep())
    assert list(blocked.iterdir()) == []


def test_trials_still_belong_together_when_renamed_resumed_or_some_are_deleted(started):
    sweeps.stop(started)
    wait_until(lambda: has_stopped(only_sweep()))
    first, second, third = started.trials
    jobs.rename(first, "Another name")
    jobs.delete(second)
    jobs.resume(third)
    left = only_sweep()
    assert [run.id for run in left.trials] == [first.id, third.id]
    assert (left.id, left.planned) == (started.id, 3)
    assert [run.id for run in left.live] == [third.id]


def test_of_a_sweep_that_does_not_fit_nothing_is_left(root, small_spec):
    short, long = (
        small_spec(name=name, groups="g" * size) for name, size in (("a", 1), ("b", 3000))
    )
    sweeps.prepare("Fits", [short])
    (run,) = runs.list_runs()
    limit = (run.folder / files.RUN).stat().st_size + 200
    with files_of_at_most(limit), pytest.raises(OSError, match="too large"):
        sweeps.prepare("Does not", [short, short, long])
    assert list(root.iterdir()) == [run.folder]


def test_a_folder_that_cannot_be_written_is_told(root, small_spec):
    root.write_text("a file is in the way")
    with pytest.raises(OSError, match="runs"):
        sweeps.start("S", [small_spec()])


def test_images_that_are_gone_are_told_before_anything_is_written(root, small_spec, tmp_path):
    with pytest.raises(ValueError, match="are not there"):
        sweeps.start("S", [small_spec(data=str(tmp_path / "gone.zip"))])
    assert not root.exists()


def test_more_than_the_disk_has_left_is_refused(root):
    sweeps.check_room(1000, root / "not" / "yet")
    with pytest.raises(ValueError, match=r"The sweep will take.*Make room there, or ask for less"):
        sweeps.check_room(1e18, root)


def test_a_queue_that_cannot_be_reached_leaves_one_run_that_says_so(
    root, small_spec, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        sweeps.start("S", sweeps.trial_specs(small_spec(), [0.1, 1.0, 2.0], [0]))
    (run,) = runs.list_runs()
    assert (run.status, "could not be started" in run.detail) == ("failed", True)


def test_every_run_is_in_at_most_one_sweep_however_they_are_mixed(root):
    entries = [{"id": "a", "name": "A"}, {"id": "b"}, None, {"id": "a", "name": "A"}, {}]
    for number, entry in enumerate(entries):
        folder = runs.new_folder(root)
        spec = {"learning_rate": 1.0 - number / 10}
        update_description(folder, status="finished", spec=spec, sweep=entry)
    found = find_sweeps(runs.list_runs())
    assert sorted((sweep.id, sweep.name, len(sweep.trials)) for sweep in found) == [
        ("a", "A", 2),
        ("b", "b", 1),
    ]
    for sweep in found:
        rates = [run.spec["learning_rate"] for run in sweep.trials]
        assert rates == sorted(rates)


@pytest.mark.parametrize("entry", ["text", {"id": 3}, {"id": "a", "trials": "many"}])
def test_a_damaged_entry_is_named_like_any_other(root, entry):
    folder = runs.new_folder(root)
    update_description(folder, sweep=entry)
    with pytest.raises(runs.RunError, match=r"sweep.* is .*It must be"):
        runs.open_run(folder)


def test_the_time_of_all_steps_counts_the_first_one_once(root):
    seconds = [5.0, 0.1, 0.3]
    train = pd.DataFrame({"seconds": seconds}).reindex(columns=TRAIN_COLUMNS)
    folder = runs.new_folder(root)
    update_description(folder, planned_steps=101)
    run = runs.open_run(folder)
    assert sweeps.seconds_of(run, runs.Metrics(train, train)) == pytest.approx(5 + 100 * 0.2)
    assert np.isnan(sweeps.seconds_of(run, runs.Metrics(train[:0], train)))


@pytest.mark.slow
def test_a_trial_that_dies_or_diverges_leaves_the_others_alone(root, small_spec):
    specs = sweeps.trial_specs(small_spec(name="S", epochs=30), [0.1, 10_000.0, 0.01], [0])
    first, diverging, last = sweeps.start("S", specs)
    wait_until(lambda: (first.folder / files.METRICS).exists())
    kill_writer(first)
    wait_until(lambda: status(diverging) == status(last) == "finished")
    assert (status(first), "without a word" in runs.open_run(first.folder).detail) == (
        "failed",
        True,
    )
    assert diverging.metrics().train["loss"].isna().any()
    assert not last.metrics().train["loss"].isna().any()
    assert only_sweep().live == ()


def kill_writer(run):
    """Kill the process that trains a run, as the system does when memory runs out."""
    for child in psutil.Process().children():
        if str(run.folder) in child.cmdline():
            child.kill()
    wait_until(lambda: not runs.is_alive(run.folder))
    make_old(run)
