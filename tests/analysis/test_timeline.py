"""Several runs on one slider."""

import numpy as np
import pytest

from explorer.analysis.timeline import align, spread, thin

STEPS = (np.array([0, 1, 2, 10]), np.array([0, 2, 5]))


def test_every_place_is_one_that_some_run_recorded():
    assert align(STEPS).places.tolist() == [0, 1, 2, 5, 10]


def test_a_run_shows_its_last_recorded_step_up_to_the_place():
    timeline = align(STEPS)
    for steps, rows in zip(timeline.steps, timeline.rows, strict=True):
        expected = [max(step for step in steps if step <= place) for place in timeline.places]
        assert steps[rows].tolist() == expected


def test_by_share_both_runs_begin_and_end_together():
    timeline = align(STEPS, mode="share")
    assert timeline.places[[0, -1]].tolist() == [0, 1]
    assert [steps[rows[-1]] for steps, rows in zip(timeline.steps, timeline.rows, strict=True)] == [
        10,
        5,
    ]
    assert timeline.places.tolist() == [0, 0.1, 0.2, 0.4, 1]


def test_a_run_that_has_not_begun_shows_nothing():
    timeline = align((STEPS[0], np.array([], np.int64)))
    assert timeline.rows[1].tolist() == [-1] * 4


def test_a_run_whose_first_steps_are_missing_shows_nothing_before():
    assert align((STEPS[0], np.array([2, 10]))).rows[1].tolist() == [-1, -1, 0, 1]


@pytest.mark.parametrize("mode", ["step", "share"])
@pytest.mark.parametrize(("run", "step", "shown"), [(0, 2, 2), (1, 2, 2), (1, 4, 2), (1, 99, 5)])
def test_a_step_is_found_where_its_run_shows_it_first(mode, run, step, shown):
    timeline = align(STEPS, mode=mode)
    place = timeline.place_of(run, step)
    at_places = timeline.steps[run][timeline.rows[run]]
    assert at_places[place] == shown
    assert not (at_places[:place] == shown).any()


def test_nothing_recorded_is_refused():
    with pytest.raises(ValueError, match="No run has a recorded step"):
        align(([], []))


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="mode is 'epoch'"):
        align(STEPS, mode="epoch")


@pytest.mark.parametrize("length", [5, 240, 241, 1000])
def test_a_thinned_recording_keeps_the_first_steps_and_the_last(length):
    steps = np.arange(length) * 3
    kept = thin(steps)
    assert len(kept) == min(length, 240)
    assert kept[:100].tolist() == steps[:100].tolist()
    assert kept[-1] == steps[-1]
    assert np.all(np.diff(kept) > 0)


@pytest.mark.parametrize(
    ("count", "first_and_last", "length"), [(1, (0, 0), 1), (5, (0, 4), 5), (99, (0, 98), 12)]
)
def test_steps_are_spread_from_the_first_to_the_last(count, first_and_last, length):
    chosen = spread(list(range(count)), 12)
    assert (chosen[0], chosen[-1]) == first_and_last
    assert len(set(chosen)) == length
