import altair as alt
import numpy as np
import pandas as pd
import pytest

from explorer.charts.compose import beside, independent, layered, specification, stacked


def points(values=(1.0, 2.0)):
    frame = pd.DataFrame({"x": np.arange(len(values)), "y": values, "name": "a"})
    return alt.Chart(frame).mark_point(size=30).encode(x="x:Q", y="y", detail="name")


def nested():
    shared = points()
    brush = alt.selection_interval(name="brush", encodings=["x"])
    lines = layered(shared, shared.mark_line(color="red"), resolve=independent("y"), title="Upper")
    lower = points((3.0, np.nan, np.inf)).transform_calculate(z="datum.y + level")
    return stacked(
        beside(lines, points((5.0,)), spacing=3),
        lower.properties(height=40).add_params(brush),
        params=[alt.param(name="level", value=1).param],
        config=alt.Config(view=alt.ViewConfig(strokeWidth=0)),
    )


def flat(spec, datasets, data=None):
    """Push data down to the leaves and drop where parameters and views are named."""
    data = datasets[spec["data"]["name"]] if "data" in spec else data
    kept = {key: value for key, value in spec.items() if key not in ("data", "params", "name")}
    for key in ("layer", "hconcat", "vconcat"):
        if key in spec:
            return kept | {key: [flat(part, datasets, data) for part in spec[key]]}
    return kept | {"data": data}


def all_params(spec):
    parts = [part for key in ("layer", "hconcat", "vconcat") for part in spec.get(key, ())]
    own = [
        {key: value for key, value in param.items() if key != "views"}
        for param in spec.get("params", ())
    ]
    return sorted(own + [param for part in parts for param in all_params(part)], key=str)


def rows(frame):
    return alt.to_values(frame)["values"]


def test_a_specification_says_what_altair_says():
    chart = nested()
    ours = specification(chart)
    with alt.theme.enable("none"):
        theirs = chart.to_dict()
    values = {name: rows(frame) for name, frame in ours.pop("datasets").items()}
    expected = theirs.pop("datasets")
    assert flat(ours, values) == flat(theirs, expected)
    assert all_params(ours) == all_params(theirs)


def test_a_specification_follows_the_schema():
    plain = {key: part for key, part in specification(nested()).items() if key != "datasets"}
    alt.VConcatChart.from_dict(plain, validate=True)


def test_a_data_frame_used_twice_is_kept_once():
    spec = specification(nested())
    first, second = (layer["data"]["name"] for layer in spec["vconcat"][0]["hconcat"][0]["layer"])
    assert first == second
    assert len(spec["datasets"]) == 3


@pytest.mark.parametrize(
    "other",
    [
        pd.DataFrame({"v": [1.0, np.inf], "t": ["a", "b"]}),
        pd.DataFrame({"v": [np.nan, 1.0], "t": ["a", "b"]}),
        pd.DataFrame({"v": [1.0, np.nan], "t": ["a", "c"]}),
        pd.DataFrame({"w": [1.0, np.nan], "t": ["a", "b"]}),
    ],
)
def test_names_of_data_tell_them_apart(other):
    def name(frame):
        return next(iter(specification(alt.Chart(frame).mark_point())["datasets"]))

    frame = pd.DataFrame({"v": [1.0, np.nan], "t": ["a", "b"]})
    assert name(frame) == name(frame.copy())
    assert name(frame) != name(other)


def test_making_a_specification_leaves_the_chart_as_it_was():
    chart = nested()
    before = chart.to_dict()
    specification(chart)
    assert chart.to_dict() == before
