import json

import numpy as np
import pytest

from explorer.charts.curve_frames import extremes, line_frame, lost_words, smoothed
from explorer.charts.curves import Curve, accuracy_curves, loss_curves

NONE = np.array([])
EMPTY = Curve("run", NONE, NONE, NONE, NONE)


def make_curve(values, name="run"):
    return Curve(name, np.arange(1, len(values) + 1), np.asarray(values), NONE, NONE)


def test_thinned_curve_keeps_its_highest_and_lowest_points(rng):
    values = rng.normal(size=20_000)
    kept = extremes(values, 300)
    assert len(kept) <= 600
    assert values[kept].max() == values.max()
    assert values[kept].min() == values.min()
    assert (np.diff(kept) > 0).all()


def test_short_curves_are_kept_whole():
    assert extremes(np.arange(10.0), 300).tolist() == list(range(10))


def test_thinned_curve_keeps_a_gap_where_there_is_no_number(rng):
    values = rng.normal(size=5000)
    values[2500] = np.nan
    assert 2500 in extremes(values, 300)


def test_smoothing_leaves_a_constant_as_it_is():
    np.testing.assert_allclose(smoothed(np.full(50, 3.5), 0.9), 3.5)


def test_smoothing_recovers_after_a_value_that_is_no_number():
    result = smoothed(np.array([1.0, np.inf, 1.0]), 0.9)
    np.testing.assert_array_equal(result, [1, np.nan, 1])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 2, 3], ""),
        ([1, np.nan, np.inf], "not a number from step 2 on"),
        ([np.nan, 1, np.nan], "not a number at 2 steps, first at step 1"),
    ],
)
def test_words_say_where_numbers_end(values, words):
    assert lost_words(make_curve(values)) == words


def test_two_long_runs_stay_below_the_row_limit_of_altair(rng):
    runs = [make_curve(rng.uniform(0, 3, 50_000), name) for name in "ab"]
    assert len(line_frame(runs, 50_000)) < 5000
    loss_curves(runs, num_classes=9, planned_steps=50_000).to_dict()


def spec_without_data(chart):
    text = json.dumps({key: part for key, part in chart.to_dict().items() if key != "datasets"})
    for place, name in enumerate(chart.to_dict()["datasets"]):
        text = text.replace(name, f"data {place}")
    return text


@pytest.mark.parametrize("draw", [loss_curves, accuracy_curves])
def test_spec_stays_the_same_while_steps_arrive(rng, draw):
    values = rng.uniform(0.5, 1, 100)
    texts = {
        spec_without_data(draw([make_curve(values[:n])], num_classes=9, planned_steps=100))
        for n in (1, 50, 100)
    }
    assert len(texts) == 1


@pytest.mark.parametrize("log_scale", [False, True])
@pytest.mark.parametrize(
    "curve", [EMPTY, make_curve([np.nan] * 3), make_curve([0.0, 1e30]), make_curve([2.0])]
)
def test_every_curve_can_be_drawn(curve, log_scale):
    loss_curves([curve], num_classes=9, planned_steps=10, log_scale=log_scale).to_dict()


def test_outburst_is_named_instead_of_stretching_the_axis():
    chart = loss_curves([make_curve([2.0, 500.0])], num_classes=9, planned_steps=2)
    assert "1 steps above the axis, up to 500" in json.dumps(chart.to_dict(), ensure_ascii=False)


def test_guessing_is_drawn_at_the_loss_and_accuracy_of_chance():
    loss = loss_curves([EMPTY], num_classes=9, planned_steps=2).to_json(ensure_ascii=False)
    accuracy = accuracy_curves([EMPTY], num_classes=9, planned_steps=2).to_json()
    assert "ln 9 = 2.20" in loss
    assert "1/9 = 11%" in accuracy
