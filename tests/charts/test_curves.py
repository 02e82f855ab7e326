import json
from math import log

import numpy as np
import pytest

from explorer.charts import palette
from explorer.charts.curve_frames import extremes, line_frame, lost_words, smoothed
from explorer.charts.curve_notes import ROW, Guess, guess_lines, shortened
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


@pytest.mark.parametrize(("num_values", "is_smoothed"), [(19, False), (20, True)])
def test_few_values_are_not_smoothed_and_drawn_as_points(num_values, is_smoothed):
    curve = make_curve(np.linspace(0.2, 0.9, num_values))
    frame = line_frame([curve], 1000)
    ends = frame.groupby("kind")["value"].last()
    assert ends["every value"] == 0.9
    assert (ends["smoothed"] < 0.9) == is_smoothed
    chart = accuracy_curves([curve], num_classes=9, planned_steps=1000).to_dict()
    layer = next(one for one in chart["layer"] if one["mark"].get("size") == 30)
    drawn = chart["datasets"][layer["data"]["name"]]
    num_drawn = sum(row["value"] is not None for row in drawn)
    assert num_drawn == (0 if is_smoothed else num_values)


@pytest.mark.parametrize("is_growing", [True, False])
@pytest.mark.parametrize("num_values", [19, 20])
def test_the_key_says_smoothed_only_where_something_is_or_may_be(num_values, is_growing):
    curve = make_curve(np.linspace(0.2, 0.9, num_values))
    options = {"num_classes": 9, "planned_steps": 1000, "is_growing": is_growing}
    chart = accuracy_curves([curve], **options).to_dict()
    scales = [
        one["encoding"].get(channel, {}).get("scale", {}).get("domain", [])
        for one in chart["layer"]
        for channel in ("opacity", "strokeWidth", "shape")
    ]
    in_key = {words for domain in scales for words in domain}
    (lines,) = (one for one in chart["layer"] if one["mark"]["type"] == "line")
    drawn = {row["kind"] for row in chart["datasets"][lines["data"]["name"]]}
    assert in_key == drawn | {"validation images"}
    assert ("smoothed" in drawn) == (is_growing or num_values == 20)


@pytest.mark.parametrize(("num_values", "kind"), [(19, "every value"), (20, "smoothed")])
def test_what_is_pointed_at_is_called_smoothed_only_if_it_is(num_values, kind):
    curve = make_curve(np.linspace(0.2, 0.9, num_values))
    chart = accuracy_curves([curve], num_classes=9, planned_steps=1000).to_dict()
    (hover,) = (one for one in chart["layer"] if one["mark"]["type"] == "circle")
    assert {row["kind"] for row in chart["datasets"][hover["data"]["name"]]} == {kind}


def test_a_curve_alone_keeps_the_colour_of_its_run():
    options = {"num_classes": 9, "planned_steps": 30, "alone": palette.RUN_B}
    chart = loss_curves([make_curve(np.ones(30))], **options).to_dict()
    colors = {one["encoding"].get("color", {}).get("value") for one in chart["layer"]}
    assert palette.RUN_B in colors
    assert palette.RUN_A not in colors


def test_validations_are_whole_dots_at_the_border_and_absent_beyond_it():
    curve = Curve("run", np.arange(30), np.ones(30), np.array([15, 30]), np.array([50.0, 1.0]))
    chart = loss_curves([curve], num_classes=9, planned_steps=30).to_dict()
    layer = next(one for one in chart["layer"] if one["mark"].get("size") == 70)
    assert not layer["mark"].get("clip")
    assert [row["value"] for row in chart["datasets"][layer["data"]["name"]]] == [None, 1.0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 2, 3], ""),
        ([1, np.nan, np.inf], "not a number from step 2 on"),
        ([np.nan, 1, np.nan], "not a number at 2 steps, first at step 1"),
    ],
)
def test_words_say_where_numbers_end(values, words):
    assert lost_words(np.arange(1, len(values) + 1), np.array(values, float)) == words


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
    assert "1 step above the axis, up to 500" in json.dumps(chart.to_dict(), ensure_ascii=False)


def test_guessing_is_drawn_at_the_loss_and_accuracy_of_chance():
    loss = loss_curves([EMPTY], num_classes=9, planned_steps=2).to_json(ensure_ascii=False)
    accuracy = accuracy_curves([EMPTY], num_classes=9, planned_steps=2).to_json()
    assert "ln 9 = 2.20" in loss
    assert "1/9 = 11%" in accuracy


