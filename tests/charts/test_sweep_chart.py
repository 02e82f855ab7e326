import math
import re

import pytest

from explorer.analysis.trials import OUTCOMES, Trial, trial_frame
from explorer.charts.sweep import CLICKED, HEIGHT, HOLLOW, LOOKS, accuracy_by_rate

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")

RATES = [0.001, 0.1, 10.0]


def trial(rate, outcome="adequate", accuracy=0.5, seed=0):
    return Trial(f"{rate}-{seed}", "T", rate, seed, outcome, accuracy, 1.0)


def drawn(trials, guess=0.1):
    return accuracy_by_rate(trial_frame(trials), RATES, guess=guess).to_dict()


def points(spec):
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == "point"]


def scale(spec, channel):
    found = points(spec)[0]["encoding"][channel]["scale"]
    return dict(zip(found["domain"], found["range"], strict=True))


def test_rates_lie_on_a_logarithmic_axis_with_room_at_both_ends():
    spec = drawn([trial(rate) for rate in RATES])
    x = points(spec)[0]["encoding"]["x"]
    low, high = x["scale"]["domain"]
    assert x["scale"]["type"] == "log"
    assert low < min(RATES)
    assert high > max(RATES)
    assert RATES[0] / low == pytest.approx(high / RATES[-1])
    assert x["axis"]["values"] == RATES


def test_every_outcome_has_a_look_of_its_own():
    assert LOOKS.keys() == OUTCOMES.keys()
    assert len({(look, key in HOLLOW) for key, look in LOOKS.items()}) == len(OUTCOMES)
    spec = drawn([trial(0.1)])
    for channel in ("color", "fill", "shape"):
        assert list(scale(spec, channel)) == list(OUTCOMES.values())


def test_the_legend_tells_the_outcomes_there_are():
    spec = drawn([trial(0.1), trial(10.0, "diverged"), trial(0.001, "at_work")])
    legend = points(spec)[0]["encoding"]["color"]["legend"]
    assert legend["values"] == [OUTCOMES[key] for key in ("adequate", "diverged", "at_work")]


def test_trials_without_an_accuracy_stand_on_the_axis_and_are_not_lost():
    spec = drawn([trial(0.1), trial(10.0, "failed", math.nan)])
    measured, without = points(spec)
    (data,) = {layer["data"]["name"] for layer in (measured, without)}
    assert len(spec["datasets"][data]) == 2
    svg = vl_convert.vegalite_to_svg(spec)
    points_drawn = re.findall(r'aria-label="Learning rate[^>]*translate\([\d.]+,([\d.]+)\)', svg)
    assert sorted(map(float, points_drawn)) == [HEIGHT / 2, HEIGHT - 8]


def test_a_click_tells_the_run():
    spec = drawn([trial(0.1)])
    (param,) = spec["params"]
    assert (param["name"], param["select"]["fields"]) == (CLICKED, ["run"])


@pytest.mark.parametrize(("guess", "rules"), [(0.1, 1), (None, 0)])
def test_guessing_is_a_line_where_the_number_of_classes_is_known(guess, rules):
    marks = [layer["mark"]["type"] for layer in drawn([trial(0.1)], guess)["layer"]]
    assert marks.count("rule") == rules


def test_while_a_sweep_grows_only_data_change():
    before, after = (
        drawn([trial(rate, accuracy=accuracy) for rate in RATES]) for accuracy in (0.2, 0.7)
    )
    for spec in (before, after):
        spec.pop("datasets")
        for layer in spec["layer"]:
            layer.pop("data")
    assert before == after
