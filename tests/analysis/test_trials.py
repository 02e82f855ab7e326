import math
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.trials import (
    OUTCOMES,
    Trial,
    best,
    mean_frame,
    outcome_of,
    partner,
    trial_frame,
)
from explorer.analysis.verdict import TITLES

accuracies = st.one_of(st.just(math.nan), st.floats(0, 1))
rates = st.sampled_from([0.001, 0.01, 0.1, 1.0])
values = st.lists(st.tuples(rates, st.integers(0, 2), accuracies), min_size=1, max_size=12)
trials = values.map(
    lambda rows: [
        Trial(str(number), "T", rate, seed, "adequate", accuracy, 1.0)
        for number, (rate, seed, accuracy) in enumerate(rows)
    ]
)


def test_every_verdict_is_an_outcome():
    assert TITLES.keys() <= OUTCOMES.keys()


@pytest.mark.parametrize(
    ("status", "verdict", "outcome"),
    [
        ("waiting", None, "waiting"),
        ("starting", None, "at_work"),
        ("running", None, "at_work"),
        ("finished", "diverged", "diverged"),
        ("stopped", "undecided", "undecided"),
        ("stopped", None, "stopped"),
        ("failed", "adequate", "failed"),
        ("failed", None, "failed"),
    ],
)
def test_an_outcome_is_the_verdict_once_a_trial_has_ended_alive(status, verdict, outcome):
    run = SimpleNamespace(status=status, is_live=status in ("waiting", "starting", "running"))
    assert outcome_of(run, verdict) == outcome
    assert outcome in OUTCOMES


@given(trials)
def test_nothing_measured_is_better_than_the_best(made):
    found = best(made)
    measured = [trial.accuracy for trial in made if not math.isnan(trial.accuracy)]
    assert (found is None) == (not measured)
    assert found is None or found.accuracy == max(measured)


@given(trials)
def test_a_trial_is_compared_with_another_and_with_the_best_if_it_is_not_that(made):
    for trial in made:
        other = partner(made, trial)
        assert (other is trial) == (len(made) == 1)
        beside = [one for one in made if one.seed == trial.seed and one is not trial]
        ahead = best(beside)
        if ahead is not None:
            assert other.seed == trial.seed
            assert other is ahead or trial.accuracy > ahead.accuracy


@settings(deadline=None)  # pandas is slow at its first call
@given(trials)
def test_the_mean_over_seeds_has_a_row_a_measured_rate_and_loses_no_trial(made):
    frame = trial_frame(made)
    means = mean_frame(frame)
    known = frame.dropna(subset="accuracy")
    assert means["learning_rate"].tolist() == sorted(set(known["learning_rate"]))
    counts = known.groupby("learning_rate")["accuracy"].count().to_numpy()
    total = (means["accuracy"].to_numpy() * counts).sum()
    assert total == pytest.approx(known["accuracy"].sum())


def test_no_trials_make_an_empty_frame():
    assert len(mean_frame(trial_frame([]))) == 0
