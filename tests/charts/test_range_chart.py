"""The chart of a range test: every step taken, and the rates it suggests."""

import re

import numpy as np
import pytest

from explorer.analysis.range_test import NUM_STEPS, RangeTest, raised_rates, smoothed
from explorer.charts.range_test import curve_frame, loss_domain, range_curves

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")
WORDS = re.compile(r"<(?:text|tspan)[^>]*>([^<]+)<")


def made(rng, taken=(NUM_STEPS, 135, 150)):
    places = np.arange(NUM_STEPS)
    fall = 2.3 - 1.5 * np.clip((places - 60) / 60, 0, 1)
    climb = np.clip((places - 128) / 8, 0, None) ** 3
    losses = fall + climb + rng.normal(scale=0.02, size=(3, NUM_STEPS))
    for row, steps in zip(losses, taken, strict=True):
        row[steps:] = np.nan
    return RangeTest(raised_rates(), losses, np.array(taken), np.arange(5, 8))


def drawn(found, used=0.05):
    suggested = found.suggestions()
    chart = range_curves(found, suggested, [one.name for one in suggested], used)
    return suggested, vl_convert.vegalite_to_svg(chart.to_dict())


def test_every_step_that_was_taken_is_a_row(rng):
    found = made(rng)
    frame = curve_frame(found)
    assert frame.groupby("start").size().to_dict() == {
        "seed 5": NUM_STEPS,
        "seed 6": 135,
        "seed 7": 150,
    }
    for place, (_, rows) in enumerate(frame.groupby("start")):
        np.testing.assert_array_equal(rows["loss"], found.curve(place))
        np.testing.assert_array_equal(rows["smooth"], smoothed(found.curve(place)))
        np.testing.assert_array_equal(rows["rate"], found.rates[: found.taken[place]])


def test_an_outburst_does_not_flatten_what_was_before(rng):
    found = made(rng)
    found.losses[1, 134] = 1e9
    low, high = loss_domain(curve_frame(found))
    best = np.nanmin(smoothed(found.losses))
    assert low < best < 2.3 < high < 2 * 2.3


@pytest.mark.parametrize("last", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_drawn_around(rng, last):
    found = made(rng)
    found.losses[2, 149] = last
    _, svg = drawn(found)
    assert "NaN" not in svg
    assert "Infinity" not in svg


def test_each_suggestion_and_the_rate_that_was_used_are_named(rng):
    suggested, svg = drawn(made(rng))
    shown = WORDS.findall(svg)
    for one in suggested:
        assert any(text.startswith(f"{one.name} 0.") for text in shown)
    assert "Used by this run 0.05" in shown
    heights = re.findall(r'translate\([\d.]+,(-?\d+)\)"[^>]*>(?:valley|steepest|minimum|Used)', svg)
    assert len(set(heights)) == len(heights) == 4


def test_a_test_without_any_loss_is_an_empty_chart():
    rates = raised_rates()
    found = RangeTest(rates, np.full((1, NUM_STEPS), np.nan), np.array([1]), np.array([0]))
    suggested, svg = drawn(found, used=None)
    assert suggested == []
    assert "Learning rate" in svg
