"""Scalars of two runs: what is smoothed, thinned and said about lost numbers."""

import json

import numpy as np
import pytest

from explorer.charts import pair, palette
from explorer.charts.scalar_key import key_frame, kinds_of_lines
from explorer.charts.scalar_series import (
    EARLY_STEPS,
    WINDOWS,
    Panel,
    Series,
    averaged,
    line_frame,
)
from explorer.charts.scalars import scalars

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")


KINDS = [("thin: one kernel", 1.0, 0.7), ("dots: validation images", 0.0, 1.0)]
FEW, MANY = 19, 20  # values


def naive(values, window):
    result = []
    for place, value in enumerate(values):
        part = values[max(0, place - window + 1) : place + 1]
        result.append(np.mean(part[np.isfinite(part)]) if np.isfinite(value) else np.nan)
    return np.array(result)


@pytest.mark.parametrize("window", [1, 2, 7, 50])
def test_an_average_is_that_of_the_known_values_before(rng, window):
    values = rng.normal(size=40)
    values[[3, 4, 20]] = np.nan
    assert averaged(values, window) == pytest.approx(naive(values, window), nan_ok=True)


def test_early_steps_and_outbursts_survive_the_thinning(rng):
    values = rng.normal(size=5000)
    values[[1234, 4321]] = 99, -99
    shape = line_frame([Series(0, np.arange(5000), values)])
    assert len(shape) < 1000
    assert shape["s"].tolist()[:EARLY_STEPS] == list(range(EARLY_STEPS))
    assert {1234, 4321, 4999} <= set(shape["s"])


def test_recorded_values_are_never_smoothed(rng):
    series = Series(0, np.arange(30), rng.normal(size=30), "recorded")
    shape = line_frame([series])
    for number in range(len(WINDOWS)):
        assert shape[f"v{number}"].to_numpy() == pytest.approx(series.values)


def panels(values, mark=None):
    steps = np.arange(len(values))
    return [
        Panel("loss", "Loss", "nats", [Series(0, steps, values)], [(2.2, "guessing")], mark=mark),
        Panel("accuracy", "Accuracy", "share", [Series(1, steps, values, "validation")], top=1.0),
        Panel("ratio", "Ratio", "ratio", [Series(1, steps, values, "recorded")], logarithmic=True),
    ]


@pytest.mark.parametrize("values", [[0.5], [np.nan, np.inf], [0.0, 0.0], [1e30, 2.0, np.nan, 1.0]])
@pytest.mark.parametrize("width", [340, 1000])
def test_any_values_can_be_drawn(values, width):
    chart = scalars(panels(np.array(values), mark=0), pair.Frame(["A", "B"], width), last_step=5)
    vl_convert.vegalite_to_svg(chart.to_dict())


def test_lost_numbers_are_said():
    chart = scalars(
        panels(np.array([1.0, np.nan, np.nan])), pair.Frame(["A", "B"], 800), last_step=3
    )
    words = json.dumps(chart.to_dict())
    assert "Run A: not a number from step 1 on" in words


def test_a_line_of_a_single_value_is_a_point():
    spec = scalars(panels(np.array([0.5])), pair.Frame(["A", "B"], 800), last_step=5).to_dict()
    layers = spec["vconcat"][1]["hconcat"][0]["layer"]
    (point,) = [one for one in layers if one["mark"]["type"] == "point"]
    (row,) = spec["datasets"][point["data"]["name"]]
    assert (row["s"], row["v0"]) == (0, 0.5)


def drawn_points(spec):
    """Return the steps of the points of the first panel, which no line connects."""
    layers = spec["vconcat"][1]["hconcat"][0]["layer"]
    found = [one for one in layers if one["mark"]["type"] == "point"]
    return [row["s"] for one in found for row in spec["datasets"][one["data"]["name"]]]


@pytest.mark.parametrize(("num_values", "is_smoothed"), [(FEW, False), (MANY, True)])
def test_few_values_are_points_and_neither_smoothed_nor_said_to_be(num_values, is_smoothed):
    steps = np.arange(num_values)
    some = [Panel("loss", "Loss", "nats", [Series(0, steps, steps / 7)])] * 2
    spec = scalars(some, pair.Frame(["A", "B"], 900), last_step=num_values).to_dict()
    assert drawn_points(spec) == ([] if is_smoothed else steps.tolist())
    key, switches = json.dumps(spec["vconcat"][0]), json.dumps(spec["params"])
    data = json.dumps(
        [spec["datasets"][one["data"]["name"]] for one in spec["vconcat"][0]["layer"]]
    )
    assert ("smoothed" in key + data) == is_smoothed
    assert ("Smooth " in switches) == is_smoothed
    assert ("rings: every value" in data) != is_smoothed