def rules(chart):
    """Return value, colour and words of every dashed line."""
    spec = chart.to_dict()
    return [
        (row["value"], layer["mark"]["color"], row["words"])
        for layer in spec["layer"]
        if layer["mark"]["type"] == "rule"
        for row in spec["datasets"][layer["data"]["name"]]
    ]


PAIR = [make_curve([2.0, 1.0], "digits"), make_curve([2.0, 1.5], "letters")]


@pytest.mark.parametrize("num_classes", [9, [9, 9]])
def test_runs_with_as_many_classes_share_one_muted_line(num_classes):
    (line,) = rules(loss_curves(PAIR, num_classes=num_classes, planned_steps=2))
    assert line == (pytest.approx(log(9)), palette.MUTED, "guessing: ln 9 = 2.20")


def test_runs_with_different_classes_have_a_line_each_in_their_colour():
    assert rules(loss_curves(PAIR, num_classes=[10, 26], planned_steps=2)) == [
        (pytest.approx(log(10)), palette.RUN_A, "guessing: ln 10 = 2.30 (digits)"),
        (pytest.approx(log(26)), palette.RUN_B, "guessing: ln 26 = 3.26 (letters)"),
    ]
    assert rules(accuracy_curves(PAIR, num_classes=[26, 10], planned_steps=2)) == [
        (pytest.approx(1 / 26), palette.RUN_A, "guessing: 1/26 = 4% (digits)"),
        (pytest.approx(1 / 10), palette.RUN_B, "guessing: 1/10 = 10% (letters)"),
    ]


@pytest.mark.parametrize("draw", [loss_curves, accuracy_curves])
@pytest.mark.parametrize("num_classes", [0, 1, [0, 0]])
def test_nothing_is_said_of_guessing_among_unknown_classes(draw, num_classes):
    assert rules(draw(PAIR, num_classes=num_classes, planned_steps=2)) == []


def test_a_run_without_known_classes_leaves_the_line_of_the_other():
    ((_, color, words),) = rules(loss_curves(PAIR, num_classes=[0, 9], planned_steps=2))
    assert (color, words) == (palette.RUN_B, "guessing: ln 9 = 2.20 (letters)")


def test_a_number_of_classes_is_asked_for_every_run():
    with pytest.raises(ValueError, match="3 numbers for 2 runs"):
        loss_curves(PAIR, num_classes=[9, 9, 9], planned_steps=2)


@pytest.mark.parametrize("values", [(0.1, 0.9), (0.1, 0.11), (0.11, 0.1), (0.5, 0.5), (0.1, 0.174)])
def test_words_of_close_lines_cross_neither_each_other_nor_a_line(values):
    layers = [layer.to_dict() for layer in guess_lines([Guess(v, "") for v in values], float, 200)]
    lines = [200 * value for value in sorted(values)]
    words = [line - layers[2 * k + 1]["mark"]["dy"] for k, line in enumerate(lines)]
    assert words[1] - words[0] >= ROW - 1e-9
    assert all(abs(word - line) > 6 for word in words for line in lines)


@pytest.mark.parametrize("name", ["short", "x" * 10, "adequate" * 9 + "end"])
def test_a_shortened_name_keeps_both_its_ends(name):
    short = shortened(name, 10)
    assert len(short) == min(len(name), 10)
    assert (short[:5], short[-4:]) == (name[:5], name[-4:])


def test_a_line_beyond_the_axis_is_left_out():
    assert guess_lines([Guess(1.5, "")], float, 200) == []


def y_domains(chart):
    every = [layer.get("encoding", {}).get("y", {}) for layer in chart.to_dict()["layer"]]
    return [y["scale"]["domain"] for y in every if "domain" in y.get("scale", {})]


@pytest.mark.parametrize(
    ("losses", "low", "high"),
    [([-0.02, -0.4, -4.0], -5, 0.03), ([-0.5, -0.4], -0.5, 0.7), ([1.0, 0.2], 0, 1.5)],
)
def test_the_axis_of_the_loss_reaches_below_zero_where_losses_do(losses, low, high):
    chart = loss_curves([make_curve(losses)], num_classes=0, planned_steps=3)
    found = y_domains(chart)
    assert found
    assert all(domain == [low, high] for domain in found)


@pytest.mark.parametrize("draw", [loss_curves, accuracy_curves])
@pytest.mark.parametrize("num_classes", [0, 3])
def test_guessing_is_spoken_of_where_classes_are_known(draw, num_classes):
    chart = draw([make_curve([1.0, 0.5])], num_classes=num_classes, planned_steps=3).to_dict()
    words = json.dumps(chart)
    assert ("guessing" in chart["title"]["text"]) == (num_classes > 0)
    assert ("Cross-entropy" in words) == (num_classes > 0 and draw is loss_curves)
