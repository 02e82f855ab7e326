import json

import numpy as np
import pytest

from explorer.charts.layer import Heatmaps, Histograms, Layer
from explorer.charts.panels import histogram_frame
from explorer.charts.scrubber import scrubber

STEPS = np.array([0, 1, 2, 4, 8])
EDGES = np.linspace(-1, 1, 11)


def make_layer(rng, steps=STEPS, name="conv_1/kernel"):
    values = rng.uniform(-1, 1, (len(steps), 90, 40)).astype(np.float32)
    flat = values.reshape(len(steps), -1)
    none = np.zeros(len(steps))
    counts = np.stack([np.histogram(row, EDGES)[0] for row in flat])
    return Layer(
        name,
        weights=Histograms(steps, EDGES, counts, none, none, none),
        weight_maps=Heatmaps(steps, values, 1.0),
    )


def slider(chart):
    return next(p["bind"] for p in chart.to_dict()["params"] if "bind" in p)


def spec_without_data(chart):
    """What decides whether the browser builds the chart anew: names of data by place."""
    text = json.dumps({key: part for key, part in chart.to_dict().items() if key != "datasets"})
    for place, name in enumerate(chart.to_dict()["datasets"]):
        text = text.replace(name, f"data {place}")
    return text


def test_spec_stays_the_same_while_planned_steps_arrive(rng):
    early, late = (make_layer(np.random.default_rng(0), STEPS[:n]) for n in (2, 4))
    charts = [scrubber(layer, planned_steps=STEPS) for layer in (early, late)]
    assert spec_without_data(charts[0]) == spec_without_data(charts[1])


def test_slider_has_room_for_all_planned_steps(rng):
    chart = scrubber(make_layer(rng), planned_steps=np.arange(20))
    assert slider(chart)["max"] == 19


def test_the_slider_is_called_after_what_stands_beside_it(rng):
    assert slider(scrubber(make_layer(rng)))["name"] == "Training step "


def test_slider_covers_recorded_steps_when_nothing_is_planned(rng):
    assert slider(scrubber(make_layer(rng)))["max"] == len(STEPS) - 1


def test_step_outside_the_plan_gets_a_place(rng):
    chart = scrubber(make_layer(rng, np.array([0, 3])), planned_steps=np.array([0, 10]))
    assert slider(chart)["max"] == 2


def test_title_shows_the_training_step_and_survives_quotes_in_names(rng):
    chart = scrubber(make_layer(rng, name='odd "name" \\'))
    expression = chart.to_dict()["title"]["text"]["expr"]
    assert "[0, 1, 2, 4, 8][i]" in expression
    assert json.loads(expression[: expression.index(" + ' '")]) == 'odd "name" \\'


def test_on_a_narrow_page_the_step_has_a_line_of_its_own_and_long_names_are_cut(rng):
    title = scrubber(make_layer(rng, name="of_a_part/" * 9), width=340).to_dict()["title"]
    assert title["text"]["expr"].startswith('["of_a_part/')
    assert title["limit"] == 340


@pytest.mark.parametrize(("steps", "has_slider"), [([7], False), ([7, 8], True)])
def test_a_single_step_has_no_slider(rng, steps, has_slider):
    chart = scrubber(make_layer(rng, np.array(steps)))
    assert any("bind" in one for one in chart.to_dict()["params"]) == has_slider


def test_shares_include_what_lies_outside_and_what_is_no_number():
    data = Histograms(
        np.array([7]), np.array([0.0, 1.0, 2.0]), [[2, 3]], under=[1], over=[0], nonfinite=[4]
    )
    frame, _ = histogram_frame(data, np.array([5, 7]))
    assert frame["v1"].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.0])
    assert frame["p"].tolist() == ["outside", "inside", "inside", "outside"]


def test_outer_bars_are_left_out_when_everything_is_inside(rng):
    frame, _ = histogram_frame(make_layer(rng).weights, STEPS)
    assert len(frame) == len(EDGES) - 1
    assert frame["a"].min() == -1
    assert frame["b"].max() == 1


def test_largest_share_is_that_of_all_steps(rng):
    frame, peak = histogram_frame(make_layer(rng).weights, STEPS)
    assert peak == pytest.approx(frame.filter(like="v").to_numpy().max())


def captions(chart):
    rows = (rows[0] for rows in chart.to_dict()["datasets"].values() if "t0" in rows[0])
    return list(rows)


def test_caption_counts_what_is_not_a_number():
    none = np.zeros(1)
    data = Histograms(np.array([0]), EDGES, np.zeros((1, 10)), none, none, np.array([36]))
    (caption,) = captions(scrubber(Layer("a", weights=data)))
    assert caption["t0"] == "36 values · 36 not a number: nothing to draw"


def test_step_without_a_recording_says_why():
    nothing = np.full((2, 10), np.nan)
    none = np.zeros(2)
    data = Histograms(np.array([0, 1]), EDGES, nothing, none, none, none)
    (caption,) = captions(scrubber(Layer("a", gradients=data)))
    assert caption["t0"] == "Not recorded at this step"
    assert caption["t1"] == "No update follows the last step"


def test_missing_step_has_no_picture(rng):
    values = rng.normal(size=(5, 3, 3)).astype(np.float32)
    chart = scrubber(Layer("a", weight_maps=Heatmaps(STEPS, values, 1.0, missing=(4,))))
    pictures = next(rows for rows in chart.to_dict()["datasets"].values() if "u" in rows[0])
    assert [row["k"] for row in pictures] == [0, 1, 2, 4]


@pytest.mark.parametrize(("has_nan", "legends"), [(False, 0), (True, 1)])
def test_not_a_number_has_a_legend_only_where_it_occurs(rng, has_nan, legends):
    values = rng.normal(size=(5, 3, 3)).astype(np.float32)
    values[2, 0, 0] = np.nan if has_nan else 0
    text = json.dumps(scrubber(Layer("a", weight_maps=Heatmaps(STEPS, values, 1.0))).to_dict())
    assert text.count('"domain": ["not a number"]') == legends


@pytest.mark.parametrize(("width", "across"), [(390, 1), (1200, 2)])
def test_panels_stand_side_by_side_only_where_there_is_room(rng, width, across):
    layer = make_layer(rng)
    rows = scrubber(layer, width=width).to_dict()["vconcat"]
    assert len(rows[0].get("hconcat", [1])) == across


def test_layer_without_any_tensor_is_refused():
    with pytest.raises(ValueError, match="at least one tensor"):
        scrubber(Layer("conv_1/kernel"))


def test_timeline_without_any_step_is_refused():
    empty = Heatmaps(np.array([]), np.zeros((0, 2, 2)), 1.0)
    with pytest.raises(ValueError, match="expected at least one"):
        scrubber(Layer("a", weight_maps=empty))


def test_shapes_that_do_not_fit_are_refused():
    none = np.zeros(5)
    with pytest.raises(ValueError, match=r"5 steps and 11 edges need \(5, 10\)"):
        Histograms(STEPS, EDGES, np.zeros((5, 9)), none, none, none)
    with pytest.raises(ValueError, match="one matrix a step"):
        Heatmaps(STEPS, np.zeros((4, 2, 2)), 1.0)