def test_axes_reach_from_the_beginning_over_the_last_step_whatever_was_measured():
    steps = np.array([30, 60])
    some = [Panel("loss", "Loss", "nats", [Series(0, steps, steps / 7)])] * 2
    spec = scalars(some, pair.Frame(["A", "B"], 900), last_step=90).to_dict()
    for panel in spec["vconcat"][1]["hconcat"]:
        rows = [row for one in panel["layer"] for row in spec["datasets"][one["data"]["name"]]]
        assert min(row["s"] for row in rows) == 0
        assert 90 < max(row["s"] for row in rows) < 92


def test_the_key_explains_what_is_drawn_and_nothing_else():
    steps = np.arange(MANY)
    kinds = {
        "batches": {"thin and pale: every value", "bold: smoothed"},
        "validation": {"dots: validation images"},
        "layer": {"thin: one kernel", "bold: all kernels together"},
    }
    for kind, words in kinds.items():
        panel = Panel("loss", "Loss", "nats", [Series(0, steps, steps / 7, kind)])
        assert {one[0] for one in kinds_of_lines([panel])} == words


def test_one_outburst_does_not_flatten_the_rest():
    values = np.ones(1000)
    values[5] = 1e6
    spec = scalars(panels(values), pair.Frame(["A", "B"], 800), last_step=1000).to_dict()
    layers = spec["vconcat"][1]["hconcat"][0]["layer"]
    (domain,) = {
        json.dumps(one["encoding"]["y"]["scale"]["domain"]) for one in layers if _has_y(one)
    }
    assert json.loads(domain)[1] == {"expr": "log_loss ? 1.5e+06 : 3"}


def test_the_line_of_guessing_is_always_in_sight():
    spec = scalars(panels(np.full(100, 0.01)), pair.Frame(["A", "B"], 800), last_step=99).to_dict()
    domains = json.dumps(spec["vconcat"][1]["hconcat"][0])
    assert "log_loss ? 3 : 3" in domains


def _has_y(layer):
    return "scale" in layer["encoding"].get("y", {})


def test_the_key_names_both_runs_in_their_colours_before_the_kinds_of_lines():
    shape = key_frame(["A: one", "B: two"], KINDS, 600)
    assert shape["words"].tolist()[:2] == ["A: one", "B: two"]
    assert shape["color"].tolist()[:2] == list(palette.RUN_COLORS)
    assert shape["y"][2] > shape["y"][1]


@pytest.mark.parametrize(("names", "columns"), [(["A"], 2), (["A", "B"], 2), (["A", "B"], 1)])
def test_no_two_samples_of_the_key_stand_in_one_place(names, columns):
    shape = key_frame(names, KINDS, 600, columns)
    assert not shape[["x", "y"]].duplicated().any()
    assert shape["x"].max() < 600


def test_the_words_of_dashed_lines_stand_above_the_plot_where_no_curve_runs():
    panel = Panel("loss", "Loss", "nats", [], [(2.2, "one"), (2.3, "two")])
    spec = scalars([panel, *panels(np.ones(9))], pair.Frame(["A", "B"], 900), last_step=9).to_dict()
    first = spec["vconcat"][1]["hconcat"][0]
    assert first["title"]["subtitle"] == ["Dashed line: one", "Dashed line: two"]
    assert {one["mark"]["type"] for one in first["layer"]} == {"rule"}
    drawn = [spec["datasets"][one["data"]["name"]] for one in first["layer"]]
    assert [row["y"] for rows in drawn for row in rows] == [2.2, 2.3]


def test_a_spread_axis_has_ticks_among_its_first_steps():
    chart = scalars(panels(np.ones(9)), pair.Frame(["A", "B"], 900), last_step=60)
    axis = chart.to_dict()["vconcat"][1]["hconcat"][0]["layer"][2]["encoding"]["x"]["axis"]
    assert axis["values"] == {"expr": "early ? [0, 1, 2, 5, 10, 20, 50] : null"}


def test_words_on_lost_numbers_are_legible_on_both_themes():
    chart = scalars(panels(np.array([1.0, np.nan])), pair.Frame(["A", "B"], 800), last_step=3)
    titles = [one["title"] for one in chart.to_dict()["vconcat"][1]["hconcat"]]
    said = [one["subtitleColor"] for one in titles if one.get("subtitle")]
    assert said
    assert set(said) == {palette.CANVAS_TEXT}
