"""The ball in the browser against the descent in NumPy."""

import re

import numpy as np
import pytest

from explorer.analysis.descent import (
    NUM_STEPS,
    OUTCOMES,
    descend,
    largest_stable_rate,
    outcomes,
)
from explorer.analysis.error_functions import FUNCTIONS
from explorer.charts import ball_map
from explorer.charts.ball import MOMENTA, OUTCOME_WORDS, RATES, ball, slider_words
from explorer.charts.ball_map import outcome_frame
from explorer.charts.ball_path import ERRORS, OUTCOME, PATH

WORDS = re.compile(r"<(?:text|tspan)[^>]*>([^<]+)<")

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")
KINDS = list(FUNCTIONS)


def words(function, width=1200, also=(), **places):
    """Return the words in the drawing with sliders at places, and those of more expressions."""
    spec = ball(function, width).to_dict()
    for one in spec["params"]:
        one["value"] = places.get(one["name"], one.get("value"))
        if "expr" in one:
            del one["value"]
    told = spec["title"]["text"]["expr"].removesuffix("]")
    spec["title"]["text"]["expr"] = ", ".join([told, *also]) + "]"
    svg = vl_convert.vegalite_to_svg(spec)
    return [text.replace("\u2212", "-") for text in WORDS.findall(svg)]


def shown_path(function, **places):
    """Return the points, the errors and the outcome that the browser computes."""
    also = [f"'path ' + {PATH}[{k}][0] + ' ' + {PATH}[{k}][1]" for k in range(NUM_STEPS + 1)]
    also += [f"'error ' + {ERRORS}[{k}]" for k in range(NUM_STEPS + 1)]
    shown = words(function, also=[*also, f"'outcome ' + {OUTCOME}"], **places)
    found = {
        kind: [text.split()[1:] for text in shown if re.fullmatch(rf"{kind} [-\d.e+ a-z]+", text)]
        for kind in ("path", "error", "outcome")
    }
    return (
        np.array(found["path"], float),
        np.array(found["error"], float)[:, 0],
        found["outcome"][0][0],
    )


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_step_is_the_one_that_numpy_takes(kind, rng):
    function = FUNCTIONS[kind]
    for _ in range(3):
        rate, momentum = rng.integers(len(RATES)), rng.integers(len(MOMENTA))
        start = rng.integers(len(function.starts))
        descent = descend(function, function.start(start), RATES[rate], MOMENTA[momentum])
        places = {"rate": int(rate), "momentum": int(momentum), "start": int(start)}
        path, errors, outcome = shown_path(function, **places)
        seen = slice(None, function.num_dimensions)
        np.testing.assert_allclose(
            path[:, seen], descent.points[:, seen], rtol=1e-6, atol=1e-9, err_msg=str(places)
        )
        expected = function.above_minimum(descent.points)
        np.testing.assert_allclose(errors, expected, rtol=1e-6, atol=1e-9, err_msg=str(places))
        assert outcome == outcomes(function, descent), places


@pytest.mark.parametrize("place", [0, 30, 55, 80])
@pytest.mark.parametrize("momentum", [0, 10])
def test_the_words_say_the_outcome_and_the_bound(place, momentum):
    function = FUNCTIONS["bowl", 2]
    shown = words(function, rate=place, momentum=momentum)
    start = function.start(function.usual_start)
    descent = descend(function, start, RATES[place], MOMENTA[momentum])
    told = OUTCOME_WORDS[str(outcomes(function, descent))]
    assert f"After {NUM_STEPS} steps it {told}" in shown
    bound = largest_stable_rate(1.0, MOMENTA[momentum])
    side = "is below" if RATES[place] < bound else "is not below"
    error = float(function.above_minimum(descent.points[-1]))
    amount = "below 0.000001" if error < 1e-6 else f"{error:.3g}".replace("e-0", "e-")
    assert any(text.startswith(f"Step {NUM_STEPS}: error {amount}") for text in shown)
    told = next(text for text in shown if "Curvature" in text)
    assert f"{side} the bound 2 (1 + {MOMENTA[momentum]:g}) / 1 = {bound:.3g}" in told


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("width", [340, 1100])
def test_what_diverges_stays_within_the_page(kind, width):
    spec = ball(FUNCTIONS[kind], width).to_dict()
    next(one for one in spec["params"] if one["name"] == "rate")["value"] = len(RATES) - 1
    svg = vl_convert.vegalite_to_svg(spec)
    assert float(re.search(r'width="([\d.]+)"', svg)[1]) <= width + 8
    assert "NaN" not in svg
    assert "Infinity" not in svg


@pytest.mark.parametrize("step", [0, 7, NUM_STEPS])
def test_as_many_balls_are_drawn_as_steps_were_taken(step):
    function = FUNCTIONS["bowl", 1]
    spec = ball(function, 1100).to_dict()
    next(one for one in spec["params"] if one["name"] == "i")["value"] = step
    svg = vl_convert.vegalite_to_svg(spec)
    landscape = svg.split("The error at every step")[0]
    assert len(re.findall(r"Step: \d+; x:", landscape)) in (0, step + 1)
    assert landscape.count('stroke-width="1.8"') == step


def test_every_place_of_every_slider_has_words():
    for function in FUNCTIONS.values():
        spec = ball(function, 1100).to_dict()
        bound = {one["name"]: one["bind"]["max"] for one in spec["params"] if "bind" in one}
        assert {name: len(told) - 1 for name, told in slider_words(function).items()} == bound


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_map_says_what_becomes_of_every_pair(kind, rng):
    function, frame = FUNCTIONS[kind], outcome_frame(*kind)
    assert len(frame) == len(ball_map.RATES) * len(ball_map.MOMENTA)
    for place in rng.integers(len(frame), size=8):
        row, start = frame.iloc[place], int(rng.integers(len(function.starts)))
        alone = descend(function, function.start(start), row["rate"], row["momentum"])
        assert OUTCOMES[int(row[f"o{start}"])] == outcomes(function, alone)
        assert row["low"] < row["rate"] < row["high"]


def test_on_a_bowl_the_map_diverges_beyond_the_bound_alone():
    frame = outcome_frame("bowl", 2)
    start = f"o{FUNCTIONS['bowl', 2].usual_start}"
    bound = [largest_stable_rate(1.0, momentum) for momentum in frame["momentum"]]
    diverges = frame[start] == OUTCOMES.index("diverges")
    assert not (diverges & (frame["rate"] < 0.99 * np.array(bound))).any()
    assert diverges[frame["rate"] > 1.2 * np.array(bound)].all()
