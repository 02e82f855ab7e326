import pytest

from explorer import runs
from explorer.charts.embedded import Store
from explorer.exports.comparison import CHARTS, Comparison
from explorer.exports.facts import differing, outcomes
from explorer.exports.pictures import at_step, picture, place_of
from explorer.runs.write import update_description


@pytest.mark.parametrize("choice", [{"view": "pie"}, {"colour": "red"}, {"tensor": "conv_9"}])
def test_an_unknown_choice_names_those_there_are(comparison, choice):
    with pytest.raises(ValueError, match=r"one of:? .*(ridges|value|conv_1/kernel)"):
        Comparison(comparison.chosen, **choice)


def test_the_first_kernel_is_shown_when_none_is_asked_for(comparison):
    assert Comparison(comparison.chosen).tensor == "conv_1/kernel"


def test_an_unknown_chart_or_format_is_refused(comparison):
    with pytest.raises(ValueError, match=CHARTS[0]):
        comparison.drawn("pie")
    with pytest.raises(ValueError, match="png, svg"):
        picture(comparison, "weights", "gif")


def test_a_step_is_the_last_place_of_the_slider_up_to_it(comparison):
    assert comparison.timeline.places.tolist() == [0, 1, 2, 3, 5]
    assert [place_of(comparison, step) for step in (0, 1, 4, 5, 99)] == [0, 1, 3, 4, 4]


def test_only_the_slider_is_put_to_the_step(comparison):
    spec = Store().take(comparison.drawn("weights")(700))
    before = {one["name"]: one.get("value") for one in spec["params"]}
    after = {one["name"]: one.get("value") for one in at_step(spec, comparison, 4)}
    assert after.pop("i") == 3
    assert before.pop("i") == 0
    assert after == before


def test_charts_of_every_width_share_their_data(comparison):
    store, draw = Store(), comparison.drawn("weights")
    wide = store.take(draw(1140))
    kept = set(store.data)
    narrow = store.take(draw(340))
    assert set(store.data) == kept
    assert wide != narrow
    assert store.whole(wide)["datasets"].keys() == kept


@pytest.mark.parametrize("file_format", ["png", "svg"])
def test_pictures_of_two_steps_differ_and_stand_on_white(comparison, file_format):
    comparison = Comparison(comparison.chosen, "dense_1/kernel")
    first, second = (picture(comparison, "kernel", file_format, step=step) for step in (0, 5))
    assert first != second
    if file_format == "svg":
        assert 'fill="white"' in first.decode()
        assert "at training step 5 of 5" in second.decode()


def test_facts_tell_what_differs_and_what_came_out(comparison):
    assert differing(comparison.chosen) == [
        ("Learning rate", "0.1", "0.2"),
        ("Data", "pictures-0.zip", "pictures-1.zip"),
    ]
    found = {name: values for name, *values in outcomes(comparison.chosen)}
    assert found["Weight updates"] == ["5", "3"]
    assert found["Validation accuracy at the end"] == ["75 %", "75 %"]
    assert found["Images"] == ["–", "–"]


def test_whole_numbers_are_written_out(comparison):
    shown = {name: values for name, *values in outcomes(comparison.chosen)}
    assert shown["Learning rate"] == ["0.1", "0.2"]
    update_description(comparison.chosen[0].folder, spec={"learning_rate": 10_000.0})
    again = [runs.open_run(run.folder) for run in comparison.chosen]
    after = {name: values for name, *values in outcomes(again)}
    assert after["Learning rate"][0] == "10,000"
