"""Curves of range tests whose answers are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.analysis.range_test import (
    FEWEST_STEPS,
    HIGHEST,
    IGNORED_FIRST,
    IGNORED_LAST,
    LOWEST,
    MINIMUM,
    NUM_STEPS,
    SMOOTHING,
    STEEPEST,
    SUGGESTIONS,
    VALLEY,
    RangeTest,
    has_diverged,
    longest_fall,
    median,
    raised_rates,
    smoothed,
    suggestions,
)

RATES = raised_rates()
DECADE = 30  # steps
LATE = 10  # steps by which the smoothing comes late, at most


def valley(bottom, *, high=2.3, low=0.5):
    """Return losses that are level, fall within a decade to a bottom, and climb from there."""
    places = np.arange(NUM_STEPS)
    fall = np.clip((bottom - places) / DECADE, 0, 1)
    climb = np.clip((places - bottom) / DECADE, 0, None)
    return low + (high - low) * fall + 4 * climb**2


def step_of(rate):
    return np.abs(np.log(RATES / rate)).argmin()


def test_rates_rise_by_the_same_factor_from_end_to_end():
    assert (RATES[0], RATES[-1], len(RATES)) == (LOWEST, HIGHEST, NUM_STEPS)
    np.testing.assert_allclose(RATES[1:] / RATES[:-1], RATES[1] / RATES[0], rtol=1e-4)


@settings(max_examples=60, deadline=None)
@given(arrays(float, st.integers(1, 60), elements=st.floats(0, 1e6)))
def test_smoothing_is_a_mean_with_falling_weights(losses):
    for step, mean in enumerate(smoothed(losses)):
        weights = SMOOTHING ** np.arange(step, -1, -1)
        assert mean == pytest.approx(np.average(losses[: step + 1], weights=weights), rel=1e-9)


def test_a_loss_that_is_no_number_leaves_what_was_before():
    means = smoothed(np.array([1.0, 1.0, np.nan, 1.0]))
    assert np.isfinite(means).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([2.3], False),
        ([np.nan], True),
        ([np.inf], True),
        ([2.0] * 30, False),
        ([2.0] * 30 + [58.0], False),
        ([2.0] * 30 + [70.0], True),
    ],
)
def test_it_is_over_at_four_times_the_best_average_or_at_no_number(losses, expected):
    """After 30 losses of 2 the average with one more, x, is about 1.79 + 0.104 x."""
    assert has_diverged(losses) == expected


@pytest.mark.parametrize("bottom", range(65, 165, 10))
def test_suggestions_lie_where_they_say(bottom):
    found = suggestions(RATES, valley(bottom))
    assert set(found) == set(SUGGESTIONS)
    assert bottom <= step_of(10 * found[MINIMUM]) <= bottom + LATE or found[MINIMUM] > HIGHEST / 10
    assert bottom - DECADE < step_of(found[STEEPEST]) < bottom + LATE
    assert bottom - DECADE < step_of(found[VALLEY]) < bottom + LATE


def test_coming_down_from_an_outburst_is_not_the_steepest_fall():
    losses = valley(100)
    whole = suggestions(RATES, losses)
    losses[110:] = 0.6
    losses[130:135] += 9
    assert suggestions(RATES, losses)[STEEPEST] == whole[STEEPEST]


@pytest.mark.parametrize("factor", [0.125, 1.0, 8.0])
def test_the_scale_of_the_loss_changes_no_suggestion(factor):
    losses = valley(120)
    assert suggestions(RATES, factor * losses) == suggestions(RATES, losses)


def test_a_test_that_ends_early_suggests_the_same_as_if_cut_there():
    losses = valley(100)
    whole = suggestions(RATES, losses)
    cut = suggestions(RATES, np.append(losses[:150], np.nan))
    assert cut == pytest.approx(whole)


@pytest.mark.parametrize(
    "losses",
    [
        np.full(NUM_STEPS, 2.3),
        np.linspace(2.3, 9, NUM_STEPS),
        np.array([np.nan]),
        np.array([]),
        np.append(np.full(40, 2.3), np.nan),
        valley(30)[: IGNORED_FIRST + IGNORED_LAST + FEWEST_STEPS - 1],
        np.full(NUM_STEPS, np.nan),
    ],
)
def test_without_a_fall_nothing_is_suggested(losses):
    assert suggestions(RATES, losses) == {}


@settings(max_examples=80, deadline=None)
@given(arrays(float, st.integers(1, 12), elements=st.integers(0, 9).map(float)))
def test_the_longest_fall_is_a_fall_and_none_is_longer(values):
    places = longest_fall(values)
    assert (np.diff(places) > 0).all()
    assert (np.diff(values[places]) < 0).all()
    assert len(places) == brute_force(tuple(values.tolist()))


def brute_force(values, below=np.inf):
    """Try, for every value, to take it and to leave it."""
    if not values:
        return 0
    leave = brute_force(values[1:], below)
    take = 1 + brute_force(values[1:], values[0]) if values[0] < below else 0
    return max(leave, take)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1e-5, 10), min_size=1, max_size=6))
def test_the_middle_one_is_one_of_them_with_as_many_on_both_sides(rates):
    middle = median(rates)
    assert middle in rates
    below, above = sum(one < middle for one in rates), sum(one > middle for one in rates)
    assert below <= len(rates) / 2 >= above


def test_seeds_are_put_together_by_their_middle_one():
    bottoms = (90, 105, 150)
    losses = np.stack([valley(bottom) for bottom in bottoms])
    found = RangeTest(RATES, losses, np.full(3, NUM_STEPS), np.arange(3))
    each = [suggestions(RATES, valley(bottom)) for bottom in bottoms]
    for one in found.suggestions():
        rates = sorted(alone[one.name] for alone in each)
        assert (one.lowest, one.rate, one.highest, one.num_seeds) == (*rates, 3)


def test_a_seed_that_diverges_at_once_is_left_out():
    losses = np.stack([valley(90), np.full(NUM_STEPS, np.nan)])
    found = RangeTest(RATES, losses, np.array([NUM_STEPS, 1]), np.arange(2))
    assert {one.num_seeds for one in found.suggestions()} == {1}


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="expected"):
        RangeTest(RATES, np.zeros((2, 3)), np.zeros(2, int), np.arange(2))
