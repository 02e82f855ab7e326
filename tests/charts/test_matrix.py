"""Numbers of rows and columns: counted from 1, in the middle of what they name."""

import json

import numpy as np
import pytest

from explorer.charts.layer import Heatmaps
from explorer.charts.matrix import matrix_channels, numbered
from explorer.charts.recorded import heatmaps
from explorer.runs import TensorInfo


def labels(axis):
    """Read which label stands where: by its place on the axis."""
    listed, _, rest = axis["labelExpr"].partition("[indexof(")
    assert json.loads(rest.removesuffix(", datum.value)]")) == axis["values"]
    return dict(zip(axis["values"], json.loads(listed), strict=True))


@pytest.mark.parametrize("count", [1, 2, 7, 16, 100, 1152, 30_000])
def test_few_labels_at_even_distances_name_cells_in_their_middle_from_1(count):
    told = labels(numbered(range(1, count + 1), 8))
    assert told == {place: f"{place + 0.5:,.0f}" for place in told}
    assert min(told) == 0.5
    assert 1 <= len(told) <= 8
    assert len(set(np.diff(list(told)))) <= 1


def drawn(info, values, every=1):
    maps = heatmaps(info, np.arange(len(values)), values, 1.0)
    x, _, y, *_ = (channel.to_dict() for channel in matrix_channels(maps, every))
    return maps, x, y


def test_kept_filters_of_a_large_layer_have_their_own_numbers(rng):
    info = TensorInfo("c/kernel", (3, 3, 1, 64), columns=(4, 20, 63))
    _, x, y = drawn(info, rng.normal(size=(2, 9, 3)))
    assert list(labels(x["axis"]).values()) == ["5", "21", "64"]
    assert x["title"] == "Filter (3 of 64)"
    assert list(labels(y["axis"]).values()) == ["1", "3", "5", "7", "9"]


def test_rows_that_are_drawn_of_many_have_their_own_numbers(rng):
    _, _, y = drawn(TensorInfo("d/kernel", (100, 4)), rng.normal(size=(1, 100, 4)), every=30)
    assert list(labels(y["axis"]).values()) == ["1", "31", "61", "91"]


@pytest.mark.parametrize(("shape", "name"), [((5,), "Filter or unit"), ((5, 1), "Input")])
def test_a_single_column_lies_down_and_keeps_its_name_and_numbers(rng, shape, name):
    values = rng.normal(size=(2, 5, 1))
    maps, x, y = drawn(TensorInfo("b", shape), values)
    assert np.array_equal(maps.values, values.transpose(0, 2, 1))
    assert x["title"] == name
    assert list(labels(x["axis"]).values()) == ["1", "2", "3", "4", "5"]
    assert list(labels(y["axis"]).values()) == ["1"]


def test_a_number_is_asked_for_every_column(rng):
    with pytest.raises(ValueError, match="column_numbers has 2 numbers"):
        Heatmaps(np.arange(1), np.zeros((1, 2, 3)), 1.0, column_numbers=[1, 2])
