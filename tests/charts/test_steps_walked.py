import re
from dataclasses import replace

import numpy as np
import pytest

from explorer.charts import palette
from explorer.charts.compose import specification
from explorer.charts.steps_walked import (
    SEEN,
    Drawn,
    axis_ends,
    frame_of,
    overshoot_words,
    steps_walked,
)
from explorer.inference.retraced import LINE, STEP
from explorer.inference.walked import SHARES, Walked

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")


def parabolas(alphas, steps=None):
    """Return what is measured along steps in parabolas, of which the overshoot is known."""
    alphas = np.asarray(alphas, float)
    floors = 1 / (1 + alphas)
    curves = 1 + (SHARES[None, :] - floors[:, None]) ** 2
    count = len(alphas)
    steps = np.arange(count) if steps is None else np.asarray(steps)
    return Walked(
        step=steps,
        end=steps + 1,
        way=np.full(count, STEP),
        loss=curves,
        batch_loss=curves / 2,
        alpha=alphas,
        length=np.ones(count),
        relative=np.full(count, 0.25),
        deviation=np.zeros(count),
        note="On 4 images.",
    )


@pytest.fixture
def pair_of_runs():
    return [
        Drawn("A: good", parabolas([-0.8, -0.5, 0.25], [0, 1, 5])),
        Drawn("B: bad", parabolas([0.5, 4.0, 0.0], [0, 2, 5])),
    ]


def at(chart, place):
    """Draw a chart with the slider at a place."""
    spec = chart.to_dict()
    spec["params"][0]["value"] = place
    return vl_convert.vegalite_to_svg(spec)


def words(svg):
    plain = svg.replace("\u2212", "-").replace("&#39;", "'")
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<text[^>]*>(.*?)</text>", plain)]


def test_the_slider_moves_both_runs_to_their_last_step_before(pair_of_runs):
    chart = steps_walked(pair_of_runs, 1200)
    timeline = frame_of(pair_of_runs, 1200).timeline
    assert timeline.places.tolist() == [0, 1, 2, 5]
    expected = [(0, 0), (1, 0), (1, 2), (5, 5)]
    overshoots = {0: ("-0.80", "0.50"), 1: ("-0.50", None), 2: (None, "4.00"), 5: ("0.25", "0.00")}
    for place, steps in enumerate(expected):
        told = words(at(chart, place))
        for run, step in enumerate(steps):
            start = f"step {step}: overshoot {overshoots[step][run]} · moved 25 %"
            assert any(one.startswith(start) for one in told), (start, told)


def test_the_last_step_that_is_walked_is_not_taken_for_the_end_of_the_training(pair_of_runs):
    title = specification(steps_walked(pair_of_runs, 1000))["title"]["text"]["expr"]
    assert "at training step" in title
    assert " of 5" not in title


def test_the_axis_of_a_step_holds_what_lies_between_before_and_twice_as_far(pair_of_runs):
    walked = pair_of_runs[1].walked
    low, high = axis_ends(walked)
    both = np.concatenate([walked.loss, walked.batch_loss], axis=1)
    seen = np.concatenate([walked.loss[:, SEEN], walked.batch_loss[:, SEEN]], axis=1)
    assert (low < both.min(axis=1)).all()
    assert (high > seen.max(axis=1)).all()
    wall = replace(walked, loss=np.where(SHARES < 0, 1e4, walked.loss))
    np.testing.assert_allclose(axis_ends(wall), (low, high))


def test_a_level_loss_and_one_that_is_no_number_have_an_axis_too():
    level = replace(
        parabolas([0.0]),
        loss=np.full((1, len(SHARES)), 2.2),
        batch_loss=np.full((1, len(SHARES)), 2.2),
    )
    low, high = axis_ends(level)
    assert low < 2.2 < high
    lost = replace(level, loss=level.loss * np.nan, batch_loss=level.loss * np.nan)
    low, high = axis_ends(lost)
    assert np.isfinite([low, high]).all()
    assert low < high


def test_the_floor_is_marked_where_the_parabola_has_it():
    chart = steps_walked([Drawn("A", parabolas([0.25, -0.9]))], 1200)
    frames = specification(chart)["datasets"].values()
    floors = next(frame for frame in frames if "k" in frame and "v0" in frame)
    assert floors["v0"].tolist() == [0.8]
    assert "v1" not in floors  # ten steps further: out of sight


def test_what_has_no_overshoot_is_left_out_of_the_strip_and_named():
    walked = replace(parabolas([0.5, 0.5]), alpha=np.array([np.nan, 0.5]))
    chart = steps_walked([Drawn("A", walked)], 1200)
    frames = specification(chart)["datasets"].values()
    strip = next(frame for frame in frames if "alpha" in frame)
    assert strip["s"].tolist() == [1]
    assert any("overshoot undefined" in one for one in words(at(chart, 0)))


def test_lines_between_checkpoints_are_called_so():
    walked = parabolas([0.5, 0.5], [0, 1200])
    lines = replace(
        walked,
        way=np.full(2, LINE),
        end=np.array([1200, 2160]),
        alpha=np.full(2, np.nan),
        batch_loss=np.full_like(walked.loss, np.nan),
    )
    told = words(at(steps_walked([Drawn("A", lines)], 1200), 1))
    assert "the straight line from step 1,200 to step 2,160" in told


def test_weights_that_are_no_numbers_are_told():
    walked = parabolas([0.5, 0.5])
    lost = {name: getattr(walked, name).copy() for name in ("loss", "batch_loss", "alpha")}
    lost |= {"length": walked.length.copy()}
    for values in lost.values():
        values[1] = np.nan
    svg = at(steps_walked([Drawn("A", replace(walked, **lost))], 1200), 1)
    assert "step 1: the weights are not numbers" in words(svg)
    assert "NaN" not in svg


@pytest.mark.parametrize("width", [340, 1240])
def test_it_is_no_wider_than_the_page(pair_of_runs, width):
    svg = at(steps_walked(pair_of_runs, width), 0)
    assert float(svg.split('width="')[1].split('"')[0]) <= width + 12


def test_walls_are_cut_above_the_plot():
    walked = parabolas([0.5])
    wall = replace(walked, loss=np.where(SHARES < 0, 9e3, walked.loss))
    frames = specification(steps_walked([Drawn("A", wall)], 1200))["datasets"].values()
    low, high = axis_ends(wall)
    for frame in frames:
        if "t" in frame and len(frame) == len(SHARES):
            assert frame["v0"].max() <= high[0] + (high - low)[0]


def test_a_step_without_numbers_has_no_numbers_on_its_axis_and_the_next_has():
    walked = parabolas([0.25, 0.5])
    lost = {name: getattr(walked, name).copy() for name in ("loss", "batch_loss")}
    for curves in lost.values():
        curves[0] = np.nan
    chart = steps_walked([Drawn("A", replace(walked, **lost), palette.RUN_COLORS[1])], 900)
    svgs = [at(chart, k) for k in (0, 1)]
    lost_words, known_words = (len(re.findall(r">[^<]+</text>", svg)) for svg in svgs)
    assert known_words > lost_words + 2
    assert all(palette.RUN_COLORS[1] in svg and palette.RUN_COLORS[0] not in svg for svg in svgs)


def test_huge_overshoots_are_written_short():
    assert [overshoot_words(one) for one in (2.6e12, -0.001, 4.312)] == ["2.6e+12", "0.00", "4.31"]
